/* Messages in pieces: sent and put together, lost, out of order, twice; and what strangers make of it. */

#include <string.h>

#include "ike/wire/wire.h"
#include "testsuite/fsm/fsm_test.h"

/* Long certificates, and both take fragments. */
static struct play *
long_ones(uint64_t seed, bool aggressive)
{
	struct play *t = play_new(seed);

	play_signatures(t, 900);
	t->end[R1].cfg.aggressive = aggressive;
	t->end[R1].set.fragmentation = t->end[R2].set.fragmentation = true;
	play_set(t);
	return t;
}

static uint64_t
count(struct play *t, int end, enum ike_counter c)
{
	return ike_count(t->end[end].ike, c);
}

START_TEST(in_pieces)
{
	struct play *t = long_ones(1, _i);

	t_up(t);
	ck_assert_uint_ge(count(t, R1, IKEC_FRAGMENT_OUT), 2);
	ck_assert_uint_eq(count(t, R1, IKEC_FRAGMENT_OUT), count(t, R2, IKEC_FRAGMENT_IN));
	ck_assert_uint_eq(count(t, R2, IKEC_REASSEMBLED), 1);
	ck_assert_uint_eq(count(t, R1, IKEC_REASSEMBLED), 1);
	ck_assert_uint_eq(count(t, R1, IKEC_FRAGMENT) + count(t, R2, IKEC_FRAGMENT), 0);
	ck_assert(t_said(&t->end[R2], "ISAKMP:(0): processing IKE frag vendor id payload\nISAKMP:(0):Support for IKE Fragmentation enabled\n"));
	play_free(t);
}
END_TEST

/* Only one end, or neither, knows of it: whole. */
START_TEST(whole)
{
	struct play *t = long_ones(2, _i / 3);

	t->end[R1].set.fragmentation = _i % 3 == 1;
	t->end[R2].set.fragmentation = _i % 3 == 2;
	play_set(t);
	t_up(t);
	ck_assert_uint_eq(count(t, R1, IKEC_FRAGMENT_OUT) + count(t, R2, IKEC_FRAGMENT_OUT), 0);
	if (_i == 1)
		ck_assert(t_said(&t->end[R2], "Support for IKE Fragmentation not enabled\n"));
	play_free(t);
}
END_TEST

/* R1 has three pieces of its fifth message out. */
static void
until_pieces(struct play *t)
{
	t->end[R1].chain = 2;
	t_request(t, R1);
	ck_assert(t_pass(t, R1) && t_pass(t, R2) && t_pass(t, R1) && t_pass(t, R2));
	ck_assert_uint_eq(t->end[R1].nout, 3);
}

START_TEST(piece_lost)
{
	struct play *t = long_ones(3, false);
	int k;

	until_pieces(t);
	for (k = 0; k < 3; k++)
		ck_assert(k == _i ? t_drop(t, R1) : t_pass(t, R1));
	ck_assert_uint_eq(t->end[R2].nout, 0);
	t_live(t, 20 * NSEC_SEC);
	t_pay(t);
	play_free(t);
}
END_TEST

START_TEST(any_order)
{
	static const uint8_t orders[][3] = { { 0, 2, 1 }, { 1, 0, 2 }, { 2, 1, 0 }, { 2, 0, 1 }, { 1, 2, 0 } };
	struct play *t = long_ones(4, false);
	struct play_msg m[3];
	int k;

	until_pieces(t);
	memcpy(m, t->end[R1].out, sizeof(m));
	t->end[R1].nout = 0;
	for (k = 0; k < 3; k++) {
		t_deliver(t, R2, m[orders[_i][k]].p, m[orders[_i][k]].n);
		if (k < 2)
			t_deliver(t, R2, m[orders[_i][k]].p, m[orders[_i][k]].n);
	}
	ck_assert_uint_eq(count(t, R2, IKEC_REASSEMBLED), 1);
	t_flow(t);
	t_pay(t);
	play_free(t);
}
END_TEST

/* All again, as one that waits for its answer sends them: the answer comes again. */
START_TEST(all_again)
{
	struct play *t = long_ones(5, false);
	struct play_msg m[3];
	size_t k, before;

	until_pieces(t);
	memcpy(m, t->end[R1].out, sizeof(m));
	t_flow(t);
	before = count(t, R2, IKEC_DUPLICATE);
	for (k = 0; k < 3; k++)
		t_deliver(t, R2, m[k].p, m[k].n);
	ck_assert_uint_eq(count(t, R2, IKEC_DUPLICATE), before + 1);
	ck_assert_uint_gt(t->end[R2].nout, 0);
	t_flow(t);
	t_pay(t);
	play_free(t);
}
END_TEST

static size_t
piece(const struct play_msg *like, uint8_t *out, uint16_t id, uint8_t number, bool last, size_t n)
{
	size_t all = IKE_HDR_LEN + FRAG_HDR_LEN + n;

	memcpy(out, like->p, IKE_HDR_LEN);
	memset(out + IKE_HDR_LEN, 0xa5, FRAG_HDR_LEN + n);
	out[16] = PL_FRAG;
	out[26] = (uint8_t)(all >> 8);
	out[27] = (uint8_t)all;
	out[28] = out[29] = 0;
	out[30] = (uint8_t)((n + FRAG_HDR_LEN) >> 8);
	out[31] = (uint8_t)(n + FRAG_HDR_LEN);
	out[32] = (uint8_t)(id >> 8);
	out[33] = (uint8_t)id;
	out[34] = number;
	out[35] = last;
	return all;
}

