/*
 * The SPI table's slow half: adding, removing, growing and shrinking.  The look-up is in the header,
 * for the packet path.  Removal shifts the entries behind it back, so there are no tombstones and a
 * table that has seen a million rekeys is as fast as a new one.  Two segments that were one and hold
 * little are one again.
 */

#include <stdlib.h>

#include "datapath/sad.h"
#include "lib/mem.h"

#define SPI_LEAST	16		/* entries */
#define SPI_LINE	64		/* bytes of a cache line; a segment starts on one */
#define SPI_AHEAD	32		/* look-ups that are prefetched: more misses than these a processor does not have in flight */
#define SPI_DEPTH_MAX	16		/* bits that choose a segment: for SPIs that were drawn, 11 do for a million */

struct spi_seg {
	struct spi_entry	*tab;
	uint32_t		 used;
	uint32_t		 depth;		/* first bits of the hash that its entries share */
};

static struct spi_entry *
entries_new(size_t n)
{
	struct spi_entry	*tab = aligned_alloc(SPI_LINE, n * sizeof(*tab));
	size_t			 i;

	if (tab == NULL)
		fatal("no memory for %zu entries of the SPI table", n);
	for (i = 0; i < n; i++)
		tab[i] = (struct spi_entry){ 0 };
	return tab;
}

static void
entry_put(const struct spi_table *t, struct spi_entry *tab, uint32_t mask, struct spi_entry e)
{
	uint32_t	i = spi_hash(t, e.spi);

	while (tab[i & mask].spi != 0)
		i++;
	tab[i & mask] = e;
}

static unsigned
depth_of(const struct spi_table *t)
{
	return 32 - t->shift;
}

static uint32_t
seg_index(const struct spi_table *t, uint32_t spi)
{
	return (uint32_t)((uint64_t)spi_hash(t, spi) >> t->shift);
}

/* --- The only segment grows and shrinks --- */

static void
only_resize(struct spi_table *t, size_t n)
{
	struct spi_seg		*s = t->segs[0];
	struct spi_entry	*old = s->tab;
	size_t			 i, nold = (size_t)t->mask + 1;

	s->tab = entries_new(n);
	t->dir[0] = s->tab;
	t->mask = (uint32_t)(n - 1);
	for (i = 0; i < nold; i++)
		if (old[i].spi != 0)
			entry_put(t, s->tab, t->mask, old[i]);
	free(old);
}

/* --- Segments are split and joined --- */

static void
dir_double(struct spi_table *t)
{
	size_t	n = (size_t)1 << depth_of(t), i;

	t->dir = xrealloc(t->dir, 2 * n * sizeof(struct spi_entry *));
	t->segs = xrealloc(t->segs, 2 * n * sizeof(struct spi_seg *));
	for (i = n; i-- > 0; ) {
		t->dir[2 * i] = t->dir[2 * i + 1] = t->dir[i];
		t->segs[2 * i] = t->segs[2 * i + 1] = t->segs[i];
	}
	t->shift--;
}

static void
dir_halve(struct spi_table *t)
{
	size_t	n = (size_t)1 << depth_of(t), i;

	for (i = 0; i < n / 2; i++) {
		t->dir[i] = t->dir[2 * i];
		t->segs[i] = t->segs[2 * i];
	}
	t->dir = xrealloc(t->dir, n / 2 * sizeof(struct spi_entry *));
	t->segs = xrealloc(t->segs, n / 2 * sizeof(struct spi_seg *));
	t->shift++;
}

/* The places of the directory that lead to the segment at i are its. */
static void
dir_set(struct spi_table *t, uint32_t i, struct spi_seg *s)
{
	uint32_t	n = UINT32_C(1) << (depth_of(t) - s->depth), first = i & ~(n - 1), k;

	for (k = first; k < first + n; k++) {
		t->segs[k] = s;
		t->dir[k] = s->tab;
	}
}

static void
seg_take(const struct spi_table *t, struct spi_seg *s, const struct spi_entry *e)
{
	entry_put(t, s->tab, t->mask, *e);
	s->used++;
}

static void
seg_split(struct spi_table *t, uint32_t spi)
{
	struct spi_seg		*half[2], *was;
	const struct spi_entry	*e;
	uint32_t		 i, k, far;

	if (t->segs[seg_index(t, spi)]->depth == depth_of(t))
		dir_double(t);
	i = seg_index(t, spi);
	was = t->segs[i];
	far = UINT32_C(1) << (depth_of(t) - was->depth - 1);	/* places of each half */
	for (k = 0; k < 2; k++) {
		half[k] = xmalloc(sizeof(*half[k]));
		*half[k] = (struct spi_seg){ entries_new(SPI_SEG), 0, was->depth + 1 };
	}
	for (e = was->tab; e <= was->tab + t->mask; e++)
		if (e->spi != 0)
			seg_take(t, half[spi_hash(t, e->spi) >> (31 - was->depth) & 1], e);
	dir_set(t, i & ~far, half[0]);
	dir_set(t, i | far, half[1]);
	t->nsegs++;
	free(was->tab);
	free(was);
}

