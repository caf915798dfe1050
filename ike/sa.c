/*
 * IKE SAs: found by cookies or by the two addresses they are between, numbered, deleted, and purged a minute after.
 */

#include <stdlib.h>
#include <string.h>

#include "ike/impl.h"
#include "ike/v1/v1.h"

static void
purge_due(void *arg)
{
	struct sa *sa = arg;

	say(sa->ike, sa, SAY_SA_PURGE, sa->handle, sa->handle);
	sa_purge(sa);
}

static void
life_due(void *arg)
{
	struct sa *sa = arg;
	bool up = sa->established;

	sa_delete(sa, up ? "IKE SA Lifetime Exceeded" : "Negotiation took too long", up, false, IKE_FAIL_TIMEOUT);
}

/* Time for a successor; or, when there is one already, time to go. */
static void
rekey_due(void *arg)
{
	struct sa *sa = arg;

	if (sa->replaced) {
		sa_delete(sa, "Rekeyed", true, false, IKE_FAIL_DELETED);
		return;
	}
	/* Once more, if there is time left, should this attempt fail. */
	timer_in(&sa->rekey, (IKE_TRIES + 2) * IKE_RETRY);
	/* Where the peer began, nobody here wanted a profile: it was found by the peer's identity, and says how to begin. */
	if (sa_find_coming(sa->ike, &sa->path) == NULL)
		p1_initiate(sa->ike, &sa->path, sa->wanted[0] != '\0' ? sa->wanted : sa->cfg.profile, NULL, MM_REKEY);
}

struct sa *
sa_new(struct ike *i, const struct ike_path *path, bool initiator)
{
	struct sa *sa = xcalloc(1, sizeof(*sa));

	sa->ike = i;
	sa->path = *path;
	sa->initiator = initiator;
	sa->handle = ike_handle(i);
	sa->state = IKE_READY;
	sa->shown = "MM_NO_STATE";
	sa->nonces = xcalloc(1, sizeof(*sa->nonces));
	sa->created = clock_now(i->clock);
	TAILQ_INIT(&sa->pending);
	TAILQ_INIT(&sa->nodes);
	retry_init(&sa->retry, i->clock, retry_phase1, sa);
	timer_init(&sa->life, i->clock, life_due, sa);
	timer_init(&sa->rekey, i->clock, rekey_due, sa);
	timer_init(&sa->purge, i->clock, purge_due, sa);
	timer_init(&sa->wait, i->clock, cfg_late, sa);
	timer_init(&sa->line, i->clock, qm_line_due, sa);
	timer_init(&sa->dpd.timer, i->clock, dpd_due, sa);
	index_sa(sa);
	TAILQ_INSERT_TAIL(&i->sas, sa, link);
	i->half_open += !initiator;
	ike_note(i, initiator ? IKEC_P1_BEGUN : IKEC_P1_ASKED);
	return sa;
}

void
sa_cookie_changed(struct sa *sa)
{
	index_sa_cookie(sa);
}

static bool
cookie_is_zero(const uint8_t *c)
{
	static const uint8_t zero[IKE_COOKIE];

	return memcmp(c, zero, IKE_COOKIE) == 0;
}

/* A first message repeated has no responder cookie; the first answer brings one that we don't know yet. */
struct sa *
sa_find(struct ike *i, const struct isakmp_hdr *h, const struct ike_path *path)
{
	struct sa *sa;

	LIST_FOREACH(sa, index_cookie(i, h->icookie), bucket) {
		if (memcmp(sa->icookie, h->icookie, IKE_COOKIE) != 0)
			continue;
		if (!ike_path_same(&sa->path, path) && !natt_may_move(sa, path))
			continue;
		if (memcmp(sa->rcookie, h->rcookie, IKE_COOKIE) == 0)
			return sa;
		if (!sa->initiator && cookie_is_zero(h->rcookie))
			return sa;
		if (sa->initiator && cookie_is_zero(sa->rcookie))
			return sa;
	}
	return NULL;
}

