/* The set of our own addresses, as a sorted array: looked up for each packet, rebuilt when an interface changes. */

#include <stdlib.h>

#include "datapath/internal.h"
#include "datapath/own.h"
#include "lib/addr.h"
#include "lib/mem.h"

struct own_row {
	uint32_t	addr;
	enum own_kind	kind;
	unsigned	ifidx;
};

struct own {
	struct own_row	*rows;
	size_t		 n, cap;
};

struct own *
own_new(void)
{
	return xcalloc(1, sizeof(struct own));
}

void
own_free(struct own *o)
{
	if (o == NULL)
		return;
	free(o->rows);
	free(o);
}

static void
own_add(struct own *o, uint32_t addr, enum own_kind kind, unsigned ifidx)
{
	if (o->n == o->cap) {
		o->cap = o->cap ? 2 * o->cap : 8;
		o->rows = xrealloc(o->rows, o->cap * sizeof *o->rows);
	}
	o->rows[o->n++] = (struct own_row){ addr, kind, ifidx };
}

/* By address; an address of ours goes before a broadcast, a lower interface before a higher one. */
static int
row_cmp(const void *a, const void *b)
{
	const struct own_row *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->ifidx < y->ifidx ? -1 : x->ifidx > y->ifidx;
}

static void
own_add_if(struct own *o, const struct dp_if *ifp)
{
	uint32_t mask;
	size_t i;

	for (i = 0; i < ifp->naddrs; i++) {
		own_add(o, ifp->addrs[i].addr, OWN_ADDR, ifp->idx);
		if (ifp->addrs[i].len > 30)
			continue;
		mask = ip4_mask(ifp->addrs[i].len);
		own_add(o, ifp->addrs[i].addr & mask, OWN_BCAST, ifp->idx);
		own_add(o, ifp->addrs[i].addr | ~mask, OWN_BCAST, ifp->idx);
	}
}

void
own_rebuild(struct dp *d)
{
	struct own *o = d->own;
	size_t i;

	o->n = 0;
	for (i = 0; i < d->nifs; i++)
		if (d->ifs[i] != NULL && d->ifs[i]->info.up)
			own_add_if(o, d->ifs[i]);
	if (o->n > 1)
		qsort(o->rows, o->n, sizeof *o->rows, row_cmp);
}

enum own_kind
own_find(const struct own *o, uint32_t addr, unsigned *ifidx)
{
	size_t lo = 0, hi = o->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (o->rows[mid].addr < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == o->n || o->rows[lo].addr != addr)
		return OWN_NOT;
	*ifidx = o->rows[lo].ifidx;
	return o->rows[lo].kind;
}
