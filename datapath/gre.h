#ifndef INSPIRE_DATAPATH_GRE_H
#define INSPIRE_DATAPATH_GRE_H

/*
 * GRE tunnels (RFC 2784, RFC 2890), to one far end or, multipoint, to many: there a next hop has an NBMA address
 * (RFC 2332).  A tunnel is an interface of kind DP_IF_GRE.  Addresses are in host order.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dp;

#define GRE_PROTO_KEEPALIVE	0x0000u
#define GRE_TURN_BYTES		96u

struct dp_gre {
	uint32_t	src, dst;	/* dst 0 = multipoint */
	uint32_t	key;
	bool		key_set, checksum;
	bool		sequence;	/* not with multipoint */
	bool		tos_set;	/* else the passenger's goes outside */
	bool		copy_df;	/* else no outer packet has DF */
	bool		is_protected;	/* nothing in or out but by SAs of this guard (sa_params.guard) */
	uint8_t		tos, ttl;	/* ttl 0 = 255 */
	uint32_t	guard;
};

/* What ended at a tunnel: a packet of the resolver's protocol, or a keepalive that came back. */
struct dp_gre_in {
	unsigned	 tunnel_if;
	uint32_t	 nbma_src;
	uint16_t	 protocol;
	const uint8_t	*data;		/* lent for the call */
	size_t		 len;
};

/* A packet that came by one tunnel and leaves by a multipoint one. */
struct dp_gre_turn {
	unsigned	 in_if, out_if;
	uint32_t	 nbma_src;	/* 0 = it did not come by GRE */
	uint32_t	 next_hop;
	size_t		 n;
	uint8_t		 ip[GRE_TURN_BYTES];	/* the packet's first n bytes */
};

void		 dp_gre_set(struct dp *d, unsigned tunnel_if, const struct dp_gre *g);	/* src 0: not a tunnel now */
/* The SA that packets to nbma leave by; SA_NONE: they are dropped, counted, and no_sa is called with dst nbma. */
void		 dp_gre_use(struct dp *d, unsigned tunnel_if, uint32_t nbma, uint32_t sa);
/* Counts with this endpoint of a multipoint tunnel begin, or it is forgotten. */
void		 dp_gre_peer(struct dp *d, unsigned tunnel_if, uint32_t nbma, bool on);
bool		 dp_gre_counts(const struct dp *d, unsigned tunnel_if, uint32_t nbma, uint64_t *sent, uint64_t *received);
/* Multipoint: where a next hop is; nbma 0 takes it away. */
void		 dp_nbma_set(struct dp *d, unsigned tunnel_if, uint32_t next_hop, uint32_t nbma);
void		 dp_nbma_fallback(struct dp *d, unsigned tunnel_if, uint32_t nbma);	/* for a next hop without; 0 = drop */
void		 dp_nbma_multicast(struct dp *d, unsigned tunnel_if, const uint32_t *nbma, size_t n);	/* copied */
/* False if it did not leave; counted. */
bool		 dp_gre_send(struct dp *d, unsigned tunnel_if, uint32_t nbma, uint16_t protocol, const void *p, size_t n, int64_t now);
/* Asks the far end by a packet that it forwards back to us; works while the interface is down. */
bool		 dp_gre_keepalive(struct dp *d, unsigned tunnel_if, int64_t now);
/* Since power-on: packets that a tunnel had no SA for, and such as came to a protected one without IPsec. */
void		 dp_gre_refused(const struct dp *d, uint64_t *no_sa, uint64_t *clear);
unsigned	 dp_gre_overhead(const struct dp_gre *g);	/* bytes before the passenger, outer IPv4 header included */

#endif
