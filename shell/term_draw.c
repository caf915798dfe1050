/*
 * The line that is being typed, drawn with printable characters, backspaces, returns and bells alone: a program that
 * types reads its own words back, so a character at the line's end is echoed as itself and nothing else.
 *
 * A line that reaches the right edge moves ten columns to the left, with `$` for what is hidden in front, and ten more
 * each time it gets there again.  Moving into what is hidden brings it back by tens; what is then hidden on the right is a
 * `$` in the last column used.  The screen's very last column stays free, where terminals differ about the cursor.
 */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "shell/term_edit.h"
#include "shell/term_int.h"

#define SHIFT		10u	/* columns */
#define WINDOW_LEAST	16u	/* a narrower window doesn't scroll: the terminal wraps */

static size_t
columns(const wchar_t *p, size_t n)
{
	size_t c = 0;

	for (size_t i = 0; i < n; i++)
		c += term_width(p[i]);
	return c;
}

/* Columns of the last line of the prompt. */
static size_t
prompt_columns(const char *prompt)
{
	const char *last = strrchr(prompt, '\n'), *p = last != NULL ? last + 1 : prompt;
	size_t n = strlen(p), c = 0, k;
	wchar_t w;

	for (; (k = term_decode(p, n, &w)) > 0; p += k, n -= k)
		c += w < 0 ? 1 : term_width(w);
	return c;
}

/* How many columns the line may use; 0 = as many as it likes. */
static size_t
window(const struct term *t)
{
	size_t used = prompt_columns(t->prompt) + 1, width = t->s->width;

	return width >= used + WINDOW_LEAST ? width - used : 0;
}

static void
reserve(struct term_line *l, size_t n)
{
	if (n <= l->cap)
		return;
	l->cap = n + n / 2 + 80;
	l->shown = xrealloc(l->shown, l->cap * sizeof(wchar_t));
	l->want = xrealloc(l->want, l->cap * sizeof(wchar_t));
}

void
term_line_free(struct term_line *l)
{
	if (l->cap > 0) {
		wipe_free(l->shown, l->cap * sizeof(wchar_t));
		wipe_free(l->want, l->cap * sizeof(wchar_t));
	}
	*l = (struct term_line){ 0 };
}

/* The first shift hides one more, whose place the `$` takes. */
static void
scroll(struct term_line *l, const wchar_t *text, size_t cursor, size_t room)
{
	if (room == 0) {
		l->left = 0;
		return;
	}
	while (l->left > 0 && cursor <= l->left)
		l->left = l->left <= SHIFT + 1 ? 0 : l->left - SHIFT;
	while ((l->left > 0) + columns(text + l->left, cursor - l->left) > room - 1)
		l->left += l->left == 0 ? SHIFT + 1 : SHIFT;
}

/* What is to stand on the screen, and in which column the cursor. */
static size_t
compose(struct term *t, const wchar_t *text, size_t n, size_t cursor)
{
	struct term_line *l = &t->line;
	size_t room = window(t), used = 0, w;

	reserve(l, n + 2);
	scroll(l, text, cursor, room);
	l->nwant = 0;
	if (l->left > 0) {
		l->want[l->nwant++] = L'$';
		used = 1;
	}
	for (size_t i = l->left; i < n; i++, used += w) {
		w = term_width(text[i]);
		if (room > 0 && used + w + (i + 1 < n) > room) {
			l->want[l->nwant++] = L'$';
			break;
		}
		l->want[l->nwant++] = text[i];
	}
	return (l->left > 0) + columns(text + l->left, cursor - l->left);
}

static void
put_wide(struct term *t, const wchar_t *p, size_t n)
{
	struct text out = { 0 };
	char b[4];

	for (size_t i = 0; i < n; i++)
		text_addn(&out, b, term_utf8(p[i], b));
	term_put(t, text_str(&out), out.len);
	text_free(&out);
}

static void
put_times(struct term *t, char c, size_t n)
{
	char b[64];

	memset(b, c, sizeof(b));
	for (size_t k; n > 0; n -= k)
		term_put(t, b, k = n < sizeof(b) ? n : sizeof(b));
}

/* Forward by writing what stands there again. */
static void
move_to(struct term *t, size_t column)
{
	struct term_line *l = &t->line;
	size_t from = 0, to, at = 0;

	if (column <= l->column)
		put_times(t, '\b', l->column - column);
	else {
		for (; from < l->nshown && at < l->column; from++)
			at += term_width(l->shown[from]);
		for (to = from; to < l->nshown && at < column; to++)
			at += term_width(l->shown[to]);
		put_wide(t, l->shown + from, to - from);
	}
	l->column = column;
}

/* From the first difference on; what is left of a longer line is blanked. */
static void
rewrite(struct term *t)
{
	struct term_line *l = &t->line;
	size_t same = 0, old = columns(l->shown, l->nshown);
	wchar_t *swap = l->shown;

	while (same < l->nshown && same < l->nwant && l->shown[same] == l->want[same])
		same++;
	if (same == l->nshown && same == l->nwant)
		return;
	move_to(t, columns(l->shown, same));
	put_wide(t, l->want + same, l->nwant - same);
	l->column = columns(l->want, l->nwant);
	if (old > l->column) {
		put_times(t, ' ', old - l->column);
		put_times(t, '\b', old - l->column);
	}
	l->shown = l->want;
	l->want = swap;
	l->nshown = l->nwant;
}

void
term_draw(struct term *t)
{
	const wchar_t *text;
	size_t n, cursor, column;

	term_editor_line(t->editor, &text, &n, &cursor);
	column = compose(t, text, n, cursor);
	rewrite(t);
	move_to(t, column);
}

void
term_draw_again(struct term *t)
{
	term_puts(t, t->prompt);
	t->line.nshown = t->line.column = 0;
	term_draw(t);
}
