/*
 * ESP: two routers, each its own datapath, with static VTIs between them.  Plain frames lie in memory, 256 a vector, with room
 * before and behind.  The first router makes ESP frames of them where they lie (forwarding, tunnel, sealing, neighbour, Ethernet),
 * the second makes them plain again (Ethernet, IP, SPI, window, opening, inner packet, forwarding), each timed alone and held
 * against the library's own calls on as many packets of that size.  Then one SA against ten thousand in turn, what a packet costs
 * that no SA fits, and the SPI table with a million entries against a chain of loads that each miss the caches.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/sa_run.h"
#include "datapath/wire.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "testsuite/bench/bench.h"
#include "testsuite/bench/bench_raw.h"

#define VECTOR		256
#define VECTORS		4		/* small packets: so many between two looks at the clock */
#define TURN_BYTES	(4u << 20)	/* of inner packets in one turn */
#define TURN_MOST	16384u		/* packets in one turn */
#define TUNNELS		10000u
#define FLOOD_SOURCES	0xfffffu

#define IP(a, b, c, d)	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
#define SPI		0x10203040u

struct end {
	struct dp	*dp;
	unsigned	 lan, wan;
	struct dp_frame	 out[VECTOR];	/* what left by the way that is looked at */
	size_t		 nout;
	unsigned	 watch;		/* interface */
	uint64_t	 events;
};

/* One case: both ends, the frames, and the raw work of the same size. */
struct run {
	struct clock	*clock;
	struct chance	*chance;
	struct end	 end[2];
	struct raw	*raw;
	enum raw_kind	 kind;
	size_t		 size;		/* of the inner IP packet */
	unsigned	 tunnels, next;	/* the tunnel of the next packet */
	unsigned	 vectors, rounds;
	size_t		 stride;
	uint8_t		*bytes;
	struct dp_frame	 v[VECTORS][VECTOR], sealed[VECTORS][VECTOR];
	double		 took[2];
};

/* The stations are each other: what leaves one router is for the other as it stands. */
static const uint8_t lan_mac[6] = { 2, 0, 0, 0, 1, 1 }, wan_mac[6] = { 2, 0, 0, 0, 2, 2 };

/* --- Two routers --- */

static void
arp_answer(struct end *e, unsigned ifidx, const uint8_t *frame)
{
	const uint8_t	*mac = ifidx == e->wan ? wan_mac : lan_mac;
	uint8_t		 reply[ETH_MIN] = { 0 };
	struct dp_frame	 f = { reply, sizeof(reply) };

	if (get16(frame + 20) != 1 || memcmp(frame + 28, frame + 38, 4) == 0)
		return;
	memcpy(reply, frame + 6, 6);
	memcpy(reply + 6, mac, 6);
	memcpy(reply + 12, frame + 12, 8);
	put16(reply + 20, 2);
	memcpy(reply + 22, mac, 6);
	memcpy(reply + 28, frame + 38, 4);
	memcpy(reply + 32, frame + 22, 10);
	dp_input(e->dp, ifidx, &f, 1, 0);
}

static void
on_tx(void *arg, unsigned ifidx, struct dp_frame *f, size_t n)
{
	struct end	*e = arg;

	if (get16(f[0].data + 12) == ETHERTYPE_ARP4)
		arp_answer(e, ifidx, f[0].data);
	else if (ifidx == e->watch && e->nout + n <= VECTOR) {
		memcpy(e->out + e->nout, f, n * sizeof(*f));
		e->nout += n;
	}
}

static void
on_inv_spi(void *arg, const struct dp_inv_spi *ev)
{
	struct end	*e = arg;

	e->events += ev->count;
}

static unsigned
port(struct dp *d, enum dp_if_kind kind, const uint8_t *mac, uint32_t addr)
{
	unsigned	ifidx = dp_if_add(d, kind, mac), len = 24;

	dp_if_set_addr(d, ifidx, &addr, &len, addr != 0);
	dp_if_set_mtu(d, ifidx, 1500);
	dp_if_set_up(d, ifidx, true);
	if (addr != 0)
		dp_route_set(d, addr & 0xffffff00, 24, 0, ifidx);
	return ifidx;
}

