/* IPv4 on the way out: forwarding, choice of way and policy, the tunnel's MTU, fragments, the link. */

#include "datapath/arp.h"
#include "datapath/fib.h"
#include "datapath/frag.h"
#include "datapath/gre_run.h"
#include "datapath/icmp.h"
#include "datapath/ifnet.h"
#include "datapath/ip.h"
#include "datapath/link.h"
#include "datapath/nat.h"
#include "datapath/own.h"
#include "datapath/tap.h"
#include "datapath/wire.h"

#define TTL_DEFAULT	255

void
ip_forward_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct vec on;
	size_t i;

	vec_init(&on, ip_route_batch, now);
	n = spd_in_keep(d, v, n);
	for (i = 0; i < n; i++) {
		v[i]->sa = SA_NONE;
		if (ip_clear_refused(d, v[i]))
			continue;
		if (v[i]->data[IP4_TTL] <= 1) {
			icmp_error(d, v[i], ICMP_TIME_EXCEEDED, 0, 0, now);
			pkt_drop(d, v[i], DPC_ip_ttl);
			continue;
		}
		ttl_step(v[i]->data);
		vec_put(d, &on, v[i]);
	}
	vec_flush(d, &on);
}

/* The way to dst: an interface that is up, and the next hop there.  A route without an interface is looked up
 * by its next hop, once.  NULL: *why says why. */
static struct dp_if *
way_by(const struct dp *d, struct fib_hop hop, uint32_t dst, uint32_t *next_hop, enum dp_counter *why)
{
	struct dp_if *ifp;

	*why = DPC_ip_no_route;
	*next_hop = hop.via != 0 ? hop.via : dst;
	if (hop.ifidx == 0 && (!fib_find(d->fib, hop.via, &hop) || hop.ifidx == 0))
		return NULL;
	if (hop.via != 0)
		*next_hop = hop.via;
	ifp = dp_if_get(d, hop.ifidx);
	if (ifp == NULL || ifp->info.kind == DP_IF_LOOPBACK)
		return NULL;
	*why = DPC_if_down;
	return ifp->info.up ? ifp : NULL;
}

struct dp_if *
ip_way(const struct dp *d, uint32_t dst, uint32_t *next_hop, enum dp_counter *why)
{
	struct fib_hop hop;

	*why = DPC_ip_no_route;
	return fib_find(d->fib, dst, &hop) ? way_by(d, hop, dst, next_hop, why) : NULL;
}

/* The way of the packet before, for those to the same place; a vector's, since nothing changes beneath one. */
struct way {
	struct dp_if	*ifp;		/* NULL = none yet, or no way */
	uint32_t	 dst, next_hop;
};

static inline struct dp_if *
way_again(const struct dp *d, struct way *w, uint32_t dst, const struct fib_hop *hop, enum dp_counter *why)
{
	if (w->ifp != NULL && w->dst == dst)
		return w->ifp;
	w->dst = dst;
	if (hop != NULL && hop->ifidx != 0)
		w->ifp = way_by(d, *hop, dst, &w->next_hop, why);
	else
		w->ifp = ip_way(d, dst, &w->next_hop, why);
	return w->ifp;
}

unsigned
dp_path_mtu(const struct dp *d, uint32_t dst)
{
	enum dp_counter why;
	uint32_t next_hop;
	struct dp_if *ifp = ip_way(d, dst, &next_hop, &why);

	return ifp != NULL ? ifp->info.mtu : 0;
}

static __attribute__((noinline)) void
no_way(struct dp *d, struct pkt *p, enum dp_counter why, int64_t now)
{
	if (!(p->flags & PKT_LOCAL))
		icmp_error(d, p, ICMP_UNREACH, UNREACH_NET, 0, now);
	pkt_drop(d, p, why);
}

/* Chooses the way of p; NULL if there is none, and p is gone.  hop: what its route is, if that was found before, or NULL. */
static inline struct dp_if *
route_one(struct dp *d, struct way *w, struct pkt *p, const struct fib_hop *hop, int64_t now)
{
	enum dp_counter why = DPC_ip_no_route;
	struct dp_if *ifp = way_again(d, w, p->dst, hop, &why);

	if (__builtin_expect(ifp == NULL, 0)) {
		no_way(d, p, why, now);
		return NULL;
	}
	p->next_hop = w->next_hop;
	p->out_if = ifp->idx;
	return ifp;
}

