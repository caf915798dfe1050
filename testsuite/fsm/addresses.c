/*
 * A router with two addresses and a peer that it knows by both: two IKE SAs, each with its own end, successor and silence.
 * What befalls one pair of addresses is nothing to the other.
 */

#include <string.h>

#include "testsuite/fsm/fsm_test.h"

static const uint32_t addresses[2] = { 0x0e0e0e0e, 0x0e0e0e0f };

/* What R1 begins it begins from this address, and R2 towards it. */
static void
by(struct play *t, int which)
{
	t->end[R1].path.local = t->end[R2].path.remote = addr_v4(addresses[which]);
	t->end[R1].cfg.self_id.addr = addr_v4(addresses[which]);
}

static struct ike_path
path_of(const struct play *t, int at, int which)
{
	struct ike_path p = t->end[at].path;

	*(at == R1 ? &p.local : &p.remote) = addr_v4(addresses[which]);
	return p;
}

static bool
is_up(struct play *t, int at, int which)
{
	struct ike_path p = path_of(t, at, which);

	return ike_sa_up(t->end[at].ike, &p);
}

/* Pairs of IPsec SAs between those two. */
static size_t
sas_of(struct play *t, int at, int which)
{
	struct ike_path p = path_of(t, at, which);
	size_t n = 0;

	for (size_t k = 0; k < t->end[at].nsas; k++)
		n += !t->end[at].sas[k].gone && ike_path_same(&t->end[at].sas[k].c.path, &p);
	return n;
}

static void
has(struct play *t, int which, size_t ike, size_t ipsec)
{
	for (int at = R1; at <= R2; at++) {
		ck_assert_uint_eq(is_up(t, at, which), ike);
		ck_assert_uint_eq(sas_of(t, at, which), ipsec);
	}
}

static void
both(struct play *t)
{
	for (int k = 0; k < 2; k++) {
		by(t, k);
		t_request(t, R1);
		t_flow(t);
		t_pay(t);
	}
	has(t, 0, 1, 1);
	has(t, 1, 1, 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 2);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 2);
}

/* The second is no successor of the first: both are there after a while, and each says that it is the first contact. */
START_TEST(one_each)
{
	struct play *t = play_new(1);

	t->end[R1].cfg.aggressive = _i;
	both(t);
	ck_assert_uint_eq(t->end[R2].ics, 2);
	t_live(t, 60 * NSEC_SEC);
	has(t, 0, 1, 1);
	has(t, 1, 1, 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 2);
	ck_assert_uint_eq(t->end[R1].downs + t->end[R2].downs, 0);
	play_free(t);
}
END_TEST

/* Begun at the same moment, from either end or by both. */
START_TEST(together)
{
	struct play *t = play_new(2);

	for (int k = 0; k < 2; k++) {
		by(t, k);
		t_request(t, _i == 1 ? R2 : R1);
		if (_i == 2)
			t_request(t, R2);
	}
	t_live(t, 60 * NSEC_SEC);
	for (int at = R1; at <= R2; at++)
		for (int k = 0; k < 2; k++) {
			ck_assert(is_up(t, at, k));
			ck_assert_uint_ge(sas_of(t, at, k), 1);
		}
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 2);
	play_free(t);
}
END_TEST

START_TEST(cleared)
{
	struct play *t = play_new(3);
	struct ike_path p;

	both(t);
	p = path_of(t, R1, _i);
	ike_clear_between(t->end[R1].ike, &(struct ike_ends){ .local = p.local, .remote = p.remote });
	t_flow(t);
	has(t, _i, 0, 1);
	has(t, 1 - _i, 1, 1);
	/* The other's IKE SA is no way for what is asked of this one. */
	ck_assert(!ike_delete_spi(t->end[R1].ike, &p, 50, t->end[R1].sas[_i].c.spi_in));
	by(t, _i);
	t_request(t, R1);
	t_flow(t);
	ck_assert_uint_eq(t->end[R1].ups, 3);
	play_free(t);
}
END_TEST

/* R1 has lost all that it had by one address: INITIAL-CONTACT ends that at R2, and nothing else. */
START_TEST(initial_contact)
{
	struct play *t = play_new(4);
	struct ike_path p;

	both(t);
	p = path_of(t, R1, _i);
	ike_clear_between(t->end[R1].ike, &(struct ike_ends){ .local = p.local, .remote = p.remote });
	t->end[R1].nout = 0;
	t->end[R1].sas[_i].gone = true;
	by(t, _i);
	t_request(t, R1);
	t_flow(t);
	ck_assert_uint_eq(t->end[R2].ics, 3);
	ck_assert(t->end[R2].sas[_i].gone && !t->end[R2].sas[1 - _i].gone);
	has(t, 0, 1, 1);
	has(t, 1, 1, 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 2);
	play_free(t);
}
END_TEST

