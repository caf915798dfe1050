/*
 * NHRP of a router: which tunnels take part, what the tunnels below and the configuration above tell, packets as
 * they come in, and what the shell is told.  A packet is looked at in this order: sound as bytes, authenticated,
 * then for whom it is; what is wrong is counted and answered as RFC 2332, 5.2.7 says.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/nhrp_int.h"
#include "lib/mem.h"
#include "lib/text.h"

#define MCAST_SETTLE	NSEC_MS		/* many registrations, one list */

struct nhrp_if *
nhrp_if_find(const struct router *r, const char *ifname)
{
	struct nhrp_if *i;

	if (r->nhrp == NULL)
		return NULL;
	TAILQ_FOREACH(i, &r->nhrp->ifs, next)
		if (strcmp(i->name, ifname) == 0)
			break;
	return i;
}

const struct cfg_nhrp *
nhrp_cfg(const struct nhrp_if *i)
{
	static const struct cfg_nhrp none;	/* what is about to go has no configuration any more */
	const struct cfg_if *c = config_if(i->n->r->cfg, i->name, false);

	return c == NULL || c->nhrp == NULL ? &none : c->nhrp;
}

uint16_t
nhrp_holdtime(const struct nhrp_if *i)
{
	uint32_t s = nhrp_cfg(i)->holdtime_s;

	return (uint16_t)(s != 0 ? s : i->n->r->dialect == IKE_XE_17 ? 600 : 7200);
}

bool
nhrp_is_protected(const struct nhrp_if *i)
{
	const struct cfg_if *c = config_if(i->n->r->cfg, i->name, false);

	return c != NULL && c->protection != NULL;
}

/* ---- what is said ---- */

void
nhrp_say(const struct nhrp_if *i, int severity, const char *mnemonic, const char *fmt, ...)
{
	struct text t = { 0 };
	va_list ap;

	if (i->n->r->cfg->no_logging_dmvpn)
		return;
	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	log_syslog(i->n->r, "DMVPN", severity, mnemonic, "%s", text_str(&t));
	text_free(&t);
}

void
nhrp_debug_line(struct router *r, bool on, const char *fmt, ...)
{
	struct text t = { 0 };
	va_list ap;

	if (!on && !r->debug.nhrp.all)
		return;
	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	log_debug(r, "%s", text_str(&t));
	text_free(&t);
}

void
nhrp_debug_cache(const struct nhrp_entry *e, const char *what)
{
	struct router *r = e->nif->n->r;
	char a[ADDR_STRLEN], b[ADDR_STRLEN];

	if (!r->debug.nhrp.cache && !r->debug.nhrp.all)
		return;
	log_debug(r, "NHRP: %s: Cache %s for target %s/%u next-hop %s", e->nif->name, what, ip4_fmt(e->key.prefix, a), e->key.len,
	    ip4_fmt(e->via, b));
	log_debug(r, "           %s", e->nbma != 0 ? ip4_fmt(e->nbma, a) : "UNKNOWN");
}

/* ---- multicast ---- */

static void
mcast_put(struct nhrp_if *i, uint32_t nbma, bool dynamic)
{
	for (size_t k = 0; k < i->nmcast; k++)
		if (i->mcast[k].nbma == nbma)
			return;
	i->mcast[i->nmcast++] = (struct nhrp_mcast_info){ nbma, dynamic };
}

static int
by_nbma(const void *pa, const void *pb)
{
	const struct nhrp_mcast_info *a = pa, *b = pb;

	if (a->dynamic != b->dynamic)
		return a->dynamic ? 1 : -1;
	return a->nbma < b->nbma ? -1 : a->nbma > b->nbma;
}

