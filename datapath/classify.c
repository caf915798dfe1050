/*
 * The search for the first entry of a list that fits.  A list of a few entries is gone through one by one.  A longer
 * one is cut into blocks of up to 1,024 entries, and a block is searched in five dimensions at once: source,
 * destination, both ports, protocol.  In each, the values are cut into intervals over which the same entries
 * fit; an interval has a row, one bit an entry.  A packet's interval in a dimension is found by a search
 * without branches that starts in the right part of the values, and the lowest bit that stands in all five
 * rows is the answer; rows are gone through 256 bits at a time.
 *
 * What the dimensions don't tell (masks with holes beyond their leading bits, TCP flags, marking) is looked
 * at in the entry itself when its bit is found.  Fragments have rows of their own in place of the ports.
 *
 * Intervals come of a sweep over the ends of all entries' ranges, equal rows are kept once: making a block
 * costs about as much as sorting it, and 10,000 entries are ten blocks.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/classify.h"
#include "lib/mem.h"

#define LINEAR_MAX	12		/* up to so many entries one by one is quicker, and takes no tables */
#define BLOCK		1024		/* entries: a row is two cache lines */
#define LINE		64		/* bytes of a cache line */
#define GROUP		4		/* words looked at together; rows are filled up to whole groups */
#define WORDS_MAX	(BLOCK / 64)
#define CHUNK		64		/* packets looked at together */
#define RANGES_MAX	(DP_ACE_PORTS + 1)
#define BUCKETS		512		/* parts of a dimension from which a search starts */

enum { DIM_SRC, DIM_DST, DIM_SPORT, DIM_DPORT, NDIMS };

/* Rows of one dimension, each once. */
struct rows {
	uint64_t	*v;
	uint32_t	 n, cap;
	uint32_t	 stride;	/* words of a row */
	uint32_t	*hash;		/* row + 1; 0 = free */
	uint32_t	 mask;
};

struct dim {
	uint32_t	*low;		/* where intervals begin; low[0] = 0 */
	uint32_t	*row;		/* of each, its offset in rows.v */
	uint32_t	 n;
	uint16_t	*bucket;	/* the interval in which each of BUCKETS equal parts of the values in use begins */
	uint32_t	 base, shift;	/* of the first part; log2 of a part's length */
	uint32_t	 most;		/* intervals that begin in or before one part and are of it, at most */
	struct rows	 rows;
};

struct block {
	const struct dp_ace	*aces;
	uint32_t		 first, n;	/* in the list */
	struct dim		 dim[NDIMS];
	struct rows		 protos;
	uint32_t		 proto_row[256];
	uint32_t		 cut_row, later_row;	/* of the source port's dimension */
	uint32_t		 all_row;		/* of the destination port's */
	uint64_t		 exact[WORDS_MAX];	/* entries to look at themselves */
};

struct classifier {
	const struct dp_ace	*aces;
	size_t			 n;
	size_t			 nblocks;	/* 0 = one by one */
	struct block		*blocks;
};

/* --- Rows --- */

static void
rows_init(struct rows *r, uint32_t n)
{
	*r = (struct rows){ .stride = (n + 64 * GROUP - 1) / (64 * GROUP) * GROUP };
}

static void
rows_fini(struct rows *r)
{
	free(r->v);
	free(r->hash);
}

