/*
 * The way of a packet in vectors: a stream of frames, drawn at random, good and bad, gives the same frames, in the same order of each
 * flow, and the same counters, whether they come one by one and are copied, or up to 256 at once in buffers that are lent, which
 * are somebody else's as soon as the call returns.
 */

#include <string.h>

#include "datapath/internal.h"
#include "datapath/sa_int.h"
#include "lib/chance.h"
#include "lib/mem.h"
#include "testsuite/unit/datapath_vector.h"

#define FRAMES	STREAM_FRAMES
#define FLOWS	8192u
#define ROOM	(DP_HEADROOM + 1600 + DP_TAILROOM)
#define SILENT	IP(192, 168, 2, 77)	/* a host that does not answer at first */

const uint8_t stream_lan_mac[2][6] = { { 2, 0, 0, 0, 1, 1 }, { 2, 0, 0, 0, 1, 2 } };

/* --- Both ways in --- */

static void
tx_batch(void *arg, unsigned ifidx, struct dp_frame *f, size_t n)
{
	struct bench_end *e = arg;
	size_t i;

	ck_assert_uint_le(n, DP_BATCH);
	for (i = 0; i < n; i++)
		e->b->dp[e->i]->ops.tx(arg, ifidx, f[i].data, f[i].len);
}

void
stream_one_by_one(struct bench *b, int i, unsigned ifidx, const struct stream *s)
{
	size_t k;

	for (k = 0; k < s->n; k++)
		bench_frame_in(b, i, ifidx, s->bytes[k], s->len[k]);
}

/* Each frame ends where its room ends, and the buffers are overwritten after the call. */
void
stream_in_vectors(struct bench *b, int i, unsigned ifidx, const struct stream *s, struct chance *c)
{
	uint8_t *room = xmalloc(300 * ROOM);
	struct dp_frame v[300];
	size_t at = 0, m, n;

	while (at < s->n) {
		n = 1 + chance_below(c, 300);
		for (m = 0; m < n && at < s->n; m++, at++) {
			v[m] = (struct dp_frame){ room + m * ROOM + ROOM - DP_TAILROOM - s->len[at], s->len[at] };
			memcpy(v[m].data, s->bytes[at], s->len[at]);
		}
		dp_input_lent(b->dp[i], ifidx, v, m, clock_now(b->clock));
		memset(room, 0xdb, 300 * ROOM);
	}
	free(room);
}

/* --- Streams --- */

size_t
frame_of(uint8_t *f, const uint8_t *to, unsigned type, size_t n)
{
	memcpy(f, to, 6);
	memcpy(f + 6, (uint8_t[6]){ 2, 0, 0, 0, 0xaa, 0 }, 6);
	put16(f + 12, type);
	return ETH_LEN + n;
}

static uint32_t
any_dst(struct chance *c)
{
	static const uint32_t dst[] = {
		HOST_IP(1), HOST_IP(1), HOST_IP(1), HOST_IP(1), SILENT, IP(192, 168, 1, 10), LAN_IP(0), LINK_IP(1), IP(8, 8, 8, 8),
		IP(224, 0, 0, 5), IP(255, 255, 255, 255), IP(192, 168, 1, 255), IP(172, 16, 0, 2), IP(127, 0, 0, 1),
	};

	return dst[chance_below(c, sizeof dst / sizeof dst[0])];
}

/* What a LAN may carry to its router. */
static size_t
clear_frame(struct chance *c, uint8_t *f)
{
	uint8_t data[1500] = { 0 }, *ip = f + ETH_LEN;
	unsigned kind = chance_below(c, 24), field = chance_below(c, 4) == 0 ? IP4_DF : 0;
	size_t n = chance_below(c, chance_below(c, 2) ? 60 : 1472), len;

	chance_bytes(c, data, n);
	if (kind == 0)
		field = IP4_MF;
	else if (kind == 1)
		field = 100;
	len = mk_udp(ip, chance_below(c, 30) ? HOST_IP(0) : LAN_IP(0), any_dst(c), 5, (uint16_t)(53 + chance_below(c, 2)), field, data, n);
	if (kind == 2)
		ip[IP4_TTL] = 1, ip4_seal(ip, IP4_LEN);
	else if (kind == 3)
		ip[IP4_SUM]++;
	else if (kind == 4)
		ip[0] = (uint8_t)(0x40 + chance_below(c, 16));
	else if (kind == 5)
		put16(ip + IP4_TOTAL, chance_below(c, 1600));
	else if (kind == 6)
		len = chance_below(c, 21);
	else if (kind == 7)
		len = mk_echo(ip, HOST_IP(0), LAN_IP(0), 64, 0, n % 900);
	return frame_of(f, kind == 8 ? (const uint8_t *)"\2\7\7\7\7\7" : kind == 9 ? (const uint8_t *)"\377\377\377\377\377\377" : stream_lan_mac[0],
	    kind == 10 ? 0x88cc : kind == 11 ? 0x86dd : ETHERTYPE_IP4, len);
}

