/*
 * Two workers against one: a router whose two tunnels belong to one of them each, and hosts' frames that come by the right queue.  Both threads
 * seal the same number of packets at the same time; the clock on the wall tells, for it is the machine's cores that are to be used.  Frames
 * end where a device's queue would take them.
 */

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/sa_run.h"
#include "datapath/wire.h"
#include "datapath/worker.h"
#include "datapath/worker_int.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "testsuite/bench/bench.h"
#include "testsuite/plain_net.h"

#define IP		PLAIN_IP
#define WORKERS		2u
#define BATCH		256u
#define FRAME_MAX	1600u
#define SLOT		(DP_HEADROOM + FRAME_MAX + DP_TAILROOM)

struct run {
	struct bench	*b;
	struct clock	*clock;
	struct loop	*loop;
	struct chance	*chance;
	struct workers	*all;
	struct dp	*dp;
	unsigned	 lan, wan, vti[WORKERS];
	size_t		 size;
	unsigned	 rounds;
	uint8_t		 frame[WORKERS][FRAME_MAX], slots[WORKERS][BATCH][SLOT];
};

static const uint8_t lan_mac[6] = { 2, 0, 0, 0, 1, 0 }, wan_mac[6] = { 2, 0, 0, 0, 2, 0 };

/* Neighbours answer at once; other frames have left. */
static void
on_tx(void *arg, unsigned ifidx, const uint8_t *frame, size_t len)
{
	(void)len;
	plain_arp(((struct run *)arg)->dp, ifidx, frame, 0);
}

static void
sink(void *arg, unsigned ifidx, const uint8_t *frame, size_t len)
{
	(void)arg;
	(void)ifidx;
	(void)frame;
	(void)len;
}

/* A tunnel whose SA is worker k's. */
static void
tunnel(struct run *r, unsigned k)
{
	struct sa_params	p = {
		.proto = SA_ESP, .dir = SA_OUT, .spi = 0x1000, .src = addr_v4(IP(192, 0, 2, 1)), .dst = addr_v4(IP(192, 0, 2, 2)),
		.cipher = SA_CIPHER_AES_GCM, .enc_key_len = 20,
	};
	const char		*why;
	uint32_t		 sa;

	while (spi_worker(p.spi, WORKERS) != k)
		p.spi++;
	r->vti[k] = plain_port(r->dp, DP_IF_VTI, NULL, IP(172, 16, k, 1));
	dp_if_set_tunnel(r->dp, r->vti[k], IP(192, 0, 2, 1), IP(192, 0, 2, 2));
	dp_route_set(r->dp, IP(10, 2, k, 0), 24, 0, r->vti[k]);
	if ((sa = dp_sa_add(r->dp, &p, &why, 0)) == SA_NONE)
		fatal("%s", why);
	dp_tunnel_use(r->dp, r->vti[k], sa);
}

/* All of a share are alike. */
static void
frame_make(struct run *r, unsigned k)
{
	memset(r->frame[k], 0x5a, FRAME_MAX);
	plain_frame(r->frame[k], lan_mac, (unsigned)r->size, PROTO_UDP, IP(10, 1, k, 5), IP(10, 2, k, 5));
}

/* The share of one worker: frames that lie in the slots of a queue, as its device would have put them there. */
static void
work(struct worker *w, void *arg)
{
	struct run	*r = arg;
	struct dp_frame	 f[BATCH];
	unsigned	 i, k;

	for (i = 0; i < r->rounds; i++) {
		for (k = 0; k < BATCH; k++) {
			f[k] = (struct dp_frame){ .data = r->slots[w->idx][k] + DP_HEADROOM, .len = ETH_LEN + r->size };
			memcpy(f[k].data, r->frame[w->idx], f[k].len);
		}
		if (w->idx == 0)
			dp_input_lent(r->dp, r->lan, f, BATCH, 0);
		else
			worker_frames(w, r->lan, f, BATCH, 0);
	}
}

