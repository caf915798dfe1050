/* Quick Mode: transforms, PFS, lifetimes, refusals, rekeying and crossing. */

#include <string.h>

#include "testsuite/fsm/fsm_test.h"

static const struct { struct ike_esp e; size_t key_len; } transforms[] = {
	{ { "T", 50, 2, 0, 1, false, false }, 8 + 16 },
	{ { "T", 50, 3, 0, 2, false, false }, 24 + 20 },
	{ { "T", 50, 11, 0, 2, false, false }, 20 },
	{ { "T", 50, 12, 192, 5, false, false }, 24 + 32 },
	{ { "T", 50, 12, 256, 7, true, false }, 32 + 64 },
	{ { "T", 50, 20, 128, 0, false, true }, 16 + 4 },
	{ { "T", 50, 20, 256, 0, false, false }, 32 + 4 },
	{ { "T", 50, 23, 192, 0, false, false }, 24 + 4 },
	{ { "T", 51, 3, 0, 2, false, false }, 20 },
	{ { "T", 51, 6, 0, 6, true, false }, 48 },
};

START_TEST(each_transform)
{
	struct play *t = play_new(1);
	int k;

	for (k = 0; k < 2; k++)
		t->end[k].esp[0] = transforms[_i].e;
	t_up(t);
	ck_assert_uint_eq(t_sa(&t->end[R1])->c.key_len, transforms[_i].key_len);
	play_free(t);
}
END_TEST

static const unsigned groups[] = { 1, 2, 5, 14, 15, 16, 19, 20, 21, 24 };

START_TEST(each_pfs_group)
{
	struct play *t = play_new(2);

	t->end[R1].pfs_group = t->end[R2].pfs_group = groups[_i];
	t_up(t);
	ck_assert_uint_eq(t_sa(&t->end[R2])->c.pfs_group, groups[_i]);
	play_free(t);
}
END_TEST

/*
 * Both begin, and the peer is of a make that keeps no rule about it: it never answers ours (here that is lost each time), and asks
 * again with its own.  Then that is taken.
 */
START_TEST(one_that_insists)
{
	struct play *t;
	uint64_t seed = 0;
	struct play_end *winner, *other;
	int w;

	/* whose message id is the lower one is chance */
	for (w = 0; w < 2; w++) {
		bool found = false;

		for (; !found; seed++) {
			t = play_new(100 + seed);
			t_up(t);
			t_forget(t);
			t_request(t, R1);
			t_request(t, R2);
			winner = &t->end[w];
			other = &t->end[1 - w];
			ck_assert_uint_eq(winner->nout, 1);
			ck_assert_uint_eq(other->nout, 1);
			t_drop(t, w);
			t_pass(t, 1 - w);
			if (winner->nout == 0 && t_said(winner, "ours goes before"))
				found = true;
			else
				play_free(t);
		}
		/* Both send again: ours is lost once more, the peer's is its second, and is answered. */
		t_wait(t, 10 * NSEC_SEC + NSEC_SEC / 10);
		while (winner->nout > 0)
			t_drop(t, w);
		while (t_pass(t, 1 - w))
			;
		ck_assert_uint_ge(winner->nout, 1);
		t_flow(t);
		ck_assert_uint_eq(t_sas(winner), 2);
		ck_assert_uint_eq(t_sas(other), 2);
		t_pay(t);
		play_free(t);
	}
}
END_TEST

START_TEST(second_transform)
{
	struct play *t = play_new(3);

	t->end[R1].esp[1] = t->end[R1].esp[0];
	t->end[R1].esp[0] = transforms[1].e;
	t->end[R1].nesp = 2;
	t_up(t);
	ck_assert(t_said(&t->end[R2], "IPSec policy invalidated proposal with error 256"));
	ck_assert_uint_eq(t_sa(&t->end[R1])->c.esp.esp_id, 12);
	play_free(t);
}
END_TEST

/* The lower lifetime is told and kept by both. */
START_TEST(lower_life)
{
	struct play *t = play_new(4);

	t->end[R2].life_s = 600;
	t->end[R2].life_kb = 2560;
	t_up(t);
	ck_assert_uint_eq(t_sa(&t->end[R1])->c.life_s, 600);
	ck_assert_uint_eq(t_sa(&t->end[R1])->c.life_kb, 2560);
	ck_assert(t_said(&t->end[R1], "processing NOTIFY RESPONDER_LIFETIME protocol 3"));
	play_free(t);
}
END_TEST