static void
clear_stream(struct stream *s, struct chance *c)
{
	for (s->n = 0; s->n < FRAMES; s->n++)
		s->len[s->n] = clear_frame(c, s->bytes[s->n]);
}

/* What left the first router, spoilt here and there, some twice. */
static void
wire_stream(struct stream *s, const struct bench *b, struct chance *c)
{
	const struct bench_frame *f;
	size_t i, copies;

	for (s->n = i = 0; i < b->nwire && s->n + 2 < FRAMES; i++) {
		f = &b->wire[i];
		if (f->dp != 1 || f->len > 1600)
			continue;
		for (copies = 1 + (chance_below(c, 9) == 0); copies > 0; copies--) {
			memcpy(s->bytes[s->n], f->data, f->len);
			s->len[s->n] = f->len;
			if (chance_below(c, 12) == 0)
				s->bytes[s->n][chance_below(c, (uint32_t)f->len)] ^= 1;
			s->n++;
		}
	}
}

/* --- What came of it --- */

struct seen {
	uint64_t	sum[FLOWS];
	unsigned	n[FLOWS];
};

/* Identifiers of packets that are made here come from one counter: in another order of kinds they are others. */
static void
see(struct seen *s, const struct bench_frame *f)
{
	unsigned key = (unsigned)f->dp * 2 + f->ifidx;
	bool icmp = get16(f->data + 12) == ETHERTYPE_IP4 && f->data[ETH_LEN + IP4_PROTO] == PROTO_ICMP;
	uint64_t h;
	size_t i;

	if (get16(f->data + 12) == ETHERTYPE_IP4) {
		put16(f->data + ETH_LEN + IP4_ID, 0);
		put16(f->data + ETH_LEN + IP4_SUM, 0);
		key = key * 31 + f->data[ETH_LEN + IP4_PROTO];
		key = key * 31 + get32(f->data + ETH_LEN + IP4_DST);
		if (!icmp && (get16(f->data + ETH_LEN + IP4_FRAG) & IP4_OFFMASK) == 0)
			key = key * 31 + get32(f->data + ETH_LEN + IP4_LEN);	/* ports, or the SPI */
	}
	key = key * 0x9e3779b1u >> 19;
	s->n[key]++;
	h = icmp ? 0 : s->sum[key];		/* answers come from several stages */
	for (i = 0; i < f->len; i++)
		h = (h ^ f->data[i]) * UINT64_C(0x100000001b3);
	s->sum[key] = icmp ? s->sum[key] + h : h;
}

static void
see_all(struct seen *s, struct bench *b)
{
	size_t i;

	*s = (struct seen){ .n = { 0 } };
	for (i = 0; i < b->nwire; i++)
		see(s, &b->wire[i]);
	for (i = 0; i < b->nout; i++)
		see(s, &b->out[i]);
}

static void
same_if(const struct dp_if_info *x, const struct dp_if_info *y)
{
	ck_assert_uint_eq(x->in_packets, y->in_packets);
	ck_assert_uint_eq(x->in_bytes, y->in_bytes);
	ck_assert_uint_eq(x->out_packets, y->out_packets);
	ck_assert_uint_eq(x->out_bytes, y->out_bytes);
	ck_assert_uint_eq(x->in_errors, y->in_errors);
	ck_assert_uint_eq(x->out_errors, y->out_errors);
	ck_assert_uint_eq(x->in_drops, y->in_drops);
	ck_assert_uint_eq(x->out_drops, y->out_drops);
	ck_assert_uint_eq(x->in_broadcasts, y->in_broadcasts);
	ck_assert_int_eq(x->last_in_ns, y->last_in_ns);
	ck_assert_int_eq(x->last_out_ns, y->last_out_ns);
	ck_assert_uint_eq(x->rate_in_bps, y->rate_in_bps);
	ck_assert_uint_eq(x->rate_out_pps, y->rate_out_pps);
}

void
stream_same(struct bench *a, struct bench *b, int i, unsigned nif)
{
	struct dp_if_info x, y;
	struct seen s, t;
	unsigned k;

	see_all(&s, a);
	see_all(&t, b);
	for (k = 0; k < FLOWS; k++)
		ck_assert_msg(s.n[k] == t.n[k] && s.sum[k] == t.sum[k], "flow %u: %u, %u frames", k, s.n[k], t.n[k]);
	for (k = 0; k < DPC__COUNT; k++)
		ck_assert_msg(a->dp[i]->count[k] == b->dp[i]->count[k] && a->dp[i]->octets[k] == b->dp[i]->octets[k], "%s: %llu, %llu",
		    dp_counter_name((enum dp_counter)k), (unsigned long long)a->dp[i]->count[k], (unsigned long long)b->dp[i]->count[k]);
	for (k = LINK; k <= nif; k++) {
		ck_assert(dp_if_info(a->dp[i], k, &x) && dp_if_info(b->dp[i], k, &y));
		same_if(&x, &y);
	}
	ck_assert_uint_eq(a->dp[i]->pool.held, b->dp[i]->pool.held);
}

