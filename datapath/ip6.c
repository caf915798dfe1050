/*
 * IPv6 input (RFC 8200, RFC 4291 2.5): what is sound, whether it ends here or goes on, and the extension headers of
 * what ends here.  On the way through, extension headers are left alone (RFC 8200, 4).
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/ip6.h"
#include "datapath/ifnet.h"
#include "datapath/nat6.h"
#include "datapath/natt.h"
#include "datapath/tap.h"
#include "lib/chance.h"
#include "lib/mem.h"

#define OPT6_PAD1	0

void
ip6_init(struct dp *d)
{
	d->v6 = xcalloc(1, sizeof *d->v6);
	d->v6->fib = fib6_new();
	d->v6->nd = nd_new();
	d->v6->reasm = reasm6_new();
}

/* Interfaces are gone, the pool is still there. */
void
ip6_fini(struct dp *d)
{
	nat6_free(d);
	nd_free(d);
	reasm6_free(d);
	fib6_free(d->v6->fib);
	free(d->v6->own);
	free(d->v6->pmtu);
	if (d->v6->chance != NULL)
		chance_free(d->v6->chance);
	free(d->v6);
	d->v6 = NULL;
}

struct chance *
ip6_chance(struct dp *d)
{
	if (d->v6->chance == NULL)
		d->v6->chance = chance_new_child(d->chance, "ipv6");
	return d->v6->chance;
}

void
dp6_forwarding(struct dp *d, bool on)
{
	size_t i;

	if (d->v6->forwarding == on)
		return;
	d->v6->forwarding = on;
	for (i = 0; i < d->nifs; i++)
		if (d->ifs[i] != NULL && d->ifs[i]->v6 != NULL)
			ra_start(d, d->ifs[i]);
}

void
ip6_parse(struct pkt *p)
{
	p->v6 = true;
	p->src = p->dst = p->next_hop = 0;
	p->ihl = IP6_LEN;
	p->proto = p->data[IP6_NEXT];
}

/* --- extension headers --- */

/* RFC 8200, 4.2: the two highest bits of an option that is not known say what to do with the packet. */
static enum dp_counter
options_check(const struct pkt *p, size_t at, size_t n, int *code, unsigned *where)
{
	const uint8_t *o = p->data + at;
	size_t i, len;

	for (i = 2; i < n; i += len) {
		if (o[i] == OPT6_PAD1) {
			len = 1;
			continue;
		}
		if (i + 1 >= n || (len = o[i + 1] + 2u) > n - i)
			return DPC_ip6_header;
		if (o[i] >> 6 == 0)
			continue;
		if (o[i] >> 6 == 2 || (o[i] >> 6 == 3 && !a6_is_multicast(ip6_dst(p)))) {
			*code = PARAM6_OPTION;
			*where = (unsigned)(at + i);
		}
		return DPC_ip6_option;
	}
	return DPC__COUNT;
}

static bool
is_extension(uint8_t proto)
{
	return proto == PROTO_HOPBYHOP || proto == PROTO_ROUTING || proto == PROTO_DSTOPTS;
}

/* One header at ihl, of len bytes. */
static enum dp_counter
header_check(struct pkt *p, size_t len, int *code, unsigned *at)
{
	if (p->proto != PROTO_ROUTING)
		return options_check(p, p->ihl, len, code, at);
	if (p->data[p->ihl + 3] == 0)		/* segments left (RFC 8200, 4.4; RFC 5095) */
		return DPC__COUNT;
	*code = PARAM6_HEADER;
	*at = p->ihl + 2u;
	return DPC_ip6_source_route;
}

