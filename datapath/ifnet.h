#ifndef INSPIRE_DATAPATH_IFNET_H
#define INSPIRE_DATAPATH_IFNET_H

/* Interfaces of the datapath: their counters and how a frame leaves. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "datapath/internal.h"
#include "datapath/wire.h"

/* The mean is moved on in whole steps. */
#define RATE_STEP_NS	(5 * NSEC_SEC)
void	 rate_move(struct rate *r, int64_t now);

static inline void
rate_count(struct rate *r, uint64_t packets, uint64_t bytes, int64_t now)
{
	if (__builtin_expect(now - r->last_ns >= RATE_STEP_NS, 0))
		rate_move(r, now);
	r->seen_ns = now;
	r->packets += packets;
	r->bytes += bytes;
}

static inline void
if_count_in(struct dp_if *ifp, uint64_t packets, uint64_t bytes, int64_t now)
{
	ifp->info.in_packets += packets;
	ifp->info.in_bytes += bytes;
	ifp->info.last_in_ns = now;
	rate_count(&ifp->in, packets, bytes, now);
}

static inline void
if_count_out(struct dp_if *ifp, uint64_t packets, uint64_t bytes, int64_t now)
{
	ifp->info.out_packets += packets;
	ifp->info.out_bytes += bytes;
	ifp->info.last_out_ns = now;
	rate_count(&ifp->out, packets, bytes, now);
}

/* The MTU bounds what we send; what comes may be as long as Ethernet carries anyway. */
static inline size_t
if_frame_most(const struct dp_if *ifp)
{
	return ETH_LEN + (size_t)(ifp->info.mtu > ETH_MTU ? ifp->info.mtu : ETH_MTU);
}

#define IF_AHEAD	8		/* frames that are fetched before their turn */

/* The headers up to that of ESP, which may lie across two lines. */
static inline void
if_frame_fetch(const struct dp_frame *f)
{
	__builtin_prefetch(f->data, 1);
	__builtin_prefetch(f->data + ETH_LEN + IP4_LEN + 8, 1);
}

/* Whole frames of one interface, at most DP_BATCH, to ops->tx_batch or ops->tx.  They stay the caller's. */
void	 if_tx(struct dp *d, struct dp_if *ifp, struct pkt **v, size_t n, int64_t now);
/* The same of frames that no packets stand for; n may not be 0. */
void	 if_tx_frames(struct dp *d, struct dp_if *ifp, struct dp_frame *f, size_t n, int64_t now);
bool	 if_has_addr(const struct dp_if *ifp, uint32_t addr);
bool	 if_on_link(const struct dp_if *ifp, uint32_t addr);	/* addr is in one of its networks */
/* The interface's address for talking to next_hop: of the same network, else the primary one; 0 if it has none. */
uint32_t if_addr_for(const struct dp_if *ifp, uint32_t next_hop);
void	 if_all_free(struct dp *d);

#endif
