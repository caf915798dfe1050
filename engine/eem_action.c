/* The actions of applets that do something: commands, messages, variables, and what the router can be asked or told. */

#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/eem_applet.h"
#include "engine/flash.h"
#include "engine/log.h"
#include "engine/router.h"
#include "engine/track.h"
#include "lib/mem.h"
#include "lib/names.h"
#include "lib/text.h"

static enum eem_step
set(struct eem_applet_run *run, const char *name, const char *value)
{
	return eem_set(run, name, value) ? EEM_NEXT : EEM_FAILED;
}

static enum eem_step
set_number(struct eem_applet_run *run, const char *name, int64_t v)
{
	char s[24];

	snprintf(s, sizeof(s), "%" PRId64, v);
	return set(run, name, s);
}

/* ---- commands ---- */

static void
go_on(struct eem_applet_run *run)
{
	timer_in(&run->step, 0);
}

/* Perhaps from within exec(), perhaps later, out of the session. */
static void
cli_done(void *arg, const char *output)
{
	struct eem_applet_run *run = arg;

	free(run->output);
	run->output = xstrdup(output);
	if (!run->in_cli)
		go_on(run);
}

static enum eem_step
cli_result(struct eem_applet_run *run)
{
	char *output = run->output;
	enum eem_step s;

	run->output = NULL;
	if (strlen(output) > EEM_VALUE_MAX)
		output[EEM_VALUE_MAX] = '\0';
	s = set(run, "_cli_result", output);
	free(output);
	return s;
}

static enum eem_step
do_cli(struct eem_applet_run *run, const struct eem_act *a)
{
	const struct eem_cli_ops *ops = run->r->eem_cli;
	bool *gone = run->gone;

	(void)a;
	if (run->output != NULL)
		return cli_result(run);
	if (ops == NULL || (run->cli == NULL && (run->cli = ops->open(run->r, eem_job_name(run->job), run->r->cfg->eem.user)) == NULL))
		return eem_fail(run, "FMPD_CLI_CONNECT", "Unable to establish CLI session: no tty lines available");
	run->in_cli = true;
	ops->exec(run->cli, run->x[0], run->x[1], cli_done, run);
	if (*gone)
		return EEM_GONE;
	run->in_cli = false;
	return run->output != NULL ? cli_result(run) : EEM_BLOCKED;
}

/* ---- messages ---- */

static enum eem_step
do_syslog(struct eem_applet_run *run, const struct eem_act *a)
{
	static const struct name levels[] = { { 0, "emergencies" }, { 1, "alerts" }, { 2, "critical" }, { 3, "errors" }, { 4, "warnings" },
		{ 5, "notifications" }, { 6, "informational" }, { 7, "debugging" }, { 0, "0" }, { 1, "1" }, { 2, "2" }, { 3, "3" },
		{ 4, "4" }, { 5, "5" }, { 6, "6" }, { 7, "7" }, { 0, NULL } };
	int32_t level = run->x[1] == NULL ? 6 : name_value(levels, run->x[1]);

	(void)a;
	if (level < 0)
		return eem_fail(run, "FMPD_SYSLOG", "Error sending syslog message: \"%s\" is no priority", run->x[1]);
	log_syslog(run->r, run->x[2] != NULL && *run->x[2] != '\0' ? run->x[2] : "HA_EM", level, "LOG", "%s: %s", eem_job_name(run->job), run->x[0]);
	return EEM_NEXT;
}

/* A synchronous applet speaks to who waits for it, another one to the log. */
static enum eem_step
do_puts(struct eem_applet_run *run, const struct eem_act *a)
{
	struct eem_wait *w = eem_job_wait(run->job);

	(void)a;
	if (w != NULL && w->puts != NULL) {
		w->puts(w->arg, run->x[1]);
		if (run->x[0] == NULL)
			w->puts(w->arg, "\n");
	} else
		log_syslog(run->r, "HA_EM", 6, "LOG", "%s: %s", eem_job_name(run->job), run->x[1]);
	return EEM_NEXT;
}

