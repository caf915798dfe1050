/*
 * ESP in UDP over IPv6 (RFC 3948, RFC 6935): checksums out and in, what else comes to its port, peers that move, cut and
 * bent datagrams, and what transport mode has to mend.  dp 0 seals for B, whose packets the test bends and gives to dp 1.
 */

#include <string.h>

#include "datapath/natt.h"
#include "datapath/udp.h"
#include "datapath/wire.h"
#include "testsuite/unit/datapath_ip6.h"

#define PEER	4501
#define SPI	0x1000u

static struct sa_params
params(enum sa_dir dir, enum sa_cipher cipher, enum sa_auth auth, size_t enc, size_t key)
{
	struct sa_params p = { .dir = dir, .proto = SA_ESP, .spi = SPI, .cipher = cipher, .auth = auth, .enc_key_len = enc,
		.auth_key_len = key, .replay_window = 64, .udp_port = PEER };

	p.src = addr_v6(dir == SA_OUT ? LINK6(0) : HOST6(1));
	p.dst = addr_v6(dir == SA_OUT ? HOST6(1) : LAN6(1));
	memset(p.enc_key, 1, sizeof p.enc_key);
	memset(p.auth_key, 2, sizeof p.auth_key);
	return p;
}

static struct sa_params
aes(enum sa_dir dir)
{
	return params(dir, SA_CIPHER_AES_CBC, SA_AUTH_SHA1_96, 16, 20);
}

struct rig { struct bench *b; uint32_t out, in; };

static uint32_t
add(struct dp *d, const struct sa_params *p)
{
	const char *why = "";
	uint32_t sa = dp_sa_add(d, p, &why, 0);

	ck_assert_msg(sa != SA_NONE, "%s", why);
	return sa;
}

static struct rig
rig_new(const struct sa_params *out, const struct sa_params *in)
{
	struct rig r = { .b = bench6_new() };
	struct sa_params q = *in;
	int i;

	for (i = 0; i < 2; i++) {
		ck_assert_uint_eq(dp_if_add(r.b->dp[i], DP_IF_VTI, NULL), VTI);
		dp_if_set_up(r.b->dp[i], VTI, true);
		bench6_if(r.b, i, VTI, A6(0x20010db800090000, 1));
		dp_udp_open(r.b->dp[i], NATT_PORT);
	}
	dp_route_set(r.b->dp[0], IP(192, 168, 2, 0), 24, 0, VTI);
	dp6_route_set(r.b->dp[0], a6_mask(A6(0x20010db800070000, 0), 64), 64, A6(0, 0), VTI);
	r.out = add(r.b->dp[0], out);
	dp_tunnel_use(r.b->dp[0], VTI, r.out);
	q.tunnel_if = VTI;
	r.in = add(r.b->dp[1], &q);
	return r;
}

static struct rig
aes_rig(void)
{
	struct sa_params out = aes(SA_OUT), in = aes(SA_IN);

	return rig_new(&out, &in);
}

/* The datagram that dp 0 makes of an IPv4 one of n bytes, as it comes out at B. */
static size_t
sealed(struct rig *r, uint8_t *ip, size_t n)
{
	uint8_t plain[1500], data[1400] = { 7 };
	const uint8_t *out;
	size_t len;

	bench_clear(r->b);
	bench_host_send(r->b, 0, plain, mk_udp(plain, HOST_IP(0), HOST_IP(1), 1, 2, 0, data, n));
	out = bench6_out(r->b, 1, 0, &len);
	ck_assert_ptr_nonnull(out);
	memcpy(ip, out, len);
	bench_clear(r->b);
	return len;
}

/* Made B's: from its port, to dp 1. */
static void
turn(uint8_t *ip, size_t len, uint16_t sport)
{
	a6_put(ip + IP6_SRC, HOST6(1));
	a6_put(ip + IP6_DST, LAN6(1));
	put16(ip + IP6_LEN, sport);
	put16(ip + IP6_LEN + 2, NATT_PORT);
	udp6_seal(ip, ip + IP6_LEN, len - IP6_LEN);
}

/* Does what was in it come out? */
static bool
passes(struct rig *r, const uint8_t *ip, size_t len)
{
	size_t m;
	bool came;

	bench_clear(r->b);
	bench6_host_send(r->b, 1, ip, len);
	came = bench_ip_out(r->b, 1, 0, &m) != NULL;
	bench_clear(r->b);
	return came;
}

static struct sa_info
info(struct rig *r, int i)
{
	struct sa_info s;

	ck_assert(dp_sa_info(r->b->dp[i], i == 0 ? r->out : r->in, &s));
	return s;
}

static bool
is_from(struct rig *r, const struct addr *a)
{
	const struct sa_info s = info(r, 1);

	return addr_eq(&s.p.src, a);
}

