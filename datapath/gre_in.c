/*
 * GRE for us (RFC 2784, RFC 2890): the header is judged, its tunnel found, protection and order looked at; then the
 * passenger goes on as if it had just come in by the tunnel.  A keepalive is a GRE packet of the far end's to itself
 * inside of one to us: it is forwarded back, whatever the state of the tunnel here.
 */

#include "datapath/gre_run.h"
#include "datapath/icmp.h"
#include "datapath/ifnet.h"
#include "datapath/ip.h"
#include "datapath/ip6.h"
#include "datapath/sa_run.h"
#include "datapath/tap.h"
#include "datapath/wire.h"

#define DONE	DPC__COUNT	/* instead of a reason to drop */

static uint32_t
word_take(const uint8_t **p, bool there)
{
	uint32_t w = there ? get32(*p) : 0;

	*p += there ? 4 : 0;
	return w;
}

enum dp_counter
gre_parse(const uint8_t *p, size_t n, struct gre_head *h)
{
	const uint8_t *at = p + GRE_LEN;
	unsigned flags;

	if (n < GRE_LEN)
		return DPC_gre_short;
	flags = get16(p);
	if (flags & (GRE_F_REFUSED | GRE_VERSION))
		return DPC_gre_bad;
	*h = (struct gre_head){ flags & GRE_F_SUM, flags & GRE_F_KEY, flags & GRE_F_SEQ, get16(p + 2), 0, 0, GRE_LEN };
	h->len += 4 * ((unsigned)h->has_sum + h->has_key + h->has_seq);
	if (n < h->len)
		return DPC_gre_short;
	word_take(&at, h->has_sum);
	h->key = word_take(&at, h->has_key);
	h->seq = word_take(&at, h->has_seq);
	return h->has_sum && sum_of(p, n) != 0 ? DPC_gre_checksum : DONE;
}

/* Did it come out of an SA that is this tunnel's? */
static bool
from_sa(const struct dp *d, const struct gre_if *g, const struct pkt *p)
{
	const struct sa *s = p->flags & PKT_DECAP ? sa_by_handle(d, p->sa) : NULL;

	return s != NULL && s->p.guard == g->c.guard;
}

/* RFC 2890, 2.2: what is not newer than the last is out of order.  A keepalive that came back has a number of ours. */
static bool
in_order(struct gre_if *g, const struct gre_head *h)
{
	if (!g->c.sequence || !h->has_seq || h->protocol == GRE_PROTO_KEEPALIVE)
		return true;
	if (g->seq_seen && (int32_t)(h->seq - g->seq_in) <= 0)
		return false;
	g->seq_seen = true;
	g->seq_in = h->seq;
	return true;
}

/* A whole IPv4 packet with GRE from us to who sent it: his keepalive. */
static bool
is_keepalive(const struct pkt *p, const uint8_t *ip, size_t n)
{
	size_t ihl;

	if (n < IP4_LEN || ip[0] >> 4 != 4 || ip[IP4_PROTO] != PROTO_GRE)
		return false;
	ihl = (size_t)(ip[0] & 15) * 4;
	return ihl >= IP4_LEN && ihl <= n && get16(ip + IP4_TOTAL) >= ihl && get16(ip + IP4_TOTAL) <= n &&
	    get32(ip + IP4_SRC) == p->dst && get32(ip + IP4_DST) == p->src && ip[IP4_TTL] > 1 && sum_of(ip, ihl) == 0;
}

/* The passenger becomes the packet. */
static void
decap(struct pkt *p, const struct gre_if *g, const struct gre_head *h)
{
	p->nbma = p->src;
	pkt_pull(p, p->ihl + h->len);
	p->in_if = g->ifidx;
	p->flags &= PKT_DECAP;
	p->nest++;
	p->out_if = 0;
	p->next_hop = 0;
}

static void
turn_back(struct dp *d, struct pkt *p, const struct gre_if *g, const struct gre_head *h, int64_t now)
{
	decap(p, g, h);
	p->len = get16(p->data + IP4_TOTAL);
	p->data[IP4_TTL]--;
	ip4_seal(p->data, (size_t)(p->data[0] & 15) * 4);
	pkt_parse(p);
	p->flags = PKT_LOCAL;
	p->in_if = 0;
	p->sa = SA_NONE;
	d->count[DPC_gre_keepalive_back]++;
	ip_route_batch(d, &p, 1, now);
}

