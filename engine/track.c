/*
 * Tracked objects: each has a condition that is looked at anew when something that it may stand on has changed, a
 * state that follows it (after a delay, if one is configured), a message, and an event.  Objects of lists follow
 * from the others, so the round is repeated until nothing changes; a list that holds itself ends as it began.
 */

#include "engine/track.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/eem.h"
#include "engine/internal.h"
#include "engine/log.h"
#include "lib/addr.h"
#include "lib/mem.h"

struct object {
	TAILQ_ENTRY(object)	 next;		/* by number */
	struct tracking		*owner;
	unsigned		 number;
	bool			 known, up, wanted;
	bool			 stub_up;
	struct timer		 delay;
	int64_t			 changed_ns;
	unsigned		 changes;
};

struct tracking {
	struct router		*r;
	struct slas		*slas;
	TAILQ_HEAD(, object)	 objects;
	struct timer		 soon;
	bool			 busy;
};

static void	update(struct tracking *t);

static void
look(void *arg)
{
	update(arg);
}

/* Not from within what changed. */
static void
look_soon(void *arg)
{
	struct tracking *t = arg;

	if (!TAILQ_EMPTY(&t->objects) || !TAILQ_EMPTY(&t->r->cfg->tracking.tracks))
		timer_in(&t->soon, 0);
}

struct tracking *
tracking_new(struct router *r)
{
	struct tracking *t = xcalloc(1, sizeof(*t));

	t->r = r;
	TAILQ_INIT(&t->objects);
	timer_init(&t->soon, r->clock, look, t);
	t->slas = slas_new(r, look_soon, t);
	return t;
}

static void
object_free(struct object *o)
{
	timer_stop(&o->delay);
	TAILQ_REMOVE(&o->owner->objects, o, next);
	free(o);
}

void
tracking_free(struct tracking *t)
{
	if (t == NULL)
		return;
	slas_free(t->slas);
	while (!TAILQ_EMPTY(&t->objects))
		object_free(TAILQ_FIRST(&t->objects));
	timer_stop(&t->soon);
	free(t);
}

static struct object *
object_find(const struct tracking *t, unsigned number)
{
	struct object *o;

	TAILQ_FOREACH(o, &t->objects, next)
		if (o->number == number)
			return o;
	return NULL;
}

/* ---- conditions ---- */

static bool
route_hop(struct tracking *t, const struct cfg_track *c, char out[CFG_IF_NAME]);

static bool
list_holds(const struct tracking *t, const struct cfg_track *c)
{
	bool and = c->kind == TRACK_LIST_AND, all = c->nmembers > 0, any = false;

	for (unsigned i = 0; i < c->nmembers; i++) {
		const struct object *o = object_find(t, c->members[i].number);
		bool up = o != NULL && o->up != c->members[i].negated;

		all &= up;
		any |= up;
	}
	return and ? all : any;
}

static bool
holds(struct tracking *t, const struct object *o, const struct cfg_track *c)
{
	char hop[CFG_IF_NAME];
	struct if_info i;
	enum sla_code code;

	switch (c->kind) {
	case TRACK_IF_LINE:
		return router_if_info(t->r, c->ifname, &i) && i.line_up;
	case TRACK_IF_ROUTING:
		return router_if_info(t->r, c->ifname, &i) && i.line_up && i.ip.addr != 0;
	case TRACK_SLA_REACH:
		return slas_code(t->slas, c->sla, &code) && (code == SLA_OK || code == SLA_OVER_THRESHOLD);
	case TRACK_SLA_STATE:
		return slas_code(t->slas, c->sla, &code) && code == SLA_OK;
	case TRACK_ROUTE:
		return route_hop(t, c, hop);
	case TRACK_LIST_AND:
	case TRACK_LIST_OR:
		return list_holds(t, c);
	case TRACK_STUB:
		return o->stub_up;
	case TRACK_UNSET:
		break;
	}
	return false;
}

struct hop { const struct cfg_track *c; bool found; char *out; };

static void
hop_check(void *arg, const struct route_info *i)
{
	struct hop *h = arg;

	if (i->code == 'L' || i->prefix != h->c->prefix || (int)i->len != ip4_mask_len(h->c->mask))
		return;
	h->found = true;
	strcpy(h->out, i->ifname);
}

static bool
route_hop(struct tracking *t, const struct cfg_track *c, char out[CFG_IF_NAME])
{
	struct hop h = { c, false, out };

	out[0] = '\0';
	router_route_each(t->r, hop_check, &h);
	return h.found;
}

/* ---- states ---- */

static void
object_name(const struct cfg_track *c, char *out, size_t size)
{
	char ifname[CFG_IF_NAME] = "", a[ADDR_STRLEN];

	if (c->ifname != NULL)
		ifname_short(c->ifname, ifname);
	switch (c->kind) {
	case TRACK_IF_LINE:
	case TRACK_IF_ROUTING:
		snprintf(out, size, "interface %s %s", ifname, c->kind == TRACK_IF_LINE ? "line-protocol" : "ip routing");
		break;
	case TRACK_SLA_REACH:
	case TRACK_SLA_STATE:
		snprintf(out, size, "ip sla %u %s", c->sla, c->kind == TRACK_SLA_REACH ? "reachability" : "state");
		break;
	case TRACK_ROUTE:
		snprintf(out, size, "ip route %s/%d reachability", ip4_fmt(c->prefix, a), ip4_mask_len(c->mask));
		break;
	case TRACK_LIST_AND:
	case TRACK_LIST_OR:
		snprintf(out, size, "list boolean %s", c->kind == TRACK_LIST_AND ? "and" : "or");
		break;
	default:
		snprintf(out, size, "stub");
	}
}

