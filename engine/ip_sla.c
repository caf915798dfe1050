/* IP SLA operations: an ICMP echo every so often, and what became of the latest. */

#include <stdlib.h>

#include "engine/internal.h"
#include "engine/track.h"
#include "lib/mem.h"

#define HEADERS		28u	/* IP and ICMP */
#define SLA_TTL		255

struct sla {
	TAILQ_ENTRY(sla)	 next;		/* by number */
	struct slas		*owner;
	struct cfg_sla		*cfg;		/* while the configuration has it */
	unsigned		 number;
	struct probe		*probe;
	struct timer		 timer;
	int64_t			 until_ns;	/* its life ends; CLOCK_NEVER = never */
	enum sla_code		 code;
	unsigned		 rtt_ms;
	int64_t			 started_ns;
	uint64_t		 ok, failed;
};

struct slas {
	struct router		*r;
	TAILQ_HEAD(, sla)	 list;
	void			(*changed)(void *arg);
	void			*arg;
};

struct slas *
slas_new(struct router *r, void (*changed)(void *arg), void *arg)
{
	struct slas *s = xcalloc(1, sizeof(*s));

	s->r = r;
	s->changed = changed;
	s->arg = arg;
	TAILQ_INIT(&s->list);
	return s;
}

static void
sla_free(struct sla *x)
{
	timer_stop(&x->timer);
	if (x->probe != NULL)
		router_probe_cancel(x->probe);
	TAILQ_REMOVE(&x->owner->list, x, next);
	free(x);
}

void
slas_free(struct slas *s)
{
	if (s == NULL)
		return;
	while (!TAILQ_EMPTY(&s->list))
		sla_free(TAILQ_FIRST(&s->list));
	free(s);
}

static void
sla_done(void *arg, const struct probe_result *res)
{
	struct sla *x = arg;
	enum sla_code was = x->code;

	x->probe = NULL;
	if (res->replied) {
		x->rtt_ms = (unsigned)((res->rtt_ns + NSEC_MS / 2) / NSEC_MS);
		if (x->rtt_ms == 0)
			x->rtt_ms = 1;
		x->code = x->rtt_ms > x->cfg->threshold_ms ? SLA_OVER_THRESHOLD : SLA_OK;
		x->ok++;
	} else {
		x->code = res->error ? SLA_NO_CONNECTION : SLA_TIMEOUT;
		x->failed++;
	}
	if (x->code != was)
		x->owner->changed(x->owner->arg);
}

static uint32_t
sla_source(const struct sla *x)
{
	struct if_info i;

	if (x->cfg->source_if != NULL && router_if_info(x->owner->r, x->cfg->source_if, &i))
		return i.ip.addr;
	return x->cfg->source;
}

static void
sla_send(void *arg)
{
	struct sla *x = arg;
	struct router *r = x->owner->r;
	const struct probe_req q = { .dst = x->cfg->target, .src = sla_source(x), .size = HEADERS + x->cfg->size, .ttl = SLA_TTL,
		.timeout_ns = x->cfg->timeout_ms * NSEC_MS, .pattern = 0xabcd };
	int64_t now = clock_now(r->clock);

	if (now >= x->until_ns) {
		x->owner->changed(x->owner->arg);
		return;
	}
	timer_in(&x->timer, x->cfg->frequency_s * NSEC_SEC);
	if (x->probe != NULL)		/* the last one still waits: it has not come in time */
		return;
	x->started_ns = router_now(r);
	x->probe = router_probe(r, &q, sla_done, x);
}

static struct sla *
sla_find(const struct slas *s, unsigned number)
{
	struct sla *x;

	TAILQ_FOREACH(x, &s->list, next)
		if (x->number == number)
			return x;
	return NULL;
}

static void
sla_start(struct slas *s, struct cfg_sla *c)
{
	struct sla *x = xcalloc(1, sizeof(*x)), *at;
	int64_t now = clock_now(s->r->clock);

	x->owner = s;
	x->cfg = c;
	x->number = c->number;
	x->until_ns = c->forever ? CLOCK_NEVER : now + c->life_s * NSEC_SEC;
	timer_init(&x->timer, s->r->clock, sla_send, x);
	timer_in(&x->timer, 0);
	TAILQ_FOREACH(at, &s->list, next)
		if (at->number > x->number)
			break;
	if (at != NULL)
		TAILQ_INSERT_BEFORE(at, x, next);
	else
		TAILQ_INSERT_TAIL(&s->list, x, next);
}

void
slas_apply(struct slas *s)
{
	struct sla *x, *next;
	struct cfg_sla *c;

	for (x = TAILQ_FIRST(&s->list); x != NULL; x = next) {
		next = TAILQ_NEXT(x, next);
		c = cfg_sla(&s->r->cfg->tracking, x->number, false);
		if (c == NULL || c != x->cfg || !c->running)
			sla_free(x);
	}
	TAILQ_FOREACH(c, &s->r->cfg->tracking.slas, next)
		if (c->running && c->typed && sla_find(s, c->number) == NULL)
			sla_start(s, c);
}

bool
slas_code(const struct slas *s, unsigned number, enum sla_code *code)
{
	const struct sla *x = sla_find(s, number);

	if (x == NULL || clock_now(s->r->clock) >= x->until_ns)
		return false;
	*code = x->code;
	return true;
}

void
slas_each(struct slas *s, void (*fn)(void *arg, const struct sla_info *i), void *arg)
{
	struct cfg_sla *c;

	TAILQ_FOREACH(c, &s->r->cfg->tracking.slas, next) {
		const struct sla *x = sla_find(s, c->number);
		int64_t now = clock_now(s->r->clock);
		struct sla_info i = { .cfg = c };

		if (x != NULL) {
			i = (struct sla_info){ c, now < x->until_ns, x->code, x->rtt_ms, x->started_ns, x->ok, x->failed, CLOCK_NEVER };
			if (x->until_ns != CLOCK_NEVER)
				i.left_ns = x->until_ns > now ? x->until_ns - now : 0;
		}
		fn(arg, &i);
	}
}

const char *
sla_code_name(enum sla_code c)
{
	static const char *const names[] = { "Unknown", "OK", "Over threshold", "Timeout", "No connection" };

	return names[c];
}
