/*
 * Maps, entries and slots against the configuration.  A change makes the maps anew and takes over the slots and
 * flows of before that are still wanted, SAs and all; the others are closed, and the peers told.  That is done
 * before the interfaces follow the change; flows that are new come after (cryptomaps_apply).
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/acl.h"
#include "engine/cryptomap.h"
#include "lib/mem.h"
#include "lib/text.h"

struct cryptomaps *
cryptomaps_new(struct router *r)
{
	struct cryptomaps *m = xcalloc(1, sizeof(*m));

	m->r = r;
	TAILQ_INIT(&m->list);
	timer_init(&m->kick, r->clock, map_kick, m);
	timer_init(&m->sweep, r->clock, map_sweep, m);
	return m;
}

/* --- slots --- */

static uint32_t
policy_new(struct cryptomaps *m, struct map_slot *s)
{
	uint32_t p;

	for (p = CRYPTOMAP_NOBODY + 1; p < m->npolicies && m->by_policy[p] != NULL; p++)
		continue;
	if (p >= m->npolicies) {
		size_t n = p * 2 < 64 ? 64 : p * 2;

		m->by_policy = xrealloc(m->by_policy, n * sizeof(*m->by_policy));
		memset(&m->by_policy[m->npolicies], 0, (n - m->npolicies) * sizeof(*m->by_policy));
		m->npolicies = n;
	}
	m->by_policy[p] = s;
	return p;
}

struct map_slot *
map_slot_new(struct map_entry *e, const struct ike_id *local_id, const struct ike_id *remote_id)
{
	struct map_slot *s = xcalloc(1, sizeof(*s));

	s->entry = e;
	s->local_id = *local_id;
	s->remote_id = *remote_id;
	s->made_ns = clock_now(e->map->r->clock);
	s->policy = policy_new(e->map->r->cryptomaps, s);
	return s;
}

/* Numbers are the router's: other parts have policies in the same datapath. */
uint32_t
cryptomap_policy_lend(struct router *r)
{
	return policy_new(r->cryptomaps, &r->cryptomaps->lent);
}

void
cryptomap_policy_back(struct router *r, uint32_t policy)
{
	dp_policy_sa(r->dp, policy, SA_NONE);
	r->cryptomaps->by_policy[policy] = NULL;
}

void
map_slot_free(struct map_slot *s)
{
	struct router *r = s->entry->map->r;

	for (size_t i = 0; i < s->nflows; i++)
		if (s->flows[i] != NULL)
			flow_close(s->flows[i]);
	rib_withdraw(r, s);
	dp_policy_sa(r->dp, s->policy, SA_NONE);
	r->cryptomaps->by_policy[s->policy] = NULL;
	if (s->made) {
		TAILQ_REMOVE(&s->entry->made, s, next);
		r->cryptomaps->nmade--;
	}
	free(s->flows);
	free(s);
}

static void
lines_free(struct map_entry *e)
{
	for (size_t i = 0; i < e->nlines; i++)
		dp_hits_free(e->lines[i].hits);
	free(e->lines);
	free(e->slots);
}

static void
entry_free(struct cryptomap *m, struct map_entry *e)
{
	struct map_slot *s;

	for (size_t i = 0; i < e->nlines; i++)
		if (e->slots[i] != NULL) {
			map_slot_free(e->slots[i]);
			e->slots[i] = NULL;
		}
	while ((s = TAILQ_FIRST(&e->made)) != NULL)
		map_slot_free(s);
	TAILQ_REMOVE(&m->entries, e, next);
	lines_free(e);
	free(e->peers);
	free(e);
}

static void
map_free(struct cryptomap_list *l, struct cryptomap *m)
{
	while (!TAILQ_EMPTY(&m->entries))
		entry_free(m, TAILQ_FIRST(&m->entries));
	TAILQ_REMOVE(l, m, next);
	for (size_t i = 0; i < m->ntold; i++)
		dp_hits_free(m->told[i].match.hits);
	free(m->told);
	free(m->ports);
	free(m);
}

/* At power-off: flows have gone with the key engine, and the datapath is about to. */
static void
slots_forget(struct map_entry *e)
{
	struct map_slot *s;

	for (size_t i = 0; i < e->nlines; i++)
		if (e->slots[i] != NULL) {
			free(e->slots[i]->flows);
			free(e->slots[i]);
			e->slots[i] = NULL;
		}
	while ((s = TAILQ_FIRST(&e->made)) != NULL) {
		TAILQ_REMOVE(&e->made, s, next);
		free(s->flows);
		free(s);
	}
}

