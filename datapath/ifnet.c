/* Interfaces: making, addresses, counters and their five-minute rates. */

#include <stdlib.h>
#include <string.h>

#include "datapath/arp.h"
#include "datapath/gre_run.h"
#include "datapath/ifnet.h"
#include "datapath/internal.h"
#include "datapath/ip6.h"
#include "datapath/own.h"
#include "datapath/tap.h"
#include "datapath/wire.h"
#include "datapath/worker_hook.h"
#include "lib/addr.h"
#include "lib/mem.h"

#define MTU_DEFAULT	1500
#define MTU_MAX		IP4_MAX

/* Each step of a mean keeps this share of what was: exp(-5 s / 300 s). */
#define RATE_KEEP	0.98347145382161749

static unsigned
slot_new(struct dp *d)
{
	unsigned i;

	for (i = 0; i < d->nifs; i++)
		if (d->ifs[i] == NULL)
			return i;
	d->ifs = xrealloc(d->ifs, (d->nifs + 1) * sizeof *d->ifs);
	d->nifs++;
	return i;
}

_Static_assert(offsetof(struct dp_if, info.out_packets) % DP_LINE == 0 && offsetof(struct dp_if, out.bps) % DP_LINE >= 24 + offsetof(struct rate, bps),
    "what is counted of a packet that leaves is no longer in one line");

static struct dp_if *
if_new(void)
{
	struct dp_if *ifp = aligned_alloc(DP_LINE, (sizeof *ifp + DP_LINE - 1) / DP_LINE * DP_LINE);

	if (ifp == NULL)
		fatal("no memory for an interface");
	*ifp = (struct dp_if){ .idx = 0 };
	return ifp;
}

unsigned
dp_if_add(struct dp *d, enum dp_if_kind kind, const uint8_t mac[6])
{
	struct dp_if *ifp = if_new();
	unsigned slot = slot_new(d);

	d->ifs[slot] = ifp;
	dp_changed(d);
	ifp->idx = slot + 1;
	ifp->info.kind = kind;
	ifp->info.mtu = MTU_DEFAULT;
	ifp->in.last_ns = ifp->out.last_ns = clock_now(d->clock);
	if (mac != NULL)
		memcpy(ifp->info.mac, mac, 6);
	if (kind == DP_IF_GRE)
		gre_if_new(d, ifp);
	if (d->worker != NULL)
		mirror_if_add(d, ifp->idx, kind, mac);
	return ifp->idx;
}

static void
if_free(struct dp_if *ifp)
{
	if (ifp == NULL)
		return;
	dp_acl_free(ifp->filter[DP_DIR_IN]);
	dp_acl_free(ifp->filter[DP_DIR_OUT]);
	spd_free(ifp->spd);
	free(ifp->nat);
	free(ifp->addrs);
	free(ifp);
}

void
dp_if_del(struct dp *d, unsigned ifidx)
{
	struct dp_if *ifp = dp_if_get(d, ifidx);

	if (ifp == NULL)
		return;
	arp_flush(d, ifidx);
	if6_free(d, ifp);
	dp_if_filter(d, ifidx, DP_DIR_IN, NULL);
	dp_if_filter(d, ifidx, DP_DIR_OUT, NULL);
	dp_spd_set(d, ifidx, NULL, 0);
	d->ifs[ifidx - 1] = NULL;
	dp_changed(d);
	gre_if_free(d, ifp);
	if_free(ifp);
	own_update(d, ifidx);
	if (d->worker != NULL)
		mirror_if_del(d, ifidx);
}

void
if_all_free(struct dp *d)
{
	size_t i;

	for (i = 0; i < d->nifs; i++) {
		if (d->ifs[i] == NULL)
			continue;
		if6_free(d, d->ifs[i]);
		gre_if_free(d, d->ifs[i]);
		if_free(d->ifs[i]);
		d->ifs[i] = NULL;
	}
	free(d->ifs);
	d->ifs = NULL;
	d->nifs = 0;
}

static void
announce(struct dp *d, struct dp_if *ifp)
{
	size_t i;

	if (!ifp->info.up || ifp->info.kind != DP_IF_ETHER || worker_is_other(d))
		return;
	for (i = 0; i < ifp->naddrs; i++)
		arp_announce(d, ifp, ifp->addrs[i].addr);
}

