#ifndef INSPIRE_SHELL_KEYMAKER_H
#define INSPIRE_SHELL_KEYMAKER_H

/*
 * Makes key pairs with the system's random numbers, in a process of its own, one at a time: an RSA key may take seconds,
 * in which the routers go on.
 */

#include <stdbool.h>

struct keymaker;
struct loop;
struct router;

struct keymaker	*keymaker_new(struct loop *loop);
void		 keymaker_free(struct keymaker *k);
/* That router's key pairs are kept in dir from now on; a server's keys that are missing there are made. False with *why (caller frees). */
bool		 keymaker_router(struct keymaker *k, struct router *r, const char *dir, char **why);

#endif
