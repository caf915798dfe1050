#ifndef INSPIRE_DATAPATH_GRE_RUN_H
#define INSPIRE_DATAPATH_GRE_RUN_H

/* GRE as it runs: tunnels and their far ends, the table that a packet finds its tunnel by, the header's codec. */

#include <uthash.h>

#include "datapath/internal.h"

#define GRE_LEN		4		/* the least of a header */
#define GRE_MOST	16
#define GRE_F_SUM	0x8000u
#define GRE_F_KEY	0x2000u
#define GRE_F_SEQ	0x1000u
#define GRE_F_REFUSED	0x4c00u		/* routing, strict source route, recursion: of RFC 1701 only */
#define GRE_VERSION	0x0007u
#define GRE_PROTO_IP4	0x0800u
#define GRE_PROTO_IP6	0x86ddu
#define GRE_PROTO_NHRP	0x2001u

#define GRE_TURNS	16		/* events of a batch */

struct gre_head {
	bool		has_sum, has_key, has_seq;
	uint16_t	protocol;
	uint32_t	key, seq;
	unsigned	len;
};

/* A far end. */
struct gre_peer {
	UT_hash_handle	 hh;		/* by nbma */
	uint32_t	 nbma, sa;
	uint64_t	 sent, received;
};

struct gre_hop {
	UT_hash_handle	 hh;		/* by next_hop */
	uint32_t	 next_hop, nbma;
};

struct gre_key {
	uint32_t	local, remote, has_key, key;
};

struct gre_if {
	UT_hash_handle	 hh;		/* by key_of, if it is the first with that */
	struct gre_key	 key_of;
	bool		 indexed;
	unsigned	 ifidx;
	struct dp_gre	 c;
	struct gre_peer	 far;		/* point to point */
	struct gre_peer	*peers;		/* multipoint */
	struct gre_hop	*hops;
	uint32_t	 fallback;
	uint32_t	*mcast;
	size_t		 nmcast;
	uint32_t	 seq_out, seq_in;
	bool		 seq_seen;
};

struct gre_miss {
	unsigned	tunnel_if;
	uint32_t	next_hop, src, dst;
};

/* Made with the first tunnel. */
struct gre {
	struct gre_if		*index;
	uint64_t		 no_sa, clear;	/* packets refused */
	struct gre_miss		 miss[DP_EVENTS];
	struct dp_gre_turn	 turn[GRE_TURNS];
	struct dp_evq		 miss_q, turn_q;
};

/* gre.c */
void		 gre_if_new(struct dp *d, struct dp_if *ifp);
void		 gre_if_free(struct dp *d, struct dp_if *ifp);
void		 gre_fini(struct dp *d);
/* The tunnel that a packet from remote to local with this header came by; NULL if there is none. */
struct gre_if	*gre_find(const struct dp *d, uint32_t local, uint32_t remote, const struct gre_head *h);
struct gre_peer	*gre_peer_find(struct gre_if *g, uint32_t nbma);
uint32_t	 gre_nbma_of(const struct gre_if *g, uint32_t next_hop);	/* 0 = no mapping */
/* One event to the engine; false when none waits. */
bool		 gre_deliver_one(struct dp *d);
void		 gre_event_miss(struct dp *d, const struct gre_miss *m);
void		 gre_event_turn(struct dp *d, const struct pkt *p);

/* gre_in.c */
/* RFC 2784, 2 and RFC 2890, 2: DPC__COUNT if the header of these n bytes is sound, checksum included. */
enum dp_counter	 gre_parse(const uint8_t *p, size_t n, struct gre_head *h);
void		 gre_in_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);	/* whole, parsed, for us */
void		 gre_deliver(struct dp *d, const struct pkt *p);	/* calls ops->gre; the caller frees p */

/* gre_out.c: routed packets, out_if a GRE tunnel. */
void		 gre_out_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
void		 gre6_out_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);	/* IPv6, fitting the tunnel */

#endif
