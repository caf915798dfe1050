/* GRE tunnels: the header, the way through, protection, MTU, keepalives, many far ends, and hostile packets. */

#include <string.h>

#include "datapath/gre_run.h"
#include "datapath/wire.h"
#include "lib/mem.h"
#include "testsuite/unit/datapath_test.h"

#define TUN	VTI		/* the same number */
#define TUN_IP(i) IP(172, 16, 0, 1 + (i))
#define GUARD	7

static struct dp_gre
plain(int i)
{
	return (struct dp_gre){ .src = LINK_IP(i), .dst = LINK_IP(!i) };
}

/* A tunnel at each end, as c0 says (with its addresses turned at the other), and the far LAN behind it. */
static void
tunnels(struct bench *b, struct dp_gre c)
{
	const unsigned len = 24;
	uint32_t addr;
	int i;

	for (i = 0; i < 2; i++) {
		c.src = LINK_IP(i);
		c.dst = LINK_IP(!i);
		ck_assert_uint_eq(dp_if_add(b->dp[i], DP_IF_GRE, NULL), TUN);
		dp_if_set_addr(b->dp[i], TUN, (addr = TUN_IP(i), &addr), &len, 1);
		dp_if_set_mtu(b->dp[i], TUN, 1500 - dp_gre_overhead(&c));
		dp_gre_set(b->dp[i], TUN, &c);
		dp_if_set_up(b->dp[i], TUN, true);
		dp_route_set(b->dp[i], IP(172, 16, 0, 0), 24, 0, TUN);
		dp_route_set(b->dp[i], IP(192, 168, 2 - i, 0), 24, 0, TUN);
	}
}

/* A packet of host 0 enters its tunnel; what is on the wire then is taken off it. */
static size_t
on_wire(struct bench *b, uint8_t *out)
{
	uint8_t ip[128], frame[256];
	struct dp_frame f = { frame, 0 };
	size_t n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, "passenger", 9);
	const uint8_t head[14] = { 2, 0, 0, 0, 1, 1, 2, 0, 0, 0, 0xaa, 0, 8, 0 };

	memcpy(frame, head, 14);
	memcpy(frame + 14, ip, n);
	f.len = 14 + n;
	dp_input(b->dp[0], LAN, &f, 1, clock_now(b->clock));
	ck_assert_uint_eq(b->nwire, 1);
	n = b->wire[0].len - ETH_LEN;
	memcpy(out, b->wire[0].data + ETH_LEN, n);
	free(b->wire[0].data);
	b->nwire = 0;
	return get16(out + IP4_TOTAL);
}

/* An IPv4 packet by the link to router 1. */
static void
from_wire(struct bench *b, const uint8_t *ip, size_t n)
{
	uint8_t *f = xmalloc(ETH_LEN + n);
	const uint8_t head[14] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0 };

	memcpy(f, head, ETH_LEN);
	memcpy(f + ETH_LEN, ip, n);
	bench_frame_in(b, 1, LINK, f, ETH_LEN + n);
	free(f);
	bench_run(b);
}

/* The link's neighbours are known from here on. */
static void
warm(struct bench *b)
{
	uint8_t ip[128];
	size_t n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, "x", 1);

	bench_host_send(b, 0, ip, n);
	bench_clear(b);
}

