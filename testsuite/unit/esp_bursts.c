/*
 * Bursts: a stream of packets gives the same in vectors of one and in vectors of up to 256: the same packets out, in the same
 * order of each SA, the same counters, the same state of each SA.  Streams are drawn at random: several SAs of all kinds, sizes
 * from nothing to 9000 bytes, replays, numbers out of order, wrong ICVs, cut packets, texts that no peer would make, limits
 * reached in the middle, ciphers that fail.
 */

#include <string.h>

#include "datapath/ip6.h"
#include "datapath/natt.h"
#include "datapath/wire.h"
#include "lib/chance.h"
#include "lib/mem.h"
#include "testsuite/unit/esp_test.h"

#define SAS		14
#define PACKETS		700
#define BIG		9400
#define FAILING		0xfa170000u	/* SPIs of SAs whose cipher fails now and then */
#define PEER		4501

struct one {
	uint8_t		*bytes;
	size_t		 len;
	unsigned	 sa;		/* out: which; SAS = a stale handle */
	uint8_t		 nest;
};

struct stream {
	struct chance	*c;
	struct one	 v[PACKETS];
	size_t		 n;
};

/* What came out, by SA: how many and a sum over their bytes in order. */
struct seen {
	uint64_t	sum[SAS + 1];
	unsigned	n[SAS + 1];
	uint32_t	handle[SAS];
};

void	__wrap_crypto_seal(struct crypto *c, struct crypto_job *v, size_t n);
void	__wrap_crypto_open(struct crypto *c, struct crypto_job *v, size_t n);
void	__real_crypto_seal(struct crypto *c, struct crypto_job *v, size_t n);
void	__real_crypto_open(struct crypto *c, struct crypto_job *v, size_t n);

static void
fail_some(struct crypto_job *v, size_t n, unsigned which)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if ((get32(v[i].esp) & 0xffff0000) == FAILING && v[i].seq % 5 == which)
			v[i].result = CRYPTO_FAILED;
}

void
__wrap_crypto_seal(struct crypto *c, struct crypto_job *v, size_t n)
{
	__real_crypto_seal(c, v, n);
	fail_some(v, n, 3);
}

void
__wrap_crypto_open(struct crypto *c, struct crypto_job *v, size_t n)
{
	__real_crypto_open(c, v, n);
	fail_some(v, n, 4);
}

/* --- SAs --- */

static const struct form *
form_of(const char *name)
{
	const struct form	*f = rig_forms;

	while (strcmp(f->name, name) != 0)
		f++;
	return f;
}

static struct a6
far6(uint8_t last)
{
	return (struct a6){ UINT64_C(0x20010db8) << 32, last };
}

/* The i-th of the SAs: kinds are dealt so that all are there. */
static struct sa_params
params(unsigned i, enum sa_dir dir)
{
	static const char	*const names[SAS] = {
		"aes128+sha1", "gcm128", "aes256+sha512", "gcm256", "null+md5", "aes128+sha256", "3des+sha1", "gmac128", "ah-sha1",
		"ah-sha256", "aes192+sha384", "gcm128", "aes128+sha1", "gcm192",
	};
	struct sa_params	 p = rig_params(form_of(names[i]), dir, i == 4 || i == 5 || i == 9);

	p.spi = (i == 10 || i == 11 ? FAILING : RIG_SPI) + i;
	p.esn = i == 2 || i == 3 || i == 9;
	p.replay_window = i == 5 ? 1024 : i == 6 ? 0 : 64;
	p.udp_port = i == 0 || i == 5 ? PEER : 0;
	p.df_copy = i == 1;
	p.hard_bytes = i == 1 || i == 11 || i == 12 ? 9000 : 0;
	p.soft_bytes = i == 0 || i == 1 ? 5000 : 0;
	if (i == 7)
		p.sel_dport = 53, p.sel_proto = PROTO_UDP;
	if (i == 12 || i == 13)
		p.src = addr_v6(far6(1)), p.dst = addr_v6(far6(2));
	if (i == 3 || i == 13)
		p.inner6 = true;
	return p;
}

static void
sas_add(struct rig *r, enum sa_dir dir, bool limits, uint32_t *handle)
{
	struct sa_params	p;
	unsigned		i;

	dp_udp_open(r->dp, NATT_PORT);
	for (i = 0; i < SAS; i++) {
		p = params(i, dir);
		if (!limits)
			p.hard_bytes = 0;
		handle[i] = rig_sa(r, &p);
		if (i == 2 || i == 9)		/* numbers soon turn, or end */
			rig_run(r, handle[i])->seq.last = UINT32_MAX - 20;
		if (i == 0 && dir == SA_OUT)
			rig_run(r, handle[i])->seq.last = UINT32_MAX - 25;
	}
}

