/*
 * The server's side (RFC 2332, 5.2 and 6): registrations, requests for resolution that end here or are sent on,
 * purges, and Cisco's traffic indication, which tells a client that its packets go in and out of one tunnel here.
 * A request ends here when the address is ours or lies behind another interface than a tunnel of the same network;
 * without `ip nhrp redirect` also when it is that of a registered client: then we answer for it.
 */

#include <stdlib.h>

#include "datapath/wire.h"
#include "engine/nhrp_int.h"
#include "lib/mem.h"

/* What a client says of itself may be used only if it is one that others can be told of. */
static bool
is_host(uint32_t addr)
{
	return addr != 0 && addr != UINT32_MAX && addr >> 28 != 14 && addr >> 24 != 127;
}

static enum nhrp_code
take_registration(struct nhrp_if *i, uint32_t nbma_src, const struct nhrp_msg *m, const struct nhrp_cie *c)
{
	uint32_t addr = c->has_proto ? c->proto : m->src, nbma = c->has_nbma ? c->nbma : m->src_nbma;
	bool nat = nbma != nbma_src;
	struct nhrp_entry *e = nhrp_cache_find(i, addr, 32);

	if (!is_host(addr) || addr == i->addr || !is_host(nbma_src))
		return NHRP_PROHIBITED;
	if (nat)
		nbma = nbma_src;
	if (e != NULL && e->kind == NHRP_STATIC)	/* what the configuration says stays */
		return e->nbma == nbma ? NHRP_OK : NHRP_PROHIBITED;
	if (e != NULL && (e->flags & NHRP_F_REGISTERED) != 0 && (e->flags & NHRP_F_UNIQUE) != 0 && e->nbma != nbma)
		return NHRP_UNIQUE_TAKEN;
	if (e != NULL && e->nbma != 0 && e->nbma != nbma) {
		nhrp_cache_del(e, "External(NHRP: no error)");	/* with it, those who were told of it are */
		e = NULL;
	}
	if ((e = nhrp_cache_add(i, addr, 32, NHRP_DYNAMIC)) == NULL)
		return NHRP_NO_RESOURCES;
	e->flags = NHRP_F_REGISTERED | NHRP_F_NHOP | (e->flags & NHRP_F_RIB) | ((m->flags & NHRP_FLAG_REG_UNIQUE) != 0 ? NHRP_F_UNIQUE : 0) |
	    (nat ? NHRP_F_NAT : 0);
	e->reqid = 0;
	e->retry_s = 0;
	nhrp_cache_live(e, c->holdtime);
	nhrp_cache_bind(e, addr, nbma, false);
	return NHRP_OK;
}

void
nhrp_serve_registration(struct nhrp_if *i, uint32_t nbma_src, struct nhrp_msg *m)
{
	struct nhrp_msg reply;

	nhrp_reply_init(i, &reply, m, NHRP_REGISTRATION_REPLY);
	for (size_t k = 0; k < m->cies.n; k++) {
		struct nhrp_cie c = m->cies.v[k];

		c.code = (uint8_t)take_registration(i, nbma_src, m, &c);
		nhrp_cie_add(&reply.cies, &c);
		nhrp_debug_line(i->n->r, c.code != NHRP_OK && i->n->r->debug.nhrp.error, "NHRP: Registration refused: %s(%u)", nhrp_code_name(c.code), c.code);
	}
	nhrp_reply(i, nbma_src, &reply);
}

/* ---- resolution ---- */

struct egress {
	uint32_t	 dst, prefix;
	unsigned	 len;
	bool		 found;
	char		 ifname[CFG_IF_NAME];
};

static void
longest(void *arg, const struct route_info *route)
{
	struct egress *g = arg;

	if (route->code == 'L' || (g->dst & ip4_mask(route->len)) != route->prefix || (g->found && route->len < g->len))
		return;
	g->found = true;
	g->prefix = route->prefix;
	g->len = route->len;
	memcpy(g->ifname, route->ifname, sizeof(g->ifname));
}

/* Do packets to dst leave the NHRP network here, and in which prefix does it lie?  A default route tells of that one host alone. */
static bool
ends_here(struct nhrp_if *i, struct egress *g)
{
	const struct nhrp_if *out;

	if (g->dst == i->addr) {
		g->prefix = g->dst;
		g->len = 32;
		return true;
	}
	router_route_each(i->n->r, longest, g);
	if (!g->found || g->ifname[0] == '\0')
		return false;
	if ((out = nhrp_if_find(i->n->r, g->ifname)) != NULL && out->network_id == i->network_id)
		return false;
	if (g->len == 0) {
		g->prefix = g->dst;
		g->len = 32;
	}
	return true;
}

void
nhrp_pending_free(struct nhrp_pending *p)
{
	timer_stop(&p->timer);
	TAILQ_REMOVE(&p->nif->pending, p, next);
	p->nif->npending--;
	free(p);
}

/* No tunnel came of it: the answer takes the way that the question came. */
static void
on_pending(void *arg)
{
	struct nhrp_pending *p = arg;

	nhrp_forward(p->nif, &p->msg, p->msg.src);
	nhrp_pending_free(p);
}