static uint64_t *
row_at(const struct rows *r, uint32_t i)
{
	return &r->v[(size_t)i * r->stride];
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

/* The offset of a row with these words. */
static uint32_t
rows_put(struct rows *r, const uint64_t *words)
{
	uint32_t	*slot;

	if (r->n == r->cap)
		rows_grow(r);
	slot = hash_slot(r, words);
	if (*slot != 0)
		return (*slot - 1) * r->stride;
	memcpy(row_at(r, r->n), words, r->stride * sizeof(*words));
	*slot = ++r->n;
	return (r->n - 1) * r->stride;
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

/* From here on (a value) the entry fits, or no longer does. */
struct turn {
	uint32_t	at, entry;
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
		nr = ranges_of(&b->aces[i], dim, r);
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
	uint32_t	row = rows_put(&d->rows, words);

	if (d->n > 0 && d->row[d->n - 1] == row)
		return;
	d->low[d->n] = low;
	d->row[d->n++] = row;
}

/* Which part a value is of; those before the first and behind the last are of these. */
static inline uint32_t
bucket_of(const struct dim *d, uint32_t key)
{
	uint32_t	i = (key > d->base ? key - d->base : 0) >> d->shift;

	return i < BUCKETS ? i : BUCKETS - 1;
}

/*
 * Cuts the values between the first and the last place where an interval begins into equal parts, so that a search
 * may start where its part does.  What lies behind the last part belongs to that one.
 */
static void
buckets_make(struct dim *d)
{
	uint32_t	i, k = 0, last = d->low[d->n - 1], first, span;

	d->bucket = xcalloc(BUCKETS, sizeof(*d->bucket));
	d->base = d->n > 1 ? d->low[1] : 0;
	for (span = last - d->base; span >> d->shift >= BUCKETS; d->shift++)
		;
	d->most = 1;
	for (i = 0; i < BUCKETS; i++) {
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
			words[turns[i].entry / 64] ^= UINT64_C(1) << turns[i].entry % 64;
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
	uint64_t	words[WORDS_MAX];
	unsigned	proto;
	uint32_t	i;

	rows_init(&b->protos, b->n);
	for (proto = 0; proto < 256; proto++) {
		memset(words, 0, sizeof(words));
		for (i = 0; i < b->n; i++)
			if (b->aces[i].proto == 0 || b->aces[i].proto == proto)
				bit_set(words, i);
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
		a = &b->aces[i];
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

static void
block_make(struct block *b, const struct dp_ace *aces, uint32_t first, uint32_t n)
{
	uint32_t	i;
	int		dim;

	b->aces = aces + first;
	b->first = first;
	b->n = n;
	for (i = 0; i < n; i++)
		if (mask_has_holes(b->aces[i].src_mask) || mask_has_holes(b->aces[i].dst_mask) ||
		    b->aces[i].tcp_op != DP_TCP_ANY || b->aces[i].tos_mask != 0)
			bit_set(b->exact, i);
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

/* --- The search --- */

/* What is known of packets that are looked at together: of each the key and then the row in each dimension. */
struct found {
	uint32_t	 key[NDIMS][CHUNK];
	const uint64_t	*row[NDIMS + 1][CHUNK];
};

static inline uint32_t
half_on(const uint32_t *low, uint32_t at, uint32_t half, uint32_t key)
{
	return low[at + half] <= key ? at + half : at;
}

/* The row of an interval, on its way into the cache. */
static inline const uint64_t *
row_soon(const struct dim *d, uint32_t interval)
{
	const uint64_t	*row = &d->rows.v[d->row[interval]];

	__builtin_prefetch(row);
	__builtin_prefetch(row + d->rows.stride - 1);
	return row;
}

/*
 * The rows of the last intervals that begin at or below each key.  As many steps for each key, none of them a branch,
 * and four keys abreast, so that their loads don't wait for each other.
 */
static void
dim_rows(const struct dim *d, const uint32_t key[CHUNK], const uint64_t *row[CHUNK], size_t n)
{
	const uint32_t	*low = d->low;
	uint32_t	 a, b, c, e, left, half;
	size_t		 i;

	for (i = 0; i < n; i += 4) {
		a = d->bucket[bucket_of(d, key[i])];
		b = d->bucket[bucket_of(d, key[i + 1])];
		c = d->bucket[bucket_of(d, key[i + 2])];
		e = d->bucket[bucket_of(d, key[i + 3])];
		for (left = d->most; left > 1; left -= half) {
			half = left / 2;
			a = half_on(low, a, half, key[i]);
			b = half_on(low, b, half, key[i + 1]);
			c = half_on(low, c, half, key[i + 2]);
			e = half_on(low, e, half, key[i + 3]);
		}
		row[i] = row_soon(d, a);
		row[i + 1] = row_soon(d, b);
		row[i + 2] = row_soon(d, c);
		row[i + 3] = row_soon(d, e);
	}
}

static void
keys_set(struct found *f, size_t i, const struct dp_tuple *t)
{
	f->key[DIM_SRC][i] = t->src;
	f->key[DIM_DST][i] = t->dst;
	f->key[DIM_SPORT][i] = t->sport;
	f->key[DIM_DPORT][i] = t->dport;
}

static void
rows_find(const struct block *b, const struct dp_tuple *v, const uint8_t *todo, size_t n, struct found *f)
{
	const struct dp_tuple	*t;
	size_t			 i;
	int			 dim;

	for (i = 0; i < n; i++)
		keys_set(f, i, &v[todo[i]]);
	for (; i % 4 != 0; i++)			/* to fours */
		keys_set(f, i, &v[todo[0]]);
	for (dim = 0; dim < NDIMS; dim++)
		dim_rows(&b->dim[dim], f->key[dim], f->row[dim], n);
	for (i = 0; i < n; i++) {
		t = &v[todo[i]];
		f->row[NDIMS][i] = &b->protos.v[b->proto_row[t->proto]];
		if (t->part == DP_PART_WHOLE)
			continue;
		f->row[DIM_SPORT][i] = &b->dim[DIM_SPORT].rows.v[t->part == DP_PART_CUT ? b->cut_row : b->later_row];
		f->row[DIM_DPORT][i] = &b->dim[DIM_DPORT].rows.v[b->all_row];
	}
}

/* The first entry at or behind `from` (both counted from the block's first) that fits, of the 64 that start at `base`. */
static uint32_t
bit_of(const struct block *b, const struct dp_tuple *t, uint64_t bits, uint32_t base, uint32_t from)
{
	uint32_t	i;

	for (; bits != 0; bits &= bits - 1) {
		i = base + (uint32_t)__builtin_ctzll(bits);
		if (i >= from && (!(b->exact[base / 64] >> i % 64 & 1) || dp_ace_fits(&b->aces[i], t)))
			return i;
	}
	return DP_ACL_NONE;
}

#define WORD(k)	(src[g + (k)] & dst[g + (k)] & sport[g + (k)] & dport[g + (k)] & proto[g + (k)])

/* The first entry of the block at or behind `from`; DP_ACL_NONE if none.  Most often it is the lowest bit, and nothing more to look at. */
static uint32_t
first_of(const struct block *b, const struct dp_tuple *t, const struct found *f, size_t nth, uint32_t from)
{
	const uint64_t	*src = f->row[DIM_SRC][nth], *dst = f->row[DIM_DST][nth], *sport = f->row[DIM_SPORT][nth],
			*dport = f->row[DIM_DPORT][nth], *proto = f->row[NDIMS][nth];
	uint64_t	 x[GROUP];
	uint32_t	 g, k, i;

	for (g = from / 64 / GROUP * GROUP; g < b->protos.stride; g += GROUP) {
		if ((WORD(0) | WORD(1) | WORD(2) | WORD(3)) == 0)
			continue;
		for (k = 0; k < GROUP; k++)
			x[k] = WORD(k);
		k = x[0] != 0 ? 0 : x[1] != 0 ? 1 : x[2] != 0 ? 2 : 3;
		i = (g + k) * 64 + (uint32_t)__builtin_ctzll(x[k]);
		if (i >= from && !(b->exact[i / 64] >> i % 64 & 1))
			return i;
		for (; k < GROUP; k++)
			if ((i = bit_of(b, t, x[k], (g + k) * 64, from)) != DP_ACL_NONE)
				return i;
	}
	return DP_ACL_NONE;
}

#undef WORD

/* Packets of which nothing was found yet, by their numbers in todo; gives how many are left. */
static size_t
block_search(const struct block *b, const struct dp_tuple *v, uint32_t *io, uint8_t *todo, size_t n)
{
	struct found	 f;
	uint32_t	 from, got;
	size_t		 i, left = 0;

	rows_find(b, v, todo, n, &f);
	for (i = 0; i < n; i++) {
		from = io[todo[i]] > b->first ? io[todo[i]] - b->first : 0;
		got = from < b->n ? first_of(b, &v[todo[i]], &f, i, from) : DP_ACL_NONE;
		if (got != DP_ACL_NONE)
			io[todo[i]] = b->first + got;
		else
			todo[left++] = todo[i];
	}
	return left;
}

static void
chunk_search(const struct classifier *c, const struct dp_tuple *v, size_t n, uint32_t *io)
{
	uint8_t	todo[CHUNK];
	size_t	i;

	for (i = 0; i < n; i++)
		todo[i] = (uint8_t)i;
	for (i = 0; i < c->nblocks && n > 0; i++)
		n = block_search(&c->blocks[i], v, io, todo, n);
	for (i = 0; i < n; i++)
		io[todo[i]] = DP_ACL_NONE;
}

static uint32_t
one_by_one(const struct classifier *c, const struct dp_tuple *t, uint32_t from)
{
	size_t	i;

	for (i = from; i < c->n; i++)
		if (dp_ace_fits(&c->aces[i], t))
			return (uint32_t)i;
	return DP_ACL_NONE;
}

void
classify(const struct classifier *c, const struct dp_tuple *v, size_t n, uint32_t *io)
{
	size_t	i, m;

	if (c->nblocks == 0) {
		for (i = 0; i < n; i++)
			io[i] = one_by_one(c, &v[i], io[i]);
		return;
	}
	for (i = 0; i < n; i += m) {
		m = n - i < CHUNK ? n - i : CHUNK;
		chunk_search(c, v + i, m, io + i);
	}
}
