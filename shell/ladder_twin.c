/*
 * The same message again: sent anew by a timer, or seen by the other capture, too.  A packet is known in the other capture
 * by its bytes and its IP identification, where there is one, and else by the time; what is left is a retransmission.
 */

#include <stdlib.h>

#include "lib/mem.h"
#include "shell/ladder_int.h"

#define SLOTS	4096u			/* messages remembered; the next in the same place takes the oldest's */
#define TIMES	8u			/* they were sent */
#define NEAR	(3 * NSEC_SEC)		/* the longest way from one capture to the other */
#define COPY	(10 * NSEC_MS)		/* the same packet twice in one capture, as on an interface `any` */

struct seen {
	uint16_t	 ip_id;
	uint8_t		 source;
	bool		 both;
	int64_t		 ns;
	unsigned	 row;
};
struct slot {
	uint64_t	 sum;
	unsigned	 n;
	struct seen	 seen[TIMES];
};
struct ladder_twins { struct slot slot[SLOTS]; };

struct ladder_twins *
ladder_twins_new(void)
{
	return xcalloc(1, sizeof(struct ladder_twins));
}

void
ladder_twins_free(struct ladder_twins *t)
{
	free(t);
}

/* FNV-1a, 64 bits. */
static uint64_t
sum_of_bytes(const uint8_t *p, size_t n)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(1099511628211);
	return h | 1;
}

static bool
same_packet(const struct seen *s, const struct ladder_pkt *k)
{
	int64_t d = k->ns - s->ns;

	if (s->source == k->source)
		return s->ip_id == k->ip_id && k->ip_id != 0 && d >= 0 && d < COPY;
	if (s->both || d > NEAR || d < -NEAR)
		return false;
	return s->ip_id == k->ip_id || s->ip_id == 0 || k->ip_id == 0;
}

enum ladder_twin
ladder_twin_find(struct ladder_twins *t, const struct ladder_pkt *k, unsigned *row)
{
	uint64_t sum = sum_of_bytes(k->p, k->n);
	struct slot *s = &t->slot[sum % SLOTS];

	if (s->sum != sum)
		return LADDER_NEW;
	for (unsigned i = 0; i < s->n; i++)
		if (same_packet(&s->seen[i], k)) {
			s->seen[i].both = s->seen[i].both || s->seen[i].source != k->source;
			*row = s->seen[i].row;
			return LADDER_TWIN;
		}
	*row = s->seen[0].row;
	return LADDER_AGAIN;
}

/* Of the times one was sent the first stays, since what comes again is told by it. */
void
ladder_twin_note(struct ladder_twins *t, const struct ladder_pkt *k, unsigned row)
{
	uint64_t sum = sum_of_bytes(k->p, k->n);
	struct slot *s = &t->slot[sum % SLOTS];

	if (s->sum != sum)
		*s = (struct slot){ .sum = sum };
	if (s->n == TIMES) {
		for (unsigned i = 2; i < TIMES; i++)
			s->seen[i - 1] = s->seen[i];
		s->n--;
	}
	s->seen[s->n++] = (struct seen){ k->ip_id, (uint8_t)k->source, false, k->ns, row };
}
