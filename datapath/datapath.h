#ifndef INSPIRE_DATAPATH_H
#define INSPIRE_DATAPATH_H

/*
 * The datapath of one router: interfaces, ARP, forwarding, fragments, ICMP, UDP, ESP and AH.
 * Frames come in through dp_input(), leave by ops->tx.  It reads no clock: time comes in with each
 * call (ns, UTC), except that ARP, reassembly and SA lifetimes use timers on the clock that it is
 * given.  What the engine must know of comes out of ops, after the batch that caused it, never
 * from within a stage.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "datapath/acl.h"
#include "datapath/gre.h"
#include "datapath/sa.h"

struct crypto_info;
struct clock;
struct chance;
struct dp;
struct dp_frame;

/* Why a packet died, and other counts: one list makes enum, counter, name and sentence. */
enum dp_counter {
#define DP_COUNTER(id, name, text, section, group)	DPC_##id,
#include "datapath/drop.def"
#undef DP_COUNTER
	DPC__COUNT
};

/* An ESP or AH packet that no SA fits (RFC 4303, 3.4.2). */
struct dp_inv_spi {
	struct addr	src, dst;
	uint32_t	spi, seq;
	uint8_t		proto;
	bool		udp;		/* it came in UDP (RFC 3948), from sport */
	uint16_t	sport;
	unsigned	in_if;
	uint64_t	count;		/* packets of this flow that this event stands for, in its batch */
};

/* Something wrong with a packet of an SA that is ours; at most one a kind and SA for each batch. */
enum dp_fault_kind { DP_FAULT_AUTH, DP_FAULT_REPLAY, DP_FAULT_SELECTOR, DP_FAULT_LENGTH };
struct dp_fault {
	enum dp_fault_kind	kind;
	uint32_t		sa, spi;
	struct addr		src, dst;
	uint64_t		cookie, seq;
	unsigned		in_if;
};

struct dp_udp {
	uint32_t	 src, dst;
	uint16_t	 sport, dport;
	unsigned	 in_if;
	const uint8_t	*data;		/* lent for the call */
	size_t		 len;
};

/* ICMP that came to one of our addresses. For errors: the offending packet's fields. */
struct dp_icmp {
	uint32_t	 src, dst;
	uint8_t		 type, code;
	uint16_t	 id, seq;	/* of the echo, or of the echo inside an error */
	uint32_t	 orig_src, orig_dst;	/* errors only */
	uint8_t		 orig_proto;
	uint16_t	 orig_sport, orig_dport, mtu;
	uint8_t		 ttl;
	const uint8_t	*data;		/* echo payload */
	size_t		 len;
};

/* A packet that a policy protects, and for which there is no SA; one a policy for each batch. */
struct dp_policy_packet {
	unsigned	out_if;
	struct dp_tuple	t;
};
struct a6;
struct dp6_udp;
struct dp6_icmp;

struct dp_ops {
	void	(*tx)(void *arg, unsigned ifidx, const uint8_t *frame, size_t len);
	/* Several at once, at most 256, in place of tx where it is set; frames are lent for the call, and may be written to. */
	void	(*tx_batch)(void *arg, unsigned ifidx, struct dp_frame *frames, size_t n);
	void	(*udp)(void *arg, const struct dp_udp *u);		/* to an open port (dp_udp_open) */
	void	(*icmp)(void *arg, const struct dp_icmp *i);		/* all but echo requests, which are answered below */
	void	(*inv_spi)(void *arg, const struct dp_inv_spi *e);
	void	(*fault)(void *arg, const struct dp_fault *f);
	void	(*sa_event)(void *arg, enum sa_event_kind k, uint32_t sa, uint64_t cookie);
	void	(*no_sa)(void *arg, unsigned tunnel_if, uint32_t src, uint32_t dst);	/* a packet wanted out by a tunnel that has no SA */
	void	(*policy_no_sa)(void *arg, uint32_t policy, const struct dp_policy_packet *p);	/* the packet is gone */
	void	(*acl_log)(void *arg, const struct dp_acl_log *e);
	void	(*not_ipsec)(void *arg, uint32_t src, uint32_t dst, uint8_t proto, unsigned in_if);	/* clear where ESP was due */
	void	(*gre)(void *arg, const struct dp_gre_in *g);
	void	(*nbma_miss)(void *arg, unsigned tunnel_if, uint32_t next_hop, uint32_t src, uint32_t dst);	/* once a next hop and batch */
	void	(*nbma_turn)(void *arg, const struct dp_gre_turn *t);	/* once a flow and batch */
	void	(*dup_addr)(void *arg, unsigned ifidx, uint32_t addr, const uint8_t mac[6]);	/* another station has our address */
	/* IPv6 (datapath6.h) */
	void	(*udp6)(void *arg, const struct dp6_udp *u);
	void	(*icmp6)(void *arg, const struct dp6_icmp *i);
	void	(*addr6)(void *arg);		/* an address has been found to be ours alone */
	void	(*dup_addr6)(void *arg, unsigned ifidx, const struct a6 *addr, const uint8_t mac[6]);
};

