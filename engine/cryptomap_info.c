/* What show and clear commands learn of maps at work. */

#include <string.h>

#include "engine/cryptomap.h"

void
router_map_made_each(struct router *r, const char *map, void (*fn)(void *, const struct map_made_info *), void *arg)
{
	const struct cryptomap *m;
	const struct map_entry *e;
	const struct map_slot *s;

	if (r->cryptomaps == NULL)
		return;
	TAILQ_FOREACH(m, &r->cryptomaps->list, next) {
		if (strcmp(m->name, map) != 0)
			continue;
		TAILQ_FOREACH(e, &m->entries, next)
			TAILQ_FOREACH_REVERSE(s, &e->made, map_slots, next) {
				struct map_made_info i = {.seq = e->seq,
				    .tseq = e->tseq,
				    .template = e->template,
				    .peer = s->flows[0]->peer->path.remote,
				    .local_id = s->local_id,
				    .remote_id = s->remote_id};

				fn(arg, &i);
			}
	}
}

struct addr
router_map_peer(const struct router *r, const char *map, unsigned seq)
{
	const struct cryptomap *m;
	const struct map_entry *e;

	if (r->cryptomaps != NULL)
		TAILQ_FOREACH(m, &r->cryptomaps->list, next)
			TAILQ_FOREACH(e, &m->entries, next)
				if (strcmp(m->name, map) == 0 && e->seq == seq && e->template[0] == '\0' && e->npeers > 0)
					return e->peers[e->cur];
	return (struct addr){ 0 };
}

const char *
router_map_port(const struct router *r, const char *map, const char *first, size_t n)
{
	const struct cryptomap *m;

	if (r->cryptomaps != NULL)
		TAILQ_FOREACH(m, &r->cryptomaps->list, next)
			if (strcmp(m->name, map) == 0 && strcmp(m->ports[0].name, first) == 0)
				return n < m->nports ? m->ports[n].name : NULL;
	return NULL;
}

bool
router_clear_sa_map(struct router *r, const char *map)
{
	struct flow *f;

	if (config_map(r->cfg, CFG_MAP_CRYPTO, map, false) == NULL)
		return false;
	if (r->ke == NULL)
		return true;
	r->ke->cause = TRACE_CLEAR;
	TAILQ_FOREACH(f, &r->ke->flows, next)
		if (f->policy != 0 && strcmp(f->tag, map) == 0)
			flow_remove(f, NULL, 0, FLOW_CLEARED);
	r->ke->cause = TRACE_NO_CAUSE;
	return true;
}
