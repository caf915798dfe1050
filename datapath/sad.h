#ifndef INSPIRE_DATAPATH_SAD_H
#define INSPIRE_DATAPATH_SAD_H

/*
 * The SPI table: (SPI, protocol) -> inbound SA.  Open addressing with linear probing at most half full,
 * entries of 16 bytes, so that a look-up costs one cache miss whatever the number of SAs; it starts
 * with 16 entries, as most routers hold a few SAs.  SPI 0 stands for a free entry: it is never on the wire
 * (RFC 4303, 2.1).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sa;

struct spi_entry {
	uint32_t	 spi;		/* 0 = free */
	uint32_t	 proto;		/* enum sa_proto */
	struct sa	*sa;
};

struct spi_table {
	struct spi_entry	*tab;
	uint32_t		 shift;		/* 32 - log2 of the entries */
	uint32_t		 mask;
	uint32_t		 mix;		/* of chance: where entries lie is not for a peer to choose */
	size_t			 used;
};

void	 spi_table_init(struct spi_table *t, uint32_t mix);
void	 spi_table_fini(struct spi_table *t);
/* False if the SPI is 0 or taken. */
bool	 spi_add(struct spi_table *t, uint32_t spi, uint32_t proto, struct sa *sa);
bool	 spi_del(struct spi_table *t, uint32_t spi, uint32_t proto);

static inline uint32_t
spi_home(const struct spi_table *t, uint32_t spi)
{
	return ((spi ^ t->mix) * UINT32_C(2654435769)) >> t->shift;
}

/* NULL if there is none. */
static inline struct sa *
spi_find(const struct spi_table *t, uint32_t spi, uint32_t proto)
{
	uint32_t		 i = spi_home(t, spi);
	const struct spi_entry	*e;

	for (;; i = (i + 1) & t->mask) {
		e = &t->tab[i];
		if (e->spi == 0)
			return NULL;
		if (e->spi == spi && e->proto == proto)
			return e->sa;
	}
}

static inline void
spi_prefetch(const struct spi_table *t, uint32_t spi)
{
	__builtin_prefetch(&t->tab[spi_home(t, spi)]);
}

#endif