struct sa *
sa_find_up(struct ike *i, const struct ike_path *path)
{
	struct sa *sa, *old = NULL;

	TAILQ_FOREACH_REVERSE(sa, sa_near(i, path), sa_near, near) {
		if (!sa->established || sa->deleted || !ike_path_same(&sa->path, path))
			continue;
		if (!sa->replaced)
			return sa;
		if (old == NULL)
			old = sa;
	}
	return old;
}

struct sa *
sa_find_to(struct ike *i, const struct ike_path *path)
{
	struct sa *sa, *any = sa_find_up(i, path), *old = NULL;

	if (any == NULL || path->local_port != IKE_PORT_NATT || !natt_udp(any))
		return any;
	TAILQ_FOREACH_REVERSE(sa, sa_near(i, path), sa_near, near) {
		if (!sa->established || sa->deleted || !ike_path_same(&sa->path, path) || sa->path.remote_port != path->remote_port)
			continue;
		if (!sa->replaced)
			return sa;
		if (old == NULL)
			old = sa;
	}
	return old;
}

/*
 * One under negotiation that a request may wait for: ours, or the peer's once it has shown that it got our
 * answer.  A first message alone, which anyone can forge, holds nothing up.
 */
struct sa *
sa_find_coming(struct ike *i, const struct ike_path *path)
{
	struct sa *sa;

	TAILQ_FOREACH(sa, sa_near(i, path), near) {
		if (sa->established || sa->deleted || !ike_path_same(&sa->path, path))
			continue;
		if (sa->initiator || sa->state == IKE_R_MM4 || sa->state == IKE_R_MM5)
			return sa;
	}
	return NULL;
}

void
sa_conn_id(struct sa *sa)
{
	struct ike *i = sa->ike;

	if (i->next_conn == 0)
		i->next_conn = i->set.engine == IKE_ENGINE_ONBOARD ? 2001 : 1001;
	if (sa->conn_id == 0)
		sa->conn_id = i->next_conn++;
}

const char *
sa_role(const struct sa *sa)
{
	return sa->initiator ? "I" : "R";
}

static bool
same_flow(const struct ike_child_request *a, const struct ike_id *local_id, const struct ike_id *remote_id)
{
	return id_eq(&a->local_id, local_id) && id_eq(&a->remote_id, remote_id);
}

void
sa_ask(struct sa *sa, const struct ike_child_request *rq)
{
	struct request *r;

	if (sa->ready && !sa->deleted) {
		say(sa->ike, sa, SAY_NODE_SET, 0u);
		say(sa->ike, sa, SAY_QM_OUTSTANDING, &sa->path.local, (unsigned)sa->path.local_port, &sa->path.remote, (unsigned)sa->path.remote_port);
		say(sa->ike, sa, SAY_QM_IDLE_START, say_shown(sa->shown));
		qm_initiate(sa, rq);
		return;
	}
	TAILQ_FOREACH(r, &sa->pending, link) {
		if (same_flow(&r->rq, &rq->local_id, &rq->remote_id)) {
			r->rq = *rq;
			return;
		}
	}
	if (sa->npending >= IKE_PENDING_MAX) {
		ike_note(sa->ike, IKEC_REQUESTS);
		sa->ike->ops->failed(sa->ike->arg, rq->cookie, &sa->path.remote, IKE_FAIL_LIMIT);
		return;
	}
	r = xcalloc(1, sizeof(*r));
	r->rq = *rq;
	sa->npending++;
	TAILQ_INSERT_TAIL(&sa->pending, r, link);
}

/* Requests that wait, and need not any more: the peer has made these SAs. */
void
sa_satisfied(struct ike *i, const struct ike_path *path, const struct ike_id *local_id, const struct ike_id *remote_id)
{
	struct request *r, *next;
	struct sa *sa;

	TAILQ_FOREACH(sa, sa_near(i, path), near) {
		if (sa->deleted || !ike_path_same(&sa->path, path))
			continue;
		for (r = TAILQ_FIRST(&sa->pending); r != NULL; r = next) {
			next = TAILQ_NEXT(r, link);
			if (!same_flow(&r->rq, local_id, remote_id))
				continue;
			TAILQ_REMOVE(&sa->pending, r, link);
			sa->npending--;
			free(r);
		}
	}
}

