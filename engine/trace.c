/* The rings of event traces, and what the events put into them. */

#include "engine/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow.h"
#include "lib/mem.h"

#define FIRST_ROOM	16u

struct ring {
	struct trace_entry	*v;		/* entry n is at n % room once it is full */
	size_t			 room, n;	/* n: how many are kept */
	uint64_t		 total, shown;
	bool			 off, one_shot;
};

struct trace {
	struct ring		 rings[TRACE__COUNT];
};

static const enum trace_ring ring_of[] = {
	[TRACE_SA_CREATE] = TRACE_IPSEC_EVENT, [TRACE_SA_DELETE] = TRACE_IPSEC_EVENT, [TRACE_KMI_REQUEST] = TRACE_IPSEC_EVENT,
	[TRACE_KMI_DELETE] = TRACE_IPSEC_EVENT, [TRACE_KMI_CREATE] = TRACE_IPSEC_EVENT, [TRACE_KMI_ENABLE] = TRACE_IPSEC_EVENT,
	[TRACE_KMI_DELETED] = TRACE_IPSEC_EVENT, [TRACE_KMI_CLEAR_PEER] = TRACE_IPSEC_EVENT,
	[TRACE_INVALID_SPI] = TRACE_IPSEC_ERROR, [TRACE_SA_REFUSED] = TRACE_IPSEC_ERROR,
	[TRACE_UP] = TRACE_ISAKMP_EVENT, [TRACE_DOWN] = TRACE_ISAKMP_EVENT, [TRACE_DELETE_SENT] = TRACE_ISAKMP_EVENT,
	[TRACE_DELETE_GOT] = TRACE_ISAKMP_EVENT, [TRACE_CONTACT_GOT] = TRACE_ISAKMP_EVENT, [TRACE_INVALID_SPI_GOT] = TRACE_ISAKMP_EVENT,
	[TRACE_NOTIFIED] = TRACE_ISAKMP_EVENT, [TRACE_RECOVERY] = TRACE_ISAKMP_EVENT,
	[TRACE_FAILED] = TRACE_ISAKMP_ERROR, [TRACE_DELETE_UNSENT] = TRACE_ISAKMP_ERROR,
};

void
cfg_trace_free(struct cfg_trace *t)
{
	for (size_t i = 0; i < TRACE__COUNT; i++)
		free(t->dump_file[i]);
}

struct trace *
trace_new(void)
{
	return xcalloc(1, sizeof(struct trace));
}

void
trace_free(struct trace *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < TRACE__COUNT; i++)
		free(t->rings[i].v);
	free(t);
}

static size_t
size_of(const struct router *r, enum trace_ring ring)
{
	uint32_t n = r->cfg->trace.size[ring];

	return n == 0 ? TRACE_KEPT : n;
}

/* The ring as it lies in memory, put in order from its oldest entry and given so much room. */
static void
ring_room(struct ring *g, size_t room)
{
	size_t keep = g->n < room ? g->n : room;
	struct trace_entry *v = xcalloc(room, sizeof(*v));

	for (size_t i = 0; i < keep; i++)
		v[(g->total - keep + i) % room] = g->v[(g->total - keep + i) % g->room];
	free(g->v);
	g->v = v;
	g->room = room;
	g->n = keep;
}

/* NULL: it is switched off. */
static struct trace_entry *
entry_add(struct router *r, enum trace_what what)
{
	struct ring *g = r->trace == NULL ? NULL : &r->trace->rings[ring_of[what]];
	size_t size = size_of(r, ring_of[what]);
	struct trace_entry *e;

	if (g == NULL || g->off)
		return NULL;
	if (g->room > size)
		ring_room(g, size);
	else if (g->n == g->room && g->room < size)
		ring_room(g, g->room == 0 ? (FIRST_ROOM < size ? FIRST_ROOM : size) : g->room * 2 < size ? g->room * 2 : size);
	e = &g->v[g->total++ % g->room];
	if (g->n < g->room)
		g->n++;
	g->off = g->one_shot && g->n == size;
	*e = (struct trace_entry){ .when_ns = clock_now(r->clock), .what = what };
	return e;
}

static struct trace_proxy
proxy_of(const struct ike_id *id)
{
	return (struct trace_proxy){ .addr = id->addr, .protocol = id->protocol, .port = id->port };
}

