/*
 * The line being typed: libedit edits it and draws nothing, its output goes nowhere.  The function with which it
 * fetches a key draws the line as it is now (term_draw.c), then gives way until somebody types.
 *
 * What libedit can't do as a router does it is a function of ours bound to the key: recall (a session has two
 * histories, of exec and of configuration mode, and its commands show and resize them), the ten texts last cut (libedit
 * keeps one), help, completion, drawing again.  Escape sequences are taken apart here, so that an unknown one is
 * swallowed whole instead of leaving its tail in the line, and an Escape before a control key disturbs nothing.
 */

#include "shell/term_edit.h"

#include <fcntl.h>
#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"
#include "shell/term_int.h"

#define CUTS		10u	/* texts that Ctrl-Y and Esc-Y bring back */
#define META(c)		(0x80 | (c))	/* Esc-c, as libedit numbers it */
#define KEY_ESCAPE	0x1b
#define KEY_END_MODE	0x1a	/* Ctrl-Z */
#define CSI_MAX		32	/* bytes of an escape sequence */

struct term_editor {
	struct term	*t;
	EditLine	*el;
	FILE		*nowhere;
	int		 pty[2];	/* libedit wants a terminal to begin with */
	wchar_t		*cuts[CUTS];	/* the latest first */
	size_t		 yank, yanked;	/* which came back last, and how many characters of it stand before the cursor */
	bool		 quote;		/* the next key stands for itself */
	size_t		 recall;	/* lines back from the newest, 0 = what is typed */
	wchar_t		*typed;		/* kept while older ones are looked at */
	char		 key;		/* Ctrl-Z or Ctrl-C ended the line */
};

/* ---- the line ---- */

void
term_editor_line(const struct term_editor *e, const wchar_t **text, size_t *n, size_t *cursor)
{
	const LineInfoW *li = el_wline(e->el);

	*text = li->buffer;
	*n = (size_t)(li->lastchar - li->buffer);
	*cursor = (size_t)(li->cursor - li->buffer);
}

static char *
narrow(const wchar_t *p, size_t n)
{
	struct text t = { 0 };
	char b[4];

	for (size_t i = 0; i < n; i++)
		text_addn(&t, b, term_utf8(p[i], b));
	return t.s == NULL ? xstrdup("") : text_take(&t);
}

static wchar_t *
widen(const char *s)
{
	size_t n = strlen(s), k, len = 0;
	wchar_t *w = xcalloc(n + 1, sizeof(*w));

	for (; (k = term_decode(s, n, &w[len])) > 0; s += k, n -= k)
		len += w[len] > 0;
	w[len] = L'\0';
	return w;
}

static size_t
wide_len(const wchar_t *w)
{
	return wcslen(w);
}

/* What stands left of the cursor; caller frees. */
static char *
line_left(struct term_editor *e)
{
	const wchar_t *text;
	size_t n, cursor;

	term_editor_line(e, &text, &n, &cursor);
	return narrow(text, cursor);
}

static void
insert(struct term_editor *e, const wchar_t *w)
{
	if (*w != L'\0')
		el_winsertstr(e->el, w);
}

static void
replace(struct term_editor *e, const wchar_t *w)
{
	const wchar_t *text;
	size_t n, cursor;

	term_editor_line(e, &text, &n, &cursor);
	el_cursor(e->el, (int)(n - cursor));
	el_deletestr(e->el, (int)n);
	insert(e, w);
}

/* What does not fit is not taken. */
static void
hold_bound(struct term_editor *e)
{
	const wchar_t *text;
	size_t n, cursor, over;

	term_editor_line(e, &text, &n, &cursor);
	if (n <= TERM_LINE_MAX)
		return;
	over = n - TERM_LINE_MAX < cursor ? n - TERM_LINE_MAX : cursor;
	el_deletestr(e->el, (int)over);
	term_bell(e->t);
}

/* ---- keys ---- */

static const struct { char final; wchar_t key; } finals[] = {
	{ 'A', 0x10 }, { 'B', 0x0e }, { 'C', 0x06 }, { 'D', 0x02 }, { 'H', 0x01 }, { 'F', 0x05 },
};
/* ESC [ number ~ */
static const struct { int number; wchar_t key; } numbered[] = {
	{ 1, 0x01 }, { 7, 0x01 }, { 4, 0x05 }, { 8, 0x05 }, { 3, 0x04 },
};

