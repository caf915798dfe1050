/*
 * Multipoint GRE, from the side of its far ends: see mgre.h.  What a resolver has said is kept by the interface's
 * name, so that it outlives the tunnel; the tunnel takes it up when it comes (mgre_opened).  An endpoint that a peer
 * made by asking for SAs is there without a hold for as long as it has some.  News is told by timers, never from
 * within the call that made it.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "engine/csock.h"
#include "engine/mgre.h"
#include "engine/tunnel.h"
#include "lib/mem.h"

#define PASSIVE_WAIT	(60 * NSEC_SEC)		/* for the SAs that a peer asked for */

struct endpoint {
	struct csock_user	 sock;		/* first: a user is its endpoint */
	UT_hash_handle		 hh;		/* of its interface, by nbma */
	struct router		*r;
	struct mgre_if		*of;
	uint32_t		 nbma;
	unsigned		 holds, named;
	bool			 told;		/* what the resolver knows */
	int64_t			 since_ns;
	struct timer		 tell;
};

struct mapping {
	UT_hash_handle	 hh;			/* by next_hop */
	uint32_t	 next_hop, nbma;
};

struct mgre_if {
	UT_hash_handle	 hh;			/* by ifname */
	char		 ifname[CFG_IF_NAME];
	struct endpoint	*endpoints;
	struct mapping	*mappings;
	uint32_t	*mcast, fallback;
	size_t		 nmcast;
};

struct mgre {
	const struct mgre_ops	*ops;		/* lent; NULL = nobody listens */
	struct mgre_if		*ifs;
};

struct mgre *
mgre_new(struct router *r)
{
	(void)r;
	return xcalloc(1, sizeof(struct mgre));
}

static void
endpoint_free(struct endpoint *e)
{
	timer_stop(&e->tell);
	HASH_DELETE(hh, e->of->endpoints, e);
	free(e);
}

static void
if_free(struct mgre_if *m)
{
	struct endpoint *e, *enext;
	struct mapping *h, *hnext;

	HASH_ITER(hh, m->endpoints, e, enext)
		endpoint_free(e);
	HASH_ITER(hh, m->mappings, h, hnext) {
		HASH_DELETE(hh, m->mappings, h);
		free(h);
	}
	free(m->mcast);
	free(m);
}

/* Flows and sockets have been freed with the key engine. */
void
mgre_free(struct mgre *m)
{
	struct mgre_if *i, *next;

	if (m == NULL)
		return;
	HASH_ITER(hh, m->ifs, i, next) {
		HASH_DELETE(hh, m->ifs, i);
		if_free(i);
	}
	free(m);
}

void
mgre_listen(struct router *r, const struct mgre_ops *ops)
{
	r->mgre->ops = ops;
}

static struct mgre_if *
if_find(const struct router *r, const char *ifname)
{
	struct mgre_if *m = NULL;

	if (r->mgre != NULL)
		HASH_FIND_STR(r->mgre->ifs, ifname, m);
	return m;
}

static struct mgre_if *
if_get(struct router *r, const char *ifname)
{
	struct mgre_if *m = if_find(r, ifname);

	if (m != NULL)
		return m;
	m = xcalloc(1, sizeof(*m));
	snprintf(m->ifname, sizeof(m->ifname), "%s", ifname);
	HASH_ADD_STR(r->mgre->ifs, ifname, m);
	return m;
}

static struct endpoint *
endpoint_find(const struct mgre_if *m, uint32_t nbma)
{
	struct endpoint *e = NULL;

	if (m != NULL)
		HASH_FIND(hh, m->endpoints, &nbma, sizeof(nbma), e);
	return e;
}

/* --- Endpoints --- */

static bool
is_ready(const struct router *r, const char *ifname, uint32_t nbma, const struct endpoint *e)
{
	struct gre_end t;

	if (!gre_end(r, ifname, &t) || !t.able)
		return false;
	if (t.destination != 0)
		return t.destination == nbma && t.sa_up;
	return t.profile == NULL || (e != NULL && csock_up(&e->sock));
}

bool
mgre_ready(const struct router *r, const char *ifname, uint32_t nbma)
{
	return is_ready(r, ifname, nbma, endpoint_find(if_find(r, ifname), nbma));
}

