/* The event manager: what a line of syslog costs a router whose applet matches every line. */

#include <stdlib.h>
#include <string.h>

#include "engine/log.h"
#include "engine/router.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "shell/session.h"
#include "testsuite/bench/bench.h"

#define LINES	20000
#define TURNS	5

static void
tx(void *arg, struct router *r, const char *ifname, const uint8_t *frame, size_t len)
{
	(void)arg;
	(void)r;
	(void)ifname;
	(void)frame;
	(void)len;
}

static bool
carrier(void *arg, struct router *r, const char *ifname)
{
	(void)arg;
	(void)r;
	(void)ifname;
	return true;
}

static char *
nvram_load(void *arg, struct router *r)
{
	(void)arg;
	(void)r;
	return xstrdup("logging buffered 100000\nevent manager applet EVERY\n event syslog pattern \".*\"\n"
	    " action 1.0 set m \"$_syslog_msg\"\n action 2.0 counter name lines op inc value 1\nend\n");
}

static void
complain(void *arg, size_t line, const char *message)
{
	(void)arg;
	fatal("configuration line %zu: %s", line, message);
}

static void
load_config(void *arg, struct router *r, const char *text)
{
	(void)arg;
	session_load(NULL, r, text, complain, NULL);
}

static const struct router_ops ops = { .tx = tx, .carrier = carrier, .load_config = load_config, .nvram_load = nvram_load };

/* Each line is logged, and its applet run, before the next. */
static double
turn(struct router *r, struct clock *c)
{
	int64_t start = bench_cpu();

	for (int i = 0; i < LINES; i++) {
		log_syslog(r, "LINEPROTO", 5, "UPDOWN", "Line protocol on Interface GigabitEthernet0/%d, changed state to up", i % 4);
		while (clock_step(c, clock_now(c) + 10 * NSEC_MS))
			;
	}
	return (double)(bench_cpu() - start) / LINES / 1000;
}

void
bench_eem(struct bench *b)
{
	struct clock *c = clock_new_virtual(INT64_C(1426252387) * NSEC_SEC);
	struct chance *root = chance_new_seeded(1);
	struct router_env env = { .name = "R", .clock = c, .ops = &ops, .number = 1 };
	struct router *r;
	double t[TURNS];

	env.chance = chance_new_child(root, "R");
	r = router_new(&env);
	router_power_on(r);
	for (int i = 0; i < TURNS; i++)
		t[i] = turn(r, c);
	bench_cost(b, "an applet matching every syslog line", "us", bench_median(t, TURNS), 20);
	router_free(r);
	chance_free(root);
	clock_free(c);
}
