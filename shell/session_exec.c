/* One line taken in: matched in its mode, then in those above it, run, filtered; or refused in IOS's words. */

#include <stdlib.h>
#include <string.h>

#include "engine/flash.h"
#include "engine/router.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/alias.h"
#include "shell/cfg_log.h"
#include "shell/eem_cli.h"
#include "shell/privilege.h"
#include "shell/tty.h"
#include "shell/filter.h"
#include "shell/foreign.h"
#include "shell/session_int.h"
#include "shell/sound.h"
#include "shell/syntax.h"

/* ---- history ---- */

static void
history_keep(struct session_history *h, size_t size)
{
	size_t over = h->n > size ? h->n - size : 0;

	for (size_t i = 0; i < over; i++)
		wipe_free(h->v[i], strlen(h->v[i]));
	if (over > 0)
		memmove(h->v, h->v + over, (h->n - over) * sizeof(*h->v));
	h->n -= over;
}

void
session_history_clear(struct session *s)
{
	for (size_t i = 0; i < 2; i++) {
		history_keep(&s->history[i], 0);
		free(s->history[i].v);
		s->history[i].v = NULL;
	}
}

void
session_history_resize(struct session *s, size_t size)
{
	history_keep(&s->history[0], size);
	history_keep(&s->history[1], size);
	s->history_size = size;
}

const struct session_history *
session_history(const struct session *s)
{
	return &s->history[mode_is_config(s->mode)];
}

void
session_history_add(struct session *s, const char *line)
{
	struct session_history *h = &s->history[mode_is_config(s->mode)];

	if (s->history_size == 0 || s->loading)
		return;
	history_keep(h, s->history_size - 1);
	h->v = xrealloc(h->v, (h->n + 1) * sizeof(*h->v));
	h->v[h->n++] = xstrdup(line);
}

/* ---- refusals ---- */

/* Characters, not bytes: the marker stands under what is seen. */
static size_t
columns(const char *p, size_t n)
{
	size_t c = 0;

	for (size_t i = 0; i < n && p[i] != '\0'; i++)
		c += ((unsigned char)p[i] & 0xc0) != 0x80;
	return c;
}

void
session_usage_caret(struct session *s, const char *line, size_t offset)
{
	char *prompt = session_prompt(s);
	size_t at = columns(line, offset);

	if (!s->loading)
		at += columns(prompt, strlen(prompt));
	session_error(s, "%*s^\n%% Invalid input detected at '^' marker.\n\n", (int)at, "");
	free(prompt);
}

/* Words that a bare use of answers with a hint. */
static const char *const families[] = { "clear", "debug", "show", "undebug" };

static const char *
family_of(const char *line)
{
	const char *p = line, *end = line + strlen(line), *found = NULL;
	struct token t, more;

	if (!token_next(&p, end, false, &t) || token_next(&p, end, false, &more))
		return NULL;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (word_prefix(&t, families[i], strlen(families[i])))
			found = families[i];
	return found;
}

static void
refuse_incomplete(struct session *s, const char *line)
{
	const char *family = mode_is_config(s->mode) ? NULL : family_of(line);

	if (family != NULL)
		session_error(s, "%% Type \"%s ?\" for a list of subcommands", family);
	else
		session_error(s, "%% Incomplete command.\n\n");
}

/* A single unknown word at exec is a host's name to IOS, which looks for its address. */
static bool
refuse_as_host(struct session *s, const struct match *m, const char *line)
{
	const char *p = line, *end = line + strlen(line);
	struct token t, more;

	if (s->router == NULL || mode_is_config(s->mode) || m->words > 0)
		return false;
	if (!token_next(&p, end, false, &t) || token_next(&p, end, false, &more))
		return false;
	if (s->router->cfg->no_domain_lookup) {
		session_error(s, "%% Bad IP address or host name");
		return true;
	}
	session_error(s, "Translating \"%.*s\"...domain server (255.255.255.255)\n"
	    "%% Unknown command or computer name, or unable to find computer address", (int)t.len, t.p);
	return true;
}

static void
refuse(struct session *s, const struct match *m, const char *line)
{
	switch (m->kind) {
	case MATCH_INVALID:
		if (!refuse_as_host(s, m, line))
			session_usage_caret(s, line, m->caret);
		break;
	case MATCH_AMBIGUOUS:
		session_error(s, "%% Ambiguous command:  \"%s\"", line);
		break;
	case MATCH_INCOMPLETE:
		refuse_incomplete(s, line);
		break;
	default:
		break;
	}
}

/* ---- running ---- */

static bool
refuse_filter(struct session *s, enum filter_error e, const char *line, const char *filter, size_t bad)
{
	switch (e) {
	case FILTER_OK:
		return false;
	case FILTER_INVALID:
		session_usage_caret(s, line, (size_t)(filter - line) + bad);
		return true;
	case FILTER_AMBIGUOUS:
		session_error(s, "%% Ambiguous command:  \"%s\"", line);
		return true;
	case FILTER_INCOMPLETE:
		session_error(s, "%% Incomplete command.\n\n");
		return true;
	case FILTER_BAD_RE:
		session_error(s, "%% Failed to compile regular expression");
		return true;
	}
	return true;
}

/* Is there such a file system, and may he write there?  That is known before the command runs. */
static bool
file_ready(struct session *s, const struct filter *f)
{
	bool append;
	const char *url = filter_file(f, &append), *name;
	enum flash_status st;

	if (url == NULL)
		return true;
	st = s->router == NULL ? FLASH_BAD_SYSTEM : flash_url(url, &name);
	if (st == FLASH_OK && s->privilege < PRIV_LEVELS - 1)	/* the files hold configurations and policies */
		st = FLASH_DENIED;
	if (st != FLASH_OK)
		session_error(s, "%% Error opening %s (%s)", url, flash_why(st));
	return st == FLASH_OK;
}

