/*
 * tclsh: a Tcl interpreter at the router's prompt, or a script from flash.  The script runs elsewhere (engine/tclproc.h);
 * here is what it needs of the session: lines, the screen, and commands of the router.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/eem.h"
#include "engine/flash.h"
#include "engine/router.h"
#include "engine/tclproc.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds.h"
#include "shell/cmds_config_eem.h"
#include "shell/session.h"
#include "shell/session_int.h"

struct tclsh { struct session *s; struct tclproc *p; bool eof; };

/* ---- commands of the router, from a script ---- */

/* As if typed, but the session stays in the command tclsh. */
static void
execute(struct session *s, const char *line)
{
	const char *outer = s->command;

	session_execute(s, line);
	s->command = outer;
	s->running = true;
}

/* What the line printed. */
static void
execute_kept(struct session *s, const char *line, struct text *out)
{
	struct text *outer = s->capture;

	s->capture = out;
	execute(s, line);
	s->capture = outer;
}

static void
answer(struct tclsh *t, struct text *out)
{
	tclproc_ok(t->p, text_str(out), out->len < EEM_VALUE_MAX ? out->len : EEM_VALUE_MAX);
	text_free(out);
}

/* exec "show clock": an exec command in any mode. */
static void
call_exec(struct tclsh *t)
{
	bool config = mode_is_config(t->s->mode);
	struct text out = { 0 };
	char *line = xasprintf("%s%s", config ? "do " : "", tclproc_arg(t->p, 1));

	execute_kept(t->s, line, &out);
	free(line);
	answer(t, &out);
}

/* Only what begins with a word that some command has is one; the rest is an error of the script. */
static bool
is_command(const struct session *s, const char *line)
{
	struct match m;
	bool yes;

	grammar_match_for(s, s->mode, line, &m);
	yes = m.kind != MATCH_EMPTY && (m.kind != MATCH_INVALID || m.words > 0);
	args_free(m.args);
	return yes || mode_is_config(s->mode);
}

static void
call_unknown(struct tclsh *t)
{
	const char *line = tclproc_arg(t->p, 1);
	struct text out = { 0 };

	if (!is_command(t->s, line)) {
		tclproc_fail(t->p, "invalid command name \"%.*s\"", (int)strcspn(line, " "), line);
		return;
	}
	if (tclproc_arg(t->p, 2)[0] == '0') {
		execute_kept(t->s, line, &out);
		answer(t, &out);
		return;
	}
	execute(t->s, line);
	tclproc_ok(t->p, "", 0);
}

/* ios_config "line" "line" ...: from global configuration, and back to where the session was. */
static void
call_config(struct tclsh *t)
{
	struct session *s = t->s;
	struct text out = { 0 };
	bool outside = !mode_is_config(s->mode);
	bool refused = false;

	session_mode(s, MODE_CONFIG, NULL);
	for (size_t i = 1; i < tclproc_argc(t->p); i++) {
		execute_kept(s, tclproc_arg(t->p, i), &out);
		refused |= s->failed;
		if (!mode_is_config(s->mode))
			session_mode(s, MODE_CONFIG, NULL);
	}
	session_mode(s, outside ? MODE_PRIV : MODE_CONFIG, NULL);
	s->failed = refused;
	answer(t, &out);
}

static void
call_typeahead(struct tclsh *t)
{
	text_addn(&t->s->typeahead, tclproc_arg(t->p, 1), tclproc_arg_len(t->p, 1));
	if (t->s->typeahead.len > EEM_VALUE_MAX)
		text_clear(&t->s->typeahead);
	tclproc_ok(t->p, "", 0);
}

static void
call_gets(struct tclsh *t)
{
	char *line = session_ask(t->s, "", INPUT_QUESTION), *all;

	if (line == NULL) {
		tclproc_fail(t->p, "no line");
		return;
	}
	all = xasprintf("%s\n", line);
	tclproc_ok(t->p, all, strlen(all));
	free(all);
	free(line);
}

static void
call_puts(struct tclsh *t)
{
	session_write(t->s, tclproc_arg(t->p, 1), tclproc_arg_len(t->p, 1));
	tclproc_ok(t->p, "", 0);
}

static void
call_sleep(struct tclsh *t)
{
	long long ms = strtoll(tclproc_arg(t->p, 1), NULL, 10);

	if (ms > 0)
		session_sleep(t->s, ms < INT64_MAX / NSEC_MS ? ms * NSEC_MS : CLOCK_NEVER);
	tclproc_ok(t->p, "", 0);
}

static void
call(struct tclsh *t)
{
	static const struct { const char *name; void (*fn)(struct tclsh *t); } table[] = {
		{ "config", call_config }, { "exec", call_exec }, { "gets", call_gets }, { "puts", call_puts }, { "sleep", call_sleep },
		{ "typeahead", call_typeahead }, { "unknown", call_unknown },
	};

	if (t->s->interrupted) {
		tclproc_fail(t->p, "interrupted");
		return;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].name, tclproc_arg(t->p, 0)) == 0) {
			table[i].fn(t);
			return;
		}
	tclproc_fail(t->p, "%.32s: only a policy of the event manager has that", tclproc_arg(t->p, 0));
}

/* ---- evaluations ---- */

enum how { HOW_OK, HOW_ERROR, HOW_INCOMPLETE, HOW_EXIT, HOW_DIED };

