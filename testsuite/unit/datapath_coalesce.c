/* Frames that leave as one: cut again they are what they were, and in order; whatever a cut would not give back stays alone. */

#include <string.h>

#include "datapath/port_int.h"
#include "datapath/wire.h"
#include "lib/chance.h"
#include "testsuite/unit/datapath_test.h"

#define NFRAMES	PORT_BATCH
#define FRAME	1600
#define NFLOWS	12
#define TCP	20
#define V6	40

struct flow {
	bool		v6, tcp, natt;
	uint16_t	port, id;
	uint32_t	seq;
	size_t		size, options;
};

struct batch {
	struct chance	*chance;
	struct flow	 flow[NFLOWS];
	uint8_t		 bytes[NFRAMES][FRAME];
	struct dp_frame	 v[NFRAMES];
	size_t		 n;
};

static uint64_t
pseudo(const uint8_t *f, size_t l4, unsigned proto, size_t n)
{
	return (l4 == ETH_LEN + V6 ? sum_add(0, f + ETH_LEN + 8, 32) : sum_add(0, f + ETH_LEN + IP4_SRC, 8)) + proto + n;
}

static void
sums_write(uint8_t *f, size_t len, size_t l4, bool tcp, bool without)
{
	uint8_t *at = f + l4 + (tcp ? 16 : 6);
	uint16_t sum;

	if (l4 == ETH_LEN + IP4_LEN)
		ip4_seal(f + ETH_LEN, IP4_LEN);
	put16(at, 0);
	sum = sum_done(sum_add(pseudo(f, l4, tcp ? 6 : PROTO_UDP, len - l4), f + l4, len - l4));
	if (!without)
		put16(at, !tcp && sum == 0 ? 0xffff : sum);
}

/* The next frame of a flow, n bytes of payload; flags are TCP's. */
static size_t
frame(struct batch *b, struct flow *w, uint8_t *f, size_t n, unsigned flags)
{
	size_t l4 = ETH_LEN + (w->v6 ? V6 : IP4_LEN), hdr = w->tcp ? TCP + w->options : UDP_LEN, len = l4 + hdr + n;
	uint8_t *ip = f + ETH_LEN, *t = f + l4;

	memset(f, 0, l4 + hdr);
	put16(f + 12, w->v6 ? 0x86dd : ETHERTYPE_IP4);
	if (w->v6) {
		ip[0] = 0x60;
		put16(ip + 4, (unsigned)(hdr + n));
		ip[6] = w->tcp ? 6 : PROTO_UDP;
		ip[7] = 64;
		ip[8] = 0x20;
		ip[39] = 9;
	} else {
		ip[0] = 0x45;
		put16(ip + IP4_TOTAL, (unsigned)(len - ETH_LEN));
		put16(ip + IP4_ID, w->id++);
		put16(ip + IP4_FRAG, IP4_DF);
		ip[IP4_TTL] = 64;
		ip[IP4_PROTO] = w->tcp ? 6 : PROTO_UDP;
		put32(ip + IP4_SRC, IP(10, 0, 0, 1));
		put32(ip + IP4_DST, IP(10, 0, 0, 2));
	}
	put16(t, w->port);
	put16(t + 2, w->natt ? 4500 : 80);
	if (w->tcp) {
		put32(t + 4, w->seq);
		w->seq += (uint32_t)n;
		t[12] = (uint8_t)(hdr / 4 << 4);
		t[13] = (uint8_t)flags;
		put16(t + 14, 500);
		memset(t + TCP, 1, w->options);
	} else
		put16(t + 4, (unsigned)(hdr + n));
	for (size_t i = 0; i < n; i++)
		t[hdr + i] = (uint8_t)(chance_u32(b->chance) & 0xff);
	sums_write(f, len, l4, w->tcp, w->natt);
	return len;
}

