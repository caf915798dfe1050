#ifndef INSPIRE_ENGINE_EEM_INT_H
#define INSPIRE_ENGINE_EEM_INT_H

/* What the Embedded Event Manager's own files share: policies and the manager. */

#include <sys/queue.h>
#include <regex.h>

#include "engine/eem.h"

struct log_tap;

struct eem_policy {
	TAILQ_ENTRY(eem_policy)	 next;		/* in the order of their registration */
	struct eem		*eem;
	char			*name;
	const struct eem_class	*class;
	void			*program;
	struct cfg_eem_event	 event;
	bool			 trap;
	uint64_t		 revision;	/* of the applet that it was made from */
	int64_t			 registered_ns;	/* shown time */
	unsigned		 refs;		/* itself while registered, and its jobs */
	bool			 gone;
	/* Its detector's. */
	regex_t			 re;
	bool			 compiled;
	int64_t			 hits[EEM_OCCURS_MAX];	/* matches that have not made an event yet */
	unsigned		 nhits;
	struct timer		 timer;
	bool			 crossed;	/* interface, counter: waits for the exit condition */
	bool			 seen;		/* interface: last is a value */
	int64_t			 last;
	int64_t			 triggered_ns;	/* for ratelimit; 0 = never */
	uint64_t		 triggered, suppressed, runs;
	int64_t			 run_total_ns, run_max_ns;
};

struct eem_job {
	TAILQ_ENTRY(eem_job)	 next;
	struct eem		*eem;
	struct eem_policy	*policy;
	uint64_t		 id;
	unsigned		 depth;
	bool			 running;
	int64_t			 event_ns, start_ns;	/* event: shown time; start: clock */
	struct eem_vars		 vars;
	struct timer		 maxrun;
	void			*run;
	struct eem_wait		*wait;
	void			(*answer)(void *run, const char *line);
};
TAILQ_HEAD(eem_jobs, eem_job);

struct eem_past { uint64_t id; const char *status; int64_t event_ns; enum eem_kind kind; enum eem_timer timer; const char *class; char *name; };
struct eem_past_trap { int64_t when_ns; const char *kind; char *name; };

struct eem {
	struct router		*r;
	TAILQ_HEAD(, eem_policy) policies;
	struct eem_jobs		 active, pending;
	size_t			 nactive, npending;
	uint64_t		 ids, events;
	struct timer		 dispatch;
	struct eem_job		*current;	/* whose doing the present happenings are */
	unsigned		 quiet;		/* the manager's own message is on its way */
	bool			 loop_told, full_told;
	struct timer		 complain;
	char			*complaint;	/* which policy, until it is told */
	struct log_tap		*tap;		/* while a policy waits for syslog */
	struct eem_past		 past[EEM_HISTORY_MAX];
	size_t			 npast, first_past;
	struct eem_past_trap	 traps[EEM_HISTORY_MAX];
	size_t			 ntraps, first_trap;
	struct eem_vars		 counters, contexts;
	uint64_t		 applied;	/* revision of the configuration */
};

/* eem.c */
/* An event for p: takes what vars holds. True: w now waits for it. */
bool		 eem_publish(struct eem_policy *p, struct eem_vars *vars, struct eem_wait *w);

/* eem_event.c */
bool		 eem_detect(struct eem_policy *p, const char **why);	/* begins to watch */
void		 eem_detect_end(struct eem_policy *p);
void		 eem_taps(struct eem *e);				/* listens to the log if a policy wants it */
void		 eem_counter_event(struct eem *e, const char *name, int64_t value);

/* eem_applet.c */
extern const struct eem_class eem_applet_class;
void		*eem_applet_program(const struct cfg_eem_applet *a, const char **why);	/* NULL: it makes no sense */

#endif
