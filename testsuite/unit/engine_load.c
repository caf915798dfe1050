/* What seconds make of minutes and hours. */

#include "engine/load.h"
#include "testsuite/unit/engine_pair.h"

static void
run(struct load *l, unsigned seconds, unsigned pct)
{
	while (seconds-- > 0)
		load_add(l, pct * 10000, pct * 5000, 1000000);
}

START_TEST(averages)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;
	unsigned max, average, pct;

	ck_assert(!load_second(r, 0, &pct));		/* a virtual clock has no seconds to look in */
	run(r->load, 55, 10);
	run(r->load, 5, 50);
	ck_assert_uint_eq(load_average(r, 5).all, 5000);
	ck_assert_uint_eq(load_average(r, 5).system, 2500);
	ck_assert_uint_eq(load_average(r, 60).all, (55 * 1000 + 5 * 5000) / 60);
	ck_assert_uint_eq(load_average(r, 300).all, load_average(r, 60).all);
	ck_assert(load_second(r, 4, &pct) && pct == 50);
	ck_assert(load_second(r, 5, &pct) && pct == 10);
	ck_assert(!load_second(r, 60, &pct));
	ck_assert(load_minute(r, 0, &max, &average));
	ck_assert_uint_eq(max, 50);
	ck_assert_uint_eq(average, 13);
	ck_assert(!load_minute(r, 1, &max, &average));
	run(r->load, 59 * 60, 20);
	ck_assert(load_minute(r, 0, &max, &average) && max == 20 && average == 20);
	ck_assert(load_hour(r, 0, &max, &average) && max == 50 && average == (13 + 59 * 20) / 60);
	ck_assert(!load_hour(r, 1, &max, &average));
	run(r->load, 80 * 3600, 100);
	ck_assert(load_hour(r, LOAD_HOURS - 1, &max, &average) && average == 100);
	ck_assert(!load_hour(r, LOAD_HOURS, &max, &average));
	load_add(r->load, 3000000, 0, 1000000);		/* several processors are no more than all of one */
	ck_assert(load_second(r, 0, &pct) && pct == 100);
	wire_free(w);
}
END_TEST

void
engine_load_tests(TCase *tc)
{
	tcase_add_test(tc, averages);
}
