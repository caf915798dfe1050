#ifndef INSPIRE_DATAPATH_PKT_H
#define INSPIRE_DATAPATH_PKT_H

/*
 * A packet: its bytes with room before and behind, and what the stages know of it.  Packets come from the
 * pool of their datapath, which grows on demand and keeps what it has; who holds the pointer owns the packet.
 *
 * The bytes are the packet's own, or lie in a frame that is lent for a call into the datapath (dp_input_lent()): who keeps a packet
 * for longer than the stage makes them its own first (pkt_own()).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "datapath/datapath.h"

struct dp;

enum pkt_kind { PKT_OF_SMALL, PKT_OF_LARGE, PKT_OF_NONE };	/* by its own bytes */

#define PKT_HEADROOM	DP_HEADROOM
#define PKT_TAILROOM	DP_TAILROOM
#define PKT_SMALL	2048	/* bytes of the buffer, room included */
#define PKT_LARGE	(65536 + PKT_HEADROOM + PKT_TAILROOM)
#define PKT_POOL_MAX	4096	/* packets that a datapath may hold at a time */
#define PKT_LARGE_KEEP	4	/* large ones that the pool keeps; the others go back to the heap */

#define PKT_LOCAL	0x01	/* made by this router */
#define PKT_LINK_BCAST	0x02	/* came by link-layer broadcast or multicast */
#define PKT_IP_BCAST	0x04	/* for a broadcast address */
#define PKT_DECAP	0x08	/* came out of ESP or AH; set by esp_in_batch */
#define PKT_ENCAP	0x10	/* was put into ESP or AH: no policy for it any more; set by esp_out_batch */
#define PKT_BYPASS	0x20	/* key exchange of our own: no policy */
#define PKT_REASSEMBLED	0x40
#define PKT_UDP		0x80	/* ESP that came in UDP, from sport */

struct pkt {
	/* First line: what most stages look at. */
	uint8_t		*data;		/* IP header (link stages: Ethernet header) */
	uint32_t	 len;		/* bytes from data on */
	uint32_t	 cap;		/* bytes from base on */
	uint8_t		*base;		/* where the room before data begins */
	/* Of the IP header at data, host order, set by ip_input_batch() or pkt_parse(). */
	uint32_t	 src, dst;
	uint8_t		 proto, ihl;	/* ihl in bytes */
	uint8_t		 flags;		/* PKT_* */
	uint8_t		 nest;		/* times it went into or out of a tunnel */
	unsigned	 in_if;		/* 0 = made here */
	unsigned	 out_if;	/* 0 = not routed yet */
	uint32_t	 next_hop;
	uint32_t	 sa;		/* outbound: the SA to leave by; after esp_in_batch: that it came by */
	uint32_t	 nbma;		/* who sent the GRE packet that it came out of, 0 = none */
	uint16_t	 sport;		/* PKT_UDP: the UDP port that it came from */
	bool		 v6;		/* IPv6: see ip6.h for what differs */
	uint8_t		 kind;		/* which of the pool's lists it came from */
	/* Second line. */
	uint64_t	 cb[7];		/* scratch of the stage that holds the packet */
	struct pkt	*next;		/* for who owns the packet: free list, queues */
	uint8_t		 own[];		/* its own bytes; none if they are lent */
};

struct pkt_pool {
	struct pkt	*free[3];	/* by kind */
	size_t		 nlarge;	/* free large ones */
	size_t		 held;		/* packets out of the pool */
	size_t		 limit;		/* of held */
	uint64_t	 allocs;	/* calls of the heap so far: stands still after warm-up */
};

/* len bytes at data, not filled; everything else zero.  NULL if there is no memory (counted). */
struct pkt	*pkt_new(struct dp *d, size_t len);
/* One whose len bytes at data lie in a frame, with PKT_HEADROOM before and PKT_TAILROOM behind. */
struct pkt	*pkt_lent(struct dp *d, uint8_t *data, size_t len);
/* The packet with bytes of its own, maybe in another place, all fields kept; NULL (dropped, counted) if there is no memory. */
struct pkt	*pkt_own(struct dp *d, struct pkt *p);
void		 pkt_free(struct dp *d, struct pkt *p);
void		 pkt_free_all(struct dp *d, struct pkt **v, size_t n);
void		 pkt_pool_init(struct pkt_pool *pool);
void		 pkt_pool_fini(struct pkt_pool *pool);	/* all packets must be back */

static inline size_t
pkt_headroom(const struct pkt *p)
{
	return (size_t)(p->data - p->base);
}

static inline size_t
pkt_tailroom(const struct pkt *p)
{
	return p->cap - pkt_headroom(p) - p->len;
}

/* Both give NULL if there is no room. */
static inline uint8_t *
pkt_push(struct pkt *p, size_t n)
{
	if (n > pkt_headroom(p))
		return NULL;
	p->len += (uint32_t)n;
	return p->data -= n;
}

static inline uint8_t *
pkt_put(struct pkt *p, size_t n)
{
	uint8_t *tail = p->data + p->len;

	if (n > pkt_tailroom(p))
		return NULL;
	p->len += (uint32_t)n;
	return tail;
}

/* n <= len */
static inline void
pkt_pull(struct pkt *p, size_t n)
{
	p->data += n;
	p->len -= (uint32_t)n;
}

#endif
