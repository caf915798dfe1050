#ifndef INSPIRE_DATAPATH_REPLAY_H
#define INSPIRE_DATAPATH_REPLAY_H

/*
 * The anti-replay window (RFC 4303, 3.4.3 and appendix A) as a ring of 64-bit words: bit seq % 64 of
 * word seq / 64.  The ring has a word more than the window needs, so that moving on clears whole words
 * and never shifts bits (RFC 6479).  Of extended sequence numbers only the low half is on the wire;
 * replay_full() finds the high one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLAY_MAX	1024		/* packets */
#define REPLAY_WORDS	32		/* of the largest ring */
#define REPLAY_ESN_OFF	1024		/* window by which high halves are found where checking is off */

struct replay {
	uint64_t	 last;		/* highest number accepted */
	uint64_t	*bits;
	uint16_t	 window;	/* packets; 0 = off */
	uint16_t	 mask;		/* words - 1 */
	uint32_t	 ahead;		/* outbound: bytes that are being sealed, not counted yet */
};

/* Words that a window of so many packets needs: a power of two. */
static inline size_t
replay_words(unsigned window)
{
	size_t	n = 2;

	while (n * 64 < (size_t)window + 64)
		n *= 2;
	return n;
}

/*
 * The whole number behind the low half (RFC 4303, A2.2).  False where it would lie before the first
 * number or past the last.
 */
static inline bool
replay_full(const struct replay *r, bool esn, uint32_t low, uint64_t *seq)
{
	uint32_t	w = r->window != 0 ? r->window : REPLAY_ESN_OFF;
	uint32_t	tl = (uint32_t)r->last, th = (uint32_t)(r->last >> 32);
	uint32_t	bottom = tl - (w - 1);

	*seq = low;
	if (!esn)
		return true;
	if (tl >= w - 1) {
		if (low < bottom && th++ == UINT32_MAX)
			return false;
	} else if (low >= bottom && th-- == 0)
		return false;
	*seq |= (uint64_t)th << 32;
	return true;
}

/* May seq be accepted?  Changes nothing; replay_set() follows authentication. */
static inline bool
replay_ok(const struct replay *r, uint64_t seq)
{
	if (r->window == 0)
		return true;
	if (seq == 0)
		return false;
	if (seq > r->last)
		return true;
	if (r->last - seq >= r->window)
		return false;
	return (r->bits[seq / 64 & r->mask] >> seq % 64 & 1) == 0;
}

static inline void
replay_set(struct replay *r, uint64_t seq)
{
	uint64_t	word, steps;

	if (seq > r->last) {
		word = r->last / 64;
		steps = seq / 64 - word;
		if (steps > (uint64_t)r->mask + 1)
			steps = (uint64_t)r->mask + 1;
		if (r->window != 0)
			while (steps-- > 0)
				r->bits[++word & r->mask] = 0;
		r->last = seq;
	}
	if (r->window != 0)
		r->bits[seq / 64 & r->mask] |= UINT64_C(1) << seq % 64;
}

#endif
