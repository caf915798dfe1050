#ifndef INSPIRE_BENCH_TUNNELS_H
#define INSPIRE_BENCH_TUNNELS_H

/*
 * A lab of two routers with a cable and many tunnels between them, each with an IKE SA and a pair of IPsec SAs of its own, from an
 * address of its own to one of the other's.
 */

#include <stdbool.h>
#include <stdint.h>

struct lab;

struct bench_tunnels {
	unsigned	 n, loopbacks;	/* loopbacks: addresses that there are of each router, at least n */
	const char	*crypto;	/* lines of both configurations, global */
	bool		 typed;		/* not at the start: more than a router's memory takes */
	struct lab	*lab;		/* here is what was made */
};

void	 bench_tunnels_open(struct bench_tunnels *t);	/* lab_free() ends it */
void	 bench_tunnels_run(struct bench_tunnels *t, int64_t ns);
void	 bench_tunnels_bring_up(struct bench_tunnels *t);	/* until all are up on both sides */

#endif