void
cryptomaps_free(struct cryptomaps *ms)
{
	struct cryptomap *m;
	struct map_entry *e;

	if (ms == NULL)
		return;
	timer_stop(&ms->kick);
	timer_stop(&ms->sweep);
	while ((m = TAILQ_FIRST(&ms->list)) != NULL) {
		TAILQ_FOREACH(e, &m->entries, next)
			slots_forget(e);
		map_free(&ms->list, m);
	}
	free(ms->by_policy);
	free(ms);
}

/* --- what the configuration wants --- */

bool
cryptomap_wanted(const struct router *r)
{
	const struct cfg_if *i;

	TAILQ_FOREACH(i, &r->cfg->ifs, next)
		if (i->crypto_map != NULL && config_map(r->cfg, CFG_MAP_CRYPTO, i->crypto_map, false) != NULL)
			return true;
	return false;
}

struct cfg_map_entry *
map_entry_cfg(const struct map_entry *e, struct cfg_map **map)
{
	struct config *c = e->map->r->cfg;
	struct cfg_map *t;

	*map = config_map(c, CFG_MAP_CRYPTO, e->map->name, false);
	if (*map == NULL)
		return NULL;
	if (e->template[0] == '\0')
		return config_map_entry(*map, e->seq, false);
	t = config_map(c, CFG_MAP_DYNAMIC, e->template, false);
	return t == NULL ? NULL : config_map_entry(t, e->tseq, false);
}

/* One without a local address has no slots, so that what it protects is dropped, not sent in the clear. */
static struct cryptomap *
map_new(struct router *r, const struct cfg_map *c, const struct cfg_if *i)
{
	const struct cfg_if *s = c->local_if == NULL ? i : config_if(r->cfg, c->local_if, false);
	struct cryptomap *m = xcalloc(1, sizeof(*m));

	m->r = r;
	TAILQ_INIT(&m->entries);
	snprintf(m->name, sizeof(m->name), "%s", c->name);
	snprintf(m->local_if, sizeof(m->local_if), "%s", c->local_if == NULL ? "" : c->local_if);
	if (s != NULL && s->ip.addr != 0)
		m->local = addr_v4(s->ip.addr);
	return m;
}

static void
port_add(struct cryptomap *m, const char *ifname)
{
	m->ports = xrealloc(m->ports, (m->nports + 1) * sizeof(*m->ports));
	m->ports[m->nports].dp_if = 0;
	snprintf(m->ports[m->nports++].name, CFG_IF_NAME, "%s", ifname);
}

/* The map of that name that is at work by one local address, in a list. */
static struct cryptomap *
shared_of(struct cryptomap_list *l, const struct cfg_map *c)
{
	struct cryptomap *m;

	TAILQ_FOREACH(m, l, next)
		if (c->local_if != NULL && m->local_if[0] != '\0' && strcmp(m->name, c->name) == 0)
			return m;
	return NULL;
}

static struct map_entry *
entry_new(struct cryptomap *m, unsigned seq, const struct cfg_map *template, const struct cfg_map_entry *c)
{
	struct map_entry *e = xcalloc(1, sizeof(*e));

	e->map = m;
	e->seq = seq;
	TAILQ_INIT(&e->made);
	if (template != NULL) {
		snprintf(e->template, sizeof(e->template), "%s", template->name);
		e->tseq = c->seq;
	}
	e->npeers = c->npeers;
	e->peers = c->npeers == 0 ? NULL : xmemdup(c->peers, c->npeers * sizeof(*c->peers));
	e->dflt = c->dflt;
	e->cur = c->dflt != 0 ? c->dflt - 1 : 0;
	TAILQ_INSERT_TAIL(&m->entries, e, next);
	return e;
}

static void
entry_lines(struct map_entry *e, const char *acl)
{
	const struct cfg_acl *l = acl == NULL ? NULL : acl_find(e->map->r, acl);

	if (l == NULL || l->n == 0)
		return;
	e->nlines = acl_entries(l, &e->lines);
	e->slots = xcalloc(e->nlines, sizeof(*e->slots));
	for (size_t i = 0; i < e->nlines; i++)
		dp_hits_ref(e->lines[i].hits);
}

