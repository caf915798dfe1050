/* The end of SAs: by time, bytes, idleness and numbers; and SAs that go away while events are told. */

#include <string.h>

#include "datapath/wire.h"
#include "testsuite/unit/esp_test.h"

static void
run_to(struct rig *r, int64_t at)
{
	while (clock_step(r->clock, at))
		;
}

static struct sa_params
aes_sha(enum sa_dir dir)
{
	return rig_params(&rig_forms[16], dir, false);
}

START_TEST(by_time)
{
	struct rig		*r = rig_new(1);
	struct sa_params	 p = aes_sha(SA_OUT);
	int64_t			 start = clock_now(r->clock);
	uint8_t			 ip[64];
	size_t			 n = rig_plain(ip, 20);
	uint32_t		 sa;

	p.soft_ns = 10 * NSEC_SEC;
	p.hard_ns = 20 * NSEC_SEC;
	sa = rig_sa(r, &p);
	run_to(r, start + 10 * NSEC_SEC - 1);
	ck_assert_uint_eq(r->events[SA_EVENT_SOFT_TIME], 0);
	run_to(r, start + 10 * NSEC_SEC);
	ck_assert_uint_eq(r->events[SA_EVENT_SOFT_TIME], 1);
	ck_assert(sa_usable(r->dp, sa));
	ck_assert_ptr_nonnull(rig_out(r, sa, ip, n));
	run_to(r, start + 20 * NSEC_SEC);
	ck_assert_uint_eq(r->events[SA_EVENT_HARD_TIME], 1);
	ck_assert(!sa_usable(r->dp, sa));
	ck_assert(rig_info(r, sa).dead);
	ck_assert_ptr_null(rig_out(r, sa, ip, n));
	ck_assert_uint_eq(rig_info(r, sa).expired, 1);
	ck_assert_uint_eq(dp_count(r->dp, DPC_out_dead), 1);
	ck_assert_uint_eq(rig_info(r, sa).last_used_ns, start + 10 * NSEC_SEC);
	rig_free(r);
}
END_TEST

START_TEST(by_bytes)
{
	struct rig		*r = rig_new(1);
	struct sa_params	 p = aes_sha(SA_OUT);
	uint8_t			 ip[200];
	size_t			 n = rig_plain(ip, 80), i;	/* 100 bytes */
	uint32_t		 sa;

	p.soft_bytes = 1000;
	p.hard_bytes = 2000;
	sa = rig_sa(r, &p);
	for (i = 0; i < 9; i++)
		rig_out(r, sa, ip, n);
	ck_assert_uint_eq(r->events[SA_EVENT_FIRST_USE], 1);
	ck_assert_uint_eq(r->events[SA_EVENT_SOFT_BYTES], 0);
	dp_sa_clear_counters(r->dp, sa);	/* the lifetime goes on */
	ck_assert_uint_eq(rig_info(r, sa).bytes, 0);
	rig_out(r, sa, ip, n);
	ck_assert_uint_eq(r->events[SA_EVENT_SOFT_BYTES], 1);
	ck_assert_uint_eq(rig_info(r, sa).bytes, 100);
	for (i = 0; i < 9; i++)
		ck_assert_ptr_nonnull(rig_out(r, sa, ip, n));
	ck_assert_uint_eq(r->events[SA_EVENT_HARD_BYTES], 0);
	ck_assert_ptr_nonnull(rig_out(r, sa, ip, n));
	ck_assert_uint_eq(r->events[SA_EVENT_HARD_BYTES], 1);
	ck_assert_uint_eq(r->events[SA_EVENT_SOFT_BYTES], 1);
	for (i = 0; i < 5; i++)
		ck_assert_ptr_null(rig_out(r, sa, ip, n));
	ck_assert_uint_eq(r->events[SA_EVENT_HARD_BYTES], 1);
	ck_assert_uint_eq(r->events[SA_EVENT_FIRST_USE], 1);
	rig_free(r);
}
END_TEST

