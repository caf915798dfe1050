/*
 * Neighbour discovery messages (RFC 4861, 4 and 7): solicitations and advertisements made and heard, router
 * solicitations heard.  What came from beyond the link, or has wrong fields, is not listened to.
 */

#include <string.h>

#include "datapath/ip6.h"
#include "datapath/link.h"

#define ND_HOPS		255
#define ND_TARGET	8
#define ND_LEN		24		/* of NS and NA, without options */
#define RS_LEN		8
#define RA_LEN		16
#define OPT_SOURCE	1
#define OPT_TARGET	2

#define NA_ROUTER	0x80
#define NA_SOLICITED	0x40
#define NA_OVERRIDE	0x20

/* --- made --- */

void
nd_send(struct dp *d, struct dp_if *ifp, struct pkt *p, const struct ip6_make *m, const uint8_t *mac, int64_t now)
{
	uint8_t *icmp = p->data + IP6_LEN;

	ip6_make(d, p, m);
	p->out_if = ifp->idx;
	put16(icmp + 2, 0);
	put16(icmp + 2, ip6_sum(p->data, PROTO_ICMP6, icmp, p->len - IP6_LEN));
	d->count[DPC_nd_out]++;
	*ip6_hop(p) = m->dst;
	if (mac != NULL)
		eth_send6(d, ifp, p, mac, now);
	else
		nd_output(d, p, now);
}

/* NS or NA with, perhaps, the option that tells our MAC address. */
static struct pkt *
msg_new(struct dp *d, const struct dp_if *ifp, uint8_t type, struct a6 target, uint8_t option)
{
	struct pkt *p = pkt_new(d, IP6_LEN + ND_LEN + (option != 0 ? 8 : 0));
	uint8_t *icmp;

	if (p == NULL)
		return NULL;
	icmp = p->data + IP6_LEN;
	memset(icmp, 0, ND_TARGET);
	icmp[0] = type;
	a6_put(icmp + ND_TARGET, target);
	if (option != 0) {
		icmp[ND_LEN] = option;
		icmp[ND_LEN + 1] = 1;
		memcpy(icmp + ND_LEN + 2, ifp->info.mac, 6);
	}
	return p;
}

void
nd_solicit(struct dp *d, struct dp_if *ifp, struct a6 src, struct a6 target, const uint8_t *mac, int64_t now)
{
	struct ip6_make m = { .src = src, .dst = mac != NULL ? target : a6_solicited(target), .proto = PROTO_ICMP6, .hops = ND_HOPS };
	struct pkt *p = msg_new(d, ifp, ICMP6_NS, target, a6_is_any(src) ? 0 : OPT_SOURCE);

	if (p != NULL)
		nd_send(d, ifp, p, &m, mac, now);
}

static void
advertise(struct dp *d, struct dp_if *ifp, struct a6 target, struct a6 to, int64_t now)
{
	struct ip6_make m = { .src = target, .dst = a6_is_any(to) ? A6_ALL_NODES : to, .proto = PROTO_ICMP6, .hops = ND_HOPS };
	struct pkt *p = msg_new(d, ifp, ICMP6_NA, target, OPT_TARGET);

	if (p == NULL)
		return;
	p->data[IP6_LEN + 4] = (uint8_t)((d->v6->forwarding ? NA_ROUTER : 0) | (a6_is_any(to) ? 0 : NA_SOLICITED) | NA_OVERRIDE);
	nd_send(d, ifp, p, &m, NULL, now);
}

/* --- heard --- */

/* The MAC address in the option of that type; false where the options are malformed.  *mac NULL if there is none. */
static bool
option_find(const uint8_t *o, size_t n, uint8_t type, const uint8_t **mac)
{
	size_t len;

	*mac = NULL;
	for (; n > 0; o += len, n -= len) {
		if (n < 8 || (len = o[1] * 8u) == 0 || len > n)
			return false;
		if (o[0] == type && len == 8 && *mac == NULL && (o[2] & 1) == 0)
			*mac = o + 2;
	}
	return true;
}

/* RFC 4861, 7.1.1 */
static bool
solicitation_ok(const struct pkt *p, struct a6 src, struct a6 target, const uint8_t *mac)
{
	if (a6_is_multicast(target))
		return false;
	return !a6_is_any(src) || (mac == NULL && a6_eq(ip6_dst(p), a6_solicited(target)));
}

