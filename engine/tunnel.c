/*
 * Static virtual tunnel interfaces (`tunnel mode ipsec ipv4`).  A tunnel is able when its source has an
 * address and its line protocol, and a route leads to its destination; the first time that it is able is
 * its start.  It asks for SAs then; afterwards only at the rounds of a timer that runs freely from the
 * start (router->tunnel_retry_ns, else TUNNEL_RETRY), and at once when the peer took its SAs away.  The timer
 * is armed only while SAs are missing, but always for a round: waiting shifts nothing.  The line protocol
 * is up while the tunnel is able and has SAs; it follows LINE_SETTLE behind.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow.h"
#include "engine/log.h"
#include "lib/mem.h"
#include "lib/text.h"

struct tunnel {
	TAILQ_ENTRY(tunnel)	 next;
	struct router		*r;
	char			 ifname[CFG_IF_NAME];
	char			 source_if[CFG_IF_NAME];	/* "" = found by its address */
	char			*profile;			/* IPsec profile */
	struct flow		*flow;
	bool			 able, started, recursing;
	bool			 deferred;			/* a round that lets what ends now end first */
	int64_t			 start_ns;			/* phase of the rounds */
	struct timer		 retry, line;
};

struct tunnels {
	TAILQ_HEAD(, tunnel)	 list;
};

struct tunnels *
tunnels_new(struct router *r)
{
	struct tunnels *t = xcalloc(1, sizeof(*t));

	(void)r;
	TAILQ_INIT(&t->list);
	return t;
}

static void
tunnel_free(struct tunnels *ts, struct tunnel *t)
{
	timer_stop(&t->retry);
	timer_stop(&t->line);
	TAILQ_REMOVE(&ts->list, t, next);
	free(t->profile);
	free(t);
}

/* Flows have been freed with the key engine. */
void
tunnels_free(struct tunnels *ts)
{
	struct tunnel *t;

	if (ts == NULL)
		return;
	while ((t = TAILQ_FIRST(&ts->list)) != NULL)
		tunnel_free(ts, t);
	free(ts);
}

static struct tunnel *
tunnel_find(const struct router *r, const char *ifname)
{
	struct tunnel *t;

	TAILQ_FOREACH(t, &r->tunnels->list, next)
		if (strcmp(t->ifname, ifname) == 0)
			return t;
	return NULL;
}

static uint32_t
source_of(const struct router *r, const struct cfg_if *c)
{
	struct cfg_if *s = c->source_if == NULL ? NULL : config_if(r->cfg, c->source_if, false);

	if (c->source_if != NULL)
		return s == NULL ? 0 : s->ip.addr;
	return c->source.af == ADDR_V4 ? c->source.v4 : 0;
}

/* Whether all is configured that a tunnel needs to be one. */
static bool
complete(const struct router *r, const struct cfg_if *c)
{
	return c->kind == CFG_IF_TUNNEL && c->mode == CFG_TUN_IPSEC_V4 && !c->shutdown &&
	       c->protection != NULL && !r->cfg->isakmp_disabled && source_of(r, c) != 0 &&
	       c->destination.af == ADDR_V4 &&
	       config_ipsec_profile(r->cfg, c->protection, false) != NULL;
}

static bool
still_the_same(const struct tunnel *t, const struct cfg_if *c)
{
	const struct ike_path *path = &t->flow->peer->path;

	return c != NULL && complete(t->r, c) && source_of(t->r, c) == path->local.v4 &&
	       c->destination.v4 == path->remote.v4 && str_eq(t->profile, c->protection);
}

static bool
responder_only(const struct tunnel *t)
{
	struct crypto_policy cp;

	return !flow_policy(t->flow, &cp) || cp.responder_only;
}

static int64_t
period(const struct tunnel *t)
{
	return t->r->tunnel_retry_ns > 0 ? t->r->tunnel_retry_ns : TUNNEL_RETRY;
}

static bool
wants_retry(const struct tunnel *t)
{
	return t->able && t->started && t->flow->current == NULL && !responder_only(t);
}

/* For the next round after now. */
static void
retry_arm(struct tunnel *t)
{
	int64_t now = clock_now(t->r->clock), p = period(t);

	if (t->deferred && timer_armed(&t->retry))
		return;
	if (wants_retry(t))
		timer_at(&t->retry, t->start_ns + ((now - t->start_ns) / p + 1) * p);
	else
		timer_stop(&t->retry);
}

static void
on_retry(void *arg)
{
	struct tunnel *t = arg;

	if (!wants_retry(t))
		return;
	/* An attempt takes as long as a period before it is given up: that may be about to happen, at this very time. */
	t->deferred = t->flow->negotiating && !t->deferred;
	if (t->deferred) {
		timer_in(&t->retry, 0);
		return;
	}
	retry_arm(t);
	flow_ask(t->flow);
}

static void
on_line(void *arg)
{
	struct tunnel *t = arg;
	struct rif *i = ifnet_find(t->r, t->ifname);

	if (i != NULL)
		ifnet_tunnel_line(t->r, i, t->able && t->flow->current != NULL);
}

static void
line_settle(struct tunnel *t)
{
	const struct rif *i = ifnet_find(t->r, t->ifname);

	if (i != NULL && i->tunnel_line != (t->able && t->flow->current != NULL) && !timer_armed(&t->line))
		timer_in(&t->line, LINE_SETTLE);
}

/* What the flow asks of its tunnel. */

