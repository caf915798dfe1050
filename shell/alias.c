/* Aliases: the modes that have them, those that a router comes with, how a line becomes another by one. */

#include "shell/alias.h"

#include <stdlib.h>
#include <string.h>

#include "engine/router.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

#define ALIAS_MAX	256u	/* of one router */

/* In the order in which they are listed; the exec modes are one. */
static const struct { const char *word; enum mode mode; const char *title; } modes[] = {
	{ "exec", MODE_PRIV, "Exec mode aliases:" },
	{ "configure", MODE_CONFIG, "Global configuration mode aliases:" },
	{ "crypto-map", MODE_CRYPTO_MAP, "Crypto map configuration mode aliases:" },
	{ "interface", MODE_IF, "Interface configuration mode aliases:" },
	{ "line", MODE_LINE, "Line configuration mode aliases:" },
};
#define NMODES	(sizeof(modes) / sizeof(modes[0]))

static const struct { const char *name, *command; } own[] = {
	{ "h", "help" }, { "lo", "logout" }, { "p", "ping" }, { "r", "resume" }, { "s", "show" }, { "u", "undebug" }, { "un", "undebug" },
	{ "w", "where" },
};
#define NOWN	(sizeof(own) / sizeof(own[0]))

static enum mode
mode_of(const struct session *s)
{
	return s->mode == MODE_EXEC ? MODE_PRIV : s->mode;
}

static const char *
own_command(enum mode mode, const char *name, size_t n)
{
	for (size_t i = 0; mode == MODE_PRIV && i < NOWN; i++)
		if (strlen(own[i].name) == n && memcmp(own[i].name, name, n) == 0)
			return own[i].command;
	return NULL;
}

static const char *
command_of(const struct session *s, const char *name, size_t n)
{
	const struct cfg_alias *x = cfg_alias_find(&s->router->cfg->aliases, mode_of(s), name, n);

	return x != NULL ? x->command : own_command(mode_of(s), name, n);
}

char *
alias_expand(const struct session *s, const char *line)
{
	size_t n = strcspn(line, " \t");
	const char *command;

	if (n == 0 || s->router == NULL || s->loading || (command = command_of(s, line, n)) == NULL)
		return NULL;
	return xasprintf("%s%s", command, line + n);
}

void
alias_help(const struct session *s, const char *line, struct text *out)
{
	const struct cfg_alias *x;
	size_t n = strlen(line);

	if (n == 0 || s->router == NULL || strpbrk(line, " \t") != NULL)
		return;
	for (size_t i = 0; mode_of(s) == MODE_PRIV && i < NOWN; i++)
		if (strncmp(own[i].name, line, n) == 0 &&
		    cfg_alias_find(&s->router->cfg->aliases, MODE_PRIV, own[i].name, strlen(own[i].name)) == NULL)
			text_printf(out, "*%s=%s  ", own[i].name, own[i].command);
	TAILQ_FOREACH(x, &s->router->cfg->aliases, next)
		if (x->mode == (unsigned)mode_of(s) && x->command != NULL && strncmp(x->name, line, n) == 0)
			text_printf(out, "*%s=%s  ", x->name, x->command);
}

/* ---- commands ---- */

static const char *
word_of(unsigned mode)
{
	for (size_t i = 0; i < NMODES; i++)
		if ((unsigned)modes[i].mode == mode)
			return modes[i].word;
	return "";
}

static size_t
count(const struct cfg_aliases *a)
{
	const struct cfg_alias *x;
	size_t n = 0;

	TAILQ_FOREACH(x, a, next)
		n++;
	return n;
}

/* A `no` without a name takes all of the mode; `default` brings back what the router came with. */
static void
take_away(struct session *s, enum mode mode, const char *name, bool dflt)
{
	struct cfg_aliases *all = &conf(s)->aliases;
	struct cfg_alias *x, *after;

	for (x = TAILQ_FIRST(all); x != NULL; x = after) {
		after = TAILQ_NEXT(x, next);
		if (x->mode == (unsigned)mode && (name == NULL || strcmp(x->name, name) == 0))
			cfg_alias_del(all, x);
	}
	if (name != NULL && !dflt && own_command(mode, name, strlen(name)) != NULL)
		cfg_alias_set(all, mode, name, NULL);
}

