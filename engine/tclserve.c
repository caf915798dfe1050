/*
 * What a script asks of its router and nobody else: files of the flash, the clock, variables, counters, tracked objects,
 * messages.  A call is a name and strings; the script's process is believed nothing: counts, numbers and names are
 * looked at here.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/eem.h"
#include "engine/flash.h"
#include "engine/log.h"
#include "engine/router.h"
#include "engine/tclproc.h"
#include "engine/track.h"
#include "lib/mem.h"
#include "lib/names.h"
#include "lib/text.h"

struct call { struct router *r; const char *name; /* of the script */ struct tclproc *p; };

static void
ok(const struct call *c, const char *s)
{
	tclproc_ok(c->p, s, strlen(s));
}

static void
ok_number(const struct call *c, int64_t v)
{
	char s[24];

	snprintf(s, sizeof(s), "%" PRId64, v);
	ok(c, s);
}

static const char *
arg(const struct call *c, size_t i)
{
	return tclproc_arg(c->p, 1 + i);
}

static bool
number(const struct call *c, const char *s, int64_t *v)
{
	char *end;

	*v = strtoll(s, &end, 10);
	if (end != s && *end == '\0')
		return true;
	tclproc_fail(c->p, "\"%.64s\" is no number", s);
	return false;
}

/* The value behind a word of "priority info msg TEXT"; NULL: not given. */
static const char *
value_of(const struct call *c, const char *word, size_t from)
{
	for (size_t i = from; i + 2 < tclproc_argc(c->p); i += 2)
		if (strcmp(arg(c, i), word) == 0)
			return arg(c, i + 1);
	return NULL;
}

/* ---- files ---- */

static bool
flash_name(const struct call *c, const char **name)
{
	enum flash_status s = flash_url(arg(c, 0), name);

	if (s != FLASH_OK)
		tclproc_fail(c->p, "%s", s == FLASH_NO_FILE ? "no such file or directory" : flash_why(s));
	return s == FLASH_OK;
}

static const struct flash_file *
flash_file(const struct call *c)
{
	const struct flash_file *x = NULL;
	const char *name;

	if (flash_name(c, &name) && (x = flash_find(c->r->flash, name)) == NULL)
		tclproc_fail(c->p, "no such file or directory");
	return x;
}

static void
serve_open(const struct call *c)
{
	const char *name, *mode = arg(c, 1);
	enum flash_status s = FLASH_OK;

	if (!flash_name(c, &name))
		return;
	if (mode[0] == 'w')
		s = flash_write(c->r->flash, name, "", 0, false, router_now(c->r));
	else if (mode[0] == 'a')
		s = flash_write(c->r->flash, name, "", 0, true, router_now(c->r));
	else if (flash_find(c->r->flash, name) == NULL)
		s = FLASH_NO_FILE;
	if (s == FLASH_OK)
		ok(c, "");
	else
		tclproc_fail(c->p, "%s", s == FLASH_NO_FILE ? "no such file or directory" : flash_why(s));
}

static void
serve_read(const struct call *c)
{
	const struct flash_file *x = flash_file(c);
	int64_t pos, n;

	if (x == NULL || !number(c, arg(c, 1), &pos) || !number(c, arg(c, 2), &n))
		return;
	if (pos < 0 || n < 0 || (size_t)pos > x->len)
		pos = (int64_t)x->len;
	if ((size_t)n > x->len - (size_t)pos)
		n = (int64_t)(x->len - (size_t)pos);
	tclproc_ok(c->p, x->data + pos, (size_t)n);
}

