/*
 * NAT traversal as the router does it (RFC 3947, RFC 3948): IKE on port 4500 behind its marker, the peer's port as it moves,
 * and keepalives towards a translator that we are behind.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/natt.h"
#include "engine/flow.h"
#include "lib/mem.h"

static const uint8_t marker[NATT_MARKER];

bool
natt_unmark(const struct dp_udp *u, const uint8_t **p, size_t *n)
{
	if (u->len < sizeof(marker) || memcmp(u->data, marker, sizeof(marker)) != 0)
		return false;
	*p = u->data + sizeof(marker);
	*n = u->len - sizeof(marker);
	return true;
}

void
natt_send(struct router *r, const struct ike_path *path, const uint8_t *p, size_t n)
{
	uint8_t *marked = xcalloc(1, sizeof(marker) + n);

	memcpy(marked + sizeof(marker), p, n);
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
	return ike_sa_up(c->r->ike, &c->path.remote);
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
		dp_natt_keepalive(c->r->dp, c->path.local.v4, c->path.remote.v4, c->path.remote_port, now);
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

/* All SAs with the peer go to its new port. */
static void
sas_move(struct crypto_peer *c, uint16_t old, uint16_t port)
{
	struct flow *f;
	struct pair *p;
	struct sa_info out;

	TAILQ_FOREACH(f, &c->flows, peer_next) {
		if (f->port == old)
			f->port = port;
		TAILQ_FOREACH(p, &f->pairs, next)
			if (dp_sa_info(c->r->dp, p->sa_out, &out) && out.p.udp_port == old) {
				dp_sa_set_port(c->r->dp, p->sa_in, port);
				dp_sa_set_port(c->r->dp, p->sa_out, port);
			}
	}
	c->path.remote_port = port;
}

void
natt_ike_moved(struct router *r, const struct ike_path *path, uint16_t old)
{
	struct crypto_peer *c = crypto_peer_of(r, path);

	if (c != NULL)
		sas_move(c, old, path->remote_port);
}

/* Who is behind a translator itself does not follow (RFC 3947, 4). */
void
natt_esp_moved(struct pair *p)
{
	struct crypto_peer *c = p->flow->peer;
	struct router *r = c->r;
	struct sa_info in, out;
	struct ike_path path;

	if (c->inside || !dp_sa_info(r->dp, p->sa_in, &in) || !dp_sa_info(r->dp, p->sa_out, &out) || in.p.udp_port == out.p.udp_port)
		return;
	sas_move(c, out.p.udp_port, in.p.udp_port);
	path = natt_path(p->flow);
	ike_moved(r->ike, &path, out.p.udp_port);
}
