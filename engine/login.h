#ifndef INSPIRE_ENGINE_LOGIN_H
#define INSPIRE_ENGINE_LOGIN_H

/*
 * Who may log in to a router: what a line and the lists of methods ask for, failures counted, logged, delayed and
 * blocked (`login block-for`, `login delay`, `login on-failure`).  The same for a console, for SSH and for a Unix socket.
 * A password is held against a stored one elsewhere (it takes milliseconds): here it is said which one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/cfg_line.h"
#include "engine/cfg_user.h"
#include "lib/addr.h"

struct router;
struct login;		/* counters and the block of one router */

/* Where somebody comes from. */
struct login_from {
	enum line_kind	 kind;
	unsigned	 number;		/* of the line */
	struct addr	 remote, local;		/* af 0: not over a network */
	uint16_t	 remote_port, local_port;
};

enum login_gate { LOGIN_OPEN, LOGIN_BLOCKED /* quiet mode */, LOGIN_ACCESS_CLASS, LOGIN_TRANSPORT, LOGIN_NO_USERS };

struct login	*login_new(struct router *r);
void		 login_free(struct login *l);
void		 login_apply(struct router *r);		/* the configuration has changed */

/* Before anything is asked: may somebody from there try at all?  Counts and logs a refusal. */
enum login_gate	 login_gate(struct router *r, const struct login_from *from);
const char	*login_gate_why(enum login_gate g);
/* What the line alone says: a session may be given another than was free when its connection came. */
enum login_gate	 login_line_gate(struct router *r, const struct login_from *from);

/* What a person at that line is asked for. Over a network there is always a user, whose password or key must be right. */
enum login_ask { LOGIN_ASK_NOTHING, LOGIN_ASK_PASSWORD, LOGIN_ASK_USER };
enum login_ask	 login_asks(struct router *r, const struct login_from *from);

/* The stored password that a user of that line has to match; for an unknown user one that nothing matches and that takes as long. */
struct login_secret { enum passwd_type type; bool known, none; /* none: nobody is asked (never over a network) */ char stored[PASSWD_STORED_MAX]; };
void		 login_secret(struct router *r, const struct login_from *from, const char *user, struct login_secret *out);
/* That of `enable [level]`. LOGIN_ENABLE_UNSET: there is none; at the console one goes on, elsewhere not. */
enum login_enable { LOGIN_ENABLE_ASK, LOGIN_ENABLE_FREE, LOGIN_ENABLE_UNSET };
enum login_enable login_enable_secret(struct router *r, const struct login_from *from, unsigned level, struct login_secret *out);
/* Is that public key (an SSH wire blob, RFC 4253 section 6.6) one of the user's (ip ssh pubkey-chain)?  It stands where that chain is kept. */
bool		 login_key(struct router *r, const char *user, const uint8_t *blob, size_t n);
/* The level with which that user's session at that line begins, 0..15. */
unsigned	 login_privilege(struct router *r, const struct login_from *from, const char *user);
/* The command that runs instead of a session (username autocommand), or NULL; lent. */
const char	*login_autocommand(struct router *r, const char *user);
/* How often one may try before the line hangs up. */
unsigned	 login_tries(const struct router *r);
/* May that user type commands of that level (aaa authorization commands)?  user "": nobody has logged in. */
bool		 login_authorizes(struct router *r, const struct login_from *from, const char *user, unsigned level);
/* May that user have a session at that line at all (aaa authorization exec)? */
bool		 login_exec_ok(struct router *r, const struct login_from *from, const char *user);

/* The outcome: counted and logged (%SEC_LOGIN-...). failed: returns how long the answer is to be held back, ns. */
int64_t		 login_failed(struct router *r, const struct login_from *from, const char *user, const char *why);
void		 login_succeeded(struct router *r, const struct login_from *from, const char *user);

/* A name from outside as it may stand in a log: no control characters, cut to length. */
const char	*login_clean(const char *user, char out[USER_NAME_MAX + 1]);
/* "13:00:00 UTC Fri Mar 13 2015" */
#define LOGIN_TIME_MAX	64
const char	*login_time(const struct router *r, int64_t ns, char out[LOGIN_TIME_MAX]);

/* Users that too many wrong passwords have locked out (aaa local authentication attempts max-fail). */
void		 login_locked_each(struct router *r, void (*fn)(void *arg, const char *user, int64_t since_ns), void *arg);
bool		 login_unlock(struct router *r, const char *user, const char *by);	/* NULL = all; false: he was not locked */

/* How often a line was sat down at since the start, by the number that `show line` counts. */
void		 login_line_used(struct router *r, unsigned line);
unsigned	 login_line_uses(const struct router *r, unsigned line);

/* For `show login`. */
struct login_failure { char user[USER_NAME_MAX + 1]; struct addr source; uint16_t port; unsigned count; int64_t when_ns; };
struct login_info {
	uint64_t	failed, succeeded, refused;
	unsigned	in_window;		/* failures that count towards a block */
	int64_t		window_left_ns;		/* until the oldest of these does not count any more */
	int64_t		quiet_left_ns;		/* 0 = normal mode */
};
void		 login_info(const struct router *r, struct login_info *out);
void		 login_failure_each(struct router *r, void (*fn)(void *arg, const struct login_failure *f), void *arg);

#endif
