/* IKE messages that were refused: a list bounded by the configuration, oldest first. */

#include "engine/refusals.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "engine/router.h"
#include "lib/mem.h"

struct entry {
	TAILQ_ENTRY(entry)	 next;
	struct refusal		 f;
};

struct refusals {
	TAILQ_HEAD(, entry)	 list;
	size_t			 n;
	uint64_t		 deleted;
};

struct refusals *
refusals_new(void)
{
	struct refusals *f = xcalloc(1, sizeof(*f));

	TAILQ_INIT(&f->list);
	return f;
}

/* The oldest go until there are no more than that. */
static void
shrink(struct refusals *f, size_t most)
{
	struct entry *e;

	for (; f->n > most; f->n--) {
		e = TAILQ_FIRST(&f->list);
		TAILQ_REMOVE(&f->list, e, next);
		free(e);
		f->deleted++;
	}
}

void
refusals_free(struct refusals *f)
{
	if (f == NULL)
		return;
	shrink(f, 0);
	free(f);
}

void
refusals_clear(struct router *r)
{
	shrink(r->refusals, 0);
	r->refusals->deleted = 0;
}

void
refusals_apply(struct router *r)
{
	shrink(r->refusals, r->cfg->diagnose_max);
}

/* The entry of such messages, taken out of the list, or a new one. */
static struct entry *
entry_of(struct router *r, const struct ike_path *path, enum ike_counter why)
{
	struct refusals *f = r->refusals;
	struct entry *e;

	TAILQ_FOREACH(e, &f->list, next)
		if (e->f.why == why && addr_eq(&e->f.path.remote, &path->remote)) {
			TAILQ_REMOVE(&f->list, e, next);
			return e;
		}
	shrink(f, r->cfg->diagnose_max - 1);
	f->n++;
	return xcalloc(1, sizeof(*e));
}

void
refusals_add(struct router *r, const struct ike_path *path, enum ike_counter why, const uint8_t *p, size_t n)
{
	struct entry *e;

	if (r->cfg->diagnose_max == 0)
		return;
	e = entry_of(r, path, why);
	e->f.when_ns = router_now(r);
	e->f.path = *path;
	e->f.why = why;
	e->f.count++;
	e->f.len = n;
	e->f.kept = n < REFUSALS_BYTES ? n : REFUSALS_BYTES;
	memcpy(e->f.data, p, e->f.kept);
	TAILQ_INSERT_TAIL(&r->refusals->list, e, next);
}

void
refusals_each(const struct router *r, void (*fn)(void *arg, const struct refusal *f), void *arg)
{
	const struct entry *e;

	TAILQ_FOREACH(e, &r->refusals->list, next)
		fn(arg, &e->f);
}

size_t
refusals_count(const struct router *r, uint64_t *deleted)
{
	*deleted = r->refusals->deleted;
	return r->refusals->n;
}
