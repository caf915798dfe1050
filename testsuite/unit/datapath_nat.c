/*
 * Address and port translation: host A is inside of dp 0, whose link is the outside; host B must see the
 * link's address, and answers must find back.
 */

#include <string.h>

#include "datapath/nat.h"
#include "datapath/wire.h"
#include "testsuite/unit/datapath_test.h"

#define GLOBAL	LINK_IP(0)
#define OTHER	IP(192, 168, 1, 11)	/* another host beside A; only what it sends is looked at */

static struct bench *
nat_bench(void)
{
	struct bench *b = bench_new();
	const struct dp_nat_rule rule = { .match = { .dst = IP(192, 168, 2, 0), .dst_mask = 0xffffff00 }, .to = GLOBAL };

	dp_nat_inside(b->dp[0], LAN, true);
	dp_nat_set(b->dp[0], LINK, &rule, 1);
	return b;
}

static uint16_t
udp_sum_of(const uint8_t *ip, size_t n)
{
	uint8_t pseudo[4] = { 0, ip[IP4_PROTO] };

	put16(pseudo + 2, (unsigned)(n - IP4_LEN));
	return sum_done(sum_add(sum_add(sum_add(0, ip + IP4_SRC, 8), pseudo, 4), ip + IP4_LEN, n - IP4_LEN));
}

static void
send_udp(struct bench *b, int i, uint32_t src, uint32_t dst, uint16_t sport, uint16_t dport)
{
	uint8_t p[128];

	bench_clear(b);
	bench_host_send(b, i, p, mk_udp(p, src, dst, sport, dport, 0, "data!", 5));
	bench_run(b);
}

/* The packet at the far LAN; its checksums must hold. */
static const uint8_t *
seen(const struct bench *b, int i, size_t *n)
{
	const uint8_t *ip = bench_ip_out(b, i, 0, n);

	ck_assert_ptr_nonnull(ip);
	ck_assert_uint_eq(sum_of(ip, IP4_LEN), 0);
	if (ip[IP4_PROTO] == PROTO_UDP && get16(ip + IP4_LEN + 6) != 0)
		ck_assert_uint_eq(udp_sum_of(ip, *n), 0);
	if (ip[IP4_PROTO] == PROTO_ICMP)
		ck_assert_uint_eq(sum_of(ip + IP4_LEN, *n - IP4_LEN), 0);
	return ip;
}

START_TEST(there_and_back)
{
	struct bench *b = nat_bench();
	struct dp_nat_info info;
	const uint8_t *ip;
	size_t n;

	send_udp(b, 0, HOST_IP(0), HOST_IP(1), 5000, 53);
	ip = seen(b, 1, &n);
	ck_assert_uint_eq(get32(ip + IP4_SRC), GLOBAL);
	ck_assert_uint_eq(get16(ip + IP4_LEN), 5000);
	send_udp(b, 1, HOST_IP(1), GLOBAL, 53, 5000);
	ip = seen(b, 0, &n);
	ck_assert_uint_eq(get32(ip + IP4_DST), HOST_IP(0));
	ck_assert_uint_eq(get16(ip + IP4_LEN + 2), 5000);
	/* What answers nothing is for the router itself. */
	send_udp(b, 1, HOST_IP(1), GLOBAL, 53, 5001);
	ck_assert_ptr_null(bench_ip_out(b, 0, 0, &n));
	dp_nat_info(b->dp[0], &info);
	ck_assert_uint_eq(info.active, 1);
	ck_assert_uint_eq(info.misses, 1);
	ck_assert_uint_eq(info.hits, 1);
	bench_free(b);
}
END_TEST

/* Two hosts with one port: the second gets another one, and both get their answers. */
START_TEST(ports)
{
	struct bench *b = nat_bench();
	const uint8_t *ip;
	size_t n;

	send_udp(b, 0, HOST_IP(0), HOST_IP(1), 5000, 7);
	send_udp(b, 0, OTHER, HOST_IP(1), 5000, 7);
	ip = seen(b, 1, &n);
	ck_assert_uint_eq(get32(ip + IP4_SRC), GLOBAL);
	ck_assert_uint_eq(get16(ip + IP4_LEN), 5001);
	send_udp(b, 1, HOST_IP(1), GLOBAL, 7, 5000);
	ip = seen(b, 0, &n);
	ck_assert_uint_eq(get32(ip + IP4_DST), HOST_IP(0));
	bench_free(b);
}
END_TEST

