#ifndef INSPIRE_DATAPATH_LANE_INT_H
#define INSPIRE_DATAPATH_LANE_INT_H

/*
 * What the files of the fast lane share.
 *
 *	lane.c		the frames in a row that do the same, and how they leave
 *	lane_flow.c	what is known of destinations
 *	lane_seal.c	into a tunnel
 *	lane_open.c	out of ESP
 */

#include "datapath/ip.h"
#include "datapath/lane.h"
#include "datapath/own.h"
#include "datapath/sa_run.h"
#include "datapath/wire.h"

#define LANE_LEAST	8	/* fewer go by the stages */
#define LANE_BURST	64	/* at a time: headers, state and jobs of so many lie in the first cache */

enum lane_kind {
	LANE_NOT,		/* for the stages */
	LANE_OURS,		/* an address of ours */
	LANE_LINK,		/* to a neighbour who is known */
	LANE_TUNNEL,		/* by a tunnel interface, and its ESP to a neighbour who is known */
};

/* What becomes of packets to dst.  Holds while gen is the datapath's. */
struct lane_flow {
	_Alignas(DP_LINE) uint64_t gen;
	uint32_t	 dst;
	uint16_t	 most;		/* bytes of an IP packet that needs no cutting */
	uint8_t		 kind;
	unsigned	 out_if;	/* by which the frame leaves */
	struct sa	*sa;		/* TUNNEL */
	struct dp_if	*tunnel;
	uint8_t		 head[16];	/* Ethernet's header, and two bytes that are none */
};

_Static_assert(sizeof(struct lane_flow) == DP_LINE, "a flow is no longer one cache line");

struct lane {
	struct lane_flow *flows;
	uint32_t	  mask, shift;	/* places - 1, 32 - log2 of them */
	uint32_t	  pushed;	/* that had to go for others since the table was made */
	uint64_t	  frames;	/* taken so far */
};

/* A frame on its way. */
struct lane_pkt {
	uint8_t			*ip;
	const struct lane_flow	*flow;
	struct sa		*sa;		/* out of ESP: NULL = none has the SPI */
	uint64_t		 seq;		/* of ESP, whole */
	uint32_t		 src, dst;
	uint32_t		 spi, low;
	uint32_t		 ntext;
	uint16_t		 len;		/* of the IP packet */
	uint16_t		 esp;		/* where ESP begins, from ip on */
	uint16_t		 job;
};

/* What leaves, in order: a frame by an interface, or a packet that came out of ESP and goes on by the stages. */
struct lane_out {
	size_t		 n;
	struct dp_frame	 f[LANE_BURST];
	unsigned	 out_if[LANE_BURST];
	struct pkt	*p[LANE_BURST];		/* NULL: a frame */
};

/* Room for what is known, before a burst; places do not move within one. */
void	 lane_ready(struct dp *d);
struct lane_flow *lane_learn(struct dp *d, uint32_t dst, bool push);
void	 lane_leave(struct dp *d, struct lane_out *o, int64_t now);
/* Both give how many of the packets from the first one on they took. */
size_t	 lane_seal(struct dp *d, struct lane_pkt *p, size_t n, struct lane_out *o, int64_t now);
size_t	 lane_open(struct dp *d, struct dp_if *ifp, struct lane_pkt *p, size_t n, struct lane_out *o, int64_t now);

#define LANE_PROBES	4

static inline uint32_t
lane_home(const struct lane *l, uint32_t dst)
{
	return dst * UINT32_C(2654435769) >> l->shift;
}

/* push: where there is no room another one may go; without, NULL then. */
static inline struct lane_flow *
lane_flow(struct dp *d, uint32_t dst, bool push)
{
	const struct lane	*l = d->lane;
	uint32_t		 at = lane_home(l, dst), k;
	struct lane_flow	*f;

	for (k = 0; k < LANE_PROBES; k++) {
		f = &l->flows[(at + k) & l->mask];
		if (f->dst == dst && f->gen == d->gen)
			return f;
	}
	return lane_learn(d, dst, push);
}

/* May a packet of this source have come by a wire? */
static inline bool
lane_source(struct dp *d, uint32_t src)
{
	unsigned	ifidx;

	return ip_is_host(src) && own_find(d->own, src, &ifidx) == OWN_NOT;
}

static inline void
lane_put(struct lane_out *o, uint8_t *frame, size_t len, unsigned out_if)
{
	o->f[o->n] = (struct dp_frame){ frame, len };
	o->out_if[o->n] = out_if;
	o->p[o->n++] = NULL;
}

/* On to the next router, or the host (RFC 1812, 5.2.7): one hop less, and a frame for the neighbour around it. */
static inline void
lane_link(struct lane_out *o, const struct lane_flow *f, uint8_t *ip, size_t len)
{
	uint8_t	*frame = ip - ETH_LEN;

	ttl_step(ip);
	memcpy(frame, f->head, ETH_LEN);
	if (len < ETH_MIN - ETH_LEN) {
		memset(ip + len, 0, ETH_MIN - ETH_LEN - len);
		len = ETH_MIN - ETH_LEN;
	}
	lane_put(o, frame, ETH_LEN + len, f->out_if);
}

#endif