void
dp_if_set_up(struct dp *d, unsigned ifidx, bool up)
{
	struct dp_if *ifp = dp_if_get(d, ifidx);

	if (ifp == NULL || ifp->info.up == up)
		return;
	ifp->info.up = up;
	dp_changed(d);
	own_update(d, ifidx);
	if6_changed(d, ifp);
	if (d->worker != NULL)
		mirror_if_up(d, ifidx, up);
	if (up)
		announce(d, ifp);
	else
		arp_flush(d, ifidx);
}

void
dp_if_set_mtu(struct dp *d, unsigned ifidx, unsigned ip_mtu)
{
	struct dp_if *ifp = dp_if_get(d, ifidx);

	if (ifp == NULL)
		return;
	if (ip_mtu < IP4_MIN_MTU)
		ip_mtu = IP4_MIN_MTU;
	ifp->info.mtu = ip_mtu > MTU_MAX ? MTU_MAX : ip_mtu;
	dp_changed(d);
	if (d->worker != NULL)
		mirror_if_mtu(d, ifidx, ip_mtu);
}

void
dp_if_set_addr(struct dp *d, unsigned ifidx, const uint32_t *addrs, const unsigned *lens, size_t n)
{
	struct dp_if *ifp = dp_if_get(d, ifidx);
	size_t i;

	if (ifp == NULL)
		return;
	dp_changed(d);
	free(ifp->addrs);
	ifp->addrs = n > 0 ? xcalloc(n, sizeof *ifp->addrs) : NULL;
	ifp->naddrs = n;
	for (i = 0; i < n; i++) {
		ifp->addrs[i].addr = addrs[i];
		ifp->addrs[i].len = lens[i] > 32 ? 32 : lens[i];
	}
	own_update(d, ifidx);
	if (d->worker != NULL)
		mirror_if_addr(d, ifidx, addrs, lens, n);
	announce(d, ifp);
}

void
dp_if_set_tunnel(struct dp *d, unsigned ifidx, uint32_t src, uint32_t dst)
{
	struct dp_if *ifp = dp_if_get(d, ifidx);

	if (ifp == NULL)
		return;
	ifp->tun_src = src;
	ifp->tun_dst = dst;
}

void
dp_tunnel_use(struct dp *d, unsigned tunnel_if, uint32_t sa)
{
	struct dp_if *ifp = dp_if_get(d, tunnel_if);

	if (ifp != NULL)
		ifp->tun_sa = sa;
	dp_changed(d);
	if (d->worker != NULL)
		mirror_tunnel_use(d, tunnel_if, sa);
}

bool
if_has_addr(const struct dp_if *ifp, uint32_t addr)
{
	size_t i;

	for (i = 0; i < ifp->naddrs; i++)
		if (ifp->addrs[i].addr == addr)
			return true;
	return false;
}

static const struct dp_if_addr *
net_find(const struct dp_if *ifp, uint32_t addr)
{
	size_t i;

	for (i = 0; i < ifp->naddrs; i++)
		if (((ifp->addrs[i].addr ^ addr) & ip4_mask(ifp->addrs[i].len)) == 0)
			return &ifp->addrs[i];
	return NULL;
}

bool
if_on_link(const struct dp_if *ifp, uint32_t addr)
{
	return net_find(ifp, addr) != NULL;
}

uint32_t
if_addr_for(const struct dp_if *ifp, uint32_t next_hop)
{
	const struct dp_if_addr *a = net_find(ifp, next_hop);

	if (a != NULL)
		return a->addr;
	return ifp->naddrs > 0 ? ifp->addrs[0].addr : 0;
}

static double
keep_over(int64_t steps)
{
	double share = RATE_KEEP, keep = 1;

	for (; steps > 0; steps >>= 1, share *= share)
		if (steps & 1)
			keep *= share;
	return keep;
}

/* Moves the mean on to now: what was counted is spread over the steps up to the last packet, then come
 * steps without any. */
