/* show track and show ip sla. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/router.h"
#include "engine/track.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_eem.h"
#include "shell/show.h"

struct out { struct session *s; struct text t; unsigned n, wanted; bool brief; };

static const char *
updown(bool up)
{
	return up ? "Up" : "Down";
}

/* ---- tracked objects ---- */

/* What it stands on, in one line, and what its state is called. */
static const char *
put_what(struct text *t, const struct cfg_track *c)
{
	char p[ADDR_STRLEN], m[ADDR_STRLEN];

	switch (c->kind) {
	case TRACK_IF_LINE:
		text_printf(t, "Interface %s line-protocol", c->ifname);
		return "Line protocol";
	case TRACK_IF_ROUTING:
		text_printf(t, "Interface %s ip routing", c->ifname);
		return "IP routing";
	case TRACK_SLA_REACH:
		text_printf(t, "IP SLA %u reachability", c->sla);
		return "Reachability";
	case TRACK_SLA_STATE:
		text_printf(t, "IP SLA %u state", c->sla);
		return "State";
	case TRACK_ROUTE:
		text_printf(t, "IP route %s %s reachability", ip4_fmt(c->prefix, p), ip4_fmt(c->mask, m));
		return "Reachability";
	case TRACK_LIST_AND:
	case TRACK_LIST_OR:
		text_printf(t, "List boolean %s", c->kind == TRACK_LIST_AND ? "and" : "or");
		return c->kind == TRACK_LIST_AND ? "Boolean AND" : "Boolean OR";
	default:
		text_add(t, "Stub-object");
		return "State";
	}
}

struct rtt { unsigned number; bool found; struct sla_info i; };

static void
find_sla(void *arg, const struct sla_info *i)
{
	struct rtt *q = arg;

	if (i->cfg->number == q->number) {
		q->found = true;
		q->i = *i;
	}
}

static void
put_sla_part(struct out *o, const struct cfg_track *c)
{
	struct rtt q = { .number = c->sla };

	if (c->kind != TRACK_SLA_REACH && c->kind != TRACK_SLA_STATE)
		return;
	sla_each(o->s->router, find_sla, &q);
	if (!q.found)
		return;
	text_printf(&o->t, "  Latest operation return code: %s\n", sla_code_name(q.i.code));
	if (q.i.rtt_ms > 0 && (q.i.code == SLA_OK || q.i.code == SLA_OVER_THRESHOLD))
		text_printf(&o->t, "  Latest RTT (millisecs) %u\n", q.i.rtt_ms);
}

static void
put_track(void *arg, const struct track_info *i)
{
	struct out *o = arg;
	const char *state;
	char age[SHOW_AGE];

	if (o->wanted != 0 && o->wanted != i->cfg->number)
		return;
	o->n++;
	text_printf(&o->t, "Track %u\n  ", i->cfg->number);
	state = put_what(&o->t, i->cfg);
	text_printf(&o->t, "\n  %s is %s", state, updown(i->up));
	if (i->cfg->kind == TRACK_ROUTE)
		text_add(&o->t, i->up ? "" : " (no ip route)");
	if (i->delayed)
		text_printf(&o->t, ", delayed %s (%d sec%s remaining)", updown(i->delayed_up), (int)((i->left_ns + NSEC_SEC - 1) / NSEC_SEC),
		    i->left_ns > NSEC_SEC ? "s" : "");
	text_printf(&o->t, "\n    %u change%s, last change %s\n", i->changes, i->changes == 1 ? "" : "s",
	    show_age(clock_now(o->s->router->clock) - i->changed_ns, age));
	for (unsigned k = 0; k < i->cfg->nmembers; k++) {
		bool up = false;

		track_state(o->s->router, i->cfg->members[k].number, &up);
		text_printf(&o->t, "    object %u%s %s\n", i->cfg->members[k].number, i->cfg->members[k].negated ? " not" : "", updown(up));
	}
	if (i->cfg->delay_up_s > 0 || i->cfg->delay_down_s > 0)
		text_printf(&o->t, "  Delay up %u sec%s, down %u sec%s\n", i->cfg->delay_up_s, i->cfg->delay_up_s == 1 ? "" : "s",
		    i->cfg->delay_down_s, i->cfg->delay_down_s == 1 ? "" : "s");
	put_sla_part(o, i->cfg);
	if (i->cfg->kind == TRACK_ROUTE)
		text_printf(&o->t, "  First-hop interface is %s\n", i->hop_if[0] != '\0' ? i->hop_if : "unknown");
}

