/*
 * Main Mode with pre-shared keys (RFC 2409 5.4):
 *
 *	I: { SA, VID... }		-->
 *				<--	{ SA, VID } :R
 *	I: { KE, Ni, VID..., NAT-D, NAT-D } -->
 *				<--	{ KE, Nr, VID..., NAT-D, NAT-D } :R
 *	I: { IDii, HASH_I, [N] }*	-->
 *				<--	{ IDir, HASH_R }* :R
 */

#include <stdlib.h>
#include <string.h>

#include "ike/v1/v1.h"
#include "lib/names.h"

#define NONCE_LEN	20
#define OFFERS_MAX	32

/* Random, and never what looks like the marker before IKE on port 4500 (RFC 3948 2.2). */
static void
cookie_new(struct ike *i, uint8_t *out)
{
	do
		chance_bytes(i->chance, out, IKE_COOKIE);
	while (out[0] == 0 && out[1] == 0 && out[2] == 0 && out[3] == 0);
}

/*
 * If the peer's first message is here already, ours shall be the one that yields (the lower initiator cookie stays), if
 * that can be had with a few draws: then a peer that has begun finds its own attempt going on.
 */
static void
icookie_new(struct sa *sa)
{
	struct sa *o;
	int tries;

	for (tries = 0; tries < 64; tries++) {
		cookie_new(sa->ike, sa->icookie);
		TAILQ_FOREACH(o, &sa->ike->sas, link)
			if (!o->initiator && !o->established && !o->deleted && addr_eq(&o->path.remote, &sa->path.remote) &&
			    memcmp(sa->icookie, o->icookie, IKE_COOKIE) < 0)
				break;
		if (o == NULL)
			break;
	}
	sa_cookie_changed(sa);
}

static void
say_key(struct sa *sa)
{
	if (strcmp(sa->cfg.keyring, "default") == 0 || sa->cfg.keyring[0] == '\0')
		say(sa->ike, sa, SAY_KEY_DEFAULT, &sa->path.remote);
	else
		say(sa->ike, sa, SAY_KEY_ADDRESS, sa->cfg.keyring);
}

bool
mm_find_key(struct sa *sa)
{
	struct ike *i = sa->ike;

	i->ops->peer_config(i->arg, &sa->path, sa->wanted, NULL, &sa->cfg);
	if (sa->cfg.have_key) {
		say_key(sa);
		return true;
	}
	ike_note(i, IKEC_NO_KEY);
	say(i, sa, SAY_NO_KEY, &sa->path.remote);
	return false;
}

/* What can't begin leaves nothing behind. */
static struct sa *
cannot_begin(struct sa *sa, const struct ike_child_request *rq, enum ike_fail why)
{
	struct ike *i = sa->ike;
	struct addr remote = sa->path.remote;
	struct peer *peer = sa->peer;

	say(i, sa, SAY_CANT_MM);
	sa->peer = NULL;
	peer_unlock(i, peer, "isadb_unlock_peer_delete_sa()");
	say(i, sa, SAY_SA_PURGE, sa->handle, sa->handle);
	sa_purge(sa);
	say(i, NULL, SAY_CANT_INIT);
	say(i, NULL, SAY_KMI_ERROR);
	if (rq != NULL)
		i->ops->failed(i->arg, rq->cookie, &remote, why);
	return NULL;
}

static bool
take_offers(struct sa *sa)
{
	const struct ike_policy *p;
	size_t k, n = sa->ike->ops->policies(sa->ike->arg, &p);

	sa->offered = xcalloc(OFFERS_MAX, sizeof(*p));
	for (k = 0; k < n && sa->noffered < OFFERS_MAX; k++)
		if (p[k].auth == IKE_AUTH_PSK && dh_group_known(p[k].group) && cipher_available(sa->ike->chance, p[k].cipher))
			sa->offered[sa->noffered++] = p[k];
	return sa->noffered > 0;
}

