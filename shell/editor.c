/*
 * libedit under a session: its function that fetches a character gives way to the loop, so that many
 * editors live in one thread.  Keys that mean something to IOS are bound to functions of ours.
 */

#include "shell/editor.h"

#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "shell/console.h"

struct editor {
	struct console	*c;
	EditLine	*el;
	History		*hist;
	char		*prompt;
	enum { IDLE, EDITING, ASKING } state;	/* who drew the prompt that stands on the screen */
	enum input_kind	 kind;
	char		 key;		/* Ctrl-Z or Ctrl-C ended the line */
};

static struct editor *
editor_of(EditLine *el)
{
	void *e = NULL;

	el_get(el, EL_CLIENTDATA, &e);
	return e;
}

static char *
prompt_of(EditLine *el)
{
	return editor_of(el)->prompt;
}

/* How many bytes a UTF-8 character has by its first. */
static int
utf8_more(int b)
{
	return b < 0xc0 ? 0 : b < 0xe0 ? 1 : b < 0xf0 ? 2 : 3;
}

static int
get_character(EditLine *el, wchar_t *out)
{
	struct editor *e = editor_of(el);
	int b = console_byte(e->c), more;
	unsigned v;

	if (b < 0)
		return 0;
	more = utf8_more(b);
	v = more == 0 ? (unsigned)b : (unsigned)b & (0x3fu >> more);
	while (more-- > 0) {
		if ((b = console_byte(e->c)) < 0)
			return 0;
		v = v << 6 | ((unsigned)b & 0x3f);
	}
	*out = (wchar_t)v;
	return 1;
}

static void
put(struct editor *e, const char *s)
{
	console_put(e->c, s, strlen(s));
}

/* What stands left of the cursor; caller frees. */
static char *
line_left(EditLine *el)
{
	const LineInfo *li = el_line(el);

	return xstrndup(li->buffer, (size_t)(li->cursor - li->buffer));
}

static unsigned char
key_help(EditLine *el, int ch)
{
	struct editor *e = editor_of(el);
	struct session *s = e->c->session;
	struct text t = { 0 };
	char *line;

	if (e->kind != INPUT_COMMAND) {
		char c[2] = { (char)ch, '\0' };

		el_insertstr(el, c);
		return CC_REFRESH;
	}
	line = line_left(el);
	put(e, "?\n");
	grammar_help(s->mode, s->privilege, line, &t);
	put(e, text_str(&t));
	text_free(&t);
	free(line);
	el_set(el, EL_REFRESH);
	return CC_NORM;
}

static unsigned char
key_complete(EditLine *el, int ch)
{
	struct editor *e = editor_of(el);
	struct session *s = e->c->session;
	char *line = line_left(el), *more = grammar_complete(s->mode, s->privilege, line);

	(void)ch;
	free(line);
	if (more == NULL)
		return CC_ERROR;
	el_insertstr(el, more);
	free(more);
	return CC_REFRESH;
}

static unsigned char
key_leave(EditLine *el, int ch)
{
	struct editor *e = editor_of(el);

	e->key = (char)ch;
	put(e, ch == 0x1a ? "^Z\n" : "^C\n");
	return CC_EOF;
}

/* Ctrl-D: deletes; on an empty line at the first console it ends. */
static unsigned char
key_delete(EditLine *el, int ch)
{
	struct editor *e = editor_of(el);
	const LineInfo *li = el_line(el);

	(void)ch;
	if (li->lastchar == li->buffer && e->c == e->c->owner->first)
		return CC_EOF;
	if (li->cursor == li->lastchar)
		return CC_ERROR;
	el_cursor(el, 1);
	el_deletestr(el, 1);
	return CC_REFRESH;
}

static void
bind_keys(EditLine *el)
{
	el_set(el, EL_ADDFN, "inspire-help", "What may stand here", key_help);
	el_set(el, EL_ADDFN, "inspire-complete", "Finish the word", key_complete);
	el_set(el, EL_ADDFN, "inspire-leave", "Leave the mode", key_leave);
	el_set(el, EL_ADDFN, "inspire-delete", "Delete a character", key_delete);
	el_set(el, EL_BIND, "?", "inspire-help", NULL);
	el_set(el, EL_BIND, "\t", "inspire-complete", NULL);
	el_set(el, EL_BIND, "^Z", "inspire-leave", NULL);
	el_set(el, EL_BIND, "^C", "inspire-leave", NULL);
	el_set(el, EL_BIND, "^D", "inspire-delete", NULL);
	el_set(el, EL_BIND, "^W", "ed-delete-prev-word", NULL);
	el_set(el, EL_BIND, "^U", "vi-kill-line-prev", NULL);
}