START_TEST(round_trips)
{
	static const struct { enum sa_cipher c; enum sa_auth a; size_t enc, key; } suites[] = {
		{ SA_CIPHER_AES_CBC, SA_AUTH_SHA1_96, 16, 20 }, { SA_CIPHER_AES_GCM, SA_AUTH_NONE, 20, 0 }, { SA_CIPHER_NULL, SA_AUTH_SHA512_256, 0, 64 },
	};
	struct sa_params out = params(SA_OUT, suites[_i].c, suites[_i].a, suites[_i].enc, suites[_i].key);
	struct sa_params in = params(SA_IN, suites[_i].c, suites[_i].a, suites[_i].enc, suites[_i].key);
	struct rig r = rig_new(&out, &in);
	uint8_t ip[1600];
	size_t n, len;

	for (n = 0; n < 1200; n = n * 2 + 1) {
		len = sealed(&r, ip, n);
		ck_assert_uint_eq(ip[IP6_NEXT], PROTO_UDP);
		ck_assert_uint_eq(get16(ip + IP6_PAYLOAD), len - IP6_LEN);
		ck_assert_uint_eq(get16(ip + IP6_LEN), NATT_PORT);
		ck_assert_uint_eq(get16(ip + IP6_LEN + 2), PEER);
		ck_assert_uint_eq(get16(ip + IP6_LEN + 4), len - IP6_LEN);
		ck_assert_uint_ne(get16(ip + IP6_LEN + 6), 0);
		ck_assert_uint_eq(ip6_sum(ip, PROTO_UDP, ip + IP6_LEN, len - IP6_LEN), 0);
		ck_assert_uint_eq(get32(ip + IP6_LEN + 8), SPI);
		turn(ip, len, PEER);
		ck_assert(passes(&r, ip, len));
	}
	ck_assert_uint_eq(info(&r, 1).packets, info(&r, 0).packets);
	bench_free(r.b);
}
END_TEST

/* Right, none, or wrong: only the last is dropped. */
START_TEST(sums)
{
	struct rig r = aes_rig();
	uint8_t ip[1600];
	size_t len = sealed(&r, ip, 60);

	turn(ip, len, PEER);
	put16(ip + IP6_LEN + 6, get16(ip + IP6_LEN + 6) ^ 1);
	ck_assert(!passes(&r, ip, len));
	ck_assert_uint_eq(COUNT(r.b, 1, udp6_checksum), 1);
	put16(ip + IP6_LEN + 6, 0);
	ck_assert(passes(&r, ip, len));
	len = sealed(&r, ip, 60);
	turn(ip, len, PEER);
	ck_assert(passes(&r, ip, len));
	bench_free(r.b);
}
END_TEST

static size_t
datagram(uint8_t *ip, const void *data, size_t n)
{
	return mk6_udp(ip, HOST6(1), LAN6(1), PEER, NATT_PORT, data, n);
}

START_TEST(others)
{
	static const uint8_t one[] = { 0xff }, ike[] = { 0, 0, 0, 0, 1 }, odd[] = { 0xfe }, three[] = { 0xff, 0xff, 0xff };
	struct rig r = aes_rig();
	uint8_t ip[200];
	size_t n;

	bench6_host_send(r.b, 1, ip, datagram(ip, one, 1));
	ck_assert_uint_eq(COUNT(r.b, 1, natt_keepalive_in), 1);
	ck_assert_uint_eq(r.b->nudp6, 0);
	bench6_host_send(r.b, 1, ip, n = datagram(ip, ike, sizeof ike));
	ck_assert_uint_eq(r.b->nudp6, 1);
	ck_assert_uint_eq(r.b->udp6[0].dport, NATT_PORT);
	/* Key exchange has nothing of its own that would stand for the sum. */
	put16(ip + IP6_LEN + 6, 0);
	bench6_host_send(r.b, 1, ip, n);
	ck_assert_uint_eq(r.b->nudp6, 1);
	ck_assert_uint_eq(COUNT(r.b, 1, udp6_checksum), 1);
	bench6_host_send(r.b, 1, ip, datagram(ip, odd, 1));
	bench6_host_send(r.b, 1, ip, datagram(ip, three, 3));
	bench6_host_send(r.b, 1, ip, datagram(ip, three, 0));
	ck_assert_uint_eq(COUNT(r.b, 1, natt_short), 3);
	ck_assert(dp6_natt_keepalive(r.b->dp[0], LINK6(0), LINK6(1), NATT_PORT, clock_now(r.b->clock)));
	bench_run(r.b);
	ck_assert_uint_eq(COUNT(r.b, 0, natt_keepalive_out), 1);
	ck_assert_uint_eq(COUNT(r.b, 1, natt_keepalive_in), 2);
	bench_free(r.b);
}
END_TEST

