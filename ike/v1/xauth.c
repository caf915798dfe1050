/*
 * Extended authentication (draft-beaulieu-ike-xauth-02), after phase 1:
 *
 *	S: REQUEST(type, name, password) -->
 *				<--	REPLY(name, password) :C	or REPLY(status = fail): the user gives up
 *	S: SET(status)			-->
 *				<--	ACK(status) :C
 *
 * The server asks again for so many times; then it says no, and the IKE SA goes.  Users and passwords are the engine's.
 */

#include <string.h>

#include "ike/v1/v1.h"

#define XAUTH_GENERIC	0

bool
xauth_needed(const struct sa *sa)
{
	if (sa->xauth.done)
		return false;
	/* A server asks even who was not told in phase 1; a client waits if it was. */
	return sa->cfg.xauth == IKE_XAUTH_SERVER || (sa->cfg.xauth == IKE_XAUTH_CLIENT && sa->xauth_method != 0);
}

static unsigned
tries_of(const struct sa *sa)
{
	return sa->cfg.xauth_tries != 0 ? sa->cfg.xauth_tries : IKE_XAUTH_TRIES;
}

static void
told(struct sa *sa, bool ok)
{
	struct ike *i = sa->ike;
	struct ike_sa_info info;

	sa->xauth.done = true;
	sa->xauth.ok = ok;
	timer_stop(&sa->wait);
	ike_note(i, ok ? IKEC_XAUTH_OK : IKEC_XAUTH_FAIL);
	if (i->ops->xauth_done == NULL)
		return;
	sa_info(sa, &info);
	i->ops->xauth_done(i->arg, &info, ok);
	wipe(&info, sizeof(info));
}

void
xauth_late(struct sa *sa)
{
	told(sa, false);
	sa_delete(sa, "XAuthenticate fail", true, false, IKE_FAIL_XAUTH);
}

/* S: REQUEST --> */
enum act
xauth_begin(struct sa *sa, struct node *node, struct msg *m)
{
	struct node *n;
	struct out o;
	size_t hash_at;

	(void)node;
	(void)m;
	p1_up(sa);
	if (sa->deleted)
		return ACT_GONE;
	sa->shown = "CONF_XAUTH";
	if (sa->xauth.attempt++ == 0)
		say(sa->ike, sa, SAY_NEED_XAUTH);
	n = cfg_begin(sa);
	say(sa->ike, sa, SAY_XAUTH_ASKS, cfg_attr_name(CFG_A_XAUTH_USER));
	say(sa->ike, sa, SAY_XAUTH_ASKS, cfg_attr_name(CFG_A_XAUTH_PASSWORD));
	cfg_open(sa, n, &o, CFG_REQUEST, (uint16_t)sa->xauth.attempt, &hash_at);
	out_cfg_basic(&o, CFG_A_XAUTH_TYPE, XAUTH_GENERIC);
	out_cfg_bytes(&o, CFG_A_XAUTH_USER, NULL, 0);
	out_cfg_bytes(&o, CFG_A_XAUTH_PASSWORD, NULL, 0);
	cfg_send(sa, n, &o, hash_at, true);
	cfg_wait(sa);
	return ACT_DONE;
}

static void
say_reply(struct sa *sa, const struct xauth_attrs *a)
{
	say(sa->ike, sa, a->has_user ? SAY_XAUTH_REPLIES : SAY_XAUTH_EXPECTED, cfg_attr_name(CFG_A_XAUTH_USER));
	say(sa->ike, sa, a->has_password ? SAY_XAUTH_REPLIES : SAY_XAUTH_EXPECTED, cfg_attr_name(CFG_A_XAUTH_PASSWORD));
}

/* The engine's word on a user; one who gives up or says nothing is not asked again. */
static enum ike_answer
judge(struct sa *sa, const struct xauth_attrs *a)
{
	struct ike *i = sa->ike;
	struct ike_sa_info info;
	enum ike_answer res;

	memcpy(sa->xauth.user, a->c.user, sizeof(sa->xauth.user));
	if (a->has_status || !a->has_user || !a->has_password || a->c.user[0] == '\0' || i->ops->xauth_check == NULL) {
		sa->xauth.attempt = tries_of(sa);
		return IKE_NO;
	}
	sa_info(sa, &info);
	res = i->ops->xauth_check(i->arg, &info, &a->c);
	wipe(&info, sizeof(info));
	return res;
}

/* S: <-- REPLY */
enum act
xauth_replied(struct sa *sa, struct node *node, struct msg *m)
{
	struct xauth_attrs a;
	enum ike_counter e = xauth_parse(m->cfg, &a);
	enum ike_answer res;

	(void)node;
	if (e != IKEC_OK) {
		wipe(&a, sizeof(a));
		return v1_refuse(sa, e);
	}
	say_reply(sa, &a);
	node_done(sa->tx, false, "Done with xauth request/reply exchange");
	sa->tx = NULL;
	res = judge(sa, &a);
	wipe(&a, sizeof(a));
	if (sa->deleted)
		return ACT_GONE;
	sa->xauth.answered = res != IKE_LATER;
	sa->xauth.ok = res == IKE_YES;
	return ACT_DONE;
}

