/*
 * A terminal's life, what is typed on it and what it shows.  Bytes that come in are looked at one by one, each before
 * the session goes on: a key that breaks off a command must find the command running, however the bytes were packed
 * on their way.  What is typed ahead waits here until the session reads it.
 */

#include "shell/term.h"

#include <stdlib.h>
#include <string.h>

#include "engine/log.h"
#include "lib/clock.h"
#include "lib/coro.h"
#include "lib/mem.h"
#include "shell/term_int.h"

#define KEY_INTERRUPT	0x03	/* Ctrl-C */
#define KEY_END_MODE	0x1a	/* Ctrl-Z */
#define KEY_ESCAPE	0x1e	/* Ctrl-^ */
#define OUT_MAX		8192u	/* bytes written in one piece */
#define LENGTH_DEFAULT	24
#define WIDTH_DEFAULT	80

struct term *
term_new(const struct term_ops *ops, void *arg, bool edit, bool crlf, struct term_size size)
{
	struct term *t = xcalloc(1, sizeof(*t));

	t->ops = ops;
	t->arg = arg;
	t->edit = edit;
	t->crlf = crlf;
	t->size = size;
	t->pushed = -1;
	return t;
}

void
term_flags(struct term *t, unsigned flags)
{
	t->flags = flags;
}

void
term_free(struct term *t)
{
	if (t == NULL)
		return;
	term_editor_free(t->editor);
	term_line_free(&t->line);
	term_page_free(&t->page);
	text_free(&t->held);
	text_free(&t->out);
	if (t->in != NULL)
		wipe_free(t->in, t->cap);
	free(t->prompt);
	free(t);
}

/* ---- the screen ---- */

/* Where the cursor is after a character; false: one that screens take for a command. */
static bool
follow(struct term *t, wchar_t c)
{
	switch (c) {
	case '\n':
	case '\r':
		t->column = 0;
		return true;
	case '\b':
		t->column -= t->column > 0;
		return true;
	case '\t':
		t->column = (t->column / 8 + 1) * 8;
		return true;
	case '\a':
		return true;
	default:
		t->column += c < ' ' || c == 0x7f ? 1 : term_width(c);
		return c >= ' ' && c != 0x7f;
	}
}

/* How far it goes on with characters of ASCII that have a shape: most of what is ever printed. */
static size_t
plain_run(const char *p, size_t n)
{
	size_t k = 0;

	while (k < n && p[k] >= ' ' && p[k] < 0x7f)
		k++;
	return k;
}

/* What others have said and a command or a message repeats does not steer anybody's screen. */
void
term_put(struct term *t, const char *p, size_t n)
{
	size_t from = 0, k;
	wchar_t c;

	for (size_t i = 0; i < n; i += k) {
		bool plain;

		if ((k = plain_run(p + i, n - i)) > 0) {
			t->column += (unsigned)k;
			continue;
		}
		k = term_decode(p + i, n - i, &c);
		plain = follow(t, c) || (!t->edit && !t->crlf);	/* a command with a terminal has a screen too */
		if (plain && (c != '\n' || !t->crlf))
			continue;
		text_addn(&t->out, p + from, i - from);
		text_add(&t->out, plain ? "\r\n" : "?");
		from = i + k;
	}
	text_addn(&t->out, p + from, n - from);
	if (t->out.len >= OUT_MAX || !term_inside(t))
		term_flush(t);
}

void
term_flush(struct term *t)
{
	if (t->out.len > 0)
		t->ops->out(t->arg, t->out.s, t->out.len);
	if (t->out.cap > 4 * OUT_MAX)
		text_free(&t->out);
	text_clear(&t->out);
}

void
term_puts(struct term *t, const char *s)
{
	term_put(t, s, strlen(s));
}

void
term_bell(struct term *t)
{
	if (t->edit)
		term_put(t, "\a", 1);
}

bool
term_room(const struct term *t)
{
	return t->ops->pending == NULL || t->ops->pending(t->arg) + t->out.len <= TERM_HIGH;
}

void
term_hide(struct term *t)
{
	if (t->column > 0)
		term_puts(t, "\n");
	t->column = 0;
}

void
term_show(struct term *t)
{
	t->column = 0;
	switch (t->stands) {
	case STANDS_LINE:
		term_draw_again(t);
		break;
	case STANDS_QUESTION:
		term_puts(t, t->prompt);
		break;
	case STANDS_MORE:
		term_puts(t, " --More-- ");
		break;
	case STANDS_NOTHING:
		break;
	}
}