static void
on_mcast(void *arg)
{
	struct nhrp_if *i = arg;
	const struct cfg_nhrp *c = nhrp_cfg(i);
	const struct cfg_nhrp_nhs *s;
	struct nhrp_entry *e, *tmp;
	uint32_t *list;

	i->mcast = xrealloc(i->mcast, (c->nmcast + CFG_NHRP_LIST_MAX + HASH_COUNT(i->cache) + 1) * sizeof(*i->mcast));
	i->nmcast = 0;
	for (size_t k = 0; k < c->nmcast; k++)
		mcast_put(i, c->mcast[k], false);
	TAILQ_FOREACH(s, &c->nhss, next)
		if (s->multicast && s->nbma != 0)
			mcast_put(i, s->nbma, false);
	if (c->mcast_dynamic)
		HASH_ITER(hh, i->cache, e, tmp)
			if ((e->flags & NHRP_F_REGISTERED) != 0)
				mcast_put(i, e->nbma, true);
	if (i->nmcast > 0)
		qsort(i->mcast, i->nmcast, sizeof(*i->mcast), by_nbma);
	i->mcast = xrealloc(i->mcast, (i->nmcast + 1) * sizeof(*i->mcast));
	list = xcalloc(i->nmcast + 1, sizeof(*list));
	for (size_t k = 0; k < i->nmcast; k++)
		list[k] = i->mcast[k].nbma;
	mgre_multicast(i->n->r, i->name, list, i->nmcast);
	free(list);
}

void
nhrp_mcast_update(struct nhrp_if *i)
{
	if (!timer_armed(&i->mcast_timer))
		timer_in(&i->mcast_timer, MCAST_SETTLE);
}

static void
on_fallback(void *arg)
{
	nhrp_nhs_choose(arg);
}

/* ---- interfaces ---- */

static struct nhrp_if *
if_new(struct nhrp *n, const char *name)
{
	struct nhrp_if *i = xcalloc(1, sizeof(*i));

	i->n = n;
	memcpy(i->name, name, sizeof(i->name));
	TAILQ_INIT(&i->nhss);
	TAILQ_INIT(&i->pending);
	timer_init(&i->mcast_timer, n->r->clock, on_mcast, i);
	timer_init(&i->fallback_timer, n->r->clock, on_fallback, i);
	TAILQ_INSERT_TAIL(&n->ifs, i, next);
	return i;
}

static void
redirects_free(struct nhrp_if *i)
{
	struct nhrp_redirect *d, *tmp;

	HASH_ITER(hh, i->redirects, d, tmp) {
		HASH_DEL(i->redirects, d);
		free(d);
	}
}

static void
mcast_held_clear(struct nhrp_if *i)
{
	struct nhrp_peer *p;

	for (size_t k = 0; k < i->nmcast_held; k++)
		if ((p = nhrp_peer_find(i, i->mcast_held[k])) != NULL)
			nhrp_peer_drop(i, p, true);
	free(i->mcast_held);
	i->mcast_held = NULL;
	i->nmcast_held = 0;
}

static void
if_free(struct nhrp_if *i)
{
	struct router *r = i->n->r;
	struct nhrp_entry *e, *tmp;

	nhrp_nhs_free_all(i);
	while (!TAILQ_EMPTY(&i->pending))
		nhrp_pending_free(TAILQ_FIRST(&i->pending));
	HASH_ITER(hh, i->cache, e, tmp)
		nhrp_cache_del(e, "External(NHRP: no error)");
	mcast_held_clear(i);
	nhrp_peers_free(i);
	redirects_free(i);
	timer_stop(&i->mcast_timer);
	timer_stop(&i->fallback_timer);
	if (!i->n->ending) {
		mgre_fallback(r, i->name, 0);
		mgre_multicast(r, i->name, NULL, 0);
		rib_withdraw(r, i);
	}
	TAILQ_REMOVE(&i->n->ifs, i, next);
	free(i->mcast);
	free(i);
}

static void
statics_apply(struct nhrp_if *i)
{
	const struct cfg_nhrp *c = nhrp_cfg(i);
	const struct cfg_nhrp_map *m;
	const struct cfg_nhrp_nhs *s;
	struct nhrp_entry *e, *tmp;

	HASH_ITER(hh, i->cache, e, tmp)
		e->kept = e->kind != NHRP_STATIC;
	TAILQ_FOREACH(m, &c->maps, next)
		if ((e = nhrp_cache_add(i, m->addr, 32, NHRP_STATIC)) != NULL) {
			e->kept = true;
			e->flags &= ~NHRP_F_NEGATIVE;
			e->expires_ns = 0;
			timer_stop(&e->timer);
			nhrp_cache_bind(e, m->addr, m->nbma, true);
		}
	TAILQ_FOREACH(s, &c->nhss, next)
		if (s->nbma != 0 && (e = nhrp_cache_add(i, s->addr, 32, NHRP_STATIC)) != NULL) {
			e->kept = true;
			e->flags &= ~NHRP_F_NEGATIVE;
			e->expires_ns = 0;
			timer_stop(&e->timer);
			nhrp_cache_bind(e, s->addr, s->nbma, true);
		}
	HASH_ITER(hh, i->cache, e, tmp)
		if (!e->kept)
			nhrp_cache_del(e, "External(NHRP: no error)");
}

