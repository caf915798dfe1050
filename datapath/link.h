#ifndef INSPIRE_DATAPATH_LINK_H
#define INSPIRE_DATAPATH_LINK_H

/* The Ethernet header on the way out. */

#include <stdint.h>

/* Puts the header before data, pads, sends and frees p. */
void	 eth_send(struct dp *d, struct dp_if *ifp, struct pkt *p, const uint8_t to[6], unsigned type, int64_t now);

/*
 * Frames that are ready to leave, in their order.  The header of those for one next hop is made once; what is held of it is void
 * whenever frames have left, for then others had their turn.
 */
struct outbox {
	int64_t		 now;
	size_t		 n;
	unsigned	 out_if;	/* to whom head is; 0 = it is no one's */
	uint32_t	 next_hop;
	uint8_t		 head[16];
	struct pkt	*p[DP_BATCH];
};

static inline void
outbox_init(struct outbox *o, int64_t now)
{
	o->now = now;
	o->n = 0;
	o->out_if = 0;
}

/* An IPv4 packet for p->next_hop by p->out_if: among the frames if its neighbour is known; else they leave, and it goes arp_output()'s way. */
void	 outbox_put(struct dp *d, struct outbox *o, struct pkt *p);
void	 outbox_flush(struct dp *d, struct outbox *o);

#endif
