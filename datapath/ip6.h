#ifndef INSPIRE_DATAPATH_IP6_H
#define INSPIRE_DATAPATH_IP6_H

/*
 * IPv6 within the datapath: the stages' twins of ip.h, what an interface and the datapath know of it.  A packet of
 * IPv6 has pkt.v6 set; its addresses are read from its header, its src, dst and next_hop stay zero.  The next
 * hop chosen by ip6_route_batch() stands in pkt.cb until the link stage, right after, uses it.
 *
 * The way in:   eth_input_batch > ip6_input_batch > ip6_local_batch > esp_in_batch, icmp6_input, udp6_input
 * The way out:  ip6_input_batch > ip6_forward_batch > ip6_route_batch > protect6 > esp_out_batch, or ip6_output_batch
 *               > nd_output
 */

#include "datapath/datapath6.h"
#include "datapath/fib6.h"
#include "datapath/internal.h"
#include "datapath/ip.h"
#include "datapath/wire.h"

#define ETHERTYPE_IP6	0x86dd

#define IP6_LEN		40
#define IP6_PAYLOAD	4
#define IP6_NEXT	6
#define IP6_HOPS	7
#define IP6_SRC		8
#define IP6_DST		24
#define IP6_FRAG_LEN	8

#define PROTO_HOPBYHOP	0
#define PROTO_IP6	41
#define PROTO_ROUTING	43
#define PROTO_FRAGMENT	44
#define PROTO_ICMP6	58
#define PROTO_NONEXT	59
#define PROTO_DSTOPTS	60

#define IP6_HEADERS_MAX	248		/* bytes up to the upper layer's header (pkt.ihl is a byte) */
#define IP6_HEADERS_N	8		/* extension headers of one packet */

#define ICMP6_UNREACH		1
#define ICMP6_TOO_BIG		2
#define ICMP6_TIME_EXCEEDED	3
#define ICMP6_PARAM_PROBLEM	4
#define ICMP6_ECHO		128
#define ICMP6_ECHO_REPLY	129
#define ICMP6_RS		133
#define ICMP6_RA		134
#define ICMP6_NS		135
#define ICMP6_NA		136

#define UNREACH6_NO_ROUTE	0
#define UNREACH6_SCOPE		2
#define UNREACH6_ADDR		3
#define UNREACH6_PORT		4
#define PARAM6_HEADER		0
#define PARAM6_NEXT		1
#define PARAM6_OPTION		2

/* Errors: ten at once, then one in 100 ms (as IOS has it by default: ipv6 icmp error-interval 100 10). */
#define ICMP6_BURST		10
#define ICMP6_REFILL_NS		(100 * NSEC_MS)

struct nd;
struct reasm6;
struct nat6;

struct if6_addr {
	struct a6		 addr;
	unsigned		 len;
	enum dp6_addr_state	 state;
	unsigned		 probes;	/* solicitations still to be sent */
	struct timer		 timer;
	struct dp		*d;
	unsigned		 ifidx;
};

struct if6 {
	struct if6_addr		*addrs;		/* the link-local one first */
	size_t			 naddrs;
	unsigned		 mtu;		/* 0 = the interface's */
	unsigned		 dad;
	struct dp6_ra		 ra;
	unsigned		 ra_early;	/* of the first few advertisements, still to be sent */
	int64_t			 ra_sent_ns;	/* 0 = never */
	struct timer		 ra_timer;
	struct dp		*d;
	unsigned		 ifidx;
};

struct own6_row {
	struct a6		 addr;
	unsigned		 ifidx;
	enum dp6_addr_state	 state;
};

/* What a path has been said to let through (RFC 8201), for packets of our own. */
#define PMTU6_MAX	64
#define PMTU6_NS	(600 * NSEC_SEC)
struct pmtu6 {
	struct a6	 dst;
	unsigned	 mtu;		/* 0 = free */
	int64_t		 until;
};

struct ip6 {
	bool			 forwarding;
	struct fib6		*fib;
	struct nd		*nd;
	struct reasm6		*reasm;
	struct chance		*chance;	/* fragment identifiers, moments of advertisements; made when first needed */
	struct own6_row		*own;		/* addresses of interfaces that are up, sorted */
	size_t			 nown, cown;
	struct pmtu6		*pmtu;		/* PMTU6_MAX, made with the first */
	struct nat6		*nat;		/* NULL = nothing is translated */
	int64_t			 errors_at;	/* the bucket of errors: when it would be full again */
};

void		 ip6_init(struct dp *d);
void		 ip6_fini(struct dp *d);
struct chance	*ip6_chance(struct dp *d);

static inline struct a6
ip6_src(const struct pkt *p)
{
	return a6_get(p->data + IP6_SRC);
}

static inline struct a6
ip6_dst(const struct pkt *p)
{
	return a6_get(p->data + IP6_DST);
}

/* Of a packet of either family, parsed. */
static inline struct addr
pkt_src(const struct pkt *p)
{
	return p->v6 ? addr_v6(ip6_src(p)) : addr_v4(p->src);
}

static inline struct addr
pkt_dst(const struct pkt *p)
{
	return p->v6 ? addr_v6(ip6_dst(p)) : addr_v4(p->dst);
}

/* Where the next hop stands between routing and link. */
static inline struct a6 *
ip6_hop(struct pkt *p)
{
	return (struct a6 *)(void *)p->cb;
}

/* --- stages, see internal.h --- */
void	 ip6_input_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
void	 ip6_local_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
void	 ip6_forward_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
/* A destination of the link's own scope needs out_if. */
void	 ip6_route_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
/* Whole headers; routed here if out_if is 0: the end of esp_out_batch and of other tunnels. */
void	 ip6_output_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);

