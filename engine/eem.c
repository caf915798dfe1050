/*
 * The Embedded Event Manager's scheduler: which policies there are, the queue of jobs, their maxrun, history and
 * statistics.  A policy lives as long as it is registered or one of its jobs runs, so that it may be taken away
 * or replaced while it is at work.
 */

#include "engine/eem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/eem_int.h"
#include "engine/eem_script.h"
#include "engine/internal.h"
#include "engine/log.h"
#include "engine/snmp.h"
#include "lib/mem.h"
#include "lib/text.h"

static void	dispatch(void *arg);
static void	complain(void *arg);

struct eem *
eem_new(struct router *r)
{
	struct eem *e = xcalloc(1, sizeof(*e));

	e->r = r;
	TAILQ_INIT(&e->policies);
	TAILQ_INIT(&e->active);
	TAILQ_INIT(&e->pending);
	timer_init(&e->dispatch, r->clock, dispatch, e);
	timer_init(&e->complain, r->clock, complain, e);
	return e;
}

void
eem_log(struct router *r, int severity, const char *mnemonic, const char *fmt, ...)
{
	struct text t = { 0 };
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	if (r->eem != NULL)
		r->eem->quiet++;
	log_syslog(r, "HA_EM", severity, mnemonic, "%s", text_str(&t));
	if (r->eem != NULL)
		r->eem->quiet--;
	text_free(&t);
}

/* ---- policies ---- */

static void
policy_unref(struct eem_policy *p)
{
	if (--p->refs > 0)
		return;
	p->class->program_free(p->program);
	cfg_eem_event_free(&p->event);
	free(p->name);
	free(p);
}

static void
policy_remove(struct eem_policy *p)
{
	eem_detect_end(p);
	TAILQ_REMOVE(&p->eem->policies, p, next);
	p->gone = true;
	policy_unref(p);
}

static struct eem_policy *
policy_find(const struct eem *e, const char *name, const struct eem_class *class)
{
	struct eem_policy *p;

	TAILQ_FOREACH(p, &e->policies, next)
		if (strcmp(p->name, name) == 0 && (class == NULL || p->class == class))
			return p;
	return NULL;
}

struct eem_policy *
eem_register(struct router *r, const char *name, const struct eem_class *class, void *program,
    const struct cfg_eem_event *event, const char **why)
{
	struct eem *e = r->eem;
	struct eem_policy *p;

	eem_unregister(r, name, class);
	p = xcalloc(1, sizeof(*p));
	p->eem = e;
	p->name = xstrdup(name);
	p->class = class;
	p->program = program;
	p->registered_ns = router_now(r);
	p->refs = 1;
	cfg_eem_event_copy(&p->event, event);
	TAILQ_INSERT_TAIL(&e->policies, p, next);
	if (!eem_detect(p, why)) {
		policy_remove(p);
		p = NULL;
	}
	eem_taps(e);
	return p;
}

void
eem_unregister(struct router *r, const char *name, const struct eem_class *class)
{
	struct eem_policy *p = policy_find(r->eem, name, class);

	if (p != NULL)
		policy_remove(p);
	eem_taps(r->eem);
}

static void
applet_register(struct router *r, const struct cfg_eem_applet *a)
{
	const char *why = NULL;
	struct eem_policy *p;
	void *program;

	if (a->event.kind == EEM_EV_UNSET) {
		eem_log(r, 4, "FMPD_NO_EVENT", "No event configured for applet %s", a->name);
		return;
	}
	program = eem_applet_program(a, &why);
	if (program == NULL) {
		eem_log(r, 3, "FMPD_ERROR", "Error registering applet %s: %s", a->name, why);
		return;
	}
	p = eem_register(r, a->name, &eem_applet_class, program, &a->event, &why);
	if (p == NULL) {
		eem_log(r, 3, "FMPD_ERROR", "Error registering applet %s: %s", a->name, why);
		return;
	}
	p->trap = a->trap;
	p->revision = a->revision;
	if (a->nactions == 0)
		eem_log(r, 4, "FMPD_NO_ACTION", "No action configured for applet %s", a->name);
}

static const struct cfg_eem_applet *
applet_config(const struct router *r, const char *name)
{
	return cfg_eem_applet(&r->cfg->eem, name, false);
}