static bool
on_policy(const struct flow *f, struct crypto_policy *out)
{
	const struct tunnel *t = f->owner;

	return profile_policy(f->r, config_ipsec_profile(f->r->cfg, t->profile, false), out);
}

static void
on_use(struct flow *f, uint32_t sa)
{
	if (f->tunnel_if != 0)
		dp_tunnel_use(f->r->dp, f->tunnel_if, sa);
}

static void
on_mtu(struct flow *f, unsigned plaintext_mtu)
{
	struct rif *i = ifnet_find(f->r, f->ifname);

	if (i != NULL && i->dp_if != 0)
		ifnet_tunnel_mtu(f->r, i, plaintext_mtu);
}

static void
on_changed(struct flow *f)
{
	struct tunnel *t = f->owner;

	line_settle(t);
	retry_arm(t);
}

static void
on_lost(struct flow *f, enum flow_end why)
{
	struct tunnel *t = f->owner;

	(void)why;
	if (wants_retry(t))
		flow_ask(t->flow);
}

static const struct flow_ops flow_calls = {
	.policy = on_policy,
	.use = on_use,
	.mtu = on_mtu,
	.changed = on_changed,
	.lost = on_lost,
};

static bool
source_up(const struct tunnel *t)
{
	const struct rif *i = t->source_if[0] != '\0' ? ifnet_find(t->r, t->source_if)
						      : ifnet_by_addr(t->r, t->flow->peer->path.local.v4);

	return i != NULL && i->line_up;
}

/* A way to the destination that is not through the tunnel itself. */
static bool
way_out(struct tunnel *t)
{
	const struct rif *self = ifnet_find(t->r, t->ifname);
	unsigned dp_if = 0;
	uint32_t via;
	bool recursing;

	if (!dp_route_lookup(t->r->dp, t->flow->peer->path.remote.v4, &via, &dp_if))
		return false;
	recursing = self != NULL && self->dp_if == dp_if;
	if (recursing && !t->recursing)
		log_syslog(t->r, "TUN", 5, "RECURDOWN",
		    "%s temporarily disabled due to recursive routing", t->ifname);
	t->recursing = recursing;
	return !recursing;
}

static void
look_around(struct tunnel *t)
{
	t->able = source_up(t) && way_out(t);
	if (t->able && !t->started) {
		t->started = true;
		t->start_ns = clock_now(t->r->clock);
		if (wants_retry(t))
			timer_in(&t->retry, 0);
		line_settle(t);
		return;
	}
	if (!t->able || !timer_armed(&t->retry))
		retry_arm(t);
	line_settle(t);
}

static struct flow *
tunnel_flow(struct tunnel *t, const struct cfg_if *c)
{
	const struct rif *i = ifnet_find(t->r, c->name);
	char tag[FLOW_TAG];
	struct flow_init init = {.ops = &flow_calls,
	    .owner = t,
	    .ifname = c->name,
	    .tag = tag,
	    .local = addr_v4(source_of(t->r, c)),
	    .remote = c->destination,
	    .local_id = ipsec_any_id(ADDR_V4),
	    .remote_id = ipsec_any_id(ADDR_V4),
	    .named = true};
	struct flow *f;

	snprintf(tag, sizeof(tag), "%s-head-0", c->name);
	f = flow_new(t->r, &init);
	f->tunnel_if = i == NULL ? 0 : i->dp_if;
	return f;
}

static struct tunnel *
tunnel_new(struct router *r, const struct cfg_if *c)
{
	struct tunnel *t = xcalloc(1, sizeof(*t));

	t->r = r;
	memcpy(t->ifname, c->name, sizeof(t->ifname));
	if (c->source_if != NULL)
		memcpy(t->source_if, c->source_if, strnlen(c->source_if, sizeof(t->source_if) - 1));
	timer_init(&t->retry, r->clock, on_retry, t);
	timer_init(&t->line, r->clock, on_line, t);
	config_set_str(&t->profile, c->protection);
	t->flow = tunnel_flow(t, c);
	TAILQ_INSERT_TAIL(&r->tunnels->list, t, next);
	return t;
}

/* Its SAs go, DELETEs are sent while there is an IKE SA, and the line protocol falls with it. */
static void
tunnel_drop(struct router *r, struct tunnel *t)
{
	struct rif *i = ifnet_find(r, t->ifname);

	flow_close(t->flow);
	tunnel_free(r->tunnels, t);
	if (i != NULL && i->tunnel_line)
		ifnet_tunnel_line(r, i, false);
}

void
tunnels_drop_stale(struct router *r)
{
	struct tunnel *t, *next;

	for (t = TAILQ_FIRST(&r->tunnels->list); t != NULL; t = next) {
		next = TAILQ_NEXT(t, next);
		if (!still_the_same(t, config_if(r->cfg, t->ifname, false)))
			tunnel_drop(r, t);
	}
}

void
tunnels_apply(struct router *r)
{
	struct cfg_if *c;
	struct tunnel *t;

	TAILQ_FOREACH(c, &r->cfg->ifs, next)
		if (complete(r, c) && tunnel_find(r, c->name) == NULL)
			tunnel_new(r, c);
	TAILQ_FOREACH(t, &r->tunnels->list, next) {
		if (t->started && timer_armed(&t->retry) && t->retry.at > clock_now(r->clock))
			retry_arm(t);		/* the period may be another */
		look_around(t);
	}
}

void
tunnels_net_changed(struct router *r)
{
	struct tunnel *t;

	TAILQ_FOREACH(t, &r->tunnels->list, next)
		look_around(t);
}
