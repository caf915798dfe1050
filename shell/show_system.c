/* What is said of protocols that this router does not speak but that collectors ask about. */

#include <inttypes.h>
#include <string.h>

#include "engine/log.h"
#include "engine/router.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

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

/* Time servers are only kept as text: nobody is asked for the time, and the clock is nobody's copy. */
static void
run_ntp(struct session *s, const struct args *a)
{
	const struct cfg_foreign_block *b = cfg_foreign_peek(&conf(s)->foreign, "");
	const struct cfg_foreign_line *l;
	bool named = false;

	(void)a;
	if (b != NULL)
		TAILQ_FOREACH(l, &b->lines, next)
			named |= strncmp(l->text, "ntp server ", 11) == 0 || strncmp(l->text, "ntp peer ", 9) == 0;
	session_printf(s, named ? "Clock is unsynchronized, stratum 16, no reference clock\n" : "%%NTP is not enabled.\n");
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ntp status", "Show what is going on\nNetwork Time Protocol\nWhose time it is", run_ntp },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show cdp [ neighbors [ detail ] ]",
	    "Show what is going on\nCisco Discovery Protocol\nWho is next to us\nWith all they say", run_cdp },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show lldp [ neighbors [ detail ] ]",
	    "Show what is going on\nLink Layer Discovery Protocol\nWho is next to us\nWith all they say", run_lldp },
};

const struct cmd_table cmds_show_system = { rows, NROWS(rows) };