static void
pending_add(struct nhrp_if *i, uint32_t nbma, const struct nhrp_msg *m)
{
	struct nhrp_pending *p;

	if (i->npending >= NHRP_PENDING_MAX)
		nhrp_pending_free(TAILQ_FIRST(&i->pending));
	p = xcalloc(1, sizeof(*p));
	p->nif = i;
	p->nbma = nbma;
	p->msg = *m;
	timer_init(&p->timer, i->n->r->clock, on_pending, p);
	timer_in(&p->timer, NHRP_PENDING_LIFE);
	TAILQ_INSERT_TAIL(&i->pending, p, next);
	i->npending++;
}

void
nhrp_pending_up(struct nhrp_if *i, uint32_t nbma)
{
	struct nhrp_pending *p, *next;

	for (p = TAILQ_FIRST(&i->pending); p != NULL; p = next) {
		next = TAILQ_NEXT(p, next);
		if (p->nbma != nbma)
			continue;
		nhrp_reply(i, nbma, &p->msg);
		nhrp_pending_free(p);
	}
}

/* Who asks tells where it is, and will be answered by a tunnel of its own. */
static bool
learn_requester(struct nhrp_if *i, const struct nhrp_msg *m, uint16_t holdtime)
{
	struct nhrp_entry *e = nhrp_cache_find(i, m->src, 32);

	if (m->src == i->addr || m->src_nbma == i->source || !is_host(m->src) || !is_host(m->src_nbma))
		return false;
	if (e != NULL && (e->kind == NHRP_STATIC || (e->flags & NHRP_F_REGISTERED) != 0))
		return e->nbma == m->src_nbma;
	if ((e = nhrp_cache_add(i, m->src, 32, NHRP_DYNAMIC)) == NULL)
		return false;
	e->flags |= NHRP_F_NHOP | NHRP_F_ROUTER | (e->nbma == 0 ? NHRP_F_IMPLICIT : 0);
	e->flags &= ~(NHRP_F_NEGATIVE | NHRP_F_REGISTERED);
	e->reqid = 0;
	e->retry_s = 0;
	nhrp_cache_live(e, holdtime != 0 ? holdtime : nhrp_holdtime(i));
	nhrp_cache_bind(e, m->src, m->src_nbma, false);
	nhrp_route_sync(e, nhrp_cfg(i)->shortcut);
	return true;
}

/* The binding of what is ours; who asked is kept with it. */
static void
own_binding(struct nhrp_if *i, const struct nhrp_msg *m, const struct egress *g)
{
	struct nhrp_entry *e = nhrp_cache_find(i, g->prefix, g->len);

	if (e != NULL && e->kind != NHRP_LOCAL)
		return;
	if ((e = nhrp_cache_add(i, g->prefix, g->len, NHRP_LOCAL)) == NULL)
		return;
	e->flags = NHRP_F_ROUTER | NHRP_F_UNIQUE | NHRP_F_LOCAL;
	e->via = i->addr;
	e->nbma = i->source;
	nhrp_cache_live(e, nhrp_holdtime(i));
	nhrp_debug_cache(e, "add");
	nhrp_requester_add(e, m->src, m->src_nbma, m->reqid);
}

static void
answer_own(struct nhrp_if *i, uint32_t nbma_src, const struct nhrp_msg *m, const struct egress *g)
{
	struct nhrp_cie c = nhrp_cie_self(i, nhrp_holdtime(i));
	struct nhrp_msg reply;
	const struct nhrp_peer *p;

	nhrp_reply_init(i, &reply, m, NHRP_RESOLUTION_REPLY);
	reply.flags |= NHRP_FLAG_AUTH | NHRP_FLAG_STABLE;
	c.prefix = (uint8_t)g->len;
	nhrp_cie_add(&reply.cies, &c);
	own_binding(i, m, g);
	if (!learn_requester(i, m, m->cies.n > 0 ? m->cies.v[0].holdtime : 0) || i->destination != 0) {
		nhrp_reply(i, nbma_src, &reply);
		return;
	}
	p = nhrp_peer_find(i, m->src_nbma);
	if (p != NULL && p->ready)
		nhrp_reply(i, m->src_nbma, &reply);
	else
		pending_add(i, m->src_nbma, &reply);
}

static void
answer_for(struct nhrp_if *i, uint32_t nbma_src, const struct nhrp_msg *m, struct nhrp_entry *e)
{
	int64_t left = e->expires_ns == 0 ? 0 : (e->expires_ns - clock_now(i->n->r->clock)) / NSEC_SEC;
	struct nhrp_cie c = nhrp_cie_self(i, e->expires_ns == 0 ? nhrp_holdtime(i) : (uint16_t)left);
	struct nhrp_msg reply;

	nhrp_reply_init(i, &reply, m, NHRP_RESOLUTION_REPLY);
	c.nbma = e->nbma;
	c.proto = e->key.prefix;
	nhrp_cie_add(&reply.cies, &c);
	nhrp_requester_add(e, m->src, nbma_src, m->reqid);
	nhrp_reply(i, nbma_src, &reply);
}