bool
sa_hands_over(struct sa *from, const struct ike_child_request *rq, enum ike_fail why)
{
	struct ike *i = from->ike;
	struct sa *to = sa_find_to(i, &from->path);

	if (to == NULL || to == from)
		to = sa_find_coming(i, &from->path);
	if (to != NULL && to != from) {
		sa_ask(to, rq);
		return true;
	}
	i->ops->failed(i->arg, rq->cookie, &from->path.remote, why);
	return false;
}

/* The peer is elsewhere now. */
void
sa_move(struct sa *sa, const struct ike_path *path)
{
	struct ike *i = sa->ike;
	struct peer *was = sa->peer;

	TAILQ_REMOVE(sa_near(i, &sa->path), sa, near);
	sa->path.remote = path->remote;
	sa->path.remote_port = path->remote_port;
	TAILQ_INSERT_TAIL(sa_near(i, &sa->path), sa, near);
	if (was == NULL)
		return;
	if (!addr_eq(&was->remote, &path->remote)) {
		sa->peer = peer_get(i, &sa->path);
		peer_lock(i, sa->peer, "isakmp_nat_moved");
		peer_id_set(sa->peer, &sa->peer_id);
		peer_unlock(i, was, "isakmp_nat_moved");
	}
	sa->peer->remote_port = path->remote_port;
}

/* To be told of once it is up; those for which there is no room are not. */
void
sa_bad_add(struct sa *sa, const struct bad_spi *b)
{
	if (sa->nbad >= IKE_BAD_SPIS)
		return;
	if (sa->bad == NULL)
		sa->bad = xcalloc(IKE_BAD_SPIS, sizeof(*sa->bad));
	sa->bad[sa->nbad++] = *b;
}

/* Secrets and copies that phase 1 alone needed. */
void
sa_forget_exchange(struct sa *sa)
{
	dh_free(sa->dh);
	sa->dh = NULL;
	if (sa->gxy != NULL)
		wipe_free(sa->gxy, sa->gxy_len);
	free(sa->gx_peer);
	free(sa->sai_b);
	free(sa->idi_b);
	free(sa->idr_b);
	if (sa->nonces != NULL)
		wipe_free(sa->nonces, sizeof(*sa->nonces));
	free(sa->offered);
	sig_forget(sa);
	sa->gxy = sa->gx_peer = sa->sai_b = sa->idi_b = sa->idr_b = NULL;
	sa->offered = NULL;
	sa->nonces = NULL;
}

/*
 * Another SA with the peer beside the new one.  Each end has begun one at the same time: that with the lower initiator
 * cookie stays.  Else the new one replaces the old.  Who began the new one ends the other soon; the other end does so
 * if that never comes.
 */
static void
settle(struct sa *sa, struct sa *o)
{
	bool crossed = o->up_since >= sa->created;
	struct sa *loser = crossed && memcmp(sa->icookie, o->icookie, IKE_COOKIE) > 0 ? sa : o;
	struct sa *keeper = loser == sa ? o : sa;
	struct request *r;

	loser->replaced = true;
	timer_in(&loser->rekey, keeper->initiator ? IKE_REPLACED_LINGER : 6 * IKE_REPLACED_LINGER);
	while (loser == sa && (r = TAILQ_FIRST(&sa->pending)) != NULL) {
		TAILQ_REMOVE(&sa->pending, r, link);
		sa->npending--;
		sa_ask(keeper, &r->rq);
		free(r);
	}
}

