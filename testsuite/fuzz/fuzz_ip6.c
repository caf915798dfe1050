/*
 * IPv6 frames into two datapaths that are joined by a link and by an ESP tunnel over IPv6.  The input is a row of
 * records: a byte that says what to do, a byte of length in units of eight, the bytes.
 *
 *	bits 0-1	0: as it is; 1: for us (MAC address, type, version); 2: and with a sound length, for one of our addresses; 3: an
 *			IPv6 packet that enters the tunnel, so that ESP opens to it on the other side
 *	bit 2		ICMPv6 with a sound checksum, hop limit 255: neighbour discovery is listened to
 *	bit 3		ESP for the SA that is there, the bytes from the SPI on
 *	bits 4-7	seconds that pass before, squared
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/ip6.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "testsuite/fuzz/fuzz.h"

#define LINK	1
#define LAN	2
#define VTI	3
#define QUEUE	64
#define FRAME	2100
#define TURNS	8		/* times that what is on the link goes over, for one record */

#define NET(n)	(UINT64_C(0x20010db800000000) + ((uint64_t)(n) << 16))

struct rig {
	struct clock	*clock;
	struct chance	*chance;
	struct end { struct rig *rig; int i; struct dp *dp; } end[2];
	struct { int to; size_t n; uint8_t data[FRAME]; } q[QUEUE];
	size_t		 nq;
};

static void
on_tx(void *arg, unsigned ifidx, const uint8_t *frame, size_t n)
{
	struct end *e = arg;
	struct rig *r = e->rig;

	if (ifidx != LINK || r->nq == QUEUE || n > FRAME)
		return;
	r->q[r->nq].to = !e->i;
	r->q[r->nq].n = n;
	memcpy(r->q[r->nq++].data, frame, n);
}

/* Answers what comes, and so calls the datapath from a handler. */
static void
on_udp6(void *arg, const struct dp6_udp *u)
{
	struct end *e = arg;

	if (u->sport != u->dport)
		dp6_udp_send(e->dp, u->dst, u->src, u->in_if, u->dport, u->sport, u->data, u->len, 64, clock_now(e->rig->clock));
}

static void
frame_in(struct rig *r, int i, unsigned ifidx, const uint8_t *p, size_t n)
{
	uint8_t *copy = xmemdup(p, n);
	struct dp_frame f = { copy, n };

	dp_input(r->end[i].dp, ifidx, &f, 1, clock_now(r->clock));
	free(copy);
}

static void
settle(struct rig *r)
{
	size_t turn, i, n;

	for (turn = 0; turn < TURNS && r->nq > 0; turn++) {
		n = r->nq;
		for (i = 0; i < n; i++)
			frame_in(r, r->q[i].to, LINK, r->q[i].data, r->q[i].n);
		memmove(r->q, r->q + n, (r->nq - n) * sizeof r->q[0]);
		r->nq -= n;
	}
	r->nq = 0;
}

static struct a6
link_addr(int i)
{
	return (struct a6){ NET(0), 1u + (unsigned)i };
}

static void
sa_pair(struct rig *r, int from, uint32_t spi)
{
	struct sa_params p = { .dir = SA_OUT, .proto = SA_ESP, .spi = spi, .src = addr_v6(link_addr(from)), .dst = addr_v6(link_addr(!from)),
		.inner6 = true, .cipher = SA_CIPHER_NULL, .auth = SA_AUTH_SHA1_96, .auth_key_len = 20, .replay_window = 64 };
	const char *why = NULL;

	dp_tunnel_use(r->end[from].dp, VTI, dp_sa_add(r->end[from].dp, &p, &why, clock_now(r->clock)));
	p.dir = SA_IN;
	p.tunnel_if = VTI;
	if (dp_sa_add(r->end[!from].dp, &p, &why, clock_now(r->clock)) == SA_NONE)
		fatal("no SA: %s", why);
}

