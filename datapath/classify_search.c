/*
 * The search itself, over a vector of packets: their intervals in all dimensions one after the other, so that loads
 * don't wait for each other, and then packet by packet what bits are left.  See classify.c for what is searched.
 */

#include <string.h>

#include "datapath/classify_block.h"

#define CHUNK		64		/* packets looked at together */
#define FEW		4		/* entries that are looked at themselves rather than asked for ports */

/* What is known of packets that are looked at together: which of the vector they are, and of each the key and
 * then the row in each dimension, and the words that no row's summary rules out. */
struct found {
	size_t			 n;
	uint8_t			 nth[CHUNK];
	uint32_t		 key[NDIMS][CHUNK];
	const struct row	*row[NDIMS][CHUNK];
	uint32_t		 words[CHUNK];
	uint8_t			 lo[CHUNK], hi[CHUNK];	/* the first and the last of them; 0 if there are none */
};

static inline uint32_t
half_on(const uint32_t *low, uint32_t at, uint32_t half, uint32_t key)
{
	return low[at + half] <= key ? at + half : at;
}

/*
 * The rows of the last intervals that begin at or below each key.  As many steps for each key, none of them a branch,
 * and four keys abreast, so that their loads don't wait for each other.
 */
static void
dim_rows(const struct dim *d, const uint32_t key[CHUNK], const struct row *row[CHUNK], size_t n)
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
		row[i] = &d->row[a];
		row[i + 1] = &d->row[b];
		row[i + 2] = &d->row[c];
		row[i + 3] = &d->row[e];
	}
}

/* The words of a packet that the first n dimensions leave, and their lines on the way into the cache. */
static void
words_soon(const struct block *b, struct found *f, size_t i, uint8_t proto, int n)
{
	uint32_t	words = b->proto_row[proto].words, lo, hi;
	int		dim;

	for (dim = 0; dim < n; dim++)
		words &= f->row[dim][i]->words;
	lo = words != 0 ? (uint32_t)__builtin_ctz(words) : 0;
	hi = words != 0 ? 31 - (uint32_t)__builtin_clz(words) : 0;
	f->words[i] = words;
	f->lo[i] = (uint8_t)lo;
	f->hi[i] = (uint8_t)hi;
	for (dim = 0; dim < n; dim++) {
		__builtin_prefetch(row_at(&b->dim[dim].rows, f->row[dim][i]->nth) + lo);
		__builtin_prefetch(row_at(&b->dim[dim].rows, f->row[dim][i]->nth) + hi);
	}
}

/* Of addresses. The search takes fours; what fills the last one up is not looked at. */
static void
addresses_find(const struct block *b, const struct dp_tuple *v, struct found *f)
{
	size_t	i;

	for (i = 0; i < (f->n + 3) / 4 * 4; i++) {
		f->key[DIM_SRC][i] = v[f->nth[i < f->n ? i : 0]].src;
		f->key[DIM_DST][i] = v[f->nth[i < f->n ? i : 0]].dst;
	}
	dim_rows(&b->dim[DIM_SRC], f->key[DIM_SRC], f->row[DIM_SRC], f->n);
	dim_rows(&b->dim[DIM_DST], f->key[DIM_DST], f->row[DIM_DST], f->n);
	for (i = 0; i < f->n; i++)
		words_soon(b, f, i, v[f->nth[i]].proto, DIM_DST + 1);
}

/* And of ports, or what stands in their place. */
static void
ports_find(const struct block *b, const struct dp_tuple *v, struct found *f)
{
	const struct dp_tuple	*t;
	size_t			 i;

	for (i = 0; i < (f->n + 3) / 4 * 4; i++) {
		f->key[DIM_SPORT][i] = v[f->nth[i < f->n ? i : 0]].sport;
		f->key[DIM_DPORT][i] = v[f->nth[i < f->n ? i : 0]].dport;
	}
	dim_rows(&b->dim[DIM_SPORT], f->key[DIM_SPORT], f->row[DIM_SPORT], f->n);
	dim_rows(&b->dim[DIM_DPORT], f->key[DIM_DPORT], f->row[DIM_DPORT], f->n);
	for (i = 0; i < f->n; i++) {
		t = &v[f->nth[i]];
		if (t->part != DP_PART_WHOLE) {
			f->row[DIM_SPORT][i] = t->part == DP_PART_CUT ? &b->cut_row : &b->later_row;
			f->row[DIM_DPORT][i] = &b->all_row;
		}
		words_soon(b, f, i, t->proto, NDIMS);
	}
}

/* Of these bits of word k, that of the first entry that fits, from `from` on and before `best`; else best. */
static uint32_t
word_best(const struct block *b, const struct dp_tuple *t, uint32_t k, uint64_t bits, uint32_t from, uint32_t best)
{
	uint32_t	bit, e;

	for (; bits != 0; bits &= bits - 1) {
		bit = (uint32_t)__builtin_ctzll(bits);
		e = b->entry[k * 64 + bit];
		if (e >= from && e < best && (!(b->exact[k] >> bit & 1) || dp_ace_fits(&b->aces[e], t)))
			best = e;
	}
	return best;
}

