/* The two wired datapaths that the tests of this floor share, and packets for them. */

#include <string.h>

#include "datapath/wire.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "testsuite/unit/datapath_test.h"

static const uint8_t macs[2][4][6] = {
	{ { 0 }, { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 1, 1 }, { 2, 0, 0, 0, 0xaa, 0 } },
	{ { 0 }, { 2, 0, 0, 0, 0, 2 }, { 2, 0, 0, 0, 1, 2 }, { 2, 0, 0, 0, 0xaa, 1 } },
};
#define HOST	3		/* in macs */

static void
keep(struct bench_frame *list, size_t *n, struct bench_frame f, const uint8_t *data)
{
	ck_assert_uint_lt(*n, BENCH_FRAMES);
	f.data = xmemdup(data, f.len);
	list[(*n)++] = f;
}

/* The host of LAN i says who it is. */
static void
host_arp(struct bench *b, int i, const uint8_t *req)
{
	uint8_t f[ETH_MIN] = { 0 };

	if (get16(req + 20) != 1 || get32(req + 38) != HOST_IP(i) || get32(req + 28) == HOST_IP(i))
		return;
	memcpy(f, req + 6, 6);
	memcpy(f + 6, macs[i][HOST], 6);
	memcpy(f + 12, req + 12, 8);
	put16(f + 20, 2);
	memcpy(f + 22, macs[i][HOST], 6);
	put32(f + 28, HOST_IP(i));
	memcpy(f + 32, req + 22, 10);
	keep(b->wire, &b->nwire, (struct bench_frame){ i, LAN, sizeof f, NULL }, f);
}

static void
on_tx(void *arg, unsigned ifidx, const uint8_t *frame, size_t len)
{
	struct bench_end *e = arg;
	struct bench *b = e->b;

	if (ifidx == LINK) {
		keep(b->wire, &b->nwire, (struct bench_frame){ !e->i, LINK, len, NULL }, frame);
		return;
	}
	keep(b->out, &b->nout, (struct bench_frame){ e->i, ifidx, len, NULL }, frame);
	if (b->hosts && ifidx == LAN && get16(frame + 12) == ETHERTYPE_ARP4)
		host_arp(b, e->i, frame);
}

static void
on_udp(void *arg, const struct dp_udp *u)
{
	struct bench_end *e = arg;
	struct bench *b = e->b;
	struct bench_udp *k = &b->udp[b->nudp];

	ck_assert_uint_lt(b->nudp, BENCH_EVENTS);
	b->nudp++;
	k->u = *u;
	k->u.data = NULL;
	if (u->len > 0)
		memcpy(k->data, u->data, u->len < sizeof k->data ? u->len : sizeof k->data);
	if (b->echo_udp)
		dp_udp_send(b->dp[e->i], u->dst, u->src, u->dport, u->sport, u->data, u->len, 64, clock_now(b->clock));
}

static void
on_icmp(void *arg, const struct dp_icmp *i)
{
	struct bench *b = ((struct bench_end *)arg)->b;

	ck_assert_uint_lt(b->nicmp, BENCH_EVENTS);
	b->icmp[b->nicmp] = *i;
	b->icmp[b->nicmp++].data = NULL;
}

static void
on_udp6(void *arg, const struct dp6_udp *u)
{
	struct bench *b = ((struct bench_end *)arg)->b;

	ck_assert_uint_lt(b->nudp6, BENCH_EVENTS);
	b->udp6[b->nudp6] = *u;
	b->udp6[b->nudp6++].data = NULL;
}

static void
on_icmp6(void *arg, const struct dp6_icmp *i)
{
	struct bench *b = ((struct bench_end *)arg)->b;

	ck_assert_uint_lt(b->nicmp6, BENCH_EVENTS);
	b->icmp6[b->nicmp6] = *i;
	b->icmp6[b->nicmp6++].data = NULL;
}

