/*
 * What a script registers for: ::cisco::eem::event_register_KIND and its words, as the event that an applet would
 * configure.  Words come in pairs, but for a few that stand alone or first.
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/config.h"
#include "engine/eem_script.h"
#include "engine/tclproc.h"
#include "lib/addr.h"
#include "lib/mem.h"
#include "lib/names.h"

struct words { const struct tclproc *p; size_t at; char *why; };

typedef bool word_fn(struct cfg_eem_event *v, const char *value);

static bool
take_seconds(const char *value, int64_t *ns)
{
	return eem_seconds_parse(value, ns);
}

static bool
take_number(const char *value, int64_t *n)
{
	char *end;

	*n = strtoll(value, &end, 10);
	return end != value && *end == '\0';
}

static bool
take_string(char **to, const char *value)
{
	config_set_str(to, value);
	return *value != '\0';
}

static bool
take_yes(bool *to, const char *value)
{
	*to = strcasecmp(value, "yes") == 0 || strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0;
	return *to || strcasecmp(value, "no") == 0 || strcasecmp(value, "false") == 0 || strcmp(value, "0") == 0;
}

static bool
take_op(enum eem_op *op, const char *value)
{
	for (unsigned i = EEM_OP_GT; i <= EEM_OP_LE; i++)
		if (strcasecmp(value, eem_op_name((enum eem_op)i)) == 0) {
			*op = (enum eem_op)i;
			return true;
		}
	return false;
}

static bool w_maxrun(struct cfg_eem_event *v, const char *s) { return take_seconds(s, &v->maxrun_ns); }
static bool w_ratelimit(struct cfg_eem_event *v, const char *s) { return take_seconds(s, &v->ratelimit_ns); }
static bool w_period(struct cfg_eem_event *v, const char *s) { return take_seconds(s, &v->period_ns); }
static bool w_time(struct cfg_eem_event *v, const char *s) { return take_seconds(s, &v->time_ns); }
static bool w_poll(struct cfg_eem_event *v, const char *s) { return take_seconds(s, &v->poll_ns); }
static bool w_pattern(struct cfg_eem_event *v, const char *s) { return take_string(&v->pattern, s) && eem_pattern_ok(s); }
static bool w_name(struct cfg_eem_event *v, const char *s) { return take_string(&v->name, s); }
static bool w_cron(struct cfg_eem_event *v, const char *s) { return take_string(&v->cron, s) && eem_cron_ok(s); }
static bool w_skip(struct cfg_eem_event *v, const char *s) { return take_yes(&v->skip, s); }
static bool w_sync(struct cfg_eem_event *v, const char *s) { return v->sync_set = take_yes(&v->sync, s); }
static bool w_entry_op(struct cfg_eem_event *v, const char *s) { return take_op(&v->op, s); }
static bool w_entry_val(struct cfg_eem_event *v, const char *s) { return take_number(s, &v->value); }
static bool w_exit_op(struct cfg_eem_event *v, const char *s) { v->exit_set = true; return take_op(&v->exit_op, s); }
static bool w_exit_val(struct cfg_eem_event *v, const char *s) { return take_number(s, &v->exit_value); }
static bool w_oid(struct cfg_eem_event *v, const char *s) { return take_string(&v->oid, s) && s[strspn(s, "0123456789.")] == '\0' && strlen(s) < 256; }
static bool w_oid_val(struct cfg_eem_event *v, const char *s) { return take_string(&v->oid_value, s); }
static bool w_src(struct cfg_eem_event *v, const char *s) { return ip4_parse(s, &v->src); }
static bool w_dst(struct cfg_eem_event *v, const char *s) { return ip4_parse(s, &v->dst); }

static bool
w_occurs(struct cfg_eem_event *v, const char *s)
{
	int64_t n;

	if (!take_number(s, &n) || n < 1 || n > EEM_OCCURS_MAX)
		return false;
	v->occurs = (unsigned)n;
	return true;
}

static bool
w_priority(struct cfg_eem_event *v, const char *s)
{
	static const struct name levels[] = { { 0, "emergencies" }, { 1, "alerts" }, { 2, "critical" }, { 3, "errors" }, { 4, "warnings" },
		{ 5, "notifications" }, { 6, "informational" }, { 7, "debugging" }, { 0, "0" }, { 1, "1" }, { 2, "2" }, { 3, "3" },
		{ 4, "4" }, { 5, "5" }, { 6, "6" }, { 7, "7" }, { 0, NULL } };

	v->severity = strcmp(s, "all") == 0 ? -1 : name_value(levels, s);
	return v->severity >= 0 || strcmp(s, "all") == 0;
}

static bool
w_state(struct cfg_eem_event *v, const char *s)
{
	v->edge = strcmp(s, "up") == 0 ? EEM_UP : strcmp(s, "down") == 0 ? EEM_DOWN : EEM_ANY;
	return v->edge != EEM_ANY || strcmp(s, "any") == 0;
}

static bool
w_interface(struct cfg_eem_event *v, const char *s)
{
	char name[CFG_IF_NAME];

	return ifname_parse(s, name, NULL) && take_string(&v->name, name);
}

static bool
w_parameter(struct cfg_eem_event *v, const char *s)
{
	for (size_t i = 0; eem_parameter(i) != NULL; i++)
		if (strcmp(eem_parameter(i), s) == 0)
			return take_string(&v->parameter, s);
	return false;
}

static bool
w_entry_type(struct cfg_eem_event *v, const char *s)
{
	v->entry = strcmp(s, "increment") == 0 ? EEM_BY_INCREMENT : strcmp(s, "rate") == 0 ? EEM_BY_RATE : EEM_BY_VALUE;
	return v->entry != EEM_BY_VALUE || strcmp(s, "value") == 0;
}

static bool
w_increment(struct cfg_eem_event *v, const char *s)
{
	bool yes;

	if (!take_yes(&yes, s))
		return false;
	v->entry = yes ? EEM_BY_INCREMENT : EEM_BY_VALUE;
	return true;
}

static bool
w_timer(struct cfg_eem_event *v, const char *s)
{
	static const struct name kinds[] = { { EEM_WATCHDOG, "watchdog" }, { EEM_COUNTDOWN, "countdown" }, { EEM_ABSOLUTE, "absolute" },
		{ EEM_CRON, "cron" }, { 0, NULL } };
	int32_t k = name_value(kinds, s);

	v->timer = k < 0 ? EEM_WATCHDOG : (enum eem_timer)k;
	return k >= 0;
}

static bool
w_track(struct cfg_eem_event *v, const char *s)
{
	int64_t n;

	if (!take_number(s, &n) || n < 1 || n > TRACK_MAX)
		return false;
	v->track = (unsigned)n;
	return true;
}

/* Policies are all of one queue and one importance here. */
static bool
w_order(struct cfg_eem_event *v, const char *s)
{
	(void)v;
	return strcmp(s, "low") == 0 || strcmp(s, "normal") == 0 || strcmp(s, "high") == 0 || strcmp(s, "last") == 0 || strcmp(s, "0") == 0 ||
	    strcmp(s, "1") == 0;
}

