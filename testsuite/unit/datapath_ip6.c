/* IPv6: what is let in, what goes on, extension headers, fragments, ICMPv6, UDP; and the bench for it. */

#include <string.h>

#include "datapath/wire.h"
#include "lib/mem.h"
#include "testsuite/unit/datapath_ip6.h"

#define WHOLE	64

/* --- the bench --- */

void
bench6_if(struct bench *b, int i, unsigned ifidx, struct a6 addr)
{
	const struct dp6_addr addrs[] = { { LL6(i, ifidx), 64 }, { addr, 64 } };
	const struct dp6_if_conf c = { .on = true, .addrs = addrs, .naddrs = 2, .dad = 1 };

	dp6_if_set(b->dp[i], ifidx, &c);
	dp6_route_set(b->dp[i], a6_mask(addr, 64), 64, A6(0, 0), ifidx);
}

size_t
mk6_ip(uint8_t *out, struct a6 src, struct a6 dst, uint8_t next, uint8_t hops, const void *data, size_t n)
{
	if (n > 0)
		memmove(out + IP6_LEN, data, n);
	put32(out, UINT32_C(6) << 28);
	put16(out + IP6_PAYLOAD, (unsigned)n);
	out[IP6_NEXT] = next;
	out[IP6_HOPS] = hops;
	a6_put(out + IP6_SRC, src);
	a6_put(out + IP6_DST, dst);
	return IP6_LEN + n;
}

size_t
mk6_icmp(uint8_t *out, struct a6 src, struct a6 dst, uint8_t hops, uint8_t type, uint8_t code, uint32_t head, const void *data,
    size_t n)
{
	uint8_t *icmp = out + IP6_LEN;

	if (n > 0)
		memmove(icmp + ICMP_LEN, data, n);
	put32(icmp, (uint32_t)type << 24 | (uint32_t)code << 16);
	put32(icmp + 4, head);
	mk6_ip(out, src, dst, PROTO_ICMP6, hops, icmp, ICMP_LEN + n);
	put16(icmp + 2, ip6_sum(out, PROTO_ICMP6, icmp, ICMP_LEN + n));
	return IP6_LEN + ICMP_LEN + n;
}

size_t
mk6_udp(uint8_t *out, struct a6 src, struct a6 dst, uint16_t sport, uint16_t dport, const void *data, size_t n)
{
	uint8_t *u = out + IP6_LEN;

	if (n > 0)
		memmove(u + UDP_LEN, data, n);
	put16(u, sport);
	put16(u + 2, dport);
	put16(u + 4, (unsigned)(UDP_LEN + n));
	put16(u + 6, 0);
	mk6_ip(out, src, dst, PROTO_UDP, 64, u, UDP_LEN + n);
	put16(u + 6, ip6_sum(out, PROTO_UDP, u, UDP_LEN + n));
	return IP6_LEN + UDP_LEN + n;
}

void
bench6_host_send(struct bench *b, int i, const void *ip, size_t n)
{
	const uint8_t to[6] = { 2, 0, 0, 0, 1, (uint8_t)(1 + i) }, from[6] = { 2, 0, 0, 0, 0xaa, (uint8_t)i };
	uint8_t *f = xmalloc(ETH_LEN + n);

	memcpy(f, to, 6);
	memcpy(f + 6, from, 6);
	put16(f + 12, ETHERTYPE_IP6);
	memcpy(f + ETH_LEN, ip, n);
	bench_frame_in(b, i, LAN, f, ETH_LEN + n);
	free(f);
	bench_run(b);
}

/* The router learns the host's MAC address from a solicitation. */
static void
host_ask(struct bench *b, int i)
{
	uint8_t ip[128], data[24] = { 0 };

	a6_put(data, LAN6(i));
	data[16] = 1;
	data[17] = 1;
	memcpy(data + 18, (const uint8_t[6]){ 2, 0, 0, 0, 0xaa, (uint8_t)i }, 6);
	bench6_host_send(b, i, ip, mk6_icmp(ip, HOST6(i), LAN6(i), 255, ICMP6_NS, 0, 0, data, sizeof data));
}

