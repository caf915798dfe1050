/* Ports: what may be asked for, and what a kernel leaves to be done in the frames that it hands over. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/port_int.h"
#include "datapath/wire.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "testsuite/unit/datapath_test.h"

#define NEEDS_CSUM	1
#define TCP4		1
#define TCP6		4
#define UDP_L4		5
#define V6		40
#define TCP		20

static const struct { const char *spec, *why; } specs[] = {
	{ "pcap:eth0", NULL },
	{ "tap:tap0", NULL },
	{ "tun:t-0.1", NULL },
	{ "", ": no such kind of port; there are: pcap:DEV tap:NAME tun:NAME udp:LADDR:LPORT:RADDR:RPORT pcapfile:IN[:OUT]" },
	{ "pcap", "pcap: no such kind of port" },
	{ "pca:eth0", "pca:eth0: no such kind of port" },
	{ "PCAP:eth0", "PCAP:eth0: no such kind of port" },
	{ "pcap:", "pcap:: '' is no name of a device (pcap:DEV)" },
	{ "pcap:fifteen-letters", NULL },
	{ "pcap:fifteen-letters1", "pcap:fifteen-letters1: 'fifteen-letters1' is no name of a device" },
	{ "tap:a b", "tap:a b: 'a b' is no name of a device (tap:NAME)" },
	{ "tun:../x", "tun:../x: '../x' is no name of a device" },
	{ "tun:x:y", "tun:x:y: 'x:y' is no name of a device" },
};

START_TEST(spec_words)
{
	char *why = NULL;

	ck_assert_int_eq(port_spec_ok(specs[_i].spec, &why), specs[_i].why == NULL);
	if (specs[_i].why == NULL)
		ck_assert_ptr_null(why);
	else
		ck_assert_msg(strncmp(why, specs[_i].why, strlen(specs[_i].why)) == 0, "%s", why);
	free(why);
}
END_TEST

static void
count_line(void *arg, struct port *p, bool up, const char *why)
{
	(void)p;
	(void)why;
	*(int *)arg += up ? 1 : -1;
}

static void
no_frames(void *arg, struct port *p, struct dp_frame *f, size_t n, int64_t now)
{
	(void)arg;
	(void)p;
	(void)f;
	(void)n;
	(void)now;
}

/* One that is not there, or not for us, is a line that is down; it is asked for again, ever more seldom. */
START_TEST(not_there)
{
	static const struct port_ops ops = { .frames = no_frames, .line = count_line };
	struct clock *clock = clock_new_virtual(0);
	int lines = 0;
	struct port_env env = { .loop = loop_new(clock), .ops = &ops, .arg = &lines, .mac = { 2, 0, 0, 0, 0, 1 } };
	uint8_t frame[60] = { 0 };
	struct port_info i;
	char *why = NULL;
	struct port *p = port_new(&env, "pcap:nosuchdevice0", &why);

	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_null(why);
	port_info(p, &i);
	ck_assert(!i.up);
	ck_assert(i.error == ENODEV || i.error == EPERM);
	ck_assert_msg(strncmp(i.why, "pcap:nosuchdevice0: no ", 23) == 0, "%s", i.why);
	port_tx(p, frame, sizeof(frame));
	while (clock_step(clock, 100 * NSEC_SEC))
		;
	port_info(p, &i);
	ck_assert_uint_eq(i.out_drops, 1);
	ck_assert_uint_eq(i.opens, 0);
	ck_assert_int_eq(lines, -1);
	port_free(p);
	ck_assert_uint_eq(clock_timers(clock), 0);
	loop_free(env.loop);
	clock_free(clock);
}
END_TEST

/* ---- a wire that does not take all ---- */

#define SOME	24u

/* A port of a kind of the test's own, before a datapath's interface. */
struct stub_wire {
	struct clock		*clock;
	struct chance		*chance;
	struct dp		*dp;
	struct loop		*loop;
	struct port		*port;
	struct port_kind	 kind;
	unsigned		 ifidx;
	size_t			 takes, a_call, taken;	/* so many more, so many a call */
	bool			 breaks;		/* after that it is gone, and comes back later */
	uint8_t			 next;			/* each frame is one number */
};

static void
on_stub_line(void *arg, struct port *p, bool up, const char *why)
{
	(void)arg;
	(void)p;
	(void)up;
	(void)why;
}

static void
on_stub_dropped(void *arg, struct port *p, size_t n)
{
	struct stub_wire *x = arg;

	(void)p;
	dp_if_untaken(x->dp, x->ifidx, n);
}