struct dp	*dp_new(struct clock *clock, struct chance *chance, const struct dp_ops *ops, void *arg);
void		 dp_free(struct dp *d);

/* Interfaces: index from 1. */
enum dp_if_kind { DP_IF_ETHER, DP_IF_LOOPBACK, DP_IF_VTI, DP_IF_GRE };
struct dp_if_info {
	enum dp_if_kind	kind;
	bool		up;
	uint8_t		mac[6];
	unsigned	mtu;
	unsigned	rate_in_bps, rate_in_pps, rate_out_bps, rate_out_pps;	/* 5-minute exponential mean, as IOS's load interval */
	uint64_t	in_packets, in_bytes, in_errors, out_errors, in_drops, out_drops, in_broadcasts;
	int64_t		last_in_ns;
	uint64_t	out_packets, out_bytes;
	int64_t		last_out_ns;
};
unsigned	 dp_if_add(struct dp *d, enum dp_if_kind kind, const uint8_t mac[6]);	/* mac for ETHER only */
void		 dp_if_del(struct dp *d, unsigned ifidx);
void		 dp_if_set_up(struct dp *d, unsigned ifidx, bool up);	/* down (as made): nothing in or out, ARP entries and addresses gone */
void		 dp_if_set_mtu(struct dp *d, unsigned ifidx, unsigned ip_mtu);
/* Replaces all addresses of the interface. */
void		 dp_if_set_addr(struct dp *d, unsigned ifidx, const uint32_t *addrs, const unsigned *lens, size_t n);
void		 dp_if_set_tunnel(struct dp *d, unsigned ifidx, uint32_t src, uint32_t dst);	/* VTI */
bool		 dp_if_info(const struct dp *d, unsigned ifidx, struct dp_if_info *out);
/* So many frames that ops.tx or ops.tx_batch were given by this interface did not leave; known at once, or later. */
void		 dp_if_untaken(struct dp *d, unsigned ifidx, size_t n);
void		 dp_if_clear_counters(struct dp *d, unsigned ifidx);

/* Forwarding table: longest prefix first; one next hop each. via 0 = directly connected.  Connected routes
 * are set here too (dp_if_set_addr() alone makes the addresses ours, not the network reachable). */
void		 dp_route_set(struct dp *d, uint32_t prefix, unsigned len, uint32_t via, unsigned ifidx);
void		 dp_route_del(struct dp *d, uint32_t prefix, unsigned len);
bool		 dp_route_lookup(const struct dp *d, uint32_t dst, uint32_t *via, unsigned *ifidx);

struct dp_arp_info { uint32_t ip; uint8_t mac[6]; unsigned ifidx; int64_t learned_ns; bool incomplete, own; };
size_t		 dp_arp_list(const struct dp *d, struct dp_arp_info *out, size_t max);
void		 dp_arp_clear(struct dp *d);

/* Traffic.  Frames are lent and may be written to. */
struct dp_frame { uint8_t *data; size_t len; };
void		 dp_input(struct dp *d, unsigned ifidx, struct dp_frame *frames, size_t n, int64_t now);
/*
 * The same without a copy: the caller has DP_HEADROOM bytes before each frame and DP_TAILROOM behind it, which may be written to
 * until the call returns.  What leaves by tx or tx_batch meanwhile may lie in them.
 */
#define DP_HEADROOM	192	/* two encapsulations and an Ethernet header */
#define DP_TAILROOM	96	/* padding, trailer and ICV */
void		 dp_input_lent(struct dp *d, unsigned ifidx, struct dp_frame *frames, size_t n, int64_t now);
void		 dp_udp_open(struct dp *d, uint16_t port);
void		 dp_udp_close(struct dp *d, uint16_t port);
/* src 0 = that of the outgoing interface.  False (and counted) if there is no way. */
bool		 dp_udp_send(struct dp *d, uint32_t src, uint32_t dst, uint16_t sport, uint16_t dport, const void *p, size_t n, uint8_t ttl, int64_t now);
bool		 dp_echo_send(struct dp *d, uint32_t src, uint32_t dst, uint16_t id, uint16_t seq, const void *p, size_t n, uint8_t ttl, uint8_t tos, bool df, int64_t now);
/* One byte from our port 4500, so that translators on the way go on knowing us (RFC 3948, 4). */
bool		 dp_natt_keepalive(struct dp *d, uint32_t src, uint32_t dst, uint16_t dport, int64_t now);
uint32_t	 dp_source_for(const struct dp *d, uint32_t dst);	/* 0 if there is no route */

