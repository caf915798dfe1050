/* Phase 1 offers: the peer's judged against our policies, and its answer against our offer. */

#include <stdlib.h>
#include <string.h>

#include "ike/v1/v1.h"
#include "lib/names.h"

static const struct name enc_names[] = { { 1, "DES-CBC" }, { 5, "3DES-CBC" }, { 7, "AES-CBC" }, { 0, NULL } };
static const struct name hash_names[] = { { 1, "MD5" }, { 2, "SHA" }, { 4, "SHA256" }, { 5, "SHA384" }, { 6, "SHA512" }, { 0, NULL } };
static const struct name auth_names[] = { { 1, "pre-share" }, { 3, "RSA sig" }, { 4, "RSA encr" }, { 65001, "XAUTHInitPreShared" }, { 65002, "XAUTHRespPreShared" }, { 0, NULL } };
static const struct name life_names[] = { { 1, "seconds" }, { 2, "kilobytes" }, { 0, NULL } };

static void
say_attrs(struct sa *sa, const struct transform *t)
{
	struct ike *i = sa->ike;
	struct attr a;
	struct rd r;
	char vpi[64];

	rd_init(&r, t->attrs, t->nattrs);
	while (attr_next(&r, &a)) {
		switch (a.type) {
		case A1_ENC: say(i, sa, SAY_A1_ENC, name_of(enc_names, (int32_t)a.value, "... What?")); break;
		case A1_KEYLEN: say(i, sa, SAY_A1_KEYLEN, a.value); break;
		case A1_HASH: say(i, sa, SAY_A1_HASH, name_of(hash_names, (int32_t)a.value, "... What?")); break;
		case A1_GROUP: say(i, sa, SAY_A1_GROUP, a.value); break;
		case A1_AUTH: say(i, sa, SAY_A1_AUTH, name_of(auth_names, (int32_t)a.value, "... What?")); break;
		case A1_LIFE_TYPE: say(i, sa, SAY_A1_LIFE_TYPE, name_of(life_names, (int32_t)a.value, "... What?")); break;
		case A1_LIFE:
			v1_life_vpi(&a, vpi, sizeof(vpi));
			if (a.basic)
				say(i, sa, SAY_A1_LIFE_BASIC, a.value);
			else
				say(i, sa, SAY_A1_LIFE_VPI, vpi);
			break;
		}
	}
}

static bool
is_xauth(unsigned auth)
{
	return auth == IKE_AUTH_XAUTH_INIT_PSK || auth == IKE_AUTH_XAUTH_RESP_PSK;
}

/*
 * A responder takes a pre-shared key with XAUTH where it has a part in that, by the right end; without where it has none, or where the
 * peer offers nothing else.  An initiator wants what it has offered.
 */
static bool
auth_fits(const struct sa *sa, const struct p1_attrs *a, const struct ike_policy *p, bool xauth_only)
{
	if (sa->initiator || p->auth == IKE_AUTH_RSA_SIG)
		return a->auth == p->auth;
	if (p->auth != IKE_AUTH_PSK)
		return false;
	if (is_xauth(a->auth))
		return sa->cfg.xauth != IKE_XAUTH_NONE && a->auth == p1_xauth_method(sa);
	return a->auth == IKE_AUTH_PSK && !xauth_only;
}

/* Is XAUTH wanted, and does the peer offer it? */
static bool
offers_xauth(const struct sa *sa, const struct sa_payload *s)
{
	struct p1_attrs a;
	size_t k;

	for (k = 0; sa->cfg.xauth != IKE_XAUTH_NONE && k < s->nt; k++)
		if (p1_attrs_parse(&s->t[k], &a) == IKEC_OK && a.auth == p1_xauth_method(sa))
			return true;
	return false;
}

/* The first thing that doesn't fit is told. */
static bool
fits(struct sa *sa, const struct p1_attrs *a, const struct ike_policy *p, bool xauth_only)
{
	struct p1_attrs want;
	enum say why;

	p1_from_policy(p, &want);
	if (a->enc != want.enc || !cipher_available(sa->ike->chance, p->cipher))
		why = SAY_MIS_ENC;
	else if (a->keylen != want.keylen && !(a->enc == 7 && a->keylen == 0 && want.keylen == 128))
		why = SAY_MIS_KEYLEN;
	else if (a->hash != want.hash)
		why = SAY_MIS_HASH;
	else if (a->group != want.group || !dh_group_known(a->group))
		why = SAY_MIS_GROUP;
	else if (!auth_fits(sa, a, p, xauth_only))
		why = SAY_MIS_AUTH;
	else if (a->auth == IKE_AUTH_RSA_SIG && !sa->cfg.have_cert)
		why = SAY_MIS_SIG;
	else if (a->auth != IKE_AUTH_RSA_SIG && !sa->cfg.have_key)
		why = SAY_MIS_PSK;
	else if (a->odd)
		why = SAY_MIS_ENC;
	else
		return true;
	say(sa->ike, sa, why);
	return false;
}