void
rate_move(struct rate *r, int64_t now)
{
	int64_t steps = (now - r->last_ns) / RATE_STEP_NS, busy;
	double keep;

	if (steps <= 0)
		return;
	busy = (r->seen_ns - r->last_ns) / RATE_STEP_NS + 1;
	if (r->packets == 0 || busy < 1)
		busy = 1;
	if (busy > steps)
		busy = steps;
	keep = keep_over(busy);
	r->bps = r->bps * keep + (double)r->bytes * 8 / (5.0 * (double)busy) * (1 - keep);
	r->pps = r->pps * keep + (double)r->packets / (5.0 * (double)busy) * (1 - keep);
	keep = keep_over(steps - busy);
	r->bps *= keep;
	r->pps *= keep;
	r->bytes = r->packets = 0;
	r->last_ns += steps * RATE_STEP_NS;
}

bool
dp_if_info(const struct dp *d, unsigned ifidx, struct dp_if_info *out)
{
	const struct dp_if *ifp = dp_if_get(d, ifidx);
	struct rate in, to;

	if (ifp == NULL)
		return false;
	in = ifp->in;
	to = ifp->out;
	rate_move(&in, clock_now(d->clock));
	rate_move(&to, clock_now(d->clock));
	*out = ifp->info;
	out->rate_in_bps = (unsigned)(in.bps + 0.5);
	out->rate_in_pps = (unsigned)(in.pps + 0.5);
	out->rate_out_bps = (unsigned)(to.bps + 0.5);
	out->rate_out_pps = (unsigned)(to.pps + 0.5);
	if (d->worker != NULL)
		worker_if_info(d, ifidx, out);
	return true;
}

void
dp_if_untaken(struct dp *d, unsigned ifidx, size_t n)
{
	struct dp_if *ifp = dp_if_get(d, ifidx);

	d->count[DPC_out_wire] += n;
	if (ifp != NULL)
		ifp->info.out_drops += n;
}

/* Rates and the times of the last packets stay, as they are no counters. */
void
dp_if_clear_counters(struct dp *d, unsigned ifidx)
{
	struct dp_if *ifp = dp_if_get(d, ifidx);
	struct dp_if_info *i;

	if (ifp == NULL)
		return;
	i = &ifp->info;
	i->in_packets = i->in_bytes = i->out_packets = i->out_bytes = 0;
	i->in_errors = i->out_errors = i->in_drops = i->out_drops = i->in_broadcasts = 0;
	if (d->worker != NULL)
		mirror_if_clear(d, ifidx);
}

/* Frames that are seen, counted and given away one by one. */
static void
tx_each(struct dp *d, struct dp_if *ifp, struct pkt **v, size_t n, int64_t now)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if_count_out(ifp, 1, v[i]->len, now);
		dp_tap(d, DP_TAP_FRAME, ifp->idx, true, v[i]->data, v[i]->len, now);
		if (d->ops.tx != NULL)
			d->ops.tx(d->arg, ifp->idx, v[i]->data, v[i]->len);
	}
}

void
if_tx(struct dp *d, struct dp_if *ifp, struct pkt **v, size_t n, int64_t now)
{
	struct dp_frame f[DP_BATCH];
	uint64_t bytes = 0;
	size_t i;

	if (d->ops.tx_batch == NULL) {
		tx_each(d, ifp, v, n, now);
		return;
	}
	for (i = 0; i < n; i++) {
		f[i] = (struct dp_frame){ v[i]->data, v[i]->len };
		bytes += v[i]->len;
		dp_tap(d, DP_TAP_FRAME, ifp->idx, true, v[i]->data, v[i]->len, now);
	}
	if_count_out(ifp, n, bytes, now);
	d->ops.tx_batch(d->arg, ifp->idx, f, n);
}

void
if_tx_frames(struct dp *d, struct dp_if *ifp, struct dp_frame *f, size_t n, int64_t now)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < n; i++)
		bytes += f[i].len;
	if_count_out(ifp, n, bytes, now);
	if (d->ops.tx_batch != NULL)
		d->ops.tx_batch(d->arg, ifp->idx, f, n);
	else
		for (i = 0; i < n && d->ops.tx != NULL; i++)
			d->ops.tx(d->arg, ifp->idx, f[i].data, f[i].len);
}
