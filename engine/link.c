/*
 * Links: two ends, and in each direction frames on their way in order of arrival.  A frame that leaves an end
 * is captured, judged by the fault rules, waits for its turn on a slow link, and is lost, bent, doubled, held
 * back or delayed as the impairment of that direction says; each draw comes from that end's own stream of
 * chance, so that one link's draws do not shift another's.
 *
 * An end has carrier while both ends are up, the far node has power and the far interface is not shut: taking
 * down one end takes down both, as pulling a cable does, and what was on its way is gone.
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "datapath/capture.h"
#include "engine/lab_impl.h"
#include "engine/topology.h"
#include "lib/chance.h"
#include "lib/mem.h"

#define HOLD_MAX	(100 * NSEC_MS)		/* a frame held back goes on by itself after that */
#define ETHER_HDR	14u

/* Of which pool a frame is, by its room; 2: of none. */
static unsigned
pool_of(size_t cap)
{
	return cap <= FRAME_SHORT ? 0 : cap <= FRAME_SMALL ? 1 : 2;
}

struct frame *
frame_new(struct lab *lab, const uint8_t *data, size_t len)
{
	unsigned pool = pool_of(len);
	struct frame *f = pool < 2 ? TAILQ_FIRST(&lab->pools[pool]) : NULL;

	if (f != NULL) {
		TAILQ_REMOVE(&lab->pools[pool], f, next);
		lab->npooled[pool]--;
	} else {
		size_t cap = pool == 0 ? FRAME_SHORT : pool == 1 ? FRAME_SMALL : len;

		f = xmalloc(sizeof(*f) + cap);
		f->cap = cap;
		lab->nframes++;
	}
	f->len = len;
	memcpy(f->data, data, len);
	return f;
}

void
frame_free(struct lab *lab, struct frame *f)
{
	unsigned pool = pool_of(f->cap);

	if (pool < 2 && lab->npooled[pool] < FRAME_POOL) {
		TAILQ_INSERT_HEAD(&lab->pools[pool], f, next);
		lab->npooled[pool]++;
		return;
	}
	lab->nframes--;
	free(f);
}

static void
deliver(struct link_end *e, uint8_t *frame, size_t len)
{
	struct node *n = e->node;

	switch (n->kind) {
	case NODE_ROUTER:
		if (!n->off)
			router_input(n->router, e->ifname, frame, len);
		break;
	case NODE_SWITCH:
		bridge_input(n->bridge, e, frame, len);
		break;
	case NODE_HOST:
		host_input(n->host, frame, len);
		break;
	case NODE_NAT:
		nat_node_input(n->nat, e, frame, len);
		break;
	}
}

void
link_receive(struct link_end *e, uint8_t *frame, size_t len)
{
	if (e->capture != NULL)
		capture_frame(e->capture, clock_now(e->link->lab->clock), frame, len, false);
	deliver(e, frame, len);
}

static void
rearm(struct link_end *e)
{
	struct frame *f = TAILQ_FIRST(&e->flight);

	if (f == NULL)
		timer_stop(&e->timer);
	else if (timer_due(&e->timer) != f->at)
		timer_at(&e->timer, f->at);
}

/* The timer of a direction: all that has arrived by now, at the far end. */
static void
arrive(void *arg)
{
	struct link_end *e = arg;
	struct lab *lab = e->link->lab;
	int64_t now = clock_now(lab->clock);
	struct frame *f;

	while ((f = TAILQ_FIRST(&e->flight)) != NULL && f->at <= now) {
		TAILQ_REMOVE(&e->flight, f, next);
		if (e->held == f)
			e->held = NULL;
		link_receive(e->peer, f->data, f->len);
		frame_free(lab, f);
	}
	rearm(e);
}

/* Behind all that arrive no later. */
static void
insert(struct link_end *e, struct frame *f)
{
	struct frame *o;

	TAILQ_FOREACH_REVERSE(o, &e->flight, frames, next)
		if (o->at <= f->at)
			break;
	if (o != NULL)
		TAILQ_INSERT_AFTER(&e->flight, o, f, next);
	else
		TAILQ_INSERT_HEAD(&e->flight, f, next);
}

/* Puts a frame on its way; one that was held back goes right behind it, and has been overtaken only then. */
static void
launch(struct link_end *e, struct frame *f, int64_t at, bool hold)
{
	struct frame *h = e->held;

	f->at = hold ? at + HOLD_MAX : at;
	insert(e, f);
	if (h != NULL) {
		TAILQ_REMOVE(&e->flight, h, next);
		h->at = at;
		insert(e, h);
		e->reordered++;
	}
	e->held = hold ? f : NULL;
	rearm(e);
}

