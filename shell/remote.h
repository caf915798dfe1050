#ifndef INSPIRE_SHELL_REMOTE_H
#define INSPIRE_SHELL_REMOTE_H

/*
 * People who come from elsewhere than the console: over SSH, by way of the gateway, and over a Unix socket.  Each has a
 * link (shell/rlink.h), a terminal line, a terminal and a session; nothing here waits for any of them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lab;
struct loop;
struct remotes;
struct router;

/* lab NULL: the one router. */
struct remotes	*remotes_new(struct lab *lab, struct router *router, struct loop *loop);
void		 remotes_free(struct remotes *o);	/* ends all sessions, the gateway and the sockets */

/* "2200", "127.0.0.1:2200", "[::1]:2200": the lab's first router there, the next one port further; port 0: a free one for each.
 * Starts the gateway. False with *why (caller frees). */
bool		 remotes_ssh(struct remotes *o, const char *where, char **why);
/* A Unix socket for `inspire attach`; path NULL: one of this process's own, and false without *why if there is no place for it. */
bool		 remotes_socket(struct remotes *o, const char *path, char **why);
const char	*remotes_socket_path(const struct remotes *o);	/* NULL: none */
/* A line for each router: where SSH reaches it, and whether nobody could log in. */
struct text;
void		 remotes_describe(const struct remotes *o, struct text *out);
/* False: an address that others than this machine may reach. */
bool		 remotes_loopback(const struct remotes *o);

/* A router booted anew: its people are sent away. */
void		 remotes_rebooted(struct remotes *o, const struct router *r);
/* How many have a session, or are about to. */
size_t		 remotes_count(const struct remotes *o);

#endif