static void
absorb(struct sa *sa, struct sa *o)
{
	size_t k;

	TAILQ_CONCAT(&sa->pending, &o->pending, link);
	sa->npending += o->npending;
	o->npending = 0;
	for (k = 0; k < o->nbad; k++)
		sa_bad_add(sa, &o->bad[k]);
	o->nbad = 0;
	/* What ike_begin() wanted comes of this one. */
	sa->begun = sa->begun || o->begun;
	o->begun = false;
	sa_delete(o, "Both ends began", false, false, IKE_FAIL_DELETED);
}

/* When a successor is due: the initiator well before the end, the responder if that hasn't come. */
static void
life_start(struct sa *sa)
{
	int64_t life = sa->policy.lifetime_s * NSEC_SEC, margin = life / 10;

	if (margin > 300 * NSEC_SEC)
		margin = 300 * NSEC_SEC;
	timer_in(&sa->life, life);
	timer_in(&sa->rekey, life - (sa->initiator ? margin : margin / 2));
}

void
sa_established(struct sa *sa)
{
	struct ike *i = sa->ike;
	struct ike_sa_info info;
	struct sa *o, *next;

	sa->established = true;
	sa->up_since = clock_now(i->clock);
	sa->dpd.heard = sa->up_since;
	i->half_open -= !sa->initiator;
	ike_note(i, IKEC_P1_UP);
	life_start(sa);
	for (o = TAILQ_FIRST(sa_near(i, &sa->path)); o != NULL; o = next) {
		next = TAILQ_NEXT(o, near);
		if (o == sa || o->deleted || !natt_same_peer(o, sa))
			continue;
		if (!o->established && o->initiator)
			absorb(sa, o);
		else if (!o->established && sa->initiator)
			timer_in(&o->life, IKE_REPLACED_LINGER);	/* the peer has most likely dropped that for this one */
		else if (o->established && !o->replaced)
			settle(sa, o);
	}
	sa_info(sa, &info);
	i->ops->sa_up(i->arg, &info);
	wipe(&info, sizeof(info));
}

void
sa_ready(struct sa *sa)
{
	struct ike *i = sa->ike;
	struct ike_sa_info info;

	if (sa->ready)
		return;
	sa->ready = true;
	timer_stop(&sa->wait);
	if (i->ops->ready == NULL)
		return;
	sa_info(sa, &info);
	i->ops->ready(i->arg, &info);
	wipe(&info, sizeof(info));
}

/* What a user has typed is not kept. */
static void
answer_forget(struct sa *sa)
{
	if (sa->xauth.reply != NULL)
		wipe_free(sa->xauth.reply, sizeof(*sa->xauth.reply));
	sa->xauth.reply = NULL;
	free(sa->asked);
	sa->asked = NULL;
}

static void
timers_stop(struct sa *sa)
{
	retry_stop(&sa->retry);
	timer_stop(&sa->life);
	timer_stop(&sa->rekey);
	timer_stop(&sa->wait);
	timer_stop(&sa->line);
	timer_stop(&sa->dpd.timer);
}

static void
requests_go(struct sa *sa, enum ike_fail why)
{
	struct request *r;
	struct node *n, *next;

	for (n = TAILQ_FIRST(&sa->nodes); n != NULL; n = next) {
		next = TAILQ_NEXT(n, link);
		if (n->done)
			continue;
		node_done(n, false, "IKE deleted");
		if (n->initiator && !n->cfg)
			sa_hands_over(sa, &n->rq, why);
	}
	while ((r = TAILQ_FIRST(&sa->pending)) != NULL) {
		TAILQ_REMOVE(&sa->pending, r, link);
		sa->npending--;
		sa_hands_over(sa, &r->rq, why);
		free(r);
	}
}

/*
 * Ends an SA: it stays to be seen as deleted for IKE_PURGE, but for one that never had a connection id, which goes at
 * once (else forged first messages would fill the memory).
 */
