/* Where SAs lie: in slabs that go back to the heap when they are empty.  A handle is a place and its generation, so that an old one finds nothing. */

#include <stdlib.h>
#include <string.h>

#include "datapath/sa_int.h"
#include "lib/mem.h"

#define GEN_MAX		((UINT32_C(1) << (32 - SLOT_BITS)) - 1)

struct sa *
sa_place_of(const struct sad *t, uint32_t i)
{
	return &t->mem[(i - 1) >> SLAB_BITS][(i - 1) % SLAB_SAS];
}

static void
place_free(struct sad *t, uint32_t i)
{
	struct sa	*s = sa_place_of(t, i);

	s->handle = SA_NONE;
	s->free_prev = 0;
	s->free_next = t->free;
	if (t->free != 0)
		sa_place_of(t, t->free)->free_prev = i;
	t->free = i;
}

static void
place_unfree(struct sad *t, uint32_t i)
{
	const struct sa	*s = sa_place_of(t, i);

	if (s->free_prev != 0)
		sa_place_of(t, s->free_prev)->free_next = s->free_next;
	else
		t->free = s->free_next;
	if (s->free_next != 0)
		sa_place_of(t, s->free_next)->free_prev = s->free_prev;
}

/* One more slab, without memory. */
static uint32_t
slab_new(struct sad *t)
{
	if (t->nslabs == t->cslabs) {
		t->cslabs = t->cslabs != 0 ? t->cslabs * 2 : 2;
		t->mem = xrealloc(t->mem, t->cslabs * sizeof(struct sa *));
		t->slabs = xrealloc(t->slabs, t->cslabs * sizeof(struct sa_slab *));
	}
	t->mem[t->nslabs] = NULL;
	t->slabs[t->nslabs] = xcalloc(1, sizeof(struct sa_slab));
	return t->nslabs++;
}

static void
slab_fill(struct sad *t)
{
	uint32_t	k = t->bare != 0 ? t->bare - 1 : slab_new(t), i;

	t->bare = t->slabs[k]->next;
	if ((t->mem[k] = aligned_alloc(SA_LINE, SLAB_SAS * sizeof(struct sa))) == NULL)
		fatal("no memory for SAs");
	for (i = SLAB_SAS; i > 0; i--)
		place_free(t, k * SLAB_SAS + i);
}

static void
slab_bare(struct sad *t, uint32_t k)
{
	uint32_t	i;

	for (i = 1; i <= SLAB_SAS; i++)
		place_unfree(t, k * SLAB_SAS + i);
	free(t->mem[k]);
	t->mem[k] = NULL;
	t->slabs[k]->next = t->bare;
	t->bare = k + 1;
}

struct sa *
sa_place_take(struct sad *t)
{
	struct sa_slab	*slab;
	struct sa	*s;
	uint32_t	 i;

	if (t->free == 0)
		slab_fill(t);
	i = t->free;
	place_unfree(t, i);
	s = sa_place_of(t, i);
	memset(s, 0, sizeof(*s));
	slab = t->slabs[(i - 1) >> SLAB_BITS];
	slab->used++;
	s->handle = (uint32_t)slab->gen[(i - 1) % SLAB_SAS] << SLOT_BITS | i;
	t->count++;
	return s;
}

/* The first slab stays: most routers need no other. */
void
sa_place_give(struct sad *t, const struct sa *s)
{
	uint32_t	 i = s->handle & SLOT_MASK, k = (i - 1) >> SLAB_BITS;
	struct sa_slab	*slab = t->slabs[k];
	uint16_t	*gen = &slab->gen[(i - 1) % SLAB_SAS];

	*gen = *gen == GEN_MAX ? 0 : (uint16_t)(*gen + 1);
	place_free(t, i);
	t->count--;
	if (--slab->used == 0 && k != 0)
		slab_bare(t, k);
}

/* Doubles, so that a router that has seen its largest vector allocates no more. */
struct crypto_job *
sad_jobs(struct sad *t, size_t n)
{
	size_t	want = t->cjobs != 0 ? t->cjobs : 4;

	while (want < n)
		want *= 2;
	if (want != t->cjobs) {
		t->jobs = xrealloc(t->jobs, want * sizeof(*t->jobs));
		t->cjobs = want;
	}
	return t->jobs;
}
