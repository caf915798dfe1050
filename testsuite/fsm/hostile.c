/* Messages cut, changed, forged and played again: refused, counted, and without effect on what is established. */

#include <stdlib.h>
#include <string.h>

#include "testsuite/fsm/fsm_test.h"

/* The nine messages of a good exchange are recorded; each is then given, cut or changed, in its own place. */
static void
bring_to(struct play *t, int n)
{
	int k;

	t_request(t, R1);
	for (k = 0; k < n; k++)
		ck_assert(t_pass(t, k % 2));
}

START_TEST(cut_everywhere)
{
	struct play *t = play_new(1);
	struct play_msg *m;
	size_t n, len;
	int from = _i % 2;

	bring_to(t, _i);
	m = &t->end[from].out[0];
	len = m->n;
	for (n = 0; n < len; n++)
		t_deliver(t, 1 - from, m->p, n);
	ck_assert_uint_eq(t->end[1 - from].nout, 0);
	t_live(t, 20 * NSEC_SEC);
	t_pay(t);
	play_free(t);
}
END_TEST

/* The length in the header fits what is left. */
START_TEST(cut_with_length)
{
	struct play *t = play_new(2);
	struct play_msg m;
	size_t n;
	int from = _i % 2;

	bring_to(t, _i);
	for (n = 28; n < t->end[from].out[0].n; n++) {
		m = t->end[from].out[0];
		m.p[26] = (uint8_t)(n >> 8);
		m.p[27] = (uint8_t)n;
		t_deliver(t, 1 - from, m.p, n);
	}
	ck_assert_uint_eq(t->end[1 - from].nsas, _i == 8);
	t_live(t, 20 * NSEC_SEC);
	if (_i >= 4)
		t_pay(t);
	play_free(t);
}
END_TEST

/*
 * One byte changed, each in turn.  From message 5 on nothing comes of it.  Before, the peer may be led into another choice (nothing is
 * authentic yet), but never into SAs whose keys differ.  Of message 5 and 6 the last block is left alone: it is padding, which
 * Main Mode does not authenticate (RFC 2409 5), and it is the next message's IV.
 */
START_TEST(changed_everywhere)
{
	static const uint8_t flips[] = { 0x01, 0x80, 0xff };
	struct play *t = play_new(3);
	struct play_msg m;
	size_t n, f;
	int from = _i % 2;

	bring_to(t, _i);
	for (n = 0; n < t->end[from].out[0].n - (_i == 4 || _i == 5 ? 16 : 0); n++) {
		for (f = 0; f < sizeof(flips); f++) {
			m = t->end[from].out[0];
			m.p[n] ^= flips[f];
			t_deliver(t, 1 - from, m.p, m.n);
		}
		t->end[1 - from].nout = 0;
	}
	if (_i >= 4) {
		ck_assert_uint_eq(t->end[1 - from].nsas, _i == 8);
		t_live(t, 30 * NSEC_SEC);
		t_pay(t);
	}
	play_free(t);
}
END_TEST

/* An established SA, and everything recorded is played again, and forged things besides. */
START_TEST(established_stays)
{
	struct play *t = play_new(4);
	struct play_msg rec[9], m;
	size_t before;
	int k, n;

	t_request(t, R1);
	for (k = 0; k < 9; k++) {
		rec[k] = t->end[k % 2].out[0];
		t_pass(t, k % 2);
	}
	t_pay(t);
	before = t->end[R2].nsas;
	for (k = 0; k < 9; k++) {
		t_deliver(t, 1 - k % 2, rec[k].p, rec[k].n);
		for (n = 0; n < 200; n++) {
			m = rec[k];
			m.p[16 + chance_below(t->chance, (uint32_t)m.n - 16)] ^= (uint8_t)(1 + chance_below(t->chance, 255));
			t_deliver(t, 1 - k % 2, m.p, m.n);
		}
	}
	t->end[R1].nout = t->end[R2].nout = 0;
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	ck_assert_uint_eq(t->end[R2].nsas, before);
	ck_assert_uint_eq(t->end[R1].downs + t->end[R2].downs, 0);
	t_request(t, R2);
	t_flow(t);
	t_pay(t);
	/* Long after, when the exchange is forgotten, its first message is no news. */
	t_live(t, 120 * NSEC_SEC);
	t_deliver(t, R2, rec[6].p, rec[6].n);
	ck_assert_uint_eq(ike_count(t->end[R2].ike, IKEC_REPLAY), 1);
	play_free(t);
}
END_TEST

