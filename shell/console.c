/* The consoles of a lab or a router on one terminal or pipe: who is current, what is kept, and the loop. */

#include "shell/console.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/lab.h"
#include "engine/log.h"
#include "engine/router.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "shell/recorder.h"
#include "shell/remote.h"
#include "shell/serve.h"
#include "shell/term.h"
#include "shell/tty.h"

#define KEPT_MAX	(256 * 1024)	/* bytes of messages kept for one console */

static const struct session_io	console_io;
static const struct term_ops	console_term;

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

static void
console_out(void *arg, const char *p, size_t n)
{
	struct console *c = arg;

	if (c->owner->current == c)
		screen(c->owner, p, n);
}

static void
console_write(void *arg, struct session *s, const char *p, size_t n)
{
	struct console *c = arg;

	recorder_output(c->owner->recorder, c, p, n);
	if (c->owner->current == c)
		term_io.write(c->term, s, p, n);
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

	/* A transcript holds a message where it came, not where somebody saw it later. */
	recorder_log(k->recorder, c, formatted);
	if (k->current != c) {
		keep(c, formatted);
		return;
	}
	term_io.log(c->term, s, e, formatted);
}

/* ---- connecting ---- */

static struct console *
console_of(struct consoles *k, const struct node *n)
{
	struct console *c = k->first;

	while (c != NULL && c->node != n)
		c = c->next;
	return c;
}

/* What is typed ahead goes along. */
static void
console_go(struct consoles *k, struct console *c)
{
	struct console *from = k->current;
	struct text typed = { 0 };

	if (from == c)
		return;
	if (k->terminal)
		term_hide(from->term);
	term_flush(from->term);
	k->current = c;
	term_unread(from->term, &typed);
	term_queue(c->term, text_str(&typed), typed.len);
	if (k->eof)
		term_queue_eof(c->term);
	text_free(&typed);
	if (c->kept.len > 0) {
		screen(k, c->kept.s, c->kept.len);
		text_clear(&c->kept);
	}
	if (k->terminal)
		term_show(c->term);
}

/* Ctrl-^ x leads back to the lab. */
static bool
console_leave(void *arg)
{
	struct console *c = arg;

	if (c->node == NULL)
		return false;
	console_go(c->owner, c->owner->first);
	return true;
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
static bool
console_is_escape(const char *line)
{
	const char *p = line + strspn(line, " \t");

	return word_is(&p, "connect", 4) && word_is(&p, "lab", 3) && *p == '\0';
}

/* ---- what is typed ---- */

/* The terminal's size as it is now: nobody is told when it changes. */
static void
measure(struct console *c)
{
	struct winsize w = { 0 };

	if (c->owner->terminal && ioctl(c->owner->out, TIOCGWINSZ, &w) == 0)
		term_resize(c->term, (struct term_size){ .columns = w.ws_col, .lines = w.ws_row });
}

static char *
console_readline(void *arg, struct session *s, const char *prompt, enum input_kind kind)
{
	struct console *c = arg;
	char *line;

	for (;;) {
		measure(c);
		line = term_io.readline(c->term, s, prompt, kind);
		if (line == NULL || kind != INPUT_COMMAND || c->node == NULL || !console_is_escape(line))
			break;
		free(line);
		console_go(c->owner, c->owner->first);
	}
	if (line != NULL)
		recorder_typed(c->owner->recorder, c, prompt, line, kind);
	return line;
}

static void
fill(void *arg, short revents)
{
	struct consoles *k = arg;
	char b[4096];
	ssize_t n = read(k->in, b, sizeof(b));

	(void)revents;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0) {
		measure(k->current);
		term_input(k->current->term, b, (size_t)n);
		return;
	}
	k->eof = true;
	term_eof(k->current->term);
}

/* Only as much is read as there is room for. */
static void
listen_in(struct consoles *k)
{
	bool want = !k->eof && !k->done && term_wants_input(k->current->term);

	if (want == (k->in_fd != NULL))
		return;
	if (want)
		k->in_fd = loop_fd_add(k->loop, k->in, POLLIN, fill, k);
	else {
		loop_fd_del(k->in_fd);
		k->in_fd = NULL;
	}
}

/* ---- sessions that end ---- */

static void
console_ended(void *arg, struct session *s)
{
	struct console *c = arg;

	term_io.ended(c->term, s);
	c->ended = true;
}

static void
console_session(struct console *c)
{
	struct consoles *k = c->owner;

	c->ended = false;
	c->session = session_new(k->lab, c->node, c->router, &console_io, c);
	c->term = term_new(&console_term, c, k->terminal, false, (struct term_size){ 0 });
	term_flags(c->term, !k->terminal ? TERM_ECHO_LINES : c == k->first ? TERM_END_KEY : 0);
	term_session(c->term, c->session);
	tty_console(c->session);
}

