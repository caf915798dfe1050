/*
 * The client's other side: asking for who is behind an address, and what becomes of the answer (RFC 2332, 5.2.1 and
 * 5.2.2).  A packet to a next hop without binding asks for that next hop; a server's traffic indication asks for the
 * destination of the packet that it tells of, and the answer then covers the network behind the other end: a shortcut,
 * which becomes a route, or the next hop of a route that there is.
 */

#include "datapath/wire.h"
#include "engine/nhrp_int.h"

#define TRIES_END_S	32u		/* the last wait between two tries */

static bool
send_request(struct nhrp_if *i, struct nhrp_entry *e)
{
	struct nhrp_nhs *s = nhrp_nhs_best(i);
	uint32_t nbma = s != NULL ? s->nbma : i->destination;
	struct nhrp_cie c = {.mtu = nhrp_cie_self(i, 0).mtu, .holdtime = nhrp_holdtime(i)};
	struct nhrp_msg m;

	if (nbma == 0 || i->source == 0)
		return false;
	nhrp_msg_init(i, &m, NHRP_RESOLUTION_REQUEST, e->target);
	m.flags = NHRP_FLAG_ROUTER | NHRP_FLAG_STABLE | NHRP_FLAG_SRC_STABLE | NHRP_FLAG_NAT;
	m.reqid = e->reqid;
	nhrp_cie_add(&m.cies, &c);
	nhrp_send(i, nbma, &m);
	return true;
}

static void
begin(struct nhrp_entry *e)
{
	e->reqid = ++e->nif->n->last_reqid;
	e->retry_s = 1;
	send_request(e->nif, e);
}

void
nhrp_resolve_again(struct nhrp_entry *e)
{
	if (e->retry_s == 0) {
		begin(e);
		return;
	}
	if (e->retry_s >= TRIES_END_S || e->reqid == 0) {
		e->retry_s = 0;
		return;
	}
	e->retry_s *= 2;
	send_request(e->nif, e);
}

void
nhrp_resolve(struct nhrp_if *i, uint32_t addr)
{
	struct nhrp_entry *e = nhrp_cache_lookup(i, addr);

	if (e != NULL) {
		e->hits += e->kind == NHRP_INCOMPLETE;
		return;
	}
	if (nhrp_cfg(i)->server_only || addr == i->addr || (nhrp_nhs_best(i) == NULL && i->destination == 0))
		return;
	if ((e = nhrp_cache_add(i, addr, 32, NHRP_INCOMPLETE)) == NULL)
		return;
	e->flags = NHRP_F_NEGATIVE;
	e->hits = 1;
	nhrp_debug_cache(e, "add");
	begin(e);
	nhrp_cache_live(e, nhrp_holdtime(i));
}

/* ---- routes ---- */

struct route_seen { uint32_t prefix; unsigned len; const struct nhrp_if *nif; bool ours, by_tunnel, overridden; };

static void
see_route(void *arg, const struct route_info *route)
{
	struct route_seen *s = arg;

	if (route->prefix != s->prefix || route->len != s->len || route->code == 'L')
		return;
	s->ours = route->code == 'H';
	s->overridden = route->nho != 0;
	s->by_tunnel = strcmp(route->ifname, s->nif->name) == 0;
}

/* A network's route leads by its next hop; a next hop's own by the tunnel. */
void
nhrp_route_sync(struct nhrp_entry *e, bool wanted)
{
	struct router *r = e->nif->n->r;
	struct rib_own route = {.prefix = e->key.prefix, .len = e->key.len, .via = e->via != e->key.prefix || e->key.len < 32 ? e->via : 0,
	    .code = 'H', .distance = 250, .next_hop_override = true};

	if (wanted == e->routed && !wanted)
		return;
	e->routed = wanted;
	if (!wanted) {
		rib_withdraw_one(r, e->nif, e->key.prefix, e->key.len);
		return;
	}
	memcpy(route.ifname, e->nif->name, sizeof(route.ifname));
	rib_inject(r, e->nif, &route);
}

/* What became of it in the routing table. */
unsigned
nhrp_route_flags(const struct nhrp_entry *e)
{
	struct route_seen s = {.prefix = e->key.prefix, .len = e->key.len, .nif = e->nif};

	if (!e->routed)
		return 0;
	router_route_each(e->nif->n->r, see_route, &s);
	return s.ours ? NHRP_F_RIB : s.overridden ? NHRP_F_RIB | NHRP_F_NHO : 0;
}

/* ---- answers ---- */