/* Informationals without authentication: DELETE and notifies in the clear, with the right cookies. */
START_TEST(clear_informational)
{
	struct play *t = play_new(5);
	uint8_t m[28 + 28] = { 0 };

	t_request(t, R1);
	memcpy(m, t->end[R1].out[0].p, 8);
	t_flow(t);
	t_forget(t);
	t_request(t, R1);
	memcpy(m, t->end[R1].out[0].p, 16);
	t_flow(t);
	m[16] = 12;
	m[17] = 0x10;
	m[18] = 5;
	m[23] = 9;
	m[27] = sizeof(m);
	m[28 + 3] = 28;
	m[28 + 7] = 1;
	m[28 + 8] = 1;
	m[28 + 9] = 16;
	m[28 + 11] = 1;
	memcpy(m + 40, m, 16);
	t_deliver(t, R2, m, sizeof(m));
	ck_assert_uint_eq(ike_count(t->end[R2].ike, IKEC_UNAUTH_DELETE), 1);
	m[16] = 11;
	t_deliver(t, R2, m, sizeof(m));
	ck_assert_uint_eq(ike_count(t->end[R2].ike, IKEC_UNAUTH_NOTIFY), 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	ck_assert_uint_eq(t->end[R2].nout, 0);
	play_free(t);
}
END_TEST

START_TEST(no_sa)
{
	struct play *t = play_new(6);
	struct play_msg m;

	bring_to(t, 4);
	m = t->end[R1].out[0];
	m.p[0] ^= 0x55;
	t_deliver(t, R2, m.p, m.n);
	ck_assert(t_said(&t->end[R2], "%CRYPTO-4-IKMP_NO_SA: IKE message from 14.14.14.14 has no SA and is not an initialization offer."));
	/* In the clear where it must not be; Quick Mode too early. */
	m = t->end[R1].out[0];
	m.p[19] = 0;
	t_deliver(t, R2, m.p, m.n);
	ck_assert(t_said(&t->end[R2], "%CRYPTO-6-IKMP_NOT_ENCRYPTED: IKE packet from 14.14.14.14 was not encrypted and it should've been."));
	m = t->end[R1].out[0];
	m.p[18] = 32;
	m.p[23] = 1;
	t_deliver(t, R2, m.p, m.n);
	ck_assert(t_said(&t->end[R2], "%CRYPTO-6-IKMP_SA_NOT_AUTH: Cannot accept Quick Mode exchange from 14.14.14.14 if SA is not authenticated!"));
	t_flow(t);
	t_pay(t);
	play_free(t);
}
END_TEST

START_TEST(noise)
{
	struct play *t = play_new(7);
	uint8_t p[512];
	size_t n;
	int k;

	t_up(t);
	for (k = 0; k < 5000; k++) {
		n = chance_below(t->chance, sizeof(p));
		chance_bytes(t->chance, p, n);
		if (n >= 28) {
			p[17] = 0x10;
			p[18] = (uint8_t[]){ 2, 5, 32 }[k % 3];
			p[19] &= 7;
			p[24] = p[25] = 0;
			p[26] = (uint8_t)(n >> 8);
			p[27] = (uint8_t)n;
			ck_assert(!ike_malformed(p, n) || (p[0] | p[1] | p[2] | p[3] | p[4] | p[5] | p[6] | p[7]) == 0);
		}
		t_deliver(t, R2, p, n);
	}
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	play_free(t);
}
END_TEST

START_TEST(disabled)
{
	struct play *t = play_new(8);

	t->end[R2].set.enabled = false;
	play_set(t);
	t_request(t, R2);
	ck_assert_uint_eq(t->end[R2].fails, 1);
	t_request(t, R1);
	t_flow(t);
	ck_assert_uint_eq(ike_count(t->end[R2].ike, IKEC_DISABLED), 1);
	play_free(t);
}
END_TEST

void
fsm_hostile_tests(TCase *tc)
{
	tcase_add_loop_test(tc, cut_everywhere, 0, 9);
	tcase_add_loop_test(tc, cut_with_length, 0, 9);
	tcase_add_loop_test(tc, changed_everywhere, 0, 9);
	tcase_add_test(tc, established_stays);
	tcase_add_test(tc, clear_informational);
	tcase_add_test(tc, no_sa);
	tcase_add_test(tc, noise);
	tcase_add_test(tc, disabled);
}