/* Behind ESC [ or ESC O (ECMA-48, 5.4): parameters, then one byte that ends it; 0 = nothing that is known. */
static wchar_t
escape_sequence(struct term *t)
{
	int b = 0, number = 0;

	for (int i = 0; i < CSI_MAX; i++) {
		if ((b = term_byte(t, TERM_READS)) < 0)
			return -1;
		if (b < ' ' || b > '~') {	/* cut off by something else */
			t->pushed = b;
			return 0;
		}
		if (b >= '@')
			break;
		if (b >= '0' && b <= '9' && number < 1000)
			number = number * 10 + b - '0';
	}
	for (size_t i = 0; b == '~' && i < sizeof(numbered) / sizeof(numbered[0]); i++)
		if (numbered[i].number == number)
			return numbered[i].key;
	for (size_t i = 0; i < sizeof(finals) / sizeof(finals[0]); i++)
		if (finals[i].final == b)
			return finals[i].key;
	return 0;
}

static wchar_t
escaped(struct term *t)
{
	int b = term_byte(t, TERM_READS);

	if (b < 0)
		return -1;
	if (b == '[' || b == 'O')
		return escape_sequence(t);
	if (b == 0x7f || b == 0x08)
		return META(0x7f);
	if (b < ' ' || b > '~') {	/* Escape, and then something that means the same without */
		t->pushed = b;
		return 0;
	}
	return META(b >= 'A' && b <= 'Z' ? b + 'a' - 'A' : b);
}

/* A letter that no key of libedit stands for, or one that is quoted. */
static bool
inserted(struct term_editor *e, wchar_t c, bool meta)
{
	wchar_t one[2] = { c, L'\0' };

	if (meta || (c < 0x80 && !e->quote))
		return false;
	if (c < ' ' || c == 0x7f)
		term_bell(e->t);	/* a line has no control characters */
	else
		insert(e, one);
	e->quote = false;
	return true;
}

/* What counts without editing: a line's end, what takes back, the line again, `?` and Tab, and the ways out. */
static bool
plain_key(wchar_t c)
{
	static const wchar_t keys[] = { '\n', '\t', 0x03, 0x08, 0x12, 0x15, 0x16, 0x17, KEY_END_MODE, 0x7f };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (c == keys[i])
			return true;
	return c >= ' ';
}

static bool
refused(struct term_editor *e, wchar_t c, bool meta)
{
	if (!e->t->s->no_editing || e->quote || (!meta && plain_key(c)))
		return false;
	term_bell(e->t);
	return true;
}

static int
get_key(EditLine *el, wchar_t *out)
{
	void *p = NULL;
	struct term_editor *e;
	struct term *t;
	wchar_t c;
	int b;

	el_wget(el, EL_CLIENTDATA, &p);
	e = p;
	t = e->t;
	do {
		hold_bound(e);
		term_draw(t);
		if ((b = term_byte(t, TERM_READS)) < 0)
			return 0;
		c = b == KEY_ESCAPE ? escaped(t) : b >= 0x80 ? term_character(t, b, TERM_READS) : b == '\r' ? L'\n' : b;
		if (c < 0)
			return 0;
	} while (c == 0 || refused(e, c, b == KEY_ESCAPE) || inserted(e, c, b == KEY_ESCAPE));
	*out = c;
	return 1;
}

/* ---- functions of ours ---- */

static struct term_editor *
editor_of(EditLine *el)
{
	void *e = NULL;

	el_wget(el, EL_CLIENTDATA, &e);
	return e;
}

static unsigned char
refuse(struct term_editor *e)
{
	term_bell(e->t);
	return CC_NORM;
}

static void
again(struct term_editor *e)
{
	if (e->t->column > 0)
		term_puts(e->t, "\n");
	term_draw_again(e->t);
}

static unsigned char
key_help(EditLine *el, int ch)
{
	struct term_editor *e = editor_of(el);
	struct session *s = e->t->s;
	struct text help = { 0 };
	char *line;

	(void)ch;
	if (e->t->kind != INPUT_COMMAND) {
		insert(e, L"?");
		return CC_NORM;
	}
	line = line_left(e);
	term_puts(e->t, "?\n");
	grammar_help_for(s, line, &help);
	e->t->stands = STANDS_NOTHING;
	term_page_begin(e->t);
	term_page_write(e->t, text_str(&help), help.len);
	term_page_begin(e->t);
	e->t->stands = STANDS_LINE;
	text_free(&help);
	free(line);
	again(e);
	return CC_NORM;
}

