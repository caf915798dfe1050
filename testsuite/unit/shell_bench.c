/* The bench of shell/ tests: one router on a virtual clock, in memory. */

#include "testsuite/unit/shell_bench.h"

#include <stdlib.h>
#include <string.h>

#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "shell/running_config.h"
#include "shell/session.h"

#define START	(INT64_C(1426252387) * NSEC_SEC)	/* 2015-03-13 13:13:07 UTC */

static void
bench_tx(void *arg, struct router *r, const char *ifname, const uint8_t *frame, size_t len)
{
	(void)arg;
	(void)r;
	(void)ifname;
	(void)frame;
	(void)len;
}

static bool
bench_carrier(void *arg, struct router *r, const char *ifname)
{
	(void)arg;
	(void)r;
	(void)ifname;
	return true;
}

static void
bench_load_config(void *arg, struct router *r, const char *text)
{
	(void)arg;
	session_load(NULL, r, text, NULL, NULL);
}

static char *
bench_nvram_load(void *arg, struct router *r)
{
	struct bench *b = arg;

	(void)r;
	return b->nvram == NULL ? NULL : xstrdup(b->nvram);
}

static bool
bench_nvram_store(void *arg, struct router *r, const char *text, const char **why)
{
	struct bench *b = arg;

	(void)r;
	(void)why;
	config_set_str(&b->nvram, text);
	return true;
}

static const struct router_ops bench_ops = {
	.tx = bench_tx,
	.carrier = bench_carrier,
	.load_config = bench_load_config,
	.nvram_load = bench_nvram_load,
	.nvram_store = bench_nvram_store,
};

struct bench *
bench_new(enum ike_dialect d)
{
	struct bench *b = xcalloc(1, sizeof(*b));
	struct router_env env = { .name = "Router1", .ops = &bench_ops, .arg = b, .dialect = d, .number = 1 };

	b->clock = clock_new_virtual(START);
	b->chance = chance_new_seeded(1);
	env.clock = b->clock;
	env.chance = chance_new_child(b->chance, "Router1");
	b->router = router_new(&env);
	router_power_on(b->router);
	return b;
}

void
bench_free(struct bench *b)
{
	router_free(b->router);
	chance_free(b->chance);
	clock_free(b->clock);
	text_free(&b->said);
	text_free(&b->faults);
	free(b->nvram);
	free(b);
}

static void
bench_report(void *arg, size_t line, const char *message)
{
	struct bench *b = arg;

	text_printf(&b->faults, "%zu: %s\n", line, message);
}

size_t
bench_load(struct bench *b, const char *text)
{
	text_clear(&b->faults);
	return session_load(NULL, b->router, text, bench_report, b);
}

/* A console whose lines are all there at once. */
struct console {
	struct bench	*b;
	const char	*rest;
	bool		 refused;
};

static char *
console_readline(void *arg, struct session *s, const char *prompt, enum input_kind kind)
{
	struct console *c = arg;
	size_t n = strcspn(c->rest, "\n");
	char *line;

	(void)prompt;
	c->refused = s->failed;
	if (*c->rest == '\0')
		return NULL;
	line = xstrndup(c->rest, n);
	c->rest += n + (c->rest[n] == '\n');
	if (kind == INPUT_COMMAND)
		text_clear(&c->b->said);
	return line;
}

static void
console_write(void *arg, struct session *s, const char *p, size_t n)
{
	struct console *c = arg;

	(void)s;
	text_addn(&c->b->said, p, n);
}

static void
console_log(void *arg, struct session *s, const struct log_entry *e, const char *formatted)
{
	(void)arg;
	(void)s;
	(void)e;
	(void)formatted;
}

bool
bench_type(struct bench *b, const char *lines)
{
	static const struct session_io io = { .readline = console_readline, .write = console_write, .log = console_log };
	struct console c = { .b = b, .rest = lines };
	struct session *s = session_new(NULL, NULL, b->router, &io, &c);

	session_start(s);
	session_free(s);
	return !c.refused;
}

char *
bench_running(struct bench *b)
{
	struct text t = { 0 };

	b->router->cfg->changed_ns = 0;
	running_config_body(b->router, &t);
	return text_take(&t);
}
