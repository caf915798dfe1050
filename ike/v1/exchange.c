/*
 * Runs the state table, and passes messages between it and the wire: which SA, duplicate or not, decrypted, in which
 * exchange; and the way out: HASH, padding, encryption.
 */

#include <stdio.h>
#include <string.h>

#include "ike/v1/v1.h"

static void
enter(struct sa *sa, struct node *node, const struct rule *r)
{
	enum ike_state *state = node != NULL ? &node->state : &sa->state;
	enum ike_state old = *state;

	*state = r->next;
	if (r->shown != NULL)
		sa->shown = r->shown;
	if (node != NULL) {
		say(sa->ike, sa, SAY_NODE_INPUT, node->msgid, event_class(r->event), event_name(r->event));
		say(sa->ike, sa, SAY_STATE2, state_name(old), state_name(r->next));
	} else {
		say(sa->ike, sa, SAY_INPUT, event_class(r->event), event_name(r->event));
		say(sa->ike, sa, SAY_STATE1, state_name(old), state_name(r->next));
	}
}

static void
rearm(struct retry *retry, enum retry_rule rule)
{
	if (rule == RESEND)
		timer_in(&retry->timer, IKE_RETRY);
	else if (rule != KEEP)
		retry_stop(retry);
}

enum act
exchange_run(struct sa *sa, struct node *node, enum ike_event e, struct msg *m)
{
	const struct rule *r;
	enum act res;

	do {
		r = rule_find(node != NULL ? node->state : sa->state, e);
		if (r == NULL) {
			ike_note(sa->ike, IKEC_STATE);
			return ACT_REFUSED;
		}
		if (r->when == FIRST)
			enter(sa, node, r);
		res = r->action != NULL ? r->action(sa, node, m) : ACT_DONE;
		if (res == ACT_REFUSED && r->when == FIRST)
			exchange_run(sa, node, EV_ERROR, NULL);
		if (res != ACT_DONE)
			return res;
		if (r->when == AFTER)
			enter(sa, node, r);
		rearm(node != NULL ? &node->retry : &sa->retry, r->retry);
		/* Between phase 1 and Quick Mode there may be more to do; and a peer may want to be waited for. */
		e = r->then == EV_PHASE1_COMPLETE ? cfg_step(sa) : r->then;
		if (e == EV_INSTALL_DONE && node != NULL && node->child.wait)
			e = EV_INSTALL_COMMIT;
	} while (e != EV__NONE);
	return ACT_DONE;
}

void
v1_digest(const uint8_t *p, size_t n, uint8_t out[32])
{
	uint8_t full[HASH_MAX];
	struct iov v = { p, n };

	hash_iov(HASH_SHA256, &v, 1, full);
	memcpy(out, full, 32);
}

enum act
v1_refuse(struct sa *sa, enum ike_counter why)
{
	char addr[ADDR_STRLEN];

	ike_note(sa->ike, why);
	ike_syslog(sa->ike, 4, "IKMP_BAD_MESSAGE", "IKE message from %s failed its sanity check or is malformed",
	    addr_fmt(&sa->path.remote, addr));
	return ACT_REFUSED;
}

bool
v1_nonce(const struct payload *pl, uint8_t *out, size_t *n)
{
	if (pl->n < IKE_NONCE_MIN || pl->n > IKE_NONCE_MAX)
		return false;
	memcpy(out, pl->p, pl->n);
	*n = pl->n;
	return true;
}

/* "0x0 0x1 0x51 0x80" */
void
v1_life_vpi(const struct attr *a, char *out, size_t n)
{
	size_t k, at = 0;

	out[0] = '\0';
	for (k = 0; k < a->n && k < 8 && at < n; k++)
		at += (size_t)snprintf(out + at, n - at, k + 1 < a->n ? "0x%X " : "0x%X", a->p[k]);
}

void
v1_iv2(const struct sa *sa, uint32_t msgid, uint8_t iv[16])
{
	uint8_t h[HASH_MAX];

	keys_iv2(sa->policy.hash, sa->iv, cipher_block(sa->policy.cipher), msgid, h);
	memcpy(iv, h, 16);
}