static void
run_alias(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name"), *command = arg_str(a, "command"), *is;
	enum mode mode = MODE_CONFIG;

	for (size_t i = 0; i < NMODES; i++)
		if (arg_has(a, modes[i].word))
			mode = modes[i].mode;
	is = name == NULL ? NULL : own_command(mode, name, strlen(name));
	if (args_off(a) || (is != NULL && strcmp(is, command) == 0))
		take_away(s, mode, name, !args_no(a));
	else if (count(&conf(s)->aliases) >= ALIAS_MAX && cfg_alias_find(&conf(s)->aliases, mode, name, strlen(name)) == NULL)
		session_error(s, "%% No more than %u aliases", ALIAS_MAX);
	else
		cfg_alias_set(&conf(s)->aliases, mode, name, command);
	conf_changed(s, CFG_AREA_OTHER);
}

void
running_aliases(const struct config *c, struct text *out)
{
	const struct cfg_alias *x;
	size_t before = out->len;

	for (size_t i = 0; i < NMODES; i++)
		TAILQ_FOREACH(x, &c->aliases, next)
			if (x->mode == (unsigned)modes[i].mode)
				text_printf(out, "%salias %s %s%s%s\n", x->command == NULL ? "no " : "", word_of(x->mode), x->name,
				    x->command == NULL ? "" : " ", x->command == NULL ? "" : x->command);
	if (out->len > before)
		text_add(out, "!\n");
}

static void
put_alias(struct text *t, const char *name, const char *command)
{
	text_printf(t, "  %-20s  %s\n", name, command);
}

static void
put_mode(const struct config *c, size_t i, struct text *t)
{
	const struct cfg_alias *x;
	struct text list = { 0 };

	for (size_t k = 0; modes[i].mode == MODE_PRIV && k < NOWN; k++)
		if (cfg_alias_find(&c->aliases, MODE_PRIV, own[k].name, strlen(own[k].name)) == NULL)
			put_alias(&list, own[k].name, own[k].command);
	TAILQ_FOREACH(x, &c->aliases, next)
		if (x->mode == (unsigned)modes[i].mode && x->command != NULL)
			put_alias(&list, x->name, x->command);
	if (list.len > 0)
		text_printf(t, "%s%s\n%s", t->len > 0 ? "\n" : "", modes[i].title, text_str(&list));
	text_free(&list);
}

static void
run_show(struct session *s, const struct args *a)
{
	bool all = true;
	struct text t = { 0 };

	for (size_t i = 0; i < NMODES; i++)
		all = all && !arg_has(a, modes[i].word);
	for (size_t i = 0; i < NMODES; i++)
		if (all || arg_has(a, modes[i].word))
			put_mode(conf(s), i, &t);
	show_flush(s, &t);
}

/* A router here opens no connections of its own. */
static void
run_where(struct session *s, const struct args *a)
{
	(void)a;
	session_printf(s, "%% No connections open\n");
}

#define MODES		"{ exec | configure | crypto-map | interface | line }"
#define MODES_HELP	"Commands of exec mode\nCommands of global configuration\nCommands of a crypto map\nCommands of an interface\nCommands of a line"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "alias " MODES " WORD:name ~ LINE:command", "A short name for a command\n" MODES_HELP "\nThe name\nThe command", run_alias },
	{ M(CONFIG), 15, CMD_NO_ONLY, "alias " MODES " ~", "Short names for commands\n" MODES_HELP, run_alias },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show aliases [ " MODES " ]", "Show what is going on\nShort names for commands\n" MODES_HELP, run_show },
	{ M(EXEC) | M(PRIV), 1, 0, "where", "List connections that were opened from here", run_where },
	{ M(EXEC) | M(PRIV), 1, 0, "resume [ WORD:connection ]", "Go back to a connection that was opened from here\nIts number or name", run_where },
};

const struct cmd_table cmds_alias = { rows, NROWS(rows) };
