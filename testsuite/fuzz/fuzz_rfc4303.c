/*
 * The datapath against testsuite/ref: vectors of frames go into dp_input(), and the same packets one by one into the reference. What
 * comes out of the SAs must be the same packets in the same order, and every counter the same; what the datapath seals, the
 * reference must open.
 *
 *	byte 0		bits 0-1: OpenSSL, ipsec-mb, or whoever is faster; bit 2: extended numbers shortly before their low half turns;
 *			bit 3: frames are lent, and what they carry is for a neighbour who is known, so that the fast lane takes them
 *	then by four	SA (bits 0-2; 7 = an SPI that none has), what (bits 3-6), end of the vector (bit 7); three bytes of arguments
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/arp.h"
#include "datapath/internal.h"
#include "datapath/sa_run.h"
#include "datapath/wire.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "testsuite/fuzz/fuzz.h"
#include "testsuite/ref/rfc4303.h"

#define OURS		0x0a000001u
#define PEER		0x0a000002u
#define BEHIND		0x0a000009u	/* whom what ESP carries is for */
#define NSA		7
#define SPI		0x1000u
#define OPS_MAX		1200
#define VECTOR_MAX	256
#define TEXT_MAX	1400
#define FRAME_MAX	(ETH_LEN + 2000)
#define ROOM		(DP_HEADROOM + FRAME_MAX + DP_TAILROOM)
#define TURN		UINT64_C(0x2ffffff80)

enum what {
	W_GOOD, W_GOOD2, W_SKIP, W_OLD, W_AGAIN, W_BENT, W_CUT, W_PAD, W_NEXT, W_DUMMY, W_INNER, W_JUMP, W_ECN, W_HALF, W_OUT, W_OUT2
};

struct form {
	enum sa_cipher	cipher;
	uint8_t		nenc;
	enum sa_auth	auth;
	uint8_t		nauth;
	bool		transport, esn;
	unsigned	window;
};

static const struct form forms[NSA] = {
	{ SA_CIPHER_AES_CBC, 16, SA_AUTH_SHA1_96, 20, false, false, 64 },
	{ SA_CIPHER_AES_GCM, 20, SA_AUTH_NONE, 0, false, true, 128 },
	{ SA_CIPHER_AES_CBC, 32, SA_AUTH_SHA512_256, 64, true, true, 64 },
	{ SA_CIPHER_NULL, 0, SA_AUTH_MD5_96, 16, false, false, 1024 },
	{ SA_CIPHER_3DES, 24, SA_AUTH_SHA256_128, 32, true, true, 64 },
	{ SA_CIPHER_AES_GMAC, 28, SA_AUTH_NONE, 0, false, true, 256 },
	{ SA_CIPHER_AES_GCM, 36, SA_AUTH_NONE, 0, true, false, 64 },
};

struct out {
	uint8_t	bytes[TEXT_MAX + 600];
	size_t	len;
};

struct play {
	struct clock	*clock;
	struct dp	*dp;
	struct ref_sa	 ref[NSA], far[NSA];	/* far: what we send, at the peer's */
	uint32_t	 in[NSA], out[NSA];
	uint64_t	 sent[NSA];
	uint64_t	 unknown, tiny;
	bool		 lent;
	uint8_t		 room[VECTOR_MAX][ROOM];
	struct dp_frame	 v[VECTOR_MAX];
	size_t		 n;
	struct out	 want[VECTOR_MAX], got[VECTOR_MAX], sealed[VECTOR_MAX];
	size_t		 nwant, ngot, nsealed;
};

void	__real_ip_input_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
void	__wrap_ip_input_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
void	__wrap_ip_output_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);

static uint8_t *
frame_at(struct play *g, size_t i)
{
	return g->room[i] + DP_HEADROOM;
}

static uint8_t *
keep_bytes(const uint8_t *ip, size_t len, struct out *v, size_t *n)
{
	if (*n == VECTOR_MAX || len > sizeof(v->bytes))
		fatal("more came out than went in");
	memcpy(v[*n].bytes, ip, len);
	v[*n].len = len;
	return v[(*n)++].bytes;
}