/* Multicast that goes to an address by configuration holds it as a mapping does. */
static void
mcast_apply(struct nhrp_if *i)
{
	const struct cfg_nhrp *c = nhrp_cfg(i);

	if (c->nmcast != i->nmcast_held || (c->nmcast > 0 && memcmp(c->mcast, i->mcast_held, c->nmcast * sizeof(*c->mcast)) != 0)) {
		uint32_t *list = xcalloc(c->nmcast + 1, sizeof(*list));

		for (size_t k = 0; k < c->nmcast; k++)
			nhrp_peer_hold(i, list[k] = c->mcast[k], true);
		mcast_held_clear(i);
		i->mcast_held = list;
		i->nmcast_held = c->nmcast;
	}
	nhrp_mcast_update(i);
}

/* Its addresses; true if the tunnel below is another one now. */
static bool
look_at(struct nhrp_if *i, const struct cfg_if *c)
{
	struct router *r = i->n->r;
	uint32_t key = 0, source = mgre_source(r, i->name, &key), destination = mgre_destination(r, i->name);
	const struct rif *rif = ifnet_find(r, i->name);
	bool up = source != 0 && rif != NULL && rif->line_up, other;

	if (c == NULL || c->nhrp == NULL)
		return false;		/* goes at the next apply */
	other = source != i->source || destination != i->destination || up != i->up || c->ip.addr != i->addr;

	i->network_id = c->nhrp->network_id;
	i->addr = c->ip.addr;
	i->len = c->ip.addr == 0 ? 0 : (unsigned)ip4_mask_len(c->ip.mask);
	i->source = source != 0 ? source : i->source;
	i->destination = destination;
	i->key = key;
	i->up = up;
	return other;
}

static void
if_apply(struct nhrp *n, struct cfg_if *c)
{
	struct nhrp_if *i = nhrp_if_find(n->r, c->name);
	bool other;

	if (i == NULL)
		i = if_new(n, c->name);
	i->kept = true;
	other = look_at(i, c);
	statics_apply(i);
	mcast_apply(i);
	nhrp_nhs_apply(i);
	if (other)
		nhrp_nhs_tunnel(i);
}

static bool
takes_part(const struct cfg_if *c)
{
	return c->kind == CFG_IF_TUNNEL && !c->shutdown && c->nhrp != NULL && c->nhrp->network_id != 0 && c->ip.addr != 0 &&
	       !cfg_if_is_vti(c);
}

void
nhrp_apply(struct router *r)
{
	struct nhrp *n = r->nhrp;
	struct nhrp_if *i, *next;
	struct cfg_if *c;

	TAILQ_FOREACH(i, &n->ifs, next)
		i->kept = false;
	TAILQ_FOREACH(c, &r->cfg->ifs, next)
		if (takes_part(c))
			if_apply(n, c);
	for (i = TAILQ_FIRST(&n->ifs); i != NULL; i = next) {
		next = TAILQ_NEXT(i, next);
		if (!i->kept)
			if_free(i);
	}
}

void
nhrp_net_changed(struct router *r)
{
	struct nhrp_if *i;

	TAILQ_FOREACH(i, &r->nhrp->ifs, next)
		if (look_at(i, config_if(r->cfg, i->name, false)))
			nhrp_nhs_tunnel(i);
}

/* ---- packets ---- */

static bool
authentic(const struct nhrp_if *i, const struct nhrp_msg *m)
{
	const char *word = nhrp_cfg(i)->auth;

	return word[0] == '\0' || (m->has_auth && m->auth_len == strlen(word) && memcmp(m->auth, word, m->auth_len) == 0);
}

static void
say_error(struct nhrp_if *i, const char *what, const struct nhrp_msg *m, enum nhrp_code code)
{
	char a[ADDR_STRLEN], b[ADDR_STRLEN];

	nhrp_say(i, 3, "DMVPN_NHRP_ERROR", " %s: %s for  %s , Reason:  %s (%u) on (Tunnel: %s NBMA: %s)", i->name, what, nhrp_type_name(m->type),
	    nhrp_code_name(code), code, ip4_fmt(i->addr, a), ip4_fmt(i->source, b));
}