static void
end_init(struct run *r, unsigned i)
{
	static const struct dp_ops	 ops = { .tx_batch = on_tx, .inv_spi = on_inv_spi };
	struct end			*e = &r->end[i];

	e->dp = dp_new(r->clock, r->chance, &ops, e);
	e->lan = port(e->dp, DP_IF_ETHER, i == 0 ? lan_mac : (const uint8_t[6]){ 2, 0, 0, 0, 1, 9 }, IP(10, i + 1, 0, 1));
	e->wan = port(e->dp, DP_IF_ETHER, i == 0 ? (const uint8_t[6]){ 2, 0, 0, 0, 2, 9 } : wan_mac, IP(192, 0, 2, i + 1));
	e->watch = i == 0 ? e->wan : e->lan;
}

static uint32_t
sa_add(struct end *e, enum raw_kind kind, unsigned i, enum sa_dir dir, unsigned vti)
{
	struct sa_params	p = {
		.proto = SA_ESP, .dir = dir, .spi = SPI + i, .src = addr_v4(IP(192, 0, 2, 1)), .dst = addr_v4(IP(192, 0, 2, 2)),
		.cipher = kind == RAW_GCM ? SA_CIPHER_AES_GCM : SA_CIPHER_AES_CBC, .enc_key_len = kind == RAW_GCM ? 20 : 16,
		.auth = kind == RAW_GCM ? SA_AUTH_NONE : SA_AUTH_SHA1_96, .auth_key_len = kind == RAW_GCM ? 0 : 20,
		.replay_window = 64, .tunnel_if = vti,
	};
	const char		*why;
	uint32_t		 sa;

	memset(p.enc_key, 0x42, p.enc_key_len);
	memset(p.auth_key, 0x24, p.auth_key_len);
	put32(p.enc_key, i);
	if ((sa = dp_sa_add(e->dp, &p, &why, 0)) == SA_NONE)
		fatal("%s", why);
	return sa;
}

static uint32_t
host(unsigned i)
{
	return IP(10, 2, 0, 0) + 256 * (i / 200) + 5 + i % 200;
}

static void
tunnels(struct run *r)
{
	unsigned	i, vti, back = port(r->end[1].dp, DP_IF_VTI, NULL, 0);

	for (i = 0; i < r->tunnels; i++) {
		vti = port(r->end[0].dp, DP_IF_VTI, NULL, 0);
		dp_if_set_tunnel(r->end[0].dp, vti, IP(192, 0, 2, 1), IP(192, 0, 2, 2));
		dp_route_set(r->end[0].dp, host(i), 32, 0, vti);
		dp_tunnel_use(r->end[0].dp, vti, sa_add(&r->end[0], r->kind, i, SA_OUT, 0));
		sa_add(&r->end[1], r->kind, i, SA_IN, back);
	}
	dp_route_set(r->end[1].dp, IP(10, 2, 0, 0), 16, IP(10, 2, 0, 9), r->end[1].lan);
}

/* --- Frames --- */

/* The packet that will go by the next tunnel. */
static void
head_write(struct run *r, uint8_t *ip)
{
	memset(ip, 0, IP4_LEN);
	ip[0] = 0x45;
	put16(ip + IP4_TOTAL, (unsigned)r->size);
	ip[IP4_TTL] = 64;
	ip[IP4_PROTO] = PROTO_UDP;
	put32(ip + IP4_SRC, IP(10, 1, 0, 5));
	put32(ip + IP4_DST, host(r->next));
	ip4_seal(ip, IP4_LEN);
	r->next = r->next + 1 < r->tunnels ? r->next + 1 : 0;
}

/* What came through is sent again. */
static void
heads_write(struct run *r)
{
	size_t	k, i;

	for (k = 0; k < r->vectors; k++)
		for (i = 0; i < VECTOR; i++)
			head_write(r, r->v[k][i].data + ETH_LEN);
}

static void
frames_make(struct run *r)
{
	size_t	 k, i;
	uint8_t	*f;

	free(r->bytes);
	r->stride = (DP_HEADROOM + ETH_LEN + r->size + DP_TAILROOM + 127) / 64 * 64;
	if ((r->bytes = aligned_alloc(64, r->stride * VECTOR * r->vectors)) == NULL)
		fatal("no memory for frames");
	for (k = 0; k < r->vectors; k++)
		for (i = 0; i < VECTOR; i++) {
			f = r->bytes + r->stride * (k * VECTOR + i) + DP_HEADROOM;
			memcpy(f, lan_mac, 6);
			memset(f + 6, 0, 6);
			put16(f + 12, ETHERTYPE_IP4);
			memset(f + ETH_LEN, 0x5a, r->size);
			r->v[k][i] = (struct dp_frame){ f, ETH_LEN + r->size };
		}
}

