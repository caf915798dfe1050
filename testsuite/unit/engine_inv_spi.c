/* Packets without an SA: the syslog line and its pace, requests to IKE and theirs, recovery, and what forgers can reach. */

#include <stdio.h>
#include <string.h>

#include "testsuite/unit/engine_pair.h"

#define LINE	"%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for destaddr="
#define IGNORED	"ignoring request to send delete notify (no ISAKMP sa) src 11.11.11.11 dst 14.14.14.14 for SPI 0x"

/* As the note does it: nothing at Router1 tells it. */
static void
black_hole(struct pair_wire *w)
{
	ike_clear(w->end[R2].r->ike, 0);
	wire_run(w, NSEC_SEC);
	wire_clear_logs(w);
	w->end[R2].r->debug = (struct debug_flags){ .isakmp = true };
	clear_peer(w, R2);
}

START_TEST(the_line)
{
	struct pair_wire *w = wire_new(1, NULL);

	wire_run(w, 2 * NSEC_SEC);
	wire_forge(w, R2, R1_ADDR, R2_ADDR, 0x410F2223);
	ck_assert(logged(w, R2, "%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for destaddr=11.11.11.11, prot=50, spi=0x410F2223(1091510819), srcaddr=14.14.14.14, input interface=GigabitEthernet0/0\n"));
	w->end[R2].r->dialect = IKE_IOS_12;
	wire_forge(w, R2, R1_ADDR, R2_ADDR, 0xA3F09B0);
	ck_assert(logged(w, R2, "spi=0xA3F09B0(171903408), srcaddr=14.14.14.14\n"));
	wire_free(w);
}
END_TEST

/* One line a minute, requests at once and each 5 s after the first packet. */
START_TEST(pace)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct inv_spi_info info;

	wire_run(w, 2 * NSEC_SEC);
	wire_stream(w, 6 * NSEC_MS);
	wire_run(w, NSEC_SEC);
	black_hole(w);
	wire_run(w, 31 * NSEC_SEC);
	ck_assert_uint_eq(logged_times(w, R2, LINE), 1);
	ck_assert_uint_eq(logged_times(w, R2, IGNORED), 8);	/* at once, six pulses, and the clearing's own */
	router_inv_spi_info(w->end[R2].r, &info);
	ck_assert_uint_eq(info.requests, 7);
	ck_assert_uint_eq(info.ignored, 7);
	ck_assert_uint_eq(info.logged, 1);
	ck_assert_uint_eq(info.logged + info.suppressed, info.packets);
	ck_assert_uint_gt(info.packets, 5000);
	ck_assert_uint_eq(info.packets, dp_count(w->end[R2].r->dp, DPC_inv_spi));
	ck_assert_uint_eq(info.flows, 1);
	wire_free(w);
}
END_TEST

static void
respond_2(struct config *c, unsigned n)
{
	if (n == R2)
		config_ipsec_profile(c, "VTI", true)->responder_only = true;
}

START_TEST(two_lines_a_minute_apart)
{
	struct pair_wire *w = wire_new(1, respond_2);

	wire_run(w, 2 * NSEC_SEC);
	wire_stream(w, 6 * NSEC_MS);
	wire_run(w, NSEC_SEC);
	black_hole(w);
	wire_run(w, 59 * NSEC_SEC);
	ck_assert_uint_eq(logged_times(w, R2, LINE), 1);
	wire_run(w, 2 * NSEC_SEC);
	ck_assert_uint_eq(logged_times(w, R2, LINE), 2);
	wire_free(w);
}
END_TEST

/* A pulse only while packets come; what comes later is asked about at once. */
START_TEST(no_packets_no_pulse)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct inv_spi_info info;

	wire_run(w, 2 * NSEC_SEC);
	for (int i = 0; i < 3; i++)
		wire_forge(w, R2, R1_ADDR, R2_ADDR, 0x1234567);
	wire_run(w, 60 * NSEC_SEC);
	router_inv_spi_info(w->end[R2].r, &info);
	ck_assert_uint_eq(info.requests, 1);
	wire_forge(w, R2, R1_ADDR, R2_ADDR, 0x1234567);
	router_inv_spi_info(w->end[R2].r, &info);
	ck_assert_uint_eq(info.requests, 2);
	wire_free(w);
}
END_TEST

START_TEST(with_ike_a_delete_goes)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct inv_spi_info info;

	wire_run(w, 2 * NSEC_SEC);
	wire_forge(w, R2, R1_ADDR, R2_ADDR, 0x1234567);
	router_inv_spi_info(w->end[R2].r, &info);
	ck_assert_uint_eq(info.notified, 1);
	wire_run(w, NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 2);	/* of an SPI that it does not have */
	wire_free(w);
}
END_TEST

static void
recovery_2(struct config *c, unsigned n)
{
	c->invalid_spi_recovery = n == R2;
}

START_TEST(recovery)
{
	static const char *const r2[] = { LINE, "SA request profile is SHKONO", "beginning Main Mode exchange for INV SPI RECOV", "Send initial contact", NULL };
	static const char *const r1[] = { "processing NOTIFY INITIAL_CONTACT", "Process initial contact,\nbring down existing phase 1 and 2 SA's with local 14.14.14.14 remote 11.11.11.11 remote port 500",
		"IPSEC(key_engine): got a queue event with 1 KMI message(s)", "Delete IPsec SA by IC, local 14.14.14.14 remote 11.11.11.11 peer port 500",
		"Line protocol on Interface Tunnel0, changed state to down", NULL };
	struct pair_wire *w = wire_new(1, recovery_2);
	struct inv_spi_info info;

	wire_run(w, 10 * NSEC_SEC);
	wire_stream(w, 6 * NSEC_MS);
	wire_run(w, NSEC_SEC);
	w->end[R1].r->debug = (struct debug_flags){ .isakmp = true, .ipsec = true };
	black_hole(w);
	wire_run(w, 2 * NSEC_SEC);
	logged_in_order(w, R2, r2);
	logged_in_order(w, R1, r1);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 2);
	ck_assert_uint_eq(flow_sum(w, R2).sas, 2);
	ck_assert_uint_eq(flow_sum(w, R1).spi_out, flow_sum(w, R2).spi_in);
	ck_assert(flow_sum(w, R1).line_up && flow_sum(w, R2).line_up);
	router_inv_spi_info(w->end[R2].r, &info);
	ck_assert_uint_eq(info.recoveries, 1);
	wire_free(w);
}
END_TEST

