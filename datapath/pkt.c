/*
 * The packet pool.  Each packet is one block of the heap, of one of two sizes; what is freed is kept for the
 * next, so that a datapath that has seen its busiest batch asks the heap for nothing more, and one that
 * sees a packet now and then holds a few.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/internal.h"
#include "datapath/wire.h"

void
pkt_pool_init(struct pkt_pool *pool)
{
	memset(pool, 0, sizeof *pool);
	pool->limit = PKT_POOL_MAX;
}

static void
list_free(struct pkt *p)
{
	struct pkt *next;

	for (; p != NULL; p = next) {
		next = p->next;
		free(p);
	}
}

void
pkt_pool_fini(struct pkt_pool *pool)
{
	list_free(pool->small);
	list_free(pool->large);
	memset(pool, 0, sizeof *pool);
}

static struct pkt *
pool_take(struct pkt_pool *pool, struct pkt **list, uint32_t cap)
{
	struct pkt *p = *list;

	if (p != NULL) {
		*list = p->next;
		return p;
	}
	p = malloc(sizeof *p + cap);
	if (p != NULL)
		p->cap = cap;
	pool->allocs++;
	return p;
}

static struct pkt *
pool_get(struct pkt_pool *pool, size_t len)
{
	size_t need = len + PKT_HEADROOM + PKT_TAILROOM;
	struct pkt *p;

	if (pool->held >= pool->limit || need > PKT_LARGE)
		return NULL;
	if (need <= PKT_SMALL)
		return pool_take(pool, &pool->small, PKT_SMALL);
	p = pool_take(pool, &pool->large, PKT_LARGE);
	if (p != NULL && pool->nlarge > 0)
		pool->nlarge--;
	return p;
}

struct pkt *
pkt_new(struct dp *d, size_t len)
{
	struct pkt *p = pool_get(&d->pool, len);
	uint32_t cap;

	if (p == NULL) {
		d->count[DPC_no_memory]++;
		return NULL;
	}
	cap = p->cap;
	memset(p, 0, sizeof *p);
	p->cap = cap;
	p->data = p->buf + PKT_HEADROOM;
	p->len = (uint32_t)len;
	d->pool.held++;
	return p;
}

void
pkt_free(struct dp *d, struct pkt *p)
{
	struct pkt_pool *pool = &d->pool;

	pool->held--;
	if (p->cap == PKT_SMALL) {
		p->next = pool->small;
		pool->small = p;
	} else if (pool->nlarge < PKT_LARGE_KEEP) {
		p->next = pool->large;
		pool->large = p;
		pool->nlarge++;
	} else
		free(p);
}

void
pkt_drop(struct dp *d, struct pkt *p, enum dp_counter why)
{
	d->count[why]++;
	d->octets[why] += p->len;
	pkt_free(d, p);
}

void
pkt_parse(struct pkt *p)
{
	p->ihl = (uint8_t)((p->data[0] & 15) * 4);
	p->proto = p->data[IP4_PROTO];
	p->src = get32(p->data + IP4_SRC);
	p->dst = get32(p->data + IP4_DST);
}
