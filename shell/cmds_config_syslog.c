/* Configuration commands of messages that go over the network, and how they are printed back. */

#include <string.h>

#include "engine/log.h"
#include "lib/addr.h"
#include "lib/names.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/levels.h"
#include "shell/running_config.h"
#include "shell/show.h"

#define HOSTS_MAX	16u
#define ORIGIN_MAX	64u

/* Told by a person's change alone: a start has nobody to tell. */
static void
log_host(struct session *s, uint32_t addr, uint16_t port, bool on)
{
	char a[ADDR_STRLEN];

	if (!s->loading)
		log_syslog(s->router, "SYS", 6, "LOGGINGHOST_STARTSTOP", "Logging to host %s port %u %s - CLI initiated", ip4_fmt(addr, a), port,
		    on ? "started" : "stopped");
}

static size_t
count_hosts(const struct cfg_syslog *c)
{
	const struct cfg_syslog_host *h;
	size_t n = 0;

	TAILQ_FOREACH(h, &c->hosts, next)
		n++;
	return n;
}

static void
host_remove(struct session *s, uint32_t addr, const struct args *a)
{
	struct cfg_syslog *c = &conf(s)->syslog;
	struct cfg_syslog_host *h, *next;
	uint16_t port = (uint16_t)arg_u32(a, "port");

	for (h = TAILQ_FIRST(&c->hosts); h != NULL; h = next) {
		next = TAILQ_NEXT(h, next);
		if (h->addr != addr || (port != 0 && h->port != port))
			continue;
		log_host(s, addr, h->port, false);
		cfg_syslog_host_del(c, h);
	}
	conf_changed(s, CFG_AREA_LOGGING);
}

static void
run_host(struct session *s, const struct args *a)
{
	struct cfg_syslog *c = &conf(s)->syslog;
	uint32_t addr = arg_u32(a, "address");
	uint16_t port = arg_has(a, "port") ? (uint16_t)arg_u32(a, "port") : SYSLOG_PORT;

	if (args_off(a)) {
		host_remove(s, addr, a);
		return;
	}
	if (addr == 0 || addr >> 28 >= 0xe) {
		session_error(s, "%% Not the address of a host");
		return;
	}
	if (cfg_syslog_host(c, addr, port, false) == NULL) {
		if (count_hosts(c) == HOSTS_MAX) {
			session_error(s, "%% At most %u hosts for logging", HOSTS_MAX);
			return;
		}
		cfg_syslog_host(c, addr, port, true);
		log_host(s, addr, port, true);
	}
	conf_changed(s, CFG_AREA_LOGGING);
}

static void
run_trap(struct session *s, const struct args *a)
{
	conf(s)->syslog.trap = args_no(a) ? -1 : args_default(a) ? SYSLOG_TRAP : level_typed(a, SYSLOG_TRAP);
	conf_changed(s, CFG_AREA_LOGGING);
}

static void
run_format(struct session *s, const struct args *a)
{
	conf(s)->syslog.rfc5424 = !args_off(a);
	conf_changed(s, CFG_AREA_LOGGING);
}

static void
run_facility(struct session *s, const struct args *a)
{
	unsigned value;
	const char *name;

	conf(s)->syslog.facility = SYSLOG_FACILITY;
	for (unsigned i = 0; !args_off(a) && (name = syslog_facility(i, &value)) != NULL; i++)
		if (arg_has(a, name))
			conf(s)->syslog.facility = value;
	conf_changed(s, CFG_AREA_LOGGING);
}

static void
run_origin(struct session *s, const struct args *a)
{
	struct cfg_syslog *c = &conf(s)->syslog;
	const char *text = arg_str(a, "text");

	if (text != NULL && strlen(text) > ORIGIN_MAX) {
		session_error(s, "%% The string has at most %u characters", ORIGIN_MAX);
		return;
	}
	c->origin = args_off(a) ? SYSLOG_ORIGIN_NONE : arg_has(a, "hostname") ? SYSLOG_ORIGIN_HOSTNAME : arg_has(a, "ip") ? SYSLOG_ORIGIN_IP : SYSLOG_ORIGIN_STRING;
	config_set_str(&c->origin_text, c->origin == SYSLOG_ORIGIN_STRING ? text : NULL);
	conf_changed(s, CFG_AREA_LOGGING);
}

static void
run_source(struct session *s, const struct args *a)
{
	conf_str(&conf(s)->syslog.source_if, a, "if");
	conf_changed(s, CFG_AREA_LOGGING);
}