/* What is judged before the tunnel's state matters. */
static enum dp_counter
check(struct dp *d, struct pkt *p, struct gre_if **g, struct gre_head *h)
{
	enum dp_counter why = gre_parse(p->data + p->ihl, p->len - p->ihl, h);

	if (why != DONE)
		return why;
	if ((*g = gre_find(d, p->dst, p->src, h)) == NULL)
		return DPC_gre_no_tunnel;
	if ((*g)->c.is_protected && !from_sa(d, *g, p)) {
		dp_event_not_ipsec(d, p);
		d->gre->clear++;
		return DPC_in_not_ipsec;
	}
	if (p->nest >= DP_NEST_MAX)
		return DPC_out_nested;
	return in_order(*g, h) ? DONE : DPC_gre_order;
}

static void
count_in(struct dp *d, struct gre_if *g, const struct pkt *p, const struct gre_head *h, int64_t now)
{
	struct gre_peer *peer = gre_peer_find(g, p->src);

	if (h->protocol == GRE_PROTO_IP4 || h->protocol == GRE_PROTO_IP6)
		dp_tap(d, DP_TAP_TUNNEL, g->ifidx, false, p->data + p->ihl + h->len, p->len - p->ihl - h->len, now);
	d->count[DPC_gre_in]++;
	if_count_in(dp_if_get(d, g->ifidx), 1, p->len - p->ihl - h->len, now);
	if (peer != NULL)
		peer->received++;
}

static void
in_one(struct dp *d, struct pkt *p, struct vec *inner, struct vec *inner6)
{
	struct gre_head h = { 0 };
	struct gre_if *g = NULL;
	enum dp_counter why = check(d, p, &g, &h);
	const uint8_t *data = p->data + p->ihl + h.len;

	if (why != DONE) {
		if (g != NULL)
			dp_if_get(d, g->ifidx)->info.in_drops++;
		pkt_drop(d, p, why);
	} else if (h.protocol == GRE_PROTO_IP4 && is_keepalive(p, data, p->len - p->ihl - h.len)) {
		count_in(d, g, p, &h, inner->now);
		turn_back(d, p, g, &h, inner->now);
	} else if (!dp_if_get(d, g->ifidx)->info.up && h.protocol != GRE_PROTO_KEEPALIVE) {
		pkt_drop(d, p, DPC_if_down);
	} else {
		count_in(d, g, p, &h, inner->now);
		if (h.protocol == GRE_PROTO_IP4) {
			decap(p, g, &h);
			vec_put(d, inner, p);
		} else if (h.protocol == GRE_PROTO_IP6) {
			decap(p, g, &h);
			p->v6 = true;
			vec_put(d, inner6, p);
		} else if (h.protocol == GRE_PROTO_NHRP || h.protocol == GRE_PROTO_KEEPALIVE) {
			p->in_if = g->ifidx;
			dp_event_up(d, p);
		} else
			pkt_drop(d, p, DPC_gre_protocol);
	}
}

void
gre_in_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct vec inner, inner6;
	size_t i;

	vec_init(&inner, ip_input_batch, now);
	vec_init(&inner6, ip6_input_batch, now);
	for (i = 0; i < n; i++)
		if (d->gre != NULL)
			in_one(d, v[i], &inner, &inner6);
		else {
			icmp_error(d, v[i], ICMP_UNREACH, UNREACH_PROTO, 0, now);
			pkt_drop(d, v[i], DPC_ip_unknown_proto);
		}
	vec_flush(d, &inner);
	vec_flush(d, &inner6);
}

void
gre_deliver(struct dp *d, const struct pkt *p)
{
	const uint8_t *at = p->data + p->ihl;
	struct dp_gre_in in = { .tunnel_if = p->in_if, .nbma_src = p->src };
	struct gre_head h;

	if (d->ops.gre == NULL || gre_parse(at, p->len - p->ihl, &h) != DONE)
		return;
	in.protocol = h.protocol;
	in.data = at + h.len;
	in.len = p->len - p->ihl - h.len;
	d->ops.gre(d->arg, &in);
}
