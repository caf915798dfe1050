/*
 * The search for the first entry of a list that fits.  A list of a few entries is gone through one by one.  A longer
 * one is cut into blocks of up to 1,024 entries, and a block is searched in five dimensions at once: source,
 * destination, both ports, protocol.  In each, the values are cut into intervals over which the same entries
 * fit; an interval has a row, one bit an entry.  A packet's interval in a dimension is found by a search
 * without branches that starts in the right part of the values, and of the bits that stand in all five rows
 * that of the first entry is the answer.
 *
 * A row's bits don't stand in the list's order but in that of addresses, so that entries for like addresses share
 * words.  With each row goes a summary, a bit for each of its words that isn't empty: of sixteen words
 * few are left when the summaries have been held against each other, and only these are read.  Where addresses and
 * protocol leave but a few entries, these are looked at themselves, and no port is searched for.
 *
 * What the dimensions don't tell (masks with holes beyond their leading bits, TCP flags, marking) is looked
 * at in the entry itself when its bit is found.  Fragments have rows of their own in place of the ports.
 *
 * Intervals come of a sweep over the ends of all entries' ranges, equal rows are kept once: making a block
 * costs about as much as sorting it, and 10,000 entries are ten blocks.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/classify_block.h"
#include "lib/mem.h"

#define LINEAR_MAX	12		/* up to so many entries one by one is quicker, and takes no tables */
#define LINE		64		/* bytes of a cache line */
#define RANGES_MAX	(DP_ACE_PORTS + 1)
#define BUCKETS_MAX	4096		/* parts of a dimension from which a search starts */

/* --- Rows --- */

static void
rows_init(struct rows *r, uint32_t n)
{
	*r = (struct rows){ .stride = (n + 63) / 64 };
}

static void
rows_fini(struct rows *r)
{
	free(r->v);
	free(r->hash);
}

static uint32_t
row_hash(const uint64_t *words, uint32_t n)
{
	uint64_t	h = 0;
	uint32_t	i;

	for (i = 0; i < n; i++)
		h = (h ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15) + (h >> 29);
	return (uint32_t)(h >> 32);
}

/* The place of these words in the hash: that of a row like them, or a free one. */
static uint32_t *
hash_slot(const struct rows *r, const uint64_t *words)
{
	uint32_t	i = row_hash(words, r->stride) & r->mask;

	while (r->hash[i] != 0 && memcmp(row_at(r, r->hash[i] - 1), words, r->stride * sizeof(*words)) != 0)
		i = (i + 1) & r->mask;
	return &r->hash[i];
}

static void
rows_grow(struct rows *r)
{
	uint32_t	i;

	r->cap = r->cap != 0 ? r->cap * 2 : 16;
	r->v = xrealloc(r->v, (size_t)r->cap * r->stride * sizeof(*r->v));
	free(r->hash);
	r->hash = xcalloc((size_t)r->cap * 2, sizeof(*r->hash));
	r->mask = r->cap * 2 - 1;
	for (i = 0; i < r->n; i++)
		*hash_slot(r, row_at(r, i)) = i + 1;
}

static uint16_t
summary(const uint64_t *words, uint32_t n)
{
	uint32_t	i, s = 0;

	for (i = 0; i < n; i++)
		s |= (uint32_t)(words[i] != 0) << i;
	return (uint16_t)s;
}

/* The row with these words. */
static struct row
rows_put(struct rows *r, const uint64_t *words)
{
	uint32_t	*slot;

	if (r->n == r->cap)
		rows_grow(r);
	slot = hash_slot(r, words);
	if (*slot == 0) {
		memcpy(row_at(r, r->n), words, r->stride * sizeof(*words));
		*slot = ++r->n;
	}
	return (struct row){ (uint16_t)(*slot - 1), summary(words, r->stride) };
}

