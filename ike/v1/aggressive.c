/*
 * Aggressive Mode with pre-shared keys (RFC 2409 5.4), or with RSA signatures (5.1), where [CERT], SIG stand in the place of a HASH:
 *
 *	I: { SA, KE, Ni, IDii, VID... }	-->
 *				<--	{ SA, KE, Nr, IDir, HASH_R, VID..., NAT-D, NAT-D } :R
 *	I: { HASH_I, [N], NAT-D, NAT-D }* -->
 *
 * The responder knows a name before it needs the key, so that the key may be a group's; but name and HASH_R go in the clear.  Only
 * the third message proves the initiator: until then nothing is done that outlives the half-open SA.
 */

#include <stdlib.h>
#include <string.h>

#include "ike/v1/v1.h"

static unsigned
next_of(const struct msg *m, const struct payload *pl)
{
	return pl + 1 < m->pl + m->npl ? pl[1].type : PL_NONE;
}

/* { SA, KE, Ni, IDii, VID... } --> */
bool
am_prepare(struct sa *sa)
{
	static const uint8_t none[IKE_COOKIE];
	struct out o;
	size_t n;

	sa->policy.group = sa->offered[0].group;
	sa->policy.auth = sa->offered[0].auth;
	if ((sa->dh = dh_new(sa->ike->chance, sa->policy.group)) == NULL)
		return false;
	say(sa->ike, sa, SAY_ENGINE_DH);
	ike_note(sa->ike, IKEC_DH);
	out_begin(&o, sa->icookie, none, EXCH_AGGRESSIVE, 0, 0);
	out_sa_p1(&o, sa->offered, sa->noffered);
	sa->sai_len = wr_len(&o.w) - IKE_HDR_LEN - 4;
	sa->sai_b = xmemdup(o.buf + IKE_HDR_LEN + 4, sa->sai_len);
	p1_ke_write(sa, &o);
	p1_id_write(sa, &o, sig_agreed(sa) ? PL_CR : PL_VID);
	sig_requests_write(sa, &o);
	p1_natt_vids(&o);
	p1_frag_vid(sa, &o);
	out_vid(&o, VID_DPD);
	out_vid(&o, VID_SELF);
	p1_role_vids(sa, &o, true);
	if ((n = out_finish(&o, 1)) == 0)
		return false;
	retry_keep(&sa->retry, o.buf, n, false);
	return true;
}

enum act
am_send1(struct sa *sa, struct node *node, struct msg *m)
{
	(void)node;
	(void)m;
	say(sa->ike, sa, SAY_BEGIN_AM);
	ike_send(sa, sa->retry.bytes, sa->retry.n);
	return ACT_DONE;
}

static enum act
give_up(struct sa *sa, const char *reason)
{
	char addr[ADDR_STRLEN];

	ike_syslog(sa->ike, 6, "IKMP_MODE_FAILURE", "Processing of Aggressive mode failed with peer at %s", addr_fmt(&sa->path.remote, addr));
	sa_delete(sa, reason, false, false, IKE_FAIL_REFUSED);
	return ACT_GONE;
}

/* Whom the name stands for; and the key, if there is one. */
static void
look_up(struct sa *sa)
{
	struct ike *i = sa->ike;

	i->ops->peer_config(i->arg, &sa->path, sa->wanted, &sa->peer_id, &sa->cfg);
	if (sa->cfg.profile[0] != '\0')
		say(i, NULL, SAY_PROFILE, sa->cfg.profile);
	else
		say(i, NULL, SAY_PROFILE_NONE);
}

static void
say_key(struct sa *sa)
{
	if (p1_key_found(sa))
		say(sa->ike, sa, SAY_KEY_LOCAL);
	say(sa->ike, sa, SAY_SCAN_XAUTH, sa->cfg.profile);
	if (sa->cfg.xauth != IKE_XAUTH_NONE)
		say(sa->ike, sa, SAY_BY_XAUTH);
}

/* --> { SA, KE, Ni, IDii, VID... } :R */
enum act
am_recv1(struct sa *sa, struct node *node, struct msg *m)
{
	const struct payload *id = msg_find(m, PL_ID, 0);
	enum act res;

	(void)node;
	say(sa->ike, sa, SAY_PROC, "SA", 0u);
	say(sa->ike, sa, SAY_PROC, "ID", 0u);
	if (p1_id_read(sa, id, (uint8_t)next_of(m, id)) != ACT_DONE)
		return give_up(sa, "Identity badly formed");
	look_up(sa);
	vids_read(sa, m);
	sig_requests_read(sa, m);
	say_key(sa);
	if ((res = p1_offer_read(sa, msg_find(m, PL_SA, 0))) != ACT_DONE)
		return res;
	if (p1_ke_read(sa, m) != ACT_DONE)
		return give_up(sa, "Public value refused");
	sa_conn_id(sa);
	return ACT_DONE;
}

