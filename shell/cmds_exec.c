/* Exec commands that are about the clock and the router as a whole. */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/log.h"
#include "engine/router.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds.h"
#include "shell/saved.h"
#include "shell/session.h"
#include "shell/tty.h"
#include "shell/session_int.h"
#include "shell/tty.h"

static void
cmd_show_privilege(struct session *s, const struct args *a)
{
	(void)a;
	session_printf(s, "Current privilege level is %u\n", s->privilege);
}

/* ---- the clock ---- */

static const char *const weekdays[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static const char *
zone(const struct router *r)
{
	return r->cfg->timezone != NULL ? r->cfg->timezone : "UTC";
}

static int64_t
zone_ns(const struct router *r)
{
	return r->cfg->timezone != NULL ? r->cfg->timezone_minutes * 60 * NSEC_SEC : 0;
}

/* "14:33:47.723 UTC Fri Mar 13 2015" */
static void
time_text(const struct router *r, int64_t ns, bool ms, struct text *out)
{
	struct civil c;

	civil_from_ns(ns + zone_ns(r), &c);
	text_printf(out, "%02d:%02d:%02d", c.hour, c.minute, c.second);
	if (ms)
		text_printf(out, ".%03d", c.ms);
	text_printf(out, " %s %s %s %d %d", zone(r), weekdays[c.weekday], months[c.month - 1], c.day, c.year);
}

static void
cmd_show_clock(struct session *s, const struct args *a)
{
	struct text t = { 0 };

	time_text(s->router, router_now(s->router), true, &t);
	session_printf(s, "%s\n", text_str(&t));
	if (arg_has(a, "detail"))
		session_printf(s, "Time source is %s\n",
		    s->router->clock_set_by_user ? "user configuration" : "hardware calendar");
	text_free(&t);
}

static bool
civil_valid(const struct civil *c)
{
	struct civil back;

	civil_from_ns(civil_to_ns(c), &back);
	return back.day == c->day && back.month == c->month;
}

static void
cmd_clock_set(struct session *s, const struct args *a)
{
	struct civil c = { .year = (int)arg_u32(a, "year"), .month = (int)arg_u32(a, "month"), .day = (int)arg_u32(a, "day") };
	struct router *r = s->router;
	struct text was = { 0 }, is = { 0 };
	char who[TTY_WHO_MAX];
	int64_t ns;

	if (sscanf(arg_str(a, "time"), "%d:%d:%d", &c.hour, &c.minute, &c.second) < 2 || !civil_valid(&c)) {
		session_error(s, "%% There is no such day");
		return;
	}
	ns = civil_to_ns(&c) - zone_ns(r);
	time_text(r, router_now(r), false, &was);
	r->clock_offset_ns = ns - clock_now(r->clock);
	r->clock_set_by_user = true;
	time_text(r, router_now(r), false, &is);
	log_syslog(r, "SYS", 6, "CLOCKUPDATE", "System clock has been updated from %s to %s, configured from console by %s.",
	    text_str(&was), text_str(&is), session_who(s, who, sizeof(who)));
	text_free(&was);
	text_free(&is);
}

/* ---- the router ---- */

/* False: given up. */
static bool
save_first(struct session *s)
{
	char *answer;
	bool yes, no;

	for (;;) {
		answer = session_ask(s, "System configuration has been modified. Save? [yes/no]: ", INPUT_QUESTION);
		if (answer == NULL)
			return false;
		yes = tolower((unsigned char)answer[0]) == 'y';
		no = tolower((unsigned char)answer[0]) == 'n';
		free(answer);
		if (yes)
			save_running(s);
		if (yes || no)
			return !s->failed;
		session_printf(s, "%% Please answer 'yes' or 'no'.\n");
	}
}

static void
cmd_reload(struct session *s, const struct args *a)
{
	char who[TTY_WHO_MAX];

	(void)a;
	/* A lab's own console is not asked: its guides know one question. */
	if (s->tty != NULL && s->tty->by != TTY_CONSOLE && running_is_unsaved(s->router) && !save_first(s))
		return;
	if (!session_confirm(s, "Proceed with reload? [confirm]"))
		return;
	log_syslog(s->router, "SYS", 5, "RELOAD", "Reload requested by %s. Reload Reason: Reload Command.", session_who(s, who, sizeof(who)));
	router_reload(s->router);
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show privilege",
	    "Show what is going on\nPrivilege level in force", cmd_show_privilege },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show clock [ detail ]",
	    "Show what is going on\nThe router's clock\nAlso where the time comes from", cmd_show_clock },
	{ M(PRIV), 15, 0, "clock set hh:mm:ss:time { <1-31>:day MONTH:month | MONTH:month <1-31>:day } <1993-2035>:year",
	    "Manage the clock\nSet date and time\nTime of day\nDay of the month\nMonth of the year\nMonth of the year\n"
	    "Day of the month\nYear", cmd_clock_set },
	{ M(PRIV), 15, 0, "reload", "Halt and boot again", cmd_reload },
};

CMD_TABLE(cmds_exec, rows);
