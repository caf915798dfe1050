/* Crypto sockets: see csock.h.  The retry timer is armed only while SAs are missing, but always for a round: waiting
 * shifts nothing. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/csock.h"
#include "lib/mem.h"
#include "lib/text.h"

#define PROTO_GRE	47

struct csock {
	TAILQ_ENTRY(csock)	 next;
	struct router		*r;
	TAILQ_HEAD(, csock_user) users;
	struct flow		*flow;
	char			 ifname[CFG_IF_NAME];		/* of the first user */
	char			*profile;
	bool			 shared, gre;
	bool			 started, deferred;		/* deferred: a round that lets what ends now end first */
	bool			 was_up;
	unsigned		 mtu;
	int64_t			 start_ns;			/* phase of the rounds */
	struct timer		 retry;
};

struct csocks {
	TAILQ_HEAD(, csock)	 list;
	struct csock_stats	 st;
};

struct csocks *
csocks_new(struct router *r)
{
	struct csocks *s = xcalloc(1, sizeof(*s));

	(void)r;
	TAILQ_INIT(&s->list);
	return s;
}

static void
sock_free(struct csocks *all, struct csock *s)
{
	timer_stop(&s->retry);
	TAILQ_REMOVE(&all->list, s, next);
	free(s->profile);
	free(s);
}

void
csocks_free(struct csocks *all)
{
	struct csock *s;

	if (all == NULL)
		return;
	while ((s = TAILQ_FIRST(&all->list)) != NULL)
		sock_free(all, s);
	free(all);
}

/* Is a user able to use SAs, and wants them by itself? */
static bool
wanted(const struct csock *s)
{
	const struct csock_user *u;

	TAILQ_FOREACH(u, &s->users, next)
		if (u->able && u->wants)
			return true;
	return false;
}

static bool
responder_only(const struct csock *s)
{
	struct crypto_policy cp;

	return !flow_policy(s->flow, &cp) || cp.responder_only;
}

static int64_t
period(const struct csock *s)
{
	return s->r->tunnel_retry_ns > 0 ? s->r->tunnel_retry_ns : TUNNEL_RETRY;
}

static bool
wants_retry(const struct csock *s)
{
	return s->started && s->flow->current == NULL && wanted(s) && !responder_only(s);
}

/* For the next round after now. */
static void
retry_arm(struct csock *s)
{
	int64_t now = clock_now(s->r->clock), p = period(s);

	if (s->deferred && timer_armed(&s->retry))
		return;
	if (wants_retry(s))
		timer_at(&s->retry, s->start_ns + ((now - s->start_ns) / p + 1) * p);
	else
		timer_stop(&s->retry);
}

static void
on_retry(void *arg)
{
	struct csock *s = arg;

	if (!wants_retry(s))
		return;
	/* An attempt takes as long as a period before it is given up: that may be about to happen, at this very time. */
	s->deferred = s->flow->negotiating && !s->deferred;
	if (s->deferred) {
		timer_in(&s->retry, 0);
		return;
	}
	retry_arm(s);
	flow_ask(s->flow);
}

/* What the flow asks of its owner. */

static bool
on_policy(const struct flow *f, struct crypto_policy *out)
{
	const struct csock *s = f->owner;

	return profile_policy(f->r, config_ipsec_profile(f->r->cfg, s->profile, false), out);
}

static void
on_use(struct flow *f, uint32_t sa)
{
	struct csock *s = f->owner;
	struct csock_user *u;

	TAILQ_FOREACH(u, &s->users, next)
		if (u->calls->use != NULL)
			u->calls->use(u, sa);
}

static void
on_mtu(struct flow *f, unsigned plaintext_mtu)
{
	struct csock *s = f->owner;
	struct csock_user *u;

	if (plaintext_mtu == s->mtu)
		return;
	s->mtu = plaintext_mtu;
	f->r->csocks->st.mtu_changed++;
	TAILQ_FOREACH(u, &s->users, next)
		if (u->calls->mtu != NULL)
			u->calls->mtu(u, plaintext_mtu);
}

static void
on_changed(struct flow *f)
{
	struct csock *s = f->owner;
	struct csock_stats *st = &f->r->csocks->st;
	struct csock_user *u;
	bool up = f->current != NULL;

	st->socket_up += up && !s->was_up;
	st->socket_down += !up && s->was_up;
	s->was_up = up;
	TAILQ_FOREACH(u, &s->users, next)
		u->calls->changed(u);
	retry_arm(s);
}

static void
on_lost(struct flow *f, enum flow_end why)
{
	struct csock *s = f->owner;

	(void)why;
	if (wants_retry(s))
		flow_ask(f);
}

static const struct flow_ops flow_calls = {
	.policy = on_policy,
	.use = on_use,
	.mtu = on_mtu,
	.changed = on_changed,
	.lost = on_lost,
};

struct ike_id
csock_gre_id(const struct addr *a)
{
	return (struct ike_id){ .type = IKE_ID_IPV4_ADDR, .addr = *a, .protocol = PROTO_GRE };
}

static struct csock *
sock_find(const struct router *r, const struct csock_init *init)
{
	struct csock *s;

	if (!init->shared)
		return NULL;
	TAILQ_FOREACH(s, &r->csocks->list, next)
		if (s->shared && s->gre == init->gre && (init->gre || s->flow->local_id.addr.af == init->inner) && str_eq(s->profile, init->profile) &&
		    addr_eq(&s->flow->peer->path.local, &init->local) && addr_eq(&s->flow->peer->path.remote, &init->remote))
			return s;
	return NULL;
}