/* ---- the session's coroutine ---- */

bool
term_inside(const struct term *t)
{
	return t->s != NULL && t->s->coro != NULL && coro_running(t->s->coro);
}

void
term_park(struct term *t, enum term_wait w)
{
	t->wait = w;
	term_flush(t);
	t->s->parked = true;
	coro_yield(t->s->coro);
	t->s->parked = false;
	t->wait = TERM_RUNS;
}

void
term_await_room(struct term *t)
{
	while (!term_room(t) && !t->s->quit && !t->page.stopped)
		term_park(t, TERM_ROOM);
}

/* The end is known, and all in front of it has been looked at. */
bool
term_at_end(const struct term *t)
{
	return t->eof && t->seen == t->len;
}

/* A byte that has been read leaves no copy: it may be of a password. NUL is no key. */
int
term_byte(struct term *t, enum term_wait w)
{
	int b = t->pushed;

	t->pushed = -1;
	while (b <= 0) {
		if (t->s->quit)
			return -1;
		term_await_room(t);
		if (t->taken < t->seen) {
			b = (unsigned char)t->in[t->taken];
			t->in[t->taken++] = '\0';
		} else if (term_at_end(t))
			return -1;
		else
			term_park(t, w);
	}
	return b;
}

wchar_t
term_character(struct term *t, int first, enum term_wait wait)
{
	size_t need = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4, n = 1;
	char buf[4] = { (char)first };
	wchar_t w;
	int b;

	while (n < need) {
		if ((b = term_byte(t, wait)) < 0)
			return -1;
		if ((b & 0xc0) != 0x80) {
			t->pushed = b;
			return 0;
		}
		buf[n++] = (char)b;
	}
	term_decode(buf, n, &w);
	return w < 0 ? 0 : w;
}

static bool
ready(const struct term *t)
{
	const struct session *s = t->s;

	if (s == NULL || s->coro == NULL || coro_running(s->coro) || coro_done(s->coro) || t->wait == TERM_RUNS)
		return false;
	if (s->quit)
		return true;
	if (t->wait == TERM_ROOM)
		return term_room(t) || t->page.stopped;
	return term_at_end(t) || (t->edit ? t->taken < t->seen : t->lines > 0);
}

static bool
go_on(struct term *t)
{
	bool any = false;

	for (; ready(t); any = true)
		coro_resume(t->s->coro);
	return any;
}

/* ---- what is typed ---- */

void
term_queue(struct term *t, const char *p, size_t n)
{
	if (t->taken == t->len)
		t->taken = t->seen = t->len = 0;
	if (t->cap - t->len < n) {
		size_t cap = t->len - t->taken + n + 4096;
		char *in = xmalloc(cap);

		if (t->len > t->taken)
			memcpy(in, t->in + t->taken, t->len - t->taken);
		if (t->in != NULL)
			wipe_free(t->in, t->cap);
		t->in = in;
		t->cap = cap;
		t->len -= t->taken;
		t->seen -= t->taken;
		t->taken = 0;
	}
	if (n > 0)
		memcpy(t->in + t->len, p, n);
	t->len += n;
}

size_t
term_unread(struct term *t, struct text *out)
{
	size_t n = t->len - t->taken;

	if (n > 0)
		text_addn(out, t->in + t->taken, n);
	t->taken = t->seen = t->len = 0;
	t->lines = t->nline = 0;
	t->eof = false;
	return n;
}

bool
term_wants_input(const struct term *t)
{
	return t->len - t->taken < TERM_UNREAD_MAX;
}

static void
interrupt(struct term *t)
{
	if (t->wait == TERM_ROOM)
		t->page.stopped = true;
	session_interrupt(t->s);
}

/* Keys that are for the terminal itself, whatever runs on it. */
static bool
own_key(struct term *t, char b)
{
	bool busy = t->s->running && t->wait != TERM_READS && t->wait != TERM_MORE, escape = t->escape;

	t->escape = b == KEY_ESCAPE;
	if (escape && (b == 'x' || b == 'X') && t->ops->leave != NULL && t->ops->leave(t->arg))
		return true;
	if (busy && (b == KEY_ESCAPE || b == KEY_INTERRUPT)) {
		interrupt(t);
		return true;
	}
	return b == KEY_ESCAPE && t->wait != TERM_MORE;
}

