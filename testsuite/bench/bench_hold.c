/*
 * Ten thousand tunnels between two routers, each with an IKE SA and a pair of IPsec SAs of its own and dead peer
 * detection every 30 s both ways: what one end of a tunnel takes of memory, with its interface and its configuration but
 * without the address that it begins at, and what a router takes of a processor to hold them.  Both ends are in this process: half of all is one's.
 */

#include <malloc.h>
#include <stdio.h>

#include "engine/lab.h"
#include "lib/clock.h"
#include "testsuite/bench/bench.h"
#include "testsuite/bench/bench_tunnels.h"

#define TUNNELS		10000u
#define TUNNELS_FEW	100u
#define SETTLE		(120 * NSEC_SEC)	/* exchanges are forgotten, pairs that were made twice are gone */
#define HOLD_S		300

static double
heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return (double)(m.uordblks + m.hblkhd);
}

/* The addresses that tunnels begin at are there always. */
static void
open_up(struct bench_tunnels *t, unsigned n)
{
	*t = (struct bench_tunnels){ .n = n, .loopbacks = TUNNELS, .crypto = "crypto isakmp keepalive 30 periodic\n" };
	bench_tunnels_open(t);
	bench_tunnels_bring_up(t);
	bench_tunnels_run(t, SETTLE);
}

void
bench_hold(struct bench *b)
{
	struct bench_tunnels t;
	double before, few, begin;
	int64_t cpu;

	open_up(&t, TUNNELS_FEW);
	few = heap();
	lab_free(t.lab);
	before = heap();
	cpu = bench_cpu();
	open_up(&t, TUNNELS);
	printf("    both ends up after %.1f s of a processor\n", (double)(bench_cpu() - cpu) / (double)NSEC_SEC);
	begin = (heap() - before) - (few - before);
	bench_cost(b, "one end of a tunnel held", "KB", begin / (2.0 * (TUNNELS - TUNNELS_FEW)) / 1024, 12);
	cpu = bench_cpu();
	bench_tunnels_run(&t, HOLD_S * NSEC_SEC);
	bench_cost(b, "10,000 tunnels held, DPD each 30 s, of a core", "%", 100.0 * (double)(bench_cpu() - cpu) / 2 / (HOLD_S * (double)NSEC_SEC), 5);
	lab_free(t.lab);
}
