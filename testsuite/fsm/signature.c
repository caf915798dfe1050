/* RSA signatures: both modes, either end beginning, certificates asked for and sent, and what doesn't hold. */

#include <string.h>

#include "ike/wire/wire.h"
#include "testsuite/fsm/fsm_test.h"

static struct play *
signing(uint64_t seed, bool aggressive)
{
	struct play *t = play_new(seed);

	play_signatures(t, 0);
	t->end[R1].cfg.aggressive = t->end[R2].cfg.aggressive = aggressive;
	return t;
}

START_TEST(main_mode)
{
	struct play *t = signing(1, false);

	t_up(t);
	ck_assert_int_eq(t->end[R1].info.policy.auth, IKE_AUTH_RSA_SIG);
	ck_assert_int_eq(t->end[R2].info.peer_id.type, IKE_ID_DN);
	ck_assert_uint_eq(t->end[R1].proofs, 1);
	ck_assert_uint_eq(t->end[R1].wanted, 1);
	ck_assert_uint_eq(t->end[R2].wanted, 1);
	ck_assert(t_said(&t->end[R1], "ISAKMP:(0):No pre-shared key with 11.11.11.11!\n"));
	ck_assert(t_said(&t->end[R1], "auth RSA sig\n"));
	ck_assert(t_said(&t->end[R1], "ISAKMP:(1001): processing CERT_REQ payload. message ID = 0\n"
	    "ISAKMP:(1001): peer wants a CT_X509_SIGNATURE cert\nISAKMP:(1001): peer wants cert issued by cn=CA,o=Example\n"));
	ck_assert(t_said(&t->end[R1], "ISAKMP:(1001):SA is doing RSA signature authentication using id type ID_DER_ASN1_DN\n"
	    "ISAKMP (1001): ID payload\n        next-payload : 6\n        type         : 9\n        Dist. name   : cn=R1,o=Example\n"));
	ck_assert(t_said(&t->end[R1], "ISAKMP (1001): constructing CERT payload for cn=R1,o=Example\n"
	    "ISAKMP (1001): constructing CERT_REQ for issuer cn=CA,o=Example\n"));
	ck_assert(t_said(&t->end[R2], "ISAKMP:(1001): processing CERT payload. message ID = 0\nISAKMP:(1001): processing a CT_X509_SIGNATURE cert\n"
	    "ISAKMP:(1001): processing CERT_REQ payload. message ID = 0\nISAKMP:(1001): peer wants a CT_X509_SIGNATURE cert\n"
	    "ISAKMP:(1001): peer wants cert issued by cn=CA,o=Example\n"
	    "ISAKMP:(1001): processing SIG payload. message ID = 0\nISAKMP:(1001): processing NOTIFY INITIAL_CONTACT protocol 1\n"));
	ck_assert(!t_said(&t->end[R2], "HASH payload. message ID = 0\n"));
	ck_assert_uint_eq(ike_count(t->end[R1].ike, IKEC_SIGNED), 1);
	ck_assert_uint_eq(ike_count(t->end[R1].ike, IKEC_NO_KEY), 0);
	play_free(t);
}
END_TEST

START_TEST(aggressive_mode)
{
	struct play *t = signing(2, true);

	t_up(t);
	ck_assert(t->end[R2].info.aggressive);
	ck_assert_int_eq(t->end[R2].info.policy.auth, IKE_AUTH_RSA_SIG);
	ck_assert_uint_eq(t->end[R1].wanted, 1);
	ck_assert_uint_eq(t->end[R2].wanted, 1);
	ck_assert(t_said(&t->end[R1], "Dist. name   : cn=R2,o=Example\n"));
	play_free(t);
}
END_TEST

static const struct { enum cipher_alg c; enum hash_alg h; unsigned group; } suites[] = {
	{ CIPHER_3DES, HASH_MD5, 2 }, { CIPHER_AES256, HASH_SHA256, 14 }, { CIPHER_AES192, HASH_SHA384, 19 }, { CIPHER_AES128, HASH_SHA512, 20 },
};

START_TEST(suite)
{
	struct play *t = signing(3, _i % 2);
	int k;

	for (k = 0; k < 2; k++) {
		play_policy(&t->end[k], suites[_i / 2].c, suites[_i / 2].h, suites[_i / 2].group);
		t->end[k].policies[0].auth = IKE_AUTH_RSA_SIG;
	}
	t_up(t);
	play_free(t);
}
END_TEST

