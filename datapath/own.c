/*
 * The set of our own addresses: a sorted array that is kept as interfaces change, and of it a table by hash, at most a quarter full,
 * that is looked up for each packet.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/internal.h"
#include "datapath/own.h"
#include "lib/addr.h"
#include "lib/mem.h"

#define TAB_LEAST	16

/* When it is next asked: many interfaces may change before. */
void
own_tabulate(struct own *o)
{
	size_t n = TAB_LEAST, i;
	uint32_t at;

	while (n < o->n * 4)
		n *= 2;
	free(o->tab);
	o->tab = xcalloc(n, sizeof *o->tab);
	o->mask = (uint32_t)n - 1;
	o->shift = 32 - (uint32_t)__builtin_ctzll(n);
	for (i = 0; i < o->n; i++) {
		if (i > 0 && o->rows[i].addr == o->rows[i - 1].addr)
			continue;
		for (at = own_home(o, o->rows[i].addr); o->tab[at].kind != OWN_NOT; at = (at + 1) & o->mask)
			;
		o->tab[at] = o->rows[i];
	}
	o->stale = false;
}

struct own *
own_new(void)
{
	struct own *o = xcalloc(1, sizeof *o);

	o->stale = true;
	return o;
}

void
own_free(struct own *o)
{
	if (o == NULL)
		return;
	free(o->rows);
	free(o->tab);
	free(o);
}

/* By address; an address of ours goes before a broadcast, a lower interface before a higher one. */
static bool
row_before(const struct own_row *x, const struct own_row *y)
{
	if (x->addr != y->addr)
		return x->addr < y->addr;
	if (x->kind != y->kind)
		return x->kind < y->kind;
	return x->ifidx < y->ifidx;
}

static void
own_add(struct own *o, uint32_t addr, enum own_kind kind, unsigned ifidx)
{
	struct own_row row = { addr, kind, ifidx };
	size_t lo = 0, hi = o->n, mid;

	if (o->n == o->cap) {
		o->cap = o->cap ? 2 * o->cap : 8;
		o->rows = xrealloc(o->rows, o->cap * sizeof *o->rows);
	}
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (row_before(&o->rows[mid], &row))
			lo = mid + 1;
		else
			hi = mid;
	}
	memmove(&o->rows[lo + 1], &o->rows[lo], (o->n - lo) * sizeof *o->rows);
	o->rows[lo] = row;
	o->n++;
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
own_update(struct dp *d, unsigned ifidx)
{
	struct own *o = d->own;
	const struct dp_if *ifp = d->ifs[ifidx - 1];
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++)
		if (o->rows[i].ifidx != ifidx)
			o->rows[n++] = o->rows[i];
	o->n = n;
	if (ifp != NULL && ifp->info.up)
		own_add_if(o, ifp);
	o->stale = true;
}
