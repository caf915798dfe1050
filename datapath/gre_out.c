/*
 * Packets into GRE tunnels: what is too long is cut, or refused if it has DF, before it goes in; the far end is the
 * tunnel's, or that of the next hop; then come the GRE header (RFC 2784, RFC 2890) and a new IPv4 one.  A protected
 * tunnel's packets go to ESP by the SA of the far end, the others are routed anew.
 */

#include <string.h>

#include "datapath/frag.h"
#include "datapath/gre_run.h"
#include "datapath/icmp.h"
#include "datapath/ifnet.h"
#include "datapath/ip.h"
#include "datapath/own.h"
#include "datapath/tap.h"
#include "datapath/wire.h"

#define DONE		DPC__COUNT	/* instead of a reason to drop */
#define TTL_DEFAULT	255
#define TOS_CONTROL	0xc0		/* packets of ours: internetwork control */

/* What goes on from here: into ESP, or routed as it is. */
struct ways {
	struct vec	protect, plain;
	int64_t		now;
};

/* For one packet: its tunnel, what it carries and for whom. */
struct load {
	struct dp_if	*ifp;
	struct gre_if	*g;
	uint32_t	 nbma;
	uint16_t	 protocol;
	uint8_t		 tos;
	bool		 df;
};

static void
ways_init(struct ways *w, int64_t now)
{
	vec_init(&w->protect, esp_out_batch, now);
	vec_init(&w->plain, ip_route_batch, now);
	w->now = now;
}

static void
ways_flush(struct dp *d, struct ways *w)
{
	vec_flush(d, &w->protect);
	vec_flush(d, &w->plain);
}

/* Flags, protocol, then checksum, key and number where they are in use. */
static bool
gre_push(struct pkt *p, struct gre_if *g, uint16_t protocol)
{
	unsigned n = dp_gre_overhead(&g->c) - IP4_LEN;
	uint8_t *h = pkt_push(p, n), *at = h;

	if (h == NULL)
		return false;
	put16(at, (g->c.checksum ? GRE_F_SUM : 0) | (g->c.key_set ? GRE_F_KEY : 0) | (g->c.sequence ? GRE_F_SEQ : 0));
	put16(at + 2, protocol);
	at += GRE_LEN;
	if (g->c.checksum) {
		put32(at, 0);
		at += 4;
	}
	if (g->c.key_set) {
		put32(at, g->c.key);
		at += 4;
	}
	if (g->c.sequence)
		put32(at, g->seq_out++);
	if (g->c.checksum)
		put16(h + GRE_LEN, sum_of(h, p->len));
	return true;
}

/* The outer header; the packet is one of ours from here on. */
static bool
ip_push(struct dp *d, struct pkt *p, const struct load *l)
{
	struct ip_make m = { l->g->c.src, l->nbma, PROTO_GRE, l->g->c.ttl != 0 ? l->g->c.ttl : TTL_DEFAULT, l->tos, l->df };
	uint8_t nest = p->nest;

	p->v6 = false;
	if (p->len > IP4_MAX - IP4_LEN || pkt_push(p, IP4_LEN) == NULL)
		return false;
	ip_make(d, p, &m);
	p->nest = (uint8_t)(nest + 1);
	p->next_hop = 0;
	return true;
}

/* The SA to the far end. */
static enum dp_counter
sa_choose(struct dp *d, const struct load *l, const struct gre_peer *peer, uint32_t *sa)
{
	*sa = peer != NULL ? peer->sa : SA_NONE;
	if (!l->g->c.is_protected || (*sa != SA_NONE && sa_usable(d, *sa)))
		return DONE;
	d->gre->no_sa++;
	dp_event_no_sa(d, l->ifp->idx, l->g->c.src, l->nbma);
	return DPC_out_no_sa;
}

struct piece_sink {
	struct dp	*d;
	struct vec	*v;
};

static void
piece_put(void *arg, struct pkt *p)
{
	struct piece_sink *s = arg;

	vec_put(s->d, s->v, p);
}

/* Tunnel mode takes what fits and is cut before; transport mode is cut after (RFC 4301, 7). */
static void
protect(struct dp *d, struct pkt *p, struct ways *w)
{
	struct piece_sink to = { d, &w->protect };
	unsigned mtu = sa_plaintext_mtu(d, p->sa);

	if (mtu < IP4_MIN_MTU)
		mtu = IP4_MIN_MTU;
	if (p->len <= mtu || sa_cut_after(d, p->sa)) {
		vec_put(d, &w->protect, p);
	} else if (get16(p->data + IP4_FRAG) & IP4_DF) {
		icmp_error(d, p, ICMP_UNREACH, UNREACH_FRAG, mtu, w->now);
		pkt_drop(d, p, DPC_out_too_big);
	} else {
		d->count[DPC_out_frag_before]++;
		frag_cut(d, p, mtu, piece_put, &to);
	}
}

