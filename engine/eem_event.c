/*
 * Event detectors: what a policy has registered for is watched for here, and published when it comes.  Those for
 * syslog, commands, tracked objects, notifications and counters are told; those for timers and interfaces have a
 * timer of their own.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/eem_int.h"
#include "engine/log.h"
#include "engine/router.h"
#include "lib/addr.h"
#include "lib/mem.h"
#include "lib/text.h"

#define POLL_DEFAULT	NSEC_SEC	/* interface */
#define PATTERN_MAX	512

const char *
eem_op_name(enum eem_op op)
{
	static const char *const names[] = { "gt", "ge", "eq", "ne", "lt", "le" };

	return names[op];
}

const char *
eem_kind_name(enum eem_kind k, enum eem_timer t)
{
	static const char *const timers[] = { "timer watchdog", "timer countdown", "timer absolute", "timer cron" };
	static const char *const kinds[EEM_EV__COUNT] = { "", "syslog", "", "none", "cli", "track", "interface", "snmp-notification", "counter" };

	return k == EEM_EV_TIMER ? timers[t] : kinds[k];
}

static bool
compile(regex_t *re, const char *pattern)
{
	return strlen(pattern) <= PATTERN_MAX && regcomp(re, pattern, REG_EXTENDED | REG_NOSUB) == 0;
}

bool
eem_pattern_ok(const char *pattern)
{
	regex_t re;

	if (!compile(&re, pattern))
		return false;
	regfree(&re);
	return true;
}

static bool
op_holds(enum eem_op op, int64_t a, int64_t b)
{
	switch (op) {
	case EEM_OP_GT:
		return a > b;
	case EEM_OP_GE:
		return a >= b;
	case EEM_OP_EQ:
		return a == b;
	case EEM_OP_NE:
		return a != b;
	case EEM_OP_LT:
		return a < b;
	case EEM_OP_LE:
		return a <= b;
	}
	return false;
}

/* ---- occurs and period ---- */

/* One more match: do they make an event? */
static bool
counts(struct eem_policy *p, int64_t now)
{
	unsigned need = p->event.occurs == 0 ? 1 : p->event.occurs, kept = 0;

	for (unsigned i = 0; i < p->nhits; i++)
		if (p->event.period_ns == 0 || now - p->hits[i] <= p->event.period_ns)
			p->hits[kept++] = p->hits[i];
	p->hits[kept++] = now;
	p->nhits = kept < need ? kept : 0;
	return kept >= need;
}

/* ---- syslog ---- */

static bool
syslog_fits(struct eem_policy *p, const struct log_entry *l, const char *formatted)
{
	const struct cfg_eem_event *v = &p->event;

	if (v->kind != EEM_EV_SYSLOG || (v->severity >= 0 && v->severity != l->severity))
		return false;
	return regexec(&p->re, formatted, 0, NULL, 0) == 0 && counts(p, l->when_ns);
}

static void
on_log(void *arg, const struct log_entry *l, const char *formatted)
{
	struct eem *e = arg;
	struct eem_policy *p;

	if (e->quiet > 0)
		return;
	TAILQ_FOREACH(p, &e->policies, next) {
		struct eem_vars v = { 0 };

		if (!syslog_fits(p, l, formatted))
			continue;
		eem_vars_setf(&v, "_syslog_msg", "\n%s", formatted);
		eem_vars_setf(&v, "_syslog_priority", "%u", l->severity);
		eem_publish(p, &v, NULL);
	}
}

void
eem_taps(struct eem *e)
{
	struct eem_policy *p;
	bool wanted = false;

	TAILQ_FOREACH(p, &e->policies, next)
		wanted |= p->event.kind == EEM_EV_SYSLOG;
	if (wanted == (e->tap != NULL))
		return;
	if (!wanted)
		log_tap_del(e->tap);
	e->tap = wanted ? log_tap_add(e->r, LOG_SINK_ALL, on_log, e) : NULL;
}

/* ---- timers ---- */

static void
timer_arm(struct eem_policy *p)
{
	struct router *r = p->eem->r;
	int64_t now = clock_now(r->clock), at = CLOCK_NEVER;

	switch (p->event.timer) {
	case EEM_WATCHDOG:
		at = now + (p->event.time_ns > 0 ? p->event.time_ns : NSEC_MS);
		break;
	case EEM_COUNTDOWN:
		at = now + p->event.time_ns;
		break;
	case EEM_ABSOLUTE:
		at = p->event.time_ns - r->clock_offset_ns;
		break;
	case EEM_CRON:
		at = eem_cron_next(p->event.cron, router_now(r), r->cfg->timezone_minutes * 60 * NSEC_SEC);
		if (at != CLOCK_NEVER)
			at -= r->clock_offset_ns;
		break;
	}
	if (at != CLOCK_NEVER && at >= now)
		timer_at(&p->timer, at);
}

