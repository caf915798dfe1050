/*
 * The crypto session with a peer, of all flows to it: `crypto logging session`, what is done a moment after the SAs have come
 * or gone, and on-demand dead peer detection.
 *
 * The order of what follows the end of the SAs is kept by the order in which the timers are armed: the
 * session is told to be down, IKE reaps its peer (armed by ike_peer_touch(), called in between), then
 * the DELETEs are asked for that had no IKE SA to go by.
 */

#include <stdlib.h>

#include "engine/ezvpn.h"
#include "engine/flow.h"
#include "engine/log.h"
#include "lib/mem.h"

#define LATE_DELETES_MAX	64u

static const char *
peer_name(const struct crypto_peer *c, char buf[ADDR_STRLEN])
{
	if (c->id.type == IKE_ID_FQDN || c->id.type == IKE_ID_USER_FQDN ||
	    c->id.type == IKE_ID_KEY_ID)
		return c->id.name;
	if (c->id.type == IKE_ID_IPV4_ADDR || c->id.type == IKE_ID_IPV6_ADDR)
		return addr_fmt(&c->id.addr, buf);
	return addr_fmt(&c->path.remote, buf);
}

static void
session_log(struct crypto_peer *c, const char *state)
{
	char remote[ADDR_STRLEN], id[ADDR_STRLEN];

	if (!c->r->cfg->logging_session)
		return;
	log_syslog(c->r, "CRYPTO", 5, "SESSION_STATUS",
	    "Crypto tunnel is %s.  Peer %s:%u       Id: %s", state, addr_fmt(&c->path.remote, remote),
	    c->path.remote_port, peer_name(c, id));
}

static void
on_up(void *arg)
{
	struct crypto_peer *c = arg;

	if (c->up || crypto_peer_live(c) == NULL)
		return;
	c->up = true;
	ezserver_session(c->r, c, true);
	session_log(c, "UP  ");
}

static void
on_down(void *arg)
{
	struct crypto_peer *c = arg;

	if (!c->up)
		return;
	c->up = false;
	ezserver_session(c->r, c, false);
	session_log(c, "DOWN");
}

static void
on_deletes(void *arg)
{
	struct crypto_peer *c = arg;
	struct late_delete *list = c->deletes;
	size_t n = c->ndeletes;

	c->deletes = NULL;
	c->ndeletes = 0;
	for (size_t i = 0; i < n; i++)
		peer_delete_spi(c->r, &c->path, list[i].proto, list[i].spi);
	free(list);
}

struct traffic { uint64_t in, out; };

static struct traffic
traffic_of(const struct crypto_peer *c)
{
	struct traffic t = { 0 };
	const struct flow *f;
	struct sa_info in, out;

	TAILQ_FOREACH(f, &c->flows, peer_next)
		if (f->current != NULL && dp_sa_info(c->r->dp, f->current->sa_in, &in) &&
		    dp_sa_info(c->r->dp, f->current->sa_out, &out)) {
			t.in += in.packets;
			t.out += out.packets;
		}
	return t;
}

/* The counters tell what came and went since the last look. */
static void
on_dpd(void *arg)
{
	struct crypto_peer *c = arg;
	struct traffic t = traffic_of(c);

	if (crypto_peer_live(c) == NULL)
		return;
	if (t.in != c->dpd_in)
		ike_heard(c->r->ike, &c->path);
	else if (t.out != c->dpd_out)
		ike_dpd_now(c->r->ike, &c->path);
	c->dpd_in = t.in;
	c->dpd_out = t.out;
	timer_in(&c->dpd_timer, c->dpd_period);
}

/* A flow has come over from where its peer was before: the session goes on. */
void
session_moved(const struct crypto_peer *was, struct crypto_peer *c)
{
	if (!c->up && was->up) {
		c->up = true;
		c->id = was->id;
	}
	session_dpd(c);
}

void
session_dpd(struct crypto_peer *c)
{
	const struct flow *f = crypto_peer_live(c);
	struct crypto_policy cp;
	struct ike_peer_config pc;

	timer_stop(&c->dpd_timer);
	if (f == NULL || !flow_policy(f, &cp))
		return;
	isakmp_peer_config(c->r, &c->path, cp.isakmp_profile, NULL, &pc);
	wipe(&pc.psk, sizeof(pc.psk));
	if (pc.dpd_s == 0 || pc.dpd_periodic)
		return;
	c->dpd_in = c->dpd_out = 0;
	c->dpd_period = pc.dpd_s * NSEC_SEC;
	timer_in(&c->dpd_timer, c->dpd_period);
}

void
session_init(struct crypto_peer *c)
{
	timer_init(&c->up_timer, c->r->clock, on_up, c);
	timer_init(&c->down_timer, c->r->clock, on_down, c);
	timer_init(&c->delete_timer, c->r->clock, on_deletes, c);
	timer_init(&c->dpd_timer, c->r->clock, on_dpd, c);
}

void
session_fini(struct crypto_peer *c)
{
	timer_stop(&c->up_timer);
	timer_stop(&c->down_timer);
	timer_stop(&c->delete_timer);
	timer_stop(&c->dpd_timer);
	free(c->deletes);
}

void
session_flush(struct crypto_peer *c)
{
	if (timer_armed(&c->down_timer)) {
		timer_stop(&c->down_timer);
		on_down(c);
	}
	on_deletes(c);
}

/* A peer that hears of it at once asks for new SAs: who leaves answers no more. */
void
router_leave(struct router *r)
{
	struct crypto_peer *c, *next;

	if (r->ke == NULL)
		return;
	router_clear_session(r, &(struct ike_ends){ 0 });
	HASH_ITER(hh, r->ke->peers, c, next)
		session_flush(c);
	r->leaving = true;
}

/* What came before is told first, while it still is true. */
void
session_came(struct crypto_peer *c)
{
	if (timer_armed(&c->down_timer)) {
		timer_stop(&c->down_timer);
		on_down(c);
	}
	timer_in(&c->up_timer, SESSION_SETTLE);
}

void
session_going(struct crypto_peer *c)
{
	timer_in(&c->down_timer, SESSION_SETTLE);
}

void
session_delete_later(struct crypto_peer *c, uint8_t proto, uint32_t spi)
{
	if (c->ndeletes == LATE_DELETES_MAX)
		return;
	c->deletes = xrealloc(c->deletes, (c->ndeletes + 1) * sizeof(*c->deletes));
	c->deletes[c->ndeletes++] = (struct late_delete){ proto, spi };
	timer_in(&c->delete_timer, SESSION_SETTLE);
}
