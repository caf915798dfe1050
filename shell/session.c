/* A session's life: its coroutine, its prompt, what it reads and writes, and how it waits. */

#include "shell/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/lab.h"
#include "engine/log.h"
#include "engine/router.h"
#include "lib/coro.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_archive.h"
#include "shell/cmds_config_eem.h"
#include "shell/cmds_config_ssh.h"
#include "shell/eem_cli.h"
#include "shell/foreign.h"
#include "shell/session_int.h"
#include "shell/session_limit.h"
#include "shell/session_login.h"
#include "shell/tty.h"

#define HISTORY_SIZE		20

static void
session_resume(void *arg)
{
	struct session *s = arg;

	if (s->coro != NULL && !coro_running(s->coro))
		coro_resume(s->coro);
}

static void
session_log(void *arg, const struct log_entry *e, const char *formatted)
{
	struct session *s = arg;

	if (s->io->log != NULL) {
		s->io->log(s->io_arg, s, e, formatted);
		return;
	}
	s->io->write(s->io_arg, s, formatted, strlen(formatted));
	s->io->write(s->io_arg, s, "\n", 1);
}

struct clock *
session_clock(const struct session *s)
{
	return s->lab != NULL ? lab_clock(s->lab) : s->router->clock;
}

struct session *
session_new(struct lab *lab, struct node *node, struct router *router, const struct session_io *io, void *io_arg)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->lab = lab;
	s->node = node;
	s->router = router;
	s->io = io;
	s->io_arg = io_arg;
	s->mode = router == NULL ? MODE_LAB : MODE_PRIV;
	s->privilege = 15;
	s->history_size = HISTORY_SIZE;
	s->length = 24;
	s->width = 80;
	s->started_ns = s->idle_since_ns = clock_now(session_clock(s));
	timer_init(&s->timer, session_clock(s), session_resume, s);
	session_limit_init(s);
	if (router != NULL)
		s->tap = log_tap_add(router, LOG_SINK_CONSOLE, session_log, s);
	if (router != NULL)
		eem_cli_attach(lab, router);
	if (router != NULL)
		archive_shell(lab, router);
	return s;
}

/* The line is the coroutine's own until the next one is read. */
static void
session_lines(struct session *s)
{
	while (!s->quit) {
		char *prompt = session_prompt(s);
		char *line = session_read(s, prompt, INPUT_COMMAND);

		free(prompt);
		if (line == NULL)
			break;
		session_typed(s, line);
		wipe_free(line, strlen(line));	/* it may set a password */
	}
}

/* One command, or several with line ends between. */
static void
session_run_exec(struct session *s)
{
	char *all = xstrdup(s->exec);
	size_t n = strlen(all);

	for (char *p = all, *end; p != NULL && !s->quit; p = end) {
		end = strpbrk(p, "\r\n");
		if (end != NULL)
			*end++ = '\0';
		if (*p != '\0' || end == NULL)
			session_typed(s, p);
	}
	wipe_free(all, n);
}

static void
session_main(void *arg)
{
	struct session *s = arg;

	do {
		if (s->tty != NULL && !session_login(s))
			s->quit = true;
		if (s->exec != NULL && !s->quit) {
			session_run_exec(s);
			s->quit = s->left = true;
		}
		session_lines(s);
	} while (session_again(s));
	s->quit = true;
	if (s->io->ended != NULL)
		s->io->ended(s->io_arg, s);
}

bool
session_at_vty(const struct session *s)
{
	return s->tty != NULL && s->tty->from.kind == LINE_VTY;
}

void
session_monitor(struct session *s, bool on)
{
	if (!session_at_vty(s) || s->router == NULL)
		return;
	log_tap_del(s->tap);
	s->tap = on ? log_tap_add(s->router, LOG_SINK_MONITOR, session_log, s) : NULL;
}

