/*
 * Labs: how soon one is ready, what a guide takes, what a router costs in memory, and a month of rekeying.
 * The first two run the program itself, as a person would.
 */

#include <fcntl.h>
#include <malloc.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/lab.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "testsuite/bench/bench.h"
#include "testsuite/bench/bench_opening.h"

#define PAIRS_FEW	2
#define PAIRS_MANY	22
#define TURNS		5

extern char **environ;

/* Runs the program with nothing on its input and nobody to read its output; ends if it fails. */
static void
run(const char *verb, const char *file)
{
	char *argv[] = { xstrdup("./inspire"), xstrdup(verb), xasprintf("%s/%s", BENCH_EXAMPLES, file), NULL };
	posix_spawn_file_actions_t fa;
	int status = 0;
	pid_t pid;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
	if (posix_spawn(&pid, argv[0], &fa, NULL, argv, environ) != 0 || waitpid(pid, &status, 0) != pid || status != 0)
		fatal("%s %s %s failed", argv[0], argv[1], argv[2]);
	posix_spawn_file_actions_destroy(&fa);
	for (int i = 0; i < 3; i++)
		free(argv[i]);
}

static double
seconds_of(const struct bench *b, const char *verb, const char *file)
{
	double t[TURNS];

	run(verb, file);		/* warms up */
	for (int i = 0; i < TURNS; i++) {
		int64_t start = bench_now(b);

		run(verb, file);
		t[i] = (double)(bench_now(b) - start) / (double)NSEC_SEC;
	}
	return bench_median(t, TURNS);
}

/* Labs in this process. */

struct opening { struct lab *lab; };

/* One of a pair: a tunnel to the other over the link between them. */
static void
config_text(struct text *t, unsigned self, unsigned peer)
{
	text_printf(t, "crypto isakmp policy 10\n encr aes\n authentication pre-share\n group 14\n"
	    "crypto isakmp key k address 10.0.0.%u\n"
	    "crypto ipsec transform-set T esp-aes esp-sha-hmac\n"
	    "crypto ipsec profile P\n set transform-set T\n", peer);
	text_printf(t, "interface GigabitEthernet0/0\n ip address 10.0.0.%u 255.255.255.0\n no shutdown\n"
	    "interface Tunnel0\n ip address 172.16.0.%u 255.255.255.252\n tunnel source GigabitEthernet0/0\n"
	    " tunnel mode ipsec ipv4\n tunnel destination 10.0.0.%u\n tunnel protection ipsec profile P\nend\n",
	    self, self, peer);
}

static void
write_pairs(const char *dir, unsigned pairs)
{
	struct text t = {0};

	for (unsigned k = 1; k <= 2; k++) {
		config_text(&t, k, 3 - k);
		bench_write_file(dir, k == 1 ? "1.cfg" : "2.cfg", text_str(&t));
		text_clear(&t);
	}
	text_add(&t, "topology:\n  nodes:\n");
	for (unsigned i = 0; i < 2 * pairs; i++)
		text_printf(&t, "    R%u: {startup-config: %u.cfg}\n", i, i % 2 + 1);
	text_add(&t, "  links:\n");
	for (unsigned i = 0; i < pairs; i++)
		text_printf(&t, "    - endpoints: [\"R%u:Gi0/0\", \"R%u:Gi0/0\"]\n", 2 * i, 2 * i + 1);
	bench_write_file(dir, "lab.yml", text_str(&t));
	text_free(&t);
}

static void
remove_all(const char *dir)
{
	static const char *const names[] = { "1.cfg", "2.cfg", "lab.yml" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = xasprintf("%s/%s", dir, names[i]);

		unlink(path);
		free(path);
	}
	rmdir(dir);
}

static void
run_for(struct lab *lab, int64_t ns)
{
	int64_t end = clock_now(lab_clock(lab)) + ns;

	while (lab_step(lab, end))
		;
}

static void
count_up(void *arg, const struct ipsec_flow_info *f)
{
	*(size_t *)arg += f->nsas >= 2;
}

static void
check_tunnels(struct lab *lab)
{
	for (struct node *n = lab_nodes(lab); n != NULL; n = n->next) {
		size_t up = 0;

		router_flow_each(n->router, count_up, &up);
		if (up != 1)
			fatal("%s has no tunnel", n->name);
	}
}

/* A lab of that many pairs whose tunnels are all up. */
static struct lab *
lab_of_pairs(struct opening *o, unsigned pairs)
{
	char dir[] = "/tmp/inspire-bench-XXXXXX", *why = NULL, *path;
	struct lab_options lo = { .seed = 1, .load_config = bench_load_config, .arg = &o->lab };

	if (mkdtemp(dir) == NULL)
		fatal("no folder for a lab");
	write_pairs(dir, pairs);
	lo.topology = path = xasprintf("%s/lab.yml", dir);
	o->lab = lab_new(&lo, &why);
	if (o->lab == NULL)
		fatal("%s", why);
	remove_all(dir);
	free(path);
	run_for(o->lab, 10 * NSEC_SEC);
	check_tunnels(o->lab);
	return o->lab;
}

static double
heap_of_pairs(unsigned pairs)
{
	struct mallinfo2 before = mallinfo2(), after;
	struct opening o;

	lab_of_pairs(&o, pairs);
	after = mallinfo2();
	lab_free(o.lab);
	return (double)(after.uordblks + after.hblkhd) - (double)(before.uordblks + before.hblkhd);
}

static void
bench_memory(struct bench *b)
{
	double few, many;

	heap_of_pairs(PAIRS_FEW);	/* what is made once and kept */
	few = heap_of_pairs(PAIRS_FEW);
	many = heap_of_pairs(PAIRS_MANY);
	bench_cost(b, "one more idle router with a tunnel", "KB", (many - few) / (2 * (PAIRS_MANY - PAIRS_FEW)) / 1024, 200);
}

static void
bench_month(struct bench *b)
{
	struct opening o;
	int64_t start;

	lab_of_pairs(&o, 1);
	start = bench_now(b);
	run_for(o.lab, 30 * 24 * INT64_C(3600) * NSEC_SEC);
	bench_cost(b, "30 days of two routers rekeying hourly", "s", (double)(bench_now(b) - start) / (double)NSEC_SEC, 10);
	check_tunnels(o.lab);
	lab_free(o.lab);
}

void
bench_lab(struct bench *b)
{
	bench_cost(b, "a lab of two routers ready at its prompt", "ms", 1000 * seconds_of(b, "lab", "lab.yml"), 50);
	bench_cost(b, "the recovery-off guide", "s", seconds_of(b, "test", "07-recovery-off.md"), 0.5);
	bench_memory(b);
	bench_month(b);
}