/* --- Packets in the clear --- */

static size_t
size_draw(struct chance *c)
{
	static const unsigned	most[] = { 8, 100, 600, 1480, 1480, 9000 };

	return chance_below(c, most[chance_below(c, 6)] + 1);
}

static size_t
plain4(struct chance *c, uint8_t *ip)
{
	size_t	len = rig_plain(ip, size_draw(c));

	ip[IP4_TOS] = (uint8_t)chance_below(c, 256);
	put16(ip + IP4_FRAG, chance_below(c, 8) == 0 ? 0x2001 : chance_below(c, 2) * IP4_DF);
	if (len >= IP4_LEN + 4)
		put16(ip + IP4_LEN + 2, 53 + chance_below(c, 5) / 4);
	ip4_seal(ip, IP4_LEN);
	return len;
}

static size_t
plain6(struct chance *c, uint8_t *ip)
{
	size_t	n = size_draw(c);

	memset(ip, 0, IP6_LEN);
	chance_bytes(c, ip + IP6_LEN, n);
	put32(ip, UINT32_C(6) << 28 | chance_below(c, 256) << 20);
	put16(ip + IP6_PAYLOAD, (unsigned)n);
	ip[IP6_NEXT] = 253;
	ip[IP6_HOPS] = 64;
	a6_put(ip + IP6_SRC, far6(8));
	a6_put(ip + IP6_DST, far6(9));
	return IP6_LEN + n;
}

static void
put(struct stream *s, unsigned sa, const uint8_t *bytes, size_t len)
{
	struct one	*o = &s->v[s->n++];

	*o = (struct one){ .bytes = xmalloc(len + 1), .len = len, .sa = sa };
	memcpy(o->bytes, bytes, len);
	o->nest = chance_below(s->c, 50) == 0 ? DP_NEST_MAX : 0;
}

static void
stream_free(struct stream *s)
{
	size_t	i;

	for (i = 0; i < s->n; i++)
		free(s->v[i].bytes);
	chance_free(s->c);
	free(s);
}

static struct stream *
stream_out(uint64_t seed)
{
	struct stream	*s = xcalloc(1, sizeof(*s));
	uint8_t		 ip[BIG];
	unsigned	 sa;
	bool		 v6;

	s->c = chance_new_seeded(seed);
	while (s->n < PACKETS) {
		sa = chance_below(s->c, 30) == 0 ? SAS : chance_below(s->c, SAS);
		v6 = chance_below(s->c, 20) == 0 ? chance_below(s->c, 2) : sa == 3 || sa == 13;
		put(s, sa, ip, v6 ? plain6(s->c, ip) : plain4(s->c, ip));
	}
	return s;
}

/* --- Protected packets --- */

struct sender {
	struct stream	*s;
	unsigned	 sa;
};

/* Sent to the peer's port in the clear's place; it is to come to ours. */
static void
on_sealed(void *arg, const struct pkt *p)
{
	struct sender	*t = arg;
	struct one	*o;

	put(t->s, t->sa, p->data, p->len);
	o = &t->s->v[t->s->n - 1];
	if (!p->v6 && p->proto == PROTO_UDP) {
		put16(o->bytes + p->ihl, PEER + (chance_below(t->s->c, 9) == 0));
		put16(o->bytes + p->ihl + 2, NATT_PORT);
	}
}

/* A text that is sealed rightly and makes no sense, with a number near the SA's own. */
static void
nonsense(struct rig *g, uint32_t handle, struct stream *s, unsigned sa)
{
	struct sa		*run = rig_run(g, handle);
	struct crypto_job	 j = { .k = run->crypt };
	uint8_t			 ip[1000];
	size_t			 n = (1 + chance_below(s->c, 5)) * 16, len;

	rig_plain(ip, 900);
	ip[IP4_PROTO] = PROTO_ESP;
	j.esp = ip + IP4_LEN;
	j.seq = run->seq.last + chance_below(s->c, 200);
	j.ntext = (uint32_t)n;
	put32(j.esp, run->spi);
	put32(j.esp + 4, (uint32_t)j.seq);
	chance_bytes(s->c, j.esp + run->head, n);
	j.esp[run->head + n - 2] = (uint8_t)chance_below(s->c, 3);
	j.esp[run->head + n - 1] = chance_below(s->c, 2) ? PROTO_NONE : PROTO_IPIP;
	__real_crypto_seal(&g->dp->sad->crypto, &j, 1);
	len = IP4_LEN + run->head + n + run->size.icv;
	put16(ip + IP4_TOTAL, (unsigned)len);
	ip4_seal(ip, IP4_LEN);
	put(s, sa, ip, len);
}

