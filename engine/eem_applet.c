/*
 * Applets: a program is made of an applet's actions when it is registered; a run takes them one after the other.
 * A run goes on from its timer, a slice of actions at a time, and each slice takes lab time, so that a loop without
 * end reaches the policy's maxrun and neither the router nor the lab stands still.
 */

#include "engine/eem_applet.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "engine/eem_int.h"
#include "engine/log.h"
#include "engine/router.h"
#include "lib/mem.h"
#include "lib/text.h"

#define SLICE		100		/* units of work */
#define SLICE_TIME	(10 * NSEC_MS)	/* until the next slice */
#define COST_CLI	20
#define COST_MESSAGE	10

/* ---- programs ---- */

static void
program_free(void *arg)
{
	struct eem_program *p = arg;

	for (size_t i = 0; i < p->n; i++) {
		free(p->act[i].label);
		for (size_t k = 0; k < EEM_ARGS_MAX; k++)
			free(p->act[i].arg[k]);
	}
	free(p->act);
	free(p);
}

void *
eem_applet_program(const struct cfg_eem_applet *a, const char **why)
{
	struct eem_program *p = xcalloc(1, sizeof(*p));
	const struct cfg_eem_action *x;

	p->act = xcalloc(a->nactions + 1, sizeof(*p->act));
	TAILQ_FOREACH(x, &a->actions, next) {
		struct eem_act *act = &p->act[p->n++];

		act->label = xstrdup(x->label);
		act->verb = x->verb;
		for (size_t k = 0; k < EEM_ARGS_MAX; k++)
			act->arg[k] = x->arg[k] == NULL ? NULL : xstrdup(x->arg[k]);
	}
	if (!eem_flow_link(p, why)) {
		program_free(p);
		return NULL;
	}
	return p;
}

/* ---- variables ---- */

enum eem_step
eem_fail(struct eem_applet_run *run, const char *mnemonic, const char *fmt, ...)
{
	struct text t = { 0 };
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	eem_log(run->r, 3, mnemonic, "%s", text_str(&t));
	text_free(&t);
	return EEM_FAILED;
}

bool
eem_set(struct eem_applet_run *run, const char *name, const char *value)
{
	if (strlen(value) > EEM_VALUE_MAX) {
		eem_fail(run, "FMPD_SET_VAR", "Error setting a variable: %s is longer than %u characters", name, EEM_VALUE_MAX);
		return false;
	}
	eem_vars_set(&run->vars, name, value);
	return true;
}

bool
eem_number(struct eem_applet_run *run, const char *s, int64_t *v)
{
	char *end;

	*v = strtoll(s, &end, 10);
	if (end != s && *end == '\0')
		return true;
	eem_fail(run, "FMPD_WRONG_TYPE", "\"%.64s\" is not an integer", s);
	return false;
}

static const char *
var_value(const struct eem_applet_run *run, const char *name)
{
	const char *v = eem_vars_get(&run->vars, name);

	if (v == NULL)
		v = eem_vars_get(eem_job_vars(run->job), name);
	return v != NULL ? v : cfg_eem_var(&run->r->cfg->eem, name);
}

/* Appends the value of the variable at p ("$" passed); false: there is none. */
static bool
expand_one(struct eem_applet_run *run, const char *p, size_t n, struct text *out)
{
	char *name = xstrndup(p, n);
	const char *v = var_value(run, name);

	if (v == NULL)
		eem_fail(run, "FMPD_UNKNOWN_ENV", "fh_parse_var: could not find environment variable: %s", name);
	else
		text_add(out, v);
	free(name);
	return v != NULL;
}

char *
eem_expand(struct eem_applet_run *run, const char *s)
{
	struct text t = { 0 };

	while (*s != '\0') {
		size_t n = 0;

		while (*s == '$' && (isalnum((unsigned char)s[1 + n]) || s[1 + n] == '_'))
			n++;
		if (n == 0) {
			text_addc(&t, *s++);
			continue;
		}
		if (!expand_one(run, s + 1, n, &t) || t.len > EEM_VALUE_MAX) {
			text_free(&t);
			return NULL;
		}
		s += 1 + n;
	}
	return t.s == NULL ? xstrdup("") : text_take(&t);
}

