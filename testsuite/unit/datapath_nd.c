/* Neighbour discovery: duplicate addresses, the states of a neighbour, advertisements of routers, hostile messages. */

#include <string.h>

#include "testsuite/unit/datapath_ip6.h"

/* All zero if it is not known. */
static struct dp6_nd_info
neighbour(struct bench *b, int i, struct a6 ip)
{
	struct dp6_nd_info v[4096];
	size_t n = dp6_nd_list(b->dp[i], v, 4096), k;

	for (k = 0; k < n; k++)
		if (a6_eq(v[k].ip, ip))
			return v[k];
	return (struct dp6_nd_info){ .ifidx = 0 };
}

START_TEST(duplicates)
{
	struct bench *b = bench6_new();
	struct dp6_addr_info a[4];
	uint8_t ip[100], target[16];

	/* the same address at both ends of the link: the later one loses */
	bench6_if(b, 1, LINK, LINK6(0));
	bench_wait(b, 2 * NSEC_SEC);
	ck_assert_uint_eq(dp6_addr_list(b->dp[1], LINK, a, 4), 2);
	ck_assert_int_eq(a[1].state, DP6_DUPLICATE);
	ck_assert_int_eq(a[0].state, DP6_PREFERRED);
	ck_assert_uint_ge(b->ndup6, 1);
	ck_assert_uint_eq(dp6_addr_list(b->dp[0], LINK, a, 4), 2);
	ck_assert_int_eq(a[1].state, DP6_PREFERRED);
	/* one who asks for what we are asking for */
	bench_clear(b);
	bench6_if(b, 0, LAN, A6(0x20010db8000a0000, 1));
	bench_wait(b, 100 * NSEC_MS);
	a6_put(target, A6(0x20010db8000a0000, 1));
	bench6_host_send(b, 0, ip, mk6_icmp(ip, A6(0, 0), a6_solicited(A6(0x20010db8000a0000, 1)), 255, ICMP6_NS, 0, 0, target, 16));
	bench_wait(b, 2 * NSEC_SEC);
	dp6_addr_list(b->dp[0], LAN, a, 4);
	ck_assert_int_eq(a[1].state, DP6_DUPLICATE);
	bench_free(b);
}
END_TEST

START_TEST(states)
{
	struct bench *b = bench6_new();

	dp6_echo_send(b->dp[0], A6(0, 0), LINK6(1), 0, 1, 1, NULL, 0, 64, clock_now(b->clock));
	ck_assert_int_eq(neighbour(b, 0, LINK6(1)).state, DP6_ND_INCOMPLETE);
	bench_run(b);
	ck_assert_int_eq(neighbour(b, 0, LINK6(1)).state, DP6_ND_REACHABLE);
	ck_assert(neighbour(b, 0, LINK6(1)).router);
	bench_wait(b, 50 * NSEC_SEC);
	ck_assert_int_eq(neighbour(b, 0, LINK6(1)).state, DP6_ND_STALE);
	dp6_echo_send(b->dp[0], A6(0, 0), LINK6(1), 0, 1, 2, NULL, 0, 64, clock_now(b->clock));
	ck_assert_int_eq(neighbour(b, 0, LINK6(1)).state, DP6_ND_DELAY);
	bench_wait(b, 6 * NSEC_SEC);
	ck_assert_int_eq(neighbour(b, 0, LINK6(1)).state, DP6_ND_REACHABLE);
	/* the other end goes: three probes, and it is forgotten */
	bench_wait(b, 50 * NSEC_SEC);
	dp_if_set_up(b->dp[1], LINK, false);
	dp6_echo_send(b->dp[0], A6(0, 0), LINK6(1), 0, 1, 3, NULL, 0, 64, clock_now(b->clock));
	bench_wait(b, 7 * NSEC_SEC);
	ck_assert_int_eq(neighbour(b, 0, LINK6(1)).state, DP6_ND_PROBE);
	bench_wait(b, 3 * NSEC_SEC);
	ck_assert_uint_eq(neighbour(b, 0, LINK6(1)).ifidx, 0);
	bench_free(b);
}
END_TEST

