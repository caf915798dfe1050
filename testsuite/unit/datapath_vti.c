/* Tunnels, as far as forwarding sees them: the way in and out of ESP, MTU, SAs that are missing or unknown. */

#include <string.h>

#include "datapath/internal.h"
#include "datapath/wire.h"
#include "testsuite/unit/datapath_test.h"

START_TEST(through)
{
	struct bench *b = bench_new();
	const uint8_t *out;
	struct dp_if_info info;
	uint8_t ip[128];
	size_t n, m;

	bench_tunnel(b);
	n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, "secret", 6);
	bench_host_send(b, 0, ip, n);
	out = bench_ip_out(b, 1, 0, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_mem_eq(out + IP4_LEN, ip + IP4_LEN, n - IP4_LEN);
	ck_assert_uint_eq(out[IP4_TTL], 62);
	ck_assert_uint_eq(COUNT(b, 0, esp_out_ok), 1);
	ck_assert_uint_eq(COUNT(b, 1, esp_in_ok), 1);
	ck_assert_uint_eq(COUNT(b, 0, engine_send), 1);
	dp_if_info(b->dp[0], VTI, &info);
	ck_assert_uint_eq(info.out_packets, 1);
	ck_assert_uint_eq(info.out_bytes, n);
	dp_if_info(b->dp[1], VTI, &info);
	ck_assert_uint_eq(info.in_packets, 1);
	ck_assert_uint_eq(info.in_bytes, n);
	/* Ours, through the tunnel and back. */
	ck_assert(dp_echo_send(b->dp[0], 0, IP(172, 16, 0, 2), 1, 1, NULL, 0, 64, 0, false, clock_now(b->clock)));
	bench_run(b);
	ck_assert_uint_eq(b->nicmp, 1);
	ck_assert_uint_eq(b->icmp[0].src, IP(172, 16, 0, 2));
	ck_assert_uint_eq(b->icmp[0].dst, IP(172, 16, 0, 1));
	ck_assert_uint_eq(COUNT(b, 0, decap_local), 1);
	bench_free(b);
}
END_TEST

START_TEST(no_sa)
{
	struct bench *b = bench_new();
	struct dp_if_info info;
	uint8_t ip[128];
	size_t n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, "x", 1);

	bench_tunnel(b);
	dp_sa_del(b->dp[0], b->dp[0]->ifs[VTI - 1]->tun_sa);	/* a handle that has gone stale */
	bench_host_send(b, 0, ip, n);
	dp_tunnel_use(b->dp[0], VTI, SA_NONE);
	bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(b->nno_sa, 2);
	ck_assert_uint_eq(COUNT(b, 0, out_no_sa), 2);
	dp_if_info(b->dp[0], VTI, &info);
	ck_assert_uint_eq(info.out_drops, 2);
	ck_assert_uint_eq(info.out_packets, 0);
	bench_free(b);
}
END_TEST

START_TEST(invalid_spi)
{
	struct bench *b = bench_new();
	uint8_t ip[128];
	size_t n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, "x", 1);
	struct addr at = addr_v4(LINK_IP(1));
	uint32_t sa;
	int i;

	bench_tunnel(b);
	ck_assert(dp_spi_known(b->dp[1], 0x1000, &at, SA_ESP, &sa));
	dp_sa_del(b->dp[1], sa);
	for (i = 0; i < 3; i++)
		bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(COUNT(b, 1, inv_spi), 3);
	ck_assert_uint_eq(b->ninv_spi, 3);
	ck_assert_uint_eq(b->inv_spi[0].spi, 0x1000);
	ck_assert_uint_eq(b->inv_spi[0].src.v4, LINK_IP(0));
	ck_assert_uint_eq(b->inv_spi[0].dst.v4, LINK_IP(1));
	ck_assert_uint_eq(b->inv_spi[2].seq, 3);
	ck_assert_uint_eq(b->inv_spi[0].in_if, LINK);
	ck_assert_uint_eq(b->inv_spi[0].count, 1);
	bench_free(b);
}
END_TEST

