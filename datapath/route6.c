/* IPv6 on the way out: forwarding, choice of way, the tunnel's MTU, fragments of our own, the link. */

#include <string.h>

#include "datapath/gre_run.h"
#include "datapath/ifnet.h"
#include "datapath/ip6.h"
#include "datapath/nat6.h"
#include "datapath/tap.h"
#include "lib/mem.h"

#define HOPS_DEFAULT	64

/* Packets of our own may be cut, those of others not (RFC 8200, 4.5). */
static bool
may_cut(const struct pkt *p)
{
	return p->flags & (PKT_LOCAL | PKT_ENCAP);
}

/* Has it left the scope of its addresses (RFC 4007, 9)? */
static bool
beyond_scope(const struct pkt *p)
{
	struct a6 src = ip6_src(p), dst = ip6_dst(p);

	return a6_is_any(src) || a6_is_link_local(src) || a6_is_link_local(dst);
}

void
ip6_forward_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct vec on;
	struct pkt *p;
	size_t i;

	vec_init(&on, ip6_route_batch, now);
	for (i = 0; i < n; i++) {
		p = v[i];
		p->sa = SA_NONE;
		if (beyond_scope(p)) {
			if (!a6_is_link_local(ip6_dst(p)))
				icmp6_error(d, p, ICMP6_UNREACH, UNREACH6_SCOPE, 0, now);
			pkt_drop(d, p, DPC_ip6_scope);
		} else if (p->data[IP6_HOPS] <= 1) {
			icmp6_error(d, p, ICMP6_TIME_EXCEEDED, 0, 0, now);
			pkt_drop(d, p, DPC_ip6_hops);
		} else {
			p->data[IP6_HOPS]--;
			vec_put(d, &on, p);
		}
	}
	vec_flush(d, &on);
}

/* As way_to() of route.c.  out_if is that of a destination of the link's own scope. */
static struct dp_if *
way6_to(const struct dp *d, struct a6 dst, unsigned out_if, struct a6 *next_hop, enum dp_counter *why)
{
	struct fib6_hop hop = { .ifidx = out_if };
	struct dp_if *ifp;

	*why = DPC_ip6_no_route;
	*next_hop = dst;
	if (out_if == 0 && (a6_is_multicast(dst) || a6_is_link_local(dst) || !fib6_find(d->v6->fib, dst, &hop)))
		return NULL;
	if (!a6_is_any(hop.via))
		*next_hop = hop.via;
	if (hop.ifidx == 0 && (!fib6_find(d->v6->fib, *next_hop, &hop) || hop.ifidx == 0))
		return NULL;
	if (!a6_is_any(hop.via))
		*next_hop = hop.via;
	ifp = dp_if_get(d, hop.ifidx);
	if (ifp == NULL || ifp->info.kind == DP_IF_LOOPBACK)
		return NULL;
	*why = ifp->info.up ? DPC_ip6_disabled : DPC_if_down;
	return ifp->info.up && ifp->v6 != NULL ? ifp : NULL;
}

unsigned
dp6_path_mtu(const struct dp *d, struct a6 dst)
{
	enum dp_counter why;
	struct a6 next_hop;
	struct dp_if *ifp = way6_to(d, dst, 0, &next_hop, &why);

	return ifp != NULL ? if6_mtu(ifp) : 0;
}

bool
dp6_route_lookup(const struct dp *d, struct a6 dst, struct a6 *via, unsigned *ifidx)
{
	struct fib6_hop hop;

	if (!fib6_find(d->v6->fib, dst, &hop))
		return false;
	*via = hop.via;
	*ifidx = hop.ifidx;
	return true;
}

void
dp6_route_set(struct dp *d, struct a6 prefix, unsigned len, struct a6 via, unsigned ifidx)
{
	const struct fib6_hop hop = { via, ifidx };

	fib6_set(d->v6->fib, prefix, len, &hop);
}

void
dp6_route_del(struct dp *d, struct a6 prefix, unsigned len)
{
	fib6_del(d->v6->fib, prefix, len);
}

/* Chooses the way of p; false if there is none, and p is gone. */
static bool
route_one(struct dp *d, struct pkt *p, int64_t now)
{
	enum dp_counter why;
	struct a6 hop;
	struct dp_if *ifp = way6_to(d, ip6_dst(p), p->out_if, &hop, &why);

	if (ifp != NULL) {
		p->out_if = ifp->idx;
		*ip6_hop(p) = hop;
		return true;
	}
	if (!(p->flags & PKT_LOCAL))
		icmp6_error(d, p, ICMP6_UNREACH, UNREACH6_NO_ROUTE, 0, now);
	pkt_drop(d, p, why);
	return false;
}

/* The tunnel's SA of the moment; false if it has none, and p is gone. */
static bool
tunnel_sa(struct dp *d, struct pkt *p)
{
	struct dp_if *ifp = dp_if_get(d, p->out_if);

	p->sa = ifp->tun_sa;
	if (p->sa != SA_NONE && sa_usable(d, p->sa))
		return true;
	dp_event_no_sa(d, ifp->idx, 0, 0);
	ifp->info.out_drops++;
	pkt_drop(d, p, DPC_out_no_sa6);
	return false;
}