/* Takes p; false if it is gone. */
static bool
send_one(struct dp *d, struct pkt *p, const struct load *l, struct ways *w)
{
	struct gre_peer *peer = gre_peer_find(l->g, l->nbma);
	size_t inner = p->len;
	uint32_t sa;
	enum dp_counter why;

	if (__builtin_expect(peer != NULL && sa_may_end(d, peer->sa), 0))
		vec_flush(d, &w->protect);
	why = p->nest >= DP_NEST_MAX ? DPC_out_nested : sa_choose(d, l, peer, &sa);

	if (why == DONE && (l->protocol == GRE_PROTO_IP4 || l->protocol == GRE_PROTO_IP6))
		dp_tap(d, DP_TAP_TUNNEL, l->ifp->idx, true, p->data, p->len, w->now);
	if (why == DONE && (!gre_push(p, l->g, l->protocol) || !ip_push(d, p, l)))
		why = DPC_gre_room;
	if (why != DONE) {
		l->ifp->info.out_drops++;
		pkt_drop(d, p, why);
		return false;
	}
	d->count[DPC_gre_out]++;
	if_count_out(l->ifp, 1, inner, w->now);
	if (peer != NULL)
		peer->sent++;
	p->sa = l->g->c.is_protected ? sa : SA_NONE;
	if (p->sa != SA_NONE)
		protect(d, p, w);
	else
		vec_put(d, &w->plain, p);
	return true;
}

static struct pkt *
copy_of(struct dp *d, const struct pkt *p)
{
	struct pkt *c = pkt_new(d, p->len);

	if (c == NULL)
		return NULL;
	memcpy(c->data, p->data, p->len);
	pkt_parse(c);
	c->flags = p->flags;
	c->nest = p->nest;
	c->in_if = p->in_if;
	return c;
}

/* A copy for each address of the list. */
static void
replicate(struct dp *d, struct pkt *p, struct load *l, struct ways *w)
{
	struct pkt *c;
	size_t i;

	if (l->g->nmcast == 0) {
		l->ifp->info.out_drops++;
		pkt_drop(d, p, DPC_gre_no_mapping);
		return;
	}
	for (i = 0; i < l->g->nmcast; i++)
		if ((c = copy_of(d, p)) != NULL) {
			l->nbma = l->g->mcast[i];
			send_one(d, c, l, w);
		}
	pkt_free(d, p);
}

static bool
is_for_many(const struct dp *d, const struct pkt *p)
{
	unsigned ifidx;

	return p->dst >= 0xe0000000 || own_find(d->own, p->next_hop, &ifidx) == OWN_BCAST;
}

static void
multipoint(struct dp *d, struct pkt *p, struct load *l, struct ways *w)
{
	const struct gre_miss m = { l->ifp->idx, p->next_hop, p->src, p->dst };

	if (p->in_if != 0 && p->nbma != 0)
		gre_event_turn(d, p);
	if (is_for_many(d, p)) {
		replicate(d, p, l, w);
		return;
	}
	l->nbma = gre_nbma_of(l->g, p->next_hop);
	if (l->nbma == 0) {
		gre_event_miss(d, &m);
		l->nbma = l->g->fallback;
	}
	if (l->nbma != 0) {
		send_one(d, p, l, w);
		return;
	}
	l->ifp->info.out_drops++;
	pkt_drop(d, p, DPC_gre_no_mapping);
}

static void
out_fitting(struct dp *d, struct pkt *p, struct ways *w)
{
	struct dp_if *ifp = dp_if_get(d, p->out_if);
	struct gre_if *g = ifp->gre;
	struct load l = { .ifp = ifp, .g = g, .nbma = g->c.dst, .protocol = GRE_PROTO_IP4,
		.tos = g->c.tos_set ? g->c.tos : p->data[IP4_TOS],
		.df = g->c.copy_df && get16(p->data + IP4_FRAG) & IP4_DF };

	if (g->c.dst == 0)
		multipoint(d, p, &l, w);
	else
		send_one(d, p, &l, w);
}

struct sink {
	struct dp	*d;
	struct ways	*w;
};

static void
sink_put(void *arg, struct pkt *p)
{
	struct sink *s = arg;

	out_fitting(s->d, p, s->w);
}

/* How long an outer packet with DF may be, less what goes before the passenger. */
static unsigned
path_room(const struct dp *d, struct gre_if *g, uint32_t next_hop)
{
	uint32_t nbma = g->c.dst != 0 ? g->c.dst : gre_nbma_of(g, next_hop);
	const struct gre_peer *peer = gre_peer_find(g, nbma);
	unsigned mtu = 0, over = dp_gre_overhead(&g->c);

	if (nbma != 0)
		mtu = g->c.is_protected && peer != NULL ? sa_plaintext_mtu(d, peer->sa) : dp_path_mtu(d, nbma);
	return mtu > over + IP4_MIN_MTU ? mtu - over : 0;
}

