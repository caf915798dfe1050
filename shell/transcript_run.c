/*
 * Running a transcript: its commands are typed into the consoles of a lab, one after the other; what comes
 * back is held against what is written.  Typing takes no lab time; time runs until a command's prompt is back
 * and while a log line is awaited.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/clock.h"
#include "lib/coro.h"
#include "lib/mem.h"
#include "shell/transcript_run.h"

/* What a console of a transcript is to its session. */

static char *
io_readline(void *arg, struct session *s, const char *prompt, enum input_kind kind)
{
	struct console *c = arg;
	char *line;

	free(c->prompt);
	c->prompt = xstrdup(prompt);
	c->kind = kind;
	c->asks = true;
	while (c->input == NULL && !c->ended)
		coro_yield(s->coro);
	c->asks = false;
	line = c->input;
	c->input = NULL;
	return line;
}

static void
io_write(void *arg, struct session *s, const char *p, size_t n)
{
	struct console *c = arg;

	(void)s;
	text_addn(&c->out, p, n);
	if (c->run->o->show) {
		fwrite(p, 1, n, stdout);
		fflush(stdout);
	}
}

static void
io_log(void *arg, struct session *s, const struct log_entry *e, const char *formatted)
{
	/* The console's own tap has it, from before the session began. */
	(void)arg;
	(void)s;
	(void)e;
	(void)formatted;
}

static void
io_ended(void *arg, struct session *s)
{
	(void)s;
	((struct console *)arg)->ended = true;
}

static const struct session_io console_io = {.readline = io_readline, .write = io_write, .log = io_log, .ended = io_ended, .carry = run_carry, .carried = run_carried};

struct console *
console_find(struct run *r, const char *name)
{
	struct node *node;

	if (strcmp(name, "lab") == 0)
		return &r->consoles[r->nconsoles - 1];
	node = lab_node(r->lab, name);
	if (node == NULL)
		node = lab_node_by_hostname(r->lab, name);
	for (size_t i = 0; node != NULL && i < r->nconsoles; i++)
		if (r->consoles[i].node == node)
			return &r->consoles[i];
	return NULL;
}

static bool
name_known(void *arg, const char *name)
{
	return console_find(arg, name) != NULL;
}

/* The lab. */

static struct console *
console_of_router(struct run *r, struct router *router)
{
	struct console *c;

	for (size_t i = 0; i < r->nconsoles; i++)
		if (r->consoles[i].router == router)
			return &r->consoles[i];
	r->consoles = xrealloc(r->consoles, (r->nconsoles + 1) * sizeof(*r->consoles));
	c = &r->consoles[r->nconsoles++];
	*c = (struct console){.run = r, .router = router};
	return c;
}

static void
complain(void *arg, size_t line, const char *message)
{
	const struct router *router = arg;

	fprintf(stderr, "%s: startup-config:%zu: %s\n", router->name, line, message);
}

/* A router boots: its consoles are there from its first message on. */
static void
load_config(void *arg, struct router *router, const char *text)
{
	struct run *r = arg;

	if (r->lab == NULL)
		(void)console_of_router(r, router);
	session_load(r->lab, router, text, complain, router);
}

static void
buffered(void *arg, const char *formatted)
{
	struct console *c = arg;
	size_t head = transcript_head(c->run->t, formatted);
	struct log_entry e = {.when_ns = clock_now(lab_clock(c->run->lab)), .body = formatted + head};

	console_logged(c, &e, formatted);
}

static char *
topology_path(const struct run *r)
{
	const char *slash = strrchr(r->t->path, '/'), *topology = r->t->opt.topology;

	if (r->o->topology != NULL)
		return xstrdup(r->o->topology);
	if (topology == NULL)
		return NULL;
	if (*topology == '/' || slash == NULL)
		return xstrdup(topology);
	return xasprintf("%.*s/%s", (int)(slash - r->t->path), r->t->path, topology);
}

static void
consoles_add(struct run *r)
{
	for (struct node *n = lab_nodes(r->lab); n != NULL; n = n->next)
		if (n->kind == NODE_ROUTER)
			console_of_router(r, n->router)->node = n;
	r->consoles = xrealloc(r->consoles, (r->nconsoles + 1) * sizeof(*r->consoles));
	r->consoles[r->nconsoles++] = (struct console){.run = r};
	/* The array stands still from here: taps may point into it. What was logged at the start is in the buffers. */
	for (size_t i = 0; i + 1 < r->nconsoles; i++) {
		log_buffer_each(r->consoles[i].router, buffered, &r->consoles[i]);
		r->consoles[i].tap = log_tap_add(r->consoles[i].router, LOG_SINK_CONSOLE, console_logged, &r->consoles[i]);
	}
}

