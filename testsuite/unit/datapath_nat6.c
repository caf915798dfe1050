/* Translation between IPv6 networks: ports, identifiers, what quotes a packet, what is not let in, what can't be told. */

#include <string.h>

#include "datapath/nat6.h"
#include "datapath/udp.h"
#include "datapath/wire.h"
#include "testsuite/unit/datapath_ip6.h"

#define UDP_SUM	6

/* dp 0 translates what A sends to B: to its address on the link. */
static struct bench *
nat_new(void)
{
	struct bench *b = bench6_new();

	dp6_nat_set(b->dp[0], LAN, LINK, LINK6(0));
	return b;
}

static void
whole(const uint8_t *ip, size_t n)
{
	ck_assert_uint_eq(ip6_sum(ip, ip[IP6_NEXT], ip + IP6_LEN, n - IP6_LEN), 0);
}

/* There and back: the far end sees the outside's address, A its own; sums are whole, and one that is none stays so. */
START_TEST(datagrams)
{
	struct bench *b = nat_new();
	uint8_t ip[400];
	const uint8_t *out;
	size_t n = mk6_udp(ip, HOST6(0), HOST6(1), 4500, 4500, "datagram", 8), m;

	if (_i)
		put16(ip + IP6_LEN + UDP_SUM, 0);
	bench6_host_send(b, 0, ip, n);
	ck_assert_ptr_nonnull(out = bench6_out(b, 1, 0, &m));
	ck_assert(a6_eq(a6_get(out + IP6_SRC), LINK6(0)));
	ck_assert_uint_eq(get16(out + IP6_LEN), 4500);
	if (_i)
		ck_assert_uint_eq(get16(out + IP6_LEN + UDP_SUM), 0);
	else
		whole(out, m);
	bench6_host_send(b, 1, ip, mk6_udp(ip, HOST6(1), LINK6(0), 4500, 4500, "answer", 6));
	ck_assert_ptr_nonnull(out = bench6_out(b, 0, 0, &m));
	ck_assert(a6_eq(a6_get(out + IP6_DST), HOST6(0)));
	whole(out, m);
	/* Of another port nothing gets in, nor to the inside's own address. */
	bench_clear(b);
	bench6_host_send(b, 1, ip, mk6_udp(ip, HOST6(1), LINK6(0), 4501, 4500, "answer", 6));
	bench6_host_send(b, 1, ip, mk6_udp(ip, HOST6(1), HOST6(0), 4500, 4500, "answer", 6));
	ck_assert_ptr_null(bench6_out(b, 0, 0, &m));
	ck_assert_uint_eq(COUNT(b, 0, nat_refused), 1);
	bench_free(b);
}
END_TEST

/* Forgotten: another port than before; that of 500 means something and stays. */
START_TEST(cleared)
{
	struct bench *b = nat_new();
	uint8_t ip[400];
	const uint8_t *out;
	size_t m;

	for (unsigned k = 0; k < 3; k++) {
		bench_clear(b);
		bench6_host_send(b, 0, ip, mk6_udp(ip, HOST6(0), HOST6(1), 4500, 4500, "x", 1));
		bench6_host_send(b, 0, ip, mk6_udp(ip, HOST6(0), HOST6(1), 500, 500, "x", 1));
		ck_assert_ptr_nonnull(out = bench6_out(b, 1, 0, &m));
		ck_assert_uint_eq(get16(out + IP6_LEN), 4500 + k);
		ck_assert_ptr_nonnull(out = bench6_out(b, 1, 1, &m));
		ck_assert_uint_eq(get16(out + IP6_LEN), 500);
		dp6_nat_clear(b->dp[0]);
	}
	bench_free(b);
}
END_TEST

/* An echo; and the far router's word that it could not pass on what A sent. */
START_TEST(icmp)
{
	struct bench *b = nat_new();
	struct a6 nowhere = A6(0x20010db800990000, 9);
	uint8_t ip[400];
	const uint8_t *out, *q;
	size_t n = mk6_icmp(ip, HOST6(0), HOST6(1), 64, ICMP6_ECHO, 0, 0x00070001, "data", 4), m;

	bench6_host_send(b, 0, ip, n);
	ck_assert_ptr_nonnull(out = bench6_out(b, 1, 0, &m));
	whole(out, m);
	bench6_host_send(b, 1, ip, mk6_icmp(ip, HOST6(1), LINK6(0), 64, ICMP6_ECHO_REPLY, 0, 0x00070001, "data", 4));
	ck_assert_ptr_nonnull(out = bench6_out(b, 0, 0, &m));
	ck_assert_uint_eq(get16(out + IP6_LEN + 4), 7);
	whole(out, m);
	bench_clear(b);
	dp6_route_set(b->dp[0], nowhere, 128, LINK6(1), LINK);
	bench6_host_send(b, 0, ip, n = mk6_udp(ip, HOST6(0), nowhere, 9, 10, "data", 4));
	ck_assert_ptr_nonnull(out = bench6_out(b, 0, 0, &m));
	whole(out, m);
	ck_assert_uint_eq(out[IP6_LEN], ICMP6_UNREACH);
	q = out + IP6_LEN + 8;
	ck_assert(a6_eq(a6_get(q + IP6_SRC), HOST6(0)));
	ck_assert_uint_eq(get16(q + IP6_LEN), 9);
	ck_assert_mem_eq(q + IP6_SRC, ip + IP6_SRC, n - IP6_SRC);
	bench_free(b);
}
END_TEST

/* Cut at every byte, and fragments: none passes untranslated. */
START_TEST(cut)
{
	struct bench *b = nat_new();
	uint8_t ip[400], copy[400];
	const uint8_t frag[8] = { PROTO_UDP, 0, 0, 1, 0, 0, 0, 9 };
	const uint8_t *out;
	size_t n = mk6_udp(ip, HOST6(0), HOST6(1), 9, 10, "datagram", 8), m, k;

	for (k = IP6_LEN; k < n; k++) {
		memcpy(copy, ip, n);
		put16(copy + IP6_PAYLOAD, (unsigned)(k - IP6_LEN));
		bench6_host_send(b, 0, copy, k);
		out = bench6_out(b, 1, 0, &m);
		ck_assert(out == NULL || a6_eq(a6_get(out + IP6_SRC), LINK6(0)));
		bench_clear(b);
	}
	memcpy(copy, ip, IP6_LEN);
	memcpy(copy + IP6_LEN, frag, 8);
	memcpy(copy + IP6_LEN + 8, ip + IP6_LEN, 8);
	copy[IP6_NEXT] = PROTO_FRAGMENT;
	put16(copy + IP6_PAYLOAD, 16);
	bench6_host_send(b, 0, copy, IP6_LEN + 16);
	out = bench6_out(b, 1, 0, &m);
	ck_assert(out == NULL || a6_eq(a6_get(out + IP6_SRC), LINK6(0)));
	put16(copy + IP6_LEN + 2, 8);
	bench_clear(b);
	bench6_host_send(b, 0, copy, IP6_LEN + 16);
	ck_assert_ptr_null(bench6_out(b, 1, 0, &m));
	bench_free(b);
}
END_TEST

void
datapath_nat6_tests(TCase *tc)
{
	tcase_add_loop_test(tc, datagrams, 0, 2);
	tcase_add_test(tc, cleared);
	tcase_add_test(tc, icmp);
	tcase_add_test(tc, cut);
}
