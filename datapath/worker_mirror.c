/*
 * What worker 0 is told to do, done by the others too: each call becomes a post.  An SA goes to its owner alone; its lifetimes in time and
 * its idle time stay with worker 0, those in bytes and its sequence numbers are the owner's to watch.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/arp.h"
#include "datapath/fib.h"
#include "datapath/nat.h"
#include "datapath/sa_run.h"
#include "datapath/spd.h"
#include "datapath/worker_hook.h"
#include "datapath/worker_int.h"
#include "lib/mem.h"

/* One struct for all that is small. */
struct change {
	unsigned	ifidx, len, mtu;
	enum dp_if_kind	kind;
	bool		on, has_mac;
	uint8_t		mac[6];
	uint16_t	port;
	uint32_t	addr, via, sa, spi;
	struct addr	peer;
};

bool
worker_is_other(const struct dp *d)
{
	return d->worker != NULL && d->worker->idx != 0;
}

void
worker_told(struct dp *d)
{
	if (d->worker->shown != 0)
		worker_show(d->worker);
}

static bool
is_main(const struct dp *d)
{
	return d->worker != NULL && d->worker->idx == 0;
}

static void
all_do(struct dp *d, void (*fn)(struct worker *w, void *arg), const void *arg, size_t n)
{
	unsigned	k;

	for (k = 1; is_main(d) && k < d->worker->all->n; k++)
		worker_post(&d->worker->all->w[k], fn, arg, n, false);
}

static void
all_change(struct dp *d, void (*fn)(struct worker *w, void *arg), const struct change *c)
{
	all_do(d, fn, c, sizeof(*c));
}

/* --- Interfaces --- */

static void
ifs_room(struct worker *w, size_t n)
{
	size_t	i;

	if (n <= w->nifs)
		return;
	w->tunnels = xrealloc(w->tunnels, n * sizeof(*w->tunnels));
	w->slow = xrealloc(w->slow, n * sizeof(*w->slow));
	for (i = w->nifs; i < n; i++) {
		w->tunnels[i] = (struct worker_tunnel){ 0 };
		w->slow[i] = false;
	}
	w->nifs = n;
}

/* Slots are given in the same order everywhere. */
static void
if_add(struct worker *w, void *arg)
{
	const struct change	*c = arg;
	unsigned		 ifidx = dp_if_add(w->dp, c->kind, c->has_mac ? c->mac : NULL);

	if (ifidx != c->ifidx)
		fatal("worker %u: interface %u where %u was to be", w->idx, ifidx, c->ifidx);
	ifs_room(w, ifidx);
	w->tunnels[ifidx - 1] = (struct worker_tunnel){ 0 };
	w->slow[ifidx - 1] = c->kind == DP_IF_GRE;
}

void
mirror_if_add(struct dp *d, unsigned ifidx, enum dp_if_kind kind, const uint8_t mac[6])
{
	struct change	c = { .ifidx = ifidx, .kind = kind, .has_mac = mac != NULL };

	if (mac != NULL)
		memcpy(c.mac, mac, sizeof(c.mac));
	all_change(d, if_add, &c);
}

static void
if_del(struct worker *w, void *arg)
{
	dp_if_del(w->dp, ((const struct change *)arg)->ifidx);
}

void
mirror_if_del(struct dp *d, unsigned ifidx)
{
	all_change(d, if_del, &(struct change){ .ifidx = ifidx });
}

static void
if_up(struct worker *w, void *arg)
{
	const struct change	*c = arg;

	dp_if_set_up(w->dp, c->ifidx, c->on);
}

void
mirror_if_up(struct dp *d, unsigned ifidx, bool up)
{
	all_change(d, if_up, &(struct change){ .ifidx = ifidx, .on = up });
}

static void
if_mtu(struct worker *w, void *arg)
{
	const struct change	*c = arg;

	dp_if_set_mtu(w->dp, c->ifidx, c->mtu);
}

void
mirror_if_mtu(struct dp *d, unsigned ifidx, unsigned mtu)
{
	all_change(d, if_mtu, &(struct change){ .ifidx = ifidx, .mtu = mtu });
}

struct addrs {
	unsigned	ifidx;
	size_t		n;
	uint32_t	v[];	/* addresses, then lengths */
};

static void
if_addr(struct worker *w, void *arg)
{
	const struct addrs	*a = arg;

	dp_if_set_addr(w->dp, a->ifidx, a->v, (const unsigned *)a->v + a->n, a->n);
}

void
mirror_if_addr(struct dp *d, unsigned ifidx, const uint32_t *addrs, const unsigned *lens, size_t n)
{
	size_t		 size = sizeof(struct addrs) + 2 * n * sizeof(uint32_t), i;
	struct addrs	*a;

	if (!is_main(d))
		return;
	a = xmalloc(size);
	*a = (struct addrs){ ifidx, n };
	for (i = 0; i < n; i++) {
		a->v[i] = addrs[i];
		a->v[n + i] = lens[i];
	}
	all_do(d, if_addr, a, size);
	free(a);
}

