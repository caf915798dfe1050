/* See epc_point.h. */

#include "engine/epc_point.h"

#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"
#include "engine/log.h"
#include "engine/router.h"
#include "lib/mem.h"

#define BUFFER_KB	1024u
#define BUFFER_LEN	68u	/* bytes of each packet, unless told */

struct epc_points {
	TAILQ_HEAD(, epc_point)	 list;		/* as they were made */
	size_t			 n;
};

struct epc_points *
epc_points_new(struct router *r)
{
	struct epc_points *ps = xcalloc(1, sizeof(*ps));

	(void)r;
	TAILQ_INIT(&ps->list);
	return ps;
}

static void
point_free(struct epc_points *ps, struct epc_point *p)
{
	TAILQ_REMOVE(&ps->list, p, next);
	ps->n--;
	free(p->name);
	free(p->buffer);
	free(p);
}

void
epc_points_free(struct epc_points *ps)
{
	if (ps == NULL)
		return;
	while (!TAILQ_EMPTY(&ps->list))
		point_free(ps, TAILQ_FIRST(&ps->list));
	free(ps);
}

struct epc_point *
epc_point_find(const struct router *r, const char *name)
{
	struct epc_point *p;

	TAILQ_FOREACH(p, &r->epc_points->list, next)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

void
epc_point_each(const struct router *r, void (*fn)(void *arg, struct epc_point *p), void *arg)
{
	struct epc_point *p, *next;

	for (p = TAILQ_FIRST(&r->epc_points->list); p != NULL; p = next) {
		next = TAILQ_NEXT(p, next);
		fn(arg, p);
	}
}

struct epc_point *
epc_point_make(struct router *r, const char *name, enum epc_path path, const char *ifname, bool in, bool out)
{
	struct epc_points *ps = r->epc_points;
	struct epc_point *p;

	if (ps->n == EPC_POINT_MAX)
		return NULL;
	p = xcalloc(1, sizeof(*p));
	p->name = xstrndup(name, EPC_NAME_MAX);
	p->path = path;
	memcpy(p->ifname, ifname, strlen(ifname) + 1);
	p->in = in;
	p->out = out;
	TAILQ_INSERT_TAIL(&ps->list, p, next);
	ps->n++;
	log_syslog(r, "BUFCAP", 6, "CREATE", "Capture Point %s created.", p->name);
	return p;
}

static bool
is_of(const struct epc_point *p, const struct epc *c)
{
	return p->buffer != NULL && strcmp(p->buffer, c->name) == 0;
}

/* The buffer sees what its active points do; false: those are more interfaces than one has. */
static bool
look_through(struct router *r, struct epc *c)
{
	struct epc_point *p;

	c->nifs = 0;
	TAILQ_FOREACH(p, &r->epc_points->list, next)
		if (p->active && is_of(p, c)) {
			if (c->nifs == EPC_IFS)
				return false;
			c->ifs[c->nifs] = (struct epc_if){ .in = p->in, .out = p->out, .af = p->path == EPC_PATH_IP ? ADDR_V4 : ADDR_V6 };
			memcpy(c->ifs[c->nifs++].name, p->ifname, sizeof(p->ifname));
		}
	epc_run(c, c->nifs > 0);
	return true;
}

const char *
epc_point_start(struct router *r, struct epc_point *p)
{
	struct epc *c = p->buffer == NULL ? NULL : epc_buffer_find(r, p->buffer);

	if (p->active)
		return "Capture Point is already active";
	if (c == NULL)
		return "Capture Point is not associated with a buffer";
	p->active = true;
	if (!look_through(r, c)) {
		p->active = false;
		look_through(r, c);
		return "The buffer's points are on too many interfaces";
	}
	log_syslog(r, "BUFCAP", 6, "ENABLE", "Capture Point %s enabled.", p->name);
	return NULL;
}

void
epc_point_stop(struct router *r, struct epc_point *p)
{
	struct epc *c = p->buffer == NULL ? NULL : epc_buffer_find(r, p->buffer);

	if (!p->active)
		return;
	p->active = false;
	if (c != NULL)
		look_through(r, c);
	log_syslog(r, "BUFCAP", 6, "DISABLE", "Capture Point %s disabled.", p->name);
}

const char *
epc_point_associate(struct router *r, struct epc_point *p, const char *buffer)
{
	if (p->active)
		return "Capture Point is active: stop it first";
	if (buffer != NULL && epc_buffer_find(r, buffer) == NULL)
		return "Capture Buffer does not exist";
	free(p->buffer);
	p->buffer = buffer == NULL ? NULL : xstrdup(buffer);
	return NULL;
}

void
epc_point_del(struct router *r, struct epc_point *p)
{
	epc_point_stop(r, p);
	log_syslog(r, "BUFCAP", 6, "DELETE", "Capture Point %s deleted.", p->name);
	point_free(r->epc_points, p);
}

struct epc *
epc_buffer_find(const struct router *r, const char *name)
{
	struct epc *c = epc_find(r, name);

	return c != NULL && c->by_points ? c : NULL;
}

struct epc *
epc_buffer_make(struct router *r, const char *name)
{
	struct epc *c = epc_make(r, name);

	if (c == NULL)
		return NULL;
	c->by_points = true;
	c->filter = EPC_FILTER_ANY;
	c->size_kb = BUFFER_KB;
	c->limit_len = BUFFER_LEN;
	return c;
}

void
epc_buffer_del(struct router *r, struct epc *c)
{
	struct epc_point *p;

	TAILQ_FOREACH(p, &r->epc_points->list, next)
		if (is_of(p, c)) {
			epc_point_stop(r, p);
			epc_point_associate(r, p, NULL);
		}
	epc_del(c);
}

void
epc_points_ended(struct epc *c, const char *why)
{
	struct router *r = c->r;
	struct epc_point *p;

	TAILQ_FOREACH(p, &r->epc_points->list, next)
		if (p->active && is_of(p, c)) {
			p->active = false;
			log_syslog(r, "BUFCAP", 6, "DISABLE_ASYNC", "Capture Point %s disabled. Reason : %s", p->name, why);
		}
}
