/*
 * GRE packets into a router with tunnels of each kind.  The input is a row of records: a byte that says what to do, a
 * byte of length in units of four, the bytes from the GRE header on.
 *
 *	bits 0-1	from: 0 the far end of the tunnel with key 5, checksum and numbers; 1 that of the plain one; 2 a far
 *			end of the multipoint one; 3 that of the protected one, which must refuse it
 *	bit 2		the checksum is made right, where the header says that there is one
 *	bit 3		the key is made 5, where it says that there is one
 *	bit 4		a packet of the LAN's host that is to go out by that tunnel, instead
 *	bit 5		the outer packet comes in two fragments
 *	bit 6		the tunnels go and come
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/datapath.h"
#include "datapath/wire.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "testsuite/fuzz/fuzz.h"

#define LINK	1
#define LAN	2
#define TUNNELS	4
#define FIRST	3		/* interface of the first */
#define ROOM	(4 * 256)

#define IP(a, b, c, d)	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

struct rig {
	struct clock	*clock;
	struct chance	*chance;
	struct dp	*dp;
	bool		 busy;
};

static void
on_tx(void *arg, unsigned ifidx, const uint8_t *frame, size_t n)
{
	(void)arg;
	(void)ifidx;
	(void)frame;
	(void)n;
}

/* Answers, and so calls the datapath from a handler. */
static void
on_gre(void *arg, const struct dp_gre_in *g)
{
	struct rig *r = arg;

	if (g->protocol != GRE_PROTO_KEEPALIVE)
		dp_gre_send(r->dp, g->tunnel_if, g->nbma_src, g->protocol, g->data, g->len, clock_now(r->clock));
}

static void
on_miss(void *arg, unsigned tunnel_if, uint32_t next_hop, uint32_t src, uint32_t dst)
{
	struct rig *r = arg;

	(void)src;
	(void)dst;
	dp_nbma_set(r->dp, tunnel_if, next_hop, IP(10, 0, 0, 100 + (next_hop & 15)));
}

static void
on_turn(void *arg, const struct dp_gre_turn *t)
{
	(void)arg;
	if (t->n > GRE_TURN_BYTES)
		fatal("a sample of %zu bytes", t->n);
}

static void
tunnels_set(struct rig *r)
{
	struct dp_gre c[TUNNELS] = {
		{ .dst = IP(10, 0, 0, 100), .key_set = true, .key = 5, .checksum = true, .sequence = true, .copy_df = true },
		{ .dst = IP(10, 0, 0, 101) },
		{ .key_set = true, .key = 6 },
		{ .dst = IP(10, 0, 0, 103), .is_protected = true, .guard = 1 },
	};

	for (unsigned i = 0; i < TUNNELS; i++) {
		c[i].src = IP(10, 0, 0, 1);
		dp_gre_set(r->dp, FIRST + i, &c[i]);
	}
}

static void
if_make(struct rig *r, enum dp_if_kind kind, unsigned i, uint32_t addr)
{
	const uint8_t mac[6] = { 2, 0, 0, 0, 0, (uint8_t)i };
	const unsigned len = 24;

	dp_if_add(r->dp, kind, kind == DP_IF_ETHER ? mac : NULL);
	dp_if_set_addr(r->dp, i, &addr, &len, 1);
	dp_if_set_up(r->dp, i, true);
	dp_route_set(r->dp, addr & ~255u, 24, 0, i);
}

static struct rig *
rig_new(void)
{
	static const struct dp_ops ops = { .tx = on_tx, .gre = on_gre, .nbma_miss = on_miss, .nbma_turn = on_turn };
	struct rig *r = xcalloc(1, sizeof *r);

	r->clock = clock_new_virtual(INT64_C(1700000000) * NSEC_SEC);
	r->chance = chance_new_seeded(1);
	r->dp = dp_new(r->clock, r->chance, &ops, r);
	if_make(r, DP_IF_ETHER, LINK, IP(10, 0, 0, 1));
	if_make(r, DP_IF_ETHER, LAN, IP(192, 168, 1, 1));
	for (unsigned i = 0; i < TUNNELS; i++)
		if_make(r, DP_IF_GRE, FIRST + i, IP(172, 16, i, 1));
	tunnels_set(r);
	return r;
}

