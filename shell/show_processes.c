/*
 * show processes cpu, show processes memory, show memory statistics: the numbers of the process that runs this router (and, in a
 * lab, all the others).  Its threads stand where a router has processes.  Allocated is the most memory a process ever held, Freed
 * what it gave back since.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/load.h"
#include "engine/router.h"
#include "lib/mem.h"
#include "lib/procinfo.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/dialect.h"
#include "shell/show.h"

struct tasks { struct procinfo_task *v; size_t n; };

static void
task_add(void *arg, const struct procinfo_task *t)
{
	struct tasks *l = arg;

	l->v = xrealloc(l->v, (l->n + 1) * sizeof(*l->v));
	l->v[l->n++] = *t;
}

static int
by_use(const void *x, const void *y)
{
	const struct procinfo_task *a = x, *b = y;

	return (a->cpu_us < b->cpu_us) - (a->cpu_us > b->cpu_us);
}

static int
by_id(const void *x, const void *y)
{
	const struct procinfo_task *a = x, *b = y;

	return (a->id > b->id) - (a->id < b->id);
}

static struct tasks
tasks_read(bool sorted)
{
	struct tasks t = { 0 };

	procinfo_threads(task_add, &t);
	if (t.n > 1)
		qsort(t.v, t.n, sizeof(*t.v), sorted ? by_use : by_id);
	return t;
}

/* A thread's part of what all of them used lately: as its part of all they ever used. */
static void
put_share(struct text *out, unsigned share, uint64_t own, uint64_t all)
{
	unsigned part = all == 0 ? 0 : (unsigned)((uint64_t)share * own / all);

	text_printf(out, " %2u.%02u%%", part / 100, part % 100);
}

static void
put_task(struct text *out, const struct router *r, const struct procinfo_task *t, uint64_t all_us, bool wide)
{
	text_printf(out, "%4u %*" PRIu64 " %*" PRIu64 " %10" PRIu64 " ", t->id, 11, t->cpu_us / 1000, wide ? 11 : 9, t->runs,
	    t->runs == 0 ? 0 : t->cpu_us / t->runs);
	put_share(out, load_average(r, 5).all, t->cpu_us, all_us);
	put_share(out, load_average(r, 60).all, t->cpu_us, all_us);
	put_share(out, load_average(r, 300).all, t->cpu_us, all_us);
	text_printf(out, " %3u %-16s \n", 0u, t->name);
}

static void
run_cpu(struct session *s, const struct args *a)
{
	const struct router *r = s->router;
	struct load_share five = load_average(r, 5), minute = load_average(r, 60), minutes = load_average(r, 300);
	struct tasks t = tasks_read(arg_has(a, "sorted"));
	bool wide = r->dialect != IKE_IOS_12;
	struct text out = { 0 };
	uint64_t all = 0;

	text_printf(&out, "CPU utilization for five seconds: %u%%/%u%%; one minute: %u%%; five minutes: %u%%\n", (five.all + 50) / 100,
	    (five.system + 50) / 100, (minute.all + 50) / 100, (minutes.all + 50) / 100);
	text_printf(&out, " PID Runtime(ms) %*s      uSecs   5Sec   1Min   5Min TTY Process \n", wide ? 11 : 9, "Invoked");
	for (size_t i = 0; i < t.n; i++)
		all += t.v[i].cpu_us;
	for (size_t i = 0; i < t.n; i++)
		put_task(&out, r, &t.v[i], all, wide);
	free(t.v);
	show_flush(s, &out);
}

/* --- history --- */

#define AXIS_AT		6u		/* columns before the first of a graph */

struct graph {
	const char	*axis, *digits, *title;
	size_t		 n;
	bool		 averages;
	bool		 (*get)(const struct router *r, size_t i, unsigned *max, unsigned *average);
};

static bool
get_second(const struct router *r, size_t i, unsigned *max, unsigned *average)
{
	*average = 0;
	return load_second(r, i, max);
}

/* A row of the figures above a graph: the digits of weight 100, 10 or 1. */
static void
put_figures(struct text *out, const struct router *r, const struct graph *g, unsigned weight)
{
	struct text row = { 0 };
	bool any = weight == 1;
	unsigned max, average;

	text_pad(&row, AXIS_AT);
	for (size_t i = 0; i < g->n; i++) {
		bool is = g->get(r, i, &max, &average) && (max >= weight || weight == 1);

		any = any || is;
		text_addc(&row, is ? (char)('0' + max / weight % 10) : ' ');
	}
	if (any)
		text_printf(out, "%s\n", text_str(&row));
	text_free(&row);
}

