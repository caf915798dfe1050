/*
 * Informational exchanges (RFC 2409 5.7): DELETE and NOTIFY, each message on its own, with a HASH.  What comes without one is
 * counted and told, and changes nothing.
 */

#include <string.h>

#include "ike/v1/v1.h"

static void
put32(uint8_t out[4], uint32_t v)
{
	out[0] = (uint8_t)(v >> 24);
	out[1] = (uint8_t)(v >> 16);
	out[2] = (uint8_t)(v >> 8);
	out[3] = (uint8_t)v;
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void
cookies_of(const struct sa *sa, uint8_t out[2 * IKE_COOKIE])
{
	memcpy(out, sa->icookie, IKE_COOKIE);
	memcpy(out + IKE_COOKIE, sa->rcookie, IKE_COOKIE);
}

static void
begin(struct sa *sa, struct out *o, uint32_t *msgid, uint8_t iv[16], size_t *hash_at)
{
	*msgid = msgid_new(sa);
	v1_iv2(sa, *msgid, iv);
	say(sa->ike, sa, SAY_NODE_SET, *msgid);
	v1_open(sa, o, EXCH_INFO, *msgid, hash_at);
}

static void
finish(struct sa *sa, struct out *o, uint32_t msgid, uint8_t iv[16], size_t hash_at)
{
	v1_seal(sa, NULL, o, iv, msgid, (struct iov){ NULL, 0 }, hash_at);
	say(sa->ike, sa, SAY_NODE_PURGE, msgid);
}

bool
info_notify(struct sa *sa, uint8_t proto, uint16_t type, const void *spi, size_t spi_len, const void *data, size_t n, const char *also, uint32_t also_value)
{
	uint32_t msgid;
	uint8_t iv[16];
	struct out o;
	size_t hash_at;

	(void)also;
	begin(sa, &o, &msgid, iv, &hash_at);
	out_notify(&o, proto, type, spi, spi_len, data, n);
	say(sa->ike, sa, SAY_NOTIFY_SEND, notify_name(type), (unsigned)proto, spi_len >= 4 ? get32(spi) : 0, msgid);
	if (also != NULL)
		say(sa->ike, sa, SAY_DPD_SEQ, also_value);
	finish(sa, &o, msgid, iv, hash_at);
	return true;
}

/* In the clear, to one whose offer was refused: there is no key yet. */
void
info_notify_clear(struct sa *sa, uint16_t type)
{
	struct out o;

	out_begin(&o, sa->icookie, sa->rcookie, EXCH_INFO, 0, msgid_new(sa));
	out_notify(&o, PROTO_ISAKMP, type, NULL, 0, NULL, 0);
	v1_send(sa, NULL, &o, NULL);
}

void
info_send_delete_sa(struct sa *sa)
{
	uint8_t iv[16], cookies[2 * IKE_COOKIE];
	uint32_t msgid;
	struct out o;
	size_t hash_at;

	cookies_of(sa, cookies);
	begin(sa, &o, &msgid, iv, &hash_at);
	out_delete(&o, PROTO_ISAKMP, cookies, sizeof(cookies), 1);
	finish(sa, &o, msgid, iv, hash_at);
}

void
info_send_delete_spi(struct sa *sa, uint8_t proto, const uint32_t *spis, size_t n)
{
	uint8_t iv[16], bytes[64];
	uint32_t msgid;
	struct out o;
	size_t hash_at, k;

	if (n > sizeof(bytes) / 4)
		n = sizeof(bytes) / 4;
	for (k = 0; k < n; k++)
		put32(bytes + 4 * k, spis[k]);
	begin(sa, &o, &msgid, iv, &hash_at);
	out_delete(&o, proto == 51 ? PROTO_AH : PROTO_ESP, bytes, 4, n);
	finish(sa, &o, msgid, iv, hash_at);
}

/* An SPI that we don't hold: DELETE, INVALID-SPI or both, by settings. */
void
info_send_bad_spi(struct sa *sa, uint8_t proto, uint32_t spi)
{
	enum ike_spi_notify how = sa->ike->set.invalid_spi_notify;
	uint8_t bytes[4];

	put32(bytes, spi);
	if (how != IKE_NOTIFY_DELETE)
		info_notify(sa, proto == 51 ? PROTO_AH : PROTO_ESP, NOTIFY_INVALID_SPI, bytes, 4, NULL, 0, NULL, 0);
	if (how != IKE_NOTIFY_INVALID_SPI)
		info_send_delete_spi(sa, proto, &spi, 1);
}

/* A DELETE or a refusal of what we have offered ends the exchange that offered it. */
static void
larval(struct sa *sa, struct msg *m, uint32_t spi)
{
	struct ike *i = sa->ike;
	struct node *n;
	size_t k;

	TAILQ_FOREACH(n, &sa->nodes, link) {
		if (n->done || !n->initiator || n->state != IKE_QM_I_QM1)
			continue;
		for (k = 0; k < n->rq.nesp && n->offered_spi[k] != spi; k++)
			;
		if (k == n->rq.nesp)
			continue;
		say(i, sa, SAY_DELETE_SPI, spi, n->msgid);
		node_done(n, true, "Delete Larval");
		i->ops->failed(i->arg, n->rq.cookie, &sa->path.remote, IKE_FAIL_NO_PROPOSAL);
		break;
	}
	(void)m;
}

static void
responder_lifetime(struct sa *sa, const struct notify *n)
{
	struct transform t = { .attrs = n->data, .nattrs = n->data_len };
	struct p1_attrs a;
	int64_t left;

	if (n->proto != PROTO_ISAKMP || p1_attrs_parse(&t, &a) != IKEC_OK || a.life_s == 0)
		return;
	say(sa->ike, sa, SAY_RESP_LIFE);
	if (a.life_s >= sa->policy.lifetime_s)
		return;
	say(sa->ike, sa, SAY_RESP_LIFE_P1);
	say(sa->ike, sa, SAY_RESP_LIFE_TIMER, a.life_s);
	sa->policy.lifetime_s = a.life_s;
	left = sa->up_since + a.life_s * NSEC_SEC;
	timer_at(&sa->life, left);
	if (!sa->replaced)
		timer_at(&sa->rekey, left - (a.life_s * NSEC_SEC) / 10);
}

/* A DELETE of what we have answered and the peer has not confirmed: it won't. */
static void
unconfirmed(struct sa *sa, uint32_t spi)
{
	struct node *n;

	TAILQ_FOREACH(n, &sa->nodes, link) {
		if (n->done || n->initiator || n->state != IKE_QM_R_QM2 || n->child.spi_out != spi)
			continue;
		say(sa->ike, sa, SAY_DELETE_SPI, spi, n->msgid);
		node_done(n, true, "Delete Larval");
		return;
	}
}

/* Of a Quick Mode that waits for it: by its message id, or by what SPI the notify names. */
static void
connected(struct sa *sa, struct msg *m, uint32_t spi)
{
	struct node *n;

	TAILQ_FOREACH(n, &sa->nodes, link) {
		if (n->state != IKE_QM_COMMIT_AWAIT || (n->msgid != m->h.msgid && (spi == 0 || (n->child.spi_out != spi && n->child.spi_in != spi))))
			continue;
		exchange_run(sa, n, EV_CONNECTED, m);
		return;
	}
}

/* INITIAL-CONTACT outside of phase 1 counts only just after it, so that no old one can be played again. */
static bool
fresh(const struct sa *sa)
{
	return clock_now(sa->ike->clock) - sa->up_since < 60 * NSEC_SEC;
}

void
notify_read(struct sa *sa, struct msg *m, const struct notify *n, bool phase1)
{
	struct ike *i = sa->ike;
	uint32_t spi = n->spi_len == 4 ? get32(n->spi) : 0;

	say(i, sa, SAY_NOTIFY_PROC, notify_name(n->type), (unsigned)n->proto, spi, m->h.msgid, sa->handle);
	switch (n->type) {
	case NOTIFY_INITIAL_CONTACT:
		if (phase1)
			sa->initial_contact = true;
		else if (fresh(sa))
			i->ops->initial_contact(i->arg, &sa->path);
		return;
	case NOTIFY_R_U_THERE:
		if (!phase1)
			dpd_asked(sa, n);
		return;
	case NOTIFY_CONNECTED:
		if (!phase1)
			connected(sa, m, spi);
		return;
	case NOTIFY_R_U_THERE_ACK:
		if (!phase1)
			dpd_answered(sa, n);
		return;
	case NOTIFY_RESPONDER_LIFETIME:
		if (!phase1)
			responder_lifetime(sa, n);
		return;
	case NOTIFY_INVALID_SPI:
		if (!phase1 && n->spi_len == 4)
			i->ops->invalid_spi(i->arg, &sa->path, n->proto == PROTO_AH ? 51 : 50, spi);
		return;
	default:
		break;
	}
	if (!phase1 && n->type < 16384 && n->spi_len == 4)
		larval(sa, m, spi);
}

static void
delete_read(struct sa *sa, struct msg *m, const struct delete *d)
{
	struct ike *i = sa->ike;
	uint8_t cookies[2 * IKE_COOKIE];
	uint32_t spis[64];
	size_t k, n = d->n < 64 ? d->n : 64;

	say(i, sa, SAY_DELETE_PROC, m->h.msgid);
	say(i, sa, SAY_PARANOID);
	if (d->proto == PROTO_ISAKMP) {
		cookies_of(sa, cookies);
		for (k = 0; k < d->n; k++)
			if (memcmp(d->spis + k * sizeof(cookies), cookies, sizeof(cookies)) == 0)
				sa_delete(sa, "No reason", false, false, IKE_FAIL_DELETED);
		return;
	}
	if (d->proto != PROTO_ESP && d->proto != PROTO_AH)
		return;
	for (k = 0; k < n; k++) {
		spis[k] = get32(d->spis + 4 * k);
		say(i, sa, SAY_DELETE_QUEUED, spis[k]);
		unconfirmed(sa, spis[k]);
	}
	i->ops->deleted(i->arg, &sa->path, d->proto == PROTO_AH ? 51 : 50, spis, n);
}

static void
payloads_read(struct sa *sa, struct msg *m)
{
	struct notify n;
	struct delete d;
	size_t k;

	for (k = 0; k < m->npl && !sa->deleted; k++) {
		if (m->pl[k].type == PL_N) {
			if (notify_parse(&m->pl[k], &n) == IKEC_OK)
				notify_read(sa, m, &n, false);
			else
				ike_note(sa->ike, IKEC_PAYLOAD_LEN);
		} else if (m->pl[k].type == PL_D) {
			if (delete_parse(&m->pl[k], &d) == IKEC_OK)
				delete_read(sa, m, &d);
			else
				ike_note(sa->ike, IKEC_PAYLOAD_LEN);
		}
	}
}

/* Decrypted, well formed, authentic?  m->err says what is wrong. */
static bool
decode_by(struct sa *sa, struct msg *m, const uint8_t iv[16])
{
	size_t len = hash_len(sa->policy.hash);
	uint8_t want[HASH_MAX];

	if (v1_decrypt(sa, m, iv) && m->err == IKEC_OK)
		m->err = msg_rules(m, MSG_INFO);
	if (m->err == IKEC_OK) {
		say(sa->ike, sa, SAY_PROC, "HASH", m->h.msgid);
		say(sa->ike, sa, SAY_ENGINE_HASH);
		keys_hash_p2(&sa->keys, sa->policy.hash, m->h.msgid, (struct iov){ NULL, 0 }, (struct iov){ m->tail, m->taillen }, want);
		if (m->pl[0].n != len || !mem_equal(m->pl[0].p, want, len))
			m->err = IKEC_HASH;
	}
	return m->err == IKEC_OK;
}

/* An Informational message has an IV of its own; but some that tell of a Quick Mode, under its id, go on with that one's. */
static bool
info_decode(struct sa *sa, struct msg *m)
{
	const struct node *n;
	uint8_t iv[16];

	v1_iv2(sa, m->h.msgid, iv);
	if (decode_by(sa, m, iv))
		return true;
	n = node_find(sa, m->h.msgid);
	return n != NULL && n->state == IKE_QM_COMMIT_AWAIT && decode_by(sa, m, n->iv);
}

/* What a peer says that has refused our first encrypted message: for strongSwan that has moved the IV on, for libreswan it has not. */
static bool
refusal_decode(struct sa *sa, struct msg *m)
{
	uint8_t first[16], iv[HASH_MAX];

	if (info_decode(sa, m))
		return true;
	p1_first_iv(sa, first);
	keys_iv2(sa->policy.hash, first, cipher_block(sa->policy.cipher), m->h.msgid, iv);
	return decode_by(sa, m, iv);
}

/*
 * Phase 1 is not complete, but whoever did the key exchange with us says under its keys that it won't be: then there is no use in
 * asking again and again.
 */
static void
told_off(struct sa *sa, struct msg *m)
{
	struct ike *i = sa->ike;
	const struct payload *pl;
	char addr[ADDR_STRLEN];
	struct notify n;

	ike_note(i, IKEC_SA_NOT_AUTH);
	if (sa->state != IKE_I_MM5 || m->h.msgid == 0 || !refusal_decode(sa, m))
		return;
	if ((pl = msg_find(m, PL_N, 0)) == NULL || notify_parse(pl, &n) != IKEC_OK || n.proto != PROTO_ISAKMP || n.type >= NOTIFY_CONNECTED)
		return;
	say(i, sa, SAY_TOLD_OFF, &sa->path.remote, notify_name(n.type));
	ike_note(i, IKEC_AUTH_FAIL);
	ike_syslog(i, 6, "IKMP_MODE_FAILURE", "Processing of %s mode failed with peer at %s", p1_mode(sa), addr_fmt(&sa->path.remote, addr));
	sa_delete(sa, "Authentication refused by the peer", false, false, IKE_FAIL_AUTH);
}

void
info_input(struct sa *sa, struct msg *m)
{
	bool has_delete;

	if (!sa->established) {
		told_off(sa, m);
		return;
	}
	if (m->h.msgid == 0) {
		ike_note(sa->ike, IKEC_STATE);
		return;
	}
	say(sa->ike, sa, SAY_NODE_SET, m->h.msgid);
	if (!info_decode(sa, m)) {
		v1_refuse(sa, m->err);
		return;
	}
	if (v1_msgid_seen(sa, m->h.msgid)) {
		ike_note(sa->ike, IKEC_REPLAY);
		return;
	}
	natt_follow(sa, m);
	dpd_heard(sa);
	has_delete = msg_find(m, PL_D, 0) != NULL;
	payloads_read(sa, m);
	say(sa->ike, sa, SAY_NODE_DELETE, m->h.msgid, "FALSE", "Informational (in) state 1");
	if (!sa->deleted)
		exchange_run(sa, NULL, has_delete ? EV_INFO_DELETE : EV_INFO_NOTIFY, m);
}

/* Nobody vouches for it (RFC 2408 5.14): told and counted. */
void
info_clear_input(struct ike *i, struct sa *sa, const struct ike_path *path, struct msg *m)
{
	char addr[ADDR_STRLEN];

	m->err = msg_chain(m, m->h.next, m->raw + IKE_HDR_LEN, m->rawlen - IKE_HDR_LEN, false);
	if (m->err == IKEC_OK)
		m->err = msg_rules(m, MSG_INFO_CLEAR);
	if (m->err != IKEC_OK) {
		ike_note(i, m->err);
		return;
	}
	ike_note(i, msg_find(m, PL_D, 0) != NULL ? IKEC_UNAUTH_DELETE : IKEC_UNAUTH_NOTIFY);
	say(i, sa, SAY_NOTIFY_NO_HASH);
	say(i, sa, SAY_UNKNOWN_INPUT, event_class(EV_INFO_NOTIFY), event_name(EV_INFO_NOTIFY), state_name(sa->state));
	ike_syslog(i, 6, "IKMP_MODE_FAILURE", "Processing of Informational mode failed with peer at %s", addr_fmt(&path->remote, addr));
}
