/* Many SAs: their places come and go, what was asked of one is told of it, and time brings each its own. */

#include <string.h>

#include "lib/chance.h"
#include "testsuite/unit/esp_test.h"

#define SOME	3000u

static void
same_prefix(const struct prefix *a, const struct prefix *b)
{
	ck_assert_uint_eq(a->addr.af, b->addr.af);
	if (a->addr.af != ADDR_NONE)
		ck_assert(addr_eq(&a->addr, &b->addr) && a->len == b->len);
}

static void
same_ends(const struct sa_params *a, const struct sa_params *b)
{
	ck_assert(addr_eq(&a->src, &b->src) && addr_eq(&a->dst, &b->dst));
	ck_assert_uint_eq(a->was_src.af, b->was_src.af);
	ck_assert(a->was_src.af == ADDR_NONE || (addr_eq(&a->was_src, &b->was_src) && addr_eq(&a->was_dst, &b->was_dst)));
	ck_assert_uint_eq(a->sel_src, b->sel_src);
	ck_assert_uint_eq(a->sel_src_mask, b->sel_src_mask);
	ck_assert_uint_eq(a->sel_dst, b->sel_dst);
	ck_assert_uint_eq(a->sel_dst_mask, b->sel_dst_mask);
	same_prefix(&a->sel6_src, &b->sel6_src);
	same_prefix(&a->sel6_dst, &b->sel6_dst);
}

#define SAME(field)	ck_assert_int_eq((int64_t)a->field, (int64_t)b->field)

static void
same(const struct sa_params *a, const struct sa_params *b)
{
	SAME(dir);
	SAME(proto);
	SAME(transport);
	SAME(esn);
	SAME(cut_after);
	SAME(df_copy);
	SAME(df_set);
	SAME(spi);
	SAME(udp_port);
	SAME(cipher);
	SAME(auth);
	SAME(enc_key_len);
	SAME(auth_key_len);
	SAME(replay_window);
	SAME(soft_ns);
	SAME(hard_ns);
	SAME(soft_bytes);
	SAME(hard_bytes);
	SAME(idle_ns);
	SAME(tunnel_if);
	SAME(ip_mtu);
	SAME(inner6);
	SAME(sel_proto);
	SAME(sel_sport);
	SAME(sel_dport);
	SAME(guard);
	SAME(cookie);
	SAME(policy);
	same_ends(a, b);
}

static void
told(struct rig *r, const struct sa_params *p)
{
	static const uint8_t	none[SA_KEY_MAX];
	struct sa_info		info = rig_info(r, rig_sa(r, p));

	same(p, &info.p);
	ck_assert_mem_eq(info.p.enc_key, none, sizeof(none));
	ck_assert_mem_eq(info.p.auth_key, none, sizeof(none));
	dp_sa_del(r->dp, info.handle);
}

START_TEST(what_was_asked)
{
	struct rig		*r = rig_new(1);
	struct sa_params	 p = rig_params(&rig_forms[16], SA_IN, true), q;
	const struct addr	 a6 = { .af = ADDR_V6, .v6 = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9 } };

	p.udp_port = 4711, p.was_src = addr_v4(1), p.was_dst = addr_v4(2), p.esn = true, p.replay_window = 1024;
	p.soft_ns = 123456789, p.hard_ns = INT64_C(9876543210), p.soft_bytes = UINT64_C(1) << 40, p.hard_bytes = UINT64_C(1) << 41;
	p.idle_ns = 77777777777, p.tunnel_if = 0, p.ip_mtu = 1400, p.guard = 5, p.policy = 6, p.cookie = UINT64_MAX;
	p.sel_src = 0x0a000000, p.sel_src_mask = 0xff000000, p.sel_dst = 0x0b000000, p.sel_dst_mask = 0xffff0000;
	p.sel_proto = 17, p.sel_sport = 1701, p.sel_dport = 65535;
	told(r, &p);
	q = p, q.sel_src = q.sel_src_mask = q.sel_dst = q.sel_dst_mask = 0, q.transport = false, q.inner6 = true;
	q.was_src = q.was_dst = (struct addr){ 0 }, q.udp_port = 0, q.tunnel_if = 9;
	q.sel6_src = (struct prefix){ a6, 128 }, q.sel6_dst = (struct prefix){ a6, 0 };
	told(r, &q);
	q.sel6_dst = (struct prefix){ 0 }, q.src = q.dst = a6, q.cut_after = q.df_copy = true;
	told(r, &q);
	q.transport = true, q.udp_port = 4500, q.was_src = q.was_dst = a6, q.was_dst.v6[7] = 1;
	told(r, &q);
	q.was_src = q.was_dst = (struct addr){ 0 }, q.udp_port = 0;
	q.dir = SA_OUT, q.df_set = true, q.replay_window = 0;
	told(r, &q);
	q = rig_params(&rig_forms[0], SA_OUT, false);
	told(r, &q);
	rig_free(r);
}
END_TEST