static void
on_dup_addr6(void *arg, unsigned ifidx, const struct a6 *addr, const uint8_t mac[6])
{
	struct bench *b = ((struct bench_end *)arg)->b;

	(void)ifidx;
	(void)addr;
	(void)mac;
	b->ndup6++;
}

static void
on_inv_spi(void *arg, const struct dp_inv_spi *e)
{
	struct bench *b = ((struct bench_end *)arg)->b;

	ck_assert_uint_lt(b->ninv_spi, BENCH_EVENTS);
	b->inv_spi[b->ninv_spi++] = *e;
}

static void
on_fault(void *arg, const struct dp_fault *f)
{
	struct bench *b = ((struct bench_end *)arg)->b;

	ck_assert_uint_lt(b->nfault, BENCH_EVENTS);
	b->fault[b->nfault++] = *f;
}

static void
on_no_sa(void *arg, unsigned tunnel_if, uint32_t src, uint32_t dst)
{
	struct bench *b = ((struct bench_end *)arg)->b;

	(void)src;
	(void)dst;
	ck_assert_uint_ge(tunnel_if, VTI);
	b->nno_sa++;
}

static void
on_policy_no_sa(void *arg, uint32_t policy, const struct dp_policy_packet *p)
{
	struct bench *b = ((struct bench_end *)arg)->b;

	ck_assert_uint_lt(b->npolicy_no_sa, BENCH_EVENTS);
	b->policy_no_sa[b->npolicy_no_sa++] = (struct bench_policy){ policy, *p };
}

static void
on_not_ipsec(void *arg, uint32_t src, uint32_t dst, uint8_t proto, unsigned in_if)
{
	struct bench *b = ((struct bench_end *)arg)->b;

	(void)src;
	(void)dst;
	(void)proto;
	(void)in_if;
	b->nnot_ipsec++;
}

static void
on_gre(void *arg, const struct dp_gre_in *g)
{
	struct bench *b = ((struct bench_end *)arg)->b;

	b->ngre++;
	b->gre = *g;
	b->gre.data = NULL;
}

static void
on_miss(void *arg, unsigned tunnel_if, uint32_t next_hop, uint32_t src, uint32_t dst)
{
	struct bench *b = ((struct bench_end *)arg)->b;

	(void)src;
	(void)dst;
	ck_assert_uint_eq(tunnel_if, VTI);
	b->nmiss++;
	b->missed = next_hop;
}

static void
on_turn(void *arg, const struct dp_gre_turn *t)
{
	struct bench *b = ((struct bench_end *)arg)->b;

	b->nturn++;
	b->turn = *t;
}

static void
set_up(struct dp *d, int i)
{
	const unsigned len = 24;
	uint32_t addr;

	ck_assert_uint_eq(dp_if_add(d, DP_IF_ETHER, macs[i][LINK]), LINK);
	ck_assert_uint_eq(dp_if_add(d, DP_IF_ETHER, macs[i][LAN]), LAN);
	dp_if_set_addr(d, LINK, (addr = LINK_IP(i), &addr), &len, 1);
	dp_if_set_addr(d, LAN, (addr = LAN_IP(i), &addr), &len, 1);
	dp_if_set_up(d, LINK, true);
	dp_if_set_up(d, LAN, true);
	dp_route_set(d, IP(10, 0, 0, 0), 24, 0, LINK);
	dp_route_set(d, IP(192, 168, 1 + i, 0), 24, 0, LAN);
	dp_route_set(d, IP(192, 168, 2 - i, 0), 24, LINK_IP(!i), LINK);
}

