/* Echo, errors and when they are not sent, what the engine hears. */

#include <string.h>

#include "datapath/icmp.h"
#include "datapath/wire.h"
#include "lib/clock.h"
#include "testsuite/unit/datapath_test.h"

START_TEST(echo_answered)
{
	struct bench *b = bench_new();
	const uint8_t *out;
	uint8_t ip[300];
	size_t n, m, len;

	for (len = 0; len < 200; len++) {
		n = mk_echo(ip, HOST_IP(0), LINK_IP(1), 64, 0, len);
		bench_host_send(b, 0, ip, n);
		out = bench_ip_out(b, 0, 0, &m);
		ck_assert_ptr_nonnull(out);
		ck_assert_uint_eq(m, n);
		ck_assert_uint_eq(get32(out + IP4_SRC), LINK_IP(1));
		ck_assert_uint_eq(get32(out + IP4_DST), HOST_IP(0));
		ck_assert_uint_eq(out[IP4_TTL], 254);
		ck_assert_uint_eq(out[IP4_LEN], ICMP_ECHO_REPLY);
		ck_assert_uint_eq(sum_of(out + IP4_LEN, m - IP4_LEN), 0);
		ck_assert_mem_eq(out + IP4_LEN + 4, ip + IP4_LEN + 4, n - IP4_LEN - 4);
		bench_clear(b);
	}
	ip[IP4_LEN + 2] ^= 1;
	bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(COUNT(b, 1, icmp_bad), 1);
	n = mk_echo(ip, HOST_IP(0), IP(192, 168, 1, 255), 64, 0, 8);
	bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(COUNT(b, 0, icmp_ignored), 1);
	ck_assert_uint_eq(b->nout, 0);
	bench_free(b);
}
END_TEST

START_TEST(echo_sent)
{
	struct bench *b = bench_new();
	int64_t now = clock_now(b->clock);

	ck_assert(dp_echo_send(b->dp[0], 0, LINK_IP(1), 77, 5, "payload", 7, 64, 0, false, now));
	bench_run(b);
	ck_assert_uint_eq(b->nicmp, 1);
	ck_assert_uint_eq(b->icmp[0].type, ICMP_ECHO_REPLY);
	ck_assert_uint_eq(b->icmp[0].src, LINK_IP(1));
	ck_assert_uint_eq(b->icmp[0].dst, LINK_IP(0));
	ck_assert_uint_eq(b->icmp[0].id, 77);
	ck_assert_uint_eq(b->icmp[0].seq, 5);
	ck_assert_uint_eq(b->icmp[0].len, 7);
	ck_assert_uint_eq(b->icmp[0].ttl, 255);
	/* To ourselves. */
	ck_assert(dp_echo_send(b->dp[0], 0, LAN_IP(0), 78, 6, NULL, 0, 64, 0, false, now));
	ck_assert_uint_eq(b->nicmp, 2);
	ck_assert_uint_eq(b->icmp[1].src, LAN_IP(0));
	ck_assert_uint_eq(b->icmp[1].id, 78);
	ck_assert(!dp_echo_send(b->dp[0], 0, LINK_IP(1), 1, 1, NULL, 65508, 64, 0, false, now));
	ck_assert_uint_eq(COUNT(b, 0, ip_too_long), 1);
	bench_free(b);
}
END_TEST

/* As traceroute: the first router says so, and the engine learns of which datagram. */
START_TEST(ttl_error_heard)
{
	struct bench *b = bench_new();

	dp_route_set(b->dp[0], IP(9, 0, 0, 0), 8, LINK_IP(1), LINK);
	ck_assert(dp_udp_send(b->dp[0], 0, IP(9, 9, 9, 9), 40000, 33434, "x", 1, 1, clock_now(b->clock)));
	bench_run(b);
	ck_assert_uint_eq(b->nicmp, 1);
	ck_assert_uint_eq(b->icmp[0].type, ICMP_TIME_EXCEEDED);
	ck_assert_uint_eq(b->icmp[0].src, LINK_IP(1));
	ck_assert_uint_eq(b->icmp[0].orig_src, LINK_IP(0));
	ck_assert_uint_eq(b->icmp[0].orig_dst, IP(9, 9, 9, 9));
	ck_assert_uint_eq(b->icmp[0].orig_proto, PROTO_UDP);
	ck_assert_uint_eq(b->icmp[0].orig_sport, 40000);
	ck_assert_uint_eq(b->icmp[0].orig_dport, 33434);
	ck_assert(dp_udp_send(b->dp[0], 0, LINK_IP(1), 40000, 33434, "x", 1, 1, clock_now(b->clock)));
	bench_run(b);
	ck_assert_uint_eq(b->nicmp, 2);
	ck_assert_uint_eq(b->icmp[1].type, ICMP_UNREACH);
	ck_assert_uint_eq(b->icmp[1].code, UNREACH_PORT);
	ck_assert(dp_echo_send(b->dp[0], 0, IP(9, 9, 9, 9), 7, 8, NULL, 0, 1, 0, false, clock_now(b->clock)));
	bench_run(b);
	ck_assert_uint_eq(b->nicmp, 3);
	ck_assert_uint_eq(b->icmp[2].id, 7);
	ck_assert_uint_eq(b->icmp[2].seq, 8);
	bench_free(b);
}
END_TEST