static void
keep(struct dp *d, struct pkt *p, struct out *v, size_t *n)
{
	keep_bytes(p->data, p->len, v, n);
	pkt_free(d, p);
}

/* What an SA gives ends here. */
void
__wrap_ip_input_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct play	*g = d->arg;
	size_t		 i;

	if (!(v[0]->flags & PKT_DECAP)) {
		__real_ip_input_batch(d, v, n, now);
		return;
	}
	for (i = 0; i < n; i++)
		keep(d, v[i], g->got, &g->ngot);
}

void
__wrap_ip_output_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct play	*g = d->arg;
	size_t		 i;

	(void)now;
	for (i = 0; i < n; i++)
		keep(d, v[i], g->sealed, &g->nsealed);
}

/* What the lane has opened and sent on: as it was before the last hop. */
static void
on_tx(void *arg, unsigned ifidx, const uint8_t *frame, size_t len)
{
	struct play	*g = arg;
	const uint8_t	*ip = frame + ETH_LEN;
	uint8_t		*kept;

	(void)ifidx;
	if (len < ETH_LEN + IP4_LEN)
		abort();
	if (get16(frame + 12) != ETHERTYPE_IP4 || get32(ip + IP4_DST) != BEHIND)
		return;
	if (!g->lent || get16(ip + IP4_TOTAL) > len - ETH_LEN)
		abort();
	kept = keep_bytes(ip, get16(ip + IP4_TOTAL), g->got, &g->ngot);
	kept[IP4_TTL]++;
	ref_checksum(kept);
}

/* --- Both sides --- */

static struct sa_params
params(size_t i, enum sa_dir dir)
{
	const struct form	*f = &forms[i];
	struct sa_params	 p = {
		.dir = dir, .proto = SA_ESP, .transport = f->transport, .esn = f->esn, .spi = SPI + (uint32_t)i,
		.src = addr_v4(dir == SA_IN ? PEER : OURS), .dst = addr_v4(dir == SA_IN ? OURS : PEER), .cipher = f->cipher,
		.enc_key_len = f->nenc, .auth = f->auth, .auth_key_len = f->nauth, .replay_window = f->window,
	};
	size_t			 k;

	for (k = 0; k < f->nenc; k++)
		p.enc_key[k] = (uint8_t)(k * 7 + i * 31 + 0x11);
	for (k = 0; k < f->nauth; k++)
		p.auth_key[k] = (uint8_t)(k * 5 + i * 17 + 0x83);
	return p;
}

static void
start_at(struct play *g, size_t i, uint64_t last)
{
	sa_by_handle(g->dp, g->in[i])->seq.last = last;
	sa_by_handle(g->dp, g->out[i])->seq.last = last;
	g->ref[i].last = g->far[i].last = g->sent[i] = last;
}

static void
sas(struct play *g, bool turn)
{
	struct sa_params	p;
	const char		*why;
	size_t			 i;

	for (i = 0; i < NSA; i++) {
		p = params(i, SA_IN);
		g->in[i] = dp_sa_add(g->dp, &p, &why, 0);
		ref_init(&g->ref[i], &p);
		p = params(i, SA_OUT);
		g->out[i] = dp_sa_add(g->dp, &p, &why, 0);
		ref_init(&g->far[i], &p);
		if (g->in[i] == SA_NONE || g->out[i] == SA_NONE)
			fatal("%s", why);
		if (turn && p.esn)
			start_at(g, i, TURN);
	}
}