static void
put_track_brief(void *arg, const struct track_info *i)
{
	static const char *const kinds[] = { "", "interface", "interface", "ip sla", "ip sla", "ip route", "list", "list", "stub" };
	static const char *const params[] = { "", "line-protocol", "ip routing", "reachability", "state", "reachability", "boolean and", "boolean or", "" };
	struct out *o = arg;
	char name[40] = "", p[ADDR_STRLEN], age[SHOW_AGE];

	if (o->n++ == 0)
		text_printf(&o->t, "%-6s%-12s%-27s%-17s%-6s%s\n", "Track", "Type", "Instance", "Parameter", "State", "Last Change");
	if (i->cfg->ifname != NULL)
		snprintf(name, sizeof(name), "%s", i->cfg->ifname);
	else if (i->cfg->sla != 0)
		snprintf(name, sizeof(name), "%u", i->cfg->sla);
	else if (i->cfg->kind == TRACK_ROUTE)
		snprintf(name, sizeof(name), "%s/%d", ip4_fmt(i->cfg->prefix, p), ip4_mask_len(i->cfg->mask));
	text_printf(&o->t, "%-6u%-12s%-27s%-17s%-6s%s\n", i->cfg->number, kinds[i->cfg->kind], name, params[i->cfg->kind], updown(i->up),
	    show_age(clock_now(o->s->router->clock) - i->changed_ns, age));
}

static void
run_track(struct session *s, const struct args *a)
{
	struct out o = { .s = s, .wanted = arg_u32(a, "number") };

	track_each(s->router, arg_has(a, "brief") ? put_track_brief : put_track, &o);
	if (o.n == 0 && o.wanted != 0)
		session_error(s, "%% Track object %u does not exist", o.wanted);
	show_flush(s, &o.t);
}

/* ---- IP SLA ---- */

static bool
wanted(struct out *o, const struct sla_info *i)
{
	if (o->wanted != 0 && o->wanted != i->cfg->number)
		return false;
	o->n++;
	return true;
}

static void
put_left(struct text *t, const struct sla_info *i)
{
	if (!i->active)
		text_add(t, "0");
	else if (i->left_ns == CLOCK_NEVER)
		text_add(t, "Forever");
	else
		text_printf(t, "%" PRId64 " sec", i->left_ns / NSEC_SEC);
}

static void
put_statistics(void *arg, const struct sla_info *i)
{
	struct out *o = arg;

	if (!wanted(o, i))
		return;
	text_printf(&o->t, "IPSLA operation id: %u\n", i->cfg->number);
	if (i->code == SLA_OK || i->code == SLA_OVER_THRESHOLD)
		text_printf(&o->t, "        Latest RTT: %u milliseconds\n", i->rtt_ms);
	else
		text_printf(&o->t, "        Latest RTT: %s\n", "NoConnection/Busy/Timeout");
	text_add(&o->t, "Latest operation start time: ");
	if (i->started_ns != 0)
		show_time_date(&o->t, conf(o->s), i->started_ns, false);
	else
		text_add(&o->t, "N/A");
	text_printf(&o->t, "\nLatest operation return code: %s\nNumber of successes: %" PRIu64 "\nNumber of failures: %" PRIu64 "\nOperation time to live: ",
	    sla_code_name(i->code), i->ok, i->failed);
	put_left(&o->t, i);
	text_add(&o->t, "\n\n\n");
}

