/*
 * The SPI table's slow half: adding, removing, growing and shrinking.  The look-up is in the header,
 * for the packet path.  Removal shifts the entries behind it back, so there are no tombstones and a
 * table that has seen a million rekeys is as fast as a new one.
 */

#include <stdlib.h>

#include "datapath/sad.h"
#include "lib/mem.h"

#define SPI_LEAST	16		/* entries */
#define SPI_LINE	64		/* bytes of a cache line; the table starts on one */

static void
spi_room(struct spi_table *t, size_t n)
{
	size_t	i;

	if ((t->tab = aligned_alloc(SPI_LINE, n * sizeof(struct spi_entry))) == NULL)
		fatal("no memory for an SPI table of %zu entries", n);
	for (i = 0; i < n; i++)
		t->tab[i] = (struct spi_entry){ 0 };
	t->mask = (uint32_t)(n - 1);
	t->shift = (uint32_t)(32 - __builtin_ctzll(n));
}

static void
spi_put(struct spi_table *t, struct spi_entry e)
{
	uint32_t	i = spi_home(t, e.spi);

	while (t->tab[i].spi != 0)
		i = (i + 1) & t->mask;
	t->tab[i] = e;
}

static void
spi_resize(struct spi_table *t, size_t n)
{
	struct spi_entry	*old = t->tab;
	size_t			 i, nold = (size_t)t->mask + 1;

	spi_room(t, n);
	for (i = 0; i < nold; i++)
		if (old[i].spi != 0)
			spi_put(t, old[i]);
	free(old);
}

void
spi_table_init(struct spi_table *t, uint32_t mix)
{
	*t = (struct spi_table){ .mix = mix };
	spi_room(t, SPI_LEAST);
}

void
spi_table_fini(struct spi_table *t)
{
	free(t->tab);
	*t = (struct spi_table){ 0 };
}

bool
spi_add(struct spi_table *t, uint32_t spi, uint32_t proto, struct sa *sa)
{
	size_t	n = (size_t)t->mask + 1;

	if (spi == 0 || spi_find(t, spi, proto) != NULL)
		return false;
	if (t->used * 2 >= n)
		spi_resize(t, n * 2);
	spi_put(t, (struct spi_entry){ spi, proto, sa });
	t->used++;
	return true;
}

/* Closes the hole at i: whatever lies behind it and would be cut off from its home moves into it. */
static void
spi_close(struct spi_table *t, uint32_t i)
{
	uint32_t	j = i, home;

	for (;;) {
		j = (j + 1) & t->mask;
		if (t->tab[j].spi == 0)
			break;
		home = spi_home(t, t->tab[j].spi);
		if (((j - home) & t->mask) >= ((j - i) & t->mask)) {
			t->tab[i] = t->tab[j];
			i = j;
		}
	}
	t->tab[i] = (struct spi_entry){ 0 };
}

bool
spi_del(struct spi_table *t, uint32_t spi, uint32_t proto)
{
	size_t		n = (size_t)t->mask + 1;
	uint32_t	i;

	if (spi_find(t, spi, proto) == NULL)
		return false;
	for (i = spi_home(t, spi); t->tab[i].spi != spi || t->tab[i].proto != proto; )
		i = (i + 1) & t->mask;
	spi_close(t, i);
	t->used--;
	if (n > SPI_LEAST && t->used * 8 < n)
		spi_resize(t, n / 2);
	return true;
}