/* What goes to one address is lost: that one is dead, and the other not asked more than before. */
START_TEST(dead)
{
	struct play *t = play_new(5);
	int64_t limit;

	t->end[R2].cfg.dpd_s = t->end[R1].cfg.dpd_s = 10;
	t->end[R2].cfg.dpd_retry_s = t->end[R1].cfg.dpd_retry_s = 2;
	t->end[R2].cfg.dpd_periodic = true;
	both(t);
	limit = clock_now(t->clock) + 60 * NSEC_SEC;
	do {
		while (t->end[R1].nout + t->end[R2].nout > 0) {
			int from = t->end[R2].nout > 0 ? R2 : R1;
			const struct ike_path *p = &t->end[from].out[0].path;

			if (addr_eq(from == R2 ? &p->remote : &p->local, &(struct addr){ .af = ADDR_V4, .v4 = addresses[_i] }))
				t_drop(t, from);
			else
				t_pass(t, from);
		}
	} while (clock_step(t->clock, limit));
	ck_assert_uint_eq(t->end[R2].dpd_deaths, 1);
	ck_assert(!is_up(t, R2, _i) && is_up(t, R2, 1 - _i));
	ck_assert_uint_eq(sas_of(t, R2, _i), 0);
	ck_assert_uint_eq(sas_of(t, R2, 1 - _i), 1);
	play_free(t);
}
END_TEST

/* Each has its successor, and the old ones go. */
START_TEST(rekeyed)
{
	struct play *t = play_new(6);

	t->end[R1].policies[0].lifetime_s = t->end[R2].policies[0].lifetime_s = 3600;
	both(t);
	t_live(t, 3400 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R1].ups, 4);
	has(t, 0, 1, 1);
	has(t, 1, 1, 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 2);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 2);
	ck_assert_uint_eq(t->end[R2].ics, 2);
	play_free(t);
}
END_TEST

/* A DELETE of the IKE SA by the peer, or of IPsec SAs by its own IKE SA. */
START_TEST(deleted)
{
	struct play *t = play_new(7);
	struct ike_path p;

	both(t);
	p = path_of(t, R2, _i);
	ck_assert(ike_delete_spi(t->end[R2].ike, &p, 50, t->end[R2].sas[_i].c.spi_in));
	t_flow(t);
	ck_assert(t->end[R1].sas[_i].gone && !t->end[R1].sas[1 - _i].gone);
	ike_clear_between(t->end[R2].ike, &(struct ike_ends){ .remote = p.remote });
	t_flow(t);
	ck_assert(!is_up(t, R1, _i) && is_up(t, R1, 1 - _i));
	play_free(t);
}
END_TEST

/* Recovery from an invalid SPI is damped for one pair of addresses, and begun by the other. */
START_TEST(recovery)
{
	struct play *t = play_new(8);
	struct ike_path p[2] = { path_of(t, R1, 0), path_of(t, R1, 1) };

	t->end[R1].set.invalid_spi_recovery = true;
	play_set(t);
	ck_assert_int_eq(ike_spi_unknown(t->end[R1].ike, &p[0], "", 50, 0x1000, true), IKE_SPI_RECOVERY);
	ck_assert_int_eq(ike_spi_unknown(t->end[R1].ike, &p[0], "", 50, 0x1001, true), IKE_SPI_PENDING);
	ck_assert_int_eq(ike_spi_unknown(t->end[R1].ike, &p[1], "", 50, 0x1002, true), IKE_SPI_RECOVERY);
	ike_clear(t->end[R1].ike, 0);
	ck_assert_int_eq(ike_spi_unknown(t->end[R1].ike, &p[0], "", 50, 0x1000, true), IKE_SPI_DAMPED);
	ck_assert_int_eq(ike_spi_unknown(t->end[R1].ike, &p[1], "", 50, 0x1002, true), IKE_SPI_DAMPED);
	play_free(t);
}
END_TEST

/* A message for an SA that comes to another address of ours is none of its, and changes nothing. */
START_TEST(astray)
{
	struct play *t = play_new(9);
	struct ike_path p;
	struct play_msg m;

	both(t);
	p = path_of(t, R2, 0);
	ike_clear_between(t->end[R2].ike, &(struct ike_ends){ .remote = p.remote });
	ck_assert_uint_eq(t->end[R2].nout, 1);
	m = t->end[R2].out[0];
	p = path_of(t, R1, 1);
	ike_input(t->end[R1].ike, &p, m.p, m.n);
	ck_assert(is_up(t, R1, 0) && is_up(t, R1, 1));
	t_flow(t);
	ck_assert(!is_up(t, R1, 0) && is_up(t, R1, 1));
	play_free(t);
}
END_TEST

void
fsm_addresses_tests(TCase *tc)
{
	tcase_add_loop_test(tc, one_each, 0, 2);
	tcase_add_loop_test(tc, together, 0, 3);
	tcase_add_loop_test(tc, cleared, 0, 2);
	tcase_add_loop_test(tc, initial_contact, 0, 2);
	tcase_add_loop_test(tc, dead, 0, 2);
	tcase_add_test(tc, rekeyed);
	tcase_add_loop_test(tc, deleted, 0, 2);
	tcase_add_test(tc, recovery);
	tcase_add_test(tc, astray);
}