static void
end_set_up(struct dp *d, int i)
{
	const uint8_t mac[2][6] = { { 2, 0, 0, 0, 1, (uint8_t)i }, { 2, 0, 0, 0, 2, (uint8_t)i } };
	const struct a6 addr[3] = { link_addr(i), { NET(1 + i), 1 }, { NET(9), 1u + (unsigned)i } }, none = { 0, 0 };
	unsigned k;

	dp_if_add(d, DP_IF_ETHER, mac[0]);
	dp_if_add(d, DP_IF_ETHER, mac[1]);
	dp_if_add(d, DP_IF_VTI, NULL);
	dp6_forwarding(d, true);
	for (k = 0; k < 3; k++) {
		struct dp6_addr a[2] = { { { UINT64_C(0xfe80) << 48, 16 * k + 1u + (unsigned)i }, 64 }, { addr[k], 64 } };
		struct dp6_if_conf c = { .on = true, .addrs = a, .naddrs = 2, .ra = { .on = true, .max_s = 200, .min_s = 150, .lifetime_s = 1800 } };

		dp6_if_set(d, k + 1, &c);
		dp_if_set_up(d, k + 1, true);
		dp6_route_set(d, a6_mask(addr[k], 64), 64, none, k + 1);
	}
	dp6_route_set(d, (struct a6){ NET(2 - i), 0 }, 64, none, VTI);
	dp6_route_set(d, none, 0, link_addr(!i), LINK);
	dp_udp_open(d, 500);
}

static struct rig *
rig_new(void)
{
	static const struct dp_ops ops = { .tx = on_tx, .udp6 = on_udp6 };
	struct rig *r = xcalloc(1, sizeof *r);
	int i;

	r->clock = clock_new_virtual(INT64_C(1700000000) * NSEC_SEC);
	r->chance = chance_new_seeded(1);
	for (i = 0; i < 2; i++) {
		r->end[i] = (struct end){ r, i, NULL };
		r->end[i].dp = dp_new(r->clock, r->chance, &ops, &r->end[i]);
	}
	end_set_up(r->end[0].dp, 0);
	end_set_up(r->end[1].dp, 1);
	sa_pair(r, 0, 0x1000);
	sa_pair(r, 1, 0x2000);
	settle(r);
	return r;
}

static void
rig_free(struct rig *r)
{
	dp_free(r->end[0].dp);
	dp_free(r->end[1].dp);
	chance_free(r->chance);
	clock_free(r->clock);
	free(r);
}

/* Makes the frame at f, of n bytes, what the record's first byte asks for. */
static size_t
dress(uint8_t *f, size_t n, unsigned what)
{
	const uint8_t mac[6] = { 2, 0, 0, 0, 2, 0 };
	uint8_t *ip = f + ETH_LEN;
	struct a6 dst = { NET(1), 1 };

	if ((what & 3) == 0 || n < ETH_LEN + IP6_LEN)
		return n;
	memcpy(f, mac, 6);
	put16(f + 12, ETHERTYPE_IP6);
	ip[0] = (uint8_t)(0x60 | (ip[0] & 15));
	if ((what & 3) == 1)
		return n;
	if ((what & 3) == 3)
		dst = (struct a6){ NET(2), ip[IP6_DST + 15] };
	put16(ip + IP6_PAYLOAD, (unsigned)(n - ETH_LEN - IP6_LEN));
	a6_put(ip + IP6_DST, dst);
	if (what & 8 && n >= ETH_LEN + IP6_LEN + 4) {
		ip[IP6_NEXT] = PROTO_ESP;
		a6_put(ip + IP6_DST, link_addr(0));
		put32(ip + IP6_LEN, 0x2000);
	} else if (what & 4 && n >= ETH_LEN + IP6_LEN + ICMP_LEN) {
		ip[IP6_NEXT] = PROTO_ICMP6;
		ip[IP6_HOPS] = 255;
		put16(ip + IP6_LEN + 2, 0);
		put16(ip + IP6_LEN + 2, ip6_sum(ip, PROTO_ICMP6, ip + IP6_LEN, n - ETH_LEN - IP6_LEN));
	}
	return n;
}

static void
wait_for(struct rig *r, int64_t seconds)
{
	int64_t until = clock_now(r->clock) + seconds * NSEC_SEC;

	while (clock_step(r->clock, until))
		settle(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct rig *r = rig_new();
	uint8_t f[8 * 256];
	size_t m;
	unsigned what;

	while (n >= 2) {
		what = p[0];
		m = p[1] * 8u;
		p += 2;
		n -= 2;
		m = m < n ? m : n;
		memcpy(f, p, m);
		p += m;
		n -= m;
		wait_for(r, (int64_t)(what >> 4) * (what >> 4));
		frame_in(r, 0, LAN, f, dress(f, m, what));
		settle(r);
	}
	rig_free(r);
	return 0;
}
