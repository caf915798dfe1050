#ifndef INSPIRE_SHELL_GATEWAY_INT_H
#define INSPIRE_SHELL_GATEWAY_INT_H

/* Between the gateway's own files: the process, a connection, a channel of it. */

#include <libssh/libssh.h>
#include <libssh/server.h>
#include <libssh/callbacks.h>

#include <pthread.h>
#include <sys/queue.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/cfg_user.h"
#include "shell/rlink.h"

struct clock;
struct gateway;

#define GATEWAY_CONNS	256u	/* connections at once */
#define GATEWAY_STRANGERS 64u	/* of which before somebody has logged in */
#define GATEWAY_HASHES	4u	/* passwords hashed at once: scrypt takes 16 MB each */
#define GCONN_CHANNELS	4u	/* of one connection */
#define GCONN_OPENED	1000u	/* in its life: a client need not close its side, and libssh keeps what it has not closed */

struct gchan {
	TAILQ_ENTRY(gchan)	 next;
	struct gconn		*conn;
	ssh_channel		 ch;
	struct ssh_channel_callbacks_struct cb;
	int			 link;		/* to the session; -1: none was asked for yet */
	bool			 pty, closed;
	uint32_t		 columns, lines;
	char			 term[64];
	uint8_t			 out[RLINK_DATA_MAX];	/* for the client, not taken yet */
	size_t			 out_at, out_len;
	bool			 resized, broke, eof_told;
	bool			 ended;		/* the session has */
	uint32_t		 status;
};

struct gconn {
	TAILQ_ENTRY(gconn)	 next;
	struct gateway		*gateway;
	int			 fd, link;	/* fd: of the client; libssh has a copy of it */
	uint32_t		 index;		/* of the listening socket */
	bool			 stranger;	/* counted as one; under the gateway's lock, as is */
	bool			 exchanged;	/* keys are */
	bool			 in;		/* somebody has logged in: the thread's own */
	struct clock		*clock;
	int64_t			 deadline;	/* CLOCK_NEVER: none */
	int64_t			 patience_ns;
	ssh_bind		 bind;
	ssh_session		 ssh;
	ssh_event		 event;
	struct ssh_server_callbacks_struct cb;
	uint32_t		 methods, tries, failures, questions;
	char			*banner;
	atomic_bool		 over;		/* nothing more is to be said */
	char			 user[USER_NAME_MAX + 1];	/* of a keyboard-interactive request */
	TAILQ_HEAD(, gchan)	 chans;
	unsigned		 nchans, opened;	/* now; ever */
};

struct gateway {
	int			 control;
	struct listener { int fd; uint32_t index; } *listeners;
	size_t			 nlisteners;
	pthread_mutex_t		 lock;
	pthread_cond_t		 hashed;
	unsigned		 hashing;
	TAILQ_HEAD(gconns, gconn) conns;	/* oldest first */
	unsigned		 nconns, nstrangers;
};

/* A thread's whole life. */
void	*gconn_main(void *conn);
void	 gconn_known(struct gconn *c, bool in);	/* its keys are exchanged; somebody has logged in */
/* Waits for bytes of the client, a message of the router, or the deadline; false: it is over. */
bool	 gconn_wait(struct gconn *c);
/* The next message, which has to be of that type; buf holds its strings. */
bool	 gconn_reply(struct gconn *c, enum rlink_type t, uint8_t buf[RLINK_MAX], struct rlink_msg *out);
bool	 gconn_tell(struct gconn *c, const struct rlink_msg *m, int fd);

/* A host key of its PEM text; NULL: it is none that can be used (gateway_key.c). */
ssh_key	 gateway_key(const char *pem);

/* Logging in (gateway_auth.c). */
void	 gconn_auth_init(struct gconn *c);

/* Channels (gateway_chan.c). */
ssh_channel gchan_open(struct gconn *c);
void	 gconn_serve(struct gconn *c);
void	 gchan_free(struct gchan *h);

#endif
