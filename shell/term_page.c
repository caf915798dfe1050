/*
 * Output a page at a time.  A page is one line less than the screen has; lines that are wider than the screen count as
 * often as they wrap; a command that waits in between (a ping) is watched and begins a new page each time.  ` --More-- ` waits for a key: Space a page, Return a line, `/` `+` `-` and a regular expression
 * what of the rest is still to be seen, any other key ends the output.
 */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "shell/iosre.h"
#include "shell/term_int.h"

#define MORE		" --More-- "
#define MORE_ERASE	"\b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\b"
#define CHUNK		4096u	/* bytes between two looks at whether the peer keeps up */
#define RE_MAX		250u	/* bytes of an expression typed at --More-- */

void
term_page_free(struct term_page *p)
{
	iosre_free(p->re);
	text_free(&p->part);
	*p = (struct term_page){ 0 };
}

void
term_page_begin(struct term *t)
{
	struct term_page *p = &t->page;

	if (p->part.len > 0 && !p->stopped && iosre_search(p->re, text_str(&p->part)) != (p->filter == PAGE_WITHOUT))
		term_put(t, text_str(&p->part), p->part.len);
	term_page_free(p);
}

static void
stop(struct term *t)
{
	t->page.stopped = true;
	if (t->s->running)
		t->s->interrupted = true;
}

static void
rub_out(struct term *t, struct text *re)
{
	size_t n = re->len;
	wchar_t c = 0;

	while (n > 0 && ((unsigned char)re->s[--n] & 0xc0) == 0x80)
		;
	if (re->len == 0)
		return;
	term_decode(re->s + n, re->len - n, &c);
	re->s[re->len = n] = '\0';
	for (unsigned w = term_width(c); w > 0; w--)
		term_puts(t, "\b \b");
}

/* The expression, echoed as it is typed; NULL: Ctrl-C or the end. */
static char *
ask_expression(struct term *t, char first)
{
	struct text re = { 0 };
	char out[4];
	wchar_t c;
	int b;

	term_put(t, &first, 1);
	while ((b = term_byte(t, TERM_MORE)) >= 0 && b != '\n' && b != '\r' && b != 0x03) {
		c = b < 0x80 ? b : term_character(t, b, TERM_MORE);
		if (c == 0x08 || c == 0x7f)
			rub_out(t, &re);
		else if (c < ' ' || re.len >= RE_MAX)
			term_bell(t);
		else {
			text_addn(&re, out, term_utf8(c, out));
			term_put(t, out, term_utf8(c, out));
		}
	}
	term_puts(t, "\n");
	if (b < 0 || b == 0x03) {
		text_free(&re);
		return NULL;
	}
	return re.s == NULL ? xstrdup("") : text_take(&re);
}

static void
set_filter(struct term *t, char first)
{
	struct term_page *p = &t->page;
	const char *why;
	char *text = ask_expression(t, first);
	struct iosre *re = text == NULL || *text == '\0' ? NULL : iosre_new(text, &why);

	p->rows = 0;
	if (re == NULL) {
		if (text == NULL || *text == '\0')
			stop(t);
		else {
			term_puts(t, "% Failed to compile regular expression\n");
			p->rows = 1;
		}
		free(text);
		return;
	}
	free(text);
	iosre_free(p->re);
	p->re = re;
	p->filter = first == '/' ? PAGE_BEGIN : first == '+' ? PAGE_WITH : PAGE_WITHOUT;
	term_puts(t, "filtering...\n");
	p->rows = 1;
}

static void
more(struct term *t)
{
	int key;

	t->stands = STANDS_MORE;
	term_puts(t, MORE);
	key = term_byte(t, TERM_MORE);
	t->stands = STANDS_NOTHING;
	term_puts(t, MORE_ERASE);
	t->column = 0;
	switch (key) {
	case ' ':
		t->page.rows = 0;
		break;
	case '\r':
	case '\n':
		t->page.rows--;
		break;
	case '/':
	case '+':
	case '-':
		set_filter(t, (char)key);
		break;
	default:
		stop(t);
		break;
	}
}

