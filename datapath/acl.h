#ifndef INSPIRE_DATAPATH_ACL_H
#define INSPIRE_DATAPATH_ACL_H

/*
 * Access lists, and the security policy database of an interface (RFC 4301, 4.4.1).  A list is compiled
 * once and does not change; it is shared by counting references.  It is used over a vector of
 * packets, each seen as a struct dp_tuple, and says which of its entries fits first.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dp;

#define DP_ACE_PORTS	10		/* of one `eq` or `neq` */
#define DP_ACL_NONE	UINT32_MAX	/* no entry fits */

/* What policy looks at in a packet. Host order. */
enum dp_part {
	DP_PART_WHOLE,			/* ports or ICMP type are there, or the protocol has none */
	DP_PART_CUT,			/* they should be there but the packet (or its first fragment) ends before */
	DP_PART_LATER,			/* a fragment that isn't the first */
};
struct dp_tuple {
	uint32_t	src, dst;
	uint16_t	sport, dport;	/* ICMP: type and code; 0 where there are none */
	uint8_t		proto, tos;
	uint8_t		tcp_flags;
	uint8_t		part;		/* enum dp_part */
};

/* How often an entry fitted: shared by all lists and databases that hold a copy of the entry, and kept over their changes. */
struct dp_hits {
	unsigned	refs;
	uint64_t	n;
};

enum dp_port_op { DP_PORT_ANY, DP_PORT_EQ, DP_PORT_NEQ, DP_PORT_GT, DP_PORT_LT, DP_PORT_RANGE };
struct dp_ports {
	uint8_t		op;		/* enum dp_port_op */
	uint8_t		n;		/* of v: EQ and NEQ 1 to DP_ACE_PORTS, GT and LT 1, RANGE 2 (both included) */
	uint16_t	v[DP_ACE_PORTS];
};

enum dp_tcp_op { DP_TCP_ANY, DP_TCP_MATCH_ANY, DP_TCP_MATCH_ALL };	/* `established` is MATCH_ANY of ACK and RST */

/* All zero: deny ip any any. */
struct dp_ace {
	bool		 permit;
	bool		 fragments;	/* later fragments only */
	bool		 log;
	uint8_t		 proto;		/* 0 = any */
	uint32_t	 src, src_mask;	/* a bit of 1 must agree; a mask may have holes; 0 = any */
	uint32_t	 dst, dst_mask;
	struct dp_ports	 sport, dport;	/* ICMP: type and code (dp_ace_icmp) */
	uint8_t		 tcp_op;	/* enum dp_tcp_op */
	uint8_t		 tcp_set, tcp_clear;	/* flags that must be set, that must be clear */
	uint8_t		 tos, tos_mask;	/* as masks above */
	struct dp_hits	*hits;		/* NULL = not counted */
};

/* type and code -1 = any */
void		 dp_ace_icmp(struct dp_ace *a, int type, int code);
/* The same traffic the other way: source and destination changed over. */
struct dp_ace	 dp_ace_mirror(const struct dp_ace *a);
/*
 * One entry by itself.  A later fragment fits an entry that asks for ports if that entry permits, as IOS
 * has it: what is permitted need not be reassembled first, what is denied can't do harm without its head.
 */
bool		 dp_ace_fits(const struct dp_ace *a, const struct dp_tuple *t);
bool		 dp_ace_same(const struct dp_ace *a, const struct dp_ace *b);	/* but for hits, log and permit */

struct dp_hits	*dp_hits_new(void);		/* one reference */
struct dp_hits	*dp_hits_ref(struct dp_hits *h);
void		 dp_hits_free(struct dp_hits *h);	/* gives one back */

/* The len bytes of a sound IPv4 packet, or what is there of it. */
void		 dp_tuple_of(struct dp_tuple *out, const uint8_t *ip, size_t len);

struct dp_acl;
struct dp_acl	*dp_acl_new(const struct dp_ace *aces, size_t n);	/* copies, with a reference to each entry's hits */
struct dp_acl	*dp_acl_ref(struct dp_acl *a);
void		 dp_acl_free(struct dp_acl *a);	/* gives one reference back */
size_t		 dp_acl_len(const struct dp_acl *a);
const struct dp_ace *dp_acl_ace(const struct dp_acl *a, uint32_t i);
/* out[i]: the first entry that fits v[i], or DP_ACL_NONE.  Counts nothing. */
void		 dp_acl_match(struct dp_acl *a, const struct dp_tuple *v, size_t n, uint32_t *out);
/* The first one from entry `from` on. */
uint32_t	 dp_acl_match_from(struct dp_acl *a, const struct dp_tuple *t, uint32_t from);
void		 dp_acl_count(struct dp_acl *a, uint32_t i);	/* one more hit of entry i */

/* `ip access-group`: packets that a list does not permit die, with an ICMP error to who sent them.  Takes a
 * reference of its own; NULL = all pass.  Packets made here are not filtered on their way out. */
enum dp_dir { DP_DIR_IN, DP_DIR_OUT };
void		 dp_if_filter(struct dp *d, unsigned ifidx, enum dp_dir dir, struct dp_acl *acl);

/* Packets that fitted an entry with `log`; those alike are told of together in a batch. */
struct dp_acl_log {
	unsigned	ifidx, in_if;
	enum dp_dir	dir;
	uint32_t	entry;		/* of the list */
	bool		permit, mac_known;
	uint8_t		mac[6];		/* of the station that sent it, where that is known */
	struct dp_tuple	t;
	uint64_t	count;
};

/*
 * The security policy database of an interface.  Rules stand as the packets that leave by it do, source first; the
 * first that fits decides; none fits = bypass.  What comes in is held against the mirrored rules.
 */
enum dp_spd_what {
	DP_SPD_PROTECT,			/* by the SA of the policy */
	DP_SPD_BYPASS,
	DP_SPD_DROP,
	DP_SPD_SKIP,			/* go on at rule `skip` (further down; beyond the end = bypass): the deny of a crypto map's list */
};
struct dp_spd_rule {
	struct dp_ace		match;		/* permit, log not looked at */
	enum dp_spd_what	what;
	uint32_t		policy;		/* PROTECT: from 1, small numbers (a table is as long as the highest) */
	uint32_t		skip;
};
/* Replaces the whole database; copies, with a reference to each rule's hits. n 0 = none. */
void		 dp_spd_set(struct dp *d, unsigned ifidx, const struct dp_spd_rule *rules, size_t n);
/* The SA that packets of a policy leave by (SA_NONE: they die, and ops->policy_no_sa is called).  Several rules and
 * interfaces may name one policy.  An inbound SA says by sa_params.policy for which one it stands. */
void		 dp_policy_sa(struct dp *d, uint32_t policy, uint32_t sa);

#endif