/* Until the evaluation has ended.  The script stops where the session is interrupted. */
static enum how
converse(struct tclsh *t)
{
	enum tcl_event e;

	while ((e = tclproc_wait(t->p)) == TCL_CALL || e == TCL_TICK)
		if (e == TCL_CALL)
			call(t);
		else
			tclproc_go(t->p, session_sleep(t->s, TCL_SLICE_TIME_MS * NSEC_MS));
	if (e == TCL_DIED) {
		session_error(t->s, "%% Tcl: the script was ended: %s", tclproc_arg(t->p, 0));
		return HOW_DIED;
	}
	return tclproc_arg(t->p, 0)[0] == 'o' ? HOW_OK : tclproc_arg(t->p, 0)[0] == 'i' ? HOW_INCOMPLETE :
	    tclproc_arg(t->p, 0)[1] == 'x' ? HOW_EXIT : HOW_ERROR;
}

/* A value or an error is shown as the interpreter's own shell does. */
static void
show_result(struct tclsh *t, enum how how)
{
	const char *result = tclproc_arg(t->p, 1);

	if (how == HOW_ERROR)
		session_error(t->s, "%s", t->s->interrupted ? "interrupted" : result);
	else if (how == HOW_OK && *result != '\0')
		session_printf(t->s, "%s%s", result, result[strlen(result) - 1] == '\n' ? "" : "\n");
}

static bool
is_key(const char *line, const char *key)
{
	return line != NULL && strcmp(line, key) == 0;
}

/* Lines until a command is whole; false: the interpreter is left. */
static bool
evaluate(struct tclsh *t, const char *line)
{
	struct text all = { 0 };
	enum how how;

	text_add(&all, line);
	for (;;) {
		char *more;

		tclproc_eval(t->p, text_str(&all), all.len, 0, NULL);
		if ((how = converse(t)) != HOW_INCOMPLETE)
			break;
		more = session_ask(t->s, "+>", INPUT_QUESTION);
		if (more == NULL) {
			text_free(&all);
			return !t->s->quit;
		}
		text_printf(&all, "\n%s", more);
		free(more);
	}
	text_free(&all);
	if (how == HOW_OK || how == HOW_ERROR)
		show_result(t, how);
	return how != HOW_EXIT && how != HOW_DIED && !t->s->quit;
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

/* A line at the interpreter's prompt; false: it is left. */
static bool
typed(struct tclsh *t, const char *line)
{
	struct session *s = t->s;
	size_t n = strlen(line);

	s->failed = false;
	s->interrupted = s->quit;
	if (is_key(line, "\x03"))
		return true;
	if (mode_is_config(s->mode) || !s->tcl) {	/* left for configuration, or booted anew meanwhile */
		session_typed(s, line);
		s->running = true;
		return s->tcl;
	}
	if (is_key(line, "\x1a"))
		return false;
	if (n > 0 && line[n - 1] == '?') {
		help(s, line, n - 1);
		return true;
	}
	session_history_add(s, line + strspn(line, " \t"));
	return evaluate(t, line);
}

static void
interactive(struct tclsh *t)
{
	struct session *s = t->s;
	bool on = true;

	s->tcl = true;
	while (on && !s->quit) {
		char *prompt = session_prompt(s), *line = session_read(s, prompt, INPUT_COMMAND);

		free(prompt);
		on = line != NULL && typed(t, line);
		s->refused += on && s->failed;
		free(line);
	}
	s->tcl = false;
}

static void
script(struct tclsh *t, const char *url, const struct flash_file *x, const char *rest)
{
	const char *argv[64] = { url };
	char *words = xstrdup(rest), *save = NULL, *w;
	unsigned n = 1;
	enum how how;

	for (w = strtok_r(words, " \t", &save); w != NULL && n < 64; w = strtok_r(NULL, " \t", &save))
		argv[n++] = w;
	tclproc_eval(t->p, x->data, x->len, n, argv);
	free(words);
	how = converse(t);
	if (how == HOW_ERROR)
		show_result(t, how);
}

static void
run_tclsh(struct session *s, const struct args *a)
{
	const char *url = arg_str(a, "url"), *rest = arg_str(a, "arguments"), *name;
	const struct flash_file *x = NULL;
	struct tclsh t = { .s = s };
	enum flash_status st;

	if (url != NULL && ((st = flash_url(url, &name)) != FLASH_OK || (x = flash_find(s->router->flash, name)) == NULL)) {
		session_error(s, "%%Error opening %s (%s)", url, flash_why(st == FLASH_OK ? FLASH_NO_FILE : st));
		return;
	}
	if (s->tcl || (t.p = tclproc_new(s->router, "tclsh")) == NULL) {
		session_error(s, s->tcl ? "%% Tcl: this is tclsh already" : "%% Tcl: no interpreter can be started");
		return;
	}
	if (x != NULL)
		script(&t, url, x, rest != NULL ? rest : "");
	else
		interactive(&t);
	tclproc_quit(t.p);
	while (tclproc_wait(t.p) == TCL_CALL)
		call(&t);
	tclproc_free(t.p);
	text_free(&s->typeahead);
}

static const struct cmd rows[] = {
	{ M(PRIV), 15, 0, "tclsh [ WORD:url [ LINE:arguments ] ]", "A Tcl interpreter, until exit\nRun a script: flash:NAME\nIts arguments", run_tclsh },
};

const struct cmd_table cmds_tclsh = { rows, sizeof(rows) / sizeof(rows[0]) };
