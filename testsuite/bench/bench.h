#ifndef INSPIRE_BENCH_H
#define INSPIRE_BENCH_H

/*
 * The measurements of `make bench`.  A module adds rows to one table: what was measured, the figure that it is held
 * against (measured in the same run where it is a rate), and the ratio of both, written so that larger
 * is better; goal is the least that is asked for.  Machines are noisy: what is compared is run in turns.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_TIMES	31		/* turns; the median counts */

struct bench;

/* At least: ratio = value / limit. */
void	 bench_rate(struct bench *b, const char *name, const char *unit, double value, double limit, double goal);
/* At most: ratio = limit / value, and goal 1. */
void	 bench_cost(struct bench *b, const char *name, const char *unit, double value, double limit);
int64_t	 bench_now(const struct bench *b);	/* ns */
int64_t	 bench_cpu(void);		/* ns of a processor that this program took: others on the machine cost it nothing */
/* Calls of the heap since the program began (ours and libcrypto's). */
uint64_t bench_allocs(void);

/* Two works in turns; each gives its time in seconds for the same amount of work. */
struct bench_pair {
	double	a, b;			/* medians */
	double	ratio;			/* median of b / a, turn by turn: how fast a is against b */
};
struct bench_pair bench_turns(double (*a)(void *), double (*b)(void *), void *arg);
double	 bench_median(double *v, size_t n);	/* sorts v */

void	 bench_eem(struct bench *b);
void	 bench_ending(struct bench *b);
void	 bench_esp(struct bench *b);
void	 bench_flood(struct bench *b);
void	 bench_ike(struct bench *b);
void	 bench_lab(struct bench *b);
void	 bench_policy(struct bench *b);
void	 bench_dmvpn(struct bench *b);
void	 bench_handshakes(struct bench *b);
void	 bench_hold(struct bench *b);
void	 bench_shell(struct bench *b);
void	 bench_ssh(struct bench *b);
void	 bench_start(struct bench *b);
void	 bench_table(struct bench *b);
void	 bench_wires(struct bench *b);
void	 bench_workers(struct bench *b);

#endif
