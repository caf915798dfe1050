/* show logging: what is kept, where messages go, and how many of each kind came. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/heard.h"
#include "engine/lab.h"
#include "engine/log.h"
#include "engine/syslog.h"
#include "lib/addr.h"
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

struct hosts {
	struct text	*out;
	bool		 sequence;
};

static void
put_host(void *arg, const struct syslog_host_info *i)
{
	struct hosts *h = arg;
	char a[ADDR_STRLEN];

	text_printf(h->out, "        Logging to %s  (udp port %u, audit disabled,\n              link %s),\n", ip4_fmt(i->addr, a), i->port,
	    i->reachable ? "up" : "down");
	text_printf(h->out, "              %" PRIu64 " message lines logged,\n              0 message lines rate-limited,\n"
	    "              0 message lines dropped-by-MD,\n              xml disabled, sequence number %s\n              filtering disabled\n",
	    i->lines, h->sequence ? "enabled" : "disabled");
}

static void
put_trap(struct session *s, struct text *out)
{
	const struct cfg_syslog *c = &conf(s)->syslog;
	struct hosts h = { out, conf(s)->sequence_numbers };
	struct syslog_info info;

	syslog_info(s->router, &info);
	if (c->trap < 0)
		text_add(out, "    Trap logging: disabled\n");
	else
		text_printf(out, "    Trap logging: level %s, %" PRIu64 " message lines logged\n", severity_name(c->trap), info.lines);
	syslog_host_each(s->router, put_host, &h);
	if (!TAILQ_EMPTY(&c->hosts))
		text_printf(out, "        Logging Source-Interface:       VRF Name:\n%s%s%s", c->source_if != NULL ? "        " : "",
		    c->source_if != NULL ? c->source_if : "", c->source_if != NULL ? "\n" : "");
	text_addc(out, '\n');
}

/* Those that found no way to a host are lost as well as those that found no room to wait. */
static void
add_dropped(void *arg, const struct syslog_host_info *i)
{
	*(uint64_t *)arg += i->dropped;
}

static void
run_logging(struct session *s, const struct args *a)
{
	const struct cfg_logging *l = &conf(s)->logging;
	struct syslog_info info;
	struct log_stats st;
	struct text out = { 0 };

	(void)a;
	log_stats(s->router, &st);
	syslog_info(s->router, &info);
	syslog_host_each(s->router, add_dropped, &info.dropped);
	text_printf(&out, "Syslog logging: %s (%" PRIu64 " messages dropped, %" PRIu64 " messages rate-limited, %" PRIu64
	    " flushes, 0 overruns, xml disabled, filtering disabled)\n\n", l->off ? "disabled" : "enabled", info.dropped, st.rate_limited, st.flushes);
	text_add(&out, "No Active Message Discriminator.\n\n\n\nNo Inactive Message Discriminator.\n\n\n");
	put_sink(&out, "Console", l->console, st.console);
	put_sink(&out, "Monitor", l->monitor, st.monitor);
	put_sink(&out, "Buffer", l->buffered, st.buffer);
	text_printf(&out, "    Exception Logging: size (4096 bytes)\n    Count and timestamp logging messages: %s\n    Persistent logging: disabled\n\n"
	    "No active filter modules.\n\n", conf(s)->syslog.count ? "enabled" : "disabled");
	put_trap(s, &out);
	text_printf(&out, "Log Buffer (%u bytes):\n\n", l->buffer_size);
	if (l->buffered >= 0)
		log_buffer_each(s->router, put_line, &out);
	show_flush(s, &out);
}

struct counting {
	struct session	*s;
	struct text	*out;
	char		 facility[33];
	uint64_t	 n, all;
};

static void
put_total(struct counting *c)
{
	if (c->n > 0)
		text_printf(c->out, "-------------   -------------------------------  -----------------------------\n%-8s TOTAL %41" PRIu64 "\n\n", c->facility, c->n);
	c->n = 0;
}

static void
put_count(void *arg, const struct syslog_count *i)
{
	struct counting *c = arg;

	if (strcmp(c->facility, i->facility) != 0)
		put_total(c);
	snprintf(c->facility, sizeof(c->facility), "%s", i->facility);
	c->n += i->n;
	c->all += i->n;
	text_printf(c->out, "%-15s %-32s %2u %5" PRIu64 "  ", i->facility, i->mnemonic, i->severity, i->n);
	show_time_date(c->out, conf(c->s), i->last_ns + c->s->router->clock_offset_ns, false);
	text_addc(c->out, '\n');
}

static void
run_count(struct session *s, const struct args *a)
{
	struct text out = { 0 };
	struct counting c = { .s = s, .out = &out };

	(void)a;
	text_add(&out, "Facility        Message Name                    Sev Occur     Last Time\n"
	    "=============================================================================\n");
	syslog_count_each(s->router, put_count, &c);
	put_total(&c);
	show_flush(s, &out);
}

static void
run_heard(struct session *s, const struct args *a)
{
	const struct node *n = lab_node(s->lab, arg_str(a, "host"));
	const struct heard *h = n == NULL ? NULL : lab_host_heard(n);
	char from[ADDR_STRLEN];

	if (h == NULL) {
		session_error(s, "%% No host is called '%s'", arg_str(a, "host"));
		return;
	}
	session_printf(s, "%s has heard %" PRIu64 " message%s\n", n->name, h->n, h->n == 1 ? "" : "s");
	for (uint64_t i = h->n > HEARD_KEPT ? h->n - HEARD_KEPT : 0; i < h->n; i++)
		session_printf(s, "%s %s\n", ip4_fmt(h->last[i % HEARD_KEPT].from, from), h->last[i % HEARD_KEPT].text);
}

static const struct cmd rows[] = {
	{ M(LAB), 0, CMD_SHOW, "show syslog WORD:host", "Show what is going on\nMessages that a host has heard\nName of the host", run_heard },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show logging", "Show what is going on\nMessages that are kept, and where they go", run_logging },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show logging count", "Show what is going on\nMessages that are kept, and where they go\nHow many came of each kind", run_count },
};

const struct cmd_table cmds_show_logging = { rows, NROWS(rows) };