/* RFC 2332, 5.2.2: a refusal says why in its only entry. */
static void
answer_no(struct nhrp_if *i, uint32_t nbma_src, const struct nhrp_msg *m)
{
	struct nhrp_cie c = {.code = NHRP_NO_BINDING, .prefix = 32};
	struct nhrp_msg reply;

	nhrp_reply_init(i, &reply, m, NHRP_RESOLUTION_REPLY);
	nhrp_cie_add(&reply.cies, &c);
	nhrp_reply(i, nbma_src, &reply);
}

void
nhrp_serve_resolution(struct nhrp_if *i, uint32_t nbma_src, struct nhrp_msg *m)
{
	struct egress g = {.dst = m->dst};
	struct nhrp_entry *e;

	if (ends_here(i, &g)) {
		answer_own(i, nbma_src, m, &g);
		return;
	}
	e = nhrp_cache_find(i, m->dst, 32);
	if (e != NULL && (e->flags & NHRP_F_REGISTERED) != 0 && (m->flags & NHRP_FLAG_AUTH) == 0 && !nhrp_cfg(i)->redirect) {
		answer_for(i, nbma_src, m, e);
		return;
	}
	if (!nhrp_forward(i, m, m->dst))
		answer_no(i, nbma_src, m);
}

/* ---- purge ---- */

/* Takes away what lies in the prefix and was learned from others; what clients registered themselves only they may purge. */
static void
purge(struct nhrp_if *i, uint32_t nbma_src, const struct nhrp_cie *c)
{
	struct nhrp_entry *e, *tmp;
	unsigned len = c->prefix > 32 ? 32 : c->prefix;

	HASH_ITER(hh, i->cache, e, tmp) {
		if (e->kind != NHRP_DYNAMIC || e->key.len < len || (e->key.prefix & ip4_mask(len)) != (c->proto & ip4_mask(len)))
			continue;
		if ((e->flags & NHRP_F_REGISTERED) == 0 || e->nbma == nbma_src)
			nhrp_cache_del(e, "External(NHRP: no error)");
	}
}

void
nhrp_serve_purge(struct nhrp_if *i, uint32_t nbma_src, struct nhrp_msg *m)
{
	struct nhrp_msg reply;

	for (size_t k = 0; k < m->cies.n; k++)
		if (m->cies.v[k].has_proto)
			purge(i, nbma_src, &m->cies.v[k]);
	if ((m->flags & NHRP_FLAG_NO_REPLY) != 0)
		return;
	nhrp_reply_init(i, &reply, m, NHRP_PURGE_REPLY);
	reply.cies = m->cies;
	nhrp_reply(i, nbma_src, &reply);
}

/* ---- redirects ---- */

/* One flow is told of once in a while; what is no longer true makes room. */
static bool
redirect_due(struct nhrp_if *i, uint32_t nbma, uint32_t dst)
{
	struct nhrp_flow_key key = { nbma, dst };
	int64_t now = clock_now(i->n->r->clock);
	uint32_t s = nhrp_cfg(i)->redirect_s != 0 ? nhrp_cfg(i)->redirect_s : NHRP_REDIRECT_S;
	struct nhrp_redirect *d, *tmp;

	HASH_FIND(hh, i->redirects, &key, sizeof(key), d);
	if (d != NULL && now < d->until_ns)
		return false;
	if (d == NULL && HASH_COUNT(i->redirects) >= NHRP_REDIRECTS_MAX) {
		HASH_ITER(hh, i->redirects, d, tmp) {
			if (now < d->until_ns)
				continue;
			HASH_DEL(i->redirects, d);
			free(d);
		}
		d = NULL;
		if (HASH_COUNT(i->redirects) >= NHRP_REDIRECTS_MAX)
			return false;
	}
	if (d == NULL) {
		d = xcalloc(1, sizeof(*d));
		d->key = key;
		HASH_ADD(hh, i->redirects, key, sizeof(d->key), d);
	}
	d->until_ns = now + (int64_t)s * NSEC_SEC;
	return true;
}

void
nhrp_serve_turned(struct nhrp_if *i, uint32_t nbma_src, const char *out_if, uint32_t next_hop, const uint8_t *ip, size_t n)
{
	struct nhrp_if *out = nhrp_if_find(i->n->r, out_if);
	struct nhrp_msg m;

	if (!nhrp_cfg(i)->redirect || out == NULL || out->network_id != i->network_id || n < IP4_LEN)
		return;
	if (nhrp_nbma_of(out, next_hop) == nbma_src)
		return;
	if (!redirect_due(i, nbma_src, get32(ip + IP4_DST))) {
		i->redirects_held++;
		return;
	}
	nhrp_msg_init(i, &m, NHRP_TRAFFIC_INDICATION, get32(ip + IP4_SRC));
	m.body = ip;
	m.body_len = n < NHRP_QUOTE ? n : NHRP_QUOTE;
	nhrp_send(i, nbma_src, &m);
}