static bool
refused(struct nhrp_if *i, uint32_t nbma_src, const uint8_t *p, size_t n, struct nhrp_msg *m)
{
	struct router *r = i->n->r;
	enum nhrp_verdict v = nhrp_decode(p, n, m);
	char a[ADDR_STRLEN];

	if (v != NHRP_GOOD) {
		i->bad++;
		nhrp_debug_line(r, r->debug.nhrp.error, "NHRP: Packet from %s refused: %s", ip4_fmt(nbma_src, a), nhrp_verdict_name(v));
		if (v == NHRP_UNKNOWN_EXT && authentic(i, m))
			nhrp_send_error(i, nbma_src, m, NHRP_ERR_EXTENSION, m->extoff, p, m->size);
		return true;
	}
	i->received[m->type]++;
	nhrp_debug_packet(i, "Receive", m);
	/* Who says that our word is wrong has another; it is only told of, and not often. */
	if (m->type == NHRP_ERROR_INDICATION || authentic(i, m))
		return false;
	i->bad++;
	nhrp_debug_line(r, r->debug.nhrp.error, "NHRP: Authentication failure, packet from %s is dropped", ip4_fmt(nbma_src, a));
	say_error(i, "Recieved wrong authentication string", m, NHRP_ERR_AUTH);
	nhrp_send_error(i, nbma_src, m, NHRP_ERR_AUTH, m->extoff, p, m->size);
	return true;
}

/* What another says of a packet of ours. */
static void
take_error(struct nhrp_if *i, const struct nhrp_msg *m)
{
	char src[ADDR_STRLEN], hex[2 * 24 + 1], a[ADDR_STRLEN], b[ADDR_STRLEN], c[ADDR_STRLEN];
	size_t n = m->body_len < 24 ? m->body_len : 24;
	int64_t now = clock_now(i->n->r->clock);
	struct nhrp_msg told;
	struct text t = { 0 };

	if (i->error_ns != 0 && now - i->error_ns < NSEC_SEC)
		return;
	i->error_ns = now;
	nhrp_peek(m->body, m->body_len, &told);
	hex_fmt(m->body, n, hex);
	for (size_t k = 0; k < n; k++)
		text_printf(&t, " %.2s", hex + 2 * k);
	log_syslog(i->n->r, "NHRP", 3, "PAKERROR", "Received Error Indication from %s, code: %s(%u), (trigger src: %s (nbma: %s) dst: %s), offset: %u, data:%s",
	    ip4_fmt(m->src, src), nhrp_code_name(m->code), m->code, ip4_fmt(told.src, a), ip4_fmt(told.src_nbma, b), ip4_fmt(told.dst, c), m->offset, text_str(&t));
	text_free(&t);
}

/* A request that ends elsewhere. */
static void
pass_on(struct nhrp_if *i, uint32_t nbma_src, struct nhrp_msg *m, const uint8_t *p)
{
	enum nhrp_code code = m->hops <= 1 ? NHRP_ERR_HOPS : NHRP_ERR_PROTOCOL;

	if (nhrp_forward(i, m, m->dst))
		return;
	for (size_t k = 0; k < m->forward.n; k++)
		if (m->forward.v[k].has_proto && m->forward.v[k].proto == i->addr)
			code = NHRP_ERR_LOOP;
	i->bad++;
	say_error(i, "NHRP Encap Error", m, code);
	nhrp_send_error(i, nbma_src, m, code, 0, p, m->size);
}

