/* Main Mode: groups, ciphers, hashes, and what goes wrong. */

#include <string.h>

#include "testsuite/fsm/fsm_test.h"

static const unsigned groups[] = { 1, 2, 5, 14, 15, 16, 19, 20, 21, 24 };
static const enum cipher_alg ciphers[] = { CIPHER_DES, CIPHER_3DES, CIPHER_AES128, CIPHER_AES192, CIPHER_AES256 };
static const enum hash_alg hashes[] = { HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512 };

START_TEST(each_group)
{
	struct play *t = play_new(1);
	int k;

	for (k = 0; k < 2; k++)
		play_policy(&t->end[k], CIPHER_AES256, HASH_SHA256, groups[_i]);
	t_up(t);
	ck_assert_uint_eq(t->end[R1].ups, 1);
	ck_assert_uint_eq(t->end[R2].ups, 1);
	play_free(t);
}
END_TEST

START_TEST(each_cipher_and_hash)
{
	struct play *t = play_new(2);
	enum cipher_alg c = ciphers[_i % 5];
	int k;

	if (c != CIPHER_DES || cipher_available(t->chance, c)) {
		for (k = 0; k < 2; k++)
			play_policy(&t->end[k], c, hashes[_i / 5], 19);
		t_up(t);
	}
	play_free(t);
}
END_TEST

START_TEST(seed_form)
{
	struct play *t = play_new(3);

	strcpy(t->end[R1].cfg.profile, "ISAKMP1");
	strcpy(t->end[R1].cfg.keyring, "KEY");
	t->end[R1].set.engine = IKE_ENGINE_ONBOARD;
	play_set(t);
	t_request(t, R2);
	t_flow(t);
	t_pay(t);
	ck_assert(t_said(&t->end[R1], "ISAKMP (2001): received packet from 11.11.11.11 dport 500 sport 500 Global (R) MM_KEY_EXCH\n"
	    "ISAKMP:(2001):Input = IKE_MESG_FROM_PEER, IKE_MM_EXCH\n"
	    "ISAKMP:(2001):Old State = IKE_R_MM4  New State = IKE_R_MM5 \n\n"
	    "ISAKMP:(2001): processing ID payload. message ID = 0\n"
	    "ISAKMP (2001): ID payload\n"
	    "        next-payload : 8\n"
	    "        type         : 1\n"
	    "        address      : 11.11.11.11\n"
	    "        protocol     : 17\n"
	    "        port         : 500\n"
	    "        length       : 12\n"
	    "ISAKMP:(0):: peer matches ISAKMP1 profile\n"
	    "ISAKMP:(2001):Found ADDRESS key in keyring KEY\n"
	    "ISAKMP:(2001): processing HASH payload. message ID = 0\n"
	    "ISAKMP:(2001): processing NOTIFY INITIAL_CONTACT protocol 1\n"));
	ck_assert(t_said(&t->end[R1], "ISAKMP:(2001):SA authentication status:\n        authenticated\n"
	    "ISAKMP:(2001):SA has been authenticated with 11.11.11.11\n"
	    "ISAKMP:(2001):SA authentication status:\n        authenticated\n"
	    "ISAKMP:(2001): Process initial contact,\n"
	    "bring down existing phase 1 and 2 SA's with local 14.14.14.14 remote 11.11.11.11 remote port 500\n"));
	ck_assert(t_said(&t->end[R2], "ISAKMP:(1001):Send initial contact\n"
	    "ISAKMP:(1001):SA is doing pre-shared key authentication using id type ID_IPV4_ADDR\n"
	    "ISAKMP (1001): ID payload\n"));
	ck_assert(t_said(&t->end[R2], "ISAKMP:(1001):Total payload length: 12\n"
	    "ISAKMP:(1001): sending packet to 14.14.14.14 my_port 500 peer_port 500 (I) MM_KEY_EXCH\n"
	    "ISAKMP:(1001):Sending an IKE IPv4 Packet.\n"
	    "ISAKMP:(1001):Input = IKE_MESG_INTERNAL, IKE_PROCESS_COMPLETE\n"
	    "ISAKMP:(1001):Old State = IKE_I_MM4  New State = IKE_I_MM5 \n"));
	ck_assert_uint_eq(t->end[R1].ics, 1);
	play_free(t);
}
END_TEST