static const char *
natt_vid_text(enum vid v)
{
	static const struct name names[] = { { VID_NATT_RFC3947, "rfc3947" }, { VID_NATT_07, "07" }, { VID_NATT_03, "03" }, { VID_NATT_02, "02" }, { 0, NULL } };

	return name_of(names, (int32_t)v, "02");
}

static const enum vid natt_vids[] = { VID_NATT_RFC3947, VID_NATT_07, VID_NATT_03, VID_NATT_02 };
#define NATT_VIDS	(sizeof(natt_vids) / sizeof(natt_vids[0]))

static void
say_begin(struct sa *sa, enum mm_why why)
{
	struct ike *i = sa->ike;

	say(i, sa, SAY_PORTS, (unsigned)sa->path.local_port, (unsigned)sa->path.remote_port);
	if (why == MM_INV_SPI)
		return;
	say(i, sa, SAY_NODE_SET, 0u);
	say(i, sa, SAY_SA_INSERT, sa->handle);
	say(i, sa, SAY_NO_AGGRESSIVE);
}

struct sa *
mm_initiate(struct ike *i, const struct ike_path *path, const char *profile, const struct ike_child_request *rq, enum mm_why why)
{
	struct sa *sa;
	size_t k, n = strnlen(profile, IKE_NAME_MAX - 1);

	say(i, NULL, SAY_REQ_PROFILE, *profile != '\0' ? profile : "(NULL)");
	sa = sa_new(i, path, true);
	memcpy(sa->wanted, profile, n);
	sa->recovery = why == MM_INV_SPI;
	sa->peer = peer_get(i, path);
	peer_lock(i, sa->peer, why == MM_INV_SPI ? "ike_initiate_sa_for_inv_spi_recovery" : "isakmp_initiator");
	icookie_new(sa);
	say_begin(sa, why);
	if (!mm_find_key(sa)) {
		say(i, sa, SAY_NO_KEY_NO_CERT);
		return cannot_begin(sa, rq, IKE_FAIL_NO_KEY);
	}
	if (!take_offers(sa))
		return cannot_begin(sa, rq, IKE_FAIL_NO_PROPOSAL);
	if (why == MM_INV_SPI)
		say(i, sa, SAY_UNKNOWN_DOI, 0u);
	for (k = 0; k < NATT_VIDS; k++)
		say(i, sa, SAY_NATT_VID, natt_vid_text(natt_vids[k]));
	if (rq != NULL)
		sa_ask(sa, rq);
	exchange_run(sa, NULL, why == MM_INV_SPI ? EV_SA_REQ_RECOVERY : EV_SA_REQ_MM, NULL);
	return sa;
}

/* { SA, VID... } --> */
enum act
mm_send1(struct sa *sa, struct node *node, struct msg *m)
{
	static const uint8_t none[IKE_COOKIE];
	struct out o;
	size_t k;

	(void)node;
	(void)m;
	out_begin(&o, sa->icookie, none, EXCH_MAIN, 0, 0);
	out_sa_p1(&o, sa->offered, sa->noffered);
	sa->sai_len = wr_len(&o.w) - IKE_HDR_LEN - 4;
	sa->sai_b = xmemdup(o.buf + IKE_HDR_LEN + 4, sa->sai_len);
	for (k = 0; k < NATT_VIDS; k++)
		out_vid(&o, natt_vids[k]);
	say(sa->ike, sa, sa->recovery ? SAY_BEGIN_MM_INV_SPI : SAY_BEGIN_MM);
	v1_send(sa, &sa->retry, &o, NULL);
	return ACT_DONE;
}

/* Both began: ours goes before if its cookie is lower (v1/rules.c). */
static bool
ours_goes_before(struct ike *i, const struct ike_path *path, const struct msg *m)
{
	struct sa *sa;

	TAILQ_FOREACH(sa, &i->sas, link)
		if (sa->initiator && !sa->established && !sa->deleted && addr_eq(&sa->path.remote, &path->remote) &&
		    memcmp(sa->icookie, m->h.icookie, IKE_COOKIE) < 0)
			return true;
	return false;
}

