/*
 * Policies that are Tcl scripts.  One is read when it is configured: its first command says what it waits for. A run is a process
 * of its own (tclproc.h), which is asked what it wants whenever the run's timer says so; between, it stands still.  Its
 * commands take lab time slice by slice, as an applet's actions do.
 */

#include "engine/eem_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flash.h"
#include "engine/log.h"
#include "engine/router.h"
#include "engine/tclproc.h"
#include "lib/mem.h"
#include "lib/text.h"

#define SLICE		100		/* units of work */
#define COST_CLI	20
#define COST_MESSAGE	10
#define CLIS		8		/* command sessions open at once */
#define LINE_MAX_LEN	(16u << 10)	/* of a line that is put to the log */

struct program { char *text; size_t len; };

enum pending { BEGIN, TICK, RESULT };

struct run {
	struct eem_job		*job;
	struct router		*r;
	const struct program	*program;
	struct tclproc		*p;
	struct timer		 step;
	enum pending		 pending;	/* what the script waits for */
	bool			 failed;	/* RESULT */
	char			*result;
	int			 budget;
	void			*cli[CLIS];
	bool			 in_cli, cli_over;
	bool			*gone;
	struct text		 line;		/* put, but not to its end */
	bool			 reload;
};

/* ---- programs ---- */

static void
program_free(void *arg)
{
	struct program *p = arg;

	free(p->text);
	free(p);
}

void *
eem_script_program(const struct cfg_eem_policy *c)
{
	struct program *p = xcalloc(1, sizeof(*p));

	p->text = xmemdup(c->text, c->len + 1);
	p->len = c->len;
	return p;
}

/* The script's own words about itself. NULL: v holds them. */
static char *
ask_event(struct tclproc *p, struct cfg_eem_event *v)
{
	char *why = NULL;
	enum tcl_event e;
	bool more, known = false;

	while ((e = tclproc_wait(p)) == TCL_CALL || e == TCL_TICK) {
		if (e == TCL_TICK) {
			tclproc_go(p, false);
			continue;
		}
		more = why == NULL && strcmp(tclproc_arg(p, 0), "register") == 0;
		if (more && known)
			why = xstrdup("more than one event is registered for");
		else if (more) {
			why = eem_script_event(p, v);
			known = why == NULL;
		}
		if (more && why == NULL)
			tclproc_ok(p, "", 0);
		else
			tclproc_fail(p, "%s", why != NULL ? why : strcmp(tclproc_arg(p, 0), "unknown") == 0 ? "unknown event" :
			    "not while a policy is registered");
	}
	if (why == NULL && (e == TCL_DIED || strcmp(tclproc_arg(p, 0), "ok") != 0))
		why = xstrdup(tclproc_arg(p, e == TCL_DIED ? 0 : 1));
	if (why != NULL && known)
		cfg_eem_event_free(v);
	return why;
}

char *
eem_script_load(struct router *r, struct cfg_eem_policy *c)
{
	const struct flash_file *x = flash_find(r->flash, c->name);
	struct cfg_eem_event v;
	struct tclproc *p;
	char *why;

	if (x == NULL)
		return xasprintf("there is no file %s", c->name);
	if ((p = tclproc_new(r, c->name)) == NULL)
		return xstrdup("no interpreter can be started");
	tclproc_first(p, x->data, x->len);
	why = ask_event(p, &v);
	tclproc_free(p);
	if (why != NULL)
		return why;
	cfg_eem_event_free(&c->event);
	c->event = v;
	free(c->text);
	c->text = xmemdup(x->data, x->len + 1);
	c->len = x->len;
	return NULL;
}

/* ---- results ---- */

static void
set_result(struct run *run, bool ok, const char *s)
{
	free(run->result);
	run->result = xstrdup(s);
	run->failed = !ok;
	run->pending = RESULT;
}

/* The script goes on when its slice is not used up; else later. */
static bool
settle(struct run *run, int cost)
{
	if ((run->budget -= cost) >= 0)
		return true;
	timer_in(&run->step, TCL_SLICE_TIME_MS * NSEC_MS);
	return false;
}

/* What it waits for is sent. */
static void
answer(struct run *run)
{
	if (run->pending == TICK)
		tclproc_go(run->p, true);
	else if (run->pending == RESULT && run->failed)
		tclproc_fail(run->p, "%s", run->result);
	else if (run->pending == RESULT)
		tclproc_ok(run->p, run->result, strlen(run->result));
}

/* ---- what it calls; false: it goes on later ---- */

static void
cli_done(void *arg, const char *output)
{
	struct run *run = arg;

	set_result(run, true, output);
	run->cli_over = true;
	if (!run->in_cli)
		timer_in(&run->step, 0);
}