#define K(kind)	(1u << EEM_EV_##kind)

static const struct word { const char *word; unsigned kinds; word_fn *fn; } table[] = {
	{ "maxrun", ~0u, w_maxrun }, { "maxrun_sec", ~0u, w_maxrun }, { "ratelimit", ~0u, w_ratelimit },
	{ "queue_priority", ~0u, w_order }, { "nice", ~0u, w_order },
	{ "pattern", K(SYSLOG) | K(CLI), w_pattern }, { "occurs", K(SYSLOG) | K(CLI), w_occurs }, { "period", K(SYSLOG) | K(CLI), w_period },
	{ "priority", K(SYSLOG), w_priority },
	{ "name", K(TIMER) | K(COUNTER), w_name }, { "time", K(TIMER), w_time }, { "cron_entry", K(TIMER), w_cron },
	{ "sync", K(NONE) | K(CLI), w_sync }, { "skip", K(CLI), w_skip },
	{ "state", K(TRACK), w_state },
	{ "name", K(INTERFACE), w_interface }, { "parameter", K(INTERFACE), w_parameter }, { "poll_interval", K(INTERFACE), w_poll },
	{ "entry_type", K(INTERFACE), w_entry_type }, { "entry_val_is_increment", K(INTERFACE), w_increment },
	{ "entry_op", K(INTERFACE) | K(COUNTER), w_entry_op }, { "entry_val", K(INTERFACE) | K(COUNTER), w_entry_val },
	{ "exit_op", K(INTERFACE) | K(COUNTER), w_exit_op }, { "exit_val", K(INTERFACE) | K(COUNTER), w_exit_val },
	{ "oid", K(SNMP), w_oid }, { "oid_val", K(SNMP), w_oid_val }, { "op", K(SNMP), w_entry_op },
	{ "src_ip_address", K(SNMP), w_src }, { "dest_ip_address", K(SNMP), w_dst },
};

