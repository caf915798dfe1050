/*
 * The workers' threads.  Each has a loop of its own: the queues of devices, and a descriptor by which others wake it.  What is
 * posted runs between two vectors: always before frames that came after it was posted, so that an SA is there before its peer's first packet.
 */

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "datapath/port.h"
#include "datapath/worker_int.h"
#include "lib/chance.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/text.h"

#define DROPPABLE_MAX	1024u	/* posts that wait at a worker and may be dropped; spares, of which there are as many, besides */
#define SPARE_ROOM	192u	/* behind a spare */

void
worker_wake(struct worker *w)
{
	const uint64_t	one = 1;

	if (!atomic_exchange(&w->pending, true))
		while (write(w->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
			;
}

/* --- Posts --- */

static void
post_put(struct worker *w, struct post *p)
{
	pthread_mutex_lock(&w->lock);
	STAILQ_INSERT_TAIL(&w->posted, p, next);
	w->ndroppable += p->droppable;
	atomic_store_explicit(&w->has_posts, true, memory_order_release);
	pthread_mutex_unlock(&w->lock);
	worker_wake(w);
}

/* Who is told of what others' packets do is worker 0. */
static void
spares_make(struct worker *w)
{
	const size_t	size = sizeof(struct post) + SPARE_ROOM;
	uint8_t		*at = xcalloc(DROPPABLE_MAX, size);
	unsigned	 i;

	_Static_assert((sizeof(struct post) + SPARE_ROOM) % _Alignof(max_align_t) == 0, "spares that follow each other");
	w->spare_mem = (void *)at;
	for (i = 0; i < DROPPABLE_MAX; i++, at += size)
		STAILQ_INSERT_TAIL(&w->spares, (struct post *)(void *)at, next);
}

/* NULL: all wait to be looked at. */
static struct post *
spare_take(struct worker *w)
{
	struct post	*p;

	pthread_mutex_lock(&w->lock);
	if ((p = STAILQ_FIRST(&w->spares)) != NULL)
		STAILQ_REMOVE_HEAD(&w->spares, next);
	pthread_mutex_unlock(&w->lock);
	return p;
}

static bool
post_full(struct worker *w)
{
	bool	full;

	pthread_mutex_lock(&w->lock);
	full = w->ndroppable >= DROPPABLE_MAX;
	pthread_mutex_unlock(&w->lock);
	return full;
}

bool
worker_post(struct worker *w, void (*fn)(struct worker *w, void *arg), const void *arg, size_t n, bool droppable)
{
	bool		 spare = droppable && n <= SPARE_ROOM;
	struct post	*p;

	if (spare ? (p = spare_take(w)) == NULL : droppable && post_full(w))
		return false;
	if (!spare)
		p = xmalloc(sizeof(*p) + n);
	*p = (struct post){ .fn = fn, .arg = p + 1, .n = n, .droppable = droppable && !spare, .spare = spare };
	if (n > 0)
		memcpy(p->arg, arg, n);
	post_put(w, p);
	return true;
}

void
worker_call(struct worker *w, void (*fn)(struct worker *w, void *arg), void *arg)
{
	bool		 done = false;
	struct post	*p = xmalloc(sizeof(*p));

	*p = (struct post){ .fn = fn, .arg = arg, .done = &done };
	post_put(w, p);
	pthread_mutex_lock(&w->lock);
	while (!done)
		pthread_cond_wait(&w->done, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

/* Those that are there now: what comes meanwhile must not keep packets waiting. */
static void
posts_take(struct worker *w, struct posts *to)
{
	STAILQ_INIT(to);
	pthread_mutex_lock(&w->lock);
	STAILQ_CONCAT(to, &w->posted);
	w->ndroppable = 0;
	atomic_store_explicit(&w->has_posts, false, memory_order_relaxed);
	pthread_mutex_unlock(&w->lock);
}

/* Keys may be in it, if it is no spare. */
static void
post_end(struct worker *w, struct post *p)
{
	if (p->done != NULL) {
		pthread_mutex_lock(&w->lock);
		*p->done = true;
		pthread_cond_broadcast(&w->done);
		pthread_mutex_unlock(&w->lock);
	}
	if (!p->spare)
		wipe_free(p, sizeof(*p) + p->n);
}

void
worker_run_posts(struct worker *w)
{
	struct posts	 now, back = STAILQ_HEAD_INITIALIZER(back);
	struct post	*p;

	if (w->posts_run || !atomic_load_explicit(&w->has_posts, memory_order_acquire))
		return;
	w->posts_run = true;
	posts_take(w, &now);
	while ((p = STAILQ_FIRST(&now)) != NULL) {
		STAILQ_REMOVE_HEAD(&now, next);
		p->fn(w, p->arg);
		if (p->spare)
			STAILQ_INSERT_TAIL(&back, p, next);
		else
			post_end(w, p);
	}
	w->posts_run = false;
	if (STAILQ_EMPTY(&back))
		return;
	pthread_mutex_lock(&w->lock);
	STAILQ_CONCAT(&w->spares, &back);
	pthread_mutex_unlock(&w->lock);
}

/* --- Threads --- */

static void
on_wake(void *arg, short revents)
{
	struct worker	*w = arg;
	uint64_t	 n;

	(void)revents;
	while (read(w->wake_fd, &n, sizeof(n)) < 0 && errno == EINTR)
		;
	atomic_store(&w->pending, false);
	worker_take_over(w);
}

/* A thread has capabilities of its own: those that the process may still need at its start are not for this one. */
static void
drop_rights(void)
{
	struct __user_cap_header_struct	h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct	none[2] = { { 0 } };

	syscall(SYS_capset, &h, none);
}

static void *
thread(void *arg)
{
	struct worker	*w = arg;

	drop_rights();
	while (!w->stop)
		loop_once(w->loop, -1);
	return NULL;
}

static void
stop(struct worker *w, void *arg)
{
	(void)arg;
	w->stop = true;
}

static bool
worker_init(struct workers *all, unsigned k)
{
	struct worker	*w = &all->w[k];

	w->all = all;
	w->idx = k;
	w->in = xcalloc(all->n, sizeof(*w->in));
	STAILQ_INIT(&w->posted);
	STAILQ_INIT(&w->spares);
	if (k == 0)
		spares_make(w);
	LIST_INIT(&w->queues);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->done, NULL);
	if ((w->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) < 0)
		return false;
	if (k > 0) {
		w->clock = clock_new_real();
		w->loop = loop_new(w->clock);
		w->chance = chance_new_system();
	}
	w->wake = loop_fd_add(w->loop, w->wake_fd, POLLIN, on_wake, w);
	return true;
}

/* Signals are worker 0's. */
static bool
worker_start(struct worker *w)
{
	sigset_t	all, was;
	bool		ok;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	ok = (errno = pthread_create(&w->thread, NULL, thread, w)) == 0;	/* which it gives, and does not set */
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	return ok;
}

static void
worker_fini(struct worker *w)
{
	struct worker_queue	*q;
	struct posts		 left;
	struct post		*p;

	while ((q = LIST_FIRST(&w->queues)) != NULL) {
		LIST_REMOVE(q, next);
		port_free(q->port);
		free(q);
	}
	posts_take(w, &left);
	while ((p = STAILQ_FIRST(&left)) != NULL) {
		STAILQ_REMOVE_HEAD(&left, next);
		post_end(w, p);
	}
	worker_sas_free(w);
	worker_rings_free(w);
	loop_fd_del(w->wake);
	if (w->wake_fd >= 0)
		close(w->wake_fd);
	if (w->idx > 0) {
		dp_free(w->dp);
		loop_free(w->loop);
		clock_free(w->clock);
		chance_free(w->chance);
	}
	free(w->spare_mem);
	free(w->tunnels);
	free(w->slow);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->done);
}

struct workers *
workers_new(unsigned n, struct loop *loop, char **why)
{
	struct workers	*all = aligned_alloc(RING_LINE, sizeof(*all) + n * sizeof(all->w[0]));
	unsigned	 k;

	if (all == NULL)
		fatal("no memory for %u workers", n);
	memset(all, 0, sizeof(*all) + n * sizeof(all->w[0]));
	all->n = n;
	for (k = 0; k < n; k++)
		all->w[k].wake_fd = -1;
	all->w[0].loop = loop;
	all->w[0].clock = loop_clock(loop);
	for (k = 0; k < n && worker_init(all, k) && (k == 0 || worker_start(&all->w[k])); k++)
		;
	if (k == n)
		return all;
	*why = xasprintf("%u workers: %s", n, strerror(errno));
	worker_fini(&all->w[k]);	/* has begun, but no thread */
	free(all->w[k].in);
	all->n = k;
	workers_free(all);
	return NULL;
}

void
workers_free(struct workers *all)
{
	unsigned	k;

	if (all == NULL)
		return;
	for (k = 1; k < all->n; k++) {
		worker_post(&all->w[k], stop, NULL, 0, false);
		pthread_join(all->w[k].thread, NULL);
	}
	for (k = 0; k < all->n; k++)
		worker_fini(&all->w[k]);
	for (k = 0; k < all->n; k++)
		free(all->w[k].in);
	free(all->counts);
	free(all);
}

unsigned
workers_count(const struct workers *all)
{
	return all != NULL ? all->n : 1;
}

/* --- Datapaths --- */

static void
dp_begin(struct worker *w, void *arg)
{
	(void)arg;
	w->dp = dp_new(w->clock, w->chance, &worker_dp_ops, w);
	w->dp->worker = w;
}

static void
dp_end(struct worker *w, void *arg)
{
	(void)arg;
	worker_sas_free(w);
	dp_free(w->dp);
	w->dp = NULL;
	free(w->tunnels);
	free(w->slow);
	w->tunnels = NULL;
	w->slow = NULL;
	w->nifs = 0;
	w->slow_all = false;
}

void
workers_attach(struct workers *all, struct dp *d)
{
	unsigned	k;

	if (all == NULL)
		return;
	all->w[0].dp = d;
	d->worker = &all->w[0];
	for (k = 1; k < all->n; k++)
		worker_call(&all->w[k], dp_begin, NULL);
}

void
workers_detach(struct workers *all)
{
	unsigned	k;

	if (all == NULL || all->w[0].dp == NULL)
		return;
	for (k = 1; k < all->n; k++)
		worker_call(&all->w[k], dp_end, NULL);
	all->w[0].dp->worker = NULL;
	all->w[0].dp = NULL;
	worker_take_over(&all->w[0]);	/* for nobody any more */
}

/* --- Queues of devices --- */

static void
on_frames(void *arg, struct port *p, struct dp_frame *f, size_t n, int64_t now)
{
	struct worker_queue	*q = arg;

	(void)p;
	worker_frames(q->worker, q->ifidx, f, n, now);
}

/* Worker 0's queue tells how the line is. */
static void
on_line(void *arg, struct port *p, bool up, const char *why)
{
	(void)arg;
	(void)p;
	(void)up;
	(void)why;
}

static void
on_dropped(void *arg, struct port *p, size_t n)
{
	struct worker_queue	*q = arg;

	(void)p;
	if (q->worker->dp != NULL)
		dp_if_untaken(q->worker->dp, q->ifidx, n);
}

static const struct port_ops queue_ops = { .frames = on_frames, .line = on_line, .dropped = on_dropped };

static struct worker_queue *
queue_find(struct worker *w, unsigned wire)
{
	struct worker_queue	*q;

	LIST_FOREACH(q, &w->queues, next)
		if (q->wire == wire)
			return q;
	return NULL;
}

static void
unwire(struct worker *w, void *arg)
{
	const unsigned		*wire = arg;
	struct worker_queue	*q = queue_find(w, *wire);

	if (q == NULL)
		return;
	LIST_REMOVE(q, next);
	port_free(q->port);
	free(q);
	w->info.queues--;
}

/* The words were understood when worker 0's queue was made. */
static void
wire(struct worker *w, void *arg)
{
	struct worker_wire	*x = arg;
	struct port_env		 env = { .loop = w->loop, .opener = x->opener, .ops = &queue_ops, .queue = w->idx, .queues = w->all->n, .group = x->group };
	struct worker_queue	*q;
	char			*why = NULL;

	unwire(w, &x->wire);
	q = xcalloc(1, sizeof(*q));
	q->worker = w;
	q->wire = x->wire;
	q->ifidx = x->ifidx;
	env.arg = q;
	memcpy(env.mac, x->mac, sizeof(env.mac));
	q->port = port_new(&env, x->spec, &why);
	free(why);
	if (q->port == NULL) {
		free(q);
		return;
	}
	LIST_INSERT_HEAD(&w->queues, q, next);
	w->info.queues++;
}

void
workers_wire(struct workers *all, const struct worker_wire *x)
{
	struct worker_wire	copy = *x;
	unsigned		k;

	for (k = 1; all != NULL && k < all->n; k++)
		worker_call(&all->w[k], wire, &copy);
}

void
workers_unwire(struct workers *all, unsigned no)
{
	unsigned	k;

	for (k = 1; all != NULL && k < all->n; k++)
		worker_call(&all->w[k], unwire, &no);
}

bool
worker_queue_tx(struct worker *w, unsigned ifidx, const struct dp_frame *f, size_t n)
{
	struct worker_queue	*q;
	struct port_info	 info;

	LIST_FOREACH(q, &w->queues, next)
		if (q->ifidx == ifidx) {
			port_info(q->port, &info);
			if (!info.up)
				return false;
			port_tx_batch(q->port, f, n);
			return true;
		}
	return false;
}
