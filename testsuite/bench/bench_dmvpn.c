/*
 * A DMVPN hub and many spokes in one lab: what a spoke costs in memory, and how long it takes until all pass traffic
 * again after the hub was rebooted, with Invalid SPI recovery on and all spokes named by the hub's configuration.  The
 * time is held against that of the exponentiations that were done in it, done once more alone; while the same goes on a
 * second time nobody may be seen at more than one attempt with a peer.
 */

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <spawn.h>
#include <unistd.h>

#include "engine/lab.h"
#include "engine/nhrp.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/dh.h"
#include "lib/mem.h"
#include "testsuite/bench/bench.h"
#include "testsuite/bench/bench_opening.h"

#define SPOKES		500
#define SPOKES_FEW	20
#define GROUP		14
#define UP_WITHIN	(300 * NSEC_SEC)
#define SETTLE		(3300 * NSEC_MS)
#define LOOK_EVERY	(5 * NSEC_MS)

extern char **environ;

/* All that IKE asks of Diffie-Hellman passes here and is counted. */
struct dh	*__real_dh_new(struct chance *c, unsigned group);
bool		 __real_dh_derive(struct dh *d, const uint8_t *peer, size_t n, uint8_t *out);
struct dh	*__wrap_dh_new(struct chance *c, unsigned group);
bool		 __wrap_dh_derive(struct dh *d, const uint8_t *peer, size_t n, uint8_t *out);

static size_t	made, derived;

struct dh *
__wrap_dh_new(struct chance *c, unsigned group)
{
	made++;
	return __real_dh_new(c, group);
}

bool
__wrap_dh_derive(struct dh *d, const uint8_t *peer, size_t n, uint8_t *out)
{
	derived++;
	return __real_dh_derive(d, peer, n, out);
}

struct dmvpn {
	struct lab	*lab;
	struct node	*hub;
};

static void
command(const char *line)
{
	char *argv[] = { xstrdup("sh"), xstrdup("-c"), xstrdup(line), NULL };
	int status = 0;
	pid_t pid;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0 || waitpid(pid, &status, 0) != pid || status != 0)
		fatal("%s failed", line);
	for (int i = 0; i < 3; i++)
		free(argv[i]);
}

static void
lab_open(struct dmvpn *d, unsigned spokes)
{
	char dir[] = "/tmp/inspire-dmvpn-XXXXXX", *why = NULL, *path, *make, *unmake;
	struct lab_options lo = {.seed = 1, .load_config = bench_load_config, .arg = &d->lab};

	if (mkdtemp(dir) == NULL)
		fatal("no folder for a lab");
	make = xasprintf("%s/dmvpn-lab.sh %u %s static", BENCH_TOOLS, spokes, dir);
	unmake = xasprintf("rm -r %s", dir);
	command(make);
	lo.topology = path = xasprintf("%s/lab.yml", dir);
	d->lab = lab_new(&lo, &why);
	if (d->lab == NULL)
		fatal("%s", why);
	command(unmake);
	d->hub = lab_nodes(d->lab);
	free(path);
	free(make);
	free(unmake);
}

struct answered { int64_t since; size_t n; };

static void
look_nhs(void *arg, const struct nhrp_nhs_info *n)
{
	struct answered *a = arg;

	a->n += n->responding && n->last_ns > a->since;
}

/* Every spoke has had an answer by the tunnel since then. */
static bool
all_answered(const struct dmvpn *d, int64_t since, size_t spokes)
{
	struct answered a = {.since = since};

	for (struct node *n = lab_nodes(d->lab); n != NULL; n = n->next)
		if (n->kind == NODE_ROUTER && n != d->hub)
			nhrp_nhs_each(n->router, look_nhs, &a);
	return a.n == spokes;
}

/* Attempts that a router has begun with each of its peers. */
struct attempts { uint32_t *peers; size_t n, cap; };

static void
see_attempt(void *arg, const struct ike_sa_info *sa)
{
	struct attempts *a = arg;

	if (!sa->initiator || sa->established || sa->deleted)
		return;
	if (a->n == a->cap) {
		a->cap = a->cap == 0 ? 64 : 2 * a->cap;
		a->peers = xrealloc(a->peers, a->cap * sizeof(*a->peers));
	}
	a->peers[a->n++] = sa->path.remote.v4;
}

static int
u32_cmp(const void *pa, const void *pb)
{
	uint32_t a, b;

	memcpy(&a, pa, sizeof(a));
	memcpy(&b, pb, sizeof(b));
	return a < b ? -1 : a > b;
}

