#ifndef INSPIRE_LIB_CLOCK_H
#define INSPIRE_LIB_CLOCK_H

/*
 * The only clock.  Time is int64_t nanoseconds since 1970-01-01 UTC.  A virtual clock stands
 * still until clock_step() moves it to its earliest timer; a real one follows the system.
 * Timers due at one time run in the order in which they were armed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NSEC_US		INT64_C(1000)
#define NSEC_MS		INT64_C(1000000)
#define NSEC_SEC	INT64_C(1000000000)
#define CLOCK_NEVER	INT64_MAX

struct clock;

struct timer {
	struct clock	*clock;
	size_t		 slot;		/* place in the heap + 1; 0 = not armed */
	void		(*fn)(void *arg);
	void		*arg;
};

struct clock	*clock_new_virtual(int64_t start);
struct clock	*clock_new_real(void);
void		 clock_set_date(struct clock *c, int64_t now);	/* real clocks, before any timer is armed */
void		 clock_free(struct clock *c);		/* no timer may be armed */
bool		 clock_is_virtual(const struct clock *c);
int64_t		 clock_now(const struct clock *c);
int64_t		 clock_next(const struct clock *c);	/* when the earliest timer is due, or CLOCK_NEVER */
/* Virtual: runs the earliest timer due at or before limit, with the clock set to its time; false when
 * there is none, and then the clock is set to limit (unless limit is CLOCK_NEVER). */
bool		 clock_step(struct clock *c, int64_t limit);
/* Runs what is due now (both kinds); returns how many. On a real clock for about most_ns at most: the rest is due still. */
size_t		 clock_run_due(struct clock *c, int64_t most_ns);
size_t		 clock_timers(const struct clock *c);	/* armed timers */
int64_t		 clock_ran(const struct clock *c);	/* when the timer that ran last, or runs now, was due */

void		 timer_init(struct timer *t, struct clock *c, void (*fn)(void *), void *arg);
void		 timer_at(struct timer *t, int64_t at);		/* (re)arms */
void		 timer_in(struct timer *t, int64_t delay);
void		 timer_stop(struct timer *t);			/* harmless if not armed or all zero */
bool		 timer_armed(const struct timer *t);
int64_t		 timer_due(const struct timer *t);		/* CLOCK_NEVER if not armed */

/* Broken-down UTC, by our own arithmetic (no TZ, no locale). */
struct civil { int year, month, day, hour, minute, second; int ms; int weekday; /* 0 = Sunday */ };
void		 civil_from_ns(int64_t ns, struct civil *out);
int64_t		 civil_to_ns(const struct civil *c);
/* "20s", "500ms", "1.5s", "5m", "2h", "30d"; false on anything else or overflow. */
bool		 duration_parse(const char *s, int64_t *ns);

#endif