/* S: SET(status) --> */
enum act
xauth_tell(struct sa *sa, struct node *node, struct msg *m)
{
	struct node *n = cfg_begin(sa);
	struct out o;
	size_t hash_at;

	(void)node;
	(void)m;
	timer_stop(&sa->wait);
	cfg_open(sa, n, &o, CFG_SET, (uint16_t)sa->xauth.attempt, &hash_at);
	out_cfg_basic(&o, CFG_A_XAUTH_STATUS, sa->xauth.ok);
	say(sa->ike, sa, SAY_CFG_SENT);
	say(sa->ike, sa, SAY_CFG_STATUS, (unsigned)sa->xauth.ok);
	cfg_send(sa, n, &o, hash_at, true);
	return ACT_DONE;
}

/* S: <-- ACK */
enum act
xauth_acked(struct sa *sa, struct node *node, struct msg *m)
{
	(void)node;
	(void)m;
	say(sa->ike, sa, SAY_XAUTH_ACK);
	node_done(sa->tx, false, "Transaction mode done");
	sa->tx = NULL;
	told(sa, sa->xauth.ok);
	if (!sa->deleted && !sa->xauth.ok)
		sa_delete(sa, "XAuthenticate fail", true, false, IKE_FAIL_XAUTH);
	return sa->deleted ? ACT_GONE : ACT_DONE;
}

/* C: the server will ask. */
enum act
xauth_await(struct sa *sa, struct node *node, struct msg *m)
{
	(void)node;
	(void)m;
	p1_up(sa);
	if (sa->deleted)
		return ACT_GONE;
	say(sa->ike, sa, SAY_NEED_XAUTH);
	cfg_wait(sa);
	return ACT_DONE;
}

static enum act
not_for_us(struct sa *sa, enum ike_counter why)
{
	ike_note(sa->ike, why);
	return ACT_REFUSED;
}

static void
say_checked(struct sa *sa, const char *what, const struct cfg_payload *c)
{
	const char *name;
	size_t k;

	say(sa->ike, sa, SAY_CFG_CHECK, what);
	for (k = 0; k < c->n; k++) {
		if ((name = cfg_attr_name(c->a[k].type)) != NULL)
			say(sa->ike, sa, SAY_CFG_ATTR, name);
		else
			say(sa->ike, sa, SAY_CFG_UNKNOWN, (unsigned)c->a[k].type);
	}
}

static enum ike_answer
ask_user(struct sa *sa, const struct xauth_attrs *a, struct ike_credentials *out)
{
	struct ike_xauth_ask ask = { .want_user = a->has_user, .want_password = a->has_password, .attempt = sa->xauth.attempt };
	struct ike *i = sa->ike;
	struct ike_sa_info info;
	enum ike_answer res;

	if (i->ops->xauth_ask == NULL || a->kind != XAUTH_GENERIC || a->other)
		return IKE_NO;
	memcpy(ask.message, a->message, sizeof(ask.message));
	sa_info(sa, &info);
	res = i->ops->xauth_ask(i->arg, &info, &ask, out);
	wipe(&info, sizeof(info));
	return res;
}

static void
reply_set(struct sa *sa, const struct ike_credentials *c)
{
	if (sa->xauth.reply != NULL)
		wipe_free(sa->xauth.reply, sizeof(*sa->xauth.reply));
	sa->xauth.reply = c != NULL ? xmemdup(c, sizeof(*c)) : NULL;
	sa->xauth.answered = true;
}

/* C: <-- REQUEST */
enum act
xauth_asked(struct sa *sa, struct node *node, struct msg *m)
{
	struct ike_credentials c = { .user = "" };
	struct xauth_attrs a;
	enum ike_answer res;
	enum ike_counter e;

	(void)node;
	if (sa->cfg.xauth != IKE_XAUTH_CLIENT || sa->xauth.done)
		return not_for_us(sa, IKEC_STATE);
	if ((e = xauth_parse(m->cfg, &a)) != IKEC_OK)
		return v1_refuse(sa, e);
	sa->shown = "CONF_XAUTH";
	say_checked(sa, "request", m->cfg);
	say(sa->ike, sa, SAY_XAUTH_REQUEST);
	sa->tx_id = m->cfg->id;
	sa->xauth.attempt++;
	sa->xauth.answered = false;
	sa->xauth.has_kind = cfg_has(m->cfg, CFG_A_XAUTH_TYPE);
	sa->xauth.want_user = a.has_user;
	sa->xauth.want_password = a.has_password;
	cfg_wait(sa);
	res = ask_user(sa, &a, &c);
	if (res != IKE_LATER && !sa->deleted)
		reply_set(sa, res == IKE_YES ? &c : NULL);
	wipe(&c, sizeof(c));
	return sa->deleted ? ACT_GONE : ACT_DONE;
}

