/*
 * Routes: connected and local ones of the interfaces whose line protocol is up, static ones whose next
 * hop can be reached, and those that the router adds by itself.  The whole table is made anew at each change and compared with what the datapath
 * was told, so that only differences reach it.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"
#include "engine/track.h"
#include "lib/mem.h"
#include "lib/text.h"

#define TRACK_DELAY	(100 * NSEC_MS)	/* a route that follows itself by an object flaps no faster */
#define RESOLVE_ROUNDS	8		/* static routes over static routes: so deep */

struct entry {
	uint32_t	 prefix;
	unsigned	 len;
	char		 code;		/* C L S */
	uint8_t		 distance;
	uint32_t	 via;		/* as configured */
	uint32_t	 hop;		/* as the datapath is told */
	uint32_t	 nho;		/* next hop that overrides via, 0 = none */
	int64_t		 since_ns;	/* of a route or next hop that the router added; 0 = of others */
	unsigned	 dp_if;
};

struct table {
	struct entry	*v;
	size_t		 n, cap;
	uint32_t	*slots;		/* where an entry stands in v, and 1; 0 = free */
	size_t		 nslots;	/* a power of two, at least twice cap */
};

struct owned {
	TAILQ_ENTRY(owned)	 next;		/* the newest first: of two alike it is the one in use */
	const void		*owner;
	struct rib_own		 route;
	int64_t			 since_ns;
};

struct rib {
	struct table		 now;
	bool			 sorted;	/* as shown */
	bool			 doubled;	/* two interfaces have one network: who loses it is not kept */
	TAILQ_HEAD(, owned)	 own;
	struct timer		 anew;
};

static void
on_anew(void *arg)
{
	router_net_changed(arg);
}

struct rib *
rib_new(struct router *r)
{
	struct rib *t = xcalloc(1, sizeof(*t));

	TAILQ_INIT(&t->own);
	timer_init(&t->anew, r->clock, on_anew, r);
	return t;
}

static void
owned_free(struct rib *t, struct owned *o)
{
	TAILQ_REMOVE(&t->own, o, next);
	free(o);
}

static struct owned *
owned_find(const struct rib *t, const void *owner, uint32_t prefix, unsigned len)
{
	struct owned *o;

	TAILQ_FOREACH(o, &t->own, next)
		if (o->owner == owner && o->route.prefix == prefix && o->route.len == len)
			break;
	return o;
}

void
rib_inject(struct router *r, const void *owner, const struct rib_own *route)
{
	struct owned *o = owned_find(r->rib, owner, route->prefix, route->len);

	if (o == NULL) {
		o = xcalloc(1, sizeof(*o));
		o->since_ns = clock_now(r->clock);
		TAILQ_INSERT_HEAD(&r->rib->own, o, next);
	}
	o->owner = owner;
	o->route = *route;
	timer_in(&r->rib->anew, 0);
}

void
rib_tracks_changed(struct router *r)
{
	const struct cfg_route *c;

	TAILQ_FOREACH(c, &r->cfg->routes, next)
		if (c->track != 0 && !timer_armed(&r->rib->anew)) {
			timer_in(&r->rib->anew, TRACK_DELAY);
			return;
		}
}

void
rib_withdraw_one(struct router *r, const void *owner, uint32_t prefix, unsigned len)
{
	struct owned *o = owned_find(r->rib, owner, prefix, len);

	if (o == NULL)
		return;
	owned_free(r->rib, o);
	timer_in(&r->rib->anew, 0);
}

void
rib_withdraw(struct router *r, const void *owner)
{
	struct owned *o, *next;

	for (o = TAILQ_FIRST(&r->rib->own); o != NULL; o = next) {
		next = TAILQ_NEXT(o, next);
		if (o->owner != owner)
			continue;
		owned_free(r->rib, o);
		timer_in(&r->rib->anew, 0);
	}
}

static void
table_free(struct table *t)
{
	free(t->v);
	free(t->slots);
}