START_TEST(echo_and_errors)
{
	struct bench *b = nat_bench();
	uint8_t p[256], q[256], error[256] = { ICMP_UNREACH, UNREACH_PORT };
	const uint8_t *ip;
	size_t n, len;

	len = mk_echo(p, HOST_IP(0), HOST_IP(1), 64, 0, 32);
	bench_host_send(b, 0, p, len);
	bench_run(b);
	ip = seen(b, 1, &n);
	ck_assert_uint_eq(get32(ip + IP4_SRC), GLOBAL);

	/* The next router says that the time to live ran out: host A gets that, about its own packet. */
	bench_clear(b);
	bench_wait(b, NSEC_SEC);
	len = mk_udp(p, HOST_IP(0), HOST_IP(1), 6000, 33434, 0, "x", 1);
	p[IP4_TTL] = 2;
	ip4_seal(p, IP4_LEN);
	bench_host_send(b, 0, p, len);
	bench_run(b);
	ip = seen(b, 0, &n);
	ck_assert_uint_eq(ip[IP4_LEN], ICMP_TIME_EXCEEDED);
	ck_assert_uint_eq(get32(ip + IP4_DST), HOST_IP(0));
	ip += IP4_LEN + ICMP_LEN;
	ck_assert_uint_eq(get32(ip + IP4_SRC), HOST_IP(0));
	ck_assert_uint_eq(get16(ip + IP4_LEN), 6000);
	ck_assert_uint_eq(sum_of(ip, IP4_LEN), 0);

	/* Host A refuses an answer: host B must find its own packet in the error. */
	send_udp(b, 0, HOST_IP(0), HOST_IP(1), 6001, 7);
	send_udp(b, 1, HOST_IP(1), GLOBAL, 7, 6001);
	ip = seen(b, 0, &n);
	memcpy(q, ip, n);
	bench_clear(b);
	memcpy(error + ICMP_LEN, q, n);
	put16(error + 2, sum_of(error, ICMP_LEN + n));
	len = mk_ip(p, HOST_IP(0), HOST_IP(1), PROTO_ICMP, 64, 0, 9, error, ICMP_LEN + n);
	bench_host_send(b, 0, p, len);
	bench_run(b);
	ip = seen(b, 1, &n);
	ck_assert_uint_eq(get32(ip + IP4_SRC), GLOBAL);
	ck_assert_uint_eq(get32(ip + IP4_LEN + ICMP_LEN + IP4_DST), GLOBAL);
	ck_assert_uint_eq(get16(ip + IP4_LEN + ICMP_LEN + IP4_LEN + 2), 6001);
	bench_free(b);
}
END_TEST

START_TEST(bounded)
{
	struct bench *b = nat_bench();
	struct dp_nat_info info;
	size_t n;

	dp_nat_limit(b->dp[0], 8);
	for (uint16_t i = 0; i < 12; i++)
		send_udp(b, 0, HOST_IP(0), HOST_IP(1), (uint16_t)(2000 + i), 7);
	dp_nat_info(b->dp[0], &info);
	ck_assert_uint_eq(info.active, 8);
	ck_assert_uint_eq(info.full, 4);
	ck_assert_uint_eq(COUNT(b, 0, nat_refused), 4);
	ck_assert_ptr_null(bench_ip_out(b, 1, 0, &n));
	bench_wait(b, 400 * NSEC_SEC);
	dp_nat_info(b->dp[0], &info);
	ck_assert_uint_eq(info.active, 0);
	ck_assert_uint_eq(info.expired, 8);
	bench_free(b);
}
END_TEST

