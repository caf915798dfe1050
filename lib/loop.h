#ifndef INSPIRE_LIB_LOOP_H
#define INSPIRE_LIB_LOOP_H

/* Descriptors and the clock together.  On a virtual clock descriptors are polled without waiting and
 * time moves only by clock_step(); on a real one loop_once() waits in poll() for the first of both. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock;
struct loop;
struct loop_fd;

struct loop	*loop_new(struct clock *clock);		/* borrows the clock */
void		 loop_free(struct loop *l);
struct clock	*loop_clock(struct loop *l);
/* events: POLLIN/POLLOUT; fn gets revents. */
struct loop_fd	*loop_fd_add(struct loop *l, int fd, short events, void (*fn)(void *arg, short revents), void *arg);
void		 loop_fd_events(struct loop_fd *f, short events);
void		 loop_fd_del(struct loop_fd *f);	/* safe from its own fn */
/* Runs what is due; waits at most max_ns (real clock; <0 = for ever). */
void		 loop_once(struct loop *l, int64_t max_ns);
/* Descriptors alone, the clock stands: waits for the first (<0 = for ever), on a virtual clock too. */
void		 loop_poll(struct loop *l, int64_t max_ns);
size_t		 loop_fds(const struct loop *l);	/* how many there are */

#endif
