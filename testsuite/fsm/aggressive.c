/* Aggressive Mode: names, groups, what goes wrong, and what the network does to three messages. */

#include <string.h>

#include "testsuite/fsm/fsm_test.h"

static const unsigned groups[] = { 1, 2, 5, 14, 19, 20, 24 };
static const struct ike_id names[] = {
	{ .type = IKE_ID_IPV4_ADDR }, { .type = IKE_ID_FQDN, .name = "r1.example.net" },
	{ .type = IKE_ID_USER_FQDN, .name = "r1@example.net" }, { .type = IKE_ID_KEY_ID, .name = "GRP" },
};

static struct play *
am_new(uint64_t seed)
{
	struct play *t = play_new(seed);

	t->end[R1].cfg.aggressive = true;
	t->end[R1].cfg.self_id = names[3];
	return t;
}

START_TEST(each_group)
{
	struct play *t = am_new(1);
	int k;

	for (k = 0; k < 2; k++)
		play_policy(&t->end[k], CIPHER_AES256, HASH_SHA256, groups[_i]);
	t_up(t);
	ck_assert_uint_eq(t->end[R1].ups, 1);
	ck_assert_uint_eq(t->end[R2].ups, 1);
	ck_assert_uint_eq(t->end[R1].readies, 1);
	ck_assert_uint_eq(t->end[R2].readies, 1);
	ck_assert(t->end[R2].info.aggressive && !t->end[R2].info.xauth && !t->end[R2].info.modecfg);
	play_free(t);
}
END_TEST

START_TEST(each_name)
{
	struct play *t = am_new(2);

	t->end[R1].cfg.self_id = names[_i];
	t_up(t);
	ck_assert_int_eq(t->end[R2].info.peer_id.type, names[_i].type);
	ck_assert_str_eq(t->end[R2].info.peer_id.name, names[_i].name);
	ck_assert_int_eq(t->end[R1].info.peer_id.type, IKE_ID_IPV4_ADDR);
	play_free(t);
}
END_TEST

START_TEST(form)
{
	struct play *t = am_new(3);

	t_up(t);
	ck_assert(t_said(&t->end[R1], "ISAKMP:(0):SA is doing pre-shared key authentication using id type ID_KEY_ID\n"
	    "ISAKMP (0): ID payload\n"
	    "        next-payload : 13\n"
	    "        type         : 11\n"
	    "        group id     : GRP\n"
	    "        protocol     : 17\n"
	    "        port         : 500\n"
	    "        length       : 11\n"
	    "ISAKMP:(0):Total payload length: 11\n"));
	ck_assert(t_said(&t->end[R1], "ISAKMP:(0):Input = IKE_MESG_FROM_IPSEC, IKE_SA_REQ_AM\n"
	    "ISAKMP:(0):Old State = IKE_READY  New State = IKE_I_AM1 \n\n"
	    "ISAKMP:(0): beginning Aggressive Mode exchange\n"
	    "ISAKMP:(0): sending packet to 11.11.11.11 my_port 500 peer_port 500 (I) AG_INIT_EXCH\n"));
	ck_assert(!t_said(&t->end[R1], "Can not start Aggressive mode"));
	ck_assert(t_said(&t->end[R1], "ISAKMP:(1001):Input = IKE_MESG_FROM_PEER, IKE_AM_EXCH\n"
	    "ISAKMP:(1001):Old State = IKE_I_AM1  New State = IKE_P1_COMPLETE \n"));
	ck_assert(t_said(&t->end[R1], "ISAKMP:(1001):Send initial contact\n"));
	ck_assert(t_said(&t->end[R2], "ISAKMP:(1001):Input = IKE_MESG_FROM_PEER, IKE_AM_EXCH\n"
	    "ISAKMP:(1001):Old State = IKE_READY  New State = IKE_R_AM_AAA_AWAIT \n"));
	ck_assert(t_said(&t->end[R2], "(R) AG_INIT_EXCH\n"));
	ck_assert(t_said(&t->end[R2], "ISAKMP:(1001):Input = IKE_MESG_FROM_AAA, PRESHARED_KEY_REPLY\n"
	    "ISAKMP:(1001):Old State = IKE_R_AM_AAA_AWAIT  New State = IKE_R_AM2 \n"));
	ck_assert(t_said(&t->end[R2], "ISAKMP:(1001):Old State = IKE_R_AM2  New State = IKE_P1_COMPLETE \n"));
	ck_assert_uint_eq(t->end[R2].ics, 1);
	play_free(t);
}
END_TEST

