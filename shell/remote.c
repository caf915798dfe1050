/* People from elsewhere, all together: where they are listened for, what is swept, what is told of them. */

#include "shell/remote.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/lab.h"
#include "engine/router.h"
#include "lib/mem.h"
#include "lib/loop.h"
#include "shell/remote_int.h"
#include "shell/session.h"

struct node *
remotes_node(const struct remotes *o, const struct router *r)
{
	struct node *n = o->lab == NULL ? NULL : lab_nodes(o->lab);

	while (n != NULL && n->router != r)
		n = n->next;
	return n;
}

/* ---- what is over ---- */

static void
set_status(struct rterm *t)
{
	const struct session *s = t->session;

	if (s != NULL && s->coro != NULL && t->command != NULL && s->refused > 0)
		t->status = 1;
}

static bool
is_over(struct rterm *t)
{
	if (!t->over)
		return false;
	if (t->session != NULL) {
		set_status(t);
		session_free(t->session);	/* says its last words */
		t->session = NULL;
		tty_free(t->tty);
		t->tty = NULL;
	}
	rterm_settle(t);
	return t->fd < 0 || t->told;
}

static void
sweep(void *arg, short revents)
{
	struct remotes *o = arg;
	struct rterm *t, *t2;
	struct rconn *c, *c2;
	uint64_t times;

	(void)revents;
	if (read(o->sweeps, &times, sizeof(times)) < 0)
		return;

	for (t = LIST_FIRST(&o->terms); t != NULL; t = t2) {
		t2 = LIST_NEXT(t, next);
		if (is_over(t))
			rterm_free(t);
	}
	for (c = LIST_FIRST(&o->conns); c != NULL; c = c2) {
		c2 = LIST_NEXT(c, next);
		if (c->state == RCONN_OVER)
			rconn_free(c);
	}
}

/* By a descriptor, and no timer: a virtual clock may stand. */
void
remotes_sweep(struct remotes *o)
{
	const uint64_t one = 1;

	if (write(o->sweeps, &one, sizeof(one)) < 0 && errno != EAGAIN)
		fatal("eventfd: errno %d", errno);
}

void
remotes_rebooted(struct remotes *o, const struct router *r)
{
	struct rterm *t;

	if (o == NULL)
		return;
	LIST_FOREACH(t, &o->terms, next)
		if (t->router == r)
			rterm_hangup(t);
}

/* ---- where ---- */

/* "[::1]:2200", "127.0.0.1:2200", "2200" */
static bool
where_parse(const char *where, char address[64], unsigned *port)
{
	const char *colon = strrchr(where, ':'), *digits = colon == NULL ? where : colon + 1;
	size_t n = colon == NULL ? 0 : (size_t)(colon - where);
	struct addr a;
	char *end;
	unsigned long v;

	if (colon != NULL && where[0] == '[' && n > 2 && colon[-1] == ']') {
		where++;
		n -= 2;
	}
	if (n >= 64 || *digits < '0' || *digits > '9')
		return false;
	snprintf(address, 64, "%.*s", colon == NULL ? 9 : (int)n, colon == NULL ? "127.0.0.1" : where);
	v = strtoul(digits, &end, 10);
	*port = (unsigned)v;
	return *end == '\0' && v <= 65535 && addr_parse(address, &a);
}

bool
remotes_ssh(struct remotes *o, const char *where, char **why)
{
	char address[64];
	unsigned port;

	if (!where_parse(where, address, &port)) {
		*why = xasprintf("--ssh %s: expected a port, ADDRESS:PORT, or [IPV6]:PORT", where);
		return false;
	}
	o->gatekeeper = gatekeeper_new(o);
	if (o->lab == NULL) {
		if (!gatekeeper_listen(o->gatekeeper, o->router, address, port, why))
			return false;
	} else {
		for (struct node *n = lab_nodes(o->lab); n != NULL; n = n->next) {
			if (n->router == NULL)
				continue;
			if (port > 65535) {
				*why = xasprintf("--ssh %s: there are more routers than ports", where);
				return false;
			}
			if (!gatekeeper_listen(o->gatekeeper, n->router, address, port, why))
				return false;
			port += port != 0;
		}
	}
	if (gatekeeper_start(o->gatekeeper))
		return true;
	*why = xstrdup("the process that serves SSH could not be started");
	return false;
}

bool
remotes_loopback(const struct remotes *o)
{
	const struct rlistener *l = gatekeeper_listener(o->gatekeeper, 0);

	return l == NULL || strncmp(l->address, "127.", 4) == 0 || strcmp(l->address, "::1") == 0;
}

void
remotes_describe(const struct remotes *o, struct text *out)
{
	const struct rlistener *l;

	for (size_t i = 0; o->gatekeeper != NULL && (l = gatekeeper_listener(o->gatekeeper, i)) != NULL; i++) {
		text_printf(out, "%s: ssh -p %u %s\n", l->router->name, l->port, l->address);
		if (l->router->cfg != NULL && TAILQ_EMPTY(&l->router->cfg->users))
			text_printf(out, "%s: nobody can log in over SSH: no user is configured (username NAME secret ...)\n", l->router->name);
	}
}

size_t
remotes_count(const struct remotes *o)
{
	const struct rterm *t;
	size_t n = 0;

	if (o == NULL)
		return 0;
	LIST_FOREACH(t, &o->terms, next)
		n++;
	return n;
}

/* ---- its life ---- */

struct remotes *
remotes_new(struct lab *lab, struct router *router, struct loop *loop)
{
	struct remotes *o = xcalloc(1, sizeof(*o));

	o->lab = lab;
	o->router = router;
	o->loop = loop;
	LIST_INIT(&o->conns);
	LIST_INIT(&o->terms);
	if ((o->sweeps = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		fatal("eventfd: errno %d", errno);
	o->sweep = loop_fd_add(loop, o->sweeps, POLLIN, sweep, o);
	return o;
}

void
remotes_free(struct remotes *o)
{
	struct rterm *t;
	struct rconn *c;

	if (o == NULL)
		return;
	while ((t = LIST_FIRST(&o->terms)) != NULL)
		rterm_free(t);
	while ((c = LIST_FIRST(&o->conns)) != NULL)
		rconn_free(c);
	gatekeeper_free(o->gatekeeper);
	attach_free(o->attach);
	loop_fd_del(o->sweep);
	close(o->sweeps);
	free(o);
}
