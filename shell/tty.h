#ifndef INSPIRE_SHELL_TTY_H
#define INSPIRE_SHELL_TTY_H

/*
 * The terminal lines of a router as they are used: who sits where since when.  A session that belongs to a person at a
 * router has a tty; sessions of files, policies and the lab's own console have none.  Console and attached terminals
 * share con 0; sessions over the network have vty 0 to 15, the lowest that is free.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/login.h"

struct router;
struct session;

enum tty_by { TTY_CONSOLE, TTY_ATTACH, TTY_SSH };

struct tty_ssh {		/* what `show ssh` tells; lent strings live as long as the tty */
	char	kex[64], hostkey[64], cipher[64], mac[64];
	char	client[128];	/* the client's version */
	bool	started;	/* the session has begun */
};

struct tty {
	LIST_ENTRY(tty)		 next;		/* of router->ttys */
	struct router		*router;
	struct session		*session;	/* NULL: logging in still */
	enum tty_by		 by;
	struct login_from	 from;		/* kind and number among it */
	char			 user[USER_NAME_MAX + 1];	/* "" = nobody has said */
	int64_t			 since_ns;	/* router's clock */
	int64_t			 logged_in_ns;	/* 0 = not yet */
	bool			 owned;		/* its session frees it */
	struct tty_ssh		 ssh;
	/* Ends whatever carries it (clear line, disconnect ssh, exec-timeout): may be told more than once. */
	void			(*hangup)(void *arg, struct tty *t);
	void			*arg;
};

/* A con 0, or the lowest free vty; NULL: none is free. Caller fills in by, user, hangup. */
struct tty	*tty_new(struct router *r, enum line_kind kind);
void		 tty_free(struct tty *t);
/* That session belongs to it from here on, and frees it if it is owned; before session_start(), which logs in by session_login.h. */
void		 tty_sit(struct tty *t, struct session *s);
/* The console of a lab, of `inspire router`, of a transcript: an owned con 0 for a session of a router; nothing at lab#. */
void		 tty_console(struct session *s);
/* Ends what is carried by it: `clear line`, time-outs, disconnect ssh.  May be called from that session itself. */
void		 tty_hangup(struct tty *t);
/* A session moved, or a key came: it is not idle. */
void		 tty_touched(struct tty *t);
/* "con 0", "vty 3"; "vty0" as log messages write it. */
#define TTY_NAME_MAX	16
const char	*tty_name(const struct tty *t, char out[TTY_NAME_MAX]);
/* The number that `show line` counts from the console on: con 0 is 0, aux 0 is 1, vty 0 is 2. */
unsigned	 tty_number(const struct tty *t);
struct tty	*tty_find(struct router *r, unsigned number);
/* "console" for an unnamed one at the console, else "admin on vty0 (192.0.2.1)"; who configured. */
#define TTY_WHO_MAX	160
void		 tty_who(const struct tty *t, char *out, size_t size);

#endif