struct bench *
bench6_new(void)
{
	struct bench *b = bench_new();
	int i;

	for (i = 0; i < 2; i++) {
		dp6_forwarding(b->dp[i], true);
		bench6_if(b, i, LINK, LINK6(i));
		bench6_if(b, i, LAN, LAN6(i));
		dp6_route_set(b->dp[i], a6_mask(LAN6(!i), WHOLE), WHOLE, LINK6(!i), LINK);
	}
	bench_run(b);
	bench_wait(b, 2 * NSEC_SEC);
	host_ask(b, 0);
	host_ask(b, 1);
	bench_clear(b);
	dp_counters_clear(b->dp[0]);
	dp_counters_clear(b->dp[1]);
	return b;
}

const uint8_t *
bench6_out(const struct bench *b, int i, size_t nth, size_t *len)
{
	size_t k;

	for (k = 0; k < b->nout; k++)
		if (b->out[k].dp == i && b->out[k].ifidx == LAN && get16(b->out[k].data + 12) == ETHERTYPE_IP6 && nth-- == 0) {
			*len = IP6_LEN + get16(b->out[k].data + ETH_LEN + IP6_PAYLOAD);
			ck_assert_uint_ge(b->out[k].len, ETH_LEN + *len);
			return b->out[k].data + ETH_LEN;
		}
	return NULL;
}

/* --- tests --- */

