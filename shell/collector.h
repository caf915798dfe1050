#ifndef INSPIRE_SHELL_COLLECTOR_H
#define INSPIRE_SHELL_COLLECTOR_H

/*
 * A collector of syslog outside the lab (`--syslog ADDR:PORT`): each router's messages go there by UDP from this process,
 * as they would to a logging host, with the router's name in front.  Nothing is waited for; what the system does not take is counted.
 */

#include <stdint.h>

struct collector;
struct router;

/* NULL with *why (caller frees): "127.0.0.1:5514", "[::1]:5514", "name:514". */
struct collector *collector_new(const char *where, char **why);
void		 collector_free(struct collector *c);
/* From now on this router's messages go there too; asked again it changes nothing. NULL c: nothing is asked for. */
void		 collector_watch(struct collector *c, struct router *r);

#endif