static void
put_level(struct text *out, const struct router *r, const struct graph *g, unsigned level)
{
	unsigned max, average;

	text_printf(out, "%5u ", level);
	for (size_t i = 0; i < g->n; i++) {
		bool is = g->get(r, i, &max, &average);

		text_addc(out, is && g->averages && average + 5 >= level ? '#' : is && max + 5 >= level ? '*' : ' ');
	}
	text_addc(out, '\n');
}

static void
put_graph(struct text *out, const struct router *r, const struct graph *g)
{
	text_addc(out, '\n');
	for (unsigned weight = 100; weight > 0; weight /= 10)
		put_figures(out, r, g, weight);
	for (unsigned level = 100; level > 0; level -= 10)
		put_level(out, r, g, level);
	text_printf(out, "%s\n%s\n               %s\n", g->axis, g->digits, g->title);
	if (g->averages)
		text_add(out, "              * = maximum CPU%   # = average CPU%\n");
}

static void
run_history(struct session *s, const struct args *a)
{
	static const char sixty[] = "     0....5....1....1....2....2....3....3....4....4....5....5....6";
	static const char under_sixty[] = "               0    5    0    5    0    5    0    5    0    5    0";
	static const struct graph graphs[] = {
		{ sixty, under_sixty, "CPU% per second (last 60 seconds)", 60, false, get_second },
		{ sixty, under_sixty, "CPU% per minute (last 60 minutes)", LOAD_MINUTES, true, load_minute },
		{ "     0....5....1....1....2....2....3....3....4....4....5....5....6....6....7..",
		    "               0    5    0    5    0    5    0    5    0    5    0    5    0  ", "    CPU% per hour (last 72 hours)", LOAD_HOURS, true, load_hour },
	};
	struct text out = { 0 };

	(void)a;
	for (size_t i = 0; i < NROWS(graphs); i++)
		put_graph(&out, s->router, &graphs[i]);
	show_flush(s, &out);
}

/* --- memory --- */

/* What the process holds and what it could still get: the pool that it lives on. */
static void
put_pool(struct text *out, const struct procinfo_memory *m)
{
	text_printf(out, "Processor Pool Total: %10" PRIu64 " Used: %10" PRIu64 " Free: %10" PRIu64 "\n\n", m->held + m->available, m->held, m->available);
}

static void
run_memory_processes(struct session *s, const struct args *a)
{
	struct procinfo_memory m;
	struct procinfo_task t;
	struct text out = { 0 };

	(void)a;
	procinfo_memory(&m);
	procinfo_process(procinfo_self(), &t);
	put_pool(&out, &m);
	text_add(&out, " PID TTY  Allocated      Freed    Holding    Getbufs    Retbufs Process\n");
	text_printf(&out, "%4u %3u %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10u %10u %-16s\n", t.id, 0u, t.held_most, t.held_most - t.held, t.held, 0u, 0u, t.name);
	text_printf(&out, "%30" PRIu64 " Total\n", t.held);
	show_flush(s, &out);
}

/* The least that was free is what is left of the pool beside the most that was held; the largest block is all that is free. */
static void
run_memory(struct session *s, const struct args *a)
{
	struct procinfo_memory m;
	struct text out = { 0 };
	char head[20];

	(void)a;
	procinfo_memory(&m);
	snprintf(head, sizeof(head), "%" PRIX64, m.heap);
	if (strpbrk(head, "ABCDEF") == NULL)		/* who counts the numbers of this line must not count the address */
		snprintf(head, sizeof(head), "0x%" PRIX64, m.heap);
	text_printf(&out, "%20s  %10s  %10s  %10s  %10s  %10s\n", "Head", "Total(b)", "Used(b)", "Free(b)", "Lowest(b)", "Largest(b)");
	text_printf(&out, "Processor  %s  %10" PRIu64 "  %10" PRIu64 "  %10" PRIu64 "  %10" PRIu64 "  %10" PRIu64 "\n", head, m.held + m.available, m.held,
	    m.available, m.held + m.available > m.held_most ? m.held + m.available - m.held_most : 0, m.available);
	show_flush(s, &out);
}

#define SP		"show processes "
#define SP_HELP		"Show what is going on\nWhat runs\n"

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SP "cpu [ sorted [ { 1min | 5min | 5sec } ] ]", SP_HELP
	    "Use of the processor\nThe busiest first\nOf the last minute\nOf the last five minutes\nOf the last five seconds", run_cpu },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SP "cpu history", SP_HELP "Use of the processor\nAs graphs", run_history },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SP "memory [ sorted [ { allocated | freed | holding } ] ]",
	    SP_HELP "Use of memory\nThe largest first\nBy what was allocated\nBy what was freed\nBy what is held", run_memory_processes },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show memory [ { statistics | summary } ]",
	    "Show what is going on\nMemory\nIts pools\nIts pools", run_memory },
};

const struct cmd_table cmds_show_processes = { rows, NROWS(rows) };
