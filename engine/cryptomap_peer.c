/*
 * Asking for SAs, and of whom.  Traffic asks; the peer asked is the entry's current one.  One with whom a
 * negotiation fails makes place for the next in the list, until each has been asked once; then traffic must ask
 * again.  One that dead peer detection finds dead makes place for the default, if the list has one, else for the
 * next.  A peer that brings SAs by itself becomes the current one.
 */

#include <stdio.h>

#include "engine/cryptomap.h"
#include "engine/log.h"

/* --- the peer --- */

static void
slot_standby(const struct map_slot *s)
{
	for (size_t i = 0; i < s->nflows; i++)
		if (s->flows[i] != NULL)
			s->flows[i]->standby = i != s->entry->cur;
}

void
map_entry_choose(struct map_entry *e, size_t peer)
{
	if (peer >= e->npeers || e->cur == peer)
		return;
	e->cur = peer;
	for (size_t i = 0; i < e->nlines; i++)
		if (e->slots[i] != NULL)
			slot_standby(e->slots[i]);
}

static bool
is_current(const struct map_slot *s, const struct flow *f)
{
	return !s->made && s->entry->cur < s->nflows && s->flows[s->entry->cur] == f;
}

static void
choose_next(struct map_entry *e)
{
	if (e->npeers > 0)
		map_entry_choose(e, (e->cur + 1) % e->npeers);
}

/* --- asking --- */

static bool
is_negotiating(const struct map_slot *s)
{
	for (size_t i = 0; i < s->nflows; i++)
		if (s->flows[i] != NULL && s->flows[i]->negotiating)
			return true;
	return s->kick;
}

void
map_slot_want(struct map_slot *s)
{
	struct router *r = s->entry->map->r;
	size_t cur = s->made ? 0 : s->entry->cur;

	if (cur >= s->nflows || s->flows[cur] == NULL)
		return;
	s->flows[cur]->sums.no_sa++;
	if (s->made || is_negotiating(s))
		return;
	if (s->failed_ns != 0 && clock_now(r->clock) - s->failed_ns < CRYPTOMAP_ASK_AGAIN)
		return;
	s->tried = 1;
	flow_ask(s->flows[cur]);
}

static void
kick_slot(struct map_slot *s)
{
	if (s == NULL || !s->kick)
		return;
	s->kick = false;
	if (s->entry->cur < s->nflows && s->flows[s->entry->cur]->current == NULL)
		flow_ask(s->flows[s->entry->cur]);
}

void
map_kick(void *arg)
{
	struct cryptomaps *m = arg;

	for (uint32_t p = 0; p < m->npolicies; p++)
		kick_slot(m->by_policy[p]);
}

/* --- what flows ask of their slots --- */

void
map_entry_policy(const struct router *r, const struct cfg_map *m, const struct cfg_map_entry *e, struct crypto_policy *out)
{
	const struct config *c = r->cfg;
	struct cfg_ipsec_profile *p = e->profile == NULL ? NULL : config_ipsec_profile(r->cfg, e->profile, false);
	struct cfg_ipsec_profile none = { 0 };
	bool own_life = e->life.s_set || e->life.kb_set || e->life.kb_off;

	profile_policy(r, p != NULL ? p : &none, out);
	if (e->transform_sets.n > 0 || p == NULL)
		out->transform_sets = &e->transform_sets;
	if (e->isakmp_profile != NULL || out->isakmp_profile[0] == '\0')
		out->isakmp_profile = e->isakmp_profile != NULL ? e->isakmp_profile : m->isakmp_profile != NULL ? m->isakmp_profile : "";
	if (e->pfs_group != 0)
		out->pfs_group = e->pfs_group;
	if (own_life || p == NULL)
		config_map_life(c, e, &out->life_s, &out->life_kb);
	if (e->idle_s != 0)
		out->idle_s = e->idle_s;
	if (e->replay_set)
		out->replay_window = e->replay_off ? 0 : e->replay_window;
	if (e->dfbit != 0)
		out->dfbit = e->dfbit;
}

static bool
on_policy(const struct flow *f, struct crypto_policy *out)
{
	const struct map_slot *s = f->owner;
	struct cfg_map *m;
	const struct cfg_map_entry *e = map_entry_cfg(s->entry, &m);

	if (e == NULL)
		return false;
	map_entry_policy(f->r, m, e, out);
	out->responder_only |= s->entry->template[0] != '\0';
	return true;
}

/* Of a slot's flows that with SAs in use; the others' are taken when its go. */
static uint32_t
any_sa(const struct map_slot *s, const struct flow *but)
{
	for (size_t i = 0; i < s->nflows; i++)
		if (s->flows[i] != NULL && s->flows[i] != but && s->flows[i]->current != NULL)
			return s->flows[i]->current->sa_out;
	return SA_NONE;
}

static void
on_use(struct flow *f, uint32_t sa)
{
	struct map_slot *s = f->owner;

	for (size_t i = 0; sa != SA_NONE && !s->made && i < s->nflows; i++)
		if (s->flows[i] == f)
			map_entry_choose(s->entry, i);
	dp_policy_sa(f->r->dp, s->policy, sa != SA_NONE ? sa : any_sa(s, f));
}

static void
on_changed(struct flow *f)
{
	struct map_slot *s = f->owner;

	s->used |= !TAILQ_EMPTY(&f->pairs);
	map_slot_routes(s);
	if (s->made && TAILQ_EMPTY(&f->pairs))
		map_sweep_later(f->r->cryptomaps, CRYPTOMAP_SETTLE);
}