/* A copy of an earlier one, as it was or spoilt. */
static void
again(struct stream *s)
{
	const struct one	*was = &s->v[s->n - 1 - chance_below(s->c, s->n < 90 ? (uint32_t)s->n : 90)];
	unsigned		 how = chance_below(s->c, 4);
	size_t			 len = was->len, head = was->bytes[0] >> 4 == 6 ? IP6_LEN : IP4_LEN;
	struct one		*o;

	if (how == 1 && len > head)
		len -= chance_below(s->c, (uint32_t)(len - head));
	put(s, was->sa, was->bytes, len);
	o = &s->v[s->n - 1];
	if (how > 1 && len > head)
		o->bytes[head + chance_below(s->c, (uint32_t)(len - head))] ^= 0x40;
	if (how == 3 && len > head)
		o->bytes[len - 1] ^= 1;
}

static void
mix(struct stream *s)
{
	struct one	t;
	size_t		i, k;

	for (i = 0; i + 40 < s->n; i++)
		if (chance_below(s->c, 3) == 0) {
			k = i + chance_below(s->c, 40);
			t = s->v[i];
			s->v[i] = s->v[k];
			s->v[k] = t;
		}
}

static struct stream *
stream_in(uint64_t seed)
{
	struct rig	*g = rig_new(seed);
	struct stream	*s = xcalloc(1, sizeof(*s));
	struct sender	 t = { .s = s };
	uint32_t	 handle[SAS];
	uint8_t		 ip[BIG];

	s->c = chance_new_seeded(seed);
	sas_add(g, SA_OUT, false, handle);
	g->each = on_sealed;
	g->each_arg = &t;
	while (s->n < PACKETS - 1) {
		t.sa = chance_below(s->c, SAS);
		if (s->n > 10 && chance_below(s->c, 4) == 0)
			again(s);
		else if (t.sa < 4 && chance_below(s->c, 6) == 0)
			nonsense(g, handle[t.sa], s, t.sa);
		else
			rig_out(g, handle[t.sa], ip, t.sa == 3 || t.sa == 13 ? plain6(s->c, ip) : plain4(s->c, ip));
	}
	mix(s);
	rig_free(g);
	return s;
}

/* --- The same stream by vectors of different lengths --- */

static void
on_out(void *arg, const struct pkt *p)
{
	struct seen	*seen = arg;
	unsigned	 i = 0;
	uint32_t	 k;

	while (i < SAS && seen->handle[i] != p->sa)
		i++;
	seen->n[i]++;
	for (k = 0; k < p->len; k++)
		seen->sum[i] = (seen->sum[i] ^ p->data[k]) * UINT64_C(0x100000001b3);
	seen->sum[i] += p->len + p->flags * 3u + p->nest * 5u + p->in_if;
}

static struct pkt *
pkt_of(struct rig *r, const struct seen *seen, const struct one *o, bool in)
{
	struct pkt	*p = pkt_new(r->dp, o->len);

	memcpy(p->data, o->bytes, o->len);
	p->nest = o->nest;
	if (!in)
		p->sa = o->sa < SAS ? seen->handle[o->sa] : 0x7fffffff;
	if (o->bytes[0] >> 4 == 6) {
		p->v6 = true;
		ip6_parse(p);
		return p;
	}
	pkt_parse(p);
	return in && p->proto == PROTO_UDP ? natt_input(r->dp, p) : p;
}

static void
run(struct rig *r, struct seen *seen, const struct stream *s, struct chance *c, bool in)
{
	struct pkt	*v[300], *p;
	size_t		 at = 0, n, m;

	while (at < s->n) {
		n = c != NULL ? 1 + chance_below(c, 300) : 1;
		for (m = 0; m < n && at < s->n; at++)
			if ((p = pkt_of(r, seen, &s->v[at], in)) != NULL && (!in || p->proto != PROTO_UDP))
				v[m++] = p;
			else if (p != NULL)
				pkt_free(r->dp, p);
		dp_enter(r->dp);
		(in ? esp_in_batch : esp_out_batch)(r->dp, v, m, clock_now(r->clock));
		dp_leave(r->dp);
	}
}

static void
same_sa(const struct rig *a, const struct rig *b, uint32_t handle, unsigned i)
{
	struct sa_info	x = rig_info(a, handle), y = rig_info(b, handle);

#define SAME(field) ck_assert_msg(x.field == y.field, "SA %u: " #field " %llu, %llu", i, (unsigned long long)x.field, (unsigned long long)y.field)
	SAME(packets);
	SAME(bytes);
	SAME(seq);
	SAME(last_used_ns);
	SAME(auth_failed);
	SAME(replayed);
	SAME(bad_len);
	SAME(bad_selector);
	SAME(bad_proto);
	SAME(seq_overflow);
	SAME(expired);
	SAME(rollover);
	SAME(internal_err);
	SAME(encaps_failed);
	SAME(dead);
	SAME(p.udp_port);
	SAME(p.src.v4);
#undef SAME
	ck_assert_uint_eq(rig_run(a, handle)->seq.ahead, 0);
	ck_assert_uint_eq(rig_run(b, handle)->seq.ahead, 0);
}

