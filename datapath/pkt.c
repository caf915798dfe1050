/*
 * The packet pool.  Each packet is one block of the heap, of one of three sizes: a small or large one, or none for bytes that are lent; what is freed is kept for the
 * next, so that a datapath that has seen its busiest batch asks the heap for nothing more, and one that
 * sees a packet now and then holds a few.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/internal.h"
#include "datapath/wire.h"

#define PKT_LINE	64		/* bytes of a cache line; packets start on one */

_Static_assert(offsetof(struct pkt, cb) == PKT_LINE, "what most stages look at is no longer one line");

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
	size_t i;

	for (i = 0; i < sizeof pool->free / sizeof pool->free[0]; i++)
		list_free(pool->free[i]);
	memset(pool, 0, sizeof *pool);
}

/* Not on the way of packets once the pool has what the busiest vector took. */
static __attribute__((noinline)) struct pkt *
pool_grow(struct pkt_pool *pool, enum pkt_kind kind)
{
	static const size_t bytes[] = { PKT_SMALL, PKT_LARGE, 0 };
	size_t n = (sizeof(struct pkt) + bytes[kind] + PKT_LINE - 1) / PKT_LINE * PKT_LINE;
	struct pkt *p = aligned_alloc(PKT_LINE, n);

	pool->allocs++;
	if (p == NULL)
		return NULL;
	p->kind = (uint8_t)kind;
	p->cap = (uint32_t)bytes[kind];
	p->base = p->own;
	return p;
}

static inline struct pkt *
pool_take(struct dp *d, enum pkt_kind kind)
{
	struct pkt_pool *pool = &d->pool;
	struct pkt *p = NULL;

	if (pool->held < pool->limit) {
		p = pool->free[kind];
		if (p != NULL) {
			pool->free[kind] = p->next;
			if (p->next != NULL)
				__builtin_prefetch(&p->next->next, 1);
		} else
			p = pool_grow(pool, kind);
	}
	if (p == NULL)
		d->count[DPC_no_memory]++;
	else
		pool->held++;
	return p;
}

/* All but where the bytes are and the scratch. */
static inline void
pkt_reset(struct pkt *p)
{
	memset(&p->src, 0, offsetof(struct pkt, kind) - offsetof(struct pkt, src));
}

struct pkt *
pkt_new(struct dp *d, size_t len)
{
	size_t need = len + PKT_HEADROOM + PKT_TAILROOM;
	enum pkt_kind kind = need <= PKT_SMALL ? PKT_OF_SMALL : PKT_OF_LARGE;
	struct pkt *p;

	if (need > PKT_LARGE) {
		d->count[DPC_no_memory]++;
		return NULL;
	}
	if ((p = pool_take(d, kind)) == NULL)
		return NULL;
	d->pool.nlarge -= kind == PKT_OF_LARGE && d->pool.nlarge > 0;
	pkt_reset(p);
	p->data = p->own + PKT_HEADROOM;
	p->len = (uint32_t)len;
	return p;
}

struct pkt *
pkt_lent(struct dp *d, uint8_t *data, size_t len)
{
	struct pkt *p = pool_take(d, PKT_OF_NONE);

	if (p == NULL)
		return NULL;
	pkt_reset(p);
	p->base = data - PKT_HEADROOM;
	p->cap = (uint32_t)(PKT_HEADROOM + len + PKT_TAILROOM);
	p->data = data;
	p->len = (uint32_t)len;
	return p;
}

struct pkt *
pkt_own(struct dp *d, struct pkt *p)
{
	struct pkt *c;

	if (p->kind != PKT_OF_NONE)
		return p;
	if ((c = pkt_new(d, p->len)) != NULL) {
		memcpy(c->data, p->data, p->len);
		memcpy(&c->src, &p->src, offsetof(struct pkt, kind) - offsetof(struct pkt, src));
		memcpy(c->cb, p->cb, sizeof c->cb);
	}
	pkt_free(d, p);
	return c;
}

static inline void
pool_give(struct pkt_pool *pool, struct pkt *p)
{
	if (p->kind == PKT_OF_LARGE && pool->nlarge >= PKT_LARGE_KEEP) {
		free(p);
		return;
	}
	pool->nlarge += p->kind == PKT_OF_LARGE;
	p->next = pool->free[p->kind];
	pool->free[p->kind] = p;
}

void
pkt_free(struct dp *d, struct pkt *p)
{
	d->pool.held--;
	pool_give(&d->pool, p);
}

void
pkt_free_all(struct dp *d, struct pkt **v, size_t n)
{
	size_t i;

	d->pool.held -= n;
	for (i = n; i-- > 0; )		/* so that the next vector finds them as this one did */
		pool_give(&d->pool, v[i]);
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
