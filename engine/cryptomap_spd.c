/*
 * A map as rules of the datapath: entries in order; of each the lines of its list in order, a deny leading on to
 * the next entry, what peers have asked for within a line before the line.  What a template's list permits and no
 * peer has asked for is dropped, as is what no proxy identity can stand for.
 */

#include <stdlib.h>

#include "engine/cryptomap.h"
#include "lib/mem.h"

struct rules {
	struct dp_spd_rule	*v;
	size_t			 n, cap;
};

static void
rule_add(struct rules *q, const struct dp_ace *match, enum dp_spd_what what, uint32_t policy)
{
	if (q->n == q->cap) {
		q->cap = q->cap == 0 ? 16 : q->cap * 2;
		q->v = xrealloc(q->v, q->cap * sizeof(*q->v));
	}
	q->v[q->n++] = (struct dp_spd_rule){ .match = *match, .what = what, .policy = policy };
}

/* They count for the line that they are within. */
static void
made_rules(struct rules *q, const struct map_entry *e, size_t line)
{
	const struct map_slot *s;
	struct dp_ace a;

	TAILQ_FOREACH(s, &e->made, next) {
		if (e->template[0] == '\0' && s->line != line)
			continue;
		a = map_line_of(&s->local_id, &s->remote_id);
		a.hits = s->line < e->nlines ? e->lines[s->line].hits : NULL;
		rule_add(q, &a, DP_SPD_PROTECT, s->policy);
	}
}

static void
entry_rules(struct rules *q, const struct map_entry *e)
{
	bool template = e->template[0] != '\0';
	size_t first = q->n;

	if (template)
		made_rules(q, e, 0);
	for (size_t i = 0; i < e->nlines; i++) {
		if (!e->lines[i].permit) {
			rule_add(q, &e->lines[i], DP_SPD_SKIP, 0);
			continue;
		}
		if (!template)
			made_rules(q, e, i);
		rule_add(q, &e->lines[i], DP_SPD_PROTECT, e->slots[i] != NULL ? e->slots[i]->policy : CRYPTOMAP_NOBODY);
	}
	for (size_t i = first; i < q->n; i++)
		if (q->v[i].what == DP_SPD_SKIP)
			q->v[i].skip = (uint32_t)q->n;
}

static bool
as_told(const struct cryptomap *m, const struct rules *q)
{
	if (m->ntold != q->n)
		return false;
	for (size_t i = 0; i < q->n; i++) {
		const struct dp_spd_rule *a = &m->told[i], *b = &q->v[i];

		if (a->what != b->what || a->policy != b->policy || a->skip != b->skip || a->match.hits != b->match.hits ||
		    !dp_ace_same(&a->match, &b->match))
			return false;
	}
	return true;
}

static void
told_set(struct cryptomap *m, const struct rules *q)
{
	for (size_t i = 0; i < q->n; i++)
		dp_hits_ref(q->v[i].match.hits);
	for (size_t i = 0; i < m->ntold; i++)
		dp_hits_free(m->told[i].match.hits);
	free(m->told);
	m->told = q->v;
	m->ntold = q->n;
}

void
map_spd_sync(struct cryptomap *m)
{
	struct rules q = { 0 };
	const struct map_entry *e;
	bool same;

	TAILQ_FOREACH(e, &m->entries, next)
		entry_rules(&q, e);
	same = as_told(m, &q);
	for (size_t i = 0; i < m->nports; i++) {
		const struct rif *p = ifnet_find(m->r, m->ports[i].name);
		unsigned dp_if = p == NULL ? 0 : p->dp_if;

		if (dp_if != 0 && (!same || dp_if != m->ports[i].dp_if))
			dp_spd_set(m->r->dp, dp_if, q.v, q.n);
		m->ports[i].dp_if = dp_if;
	}
	if (same)
		free(q.v);
	else
		told_set(m, &q);
}