static void
flows_make(struct batch *b)
{
	for (unsigned i = 0; i < NFLOWS; i++) {
		struct flow *w = &b->flow[i];
		unsigned kind = chance_u32(b->chance) % 5;

		*w = (struct flow){ .v6 = kind == 1 || kind == 3, .tcp = kind < 2, .natt = kind == 4, .port = (uint16_t)(1000 + i),
		    .id = (uint16_t)chance_u32(b->chance), .seq = chance_u32(b->chance), .size = 1 + chance_u32(b->chance) % 1400,
		    .options = chance_u32(b->chance) % 3 * 4 };
	}
}

/* What may befall a stream of segments, none of it often. */
static void
mishap(struct batch *b, struct flow *w, uint8_t *f, size_t *len)
{
	switch (chance_u32(b->chance) % 24) {
	case 0: w->id++; break;				/* others sent meanwhile */
	case 1: w->seq += 7; break;
	case 2: f[*len - 1] ^= 1; break;		/* a checksum that is wrong stays so */
	case 3: f[ETH_LEN + (w->v6 ? 7 : IP4_TTL)]--; break;
	case 4: put16(f + 12, 0x88b5); break;
	case 5: if (!w->v6) f[ETH_LEN + IP4_FRAG] ^= 0x20; break;
	case 6: f[*len] = 0; (*len)++; break;		/* something behind the packet */
	default: break;
	}
}

static void
batch_fill(struct batch *b)
{
	struct flow *w = b->flow;

	for (b->n = 0; b->n < NFRAMES; b->n++) {
		uint8_t *f = b->bytes[b->n];
		unsigned dice = chance_u32(b->chance);
		size_t n, len;

		if (dice % 6 == 0)
			w = &b->flow[dice / 6 % NFLOWS];
		n = dice / 100 % 20 == 0 ? dice / 2000 % 1401 : w->size;
		len = frame(b, w, f, n, 0x10 | (dice / 3000 % 15 == 0 ? 8 : 0) | (dice / 50000 % 40 == 0 ? 0x80 : 0));
		mishap(b, w, f, &len);
		b->v[b->n] = (struct dp_frame){ f, len };
	}
}

/* A run as the kernel gets it, the header before it apart. */
static size_t
gather(struct coalesce *c, size_t run, const struct dp_frame *v, struct offload *o, uint8_t *out)
{
	struct iovec iov[COALESCE_IOV];
	size_t k = coalesce_iov(c, run, v, 0, iov), n = 0;

	ck_assert_uint_le(k, COALESCE_IOV);
	ck_assert_uint_eq(iov[0].iov_len, OFFLOAD_HDR);
	offload_parse(iov[0].iov_base, o);
	for (size_t i = 1; i < k; n += iov[i++].iov_len)
		memcpy(out + n, iov[i].iov_base, iov[i].iov_len);
	return n;
}

/* What goes to port 4500 without a checksum and could be key exchange has one afterwards; all else is as it was. */
static void
same_frame(const uint8_t *got, size_t len, const struct dp_frame *was)
{
	uint8_t copy[FRAME];
	size_t l4 = ETH_LEN + IP4_LEN;

	ck_assert_uint_eq(len, was->len);
	memcpy(copy, was->data, len);
	if (get16(copy + 12) == ETHERTYPE_IP4 && copy[ETH_LEN + IP4_PROTO] == PROTO_UDP && get16(copy + l4 + 2) == 4500) {
		bool esp = len > l4 + UDP_LEN + 4 && get32(copy + l4 + UDP_LEN) != 0;

		ck_assert_int_eq(get16(got + l4 + 6) == 0, esp);
		sums_write(copy, len, l4, false, esp);
	}
	ck_assert_mem_eq(got, copy, len);
}