/* The most attempts that any router has under way with one peer. */
static size_t
most_attempts(const struct dmvpn *d, struct attempts *a)
{
	size_t most = 0, run;

	for (struct node *n = lab_nodes(d->lab); n != NULL; n = n->next) {
		if (n->kind != NODE_ROUTER || n->router->ike == NULL)
			continue;
		a->n = 0;
		ike_sa_each(n->router->ike, see_attempt, a);
		if (a->n > 1)
			qsort(a->peers, a->n, sizeof(*a->peers), u32_cmp);
		run = 0;
		for (size_t i = 0; i < a->n; i++) {
			run = i > 0 && a->peers[i] == a->peers[i - 1] ? run + 1 : 1;
			most = run > most ? run : most;
		}
	}
	return most;
}

/* Until all have been answered; returns the lab's time that it took. */
static int64_t
run_until_up(struct dmvpn *d, int64_t since, size_t spokes, size_t *most)
{
	int64_t start = clock_now(lab_clock(d->lab)), at = start;
	struct attempts a = {0};

	while (!all_answered(d, since, spokes)) {
		at += most != NULL ? LOOK_EVERY : NSEC_SEC;
		if (at > start + UP_WITHIN)
			fatal("not all spokes are up after %lld s", (long long)(UP_WITHIN / NSEC_SEC));
		while (lab_step(d->lab, at))
			;
		if (most != NULL) {
			size_t now = most_attempts(d, &a);

			*most = now > *most ? now : *most;
		}
	}
	free(a.peers);
	return at - start;
}

/* The same exponentiations alone. */
static double
raw_seconds(const struct bench *b, size_t pairs, size_t secrets)
{
	struct chance *c = chance_new_seeded(7);
	struct dh *one = __real_dh_new(c, GROUP), *other = __real_dh_new(c, GROUP);
	uint8_t secret[DH_PUB_MAX];
	int64_t start = bench_now(b);

	for (size_t i = 0; i < pairs; i++)
		dh_free(__real_dh_new(c, GROUP));
	for (size_t i = 0; i < secrets; i++)
		if (!__real_dh_derive(one, dh_pub(other), dh_pub_len(GROUP), secret))
			fatal("no common secret");
	start = bench_now(b) - start;
	dh_free(one);
	dh_free(other);
	chance_free(c);
	return (double)start / (double)NSEC_SEC;
}

static int64_t
reboot(struct dmvpn *d)
{
	int64_t now = clock_now(lab_clock(d->lab));

	char *why = NULL;

	if (!lab_power(d->lab, d->hub->name, false, &why) || !lab_power(d->lab, d->hub->name, true, &why))
		fatal("%s", why);
	return now;
}

static void
bench_reboot(struct bench *b)
{
	struct dmvpn d;
	size_t most = 0, pairs, secrets;
	int64_t since, start, took;
	double wall, raw;

	lab_open(&d, SPOKES);
	run_until_up(&d, 0, SPOKES, NULL);
	made = derived = 0;
	start = bench_now(b);
	since = reboot(&d);
	took = run_until_up(&d, since, SPOKES, NULL);
	wall = (double)(bench_now(b) - start) / (double)NSEC_SEC;
	pairs = made;
	secrets = derived;
	raw = raw_seconds(b, pairs, secrets);
	printf("  (%zu key pairs and %zu secrets, all up after %.0f s of the lab's time)\n", pairs, secrets, (double)took / (double)NSEC_SEC);
	bench_cost(b, "hub reboot, 500 spokes, against its exponentiations", "x", wall / raw, 1.5);
	since = reboot(&d);
	run_until_up(&d, since, SPOKES, &most);
	bench_cost(b, "attempts under way with one peer meanwhile", "", (double)most, 1);
	lab_free(d.lab);
}

static double
heap_of(unsigned spokes)
{
	struct mallinfo2 before = mallinfo2(), after;
	struct dmvpn d;

	lab_open(&d, spokes);
	run_until_up(&d, 0, spokes, NULL);
	for (int64_t end = clock_now(lab_clock(d.lab)) + SETTLE; lab_step(d.lab, end);)
		;			/* what is on the wires is no spoke's */
	after = mallinfo2();
	lab_free(d.lab);
	return (double)(after.uordblks + after.hblkhd) - (double)(before.uordblks + before.hblkhd);
}

void
bench_dmvpn(struct bench *b)
{
	double few, many;

	heap_of(SPOKES_FEW);		/* what is made once and kept */
	few = heap_of(SPOKES_FEW);
	many = heap_of(10 * SPOKES_FEW);
	bench_cost(b, "a spoke in a DMVPN lab", "KB", (many - few) / (9 * SPOKES_FEW) / 1024, 250);
	bench_reboot(b);
}