static void
socket_close(struct endpoint *e)
{
	struct gre_end t;

	csock_leave(&e->sock);
	if (gre_end(e->r, e->of->ifname, &t) && t.destination == 0)
		dp_gre_peer(e->r->dp, t.dp_if, e->nbma, false);
}

/* Nobody holds it: it stays only for a peer that has SAs with us, or is about to. */
static void
unheld(struct endpoint *e)
{
	const struct flow *f = csock_flow(&e->sock);

	if (f != NULL && !TAILQ_EMPTY(&f->pairs))
		return;
	socket_close(e);
	endpoint_free(e);
}

static void
on_tell(void *arg)
{
	struct endpoint *e = arg;
	struct router *r = e->r;
	const struct mgre_ops *ops = r->mgre->ops;
	bool ready = is_ready(r, e->of->ifname, e->nbma, e);

	if (e->holds == 0) {
		unheld(e);
		return;
	}
	if (ready == e->told)
		return;
	e->told = ready;
	e->since_ns = clock_now(r->clock);
	if (ops != NULL && ops->endpoint != NULL)
		ops->endpoint(r, e->of->ifname, e->nbma, ready);
}

static void
on_use(struct csock_user *u, uint32_t sa)
{
	struct endpoint *e = (struct endpoint *)u;
	struct gre_end t;

	if (gre_end(e->r, e->of->ifname, &t) && t.destination == 0)
		dp_gre_use(e->r->dp, t.dp_if, e->nbma, sa);
}

static void
on_changed(struct csock_user *u)
{
	timer_in(&((struct endpoint *)u)->tell, 0);
}

static const struct csock_calls sock_calls = {
	.use = on_use,
	.changed = on_changed,
};

/* The endpoint's socket, where the tunnel is multipoint and protected. */
static void
socket_open(struct endpoint *e)
{
	struct gre_end t;
	struct csock_init init = { .ifname = e->of->ifname, .remote = addr_v4(e->nbma), .gre = true };

	if (e->sock.sock != NULL || !gre_end(e->r, e->of->ifname, &t) || t.destination != 0)
		return;
	dp_gre_peer(e->r->dp, t.dp_if, e->nbma, true);
	if (t.profile == NULL || t.broken)
		return;
	init.profile = t.profile;
	init.shared = t.shared;
	init.guard = t.guard;
	init.local = addr_v4(t.source);
	e->sock = (struct csock_user){ .calls = &sock_calls, .wants = e->holds > 0, .named = e->named > 0 };
	csock_join(e->r, &e->sock, &init);
	csock_able(&e->sock, t.able);
}

static struct endpoint *
endpoint_new(struct router *r, struct mgre_if *m, uint32_t nbma)
{
	struct endpoint *e = xcalloc(1, sizeof(*e));

	e->r = r;
	e->of = m;
	e->nbma = nbma;
	e->since_ns = clock_now(r->clock);
	timer_init(&e->tell, r->clock, on_tell, e);
	HASH_ADD(hh, m->endpoints, nbma, sizeof(e->nbma), e);
	return e;
}

void
mgre_hold(struct router *r, const char *ifname, uint32_t nbma, bool named)
{
	struct mgre_if *m = if_get(r, ifname);
	struct endpoint *e = endpoint_find(m, nbma);

	if (e == NULL)
		e = endpoint_new(r, m, nbma);
	e->holds++;
	e->named += named;
	if (e->holds == 1)
		e->told = is_ready(r, ifname, nbma, e);
	socket_open(e);
	csock_named(&e->sock, e->named > 0);
	csock_wants(&e->sock, true);
}

void
mgre_drop(struct router *r, const char *ifname, uint32_t nbma, bool named)
{
	struct endpoint *e = endpoint_find(if_find(r, ifname), nbma);

	if (e == NULL || e->holds == 0)
		return;
	e->holds--;
	e->named -= named && e->named > 0;
	csock_named(&e->sock, e->named > 0);
	if (e->holds > 0)
		return;
	socket_close(e);
	endpoint_free(e);
}

/* --- Mappings --- */

