/*
 * Frames into two datapaths that are joined by a link and by an ESP tunnel over it.  The input is a row of
 * records: a byte that says what to do, a byte of length in units of eight, the bytes.
 *
 *	bits 0-1	0: as it is; 1: for us (destination address, IPv4 type); 2: and with a sound IPv4 checksum and
 *			length; 3: an IPv4 packet that enters the tunnel, so that ESP opens to it on the other side
 *	bit 2		on the link instead of the LAN
 *	bit 3		ESP for the SA that is there, the bytes from the SPI on
 *	bits 4-7	seconds that pass before, squared
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
#define VTI	3
#define QUEUE	64
#define FRAME	2100
#define TURNS	8		/* times that what is on the link goes over, for one record */

#define IP(a, b, c, d)	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

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
on_udp(void *arg, const struct dp_udp *u)
{
	struct end *e = arg;

	if (u->sport != u->dport)
		dp_udp_send(e->dp, u->dst, u->src, u->dport, u->sport, u->data, u->len, 64, clock_now(e->rig->clock));
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

static void
sa_pair(struct rig *r, int from, uint32_t spi)
{
	struct sa_params p = { .dir = SA_OUT, .proto = SA_ESP, .spi = spi, .src = addr_v4(IP(10, 0, 0, 1 + from)), .dst = addr_v4(IP(10, 0, 0, 2 - from)),
		.cipher = SA_CIPHER_NULL, .auth = SA_AUTH_SHA1_96, .auth_key_len = 20, .replay_window = 64 };
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
	const uint32_t addr[3] = { IP(10, 0, 0, 1 + i), IP(192, 168, 1 + i, 1), IP(172, 16, 0, 1 + i) };
	const unsigned len = 24;
	unsigned k;

	dp_if_add(d, DP_IF_ETHER, mac[0]);
	dp_if_add(d, DP_IF_ETHER, mac[1]);
	dp_if_add(d, DP_IF_VTI, NULL);
	for (k = 0; k < 3; k++) {
		dp_if_set_addr(d, k + 1, &addr[k], &len, 1);
		dp_if_set_up(d, k + 1, true);
		dp_route_set(d, addr[k] & ~255u, 24, 0, k + 1);
	}
	dp_route_set(d, IP(192, 168, 2 - i, 0), 24, 0, VTI);
	dp_route_set(d, 0, 0, IP(10, 0, 0, 2 - i), LINK);
	dp_udp_open(d, 500);
	dp_udp_open(d, 4500);
}

static struct rig *
rig_new(void)
{
	static const struct dp_ops ops = { .tx = on_tx, .udp = on_udp };
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
	bool link = what & 4;
	const uint8_t mac[6] = { 2, 0, 0, 0, link ? 1 : 2, 0 };
	uint8_t *ip = f + ETH_LEN;

	if ((what & 3) == 0 || n < ETH_LEN + IP4_LEN)
		return n;
	memcpy(f, mac, 6);
	put16(f + 12, ETHERTYPE_IP4);
	if ((what & 3) == 1)
		return n;
	if (what & 8) {
		ip[IP4_PROTO] = PROTO_ESP;
		put32(ip + IP4_DST, link ? IP(10, 0, 0, 1) : IP(192, 168, 1, 1));
	} else if ((what & 3) == 3)
		put32(ip + IP4_DST, IP(192, 168, 2, ip[IP4_DST + 3]));
	ip[0] = (uint8_t)(0x40 | (ip[0] & 15));
	put16(ip + IP4_TOTAL, (unsigned)(n - ETH_LEN));
	if ((size_t)(ip[0] & 15) * 4 <= n - ETH_LEN)
		ip4_seal(ip, (size_t)(ip[0] & 15) * 4);
	if (what & 8 && n >= ETH_LEN + IP4_LEN + 4)
		put32(ip + IP4_LEN, 0x2000);
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
		frame_in(r, 0, what & 4 ? LINK : LAN, f, dress(f, m, what));
		settle(r);
	}
	rig_free(r);
	return 0;
}
