/* Virtual and real clocks, their timers, dates and durations. */

#include <string.h>

#include "lib/clock.h"
#include "testsuite/unit/lib_test.h"

struct event {
	struct timer	 timer;
	struct trail	*trail;
	int		 id;
	int64_t		 again;		/* re-arms itself by this much */
};

struct trail {
	int	 id[4096];
	int64_t	 at[4096];
	size_t	 n;
};

static void
note(void *arg)
{
	struct event *e = arg;

	e->trail->id[e->trail->n] = e->id;
	e->trail->at[e->trail->n++] = clock_now(e->timer.clock);
	if (e->again != 0)
		timer_in(&e->timer, e->again);
}

static void
event(struct event *e, struct clock *c, struct trail *t, int id)
{
	memset(e, 0, sizeof(*e));
	timer_init(&e->timer, c, note, e);
	e->trail = t;
	e->id = id;
}

START_TEST(order)
{
	struct clock *c = clock_new_virtual(5000);
	struct trail t = { .n = 0 };
	struct event e[4];

	for (int i = 0; i < 4; i++)
		event(&e[i], c, &t, i);
	timer_in(&e[0].timer, 20);
	timer_in(&e[1].timer, 10);
	timer_in(&e[2].timer, 20);
	timer_at(&e[3].timer, 1);		/* past: at once, and time doesn't go back */
	timer_in(&e[0].timer, 20);		/* armed anew: now after 2 */
	ck_assert_int_eq(clock_next(c), 1);
	ck_assert_uint_eq(clock_timers(c), 4);
	while (clock_step(c, CLOCK_NEVER))
		;
	ck_assert_uint_eq(t.n, 4);
	ck_assert_int_eq(t.id[0], 3);
	ck_assert_int_eq(t.at[0], 5000);
	ck_assert_int_eq(t.id[1], 1);
	ck_assert_int_eq(t.id[2], 2);
	ck_assert_int_eq(t.id[3], 0);
	ck_assert_int_eq(clock_now(c), 5020);
	ck_assert_int_eq(clock_next(c), CLOCK_NEVER);
	clock_free(c);
}
END_TEST

START_TEST(limit)
{
	struct clock *c = clock_new_virtual(0);
	struct trail t = { .n = 0 };
	struct event e;

	event(&e, c, &t, 0);
	e.again = 10;
	timer_in(&e.timer, 10);
	while (clock_step(c, 35))
		;
	ck_assert_uint_eq(t.n, 3);
	ck_assert_int_eq(clock_now(c), 35);
	ck_assert(timer_armed(&e.timer));
	ck_assert_uint_eq(clock_run_due(c, CLOCK_NEVER), 0);
	ck_assert(!clock_step(c, 20));		/* a limit in the past moves nothing */
	ck_assert_int_eq(clock_now(c), 35);
	timer_stop(&e.timer);
	timer_stop(&e.timer);
	ck_assert(!timer_armed(&e.timer));
	timer_at(&e.timer, CLOCK_NEVER);
	timer_in(&e.timer, CLOCK_NEVER);
	ck_assert(!timer_armed(&e.timer));
	clock_free(c);
}
END_TEST

/* Thousands armed, re-armed and stopped in a fixed disorder; what is left runs in order. */
START_TEST(many)
{
	struct clock *c = clock_new_virtual(0);
	struct trail t = { .n = 0 };
	struct event *e = calloc(4096, sizeof(*e));
	unsigned *turn = calloc(4096, sizeof(*turn)), armed = 0;
	int64_t *at = calloc(4096, sizeof(*at));
	uint32_t x = 1;
	size_t left = 0;

	for (int i = 0; i < 4096; i++) {
		event(&e[i], c, &t, i);
		x = x * 1664525 + 1013904223;
		timer_at(&e[i].timer, at[i] = x >> 20);
		turn[i] = armed++;
	}
	for (int i = 0; i < 4096; i += 3) {
		timer_stop(&e[i].timer);
		ck_assert(timer_due(&e[i].timer) == CLOCK_NEVER);
	}
	for (int i = 0; i < 4096; i += 5) {
		x = x * 1664525 + 1013904223;
		timer_at(&e[i].timer, at[i] = x >> 20);	/* those not stopped move, up or down */
		ck_assert_int_eq(timer_due(&e[i].timer), at[i]);
		turn[i] = armed++;
	}
	left = clock_timers(c);
	while (clock_step(c, CLOCK_NEVER))
		;
	ck_assert_uint_eq(t.n, left);
	for (size_t i = 1; i < t.n; i++) {
		int a = t.id[i - 1], b = t.id[i];

		ck_assert(at[a] < at[b] || (at[a] == at[b] && turn[a] < turn[b]));
		ck_assert_int_eq(t.at[i], at[b]);
	}
	ck_assert_int_eq(clock_ran(c), t.at[t.n - 1]);
	free(at);
	free(turn);
	free(e);
	clock_free(c);
}
END_TEST

