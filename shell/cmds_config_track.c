/* Configuration commands of tracked objects and of IP SLA operations. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/track.h"
#include "lib/addr.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_eem.h"

/* ---- tracked objects ---- */

static struct cfg_track *
present(struct session *s)
{
	unsigned long n = s->object_name == NULL ? 0 : strtoul(s->object_name, NULL, 10);
	struct cfg_track *t = cfg_track(&conf(s)->tracking, (unsigned)n, false);

	if (t == NULL)
		session_error(s, "%% Object %lu does not exist any more", n);
	return t;
}

/* What was typed, or TRACK_UNSET. */
static enum track_kind
kind_of(const struct args *a)
{
	if (arg_has(a, "interface"))
		return arg_has(a, "line-protocol") ? TRACK_IF_LINE : TRACK_IF_ROUTING;
	if (arg_has(a, "sla"))
		return arg_has(a, "state") ? TRACK_SLA_STATE : TRACK_SLA_REACH;
	if (arg_has(a, "route"))
		return TRACK_ROUTE;
	if (arg_has(a, "list"))
		return arg_has(a, "and") ? TRACK_LIST_AND : TRACK_LIST_OR;
	return arg_has(a, "stub-object") ? TRACK_STUB : TRACK_UNSET;
}

static bool
same(const struct cfg_track *t, const struct args *a, enum track_kind kind)
{
	const char *ifname = arg_str(a, "if");

	if (t->kind != kind || (ifname != NULL && (t->ifname == NULL || strcmp(t->ifname, ifname) != 0)))
		return false;
	return t->sla == arg_u32(a, "operation") && t->prefix == arg_u32(a, "prefix") && t->mask == arg_u32(a, "mask");
}

