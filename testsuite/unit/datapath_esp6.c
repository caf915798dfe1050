/* ESP and AH with IPv6 outside, inside, or both: what goes in comes out; what is for others, or of another family, does not. */

#include <string.h>

#include "datapath/wire.h"
#include "testsuite/unit/datapath_ip6.h"

struct suite {
	enum sa_proto	proto;
	enum sa_cipher	cipher;
	enum sa_auth	auth;
	size_t		enc, icv_key;
};

static const struct suite suites[] = {
	{ SA_ESP, SA_CIPHER_AES_CBC, SA_AUTH_SHA1_96, 16, 20 },
	{ SA_ESP, SA_CIPHER_AES_GCM, SA_AUTH_NONE, 20, 0 },
	{ SA_ESP, SA_CIPHER_NULL, SA_AUTH_SHA512_256, 0, 64 },
	{ SA_AH, SA_CIPHER_NULL, SA_AUTH_SHA1_96, 0, 20 },
	{ SA_AH, SA_CIPHER_NULL, SA_AUTH_SHA256_128, 0, 32 },
	{ SA_AH, SA_CIPHER_NULL, SA_AUTH_SHA384_192, 0, 48 },
};

static void
sa_pair(struct bench *b, const struct suite *s, bool outer6, bool inner6, uint32_t spi)
{
	struct sa_params p = { .proto = s->proto, .spi = spi, .cipher = s->cipher, .auth = s->auth, .enc_key_len = s->enc,
		.auth_key_len = s->icv_key, .replay_window = 64, .inner6 = inner6 };
	const char *why = "";
	uint32_t sa;

	p.src = outer6 ? addr_v6(LINK6(0)) : addr_v4(LINK_IP(0));
	p.dst = outer6 ? addr_v6(LINK6(1)) : addr_v4(LINK_IP(1));
	memset(p.enc_key, 1, sizeof p.enc_key);
	memset(p.auth_key, 2, sizeof p.auth_key);
	p.dir = SA_OUT;
	sa = dp_sa_add(b->dp[0], &p, &why, clock_now(b->clock));
	ck_assert_msg(sa != SA_NONE, "%s", why);
	dp_tunnel_use(b->dp[0], VTI, sa);
	p.dir = SA_IN;
	p.tunnel_if = VTI;
	ck_assert_uint_ne(dp_sa_add(b->dp[1], &p, &why, clock_now(b->clock)), SA_NONE);
}

static struct bench *
tunnel_new(const struct suite *s, bool outer6, bool inner6)
{
	struct bench *b = bench6_new();
	int i;

	for (i = 0; i < 2; i++) {
		ck_assert_uint_eq(dp_if_add(b->dp[i], DP_IF_VTI, NULL), VTI);
		dp_if_set_up(b->dp[i], VTI, true);
		bench6_if(b, i, VTI, A6(0x20010db800090000, 1));
	}
	dp_route_set(b->dp[0], IP(192, 168, 2, 0), 24, 0, VTI);
	dp6_route_set(b->dp[0], a6_mask(LAN6(1), 64), 64, A6(0, 0), VTI);
	sa_pair(b, s, outer6, inner6, 0x1000);
	return b;
}

static void
round_trip(const struct suite *s, bool outer6, bool inner6)
{
	struct bench *b = tunnel_new(s, outer6, inner6);
	uint8_t ip[1500], data[1200];
	const uint8_t *out;
	size_t n, m, len;

	memset(data, 7, sizeof data);
	for (len = 0; len < sizeof data; len = len * 2 + 1) {
		if (inner6) {
			n = mk6_udp(ip, HOST6(0), HOST6(1), 1, 2, data, len);
			bench6_host_send(b, 0, ip, n);
			out = bench6_out(b, 1, 0, &m);
			ck_assert_ptr_nonnull(out);
			ck_assert_mem_eq(out + IP6_SRC, ip + IP6_SRC, n - IP6_SRC);
		} else {
			n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, data, len);
			bench_host_send(b, 0, ip, n);
			out = bench_ip_out(b, 1, 0, &m);
			ck_assert_ptr_nonnull(out);
			ck_assert_mem_eq(out + IP4_SRC, ip + IP4_SRC, n - IP4_SRC);
		}
		ck_assert_uint_eq(m, n);
		bench_clear(b);
	}
	/* The other family does not pass. */
	if (inner6)
		bench_host_send(b, 0, ip, mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, data, 9));
	else
		bench6_host_send(b, 0, ip, mk6_udp(ip, HOST6(0), HOST6(1), 1, 2, data, 9));
	ck_assert_uint_eq(COUNT(b, 0, out_family), 1);
	bench_free(b);
}