START_TEST(inbound_ends_too)
{
	struct rig		*a = rig_new(1), *b = rig_new(2);
	struct sa_params	 p = aes_sha(SA_OUT);
	uint8_t			 ip[200];
	size_t			 n = rig_plain(ip, 80);
	uint32_t		 out = rig_sa(a, &p), in;

	p.dir = SA_IN;
	p.hard_bytes = 150;
	in = rig_sa(b, &p);
	rig_out(a, out, ip, n);
	ck_assert_ptr_nonnull(rig_in(b, a->got.bytes, a->got.len));
	rig_out(a, out, ip, n);
	ck_assert_ptr_nonnull(rig_in(b, a->got.bytes, a->got.len));
	ck_assert_uint_eq(b->events[SA_EVENT_HARD_BYTES], 1);
	rig_out(a, out, ip, n);
	ck_assert_ptr_null(rig_in(b, a->got.bytes, a->got.len));
	ck_assert_uint_eq(dp_count(b->dp, DPC_in_dead), 1);
	ck_assert_uint_eq(rig_info(b, in).expired, 1);
	ck_assert_uint_eq(b->ninv, 0);		/* its SPI is still known */
	dp_sa_del(b->dp, in);
	ck_assert_ptr_null(rig_in(b, a->got.bytes, a->got.len));
	ck_assert_uint_eq(b->ninv, 1);
	rig_free(a);
	rig_free(b);
}
END_TEST

START_TEST(idle)
{
	struct rig		*r = rig_new(1);
	struct sa_params	 p = aes_sha(SA_OUT);
	int64_t			 start = clock_now(r->clock);
	uint8_t			 ip[64];
	size_t			 n = rig_plain(ip, 20);
	uint32_t		 sa;

	p.idle_ns = 60 * NSEC_SEC;
	sa = rig_sa(r, &p);
	run_to(r, start + 50 * NSEC_SEC);
	rig_out(r, sa, ip, n);
	run_to(r, start + 110 * NSEC_SEC - 1);
	ck_assert_uint_eq(r->events[SA_EVENT_IDLE], 0);
	run_to(r, start + 110 * NSEC_SEC);
	ck_assert_uint_eq(r->events[SA_EVENT_IDLE], 1);
	run_to(r, start + 500 * NSEC_SEC);
	ck_assert_uint_eq(r->events[SA_EVENT_IDLE], 1);	/* said once, until it is used again */
	rig_out(r, sa, ip, n);
	run_to(r, start + 700 * NSEC_SEC);
	ck_assert_uint_eq(r->events[SA_EVENT_IDLE], 2);
	rig_free(r);
}
END_TEST

static void
to_the_end(bool esn, uint64_t end)
{
	struct rig		*r = rig_new(1);
	struct sa_params	 p = aes_sha(SA_OUT);
	uint8_t			 ip[64];
	size_t			 n = rig_plain(ip, 20);
	uint32_t		 sa;

	p.esn = esn;
	sa = rig_sa(r, &p);
	rig_run(r, sa)->seq.last = end - end / 16 - 2;
	rig_out(r, sa, ip, n);
	ck_assert_uint_eq(r->events[SA_EVENT_SEQ_SOFT], 0);
	rig_out(r, sa, ip, n);
	rig_out(r, sa, ip, n);
	ck_assert_uint_eq(r->events[SA_EVENT_SEQ_SOFT], 1);
	rig_run(r, sa)->seq.last = end - 2;
	ck_assert_ptr_nonnull(rig_out(r, sa, ip, n));
	ck_assert_uint_eq(r->events[SA_EVENT_SEQ_END], 0);
	ck_assert_ptr_nonnull(rig_out(r, sa, ip, n));
	ck_assert_uint_eq(rig_info(r, sa).seq, end);
	ck_assert_uint_eq(r->events[SA_EVENT_SEQ_END], 1);
	ck_assert_ptr_null(rig_out(r, sa, ip, n));
	ck_assert_ptr_null(rig_out(r, sa, ip, n));
	ck_assert_uint_eq(rig_info(r, sa).seq, end);
	ck_assert_uint_eq(rig_info(r, sa).seq_overflow, 2);
	ck_assert_uint_eq(dp_count(r->dp, DPC_out_seq_end), 2);
	ck_assert_uint_eq(r->events[SA_EVENT_SEQ_END], 1);
	ck_assert(!sa_usable(r->dp, sa));
	rig_free(r);
}

START_TEST(numbers_end)
{
	to_the_end(false, UINT32_MAX);
	to_the_end(true, UINT64_MAX);
}
END_TEST