static bool
may_respond(struct ike *i, const struct ike_path *path, const struct msg *m)
{
	unsigned max = i->set.half_open_max != 0 ? i->set.half_open_max : IKE_HALF_OPEN_MAX;

	if (ours_goes_before(i, path, m)) {
		ike_note(i, IKEC_TIE);
		say(i, NULL, SAY_TIE, &path->remote);
		return false;
	}
	if (i->half_open >= max) {
		ike_note(i, IKEC_HALF_OPEN);
		say(i, NULL, SAY_HALF_OPEN, i->half_open, &path->remote);
		return false;
	}
	return true;
}

void
mm_respond(struct ike *i, const struct ike_path *path, struct msg *m)
{
	struct sa *sa;
	char addr[ADDR_STRLEN];

	m->err = msg_chain(m, m->h.next, m->raw + IKE_HDR_LEN, m->rawlen - IKE_HDR_LEN, false);
	if (m->err == IKEC_OK)
		m->err = msg_rules(m, MSG_MM1);
	if (m->err != IKEC_OK) {
		ike_note(i, m->err);
		ike_syslog(i, 4, "IKMP_BAD_MESSAGE", "IKE message from %s failed its sanity check or is malformed", addr_fmt(&path->remote, addr));
		return;
	}
	if (!may_respond(i, path, m))
		return;
	sa = sa_new(i, path, false);
	memcpy(sa->icookie, m->h.icookie, IKE_COOKIE);
	cookie_new(i, sa->rcookie);
	sa_cookie_changed(sa);
	sa->peer = peer_get(i, path);
	peer_lock(i, sa->peer, "crypto_isakmp_process_block");
	say(i, sa, SAY_PORTS, (unsigned)path->local_port, (unsigned)path->remote_port);
	say(i, sa, SAY_SA_INSERT, sa->handle);
	timer_in(&sa->life, IKE_HALF_OPEN_LIFE);
	if (exchange_run(sa, NULL, EV_MM_EXCH, m) == ACT_DONE) {
		v1_digest(m->raw, m->rawlen, sa->last_in);
		sa->has_last_in = true;
	}
}

/* --> { SA, VID... } */
enum act
mm_recv1(struct sa *sa, struct node *node, struct msg *m)
{
	const struct payload *pl = msg_find(m, PL_SA, 0);
	struct ike *i = sa->ike;
	char addr[ADDR_STRLEN];

	(void)node;
	sa->sai_len = pl->n;
	sa->sai_b = xmemdup(pl->p, pl->n);
	say(i, sa, SAY_PROC, "SA", 0u);
	vids_read(sa, m);
	if (mm_find_key(sa))
		say(i, sa, SAY_KEY_LOCAL);
	say(i, sa, SAY_SCAN_XAUTH, sa->cfg.profile);
	switch (p1_judge(sa, pl)) {
	case OFFER_OK:
		return ACT_DONE;
	case OFFER_BAD:
		v1_refuse(sa, IKEC_PROPOSAL);
		info_notify_clear(sa, NOTIFY_BAD_PROPOSAL_SYNTAX);
		break;
	case OFFER_NONE:
		ike_note(i, IKEC_NO_PROPOSAL);
		say(i, sa, SAY_P1_REFUSED, &sa->path.local, &sa->path.remote);
		info_notify_clear(sa, NOTIFY_NO_PROPOSAL_CHOSEN);
		break;
	}
	say(i, sa, SAY_PARANOID);
	ike_syslog(i, 6, "IKMP_MODE_FAILURE", "Processing of Main mode failed with peer at %s", addr_fmt(&sa->path.remote, addr));
	sa_delete(sa, "Phase1 SA policy proposal not accepted", false, false, IKE_FAIL_NO_PROPOSAL);
	return ACT_GONE;
}