/* A key is shared, too: what both would rather have, and what one of them lacks. */
START_TEST(either)
{
	struct play *t = signing(4, false);
	int k;

	for (k = 0; k < 2; k++) {
		t->end[k].cfg.have_key = true;
		t->end[k].policies[1] = t->end[k].policies[0];
		t->end[k].policies[1].priority = 20;
		t->end[k].policies[1].auth = IKE_AUTH_PSK;
		t->end[k].npolicies = 2;
	}
	if (_i > 0)
		t->end[_i - 1].cfg.have_cert = false;
	t_up(t);
	ck_assert_int_eq(t->end[R1].info.policy.auth, _i == 0 ? IKE_AUTH_RSA_SIG : IKE_AUTH_PSK);
	/* Without a certificate beside it a distinguished name is not sent. */
	ck_assert_int_eq(t->end[R2].info.peer_id.type, _i == 0 ? IKE_ID_DN : IKE_ID_IPV4_ADDR);
	if (_i == 2)
		ck_assert(t_said(&t->end[R2], "ISAKMP:(0):RSA signature authentication offered but does not match policy!\n"));
	play_free(t);
}
END_TEST

START_TEST(no_certificate)
{
	struct play *t = signing(5, _i);

	t->end[R1].cfg.have_cert = false;
	t_request(t, R1);
	ck_assert_uint_eq(t->end[R1].nout, 0);
	ck_assert_uint_eq(t->end[R1].fails, 1);
	ck_assert_int_eq(t->end[R1].last_fail, IKE_FAIL_NO_KEY);
	ck_assert(t_said(&t->end[R1], "No Cert or pre-shared address key."));
	play_free(t);
}
END_TEST

START_TEST(requests)
{
	struct play *t = signing(6, _i);

	t->end[R1].no_authority = true;
	t->end[R2].chain = 3;
	t_up(t);
	/* An empty request takes any; what was sent is all looked at. */
	ck_assert_uint_eq(t->end[R2].wanted, 0);
	ck_assert_uint_eq(t->end[R1].proofs, 3);
	ck_assert_uint_eq(t->end[R1].wanted, 1);
	play_free(t);
}
END_TEST

static const struct { enum ike_cert_verdict v; const char *log, *debug; } verdicts[] = {
	{ IKE_CERT_NO_CERT, "%CRYPTO-6-IKMP_AUTH_FAIL: Authentication method 3 failed with host 14.14.14.14\n", "no certificate" },
	{ IKE_CERT_UNTRUSTED, "%CRYPTO-5-IKMP_INVAL_CERT: Certificate received from 14.14.14.14 is bad: certificate invalid\n", "certificate invalid" },
	{ IKE_CERT_EXPIRED, "%CRYPTO-5-IKMP_INVAL_CERT: Certificate received from 14.14.14.14 is bad: certificate has expired\n", "has expired" },
	{ IKE_CERT_NOT_YET, "is bad: certificate is not yet valid\n", "not yet valid" },
	{ IKE_CERT_REVOKED, "is bad: certificate is revoked\n", "revoked" },
	{ IKE_CERT_NO_CRL, "is bad: revocation status unknown\n", "revocation" },
	{ IKE_CERT_ID, "is bad: identity does not match certificate\n", "identity" },
	{ IKE_CERT_MALFORMED, "is bad: malformed\n", "malformed" },
	{ IKE_CERT_SIGNATURE, "%CRYPTO-6-IKMP_AUTH_FAIL: Authentication method 3 failed with host 14.14.14.14\n", "signature invalid" },
};

/* The responder finds something wrong: both ends give up at once, and know why. */
START_TEST(refused_by_responder)
{
	struct play *t = signing(7, false);

	t->end[R2].verdict = verdicts[_i].v;
	t_request(t, R1);
	t_flow(t);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]) + t_ike_sas(&t->end[R2]), 0);
	ck_assert(t_said(&t->end[R2], verdicts[_i].log));
	ck_assert(t_said(&t->end[R2], verdicts[_i].debug));
	ck_assert(t_said(&t->end[R2], "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Main mode failed with peer at 14.14.14.14\n"));
	ck_assert_uint_eq(ike_count(t->end[R2].ike, IKEC_CERT_REFUSED), 1);
	ck_assert(t_said(&t->end[R1], "ISAKMP:(1001):peer 11.11.11.11 refuses our authentication: AUTHENTICATION_FAILED\n"));
	ck_assert_uint_eq(t->end[R1].fails, 1);
	ck_assert_int_eq(t->end[R1].last_fail, IKE_FAIL_AUTH);
	ck_assert_uint_eq(t->end[R2].ups, 0);
	play_free(t);
}
END_TEST

