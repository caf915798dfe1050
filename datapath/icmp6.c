/* ICMPv6 (RFC 4443): echo, errors made, kept to a rate and heard; neighbour discovery is handed on. */

#include <string.h>

#include "datapath/ip6.h"
#include "datapath/natt.h"

#define ICMP6_ERROR_HOPS	64
#define ICMP6_TCLASS		0		/* of errors */
#define ICMP6_HOPS		64

_Static_assert(DP6_ECHO_REPLY == ICMP6_ECHO_REPLY && DP6_UNREACH == ICMP6_UNREACH && DP6_TOO_BIG == ICMP6_TOO_BIG &&
    DP6_TIME_EXCEEDED == ICMP6_TIME_EXCEEDED && DP6_PARAM_PROBLEM == ICMP6_PARAM_PROBLEM, "types of ICMPv6");

static bool
errors_allow(struct dp *d, int64_t now)
{
	int64_t *at = &d->v6->errors_at;

	if (*at < now)
		*at = now;
	if (*at - now > ICMP6_REFILL_NS * (ICMP6_BURST - 1))
		return false;
	*at += ICMP6_REFILL_NS;
	return true;
}

/* RFC 4443, 2.4 e: never about errors, nor what was for several, but for two that a sender must hear of. */
static bool
may_complain(const struct pkt *p, uint8_t type, uint8_t code)
{
	bool several = p->flags & (PKT_LINK_BCAST | PKT_IP_BCAST) || a6_is_multicast(ip6_dst(p));
	struct a6 src = ip6_src(p);
	uint8_t proto;
	size_t at;

	if (several && type != ICMP6_TOO_BIG && !(type == ICMP6_PARAM_PROBLEM && code == PARAM6_OPTION))
		return false;
	if (a6_is_any(src) || a6_is_multicast(src))
		return false;
	at = ip6_upper(p->data, p->len, &proto);
	if (at == 0)		/* a later fragment, or headers that end before they should */
		return type == ICMP6_PARAM_PROBLEM || type == ICMP6_TOO_BIG;
	return proto != PROTO_ICMP6 || (p->len > at && p->data[at] >= ICMP6_ECHO);
}

/* The interface that p came by, for answers that must leave by it. */
static unsigned
link_of(struct a6 dst, const struct pkt *p)
{
	return a6_is_link_local(dst) ? p->in_if : 0;
}

/* The address that complains: the packet's destination if it is ours, else that towards its source. */
static bool
complainer(struct dp *d, const struct pkt *p, struct ip6_make *m)
{
	struct a6 dst = ip6_dst(p);

	m->out_if = link_of(m->dst, p);
	if (own6_has(d, dst, p->in_if) && a6_is_link_local(dst) == a6_is_link_local(m->dst))
		m->src = dst;
	return ip6_source(d, m);
}

void
icmp6_error(struct dp *d, const struct pkt *p, uint8_t type, uint8_t code, uint32_t data, int64_t now)
{
	struct ip6_make m = { .dst = ip6_src(p), .proto = PROTO_ICMP6, .hops = ICMP6_ERROR_HOPS, .tclass = ICMP6_TCLASS };
	size_t room = DP6_MTU_MIN - IP6_LEN - ICMP_LEN, quote = p->len < room ? p->len : room;
	struct pkt *e;
	uint8_t *icmp;

	if (!may_complain(p, type, code) || !complainer(d, p, &m))
		return;
	if (!errors_allow(d, now)) {
		d->count[DPC_icmp6_limited]++;
		return;
	}
	if ((e = pkt_new(d, IP6_LEN + ICMP_LEN + quote)) == NULL)
		return;
	ip6_make(d, e, &m);
	icmp = e->data + IP6_LEN;
	put32(icmp, (uint32_t)type << 24 | (uint32_t)code << 16);
	put32(icmp + 4, data);
	memcpy(icmp + ICMP_LEN, p->data, quote);
	put16(icmp + 2, ip6_sum(e->data, PROTO_ICMP6, icmp, ICMP_LEN + quote));
	d->count[DPC_icmp6_error_out]++;
	ip6_send(d, e, now);
}

/* Turns the request into its answer (RFC 4443, 4.2); extension headers are left out. */
static void
echo_reply(struct dp *d, struct pkt *p, int64_t now)
{
	struct ip6_make m = { .src = ip6_dst(p), .dst = ip6_src(p), .proto = PROTO_ICMP6, .hops = ICMP6_HOPS,
		.tclass = (uint8_t)(get16(p->data) >> 4) };
	uint8_t *icmp = p->data + p->ihl;

	m.out_if = link_of(m.dst, p);
	if (a6_is_multicast(m.src))
		m.src = (struct a6){ 0, 0 };
	if (a6_is_any(m.dst) || !ip6_source(d, &m)) {
		pkt_drop(d, p, DPC_icmp6_ignored);
		return;
	}
	icmp[0] = ICMP6_ECHO_REPLY;
	pkt_pull(p, p->ihl - IP6_LEN);
	ip6_make(d, p, &m);
	put16(icmp + 2, 0);
	put16(icmp + 2, ip6_sum(p->data, PROTO_ICMP6, icmp, p->len - IP6_LEN));
	d->count[DPC_icmp6_echo]++;
	ip6_send(d, p, now);
}

