/* The Embedded Event Manager in the running configuration, and tracked objects, IP SLA operations and SNMP. */

#include <inttypes.h>
#include <string.h>

#include "engine/eem.h"
#include "lib/addr.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_eem.h"

void
running_seconds(struct text *out, int64_t ns)
{
	text_printf(out, "%" PRId64, ns / NSEC_SEC);
	if (ns % NSEC_SEC != 0)
		text_printf(out, ".%03d", (int)(ns % NSEC_SEC / NSEC_MS));
}

static void
put_seconds(struct text *out, const char *word, int64_t ns)
{
	text_printf(out, " %s ", word);
	running_seconds(out, ns);
}

static void
put_string(struct text *out, const char *word, const char *v)
{
	text_printf(out, " %s \"%s\"", word, v);
}

static const char *
yes(bool v)
{
	return v ? "yes" : "no";
}

static void
put_matching(struct text *out, const struct cfg_eem_event *v)
{
	if (v->occurs > 0)
		text_printf(out, " occurs %u", v->occurs);
	if (v->period_ns > 0)
		put_seconds(out, "period", v->period_ns);
}

static void
put_syslog(struct text *out, const struct cfg_eem_event *v)
{
	text_add(out, "syslog");
	put_string(out, "pattern", v->pattern);
	put_matching(out, v);
	if (v->severity >= 0)
		text_printf(out, " priority %d", v->severity);
}

static void
put_timer(struct text *out, const struct cfg_eem_event *v)
{
	static const char *const kinds[] = { "watchdog", "countdown", "absolute", "cron" };

	text_printf(out, "timer %s", kinds[v->timer]);
	if (v->name != NULL)
		text_printf(out, " name %s", v->name);
	if (v->timer == EEM_CRON)
		put_string(out, "cron-entry", v->cron);
	else
		put_seconds(out, "time", v->time_ns);
}

static void
put_cli(struct text *out, const struct cfg_eem_event *v)
{
	text_add(out, "cli");
	put_string(out, "pattern", v->pattern);
	text_printf(out, " sync %s", yes(v->sync));
	if (!v->sync)
		text_printf(out, " skip %s", yes(v->skip));
	put_matching(out, v);
}

static void
put_conditions(struct text *out, const struct cfg_eem_event *v)
{
	text_printf(out, " entry-op %s entry-val %" PRId64, eem_op_name(v->op), v->value);
	if (v->kind == EEM_EV_INTERFACE)
		text_printf(out, " entry-type %s", v->entry == EEM_BY_INCREMENT ? "increment" : v->entry == EEM_BY_RATE ? "rate" : "value");
	if (v->exit_set)
		text_printf(out, " exit-op %s exit-val %" PRId64, eem_op_name(v->exit_op), v->exit_value);
}

static void
put_interface(struct text *out, const struct cfg_eem_event *v)
{
	text_printf(out, "interface name %s parameter %s", v->name, v->parameter);
	put_conditions(out, v);
	if (v->poll_ns > 0)
		put_seconds(out, "poll-interval", v->poll_ns);
}

static void
put_snmp(struct text *out, const struct cfg_eem_event *v)
{
	char a[ADDR_STRLEN];

	text_printf(out, "snmp-notification oid %s", v->oid);
	put_string(out, "oid-val", v->oid_value);
	text_printf(out, " op %s", eem_op_name(v->op));
	if (v->src != 0)
		text_printf(out, " src-ip-address %s", ip4_fmt(v->src, a));
	if (v->dst != 0)
		text_printf(out, " dest-ip-address %s", ip4_fmt(v->dst, a));
}

static void
put_kind(struct text *out, const struct cfg_eem_event *v)
{
	switch (v->kind) {
	case EEM_EV_SYSLOG:
		put_syslog(out, v);
		break;
	case EEM_EV_TIMER:
		put_timer(out, v);
		break;
	case EEM_EV_NONE:
		text_add(out, "none");
		if (v->sync_set)
			text_printf(out, " sync %s", yes(v->sync));
		break;
	case EEM_EV_CLI:
		put_cli(out, v);
		break;
	case EEM_EV_TRACK:
		text_printf(out, "track %u state %s", v->track, v->edge == EEM_UP ? "up" : v->edge == EEM_DOWN ? "down" : "any");
		break;
	case EEM_EV_INTERFACE:
		put_interface(out, v);
		break;
	case EEM_EV_SNMP:
		put_snmp(out, v);
		break;
	case EEM_EV_COUNTER:
		text_printf(out, "counter name %s", v->name);
		put_conditions(out, v);
		break;
	default:
		break;
	}
}

void
running_eem_event(struct text *out, const struct cfg_eem_event *v)
{
	text_add(out, "event ");
	put_kind(out, v);
	if (v->maxrun_ns >= 0)
		put_seconds(out, "maxrun", v->maxrun_ns);
	if (v->ratelimit_ns >= 0)
		put_seconds(out, "ratelimit", v->ratelimit_ns);
}

static void
put_applet(struct text *out, const struct cfg_eem_applet *a)
{
	const struct cfg_eem_action *x;

	text_printf(out, "event manager applet %s%s", a->name, a->bypass ? " authorization bypass" : "");
	if (a->class != 0)
		text_printf(out, " class %c", a->class);
	text_printf(out, "%s\n", a->trap ? " trap" : "");
	if (a->description != NULL)
		text_printf(out, " description %s\n", a->description);
	if (a->event.kind != EEM_EV_UNSET) {
		text_addc(out, ' ');
		running_eem_event(out, &a->event);
		text_addc(out, '\n');
	}
	TAILQ_FOREACH(x, &a->actions, next) {
		text_printf(out, " action %s ", x->label);
		running_eem_action(out, x);
		text_addc(out, '\n');
	}
}

