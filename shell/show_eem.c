/* show event manager ...: policies, what runs, what ran, and what they can look at. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/eem.h"
#include "engine/router.h"
#include "lib/addr.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_eem.h"
#include "shell/show.h"

void
show_eem_time(struct text *t, const struct config *c, int64_t ns)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct civil v;

	civil_from_ns(ns + (c->timezone == NULL ? 0 : c->timezone_minutes * INT64_C(60) * NSEC_SEC), &v);
	text_printf(t, "%s %s%2d %02d:%02d:%02d %d", days[v.weekday], months[v.month - 1], v.day, v.hour, v.minute, v.second, v.year);
}

struct out { struct session *s; struct text t; unsigned n; bool detail, running; };

static void
finish(struct out *o)
{
	show_flush(o->s, &o->t);
}

/* ---- policies ---- */

static void
put_ms(struct text *t, int64_t ns)
{
	text_printf(t, "%" PRId64 ".%03d", ns / NSEC_SEC, (int)(ns % NSEC_SEC / NSEC_MS));
}

static void
put_event(struct text *t, const struct cfg_eem_event *v)
{
	char a[ADDR_STRLEN];

	if (v->occurs > 0)
		text_printf(t, " occurs %u", v->occurs);
	switch (v->kind) {
	case EEM_EV_SYSLOG:
		text_printf(t, " pattern {%s}\n", v->pattern);
		break;
	case EEM_EV_CLI:
		text_printf(t, " pattern {%s} sync %s", v->pattern, v->sync ? "yes" : "no");
		text_printf(t, "%s\n", v->sync ? "" : v->skip ? " skip yes" : " skip no");
		break;
	case EEM_EV_TIMER:
		text_printf(t, " name {%s}", v->name != NULL ? v->name : "");
		if (v->timer == EEM_CRON)
			text_printf(t, " cron entry {%s}\n", v->cron);
		else {
			text_add(t, " time ");
			put_ms(t, v->time_ns);
			text_addc(t, '\n');
		}
		break;
	case EEM_EV_NONE:
		text_printf(t, " policyname {manual} sync {%s}\n", v->sync_set && !v->sync ? "no" : "yes");
		break;
	case EEM_EV_TRACK:
		text_printf(t, " number %u state %s\n", v->track, v->edge == EEM_UP ? "up" : v->edge == EEM_DOWN ? "down" : "any");
		break;
	case EEM_EV_INTERFACE:
		text_printf(t, " name {%s} parameter {%s} entry_op %s entry_val %" PRId64 " poll_interval ", v->name, v->parameter,
		    eem_op_name(v->op), v->value);
		put_ms(t, v->poll_ns > 0 ? v->poll_ns : NSEC_SEC);
		text_addc(t, '\n');
		break;
	case EEM_EV_SNMP:
		text_printf(t, " oid {%s} oid_val {%s} op {%s}", v->oid, v->oid_value, eem_op_name(v->op));
		text_printf(t, " src_ip_address {%s}\n", v->src != 0 ? ip4_fmt(v->src, a) : "");
		break;
	case EEM_EV_COUNTER:
		text_printf(t, " name {%s} entry_op %s entry_val %" PRId64 "\n", v->name, eem_op_name(v->op), v->value);
		break;
	default:
		break;
	}
}

static void
put_actions(struct text *t, const struct config *c, const char *name)
{
	const struct cfg_eem_applet *a = cfg_eem_applet((struct cfg_eem *)(uintptr_t)&c->eem, name, false);
	const struct cfg_eem_action *x;

	if (a == NULL)
		return;
	TAILQ_FOREACH(x, &a->actions, next) {
		text_printf(t, " action %s ", x->label);
		running_eem_action(t, x);
		text_addc(t, '\n');
	}
}