/* At its end, or over what stands there; -1 is the end. Answers where the written ends. */
static void
serve_write(const struct call *c)
{
	const char *name, *p = arg(c, 2);
	size_t n = tclproc_arg_len(c->p, 3), size;
	const struct flash_file *x;
	struct text all = { 0 };
	enum flash_status s;
	int64_t pos;

	if (!flash_name(c, &name) || !number(c, arg(c, 1), &pos))
		return;
	x = flash_find(c->r->flash, name);
	size = x == NULL ? 0 : x->len;
	if (pos < 0 || (size_t)pos >= size) {
		s = flash_write(c->r->flash, name, p, n, true, router_now(c->r));
		pos = (int64_t)size;
	} else {
		text_addn(&all, x->data, (size_t)pos);
		text_addn(&all, p, n);
		if (all.len < size)
			text_addn(&all, x->data + all.len, size - all.len);
		s = flash_write(c->r->flash, name, text_str(&all), all.len, false, router_now(c->r));
		text_free(&all);
	}
	if (s == FLASH_OK)
		ok_number(c, pos + (int64_t)n);
	else
		tclproc_fail(c->p, "%s", flash_why(s));
}

static void
serve_size(const struct call *c)
{
	const struct flash_file *x = flash_file(c);

	if (x != NULL)
		ok_number(c, (int64_t)x->len);
}

static void
serve_mtime(const struct call *c)
{
	const struct flash_file *x = flash_file(c);

	if (x != NULL)
		ok_number(c, x->when_ns / NSEC_SEC);
}

static void
serve_delete(const struct call *c)
{
	const struct flash_file *x = flash_file(c);

	if (x == NULL)
		return;
	flash_delete(c->r->flash, x->name);
	ok(c, "");
}

struct names { const char *v[FLASH_FILES]; size_t n; };

static void
add_name(void *to, const struct flash_file *x)
{
	struct names *l = to;

	if (l->n < FLASH_FILES)
		l->v[l->n++] = x->name;
}

static void
serve_list(const struct call *c)
{
	struct names l = { .n = 0 };

	flash_each(c->r->flash, add_name, &l);
	tclproc_list(c->p, l.n, l.v);
}

/* ---- time ---- */

static void
serve_clock(const struct call *c)
{
	ok_number(c, router_now(c->r));
}

static int64_t
zone_ns(const struct router *r, bool gmt)
{
	return gmt || r->cfg->timezone == NULL ? 0 : r->cfg->timezone_minutes * INT64_C(60) * NSEC_SEC;
}

static const char days[][10] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };
static const char months[][10] = { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
	"November", "December" };

static void
put_field(struct text *t, char f, const struct civil *v, int64_t seconds, const char *zone)
{
	switch (f) {
	case 'a': text_printf(t, "%.3s", days[v->weekday]); break;
	case 'A': text_add(t, days[v->weekday]); break;
	case 'b': case 'h': text_printf(t, "%.3s", months[v->month - 1]); break;
	case 'B': text_add(t, months[v->month - 1]); break;
	case 'd': text_printf(t, "%02d", v->day); break;
	case 'e': text_printf(t, "%2d", v->day); break;
	case 'D': text_printf(t, "%02d/%02d/%04d", v->month, v->day, v->year); break;
	case 'H': text_printf(t, "%02d", v->hour); break;
	case 'I': text_printf(t, "%02d", v->hour % 12 == 0 ? 12 : v->hour % 12); break;
	case 'm': text_printf(t, "%02d", v->month); break;
	case 'M': text_printf(t, "%02d", v->minute); break;
	case 'p': text_add(t, v->hour < 12 ? "AM" : "PM"); break;
	case 'R': text_printf(t, "%02d:%02d", v->hour, v->minute); break;
	case 's': text_printf(t, "%" PRId64, seconds); break;
	case 'S': text_printf(t, "%02d", v->second); break;
	case 'T': text_printf(t, "%02d:%02d:%02d", v->hour, v->minute, v->second); break;
	case 'u': text_printf(t, "%d", v->weekday == 0 ? 7 : v->weekday); break;
	case 'w': text_printf(t, "%d", v->weekday); break;
	case 'y': text_printf(t, "%02d", v->year % 100); break;
	case 'Y': text_printf(t, "%04d", v->year); break;
	case 'Z': text_add(t, zone); break;
	case 'n': text_addc(t, '\n'); break;
	case 't': text_addc(t, '\t'); break;
	case '%': text_addc(t, '%'); break;
	default: text_printf(t, "%%%c", f);
	}
}