enum dp_counter
ip6_walk(struct pkt *p, int *code, unsigned *at)
{
	unsigned next_at = IP6_NEXT, n;
	enum dp_counter why;
	size_t len;

	*code = -1;
	ip6_parse(p);
	for (n = 0; is_extension(p->proto); n++) {
		if (p->proto == PROTO_HOPBYHOP && n > 0) {
			*code = PARAM6_NEXT;
			*at = next_at;
			return DPC_ip6_header;
		}
		if (n == IP6_HEADERS_N || p->len < p->ihl + 8u)
			return DPC_ip6_header;
		len = (p->data[p->ihl + 1] + 1u) * 8;
		if (len > p->len - p->ihl || p->ihl + len > IP6_HEADERS_MAX)
			return DPC_ip6_header;
		if ((why = header_check(p, len, code, at)) != DPC__COUNT)
			return why;
		next_at = p->ihl;
		p->proto = p->data[p->ihl];
		p->ihl = (uint8_t)(p->ihl + len);
	}
	*at = next_at;
	return DPC__COUNT;
}

size_t
ip6_next_field(const struct pkt *p)
{
	size_t at = IP6_NEXT, header = IP6_LEN;

	while (header < p->ihl) {
		at = header;
		header += (p->data[header + 1] + 1u) * 8;
	}
	return at;
}

size_t
ip6_upper(const uint8_t *ip, size_t n, uint8_t *proto)
{
	size_t at = IP6_LEN, len;
	unsigned i;

	if (n < IP6_LEN)
		return 0;
	*proto = ip[IP6_NEXT];
	for (i = 0; i < IP6_HEADERS_N && (is_extension(*proto) || *proto == PROTO_FRAGMENT); i++) {
		if (n < at + 8)
			return 0;
		if (*proto == PROTO_FRAGMENT && get16(ip + at + 2) & 0xfff8)
			return 0;
		len = *proto == PROTO_FRAGMENT ? IP6_FRAG_LEN : (ip[at + 1] + 1u) * 8;
		*proto = ip[at];
		at += len;
	}
	return i < IP6_HEADERS_N && at <= n ? at : 0;
}

/* --- input --- */

/* DPC__COUNT if the header is whole; len is trimmed to what it says. */
static enum dp_counter
fixed_check(struct pkt *p)
{
	unsigned n;

	if (p->len < IP6_LEN)
		return DPC_ip6_short;
	if (p->data[0] >> 4 != 6)
		return DPC_ip6_version;
	n = get16(p->data + IP6_PAYLOAD);
	if (n > p->len - IP6_LEN)
		return DPC_ip6_short;
	p->len = IP6_LEN + n;
	return DPC__COUNT;
}

/* RFC 4291, 2.5.2, 2.5.3, 2.5.5.2, 2.7; our own address as a source, unless by detection of duplicates. */
static bool
is_martian(const struct dp *d, const struct pkt *p)
{
	struct a6 src = ip6_src(p), dst = ip6_dst(p);

	if (a6_is_multicast(src) || a6_is_loopback(src) || a6_is_loopback(dst) || a6_is_any(dst))
		return true;
	if (src.hi == 0 && src.lo >> 32 == 0xffff)
		return true;
	return own6_has(d, src, p->in_if);
}

static enum dp_counter
input_check(struct dp *d, struct pkt *p, int64_t now)
{
	struct dp_if *ifp = dp_if_get(d, p->in_if);
	enum dp_counter why = fixed_check(p);

	if (why != DPC__COUNT)
		return why;
	if (ifp == NULL || !ifp->info.up)
		return DPC_if_down;
	if (p->flags & PKT_DECAP && ifp->info.kind == DP_IF_VTI) {
		if_count_in(ifp, 1, p->len, now);
		dp_tap(d, DP_TAP_TUNNEL, ifp->idx, false, p->data, p->len, now);
	}
	if (ifp->v6 == NULL)
		return DPC_ip6_disabled;
	ip6_parse(p);
	if (p->nest > DP_NEST_MAX)
		return DPC_out_nested;
	return is_martian(d, p) ? DPC_ip6_martian : DPC__COUNT;
}

enum verdict { TO_US, ONWARDS, TO_NOBODY };

