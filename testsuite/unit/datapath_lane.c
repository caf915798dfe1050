/*
 * The fast lane gives what the stages give.  Streams of frames that mostly do the usual (several tunnels, plain ESP, ESP in UDP, extended
 * numbers, unknown SPIs, neighbours), with oddities here and there, go by lent vectors, and one by one, which the lane leaves alone.
 * Between streams the routers change beneath it: routes, neighbours, interfaces, MTUs, SAs.
 */

#include <string.h>

#include "datapath/lane_int.h"
#include "datapath/natt.h"
#include "lib/chance.h"
#include "lib/mem.h"
#include "testsuite/unit/datapath_vector.h"

#define TUNNELS		4u
#define TUN(k)		(4u + (k))	/* interface; VTI is 3 */
#define NET(k, h)	IP(10, 50, (k), (h))
#define STREAMS		8
#define PEER_PORT	4501
#define FIRST_SPI	0x5000u

/* --- Tunnels --- */

static struct sa_params
sa_of(unsigned k, uint32_t spi, enum sa_dir dir)
{
	struct sa_params p = {
		.proto = SA_ESP, .dir = dir, .spi = spi, .src = addr_v4(LINK_IP(0)), .dst = addr_v4(LINK_IP(1)), .replay_window = k == 2 ? 1024 : 64,
		.udp_port = k == 1 ? (dir == SA_OUT ? NATT_PORT : PEER_PORT) : 0, .esn = k == 2, .df_copy = k == 2, .df_set = k == 3,
		.cipher = k % 2 ? SA_CIPHER_AES_CBC : SA_CIPHER_AES_GCM, .enc_key_len = k % 2 ? 16 : 20,
		.auth = k % 2 ? SA_AUTH_SHA1_96 : SA_AUTH_NONE, .auth_key_len = k % 2 ? 20 : 0,
		.soft_bytes = 20000, .hard_bytes = k == 0 ? 60000 : 0, .tunnel_if = dir == SA_IN && k != 3 ? TUN(k) : 0,
	};

	memset(p.enc_key, (int)(k + spi), sizeof p.enc_key);
	memset(p.auth_key, (int)(k + 3 * spi), sizeof p.auth_key);
	return p;
}

static void
sas_add(struct bench *b, unsigned k, uint32_t spi)
{
	struct sa_params out = sa_of(k, spi, SA_OUT), in = sa_of(k, spi, SA_IN);
	const char *why = "";
	uint32_t sa = dp_sa_add(b->dp[0], &out, &why, clock_now(b->clock));

	ck_assert_msg(sa != SA_NONE, "%s", why);
	dp_tunnel_use(b->dp[0], TUN(k), sa);
	sa = dp_sa_add(b->dp[1], &in, &why, clock_now(b->clock));
	ck_assert_msg(sa != SA_NONE, "%s", why);
	if (k != 2)
		return;
	/* The low half of its numbers soon turns. */
	sa_by_handle(b->dp[1], sa)->seq.last = UINT32_MAX - 60;
	sa_by_handle(b->dp[0], dp_if_get(b->dp[0], TUN(k))->tun_sa)->seq.last = UINT32_MAX - 60;
}

static struct bench *
ready(bool vectors)
{
	struct bench *b = stream_ready(vectors);
	unsigned k;
	int i;

	for (k = 0; k < TUNNELS; k++) {
		for (i = 0; i < 2; i++) {
			ck_assert_uint_eq(dp_if_add(b->dp[i], DP_IF_VTI, NULL), TUN(k));
			dp_if_set_tunnel(b->dp[i], TUN(k), LINK_IP(i), LINK_IP(!i));
			dp_if_set_up(b->dp[i], TUN(k), true);
		}
		dp_route_set(b->dp[0], NET(k, 0), 24, 0, TUN(k));
		dp_route_set(b->dp[1], NET(k, 0), 24, HOST_IP(1), LAN);
		sas_add(b, k, FIRST_SPI + k);
	}
	dp_udp_open(b->dp[1], NATT_PORT);
	bench_clear(b);
	return b;
}

/* --- Streams --- */

static uint32_t
any_dst(struct chance *c, unsigned k)
{
	switch (chance_below(c, 700)) {
	case 0:
		return HOST_IP(1);
	case 1:
		return IP(10, 0, 0, 2);
	case 2:
		return IP(8, 8, 8, 8);
	case 3:
		return LAN_IP(1);
	default:
		return NET(k, 1 + chance_below(c, 40));
	}
}

