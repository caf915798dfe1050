/*
 * ESP: two routers, each its own datapath, with a static VTI between them.  Plain frames of a host go into the first,
 * what leaves it goes into the second, and plain frames leave that one: forwarding, tunnel, sealing, ARP look-up
 * and Ethernet on the way out; Ethernet, IP checks, SPI look-up, replay, opening, selectors and forwarding on
 * the way in.  Held against the library's cipher calls alone, on as many packets of the same size, there and
 * back.  And the SPI table with a million entries, against a chain of loads that each miss the caches.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "datapath/datapath.h"
#include "datapath/sad.h"
#include "datapath/wire.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "testsuite/bench/bench.h"

#define BATCH		32
#define FRAME_MAX	1600
#define ROUNDS_BYTES	(4u << 20)	/* of inner packets in one turn */
#define ROUNDS_MOST	600u

#define IP(a, b, c, d)	((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

struct frames {
	uint8_t		 bytes[BATCH][FRAME_MAX];
	struct dp_frame	 v[BATCH];
	size_t		 n;
};

struct end {
	struct dp	*dp;
	unsigned	 lan, wan, vti;
	uint8_t		 lan_mac[6], wan_mac[6];
	struct frames	 out;		/* what left by the way that is looked at */
	unsigned	 watch;		/* interface */
	bool		 keep;		/* the frames, not only their number: what leaves the first is the wire */
};

/* One case: both ends and the raw work of the same size. */
struct run {
	struct bench	*b;
	struct clock	*clock;
	struct chance	*chance;
	struct end	 end[2];
	struct frames	 in;
	bool		 gcm;
	size_t		 size;		/* of the inner IP packet */
	unsigned	 rounds;
	EVP_CIPHER_CTX	*seal, *open;
	SHA_CTX		 inner, outer;
	uint8_t		 raw[BATCH][FRAME_MAX];
	size_t		 ntext;
	uint64_t	 arrived;
};

/* --- Two routers --- */

static void
arp_answer(struct end *e, unsigned ifidx, const uint8_t *frame)
{
	uint8_t		 reply[ETH_MIN] = { 0 };
	struct dp_frame	 f = { reply, sizeof(reply) };
	static const uint8_t station[6] = { 2, 0, 0, 0, 0, 9 };

	memcpy(reply, frame + 6, 6);
	memcpy(reply + 6, station, 6);
	memcpy(reply + 12, frame + 12, 8);
	put16(reply + 20, 2);
	memcpy(reply + 22, station, 6);
	memcpy(reply + 28, frame + 38, 4);
	memcpy(reply + 32, frame + 22, 10);
	dp_input(e->dp, ifidx, &f, 1, 0);
}

static void
on_tx(void *arg, unsigned ifidx, const uint8_t *frame, size_t len)
{
	struct end	*e = arg;

	if (get16(frame + 12) == ETHERTYPE_ARP4) {
		if (get16(frame + 20) == 1 && memcmp(frame + 28, frame + 38, 4) != 0)
			arp_answer(e, ifidx, frame);
		return;
	}
	if (ifidx != e->watch || e->out.n == BATCH)
		return;
	if (e->keep) {
		memcpy(e->out.bytes[e->out.n], frame, len);
		e->out.v[e->out.n].data = e->out.bytes[e->out.n];
		e->out.v[e->out.n].len = len;
	}
	e->out.n++;
}

static unsigned
port(struct dp *d, enum dp_if_kind kind, const uint8_t *mac, uint32_t addr)
{
	unsigned	ifidx = dp_if_add(d, kind, mac), len = 24;

	dp_if_set_addr(d, ifidx, &addr, &len, 1);
	dp_if_set_mtu(d, ifidx, 1500);
	dp_if_set_up(d, ifidx, true);
	dp_route_set(d, addr & 0xffffff00, 24, 0, ifidx);
	return ifidx;
}

static void
end_init(struct run *r, unsigned i)
{
	static const struct dp_ops	 ops = { .tx = on_tx };
	struct end			*e = &r->end[i];

	memcpy(e->lan_mac, (uint8_t[6]){ 2, 0, 0, 0, 1, (uint8_t)i }, 6);
	memcpy(e->wan_mac, (uint8_t[6]){ 2, 0, 0, 0, 2, (uint8_t)i }, 6);
	e->dp = dp_new(r->clock, r->chance, &ops, e);
	e->lan = port(e->dp, DP_IF_ETHER, e->lan_mac, IP(10, i + 1, 0, 1));
	e->wan = port(e->dp, DP_IF_ETHER, e->wan_mac, IP(192, 0, 2, i + 1));
	e->vti = port(e->dp, DP_IF_VTI, NULL, IP(172, 16, 0, i + 1));
	dp_if_set_tunnel(e->dp, e->vti, IP(192, 0, 2, i + 1), IP(192, 0, 2, 2 - i));
	dp_route_set(e->dp, IP(10, 2 - i, 0, 0), 24, 0, e->vti);
	e->watch = i == 0 ? e->wan : e->lan;
}

