#ifndef INSPIRE_SHELL_REMOTE_INT_H
#define INSPIRE_SHELL_REMOTE_INT_H

/* Between the files of remote.h: all of them, the gateway's keeper, a connection, a terminal. */

#include <sys/queue.h>
#include <sys/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/login.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "shell/remote.h"
#include "shell/rlink.h"
#include "shell/tty.h"

struct gatekeeper;
struct loop_fd;
struct node;
struct session;
struct term;

#define RCONN_TERMS	4u	/* sessions of one connection */

struct rlistener { struct router *router; struct node *node; int fd; char address[64]; unsigned port; };

enum rconn_state { RCONN_NEW, RCONN_OPEN /* may ask */, RCONN_ASKED /* was told how to prove it */, RCONN_IN, RCONN_OVER };

/* A connection of the gateway's. */
struct rconn {
	LIST_ENTRY(rconn)	 next;
	struct remotes		*remotes;
	int			 fd;
	struct loop_fd		*loop_fd;
	const struct rlistener	*listener;
	enum rconn_state	 state;
	struct login_from	 from;
	char			 user[USER_NAME_MAX + 1];
	struct login_secret	 secret;	/* that he has to match; wiped with the verdict */
	unsigned		 asked;		/* messages before somebody is in */
	struct tty_ssh		 ssh;
	unsigned		 nterms;
};

/* One session. */
struct rterm {
	LIST_ENTRY(rterm)	 next;
	struct remotes		*remotes;
	struct rconn		*conn;		/* NULL: by the Unix socket, or it has gone */
	enum tty_by		 by;
	int			 fd;		/* -1: its peer has gone */
	struct loop_fd		*loop_fd;
	struct router		*router;	/* NULL: START has not come */
	struct term		*term;
	struct session		*session;
	struct tty		*tty;
	char			*command;	/* NULL: a shell */
	struct text		 out;		/* for the peer, not taken by the link yet */
	size_t			 sent;		/* of it */
	bool			 eof;		/* nothing more is typed */
	bool			 over;		/* the session has ended, or is to */
	bool			 told;		/* the status was sent */
	uint32_t		 status;
};

struct remotes {
	struct lab		*lab;
	struct router		*router;	/* the only one */
	struct loop		*loop;
	struct gatekeeper	*gatekeeper;	/* NULL: no SSH */
	struct attach		*attach;	/* NULL: no Unix socket */
	LIST_HEAD(, rconn)	 conns;
	LIST_HEAD(, rterm)	 terms;
	int			 sweeps;	/* eventfd: frees what is over, outside of any session */
	struct loop_fd		*sweep;
	uint64_t		 bad;		/* links closed for what came over them */
};

struct node	*remotes_node(const struct remotes *o, const struct router *r);
void		 remotes_sweep(struct remotes *o);	/* soon */

/* The gateway's process (gatekeeper.c). */
struct gatekeeper *gatekeeper_new(struct remotes *o);
bool		 gatekeeper_listen(struct gatekeeper *g, struct router *r, const char *address, unsigned port, char **why);
bool		 gatekeeper_start(struct gatekeeper *g);
void		 gatekeeper_free(struct gatekeeper *g);
const struct rlistener *gatekeeper_listener(const struct gatekeeper *g, size_t i);	/* NULL behind the last */

/* A connection's link comes in (remote_conn.c); takes fd. */
void		 rconn_new(struct remotes *o, int fd);
void		 rconn_free(struct rconn *c);

/* A terminal's link comes in (remote_term.c); takes fd. conn NULL: by the Unix socket. */
void		 rterm_new(struct remotes *o, struct rconn *conn, int fd);
void		 rterm_free(struct rterm *t);
void		 rterm_hangup(struct rterm *t);
void		 rterm_settle(struct rterm *t);	/* tells the peer what is left to tell */

/* The Unix socket (attach_listen.c). */
void		 attach_free(struct attach *a);

#endif