void
sa_delete(struct sa *sa, const char *reason, bool tell, bool dpd, enum ike_fail why)
{
	struct ike *i = sa->ike;
	struct ike_sa_info info;
	bool was_up = sa->established;
	struct peer *peer = sa->peer;

	if (sa->deleted)
		return;
	say(i, sa, SAY_SA_DELETE, reason, sa_role(sa), say_shown(sa->shown), &sa->path.remote);
	if (tell && was_up)
		info_send_delete_sa(sa);
	sa_info(sa, &info);
	timers_stop(sa);
	sa->deleted = true;
	if (!was_up)
		i->half_open -= !sa->initiator;
	exchange_run(sa, NULL, EV_PHASE1_DEL, NULL);
	say(i, sa, SAY_SA_DELETE, reason, sa_role(sa), say_shown(sa->shown), &sa->path.remote);
	sa->peer = NULL;
	if (peer != NULL)
		peer_unlock(i, peer, "isadb_mark_sa_deleted()");
	timer_in(&sa->purge, sa->conn_id != 0 ? IKE_PURGE : 0);
	requests_go(sa, why);
	sa_forget_exchange(sa);
	frag_forget(sa);
	answer_forget(sa);
	info.deleted = true;
	if (sa->has_keys)
		say(i, sa, SAY_ENGINE_SA_DELETE);
	if (was_up)
		i->ops->sa_down(i->arg, &info, dpd);
	if (sa->begun && !sa->ready && i->ops->begin_failed != NULL)
		i->ops->begin_failed(i->arg, &sa->path, sa->wanted, why);
	wipe(&info, sizeof(info));
}

void
sa_purge(struct sa *sa)
{
	struct ike *i = sa->ike;
	struct request *r;
	struct node *n;

	if (!sa->deleted && !sa->established)
		i->half_open -= !sa->initiator;
	while ((n = TAILQ_FIRST(&sa->nodes)) != NULL)
		node_free(n);
	while ((r = TAILQ_FIRST(&sa->pending)) != NULL) {
		TAILQ_REMOVE(&sa->pending, r, link);
		free(r);
	}
	timers_stop(sa);
	timer_stop(&sa->purge);
	retry_fini(&sa->retry);
	sa_forget_exchange(sa);
	frag_forget(sa);
	answer_forget(sa);
	if (sa->peer != NULL)
		sa->peer->refs--;
	TAILQ_REMOVE(&i->sas, sa, link);
	index_sa_gone(sa);
	free(sa->seen);
	free(sa->bad);
	wipe_free(sa, sizeof(*sa));
}

void
sa_info(const struct sa *sa, struct ike_sa_info *out)
{
	int64_t left = timer_armed(&sa->life) ? timer_due(&sa->life) - clock_now(sa->ike->clock) : 0;

	memset(out, 0, sizeof(*out));
	out->path = sa->path;
	out->initiator = sa->initiator;
	out->deleted = sa->deleted;
	out->established = sa->established;
	out->conn_id = sa->conn_id;
	out->state = sa->shown;
	memcpy(out->icookie, sa->icookie, IKE_COOKIE);
	memcpy(out->rcookie, sa->rcookie, IKE_COOKIE);
	out->policy = sa->policy;
	out->life_left_s = sa->established && left > 0 ? (uint32_t)(left / NSEC_SEC) : 0;
	out->up_since_ns = sa->up_since;
	out->peer_id = sa->peer_id;
	memcpy(out->profile, sa->cfg.profile, sizeof(out->profile));
	out->dpd = sa->peer_dpd && sa->cfg.dpd_s != 0;
	out->nat_local = sa->nat_mine;
	out->nat_remote = sa->nat_his;
	out->handle = sa->handle;
	out->aggressive = sa->aggressive;
	out->xauth = sa->xauth.done && sa->xauth.ok;
	out->modecfg = sa->configured;
	out->ready = sa->ready;
	memcpy(out->xauth_user, sa->xauth.user, sizeof(out->xauth_user));
	memcpy(out->group, sa->cfg.group, sizeof(out->group));
	out->assigned = sa->assigned;
	if (sa->has_keys) {
		out->enc_key_len = cipher_key_len(sa->policy.cipher);
		memcpy(out->enc_key, sa->keys.enc, out->enc_key_len);
	}
}
