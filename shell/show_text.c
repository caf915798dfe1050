/* Spelling of times and names that several show commands share. */

#include "shell/show.h"

#include <stdio.h>

#include "engine/config.h"
#include "lib/clock.h"
#include "lib/names.h"
#include "lib/text.h"
#include "shell/session.h"

#define MINUTE	60u
#define HOUR	(60u * MINUTE)
#define DAY	(24u * HOUR)
#define WEEK	(7u * DAY)
#define YEAR	(365u * DAY)

const char *
severity_name(int level)
{
	static const struct name levels[] = {
		{ 0, "emergencies" }, { 1, "alerts" }, { 2, "critical" }, { 3, "errors" }, { 4, "warnings" },
		{ 5, "notifications" }, { 6, "informational" }, { 7, "debugging" }, { 0, NULL },
	};

	return name_of(levels, level, "");
}

static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

void
show_time_day(struct text *out, const struct config *c, int64_t ns)
{
	struct civil t;

	civil_from_ns(ns + (c->timezone == NULL ? 0 : c->timezone_minutes * INT64_C(60) * NSEC_SEC), &t);
	text_printf(out, "%02d:%02d:%02d.%03d %s %s %d %d", t.hour, t.minute, t.second, t.ms, c->timezone == NULL ? "UTC" : c->timezone,
	    months[t.month - 1], t.day, t.year);
}

void
show_time_date(struct text *out, const struct config *c, int64_t ns, bool ms)
{
	static const char *const weekdays[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	struct civil t;

	civil_from_ns(ns + (c->timezone == NULL ? 0 : c->timezone_minutes * INT64_C(60) * NSEC_SEC), &t);
	text_printf(out, "%02d:%02d:%02d", t.hour, t.minute, t.second);
	if (ms)
		text_printf(out, ".%03d", t.ms);
	text_printf(out, " %s %s %s %d %d", c->timezone == NULL ? "UTC" : c->timezone, weekdays[t.weekday],
	    months[t.month - 1], t.day, t.year);
}

const char *
show_hms(uint64_t s, char out[SHOW_AGE])
{
	snprintf(out, SHOW_AGE, "%02u:%02u:%02u", (unsigned)(s / HOUR) % 1000u, (unsigned)(s / MINUTE % 60),
	    (unsigned)(s % 60));
	return out;
}

const char *
show_age(int64_t ns, char out[SHOW_AGE])
{
	uint64_t s;

	if (ns < 0) {
		snprintf(out, SHOW_AGE, "never");
		return out;
	}
	s = (uint64_t)(ns / NSEC_SEC);
	if (s < DAY)
		return show_hms(s, out);
	if (s < WEEK)
		snprintf(out, SHOW_AGE, "%ud%02uh", (unsigned)(s / DAY), (unsigned)(s % DAY / HOUR));
	else if (s < YEAR)
		snprintf(out, SHOW_AGE, "%uw%ud", (unsigned)(s / WEEK), (unsigned)(s % WEEK / DAY));
	else
		snprintf(out, SHOW_AGE, "%uy%uw", (unsigned)(s / YEAR) % 1000u, (unsigned)(s % YEAR / WEEK));
	return out;
}

void
show_uptime(struct text *out, int64_t ns)
{
	static const struct { uint64_t seconds; const char *name; } units[] = {
		{ YEAR, "year" }, { WEEK, "week" }, { DAY, "day" }, { HOUR, "hour" }, { MINUTE, "minute" },
	};
	uint64_t s = ns < 0 ? 0 : (uint64_t)(ns / NSEC_SEC);
	bool any = false;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		uint64_t n = s / units[i].seconds;
		bool last = units[i].seconds == MINUTE;

		s %= units[i].seconds;
		if (n == 0 && !last)
			continue;
		text_printf(out, "%s%u %s%s", any ? ", " : "", (unsigned)n, units[i].name, n == 1 ? "" : "s");
		any = true;
	}
}

void
show_flush(struct session *s, struct text *t)
{
	session_write(s, text_str(t), t->len);
	text_free(t);
}