static bool
call_cli_open(struct run *run)
{
	const struct eem_cli_ops *ops = run->r->eem_cli;
	char fd[8];
	size_t i = 0;

	while (i < CLIS && run->cli[i] != NULL)
		i++;
	if (i < CLIS && ops != NULL)
		run->cli[i] = ops->open(run->r, eem_job_name(run->job), run->r->cfg->eem.user);
	if (i == CLIS || run->cli[i] == NULL)
		set_result(run, false, "Unable to establish CLI session: no tty lines available");
	else {
		snprintf(fd, sizeof(fd), "cli%u", (unsigned)i + 1);
		set_result(run, true, fd);
	}
	return settle(run, COST_CLI);
}

static void **
cli_of(struct run *run)
{
	const char *fd = tclproc_arg(run->p, 1);
	unsigned long n = strncmp(fd, "cli", 3) == 0 ? strtoul(fd + 3, NULL, 10) : 0;

	if (n >= 1 && n <= CLIS && run->cli[n - 1] != NULL)
		return &run->cli[n - 1];
	set_result(run, false, "the CLI session is not open");
	return NULL;
}

static bool
call_cli_exec(struct run *run)
{
	void **cli = cli_of(run);
	const char *pattern = tclproc_arg(run->p, 3);
	bool *gone = run->gone;

	if (cli == NULL)
		return settle(run, 1);
	run->in_cli = true;
	run->cli_over = false;
	run->r->eem_cli->exec(*cli, tclproc_arg(run->p, 2), *pattern != '\0' ? pattern : NULL, cli_done, run);
	if (*gone)
		return false;
	run->in_cli = false;
	return run->cli_over && settle(run, COST_CLI);
}

static bool
call_cli_close(struct run *run)
{
	void **cli = cli_of(run), *c;

	if (cli != NULL) {
		c = *cli;
		*cli = NULL;
		run->r->eem_cli->close(c);
		set_result(run, true, "");
	}
	return settle(run, 1);
}

static void
put_line(struct run *run)
{
	log_syslog(run->r, "HA_EM", 6, "LOG", "%s: %s", eem_job_name(run->job), text_str(&run->line));
	text_clear(&run->line);
}

/* To who waits for it, or line by line to the log. */
static void
put(struct run *run, const char *s, size_t n)
{
	struct eem_wait *w = eem_job_wait(run->job);

	if (w != NULL && w->puts != NULL) {
		w->puts(w->arg, s);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (s[i] == '\n')
			put_line(run);
		else if (run->line.len < LINE_MAX_LEN)
			text_addc(&run->line, s[i]);
}

static bool
call_puts(struct run *run)
{
	put(run, tclproc_arg(run->p, 1), tclproc_arg_len(run->p, 1));
	set_result(run, true, "");
	return settle(run, COST_MESSAGE);
}

static bool
call_sleep(struct run *run)
{
	long long ms = strtoll(tclproc_arg(run->p, 1), NULL, 10);

	set_result(run, true, "");
	timer_in(&run->step, ms <= 0 ? 0 : ms < 1000000000000 ? ms * NSEC_MS : 1000000000000 * NSEC_MS);
	return false;
}

/* "_syslog_msg" is the message of event_reqinfo: what says only of which kind the event is goes. */
static const char *
info_name(const char *name)
{
	static const char *const kinds[] = { "syslog_", "cli_", "interface_", "counter_", "snmp_notif_" };

	name += *name == '_';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(name, kinds[i], strlen(kinds[i])) == 0)
			return name + strlen(kinds[i]);
	return name;
}

static bool
call_einfo(struct run *run)
{
	const struct eem_vars *t = eem_job_vars(run->job);
	const char **v = xcalloc(2 * t->n + 1, sizeof(*v));

	for (size_t i = 0; i < t->n; i++) {
		v[2 * i] = info_name(t->v[i].name);
		v[2 * i + 1] = t->v[i].value + (t->v[i].value[0] == '\n');	/* which an applet sees before a message */
	}
	tclproc_list(run->p, 2 * t->n, v);
	free(v);
	run->pending = BEGIN;		/* it has its answer */
	return true;
}

static bool
call_register(struct run *run)
{
	set_result(run, true, "");
	return true;
}

static bool
call_refused(struct run *run)
{
	const char *name = tclproc_arg(run->p, 0), *first = tclproc_arg(run->p, 1);
	char *why;

	if (strcmp(name, "unknown") == 0)
		why = xasprintf("invalid command name \"%.*s\"", (int)strcspn(first, " ") < 64 ? (int)strcspn(first, " ") : 64, first);
	else
		why = xasprintf("%.32s: only tclsh has that; a policy opens a session with cli_open", name);
	set_result(run, false, why);
	free(why);
	return settle(run, 1);
}

