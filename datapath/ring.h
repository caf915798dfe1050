#ifndef INSPIRE_DATAPATH_RING_H
#define INSPIRE_DATAPATH_RING_H

/*
 * What one thread hands over to another: records of bytes in a ring with one producer and one consumer, in order.  Neither waits:
 * a full ring takes nothing, an empty one gives nothing.  A record's bytes lie in one piece and stay until they are released, so
 * they may be worked on where they are.  The two ends' positions lie on lines of their own and are written once a vector.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_BYTES	(512u * 1024)	/* a power of two; the longest record is a packet of 64 KB */
#define RING_LINE	64u

/* A packet and what is known of it: as in struct pkt.  The bytes follow. */
struct hand {
	uint32_t	size;		/* of the record, a multiple of RING_LINE */
	uint32_t	len;		/* bytes behind */
	uint8_t		kind;		/* enum hand_kind */
	uint8_t		proto, ihl, flags, nest;
	bool		v6, again;	/* again: it was handed over before */
	uint16_t	sport;
	uint32_t	in_if, out_if, next_hop, nbma, sa, src, dst;
};

struct ring {
	_Alignas(RING_LINE) _Atomic uint32_t tail;	/* up to where the consumer may read */
	uint32_t	 put, head_seen;		/* the producer's */
	_Alignas(RING_LINE) _Atomic uint32_t head;	/* up to where the producer may write */
	uint32_t	 got, tail_seen;		/* the consumer's */
	_Alignas(RING_LINE) uint8_t mem[RING_BYTES];
};

struct ring	*ring_new(void);
void		 ring_free(struct ring *r);
/* Room for len bytes behind a copy of head (size and len are set here); NULL: there is none.  Seen by the consumer after ring_show(). */
uint8_t		*ring_put(struct ring *r, const struct hand *head, size_t len);
void		 ring_show(struct ring *r);
/* Records that are there now are what ring_get() gives from now on. */
void		 ring_look(struct ring *r);
/* The next one, or NULL; its bytes may be written to until ring_release(). */
struct hand	*ring_get(struct ring *r);
void		 ring_release(struct ring *r);		/* all that was got */

static inline uint8_t *
hand_bytes(struct hand *h)
{
	return (uint8_t *)h + RING_LINE;
}

#endif