static void
rig_free(struct rig *r)
{
	dp_free(r->dp);
	chance_free(r->chance);
	clock_free(r->clock);
	free(r);
}

/* One IPv4 packet with these n bytes behind its header, whole or as a piece. */
static void
ip_in(struct rig *r, unsigned ifidx, uint32_t src, uint32_t dst, uint8_t proto, unsigned field, const uint8_t *p, size_t n)
{
	uint8_t *f = xcalloc(1, ETH_LEN + IP4_LEN + n), *ip = f + ETH_LEN;
	struct dp_frame frame = { f, ETH_LEN + IP4_LEN + n };

	f[0] = 2;
	f[5] = (uint8_t)ifidx;
	f[6] = 2;
	put16(f + 12, ETHERTYPE_IP4);
	ip[0] = 0x45;
	put16(ip + IP4_TOTAL, (unsigned)(IP4_LEN + n));
	put16(ip + IP4_FRAG, field);
	ip[IP4_TTL] = 9;
	ip[IP4_PROTO] = proto;
	put32(ip + IP4_SRC, src);
	put32(ip + IP4_DST, dst);
	ip4_seal(ip, IP4_LEN);
	memcpy(ip + IP4_LEN, p, n);
	dp_input(r->dp, ifidx, &frame, 1, clock_now(r->clock));
	free(f);
}

static void
dress(uint8_t *p, size_t n, unsigned what)
{
	size_t key = n >= 4 && p[0] & 0x80 ? 8 : 4;

	if (n >= 4 && what & 8 && p[0] & 0x20 && n >= key + 4)
		put32(p + key, 5 + ((what & 3) == 2));
	if (n < 8 || !(what & 4) || !(p[0] & 0x80))
		return;
	put16(p + 4, 0);
	put16(p + 4, sum_of(p, n));
}

static void
record(struct rig *r, unsigned what, uint8_t *p, size_t n)
{
	uint32_t from = IP(10, 0, 0, 100 + (what & 3)), us = IP(10, 0, 0, 1);
	size_t half = n / 16 * 8;

	dress(p, n, what);
	if (what & 0x40) {
		dp_gre_set(r->dp, FIRST + (what & 3), &(struct dp_gre){ 0 });
		tunnels_set(r);
	}
	if (what & 0x10)
		ip_in(r, LAN, IP(192, 168, 1, 9), IP(172, 16, what & 3, 9), PROTO_UDP, n & 4 ? IP4_DF : 0, p, n);
	else if (what & 0x20 && half > 0) {
		ip_in(r, LINK, from, us, PROTO_GRE, (unsigned)(half / 8), p + half, n - half);
		ip_in(r, LINK, from, us, PROTO_GRE, IP4_MF, p, half);
	} else
		ip_in(r, LINK, from, us, PROTO_GRE, 0, p, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct rig *r = rig_new();
	struct dp_if_info info;
	uint8_t buf[ROOM];
	unsigned what;
	size_t m;

	while (n >= 2) {
		what = p[0];
		m = p[1] * 4u;
		p += 2;
		n -= 2;
		m = m < n ? m : n;
		memcpy(buf, p, m);
		record(r, what, buf, m);
		p += m;
		n -= m;
		if (what & 0x80)
			dp_gre_keepalive(r->dp, FIRST + (what & 3), clock_now(r->clock));
	}
	if (dp_if_info(r->dp, FIRST + 3, &info) && info.in_packets != 0)
		fatal("a protected tunnel took what came in the clear");
	rig_free(r);
	return 0;
}