/* Of the tunnel k, mostly as they should be. */
static size_t
plain(struct chance *c, uint8_t *f, unsigned k)
{
	uint8_t data[1472] = { 0 }, *ip = f + ETH_LEN;
	size_t n = chance_below(c, chance_below(c, 3) ? 90 : 1340), len;
	unsigned odd = chance_below(c, 900);

	chance_bytes(c, data, n);
	len = mk_udp(ip, odd == 0 ? LAN_IP(0) : IP(192, 168, 1, 10 + chance_below(c, 3)), any_dst(c, k), 5, 53, odd == 1 ? IP4_MF : odd % 3 == 0 ? IP4_DF : 0,
	    data, odd == 2 ? 1472 : n);
	ip[IP4_TOS] = (uint8_t)(chance_below(c, 4) ? 0 : chance_below(c, 256));
	if (odd == 3)
		ip[IP4_TTL] = 1;
	else if (odd == 4)
		ip[IP4_TTL] = 2;
	ip4_seal(ip, IP4_LEN);
	if (odd == 5)
		ip[IP4_SUM]++;
	else if (odd == 6)
		len += 12;		/* padding of the wire */
	else if (odd == 7)
		len = chance_below(c, 40);
	return frame_of(f, odd == 8 ? (const uint8_t *)"\377\377\377\377\377\377" : stream_lan_mac[0], odd == 9 ? 0x88cc : ETHERTYPE_IP4, len);
}

static void
plain_stream(struct stream *s, struct chance *c)
{
	unsigned k = 0;

	for (s->n = 0; s->n < STREAM_FRAMES; s->n++) {
		if (chance_below(c, 12) == 0)
			k = chance_below(c, TUNNELS);
		s->len[s->n] = plain(c, s->bytes[s->n], k);
	}
}

/* The packet comes in UDP from where its SA has its peer. */
static void
port_fix(uint8_t *ip)
{
	if (ip[IP4_PROTO] == PROTO_UDP && get16(ip + IP4_LEN + 2) == NATT_PORT)
		put16(ip + IP4_LEN, PEER_PORT);
}

static void
spoil(struct chance *c, uint8_t *f, size_t len)
{
	uint8_t *ip = f + ETH_LEN, *esp = ip + IP4_LEN + (ip[IP4_PROTO] == PROTO_UDP ? 8 : 0);

	switch (chance_below(c, 7)) {
	case 0:
		f[chance_below(c, (uint32_t)len)] ^= 1;
		break;
	case 1:
		put32(esp, chance_below(c, 3) ? chance_u32(c) : 0);
		break;
	case 2:
		put32(esp + 4, get32(esp + 4) - chance_below(c, 100));
		break;
	case 3:
		ip[IP4_TOS] |= 3;
		ip4_seal(ip, IP4_LEN);
		break;
	case 4:
		put32(ip + IP4_SRC, IP(20, 0, 0, chance_below(c, 256)));
		ip4_seal(ip, IP4_LEN);
		break;
	case 5:
		put16(ip + IP4_TOTAL, get16(ip + IP4_TOTAL) - chance_below(c, 20));
		ip4_seal(ip, IP4_LEN);
		break;
	case 6:
		put16(ip + IP4_LEN, 4000 + chance_below(c, 1000));
		break;
	}
}

/* What left the first router for the second: in order, some twice, some spoilt; some in front of others. */
static void
wire_stream(struct stream *s, const struct bench *b, struct chance *c)
{
	const struct bench_frame *f;
	size_t i, copies;

	for (s->n = i = 0; i < b->nwire && s->n + 2 < STREAM_FRAMES; i++) {
		f = &b->wire[i];
		if (f->dp != 1 || f->len > 1600 || get16(f->data + 12) != ETHERTYPE_IP4)
			continue;
		for (copies = 1 + (chance_below(c, 90) == 0); copies > 0; copies--, s->n++) {
			memcpy(s->bytes[s->n], f->data, f->len);
			s->len[s->n] = f->len;
			port_fix(s->bytes[s->n] + ETH_LEN);
			if (chance_below(c, 50) == 0)
				spoil(c, s->bytes[s->n], f->len);
		}
	}
}

/* --- Changes --- */

static void
neighbour_moves(struct bench *b, int i, unsigned ifidx, uint32_t ip, uint8_t last)
{
	uint8_t f[ETH_MIN] = { 0 };

	frame_of(f, (const uint8_t *)"\377\377\377\377\377\377", ETHERTYPE_ARP4, 0);
	memcpy(f + ETH_LEN, (uint8_t[8]){ 0, 1, 8, 0, 6, 4, 0, 1 }, 8);
	memcpy(f + 22, (uint8_t[6]){ 2, 0, 0, 0, 9, last }, 6);
	put32(f + 28, ip);
	put32(f + 38, ifidx == LAN ? LAN_IP(i) : LINK_IP(i));
	bench_frame_in(b, i, ifidx, f, sizeof f);
}