START_TEST(wrong_key)
{
	struct play *t = play_new(4);

	t->end[R2].cfg.psk[0] = 'S';
	t_request(t, R1);
	t_live(t, 80 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R1].ups + t->end[R2].ups, 0);
	ck_assert_uint_eq(t->end[R1].fails, 1);
	ck_assert_int_eq(t->end[R1].last_fail, IKE_FAIL_TIMEOUT);
	ck_assert(t_said(&t->end[R2], "%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from 14.14.14.14 failed its sanity check or is malformed"));
	ck_assert(t_said(&t->end[R2], "Old State = IKE_R_MM5  New State = IKE_R_MM4 "));
	ck_assert(t_said(&t->end[R1], "ISAKMP:(1001): retransmitting phase 1 MM_KEY_EXCH..."));
	ck_assert(t_said(&t->end[R1], "ISAKMP (1001): incrementing error counter on sa, attempt 5 of 5: retransmit phase 1"));
	ck_assert(t_said(&t->end[R1], "ISAKMP:(1001):deleting SA reason \"Death by retransmission P1\" state (I) MM_KEY_EXCH (peer 11.11.11.11)"));
	ck_assert_uint_gt(ike_count(t->end[R2].ike, IKEC_AUTH_FAIL), 0);
	play_free(t);
}
END_TEST

START_TEST(no_key)
{
	struct play *t = play_new(5);

	t->end[R1].cfg.have_key = false;
	t_request(t, R1);
	ck_assert_uint_eq(t->end[R1].nout, 0);
	ck_assert_int_eq(t->end[R1].last_fail, IKE_FAIL_NO_KEY);
	ck_assert(t_said(&t->end[R1], "No pre-shared key with 11.11.11.11!"));
	ck_assert(t_said(&t->end[R1], "construct_initial_message: Can not start Main mode"));
	ck_assert(t_said(&t->end[R1], "Deleting peer node by peer_reap for 11.11.11.11"));
	/* The other end has none: its policies don't fit. */
	t->end[R1].cfg.have_key = true;
	t->end[R2].cfg.have_key = false;
	t_request(t, R1);
	t_flow(t);
	ck_assert(t_said(&t->end[R2], "Preshared authentication offered but does not match policy!"));
	ck_assert_uint_eq(t->end[R1].ups, 0);
	play_free(t);
}
END_TEST

static const struct { struct ike_policy p; const char *line; } misfits[] = {
	{ { 10, CIPHER_3DES, HASH_SHA1, IKE_AUTH_PSK, 2, 86400 }, "Encryption algorithm offered does not match policy!" },
	{ { 10, CIPHER_AES256, HASH_SHA1, IKE_AUTH_PSK, 2, 86400 }, "Proposed key length does not match policy" },
	{ { 10, CIPHER_AES128, HASH_MD5, IKE_AUTH_PSK, 2, 86400 }, "Hash algorithm offered does not match policy!" },
	{ { 10, CIPHER_AES128, HASH_SHA1, IKE_AUTH_PSK, 14, 86400 }, "Diffie-Hellman group offered does not match policy!" },
	{ { 10, CIPHER_AES128, HASH_SHA1, IKE_AUTH_RSA_SIG, 2, 86400 }, "Authentication method offered does not match policy!" },
};

START_TEST(no_policy)
{
	struct play *t = play_new(6);

	t->end[R2].policies[0] = misfits[_i].p;
	t_request(t, R1);
	t_flow(t);
	ck_assert(t_said(&t->end[R2], misfits[_i].line));
	ck_assert(t_said(&t->end[R2], "atts are not acceptable. Next payload is 0"));
	ck_assert(t_said(&t->end[R2], "no offers accepted!"));
	ck_assert(t_said(&t->end[R2], "phase 1 SA policy not acceptable! (local 11.11.11.11 remote 14.14.14.14)"));
	ck_assert(t_said(&t->end[R2], "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Main mode failed with peer at 14.14.14.14"));
	ck_assert(t_said(&t->end[R1], "Notify has no hash. Rejected."));
	ck_assert_uint_eq(ike_count(t->end[R1].ike, IKEC_UNAUTH_NOTIFY), 1);
	/* A notify that anyone could have sent ends nothing: R1 tries on, and then gives up. */
	ck_assert(ike_sa_negotiating(t->end[R1].ike, &t->end[R1].path));
	t_live(t, 61 * NSEC_SEC);
	ck_assert_int_eq(t->end[R1].last_fail, IKE_FAIL_TIMEOUT);
	play_free(t);
}
END_TEST