/* What comes between the line protocol's fall and the session's end speaks for itself first. */
START_TEST(stray_in_the_window)
{
	static const char *const order[] = { "Failed to find peer index node", "Line protocol on Interface Tunnel0, changed state to down", LINE, IGNORED "1234567",
		"Crypto tunnel is DOWN", "Deleting peer node by peer_reap", IGNORED, NULL };
	struct pair_wire *w = wire_new(1, NULL);

	wire_run(w, 2 * NSEC_SEC);
	black_hole(w);
	wire_run(w, 2 * NSEC_MS);
	wire_forge(w, R2, R1_ADDR, R2_ADDR, 0x1234567);
	wire_run(w, 5 * NSEC_MS);
	logged_in_order(w, R2, order);
	ck_assert_uint_eq(logged_times(w, R2, IGNORED), 2);
	wire_free(w);
}
END_TEST

/* With recovery it finds the peer that was about to be reaped. */
START_TEST(recovery_in_the_window)
{
	static const char *const order[] = { "Line protocol on Interface Tunnel0, changed state to down", LINE, "SA request profile is SHKONO", "Found a peer struct for 14.14.14.14, peer port 500",
		"for ike_initiate_sa_for_inv_spi_recovery", "Found ADDRESS key in keyring SHKONO", "beginning Main Mode exchange for INV SPI RECOV", NULL };
	struct pair_wire *w = wire_new(1, recovery_2);

	wire_run(w, 2 * NSEC_SEC);
	black_hole(w);
	wire_run(w, 2 * NSEC_MS);
	wire_forge(w, R2, R1_ADDR, R2_ADDR, 0x1234567);
	wire_run(w, 5 * NSEC_MS);
	logged_in_order(w, R2, order);
	ck_assert_uint_eq(logged_times(w, R2, "peer_reap"), 0);
	wire_free(w);
}
END_TEST

/* The peer's address at an address of ours that it does not speak to: no recovery. */
START_TEST(wrong_local_address_is_not_eligible)
{
	struct pair_wire *w = wire_new(1, recovery_2);
	struct inv_spi_info info;

	wire_run(w, 2 * NSEC_SEC);
	ike_clear(w->end[R2].r->ike, 0);
	wire_run(w, NSEC_SEC);
	wire_forge(w, R2, R1_ADDR, 0x0a010c02, 0x1234567);
	router_inv_spi_info(w->end[R2].r, &info);
	ck_assert_uint_eq(info.packets, 1);
	ck_assert_uint_eq(info.recoveries, 0);
	ck_assert_uint_eq(info.ignored, 1);
	wire_free(w);
}
END_TEST

/* 100,000 packets of 10,000 strangers and one peer, whose address is forged too. */
START_TEST(forgers)
{
	struct pair_wire *w = wire_new(1, recovery_2);
	struct inv_spi_info info;
	uint64_t ike;

	wire_run(w, 2 * NSEC_SEC);
	ike_clear(w->end[R2].r->ike, 0);
	wire_run(w, NSEC_SEC);
	clear_peer(w, R2);
	wire_run(w, NSEC_SEC);
	w->drop_ike = true;
	ike = w->ike_frames;
	for (uint32_t i = 0; i < 100000; i++) {
		wire_forge(w, R2, 0x64400000 + i % 10000, R2_ADDR, 0x1000 + i);
		if (i % 100 == 0)
			wire_forge(w, R2, R1_ADDR, R2_ADDR, 0x80000000 + i);
		if (i % 20 == 0)
			wire_run(w, NSEC_MS);
	}
	router_inv_spi_info(w->end[R2].r, &info);
	ck_assert_uint_eq(info.packets, 101000);
	ck_assert_uint_eq(info.logged + info.suppressed, info.packets);
	ck_assert_uint_eq(info.recoveries, 1);
	ck_assert_uint_le(info.flows, info.flows_max);
	ck_assert_uint_gt(info.table_full, 90000);
	ck_assert_uint_le(info.logged, 70);		/* 5 s and ten a second */
	ck_assert_uint_le(w->ike_frames - ike, 2);	/* one attempt, at the only peer that we have */
	wire_run(w, 100 * NSEC_SEC);
	wire_forge(w, R2, R1_ADDR, R2_ADDR, 0x1234567);
	router_inv_spi_info(w->end[R2].r, &info);
	ck_assert_uint_eq(info.flows, 1);		/* all forgotten but this one */
	wire_free(w);
}
END_TEST

void
engine_inv_spi_tests(TCase *tc)
{
	tcase_add_test(tc, the_line);
	tcase_add_test(tc, pace);
	tcase_add_test(tc, two_lines_a_minute_apart);
	tcase_add_test(tc, no_packets_no_pulse);
	tcase_add_test(tc, with_ike_a_delete_goes);
	tcase_add_test(tc, recovery);
	tcase_add_test(tc, stray_in_the_window);
	tcase_add_test(tc, recovery_in_the_window);
	tcase_add_test(tc, wrong_local_address_is_not_eligible);
	tcase_add_test(tc, forgers);
}
