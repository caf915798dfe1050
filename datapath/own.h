#ifndef INSPIRE_DATAPATH_OWN_H
#define INSPIRE_DATAPATH_OWN_H

/* Addresses that are ours: those of interfaces that are up, and the broadcasts of their networks. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dp;
struct own;
struct own_if;
struct own_more;

enum own_kind { OWN_NOT, OWN_ADDR, OWN_BCAST };

struct own_row {
	uint32_t	addr;
	enum own_kind	kind;
	unsigned	ifidx;
};

struct own {
	struct own_row	*tab;		/* the first row of each address, by hash; kind OWN_NOT = free */
	uint32_t	 mask, shift;	/* entries - 1, 32 - log2 of them */
	size_t		 n;		/* addresses */
	struct own_more	**more;		/* of each entry: its further rows, or NULL */
	struct own_if	*ifs;		/* by interface */
	size_t		 nifs;
};

struct own	*own_new(void);
void		 own_free(struct own *o);
/* After an interface has changed, or gone. */
void		 own_update(struct dp *d, unsigned ifidx);

static inline uint32_t
own_home(const struct own *o, uint32_t addr)
{
	return addr * UINT32_C(2654435769) >> o->shift;
}

/* *ifidx: of the first interface that has it. */
static inline enum own_kind
own_find(const struct own *o, uint32_t addr, unsigned *ifidx)
{
	uint32_t at;

	for (at = own_home(o, addr); o->tab[at].kind != OWN_NOT && o->tab[at].addr != addr; at = (at + 1) & o->mask)
		;
	if (o->tab[at].kind != OWN_NOT)
		*ifidx = o->tab[at].ifidx;
	return o->tab[at].kind;
}

#endif