/*
 * Somebody who watches packets: frames of Ethernet interfaces, whole IP packets of tunnels, and of each Ethernet interface the
 * IP packets that its ESP and AH carry.  Called from within the stages: may not call the datapath.  fn NULL: nobody.
 */
enum dp_tap_kind { DP_TAP_FRAME, DP_TAP_TUNNEL, DP_TAP_SEALED };
struct dp_tap_packet {
	enum dp_tap_kind kind;
	unsigned	 ifidx;
	bool		 out;
	const uint8_t	*data;		/* lent for the call */
	size_t		 len;
	int64_t		 now;
	const struct sa_params *sa;	/* SEALED: the SA (no keys), lent */
};
void		 dp_tap_set(struct dp *d, void (*fn)(void *arg, const struct dp_tap_packet *t), void *arg);

/* Security associations. */
/* Returns a handle, or SA_NONE with *why set (lent text) when a cipher is missing, the SPI is taken, or the table is full. */
uint32_t	 dp_sa_add(struct dp *d, const struct sa_params *p, const char **why, int64_t now);
void		 dp_sa_del(struct dp *d, uint32_t sa);
bool		 dp_sa_info(const struct dp *d, uint32_t sa, struct sa_info *out);
void		 dp_sa_clear_counters(struct dp *d, uint32_t sa);
/* Sets sa_params.ip_mtu: how long an outer packet may be on the way; 0 = as the interface lets it. */
void		 dp_sa_set_mtu(struct dp *d, uint32_t sa, unsigned ip_mtu);
/* A random SPI >= 256 that no inbound SA of that protocol has. */
uint32_t	 dp_spi_new(struct dp *d, enum sa_proto proto);
/* From where to where those are drawn (0 and UINT32_MAX: all). */
void		 dp_spi_range(struct dp *d, uint32_t lo, uint32_t hi);
/* Look-ups do not find SPIs that are value under mask (mask 0: all are found). */
void		 dp_spi_blind(struct dp *d, uint32_t mask, uint32_t value);
/* Whether an inbound SA is found by its SPI (it is as added). */
void		 dp_sa_listen(struct dp *d, uint32_t sa, bool on);
bool		 dp_spi_known(const struct dp *d, uint32_t spi, const struct addr *dst, enum sa_proto proto, uint32_t *sa);
size_t		 dp_sa_count(const struct dp *d);
void		 dp_sa_limit(struct dp *d, size_t max);			/* default 1,000,000 */
size_t		 dp_sa_max(const struct dp *d);
/* The UDP port of an SA's peer is another now. */
void		 dp_sa_set_peer(struct dp *d, uint32_t sa, const struct addr *peer, uint16_t port);
/* The SA that the VTI's packets leave by (SA_NONE: they are dropped, counted, and no_sa is called). */
void		 dp_tunnel_use(struct dp *d, unsigned tunnel_if, uint32_t sa);
/* Transport mode or policy: packets that match the SA's selectors leave by it. */
void		 dp_policy_use(struct dp *d, uint32_t sa, bool on);
bool		 dp_cipher_available(struct dp *d, enum sa_cipher c);
/* Which libraries do the packets' cryptography (datapath/crypto.h). */
void		 dp_crypto_info(const struct dp *d, struct crypto_info *info);

uint64_t	 dp_count(const struct dp *d, enum dp_counter c);
uint64_t	 dp_octets(const struct dp *d, enum dp_counter c);	/* of the packets that died so, from the header that was being looked at on */
const char	*dp_counter_name(enum dp_counter c);	/* "invalid spi" */
const char	*dp_counter_text(enum dp_counter c);	/* a sentence */
/* Where a table of counters shows it: the IPsec ones in four sections, plain IP in its own. */
enum dp_section { DP_SECTION_SUCCESS, DP_SECTION_ERROR, DP_SECTION_PUNT, DP_SECTION_INTERNAL, DP_SECTION_IPSEC6, DP_SECTION_IP };
enum dp_section	 dp_counter_section(enum dp_counter c);
const char	*dp_counter_group(enum dp_counter c);	/* its heading, e.g. "crypto esp input"; a group's counters stand together */
void		 dp_counters_clear(struct dp *d);

#endif