static unsigned char
key_complete(EditLine *el, int ch)
{
	struct term_editor *e = editor_of(el);
	struct session *s = e->t->s;
	char *line, *more;
	wchar_t *w;

	(void)ch;
	if (e->t->kind != INPUT_COMMAND)
		return refuse(e);
	line = line_left(e);
	more = grammar_complete_for(s, line);
	if (more == NULL)
		term_bell(e->t);
	else {
		w = widen(more);
		insert(e, w);
		free(w);
	}
	again(e);
	free(more);
	free(line);
	return CC_NORM;
}

static unsigned char
key_again(EditLine *el, int ch)
{
	(void)ch;
	again(editor_of(el));
	return CC_NORM;
}

/* Ctrl-Z runs what stands there and then ends; Ctrl-C leaves it. */
static unsigned char
key_leave(EditLine *el, int ch)
{
	struct term_editor *e = editor_of(el);
	const wchar_t *text;
	size_t n, cursor;

	term_editor_line(e, &text, &n, &cursor);
	el_cursor(el, (int)(n - cursor));
	term_draw(e->t);
	term_puts(e->t, ch == KEY_END_MODE ? "^Z" : "^C");
	if (ch == KEY_END_MODE && n > 0 && e->t->kind == INPUT_COMMAND) {
		e->t->then_end = true;
		return CC_NEWLINE;
	}
	e->key = (char)ch;
	return CC_EOF;
}

static unsigned char
key_delete(EditLine *el, int ch)
{
	struct term_editor *e = editor_of(el);
	const wchar_t *text;
	size_t n, cursor;

	(void)ch;
	term_editor_line(e, &text, &n, &cursor);
	if (n == 0 && (e->t->flags & TERM_END_KEY))
		return CC_EOF;
	if (cursor == n)
		return refuse(e);
	el_cursor(el, 1);
	el_deletestr(el, 1);
	return CC_NORM;
}

static unsigned char
key_quote(EditLine *el, int ch)
{
	(void)ch;
	editor_of(el)->quote = true;
	return CC_NORM;
}

/* ---- recall ---- */

static unsigned char
recall(struct term_editor *e, size_t to)
{
	const struct session_history *h = session_history(e->t->s);
	const wchar_t *text;
	size_t n, cursor;
	wchar_t *w;

	if (e->t->kind != INPUT_COMMAND || to > h->n)
		return refuse(e);
	if (e->recall == 0) {
		term_editor_line(e, &text, &n, &cursor);
		free(e->typed);
		e->typed = xcalloc(n + 1, sizeof(*w));
		memcpy(e->typed, text, n * sizeof(*w));
	}
	e->recall = to;
	w = to == 0 ? NULL : widen(h->v[h->n - to]);
	replace(e, w != NULL ? w : e->typed);
	free(w);
	return CC_NORM;
}

static unsigned char
key_older(EditLine *el, int ch)
{
	struct term_editor *e = editor_of(el);

	(void)ch;
	return recall(e, e->recall + 1);
}

static unsigned char
key_newer(EditLine *el, int ch)
{
	struct term_editor *e = editor_of(el);

	(void)ch;
	return e->recall == 0 ? refuse(e) : recall(e, e->recall - 1);
}

/* ---- cutting and bringing back ---- */

static void
remember_cut(struct term_editor *e, const wchar_t *p, size_t n)
{
	wchar_t *w = xcalloc(n + 1, sizeof(*w));

	memcpy(w, p, n * sizeof(*w));
	free(e->cuts[CUTS - 1]);
	memmove(e->cuts + 1, e->cuts, (CUTS - 1) * sizeof(e->cuts[0]));
	e->cuts[0] = w;
}

/* From one place of the line to another, one of which is where the cursor is. */
static unsigned char
cut(struct term_editor *e, size_t from, size_t to)
{
	const wchar_t *text;
	size_t n, cursor;

	term_editor_line(e, &text, &n, &cursor);
	if (from >= to)
		return refuse(e);
	remember_cut(e, text + from, to - from);
	el_cursor(e->el, (int)(to - cursor));
	el_deletestr(e->el, (int)(to - from));
	return CC_NORM;
}