static void
serve_clock_format(const struct call *c)
{
	const char *zone = c->r->cfg->timezone, *f = arg(c, 1);
	bool gmt = arg(c, 2)[0] == '1';
	struct text t = { 0 };
	struct civil v;
	int64_t s;

	if (!number(c, arg(c, 0), &s))
		return;
	if (s < 0 || s > INT64_MAX / NSEC_SEC / 2) {
		tclproc_fail(c->p, "clock: the time is out of range");
		return;
	}
	civil_from_ns(s * NSEC_SEC + zone_ns(c->r, gmt), &v);
	for (; *f != '\0'; f++)
		if (*f == '%' && f[1] != '\0')
			put_field(&t, *++f, &v, s, gmt ? "GMT" : zone != NULL ? zone : "UTC");
		else
			text_addc(&t, *f);
	ok(c, text_str(&t));
	text_free(&t);
}

/* "2015-03-13 13:00:00", "03/13/2015 13:00", "13:00:05", of today where no date is given */
static void
serve_clock_scan(const struct call *c)
{
	bool gmt = arg(c, 1)[0] == '1';
	const char *s = arg(c, 0);
	struct civil v;
	int n = 0, k = 0;
	bool date;

	civil_from_ns(router_now(c->r) + zone_ns(c->r, gmt), &v);
	v.hour = v.minute = v.second = v.ms = 0;
	date = sscanf(s, "%4d-%2d-%2d%n", &v.year, &v.month, &v.day, &n) == 3 && n > 0;
	if (!date)
		date = (n = 0, sscanf(s, "%2d/%2d/%4d%n", &v.month, &v.day, &v.year, &n) == 3) && n > 0;
	s += date ? n : 0;
	s += strspn(s, " T");
	if (*s != '\0' && sscanf(s, "%2d:%2d%n:%2d%n", &v.hour, &v.minute, &k, &v.second, &k) >= 2)
		s += k;
	if ((!date && k == 0) || *s != '\0' || v.month < 1 || v.month > 12 || v.day < 1 || v.day > 31 || v.year < 1970 || v.hour > 23 ||
	    v.minute > 59 || v.second > 59 || v.hour < 0 || v.minute < 0 || v.second < 0)
		tclproc_fail(c->p, "unable to convert date-time string \"%.64s\"", arg(c, 0));
	else
		ok_number(c, (civil_to_ns(&v) - zone_ns(c->r, gmt)) / NSEC_SEC);
}

/* ---- the router ---- */

static void
serve_hostname(const struct call *c)
{
	ok(c, router_hostname(c->r));
}

#define VARIABLES_MAX	1024

static void
serve_environment(const struct call *c)
{
	const char *v[2 * VARIABLES_MAX];
	const struct cfg_eem_var *x;
	size_t n = 0;

	TAILQ_FOREACH(x, &c->r->cfg->eem.vars, next)
		if (n < 2 * VARIABLES_MAX) {
			v[n++] = x->name;
			v[n++] = x->value;
		}
	tclproc_list(c->p, n, v);
}

static void
serve_syslog(const struct call *c)
{
	static const struct name levels[] = { { 0, "emerg" }, { 0, "emergencies" }, { 1, "alert" }, { 1, "alerts" }, { 2, "crit" },
		{ 2, "critical" }, { 3, "err" }, { 3, "errors" }, { 4, "warning" }, { 4, "warnings" }, { 5, "notice" }, { 5, "notifications" },
		{ 6, "info" }, { 6, "informational" }, { 7, "debug" }, { 7, "debugging" }, { 0, "0" }, { 1, "1" }, { 2, "2" }, { 3, "3" },
		{ 4, "4" }, { 5, "5" }, { 6, "6" }, { 7, "7" }, { 0, NULL } };
	const char *priority = value_of(c, "priority", 0), *msg = value_of(c, "msg", 0), *facility = value_of(c, "facility", 0);
	int32_t level = priority == NULL ? 6 : name_value(levels, priority);

	if (level < 0 || msg == NULL) {
		tclproc_fail(c->p, level < 0 ? "\"%.32s\" is no priority" : "no msg is given", priority);
		return;
	}
	log_syslog(c->r, facility != NULL && *facility != '\0' && strlen(facility) < 32 ? facility : "HA_EM", level, "LOG", "%s: %s", c->name, msg);
	ok(c, "");
}

