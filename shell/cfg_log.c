/* Configuration commands noted: when the configuration changed, and, in the archive's log, by whom and what. */

#include "shell/cfg_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/archive.h"
#include "engine/router.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/mask.h"
#include "shell/session.h"
#include "shell/tty.h"

void
cfg_log_changed(struct session *s)
{
	s->router->cfg->changed_ns = router_now(s->router);
	s->router->cfg->unsaved = true;
	archive_touched(s->router);
}

/* Commands that only move about. */
static bool
is_about_modes(const struct args *a)
{
	const char *syntax = args_cmd(a)->syntax;

	return strcmp(syntax, "exit") == 0 || strcmp(syntax, "end") == 0 || strcmp(syntax, "help") == 0;
}

static const char *
user_of(const struct session *s)
{
	if (s->tty != NULL && s->tty->user[0] != '\0')
		return s->tty->user;
	if (s->user != NULL && *s->user != '\0')
		return s->user;
	return s->tty == NULL || s->tty->from.kind == LINE_CON ? "console" : "unknown user";
}

static const char *
line_of(const struct session *s, char out[TTY_NAME_MAX])
{
	if (s->policy != NULL)
		return "vty0";
	if (s->tty == NULL || s->tty->from.kind != LINE_VTY)
		return "console";
	snprintf(out, TTY_NAME_MAX, "vty%u", s->tty->from.number);
	return out;
}

/* As typed, but in full. */
static char *
words_of(const struct args *a)
{
	struct text t = { 0 };
	const char *word;

	for (size_t i = 0; (word = args_at(a, i)) != NULL; i++)
		text_printf(&t, "%s%s", i > 0 ? " " : "", word);
	return text_take(&t);
}

static void
log_words(struct session *s, enum mode mode, const char *prefix, const char *words)
{
	char line[TTY_NAME_MAX], *safe = secret_mask(words);
	struct text t = { 0 };

	for (; mode != MODE_CONFIG && mode_is_config(mode); mode = mode_info(mode)->parent)
		text_addc(&t, ' ');
	text_printf(&t, "%s%s", prefix, safe);
	if (s->config_session == 0)
		s->config_session = config_log_session(s->router);
	config_log_add(s->router, s->config_session, user_of(s), line_of(s, line), text_str(&t));
	text_free(&t);
	free(safe);
}

static void
log_it(struct session *s, enum mode mode, const struct args *a)
{
	char *words = words_of(a);

	log_words(s, mode, args_no(a) ? "no " : args_default(a) ? "default " : "", words);
	wipe_free(words, strlen(words));
}

void
cfg_log_line(struct session *s, enum mode mode, const char *line)
{
	if (s->router->cfg->archive.log)
		log_words(s, mode, "", line + strspn(line, " \t"));
}

void
cfg_log_command(struct session *s, enum mode mode, const struct args *a)
{
	if (mode_is_config(s->mode))
		cfg_log_changed(s);
	if (s->router->cfg->archive.log && !is_about_modes(a))
		log_it(s, mode, a);
}