static void
run_count(struct session *s, const struct args *a)
{
	conf(s)->syslog.count = !args_off(a);
	conf_changed(s, CFG_AREA_LOGGING);
}

static void
run_userinfo(struct session *s, const struct args *a)
{
	conf(s)->syslog.userinfo = !args_off(a);
	conf_changed(s, CFG_AREA_LOGGING);
}

static const char *
facility_name(unsigned value)
{
	const char *name;
	unsigned v;

	for (unsigned i = 0; (name = syslog_facility(i, &v)) != NULL; i++)
		if (v == value)
			return name;
	return "local7";
}

static void
write_origin(const struct cfg_syslog *c, struct text *out)
{
	if (c->origin == SYSLOG_ORIGIN_STRING)
		text_printf(out, "logging origin-id string %s\n", c->origin_text);
	else if (c->origin != SYSLOG_ORIGIN_NONE)
		text_printf(out, "logging origin-id %s\n", c->origin == SYSLOG_ORIGIN_IP ? "ip" : "hostname");
}

void
running_syslog(const struct config *cfg, struct text *out)
{
	const struct cfg_syslog *c = &cfg->syslog;
	const struct cfg_syslog_host *h;
	size_t before = out->len;
	char a[ADDR_STRLEN];

	if (c->trap < 0)
		text_add(out, "no logging trap\n");
	else if (c->trap != SYSLOG_TRAP)
		text_printf(out, "logging trap %s\n", severity_name(c->trap));
	if (c->rfc5424)
		text_add(out, "logging trap syslog-format rfc5424\n");
	write_origin(c, out);
	if (c->facility != SYSLOG_FACILITY)
		text_printf(out, "logging facility %s\n", facility_name(c->facility));
	if (c->source_if != NULL)
		text_printf(out, "logging source-interface %s\n", c->source_if);
	TAILQ_FOREACH(h, &c->hosts, next) {
		text_printf(out, "logging host %s", ip4_fmt(h->addr, a));
		if (h->port != SYSLOG_PORT)
			text_printf(out, " transport udp port %u", h->port);
		text_addc(out, '\n');
	}
	if (out->len > before)
		text_add(out, "!\n");
}

#define WHERE	"Where messages go\n"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "logging host A.B.C.D:address ~ [ transport udp [ port <1-65535>:port ] ]",
	    WHERE "Another host\nIts address\nBy a protocol\nIn datagrams\nTo a port\nIts number", run_host },
	{ M(CONFIG), 15, CMD_NO, "logging A.B.C.D:address", WHERE "Address of another host", run_host },
	{ M(CONFIG), 15, CMD_NO, "logging trap ~ [ " LEVELS " ]", WHERE "Which of them go to other hosts\n" LEVELS_HELP, run_trap },
	{ M(CONFIG), 15, CMD_NO, "logging trap syslog-format rfc5424", WHERE "What goes to other hosts\nHow a datagram is made\nAs RFC 5424 has it", run_format },
	{ M(CONFIG), 15, CMD_NO, "logging facility ~ { auth | cron | daemon | kern | local0 | local1 | local2 | local3 | local4 | local5 | local6 | local7 | lpr | mail | "
	    "news | sys10 | sys11 | sys12 | sys13 | sys14 | syslog | user | uucp }",
	    WHERE "Under which facility\nAuthorisation\nScheduled work\nDaemons\nKernel\nLocal use\nLocal use\nLocal use\nLocal use\nLocal use\nLocal use\nLocal use\n"
	    "Local use, as IOS has it\nPrinters\nMail\nNews\nSystem use\nSystem use\nSystem use\nSystem use\nSystem use\nThe log itself\nUsers\nUUCP", run_facility },
	{ M(CONFIG), 15, CMD_NO, "logging origin-id ~ { hostname | ip | string LINE:text }",
	    WHERE "Say in each of them whose it is\nThe router's name\nThe address it comes from\nWords of your own\nThe words", run_origin },
	{ M(CONFIG), 15, CMD_NO, "logging source-interface ~ IFNAME:if", WHERE "Whose address they come from\nInterface", run_source },
	{ M(CONFIG), 15, CMD_NO, "logging count", WHERE "Count them by kind", run_count },
	{ M(CONFIG), 15, CMD_NO, "logging userinfo", WHERE "Tell who gets other rights", run_userinfo },
};

const struct cmd_table cmds_config_syslog = { rows, NROWS(rows) };