/* When the last bit of it has left, on a link with a rate; false: the queue before it is full. */
static bool
serialize(struct link_end *e, size_t len, int64_t now, int64_t *left)
{
	uint64_t rate = e->imp.rate_bps;
	int64_t free_at = e->busy_until > now ? e->busy_until : now;
	__extension__ typedef unsigned __int128 wide;

	*left = now;
	if (rate == 0)
		return true;
	if ((wide)(free_at - now) * rate / 8 / (uint64_t)NSEC_SEC > LINK_QUEUE) {
		e->queue_drops++;
		return false;
	}
	e->busy_until = *left = free_at + (int64_t)((wide)len * 8 * (uint64_t)NSEC_SEC / rate);
	return true;
}

static bool
drawn(struct link_end *e, double p)
{
	return p > 0 && chance_unit(e->chance) < p;
}

static int64_t
delay_of(struct link_end *e)
{
	int64_t d = e->imp.delay_set ? e->imp.delay_ns : LINK_DELAY, j = e->imp.jitter_ns;

	if (j > 0)
		d += (int64_t)((2 * chance_unit(e->chance) - 1) * (double)j);
	return d > 0 ? d : 0;
}

/* One bit of what the Ethernet header carries turns over. */
static void
corrupt(struct link_end *e, uint8_t *data, size_t len)
{
	uint32_t bit;

	if (len <= ETHER_HDR)
		return;
	bit = chance_below(e->chance, (uint32_t)(len - ETHER_HDR) * 8);
	data[ETHER_HDR + bit / 8] ^= (uint8_t)(1u << bit % 8);
	e->corrupted++;
}

/* The wire, with what is wrong with it.  Frames keep their order but for those drawn to be held back. */
static void
transmit(struct link_end *e, const uint8_t *data, size_t len)
{
	int64_t at;
	bool twice, hold, bent;
	struct frame *f, *again;

	if (!serialize(e, len, clock_now(e->link->lab->clock), &at))
		return;
	if (drawn(e, e->imp.loss)) {
		e->lost++;
		return;
	}
	bent = drawn(e, e->imp.corrupt);
	twice = drawn(e, e->imp.duplicate);
	hold = drawn(e, e->imp.reorder) && e->held == NULL;
	at += delay_of(e);
	if (at < e->last_at)
		at = e->last_at;
	e->last_at = at;
	e->duplicated += twice;
	f = frame_new(e->link->lab, data, len);
	if (bent)
		corrupt(e, f->data, len);
	again = twice ? frame_new(e->link->lab, f->data, len) : NULL;
	launch(e, f, at, hold);
	if (again != NULL)
		launch(e, again, at, false);
}

void
link_send(struct link_end *e, const uint8_t *frame, size_t len)
{
	const struct fault_rule *rule;
	int64_t now = clock_now(e->link->lab->clock);

	if (!e->lit || !e->peer->lit)
		return;
	if (e->capture != NULL)
		capture_frame(e->capture, now, frame, len, true);
	e->frames++;
	e->bytes += len;
	rule = fault_judge(e, frame, len);
	if (rule != NULL)
		e->faulted++;
	if (rule != NULL && rule->action == FAULT_DROP)
		return;
	if (rule != NULL && rule->action == FAULT_DELAY) {
		struct frame *f = frame_new(e->link->lab, frame, len);

		f->at = now + rule->delay_ns + LINK_DELAY;
		insert(e, f);
		rearm(e);
		return;
	}
	transmit(e, frame, len);
	if (rule != NULL)
		transmit(e, frame, len);
}

static void
drop_flight(struct link_end *e)
{
	struct frame *f;

	while ((f = TAILQ_FIRST(&e->flight)) != NULL) {
		TAILQ_REMOVE(&e->flight, f, next);
		frame_free(e->link->lab, f);
		e->lost++;
	}
	e->held = NULL;
	e->busy_until = e->last_at = 0;
	rearm(e);
}

static bool
carrier(const struct link_end *e)
{
	return e->up && e->peer->up && e->peer->admin && !e->peer->node->off;
}

static void
tell(struct link_end *e)
{
	struct node *n = e->node;

	if (n->kind == NODE_SWITCH)
		bridge_port_changed(n->bridge, e, e->lit);
	else if (n->kind == NODE_HOST)
		host_carrier(n->host, e->lit);
	else if (n->kind == NODE_NAT)
		nat_node_carrier(n->nat, e, e->lit);
	else if (!n->off && n->router != NULL)
		router_carrier_changed(n->router, e->ifname);
}