static struct sa_params
sa_of(const struct run *r)
{
	struct sa_params	p = {
		.proto = SA_ESP, .spi = 0x10203040, .src = addr_v4(IP(192, 0, 2, 1)), .dst = addr_v4(IP(192, 0, 2, 2)),
		.cipher = r->gcm ? SA_CIPHER_AES_GCM : SA_CIPHER_AES_CBC, .enc_key_len = r->gcm ? 20 : 16,
		.auth = r->gcm ? SA_AUTH_NONE : SA_AUTH_SHA1_96, .auth_key_len = r->gcm ? 0 : 20,
		.replay_window = 64,
	};

	memset(p.enc_key, 0x42, p.enc_key_len);
	memset(p.auth_key, 0x24, p.auth_key_len);
	return p;
}

static uint32_t
sa_add(struct end *e, const struct sa_params *p)
{
	const char	*why;
	uint32_t	 sa = dp_sa_add(e->dp, p, &why, 0);

	if (sa == SA_NONE)
		fatal("%s", why);
	return sa;
}

static void
tunnel(struct run *r)
{
	struct sa_params	p = sa_of(r);

	p.dir = SA_OUT;
	dp_tunnel_use(r->end[0].dp, r->end[0].vti, sa_add(&r->end[0], &p));
	p.dir = SA_IN;
	p.tunnel_if = r->end[1].vti;
	sa_add(&r->end[1], &p);
}

static void
traffic(struct run *r)
{
	size_t	i;

	for (i = 0; i < BATCH; i++) {
		uint8_t	*f = r->in.bytes[i], *ip = f + ETH_LEN;

		memcpy(f, r->end[0].lan_mac, 6);
		put16(f + 12, ETHERTYPE_IP4);
		memset(ip, 0x5a, r->size);
		memset(ip, 0, IP4_LEN);
		ip[0] = 0x45;
		put16(ip + IP4_TOTAL, (unsigned)r->size);
		ip[IP4_TTL] = 64;
		ip[IP4_PROTO] = PROTO_UDP;
		put32(ip + IP4_SRC, IP(10, 1, 0, 5));
		put32(ip + IP4_DST, IP(10, 2, 0, 5));
		ip4_seal(ip, IP4_LEN);
		r->in.v[i].data = f;
		r->in.v[i].len = ETH_LEN + r->size;
	}
}

/* One batch there: the first router's ESP frames become the second's input. */
static void
batch(struct run *r)
{
	struct end	*a = &r->end[0], *b = &r->end[1];
	size_t		 i;

	a->out.n = b->out.n = 0;
	dp_input(a->dp, a->lan, r->in.v, BATCH, 0);
	for (i = 0; i < a->out.n; i++)
		memcpy(a->out.bytes[i], b->wan_mac, 6);
	dp_input(b->dp, b->wan, a->out.v, a->out.n, 0);
	r->arrived += b->out.n;
}

/* The first batches wait for addresses; then what arrives must be what was sent, but for TTL and checksum. */
static void
warm_up(struct run *r)
{
	struct frames	*in = &r->in, *out = &r->end[1].out;
	const size_t	 text = ETH_LEN + IP4_LEN;

	r->end[0].keep = r->end[1].keep = true;
	batch(r);
	batch(r);
	batch(r);
	if (out->n != BATCH || out->v[0].len < text + r->size - IP4_LEN ||
	    memcmp(in->bytes[0] + text, out->bytes[0] + text, r->size - IP4_LEN) != 0)
		fatal("what arrives is not what was sent");
	r->end[1].keep = false;
}

static double
path(void *arg)
{
	struct run	*r = arg;
	int64_t		 start;
	uint64_t	 before = r->arrived;
	unsigned	 i;

	start = bench_cpu();
	for (i = 0; i < r->rounds; i++)
		batch(r);
	start = bench_cpu() - start;
	if (r->arrived - before != (uint64_t)r->rounds * BATCH)
		fatal("%llu packets of %u arrived", (unsigned long long)(r->arrived - before), r->rounds * BATCH);
	return (double)start / 1e9;
}

/* --- The library alone --- */

static void
raw_init(struct run *r)
{
	static const uint8_t	zero[64];
	uint8_t			key[16], pad[64];
	const EVP_CIPHER	*c = r->gcm ? EVP_aes_128_gcm() : EVP_aes_128_cbc();
	size_t			i;

	memset(key, 0x42, sizeof(key));
	r->seal = EVP_CIPHER_CTX_new();
	r->open = EVP_CIPHER_CTX_new();
	EVP_EncryptInit_ex(r->seal, c, NULL, key, zero);
	EVP_DecryptInit_ex(r->open, c, NULL, key, zero);
	if (!r->gcm) {			/* GCM has none, and setting it makes each IV dearer */
		EVP_CIPHER_CTX_set_padding(r->seal, 0);
		EVP_CIPHER_CTX_set_padding(r->open, 0);
	}
	for (i = 0; i < 2; i++) {
		memset(pad, i == 0 ? 0x36 : 0x5c, sizeof(pad));
		SHA1_Init(i == 0 ? &r->inner : &r->outer);
		SHA1_Update(i == 0 ? &r->inner : &r->outer, pad, sizeof(pad));
	}
	r->ntext = r->gcm ? (r->size + 2 + 3) / 4 * 4 : (r->size + 2 + 15) / 16 * 16;
}