/*
 * A vector whose packets go by many tunnels: their routes are found, and then what lies behind them is fetched step by step for all,
 * interface, SA, keys, so that one miss waits beside the others.
 */
static void
ways_fetch(const struct dp *d, struct pkt **v, size_t n, struct fib_hop *hops)
{
	const struct dp_if *ifp;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!fib_find(d->fib, v[i]->dst, &hops[i]))
			hops[i] = (struct fib_hop){ 0, 0 };
		else if (hops[i].ifidx - 1 < d->nifs)
			__builtin_prefetch(&d->ifs[hops[i].ifidx - 1]);
	}
	for (i = 0; i < n; i++)
		if ((ifp = dp_if_get(d, hops[i].ifidx)) != NULL) {
			__builtin_prefetch(&ifp->info);
			__builtin_prefetch(&ifp->info.out_packets, 1);
		}
	for (i = 0; i < n; i++)
		if ((ifp = dp_if_get(d, hops[i].ifidx)) != NULL && ifp->info.kind == DP_IF_VTI)
			sa_fetch(d, ifp->tun_sa);
	for (i = 0; i < n; i++)
		if ((ifp = dp_if_get(d, hops[i].ifidx)) != NULL && ifp->info.kind == DP_IF_VTI)
			sa_fetch_keys(d, ifp->tun_sa);
}

/* The tunnel's SA of the moment; false if it has none, and p is gone. */
static bool
tunnel_sa(struct dp *d, struct pkt *p)
{
	struct dp_if *ifp = dp_if_get(d, p->out_if);

	p->sa = ifp->tun_sa;
	if (__builtin_expect(p->sa != SA_NONE && sa_usable(d, p->sa), 1))
		return true;
	dp_event_no_sa(d, ifp->idx, p->src, p->dst);
	ifp->info.out_drops++;
	pkt_drop(d, p, DPC_out_no_sa);
	return false;
}

/* A routed packet: into a tunnel, under a policy, or as it is. */
static void
route_sort(struct dp *d, struct pkt *p, struct vec *plain, struct vec *protect, struct vec *policy, struct vec *gre)
{
	const struct dp_if *ifp = dp_if_get(d, p->out_if);
	enum dp_if_kind kind = ifp->info.kind;
	bool tunnel = kind == DP_IF_VTI || kind == DP_IF_GRE;

	if (!(p->flags & PKT_LOCAL))
		d->count[DPC_ip_forwarded]++;
	if (p->nest >= DP_NEST_MAX && tunnel)
		pkt_drop(d, p, DPC_out_nested);
	else if (kind == DP_IF_GRE)
		vec_put(d, gre, p);
	else if (tunnel) {
		if (__builtin_expect(sa_may_end(d, ifp->tun_sa), 0))
			vec_flush(d, protect);
		if (tunnel_sa(d, p))
			vec_put(d, protect, p);
	} else if (!(p->flags & (PKT_ENCAP | PKT_BYPASS)) && policy_match(d, p))
		vec_put(d, protect, p);
	else if (!(p->flags & (PKT_ENCAP | PKT_BYPASS)) && ifp->spd != NULL)
		vec_put(d, policy, p);
	else
		vec_put(d, plain, p);
}

/* A packet from us to us needs no wire. */
static bool
loops_back(struct dp *d, struct pkt *p)
{
	unsigned ifidx;

	if (!(p->flags & PKT_LOCAL) || own_find(d->own, p->dst, &ifidx) != OWN_ADDR)
		return false;
	p->in_if = 0;
	return true;
}