static void
take_nexthop(struct nhrp_if *i, const struct nhrp_cie *c)
{
	struct nhrp_entry *e = nhrp_cache_find(i, c->proto, 32);

	if (e != NULL && (e->kind == NHRP_STATIC || (e->flags & NHRP_F_REGISTERED) != 0))
		return;
	if ((e = nhrp_cache_add(i, c->proto, 32, NHRP_DYNAMIC)) == NULL)
		return;
	e->flags = NHRP_F_ROUTER | NHRP_F_NHOP;
	e->reqid = 0;
	e->retry_s = 0;
	nhrp_cache_live(e, c->holdtime);
	nhrp_cache_bind(e, c->proto, c->nbma, false);
	nhrp_route_sync(e, nhrp_cfg(i)->shortcut);
}

static void
take_network(struct nhrp_if *i, const struct nhrp_cie *c, uint32_t target)
{
	struct nhrp_entry *e = nhrp_cache_find(i, target, c->prefix);

	if (e != NULL && e->kind != NHRP_DYNAMIC && e->kind != NHRP_INCOMPLETE)
		return;
	if ((e = nhrp_cache_add(i, target, c->prefix, NHRP_DYNAMIC)) == NULL)
		return;
	e->flags = NHRP_F_ROUTER;
	e->target = target;
	e->reqid = 0;
	e->retry_s = 0;
	nhrp_cache_live(e, c->holdtime);
	nhrp_cache_bind(e, c->proto, c->nbma, false);
	nhrp_route_sync(e, nhrp_cfg(i)->shortcut);
}

static void
take_no(struct nhrp_if *i, struct nhrp_entry *e, unsigned code)
{
	struct router *r = i->n->r;
	char a[ADDR_STRLEN];

	nhrp_debug_line(r, r->debug.nhrp.error, "NHRP: Resolution of %s refused: %s(%u)", ip4_fmt(e->target, a), nhrp_code_name(code), code);
	e->reqid = 0;
	e->retry_s = 0;
	if (e->kind == NHRP_INCOMPLETE)
		nhrp_cache_live(e, nhrp_holdtime(i));
	else
		nhrp_cache_del(e, "External(NHRP: no error)");
}

/* Of the bindings of this tunnel the one that waits for this answer. */
static struct nhrp_entry *
waiting_for(struct nhrp_if *i, const struct nhrp_msg *m)
{
	struct nhrp_entry *e;

	if (m->reqid == 0)
		return NULL;
	for (unsigned len = 33; len-- > 0;)
		if (i->lens[len] > 0 && (e = nhrp_cache_find(i, m->dst, len)) != NULL && e->reqid == m->reqid && e->target == m->dst)
			return e;
	return NULL;
}

void
nhrp_resolve_reply(struct nhrp_if *i, const struct nhrp_msg *m)
{
	struct nhrp_entry *e = waiting_for(i, m);
	struct nhrp_cie c;

	if (e == NULL || m->cies.n == 0) {
		nhrp_debug_line(i->n->r, i->n->r->debug.nhrp.error, "NHRP: Resolution Reply that nothing waits for, reqid %u", m->reqid);
		return;
	}
	c = m->cies.v[0];
	if (c.code != NHRP_OK) {
		take_no(i, e, c.code);
		return;
	}
	/* Nonsense is no answer: the next try may get a better one. */
	if (!c.has_nbma || !c.has_proto || c.nbma == 0 || c.nbma == i->source || c.proto == 0 || c.proto == i->addr || c.prefix == 0)
		return;
	if (c.prefix > 32)
		c.prefix = 32;
	if (c.prefix < 32 && ((i->addr ^ m->dst) & ip4_mask(c.prefix)) == 0)
		return;			/* our own network is nobody's */
	if (e->kind == NHRP_INCOMPLETE && (c.prefix != 32 || c.proto != m->dst))
		nhrp_cache_del(e, "");
	take_nexthop(i, &c);
	if (c.proto != m->dst)
		take_network(i, &c, m->dst);
}

/* Cisco's traffic indication: the packet told of wants a shorter way. */
void
nhrp_resolve_redirected(struct nhrp_if *i, const struct nhrp_msg *m)
{
	struct router *r = i->n->r;
	const struct rif *rif;
	unsigned dp_if = 0;
	uint32_t via, dst;

	if (!nhrp_cfg(i)->shortcut || m->body_len < IP4_LEN || m->body[0] >> 4 != 4)
		return;
	dst = get32(m->body + IP4_DST);
	if (!dp_route_lookup(r->dp, dst, &via, &dp_if) || (rif = ifnet_by_dp(r, dp_if)) == NULL || strcmp(rif->name, i->name) != 0)
		return;
	nhrp_resolve(i, dst);
}
