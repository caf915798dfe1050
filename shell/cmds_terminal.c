/* terminal: the settings of the terminal one sits at, for as long as one does; and what was typed on it. */

#include <stdlib.h>

#include "shell/cmds.h"
#include "shell/mask.h"
#include "shell/session.h"
#include "shell/session_int.h"

#define LENGTH_DEFAULT	24
#define WIDTH_DEFAULT	80
#define HISTORY_DEFAULT	20

static bool
off(const struct args *a)
{
	return args_no(a) || args_default(a) || arg_has(a, "no");
}

static void
cmd_length(struct session *s, const struct args *a)
{
	s->length = off(a) ? LENGTH_DEFAULT : arg_u32(a, "lines");
	s->length_set = true;
}

static void
cmd_width(struct session *s, const struct args *a)
{
	s->width = off(a) ? WIDTH_DEFAULT : arg_u32(a, "columns");
	s->width_set = true;
}

static void
cmd_monitor(struct session *s, const struct args *a)
{
	if (session_at_vty(s))
		session_monitor(s, !off(a));
	else if (!off(a))
		session_printf(s, "%% Console already monitors\n");
}

/* What is typed from now on is not shown; nothing of it is lost. */
static void
cmd_echo(struct session *s, const struct args *a)
{
	s->no_echo = arg_has(a, "no-echo");
}

static void
cmd_editing(struct session *s, const struct args *a)
{
	s->no_editing = off(a);
}

static void
cmd_history(struct session *s, const struct args *a)
{
	if (off(a) && !arg_has(a, "size"))
		session_history_resize(s, 0);
	else
		session_history_resize(s, !off(a) && arg_has(a, "lines") ? arg_u32(a, "lines") : HISTORY_DEFAULT);
}

static void
cmd_show_history(struct session *s, const struct args *a)
{
	const struct session_history *h = session_history(s);

	(void)a;
	for (size_t i = 0; i < h->n; i++) {
		char *line = secret_mask(h->v[i]);

		session_printf(s, "  %s\n", line);
		free(line);
	}
}

#define E		M(EXEC) | M(PRIV)
#define TERMINAL	"Set parameters of this terminal\n"
#define NO		"Negate it or set it to its default\n"

static const struct cmd rows[] = {
	{ E | M(LAB), 1, CMD_NO, "terminal length ~ <0-512>:lines", TERMINAL "Lines on a screen\nNumber of lines, 0 for no pauses", cmd_length },
	{ E | M(LAB), 1, CMD_NO, "terminal width ~ <0-512>:columns",
	    TERMINAL "Columns of the screen\nNumber of columns, 0 for endless lines", cmd_width },
	{ E, 1, CMD_NO, "terminal monitor", TERMINAL "Show debug output and messages here", cmd_monitor },
	{ E, 1, CMD_NO, "terminal history [ size ~ <0-256>:lines ]",
	    TERMINAL "Remember what was typed\nHow much is remembered\nNumber of lines", cmd_history },
	{ E, 1, CMD_NO, "terminal editing", TERMINAL "Edit what is typed with keys that move about in it", cmd_editing },
	{ E, 1, 0, "terminal echo", TERMINAL "Show what is typed again", cmd_echo },
	{ E, 1, 0, "terminal no-echo", TERMINAL "Take commands without showing them", cmd_echo },
	{ E, 1, 0, "terminal no length", TERMINAL NO "Lines on a screen", cmd_length },
	{ E, 1, 0, "terminal no width", TERMINAL NO "Columns of the screen", cmd_width },
	{ E, 1, 0, "terminal no editing", TERMINAL NO "Edit what is typed with keys that move about in it", cmd_editing },
	{ E, 1, 0, "terminal no monitor", TERMINAL NO "Show debug output and messages here", cmd_monitor },
	{ E, 1, 0, "terminal no history [ size ]", TERMINAL NO "Remember what was typed\nHow much is remembered", cmd_history },
	{ E | M(LAB), 1, CMD_SHOW, "show history", "Show what is going on\nWhat was typed here", cmd_show_history },
};

CMD_TABLE(cmds_terminal, rows);