static void
put_configuration(void *arg, const struct sla_info *i)
{
	struct out *o = arg;
	const struct cfg_sla *c = i->cfg;
	char a[ADDR_STRLEN], b[ADDR_STRLEN];

	if (!wanted(o, i))
		return;
	text_printf(&o->t, "Entry number: %u\nOwner: \nTag: %s\nOperation timeout (milliseconds): %u\n", c->number, c->tag != NULL ? c->tag : "", c->timeout_ms);
	if (c->typed)
		text_printf(&o->t, "Type of operation to perform: icmp-echo\nTarget address/Source address: %s/%s\n", ip4_fmt(c->target, a),
		    c->source_if != NULL ? c->source_if : ip4_fmt(c->source, b));
	text_printf(&o->t, "Request size (ARR data portion): %u\n", c->size);
	text_printf(&o->t, "Schedule:\n   Operation frequency (seconds): %u\n   Next Scheduled Start Time: %s\n", c->frequency_s,
	    c->running ? "Start Time already passed" : "Pending trigger");
	if (c->forever)
		text_add(&o->t, "   Life (seconds): Forever\n");
	else
		text_printf(&o->t, "   Life (seconds): %u\n", c->life_s);
	text_printf(&o->t, "   Status of entry (SNMP RowStatus): %s\nThreshold (milliseconds): %u\n\n", i->active ? "Active" : "notInService", c->threshold_ms);
}

/* "1 minute, 5 seconds ago" */
static void
put_ago(struct text *out, unsigned s)
{
	if (s >= 3600)
		text_printf(out, "%u hour%s, ", s / 3600, s / 3600 == 1 ? "" : "s");
	if (s >= 60)
		text_printf(out, "%u minute%s, ", s / 60 % 60, s / 60 % 60 == 1 ? "" : "s");
	text_printf(out, "%u second%s ago\n", s % 60, s % 60 == 1 ? "" : "s");
}

static void
put_summary(void *arg, const struct sla_info *i)
{
	struct out *o = arg;
	char dest[ADDR_STRLEN], stats[16] = "-";

	o->n++;
	if (i->code == SLA_OK || i->code == SLA_OVER_THRESHOLD)
		snprintf(stats, sizeof(stats), "RTT=%u", i->rtt_ms);
	text_printf(&o->t, "%c%-12u%-12s%-18s%-12s%-12s", i->active ? '*' : '~', i->cfg->number, "icmp-echo", ip4_fmt(i->cfg->target, dest), stats,
	    sla_code_name(i->code));
	if (i->started_ns == 0)
		text_add(&o->t, "never\n");
	else
		put_ago(&o->t, (unsigned)((router_now(o->s->router) - i->started_ns) / NSEC_SEC));
}

static void
run_sla(struct session *s, const struct args *a)
{
	struct out o = { .s = s, .wanted = arg_u32(a, "operation") };

	if (arg_has(a, "statistics")) {
		text_add(&o.t, "IPSLAs Latest Operation Statistics\n\n");
		sla_each(s->router, put_statistics, &o);
	} else if (arg_has(a, "configuration")) {
		text_add(&o.t, "IP SLAs Infrastructure Engine-III\n");
		sla_each(s->router, put_configuration, &o);
	} else {
		text_add(&o.t, "IPSLAs Latest Operation Summary\nCodes: * active, ^ inactive, ~ pending\n"
		    "All Stats are in milliseconds. Stats with u are in microseconds\n\n");
		text_printf(&o.t, "%-13s%-12s%-18s%-12s%-12s%s\n%55s%-12s%s\n", "ID", "Type", "Destination", "Stats", "Return", "Last", "", "Code", "Run ");
		text_add(&o.t, "-----------------------------------------------------------------------\n");
		sla_each(s->router, put_summary, &o);
	}
	show_flush(s, &o.t);
}

#define SLA_HELP	"Show what is going on\nInternet Protocol\nMeasurements of the way to a destination\n"

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show track [ { brief | <1-1000>:number } ]",
	    "Show what is going on\nTracked objects\nA line each\nOne of them", run_track },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip sla { statistics | configuration } [ <1-2147483647>:operation ]",
	    SLA_HELP "What came of it\nWhat is configured\nOne operation", run_sla },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip sla summary", SLA_HELP "A line each", run_sla },
};

const struct cmd_table cmds_show_track = { rows, NROWS(rows) };