void
mgre_map(struct router *r, const char *ifname, uint32_t next_hop, uint32_t nbma)
{
	struct mgre_if *m = if_get(r, ifname);
	struct mapping *h;
	struct gre_end t;

	HASH_FIND(hh, m->mappings, &next_hop, sizeof(next_hop), h);
	if (h == NULL && nbma != 0) {
		h = xcalloc(1, sizeof(*h));
		h->next_hop = next_hop;
		HASH_ADD(hh, m->mappings, next_hop, sizeof(h->next_hop), h);
	}
	if (nbma != 0) {
		h->nbma = nbma;
	} else if (h != NULL) {
		HASH_DELETE(hh, m->mappings, h);
		free(h);
	}
	if (gre_end(r, ifname, &t))
		dp_nbma_set(r->dp, t.dp_if, next_hop, nbma);
}

void
mgre_fallback(struct router *r, const char *ifname, uint32_t nbma)
{
	struct gre_end t;

	if_get(r, ifname)->fallback = nbma;
	if (gre_end(r, ifname, &t))
		dp_nbma_fallback(r->dp, t.dp_if, nbma);
}

void
mgre_multicast(struct router *r, const char *ifname, const uint32_t *nbma, size_t n)
{
	struct mgre_if *m = if_get(r, ifname);
	struct gre_end t;

	free(m->mcast);
	m->mcast = n == 0 ? NULL : xmemdup(nbma, n * sizeof(*nbma));
	m->nmcast = n;
	if (gre_end(r, ifname, &t))
		dp_nbma_multicast(r->dp, t.dp_if, m->mcast, n);
}

bool
mgre_send(struct router *r, const char *ifname, uint32_t nbma, uint16_t protocol, const void *p, size_t n)
{
	struct gre_end t;

	return gre_end(r, ifname, &t) && dp_gre_send(r->dp, t.dp_if, nbma, protocol, p, n, clock_now(r->clock));
}

uint32_t
mgre_source(const struct router *r, const char *ifname, uint32_t *key)
{
	struct gre_end t;

	if (!gre_end(r, ifname, &t))
		return 0;
	if (key != NULL)
		*key = t.key;
	return t.source;
}

uint32_t
mgre_destination(const struct router *r, const char *ifname)
{
	struct gre_end t;

	return gre_end(r, ifname, &t) ? t.destination : 0;
}

/* --- What the tunnel tells --- */

void
mgre_closing(struct router *r, const char *ifname)
{
	struct mgre_if *m = if_find(r, ifname);
	struct endpoint *e, *next;
	struct gre_end t;

	if (m == NULL)
		return;
	HASH_ITER(hh, m->endpoints, e, next) {
		csock_leave(&e->sock);
		timer_in(&e->tell, 0);
	}
	if (!gre_end(r, ifname, &t) || t.destination != 0)
		return;
	HASH_ITER(hh, m->endpoints, e, next)
		dp_gre_peer(r->dp, t.dp_if, e->nbma, false);
}

void
mgre_opened(struct router *r, const char *ifname)
{
	struct mgre_if *m = if_find(r, ifname);
	struct endpoint *e, *next;
	struct mapping *h, *hnext;
	struct gre_end t;

	if (m == NULL || !gre_end(r, ifname, &t))
		return;
	HASH_ITER(hh, m->mappings, h, hnext)
		dp_nbma_set(r->dp, t.dp_if, h->next_hop, h->nbma);
	dp_nbma_fallback(r->dp, t.dp_if, m->fallback);
	dp_nbma_multicast(r->dp, t.dp_if, m->mcast, m->nmcast);
	HASH_ITER(hh, m->endpoints, e, next)
		if (e->holds > 0)
			socket_open(e);
}

void
mgre_changed(struct router *r, const char *ifname)
{
	struct mgre_if *m = if_find(r, ifname);
	struct endpoint *e, *next;
	struct gre_end t;
	bool able = gre_end(r, ifname, &t) && t.able;

	if (m == NULL)
		return;
	HASH_ITER(hh, m->endpoints, e, next) {
		csock_able(&e->sock, able);
		timer_in(&e->tell, 0);
	}
}

void
mgre_line(struct router *r, const char *ifname, bool up)
{
	const struct mgre_ops *ops = r->mgre->ops;

	if (ops != NULL && ops->tunnel != NULL)
		ops->tunnel(r, ifname, up);
}

void
mgre_packet(struct router *r, const char *ifname, const struct dp_gre_in *g)
{
	const struct mgre_ops *ops = r->mgre->ops;

	if (ops != NULL && ops->packet != NULL)
		ops->packet(r, ifname, g->nbma_src, g->data, g->len);
}

