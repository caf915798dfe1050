/* The loop: descriptors and timers on both kinds of clock. */

#include <poll.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/loop.h"
#include "testsuite/unit/lib_test.h"

struct end {
	struct loop	*loop;
	struct loop_fd	*self, *other;
	int		 fd;
	unsigned	 reads, timers;
	short		 revents;
};

static void
drain(void *arg, short revents)
{
	struct end *e = arg;
	char b[16];

	e->revents = revents;
	e->reads += read(e->fd, b, sizeof(b)) > 0;
}

static void
drop_both(void *arg, short revents)
{
	struct end *e = arg;

	drain(e, revents);
	loop_fd_del(e->self);
	loop_fd_del(e->other);
}

static void
tick(void *arg)
{
	struct end *e = arg;

	e->timers++;
}

/* Always late. */
struct late { struct timer timer; struct end *end; };

static void
late_again(void *arg)
{
	struct late *l = arg;

	l->end->timers++;
	timer_at(&l->timer, 0);
}

START_TEST(behind)
{
	struct clock *c = clock_new_real();
	struct loop *l = loop_new(c);
	struct end e = { .loop = l };
	struct late late = { .end = &e };
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	e.fd = p[0];
	e.self = loop_fd_add(l, p[0], POLLIN, drain, &e);
	timer_init(&late.timer, c, late_again, &late);
	timer_at(&late.timer, 0);
	loop_once(l, -1);		/* ends, though there is always more to do */
	ck_assert_uint_gt(e.timers, 0);
	ck_assert_int_eq(write(p[1], "x", 1), 1);
	loop_once(l, -1);
	ck_assert_uint_eq(e.reads, 1);
	timer_stop(&late.timer);
	close(p[0]);
	close(p[1]);
	loop_free(l);
	clock_free(c);
}
END_TEST

START_TEST(virtual_time)
{
	struct clock *c = clock_new_virtual(1000);
	struct loop *l = loop_new(c);
	struct end e = { .loop = l };
	struct timer now, later;
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	e.fd = p[0];
	e.self = loop_fd_add(l, p[0], POLLIN, drain, &e);
	timer_init(&now, c, tick, &e);
	timer_init(&later, c, tick, &e);
	timer_in(&now, 0);
	timer_in(&later, 3600 * NSEC_SEC);
	loop_once(l, -1);		/* nothing to read: must not wait */
	ck_assert_uint_eq(e.reads, 0);
	ck_assert_uint_eq(e.timers, 1);
	ck_assert_int_eq(clock_now(c), 1000);
	ck_assert_int_eq(write(p[1], "x", 1), 1);
	loop_fd_events(e.self, 0);
	loop_once(l, -1);
	ck_assert_uint_eq(e.reads, 0);
	loop_fd_events(e.self, POLLIN);
	loop_once(l, -1);
	ck_assert_uint_eq(e.reads, 1);
	ck_assert(e.revents & POLLIN);
	ck_assert_ptr_eq(loop_clock(l), c);
	timer_stop(&later);
	close(p[0]);
	close(p[1]);
	loop_free(l);			/* with a descriptor still there */
	clock_free(c);
}
END_TEST

/* Two are ready; the first to run drops itself and the other, which then must not run. */
START_TEST(dropped)
{
	struct clock *c = clock_new_virtual(0);
	struct loop *l = loop_new(c);
	struct end a = { .loop = l }, b = { .loop = l };
	int pa[2], pb[2];

	ck_assert_int_eq(pipe(pa), 0);
	ck_assert_int_eq(pipe(pb), 0);
	a.fd = pa[0];
	b.fd = pb[0];
	a.self = b.other = loop_fd_add(l, pa[0], POLLIN, drop_both, &a);
	b.self = a.other = loop_fd_add(l, pb[0], POLLIN, drop_both, &b);
	ck_assert_int_eq(write(pa[1], "x", 1), 1);
	ck_assert_int_eq(write(pb[1], "x", 1), 1);
	loop_once(l, 0);
	ck_assert_uint_eq(a.reads + b.reads, 1);
	loop_once(l, 0);
	ck_assert_uint_eq(a.reads + b.reads, 1);
	loop_fd_del(NULL);
	loop_free(l);
	clock_free(c);
	close(pa[0]);
	close(pa[1]);
	close(pb[0]);
	close(pb[1]);
}
END_TEST

/* On a real clock a round ends with the timer, with the descriptor, or with the caller's patience. */
START_TEST(real_time)
{
	struct clock *c = clock_new_real();
	struct loop *l = loop_new(c);
	struct end e = { .loop = l };
	struct timer t;
	int64_t start;
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	e.fd = p[0];
	e.self = loop_fd_add(l, p[0], POLLIN, drain, &e);
	timer_init(&t, c, tick, &e);
	start = clock_now(c);
	timer_in(&t, 3 * NSEC_MS);
	while (e.timers == 0)
		loop_once(l, -1);
	ck_assert_int_ge(clock_now(c), start + 3 * NSEC_MS);
	timer_in(&t, 3600 * NSEC_SEC);
	ck_assert_int_eq(write(p[1], "x", 1), 1);
	loop_once(l, -1);
	ck_assert_uint_eq(e.reads, 1);
	loop_once(l, NSEC_MS);
	ck_assert_uint_eq(e.timers, 1);
	timer_stop(&t);
	close(p[1]);
	loop_once(l, -1);		/* the other side hung up: told though not asked for */
	ck_assert(e.revents & POLLHUP);
	close(p[0]);
	loop_free(l);
	clock_free(c);
}
END_TEST

void
lib_loop_tests(TCase *tc)
{
	tcase_add_test(tc, virtual_time);
	tcase_add_test(tc, behind);
	tcase_add_test(tc, dropped);
	tcase_add_test(tc, real_time);
}
