#ifndef INSPIRE_DATAPATH_PKT_H
#define INSPIRE_DATAPATH_PKT_H

/*
 * A packet: its bytes with room before and behind, and what the stages know of it.  Packets come from the
 * pool of their datapath, which grows on demand and keeps what it has; who holds the pointer owns the packet.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dp;

#define PKT_HEADROOM	192	/* two encapsulations and an Ethernet header */
#define PKT_TAILROOM	96	/* padding, trailer and ICV */
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
	struct pkt	*next;		/* for who owns the packet: free list, queues */
	uint8_t		*data;		/* IP header (link stages: Ethernet header) */
	uint32_t	 len;		/* bytes from data on */
	uint32_t	 cap;		/* bytes of buf */
	/* Of the IP header at data, host order, set by ip_input_batch() or pkt_parse(). */
	uint32_t	 src, dst;
	uint8_t		 proto, ihl;	/* ihl in bytes */
	uint8_t		 flags;		/* PKT_* */
	uint8_t		 nest;		/* times it went into or out of a tunnel */
	unsigned	 in_if;		/* 0 = made here */
	unsigned	 out_if;	/* 0 = not routed yet */
	uint32_t	 next_hop;
	uint32_t	 nbma;		/* who sent the GRE packet that it came out of, 0 = none */
	uint32_t	 sa;		/* outbound: the SA to leave by; after esp_in_batch: that it came by */
	bool		 v6;		/* IPv6: see ip6.h for what differs */
	uint16_t	 sport;		/* PKT_UDP: the UDP port that it came from */
	uint64_t	 cb[8];		/* scratch of the stage that holds the packet */
	uint8_t		 buf[];
};

struct pkt_pool {
	struct pkt	*small, *large;	/* free */
	size_t		 nlarge;	/* free large ones */
	size_t		 held;		/* packets out of the pool */
	size_t		 limit;		/* of held */
	uint64_t	 allocs;	/* calls of the heap so far: stands still after warm-up */
};

/* len bytes at data, not filled; everything else zero.  NULL if there is no memory (counted). */
struct pkt	*pkt_new(struct dp *d, size_t len);
void		 pkt_free(struct dp *d, struct pkt *p);
void		 pkt_pool_init(struct pkt_pool *pool);
void		 pkt_pool_fini(struct pkt_pool *pool);	/* all packets must be back */

static inline size_t
pkt_headroom(const struct pkt *p)
{
	return (size_t)(p->data - p->buf);
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
