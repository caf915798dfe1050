/*
 * What main mode and aggressive mode have in common (RFC 2409 5, 5.4): beginning, keys, identities and proofs, and what follows
 * when phase 1 is complete.
 */

#include <stdlib.h>
#include <string.h>

#include "ike/v1/v1.h"
#include "lib/dn.h"
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
		TAILQ_FOREACH(o, sa_near(sa->ike, &sa->path), near)
			if (!o->initiator && !o->established && !o->deleted && ike_path_same(&o->path, &sa->path) &&
			    memcmp(sa->icookie, o->icookie, IKE_COOKIE) < 0)
				break;
		if (o == NULL)
			break;
	}
	sa_cookie_changed(sa);
}

void
p1_say_key(struct sa *sa)
{
	if (strcmp(sa->cfg.keyring, "default") == 0 || sa->cfg.keyring[0] == '\0')
		say(sa->ike, sa, SAY_KEY_DEFAULT, &sa->path.remote);
	else
		say(sa->ike, sa, SAY_KEY_ADDRESS, sa->cfg.keyring);
}

bool
p1_find_key(struct sa *sa)
{
	struct ike *i = sa->ike;

	i->ops->peer_config(i->arg, &sa->path, sa->wanted, NULL, &sa->cfg);
	return p1_key_found(sa);
}

bool
p1_key_found(struct sa *sa)
{
	struct ike *i = sa->ike;

	if (sa->cfg.have_key) {
		p1_say_key(sa);
		return true;
	}
	if (!sa->cfg.have_cert)
		ike_note(i, IKEC_NO_KEY);
	say(i, sa, SAY_NO_KEY, &sa->path.remote);
	return false;
}

/* What ike_begin() began, and is not to be had. */
static void
tell_failed(struct ike *i, const struct ike_path *path, const char *profile, enum ike_fail why)
{
	if (i->ops->begin_failed != NULL)
		i->ops->begin_failed(i->arg, path, profile, why);
}

/* What can't begin leaves nothing behind. */
static struct sa *
cannot_begin(struct sa *sa, const struct ike_child_request *rq, enum ike_fail why)
{
	struct ike *i = sa->ike;
	struct ike_path path = sa->path;
	struct peer *peer = sa->peer;
	char wanted[IKE_NAME_MAX];
	bool begun = sa->begun;

	memcpy(wanted, sa->wanted, sizeof(wanted));
	say(i, sa, sa->aggressive ? SAY_CANT_AM : SAY_CANT_MM);
	sa->peer = NULL;
	peer_unlock(i, peer, "isadb_unlock_peer_delete_sa()");
	say(i, sa, SAY_SA_PURGE, sa->handle, sa->handle);
	sa_purge(sa);
	say(i, NULL, SAY_CANT_INIT);
	say(i, NULL, SAY_KMI_ERROR);
	if (rq != NULL)
		i->ops->failed(i->arg, rq->cookie, &path.remote, why);
	if (begun)
		tell_failed(i, &path, wanted, why);
	return NULL;
}

static bool
may_offer(const struct sa *sa, const struct ike_policy *p)
{
	if (!(p->auth == IKE_AUTH_PSK ? sa->cfg.have_key : p->auth == IKE_AUTH_RSA_SIG && sa->cfg.have_cert))
		return false;
	if (!dh_group_known(p->group) || !cipher_available(sa->ike->chance, p->cipher))
		return false;
	/* In aggressive mode the public value is out before the group is agreed: only the first one's can be offered. */
	return !sa->aggressive || sa->noffered == 0 || p->group == sa->offered[0].group;
}

/* xauth: the method that takes the place of a pre-shared key alone; 0: as configured. */
static void
offer_all(struct sa *sa, const struct ike_policy *p, size_t n, enum ike_auth_method xauth)
{
	size_t k;

	for (k = 0; k < n && sa->noffered < OFFERS_MAX; k++) {
		if (!may_offer(sa, &p[k]) || (xauth != 0 && p[k].auth != IKE_AUTH_PSK))
			continue;
		sa->offered[sa->noffered] = p[k];
		if (xauth != 0)
			sa->offered[sa->noffered].auth = xauth;
		sa->noffered++;
	}
}