static void
put_policy(void *arg, const struct eem_policy_info *i)
{
	struct out *o = arg;

	text_printf(&o->t, "%-5u%-10s%-8s%-20s%-6s", i->number, i->class, "user", eem_kind_name(i->event->kind, i->event->timer), i->trap ? "On" : "Off");
	show_eem_time(&o->t, conf(o->s), i->registered_ns);
	text_printf(&o->t, "  %s\n", i->name);
	put_event(&o->t, i->event);
	text_add(&o->t, " maxrun ");
	put_ms(&o->t, i->event->maxrun_ns >= 0 ? i->event->maxrun_ns : EEM_MAXRUN_S * NSEC_SEC);
	if (i->event->ratelimit_ns >= 0) {
		text_add(&o->t, " ratelimit ");
		put_ms(&o->t, i->event->ratelimit_ns);
	}
	text_addc(&o->t, '\n');
	if (strcmp(i->class, "applet") == 0)
		put_actions(&o->t, conf(o->s), i->name);
	text_addc(&o->t, '\n');
}

static void
run_registered(struct session *s, const struct args *a)
{
	struct out o = { .s = s };

	(void)a;
	text_printf(&o.t, "%-5s%-10s%-8s%-20s%-6s%-26s%s\n", "No.", "Class", "Type", "Event Type", "Trap", "Time Registered", "Name");
	eem_policy_each(s->router, put_policy, &o);
	finish(&o);
}

static void
put_statistics(void *arg, const struct eem_policy_info *i)
{
	struct out *o = arg;

	text_printf(&o->t, "%-5u%-10s%-12" PRIu64 "%-12" PRIu64, i->number, i->class, i->triggered, i->suppressed);
	text_printf(&o->t, "%" PRId64 ".%03d", i->run_average_ns / NSEC_SEC, (int)(i->run_average_ns % NSEC_SEC / NSEC_MS));
	text_pad(&o->t, 50);
	text_printf(&o->t, "%" PRId64 ".%03d", i->run_max_ns / NSEC_SEC, (int)(i->run_max_ns % NSEC_SEC / NSEC_MS));
	text_pad(&o->t, 61);
	text_printf(&o->t, "%s\n     event {} %s\n", i->name, eem_kind_name(i->event->kind, i->event->timer));
}

static void
run_statistics(struct session *s, const struct args *a)
{
	struct out o = { .s = s };

	(void)a;
	text_printf(&o.t, "%39s%-11s%s\n", "", "Average", "Maximum");
	text_printf(&o.t, "%-5s%-10s%-12s%-12s%-11s%-11s%s\n", "No.", "Class", "Triggered", "Suppressed", "Run Time", "Run Time", "Name");
	text_add(&o.t, "--------------------------------------------------------------------------------\n");
	eem_policy_each(s->router, put_statistics, &o);
	finish(&o);
}

/* ---- jobs ---- */

static void
put_job(void *arg, const struct eem_job_info *i)
{
	struct out *o = arg;

	if (i->running != o->running)
		return;
	if (o->n++ == 0) {
		text_add(&o->t, "Key: p - Priority        :L - Low, H - High, N - Normal, Z - Last\n     s - Scheduling node :A - Active, S - Standby\n\n");
		text_printf(&o->t, "default class\n%-5s%-12s%-8s%-26s%-20s%s\n", "No.", "Job Id", "p s status", "  Time of Event", "  Event Type", "  Name");
	}
	text_printf(&o->t, "%-5u%-12" PRIu64 "N A %-8s", o->n, i->id, i->status);
	show_eem_time(&o->t, conf(o->s), i->event_ns);
	text_printf(&o->t, "  %-20s%s: %s\n", eem_kind_name(i->kind, i->timer), i->class, i->name);
}

static void
run_jobs(struct session *s, const struct args *a)
{
	struct out o = { .s = s, .running = arg_has(a, "active") };

	eem_job_each(s->router, put_job, &o);
	if (o.n == 0)
		text_printf(&o.t, "no %s policies\n", o.running ? "active" : "pending");
	finish(&o);
}