static void
on_failed(struct flow *f, enum ike_fail why)
{
	struct map_slot *s = f->owner;

	(void)why;
	if (s->made)
		return;
	s->failed_ns = clock_now(f->r->clock);
	if (f->current != NULL)
		return;
	if (is_current(s, f))
		choose_next(s->entry);
	if (s->tried == 0 || s->tried >= s->nflows)
		return;
	s->tried++;
	s->kick = true;
	timer_in(&f->r->cryptomaps->kick, 0);
}

static void
on_ended(struct flow *f, enum flow_end why)
{
	struct map_slot *s = f->owner;
	struct map_entry *e = s->entry;
	struct cfg_map *m;
	const struct cfg_map_entry *c = map_entry_cfg(e, &m);

	if (!is_current(s, f))
		return;
	if (why == FLOW_PEER_DEAD && e->dflt == 0)
		choose_next(e);
	else if (e->dflt != 0 && (why == FLOW_PEER_DEAD || (why == FLOW_IDLE && c != NULL && c->idle_default)))
		map_entry_choose(e, e->dflt - 1);
}

const struct flow_ops map_flow_calls = {
	.policy = on_policy,
	.use = on_use,
	.changed = on_changed,
	.failed = on_failed,
	.ended = on_ended,
};

struct flow *
map_flow_new(struct map_slot *s, const struct addr *local, const struct addr *remote)
{
	const struct cryptomap *m = s->entry->map;
	bool hosts = map_id_is(&s->local_id, local) && map_id_is(&s->remote_id, remote);
	struct flow_init init = {.ops = &map_flow_calls,
	    .owner = s,
	    .ifname = m->ports[0].name,
	    .tag = m->name,
	    .local = *local,
	    .remote = *remote,
	    .local_id = s->local_id,
	    .remote_id = s->remote_id,
	    .transport = hosts,
	    .named = s->entry->template[0] == '\0'};
	struct flow *f = flow_new(m->r, &init);

	f->on_demand = true;
	f->policy = s->policy;
	f->listed = !s->made;
	return f;
}

/* --- slots that peers have made --- */

void
map_sweep_later(struct cryptomaps *m, int64_t in)
{
	int64_t at = clock_now(m->r->clock) + in;

	if (timer_due(&m->sweep) > at)
		timer_at(&m->sweep, at);
}

static bool
is_over(const struct map_slot *s)
{
	const struct flow *f = s->flows[0];

	return TAILQ_EMPTY(&f->pairs) && (s->used || clock_now(f->r->clock) - s->made_ns >= CRYPTOMAP_GRACE);
}

static bool
entry_sweep(struct cryptomaps *m, struct map_entry *e)
{
	struct map_slot *s, *next;
	bool any = false;

	for (s = TAILQ_FIRST(&e->made); s != NULL; s = next) {
		next = TAILQ_NEXT(s, next);
		if (is_over(s)) {
			map_slot_free(s);
			any = true;
		} else if (!s->used) {
			map_sweep_later(m, CRYPTOMAP_GRACE);
		}
	}
	return any;
}

void
map_sweep(void *arg)
{
	struct cryptomaps *ms = arg;
	struct cryptomap *m;
	struct map_entry *e;
	bool any;

	TAILQ_FOREACH(m, &ms->list, next) {
		any = false;
		TAILQ_FOREACH(e, &m->entries, next)
			any |= entry_sweep(ms, e);
		if (any)
			map_spd_sync(m);
	}
}

/* --- reverse routes --- */

static size_t
routes_of(const struct map_slot *s, const struct cfg_reverse *v, const struct addr *peer, struct rib_own out[2])
{
	const struct ike_id *id = &s->remote_id;
	struct rib_own route = {.len = id->type == IKE_ID_IPV4_ADDR_SUBNET ? id->prefix_len : 32,
	    .via = v->via != 0 && !v->gateway ? v->via : peer->v4,
	    .code = 'S',
	    .distance = v->distance != 0 ? v->distance : 1};

	route.prefix = id->addr.v4 & ip4_mask(route.len);
	out[0] = out[1] = route;
	out[1].prefix = peer->v4;
	out[1].len = 32;
	out[1].via = v->via;
	return v->gateway ? 2 : 1;
}

/* Of those with SAs in use; else, for routes that are always there, of the current one. */
static const struct flow *
route_flow(const struct map_slot *s, bool always)
{
	size_t cur = s->made ? 0 : s->entry->cur;

	for (size_t i = 0; i < s->nflows; i++)
		if (s->flows[i] != NULL && s->flows[i]->current != NULL)
			return s->flows[i];
	return always && cur < s->nflows ? s->flows[cur] : NULL;
}

static bool
same_routes(const struct map_slot *s, const struct rib_own *v, size_t n)
{
	if (s->nroutes != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (s->routes[i].prefix != v[i].prefix || s->routes[i].len != v[i].len || s->routes[i].via != v[i].via ||
		    s->routes[i].distance != v[i].distance)
			return false;
	return true;
}

/* A host that is the peer itself is reached already. */
void
map_slot_routes(struct map_slot *s)
{
	struct router *r = s->entry->map->r;
	struct cfg_map *m;
	const struct cfg_map_entry *c = map_entry_cfg(s->entry, &m);
	const struct flow *f = c == NULL || !c->reverse.on ? NULL : route_flow(s, c->reverse.always);
	struct rib_own v[2];
	size_t n = 0;

	if (f != NULL && !map_id_is(&s->remote_id, &f->peer->path.remote))
		n = routes_of(s, &c->reverse, &f->peer->path.remote, v);
	if (same_routes(s, v, n))
		return;
	rib_withdraw(r, s);
	for (size_t i = 0; i < n; i++) {
		s->routes[i] = v[i];
		rib_inject(r, s, &v[i]);
	}
	s->nroutes = n;
}