/* Where XAUTH is wanted, all policies with it go before all without. */
static bool
take_offers(struct sa *sa)
{
	const struct ike_policy *p;
	size_t n = sa->ike->ops->policies(sa->ike->arg, &p);

	sa->offered = xcalloc(OFFERS_MAX, sizeof(*p));
	if (sa->cfg.xauth != IKE_XAUTH_NONE)
		offer_all(sa, p, n < OFFERS_MAX / 2 ? n : OFFERS_MAX / 2, p1_xauth_method(sa));
	offer_all(sa, p, n, 0);
	return sa->noffered > 0;
}

/* Who is to be authenticated by XAUTH, the client, has begun or answers (draft-beaulieu-ike-xauth-02 7.2). */
enum ike_auth_method
p1_xauth_method(const struct sa *sa)
{
	bool client_began = sa->initiator == (sa->cfg.xauth == IKE_XAUTH_CLIENT);

	return client_began ? IKE_AUTH_XAUTH_INIT_PSK : IKE_AUTH_XAUTH_RESP_PSK;
}

static const char *
natt_text(enum vid v)
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
	if (!sa->aggressive)
		say(i, sa, SAY_NO_AGGRESSIVE);
	else if (sa->cfg.cfg_role == IKE_CFG_PULL || sa->cfg.cfg_role == IKE_CFG_TAKE)
		say(i, sa, SAY_CLIENT_MODE);
}

void
p1_natt_vids(struct out *o)
{
	size_t k;

	for (k = 0; k < NATT_VIDS; k++)
		out_vid(o, natt_vids[k]);
}

/* What only peers with a part in XAUTH or mode configuration say of themselves. */
void
p1_role_vids(const struct sa *sa, struct out *o, bool unity)
{
	if (sa->cfg.xauth != IKE_XAUTH_NONE)
		out_vid(o, VID_XAUTH);
	if (unity && sa->cfg.unity)
		out_vid(o, VID_UNITY);
}

static void
am_disabled(struct ike *i)
{
	ike_note(i, IKEC_AGGRESSIVE);
	ike_syslog(i, 5, "IKMP_AG_MODE_DISABLED", "Unable to initiate or respond to Aggressive Mode while disabled");
}

struct sa *
p1_initiate(struct ike *i, const struct ike_path *path, const char *profile, const struct ike_child_request *rq, enum mm_why why)
{
	struct sa *sa;
	enum ike_event event;
	size_t k, n = strnlen(profile, IKE_NAME_MAX - 1);

	say(i, NULL, SAY_REQ_PROFILE, *profile != '\0' ? profile : "(NULL)");
	sa = sa_new(i, path, true);
	memcpy(sa->wanted, profile, n);
	sa->recovery = why == MM_INV_SPI;
	sa->begun = why == MM_BEGIN;
	i->ops->peer_config(i->arg, path, sa->wanted, NULL, &sa->cfg);
	sa->aggressive = sa->cfg.aggressive;
	sa->peer = peer_get(i, path);
	peer_lock(i, sa->peer, why == MM_INV_SPI ? "ike_initiate_sa_for_inv_spi_recovery" : "isakmp_initiator");
	icookie_new(sa);
	say_begin(sa, why);
	if (sa->aggressive && i->set.aggressive_disabled) {
		am_disabled(i);
		return cannot_begin(sa, rq, IKE_FAIL_AGGRESSIVE);
	}
	if (!p1_find_key(sa) && !sa->cfg.have_cert) {
		say(i, sa, SAY_NO_KEY_NO_CERT);
		return cannot_begin(sa, rq, IKE_FAIL_NO_KEY);
	}
	if (!take_offers(sa))
		return cannot_begin(sa, rq, IKE_FAIL_NO_PROPOSAL);
	if (why == MM_INV_SPI)
		say(i, sa, SAY_UNKNOWN_DOI, 0u);
	for (k = 0; k < NATT_VIDS; k++)
		say(i, sa, SAY_NATT_VID, natt_text(natt_vids[k]));
	if (sa->aggressive && !am_prepare(sa))
		return cannot_begin(sa, rq, IKE_FAIL_REFUSED);
	if (rq != NULL)
		sa_ask(sa, rq);
	event = sa->aggressive ? EV_SA_REQ_AM : why == MM_INV_SPI ? EV_SA_REQ_RECOVERY : EV_SA_REQ_MM;
	exchange_run(sa, NULL, event, NULL);
	return sa;
}

