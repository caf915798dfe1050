/*
 * The cache: bindings of addresses behind a tunnel to NBMA addresses, their lives, and the far ends that they hold.
 * A binding that was learned ends with its holding time; in the last part of it one that was used is asked for again.
 * A far end is held once for all bindings that lead to it, and let go with the last.
 */

#include <stdlib.h>

#include "engine/nhrp_int.h"
#include "lib/mem.h"

static void on_timer(void *arg);

struct nhrp_entry *
nhrp_cache_find(struct nhrp_if *i, uint32_t prefix, unsigned len)
{
	struct nhrp_key key = { prefix & ip4_mask(len), len };
	struct nhrp_entry *e;

	HASH_FIND(hh, i->cache, &key, sizeof(key), e);
	return e;
}

struct nhrp_entry *
nhrp_cache_lookup(struct nhrp_if *i, uint32_t addr)
{
	struct nhrp_entry *e;

	for (unsigned len = 33; len-- > 0;)
		if (i->lens[len] > 0 && (e = nhrp_cache_find(i, addr, len)) != NULL && e->kind != NHRP_LOCAL)
			return e;
	return NULL;
}

struct nhrp_entry *
nhrp_cache_add(struct nhrp_if *i, uint32_t prefix, unsigned len, enum nhrp_kind kind)
{
	struct router *r = i->n->r;
	struct nhrp_entry *e = nhrp_cache_find(i, prefix, len);

	if (e != NULL) {
		e->kind = kind;
		return e;
	}
	if (HASH_COUNT(i->cache) >= NHRP_CACHE_MAX)
		return NULL;
	e = xcalloc(1, sizeof(*e));
	e->nif = i;
	e->key = (struct nhrp_key){ prefix & ip4_mask(len), len };
	e->kind = kind;
	e->target = e->via = prefix;
	e->created_ns = clock_now(r->clock);
	TAILQ_INIT(&e->requesters);
	timer_init(&e->timer, r->clock, on_timer, e);
	HASH_ADD(hh, i->cache, key, sizeof(e->key), e);
	i->lens[len]++;
	return e;
}

/* ---- far ends ---- */

struct nhrp_peer *
nhrp_peer_find(struct nhrp_if *i, uint32_t nbma)
{
	struct nhrp_peer *p;

	HASH_FIND(hh, i->peers, &nbma, sizeof(nbma), p);
	return p;
}

static void
say_socket(struct nhrp_if *i, uint32_t nbma, bool up)
{
	char a[ADDR_STRLEN], b[ADDR_STRLEN];

	if (nhrp_is_protected(i))
		nhrp_say(i, 5, "CRYPTO_SS", " %s: local address : %s remote address : %s socket is %s", i->name, ip4_fmt(i->source, a),
		    ip4_fmt(nbma, b), up ? "UP" : "DOWN");
}

static void
peer_state(struct nhrp_if *i, struct nhrp_peer *p, bool ready)
{
	if (p->ready == ready)
		return;
	p->ready = ready;
	p->since_ns = clock_now(i->n->r->clock);
	say_socket(i, p->nbma, ready);
}

static void
peer_free(struct nhrp_peer *p)
{
	struct nhrp_if *i = p->nif;

	timer_stop(&p->linger);
	if (!i->n->ending) {
		mgre_drop(i->n->r, i->name, p->nbma, p->last_named);
		if (p->ready)
			say_socket(i, p->nbma, false);
	}
	HASH_DEL(i->peers, p);
	free(p);
}

static void
on_linger(void *arg)
{
	peer_free(arg);
}

static struct nhrp_peer *
peer_new(struct nhrp_if *i, uint32_t nbma)
{
	struct nhrp_peer *p = xcalloc(1, sizeof(*p));

	p->nbma = nbma;
	p->nif = i;
	timer_init(&p->linger, i->n->r->clock, on_linger, p);
	HASH_ADD(hh, i->peers, nbma, sizeof(p->nbma), p);
	return p;
}

struct nhrp_peer *
nhrp_peer_hold(struct nhrp_if *i, uint32_t nbma, bool named)
{
	struct nhrp_peer *p = nhrp_peer_find(i, nbma);
	bool made = p == NULL;

	if (made)
		p = peer_new(i, nbma);
	p->holds++;
	p->named += named;
	mgre_hold(i->n->r, i->name, nbma, named);
	if (timer_armed(&p->linger)) {
		timer_stop(&p->linger);
		mgre_drop(i->n->r, i->name, nbma, p->last_named);
	}
	/* One that others hold already may be up before that is told; that it is down is always told. */
	if (made)
		peer_state(i, p, mgre_ready(i->n->r, i->name, nbma));
	else if (mgre_ready(i->n->r, i->name, nbma))
		nhrp_peer_changed(i, nbma, true);
	return p;
}