static void
file_write(struct session *s, const struct filter *f, const struct text *t)
{
	bool append;
	const char *url = filter_file(f, &append), *name;
	enum flash_status st;

	if (url == NULL || flash_url(url, &name) != FLASH_OK)
		return;
	st = flash_write(s->router->flash, name, text_str(t), t->len, append, router_now(s->router));
	if (st != FLASH_OK)
		session_error(s, "%% Error writing %s (%s)", url, flash_why(st));
}

static void
run_filtered(struct session *s, const struct match *m, const char *line)
{
	struct text all = { 0 }, some = { 0 }, *outer = s->capture;
	struct filter *f = NULL;
	size_t bad = 0;
	enum filter_error e = filter_new(m->filter, &f, &bad);

	if (refuse_filter(s, e, line, m->filter, bad) || !file_ready(s, f)) {
		filter_free(f);
		return;
	}
	s->capture = &all;
	m->cmd->run(s, m->args);
	s->capture = outer;
	filter_run(f, text_str(&all), &some);
	file_write(s, f, &all);
	session_write(s, text_str(&some), some.len);
	filter_free(f);
	text_free(&all);
	text_free(&some);
}

static void
run(struct session *s, const struct match *m, const char *line)
{
	bool config = mode_is_config(s->mode) && !m->via_do;
	unsigned was = s->moves;
	enum mode mode = s->mode;

	s->do_prefix = m->via_do;
	if (m->filter != NULL)
		run_filtered(s, m, line);
	else
		m->cmd->run(s, m->args);
	s->do_prefix = false;
	if (config && !s->failed)
		foreign_known(s, line, m->args, was);
	if (config && !s->failed && !s->loading && s->router != NULL)
		cfg_log_command(s, mode, m->args);
}

/*
 * A line that a sub-mode doesn't know is tried in the mode above; understood there, it leaves the
 * sub-mode.  Of two refusals the one that understood more of the line is told.
 */
static void
match_upwards(struct session *s, const char *line, struct match *m)
{
	enum mode mode = s->mode;

	grammar_match_for(s, mode, line, m);
	while (m->kind == MATCH_INVALID && !m->via_do && mode_is_config(mode) && mode != MODE_CONFIG) {
		struct match up;

		mode = mode_info(mode)->parent;
		grammar_match_for(s, mode, line, &up);
		if (up.kind == MATCH_OK) {
			session_mode(s, mode, NULL);
			*m = up;
		} else if (up.kind != MATCH_INVALID || up.caret > m->caret)
			*m = up;
	}
}

/* aaa authorization commands: asked for by the level that the command has here. */
static bool
authorized(struct session *s, const struct match *m)
{
	enum mode mode = m->via_do ? MODE_PRIV : s->mode;
	unsigned level = m->cmd->privilege;
	bool ruled;

	if (s->tty == NULL || s->loading || !s->router->cfg->aaa_new_model)
		return true;
	if (!TAILQ_EMPTY(&s->router->cfg->access.privileges))
		level = privilege_level(&s->router->cfg->access.privileges, m->cmd, mode, &ruled);
	if (login_authorizes(s->router, &s->tty->from, s->tty->user, level))
		return true;
	session_error(s, "Command authorization failed.\n\n");
	return false;
}

void
session_execute(struct session *s, const char *line)
{
	char *copy = xstrdup(line), *typed = NULL, *other;
	size_t n = strlen(copy);
	enum mode mode = s->mode;
	struct match m;
	bool kept;

	while (n > 0 && strchr(" \t\r\n", copy[n - 1]) != NULL)
		copy[--n] = '\0';
	s->failed = false;
	s->interrupted = s->quit;
	s->running = true;
	s->command = copy;
	if ((other = alias_expand(s, copy)) != NULL) {
		typed = copy;
		copy = other;
	}
	session_show_now(s);
	kept = foreign_first(s, copy);
	if (kept)
		m = (struct match){ .kind = MATCH_EMPTY };
	else
		match_upwards(s, copy, &m);
	if (m.kind != MATCH_EMPTY || kept)
		session_history_add(s, (typed != NULL ? typed : copy) + strspn(typed != NULL ? typed : copy, " \t"));
	if (m.kind == MATCH_OK) {
		if (line_sound(s, &m, copy) && authorized(s, &m) && eem_cli_gate(s, &m))
			run(s, &m, copy);
	} else if (s->privilege < PRIV_LEVELS - 1 || !foreign_take(s, copy, &m))
		refuse(s, &m, copy);
	else
		kept = true;
	if (kept && !s->failed && !s->loading)
		cfg_log_line(s, mode, copy);
	args_free(m.args);
	s->refused += s->failed;
	s->running = false;
	s->command = NULL;
	if (typed != NULL)
		wipe_free(typed, strlen(typed));
	wipe_free(copy, strlen(copy));
}

static void
help(struct session *s, const char *line, size_t n)
{
	char *part = xstrndup(line, n);
	struct text t = { 0 };

	grammar_help_for(s, part, &t);
	session_write(s, text_str(&t), t.len);
	text_free(&t);
	free(part);
}

void
session_typed(struct session *s, const char *line)
{
	size_t n = strlen(line);

	s->failed = false;
	if (s->router != NULL && !s->router->powered) {
		session_error(s, "%% %s is switched off", s->router->name);
		s->refused++;
	} else if (strcmp(line, "\x1a") == 0 || strcmp(line, "\x03") == 0) {
		if (mode_is_config(s->mode))
			session_mode(s, MODE_PRIV, NULL);
	} else if (n > 0 && line[n - 1] == '?')
		help(s, line, n - 1);
	else
		session_execute(s, line);
}
