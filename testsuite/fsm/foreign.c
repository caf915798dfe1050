/* What boxes of others do differently: payloads that we don't know, the Commit bit, other forms of the same thing. */

#include <string.h>

#include "ike/wire/wire.h"
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

void
fsm_foreign_tests(TCase *tc)
{
	tcase_add_loop_test(tc, unknown_payload, 0, 2);
}