/* Both began: the one of ours that goes before, its cookie being lower (v1/rules.c); NULL: none does. */
static struct sa *
ours_goes_before(struct ike *i, const struct ike_path *path, const struct msg *m)
{
	struct sa *sa;

	TAILQ_FOREACH(sa, sa_near(i, path), near)
		if (sa->initiator && !sa->established && !sa->deleted && ike_path_same(&sa->path, path) &&
		    memcmp(sa->icookie, m->h.icookie, IKE_COOKIE) < 0)
			return sa;
	return NULL;
}

/*
 * The peer begins long after we did: it was not there when ours came by, and is now.  Ours goes again at once, and not at
 * its time; once between two of these, since anyone may have sent what makes us do so.
 */
static void
hasten(struct sa *sa)
{
	int64_t next = timer_due(&sa->retry.timer);

	if (sa->state != IKE_I_MM1 || next == CLOCK_NEVER || sa->hastened > sa->retry.tries ||
	    clock_now(sa->ike->clock) - (next - IKE_RETRY) < IKE_CROSSING)
		return;
	sa->hastened = sa->retry.tries + 1;
	ike_note(sa->ike, IKEC_RETRANSMIT);
	ike_send(sa, sa->retry.bytes, sa->retry.n);
}

static bool
may_respond(struct ike *i, const struct ike_path *path, const struct msg *m)
{
	unsigned max = ike_half_open_max(i);
	struct sa *ours = ours_goes_before(i, path, m);

	if (ours != NULL) {
		ike_note(i, IKEC_TIE);
		say(i, NULL, SAY_TIE, &path->remote);
		hasten(ours);
		return false;
	}
	if (i->half_open >= max) {
		ike_note(i, IKEC_HALF_OPEN);
		say(i, NULL, SAY_HALF_OPEN, i->half_open, &path->remote);
		return false;
	}
	return true;
}

/* A first message of somebody: an SA for it, unless it is badly formed, there are too many, or ours goes before. */
void
p1_respond(struct ike *i, const struct ike_path *path, struct msg *m)
{
	bool aggressive = m->h.exchange == EXCH_AGGRESSIVE;
	struct sa *sa;
	char addr[ADDR_STRLEN];

	m->err = msg_chain(m, m->h.next, m->raw + IKE_HDR_LEN, m->rawlen - IKE_HDR_LEN, false);
	if (m->err == IKEC_OK)
		m->err = msg_rules(m, aggressive ? MSG_AM1 : MSG_MM1);
	if (m->err != IKEC_OK) {
		ike_note(i, m->err);
		ike_syslog(i, 4, "IKMP_BAD_MESSAGE", "IKE message from %s failed its sanity check or is malformed", addr_fmt(&path->remote, addr));
		return;
	}
	if (aggressive && i->set.aggressive_disabled) {
		am_disabled(i);
		return;
	}
	if (!may_respond(i, path, m))
		return;
	sa = sa_new(i, path, false);
	sa->aggressive = aggressive;
	if (aggressive)
		sa->shown = "AG_NO_STATE";
	memcpy(sa->icookie, m->h.icookie, IKE_COOKIE);
	cookie_new(i, sa->rcookie);
	sa_cookie_changed(sa);
	sa->peer = peer_get(i, path);
	peer_lock(i, sa->peer, "crypto_isakmp_process_block");
	say(i, sa, SAY_PORTS, (unsigned)path->local_port, (unsigned)path->remote_port);
	say(i, sa, SAY_SA_INSERT, sa->handle);
	timer_in(&sa->life, IKE_HALF_OPEN_LIFE);
	if (exchange_run(sa, NULL, aggressive ? EV_AM_EXCH : EV_MM_EXCH, m) == ACT_DONE) {
		v1_digest(m->raw, m->rawlen, sa->last_in);
		sa->has_last_in = true;
	}
}

