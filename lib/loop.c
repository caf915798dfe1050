/*
 * The loop: descriptors in poll(), timers of the clock.  A descriptor that is dropped while the
 * loop runs is only marked; the outermost round sweeps, so any handler may drop any other, and a
 * handler may run the loop itself.
 */

#include "lib/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/mem.h"

#define SLICE	NSEC_MS		/* timers that are late keep the descriptors waiting no longer */

struct loop_fd {
	struct loop	*loop;
	int		 fd;		/* -1: dropped */
	short		 events;
	void		(*fn)(void *arg, short revents);
	void		*arg;
};

struct loop {
	struct clock	 *clock;
	struct loop_fd	**fds;
	size_t		  n, cap;
	unsigned	  depth;	/* rounds under way */
	bool		  dropped;	/* there is something to sweep */
};

struct loop *
loop_new(struct clock *clock)
{
	struct loop *l = xcalloc(1, sizeof(*l));

	l->clock = clock;
	return l;
}

void
loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->n; i++)
		free(l->fds[i]);
	free(l->fds);
	free(l);
}

struct clock *
loop_clock(struct loop *l)
{
	return l->clock;
}

struct loop_fd *
loop_fd_add(struct loop *l, int fd, short events, void (*fn)(void *arg, short revents), void *arg)
{
	struct loop_fd *f = xcalloc(1, sizeof(*f));

	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 8;
		l->fds = xrealloc(l->fds, l->cap * sizeof(struct loop_fd *));
	}
	f->loop = l;
	f->fd = fd;
	f->events = events;
	f->fn = fn;
	f->arg = arg;
	l->fds[l->n++] = f;
	return f;
}

void
loop_fd_events(struct loop_fd *f, short events)
{
	f->events = events;
}

static void
sweep(struct loop *l)
{
	size_t kept = 0;

	if (l->depth != 0 || !l->dropped)
		return;
	for (size_t i = 0; i < l->n; i++) {
		if (l->fds[i]->fd < 0)
			free(l->fds[i]);
		else
			l->fds[kept++] = l->fds[i];
	}
	l->n = kept;
	l->dropped = false;
}

void
loop_fd_del(struct loop_fd *f)
{
	if (f == NULL)
		return;
	f->fd = -1;
	f->loop->dropped = true;
	sweep(f->loop);
}

static struct timespec
timespec_of(int64_t ns)
{
	struct timespec ts = { .tv_sec = ns / NSEC_SEC, .tv_nsec = ns % NSEC_SEC };

	return ts;
}

/* How long to wait: until the first timer, at most max_ns; -1 for ever. */
static int64_t
patience(const struct loop *l, int64_t max_ns)
{
	int64_t next = clock_next(l->clock), wait;

	if (clock_is_virtual(l->clock))
		return 0;
	if (next == CLOCK_NEVER)
		return max_ns;
	wait = next - clock_now(l->clock);
	if (wait < 0)
		wait = 0;
	return max_ns >= 0 && max_ns < wait ? max_ns : wait;
}

/* The descriptors present at the start are polled; those added by a handler have their turn next round. */
static void
poll_fds(struct loop *l, int64_t wait)
{
	struct pollfd *p = xcalloc(l->n, sizeof(*p));
	struct timespec ts = timespec_of(wait < 0 ? 0 : wait);
	size_t n = l->n;
	int ready;

	for (size_t i = 0; i < n; i++)
		p[i] = (struct pollfd){ .fd = l->fds[i]->fd, .events = l->fds[i]->events };
	ready = ppoll(p, n, wait < 0 ? NULL : &ts, NULL);
	if (ready < 0 && errno != EINTR && errno != EAGAIN)
		fatal("poll: errno %d", errno);
	for (size_t i = 0; ready > 0 && i < n; i++)
		if (p[i].revents != 0 && l->fds[i]->fd >= 0)
			l->fds[i]->fn(l->fds[i]->arg, p[i].revents);
	free(p);
}

void
loop_once(struct loop *l, int64_t max_ns)
{
	l->depth++;
	poll_fds(l, patience(l, max_ns));
	clock_run_due(l->clock, SLICE);
	l->depth--;
	sweep(l);
}

void
loop_poll(struct loop *l, int64_t max_ns)
{
	l->depth++;
	poll_fds(l, max_ns);
	l->depth--;
	sweep(l);
}

size_t
loop_fds(const struct loop *l)
{
	return l->n;
}