/* Added, thinned at random, filled again: each handle is of its own SA, and of none when that is gone. */
START_TEST(places)
{
	static uint32_t		 sa[SOME], was[SOME];
	struct rig		*r = rig_new(1);
	struct chance		*c = chance_new_seeded(3);
	struct sa_params	 p = rig_params(&rig_forms[1], SA_IN, false);
	uint32_t		 i, round;

	for (round = 0; round < 4 * SOME; round++) {
		i = round < SOME ? round : chance_below(c, SOME);
		was[i] = sa[i] != SA_NONE ? sa[i] : was[i];
		if (sa[i] != SA_NONE)
			dp_sa_del(r->dp, sa[i]), sa[i] = SA_NONE;
		else
			p.spi = 1000 + i, p.dir = i % 2 ? SA_IN : SA_OUT, p.replay_window = i % 8 ? 64 : 1024, sa[i] = rig_sa(r, &p);
	}
	for (i = 0; i < SOME; i++) {
		must(was[i] == SA_NONE || sa_by_handle(r->dp, was[i]) == NULL);
		must(sa[i] == SA_NONE || rig_run(r, sa[i])->spi == 1000 + i);
	}
	for (i = 0; i < SOME; i++)
		dp_sa_del(r->dp, sa[i]);
	ck_assert_uint_eq(dp_sa_count(r->dp), 0);
	for (i = 1; i < r->dp->sad->nslabs; i++)
		ck_assert_ptr_null(r->dp->sad->mem[i]);
	ck_assert_ptr_null(sa_by_handle(r->dp, UINT32_MAX));
	ck_assert_ptr_null(sa_by_handle(r->dp, UINT32_MAX & ~SLOT_MASK));
	chance_free(c);
	rig_free(r);
}
END_TEST

/* Bits of windows lie in the SA or beside it; either way each number is taken once. */
START_TEST(windows)
{
	static const unsigned	 sizes[] = { 1, 63, 64, 65, 128, 1000, 1024 };
	struct sa_params	 out = rig_params(&rig_forms[16], SA_OUT, false), in = rig_params(&rig_forms[16], SA_IN, false);
	struct rig		*a = rig_new(1), *b = rig_new(2);
	uint8_t			 ip[64], early[200];
	size_t			 n = rig_plain(ip, 20), len, i, k;
	uint32_t		 to, from;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		in.replay_window = sizes[i];
		to = rig_sa(a, &out);
		from = rig_sa(b, &in);
		rig_out(a, to, ip, n);
		memcpy(early, a->got.bytes, len = a->got.len);
		for (k = 1; k < sizes[i]; k++) {
			rig_out(a, to, ip, n);
			must(rig_in(b, a->got.bytes, a->got.len) != NULL);
			must(rig_in(b, a->got.bytes, a->got.len) == NULL);
		}
		must(rig_in(b, early, len) != NULL);
		must(rig_in(b, early, len) == NULL);
		ck_assert_uint_eq(rig_info(b, from).packets, sizes[i]);
		ck_assert_uint_eq(rig_info(b, from).replayed, sizes[i]);
		dp_sa_del(a->dp, to);
		dp_sa_del(b->dp, from);
	}
	rig_free(a);
	rig_free(b);
}
END_TEST

static void
run_to(struct rig *r, int64_t at)
{
	while (clock_step(r->clock, at))
		;
}

/* One timer stands for three: what it is set for next does not put off or repeat the others. */
START_TEST(one_timer)
{
	struct rig		*r = rig_new(1);
	struct sa_params	 p = rig_params(&rig_forms[16], SA_OUT, false);
	int64_t			 start = clock_now(r->clock);
	uint8_t			 ip[64];
	size_t			 n = rig_plain(ip, 20);
	uint32_t		 sa;

	p.idle_ns = 10 * NSEC_SEC, p.soft_ns = 25 * NSEC_SEC, p.hard_ns = 60 * NSEC_SEC;
	sa = rig_sa(r, &p);
	ck_assert_uint_eq(clock_timers(r->clock), 1);
	run_to(r, start + 10 * NSEC_SEC);		/* the very moment: a packet after it makes the SA busy again */
	ck_assert_uint_eq(r->events[SA_EVENT_IDLE], 1);
	rig_out(r, sa, ip, n);
	run_to(r, start + 20 * NSEC_SEC);
	ck_assert_uint_eq(r->events[SA_EVENT_IDLE], 2);
	run_to(r, start + 22 * NSEC_SEC);
	rig_out(r, sa, ip, n);
	run_to(r, start + 25 * NSEC_SEC);
	ck_assert_uint_eq(r->events[SA_EVENT_SOFT_TIME], 1);
	run_to(r, start + 32 * NSEC_SEC - 1);
	ck_assert_uint_eq(r->events[SA_EVENT_IDLE], 2);
	run_to(r, start + 32 * NSEC_SEC);
	ck_assert_uint_eq(r->events[SA_EVENT_IDLE], 3);
	run_to(r, start + 60 * NSEC_SEC - 1);
	ck_assert_uint_eq(r->events[SA_EVENT_HARD_TIME], 0);
	run_to(r, start + 200 * NSEC_SEC);
	ck_assert_uint_eq(r->events[SA_EVENT_HARD_TIME], 1);
	ck_assert_uint_eq(r->events[SA_EVENT_SOFT_TIME], 1);
	ck_assert_uint_eq(r->events[SA_EVENT_IDLE], 3);
	ck_assert_uint_eq(clock_timers(r->clock), 0);
	rig_free(r);
}
END_TEST

void
esp_table_tests(TCase *tc)
{
	tcase_add_test(tc, what_was_asked);
	tcase_add_test(tc, places);
	tcase_add_test(tc, windows);
	tcase_add_test(tc, one_timer);
}