/* <-- { SA, VID } */
enum act
mm_send2(struct sa *sa, struct node *node, struct msg *m)
{
	struct sa_payload s;
	struct out o;

	(void)node;
	(void)m;
	if (sa_parse(sa->sai_b, sa->sai_len, &s) != IKEC_OK)
		return ACT_REFUSED;
	out_begin(&o, sa->icookie, sa->rcookie, EXCH_MAIN, 0, 0);
	out_sa_choice(&o, &s.prop[s.t[sa->chosen].prop], &s.t[sa->chosen]);
	if (sa->natd_type != 0) {
		say(sa->ike, sa, SAY_NATT_VID, natt_vid_text(sa->natt_vid));
		out_vid(&o, sa->natt_vid);
	}
	v1_send(sa, &sa->retry, &o, NULL);
	return ACT_DONE;
}

/* --> { SA, VID } :I */
enum act
mm_recv2(struct sa *sa, struct node *node, struct msg *m)
{
	static const uint8_t zero[IKE_COOKIE];
	enum ike_counter e;
	char addr[ADDR_STRLEN];

	(void)node;
	if ((e = msg_rules(m, MSG_MM2)) != IKEC_OK || memcmp(m->h.rcookie, zero, IKE_COOKIE) == 0)
		return v1_refuse(sa, e != IKEC_OK ? e : IKEC_COOKIE);
	say(sa->ike, sa, SAY_PROC, "SA", 0u);
	vids_read(sa, m);
	say_key(sa);
	say(sa->ike, sa, SAY_KEY_LOCAL);
	say(sa->ike, sa, SAY_SCAN_XAUTH, sa->cfg.profile);
	if (p1_check_answer(sa, msg_find(m, PL_SA, 0)) != OFFER_OK) {
		ike_syslog(sa->ike, 6, "IKMP_SA_NOT_OFFERED", "Remote peer %s responded with attribute not offered or changed",
		    addr_fmt(&sa->path.remote, addr));
		ike_note(sa->ike, IKEC_PROPOSAL);
		return ACT_REFUSED;
	}
	memcpy(sa->rcookie, m->h.rcookie, IKE_COOKIE);
	return ACT_DONE;
}

static void
ke_write(struct sa *sa, struct out *o)
{
	uint8_t *nonce = sa->initiator ? sa->ni : sa->nr;

	chance_bytes(sa->ike->chance, nonce, NONCE_LEN);
	*(sa->initiator ? &sa->ni_len : &sa->nr_len) = NONCE_LEN;
	out_payload(o, PL_KE, dh_pub(sa->dh), dh_pub_len(sa->policy.group));
	out_payload(o, PL_NONCE, nonce, NONCE_LEN);
}

/* { KE, Ni, VID..., NAT-D, NAT-D } --> */
enum act
mm_send3(struct sa *sa, struct node *node, struct msg *m)
{
	struct out o;

	(void)node;
	(void)m;
	sa->dh = dh_new(sa->ike->chance, sa->policy.group);
	if (sa->dh == NULL)
		return ACT_REFUSED;
	say(sa->ike, sa, SAY_ENGINE_DH);
	out_begin(&o, sa->icookie, sa->rcookie, EXCH_MAIN, 0, 0);
	ke_write(sa, &o);
	out_vid(&o, VID_DPD);
	out_vid(&o, VID_SELF);
	natd_write(sa, &o);
	v1_send(sa, &sa->retry, &o, NULL);
	return ACT_DONE;
}

/* All inputs are there: SKEYID and what follows of it. */
static bool
keys_make(struct sa *sa)
{
	struct iov psk = { sa->cfg.psk, sa->cfg.psk_len }, gxy = { sa->gxy, sa->gxy_len };
	struct iov ni = { sa->ni, sa->ni_len }, nr = { sa->nr, sa->nr_len };
	struct iov own = { dh_pub(sa->dh), dh_pub_len(sa->policy.group) }, his = { sa->gx_peer, sa->gx_peer_len };
	uint8_t iv[HASH_MAX];

	keys_derive_psk(&sa->keys, sa->policy.hash, sa->policy.cipher, psk, ni, nr, gxy, sa->icookie, sa->rcookie);
	keys_iv1(sa->policy.hash, sa->initiator ? own : his, sa->initiator ? his : own, iv);
	memcpy(sa->iv, iv, sizeof(sa->iv));
	sa->has_keys = true;
	say(sa->ike, sa, SAY_ENGINE_SA);
	return sa->policy.cipher != CIPHER_DES || !des_key_is_weak(sa->keys.enc);
}

