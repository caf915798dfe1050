/* Reading without the editor: whole lines where there is no screen, and answers that are not shown. */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "shell/term_int.h"

#define KEY_INTERRUPT	0x03	/* Ctrl-C */
#define KEY_END_MODE	0x1a	/* Ctrl-Z */

/* ---- lines without a screen ---- */

/* Without control characters (the return before a line's end is one), unless it is a key alone. */
static char *
printable(const char *p, size_t n)
{
	char *line = xmalloc(n + 1);
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		if (((unsigned char)p[i] >= ' ' && p[i] != 0x7f) || p[i] == '\t' || (n == 1 && p[i] != '\r' && p[i] != '\0'))
			line[len++] = p[i];
	line[len] = '\0';
	if (strcmp(line, "^Z") == 0 || strcmp(line, "^C") == 0) {
		line[0] = line[1] == 'Z' ? KEY_END_MODE : KEY_INTERRUPT;
		line[1] = '\0';
	}
	return line;
}

static char *
take_line(struct term *t)
{
	const char *p, *end;
	char *line;
	size_t n;

	while (t->lines == 0 && !term_at_end(t) && !t->s->quit)
		term_park(t, TERM_READS);
	if (t->s->quit || (t->lines == 0 && t->taken == t->len))
		return NULL;
	p = t->in + t->taken;
	end = memchr(p, '\n', t->len - t->taken);
	n = end != NULL ? (size_t)(end - p) : t->len - t->taken;
	line = printable(p, n);
	wipe(t->in + t->taken, n);
	t->taken += n + (end != NULL);
	t->lines -= end != NULL;
	return line;
}

char *
term_read_line(struct term *t)
{
	bool echo = (t->flags & TERM_ECHO_LINES) != 0;
	char *line;

	if (!echo)
		term_puts(t, t->prompt);
	while ((line = take_line(t)) != NULL && strlen(line) > TERM_LINE_BYTES) {
		session_error(t->s, "%% A line has more than %u characters and is not taken", TERM_LINE_BYTES);
		t->s->refused++;
		free(line);
	}
	if (line == NULL || !echo)
		return line;
	term_puts(t, t->prompt);
	if (t->kind != INPUT_PASSWORD) {
		if (line[0] == KEY_END_MODE || line[0] == KEY_INTERRUPT)
			term_puts(t, line[0] == KEY_END_MODE ? "^Z" : "^C");
		else
			term_puts(t, line);
	}
	term_puts(t, "\n");
	return line;
}

/* ---- questions ---- */

/* A key alone, or a line that isn't shown: what was typed ahead answers too. */
char *
term_read_hidden(struct term *t)
{
	char line[TERM_LINE_MAX + 1], *copy;
	size_t n = 0;
	int b;

	t->stands = STANDS_QUESTION;
	term_puts(t, t->prompt);
	while ((b = term_byte(t, TERM_READS)) >= 0 && b != '\n' && b != '\r') {
		if (t->kind == INPUT_KEY || b == KEY_INTERRUPT || b == KEY_END_MODE) {
			line[0] = (char)b;
			n = 1;
			break;
		}
		if (b == 0x08 || b == 0x7f)
			n -= n > 0;
		else if (b == 0x15 || b == 0x18)	/* Ctrl-U, Ctrl-X */
			n = 0;
		else if (b < ' ' || n == TERM_LINE_MAX)
			term_bell(t);
		else
			line[n++] = (char)b;
	}
	t->stands = STANDS_NOTHING;
	term_puts(t, "\n");
	line[n] = '\0';
	copy = b < 0 ? NULL : xstrdup(line);
	wipe(line, sizeof(line));
	return copy;
}
