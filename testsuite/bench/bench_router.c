/* A router without links and a session on its console. */

#include "testsuite/bench/bench_router.h"

#include <stdlib.h>

#include "engine/router.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "shell/session.h"

#define START	(INT64_C(1426252387) * NSEC_SEC)	/* 2015-03-13 13:13:07 UTC */

struct bench_router {
	struct clock	*clock;
	struct chance	*chance;
	struct router	*router;
};

static void
no_tx(void *arg, struct router *r, const char *ifname, const uint8_t *frame, size_t len)
{
	(void)arg, (void)r, (void)ifname, (void)frame, (void)len;
}

static bool
carrier(void *arg, struct router *r, const char *ifname)
{
	(void)arg, (void)r, (void)ifname;
	return true;
}

static void
load_config(void *arg, struct router *r, const char *text)
{
	(void)arg;
	session_load(NULL, r, text, NULL, NULL);
}

static char *
no_nvram(void *arg, struct router *r)
{
	(void)arg, (void)r;
	return NULL;
}

static const struct router_ops ops = { .tx = no_tx, .carrier = carrier, .load_config = load_config, .nvram_load = no_nvram };

struct bench_router *
bench_router_new(void)
{
	struct bench_router *r = xcalloc(1, sizeof(*r));
	struct router_env env = { .name = "Router1", .ops = &ops, .arg = r, .dialect = IKE_IOS_15, .number = 1 };

	env.clock = r->clock = clock_new_virtual(START);
	r->chance = chance_new_seeded(1);
	env.chance = chance_new_child(r->chance, "Router1");
	r->router = router_new(&env);
	router_power_on(r->router);
	return r;
}

void
bench_router_free(struct bench_router *r)
{
	router_free(r->router);
	chance_free(r->chance);
	clock_free(r->clock);
	free(r);
}

static void
no_write(void *arg, struct session *s, const char *p, size_t n)
{
	(void)arg, (void)s, (void)p, (void)n;
}

struct session *
bench_router_session(struct bench_router *r)
{
	static const struct session_io io = { .write = no_write };

	return session_new(NULL, NULL, r->router, &io, r);
}