static bool
page_full(const struct term *t)
{
	return t->s->length > 1 && t->page.rows >= t->s->length - 1;
}

/* As much as stays on the present row: at least one character, and no part of one. */
static size_t
row_part(const struct term *t, const char *p, size_t n)
{
	unsigned column = t->column, width = t->s->width;
	const char *end = memchr(p, '\n', n);
	size_t len = end != NULL ? (size_t)(end - p) + 1 : n, i = 0, k;
	wchar_t c;

	if (width == 0)
		return len;
	for (; i < len && p[i] != '\n'; i += k) {
		k = term_decode(p + i, len - i, &c);
		column += c < 0 ? 1 : term_width(c);
		if (column > width)
			return i;
	}
	return len;
}

static bool
wanted(struct term_page *p)
{
	if (p->filter == PAGE_ALL)
		return true;
	if (iosre_search(p->re, text_str(&p->part)) == (p->filter == PAGE_WITHOUT))
		return false;
	if (p->filter == PAGE_BEGIN)	/* from here on all */
		p->filter = PAGE_ALL;
	return true;
}

/* Takes some of it, a row at most; what comes behind a full page asks first. */
static size_t
write_row(struct term *t, const char *p, size_t n)
{
	size_t k;

	if (page_full(t)) {
		more(t);
		return 0;
	}
	if ((k = row_part(t, p, n)) == 0) {		/* the row is full: the terminal wraps */
		t->column = 0;
		t->page.rows++;
		return 0;
	}
	term_put(t, p, k);
	t->page.rows += p[k - 1] == '\n';
	return k;
}

/* A line that a filter lets through, unless another one is asked for in front of it. */
static void
write_wanted(struct term *t)
{
	struct text line;
	size_t k;

	while (wanted(&t->page)) {
		if (page_full(t)) {
			more(t);
			if (t->page.stopped)
				break;
			continue;
		}
		line = t->page.part;
		t->page.part = (struct text){ 0 };
		text_addc(&line, '\n');
		for (size_t i = 0; i < line.len && !t->page.stopped; i += k)
			k = write_row(t, line.s + i, line.len - i);
		text_free(&line);
		break;
	}
	text_clear(&t->page.part);
}

/* While a filter asks for whole lines they are gathered. */
static size_t
write_filtered(struct term *t, const char *p, size_t n)
{
	const char *end = memchr(p, '\n', n);
	size_t k = end != NULL ? (size_t)(end - p) : n;

	text_addn(&t->page.part, p, k);
	if (end == NULL)
		return k;
	write_wanted(t);
	return k + 1;
}

static size_t
write_some(struct term *t, const char *p, size_t n)
{
	size_t k = n < CHUNK ? n : CHUNK;

	while (k > 1 && k < n && ((unsigned char)p[k] & 0xc0) == 0x80)	/* no character is cut */
		k--;
	if (t->page.filter != PAGE_ALL)
		return write_filtered(t, p, n);
	if (t->s->length > 1)
		return write_row(t, p, n);
	term_put(t, p, k);
	return k;
}

void
term_page_write(struct term *t, const char *p, size_t n)
{
	bool inside = term_inside(t);
	size_t k, since = CHUNK;

	if (!inside || !t->edit) {
		if (inside)
			term_await_room(t);
		if (!t->page.stopped)
			term_put(t, p, n);
		return;
	}
	if (t->page.waits != t->s->waits) {	/* a ping, not a list */
		t->page.waits = t->s->waits;
		t->page.rows = 0;
	}
	for (; n > 0 && !t->page.stopped; p += k, n -= k, since += k) {
		if (since >= CHUNK) {
			term_await_room(t);
			since = 0;
		}
		k = t->page.stopped ? n : write_some(t, p, n);
	}
}