static enum verdict
verdict_of(struct dp *d, struct pkt *p, enum dp_counter *why)
{
	struct a6 dst = ip6_dst(p);
	const struct own6_row *own;

	if (a6_is_multicast(dst)) {
		*why = DPC_ip6_multicast;
		p->flags |= PKT_IP_BCAST;
		return if6_hears(d, dp_if_get(d, p->in_if), dst) ? TO_US : TO_NOBODY;
	}
	if ((own = own6_find(d, dst, p->in_if)) != NULL) {
		*why = DPC_ip6_tentative;
		return own->state == DP6_PREFERRED ? TO_US : TO_NOBODY;
	}
	*why = DPC_ip6_not_router;
	return d->v6->forwarding && !(p->flags & PKT_LINK_BCAST) ? ONWARDS : TO_NOBODY;
}

void
ip6_input_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct vec local, forward;
	enum dp_counter why;
	enum verdict to;
	size_t i;

	vec_init(&local, ip6_local_batch, now);
	vec_init(&forward, ip6_forward_batch, now);
	d->count[DPC_ip6_in] += n;
	for (i = 0; i < n; i++) {
		v[i]->v6 = true;
		why = input_check(d, v[i], now);
		if (why == DPC__COUNT && d->v6->nat != NULL && !nat6_in(d, v[i], now))
			why = DPC_nat_refused;
		to = why == DPC__COUNT ? verdict_of(d, v[i], &why) : TO_NOBODY;
		if (to == TO_US)
			vec_put(d, &local, v[i]);
		else if (to == ONWARDS)
			vec_put(d, &forward, v[i]);
		else
			pkt_drop(d, v[i], why);
	}
	vec_flush(d, &local);
	vec_flush(d, &forward);
}

/* --- what ends here --- */

/* The upper layer's packet, whole; NULL if it is gone or waits for its other fragments. */
static struct pkt *
local_walk(struct dp *d, struct pkt *p, unsigned *next_at, int64_t now)
{
	enum dp_counter why = DPC__COUNT;
	unsigned turn;
	int code = -1;

	for (turn = 0; turn < 2; turn++) {
		why = ip6_walk(p, &code, next_at);
		if (why != DPC__COUNT || p->proto != PROTO_FRAGMENT)
			break;
		why = DPC_reasm6_bad;		/* fragments of fragments */
		if (turn == 0 && (p = reasm6_input(d, p, now)) == NULL)
			return NULL;
	}
	if (why == DPC__COUNT)
		return p;
	if (code >= 0)
		icmp6_error(d, p, ICMP6_PARAM_PROBLEM, (uint8_t)code, *next_at, now);
	pkt_drop(d, p, why);
	return NULL;
}

static bool
local_count(struct dp *d, const struct pkt *p)
{
	bool ipsec = p->proto == PROTO_ESP || p->proto == PROTO_AH;

	d->count[DPC_ip6_local]++;
	if (p->flags & PKT_DECAP)
		d->count[DPC_decap_local]++;
	d->count[ipsec ? DPC_check_consumed : DPC_check_not_consumed]++;
	if (!ipsec)
		d->count[DPC_not_esp_ah]++;
	return ipsec;
}

static void
local_other(struct dp *d, struct pkt *p, unsigned next_at, int64_t now)
{
	if (p->proto == PROTO_NONEXT) {
		pkt_drop(d, p, DPC_ip6_no_next);
		return;
	}
	icmp6_error(d, p, ICMP6_PARAM_PROBLEM, PARAM6_NEXT, next_at, now);
	pkt_drop(d, p, DPC_ip6_unknown_proto);
}

void
ip6_local_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	unsigned next_at = IP6_NEXT;
	struct vec esp;
	struct pkt *p;
	size_t i;

	vec_init(&esp, esp_in_batch, now);
	for (i = 0; i < n; i++) {
		p = local_walk(d, v[i], &next_at, now);
		if (p != NULL && p->proto == PROTO_UDP)
			p = natt_input(d, p);
		if (p == NULL)
			continue;
		if (local_count(d, p) && !(p->flags & PKT_IP_BCAST))
			vec_put(d, &esp, p);
		else if (p->proto == PROTO_ICMP6)
			icmp6_input(d, p, now);
		else if (p->proto == PROTO_UDP)
			udp6_input(d, p, now);
		else
			local_other(d, p, next_at, now);
	}
	vec_flush(d, &esp);
}