/* Decrypts the payloads and takes them apart; m->err says how that went.  False: not even decrypted. */
bool
v1_decrypt(struct sa *sa, struct msg *m, const uint8_t *iv)
{
	size_t n = m->rawlen - IKE_HDR_LEN, block = cipher_block(sa->policy.cipher);

	if (n == 0 || n % block != 0) {
		m->err = IKEC_BLOCK;
		return false;
	}
	say(sa->ike, sa, SAY_ENGINE_DECRYPT);
	memcpy(m->clear, m->raw + IKE_HDR_LEN, n);
	memcpy(m->next_iv, m->raw + m->rawlen - block, block);
	if (!cipher_cbc(sa->ike->chance, sa->policy.cipher, false, sa->keys.enc, iv, m->clear, n)) {
		m->err = IKEC_CRYPTO;
		return false;
	}
	m->err = msg_chain(m, m->h.next, m->clear, n, true);
	return true;
}

bool
v1_send(struct sa *sa, struct retry *keep, struct out *o, uint8_t *iv)
{
	size_t block = iv != NULL ? cipher_block(sa->policy.cipher) : 1;
	size_t n = out_finish(o, block);

	if (n == 0)
		return false;
	if (iv != NULL) {
		say(sa->ike, sa, SAY_ENGINE_ENCRYPT);
		if (!cipher_cbc(sa->ike->chance, sa->policy.cipher, true, sa->keys.enc, iv, o->buf + IKE_HDR_LEN, n - IKE_HDR_LEN)) {
			ike_note(sa->ike, IKEC_CRYPTO);
			return false;
		}
		memcpy(iv, o->buf + n - block, block);
	}
	if (keep != NULL)
		retry_keep(keep, o->buf, n, false);
	ike_send(sa, o->buf, n);
	return true;
}

void
v1_open(struct sa *sa, struct out *o, uint8_t exchange, uint32_t msgid, size_t *hash_at)
{
	out_begin(o, sa->icookie, sa->rcookie, exchange, ISAKMP_FLAG_E, msgid);
	out_open(o, PL_HASH);
	*hash_at = wr_len(&o->w);
	wr_zero(&o->w, hash_len(sa->policy.hash));
	out_close(o);
}

bool
v1_seal(struct sa *sa, struct retry *keep, struct out *o, uint8_t *iv, uint32_t msgid, struct iov first, size_t hash_at)
{
	size_t len = hash_len(sa->policy.hash), tail = hash_at + len;
	uint8_t h[HASH_MAX];

	if (o->w.bad)
		return false;
	say(sa->ike, sa, SAY_ENGINE_HASH);
	keys_hash_p2(&sa->keys, sa->policy.hash, msgid, first, (struct iov){ o->buf + tail, wr_len(&o->w) - tail }, h);
	memcpy(o->buf + hash_at, h, len);
	return v1_send(sa, keep, o, iv);
}

static void
answer_again(struct sa *sa)
{
	ike_note(sa->ike, IKEC_DUPLICATE);
	say(sa->ike, sa, SAY_DUP1);
	/* The last message of main mode is the responder's, of aggressive mode the initiator's. */
	if (sa->retry.bytes == NULL || (sa->established && sa->initiator != sa->aggressive))
		return;
	say(sa->ike, sa, SAY_DUP1_WHY);
	ike_send(sa, sa->retry.bytes, sa->retry.n);
}

static bool
waits_for_peer(enum ike_state s)
{
	return s == IKE_I_AM1 || s == IKE_R_AM2 || s == IKE_I_MM1 || s == IKE_I_MM3 || s == IKE_I_MM5 || s == IKE_R_MM2 || s == IKE_R_MM4;
}

