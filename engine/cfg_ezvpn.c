/* EzVPN as configured: finding, making and taking away groups, pools, what maps say of clients, and connections. */

#include "engine/cfg_ezvpn.h"

#include <stdlib.h>
#include <string.h>

#include "engine/config.h"
#include "lib/mem.h"
#include "lib/text.h"

void
config_set_secret(char **slot, const char *s)
{
	char *copy = s == NULL ? NULL : xstrdup(s);

	if (*slot != NULL)
		wipe_free(*slot, strlen(*slot));
	*slot = copy;
}

bool
cfg_list_add(struct cfg_list *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return true;
	if (l->n == EZ_LIST_MAX)
		return false;
	l->v[l->n++] = xstrdup(s);
	return true;
}

bool
cfg_list_del(struct cfg_list *l, const char *s)
{
	size_t before = l->n, kept = 0;

	for (size_t i = 0; i < before; i++)
		if (s == NULL || strcmp(l->v[i], s) == 0)
			free(l->v[i]);
		else
			l->v[kept++] = l->v[i];
	l->n = kept;
	return kept < before;
}

void
cfg_ezclients_free(struct cfg_ezclients *c)
{
	free(c->authentication);
	free(c->authorization);
	*c = (struct cfg_ezclients){ 0 };
}

void
cfg_ez_init(struct cfg_ez *e)
{
	TAILQ_INIT(&e->groups);
	TAILQ_INIT(&e->pools);
	TAILQ_INIT(&e->maps);
	TAILQ_INIT(&e->clients);
}

static void
group_free(struct cfg_ez *e, struct cfg_ezgroup *g)
{
	char *strings[] = { g->name, g->pool, g->domain, g->acl, g->banner };

	TAILQ_REMOVE(&e->groups, g, next);
	config_set_secret(&g->key, NULL);
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		free(strings[i]);
	cfg_list_del(&g->split_dns, NULL);
	cfg_list_del(&g->backup, NULL);
	cfg_list_del(&g->restrict_if, NULL);
	free(g);
}

static void
pool_free(struct cfg_ez *e, struct cfg_pool *p)
{
	TAILQ_REMOVE(&e->pools, p, next);
	free(p->name);
	free(p->v);
	free(p);
}

static void
map_free(struct cfg_ez *e, struct cfg_ezmap *m)
{
	TAILQ_REMOVE(&e->maps, m, next);
	cfg_ezclients_free(&m->c);
	free(m->map);
	free(m);
}

static void
client_free(struct cfg_ez *e, struct cfg_ezvpn *v)
{
	char *strings[] = { v->name, v->group, v->user, v->acl, v->connect_acl, v->dflt };

	TAILQ_REMOVE(&e->clients, v, next);
	config_set_secret(&v->key, NULL);
	config_set_secret(&v->password, NULL);
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		free(strings[i]);
	cfg_list_del(&v->peers, NULL);
	free(v);
}

void
cfg_ez_free(struct cfg_ez *e)
{
	while (!TAILQ_EMPTY(&e->groups))
		group_free(e, TAILQ_FIRST(&e->groups));
	while (!TAILQ_EMPTY(&e->pools))
		pool_free(e, TAILQ_FIRST(&e->pools));
	while (!TAILQ_EMPTY(&e->maps))
		map_free(e, TAILQ_FIRST(&e->maps));
	while (!TAILQ_EMPTY(&e->clients))
		client_free(e, TAILQ_FIRST(&e->clients));
	free(e->address_pool);
	free(e->logging_group);
}

struct cfg_ezgroup *
config_ezgroup(struct config *c, const char *name, bool create)
{
	struct cfg_ezgroup *g;

	TAILQ_FOREACH(g, &c->ez.groups, next)
		if (strcmp(g->name, name) == 0)
			return g;
	if (!create)
		return NULL;
	g = xcalloc(1, sizeof(*g));
	g->name = xstrdup(name);
	TAILQ_INSERT_TAIL(&c->ez.groups, g, next);
	return g;
}

void
config_ezgroup_del(struct config *c, struct cfg_ezgroup *g)
{
	group_free(&c->ez, g);
}

struct cfg_pool *
config_pool(struct config *c, const char *name, bool create)
{
	struct cfg_pool *p;

	TAILQ_FOREACH(p, &c->ez.pools, next)
		if (strcmp(p->name, name) == 0)
			return p;
	if (!create)
		return NULL;
	p = xcalloc(1, sizeof(*p));
	p->name = xstrdup(name);
	TAILQ_INSERT_TAIL(&c->ez.pools, p, next);
	return p;
}

void
config_pool_del(struct config *c, struct cfg_pool *p)
{
	pool_free(&c->ez, p);
}

size_t
cfg_pool_size(const struct cfg_pool *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += (size_t)(p->v[i].hi - p->v[i].lo) + 1;
	return n;
}

static bool
overlaps(const struct config *c, uint32_t lo, uint32_t hi)
{
	const struct cfg_pool *p;

	TAILQ_FOREACH(p, &c->ez.pools, next)
		for (size_t i = 0; i < p->n; i++)
			if (lo <= p->v[i].hi && p->v[i].lo <= hi)
				return true;
	return false;
}

enum pool_fault
config_pool_add(struct config *c, const char *name, uint32_t lo, uint32_t hi)
{
	struct cfg_pool *p = config_pool(c, name, false);

	if (hi < lo)
		return POOL_BACKWARDS;
	if ((p == NULL ? 0 : cfg_pool_size(p)) + (hi - lo) >= EZ_POOL_MAX)
		return POOL_TOO_BIG;
	for (size_t i = 0; p != NULL && i < p->n; i++)
		if (p->v[i].lo == lo && p->v[i].hi == hi)
			return POOL_OK;
	if (overlaps(c, lo, hi))
		return POOL_OVERLAP;
	p = config_pool(c, name, true);
	p->v = xrealloc(p->v, (p->n + 1) * sizeof(*p->v));
	p->v[p->n++] = (struct cfg_range){ lo, hi };
	return POOL_OK;
}

struct cfg_ezmap *
config_ezmap(struct config *c, const char *map, bool create)
{
	struct cfg_ezmap *m;

	TAILQ_FOREACH(m, &c->ez.maps, next)
		if (strcmp(m->map, map) == 0)
			return m;
	if (!create)
		return NULL;
	m = xcalloc(1, sizeof(*m));
	m->map = xstrdup(map);
	TAILQ_INSERT_TAIL(&c->ez.maps, m, next);
	return m;
}

void
config_ezmap_tidy(struct config *c, struct cfg_ezmap *m)
{
	if (m->c.authentication == NULL && m->c.authorization == NULL && !m->c.respond && !m->c.initiate)
		map_free(&c->ez, m);
}

struct cfg_ezvpn *
config_ezvpn(struct config *c, const char *name, bool create)
{
	struct cfg_ezvpn *v;

	TAILQ_FOREACH(v, &c->ez.clients, next)
		if (strcmp(v->name, name) == 0)
			return v;
	if (!create)
		return NULL;
	v = xcalloc(1, sizeof(*v));
	v->name = xstrdup(name);
	TAILQ_INSERT_TAIL(&c->ez.clients, v, next);
	return v;
}

void
config_ezvpn_del(struct config *c, struct cfg_ezvpn *v)
{
	struct cfg_if *i;

	TAILQ_FOREACH(i, &c->ifs, next) {
		cfg_names_del(&i->ezvpn_inside, v->name);
		if (str_eq(i->ezvpn_outside, v->name))
			config_set_str(&i->ezvpn_outside, NULL);
	}
	client_free(&c->ez, v);
}