/* Made; the hash is wanted no more, and rows go where they begin with a cache line. */
static void
rows_done(struct rows *r)
{
	size_t		 size = (size_t)r->n * r->stride * sizeof(*r->v);
	uint64_t	*v = aligned_alloc(LINE, (size + LINE - 1) / LINE * LINE);

	if (v == NULL)
		fatal("no memory");
	memcpy(v, r->v, size);
	free(r->v);
	free(r->hash);
	r->hash = NULL;
	r->v = v;
	r->cap = r->n;
}

/* --- What an entry takes of a dimension, as ranges that don't overlap --- */

struct range {
	uint32_t	lo, hi;
};

/* The leading bits of the mask; what holes stand for is looked at later. */
static size_t
address_ranges(uint32_t addr, uint32_t mask, struct range *out)
{
	unsigned	len = ~mask == 0 ? 32 : (unsigned)__builtin_clz(~mask);
	uint32_t	rest = len == 0 ? UINT32_MAX : len == 32 ? 0 : UINT32_MAX >> len;

	out[0] = (struct range){ addr & ~rest, addr | rest };
	return 1;
}

static int
u16_cmp(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* The ports of an `eq`, or those between the ports of a `neq`. */
static size_t
listed_ranges(const struct dp_ports *p, struct range *out)
{
	struct dp_ports	s = *p;
	uint32_t	next = 0;
	size_t		i, n = 0;

	qsort(s.v, s.n, sizeof(s.v[0]), u16_cmp);
	for (i = 0; i < s.n; i++) {
		if (i > 0 && s.v[i] == s.v[i - 1])
			continue;
		if (p->op == DP_PORT_EQ)
			out[n++] = (struct range){ s.v[i], s.v[i] };
		else if (s.v[i] > next)
			out[n++] = (struct range){ next, s.v[i] - 1u };
		next = s.v[i] + 1u;
	}
	if (p->op == DP_PORT_NEQ && next <= UINT16_MAX)
		out[n++] = (struct range){ next, UINT16_MAX };
	return n;
}

static size_t
port_ranges(const struct dp_ports *p, struct range *out)
{
	struct range	r = { 0, UINT16_MAX };

	switch (p->op) {
	case DP_PORT_EQ:
	case DP_PORT_NEQ:
		return listed_ranges(p, out);
	case DP_PORT_GT:
		r.lo = p->v[0] + 1u;
		break;
	case DP_PORT_LT:
		if (p->v[0] == 0)
			return 0;
		r.hi = p->v[0] - 1u;
		break;
	case DP_PORT_RANGE:
		r = (struct range){ p->v[0], p->v[1] };
		break;
	}
	out[0] = r;
	return r.lo <= r.hi;
}

static size_t
ranges_of(const struct dp_ace *a, int dim, struct range *out)
{
	switch (dim) {
	case DIM_SRC:
		return address_ranges(a->src & a->src_mask, a->src_mask, out);
	case DIM_DST:
		return address_ranges(a->dst & a->dst_mask, a->dst_mask, out);
	case DIM_SPORT:		/* what is for later fragments only has no row here */
		return a->fragments ? 0 : port_ranges(&a->sport, out);
	default:
		return port_ranges(&a->dport, out);
	}
}

/* --- A dimension, by a sweep --- */

/* From here on (a value) the bit's entry fits, or no longer does. */
struct turn {
	uint32_t	at, bit;
};

static int
turn_cmp(const void *a, const void *b)
{
	const struct turn	*x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static size_t
turns_of(const struct block *b, int dim, struct turn *out)
{
	struct range	r[RANGES_MAX];
	size_t		k, nr, n = 0;
	uint32_t	i;

	for (i = 0; i < b->n; i++) {
		nr = ranges_of(&b->aces[b->entry[i]], dim, r);
		for (k = 0; k < nr; k++) {
			out[n++] = (struct turn){ r[k].lo, i };
			if (r[k].hi != UINT32_MAX)
				out[n++] = (struct turn){ r[k].hi + 1, i };
		}
	}
	qsort(out, n, sizeof(*out), turn_cmp);
	return n;
}

static void
interval_put(struct dim *d, uint32_t low, const uint64_t *words)
{
	struct row	row = rows_put(&d->rows, words);

	if (d->n > 0 && d->row[d->n - 1].nth == row.nth)
		return;
	d->low[d->n] = low;
	d->row[d->n++] = row;
}

/*
 * Cuts the values between the first and the last place where an interval begins into equal parts, so that a search
 * may start where its part does.  What lies behind the last part belongs to that one.
 */
static void
buckets_make(struct dim *d)
{
	uint32_t	i, k = 0, last = d->low[d->n - 1], first, span;

	for (d->nbuckets = 16; d->nbuckets < BUCKETS_MAX && d->nbuckets < 2 * d->n; d->nbuckets *= 2)
		;
	d->bucket = xcalloc(d->nbuckets, sizeof(*d->bucket));
	d->base = d->n > 1 ? d->low[1] : 0;
	for (span = last - d->base; span >> d->shift >= d->nbuckets; d->shift++)
		;
	d->most = 1;
	for (i = 0; i < d->nbuckets; i++) {
		first = k;
		while (k + 1 < d->n && bucket_of(d, d->low[k + 1]) <= i)
			k++;
		d->bucket[i] = (uint16_t)first;
		if (k - first + 1 > d->most)
			d->most = k - first + 1;
	}
	/* A search looks at `most` intervals from where it starts, so the last one is repeated. */
	d->low = xrealloc(d->low, (d->n + d->most) * sizeof(*d->low));
	d->row = xrealloc(d->row, (d->n + d->most) * sizeof(*d->row));
	for (i = d->n; i < d->n + d->most; i++) {
		d->low[i] = UINT32_MAX;
		d->row[i] = d->row[d->n - 1];
	}
}

static void
dim_make(struct block *b, int which)
{
	struct turn	*turns = xcalloc((size_t)b->n * RANGES_MAX * 2, sizeof(*turns));
	size_t		 i = 0, n = turns_of(b, which, turns);
	uint64_t	 words[WORDS_MAX] = { 0 };
	struct dim	*d = &b->dim[which];
	uint32_t	 at;

	rows_init(&d->rows, b->n);
	d->low = xcalloc(n + 1, sizeof(*d->low));
	d->row = xcalloc(n + 1, sizeof(*d->row));
	if (n == 0 || turns[0].at != 0)
		interval_put(d, 0, words);
	while (i < n) {
		for (at = turns[i].at; i < n && turns[i].at == at; i++)
			words[turns[i].bit / 64] ^= UINT64_C(1) << turns[i].bit % 64;
		interval_put(d, at, words);
	}
	buckets_make(d);
	free(turns);
}

/* --- A block --- */

static void
bit_set(uint64_t *words, uint32_t i)
{
	words[i / 64] |= UINT64_C(1) << i % 64;
}

static void
protos_make(struct block *b)
{
	const struct dp_ace	*a;
	uint64_t		 words[WORDS_MAX];
	unsigned		 proto;
	uint32_t		 i;

	rows_init(&b->protos, b->n);
	for (proto = 0; proto < 256; proto++) {
		memset(words, 0, sizeof(words));
		for (i = 0; i < b->n; i++) {
			a = &b->aces[b->entry[i]];
			if (a->proto == 0 || a->proto == proto)
				bit_set(words, i);
		}
		b->proto_row[proto] = rows_put(&b->protos, words);
	}
	rows_done(&b->protos);
}

/* What stands in place of the ports for packets that show none. */
static void
parts_make(struct block *b)
{
	uint64_t		 cut[WORDS_MAX] = { 0 }, later[WORDS_MAX] = { 0 }, all[WORDS_MAX] = { 0 };
	const struct dp_ace	*a;
	uint32_t		 i;

	for (i = 0; i < b->n; i++) {
		a = &b->aces[b->entry[i]];
		bit_set(all, i);
		if (!a->fragments && !ace_needs_head(a))
			bit_set(cut, i);
		if (a->fragments || !ace_needs_head(a) || a->permit)
			bit_set(later, i);
	}
	b->cut_row = rows_put(&b->dim[DIM_SPORT].rows, cut);
	b->later_row = rows_put(&b->dim[DIM_SPORT].rows, later);
	b->all_row = rows_put(&b->dim[DIM_DPORT].rows, all);
}

static bool
mask_has_holes(uint32_t mask)
{
	return (~mask & (~mask + 1)) != 0;
}

/* What the dimensions don't tell all of. */
static bool
is_exact(const struct dp_ace *a)
{
	return mask_has_holes(a->src_mask) || mask_has_holes(a->dst_mask) || a->tcp_op != DP_TCP_ANY || a->tos_mask != 0;
}

/* The ports of an entry as ranges; false if they aren't. */
static bool
span_make(const struct dp_ace *a, struct span *out)
{
	struct range	s[RANGES_MAX], d[RANGES_MAX];

	if (port_ranges(&a->sport, s) != 1 || port_ranges(&a->dport, d) != 1)
		return false;
	*out = (struct span){ (uint16_t)s->lo, (uint16_t)(s->hi - s->lo), (uint16_t)d->lo, (uint16_t)(d->hi - d->lo) };
	return true;
}

/* By source, then destination, each in its range; what is open to all first. */
struct place {
	uint64_t	key;
	uint32_t	entry;
};

static int
place_cmp(const void *a, const void *b)
{
	const struct place	*x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

/* Gives each entry its bit. */
static void
order_make(struct block *b)
{
	struct place		*p = xcalloc(b->n, sizeof(*p));
	const struct dp_ace	*a;
	uint32_t		 i;

	for (i = 0; i < b->n; i++) {
		a = &b->aces[i];
		p[i] = (struct place){ (uint64_t)(a->src & a->src_mask) << 32 | (a->dst & a->dst_mask), i };
	}
	qsort(p, b->n, sizeof(*p), place_cmp);
	memset(b->least, 0xff, sizeof(b->least));
	for (i = 0; i < b->n; i++) {
		b->entry[i] = (uint16_t)p[i].entry;
		if (p[i].entry < b->least[i / 64])
			b->least[i / 64] = (uint16_t)p[i].entry;
		a = &b->aces[p[i].entry];
		if (is_exact(a))
			bit_set(b->exact, i);
		if (!span_make(a, &b->span[i]) || is_exact(a) || a->fragments)
			bit_set(b->apart, i);
	}
	free(p);
}

static void
block_make(struct block *b, const struct dp_ace *aces, uint32_t first, uint32_t n)
{
	int	dim;

	b->aces = aces + first;
	b->first = first;
	b->n = n;
	order_make(b);
	for (dim = 0; dim < NDIMS; dim++)
		dim_make(b, dim);
	protos_make(b);
	parts_make(b);
	for (dim = 0; dim < NDIMS; dim++)
		rows_done(&b->dim[dim].rows);
}

static void
block_fini(struct block *b)
{
	int	dim;

	for (dim = 0; dim < NDIMS; dim++) {
		free(b->dim[dim].low);
		free(b->dim[dim].row);
		free(b->dim[dim].bucket);
		rows_fini(&b->dim[dim].rows);
	}
	rows_fini(&b->protos);
}

struct classifier *
classifier_new(const struct dp_ace *aces, size_t n)
{
	struct classifier	*c = xcalloc(1, sizeof(*c));
	size_t			 i;

	c->aces = aces;
	c->n = n;
	if (n <= LINEAR_MAX)
		return c;
	c->nblocks = (n + BLOCK - 1) / BLOCK;
	c->blocks = xcalloc(c->nblocks, sizeof(*c->blocks));
	for (i = 0; i < c->nblocks; i++)
		block_make(&c->blocks[i], aces, (uint32_t)(i * BLOCK),
		    (uint32_t)(n - i * BLOCK < BLOCK ? n - i * BLOCK : BLOCK));
	return c;
}

void
classifier_free(struct classifier *c)
{
	size_t	i;

	if (c == NULL)
		return;
	for (i = 0; i < c->nblocks; i++)
		block_fini(&c->blocks[i]);
	free(c->blocks);
	free(c);
}