/* The library's context is dear to make: it is made once and stays. */
static struct play *
play_new(uint8_t how)
{
	static struct chance		*chance;
	static const struct dp_ops	 ops = { .tx = on_tx };
	static const uint8_t		 mac[6] = { 2, 0, 0, 0, 0, 1 }, neighbour[6] = { 2, 0, 0, 0, 0, 9 };
	static const enum crypto_lib	 who[] = { CRYPTO_ANY, CRYPTO_OPENSSL, CRYPTO_IPSEC_MB, CRYPTO_ANY };
	const uint32_t			 addr = OURS;
	const unsigned			 len = 24;
	struct play			*g = xcalloc(1, sizeof(*g));

	if (chance == NULL)
		chance = chance_new_seeded(1);
	g->clock = clock_new_virtual(NSEC_SEC);
	g->dp = dp_new(g->clock, chance, &ops, g);
	g->dp->sad->crypto.who = who[how & 3];
	dp_if_add(g->dp, DP_IF_ETHER, mac);
	dp_if_set_addr(g->dp, 1, &addr, &len, 1);
	dp_if_set_mtu(g->dp, 1, 2000);
	dp_if_set_up(g->dp, 1, true);
	if ((g->lent = how & 8)) {
		dp_route_set(g->dp, BEHIND & 0xffffff00, 24, 0, 1);
		arp_told(g->dp, 1, BEHIND, neighbour);
	}
	sas(g, how & 4);
	return g;
}

static void
play_free(struct play *g)
{
	dp_free(g->dp);
	clock_free(g->clock);
	free(g);
}

static void
same(uint64_t got, uint64_t want, const char *what, size_t sa)
{
	if (got != want)
		fatal("%s, SA %zu: the datapath has %llu, the reference %llu", what, sa, (unsigned long long)got, (unsigned long long)want);
}

/* --- In --- */

static void
flush(struct play *g)
{
	size_t	i;

	if (g->n > 0)
		(g->lent ? dp_input_lent : dp_input)(g->dp, 1, g->v, g->n, clock_now(g->clock));
	same(g->ngot, g->nwant, "packets out of a vector", 0);
	for (i = 0; i < g->nwant; i++)
		if (g->got[i].len != g->want[i].len || memcmp(g->got[i].bytes, g->want[i].bytes, g->got[i].len) != 0)
			fatal("packet %zu of %zu: %zu bytes instead of %zu, or other ones", i, g->nwant, g->got[i].len, g->want[i].len);
	g->n = g->ngot = g->nwant = 0;
}

static void
expect(struct play *g, const uint8_t *ip, size_t len)
{
	static struct ref_pkt	out;
	uint32_t		spi;

	if (len < IP4_LEN + 8) {
		g->tiny++;
		return;
	}
	spi = get32(ip + IP4_LEN);
	if (spi < SPI || spi >= SPI + NSA) {
		g->unknown++;
		return;
	}
	if (ref_open(&g->ref[spi - SPI], ip, len, &out) != REF_GOOD)
		return;
	memcpy(g->want[g->nwant].bytes, out.bytes, out.len);
	g->want[g->nwant++].len = out.len;
}

/* The IP packet in the vector's last place gets its lengths; both sides have it. */
static void
deliver(struct play *g, size_t len)
{
	static const uint8_t	 head[ETH_LEN] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 };
	uint8_t			*f = frame_at(g, g->n), *ip = f + ETH_LEN;

	memcpy(f, head, ETH_LEN);
	put16(ip + IP4_TOTAL, (unsigned)len);
	ref_checksum(ip);
	g->v[g->n++] = (struct dp_frame){ f, ETH_LEN + len };
	expect(g, ip, len);
}

static void
header(uint8_t *ip, uint8_t tos)
{
	memset(ip, 0, IP4_LEN);
	ip[0] = 0x45;
	ip[IP4_TOS] = tos;
	ip[IP4_TTL] = 64;
	ip[IP4_PROTO] = SA_ESP;
	put32(ip + IP4_SRC, PEER);
	put32(ip + IP4_DST, OURS);
}

static size_t
plain(uint8_t *ip, size_t n, uint8_t tos, uint32_t src, uint32_t dst)
{
	size_t	i;

	header(ip, tos);
	ip[IP4_PROTO] = PROTO_UDP;
	put32(ip + IP4_SRC, src);
	put32(ip + IP4_DST, dst);
	put16(ip + IP4_TOTAL, (unsigned)(IP4_LEN + n));
	ref_checksum(ip);
	for (i = 0; i < n; i++)
		ip[IP4_LEN + i] = (uint8_t)(i * 31 + n);
	return IP4_LEN + n;
}