/* --- The path --- */

static double
pass(struct end *e, unsigned ifidx, unsigned nv, struct dp_frame in[][VECTOR], struct dp_frame out[][VECTOR])
{
	int64_t		start = bench_cpu();
	unsigned	k;

	for (k = 0; k < nv; k++) {
		e->nout = 0;
		dp_input_lent(e->dp, ifidx, in[k], VECTOR, 0);
		if (e->nout != VECTOR)
			fatal("%zu packets of %d left", e->nout, VECTOR);
		memcpy(out[k], e->out, sizeof(e->out));
	}
	return (double)(bench_cpu() - start) / 1e9;
}

static void
both(struct run *r)
{
	unsigned	i;

	r->took[0] = r->took[1] = 0;
	for (i = 0; i < r->rounds; i++) {
		heads_write(r);
		r->took[0] += pass(&r->end[0], r->end[0].lan, r->vectors, r->v, r->sealed);
		r->took[1] += pass(&r->end[1], r->end[1].wan, r->vectors, r->sealed, r->v);
	}
}

static double
path_seal(void *arg)
{
	struct run	*r = arg;

	both(r);
	return r->took[0];
}

static double
path_open(void *arg)
{
	struct run	*r = arg;

	both(r);
	return r->took[1];
}

static double
raw_seal_time(void *arg)
{
	struct run	*r = arg;

	return raw_time_seal(r->raw, r->rounds);
}

static double
raw_open_time(void *arg)
{
	struct run	*r = arg;

	return raw_time_open(r->raw, r->rounds);
}

/* The first packets wait for addresses; then what arrives must be what was sent. */
static void
warm_up(struct run *r)
{
	const size_t	 text = ETH_LEN + IP4_LEN;
	uint8_t		 was[64];
	unsigned	 i;

	for (i = 0; i < 2; i++) {
		heads_write(r);
		r->end[0].nout = 0;
		dp_input_lent(r->end[0].dp, r->end[0].lan, r->v[0], VECTOR, 0);
		r->end[1].nout = 0;
		dp_input_lent(r->end[1].dp, r->end[1].wan, r->end[0].out, r->end[0].nout, 0);
	}
	frames_make(r);
	for (i = 0; i < 6 * r->tunnels; i += r->rounds * r->vectors * VECTOR)	/* each SA's first use is told, 64 a vector */
		both(r);
	memcpy(was, r->v[0][0].data + text, r->size < 64 + text ? 8 : 64);
	both(r);
	if (r->v[0][0].len < ETH_LEN + r->size || memcmp(was, r->v[0][0].data + text, r->size < 64 + text ? 8 : 64) != 0)
		fatal("what arrives is not what was sent");
}

static struct run *
run_new(enum raw_lib lib, enum raw_kind kind, size_t size, unsigned ntunnels)
{
	struct run	*r = xcalloc(1, sizeof(*r));
	unsigned	 npkt, i;

	r->kind = kind;
	r->size = size;
	r->tunnels = ntunnels;
	r->clock = clock_new_virtual(0);
	r->chance = chance_new_seeded(1);
	r->vectors = size < 256 ? VECTORS : 1;
	npkt = (unsigned)(TURN_BYTES / size) < TURN_MOST ? (unsigned)(TURN_BYTES / size) : TURN_MOST;
	r->rounds = npkt / (VECTOR * r->vectors) + 1;
	end_init(r, 0);
	end_init(r, 1);
	for (i = 0; i < 2; i++)
		r->end[i].dp->sad->crypto.who = lib == RAW_OPENSSL ? CRYPTO_OPENSSL : CRYPTO_ANY;
	tunnels(r);
	r->raw = raw_new(lib, kind, raw_text(kind, size), VECTOR * r->vectors, 1);
	raw_seal(r->raw);		/* so that there is what may be opened */
	frames_make(r);
	warm_up(r);
	return r;
}

static void
run_free(struct run *r)
{
	raw_free(r->raw);
	dp_free(r->end[0].dp);
	dp_free(r->end[1].dp);
	chance_free(r->chance);
	clock_free(r->clock);
	free(r->bytes);
	free(r);
}

