/* Short names for commands: a list. */

#include "engine/cfg_alias.h"

#include <stdlib.h>
#include <string.h>

#include "engine/config.h"
#include "lib/mem.h"

void
cfg_alias_init(struct cfg_aliases *a)
{
	TAILQ_INIT(a);
}

void
cfg_alias_del(struct cfg_aliases *a, struct cfg_alias *x)
{
	TAILQ_REMOVE(a, x, next);
	free(x->name);
	free(x->command);
	free(x);
}

void
cfg_alias_free(struct cfg_aliases *a)
{
	while (!TAILQ_EMPTY(a))
		cfg_alias_del(a, TAILQ_FIRST(a));
}

struct cfg_alias *
cfg_alias_find(const struct cfg_aliases *a, unsigned mode, const char *name, size_t n)
{
	struct cfg_alias *x;

	TAILQ_FOREACH(x, a, next)
		if (x->mode == mode && strlen(x->name) == n && memcmp(x->name, name, n) == 0)
			return x;
	return NULL;
}

void
cfg_alias_set(struct cfg_aliases *a, unsigned mode, const char *name, const char *command)
{
	struct cfg_alias *x = cfg_alias_find(a, mode, name, strlen(name));

	if (x == NULL) {
		x = xcalloc(1, sizeof(*x));
		x->mode = mode;
		x->name = xstrdup(name);
		TAILQ_INSERT_TAIL(a, x, next);
	}
	config_set_str(&x->command, command);
}