START_TEST(xe_form)
{
	struct play *t = am_new(4);

	t->end[R2].set.dialect = IKE_XE_17;
	play_set(t);
	t_up(t);
	ck_assert(t_said(&t->end[R2], "ISAKMP-PAK: (1001):sending packet to 14.14.14.14 my_port 500 peer_port 500 (R) AG_INIT_EXCH\n"));
	ck_assert(t_said(&t->end[R2], "ISAKMP: (0):        group id     : GRP\n"));
	play_free(t);
}
END_TEST

/* The responder proves itself first: an initiator with another key finds out, and says nothing more. */
START_TEST(wrong_key)
{
	struct play *t = am_new(5);

	t->end[R2].cfg.psk[0] = 'S';
	ck_assert(t_begin(t, R1));
	t_live(t, 200 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R1].ups + t->end[R2].ups, 0);
	ck_assert_uint_eq(t->end[R1].begin_fails, 1);
	ck_assert_int_eq(t->end[R1].begin_why, IKE_FAIL_TIMEOUT);
	ck_assert(t_said(&t->end[R1], "Hash payload is incorrect"));
	ck_assert(t_said(&t->end[R1], "%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from 11.11.11.11 failed its sanity check or is malformed"));
	ck_assert(t_said(&t->end[R1], "retransmitting phase 1 AG_INIT_EXCH..."));
	ck_assert(t_said(&t->end[R1], "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Aggressive mode failed with peer at 11.11.11.11"));
	play_free(t);
}
END_TEST

START_TEST(unknown_group)
{
	struct play *t = am_new(6);

	strcpy(t->end[R2].group, "OTHER");
	t_request(t, R1);
	t_live(t, 200 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R1].ups + t->end[R2].ups, 0);
	ck_assert(t_said(&t->end[R2], "No pre-shared key with 14.14.14.14!"));
	ck_assert(t_said(&t->end[R2], "Preshared authentication offered but does not match policy!"));
	ck_assert(t_said(&t->end[R2], "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Aggressive mode failed with peer at 14.14.14.14"));
	ck_assert_int_eq(t->end[R1].last_fail, IKE_FAIL_TIMEOUT);
	play_free(t);
}
END_TEST

START_TEST(disabled)
{
	static const char line[] = "%CRYPTO-5-IKMP_AG_MODE_DISABLED: Unable to initiate or respond to Aggressive Mode while disabled";
	struct play *t = am_new(7);

	t->end[_i].set.aggressive_disabled = true;
	play_set(t);
	t_request(t, R1);
	ck_assert_uint_eq(t->end[R1].nout, _i == R2);
	t_flow(t);
	ck_assert(t_said(&t->end[_i], line));
	ck_assert_uint_eq(ike_count(t->end[_i].ike, IKEC_AGGRESSIVE), 1);
	ck_assert_uint_eq(t->end[R2].nout, 0);
	if (_i == R1) {
		ck_assert_int_eq(t->end[R1].last_fail, IKE_FAIL_AGGRESSIVE);
		ck_assert(!t_begin(t, R1));
		ck_assert_uint_eq(t->end[R1].begin_fails, 1);
		ck_assert_int_eq(t->end[R1].begin_why, IKE_FAIL_AGGRESSIVE);
	}
	/* Main mode goes on as ever. */
	t->end[R1].cfg.aggressive = false;
	t_live(t, 300 * NSEC_SEC);
	t_up(t);
	play_free(t);
}
END_TEST

/* Only the first policy's group can be offered. */
START_TEST(one_group)
{
	struct play *t = am_new(8);

	t->end[R1].policies[1] = (struct ike_policy){ 20, CIPHER_3DES, HASH_SHA1, IKE_AUTH_PSK, 14, 3600 };
	t->end[R1].policies[2] = (struct ike_policy){ 30, CIPHER_AES256, HASH_SHA512, IKE_AUTH_PSK, 2, 3600 };
	t->end[R1].npolicies = 3;
	t->end[R2].policies[0] = t->end[R1].policies[_i];
	t_request(t, R1);
	t_flow(t);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), _i != 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), _i != 1);
	if (_i == 2)
		ck_assert(t_said(&t->end[R2], "Checking ISAKMP transform 2 against priority 30 policy"));
	play_free(t);
}
END_TEST

