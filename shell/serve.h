#ifndef INSPIRE_SHELL_SERVE_H
#define INSPIRE_SHELL_SERVE_H

/*
 * A lab or a router that serves people from elsewhere (--ssh, --socket): begun, told of on standard output, and ended by
 * SIGTERM or SIGINT once its own input is at an end.
 */

#include <stdbool.h>
#include <stddef.h>

struct lab;
struct loop;
struct remotes;
struct router;
struct serving;
struct signals;

struct serve_options {
	const char	*ssh;		/* as remotes_ssh() wants it; NULL = no SSH */
	const char	*socket;	/* path; NULL = the usual one, on the real clock */
	bool		 stay;		/* the end of input is not the end anyway */
	/* The folder of a router's key pairs (caller frees what it gives). */
	char		*(*keys)(void *arg, const struct router *r);
	void		*arg;
	struct signals	*signals;	/* lent; NULL: its own, where it was asked for */
};

/* lab NULL: the one router. NULL with *why (caller frees); NULL without: there is nothing to serve. */
struct serving	*serving_new(const struct serve_options *o, struct lab *lab, struct router *router, struct loop *loop, char **why);
void		 serving_free(struct serving *s);
struct remotes	*serving_remotes(struct serving *s);	/* NULL if s is */
/* Was asked for, so that the end of input is not the end. */
bool		 serving_stays(const struct serving *s);
bool		 serving_stopped(const struct serving *s);	/* a signal said so */
const char	*serving_socket(const struct serving *s);	/* of `inspire attach`; NULL: there is none */

#endif
