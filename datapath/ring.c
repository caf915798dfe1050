/* A ring between two threads: the producer publishes its position with release, the consumer reads it with acquire, and the other way about. */

#include <stdlib.h>

#include "datapath/ring.h"
#include "lib/mem.h"

#define SKIP	0xff	/* kind of a record that fills the room up to the end */

_Static_assert(sizeof(struct hand) <= RING_LINE, "a record's head has grown");

struct ring *
ring_new(void)
{
	struct ring	*r = aligned_alloc(RING_LINE, sizeof(*r));

	if (r == NULL)
		fatal("no memory for a ring between threads");
	atomic_init(&r->tail, 0);
	atomic_init(&r->head, 0);
	r->put = r->head_seen = r->got = r->tail_seen = 0;
	return r;
}

void
ring_free(struct ring *r)
{
	free(r);
}

static struct hand *
at(struct ring *r, uint32_t where)
{
	return (struct hand *)(void *)(r->mem + (where & (RING_BYTES - 1)));
}

static bool
room(struct ring *r, uint32_t n)
{
	if (RING_BYTES - (r->put - r->head_seen) >= n)
		return true;
	r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
	return RING_BYTES - (r->put - r->head_seen) >= n;
}

uint8_t *
ring_put(struct ring *r, const struct hand *head, size_t len)
{
	uint32_t	 need = (uint32_t)(RING_LINE + len + RING_LINE - 1) & ~(RING_LINE - 1);
	uint32_t	 end = RING_BYTES - (r->put & (RING_BYTES - 1));
	struct hand	*h;

	if (len > RING_BYTES / 4 || !room(r, need > end ? need + end : need))
		return NULL;
	if (need > end) {
		*at(r, r->put) = (struct hand){ .size = end, .kind = SKIP };
		r->put += end;
	}
	h = at(r, r->put);
	*h = *head;
	h->size = need;
	h->len = (uint32_t)len;
	r->put += need;
	return hand_bytes(h);
}

void
ring_show(struct ring *r)
{
	atomic_store_explicit(&r->tail, r->put, memory_order_release);
}

void
ring_look(struct ring *r)
{
	r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
}

struct hand *
ring_get(struct ring *r)
{
	struct hand	*h;

	while (r->got != r->tail_seen) {
		h = at(r, r->got);
		r->got += h->size;
		if (h->kind != SKIP)
			return h;
	}
	return NULL;
}

void
ring_release(struct ring *r)
{
	atomic_store_explicit(&r->head, r->got, memory_order_release);
}
