#ifndef INSPIRE_DATAPATH_INTERNAL_H
#define INSPIRE_DATAPATH_INTERNAL_H

/*
 * What the stages of the datapath share.  A stage is a function over a vector of packets; it owns them: each
 * is handed to another stage, kept in a queue, or freed (pkt_drop() counts why).  Stages call no ops but tx;
 * what the engine must know goes into bounded arrays (dp_event_*) and out when the outermost call into the
 * datapath ends (dp_leave()), so that a handler may call the datapath again.
 *
 * The way in:   dp_input > eth_input_batch > arp_input | ip_input_batch > ip_local_batch > esp_in_batch |
 *               gre_in_batch (> ip_input_batch), icmp_input, udp_input
 *               lent frames in a row that do the usual: lane_input() instead
 * The way out:  ip_input_batch > ip_forward_batch > ip_route_batch (> spd_out_batch | gre_out_batch) > protect_batch >
 *               esp_out_batch > ip_output_batch > link_output
 */

#include "datapath/datapath.h"
#include "datapath/pkt.h"
#include "datapath/spd.h"
#include "lib/a6.h"
#include "lib/clock.h"

#define DP_BATCH	256
#define DP_NEST_MAX	4		/* tunnels within tunnels */
#define DP_EVENTS	64		/* of a kind in one batch */
#define DP_EVENTS_HASH	256		/* four times as many */
#define DP_UP_MAX	256		/* datagrams waiting for their handler */

struct gre;
struct gre_if;
struct lane;
struct worker;

typedef void	(*dp_stage)(struct dp *, struct pkt **, size_t, int64_t);

struct rate {				/* 5-minute exponential mean, as two numbers a direction */
	int64_t		 last_ns;	/* up to when it is reckoned */
	int64_t		 seen_ns;	/* when the last packet came */
	uint64_t	 bytes, packets;	/* since last_ns */
	double		 bps, pps;
};

struct dp_if_addr {
	uint32_t	addr;
	unsigned	len;
};

#define DP_LINE		64		/* bytes of a cache line */

/* What is counted of a packet that leaves stands in one line: there may be ten thousand tunnels, a packet each. */
struct dp_if {
	struct dp_if_addr	*addrs;		/* the first is the primary one */
	size_t			 naddrs;
	unsigned		 idx;
	uint32_t		 tun_src, tun_dst;
	uint32_t		 tun_sa;	/* outbound SA of a VTI */
	struct dp_if_info	 info;		/* kind, up, mac, mtu and the counters, those of what leaves last */
	struct rate		 out;
	struct rate		 in;
	struct dp_acl		*filter[2];	/* by enum dp_dir; NULL = all pass */
	struct spd		*spd;		/* NULL = bypass */
	struct nat_rules	*nat;		/* what is translated of what leaves; NULL = nothing */
	bool			 nat_inside;	/* whose packets are */
	struct gre_if		*gre;		/* of a GRE tunnel, else NULL */
	int64_t			 defended_ns;	/* when another station was last told that our address is ours; 0 = never */
	struct if6		*v6;		/* ip6.h; NULL = no IPv6 on it */
};

struct dp_no_sa {
	unsigned	tunnel_if;
	uint32_t	src, dst;
};

struct dp_not_ipsec {
	uint32_t	src, dst;
	uint8_t		proto;
	unsigned	in_if;
};

struct dp_policy_no_sa {
	uint32_t		policy;
	struct dp_policy_packet	p;
};

struct dp_dup_addr {
	unsigned	ifidx;
	uint32_t	addr;
	uint8_t		mac[6];
};

struct dp_dup_addr6 {
	unsigned	ifidx;
	struct a6	addr;
	uint8_t		mac[6];
};

struct dp_sa_event {
	enum sa_event_kind	kind;
	uint32_t		sa;
	uint64_t		cookie;
};

/* A place in an array of events, which has room for cap: those from head to n wait. */
struct dp_evq {
	size_t	head, n, cap;
};

/* Events that wait for the end of the batch. */
struct dp_events {
	struct dp_inv_spi	*inv_spi;
	uint8_t			 inv_spi_at[DP_EVENTS_HASH];	/* by hash: place + 1, 0 = free */
	struct dp_fault		*fault;
	struct dp_no_sa		*no_sa;
	struct dp_policy_no_sa	*policy_no_sa;
	struct dp_acl_log	*acl_log;
	struct dp_sa_event	*sa;
	struct dp_not_ipsec	*not_ipsec;
	struct dp_dup_addr	*dup_addr;
	struct dp_dup_addr6	*dup_addr6;
	struct dp_evq		 inv_spi_q, fault_q, no_sa_q, policy_no_sa_q, acl_log_q, sa_q, not_ipsec_q, dup_addr_q, dup_addr6_q;
	bool			 addr6;		/* an address has settled */
	struct pkt		*up, **up_tail;	/* UDP and ICMP, in order of arrival */
	size_t			 nup;
};

struct dp {
	struct clock		*clock;
	struct chance		*chance;
	struct dp_ops		 ops;
	void			*arg;
	void			(*tap)(void *arg, const struct dp_tap_packet *t);	/* NULL = nobody watches */
	void			*tap_arg;
	unsigned		 depth;		/* calls into the datapath under way */
	bool			 delivering;
	struct pkt_pool		 pool;
	struct dp_if		**ifs;		/* by index; NULL = free */
	size_t			 nifs;
	struct fib		*fib;
	struct own		*own;		/* our addresses and broadcasts */
	struct arp		*arp;
	struct reasm		*reasm;
	struct icmp_limits	*limits;
	struct sad		*sad;		/* sad_init() sets it */
	struct policies		 policies;
	unsigned		 nfilters;	/* lists at interfaces, a direction each: 0 = nobody need ask */
	unsigned		 nspds;		/* interfaces with a database */
	struct nat		*nat;		/* NULL until it is used */
	struct gre		*gre;		/* NULL until there is a tunnel */
	struct ip6		*v6;		/* ip6_init() sets it */
	uint16_t		*ports;		/* open UDP ports, sorted */
	size_t			 nports;
	uint16_t		 ip_id;
	struct dp_events	 ev;
	struct lane		*lane;		/* NULL until a vector is worth it */
	uint64_t		 gen;		/* grows whenever what packets go by changes: dp_changed() */
	struct worker		*worker;	/* of several: worker_hook.h; NULL = this one does it all */
	uint64_t		 count[DPC__COUNT];
	uint64_t		 octets[DPC__COUNT];
};