static bool
phase1_decode(struct sa *sa, struct msg *m)
{
	bool is = (m->h.flags & ISAKMP_FLAG_E) != 0;
	/* The third message of aggressive mode may be in the clear (RFC 2409 5.4). */
	bool must = sa->state == IKE_I_MM5 || sa->state == IKE_R_MM4 || (sa->state == IKE_R_AM2 && is);
	char addr[ADDR_STRLEN];

	if (must && !is) {
		ike_note(sa->ike, IKEC_NOT_ENCRYPTED);
		ike_syslog(sa->ike, 6, "IKMP_NOT_ENCRYPTED", "IKE packet from %s was not encrypted and it should've been.",
		    addr_fmt(&sa->path.remote, addr));
		return false;
	}
	if (!must && is) {
		ike_note(sa->ike, IKEC_ENCRYPTED);
		return false;
	}
	if (must && !v1_decrypt(sa, m, sa->iv)) {
		v1_refuse(sa, m->err);
		return false;
	}
	if (!must && (m->err = msg_chain(m, m->h.next, m->raw + IKE_HDR_LEN, m->rawlen - IKE_HDR_LEN, false)) != IKEC_OK) {
		v1_refuse(sa, m->err);
		return false;
	}
	return true;
}

static void
phase1_input(struct sa *sa, struct msg *m)
{
	uint8_t digest[32], iv[16];
	enum act res;

	v1_digest(m->raw, m->rawlen, digest);
	if (sa->has_last_in && memcmp(digest, sa->last_in, sizeof(digest)) == 0) {
		answer_again(sa);
		return;
	}
	if (m->h.msgid != 0 || !waits_for_peer(sa->state) || (m->h.exchange == EXCH_AGGRESSIVE) != sa->aggressive) {
		ike_note(sa->ike, IKEC_STATE);
		return;
	}
	if (!phase1_decode(sa, m))
		return;
	memcpy(iv, sa->iv, sizeof(iv));
	if ((m->h.flags & ISAKMP_FLAG_E) != 0)
		memcpy(sa->iv, m->next_iv, sizeof(sa->iv));
	res = exchange_run(sa, NULL, sa->aggressive ? EV_AM_EXCH : EV_MM_EXCH, m);
	if (res == ACT_REFUSED)
		memcpy(sa->iv, iv, sizeof(iv));
	if (res != ACT_DONE)
		return;
	memcpy(sa->last_in, digest, sizeof(digest));
	sa->has_last_in = true;
}

static void
no_sa(struct ike *i, const struct ike_path *path)
{
	char addr[ADDR_STRLEN];

	ike_note(i, IKEC_NO_SA);
	ike_syslog(i, 4, "IKMP_NO_SA", "IKE message from %s has no SA and is not an initialization offer.",
	    addr_fmt(&path->remote, addr));
}

static void
new_sa(struct ike *i, const struct ike_path *path, struct msg *m)
{
	static const uint8_t zero[IKE_COOKIE];

	say(i, NULL, SAY_RECV, &path->remote, path->local_port, path->remote_port, "N", "NEW SA");
	if ((m->h.exchange == EXCH_MAIN || m->h.exchange == EXCH_AGGRESSIVE) && memcmp(m->h.rcookie, zero, IKE_COOKIE) == 0 && m->h.msgid == 0 && m->h.flags == 0)
		p1_respond(i, path, m);
	else
		no_sa(i, path);
}

void
v1_input(struct ike *i, const struct ike_path *path, struct msg *m)
{
	struct sa *sa = sa_find(i, &m->h, path);

	if (sa == NULL) {
		new_sa(i, path, m);
		return;
	}
	say(i, sa, SAY_RECV, &path->remote, path->local_port, path->remote_port, sa_role(sa), say_shown(sa->shown));
	if (sa->deleted) {
		ike_note(i, IKEC_SA_DELETED);
		return;
	}
	if (m->h.next == PL_FRAG) {
		frag_input(sa, path, m);
		return;
	}
	switch (m->h.exchange) {
	case EXCH_MAIN: case EXCH_AGGRESSIVE: phase1_input(sa, m); break;
	case EXCH_TRANSACTION: cfg_input(sa, m); break;
	case EXCH_QUICK: qm_input(sa, m); break;
	case EXCH_INFO:
		if ((m->h.flags & ISAKMP_FLAG_E) != 0)
			info_input(sa, m);
		else
			info_clear_input(i, sa, path, m);
		break;
	}
}