/* Message `_i` of the six is lost, once or twice. */
START_TEST(lost)
{
	struct play *t = am_new(20 + (uint64_t)_i);
	int k, n = _i % 6;

	t_request(t, R1);
	for (k = 0; k < n; k++)
		if (!t_pass(t, k % 2))
			t_pass(t, 1 - k % 2);
	if (!t_drop(t, n % 2))
		t_drop(t, 1 - n % 2);
	if (_i >= 6) {
		t_wait(t, 11 * NSEC_SEC);
		t->end[R1].nout = t->end[R2].nout = 0;
	}
	t_live(t, 100 * NSEC_SEC);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	ck_assert_uint_ge(t_sas(&t->end[R1]), 1);
	t_pay(t);
	ck_assert_uint_eq(t->end[R1].fails, 0);
	play_free(t);
}
END_TEST

START_TEST(all_twice)
{
	struct play *t = am_new(9);

	t_request(t, R1);
	while (t_twice(t, R1) || t_twice(t, R2))
		;
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	t_pay(t);
	ck_assert_uint_gt(ike_count(t->end[R2].ike, IKEC_DUPLICATE), 0);
	play_free(t);
}
END_TEST

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
	struct play *t = am_new(10);
	struct play_msg m;
	int from = _i % 2;
	size_t n;

	bring_to(t, _i);
	for (n = 0; n < t->end[from].out[0].n; n++) {
		m = t->end[from].out[0];
		t_deliver(t, 1 - from, m.p, n);
		if (n < 28)
			continue;
		m.p[26] = (uint8_t)(n >> 8);
		m.p[27] = (uint8_t)n;
		t_deliver(t, 1 - from, m.p, n);
	}
	ck_assert_uint_eq(t->end[1 - from].nout, 0);
	ck_assert_uint_eq(t->end[1 - from].ups, 0);
	t_live(t, 20 * NSEC_SEC);
	t_pay(t);
	play_free(t);
}
END_TEST

/* One byte changed, each in turn: of what the proof covers nothing comes; and the true message is taken after all. */
START_TEST(changed_everywhere)
{
	static const uint8_t flips[] = { 0x01, 0x80, 0xff };
	struct play *t = am_new(11);
	struct play_msg m;
	size_t n, f, ups;
	int from = _i % 2;

	bring_to(t, _i);
	m = t->end[from].out[0];
	for (n = 16; n < t->end[from].out[0].n - (_i == 2 ? 16 : 0) && t->end[1 - from].ups == 0; n++) {
		for (f = 0; f < sizeof(flips); f++) {
			m = t->end[from].out[0];
			m.p[n] ^= flips[f];
			t_deliver(t, 1 - from, m.p, m.n);
		}
		if (_i == 0)
			t->end[1 - from].nout = 0;
	}
	ups = t->end[1 - from].ups;
	if (_i == 0) {
		ck_assert_uint_eq(ups, 0);
		play_free(t);
		return;
	}
	/* Vendor ids are covered by nothing: a peer may be led to think less of us, never to other keys. */
	if (ups != 0)
		t->end[from].nout = 0;
	t_live(t, 60 * NSEC_SEC);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	t_pay(t);
	play_free(t);
}
END_TEST

/* A stranger answers before the responder does. */
START_TEST(forged_answer)
{
	struct play *t = am_new(12), *other = am_new(13);
	struct play_msg m;

	t_request(t, R1);
	m = t->end[R1].out[0];
	other->end[R2].cfg.psk[0] = 'X';
	t_deliver(other, R2, m.p, m.n);
	m = other->end[R2].out[0];
	t_deliver(t, R1, m.p, m.n);
	ck_assert_uint_eq(t->end[R1].ups, 0);
	ck_assert(t_said(&t->end[R1], "Hash payload is incorrect"));
	t_flow(t);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	t_pay(t);
	play_free(other);
	play_free(t);
}
END_TEST

START_TEST(both_begin)
{
	struct play *t = am_new(100 + (uint64_t)_i);

	t->end[R2].cfg.aggressive = _i % 2 == 0;	/* or one of them in main mode */
	t_request(t, R1);
	t_request(t, R2);
	t_live(t, 60 * NSEC_SEC);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	t_pay(t);
	ck_assert_uint_eq(t->end[R1].fails + t->end[R2].fails, 0);
	play_free(t);
}
END_TEST

