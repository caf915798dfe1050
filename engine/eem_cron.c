/*
 * Cron entries: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday), each a list of
 * numbers, ranges and steps; or @hourly and its like.  As in cron, where both days are restricted one of them is enough.
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/eem.h"

#define YEARS	8	/* looked ahead: 29 February comes at least that often */

struct cron {
	uint64_t	set[5];		/* bits */
	bool		any_day, any_weekday;
};

static const struct { int lo, hi; } fields[5] = { { 0, 59 }, { 0, 23 }, { 1, 31 }, { 1, 12 }, { 0, 7 } };

static bool
number(const char **p, int *v)
{
	const char *from = *p;

	for (*v = 0; **p >= '0' && **p <= '9' && *p - from < 3; (*p)++)
		*v = *v * 10 + (**p - '0');
	return *p > from;
}

/* "*", "5", "1-5", each with a step behind `/` */
static bool
range(const char **p, int field, uint64_t *set)
{
	int lo = fields[field].lo, hi = fields[field].hi, step = 1;

	if (**p == '*')
		(*p)++;
	else {
		if (!number(p, &lo))
			return false;
		hi = lo;
		if (**p == '-' && ((*p)++, !number(p, &hi)))
			return false;
	}
	if (**p == '/' && ((*p)++, !number(p, &step) || step == 0))
		return false;
	if (lo < fields[field].lo || hi > fields[field].hi || hi < lo)
		return false;
	for (int i = lo; i <= hi; i += step)
		*set |= UINT64_C(1) << i;
	return true;
}

static bool
field(const char **p, int k, struct cron *c)
{
	*p += strspn(*p, " \t");
	for (;;) {
		if (!range(p, k, &c->set[k]))
			return false;
		if (**p != ',')
			break;
		(*p)++;
	}
	return **p == '\0' || **p == ' ' || **p == '\t';
}

static bool
parse(const char *s, struct cron *c)
{
	static const struct { const char *name, *entry; } names[] = {
		{ "@yearly", "0 0 1 1 *" }, { "@annually", "0 0 1 1 *" }, { "@monthly", "0 0 1 * *" },
		{ "@weekly", "0 0 * * 0" }, { "@daily", "0 0 * * *" }, { "@midnight", "0 0 * * *" }, { "@hourly", "0 * * * *" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(s, names[i].name) == 0)
			s = names[i].entry;
	*c = (struct cron){ 0 };
	for (int k = 0; k < 5; k++)
		if (!field(&s, k, c))
			return false;
	c->set[4] |= c->set[4] >> 7 & 1;
	c->any_day = (c->set[2] & 0xfffffffe) == 0xfffffffe;
	c->any_weekday = (c->set[4] & 0x7f) == 0x7f;
	return s[strspn(s, " \t")] == '\0';
}

bool
eem_cron_ok(const char *entry)
{
	struct cron c;

	return parse(entry, &c);
}

static bool
day_fits(const struct cron *c, const struct civil *t)
{
	bool day = c->set[2] >> t->day & 1, weekday = c->set[4] >> t->weekday & 1;

	if ((c->set[3] >> t->month & 1) == 0)
		return false;
	return c->any_day || c->any_weekday ? day && weekday : day || weekday;
}

int64_t
eem_cron_next(const char *entry, int64_t after, int64_t zone_ns)
{
	const int64_t minute = 60 * NSEC_SEC, day = 24 * 60 * minute;
	int64_t t = (after + zone_ns) / minute * minute + minute, end = t + YEARS * 366 * day;
	struct civil now;
	struct cron c;

	if (!parse(entry, &c))
		return CLOCK_NEVER;
	while (t < end) {
		civil_from_ns(t, &now);
		if (!day_fits(&c, &now))
			t = t / day * day + day;
		else if ((c.set[1] >> now.hour & 1) == 0)
			t = t / (60 * minute) * (60 * minute) + 60 * minute;
		else if ((c.set[0] >> now.minute & 1) == 0)
			t += minute;
		else
			return t - zone_ns;
	}
	return CLOCK_NEVER;
}