static void
path_put(struct trace_entry *e, const struct ike_path *p)
{
	e->local = p->local;
	e->remote = p->remote;
	e->local_port = p->local_port;
	e->remote_port = p->remote_port;
}

static void
sa_put(const struct pair *p, bool in, bool made, enum trace_cause cause)
{
	const struct flow *f = p->flow;
	struct trace_entry *e = entry_add(f->r, made ? TRACE_SA_CREATE : TRACE_SA_DELETE);
	char words[CFG_TRANSFORM_MAX];

	if (e == NULL)
		return;
	path_put(e, &f->peer->path);
	e->cause = cause;
	e->in = in;
	e->proto = p->esp.proto;
	e->spi = in ? p->spi_in : p->spi_out;
	e->conn = in ? p->conn_in : p->conn_out;
	e->life_s = p->life_s;
	e->life_kb = p->life_kb;
	e->l_proxy = proxy_of(&f->local_id);
	e->r_proxy = proxy_of(&f->remote_id);
	snprintf(e->transform, sizeof(e->transform), "%.*s", (int)sizeof(e->transform) - 1, ipsec_transform_words(&p->esp, words));
}

void
trace_pair(const struct pair *p, bool made, enum trace_cause cause)
{
	sa_put(p, true, made, cause);
	sa_put(p, false, made, cause);
}

void
trace_flow(const struct flow *f, enum trace_what what)
{
	struct trace_entry *e = entry_add(f->r, what);

	if (e == NULL)
		return;
	path_put(e, &f->peer->path);
	e->l_proxy = proxy_of(&f->local_id);
	e->r_proxy = proxy_of(&f->remote_id);
}

void
trace_path(struct router *r, enum trace_what what, const struct ike_path *path, uint8_t proto, uint32_t spi)
{
	struct trace_entry *e = entry_add(r, what);

	if (e == NULL)
		return;
	path_put(e, path);
	e->proto = proto;
	e->spi = spi;
}

void
trace_ike(struct router *r, enum trace_what what, const struct ike_sa_info *sa, enum trace_cause cause)
{
	struct trace_entry *e = entry_add(r, what);

	if (e == NULL)
		return;
	path_put(e, &sa->path);
	e->cause = cause;
	e->conn = sa->conn_id;
	e->initiator = sa->initiator;
	e->l_proxy.addr = sa->path.local;
	e->r_proxy.addr = sa->peer_id.addr;
	if (sa->peer_id.addr.af == ADDR_NONE)
		snprintf(e->name, sizeof(e->name), "%.*s", (int)sizeof(e->name) - 1, sa->peer_id.name);
}

void
trace_fail(struct router *r, const struct ike_path *path, enum ike_fail why)
{
	struct trace_entry *e = entry_add(r, TRACE_FAILED);

	if (e == NULL)
		return;
	path_put(e, path);
	e->fail = (uint8_t)why;
}

void
trace_info(const struct router *r, enum trace_ring ring, struct trace_info *out)
{
	const struct ring *g = r->trace == NULL ? NULL : &r->trace->rings[ring];

	*out = (struct trace_info){ .size = size_of(r, ring) };
	if (g == NULL)
		return;
	out->enabled = !g->off;
	out->one_shot = g->one_shot;
	out->total = g->total;
	out->shown = g->shown;
	out->kept = g->n;
}

void
trace_each(const struct router *r, enum trace_ring ring, uint64_t first, void (*fn)(void *, const struct trace_entry *), void *arg)
{
	const struct ring *g = &r->trace->rings[ring];

	if (first < g->total - g->n)
		first = g->total - g->n;
	for (uint64_t i = first; i < g->total; i++)
		fn(arg, &g->v[i % g->room]);
}

void
trace_shown(struct router *r, enum trace_ring ring)
{
	r->trace->rings[ring].shown = r->trace->rings[ring].total;
}

void
trace_clear(struct router *r, enum trace_ring ring)
{
	struct ring *g = &r->trace->rings[ring];

	g->n = 0;
	g->shown = g->total;
}

void
trace_switch(struct router *r, enum trace_ring ring, enum trace_switch to)
{
	struct ring *g = &r->trace->rings[ring];

	g->off = to == TRACE_OFF;
	g->one_shot = to == TRACE_ONE_SHOT;
	if (g->one_shot)
		trace_clear(r, ring);
}
