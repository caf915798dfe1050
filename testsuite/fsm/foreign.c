/* What boxes of others do differently: payloads that we don't know, the Commit bit, other forms of the same thing. */

#include <string.h>

#include "ike/v1/v1.h"
#include "testsuite/fsm/fsm_test.h"

/* A payload of a type that nobody here knows, at the end of a message in the clear: left out, counted, no harm. */
START_TEST(unknown_payload)
{
	static const uint8_t unknown[] = { PL_NONE, 0, 0, 12, 1, 2, 3, 4, 5, 6, 7, 8 };
	struct play *t = play_new(1);
	struct play_msg *m;
	uint8_t *at, *last = NULL;
	int k;

	t_request(t, R1);
	for (k = 0; k < 4; k++) {
		m = &t->end[k % 2].out[0];
		for (at = m->p + IKE_HDR_LEN; at < m->p + m->n; at += at[2] << 8 | at[3])
			last = at;
		ck_assert_ptr_nonnull(last);
		*last = (uint8_t)(_i == 0 ? 15 : 200);
		memcpy(m->p + m->n, unknown, sizeof(unknown));
		m->n += sizeof(unknown);
		m->p[26] = (uint8_t)(m->n >> 8);
		m->p[27] = (uint8_t)m->n;
		t_pass(t, k % 2);
	}
	t_flow(t);
	t_pay(t);
	ck_assert_uint_eq(ike_count(t->end[R2].ike, IKEC_UNKNOWN_PAYLOAD), 2);
	ck_assert_uint_eq(ike_count(t->end[R1].ike, IKEC_UNKNOWN_PAYLOAD), 2);
	play_free(t);
}
END_TEST

/* R2's answer has the Commit bit set; R1 has sent its third message and waits. */
static struct play *
committed(uint64_t seed)
{
	struct play *t = play_new(seed);
	int k;

	t_request(t, R1);
	for (k = 0; k < 7; k++)
		ck_assert(t_pass(t, k % 2));
	t->end[R2].out[0].p[19] |= ISAKMP_FLAG_C;
	ck_assert(t_pass(t, R2));
	ck_assert_uint_eq(ike_count(t->end[R1].ike, IKEC_COMMIT), 1);
	ck_assert_uint_eq(t_sas(&t->end[R1]), 1);
	ck_assert(!t_sa(&t->end[R1])->enabled);
	return t;
}

static struct sa *
sa_of(struct play *t, int end)
{
	return TAILQ_FIRST(&t->end[end].ike->sas);
}

/* CONNECTED, protected: under an id of its own, under Quick Mode's with an IV of its own or Quick Mode's, or as a fourth message. */
static void
say_connected(struct play *t, int how)
{
	struct sa *sa = sa_of(t, R2);
	struct node *n = TAILQ_LAST(&sa->nodes, nodes);
	uint32_t spi = n->child.spi_in;
	uint8_t bytes[4] = { (uint8_t)(spi >> 24), (uint8_t)(spi >> 16), (uint8_t)(spi >> 8), (uint8_t)spi }, iv[16];
	struct out o;
	size_t hash_at;

	if (how == 0) {
		info_notify(sa, PROTO_ESP, NOTIFY_CONNECTED, bytes, 4, NULL, 0, NULL, 0);
		return;
	}
	if (how == 1)
		v1_iv2(sa, n->msgid, iv);
	else
		memcpy(iv, n->iv, sizeof(iv));
	v1_open(sa, &o, how == 3 ? EXCH_QUICK : EXCH_INFO, n->msgid, &hash_at);
	out_notify(&o, PROTO_ESP, NOTIFY_CONNECTED, NULL, 0, NULL, 0);
	v1_seal(sa, NULL, &o, iv, n->msgid, (struct iov){ NULL, 0 }, hash_at);
}

START_TEST(commit)
{
	struct play *t = committed(2);

	ck_assert(t_pass(t, R1));
	say_connected(t, _i);
	ck_assert(t_pass(t, R2));
	ck_assert_uint_eq(t->end[R1].nout, 0);
	t_pay(t);
	t_wait(t, 30 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R1].nout, 0);
	ck_assert_uint_eq(t->end[R1].fails, 0);
	play_free(t);
}
END_TEST

/* The third message is lost: it is sent again until the peer says that it has it; in the clear that counts for nothing. */
START_TEST(commit_lost)
{
	struct play *t = committed(3);

	t_drop(t, R1);
	info_notify_clear(sa_of(t, R2), NOTIFY_CONNECTED);
	t_pass(t, R2);
	ck_assert(!t_sa(&t->end[R1])->enabled);
	t_wait(t, 10 * NSEC_SEC);
	ck_assert(t_pass(t, R1));
	say_connected(t, 0);
	t_flow(t);
	t_pay(t);
	play_free(t);
}
END_TEST

