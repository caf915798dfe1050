/* A datapath's making and end, and the way in for frames. */

#include <stdlib.h>
#include <string.h>

#include "datapath/arp.h"
#include "datapath/fib.h"
#include "datapath/frag.h"
#include "datapath/gre_run.h"
#include "datapath/icmp.h"
#include "datapath/ifnet.h"
#include "datapath/internal.h"
#include "datapath/ip6.h"
#include "datapath/lane.h"
#include "datapath/nat.h"
#include "datapath/own.h"
#include "datapath/tap.h"
#include "datapath/wire.h"
#include "datapath/worker_hook.h"
#include "lib/chance.h"
#include "lib/mem.h"

struct dp *
dp_new(struct clock *clock, struct chance *chance, const struct dp_ops *ops, void *arg)
{
	struct dp *d = xcalloc(1, sizeof *d);

	d->clock = clock;
	d->chance = chance;
	d->ops = *ops;
	d->arg = arg;
	d->ev.up_tail = &d->ev.up;
	d->ip_id = (uint16_t)chance_u32(chance);
	d->gen = 1;
	pkt_pool_init(&d->pool);
	d->fib = fib_new();
	d->own = own_new();
	d->arp = arp_new();
	d->reasm = reasm_new();
	d->limits = icmp_limits_new();
	ip6_init(d);
	sad_init(d);
	return d;
}

/* Packets whose handler will not be called any more. */
static void
up_discard(struct dp *d)
{
	struct pkt *p;

	while ((p = d->ev.up) != NULL) {
		d->ev.up = p->next;
		pkt_free(d, p);
	}
}

void
dp_free(struct dp *d)
{
	if (d == NULL)
		return;
	up_discard(d);
	lane_free(d);
	sad_fini(d);
	arp_free(d);
	nat_free(d);
	reasm_free(d);
	if_all_free(d);
	gre_fini(d);
	ip6_fini(d);
	own_free(d->own);
	fib_free(d->fib);
	free(d->limits);
	free(d->ports);
	free(d->policies.sa);
	dp_events_free(d);
	pkt_pool_fini(&d->pool);
	free(d);
}

uint16_t
dp_ip_id(struct dp *d)
{
	return d->ip_id++;
}

static __attribute__((noinline)) void
frame_refuse(struct dp *d, struct dp_if *ifp, const struct dp_frame *f)
{
	d->count[f->len < ETH_LEN ? DPC_eth_short : DPC_eth_giant]++;
	ifp->info.in_errors++;
}

/* A packet of the frame: its bytes are copied, or stay where they are; NULL (counted) if it is out of bounds or there is no memory. */
static inline struct pkt *
frame_in(struct dp *d, struct dp_if *ifp, const struct dp_frame *f, bool lent)
{
	struct pkt *p;

	if (f->len < ETH_LEN || f->len > if_frame_most(ifp)) {
		frame_refuse(d, ifp, f);
		return NULL;
	}
	p = lent ? pkt_lent(d, f->data, f->len) : pkt_new(d, f->len);
	if (p == NULL) {
		ifp->info.in_drops++;
		return NULL;
	}
	if (!lent)
		memcpy(p->data, f->data, f->len);
	p->in_if = ifp->idx;
	return p;
}

static void
input_some(struct dp *d, struct dp_if *ifp, const struct dp_frame *f, size_t n, bool lent, int64_t now)
{
	struct pkt *v[DP_BATCH];
	size_t i, m = 0;

	for (i = 0; i < n && i < IF_AHEAD; i++)
		if_frame_fetch(&f[i]);
	for (i = 0; i < n; i++) {
		if (i + IF_AHEAD < n)
			if_frame_fetch(&f[i + IF_AHEAD]);
		if ((v[m] = frame_in(d, ifp, &f[i], lent)) != NULL) {
			dp_tap(d, DP_TAP_FRAME, ifp->idx, false, v[m]->data, v[m]->len, now);
			m++;
		}
	}
	eth_input_batch(d, v, m, now);
}

static void
input(struct dp *d, unsigned ifidx, const struct dp_frame *frames, size_t n, bool lent, int64_t now)
{
	struct dp_if *ifp = dp_if_get(d, ifidx);
	bool lane;
	size_t m;

	if (ifp == NULL || !ifp->info.up || ifp->info.kind != DP_IF_ETHER) {
		d->count[DPC_if_down] += n;
		return;
	}
	dp_enter(d);
	for (; n > 0; frames += m, n -= m) {
		lane = lent && lane_is_open(d, ifp);
		if (lane && (m = lane_input(d, ifp, frames, n, now)) > 0)
			continue;
		m = lane ? LANE_AGAIN : DP_BATCH;
		if (n < m)
			m = n;
		input_some(d, ifp, frames, m, lent, now);
	}
	dp_leave(d);
}

void
dp_input(struct dp *d, unsigned ifidx, struct dp_frame *frames, size_t n, int64_t now)
{
	input(d, ifidx, frames, n, false, now);
}

void
dp_input_lent(struct dp *d, unsigned ifidx, struct dp_frame *frames, size_t n, int64_t now)
{
	input(d, ifidx, frames, n, true, now);
}

bool
dp_route_lookup(const struct dp *d, uint32_t dst, uint32_t *via, unsigned *ifidx)
{
	struct fib_hop hop;

	if (!fib_find(d->fib, dst, &hop))
		return false;
	*via = hop.via;
	*ifidx = hop.ifidx;
	return true;
}

void
dp_route_set(struct dp *d, uint32_t prefix, unsigned len, uint32_t via, unsigned ifidx)
{
	fib_set(d->fib, prefix, len, via, ifidx);
	dp_changed(d);
	if (d->worker != NULL)
		mirror_route(d, prefix, len, via, ifidx);
}

void
dp_route_del(struct dp *d, uint32_t prefix, unsigned len)
{
	fib_del(d->fib, prefix, len);
	dp_changed(d);
	if (d->worker != NULL)
		mirror_route_del(d, prefix, len);
}