static struct flow *
sock_flow(struct csock *s, const struct csock_init *init)
{
	char tag[FLOW_TAG];
	struct flow_init fi = {.ops = &flow_calls,
	    .owner = s,
	    .ifname = init->ifname,
	    .tag = tag,
	    .local = init->local,
	    .remote = init->remote,
	    .local_id = init->gre ? csock_gre_id(&init->local) : ipsec_any_id(init->inner),
	    .remote_id = init->gre ? csock_gre_id(&init->remote) : ipsec_any_id(init->inner),
	    .transport = init->gre,
	    .guard = init->guard};
	struct flow *f;

	snprintf(tag, sizeof(tag), init->shared ? "%.40s-head-1" : "%.40s-head-0", init->shared ? init->profile : init->ifname);
	f = flow_new(s->r, &fi);
	f->tunnel_if = init->tunnel_if;
	return f;
}

static struct csock *
sock_new(struct router *r, const struct csock_init *init)
{
	struct csock *s = xcalloc(1, sizeof(*s));

	s->r = r;
	s->shared = init->shared;
	s->gre = init->gre;
	snprintf(s->ifname, sizeof(s->ifname), "%s", init->ifname);
	config_set_str(&s->profile, init->profile);
	TAILQ_INIT(&s->users);
	timer_init(&s->retry, r->clock, on_retry, s);
	s->flow = sock_flow(s, init);
	TAILQ_INSERT_TAIL(&r->csocks->list, s, next);
	return s;
}

static void
named_update(struct csock *s)
{
	const struct csock_user *u;

	s->flow->named = false;
	TAILQ_FOREACH(u, &s->users, next)
		s->flow->named |= u->named;
}

/* A shared socket goes by the name of its first user. */
static void
name_update(struct csock *s)
{
	const struct csock_user *u = TAILQ_FIRST(&s->users);

	memcpy(s->ifname, u->ifname, sizeof(s->ifname));
	flow_rename(s->flow, u->ifname);
}

void
csock_join(struct router *r, struct csock_user *u, const struct csock_init *init)
{
	struct csock *s = sock_find(r, init);

	r->csocks->st.opened++;
	if (s == NULL)
		s = sock_new(r, init);
	u->sock = s;
	u->able = false;
	snprintf(u->ifname, sizeof(u->ifname), "%s", init->ifname);
	TAILQ_INSERT_TAIL(&s->users, u, next);
	named_update(s);
	if (s->flow->current != NULL && u->calls->use != NULL)
		u->calls->use(u, s->flow->current->sa_out);
}

void
csock_leave(struct csock_user *u)
{
	struct csock *s = u->sock;

	if (s == NULL)
		return;
	s->r->csocks->st.closed++;
	u->able = false;
	if (TAILQ_NEXT(TAILQ_FIRST(&s->users), next) == NULL) {
		flow_close(s->flow);
		TAILQ_REMOVE(&s->users, u, next);
		u->sock = NULL;
		sock_free(s->r->csocks, s);
		return;
	}
	TAILQ_REMOVE(&s->users, u, next);
	u->sock = NULL;
	if (u->calls->use != NULL)
		u->calls->use(u, SA_NONE);
	named_update(s);
	name_update(s);
	retry_arm(s);
}

/* The first time that SAs are wanted is the start; later the rounds go on from there. */
static void
look_around(struct csock *s)
{
	if (wanted(s) && !s->started) {
		s->started = true;
		s->start_ns = clock_now(s->r->clock);
		if (wants_retry(s))
			timer_in(&s->retry, 0);
		return;
	}
	if (!wanted(s) || !timer_armed(&s->retry))
		retry_arm(s);
}

void
csock_able(struct csock_user *u, bool able)
{
	u->able = able;
	if (u->sock != NULL)
		look_around(u->sock);
}

void
csock_wants(struct csock_user *u, bool wants)
{
	u->wants = wants;
	if (u->sock != NULL)
		look_around(u->sock);
}

void
csock_named(struct csock_user *u, bool named)
{
	u->named = named;
	if (u->sock != NULL)
		named_update(u->sock);
}

bool
csock_up(const struct csock_user *u)
{
	return u->sock != NULL && u->sock->flow->current != NULL;
}

struct flow *
csock_flow(const struct csock_user *u)
{
	return u->sock == NULL ? NULL : u->sock->flow;
}

void
csocks_apply(struct router *r)
{
	struct csock *s;

	TAILQ_FOREACH(s, &r->csocks->list, next)
		if (s->started && timer_armed(&s->retry) && timer_due(&s->retry) > clock_now(r->clock))
			retry_arm(s);
}

void
csocks_listen(struct router *r, bool on)
{
	struct csock_stats *st = &r->csocks->st;

	st->listen_start += on;
	st->listen_ready += on;
	st->listen_stop += !on;
}

void
router_csock_each(struct router *r, void (*fn)(void *arg, const struct csock_info *i), void *arg)
{
	const struct csock *s;

	if (r->csocks == NULL)
		return;
	TAILQ_FOREACH(s, &r->csocks->list, next) {
		struct csock_info i = {.ifname = s->ifname,
		    .profile = s->profile,
		    .tag = s->flow->tag,
		    .local = s->flow->peer->path.local,
		    .remote = s->flow->peer->path.remote,
		    .local_id = s->flow->local_id,
		    .remote_id = s->flow->remote_id,
		    .up = s->flow->current != NULL,
		    .able = false};
		const struct csock_user *u;

		TAILQ_FOREACH(u, &s->users, next) {
			i.able |= u->able;
			i.users++;
		}
		fn(arg, &i);
	}
}

void
router_csock_stats(const struct router *r, struct csock_stats *out)
{
	*out = (struct csock_stats){ 0 };
	if (r->csocks != NULL)
		*out = r->csocks->st;
}