static void
gets_done(void *arg, const char *line)
{
	struct eem_applet_run *run = arg;

	eem_vars_set(&run->vars, run->x[0], line);
	run->pc++;
	go_on(run);
}

static enum eem_step
do_gets(struct eem_applet_run *run, const struct eem_act *a)
{
	struct eem_wait *w = eem_job_wait(run->job);

	(void)a;
	if (w == NULL || w->ask == NULL || w->asking != NULL)
		return eem_fail(run, "FMPD_ACTION_SYNC", "gets: nobody waits for this policy at a terminal");
	eem_job_ask(run->job, gets_done);
	return EEM_BLOCKED;
}

static void
mail_header(struct text *t, const char *name, const char *value)
{
	if (value != NULL)
		text_printf(t, "%s: %s\n", name, value);
}

/* There is no mail server in a lab: the message goes to a file. */
static enum eem_step
do_mail(struct eem_applet_run *run, const struct eem_act *a)
{
	struct text t = { 0 };
	enum flash_status s;

	(void)a;
	mail_header(&t, "Server", run->x[0]);
	mail_header(&t, "To", run->x[1]);
	mail_header(&t, "From", run->x[2]);
	mail_header(&t, "Cc", run->x[3]);
	mail_header(&t, "Subject", run->x[4]);
	text_printf(&t, "\n%s\n\n", run->x[5]);
	s = flash_write(run->r->flash, "mail.txt", text_str(&t), t.len, true, router_now(run->r));
	text_free(&t);
	return s == FLASH_OK ? EEM_NEXT : eem_fail(run, "FMPD_SMTP_SEND", "Unable to send notification: %s", flash_why(s));
}

static enum eem_step
do_trap(struct eem_applet_run *run, const struct eem_act *a)
{
	int64_t one = 0, two = 0;

	(void)a;
	if ((run->x[0] != NULL && !eem_number(run, run->x[0], &one)) || (run->x[1] != NULL && !eem_number(run, run->x[1], &two)))
		return EEM_FAILED;
	eem_trap(run->r, eem_job_name(run->job), "applet", one, two, run->x[2] != NULL ? run->x[2] : "");
	return EEM_NEXT;
}

/* ---- time ---- */

static enum eem_step
do_wait(struct eem_applet_run *run, const struct eem_act *a)
{
	int64_t ns;

	(void)a;
	if (!eem_seconds_parse(run->x[0], &ns))
		return eem_fail(run, "FMPD_WRONG_TYPE", "\"%.64s\" is no time in seconds", run->x[0]);
	run->pc++;
	timer_in(&run->step, ns);
	return EEM_BLOCKED;
}

/* ---- variables ---- */

static enum eem_step
do_set(struct eem_applet_run *run, const struct eem_act *a)
{
	(void)a;
	if (strcmp(run->x[0], "_exit_status") == 0)
		run->status = atoi(run->x[1]);
	return set(run, run->x[0], run->x[1]);
}

static enum eem_step
do_append(struct eem_applet_run *run, const struct eem_act *a)
{
	const char *was = eem_vars_get(&run->vars, run->x[0]);
	char *s = xasprintf("%s%s", was != NULL ? was : "", run->x[1] != NULL ? run->x[1] : "");
	enum eem_step e = set(run, run->x[0], s);

	(void)a;
	free(s);
	return e;
}

static enum eem_step
do_increment(struct eem_applet_run *run, const struct eem_act *a)
{
	const char *was = eem_vars_get(&run->vars, run->x[0]);
	int64_t v, by = 1;

	if (was == NULL)
		return eem_fail(run, "FMPD_UNKNOWN_ENV", "fh_parse_var: could not find environment variable: %s", run->x[0]);
	if (!eem_number(run, was, &v) || (run->x[1] != NULL && !eem_number(run, run->x[1], &by)))
		return EEM_FAILED;
	/* Around, as the router's integers go. */
	v = (int64_t)(a->verb == EEM_INCREMENT ? (uint64_t)v + (uint64_t)by : (uint64_t)v - (uint64_t)by);
	return set_number(run, run->x[0], v);
}

