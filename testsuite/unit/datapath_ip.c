/* Forwarding, and what may not be forwarded. */

#include <string.h>

#include "datapath/internal.h"
#include "datapath/wire.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "testsuite/unit/datapath_test.h"

START_TEST(a_to_b)
{
	struct bench *b = bench_new();
	uint8_t ip[200];
	const uint8_t *out;
	size_t n, m;

	n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1000, 2000, 0, "hello", 5);
	bench_host_send(b, 0, ip, n);
	out = bench_ip_out(b, 1, 0, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(m, n);
	ck_assert_uint_eq(out[IP4_TTL], 62);
	ck_assert_mem_eq(out + IP4_LEN, ip + IP4_LEN, n - IP4_LEN);
	ck_assert_mem_eq(out + IP4_SRC, ip + IP4_SRC, 8);
	ck_assert_uint_eq(COUNT(b, 0, ip_forwarded), 1);
	ck_assert_uint_eq(COUNT(b, 1, ip_forwarded), 1);
	bench_free(b);
}
END_TEST

/* Every checksum that a header can have survives the decrement. */
START_TEST(ttl_checksum)
{
	struct bench *b = bench_new();
	const uint8_t *out;
	uint8_t ip[64];
	unsigned id;
	size_t n, m;

	for (id = 0; id < 0x10000; id += 11) {
		n = mk_ip(ip, HOST_IP(0), HOST_IP(1), 99, (uint8_t)(2 + id % 254), 0, id, "x", 1);
		bench_host_send(b, 0, ip, n);
		out = bench_ip_out(b, 1, 0, &m);
		if (ip[IP4_TTL] > 2)
			ck_assert_ptr_nonnull(out);	/* bench_ip_out() looks at the sum */
		else
			ck_assert_ptr_null(out);
		bench_clear(b);
	}
	bench_free(b);
}
END_TEST

static void
refused(struct bench *b, const uint8_t *ip, size_t n, enum dp_counter why)
{
	uint64_t was = dp_count(b->dp[0], why), fwd = COUNT(b, 0, ip_forwarded), local = COUNT(b, 0, ip_local);

	bench_host_send(b, 0, ip, n);
	ck_assert_msg(dp_count(b->dp[0], why) == was + 1, "%s", dp_counter_name(why));
	ck_assert_uint_eq(COUNT(b, 0, ip_forwarded), fwd);
	ck_assert_uint_eq(COUNT(b, 0, ip_local), local);
}

START_TEST(bad_headers)
{
	struct bench *b = bench_new();
	uint8_t ip[128], good[128];
	size_t n = mk_udp(good, HOST_IP(0), HOST_IP(1), 1, 2, 0, "0123456789", 10);

	memcpy(ip, good, n);
	ip[IP4_SUM] ^= 1;
	refused(b, ip, n, DPC_ip_checksum);
	memcpy(ip, good, n);
	ip[0] = 0x65;
	refused(b, ip, n, DPC_ip_version);
	ip[0] = 0x44;
	refused(b, ip, n, DPC_ip_header);
	ip[0] = 0x4f;
	refused(b, ip, n, DPC_ip_header);
	memcpy(ip, good, n);
	put16(ip + IP4_TOTAL, (unsigned)n + 1);
	ip4_seal(ip, IP4_LEN);
	refused(b, ip, n, DPC_ip_short);
	put16(ip + IP4_TOTAL, IP4_LEN - 1);
	ip4_seal(ip, IP4_LEN);
	refused(b, ip, n, DPC_ip_short);
	bench_free(b);
}
END_TEST

START_TEST(martians)
{
	static const uint32_t bad_src[] = { 0, IP(0, 1, 2, 3), IP(127, 0, 0, 1), IP(224, 0, 0, 1), IP(240, 0, 0, 1), UINT32_MAX,
		LAN_IP(0), LINK_IP(0), IP(192, 168, 1, 255), IP(10, 0, 0, 0) };
	static const uint32_t bad_dst[] = { 0, IP(127, 0, 0, 1), IP(240, 0, 0, 1) };
	struct bench *b = bench_new();
	uint8_t ip[64];
	size_t i;

	for (i = 0; i < sizeof bad_src / sizeof *bad_src; i++)
		refused(b, ip, mk_udp(ip, bad_src[i], HOST_IP(1), 1, 2, 0, "x", 1), DPC_ip_martian);
	for (i = 0; i < sizeof bad_dst / sizeof *bad_dst; i++)
		refused(b, ip, mk_udp(ip, HOST_IP(0), bad_dst[i], 1, 2, 0, "x", 1), DPC_ip_martian);
	refused(b, ip, mk_udp(ip, HOST_IP(0), IP(224, 0, 0, 5), 1, 2, 0, "x", 1), DPC_ip_multicast);
	refused(b, ip, mk_udp(ip, HOST_IP(0), IP(10, 0, 0, 255), 1, 2, 0, "x", 1), DPC_ip_directed);
	refused(b, ip, mk_udp(ip, HOST_IP(0), IP(10, 0, 0, 0), 1, 2, 0, "x", 1), DPC_ip_directed);
	ck_assert_uint_eq(b->nout, 0);
	bench_free(b);
}
END_TEST