void
rib_free(struct rib *t)
{
	if (t == NULL)
		return;
	timer_stop(&t->anew);
	while (!TAILQ_EMPTY(&t->own))
		owned_free(t, TAILQ_FIRST(&t->own));
	table_free(&t->now);
	free(t);
}

/* Where the search for a prefix begins. */
static size_t
slot_of(const struct table *t, uint32_t prefix, unsigned len)
{
	uint32_t h = (prefix ^ len << 26 ^ len) * UINT32_C(0x9e3779b1);

	return (h ^ h >> 15) & (t->nslots - 1);
}

static struct entry *
table_find(const struct table *t, uint32_t prefix, unsigned len, bool local)
{
	if (t->nslots == 0)
		return NULL;
	for (size_t s = slot_of(t, prefix, len); t->slots[s] != 0; s = (s + 1) & (t->nslots - 1)) {
		struct entry *e = &t->v[t->slots[s] - 1];

		if (e->prefix == prefix && e->len == len && (e->code == 'L') == local)
			return e;
	}
	return NULL;
}

static void
slot_take(struct table *t, size_t i)
{
	size_t s = slot_of(t, t->v[i].prefix, t->v[i].len);

	while (t->slots[s] != 0)
		s = (s + 1) & (t->nslots - 1);
	t->slots[s] = (uint32_t)i + 1;
}

/* The slot that holds entry number i. */
static size_t
slot_with(const struct table *t, size_t i)
{
	size_t s = slot_of(t, t->v[i].prefix, t->v[i].len);

	while (t->slots[s] != i + 1)
		s = (s + 1) & (t->nslots - 1);
	return s;
}

/* Those behind it close the gap, where it is on their way. */
static void
slot_free(struct table *t, const struct entry *e)
{
	size_t gap = slot_with(t, (size_t)(e - t->v)), mask = t->nslots - 1;

	for (size_t s = (gap + 1) & mask; t->slots[s] != 0; s = (s + 1) & mask) {
		const struct entry *o = &t->v[t->slots[s] - 1];

		if (((s - slot_of(t, o->prefix, o->len)) & mask) < ((s - gap) & mask))
			continue;
		t->slots[gap] = t->slots[s];
		gap = s;
	}
	t->slots[gap] = 0;
}

static void
slot_moved(struct table *t, size_t from, size_t to)
{
	t->slots[slot_with(t, from)] = (uint32_t)to + 1;
}

/* After entries have changed their places, or there is room for more of them. */
static void
table_index(struct table *t)
{
	free(t->slots);
	t->nslots = 2 * t->cap;
	t->slots = xcalloc(t->nslots, sizeof(*t->slots));
	for (size_t i = 0; i < t->n; i++)
		slot_take(t, i);
}

/* Adds, or takes the place of a worse one; false if nothing came of it. */
static bool
table_add(struct table *t, const struct entry *e)
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
		table_index(t);
	}
	t->v[t->n++] = *e;
	slot_take(t, t->n - 1);
	return true;
}

/* False: another interface has one of its networks. */
static bool
add_connected(struct table *t, const struct rif *i)
{
	bool alone = true;

	for (size_t k = 0; k < i->naddrs; k++) {
		struct entry e = {.prefix = i->addrs[k] & ip4_mask(i->lens[k]),
		    .len = i->lens[k],
		    .code = 'C',
		    .dp_if = i->dp_if};

		alone &= table_add(t, &e);
		if (e.len == 32)
			continue;
		e.prefix = i->addrs[k];
		e.len = 32;
		e.code = 'L';
		alone &= table_add(t, &e);
	}
	return alone;
}

/* The longest prefix that is not the route's own. */
static const struct entry *
table_lookup(const struct table *t, uint32_t dst, const struct entry *not_over)
{
	const struct entry *e;

	for (unsigned len = 33; len-- > 0;) {
		e = table_find(t, dst & ip4_mask(len), len, false);
		if (e != NULL && (e->prefix != not_over->prefix || e->len != not_over->len))
			return e;
	}
	return NULL;
}

