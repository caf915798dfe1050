#ifndef INSPIRE_ENGINE_EEM_H
#define INSPIRE_ENGINE_EEM_H

/*
 * The Embedded Event Manager of a router.  Detectors (eem_event.c) see what happens and publish events; the
 * scheduler (eem.c) queues a job for each policy that registered for one, runs it within its maxrun, keeps
 * history and statistics; a class of policies (eem_applet.c: applets; scripts are another) knows how a job runs.
 * Nothing here ever waits: a job goes on from timers, so no policy can hold up the router.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/cfg_eem.h"
#include "lib/clock.h"

struct eem;
struct eem_job;
struct eem_policy;
struct router;

#define EEM_START	(3 * NSEC_MS)	/* from an event to the start of its policies */
#define EEM_THREADS	32u		/* jobs that run at once; more wait */
#define EEM_QUEUE	64u		/* that wait; an event that finds it full is dropped and told */
#define EEM_DEPTH	16u		/* policies that set each other (or themselves) off, one within the other's run */
#define EEM_VALUE_MAX	(256u << 10)	/* bytes of one variable */

/* Variables of a run, and those that an event brings along. */
struct eem_var { char *name, *value; };
struct eem_vars { struct eem_var *v; size_t n; };
void		 eem_vars_free(struct eem_vars *t);
const char	*eem_vars_get(const struct eem_vars *t, const char *name);		/* NULL = not set */
void		 eem_vars_set(struct eem_vars *t, const char *name, const char *value);
void		 eem_vars_setf(struct eem_vars *t, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Command sessions of policies: they live in the shell, which makes itself known by setting router.eem_cli.
 * A session begins unprivileged.  done is called once for each exec(), perhaps before that returns, never after
 * close(): output is what the session printed up to its next prompt (which is its last line), or up to a
 * question that pattern matches.  close() may come from within the session's own command.
 */
struct eem_cli_ops {
	void	*(*open)(struct router *r, const char *policy, const char *user);
	void	 (*exec)(void *cli, const char *line, const char *pattern, void (*done)(void *arg, const char *output), void *arg);
	void	 (*close)(void *cli);
	void	 (*forget)(struct router *r);	/* the router goes: all of its sessions are gone already or go now */
};

/* How the policies of one class run. */
struct eem_class {
	const char	*name;		/* "applet", "script" */
	/* Gives what stop() takes.  The run goes on from timers of its own and ends by eem_job_end(), never from within start(). */
	void		*(*start)(struct eem_job *j, void *program);
	void		 (*stop)(void *run);	/* frees the run, whether it has ended or is cut off */
	void		 (*program_free)(void *program);
};

/* Who waits for a job: the session of `event manager run`, or one whose command an applet judges. */
struct eem_wait {
	void	(*done)(void *arg);		/* all that was waited for has ended */
	void	(*puts)(void *arg, const char *text);
	void	(*ask)(void *arg);		/* a run wants a line: eem_wait_answer() */
	void	*arg;
	/* The scheduler's. */
	struct eem	*eem;
	unsigned	 left;
	bool		 run;			/* no policy that ended said that the command is not to be run */
	int		 status;
	struct eem_job	*asking;
};
void		 eem_wait_cancel(struct eem_wait *w);	/* done is not called any more */
void		 eem_wait_answer(struct eem_wait *w, const char *line);

struct eem	*eem_new(struct router *r);
void		 eem_free(struct eem *e);
void		 eem_apply(struct router *r);	/* registers what is configured and nobody edits, and what is gone no more */
/* Another class registers a policy; takes program (freed by the class when it is needed no more). NULL with *why (lent) if refused. */
struct eem_policy *eem_register(struct router *r, const char *name, const struct eem_class *class, void *program,
		    const struct cfg_eem_event *event, const char **why);
void		 eem_unregister(struct router *r, const char *name, const struct eem_class *class);
bool		 eem_pattern_ok(const char *pattern);
bool		 eem_cron_ok(const char *entry);
int64_t		 eem_cron_next(const char *entry, int64_t after, int64_t zone_ns);	/* CLOCK_NEVER: never */

/* What detectors are told. */
enum eem_cli_verdict { EEM_CLI_RUN, EEM_CLI_SKIP, EEM_CLI_WAIT };
bool		 eem_cli_wanted(const struct router *r);	/* does any policy look at commands? */
enum eem_cli_verdict eem_cli_event(struct router *r, const char *command, const char *mode, struct eem_wait *w);
void		 eem_track_event(struct router *r, unsigned number, bool up);
struct eem_varbind { const char *oid, *value; };
void		 eem_snmp_event(struct router *r, uint32_t src, uint32_t dst, const struct eem_varbind *v, size_t n);
/* `event manager run NAME`, `action policy`: false with *why (lent). Waits for it if w is given and the policy is synchronous. */
bool		 eem_run(struct router *r, const char *name, struct eem_wait *w, const char **why);

/* For the classes. */
struct router	*eem_job_router(const struct eem_job *j);
const char	*eem_job_name(const struct eem_job *j);
const struct eem_vars *eem_job_vars(const struct eem_job *j);		/* what the event brought */
struct eem_wait	*eem_job_wait(const struct eem_job *j);			/* NULL: nobody waits */
void		 eem_job_enter(struct eem_job *j);	/* what happens until leave is caused by this job */
void		 eem_job_leave(struct eem_job *j);
void		 eem_job_end(struct eem_job *j, bool ok, int status);	/* stops and frees the run and the job */
void		 eem_job_ask(struct eem_job *j, void (*answer)(void *run, const char *line));	/* needs a wait */
/* Messages of the manager itself: no policy sees them. */
void		 eem_log(struct router *r, int severity, const char *mnemonic, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Counters, kept by name for the life of the manager; contexts likewise. */
int64_t		 eem_counter(struct router *r, const char *name, const char *op, int64_t value);
struct eem_vars	*eem_contexts(struct router *r);
void		 eem_trap(struct router *r, const char *policy, const char *kind, int64_t int1, int64_t int2, const char *str);

/* For show. */
struct eem_policy_info {
	unsigned	 number;
	const char	*name, *class;
	const struct cfg_eem_event *event;
	int64_t		 registered_ns;
	bool		 trap;
	uint64_t	 triggered, suppressed;
	int64_t		 run_average_ns, run_max_ns;
};
void		 eem_policy_each(struct router *r, void (*fn)(void *arg, const struct eem_policy_info *i), void *arg);
struct eem_job_info { uint64_t id; bool running, waiting; int64_t event_ns; enum eem_kind kind; enum eem_timer timer; const char *class, *name, *status; };
void		 eem_job_each(struct router *r, void (*fn)(void *arg, const struct eem_job_info *i), void *arg);	/* active, then pending */
void		 eem_history_each(struct router *r, void (*fn)(void *arg, const struct eem_job_info *i), void *arg);
struct eem_trap_info { int64_t when_ns; const char *kind, *name; };
void		 eem_trap_each(struct router *r, void (*fn)(void *arg, const struct eem_trap_info *i), void *arg);
bool		 eem_kill(struct router *r, uint64_t id);	/* event manager scheduler clear policy N; false: none */
const char	*eem_kind_name(enum eem_kind k, enum eem_timer t);	/* "syslog", "timer watchdog" */
const char	*eem_parameter(size_t i);			/* of an interface; NULL behind the last */
const char	*eem_op_name(enum eem_op op);			/* "gt" */

#endif
