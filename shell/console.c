/* The consoles of a lab or a router on one terminal or pipe: who is current, what is kept, and the loop. */

#include "shell/console.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "engine/lab.h"
#include "engine/log.h"
#include "engine/router.h"
#include "lib/coro.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "shell/editor.h"
#include "shell/recorder.h"
#include "shell/tty.h"

#define KEPT_MAX	(256 * 1024)	/* bytes of messages kept for one console */
#define KEY_INTERRUPT	0x03
#define KEY_ESCAPE	0x1e		/* Ctrl-^ */

static const struct session_io	console_io;

/* ---- the screen ---- */

static void
screen(struct consoles *k, const char *p, size_t n)
{
	struct pollfd room = { .fd = k->out, .events = POLLOUT };

	for (size_t i = 0; i < n; i++)
		k->column = p[i] == '\n' || p[i] == '\r' ? 0 : k->column + 1;
	while (n > 0) {
		ssize_t w = write(k->out, p, n);

		if (w < 0 && errno == EAGAIN) {
			poll(&room, 1, -1);
			continue;
		}
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0) {		/* nobody reads any more, or there is no room: that is a failure */
			bool gone = errno == EPIPE;

			if (!gone && !k->done)
				fprintf(stderr, "inspire: the output could not be written whole: %s\n", strerror(errno));
			k->refused += !gone;
			k->done = true;
			return;
		}
		p += w;
		n -= (size_t)w;
	}
}

void
console_put(struct console *c, const char *p, size_t n)
{
	if (c->owner->current == c)
		screen(c->owner, p, n);
}

static void
console_write(void *arg, struct session *s, const char *p, size_t n)
{
	struct console *c = arg;

	(void)s;
	recorder_output(c->owner->recorder, c, p, n);
	console_put(c, p, n);
}

/* Whole lines go, the oldest first. */
static void
keep(struct console *c, const char *line)
{
	text_printf(&c->kept, "%s\n", line);
	if (c->kept.len > KEPT_MAX) {
		const char *cut = strchr(c->kept.s + c->kept.len - KEPT_MAX / 2, '\n');
		size_t gone = cut == NULL ? c->kept.len : (size_t)(cut + 1 - c->kept.s);

		memmove(c->kept.s, c->kept.s + gone, c->kept.len - gone + 1);
		c->kept.len -= gone;
	}
}

static void
console_log(void *arg, struct session *s, const struct log_entry *e, const char *formatted)
{
	struct console *c = arg;
	struct consoles *k = c->owner;

	(void)s;
	(void)e;
	/* A transcript holds a message where it came, not where somebody saw it later. */
	recorder_log(k->recorder, c, formatted);
	if (k->current != c) {
		keep(c, formatted);
		return;
	}
	if (c->parked && c->editor != NULL) {
		editor_interject(c->editor, formatted);
		return;
	}
	if (k->column > 0)
		screen(k, "\n", 1);
	screen(k, formatted, strlen(formatted));
	screen(k, "\n", 1);
}

/* ---- connecting ---- */

struct console *
console_of(struct consoles *k, const struct node *n)
{
	struct console *c = k->first;

	while (c != NULL && c->node != n)
		c = c->next;
	return c;
}

void
console_go(struct consoles *k, struct console *c)
{
	if (k->current == c)
		return;
	if (k->current->parked && k->current->editor != NULL)
		editor_hide(k->current->editor);
	else if (k->terminal && k->column > 0)
		screen(k, "\n", 1);
	k->current = c;
	if (c->kept.len > 0) {
		screen(k, c->kept.s, c->kept.len);
		text_clear(&c->kept);
	}
	if (c->parked && c->editor != NULL)
		editor_show(c->editor);
}

static bool
console_connect(void *arg, struct session *s, struct node *node)
{
	struct console *c = arg, *to = console_of(c->owner, node);

	(void)s;
	if (to == NULL)
		return false;
	console_go(c->owner, to);
	return true;
}