/* Where a route by out->via or an interface leads now; false if nowhere. */
static bool
resolve(const struct router *r, const struct table *t, const char *ifname, struct entry *out)
{
	const struct entry *over;
	const struct rif *i;

	if (ifname != NULL) {
		if ((i = ifnet_find(r, ifname)) == NULL || !i->line_up || i->dp_if == 0)
			return false;
		out->hop = out->via;
		out->dp_if = i->dp_if;
		return true;
	}
	if ((over = table_lookup(t, out->via, out)) == NULL)
		return false;
	out->hop = over->hop != 0 ? over->hop : out->via;
	out->dp_if = over->dp_if;
	return true;
}

/* A route that follows an object which isn't there is out of use, as one whose object is down. */
static bool
tracked_up(const struct router *r, const struct cfg_route *c)
{
	bool up = false;

	return c->track == 0 || (r->tracking != NULL && track_state(r, c->track, &up) && up);
}

static bool
add_statics(const struct router *r, struct table *t)
{
	struct cfg_route *c;
	bool any = false;

	TAILQ_FOREACH(c, &r->cfg->routes, next) {
		struct entry e = {.prefix = c->prefix & c->mask,
		    .len = (unsigned)ip4_mask_len(c->mask),
		    .code = 'S',
		    .distance = c->distance,
		    .via = c->via};

		if (ip4_mask_len(c->mask) >= 0 && tracked_up(r, c) && resolve(r, t, c->ifname, &e))
			any |= table_add(t, &e);
	}
	return any;
}

static bool
add_own(const struct router *r, struct table *t)
{
	const struct owned *o;
	bool any = false;

	TAILQ_FOREACH(o, &r->rib->own, next) {
		struct entry e = {.prefix = o->route.prefix & ip4_mask(o->route.len),
		    .len = o->route.len,
		    .code = o->route.code,
		    .distance = o->route.distance,
		    .since_ns = o->since_ns,
		    .via = o->route.via};

		if (resolve(r, t, o->route.ifname[0] == '\0' ? NULL : o->route.ifname, &e))
			any |= table_add(t, &e);
	}
	return any;
}

/* One round over both: a route may lead over one that comes later. */
static bool
add_found(const struct router *r, struct table *t)
{
	bool any = add_statics(r, t);

	return add_own(r, t) || any;
}

/* Routes of others that keep their place, but lead by a next hop that the router knows better. */
static void
override_hops(const struct router *r, struct table *t)
{
	const struct owned *o;

	TAILQ_FOREACH(o, &r->rib->own, next) {
		struct entry *e, way = {.via = o->route.via};

		if (!o->route.next_hop_override || o->route.via == 0)
			continue;
		e = table_find(t, o->route.prefix & ip4_mask(o->route.len), o->route.len, false);
		if (e == NULL || e->code == o->route.code || e->code == 'C' ||
		    !resolve(r, t, o->route.ifname[0] == '\0' ? NULL : o->route.ifname, &way))
			continue;
		e->nho = o->route.via;
		e->since_ns = o->since_ns;
		e->hop = way.hop;
		e->dp_if = way.dp_if;
	}
}

static int
entry_cmp(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;

	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return (a->code == 'L') - (b->code == 'L');
}

static bool
leads_elsewhere(const struct entry *a, const struct entry *b)
{
	return b == NULL || a->hop != b->hop || a->dp_if != b->dp_if;
}

static void
tell_dp(struct router *r, struct table *old, struct table *new)
{
	for (size_t i = 0; i < old->n; i++)
		if (old->v[i].code != 'L' && table_find(new, old->v[i].prefix, old->v[i].len, false) == NULL)
			dp_route_del(r->dp, old->v[i].prefix, old->v[i].len);
	for (size_t i = 0; i < new->n; i++) {
		struct entry *e = &new->v[i];

		if (e->code != 'L' && leads_elsewhere(e, table_find(old, e->prefix, e->len, false)))
			dp_route_set(r->dp, e->prefix, e->len, e->hop, e->dp_if);
	}
}

