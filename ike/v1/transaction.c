/*
 * Transaction exchanges (draft-dukes-ike-mode-cfg-02 3): two messages of one message id, each { HASH, ATTR }*.  They carry XAUTH and mode
 * configuration, which stand between phase 1 and Quick Mode.  One at a time is under way (sa->tx); those that are over stay as
 * nodes to answer duplicates.
 */

#include <string.h>

#include "ike/v1/v1.h"

enum ike_event
cfg_step(const struct sa *sa)
{
	if (xauth_needed(sa))
		return sa->cfg.xauth == IKE_XAUTH_SERVER ? EV_NEED_XAUTH : EV_AWAIT_XAUTH;
	if (sa->configured)
		return EV_PHASE1_COMPLETE;
	switch (sa->cfg.cfg_role) {
	case IKE_CFG_PULL: return EV_NEED_CFG;
	case IKE_CFG_TAKE: return EV_AWAIT_CFG;
	case IKE_CFG_PUSH: return EV_PUSH_CFG;
	case IKE_CFG_NONE:
	case IKE_CFG_GIVE: break;
	}
	return EV_PHASE1_COMPLETE;
}

static struct node *
cfg_node(struct sa *sa, uint32_t msgid, bool initiator)
{
	struct node *n = node_new(sa, msgid, initiator);

	n->cfg = true;
	say(sa->ike, sa, SAY_NODE_CFG, msgid, say_shown(sa->shown));
	v1_iv2(sa, msgid, n->iv);
	return n;
}

struct node *
cfg_begin(struct sa *sa)
{
	return sa->tx = cfg_node(sa, msgid_new(sa), true);
}

void
cfg_open(struct sa *sa, struct node *n, struct out *o, unsigned type, uint16_t id, size_t *hash_at)
{
	v1_open(sa, o, EXCH_TRANSACTION, n->msgid, hash_at);
	out_cfg_open(o, (enum cfg_type)type, id);
}

bool
cfg_send(struct sa *sa, struct node *n, struct out *o, size_t hash_at, bool resend)
{
	out_cfg_close(o);
	say(sa->ike, sa, n->initiator ? SAY_CFG_BEGIN : SAY_CFG_RESPOND, &sa->path.remote, n->msgid);
	if (!v1_seal(sa, &n->retry, o, n->iv, n->msgid, (struct iov){ NULL, 0 }, hash_at))
		return false;
	if (resend)
		timer_in(&n->retry.timer, IKE_RETRY);
	return true;
}

void
cfg_wait(struct sa *sa)
{
	uint32_t s = sa->ike->set.xauth_timeout_s;

	timer_in(&sa->wait, (s != 0 ? s : IKE_XAUTH_TIMEOUT_S) * NSEC_SEC);
}

/* Nobody has answered, user or peer. */
void
cfg_late(void *arg)
{
	struct sa *sa = arg;

	ike_note(sa->ike, IKEC_TIMEOUT);
	if (xauth_needed(sa))
		xauth_late(sa);
	else
		sa_delete(sa, "Mode configuration timed out", true, false, IKE_FAIL_TIMEOUT);
}

/* A message of ours was not answered.  For an answer to XAUTH's REQUEST there is the time that a user has. */
void
cfg_lapsed(struct sa *sa, struct node *n)
{
	if (n != sa->tx || sa->state == IKE_XAUTH_REQ_SENT)
		return;
	if (xauth_needed(sa))
		xauth_late(sa);
	else
		sa_delete(sa, "Mode configuration timed out", true, false, IKE_FAIL_TIMEOUT);
}

static bool
may(struct sa *sa, const struct msg *m)
{
	char addr[ADDR_STRLEN];

	if ((m->h.flags & ISAKMP_FLAG_E) == 0) {
		ike_note(sa->ike, IKEC_NOT_ENCRYPTED);
		ike_syslog(sa->ike, 6, "IKMP_NOT_ENCRYPTED", "IKE packet from %s was not encrypted and it should've been.", addr_fmt(&sa->path.remote, addr));
		return false;
	}
	if (!sa->established) {
		ike_note(sa->ike, IKEC_SA_NOT_AUTH);
		return false;
	}
	if (m->h.msgid == 0) {
		ike_note(sa->ike, IKEC_STATE);
		return false;
	}
	return true;
}

/* Decrypted, well formed, authentic? HASH = prf(SKEYID_a, M-ID | ATTR) in both messages. */
static bool
decode(struct sa *sa, struct node *n, struct msg *m, struct cfg_payload *c)
{
	size_t len = hash_len(sa->policy.hash);
	uint8_t want[HASH_MAX];

	if (v1_decrypt(sa, m, n->iv) && m->err == IKEC_OK)
		m->err = msg_rules(m, MSG_CFG);
	if (m->err == IKEC_OK) {
		say(sa->ike, sa, SAY_PROC, "HASH", n->msgid);
		say(sa->ike, sa, SAY_ENGINE_HASH);
		keys_hash_p2(&sa->keys, sa->policy.hash, n->msgid, (struct iov){ NULL, 0 }, (struct iov){ m->tail, m->taillen }, want);
		if (m->pl[0].n != len || !mem_equal(m->pl[0].p, want, len))
			m->err = IKEC_HASH;
	}
	if (m->err == IKEC_OK)
		m->err = cfg_parse(m->pl[1].p, m->pl[1].n, c);
	if (m->err != IKEC_OK)
		v1_refuse(sa, m->err);
	return m->err == IKEC_OK;
}

