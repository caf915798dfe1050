/* A terminal with a session at a router, and a small model of a screen: what cells hold after bytes have come. */

#include "testsuite/unit/shell_desk.h"

#include <stdlib.h>
#include <string.h>

#include "lib/coro.h"
#include "lib/mem.h"
#include "shell/session.h"
#include "shell/term_int.h"

/* ---- the screen ---- */

static void
line_feed(struct screen *s)
{
	s->wrap = false;
	if (s->row + 1 < s->rows) {
		s->row++;
		return;
	}
	memmove(s->cell[0], s->cell[1], (s->rows - 1) * sizeof(s->cell[0]));
	memset(s->cell[s->rows - 1], 0, sizeof(s->cell[0]));
}

static void
put_cell(struct screen *s, wchar_t c)
{
	unsigned w = term_width(c);

	if (w == 0)
		return;
	if (s->wrap || s->column + w > s->columns) {
		s->column = 0;
		line_feed(s);
	}
	s->cell[s->row][s->column] = c;
	if (w == 2)
		s->cell[s->row][s->column + 1] = -1;
	s->column += w;
	if (s->column == s->columns) {
		s->column--;
		s->wrap = true;
	}
}

static void
control(struct screen *s, char c)
{
	switch (c) {
	case '\r':
		s->column = 0;
		s->wrap = false;
		break;
	case '\n':
		line_feed(s);
		break;
	case '\b':
		s->column -= s->column > 0;
		s->wrap = false;
		break;
	case '\a':
		s->bells++;
		break;
	default:
		s->strange++;
		break;
	}
}

static void
screen_take(struct screen *s, const char *p, size_t n)
{
	wchar_t c;

	for (size_t k; n > 0; p += k, n -= k) {
		k = term_decode(p, n, &c);
		if (c < 0)
			s->strange++;
		else if (c < ' ' || c == 0x7f)
			control(s, (char)c);
		else
			put_cell(s, c);
	}
}

/* ---- the desk ---- */

static void
desk_out(void *arg, const char *p, size_t n)
{
	struct desk *d = arg;

	text_addn(&d->bytes, p, n);
	screen_take(&d->screen, p, n);
}

static size_t
desk_pending(void *arg)
{
	return ((struct desk *)arg)->pending;
}

static bool
desk_leave(void *arg)
{
	return ((struct desk *)arg)->left = true;
}

static void
desk_ended(void *arg)
{
	((struct desk *)arg)->ended = true;
}

static const struct term_ops desk_ops = {
	.out = desk_out, .pending = desk_pending, .leave = desk_leave, .ended = desk_ended,
};

struct desk *
desk_new(bool edit, unsigned columns, unsigned lines)
{
	struct desk *d = xcalloc(1, sizeof(*d));

	setenv("TERM", "dumb", 1);	/* libtinfo never frees what it has read of another one */
	d->b = bench_new(IKE_IOS_15);
	bench_load(d->b, "hostname R1\n");
	d->screen.columns = columns == 0 || columns > SCREEN_COLUMNS ? SCREEN_COLUMNS : columns;
	d->screen.rows = lines == 0 || lines > SCREEN_ROWS ? SCREEN_ROWS : lines;
	d->term = term_new(&desk_ops, d, edit, true, (struct term_size){ .columns = columns, .lines = lines });
	d->s = session_new(NULL, NULL, d->b->router, &term_io, d->term);
	term_session(d->term, d->s);
	return d;
}

void
desk_start(struct desk *d)
{
	session_start(d->s);
}

void
desk_free(struct desk *d)
{
	session_free(d->s);
	term_free(d->term);
	bench_free(d->b);
	text_free(&d->bytes);
	free(d);
}

void
desk_type_n(struct desk *d, const char *keys, size_t n)
{
	term_input(d->term, keys, n);
}

void
desk_type(struct desk *d, const char *keys)
{
	desk_type_n(d, keys, strlen(keys));
}

const char *
desk_row(struct desk *d, int row)
{
	const struct screen *s = &d->screen;
	unsigned at = row < 0 ? s->row + 1 + (unsigned)row : (unsigned)row, n = s->columns;
	char *out = d->shown;
	size_t len = 0;

	while (n > 0 && (s->cell[at][n - 1] == 0 || s->cell[at][n - 1] == L' '))
		n--;
	for (unsigned i = 0; i < n; i++)
		if (s->cell[at][i] != -1)
			len += term_utf8(s->cell[at][i] == 0 ? L' ' : s->cell[at][i], out + len);
	out[len] = '\0';
	return out;
}

unsigned
desk_column(const struct desk *d)
{
	return d->screen.column;
}
