/*
 * What is known of destinations: a table by hash in which each has one of four places in a row.  It is made with the first vector that is
 * worth it, grows as places get few, to two megabytes at most, and is void as a whole when anything changes on which it rests.
 */

#include <stdlib.h>

#include "datapath/arp.h"
#include "datapath/lane_int.h"
#include "datapath/worker_hook.h"
#include "lib/mem.h"

#define FLOWS_FIRST	64
#define FLOWS_MOST	32768

static struct lane_flow *
flows_new(size_t n)
{
	struct lane_flow	*f = aligned_alloc(DP_LINE, n * sizeof(*f));
	size_t			 i;

	if (f == NULL)
		fatal("no memory for %zu flows", n);
	for (i = 0; i < n; i++)
		f[i] = (struct lane_flow){ .gen = 0 };
	return f;
}

static void
resize(struct lane *l, size_t n)
{
	free(l->flows);
	l->flows = flows_new(n);
	l->mask = (uint32_t)n - 1;
	l->shift = 32 - (uint32_t)__builtin_ctzll(n);
	l->pushed = 0;
}

void
lane_ready(struct dp *d)
{
	struct lane	*l = d->lane;
	size_t		 n;

	if (l == NULL) {
		d->lane = l = xcalloc(1, sizeof(*l));
		resize(l, FLOWS_FIRST);
	}
	n = (size_t)l->mask + 1;
	if (l->pushed > n / 8 && n < FLOWS_MOST)
		resize(l, n * 4 < FLOWS_MOST ? n * 4 : FLOWS_MOST);
}

void
lane_free(struct dp *d)
{
	if (d->lane == NULL)
		return;
	free(d->lane->flows);
	free(d->lane);
	d->lane = NULL;
}

/* Of several workers this one need ask nobody about packets by the interface. */
static bool
all_here(const struct dp *d, const struct dp_if *ifp)
{
	return d->worker == NULL || worker_alone(d, ifp->idx);
}

/* By Ethernet, to a neighbour who is known. */
static bool
by_link(struct dp *d, struct lane_flow *f, const struct dp_if *ifp, uint32_t next_hop)
{
	const uint8_t	*mac;

	if (ifp == NULL || ifp->info.kind != DP_IF_ETHER || !all_here(d, ifp) || (mac = arp_mac(d, ifp->idx, next_hop)) == NULL)
		return false;
	memcpy(f->head, mac, 6);
	memcpy(f->head + 6, ifp->info.mac, 6);
	put16(f->head + 12, ETHERTYPE_IP4);
	f->out_if = ifp->idx;
	f->most = (uint16_t)ifp->info.mtu;
	return true;
}

/* Into ESP of tunnel mode over IPv4, which leaves by Ethernet. */
static bool
by_tunnel(struct dp *d, struct lane_flow *f, struct dp_if *tunnel)
{
	struct sa	*s = sa_by_handle(d, tunnel->tun_sa);
	enum dp_counter	 why;
	struct dp_if	*out;
	uint32_t	 next_hop = 0;
	unsigned	 mtu;

	if (s == NULL || (s->flags & (SA_F_OUT | SA_F_TRANSPORT | SA_F_AH | SA_F_V6 | SA_F_IN6)) != SA_F_OUT)
		return false;
	if (d->worker != NULL && (!worker_has(d, s->spi) || !worker_alone(d, tunnel->idx)))
		return false;
	out = ip_way(d, s->dst, &next_hop, &why);
	if (!by_link(d, f, out, next_hop) || (mtu = sa_plaintext_mtu(d, s->handle)) < IP4_MIN_MTU)
		return false;
	f->most = (uint16_t)(mtu < tunnel->info.mtu ? mtu : tunnel->info.mtu);
	f->sa = s;
	f->tunnel = tunnel;
	return true;
}

static enum lane_kind
kind_of(struct dp *d, struct lane_flow *f)
{
	enum dp_counter	 why;
	uint32_t	 next_hop = 0;
	struct dp_if	*ifp;
	unsigned	 ours;

	if (!ip_is_host(f->dst))
		return LANE_NOT;
	switch (own_find(d->own, f->dst, &ours)) {
	case OWN_ADDR:
		return LANE_OURS;
	case OWN_BCAST:
		return LANE_NOT;
	case OWN_NOT:
		break;
	}
	ifp = ip_way(d, f->dst, &next_hop, &why);
	if (ifp != NULL && ifp->info.kind == DP_IF_VTI)
		return by_tunnel(d, f, ifp) ? LANE_TUNNEL : LANE_NOT;
	return by_link(d, f, ifp, next_hop) ? LANE_LINK : LANE_NOT;
}

/* A place that is void; else the first of those where it may be, if that one may go. */
static struct lane_flow *
place_for(const struct dp *d, uint32_t dst, bool push)
{
	struct lane	*l = d->lane;
	uint32_t	 at = lane_home(l, dst), k;

	for (k = 0; k < LANE_PROBES; k++)
		if (l->flows[(at + k) & l->mask].gen != d->gen)
			return &l->flows[(at + k) & l->mask];
	l->pushed++;
	return push ? &l->flows[at & l->mask] : NULL;
}

struct lane_flow *
lane_learn(struct dp *d, uint32_t dst, bool push)
{
	struct lane_flow	*f = place_for(d, dst, push);

	if (f == NULL)
		return NULL;
	*f = (struct lane_flow){ .dst = dst };
	f->kind = (uint8_t)kind_of(d, f);
	f->gen = d->gen;
	return f;
}