static enum eem_step
do_divide(struct eem_applet_run *run, int64_t a, int64_t b)
{
	if (b == 0)
		return eem_fail(run, "FMPD_DIVIDE_ZERO", "Arithmetic: attempt to divide by zero");
	if (b == -1)
		return set_number(run, "_remainder", 0) == EEM_NEXT ? set_number(run, "_result", (int64_t)(0 - (uint64_t)a)) : EEM_FAILED;
	return set_number(run, "_remainder", a % b) == EEM_NEXT ? set_number(run, "_result", a / b) : EEM_FAILED;
}

static enum eem_step
do_arithmetic(struct eem_applet_run *run, const struct eem_act *a)
{
	int64_t x, y;

	if (!eem_number(run, run->x[0], &x) || !eem_number(run, run->x[1], &y))
		return EEM_FAILED;
	switch (a->verb) {
	case EEM_ADD:
		return set_number(run, "_result", (int64_t)((uint64_t)x + (uint64_t)y));
	case EEM_SUBTRACT:
		return set_number(run, "_result", (int64_t)((uint64_t)x - (uint64_t)y));
	case EEM_MULTIPLY:
		return set_number(run, "_result", (int64_t)((uint64_t)x * (uint64_t)y));
	default:
		return do_divide(run, x, y);
	}
}

static enum eem_step
regexp_results(struct eem_applet_run *run, const regmatch_t *m)
{
	for (size_t i = 0; i < EEM_SUBS && run->x[2 + i] != NULL; i++) {
		char *s = m[i].rm_so < 0 ? xstrdup("") : xstrndup(run->x[1] + m[i].rm_so, (size_t)(m[i].rm_eo - m[i].rm_so));

		eem_vars_set(&run->vars, run->x[2 + i], s);
		free(s);
	}
	return EEM_NEXT;
}

static enum eem_step
do_regexp(struct eem_applet_run *run, const struct eem_act *a)
{
	regmatch_t m[EEM_SUBS];
	regex_t re;
	bool hit;

	(void)a;
	if (strlen(run->x[0]) > 512 || regcomp(&re, run->x[0], REG_EXTENDED) != 0)
		return eem_fail(run, "FMPD_REGCOMP", "Error compiling regular expression: %.128s", run->x[0]);
	hit = regexec(&re, run->x[1], EEM_SUBS, m, 0) == 0;
	regfree(&re);
	eem_vars_set(&run->vars, "_regexp_result", hit ? "1" : "0");
	return hit ? regexp_results(run, m) : EEM_NEXT;
}

static enum eem_step
do_context(struct eem_applet_run *run, const struct eem_act *a)
{
	struct eem_vars *kept = eem_contexts(run->r);
	char *key = xasprintf("%s/%s", run->x[0], run->x[1]);
	const char *value;
	enum eem_step s = EEM_NEXT;

	if (a->verb == EEM_CONTEXT_SAVE)
		value = eem_vars_get(&run->vars, run->x[1]);
	else
		value = eem_vars_get(kept, key);
	if (value == NULL)
		s = eem_fail(run, a->verb == EEM_CONTEXT_SAVE ? "FMPD_CONTEXT_SAVE" : "FMPD_CONTEXT_RETRIEVE",
		    "context %s: no variable %s", run->x[0], run->x[1]);
	else if (a->verb == EEM_CONTEXT_SAVE)
		eem_vars_set(kept, key, value);
	else
		s = set(run, run->x[1], value);
	free(key);
	return s;
}

/* ---- the router ---- */