static unsigned char
key_cut_end(EditLine *el, int ch)
{
	struct term_editor *e = editor_of(el);
	const wchar_t *text;
	size_t n, cursor;

	(void)ch;
	term_editor_line(e, &text, &n, &cursor);
	return cut(e, cursor, n);
}

static unsigned char
key_cut_start(EditLine *el, int ch)
{
	struct term_editor *e = editor_of(el);
	const wchar_t *text;
	size_t n, cursor;

	(void)ch;
	term_editor_line(e, &text, &n, &cursor);
	return cut(e, 0, cursor);
}

static unsigned char
key_cut_word(EditLine *el, int ch)
{
	struct term_editor *e = editor_of(el);
	const wchar_t *text;
	size_t n, cursor, from;

	(void)ch;
	term_editor_line(e, &text, &n, &cursor);
	for (from = cursor; from > 0 && text[from - 1] == L' '; from--)
		;
	for (; from > 0 && text[from - 1] != L' '; from--)
		;
	return cut(e, from, cursor);
}

static unsigned char
key_cut_next_word(EditLine *el, int ch)
{
	struct term_editor *e = editor_of(el);
	const wchar_t *text;
	size_t n, cursor, to;

	(void)ch;
	term_editor_line(e, &text, &n, &cursor);
	for (to = cursor; to < n && text[to] == L' '; to++)
		;
	for (; to < n && text[to] != L' '; to++)
		;
	return cut(e, cursor, to);
}

static unsigned char
bring_back(struct term_editor *e, size_t which)
{
	if (e->cuts[which] == NULL)
		return refuse(e);
	insert(e, e->cuts[which]);
	e->yank = which;
	e->yanked = wide_len(e->cuts[which]);
	return CC_NORM;
}

static unsigned char
key_yank(EditLine *el, int ch)
{
	(void)ch;
	return bring_back(editor_of(el), 0);
}

/* In place of what Ctrl-Y has just brought, if it still stands before the cursor, the one cut before it. */
static unsigned char
key_yank_older(EditLine *el, int ch)
{
	struct term_editor *e = editor_of(el);
	const wchar_t *text, *last = e->cuts[e->yank];
	size_t n, cursor, next = (e->yank + 1) % CUTS;

	(void)ch;
	term_editor_line(e, &text, &n, &cursor);
	if (last == NULL || e->yanked == 0 || e->yanked > cursor ||
	    wmemcmp(text + cursor - e->yanked, last, e->yanked) != 0)
		return refuse(e);
	el_deletestr(el, (int)e->yanked);
	return bring_back(e, e->cuts[next] == NULL ? 0 : next);
}

/* ---- which key does what ---- */

static const struct { const wchar_t *name; unsigned char (*fn)(EditLine *, int); } functions[] = {
	{ L"term-help", key_help }, { L"term-complete", key_complete }, { L"term-again", key_again }, { L"term-leave", key_leave },
	{ L"term-delete", key_delete }, { L"term-quote", key_quote }, { L"term-older", key_older }, { L"term-newer", key_newer },
	{ L"term-cut-end", key_cut_end }, { L"term-cut-start", key_cut_start }, { L"term-cut-word", key_cut_word },
	{ L"term-cut-next-word", key_cut_next_word }, { L"term-yank", key_yank }, { L"term-yank-older", key_yank_older },
};

static const struct { wchar_t key; const wchar_t *name; } keys[] = {
	{ 0x01, L"ed-move-to-beg" }, { 0x02, L"ed-prev-char" }, { 0x03, L"term-leave" }, { 0x04, L"term-delete" },
	{ 0x05, L"ed-move-to-end" }, { 0x06, L"ed-next-char" }, { 0x08, L"em-delete-prev-char" }, { 0x09, L"term-complete" },
	{ 0x0a, L"ed-newline" }, { 0x0b, L"term-cut-end" }, { 0x0c, L"term-again" }, { 0x0e, L"term-newer" },
	{ 0x10, L"term-older" }, { 0x12, L"term-again" }, { 0x14, L"ed-transpose-chars" }, { 0x15, L"term-cut-start" },
	{ 0x16, L"term-quote" }, { 0x17, L"term-cut-word" }, { 0x18, L"term-cut-start" }, { 0x19, L"term-yank" },
	{ 0x1a, L"term-leave" }, { L'?', L"term-help" }, { 0x7f, L"em-delete-prev-char" },
	{ META('b'), L"ed-prev-word" }, { META('f'), L"em-next-word" }, { META('d'), L"term-cut-next-word" },
	{ META('c'), L"em-capitol-case" }, { META('l'), L"em-lower-case" }, { META('u'), L"em-upper-case" },
	{ META('y'), L"term-yank-older" }, { META('q'), L"term-quote" }, { META(0x7f), L"term-cut-word" },
};