static bool
lab_open(struct run *r, char **why)
{
	const char *slash = strrchr(r->t->path, '/');
	char *dir = slash != NULL ? xstrndup(r->t->path, (size_t)(slash - r->t->path)) : xstrdup("."), *topology = topology_path(r);
	struct lab_options o = {.topology = topology, .seed = r->o->seed_set ? r->o->seed : r->t->opt.seed, .start_ns = r->t->opt.start_ns,
	    .real = r->t->opt.real, .base_dir = dir, .load_config = load_config, .arg = r};

	if (topology == NULL)
		*why = xasprintf("%s: no topology: expected 'topology:' in the front matter, or --topology FILE", r->t->path);
	else
		r->lab = lab_new(&o, why);
	free(dir);
	free(topology);
	if (r->lab == NULL)
		return false;
	consoles_add(r);
	return true;
}

static void
lab_close(struct run *r)
{
	for (size_t i = 0; i < r->nconsoles; i++) {
		struct console *c = &r->consoles[i];

		c->ended = true;
		if (c->session != NULL)
			session_free(c->session);
		if (c->tap != NULL)
			log_tap_del(c->tap);
		for (size_t k = 0; k < c->nlogs; k++) {
			free(c->logs[k].stamp);
			free(c->logs[k].body);
		}
		free(c->logs);
		free(c->prompt);
		free(c->input);
		text_free(&c->out);
	}
	free(r->consoles);
	if (r->lab != NULL)
		lab_free(r->lab);
}

/* Commands. */

static void
type(struct run *r, struct console *c, const char *line)
{
	if (r->o->show) {
		printf("%s%s%s\n", r->shown != NULL && r->shown != c ? "\n" : "", c->prompt, line);
		r->shown = c;
	}
	if (strcmp(line, "^Z") == 0)
		line = "\x1a";
	else if (strcmp(line, "^C") == 0)
		line = "\x03";
	c->input = xstrdup(line);
	coro_resume(c->session->coro);
}

/* Is it back at a prompt for commands? */
static bool
at_prompt(const struct console *c)
{
	return c->ended || (c->asks && c->kind == INPUT_COMMAND);
}

/* The written answer to a question: a line not yet used that begins with it. */
static const char *
answer(struct run *r, const struct step *st, bool *used, const char *question)
{
	char *q = fold_blanks(question), *line;
	const char *found = NULL;
	size_t n = strlen(q), prefix;

	for (size_t i = st->first + 1; i < st->end && found == NULL; i++) {
		if (r->t->lines[i].kind != TR_OUTPUT || used[i - st->first])
			continue;
		line = fold_blanks(r->t->lines[i].text);
		if (strncmp(line, q, n) == 0) {
			used[i - st->first] = true;
			prefix = strlen(line) - n;
			found = r->t->lines[i].text + strlen(r->t->lines[i].text) - prefix;
			while (blank_at(found) > 0)
				found += blank_at(found);
		}
		free(line);
	}
	free(q);
	return found;
}

static void
run_command(struct run *r, struct console *c, const struct step *st, bool *used, const char *line)
{
	int64_t limit = c->node == NULL ? CLOCK_NEVER : clock_now(lab_clock(r->lab)) + r->t->opt.timeout_ns;
	const char *a;

	type(r, c, line);
	while (!at_prompt(c)) {
		if (c->asks) {
			a = answer(r, st, used, c->prompt);
			if (a == NULL)
				text_printf(&r->faults, "+%s\n ! asked, and no answer is written\n", c->prompt);
			type(r, c, a != NULL ? a : "^C");
		} else if (!lab_step(r->lab, limit)) {
			text_printf(&r->faults, " ! the command did not end%s\n", c->node != NULL ? " within the timeout" : "");
			session_interrupt(c->session);
			limit = clock_now(lab_clock(r->lab)) + NSEC_SEC;
			while (!at_prompt(c) && lab_step(r->lab, limit))
				;
			if (!at_prompt(c))
				c->ended = true;
		}
	}
}

static void
console_open(struct console *c)
{
	if (c->session != NULL)
		return;
	c->session = session_new(c->run->lab, c->node, c->router, &console_io, c);
	session_start(c->session);
	text_clear(&c->out);
}

/* Holds a written prompt against the real one. */
static void
prompt_hold(struct run *r, struct console *c, const struct tr_line *l)
{
	char *real, *written;
	const char *tail;

	console_open(c);
	real = session_prompt(c->session);
	tail = real + strcspn(real, "(#>");
	if (strcmp(tail, l->tail) != 0) {
		written = xasprintf("%s%s", l->node, l->tail);
		text_printf(&r->faults, "-%s\n+%s\n", written, real);
		free(written);
	}
	free(real);
}