START_TEST(refused_by_initiator)
{
	struct play *t = signing(8, false);

	t->end[R1].verdict = IKE_CERT_REVOKED;
	t_request(t, R1);
	t_flow(t);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 0);
	ck_assert_uint_eq(t->end[R1].fails, 1);
	ck_assert_int_eq(t->end[R1].last_fail, IKE_FAIL_AUTH);
	ck_assert_uint_eq(t->end[R1].ups, 0);
	play_free(t);
}
END_TEST

/* Aggressive Mode's second message comes in the clear: a forged one ends nothing. */
START_TEST(forged_answer)
{
	struct play *t = signing(9, true);
	struct play_msg bad;

	t_request(t, R1);
	t_pass(t, R1);
	bad = t->end[R2].out[0];
	bad.p[bad.n - 60] ^= 1;
	t->end[R1].verdict = IKE_CERT_SIGNATURE;
	t_deliver(t, R1, bad.p, bad.n);
	t->end[R1].verdict = IKE_CERT_OK;
	ck_assert_uint_eq(t->end[R1].fails, 0);
	ck_assert_uint_eq(t->end[R1].nout, 0);
	t_flow(t);
	t_pay(t);
	play_free(t);
}
END_TEST

START_TEST(cannot_sign)
{
	struct play *t = signing(10, _i / 2);

	t->end[_i % 2].keyless = true;
	t_request(t, R1);
	t_live(t, 100 * NSEC_SEC);
	ck_assert_uint_eq(t_sas(&t->end[R1]) + t_sas(&t->end[R2]), 0);
	ck_assert(t_said(&t->end[_i % 2], "%CRYPTO-3-IKMP_QUERY_KEY: Querying key pair failed.\n"));
	ck_assert_uint_eq(t->end[R1].fails, 1);
	play_free(t);
}
END_TEST

START_TEST(lost)
{
	struct play *t = signing(11, _i >= 9);
	int n = _i % 9, from;

	t_request(t, R1);
	while (t->end[R1].nout + t->end[R2].nout > 0) {
		from = t->end[R1].nout > 0 ? R1 : R2;
		if (n-- == 0)
			t_drop(t, from);
		else
			t_pass(t, from);
	}
	t_live(t, 40 * NSEC_SEC);
	t_pay(t);
	play_free(t);
}
END_TEST

START_TEST(behind_a_translator)
{
	struct play *t = signing(12, _i);

	play_nat(t, R1, 0x0a000002, 512, 4501);
	t_up(t);
	ck_assert(t_sa(&t->end[R2])->c.udp);
	play_free(t);
}
END_TEST

START_TEST(both_begin)
{
	struct play *t = signing(13, false);

	t_request(t, R1);
	t_request(t, R2);
	t_live(t, 60 * NSEC_SEC);
	t_pay(t);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	play_free(t);
}
END_TEST

/* Where the payloads of a message in the clear stand. */
static uint8_t *
payload_at(struct play_msg *m, uint8_t type, uint8_t **before)
{
	uint8_t *at = m->p + IKE_HDR_LEN, *next = &m->p[16];

	while (*next != type) {
		ck_assert_uint_ne(*next, PL_NONE);
		next = at;
		at += at[2] << 8 | at[3];
	}
	if (before != NULL)
		*before = next;
	return at;
}

static void
put(struct play_msg *m, uint8_t *at, size_t was, const uint8_t *p, size_t n)
{
	size_t tail = (size_t)(m->p + m->n - at) - was;

	ck_assert_uint_le(m->n + n - was, sizeof(m->p));
	memmove(at + n, at + was, tail);
	memcpy(at, p, n);
	m->n += n - was;
	m->p[26] = (uint8_t)(m->n >> 8);
	m->p[27] = (uint8_t)m->n;
}

static size_t
der_head(uint8_t *out, uint8_t tag, size_t n)
{
	out[0] = tag;
	out[1] = 0x82;
	out[2] = (uint8_t)(n >> 8);
	out[3] = (uint8_t)n;
	return 4;
}

