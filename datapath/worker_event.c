/*
 * What a worker's stages have to tell the engine: posted to worker 0, who tells it as if it had come up in its own.  What only fills a log
 * or a capture may be dropped where too much of it waits (counted); what an SA says once is not.
 */

#include <string.h>

#include "datapath/sa_run.h"
#include "datapath/worker_int.h"
#include "lib/mem.h"

static void
post_main(struct worker *w, void (*fn)(struct worker *w, void *arg), const void *arg, size_t n, bool droppable)
{
	if (!worker_post(&w->all->w[0], fn, arg, n, droppable))
		w->dp->count[DPC_event_lost]++;
}

static void
say_inv_spi(struct worker *m, void *arg)
{
	if (m->dp == NULL)
		return;
	dp_enter(m->dp);
	dp_event_inv_spi(m->dp, arg);
	dp_leave(m->dp);
}

static void
on_inv_spi(void *arg, const struct dp_inv_spi *e)
{
	post_main(arg, say_inv_spi, e, sizeof(*e), true);
}

static void
say_fault(struct worker *m, void *arg)
{
	const struct dp_fault	*f = arg;

	if (m->dp == NULL || sa_by_handle(m->dp, f->sa) == NULL)
		return;
	dp_enter(m->dp);
	dp_event_fault(m->dp, f);
	dp_leave(m->dp);
}

static void
on_fault(void *arg, const struct dp_fault *f)
{
	struct worker		*w = arg;
	const struct sa_pair	*s = worker_sa_by_own(w, f->sa);
	struct dp_fault		 e = *f;

	if (s == NULL)
		return;
	e.sa = s->main;
	post_main(w, say_fault, &e, sizeof(e), true);
}

struct sa_said {
	enum sa_event_kind	kind;
	uint32_t		sa;
	uint64_t		cookie;
};

static void
say_sa(struct worker *m, void *arg)
{
	const struct sa_said	*e = arg;

	if (m->dp == NULL || sa_by_handle(m->dp, e->sa) == NULL)
		return;
	dp_enter(m->dp);
	dp_event_sa(m->dp, e->kind, e->sa, e->cookie);
	dp_leave(m->dp);
}

static void
on_sa_event(void *arg, enum sa_event_kind k, uint32_t sa, uint64_t cookie)
{
	struct worker		*w = arg;
	const struct sa_pair	*s = worker_sa_by_own(w, sa);
	struct sa_said		 e = { k, s != NULL ? s->main : SA_NONE, cookie };

	if (s != NULL)
		post_main(w, say_sa, &e, sizeof(e), false);
}

struct no_sa_said {
	unsigned	tunnel_if;
	uint32_t	src, dst;
};

static void
say_no_sa(struct worker *m, void *arg)
{
	const struct no_sa_said	*e = arg;

	if (m->dp == NULL || dp_if_get(m->dp, e->tunnel_if) == NULL)
		return;
	dp_enter(m->dp);
	dp_event_no_sa(m->dp, e->tunnel_if, e->src, e->dst);
	dp_leave(m->dp);
}

static void
on_no_sa(void *arg, unsigned tunnel_if, uint32_t src, uint32_t dst)
{
	struct no_sa_said	e = { tunnel_if, src, dst };

	post_main(arg, say_no_sa, &e, sizeof(e), true);
}

const struct dp_ops worker_dp_ops = {
	.tx = worker_tx, .tx_batch = worker_tx_batch, .inv_spi = on_inv_spi, .fault = on_fault, .sa_event = on_sa_event, .no_sa = on_no_sa,
};

/* --- What a capture sees --- */

struct tapped {
	struct dp_tap_packet	t;
	struct sa_params	sa;
	uint8_t			bytes[];
};

static void
say_tap(struct worker *m, void *arg)
{
	struct tapped	*x = arg;

	if (m->dp == NULL || m->dp->tap == NULL)
		return;
	x->t.data = x->bytes;
	x->t.sa = x->t.kind == DP_TAP_SEALED ? &x->sa : NULL;
	m->dp->tap(m->dp->tap_arg, &x->t);
}

void
worker_tap(void *arg, const struct dp_tap_packet *t)
{
	struct worker	*w = arg;
	struct tapped	*x = xmalloc(sizeof(*x) + t->len);

	x->t = *t;
	x->sa = t->sa != NULL ? *t->sa : (struct sa_params){ 0 };
	memcpy(x->bytes, t->data, t->len);
	post_main(w, say_tap, x, sizeof(*x) + t->len, true);
	wipe_free(x, sizeof(*x));
}
