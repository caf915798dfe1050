#ifndef INSPIRE_DATAPATH_SAD_H
#define INSPIRE_DATAPATH_SAD_H

/*
 * The SPI table: (SPI, protocol) -> inbound SA.  Open addressing with linear probing in segments at most half full,
 * entries of 16 bytes, so that a look-up costs one cache miss whatever the number of SAs: the directory of segments is
 * 16 KB for a million of them.  It starts as one segment of 16 entries, as most routers hold a few SAs; that one doubles
 * up to SPI_SEG entries, and is then split in two, as each later one is, by one more bit of the hash (extendible hashing).
 * So no call ever moves more than one segment.  SPI 0 stands for a free entry: it is never on the wire (RFC 4303, 2.1).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPI_SEG		2048		/* entries of a segment, at most */
#define SPI_VEC		256		/* look-ups that spi_find_vec() takes */

struct sa;
struct spi_seg;

struct spi_entry {
	uint32_t	 spi;		/* 0 = free */
	uint32_t	 proto;		/* enum sa_proto */
	struct sa	*sa;
};

struct spi_table {
	struct spi_entry	**dir;		/* each segment's entries, by the first bits of the hash */
	uint32_t		  shift;	/* 32 - those bits */
	uint32_t		  mask;		/* entries of a segment - 1 */
	uint32_t		  mix;		/* of chance: where entries lie is not for a peer to choose */
	uint32_t		  nsegs;
	size_t			  used;
	struct spi_seg		**segs;		/* as dir */
};

struct spi_key {
	uint32_t	spi, proto;
};

void	 spi_table_init(struct spi_table *t, uint32_t mix);
void	 spi_table_fini(struct spi_table *t);
/* False if the SPI is 0 or taken, or (by SPIs made for it) there is no room where it belongs. */
bool	 spi_add(struct spi_table *t, uint32_t spi, uint32_t proto, struct sa *sa);
bool	 spi_del(struct spi_table *t, uint32_t spi, uint32_t proto);
/* Many at once, at most SPI_VEC: what they miss in the caches comes while others are asked for. */
void	 spi_find_vec(const struct spi_table *t, const struct spi_key *k, size_t n, struct sa **out);

/* The upper half of a product depends on each bit of the SPI: its first bits choose the segment, its last the place. */
static inline uint32_t
spi_hash(const struct spi_table *t, uint32_t spi)
{
	return (uint32_t)((spi ^ t->mix) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static inline struct spi_entry *
spi_segment(const struct spi_table *t, uint32_t hash)
{
	return t->dir[(uint64_t)hash >> t->shift];
}

/* NULL if there is none. */
static inline struct sa *
spi_find(const struct spi_table *t, uint32_t spi, uint32_t proto)
{
	uint32_t		 i = spi_hash(t, spi);
	const struct spi_entry	*tab = spi_segment(t, i), *e;

	for (;; i++) {
		e = &tab[i & t->mask];
		if (e->spi == 0)
			return NULL;
		if (e->spi == spi && e->proto == proto)
			return e->sa;
	}
}

static inline void
spi_prefetch(const struct spi_table *t, uint32_t spi)
{
	uint32_t	h = spi_hash(t, spi);

	__builtin_prefetch(&spi_segment(t, h)[h & t->mask]);
}

#endif