START_TEST(unreachable)
{
	struct bench *b = bench6_new();
	uint8_t ip[100];
	const uint8_t *out;
	size_t m, i;

	for (i = 0; i < 6; i++)
		bench6_host_send(b, 0, ip, mk6_udp(ip, HOST6(0), A6(0x20010db800020000, 0x99), 1, 2, "x", 1));
	ck_assert_uint_eq(COUNT(b, 1, nd_queue), 2);
	bench_clear(b);
	bench_wait(b, 4 * NSEC_SEC);
	ck_assert_uint_eq(COUNT(b, 1, nd_failed), 4);
	out = bench6_out(b, 0, 0, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(out[IP6_LEN], ICMP6_UNREACH);
	ck_assert_uint_eq(out[IP6_LEN + 1], UNREACH6_ADDR);
	bench_free(b);
}
END_TEST

START_TEST(hostile)
{
	struct bench *b = bench6_new();
	struct dp6_nd_info many[5000];
	uint8_t ip[200], d[40] = { 0 };
	struct a6 fake = A6(0x20010db800010000, 0x66);
	size_t n, i;

	a6_put(d, LAN6(0));
	d[16] = 1;
	d[17] = 1;
	d[18] = 2;
	/* from beyond the link; with a code; cut; an option without a length, and one that is too long */
	bench6_host_send(b, 0, ip, mk6_icmp(ip, fake, LAN6(0), 254, ICMP6_NS, 0, 0, d, 24));
	bench6_host_send(b, 0, ip, mk6_icmp(ip, fake, LAN6(0), 255, ICMP6_NS, 1, 0, d, 24));
	ck_assert_uint_eq(COUNT(b, 0, nd_bad), 2);
	for (n = 0; n < 24; n++)
		if (n != 16)
			bench6_host_send(b, 0, ip, mk6_icmp(ip, fake, LAN6(0), 255, ICMP6_NS, 0, 0, d, n));
	ck_assert_uint_eq(COUNT(b, 0, nd_bad), 25);
	d[17] = 0;
	bench6_host_send(b, 0, ip, mk6_icmp(ip, fake, LAN6(0), 255, ICMP6_NS, 0, 0, d, 24));
	d[17] = 2;
	bench6_host_send(b, 0, ip, mk6_icmp(ip, fake, LAN6(0), 255, ICMP6_NS, 0, 0, d, 24));
	d[17] = 1;
	/* without an address, but not to the group, or with an option */
	bench6_host_send(b, 0, ip, mk6_icmp(ip, A6(0, 0), LAN6(0), 255, ICMP6_NS, 0, 0, d, 16));
	bench6_host_send(b, 0, ip, mk6_icmp(ip, A6(0, 0), a6_solicited(LAN6(0)), 255, ICMP6_NS, 0, 0, d, 24));
	ck_assert_uint_eq(COUNT(b, 0, nd_bad), 29);
	ck_assert_uint_eq(neighbour(b, 0, fake).ifidx, 0);
	/* an answer that nobody asked for */
	a6_put(d, fake);
	d[16] = 2;
	bench6_host_send(b, 0, ip, mk6_icmp(ip, fake, LAN6(0), 255, ICMP6_NA, 0, 0x60000000, d, 24));
	ck_assert_uint_eq(neighbour(b, 0, fake).ifidx, 0);
	/* a flood of neighbours has an end */
	d[16] = 1;
	a6_put(d, LAN6(0));
	for (i = 0; i < 5000; i++) {
		fake.lo++;
		bench6_host_send(b, 0, ip, mk6_icmp(ip, fake, LAN6(0), 255, ICMP6_NS, 0, 0, d, 24));
		if (i % 1000 == 0)
			bench_clear(b);
	}
	ck_assert_uint_le(dp6_nd_list(b->dp[0], many, 5000), 4096);
	/* and does not keep us from those whom we want to reach, whatever else is asked for */
	for (i = 0; i < 500; i++) {
		fake.lo += 0x10000;
		dp6_echo_send(b->dp[0], LAN6(0), fake, 0, 1, 1, NULL, 0, 64, clock_now(b->clock));
		ck_assert_uint_eq(neighbour(b, 0, fake).ifidx, LAN);
		bench_clear(b);
	}
	bench_free(b);
}
END_TEST

START_TEST(router_advertisements)
{
	struct bench *b = bench6_new();
	const struct dp6_addr addrs[] = { { LL6(0, LAN), 64 }, { LAN6(0), 64 } };
	const struct dp6_if_conf c = { .on = true, .addrs = addrs, .naddrs = 2, .dad = 1,
		.ra = { .on = true, .max_s = 200, .min_s = 150, .lifetime_s = 1800 } };
	const uint8_t *out;
	uint8_t ip[100];
	size_t m;

	dp6_if_set(b->dp[0], LAN, &c);
	bench_wait(b, 40 * NSEC_SEC);
	ck_assert_uint_eq(COUNT(b, 0, ra_out), 3);
	out = bench6_out(b, 0, 0, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(out[IP6_LEN], ICMP6_RA);
	ck_assert_uint_eq(out[IP6_HOPS], 255);
	ck_assert_uint_eq(m, IP6_LEN + 16 + 16 + 32);
	ck_assert_uint_eq(ip6_sum(out, PROTO_ICMP6, out + IP6_LEN, m - IP6_LEN), 0);
	ck_assert(a6_eq(a6_get(out + IP6_LEN + 48), a6_mask(LAN6(0), 64)));
	bench_wait(b, 800 * NSEC_SEC);
	ck_assert_uint_ge(COUNT(b, 0, ra_out), 7);
	ck_assert_uint_le(COUNT(b, 0, ra_out), 8);
	/* asked for: soon, but not more than one in three seconds */
	dp_counters_clear(b->dp[0]);
	for (m = 0; m < 5; m++)
		bench6_host_send(b, 0, ip, mk6_icmp(ip, HOST6(0), A6_ALL_ROUTERS, 255, ICMP6_RS, 0, 0, NULL, 0));
	bench_wait(b, NSEC_SEC);
	ck_assert_uint_le(COUNT(b, 0, ra_out), 1);
	bench_free(b);
}
END_TEST

void
datapath_nd_tests(TCase *tc)
{
	tcase_add_test(tc, duplicates);
	tcase_add_test(tc, states);
	tcase_add_test(tc, unreachable);
	tcase_add_test(tc, hostile);
	tcase_add_test(tc, router_advertisements);
}