static void
change(struct bench *b, unsigned what, unsigned k, uint32_t spi)
{
	switch (what) {
	case 0:
		dp_if_set_mtu(b->dp[0], LINK, k ? 1500 : 576);
		break;
	case 1:
		dp_if_set_mtu(b->dp[1], LAN, k ? 1500 : 600);
		break;
	case 2:
		dp_if_set_up(b->dp[1], TUN(0), k % 2);
		break;
	case 3:
		sas_add(b, k, spi);
		break;
	case 4:
		neighbour_moves(b, 0, LINK, LINK_IP(1), (uint8_t)spi);
		break;
	case 5:
		neighbour_moves(b, 1, LAN, HOST_IP(1), (uint8_t)spi);
		break;
	case 6:
		dp_route_set(b->dp[0], NET(k, 8), 29, HOST_IP(0), LAN);
		break;
	case 7:
		dp_route_del(b->dp[0], NET(k, 8), 29);
		break;
	case 8:
		dp_route_set(b->dp[1], NET(k, 16), 28, 0, TUN(0));
		break;
	case 9:
		dp_sa_set_mtu(b->dp[0], dp_if_get(b->dp[0], TUN(k))->tun_sa, 900);
		break;
	case 10:
		dp_spi_blind(b->dp[1], UINT32_MAX, k ? FIRST_SPI + 3 : 0);
		break;
	case 11:
		dp_if_set_addr(b->dp[1], TUN(1), &(uint32_t){ NET(k, 3) }, &(unsigned){ 32 }, 1);
		break;
	case 12:
		dp_sa_del(b->dp[1], 1 + k);
		break;
	}
}

/* --- Both ways --- */

static void
events_same(const struct bench *a, const struct bench *b)
{
	uint64_t x = 0, y = 0;
	size_t i;

	for (i = 0; i < a->ninv_spi; i++)
		x += a->inv_spi[i].count * (a->inv_spi[i].spi ^ a->inv_spi[i].src.v4);
	for (i = 0; i < b->ninv_spi; i++)
		y += b->inv_spi[i].count * (b->inv_spi[i].spi ^ b->inv_spi[i].src.v4);
	ck_assert_uint_eq(x, y);
}

static void
sas_same(struct bench *a, struct bench *b, int i)
{
	struct sa_info x, y;
	uint32_t sa;

	for (sa = 1; sa < 40; sa++) {
		if (!dp_sa_info(a->dp[i], sa, &x))
			continue;
		ck_assert(dp_sa_info(b->dp[i], sa, &y));
		ck_assert_msg(memcmp(&x, &y, sizeof x) == 0, "SA %u of router %d: %llu, %llu packets, %llu, %llu replayed", sa, i,
		    (unsigned long long)x.packets, (unsigned long long)y.packets, (unsigned long long)x.replayed, (unsigned long long)y.replayed);
	}
}

START_TEST(same_as_stages)
{
	struct bench *a = ready(false), *b = ready(true);
	struct stream *s = xmalloc(sizeof *s);
	struct chance *c = chance_new_seeded((uint64_t)_i + 1);
	unsigned turn, what, k;

	for (turn = 0; turn < STREAMS; turn++) {
		plain_stream(s, c);
		stream_one_by_one(a, 0, LAN, s);
		stream_in_vectors(b, 0, LAN, s, c);
		wire_stream(s, a, c);
		stream_same(a, b, 0, TUN(TUNNELS - 1));
		sas_same(a, b, 0);
		bench_clear(a);
		bench_clear(b);
		stream_one_by_one(a, 1, LINK, s);
		stream_in_vectors(b, 1, LINK, s, c);
		stream_same(a, b, 1, TUN(TUNNELS - 1));
		events_same(a, b);
		sas_same(a, b, 1);
		what = chance_below(c, 13);
		k = chance_below(c, TUNNELS);
		change(a, what, k, 0x6000 + turn * 16 + k);
		change(b, what, k, 0x6000 + turn * 16 + k);
		bench_wires_empty(a);
		bench_wires_empty(b);
	}
	ck_assert_ptr_null(a->dp[0]->lane);
	ck_assert_uint_gt(b->dp[0]->lane->frames, STREAM_FRAMES / 2);
	ck_assert_uint_gt(b->dp[1]->lane->frames, STREAM_FRAMES);
	chance_free(c);
	free(s);
	bench_free(a);
	bench_free(b);
}
END_TEST

void
datapath_lane_tests(TCase *tc)
{
	tcase_add_loop_test(tc, same_as_stages, 0, 12);
}
