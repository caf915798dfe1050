/*
 * IPv6 on interfaces: the addresses and whether they are ours yet (duplicate address detection, RFC 4862, 5.4), the groups
 * that are heard, and the sorted list of our own addresses that each packet is held against.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/ip6.h"
#include "lib/mem.h"

#define DAD_NS	NSEC_SEC	/* RetransTimer: how long an answer to a solicitation is waited for */

/* --- our own --- */

static int
row_cmp(const void *a, const void *b)
{
	const struct own6_row *x = a, *y = b;
	int c = a6_cmp(x->addr, y->addr);

	return c != 0 ? c : (x->ifidx > y->ifidx) - (x->ifidx < y->ifidx);
}

static void
own_add_if(struct ip6 *v, const struct if6 *i)
{
	size_t k;

	for (k = 0; k < i->naddrs; k++) {
		if (v->nown == v->cown) {
			v->cown = v->cown ? 2 * v->cown : 8;
			v->own = xrealloc(v->own, v->cown * sizeof *v->own);
		}
		v->own[v->nown++] = (struct own6_row){ i->addrs[k].addr, i->ifidx, i->addrs[k].state };
	}
}

static void
own6_rebuild(struct dp *d)
{
	struct ip6 *v = d->v6;
	size_t i;

	v->nown = 0;
	for (i = 0; i < d->nifs; i++)
		if (d->ifs[i] != NULL && d->ifs[i]->v6 != NULL && d->ifs[i]->info.up)
			own_add_if(v, d->ifs[i]->v6);
	if (v->nown > 1)
		qsort(v->own, v->nown, sizeof *v->own, row_cmp);
}

const struct own6_row *
own6_find(const struct dp *d, struct a6 a, unsigned ifidx)
{
	const struct ip6 *v = d->v6;
	size_t lo = 0, hi = v->nown, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (a6_cmp(v->own[mid].addr, a) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < v->nown && a6_eq(v->own[lo].addr, a); lo++)
		if (v->own[lo].state != DP6_DUPLICATE && (!a6_is_link_local(a) || v->own[lo].ifidx == ifidx))
			return &v->own[lo];
	return NULL;
}

bool
own6_has(const struct dp *d, struct a6 a, unsigned ifidx)
{
	const struct own6_row *row = own6_find(d, a, ifidx);

	return row != NULL && row->state == DP6_PREFERRED;
}

/* --- detection of duplicates --- */

static void
dad_timer(void *arg)
{
	struct if6_addr *a = arg;
	struct dp *d = a->d;
	struct dp_if *ifp = dp_if_get(d, a->ifidx);
	int64_t now = clock_now(d->clock);

	dp_enter(d);
	if (a->probes > 0) {
		a->probes--;
		timer_at(&a->timer, now + DAD_NS);
		nd_solicit(d, ifp, (struct a6){ 0, 0 }, a->addr, NULL, now);
	} else {
		a->state = DP6_PREFERRED;
		own6_rebuild(d);
		d->ev.addr6 = true;
		if (a == &ifp->v6->addrs[0])
			ra_start(d, ifp);
	}
	dp_leave(d);
}

/* The address is looked at anew: the interface came up, or the address is new. */
static void
addr_begin(struct dp *d, const struct dp_if *ifp, struct if6_addr *a)
{
	bool detect = ifp->info.kind == DP_IF_ETHER && ifp->v6->dad > 0;

	timer_stop(&a->timer);
	a->state = detect ? DP6_TENTATIVE : DP6_PREFERRED;
	a->probes = detect ? ifp->v6->dad : 0;
	if (detect && ifp->info.up)
		timer_at(&a->timer, clock_now(d->clock));
}

void
if6_contested(struct dp *d, struct dp_if *ifp, struct a6 addr, const uint8_t mac[6])
{
	struct dp_dup_addr6 e = { .ifidx = ifp->idx, .addr = addr };
	size_t i;

	d->count[DPC_nd_duplicate]++;
	memcpy(e.mac, mac, sizeof e.mac);
	dp_event_dup_addr6(d, &e);
	for (i = 0; i < ifp->v6->naddrs; i++) {
		struct if6_addr *a = &ifp->v6->addrs[i];

		if (!a6_eq(a->addr, addr) || a->state != DP6_TENTATIVE)
			continue;
		timer_stop(&a->timer);
		a->state = DP6_DUPLICATE;
	}
	own6_rebuild(d);
}

/* --- configuration --- */

static void
addrs_free(struct if6 *v)
{
	size_t i;

	for (i = 0; i < v->naddrs; i++)
		timer_stop(&v->addrs[i].timer);
	free(v->addrs);
	v->addrs = NULL;
	v->naddrs = 0;
}

static const struct if6_addr *
addr_of(const struct if6_addr *v, size_t n, struct a6 a)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (a6_eq(v[i].addr, a))
			return &v[i];
	return NULL;
}

static void
addr_take(struct dp *d, const struct dp_if *ifp, struct if6_addr *a, const struct if6_addr *was)
{
	timer_init(&a->timer, d->clock, dad_timer, a);
	if (was == NULL) {
		addr_begin(d, ifp, a);
		return;
	}
	a->state = was->state;
	a->probes = was->probes;
	if (timer_armed(&was->timer))
		timer_at(&a->timer, timer_due(&was->timer));
}