/* The last hold is let go a while later, where there is a tunnel by which something may be under way. */
void
nhrp_peer_drop(struct nhrp_if *i, struct nhrp_peer *p, bool named)
{
	p->named -= named;
	if (--p->holds > 0) {
		if (!i->n->ending)
			mgre_drop(i->n->r, i->name, p->nbma, named);
		return;
	}
	p->last_named = named;
	if (p->ready && !named && !i->n->ending)
		timer_in(&p->linger, NHRP_PEER_LINGER);
	else
		peer_free(p);
}

void
nhrp_peers_free(struct nhrp_if *i)
{
	struct nhrp_peer *p, *tmp;

	HASH_ITER(hh, i->peers, p, tmp)
		peer_free(p);
}

/* ---- what is said of clients ---- */

static void
say_client(struct nhrp_entry *e, bool up, const char *why)
{
	struct nhrp_if *i = e->nif;
	char t[ADDR_STRLEN], b[ADDR_STRLEN], ot[ADDR_STRLEN], ob[ADDR_STRLEN];

	if ((e->flags & NHRP_F_REGISTERED) == 0 || e->told_up == up || i->n->ending)
		return;
	e->told_up = up;
	nhrp_say(i, 5, up ? "NHRP_NHC_UP" : "NHRP_NHC_DOWN", "%s: Next Hop Client : (Tunnel: %s NBMA: %s%s) for (Tunnel: %s NBMA: %s) is %s%s%s", i->name,
	    ip4_fmt(e->key.prefix, t), ip4_fmt(e->nbma, b), up ? "" : " ", ip4_fmt(i->addr, ot), ip4_fmt(i->source, ob), up ? "UP" : "DOWN",
	    up ? "" : ", Reason: ", up ? "" : why);
}

/* ---- bindings ---- */

static bool
is_nexthop(const struct nhrp_entry *e)
{
	return e->key.len == 32 && e->nbma != 0 && e->kind != NHRP_LOCAL;
}

/*
 * Packets take a binding that was learned from others only while its far end can be sent to; until then, and when it
 * no longer can, they go by the server.
 */
static void
map_sync(struct nhrp_entry *e)
{
	bool always = e->kind == NHRP_STATIC || (e->flags & NHRP_F_REGISTERED) != 0;
	uint32_t nbma = is_nexthop(e) && e->peer != NULL && (always || e->peer->ready) ? e->nbma : 0;

	if (e->mapped == nbma || e->nif->n->ending)
		return;
	e->mapped = nbma;
	mgre_map(e->nif->n->r, e->nif->name, e->key.prefix, nbma);
}

static void
unbind(struct nhrp_entry *e)
{
	struct nhrp_peer *p = e->peer;

	if (p == NULL)
		return;
	e->peer = NULL;
	map_sync(e);
	nhrp_peer_drop(e->nif, p, e->named);
}

void
nhrp_peer_changed(struct nhrp_if *i, uint32_t nbma, bool up)
{
	struct nhrp_peer *p = nhrp_peer_find(i, nbma);
	struct nhrp_entry *e, *tmp;

	if (p == NULL || p->ready == up)
		return;
	peer_state(i, p, up);
	/* What was learned by a socket goes with it: only what the configuration names asks for SAs again. */
	HASH_ITER(hh, i->cache, e, tmp) {
		if (e->peer == NULL || e->nbma != nbma)
			continue;
		if (!up && e->kind == NHRP_DYNAMIC)
			nhrp_cache_del(e, "External(NHRP: no error)");
		else
			map_sync(e);
	}
}

void
nhrp_cache_bind(struct nhrp_entry *e, uint32_t via, uint32_t nbma, bool named)
{
	struct nhrp_if *i = e->nif;
	bool changed = e->nbma != nbma || e->via != via;

	if (e->peer == NULL || e->nbma != nbma || e->named != named) {
		struct nhrp_peer *old = e->peer;
		bool was_named = e->named;

		/* The new hold before the old one is let go: it may be the same far end. */
		e->peer = nbma != 0 && e->kind != NHRP_LOCAL ? nhrp_peer_hold(i, nbma, named) : NULL;
		e->named = named;
		if (old != NULL)
			nhrp_peer_drop(i, old, was_named);
	}
	e->via = via;
	e->nbma = nbma;
	map_sync(e);
	nhrp_mcast_update(i);
	nhrp_debug_cache(e, changed ? "add" : "update");
	if ((e->flags & NHRP_F_REGISTERED) != 0)
		say_client(e, true, "");
}

/* What comes first: a look at whether to ask again, or the end. */
static void
timer_next(struct nhrp_entry *e)
{
	int64_t now = clock_now(e->nif->n->r->clock), margin = (int64_t)e->holdtime * NSEC_SEC / 2, at = e->expires_ns;

	if (margin > NHRP_REFRESH_S * NSEC_SEC)
		margin = NHRP_REFRESH_S * NSEC_SEC;
	if (e->kind == NHRP_DYNAMIC && (e->flags & NHRP_F_REGISTERED) == 0 && now < e->expires_ns - margin)
		at = e->expires_ns - margin;
	if (e->retry_s > 0 && now + (int64_t)e->retry_s * NSEC_SEC < at)
		at = now + (int64_t)e->retry_s * NSEC_SEC;
	timer_at(&e->timer, at);
}

