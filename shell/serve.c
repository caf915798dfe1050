/* Serving: sockets opened, host keys found or made, signals taken as words. */

#include "shell/serve.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/lab.h"
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/keymaker.h"
#include "shell/remote.h"
#include "shell/signals.h"

struct serving {
	struct remotes	*remotes;
	struct keymaker	*keymaker;	/* NULL: no SSH */
	struct signals	*signals, *own;	/* those that are heeded; those that are ours to free */
	bool		 stays;
};

/* ---- keys ---- */

static bool
keys_of(struct serving *s, const struct serve_options *o, struct router *r, char **why)
{
	char *dir = o->keys(o->arg, r);
	bool ok = dir != NULL ? keymaker_router(s->keymaker, r, dir, why) : true;

	free(dir);
	return ok;
}

static bool
keys(struct serving *s, const struct serve_options *o, struct lab *lab, struct router *router, struct loop *loop, char **why)
{
	s->keymaker = keymaker_new(loop);
	if (lab == NULL)
		return keys_of(s, o, router, why);
	for (struct node *n = lab_nodes(lab); n != NULL; n = n->next)
		if (n->router != NULL && !keys_of(s, o, n->router, why))
			return false;
	return true;
}

/* ---- begun ---- */

static void
describe(const struct serving *s, const struct serve_options *o)
{
	struct text t = { 0 };

	remotes_describe(s->remotes, &t);
	if (o->socket != NULL)
		text_printf(&t, "inspire attach --socket %s\n", remotes_socket_path(s->remotes));
	if (t.len > 0) {
		fputs(t.s, stdout);
		fflush(stdout);
	}
	text_free(&t);
	if (o->ssh != NULL && !remotes_loopback(s->remotes))
		fputs("inspire: SSH listens at an address that others than this machine may reach\n", stderr);
}

struct serving *
serving_new(const struct serve_options *o, struct lab *lab, struct router *router, struct loop *loop, char **why)
{
	struct serving *s;
	bool ok, real = !clock_is_virtual(loop_clock(loop));

	*why = NULL;
	if (!o->stay && o->ssh == NULL && o->socket == NULL && !real)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->stays = o->stay || o->ssh != NULL || o->socket != NULL;
	s->remotes = remotes_new(lab, router, loop);
	ok = remotes_socket(s->remotes, o->socket, why) || o->socket == NULL;	/* the usual one may be missing */
	if (ok && *why != NULL) {
		free(*why);
		*why = NULL;
	}
	ok = ok && (o->ssh == NULL || (keys(s, o, lab, router, loop, why) && remotes_ssh(s->remotes, o->ssh, why)));
	if (!ok) {
		serving_free(s);
		return NULL;
	}
	if (o->signals == NULL && s->stays)
		s->own = signals_new(loop, NULL, NULL);
	s->signals = o->signals != NULL ? o->signals : s->own;
	describe(s, o);
	return s;
}

void
serving_free(struct serving *s)
{
	if (s == NULL)
		return;
	remotes_free(s->remotes);
	keymaker_free(s->keymaker);
	signals_free(s->own);
	free(s);
}

struct remotes *
serving_remotes(struct serving *s)
{
	return s == NULL ? NULL : s->remotes;
}

bool
serving_stays(const struct serving *s)
{
	return s != NULL && s->stays;
}

bool
serving_stopped(const struct serving *s)
{
	return s != NULL && signals_stops(s->signals) > 0;
}

const char *
serving_socket(const struct serving *s)
{
	return s == NULL ? NULL : remotes_socket_path(s->remotes);
}
