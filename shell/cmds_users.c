/* Who is there: show users, show line; and what one does to others: clear line, send. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/log.h"
#include "engine/router.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds.h"
#include "shell/session.h"
#include "shell/show.h"
#include "shell/tty.h"

#define MESSAGE_MAX	4096u

/* ---- show users ---- */

static const char *
line_name(unsigned number, char out[TTY_NAME_MAX])
{
	struct tty t = { .from = { .kind = number == 0 ? LINE_CON : number == 1 ? LINE_AUX : LINE_VTY, .number = number < 2 ? 0 : number - 2 } };

	return tty_name(&t, out);
}

static void
put_user(struct text *out, const struct session *s, const struct tty *t)
{
	const struct session *on = t->session;
	int64_t idle = on == NULL || on == s || on->running ? 0 : clock_now(session_clock(s)) - on->idle_since_ns;
	char name[TTY_NAME_MAX], age[SHOW_AGE], a[ADDR_STRLEN], user[USER_NAME_MAX + 1];

	text_printf(out, "%c%3u %-9s %-10s %-20s %s %s\n", on == s ? '*' : ' ', tty_number(t), tty_name(t, name), login_clean(t->user, user),
	    "idle", show_age(idle, age), t->from.remote.af == ADDR_NONE ? "" : addr_fmt(&t->from.remote, a));
}

static void
run_users(struct session *s, const struct args *a)
{
	unsigned lines = 2 + line_vtys(s->router->cfg);
	char name[TTY_NAME_MAX];
	struct text out = { 0 };
	const struct tty *t;
	bool there;

	text_add(&out, "    Line       User       Host(s)              Idle       Location\n");
	for (unsigned n = 0; n < lines; n++) {
		there = false;
		LIST_FOREACH(t, &s->router->ttys, next)
			if (tty_number(t) == n) {
				put_user(&out, s, t);
				there = true;
			}
		if (!there && arg_has(a, "all"))
			text_printf(&out, " %3u %-9s %-10s %-20s 00:00:00\n", n, line_name(n, name), "", "");
	}
	text_add(&out, "\n  Interface    User               Mode         Idle     Peer Address\n\n");
	show_flush(s, &out);
}

static void
run_sessions(struct session *s, const struct args *a)
{
	(void)a;
	session_printf(s, "%% No connections open\n");
}

/* ---- show line ---- */

static struct line_settings
settings_of(const struct session *s, unsigned number)
{
	struct line_settings l;

	line_settings(s->router->cfg, number == 0 ? LINE_CON : number == 1 ? LINE_AUX : LINE_VTY, number < 2 ? 0 : number - 2, &l);
	return l;
}

static void
put_line(struct text *out, const struct session *s, unsigned n)
{
	static const char *const kinds[] = { "CTY", "AUX", "VTY" };
	struct line_settings l = settings_of(s, n);

	text_printf(out, "%c %5u %s %-12s -    -      -    -%5s %6u %7u %7s %7s\n", tty_find(s->router, n) != NULL ? '*' : ' ', n,
	    kinds[n < 2 ? n : 2], n == 1 ? "  9600/9600" : "", l.access_class[0] != '\0' ? l.access_class : "-",
	    login_line_uses(s->router, n), 0u, "0/0", "-");
}

static void
put_transports(struct text *out, const struct line_settings *l)
{
	text_printf(out, "Allowed input transports are %s.\n", l->ssh ? "ssh" : "none");
}

static void
put_hms(struct text *out, const char *what, int64_t ns, const char *without)
{
	char age[SHOW_AGE];

	text_printf(out, "%s%s\n", what, ns > 0 ? show_hms((uint64_t)(ns / NSEC_SEC), age) : without);
}

static void
put_one(struct text *out, const struct session *s, unsigned n)
{
	struct line_settings l = settings_of(s, n);
	const struct tty *t = tty_find(s->router, n);
	int64_t since = t == NULL ? 0 : clock_now(session_clock(s)) - t->since_ns;
	char age[SHOW_AGE];

	text_printf(out, "\nLine %u, Location: \"\", Type: \"\"\n", n);
	text_printf(out, "Length: %u lines, Width: %u columns\n", t != NULL && t->session != NULL ? t->session->length : l.length,
	    t != NULL && t->session != NULL ? t->session->width : l.width);
	text_printf(out, "Status: PSI Enabled, Ready%s\n", t != NULL ? ", Active, Automore On" : "");
	put_hms(out, "Idle EXEC timeout is ", l.exec_timeout_ns, "never");
	put_hms(out, "Absolute timeout is ", l.absolute_timeout_ns, "not set");
	if (l.session_limit != 0)
		text_printf(out, "Session limit is %u.\n", l.session_limit);
	else
		text_add(out, "Session limit is not set.\n");
	text_printf(out, "Time since activation: %s\n", t == NULL ? "never" : show_hms((uint64_t)(since / NSEC_SEC), age));
	if (l.history > 0)
		text_printf(out, "Editing is enabled.\nHistory is enabled, history size is %u.\n", l.history);
	else
		text_add(out, "Editing is enabled.\nHistory is disabled.\n");
	if (n >= 2)
		put_transports(out, &l);
}

static const char line_heading[] = "   Tty Typ     Tx/Rx    A Modem  Roty AccO AccI   Uses   Noise  Overruns   Int\n";