/* KE and nonce of the peer, in message 3 and 4. */
static enum act
ke_read(struct sa *sa, struct msg *m)
{
	const struct payload *ke = msg_find(m, PL_KE, 0), *nonce = msg_find(m, PL_NONCE, 0);
	struct ike *i = sa->ike;

	say(i, sa, SAY_PROC, "KE", 0u);
	if (sa->dh == NULL) {
		sa->dh = dh_new(i->chance, sa->policy.group);
		say(i, sa, SAY_ENGINE_DH);
	}
	free(sa->gxy);
	sa->gxy_len = dh_secret_len(sa->policy.group);
	sa->gxy = xcalloc(1, sa->gxy_len);
	if (sa->dh == NULL || ke->n != dh_pub_len(sa->policy.group) || !dh_derive(sa->dh, ke->p, ke->n, sa->gxy)) {
		say(i, sa, SAY_KE_BAD, sa->policy.group);
		return v1_refuse(sa, IKEC_KE);
	}
	say(i, sa, SAY_ENGINE_SECRET);
	say(i, sa, SAY_PROC, "NONCE", 0u);
	if (!v1_nonce(nonce, sa->initiator ? sa->nr : sa->ni, sa->initiator ? &sa->nr_len : &sa->ni_len))
		return v1_refuse(sa, IKEC_NONCE);
	free(sa->gx_peer);
	sa->gx_peer = xmemdup(ke->p, ke->n);
	sa->gx_peer_len = ke->n;
	say_key(sa);
	return ACT_DONE;
}

static enum act
vids_and_nat(struct sa *sa, struct msg *m)
{
	sa_conn_id(sa);
	vids_read(sa, m);
	natd_read(sa, m);
	return ACT_DONE;
}

/* --> { KE, Ni, ... } :R */
enum act
mm_recv3(struct sa *sa, struct node *node, struct msg *m)
{
	enum ike_counter e;
	enum act res;

	(void)node;
	if ((e = msg_rules(m, MSG_MM3)) != IKEC_OK)
		return v1_refuse(sa, e);
	if ((res = ke_read(sa, m)) != ACT_DONE)
		return res;
	return vids_and_nat(sa, m);
}

/* <-- { KE, Nr, VID..., NAT-D, NAT-D } */
enum act
mm_send4(struct sa *sa, struct node *node, struct msg *m)
{
	struct out o;

	(void)node;
	(void)m;
	out_begin(&o, sa->icookie, sa->rcookie, EXCH_MAIN, 0, 0);
	ke_write(sa, &o);
	out_vid(&o, VID_UNITY);
	out_vid(&o, VID_DPD);
	out_vid(&o, VID_SELF);
	natd_write(sa, &o);
	if (!keys_make(sa)) {
		ike_note(sa->ike, IKEC_CRYPTO);
		sa_delete(sa, "Weak key", false, false, IKE_FAIL_REFUSED);
		return ACT_GONE;
	}
	v1_send(sa, &sa->retry, &o, NULL);
	return ACT_DONE;
}

/* --> { KE, Nr, ... } :I */
enum act
mm_recv4(struct sa *sa, struct node *node, struct msg *m)
{
	enum ike_counter e;
	enum act res;

	(void)node;
	if ((e = msg_rules(m, MSG_MM3)) != IKEC_OK)
		return v1_refuse(sa, e);
	if ((res = ke_read(sa, m)) != ACT_DONE)
		return res;
	if (!keys_make(sa)) {
		ike_note(sa->ike, IKEC_CRYPTO);
		sa_delete(sa, "Weak key", false, false, IKE_FAIL_REFUSED);
		return ACT_GONE;
	}
	return vids_and_nat(sa, m);
}