struct bench *
bench_new(void)
{
	static const struct dp_ops ops = { .tx = on_tx, .udp = on_udp, .icmp = on_icmp, .inv_spi = on_inv_spi,
		.fault = on_fault, .no_sa = on_no_sa, .policy_no_sa = on_policy_no_sa, .not_ipsec = on_not_ipsec,
		.udp6 = on_udp6, .icmp6 = on_icmp6, .dup_addr6 = on_dup_addr6,
		.gre = on_gre, .nbma_miss = on_miss, .nbma_turn = on_turn };
	struct bench *b = xcalloc(1, sizeof *b);
	int i;

	b->clock = clock_new_virtual(INT64_C(1700000000) * NSEC_SEC);
	b->chance = chance_new_seeded(1);
	for (i = 0; i < 2; i++) {
		b->end[i] = (struct bench_end){ b, i };
		b->dp[i] = dp_new(b->clock, b->chance, &ops, &b->end[i]);
	}
	for (i = 0; i < 2; i++)
		set_up(b->dp[i], i);
	b->hosts = true;
	bench_run(b);
	bench_clear(b);
	return b;
}

static void
forget(struct bench_frame *list, size_t *n)
{
	while (*n > 0)
		free(list[--*n].data);
}

void
bench_clear(struct bench *b)
{
	forget(b->out, &b->nout);
	b->nudp = b->nicmp = b->ninv_spi = b->nfault = b->nno_sa = b->nnot_ipsec = b->npolicy_no_sa = 0;
	b->nudp6 = b->nicmp6 = b->ndup6 = 0;
	b->ngre = b->nmiss = b->nturn = 0;
}

void
bench_wires_empty(struct bench *b)
{
	forget(b->wire, &b->nwire);
	bench_clear(b);
}

void
bench_free(struct bench *b)
{
	bench_wires_empty(b);
	dp_free(b->dp[0]);
	dp_free(b->dp[1]);
	chance_free(b->chance);
	clock_free(b->clock);
	free(b);
}

void
bench_frame_in(struct bench *b, int i, unsigned ifidx, const void *frame, size_t n)
{
	/* Of exactly this size, so that the sanitizer sees a read beyond it. */
	uint8_t *copy = n > 0 ? xmemdup(frame, n) : NULL;
	struct dp_frame f = { copy, n };

	dp_input(b->dp[i], ifidx, &f, 1, clock_now(b->clock));
	free(copy);
}

void
bench_run(struct bench *b)
{
	struct bench_frame f;
	size_t i;

	for (i = 0; i < b->nwire; i++) {
		f = b->wire[i];
		bench_frame_in(b, f.dp, f.ifidx, f.data, f.len);
		free(f.data);
		b->wire[i].data = NULL;
	}
	b->nwire = 0;
}

void
bench_wait(struct bench *b, int64_t ns)
{
	int64_t until = clock_now(b->clock) + ns;

	while (clock_step(b->clock, until))
		bench_run(b);
}

void
bench_host_send(struct bench *b, int i, const void *ip, size_t n)
{
	uint8_t *f = xmalloc(ETH_LEN + n);

	memcpy(f, macs[i][LAN], 6);
	memcpy(f + 6, macs[i][HOST], 6);
	put16(f + 12, ETHERTYPE_IP4);
	memcpy(f + ETH_LEN, ip, n);
	bench_frame_in(b, i, LAN, f, ETH_LEN + n);
	free(f);
	bench_run(b);
}

const uint8_t *
bench_ip_out(const struct bench *b, int i, size_t nth, size_t *len)
{
	size_t k;

	for (k = 0; k < b->nout; k++)
		if (b->out[k].dp == i && b->out[k].ifidx == LAN && get16(b->out[k].data + 12) == ETHERTYPE_IP4 && nth-- == 0) {
			*len = get16(b->out[k].data + ETH_LEN + IP4_TOTAL);
			ck_assert_uint_ge(b->out[k].len, ETH_LEN + *len);
			ck_assert_uint_eq(sum_of(b->out[k].data + ETH_LEN, (b->out[k].data[ETH_LEN] & 15) * 4), 0);
			return b->out[k].data + ETH_LEN;
		}
	return NULL;
}

