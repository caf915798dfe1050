/*
 * Main Mode with pre-shared keys (RFC 2409 5.4), or with RSA signatures (5.1), where [CERT], SIG stand in the place of a HASH, and either
 * end may ask for certificates by CERTREQ:
 *
 *	I: { SA, VID... }		-->
 *				<--	{ SA, VID } :R
 *	I: { KE, Ni, VID..., NAT-D, NAT-D } -->
 *				<--	{ KE, Nr, VID..., NAT-D, NAT-D } :R
 *	I: { IDii, HASH_I, [N] }*	-->
 *				<--	{ IDir, HASH_R }* :R
 */

#include <string.h>

#include "ike/v1/v1.h"

/* { SA, VID... } --> */
enum act
mm_send1(struct sa *sa, struct node *node, struct msg *m)
{
	static const uint8_t none[IKE_COOKIE];
	struct out o;

	(void)node;
	(void)m;
	out_begin(&o, sa->icookie, none, EXCH_MAIN, 0, 0);
	out_sa_p1(&o, sa->offered, sa->noffered);
	sa->sai_len = wr_len(&o.w) - IKE_HDR_LEN - 4;
	sa->sai_b = xmemdup(o.buf + IKE_HDR_LEN + 4, sa->sai_len);
	p1_natt_vids(&o);
	p1_frag_vid(sa, &o);
	say(sa->ike, sa, sa->recovery ? SAY_BEGIN_MM_INV_SPI : SAY_BEGIN_MM);
	v1_send(sa, &sa->retry, &o, NULL);
	return ACT_DONE;
}

/* --> { SA, VID... } */
enum act
mm_recv1(struct sa *sa, struct node *node, struct msg *m)
{
	const struct payload *pl = msg_find(m, PL_SA, 0);
	struct ike *i = sa->ike;

	(void)node;
	say(i, sa, SAY_PROC, "SA", 0u);
	vids_read(sa, m);
	sig_requests_read(sa, m);
	if (p1_find_key(sa))
		say(i, sa, SAY_KEY_LOCAL);
	say(i, sa, SAY_SCAN_XAUTH, sa->cfg.profile);
	return p1_offer_read(sa, pl);
}

/* <-- { SA, VID } */
enum act
mm_send2(struct sa *sa, struct node *node, struct msg *m)
{
	struct out o;

	(void)node;
	(void)m;
	out_begin(&o, sa->icookie, sa->rcookie, EXCH_MAIN, 0, 0);
	if (!p1_choice_write(sa, &o))
		return ACT_REFUSED;
	p1_natt_choice(sa, &o);
	p1_frag_vid(sa, &o);
	v1_send(sa, &sa->retry, &o, NULL);
	return ACT_DONE;
}

/* --> { SA, VID } :I */
enum act
mm_recv2(struct sa *sa, struct node *node, struct msg *m)
{
	static const uint8_t zero[IKE_COOKIE];
	enum ike_counter e;

	(void)node;
	if ((e = msg_rules(m, MSG_MM2)) != IKEC_OK || memcmp(m->h.rcookie, zero, IKE_COOKIE) == 0)
		return v1_refuse(sa, e != IKEC_OK ? e : IKEC_COOKIE);
	say(sa->ike, sa, SAY_PROC, "SA", 0u);
	vids_read(sa, m);
	sig_requests_read(sa, m);
	if (sa->cfg.have_key) {
		p1_say_key(sa);
		say(sa->ike, sa, SAY_KEY_LOCAL);
	}
	say(sa->ike, sa, SAY_SCAN_XAUTH, sa->cfg.profile);
	if (!p1_choice_read(sa, msg_find(m, PL_SA, 0)))
		return ACT_REFUSED;
	memcpy(sa->rcookie, m->h.rcookie, IKE_COOKIE);
	return ACT_DONE;
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
	ike_note(sa->ike, IKEC_DH);
	out_begin(&o, sa->icookie, sa->rcookie, EXCH_MAIN, 0, 0);
	p1_ke_write(sa, &o);
	p1_role_vids(sa, &o, true);
	out_vid(&o, VID_DPD);
	out_vid(&o, VID_SELF);
	natd_write(sa, &o);
	v1_send(sa, &sa->retry, &o, NULL);
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
	if ((res = p1_ke_read(sa, m)) != ACT_DONE)
		return res;
	return p1_vids_and_nat(sa, m);
}

