#ifndef INSPIRE_ENGINE_CFG_ALIAS_H
#define INSPIRE_ENGINE_CFG_ALIAS_H

/*
 * Short names for commands, each in one mode (the shell's number of it).  A router comes with some; taking one of those
 * away is configuration too.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>

struct cfg_alias {
	TAILQ_ENTRY(cfg_alias)	 next;		/* in the order typed */
	unsigned		 mode;
	char			*name;
	char			*command;	/* NULL: one that the router came with is gone */
};
TAILQ_HEAD(cfg_aliases, cfg_alias);

void		 cfg_alias_init(struct cfg_aliases *a);
void		 cfg_alias_free(struct cfg_aliases *a);
struct cfg_alias *cfg_alias_find(const struct cfg_aliases *a, unsigned mode, const char *name, size_t n);
/* Makes it or changes it. */
void		 cfg_alias_set(struct cfg_aliases *a, unsigned mode, const char *name, const char *command);
void		 cfg_alias_del(struct cfg_aliases *a, struct cfg_alias *x);

#endif