/* <-- { SA, KE, Nr, IDir, HASH_R, VID..., NAT-D, NAT-D } */
enum act
am_send2(struct sa *sa, struct node *node, struct msg *m)
{
	struct out o;

	(void)node;
	(void)m;
	sa->shown = "AG_INIT_EXCH";
	out_begin(&o, sa->icookie, sa->rcookie, EXCH_AGGRESSIVE, 0, 0);
	if (!p1_choice_write(sa, &o))
		return give_up(sa, "Offer badly formed");
	p1_ke_write(sa, &o);
	if (!p1_keys_make(sa)) {
		ike_note(sa->ike, IKEC_CRYPTO);
		return give_up(sa, "Weak key");
	}
	p1_id_write(sa, &o, sig_agreed(sa) ? PL_CERT : PL_HASH);
	if (!p1_proof_write(sa, &o))
		return give_up(sa, "No key to sign with");
	sig_requests_write(sa, &o);
	p1_role_vids(sa, &o, true);
	out_vid(&o, VID_DPD);
	out_vid(&o, VID_SELF);
	p1_frag_vid(sa, &o);
	p1_natt_choice(sa, &o);
	natd_write(sa, &o);
	v1_send(sa, &sa->retry, &o, NULL);
	return ACT_DONE;
}

/* What an answer has left that proved nothing: a better one may follow. */
static void
forget_answer(struct sa *sa)
{
	unsigned group = sa->offered[0].group;

	memset(sa->rcookie, 0, sizeof(sa->rcookie));
	sa->policy = (struct ike_policy){ .group = group };
	sa->peer_frags = false;
	sig_forget(sa);
	sa->xauth_method = 0;
	sa->has_keys = false;
	sa->natd_type = 0;
	sa->natt_vid = VID_UNKNOWN;
	sa->peer_dpd = sa->nat_mine = sa->nat_his = false;
}

static enum act
answer_read(struct sa *sa, struct msg *m)
{
	static const uint8_t zero[IKE_COOKIE];
	const struct payload *id = msg_find(m, PL_ID, 0);
	bool sig = msg_find(m, PL_SIG, 0) != NULL;
	enum ike_counter e = msg_rules(m, sig ? MSG_AM2_SIG : MSG_AM2);
	enum act res;

	if (e != IKEC_OK || memcmp(m->h.rcookie, zero, IKE_COOKIE) == 0)
		return v1_refuse(sa, e != IKEC_OK ? e : IKEC_COOKIE);
	say(sa->ike, sa, SAY_PROC, "SA", 0u);
	say(sa->ike, sa, SAY_PROC, "ID", 0u);
	if ((res = p1_id_read(sa, id, (uint8_t)next_of(m, id))) != ACT_DONE)
		return res;
	vids_read(sa, m);
	say_key(sa);
	if (!p1_choice_read(sa, msg_find(m, PL_SA, 0)))
		return ACT_REFUSED;
	if (sig_agreed(sa) != sig)
		return v1_refuse(sa, IKEC_PAYLOAD_RULE);
	memcpy(sa->rcookie, m->h.rcookie, IKE_COOKIE);
	if ((res = p1_ke_read(sa, m)) != ACT_DONE)
		return res;
	sa_conn_id(sa);
	if (!p1_keys_make(sa))
		return v1_refuse(sa, IKEC_CRYPTO);
	if (sig && !p1_identity_fits(sa))
		return v1_refuse(sa, IKEC_AUTH_FAIL);
	if ((res = p1_proof_read(sa, m)) != ACT_DONE)
		return res;
	if (!sig && !p1_identity_fits(sa))
		return v1_refuse(sa, IKEC_AUTH_FAIL);
	natd_read(sa, m);
	return ACT_DONE;
}

/* { HASH_I, [N], NAT-D, NAT-D }* --> */
static enum act
send3(struct sa *sa)
{
	bool first = p1_first_contact(sa);
	struct out o;

	if (first)
		say(sa->ike, sa, SAY_SEND_IC);
	out_begin(&o, sa->icookie, sa->rcookie, EXCH_AGGRESSIVE, ISAKMP_FLAG_E, 0);
	if (!p1_proof_write(sa, &o))
		return give_up(sa, "No key to sign with");
	if (first)
		p1_contact_write(sa, &o);
	natd_write(sa, &o);
	if (!v1_send(sa, &sa->retry, &o, sa->iv))
		return give_up(sa, "Cipher not available");
	sa->shown = "AG_AUTH";
	return ACT_DONE;
}

/* --> { SA, KE, Nr, IDir, HASH_R, ... } :I, and the answer */
enum act
am_recv2(struct sa *sa, struct node *node, struct msg *m)
{
	enum act res;

	(void)node;
	forget_answer(sa);
	if ((res = answer_read(sa, m)) != ACT_DONE) {
		forget_answer(sa);
		return res;
	}
	natt_float(sa);
	p1_authenticated(sa, m);
	return send3(sa);
}

/* --> { HASH_I, [N], NAT-D, NAT-D }* :R   Decryption with a wrong key shows as a broken chain. */
enum act
am_recv3(struct sa *sa, struct node *node, struct msg *m)
{
	enum ike_counter e = m->err != IKEC_OK ? m->err : msg_rules(m, sig_agreed(sa) ? MSG_AM3_SIG : MSG_AM3);
	enum act res;

	(void)node;
	sa->initial_contact = false;
	if (e != IKEC_OK) {
		say(sa->ike, sa, SAY_RESERVED, m->npl == 0 ? "HASH" : payload_name(m->pl[m->npl - 1].type));
		ike_note(sa->ike, IKEC_AUTH_FAIL);
		return v1_refuse(sa, e);
	}
	if ((res = p1_proof_read(sa, m)) != ACT_DONE)
		return res;
	natd_read(sa, m);
	p1_authenticated(sa, m);
	sa->shown = "AG_AUTH";
	if (sa->initial_contact)
		p1_forget_old(sa);
	return sa->deleted ? ACT_GONE : ACT_DONE;
}
