/* The window, alone and against a plain model of it; extended numbers about the turn of the low half. */

#include <string.h>

#include "lib/chance.h"
#include "testsuite/unit/esp_test.h"

#define SPAN	8192

static void
window_init(struct replay *w, uint64_t *bits, unsigned n)
{
	memset(bits, 0, REPLAY_WORDS * sizeof(*bits));
	*w = (struct replay){ .bits = bits, .window = (uint16_t)n, .mask = (uint16_t)(replay_words(n) - 1) };
}

/* RFC 4303, 3.4.3 said in the plainest way. */
static bool
model_ok(const bool *seen, uint64_t base, uint64_t last, unsigned window, uint64_t seq)
{
	if (seq == 0 || (seq <= last && last - seq >= window))
		return false;
	return !seen[seq - base];
}

static void
against_model(unsigned window, uint64_t base)
{
	static bool	 seen[SPAN];
	uint64_t	 bits[REPLAY_WORDS], seq;
	struct replay	 w;
	struct chance	*c = chance_new_seeded(window);
	bool		 ok;
	int		 i;

	window_init(&w, bits, window);
	memset(seen, 0, sizeof(seen));
	w.last = base;
	seen[0] = true;
	bits[base / 64 & w.mask] |= UINT64_C(1) << base % 64;
	for (i = 0; i < 60000; i++) {
		seq = w.last + 3 * window / 2 < base + SPAN ?
		    w.last + chance_below(c, window * 5 / 2) - window : base + chance_below(c, SPAN);
		if (seq < base || seq - base >= SPAN)
			continue;
		ok = model_ok(seen, base, w.last, window, seq);
		if (replay_ok(&w, seq) != ok)
			ck_abort_msg("window %u seq %llu last %llu", window, (unsigned long long)seq,
			    (unsigned long long)w.last);
		if (ok) {
			replay_set(&w, seq);
			seen[seq - base] = true;
		}
	}
	ck_assert_uint_gt(w.last, base + SPAN / 2);
	chance_free(c);
}

START_TEST(model)
{
	static const unsigned	sizes[] = { 32, 64, 128, 256, 512, 1000, 1024 };

	against_model(sizes[_i], 0);
	against_model(sizes[_i], 12345);
	against_model(sizes[_i], UINT32_MAX - SPAN / 2);
	against_model(sizes[_i], UINT64_MAX - SPAN - 1);
}
END_TEST

START_TEST(edges)
{
	uint64_t	bits[REPLAY_WORDS];
	struct replay	w;

	window_init(&w, bits, 64);
	ck_assert(!replay_ok(&w, 0));
	ck_assert(replay_ok(&w, 1));
	replay_set(&w, 100);
	ck_assert(!replay_ok(&w, 100));
	ck_assert(replay_ok(&w, 37));
	ck_assert(!replay_ok(&w, 36));
	replay_set(&w, 37);
	ck_assert(!replay_ok(&w, 37));
	replay_set(&w, 100000);		/* a jump past the whole ring */
	ck_assert(replay_ok(&w, 99999));
	ck_assert(replay_ok(&w, 100000 - 63));
	ck_assert(!replay_ok(&w, 100000 - 64));
	window_init(&w, bits, 0);
	ck_assert(replay_ok(&w, 0));
	replay_set(&w, 7);
	ck_assert(replay_ok(&w, 7));
	ck_assert(replay_ok(&w, 1));
}
END_TEST

/* RFC 4303, A2.2: what is within reach of the window is told; nothing lies before the first number. */
START_TEST(extended)
{
	static const unsigned	sizes[] = { 64, 128, 1024 };
	static const uint64_t	lasts[] = {
		10, 63, 64, 5000, 0xfffffff0, 0xffffffff, 0x100000000, 0x100000005, 0x1ffffff00, 0xabc00000010,
	};
	uint64_t		bits[REPLAY_WORDS], seq;
	struct replay		w;
	size_t			i;
	int64_t			d;

	window_init(&w, bits, sizes[_i]);
	for (i = 0; i < sizeof(lasts) / sizeof(lasts[0]); i++)
		for (d = -(int64_t)sizes[_i] + 1; d < 70000; d += d < 2000 ? 1 : 997) {
			w.last = lasts[i];
			if (d <= -(int64_t)w.last)
				continue;
			must(replay_full(&w, true, (uint32_t)(w.last + (uint64_t)d), &seq));
			must(seq == w.last + (uint64_t)d);
		}
	w.last = 5;
	ck_assert(!replay_full(&w, true, 0xfffffffe, &seq));	/* would be before the first */
	w.last = UINT64_MAX;
	ck_assert(!replay_full(&w, true, 3, &seq));		/* would be past the last */
	ck_assert(replay_full(&w, false, 3, &seq));
	ck_assert_uint_eq(seq, 3);
}
END_TEST

