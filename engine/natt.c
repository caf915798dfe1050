/*
 * NAT traversal as the router does it (RFC 3947, RFC 3948): IKE on port 4500 behind its marker, the peer's port as it moves,
 * and keepalives towards a translator that we are behind.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/natt.h"
#include "engine/ezvpn.h"
#include "engine/flow.h"
#include "lib/mem.h"

static const uint8_t marker[NATT_MARKER];

bool
natt_unmark(const uint8_t **p, size_t *n)
{
	if (*n < sizeof(marker) || memcmp(*p, marker, sizeof(marker)) != 0)
		return false;
	*p += sizeof(marker);
	*n -= sizeof(marker);
	return true;
}

void
natt_send(struct router *r, const struct ike_path *path, const uint8_t *p, size_t n)
{
	uint8_t *marked = xcalloc(1, sizeof(marker) + n);

	memcpy(marked + sizeof(marker), p, n);
	if (path->remote.af == ADDR_V6)
		dp6_udp_send(r->dp, a6_of(&path->local), a6_of(&path->remote), 0, path->local_port, path->remote_port, marked,
		    sizeof(marker) + n, 255, clock_now(r->clock));
	else
		dp_udp_send(r->dp, path->local.v4, path->remote.v4, path->local_port, path->remote_port, marked, sizeof(marker) + n, 255,
		    clock_now(r->clock));
	free(marked);
}

struct ike_path
natt_path(const struct flow *f)
{
	struct ike_path path = isakmp_path(f->peer->path.local, f->peer->path.remote);

	if (f->port != 0) {
		path.local_port = IKE_PORT_NATT;
		path.remote_port = f->port;
	}
	return path;
}

bool
natt_is_peer(const struct flow *f, const struct ike_path *path)
{
	return f->port == 0 || path->local_port != IKE_PORT_NATT || path->remote_port == f->port;
}

/* When a packet last went to the peer by an SA, so that the translator has seen it; 0 = never. */
static int64_t
last_sent(const struct crypto_peer *c)
{
	const struct flow *f;
	const struct pair *p;
	struct sa_info out;
	int64_t last = 0;

	TAILQ_FOREACH(f, &c->flows, peer_next)
		TAILQ_FOREACH(p, &f->pairs, next)
			if (dp_sa_info(c->r->dp, p->sa_out, &out) && out.last_used_ns > last)
				last = out.last_used_ns;
	return last;
}

static bool
has_sas(const struct crypto_peer *c)
{
	const struct flow *f;

	TAILQ_FOREACH(f, &c->flows, peer_next)
		if (!TAILQ_EMPTY(&f->pairs))
			return true;
	return ike_sa_up(c->r->ike, &c->path);
}

static void
keepalive_send(const struct crypto_peer *c, int64_t now)
{
	const struct ike_path *p = &c->path;

	if (p->remote.af == ADDR_V6)
		dp6_natt_keepalive(c->r->dp, a6_of(&p->local), a6_of(&p->remote), p->remote_port, now);
	else
		dp_natt_keepalive(c->r->dp, p->local.v4, p->remote.v4, p->remote_port, now);
}

/* RFC 3948, 4: when nothing else has gone out for so long. */
static void
keepalive_due(void *arg)
{
	struct crypto_peer *c = arg;
	int64_t every = c->r->cfg->nat_keepalive_s * NSEC_SEC, now = clock_now(c->r->clock), last = last_sent(c);

	if (every == 0 || !c->inside || !has_sas(c))
		return;
	if (last == 0 || now - last >= every) {
		keepalive_send(c, now);
		last = now;
	}
	timer_at(&c->keepalive, last + every);
}

void
natt_init(struct crypto_peer *c)
{
	timer_init(&c->keepalive, c->r->clock, keepalive_due, c);
}

void
natt_fini(struct crypto_peer *c)
{
	timer_stop(&c->keepalive);
}

static void
keepalive_start(struct crypto_peer *c)
{
	if (c->inside && c->r->cfg->nat_keepalive_s != 0 && !timer_armed(&c->keepalive))
		timer_in(&c->keepalive, c->r->cfg->nat_keepalive_s * NSEC_SEC);
}

void
natt_known(struct crypto_peer *c, uint16_t port, bool udp, bool inside)
{
	c->path.remote_port = port;
	c->inside = udp && inside;
	if (c->inside)
		keepalive_start(c);
	else
		timer_stop(&c->keepalive);
}

void
natt_apply(struct router *r)
{
	struct crypto_peer *c, *next;

	HASH_ITER(hh, r->ke->peers, c, next) {
		if (r->cfg->nat_keepalive_s == 0)
			timer_stop(&c->keepalive);
		keepalive_start(c);
	}
}

static void
sas_move(struct flow *f, const struct ike_path *to, uint16_t old)
{
	struct dp *dp = f->r->dp;
	struct pair *p;
	struct sa_info out;

	TAILQ_FOREACH(p, &f->pairs, next) {
		if (!dp_sa_info(dp, p->sa_out, &out) || out.p.udp_port != old)
			continue;
		dp_sa_set_peer(dp, p->sa_in, &to->remote, to->remote_port);
		dp_sa_set_peer(dp, p->sa_out, &to->remote, to->remote_port);
	}
}

/* To another address go those alone whose place no configuration says, and no inner header either. */
static bool
may_move(const struct flow *f)
{
	return !f->named && f->guard == 0 && (f->current == NULL || !f->current->esp.transport);
}

/* All SAs with the peer that was behind that port go where it is now.  False: they don't. */
static bool
peer_move(struct crypto_peer *c, const struct ike_path *to, const struct ike_path *old)
{
	bool away = !addr_eq(&to->remote, &old->remote), any = !away;
	struct router *r = c->r;
	struct flow *f, *next;

	if (!away)
		c->path.remote_port = to->remote_port;
	for (f = TAILQ_FIRST(&c->flows); f != NULL; f = next) {
		next = TAILQ_NEXT(f, peer_next);
		if (away && (f->port != old->remote_port || !may_move(f)))
			continue;
		any = true;
		sas_move(f, to, old->remote_port);
		if (f->port == old->remote_port)
			f->port = to->remote_port;
		if (away)
			flow_move(f, &to->remote);	/* its peer goes with the last flow */
	}
	if (any)
		ezserver_moved(r, to, old);
	return any;
}

bool
natt_ike_moved(struct router *r, const struct ike_path *path, const struct ike_path *old)
{
	struct crypto_peer *c = crypto_peer_of(r, old);

	return c == NULL || peer_move(c, path, old);
}

/* Who is behind a translator itself does not follow (RFC 3947, 4). */
void
natt_esp_moved(struct pair *p)
{
	struct crypto_peer *c = p->flow->peer;
	struct router *r = c->r;
	struct sa_info in, out;
	struct ike_path old, path;

	if (c->inside || !dp_sa_info(r->dp, p->sa_in, &in) || !dp_sa_info(r->dp, p->sa_out, &out))
		return;
	old = path = natt_path(p->flow);
	old.remote = out.p.dst;
	old.remote_port = out.p.udp_port;
	path.remote = in.p.src;
	path.remote_port = in.p.udp_port;
	if (path.remote_port == old.remote_port && addr_eq(&path.remote, &old.remote))
		return;
	if (peer_move(c, &path, &old))
		ike_moved(r->ike, &path, &old);
}