void
ip_route_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct vec plain, protect, policy, gre, back;
	struct fib_hop hops[DP_BATCH];
	struct way way = { NULL, 0, 0 };
	bool many = n > 1 && n <= DP_BATCH && v[0]->dst != v[1]->dst && d->nat == NULL;
	size_t i;

	if (many)
		ways_fetch(d, v, n, hops);

	vec_init(&plain, ip_output_batch, now);
	vec_init(&protect, protect_batch, now);
	vec_init(&policy, spd_out_batch, now);
	vec_init(&gre, gre_out_batch, now);
	vec_init(&back, ip_local_batch, now);
	for (i = 0; i < n; i++) {
		if (d->nat != NULL && v[i]->flags & PKT_LOCAL && v[i]->proto == PROTO_ICMP)
			nat_own_error(d, v[i], now);
		if (loops_back(d, v[i]))
			vec_put(d, &back, v[i]);
		else if (route_one(d, &way, v[i], many ? &hops[i] : NULL, now) != NULL && (d->nat == NULL || nat_out(d, &v[i], now)))
			route_sort(d, v[i], &plain, &protect, &policy, &gre);
	}
	vec_flush(d, &policy);
	vec_flush(d, &protect);
	vec_flush(d, &gre);
	vec_flush(d, &plain);
	vec_flush(d, &back);
}

struct sink {
	struct dp	*d;
	struct vec	*v;
};

static void
sink_put(void *arg, struct pkt *p)
{
	struct sink *s = arg;

	vec_put(s->d, s->v, p);
}

static void
cut_into(struct dp *d, struct pkt *p, unsigned mtu, struct vec *v)
{
	struct sink s = { d, v };

	frag_cut(d, p, mtu, sink_put, &s);
}

static unsigned
tunnel_mtu(const struct dp *d, const struct pkt *p)
{
	const struct dp_if *ifp = dp_if_get(d, p->out_if);
	unsigned mtu = sa_plaintext_mtu(d, p->sa);

	if (ifp->info.kind == DP_IF_VTI && ifp->info.mtu < mtu)
		mtu = ifp->info.mtu;
	return mtu < IP4_MIN_MTU ? IP4_MIN_MTU : mtu;
}

/* What fits the tunnel of the packet before, for those that take the same. */
struct fit {
	struct dp_if	*ifp;		/* NULL = none yet */
	uint32_t	 sa;
	unsigned	 mtu;
	bool		 vti;
};

static inline void
fit_for(const struct dp *d, struct fit *f, const struct pkt *p)
{
	if (f->ifp != NULL && f->sa == p->sa && f->ifp->idx == p->out_if)
		return;
	f->ifp = dp_if_get(d, p->out_if);
	f->sa = p->sa;
	f->mtu = tunnel_mtu(d, p);
	f->vti = f->ifp->info.kind == DP_IF_VTI;
}

static void
protect_long(struct dp *d, struct pkt *p, unsigned mtu, struct vec *out)
{
	if (sa_cut_after(d, p->sa)) {
		vec_put(d, out, p);
		return;
	}
	d->count[DPC_out_frag_before]++;
	cut_into(d, p, mtu, out);
}

static void
protect_one(struct dp *d, struct pkt *p, struct fit *f, struct vec *out)
{
	unsigned mtu = f->mtu;

	if (p->len > mtu && get16(p->data + IP4_FRAG) & IP4_DF) {
		icmp_error(d, p, ICMP_UNREACH, UNREACH_FRAG, mtu, out->now);
		pkt_drop(d, p, DPC_out_too_big);
		return;
	}
	if (f->vti) {
		if_count_out(f->ifp, 1, p->len, out->now);
		dp_tap(d, DP_TAP_TUNNEL, f->ifp->idx, true, p->data, p->len, out->now);
	}
	if (p->len <= mtu)
		vec_put(d, out, p);
	else
		protect_long(d, p, mtu, out);
}

void
protect_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct fit fit = { .ifp = NULL };
	struct vec out;
	size_t i;

	vec_init(&out, esp_out_batch, now);
	n = filter_tunnel_keep(d, v, n, now);
	for (i = 0; i < n; i++) {
		fit_for(d, &fit, v[i]);
		protect_one(d, v[i], &fit, &out);
	}
	vec_flush(d, &out);
}

/* Pieces of a packet that is cut. */
static void
link_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (v[i]->flags & PKT_ENCAP)
			d->count[DPC_engine_send]++;
		arp_output(d, v[i], now);
	}
}

/* Too long for its link. */
static void
output_long(struct dp *d, struct pkt *p, unsigned mtu, int64_t now)
{
	struct vec pieces;

	vec_init(&pieces, link_batch, now);
	if (get16(p->data + IP4_FRAG) & IP4_DF) {
		icmp_error(d, p, ICMP_UNREACH, UNREACH_FRAG, mtu, now);
		pkt_drop(d, p, DPC_ip_df);
	} else {
		cut_into(d, p, mtu, &pieces);
		vec_flush(d, &pieces);
	}
}