static void
on_timer(void *arg)
{
	static const char *const kinds[] = { "watchdog", "countdown", "absolute", "cron" };
	struct eem_policy *p = arg;
	struct eem_vars v = { 0 };
	int64_t now = router_now(p->eem->r);

	if (p->event.timer == EEM_WATCHDOG || p->event.timer == EEM_CRON)
		timer_arm(p);
	eem_vars_set(&v, "_timer_type", kinds[p->event.timer]);
	eem_vars_setf(&v, "_timer_time_sec", "%" PRId64, now / NSEC_SEC);
	eem_vars_setf(&v, "_timer_time_msec", "%" PRId64, now % NSEC_SEC / NSEC_MS);
	eem_vars_setf(&v, "_timer_remain", "%d", timer_armed(&p->timer) ? (int)((timer_due(&p->timer) - clock_now(p->eem->r->clock)) / NSEC_SEC) : 0);
	eem_publish(p, &v, NULL);
}

/* ---- interfaces ---- */

static const struct parameter { const char *name; size_t offset; bool wide; } parameters[] = {
#define WIDE(name, field)	{ name, offsetof(struct dp_if_info, field), true }
#define NARROW(name, field)	{ name, offsetof(struct dp_if_info, field), false }
	WIDE("input_errors", in_errors),
	WIDE("input_packets_dropped", in_drops),
	WIDE("output_packets_dropped", out_drops),
	WIDE("output_errors", out_errors),
	WIDE("receive_broadcasts", in_broadcasts),
	WIDE("input_packets", in_packets),
	WIDE("output_packets", out_packets),
	WIDE("input_bytes", in_bytes),
	WIDE("output_bytes", out_bytes),
	NARROW("receive_rate_bps", rate_in_bps),
	NARROW("receive_rate_pps", rate_in_pps),
	NARROW("transmit_rate_bps", rate_out_bps),
	NARROW("transmit_rate_pps", rate_out_pps),
};

const char *
eem_parameter(size_t i)
{
	return i < sizeof(parameters) / sizeof(parameters[0]) ? parameters[i].name : NULL;
}

static bool
interface_read(struct eem_policy *p, int64_t *v)
{
	struct if_info i;

	if (!router_if_info(p->eem->r, p->event.name, &i))
		return false;
	for (size_t k = 0; k < sizeof(parameters) / sizeof(parameters[0]); k++) {
		const char *at = (const char *)&i.dp + parameters[k].offset;

		if (strcmp(parameters[k].name, p->event.parameter) != 0)
			continue;
		*v = parameters[k].wide ? (int64_t)*(const uint64_t *)(const void *)at : (int64_t)*(const unsigned *)(const void *)at;
		return true;
	}
	return false;
}

static void
interface_publish(struct eem_policy *p, int64_t value, int64_t delta)
{
	struct eem_vars v = { 0 };

	eem_vars_set(&v, "_interface_name", p->event.name);
	eem_vars_set(&v, "_interface_parameter", p->event.parameter);
	eem_vars_setf(&v, "_interface_value", "%" PRId64, value);
	eem_vars_setf(&v, "_interface_delta_val", "%" PRId64, delta);
	eem_vars_set(&v, "_interface_is_increment", p->event.entry == EEM_BY_INCREMENT ? "1" : "0");
	eem_publish(p, &v, NULL);
}

/* Fires when the entry condition begins to hold; again only after the exit condition (or its end). */
static bool
crosses(struct eem_policy *p, int64_t value)
{
	const struct cfg_eem_event *v = &p->event;
	bool enters = op_holds(v->op, value, v->value);

	if (p->crossed) {
		if (v->exit_set ? op_holds(v->exit_op, value, v->exit_value) : !enters)
			p->crossed = false;
		return false;
	}
	p->crossed = enters;
	return enters;
}

static void
on_poll(void *arg)
{
	struct eem_policy *p = arg;
	int64_t poll = p->event.poll_ns > 0 ? p->event.poll_ns : POLL_DEFAULT, value, delta, seen;

	timer_in(&p->timer, poll);
	if (!interface_read(p, &value)) {
		p->seen = false;
		return;
	}
	delta = value - p->last;
	seen = p->seen;
	p->last = value;
	p->seen = true;
	if (p->event.entry != EEM_BY_VALUE && !seen)
		return;
	if (p->event.entry == EEM_BY_RATE)
		delta = delta * NSEC_SEC / poll;
	if (p->event.entry == EEM_BY_VALUE ? crosses(p, value) : op_holds(p->event.op, delta, p->event.value))
		interface_publish(p, value, delta);
}

/* ---- commands ---- */

bool
eem_cli_wanted(const struct router *r)
{
	const struct eem_policy *p;

	if (r->eem == NULL)
		return false;
	TAILQ_FOREACH(p, &r->eem->policies, next)
		if (p->event.kind == EEM_EV_CLI)
			return true;
	return false;
}