/* A static entry without all that it needs is disabled: it isn't there. */
static void
entries_make(struct cryptomap *m, const struct cfg_map *c)
{
	const struct cfg_map_entry *ce, *te;
	const struct cfg_map *t;

	TAILQ_FOREACH(ce, &c->entries, next) {
		if (ce->dynamic == NULL) {
			if (config_map_complete(ce))
				entry_lines(entry_new(m, ce->seq, NULL, ce), ce->acl);
			continue;
		}
		if ((t = config_map(m->r->cfg, CFG_MAP_DYNAMIC, ce->dynamic, false)) == NULL)
			continue;
		TAILQ_FOREACH(te, &t->entries, next)
			entry_lines(entry_new(m, ce->seq, t, te), te->acl);
	}
}

/* Maps without slots, as the configuration has them now. */
static void
maps_make(struct router *r, struct cryptomap_list *out)
{
	const struct cfg_if *i;
	const struct cfg_map *c;
	struct cryptomap *m;

	TAILQ_FOREACH(i, &r->cfg->ifs, next) {
		if (i->crypto_map == NULL || (c = config_map(r->cfg, CFG_MAP_CRYPTO, i->crypto_map, false)) == NULL)
			continue;
		if ((m = shared_of(out, c)) == NULL) {
			m = map_new(r, c, i);
			TAILQ_INSERT_TAIL(out, m, next);
			entries_make(m, c);
		}
		port_add(m, i->name);
	}
}

/* --- taking over what there was --- */

static bool
same_map(const struct cryptomap *a, const struct cryptomap *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->local_if, b->local_if) == 0 && addr_eq(&a->local, &b->local) &&
	       strcmp(a->ports[0].name, b->ports[0].name) == 0;
}

static bool
same_entry(const struct map_entry *a, const struct map_entry *b)
{
	return a->seq == b->seq && a->tseq == b->tseq && strcmp(a->template, b->template) == 0;
}

static size_t
peer_place(const struct map_entry *e, const struct addr *a)
{
	size_t i;

	for (i = 0; i < e->npeers && !addr_eq(&e->peers[i], a); i++)
		continue;
	return i;
}

/* Flows of peers that are still named stay. */
static void
slot_move(struct map_slot *s, struct map_entry *e)
{
	struct flow **flows = e->npeers == 0 ? NULL : xcalloc(e->npeers, sizeof(*flows)), *f;
	size_t at;

	for (size_t i = 0; i < s->nflows; i++) {
		if ((f = s->flows[i]) == NULL)
			continue;
		at = peer_place(e, &f->peer->path.remote);
		if (at < e->npeers)
			flows[at] = f;
		else
			flow_close(f);
	}
	free(s->flows);
	s->flows = flows;
	s->nflows = e->npeers;
	s->entry = e;
}

static bool
slot_is(const struct map_slot *s, const struct ike_id *local_id, const struct ike_id *remote_id)
{
	return s != NULL && ipsec_id_eq(&s->local_id, local_id) && ipsec_id_eq(&s->remote_id, remote_id);
}

/* The slot of before for these proxies, from *hint on and around: lists mostly stay as they are. */
static struct map_slot *
slot_take(struct map_entry *old, size_t *hint, const struct ike_id *local_id, const struct ike_id *remote_id)
{
	for (size_t k = 0; k < old->nlines; k++) {
		size_t i = (*hint + k) % old->nlines;
		struct map_slot *s = old->slots[i];

		if (!slot_is(s, local_id, remote_id))
			continue;
		old->slots[i] = NULL;
		*hint = i + 1;
		return s;
	}
	return NULL;
}

static void
peer_keep(struct map_entry *e, const struct map_entry *old)
{
	size_t at = old->npeers == 0 ? e->npeers : peer_place(e, &old->peers[old->cur]);

	if (at < e->npeers && old->npeers > 0 && e->npeers > 1)
		e->cur = at;
}

/* Those that peers have made stay while the lines do under which they were made. */
static void
made_take(struct map_entry *e, struct map_entry *old)
{
	struct map_slot *s, *next;

	for (s = TAILQ_LAST(&old->made, map_slots); s != NULL; s = next) {
		next = TAILQ_PREV(s, map_slots, next);
		if (e->template[0] == '\0' && peer_place(e, &s->flows[0]->peer->path.remote) == e->npeers)
			continue;
		if (e->nlines != old->nlines || (e->nlines > 0 && !dp_ace_same(&e->lines[s->line], &old->lines[s->line])))
			continue;
		TAILQ_REMOVE(&old->made, s, next);
		TAILQ_INSERT_HEAD(&e->made, s, next);
		s->entry = e;
	}
}