/* The peer's offer: one of its transforms, or what ends it. */
enum act
p1_offer_read(struct sa *sa, const struct payload *pl)
{
	struct ike *i = sa->ike;
	char addr[ADDR_STRLEN];

	free(sa->sai_b);
	sa->sai_len = pl->n;
	sa->sai_b = xmemdup(pl->p, pl->n);
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
	ike_syslog(i, 6, "IKMP_MODE_FAILURE", "Processing of %s mode failed with peer at %s", p1_mode(sa), addr_fmt(&sa->path.remote, addr));
	sa_delete(sa, "Phase1 SA policy proposal not accepted", false, false, IKE_FAIL_NO_PROPOSAL);
	return ACT_GONE;
}

const char *
p1_mode(const struct sa *sa)
{
	return sa->aggressive ? "Aggressive" : "Main";
}

/* The answer to an offer: the transform chosen. */
bool
p1_choice_write(struct sa *sa, struct out *o)
{
	struct sa_payload s;

	if (sa_parse(sa->sai_b, sa->sai_len, &s) != IKEC_OK)
		return false;
	out_sa_choice(o, &s.prop[s.t[sa->chosen].prop], &s.t[sa->chosen]);
	return true;
}

void
p1_frag_vid(struct sa *sa, struct out *o)
{
	if (sa->ike->set.fragmentation)
		out_vid(o, VID_FRAGMENTATION);
}

void
p1_natt_choice(struct sa *sa, struct out *o)
{
	if (sa->natd_type == 0)
		return;
	say(sa->ike, sa, SAY_NATT_VID, natt_text(sa->natt_vid));
	out_vid(o, sa->natt_vid);
}

bool
p1_choice_read(struct sa *sa, const struct payload *pl)
{
	char addr[ADDR_STRLEN];

	if (p1_check_answer(sa, pl) == OFFER_OK)
		return true;
	ike_syslog(sa->ike, 6, "IKMP_SA_NOT_OFFERED", "Remote peer %s responded with attribute not offered or changed",
	    addr_fmt(&sa->path.remote, addr));
	ike_note(sa->ike, IKEC_PROPOSAL);
	return false;
}

void
p1_ke_write(struct sa *sa, struct out *o)
{
	uint8_t *nonce = sa->initiator ? sa->nonces->i : sa->nonces->r;

	chance_bytes(sa->ike->chance, nonce, NONCE_LEN);
	*(sa->initiator ? &sa->nonces->i_len : &sa->nonces->r_len) = NONCE_LEN;
	out_payload(o, PL_KE, dh_pub(sa->dh), dh_pub_len(sa->policy.group));
	out_payload(o, PL_NONCE, nonce, NONCE_LEN);
}

/* The IV of the first message that is encrypted. */
void
p1_first_iv(const struct sa *sa, uint8_t iv[16])
{
	struct iov own = { dh_pub(sa->dh), dh_pub_len(sa->policy.group) }, his = { sa->gx_peer, sa->gx_peer_len };
	uint8_t h[HASH_MAX];

	keys_iv1(sa->policy.hash, sa->initiator ? own : his, sa->initiator ? his : own, h);
	memcpy(iv, h, 16);
}