/* The quoted packet is the one that died, as much as fits into 576 bytes. */
START_TEST(error_form)
{
	struct bench *b = bench_new();
	const uint8_t *out;
	uint8_t ip[1500], data[1400] = { 1, 2, 3 };
	size_t n, m;

	n = mk_udp(ip, HOST_IP(0), LAN_IP(0), 1, 999, 0, data, sizeof data);
	bench_host_send(b, 0, ip, n);
	out = bench_ip_out(b, 0, 0, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(m, ICMP_QUOTE);
	ck_assert_uint_eq(get32(out + IP4_SRC), LAN_IP(0));
	ck_assert_uint_eq(out[IP4_LEN + 1], UNREACH_PORT);
	ck_assert_uint_eq(sum_of(out + IP4_LEN, m - IP4_LEN), 0);
	ck_assert_mem_eq(out + IP4_LEN + ICMP_LEN, ip, ICMP_QUOTE - IP4_LEN - ICMP_LEN);
	n = mk_ip(ip, HOST_IP(0), LAN_IP(0), 250, 64, 0, 1, "y", 1);
	bench_wait(b, NSEC_SEC);
	bench_host_send(b, 0, ip, n);
	out = bench_ip_out(b, 0, 1, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(out[IP4_LEN + 1], UNREACH_PROTO);
	bench_free(b);
}
END_TEST

static void
silent(struct bench *b, const uint8_t *ip, size_t n)
{
	bench_wait(b, NSEC_SEC);
	bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(COUNT(b, 0, icmp_error_out), 0);
	ck_assert_uint_eq(COUNT(b, 0, icmp_limited), 0);
}

START_TEST(never_about)
{
	struct bench *b = bench_new();
	uint8_t ip[128], err[40] = { ICMP_UNREACH, 1 };
	size_t n;

	/* errors, and ICMP too short to tell */
	put16(err + 2, sum_of(err, sizeof err));
	silent(b, ip, mk_ip(ip, HOST_IP(0), HOST_IP(1), PROTO_ICMP, 1, 0, 1, err, sizeof err));
	silent(b, ip, mk_ip(ip, HOST_IP(0), HOST_IP(1), PROTO_ICMP, 1, 0, 1, NULL, 0));
	/* later fragments */
	silent(b, ip, mk_ip(ip, HOST_IP(0), HOST_IP(1), PROTO_UDP, 1, 100, 1, err, sizeof err));
	/* broadcasts */
	n = mk_udp(ip, HOST_IP(0), IP(192, 168, 1, 255), 1, 999, 0, "x", 1);
	silent(b, ip, n);
	n = mk_udp(ip, HOST_IP(0), UINT32_MAX, 1, 999, 0, "x", 1);
	silent(b, ip, n);
	/* but about a query */
	bench_host_send(b, 0, ip, mk_echo(ip, HOST_IP(0), HOST_IP(1), 1, 0, 8));
	ck_assert_uint_eq(COUNT(b, 0, icmp_error_out), 1);
	bench_free(b);
}
END_TEST

START_TEST(limited)
{
	struct bench *b = bench_new();
	uint8_t ip[64];
	size_t i, n = mk_udp(ip, HOST_IP(0), LAN_IP(0), 1, 999, 0, "x", 1);

	for (i = 0; i < 100; i++)
		bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(COUNT(b, 0, icmp_error_out), 1);
	ck_assert_uint_eq(COUNT(b, 0, icmp_limited), 99);
	bench_wait(b, ICMP_UNREACH_NS - 1);
	bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(COUNT(b, 0, icmp_error_out), 1);
	bench_wait(b, 1);
	bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(COUNT(b, 0, icmp_error_out), 2);
	dp_counters_clear(b->dp[0]);
	n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 999, 0, "x", 1);
	ip[IP4_TTL] = 1;
	ip4_seal(ip, IP4_LEN);
	for (i = 0; i < 100; i++)
		bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(COUNT(b, 0, icmp_error_out), ICMP_BURST);
	bench_free(b);
}
END_TEST

void
datapath_icmp_tests(TCase *tc)
{
	tcase_add_test(tc, echo_answered);
	tcase_add_test(tc, echo_sent);
	tcase_add_test(tc, ttl_error_heard);
	tcase_add_test(tc, error_form);
	tcase_add_test(tc, never_about);
	tcase_add_test(tc, limited);
}