START_TEST(through)
{
	struct bench *b = bench_new();
	struct dp_if_info info;
	const uint8_t *out;
	uint8_t w[256];
	size_t n, m;

	tunnels(b, plain(0));
	warm(b);
	n = on_wire(b, w);
	ck_assert_uint_eq(n, 20 + 4 + 37);
	ck_assert_uint_eq(w[IP4_PROTO], 47);
	ck_assert_uint_eq(w[IP4_TTL], 255);
	ck_assert_uint_eq(get16(w + IP4_FRAG), 0);
	ck_assert_uint_eq(get32(w + IP4_SRC), LINK_IP(0));
	ck_assert_uint_eq(get32(w + IP4_DST), LINK_IP(1));
	ck_assert_uint_eq(get32(w + 20), 0x00000800);
	ck_assert_uint_eq(w[24], 0x45);
	bench_clear(b);
	from_wire(b, w, n);
	out = bench_ip_out(b, 1, 0, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(m, 37);
	ck_assert_uint_eq(out[IP4_TTL], 62);
	ck_assert_mem_eq(out + 28, "passenger", 9);
	dp_if_info(b->dp[1], TUN, &info);
	ck_assert_uint_eq(info.in_packets, 2);
	ck_assert_uint_eq(info.in_bytes, 29 + 37);
	dp_if_info(b->dp[0], TUN, &info);
	ck_assert_uint_eq(info.out_packets, 2);
	/* Ours, there and back. */
	ck_assert(dp_echo_send(b->dp[0], 0, TUN_IP(1), 1, 1, NULL, 0, 64, 0, false, clock_now(b->clock)));
	bench_run(b);
	ck_assert_uint_eq(b->nicmp, 1);
	ck_assert_uint_eq(b->icmp[0].dst, TUN_IP(0));
	bench_free(b);
}
END_TEST

static struct dp_gre
full(void)
{
	struct dp_gre c = plain(0);

	c.key_set = c.checksum = c.sequence = c.tos_set = true;
	c.key = 0x01020304;
	c.tos = 0xb8;
	c.ttl = 9;
	return c;
}

START_TEST(all_fields)
{
	struct bench *b = bench_new();
	const uint8_t want[] = { 0xb0, 0, 8, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 1 };
	uint8_t w[256];
	size_t n, m;

	tunnels(b, full());
	warm(b);
	n = on_wire(b, w);
	ck_assert_uint_eq(n, 20 + 16 + 37);
	ck_assert_uint_eq(w[IP4_TOS], 0xb8);
	ck_assert_uint_eq(w[IP4_TTL], 9);
	ck_assert_uint_eq(sum_of(w + 20, n - 20), 0);
	w[24] = w[25] = 0;
	ck_assert_mem_eq(w + 20, want, sizeof want);
	put16(w + 24, sum_of(w + 20, n - 20));
	from_wire(b, w, n);
	ck_assert_ptr_nonnull(bench_ip_out(b, 1, 0, &m));
	/* Once more: its number is not newer. */
	bench_clear(b);
	from_wire(b, w, n);
	ck_assert_ptr_null(bench_ip_out(b, 1, 0, &m));
	ck_assert_uint_eq(COUNT(b, 1, gre_order), 1);
	/* Numbers go around. */
	b->dp[0]->ifs[TUN - 1]->gre->seq_out = 0xffffffff;
	b->dp[1]->ifs[TUN - 1]->gre->seq_in = 0xfffffffe;
	from_wire(b, w, on_wire(b, w));
	from_wire(b, w, on_wire(b, w));
	ck_assert_ptr_nonnull(bench_ip_out(b, 1, 1, &m));
	ck_assert_uint_eq(b->dp[1]->ifs[TUN - 1]->gre->seq_in, 0);
	bench_free(b);
}
END_TEST

static void
dropped(struct bench *b, uint8_t *w, size_t n, enum dp_counter why)
{
	uint64_t was = dp_count(b->dp[1], why);
	size_t m;

	from_wire(b, w, n);
	ck_assert_ptr_null(bench_ip_out(b, 1, 0, &m));
	ck_assert_uint_eq(dp_count(b->dp[1], why), was + 1);
}

START_TEST(hostile)
{
	struct bench *b = bench_new();
	uint8_t w[256], x[256];
	size_t n, cut;
	unsigned bit;

	tunnels(b, full());
	warm(b);
	n = on_wire(b, w);
	/* Cut at every byte; the IPv4 header says so too. */
	for (cut = 20; cut < n; cut++) {
		memcpy(x, w, cut);
		put16(x + IP4_TOTAL, (unsigned)cut);
		ip4_seal(x, IP4_LEN);
		dropped(b, x, cut, cut < 20 + 16 ? DPC_gre_short : DPC_gre_checksum);
	}
	/* Each bit of the header another: never through, except those that a receiver must not look at. */
	for (bit = 0; bit < 16; bit++) {
		memcpy(x, w, n);
		x[20 + bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		from_wire(b, x, n);
	}
	ck_assert_uint_eq(COUNT(b, 1, gre_bad), 6);
	bench_clear(b);
	memcpy(x, w, n);
	x[40] ^= 1;
	dropped(b, x, n, DPC_gre_checksum);
	memcpy(x, w, n);
	put32(x + 28, 5);
	put16(x + 24, 0);
	put16(x + 24, sum_of(x + 20, n - 20));
	dropped(b, x, n, DPC_gre_no_tunnel);
	memcpy(x, w, n);
	put16(x + 22, 0x88be);
	put16(x + 24, 0);
	put16(x + 24, sum_of(x + 20, n - 20));
	dropped(b, x, n, DPC_gre_protocol);
	/* From another address. */
	memcpy(x, w, n);
	put32(x + IP4_SRC, IP(10, 0, 0, 77));
	ip4_seal(x, IP4_LEN);
	dropped(b, x, n, DPC_gre_no_tunnel);
	bench_free(b);
}
END_TEST

START_TEST(without_tunnels)
{
	struct bench *b = bench_new();
	uint8_t ip[64], gre[8] = { 0, 0, 8, 0 };
	size_t n = mk_ip(ip, LINK_IP(0), LINK_IP(1), PROTO_GRE, 64, 0, 1, gre, sizeof gre);

	from_wire(b, ip, n);
	ck_assert_uint_eq(COUNT(b, 1, ip_unknown_proto), 1);
	bench_free(b);
}
END_TEST

/* --- Protection --- */

static uint32_t
sa_pair(struct bench *b, int from, bool transport, uint32_t spi, uint32_t guard)
{
	struct sa_params p = { .proto = SA_ESP, .spi = spi, .transport = transport, .guard = guard,
		.cipher = SA_CIPHER_AES_CBC, .auth = SA_AUTH_SHA1_96, .enc_key_len = 16, .auth_key_len = 20, .replay_window = 64,
		.sel_src = LINK_IP(from), .sel_dst = LINK_IP(!from), .sel_src_mask = ~0u, .sel_dst_mask = ~0u, .sel_proto = PROTO_GRE };
	const char *why = "";
	uint32_t sa;

	p.src = addr_v4(LINK_IP(from));
	p.dst = addr_v4(LINK_IP(!from));
	memset(p.enc_key, 1 + from, 16);
	memset(p.auth_key, 3 + from, 20);
	p.dir = SA_OUT;
	sa = dp_sa_add(b->dp[from], &p, &why, clock_now(b->clock));
	ck_assert_msg(sa != SA_NONE, "%s", why);
	p.dir = SA_IN;
	ck_assert_uint_ne(dp_sa_add(b->dp[!from], &p, &why, clock_now(b->clock)), SA_NONE);
	return sa;
}

static void
protected(struct bench *b, bool transport)
{
	struct dp_gre c = plain(0);
	int i;

	c.is_protected = true;
	c.guard = GUARD;
	tunnels(b, c);
	for (i = 0; i < 2; i++)
		dp_gre_use(b->dp[i], TUN, LINK_IP(!i), sa_pair(b, i, transport, 0x1000 * (1u + (unsigned)i), GUARD));
}

START_TEST(under_esp)
{
	struct bench *b = bench_new();
	uint8_t w[256];
	size_t n, m;

	protected(b, _i == 0);
	warm(b);
	n = on_wire(b, w);
	ck_assert_uint_eq(w[IP4_PROTO], PROTO_ESP);
	ck_assert_uint_eq(get32(w + IP4_DST), LINK_IP(1));
	/* 61 bytes of GRE packet; transport mode leaves the 20 of its header outside. */
	ck_assert_uint_eq(n, 20 + 8 + 16 + (_i == 0 ? 48 : 64) + 12);
	from_wire(b, w, n);
	ck_assert_ptr_nonnull(bench_ip_out(b, 1, 0, &m));
	ck_assert_uint_eq(m, 37);
	ck_assert_uint_eq(COUNT(b, 1, esp_in_ok), 2);
	ck_assert_uint_eq(COUNT(b, 1, gre_in), 2);
	bench_free(b);
}
END_TEST

START_TEST(no_sa)
{
	struct bench *b = bench_new();
	uint8_t ip[128];
	size_t n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, "x", 1);
	struct dp_if_info info;

	protected(b, true);
	dp_gre_use(b->dp[0], TUN, LINK_IP(1), SA_NONE);
	bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(b->nno_sa, 1);
	ck_assert_uint_eq(COUNT(b, 0, out_no_sa), 1);
	dp_if_info(b->dp[0], TUN, &info);
	ck_assert_uint_eq(info.out_drops, 1);
	bench_free(b);
}
END_TEST

/* In the clear, or out of an SA that is not the tunnel's: refused, and told. */
START_TEST(must_be_protected)
{
	struct bench *b = bench_new();
	struct dp_gre c = plain(0);
	uint8_t w[256];
	size_t n, m;

	protected(b, true);
	warm(b);
	dp_gre_set(b->dp[0], TUN, &c);
	n = on_wire(b, w);
	ck_assert_uint_eq(w[IP4_PROTO], PROTO_GRE);
	from_wire(b, w, n);
	ck_assert_ptr_null(bench_ip_out(b, 1, 0, &m));
	ck_assert_uint_eq(COUNT(b, 1, in_not_ipsec), 1);
	ck_assert_uint_eq(b->nnot_ipsec, 1);
	c.is_protected = true;
	dp_gre_set(b->dp[0], TUN, &c);
	dp_gre_use(b->dp[0], TUN, LINK_IP(1), sa_pair(b, 0, true, 0x3000, GUARD + 1));
	n = on_wire(b, w);
	ck_assert_uint_eq(w[IP4_PROTO], PROTO_ESP);
	from_wire(b, w, n);
	ck_assert_ptr_null(bench_ip_out(b, 1, 0, &m));
	ck_assert_uint_eq(COUNT(b, 1, in_not_ipsec), 2);
	bench_free(b);
}
END_TEST

/* --- MTU --- */

START_TEST(too_long)
{
	struct bench *b = bench_new();
	uint8_t ip[1500], data[1472] = { 1 };
	const uint8_t *out;
	size_t n, m, k, got = 0;

	tunnels(b, plain(0));
	warm(b);
	n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, IP4_DF, data, 1476 - 28 + 1);
	bench_host_send(b, 0, ip, n);
	out = bench_ip_out(b, 0, 0, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(out[IP4_LEN + 1], UNREACH_FRAG);
	ck_assert_uint_eq(get16(out + IP4_LEN + 6), 1476);
	ck_assert_uint_eq(COUNT(b, 0, ip_df), 1);
	/* Exactly that goes in one piece. */
	bench_clear(b);
	n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, IP4_DF, data, 1476 - 28);
	bench_host_send(b, 0, ip, n);
	ck_assert_ptr_nonnull(bench_ip_out(b, 1, 0, &m));
	ck_assert_uint_eq(m, n);
	ck_assert_uint_eq(COUNT(b, 0, frag_ok), 0);
	/* Without DF the passenger is cut. */
	bench_clear(b);
	n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, data, sizeof data);
	bench_host_send(b, 0, ip, n);
	for (k = 0; bench_ip_out(b, 1, k, &m) != NULL; k++)
		got += m - IP4_LEN;
	ck_assert_uint_eq(k, 2);
	ck_assert_uint_eq(got, n - IP4_LEN);
	ck_assert_uint_eq(COUNT(b, 1, reasm_ok), 0);
	/* With an MTU that is said to be more, the outer packet is cut, and put together at the far end. */
	bench_clear(b);
	dp_if_set_mtu(b->dp[0], TUN, 1500);
	bench_host_send(b, 0, ip, n);
	ck_assert_ptr_nonnull(bench_ip_out(b, 1, 0, &m));
	ck_assert_uint_eq(m, n);
	ck_assert_uint_eq(COUNT(b, 1, reasm_ok), 1);
	bench_free(b);
}
END_TEST

