/*
 * UDP packets that came as fragments (RFC 791, 3.2; RFC 8200, 4.5), put together as far as an IKE message reaches.  A few
 * at a time: the oldest gives way, and is counted as lost.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/wire.h"
#include "lib/mem.h"
#include "shell/ladder_int.h"

#define SLOTS	32u
#define MOST	(LADDER_IKE_MOST + UDP_LEN + 8)	/* bytes */
#define UNITS	(MOST / 8 + 1)

struct slot {
	bool		 used;
	unsigned	 source;
	struct addr	 src, dst;
	uint32_t	 id;
	size_t		 total;			/* 0 = the last has not come */
	uint64_t	 age;
	uint8_t		 have[UNITS];
	uint8_t		 p[MOST];
};

struct ladder_frags {
	struct slot	 slot[SLOTS];
	uint64_t	 ages;
};

struct ladder_frags *
ladder_frags_new(void)
{
	return xcalloc(1, sizeof(struct ladder_frags));
}

void
ladder_frags_free(struct ladder_frags *f)
{
	free(f);
}

static struct slot *
slot_of(struct ladder *l, const struct ladder_pkt *k, uint32_t id)
{
	struct ladder_frags *f = l->frags;
	struct slot *s, *oldest = &f->slot[0];

	for (unsigned i = 0; i < SLOTS; i++) {
		s = &f->slot[i];
		if (s->used && s->id == id && s->source == k->source && addr_eq(&s->src, &k->src) && addr_eq(&s->dst, &k->dst))
			return s;
		if (!s->used || (oldest->used && s->age < oldest->age))
			oldest = s;
	}
	l->lost_fragments += oldest->used;
	*oldest = (struct slot){ .used = true, .source = k->source, .src = k->src, .dst = k->dst, .id = id, .age = ++f->ages };
	return oldest;
}

static bool
whole(const struct slot *s)
{
	if (s->total == 0)
		return false;
	for (size_t i = 0; i < (s->total + 7) / 8; i++)
		if (!s->have[i])
			return false;
	return true;
}

bool
ladder_frags_add(struct ladder *l, struct ladder_pkt *k, uint32_t id, size_t offset, bool more)
{
	struct slot *s;

	if (offset + k->n > MOST || (more && k->n % 8 != 0) || k->n == 0) {
		l->lost_fragments++;
		return false;
	}
	s = slot_of(l, k, id);
	memcpy(s->p + offset, k->p, k->n);
	memset(s->have + offset / 8, 1, (k->n + 7) / 8);
	if (!more)
		s->total = offset + k->n;
	if (!whole(s))
		return false;
	s->used = false;
	k->p = s->p;
	k->n = s->total;
	return true;
}