static bool
stub_open(struct port *p, char **why)
{
	struct stub_wire *x = p->env.arg;

	(void)why;
	x->breaks = false;
	return true;
}

static void
stub_readable(struct port *p, short revents)
{
	(void)p;
	(void)revents;
}

/* Each byte of what is taken is looked at. */
static size_t
stub_send(struct port *p, const struct dp_frame *v, size_t n)
{
	struct stub_wire *x = p->env.arg;
	size_t most = x->takes < x->a_call ? x->takes : x->a_call, i, k;

	for (i = 0; i < n && i < most; i++) {
		for (k = 0; k < v[i].len; k++)
			ck_assert_uint_eq(v[i].data[k], x->next);
		x->next++;
		p->info.out_frames++;
	}
	x->takes -= i;
	x->taken += i;
	if (x->breaks && x->takes == 0)
		port_lost(p, "gone");
	return i;
}

static void
stub_new(struct stub_wire *x)
{
	static const struct port_ops ops = { .frames = no_frames, .line = on_stub_line, .dropped = on_stub_dropped };
	struct port_env env = { .ops = &ops, .arg = x, .mac = { 2, 0, 0, 0, 0, 1 } };
	char *why = NULL;

	*x = (struct stub_wire){ .clock = clock_new_virtual(0), .chance = chance_new_seeded(1) };
	x->dp = dp_new(x->clock, x->chance, &(struct dp_ops){ 0 }, NULL);
	x->ifidx = dp_if_add(x->dp, DP_IF_ETHER, env.mac);
	env.loop = x->loop = loop_new(x->clock);
	ck_assert_ptr_nonnull(x->port = port_new(&env, "pcap:nosuchdevice0", &why));
	x->kind = *x->port->kind;
	x->kind.open = stub_open;
	x->kind.close = NULL;
	x->kind.readable = stub_readable;
	x->kind.send = stub_send;
	x->port->kind = &x->kind;
	port_try(x->port);
}

static void
stub_free(struct stub_wire *x)
{
	port_free(x->port);
	dp_free(x->dp);
	loop_free(x->loop);
	chance_free(x->chance);
	clock_free(x->clock);
}

/* n frames at once or one by one, which have left when this returns, or never will. */
static void
stub_give(struct stub_wire *x, size_t n, bool batch, uint8_t first)
{
	struct dp_frame f[SOME];
	size_t i, len;

	for (i = 0; i < n; i++) {
		len = 60 + 31 * i;
		f[i] = (struct dp_frame){ xmalloc(len), len };
		memset(f[i].data, (int)(first + i), len);
		if (!batch)
			port_tx(x->port, f[i].data, len);
	}
	if (batch)
		port_tx_batch(x->port, f, n);
	port_flush(x->port);
	for (i = 0; i < n; i++)
		free(f[i].data);
}

static uint64_t
stub_drops(struct stub_wire *x)
{
	struct dp_if_info i;
	struct port_info p;

	ck_assert(dp_if_info(x->dp, x->ifidx, &i));
	port_info(x->port, &p);
	ck_assert_uint_eq(i.out_drops, p.out_drops);
	ck_assert_uint_eq(dp_count(x->dp, DPC_out_wire), p.out_drops);
	return p.out_drops;
}

/* It takes k frames of n, for all k, in calls of any size: the others are counted, and no frame is read that is not there. */
START_TEST(some_of_a_batch)
{
	struct stub_wire x;
	size_t n, k, a_call, want = 0;

	stub_new(&x);
	for (n = 1; n <= SOME; n++)
		for (k = 0; k <= n; k++)
			for (a_call = 1; a_call <= n; a_call += n / 3 + 1) {
				x.takes = k;
				x.a_call = a_call;
				x.taken = 0;
				x.next = 7;
				stub_give(&x, n, _i == 1, 7);
				ck_assert_uint_eq(x.taken, k);
				want += n - k;
				ck_assert_uint_eq(stub_drops(&x), want);
			}
	stub_free(&x);
}
END_TEST

/* Gone in the middle of a batch: the rest of it and what comes meanwhile is counted; back again it takes all. */
START_TEST(lost_in_a_batch)
{
	struct stub_wire x;

	stub_new(&x);
	x.takes = 5;
	x.a_call = SOME;
	x.breaks = true;
	stub_give(&x, SOME, _i == 1, 0);
	ck_assert_uint_eq(x.taken, 5);
	ck_assert_uint_eq(stub_drops(&x), SOME - 5);
	x.takes = SIZE_MAX;
	stub_give(&x, 10, _i == 1, 5);
	ck_assert_uint_eq(x.taken, 5);
	ck_assert_uint_eq(stub_drops(&x), SOME + 5);
	clock_step(x.clock, 2 * NSEC_SEC);
	while (clock_step(x.clock, 2 * NSEC_SEC))
		;
	stub_give(&x, 10, _i == 1, 5);
	ck_assert_uint_eq(x.taken, 15);
	ck_assert_uint_eq(stub_drops(&x), SOME + 5);
	stub_free(&x);
}
END_TEST

