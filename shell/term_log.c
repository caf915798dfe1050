/*
 * Messages on a terminal.  As they come they break into what stands there.  With `logging synchronous` they wait until
 * output and --More-- are over; prompt and line stand again behind them.  A terminal that does not read loses them,
 * counted: they are kept in the router's buffer.
 */

#include <string.h>

#include "engine/router.h"
#include "shell/term_int.h"
#include "shell/tty.h"

#define HELD_MAX	(16u << 10)
#define SYNC_LEVEL	2	/* unless the line's configuration says another */
#define SEVERITY_INFO	6

/* The worst do not wait. */
static bool
synchronous(const struct term *t, int severity)
{
	const struct tty *tty = t->s->tty;
	struct line_settings l;

	if (!t->edit || t->s->router == NULL)
		return false;
	line_settings(t->s->router->cfg, tty != NULL ? tty->from.kind : LINE_CON, tty != NULL ? tty->from.number : 0, &l);
	return l.synchronous && severity > (l.synchronous_level < 0 ? SYNC_LEVEL : l.synchronous_level);
}

static void
put_message(struct term *t, const char *text)
{
	if (t->column > 0)
		term_puts(t, "\n");
	term_puts(t, text);
	term_puts(t, "\n");
}

static void
hold(struct term *t, const char *text)
{
	if (t->held.len + strlen(text) >= HELD_MAX) {
		t->dropped++;
		t->untold++;
		return;
	}
	text_printf(&t->held, "%s\n", text);
}

/* Behind output, in front of a prompt. */
void
term_held_show(struct term *t)
{
	if (t->held.len > 0) {
		if (t->column > 0)
			term_puts(t, "\n");
		term_put(t, t->held.s, t->held.len);
		text_clear(&t->held);
	}
	if (t->untold > 0 && term_room(t)) {
		struct text told = { 0 };

		text_printf(&told, "%% %zu messages are not shown: this terminal did not keep up", t->untold);
		t->untold = 0;
		put_message(t, text_str(&told));
		text_free(&told);
	}
}

void
term_say(struct term *t, const char *text, int severity)
{
	if (!term_room(t)) {
		t->dropped++;
		t->untold++;
	} else if (!synchronous(t, severity))
		put_message(t, text);
	else if (t->stands == STANDS_LINE || t->stands == STANDS_QUESTION) {
		put_message(t, text);
		term_show(t);
	} else
		hold(t, text);
}

void
term_message(struct term *t, const char *text)
{
	term_say(t, text, SEVERITY_INFO);
}

size_t
term_dropped(const struct term *t)
{
	return t->dropped;
}