START_TEST(deleted_in_handler)
{
	struct rig		*r = rig_new(1);
	struct sa_params	 p = aes_sha(SA_OUT);
	uint8_t			 ip[64];
	size_t			 n = rig_plain(ip, 20);
	uint32_t		 sa;

	r->delete_on_event = true;
	sa = rig_sa(r, &p);
	dp_policy_use(r->dp, sa, true);
	ck_assert_ptr_nonnull(rig_out(r, sa, ip, n));	/* FIRST_USE deletes it */
	ck_assert_uint_eq(dp_sa_count(r->dp), 0);
	ck_assert_ptr_null(rig_out(r, sa, ip, n));
	ck_assert_uint_eq(dp_count(r->dp, DPC_out_no_sa), 1);
	p.hard_ns = NSEC_SEC;				/* a timer's event deletes its own SA */
	p.soft_ns = p.idle_ns = NSEC_SEC / 2;
	sa = rig_sa(r, &p);
	run_to(r, clock_now(r->clock) + 10 * NSEC_SEC);
	ck_assert_uint_eq(dp_sa_count(r->dp), 0);
	ck_assert_uint_eq(clock_timers(r->clock), 0);
	rig_free(r);
}
END_TEST

/* More SAs speak in one batch than it has room for events: the rest speak with their next packet. */
START_TEST(many_events)
{
	enum { N = DP_EVENTS * 2 };
	struct rig		*r = rig_new(1);
	struct sa_params	 p = aes_sha(SA_OUT);
	struct pkt		*v[N];
	uint8_t			 ip[64];
	size_t			 n = rig_plain(ip, 20), i, round;
	uint32_t		 sa[N];

	for (i = 0; i < N; i++)
		sa[i] = rig_sa(r, &p);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < N; i++) {
			v[i] = pkt_new(r->dp, n);
			memcpy(v[i]->data, ip, n);
			pkt_parse(v[i]);
			v[i]->sa = sa[i];
		}
		dp_enter(r->dp);
		esp_out_batch(r->dp, v, N, clock_now(r->clock));
		dp_leave(r->dp);
	}
	ck_assert_uint_eq(r->events[SA_EVENT_FIRST_USE], N);
	rig_free(r);
}
END_TEST

START_TEST(unknown_spi)
{
	struct rig		*a = rig_new(1), *b = rig_new(2);
	struct sa_params	 p = aes_sha(SA_OUT);
	struct pkt		*v[6];
	uint8_t			 ip[64];
	size_t			 n = rig_plain(ip, 20), i;
	uint32_t		 out = rig_sa(a, &p);

	rig_out(a, out, ip, n);
	for (i = 0; i < 6; i++) {
		v[i] = pkt_new(b->dp, a->got.len);
		memcpy(v[i]->data, a->got.bytes, a->got.len);
		pkt_parse(v[i]);
		v[i]->in_if = 0;
		put32(v[i]->data + 20, i < 4 ? RIG_SPI : 0);	/* 0 is never anyone's */
	}
	dp_enter(b->dp);
	esp_in_batch(b->dp, v, 6, 0);
	ck_assert_uint_eq(b->ninv, 0);		/* told after the batch */
	dp_leave(b->dp);
	ck_assert_uint_eq(b->ninv, 2);
	ck_assert_uint_eq(b->inv.spi, 0);
	ck_assert_uint_eq(b->inv.count, 2);
	ck_assert_uint_eq(b->inv.src.v4, RIG_SRC);
	ck_assert_uint_eq(b->inv.dst.v4, RIG_DST);
	ck_assert_uint_eq(b->inv.seq, 1);
	ck_assert_uint_eq(b->inv.proto, SA_ESP);
	ck_assert_uint_eq(dp_count(b->dp, DPC_inv_spi), 6);
	p.dir = SA_IN;
	p.dst.v4 = RIG_DST + 1;			/* the SPI is known, but for another of our addresses */
	rig_sa(b, &p);
	ck_assert_ptr_null(rig_in(b, a->got.bytes, a->got.len));
	ck_assert_uint_eq(dp_count(b->dp, DPC_inv_spi), 7);
	rig_free(a);
	rig_free(b);
}
END_TEST

void
esp_life_tests(TCase *tc)
{
	tcase_add_test(tc, by_time);
	tcase_add_test(tc, by_bytes);
	tcase_add_test(tc, inbound_ends_too);
	tcase_add_test(tc, idle);
	tcase_add_test(tc, numbers_end);
	tcase_add_test(tc, deleted_in_handler);
	tcase_add_test(tc, many_events);
	tcase_add_test(tc, unknown_spi);
}