static void
check_run(struct coalesce *c, size_t run, const struct dp_frame *v, bool *seen)
{
	static uint8_t whole[70000], one[FRAME];
	const struct coalesce_run *r = &c->run[run];
	struct offload_cut cut;
	struct offload o;
	size_t len = gather(c, run, v, &o, whole), got, f = r->first;
	bool full;

	if (r->n == 1) {
		ck_assert_uint_eq(o.flags | o.gso_type, 0);
		ck_assert_mem_eq(whole, v[f].data, v[f].len);
		ck_assert_uint_eq(len, v[f].len);
		seen[f] = true;
		return;
	}
	ck_assert_uint_eq(len, r->len);
	ck_assert_uint_le(len, 65535);
	ck_assert_int_eq(offload_begin(&o, whole, len, &cut), OFFLOAD_SEGMENTS);
	for (unsigned i = 0; i < r->n; i++, f = c->next[f]) {
		ck_assert(!seen[f]);
		seen[f] = true;
		got = offload_next(&cut, one, sizeof(one), &full);
		same_frame(one, got, &v[f]);
	}
	ck_assert_uint_eq(offload_next(&cut, one, sizeof(one), &full), 0);
}

/* Two frames of one flow, or one that has none and any other, keep their order. */
static bool
ordered(const struct dp_frame *a, const struct dp_frame *b)
{
	bool v6 = a->data[12] == 0x86, w6 = b->data[12] == 0x86;
	size_t l4 = ETH_LEN + (v6 ? V6 : IP4_LEN);

	if (get16(a->data + 12) == 0x88b5 || get16(b->data + 12) == 0x88b5)
		return true;
	return v6 == w6 && a->data[v6 ? 20 : 23] == b->data[v6 ? 20 : 23] && memcmp(a->data + l4, b->data + l4, 4) == 0;
}

static void
check_order(const struct coalesce *c, const struct dp_frame *v, size_t n)
{
	struct dp_frame out[NFRAMES];

	ck_assert_uint_eq(coalesce_left(c, 0, v, out), n);
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (out[i].data > out[k].data)		/* they lie as they came */
				ck_assert(!ordered(&out[i], &out[k]));
}

START_TEST(random_flows)
{
	static struct batch b;
	static struct coalesce c;
	size_t joined = 0;

	b.chance = chance_new_seeded(40 + (uint64_t)_i);
	for (unsigned round = 0; round < 8; round++) {
		bool seen[NFRAMES] = { 0 };

		coalesce_init(&c, true);
		flows_make(&b);
		batch_fill(&b);
		coalesce_plan(&c, b.v, b.n);
		for (size_t i = 0; i < c.nruns; i++)
			check_run(&c, i, b.v, seen);
		for (size_t i = 0; i < b.n; i++)
			ck_assert(seen[i]);
		check_order(&c, b.v, b.n);
		joined += b.n - c.nruns;
	}
	ck_assert_uint_gt(joined, 8 * NFRAMES / 3);
	chance_free(b.chance);
}
END_TEST

/* ---- two frames, of which the second has one byte that is another ---- */

static const struct { bool v6, tcp, natt; } kinds[] = { { false, true, false }, { true, true, false }, { false, false, false },
	{ true, false, false }, { false, false, true } };

static struct batch *
two(int kind, size_t first, size_t second, unsigned flags)
{
	static struct batch b;

	b.chance = chance_new_seeded(7);
	b.n = 2;
	b.flow[0] = (struct flow){ .v6 = kinds[kind].v6, .tcp = kinds[kind].tcp, .natt = kinds[kind].natt, .port = 5000, .id = 0xffff,
	    .seq = 0xffffff80, .options = 12 };
	b.v[0] = (struct dp_frame){ b.bytes[0], frame(&b, &b.flow[0], b.bytes[0], first, 0x10) };
	b.v[1] = (struct dp_frame){ b.bytes[1], frame(&b, &b.flow[0], b.bytes[1], second, flags) };
	chance_free(b.chance);
	return &b;
}

static size_t
runs(struct batch *b, bool on)
{
	static struct coalesce c;

	coalesce_init(&c, on);
	coalesce_plan(&c, b->v, b->n);
	return c.nruns;
}

