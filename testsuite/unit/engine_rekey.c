/* Lifetimes: rekeys without loss, by time and volume, the linger of the old pair, the hard end. */

#include <string.h>

#include "testsuite/unit/engine_pair.h"

static void
short_life(struct config *c, unsigned n)
{
	(void)n;
	c->ipsec_life.s = 300;
	c->ipsec_life.s_set = true;
}

START_TEST(by_time)
{
	struct pair_wire *w = wire_new(1, short_life);
	struct flow_sum old, new;
	struct inv_spi_info info;

	wire_run(w, 5 * NSEC_SEC);
	old = flow_sum(w, R1);
	wire_stream(w, 5 * NSEC_MS);
	wire_run(w, 260 * NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R1).spi_in, old.spi_in);
	wire_run(w, 10 * NSEC_SEC);
	new = flow_sum(w, R1);
	ck_assert_uint_ne(new.spi_in, old.spi_in);
	ck_assert_uint_eq(new.sas, 4);			/* the old pair lingers */
	ck_assert_uint_eq(new.spi_out, flow_sum(w, R2).spi_in);
	wire_run(w, 31 * NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 2);
	ck_assert_uint_eq(flow_sum(w, R2).sas, 2);
	wire_stream(w, 0);
	wire_run(w, NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R2).decaps, w->streamed);
	router_inv_spi_info(w->end[R2].r, &info);
	ck_assert_uint_eq(info.packets, 0);
	ck_assert_uint_eq(logged_times(w, R1, "Tunnel0, changed state to down"), 0);
	wire_free(w);
}
END_TEST

static void
small_life(struct config *c, unsigned n)
{
	(void)n;
	c->ipsec_life.kb = 2560;
	c->ipsec_life.kb_set = true;
}

START_TEST(by_volume)
{
	struct pair_wire *w = wire_new(1, small_life);
	struct flow_sum old;

	wire_run(w, 5 * NSEC_SEC);
	old = flow_sum(w, R1);
	wire_stream(w, NSEC_MS);
	wire_run(w, 8 * NSEC_SEC);		/* 428 bytes a packet: 3.4 MB */
	wire_stream(w, 0);
	wire_run(w, NSEC_SEC);
	ck_assert_uint_ne(flow_sum(w, R1).spi_in, old.spi_in);
	ck_assert_uint_eq(flow_sum(w, R2).decaps, w->streamed);
	wire_free(w);
}
END_TEST

START_TEST(hard_end)
{
	struct pair_wire *w = wire_new(1, short_life);

	wire_run(w, 5 * NSEC_SEC);
	w->drop_ike = true;
	wire_run(w, 290 * NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 2);
	wire_run(w, 10 * NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 0);
	ck_assert_uint_eq(flow_sum(w, R2).sas, 0);
	ck_assert(!flow_sum(w, R1).line_up);
	ck_assert(logged(w, R1, "Tunnel0, changed state to down"));
	w->drop_ike = false;
	wire_run(w, 180 * NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 2);
	ck_assert_uint_eq(flow_sum(w, R1).spi_out, flow_sum(w, R2).spi_in);
	wire_free(w);
}
END_TEST

/* A packet that the peer sent by the old SA, after it has aged out here, is no sign of a black hole. */
START_TEST(late_packet_is_transient)
{
	struct pair_wire *w = wire_new(1, short_life);
	struct flow_sum old;
	struct inv_spi_info info;

	wire_run(w, 5 * NSEC_SEC);
	old = flow_sum(w, R2);
	wire_run(w, 270 * NSEC_SEC);
	wire_run(w, 31 * NSEC_SEC);
	ck_assert_uint_ne(flow_sum(w, R2).spi_in, old.spi_in);
	wire_forge(w, R2, R1_ADDR, R2_ADDR, old.spi_in);
	router_inv_spi_info(w->end[R2].r, &info);
	ck_assert_uint_eq(info.packets, 1);
	ck_assert_uint_eq(info.transient, 1);
	ck_assert_uint_eq(info.requests, 0);
	wire_run(w, 40 * NSEC_SEC);
	wire_forge(w, R2, R1_ADDR, R2_ADDR, old.spi_in);
	router_inv_spi_info(w->end[R2].r, &info);
	ck_assert_uint_eq(info.transient, 1);
	ck_assert_uint_eq(info.requests, 1);
	wire_free(w);
}
END_TEST

START_TEST(thirty_days)
{
	struct pair_wire *w = wire_new(1, NULL);

	wire_run(w, INT64_C(30) * 86400 * NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 2);
	ck_assert_uint_eq(flow_sum(w, R2).sas, 2);
	ck_assert_uint_eq(flow_sum(w, R1).ike, 1);
	ck_assert_uint_eq(logged_times(w, R1, "Tunnel0, changed state to down"), 0);
	wire_free(w);
}
END_TEST

void
engine_rekey_tests(TCase *tc)
{
	tcase_add_test(tc, by_time);
	tcase_add_test(tc, by_volume);
	tcase_add_test(tc, hard_end);
	tcase_add_test(tc, late_packet_is_transient);
	tcase_add_test(tc, thirty_days);
}