void
session_start(struct session *s)
{
	struct line_settings l;

	if (session_at_vty(s)) {
		line_settings(s->router->cfg, LINE_VTY, s->tty->from.number, &l);
		session_monitor(s, l.monitor);
	}
	s->coro = coro_new(session_main, s, CORO_STACK);
	coro_resume(s->coro);
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	s->quit = true;
	s->left = false;
	s->interrupted = true;
	/* What it waits for gives up at once, step by step; the bound is for a command that would not. */
	for (int i = 0; s->coro != NULL && !coro_done(s->coro) && i < 100; i++)
		coro_resume(s->coro);
	if (s->mode == MODE_APPLET)
		conf_applet_left(s);
	timer_stop(&s->timer);
	timer_stop(&s->limit);
	if (s->tty != NULL && s->tty->owned)
		tty_free(s->tty);
	else if (s->tty != NULL)
		s->tty->session = NULL;
	if (s->tap != NULL)
		log_tap_del(s->tap);
	if (s->coro != NULL)
		coro_free(s->coro);
	session_history_clear(s);
	free(s->object_name);
	free(s->section);
	if (s->typeahead.s != NULL)
		wipe(s->typeahead.s, s->typeahead.cap);	/* it may hold a password */
	text_free(&s->typeahead);
	free(s->autocommand);
	free(s);
}

void
session_reset(struct session *s)
{
	if (session_logged_in(s)) {	/* whoever was there logs in anew, and has no rights until then */
		s->privilege = 0;
		session_hangup(s);
		return;
	}
	if (s->running)
		session_interrupt(s);
	s->mode = MODE_PRIV;
	s->config_session = 0;
	s->tcl = false;
	s->privilege = 15;
	s->object = NULL;
	free(s->object_name);
	s->object_name = NULL;
}

bool
session_under_way(const struct session *s)
{
	return s->coro != NULL && !coro_done(s->coro) && !s->parked;
}

char *
session_prompt(const struct session *s)
{
	const char *host;

	if (s->router == NULL)
		return xstrdup("lab#");
	host = router_hostname(s->router);
	if (mode_is_config(s->mode))
		return xasprintf("%.*s%s#", SESSION_HOST_MAX, host, s->mode == MODE_FOREIGN ? foreign_suffix(s->object_name, s->section) : mode_info(s->mode)->suffix);
	return xasprintf("%s%s%s", host, s->tcl ? "(tcl)" : "", s->mode == MODE_EXEC ? ">" : "#");
}

/* ---- in and out ---- */

/* A question that a script has answered before it came. */
static char *
typed_ahead(struct session *s, const char *question, enum input_kind kind)
{
	size_t n = strcspn(s->typeahead.s, "\n"), used = n + (s->typeahead.s[n] == '\n');
	char *line = xstrndup(s->typeahead.s, n);

	session_printf(s, "%s%s\n", question, kind == INPUT_PASSWORD ? "" : line);
	memmove(s->typeahead.s, s->typeahead.s + used, s->typeahead.len - used + 1);
	s->typeahead.len -= used;
	return line;
}

char *
session_read(struct session *s, const char *prompt, enum input_kind kind)
{
	char *line;

	if (s->quit)
		return NULL;
	if (kind != INPUT_COMMAND && s->typeahead.len > 0)
		return typed_ahead(s, prompt, kind);
	s->waiting = true;
	s->waiting_kind = kind;
	s->idle_since_ns = clock_now(session_clock(s));
	session_limit_arm(s);
	line = s->io->readline(s->io_arg, s, prompt, kind);
	timer_stop(&s->limit);
	s->waiting = false;
	s->idle_since_ns = clock_now(session_clock(s));
	return line;
}

void
session_write(struct session *s, const char *p, size_t n)
{
	if (n == 0)
		return;
	if (s->capture != NULL)
		text_addn(s->capture, p, n);
	else
		s->io->write(s->io_arg, s, p, n);
}

static void __attribute__((format(printf, 2, 0)))
session_vprintf(struct session *s, const char *fmt, va_list ap)
{
	struct text t = { 0 };

	text_vprintf(&t, fmt, ap);
	session_write(s, text_str(&t), t.len);
	text_free(&t);
}