/* All inputs are there: SKEYID and what follows of it. */
bool
p1_keys_make(struct sa *sa)
{
	struct iov psk = { sa->cfg.psk, sa->cfg.psk_len }, gxy = { sa->gxy, sa->gxy_len };
	struct iov ni = { sa->nonces->i, sa->nonces->i_len }, nr = { sa->nonces->r, sa->nonces->r_len };

	if (sig_agreed(sa))
		keys_derive_sig(&sa->keys, sa->policy.hash, sa->policy.cipher, ni, nr, gxy, sa->icookie, sa->rcookie);
	else
		keys_derive_psk(&sa->keys, sa->policy.hash, sa->policy.cipher, psk, ni, nr, gxy, sa->icookie, sa->rcookie);
	p1_first_iv(sa, sa->iv);
	sa->has_keys = true;
	say(sa->ike, sa, SAY_ENGINE_SA);
	return sa->policy.cipher != CIPHER_DES || !des_key_is_weak(sa->keys.enc);
}

/* KE and nonce of the peer, in message 3 and 4. */
enum act
p1_ke_read(struct sa *sa, struct msg *m)
{
	const struct payload *ke = msg_find(m, PL_KE, 0), *nonce = msg_find(m, PL_NONCE, 0);
	struct ike *i = sa->ike;

	say(i, sa, SAY_PROC, "KE", 0u);
	if (sa->dh == NULL) {
		sa->dh = dh_new(i->chance, sa->policy.group);
		say(i, sa, SAY_ENGINE_DH);
		ike_note(i, IKEC_DH);
	}
	free(sa->gxy);
	sa->gxy_len = dh_secret_len(sa->policy.group);
	sa->gxy = xcalloc(1, sa->gxy_len);
	if (sa->dh == NULL || ke->n != dh_pub_len(sa->policy.group) || !dh_derive(sa->dh, ke->p, ke->n, sa->gxy)) {
		say(i, sa, SAY_KE_BAD, sa->policy.group);
		return v1_refuse(sa, IKEC_KE);
	}
	say(i, sa, SAY_ENGINE_SECRET);
	ike_note(i, IKEC_DH_SECRET);
	say(i, sa, SAY_PROC, "NONCE", 0u);
	if (!v1_nonce(nonce, sa->initiator ? sa->nonces->r : sa->nonces->i, sa->initiator ? &sa->nonces->r_len : &sa->nonces->i_len))
		return v1_refuse(sa, IKEC_NONCE);
	free(sa->gx_peer);
	sa->gx_peer = xmemdup(ke->p, ke->n);
	sa->gx_peer_len = ke->n;
	if (!sig_agreed(sa))
		p1_say_key(sa);
	return ACT_DONE;
}

enum act
p1_vids_and_nat(struct sa *sa, struct msg *m)
{
	sa_conn_id(sa);
	sig_requests_read(sa, m);
	vids_read(sa, m);
	natd_read(sa, m);
	return ACT_DONE;
}

/* HASH_I or HASH_R. */
void
p1_auth_hash(struct sa *sa, bool of_initiator, uint8_t out[HASH_MAX])
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
	char dn[512];

	if (id->type == IKE_ID_DN) {
		dn_text((const uint8_t *)id->name, id->dn_len, dn, sizeof(dn));
		say(sa->ike, sa, SAY_ID_DN, next, (unsigned)id->type, dn, (unsigned)id->protocol, (unsigned)id->port, len);
	} else if (id->type == IKE_ID_KEY_ID)
		say(sa->ike, sa, SAY_ID_GROUP, next, (unsigned)id->type, id->name, (unsigned)id->protocol, (unsigned)id->port, len);
	else if (id->type == IKE_ID_FQDN || id->type == IKE_ID_USER_FQDN)
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