void
nhrp_cache_live(struct nhrp_entry *e, uint16_t holdtime_s)
{
	int64_t now = clock_now(e->nif->n->r->clock);

	e->holdtime = holdtime_s;
	e->expires_ns = e->kind == NHRP_INCOMPLETE ? now + NHRP_INCOMPLETE_LIFE : now + (int64_t)holdtime_s * NSEC_SEC;
	timer_next(e);
}

struct used { uint32_t nbma; uint64_t sent; };

static void
add_sent(void *arg, const struct mgre_info *m)
{
	struct used *u = arg;

	if (m->nbma == u->nbma)
		u->sent = m->sent;
}

bool
nhrp_entry_used(struct nhrp_entry *e)
{
	struct used u = {.nbma = e->nbma};
	bool used;

	mgre_state_each(e->nif->n->r, e->nif->name, add_sent, &u);
	used = u.sent != e->sent_mark;
	e->sent_mark = u.sent;
	return used;
}

static void
on_timer(void *arg)
{
	struct nhrp_entry *e = arg;

	if (clock_now(e->nif->n->r->clock) >= e->expires_ns) {
		nhrp_cache_del(e, "External(NHRP Registration timeout)");
		return;
	}
	if (e->retry_s > 0 || ((e->flags & NHRP_F_REGISTERED) == 0 && e->kind == NHRP_DYNAMIC && nhrp_entry_used(e)))
		nhrp_resolve_again(e);
	timer_next(e);
}

static void
requester_free(struct nhrp_entry *e, struct nhrp_requester *q)
{
	TAILQ_REMOVE(&e->requesters, q, next);
	e->nrequesters--;
	free(q);
}

void
nhrp_cache_del(struct nhrp_entry *e, const char *why)
{
	struct nhrp_if *i = e->nif;

	if (!i->n->ending) {
		nhrp_requesters_purge(e);
		say_client(e, false, why);
		nhrp_debug_cache(e, "delete");
		nhrp_route_sync(e, false);
	}
	while (!TAILQ_EMPTY(&e->requesters))
		requester_free(e, TAILQ_FIRST(&e->requesters));
	timer_stop(&e->timer);
	unbind(e);
	HASH_DEL(i->cache, e);
	i->lens[e->key.len]--;
	free(e);
	if (!i->n->ending)
		nhrp_mcast_update(i);
}

/* ---- who was told ---- */

void
nhrp_requester_add(struct nhrp_entry *e, uint32_t addr, uint32_t nbma, uint32_t reqid)
{
	int64_t now = clock_now(e->nif->n->r->clock);
	struct nhrp_requester *q, *next;

	for (q = TAILQ_FIRST(&e->requesters); q != NULL; q = next) {
		next = TAILQ_NEXT(q, next);
		if (q->addr == addr || q->until_ns <= now)
			requester_free(e, q);
	}
	if (e->nrequesters >= NHRP_REQUESTERS_MAX)
		return;
	q = xcalloc(1, sizeof(*q));
	*q = (struct nhrp_requester){.addr = addr, .nbma = nbma, .reqid = reqid,
	    .until_ns = now + (int64_t)nhrp_holdtime(e->nif) * NSEC_SEC};
	TAILQ_INSERT_TAIL(&e->requesters, q, next);
	e->nrequesters++;
}

/* RFC 2332, 5.2.5: what we told is no longer true. */
void
nhrp_requesters_purge(struct nhrp_entry *e)
{
	struct nhrp_if *i = e->nif;
	int64_t now = clock_now(i->n->r->clock);
	struct nhrp_cie c = {.prefix = (uint8_t)e->key.len, .has_proto = true, .proto = e->key.prefix};
	struct nhrp_msg m;

	while (!TAILQ_EMPTY(&e->requesters)) {
		struct nhrp_requester *q = TAILQ_FIRST(&e->requesters);
		uint32_t nbma = nhrp_nbma_of(i, q->addr);

		const struct nhrp_peer *p;
		const struct nhrp_nhs *s;

		/* Straight to it while there is a tunnel, else by the server. */
		if (nbma == 0)
			nbma = q->nbma;
		p = nhrp_peer_find(i, nbma);
		if ((p == NULL || !p->ready) && (s = nhrp_nhs_best(i)) != NULL)
			nbma = s->nbma;
		nhrp_msg_init(i, &m, NHRP_PURGE_REQUEST, q->addr);
		m.reqid = ++i->n->last_reqid;
		nhrp_cie_add(&m.cies, &c);
		if (q->until_ns > now)
			nhrp_send(i, nbma, &m);
		requester_free(e, q);
	}
}