static void
run_line(struct session *s, const struct args *a)
{
	unsigned lines = 2 + line_vtys(s->router->cfg), first = 0, last = lines - 1;
	struct text out = { 0 };

	if (arg_has(a, "number"))
		first = last = arg_u32(a, "number");
	else if (arg_has(a, "console"))
		first = last = 0;
	else if (arg_has(a, "aux"))
		first = last = 1;
	else if (arg_has(a, "vty")) {
		first = 2 + arg_u32(a, "first");
		last = arg_has(a, "last") ? 2 + arg_u32(a, "last") : first;
	}
	if (last >= lines || last < first) {
		session_error(s, "%% There is no such line");
		return;
	}
	text_add(&out, line_heading);
	for (unsigned n = first; n <= last; n++)
		put_line(&out, s, n);
	if (first == last)
		put_one(&out, s, first);
	text_addc(&out, '\n');
	show_flush(s, &out);
}

/* One letter a line, as IOS has it. */
static void
run_summary(struct session *s, const struct args *a)
{
	unsigned lines = 2 + line_vtys(s->router->cfg), users = 0, unused = 0, asking = 0;
	struct text out = { 0 };

	(void)a;
	text_add(&out, "  0: ");
	for (unsigned n = 0; n < lines; n++) {
		const struct tty *t = tty_find(s->router, n);
		bool in = t != NULL && t->logged_in_ns != 0;

		text_printf(&out, "%s%c", n > 0 && n % 4 == 0 ? " " : "", t == NULL ? login_line_uses(s->router, n) > 0 ? '-' : '?' : in ? 'U' : 'u');
		users += t != NULL;
		asking += t != NULL && !in;
		unused += t == NULL && login_line_uses(s->router, n) == 0;
	}
	text_printf(&out, "\n\n%u character mode users.           (U)\n%u lines never used                 (?)\n"
	    "%u total lines in use, %u not authenticated (lowercase)\n", users, unused, users, asking);
	show_flush(s, &out);
}

/* ---- clear line ---- */

static unsigned
line_typed(const struct args *a)
{
	if (arg_has(a, "console"))
		return 0;
	return arg_has(a, "vty") ? 2 + arg_u32(a, "vtynumber") : arg_u32(a, "number");
}

static void
run_clear(struct session *s, const struct args *a)
{
	unsigned n = line_typed(a);
	struct tty *t, *after;

	if (n >= 2 + line_vtys(s->router->cfg)) {
		session_error(s, "%% There is no such line");
		return;
	}
	if (!session_confirm(s, "[confirm]"))
		return;
	session_printf(s, " [OK]\n");
	for (t = LIST_FIRST(&s->router->ttys); t != NULL; t = after) {
		after = LIST_NEXT(t, next);
		if (tty_number(t) == n)
			tty_hangup(t);
	}
}

/* ---- send ---- */

static bool
message_read(struct session *s, struct text *out)
{
	char *line;

	session_printf(s, "Enter message, end with CTRL/Z; abort with CTRL/C:\n");
	for (;;) {
		line = session_read_text(s);
		if (line == NULL || strcmp(line, "\x03") == 0 || out->len > MESSAGE_MAX) {
			free(line);
			return false;
		}
		if (strchr(line, '\x1a') != NULL) {
			text_addn(out, line, strcspn(line, "\x1a"));
			free(line);
			return true;
		}
		text_printf(out, "%s\n", line);
		free(line);
	}
}

static void
message_show(const struct tty *t, const char *text)
{
	struct log_entry e = { .when_ns = clock_now(session_clock(t->session)), .body = text };

	if (t->session->io->log != NULL)
		t->session->io->log(t->session->io_arg, t->session, &e, text);
}

static void
run_send(struct session *s, const struct args *a)
{
	struct text typed = { 0 }, all = { 0 };
	bool everybody = arg_has(a, "*");
	unsigned to = everybody ? 0 : line_typed(a);
	const struct tty *t;

	if (message_read(s, &typed) && session_confirm(s, "Send message? [confirm]")) {
		text_printf(&all, "***\n***\n*** Message from tty%u to %s", s->tty != NULL ? tty_number(s->tty) : 0, everybody ? "all terminals:" : "");
		if (!everybody)
			text_printf(&all, "tty%u:", to);
		text_printf(&all, "\n***\n%.*s", (int)(typed.len - (typed.len > 0 && typed.s[typed.len - 1] == '\n')), text_str(&typed));
		LIST_FOREACH(t, &s->router->ttys, next)
			if (t->session != NULL && t->logged_in_ns != 0 && (everybody || tty_number(t) == to))
				message_show(t, text_str(&all));
	}
	text_free(&typed);
	text_free(&all);
}

#define SHOW	"Show what is going on\n"
#define WHICH	"Number of the line\nThe console\nIts number\nA line over the network\nIts number\n"

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show users [ all ]", SHOW "Who is at which line\nLines that nobody is at, too", run_users },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "who [ all ]", "Who is at which line\nLines that nobody is at, too", run_users },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show sessions", SHOW "Connections from here to others", run_sessions },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show line [ { <0-17>:number | console <0-0> | aux <0-0> | vty <0-15>:first [ <0-15>:last ] } ]",
	    SHOW "Terminal lines\nNumber of the line\nThe console\nIts number\nThe auxiliary port\nIts number\nLines over the network\nFirst number\nLast number", run_line },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show line summary", SHOW "Terminal lines\nA letter each", run_summary },
	{ M(PRIV), 15, 0, "clear line { <0-17>:number | console <0-0> | vty <0-15>:vtynumber }",
	    "Take away or set to zero\nWhoever is at a terminal line\n" WHICH, run_clear },
	{ M(PRIV), 15, 0, "send { * | <0-17>:number | console <0-0> | vty <0-15>:vtynumber }",
	    "Write to other terminals\nTo all of them\n" WHICH, run_send },
};

CMD_TABLE(cmds_users, rows);