START_TEST(forwarded)
{
	struct bench *b = bench6_new();
	const uint8_t *out;
	uint8_t ip[300];
	size_t n, m;

	n = mk6_udp(ip, HOST6(0), HOST6(1), 1, 2, "hello", 5);
	bench6_host_send(b, 0, ip, n);
	out = bench6_out(b, 1, 0, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(m, n);
	ck_assert_uint_eq(out[IP6_HOPS], 62);
	ck_assert_uint_eq(COUNT(b, 0, ip6_forwarded), 1);
	ck_assert_uint_eq(COUNT(b, 1, ip6_forwarded), 1);
	/* the last hop */
	bench_clear(b);
	ip[IP6_HOPS] = 2;
	bench6_host_send(b, 0, ip, n);
	out = bench6_out(b, 0, 0, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(out[IP6_LEN], ICMP6_TIME_EXCEEDED);
	ck_assert(a6_eq(a6_get(out + IP6_SRC), LINK6(1)));
	ck_assert_uint_eq(ip6_sum(out, PROTO_ICMP6, out + IP6_LEN, m - IP6_LEN), 0);
	ck_assert_mem_eq(out + IP6_LEN + 8 + 8, ip + 8, n - 8);
	/* no route */
	bench_clear(b);
	n = mk6_udp(ip, HOST6(0), A6(0x3ffe000000000000, 1), 1, 2, "x", 1);
	bench6_host_send(b, 0, ip, n);
	out = bench6_out(b, 0, 0, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(out[IP6_LEN], ICMP6_UNREACH);
	ck_assert_uint_eq(out[IP6_LEN + 1], UNREACH6_NO_ROUTE);
	/* a host's datapath forwards nothing */
	dp6_forwarding(b->dp[0], false);
	bench6_host_send(b, 0, ip, n);
	ck_assert_uint_eq(COUNT(b, 0, ip6_not_router), 1);
	bench_free(b);
}
END_TEST

START_TEST(too_big)
{
	struct bench *b = bench6_new();
	uint8_t ip[1500], data[1400] = { 7 };
	const uint8_t *out;
	size_t n, m;

	dp_if_set_mtu(b->dp[0], LINK, 1300);
	n = mk6_udp(ip, HOST6(0), HOST6(1), 1, 2, data, sizeof data);
	bench6_host_send(b, 0, ip, n);
	out = bench6_out(b, 0, 0, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(m, DP6_MTU_MIN);
	ck_assert_uint_eq(out[IP6_LEN], ICMP6_TOO_BIG);
	ck_assert_uint_eq(get32(out + IP6_LEN + 4), 1300);
	ck_assert_uint_eq(COUNT(b, 0, ip6_too_big), 1);
	/* but our own are cut, and put together at the other end */
	dp_udp_open(b->dp[1], 700);
	ck_assert(dp6_udp_send(b->dp[0], A6(0, 0), LINK6(1), 0, 5, 700, data, sizeof data, 0, clock_now(b->clock)));
	bench_run(b);
	ck_assert_uint_eq(COUNT(b, 0, frag6_ok), 1);
	ck_assert_uint_eq(COUNT(b, 0, frag6_made), 2);
	ck_assert_uint_eq(COUNT(b, 1, reasm6_ok), 1);
	ck_assert_uint_eq(b->nudp6, 1);
	ck_assert_uint_eq(b->udp6[0].len, sizeof data);
	ck_assert(a6_eq(b->udp6[0].src, LINK6(0)));
	bench_free(b);
}
END_TEST

START_TEST(bad_input)
{
	struct bench *b = bench6_new();
	uint8_t ip[200];
	size_t n = mk6_udp(ip, HOST6(0), HOST6(1), 1, 2, "hello", 5), i;

	for (i = 0; i < n; i++)
		bench6_host_send(b, 0, ip, i);
	ck_assert_uint_eq(COUNT(b, 0, ip6_short), n);
	ip[0] = 0x50;
	bench6_host_send(b, 0, ip, n);
	ck_assert_uint_eq(COUNT(b, 0, ip6_version), 1);
	bench6_host_send(b, 0, ip, mk6_udp(ip, A6_ALL_NODES, HOST6(1), 1, 2, "x", 1));
	bench6_host_send(b, 0, ip, mk6_udp(ip, A6(0, 1), HOST6(1), 1, 2, "x", 1));
	bench6_host_send(b, 0, ip, mk6_udp(ip, HOST6(0), A6(0, 1), 1, 2, "x", 1));
	bench6_host_send(b, 0, ip, mk6_udp(ip, LAN6(0), HOST6(1), 1, 2, "x", 1));
	bench6_host_send(b, 0, ip, mk6_udp(ip, A6(0, 0xffff01020304), HOST6(1), 1, 2, "x", 1));
	ck_assert_uint_eq(COUNT(b, 0, ip6_martian), 5);
	bench6_host_send(b, 0, ip, mk6_udp(ip, HOST6(0), A6(0xff0e000000000000, 9), 1, 2, "x", 1));
	ck_assert_uint_eq(COUNT(b, 0, ip6_multicast), 1);
	bench6_host_send(b, 0, ip, mk6_udp(ip, LL6(7, 7), HOST6(1), 1, 2, "x", 1));
	ck_assert_uint_eq(COUNT(b, 0, ip6_scope), 1);
	/* UDP without a checksum, and with a wrong one */
	n = mk6_udp(ip, HOST6(0), LAN6(0), 1, 2, "x", 1);
	put16(ip + IP6_LEN + 6, 0);
	bench6_host_send(b, 0, ip, n);
	put16(ip + IP6_LEN + 6, 0x1234);
	bench6_host_send(b, 0, ip, n);
	ck_assert_uint_eq(COUNT(b, 0, udp6_checksum), 2);
	ck_assert_uint_eq(b->nout, 1);		/* what the scope was for */
	bench_free(b);
}
END_TEST

/* Extension headers before an echo request. */
static size_t
with_headers(uint8_t *ip, const uint8_t *ext, size_t next, const uint8_t *echo, size_t n)
{
	uint8_t body[600];

	memcpy(body, ext, next);
	memcpy(body + next, echo + IP6_LEN, n - IP6_LEN);
	return mk6_ip(ip, HOST6(0), LAN6(0), 0, 64, body, next + n - IP6_LEN);
}

START_TEST(extension_headers)
{
	struct bench *b = bench6_new();
	uint8_t ip[600], echo[100], ext[300] = { 0 };
	size_t n = mk6_icmp(echo, HOST6(0), LAN6(0), 64, ICMP6_ECHO, 0, 0x10001, "abcd", 4), m, len;
	const uint8_t *out;

	/* hop by hop with a padding option, then destination options */
	memcpy(ext, (const uint8_t[]){ PROTO_DSTOPTS, 0, 1, 4, 0, 0, 0, 0, PROTO_ICMP6, 0, 1, 4, 0, 0, 0, 0 }, 16);
	m = with_headers(ip, ext, 16, echo, n);
	bench6_host_send(b, 0, ip, m);
	ck_assert_uint_eq(COUNT(b, 0, icmp6_echo), 1);
	/* cut at every byte within the headers: none is answered, none reads beyond */
	for (len = IP6_LEN; len < IP6_LEN + 16; len++) {
		put16(ip + IP6_PAYLOAD, (unsigned)(len - IP6_LEN));
		bench6_host_send(b, 0, ip, len);
	}
	ck_assert_uint_eq(COUNT(b, 0, icmp6_echo), 1);
	/* an option that nobody knows, for each of the four things to do */
	bench_clear(b);
	memset(ext, 0, sizeof ext);
	ext[0] = PROTO_ICMP6;
	ext[2] = 0x1e;
	ext[3] = 4;
	bench6_host_send(b, 0, ip, with_headers(ip, ext, 8, echo, n));
	ck_assert_uint_eq(COUNT(b, 0, icmp6_echo), 2);
	ext[2] = 0x5e;
	bench6_host_send(b, 0, ip, with_headers(ip, ext, 8, echo, n));
	ck_assert_uint_eq(COUNT(b, 0, icmp6_error_out), 0);
	ext[2] = 0x9e;
	bench6_host_send(b, 0, ip, with_headers(ip, ext, 8, echo, n));
	ck_assert_uint_eq(COUNT(b, 0, icmp6_error_out), 1);
	out = bench6_out(b, 0, 1, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(out[IP6_LEN], ICMP6_PARAM_PROBLEM);
	ck_assert_uint_eq(out[IP6_LEN + 1], PARAM6_OPTION);
	ck_assert_uint_eq(get32(out + IP6_LEN + 4), IP6_LEN + 2);
	ck_assert_uint_eq(COUNT(b, 0, ip6_option), 2);
	bench_free(b);
}
END_TEST

START_TEST(routing_and_chains)
{
	struct bench *b = bench6_new();
	uint8_t ip[600], echo[100], ext[300] = { 0 };
	size_t n = mk6_icmp(echo, HOST6(0), LAN6(0), 64, ICMP6_ECHO, 0, 0x10001, "abcd", 4), i, m;
	const uint8_t *out;

	/* a routing header that is used up, and one that is not */
	memcpy(ext, (const uint8_t[]){ PROTO_ROUTING, 0, 1, 4, 0, 0, 0, 0, PROTO_ICMP6, 0, 0, 0, 0, 0, 0, 0 }, 16);
	bench6_host_send(b, 0, ip, with_headers(ip, ext, 16, echo, n));
	ck_assert_uint_eq(COUNT(b, 0, icmp6_echo), 1);
	ext[11] = 1;
	bench6_host_send(b, 0, ip, with_headers(ip, ext, 16, echo, n));
	ck_assert_uint_eq(COUNT(b, 0, ip6_source_route), 1);
	out = bench6_out(b, 0, 1, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(get32(out + IP6_LEN + 4), IP6_LEN + 8 + 2);
	/* too many headers */
	for (i = 0; i < IP6_HEADERS_N + 1; i++)
		memcpy(ext + 8 * i, (const uint8_t[]){ i == IP6_HEADERS_N ? PROTO_ICMP6 : PROTO_DSTOPTS, 0, 1, 4, 0, 0, 0, 0 }, 8);
	bench6_host_send(b, 0, ip, with_headers(ip, ext, 8 * i, echo, n));
	ck_assert_uint_eq(COUNT(b, 0, ip6_header), 1);
	/* too long ones */
	memset(ext, 0, sizeof ext);
	ext[0] = PROTO_ICMP6;
	ext[1] = 26;
	bench6_host_send(b, 0, ip, with_headers(ip, ext, 216, echo, n));
	ck_assert_uint_eq(COUNT(b, 0, ip6_header), 2);
	/* a protocol that nobody serves */
	bench_clear(b);
	bench6_host_send(b, 0, ip, mk6_ip(ip, HOST6(0), LAN6(0), 250, 64, "xxxxxxxx", 8));
	out = bench6_out(b, 0, 0, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(out[IP6_LEN + 1], PARAM6_NEXT);
	ck_assert_uint_eq(get32(out + IP6_LEN + 4), IP6_NEXT);
	bench_free(b);
}
END_TEST

/* --- fragments --- */

static void
send_piece(struct bench *b, const uint8_t *whole, size_t at, size_t n, bool more, uint32_t id)
{
	uint8_t ip[2000], body[2000] = { whole[IP6_NEXT] };

	put16(body + 2, (unsigned)at | more);
	put32(body + 4, id);
	memcpy(body + 8, whole + IP6_LEN + at, n);
	bench6_host_send(b, 0, ip, mk6_ip(ip, HOST6(0), LAN6(0), PROTO_FRAGMENT, 64, body, 8 + n));
}

START_TEST(fragments)
{
	struct bench *b = bench6_new();
	uint8_t echo[500], data[400];
	size_t n, i;

	for (i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)i;
	n = mk6_icmp(echo, HOST6(0), LAN6(0), 64, ICMP6_ECHO, 0, 1, data, sizeof data) - IP6_LEN;
	/* in any order */
	send_piece(b, echo, 208, n - 208, false, 1);
	send_piece(b, echo, 0, 104, true, 1);
	ck_assert_uint_eq(COUNT(b, 0, reasm6_ok), 0);
	send_piece(b, echo, 104, 104, true, 1);
	ck_assert_uint_eq(COUNT(b, 0, reasm6_ok), 1);
	ck_assert_uint_eq(COUNT(b, 0, icmp6_echo), 1);
	/* one that is the whole */
	send_piece(b, echo, 0, n, false, 2);
	ck_assert_uint_eq(COUNT(b, 0, icmp6_echo), 2);
	/* a duplicate is harmless, an overlap spoils all */
	send_piece(b, echo, 0, 104, true, 3);
	send_piece(b, echo, 0, 104, true, 3);
	ck_assert_uint_eq(COUNT(b, 0, reasm6_duplicate), 1);
	send_piece(b, echo, 96, 112, true, 3);
	ck_assert_uint_eq(COUNT(b, 0, reasm6_overlap), 1);
	send_piece(b, echo, 104, n - 104, false, 3);
	ck_assert_uint_eq(COUNT(b, 0, reasm6_overlap), 2);
	ck_assert_uint_eq(COUNT(b, 0, icmp6_echo), 2);
	/* odd lengths and impossible places are told of */
	send_piece(b, echo, 0, 103, true, 4);
	send_piece(b, echo, 0, 0, true, 5);
	ck_assert_uint_eq(COUNT(b, 0, reasm6_bad), 2);
	ck_assert_uint_eq(COUNT(b, 0, icmp6_error_out), 1);
	/* and time ends */
	bench_clear(b);
	send_piece(b, echo, 0, 104, true, 6);
	bench_wait(b, 61 * NSEC_SEC);
	ck_assert_uint_ge(COUNT(b, 0, reasm6_timeout), 1);
	bench_free(b);
}
END_TEST

START_TEST(fragment_flood)
{
	struct bench *b = bench6_new();
	uint8_t echo[500] = { 0 };
	size_t i;

	mk6_icmp(echo, HOST6(0), LAN6(0), 64, ICMP6_ECHO, 0, 1, echo, 400);
	for (i = 0; i < 2000; i++)
		send_piece(b, echo, 8 * (i % 40), 8, true, (uint32_t)(i / 40));
	ck_assert_uint_gt(COUNT(b, 0, reasm6_full), 0);
	bench_free(b);
}
END_TEST

/* --- ICMPv6 and UDP --- */

START_TEST(echo_and_errors)
{
	struct bench *b = bench6_new();
	int64_t now = clock_now(b->clock);

	ck_assert(dp6_echo_send(b->dp[0], A6(0, 0), LINK6(1), 0, 77, 5, "payload", 7, 64, now));
	bench_run(b);
	ck_assert_uint_eq(b->nicmp6, 1);
	ck_assert_uint_eq(b->icmp6[0].type, ICMP6_ECHO_REPLY);
	ck_assert(a6_eq(b->icmp6[0].src, LINK6(1)));
	ck_assert(a6_eq(b->icmp6[0].dst, LINK6(0)));
	ck_assert_uint_eq(b->icmp6[0].id, 77);
	ck_assert_uint_eq(b->icmp6[0].seq, 5);
	ck_assert_uint_eq(b->icmp6[0].len, 7);
	/* to ourselves, to a link-local address, to nowhere */
	ck_assert(dp6_echo_send(b->dp[0], A6(0, 0), LAN6(0), 0, 78, 6, NULL, 0, 64, now));
	ck_assert_uint_eq(b->nicmp6, 2);
	ck_assert(dp6_echo_send(b->dp[0], A6(0, 0), LL6(1, LINK), LINK, 79, 6, NULL, 0, 64, now));
	bench_run(b);
	ck_assert_uint_eq(b->nicmp6, 3);
	ck_assert(a6_eq(b->icmp6[2].dst, LL6(0, LINK)));
	ck_assert(!dp6_echo_send(b->dp[0], A6(0, 0), LL6(1, LINK), 0, 79, 6, NULL, 0, 64, now));
	ck_assert(!dp6_echo_send(b->dp[0], A6(0, 0), A6(0x3ffe000000000000, 1), 0, 79, 6, NULL, 0, 64, now));
	/* a port that is closed, and the ports that are quoted */
	ck_assert(dp6_udp_send(b->dp[0], A6(0, 0), LAN6(1), 0, 40000, 33434, "x", 1, 64, now));
	bench_run(b);
	ck_assert_uint_eq(b->nicmp6, 4);
	ck_assert_uint_eq(b->icmp6[3].type, ICMP6_UNREACH);
	ck_assert_uint_eq(b->icmp6[3].code, UNREACH6_PORT);
	ck_assert_uint_eq(b->icmp6[3].orig_sport, 40000);
	ck_assert_uint_eq(b->icmp6[3].orig_dport, 33434);
	ck_assert(a6_eq(b->icmp6[3].orig_dst, LAN6(1)));
	bench_free(b);
}
END_TEST

START_TEST(errors_limited)
{
	struct bench *b = bench6_new();
	uint8_t ip[100];
	size_t i, n = mk6_udp(ip, HOST6(0), LAN6(0), 1, 999, "x", 1);

	for (i = 0; i < 100; i++)
		bench6_host_send(b, 0, ip, n);
	ck_assert_uint_eq(COUNT(b, 0, icmp6_error_out), ICMP6_BURST);
	ck_assert_uint_eq(COUNT(b, 0, icmp6_limited), 100 - ICMP6_BURST);
	bench_wait(b, ICMP6_REFILL_NS);
	bench6_host_send(b, 0, ip, n);
	ck_assert_uint_eq(COUNT(b, 0, icmp6_error_out), ICMP6_BURST + 1);
	/* never about errors, even behind a header, nor what was for all */
	bench_wait(b, 5 * NSEC_SEC);
	dp_counters_clear(b->dp[0]);
	bench6_host_send(b, 0, ip, mk6_icmp(ip, HOST6(0), HOST6(1), 1, ICMP6_UNREACH, 0, 0, "12345678", 8));
	bench6_host_send(b, 0, ip, mk6_udp(ip, HOST6(0), A6_ALL_NODES, 1, 999, "x", 1));
	ck_assert_uint_eq(COUNT(b, 0, icmp6_error_out) + COUNT(b, 0, icmp6_limited), 0);
	bench_free(b);
}
END_TEST

START_TEST(icmp6_cut)
{
	struct bench *b = bench6_new();
	uint8_t ip[300], quote[200];
	size_t i, n = mk6_udp(quote, LAN6(0), HOST6(0), 5, 6, "hello", 5), m;

	for (i = 0; i <= n; i++) {
		m = mk6_icmp(ip, HOST6(0), LAN6(0), 64, ICMP6_UNREACH, 0, 0, quote, i);
		bench6_host_send(b, 0, ip, m);
		ck_assert_uint_eq(b->nicmp6, i + 1);
		ck_assert_uint_eq(b->icmp6[i].orig_sport, i >= IP6_LEN + 8 ? 5 : 0);
	}
	m = mk6_icmp(ip, HOST6(0), LAN6(0), 64, ICMP6_ECHO, 0, 0, "x", 1);
	ip[IP6_LEN + 2] ^= 1;
	bench6_host_send(b, 0, ip, m);
	ck_assert_uint_eq(COUNT(b, 0, icmp6_bad), 1);
	bench_free(b);
}
END_TEST

START_TEST(fib6_longest)
{
	struct fib6 *f = fib6_new();
	struct fib6_hop h = { A6(0, 0), 1 }, out;
	struct a6 a = A6(0x20010db800010000, 0);
	unsigned len;

	ck_assert(!fib6_find(f, a, &out));
	for (len = 0; len <= 128; len++) {
		h.ifidx = len + 1;
		fib6_set(f, a, len, &h);
		ck_assert(fib6_find(f, a, &out));
		ck_assert_uint_eq(out.ifidx, len + 1);
	}
	ck_assert_uint_eq(fib6_count(f), 129);
	ck_assert(fib6_find(f, A6(0x20010db800010000, 1), &out));
	ck_assert_uint_eq(out.ifidx, 128);
	ck_assert(fib6_find(f, A6(0x20010db800010000, 0x8000000000000000), &out));
	ck_assert_uint_eq(out.ifidx, 65);
	ck_assert(fib6_find(f, A6(0x8000000000000000, 0), &out));
	ck_assert_uint_eq(out.ifidx, 1);
	for (len = 128; len > 0; len--) {
		ck_assert(fib6_del(f, a, len));
		ck_assert(!fib6_del(f, a, len));
		ck_assert(fib6_find(f, a, &out));
		ck_assert_uint_eq(out.ifidx, len);
	}
	fib6_free(f);
}
END_TEST

void
datapath_ip6_tests(TCase *tc)
{
	tcase_add_test(tc, forwarded);
	tcase_add_test(tc, too_big);
	tcase_add_test(tc, bad_input);
	tcase_add_test(tc, extension_headers);
	tcase_add_test(tc, routing_and_chains);
	tcase_add_test(tc, fragments);
	tcase_add_test(tc, fragment_flood);
	tcase_add_test(tc, echo_and_errors);
	tcase_add_test(tc, errors_limited);
	tcase_add_test(tc, icmp6_cut);
	tcase_add_test(tc, fib6_longest);
}