/* The first entry of the block from `from` on; DP_ACL_NONE if none. */
static uint32_t
by_ports(const struct block *b, const struct dp_tuple *t, const struct found *f, size_t i, uint32_t from)
{
	const uint64_t	*src = row_at(&b->dim[DIM_SRC].rows, f->row[DIM_SRC][i]->nth),
			*dst = row_at(&b->dim[DIM_DST].rows, f->row[DIM_DST][i]->nth),
			*sport = row_at(&b->dim[DIM_SPORT].rows, f->row[DIM_SPORT][i]->nth),
			*dport = row_at(&b->dim[DIM_DPORT].rows, f->row[DIM_DPORT][i]->nth),
			*proto = row_at(&b->protos, b->proto_row[t->proto].nth);
	uint32_t	 words, k, best = DP_ACL_NONE;

	for (words = f->words[i]; words != 0; words &= words - 1) {
		k = (uint32_t)__builtin_ctz(words);
		if (b->least[k] < best)
			best = word_best(b, t, k, src[k] & dst[k] & sport[k] & dport[k] & proto[k], from, best);
	}
	return best;
}

static inline bool
span_fits(const struct span *s, const struct dp_tuple *t)
{
	return ((uint16_t)(t->sport - s->slo) <= s->sspan) & ((uint16_t)(t->dport - s->dlo) <= s->dspan);
}

/* Looks at the entries of these bits of word k themselves, *few of them at most; false if there are more. */
static bool
looked_at(const struct block *b, const struct dp_tuple *t, uint32_t k, uint64_t bits, uint32_t from, uint32_t *few, uint32_t *best)
{
	bool		fits;
	uint32_t	i, e;

	for (; bits != 0; bits &= bits - 1) {
		if ((*few)-- == 0)
			return false;
		i = k * 64 + (uint32_t)__builtin_ctzll(bits);
		e = b->entry[i];
		if ((b->apart[k] >> i % 64 & 1) != 0 || t->part != DP_PART_WHOLE)
			fits = dp_ace_fits(&b->aces[e], t);
		else
			fits = span_fits(&b->span[i], t);
		if (fits && e >= from && e < *best)
			*best = e;
	}
	return true;
}

/*
 * The same from addresses and protocol alone, if these leave but a few entries to look at; false if more.  Most
 * often there are no more than two words, so the first and the last are read without asking.
 */
static bool
by_addresses(const struct block *b, const struct dp_tuple *t, const struct found *f, size_t i, uint32_t from, uint32_t *best)
{
	const uint64_t	*src = row_at(&b->dim[DIM_SRC].rows, f->row[DIM_SRC][i]->nth),
			*dst = row_at(&b->dim[DIM_DST].rows, f->row[DIM_DST][i]->nth),
			*proto = row_at(&b->protos, b->proto_row[t->proto].nth);
	uint32_t	 words = f->words[i], lo = f->lo[i], hi = f->hi[i], k, few = FEW;
	uint64_t	 first = src[lo] & dst[lo] & proto[lo], last = src[hi] & dst[hi] & proto[hi];

	*best = DP_ACL_NONE;
	if (lo == hi)
		last = 0;
	words &= ~(1u << lo | 1u << hi);
	if ((first | last | words) == 0)
		return true;
	for (; words != 0; words &= words - 1) {
		k = (uint32_t)__builtin_ctz(words);
		if (!looked_at(b, t, k, src[k] & dst[k] & proto[k], from, &few, best))
			return false;
	}
	return looked_at(b, t, lo, first, from, &few, best) && looked_at(b, t, hi, last, from, &few, best);
}

/* Those of which addresses leave too much go on, as the first of f, with their ports. */
static void
go_on(struct found *f, size_t to, size_t from)
{
	f->nth[to] = f->nth[from];
	f->row[DIM_SRC][to] = f->row[DIM_SRC][from];
	f->row[DIM_DST][to] = f->row[DIM_DST][from];
}

/* What the block says of a packet: gives 1 if nothing, and it is still to do. */
static size_t
told(const struct block *b, uint8_t nth, uint32_t got, uint32_t *io, uint8_t *todo)
{
	if (got == DP_ACL_NONE)
		*todo = nth;
	else
		io[nth] = b->first + got;
	return got == DP_ACL_NONE;
}

static uint32_t
begin_at(const struct block *b, uint32_t from)
{
	return from > b->first ? from - b->first : 0;
}

/* Packets of which nothing was found yet, by their numbers in todo; gives how many are left. */
static size_t
block_search(const struct block *b, const struct dp_tuple *v, uint32_t *io, uint8_t *todo, size_t n)
{
	struct found	 f;
	uint32_t	 got;
	size_t		 i, more = 0, left = 0;

	f.n = n;
	memcpy(f.nth, todo, n);
	addresses_find(b, v, &f);
	for (i = 0; i < n; i++)
		if (by_addresses(b, &v[f.nth[i]], &f, i, begin_at(b, io[f.nth[i]]), &got))
			left += told(b, f.nth[i], got, io, &todo[left]);
		else
			go_on(&f, more++, i);
	f.n = more;
	ports_find(b, v, &f);
	for (i = 0; i < more; i++) {
		got = by_ports(b, &v[f.nth[i]], &f, i, begin_at(b, io[f.nth[i]]));
		left += told(b, f.nth[i], got, io, &todo[left]);
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