static void
raw_hmac(const struct run *r, const uint8_t *p, size_t n, uint8_t *md)
{
	SHA_CTX	s = r->inner;

	SHA1_Update(&s, p, n);
	SHA1_Final(md, &s);
	s = r->outer;
	SHA1_Update(&s, md, SHA_DIGEST_LENGTH);
	SHA1_Final(md, &s);
}

/* The header, the IV and the text stand as they do in ESP: 8, 8 or 16, ntext, ICV. */
static void
raw_gcm(struct run *r, uint8_t *p)
{
	uint8_t	iv[12] = { 0 }, *text = p + 16, tag[16];
	int	n, len = (int)r->ntext;

	memcpy(iv + 4, p + 8, 8);
	EVP_EncryptInit_ex(r->seal, NULL, NULL, NULL, iv);
	EVP_EncryptUpdate(r->seal, NULL, &n, p, 8);
	EVP_EncryptUpdate(r->seal, text, &n, text, len);
	EVP_EncryptFinal_ex(r->seal, text + n, &n);
	EVP_CIPHER_CTX_ctrl(r->seal, EVP_CTRL_AEAD_GET_TAG, 16, tag);
	EVP_DecryptInit_ex(r->open, NULL, NULL, NULL, iv);
	EVP_DecryptUpdate(r->open, NULL, &n, p, 8);
	EVP_DecryptUpdate(r->open, text, &n, text, len);
	EVP_CIPHER_CTX_ctrl(r->open, EVP_CTRL_AEAD_SET_TAG, 16, tag);
	if (EVP_DecryptFinal_ex(r->open, text + n, &n) != 1)
		fatal("the library does not agree with itself");
}

static void
raw_cbc(struct run *r, uint8_t *p)
{
	uint8_t	*text = p + 24, md[2][SHA_DIGEST_LENGTH];
	int	 n, len = (int)r->ntext;

	EVP_EncryptInit_ex(r->seal, NULL, NULL, NULL, p + 8);
	EVP_EncryptUpdate(r->seal, text, &n, text, len);
	raw_hmac(r, p, 24 + r->ntext, md[0]);
	raw_hmac(r, p, 24 + r->ntext, md[1]);
	if (memcmp(md[0], md[1], 12) != 0)
		fatal("the library does not agree with itself");
	EVP_DecryptInit_ex(r->open, NULL, NULL, NULL, p + 8);
	EVP_DecryptUpdate(r->open, text, &n, text, len);
}

static double
raw(void *arg)
{
	struct run	*r = arg;
	int64_t		 start = bench_cpu();
	unsigned	 i, k;

	for (i = 0; i < r->rounds; i++)
		for (k = 0; k < BATCH; k++)
			(r->gcm ? raw_gcm : raw_cbc)(r, r->raw[k]);
	return (double)(bench_cpu() - start) / 1e9;
}

static void
one_case(struct bench *b, bool gcm, size_t size, double goal)
{
	struct run		*r = xcalloc(1, sizeof(*r));
	struct bench_pair	 t;
	double			 bits;
	uint64_t		 allocs;
	char			 name[64];

	*r = (struct run){ .b = b, .gcm = gcm, .size = size };
	r->clock = clock_new_virtual(0);
	r->chance = chance_new_seeded(1);
	r->rounds = (unsigned)(ROUNDS_BYTES / (size * BATCH));
	if (r->rounds > ROUNDS_MOST)
		r->rounds = ROUNDS_MOST;
	end_init(r, 0);
	end_init(r, 1);
	tunnel(r);
	traffic(r);
	raw_init(r);
	warm_up(r);
	t = bench_turns(path, raw, r);
	bits = (double)size * 8 * BATCH * r->rounds / 1e9;
	snprintf(name, sizeof(name), "ESP there and back, %s, %zu B", gcm ? "AES-128-GCM" : "AES-128-CBC+SHA1", size);
	bench_rate(b, name, "Gbit/s", bits / t.a, bits / t.a / t.ratio, goal);
	allocs = bench_allocs();
	path(r);
	snprintf(name, sizeof(name), "  heap calls in %u packets", r->rounds * BATCH);
	bench_cost(b, name, "calls", (double)(bench_allocs() - allocs), 0);
	EVP_CIPHER_CTX_free(r->seal);
	EVP_CIPHER_CTX_free(r->open);
	dp_free(r->end[0].dp);
	dp_free(r->end[1].dp);
	chance_free(r->chance);
	clock_free(r->clock);
	free(r);
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
	uint32_t	 n = (uint32_t)(((size_t)l->t.mask + 1) * sizeof(struct spi_entry) / LINE), i;
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
	one_case(b, true, 1400, 0.7);
	one_case(b, false, 1400, 0.7);
	one_case(b, true, 64, 0.5);
	one_case(b, false, 64, 0.5);
	spi_lookup(b);
}
