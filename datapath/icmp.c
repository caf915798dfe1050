/* ICMP: echo replies, errors about packets that died, and what the engine is told of (see icmp.h for the sources). */

#include "datapath/icmp.h"
#include "datapath/ifnet.h"
#include "datapath/ip.h"
#include "datapath/own.h"
#include "datapath/wire.h"
#include "lib/mem.h"

#define ICMP_ERROR_TTL	255
#define ICMP_ERROR_TOS	0xc0		/* internetwork control (RFC 1812, 4.3.2.5) */
#define ICMP_TTL	255

struct bucket {
	int64_t		at;		/* the time by which it would be full again */
};

struct icmp_limits {
	struct bucket	path;		/* time exceeded, fragmentation needed */
	struct bucket	unreach;	/* all other kinds */
};

struct icmp_limits *
icmp_limits_new(void)
{
	return xcalloc(1, sizeof(struct icmp_limits));
}

/* May one more go, with burst at once and then one in each interval? */
static bool
bucket_take(struct bucket *b, int64_t now, int64_t interval, unsigned burst)
{
	if (b->at < now)
		b->at = now;
	if (b->at - now > interval * (int64_t)(burst - 1))
		return false;
	b->at += interval;
	return true;
}

static bool
limits_allow(struct dp *d, uint8_t type, uint8_t code, int64_t now)
{
	if (type == ICMP_UNREACH && code != UNREACH_FRAG)
		return bucket_take(&d->limits->unreach, now, ICMP_UNREACH_NS, 1);
	return bucket_take(&d->limits->path, now, ICMP_REFILL_NS, ICMP_BURST);
}

static bool
is_query(uint8_t type)
{
	return type == ICMP_ECHO || type == ICMP_ECHO_REPLY || (type >= 13 && type <= 18);
}

/* RFC 1122, 3.2.2: never about errors, later fragments, or what was not from one host to one host. */
static bool
may_complain(const struct dp *d, const struct pkt *p)
{
	unsigned ifidx;

	if (p->flags & (PKT_LINK_BCAST | PKT_IP_BCAST) || get16(p->data + IP4_FRAG) & IP4_OFFMASK)
		return false;
	if (!ip_is_host(p->src) || !ip_is_host(p->dst) || own_find(d->own, p->src, &ifidx) == OWN_BCAST)
		return false;
	return p->proto != PROTO_ICMP || (p->len > p->ihl && is_query(p->data[p->ihl]));
}

/* The address that complains: that of the interface by which p came, else that towards its source. */
static uint32_t
complainer(struct dp *d, const struct pkt *p)
{
	struct dp_if *in = dp_if_get(d, p->in_if);

	if (in != NULL && in->info.up && in->naddrs > 0)
		return if_addr_for(in, p->src);
	return dp_source_for(d, p->src);
}

void
icmp_error(struct dp *d, const struct pkt *p, uint8_t type, uint8_t code, unsigned mtu, int64_t now)
{
	struct ip_make m = { .dst = p->src, .proto = PROTO_ICMP, .ttl = ICMP_ERROR_TTL, .tos = ICMP_ERROR_TOS };
	size_t quote = p->len < ICMP_QUOTE - IP4_LEN - ICMP_LEN ? p->len : ICMP_QUOTE - IP4_LEN - ICMP_LEN;
	struct pkt *e;
	uint8_t *icmp;

	if (!may_complain(d, p) || (m.src = complainer(d, p)) == 0)
		return;
	if (!limits_allow(d, type, code, now)) {
		d->count[DPC_icmp_limited]++;
		return;
	}
	e = pkt_new(d, IP4_LEN + ICMP_LEN + quote);
	if (e == NULL)
		return;
	icmp = e->data + IP4_LEN;
	memset(icmp, 0, ICMP_LEN);
	icmp[0] = type;
	icmp[1] = code;
	put16(icmp + 6, mtu);
	memcpy(icmp + ICMP_LEN, p->data, quote);
	put16(icmp + 2, sum_of(icmp, ICMP_LEN + quote));
	ip_make(d, e, &m);
	d->count[DPC_icmp_error_out]++;
	d->count[type == ICMP_UNREACH ? DPC_icmp_out_unreach : type == ICMP_TIME_EXCEEDED ? DPC_icmp_out_exceeded : DPC_icmp_out_param]++;
	ip_send(d, e, now);
}

/* Turns the request into its answer; options are left out. */
static void
echo_reply(struct dp *d, struct pkt *p, int64_t now)
{
	struct ip_make m = { .src = p->dst, .dst = p->src, .proto = PROTO_ICMP, .ttl = ICMP_TTL, .tos = p->data[IP4_TOS] };
	uint8_t *icmp = p->data + p->ihl;
	uint16_t was = get16(icmp);

	icmp[0] = ICMP_ECHO_REPLY;
	sum_fix(icmp + 2, was, get16(icmp));
	pkt_pull(p, p->ihl - IP4_LEN);
	d->count[DPC_icmp_echo]++;
	ip_make(d, p, &m);
	ip_send(d, p, now);
}