void
running_eem(const struct config *c, struct text *out)
{
	const struct cfg_eem *e = &c->eem;
	const struct cfg_eem_applet *a;
	const struct cfg_eem_var *v;
	size_t before = out->len;

	TAILQ_FOREACH(v, &e->vars, next)
		text_printf(out, "event manager environment %s %s\n", v->name, v->value);
	if (e->user != NULL)
		text_printf(out, "event manager session cli username \"%s\"\n", e->user);
	if (e->history_events != EEM_HISTORY_DEFAULT)
		text_printf(out, "event manager history size events %u\n", e->history_events);
	if (e->history_traps != EEM_HISTORY_DEFAULT)
		text_printf(out, "event manager history size traps %u\n", e->history_traps);
	running_eem_script(e, out);
	TAILQ_FOREACH(a, &e->applets, next)
		put_applet(out, a);
	if (out->len > before)
		text_add(out, "!\n");
}

/* ---- tracked objects ---- */

static void
put_track_kind(struct text *out, const struct cfg_track *t)
{
	char p[ADDR_STRLEN], m[ADDR_STRLEN];

	switch (t->kind) {
	case TRACK_IF_LINE:
	case TRACK_IF_ROUTING:
		text_printf(out, "interface %s %s", t->ifname, t->kind == TRACK_IF_LINE ? "line-protocol" : "ip routing");
		break;
	case TRACK_SLA_REACH:
	case TRACK_SLA_STATE:
		text_printf(out, "ip sla %u %s", t->sla, t->kind == TRACK_SLA_REACH ? "reachability" : "state");
		break;
	case TRACK_ROUTE:
		text_printf(out, "ip route %s %s reachability", ip4_fmt(t->prefix, p), ip4_fmt(t->mask, m));
		break;
	case TRACK_LIST_AND:
	case TRACK_LIST_OR:
		text_printf(out, "list boolean %s", t->kind == TRACK_LIST_AND ? "and" : "or");
		break;
	default:
		text_add(out, "stub-object");
	}
}

void
running_track(const struct config *c, struct text *out)
{
	const struct cfg_track *t;

	TAILQ_FOREACH(t, &c->tracking.tracks, next) {
		text_printf(out, "track %u ", t->number);
		put_track_kind(out, t);
		text_addc(out, '\n');
		for (unsigned i = 0; i < t->nmembers; i++)
			text_printf(out, " object %u%s\n", t->members[i].number, t->members[i].negated ? " not" : "");
		if (t->kind == TRACK_STUB && t->stub_up)
			text_add(out, " default-state up\n");
		if (t->delay_down_s > 0 || t->delay_up_s > 0) {
			text_add(out, " delay");
			if (t->delay_down_s > 0)
				text_printf(out, " down %u", t->delay_down_s);
			if (t->delay_up_s > 0)
				text_printf(out, " up %u", t->delay_up_s);
			text_addc(out, '\n');
		}
		text_add(out, "!\n");
	}
}

static void
put_sla(struct text *out, const struct cfg_sla *x)
{
	char a[ADDR_STRLEN];

	text_printf(out, "ip sla %u\n", x->number);
	if (x->typed) {
		text_printf(out, " icmp-echo %s", ip4_fmt(x->target, a));
		if (x->source_if != NULL)
			text_printf(out, " source-interface %s", x->source_if);
		else if (x->source != 0)
			text_printf(out, " source-ip %s", ip4_fmt(x->source, a));
		text_addc(out, '\n');
	}
	if (x->tag != NULL)
		text_printf(out, "  tag %s\n", x->tag);
	if (x->threshold_ms != SLA_THRESHOLD_MS)
		text_printf(out, "  threshold %u\n", x->threshold_ms);
	if (x->timeout_ms != SLA_TIMEOUT_MS)
		text_printf(out, "  timeout %u\n", x->timeout_ms);
	if (x->size != SLA_SIZE)
		text_printf(out, "  request-data-size %u\n", x->size);
	if (x->frequency_s != SLA_FREQUENCY_S)
		text_printf(out, "  frequency %u\n", x->frequency_s);
	if (x->scheduled) {
		text_printf(out, "ip sla schedule %u", x->number);
		if (x->forever)
			text_add(out, " life forever");
		else if (x->life_s != SLA_LIFE_S)
			text_printf(out, " life %u", x->life_s);
		text_printf(out, "%s\n", x->running ? " start-time now" : "");
	}
}

void
running_sla(const struct config *c, struct text *out)
{
	const struct cfg_sla *x;

	TAILQ_FOREACH(x, &c->tracking.slas, next)
		put_sla(out, x);
	if (!TAILQ_EMPTY(&c->tracking.slas))
		text_add(out, "!\n");
}

/* ---- SNMP ---- */

void
running_snmp(const struct config *c, struct text *out)
{
	const struct cfg_snmp *s = &c->snmp;
	const struct cfg_snmp_community *k;
	const struct cfg_snmp_host *h;
	size_t before = out->len;
	char a[ADDR_STRLEN];

	TAILQ_FOREACH(k, &s->communities, next)
		text_printf(out, "snmp-server community %s %s\n", k->name, k->rw ? "RW" : "RO");
	if (s->trap_source != NULL)
		text_printf(out, "snmp-server trap-source %s\n", s->trap_source);
	if (s->traps_eem)
		text_add(out, "snmp-server enable traps event-manager\n");
	TAILQ_FOREACH(h, &s->hosts, next)
		text_printf(out, "snmp-server host %s %s%s%s\n", ip4_fmt(h->addr, a), h->version == 1 ? "version 2c " : "", h->community,
		    h->event_manager ? "  event-manager" : "");
	if (s->manager)
		text_add(out, "snmp-server manager\n");
	if (out->len > before)
		text_add(out, "!\n");
}