/* HASH_I or HASH_R. */
static void
auth_hash(struct sa *sa, bool of_initiator, uint8_t out[HASH_MAX])
{
	struct iov own = { dh_pub(sa->dh), dh_pub_len(sa->policy.group) }, his = { sa->gx_peer, sa->gx_peer_len };
	bool mine = of_initiator == sa->initiator;
	struct iov id = of_initiator ? (struct iov){ sa->idi_b, sa->idi_len } : (struct iov){ sa->idr_b, sa->idr_len };

	say(sa->ike, sa, SAY_ENGINE_HASH);
	keys_hash_p1(&sa->keys, sa->policy.hash, mine ? own : his, mine ? his : own, of_initiator ? sa->icookie : sa->rcookie,
	    of_initiator ? sa->rcookie : sa->icookie, (struct iov){ sa->sai_b, sa->sai_len }, id, out);
}

static void
say_id(struct sa *sa, const struct ike_id *id, unsigned next, size_t body)
{
	unsigned len = (unsigned)body + 4;

	if (id->type == IKE_ID_FQDN || id->type == IKE_ID_USER_FQDN)
		say(sa->ike, sa, SAY_ID_NAME, next, (unsigned)id->type, id->name, (unsigned)id->protocol, (unsigned)id->port, len);
	else
		say(sa->ike, sa, SAY_ID_ADDR, next, (unsigned)id->type, &id->addr, (unsigned)id->protocol, (unsigned)id->port, len);
}

static void
id_keep(struct sa *sa, bool of_initiator, const uint8_t *p, size_t n)
{
	uint8_t **at = of_initiator ? &sa->idi_b : &sa->idr_b;

	free(*at);
	*at = xmemdup(p, n);
	*(of_initiator ? &sa->idi_len : &sa->idr_len) = n;
}

/* Our identity and its proof. */
static void
auth_write(struct sa *sa, struct out *o)
{
	static const struct name types[] = { { IKE_ID_IPV4_ADDR, "ID_IPV4_ADDR" }, { IKE_ID_FQDN, "ID_FQDN" }, { IKE_ID_USER_FQDN, "ID_USER_FQDN" }, { 0, NULL } };
	struct ike_id id = sa->cfg.self_id;
	uint8_t h[HASH_MAX];
	size_t at;

	if (id.type != IKE_ID_FQDN && id.type != IKE_ID_USER_FQDN)
		id = (struct ike_id){ .type = IKE_ID_IPV4_ADDR, .addr = sa->path.local };
	id.protocol = 17;
	id.port = IKE_PORT;
	say(sa->ike, sa, SAY_DOING_PSK, name_of(types, (int32_t)id.type, "ID_IPV4_ADDR"));
	at = wr_len(&o->w) + 4;
	out_id(o, &id);
	id_keep(sa, sa->initiator, o->buf + at, wr_len(&o->w) - at);
	say_id(sa, &id, PL_HASH, wr_len(&o->w) - at);
	say(sa->ike, sa, SAY_TOTAL_LEN, (unsigned)(wr_len(&o->w) - at + 4));
	auth_hash(sa, sa->initiator, h);
	out_payload(o, PL_HASH, h, hash_len(sa->policy.hash));
}

/* INITIAL-CONTACT is for the case that we hold nothing of that peer. */
static bool
first_contact(struct sa *sa)
{
	struct sa *o;

	TAILQ_FOREACH(o, &sa->ike->sas, link)
		if (o != sa && o->established && !o->deleted && addr_eq(&o->path.remote, &sa->path.remote))
			return false;
	return sa->ike->ops->ipsec_count(sa->ike->arg, &sa->path) == 0;
}

