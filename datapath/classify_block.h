#ifndef INSPIRE_DATAPATH_CLASSIFY_BLOCK_H
#define INSPIRE_DATAPATH_CLASSIFY_BLOCK_H

/* What a list is compiled to: made by classify.c, read by classify_search.c. */

#include "datapath/classify.h"

#define BLOCK		1024		/* entries: a row is two cache lines */
#define WORDS_MAX	(BLOCK / 64)

enum { DIM_SRC, DIM_DST, DIM_SPORT, DIM_DPORT, NDIMS };

/* Rows of one dimension, each once. */
struct rows {
	uint64_t	*v;
	uint32_t	 n, cap;
	uint32_t	 stride;	/* words of a row */
	uint32_t	*hash;		/* row + 1; 0 = free */
	uint32_t	 mask;
};

/* One of them: which, and which of its words aren't 0. */
struct row {
	uint16_t	nth;
	uint16_t	words;
};

struct dim {
	uint32_t	*low;		/* where intervals begin; low[0] = 0 */
	struct row	*row;		/* of each */
	uint32_t	 n;
	uint16_t	*bucket;	/* the interval in which each of nbuckets equal parts of the values in use begins */
	uint32_t	 nbuckets;
	uint32_t	 base, shift;	/* of the first part; log2 of a part's length */
	uint32_t	 most;		/* intervals that begin in or before one part and are of it, at most */
	struct rows	 rows;
};

/* An entry's ports, each as one range: from lo on, span more. */
struct span {
	uint16_t	slo, sspan, dlo, dspan;
};

struct block {
	const struct dp_ace	*aces;
	uint32_t		 first, n;	/* in the list */
	struct dim		 dim[NDIMS];
	struct rows		 protos;
	struct row		 proto_row[256];
	struct row		 cut_row, later_row;	/* of the source port's dimension */
	struct row		 all_row;		/* of the destination port's */
	uint64_t		 exact[WORDS_MAX];	/* entries to look at themselves */
	uint64_t		 apart[WORDS_MAX];	/* those, and those whose ports aren't ranges or which want fragments */
	uint16_t		 entry[BLOCK];		/* of each bit */
	struct span		 span[BLOCK];
	uint16_t		 least[WORDS_MAX];	/* entry of each word's bits */
};

struct classifier {
	const struct dp_ace	*aces;
	size_t			 n;
	size_t			 nblocks;	/* 0 = one by one */
	struct block		*blocks;
};

static inline uint64_t *
row_at(const struct rows *r, uint32_t i)
{
	return &r->v[(size_t)i * r->stride];
}

/* Which part a value is of; those before the first and behind the last are of these. */
static inline uint32_t
bucket_of(const struct dim *d, uint32_t key)
{
	uint32_t	i = (key > d->base ? key - d->base : 0) >> d->shift;

	return i < d->nbuckets ? i : d->nbuckets - 1;
}

#endif
