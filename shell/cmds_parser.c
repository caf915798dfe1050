/* show parser dump: every command of a mode with the level that it wants, from the command table itself. */

#include <stdlib.h>
#include <string.h>

#include "engine/router.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/privilege.h"
#include "shell/show.h"

static const struct { const char *word; enum mode mode; } names[] = {
	{ "exec", MODE_EXEC }, { "configure", MODE_CONFIG }, { "interface", MODE_IF }, { "line", MODE_LINE }, { "crypto-map", MODE_CRYPTO_MAP },
};
#define NNAMES	(sizeof(names) / sizeof(names[0]))

struct dump { const struct session *s; enum mode mode; struct text list; };

static bool
is_of(const struct cmd *c, enum mode m)
{
	return (c->modes >> m & 1) || (m == MODE_EXEC && (c->modes >> MODE_PRIV & 1));
}

/* Without the names that parameters have in here. */
static void
put_syntax(struct text *t, const char *p)
{
	while (*p != '\0') {
		if (*p == ':' && p[1] != ' ' && p[1] != '\0')
			p += strcspn(p, " ");
		else if (p[0] == '~' && (p[1] == ' ' || p[1] == '\0'))
			p += p[1] == ' ' ? 2 : 1;
		else
			text_addc(t, *p++);
	}
	text_addc(t, '\n');
}

static void
put_row(void *arg, const struct cmd *c)
{
	struct dump *d = arg;
	const struct cfg_privileges *rules = privileges_of(d->s);
	unsigned level;
	bool ruled = false;

	if (!is_of(c, d->mode) || (c->flags & CMD_HIDDEN))
		return;
	level = rules == NULL ? c->privilege : privilege_level(rules, c, d->mode == MODE_EXEC && !(c->modes >> MODE_EXEC & 1) ? MODE_PRIV : d->mode, &ruled);
	text_printf(&d->list, "%2u %s", level, c->flags & CMD_NO_ONLY ? "no " : "");
	put_syntax(&d->list, c->syntax);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a + 3, *(char *const *)b + 3);
}

/* In alphabetical order of the commands. */
static void
put_sorted(char *list, struct text *t)
{
	size_t n = 0;
	char **v = NULL, *line;

	while ((line = strsep(&list, "\n")) != NULL)
		if (*line != '\0') {
			v = xrealloc(v, (n + 1) * sizeof(*v));
			v[n++] = line;
		}
	if (n > 0)
		qsort(v, n, sizeof(*v), by_text);
	for (size_t i = 0; i < n; i++)
		text_printf(t, "%s\n", v[i]);
	free(v);
}

static void
put_mode(const struct session *s, enum mode m, const char *name, struct text *t)
{
	struct dump d = { .s = s, .mode = m };

	grammar_each(put_row, &d);
	if (d.list.len > 0) {
		text_printf(t, "%sMode Name :%s\n", t->len > 0 ? "\n" : "", name);
		put_sorted(d.list.s, t);
	}
	text_free(&d.list);
}

/* "(config-if)" -> "config-if"; the two exec modes are one. */
static void
put_all(const struct session *s, struct text *t)
{
	put_mode(s, MODE_EXEC, "exec", t);
	for (int m = MODE_CONFIG; m < MODE__COUNT; m++) {
		const char *suffix = mode_info((enum mode)m)->suffix;
		struct text name = { 0 };

		text_addn(&name, suffix + (*suffix == '('), strcspn(suffix + (*suffix == '('), ")"));
		put_mode(s, (enum mode)m, m == MODE_CONFIG ? "configure" : text_str(&name), t);
		text_free(&name);
	}
}

static void
run_dump(struct session *s, const struct args *a)
{
	struct text t = { 0 };

	if (arg_has(a, "all"))
		put_all(s, &t);
	for (size_t i = 0; i < NNAMES; i++)
		if (arg_has(a, names[i].word))
			put_mode(s, names[i].mode, names[i].word, &t);
	show_flush(s, &t);
}

static const struct cmd rows[] = {
	{ M(PRIV), 15, CMD_SHOW, "show parser dump { all | configure | crypto-map | exec | interface | line }",
	    "Show what is going on\nThe commands that there are\nAll of a mode, with their levels\nOf every mode\nOf global configuration\nOf a crypto map\nOf exec mode\nOf an interface\nOf a line",
	    run_dump },
};

const struct cmd_table cmds_parser = { rows, NROWS(rows) };