/* Cut at every byte, and each length wrong. */
START_TEST(cut)
{
	struct rig r = aes_rig();
	uint8_t ip[1600], copy[1600];
	size_t len = sealed(&r, ip, 60), n;

	turn(ip, len, PEER);
	put16(ip + IP6_LEN + 6, 0);
	for (n = IP6_LEN; n < len; n++) {
		memcpy(copy, ip, n);
		put16(copy + IP6_PAYLOAD, (unsigned)(n - IP6_LEN));
		ck_assert(!passes(&r, copy, n));
		if (n < IP6_LEN + 8)
			continue;
		put16(copy + IP6_LEN + 4, (unsigned)(n - IP6_LEN));
		ck_assert(!passes(&r, copy, n));
	}
	memcpy(copy, ip, len);
	for (n = 0; n < 80; n++) {
		put16(copy + IP6_LEN + 4, (unsigned)n);
		ck_assert(!passes(&r, copy, len));
	}
	put16(copy + IP6_LEN + 4, (unsigned)(len - IP6_LEN + 1));
	ck_assert(!passes(&r, copy, len));
	/* What stands behind the datagram is none of it. */
	memset(ip + len, 0, 3);
	put16(ip + IP6_PAYLOAD, (unsigned)(len - IP6_LEN + 3));
	ck_assert(passes(&r, ip, len + 3));
	bench_free(r.b);
}
END_TEST

/* Extension headers before UDP stay where they are. */
START_TEST(behind_options)
{
	static const uint8_t options[8] = { PROTO_UDP, 0, 1, 4, 0, 0, 0, 0 };
	struct rig r = aes_rig();
	uint8_t ip[1600];
	size_t len = sealed(&r, ip, 60);

	turn(ip, len, PEER);
	memmove(ip + IP6_LEN + 8, ip + IP6_LEN, len - IP6_LEN);
	memcpy(ip + IP6_LEN, options, 8);
	ip[IP6_NEXT] = PROTO_DSTOPTS;
	put16(ip + IP6_PAYLOAD, (unsigned)(len - IP6_LEN + 8));
	ck_assert(passes(&r, ip, len + 8));
	bench_free(r.b);
}
END_TEST

START_TEST(mismatch)
{
	struct sa_params out = aes(SA_OUT), in = aes(SA_IN);
	struct rig r;
	uint8_t ip[1600];
	size_t len;

	in.udp_port = 0;
	r = rig_new(&out, &in);
	len = sealed(&r, ip, 60);
	turn(ip, len, PEER);
	ck_assert(!passes(&r, ip, len));
	ck_assert_uint_eq(COUNT(r.b, 1, in_udp), 1);
	bench_free(r.b);
}
END_TEST

/* Only the newest authentic packet moves the peer, to another port (0) or address (1). */
START_TEST(moved)
{
	struct rig r = aes_rig();
	struct addr host = addr_v6(HOST6(1)), far = addr_v6(A6(0x20010db800020000, 0x77));
	uint8_t ip[3][1600];
	size_t len[3], i;
	struct sa_info s;

	for (i = 0; i < 3; i++) {
		len[i] = sealed(&r, ip[i], 60);
		turn(ip[i], len[i], _i ? PEER : 9999);
		if (_i)
			a6_put(ip[i] + IP6_SRC, a6_of(&far));
		put16(ip[i] + IP6_LEN + 6, 0);
	}
	ip[1][len[1] - 1] ^= 1;
	ck_assert(!passes(&r, ip[1], len[1]));
	ip[1][len[1] - 1] ^= 1;
	ck_assert_uint_eq(info(&r, 1).p.udp_port, PEER);
	ck_assert(is_from(&r, &host));
	ck_assert(passes(&r, ip[2], len[2]));
	ck_assert_uint_eq(info(&r, 1).p.udp_port, _i ? PEER : 9999);
	ck_assert(is_from(&r, _i ? &far : &host));
	/* A late one from where it was before does not bring it back. */
	turn(ip[0], len[0], PEER);
	ck_assert(passes(&r, ip[0], len[0]));
	ck_assert_uint_eq(info(&r, 1).p.udp_port, _i ? PEER : 9999);
	ck_assert(is_from(&r, _i ? &far : &host));
	/* And out, where the engine says so. */
	dp_sa_set_peer(r.b->dp[0], r.out, &(struct addr){ .af = ADDR_V4, .v4 = 1 }, 7);
	ck_assert_uint_eq(info(&r, 0).p.udp_port, PEER);
	dp_sa_set_peer(r.b->dp[0], r.out, &far, 7777);
	s = info(&r, 0);
	ck_assert(addr_eq(&s.p.dst, &far));
	ck_assert_uint_eq(s.p.udp_port, 7777);
	bench_free(r.b);
}
END_TEST