static bool
is_show(const struct console *c, const char *line)
{
	char *plain = xstrndup(line, strcspn(line, "|"));
	const char *p = plain + strspn(plain, " \t");
	enum mode mode = c->session->mode;
	struct match m;
	bool show;

	if (mode != MODE_EXEC && mode != MODE_PRIV && mode != MODE_LAB && strncasecmp(p, "do ", 3) == 0) {
		p += 3;
		mode = MODE_PRIV;
	}
	grammar_match(mode, c->session->privilege, p, &m);
	show = m.kind == MATCH_OK && (m.cmd->flags & CMD_SHOW) != 0;
	if (m.kind == MATCH_OK)
		args_free(m.args);
	free(plain);
	return show;
}

/* The lines under a command. */

struct below {
	struct tr_want	*out;		/* what the command must have printed */
	size_t		 nout;
	struct tr_want	*slice;		/* of a log line: what may be of its message */
	bool		 show;		/* lines with a log time are output, until a bare prompt */
	enum { ABOVE_OUTPUT, ABOVE_LOG, ABOVE_BARE } above;
};

static void
want_add(struct below *b, const struct tr_line *l, bool as_show)
{
	b->out[b->nout++] = (struct tr_want){l, as_show};
}

/* A log line at i: how many lines its message took. */
static size_t
log_line(struct run *r, struct below *b, const struct step *st, size_t i, const bool *used)
{
	size_t n = 0;

	if (r->current == NULL || r->current->node == NULL) {
		text_printf(&r->faults, " ! a log line needs the prompt of a router above it: %s\n", r->t->lines[i].text);
		return 1;
	}
	for (size_t k = i; k < st->end && (k == i || (r->t->lines[k].kind == TR_OUTPUT && !used[k - st->first])); k++)
		b->slice[n++] = (struct tr_want){&r->t->lines[k], false};
	b->above = ABOVE_LOG;
	return log_hold(r, r->current, b->slice, n);
}

static void
omission(struct run *r, struct below *b, const struct tr_line *l)
{
	if (b->above != ABOVE_OUTPUT && r->current != NULL)
		r->current->omitted = true;
	if (b->above != ABOVE_LOG)
		want_add(b, l, false);
}

static void
bare(struct run *r, struct below *b, const struct tr_line *l)
{
	b->above = ABOVE_BARE;
	b->show = false;
	r->current = console_find(r, l->node);
	if (r->current == NULL)
		text_printf(&r->faults, "-%s%s\n ! no node and no present hostname is called so\n", l->node, l->tail);
	else
		prompt_hold(r, r->current, l);
}

static void
walk_below(struct run *r, struct below *b, const struct step *st, const bool *used)
{
	for (size_t i = st->first + st->typed; i < st->end;) {
		const struct tr_line *l = &r->t->lines[i];

		if (used[i - st->first]) {
			i++;
		} else if (l->kind == TR_LOG && !b->show) {
			i += log_line(r, b, st, i, used);
		} else {
			if (l->kind == TR_BARE)
				bare(r, b, l);
			else if (l->kind == TR_OMIT)
				omission(r, b, l);
			else {
				want_add(b, l, b->show);
				b->above = ABOVE_OUTPUT;
			}
			i++;
		}
	}
}

/* Lines that came and no written line fits: told, and for --update put before file line `before`. */
static void
unwritten(struct run *r, char **came, size_t from, size_t to, size_t before, struct text *diff)
{
	struct text lines = {0};

	for (; from < to; from++) {
		text_printf(diff, "+%s\n", came[from]);
		transcript_quote(r->t, came[from], &lines);
	}
	if (lines.len > 0 && r->o->update)
		result_edit(r->result, before, 0, text_str(&lines));
	text_free(&lines);
}

/* What differs, written line by written line; j counts what came. An omission takes what stands around it. */
static void
output_diff(struct run *r, const struct below *b, char **came, size_t ncame, const long *which, size_t first, struct text *diff)
{
	size_t j = 0, last = first;
	bool omits = false;

	for (size_t i = 0; i < b->nout; i++) {
		const struct tr_line *l = b->out[i].line;

		if (l->kind == TR_OMIT) {
			omits = true;
			text_printf(diff, " %s\n", l->text);
		} else if (which[i] < 0) {
			text_printf(diff, "-%s\n", r->t->file[l->no - 1]);
			if (r->o->update)
				result_edit(r->result, l->no, 1, "");
		} else {
			if (!omits)
				unwritten(r, came, j, (size_t)which[i], l->no, diff);
			text_printf(diff, " %s\n", r->t->file[l->no - 1]);
			j = (size_t)which[i] + 1;
			omits = false;
		}
		last = l->no + 1;
	}
	if (!omits)
		unwritten(r, came, j, ncame, last, diff);
}