/* <-- { KE, Nr, VID..., NAT-D, NAT-D } */
enum act
mm_send4(struct sa *sa, struct node *node, struct msg *m)
{
	struct out o;

	(void)node;
	(void)m;
	out_begin(&o, sa->icookie, sa->rcookie, EXCH_MAIN, 0, 0);
	p1_ke_write(sa, &o);
	sig_requests_write(sa, &o);
	p1_role_vids(sa, &o, false);
	out_vid(&o, VID_UNITY);
	out_vid(&o, VID_DPD);
	out_vid(&o, VID_SELF);
	natd_write(sa, &o);
	if (!p1_keys_make(sa)) {
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
	if ((res = p1_ke_read(sa, m)) != ACT_DONE)
		return res;
	if (!p1_keys_make(sa)) {
		ike_note(sa->ike, IKEC_CRYPTO);
		sa_delete(sa, "Weak key", false, false, IKE_FAIL_REFUSED);
		return ACT_GONE;
	}
	return p1_vids_and_nat(sa, m);
}

/* Our identity and its proof. */
static bool
auth_write(struct sa *sa, struct out *o)
{
	p1_id_write(sa, o, sig_agreed(sa) ? PL_CERT : PL_HASH);
	return p1_proof_write(sa, o);
}

static enum act
cannot(struct sa *sa, const char *reason)
{
	sa_delete(sa, reason, false, false, IKE_FAIL_REFUSED);
	return ACT_GONE;
}

/* The peer's identity and its proof, in message 5 and 6.  Decryption with a wrong key shows as a broken chain. */
static enum act
auth_read(struct sa *sa, struct msg *m)
{
	struct ike *i = sa->ike;
	enum ike_counter e = m->err != IKEC_OK ? m->err : msg_rules(m, sig_agreed(sa) ? MSG_MM5_SIG : MSG_MM5);
	enum act res;

	say(i, sa, SAY_PROC, "ID", 0u);
	if (e != IKEC_OK) {
		say(i, sa, SAY_RESERVED, m->npl == 0 ? "ID" : payload_name(m->pl[m->npl - 1].type));
		ike_note(i, IKEC_AUTH_FAIL);
		return v1_refuse(sa, e);
	}
	if ((res = p1_id_read(sa, msg_find(m, PL_ID, 0), sig_agreed(sa) ? PL_CERT : PL_HASH)) != ACT_DONE)
		return res;
	if (!p1_identity_fits(sa))
		return v1_refuse(sa, IKEC_AUTH_FAIL);
	if ((res = p1_proof_read(sa, m)) != ACT_DONE)
		return res;
	p1_authenticated(sa, m);
	return ACT_DONE;
}

/* { IDii, HASH_I, [N] }* --> */
enum act
mm_send5(struct sa *sa, struct node *node, struct msg *m)
{
	bool first = p1_first_contact(sa);
	struct out o;

	(void)node;
	(void)m;
	if (first)
		say(sa->ike, sa, SAY_SEND_IC);
	natt_float(sa);
	out_begin(&o, sa->icookie, sa->rcookie, EXCH_MAIN, ISAKMP_FLAG_E, 0);
	if (!auth_write(sa, &o))
		return cannot(sa, "No key to sign with");
	if (first)
		p1_contact_write(sa, &o);
	return v1_send(sa, &sa->retry, &o, sa->iv) ? ACT_DONE : cannot(sa, "Cipher not available");
}

/* --> { IDii, HASH_I, [N] }* :R */
enum act
mm_recv5(struct sa *sa, struct node *node, struct msg *m)
{
	(void)node;
	sa->initial_contact = false;
	return auth_read(sa, m);
}

/* <-- { IDir, HASH_R }* */
enum act
mm_send6(struct sa *sa, struct node *node, struct msg *m)
{
	struct out o;

	(void)node;
	(void)m;
	if (sa->initial_contact)
		p1_forget_old(sa);
	if (sa->deleted)
		return ACT_GONE;
	out_begin(&o, sa->icookie, sa->rcookie, EXCH_MAIN, ISAKMP_FLAG_E, 0);
	if (!auth_write(sa, &o))
		return cannot(sa, "No key to sign with");
	return v1_send(sa, &sa->retry, &o, sa->iv) ? ACT_DONE : cannot(sa, "Cipher not available");
}

/* --> { IDir, HASH_R }* :I */
enum act
mm_recv6(struct sa *sa, struct node *node, struct msg *m)
{
	(void)node;
	return auth_read(sa, m);
}
