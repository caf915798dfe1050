/* What the shell is told of NHRP: bindings, servers, interfaces. */

#include <stdlib.h>
#include <string.h>

#include "engine/nhrp_int.h"
#include "lib/mem.h"

static int
entry_cmp(const void *pa, const void *pb)
{
	const struct nhrp_entry *const *a = pa, *const *b = pb;

	if (((*a)->kind == NHRP_LOCAL) != ((*b)->kind == NHRP_LOCAL))
		return (*a)->kind == NHRP_LOCAL ? 1 : -1;
	if ((*a)->key.prefix != (*b)->key.prefix)
		return (*a)->key.prefix < (*b)->key.prefix ? -1 : 1;
	return (*a)->key.len < (*b)->key.len ? -1 : (*a)->key.len > (*b)->key.len;
}

static bool
nhs_silent(struct nhrp_if *i, const struct nhrp_entry *e)
{
	const struct nhrp_nhs *s = e->key.len == 32 ? nhrp_nhs_find(i, e->key.prefix) : NULL;

	return s != NULL && !s->responding;
}

static enum nhrp_state
state_of(struct nhrp_if *i, const struct nhrp_entry *e)
{
	const struct ike_path path = { .local = addr_v4(i->source), .remote = addr_v4(e->nbma) };

	if (e->peer == NULL)
		return e->kind == NHRP_LOCAL ? NHRP_ST_UP : NHRP_ST_NHRP;
	if (!e->peer->ready && nhrp_is_protected(i))
		return ike_sa_up(i->n->r->ike, &path) ? NHRP_ST_IPSEC : NHRP_ST_IKE;
	return nhs_silent(i, e) ? NHRP_ST_NHRP : NHRP_ST_UP;
}

static int64_t
updown_of(struct nhrp_if *i, const struct nhrp_entry *e)
{
	const struct nhrp_nhs *s = e->key.len == 32 ? nhrp_nhs_find(i, e->key.prefix) : NULL;

	if (e->peer == NULL)
		return e->kind == NHRP_LOCAL ? e->created_ns : 0;
	if (s != NULL && s->responding && e->peer->ready)
		return s->up_ns;
	if (e->peer->ready)
		return e->peer->since_ns > e->created_ns ? e->peer->since_ns : e->created_ns;
	return e->peer->since_ns != 0 ? e->peer->since_ns : e->created_ns;
}

static void
give(struct nhrp_if *i, const struct nhrp_entry *e, void (*fn)(void *, const struct nhrp_entry_info *), void *arg)
{
	struct nhrp_requester_info *q = xcalloc(e->nrequesters + 1, sizeof(*q));
	const struct nhrp_requester *p;
	size_t n = 0;
	struct nhrp_entry_info info = {.ifname = i->name, .prefix = e->key.prefix, .len = e->key.len, .via = e->via, .nbma = e->nbma,
	    .flags = e->flags | nhrp_route_flags(e), .kind = e->kind, .state = state_of(i, e), .created_ns = e->created_ns,
	    .expires_ns = e->expires_ns, .updown_ns = updown_of(i, e), .hits = e->hits, .socket = e->peer != NULL, .preference = 255,
	    .nrequesters = e->nrequesters, .requesters = q};

	TAILQ_FOREACH(p, &e->requesters, next)
		q[n++] = (struct nhrp_requester_info){ p->addr, p->reqid };
	fn(arg, &info);
	free(q);
}

static int
used_cmp(const void *pa, const void *pb)
{
	const struct mgre_info *a = pa, *b = pb;

	return a->nbma < b->nbma ? -1 : a->nbma > b->nbma;
}

struct states { struct mgre_info *v; size_t n, cap; };

static void
collect(void *arg, const struct mgre_info *m)
{
	struct states *s = arg;

	if (s->n == s->cap) {
		s->cap = s->cap == 0 ? 16 : s->cap * 2;
		s->v = xrealloc(s->v, s->cap * sizeof(*s->v));
	}
	s->v[s->n++] = *m;
}

static bool
used(const struct states *s, uint32_t nbma)
{
	struct mgre_info key = {.nbma = nbma};
	const struct mgre_info *m = s->n == 0 ? NULL : bsearch(&key, s->v, s->n, sizeof(*s->v), used_cmp);

	return m != NULL && m->sent > 0;
}

static void
if_entries(struct nhrp_if *i, void (*fn)(void *, const struct nhrp_entry_info *), void *arg)
{
	size_t n = HASH_COUNT(i->cache), k = 0;
	struct nhrp_entry **v = xcalloc(n + 1, sizeof(struct nhrp_entry *)), *e, *tmp;
	struct states s = { 0 };

	HASH_ITER(hh, i->cache, e, tmp)
		v[k++] = e;
	qsort(v, n, sizeof(struct nhrp_entry *), entry_cmp);
	mgre_state_each(i->n->r, i->name, collect, &s);
	if (s.n > 0)
		qsort(s.v, s.n, sizeof(*s.v), used_cmp);
	for (k = 0; k < n; k++) {
		unsigned was = v[k]->flags;

		if (v[k]->peer != NULL && used(&s, v[k]->nbma))
			v[k]->flags |= NHRP_F_USED;
		give(i, v[k], fn, arg);
		v[k]->flags = was;
	}
	free(s.v);
	free(v);
}

void
nhrp_entry_each(struct router *r, void (*fn)(void *, const struct nhrp_entry_info *), void *arg)
{
	struct nhrp_if *i;

	if (r->nhrp != NULL)
		TAILQ_FOREACH(i, &r->nhrp->ifs, next)
			if_entries(i, fn, arg);
}

void
nhrp_nhs_each(struct router *r, void (*fn)(void *, const struct nhrp_nhs_info *), void *arg)
{
	const struct nhrp_nhs *s;
	struct nhrp_if *i;

	TAILQ_FOREACH(i, &r->nhrp->ifs, next)
		TAILQ_FOREACH(s, &i->nhss, next) {
			struct nhrp_nhs_info info = {.ifname = i->name, .addr = s->addr, .nbma = s->nbma, .priority = s->priority,
			    .cluster = s->cluster, .active = s->active, .responding = s->responding, .sent = s->sent, .failed = s->nfailed,
			    .received = s->received, .last_ns = s->last_ns, .reqid = s->reqid, .acked = s->acked, .retry_s = s->retry_s};

			fn(arg, &info);
		}
}

static bool
any_registered(const struct nhrp_if *i)
{
	struct nhrp_entry *e, *tmp;

	HASH_ITER(hh, i->cache, e, tmp)
		if ((e->flags & NHRP_F_REGISTERED) != 0)
			return true;
	return false;
}

void
nhrp_if_each(struct router *r, void (*fn)(void *, const struct nhrp_if_info *), void *arg)
{
	struct nhrp_if *i;

	TAILQ_FOREACH(i, &r->nhrp->ifs, next) {
		struct nhrp_if_info info = {.ifname = i->name, .network_id = i->network_id, .addr = i->addr, .source = i->source,
		    .spoke = !TAILQ_EMPTY(&i->nhss), .hub = any_registered(i), .multipoint = i->destination == 0,
		    .is_protected = nhrp_is_protected(i), .redirects_held = i->redirects_held, .quota_dropped = i->quota_dropped,
		    .bad = i->bad, .nmcast = i->nmcast, .mcast = i->mcast};

		memcpy(info.sent, i->sent, sizeof(info.sent));
		memcpy(info.received, i->received, sizeof(info.received));
		memcpy(info.forwarded, i->forwarded, sizeof(info.forwarded));
		nhrp_if_usage(i, &info);
		fn(arg, &info);
	}
}