static bool
word_is(const char **p, const char *word, size_t least)
{
	size_t n = strcspn(*p, " \t"), len = strlen(word);

	if (n < least || n > len || strncasecmp(*p, word, n) != 0)
		return false;
	*p += n;
	*p += strspn(*p, " \t");
	return true;
}

/* `connect lab` leads back from any console, whatever mode it is in. */
bool
console_is_escape(const char *line)
{
	const char *p = line + strspn(line, " \t");

	return word_is(&p, "connect", 4) && word_is(&p, "lab", 3) && *p == '\0';
}

/* ---- what is typed ---- */

static char *
pipe_readline(struct console *c, const char *prompt, enum input_kind kind)
{
	for (;;) {
		char *line = console_line(c);

		if (line == NULL)
			return NULL;
		console_put(c, prompt, strlen(prompt));
		if (kind != INPUT_PASSWORD)
			console_put(c, line, strlen(line));
		console_put(c, "\n", 1);
		if (kind == INPUT_COMMAND && c->node != NULL && console_is_escape(line)) {
			free(line);
			console_go(c->owner, c->owner->first);
			continue;
		}
		if (strcmp(line, "^Z") == 0 || strcmp(line, "^C") == 0) {
			line[0] = line[1] == 'Z' ? '\x1a' : '\x03';
			line[1] = '\0';
		}
		return line;
	}
}

static char *
console_readline(void *arg, struct session *s, const char *prompt, enum input_kind kind)
{
	struct console *c = arg;
	char *line;

	(void)s;
	if (!c->owner->terminal)
		line = pipe_readline(c, prompt, kind);
	else {
		if (c->editor == NULL)
			c->editor = editor_new(c);
		line = editor_readline(c->editor, prompt, kind);
	}
	if (line != NULL)
		recorder_typed(c->owner->recorder, c, prompt, line, kind);
	return line;
}

static void
park(struct console *c)
{
	c->parked = true;
	coro_yield(c->session->coro);
	c->parked = false;
}

static bool
mine(const struct console *c)
{
	return c->owner->current == c && !c->session->quit;
}

void
console_wait(struct console *c)
{
	while (c->owner->current != c && !c->session->quit)
		park(c);
}

int
console_byte(struct console *c)
{
	struct consoles *k = c->owner;

	while (!mine(c) || k->taken == k->typed.len) {
		if (c->session->quit || (k->eof && mine(c)))
			return -1;
		park(c);
	}
	return (unsigned char)k->typed.s[k->taken++];
}

/* A line of a pipe without control characters (the return before a line's end is one), unless it is a key alone. */
static char *
printable(const char *p, size_t n)
{
	char *line = xmalloc(n + 1);
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		if (((unsigned char)p[i] >= ' ' && p[i] != 0x7f) || p[i] == '\t' || (n == 1 && p[i] != '\r' && p[i] != '\0'))
			line[len++] = p[i];
	line[len] = '\0';
	return line;
}

char *
console_line(struct console *c)
{
	struct consoles *k = c->owner;
	char *p, *line;
	size_t n;

	for (;;) {
		p = k->typed.len > k->taken ? k->typed.s + k->taken : NULL;
		n = k->typed.len - k->taken;
		if (c->session->quit)
			return NULL;
		if (mine(c) && p != NULL && (k->eof || memchr(p, '\n', n) != NULL))
			break;
		if (mine(c) && k->eof)
			return NULL;
		park(c);
	}
	n = memchr(p, '\n', n) == NULL ? n : (size_t)((char *)memchr(p, '\n', n) - p);
	line = printable(p, n);
	k->taken += n + (k->taken + n < k->typed.len);
	return line;
}