START_TEST(no_sa)
{
	static const uint8_t esp[] = { 0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 9, 1, 2, 3, 4 };
	struct rig r = aes_rig();
	struct addr host = addr_v6(HOST6(1));
	uint8_t ip[200];

	bench6_host_send(r.b, 1, ip, datagram(ip, esp, sizeof esp));
	ck_assert_uint_eq(r.b->ninv_spi, 1);
	ck_assert(r.b->inv_spi[0].udp);
	ck_assert_uint_eq(r.b->inv_spi[0].sport, PEER);
	ck_assert_uint_eq(r.b->inv_spi[0].spi, 0xcafebabe);
	ck_assert(addr_eq(&r.b->inv_spi[0].src, &host));
	bench_free(r.b);
}
END_TEST

/* Eight bytes less than without UDP, and an error about what is too long for the way names the SPI. */
START_TEST(mtu)
{
	struct sa_params out = aes(SA_OUT), in = aes(SA_IN), plain = aes(SA_OUT);
	struct rig r = rig_new(&out, &in);
	uint8_t ip[1600], quote[1600];
	struct sa_info s;
	size_t len = sealed(&r, ip, 60);

	plain.udp_port = 0;
	plain.spi++;
	ck_assert(dp_sa_info(r.b->dp[0], add(r.b->dp[0], &plain), &s));
	ck_assert_uint_eq(info(&r, 0).overhead, s.overhead + 8);
	memcpy(quote, ip, len);
	bench6_host_send(r.b, 0, ip, mk6_icmp(ip, HOST6(0), LINK6(0), 64, ICMP6_TOO_BIG, 0, 1300, quote, 64));
	ck_assert_uint_eq(r.b->nicmp6, 1);
	ck_assert_uint_eq(r.b->icmp6[0].orig_spi, SPI);
	bench6_host_send(r.b, 0, ip, mk6_icmp(ip, HOST6(0), LINK6(0), 64, ICMP6_TOO_BIG, 0, 1300, quote, 51));
	ck_assert_uint_eq(r.b->icmp6[1].orig_spi, 0);
	bench_free(r.b);
}
END_TEST

/* What dp 0 sends itself, without a policy. */
static void
seal(struct rig *r, const uint8_t *ip, size_t len)
{
	struct dp *d = r->b->dp[0];
	struct pkt *p = pkt_new(d, len);

	memcpy(p->data, ip, len);
	ip6_parse(p);
	p->sa = r->out;
	dp_enter(d);
	esp_out_batch(d, &p, 1, clock_now(r->b->clock));
	dp_leave(d);
	bench_run(r->b);
}

/*
 * Transport mode: what the peer has summed with its own addresses is right for those in the header.  A datagram arrives (0), an
 * echo is answered (1).
 */
START_TEST(transport_sums)
{
	struct sa_params out = params(SA_OUT, SA_CIPHER_NULL, SA_AUTH_SHA1_96, 0, 20), in = params(SA_IN, SA_CIPHER_NULL, SA_AUTH_SHA1_96, 0, 20);
	struct a6 own = A6(0xfd00000000000000, 2), us = A6(0xfd00000000000001, 7);
	uint8_t ip[400], plain[200], body[52] = { 3 };
	const uint8_t *p;
	struct rig r;
	size_t len;

	out.transport = in.transport = true;
	in.was_src = addr_v6(own);
	in.was_dst = addr_v6(us);
	r = rig_new(&out, &in);
	dp_udp_open(r.b->dp[1], 7);
	len = _i ? mk6_icmp(plain, own, us, 64, ICMP6_ECHO, 0, 9, body, sizeof body) : mk6_udp(plain, own, us, 9, 7, body, sizeof body);
	a6_put(plain + IP6_SRC, HOST6(0));
	a6_put(plain + IP6_DST, HOST6(1));
	seal(&r, plain, len);
	ck_assert_ptr_nonnull(p = bench6_out(r.b, 1, 0, &len));
	memcpy(ip, p, len);
	bench_clear(r.b);
	turn(ip, len, PEER);
	bench6_host_send(r.b, 1, ip, len);
	ck_assert_uint_eq(r.b->nudp6, _i ? 0 : 1);
	ck_assert_int_eq(bench6_out(r.b, 1, 0, &len) != NULL, _i);
	bench_free(r.b);
}
END_TEST

void
datapath_natt6_tests(TCase *tc)
{
	tcase_add_loop_test(tc, round_trips, 0, 3);
	tcase_add_test(tc, sums);
	tcase_add_test(tc, others);
	tcase_add_test(tc, cut);
	tcase_add_test(tc, behind_options);
	tcase_add_test(tc, mismatch);
	tcase_add_loop_test(tc, moved, 0, 2);
	tcase_add_test(tc, no_sa);
	tcase_add_test(tc, mtu);
	tcase_add_loop_test(tc, transport_sums, 0, 2);
}