/* `tunnel path-mtu-discovery`: DF goes outside, and what the link does not take is refused before. */
START_TEST(df_outside)
{
	struct bench *b = bench_new();
	struct dp_gre c = plain(0);
	uint8_t ip[1500], data[1472] = { 1 };
	const uint8_t *out;
	size_t n, m;

	c.copy_df = true;
	tunnels(b, c);
	warm(b);
	dp_if_set_mtu(b->dp[0], TUN, 1500);
	dp_if_set_mtu(b->dp[0], LINK, 1400);
	n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, IP4_DF, data, 1400);
	bench_host_send(b, 0, ip, n);
	out = bench_ip_out(b, 0, 0, &m);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(get16(out + IP4_LEN + 6), 1376);
	bench_clear(b);
	n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, IP4_DF, data, 1376 - 28);
	bench_host_send(b, 0, ip, n);
	ck_assert_ptr_nonnull(bench_ip_out(b, 1, 0, &m));
	ck_assert_uint_eq(COUNT(b, 0, frag_ok), 0);
	bench_free(b);
}
END_TEST

/* --- Keepalives --- */

START_TEST(keepalive)
{
	struct bench *b = bench_new();

	tunnels(b, _i == 0 ? plain(0) : full());
	warm(b);
	ck_assert(dp_gre_keepalive(b->dp[0], TUN, clock_now(b->clock)));
	bench_run(b);
	ck_assert_uint_eq(b->ngre, 1);
	ck_assert_uint_eq(b->gre.protocol, GRE_PROTO_KEEPALIVE);
	ck_assert_uint_eq(b->gre.tunnel_if, TUN);
	ck_assert_uint_eq(b->gre.len, 0);
	ck_assert_uint_eq(COUNT(b, 1, gre_keepalive_back), 1);
	/* The far end's tunnel is down, or ours is: it is answered, and heard, all the same. */
	dp_if_set_up(b->dp[1], TUN, false);
	dp_if_set_up(b->dp[0], TUN, false);
	ck_assert(dp_gre_keepalive(b->dp[0], TUN, clock_now(b->clock)));
	bench_run(b);
	ck_assert_uint_eq(b->ngre, 2);
	/* No tunnel there any more. */
	dp_gre_set(b->dp[1], TUN, &(struct dp_gre){ 0 });
	dp_gre_keepalive(b->dp[0], TUN, clock_now(b->clock));
	bench_run(b);
	ck_assert_uint_eq(b->ngre, 2);
	ck_assert_uint_eq(COUNT(b, 1, gre_no_tunnel), 1);
	bench_free(b);
}
END_TEST