static enum dp_if_kind
way_kind(const struct dp *d, const struct pkt *p)
{
	return dp_if_get(d, p->out_if)->info.kind;
}

/* Into a tunnel.  Takes p. */
static void
into_tunnel(struct dp *d, struct pkt *p, struct vec *protect, struct vec *gre)
{
	if (p->nest >= DP_NEST_MAX)
		pkt_drop(d, p, DPC_out_nested);
	else if (way_kind(d, p) == DP_IF_GRE)
		vec_put(d, gre, p);
	else {
		if (__builtin_expect(sa_may_end(d, dp_if_get(d, p->out_if)->tun_sa), 0))
			vec_flush(d, protect);
		if (tunnel_sa(d, p))
			vec_put(d, protect, p);
	}
}

static void
route_sort(struct dp *d, struct pkt *p, struct vec *plain, struct vec *protect, struct vec *gre)
{
	if (!(p->flags & PKT_LOCAL))
		d->count[DPC_ip6_forwarded]++;
	if (way_kind(d, p) == DP_IF_ETHER)
		vec_put(d, plain, p);
	else
		into_tunnel(d, p, protect, gre);
}

static bool
loops_back(struct dp *d, struct pkt *p)
{
	if (!(p->flags & PKT_LOCAL) || !own6_has(d, ip6_dst(p), p->out_if))
		return false;
	p->in_if = 0;
	return true;
}

static void	protect6_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
static void	gre6_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);

void
ip6_route_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct vec plain, protect, gre, back;
	size_t i;

	vec_init(&plain, ip6_output_batch, now);
	vec_init(&protect, protect6_batch, now);
	vec_init(&gre, gre6_batch, now);
	vec_init(&back, ip6_local_batch, now);
	for (i = 0; i < n; i++) {
		if (loops_back(d, v[i]))
			vec_put(d, &back, v[i]);
		else if (!route_one(d, v[i], now))
			continue;
		else if (d->v6->nat != NULL && !nat6_out(d, v[i], now))
			pkt_drop(d, v[i], DPC_nat_refused);
		else
			route_sort(d, v[i], &plain, &protect, &gre);
	}
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

	frag6_cut(d, p, mtu, sink_put, &s);
}

/* Never less than 1280: what is longer on the outside then is cut there (RFC 8200, 5). */
static unsigned
tunnel_mtu(const struct dp *d, const struct pkt *p)
{
	unsigned mtu = sa_plaintext_mtu(d, p->sa), own = if6_mtu(dp_if_get(d, p->out_if));

	if (own < mtu)
		mtu = own;
	return mtu < DP6_MTU_MIN ? DP6_MTU_MIN : mtu;
}

/* Gives p, or its pieces, to out if it fits the tunnel; else its sender is told.  False: it does not. */
static bool
fit_tunnel(struct dp *d, struct pkt *p, unsigned mtu, struct vec *out)
{
	if (p->len <= mtu) {
		vec_put(d, out, p);
		return true;
	}
	if (!may_cut(p)) {
		icmp6_error(d, p, ICMP6_TOO_BIG, 0, mtu, out->now);
		pkt_drop(d, p, DPC_out_too_big);
		return false;
	}
	d->count[DPC_out_frag_before]++;
	cut_into(d, p, mtu, out);
	return true;
}

static void
protect6_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct dp_if *ifp;
	struct vec out;
	size_t i, len;
	unsigned mtu;

	vec_init(&out, esp_out_batch, now);
	for (i = 0; i < n; i++) {
		ifp = dp_if_get(d, v[i]->out_if);
		len = v[i]->len;
		mtu = tunnel_mtu(d, v[i]);
		if (len <= mtu || may_cut(v[i]))
			dp_tap(d, DP_TAP_TUNNEL, ifp->idx, true, v[i]->data, len, now);
		if (fit_tunnel(d, v[i], mtu, &out))
			if_count_out(ifp, 1, len, now);
	}
	vec_flush(d, &out);
}

static void
gre6_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct vec out;
	size_t i;

	vec_init(&out, gre6_out_batch, now);
	for (i = 0; i < n; i++)
		fit_tunnel(d, v[i], if6_mtu(dp_if_get(d, v[i]->out_if)), &out);
	vec_flush(d, &out);
}

static void
link_output(struct dp *d, struct pkt *p, int64_t now)
{
	if (p->flags & PKT_ENCAP)
		d->count[DPC_engine_send]++;
	nd_output(d, p, now);
}

static void
link_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	size_t i;

	for (i = 0; i < n; i++)
		link_output(d, v[i], now);
}