static uint64_t
number(struct play *g, size_t sa, enum what w, uint8_t arg)
{
	uint64_t	*sent = &g->sent[sa];

	switch (w) {
	case W_OLD:
		return *sent - (arg & 0x80 ? forms[sa].window - 2 + arg % 4u : arg);	/* about the window's edge, or anywhere */
	case W_SKIP:
		return *sent += 1 + arg;
	case W_JUMP:
		return *sent += (uint64_t)arg << (forms[sa].esn ? 26 : 20);
	default:
		return ++*sent;
	}
}

/* What stands in the ESP packet, spoiled if that is what is wanted. */
static size_t
text_of(struct play *g, size_t sa, enum what w, const uint8_t *op, uint8_t *text)
{
	uint8_t	inner[TEXT_MAX + IP4_LEN + 64];
	size_t	n = op[2] * (op[3] & 7u) % TEXT_MAX, ntext;

	if (w == W_DUMMY)
		return ref_trailer(&g->ref[sa], op, op[1] % 4u, 59, text);
	if (forms[sa].transport)
		memset(inner, op[1], n);
	else
		n = plain(inner, n, w == W_ECN ? op[3] & 3 : 0, PEER + 1, BEHIND);
	if (w == W_INNER && n > 0)
		inner[op[1] % (n < IP4_LEN ? n : IP4_LEN)] ^= (uint8_t)(op[3] | 1);
	ntext = ref_trailer(&g->ref[sa], inner, n, forms[sa].transport ? PROTO_UDP : 4, text);
	if (w == W_PAD)
		text[ntext - 2 - op[1] % (ntext - 1)] ^= op[3];
	if (w == W_NEXT)
		text[ntext - 1] = op[1];
	return ntext;
}

static void
spoil(struct play *g, enum what w, const uint8_t *op, size_t *len)
{
	uint8_t	*ip = frame_at(g, g->n) + ETH_LEN;
	size_t	 n = *len - IP4_LEN, at = (size_t)(op[2] << 8 | op[3]) % n;

	if (w == W_BENT)
		ip[IP4_LEN + at] ^= (uint8_t)(1 << op[1] % 8);
	else if (w == W_CUT)
		*len = IP4_LEN + at;
}

static void
one_in(struct play *g, size_t sa, enum what w, const uint8_t *op)
{
	uint8_t		*ip = frame_at(g, g->n) + ETH_LEN, text[REF_MAX];
	struct ref_sa	*r;
	uint64_t	 seq;
	size_t		 len;

	if (w == W_AGAIN && g->n > 0) {
		memcpy(ip, frame_at(g, g->n - 1) + ETH_LEN, FRAME_MAX - ETH_LEN);
		deliver(g, g->v[g->n - 1].len - ETH_LEN);
		return;
	}
	r = &g->ref[sa % NSA];
	seq = number(g, sa % NSA, w, op[1]);
	header(ip, w == W_ECN ? op[1] & 3 : 0);
	len = IP4_LEN + ref_seal(r, w == W_HALF ? seq ^ UINT64_C(1) << 32 : seq, text, text_of(g, sa % NSA, w, op, text), ip + IP4_LEN);
	if (sa == NSA)
		put32(ip + IP4_LEN, op[1] | 0xabcd0000u);
	spoil(g, w, op, &len);
	deliver(g, len);
}

/* --- Out --- */