/* { IDii, HASH_I, [N] }* --> */
enum act
mm_send5(struct sa *sa, struct node *node, struct msg *m)
{
	uint8_t cookies[2 * IKE_COOKIE];
	bool first = first_contact(sa);
	struct out o;

	(void)node;
	(void)m;
	if (first)
		say(sa->ike, sa, SAY_SEND_IC);
	out_begin(&o, sa->icookie, sa->rcookie, EXCH_MAIN, ISAKMP_FLAG_E, 0);
	auth_write(sa, &o);
	if (first) {
		memcpy(cookies, sa->icookie, IKE_COOKIE);
		memcpy(cookies + IKE_COOKIE, sa->rcookie, IKE_COOKIE);
		out_notify(&o, PROTO_ISAKMP, NOTIFY_INITIAL_CONTACT, cookies, sizeof(cookies), NULL, 0);
	}
	if (!v1_send(sa, &sa->retry, &o, sa->iv)) {
		sa_delete(sa, "Cipher not available", false, false, IKE_FAIL_REFUSED);
		return ACT_GONE;
	}
	return ACT_DONE;
}

/* What the configuration says now that we know who it claims to be. The key is that of before: it made SKEYID. */
static bool
identity_fits(struct sa *sa)
{
	struct ike *i = sa->ike;
	struct ike_peer_config cfg;

	memset(&cfg, 0, sizeof(cfg));
	i->ops->peer_config(i->arg, &sa->path, sa->wanted, &sa->peer_id, &cfg);
	if (cfg.profile[0] != '\0')
		say(i, NULL, SAY_PROFILE, cfg.profile);
	else
		say(i, NULL, SAY_PROFILE_NONE);
	if (!cfg.have_key) {
		ike_note(i, IKEC_NO_KEY);
		say(i, sa, SAY_NO_KEY, &sa->path.remote);
		return false;
	}
	memcpy(cfg.psk, sa->cfg.psk, sizeof(cfg.psk));
	cfg.psk_len = sa->cfg.psk_len;
	sa->cfg = cfg;
	wipe(&cfg, sizeof(cfg));
	if (!sa->initiator && strcmp(sa->cfg.keyring, "default") != 0 && sa->cfg.keyring[0] != '\0')
		say_key(sa);
	return true;
}

static void
phase1_notifies(struct sa *sa, struct msg *m)
{
	const struct payload *pl;
	struct notify n;
	size_t k;

	for (k = 0; (pl = msg_find(m, PL_N, k)) != NULL; k++)
		if (notify_parse(pl, &n) == IKEC_OK)
			notify_read(sa, m, &n, true);
}

static bool
hash_fits(struct sa *sa, const struct payload *pl)
{
	size_t len = hash_len(sa->policy.hash);
	uint8_t want[HASH_MAX];

	auth_hash(sa, !sa->initiator, want);
	return pl->n == len && mem_equal(pl->p, want, len);
}

/* The peer's identity and its proof, in message 5 and 6.  Decryption with a wrong key shows as a broken chain. */
static enum act
auth_read(struct sa *sa, struct msg *m)
{
	const struct payload *id, *hash;
	struct ike *i = sa->ike;
	enum ike_counter e = m->err != IKEC_OK ? m->err : msg_rules(m, MSG_MM5);

	say(i, sa, SAY_PROC, "ID", 0u);
	if (e != IKEC_OK) {
		say(i, sa, SAY_RESERVED, m->npl == 0 ? "ID" : payload_name(m->pl[m->npl - 1].type));
		ike_note(i, IKEC_AUTH_FAIL);
		return v1_refuse(sa, e);
	}
	id = msg_find(m, PL_ID, 0);
	hash = msg_find(m, PL_HASH, 0);
	if ((e = id_parse(id->p, id->n, &sa->peer_id)) != IKEC_OK)
		return v1_refuse(sa, e);
	say_id(sa, &sa->peer_id, PL_HASH, id->n);
	id_keep(sa, !sa->initiator, id->p, id->n);
	if (!identity_fits(sa))
		return v1_refuse(sa, IKEC_AUTH_FAIL);
	say(i, sa, SAY_PROC, "HASH", 0u);
	if (!hash_fits(sa, hash)) {
		say(i, sa, SAY_HASH_BAD);
		return v1_refuse(sa, IKEC_AUTH_FAIL);
	}
	phase1_notifies(sa, m);
	say(i, sa, SAY_AUTH_STATUS);
	say(i, sa, SAY_AUTH_WITH, &sa->path.remote);
	if (sa->initial_contact) {
		say(i, sa, SAY_AUTH_STATUS);
		say(i, sa, SAY_IC_PROCESS, &sa->path.local, &sa->path.remote, (unsigned)sa->path.remote_port);
	}
	sa->peer->has_id = true;
	sa->peer->id = sa->peer_id;
	say(i, NULL, SAY_PEER_INSERT, &sa->path.local, &sa->path.remote, (unsigned)sa->path.remote_port, sa->peer->handle);
	return ACT_DONE;
}