START_TEST(second_policy)
{
	struct play *t = play_new(7);

	t->end[R1].policies[1] = (struct ike_policy){ 20, CIPHER_AES256, HASH_SHA512, IKE_AUTH_PSK, 20, 3600 };
	t->end[R1].npolicies = 2;
	t->end[R2].policies[0] = t->end[R1].policies[1];
	t_up(t);
	ck_assert(t_said(&t->end[R2], "Checking ISAKMP transform 2 against priority 20 policy"));
	ck_assert(t_said(&t->end[R2], "atts are not acceptable. Next payload is 3"));
	ck_assert(t_said(&t->end[R2], "life duration (basic) of 3600"));
	play_free(t);
}
END_TEST

START_TEST(fqdn)
{
	struct play *t = play_new(8);

	t->end[R1].cfg.self_id = (struct ike_id){ .type = IKE_ID_FQDN, .name = "r1.example.net" };
	t_up(t);
	ck_assert(t_said(&t->end[R2], "FQDN name    : r1.example.net"));
	play_free(t);
}
END_TEST

static void
no_marker(void *arg, const struct ike_sa_info *sa)
{
	static const uint8_t zero[4];

	(void)arg;
	ck_assert_mem_ne(sa->icookie, zero, 4);
	ck_assert_mem_ne(sa->rcookie, zero, 4);
}

START_TEST(ids_and_cookies)
{
	struct play *t = play_new(9);
	unsigned k;

	for (k = 0; k < 20; k++) {
		t_request(t, k % 2 ? R1 : R2);
		t_flow(t);
		ike_sa_each(t->end[R1].ike, no_marker, NULL);
		ck_assert_uint_eq(t_sa(&t->end[R1])->c.conn_id, 1001 + k);
		ck_assert(ike_clear(t->end[R1].ike, 1001 + k));
		t_flow(t);
		ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 0);
		ck_assert(!ike_clear(t->end[R1].ike, 1001 + k));
	}
	/* Deleted ones are seen until they are purged. */
	ck_assert(!t_said(&t->end[R1], "purging SA."));
	t_wait(t, IKE_PURGE);
	ck_assert(t_said(&t->end[R1], "ISAKMP:(1001):purging SA., sa="));
	play_free(t);
}
END_TEST

START_TEST(both_begin)
{
	struct play *t = play_new(100 + (uint64_t)_i);

	/* R1: { SA } -->   <-- { SA } :R2, crossing */
	t_request(t, R1);
	t_request(t, R2);
	t_live(t, 30 * NSEC_SEC);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	ck_assert_uint_eq(t_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_sas(&t->end[R2]), 1);
	t_pay(t);
	ck_assert_uint_eq(t->end[R1].fails + t->end[R2].fails, 0);
	play_free(t);
}
END_TEST

/* R1 was not there when R2 began, and begins itself 3 s later: whoever goes on, nobody waits for a timer. */
START_TEST(begins_late)
{
	struct play *t = play_new(400 + (uint64_t)_i);

	t_request(t, R2);
	t_drop(t, R2);
	t_wait(t, 3 * NSEC_SEC);
	t_request(t, R1);
	t_live(t, NSEC_SEC);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	ck_assert_uint_ge(t_sas(&t->end[R1]), 1);
	t_pay(t);
	play_free(t);
}
END_TEST