/* The lower lifetime of both is kept. */
static void
accept(struct sa *sa, const struct p1_attrs *a, const struct ike_policy *p, bool last)
{
	struct ike *i = sa->ike;
	uint32_t life = a->life_s != 0 && a->life_s < p->lifetime_s ? a->life_s : p->lifetime_s;

	sa->policy = *p;
	if (is_xauth(p->auth))
		sa->policy.auth = IKE_AUTH_PSK;
	sa->policy.lifetime_s = life;
	sa->xauth_method = is_xauth(a->auth) ? a->auth : 0;
	sa->life_lowered = a->life_s > life;
	say(i, sa, SAY_ATTS1_OK, last ? 0u : 3u);
	say(i, sa, SAY_ATTS_ACTUAL, a->life_basic ? a->life_s : 0);
	say(i, sa, SAY_ATTS_LIFE, 0u);
	if (a->life_basic)
		say(i, sa, SAY_BASIC_LIFE, a->life_s);
	else if (a->life_s != 0) {
		say(i, sa, SAY_FILL_VPI, 4u);
		say(i, sa, SAY_FILL_LIFE, a->life_s);
	}
	say(i, sa, SAY_ACTUAL_LIFE, life);
	say(i, sa, SAY_LIFE_TIMER, life);
}

static enum offer_result
try_policy(struct sa *sa, const struct sa_payload *s, const struct ike_policy *p, bool xauth_only)
{
	struct p1_attrs a;
	enum ike_counter e;
	size_t k;

	for (k = 0; k < s->nt; k++) {
		say(sa->ike, sa, SAY_CHECK_P1, (unsigned)s->t[k].number, p->priority);
		say_attrs(sa, &s->t[k]);
		if ((e = p1_attrs_parse(&s->t[k], &a)) != IKEC_OK) {
			ike_note(sa->ike, e);
			return OFFER_BAD;
		}
		if (s->t[k].id == 1 && s->prop[s->t[k].prop].proto == PROTO_ISAKMP && fits(sa, &a, p, xauth_only)) {
			sa->chosen = (uint8_t)k;
			accept(sa, &a, p, s->t[k].last);
			return OFFER_OK;
		}
		say(sa->ike, sa, SAY_ATTS1_BAD, s->t[k].last ? 0u : 3u);
	}
	return OFFER_NONE;
}

/* Policies by priority, and for each the peer's transforms in its order. */
enum offer_result
p1_judge(struct sa *sa, const struct payload *pl)
{
	const struct ike_policy *policies;
	struct sa_payload s;
	enum ike_counter e;
	enum offer_result res;
	bool xauth;
	size_t k, n = sa->ike->ops->policies(sa->ike->arg, &policies);

	if ((e = sa_parse(pl->p, pl->n, &s)) != IKEC_OK) {
		ike_note(sa->ike, e);
		return OFFER_BAD;
	}
	xauth = offers_xauth(sa, &s);
	for (k = 0; k < n; k++)
		if ((res = try_policy(sa, &s, &policies[k], xauth)) != OFFER_NONE)
			return res;
	say(sa->ike, sa, SAY_NO_OFFERS);
	return OFFER_NONE;
}

/* An answer has one transform, and that one we have offered (RFC 2408 4.2). */
enum offer_result
p1_check_answer(struct sa *sa, const struct payload *pl)
{
	struct sa_payload s;
	struct p1_attrs a;
	size_t k;

	if (sa_parse(pl->p, pl->n, &s) != IKEC_OK || s.nt != 1 || s.prop[0].proto != PROTO_ISAKMP || s.t[0].id != 1 ||
	    p1_attrs_parse(&s.t[0], &a) != IKEC_OK)
		return OFFER_BAD;
	for (k = 0; k < sa->noffered; k++) {
		say(sa->ike, sa, SAY_CHECK_P1, (unsigned)s.t[0].number, sa->offered[k].priority);
		say_attrs(sa, &s.t[0]);
		if (fits(sa, &a, &sa->offered[k], false)) {
			accept(sa, &a, &sa->offered[k], true);
			return OFFER_OK;
		}
		say(sa->ike, sa, SAY_ATTS1_BAD, 0u);
	}
	say(sa->ike, sa, SAY_NO_OFFERS);
	return OFFER_NONE;
}