/* --> { IDii, HASH_I, [N] }* :R */
enum act
mm_recv5(struct sa *sa, struct node *node, struct msg *m)
{
	(void)node;
	sa->initial_contact = false;
	return auth_read(sa, m);
}

/* The peer holds nothing of ours (RFC 2407 4.6.3.3): nor do we of it, from here on. */
static void
forget_old(struct sa *sa)
{
	struct ike *i = sa->ike;
	struct sa *o, *next;

	for (o = TAILQ_FIRST(&i->sas); o != NULL; o = next) {
		next = TAILQ_NEXT(o, link);
		if (o != sa && o->established && addr_eq(&o->path.remote, &sa->path.remote))
			sa_delete(o, "Receive initial contact", false, false, IKE_FAIL_DELETED);
	}
	i->ops->initial_contact(i->arg, &sa->path);
}

/* <-- { IDir, HASH_R }* */
enum act
mm_send6(struct sa *sa, struct node *node, struct msg *m)
{
	struct out o;

	(void)node;
	(void)m;
	if (sa->initial_contact)
		forget_old(sa);
	if (sa->deleted)
		return ACT_GONE;
	out_begin(&o, sa->icookie, sa->rcookie, EXCH_MAIN, ISAKMP_FLAG_E, 0);
	auth_write(sa, &o);
	if (!v1_send(sa, &sa->retry, &o, sa->iv)) {
		sa_delete(sa, "Cipher not available", false, false, IKE_FAIL_REFUSED);
		return ACT_GONE;
	}
	return ACT_DONE;
}

/* --> { IDir, HASH_R }* :I */
enum act
mm_recv6(struct sa *sa, struct node *node, struct msg *m)
{
	(void)node;
	return auth_read(sa, m);
}

/* Phase 1 is complete. */
enum act
mm_up(struct sa *sa, struct node *node, struct msg *m)
{
	uint8_t life[8] = { 0x80, 11, 0, 1, 0x80, 12, 0, 0 };
	size_t k;

	(void)node;
	(void)m;
	timer_stop(&sa->life);
	if (sa->recovery)
		damp_end(sa->ike, &sa->path.remote);
	sa_established(sa);
	sa_forget_exchange(sa);
	if (!sa->deleted && !sa->initiator && sa->life_lowered && sa->policy.lifetime_s <= 0xffff) {
		life[6] = (uint8_t)(sa->policy.lifetime_s >> 8);
		life[7] = (uint8_t)sa->policy.lifetime_s;
		info_notify(sa, PROTO_ISAKMP, NOTIFY_RESPONDER_LIFETIME, NULL, 0, life, sizeof(life), NULL, 0);
	}
	for (k = 0; k < sa->nbad && !sa->deleted; k++)
		info_send_bad_spi(sa, sa->bad[k].proto, sa->bad[k].spi);
	sa->nbad = 0;
	dpd_start(sa);
	qm_begin_waiting(sa);
	return sa->deleted ? ACT_GONE : ACT_DONE;
}
