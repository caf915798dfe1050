#ifndef INSPIRE_DATAPATH_SA_RUN_H
#define INSPIRE_DATAPATH_SA_RUN_H

/*
 * An SA as it runs, compiled from struct sa_params: two cache lines that each packet touches, and behind them
 * what only set-up, events and show need.  And the SAD that holds them: by SPI (inbound), by handle
 * (both ways), and the outbound ones that are chosen by their selectors.
 *
 * A stage looks an SA up and is done with it before it hands its packets on, and no op runs within a
 * stage; so an SA may be deleted in any handler.
 */

#include "datapath/crypto.h"
#include "datapath/internal.h"
#include "datapath/replay.h"
#include "datapath/sad.h"
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

struct sa_faults {
	uint64_t	auth, replay, len, selector, proto, overflow, expired, internal, encaps;
};

struct sa {
	/* First line: changes with each packet. */
	struct replay	 seq;		/* outbound: last = the last one sent */
	uint64_t	 packets, bytes;
	int64_t		 last_used;
	uint64_t	 bytes_next;	/* reaching this many raises an event */
	struct cryptor	*crypt;

	/* Second line: does not change, or seldom. */
	uint64_t	 seq_next;	/* outbound: this number raises an event */
	uint32_t	 spi, handle, src, dst;
	uint32_t	 flags;		/* SA_F_* */
	unsigned	 tunnel_if;
	uint8_t		 outer[20];	/* IPv4 header without what each packet has of its own */
	uint32_t	 outer_sum;	/* of outer, not folded */
	struct cryptor_sizes size;
	uint8_t		 head;		/* bytes before the text: ESP or AH header, IV, for AH the ICV */
	uint8_t		 udp;		/* bytes of UDP header before those, outbound */
	uint16_t	 udp_port;	/* of the peer */

	/* The rest. */
	struct sa_params p __attribute__((aligned(64)));	/* keys wiped */
	struct dp	*dp;
	struct a6	 src6, dst6;	/* SA_F_V6: src and dst are zero then, as a packet's are */
	struct timer	 soft, hard, idle;
	int64_t		 installed;
	int64_t		 idle_said;	/* when SA_EVENT_IDLE was last raised */
	uint64_t	 seq_end;	/* highest number that may be sent */
	uint64_t	 packets_base, bytes_base;	/* when the counters were cleared */
	uint64_t	 rollovers;	/* the low half of extended numbers began again */
	struct sa_faults faults;
};

struct sa_slot {
	struct sa	*sa;		/* NULL = free */
	uint32_t	 gen;		/* tells a handle from an earlier one of the same slot */
	uint32_t	 next;		/* free list: slot + 1 */
};

struct sad {
	struct spi_table spis;
	uint32_t	 spi_lo, spi_hi;		/* new ones are drawn from these */
	uint32_t	 blind_mask, blind_value;	/* look-ups fail for such SPIs; mask 0 and value 1: for none */
	struct sa_slot	*slots;
	uint32_t	 nslots, free;	/* free: slot + 1 */
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

/* What stands in the outer header. */
static inline uint8_t
sa_outer_proto(const struct sa *s)
{
	return s->flags & SA_F_UDP ? PROTO_UDP : (uint8_t)s->p.proto;
}

/* Room for n jobs, at most DP_BATCH; what was lent before is void. */
struct crypto_job *sad_jobs(struct sad *t, size_t n);
/* NULL if the handle is stale or none. */
struct sa	*sa_by_handle(const struct dp *d, uint32_t handle);
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