/* A vector of packets by one SA; the peer, who is the reference, must find each good, in order. */
static void
some_out(struct play *g, size_t sa, const uint8_t *op)
{
	static struct ref_pkt	 out;
	struct pkt		*v[64];
	uint8_t			 ip[TEXT_MAX + IP4_LEN];
	size_t			 i, n = 1 + op[1] % 64u, len;

	for (i = 0; i < n; i++) {
		len = plain(ip, (op[2] * (op[3] & 7u) + i * op[3]) % TEXT_MAX, 0, OURS, PEER);
		v[i] = pkt_new(g->dp, len);
		memcpy(v[i]->data, ip, len);
		pkt_parse(v[i]);
		v[i]->sa = g->out[sa];
	}
	dp_enter(g->dp);
	esp_out_batch(g->dp, v, n, clock_now(g->clock));
	dp_leave(g->dp);
	same(g->nsealed, n, "packets sealed", sa);
	for (i = 0; i < n; i++) {
		len = plain(ip, (op[2] * (op[3] & 7u) + i * op[3]) % TEXT_MAX, 0, OURS, PEER);
		if (ref_open(&g->far[sa], g->sealed[i].bytes, g->sealed[i].len, &out) != REF_GOOD)
			fatal("packet %zu of %zu, SA %zu: what was sealed cannot be opened", i, n, sa);
		if (out.len != len || memcmp(out.bytes + (forms[sa].transport ? IP4_LEN : 0), ip + (forms[sa].transport ? IP4_LEN : 0),
		    len - (forms[sa].transport ? IP4_LEN : 0)) != 0)
			fatal("packet %zu of %zu, SA %zu: what was sealed is another", i, n, sa);
	}
	g->nsealed = 0;
}

/* --- The end --- */

static void
sa_counters(struct play *g, size_t i)
{
	const struct ref_sa	*r = &g->ref[i];
	struct sa_info		 s;

	dp_sa_info(g->dp, g->in[i], &s);
	same(s.packets, r->packets, "packets in", i);
	same(s.bytes, r->bytes, "bytes in", i);
	same(s.seq, r->last, "highest number", i);
	same(s.auth_failed, r->count[REF_AUTH], "wrong ICVs", i);
	same(s.replayed, r->count[REF_REPLAY], "replays", i);
	same(s.bad_len, r->count[REF_LENGTH] + r->count[REF_PAD] + r->count[REF_INNER], "lengths", i);
	same(s.bad_proto, r->count[REF_PROTO], "next headers", i);
	dp_sa_info(g->dp, g->out[i], &s);
	same(s.packets, g->far[i].packets, "packets out", i);
	same(s.seq, g->far[i].last, "last number sent", i);
}

static void
counters(struct play *g)
{
	uint64_t	 sum[REF_NVERDICT] = { 0 };
	size_t		 i, k;

	for (i = 0; i < NSA; i++) {
		sa_counters(g, i);
		for (k = 0; k < REF_NVERDICT; k++)
			sum[k] += g->ref[i].count[k];
	}
	same(dp_count(g->dp, DPC_esp_in_ok), sum[REF_GOOD], "good", 0);
	same(dp_count(g->dp, DPC_in_dummy), sum[REF_DUMMY], "dummies", 0);
	same(dp_count(g->dp, DPC_in_short), sum[REF_LENGTH] + g->tiny, "too short", 0);
	same(dp_count(g->dp, DPC_in_replay), sum[REF_REPLAY], "replays", 0);
	same(dp_count(g->dp, DPC_in_auth), sum[REF_AUTH], "wrong ICVs", 0);
	same(dp_count(g->dp, DPC_in_pad), sum[REF_PAD], "padding", 0);
	same(dp_count(g->dp, DPC_in_proto), sum[REF_PROTO], "next headers", 0);
	same(dp_count(g->dp, DPC_in_inner), sum[REF_INNER], "inner headers", 0);
	same(dp_count(g->dp, DPC_in_ecn), sum[REF_ECN], "marks of congestion", 0);
	same(dp_count(g->dp, DPC_inv_spi), g->unknown, "unknown SPIs", 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	struct play	*g;
	size_t		 i, sa, nops = 0;
	enum what	 w;

	if (n < 5)
		return 0;
	g = play_new(in[0]);
	for (i = 1; i + 4 <= n && nops < OPS_MAX; i += 4, nops++) {
		sa = in[i] & 7;
		w = (enum what)(in[i] >> 3 & 15);
		if (w >= W_OUT)
			some_out(g, sa % NSA, in + i);
		else
			one_in(g, sa, w, in + i);
		if (in[i] & 0x80 || g->n == VECTOR_MAX)
			flush(g);
	}
	flush(g);
	counters(g);
	play_free(g);
	return 0;
}