/* SignedData with the certificates and nothing signed; returns its length. */
static size_t
pkcs7(uint8_t *out, const uint8_t *certs, size_t n)
{
	static const uint8_t oid[] = { 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 };
	static const uint8_t head[] = { 0x02, 1, 1, 0x31, 0, 0x30, 11, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01 };
	static const uint8_t tail[] = { 0x31, 0 };
	size_t data = sizeof(head) + 4 + n + sizeof(tail), at = 0;

	at += der_head(out, 0x30, sizeof(oid) + 4 + 4 + data);
	memcpy(out + at, oid, sizeof(oid));
	at += sizeof(oid);
	at += der_head(out + at, 0xa0, 4 + data);
	at += der_head(out + at, 0x30, data);
	memcpy(out + at, head, sizeof(head));
	at += sizeof(head);
	at += der_head(out + at, 0xa0, n);
	memcpy(out + at, certs, n);
	at += n;
	memcpy(out + at, tail, sizeof(tail));
	return at + sizeof(tail);
}

/* The signature doesn't cover how a certificate is wrapped: the same one as PKCS #7, and beside one of a kind not known. */
START_TEST(wrapped)
{
	struct play *t = signing(14, true);
	uint8_t body[2048], *at, *before;
	struct play_msg *m;
	size_t n;

	t_request(t, R1);
	t_pass(t, R1);
	m = &t->end[R2].out[0];
	at = payload_at(m, PL_CERT, &before);
	n = (size_t)(at[2] << 8 | at[3]);
	if (_i == 0) {
		body[0] = CERT_PKCS7;
		n = 1 + pkcs7(body + 1, at + 5, n - 5);
		put(m, at + 4, (size_t)(at[2] << 8 | at[3]) - 4, body, n);
		at[2] = (uint8_t)((n + 4) >> 8);
		at[3] = (uint8_t)(n + 4);
	} else {
		memcpy(body, (const uint8_t[]){ PL_CERT, 0, 0, 9, 12, 1, 2, 3, 4 }, 9);
		put(m, at, 0, body, 9);
	}
	t_flow(t);
	t_pay(t);
	ck_assert_uint_eq(t->end[R1].proofs, 1);
	ck_assert(t_said(&t->end[R1], _i == 0 ? "processing a CT_PKCS7_WRAPPED_X509 cert\n" : "processing a CT_X509_SIGNATURE cert\n"));
	ck_assert_uint_eq(ike_count(t->end[R1].ike, IKEC_CERT_ENCODING), (uint64_t)_i);
	play_free(t);
}
END_TEST

/* Requests where others put them: in the first message already, of a kind not known, more of them than are kept. */
START_TEST(requests_elsewhere)
{
	struct play *t = signing(15, false);
	struct ike_der ca = pki_authority(t->pki);
	uint8_t cr[256] = { PL_NONE, 0, 0, (uint8_t)(5 + ca.n), CERT_X509_SIG }, *at, *before = NULL;
	struct play_msg *m;

	memcpy(cr + 5, ca.p, ca.n);
	t->end[R1].no_authority = true;
	t_request(t, R1);
	m = &t->end[R1].out[0];
	/* At the end: after the last vendor id. */
	for (at = m->p + IKE_HDR_LEN; at < m->p + m->n; at += at[2] << 8 | at[3])
		before = at;
	ck_assert_ptr_nonnull(before);
	*before = PL_CR;
	put(m, m->p + m->n, 0, cr, 5 + ca.n);
	t_pass(t, R1);
	ck_assert(t_said(&t->end[R2], "ISAKMP:(0): peer wants cert issued by cn=CA,o=Example\n"));
	t_flow(t);
	t_pay(t);
	play_free(t);
}
END_TEST

void
fsm_signature_tests(TCase *tc)
{
	tcase_add_test(tc, main_mode);
	tcase_add_test(tc, aggressive_mode);
	tcase_add_loop_test(tc, suite, 0, 8);
	tcase_add_loop_test(tc, either, 0, 3);
	tcase_add_loop_test(tc, no_certificate, 0, 2);
	tcase_add_loop_test(tc, requests, 0, 2);
	tcase_add_loop_test(tc, refused_by_responder, 0, (int)(sizeof(verdicts) / sizeof(verdicts[0])));
	tcase_add_test(tc, refused_by_initiator);
	tcase_add_test(tc, forged_answer);
	tcase_add_loop_test(tc, cannot_sign, 0, 4);
	tcase_add_loop_test(tc, lost, 0, 18);
	tcase_add_loop_test(tc, behind_a_translator, 0, 2);
	tcase_add_test(tc, both_begin);
	tcase_add_loop_test(tc, wrapped, 0, 2);
	tcase_add_test(tc, requests_elsewhere);
}