enum eem_cli_verdict
eem_cli_event(struct router *r, const char *command, const char *mode, struct eem_wait *w)
{
	enum eem_cli_verdict verdict = EEM_CLI_RUN;
	struct eem_policy *p, *next;

	w->run = true;
	for (p = r->eem == NULL ? NULL : TAILQ_FIRST(&r->eem->policies); p != NULL; p = next) {
		struct eem_vars v = { 0 };

		next = TAILQ_NEXT(p, next);
		if (p->event.kind != EEM_EV_CLI || regexec(&p->re, command, 0, NULL, 0) != 0 || !counts(p, clock_now(r->clock)))
			continue;
		eem_vars_set(&v, "_cli_msg", command);
		eem_vars_set(&v, "_cli_mode", mode);
		if (eem_publish(p, &v, p->event.sync ? w : NULL))
			verdict = EEM_CLI_WAIT;
		else if (!p->event.sync && p->event.skip && verdict == EEM_CLI_RUN)
			verdict = EEM_CLI_SKIP;
		if (!p->event.sync && p->event.skip)
			w->run = false;
	}
	return verdict;
}

/* ---- tracked objects, notifications, counters ---- */

void
eem_track_event(struct router *r, unsigned number, bool up)
{
	struct eem_policy *p;

	if (r->eem == NULL)
		return;
	TAILQ_FOREACH(p, &r->eem->policies, next) {
		struct eem_vars v = { 0 };

		if (p->event.kind != EEM_EV_TRACK || p->event.track != number ||
		    (p->event.edge != EEM_ANY && (p->event.edge == EEM_UP) != up))
			continue;
		eem_vars_setf(&v, "_track_number", "%u", number);
		eem_vars_set(&v, "_track_state", up ? "up" : "down");
		eem_publish(p, &v, NULL);
	}
}

/* An OID that ends in a dot stands for all below it, one without for itself (or an instance of it). */
static bool
oid_fits(const char *wanted, const char *oid)
{
	size_t n = strlen(wanted);

	if (*oid == '.')
		oid++;
	if (*wanted == '.')
		wanted++, n--;
	if (strncmp(oid, wanted, n) != 0)
		return false;
	return oid[n] == '\0' || oid[n] == '.' || (n > 0 && wanted[n - 1] == '.');
}

static bool
value_fits(const struct cfg_eem_event *v, const char *value)
{
	char *end1, *end2;
	long long a = strtoll(value, &end1, 10), b = strtoll(v->oid_value, &end2, 10);

	if (end1 != value && *end1 == '\0' && end2 != v->oid_value && *end2 == '\0')
		return op_holds(v->op, a, b);
	return op_holds(v->op, strcmp(value, v->oid_value), 0);
}

static void
snmp_publish(struct eem_policy *p, uint32_t src, uint32_t dst, const struct eem_varbind *b)
{
	char a[ADDR_STRLEN];
	struct eem_vars v = { 0 };

	eem_vars_set(&v, "_snmp_notif_oid", b->oid);
	eem_vars_set(&v, "_snmp_notif_oid_val", b->value);
	eem_vars_set(&v, "_snmp_notif_src_ip_addr", ip4_fmt(src, a));
	eem_vars_set(&v, "_snmp_notif_dest_ip_addr", ip4_fmt(dst, a));
	eem_publish(p, &v, NULL);
}

void
eem_snmp_event(struct router *r, uint32_t src, uint32_t dst, const struct eem_varbind *v, size_t n)
{
	struct eem_policy *p;

	if (r->eem == NULL)
		return;
	TAILQ_FOREACH(p, &r->eem->policies, next) {
		const struct cfg_eem_event *e = &p->event;

		if (e->kind != EEM_EV_SNMP || (e->src != 0 && e->src != src) || (e->dst != 0 && e->dst != dst))
			continue;
		for (size_t i = 0; i < n; i++)
			if (oid_fits(e->oid, v[i].oid) && value_fits(e, v[i].value)) {
				snmp_publish(p, src, dst, &v[i]);
				break;
			}
	}
}

void
eem_counter_event(struct eem *e, const char *name, int64_t value)
{
	struct eem_policy *p;

	TAILQ_FOREACH(p, &e->policies, next) {
		struct eem_vars v = { 0 };

		if (p->event.kind != EEM_EV_COUNTER || strcmp(p->event.name, name) != 0 || !crosses(p, value))
			continue;
		eem_vars_set(&v, "_counter_name", name);
		eem_vars_setf(&v, "_counter_value", "%" PRId64, value);
		eem_publish(p, &v, NULL);
	}
}

/* ---- beginning and end ---- */

bool
eem_detect(struct eem_policy *p, const char **why)
{
	struct clock *c = p->eem->r->clock;

	if (p->event.kind == EEM_EV_SYSLOG || p->event.kind == EEM_EV_CLI) {
		if (!compile(&p->re, p->event.pattern)) {
			*why = "bad regular expression";
			return false;
		}
		p->compiled = true;
	}
	if (p->event.kind == EEM_EV_TIMER) {
		timer_init(&p->timer, c, on_timer, p);
		timer_arm(p);
	}
	if (p->event.kind == EEM_EV_INTERFACE) {
		timer_init(&p->timer, c, on_poll, p);
		on_poll(p);
	}
	return true;
}

void
eem_detect_end(struct eem_policy *p)
{
	timer_stop(&p->timer);
	if (p->compiled)
		regfree(&p->re);
	p->compiled = false;
}