/* Keys that are for the console itself, whatever runs on it; false: a byte for whoever reads. */
static bool
take_key(struct consoles *k, char byte)
{
	struct session *s = k->current->session;

	if (k->escape) {
		k->escape = false;
		if ((byte == 'x' || byte == 'X') && k->current->node != NULL) {
			console_go(k, k->first);
			return true;
		}
	}
	if (byte == KEY_ESCAPE) {
		k->escape = true;
		if (s->running && !s->waiting)
			session_interrupt(s);
		return true;
	}
	if (byte == KEY_INTERRUPT && s->running && !s->waiting) {
		session_interrupt(s);
		return true;
	}
	return false;
}

static void
fill(struct consoles *k)
{
	char b[4096];
	ssize_t n = read(k->in, b, sizeof(b));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		k->eof = true;
		if (k->in_fd != NULL)
			loop_fd_del(k->in_fd);
		k->in_fd = NULL;
		return;
	}
	if (k->taken == k->typed.len) {
		text_clear(&k->typed);
		k->taken = 0;
	}
	for (ssize_t i = 0; i < n; i++)
		if (!k->terminal || !take_key(k, b[i]))
			text_addc(&k->typed, b[i]);
}

static void
fill_from_loop(void *arg, short revents)
{
	(void)revents;
	fill(arg);
}

/* Is there enough for whoever waits? */
static bool
input_ready(const struct consoles *k)
{
	if (k->eof)
		return true;
	if (k->taken == k->typed.len)
		return false;
	return k->terminal || memchr(k->typed.s + k->taken, '\n', k->typed.len - k->taken) != NULL;
}

/* ---- sessions that end ---- */

static void
console_ended(void *arg, struct session *s)
{
	struct console *c = arg;

	(void)s;
	c->ended = true;
}

static void
console_session(struct console *c)
{
	c->ended = false;
	c->session = session_new(c->owner->lab, c->node, c->router, &console_io, c);
	tty_console(c->session);
}

/* Logging out of a router leads to the lab; leaving the lab, or the end of input, ends all. */
static void
reap(struct consoles *k)
{
	struct console *c = k->current;

	if (!c->ended)
		return;
	k->refused += c->session->refused;
	session_free(c->session);
	editor_free(c->editor);
	c->editor = NULL;
	c->session = NULL;
	if (c == k->first || k->eof) {
		k->done = true;
		return;
	}
	console_session(c);
	console_go(k, k->first);
}

/* ---- `restore`: what is read already goes along ---- */

static void *
console_carry(void *arg, struct session *s, size_t *n)
{
	struct consoles *k = ((struct console *)arg)->owner;
	size_t left = k->typed.len - k->taken, refused = k->refused;
	char *p = xmalloc(sizeof(refused) + 1 + left);

	for (struct console *c = k->first; c != NULL; c = c->next)
		refused += c->session->refused;
	(void)s;
	memcpy(p, &refused, sizeof(refused));
	p[sizeof(refused)] = (char)k->eof;
	if (left > 0)
		memcpy(p + sizeof(refused) + 1, k->typed.s + k->taken, left);
	*n = sizeof(refused) + 1 + left;
	return p;
}

static void
console_carried(void *arg, struct session *s, const void *p, size_t n)
{
	struct consoles *k = ((struct console *)arg)->owner;
	const char *b = p;
	size_t refused;

	(void)s;
	memcpy(&refused, b, sizeof(refused));
	for (struct console *c = k->first; c != NULL; c = c->next)
		c->session->refused = 0;
	k->refused = refused;
	k->eof = b[sizeof(refused)] != 0;
	text_clear(&k->typed);
	k->taken = 0;
	text_addn(&k->typed, b + sizeof(refused) + 1, n - sizeof(refused) - 1);
}

static const struct session_io console_io = {
	.readline = console_readline, .write = console_write, .log = console_log, .ended = console_ended,
	.connect = console_connect, .carry = console_carry, .carried = console_carried,
};

/* ---- making and running them ---- */

