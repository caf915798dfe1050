/* Samples of processor time, a second apart, and what minutes and hours made of them. */

#include "engine/load.h"

#include <stdlib.h>
#include <string.h>

#include "engine/router.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/procinfo.h"

#define MINUTE		60u
#define FULL		10000u		/* hundredths of a percent */

struct sample { uint32_t used_us, system_us, span_us; };
struct span { uint8_t max, average; };

/* Newest first: what is older moves up. */
struct load {
	struct router		*r;
	struct timer		 timer;
	struct procinfo_cpu	 then;
	int64_t			 then_ns;
	struct sample		 seconds[LOAD_SECONDS];
	struct span		 minutes[LOAD_MINUTES], hours[LOAD_HOURS];
	size_t			 nseconds, nminutes, nhours;
	unsigned		 in_minute, in_hour;	/* how many are in the one under way */
};

static unsigned
share(uint64_t used_us, uint64_t span_us)
{
	uint64_t s = span_us == 0 ? 0 : used_us * FULL / span_us;

	return s > FULL ? FULL : (unsigned)s;
}

static uint8_t
sample_pct(const struct sample *s)
{
	return (uint8_t)((share(s->used_us, s->span_us) + 50) / 100);
}

static void
push(void *v, size_t one, size_t *n, size_t room, const void *new)
{
	memmove((char *)v + one, v, (room - 1) * one);
	memcpy(v, new, one);
	if (*n < room)
		++*n;
}

static void
hour_over(struct load *l)
{
	unsigned sum = 0;
	struct span h = { 0 };

	for (size_t i = 0; i < LOAD_MINUTES; i++) {
		sum += l->minutes[i].average;
		h.max = l->minutes[i].max > h.max ? l->minutes[i].max : h.max;
	}
	h.average = (uint8_t)(sum / LOAD_MINUTES);
	l->in_hour = 0;
	push(l->hours, sizeof(h), &l->nhours, LOAD_HOURS, &h);
}

static void
minute_over(struct load *l)
{
	unsigned sum = 0;
	struct span m = { 0 };

	for (size_t i = 0; i < MINUTE; i++) {
		uint8_t pct = sample_pct(&l->seconds[i]);

		sum += pct;
		m.max = pct > m.max ? pct : m.max;
	}
	m.average = (uint8_t)(sum / MINUTE);
	l->in_minute = 0;
	push(l->minutes, sizeof(m), &l->nminutes, LOAD_MINUTES, &m);
	if (++l->in_hour == LOAD_MINUTES)
		hour_over(l);
}

void
load_add(struct load *l, uint32_t used_us, uint32_t system_us, uint32_t span_us)
{
	const struct sample s = { used_us, system_us, span_us };

	push(l->seconds, sizeof(s), &l->nseconds, LOAD_SECONDS, &s);
	if (++l->in_minute == MINUTE)
		minute_over(l);
}

static void
on_second(void *arg)
{
	struct load *l = arg;
	int64_t now = clock_now(l->r->clock);
	struct procinfo_cpu cpu;
	uint64_t system;

	procinfo_cpu(&cpu);
	system = cpu.system_us - l->then.system_us;
	load_add(l, (uint32_t)(cpu.user_us - l->then.user_us + system), (uint32_t)system, (uint32_t)((now - l->then_ns) / NSEC_US));
	l->then = cpu;
	l->then_ns = now;
	timer_in(&l->timer, NSEC_SEC);
}

struct load *
load_new(struct router *r)
{
	struct load *l = xcalloc(1, sizeof(*l));

	l->r = r;
	timer_init(&l->timer, r->clock, on_second, l);
	if (clock_is_virtual(r->clock))
		return l;
	procinfo_cpu(&l->then);
	l->then_ns = clock_now(r->clock);
	timer_in(&l->timer, NSEC_SEC);
	return l;
}

void
load_free(struct load *l)
{
	if (l == NULL)
		return;
	timer_stop(&l->timer);
	free(l);
}

static struct load_share
since_start(void)
{
	uint64_t age_us = (uint64_t)(procinfo_age_ns() / NSEC_US);
	struct procinfo_cpu cpu;

	procinfo_cpu(&cpu);
	return (struct load_share){ .all = share(cpu.user_us + cpu.system_us, age_us), .system = share(cpu.system_us, age_us) };
}

struct load_share
load_average(const struct router *r, unsigned seconds)
{
	const struct load *l = r->load;
	uint64_t used = 0, system = 0, span = 0;

	if (l == NULL || l->nseconds == 0)
		return since_start();
	for (size_t i = 0; i < seconds && i < l->nseconds; i++) {
		used += l->seconds[i].used_us;
		system += l->seconds[i].system_us;
		span += l->seconds[i].span_us;
	}
	return (struct load_share){ .all = share(used, span), .system = share(system, span) };
}

bool
load_second(const struct router *r, size_t i, unsigned *pct)
{
	if (i >= r->load->nseconds)
		return false;
	*pct = sample_pct(&r->load->seconds[i]);
	return true;
}

static bool
span_at(const struct span *v, size_t n, size_t i, unsigned *max, unsigned *average)
{
	if (i >= n)
		return false;
	*max = v[i].max;
	*average = v[i].average;
	return true;
}

bool
load_minute(const struct router *r, size_t i, unsigned *max, unsigned *average)
{
	return span_at(r->load->minutes, r->load->nminutes, i, max, average);
}

bool
load_hour(const struct router *r, size_t i, unsigned *max, unsigned *average)
{
	return span_at(r->load->hours, r->load->nhours, i, max, average);
}