/* --- Multipoint --- */

static void
multipoint(struct bench *b)
{
	struct dp_gre c = { .src = LINK_IP(0), .key_set = true, .key = 5 };
	struct dp_gre far = { .src = LINK_IP(1), .dst = LINK_IP(0), .key_set = true, .key = 5 };

	tunnels(b, far);
	dp_gre_set(b->dp[0], TUN, &c);
	dp_route_set(b->dp[0], IP(192, 168, 2, 0), 24, TUN_IP(1), TUN);
}

START_TEST(next_hops)
{
	struct bench *b = bench_new();
	uint64_t sent, received;
	uint8_t ip[128];
	size_t n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, "x", 1), m;

	multipoint(b);
	bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(b->nmiss, 1);
	ck_assert_uint_eq(b->missed, TUN_IP(1));
	ck_assert_uint_eq(COUNT(b, 0, gre_no_mapping), 1);
	dp_nbma_fallback(b->dp[0], TUN, LINK_IP(1));
	bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(b->nmiss, 2);
	ck_assert_ptr_nonnull(bench_ip_out(b, 1, 0, &m));
	dp_nbma_fallback(b->dp[0], TUN, 0);
	dp_gre_peer(b->dp[0], TUN, LINK_IP(1), true);
	dp_nbma_set(b->dp[0], TUN, TUN_IP(1), LINK_IP(1));
	bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(b->nmiss, 2);
	ck_assert_ptr_nonnull(bench_ip_out(b, 1, 1, &m));
	n = mk_udp(ip, HOST_IP(1), HOST_IP(0), 2, 1, 0, "y", 1);
	bench_host_send(b, 1, ip, n);
	ck_assert_ptr_nonnull(bench_ip_out(b, 0, 0, &m));
	ck_assert(dp_gre_counts(b->dp[0], TUN, LINK_IP(1), &sent, &received));
	ck_assert_uint_eq(sent, 1);
	ck_assert_uint_eq(received, 1);
	dp_gre_peer(b->dp[0], TUN, LINK_IP(1), false);
	ck_assert(!dp_gre_counts(b->dp[0], TUN, LINK_IP(1), &sent, &received));
	dp_nbma_set(b->dp[0], TUN, TUN_IP(1), 0);
	ck_assert_uint_eq(gre_nbma_of(b->dp[0]->ifs[TUN - 1]->gre, TUN_IP(1)), 0);
	bench_free(b);
}
END_TEST