static void
script_register(struct router *r, const struct cfg_eem_policy *c)
{
	const char *why = NULL;
	struct eem_policy *p = eem_register(r, c->name, &eem_script_class, eem_script_program(c), &c->event, &why);

	if (p == NULL) {
		eem_log(r, 3, "FMPD_ERROR", "Error registering policy %s: %s", c->name, why);
		return;
	}
	p->trap = c->trap;
	p->revision = c->revision;
}

static bool
configured(const struct router *r, const struct eem_policy *p)
{
	if (p->class == &eem_script_class)
		return cfg_eem_policy(&r->cfg->eem, p->name, false) != NULL;
	return p->class != &eem_applet_class || applet_config(r, p->name) != NULL;
}

void
eem_apply(struct router *r)
{
	const struct cfg_eem_policy *c;
	struct eem *e = r->eem;
	const struct cfg_eem_applet *a;
	struct eem_policy *p, *next;
	bool open = false;

	if (e == NULL || e->applied == r->cfg->eem.revision)
		return;
	for (p = TAILQ_FIRST(&e->policies); p != NULL; p = next) {
		next = TAILQ_NEXT(p, next);
		if (!configured(r, p))
			policy_remove(p);
	}
	TAILQ_FOREACH(a, &r->cfg->eem.applets, next) {
		open |= a->editors > 0;
		p = policy_find(e, a->name, &eem_applet_class);
		if (a->editors == 0 && a->revision > e->applied && (p == NULL || p->revision != a->revision)) {
			if (p != NULL)
				policy_remove(p);
			applet_register(r, a);
		}
	}
	TAILQ_FOREACH(c, &r->cfg->eem.policies, next) {
		p = policy_find(e, c->name, &eem_script_class);
		if (c->revision > e->applied && (p == NULL || p->revision != c->revision))
			script_register(r, c);
	}
	if (!open)
		e->applied = r->cfg->eem.revision;
	eem_taps(e);
}

/* ---- jobs ---- */

static void
history_add(struct eem_job *j, const char *status)
{
	struct eem *e = j->eem;
	size_t max = e->r->cfg->eem.history_events, at;

	while (e->npast > 0 && e->npast >= max) {
		free(e->past[e->first_past].name);
		e->first_past = (e->first_past + 1) % EEM_HISTORY_MAX;
		e->npast--;
	}
	if (max == 0)
		return;
	at = (e->first_past + e->npast++) % EEM_HISTORY_MAX;
	e->past[at] = (struct eem_past){ .id = j->id, .status = status, .event_ns = j->event_ns, .kind = j->policy->event.kind,
		.timer = j->policy->event.timer, .class = j->policy->class->name, .name = xstrdup(j->policy->name) };
}

static void
wait_told(struct eem_wait *w, struct eem_job *j, bool ok, int status)
{
	if (w == NULL)
		return;
	if (w->asking == j)
		w->asking = NULL;
	/* What was cut off said nothing about the command. */
	if (ok && status == 0)
		w->run = false;
	w->status = status;
	if (--w->left > 0)
		return;
	w->eem = NULL;
	w->done(w->arg);
}

static void
job_free(struct eem_job *j)
{
	struct eem *e = j->eem;
	void *run = j->run;

	timer_stop(&j->maxrun);
	if (e->current == j)
		e->current = NULL;
	j->run = NULL;
	if (run != NULL)
		j->policy->class->stop(run);
	eem_vars_free(&j->vars);
	policy_unref(j->policy);
	free(j);
}

static void
job_out(struct eem_job *j)
{
	struct eem *e = j->eem;

	if (j->running) {
		TAILQ_REMOVE(&e->active, j, next);
		e->nactive--;
	} else {
		TAILQ_REMOVE(&e->pending, j, next);
		e->npending--;
	}
	if (e->npending > 0)
		timer_in(&e->dispatch, 0);
}

static void
job_count(struct eem_job *j)
{
	int64_t ns = clock_now(j->eem->r->clock) - j->start_ns;
	struct eem_policy *p = j->policy;

	p->runs++;
	p->run_total_ns += ns;
	if (ns > p->run_max_ns)
		p->run_max_ns = ns;
}

void
eem_job_end(struct eem_job *j, bool ok, int status)
{
	struct eem_wait *w = j->wait;

	job_count(j);
	history_add(j, ok ? "success" : "abort");
	job_out(j);
	j->wait = NULL;
	wait_told(w, j, ok, status);
	job_free(j);
}

