/* Invalid SPI: DELETE on the IKE SA that is there, recovery where there is none, and its damping. */

#include <stdio.h>
#include <string.h>

#include "testsuite/fsm/fsm_test.h"

#define BAD	0x793CC880u

static enum ike_spi_action
unknown(struct play *t, int at, uint32_t spi)
{
	return ike_spi_unknown(t->end[at].ike, &t->end[at].path, t->end[at].cfg.profile, 50, spi, true);
}

/* As the note breaks it: R2 loses both, R1 keeps its IPsec SAs. */
static struct play *
broken(uint64_t seed, bool recovery)
{
	struct play *t = play_new(seed);
	struct play_end *e = &t->end[R2];

	strcpy(e->cfg.profile, "SHKONO");
	strcpy(e->cfg.keyring, "SHKONO");
	e->set.invalid_spi_recovery = recovery;
	play_set(t);
	t_up(t);
	ike_clear(e->ike, 0);
	t_flow(t);
	t_forget(t);
	e->sas[0].gone = true;
	ike_peer_touch(e->ike, &e->path);
	return t;
}

START_TEST(with_ike_sa)
{
	struct play *t = play_new(1);
	uint32_t spi;

	t_up(t);
	spi = t_sa(&t->end[R1])->c.spi_out;
	t->end[R2].sas[0].gone = true;
	t->end[R2].set.invalid_spi_notify = (enum ike_spi_notify)_i;
	play_set(t);
	ck_assert_int_eq(unknown(t, R2, spi), IKE_SPI_NOTIFIED);
	t_flow(t);
	ck_assert_uint_eq(t_sas(&t->end[R1]), _i == IKE_NOTIFY_INVALID_SPI ? 1 : 0);
	ck_assert_uint_eq(t->end[R1].invalid_spis, _i == IKE_NOTIFY_DELETE ? 0 : 1);
	if (_i != IKE_NOTIFY_DELETE)
		ck_assert_uint_eq(t->end[R1].last_invalid, spi);
	play_free(t);
}
END_TEST

START_TEST(recovery_off)
{
	struct play *t = broken(2, false);
	struct play_end *e = &t->end[R2];

	ck_assert_int_eq(unknown(t, R2, BAD), IKE_SPI_IGNORED);
	ck_assert_str_eq(text_str(&e->log), " ISAKMP: Failed to find peer index node to update peer_info_list\n"
	    "ISAKMP: ignoring request to send delete notify (no ISAKMP sa) src 11.11.11.11 dst 14.14.14.14 for SPI 0x793CC880\n");
	ck_assert(!ike_delete_spi(e->ike, &e->path, 50, BAD));
	ck_assert_uint_eq(e->nout, 0);
	play_free(t);
}
END_TEST

START_TEST(recovery_on)
{
	struct play *t = broken(3, true);
	struct play_end *e = &t->end[R2];
	char line[128];

	t_forget(t);
	t->end[R1].again = true;
	ck_assert_int_eq(unknown(t, R2, t_sa(&t->end[R1])->c.spi_out), IKE_SPI_RECOVERY);
	ck_assert(t_said(e, "ISAKMP:(0): SA request profile is SHKONO\n"
	    "ISAKMP: Found a peer struct for 14.14.14.14, peer port 500\n"
	    "ISAKMP: Locking peer struct 0x"));
	ck_assert(t_said(e, ", refcount 1 for ike_initiate_sa_for_inv_spi_recovery\n"
	    "ISAKMP: local port 500, remote port 500\n"
	    "ISAKMP:(0):Found ADDRESS key in keyring SHKONO\n"
	    "ISAKMP:(0): Unknown DOI 0\n"
	    "ISAKMP:(0): constructed NAT-T vendor-rfc3947 ID\n"
	    "ISAKMP:(0): constructed NAT-T vendor-07 ID\n"
	    "ISAKMP:(0): constructed NAT-T vendor-03 ID\n"
	    "ISAKMP:(0): constructed NAT-T vendor-02 ID\n"
	    "ISAKMP : beginning Main Mode exchange for INV SPI RECOV\n"
	    "ISAKMP:(0): sending packet to 14.14.14.14 my_port 500 peer_port 500 (I) MM_NO_STATE\n"
	    "ISAKMP:(0):Sending an IKE IPv4 Packet.\n"));
	/* Another of them while it is under way. */
	ck_assert_int_eq(unknown(t, R2, BAD), IKE_SPI_PENDING);
	t_live(t, NSEC_SEC);
	/* INITIAL_CONTACT took R1's old SAs; new ones are there at once. */
	ck_assert_uint_eq(t->end[R1].ics, 1);
	ck_assert_uint_eq(t_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_sas(e), 1);
	t_pay(t);
	snprintf(line, sizeof(line), "Enqueued KEY_MGR_DELETE_SAS for IPSEC SA (SPI:0x%X)", BAD);
	ck_assert(t_said(&t->end[R1], line));
	ck_assert_uint_eq(t_ike_sas(e), 1);
	play_free(t);
}
END_TEST

