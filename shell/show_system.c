/* show logging, and what is said of protocols that this router does not speak but that collectors ask about. */

#include <inttypes.h>
#include <string.h>

#include "engine/log.h"
#include "engine/router.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

/* "Console logging: level debugging, 12 messages logged, xml disabled," */
static void
put_sink(struct text *out, const char *name, int level, uint64_t logged)
{
	if (level < 0)
		text_printf(out, "    %s logging: disabled\n", name);
	else
		text_printf(out, "    %s logging: %slevel %s, %" PRIu64 " messages logged, xml disabled,\n%*sfiltering disabled\n", name,
		    strcmp(name, "Buffer") == 0 ? " " : "", severity_name(level), logged, strcmp(name, "Buffer") == 0 ? 20 : 21, "");
}

static void
put_line(void *arg, const char *formatted)
{
	text_printf(arg, "%s\n", formatted);
}

static void
run_logging(struct session *s, const struct args *a)
{
	const struct cfg_logging *l = &conf(s)->logging;
	struct log_stats st;
	struct text out = { 0 };

	(void)a;
	log_stats(s->router, &st);
	text_printf(&out, "Syslog logging: %s (0 messages dropped, %" PRIu64 " messages rate-limited, %" PRIu64
	    " flushes, 0 overruns, xml disabled, filtering disabled)\n\n", l->off ? "disabled" : "enabled", st.rate_limited, st.flushes);
	text_add(&out, "No Active Message Discriminator.\n\n\n\nNo Inactive Message Discriminator.\n\n\n");
	put_sink(&out, "Console", l->console, st.console);
	put_sink(&out, "Monitor", l->monitor, st.monitor);
	put_sink(&out, "Buffer", l->buffered, st.buffer);
	text_add(&out, "    Exception Logging: size (4096 bytes)\n    Count and timestamp logging messages: disabled\n    Persistent logging: disabled\n\n"
	    "No active filter modules.\n\n    Trap logging: level informational, 0 message lines logged\n\n");
	text_printf(&out, "Log Buffer (%u bytes):\n\n", l->buffer_size);
	if (l->buffered >= 0)
		log_buffer_each(s->router, put_line, &out);
	show_flush(s, &out);
}

static void
run_cdp(struct session *s, const struct args *a)
{
	(void)a;
	session_printf(s, "%% CDP is not enabled\n");
}

static void
run_lldp(struct session *s, const struct args *a)
{
	(void)a;
	session_printf(s, "%% LLDP is not enabled\n");
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show logging", "Show what is going on\nMessages that are kept, and where they go", run_logging },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show cdp [ neighbors [ detail ] ]",
	    "Show what is going on\nCisco Discovery Protocol\nWho is next to us\nWith all they say", run_cdp },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show lldp [ neighbors [ detail ] ]",
	    "Show what is going on\nLink Layer Discovery Protocol\nWho is next to us\nWith all they say", run_lldp },
};

const struct cmd_table cmds_show_system = { rows, NROWS(rows) };