START_TEST(a_copy_each)
{
	struct bench *b = bench_new();
	const uint32_t to[2] = { LINK_IP(1), LINK_IP(1) };
	uint8_t ip[128];
	size_t n = mk_udp(ip, HOST_IP(0), IP(172, 16, 0, 255), 1, 520, 0, "x", 1);

	multipoint(b);
	dp_udp_open(b->dp[1], 520);
	ck_assert(dp_udp_send(b->dp[0], TUN_IP(0), IP(172, 16, 0, 255), 1, 520, "x", 1, 1, clock_now(b->clock)));
	bench_run(b);
	ck_assert_uint_eq(b->nudp, 0);
	dp_nbma_multicast(b->dp[0], TUN, to, 2);
	ck_assert(dp_udp_send(b->dp[0], TUN_IP(0), IP(172, 16, 0, 255), 1, 520, "x", 1, 1, clock_now(b->clock)));
	bench_run(b);
	ck_assert_uint_eq(b->nudp, 2);
	dp_nbma_multicast(b->dp[0], TUN, NULL, 0);
	(void)n;
	bench_free(b);
}
END_TEST

/* In by the multipoint tunnel and out by it again. */
START_TEST(turned)
{
	struct bench *b = bench_new();
	uint8_t ip[128];
	size_t n;

	multipoint(b);
	dp_nbma_set(b->dp[0], TUN, IP(172, 16, 0, 9), LINK_IP(1));
	dp_route_set(b->dp[0], IP(192, 168, 9, 0), 24, IP(172, 16, 0, 9), TUN);
	dp_route_set(b->dp[1], IP(192, 168, 9, 0), 24, 0, TUN);
	n = mk_udp(ip, HOST_IP(1), IP(192, 168, 9, 1), 2, 1, 0, "y", 1);
	ip[IP4_TTL] = 3;
	ip4_seal(ip, IP4_LEN);
	bench_host_send(b, 1, ip, n);
	ck_assert_uint_ge(b->nturn, 1);
	ck_assert_uint_eq(b->turn.in_if, TUN);
	ck_assert_uint_eq(b->turn.out_if, TUN);
	ck_assert_uint_eq(b->turn.nbma_src, LINK_IP(1));
	ck_assert_uint_eq(b->turn.next_hop, IP(172, 16, 0, 9));
	ck_assert_uint_eq(b->turn.n, n);
	ck_assert_uint_eq(get32(b->turn.ip + IP4_SRC), HOST_IP(1));
	bench_free(b);
}
END_TEST

