#ifndef INSPIRE_DATAPATH_SA_RUN_H
#define INSPIRE_DATAPATH_SA_RUN_H

/*
 * An SA as it runs, compiled from struct sa_params: two cache lines that each packet touches, and four behind them
 * that set-up, events and show need.  Keys are in the cryptor alone.  And the SAD that holds them: by SPI (inbound),
 * by handle (both ways), and the outbound ones that are chosen by their selectors.
 *
 * A stage looks an SA up and is done with it before it hands its packets on, and no op runs within a
 * stage; so an SA may be deleted in any handler.
 */

#include "datapath/crypto.h"
#include "datapath/internal.h"
#include "datapath/replay.h"
#include "datapath/sad.h"
#include "datapath/tap.h"
#include "datapath/wire.h"

#define OUTER_TTL	255
#define PROTO_IPIP	4
#define PROTO_NONE	59		/* dummy packets (RFC 4303, 2.6) */

#define SA_F_OUT	0x001
#define SA_F_TRANSPORT	0x002
#define SA_F_AH		0x004
#define SA_F_ESN	0x008
#define SA_F_DEAD	0x010		/* hard end, or numbers used up: nothing passes */
#define SA_F_SELECT	0x020		/* has selectors that not every packet fits */
#define SA_F_DF_COPY	0x040
#define SA_F_DF_SET	0x080
#define SA_F_FIRST	0x100		/* said that it was used */
#define SA_F_SOFT_BYTES	0x200		/* said so */
#define SA_F_HARD_BYTES	0x400
#define SA_F_SEQ_SOFT	0x800
#define SA_F_SEQ_END	0x1000
#define SA_F_CUT_AFTER	0x2000		/* what gets too long is cut after it is sealed */
#define SA_F_V6		0x4000		/* IPv6 outside */
#define SA_F_IN6	0x8000		/* IPv6 inside */
#define SA_F_UDP	0x10000		/* in UDP */
#define SA_F_SEL6	0x20000		/* its selectors are of IPv6 */
#define SA_F_SOFT_TIME	0x40000		/* said so */
#define SA_F_IDLE	0x80000		/* said so, and no packet since */
#define SA_F_WAS	0x100000	/* the addresses that the peer's checksums cover are known */

#define SEL6_ANY	255		/* length of a prefix of selectors that is none */
#define SLOT_BITS	21		/* of a handle: the place + 1; above it the place's generation */
#define SLOT_MASK	((UINT32_C(1) << SLOT_BITS) - 1)
#define SLAB_BITS	5
#define SLAB_SAS	(1u << SLAB_BITS)

/* Some are of one direction only. */
struct sa_faults {
	union {
		struct { uint64_t	auth, replay, len, selector, proto; };	/* inbound */
		struct { uint64_t	overflow, encaps; };			/* outbound */
	};
	uint64_t	expired, internal;
};

/* What is kept of sa_params and does not stand elsewhere in struct sa. */
struct sa_kept {
	union {
		struct { uint32_t	sel_src, sel_src_mask, sel_dst, sel_dst_mask; };
		struct { struct a6	sel6_src, sel6_dst; };			/* SA_F_SEL6 */
	};
	uint8_t		sel6_src_len, sel6_dst_len;
	uint8_t		sel_proto;
	uint8_t		cipher, auth, enc_key_len, auth_key_len;
	uint16_t	sel_sport, sel_dport;
	uint16_t	replay_window, ip_mtu;
	uint32_t	policy, guard;
	uint64_t	cookie;
	int64_t		soft_ns, hard_ns, idle_ns;
	uint64_t	soft_bytes, hard_bytes;
};

/* What few inbound SAs need. */
struct sa_wide {
	struct a6	was_src6, was_dst6;	/* SA_F_WAS and SA_F_V6 */
	uint64_t	bits[];			/* of a window above 64 */
};

struct sa {
	/* First line: changes with each packet. */
	struct replay	 seq;		/* outbound: last = the last one sent */
	uint64_t	 packets, bytes;
	int64_t		 last_used;
	uint64_t	 bytes_next;	/* reaching this many raises an event */
	struct cryptor	*crypt;

	/* Second line: does not change, or seldom. */
	union { uint32_t spi, free_next; };	/* free places are a list, the last one freed first: place + 1 */
	uint32_t	 handle;	/* 0: the place is free */
	union { uint32_t src, free_prev; };
	uint32_t	 dst;
	uint32_t	 flags;		/* SA_F_* */
	unsigned	 tunnel_if;
	union {
		struct {		/* outbound */
			uint64_t seq_next;	/* this number raises an event */
			uint8_t	 outer[20];	/* IPv4 header without what each packet has of its own */
			uint32_t outer_sum;	/* of outer, not folded */
		};
		struct {		/* inbound */
			uint64_t ring[2];	/* bits of a window of 64 */
			uint64_t rollovers;	/* the low half of extended numbers began again */
			struct sa_wide *wide;	/* NULL = nothing of that */
		};
	};
	struct cryptor_sizes size;
	uint8_t		 head;		/* bytes before the text: ESP or AH header, IV, for AH the ICV */
	uint8_t		 udp;		/* bytes of UDP header before those, outbound */
	uint16_t	 udp_port;	/* of the peer */