START_TEST(round_trips)
{
	const struct suite *s = &suites[_i];

	round_trip(s, true, true);
	round_trip(s, true, false);
	round_trip(s, false, true);
}
END_TEST

static size_t
mk_esp6(uint8_t *ip, struct a6 dst, uint32_t spi)
{
	uint8_t esp[68] = { 0 };		/* with whole blocks */

	put32(esp, spi);
	put32(esp + 4, 1);
	return mk6_ip(ip, HOST6(0), dst, PROTO_ESP, 64, esp, sizeof esp);
}

/* An SPI that nobody has, or that is there for another destination, whatever its family. */
START_TEST(invalid_spi)
{
	struct bench *b = tunnel_new(&suites[0], true, true);
	struct addr want = addr_v6(HOST6(0));
	uint8_t ip[200];

	bench6_host_send(b, 1, ip, mk_esp6(ip, LAN6(1), 0x7777));
	ck_assert_uint_eq(COUNT(b, 1, inv_spi6), 1);
	ck_assert_uint_eq(b->ninv_spi, 1);
	ck_assert(addr_eq(&b->inv_spi[0].src, &want));
	want = addr_v6(LAN6(1));
	ck_assert(addr_eq(&b->inv_spi[0].dst, &want));
	ck_assert_uint_eq(b->inv_spi[0].spi, 0x7777);
	bench6_host_send(b, 1, ip, mk_esp6(ip, LAN6(1), 0x1000));
	ck_assert_uint_eq(COUNT(b, 1, inv_spi6), 2);
	bench_host_send(b, 1, ip, mk_ip(ip, HOST_IP(1), LAN_IP(1), PROTO_ESP, 64, 0, 1, "\0\0\x10\0\0\0\0\1xxxxxxxx", 16));
	ck_assert_uint_eq(COUNT(b, 1, inv_spi), 1);
	ck_assert_uint_eq(COUNT(b, 1, in_auth), 0);
	/* The right destination, but nothing that opens. */
	bench6_host_send(b, 1, ip, mk_esp6(ip, LINK6(1), 0x1000));
	ck_assert_uint_eq(COUNT(b, 1, in_auth), 1);
	bench_free(b);
}
END_TEST

/* What does not fit is refused with the MTU that would; what leaves room for 1280 alone goes through, cut outside. */
START_TEST(mtu)
{
	struct bench *b = tunnel_new(&suites[0], true, true);
	uint8_t ip[1500], data[1400] = { 1 };
	const uint8_t *out;
	size_t m;

	bench6_host_send(b, 0, ip, mk6_udp(ip, HOST6(0), HOST6(1), 1, 2, data, sizeof data));
	out = bench6_out(b, 0, 0, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(out[IP6_LEN], ICMP6_TOO_BIG);
	ck_assert_uint_eq(get32(out + IP6_LEN + 4), 1422);
	dp_if_set_mtu(b->dp[0], LINK, 1280);
	bench6_host_send(b, 0, ip, mk6_udp(ip, HOST6(0), HOST6(1), 1, 2, data, 1280 - IP6_LEN - UDP_LEN));
	ck_assert_uint_eq(COUNT(b, 0, frag6_made), 2);
	ck_assert_uint_eq(COUNT(b, 1, reasm6_ok), 1);
	ck_assert_ptr_nonnull(bench6_out(b, 1, 0, &m));
	bench_free(b);
}
END_TEST

void
datapath_esp6_tests(TCase *tc)
{
	tcase_add_loop_test(tc, round_trips, 0, sizeof suites / sizeof suites[0]);
	tcase_add_test(tc, invalid_spi);
	tcase_add_test(tc, mtu);
}
