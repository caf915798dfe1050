/*
 * Router advertisements (RFC 4861, 6.2): three soon after the interface is one of a router, then one at a moment of
 * chance within each interval, and one soon after somebody asks, though not more than one in three seconds.
 */

#include <string.h>

#include "datapath/ip6.h"
#include "lib/chance.h"

#define RA_LEN		16
#define RA_HOPS		64		/* that hosts are told to use */
#define RA_EARLY	3
#define RA_EARLY_NS	(16 * NSEC_SEC)
#define RA_ASKED_NS	(500 * NSEC_MS)
#define RA_APART_NS	(3 * NSEC_SEC)
#define OPT_SOURCE	1
#define OPT_PREFIX	3
#define OPT_MTU		5
#define PREFIX_LEN	32
#define PREFIX_VALID	2592000u	/* 30 days */
#define PREFIX_PREFER	604800u		/* 7 days */
#define PREFIXES_MAX	16

/* Is this a prefix to tell, and not told yet by an address before it? */
static bool
prefix_told(const struct if6 *v, size_t i)
{
	const struct if6_addr *a = &v->addrs[i];
	size_t k;

	if (a6_is_link_local(a->addr) || a->state != DP6_PREFERRED || a->len == 128)
		return false;
	for (k = 0; k < i; k++)
		if (v->addrs[k].len == a->len && a6_within(a->addr, v->addrs[k].addr, a->len))
			return false;
	return true;
}

static void
put_prefix(uint8_t *o, const struct if6_addr *a)
{
	memset(o, 0, PREFIX_LEN);
	o[0] = OPT_PREFIX;
	o[1] = PREFIX_LEN / 8;
	o[2] = (uint8_t)a->len;
	o[3] = 0xc0;			/* on link, for addresses */
	put32(o + 4, PREFIX_VALID);
	put32(o + 8, PREFIX_PREFER);
	a6_put(o + 16, a6_mask(a->addr, a->len));
}

static void
put_head(uint8_t *icmp, const struct dp_if *ifp)
{
	const struct dp6_ra *ra = &ifp->v6->ra;

	memset(icmp, 0, RA_LEN + 16);
	icmp[0] = ICMP6_RA;
	icmp[4] = RA_HOPS;
	icmp[5] = (uint8_t)((ra->managed ? 0x80 : 0) | (ra->other ? 0x40 : 0));
	put16(icmp + 6, ra->lifetime_s);
	icmp[RA_LEN] = OPT_SOURCE;
	icmp[RA_LEN + 1] = 1;
	memcpy(icmp + RA_LEN + 2, ifp->info.mac, 6);
	icmp[RA_LEN + 8] = OPT_MTU;
	icmp[RA_LEN + 9] = 1;
	put32(icmp + RA_LEN + 12, if6_mtu(ifp));
}

static void
ra_send(struct dp *d, struct dp_if *ifp, int64_t now)
{
	struct ip6_make m = { .src = if6_link_local(ifp), .dst = A6_ALL_NODES, .proto = PROTO_ICMP6, .hops = 255, .tclass = 0xe0 };
	const struct if6 *v = ifp->v6;
	size_t i, n = RA_LEN + 16, count = 0;
	struct pkt *p = pkt_new(d, IP6_LEN + n + PREFIXES_MAX * PREFIX_LEN);

	if (p == NULL)
		return;
	put_head(p->data + IP6_LEN, ifp);
	for (i = 0; i < v->naddrs && count < PREFIXES_MAX; i++)
		if (prefix_told(v, i)) {
			put_prefix(p->data + IP6_LEN + n, &v->addrs[i]);
			n += PREFIX_LEN;
			count++;
		}
	p->len = (uint32_t)(IP6_LEN + n);
	d->count[DPC_ra_out]++;
	nd_send(d, ifp, p, &m, NULL, now);
}

static bool
speaks(const struct dp *d, const struct dp_if *ifp)
{
	return d->v6->forwarding && ifp->v6 != NULL && ifp->v6->ra.on && ifp->info.kind == DP_IF_ETHER && ifp->info.up &&
	    !a6_is_any(if6_link_local(ifp));
}

static int64_t
interval(struct dp *d, const struct if6 *v)
{
	unsigned least = v->ra.min_s < v->ra.max_s ? v->ra.min_s : v->ra.max_s;
	int64_t ns = least * NSEC_SEC + (int64_t)(chance_unit(ip6_chance(d)) * (double)((v->ra.max_s - least) * NSEC_SEC));

	return v->ra_early > 0 && ns > RA_EARLY_NS ? RA_EARLY_NS : ns;
}

static void
ra_timer(void *arg)
{
	struct if6 *v = arg;
	struct dp *d = v->d;
	struct dp_if *ifp = dp_if_get(d, v->ifidx);
	int64_t now = clock_now(d->clock);

	if (!speaks(d, ifp))
		return;
	dp_enter(d);
	if (v->ra_early > 0)
		v->ra_early--;
	v->ra_sent_ns = now;
	if (!v->ra.quiet)
		timer_at(&v->ra_timer, now + interval(d, v));
	ra_send(d, ifp, now);
	dp_leave(d);
}

void
ra_start(struct dp *d, struct dp_if *ifp)
{
	struct if6 *v = ifp->v6;

	if (v->ra_timer.fn == NULL)
		timer_init(&v->ra_timer, d->clock, ra_timer, v);
	if (!speaks(d, ifp) || v->ra.quiet) {
		timer_stop(&v->ra_timer);
		return;
	}
	if (timer_armed(&v->ra_timer))
		return;
	v->ra_early = RA_EARLY;
	timer_at(&v->ra_timer, clock_now(d->clock));
}

void
ra_asked(struct dp *d, struct dp_if *ifp, int64_t now)
{
	struct if6 *v = ifp->v6;
	int64_t at = now + (int64_t)(chance_unit(ip6_chance(d)) * (double)RA_ASKED_NS);

	if (!speaks(d, ifp)) {
		d->count[DPC_nd_other]++;
		return;
	}
	if (v->ra_sent_ns != 0 && at < v->ra_sent_ns + RA_APART_NS)
		at = v->ra_sent_ns + RA_APART_NS;
	if (timer_due(&v->ra_timer) > at)
		timer_at(&v->ra_timer, at);
}
