/*
 * tap:NAME and tun:NAME: a device whose other side is the host's kernel (Documentation/networking/tuntap).  A tap has
 * Ethernet; a tun has packets alone, so that its Ethernet ends here: a header is put before what comes, taken from what
 * leaves, and whoever the router asks for by ARP or neighbour discovery has one and the same made-up address.
 */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "datapath/port_int.h"
#include "datapath/wire.h"
#include "lib/loop.h"
#include "lib/mem.h"

#define ETHERTYPE_V6	0x86dd
#define ANSWERS		16u	/* to the router's questions, that wait for the loop */
#define ANSWER_LEN	86u	/* of a neighbour advertisement with an option, the longer of both */

#define ARP_OP		6
#define ARP_SHA		8
#define ARP_SPA		14
#define ARP_THA		18
#define ARP_TPA		24

#define IP6_HDR		40u
#define IP6_NEXT	6
#define IP6_HOPS	7
#define IP6_SRC		8
#define IP6_DST		24
#define PROTO_ICMP6	58
#define ND_SOLICIT	135
#define ND_ADVERT	136
#define ND_TARGET	8
#define ND_LEN		24u
#define ND_OPTION_LEN	8u
#define ND_SOLICITED_OVERRIDE	0x60	/* RFC 4861, 4.4 */

struct tap_port {
	struct port_host	 host;
	bool			 tun;
	uint8_t			 far[6];	/* tun: whose address everybody behind it has */
	uint8_t			 answer[ANSWERS][ANSWER_LEN];
	size_t			 answer_len[ANSWERS], nanswers;
	struct timer		 timer;
	struct dp_frame		 left[PORT_BATCH];
};

/* ---- Ethernet of a tun ---- */

/* The header that a packet would have come with; false: it is no IP. */
static bool
dress(const struct port *p, const struct tap_port *x, uint8_t *frame, size_t len)
{
	const uint8_t *ip = frame + ETH_LEN;
	bool v6 = ip[0] >> 4 == 6;

	if (len < ETH_LEN + IP4_LEN || (!v6 && ip[0] >> 4 != 4) || (v6 && len < ETH_LEN + IP6_HDR))
		return false;
	memcpy(frame, p->env.mac, 6);
	if (v6 && ip[IP6_DST] == 0xff) {			/* RFC 2464, 7 */
		put16(frame, 0x3333);
		memcpy(frame + 2, ip + IP6_DST + 12, 4);
	} else if (!v6 && ip[IP4_DST] >> 4 == 14) {		/* RFC 1112, 6.4 */
		put32(frame, 0x01005e00u | (ip[IP4_DST + 1] & 0x7fu));
		put16(frame + 4, get16(ip + IP4_DST + 2));
	} else if (!v6 && get32(ip + IP4_DST) == 0xffffffffu)
		memset(frame, 0xff, 6);
	memcpy(frame + 6, x->far, 6);
	put16(frame + 12, v6 ? ETHERTYPE_V6 : ETHERTYPE_IP4);
	return true;
}

static uint8_t *
answer_new(struct tap_port *x, const uint8_t *asked, size_t len)
{
	uint8_t *a;

	if (x->nanswers == ANSWERS)
		return NULL;
	a = x->answer[x->nanswers];
	memset(a, 0, ANSWER_LEN);
	memcpy(a, asked + 6, 6);
	memcpy(a + 6, x->far, 6);
	memcpy(a + 12, asked + 12, 2);
	x->answer_len[x->nanswers++] = len;
	if (!timer_armed(&x->timer))
		timer_in(&x->timer, 0);
	return a + ETH_LEN;
}

/* RFC 826.  Who asks for his own address, or has none yet, wants to hear of another that has it: there is none. */
static void
arp_answer(struct tap_port *x, const uint8_t *frame, size_t len)
{
	const uint8_t *q = frame + ETH_LEN;
	uint8_t *a;

	if (len < ETH_LEN + ARP_LEN || get16(q + ARP_OP) != 1 || get32(q + ARP_SPA) == 0 || get32(q + ARP_SPA) == get32(q + ARP_TPA))
		return;
	if ((a = answer_new(x, frame, ETH_MIN)) == NULL)
		return;
	memcpy(a, q, ARP_OP);
	put16(a + ARP_OP, 2);
	memcpy(a + ARP_SHA, x->far, 6);
	memcpy(a + ARP_SPA, q + ARP_TPA, 4);
	memcpy(a + ARP_THA, q + ARP_SHA, 6);
	memcpy(a + ARP_TPA, q + ARP_SPA, 4);
}