/* A flood from one who sees the cookies: one message is kept at most, and the good one gets through after it. */
START_TEST(flood)
{
	struct play *t = long_ones(6, false);
	struct play_msg m[3];
	uint8_t p[IKE_MSG_MAX];
	int k;

	until_pieces(t);
	memcpy(m, t->end[R1].out, sizeof(m));
	for (k = 0; k < 1000; k++)
		t_deliver(t, R2, p, piece(&m[0], p, (uint16_t)k, (uint8_t)(1 + k % 20), false, 100));
	ck_assert_uint_eq(count(t, R2, IKEC_FRAGMENT_LOST), 999);
	t_flow(t);
	t_pay(t);
	ck_assert_uint_eq(count(t, R2, IKEC_FRAGMENT_LOST), 1000);
	play_free(t);
}
END_TEST

START_TEST(too_much)
{
	struct play *t = long_ones(7, false);
	struct play_msg m;
	uint8_t p[IKE_MSG_MAX];
	uint8_t k;

	until_pieces(t);
	m = t->end[R1].out[0];
	/* Too many bytes; too many pieces; none; a piece after the last; two that are the last. */
	for (k = 1; k <= 9; k++)
		t_deliver(t, R2, p, piece(&m, p, 1, k, false, 1000));
	ck_assert_uint_eq(count(t, R2, IKEC_FRAGMENT), 1);
	t_deliver(t, R2, p, piece(&m, p, 2, 33, true, 8));
	ck_assert_uint_eq(count(t, R2, IKEC_FRAGMENT), 2);
	t_deliver(t, R2, p, piece(&m, p, 2, 0, true, 8));
	ck_assert_uint_eq(count(t, R2, IKEC_FRAGMENT), 3);
	t_deliver(t, R2, p, piece(&m, p, 3, 3, true, 8));
	t_deliver(t, R2, p, piece(&m, p, 3, 4, false, 8));
	ck_assert_uint_eq(count(t, R2, IKEC_FRAGMENT), 4);
	t_deliver(t, R2, p, piece(&m, p, 4, 3, true, 8));
	t_deliver(t, R2, p, piece(&m, p, 4, 2, true, 8));
	ck_assert_uint_eq(count(t, R2, IKEC_FRAGMENT), 5);
	t_deliver(t, R2, p, piece(&m, p, 6, 3, false, 8));
	t_deliver(t, R2, p, piece(&m, p, 6, 2, true, 8));
	ck_assert_uint_eq(count(t, R2, IKEC_FRAGMENT), 6);
	/* Whole, but no message. */
	t_deliver(t, R2, p, piece(&m, p, 5, 1, true, 64));
	ck_assert_uint_eq(count(t, R2, IKEC_FRAGMENT), 7);
	ck_assert_uint_eq(count(t, R2, IKEC_REASSEMBLED), 0);
	t_flow(t);
	t_pay(t);
	play_free(t);
}
END_TEST

/* A piece whose message is a piece again goes no deeper. */
START_TEST(nested)
{
	struct play *t = long_ones(8, false);
	uint8_t inner[256], p[512];
	struct play_msg m;
	size_t n, at;

	until_pieces(t);
	m = t->end[R1].out[0];
	n = piece(&m, inner, 1, 1, true, 64);
	at = piece(&m, p, 2, 1, true, n) - n;
	memcpy(p + at, inner, n);
	t_deliver(t, R2, p, at + n);
	ck_assert_uint_eq(count(t, R2, IKEC_REASSEMBLED), 0);
	ck_assert_uint_eq(count(t, R2, IKEC_FRAGMENT), 1);
	t_flow(t);
	t_pay(t);
	play_free(t);
}
END_TEST

/* What never becomes whole is forgotten; nothing is kept for one without an SA. */
START_TEST(forgotten)
{
	struct play *t = long_ones(9, false);
	struct play_msg m;

	until_pieces(t);
	m = t->end[R1].out[0];
	t_deliver(t, R2, m.p, m.n);
	t_wait(t, 15 * NSEC_SEC);
	ck_assert_uint_eq(count(t, R2, IKEC_FRAGMENT_LOST), 1);
	m.p[0] ^= 1;
	t_deliver(t, R2, m.p, m.n);
	ck_assert_uint_eq(count(t, R2, IKEC_FRAGMENT_IN), 1);
	m.p[0] ^= 1;
	t_deliver(t, R2, m.p, m.n);
	play_free(t);
}
END_TEST

/* Not configured: not taken. */
START_TEST(not_taken)
{
	struct play *t = long_ones(10, false);

	until_pieces(t);
	t->end[R2].set.fragmentation = false;
	play_set(t);
	t_flow(t);
	ck_assert_uint_eq(count(t, R2, IKEC_FRAGMENT), 3);
	ck_assert_uint_eq(count(t, R2, IKEC_REASSEMBLED), 0);
	play_free(t);
}
END_TEST

void
fsm_fragment_tests(TCase *tc)
{
	tcase_add_loop_test(tc, in_pieces, 0, 2);
	tcase_add_loop_test(tc, whole, 0, 6);
	tcase_add_loop_test(tc, piece_lost, 0, 3);
	tcase_add_loop_test(tc, any_order, 0, 5);
	tcase_add_test(tc, all_again);
	tcase_add_test(tc, flood);
	tcase_add_test(tc, too_much);
	tcase_add_test(tc, nested);
	tcase_add_test(tc, forgotten);
	tcase_add_test(tc, not_taken);
}