START_TEST(dpd)
{
	struct play *t = am_new(14);

	t->end[R1].cfg.dpd_s = 10;
	t->end[R1].cfg.dpd_retry_s = 2;
	t->end[R1].cfg.dpd_periodic = true;
	t_up(t);
	t_live(t, 35 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R1].downs, 0);
	ck_assert(t_said(&t->end[R2], "DPD/R_U_THERE received from peer 14.14.14.14"));
	t_wait(t, 60 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R1].dpd_deaths, 1);
	t->end[R1].nout = 0;
	play_free(t);
}
END_TEST

/* Its successor is aggressive mode again. */
START_TEST(rekeyed)
{
	struct play *t = am_new(15);

	t->end[R1].policies[0].lifetime_s = t->end[R2].policies[0].lifetime_s = 300;
	t_up(t);
	t_live(t, 900 * NSEC_SEC);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_ge(t->end[R1].ups, 3);
	ck_assert_uint_eq(t->end[R1].ups, t->end[R2].ups);
	play_free(t);
}
END_TEST

/* And so it is where the responder has to begin it, who knows the peer's profile by the peer's identity alone. */
START_TEST(rekeyed_by_responder)
{
	struct play *t = am_new(17);
	struct play_end *r2 = &t->end[R2];
	int n;

	strcpy(r2->cfg.profile, "PEER");
	r2->cfg.aggressive = r2->by_profile = true;
	t->end[R1].policies[0].lifetime_s = r2->policies[0].lifetime_s = 300;
	t_up(t);
	ck_assert_str_eq(r2->info.profile, "PEER");
	t_live(t, 265 * NSEC_SEC);
	for (n = 0; n < 30 && r2->nout == 0; n++) {
		t_wait(t, NSEC_SEC);
		t->end[R1].nout = 0;
	}
	ck_assert_uint_eq(r2->nout, 1);
	ck_assert_uint_eq(r2->out[0].p[18], 4);	/* Aggressive */
	t_live(t, 60 * NSEC_SEC);
	ck_assert_uint_eq(t_ike_sas(r2), 1);
	ck_assert_uint_eq(r2->ups, 2);
	play_free(t);
}
END_TEST

START_TEST(half_open)
{
	struct play *t = am_new(16);
	struct ike_path path = t->end[R2].path;
	struct play_msg m;
	unsigned k;

	t->end[R2].set.half_open_max = 5;
	play_set(t);
	t_request(t, R1);
	m = t->end[R1].out[0];
	for (k = 0; k < 20; k++) {
		path.remote = addr_v4(0x0a000000 + k);
		m.p[0] = (uint8_t)(k + 1);
		ike_input(t->end[R2].ike, &path, m.p, m.n);
	}
	ck_assert_uint_eq(ike_count(t->end[R2].ike, IKEC_HALF_OPEN), 15);
	t->end[R2].nout = t->end[R1].nout = 0;
	for (k = 0; k < 20; k++) {
		t_wait(t, 10 * NSEC_SEC);
		t->end[R1].nout = t->end[R2].nout = 0;
	}
	t_request(t, R1);
	t_live(t, NSEC_SEC);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	play_free(t);
}
END_TEST

void
fsm_aggressive_tests(TCase *tc)
{
	tcase_add_loop_test(tc, each_group, 0, sizeof(groups) / sizeof(groups[0]));
	tcase_add_loop_test(tc, each_name, 0, sizeof(names) / sizeof(names[0]));
	tcase_add_test(tc, form);
	tcase_add_test(tc, xe_form);
	tcase_add_test(tc, wrong_key);
	tcase_add_test(tc, unknown_group);
	tcase_add_loop_test(tc, disabled, 0, 2);
	tcase_add_loop_test(tc, one_group, 0, 3);
	tcase_add_loop_test(tc, lost, 0, 12);
	tcase_add_test(tc, all_twice);
	tcase_add_loop_test(tc, cut_everywhere, 0, 3);
	tcase_add_loop_test(tc, changed_everywhere, 0, 3);
	tcase_add_test(tc, forged_answer);
	tcase_add_loop_test(tc, both_begin, 0, 12);
	tcase_add_test(tc, dpd);
	tcase_add_test(tc, rekeyed);
	tcase_add_test(tc, rekeyed_by_responder);
	tcase_add_test(tc, half_open);
}