/* RFC 8201, 4: of a packet that we sent; none below 1280 is believed. */
static void
too_big(struct dp *d, const struct pkt *p, int64_t now)
{
	const uint8_t *icmp = p->data + p->ihl, *q = icmp + ICMP_LEN;
	uint32_t mtu = get32(icmp + 4);

	if (p->len - p->ihl < ICMP_LEN + IP6_LEN || q[0] >> 4 != 6 || mtu > ETH_MTU || !own6_has(d, a6_get(q + IP6_SRC), p->in_if))
		return;
	pmtu6_learn(d, a6_get(q + IP6_DST), mtu < DP6_MTU_MIN ? DP6_MTU_MIN : mtu, now);
}

static void
icmp6_sort(struct dp *d, struct pkt *p, int64_t now)
{
	uint8_t type = p->data[p->ihl];

	if (type >= ICMP6_RS && type <= ICMP6_NA) {
		nd_input(d, p, now);
		pkt_free(d, p);
		return;
	}
	if (type == ICMP6_TOO_BIG)
		too_big(d, p, now);
	if (type == ICMP6_ECHO)
		echo_reply(d, p, now);
	else if (type == ICMP6_ECHO_REPLY || (type >= ICMP6_UNREACH && type <= ICMP6_PARAM_PROBLEM))
		dp_event_up(d, p);
	else
		pkt_drop(d, p, DPC_icmp6_ignored);
}

void
icmp6_input(struct dp *d, struct pkt *p, int64_t now)
{
	const uint8_t *icmp = p->data + p->ihl;
	size_t n = p->len - p->ihl;

	d->count[DPC_icmp6_in]++;
	if (n < ICMP_LEN || ip6_sum(p->data, PROTO_ICMP6, icmp, n) != 0)
		pkt_drop(d, p, DPC_icmp6_bad);
	else
		icmp6_sort(d, p, now);
}

/* --- what the engine is told --- */

/* The packet that an error quotes, as far as it is there. */
static void
quoted(struct dp6_icmp *i, const uint8_t *q, size_t n)
{
	size_t at;

	if (n < IP6_LEN || q[0] >> 4 != 6)
		return;
	i->orig_src = a6_get(q + IP6_SRC);
	i->orig_dst = a6_get(q + IP6_DST);
	at = ip6_upper(q, n, &i->orig_proto);
	if (at == 0 || n < at + 8)
		return;
	q += at;
	if (i->orig_proto == PROTO_ICMP6) {
		i->id = get16(q + 4);
		i->seq = get16(q + 6);
	} else if (i->orig_proto == PROTO_ESP)
		i->orig_spi = get32(q);
	else if (i->orig_proto == PROTO_AH)
		i->orig_spi = get32(q + 4);
	else if (i->orig_proto == PROTO_UDP || i->orig_proto == 6) {
		i->orig_sport = get16(q);
		i->orig_dport = get16(q + 2);
		/* ESP in UDP; that of a message of key exchange is zero, as none. */
		if (i->orig_proto == PROTO_UDP && i->orig_sport == NATT_PORT && n >= at + NATT_UDP + 4)
			i->orig_spi = get32(q + NATT_UDP);
	}
}

void
icmp6_deliver(struct dp *d, const struct pkt *p)
{
	const uint8_t *icmp = p->data + p->ihl;
	struct dp6_icmp i = { .src = ip6_src(p), .dst = ip6_dst(p), .type = icmp[0], .code = icmp[1], .hops = p->data[IP6_HOPS],
		.data = icmp + ICMP_LEN, .len = p->len - p->ihl - ICMP_LEN };

	if (i.type == ICMP6_ECHO_REPLY) {
		i.id = get16(icmp + 4);
		i.seq = get16(icmp + 6);
	} else
		quoted(&i, i.data, i.len);
	if (i.type == ICMP6_TOO_BIG)
		i.mtu = get32(icmp + 4);
	if (d->ops.icmp6 != NULL)
		d->ops.icmp6(d->arg, &i);
}

bool
dp6_echo_send(struct dp *d, struct a6 src, struct a6 dst, unsigned out_if, uint16_t id, uint16_t seq, const void *data,
    size_t n, uint8_t hops, int64_t now)
{
	struct ip6_make m = { .src = src, .dst = dst, .out_if = out_if, .proto = PROTO_ICMP6, .hops = hops };
	struct pkt *p;
	uint8_t *icmp;

	if (n > IP4_MAX - IP6_LEN - ICMP_LEN) {
		d->count[DPC_ip6_too_long]++;
		return false;
	}
	if (!ip6_source(d, &m) || (p = pkt_new(d, IP6_LEN + ICMP_LEN + n)) == NULL)
		return false;
	ip6_make(d, p, &m);
	icmp = p->data + IP6_LEN;
	put32(icmp, (uint32_t)ICMP6_ECHO << 24);
	put16(icmp + 4, id);
	put16(icmp + 6, seq);
	if (n > 0)
		memcpy(icmp + ICMP_LEN, data, n);
	put16(icmp + 2, ip6_sum(p->data, PROTO_ICMP6, icmp, ICMP_LEN + n));
	dp_enter(d);
	ip6_send(d, p, now);
	dp_leave(d);
	return true;
}