void
link_recheck(struct link *l)
{
	bool was[2] = {l->end[0].lit, l->end[1].lit};

	for (int k = 0; k < 2; k++)
		l->end[k].lit = carrier(&l->end[k]);
	if (!l->end[0].lit || !l->end[1].lit)
		for (int k = 0; k < 2; k++)
			drop_flight(&l->end[k]);
	for (int k = 0; k < 2; k++)
		if (l->end[k].lit != was[k])
			tell(&l->end[k]);
}

static void
end_init(struct lab *lab, struct link *l, int k, struct node *n, const char *ifname)
{
	struct link_end *e = &l->end[k], **tail = &n->ends;
	char *stream = xasprintf("link/%s:%s", n->name, ifname);

	e->link = l;
	e->peer = &l->end[1 - k];
	e->node = n;
	e->ifname = xstrdup(ifname);
	e->up = e->admin = true;
	e->chance = chance_new_child(lab->chance, stream);
	free(stream);
	TAILQ_INIT(&e->flight);
	TAILQ_INIT(&e->faults);
	timer_init(&e->timer, lab->clock, arrive, e);
	while (*tail != NULL)
		tail = &(*tail)->sibling;
	*tail = e;
	if (n->kind == NODE_SWITCH)
		bridge_attach(n->bridge, e);
}

void
links_new(struct lab *lab, const struct topology *t, struct node **nodes)
{
	lab->nlinks = t->nlinks;
	lab->links = xcalloc(t->nlinks, sizeof(*lab->links));
	for (size_t i = 0; i < t->nlinks; i++) {
		lab->links[i].lab = lab;
		for (int k = 0; k < 2; k++)
			end_init(lab, &lab->links[i], k, nodes[t->links[i].end[k].node],
			    t->links[i].end[k].ifname);
		for (int k = 0; k < 2; k++)
			lab->links[i].end[k].lit = true;
	}
}

void
links_free(struct lab *lab)
{
	struct frame *f;

	for (size_t i = 0; i < lab->nlinks; i++) {
		for (int k = 0; k < 2; k++) {
			struct link_end *e = &lab->links[i].end[k];

			drop_flight(e);
			faults_free(e);
			chance_free(e->chance);
			free(e->ifname);
		}
		ike_watch_free(lab->links[i].ike);
	}
	free(lab->links);
	lab->links = NULL;
	lab->nlinks = 0;
	for (unsigned k = 0; k < 2; k++)
		while ((f = TAILQ_FIRST(&lab->pools[k])) != NULL) {
			TAILQ_REMOVE(&lab->pools[k], f, next);
			free(f);
		}
}

struct link_end *
link_end_of(struct node *n, const char *ifname)
{
	for (struct link_end *e = n->ends; e != NULL; e = e->sibling)
		if (strcasecmp(e->ifname, ifname) == 0)
			return e;
	return NULL;
}

bool
lab_link_set(struct lab *lab, const char *end, bool up, char **why)
{
	struct link_end *e = lab_end(lab, end, why);

	if (e == NULL)
		return false;
	e->up = up;
	link_recheck(e->link);
	return true;
}

bool
lab_link_impair(struct lab *lab, const char *end, const struct impairment *i, char **why)
{
	struct link_end *e = lab_end(lab, end, why);

	if (e == NULL)
		return false;
	e->impaired = i != NULL;
	e->imp = i != NULL ? *i : (struct impairment){0};
	e->busy_until = 0;
	return true;
}

bool
lab_link_impairment(struct lab *lab, const char *end, struct impairment *out, char **why)
{
	const struct link_end *e = lab_end(lab, end, why);

	if (e != NULL)
		*out = e->imp;
	return e != NULL;
}

void
lab_link_each(struct lab *lab, void (*fn)(void *arg, const struct link_info *l), void *arg)
{
	for (size_t i = 0; i < lab->nlinks; i++) {
		const struct link_end *e = lab->links[i].end;
		struct link_info info = {e[0].node->name, e[0].ifname, e[1].node->name, e[1].ifname, {{0}}};

		for (int k = 0; k < 2; k++, e++) {
			info.end[k].up = e->up;
			info.end[k].lit = e->lit;
			info.end[k].imp = e->imp;
			info.end[k].impaired = e->impaired;
			info.end[k].frames = e->frames;
			info.end[k].bytes = e->bytes;
			info.end[k].lost = e->lost;
			info.end[k].duplicated = e->duplicated;
			info.end[k].corrupted = e->corrupted;
			info.end[k].reordered = e->reordered;
			info.end[k].faulted = e->faulted;
			info.end[k].queue_drops = e->queue_drops;
			info.end[k].capture = e->capture_file;
			info.end[k].faults = e->nfaults;
		}
		fn(arg, &info);
	}
}