/* Our identity; next is the payload that follows. */
void
p1_id_write(struct sa *sa, struct out *o, uint8_t next)
{
	static const struct name types[] = {
		{ IKE_ID_IPV4_ADDR, "ID_IPV4_ADDR" }, { IKE_ID_FQDN, "ID_FQDN" }, { IKE_ID_USER_FQDN, "ID_USER_FQDN" }, { IKE_ID_KEY_ID, "ID_KEY_ID" },
		{ IKE_ID_IPV6_ADDR, "ID_IPV6_ADDR" }, { IKE_ID_DN, "ID_DER_ASN1_DN" }, { 0, NULL }
	};
	struct ike_id id = sa->cfg.self_id;
	size_t at;

	/* A distinguished name says something beside a certificate only. */
	if (!(id.type == IKE_ID_DN && sig_agreed(sa)) && id.type != IKE_ID_FQDN && id.type != IKE_ID_USER_FQDN && id.type != IKE_ID_KEY_ID)
		id = (struct ike_id){ .type = ike_id_host(&sa->path.local), .addr = sa->path.local };
	id.protocol = 17;
	id.port = natt_found(sa) ? 0 : IKE_PORT;
	say(sa->ike, sa, sig_agreed(sa) ? SAY_DOING_SIG : sa->cfg.xauth != IKE_XAUTH_NONE ? SAY_DOING_XAUTH : SAY_DOING_PSK, name_of(types, (int32_t)id.type, "ID_IPV4_ADDR"));
	at = wr_len(&o->w) + 4;
	out_id(o, &id);
	id_keep(sa, sa->initiator, o->buf + at, wr_len(&o->w) - at);
	say_id(sa, &id, next, wr_len(&o->w) - at);
	say(sa->ike, sa, SAY_TOTAL_LEN, (unsigned)(wr_len(&o->w) - at + 4));
}

/* That we are who we say: HASH under the key, or certificates and a signature.  False: there is no key to sign with. */
bool
p1_proof_write(struct sa *sa, struct out *o)
{
	uint8_t h[HASH_MAX];

	if (sig_agreed(sa)) {
		sig_certs_write(sa, o);
		if (sa->initiator && !sa->aggressive)
			sig_requests_write(sa, o);
		return sig_write(sa, o);
	}
	p1_auth_hash(sa, sa->initiator, h);
	out_payload(o, PL_HASH, h, hash_len(sa->policy.hash));
	return true;
}

/* INITIAL-CONTACT, where it is due. */
void
p1_contact_write(struct sa *sa, struct out *o)
{
	uint8_t cookies[2 * IKE_COOKIE];

	memcpy(cookies, sa->icookie, IKE_COOKIE);
	memcpy(cookies + IKE_COOKIE, sa->rcookie, IKE_COOKIE);
	out_notify(o, PROTO_ISAKMP, NOTIFY_INITIAL_CONTACT, cookies, sizeof(cookies), NULL, 0);
}

/* INITIAL-CONTACT is for the case that we hold nothing of that peer. */
bool
p1_first_contact(struct sa *sa)
{
	struct sa *o;

	TAILQ_FOREACH(o, sa_near(sa->ike, &sa->path), near)
		if (o != sa && o->established && !o->deleted && natt_same_peer(o, sa))
			return false;
	return sa->ike->ops->ipsec_count(sa->ike->arg, &sa->path) == 0;
}

/* What the configuration says now that we know who it claims to be. The key is that of before: it made SKEYID. */
bool
p1_identity_fits(struct sa *sa)
{
	struct ike *i = sa->ike;
	struct ike_peer_config cfg;

	memset(&cfg, 0, sizeof(cfg));
	i->ops->peer_config(i->arg, &sa->path, sa->wanted, &sa->peer_id, &cfg);
	if (cfg.profile[0] != '\0')
		say(i, NULL, SAY_PROFILE, cfg.profile);
	else
		say(i, NULL, SAY_PROFILE_NONE);
	if (!(sig_agreed(sa) ? cfg.have_cert : cfg.have_key)) {
		ike_note(i, IKEC_NO_KEY);
		say(i, sa, SAY_NO_KEY, &sa->path.remote);
		return false;
	}
	memcpy(cfg.psk, sa->cfg.psk, sizeof(cfg.psk));
	cfg.psk_len = sa->cfg.psk_len;
	sa->cfg = cfg;
	wipe(&cfg, sizeof(cfg));
	if (!sa->initiator && !sig_agreed(sa) && strcmp(sa->cfg.keyring, "default") != 0 && sa->cfg.keyring[0] != '\0')
		p1_say_key(sa);
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

	p1_auth_hash(sa, !sa->initiator, want);
	return pl->n == len && mem_equal(pl->p, want, len);
}