static void
row(struct bench *b, struct run *r, enum raw_lib lib, bool seal, double goal)
{
	struct bench_pair	t = bench_turns(seal ? path_seal : path_open, seal ? raw_seal_time : raw_open_time, r);
	double			bits = (double)r->size * 8 * VECTOR * r->vectors * r->rounds / 1e9;
	char			name[96];

	snprintf(name, sizeof(name), "ESP %s, %s, %zu B, %s", seal ? "sealed" : "opened", r->kind == RAW_GCM ? "AES-128-GCM" : "AES-128-CBC+SHA1", r->size,
	    raw_name(lib));
	bench_rate(b, name, "Gbit/s", bits / t.a, bits / t.a / t.ratio, goal);
}

static void
one_case(struct bench *b, enum raw_lib lib, enum raw_kind kind, size_t size, double goal)
{
	struct run	*r;
	uint64_t	 allocs;

	if (!raw_has(lib))
		return;
	r = run_new(lib, kind, size, 1);
	row(b, r, lib, true, goal);
	row(b, r, lib, false, goal);
	allocs = bench_allocs();
	both(r);
	bench_cost(b, "  heap calls there and back", "calls", (double)(bench_allocs() - allocs), 0);
	run_free(r);
}

/* --- One SA and many --- */

struct spread {
	struct run	*one, *many;
	bool		 seal;
};

static double
many_time(void *arg)
{
	struct spread	*s = arg;

	return (s->seal ? path_seal : path_open)(s->many);
}

static double
one_time(void *arg)
{
	struct spread	*s = arg;

	return (s->seal ? path_seal : path_open)(s->one);
}

static void
many_sas(struct bench *b)
{
	enum raw_lib		 lib = raw_has(RAW_IPSEC_MB) ? RAW_IPSEC_MB : RAW_OPENSSL;
	struct spread		 s = { run_new(lib, RAW_GCM, 1400, 1), run_new(lib, RAW_GCM, 1400, TUNNELS), true };
	struct bench_pair	 t = bench_turns(many_time, one_time, &s);

	bench_cost(b, "sealing, 10,000 SAs in turn against one, 1400 B", "x", 1 / t.ratio, 1.3);
	s.seal = false;
	t = bench_turns(many_time, one_time, &s);
	bench_cost(b, "opening, 10,000 SAs in turn against one, 1400 B", "x", 1 / t.ratio, 1.3);
	run_free(s.one);
	run_free(s.many);
}

/* --- Packets that no SA fits --- */

/* From another source each, of a million; SPIs at random. */
static void
strangers(struct run *r)
{
	size_t	 i;
	uint8_t	*ip;

	for (i = 0; i < VECTOR; i++) {
		ip = r->v[0][i].data + ETH_LEN;
		memcpy(r->v[0][i].data, wan_mac, 6);
		head_write(r, ip);
		ip[IP4_PROTO] = PROTO_ESP;
		put32(ip + IP4_SRC, IP(20, 0, 0, 0) + (chance_u32(r->chance) & FLOOD_SOURCES));
		put32(ip + IP4_DST, IP(192, 0, 2, 2));
		ip4_seal(ip, IP4_LEN);
		put32(ip + IP4_LEN, chance_u32(r->chance) | 0x80000000u);
	}
}

static void
flood(struct bench *b)
{
	struct run	*r = run_new(RAW_OPENSSL, RAW_GCM, 100, 1);
	double		 took[BENCH_TIMES];
	uint64_t	 allocs = 0;
	int64_t		 start;
	unsigned	 k, i;

	for (k = 0; k < BENCH_TIMES; k++) {
		took[k] = 0;
		for (i = 0; i < 40; i++) {
			strangers(r);
			if (k == 1 && i == 0)
				allocs = bench_allocs();
			start = bench_cpu();
			dp_input_lent(r->end[1].dp, r->end[1].wan, r->v[0], VECTOR, 0);
			took[k] += (double)(bench_cpu() - start) / (40.0 * VECTOR);
		}
	}
	allocs = bench_allocs() - allocs;
	if (dp_count(r->end[1].dp, DPC_inv_spi) != BENCH_TIMES * 40u * VECTOR)
		fatal("not all strangers were counted");
	bench_cost(b, "a packet of an unknown SPI, a million sources", "ns", bench_median(took, BENCH_TIMES), 60);
	bench_cost(b, "  heap calls meanwhile", "calls", (double)allocs, 0);
	run_free(r);
}

