/* Configuration commands of services and of logging: time stamps, where messages go, how many. */

#include <string.h>

#include "lib/names.h"
#include "shell/cmds_config.h"
#include "shell/levels.h"

static const struct name levels[] = {
	{ 0, "emergencies" }, { 1, "alerts" }, { 2, "critical" }, { 3, "errors" }, { 4, "warnings" },
	{ 5, "notifications" }, { 6, "informational" }, { 7, "debugging" }, { 0, NULL },
};

#define LEVEL_DEFAULT	7

int
level_typed(const struct args *a, int dflt)
{
	if (arg_has(a, "level"))
		return (int)arg_u32(a, "level");
	for (size_t i = 0; levels[i].name != NULL; i++)
		if (arg_has(a, levels[i].name))
			return levels[i].value;
	return dflt;
}

static void
run_timestamps(struct session *s, const struct args *a)
{
	struct config *c = conf(s);
	struct cfg_timestamps t = { .kind = CFG_STAMP_UPTIME };

	if (args_default(a))
		t = (struct cfg_timestamps){ .kind = CFG_STAMP_DATETIME, .msec = true };
	else if (args_no(a))
		t.kind = CFG_STAMP_NONE;
	else if (arg_has(a, "datetime"))
		t = (struct cfg_timestamps){ .kind = CFG_STAMP_DATETIME, .msec = arg_has(a, "msec"),
			.localtime = arg_has(a, "localtime"), .zone = arg_has(a, "show-timezone"),
			.year = arg_has(a, "year") };
	/* Bare it is short for `debug uptime`; with `no` or `default` it stands for both. */
	if (!arg_has(a, "log"))
		c->stamp_debug = t;
	if (arg_has(a, "log") || (args_off(a) && !arg_has(a, "debug")))
		c->stamp_log = t;
	conf_changed(s, CFG_AREA_LOGGING);
}

static void
run_sequence(struct session *s, const struct args *a)
{
	conf(s)->sequence_numbers = !args_off(a);
	conf_changed(s, CFG_AREA_LOGGING);
}

static void
run_encryption(struct session *s, const struct args *a)
{
	conf(s)->service_password_encryption = !args_off(a);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_logging_on(struct session *s, const struct args *a)
{
	conf(s)->logging.off = args_no(a);
	conf_changed(s, CFG_AREA_LOGGING);
}

/* `no` and `default` heed no level that may stand behind them. */
static int
level_or_default(const struct args *a)
{
	return args_no(a) ? -1 : args_default(a) ? LEVEL_DEFAULT : level_typed(a, LEVEL_DEFAULT);
}

static void
run_buffered(struct session *s, const struct args *a)
{
	struct cfg_logging *l = &conf(s)->logging;

	l->buffered = level_or_default(a);
	if (args_off(a))
		l->buffer_size = CFG_BUFFER_SIZE;
	else if (arg_has(a, "size"))
		l->buffer_size = arg_u32(a, "size");
	conf_changed(s, CFG_AREA_LOGGING);
}

static void
run_console(struct session *s, const struct args *a)
{
	conf(s)->logging.console = level_or_default(a);
	conf_changed(s, CFG_AREA_LOGGING);
}

static void
run_monitor(struct session *s, const struct args *a)
{
	conf(s)->logging.monitor = level_or_default(a);
	conf_changed(s, CFG_AREA_LOGGING);
}

static void
run_rate_limit(struct session *s, const struct args *a)
{
	struct cfg_logging *l = &conf(s)->logging;

	l->rate_limit = args_off(a) ? 0 : arg_u32(a, "rate");
	l->rate_limit_console = !args_off(a) && arg_has(a, "console");
	l->rate_limit_all = !args_off(a) && arg_has(a, "all");
	l->rate_limit_except = !args_off(a) && arg_has(a, "except") ? level_typed(a, LEVEL_DEFAULT) : -1;
	conf_changed(s, CFG_AREA_LOGGING);
}

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "service timestamps [ { debug | log } ] ~ [ { uptime | datetime { msec | localtime | show-timezone | year }* } ]",
	    "Services of the router\nWhat stands before a message\nBefore debugging output\nBefore log messages\nTime since the start\nDate and time\n"
	    "With milliseconds\nIn the configured zone\nWith the zone's name\nWith the year",
	    run_timestamps },
	{ M(CONFIG), 15, CMD_NO, "service sequence-numbers", "Services of the router\nNumber the messages", run_sequence },
	{ M(CONFIG), 15, CMD_NO, "service password-encryption", "Services of the router\nHide passwords from a glance: no protection, anybody can read them back", run_encryption },

	{ M(CONFIG), 15, CMD_NO, "logging on", "Where messages go\nSend messages at all", run_logging_on },
	{ M(CONFIG), 15, CMD_NO, "logging buffered ~ [ <4096-2147483647>:size ] [ " LEVELS " ]",
	    "Where messages go\nKeep messages in memory\nSize of that memory in bytes\n" LEVELS_HELP, run_buffered },
	{ M(CONFIG), 15, CMD_NO, "logging console ~ [ " LEVELS " ]", "Where messages go\nShow messages at the console\n" LEVELS_HELP, run_console },
	{ M(CONFIG), 15, CMD_NO, "logging monitor ~ [ " LEVELS " ]", "Where messages go\nShow messages on other terminals\n" LEVELS_HELP, run_monitor },
	{ M(CONFIG), 15, CMD_NO, "logging rate-limit ~ [ console ] [ all ] <1-10000>:rate [ except " LEVELS " ]",
	    "Where messages go\nHow many messages a second\nAt the console only\nDebugging output too\nMessages a second\nNot those of this severity and worse\n" LEVELS_HELP,
	    run_rate_limit },
};

const struct cmd_table cmds_config_service = { rows, NROWS(rows) };
