/*
 * A hundred thousand SAs that end with all of a router behind the datapath: two routers with 25,000 tunnels between them, each with an IKE SA
 * and a pair of IPsec SAs at either end, lose sight of each other; no rekey comes through, and all SAs meet the end of their life.  What
 * has to be done then for each (its flow, its session, the line protocol and routes of its tunnel, logs, DELETEs, the next try) runs from
 * timers, and the loop of a process lets late ones run for a millisecond, looks at its wires, and goes on: a turn.  Here all timers run as if
 * they were late, however far apart they are on the lab's clock, so each turn is full, as it is where more ends within a second than a second
 * of a processor can do.  The longest turn is how long packets wait.
 */

#include <stdio.h>
#include <stdlib.h>

#include "datapath/datapath.h"
#include "engine/internal.h"
#include "engine/lab.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "testsuite/bench/bench.h"
#include "testsuite/bench/bench_tunnels.h"

#define TUNNELS		25000u
#define SLICE		NSEC_MS		/* as lib/loop.c and lib/clock.c have them */
#define LIFE		(600 * NSEC_SEC)
#define SETTLE		(120 * NSEC_SEC)	/* pairs that were made twice are gone */
#define TICKS		10			/* looks a second */
#define AFTER		(30 * NSEC_SEC)
#define STALL_MS	5

struct ending {
	struct bench_tunnels	 t;
	uint64_t		 turns;
	int64_t			 longest, step;		/* of a turn; of one timer */
};

static size_t
sas(const struct ending *e)
{
	const struct node	*n;
	size_t			 sum = 0;

	for (n = lab_nodes(e->t.lab); n != NULL; n = n->next)
		sum += dp_sa_count(n->router->dp);
	return sum;
}

/* Timers that are due until then, as if all were late. False: there are none. */
static bool
turn(struct ending *e, int64_t until)
{
	int64_t		 start = bench_cpu(), was = start, now = start;
	bool		 more = true;

	do {
		if (!(more = lab_step(e->t.lab, until)))
			break;
		now = bench_cpu();
		if (now - was > e->step)
			e->step = now - was;
		was = now;
	} while (now - start < SLICE);
	e->turns++;
	if (now - start > e->longest)
		e->longest = now - start;
	return more;
}

static void
cut(struct ending *e)
{
	const struct impairment	 all = { .loss = 1 };
	char			*why;

	if (!lab_link_impair(e->t.lab, "R1:GigabitEthernet0/0", &all, &why) || !lab_link_impair(e->t.lab, "R2:GigabitEthernet0/0", &all, &why))
		fatal("%s", why);
}

/* Until all have ended, and through their sessions' end after it. Gives the most that ended within a second. */
static size_t
run_out(struct ending *e)
{
	int64_t		at = clock_now(lab_clock(e->t.lab)), end = at + 2 * LIFE;
	size_t		were[TICKS], n = sas(e), most = 0;
	unsigned	i;

	for (i = 0; i < TICKS; i++)
		were[i] = n;
	for (i = 0; n > 0 && at < end; i = (i + 1) % TICKS, at += NSEC_SEC / TICKS) {
		while (turn(e, at))
			;
		n = sas(e);
		if (were[i] > n && were[i] - n > most)
			most = were[i] - n;
		were[i] = n;
	}
	if (n > 0)
		fatal("%zu SAs don't end", n);
	while (turn(e, at + AFTER))
		;
	return most;
}

void
bench_ending(struct bench *b)
{
	struct ending	 e = {
		.t = {
			.n = TUNNELS, .loopbacks = TUNNELS, .typed = true,
			.crypto = "crypto ipsec security-association lifetime seconds 600\n",
		},
	};
	int64_t		 cpu = bench_cpu();
	size_t		 n, most;

	bench_tunnels_open(&e.t);
	bench_tunnels_bring_up(&e.t);
	printf("    %u tunnels up after %.1f s of a processor\n", e.t.n, (double)(bench_cpu() - cpu) / (double)NSEC_SEC);
	bench_tunnels_run(&e.t, SETTLE);
	cut(&e);
	cpu = bench_cpu();
	n = sas(&e);
	most = run_out(&e);
	printf("    %zu SAs ended, %zu of them within a second; with all that went before and after %.1f s of a processor, %llu turns; one timer took %.2f ms\n", n, most,
	    (double)(bench_cpu() - cpu) / (double)NSEC_SEC, (unsigned long long)e.turns, (double)e.step / (double)NSEC_MS);
	bench_cost(b, "longest turn while the SAs of 25,000 tunnels end", "ms", (double)e.longest / (double)NSEC_MS, STALL_MS);
	lab_free(e.t.lab);
}