void
mgre_miss(struct router *r, unsigned tunnel_if, uint32_t next_hop, uint32_t src, uint32_t dst)
{
	const struct mgre_ops *ops = r->mgre->ops;
	const struct rif *i = ifnet_by_dp(r, tunnel_if);

	if (i != NULL && ops != NULL && ops->miss != NULL)
		ops->miss(r, i->name, next_hop, src, dst);
}

void
mgre_turn(struct router *r, const struct dp_gre_turn *t)
{
	const struct mgre_ops *ops = r->mgre->ops;
	const struct rif *in = ifnet_by_dp(r, t->in_if), *out = ifnet_by_dp(r, t->out_if);

	if (in != NULL && out != NULL && ops != NULL && ops->turned != NULL)
		ops->turned(r, in->name, t->nbma_src, out->name, t->next_hop, t->ip, t->n);
}

/* --- Peers that come unasked --- */

struct listener {
	uint32_t	 local;
	char		 ifname[CFG_IF_NAME];
};

static void
listener_try(void *arg, const struct gre_end *t)
{
	struct listener *l = arg;

	if (l->ifname[0] == '\0' && t->source == l->local && t->able && t->profile != NULL && !t->broken)
		snprintf(l->ifname, sizeof(l->ifname), "%s", t->ifname);
}

struct flow *
mgre_offer(struct router *r, const struct ike_offer *o)
{
	struct listener l = { .local = o->path.local.v4 };
	struct ike_id local = csock_gre_id(&o->path.local), remote = csock_gre_id(&o->path.remote);
	struct endpoint *e;
	struct mgre_if *m;

	if (o->path.local.af != ADDR_V4 || o->path.remote.af != ADDR_V4 || !ipsec_id_eq(&o->local_id, &local) ||
	    !ipsec_id_eq(&o->remote_id, &remote))
		return NULL;
	gre_each_multipoint(r, listener_try, &l);
	if (l.ifname[0] == '\0')
		return NULL;
	m = if_get(r, l.ifname);
	if ((e = endpoint_find(m, o->path.remote.v4)) == NULL)
		e = endpoint_new(r, m, o->path.remote.v4);
	socket_open(e);
	if (!timer_armed(&e->tell))
		timer_in(&e->tell, PASSIVE_WAIT);
	return csock_flow(&e->sock);
}

/* --- Show --- */

static int
endpoint_cmp(const void *pa, const void *pb)
{
	const struct endpoint *a = *(struct endpoint *const *)pa, *b = *(struct endpoint *const *)pb;

	return (a->nbma > b->nbma) - (a->nbma < b->nbma);
}

static void
endpoint_info(const struct router *r, const struct endpoint *e, struct mgre_info *out)
{
	struct gre_end t;
	bool there = gre_end(r, e->of->ifname, &t);

	*out = (struct mgre_info){.ifname = e->of->ifname,
	    .nbma = e->nbma,
	    .holds = e->holds,
	    .named = e->named,
	    .is_protected = there && t.profile != NULL,
	    .ready = is_ready(r, e->of->ifname, e->nbma, e),
	    .since_ns = e->since_ns};
	if (there)
		dp_gre_counts(r->dp, t.dp_if, e->nbma, &out->sent, &out->received);
}

static void
each_of(const struct router *r, const struct mgre_if *m, void (*fn)(void *, const struct mgre_info *), void *arg)
{
	size_t n = HASH_COUNT(m->endpoints), k = 0;
	struct endpoint **v = xcalloc(n + 1, sizeof(*v)), *e, *next;
	struct mgre_info info;

	HASH_ITER(hh, m->endpoints, e, next)
		v[k++] = e;
	qsort(v, n, sizeof(*v), endpoint_cmp);
	for (k = 0; k < n; k++) {
		endpoint_info(r, v[k], &info);
		fn(arg, &info);
	}
	free(v);
}

void
mgre_state_each(const struct router *r, const char *ifname, void (*fn)(void *, const struct mgre_info *), void *arg)
{
	const struct mgre_if *m;
	const struct cfg_if *c;

	TAILQ_FOREACH(c, &r->cfg->ifs, next)
		if ((ifname == NULL || strcmp(c->name, ifname) == 0) && (m = if_find(r, c->name)) != NULL)
			each_of(r, m, fn, arg);
}
