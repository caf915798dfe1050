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
#include "engine/router.h"
#include "shell/transcript_run.h"
#include "shell/tty.h"

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
	while (c->input == NULL && !c->ended && !s->quit)
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

/* `connect`: its console is the current one. */
static bool
io_connect(void *arg, struct session *s, struct node *node)
{
	struct run *r = ((struct console *)arg)->run;

	(void)s;
	for (size_t i = 0; i < r->nconsoles; i++)
		if (r->consoles[i].node == node)
			r->current = &r->consoles[i];
	return true;
}

static const struct session_io console_io = {.readline = io_readline, .write = io_write, .log = io_log, .ended = io_ended,
    .connect = io_connect, .carry = run_carry, .carried = run_carried};

struct console *
console_find(struct run *r, const char *name)
{
	if (strcmp(name, "lab") == 0)
		return &r->consoles[r->nconsoles - 1];
	for (size_t i = 0; i + 1 < r->nconsoles; i++)
		if (strcmp(r->consoles[i].node->name, name) == 0)
			return &r->consoles[i];
	for (size_t i = 0; i + 1 < r->nconsoles; i++) {
		const char *host = router_hostname(r->consoles[i].router);
		/* Configuration prompts cut it. */
		bool cut = strlen(name) == SESSION_HOST_MAX && strncmp(host, name, SESSION_HOST_MAX) == 0;

		if (cut || strcmp(host, name) == 0)
			return &r->consoles[i];
	}
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

	fprintf(stderr, "%s: %s:%zu:\n%s\n", router->name, lab_startup_source(router), line, message);
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
rebooted(void *arg, struct router *router)
{
	struct run *r = arg;

	for (size_t i = 0; i < r->nconsoles; i++)
		if (r->consoles[i].router == router && r->consoles[i].session != NULL)
			session_reset(r->consoles[i].session);
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
	    .real = r->t->opt.real, .base_dir = dir, .load_config = load_config, .rebooted = rebooted, .arg = r};

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

/* The line of a step where text that has no question of its own is typed: behind as many as were printed, empty ones not counted. */
static char *
answer_unasked(struct run *r, const struct console *c, const struct step *st, bool *used)
{
	size_t printed = 0;

	for (const char *p = text_str(&c->out); *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n')
		printed += p[strspn(p, " ")] != '\n' && p[strspn(p, " ")] != '\0';
	for (size_t i = st->first + 1; i < st->end; i++) {
		if (r->t->lines[i].kind != TR_OUTPUT || used[i - st->first] || printed-- > 0)
			continue;
		used[i - st->first] = true;
		return xstrdup(r->t->lines[i].text);
	}
	return NULL;
}

/* The written answer to a question: what stands behind it in a line not yet used. Caller frees. */
static char *
answer(struct run *r, struct console *c, const struct step *st, bool *used)
{
	char *q = fold_blanks(c->prompt), *line, *found = NULL;
	size_t n = strlen(q);

	if (n == 0)
		found = answer_unasked(r, c, st, used);
	for (size_t i = st->first + 1; i < st->end && found == NULL && n > 0; i++) {
		if (r->t->lines[i].kind != TR_OUTPUT || used[i - st->first])
			continue;
		line = fold_blanks(r->t->lines[i].text);
		if (strncmp(line, q, n) == 0) {
			used[i - st->first] = true;
			found = fold_blanks(line + n);
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
	char *a;

	type(r, c, line);
	while (!at_prompt(c)) {
		if (c->asks) {
			a = answer(r, c, st, used);
			if (a == NULL)
				text_printf(&r->faults, "+%s\n\\ asked, and no answer is written\n", c->prompt);
			type(r, c, a != NULL ? a : "^C");
			free(a);
		} else if (!lab_step(r->lab, limit)) {
			text_printf(&r->faults, "\\ the command did not end%s\n", c->node != NULL ? " within the timeout" : "");
			session_interrupt(c->session);
			limit = clock_now(lab_clock(r->lab)) + NSEC_SEC;
			while (!at_prompt(c) && lab_step(r->lab, limit))
				;
			if (!at_prompt(c))
				c->ended = true;
		}
	}
}

/* A router's console from which someone logged out is there again for the next one. */
static void
console_open(struct console *c)
{
	if (c->session != NULL && !(c->ended && c->node != NULL))
		return;
	session_free(c->session);
	c->ended = false;
	c->session = session_new(c->run->lab, c->node, c->router, &console_io, c);
	tty_console(c->session);
	text_clear(&c->out);
	session_start(c->session);
}

/* Somebody logs in at a console below the command that led there; where nothing is written of it the console waits as it is. */
static void
login_typed(struct run *r, struct console *at, const struct step *st, bool *used)
{
	int64_t limit = clock_now(lab_clock(r->lab)) + r->t->opt.timeout_ns;
	char *a;

	console_open(at);
	while (!at_prompt(at))
		if (at->asks) {
			if ((a = answer(r, at, st, used)) == NULL)
				return;
			type(r, at, a);
			free(a);
		} else if (!lab_step(r->lab, limit))
			return;
}

/* `connect` to a console that asks who comes: that may be answered there, and is printed there. */
static void
run_login(struct run *r, struct console *c, const struct step *st, bool *used)
{
	static const struct login_from con = { .kind = LINE_CON };
	struct console *at = r->current;
	struct text before = { 0 };

	if (at == c || at->node == NULL || !at->router->powered || login_asks(at->router, &con) == LOGIN_ASK_NOTHING)
		return;
	if (at->session != NULL && at_prompt(at) && !at->ended)
		return;
	text_add(&before, text_str(&c->out));
	login_typed(r, at, st, used);
	text_add(&before, text_str(&at->out));
	text_clear(&at->out);
	text_clear(&c->out);
	text_add(&c->out, text_str(&before));
	text_free(&before);
}

/* The node's name, its router's present hostname, or that as the prompt shows it now. */
static bool
name_is_its(const struct console *c, const char *name, const char *real)
{
	size_t n = strcspn(real, "(#>");

	if (c->node == NULL)
		return strcmp(name, "lab") == 0;
	return strcmp(name, c->node->name) == 0 || strcmp(name, router_hostname(c->router)) == 0 ||
	    (strlen(name) == n && strncmp(name, real, n) == 0);
}

size_t
prompt_hold(struct run *r, struct console *c, const struct tr_line *l)
{
	char *real;
	size_t n;

	console_open(c);
	real = session_prompt(c->session);
	n = strlen(real);
	if (strcmp(real + strcspn(real, "(#>"), l->tail) != 0 || !name_is_its(c, l->node, real))
		text_printf(&r->faults, "-%s%s\n+%s\n", l->node, l->tail, real);
	free(real);
	return n;
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

/* Before the first command the start of the lab is the mark. */
static void
start_reset(struct run *r)
{
	for (size_t i = 0; i < r->nconsoles; i++)
		r->consoles[i].next = 0;
	r->awaited_from = clock_now(lab_clock(r->lab));
}

/* A command with its holes filled. The lab's `expect` is about numbers, whatever their writing. */
static char *
command_filled(const struct run *r, const struct console *c, const char *text, const char **why)
{
	size_t n = strcspn(text, " ");

	if (c->node == NULL && n > 0 && n <= strlen("expect") && strncasecmp(text, "expect", n) == 0)
		return holes_fill_numbers(text, &r->t->kept, why);
	return holes_fill(text, &r->t->kept, why);
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
	if (c == NULL || (line = command_filled(r, c, l->text, &why)) == NULL) {
		text_printf(&r->faults, "\\ %s\n", c == NULL ? "no node and no present hostname is called so" : why);
		return NULL;
	}
	b->prompt.real = prompt_hold(r, c, l);
	if (c->ended) {
		free(line);
		text_add(&r->faults, "\\ this console has ended\n");
		return NULL;
	}
	marks_reset(r);
	text_clear(&c->out);
	b->show = grammar_is_show(c->session->mode, c->session->privilege, line);
	run_command(r, c, st, used, line);
	run_login(r, c, st, used);
	r->awaited_from = clock_now(lab_clock(r->lab));
	free(line);
	return c;
}

static void
run_step(struct run *r)
{
	const struct step *st = &r->steps[r->at];
	size_t most = r->t->n + 1;
	struct below b = {.out = xcalloc(most, sizeof(*b.out)), .slice = xcalloc(most, sizeof(*b.slice)), .used = xcalloc(most, sizeof(*b.used))};
	struct console *c = NULL;

	text_clear(&r->faults);
	prose_show(r, st->first);
	if (st->typed) {
		c = step_type(r, st, &b, b.used);
		st = &r->steps[r->at];	/* a restore has gone on to another step */
	} else
		marks_reset(r);
	if (!st->typed)
		start_reset(r);
	if (c != NULL || !st->typed)
		below_hold(r, &b, st);
	below_verdict(r, &b, st, c);
	free(b.out);
	free(b.slice);
	free(b.used);
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
		for (r.at = 0; r.at < r.nsteps && !(o->first && !o->update && out->nfailures > 0); r.at++)
			run_step(&r);
		prose_show(&r, r.t->n);
		out->lab_ns = clock_now(lab_clock(r.lab)) - start;
	}
	lab_close(&r);
	transcript_free(r.t);
	free(r.steps);
	free(r.command);
	text_free(&r.faults);
}