/* No more errors are sent at this time: which of many they would be about depends on which stage comes first. */
static void
errors_spend(struct bench *b, int i)
{
	uint8_t ip[128];
	int k;

	bench_host_send(b, i, ip, mk_udp(ip, HOST_IP(i), IP(8, 8, 8, 8), 1, 2, 0, "where", 5));
	for (k = 0; k < 200; k++) {
		size_t n = mk_udp(ip, HOST_IP(i), HOST_IP(!i), 1, 2, 0, "late", 4);

		ip[IP4_TTL] = 1;
		ip4_seal(ip, IP4_LEN);
		bench_host_send(b, i, ip, n);
	}
}

struct bench *
stream_ready(bool vectors)
{
	struct bench *b = bench_new();
	uint8_t ip[128];
	int i;

	if (vectors)
		b->dp[0]->ops.tx_batch = b->dp[1]->ops.tx_batch = tx_batch;
	bench_tunnel(b);
	for (i = 0; i < 2; i++) {
		bench_host_send(b, i, ip, mk_udp(ip, HOST_IP(i), HOST_IP(!i), 1, 2, 0, "who", 3));
		errors_spend(b, i);
	}
	bench_clear(b);
	return b;
}

/* The silent host speaks at last: what waited for it leaves as it came. */
static void
silent_speaks(struct bench *b)
{
	uint8_t f[ETH_MIN] = { 0 };

	frame_of(f, stream_lan_mac[1], ETHERTYPE_ARP4, 0);
	memcpy(f + ETH_LEN, (uint8_t[8]){ 0, 1, 8, 0, 6, 4, 0, 2 }, 8);
	memcpy(f + 22, (uint8_t[6]){ 2, 0, 0, 0, 7, 7 }, 6);
	put32(f + 28, SILENT);
	memcpy(f + 32, stream_lan_mac[1], 6);
	put32(f + 38, LAN_IP(1));
	bench_frame_in(b, 1, LAN, f, sizeof f);
}

START_TEST(same_in_vectors)
{
	struct bench *a = stream_ready(false), *b = stream_ready(true);
	struct stream *s = xmalloc(sizeof *s);
	struct chance *c = chance_new_seeded((uint64_t)_i + 1);

	clear_stream(s, c);
	stream_one_by_one(a, 0, LAN, s);
	stream_in_vectors(b, 0, LAN, s, c);
	wire_stream(s, a, c);
	ck_assert_uint_gt(s->n, FRAMES / 6);
	stream_same(a, b, 0, VTI);
	bench_clear(a);
	bench_clear(b);
	stream_one_by_one(a, 1, LINK, s);
	stream_in_vectors(b, 1, LINK, s, c);
	silent_speaks(a);
	silent_speaks(b);
	stream_same(a, b, 1, VTI);
	ck_assert_uint_gt(COUNT(a, 1, esp_in_ok), FRAMES / 10);
	ck_assert_uint_gt(COUNT(a, 1, in_auth), 0);
	ck_assert_uint_gt(COUNT(a, 1, in_replay), 0);
	chance_free(c);
	free(s);
	bench_free(a);
	bench_free(b);
}
END_TEST

/* The tunnel's SA is to end after so many bytes, or packets, from now on. */
static void
sa_near_end(struct bench *b, bool by_bytes, uint64_t left)
{
	struct sa *s = sa_by_handle(b->dp[0], dp_if_get(b->dp[0], VTI)->tun_sa);

	s->p.hard_bytes = by_bytes ? s->bytes + left : 0;
	s->bytes_next = s->seq_next = 0;
	if (!by_bytes)
		s->seq.last = sa_seq_end(s) - left;
}

/* Whatever ends the SA in the middle of a vector: what is behind it is counted as if it had come by itself. */
START_TEST(same_where_an_sa_ends)
{
	struct bench *a = stream_ready(false), *b = stream_ready(true);
	struct stream *s = xmalloc(sizeof *s);
	struct chance *c = chance_new_seeded((uint64_t)_i + 40);
	bool by_bytes = _i % 2 == 0;
	uint64_t left = by_bytes ? chance_below(c, 30000) : 1 + chance_below(c, 60);

	clear_stream(s, c);
	sa_near_end(a, by_bytes, left);
	sa_near_end(b, by_bytes, left);
	stream_one_by_one(a, 0, LAN, s);
	stream_in_vectors(b, 0, LAN, s, c);
	stream_same(a, b, 0, VTI);
	ck_assert_uint_gt(COUNT(a, 0, esp_out_ok), 0);
	ck_assert_uint_gt(COUNT(a, 0, out_no_sa), 0);
	chance_free(c);
	free(s);
	bench_free(a);
	bench_free(b);
}
END_TEST

void
datapath_vector_tests(TCase *tc)
{
	tcase_add_loop_test(tc, same_in_vectors, 0, 6);
	tcase_add_loop_test(tc, same_where_an_sa_ends, 0, 12);
}
