/* Lost, doubled and late messages, in each position of Main and Quick Mode. */

#include "testsuite/fsm/fsm_test.h"

/* Who sends the nth of the nine messages. */
static int
sender(int n)
{
	return n % 2 == 0 ? R1 : R2;
}

static int
message(int n)
{
	/* After message 6 R1 begins Quick Mode. */
	return sender(n);
}

START_TEST(one_lost)
{
	struct play *t = play_new(1);
	int n;

	t_request(t, R1);
	for (n = 0; n < _i; n++)
		ck_assert(t_pass(t, message(n)));
	ck_assert(t_drop(t, message(_i)));
	ck_assert_uint_eq(t->end[R1].nout + t->end[R2].nout, 0);
	t_live(t, 25 * NSEC_SEC);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	ck_assert_uint_eq(t_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_sas(&t->end[R2]), 1);
	t_pay(t);
	ck_assert_uint_eq(t->end[R1].fails, 0);
	play_free(t);
}
END_TEST

/* The first message is sent again with the same bytes; 10 s apart, five times, then the end. */
START_TEST(nobody_there)
{
	struct play *t = play_new(2);
	struct play_msg first;
	int n;

	t_request(t, R1);
	first = t->end[R1].out[0];
	t_drop(t, R1);
	for (n = 0; n < 5; n++) {
		t_wait(t, 10 * NSEC_SEC - 1);
		ck_assert_uint_eq(t->end[R1].nout, 0);
		t_wait(t, 1);
		ck_assert_uint_eq(t->end[R1].nout, 1);
		ck_assert_uint_eq(t->end[R1].out[0].n, first.n);
		ck_assert_mem_eq(t->end[R1].out[0].p, first.p, first.n);
		t_drop(t, R1);
	}
	ck_assert_uint_eq(t->end[R1].fails, 0);
	t_wait(t, 10 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R1].nout, 0);
	ck_assert_uint_eq(t->end[R1].fails, 1);
	ck_assert(t_said(&t->end[R1], "ISAKMP:(0): retransmitting phase 1 MM_NO_STATE..."));
	ck_assert_uint_eq(ike_count(t->end[R1].ike, IKEC_RETRANSMIT), 5);
	play_free(t);
}
END_TEST

START_TEST(each_twice)
{
	struct play *t = play_new(3);
	int n;

	t_request(t, R1);
	for (n = 0; n < 100 && t->end[R1].nout + t->end[R2].nout > 0; n++)
		if (!t_twice(t, n % 2))
			t_twice(t, 1 - n % 2);
	ck_assert_uint_eq(t->end[R1].nsas, 1);
	ck_assert_uint_eq(t->end[R2].nsas, 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	t_pay(t);
	ck_assert_uint_gt(ike_count(t->end[R2].ike, IKEC_DUPLICATE), 2);
	play_free(t);
}
END_TEST

/* A doubled message is answered by the same bytes. */
START_TEST(same_answer)
{
	struct play *t = play_new(4);
	int n;

	t_request(t, R1);
	for (n = 0; n < _i; n++)
		ck_assert(t_pass(t, message(n)));
	ck_assert(t_twice(t, message(_i)));
	ck_assert_uint_ge(t->end[1 - message(_i)].nout, 2);
	ck_assert_uint_eq(t->end[1 - message(_i)].out[0].n, t->end[1 - message(_i)].out[1].n);
	ck_assert_mem_eq(t->end[1 - message(_i)].out[0].p, t->end[1 - message(_i)].out[1].p, t->end[1 - message(_i)].out[0].n);
	t_live(t, 20 * NSEC_SEC);
	t_pay(t);
	play_free(t);
}
END_TEST

/* Half of all messages are lost, at random: five tries are mostly enough, and whatever comes both ends agree. */
START_TEST(storm)
{
	struct play *t = play_new(500 + (uint64_t)_i);
	struct chance *dice = chance_new_seeded((uint64_t)_i);
	int n;

	t_request(t, R1);
	for (n = 0; n < 400; n++) {
		while (t->end[R1].nout + t->end[R2].nout > 0) {
			int from = t->end[R1].nout > 0 ? R1 : R2;

			if (chance_below(dice, 4) == 0)
				t_drop(t, from);
			else if (chance_below(dice, 4) == 0)
				t_twice(t, from);
			else
				t_pass(t, from);
		}
		t_wait(t, NSEC_SEC);
	}
	ck_assert_uint_eq(t_sas(&t->end[R1]), t_sas(&t->end[R2]));
	ck_assert_uint_eq(t_sas(&t->end[R1]), 1);
	t_pay(t);
	chance_free(dice);
	play_free(t);
}
END_TEST

/* A Quick Mode that nobody answers ends, and the IKE SA stays. */
START_TEST(quick_mode_unanswered)
{
	struct play *t = play_new(6);

	t_up(t);
	t_request(t, R1);
	t_drop(t, R1);
	while (t->end[R1].fails == 0) {
		t_wait(t, 10 * NSEC_SEC);
		t_drop(t, R1);
	}
	ck_assert_int_eq(t->end[R1].last_fail, IKE_FAIL_TIMEOUT);
	ck_assert(t_said(&t->end[R1], "incrementing error counter on node, attempt 5 of 5: retransmit phase 2"));
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	play_free(t);
}
END_TEST

void
fsm_loss_tests(TCase *tc)
{
	tcase_add_loop_test(tc, one_lost, 0, 6);
	tcase_add_loop_test(tc, one_lost, 6, 9);
	tcase_add_test(tc, nobody_there);
	tcase_add_test(tc, each_twice);
	tcase_add_loop_test(tc, same_answer, 0, 1);
	tcase_add_loop_test(tc, same_answer, 2, 3);
	tcase_add_loop_test(tc, same_answer, 4, 5);
	tcase_add_loop_test(tc, same_answer, 6, 8);
	tcase_add_loop_test(tc, storm, 0, 30);
	tcase_add_test(tc, quick_mode_unanswered);
}