static void
same(const struct rig *a, const struct rig *b, const struct seen *x, const struct seen *y)
{
	unsigned	i;

	for (i = 0; i < DPC__COUNT; i++) {
		ck_assert_msg(a->dp->count[i] == b->dp->count[i], "%s: %llu, %llu", dp_counter_name((enum dp_counter)i),
		    (unsigned long long)a->dp->count[i], (unsigned long long)b->dp->count[i]);
		ck_assert_uint_eq(a->dp->octets[i], b->dp->octets[i]);
	}
	for (i = 0; i < SAS; i++)
		same_sa(a, b, x->handle[i], i);
	for (i = 0; i < SA_EVENT_MOVED; i++)
		ck_assert_uint_eq(a->events[i], b->events[i]);
	for (i = 0; i <= SAS; i++) {
		ck_assert_uint_eq(x->n[i], y->n[i]);
		ck_assert_msg(x->sum[i] == y->sum[i], "SA %u: other packets", i);
	}
	ck_assert_uint_eq(a->invalid, b->invalid);
}

static struct rig *
ran(const struct stream *s, struct seen *seen, uint64_t vectors, bool in)
{
	struct rig	*r = rig_new(77);
	struct chance	*c = vectors != 0 ? chance_new_seeded(vectors) : NULL;

	*seen = (struct seen){ .n = { 0 } };
	sas_add(r, in ? SA_IN : SA_OUT, true, seen->handle);
	r->each = on_out;
	r->each_arg = seen;
	run(r, seen, s, c, in);
	chance_free(c);
	return r;
}

static void
compare(struct stream *s, uint64_t seed, bool in)
{
	struct seen	 x, y;
	struct rig	*a = ran(s, &x, 0, in), *b = ran(s, &y, seed, in);
	unsigned	 i, passed = 0;

	same(a, b, &x, &y);
	for (i = 0; i < SAS; i++)
		passed += x.n[i] > 0;
	ck_assert_uint_ge(passed, SAS - 1);
	ck_assert_uint_gt(a->events[SA_EVENT_HARD_BYTES], 0);
	ck_assert_uint_gt(rig_info(a, x.handle[11]).internal_err, 0);
	rig_free(a);
	rig_free(b);
	stream_free(s);
}

START_TEST(outward)
{
	compare(stream_out((uint64_t)_i + 1), (uint64_t)_i + 100, false);
}
END_TEST

START_TEST(inward)
{
	compare(stream_in((uint64_t)_i + 1), (uint64_t)_i + 100, true);
}
END_TEST

/* Two copies in one vector: the first passes, the second is a replay; an older number behind a newer that closed the window on it too. */
START_TEST(twice)
{
	struct rig		*a = rig_new(1), *b = rig_new(2);
	struct sa_params	 p = rig_params(form_of("gcm128"), SA_OUT, false);
	uint32_t		 out = rig_sa(a, &p), in;
	struct rig_pkt		 old, new;
	struct pkt		*v[4];
	uint8_t			 ip[128];
	size_t			 n = rig_plain(ip, 40), i;

	p.dir = SA_IN;
	in = rig_sa(b, &p);
	rig_out(a, out, ip, n);
	old = a->got;
	rig_run(a, out)->seq.last = 500;
	rig_out(a, out, ip, n);
	new = a->got;
	for (i = 0; i < 4; i++) {
		v[i] = pkt_new(b->dp, new.len);
		memcpy(v[i]->data, i < 3 ? new.bytes : old.bytes, new.len);
		pkt_parse(v[i]);
	}
	dp_enter(b->dp);
	esp_in_batch(b->dp, v, 4, clock_now(b->clock));
	dp_leave(b->dp);
	ck_assert_uint_eq(b->ngot, 1);
	ck_assert_uint_eq(rig_info(b, in).packets, 1);
	ck_assert_uint_eq(rig_info(b, in).replayed, 3);
	ck_assert_uint_eq(dp_count(b->dp, DPC_in_replay), 3);
	ck_assert_uint_eq(b->nfault, 1);
	rig_free(a);
	rig_free(b);
}
END_TEST

void
esp_burst_tests(TCase *tc)
{
	tcase_add_loop_test(tc, outward, 0, 6);
	tcase_add_loop_test(tc, inward, 0, 6);
	tcase_add_test(tc, twice);
}
