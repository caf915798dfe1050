/* UDP: delivery, checksums, ports, handlers that call back. */

#include <string.h>

#include "datapath/wire.h"
#include "lib/clock.h"
#include "testsuite/unit/datapath_test.h"

START_TEST(delivered)
{
	struct bench *b = bench_new();
	static uint8_t big[60000];
	int64_t now = clock_now(b->clock);

	dp_udp_open(b->dp[1], 500);
	ck_assert(dp_udp_send(b->dp[0], 0, LAN_IP(1), 500, 500, "ike", 3, 64, now));
	bench_run(b);
	ck_assert_uint_eq(b->nudp, 1);
	ck_assert_uint_eq(b->udp[0].u.src, LINK_IP(0));
	ck_assert_uint_eq(b->udp[0].u.dst, LAN_IP(1));
	ck_assert_uint_eq(b->udp[0].u.sport, 500);
	ck_assert_uint_eq(b->udp[0].u.len, 3);
	ck_assert_uint_eq(b->udp[0].u.in_if, LINK);
	ck_assert_mem_eq(b->udp[0].data, "ike", 3);
	/* From a chosen address, empty; then one that takes many fragments. */
	ck_assert(dp_udp_send(b->dp[0], LAN_IP(0), LAN_IP(1), 500, 500, NULL, 0, 64, now));
	ck_assert(dp_udp_send(b->dp[0], 0, LAN_IP(1), 500, 500, big, sizeof big, 64, now));
	bench_run(b);
	ck_assert_uint_eq(b->nudp, 3);
	ck_assert_uint_eq(b->udp[1].u.src, LAN_IP(0));
	ck_assert_uint_eq(b->udp[1].u.len, 0);
	ck_assert_uint_eq(b->udp[2].u.len, sizeof big);
	ck_assert_uint_eq(COUNT(b, 1, reasm_ok), 1);
	dp_udp_close(b->dp[1], 500);
	ck_assert(dp_udp_send(b->dp[0], 0, LAN_IP(1), 500, 500, "x", 1, 64, now));
	bench_run(b);
	ck_assert_uint_eq(b->nudp, 3);
	ck_assert_uint_eq(COUNT(b, 1, udp_no_port), 1);
	bench_free(b);
}
END_TEST

START_TEST(checksum)
{
	struct bench *b = bench_new();
	uint8_t ip[128];
	size_t n, len;

	dp_udp_open(b->dp[0], 7);
	for (len = 0; len < 20; len++) {
		n = mk_udp(ip, HOST_IP(0), LAN_IP(0), 1, 7, 0, "abcdefghijklmnopqrstuvwxyz", len);
		bench_host_send(b, 0, ip, n);
	}
	ck_assert_uint_eq(b->nudp, 20);
	ip[IP4_LEN + UDP_LEN] ^= 0x10;
	bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(COUNT(b, 0, udp_checksum), 1);
	put16(ip + IP4_LEN + 6, 0);		/* not summed by its sender */
	bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(b->nudp, 21);
	for (len = 0; len < UDP_LEN; len++) {
		put16(ip + IP4_LEN + 4, (unsigned)len);
		bench_host_send(b, 0, ip, n);
	}
	put16(ip + IP4_LEN + 4, (unsigned)(n - IP4_LEN + 1));
	bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(COUNT(b, 0, udp_short), UDP_LEN + 1);
	ck_assert_uint_eq(b->nudp, 21);
	bench_free(b);
}
END_TEST

START_TEST(ports)
{
	struct bench *b = bench_new();
	int64_t now = clock_now(b->clock);
	unsigned i;

	for (i = 1; i < 100; i++)
		dp_udp_open(b->dp[0], (uint16_t)(i * 37 % 101));
	dp_udp_open(b->dp[0], 37);
	for (i = 2; i < 100; i += 2)
		dp_udp_close(b->dp[0], (uint16_t)(i * 37 % 101));
	dp_udp_close(b->dp[0], 9999);
	for (i = 1; i < 100; i++) {
		bench_clear(b);
		dp_udp_send(b->dp[0], 0, LAN_IP(0), 1, (uint16_t)(i * 37 % 101), "x", 1, 64, now);
		ck_assert_uint_eq(b->nudp, i % 2);
	}
	bench_free(b);
}
END_TEST

/* A handler that sends from within: what it causes comes after, not inside. */
START_TEST(handler_calls_back)
{
	struct bench *b = bench_new();
	uint8_t ip[64];
	const uint8_t *out;
	size_t n;

	b->echo_udp = true;
	dp_udp_open(b->dp[0], 7);
	bench_host_send(b, 0, ip, mk_udp(ip, HOST_IP(0), LAN_IP(0), 55, 7, 0, "echo", 4));
	ck_assert_uint_eq(b->nudp, 1);
	out = bench_ip_out(b, 0, 0, &n);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(get16(out + IP4_LEN + 2), 55);
	/* To a port of our own: the answer comes by the same loop; it has no one to go to. */
	ck_assert(dp_udp_send(b->dp[0], 0, LAN_IP(0), 8, 7, "self", 4, 64, clock_now(b->clock)));
	ck_assert_uint_eq(b->nudp, 2);
	ck_assert_uint_eq(COUNT(b, 0, udp_no_port), 1);
	bench_free(b);
}
END_TEST

void
datapath_udp_tests(TCase *tc)
{
	tcase_add_test(tc, delivered);
	tcase_add_test(tc, checksum);
	tcase_add_test(tc, ports);
	tcase_add_test(tc, handler_calls_back);
}
