/*
 * Counters of all workers added up.  They are asked for, not read from another's memory: who asks waits for less than a vector's time, and
 * those who answer don't wait at all.  All counters of a datapath are fetched at once and hold for a moment, since many are shown together.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/sa_run.h"
#include "datapath/worker_hook.h"
#include "datapath/worker_int.h"
#include "lib/mem.h"

#define HOLD_NS	NSEC_MS		/* counters that were fetched no longer ago are as they are now */

static void
counts_get(struct worker *w, void *arg)
{
	uint64_t	*sum = arg;
	size_t		 i;

	for (i = 0; w->dp != NULL && i < DPC__COUNT; i++) {
		sum[i] += w->dp->count[i];
		sum[DPC__COUNT + i] += w->dp->octets[i];
	}
}

static const uint64_t *
counts(const struct dp *d)
{
	struct workers	*all = d->worker->all;
	int64_t		 now = clock_now(d->clock);
	unsigned	 k;

	if (all->counts == NULL)
		all->counts = xmalloc(2 * DPC__COUNT * sizeof(*all->counts));
	else if (now - all->counts_ns < HOLD_NS && now >= all->counts_ns)
		return all->counts;
	memset(all->counts, 0, 2 * DPC__COUNT * sizeof(*all->counts));
	for (k = 1; k < all->n; k++)
		worker_call(&all->w[k], counts_get, all->counts);
	all->counts_ns = now;
	return all->counts;
}

uint64_t
worker_count(const struct dp *d, enum dp_counter c)
{
	return d->worker->idx == 0 ? counts(d)[c] : 0;
}

/* What was cleared is no longer as it was. */
void
worker_counts_old(struct worker *w)
{
	w->all->counts_ns = 0;
}

uint64_t
worker_octets(const struct dp *d, enum dp_counter c)
{
	return d->worker->idx == 0 ? counts(d)[DPC__COUNT + c] : 0;
}

struct if_ask {
	unsigned		ifidx;
	struct dp_if_info	info;
};

static void
if_get(struct worker *w, void *arg)
{
	struct if_ask	*a = arg;

	if (w->dp == NULL || !dp_if_info(w->dp, a->ifidx, &a->info))
		a->info = (struct dp_if_info){ 0 };
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void
if_sum(struct dp_if_info *to, const struct dp_if_info *i)
{
	to->in_packets += i->in_packets;
	to->in_bytes += i->in_bytes;
	to->out_packets += i->out_packets;
	to->out_bytes += i->out_bytes;
	to->in_errors += i->in_errors;
	to->out_errors += i->out_errors;
	to->in_drops += i->in_drops;
	to->out_drops += i->out_drops;
	to->in_broadcasts += i->in_broadcasts;
	to->last_in_ns = later(to->last_in_ns, i->last_in_ns);
	to->last_out_ns = later(to->last_out_ns, i->last_out_ns);
	to->rate_in_bps += i->rate_in_bps;
	to->rate_in_pps += i->rate_in_pps;
	to->rate_out_bps += i->rate_out_bps;
	to->rate_out_pps += i->rate_out_pps;
}

void
worker_if_info(const struct dp *d, unsigned ifidx, struct dp_if_info *out)
{
	struct if_ask	a = { .ifidx = ifidx };
	unsigned	k;

	for (k = 1; d->worker->idx == 0 && k < d->worker->all->n; k++) {
		worker_call(&d->worker->all->w[k], if_get, &a);
		if_sum(out, &a.info);
	}
}

struct sa_ask {
	uint32_t	sa;
	bool		found;
	struct sa_info	info;
};

static void
sa_get(struct worker *w, void *arg)
{
	struct sa_ask		*a = arg;
	const struct sa_pair	*s = worker_sa_by_main(w, a->sa);

	a->found = s != NULL && dp_sa_info(w->dp, s->own, &a->info);
}

/* All that its owner counted and saw; what worker 0 knows of it (its times and name) stands. */
void
worker_sa_info(const struct dp *d, uint32_t sa, uint32_t spi, struct sa_info *out)
{
	struct sa_ask	a = { .sa = sa };
	unsigned	k = d->worker->idx == 0 ? spi_worker(spi, d->worker->all->n) : 0;

	if (k == 0)
		return;
	worker_call(&d->worker->all->w[k], sa_get, &a);
	if (!a.found)
		return;
	a.info.handle = out->handle;
	a.info.installed_ns = out->installed_ns;
	a.info.dead |= out->dead;
	a.info.p.soft_ns = out->p.soft_ns;
	a.info.p.hard_ns = out->p.hard_ns;
	a.info.p.idle_ns = out->p.idle_ns;
	a.info.p.cookie = out->p.cookie;
	*out = a.info;
}

static void
crypto_get(struct worker *w, void *arg)
{
	if (w->dp != NULL)
		crypto_info(&w->dp->sad->crypto, arg);
}

void
worker_crypto_info(const struct dp *d, struct crypto_info *out)
{
	struct crypto_info	i = { .openssl = out->openssl };
	unsigned		k, lib;

	for (k = 1; d->worker->idx == 0 && k < d->worker->all->n; k++) {
		worker_call(&d->worker->all->w[k], crypto_get, &i);
		out->mb_made |= i.mb_made;
		for (lib = 0; lib < CRYPTO_NLIB; lib++)
			out->done[lib] += i.done[lib];
	}
}

static void
info_get(struct worker *w, void *arg)
{
	*(struct worker_info *)arg = w->info;
}

void
workers_info(struct workers *all, unsigned k, struct worker_info *out)
{
	worker_call(&all->w[k], info_get, out);
}
