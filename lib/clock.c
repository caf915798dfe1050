/*
 * The clock and its timers: a heap ordered by time and, within one time, by the sequence in which the timers were
 * armed.  A timer knows its slot, so that stopping it is as cheap as arming it.  Each place has four below it: a
 * million timers lie ten deep, and every step down is a timer to tell its new slot.  The heap lies in chunks, so that
 * it grows without ever being copied.  No other file reads the system's clock.
 */

#include "lib/clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/mem.h"

/* What the order hangs from stands in the heap itself: a comparison does not fetch the timers. */
struct due {
	int64_t		 at;
	uint64_t	 seq;
	struct timer	*t;
};

#define FAN		4
#define CHUNK		1024	/* places */

struct clock {
	bool		  virtual;
	int64_t		  now;		/* virtual clocks */
	int64_t		  offset;	/* real clocks: date less the monotonic clock, set once */
	uint64_t	  seq;
	int64_t		  ran;		/* when the timer that ran last was due */
	struct due	**heap;		/* chunks */
	size_t		  n, nchunks, cchunks;
};

static int64_t
system_time(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) != 0)
		fatal("the system has no clock");
	return (int64_t)ts.tv_sec * NSEC_SEC + ts.tv_nsec;
}

struct clock *
clock_new_virtual(int64_t start)
{
	struct clock *c = xcalloc(1, sizeof(*c));

	c->virtual = true;
	c->now = start;
	return c;
}

/* Lifetimes must not jump when someone sets the host's date, so a real clock is steady from here on. */
struct clock *
clock_new_real(void)
{
	struct clock *c = xcalloc(1, sizeof(*c));

	c->offset = system_time(CLOCK_REALTIME) - system_time(CLOCK_MONOTONIC);
	return c;
}

void
clock_set_date(struct clock *c, int64_t now)
{
	c->offset = now - system_time(CLOCK_MONOTONIC);
}

void
clock_free(struct clock *c)
{
	if (c == NULL)
		return;
	if (c->n != 0)
		fatal("a clock is freed with %zu timers armed", c->n);
	for (size_t i = 0; i < c->nchunks; i++)
		free(c->heap[i]);
	free(c->heap);
	free(c);
}

bool
clock_is_virtual(const struct clock *c)
{
	return c->virtual;
}

int64_t
clock_now(const struct clock *c)
{
	return c->virtual ? c->now : system_time(CLOCK_MONOTONIC) + c->offset;
}

int64_t
clock_next(const struct clock *c)
{
	return c->n != 0 ? c->heap[0]->at : CLOCK_NEVER;
}

int64_t
clock_ran(const struct clock *c)
{
	return c->ran;
}

size_t
clock_timers(const struct clock *c)
{
	return c->n;
}

/* --- The heap --- */

static struct due *
slot(const struct clock *c, size_t i)
{
	return &c->heap[i / CHUNK][i % CHUNK];
}

static void
heap_room(struct clock *c)
{
	if (c->n < c->nchunks * CHUNK)
		return;
	if (c->nchunks == c->cchunks) {
		c->cchunks = c->cchunks ? c->cchunks * 2 : 4;
		c->heap = xrealloc(c->heap, c->cchunks * sizeof(*c->heap));
	}
	c->heap[c->nchunks++] = xmalloc(CHUNK * sizeof(**c->heap));
}

/* One chunk more than is needed is kept: timers come and go at its edge. */
static void
heap_shrink(struct clock *c)
{
	if (c->n % CHUNK == 0 && c->n / CHUNK + 1 < c->nchunks)
		free(c->heap[--c->nchunks]);
}

static bool
before(const struct due *a, const struct due *b)
{
	return a->at != b->at ? a->at < b->at : a->seq < b->seq;
}

static void
place(struct clock *c, size_t i, struct due d)
{
	*slot(c, i) = d;
	d.t->slot = i + 1;
}

static void
sift_up(struct clock *c, size_t i, struct due d)
{
	const struct due *up;

	while (i > 0 && before(&d, up = slot(c, (i - 1) / FAN))) {
		place(c, i, *up);
		i = (i - 1) / FAN;
	}
	place(c, i, d);
}

static size_t
first_below(const struct clock *c, size_t i)
{
	size_t child = FAN * i + 1, end = child + FAN < c->n ? child + FAN : c->n, best = child;

	while (++child < end)
		if (before(slot(c, child), slot(c, best)))
			best = child;
	return best;
}

static void
sift_down(struct clock *c, size_t i, struct due d)
{
	size_t child;

	while (FAN * i + 1 < c->n) {
		child = first_below(c, i);
		if (!before(slot(c, child), &d))
			break;
		place(c, i, *slot(c, child));
		i = child;
	}
	place(c, i, d);
}

/* From the slot i on, whose old content does not matter, to where it belongs. */
static void
sift(struct clock *c, size_t i, struct due d)
{
	if (i > 0 && before(&d, slot(c, (i - 1) / FAN)))
		sift_up(c, i, d);
	else
		sift_down(c, i, d);
}

/* --- Timers --- */

void
timer_init(struct timer *t, struct clock *c, void (*fn)(void *), void *arg)
{
	memset(t, 0, sizeof(*t));
	t->clock = c;
	t->fn = fn;
	t->arg = arg;
}

void
timer_at(struct timer *t, int64_t at)
{
	struct clock *c = t->clock;

	if (at == CLOCK_NEVER) {
		timer_stop(t);
		return;
	}
	heap_room(c);
	sift(c, t->slot != 0 ? t->slot - 1 : c->n++, (struct due){ at, c->seq++, t });
}

void
timer_in(struct timer *t, int64_t delay)
{
	int64_t at;

	if (__builtin_add_overflow(clock_now(t->clock), delay, &at))
		at = delay < 0 ? INT64_MIN : CLOCK_NEVER;
	timer_at(t, at);
}

void
timer_stop(struct timer *t)
{
	struct clock *c = t->clock;
	struct due last;
	size_t i;

	if (t->slot == 0)
		return;
	i = t->slot - 1;
	t->slot = 0;
	last = *slot(c, --c->n);
	if (last.t != t)
		sift(c, i, last);
	heap_shrink(c);
}

bool
timer_armed(const struct timer *t)
{
	return t->slot != 0;
}

int64_t
timer_due(const struct timer *t)
{
	return t->slot != 0 ? slot(t->clock, t->slot - 1)->at : CLOCK_NEVER;
}

/* The timer is disarmed before its function runs, so that this may arm it again or free it. */
static void
run_first(struct clock *c)
{
	struct timer *t = c->heap[0]->t;

	c->ran = c->heap[0]->at;
	timer_stop(t);
	t->fn(t->arg);
}

bool
clock_step(struct clock *c, int64_t limit)
{
	int64_t at = clock_next(c);

	if (!c->virtual)
		fatal("only a virtual clock can be stepped");
	if (c->n == 0 || at > limit) {
		if (limit != CLOCK_NEVER && limit > c->now)
			c->now = limit;
		return false;
	}
	if (at > c->now)
		c->now = at;
	run_first(c);
	return true;
}

size_t
clock_run_due(struct clock *c, int64_t most_ns)
{
	int64_t start = clock_now(c);
	size_t ran = 0;

	while (c->n != 0 && c->heap[0]->at <= start) {
		run_first(c);
		ran++;
		if (clock_now(c) - start >= most_ns)
			break;
	}
	return ran;
}
