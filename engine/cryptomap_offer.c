/*
 * What a peer's Quick Mode offer may be answered with that no flow is there for: a template's entry fits, or the
 * offer lies within a line of ours (RFC 2401, 4.4.1).  Entries are tried in order; the first whose proxies,
 * transform sets and group all fit takes it, and a slot is made, which goes with its SAs.  The peer has been
 * authenticated; how many slots it can have made is bounded all the same.
 */

#include "engine/cryptomap.h"
#include "lib/mem.h"

/* What is being looked for, and how near it was found. */
struct search {
	struct router		*r;
	const struct ike_offer	*o;
	struct map_entry	*entry;		/* NULL = none takes it */
	size_t			 line;
	enum ike_verdict	 verdict;
};

/* The line that the offer lies in; false: none, or a deny comes first.  A template without a list takes all. */
static bool
line_for(const struct map_entry *e, const struct ike_offer *o, size_t *line)
{
	struct ike_id local_id, remote_id;

	*line = 0;
	for (size_t i = 0; i < e->nlines; i++) {
		if (!map_line_ids(&e->lines[i], &local_id, &remote_id) || !map_id_within(&o->local_id, &local_id) ||
		    !map_id_within(&o->remote_id, &remote_id))
			continue;
		*line = i;
		return e->lines[i].permit;
	}
	return e->nlines == 0 && e->template[0] != '\0' && map_id_within(&o->local_id, &o->local_id) &&
	       map_id_within(&o->remote_id, &o->remote_id);
}

static bool
peer_allowed(const struct map_entry *e, const struct addr *remote)
{
	for (size_t i = 0; i < e->npeers; i++)
		if (addr_eq(&e->peers[i], remote))
			return true;
	return e->npeers == 0 && e->template[0] != '\0';
}

/* A template that names a list which isn't there takes nobody. */
static bool
list_missing(const struct map_entry *e, const struct cfg_map_entry *c)
{
	return c->acl != NULL && e->nlines == 0;
}

static void
try_entry(struct search *q, struct map_entry *e)
{
	const struct ike_offer *o = q->o;
	struct crypto_policy cp;
	struct cfg_map *m;
	const struct cfg_map_entry *c = map_entry_cfg(e, &m);
	enum ike_verdict v;
	size_t line;

	if (c == NULL || list_missing(e, c) || !peer_allowed(e, &o->path.remote) || !line_for(e, o, &line))
		return;
	map_entry_policy(q->r, m, c, &cp);
	v = ipsec_judge(q->r, &cp, map_id_is(&o->local_id, &o->path.local) && map_id_is(&o->remote_id, &o->path.remote), o);
	if (v == IKE_OFFER_OK) {
		q->entry = e;
		q->line = line;
	}
	if (v == IKE_OFFER_OK || q->verdict == IKE_OFFER_PROXY)
		q->verdict = v;
}

static size_t
made_by(const struct router *r, const struct ike_path *path)
{
	const struct flow *f = crypto_peer_flow(crypto_peer_of(r, path));
	size_t n = 0;

	for (; f != NULL; f = TAILQ_NEXT(f, peer_next))
		n += !f->listed && f->on_demand;
	return n;
}

static struct flow *
slot_make(struct search *q)
{
	struct cryptomaps *ms = q->r->cryptomaps;
	struct map_entry *e = q->entry;
	struct map_slot *s = map_slot_new(e, &q->o->local_id, &q->o->remote_id);

	s->made = true;
	s->line = q->line;
	s->flows = xcalloc(1, sizeof(*s->flows));
	s->nflows = 1;
	s->flows[0] = map_flow_new(s, &q->o->path.local, &q->o->path.remote);
	TAILQ_INSERT_HEAD(&e->made, s, next);
	ms->nmade++;
	map_spd_sync(e->map);
	map_sweep_later(ms, CRYPTOMAP_GRACE);
	return s->flows[0];
}

enum ike_verdict
cryptomap_offer(struct router *r, const struct ike_offer *o, struct flow **f)
{
	struct search q = { .r = r, .o = o, .verdict = IKE_OFFER_PROXY };
	struct cryptomap *m;
	struct map_entry *e;

	TAILQ_FOREACH(m, &r->cryptomaps->list, next) {
		if (!addr_eq(&m->local, &o->path.local))
			continue;
		TAILQ_FOREACH(e, &m->entries, next)
			if (q.entry == NULL)
				try_entry(&q, e);
	}
	if (q.entry == NULL)
		return q.verdict;
	if (r->cryptomaps->nmade >= CRYPTOMAP_TEMPS_MAX || made_by(r, &o->path) >= CRYPTOMAP_PEER_MAX)
		return IKE_OFFER_PROXY;
	*f = slot_make(&q);
	return IKE_OFFER_OK;
}