static void
nothing(struct worker *w, void *arg)
{
	(void)w;
	(void)arg;
}

struct share {
	struct run	*r;
};

static void
work_shared(struct worker *w, void *arg)
{
	work(w, ((struct share *)arg)->r);
}

/* What is called after is done after: then both are. */
static double
two(void *arg)
{
	struct run	*r = arg;
	struct share	 s = { r };
	int64_t		 start = bench_now(r->b);

	worker_post(&r->all->w[1], work_shared, &s, sizeof(s), false);
	work(&r->all->w[0], r);
	worker_call(&r->all->w[1], nothing, NULL);
	return (double)(bench_now(r->b) - start) / 1e9;
}

/* As many packets, one share after the other. */
static double
one(void *arg)
{
	struct run	*r = arg;
	int64_t		 start = bench_now(r->b);

	work(&r->all->w[0], r);
	work(&r->all->w[0], r);
	return (double)(bench_now(r->b) - start) / 1e9;
}

/* The k-th core of those that this program may use: else the system may leave both threads on one for many turns. */
static void
core_take(struct worker *w, void *arg)
{
	const cpu_set_t	*may = arg;
	cpu_set_t	 one;
	unsigned	 k = w->idx;
	size_t		 c;

	CPU_ZERO(&one);
	for (c = 0; c < CPU_SETSIZE; c++)
		if (CPU_ISSET(c, may) && k-- == 0)
			CPU_SET(c, &one);
	sched_setaffinity(0, sizeof(one), &one);	/* with too few there is none to take, and it stays as it was */
}

static void
quiet(struct worker *w, void *arg)
{
	(void)arg;
	w->dp->ops.tx = sink;
	w->dp->ops.tx_batch = NULL;
}

static void
one_case(struct bench *b, size_t size)
{
	static const struct dp_ops	 ops = { .tx = on_tx };
	struct run			*r = xcalloc(1, sizeof(*r));
	struct bench_pair		 t;
	char				*why = NULL, name[64];
	cpu_set_t			 may;
	unsigned			 k;

	r->b = b;
	r->size = size;
	r->rounds = size < 256 ? 640 : 80;	/* some twenty milliseconds, beside which a thread's waking is nothing */
	r->clock = clock_new_real();
	r->loop = loop_new(r->clock);
	r->chance = chance_new_system();
	if ((r->all = workers_new(WORKERS, r->loop, &why)) == NULL)
		fatal("%s", why);
	r->dp = dp_new(r->clock, r->chance, &ops, r);
	workers_attach(r->all, r->dp);
	r->lan = plain_port(r->dp, DP_IF_ETHER, lan_mac, IP(10, 1, 0, 1));
	r->wan = plain_port(r->dp, DP_IF_ETHER, wan_mac, IP(192, 0, 2, 1));
	for (k = 0; k < WORKERS; k++) {
		tunnel(r, k);
		frame_make(r, k);
	}
	worker_call(&r->all->w[1], quiet, NULL);
	sched_getaffinity(0, sizeof(may), &may);
	core_take(&r->all->w[0], &may);
	worker_call(&r->all->w[1], core_take, &may);
	two(r);
	t = bench_turns(two, one, r);
	snprintf(name, sizeof(name), "two workers seal, AES-128-GCM, %zu B", size);
	bench_rate(b, name, "Gbit/s", 2.0 * BATCH * r->rounds * (double)size * 8 / 1e9 / t.a, 2.0 * BATCH * r->rounds * (double)size * 8 / 1e9 / t.a / t.ratio, 1.6);
	sched_setaffinity(0, sizeof(may), &may);
	workers_detach(r->all);
	workers_free(r->all);
	dp_free(r->dp);
	chance_free(r->chance);
	loop_free(r->loop);
	clock_free(r->clock);
	free(r);
}

void
bench_workers(struct bench *b)
{
	one_case(b, 1400);
	one_case(b, 64);
}