static void
tunnel_sa(struct bench *b, int from, uint32_t spi)
{
	struct sa_params p = { .proto = SA_ESP, .spi = spi, .src = addr_v4(LINK_IP(from)), .dst = addr_v4(LINK_IP(!from)),
		.cipher = SA_CIPHER_AES_CBC, .auth = SA_AUTH_SHA1_96, .enc_key_len = 16, .auth_key_len = 20, .replay_window = 64 };
	const char *why = "";
	uint32_t sa;

	memset(p.enc_key, 1 + from, 16);
	memset(p.auth_key, 3 + from, 20);
	p.dir = SA_OUT;
	sa = dp_sa_add(b->dp[from], &p, &why, clock_now(b->clock));
	ck_assert_msg(sa != SA_NONE, "%s", why);
	dp_tunnel_use(b->dp[from], VTI, sa);
	p.dir = SA_IN;
	p.tunnel_if = VTI;
	ck_assert_uint_ne(dp_sa_add(b->dp[!from], &p, &why, clock_now(b->clock)), SA_NONE);
}

void
bench_tunnel(struct bench *b)
{
	const unsigned len = 30;
	uint32_t addr;
	int i;

	for (i = 0; i < 2; i++) {
		ck_assert_uint_eq(dp_if_add(b->dp[i], DP_IF_VTI, NULL), VTI);
		dp_if_set_addr(b->dp[i], VTI, (addr = IP(172, 16, 0, 1 + i), &addr), &len, 1);
		dp_if_set_tunnel(b->dp[i], VTI, LINK_IP(i), LINK_IP(!i));
		dp_if_set_up(b->dp[i], VTI, true);
		dp_route_set(b->dp[i], IP(172, 16, 0, 0), 30, 0, VTI);
		dp_route_set(b->dp[i], IP(192, 168, 2 - i, 0), 24, 0, VTI);
	}
	tunnel_sa(b, 0, 0x1000);
	tunnel_sa(b, 1, 0x2000);
}

size_t
mk_ip(uint8_t *out, uint32_t src, uint32_t dst, uint8_t proto, uint8_t ttl, unsigned field, unsigned id, const void *data,
    size_t n)
{
	memset(out, 0, IP4_LEN);
	out[0] = 0x45;
	put16(out + IP4_TOTAL, (unsigned)(IP4_LEN + n));
	put16(out + IP4_ID, id);
	put16(out + IP4_FRAG, field);
	out[IP4_TTL] = ttl;
	out[IP4_PROTO] = proto;
	put32(out + IP4_SRC, src);
	put32(out + IP4_DST, dst);
	ip4_seal(out, IP4_LEN);
	if (n > 0)
		memmove(out + IP4_LEN, data, n);
	return IP4_LEN + n;
}

size_t
mk_udp(uint8_t *out, uint32_t src, uint32_t dst, uint16_t sport, uint16_t dport, unsigned field, const void *data, size_t n)
{
	uint8_t *u = out + IP4_LEN;
	uint16_t sum;

	put16(u, sport);
	put16(u + 2, dport);
	put16(u + 4, (unsigned)(UDP_LEN + n));
	put16(u + 6, 0);
	if (n > 0)
		memmove(u + UDP_LEN, data, n);
	sum = sum_done(sum_add((uint64_t)src + dst + PROTO_UDP + UDP_LEN + n, u, UDP_LEN + n));
	put16(u + 6, sum ? sum : 0xffff);
	return mk_ip(out, src, dst, PROTO_UDP, 64, field, 7, u, UDP_LEN + n);
}

size_t
mk_echo(uint8_t *out, uint32_t src, uint32_t dst, uint8_t ttl, unsigned field, size_t n)
{
	uint8_t *icmp = out + IP4_LEN;
	size_t i;

	memset(icmp, 0, ICMP_LEN);
	icmp[0] = ICMP_ECHO;
	put16(icmp + 4, 0x1234);
	put16(icmp + 6, 1);
	for (i = 0; i < n; i++)
		icmp[ICMP_LEN + i] = (uint8_t)i;
	put16(icmp + 2, sum_of(icmp, ICMP_LEN + n));
	return mk_ip(out, src, dst, PROTO_ICMP, ttl, field, 9, icmp, ICMP_LEN + n);
}