static void
refused(struct play *t, const char *error)
{
	t_request(t, R1);
	t_flow(t);
	ck_assert(t_said(&t->end[R2], error));
	ck_assert(t_said(&t->end[R2], "phase 2 SA policy not acceptable! (local 11.11.11.11 remote 14.14.14.14)"));
	ck_assert(t_said(&t->end[R2], "Sending NOTIFY PROPOSAL_NOT_CHOSEN protocol 3\n        spi "));
	ck_assert(t_said(&t->end[R2], "error TRUE reason \"QM rejected\""));
	ck_assert(t_said(&t->end[R2], "Old State = IKE_QM_READY  New State = IKE_QM_READY"));
	ck_assert(t_said(&t->end[R2], "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Quick mode failed with peer at 14.14.14.14"));
	ck_assert(t_said(&t->end[R1], "error TRUE reason \"Delete Larval\""));
	ck_assert_int_eq(t->end[R1].last_fail, IKE_FAIL_NO_PROPOSAL);
	ck_assert_uint_eq(t->end[R1].fails, 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_sas(&t->end[R1]) + t_sas(&t->end[R2]), 0);
}

START_TEST(no_transform)
{
	struct play *t = play_new(5);

	t->end[R2].esp[0].auth_id = 5;
	refused(t, "IPSec policy invalidated proposal with error 256");
	play_free(t);
}
END_TEST

START_TEST(no_proxy)
{
	struct play *t = play_new(6);

	t->end[R2].remote_id.addr = addr_v4(0x01020300);
	refused(t, "IPSec policy invalidated proposal with error 32");
	play_free(t);
}
END_TEST

START_TEST(no_pfs)
{
	struct play *t = play_new(7);

	t->end[R2].pfs_group = 14;
	refused(t, "IPSec policy invalidated proposal with error 64");
	play_free(t);
}
END_TEST

START_TEST(table_full)
{
	struct play *t = play_new(8);

	t->end[R2].full = true;
	t_request(t, R1);
	t_flow(t);
	ck_assert_uint_eq(t->end[R1].fails, 1);
	ck_assert_uint_eq(t_sas(&t->end[R1]), 0);
	/* The other end: what it couldn't install it takes back. */
	t->end[R2].full = false;
	t->end[R1].full = true;
	t_request(t, R1);
	t_flow(t);
	ck_assert_int_eq(t->end[R1].last_fail, IKE_FAIL_LIMIT);
	ck_assert_uint_eq(t_sas(&t->end[R2]), 0);
	play_free(t);
}
END_TEST

/* The responder's outbound SA waits for message 3, its inbound one is in before message 2 leaves. */
START_TEST(rekey_order)
{
	struct play *t = play_new(9);

	t_up(t);
	t_forget(t);
	t_request(t, R1);
	ck_assert(t_said(&t->end[R1], "SA has outstanding requests  (local 14.14.14.14 port 500, remote 11.11.11.11 port 500)\n"
	    "ISAKMP:(1001):sitting IDLE. Starting QM immediately (QM_IDLE      )\n"
	    "ISAKMP:(1001):beginning Quick Mode exchange, M-ID of "));
	/* R1: { HASH(1), SA, Ni } --> */
	t_pass(t, R1);
	ck_assert_uint_eq(t->end[R2].nsas, 2);
	ck_assert(!t_sa(&t->end[R2])->enabled);
	/* <-- { HASH(2), SA, Nr } :R2 */
	t_pass(t, R2);
	ck_assert_uint_eq(t->end[R1].nsas, 2);
	ck_assert(t_sa(&t->end[R1])->enabled);
	ck_assert(!t_sa(&t->end[R2])->enabled);
	/* R1: { HASH(3) } --> */
	t_pass(t, R1);
	ck_assert(t_sa(&t->end[R2])->enabled);
	t_pay(t);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	play_free(t);
}
END_TEST

START_TEST(both_rekey)
{
	struct play *t = play_new(20 + (uint64_t)_i);

	t_up(t);
	t_request(t, R1);
	t_request(t, R2);
	t_live(t, 60 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R1].nsas, 2);
	ck_assert_uint_eq(t->end[R2].nsas, 2);
	t_pay(t);
	ck_assert_uint_eq(t->end[R1].fails + t->end[R2].fails, 0);
	play_free(t);
}
END_TEST

void
fsm_quick_mode_tests(TCase *tc)
{
	tcase_add_loop_test(tc, each_transform, 0, sizeof(transforms) / sizeof(transforms[0]));
	tcase_add_loop_test(tc, each_pfs_group, 0, sizeof(groups) / sizeof(groups[0]));
	tcase_add_test(tc, one_that_insists);
	tcase_add_test(tc, second_transform);
	tcase_add_test(tc, lower_life);
	tcase_add_test(tc, no_transform);
	tcase_add_test(tc, no_proxy);
	tcase_add_test(tc, no_pfs);
	tcase_add_test(tc, table_full);
	tcase_add_test(tc, rekey_order);
	tcase_add_loop_test(tc, both_rekey, 0, 8);
}
