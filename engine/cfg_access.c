/* Who gets in and what one may there, as configured: kept, found, freed. */

#include "engine/cfg_access.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/mem.h"

void
cfg_access_init(struct cfg_access *a)
{
	*a = (struct cfg_access){ 0 };
	TAILQ_INIT(&a->privileges);
}

void
cfg_enable_set(struct cfg_enable *e, enum passwd_type t, const char *stored)
{
	if (e->stored != NULL)
		wipe_free(e->stored, strlen(e->stored));
	e->type = t;
	e->stored = stored == NULL ? NULL : xstrdup(stored);
}

void
cfg_access_free(struct cfg_access *a)
{
	for (size_t i = 0; i < PRIV_LEVELS; i++) {
		cfg_enable_set(&a->secret[i], PASSWD_CLEAR, NULL);
		cfg_enable_set(&a->password[i], PASSWD_CLEAR, NULL);
	}
	for (size_t i = 0; i < BANNER__COUNT; i++)
		free(a->banner[i]);
	free(a->guard.quiet_class);
	while (!TAILQ_EMPTY(&a->privileges))
		cfg_privilege_del(a, TAILQ_FIRST(&a->privileges));
}

struct cfg_privilege *
cfg_privilege(struct cfg_access *a, unsigned mode, const char *words)
{
	struct cfg_privilege *p;

	TAILQ_FOREACH(p, &a->privileges, next)
		if (p->mode == mode && strcasecmp(p->words, words) == 0)
			return p;
	return NULL;
}

void
cfg_privilege_put(struct cfg_access *a, unsigned mode, const char *words, unsigned level, bool all)
{
	struct cfg_privilege *p = cfg_privilege(a, mode, words);

	if (p == NULL) {
		p = xcalloc(1, sizeof(*p));
		p->mode = mode;
		p->words = xstrdup(words);
		TAILQ_INSERT_TAIL(&a->privileges, p, next);
	}
	p->level = level;
	p->all = all;
}

void
cfg_privilege_del(struct cfg_access *a, struct cfg_privilege *p)
{
	TAILQ_REMOVE(&a->privileges, p, next);
	free(p->words);
	free(p);
}