void
session_printf(struct session *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	session_vprintf(s, fmt, ap);
	va_end(ap);
}

void
session_error(struct session *s, const char *fmt, ...)
{
	va_list ap;
	struct text t = { 0 };

	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	if (t.len == 0 || t.s[t.len - 1] != '\n')
		text_addc(&t, '\n');
	s->failed = true;
	session_write(s, text_str(&t), t.len);
	text_free(&t);
}

char *
session_ask(struct session *s, const char *question, enum input_kind kind)
{
	char *answer = session_read(s, question, kind);

	if (answer != NULL && (strcmp(answer, "\x03") == 0 || strcmp(answer, "\x1a") == 0)) {
		free(answer);
		answer = NULL;
	}
	return answer;
}

char *
session_read_text(struct session *s)
{
	return session_read(s, "", INPUT_TEXT);
}

bool
session_confirm(struct session *s, const char *question)
{
	char *answer = session_ask(s, question, INPUT_KEY);
	bool yes = answer != NULL && (answer[0] == '\0' || answer[0] == 'y' || answer[0] == 'Y' ||
	    answer[0] == '\n' || answer[0] == '\r');

	free(answer);
	return yes;
}

/* ---- waiting ---- */

void
session_show_now(struct session *s)
{
	if (s->io->flush != NULL)
		s->io->flush(s->io_arg, s);
}

bool
session_block(struct session *s, int64_t deadline)
{
	if (s->coro == NULL || !coro_running(s->coro) || s->interrupted)
		return false;
	if (!s->woken) {
		if (deadline != CLOCK_NEVER)
			timer_at(&s->timer, deadline);
		s->blocked = true;
		s->waits++;
		session_show_now(s);
		coro_yield(s->coro);
		s->blocked = false;
		timer_stop(&s->timer);
	}
	s->woken = false;
	return !s->interrupted;
}

bool
session_sleep(struct session *s, int64_t ns)
{
	struct clock *c = session_clock(s);
	int64_t now = clock_now(c), until = ns > CLOCK_NEVER - now ? CLOCK_NEVER - 1 : now + ns;

	while (clock_now(c) < until)
		if (!session_block(s, until))
			return false;
	return true;
}

/* The coroutine goes on from the loop, not from within whoever woke it. */
void
session_wake(struct session *s)
{
	s->woken = true;
	if (s->blocked)
		timer_in(&s->timer, 0);
}

void
session_interrupt(struct session *s)
{
	s->interrupted = true;
	if (s->blocked)
		timer_in(&s->timer, 0);
}

void
session_hangup(struct session *s)
{
	s->quit = true;
	s->left = true;
	session_interrupt(s);
	if (s->waiting || s->parked)
		timer_in(&s->timer, 0);
}

/* ---- modes ---- */

const char *
session_who(const struct session *s, char *out, size_t size)
{
	if (s->tty != NULL)
		tty_who(s->tty, out, size);
	else
		snprintf(out, size, "console");
	return out;
}

static void
log_configured(const struct session *s)
{
	char who[TTY_WHO_MAX];

	if (s->policy != NULL)
		log_syslog(s->router, "SYS", 5, "CONFIG_I", "Configured from console by %s on vty0 (EEM:%s)", s->user != NULL ? s->user : "", s->policy);
	else
		log_syslog(s->router, "SYS", 5, "CONFIG_I", "Configured from console by %s", session_who(s, who, sizeof(who)));
}

void
session_mode(struct session *s, enum mode m, const char *object_name)
{
	bool left = mode_is_config(s->mode) && !mode_is_config(m);
	char *name = object_name == NULL ? NULL : xstrdup(object_name);

	if (s->mode == MODE_APPLET)
		conf_applet_left(s);
	if (s->mode == MODE_SSH_DATA && m != MODE_SSH_DATA)
		conf_ssh_data_left(s);
	free(s->object_name);
	s->object_name = name;
	s->object = NULL;
	s->mode = m;
	s->moves++;
	if (left)
		s->config_session = 0;
	if (left && !s->loading && s->router != NULL)
		log_configured(s);
}