START_TEST(link_broadcast)
{
	struct bench *b = bench_new();
	uint8_t f[100];
	size_t n;

	memset(f, 0xff, 6);
	memset(f + 6, 2, 6);
	put16(f + 12, ETHERTYPE_IP4);
	n = mk_udp(f + ETH_LEN, HOST_IP(0), HOST_IP(1), 1, 2, 0, "x", 1);
	bench_frame_in(b, 0, LAN, f, ETH_LEN + n);
	ck_assert_uint_eq(COUNT(b, 0, ip_link_bcast), 1);
	n = mk_udp(f + ETH_LEN, HOST_IP(0), IP(192, 168, 1, 255), 1, 2, 0, "x", 1);
	bench_frame_in(b, 0, LAN, f, ETH_LEN + n);
	ck_assert_uint_eq(COUNT(b, 0, ip_local), 1);
	ck_assert_uint_eq(COUNT(b, 0, udp_no_port), 1);
	ck_assert_uint_eq(COUNT(b, 0, icmp_error_out), 0);
	memset(f, 0x42, 6);
	bench_frame_in(b, 0, LAN, f, ETH_LEN + n);
	ck_assert_uint_eq(COUNT(b, 0, eth_other), 1);
	bench_free(b);
}
END_TEST

START_TEST(options)
{
	struct bench *b = bench_new();
	uint8_t ip[64] = { 0 };

	mk_ip(ip, HOST_IP(0), HOST_IP(1), 99, 9, 0, 1, NULL, 0);
	ip[0] = 0x47;
	put16(ip + IP4_TOTAL, 30);
	memcpy(ip + IP4_LEN, "\x01\x07\x07\x04\0\0\0\0", 8);	/* record route */
	ip4_seal(ip, 28);
	bench_host_send(b, 0, ip, 30);
	ck_assert_uint_eq(COUNT(b, 0, ip_forwarded), 1);
	ip[IP4_LEN + 1] = 131;
	ip4_seal(ip, 28);
	refused(b, ip, 30, DPC_ip_options);
	ip[IP4_LEN + 1] = 7;
	ip[IP4_LEN + 2] = 1;
	ip4_seal(ip, 28);
	refused(b, ip, 30, DPC_ip_options);
	bench_free(b);
}
END_TEST

/* Frames of every kind, cut at every byte and with each byte changed: nothing may be read beyond the end. */
START_TEST(cut_everywhere)
{
	struct bench *b = bench_new();
	uint8_t f[200], g[200];
	size_t n, i, kind;

	dp_udp_open(b->dp[0], 2000);
	for (kind = 0; kind < 5; kind++) {
		memcpy(f, (uint8_t[]){ 2, 0, 0, 0, 1, 1, 2, 0, 0, 0, 0xaa, 0, 8, 0 }, ETH_LEN);
		if (kind == 0)
			n = mk_udp(f + ETH_LEN, HOST_IP(0), LAN_IP(0), 1, 2000, 0, "0123456789", 10);
		else if (kind == 1)
			n = mk_echo(f + ETH_LEN, HOST_IP(0), LAN_IP(0), 64, 0, 20);
		else if (kind == 2)
			n = mk_ip(f + ETH_LEN, HOST_IP(0), LAN_IP(0), PROTO_ESP, 64, 0, 5, "\0\0\x10\0\0\0\0\1abcdefghijklmnopqrstuvwxyz", 34);
		else if (kind == 3)
			n = mk_udp(f + ETH_LEN, HOST_IP(0), LAN_IP(0), 1, 2000, IP4_MF, "0123456789abcdef", 16);
		else {
			n = ARP_LEN;
			put16(f + 12, ETHERTYPE_ARP4);
			memcpy(f + ETH_LEN, "\0\1\10\0\6\4\0\1\2\0\0\0\xaa\0\xc0\xa8\1\12\0\0\0\0\0\0\xc0\xa8\1\1", ARP_LEN);
		}
		for (i = 0; i <= ETH_LEN + n; i++)
			bench_frame_in(b, 0, LAN, f, i);
		for (i = 0; i < (ETH_LEN + n) * 8; i++) {
			memcpy(g, f, sizeof g);
			g[i / 8] ^= (uint8_t)(1 << i % 8);
			bench_frame_in(b, 0, LAN, g, ETH_LEN + n);
			if (i / 8 >= ETH_LEN && kind != 4)
				ip4_seal(g + ETH_LEN, IP4_LEN);
			bench_frame_in(b, 0, LAN, g, ETH_LEN + n);
			bench_run(b);
			bench_clear(b);
		}
	}
	bench_wait(b, 60 * NSEC_SEC);
	bench_free(b);
}
END_TEST

