/*
 * Dates and durations.  The proleptic Gregorian calendar by our own arithmetic: years are counted
 * from March, so that the leap day is a year's last and 400 years are always 146097 days.
 */

#include <string.h>

#include "lib/clock.h"

#define DAY		(86400 * NSEC_SEC)
#define ERA_DAYS	146097
#define EPOCH_DAYS	719468		/* 0000-03-01 to 1970-01-01 */

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static void
civil_date(int64_t day, struct civil *out)
{
	int64_t era = floor_div(day + EPOCH_DAYS, ERA_DAYS);
	int64_t doe = day + EPOCH_DAYS - era * ERA_DAYS;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t m = (5 * doy + 2) / 153;	/* 0 = March */

	out->day = (int)(doy - (153 * m + 2) / 5 + 1);
	out->month = (int)(m < 10 ? m + 3 : m - 9);
	out->year = (int)(era * 400 + yoe + (m >= 10));
	out->weekday = (int)((day % 7 + 11) % 7);	/* 1970-01-01 was a Thursday */
}

void
civil_from_ns(int64_t ns, struct civil *out)
{
	int64_t day = floor_div(ns, DAY);
	/* In two steps: day * DAY alone may not fit for the earliest times. */
	int64_t rest = ns % DAY + (ns % DAY < 0 ? DAY : 0);
	int64_t s = rest / NSEC_SEC;

	civil_date(day, out);
	out->hour = (int)(s / 3600);
	out->minute = (int)(s / 60 % 60);
	out->second = (int)(s % 60);
	out->ms = (int)(rest % NSEC_SEC / NSEC_MS);
}

int64_t
civil_to_ns(const struct civil *c)
{
	int64_t y = c->year - (c->month <= 2);
	int64_t era = floor_div(y, 400);
	int64_t yoe = y - era * 400;
	int64_t m = c->month > 2 ? c->month - 3 : c->month + 9;
	int64_t day = era * ERA_DAYS + yoe * 365 + yoe / 4 - yoe / 100 +
	    (153 * m + 2) / 5 + c->day - 1 - EPOCH_DAYS;

	return day * DAY + (c->hour * INT64_C(3600) + c->minute * 60 + c->second) * NSEC_SEC +
	    c->ms * NSEC_MS;
}

static int64_t
unit_ns(const char *s)
{
	static const struct {
		const char	*name;
		int64_t		 ns;
	} units[] = {
		{ "ms", NSEC_MS }, { "s", NSEC_SEC }, { "m", 60 * NSEC_SEC },
		{ "h", 3600 * NSEC_SEC }, { "d", DAY },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(s, units[i].name) == 0)
			return units[i].ns;
	return 0;
}

/* Whole and fraction are read as one integer, whole * 10^places: no floating point, no rounding. */
bool
duration_parse(const char *s, int64_t *ns)
{
	int64_t v = 0, scale = 1, unit, out;
	bool point = false, digit = false;

	for (; (*s >= '0' && *s <= '9') || (*s == '.' && digit && !point); s++) {
		digit = *s != '.';
		if (!digit) {
			point = true;
			continue;
		}
		if (point && (scale *= 10) > NSEC_SEC)
			return false;
		if (__builtin_mul_overflow(v, INT64_C(10), &v) ||
		    __builtin_add_overflow(v, (int64_t)(*s - '0'), &v))
			return false;
	}
	if (!digit || (unit = unit_ns(s)) == 0)
		return false;
	/* The part below scale first, so that 1.5d does not overflow before it is divided. */
	if (__builtin_mul_overflow(v / scale, unit, &out) ||
	    __builtin_add_overflow(out, v % scale * (unit / NSEC_MS) / scale * NSEC_MS +
	    v % scale * (unit / NSEC_MS) % scale * NSEC_MS / scale, &out))
		return false;
	*ns = out;
	return true;
}