/* A first message: the exchange stays only if it is authentic and new. */
static struct node *
peers_node(struct sa *sa, struct msg *m, struct cfg_payload *c)
{
	struct node *n;

	if (sa->nnodes >= IKE_NODES_MAX) {
		ike_note(sa->ike, IKEC_NODES);
		return NULL;
	}
	n = cfg_node(sa, m->h.msgid, false);
	if (decode(sa, n, m, c)) {
		if (c->type != CFG_REQUEST && c->type != CFG_SET)
			ike_note(sa->ike, IKEC_STATE);
		else if (v1_msgid_seen(sa, n->msgid))
			ike_note(sa->ike, IKEC_REPLAY);
		else
			return n;
	}
	node_free(n);
	return NULL;
}

/* A second message must be of the exchange that waits for it. */
static struct node *
our_node(struct sa *sa, struct node *n, struct msg *m, struct cfg_payload *c)
{
	if (!n->cfg || !n->initiator || n->done || n != sa->tx) {
		ike_note(sa->ike, IKEC_STATE);
		return NULL;
	}
	if (!decode(sa, n, m, c))
		return NULL;
	if (c->type != CFG_REPLY && c->type != CFG_ACK) {
		ike_note(sa->ike, IKEC_STATE);
		return NULL;
	}
	return n;
}

/* What the message is about: its attributes say so; an answer may have none, and is about what was asked. */
static enum ike_event
event_of(const struct sa *sa, const struct cfg_payload *c)
{
	static const enum ike_event events[2][5] = {
		{ EV__NONE, EV_CFG_REQUEST, EV_CFG_REPLY, EV_CFG_SET, EV_CFG_ACK },
		{ EV__NONE, EV_XAUTH_REQUEST, EV_XAUTH_REPLY, EV_XAUTH_SET, EV_XAUTH_ACK },
	};
	bool xauth = sa->state == IKE_XAUTH_REQ_SENT || sa->state == IKE_XAUTH_SET_SENT;
	size_t k;

	if (c->type == CFG_REQUEST || c->type == CFG_SET)
		xauth = false;
	for (k = 0; k < c->n; k++)
		xauth = xauth || (c->a[k].type >= CFG_A_XAUTH_TYPE && c->a[k].type <= CFG_A_XAUTH_ANSWER);
	return events[xauth][c->type];
}

static void
again(struct sa *sa, struct node *n)
{
	ike_note(sa->ike, IKEC_DUPLICATE);
	say(sa->ike, sa, SAY_DUP2);
	if (n->initiator || n->retry.bytes == NULL)
		return;
	say(sa->ike, sa, SAY_DUP2_WHY);
	ike_send(sa, n->retry.bytes, n->retry.n);
}

static const char *
type_name(unsigned type)
{
	static const char *const names[] = { "?", "REQUEST", "REPLY", "SET", "ACK" };

	return names[type];
}

/* An exchange of the peer that nobody wants leaves nothing behind; one that is taken ends what was under way. */
static void
run(struct sa *sa, struct node *n, struct msg *m, const uint8_t *digest)
{
	struct node *before = sa->tx;
	uint8_t iv[16];

	memcpy(iv, n->iv, sizeof(iv));
	memcpy(n->iv, m->next_iv, sizeof(n->iv));
	memcpy(n->last_in, digest, sizeof(n->last_in));
	n->has_last_in = true;
	sa->tx = n;
	switch (exchange_run(sa, NULL, event_of(sa, m->cfg), m)) {
	case ACT_REFUSED:
		memcpy(n->iv, iv, sizeof(iv));
		n->has_last_in = false;
		if (!n->initiator) {
			node_free(n);
			sa->nseen--;	/* it may come again at a better time */
		}
		sa->tx = before;
		break;
	case ACT_DONE:
		if (before != NULL && before != n && !before->done)
			node_done(before, false, "Transaction mode done");
		xauth_go_on(sa);
		break;
	case ACT_GONE:
		break;
	}
}

void
cfg_input(struct sa *sa, struct msg *m)
{
	struct cfg_payload c;
	uint8_t digest[32];
	struct node *n;

	if (!may(sa, m))
		return;
	v1_digest(m->raw, m->rawlen, digest);
	n = node_find(sa, m->h.msgid);
	if (n != NULL && n->cfg && n->has_last_in && memcmp(digest, n->last_in, sizeof(digest)) == 0) {
		again(sa, n);
		return;
	}
	n = n == NULL ? peers_node(sa, m, &c) : our_node(sa, n, m, &c);
	if (n == NULL)
		return;
	dpd_heard(sa);
	say(sa->ike, sa, SAY_CFG_PROC, &sa->path.remote, n->msgid);
	say(sa->ike, sa, SAY_CFG_TYPE, type_name(c.type));
	m->cfg = &c;
	run(sa, n, m, digest);
	wipe(m->clear, m->rawlen);	/* there may have been a password in it */
}