/* The whole way: both ends cross the turn, out of order, with and without a window. */
static void
crossing(const struct form *f, unsigned window, bool transport)
{
	static struct rig_pkt	 sent[40];
	struct rig		*a = rig_new(1), *b = rig_new(2);
	struct sa_params	 p = rig_params(f, SA_OUT, transport), q = rig_params(f, SA_IN, transport);
	uint8_t			 ip[128];
	size_t			 n = rig_plain(ip, 40), i;
	uint32_t		 out, in;

	p.esn = q.esn = true;
	q.replay_window = window;
	out = rig_sa(a, &p);
	in = rig_sa(b, &q);
	rig_run(a, out)->seq.last = UINT32_MAX - 20;
	rig_run(b, in)->seq.last = UINT32_MAX - 20;
	for (i = 0; i < 40; i++) {
		ck_assert_ptr_nonnull(rig_out(a, out, ip, n));
		sent[i] = a->got;
	}
	ck_assert_uint_eq(rig_info(a, out).seq, (uint64_t)UINT32_MAX + 20);
	for (i = 0; i < 40; i++)	/* 1 0 3 2 ... */
		ck_assert_msg(rig_in(b, sent[i ^ 1].bytes, sent[i ^ 1].len) != NULL, "%s window %u packet %zu",
		    f->name, window, i);
	ck_assert_uint_eq(rig_info(b, in).seq, (uint64_t)UINT32_MAX + 20);
	ck_assert_uint_eq(rig_info(b, in).rollover, 1);
	ck_assert_uint_eq(rig_info(b, in).packets, 40);
	if (window != 0) {
		for (i = 0; i < 40; i++)
			ck_assert_ptr_null(rig_in(b, sent[i].bytes, sent[i].len));
		ck_assert_uint_eq(rig_info(b, in).replayed, 40);
	}
	rig_free(a);
	rig_free(b);
}

START_TEST(esn_crossing)
{
	static const unsigned	sizes[] = { 0, 64, 128, 256, 512, 1024 };
	const struct form	*f;

	for (f = rig_forms; f->name != NULL; f++)
		crossing(f, sizes[_i], (f - rig_forms) % 2 == 0);
}
END_TEST

/* A forged packet moves nothing; a replayed one is counted and told of. */
START_TEST(order)
{
	struct rig		*a = rig_new(1), *b = rig_new(2);
	struct sa_params	 p = rig_params(&rig_forms[16], SA_OUT, false);
	struct rig_pkt		 one;
	uint8_t			 ip[128];
	size_t			 n = rig_plain(ip, 40);
	uint32_t		 out = rig_sa(a, &p), in;

	p.dir = SA_IN;
	in = rig_sa(b, &p);
	rig_out(a, out, ip, n);
	one = a->got;
	one.bytes[24] = 0x70;		/* a far number */
	ck_assert_ptr_null(rig_in(b, one.bytes, one.len));
	ck_assert_uint_eq(rig_info(b, in).seq, 0);
	ck_assert_uint_eq(rig_info(b, in).auth_failed, 1);
	ck_assert_uint_eq(dp_count(b->dp, DPC_in_auth), 1);
	ck_assert_int_eq(b->fault.kind, DP_FAULT_AUTH);
	ck_assert_uint_eq(b->fault.cookie, 77);
	one.bytes[24] = 0;
	ck_assert_ptr_nonnull(rig_in(b, one.bytes, one.len));
	ck_assert_ptr_null(rig_in(b, one.bytes, one.len));
	ck_assert_uint_eq(rig_info(b, in).replayed, 1);
	ck_assert_uint_eq(dp_count(b->dp, DPC_in_replay), 1);
	ck_assert_int_eq(b->fault.kind, DP_FAULT_REPLAY);
	ck_assert_uint_eq(b->nfault, 2);
	rig_free(a);
	rig_free(b);
}
END_TEST

void
esp_replay_tests(TCase *tc)
{
	tcase_add_test(tc, edges);
	tcase_add_loop_test(tc, model, 0, 7);
	tcase_add_loop_test(tc, extended, 0, 3);
	tcase_add_loop_test(tc, esn_crossing, 0, 6);
	tcase_add_test(tc, order);
}