static bool
is_for_engine(uint8_t type)
{
	return type == ICMP_ECHO_REPLY || (type >= ICMP_UNREACH && type <= 5) || type == ICMP_TIME_EXCEEDED ||
	    type == ICMP_PARAM_PROBLEM;
}

static enum dp_counter
counter_of(uint8_t type)
{
	switch (type) {
	case ICMP_ECHO_REPLY:
		return DPC_icmp_in_reply;
	case ICMP_UNREACH:
		return DPC_icmp_in_unreach;
	case ICMP_TIME_EXCEEDED:
		return DPC_icmp_in_exceeded;
	case ICMP_PARAM_PROBLEM:
		return DPC_icmp_in_param;
	case ICMP_QUENCH:
		return DPC_icmp_in_quench;
	default:
		return DPC_icmp_in_redirect;
	}
}

void
icmp_input(struct dp *d, struct pkt *p, int64_t now)
{
	const uint8_t *icmp = p->data + p->ihl;
	size_t n = p->len - p->ihl;

	d->count[DPC_icmp_in]++;
	if (n < ICMP_LEN)
		pkt_drop(d, p, DPC_icmp_short);
	else if (sum_of(icmp, n) != 0)
		pkt_drop(d, p, DPC_icmp_bad);
	else if (p->flags & (PKT_IP_BCAST | PKT_LINK_BCAST))
		pkt_drop(d, p, DPC_icmp_ignored);
	else if (icmp[0] == ICMP_ECHO)
		echo_reply(d, p, now);
	else if (is_for_engine(icmp[0])) {
		d->count[counter_of(icmp[0])]++;
		dp_event_up(d, p);
	} else
		pkt_drop(d, p, DPC_icmp_ignored);
}

/* The packet that an error quotes, as far as it is there (RFC 792: header and eight bytes). */
static void
quoted(struct dp_icmp *i, const uint8_t *q, size_t n)
{
	size_t ihl;

	if (n < IP4_LEN || q[0] >> 4 != 4)
		return;
	i->orig_src = get32(q + IP4_SRC);
	i->orig_dst = get32(q + IP4_DST);
	i->orig_proto = q[IP4_PROTO];
	ihl = (q[0] & 15) * 4;
	if (ihl < IP4_LEN || n < ihl + 8 || get16(q + IP4_FRAG) & IP4_OFFMASK)
		return;
	q += ihl;
	if (i->orig_proto == PROTO_ICMP) {
		i->id = get16(q + 4);
		i->seq = get16(q + 6);
	} else if (i->orig_proto == PROTO_UDP || i->orig_proto == 6) {
		i->orig_sport = get16(q);
		i->orig_dport = get16(q + 2);
	}
}

void
icmp_deliver(struct dp *d, const struct pkt *p)
{
	const uint8_t *icmp = p->data + p->ihl;
	struct dp_icmp i = { .src = p->src, .dst = p->dst, .type = icmp[0], .code = icmp[1], .ttl = p->data[IP4_TTL],
		.data = icmp + ICMP_LEN, .len = p->len - p->ihl - ICMP_LEN };

	if (i.type == ICMP_ECHO_REPLY) {
		i.id = get16(icmp + 4);
		i.seq = get16(icmp + 6);
	} else
		quoted(&i, i.data, i.len);
	if (i.type == ICMP_UNREACH && i.code == UNREACH_FRAG)
		i.mtu = get16(icmp + 6);
	if (d->ops.icmp != NULL)
		d->ops.icmp(d->arg, &i);
}

static bool
echo_make(struct dp *d, const struct ip_make *m, const uint8_t head[4], const void *data, size_t n, int64_t now)
{
	struct pkt *p = pkt_new(d, IP4_LEN + ICMP_LEN + n);
	uint8_t *icmp;

	if (p == NULL)
		return false;
	icmp = p->data + IP4_LEN;
	memset(icmp, 0, 4);
	icmp[0] = ICMP_ECHO;
	memcpy(icmp + 4, head, 4);
	if (n > 0)
		memcpy(icmp + ICMP_LEN, data, n);
	put16(icmp + 2, sum_of(icmp, ICMP_LEN + n));
	d->count[DPC_icmp_out_echo]++;
	ip_make(d, p, m);
	ip_send(d, p, now);
	return true;
}

bool
dp_echo_send(struct dp *d, uint32_t src, uint32_t dst, uint16_t id, uint16_t seq, const void *data, size_t n,
    uint8_t ttl, uint8_t tos, bool df, int64_t now)
{
	struct ip_make m = { .dst = dst, .proto = PROTO_ICMP, .ttl = ttl, .tos = tos, .df = df };
	uint8_t head[4];
	bool ok;

	if (n > IP4_MAX - IP4_LEN - ICMP_LEN) {
		d->count[DPC_ip_too_long]++;
		return false;
	}
	m.src = ip_source(d, src, dst);
	if (m.src == 0)
		return false;
	put16(head, id);
	put16(head + 2, seq);
	dp_enter(d);
	ok = echo_make(d, &m, head, data, n, now);
	dp_leave(d);
	return ok;
}