static void
job_overrun(void *arg)
{
	struct eem_job *j = arg;
	int64_t ms = j->policy->event.maxrun_ns < 0 ? EEM_MAXRUN_S * 1000 : j->policy->event.maxrun_ns / NSEC_MS;

	eem_log(j->eem->r, 3, "FMS_POLICY_MAXRUN", "Policy %s %s has run longer than %lld.%03lld seconds and was ended",
	    j->policy->class->name, j->policy->name, (long long)(ms / 1000), (long long)(ms % 1000));
	eem_job_end(j, false, 0);
}

static void
job_start(struct eem_job *j)
{
	int64_t max = j->policy->event.maxrun_ns;
	struct eem *e = j->eem;

	TAILQ_REMOVE(&e->pending, j, next);
	e->npending--;
	TAILQ_INSERT_TAIL(&e->active, j, next);
	e->nactive++;
	j->running = true;
	j->start_ns = clock_now(e->r->clock);
	timer_init(&j->maxrun, e->r->clock, job_overrun, j);
	if (max != 0)
		timer_in(&j->maxrun, max < 0 ? EEM_MAXRUN_S * NSEC_SEC : max);
	if (j->policy->trap) {
		eem_job_enter(j);
		eem_trap(e->r, j->policy->name, "policy", 0, 0, "");
		eem_job_leave(j);
	}
	j->run = j->policy->class->start(j, j->policy->program);
}

/* Starts what has waited long enough, in order, as far as there are threads. */
static void
dispatch(void *arg)
{
	struct eem *e = arg;
	int64_t now = clock_now(e->r->clock);
	struct eem_job *j;

	while ((j = TAILQ_FIRST(&e->pending)) != NULL && e->nactive < EEM_THREADS) {
		if (j->start_ns > now) {
			timer_at(&e->dispatch, j->start_ns);
			return;
		}
		job_start(j);
	}
}

/* Told from a timer, outside of what set it off. */
static void
complain(void *arg)
{
	struct eem *e = arg;

	if (e->loop_told)
		eem_log(e->r, 4, "FMS_LOOP", "Policies that set each other off are not run more than %u deep: %s", EEM_DEPTH, e->complaint);
	if (e->full_told)
		eem_log(e->r, 4, "FMS_QUEUE_FULL", "%u events wait already: one for policy %s is dropped", EEM_QUEUE, e->complaint);
	e->loop_told = e->full_told = false;
	free(e->complaint);
	e->complaint = NULL;
}

static void
refuse(struct eem_policy *p, bool *told)
{
	struct eem *e = p->eem;

	p->suppressed++;
	if (e->complaint != NULL)
		return;
	*told = true;
	e->complaint = xstrdup(p->name);
	timer_in(&e->complain, 0);
}

static bool
limited(struct eem_policy *p, int64_t now)
{
	if (p->event.ratelimit_ns > 0 && p->triggered_ns != 0 && now - p->triggered_ns < p->event.ratelimit_ns) {
		p->suppressed++;
		return true;
	}
	return false;
}

static void
publish_vars(struct eem_policy *p, struct eem_vars *v, int64_t now)
{
	eem_vars_setf(v, "_event_id", "%" PRIu64, p->eem->events);
	eem_vars_set(v, "_event_type", "0");
	eem_vars_set(v, "_event_type_string", eem_kind_name(p->event.kind, p->event.timer));
	eem_vars_setf(v, "_event_pub_time", "%" PRId64, now / NSEC_SEC);
	eem_vars_setf(v, "_event_pub_sec", "%" PRId64, now / NSEC_SEC);
	eem_vars_setf(v, "_event_pub_msec", "%" PRId64, now % NSEC_SEC / NSEC_MS);
	eem_vars_set(v, "_event_severity", "severity-normal");
}

