#ifndef INSPIRE_DATAPATH6_H
#define INSPIRE_DATAPATH6_H

/*
 * IPv6 in the datapath, as the engine uses it: interfaces with IPv6, routes, neighbours, UDP and echo.  It is off on
 * each interface until dp6_if_set() turns it on.  What the engine hears of comes by the ops of datapath.h that
 * end in 6.
 */

#include "datapath/datapath.h"
#include "lib/a6.h"

#define DP6_MTU_MIN	1280u		/* RFC 8200, 5 */

struct dp6_udp {
	struct a6	 src, dst;
	uint16_t	 sport, dport;
	unsigned	 in_if;
	const uint8_t	*data;		/* lent for the call */
	size_t		 len;
};

/* ICMPv6 that came to one of our addresses: echo replies, and errors with the offending packet's fields. */
struct dp6_icmp {
	struct a6	 src, dst;
	uint8_t		 type, code;
	uint16_t	 id, seq;
	struct a6	 orig_src, orig_dst;
	uint8_t		 orig_proto;	/* behind its extension headers */
	uint16_t	 orig_sport, orig_dport;
	uint32_t	 orig_spi;	/* ESP, in UDP too, or AH; 0 = not quoted */
	uint32_t	 mtu;		/* packet too big */
	uint8_t		 hops;
	const uint8_t	*data;		/* echo payload */
	size_t		 len;
};

#define DP6_ECHO_REPLY		129
#define DP6_UNREACH		1
#define DP6_TOO_BIG		2
#define DP6_TIME_EXCEEDED	3
#define DP6_PARAM_PROBLEM	4

/* What an interface is told; it keeps a copy. */
struct dp6_addr {
	struct a6	addr;
	unsigned	len;
};
struct dp6_ra {				/* router advertisements (RFC 4861, 6.2.1) */
	bool		 on;		/* sent at all: unsolicited and as answers */
	bool		 quiet;		/* answers only */
	bool		 managed, other;
	unsigned	 max_s, min_s;	/* interval between unsolicited ones */
	unsigned	 lifetime_s;
};
struct dp6_if_conf {
	bool			 on;
	const struct dp6_addr	*addrs;		/* the link-local one first */
	size_t			 naddrs;
	unsigned		 mtu;		/* 0 = as the interface's */
	unsigned		 dad;		/* solicitations for a fresh address; 0 = none (Ethernet only) */
	struct dp6_ra		 ra;
};

enum dp6_addr_state { DP6_TENTATIVE, DP6_PREFERRED, DP6_DUPLICATE };
struct dp6_addr_info { struct a6 addr; unsigned len; enum dp6_addr_state state; };

void		 dp6_if_set(struct dp *d, unsigned ifidx, const struct dp6_if_conf *c);
size_t		 dp6_addr_list(const struct dp *d, unsigned ifidx, struct dp6_addr_info *out, size_t max);
unsigned	 dp6_if_mtu(const struct dp *d, unsigned ifidx);	/* 0: no IPv6 there */
/* Are packets for others sent on, and are we a router to our neighbours? */
void		 dp6_forwarding(struct dp *d, bool on);

/* via all zero = directly connected. */
void		 dp6_route_set(struct dp *d, struct a6 prefix, unsigned len, struct a6 via, unsigned ifidx);
void		 dp6_route_del(struct dp *d, struct a6 prefix, unsigned len);
bool		 dp6_route_lookup(const struct dp *d, struct a6 dst, struct a6 *via, unsigned *ifidx);

enum dp6_nd_state { DP6_ND_INCOMPLETE, DP6_ND_REACHABLE, DP6_ND_STALE, DP6_ND_DELAY, DP6_ND_PROBE };
struct dp6_nd_info {
	struct a6		ip;
	uint8_t			mac[6];
	unsigned		ifidx;
	int64_t			heard_ns;	/* when it was last confirmed; 0 = never */
	enum dp6_nd_state	state;
	bool			router;
};
size_t		 dp6_nd_list(const struct dp *d, struct dp6_nd_info *out, size_t max);
void		 dp6_nd_clear(struct dp *d);

/* out_if is for destinations of a link's own scope (fe80::/10, multicast); 0 elsewhere.  src all zero = what fits the way. */
bool		 dp6_udp_send(struct dp *d, struct a6 src, struct a6 dst, unsigned out_if, uint16_t sport, uint16_t dport,
		    const void *p, size_t n, uint8_t hops, int64_t now);
bool		 dp6_natt_keepalive(struct dp *d, struct a6 src, struct a6 dst, uint16_t dport, int64_t now);	/* as dp_natt_keepalive() */
bool		 dp6_echo_send(struct dp *d, struct a6 src, struct a6 dst, unsigned out_if, uint16_t id, uint16_t seq,
		    const void *p, size_t n, uint8_t hops, int64_t now);
struct a6	 dp6_source_for(const struct dp *d, struct a6 dst, unsigned out_if);	/* all zero if there is no way */

#endif