struct editor *
editor_new(struct console *c)
{
	struct editor *e = xcalloc(1, sizeof(*e));
	HistEvent ev;

	e->c = c;
	e->el = el_init("inspire", stdin, stdout, stderr);
	if (e->el == NULL)
		fatal("the line editor cannot be started");
	el_set(e->el, EL_CLIENTDATA, e);
	el_set(e->el, EL_PROMPT, prompt_of);
	el_set(e->el, EL_EDITOR, "emacs");
	el_set(e->el, EL_SIGNAL, 0);
	el_set(e->el, EL_SETTY, "-d", "-isig", NULL);
	el_set(e->el, EL_SETTY, "-x", "-isig", "-icanon", "-echo", NULL);
	el_wset(e->el, EL_GETCFN, get_character);
	e->hist = history_init();
	history(e->hist, &ev, H_SETSIZE, 256);
	el_set(e->el, EL_HIST, history, e->hist);
	bind_keys(e->el);
	return e;
}

void
editor_free(struct editor *e)
{
	if (e == NULL)
		return;
	history_end(e->hist);
	el_end(e->el);
	free(e->prompt);
	free(e);
}

/* A question: no history, no help; a key alone, or a line that isn't shown. */
static char *
read_plain(struct editor *e, enum input_kind kind)
{
	struct text t = { 0 };
	int b;

	e->state = ASKING;
	while ((b = console_byte(e->c)) >= 0 && b != '\n' && b != '\r') {
		if (b == 0x03 || b == 0x1a)
			text_clear(&t);
		text_addc(&t, (char)b);
		if (kind == INPUT_KEY || b == 0x03 || b == 0x1a)
			break;
	}
	e->state = IDLE;
	put(e, "\n");
	if (b < 0) {
		text_free(&t);
		return NULL;
	}
	return t.s == NULL ? xstrdup("") : text_take(&t);
}

static char *
read_edited(struct editor *e)
{
	HistEvent ev;
	const char *line;
	char *copy;
	int n;

	e->key = 0;
	e->state = EDITING;
	line = el_gets(e->el, &n);
	e->state = IDLE;
	fflush(stdout);
	tcsetattr(e->c->owner->in, TCSADRAIN, &e->c->owner->raw);	/* libedit would give Ctrl-C back to the kernel */
	e->c->owner->column = 0;
	if (e->key != 0)
		return xasprintf("%c", e->key);
	if (line == NULL || n <= 0)
		return NULL;
	if (e->kind == INPUT_COMMAND && strspn(line, " \t\r\n") < (size_t)n)
		history(e->hist, &ev, H_ENTER, line);
	copy = xstrdup(line);
	copy[strcspn(copy, "\r\n")] = '\0';
	return copy;
}

char *
editor_readline(struct editor *e, const char *prompt, enum input_kind kind)
{
	for (;;) {
		char *line;

		console_wait(e->c);
		free(e->prompt);
		e->prompt = xstrdup(prompt);
		e->kind = kind;
		if (kind == INPUT_KEY || kind == INPUT_PASSWORD) {
			put(e, prompt);
			return read_plain(e, kind);
		}
		line = read_edited(e);
		if (line != NULL && kind == INPUT_COMMAND && e->c->node != NULL && console_is_escape(line)) {
			free(line);
			console_go(e->c->owner, e->c->owner->first);
			continue;
		}
		return line;
	}
}

void
editor_show(struct editor *e)
{
	if (e->state == EDITING)
		el_set(e->el, EL_REFRESH);
	else if (e->state == ASKING)
		put(e, e->prompt);
}

void
editor_hide(struct editor *e)
{
	fflush(stdout);
	if (e->state != IDLE)
		put(e, "\n");
}

void
editor_interject(struct editor *e, const char *text)
{
	fflush(stdout);
	put(e, "\r\033[K");
	put(e, text);
	put(e, "\n");
	editor_show(e);
}
