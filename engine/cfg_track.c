/* Tracked objects and IP SLA operations of a configuration: found, made and taken away by their numbers. */

#include "engine/cfg_track.h"

#include <stdlib.h>

#include "lib/mem.h"

void
cfg_track_init(struct cfg_tracking *t)
{
	TAILQ_INIT(&t->tracks);
	TAILQ_INIT(&t->slas);
}

void
cfg_track_free(struct cfg_tracking *t)
{
	while (!TAILQ_EMPTY(&t->tracks))
		cfg_track_del(t, TAILQ_FIRST(&t->tracks));
	while (!TAILQ_EMPTY(&t->slas))
		cfg_sla_del(t, TAILQ_FIRST(&t->slas));
}

struct cfg_track *
cfg_track(struct cfg_tracking *t, unsigned number, bool create)
{
	struct cfg_track *x, *new;

	TAILQ_FOREACH(x, &t->tracks, next)
		if (x->number >= number)
			break;
	if (x != NULL && x->number == number)
		return x;
	if (!create)
		return NULL;
	new = xcalloc(1, sizeof(*new));
	new->number = number;
	if (x != NULL)
		TAILQ_INSERT_BEFORE(x, new, next);
	else
		TAILQ_INSERT_TAIL(&t->tracks, new, next);
	return new;
}

void
cfg_track_del(struct cfg_tracking *t, struct cfg_track *x)
{
	TAILQ_REMOVE(&t->tracks, x, next);
	free(x->ifname);
	free(x->members);
	free(x);
}

void
cfg_track_member(struct cfg_track *x, unsigned number, bool negated, bool add)
{
	unsigned i = 0;

	while (i < x->nmembers && x->members[i].number != number)
		i++;
	if (!add) {
		if (i == x->nmembers)
			return;
		for (x->nmembers--; i < x->nmembers; i++)
			x->members[i] = x->members[i + 1];
		return;
	}
	if (i == x->nmembers) {
		x->members = xrealloc(x->members, (x->nmembers + 1) * sizeof(*x->members));
		x->nmembers++;
	}
	x->members[i] = (struct cfg_track_member){ number, negated };
}

struct cfg_sla *
cfg_sla(struct cfg_tracking *t, unsigned number, bool create)
{
	struct cfg_sla *x, *new;

	TAILQ_FOREACH(x, &t->slas, next)
		if (x->number >= number)
			break;
	if (x != NULL && x->number == number)
		return x;
	if (!create)
		return NULL;
	new = xcalloc(1, sizeof(*new));
	*new = (struct cfg_sla){ .number = number, .frequency_s = SLA_FREQUENCY_S, .timeout_ms = SLA_TIMEOUT_MS,
		.threshold_ms = SLA_THRESHOLD_MS, .size = SLA_SIZE, .life_s = SLA_LIFE_S };
	if (x != NULL)
		TAILQ_INSERT_BEFORE(x, new, next);
	else
		TAILQ_INSERT_TAIL(&t->slas, new, next);
	return new;
}

void
cfg_sla_del(struct cfg_tracking *t, struct cfg_sla *x)
{
	TAILQ_REMOVE(&t->slas, x, next);
	free(x->source_if);
	free(x->tag);
	free(x);
}