static void
add_interface(void *arg, const struct if_info *i)
{
	struct text *t = arg;

	text_printf(t, "%s%s", t->len > 0 ? " " : "", i->name);
}

static enum eem_step
do_info(struct eem_applet_run *run, const struct eem_act *a)
{
	struct text t = { 0 };
	enum eem_step s;

	(void)a;
	if (strcmp(run->x[0], "routername") == 0)
		return set(run, "_info_routername", router_hostname(run->r));
	router_if_each(run->r, add_interface, &t);
	s = set(run, "_info_interface_names", text_str(&t));
	text_free(&t);
	return s;
}

static enum eem_step
do_counter(struct eem_applet_run *run, const struct eem_act *a)
{
	int64_t v;

	(void)a;
	if (!eem_number(run, run->x[2], &v))
		return EEM_FAILED;
	return set_number(run, "_counter_value_remain", eem_counter(run->r, run->x[0], run->x[1], v));
}

static enum eem_step
do_track(struct eem_applet_run *run, const struct eem_act *a)
{
	int64_t n;
	bool up;

	if (!eem_number(run, run->x[0], &n))
		return EEM_FAILED;
	if (n < 1 || n > TRACK_MAX || !track_state(run->r, (unsigned)n, &up))
		return eem_fail(run, "FMPD_ACTION_NOTRACK", "Error attempting to use EEM action track: object number %" PRId64, n);
	if (a->verb == EEM_TRACK_SET) {
		up = strcmp(run->x[1], "up") == 0;
		if (!track_set_stub(run->r, (unsigned)n, up))
			return eem_fail(run, "FMPD_ACTION_NOTRACK", "Error attempting to set EEM action track: object number %" PRId64, n);
	}
	return set(run, "_track_state", up ? "up" : "down");
}

static enum eem_step
do_policy(struct eem_applet_run *run, const struct eem_act *a)
{
	const char *why;

	(void)a;
	if (eem_run(run->r, run->x[0], NULL, &why))
		return EEM_NEXT;
	return eem_fail(run, "FMPD_PROCESS", "Error running policy %s: %s", run->x[0], why);
}

static enum eem_step
do_reload(struct eem_applet_run *run, const struct eem_act *a)
{
	(void)a;
	run->reload = true;
	return EEM_DONE;
}

static enum eem_step
do_exit(struct eem_applet_run *run, const struct eem_act *a)
{
	(void)a;
	if (run->x[0] != NULL)
		run->status = atoi(run->x[0]);
	return EEM_DONE;
}

enum eem_step
eem_action(struct eem_applet_run *run, const struct eem_act *a)
{
	static enum eem_step (*const table[EEM_VERB__COUNT])(struct eem_applet_run *, const struct eem_act *) = {
		[EEM_ADD] = do_arithmetic, [EEM_APPEND] = do_append, [EEM_CLI] = do_cli, [EEM_CONTEXT_RETRIEVE] = do_context,
		[EEM_CONTEXT_SAVE] = do_context, [EEM_COUNTER] = do_counter, [EEM_DECREMENT] = do_increment, [EEM_DIVIDE] = do_arithmetic,
		[EEM_EXIT] = do_exit, [EEM_GETS] = do_gets, [EEM_INCREMENT] = do_increment, [EEM_INFO] = do_info, [EEM_MAIL] = do_mail,
		[EEM_MULTIPLY] = do_arithmetic, [EEM_POLICY] = do_policy, [EEM_PUTS] = do_puts, [EEM_REGEXP] = do_regexp,
		[EEM_RELOAD] = do_reload, [EEM_SET] = do_set, [EEM_SNMP_TRAP] = do_trap, [EEM_SUBTRACT] = do_arithmetic,
		[EEM_SYSLOG] = do_syslog, [EEM_TRACK_READ] = do_track, [EEM_TRACK_SET] = do_track, [EEM_WAIT] = do_wait,
	};

	return table[a->verb] != NULL ? table[a->verb](run, a) : EEM_NEXT;
}
