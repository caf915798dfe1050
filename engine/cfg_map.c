/* Crypto maps as data: finding, making and taking away maps, entries and peers. */

#include <stdlib.h>
#include <string.h>

#include "engine/cfg_map.h"
#include "lib/mem.h"

void
cfg_maps_init(struct cfg_maps *m)
{
	TAILQ_INIT(&m->maps);
	TAILQ_INIT(&m->dynamic);
}

static void
map_free(struct cfg_map_list *l, struct cfg_map *m)
{
	TAILQ_REMOVE(l, m, next);
	while (!TAILQ_EMPTY(&m->entries))
		config_map_entry_del(m, TAILQ_FIRST(&m->entries));
	free(m->name);
	free(m->local_if);
	free(m->isakmp_profile);
	free(m);
}

static void
list_free(struct cfg_map_list *l)
{
	while (!TAILQ_EMPTY(l))
		map_free(l, TAILQ_FIRST(l));
}

void
cfg_maps_free(struct cfg_maps *m)
{
	list_free(&m->maps);
	list_free(&m->dynamic);
}

static struct cfg_map_list *
list_of(struct config *c, enum cfg_map_kind k)
{
	return k == CFG_MAP_DYNAMIC ? &c->crypto_maps.dynamic : &c->crypto_maps.maps;
}

struct cfg_map *
config_map(struct config *c, enum cfg_map_kind k, const char *name, bool create)
{
	struct cfg_map_list *l = list_of(c, k);
	struct cfg_map *m;

	TAILQ_FOREACH(m, l, next)
		if (strcmp(m->name, name) == 0)
			return m;
	if (!create)
		return NULL;
	m = xcalloc(1, sizeof(*m));
	m->name = xstrdup(name);
	TAILQ_INIT(&m->entries);
	TAILQ_INSERT_TAIL(l, m, next);
	return m;
}

void
config_map_del(struct config *c, enum cfg_map_kind k, struct cfg_map *m)
{
	map_free(list_of(c, k), m);
}

struct cfg_map_entry *
config_map_entry(struct cfg_map *m, unsigned seq, bool create)
{
	struct cfg_map_entry *e, *after;

	TAILQ_FOREACH(after, &m->entries, next) {
		if (after->seq == seq)
			return after;
		if (after->seq > seq)
			break;
	}
	if (!create)
		return NULL;
	e = xcalloc(1, sizeof(*e));
	e->seq = seq;
	if (after != NULL)
		TAILQ_INSERT_BEFORE(after, e, next);
	else
		TAILQ_INSERT_TAIL(&m->entries, e, next);
	return e;
}

void
config_map_entry_del(struct cfg_map *m, struct cfg_map_entry *e)
{
	TAILQ_REMOVE(&m->entries, e, next);
	free(e->dynamic);
	free(e->profile);
	free(e->description);
	free(e->acl);
	free(e->isakmp_profile);
	free(e->peers);
	cfg_names_clear(&e->transform_sets);
	free(e);
}

static size_t
peer_place(const struct cfg_map_entry *e, const struct addr *a)
{
	size_t i;

	for (i = 0; i < e->npeers && !addr_eq(&e->peers[i], a); i++)
		continue;
	return i;
}

bool
config_map_peer(struct cfg_map_entry *e, const struct addr *a, bool dflt)
{
	size_t i = peer_place(e, a);

	if (i == e->npeers) {
		if (e->npeers == CFG_MAP_PEERS)
			return false;
		e->peers = xrealloc(e->peers, (e->npeers + 1) * sizeof(*e->peers));
		e->peers[e->npeers++] = *a;
	}
	if (dflt)
		e->dflt = i + 1;
	else if (e->dflt == i + 1)
		e->dflt = 0;
	return true;
}

bool
config_map_peer_del(struct cfg_map_entry *e, const struct addr *a)
{
	size_t i = peer_place(e, a);

	if (i == e->npeers)
		return false;
	memmove(&e->peers[i], &e->peers[i + 1], (e->npeers - i - 1) * sizeof(*e->peers));
	e->npeers--;
	if (e->dflt == i + 1)
		e->dflt = 0;
	else if (e->dflt > i + 1)
		e->dflt--;
	return true;
}

bool
config_map_empty(const struct cfg_map *m)
{
	return TAILQ_EMPTY(&m->entries) && m->local_if == NULL && m->isakmp_profile == NULL;
}

bool
config_map_complete(const struct cfg_map_entry *e)
{
	return e->npeers > 0 && e->acl != NULL && (e->transform_sets.n > 0 || e->profile != NULL);
}

void
config_map_life(const struct config *c, const struct cfg_map_entry *e, uint32_t *s, uint32_t *kb)
{
	struct cfg_ipsec_profile own = { .life = e->life };

	config_life(c, &own, s, kb);
}