/* Addresses that stay keep their state. */
static void
addrs_set(struct dp *d, struct dp_if *ifp, const struct dp6_if_conf *c)
{
	struct if6 *v = ifp->v6, old = *v;
	size_t i;

	v->addrs = c->naddrs > 0 ? xcalloc(c->naddrs, sizeof *v->addrs) : NULL;
	v->naddrs = c->naddrs;
	for (i = 0; i < c->naddrs; i++) {
		struct if6_addr *a = &v->addrs[i];

		a->addr = c->addrs[i].addr;
		a->len = c->addrs[i].len > 128 ? 128 : c->addrs[i].len;
		a->d = d;
		a->ifidx = ifp->idx;
		addr_take(d, ifp, a, addr_of(old.addrs, old.naddrs, a->addr));
	}
	addrs_free(&old);
}

static struct if6 *
if6_new(struct dp *d, const struct dp_if *ifp)
{
	struct if6 *v = xcalloc(1, sizeof *v);

	v->d = d;
	v->ifidx = ifp->idx;
	return v;
}

void
if6_free(struct dp *d, struct dp_if *ifp)
{
	if (ifp->v6 == NULL)
		return;
	nd_flush(d, ifp->idx);
	timer_stop(&ifp->v6->ra_timer);
	addrs_free(ifp->v6);
	free(ifp->v6);
	ifp->v6 = NULL;
	own6_rebuild(d);
}

void
dp6_if_set(struct dp *d, unsigned ifidx, const struct dp6_if_conf *c)
{
	struct dp_if *ifp = dp_if_get(d, ifidx);

	if (ifp == NULL)
		return;
	if (!c->on) {
		if6_free(d, ifp);
		return;
	}
	if (ifp->v6 == NULL)
		ifp->v6 = if6_new(d, ifp);
	ifp->v6->mtu = c->mtu;
	ifp->v6->dad = c->dad;
	ifp->v6->ra = c->ra;
	addrs_set(d, ifp, c);
	own6_rebuild(d);
	ra_start(d, ifp);
}

void
if6_changed(struct dp *d, struct dp_if *ifp)
{
	size_t i;

	if (ifp->v6 == NULL)
		return;
	for (i = 0; i < ifp->v6->naddrs; i++)
		addr_begin(d, ifp, &ifp->v6->addrs[i]);
	if (!ifp->info.up)
		nd_flush(d, ifp->idx);
	own6_rebuild(d);
	ra_start(d, ifp);
}

/* --- what is asked of them --- */

size_t
dp6_addr_list(const struct dp *d, unsigned ifidx, struct dp6_addr_info *out, size_t max)
{
	const struct dp_if *ifp = dp_if_get(d, ifidx);
	size_t i;

	if (ifp == NULL || ifp->v6 == NULL)
		return 0;
	for (i = 0; i < ifp->v6->naddrs && i < max; i++)
		out[i] = (struct dp6_addr_info){ ifp->v6->addrs[i].addr, ifp->v6->addrs[i].len, ifp->v6->addrs[i].state };
	return i;
}

unsigned
if6_mtu(const struct dp_if *ifp)
{
	unsigned mtu = ifp->v6 != NULL && ifp->v6->mtu != 0 ? ifp->v6->mtu : ifp->info.mtu;

	return mtu < DP6_MTU_MIN ? DP6_MTU_MIN : mtu;
}

unsigned
dp6_if_mtu(const struct dp *d, unsigned ifidx)
{
	const struct dp_if *ifp = dp_if_get(d, ifidx);

	return ifp != NULL && ifp->v6 != NULL ? if6_mtu(ifp) : 0;
}

bool
if6_hears(const struct dp *d, const struct dp_if *ifp, struct a6 group)
{
	size_t i;

	if (ifp == NULL || ifp->v6 == NULL)
		return false;
	if (a6_eq(group, A6_ALL_NODES) || (d->v6->forwarding && a6_eq(group, A6_ALL_ROUTERS)))
		return true;
	for (i = 0; i < ifp->v6->naddrs; i++)
		if (a6_eq(group, a6_solicited(ifp->v6->addrs[i].addr)))
			return true;
	return false;
}

struct a6
if6_link_local(const struct dp_if *ifp)
{
	size_t i;

	for (i = 0; ifp->v6 != NULL && i < ifp->v6->naddrs; i++)
		if (a6_is_link_local(ifp->v6->addrs[i].addr) && ifp->v6->addrs[i].state == DP6_PREFERRED)
			return ifp->v6->addrs[i].addr;
	return (struct a6){ 0, 0 };
}

/* RFC 6724, 5, as far as two scopes and the longest common prefix go. */
struct a6
if6_addr_for(const struct dp_if *ifp, struct a6 dst)
{
	bool local = a6_is_link_local(dst) || a6_is_multicast(dst);
	const struct if6_addr *best = NULL, *a;
	size_t i;

	for (i = 0; i < ifp->v6->naddrs; i++) {
		a = &ifp->v6->addrs[i];
		if (a->state != DP6_PREFERRED || a6_is_link_local(a->addr) != local)
			continue;
		if (best == NULL || (a6_within(dst, a->addr, a->len) && !a6_within(dst, best->addr, best->len)))
			best = a;
	}
	return best != NULL ? best->addr : if6_link_local(ifp);
}

bool
if6_on_link(const struct dp_if *ifp, struct a6 a)
{
	size_t i;

	for (i = 0; i < ifp->v6->naddrs; i++)
		if (a6_within(a, ifp->v6->addrs[i].addr, ifp->v6->addrs[i].len))
			return true;
	return a6_is_link_local(a);
}