static void
console_close(struct console *c)
{
	session_free(c->session);
	term_free(c->term);
	c->session = NULL;
	c->term = NULL;
}

/* Logging out of a router leads to the lab; leaving the lab, or the end of input, ends all. */
static void
reap(struct consoles *k)
{
	struct console *c = k->current;

	if (!c->ended)
		return;
	if (k->eof && serving_stays(k->serving)) {
		k->idle = true;
		return;
	}
	if (c == k->first || k->eof) {
		k->done = true;
		return;
	}
	k->refused += c->session->refused;
	console_go(k, k->first);
	console_close(c);
	console_session(c);
}

/* ---- `restore`: what is read already goes along ---- */

static void *
console_carry(void *arg, struct session *s, size_t *n)
{
	struct consoles *k = ((struct console *)arg)->owner;
	size_t refused = k->refused;
	struct text left = { 0 };
	char *p;

	(void)s;
	for (struct console *c = k->first; c != NULL; c = c->next)
		refused += c->session->refused;
	term_unread(k->current->term, &left);
	term_queue(k->current->term, text_str(&left), left.len);	/* should it fail */
	p = xmalloc(sizeof(refused) + 1 + left.len);
	memcpy(p, &refused, sizeof(refused));
	p[sizeof(refused)] = (char)k->eof;
	memcpy(p + sizeof(refused) + 1, text_str(&left), left.len);
	*n = sizeof(refused) + 1 + left.len;
	text_free(&left);
	return p;
}

static void
console_carried(void *arg, struct session *s, const void *p, size_t n)
{
	struct consoles *k = ((struct console *)arg)->owner;
	struct text none = { 0 };
	const char *b = p;
	size_t refused;

	(void)s;
	memcpy(&refused, b, sizeof(refused));
	for (struct console *c = k->first; c != NULL; c = c->next)
		c->session->refused = 0;
	k->refused = refused;
	k->eof = b[sizeof(refused)] != 0;
	term_unread(k->current->term, &none);
	text_free(&none);
	term_queue(k->current->term, b + sizeof(refused) + 1, n - sizeof(refused) - 1);
	if (k->eof)
		term_queue_eof(k->current->term);
}

static const struct term_ops console_term = { .out = console_out, .leave = console_leave };

static void
console_flush(void *arg, struct session *s)
{
	struct console *c = arg;

	(void)s;
	if (c->term != NULL)
		term_flush(c->term);
}

static const struct session_io console_io = {
	.readline = console_readline, .write = console_write, .log = console_log, .ended = console_ended,
	.flush = console_flush, .connect = console_connect, .carry = console_carry, .carried = console_carried,
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
	k->terminal = isatty(k->in) && isatty(k->out) && tcgetattr(k->in, &k->tty) == 0;
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
		console_close(c);
		text_free(&c->kept);
		free(c);
	}
	whole = recorder_free(k->recorder);
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
	if (k != NULL)
		remotes_rebooted(serving_remotes(k->serving), r);
}

/* ---- the loop ---- */

static bool
tty_under_way(struct router *r)
{
	struct tty *t;

	LIST_FOREACH(t, &r->ttys, next)
		if (t->session != NULL && session_under_way(t->session))
			return true;
	return false;
}

/* Does any session's command wait for lab time, here or over a network? */
static bool
under_way(const struct consoles *k)
{
	for (const struct console *c = k->first; c != NULL; c = c->next)
		if (session_under_way(c->session) || (c->router != NULL && tty_under_way(c->router)))
			return true;
	return false;
}

/* On the virtual clock lab time runs only while a command waits; a person may break it off. */
static void
run_virtual(struct consoles *k)
{
	if (!under_way(k))
		loop_poll(k->loop, -1);
	else if (lab_step(k->lab, CLOCK_NEVER)) {
		if (k->terminal || loop_fds(k->loop) > 1)
			loop_poll(k->loop, 0);
	} else if (k->terminal || loop_fds(k->loop) > 1)
		loop_poll(k->loop, -1);
	else
		fatal("a command waits for something that cannot come");
}

static void
run_once(struct consoles *k)
{
	struct console *c = k->current;

	if (serving_stopped(k->serving)) {
		k->done = true;
		return;
	}
	listen_in(k);
	if (c->session->coro == NULL)
		session_start(c->session);
	else if (k->idle || !term_run(c->term)) {
		if (k->virt)
			run_virtual(k);
		else
			loop_once(k->loop, -1);
	}
	if (!k->idle)
		reap(k);
}

static void
terminal_begin(struct consoles *k)
{
	struct termios raw = k->tty;

	raw.c_lflag &= (tcflag_t)~(ICANON | ECHO | ISIG | IEXTEN);
	raw.c_iflag &= (tcflag_t)~IXON;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(k->in, TCSADRAIN, &raw);
}

int
consoles_run(struct consoles *k)
{
	if (k->terminal)
		terminal_begin(k);
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
