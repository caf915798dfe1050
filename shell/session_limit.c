/*
 * Sessions that end by themselves.  A console that asks nobody who he is stays as long as it likes, unless its line
 * says how long.
 */

#include "shell/session_limit.h"

#include "engine/router.h"
#include "shell/session.h"
#include "shell/tty.h"

/* When it is over if nothing more happens; CLOCK_NEVER: never. */
static int64_t
end_of(const struct session *s)
{
	struct line_settings l;
	int64_t end = CLOCK_NEVER;

	if (s->tty == NULL || !s->router->powered)
		return end;
	line_settings(s->router->cfg, s->tty->from.kind, s->tty->from.number, &l);
	if (l.exec_timeout_ns > 0 && (l.exec_timeout_set || s->tty->by == TTY_SSH || s->tty->user[0] != '\0' ||
	    login_asks(s->router, &s->tty->from) != LOGIN_ASK_NOTHING))
		end = s->idle_since_ns + l.exec_timeout_ns;
	if (l.absolute_timeout_ns > 0 && s->tty->since_ns + l.absolute_timeout_ns < end)
		end = s->tty->since_ns + l.absolute_timeout_ns;
	return end;
}

static void
limit_over(void *arg)
{
	struct session *s = arg;

	if (s->tty == NULL || !s->waiting)
		return;
	if (clock_now(session_clock(s)) < end_of(s))
		session_limit_arm(s);
	else
		tty_hangup(s->tty);
}

void
session_limit_init(struct session *s)
{
	timer_init(&s->limit, session_clock(s), limit_over, s);
}

void
session_limit_arm(struct session *s)
{
	int64_t end = end_of(s);

	if (end != CLOCK_NEVER)
		timer_at(&s->limit, end);
}