START_TEST(real)
{
	struct clock *c = clock_new_real();
	struct trail t = { .n = 0 };
	struct timer none = { 0 };
	struct event e, later;

	event(&e, c, &t, 1);
	event(&later, c, &t, 2);
	ck_assert(!clock_is_virtual(c));
	ck_assert_int_gt(clock_now(c), INT64_C(1600000000) * NSEC_SEC);
	timer_in(&later.timer, 3600 * NSEC_SEC);
	timer_in(&e.timer, 0);
	ck_assert_uint_eq(clock_run_due(c, CLOCK_NEVER), 1);
	ck_assert_int_eq(t.id[0], 1);
	timer_stop(&later.timer);
	timer_stop(&none);
	clock_free(c);
}
END_TEST

START_TEST(dates)
{
	static const struct { int64_t s; int y, mo, d, h, mi, sec, wd; } v[] = {
		{ 0, 1970, 1, 1, 0, 0, 0, 4 },
		{ -1, 1969, 12, 31, 23, 59, 59, 3 },
		{ 951782400, 2000, 2, 29, 0, 0, 0, 2 },
		{ 951868800, 2000, 3, 1, 0, 0, 0, 3 },
		{ 1014940800, 2002, 3, 1, 0, 0, 0, 5 },
		{ 1709210096, 2024, 2, 29, 12, 34, 56, 4 },
		{ 4107542400, 2100, 3, 1, 0, 0, 0, 1 },
		{ -2203891200, 1900, 3, 1, 0, 0, 0, 4 },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct civil c;
		int64_t ns = v[i].s * NSEC_SEC + 789 * NSEC_MS;

		civil_from_ns(ns, &c);
		ck_assert_int_eq(c.year, v[i].y);
		ck_assert_int_eq(c.month, v[i].mo);
		ck_assert_int_eq(c.day, v[i].d);
		ck_assert_int_eq(c.hour, v[i].h);
		ck_assert_int_eq(c.minute, v[i].mi);
		ck_assert_int_eq(c.second, v[i].sec);
		ck_assert_int_eq(c.weekday, v[i].wd);
		ck_assert_int_eq(c.ms, 789);
		ck_assert_int_eq(civil_to_ns(&c), ns);
	}
	for (int64_t day = -100000; day < 100000; day++) {
		struct civil c;

		civil_from_ns(day * 86400 * NSEC_SEC, &c);
		ck_assert_int_eq(civil_to_ns(&c), day * 86400 * NSEC_SEC);
		ck_assert(c.weekday >= 0 && c.weekday <= 6);
	}
}
END_TEST

START_TEST(durations)
{
	static const struct { const char *s; int64_t ns; } good[] = {
		{ "20s", 20 * NSEC_SEC }, { "500ms", 500 * NSEC_MS }, { "1.5s", 1500 * NSEC_MS },
		{ "5m", 300 * NSEC_SEC }, { "2h", 7200 * NSEC_SEC }, { "30d", 2592000 * NSEC_SEC },
		{ "0s", 0 }, { "0.000000001s", 1 }, { "1.25ms", 1250 * NSEC_US },
		{ "1.5d", 129600 * NSEC_SEC }, { "36500d", INT64_C(3153600000) * NSEC_SEC },
	};
	static const char *const bad[] = { "", "5", "s", ".5s", "1.s", "1.2.3s", "5 s", "-5s", "5S", "5sec",
		"0.0000000001s", "106752d", "99999999999999999999s", "1e3s" };
	int64_t ns;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(duration_parse(good[i].s, &ns), "%s", good[i].s);
		ck_assert_int_eq(ns, good[i].ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!duration_parse(bad[i], &ns), "%s", bad[i]);
}
END_TEST

void
lib_clock_tests(TCase *tc)
{
	tcase_add_test(tc, order);
	tcase_add_test(tc, limit);
	tcase_add_test(tc, many);
	tcase_add_test(tc, real);
	tcase_add_test(tc, dates);
	tcase_add_test(tc, durations);
}