static void
output_hold(struct run *r, const struct below *b, struct console *c, const struct tr_line *l, struct text *diff)
{
	struct tr_prompt prompt = {.gap = l->gap, .indent = l->indent};
	size_t ncame;
	char **came = lines_split(text_str(&c->out), &ncame, false);
	long *which = xcalloc(b->nout + 1, sizeof(*which));

	if (!output_match(r->t, b->out, b->nout, came, ncame, &prompt, &r->t->kept)) {
		output_align(r->t, b->out, b->nout, came, ncame, &prompt, &r->t->kept, which);
		output_diff(r, b, came, ncame, which, l->no + 1, diff);
	}
	free(which);
	lines_free(came, ncame);
}

static void
verdict(struct run *r, const struct below *b, const struct step *st, struct console *c)
{
	const struct tr_line *l = &r->t->lines[st->first];
	struct text diff = {0};

	if (c != NULL)
		output_hold(r, b, c, l, &diff);
	text_add(&diff, text_str(&r->faults));
	if (diff.len > 0)
		result_failure(r->result, l->no, r->command != NULL ? r->command : "(before the first command)", text_str(&diff));
	text_free(&diff);
}

static void
marks_reset(struct run *r)
{
	for (size_t i = 0; i < r->nconsoles; i++) {
		r->consoles[i].next = r->consoles[i].nlogs;
		r->consoles[i].timed_written = -1;
		r->consoles[i].omitted = false;
	}
}

/* Types the command of a step; NULL where that could not be. */
static struct console *
step_type(struct run *r, const struct step *st, struct below *b, bool *used)
{
	const struct tr_line *l = &r->t->lines[st->first];
	struct console *c = console_find(r, l->node);
	const char *why;
	char *line;

	free(r->command);
	r->command = xasprintf("%s%s%s", l->node, l->tail, l->text);
	r->result->commands++;
	r->current = c;
	if (c == NULL || (line = holes_fill(l->text, &r->t->kept, &why)) == NULL) {
		text_printf(&r->faults, " ! %s\n", c == NULL ? "no node and no present hostname is called so" : why);
		return NULL;
	}
	prompt_hold(r, c, l);
	if (c->ended) {
		free(line);
		text_add(&r->faults, " ! this console has ended\n");
		return NULL;
	}
	marks_reset(r);
	text_clear(&c->out);
	b->show = is_show(c, line);
	run_command(r, c, st, used, line);
	free(line);
	return c;
}

static void
run_step(struct run *r)
{
	const struct step *st = &r->steps[r->at];
	size_t most = r->t->n + 1;
	struct below b = {.out = xcalloc(most, sizeof(*b.out)), .slice = xcalloc(most, sizeof(*b.slice))};
	bool *used = xcalloc(most, sizeof(*used));
	struct console *c = NULL;

	text_clear(&r->faults);
	if (st->typed) {
		c = step_type(r, st, &b, used);
		st = &r->steps[r->at];	/* a restore has gone on to another step */
	} else
		marks_reset(r);
	if (!st->typed)
		for (size_t i = 0; i < r->nconsoles; i++)
			r->consoles[i].next = 0;
	if (c != NULL || !st->typed)
		walk_below(r, &b, st, used);
	verdict(r, &b, st, c);
	free(b.out);
	free(b.slice);
	free(used);
}

static void
steps_cut(struct run *r)
{
	const struct transcript *t = r->t;

	r->steps = xcalloc(t->n + 1, sizeof(*r->steps));
	for (size_t i = 0; i < t->n; i++) {
		if (t->lines[i].kind == TR_COMMAND || i == 0)
			r->steps[r->nsteps++] = (struct step){i, i, t->lines[i].kind == TR_COMMAND};
		r->steps[r->nsteps - 1].end = i + 1;
	}
}

void
transcript_run(const char *path, const struct tr_run_options *o, struct tr_result *out)
{
	struct run r = {.o = o, .result = out};

	*out = (struct tr_result){0};
	r.t = transcript_open(path, &out->unreadable);
	if (r.t == NULL)
		return;
	if (lab_open(&r, &out->unreadable) && transcript_parse(r.t, name_known, &r, &out->unreadable)) {
		int64_t start = clock_now(lab_clock(r.lab));

		steps_cut(&r);
		for (r.at = 0; r.at < r.nsteps; r.at++)
			run_step(&r);
		out->lab_ns = clock_now(lab_clock(r.lab)) - start;
	}
	lab_close(&r);
	transcript_free(r.t);
	free(r.steps);
	free(r.command);
	text_free(&r.faults);
}
