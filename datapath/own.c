/*
 * The set of our own addresses: a table by hash, at most a quarter full, that is looked up for each packet.  An address has one place in it,
 * with the interface that answers for it; others that have it as well stand behind, in order.  What an interface has put there is
 * remembered, so that one which changes costs no look at the others: there may be tens of thousands, and they may fall all at once.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/internal.h"
#include "datapath/own.h"
#include "lib/addr.h"
#include "lib/mem.h"

#define TAB_LEAST	16

/* Further rows of an address, in order. */
struct own_more {
	size_t		n, cap;
	struct own_row	v[];
};

/* What an interface has put into the table. */
struct own_if {
	struct own_row	*v;
	size_t		 n;
};

static void
table_new(struct own *o, size_t size)
{
	o->tab = xcalloc(size, sizeof(*o->tab));
	o->more = xcalloc(size, sizeof(struct own_more *));
	o->mask = (uint32_t)size - 1;
	o->shift = 32 - (uint32_t)__builtin_ctzll(size);
}

struct own *
own_new(void)
{
	struct own *o = xcalloc(1, sizeof(*o));

	table_new(o, TAB_LEAST);
	return o;
}

void
own_free(struct own *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i <= o->mask; i++)
		free(o->more[i]);
	for (size_t i = 0; i < o->nifs; i++)
		free(o->ifs[i].v);
	free(o->ifs);
	free(o->more);
	free(o->tab);
	free(o);
}

/* Where the address is, or would be. */
static uint32_t
place_of(const struct own *o, uint32_t addr)
{
	uint32_t at = own_home(o, addr);

	while (o->tab[at].kind != OWN_NOT && o->tab[at].addr != addr)
		at = (at + 1) & o->mask;
	return at;
}

static void
grow(struct own *o)
{
	struct own_row *tab = o->tab;
	struct own_more **more = o->more;
	size_t size = (size_t)o->mask + 1;
	uint32_t at;

	table_new(o, 4 * size);
	for (size_t i = 0; i < size; i++)
		if (tab[i].kind != OWN_NOT) {
			at = place_of(o, tab[i].addr);
			o->tab[at] = tab[i];
			o->more[at] = more[i];
		}
	free(tab);
	free(more);
}

/* Of one address: one of ours goes before a broadcast, a lower interface before a higher one. */
static bool
row_before(const struct own_row *x, const struct own_row *y)
{
	return x->kind != y->kind ? x->kind < y->kind : x->ifidx < y->ifidx;
}

static struct own_more *
more_add(struct own_more *m, struct own_row row)
{
	size_t lo = 0, hi, mid, n = m != NULL ? m->n : 0;

	if (m == NULL || m->n == m->cap) {
		m = xrealloc(m, sizeof(*m) + (n != 0 ? 2 * n : 2) * sizeof(m->v[0]));
		m->n = n;
		m->cap = n != 0 ? 2 * n : 2;
	}
	for (hi = m->n; lo < hi;) {
		mid = lo + (hi - lo) / 2;
		if (row_before(&m->v[mid], &row))
			lo = mid + 1;
		else
			hi = mid;
	}
	memmove(&m->v[lo + 1], &m->v[lo], (m->n - lo) * sizeof(m->v[0]));
	m->v[lo] = row;
	m->n++;
	return m;
}

static void
row_add(struct own *o, struct own_row row)
{
	struct own_row first;
	uint32_t at;

	if (4 * (o->n + 1) > o->mask)
		grow(o);
	at = place_of(o, row.addr);
	first = o->tab[at];
	if (first.kind == OWN_NOT) {
		o->tab[at] = row;
		o->n++;
	} else if (row_before(&row, &first)) {
		o->tab[at] = row;
		o->more[at] = more_add(o->more[at], first);
	} else
		o->more[at] = more_add(o->more[at], row);
}

/* Those that follow come nearer to their home, so that none is cut off from it. */
static void
place_clear(struct own *o, uint32_t hole)
{
	uint32_t at = hole, home;

	for (;;) {
		at = (at + 1) & o->mask;
		if (o->tab[at].kind == OWN_NOT)
			break;
		home = own_home(o, o->tab[at].addr);
		if (((at - home) & o->mask) < ((at - hole) & o->mask))
			continue;
		o->tab[hole] = o->tab[at];
		o->more[hole] = o->more[at];
		hole = at;
	}
	o->tab[hole] = (struct own_row){ .kind = OWN_NOT };
	o->more[hole] = NULL;
	o->n--;
}

/* The next in order takes its place, where it was the first. */
static void
row_del(struct own *o, const struct own_row *row)
{
	uint32_t at = place_of(o, row->addr);
	struct own_more *m = o->more[at];
	size_t i = 0;

	if (m == NULL) {
		place_clear(o, at);
		return;
	}
	if (o->tab[at].kind == row->kind && o->tab[at].ifidx == row->ifidx)
		o->tab[at] = m->v[0];
	else
		while (m->v[i].kind != row->kind || m->v[i].ifidx != row->ifidx)
			i++;
	m->n--;
	memmove(&m->v[i], &m->v[i + 1], (m->n - i) * sizeof(m->v[0]));
	if (m->n == 0) {
		free(m);
		o->more[at] = NULL;
	}
}

static struct own_if *
if_of(struct own *o, unsigned ifidx)
{
	size_t n = o->nifs != 0 ? o->nifs : 8;

	while (n < ifidx)
		n *= 2;
	if (n != o->nifs) {
		o->ifs = xrealloc(o->ifs, n * sizeof(*o->ifs));
		memset(&o->ifs[o->nifs], 0, (n - o->nifs) * sizeof(*o->ifs));
		o->nifs = n;
	}
	return &o->ifs[ifidx - 1];
}

static void
if_put(struct own *o, struct own_if *i, uint32_t addr, enum own_kind kind, unsigned ifidx)
{
	i->v[i->n] = (struct own_row){ addr, kind, ifidx };
	row_add(o, i->v[i->n++]);
}

static void
if_rows(struct own *o, struct own_if *i, const struct dp_if *ifp)
{
	uint32_t mask;

	i->v = ifp->naddrs > 0 ? xcalloc(3 * ifp->naddrs, sizeof(*i->v)) : NULL;
	for (size_t k = 0; k < ifp->naddrs; k++) {
		if_put(o, i, ifp->addrs[k].addr, OWN_ADDR, ifp->idx);
		if (ifp->addrs[k].len > 30)
			continue;
		mask = ip4_mask(ifp->addrs[k].len);
		if_put(o, i, ifp->addrs[k].addr & mask, OWN_BCAST, ifp->idx);
		if_put(o, i, ifp->addrs[k].addr | ~mask, OWN_BCAST, ifp->idx);
	}
}

void
own_update(struct dp *d, unsigned ifidx)
{
	const struct dp_if *ifp = d->ifs[ifidx - 1];
	struct own_if *i = if_of(d->own, ifidx);

	while (i->n > 0)
		row_del(d->own, &i->v[--i->n]);
	free(i->v);
	i->v = NULL;
	if (ifp != NULL && ifp->info.up)
		if_rows(d->own, i, ifp);
}
