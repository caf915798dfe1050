/*
 * A terminal under any bytes: with a screen and without, of any size, with messages, changes of its size, lab time and a
 * peer that does not read in between.  Afterwards it still takes a line.  Then the same bytes as plain lines that no
 * command begins with: each is refused once, none is lost or doubled.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/log.h"
#include "engine/router.h"
#include "lib/clock.h"
#include "lib/coro.h"
#include "lib/mem.h"
#include "shell/session.h"
#include "shell/term_int.h"
#include "testsuite/fuzz/fuzz.h"
#include "testsuite/unit/shell_desk.h"

#define INPUT_MAX	4096
#define STEPS		20

static void
let_time_run(struct desk *d)
{
	for (int i = 0; i < STEPS && session_under_way(d->s); i++)
		clock_step(d->b->clock, CLOCK_NEVER);
}

/* Bytes that UTF-8 has no use for stand for what happens around the terminal. */
static void
happen(struct desk *d, uint8_t what)
{
	switch (what & 7) {
	case 0:
		term_resize(d->term, (struct term_size){ .columns = what & 8 ? 20 : 0, .lines = what & 16 ? 3 : 40 });
		break;
	case 1:
		log_syslog(d->b->router, "SYS", what & 8 ? 2 : 6, "FUZZ", "a message while somebody types");
		break;
	case 2:
		d->pending = TERM_HIGH + 1;
		break;
	case 3:
		d->pending = 0;
		term_drained(d->term);
		break;
	case 4:
		term_break(d->term);
		break;
	case 5:
		term_hide(d->term);
		term_show(d->term);
		break;
	default:
		let_time_run(d);
		break;
	}
}

static void
bounds(const struct desk *d)
{
	const struct term *t = d->term;

	if (t->held.cap > (64u << 10) || t->cap > (128u << 10) || t->line.nshown > TERM_LINE_MAX + 2)
		fatal("a terminal keeps more than it may: %zu held, %zu read, %zu shown", t->held.cap, t->cap, t->line.nshown);
	if (t->edit && d->screen.strange > 0)
		fatal("a terminal writes what no screen of any kind understands");
}

static void
still_takes_a_line(struct desk *d)
{
	size_t refused;

	d->pending = 0;
	term_drained(d->term);
	for (int i = 0; i < 8 && !d->ended; i++) {
		desk_type(d, d->term->edit ? "\003" : "\n");
		term_break(d->term);
		let_time_run(d);
	}
	if (d->ended || d->s->tcl)
		return;
	refused = d->s->refused;
	desk_type(d, d->term->edit ? "zz top\nqq" : "zz top\n");	/* a screen of few lines asks for more */
	if (d->s->refused != refused + 1)
		fatal("a line was lost behind all that:\n%s", text_str(&d->bytes));
}

static void
anything(const uint8_t *p, size_t n, bool edit)
{
	struct desk *d = desk_new(edit, p[0] & 1 ? 80 : p[0] / 2, p[0] & 2 ? 24 : p[0] / 4);

	bench_load(d->b, p[0] & 4 ? "line con 0\n logging synchronous\n" : "line con 0\n length 10\n");
	desk_start(d);
	for (size_t i = 1; i < n && !d->ended; i++) {
		if (p[i] >= 0xc8 && p[i] < 0xe0 && edit)
			happen(d, p[i]);
		else if (term_wants_input(d->term))
			desk_type_n(d, (const char *)p + i, 1);
		bounds(d);
	}
	if (!d->ended)
		still_takes_a_line(d);
	term_hangup(d->term);
	desk_free(d);
}

static void
plain_lines(const uint8_t *p, size_t n, bool edit)
{
	struct desk *d = desk_new(edit, 80, 24);
	struct text t = { 0 };
	size_t lines = 1;

	text_add(&t, "zz");
	for (size_t i = 0; i < n; i++)
		if (p[i] == '\n') {
			text_add(&t, "\nzz");
			lines++;
		} else if (p[i] >= ' ' && p[i] < 0x7f && p[i] != '?')
			text_addc(&t, (char)p[i]);
	text_addc(&t, '\n');
	desk_start(d);
	desk_type(d, "terminal length 0\n");
	desk_type_n(d, t.s, t.len);
	if (d->s->refused != lines)
		fatal("%zu lines were typed and %zu refused:\n%s", lines, d->s->refused, t.s);
	text_free(&t);
	desk_free(d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n == 0 || n > INPUT_MAX)
		return 0;
	anything(p, n, true);
	anything(p, n, false);
	plain_lines(p, n, n % 2 == 0);
	return 0;
}
