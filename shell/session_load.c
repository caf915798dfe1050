/* Configuration text taken in without a person: what is wrong is reported with its line, the rest stands. */

#include <stdlib.h>
#include <string.h>

#include "engine/router.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/eem_cli.h"
#include "shell/session_int.h"

struct load {
	struct session	 s;
	struct text	 said;
	size_t		 line, faults;
	bool		 headless;	/* the line that began a section was refused */
	void		(*report)(void *arg, size_t line, const char *message);
	void		*arg;
};

static char *
load_readline(void *arg, struct session *s, const char *prompt, enum input_kind kind)
{
	(void)arg;
	(void)s;
	(void)prompt;
	(void)kind;
	return NULL;
}

static void
load_write(void *arg, struct session *s, const char *p, size_t n)
{
	struct load *l = arg;

	(void)s;
	text_addn(&l->said, p, n);
}

static const struct session_io load_io = { .readline = load_readline, .write = load_write };

static void
load_complain(struct load *l, const char *line)
{
	char *message;

	while (l->said.len > 0 && l->said.s[l->said.len - 1] == '\n')
		l->said.s[--l->said.len] = '\0';
	message = xasprintf("%s\n%s", line, text_str(&l->said));
	l->faults++;
	if (l->report != NULL)
		l->report(l->arg, l->line, message);
	free(message);
}

static void
load_line(void *arg, const char *line, size_t len)
{
	bool indented = line[0] == ' ' || line[0] == '\t';
	struct load *l = arg;

	(void)len;
	l->line++;
	if (indented && l->headless)	/* what belongs to it must not go to the section before */
		session_mode(&l->s, MODE_CONFIG, NULL);
	text_clear(&l->said);
	session_execute(&l->s, line);
	if (l->s.failed)
		load_complain(l, line);
	if (!indented)
		l->headless = l->s.failed;
	/* `end` and a stray `exit` leave a person's configuration mode, not a file's. */
	if (!mode_is_config(l->s.mode))
		session_mode(&l->s, MODE_CONFIG, NULL);
}

size_t
session_load(struct lab *lab, struct router *r, const char *text,
    void (*report)(void *arg, size_t line, const char *message), void *arg)
{
	struct load l = { .report = report, .arg = arg };

	eem_cli_attach(lab, r);
	l.s = (struct session){ .lab = lab, .router = r, .mode = MODE_CONFIG, .privilege = 15, .io = &load_io,
	    .io_arg = &l, .loading = true };
	text_lines(text, load_line, &l);
	session_mode(&l.s, MODE_CONFIG, NULL);
	router_apply(r, CFG_AREA_ALL);
	free(l.s.object_name);
	text_free(&l.said);
	return l.faults;
}
