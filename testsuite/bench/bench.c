/*
 * The bench program: runs its modules (all, or those named), prints a table and writes a JSON array with an
 * object a figure.
 *
 *	bench [-o FILE] [MODULE...]
 */

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "testsuite/bench/bench.h"

#define ROWS_MAX	128

struct row {
	char	name[72], unit[16];
	double	value, limit, ratio, goal;
};

struct bench {
	struct clock	*clock;
	struct row	 rows[ROWS_MAX];
	size_t		 n;
};

static const struct {
	const char	*name;
	void		(*run)(struct bench *b);
	bool		 pinned;	/* one thread, on one core from its begin to its end */
} modules[] = {
	{ "eem", bench_eem, true },
	{ "esp", bench_esp, true },
	{ "table", bench_table, true },
	{ "flood", bench_flood, true },
	{ "ike", bench_ike, true },
	{ "lab", bench_lab, true },
	{ "policy", bench_policy, true },
	{ "dmvpn", bench_dmvpn, true },
	{ "hold", bench_hold, true },
	{ "ending", bench_ending, true },
	{ "handshakes", bench_handshakes, false },
	{ "shell", bench_shell, true },
	{ "ssh", bench_ssh, false },
	{ "start", bench_start, false },
	{ "wires", bench_wires, false },
	{ "workers", bench_workers, false },
};

#define NMODULES	(sizeof(modules) / sizeof(modules[0]))

static void
add(struct bench *b, const char *name, const char *unit, double value, double limit, double ratio, double goal)
{
	struct row	*r = &b->rows[b->n];

	if (b->n == ROWS_MAX)
		fatal("more rows than the table holds");
	snprintf(r->name, sizeof(r->name), "%s", name);
	snprintf(r->unit, sizeof(r->unit), "%s", unit);
	r->value = value;
	r->limit = limit;
	r->ratio = ratio;
	r->goal = goal;
	b->n++;
	printf("%-50s %12.3f %-8s %12.3f %8.2f %6.2f  %s\n", name, value, unit, limit, ratio, goal,
	    ratio >= goal ? "" : "BELOW");
	fflush(stdout);
}

void
bench_rate(struct bench *b, const char *name, const char *unit, double value, double limit, double goal)
{
	add(b, name, unit, value, limit, value / limit, goal);
}

/* A cost of nothing is as good as one of the limit where that is nothing too, and better than any other. */
void
bench_cost(struct bench *b, const char *name, const char *unit, double value, double limit)
{
	add(b, name, unit, value, limit, value > 0 ? limit / value : 1, 1);
}

int64_t
bench_now(const struct bench *b)
{
	return clock_now(b->clock);
}

int64_t
bench_cpu(void)
{
	struct timespec	ts;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts) != 0)
		fatal("the system does not tell how long we ran");
	return (int64_t)ts.tv_sec * NSEC_SEC + ts.tv_nsec;
}

static int
ascending(const void *a, const void *b)
{
	const double	*x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double
bench_median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), ascending);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

struct bench_pair
bench_turns(double (*a)(void *), double (*b)(void *), void *arg)
{
	double	ta[BENCH_TIMES], tb[BENCH_TIMES], ratio[BENCH_TIMES];
	size_t	i;

	a(arg);				/* warms up */
	b(arg);
	for (i = 0; i < BENCH_TIMES; i++) {
		ta[i] = a(arg);
		tb[i] = b(arg);
		ratio[i] = tb[i] / ta[i];
	}
	return (struct bench_pair){ bench_median(ta, BENCH_TIMES), bench_median(tb, BENCH_TIMES),
	    bench_median(ratio, BENCH_TIMES) };
}

static void
write_json(const struct bench *b, const char *path)
{
	FILE	*f = fopen(path, "w");
	size_t	 i;

	if (f == NULL)
		fatal("%s cannot be written", path);
	fputs("[\n", f);
	for (i = 0; i < b->n; i++)
		fprintf(f, "  {\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\", \"limit\": %.6g, "
		    "\"ratio\": %.4f, \"goal\": %.2f}%s\n", b->rows[i].name, b->rows[i].value, b->rows[i].unit,
		    b->rows[i].limit, b->rows[i].ratio, b->rows[i].goal, i + 1 < b->n ? "," : "");
	fputs("]\n", f);
	if (fclose(f) != 0)
		fatal("%s could not be written whole", path);
}

static bool
wanted(const char *name, int argc, char **argv)
{
	int	i;

	for (i = 0; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return argc == 0;
}

/* A thread that changes its core leaves its caches behind, in the middle of what is compared. */
static void
run_pinned(void (*run)(struct bench *b), struct bench *b)
{
	cpu_set_t	before, here;
	bool		pinned = sched_getaffinity(0, sizeof(before), &before) == 0;

	CPU_ZERO(&here);
	CPU_SET((size_t)sched_getcpu(), &here);
	pinned = pinned && sched_setaffinity(0, sizeof(here), &here) == 0;
	run(b);
	if (pinned)
		sched_setaffinity(0, sizeof(before), &before);
}

int
main(int argc, char **argv)
{
	struct bench	 b = { .clock = clock_new_real() };
	const char	*out = "bench.json";
	size_t		 i;
	int		 c;

	while ((c = getopt(argc, argv, "o:")) != -1) {
		if (c != 'o') {
			fprintf(stderr, "usage: bench [-o FILE] [MODULE...]\n");
			return 2;
		}
		out = optarg;
	}
	printf("%-50s %12s %-8s %12s %8s %6s\n", "what", "value", "unit", "limit", "ratio", "goal");
	for (i = 0; i < NMODULES; i++) {
		if (!wanted(modules[i].name, argc - optind, argv + optind))
			continue;
		if (modules[i].pinned)
			run_pinned(modules[i].run, &b);
		else
			modules[i].run(&b);
	}
	write_json(&b, out);
	clock_free(b.clock);
	return 0;
}