/* As far as the line's end.  Of a line that is too long one byte more than a line may have is kept: so it is known. */
static void
look_line(struct term *t)
{
	char *from = t->in + t->seen, *end = memchr(from, '\n', t->len - t->seen);
	size_t k = end != NULL ? (size_t)(end - from) : t->len - t->seen, room = TERM_LINE_BYTES + 1 - t->nline;

	if (k > room) {
		memmove(from + room, from + k, t->len - t->seen - k);
		t->len -= k - room;
		k = room;
	}
	t->nline = end != NULL ? 0 : t->nline + k;
	t->seen += k + (end != NULL);
	t->lines += end != NULL;
}

/* Looks at one byte; what nobody is to read is NUL.  (What is unread may have gone elsewhere afterwards.) */
static void
look_key(struct term *t)
{
	size_t at = t->seen++;
	char b = t->in[at];
	bool cr = t->cr;

	t->cr = b == '\r';
	t->in[at] = '\0';
	if (!(cr && b == '\n') && !own_key(t, b))
		t->in[at] = b;
}

bool
term_run(struct term *t)
{
	bool any = go_on(t);

	while (t->seen < t->len && !t->ended) {
		if (t->edit)
			look_key(t);
		else
			look_line(t);
		go_on(t);
		any = true;
	}
	return go_on(t) || any;
}

void
term_input(struct term *t, const char *p, size_t n)
{
	if (t->s != NULL)
		t->s->idle_since_ns = clock_now(session_clock(t->s));
	term_queue(t, p, n);
	term_run(t);
}

void
term_queue_eof(struct term *t)
{
	t->eof = true;
}

void
term_eof(struct term *t)
{
	term_queue_eof(t);
	term_run(t);
}

void
term_hangup(struct term *t)
{
	session_hangup(t->s);
	go_on(t);
}

void
term_drained(struct term *t)
{
	go_on(t);
	if (t->stands == STANDS_LINE && t->untold > 0) {
		term_held_show(t);
		term_show(t);
	}
}

void
term_break(struct term *t)
{
	if (t->s->running && t->wait != TERM_READS && t->wait != TERM_MORE)
		interrupt(t);
	go_on(t);
}

/* ---- between it and a session ---- */

static char *
term_readline(void *arg, struct session *s, const char *prompt, enum input_kind kind)
{
	struct term *t = arg;

	term_page_begin(t);
	term_held_show(t);
	if (t->then_end && kind == INPUT_COMMAND) {
		t->then_end = false;
		if (mode_is_config(s->mode))
			return xasprintf("%c", KEY_END_MODE);
	}
	free(t->prompt);
	t->prompt = xstrdup(prompt);
	t->kind = kind;
	if (!t->edit)
		return term_read_line(t);
	if (kind == INPUT_KEY || kind == INPUT_PASSWORD || s->no_echo)
		return term_read_hidden(t);
	return term_edit_line(t);
}

static void
term_write(void *arg, struct session *s, const char *p, size_t n)
{
	(void)s;
	term_page_write(arg, p, n);
}

static void
term_log(void *arg, struct session *s, const struct log_entry *e, const char *formatted)
{
	(void)s;
	term_say(arg, formatted, e->severity);
}

static void
term_gives_way(void *arg, struct session *s)
{
	(void)s;
	term_flush(arg);
}

static void
term_ended(void *arg, struct session *s)
{
	struct term *t = arg;

	(void)s;
	t->ended = true;
	term_flush(t);
	if (t->ops->ended != NULL)
		t->ops->ended(t->arg);
}

const struct session_io term_io = {
	.readline = term_readline, .write = term_write, .log = term_log, .flush = term_gives_way, .ended = term_ended,
};

static void
take_size(struct term *t)
{
	if (!t->edit)
		return;
	if (!t->s->length_set)
		t->s->length = t->size.lines > 0 ? t->size.lines : LENGTH_DEFAULT;
	if (!t->s->width_set)
		t->s->width = t->size.columns > 0 ? t->size.columns : WIDTH_DEFAULT;
}

void
term_session(struct term *t, struct session *s)
{
	t->s = s;
	t->ended = false;
	t->wait = TERM_RUNS;
	take_size(t);
}

void
term_resize(struct term *t, struct term_size size)
{
	t->size = size;
	if (t->s != NULL)
		take_size(t);
}