/* One that got through damps nothing: broken again, it is healed again at once. */
START_TEST(recovers_again)
{
	struct play *t = broken(8, true);
	struct play_end *e = &t->end[R2];

	ck_assert_int_eq(unknown(t, R2, BAD), IKE_SPI_RECOVERY);
	t_flow(t);
	ck_assert_uint_eq(t_ike_sas(e), 1);
	ike_clear(e->ike, 0);
	t_flow(t);
	ck_assert_int_eq(unknown(t, R2, BAD), IKE_SPI_RECOVERY);
	play_free(t);
}
END_TEST

/* Nobody answers: one attempt, then no other with that peer for a minute from its beginning. */
START_TEST(damped)
{
	struct play *t = broken(4, true);
	struct play_end *e = &t->end[R2];
	int k, recoveries = 0;

	for (k = 0; k < 600; k += 5) {
		recoveries += unknown(t, R2, BAD) == IKE_SPI_RECOVERY;
		e->nout = 0;
		t_wait(t, 5 * NSEC_SEC);
	}
	ck_assert_int_ge(recoveries, 8);
	ck_assert_int_le(recoveries, 10);
	ck_assert_uint_eq(ike_count(e->ike, IKEC_RECOVERY), (unsigned)recoveries);
	play_free(t);
}
END_TEST

START_TEST(many_sources)
{
	struct play *t = broken(5, true);
	struct play_end *e = &t->end[R2];
	struct ike_path path = e->path;
	unsigned k, n = 0;

	for (k = 0; k < 1000; k++) {
		path.remote = addr_v4(0x0a000000 + k);
		n += ike_spi_unknown(e->ike, &path, "", 50, BAD + k, true) == IKE_SPI_RECOVERY;
		ck_assert_int_ne(ike_spi_unknown(e->ike, &path, "", 50, BAD + k, false), IKE_SPI_RECOVERY);
		e->nout = 0;
	}
	ck_assert_uint_le(n, 64);
	play_free(t);
}
END_TEST

/* INITIAL-CONTACT is for one who holds nothing of the peer. */
START_TEST(no_initial_contact)
{
	struct play *t = play_new(6);

	t_up(t);
	ike_clear(t->end[R2].ike, 0);
	t_flow(t);
	t_forget(t);
	t_request(t, R2);
	t_flow(t);
	ck_assert(!t_said(&t->end[R2], "Send initial contact"));
	ck_assert_uint_eq(t_sas(&t->end[R1]), 2);
	play_free(t);
}
END_TEST

/* Its old IKE SA goes too, at the one that is told. */
START_TEST(initial_contact_ends_ike_sa)
{
	struct play *t = play_new(7);

	t_up(t);
	/* R2 forgets, and R1 doesn't hear of it. */
	ike_clear(t->end[R2].ike, 0);
	t->end[R2].nout = 0;
	t->end[R2].sas[0].gone = true;
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	t_request(t, R2);
	t_flow(t);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	ck_assert_uint_eq(t->end[R1].downs, 1);
	ck_assert(t_said(&t->end[R1], "deleting SA reason \"Receive initial contact\" state (I) QM_IDLE"));
	ck_assert_uint_eq(t_sas(&t->end[R1]), 1);
	t_pay(t);
	play_free(t);
}
END_TEST

void
fsm_inv_spi_tests(TCase *tc)
{
	tcase_add_loop_test(tc, with_ike_sa, 0, 3);
	tcase_add_test(tc, recovery_off);
	tcase_add_test(tc, recovery_on);
	tcase_add_test(tc, recovers_again);
	tcase_add_test(tc, damped);
	tcase_add_test(tc, many_sources);
	tcase_add_test(tc, no_initial_contact);
	tcase_add_test(tc, initial_contact_ends_ike_sa);
}
