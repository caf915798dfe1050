/*
 * IPv6 routes: connected and local ones of the interfaces whose line protocol is up, static ones whose next hop can be
 * reached.  As in route.c the table is made anew at each change, and the datapath is told the differences.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"
#include "engine/ip6.h"
#include "lib/mem.h"

#define RESOLVE_ROUNDS	8		/* static routes over static routes: so deep */

struct entry {
	struct a6	 prefix;
	unsigned	 len;
	char		 code;		/* C L S */
	uint8_t		 distance;
	struct a6	 via;		/* as configured */
	struct a6	 hop;		/* as the datapath is told */
	bool		 by_if;		/* configured with its interface */
	unsigned	 dp_if;
};

struct rib6 {
	struct entry	*v;
	size_t		 n, cap;
};

struct rib6 *
rib6_new(void)
{
	return xcalloc(1, sizeof(struct rib6));
}

void
rib6_free(struct rib6 *t)
{
	if (t == NULL)
		return;
	free(t->v);
	free(t);
}

static struct entry *
table_find(struct rib6 *t, struct a6 prefix, unsigned len, bool local)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].len == len && a6_eq(t->v[i].prefix, prefix) && (t->v[i].code == 'L') == local)
			return &t->v[i];
	return NULL;
}

/* Adds, or takes the place of a worse one; false if nothing came of it. */
static bool
table_add(struct rib6 *t, const struct entry *e)
{
	struct entry *old = table_find(t, e->prefix, e->len, e->code == 'L');

	if (old != NULL) {
		if (old->distance <= e->distance)
			return false;
		*old = *e;
		return true;
	}
	if (t->n == t->cap) {
		t->cap = t->cap == 0 ? 8 : t->cap * 2;
		t->v = xrealloc(t->v, t->cap * sizeof(*t->v));
	}
	t->v[t->n++] = *e;
	return true;
}

static void
add_connected(const struct router *r, struct rib6 *t, const struct cfg_if *c, const struct rif *i)
{
	struct dp6_addr a[IF6_ADDRS];
	size_t n = ifnet6_addrs(r, c, a, IF6_ADDRS);

	for (size_t k = 1; k < n; k++) {
		struct entry e = { .prefix = a6_mask(a[k].addr, a[k].len), .len = a[k].len, .code = 'C', .dp_if = i->dp_if };

		if (a[k].len < 128)
			table_add(t, &e);
		e.prefix = a[k].addr;
		e.len = 128;
		e.code = a[k].len < 128 ? 'L' : 'C';
		table_add(t, &e);
	}
}

static const struct entry *
table_lookup(const struct rib6 *t, struct a6 dst, const struct entry *not_over)
{
	const struct entry *best = NULL;

	for (size_t i = 0; i < t->n; i++) {
		const struct entry *e = &t->v[i];

		if (!a6_within(dst, e->prefix, e->len) || e->code == 'L' || (best != NULL && best->len >= e->len))
			continue;
		if (e->len != not_over->len || !a6_eq(e->prefix, not_over->prefix))
			best = e;
	}
	return best;
}

/* Where a static route leads now; false if nowhere. */
static bool
resolve(const struct router *r, const struct rib6 *t, const struct cfg_route6 *c, struct entry *out)
{
	const struct entry *over;
	const struct cfg_if *ci;
	const struct rif *i;

	if (c->ifname != NULL) {
		ci = config_if(r->cfg, c->ifname, false);
		if (ci == NULL || !cfg_if6_on(&ci->ip6) || (i = ifnet_find(r, c->ifname)) == NULL || !i->line_up || i->dp_if == 0)
			return false;
		out->hop = c->via;
		out->dp_if = i->dp_if;
		return true;
	}
	if ((over = table_lookup(t, c->via, out)) == NULL)
		return false;
	out->hop = a6_is_any(over->hop) ? c->via : over->hop;
	out->dp_if = over->dp_if;
	return true;
}

static bool
add_statics(const struct router *r, struct rib6 *t)
{
	struct cfg_route6 *c;
	bool any = false;

	TAILQ_FOREACH(c, &r->cfg->ip6.routes, next) {
		struct entry e = { .prefix = c->prefix, .len = c->len, .code = 'S', .distance = c->distance, .via = c->via,
		    .by_if = c->ifname != NULL };

		if (resolve(r, t, c, &e))
			any |= table_add(t, &e);
	}
	return any;
}

static int
entry_cmp(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;
	int c = a6_cmp(a->prefix, b->prefix);

	if (c != 0)
		return c;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return (a->code == 'L') - (b->code == 'L');
}

static bool
leads_elsewhere(const struct entry *a, const struct entry *b)
{
	return b == NULL || !a6_eq(a->hop, b->hop) || a->dp_if != b->dp_if;
}

static void
tell_dp(struct router *r, struct rib6 *old, struct rib6 *new)
{
	for (size_t i = 0; i < old->n; i++)
		if (old->v[i].code != 'L' && table_find(new, old->v[i].prefix, old->v[i].len, false) == NULL)
			dp6_route_del(r->dp, old->v[i].prefix, old->v[i].len);
	for (size_t i = 0; i < new->n; i++) {
		struct entry *e = &new->v[i];

		if (e->code != 'L' && leads_elsewhere(e, table_find(old, e->prefix, e->len, false)))
			dp6_route_set(r->dp, e->prefix, e->len, e->hop, e->dp_if);
	}
}

void
rib6_update(struct router *r)
{
	struct rib6 new = { 0 };
	struct cfg_if *c;
	struct rif *i;

	TAILQ_FOREACH(c, &r->cfg->ifs, next)
		if (cfg_if6_on(&c->ip6) && (i = ifnet_find(r, c->name)) != NULL && i->line_up && i->dp_if != 0)
			add_connected(r, &new, c, i);
	for (unsigned round = 0; round < RESOLVE_ROUNDS && add_statics(r, &new); round++)
		continue;
	if (new.n > 0)
		qsort(new.v, new.n, sizeof(*new.v), entry_cmp);
	tell_dp(r, r->rib6, &new);
	free(r->rib6->v);
	*r->rib6 = new;
}

void
router_route6_each(struct router *r, void (*fn)(void *, const struct route6_info *), void *arg)
{
	for (size_t k = 0; r->rib6 != NULL && k < r->rib6->n; k++) {
		const struct entry *e = &r->rib6->v[k];
		const struct rif *i = ifnet_by_dp(r, e->dp_if);
		struct route6_info info = { .prefix = e->prefix, .len = e->len, .via = e->via, .code = e->code, .distance = e->distance };

		if (i != NULL && (e->code != 'S' || e->by_if))
			memcpy(info.ifname, i->name, sizeof(info.ifname));
		fn(arg, &info);
	}
}
