/* show version and show logging. */

#include <inttypes.h>
#include <string.h>

#include "config.h"
#include "engine/log.h"
#include "engine/router.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/dialect.h"
#include "shell/show.h"

static void
count_ifs(const struct config *c, struct text *out)
{
	static const struct { enum cfg_if_kind kind; const char *name; } kinds[] = {
		{ CFG_IF_ETHERNET, "Ethernet" }, { CFG_IF_FASTETHERNET, "FastEthernet" }, { CFG_IF_GIGABIT, "Gigabit Ethernet" },
	};
	const struct cfg_if *i;

	for (size_t k = 0; k < NROWS(kinds); k++) {
		unsigned n = 0;

		TAILQ_FOREACH(i, &c->ifs, next)
			n += i->kind == kinds[k].kind;
		if (n > 0)
			text_printf(out, "%u %s interface%s\n", n, kinds[k].name, n == 1 ? "" : "s");
	}
}

static void
run_version(struct session *s, const struct args *a)
{
	struct router *r = s->router;
	const struct dialect *d = dialect_of(r->dialect);
	const char *why = r->reload_reason == NULL ? "power-on" : r->reload_reason;
	int64_t up = clock_now(r->clock) - r->boot_ns;
	struct text out = { 0 };

	(void)a;
	text_printf(&out, "inspire Software, %s (%s), Version %s, RELEASE SOFTWARE (fc1)\n", d->software, d->image, r->release != NULL ? r->release : d->release);
	text_printf(&out, "Made by inspire %s; free software under the Apache License, Version 2.0\n", PACKAGE_VERSION);
	text_add(&out, "Copyright (c) the authors of inspire\n\nROM: inspire starts without one\n\n");
	text_printf(&out, "%s uptime is ", router_hostname(r));
	show_uptime(&out, up);
	text_printf(&out, "\nSystem returned to ROM by %s\nSystem restarted at ", why);
	show_time_date(&out, r->cfg, router_now(r) - up, false);
	text_printf(&out, "\nSystem image file is \"%s\"\nLast reload reason: %s\n\n", d->file, why);
	count_ifs(r->cfg, &out);
	text_add(&out, "\nConfiguration register is 0x2102\n\n");
	show_flush(s, &out);
}

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

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show version", "Show what is going on\nWhat software this is, and how long it has been up", run_version },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show logging", "Show what is going on\nMessages that are kept, and where they go", run_logging },
};

const struct cmd_table cmds_show_system = { rows, NROWS(rows) };
