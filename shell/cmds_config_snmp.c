/* Configuration commands of SNMP: communities, where traps go, and whether traps of others are heard. */

#include <stdlib.h>
#include <string.h>

#include "engine/snmp.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_eem.h"
#include "shell/show.h"

#define COMMUNITY_MAX	64

static bool
community_ok(struct session *s, const char *name)
{
	if (strlen(name) <= COMMUNITY_MAX)
		return true;
	session_error(s, "%% A community has at most %d characters", COMMUNITY_MAX);
	return false;
}

static void
run_community(struct session *s, const struct args *a)
{
	struct cfg_snmp *c = &conf(s)->snmp;
	const char *name = arg_str(a, "string");
	struct cfg_snmp_community *x;

	if (!community_ok(s, name))
		return;
	x = cfg_snmp_community(c, name, !args_off(a));
	if (args_off(a)) {
		if (x != NULL)
			cfg_snmp_community_del(c, x);
	} else
		x->rw = arg_has(a, "rw");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_host(struct session *s, const struct args *a)
{
	struct cfg_snmp *c = &conf(s)->snmp;
	struct cfg_snmp_host *h;

	if (!community_ok(s, arg_str(a, "string")))
		return;
	h = cfg_snmp_host(c, arg_u32(a, "address"), arg_str(a, "string"), !args_off(a));
	if (args_off(a)) {
		if (h != NULL)
			cfg_snmp_host_del(c, h);
	} else {
		h->version = arg_has(a, "2c");
		h->event_manager = arg_has(a, "event-manager");
	}
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_traps(struct session *s, const struct args *a)
{
	conf(s)->snmp.traps_eem = !args_off(a);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_manager(struct session *s, const struct args *a)
{
	conf(s)->snmp.manager = !args_off(a);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_source(struct session *s, const struct args *a)
{
	conf_str(&conf(s)->snmp.trap_source, a, "if");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_show(struct session *s, const struct args *a)
{
	const struct snmp_counts *c = &s->router->snmp.counts;

	(void)a;
	session_printf(s, "Chassis: %s\n%llu SNMP packets input\n    %llu Bad SNMP version errors\n    %llu Unknown community name\n",
	    s->router->name, (unsigned long long)c->in, (unsigned long long)c->bad_version, (unsigned long long)c->bad_community);
	session_printf(s, "    %llu Encoding errors\n    %llu Trap PDUs\n    %llu Other PDUs\n%llu SNMP packets output\n    %llu Trap PDUs\n    %llu Not sent\n",
	    (unsigned long long)c->bad_ber, (unsigned long long)c->traps, (unsigned long long)c->not_traps, (unsigned long long)c->out,
	    (unsigned long long)c->out, (unsigned long long)c->out_failed);
	session_printf(s, "\nSNMP manager: %s\n", conf(s)->snmp.manager ? "enabled" : "disabled");
}

#define SNMP_HELP	"Simple network management\n"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "snmp-server community WORD:string ~ [ { ro | rw } ]", SNMP_HELP "A word that others must know\nThe word\nTo read only\nTo read and write",
	    run_community },
	{ M(CONFIG), 15, CMD_NO, "snmp-server host A.B.C.D:address [ traps ] [ version { 1 | 2c } ] WORD:string ~ [ event-manager ]",
	    SNMP_HELP "Where traps go\nAddress\nTraps, not informs\nOf which version\nVersion 1\nVersion 2c\nThe community\nThose of the event manager", run_host },
	{ M(CONFIG), 15, CMD_NO, "snmp-server enable traps event-manager", SNMP_HELP "Turn on\nTraps\nOf the event manager", run_traps },
	{ M(CONFIG), 15, CMD_NO, "snmp-server manager", SNMP_HELP "Hear traps of others", run_manager },
	{ M(CONFIG), 15, CMD_NO, "snmp-server trap-source ~ IFNAME:if", SNMP_HELP "Whose address traps come from\nInterface", run_source },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show snmp", "Show what is going on\nCounts of SNMP", run_show },
};

const struct cmd_table cmds_config_snmp = { rows, NROWS(rows) };