	/* The rest. */
	struct sa_kept	 p;
	union {
		struct { struct a6	src6, dst6; };			/* SA_F_V6: src and dst are zero then, as a packet's are */
		struct { uint32_t	was_src, was_dst; };		/* SA_F_WAS without SA_F_V6 */
	};
	struct dp	*dp;
	struct timer	 timer;		/* the next of what time brings: soft end, hard end, idle */
	int64_t		 installed;
	uint64_t	 packets_base, bytes_base;	/* when the counters were cleared */
	struct sa_faults faults;
};

/* What is known of some places in a row, also while they have no memory. */
struct sa_slab {
	uint16_t	 gen[SLAB_SAS];	/* tells a handle from an earlier one of the same place */
	uint32_t	 used;
	uint32_t	 next;		/* slab without memory + 1 */
};

struct sad {
	struct spi_table spis;
	uint32_t	 spi_lo, spi_hi;		/* new ones are drawn from these */
	uint32_t	 blind_mask, blind_value;	/* look-ups fail for such SPIs; mask 0 and value 1: for none */
	struct sa	**mem;		/* SLAB_SAS each; NULL: none are there */
	struct sa_slab	**slabs;
	uint32_t	 nslabs, cslabs;
	uint32_t	 free;		/* place + 1 */
	uint32_t	 bare;		/* slab without memory + 1 */
	size_t		 count, limit;
	struct sa	**policies;	/* outbound, in use by selectors, the newest first */
	size_t		 npolicies, cpolicies;
	struct crypto	 crypto;
	struct crypto_job *jobs;	/* room for a burst: lent from the stage's look-ups to its judgement, which nests in nothing */
	size_t		 cjobs;
};

/* Bytes of the outer header. */
static inline unsigned
sa_outer_len(const struct sa *s)
{
	return s->flags & SA_F_V6 ? 40 : 20;
}

static inline uint8_t
sa_proto(const struct sa *s)
{
	return s->flags & SA_F_AH ? SA_AH : SA_ESP;
}

/* The highest number that may be sent. */
static inline uint64_t
sa_seq_end(const struct sa *s)
{
	return s->flags & SA_F_ESN ? UINT64_MAX : UINT32_MAX;
}

/* What stands in the outer header. */
static inline uint8_t
sa_outer_proto(const struct sa *s)
{
	return s->flags & SA_F_UDP ? PROTO_UDP : sa_proto(s);
}

/* Room for n jobs, at most DP_BATCH; what was lent before is void. */
struct crypto_job *sad_jobs(struct sad *t, size_t n);
/* NULL if the handle is stale or none. */
static inline struct sa *
sa_by_handle(const struct dp *d, uint32_t handle)
{
	const struct sad	*t = d->sad;
	uint32_t		 i = (handle & SLOT_MASK) - 1;
	struct sa		*s;

	if (i >> SLAB_BITS >= t->nslabs || (s = t->mem[i >> SLAB_BITS]) == NULL)
		return NULL;
	s += i % SLAB_SAS;
	return s->handle == handle ? s : NULL;
}

/* What dp_sa_info() gives of it, without keys. */
void		 sa_params_of(const struct sa *s, struct sa_params *p);
/* Who watches sees what it carries. */
static inline void
sa_tap(const struct dp *d, const struct sa *s, unsigned ifidx, bool out, const struct pkt *p, int64_t now)
{
	struct sa_params	params;

	if (__builtin_expect(d->tap == NULL, 1))
		return;
	sa_params_of(s, &params);
	dp_tap_sealed(d, &params, ifidx, out, p, now);
}

/* The packet as the SA's selectors see it; a later fragment fits no ports but any. */
bool		 sa_selects(const struct sa *s, const uint8_t *ip, size_t len);
bool		 sa_selects6(const struct sa *s, const uint8_t *ip, size_t len);	/* policy6.c */
/* A packet of n inner bytes went through at now: counts, and raises what falls due. */
void		 sa_account(struct dp *d, struct sa *s, size_t n, int64_t now);
/* What sa_account() found due; also where the sequence numbers near their end. */
void		 sa_due(struct dp *d, struct sa *s);
/* No longer chosen by its selectors. */
void		 policy_remove(struct sad *t, const struct sa *s);
void		 sa_fault(struct dp *d, const struct sa *s, const struct pkt *p, enum dp_fault_kind kind, uint64_t seq);

#endif