static struct console *
console_add(struct consoles *k, struct node *node, struct router *router)
{
	struct console *c = xcalloc(1, sizeof(*c)), **end = &k->first;

	while (*end != NULL)
		end = &(*end)->next;
	*end = c;
	c->owner = k;
	c->node = node;
	c->router = router;
	console_session(c);
	return c;
}

struct consoles *
consoles_new(struct lab *lab, struct router *router, struct loop *loop)
{
	struct consoles *k = xcalloc(1, sizeof(*k));

	k->lab = lab;
	k->loop = loop;
	k->clock = loop_clock(loop);
	k->virt = clock_is_virtual(k->clock);
	k->in = STDIN_FILENO;
	k->out = STDOUT_FILENO;
	k->terminal = isatty(k->in) && isatty(k->out);
	if (lab == NULL)
		k->current = console_add(k, NULL, router);
	else {
		k->current = console_add(k, NULL, NULL);
		for (struct node *n = lab_nodes(lab); n != NULL; n = n->next)
			if (n->router != NULL)
				console_add(k, n, n->router);
	}
	return k;
}

bool
consoles_free(struct consoles *k)
{
	bool whole;
	struct console *c;

	k->current = NULL;	/* nothing more is shown */
	while ((c = k->first) != NULL) {
		k->first = c->next;
		session_free(c->session);
		editor_free(c->editor);
		text_free(&c->kept);
		free(c);
	}
	whole = recorder_free(k->recorder);
	text_free(&k->typed);
	free(k);
	return whole;
}

bool
consoles_record(struct consoles *k, const char *path, const char *topology, const char **why)
{
	k->recorder = recorder_new(path, topology, k->lab, why);
	return k->recorder != NULL;
}

void
consoles_rebooted(struct consoles *k, struct router *r)
{
	for (struct console *c = k == NULL ? NULL : k->first; c != NULL; c = c->next)
		if (c->router == r && c->session != NULL)
			session_reset(c->session);
}

/* On the virtual clock lab time runs only while a command waits; a person may break it off. */
static void
run_virtual(struct consoles *k)
{
	struct pollfd p = { .fd = k->in, .events = POLLIN };

	if (k->current->parked)
		fill(k);
	else if (!lab_step(k->lab, CLOCK_NEVER))
		fatal("a command waits for something that cannot come");
	else if (k->terminal && poll(&p, 1, 0) > 0)
		fill(k);
}

static void
run_once(struct consoles *k)
{
	struct console *c = k->current;

	if (c->session->coro == NULL)
		session_start(c->session);
	else if (c->parked && input_ready(k))
		coro_resume(c->session->coro);
	else if (k->virt)
		run_virtual(k);
	else
		loop_once(k->loop, -1);
	reap(k);
}

static void
terminal_begin(struct consoles *k)
{
	if (tcgetattr(k->in, &k->tty) != 0) {
		k->terminal = false;
		return;
	}
	k->raw = k->tty;
	k->raw.c_lflag &= (tcflag_t)~(ICANON | ECHO | ISIG | IEXTEN);
	k->raw.c_iflag &= (tcflag_t)~IXON;
	k->raw.c_cc[VMIN] = 1;
	k->raw.c_cc[VTIME] = 0;
	tcsetattr(k->in, TCSADRAIN, &k->raw);
}

int
consoles_run(struct consoles *k)
{
	if (k->terminal)
		terminal_begin(k);
	if (!k->virt)
		k->in_fd = loop_fd_add(k->loop, k->in, POLLIN, fill_from_loop, k);
	while (!k->done)
		run_once(k);
	if (k->in_fd != NULL)
		loop_fd_del(k->in_fd);
	if (k->terminal) {
		if (k->column > 0)
			screen(k, "\n", 1);
		tcsetattr(k->in, TCSADRAIN, &k->tty);
	}
	for (struct console *c = k->first; c != NULL; c = c->next)
		k->refused += c->session == NULL ? 0 : c->session->refused;
	return k->refused > 0 && !k->terminal;
}
