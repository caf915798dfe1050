/* The lab of the SSH measurements once more, in this process: what a show costs where nobody carries it anywhere. */

#include <stdlib.h>

#include "engine/lab.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "shell/session.h"
#include "testsuite/bench/bench.h"
#include "testsuite/bench/bench_opening.h"
#include "testsuite/bench/bench_ssh_rig.h"

#define TURNS	5

struct opening { struct lab *lab; };

/* A console that types pings to all that the crypto map protects. */
struct typist { unsigned at; bool done; size_t said; };

static char *
typist_readline(void *arg, struct session *s, const char *prompt, enum input_kind kind)
{
	struct typist *t = arg;
	char far[32];

	(void)s, (void)prompt, (void)kind;
	if (++t->at >= RIG_PAIRS)
		return NULL;
	return xasprintf("ping %s source Loopback0 repeat 1 timeout 0", rig_far(t->at, far));
}

static void
typist_write(void *arg, struct session *s, const char *p, size_t n)
{
	(void)s, (void)p;
	((struct typist *)arg)->said += n;
}

static void
typist_ended(void *arg, struct session *s)
{
	(void)s;
	((struct typist *)arg)->done = true;
}

static const struct session_io typist_io = { .readline = typist_readline, .write = typist_write, .ended = typist_ended };

static void
run_for(struct lab *lab, int64_t ns)
{
	int64_t end = clock_now(lab_clock(lab)) + ns;

	while (lab_step(lab, end))
		;
}

/* The same lab in this process: how long the text alone takes to be made, in ms of a processor. */
double
rig_making_ms(const struct rig *r, const char *show, size_t *bytes)
{
	struct opening o = { NULL };
	struct lab_options lo = { .seed = 1, .load_config = bench_load_config, .arg = &o.lab };
	struct typist t = { 0 };
	double ms[TURNS];
	struct session *s;
	char *why = NULL, *path = xasprintf("%s/lab.yml", r->dir);

	lo.topology = path;
	o.lab = lab_new(&lo, &why);
	if (o.lab == NULL)
		fatal("%s", why);
	s = session_new(o.lab, lab_nodes(o.lab), lab_nodes(o.lab)->router, &typist_io, &t);
	session_start(s);
	for (int i = 0; i < 1000 && !t.done; i++)
		run_for(o.lab, NSEC_SEC);
	run_for(o.lab, 5 * NSEC_SEC);
	session_free(s);
	s = session_new(o.lab, lab_nodes(o.lab), lab_nodes(o.lab)->router, &typist_io, &t);
	for (int i = 0; i < TURNS; i++) {
		int64_t start = bench_cpu();

		t.said = 0;
		session_execute(s, show);
		ms[i] = (double)(bench_cpu() - start) / (double)NSEC_MS;
	}
	*bytes = t.said;
	session_free(s);
	lab_free(o.lab);
	free(path);
	return bench_median(ms, TURNS);
}