/* --- SPI look-up --- */

#define SAS	1000000u
#define LOADS	500000u
#define LINE	64

struct lookup {
	struct bench		*b;
	struct spi_table	 t;
	uint32_t		 first;
	void			**chain;
	uintptr_t		 sink;
};

/* Spreads 1, 2, 3 ... over all SPIs, none twice. */
static uint32_t
spread(uint32_t x)
{
	x = (x ^ x >> 16) * 0x85ebca6bu;
	x = (x ^ x >> 13) * 0xc2b2ae35u;
	return x ^ x >> 16;
}

/* One cycle through n places in random order (Sattolo). */
static uint32_t *
cycle(struct chance *c, uint32_t n)
{
	uint32_t	*next = xmalloc(n * sizeof(*next)), i, k, t;

	for (i = 0; i < n; i++)
		next[i] = i;
	for (i = n - 1; i > 0; i--) {
		k = chance_below(c, i);
		t = next[i];
		next[i] = next[k];
		next[k] = t;
	}
	return next;
}

/* Each entry's SA is but the number of the SPI to ask for next, so that no look-up can start before the last ended. */
static double
look_up(void *arg)
{
	struct lookup	*l = arg;
	int64_t		 start = bench_cpu();
	uintptr_t	 k = l->first;
	uint32_t	 i;

	for (i = 0; i < LOADS; i++)
		k = (uintptr_t)spi_find(&l->t, spread((uint32_t)k), SA_ESP);
	l->sink += k;
	return (double)(bench_cpu() - start) / 1e9;
}

static double
miss(void *arg)
{
	struct lookup	*l = arg;
	int64_t		 start = bench_cpu();
	void		**p = l->chain;
	uint32_t	 i;

	for (i = 0; i < LOADS; i++)
		p = *p;
	l->sink += (uintptr_t)p;
	return (double)(bench_cpu() - start) / 1e9;
}

/* The chain has a load in each cache line of as much memory as the table takes. */
static void
chain_make(struct lookup *l, struct chance *c)
{
	uint32_t	 n = (uint32_t)(l->t.nsegs * ((size_t)l->t.mask + 1) * sizeof(struct spi_entry) / LINE), i;
	uint32_t	*next = cycle(c, n);
	char		*mem = aligned_alloc(4096, (size_t)n * LINE);

	if (mem == NULL)
		fatal("no memory for the chain");
	for (i = 0; i < n; i++)
		*(void **)(void *)(mem + (size_t)i * LINE) = mem + (size_t)next[i] * LINE;
	l->chain = (void **)(void *)mem;
	free(next);
}

static void
spi_lookup(struct bench *b)
{
	struct lookup		*l = xcalloc(1, sizeof(*l));
	struct chance		*c = chance_new_seeded(7);
	struct bench_pair	 t;
	uint32_t		*next = cycle(c, SAS), i;

	l->b = b;
	l->first = 1;
	spi_table_init(&l->t, chance_u32(c));
	for (i = 0; i < SAS; i++)
		if (!spi_add(&l->t, spread(i + 1), SA_ESP, (struct sa *)(uintptr_t)(next[i] + 1)))
			fatal("an SPI came twice");
	chain_make(l, c);
	t = bench_turns(look_up, miss, l);
	bench_cost(b, "SPI look-up, 1,000,000 SAs, cold", "ns", t.a * 1e9 / LOADS, 2 * t.ratio * t.a * 1e9 / LOADS);
	spi_table_fini(&l->t);
	free(l->chain);
	free(next);
	free(l);
	chance_free(c);
}

void
bench_esp(struct bench *b)
{
	one_case(b, RAW_IPSEC_MB, RAW_GCM, 1400, 0.75);
	one_case(b, RAW_IPSEC_MB, RAW_GCM, 512, 0.65);
	one_case(b, RAW_IPSEC_MB, RAW_GCM, 64, 0.5);
	one_case(b, RAW_IPSEC_MB, RAW_CBC_SHA1, 1400, 0.75);
	one_case(b, RAW_OPENSSL, RAW_GCM, 1400, 0.85);
	one_case(b, RAW_OPENSSL, RAW_GCM, 64, 0.6);
	many_sas(b);
	flood(b);
	spi_lookup(b);
}
