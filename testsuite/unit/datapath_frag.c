/* Fragments: cut, put together in any order, and refused. */

#include <string.h>

#include "datapath/frag.h"
#include "datapath/internal.h"
#include "datapath/wire.h"
#include "lib/chance.h"
#include "testsuite/unit/datapath_test.h"

#define PIECES	8
#define PIECE	64

/* A datagram of PIECES * PIECE bytes of payload, and its pieces. */
struct pieces {
	uint8_t	whole[IP4_LEN + PIECES * PIECE];
	uint8_t	piece[PIECES][IP4_LEN + PIECE];
};

static void
make(struct pieces *p, unsigned id)
{
	uint8_t data[PIECES * PIECE - UDP_LEN];
	size_t i;

	for (i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 7);
	mk_udp(p->whole, HOST_IP(0), LAN_IP(0), 5, 7, 0, data, sizeof data);
	for (i = 0; i < PIECES; i++)
		mk_ip(p->piece[i], HOST_IP(0), LAN_IP(0), PROTO_UDP, 64,
		    (i < PIECES - 1 ? IP4_MF : 0u) | (unsigned)(i * PIECE / 8), id, p->whole + IP4_LEN + i * PIECE, PIECE);
}

static void
send_piece(struct bench *b, const struct pieces *p, size_t i)
{
	bench_host_send(b, 0, p->piece[i], sizeof p->piece[i]);
}

START_TEST(any_order)
{
	struct bench *b = bench_new();
	struct pieces p;
	size_t order[PIECES], i, k, t;
	unsigned round;

	dp_udp_open(b->dp[0], 7);
	for (round = 0; round < 200; round++) {
		make(&p, round);
		for (i = 0; i < PIECES; i++)
			order[i] = i;
		for (i = PIECES - 1; i > 0; i--) {
			k = chance_below(b->chance, (uint32_t)i + 1);
			t = order[i];
			order[i] = order[k];
			order[k] = t;
		}
		for (i = 0; i < PIECES; i++) {
			ck_assert_uint_eq(b->nudp, 0);
			send_piece(b, &p, order[i]);
			if (i < PIECES - 1)
				send_piece(b, &p, order[i]);	/* twice does no harm */
		}
		ck_assert_uint_eq(b->nudp, 1);
		ck_assert_uint_eq(b->udp[0].u.len, PIECES * PIECE - UDP_LEN);
		ck_assert_mem_eq(b->udp[0].data, p.whole + IP4_LEN + UDP_LEN, sizeof b->udp[0].data);
		bench_clear(b);
	}
	ck_assert_uint_eq(COUNT(b, 0, reasm_ok), 200);
	ck_assert_uint_eq(COUNT(b, 0, reasm_duplicate), 200 * (PIECES - 1));
	bench_wait(b, REASM_NS);
	ck_assert_uint_eq(COUNT(b, 0, reasm_timeout), 0);
	bench_free(b);
}
END_TEST

/* A piece that covers part of another, in front of it, behind it, or with other bytes, spoils the packet. */
START_TEST(overlap)
{
	static const struct { unsigned off, len, xor; } bad[] = {
		{ PIECE - 8, PIECE, 0 }, { PIECE + 8, PIECE, 0 }, { 0, 3 * PIECE, 0 }, { PIECE + 8, 16, 0 }, { PIECE, PIECE, 1 },
	};
	struct bench *b = bench_new();
	uint8_t q[IP4_LEN + 4 * PIECE], data[4 * PIECE];
	struct pieces p;
	size_t i, k;

	dp_udp_open(b->dp[0], 7);
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		make(&p, (unsigned)i);
		send_piece(b, &p, 1);
		memcpy(data, p.whole + IP4_LEN + bad[i].off, bad[i].len);
		data[5] ^= (uint8_t)bad[i].xor;
		bench_host_send(b, 0, q, mk_ip(q, HOST_IP(0), LAN_IP(0), PROTO_UDP, 64, IP4_MF | bad[i].off / 8, (unsigned)i, data, bad[i].len));
		ck_assert_uint_eq(COUNT(b, 0, reasm_overlap), 1);
		for (k = 0; k < PIECES; k++)
			send_piece(b, &p, k);
		ck_assert_uint_eq(b->nudp, 0);
		ck_assert_uint_eq(COUNT(b, 0, reasm_overlap), 1 + PIECES);
		dp_counters_clear(b->dp[0]);
	}
	ck_assert_uint_eq(b->dp[0]->pool.held, 0);
	bench_wait(b, REASM_NS);
	make(&p, 0);
	for (k = 0; k < PIECES; k++)
		send_piece(b, &p, k);
	ck_assert_uint_eq(b->nudp, 1);
	bench_free(b);
}
END_TEST