START_TEST(fits_the_tunnel)
{
	struct bench *b = bench_new();
	uint8_t ip[1500], data[1472] = { 1 };
	const uint8_t *out;
	unsigned mtu;
	size_t n, m, k, got = 0;

	bench_tunnel(b);
	mtu = sa_plaintext_mtu(b->dp[0], b->dp[0]->ifs[VTI - 1]->tun_sa);
	ck_assert_uint_gt(mtu, 1400);
	ck_assert_uint_lt(mtu, 1500);
	/* DF: told, with what fits. */
	n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, IP4_DF, data, mtu - 28 + 1);
	bench_host_send(b, 0, ip, n);
	out = bench_ip_out(b, 0, 0, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(out[IP4_LEN + 1], UNREACH_FRAG);
	ck_assert_uint_eq(get16(out + IP4_LEN + 6), mtu);
	ck_assert_uint_eq(COUNT(b, 0, out_too_big), 1);
	/* Exactly that goes, and its ESP packet needs no fragments. */
	bench_clear(b);
	n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, IP4_DF, data, mtu - 28);
	bench_host_send(b, 0, ip, n);
	ck_assert_ptr_nonnull(bench_ip_out(b, 1, 0, &m));
	ck_assert_uint_eq(m, n);
	ck_assert_uint_eq(COUNT(b, 0, frag_ok), 0);
	/* Without DF it is cut before it is sealed: ESP is never in fragments. */
	bench_clear(b);
	n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, data, sizeof data);
	bench_host_send(b, 0, ip, n);
	for (k = 0; (out = bench_ip_out(b, 1, k, &m)) != NULL; k++)
		got += m - IP4_LEN;
	ck_assert_uint_eq(k, 2);
	ck_assert_uint_eq(got, n - IP4_LEN);
	ck_assert_uint_eq(COUNT(b, 0, out_frag_before), 1);
	ck_assert_uint_eq(COUNT(b, 1, frag_in), 0);
	ck_assert_uint_eq(COUNT(b, 1, esp_in_ok), 3);
	/* The interface's own MTU counts if it is less. */
	dp_if_set_mtu(b->dp[0], VTI, 1000);
	n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, IP4_DF, data, 1001 - 28);
	bench_clear(b);
	bench_host_send(b, 0, ip, n);
	out = bench_ip_out(b, 0, 0, &m);
	ck_assert_uint_eq(get16(out + IP4_LEN + 6), 1000);
	/* A ping of our own with DF hears of it too. */
	ck_assert(dp_echo_send(b->dp[0], 0, IP(172, 16, 0, 2), 3, 4, data, 1400, 64, 0, true, clock_now(b->clock)));
	ck_assert_uint_eq(b->nicmp, 1);
	ck_assert_uint_eq(b->icmp[0].code, UNREACH_FRAG);
	ck_assert_uint_eq(b->icmp[0].mtu, 1000);
	ck_assert_uint_eq(b->icmp[0].id, 3);
	bench_free(b);
}
END_TEST

/* The tunnel's far end by the tunnel itself: it ends, counted. */
START_TEST(recursion)
{
	struct bench *b = bench_new();
	uint8_t ip[128];
	size_t n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, "x", 1);

	bench_tunnel(b);
	dp_route_set(b->dp[0], LINK_IP(1), 32, 0, VTI);
	bench_host_send(b, 0, ip, n);
	ck_assert_uint_gt(COUNT(b, 0, out_nested) + COUNT(b, 0, out_room), 0);
	ck_assert_uint_eq(b->dp[0]->pool.held, 0);
	bench_free(b);
}
END_TEST

/* Many inner packets of a batch in their order. */
START_TEST(batch)
{
	struct bench *b = bench_new();
	static struct dp_frame frames[DP_BATCH];
	static uint8_t bytes[DP_BATCH][128];
	size_t i, n, m;

	bench_tunnel(b);
	bench_host_send(b, 0, bytes[0], mk_udp(bytes[0], HOST_IP(0), HOST_IP(1), 1, 2, 0, "x", 1));
	bench_clear(b);
	for (i = 0; i < DP_BATCH; i++) {
		memcpy(bytes[i], (uint8_t[]){ 2, 0, 0, 0, 1, 1, 2, 0, 0, 0, 0xaa, 0, 8, 0 }, ETH_LEN);
		n = mk_udp(bytes[i] + ETH_LEN, HOST_IP(0), HOST_IP(1), (uint16_t)i, 2, 0, "x", 1);
		frames[i] = (struct dp_frame){ bytes[i], ETH_LEN + n };
	}
	dp_input(b->dp[0], LAN, frames, DP_BATCH, clock_now(b->clock));
	bench_run(b);
	for (i = 0; i < DP_BATCH; i++)
		ck_assert_uint_eq(get16(bench_ip_out(b, 1, i, &m) + IP4_LEN), i);
	bench_free(b);
}
END_TEST

