/* Lifetimes, rekeying of phase 1, DELETE, dead peers. */

#include "testsuite/fsm/fsm_test.h"

static void
one_each(struct play *t)
{
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
}

/* Before its life ends the IKE SA has a successor; the IPsec SAs stay. */
START_TEST(rekey_phase1)
{
	struct play *t = play_new(1);

	t->end[R1].policies[0].lifetime_s = t->end[R2].policies[0].lifetime_s = 3600;
	t_up(t);
	t_live(t, 3299 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R1].ups, 1);
	t_live(t, 2 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R1].ups, 2);
	ck_assert_uint_eq(t->end[R2].ups, 2);
	t_live(t, 40 * NSEC_SEC);
	one_each(t);
	ck_assert_uint_eq(t->end[R1].nsas, 1);
	ck_assert_uint_eq(t_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t->end[R1].ics + t->end[R2].ics, 1);
	/* And on the new one Quick Mode works, from both sides. */
	t_request(t, R2);
	t_flow(t);
	t_pay(t);
	ck_assert_uint_eq(t_sa(&t->end[R1])->c.conn_id, 1002);
	play_free(t);
}
END_TEST

/* The first attempt is lost altogether: another follows before the end. */
START_TEST(rekey_tried_again)
{
	struct play *t = play_new(12);
	int n;

	t->end[R1].policies[0].lifetime_s = t->end[R2].policies[0].lifetime_s = 3600;
	t_up(t);
	for (n = 0; n < 3365; n++) {
		t_wait(t, NSEC_SEC);
		t->end[R1].nout = t->end[R2].nout = 0;
	}
	ck_assert_uint_eq(t->end[R1].ups, 1);
	t_live(t, 60 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R1].ups, 2);
	one_each(t);
	play_free(t);
}
END_TEST

/* For many lives: always one, and nothing piles up. */
START_TEST(rekey_for_days)
{
	struct play *t = play_new(2);
	int n;

	t->end[R1].policies[0].lifetime_s = t->end[R2].policies[0].lifetime_s = 3600;
	t_up(t);
	for (n = 0; n < 48; n++) {
		t_live(t, 3600 * NSEC_SEC);
		ck_assert_uint_ge(t_ike_sas(&t->end[R1]), 1);
		t_forget(t);
	}
	t_live(t, 600 * NSEC_SEC);
	one_each(t);
	ck_assert_uint_lt(clock_timers(t->clock), 20);
	ck_assert_uint_eq(t->end[R1].fails + t->end[R2].fails, 0);
	play_free(t);
}
END_TEST

/* The responder's policy is shorter: it says so, and both keep to it. */
START_TEST(responder_lifetime)
{
	struct play *t = play_new(3);

	t->end[R2].policies[0].lifetime_s = 1800;
	t_up(t);
	ck_assert(t_said(&t->end[R1], "processing NOTIFY RESPONDER_LIFETIME protocol 1"));
	ck_assert(t_said(&t->end[R1], "restart ike sa timer to 1800 secs"));
	t_live(t, 1700 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R1].ups, 2);
	play_free(t);
}
END_TEST

START_TEST(expires)
{
	struct play *t = play_new(4);

	t_up(t);
	t_forget(t);
	/* Nothing gets through any more: no successor, and the end in time. */
	while (t->end[R1].downs == 0) {
		t_wait(t, 60 * NSEC_SEC);
		t->end[R1].nout = t->end[R2].nout = 0;
	}
	ck_assert(t_said(&t->end[R1], "deleting SA reason \"IKE SA Lifetime Exceeded\" state (I) QM_IDLE       (peer 11.11.11.11)"));
	ck_assert_uint_eq(t_sas(&t->end[R1]), 1);
	play_free(t);
}
END_TEST

START_TEST(cleared)
{
	struct play *t = play_new(5);

	t_up(t);
	t_forget(t);
	ck_assert(ike_clear(t->end[R2].ike, 1001));
	t_flow(t);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 0);
	ck_assert(t_said(&t->end[R2], "Old State = IKE_P1_COMPLETE  New State = IKE_DEST_SA "));
	ck_assert(t_said(&t->end[R2], "Unlocking peer struct 0x"));
	ck_assert(!t_said(&t->end[R2], "peer_reap"));
	ck_assert(t_said(&t->end[R1], "processing DELETE payload. message ID = "));
	ck_assert(t_said(&t->end[R1], "deleting SA reason \"No reason\" state (I) QM_IDLE       (peer 11.11.11.11)"));
	ck_assert_uint_eq(t->end[R1].downs, 1);
	ck_assert_uint_eq(t_sas(&t->end[R1]), 1);
	t_wait(t, IKE_PURGE);
	ck_assert(t_said(&t->end[R1], "ISAKMP:(1001):purging SA., sa="));
	play_free(t);
}
END_TEST

START_TEST(peer_reaped)
{
	struct play *t = play_new(6);
	struct play_end *e = &t->end[R2];

	t_up(t);
	ike_clear(e->ike, 0);
	t_forget(t);
	ike_peer_touch(e->ike, &e->path);
	t_wait(t, NSEC_SEC);
	ck_assert(t_said(e, " ISAKMP: Failed to find peer index node to update peer_info_list\n"));
	ck_assert(!t_said(e, "peer_reap"));
	e->sas[0].gone = true;
	ike_peer_touch(e->ike, &e->path);
	ck_assert(!t_said(e, "peer_reap"));
	t_wait(t, NSEC_SEC);
	ck_assert(t_said(e, "ISAKMP: Deleting peer node by peer_reap for 14.14.14.14: "));
	play_free(t);
}
END_TEST