static void
bind_key(EditLine *el, wchar_t key, const wchar_t *name)
{
	wchar_t k[2] = { key, L'\0' };

	el_wset(el, EL_BIND, k, name, NULL);
}

static void
bind_keys(EditLine *el)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		el_wset(el, EL_ADDFN, functions[i].name, L"", functions[i].fn);
	for (wchar_t c = 1; c < 0x100; c++)
		if (c < ' ' || c >= 0x7f)
			bind_key(el, c, L"ed-unassigned");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		bind_key(el, keys[i].key, keys[i].name);
}

/* ---- its life ---- */

static wchar_t *
no_prompt(EditLine *el)
{
	static const wchar_t none[] = L"";

	(void)el;
	return (wchar_t *)(uintptr_t)none;
}

static ssize_t
swallow(void *cookie, const char *p, size_t n)
{
	(void)cookie;
	(void)p;
	return (ssize_t)n;
}

/* A pseudo terminal that nobody sits at: libedit edits only what it takes for a terminal. */
static bool
open_pty(int pty[2])
{
	char name[64];

	pty[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (pty[0] < 0 || grantpt(pty[0]) != 0 || unlockpt(pty[0]) != 0 || ptsname_r(pty[0], name, sizeof(name)) != 0)
		return false;
	pty[1] = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return pty[1] >= 0;
}

static struct term_editor *
editor_new(struct term *t)
{
	static const cookie_io_functions_t nothing = { .write = swallow };
	struct term_editor *e = xcalloc(1, sizeof(*e));

	e->t = t;
	e->pty[0] = e->pty[1] = -1;
	if (!open_pty(e->pty)) {	/* too many are in use: that ends this terminal, and nobody else's */
		if (e->pty[0] >= 0)
			close(e->pty[0]);
		free(e);
		return NULL;
	}
	if ((e->nowhere = fopencookie(NULL, "w", nothing)) == NULL)
		fatal("out of memory for the line editor");
	setvbuf(e->nowhere, NULL, _IONBF, 0);
	e->el = el_init_fd("inspire", e->nowhere, e->nowhere, e->nowhere, e->pty[1], e->pty[1], e->pty[1]);
	if (e->el == NULL)
		fatal("the line editor cannot be started");
	el_wset(e->el, EL_CLIENTDATA, e);
	el_wset(e->el, EL_PROMPT, no_prompt);
	el_wset(e->el, EL_EDITOR, L"emacs");
	el_wset(e->el, EL_SIGNAL, 0);
	el_set(e->el, EL_TERMINAL, "dumb");	/* the one that needs the least of what is not shown */
	el_wset(e->el, EL_GETCFN, get_key);
	bind_keys(e->el);
	return e;
}

void
term_editor_free(struct term_editor *e)
{
	if (e == NULL)
		return;
	el_end(e->el);
	fclose(e->nowhere);
	close(e->pty[0]);
	close(e->pty[1]);
	for (size_t i = 0; i < CUTS; i++)
		free(e->cuts[i]);
	free(e->typed);
	free(e);
}

char *
term_edit_line(struct term *t)
{
	struct term_editor *e;
	const wchar_t *line;
	int n = 0;

	if (t->editor == NULL && (t->editor = editor_new(t)) == NULL) {
		term_puts(t, "% No line can be edited: the system has no pseudo terminal left\n");
		return NULL;
	}
	e = t->editor;
	e->key = 0;
	e->recall = 0;
	e->yanked = 0;
	e->quote = false;
	t->line.nshown = t->line.column = t->line.left = 0;
	term_puts(t, t->prompt);
	t->stands = STANDS_LINE;
	line = el_wgets(e->el, &n);
	t->stands = STANDS_NOTHING;
	if (e->key != 0 || (line != NULL && n > 0))
		term_puts(t, "\n");
	if (e->key != 0)
		return xasprintf("%c", e->key);
	if (line == NULL || n <= 0)
		return NULL;
	return narrow(line, (size_t)n - (line[n - 1] == L'\n'));
}