static void
output_all(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct outbox box;
	unsigned mtu;
	size_t i;

	outbox_init(&box, now);
	for (i = 0; i < n; i++) {
		mtu = dp_if_get(d, v[i]->out_if)->info.mtu;
		if (__builtin_expect(v[i]->len > mtu, 0)) {
			outbox_flush(d, &box);
			output_long(d, v[i], mtu, now);
			continue;
		}
		d->count[DPC_engine_send] += (v[i]->flags & PKT_ENCAP) != 0;
		outbox_put(d, &box, v[i]);
	}
	outbox_flush(d, &box);
}

/* Routes what came out of ESP.  True if it goes by a link; else it went to a tunnel in turn, or is gone. */
static bool
route_outer(struct dp *d, struct way *way, struct pkt *p, struct vec *again, struct vec *gre, int64_t now)
{
	const struct dp_if *ifp = route_one(d, way, p, NULL, now);
	enum dp_if_kind kind;

	if (ifp == NULL)
		return false;
	d->count[DPC_engine_next_hop] += (p->flags & PKT_ENCAP) != 0;
	kind = ifp->info.kind;
	if (kind != DP_IF_VTI && kind != DP_IF_GRE)
		return true;
	if (p->nest >= DP_NEST_MAX)
		pkt_drop(d, p, DPC_out_nested);
	else if (kind == DP_IF_GRE)
		vec_put(d, gre, p);
	else if (tunnel_sa(d, p))
		vec_put(d, again, p);
	return false;
}

void
ip_output_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct way way = { NULL, 0, 0 };
	struct vec again, gre;
	size_t i, m = 0;

	vec_init(&again, protect_batch, now);
	vec_init(&gre, gre_out_batch, now);
	for (i = 0; i < n; i++)
		if (v[i]->out_if != 0 || route_outer(d, &way, v[i], &again, &gre, now))
			v[m++] = v[i];
	m = filter_out_keep(d, v, m, now);
	output_all(d, v, m, now);
	vec_flush(d, &again);
	vec_flush(d, &gre);
}

void
ip_make(struct dp *d, struct pkt *p, const struct ip_make *m)
{
	uint8_t *ip = p->data;

	memset(ip, 0, IP4_LEN);
	ip[0] = 0x45;
	ip[IP4_TOS] = m->tos;
	put16(ip + IP4_TOTAL, p->len);
	put16(ip + IP4_ID, dp_ip_id(d));
	put16(ip + IP4_FRAG, m->df ? IP4_DF : 0);
	ip[IP4_TTL] = m->ttl != 0 ? m->ttl : TTL_DEFAULT;
	ip[IP4_PROTO] = m->proto;
	put32(ip + IP4_SRC, m->src);
	put32(ip + IP4_DST, m->dst);
	ip4_seal(ip, IP4_LEN);
	pkt_parse(p);
	p->flags = PKT_LOCAL;
	p->sa = SA_NONE;
	p->out_if = p->in_if = p->nest = 0;
}

void
ip_send(struct dp *d, struct pkt *p, int64_t now)
{
	d->count[DPC_ip_out]++;
	ip_route_batch(d, &p, 1, now);
}

uint32_t
dp_source_for(const struct dp *d, uint32_t dst)
{
	enum dp_counter why;
	struct dp_if *ifp;
	uint32_t next_hop;
	unsigned ifidx;

	if (own_find(d->own, dst, &ifidx) == OWN_ADDR)
		return dst;
	ifp = ip_way(d, dst, &next_hop, &why);
	return ifp != NULL ? if_addr_for(ifp, next_hop) : 0;
}

uint32_t
ip_source(struct dp *d, uint32_t src, uint32_t dst)
{
	enum dp_counter why = DPC_ip_no_source;
	uint32_t use = dp_source_for(d, dst), next_hop;
	struct dp_if *ifp;

	if (use != 0)
		return src != 0 ? src : use;
	ifp = ip_way(d, dst, &next_hop, &why);
	if (ifp != NULL && src != 0)
		return src;
	d->count[ifp != NULL ? DPC_ip_no_source : why]++;
	return 0;
}