static void
serve_trap(const struct call *c)
{
	const char *one = value_of(c, "intdata1", 0), *two = value_of(c, "intdata2", 0), *text = value_of(c, "strdata", 0);
	int64_t a = 0, b = 0;

	if ((one != NULL && !number(c, one, &a)) || (two != NULL && !number(c, two, &b)))
		return;
	eem_trap(c->r, c->name, "script", a, b, text != NULL ? text : "");
	ok(c, "");
}

static void
serve_policy(const struct call *c)
{
	const char *why;

	if (eem_run(c->r, arg(c, 0), NULL, &why))
		ok(c, "");
	else
		tclproc_fail(c->p, "policy %.64s %s", arg(c, 0), why);
}

/* event_id NAME val N op {nop|set|inc|dec} */
static void
serve_counter(const struct call *c)
{
	const char *id = value_of(c, "event_id", 0), *val = value_of(c, "val", 0), *op = value_of(c, "op", 0);
	char s[24];
	const char *const list[] = { "event_id", id, "val_remain", s };
	int64_t v = 0;

	if (id == NULL || op == NULL || (strcmp(op, "set") != 0 && strcmp(op, "inc") != 0 && strcmp(op, "dec") != 0 && strcmp(op, "nop") != 0)) {
		tclproc_fail(c->p, "event_id NAME val N op nop, set, inc or dec");
		return;
	}
	if (val != NULL && !number(c, val, &v))
		return;
	snprintf(s, sizeof(s), "%" PRId64, eem_counter(c->r, id, op, v));
	tclproc_list(c->p, 4, list);
}

static void
serve_track(const struct call *c)
{
	bool set = strcmp(tclproc_arg(c->p, 0), "track_set") == 0, up = false;
	const char *state = value_of(c, "state", 1);
	const char *list[] = { "track_number", arg(c, 0), "track_state", NULL };
	int64_t n;

	if (!number(c, arg(c, 0), &n))
		return;
	if (n < 1 || n > TRACK_MAX || !track_state(c->r, (unsigned)n, &up)) {
		tclproc_fail(c->p, "there is no tracked object %" PRId64, n);
		return;
	}
	if (set) {
		up = state != NULL && strcmp(state, "up") == 0;
		if (state == NULL || (!up && strcmp(state, "down") != 0) || !track_set_stub(c->r, (unsigned)n, up)) {
			tclproc_fail(c->p, "tracked object %" PRId64 " cannot be set so", n);
			return;
		}
	}
	list[3] = up ? "up" : "down";
	tclproc_list(c->p, 4, list);
}

bool
tcl_serve(struct router *r, const char *name, struct tclproc *p)
{
	static const struct { const char *name; void (*fn)(const struct call *c); } table[] = {
		{ "action_policy", serve_policy }, { "action_syslog", serve_syslog }, { "action_trap", serve_trap },
		{ "clock", serve_clock }, { "clock_format", serve_clock_format }, { "clock_scan", serve_clock_scan },
		{ "counter", serve_counter }, { "environment", serve_environment },
		{ "flash_delete", serve_delete }, { "flash_list", serve_list }, { "flash_open", serve_open }, { "flash_read", serve_read },
		{ "flash_size", serve_size }, { "flash_time", serve_mtime }, { "flash_write", serve_write },
		{ "hostname", serve_hostname }, { "track_read", serve_track }, { "track_set", serve_track },
	};
	const struct call c = { r, name, p };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].name, tclproc_arg(p, 0)) == 0) {
			table[i].fn(&c);
			return true;
		}
	return false;
}