static void
on_packet(struct router *r, const char *ifname, uint32_t nbma_src, const uint8_t *p, size_t n)
{
	struct nhrp_if *i = nhrp_if_find(r, ifname);
	struct nhrp_msg m;

	if (i == NULL || refused(i, nbma_src, p, n, &m))
		return;
	switch (m.type) {
	case NHRP_RESOLUTION_REQUEST:
		nhrp_serve_resolution(i, nbma_src, &m);
		break;
	case NHRP_REGISTRATION_REQUEST:
	case NHRP_PURGE_REQUEST:
		if (m.dst != i->addr)
			pass_on(i, nbma_src, &m, p);
		else if (m.type == NHRP_PURGE_REQUEST)
			nhrp_serve_purge(i, nbma_src, &m);
		else
			nhrp_serve_registration(i, nbma_src, &m);
		break;
	case NHRP_RESOLUTION_REPLY:
	case NHRP_REGISTRATION_REPLY:
	case NHRP_PURGE_REPLY:
		if (m.src != i->addr)
			nhrp_forward(i, &m, m.src);
		else if (m.type == NHRP_RESOLUTION_REPLY)
			nhrp_resolve_reply(i, &m);
		else if (m.type == NHRP_REGISTRATION_REPLY)
			nhrp_nhs_reply(i, &m);
		break;
	case NHRP_ERROR_INDICATION:
		if (m.dst == i->addr)
			take_error(i, &m);
		break;
	case NHRP_TRAFFIC_INDICATION:
		nhrp_resolve_redirected(i, &m);
		break;
	case NHRP_TYPE__END:
		break;
	}
}

static void
on_miss(struct router *r, const char *ifname, uint32_t next_hop, uint32_t src, uint32_t dst)
{
	struct nhrp_if *i = nhrp_if_find(r, ifname);

	(void)src;
	(void)dst;
	if (i != NULL)
		nhrp_resolve(i, next_hop);
}

static void
on_turned(struct router *r, const char *in_if, uint32_t nbma_src, const char *out_if, uint32_t next_hop, const uint8_t *ip, size_t n)
{
	struct nhrp_if *i = nhrp_if_find(r, in_if);

	if (i != NULL)
		nhrp_serve_turned(i, nbma_src, out_if, next_hop, ip, n);
}

static void
on_endpoint(struct router *r, const char *ifname, uint32_t nbma, bool up)
{
	struct nhrp_if *i = nhrp_if_find(r, ifname);

	if (i == NULL)
		return;
	nhrp_peer_changed(i, nbma, up);
	nhrp_nhs_endpoint(i, nbma, up);
	if (up)
		nhrp_pending_up(i, nbma);
}

static void
on_tunnel(struct router *r, const char *ifname, bool up)
{
	struct nhrp_if *i = nhrp_if_find(r, ifname);

	(void)up;
	if (i != NULL && look_at(i, config_if(r->cfg, i->name, false)))
		nhrp_nhs_tunnel(i);
}

static const struct mgre_ops mgre_calls = {
	.packet = on_packet,
	.miss = on_miss,
	.turned = on_turned,
	.endpoint = on_endpoint,
	.tunnel = on_tunnel,
};

/* ---- life ---- */

struct nhrp *
nhrp_new(struct router *r)
{
	struct nhrp *n = xcalloc(1, sizeof(*n));

	n->r = r;
	TAILQ_INIT(&n->ifs);
	mgre_listen(r, &mgre_calls);
	return n;
}

void
nhrp_free(struct nhrp *n)
{
	if (n == NULL)
		return;
	n->ending = true;
	while (!TAILQ_EMPTY(&n->ifs))
		if_free(TAILQ_FIRST(&n->ifs));
	free(n);
}

/* ---- clearing ---- */

bool
nhrp_clear(struct router *r, uint32_t addr, const char *ifname)
{
	struct nhrp_entry *e, *tmp;
	struct nhrp_if *i;
	bool any = false;

	TAILQ_FOREACH(i, &r->nhrp->ifs, next) {
		if (ifname != NULL && strcmp(ifname, i->name) != 0)
			continue;
		/* While there still are tunnels to tell it by. */
		HASH_ITER(hh, i->cache, e, tmp)
			if (addr == 0 || (addr & ip4_mask(e->key.len)) == e->key.prefix)
				nhrp_requesters_purge(e);
		HASH_ITER(hh, i->cache, e, tmp) {
			if (e->kind == NHRP_STATIC || (addr != 0 && (addr & ip4_mask(e->key.len)) != e->key.prefix))
				continue;
			nhrp_cache_del(e, "External(NHRP: no error)");
			any = true;
		}
	}
	return any;
}

void
nhrp_clear_counters(struct router *r)
{
	struct nhrp_if *i;

	TAILQ_FOREACH(i, &r->nhrp->ifs, next) {
		memset(i->sent, 0, sizeof(i->sent));
		memset(i->received, 0, sizeof(i->received));
		memset(i->forwarded, 0, sizeof(i->forwarded));
		i->redirects_held = i->quota_dropped = i->bad = 0;
	}
}