static void
solicited(struct dp *d, struct dp_if *ifp, const struct pkt *p, int64_t now)
{
	const uint8_t *icmp = p->data + p->ihl, *mac;
	size_t n = p->len - p->ihl;
	struct a6 src = ip6_src(p), target;
	const struct own6_row *own;

	if (n < ND_LEN || !option_find(icmp + ND_LEN, n - ND_LEN, OPT_SOURCE, &mac) ||
	    !solicitation_ok(p, src, target = a6_get(icmp + ND_TARGET), mac)) {
		d->count[DPC_nd_bad]++;
		return;
	}
	own = own6_find(d, target, ifp->idx);
	if (own == NULL || own->ifidx != ifp->idx)
		d->count[DPC_nd_other]++;
	else if (own->state == DP6_TENTATIVE) {
		/* RFC 4862, 5.4.3: who asks without an address wants the same one. */
		if (a6_is_any(src))
			if6_contested(d, ifp, target, ifp->info.mac);
	} else {
		if (mac != NULL && !a6_is_any(src))
			nd_heard(d, ifp, src, mac, false, now);
		advertise(d, ifp, target, src, now);
	}
}

static void
advertised(struct dp *d, struct dp_if *ifp, const struct pkt *p, int64_t now)
{
	const uint8_t *icmp = p->data + p->ihl, *mac;
	size_t n = p->len - p->ihl;
	struct nd_answer a = { .ip = { 0, 0 } };
	const struct own6_row *own;

	if (n < ND_LEN || !option_find(icmp + ND_LEN, n - ND_LEN, OPT_TARGET, &mac) ||
	    a6_is_multicast(a.ip = a6_get(icmp + ND_TARGET)) ||
	    (a6_is_multicast(ip6_dst(p)) && icmp[4] & NA_SOLICITED)) {
		d->count[DPC_nd_bad]++;
		return;
	}
	own = own6_find(d, a.ip, ifp->idx);
	if (own != NULL && own->ifidx == ifp->idx) {
		if6_contested(d, ifp, a.ip, mac != NULL ? mac : ifp->info.mac);
		return;
	}
	a.mac = mac;
	a.router = icmp[4] & NA_ROUTER;
	a.solicited = icmp[4] & NA_SOLICITED;
	a.override = icmp[4] & NA_OVERRIDE;
	nd_answered(d, ifp, &a, now);
}

/* RFC 4861, 6.1.1 and 6.2.6 */
static void
router_wanted(struct dp *d, struct dp_if *ifp, const struct pkt *p, int64_t now)
{
	const uint8_t *icmp = p->data + p->ihl, *mac;
	size_t n = p->len - p->ihl;
	struct a6 src = ip6_src(p);

	if (n < RS_LEN || !option_find(icmp + RS_LEN, n - RS_LEN, OPT_SOURCE, &mac) || (a6_is_any(src) && mac != NULL)) {
		d->count[DPC_nd_bad]++;
		return;
	}
	if (mac != NULL)
		nd_heard(d, ifp, src, mac, false, now);
	ra_asked(d, ifp, now);
}

/* RFC 4861, 6.1.2.  Another router's: who it is, no more. */
static void
router_told(struct dp *d, struct dp_if *ifp, const struct pkt *p, int64_t now)
{
	const uint8_t *icmp = p->data + p->ihl, *mac;
	size_t n = p->len - p->ihl;

	if (n < RA_LEN || !a6_is_link_local(ip6_src(p)) || !option_find(icmp + RA_LEN, n - RA_LEN, OPT_SOURCE, &mac))
		d->count[DPC_nd_bad]++;
	else if (mac != NULL)
		nd_heard(d, ifp, ip6_src(p), mac, true, now);
}

void
nd_input(struct dp *d, struct pkt *p, int64_t now)
{
	struct dp_if *ifp = dp_if_get(d, p->in_if);
	const uint8_t *icmp = p->data + p->ihl;

	d->count[DPC_nd_in]++;
	if (ifp == NULL || ifp->v6 == NULL || ifp->info.kind != DP_IF_ETHER || p->flags & PKT_DECAP ||
	    p->data[IP6_HOPS] != ND_HOPS || icmp[1] != 0) {
		d->count[DPC_nd_bad]++;
		return;
	}
	switch (icmp[0]) {
	case ICMP6_RS:
		router_wanted(d, ifp, p, now);
		break;
	case ICMP6_RA:
		router_told(d, ifp, p, now);
		break;
	case ICMP6_NS:
		solicited(d, ifp, p, now);
		break;
	default:
		advertised(d, ifp, p, now);
		break;
	}
}