/* --- What the IP side gives --- */

/* NULL if there is none */
static inline struct dp_if *
dp_if_get(const struct dp *d, unsigned ifidx)
{
	return ifidx - 1 < d->nifs ? d->ifs[ifidx - 1] : NULL;
}

/*
 * An interface, an address of ours, a route, a neighbour, a tunnel's SA or a field of one that packets' headers are made of is another now,
 * or gone: what the fast lane knows is void.
 */
static inline void
dp_changed(struct dp *d)
{
	d->gen++;
}

void		 dp_enter(struct dp *d);
void		 dp_leave(struct dp *d);	/* the outermost delivers the events */
uint16_t	 dp_ip_id(struct dp *d);
unsigned	 dp_path_mtu(const struct dp *d, uint32_t dst);	/* of the interface towards dst; 0 without a route */

/* Takes the packet; counts it, also as a drop of the interface that it came by. */
void		 pkt_drop(struct dp *d, struct pkt *p, enum dp_counter why);
/* Sets src, dst, proto, ihl from a header that is known to be whole. */
void		 pkt_parse(struct pkt *p);

void		 eth_input_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
/* IPv4 packets at data, not looked at yet; in_if says where they came in.  Outbound counters of a VTI
 * are kept by protect_batch, inbound ones here (PKT_DECAP). */
void		 ip_input_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
void		 ip_local_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
void		 ip_forward_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
/* Whole headers, parsed; chooses way and policy. */
void		 ip_route_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
/* Packets with sa set: fits them to the tunnel (fragments, or ICMP if DF), then esp_out_batch. */
void		 protect_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
/* Whole headers with their checksum; routed here if out_if is 0.  esp_out_batch ends here: src, dst, proto and
 * ihl of the outer header set, PKT_ENCAP set, nest one more, out_if 0. */
void		 ip_output_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);

void		 dp_events_free(struct dp *d);
/* A batch's events.  inv_spi of one flow are counted together; faults are kept once a kind and SA. */
void		 dp_event_inv_spi(struct dp *d, const struct dp_inv_spi *e);
/* A packet of this SPI and IPv4 source is surely of another flow than those that wait, and they are as many as may: counted as lost. */
bool		 dp_event_inv_spi_lost(struct dp *d, uint32_t spi, uint32_t src);
void		 dp_event_fault(struct dp *d, const struct dp_fault *f);
bool		 dp_event_sa(struct dp *d, enum sa_event_kind k, uint32_t sa, uint64_t cookie);
void		 dp_event_no_sa(struct dp *d, unsigned tunnel_if, uint32_t src, uint32_t dst);
void		 dp_event_policy_no_sa(struct dp *d, uint32_t policy, unsigned out_if, const struct dp_tuple *t);
void		 dp_event_acl_log(struct dp *d, const struct dp_acl_log *e);
void		 dp_event_not_ipsec(struct dp *d, const struct pkt *p);
void		 dp_event_dup_addr(struct dp *d, const struct dp_dup_addr *e);
void		 dp_event_dup_addr6(struct dp *d, const struct dp_dup_addr6 *e);
/* Takes a UDP datagram, ICMP message or GRE packet (data at the IP header, parsed) for ops->udp, icmp or gre. */
void		 dp_event_up(struct dp *d, struct pkt *p);

/* --- What the ESP side gives --- */

void		 sad_init(struct dp *d);	/* sets d->sad */
void		 sad_fini(struct dp *d);	/* packets that it may still hold go back to the pool */
/* ESP and AH for one of our addresses, whole (reassembled), header parsed and len trimmed to the total length.
 * What is good goes to ip_input_batch with PKT_DECAP set, nest one more, sa the one it came by, and in_if the
 * SA's tunnel_if if it has one.  Counts and drops the rest. */
void		 esp_in_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
/* Plain IPv4 packets with sa chosen and fitting its plaintext MTU; of several SAs.  See ip_output_batch. */
void		 esp_out_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
/* Of a vector's SAs: first each SA, then its keys, so that one miss does not wait for another. */
void		 sa_fetch(const struct dp *d, uint32_t sa);
void		 sa_fetch_keys(const struct dp *d, uint32_t sa);
/* Is there an outbound SA of this handle that may still be used? */
bool		 sa_usable(const struct dp *d, uint32_t sa);
bool		 sa_may_end(const struct dp *d, uint32_t sa);	/* with the packets of a vector: what is before each goes on first */
/* Are its packets cut after they are sealed?  Those of transport mode are, which takes no fragments. */
bool		 sa_cut_after(const struct dp *d, uint32_t sa);
unsigned	 sa_plaintext_mtu(const struct dp *d, uint32_t sa);
/* Sets p->sa and says true if an outbound policy SA's selectors fit the (parsed) packet. */
bool		 policy_match(struct dp *d, struct pkt *p);
/* Should this packet, come in the clear, have come protected?  (It is the answer to what policies protect.) */
bool		 policy_due(const struct dp *d, const struct pkt *p);

#endif