static char *
take_word(struct cfg_eem_event *v, const char *word, const char *value, bool has_value)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].word, word) != 0 || (table[i].kinds & 1u << v->kind) == 0)
			continue;
		if (!has_value)
			return xasprintf("%s has no value", word);
		return table[i].fn(v, value) ? NULL : xasprintf("bad %s: %.128s", word, value);
	}
	return xasprintf("%s events have no %.64s", eem_kind_name(v->kind, v->timer), word);
}

/* What the kind cannot do without. */
static const char *
missing(const struct cfg_eem_event *v)
{
	switch (v->kind) {
	case EEM_EV_SYSLOG:
		return v->pattern == NULL ? "pattern" : NULL;
	case EEM_EV_CLI:
		return v->pattern == NULL ? "pattern" : !v->sync_set ? "sync" : NULL;
	case EEM_EV_TIMER:
		return v->timer == EEM_CRON ? (v->cron == NULL ? "cron_entry" : NULL) : v->time_ns <= 0 ? "time" : NULL;
	case EEM_EV_INTERFACE:
		return v->name == NULL ? "name" : v->parameter == NULL ? "parameter" : NULL;
	case EEM_EV_COUNTER:
		return v->name == NULL ? "name" : NULL;
	case EEM_EV_SNMP:
		return v->oid == NULL ? "oid" : v->oid_value == NULL ? "oid_val" : NULL;
	default:
		return NULL;
	}
}

static char *
take_words(const struct tclproc *p, size_t at, struct cfg_eem_event *v)
{
	bool first = v->kind == EEM_EV_TIMER || v->kind == EEM_EV_TRACK;
	const char *none;
	char *why;

	if (first && !(v->kind == EEM_EV_TIMER ? w_timer : w_track)(v, tclproc_arg(p, at++)))
		return xasprintf("bad %s: %.64s", v->kind == EEM_EV_TIMER ? "kind of timer" : "number of an object", tclproc_arg(p, at - 1));
	for (; at < tclproc_argc(p); at += 2)
		if ((why = take_word(v, tclproc_arg(p, at), tclproc_arg(p, at + 1), at + 1 < tclproc_argc(p))) != NULL)
			return why;
	none = missing(v);
	return none == NULL ? NULL : xasprintf("no %s is given", none);
}

char *
eem_script_event(const struct tclproc *p, struct cfg_eem_event *v)
{
	static const struct name kinds[] = { { EEM_EV_SYSLOG, "syslog" }, { EEM_EV_TIMER, "timer" }, { EEM_EV_NONE, "none" }, { EEM_EV_CLI, "cli" },
		{ EEM_EV_TRACK, "track" }, { EEM_EV_INTERFACE, "interface" }, { EEM_EV_COUNTER, "counter" },
		{ EEM_EV_SNMP, "snmp_notification" }, { 0, NULL } };
	int32_t k = name_value(kinds, tclproc_arg(p, 1));
	char *why;

	cfg_eem_event_init(v);
	if (k < 0)
		return xstrdup("unknown event");
	v->kind = (enum eem_kind)k;
	why = take_words(p, 2, v);
	if (why != NULL)
		cfg_eem_event_free(v);
	return why;
}