static bool
is_unspecified(const uint8_t a[16])
{
	static const uint8_t none[16];

	return memcmp(a, none, 16) == 0;
}

/* RFC 4861, 7.2.4; one that is from nobody asks whether an address is free (RFC 4862, 5.4): it is. */
static bool
nd_answer(struct tap_port *x, const uint8_t *frame, size_t len)
{
	const uint8_t *q = frame + ETH_LEN, *icmp = q + IP6_HDR;
	uint8_t *a, *na;
	uint64_t sum;

	if (len < ETH_LEN + IP6_HDR + ND_LEN || q[IP6_NEXT] != PROTO_ICMP6 || icmp[0] != ND_SOLICIT)
		return false;
	if (is_unspecified(q + IP6_SRC) || (a = answer_new(x, frame, ANSWER_LEN)) == NULL)
		return true;
	na = a + IP6_HDR;
	a[0] = 0x60;
	put16(a + 4, ND_LEN + ND_OPTION_LEN);
	a[IP6_NEXT] = PROTO_ICMP6;
	a[IP6_HOPS] = 255;
	memcpy(a + IP6_SRC, icmp + ND_TARGET, 16);
	memcpy(a + IP6_DST, q + IP6_SRC, 16);
	na[0] = ND_ADVERT;
	na[4] = ND_SOLICITED_OVERRIDE;
	memcpy(na + ND_TARGET, icmp + ND_TARGET, 16);
	na[ND_LEN] = 2;			/* target link-layer address */
	na[ND_LEN + 1] = 1;
	memcpy(na + ND_LEN + 2, x->far, 6);
	sum = sum_add(PROTO_ICMP6 + ND_LEN + ND_OPTION_LEN, a + IP6_SRC, 32);
	put16(na + 2, sum_done(sum_add(sum, na, ND_LEN + ND_OPTION_LEN)));
	return true;
}

/* True: the frame ends here. */
static bool
ends_here(struct tap_port *x, const uint8_t *frame, size_t len)
{
	unsigned type = get16(frame + 12);

	if (type == ETHERTYPE_ARP4)
		arp_answer(x, frame, len);
	if (type == ETHERTYPE_V6)
		return nd_answer(x, frame, len);
	return type != ETHERTYPE_IP4;
}

static void
answers(void *arg)
{
	struct port *p = arg;
	struct tap_port *x = p->state;
	uint8_t copy[ANSWERS][ANSWER_LEN];
	size_t n = x->nanswers;

	memcpy(copy, x->answer, sizeof(copy));
	x->nanswers = 0;
	for (size_t i = 0; i < n && p->info.up; i++)
		port_in_copied(p, copy[i], x->answer_len[i]);
	port_in_done(p);
}

/* ---- the row ---- */

static bool
parse(struct port *p, const char *args, char **why, bool tun)
{
	static const uint8_t far[6] = { 0x02, 't', 'u', 'n', 0, 1 };
	struct tap_port *x = xcalloc(1, sizeof(*x));

	x->tun = tun;
	memcpy(x->far, far, sizeof(far));
	x->far[5] ^= memcmp(far, p->env.mac, sizeof(far)) == 0;
	return port_host_parse(p, &x->host, tun ? PORT_DEV_TUN : PORT_DEV_TAP, args, why);
}

static bool
tap_parse(struct port *p, const char *args, char **why)
{
	return parse(p, args, why, false);
}

static bool
tun_parse(struct port *p, const char *args, char **why)
{
	return parse(p, args, why, true);
}

static void
watch(struct port *p)
{
	struct tap_port *x = p->state;

	timer_init(&x->timer, loop_clock(p->env.loop), answers, p);
	port_host_watch(p);
}

static void
free_state(struct port *p)
{
	struct tap_port *x = p->state;

	timer_stop(&x->timer);
	port_host_free(&x->host);
	free(x);
}

static void
device_close(struct port *p)
{
	struct tap_port *x = p->state;

	timer_stop(&x->timer);
	x->nanswers = 0;
}