/* Cut at every byte, and errors that quote rubbish: nothing but drops. */
START_TEST(hostile)
{
	struct bench *b = nat_bench();
	uint8_t p[256], error[128] = { ICMP_UNREACH, 1 };
	size_t len;

	send_udp(b, 0, HOST_IP(0), HOST_IP(1), 5000, 53);
	for (size_t cut = 0; cut <= 40; cut++)
		for (uint8_t proto = 0; proto < 20; proto++) {
			bench_clear(b);
			memset(error + ICMP_LEN, 0x45, sizeof(error) - ICMP_LEN);
			put16(error + 2, 0);
			put16(error + 2, sum_of(error, cut));
			len = mk_ip(p, HOST_IP(1), GLOBAL, proto, 64, 0, 1, error, cut);
			bench_host_send(b, 1, p, len);
			len = mk_ip(p, HOST_IP(0), HOST_IP(1), proto, 64, 0, 1, error, cut);
			bench_host_send(b, 0, p, len);
			bench_run(b);
		}
	bench_free(b);
}
END_TEST

START_TEST(fragments)
{
	struct bench *b = nat_bench();
	uint8_t whole[2048], p[2048], data[1200];
	const uint8_t *ip;
	size_t n, len;

	memset(data, 'z', sizeof(data));
	len = mk_udp(whole, HOST_IP(0), HOST_IP(1), 5000, 9, 0, data, sizeof(data)) - IP4_LEN;
	bench_host_send(b, 0, p, mk_ip(p, HOST_IP(0), HOST_IP(1), PROTO_UDP, 64, 800 / 8, 77, whole + IP4_LEN + 800, len - 800));
	bench_run(b);
	ck_assert_ptr_null(bench_ip_out(b, 1, 0, &n));
	bench_host_send(b, 0, p, mk_ip(p, HOST_IP(0), HOST_IP(1), PROTO_UDP, 64, IP4_MF, 77, whole + IP4_LEN, 800));
	bench_run(b);
	ip = seen(b, 1, &n);
	ck_assert_uint_eq(n, IP4_LEN + len);
	ck_assert_uint_eq(get32(ip + IP4_SRC), GLOBAL);
	bench_free(b);
}
END_TEST

START_TEST(rules_go)
{
	struct bench *b = nat_bench();
	struct dp_nat_info info;
	const uint8_t *ip;
	size_t n;

	send_udp(b, 0, HOST_IP(0), HOST_IP(1), 5000, 53);
	dp_nat_set(b->dp[0], LINK, NULL, 0);
	dp_nat_info(b->dp[0], &info);
	ck_assert_uint_eq(info.active, 0);
	send_udp(b, 0, HOST_IP(0), HOST_IP(1), 5000, 53);
	ip = seen(b, 1, &n);
	ck_assert_uint_eq(get32(ip + IP4_SRC), HOST_IP(0));
	bench_free(b);
}
END_TEST

/* The router's own packets are translated if they are from an inside address. */
START_TEST(own_packets)
{
	struct bench *b = nat_bench();
	const uint8_t *ip;
	size_t n;

	ck_assert(dp_udp_send(b->dp[0], LAN_IP(0), HOST_IP(1), 9, 7, "x", 1, 64, clock_now(b->clock)));
	bench_run(b);
	ip = seen(b, 1, &n);
	ck_assert_uint_eq(get32(ip + IP4_SRC), GLOBAL);
	send_udp(b, 1, HOST_IP(1), GLOBAL, 7, 9);
	ck_assert_uint_eq(dp_count(b->dp[0], DPC_ip_local), 1);
	bench_clear(b);
	ck_assert(dp_udp_send(b->dp[0], LINK_IP(0), HOST_IP(1), 10, 7, "x", 1, 64, clock_now(b->clock)));
	bench_run(b);
	ip = seen(b, 1, &n);
	ck_assert_uint_eq(get16(ip + IP4_LEN), 10);
	bench_free(b);
}
END_TEST

void
datapath_nat_tests(TCase *tc)
{
	tcase_add_test(tc, there_and_back);
	tcase_add_test(tc, ports);
	tcase_add_test(tc, echo_and_errors);
	tcase_add_test(tc, bounded);
	tcase_add_test(tc, hostile);
	tcase_add_test(tc, fragments);
	tcase_add_test(tc, rules_go);
	tcase_add_test(tc, own_packets);
}