bool
eem_publish(struct eem_policy *p, struct eem_vars *vars, struct eem_wait *w)
{
	struct eem *e = p->eem;
	int64_t now = clock_now(e->r->clock);
	unsigned depth = e->current != NULL ? e->current->depth + 1 : 0;
	struct eem_job *j;

	if (depth > EEM_DEPTH)
		refuse(p, &e->loop_told);
	else if (e->npending >= EEM_QUEUE)
		refuse(p, &e->full_told);
	if (depth > EEM_DEPTH || e->npending >= EEM_QUEUE || limited(p, now)) {
		eem_vars_free(vars);
		return false;
	}
	e->events++;
	p->triggered++;
	p->triggered_ns = now;
	j = xcalloc(1, sizeof(*j));
	j->eem = e;
	j->policy = p;
	p->refs++;
	j->id = ++e->ids;
	j->depth = depth;
	j->event_ns = router_now(e->r);
	j->start_ns = now + EEM_START;
	publish_vars(p, vars, j->event_ns);
	j->vars = *vars;
	*vars = (struct eem_vars){ 0 };
	j->wait = w;
	if (w != NULL) {
		w->eem = e;
		w->left++;
	}
	TAILQ_INSERT_TAIL(&e->pending, j, next);
	e->npending++;
	if (!timer_armed(&e->dispatch))
		timer_at(&e->dispatch, j->start_ns);
	return w != NULL;
}

bool
eem_run(struct router *r, const char *name, struct eem_wait *w, const char **why)
{
	struct eem_policy *p = r->eem == NULL ? NULL : policy_find(r->eem, name, NULL);
	struct eem_vars v = { 0 };

	if (p == NULL || p->event.kind != EEM_EV_NONE) {
		*why = p == NULL ? "not registered" : "registered for another event";
		return false;
	}
	eem_publish(p, &v, p->event.sync_set && !p->event.sync ? NULL : w);
	return true;
}

/* ---- those who wait ---- */

static void
wait_forget(struct eem_jobs *jobs, const struct eem_wait *w)
{
	struct eem_job *j;

	TAILQ_FOREACH(j, jobs, next)
		if (j->wait == w)
			j->wait = NULL;
}

void
eem_wait_cancel(struct eem_wait *w)
{
	if (w->eem == NULL)
		return;
	wait_forget(&w->eem->active, w);
	wait_forget(&w->eem->pending, w);
	w->eem = NULL;
}

void
eem_job_ask(struct eem_job *j, void (*answer)(void *run, const char *line))
{
	j->answer = answer;
	j->wait->asking = j;
	j->wait->ask(j->wait->arg);
}

void
eem_wait_answer(struct eem_wait *w, const char *line)
{
	struct eem_job *j = w->asking;

	w->asking = NULL;
	if (j != NULL)
		j->answer(j->run, line);
}

/* ---- for the classes ---- */

struct router *
eem_job_router(const struct eem_job *j)
{
	return j->eem->r;
}

const char *
eem_job_name(const struct eem_job *j)
{
	return j->policy->name;
}

const struct eem_vars *
eem_job_vars(const struct eem_job *j)
{
	return &j->vars;
}

struct eem_wait *
eem_job_wait(const struct eem_job *j)
{
	return j->wait;
}

void
eem_job_enter(struct eem_job *j)
{
	j->eem->current = j;
}

void
eem_job_leave(struct eem_job *j)
{
	j->eem->current = NULL;
}

int64_t
eem_counter(struct router *r, const char *name, const char *op, int64_t value)
{
	const char *was = eem_vars_get(&r->eem->counters, name);
	int64_t v = was == NULL ? 0 : strtoll(was, NULL, 10);

	if (strcmp(op, "set") == 0)
		v = value;
	else if (strcmp(op, "inc") == 0)
		v = (int64_t)((uint64_t)v + (uint64_t)value);
	else if (strcmp(op, "dec") == 0)
		v = (int64_t)((uint64_t)v - (uint64_t)value);
	if (strcmp(op, "nop") != 0) {
		eem_vars_setf(&r->eem->counters, name, "%" PRId64, v);
		eem_counter_event(r->eem, name, v);
	}
	return v;
}

struct eem_vars *
eem_contexts(struct router *r)
{
	return &r->eem->contexts;
}

void
eem_trap(struct router *r, const char *policy, const char *kind, int64_t int1, int64_t int2, const char *str)
{
	struct eem *e = r->eem;
	size_t max = r->cfg->eem.history_traps, at;

	snmp_eem_trap(r, policy, e->current != NULL ? (unsigned)e->current->policy->event.kind : 0, int1, int2, str);
	while (e->ntraps > 0 && e->ntraps >= max) {
		free(e->traps[e->first_trap].name);
		e->first_trap = (e->first_trap + 1) % EEM_HISTORY_MAX;
		e->ntraps--;
	}
	if (max == 0)
		return;
	at = (e->first_trap + e->ntraps++) % EEM_HISTORY_MAX;
	e->traps[at] = (struct eem_past_trap){ router_now(r), kind, xstrdup(policy) };
}