/* Who the peer says it is. */
enum act
p1_id_read(struct sa *sa, const struct payload *id, uint8_t next)
{
	enum ike_counter e;

	if ((e = id_parse(id->p, id->n, &sa->peer_id)) != IKEC_OK)
		return v1_refuse(sa, e);
	say_id(sa, &sa->peer_id, next, id->n);
	id_keep(sa, !sa->initiator, id->p, id->n);
	return ACT_DONE;
}

/* ... and that it is: by the key, or by its signature. */
enum act
p1_proof_read(struct sa *sa, const struct msg *m)
{
	if (sig_agreed(sa))
		return sig_read(sa, m);
	sig_requests_read(sa, m);
	say(sa->ike, sa, SAY_PROC, "HASH", 0u);
	if (hash_fits(sa, msg_find(m, PL_HASH, 0)))
		return ACT_DONE;
	say(sa->ike, sa, SAY_HASH_BAD);
	return v1_refuse(sa, IKEC_AUTH_FAIL);
}

/* The peer is authenticated; m's notifies count if they came encrypted. */
void
p1_authenticated(struct sa *sa, struct msg *m)
{
	struct ike *i = sa->ike;

	if ((m->h.flags & ISAKMP_FLAG_E) != 0)
		phase1_notifies(sa, m);
	say(i, sa, SAY_AUTH_STATUS);
	say(i, sa, SAY_AUTH_WITH, &sa->path.remote);
	natt_settle(sa, m);
	if (sa->initial_contact) {
		say(i, sa, SAY_AUTH_STATUS);
		say(i, sa, SAY_IC_PROCESS, &sa->path.local, &sa->path.remote, (unsigned)sa->path.remote_port);
	}
	peer_id_set(sa->peer, &sa->peer_id);
	say(i, NULL, SAY_PEER_INSERT, &sa->path.local, &sa->path.remote, (unsigned)sa->path.remote_port, sa->peer->handle);
}

/* The peer holds nothing of ours (RFC 2407 4.6.3.3): nor do we of it, from here on. */
void
p1_forget_old(struct sa *sa)
{
	struct ike *i = sa->ike;
	struct sa *o, *next;

	for (o = TAILQ_FIRST(sa_near(i, &sa->path)); o != NULL; o = next) {
		next = TAILQ_NEXT(o, near);
		if (o != sa && o->established && natt_same_peer(o, sa))
			sa_delete(o, "Receive initial contact", false, false, IKE_FAIL_DELETED);
	}
	i->ops->initial_contact(i->arg, &sa->path);
}

/* Phase 1 is complete: what is due at once, whatever comes between it and Quick Mode. */
void
p1_up(struct sa *sa)
{
	uint8_t life[8] = { 0x80, 11, 0, 1, 0x80, 12, 0, 0 };
	size_t k;

	if (sa->established)
		return;
	timer_stop(&sa->life);
	if (sa->recovery)
		damp_end(sa->ike, &sa->path);
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
}

/* Nothing stands between phase 1 and Quick Mode any more. */
enum act
p1_ready(struct sa *sa, struct node *node, struct msg *m)
{
	(void)node;
	(void)m;
	p1_up(sa);
	if (!sa->deleted)
		sa_ready(sa);
	qm_begin_waiting(sa);
	return sa->deleted ? ACT_GONE : ACT_DONE;
}
