/*
 * Packets into a router that translates what its LAN sends out by its link.  The input is a row of records: a byte that
 * says what to do, a byte of length in units of four, the bytes behind the IPv4 header.
 *
 *	bits 0-1	protocol: ICMP, TCP, UDP, GRE
 *	bit 2		from the link to the global address, instead of from the LAN outwards
 *	bit 3		an ICMP error that quotes the bytes behind a sound IPv4 header, of the packet that would be answered
 *	bit 4		in two fragments
 *	bits 5-7	seconds that pass before, cubed
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/datapath.h"
#include "datapath/nat.h"
#include "datapath/wire.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "testsuite/fuzz/fuzz.h"

#define LINK	1
#define LAN	2
#define ROOM	(4 * 256)
#define MOST	64		/* translations */

#define IP(a, b, c, d)	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
#define GLOBAL	IP(10, 0, 0, 1)
#define INSIDE	IP(192, 168, 1, 9)
#define OUTSIDE	IP(172, 16, 0, 9)

struct rig {
	struct clock	*clock;
	struct chance	*chance;
	struct dp	*dp;
};

static void
if_make(struct rig *r, unsigned i, uint32_t addr)
{
	const uint8_t mac[6] = { 2, 0, 0, 0, 0, (uint8_t)i };
	const unsigned len = 24;

	dp_if_add(r->dp, DP_IF_ETHER, mac);
	dp_if_set_addr(r->dp, i, &addr, &len, 1);
	dp_if_set_up(r->dp, i, true);
	dp_route_set(r->dp, addr & ~255u, 24, 0, i);
}

static struct rig *
rig_new(void)
{
	static const struct dp_ops ops = { 0 };
	const struct dp_nat_rule rule = { .match = { .permit = true }, .to = GLOBAL };
	struct rig *r = xcalloc(1, sizeof *r);

	r->clock = clock_new_virtual(INT64_C(1700000000) * NSEC_SEC);
	r->chance = chance_new_seeded(1);
	r->dp = dp_new(r->clock, r->chance, &ops, r);
	if_make(r, LINK, GLOBAL);
	if_make(r, LAN, IP(192, 168, 1, 1));
	dp_route_set(r->dp, 0, 0, IP(10, 0, 0, 2), LINK);
	dp_nat_set(r->dp, LINK, &rule, 1);
	dp_nat_inside(r->dp, LAN, true);
	dp_nat_limit(r->dp, MOST);
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

static size_t
ip_make(uint8_t *ip, uint32_t src, uint32_t dst, uint8_t proto, unsigned field, const uint8_t *p, size_t n)
{
	memset(ip, 0, IP4_LEN);
	ip[0] = 0x45;
	put16(ip + IP4_TOTAL, (unsigned)(IP4_LEN + n));
	put16(ip + IP4_ID, 7);
	put16(ip + IP4_FRAG, field);
	ip[IP4_TTL] = 9;
	ip[IP4_PROTO] = proto;
	put32(ip + IP4_SRC, src);
	put32(ip + IP4_DST, dst);
	ip4_seal(ip, IP4_LEN);
	memcpy(ip + IP4_LEN, p, n);
	return IP4_LEN + n;
}

static void
ip_in(struct rig *r, bool link, uint8_t proto, unsigned field, const uint8_t *p, size_t n)
{
	uint8_t *f = xcalloc(1, ETH_LEN + 3 * IP4_LEN + ROOM);
	struct dp_frame frame = { f, 0 };

	f[0] = 2;
	f[5] = link ? LINK : LAN;
	f[6] = 2;
	put16(f + 12, ETHERTYPE_IP4);
	frame.len = ETH_LEN + ip_make(f + ETH_LEN, link ? OUTSIDE : INSIDE, link ? GLOBAL : OUTSIDE, proto, field, p, n);
	dp_input(r->dp, link ? LINK : LAN, &frame, 1, clock_now(r->clock));
	free(f);
}

static void
record(struct rig *r, unsigned what, const uint8_t *p, size_t n)
{
	static const uint8_t protos[] = { PROTO_ICMP, 6, PROTO_UDP, 47 };
	uint8_t buf[ROOM + ICMP_LEN + IP4_LEN] = { ICMP_UNREACH, 1 }, proto = protos[what & 3];
	bool link = what & 4;
	size_t half;

	if (what & 8) {
		n = ICMP_LEN + ip_make(buf + ICMP_LEN, link ? GLOBAL : OUTSIDE, link ? OUTSIDE : INSIDE, proto, 0, p, n);
		put16(buf + 2, sum_of(buf, n));
		proto = PROTO_ICMP;
	} else
		memcpy(buf, p, n);
	half = n / 16 * 8;
	if (what & 16 && half > 0) {
		ip_in(r, link, proto, (unsigned)(half / 8), buf + half, n - half);
		ip_in(r, link, proto, IP4_MF, buf, half);
	} else
		ip_in(r, link, proto, 0, buf, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct rig *r = rig_new();
	struct dp_nat_info info;
	int64_t wait;
	unsigned what;
	size_t m;

	while (n >= 2) {
		what = p[0];
		m = p[1] * 4u;
		p += 2;
		n -= 2;
		m = m < n ? m : n;
		wait = what >> 5;
		for (int64_t until = clock_now(r->clock) + wait * wait * wait * NSEC_SEC; clock_step(r->clock, until);)
			continue;
		record(r, what, p, m);
		p += m;
		n -= m;
	}
	dp_nat_info(r->dp, &info);
	if (info.active > MOST)
		fatal("%zu translations", info.active);
	rig_free(r);
	return 0;
}