/* ---- frames whose checksum covers their pseudo header only ---- */

static uint64_t
pseudo(const uint8_t *frame, unsigned proto, size_t n)
{
	const uint8_t *ip = frame + ETH_LEN;

	return (ip[0] >> 4 == 6 ? sum_add(0, ip + 8, 32) : sum_add(0, ip + IP4_SRC, 8)) + proto + n;
}

/* The sum over a transport header and all behind it: 0 if it is right. */
static unsigned
wrong_by(const uint8_t *frame, size_t len, size_t l4, unsigned proto)
{
	return sum_done(sum_add(pseudo(frame, proto, len - l4), frame + l4, len - l4));
}

/* n bytes of payload behind Ethernet, IPv4 or IPv6 and TCP or UDP. */
static size_t
make(uint8_t *f, bool v6, bool tcp, size_t n)
{
	size_t l4 = ETH_LEN + (v6 ? V6 : IP4_LEN), hdr = tcp ? TCP : UDP_LEN, len = l4 + hdr + n;
	uint8_t *ip = f + ETH_LEN, *t = f + l4;

	memset(f, 0, l4 + hdr);
	for (size_t i = 0; i < n; i++)
		t[hdr + i] = (uint8_t)(i * 7 + 3);
	put16(f + 12, v6 ? 0x86dd : ETHERTYPE_IP4);
	if (v6) {
		ip[0] = 0x60;
		put16(ip + 4, (unsigned)(hdr + n));
		ip[6] = tcp ? 6 : PROTO_UDP;
		ip[8] = 0x20;
		ip[39] = 9;
	} else {
		ip[0] = 0x45;
		put16(ip + IP4_TOTAL, (unsigned)(len - ETH_LEN));
		put16(ip + IP4_ID, 0xfffe);
		ip[IP4_PROTO] = tcp ? 6 : PROTO_UDP;
		put32(ip + IP4_SRC, IP(10, 0, 0, 1));
		put32(ip + IP4_DST, IP(10, 0, 0, 2));
		ip4_seal(ip, IP4_LEN);
	}
	put16(t, 4501);
	put16(t + 2, 500);
	if (tcp) {
		put32(t + 4, 0xffffff00u);
		t[12] = 5 << 4;
		t[13] = 0x80 | 0x10 | 8 | 1;	/* CWR, ACK, PSH, FIN */
	} else
		put16(t + 4, (unsigned)(hdr + n));
	put16(t + (tcp ? 16 : 6), (uint16_t)~sum_done(pseudo(f, tcp ? 6 : PROTO_UDP, len - l4)));
	return len;
}

static struct offload
asks(bool v6, bool tcp, unsigned gso, size_t size)
{
	return (struct offload){ NEEDS_CSUM, (uint8_t)gso, (uint16_t)size, (uint16_t)(ETH_LEN + (v6 ? V6 : IP4_LEN)), tcp ? 16 : 6 };
}

START_TEST(completes)
{
	bool v6 = _i & 1, tcp = _i & 2;
	struct offload o = asks(v6, tcp, 0, 0);
	struct offload_cut cut;
	uint8_t f[2000];

	for (size_t n = 0; n < 300; n++) {
		size_t len = make(f, v6, tcp, n);

		ck_assert_int_eq(offload_begin(&o, f, len, &cut), OFFLOAD_WHOLE);
		ck_assert_uint_eq(wrong_by(f, len, o.csum_start, tcp ? 6 : PROTO_UDP), 0);
	}
}
END_TEST

/* A sum of zero is written as its other form where zero would mean none (RFC 768). */
START_TEST(zero_sum)
{
	struct offload o = asks(false, false, 0, 0);
	struct offload_cut cut;
	uint8_t f[100];
	size_t len = make(f, false, false, 2);
	uint16_t sum;

	memset(f + len - 2, 0, 2);
	sum = sum_of(f + o.csum_start, len - o.csum_start);
	put16(f + len - 2, sum);
	ck_assert_int_eq(offload_begin(&o, f, len, &cut), OFFLOAD_WHOLE);
	ck_assert_uint_eq(get16(f + o.csum_start + 6), 0xffff);
}
END_TEST