static void
entry_take(struct map_entry *e, struct map_entry *old)
{
	struct ike_id local_id, remote_id;
	size_t hint = 0;

	peer_keep(e, old);
	for (size_t i = 0; i < e->nlines && e->template[0] == '\0'; i++)
		if (e->lines[i].permit && map_line_ids(&e->lines[i], &local_id, &remote_id) &&
		    (e->slots[i] = slot_take(old, &hint, &local_id, &remote_id)) != NULL)
			slot_move(e->slots[i], e);
	made_take(e, old);
}

static void
map_take(struct cryptomap *m, struct cryptomap *old)
{
	struct map_entry *e, *o;

	TAILQ_FOREACH(e, &m->entries, next)
		TAILQ_FOREACH(o, &old->entries, next)
			if (same_entry(e, o))
				entry_take(e, o);
	for (size_t i = 0; i < m->nports; i++)
		for (size_t k = 0; k < old->nports; k++)
			if (strcmp(m->ports[i].name, old->ports[k].name) == 0)
				m->ports[i].dp_if = old->ports[k].dp_if;
	m->told = old->told;
	m->ntold = old->ntold;
	old->told = NULL;
	old->ntold = 0;
}

/* Ports that no map has any more are told so. */
static void
ports_drop(struct router *r, const struct cryptomap *old)
{
	const struct cryptomap *m;
	bool kept;

	for (size_t k = 0; k < old->nports; k++) {
		kept = false;
		TAILQ_FOREACH(m, &r->cryptomaps->list, next)
			for (size_t i = 0; i < m->nports; i++)
				kept |= strcmp(m->ports[i].name, old->ports[k].name) == 0 && m->ports[i].dp_if != 0;
		if (!kept && old->ports[k].dp_if != 0)
			dp_spd_set(r->dp, old->ports[k].dp_if, NULL, 0);
	}
}

void
cryptomaps_drop_stale(struct router *r)
{
	struct cryptomaps *ms = r->cryptomaps;
	struct cryptomap_list fresh = TAILQ_HEAD_INITIALIZER(fresh), old = TAILQ_HEAD_INITIALIZER(old);
	struct cryptomap *m, *o;

	TAILQ_CONCAT(&old, &ms->list, next);
	maps_make(r, &fresh);
	TAILQ_CONCAT(&ms->list, &fresh, next);
	TAILQ_FOREACH(m, &ms->list, next)
		TAILQ_FOREACH(o, &old, next)
			if (same_map(m, o))
				map_take(m, o);
	while ((o = TAILQ_FIRST(&old)) != NULL) {
		ports_drop(r, o);
		map_free(&old, o);
	}
}

/* --- making what is new --- */

static void
slot_fill(struct map_slot *s)
{
	struct map_entry *e = s->entry;

	if (s->flows == NULL) {
		s->flows = xcalloc(e->npeers, sizeof(*s->flows));
		s->nflows = e->npeers;
	}
	for (size_t i = 0; i < s->nflows; i++) {
		if (s->flows[i] == NULL)
			s->flows[i] = map_flow_new(s, &e->map->local, &e->peers[i]);
		s->flows[i]->standby = i != e->cur;
	}
	map_slot_routes(s);
}

static void
entry_fill(struct map_entry *e)
{
	struct ike_id local_id, remote_id;
	struct map_slot *s;

	for (size_t i = 0; i < e->nlines && e->template[0] == '\0'; i++) {
		if (!e->lines[i].permit || !map_line_ids(&e->lines[i], &local_id, &remote_id))
			continue;
		if (e->slots[i] == NULL)
			e->slots[i] = map_slot_new(e, &local_id, &remote_id);
		slot_fill(e->slots[i]);
	}
	TAILQ_FOREACH(s, &e->made, next)
		map_slot_routes(s);
}

void
cryptomaps_apply(struct router *r)
{
	struct cryptomap *m;
	struct map_entry *e;

	TAILQ_FOREACH(m, &r->cryptomaps->list, next) {
		if (m->local.af != ADDR_NONE)
			TAILQ_FOREACH(e, &m->entries, next)
				entry_fill(e);
		map_spd_sync(m);
	}
}

void
cryptomaps_no_sa(struct router *r, uint32_t policy)
{
	struct cryptomaps *m = r->cryptomaps;
	struct map_slot *s = policy < m->npolicies ? m->by_policy[policy] : NULL;

	if (s != NULL && s != &m->lent)
		map_slot_want(s);
}