static unsigned
mtu_of(const struct dp *d, const struct dp_if *ifp, const struct pkt *p)
{
	unsigned mtu = ifp->info.mtu, room = 0;

	if (ifp->gre->c.copy_df && get16(p->data + IP4_FRAG) & IP4_DF)
		room = path_room(d, ifp->gre, p->next_hop);
	return room != 0 && room < mtu ? room : mtu;
}

static void
out_one(struct dp *d, struct pkt *p, struct ways *w)
{
	const struct dp_if *ifp = dp_if_get(d, p->out_if);
	unsigned mtu = mtu_of(d, ifp, p);
	struct sink s = { d, w };

	if (p->len <= mtu) {
		out_fitting(d, p, w);
	} else if (get16(p->data + IP4_FRAG) & IP4_DF) {
		icmp_error(d, p, ICMP_UNREACH, UNREACH_FRAG, mtu, w->now);
		pkt_drop(d, p, DPC_ip_df);
	} else
		frag_cut(d, p, mtu, sink_put, &s);
}

void
gre_out_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct ways w;
	size_t i;

	ways_init(&w, now);
	n = filter_tunnel_keep(d, v, n, now);
	for (i = 0; i < n; i++)
		out_one(d, v[i], &w);
	ways_flush(d, &w);
}

/* IPv6 goes to the far end of a point-to-point tunnel; next hops of its own a multipoint one does not know. */
static void
out6_one(struct dp *d, struct pkt *p, struct ways *w)
{
	struct dp_if *ifp = dp_if_get(d, p->out_if);
	struct gre_if *g = ifp->gre;
	struct load l = { .ifp = ifp, .g = g, .nbma = g->c.dst, .protocol = GRE_PROTO_IP6,
		.tos = g->c.tos_set ? g->c.tos : (uint8_t)(get16(p->data) >> 4) };

	if (g->c.dst != 0) {
		send_one(d, p, &l, w);
		return;
	}
	ifp->info.out_drops++;
	pkt_drop(d, p, DPC_gre_no_mapping);
}

void
gre6_out_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct ways w;
	size_t i;

	ways_init(&w, now);
	for (i = 0; i < n; i++)
		out6_one(d, v[i], &w);
	ways_flush(d, &w);
}

/* --- What this router itself has to say --- */

static struct dp_if *
tunnel_get(const struct dp *d, unsigned tunnel_if)
{
	struct dp_if *ifp = dp_if_get(d, tunnel_if);

	return ifp != NULL && ifp->gre != NULL && ifp->gre->c.src != 0 ? ifp : NULL;
}

static bool
send_ours(struct dp *d, struct pkt *p, struct load *l, int64_t now)
{
	struct ways w;
	bool sent;

	p->flags = PKT_LOCAL;
	l->g = l->ifp->gre;
	l->tos = l->g->c.tos_set ? l->g->c.tos : TOS_CONTROL;
	dp_enter(d);
	ways_init(&w, now);
	sent = send_one(d, p, l, &w);
	ways_flush(d, &w);
	dp_leave(d);
	return sent;
}

bool
dp_gre_send(struct dp *d, unsigned tunnel_if, uint32_t nbma, uint16_t protocol, const void *data, size_t n, int64_t now)
{
	struct load l = { .ifp = tunnel_get(d, tunnel_if), .nbma = nbma, .protocol = protocol };
	struct pkt *p;

	if (l.ifp == NULL || !l.ifp->info.up || n > IP4_MAX - IP4_LEN - GRE_MOST)
		return false;
	if (l.ifp->gre->c.dst != 0)
		l.nbma = l.ifp->gre->c.dst;
	if (l.nbma == 0 || (p = pkt_new(d, n)) == NULL)
		return false;
	memcpy(p->data, data, n);
	return send_ours(d, p, &l, now);
}

bool
dp_gre_keepalive(struct dp *d, unsigned tunnel_if, int64_t now)
{
	struct load l = { .ifp = tunnel_get(d, tunnel_if), .protocol = GRE_PROTO_IP4 };
	struct load back;
	struct pkt *p;

	if (l.ifp == NULL || l.ifp->gre->c.dst == 0 || (p = pkt_new(d, 0)) == NULL)
		return false;
	l.nbma = l.ifp->gre->c.dst;
	back = (struct load){ l.ifp, l.ifp->gre, l.ifp->gre->c.src, GRE_PROTO_KEEPALIVE, TOS_CONTROL, false };
	if (!gre_push(p, back.g, GRE_PROTO_KEEPALIVE) || !ip_push(d, p, &back)) {
		pkt_drop(d, p, DPC_gre_room);
		return false;
	}
	/* It is what the far end would send to us. */
	put32(p->data + IP4_SRC, l.nbma);
	ip4_seal(p->data, IP4_LEN);
	p->nest = 0;
	return send_ours(d, p, &l, now);
}