static void
run_track(struct session *s, const struct args *a)
{
	struct cfg_tracking *all = &conf(s)->tracking;
	struct cfg_track *t = cfg_track(all, arg_u32(a, "number"), false);
	enum track_kind kind = kind_of(a);
	char name[16];

	if (args_off(a)) {
		if (t != NULL)
			cfg_track_del(all, t);
		conf_changed(s, CFG_AREA_OTHER);
		return;
	}
	if (kind == TRACK_UNSET && t == NULL) {
		session_error(s, "%% Incomplete command.\n\n");
		return;
	}
	if (kind == TRACK_ROUTE && (ip4_mask_len(arg_u32(a, "mask")) < 0 || (arg_u32(a, "prefix") & ~arg_u32(a, "mask")) != 0)) {
		session_error(s, "%%Inconsistent address and mask");
		return;
	}
	if (kind != TRACK_UNSET && t != NULL && !same(t, a, kind)) {
		session_error(s, "%% Cannot change tracked object %u - delete old config first", t->number);
		return;
	}
	if (t == NULL) {
		t = cfg_track(all, arg_u32(a, "number"), true);
		t->kind = kind;
		config_set_str(&t->ifname, arg_str(a, "if"));
		t->sla = arg_u32(a, "operation");
		t->prefix = arg_u32(a, "prefix");
		t->mask = arg_u32(a, "mask");
	}
	snprintf(name, sizeof(name), "%u", t->number);
	session_mode(s, MODE_TRACK, name);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_object(struct session *s, const struct args *a)
{
	struct cfg_track *t = present(s);

	if (t == NULL)
		return;
	if (t->kind != TRACK_LIST_AND && t->kind != TRACK_LIST_OR) {
		session_error(s, "%% Object %u is no list", t->number);
		return;
	}
	if (!args_off(a) && arg_u32(a, "member") == t->number) {
		session_error(s, "%% Object %u cannot be in its own list", t->number);
		return;
	}
	cfg_track_member(t, arg_u32(a, "member"), arg_has(a, "not"), !args_off(a));
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_delay(struct session *s, const struct args *a)
{
	struct cfg_track *t = present(s);

	if (t == NULL)
		return;
	if (args_off(a) || arg_has(a, "down"))
		t->delay_down_s = args_off(a) ? 0 : arg_u32(a, "fall");
	if (args_off(a) || arg_has(a, "up"))
		t->delay_up_s = args_off(a) ? 0 : arg_u32(a, "rise");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_default_state(struct session *s, const struct args *a)
{
	struct cfg_track *t = present(s);

	if (t == NULL)
		return;
	if (t->kind != TRACK_STUB) {
		session_error(s, "%% Object %u is no stub", t->number);
		return;
	}
	t->stub_up = !args_off(a) && arg_has(a, "up");
	track_set_stub(s->router, t->number, t->stub_up);
	conf_changed(s, CFG_AREA_OTHER);
}

/* ---- IP SLA ---- */

static struct cfg_sla *
present_sla(struct session *s)
{
	unsigned long n = s->object_name == NULL ? 0 : strtoul(s->object_name, NULL, 10);
	struct cfg_sla *x = cfg_sla(&conf(s)->tracking, (unsigned)n, false);

	if (x == NULL)
		session_error(s, "%% Entry %lu does not exist any more", n);
	return x;
}

static void
run_sla(struct session *s, const struct args *a)
{
	struct cfg_tracking *all = &conf(s)->tracking;
	struct cfg_sla *x = cfg_sla(all, arg_u32(a, "operation"), false);
	char name[16];

	if (args_off(a)) {
		if (x != NULL)
			cfg_sla_del(all, x);
		conf_changed(s, CFG_AREA_OTHER);
		return;
	}
	if (x != NULL && x->running) {
		session_error(s, "Entry already running and cannot be modified\n\t(only can delete (no) and start over)\n\t(check to see if the probe has finished exiting)");
		return;
	}
	x = cfg_sla(all, arg_u32(a, "operation"), true);
	snprintf(name, sizeof(name), "%u", x->number);
	session_mode(s, x->typed ? MODE_SLA_ECHO : MODE_SLA, name);
}

static void
run_echo(struct session *s, const struct args *a)
{
	struct cfg_sla *x = present_sla(s);
	char name[16];

	if (x == NULL)
		return;
	x->typed = true;
	x->target = arg_u32(a, "target");
	x->source = arg_u32(a, "source");
	config_set_str(&x->source_if, arg_str(a, "if"));
	snprintf(name, sizeof(name), "%u", x->number);
	session_mode(s, MODE_SLA_ECHO, name);
}

static void
run_echo_setting(struct session *s, const struct args *a)
{
	struct cfg_sla *x = present_sla(s);

	if (x == NULL)
		return;
	if (arg_has(a, "frequency"))
		x->frequency_s = args_off(a) ? SLA_FREQUENCY_S : arg_u32(a, "seconds");
	else if (arg_has(a, "timeout"))
		x->timeout_ms = args_off(a) ? SLA_TIMEOUT_MS : arg_u32(a, "ms");
	else if (arg_has(a, "threshold"))
		x->threshold_ms = args_off(a) ? SLA_THRESHOLD_MS : arg_u32(a, "ms");
	else if (arg_has(a, "request-data-size"))
		x->size = args_off(a) ? SLA_SIZE : arg_u32(a, "bytes");
	else
		conf_str(&x->tag, a, "text");
}

static void
run_schedule(struct session *s, const struct args *a)
{
	struct cfg_sla *x = cfg_sla(&conf(s)->tracking, arg_u32(a, "operation"), false);

	if (x == NULL || !x->typed) {
		session_error(s, "%%Entry not configured");
		return;
	}
	x->scheduled = !args_off(a);
	x->running = !args_off(a) && arg_has(a, "now");
	x->forever = !args_off(a) && arg_has(a, "forever");
	x->life_s = !args_off(a) && arg_has(a, "seconds") ? arg_u32(a, "seconds") : SLA_LIFE_S;
	conf_changed(s, CFG_AREA_OTHER);
}

#define TRACK_HELP	"Watch something\nNumber of the object\n"
#define SLA_HELP	"Internet Protocol settings\nMeasure the way to a destination\n"
#define NUMBER		"<1-1000>:number"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "track " NUMBER " ~ [ { interface IFNAME:if { line-protocol | ip routing } | "
	    "ip { sla <1-2147483647>:operation [ { reachability | state } ] | route A.B.C.D:prefix A.B.C.D:mask reachability } | "
	    "list boolean { and | or } | stub-object } ]",
	    TRACK_HELP "An interface\nIts name\nIts line protocol\nWhether it is routed through\nWith an address\nSomething of IP\n"
	    "An operation\nIts number\nWhether it is answered\nWhether it is answered in time\nA route\nNetwork\nMask\nWhether it is there\n"
	    "Other objects\nTogether\nAll of them\nOne of them\nWhat a policy says", run_track },
	{ M(TRACK), 15, CMD_NO, "object <1-1000>:member ~ [ not ]", "An object of the list\nIts number\nUp when it is down", run_object },
	{ M(TRACK), 15, CMD_NO, "delay ~ { up <0-180>:rise | down <0-180>:fall }*",
	    "Wait before a change is told\nTo up\nSeconds\nTo down\nSeconds", run_delay },
	{ M(TRACK), 15, CMD_NO, "default-state ~ { up | down }", "State of a stub at first\nUp\nDown", run_default_state },

	{ M(CONFIG), 15, CMD_NO, "ip sla <1-2147483647>:operation ~", SLA_HELP "Number of the operation", run_sla },
	{ M(CONFIG), 15, CMD_NO, "ip sla schedule <1-2147483647>:operation ~ { life { forever | <0-2147483647>:seconds } | start-time { now | pending } }*",
	    SLA_HELP "When it runs\nNumber of the operation\nHow long\nFor ever\nSeconds\nFrom when on\nFrom now on\nNot yet", run_schedule },
	{ M(SLA), 15, 0, "icmp-echo A.B.C.D:target [ { source-interface IFNAME:if | source-ip A.B.C.D:source } ]",
	    "An ICMP echo\nDestination\nFrom the address of an interface\nInterface\nFrom an address\nAddress", run_echo },
	{ M(SLA_ECHO), 15, CMD_NO, "frequency ~ <1-604800>:seconds", "How often\nSeconds", run_echo_setting },
	{ M(SLA_ECHO), 15, CMD_NO, "timeout ~ <1-604800000>:ms", "How long an answer is waited for\nMilliseconds", run_echo_setting },
	{ M(SLA_ECHO), 15, CMD_NO, "threshold ~ <1-60000>:ms", "From what on an answer is late\nMilliseconds", run_echo_setting },
	{ M(SLA_ECHO), 15, CMD_NO, "request-data-size ~ <0-16384>:bytes", "How much is sent\nBytes", run_echo_setting },
	{ M(SLA_ECHO), 15, CMD_NO, "tag ~ LINE:text", "A note\nThe text", run_echo_setting },
};

const struct cmd_table cmds_config_track = { rows, NROWS(rows) };
