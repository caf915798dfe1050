#ifndef INSPIRE_DATAPATH_WORKER_INT_H
#define INSPIRE_DATAPATH_WORKER_INT_H

/*
 * What the files of the workers share.
 *
 *	worker.c	threads, their loops, what is posted from one to another, devices' queues
 *	worker_way.c	whose a packet is: passed on, handed over, taken over
 *	worker_mirror.c	what worker 0 sets, set in the others too
 *	worker_event.c	what the others have to tell, told by worker 0
 *	worker_info.c	counters of all added up
 *
 * A thread touches its own struct worker only, but for: the rings (one producer, one consumer), `posted` under `lock`, `pending`.
 */

#include <sys/queue.h>
#include <pthread.h>
#include <stdatomic.h>

#include <uthash.h>

#include "datapath/internal.h"
#include "datapath/ring.h"
#include "datapath/worker.h"

struct loop_fd;
struct port;
struct worker;

/* What is handed over, and so where it goes on. */
enum hand_kind {
	HAND_FRAME,	/* an Ethernet frame that came by in_if, not looked at */
	HAND_INNER,	/* what came out of ESP or AH */
	HAND_ESP,	/* ESP or AH for us */
	HAND_SEAL,	/* for the SA `sa` (worker 0's handle) */
	HAND_LINK,	/* IPv4 for a neighbour who is not known */
	HAND_OUT6,	/* IPv6 that came from ESP or AH, to be routed */
	HAND_TX,	/* a frame that leaves by out_if, where this worker has no queue */
};

/* Something to be done by a worker, between two vectors. */
struct post {
	STAILQ_ENTRY(post)	 next;
	void			(*fn)(struct worker *w, void *arg);
	void			*arg;		/* lent where somebody waits, else behind this */
	size_t			 n;
	bool			 droppable;
	bool			 spare;		/* one of the worker's spares, and goes back there */
	bool			*done;		/* who waits is told so; NULL = nobody does */
};

STAILQ_HEAD(posts, post);

/* An SA as worker 0 and its owner know it. */
struct sa_pair {
	uint32_t	main, own;
	UT_hash_handle	hh_main, hh_own;
};

struct worker_tunnel {
	uint32_t	spi;		/* of the SA that packets leave by; 0 = none, or not by this way */
};

struct worker_queue {
	LIST_ENTRY(worker_queue) next;
	struct worker	*worker;
	unsigned	 wire, ifidx;
	struct port	*port;
};

struct worker {
	struct workers		*all;
	unsigned		 idx;
	pthread_t		 thread;
	struct clock		*clock;		/* idx 0: the caller's, as is the loop */
	struct loop		*loop;
	struct loop_fd		*wake;
	struct chance		*chance;
	struct dp		*dp;		/* NULL = there is none now */
	bool			 stop;
	bool			 posts_run;	/* just now */
	struct ring		*_Atomic *in;	/* by who fills it; made by him at first use */
	uint64_t		 shown;		/* bit k: the ring of worker k has records that it was not told of */
	struct sa_pair		*by_main, *by_own;
	struct worker_tunnel	*tunnels;	/* by interface */
	bool			*slow;		/* by interface: worker 0 looks at its packets */
	size_t			 nifs;
	bool			 slow_all;
	LIST_HEAD(, worker_queue) queues;
	struct worker_info	 info;
	/* Of all threads. */
	_Alignas(RING_LINE) int	 wake_fd;
	atomic_bool		 pending;	/* wake_fd was written to, and nobody has looked yet */
	atomic_bool		 has_posts;
	pthread_mutex_t		 lock;
	pthread_cond_t		 done;
	struct posts		 posted;
	size_t			 ndroppable;
	struct posts		 spares;	/* for what is droppable and small: a flood asks the heap for nothing */
	struct post		*spare_mem;
};

struct workers {
	unsigned		 n;
	uint64_t		*counts;	/* of all others, as they were at counts_ns */
	int64_t			 counts_ns;
	struct worker		 w[];
};

/* worker.c */
/* Copies n bytes of arg; any thread.  A droppable one is dropped (counted by who posts) where too many wait. */
bool	 worker_post(struct worker *w, void (*fn)(struct worker *w, void *arg), const void *arg, size_t n, bool droppable);
/* Worker 0 alone: waits until it is done. */
void	 worker_call(struct worker *w, void (*fn)(struct worker *w, void *arg), void *arg);
void	 worker_wake(struct worker *w);
void	 worker_run_posts(struct worker *w);
/* To the queue of an interface; false: this worker has none there. */
bool	 worker_queue_tx(struct worker *w, unsigned ifidx, const struct dp_frame *f, size_t n);

/* worker_way.c */
/* Lent as dp_input_lent() wants them. */
void	 worker_frames(struct worker *w, unsigned ifidx, struct dp_frame *f, size_t n, int64_t now);
void	 worker_take_over(struct worker *w);	/* what others have put into the rings */
void	 worker_show(struct worker *w);		/* what this one has put into others' */
void	 worker_rings_free(struct worker *w);
/* The packet is gone from here. */
void	 worker_hand(struct worker *w, unsigned to, struct pkt *p, enum hand_kind kind);
/* dp_ops.tx, and of several. */
void	 worker_tx(void *arg, unsigned ifidx, const uint8_t *frame, size_t len);
void	 worker_tx_batch(void *arg, unsigned ifidx, struct dp_frame *f, size_t n);

/* worker_event.c */
extern const struct dp_ops worker_dp_ops;
void	 worker_tap(void *arg, const struct dp_tap_packet *t);

/* worker_mirror.c */
void	 worker_sas_free(struct worker *w);
struct sa_pair *worker_sa_by_main(struct worker *w, uint32_t handle);
struct sa_pair *worker_sa_by_own(struct worker *w, uint32_t handle);

/* worker_info.c */
void	 worker_counts_old(struct worker *w);

#endif
