/*
 * Configuration commands of the router as a whole: its name, clock, domain, routes, and the lines that
 * every saved configuration holds and that say what this router does anyway.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "shell/cmds_config.h"

#define HOSTNAME_MAX	63

static bool
hostname_ok(const char *s)
{
	if (!isalpha((unsigned char)*s) || strlen(s) > HOSTNAME_MAX)
		return false;
	for (; *s != '\0'; s++)
		if (!isalnum((unsigned char)*s) && strchr("-_.", *s) == NULL)
			return false;
	return true;
}

static void
run_hostname(struct session *s, const struct args *a)
{
	const char *name = args_off(a) ? "Router" : arg_str(a, "name");

	if (!hostname_ok(name)) {
		session_error(s, "%% Hostname contains one or more illegal characters.");
		return;
	}
	config_set_str(&conf(s)->hostname, name);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_timezone(struct session *s, const struct args *a)
{
	struct config *c = conf(s);
	const char *text = args_off(a) ? "0" : arg_str(a, "hours");
	char *end;
	long hours = strtol(text, &end, 10);

	if (*end != '\0' || end == text || hours < -23 || hours > 23) {
		session_error(s, "%% The offset from UTC is -23 to 23 hours");
		return;
	}
	conf_str(&c->timezone, a, "name");
	c->timezone_minutes = (int)hours * 60;
	if (!args_off(a))
		c->timezone_minutes += (*text == '-' ? -1 : 1) * (int)arg_u32(a, "minutes");
	conf_changed(s, CFG_AREA_LOGGING);
}

static void
run_domain_name(struct session *s, const struct args *a)
{
	conf_str(&conf(s)->domain_name, a, "name");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_domain_lookup(struct session *s, const struct args *a)
{
	conf(s)->no_domain_lookup = args_no(a);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
route_remove(struct session *s, const struct args *a, uint32_t prefix, uint32_t mask)
{
	struct config *c = conf(s);
	struct cfg_route *r, *after;
	const char *ifname = arg_str(a, "if");
	bool any = !arg_has(a, "via") && ifname == NULL, found = false;

	for (r = TAILQ_FIRST(&c->routes); r != NULL; r = after) {
		after = TAILQ_NEXT(r, next);
		if (r->prefix != prefix || r->mask != mask)
			continue;
		if (!any && r != config_route(c, prefix, mask, arg_u32(a, "via"), ifname, false))
			continue;
		config_route_del(c, r);
		found = true;
	}
	if (!found)
		session_error(s, "%% No matching route to delete");
}

static void
run_route(struct session *s, const struct args *a)
{
	uint32_t prefix = arg_u32(a, "prefix"), mask = arg_u32(a, "mask");
	struct cfg_route *r;

	if (ip4_mask_len(mask) < 0 || (prefix & ~mask) != 0) {
		session_error(s, "%%Inconsistent address and mask");
		return;
	}
	if (args_off(a)) {
		route_remove(s, a, prefix, mask);
	} else {
		if (arg_has(a, "via") && arg_u32(a, "via") == 0) {
			session_error(s, "%% Invalid next hop address (0.0.0.0)");
			return;
		}
		r = config_route(conf(s), prefix, mask, arg_u32(a, "via"), arg_str(a, "if"), true);
		r->distance = arg_has(a, "distance") ? (uint8_t)arg_u32(a, "distance") : 1;
		config_set_str(&r->name, arg_str(a, "name"));
		r->track = arg_u32(a, "object");
	}
	conf_changed(s, CFG_AREA_ROUTES);
}

/* A line that says what this router does anyway. */
static void
run_as_is(struct session *s, const struct args *a)
{
	(void)s;
	(void)a;
}

static void
run_control_plane(struct session *s, const struct args *a)
{
	(void)a;
	session_mode(s, MODE_CONTROL_PLANE, NULL);
}

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "hostname WORD:name", "Set the router's name\nThe name: letters, digits, hyphens, a letter first", run_hostname },
	{ M(CONFIG), 15, CMD_NO, "clock timezone WORD:name WORD:hours [ <0-59>:minutes ]",
	    "Settings of the clock\nThe zone in which times are shown\nName of the zone\nHours ahead of UTC\nMinutes ahead of UTC", run_timezone },
	{ M(CONFIG), 15, CMD_NO, "ip domain name WORD:name", "Internet Protocol settings\nName service\nThe domain that this router is in\nName of the domain", run_domain_name },
	{ M(CONFIG), 15, CMD_NO | CMD_HIDDEN, "ip domain-name WORD:name", "Internet Protocol settings\nThe domain that this router is in\nName of the domain", run_domain_name },
	{ M(CONFIG), 15, CMD_NO, "ip domain lookup", "Internet Protocol settings\nName service\nTake an unknown command for a host's name", run_domain_lookup },
	{ M(CONFIG), 15, CMD_NO | CMD_HIDDEN, "ip domain-lookup", "Internet Protocol settings\nTake an unknown command for a host's name", run_domain_lookup },
	{ M(CONFIG), 15, CMD_NO, "ip route A.B.C.D:prefix A.B.C.D:mask ~ { A.B.C.D:via | IFNAME:if [ A.B.C.D:via ] } [ <1-255>:distance ] { name WORD:name | track <1-1000>:object }*",
	    "Internet Protocol settings\nA static route\nDestination network\nIts mask\nNext hop\nOutgoing interface\nNext hop on that interface\nAdministrative distance\nGive the route a name\nThe name\nUse it while a tracked object is up\nIts number",
	    run_route },

	{ M(CONFIG), 15, CMD_HIDDEN, "version WORD:version", "Release that wrote this configuration\nThe release", run_as_is },
	{ M(CONFIG), 15, CMD_HIDDEN, "boot-start-marker", "Where boot commands begin", run_as_is },
	{ M(CONFIG), 15, CMD_HIDDEN, "boot-end-marker", "Where boot commands end", run_as_is },
	{ M(CONFIG), 15, 0, "ip cef", "Internet Protocol settings\nForward by the forwarding table, as always", run_as_is },
	{ M(CONFIG), 15, CMD_HIDDEN, "ip forward-protocol nd", "Internet Protocol settings\nBroadcasts to forward\nNetwork disk's", run_as_is },
	{ M(CONFIG), 15, 0, "control-plane", "Settings of the control plane", run_control_plane },
	{ M(CONFIG), 15, CMD_NO_ONLY, "ip http server", "Internet Protocol settings\nWeb server\nServe the web", run_as_is },
	{ M(CONFIG), 15, CMD_NO_ONLY, "ip http secure-server", "Internet Protocol settings\nWeb server\nServe the web over TLS", run_as_is },
};

const struct cmd_table cmds_config = { rows, NROWS(rows) };
