/* Access lists: one entry against packets, whole lists against going through them one by one, filters and policy. */

#include <stdlib.h>
#include <string.h>

#include "datapath/internal.h"
#include "datapath/wire.h"
#include "lib/chance.h"
#include "lib/mem.h"
#include "testsuite/unit/datapath_test.h"

#define TCP		6
#define ACK		0x10
#define SYN		0x02
#define PACKETS		4000

/* --- One entry --- */

static const struct dp_tuple web = { .src = IP(10, 1, 2, 3), .dst = IP(10, 9, 8, 7), .proto = TCP, .sport = 1025, .dport = 80,
	.tcp_flags = SYN, .tos = 0xb8 };

static bool
fits(struct dp_ace a)
{
	return dp_ace_fits(&a, &web);
}

START_TEST(addresses)
{
	ck_assert(fits((struct dp_ace){ 0 }));
	ck_assert(fits((struct dp_ace){ .src = IP(10, 1, 2, 3), .src_mask = UINT32_MAX }));
	ck_assert(!fits((struct dp_ace){ .src = IP(10, 1, 2, 4), .src_mask = UINT32_MAX }));
	ck_assert(fits((struct dp_ace){ .src = IP(10, 1, 0, 0), .src_mask = 0xffff0000 }));
	/* Holes: the second and the last byte may be anything. */
	ck_assert(fits((struct dp_ace){ .dst = IP(10, 0, 8, 0), .dst_mask = 0xff00ff00 }));
	ck_assert(!fits((struct dp_ace){ .dst = IP(10, 0, 9, 0), .dst_mask = 0xff00ff00 }));
	ck_assert(!fits((struct dp_ace){ .dst = IP(10, 1, 2, 3), .dst_mask = UINT32_MAX }));
	ck_assert(fits((struct dp_ace){ .proto = TCP }));
	ck_assert(!fits((struct dp_ace){ .proto = PROTO_UDP }));
	ck_assert(fits((struct dp_ace){ .tos = 46 << 2, .tos_mask = 0xfc }));
	ck_assert(!fits((struct dp_ace){ .tos = 10 << 2, .tos_mask = 0xfc }));
}
END_TEST