/* Bytes that were read into the slot, the kernel's header apart. */
static void
take(struct port *p, struct tap_port *x, const uint8_t *hdr, uint8_t *slot, size_t n)
{
	size_t shift = x->tun ? ETH_LEN : 0, skip = x->host.got.offload ? OFFLOAD_HDR : 0;
	struct offload o;

	if (n < skip) {
		p->info.in_short++;
		return;
	}
	n = n - skip + shift;
	if (x->tun && !dress(p, x, slot, n)) {
		p->info.in_short++;
		return;
	}
	offload_parse(hdr, &o);
	o.csum_start = (uint16_t)(o.csum_start + shift);
	if (port_in(p, skip > 0 ? &o : NULL, slot, n))
		port_host_lent(p, n);
}

static void
readable(struct port *p, short revents)
{
	struct tap_port *x = p->state;
	size_t shift = x->tun ? ETH_LEN : 0;
	uint64_t until = p->info.in_cut + PORT_BATCH;
	uint8_t hdr[OFFLOAD_HDR] = { 0 };
	ssize_t n = 0;

	if (revents & POLLERR)		/* the device has been taken away */
		port_host_check(p);
	for (size_t i = 0; i < PORT_BATCH && p->open && p->info.in_cut < until; i++) {
		uint8_t *slot = port_host_slot(p);
		struct iovec v[2] = { { hdr, OFFLOAD_HDR }, { slot + shift, PORT_SLOT - shift } };
		bool plain = !x->host.got.offload;

		n = readv(p->fd, v + plain, 2 - plain);
		p->info.calls_in++;
		if (n <= 0)
			break;
		take(p, x, hdr, slot, (size_t)n);
	}
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		port_host_check(p);
	port_in_done(p);
}

/* A packet without what was added to make a frame of it. */
static size_t
packet_len(const struct dp_frame *f)
{
	const uint8_t *ip = f->data + ETH_LEN;
	size_t n = f->len - ETH_LEN, len;

	if (n < IP4_LEN)
		return n;
	len = ip[0] >> 4 == 6 ? n < IP6_HDR ? n : IP6_HDR + get16(ip + 4) : get16(ip + IP4_TOTAL);
	return len < n ? len : n;
}

/* True: the run is done with. */
static bool
write_run(struct port *p, struct tap_port *x, size_t run, const struct dp_frame *v, bool *bad)
{
	struct iovec iov[COALESCE_IOV];
	struct coalesce *c = &x->host.out;
	size_t k = coalesce_iov(c, run, v, x->tun ? ETH_LEN : 0, iov);
	bool plain = !x->host.got.offload;
	ssize_t n;

	do {
		n = writev(p->fd, iov + plain, (int)(k - plain));
		p->info.calls_out++;
	} while (n < 0 && errno == EINTR);
	if (n > 0) {
		port_host_sent(p, &c->run[run]);
		return true;
	}
	if (coalesce_is_refusal(errno) && coalesce_refused(c, run))
		return false;
	port_host_dropped(p, &c->run[run]);
	return *bad = true;
}

/* What of the frames leaves as a packet, and how much of each. */
static size_t
packets_of(struct tap_port *x, const struct dp_frame *v, size_t n, struct dp_frame *out)
{
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		if (!x->tun)
			out[m++] = v[i];
		else if (!ends_here(x, v[i].data, v[i].len))
			out[m++] = (struct dp_frame){ v[i].data, ETH_LEN + packet_len(&v[i]) };
	return m;
}

static size_t
send_some(struct port *p, const struct dp_frame *v, size_t n)
{
	struct tap_port *x = p->state;
	struct coalesce *c = &x->host.out;
	struct dp_frame now[PORT_BATCH];
	size_t m = packets_of(x, v, n, now), run;
	bool bad = false;

	while (m > 0) {
		coalesce_plan(c, now, m);
		for (run = 0; run < c->nruns && write_run(p, x, run, now, &bad); run++)
			;
		m = coalesce_left(c, run, now, x->left);
		memcpy(now, x->left, m * sizeof(now[0]));
	}
	if (bad)
		port_host_check(p);
	return n;
}

const struct port_kind port_kind_tap = {
	.name = "tap", .args = "NAME", .parse = tap_parse, .free = free_state, .watch = watch, .open = port_host_open,
	.close = device_close, .readable = readable, .send = send_some,
};

const struct port_kind port_kind_tun = {
	.name = "tun", .args = "NAME", .parse = tun_parse, .free = free_state, .watch = watch, .open = port_host_open,
	.close = device_close, .readable = readable, .send = send_some,
};