static void
reply_write(struct sa *sa, struct out *o)
{
	const struct ike_credentials *c = sa->xauth.reply;

	if (c == NULL) {
		out_cfg_basic(o, CFG_A_XAUTH_STATUS, 0);
		return;
	}
	if (sa->xauth.has_kind)
		out_cfg_basic(o, CFG_A_XAUTH_TYPE, XAUTH_GENERIC);
	if (sa->xauth.want_user) {
		out_cfg_bytes(o, CFG_A_XAUTH_USER, c->user, strnlen(c->user, sizeof(c->user) - 1));
		say(sa->ike, sa, SAY_XAUTH_USER, sa->xauth.user);
	}
	if (sa->xauth.want_password) {
		out_cfg_bytes(o, CFG_A_XAUTH_PASSWORD, c->password, strnlen(c->password, sizeof(c->password) - 1));
		say(sa->ike, sa, SAY_XAUTH_PASSWORD);
	}
}

/* C: REPLY --> */
enum act
xauth_answer(struct sa *sa, struct node *node, struct msg *m)
{
	struct node *n = sa->tx;
	struct out o;
	size_t hash_at;

	(void)node;
	(void)m;
	if (n == NULL || n->done)
		return not_for_us(sa, IKEC_STATE);
	if (sa->xauth.reply != NULL)
		memcpy(sa->xauth.user, sa->xauth.reply->user, sizeof(sa->xauth.user) - 1);
	cfg_open(sa, n, &o, CFG_REPLY, sa->tx_id, &hash_at);
	reply_write(sa, &o);
	if (sa->xauth.reply != NULL)
		wipe_free(sa->xauth.reply, sizeof(*sa->xauth.reply));
	sa->xauth.reply = NULL;
	cfg_send(sa, n, &o, hash_at, false);
	wipe(&o, sizeof(o));
	node_done(n, false, "Done with xauth request/reply exchange");
	sa->tx = NULL;
	cfg_wait(sa);
	return ACT_DONE;
}

/* C: <-- SET(status), and the ACK */
enum act
xauth_told(struct sa *sa, struct node *node, struct msg *m)
{
	struct xauth_attrs a;
	enum ike_counter e;
	struct out o;
	size_t hash_at;

	(void)node;
	if (sa->cfg.xauth != IKE_XAUTH_CLIENT || sa->xauth.done)
		return not_for_us(sa, IKEC_STATE);
	if ((e = xauth_parse(m->cfg, &a)) != IKEC_OK || !a.has_status)
		return v1_refuse(sa, e != IKEC_OK ? e : IKEC_ATTRIBUTE);
	say(sa->ike, sa, SAY_XAUTH_SET, (unsigned)a.status);
	say_checked(sa, "SET", m->cfg);
	cfg_open(sa, sa->tx, &o, CFG_ACK, m->cfg->id, &hash_at);
	out_cfg_basic(&o, CFG_A_XAUTH_STATUS, a.status);
	say(sa->ike, sa, SAY_CFG_SENT);
	say(sa->ike, sa, SAY_CFG_STATUS, (unsigned)a.status);
	cfg_send(sa, sa->tx, &o, hash_at, false);
	node_done(sa->tx, false, "No Error");
	told(sa, a.status == 1);
	if (!sa->deleted && !sa->xauth.ok)
		sa_delete(sa, "XAuthenticate fail", true, false, IKE_FAIL_XAUTH);
	return sa->deleted ? ACT_GONE : ACT_DONE;
}

void
xauth_go_on(struct sa *sa)
{
	struct xauth *x = &sa->xauth;

	if (sa->deleted || !x->answered)
		return;
	x->answered = false;
	if (sa->state == IKE_XAUTH_REPLY_AWAIT)
		exchange_run(sa, NULL, EV_XAUTH_ATTR, NULL);
	if (sa->state != IKE_XAUTH_AAA_AWAIT)
		return;
	if (x->ok)
		say(sa->ike, sa, SAY_XAUTH_OK, x->user);
	else
		say(sa->ike, sa, SAY_XAUTH_NO, x->user, x->attempt, tries_of(sa));
	exchange_run(sa, NULL, x->ok || x->attempt >= tries_of(sa) ? EV_LOGIN : EV_LOGIN_AGAIN, NULL);
}

static struct sa *
waiting(struct ike *i, uint64_t handle, enum ike_state state)
{
	struct sa *sa;

	TAILQ_FOREACH(sa, &i->sas, link)
		if (sa->handle == handle && !sa->deleted && sa->state == state)
			return sa;
	return NULL;
}

bool
ike_xauth_verdict(struct ike *i, uint64_t handle, bool ok)
{
	struct sa *sa = waiting(i, handle, IKE_XAUTH_AAA_AWAIT);

	if (sa == NULL)
		return false;
	sa->xauth.ok = ok;
	sa->xauth.answered = true;
	xauth_go_on(sa);
	return true;
}

bool
ike_xauth_reply(struct ike *i, uint64_t handle, const struct ike_credentials *c)
{
	struct sa *sa = waiting(i, handle, IKE_XAUTH_REPLY_AWAIT);

	if (sa == NULL)
		return false;
	reply_set(sa, c);
	xauth_go_on(sa);
	return true;
}