/* The owner sends by its own SA; the others know to whom packets go. */
static void
tunnel_use(struct worker *w, void *arg)
{
	const struct change	*c = arg;
	const struct sa_pair	*s = worker_sa_by_main(w, c->sa);

	if (c->ifidx > w->nifs)
		return;
	w->tunnels[c->ifidx - 1].spi = c->spi;
	dp_tunnel_use(w->dp, c->ifidx, s != NULL ? s->own : SA_NONE);
}

void
mirror_tunnel_use(struct dp *d, unsigned ifidx, uint32_t sa)
{
	const struct sa	*s = sa_by_handle(d, sa);

	all_change(d, tunnel_use, &(struct change){ .ifidx = ifidx, .sa = sa, .spi = s != NULL ? s->spi : 0 });
}

static void
if_clear(struct worker *w, void *arg)
{
	dp_if_clear_counters(w->dp, ((const struct change *)arg)->ifidx);
}

void
mirror_if_clear(struct dp *d, unsigned ifidx)
{
	all_change(d, if_clear, &(struct change){ .ifidx = ifidx });
}

/* --- Ways --- */

static void
route(struct worker *w, void *arg)
{
	const struct change	*c = arg;

	dp_route_set(w->dp, c->addr, c->len, c->via, c->ifidx);
}

void
mirror_route(struct dp *d, uint32_t prefix, unsigned len, uint32_t via, unsigned ifidx)
{
	all_change(d, route, &(struct change){ .addr = prefix, .len = len, .via = via, .ifidx = ifidx });
}

static void
route_del(struct worker *w, void *arg)
{
	const struct change	*c = arg;

	dp_route_del(w->dp, c->addr, c->len);
}

void
mirror_route_del(struct dp *d, uint32_t prefix, unsigned len)
{
	all_change(d, route_del, &(struct change){ .addr = prefix, .len = len });
}

static void
neighbour(struct worker *w, void *arg)
{
	const struct change	*c = arg;

	arp_told(w->dp, c->ifidx, c->addr, c->has_mac ? c->mac : NULL);
}

void
mirror_arp(struct dp *d, unsigned ifidx, uint32_t ip, const uint8_t *mac)
{
	struct change	c = { .ifidx = ifidx, .addr = ip, .has_mac = mac != NULL };

	if (mac != NULL)
		memcpy(c.mac, mac, sizeof(c.mac));
	all_change(d, neighbour, &c);
}

static void
udp(struct worker *w, void *arg)
{
	const struct change	*c = arg;

	(c->on ? dp_udp_open : dp_udp_close)(w->dp, c->port);
}

void
mirror_udp(struct dp *d, uint16_t port, bool open)
{
	all_change(d, udp, &(struct change){ .port = port, .on = open });
}

/* --- What is not plain --- */

static void
slow(struct worker *w, void *arg)
{
	const struct change	*c = arg;

	if (c->ifidx == 0)
		w->slow_all = c->on;
	else if (c->ifidx <= w->nifs)
		w->slow[c->ifidx - 1] = c->on;
	dp_changed(w->dp);
}

void
mirror_slow(struct dp *d)
{
	struct change	c = { .on = d->nat != NULL || d->nspds != 0 || d->sad->npolicies != 0 };
	size_t		i;

	if (!is_main(d))
		return;
	all_change(d, slow, &c);
	for (i = 0; i < d->nifs; i++) {
		if (d->ifs[i] == NULL)
			continue;
		c.ifidx = (unsigned)i + 1;
		c.on = d->ifs[i]->filter[0] != NULL || d->ifs[i]->filter[1] != NULL || d->ifs[i]->info.kind == DP_IF_GRE;
		all_change(d, slow, &c);
	}
}

static void
tap(struct worker *w, void *arg)
{
	const struct change	*c = arg;

	dp_tap_set(w->dp, c->on ? worker_tap : NULL, w);
}

void
mirror_tap(struct dp *d)
{
	all_change(d, tap, &(struct change){ .on = d->tap != NULL });
}

static void
clear(struct worker *w, void *arg)
{
	(void)arg;
	dp_counters_clear(w->dp);
}

void
mirror_clear(struct dp *d)
{
	if (!is_main(d))
		return;
	all_do(d, clear, NULL, 0);
	worker_counts_old(d->worker);
}

static void
blind(struct worker *w, void *arg)
{
	const struct change	*c = arg;

	dp_spi_blind(w->dp, c->addr, c->via);
}

void
mirror_blind(struct dp *d, uint32_t mask, uint32_t value)
{
	all_change(d, blind, &(struct change){ .addr = mask, .via = value });
}

/* --- SAs --- */