void
rib_update(struct router *r)
{
	struct table new = { 0 };
	struct cfg_if *c;
	struct rif *i;

	r->rib->doubled = false;
	TAILQ_FOREACH(c, &r->cfg->ifs, next)
		if ((i = ifnet_find(r, c->name)) != NULL && i->line_up && i->dp_if != 0)
			r->rib->doubled |= !add_connected(&new, i);
	for (unsigned round = 0; round < RESOLVE_ROUNDS && add_found(r, &new); round++)
		continue;
	override_hops(r, &new);
	tell_dp(r, &r->rib->now, &new);
	table_free(&r->rib->now);
	r->rib->now = new;
	r->rib->sorted = false;
}

/* ---- an interface alone ---- */

static bool
leads_into(const struct rif *i, uint32_t addr)
{
	for (size_t k = 0; k < i->naddrs; k++)
		if (((addr ^ i->addrs[k]) & ip4_mask(i->lens[k])) == 0)
			return true;
	return false;
}

/* Does a route lead over the interface, or share a network of its own? */
static bool
is_led_over(const struct router *r, const struct rif *i)
{
	const struct cfg_route *c;
	const struct owned *o;

	TAILQ_FOREACH(c, &r->cfg->routes, next)
		if (str_eq(c->ifname, i->name) || (c->ifname == NULL && leads_into(i, c->via)) || leads_into(i, c->prefix))
			return true;
	TAILQ_FOREACH(o, &r->rib->own, next)
		if (str_eq(o->route.ifname, i->name) || leads_into(i, o->route.via) || leads_into(i, o->route.prefix))
			return true;
	return false;
}

static void
take_out(struct router *r, uint32_t prefix, unsigned len, bool local)
{
	struct table *t = &r->rib->now;
	struct entry *e = table_find(t, prefix, len, local);

	if (e == NULL)
		return;
	if (!local)
		dp_route_del(r->dp, prefix, len);
	slot_free(t, e);
	if (e != &t->v[--t->n]) {
		slot_moved(t, t->n, (size_t)(e - t->v));
		*e = t->v[t->n];
	}
}

static void
drop_connected(struct router *r, const struct rif *i)
{
	for (size_t k = 0; k < i->naddrs; k++) {
		take_out(r, i->addrs[k] & ip4_mask(i->lens[k]), i->lens[k], false);
		if (i->lens[k] != 32)
			take_out(r, i->addrs[k], 32, true);
	}
}

static void
tell_connected(struct router *r, const struct rif *i)
{
	for (size_t k = 0; k < i->naddrs; k++)
		dp_route_set(r->dp, i->addrs[k] & ip4_mask(i->lens[k]), i->lens[k], 0, i->dp_if);
}

bool
rib_line_changed(struct router *r, const struct rif *i)
{
	if (r->rib->doubled || i->dp_if == 0 || is_led_over(r, i))
		return false;
	r->rib->sorted = false;
	if (!i->line_up)
		drop_connected(r, i);
	else if (add_connected(&r->rib->now, i))
		tell_connected(r, i);
	else
		return false;
	return true;
}

/* ---- for show ---- */

static void
sort(struct rib *t)
{
	if (t->sorted || t->now.n == 0)
		return;
	qsort(t->now.v, t->now.n, sizeof(*t->now.v), entry_cmp);
	table_index(&t->now);
	t->sorted = true;
}

void
router_route_each(struct router *r, void (*fn)(void *, const struct route_info *), void *arg)
{
	if (r->rib == NULL)
		return;
	sort(r->rib);
	for (size_t k = 0; k < r->rib->now.n; k++) {
		const struct entry *e = &r->rib->now.v[k];
		const struct rif *i = ifnet_by_dp(r, e->dp_if);
		struct route_info info = {.prefix = e->prefix,
		    .len = e->len,
		    .via = e->via,
		    .code = e->code,
		    .distance = e->distance,
		    .metric = e->code == 'H' ? (r->dialect == IKE_XE_17 ? 255 : 1) : 0,
		    .is_default = e->len == 0,
		    .nho = e->nho,
		    .since_ns = e->since_ns};

		if (i != NULL)
			memcpy(info.ifname, i->name, sizeof(info.ifname));
		fn(arg, &info);
	}
}
