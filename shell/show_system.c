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

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show cdp [ neighbors [ detail ] ]",
	    "Show what is going on\nCisco Discovery Protocol\nWho is next to us\nWith all they say", run_cdp },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show lldp [ neighbors [ detail ] ]",
	    "Show what is going on\nLink Layer Discovery Protocol\nWho is next to us\nWith all they say", run_lldp },
};

const struct cmd_table cmds_show_system = { rows, NROWS(rows) };