START_TEST(impossible)
{
	struct bench *b = bench_new();
	uint8_t q[200];
	struct pieces p;

	make(&p, 1);
	/* not a multiple of eight, nothing at all, beyond the end of what a packet may be */
	bench_host_send(b, 0, q, mk_ip(q, HOST_IP(0), LAN_IP(0), PROTO_UDP, 64, IP4_MF, 2, p.whole, 12));
	bench_host_send(b, 0, q, mk_ip(q, HOST_IP(0), LAN_IP(0), PROTO_UDP, 64, IP4_MF, 3, p.whole, 0));
	bench_host_send(b, 0, q, mk_ip(q, HOST_IP(0), LAN_IP(0), PROTO_UDP, 64, IP4_OFFMASK, 4, p.whole, 16));
	/* beyond its own end, and a second end */
	send_piece(b, &p, PIECES - 1);
	bench_host_send(b, 0, q, mk_ip(q, HOST_IP(0), LAN_IP(0), PROTO_UDP, 64, IP4_MF | PIECES * PIECE / 8, 1, p.whole, 16));
	bench_host_send(b, 0, q, mk_ip(q, HOST_IP(0), LAN_IP(0), PROTO_UDP, 64, 1, 1, p.whole, 16));
	ck_assert_uint_eq(COUNT(b, 0, reasm_bad), 5);
	bench_free(b);
}
END_TEST

START_TEST(timeout)
{
	struct bench *b = bench_new();
	const uint8_t *out;
	struct pieces p;
	size_t n;

	make(&p, 1);
	send_piece(b, &p, 0);
	make(&p, 2);
	send_piece(b, &p, 3);
	bench_wait(b, REASM_NS - 1);
	ck_assert_uint_eq(COUNT(b, 0, reasm_timeout), 0);
	ck_assert_uint_eq(b->dp[0]->pool.held, 2);
	bench_wait(b, 1);
	ck_assert_uint_eq(COUNT(b, 0, reasm_timeout), 2);
	ck_assert_uint_eq(b->dp[0]->pool.held, 0);
	/* Only the one whose beginning was there is told of. */
	out = bench_ip_out(b, 0, 0, &n);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(out[IP4_LEN], ICMP_TIME_EXCEEDED);
	ck_assert_uint_eq(out[IP4_LEN + 1], 1);
	ck_assert_ptr_null(bench_ip_out(b, 0, 1, &n));
	bench_free(b);
}
END_TEST