struct sa_pair *
worker_sa_by_main(struct worker *w, uint32_t handle)
{
	struct sa_pair	*s;

	HASH_FIND(hh_main, w->by_main, &handle, sizeof(handle), s);
	return s;
}

struct sa_pair *
worker_sa_by_own(struct worker *w, uint32_t handle)
{
	struct sa_pair	*s;

	HASH_FIND(hh_own, w->by_own, &handle, sizeof(handle), s);
	return s;
}

static void
pair_free(struct worker *w, struct sa_pair *s)
{
	HASH_DELETE(hh_main, w->by_main, s);
	HASH_DELETE(hh_own, w->by_own, s);
	free(s);
	w->info.sas--;
}

void
worker_sas_free(struct worker *w)
{
	while (w->by_main != NULL)
		pair_free(w, w->by_main);
}

struct sa_new {
	uint32_t		main;
	struct sa_params	p;
};

/* Worker 0 has taken it already, so nothing about it is wrong. */
static void
sa_add(struct worker *w, void *arg)
{
	const struct sa_new	*a = arg;
	struct sa_pair		*s;
	const char		*why;
	uint32_t		 own = dp_sa_add(w->dp, &a->p, &why, clock_now(w->clock));

	if (own == SA_NONE)
		fatal("worker %u: SA: %s", w->idx, why);
	s = xcalloc(1, sizeof(*s));
	s->main = a->main;
	s->own = own;
	HASH_ADD(hh_main, w->by_main, main, sizeof(s->main), s);
	HASH_ADD(hh_own, w->by_own, own, sizeof(s->own), s);
	w->info.sas++;
}

/* NULL: worker 0's own. */
static struct worker *
owner(const struct dp *d, uint32_t spi)
{
	unsigned	k = is_main(d) ? spi_worker(spi, d->worker->all->n) : 0;

	return k != 0 ? &d->worker->all->w[k] : NULL;
}

static struct worker *
owner_of(const struct dp *d, uint32_t sa)
{
	const struct sa	*s = sa_by_handle(d, sa);

	return s != NULL ? owner(d, s->spi) : NULL;
}

void
mirror_sa_add(struct dp *d, uint32_t sa, const struct sa_params *p)
{
	struct worker	*w = owner(d, p->spi);
	struct sa_new	 a = { sa, *p };

	if (w == NULL)
		return;
	a.p.soft_ns = a.p.hard_ns = a.p.idle_ns = 0;
	worker_post(w, sa_add, &a, sizeof(a), false);
	wipe(&a, sizeof(a));
}

static void
sa_del(struct worker *w, void *arg)
{
	struct sa_pair	*s = worker_sa_by_main(w, ((const struct change *)arg)->sa);

	if (s == NULL)
		return;
	dp_sa_del(w->dp, s->own);
	pair_free(w, s);
}

static void
owner_change(struct worker *w, void (*fn)(struct worker *w, void *arg), const struct change *c)
{
	if (w != NULL)
		worker_post(w, fn, c, sizeof(*c), false);
}

void
mirror_sa_del(struct dp *d, uint32_t sa, uint32_t spi)
{
	owner_change(owner(d, spi), sa_del, &(struct change){ .sa = sa });
}

static uint32_t
own_handle(struct worker *w, uint32_t sa)
{
	const struct sa_pair	*s = worker_sa_by_main(w, sa);

	return s != NULL ? s->own : SA_NONE;
}

static void
sa_listen(struct worker *w, void *arg)
{
	const struct change	*c = arg;

	dp_sa_listen(w->dp, own_handle(w, c->sa), c->on);
}

void
mirror_sa_listen(struct dp *d, uint32_t sa, bool on)
{
	owner_change(owner_of(d, sa), sa_listen, &(struct change){ .sa = sa, .on = on });
}

static void
sa_mtu(struct worker *w, void *arg)
{
	const struct change	*c = arg;

	dp_sa_set_mtu(w->dp, own_handle(w, c->sa), c->mtu);
}

void
mirror_sa_mtu(struct dp *d, uint32_t sa, unsigned mtu)
{
	owner_change(owner_of(d, sa), sa_mtu, &(struct change){ .sa = sa, .mtu = mtu });
}

static void
sa_peer(struct worker *w, void *arg)
{
	const struct change	*c = arg;

	dp_sa_set_peer(w->dp, own_handle(w, c->sa), &c->peer, c->port);
}

void
mirror_sa_peer(struct dp *d, uint32_t sa, const struct addr *peer, uint16_t port)
{
	owner_change(owner_of(d, sa), sa_peer, &(struct change){ .sa = sa, .peer = *peer, .port = port });
}

static void
sa_clear(struct worker *w, void *arg)
{
	dp_sa_clear_counters(w->dp, own_handle(w, ((const struct change *)arg)->sa));
}

void
mirror_sa_clear(struct dp *d, uint32_t sa)
{
	owner_change(owner_of(d, sa), sa_clear, &(struct change){ .sa = sa });
}