/* Proto and ihl of a header that is known to be whole: the first header behind it. */
void	 ip6_parse(struct pkt *p);
/*
 * Goes over the extension headers: sets proto and ihl to the upper layer, AH, ESP, or a fragment header.  DPC__COUNT if
 * all is well; else why not, and *code (PARAM6_*, or -1: say nothing) with *at, for the sender.
 */
enum dp_counter	 ip6_walk(struct pkt *p, int *code, unsigned *at);
/* Where the byte stands that says what follows at ihl, in headers that were walked. */
size_t	 ip6_next_field(const struct pkt *p);
/* The upper layer of n bytes at ip, as far as they go: its offset, 0 if it is not to be seen. */
size_t	 ip6_upper(const uint8_t *ip, size_t n, uint8_t *proto);

/* --- packets that are made here --- */
struct ip6_make {
	struct a6	src, dst;
	unsigned	out_if;
	uint8_t		proto, hops, tclass;
};
/* Fills the header at p->data (len says the whole length) and p's fields; p is ours (PKT_LOCAL). */
void	 ip6_make(struct dp *d, struct pkt *p, const struct ip6_make *m);
void	 ip6_send(struct dp *d, struct pkt *p, int64_t now);
/* m->src, or what fits the way; false (counted) if there is none. */
bool	 ip6_source(struct dp *d, struct ip6_make *m);
void	 pmtu6_learn(struct dp *d, struct a6 dst, unsigned mtu, int64_t now);
unsigned dp6_path_mtu(const struct dp *d, struct a6 dst);	/* of the interface towards dst; 0 without a route */
/* Over the pseudo header (RFC 8200, 8.1) and n bytes of the upper layer. */
uint16_t ip6_sum(const uint8_t *ip, uint8_t proto, const uint8_t *upper, size_t n);

/* --- interfaces (if6.c) --- */
void		 if6_changed(struct dp *d, struct dp_if *ifp);	/* it went up or down */
void		 if6_free(struct dp *d, struct dp_if *ifp);
/* NULL if it is not ours; a link-local address is that of one interface. */
const struct own6_row *own6_find(const struct dp *d, struct a6 a, unsigned ifidx);
bool		 own6_has(const struct dp *d, struct a6 a, unsigned ifidx);	/* and not tentative */
bool		 if6_hears(const struct dp *d, const struct dp_if *ifp, struct a6 group);
struct a6	 if6_link_local(const struct dp_if *ifp);	/* all zero if there is none to use */
/* Its address for talking to dst: the same scope and, if one fits, the same network. */
struct a6	 if6_addr_for(const struct dp_if *ifp, struct a6 dst);
bool		 if6_on_link(const struct dp_if *ifp, struct a6 a);
unsigned	 if6_mtu(const struct dp_if *ifp);
/* Another station has this address, or wants it. */
void		 if6_contested(struct dp *d, struct dp_if *ifp, struct a6 a, const uint8_t mac[6]);

/* --- neighbours (nd.c, nd_msg.c, ra.c) --- */
struct nd	*nd_new(void);
void		 nd_free(struct dp *d);
void		 nd_flush(struct dp *d, unsigned ifidx);	/* 0 = all */
/* A packet by the interface out_if to *ip6_hop(); takes p. */
void		 nd_output(struct dp *d, struct pkt *p, int64_t now);
/* A neighbour's MAC address as a solicitation, or an advertisement of a router, tells it. */
void		 nd_heard(struct dp *d, struct dp_if *ifp, struct a6 ip, const uint8_t mac[6], bool router, int64_t now);
struct nd_answer { struct a6 ip; const uint8_t *mac; bool router, solicited, override; };	/* mac NULL = not said */
void		 nd_answered(struct dp *d, struct dp_if *ifp, const struct nd_answer *a, int64_t now);
/* Asks for target: by multicast, or of mac; src all zero for duplicate address detection. */
void		 nd_solicit(struct dp *d, struct dp_if *ifp, struct a6 src, struct a6 target, const uint8_t *mac, int64_t now);
/* A neighbour discovery message whose checksum is right; the caller frees p. */
void		 nd_input(struct dp *d, struct pkt *p, int64_t now);
void		 ra_start(struct dp *d, struct dp_if *ifp);	/* or stops: as the interface is configured now */
void		 ra_asked(struct dp *d, struct dp_if *ifp, int64_t now);
void		 eth_send6(struct dp *d, struct dp_if *ifp, struct pkt *p, const uint8_t mac[6], int64_t now);
void		 nd_send(struct dp *d, struct dp_if *ifp, struct pkt *p, const struct ip6_make *m, const uint8_t *mac, int64_t now);

/* --- above IPv6, and fragments --- */
void	 icmp6_input(struct dp *d, struct pkt *p, int64_t now);		/* takes p */
void	 icmp6_deliver(struct dp *d, const struct pkt *p);
/* About a packet that the caller still owns; data is the MTU or the pointer. */
void	 icmp6_error(struct dp *d, const struct pkt *p, uint8_t type, uint8_t code, uint32_t data, int64_t now);
void	 udp6_input(struct dp *d, struct pkt *p, int64_t now);
void	 udp6_deliver(struct dp *d, const struct pkt *p);

struct reasm6	*reasm6_new(void);
void		 reasm6_free(struct dp *d);
/* A packet whose walk ended at a fragment header; gives the whole one when it is complete (to be walked anew), else NULL. */
struct pkt	*reasm6_input(struct dp *d, struct pkt *p, int64_t now);
/* Cuts p for mtu; the pieces inherit its control fields and go to fn in order.  Takes p. */
void		 frag6_cut(struct dp *d, struct pkt *p, unsigned mtu, void (*fn)(void *arg, struct pkt *piece), void *arg);

#endif