START_TEST(resolver)
{
	struct bench *b = bench_new();
	const uint8_t nhrp[28] = { 0, 1, 8 };

	multipoint(b);
	ck_assert(dp_gre_send(b->dp[0], TUN, LINK_IP(1), GRE_PROTO_NHRP, nhrp, sizeof nhrp, clock_now(b->clock)));
	bench_run(b);
	ck_assert_uint_eq(b->ngre, 1);
	ck_assert_uint_eq(b->gre.protocol, GRE_PROTO_NHRP);
	ck_assert_uint_eq(b->gre.nbma_src, LINK_IP(0));
	ck_assert_uint_eq(b->gre.len, sizeof nhrp);
	ck_assert(!dp_gre_send(b->dp[0], TUN, 0, GRE_PROTO_NHRP, nhrp, sizeof nhrp, clock_now(b->clock)));
	ck_assert(!dp_gre_send(b->dp[0], TUN, LINK_IP(1), GRE_PROTO_NHRP, nhrp, 70000, clock_now(b->clock)));
	bench_free(b);
}
END_TEST

/* The way to the far end leads into the tunnel. */
START_TEST(recursion)
{
	struct bench *b = bench_new();
	uint8_t ip[128];
	size_t n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, "x", 1);

	tunnels(b, plain(0));
	dp_route_set(b->dp[0], LINK_IP(1), 32, 0, TUN);
	bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(COUNT(b, 0, out_nested), 1);
	ck_assert_uint_eq(COUNT(b, 0, gre_out), DP_NEST_MAX);
	bench_free(b);
}
END_TEST