/* Requests under way when the peer deletes the IKE SA are told as failed, so that they can be asked again. */
START_TEST(deleted_under_way)
{
	struct play *t = play_new(7);

	t_up(t);
	t_request(t, R1);
	t_drop(t, R1);
	ike_clear(t->end[R2].ike, 0);
	t_flow(t);
	ck_assert_uint_eq(t->end[R1].fails, 1);
	ck_assert_int_eq(t->end[R1].last_fail, IKE_FAIL_DELETED);
	play_free(t);
}
END_TEST

static struct play *
dpd(uint64_t seed, bool periodic)
{
	struct play *t = play_new(seed);

	t->end[R1].cfg.dpd_s = 10;
	t->end[R1].cfg.dpd_retry_s = 3;
	t->end[R1].cfg.dpd_periodic = periodic;
	t_up(t);
	ck_assert(t_said(&t->end[R1], "ISAKMP:(1001):IKE_DPD is enabled, initializing timers"));
	ck_assert(!t_said(&t->end[R2], "IKE_DPD"));
	t_forget(t);
	return t;
}

START_TEST(dpd_answered_for_long)
{
	struct play *t = dpd(8, true);

	t_live(t, 11 * NSEC_SEC);
	ck_assert(t_said(&t->end[R1], "Sending NOTIFY DPD/R_U_THERE protocol 1\n        spi "));
	ck_assert(t_said(&t->end[R2], "ISAKMP:(1001): DPD/R_U_THERE received from peer 14.14.14.14, sequence 0x"));
	ck_assert(t_said(&t->end[R2], "Sending NOTIFY DPD/R_U_THERE_ACK protocol 1"));
	ck_assert(t_said(&t->end[R1], "ISAKMP:(1001): DPD/R_U_THERE_ACK received from peer 11.11.11.11, sequence 0x"));
	t_live(t, 3600 * NSEC_SEC);
	one_each(t);
	ck_assert_uint_eq(t->end[R1].dpd_deaths, 0);
	play_free(t);
}
END_TEST

START_TEST(dpd_dead)
{
	struct play *t = dpd(9, true);
	int64_t begin = clock_now(t->clock);

	while (t->end[R1].dpd_deaths == 0) {
		t_wait(t, NSEC_SEC);
		t->end[R1].nout = 0;
	}
	/* SECONDS + 5 x RETRY */
	ck_assert_int_eq(clock_now(t->clock) - begin, 25 * NSEC_SEC);
	ck_assert(t_said(&t->end[R1], "DPD incrementing error counter (5/5)"));
	ck_assert(t_said(&t->end[R1], "ISAKMP:(1001):peer 11.11.11.11 not responding!\nISAKMP:(1001):peer does not do paranoid keepalives.\n"
	    "ISAKMP:(1001):deleting SA reason \"P1 errcounter exceeded (PEERS_ALIVE_TIMER)\" state (I) QM_IDLE       (peer 11.11.11.11)"));
	ck_assert_uint_eq(t_sas(&t->end[R1]), 0);
	play_free(t);
}
END_TEST

START_TEST(dpd_on_demand)
{
	struct play *t = dpd(10, false);
	struct play_end *e = &t->end[R1];

	t_live(t, 600 * NSEC_SEC);
	ck_assert(!t_said(e, "R_U_THERE"));
	ike_heard(e->ike, &e->path);
	ike_dpd_now(e->ike, &e->path);
	ck_assert(!t_said(e, "R_U_THERE"));
	t_wait(t, 10 * NSEC_SEC);
	ike_dpd_now(e->ike, &e->path);
	ck_assert(t_said(e, "R_U_THERE"));
	t_flow(t);
	t_live(t, 60 * NSEC_SEC);
	ck_assert_uint_eq(e->dpd_deaths, 0);
	ike_dpd_now(e->ike, &e->path);
	e->nout = 0;
	t_wait(t, 3 * NSEC_SEC);
	e->nout = 0;
	ck_assert_uint_eq(e->dpd_deaths, 0);
	t_wait(t, 12 * NSEC_SEC);
	ck_assert_uint_eq(e->dpd_deaths, 1);
	play_free(t);
}
END_TEST

/* No clock ticks but those that something waits for. */
START_TEST(idle_costs_nothing)
{
	struct play *t = play_new(11);

	t_up(t);
	t_wait(t, 120 * NSEC_SEC);
	ck_assert_uint_le(clock_timers(t->clock), 4);
	ck_assert_int_gt(clock_next(t->clock), clock_now(t->clock) + 3600 * NSEC_SEC);
	play_free(t);
}
END_TEST

void
fsm_life_tests(TCase *tc)
{
	tcase_add_test(tc, rekey_phase1);
	tcase_add_test(tc, rekey_tried_again);
	tcase_add_test(tc, rekey_for_days);
	tcase_add_test(tc, responder_lifetime);
	tcase_add_test(tc, expires);
	tcase_add_test(tc, cleared);
	tcase_add_test(tc, peer_reaped);
	tcase_add_test(tc, deleted_under_way);
	tcase_add_test(tc, dpd_answered_for_long);
	tcase_add_test(tc, dpd_dead);
	tcase_add_test(tc, dpd_on_demand);
	tcase_add_test(tc, idle_costs_nothing);
}