/* Nothing is touched where nothing is asked for, or where the field is not within. */
START_TEST(bounds)
{
	struct offload o = { 0 }, bad;
	struct offload_cut cut;
	uint8_t f[100], was[100];
	size_t len = make(f, false, false, 4), at;

	memcpy(was, f, sizeof(f));
	ck_assert_int_eq(offload_begin(&o, f, len, &cut), OFFLOAD_WHOLE);
	ck_assert_mem_eq(was, f, len);
	o = asks(false, false, 0, 0);
	at = (size_t)o.csum_start + o.csum_offset;
	ck_assert_int_eq(offload_begin(&o, f, at + 1, &cut), OFFLOAD_BAD);
	ck_assert_int_eq(offload_begin(&o, f, at, &cut), OFFLOAD_BAD);
	ck_assert_int_eq(offload_begin(&o, f, 0, &cut), OFFLOAD_BAD);
	bad = o;
	bad.csum_start = ETH_LEN - 1;
	ck_assert_int_eq(offload_begin(&bad, f, len, &cut), OFFLOAD_BAD);
	bad.csum_start = bad.csum_offset = 0xffff;
	ck_assert_int_eq(offload_begin(&bad, f, len, &cut), OFFLOAD_BAD);
	ck_assert_mem_eq(was, f, len);
	ck_assert_int_eq(offload_begin(&o, f, at + 2, &cut), OFFLOAD_WHOLE);
}
END_TEST

/* ---- many segments in one ---- */

static const struct { bool v6, tcp; unsigned gso; } kinds[] = {
	{ false, true, TCP4 }, { true, true, TCP6 }, { false, false, UDP_L4 }, { true, false, UDP_L4 }, { false, true, TCP4 | 0x80 },
};

static void
check_network(const uint8_t *f, size_t len, bool v6, unsigned count)
{
	const uint8_t *ip = f + ETH_LEN;

	if (v6) {
		ck_assert_uint_eq(get16(ip + 4), len - ETH_LEN - V6);
		return;
	}
	ck_assert_uint_eq(get16(ip + IP4_TOTAL), len - ETH_LEN);
	ck_assert_uint_eq(get16(ip + IP4_ID), (0xfffe + count) & 0xffff);
	ck_assert_uint_eq(sum_of(ip, IP4_LEN), 0);
}

static void
check_transport(const uint8_t *f, size_t len, size_t l4, bool tcp, size_t before, bool last)
{
	const uint8_t *t = f + l4;

	ck_assert_uint_eq(wrong_by(f, len, l4, tcp ? 6 : PROTO_UDP), 0);
	if (!tcp) {
		ck_assert_uint_eq(get16(t + 4), len - l4);
		return;
	}
	ck_assert_uint_eq(get32(t + 4), (uint32_t)(0xffffff00u + before));
	ck_assert_uint_eq(t[13] & 0x80, before == 0 ? 0x80 : 0);
	ck_assert_uint_eq(t[13] & 9, last ? 9 : 0);
	ck_assert_uint_eq(t[13] & 0x10, 0x10);
}

static void
cut_up(int k, size_t n, size_t size)
{
	static uint8_t f[70000], out[9000];
	struct offload o = asks(kinds[k].v6, kinds[k].tcp, kinds[k].gso, size);
	size_t len = make(f, kinds[k].v6, kinds[k].tcp, n), head = len - n, before = 0, got;
	struct offload_cut cut;
	bool full;

	ck_assert_int_eq(offload_begin(&o, f, len, &cut), OFFLOAD_SEGMENTS);
	ck_assert_uint_eq(offload_next(&cut, out, head, &full), 0);
	ck_assert(full);
	for (unsigned i = 0; (got = offload_next(&cut, out, sizeof(out), &full)) > 0; i++) {
		size_t part = got - head;

		ck_assert_uint_eq(part, n - before < size ? n - before : size);
		ck_assert_mem_eq(out + head, f + head + before, part);
		check_network(out, got, kinds[k].v6, i);
		check_transport(out, got, o.csum_start, kinds[k].tcp, before, before + part == n);
		before += part;
	}
	ck_assert(!full);
	ck_assert_uint_eq(before, n);
}

START_TEST(segments)
{
	static const size_t totals[] = { 1, 1399, 1400, 1401, 2800, 2801, 30000, 65000 };

	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++)
		cut_up(_i, totals[i], 1400);
	cut_up(_i, 50, 1);
}
END_TEST