static void
transport_sa(struct bench *b, int from, uint32_t spi)
{
	struct sa_params p = { .proto = SA_ESP, .transport = true, .spi = spi, .src = addr_v4(LINK_IP(from)), .dst = addr_v4(LINK_IP(!from)),
		.cipher = SA_CIPHER_NULL, .auth = SA_AUTH_SHA1_96, .auth_key_len = 20, .sel_src = LINK_IP(from),
		.sel_src_mask = UINT32_MAX, .sel_dst = LINK_IP(!from), .sel_dst_mask = UINT32_MAX, .sel_proto = PROTO_UDP };
	const char *why = "";
	uint32_t sa;

	sa = (p.dir = SA_OUT, dp_sa_add(b->dp[from], &p, &why, clock_now(b->clock)));
	ck_assert_msg(sa != SA_NONE, "%s", why);
	dp_policy_use(b->dp[from], sa, true);
	p.dir = SA_IN;
	ck_assert_uint_ne(dp_sa_add(b->dp[!from], &p, &why, clock_now(b->clock)), SA_NONE);
}

/* Between the two themselves: what fits the policy goes protected, whole or too long for one packet. */
START_TEST(transport)
{
	struct bench *b = bench_new();
	static uint8_t big[5000];
	int64_t now = clock_now(b->clock);

	dp_udp_open(b->dp[1], 7);
	ck_assert(dp_udp_send(b->dp[0], 0, LINK_IP(1), 9, 7, "x", 1, 64, now));	/* ARP */
	bench_run(b);
	transport_sa(b, 0, 0x5000);
	transport_sa(b, 1, 0x6000);
	ck_assert(dp_udp_send(b->dp[0], 0, LINK_IP(1), 9, 7, "x", 1, 64, now));
	ck_assert(dp_udp_send(b->dp[0], 0, LINK_IP(1), 9, 7, big, sizeof big, 64, now));
	bench_run(b);
	ck_assert_uint_eq(b->nudp, 3);
	ck_assert_uint_eq(b->udp[2].u.len, sizeof big);
	ck_assert_uint_eq(COUNT(b, 1, esp_in_ok), 2);
	ck_assert_uint_eq(COUNT(b, 0, out_frag_before), 0);
	ck_assert_uint_eq(COUNT(b, 1, reasm_ok), 1);
	/* Key exchange and other protocols go in the clear. */
	dp_udp_open(b->dp[1], 500);
	ck_assert(dp_udp_send(b->dp[0], 0, LINK_IP(1), 500, 500, "x", 1, 64, now));
	ck_assert(dp_echo_send(b->dp[0], 0, LINK_IP(1), 1, 1, NULL, 0, 64, 0, false, now));
	bench_run(b);
	ck_assert_uint_eq(b->nudp, 4);
	ck_assert_uint_eq(b->nicmp, 1);
	ck_assert_uint_eq(COUNT(b, 1, esp_in_ok), 2);
	bench_free(b);
}
END_TEST

/* In the clear where the policy wants ESP: dropped, and said once a batch. */
START_TEST(clear_where_esp_is_due)
{
	struct bench *b = bench_new();
	int64_t now = clock_now(b->clock);

	dp_udp_open(b->dp[1], 7);
	ck_assert(dp_udp_send(b->dp[0], 0, LINK_IP(1), 9, 7, "x", 1, 64, now));
	bench_run(b);
	ck_assert_uint_eq(b->nudp, 1);
	transport_sa(b, 1, 0x6000);	/* only B knows of it */
	ck_assert(dp_udp_send(b->dp[0], 0, LINK_IP(1), 9, 7, "x", 1, 64, now));
	bench_run(b);
	ck_assert_uint_eq(b->nudp, 1);
	ck_assert_uint_eq(b->nnot_ipsec, 1);
	ck_assert_uint_eq(COUNT(b, 1, in_not_ipsec), 1);
	bench_free(b);
}
END_TEST

void
datapath_vti_tests(TCase *tc)
{
	tcase_add_test(tc, through);
	tcase_add_test(tc, no_sa);
	tcase_add_test(tc, invalid_spi);
	tcase_add_test(tc, fits_the_tunnel);
	tcase_add_test(tc, recursion);
	tcase_add_test(tc, batch);
	tcase_add_test(tc, transport);
	tcase_add_test(tc, clear_where_esp_is_due);
}