static void
put_past(void *arg, const struct eem_job_info *i)
{
	struct out *o = arg;

	text_printf(&o->t, "%-5u%-7" PRIu64 "Actv %-9s", ++o->n, i->id, i->status);
	show_eem_time(&o->t, conf(o->s), i->event_ns);
	text_printf(&o->t, "  %-18s%s: %s\n", eem_kind_name(i->kind, i->timer), i->class, i->name);
}

static void
run_history(struct session *s, const struct args *a)
{
	struct out o = { .s = s };

	(void)a;
	text_printf(&o.t, "%-5s%-7s%-5s%-9s%-25s%-18s%s\n", "No.", "Job Id", "Proc", "Status", "Time of Event", "Event Type", "Name");
	eem_history_each(s->router, put_past, &o);
	finish(&o);
}

static void
put_trap(void *arg, const struct eem_trap_info *i)
{
	struct out *o = arg;

	text_printf(&o->t, "%-5u", ++o->n);
	show_eem_time(&o->t, conf(o->s), i->when_ns);
	text_printf(&o->t, "    %-20s%s\n", i->kind, i->name);
}

static void
run_traps(struct session *s, const struct args *a)
{
	struct out o = { .s = s };

	(void)a;
	text_printf(&o.t, "%-5s%-27s%-20s%s\n", "No.", "Time", "Trap Type", "Name");
	eem_trap_each(s->router, put_trap, &o);
	finish(&o);
}

/* ---- the rest ---- */

static void
run_environment(struct session *s, const struct args *a)
{
	const char *wanted = arg_str(a, "variable");
	const struct cfg_eem_var *v;
	struct out o = { .s = s };

	if (wanted != NULL) {
		const char *value = cfg_eem_var(&conf(s)->eem, wanted);

		if (value == NULL)
			session_error(s, "%% EEM: no environment variable %s", wanted);
		else
			session_printf(s, "%s\n", value);
		return;
	}
	text_printf(&o.t, "%-5s%-30s%s\n", "No.", "Name", "Value");
	TAILQ_FOREACH(v, &conf(s)->eem.vars, next)
		text_printf(&o.t, "%-5u%-30s%s\n", ++o.n, v->name, v->value);
	finish(&o);
}

static void
run_detectors(struct session *s, const struct args *a)
{
	static const char *const names[] = { "syslog", "timer", "none", "cli", "track", "interface", "snmp-notification", "counter" };
	struct out o = { .s = s };

	(void)a;
	text_printf(&o.t, "%-5s%-20s%-10s%-12s%s\n", "No.", "Name", "Version", "Node", "Type");
	for (size_t i = 0; i < NROWS(names); i++)
		text_printf(&o.t, "%-5u%-20s%-10s%-12s%s\n", ++o.n, names[i], "01.00", "node0/0", "RP");
	finish(&o);
}

#define SH		"show event manager "
#define SH_HELP		"Show what is going on\nEvents and what is done about them\nThe embedded event manager\n"
#define E		M(EXEC) | M(PRIV), 1, CMD_SHOW

static const struct cmd rows[] = {
	{ E, SH "policy registered", SH_HELP "Policies\nThose that wait for an event", run_registered },
	{ E, SH "policy { active | pending }", SH_HELP "Policies\nThose that run\nThose that are to run", run_jobs },
	{ E, SH "history events", SH_HELP "What was\nEvents that policies ran for", run_history },
	{ E, SH "history traps", SH_HELP "What was\nTraps", run_traps },
	{ E, SH "environment [ { all | WORD:variable } ]", SH_HELP "Variables of all policies\nAll of them\nOne of them", run_environment },
	{ E, SH "detector all", SH_HELP "What can be looked at\nAll of it", run_detectors },
	{ E, SH "statistics policy", SH_HELP "Counts\nOf policies", run_statistics },
};

const struct cmd_table cmds_show_eem = { rows, NROWS(rows) };