/* The peer never says it. */
START_TEST(commit_forgotten)
{
	struct play *t = committed(4);

	t_live(t, 59 * NSEC_SEC);
	ck_assert(!t_sa(&t->end[R1])->enabled);
	t_live(t, 2 * NSEC_SEC);
	t_pay(t);
	ck_assert_uint_eq(t->end[R1].fails, 0);
	play_free(t);
}
END_TEST

/* A peer asks for a user, or sends an address, where nothing of the kind is configured: it gets no answer, and everything else goes on. */
START_TEST(uninvited)
{
	static const uint8_t address[] = { 10, 1, 1, 5 };
	struct play *t = play_new(5);
	struct sa *sa;
	struct node *n;
	struct out o;
	size_t hash_at;

	t_up(t);
	sa = sa_of(t, R1);
	n = cfg_begin(sa);
	cfg_open(sa, n, &o, _i == 0 ? CFG_REQUEST : CFG_SET, 1, &hash_at);
	if (_i == 0) {
		out_cfg_bytes(&o, CFG_A_XAUTH_USER, NULL, 0);
		out_cfg_bytes(&o, CFG_A_XAUTH_PASSWORD, NULL, 0);
	} else
		out_cfg_bytes(&o, CFG_A_ADDRESS, address, sizeof(address));
	cfg_send(sa, n, &o, hash_at, false);
	ck_assert(t_pass(t, R1));
	ck_assert_uint_eq(t->end[R2].nout, 0);
	ck_assert_uint_eq(t->end[R2].asks + t->end[R2].takes, 0);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	ck_assert_uint_eq(t_sas(&t->end[R2]), 1);
	node_free(n);
	t_request(t, R2);
	t_flow(t);
	ck_assert_uint_eq(t_sas(&t->end[R2]), 2);
	play_free(t);
}
END_TEST

/* The responder refuses the fifth message, encrypted: some count that message in the IV of what they say of it, some don't. */
START_TEST(refusal)
{
	struct play *t = play_new(6);
	struct sa *sa;
	uint8_t first[16], moved[16];
	int k;

	t_request(t, R1);
	for (k = 0; k < 4; k++)
		ck_assert(t_pass(t, k % 2));
	sa = sa_of(t, R2);
	memcpy(first, sa->iv, sizeof(first));
	memcpy(moved, t->end[R1].out[0].p + t->end[R1].out[0].n - 16, sizeof(moved));
	t_drop(t, R1);
	memcpy(sa->iv, _i == 0 ? first : moved, sizeof(sa->iv));
	info_notify(sa, PROTO_ISAKMP, NOTIFY_INVALID_ID_INFORMATION, NULL, 0, NULL, 0, NULL, 0);
	ck_assert(t_pass(t, R2));
	ck_assert_uint_eq(t->end[R1].fails, 1);
	ck_assert_int_eq(t->end[R1].last_fail, IKE_FAIL_AUTH);
	ck_assert(t_said(&t->end[R1], "peer 11.11.11.11 refuses our authentication: INVALID_ID_INFO\n"));
	play_free(t);
}
END_TEST

/* Nobody else can say so: not in the clear, and not under other keys. */
START_TEST(refusal_forged)
{
	struct play *t = play_new(7);
	struct sa *sa;
	int k;

	t_request(t, R1);
	for (k = 0; k < 4; k++)
		ck_assert(t_pass(t, k % 2));
	sa = sa_of(t, R2);
	info_notify_clear(sa, NOTIFY_AUTHENTICATION_FAILED);
	ck_assert(t_pass(t, R2));
	sa->keys.a[0] ^= 1;
	info_notify(sa, PROTO_ISAKMP, NOTIFY_AUTHENTICATION_FAILED, NULL, 0, NULL, 0, NULL, 0);
	sa->keys.a[0] ^= 1;
	ck_assert(t_pass(t, R2));
	ck_assert_uint_eq(t->end[R1].fails, 0);
	t_flow(t);
	t_pay(t);
	play_free(t);
}
END_TEST

void
fsm_foreign_tests(TCase *tc)
{
	tcase_add_loop_test(tc, refusal, 0, 2);
	tcase_add_test(tc, refusal_forged);
	tcase_add_loop_test(tc, uninvited, 0, 2);
	tcase_add_loop_test(tc, commit, 0, 4);
	tcase_add_test(tc, commit_lost);
	tcase_add_test(tc, commit_forgotten);
	tcase_add_loop_test(tc, unknown_payload, 0, 2);
}