/* The other half of what the segment at i was split from; NULL if that is split further. */
static struct spi_seg *
seg_buddy(const struct spi_table *t, uint32_t i)
{
	const struct spi_seg	*s = t->segs[i];
	struct spi_seg		*b;

	if (s->depth == 0)
		return NULL;
	b = t->segs[i ^ UINT32_C(1) << (depth_of(t) - s->depth)];
	return b->depth == s->depth ? b : NULL;
}

/* Does any segment use the last bit of the directory? */
static bool
dir_is_deep(const struct spi_table *t)
{
	size_t	n = (size_t)1 << depth_of(t), i;

	for (i = 0; i < n; i += 2)
		if (t->segs[i] != t->segs[i + 1])
			return true;
	return false;
}

static void
seg_join(struct spi_table *t, uint32_t i, struct spi_seg *buddy)
{
	struct spi_seg		*s = t->segs[i];
	const struct spi_entry	*e;

	for (e = buddy->tab; e <= buddy->tab + t->mask; e++)
		if (e->spi != 0)
			seg_take(t, s, e);
	s->depth--;
	dir_set(t, i, s);
	t->nsegs--;
	free(buddy->tab);
	free(buddy);
	while (depth_of(t) > 0 && !dir_is_deep(t))
		dir_halve(t);
}

/* --- What is called --- */

void
spi_table_init(struct spi_table *t, uint32_t mix)
{
	*t = (struct spi_table){ .mix = mix, .shift = 32, .mask = SPI_LEAST - 1, .nsegs = 1 };
	t->dir = xmalloc(sizeof(struct spi_entry *));
	t->segs = xmalloc(sizeof(struct spi_seg *));
	t->segs[0] = xcalloc(1, sizeof(struct spi_seg));
	t->dir[0] = t->segs[0]->tab = entries_new(SPI_LEAST);
}

void
spi_table_fini(struct spi_table *t)
{
	size_t		n = (size_t)1 << depth_of(t), i, step;
	struct spi_seg	*s;

	for (i = 0; i < n; i += step) {
		s = t->segs[i];
		step = (size_t)1 << (depth_of(t) - s->depth);
		free(s->tab);
		free(s);
	}
	free(t->dir);
	free(t->segs);
	*t = (struct spi_table){ 0 };
}

/* Room for one more where the SPI belongs. */
static bool
seg_room(struct spi_table *t, uint32_t spi)
{
	const struct spi_seg	*s;

	while ((s = t->segs[seg_index(t, spi)])->used * 2 > t->mask) {
		if (t->mask + 1 < SPI_SEG)
			only_resize(t, ((size_t)t->mask + 1) * 2);
		else if (s->depth < SPI_DEPTH_MAX)
			seg_split(t, spi);
		else
			return s->used < t->mask;
	}
	return true;
}

bool
spi_add(struct spi_table *t, uint32_t spi, uint32_t proto, struct sa *sa)
{
	const struct spi_entry	e = { spi, proto, sa };

	if (spi == 0 || spi_find(t, spi, proto) != NULL || !seg_room(t, spi))
		return false;
	seg_take(t, t->segs[seg_index(t, spi)], &e);
	t->used++;
	return true;
}

/* Closes the hole at i: whatever lies behind it and would be cut off from its home moves into it. */
static void
seg_close(const struct spi_table *t, struct spi_entry *tab, uint32_t i)
{
	uint32_t	j = i, home;

	for (;;) {
		j = (j + 1) & t->mask;
		if (tab[j].spi == 0)
			break;
		home = spi_hash(t, tab[j].spi) & t->mask;
		if (((j - home) & t->mask) >= ((j - i) & t->mask)) {
			tab[i] = tab[j];
			i = j;
		}
	}
	tab[i] = (struct spi_entry){ 0 };
}

static void
seg_shrink(struct spi_table *t, uint32_t spi)
{
	struct spi_seg	*buddy;
	uint32_t	 n = t->mask + 1;

	while ((buddy = seg_buddy(t, seg_index(t, spi))) != NULL && (t->segs[seg_index(t, spi)]->used + buddy->used) * 8 < n)
		seg_join(t, seg_index(t, spi), buddy);
	if (depth_of(t) == 0 && n > SPI_LEAST && t->segs[0]->used * 8 < n)
		only_resize(t, n / 2);
}

bool
spi_del(struct spi_table *t, uint32_t spi, uint32_t proto)
{
	uint32_t	 i = spi_hash(t, spi) & t->mask;
	struct spi_seg	*s = t->segs[seg_index(t, spi)];

	if (spi_find(t, spi, proto) == NULL)
		return false;
	while (s->tab[i].spi != spi || s->tab[i].proto != proto)
		i = (i + 1) & t->mask;
	seg_close(t, s->tab, i);
	s->used--;
	t->used--;
	seg_shrink(t, spi);
	return true;
}

void
spi_find_vec(const struct spi_table *t, const struct spi_key *k, size_t n, struct sa **out)
{
	size_t	i, ahead = n < SPI_AHEAD ? n : SPI_AHEAD;

	for (i = 0; i < ahead; i++)
		spi_prefetch(t, k[i].spi);
	for (i = 0; i < n; i++) {
		if (i + SPI_AHEAD < n)
			spi_prefetch(t, k[i + SPI_AHEAD].spi);
		out[i] = spi_find(t, k[i].spi, k[i].proto);
	}
}