START_TEST(port_operators)
{
	static const struct { struct dp_ports p; bool fits; } rows[] = {
		{ { .op = DP_PORT_EQ, .n = 1, .v = { 80 } }, true }, { { .op = DP_PORT_EQ, .n = 1, .v = { 81 } }, false }, { { .op = DP_PORT_EQ, .n = 3, .v = { 22, 443, 80 } }, true },
		{ { .op = DP_PORT_NEQ, .n = 1, .v = { 80 } }, false }, { { .op = DP_PORT_NEQ, .n = 2, .v = { 22, 443 } }, true }, { { .op = DP_PORT_NEQ, .n = 2, .v = { 22, 80 } }, false },
		{ { .op = DP_PORT_GT, .n = 1, .v = { 79 } }, true }, { { .op = DP_PORT_GT, .n = 1, .v = { 80 } }, false }, { { .op = DP_PORT_GT, .n = 1, .v = { 65535 } }, false },
		{ { .op = DP_PORT_LT, .n = 1, .v = { 81 } }, true }, { { .op = DP_PORT_LT, .n = 1, .v = { 80 } }, false }, { { .op = DP_PORT_LT, .n = 1, .v = { 0 } }, false },
		{ { .op = DP_PORT_RANGE, .n = 2, .v = { 80, 90 } }, true }, { { .op = DP_PORT_RANGE, .n = 2, .v = { 70, 80 } }, true },
		{ { .op = DP_PORT_RANGE, .n = 2, .v = { 81, 90 } }, false }, { { .op = DP_PORT_RANGE, .n = 2, .v = { 0, 65535 } }, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(fits((struct dp_ace){ .proto = TCP, .dport = rows[i].p }) == rows[i].fits, "row %zu", i);
	ck_assert(!fits((struct dp_ace){ .proto = TCP, .sport = { .op = DP_PORT_EQ, .n = 1, .v = { 80 } } }));
}
END_TEST

START_TEST(flags_and_types)
{
	struct dp_tuple echo = { .proto = PROTO_ICMP, .sport = 8, .dport = 0 };
	struct dp_ace established = { .proto = TCP, .tcp_op = DP_TCP_MATCH_ANY, .tcp_set = 0x14 }, icmp = { 0 };
	struct dp_tuple back = web;

	ck_assert(!dp_ace_fits(&established, &web));
	back.tcp_flags = SYN | ACK;
	ck_assert(dp_ace_fits(&established, &back));
	ck_assert(!fits((struct dp_ace){ .tcp_op = DP_TCP_MATCH_ALL, .tcp_set = SYN | ACK }));
	ck_assert(fits((struct dp_ace){ .tcp_op = DP_TCP_MATCH_ALL, .tcp_set = SYN, .tcp_clear = ACK }));
	dp_ace_icmp(&icmp, 8, -1);
	ck_assert(dp_ace_fits(&icmp, &echo));
	dp_ace_icmp(&icmp, 8, 1);
	ck_assert(!dp_ace_fits(&icmp, &echo));
	dp_ace_icmp(&icmp, 0, -1);
	ck_assert(!dp_ace_fits(&icmp, &echo));
	/* The other way round type and code stay where they are. */
	dp_ace_icmp(&icmp, 8, 0);
	icmp = dp_ace_mirror(&icmp);
	ck_assert(dp_ace_fits(&icmp, &echo));
}
END_TEST

START_TEST(fragments)
{
	struct dp_ace plain = { .permit = true }, ports = { .permit = true, .proto = TCP, .dport = { .op = DP_PORT_EQ, .n = 1, .v = { 22 } } },
	    later = { .permit = true, .fragments = true };
	struct dp_tuple t = web;

	ck_assert(dp_ace_fits(&plain, &t) && !dp_ace_fits(&later, &t));
	t.part = DP_PART_LATER;
	ck_assert(dp_ace_fits(&plain, &t) && dp_ace_fits(&later, &t) && dp_ace_fits(&ports, &t));
	ports.permit = false;
	ck_assert(!dp_ace_fits(&ports, &t));
	t.part = DP_PART_CUT;
	ck_assert(dp_ace_fits(&plain, &t) && !dp_ace_fits(&later, &t) && !dp_ace_fits(&ports, &t));
	ports.permit = true;
	ck_assert(!dp_ace_fits(&ports, &t));
}
END_TEST

/* What a packet looks like, cut at every byte. */
START_TEST(tuples)
{
	uint8_t ip[64], tcp[20] = { 0x04, 0x01, 0, 80, [13] = SYN };
	struct dp_tuple t;
	size_t n = mk_ip(ip, 1, 2, TCP, 64, 0, 7, tcp, sizeof(tcp));

	for (size_t len = IP4_LEN; len <= n; len++) {
		dp_tuple_of(&t, ip, len);
		ck_assert_uint_eq(t.part, len < IP4_LEN + 14 ? DP_PART_CUT : DP_PART_WHOLE);
		ck_assert_uint_eq(t.dport, len < IP4_LEN + 14 ? 0 : 80);
	}
	ck_assert_uint_eq(t.sport, 1025);
	ck_assert_uint_eq(t.tcp_flags, SYN);
	n = mk_ip(ip, 1, 2, TCP, 64, 100, 7, tcp, sizeof(tcp));
	dp_tuple_of(&t, ip, n);
	ck_assert_uint_eq(t.part, DP_PART_LATER);
	ck_assert_uint_eq(t.dport, 0);
	n = mk_echo(ip, 1, 2, 64, 0, 8);
	dp_tuple_of(&t, ip, n);
	ck_assert_uint_eq(t.sport, ICMP_ECHO);
	n = mk_ip(ip, 1, 2, 47, 64, 0, 7, tcp, 1);
	dp_tuple_of(&t, ip, n);
	ck_assert_uint_eq(t.part, DP_PART_WHOLE);
}
END_TEST

/* --- Lists, drawn at random, against going through them --- */

static struct chance *dice;

static uint32_t
roll(uint32_t n)
{
	return chance_below(dice, n);
}

/* Few values, so that entries and packets meet; the ends of ranges among them. */
static uint16_t
draw_port(void)
{
	static const uint16_t v[] = { 0, 1, 22, 79, 80, 81, 443, 1023, 1024, 65534, 65535 };

	return roll(8) ? v[roll(sizeof(v) / sizeof(v[0]))] : (uint16_t)roll(65536);
}

static uint32_t
draw_addr(void)
{
	static const uint32_t v[] = { 0, UINT32_MAX, IP(10, 0, 0, 0), IP(10, 255, 255, 255), IP(127, 255, 255, 255), IP(128, 0, 0, 0) };

	return roll(4) == 0 ? v[roll(sizeof(v) / sizeof(v[0]))] : IP(10, roll(2), roll(4), roll(8));
}

static uint32_t
draw_mask(void)
{
	unsigned len = roll(33);

	switch (roll(4)) {
	case 0:
		return 0;
	case 1:
		return UINT32_MAX;
	case 2:
		return chance_u32(dice) | chance_u32(dice);	/* holes */
	default:
		return len == 0 ? 0 : UINT32_MAX << (32 - len);
	}
}

static void
draw_ports(struct dp_ports *p)
{
	uint16_t x = draw_port(), y = draw_port();

	*p = (struct dp_ports){ .op = (uint8_t)roll(6), .n = 1, .v = { x } };
	if (p->op == DP_PORT_RANGE) {
		p->n = 2;
		p->v[0] = x < y ? x : y;
		p->v[1] = x < y ? y : x;
	} else if (p->op == DP_PORT_EQ || p->op == DP_PORT_NEQ)
		while (p->n < DP_ACE_PORTS && roll(2))
			p->v[p->n++] = draw_port();
}

static uint8_t
draw_proto(void)
{
	static const uint8_t v[] = { TCP, TCP, TCP, PROTO_UDP, PROTO_ICMP, 47, 255 };

	return v[roll(sizeof(v))];
}

static void
draw_ace(struct dp_ace *a)
{
	*a = (struct dp_ace){ .permit = roll(2), .proto = roll(4) ? draw_proto() : 0 };
	a->src = draw_addr();		/* with bits that the mask leaves out, too */
	a->src_mask = draw_mask();
	a->dst = draw_addr();
	a->dst_mask = draw_mask();
	if (a->proto == TCP || a->proto == PROTO_UDP || roll(8) == 0) {
		draw_ports(&a->sport);
		draw_ports(&a->dport);
	}
	if (a->proto == PROTO_ICMP)
		dp_ace_icmp(a, roll(4) ? (int)roll(16) : -1, roll(4) ? (int)roll(4) : -1);
	if (a->proto == TCP && roll(4) == 0) {
		a->tcp_op = (uint8_t)(1 + roll(2));
		a->tcp_set = (uint8_t)roll(32);
		a->tcp_clear = (uint8_t)roll(32);
	}
	if (roll(8) == 0) {
		a->tos_mask = 0xe0;
		a->tos = (uint8_t)roll(256);
	}
	if (roll(8) == 0)
		a->fragments = true;
}

static void
draw_tuple(struct dp_tuple *t, const struct dp_ace *aces, size_t n)
{
	const struct dp_ace *a = n > 0 ? &aces[roll((uint32_t)n)] : NULL;
	bool near = a != NULL && roll(4) != 0;

	*t = (struct dp_tuple){ .src = draw_addr(), .dst = draw_addr(), .proto = near && a->proto != 0 ? a->proto : draw_proto(),
		.tcp_flags = (uint8_t)roll(32), .tos = (uint8_t)roll(256), .part = (uint8_t)(roll(4) ? DP_PART_WHOLE : roll(3)) };
	if (near) {
		t->src = (a->src & a->src_mask) | (t->src & ~a->src_mask);
		t->dst = (a->dst & a->dst_mask) | (t->dst & ~a->dst_mask);
	}
	if (t->part != DP_PART_WHOLE)
		return;
	t->sport = t->proto == PROTO_ICMP ? (uint16_t)roll(16) : draw_port();
	t->dport = t->proto == PROTO_ICMP ? (uint16_t)roll(4) : draw_port();
}

static uint32_t
naive(const struct dp_ace *aces, size_t n, const struct dp_tuple *t, uint32_t from)
{
	for (size_t i = from; i < n; i++)
		if (dp_ace_fits(&aces[i], t))
			return (uint32_t)i;
	return DP_ACL_NONE;
}

/* Of a list with n entries; how many packets fitted none, the first half, the second half is told. */
static void
compare(size_t n, size_t packets, size_t told[3])
{
	struct dp_ace *aces = xcalloc(n + 1, sizeof(*aces));
	struct dp_tuple *t = xcalloc(packets, sizeof(*t));
	uint32_t *out = xcalloc(packets, sizeof(*out)), want, from;
	struct dp_acl *acl;

	for (size_t i = 0; i < n; i++)
		draw_ace(&aces[i]);
	for (size_t i = 0; i < packets; i++)
		draw_tuple(&t[i], aces, n);
	acl = dp_acl_new(aces, n);
	dp_acl_match(acl, t, packets, out);
	for (size_t i = 0; i < packets; i++) {
		want = naive(aces, n, &t[i], 0);
		ck_assert_msg(out[i] == want, "%zu entries, packet %zu: %u, not %u", n, i, out[i], want);
		from = roll((uint32_t)n + 2);
		ck_assert_uint_eq(dp_acl_match_from(acl, &t[i], from), naive(aces, n, &t[i], from));
		told[want == DP_ACL_NONE ? 0 : want < n / 2 ? 1 : 2]++;
	}
	dp_acl_free(acl);
	free(aces);
	free(t);
	free(out);
}

START_TEST(random_lists)
{
	static const size_t sizes[] = { 0, 1, 2, 12, 13, 63, 64, 65, 128, 500, 1000, 1023, 1024, 1025, 2048, 3000 };
	size_t told[3] = { 0 };

	dice = chance_new_seeded((uint64_t)_i + 1);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		compare(sizes[i], PACKETS / 8, told);
	for (size_t i = 0; i < 300; i++)
		compare(roll(40), 50, told);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_gt(told[i], 100);	/* else it would not be much of a test */
	chance_free(dice);
}
END_TEST

/* Nothing fits but the last of 10,000. */
START_TEST(ten_thousand)
{
	struct dp_ace *aces = xcalloc(10000, sizeof(*aces));
	struct dp_tuple t = { .src = IP(10, 0, 39, 15), .dst = IP(10, 9, 9, 9), .proto = TCP, .dport = 80 };
	struct dp_acl *acl;

	for (uint32_t i = 0; i < 10000; i++)
		aces[i] = (struct dp_ace){ .src = IP(10, 0, 0, 0) + i, .src_mask = UINT32_MAX, .proto = TCP };
	acl = dp_acl_new(aces, 10000);
	ck_assert_uint_eq(dp_acl_match_from(acl, &t, 0), 9999);
	t.src--;
	ck_assert_uint_eq(dp_acl_match_from(acl, &t, 0), 9998);
	ck_assert_uint_eq(dp_acl_match_from(acl, &t, 9999), DP_ACL_NONE);
	t.src = IP(10, 0, 0, 0);
	ck_assert_uint_eq(dp_acl_match_from(acl, &t, 0), 0);
	dp_acl_free(acl);
	free(aces);
}
END_TEST

/* Hits outlive the list, as the next one counts on. */
START_TEST(hits)
{
	struct dp_ace a = { .permit = true, .hits = dp_hits_new() };
	struct dp_acl *one = dp_acl_new(&a, 1), *two;

	dp_acl_count(one, 0);
	dp_acl_count(one, DP_ACL_NONE);
	two = dp_acl_new(&a, 1);
	dp_acl_free(one);
	dp_acl_count(two, 0);
	ck_assert_uint_eq(a.hits->n, 2);
	dp_acl_free(two);
	ck_assert_uint_eq(a.hits->refs, 1);
	dp_hits_free(a.hits);
}
END_TEST

/* --- At interfaces --- */

static void
filter(struct bench *b, int i, unsigned ifidx, enum dp_dir dir, const struct dp_ace *aces, size_t n)
{
	struct dp_acl *acl = dp_acl_new(aces, n);

	dp_if_filter(b->dp[i], ifidx, dir, acl);
	dp_acl_free(acl);
}

static void
udp_from_a(struct bench *b, uint16_t dport)
{
	uint8_t ip[64];

	bench_host_send(b, 0, ip, mk_udp(ip, HOST_IP(0), HOST_IP(1), 9, dport, 0, "x", 1));
}

/* An ICMP error of this code among what came to host A. */
static bool
told_prohibited(struct bench *b)
{
	const uint8_t *ip;
	size_t n, len;

	for (n = 0; (ip = bench_ip_out(b, 0, n, &len)) != NULL; n++)
		if (ip[IP4_PROTO] == PROTO_ICMP && ip[IP4_LEN] == ICMP_UNREACH && ip[IP4_LEN + 1] == 13)
			return true;
	return false;
}

START_TEST(filters)
{
	static const struct { unsigned dp, ifidx; enum dp_dir dir; } rows[] = {
		{ 0, LAN, DP_DIR_IN }, { 0, LINK, DP_DIR_OUT }, { 1, LINK, DP_DIR_IN }, { 1, LAN, DP_DIR_OUT },
	};
	struct dp_ace aces[] = { { .permit = true, .proto = PROTO_UDP, .dport = { .op = DP_PORT_EQ, .n = 1, .v = { 53 } }, .hits = dp_hits_new() },
	    { .permit = true, .proto = PROTO_ICMP } };
	struct bench *b = bench_new();
	int at = (int)rows[_i].dp;
	size_t len;

	udp_from_a(b, 80);
	udp_from_a(b, 80);
	bench_clear(b);
	filter(b, at, rows[_i].ifidx, rows[_i].dir, aces, 2);
	udp_from_a(b, 80);
	ck_assert_ptr_null(bench_ip_out(b, 1, 0, &len));
	ck_assert_uint_eq(dp_count(b->dp[at], rows[_i].dir == DP_DIR_IN ? DPC_filter_in : DPC_filter_out), 1);
	ck_assert(told_prohibited(b));
	udp_from_a(b, 53);
	ck_assert_ptr_nonnull(bench_ip_out(b, 1, 0, &len));
	ck_assert_uint_eq(aces[0].hits->n, 1);
	/* What the router makes itself is not filtered on its way out. */
	bench_clear(b);
	if (rows[_i].dir == DP_DIR_OUT && at == 0) {
		dp_udp_open(b->dp[1], 7);
		ck_assert(dp_udp_send(b->dp[0], 0, LINK_IP(1), 9, 7, "x", 1, 64, clock_now(b->clock)));
		bench_run(b);
		ck_assert_uint_eq(b->nudp, 1);
	}
	dp_if_filter(b->dp[at], rows[_i].ifidx, rows[_i].dir, NULL);
	bench_clear(b);
	udp_from_a(b, 80);
	ck_assert_ptr_nonnull(bench_ip_out(b, 1, 0, &len));
	bench_free(b);
	ck_assert_uint_eq(aces[0].hits->refs, 1);
	dp_hits_free(aces[0].hits);
}
END_TEST

/* --- Security policy --- */

#define POLICY	7

/* An SA of this direction between the LINK_IPs, with what HOST_IP(from) sends inside. */
static uint32_t
sa_make(struct bench *b, int at, enum sa_dir dir, int from, uint32_t spi, uint32_t policy)
{
	struct sa_params p = { .dir = dir, .proto = SA_ESP, .spi = spi, .src = addr_v4(LINK_IP(from)), .dst = addr_v4(LINK_IP(!from)),
		.cipher = SA_CIPHER_NULL, .auth = SA_AUTH_SHA1_96, .auth_key_len = 20, .policy = policy };
	const char *why = "";
	uint32_t sa = dp_sa_add(b->dp[at], &p, &why, clock_now(b->clock));

	ck_assert_msg(sa != SA_NONE, "%s", why);
	return sa;
}

/* LAN to LAN is protected, but for ping to port... but for what `skip` leaves out. */
static void
spd(struct bench *b, int i)
{
	struct dp_spd_rule rules[] = {
		{ .match = { .proto = PROTO_UDP, .dport = { .op = DP_PORT_EQ, .n = 1, .v = { 9999 } } }, .what = DP_SPD_DROP },
		{ .match = { .proto = PROTO_UDP, .dport = { .op = DP_PORT_EQ, .n = 1, .v = { 53 } } }, .what = DP_SPD_SKIP, .skip = 3 },
		{ .match = { .src = LAN_IP(i), .src_mask = 0xffffff00, .dst = LAN_IP(!i), .dst_mask = 0xffffff00 },
		    .what = DP_SPD_PROTECT, .policy = POLICY },
		{ .match = { .proto = PROTO_UDP, .dport = { .op = DP_PORT_EQ, .n = 1, .v = { 54 } } }, .what = DP_SPD_DROP },
	};

	dp_spd_set(b->dp[i], LINK, rules, 4);
}

START_TEST(policy_protects)
{
	struct bench *b = bench_new();
	size_t len;

	udp_from_a(b, 80);
	udp_from_a(b, 80);
	spd(b, 0);
	bench_clear(b);
	udp_from_a(b, 80);		/* no SA yet */
	ck_assert_uint_eq(b->npolicy_no_sa, 1);
	ck_assert_uint_eq(b->policy_no_sa[0].policy, POLICY);
	ck_assert_uint_eq(b->policy_no_sa[0].p.t.dport, 80);
	ck_assert_uint_eq(b->policy_no_sa[0].p.out_if, LINK);
	ck_assert_uint_eq(COUNT(b, 0, out_no_sa), 1);
	dp_policy_sa(b->dp[0], POLICY, sa_make(b, 0, SA_OUT, 0, 0x5000, 0));
	sa_make(b, 1, SA_IN, 0, 0x5000, 0);
	udp_from_a(b, 80);
	ck_assert_uint_eq(COUNT(b, 0, esp_out_ok), 1);
	ck_assert_uint_eq(COUNT(b, 1, esp_in_ok), 1);
	ck_assert_ptr_nonnull(bench_ip_out(b, 1, 0, &len));
	/* Left out by a skip, refused, and what no rule speaks of. */
	udp_from_a(b, 53);
	udp_from_a(b, 9999);
	ck_assert_uint_eq(COUNT(b, 0, policy_drop), 1);
	ck_assert_uint_eq(COUNT(b, 0, esp_out_ok), 1);
	ck_assert_ptr_nonnull(bench_ip_out(b, 1, 1, &len));
	dp_udp_open(b->dp[1], 7);
	ck_assert(dp_udp_send(b->dp[0], 0, LINK_IP(1), 9, 7, "x", 1, 64, clock_now(b->clock)));
	bench_run(b);
	ck_assert_uint_eq(b->nudp, 1);
	/* Made here: protected as well. */
	ck_assert(dp_udp_send(b->dp[0], LAN_IP(0), HOST_IP(1), 9, 7, "x", 1, 64, clock_now(b->clock)));
	bench_run(b);
	ck_assert_uint_eq(COUNT(b, 0, esp_out_ok), 2);
	bench_free(b);
}
END_TEST

START_TEST(policy_wants_esp)
{
	struct bench *b = bench_new();
	size_t len;

	udp_from_a(b, 80);
	udp_from_a(b, 80);
	bench_clear(b);
	spd(b, 1);			/* the far end: what comes from A is due as ESP */
	udp_from_a(b, 80);
	ck_assert_ptr_null(bench_ip_out(b, 1, 0, &len));
	ck_assert_uint_eq(COUNT(b, 1, trans_not_ipsec), 1);
	ck_assert_uint_eq(b->nnot_ipsec, 1);
	/* As it left: port 53 is the destination there, the source here. */
	udp_from_a(b, 53);
	ck_assert_uint_eq(COUNT(b, 1, trans_not_ipsec), 2);
	/* By the SA of the policy, and by another. */
	spd(b, 0);
	dp_policy_sa(b->dp[0], POLICY, sa_make(b, 0, SA_OUT, 0, 0x5000, 0));
	sa_make(b, 1, SA_IN, 0, 0x5000, POLICY);
	udp_from_a(b, 80);
	ck_assert_ptr_nonnull(bench_ip_out(b, 1, 0, &len));
	dp_policy_sa(b->dp[0], POLICY, sa_make(b, 0, SA_OUT, 0, 0x6000, 0));
	sa_make(b, 1, SA_IN, 0, 0x6000, POLICY + 1);
	bench_clear(b);
	udp_from_a(b, 80);
	ck_assert_ptr_null(bench_ip_out(b, 1, 0, &len));
	ck_assert_uint_eq(COUNT(b, 1, in_selector), 1);
	ck_assert_uint_eq(b->nfault, 1);
	ck_assert_int_eq(b->fault[0].kind, DP_FAULT_SELECTOR);
	dp_spd_set(b->dp[1], LINK, NULL, 0);
	udp_from_a(b, 80);
	ck_assert_ptr_nonnull(bench_ip_out(b, 1, 0, &len));
	bench_free(b);
}
END_TEST

void
datapath_acl_tests(TCase *tc)
{
	tcase_add_test(tc, addresses);
	tcase_add_test(tc, port_operators);
	tcase_add_test(tc, flags_and_types);
	tcase_add_test(tc, fragments);
	tcase_add_test(tc, tuples);
	tcase_add_loop_test(tc, random_lists, 0, 4);
	tcase_add_test(tc, ten_thousand);
	tcase_add_test(tc, hits);
	tcase_add_loop_test(tc, filters, 0, 4);
	tcase_add_test(tc, policy_protects);
	tcase_add_test(tc, policy_wants_esp);
}