/* ---- the end ---- */

static void
jobs_drop(struct eem_jobs *jobs)
{
	struct eem_job *j;

	while ((j = TAILQ_FIRST(jobs)) != NULL) {
		struct eem_wait *w = j->wait;

		TAILQ_REMOVE(jobs, j, next);
		j->wait = NULL;
		wait_told(w, j, false, 0);
		job_free(j);
	}
}

void
eem_free(struct eem *e)
{
	if (e == NULL)
		return;
	jobs_drop(&e->active);
	jobs_drop(&e->pending);
	while (!TAILQ_EMPTY(&e->policies))
		policy_remove(TAILQ_FIRST(&e->policies));
	eem_taps(e);
	timer_stop(&e->dispatch);
	timer_stop(&e->complain);
	for (size_t i = 0; i < e->npast; i++)
		free(e->past[(e->first_past + i) % EEM_HISTORY_MAX].name);
	for (size_t i = 0; i < e->ntraps; i++)
		free(e->traps[(e->first_trap + i) % EEM_HISTORY_MAX].name);
	eem_vars_free(&e->counters);
	eem_vars_free(&e->contexts);
	free(e->complaint);
	free(e);
}

/* ---- for show ---- */

void
eem_policy_each(struct router *r, void (*fn)(void *arg, const struct eem_policy_info *i), void *arg)
{
	const struct eem_policy *p;
	unsigned n = 0;

	if (r->eem == NULL)
		return;
	TAILQ_FOREACH(p, &r->eem->policies, next) {
		const struct eem_policy_info i = { .number = ++n, .name = p->name, .class = p->class->name, .event = &p->event,
			.registered_ns = p->registered_ns, .trap = p->trap, .triggered = p->triggered, .suppressed = p->suppressed,
			.run_average_ns = p->runs > 0 ? p->run_total_ns / (int64_t)p->runs : 0, .run_max_ns = p->run_max_ns };

		fn(arg, &i);
	}
}

static void
jobs_each(const struct eem_jobs *jobs, void (*fn)(void *arg, const struct eem_job_info *i), void *arg)
{
	const struct eem_job *j;

	TAILQ_FOREACH(j, jobs, next) {
		const struct eem_job_info i = { .id = j->id, .running = j->running, .event_ns = j->event_ns, .kind = j->policy->event.kind,
			.timer = j->policy->event.timer, .class = j->policy->class->name, .name = j->policy->name,
			.status = j->running ? "running" : "pend" };

		fn(arg, &i);
	}
}

void
eem_job_each(struct router *r, void (*fn)(void *arg, const struct eem_job_info *i), void *arg)
{
	if (r->eem == NULL)
		return;
	jobs_each(&r->eem->active, fn, arg);
	jobs_each(&r->eem->pending, fn, arg);
}

void
eem_history_each(struct router *r, void (*fn)(void *arg, const struct eem_job_info *i), void *arg)
{
	const struct eem *e = r->eem;

	for (size_t k = 0; e != NULL && k < e->npast; k++) {
		const struct eem_past *p = &e->past[(e->first_past + k) % EEM_HISTORY_MAX];
		const struct eem_job_info i = { .id = p->id, .event_ns = p->event_ns, .kind = p->kind, .timer = p->timer,
			.class = p->class, .name = p->name, .status = p->status };

		fn(arg, &i);
	}
}

void
eem_trap_each(struct router *r, void (*fn)(void *arg, const struct eem_trap_info *i), void *arg)
{
	const struct eem *e = r->eem;

	for (size_t k = 0; e != NULL && k < e->ntraps; k++) {
		const struct eem_past_trap *p = &e->traps[(e->first_trap + k) % EEM_HISTORY_MAX];
		const struct eem_trap_info i = { p->when_ns, p->kind, p->name };

		fn(arg, &i);
	}
}

bool
eem_kill(struct router *r, uint64_t id)
{
	struct eem_job *j;

	if (r->eem == NULL)
		return false;
	TAILQ_FOREACH(j, &r->eem->active, next)
		if (j->id == id) {
			eem_job_end(j, false, 0);
			return true;
		}
	return false;
}