/* However many begin and never end, memory is bounded, and a later packet still gets through. */
START_TEST(flood)
{
	struct bench *b = bench_new();
	uint8_t q[64], data[16] = { 0 };
	struct pieces p;
	unsigned i;

	dp_udp_open(b->dp[0], 7);
	for (i = 0; i < 5000; i++)
		bench_host_send(b, 0, q, mk_ip(q, HOST_IP(0), LAN_IP(0), PROTO_UDP, 64, IP4_MF, i, data, 16));
	ck_assert_uint_eq(b->dp[0]->pool.held, REASM_MAX);
	ck_assert_uint_eq(COUNT(b, 0, reasm_full), 5000 - REASM_MAX);
	make(&p, 60000);
	for (i = 0; i < PIECES; i++)
		send_piece(b, &p, i);
	ck_assert_uint_eq(b->nudp, 1);
	/* Many pieces of one. */
	for (i = 0; i < 2000; i++)
		bench_host_send(b, 0, q, mk_ip(q, HOST_IP(0), LAN_IP(0), PROTO_UDP, 64, IP4_MF | (2 * i), 61000, data, 16));
	ck_assert_uint_le(b->dp[0]->pool.held, REASM_MAX + REASM_EACH);
	bench_free(b);
}
END_TEST

START_TEST(cut_on_the_way)
{
	struct bench *b = bench_new();
	uint8_t ip[1500], data[1400], again[1500];
	const uint8_t *out;
	size_t i, n, m, k, got = 0;

	for (i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i ^ i >> 8);
	dp_if_set_mtu(b->dp[0], LINK, 600);
	n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, data, sizeof data);
	bench_host_send(b, 0, ip, n);
	for (k = 0; (out = bench_ip_out(b, 1, k, &m)) != NULL; k++) {
		ck_assert_uint_le(m, 600);
		ck_assert_uint_eq((get16(out + IP4_FRAG) & IP4_OFFMASK) * 8u, got);
		ck_assert_uint_eq((get16(out + IP4_FRAG) & IP4_MF) != 0, got + m - IP4_LEN < n - IP4_LEN);
		memcpy(again + got, out + IP4_LEN, m - IP4_LEN);
		got += m - IP4_LEN;
	}
	ck_assert_uint_eq(k, 3);
	ck_assert_uint_eq(got, n - IP4_LEN);
	ck_assert_mem_eq(again, ip + IP4_LEN, got);
	ck_assert_uint_eq(COUNT(b, 0, frag_made), 3);
	/* With DF its sender is told the MTU. */
	bench_clear(b);
	n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, IP4_DF, data, sizeof data);
	bench_host_send(b, 0, ip, n);
	ck_assert_ptr_null(bench_ip_out(b, 1, 0, &m));
	out = bench_ip_out(b, 0, 0, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(out[IP4_LEN], ICMP_UNREACH);
	ck_assert_uint_eq(out[IP4_LEN + 1], UNREACH_FRAG);
	ck_assert_uint_eq(get16(out + IP4_LEN + 6), 600);
	ck_assert_uint_eq(COUNT(b, 0, ip_df), 1);
	bench_free(b);
}
END_TEST

/* A large packet over the smallest MTU: more pieces than a batch holds. */
START_TEST(tiny_mtu)
{
	struct bench *b = bench_new();
	static uint8_t data[60000];

	dp_udp_open(b->dp[1], 7);
	ck_assert(dp_udp_send(b->dp[0], 0, LINK_IP(1), 1, 7, NULL, 0, 64, clock_now(b->clock)));
	bench_run(b);
	dp_if_set_mtu(b->dp[0], LINK, 1);	/* raised to 68 */
	ck_assert(dp_udp_send(b->dp[0], 0, LINK_IP(1), 1, 7, data, sizeof data, 64, clock_now(b->clock)));
	ck_assert_uint_eq(COUNT(b, 0, frag_made), (sizeof data + UDP_LEN + 47) / 48);
	bench_run(b);
	ck_assert_uint_gt(COUNT(b, 1, reasm_full), 0);
	bench_free(b);
}
END_TEST

void
datapath_frag_tests(TCase *tc)
{
	tcase_add_test(tc, any_order);
	tcase_add_test(tc, overlap);
	tcase_add_test(tc, impossible);
	tcase_add_test(tc, timeout);
	tcase_add_test(tc, flood);
	tcase_add_test(tc, cut_on_the_way);
	tcase_add_test(tc, tiny_mtu);
}