void
pmtu6_learn(struct dp *d, struct a6 dst, unsigned mtu, int64_t now)
{
	struct pmtu6 *t, *best = NULL;

	if (d->v6->pmtu == NULL)
		d->v6->pmtu = xcalloc(PMTU6_MAX, sizeof *t);
	for (t = d->v6->pmtu; t < d->v6->pmtu + PMTU6_MAX; t++) {
		if (t->mtu != 0 && a6_eq(t->dst, dst)) {
			best = t;
			break;
		}
		if (best == NULL || t->until < best->until)
			best = t;
	}
	if (best->mtu == 0 || !a6_eq(best->dst, dst) || best->until <= now || mtu < best->mtu)
		*best = (struct pmtu6){ dst, mtu, now + PMTU6_NS };
}

/* How long our packet may be on its way. */
static unsigned
pmtu6_of(const struct dp *d, const struct pkt *p, unsigned mtu, int64_t now)
{
	const struct pmtu6 *t = d->v6->pmtu;
	struct a6 dst;

	if (t == NULL || !(p->flags & PKT_LOCAL))
		return mtu;
	dst = ip6_dst(p);
	for (; t < d->v6->pmtu + PMTU6_MAX; t++)
		if (t->mtu != 0 && t->mtu < mtu && t->until > now && a6_eq(t->dst, dst))
			return t->mtu;
	return mtu;
}

static void
output_one(struct dp *d, struct pkt *p, int64_t now)
{
	unsigned mtu = pmtu6_of(d, p, if6_mtu(dp_if_get(d, p->out_if)), now);
	struct vec pieces;

	vec_init(&pieces, link_batch, now);
	if (p->len <= mtu)
		link_output(d, p, now);
	else if (may_cut(p)) {
		cut_into(d, p, mtu, &pieces);
		vec_flush(d, &pieces);
	} else {
		icmp6_error(d, p, ICMP6_TOO_BIG, 0, mtu, now);
		pkt_drop(d, p, DPC_ip6_too_big);
	}
}

/* Routes what came out of a tunnel's making.  True if it goes by a link; else it went to a tunnel in turn, or is gone. */
static bool
route_outer(struct dp *d, struct pkt *p, struct vec *again, struct vec *gre, int64_t now)
{
	if (!route_one(d, p, now))
		return false;
	d->count[DPC_engine_next_hop] += (p->flags & PKT_ENCAP) != 0;
	if (way_kind(d, p) == DP_IF_ETHER)
		return true;
	into_tunnel(d, p, again, gre);
	return false;
}

void
ip6_output_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct vec again, gre;
	size_t i;

	vec_init(&again, protect6_batch, now);
	vec_init(&gre, gre6_batch, now);
	for (i = 0; i < n; i++)
		if (v[i]->out_if != 0 || route_outer(d, v[i], &again, &gre, now))
			output_one(d, v[i], now);
	vec_flush(d, &again);
	vec_flush(d, &gre);
}

/* --- packets that are made here --- */

void
ip6_make(struct dp *d, struct pkt *p, const struct ip6_make *m)
{
	uint8_t *ip = p->data;

	(void)d;
	put32(ip, UINT32_C(6) << 28 | (uint32_t)m->tclass << 20);
	put16(ip + IP6_PAYLOAD, p->len - IP6_LEN);
	ip[IP6_NEXT] = m->proto;
	ip[IP6_HOPS] = m->hops != 0 ? m->hops : HOPS_DEFAULT;
	a6_put(ip + IP6_SRC, m->src);
	a6_put(ip + IP6_DST, m->dst);
	ip6_parse(p);
	p->flags = PKT_LOCAL;
	p->sa = SA_NONE;
	p->in_if = p->nest = 0;
	p->out_if = m->out_if;
}

void
ip6_send(struct dp *d, struct pkt *p, int64_t now)
{
	d->count[DPC_ip6_out]++;
	ip6_route_batch(d, &p, 1, now);
}

struct a6
dp6_source_for(const struct dp *d, struct a6 dst, unsigned out_if)
{
	enum dp_counter why;
	struct a6 hop;
	struct dp_if *ifp;

	if (own6_has(d, dst, out_if))
		return dst;
	ifp = way6_to(d, dst, out_if, &hop, &why);
	return ifp != NULL ? if6_addr_for(ifp, dst) : (struct a6){ 0, 0 };
}

bool
ip6_source(struct dp *d, struct ip6_make *m)
{
	enum dp_counter why;
	struct a6 hop;

	if (own6_has(d, m->dst, m->out_if)) {
		if (a6_is_any(m->src))
			m->src = m->dst;
		return true;
	}
	if (way6_to(d, m->dst, m->out_if, &hop, &why) == NULL) {
		d->count[why]++;
		return false;
	}
	if (a6_is_any(m->src))
		m->src = dp6_source_for(d, m->dst, m->out_if);
	if (!a6_is_any(m->src))
		return true;
	d->count[DPC_ip6_no_source]++;
	return false;
}

uint16_t
ip6_sum(const uint8_t *ip, uint8_t proto, const uint8_t *upper, size_t n)
{
	return sum_done(sum_add(sum_add((uint64_t)proto + n, ip + IP6_SRC, 32), upper, n));
}