/* One message of R1 is taken away: `_i` tells which, and who else begins. */
START_TEST(both_begin_with_loss)
{
	struct play *t = play_new(200 + (uint64_t)_i);
	int k;

	t_request(t, R1);
	t_request(t, R2);
	for (k = 0; k < _i % 5; k++) {
		t_pass(t, R1);
		t_pass(t, R2);
	}
	t_drop(t, _i % 2);
	t_live(t, 90 * NSEC_SEC);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	ck_assert_uint_ge(t_sas(&t->end[R1]), 1);
	t_pay(t);
	ck_assert_uint_eq(t->end[R1].fails + t->end[R2].fails, 0);
	play_free(t);
}
END_TEST

/* R2's first message is here before R1 begins too. */
START_TEST(begins_while_asked)
{
	struct play *t = play_new(300 + (uint64_t)_i);

	t_request(t, R2);
	t_pass(t, R2);
	t_request(t, R1);
	t_live(t, 30 * NSEC_SEC);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	ck_assert_uint_eq(t_sas(&t->end[R1]), 1);
	t_pay(t);
	play_free(t);
}
END_TEST

START_TEST(half_open)
{
	struct play *t = play_new(10);
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
	t->end[R2].nout = 0;
	/* They don't stay, and send nothing again of themselves. */
	t_wait(t, 80 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R2].nout, 0);
	t_forget(t);
	t->end[R1].nout = 0;
	t_request(t, R1);
	t_live(t, NSEC_SEC);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	play_free(t);
}
END_TEST

/* What we have begun ourselves keeps nobody out: two routers that have many tunnels between them and start at once would wait for each other for ever. */
START_TEST(own_attempts_are_not_half_open)
{
	struct play *t = play_new(10);
	struct play_end *e = &t->end[R2];
	struct ike_path path = e->path;
	struct ike_child_request rq = { .nesp = 0 };

	e->set.half_open_max = 5;
	play_set(t);
	for (unsigned k = 0; k < 20; k++) {
		path.remote = addr_v4(0x0a000000 + k);
		ike_request(e->ike, &path, "", &rq);
	}
	ck_assert_uint_eq(ike_count(e->ike, IKEC_P1_BEGUN), 20);
	e->nout = 0;
	t_forget(t);
	t_request(t, R1);
	t_live(t, NSEC_SEC);
	ck_assert_uint_eq(ike_count(e->ike, IKEC_HALF_OPEN), 0);
	ck_assert_uint_eq(t_sas(&t->end[R1]), 1);
	play_free(t);
}
END_TEST

START_TEST(xe_form)
{
	struct play *t = play_new(11);

	t->end[R1].set.dialect = IKE_XE_17;
	play_set(t);
	t_up(t);
	ck_assert(t_said(&t->end[R1], "ISAKMP-PAK: (0):sending packet to 11.11.11.11 my_port 500 peer_port 500 (I) MM_NO_STATE\n"));
	ck_assert(t_said(&t->end[R1], "ISAKMP: (1001):SA is doing \nISAKMP: (1001):pre-shared key authentication using id type ID_IPV4_ADDR\n"));
	ck_assert(t_said(&t->end[R1], "ISAKMP:      life duration (VPI) of  0x0 0x1 0x51 0x80 \n"));
	play_free(t);
}
END_TEST

void
fsm_main_mode_tests(TCase *tc)
{
	tcase_add_loop_test(tc, each_group, 0, sizeof(groups) / sizeof(groups[0]));
	tcase_add_loop_test(tc, each_cipher_and_hash, 0, 25);
	tcase_add_test(tc, seed_form);
	tcase_add_test(tc, wrong_key);
	tcase_add_test(tc, no_key);
	tcase_add_loop_test(tc, no_policy, 0, sizeof(misfits) / sizeof(misfits[0]));
	tcase_add_test(tc, second_policy);
	tcase_add_test(tc, fqdn);
	tcase_add_test(tc, ids_and_cookies);
	tcase_add_loop_test(tc, both_begin, 0, 12);
	tcase_add_loop_test(tc, both_begin_with_loss, 0, 20);
	tcase_add_loop_test(tc, begins_late, 0, 12);
	tcase_add_loop_test(tc, begins_while_asked, 0, 8);
	tcase_add_test(tc, half_open);
	tcase_add_test(tc, own_attempts_are_not_half_open);
	tcase_add_test(tc, xe_form);
}