/* Two that can't be told apart: the first has the packets, and the other as soon as it has gone. */
START_TEST(same_ends)
{
	struct bench *b = bench_new();
	struct dp_gre c = plain(1);
	struct gre_head h = { 0 };
	unsigned other;

	tunnels(b, plain(0));
	other = dp_if_add(b->dp[1], DP_IF_GRE, NULL);
	dp_gre_set(b->dp[1], other, &c);
	ck_assert_uint_eq(gre_find(b->dp[1], LINK_IP(1), LINK_IP(0), &h)->ifidx, TUN);
	dp_if_del(b->dp[1], TUN);
	ck_assert_uint_eq(gre_find(b->dp[1], LINK_IP(1), LINK_IP(0), &h)->ifidx, other);
	bench_free(b);
}
END_TEST

void
datapath_gre_tests(TCase *tc)
{
	tcase_add_test(tc, through);
	tcase_add_test(tc, all_fields);
	tcase_add_test(tc, hostile);
	tcase_add_test(tc, without_tunnels);
	tcase_add_loop_test(tc, under_esp, 0, 2);
	tcase_add_test(tc, no_sa);
	tcase_add_test(tc, must_be_protected);
	tcase_add_test(tc, too_long);
	tcase_add_test(tc, df_outside);
	tcase_add_loop_test(tc, keepalive, 0, 2);
	tcase_add_test(tc, next_hops);
	tcase_add_test(tc, a_copy_each);
	tcase_add_test(tc, turned);
	tcase_add_test(tc, resolver);
	tcase_add_test(tc, recursion);
	tcase_add_test(tc, same_ends);
}