static void
args_drop(struct eem_applet_run *run)
{
	for (size_t i = 0; i < EEM_ARGS_MAX; i++) {
		free(run->x[i]);
		run->x[i] = NULL;
	}
}

static bool
args_take(struct eem_applet_run *run, const struct eem_act *a)
{
	args_drop(run);
	for (size_t i = 0; i < EEM_ARGS_MAX; i++)
		if (a->arg[i] != NULL && (run->x[i] = eem_expand(run, a->arg[i])) == NULL)
			return false;
	return true;
}

/* ---- running ---- */

static int
cost(enum eem_verb v)
{
	switch (v) {
	case EEM_CLI:
	case EEM_FILE_PUTS:
	case EEM_MAIL:
		return COST_CLI;
	case EEM_SYSLOG:
	case EEM_PUTS:
	case EEM_SNMP_TRAP:
		return COST_MESSAGE;
	default:
		return 1;
	}
}

static enum eem_step
act(struct eem_applet_run *run, const struct eem_act *a)
{
	switch (a->verb) {
	case EEM_COMMENT:
		return EEM_NEXT;
	/* They expand what they need, when they need it. */
	case EEM_ELSE: case EEM_ELSEIF: case EEM_END: case EEM_FOREACH: case EEM_BREAK: case EEM_CONTINUE: case EEM_GOTO:
		return eem_flow(run, a);
	default:
		break;
	}
	if (!args_take(run, a))
		return EEM_FAILED;
	if (a->verb == EEM_IF || a->verb == EEM_WHILE)
		return eem_flow(run, a);
	if (a->verb >= EEM_STRING_COMPARE && a->verb <= EEM_STRING_TRIMRIGHT)
		return eem_string(run, a);
	if (a->verb >= EEM_FILE_CLOSE && a->verb <= EEM_FILE_WRITE)
		return eem_file(run, a);
	return eem_action(run, a);
}

static void
finish(struct eem_applet_run *run, bool ok)
{
	struct router *r = run->r;
	bool reload = ok && run->reload;

	eem_job_end(run->job, ok, run->status);		/* frees run */
	if (reload) {
		log_syslog(r, "SYS", 5, "RELOAD", "Reload requested by EEM. Reload Reason: EEM action.");
		router_reload(r);
	}
}

/* One slice. */
static enum eem_step
slice(struct eem_applet_run *run)
{
	int budget = SLICE;
	enum eem_step s = EEM_NEXT;

	while (run->pc < run->program->n) {
		const struct eem_act *a = &run->program->act[run->pc];

		if ((budget -= cost(a->verb)) < 0) {
			timer_in(&run->step, SLICE_TIME);
			return EEM_BLOCKED;
		}
		s = act(run, a);
		if (s == EEM_FAILED)
			eem_log(run->r, 3, "FMPD_ERROR", "Error executing applet %s statement %s", eem_job_name(run->job), a->label);
		if (s == EEM_NEXT)
			run->pc++;
		else if (s != EEM_JUMPED)
			return s;
	}
	return EEM_DONE;
}

static void
step(void *arg)
{
	struct eem_applet_run *run = arg;
	bool gone = false;
	enum eem_step s;

	run->gone = &gone;
	eem_job_enter(run->job);
	s = slice(run);
	if (gone || s == EEM_GONE)
		return;
	run->gone = NULL;
	eem_job_leave(run->job);
	if (s == EEM_DONE || s == EEM_FAILED)
		finish(run, s == EEM_DONE);
}

static void *
applet_start(struct eem_job *j, void *program)
{
	struct eem_applet_run *run = xcalloc(1, sizeof(*run));

	run->job = j;
	run->r = eem_job_router(j);
	run->program = program;
	timer_init(&run->step, run->r->clock, step, run);
	timer_in(&run->step, 0);
	return run;
}

static void
applet_stop(void *arg)
{
	struct eem_applet_run *run = arg;

	if (run->gone != NULL)
		*run->gone = true;
	timer_stop(&run->step);
	if (run->cli != NULL)
		run->r->eem_cli->close(run->cli);
	args_drop(run);
	eem_loops_free(run);
	eem_files_free(run);
	eem_vars_free(&run->vars);
	free(run->output);
	free(run);
}

const struct eem_class eem_applet_class = { "applet", applet_start, applet_stop, program_free };
