/*
 * What the block of a terminal line means.  Its lines are kept as text, in their full words, as they print back; here
 * a table says what each of them sets.
 */

#include "engine/cfg_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config.h"
#include "lib/clock.h"

#define EXEC_TIMEOUT	(10 * 60 * NSEC_SEC)
#define HISTORY		20u
#define LENGTH		24u
#define WIDTH		80u
#define VTY_ALWAYS	5u
#define SYNC_LEVEL	2	/* `logging synchronous` alone: messages of severity 2 and worse do not wait */
#define SYNC_ALL	8

bool
line_range(const char *name, unsigned *first, unsigned *last)
{
	int n = sscanf(name, "vty %u %u", first, last);

	if (n == 1)
		*last = *first;
	return n > 0;
}

unsigned
line_vtys(const struct config *c)
{
	const struct cfg_line *l;
	unsigned most = VTY_ALWAYS, first, last;

	TAILQ_FOREACH(l, &c->lines, next)
		if (line_range(l->name, &first, &last) && last + 1 > most)
			most = last + 1;
	return most < LINE_VTYS ? most : LINE_VTYS;
}

static const struct cfg_line *
block_of(const struct config *c, enum line_kind kind, unsigned number)
{
	const struct cfg_line *l;
	unsigned first, last;

	TAILQ_FOREACH(l, &c->lines, next) {
		if (line_range(l->name, &first, &last)) {
			if (kind == LINE_VTY && first <= number && number <= last)
				return l;
		} else if (kind != LINE_VTY && strncmp(l->name, kind == LINE_CON ? "con" : "aux", 3) == 0)
			return l;
	}
	return NULL;
}

/* Each gets what stands behind the words of its row. */

static unsigned
number(const char *s)
{
	return (unsigned)strtoul(s, NULL, 10);
}

static void
set_login(struct line_settings *o, const char *rest)
{
	o->login_set = true;
	o->login = strcmp(rest, "local") == 0 ? LINE_LOGIN_LOCAL : LINE_LOGIN_PASSWORD;
}

static void
set_no_login(struct line_settings *o, const char *rest)
{
	(void)rest;
	o->login_set = true;
	o->login = LINE_LOGIN_NONE;
}

static void
set_list(struct line_settings *o, const char *rest)
{
	o->login_set = true;
	o->list = rest;
}

/* "15 NAME" */
static void
set_commands_list(struct line_settings *o, const char *rest)
{
	char *end;
	unsigned long level = strtoul(rest, &end, 10);

	if (level < sizeof(o->commands_list) / sizeof(o->commands_list[0]) && *end == ' ')
		o->commands_list[level] = end + 1;
}

static void
set_exec_list(struct line_settings *o, const char *rest)
{
	o->exec_list = rest;
}

static void
set_password(struct line_settings *o, const char *rest)
{
	bool typed = (rest[0] == '0' || rest[0] == '7') && rest[1] == ' ';

	o->password_type = typed && rest[0] == '7' ? PASSWD_HIDDEN : PASSWD_CLEAR;
	o->password = typed ? rest + 2 : rest;
}

static void
set_privilege(struct line_settings *o, const char *rest)
{
	o->privilege = number(rest);
	o->privilege_set = true;
}

static void
set_exec_timeout(struct line_settings *o, const char *rest)
{
	char *end;
	long long minutes = strtoll(rest, &end, 10), seconds = strtoll(end, NULL, 10);

	o->exec_timeout_ns = (minutes * 60 + seconds) * NSEC_SEC;
	o->exec_timeout_set = true;
}

static void
set_absolute(struct line_settings *o, const char *rest)
{
	o->absolute_timeout_ns = number(rest) * 60 * NSEC_SEC;
}

static void
set_history(struct line_settings *o, const char *rest)
{
	o->history = number(rest);
}

static void
set_length(struct line_settings *o, const char *rest)
{
	o->length = number(rest);
}

static void
set_width(struct line_settings *o, const char *rest)
{
	o->width = number(rest);
}

static void
set_synchronous(struct line_settings *o, const char *rest)
{
	const char *level = strstr(rest, "level ");

	o->synchronous = true;
	if (level != NULL)
		o->synchronous_level = strncmp(level + 6, "all", 3) == 0 ? SYNC_ALL : (int)number(level + 6);
}

static void
set_monitor(struct line_settings *o, const char *rest)
{
	(void)rest;
	o->monitor = true;
}

static void
set_transport(struct line_settings *o, const char *rest)
{
	o->ssh = strstr(rest, "ssh") != NULL || strstr(rest, "all") != NULL;
}

static void
set_no_exec(struct line_settings *o, const char *rest)
{
	(void)rest;
	o->no_exec = true;
}

static void
set_no_motd(struct line_settings *o, const char *rest)
{
	(void)rest;
	o->no_motd = true;
}

static void
set_no_exec_banner(struct line_settings *o, const char *rest)
{
	(void)rest;
	o->no_exec_banner = true;
}

/* "NAME in" */
static void
set_access_class(struct line_settings *o, const char *rest)
{
	size_t n = strcspn(rest, " ");

	if (strncmp(rest + n, " in", 3) == 0)
		snprintf(o->access_class, sizeof(o->access_class), "%.*s", (int)n, rest);
}

static void
set_session_limit(struct line_settings *o, const char *rest)
{
	o->session_limit = number(rest);
}

static void
set_no_editing(struct line_settings *o, const char *rest)
{
	(void)rest;
	o->no_editing = true;
}

/* The longer of two that begin alike stands first. */
static const struct { const char *words; void (*set)(struct line_settings *o, const char *rest); } meanings[] = {
	{ "login authentication", set_list }, { "login", set_login }, { "no login", set_no_login },
	{ "authorization exec", set_exec_list }, { "authorization commands", set_commands_list },
	{ "password", set_password }, { "privilege level", set_privilege }, { "exec-timeout", set_exec_timeout },
	{ "absolute-timeout", set_absolute }, { "history size", set_history }, { "length", set_length }, { "width", set_width },
	{ "logging synchronous", set_synchronous }, { "monitor", set_monitor }, { "transport input", set_transport },
	{ "no exec-banner", set_no_exec_banner }, { "no motd-banner", set_no_motd }, { "no exec", set_no_exec }, { "no editing", set_no_editing },
	{ "access-class", set_access_class }, { "session-limit", set_session_limit },
};

static void
take(struct line_settings *o, const char *line)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		size_t n = strlen(meanings[i].words);

		if (strncmp(line, meanings[i].words, n) == 0 && (line[n] == '\0' || line[n] == ' ')) {
			meanings[i].set(o, line + n + (line[n] == ' '));
			return;
		}
	}
}

void
line_settings(const struct config *c, enum line_kind kind, unsigned nr, struct line_settings *out)
{
	const struct cfg_line *l = block_of(c, kind, nr);

	*out = (struct line_settings){ .login = kind == LINE_VTY ? LINE_LOGIN_PASSWORD : LINE_LOGIN_NONE, .privilege = 1,
	    .exec_timeout_ns = EXEC_TIMEOUT, .history = HISTORY, .length = LENGTH, .width = WIDTH, .ssh = true,
	    .synchronous_level = SYNC_LEVEL };
	for (size_t i = 0; l != NULL && i < l->words.n; i++)
		take(out, l->words.v[i]);
}