/* Datagrams of ESP are cut without a checksum over IPv4; key exchange at the same port, and IPv6, have theirs. */
START_TEST(esp_segments)
{
	bool v6 = _i & 1, esp = _i & 2;
	static uint8_t f[4000], out[2000];
	struct offload o = asks(v6, false, UDP_L4, 1000);
	size_t len = make(f, v6, false, 3000), n;
	struct offload_cut cut;
	bool full;

	put16(f + o.csum_start + 2 * (_i >> 2), 4500);
	for (size_t k = 0; k < 3 && !esp; k++)
		put32(f + o.csum_start + UDP_LEN + k * 1000, 0);
	ck_assert_int_eq(offload_begin(&o, f, len, &cut), OFFLOAD_SEGMENTS);
	while ((n = offload_next(&cut, out, sizeof(out), &full)) > 0) {
		ck_assert_int_eq(get16(out + o.csum_start + 6) == 0, esp && !v6);
		if (v6 || !esp)
			ck_assert_uint_eq(wrong_by(out, n, o.csum_start, PROTO_UDP), 0);
	}
}
END_TEST

/* Cut at every byte, and with each header field that is not what is said of it. */
START_TEST(not_segments)
{
	struct offload o = asks(kinds[_i].v6, kinds[_i].tcp, kinds[_i].gso, 100), bad;
	size_t head = o.csum_start + (kinds[_i].tcp ? TCP : UDP_LEN);
	struct offload_cut cut;
	uint8_t f[2000];
	size_t len = make(f, kinds[_i].v6, kinds[_i].tcp, 1000);

	for (size_t n = 0; n <= head; n++)
		ck_assert_int_eq(offload_begin(&o, f, n, &cut), OFFLOAD_BAD);
	ck_assert_int_eq(offload_begin(&o, f, head + 1, &cut), OFFLOAD_SEGMENTS);
	bad = o;
	bad.gso_size = 0;
	ck_assert_int_eq(offload_begin(&bad, f, len, &cut), OFFLOAD_BAD);
	bad.gso_size = 0xffff;
	ck_assert_int_eq(offload_begin(&bad, f, len, &cut), OFFLOAD_BAD);
	for (unsigned g = 0; g < 256; g++) {
		bool fits = (g & 0x7f) == (kinds[_i].gso & 0x7f);

		bad = o;
		bad.gso_type = (uint8_t)g;
		if (g != 0)
			ck_assert_int_eq(offload_begin(&bad, f, len, &cut), fits ? OFFLOAD_SEGMENTS : OFFLOAD_BAD);
	}
	f[12] ^= 1;
	ck_assert_int_eq(offload_begin(&o, f, len, &cut), OFFLOAD_BAD);
	f[12] ^= 1;
	f[ETH_LEN + (kinds[_i].v6 ? 6 : IP4_PROTO)] = 50;
	ck_assert_int_eq(offload_begin(&o, f, len, &cut), OFFLOAD_BAD);
}
END_TEST

/* A header longer than its packet, and one shorter than any. */
START_TEST(header_lengths)
{
	struct offload o = asks(false, true, TCP4, 100);
	struct offload_cut cut;
	uint8_t f[2000];
	size_t len = make(f, false, true, 20);

	f[o.csum_start + 12] = 4 << 4;
	ck_assert_int_eq(offload_begin(&o, f, len, &cut), OFFLOAD_BAD);
	f[o.csum_start + 12] = 10 << 4;
	ck_assert_int_eq(offload_begin(&o, f, len, &cut), OFFLOAD_BAD);
	f[o.csum_start + 12] = 9 << 4;
	ck_assert_int_eq(offload_begin(&o, f, len, &cut), OFFLOAD_SEGMENTS);
	f[ETH_LEN] = 0x44;
	ck_assert_int_eq(offload_begin(&o, f, len, &cut), OFFLOAD_BAD);
	f[ETH_LEN] = 0x4f;
	ck_assert_int_eq(offload_begin(&o, f, len, &cut), OFFLOAD_BAD);
}
END_TEST

void
datapath_port_tests(TCase *tc)
{
	const int nkinds = sizeof(kinds) / sizeof(kinds[0]);

	tcase_add_loop_test(tc, spec_words, 0, sizeof(specs) / sizeof(specs[0]));
	tcase_add_test(tc, not_there);
	tcase_add_loop_test(tc, some_of_a_batch, 0, 2);
	tcase_add_loop_test(tc, lost_in_a_batch, 0, 2);
	tcase_add_loop_test(tc, completes, 0, 4);
	tcase_add_test(tc, zero_sum);
	tcase_add_test(tc, bounds);
	tcase_add_loop_test(tc, segments, 0, nkinds);
	tcase_add_loop_test(tc, esp_segments, 0, 8);
	tcase_add_loop_test(tc, not_segments, 0, nkinds);
	tcase_add_test(tc, header_lengths);
}
