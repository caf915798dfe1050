/* Terminal lines in use: given out, named, ended. */

#include "shell/tty.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/router.h"
#include "lib/coro.h"
#include "lib/mem.h"
#include "shell/session.h"

#define VTY_FIRST	2u	/* as `show line` numbers them: con 0, aux 0, vty 0 ... */

static bool
taken(const struct router *r, enum line_kind kind, unsigned number)
{
	const struct tty *t;

	LIST_FOREACH(t, &r->ttys, next)
		if (t->from.kind == kind && t->from.number == number)
			return true;
	return false;
}

struct tty *
tty_new(struct router *r, enum line_kind kind)
{
	unsigned n = 0;
	struct tty *t;

	while (kind == LINE_VTY && taken(r, kind, n))
		n++;
	if (kind == LINE_VTY && n >= line_vtys(r->cfg))
		return NULL;
	t = xcalloc(1, sizeof(*t));
	t->router = r;
	t->from.kind = kind;
	t->from.number = n;
	t->since_ns = clock_now(r->clock);
	LIST_INSERT_HEAD(&r->ttys, t, next);
	login_line_used(r, tty_number(t));
	return t;
}

void
tty_free(struct tty *t)
{
	if (t == NULL)
		return;
	LIST_REMOVE(t, next);
	if (t->session != NULL)
		t->session->tty = NULL;
	free(t);
}

void
tty_sit(struct tty *t, struct session *s)
{
	t->session = s;
	s->tty = t;
	s->line = tty_number(t);
}

void
tty_console(struct session *s)
{
	struct tty *t;

	if (s->router == NULL)
		return;
	t = tty_new(s->router, LINE_CON);
	t->owned = true;
	tty_sit(t, s);
}

void
tty_hangup(struct tty *t)
{
	if (t->session != NULL)
		session_hangup(t->session);
	if (t->hangup != NULL)
		t->hangup(t->arg, t);
}

void
tty_touched(struct tty *t)
{
	if (t->session != NULL)
		t->session->idle_since_ns = clock_now(session_clock(t->session));
}

const char *
tty_name(const struct tty *t, char out[TTY_NAME_MAX])
{
	static const char *const kinds[] = { [LINE_CON] = "con", [LINE_AUX] = "aux", [LINE_VTY] = "vty" };

	snprintf(out, TTY_NAME_MAX, "%s %u", kinds[t->from.kind], t->from.number);
	return out;
}

unsigned
tty_number(const struct tty *t)
{
	return t->from.kind == LINE_CON ? 0 : t->from.kind == LINE_AUX ? 1 : VTY_FIRST + t->from.number;
}

struct tty *
tty_find(struct router *r, unsigned number)
{
	struct tty *t;

	LIST_FOREACH(t, &r->ttys, next)
		if (tty_number(t) == number)
			return t;
	return NULL;
}

void
tty_who(const struct tty *t, char *out, size_t size)
{
	char name[USER_NAME_MAX + 1], a[ADDR_STRLEN];
	const char *by = login_clean(t->user, name), *on = *by != '\0' ? " on " : "";

	if (t->from.kind != LINE_VTY)
		snprintf(out, size, "%s%sconsole", by, on);
	else
		snprintf(out, size, "%s%svty%u (%s)", by, on, t->from.number,
		    t->from.remote.af == ADDR_NONE ? "0.0.0.0" : addr_fmt(&t->from.remote, a));
}