static void
object_change(struct object *o, const struct cfg_track *c, bool up)
{
	struct router *r = o->owner->r;
	char name[80];

	o->up = up;
	o->changes++;
	o->changed_ns = clock_now(r->clock);
	object_name(c, name, sizeof(name));
	log_syslog(r, "TRACK", 6, "STATE", "%u %s %s -> %s", o->number, name, up ? "Down" : "Up", up ? "Up" : "Down");
	eem_track_event(r, o->number, up);
	rib_tracks_changed(r);
}

static void
delay_over(void *arg)
{
	struct object *o = arg;
	const struct cfg_track *c = cfg_track(&o->owner->r->cfg->tracking, o->number, false);

	if (c != NULL && o->wanted != o->up)
		object_change(o, c, o->wanted);
	look_soon(o->owner);
}

/* True: its state has changed at once. */
static bool
object_update(struct object *o, const struct cfg_track *c)
{
	bool want = holds(o->owner, o, c);
	unsigned delay = want ? c->delay_up_s : c->delay_down_s;

	if (!o->known) {
		/* A new object begins Down; Up is its first change. */
		o->known = true;
		o->changed_ns = clock_now(o->owner->r->clock);
	}
	if (want == o->up) {
		timer_stop(&o->delay);
		return false;
	}
	if (delay > 0) {
		if (!timer_armed(&o->delay) || o->wanted != want)
			timer_in(&o->delay, delay * NSEC_SEC);
		o->wanted = want;
		return false;
	}
	timer_stop(&o->delay);
	object_change(o, c, want);
	return true;
}

static void
update(struct tracking *t)
{
	struct object *o;
	size_t rounds = 0, n = 0;
	bool more = true;

	if (t->busy || !router_ready(t->r))
		return;
	t->busy = true;
	TAILQ_FOREACH(o, &t->objects, next)
		n++;
	while (more && rounds++ <= n) {
		more = false;
		TAILQ_FOREACH(o, &t->objects, next) {
			const struct cfg_track *c = cfg_track(&t->r->cfg->tracking, o->number, false);

			if (c != NULL)
				more |= object_update(o, c);
		}
	}
	t->busy = false;
}

static void
object_new(struct tracking *t, const struct cfg_track *c)
{
	struct object *o = xcalloc(1, sizeof(*o)), *at;

	o->owner = t;
	o->number = c->number;
	o->stub_up = c->stub_up;
	timer_init(&o->delay, t->r->clock, delay_over, o);
	TAILQ_FOREACH(at, &t->objects, next)
		if (at->number > o->number)
			break;
	if (at != NULL)
		TAILQ_INSERT_BEFORE(at, o, next);
	else
		TAILQ_INSERT_TAIL(&t->objects, o, next);
}

void
tracking_apply(struct router *r)
{
	struct tracking *t = r->tracking;
	struct object *o, *next;
	const struct cfg_track *c;

	for (o = TAILQ_FIRST(&t->objects); o != NULL; o = next) {
		next = TAILQ_NEXT(o, next);
		if (cfg_track(&r->cfg->tracking, o->number, false) == NULL)
			object_free(o);
	}
	TAILQ_FOREACH(c, &r->cfg->tracking.tracks, next)
		if (object_find(t, c->number) == NULL)
			object_new(t, c);
	slas_apply(t->slas);
	rib_tracks_changed(r);
	look_soon(t);
}

void
tracking_net_changed(struct router *r)
{
	if (r->tracking != NULL)
		look_soon(r->tracking);
}

bool
track_state(const struct router *r, unsigned number, bool *up)
{
	const struct object *o = object_find(r->tracking, number);

	if (o != NULL)
		*up = o->up;
	return o != NULL;
}

bool
track_set_stub(struct router *r, unsigned number, bool up)
{
	const struct cfg_track *c = cfg_track(&r->cfg->tracking, number, false);
	struct object *o = object_find(r->tracking, number);

	if (c == NULL || o == NULL || c->kind != TRACK_STUB)
		return false;
	o->stub_up = up;
	update(r->tracking);
	return true;
}

void
track_each(struct router *r, void (*fn)(void *arg, const struct track_info *i), void *arg)
{
	const struct cfg_track *c;
	struct object *o;

	TAILQ_FOREACH(o, &r->tracking->objects, next) {
		struct track_info i = { .up = o->up, .changes = o->changes, .changed_ns = o->changed_ns };

		if ((c = cfg_track(&r->cfg->tracking, o->number, false)) == NULL)
			continue;
		i.cfg = c;
		i.delayed = timer_armed(&o->delay);
		i.delayed_up = o->wanted;
		i.left_ns = i.delayed ? timer_due(&o->delay) - clock_now(r->clock) : 0;
		if (c->kind == TRACK_ROUTE)
			route_hop(r->tracking, c, i.hop_if);
		fn(arg, &i);
	}
}

void
sla_each(struct router *r, void (*fn)(void *arg, const struct sla_info *i), void *arg)
{
	slas_each(r->tracking->slas, fn, arg);
}