START_TEST(pairs)
{
	static const unsigned last[] = { 0x11, 0x18, 0x19 }, alone[] = { 0x00, 0x12, 0x14, 0x30, 0x90, 0x50 };

	ck_assert_uint_eq(runs(two(_i, 500, 500, 0x10), true), 1);
	ck_assert_uint_eq(runs(two(_i, 500, 499, 0x10), true), 1);
	ck_assert_uint_eq(runs(two(_i, 500, 1, 0x10), true), 1);
	ck_assert_uint_eq(runs(two(_i, 500, 501, 0x10), true), 2);
	ck_assert_uint_eq(runs(two(_i, 500, 0, 0x10), true), 2);
	ck_assert_uint_eq(runs(two(_i, 500, 500, 0x10), false), 2);
	for (size_t k = 0; kinds[_i].tcp && k < 3; k++)
		ck_assert_uint_eq(runs(two(_i, 500, 500, last[k]), true), 1);
	for (size_t k = 0; kinds[_i].tcp && k < 6; k++)
		ck_assert_uint_eq(runs(two(_i, 500, 500, alone[k]), true), 2);
}
END_TEST

/* Each byte of the second's headers changed, with checksums right and wrong, and those of the payload with them wrong. */
START_TEST(each_byte)
{
	struct batch *b = two(_i, 100, 100, 0x10);
	size_t l4 = ETH_LEN + (kinds[_i].v6 ? V6 : IP4_LEN), head = b->v[1].len - 100;
	uint8_t was[FRAME];

	memcpy(was, b->bytes[1], b->v[1].len);
	for (size_t at = 0; at < b->v[1].len; at++)
		for (unsigned bit = 1; bit < 256; bit <<= 1) {
			bool last = kinds[_i].tcp && at == l4 + 13 && (bit == 8 || bit == 1);	/* PSH, FIN */

			memcpy(b->bytes[1], was, b->v[1].len);
			b->bytes[1][at] ^= (uint8_t)bit;
			if (at < head || !kinds[_i].natt)
				ck_assert_uint_eq(runs(b, true), 2);
			sums_write(b->bytes[1], b->v[1].len, l4, kinds[_i].tcp, kinds[_i].natt && (at < l4 + 6 || at >= l4 + 8));
			if (at < head && !(at >= ETH_LEN + IP4_SUM && at < ETH_LEN + IP4_SRC && !kinds[_i].v6) &&
			    !(at >= l4 + (kinds[_i].tcp ? 16 : 6) && at < l4 + (kinds[_i].tcp ? 18 : 8)))
				ck_assert_msg(runs(b, true) == (last ? 1u : 2u), "byte %zu bit %u", at, bit);
		}
}
END_TEST

/* A kernel that does not cut, or not so much: each time less is asked of it, and nothing is lost. */
START_TEST(refusals)
{
	static struct batch b;
	static struct coalesce c;
	struct dp_frame left[NFRAMES];
	unsigned times = 0;
	size_t n = NFRAMES;

	b.chance = chance_new_seeded(3);
	b.flow[0] = (struct flow){ .tcp = kinds[_i].tcp, .v6 = kinds[_i].v6, .natt = kinds[_i].natt, .port = 9, .seq = 5 };
	for (b.n = 0; b.n < NFRAMES; b.n++)
		b.v[b.n] = (struct dp_frame){ b.bytes[b.n], frame(&b, &b.flow[0], b.bytes[b.n], 40, 0x10) };
	coalesce_init(&c, true);
	coalesce_plan(&c, b.v, n);
	while (coalesce_refused(&c, 0)) {
		times++;
		n = coalesce_left(&c, 0, b.v, left);
		ck_assert_uint_eq(n, NFRAMES);
		ck_assert_mem_eq(left, b.v, sizeof(left));
		coalesce_plan(&c, left, n);
	}
	ck_assert_uint_eq(times, kinds[_i].tcp ? 1 : 2);
	ck_assert_uint_eq(c.nruns, NFRAMES);
	chance_free(b.chance);
}
END_TEST

void
datapath_coalesce_tests(TCase *tc)
{
	const int nkinds = sizeof(kinds) / sizeof(kinds[0]);

	tcase_add_loop_test(tc, random_flows, 0, 6);
	tcase_add_loop_test(tc, pairs, 0, nkinds);
	tcase_add_loop_test(tc, each_byte, 0, nkinds);
	tcase_add_loop_test(tc, refusals, 0, nkinds);
}
