/* Lifetimes: rekeys without loss, by time and volume, the linger of the old pair, the hard end. */

#include <string.h>

#include "engine/flow.h"
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

static struct flow *
wire_flow(struct pair_wire *w, unsigned n)
{
	struct addr local = addr_v4(n == R1 ? R1_ADDR : R2_ADDR), remote = addr_v4(n == R1 ? R2_ADDR : R1_ADDR);

	return crypto_peer_flow(crypto_peer_find(w->end[n].r, &local, &remote));
}

/* Both ends ask in the same instant: both keep the same one of the two pairs. */
START_TEST(both_ask_at_once)
{
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct pair_wire *w = wire_new(seed, NULL);
		struct flow_sum a, b;

		wire_run(w, 100 * NSEC_SEC);
		flow_ask(wire_flow(w, R1));
		flow_ask(wire_flow(w, R2));
		wire_stream(w, 2 * NSEC_MS);
		wire_run(w, 2 * NSEC_SEC);
		a = flow_sum(w, R1);
		b = flow_sum(w, R2);
		ck_assert_uint_eq(a.spi_out, b.spi_in);
		ck_assert_uint_eq(a.spi_in, b.spi_out);
		wire_run(w, 60 * NSEC_SEC);
		a = flow_sum(w, R1);
		b = flow_sum(w, R2);
		ck_assert_uint_eq(a.sas, 2);
		ck_assert_uint_eq(b.sas, 2);
		ck_assert_uint_eq(a.spi_out, b.spi_in);
		wire_stream(w, 0);
		wire_run(w, NSEC_SEC);
		ck_assert_uint_eq(flow_sum(w, R2).decaps, w->streamed);
		wire_free(w);
	}
}
END_TEST

static struct ike_child
child_make(unsigned n, bool initiator, uint32_t spi_1, uint32_t spi_2)
{
	struct ike_child c = { .initiator = initiator, .life_s = 3600, .life_kb = 4608000, .key_len = 36 };

	c.path = n == R1 ? isakmp_path(addr_v4(R1_ADDR), addr_v4(R2_ADDR)) : isakmp_path(addr_v4(R2_ADDR), addr_v4(R1_ADDR));
	c.esp = (struct ike_esp){ .proto = 50, .esp_id = 12, .key_bits = 128, .auth_id = 2 };
	c.spi_in = n == R1 ? spi_1 : spi_2;
	c.spi_out = n == R1 ? spi_2 : spi_1;
	return c;
}

/*
 * Two pairs, of which each end began one, as peers make them that break no tie, installed and enabled in
 * whatever order at each end: the pair with the lowest SPI goes at both.
 */
START_TEST(duplicates)
{
	for (unsigned order = 0; order < 4; order++) {
		struct pair_wire *w = wire_new(1, NULL);

		wire_run(w, 100 * NSEC_SEC);
		w->drop_ike = true;
		for (unsigned n = 0; n < 2; n++)
			for (unsigned k = 0; k < 2; k++) {
				unsigned which = k ^ (order >> n & 1);
				struct ike_child c = which == 0 ? child_make(n, n == R1, 0x5000, 0x90000) : child_make(n, n == R2, 0x6000, 0x4000);

				w->end[n].r->debug.ipsec = true;
				c.cookie = wire_flow(w, n)->cookie;
				ck_assert(ike_calls.install(w->end[n].r, &c));
				ike_calls.enable(w->end[n].r, c.spi_in, c.spi_out);
			}
		for (unsigned n = 0; n < 2; n++) {
			ck_assert_uint_eq(flow_sum(w, n).sas, 6);
			ck_assert_uint_eq(flow_sum(w, n).spi_in, n == R1 ? 0x5000 : 0x90000);
			ck_assert(logged(w, n, "IPSEC(check_delete_duplicate_sa_bundle): found duplicated fresh SA bundle, aging it out. min_spi=4000"));
		}
		wire_run(w, 31 * NSEC_SEC);
		ck_assert_uint_eq(flow_sum(w, R1).sas, 2);
		ck_assert_uint_eq(flow_sum(w, R2).sas, 2);
		wire_free(w);
	}
}
END_TEST

static void
idle_60(struct config *c, unsigned n)
{
	(void)n;
	config_ipsec_profile(c, "VTI", true)->idle_s = 60;
}

START_TEST(idle_ends_them)
{
	struct pair_wire *w = wire_new(1, idle_60);

	wire_run(w, 5 * NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 2);
	w->drop_ike = true;
	wire_run(w, 62 * NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 0);
	wire_free(w);
}
END_TEST

static void
pfs_gcm(struct config *c, unsigned n)
{
	char gcm[] = "esp-gcm", bits[] = "256", *words[] = { gcm, bits };
	const char *why;

	ck_assert(config_transform_parse(config_transform_set(c, "TS", true), words, 2, &why));
	config_ipsec_profile(c, "VTI", true)->pfs_group = 14;
	(void)n;
}

START_TEST(pfs_and_gcm)
{
	struct pair_wire *w = wire_new(1, pfs_gcm);

	wire_run(w, 5 * NSEC_SEC);
	wire_stream(w, 10 * NSEC_MS);
	wire_run(w, 2 * NSEC_SEC);
	wire_stream(w, 0);
	wire_run(w, NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R2).decaps, w->streamed);
	ck_assert_uint_eq(flow_sum(w, R2).sas, 2);
	wire_free(w);
}
END_TEST

static void
suites_differ(struct config *c, unsigned n)
{
	char des[] = "esp-3des", md5[] = "esp-md5-hmac", *words[] = { des, md5 };
	const char *why;

	if (n == R1)
		ck_assert(config_transform_parse(config_transform_set(c, "TS", true), words, 2, &why));
}

START_TEST(no_common_suite)
{
	struct pair_wire *w = wire_new(1, suites_differ);

	w->end[R1].r->debug.ipsec = w->end[R2].r->debug.ipsec = true;
	wire_run(w, 200 * NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 0);
	ck_assert_uint_eq(flow_sum(w, R2).sas, 0);
	ck_assert(logged(w, R1, "IPSEC(ipsec_process_proposal): transform proposal not supported for identity:\n    {esp-aes esp-sha-hmac }") ||
	    logged(w, R2, "IPSEC(ipsec_process_proposal): transform proposal not supported for identity:\n    {esp-3des esp-md5-hmac }"));
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
	tcase_add_test(tc, both_ask_at_once);
	tcase_add_test(tc, duplicates);
	tcase_add_test(tc, idle_ends_them);
	tcase_add_test(tc, pfs_and_gcm);
	tcase_add_test(tc, no_common_suite);
	tcase_add_test(tc, thirty_days);
}