static bool
call(struct run *run)
{
	static const struct { const char *name; bool (*fn)(struct run *run); } table[] = {
		{ "cli_close", call_cli_close }, { "cli_exec", call_cli_exec }, { "cli_open", call_cli_open }, { "einfo", call_einfo },
		{ "puts", call_puts }, { "register", call_register }, { "sleep", call_sleep },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].name, tclproc_arg(run->p, 0)) == 0)
			return table[i].fn(run);
	return call_refused(run);
}

/* ---- running ---- */

/* Files are written and closed, and what was put without the end of a line is put. */
static void
close_up(struct run *run)
{
	tclproc_quit(run->p);
	while (tclproc_wait(run->p) == TCL_CALL)
		if (strcmp(tclproc_arg(run->p, 0), "puts") == 0) {
			put(run, tclproc_arg(run->p, 1), tclproc_arg_len(run->p, 1));
			tclproc_ok(run->p, "", 0);
		} else
			tclproc_fail(run->p, "the policy has ended");
	if (run->line.len > 0)
		put_line(run);
}

/* Frees run. */
static void
finish(struct run *run, enum tcl_event e)
{
	bool ok = run->reload || (e == TCL_DONE && strcmp(tclproc_arg(run->p, 0), "error") != 0), reload = run->reload;
	int status = ok && !reload ? atoi(tclproc_arg(run->p, 2)) : 0;
	struct router *r = run->r;

	if (!ok)
		eem_log(r, 3, "FMPD_ERROR", "Error executing policy %s: %s%s%s", eem_job_name(run->job), tclproc_arg(run->p, e == TCL_DIED ? 0 : 1),
		    e == TCL_DONE ? ", line " : "", e == TCL_DONE ? tclproc_arg(run->p, 3) : "");
	if (e == TCL_DONE)
		close_up(run);
	eem_job_leave(run->job);
	run->gone = NULL;
	eem_job_end(run->job, ok, status);
	if (reload) {
		log_syslog(r, "SYS", 5, "RELOAD", "Reload requested by EEM. Reload Reason: EEM action.");
		router_reload(r);
	}
}

static bool
begin(struct run *run)
{
	const char *name = eem_job_name(run->job);

	if (run->p != NULL)
		return true;
	if ((run->p = tclproc_new(run->r, name)) == NULL)
		return false;
	tclproc_eval(run->p, run->program->text, run->program->len, 1, &name);
	return true;
}

static void
step(void *arg)
{
	struct run *run = arg;
	enum tcl_event e;
	bool gone = false;

	run->gone = &gone;
	run->budget = SLICE;
	eem_job_enter(run->job);
	if (!begin(run)) {
		eem_log(run->r, 3, "FMPD_PROCESS", "Error running policy %s: no interpreter can be started", eem_job_name(run->job));
		eem_job_leave(run->job);
		run->gone = NULL;
		eem_job_end(run->job, false, 0);
		return;
	}
	do {
		answer(run);
		run->pending = BEGIN;
		e = tclproc_wait(run->p);
		if (e == TCL_CALL && strcmp(tclproc_arg(run->p, 0), "reload") == 0)
			run->reload = true;
		if (run->reload || (e != TCL_CALL && e != TCL_TICK)) {
			finish(run, e);
			return;
		}
		if (e == TCL_TICK) {
			run->pending = TICK;
			timer_in(&run->step, TCL_SLICE_TIME_MS * NSEC_MS);
		}
	} while (e == TCL_CALL && call(run));
	if (gone)
		return;
	run->gone = NULL;
	eem_job_leave(run->job);
}

static void *
script_start(struct eem_job *j, void *program)
{
	struct run *run = xcalloc(1, sizeof(*run));

	run->job = j;
	run->r = eem_job_router(j);
	run->program = program;
	timer_init(&run->step, run->r->clock, step, run);
	timer_in(&run->step, 0);
	return run;
}

static void
script_stop(void *arg)
{
	struct run *run = arg;

	if (run->gone != NULL)
		*run->gone = true;
	timer_stop(&run->step);
	for (size_t i = 0; i < CLIS; i++)
		if (run->cli[i] != NULL)
			run->r->eem_cli->close(run->cli[i]);
	tclproc_free(run->p);
	text_free(&run->line);
	free(run->result);
	free(run);
}

const struct eem_class eem_script_class = { "script", script_start, script_stop, program_free };