START_TEST(no_route)
{
	struct bench *b = bench_new();
	const uint8_t *out;
	uint8_t ip[64];
	uint32_t via;
	unsigned ifidx;
	size_t n;

	bench_host_send(b, 0, ip, mk_udp(ip, HOST_IP(0), IP(8, 8, 8, 8), 1, 2, 0, "x", 1));
	ck_assert_uint_eq(COUNT(b, 0, ip_no_route), 1);
	out = bench_ip_out(b, 0, 0, &n);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(out[IP4_LEN], ICMP_UNREACH);
	ck_assert_uint_eq(out[IP4_LEN + 1], UNREACH_NET);
	ck_assert(!dp_udp_send(b->dp[0], 0, IP(8, 8, 8, 8), 1, 2, "x", 1, 64, 0));
	ck_assert_uint_eq(dp_source_for(b->dp[0], IP(8, 8, 8, 8)), 0);
	ck_assert(!dp_route_lookup(b->dp[0], IP(8, 8, 8, 8), &via, &ifidx));
	ck_assert_uint_eq(dp_source_for(b->dp[0], HOST_IP(1)), LINK_IP(0));
	ck_assert_uint_eq(dp_source_for(b->dp[0], HOST_IP(0)), LAN_IP(0));
	ck_assert_uint_eq(dp_source_for(b->dp[0], LAN_IP(0)), LAN_IP(0));
	/* A route without an interface goes by that of its next hop. */
	dp_route_set(b->dp[0], 0, 0, HOST_IP(1), 0);
	ck_assert_uint_eq(dp_source_for(b->dp[0], IP(8, 8, 8, 8)), LINK_IP(0));
	dp_route_set(b->dp[0], 0, 0, IP(7, 7, 7, 7), 0);
	ck_assert_uint_eq(dp_source_for(b->dp[0], IP(8, 8, 8, 8)), 0);
	bench_free(b);
}
END_TEST

#define MANY 600

static void
send_many(struct bench *b)
{
	static struct dp_frame frames[MANY];
	static uint8_t bytes[MANY][128];
	size_t i, n, m;

	for (i = 0; i < MANY; i++) {
		memcpy(bytes[i], (uint8_t[]){ 2, 0, 0, 0, 1, 1, 2, 0, 0, 0, 0xaa, 0, 8, 0 }, ETH_LEN);
		n = mk_udp(bytes[i] + ETH_LEN, HOST_IP(0), HOST_IP(1), (uint16_t)i, 2, 0, "x", 1);
		frames[i] = (struct dp_frame){ bytes[i], ETH_LEN + n };
	}
	dp_input(b->dp[0], LAN, frames, MANY, clock_now(b->clock));
	bench_run(b);
	for (i = 0; i < MANY; i++)
		ck_assert_uint_eq(get16(bench_ip_out(b, 1, i, &m) + IP4_LEN), i);
	bench_clear(b);
}

/* More than a batch, in order; and when it comes again the path asks the heap for nothing. */
START_TEST(batches)
{
	struct bench *b = bench_new();
	uint8_t ip[64];
	uint64_t allocs;

	bench_host_send(b, 0, ip, mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, "x", 1));
	bench_clear(b);
	send_many(b);
	allocs = b->dp[0]->pool.allocs;
	ck_assert_uint_gt(allocs, 0);
	ck_assert_uint_le(allocs, DP_BATCH + 8);
	send_many(b);
	ck_assert_uint_eq(b->dp[0]->pool.allocs, allocs);
	ck_assert_uint_eq(b->dp[0]->pool.held, 0);
	bench_free(b);
}
END_TEST

/* No memory for a packet is a counted drop, wherever it strikes. */
START_TEST(no_memory)
{
	struct bench *b = bench_new();
	uint8_t ip[64];
	size_t n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, "x", 1);
	struct dp_if_info info;
	size_t limit, m;

	for (limit = 0; limit < 3; limit++) {
		b->dp[0]->pool.limit = limit;
		dp_arp_clear(b->dp[0]);
		bench_host_send(b, 0, ip, n);
		ck_assert_uint_gt(COUNT(b, 0, no_memory), 0);
		dp_counters_clear(b->dp[0]);
		bench_wait(b, 10 * NSEC_SEC);
		bench_clear(b);
		if (limit == 1)
			break;	/* one to hold and one to ask with are enough */
	}
	dp_if_info(b->dp[0], LAN, &info);
	ck_assert_uint_gt(info.in_drops, 0);
	b->dp[0]->pool.limit = 3;
	bench_host_send(b, 0, ip, n);
	ck_assert_ptr_nonnull(bench_ip_out(b, 1, 0, &m));
	bench_free(b);
}
END_TEST

void
datapath_ip_tests(TCase *tc)
{
	tcase_add_test(tc, a_to_b);
	tcase_add_test(tc, ttl_checksum);
	tcase_add_test(tc, bad_headers);
	tcase_add_test(tc, martians);
	tcase_add_test(tc, link_broadcast);
	tcase_add_test(tc, options);
	tcase_add_test(tc, cut_everywhere);
	tcase_add_test(tc, no_route);
	tcase_add_test(tc, batches);
	tcase_add_test(tc, no_memory);
}
