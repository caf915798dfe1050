/* Which addresses of the local pools are lent. */

#include <stdlib.h>
#include <uthash.h>

#include "engine/ezvpn.h"
#include "lib/mem.h"

struct lent {
	UT_hash_handle	 hh;
	uint32_t	 addr;
	bool		 used;
	uint64_t	 back;		/* the order in which they came back */
};

struct ippool {
	struct lent	*lent;
	uint64_t	 last_back;
};

struct ippool *
ippool_new(void)
{
	return xcalloc(1, sizeof(struct ippool));
}

void
ippool_free(struct ippool *p)
{
	struct lent *l, *next;

	if (p == NULL)
		return;
	HASH_ITER(hh, p->lent, l, next) {
		HASH_DELETE(hh, p->lent, l);
		free(l);
	}
	free(p);
}

static struct lent *
find(const struct ippool *p, uint32_t addr)
{
	struct lent *l;

	HASH_FIND(hh, p->lent, &addr, sizeof(addr), l);
	return l;
}

static uint32_t
lend(struct ippool *p, struct lent *l, uint32_t addr)
{
	if (l == NULL) {
		l = xcalloc(1, sizeof(*l));
		l->addr = addr;
		HASH_ADD(hh, p->lent, addr, sizeof(l->addr), l);
	}
	l->used = true;
	return addr;
}

uint32_t
ippool_take(struct ippool *p, const struct cfg_pool *c)
{
	struct lent *l, *oldest = NULL;

	for (size_t i = 0; i < c->n; i++)
		for (uint32_t k = 0; k <= c->v[i].hi - c->v[i].lo; k++) {
			if ((l = find(p, c->v[i].lo + k)) == NULL)
				return lend(p, NULL, c->v[i].lo + k);
			if (!l->used && (oldest == NULL || l->back < oldest->back))
				oldest = l;
		}
	return oldest == NULL ? 0 : lend(p, oldest, oldest->addr);
}

void
ippool_give(struct ippool *p, uint32_t addr)
{
	struct lent *l = find(p, addr);

	if (l == NULL || !l->used)
		return;
	l->used = false;
	l->back = ++p->last_back;
}

bool
ippool_used(const struct ippool *p, uint32_t addr)
{
	const struct lent *l = find(p, addr);

	return l != NULL && l->used;
}
