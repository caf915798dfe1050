/*
 * Several workers against one datapath of the usual kind: many tunnels between them, frames that come in by any worker's queue.  What
 * arrives, in which order, and what is counted must be what one worker would have made of it.
 */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <check.h>

#include "datapath/sa_run.h"
#include "datapath/wire.h"
#include "datapath/worker.h"
#include "datapath/worker_int.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "testsuite/plain_net.h"
#include "testsuite/unit/unit.h"

#define IP		PLAIN_IP
#define WORKERS		4u
#define TUNNELS		12u
#define FRAME		200u

struct frames {
	size_t		 n, cap;
	struct dp_frame	*v;
};

struct end {
	struct rig	*rig;
	struct dp	*dp;
	unsigned	 no, lan, wan, vti[TUNNELS];
	uint32_t	 in[TUNNELS], out[TUNNELS];
	struct frames	 lan_out, wan_out;
	uint64_t	 inv_spi, faults, soft, lost_sa;
};

/* End 0 has the workers; end 1 is alone. */
struct rig {
	struct clock	*clock;
	struct loop	*loop;
	struct chance	*chance;
	struct workers	*all;
	struct end	 end[2];
};

static void
frames_put(struct frames *f, const uint8_t *data, size_t len)
{
	if (f->n == f->cap) {
		f->cap = f->cap != 0 ? f->cap * 2 : 64;
		f->v = xrealloc(f->v, f->cap * sizeof(*f->v));
	}
	f->v[f->n].data = xmalloc(len);
	memcpy(f->v[f->n].data, data, len);
	f->v[f->n++].len = len;
}

static void
frames_drop(struct frames *f)
{
	while (f->n > 0)
		free(f->v[--f->n].data);
}

static void
on_tx(void *arg, unsigned ifidx, const uint8_t *frame, size_t len)
{
	struct end	*e = arg;

	if (!plain_arp(e->dp, ifidx, frame, clock_now(e->rig->clock)))
		frames_put(ifidx == e->lan ? &e->lan_out : &e->wan_out, frame, len);
}

static void
on_inv_spi(void *arg, const struct dp_inv_spi *i)
{
	((struct end *)arg)->inv_spi += i->count;
}

static void
on_fault(void *arg, const struct dp_fault *f)
{
	struct end		*e = arg;
	struct sa_info		 i;

	e->faults++;
	ck_assert(dp_sa_info(e->dp, f->sa, &i));
	ck_assert_uint_eq(i.p.cookie, f->cookie);
}

static void
on_sa_event(void *arg, enum sa_event_kind k, uint32_t sa, uint64_t cookie)
{
	struct end	*e = arg;
	struct sa_info	 i;

	ck_assert(dp_sa_info(e->dp, sa, &i));
	ck_assert_uint_eq(i.p.cookie, cookie);
	e->soft += k == SA_EVENT_SOFT_BYTES;
}

static const struct dp_ops ops = { .tx = on_tx, .inv_spi = on_inv_spi, .fault = on_fault, .sa_event = on_sa_event };

static uint32_t
sa_add(struct end *e, unsigned t, enum sa_dir dir, unsigned from, uint32_t gen)
{
	struct sa_params	p = {
		.proto = SA_ESP, .dir = dir, .spi = 0x1000 + gen * 0x10000 + t * 7919 + from * 104729,
		.src = addr_v4(IP(192, 0, 2, from + 1)), .dst = addr_v4(IP(192, 0, 2, 2 - from)),
		.cipher = SA_CIPHER_AES_GCM, .enc_key_len = 20, .replay_window = 1024, .cookie = 77 + t,
		.tunnel_if = dir == SA_IN ? e->vti[t] : 0, .soft_bytes = 1000,
	};
	const char		*why;
	uint32_t		 sa;

	memset(p.enc_key, (int)(0x40 + t + gen), sizeof(p.enc_key));
	sa = dp_sa_add(e->dp, &p, &why, clock_now(e->rig->clock));
	ck_assert_msg(sa != SA_NONE, "%s", why);
	return sa;
}

static void
tunnels_up(struct end *e, uint32_t gen)
{
	unsigned	t;

	for (t = 0; t < TUNNELS; t++) {
		e->in[t] = sa_add(e, t, SA_IN, 1 - e->no, gen);
		e->out[t] = sa_add(e, t, SA_OUT, e->no, gen);
		dp_tunnel_use(e->dp, e->vti[t], e->out[t]);
	}
}

static void
end_up(struct rig *r, unsigned no)
{
	struct end	*e = &r->end[no];
	uint8_t		 lan[6] = { 2, 0, 0, 0, 1, (uint8_t)no }, wan[6] = { 2, 0, 0, 0, 2, (uint8_t)no };
	unsigned	 t;

	e->rig = r;
	e->no = no;
	e->dp = dp_new(r->clock, r->chance, &ops, e);
	if (no == 0)
		workers_attach(r->all, e->dp);
	e->lan = plain_port(e->dp, DP_IF_ETHER, lan, IP(10, no + 1, 0, 1));
	e->wan = plain_port(e->dp, DP_IF_ETHER, wan, IP(192, 0, 2, no + 1));
	for (t = 0; t < TUNNELS; t++) {
		e->vti[t] = plain_port(e->dp, DP_IF_VTI, NULL, IP(172, 16, t, no + 1));
		dp_if_set_tunnel(e->dp, e->vti[t], IP(192, 0, 2, no + 1), IP(192, 0, 2, 2 - no));
		dp_route_set(e->dp, IP(10, 2 - no, t, 0), 24, 0, e->vti[t]);
	}
	dp_route_set(e->dp, IP(10, no + 1, 0, 0), 16, IP(10, no + 1, 0, 9), e->lan);
	tunnels_up(e, 0);
}

/* What the workers have been given is done when a round of calls finds nothing more in the rings. */
static void
settle(struct rig *r)
{
	struct worker_info	i;
	uint64_t		was = 1, is = 0;
	unsigned		k, quiet = 0;

	while (quiet < 3) {
		was = is;
		is = r->end[0].lan_out.n + r->end[0].wan_out.n;
		for (k = 1; k < WORKERS; k++) {
			workers_info(r->all, k, &i);
			is += i.taken_over + i.handed_to_main + i.handed_to_others;
		}
		loop_once(r->loop, 0);
		quiet = was == is ? quiet + 1 : 0;
	}
}

static struct rig *
rig_new(void)
{
	struct rig	*r = xcalloc(1, sizeof(*r));
	char		*why = NULL;

	r->clock = clock_new_real();
	r->loop = loop_new(r->clock);
	r->chance = chance_new_system();
	r->all = workers_new(WORKERS, r->loop, &why);
	ck_assert_msg(r->all != NULL, "%s", why);
	end_up(r, 0);
	end_up(r, 1);
	return r;
}

static void
rig_free(struct rig *r)
{
	unsigned	i;

	workers_detach(r->all);
	workers_free(r->all);
	for (i = 0; i < 2; i++) {
		dp_free(r->end[i].dp);
		frames_drop(&r->end[i].lan_out);
		frames_drop(&r->end[i].wan_out);
		free(r->end[i].lan_out.v);
		free(r->end[i].wan_out.v);
	}
	chance_free(r->chance);
	loop_free(r->loop);
	clock_free(r->clock);
	free(r);
}

/* A host's packet through tunnel t, number no of its flow. */
static void
packet(const struct end *e, uint8_t *f, unsigned t, uint32_t no)
{
	memset(f, 0, FRAME);
	plain_frame(f, (uint8_t[6]){ 2, 0, 0, 0, 1, (uint8_t)e->no }, FRAME - ETH_LEN, PROTO_UDP, IP(10, e->no + 1, t, 5), IP(10, 2 - e->no, t, 5));
	put32(f + ETH_LEN + IP4_LEN + 8, no);
}

struct given {
	unsigned	 ifidx;
	struct dp_frame	*f;
	size_t		 n;
	uint8_t		**rooms;
};

/* Lent as the queue of a device would, with room about each and not for longer. */
static void
give(struct worker *w, void *arg)
{
	struct given	*g = arg;
	struct dp_frame	*f = xcalloc(g->n + 1, sizeof(*f));
	size_t		 i;

	for (i = 0; i < g->n; i++) {
		f[i].data = (uint8_t *)xmalloc(DP_HEADROOM + g->f[i].len + DP_TAILROOM) + DP_HEADROOM;
		f[i].len = g->f[i].len;
		memcpy(f[i].data, g->f[i].data, f[i].len);
		g->rooms[i] = f[i].data - DP_HEADROOM;
	}
	worker_frames(w, g->ifidx, f, g->n, clock_now(w->clock));
	for (i = 0; i < g->n; i++)
		free(g->rooms[i]);
	free(f);
}

/* By the queue of worker k. */
static void
input(struct rig *r, unsigned k, unsigned ifidx, struct dp_frame *f, size_t n)
{
	struct given	g = { ifidx, f, n, xcalloc(n + 1, sizeof(uint8_t *)) };

	if (k == 0)
		dp_input(r->end[0].dp, ifidx, f, n, clock_now(r->clock));
	else
		worker_call(&r->all->w[k], give, &g);
	free(g.rooms);
}

/* Rounds of packets into all tunnels of end 0, each round by another queue; the numbers go on from first. */
static void
send_from_0(struct rig *r, unsigned rounds, uint32_t first)
{
	uint8_t		 bytes[TUNNELS][FRAME];
	struct dp_frame	 f[TUNNELS];
	unsigned	 i, t;

	for (i = 0; i < rounds; i++) {
		for (t = 0; t < TUNNELS; t++) {
			packet(&r->end[0], bytes[t], t, first + i);
			f[t] = (struct dp_frame){ bytes[t], FRAME };
		}
		input(r, i % WORKERS, r->end[0].lan, f, TUNNELS);
		if (i % WORKERS == WORKERS - 1)
			settle(r);
	}
	settle(r);
}

static void
ends_meet(struct rig *r)
{
	struct end	*b = &r->end[1];
	struct frames	*w = &r->end[0].wan_out;
	size_t		 i;

	for (i = 0; i < w->n; i++)
		memcpy(w->v[i].data, (uint8_t[6]){ 2, 0, 0, 0, 2, 1 }, 6);
	dp_input(b->dp, b->wan, w->v, w->n, clock_now(r->clock));
	frames_drop(w);
}

/* Each worker's packets of a tunnel in the order of its SA's numbers: then the far end's smallest window would do, too. */
static void
order_check(const struct frames *w)
{
	uint32_t	last[1 << 8] = { 0 };
	size_t		i;

	for (i = 0; i < w->n; i++) {
		const uint8_t	*esp = w->v[i].data + ETH_LEN + IP4_LEN;
		uint32_t	*l = &last[(get32(esp) * UINT32_C(2654435769)) >> 24];

		ck_assert_uint_eq(get32(esp + 4), *l + 1);
		*l = get32(esp + 4);
	}
}

START_TEST(out_by_any_queue)
{
	struct rig	*r = rig_new();
	struct end	*a = &r->end[0], *b = &r->end[1];
	struct crypto_info c;
	struct sa_info	 i;
	uint64_t	 done = 0;
	unsigned	 t;

	send_from_0(r, 4, 0);	/* neighbours are found by it */
	ends_meet(r);
	frames_drop(&b->lan_out);
	send_from_0(r, 40, 4);
	ck_assert_uint_eq(a->wan_out.n, 40 * TUNNELS);
	ends_meet(r);
	ck_assert_uint_eq(b->lan_out.n, 40 * TUNNELS);
	ck_assert_uint_eq(dp_count(a->dp, DPC_esp_out_ok), 44 * TUNNELS);
	ck_assert_uint_eq(dp_count(b->dp, DPC_in_replay), 0);
	for (t = 0; t < TUNNELS; t++) {
		ck_assert(dp_sa_info(a->dp, a->out[t], &i));
		ck_assert_uint_eq(i.packets, 44);
		ck_assert_uint_eq(i.seq, 44);
		ck_assert_uint_eq(i.handle, a->out[t]);
	}
	ck_assert_uint_eq(a->soft, TUNNELS);
	dp_crypto_info(a->dp, &c);
	for (t = 0; t < CRYPTO_NLIB; t++)
		done += c.done[t];
	ck_assert_uint_eq(done, 44 * TUNNELS);
	rig_free(r);
}
END_TEST

START_TEST(numbers_stay_in_order)
{
	struct rig	*r = rig_new();

	send_from_0(r, 1, 0);
	frames_drop(&r->end[0].wan_out);
	rig_free(r);
	r = rig_new();
	send_from_0(r, 2 * WORKERS, 0);
	order_check(&r->end[0].wan_out);
	rig_free(r);
}
END_TEST

/* End 1 sends; its frames come in at end 0 by all queues. */
static void
send_from_1(struct rig *r, unsigned rounds)
{
	struct end	*b = &r->end[1];
	uint8_t		 bytes[FRAME];
	struct dp_frame	 f = { bytes, FRAME };
	unsigned	 i, t;

	for (i = 0; i < rounds; i++)
		for (t = 0; t < TUNNELS; t++) {
			packet(b, bytes, t, i);
			dp_input(b->dp, b->lan, &f, 1, clock_now(r->clock));
		}
	for (i = 0; i < b->wan_out.n; i++)
		memcpy(b->wan_out.v[i].data, (uint8_t[6]){ 2, 0, 0, 0, 2, 0 }, 6);
}

static void
arrive_at_0(struct rig *r)
{
	struct frames	*w = &r->end[1].wan_out;
	size_t		 i;

	for (i = 0; i < w->n; i++) {
		input(r, (unsigned)(i % WORKERS), r->end[0].wan, &w->v[i], 1);
		settle(r);
	}
}

START_TEST(in_by_any_queue)
{
	struct rig	*r = rig_new();
	struct end	*a = &r->end[0], *b = &r->end[1];
	struct sa_info	 i;
	unsigned	 t;

	send_from_1(r, 2);
	frames_drop(&b->wan_out);
	send_from_0(r, 2, 0);
	frames_drop(&a->lan_out);
	send_from_1(r, 10);
	arrive_at_0(r);
	ck_assert_uint_eq(b->wan_out.n, 10 * TUNNELS);
	ck_assert_uint_eq(a->lan_out.n, 10 * TUNNELS);
	for (t = 0; t < TUNNELS; t++) {
		ck_assert(dp_sa_info(a->dp, a->in[t], &i));
		ck_assert_uint_eq(i.packets, 10);
	}
	arrive_at_0(r);		/* the same once more: replays, each seen by the one window there is */
	ck_assert_uint_eq(a->lan_out.n, 10 * TUNNELS);
	ck_assert_uint_eq(dp_count(a->dp, DPC_in_replay), 10 * TUNNELS);
	ck_assert_uint_eq(a->faults, 10 * TUNNELS);
	rig_free(r);
}
END_TEST

START_TEST(unknown_spis_are_told)
{
	struct rig	*r = rig_new();
	struct end	*a = &r->end[0], *b = &r->end[1];
	unsigned	 t;

	send_from_1(r, 3);
	frames_drop(&b->wan_out);
	send_from_1(r, 3);
	for (t = 0; t < TUNNELS; t++)
		dp_sa_del(a->dp, a->in[t]);
	arrive_at_0(r);
	ck_assert_uint_eq(a->inv_spi, 3 * TUNNELS);
	ck_assert_uint_eq(dp_count(a->dp, DPC_inv_spi), 3 * TUNNELS);
	ck_assert_uint_eq(dp_octets(a->dp, DPC_inv_spi), 3 * TUNNELS * (b->wan_out.v[0].len - ETH_LEN));
	rig_free(r);
}
END_TEST

#define FLOOD	(200u * DP_BATCH)

/* Another SPI of worker 1's each. */
static uint32_t
flood_spi(uint32_t after)
{
	do
		after++;
	while (spi_worker(after, WORKERS) != 1);
	return after;
}

/* More of them than may wait: what is told and what is lost is all there were, and nothing else suffers. */
START_TEST(a_flood_of_unknown_spis)
{
	struct rig	*r = rig_new();
	struct end	*a = &r->end[0];
	uint8_t		(*bytes)[FRAME] = xcalloc(DP_BATCH, FRAME);
	struct dp_frame	 f[DP_BATCH];
	uint32_t	 spi = 0x40000000;
	unsigned	 sent, i, turn;
	uint64_t	 told;

	for (turn = 0; turn < 2; turn++) {
		for (sent = 0; sent < FLOOD; sent += DP_BATCH) {
			for (i = 0; i < DP_BATCH; i++) {
				plain_frame(bytes[i], (uint8_t[6]){ 2, 0, 0, 0, 2, 0 }, FRAME - ETH_LEN, 50, IP(10, 9, sent >> 8, i), IP(192, 0, 2, 1));
				put32(bytes[i] + ETH_LEN + IP4_LEN, spi = flood_spi(spi));
				f[i] = (struct dp_frame){ bytes[i], FRAME };
			}
			input(r, 1, a->wan, f, DP_BATCH);
		}
		told = a->inv_spi;
		settle(r);
		ck_assert_uint_ge(a->inv_spi - told, 512);	/* what one vector tells is there, and more */
		ck_assert_uint_le(a->inv_spi - told, 1024);
	}
	ck_assert_uint_eq(dp_count(a->dp, DPC_inv_spi), 2 * FLOOD);
	ck_assert_uint_eq(a->inv_spi + dp_count(a->dp, DPC_event_lost), 2 * FLOOD);
	send_from_0(r, 4, 0);
	send_from_0(r, 4, 0);
	ck_assert_uint_ge(dp_count(a->dp, DPC_esp_out_ok), 4 * TUNNELS);
	free(bytes);
	rig_free(r);
}
END_TEST

static struct workers *
try_to_start(char **why)
{
	struct clock	*clock = clock_new_real();
	struct loop	*loop = loop_new(clock);
	struct workers	*all = workers_new(WORKERS, loop, why);

	workers_free(all);
	loop_free(loop);
	clock_free(clock);
	return all;
}

/* There is no descriptor for one of them, whichever it is: nothing of the others is left. */
START_TEST(no_descriptors)
{
	struct rlimit	was, few;
	unsigned	n = 0, failed = 0;
	int		at = dup(0);
	char		*why;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
	close(at);
	for (few = was; n <= 2 * WORKERS; n++) {
		few.rlim_cur = (rlim_t)at + n;
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
		why = NULL;
		if (try_to_start(&why) != NULL)
			break;
		ck_assert_msg(strncmp(why, "4 workers: ", 11) == 0, "%s", why);
		free(why);
		failed++;
	}
	setrlimit(RLIMIT_NOFILE, &was);
	ck_assert_uint_ge(failed, WORKERS);
	ck_assert_uint_le(n, 2 * WORKERS);
}
END_TEST

/* No thread can be had. */
START_TEST(no_threads)
{
	pthread_attr_t	attr;
	char		*why = NULL;

	pthread_attr_init(&attr);
	ck_assert_int_eq(pthread_attr_setstacksize(&attr, (size_t)1 << 46), 0);
	ck_assert_int_eq(pthread_setattr_default_np(&attr), 0);
	ck_assert_ptr_null(try_to_start(&why));
	ck_assert_msg(strncmp(why, "4 workers: ", 11) == 0, "%s", why);
	free(why);
	pthread_attr_setstacksize(&attr, (size_t)1 << 20);
	pthread_setattr_default_np(&attr);
	pthread_attr_destroy(&attr);
}
END_TEST

/* New SAs take over between two packets, the old ones still open what is on its way. */
START_TEST(rekey_loses_nothing)
{
	struct rig	*r = rig_new();
	struct end	*a = &r->end[0], *b = &r->end[1];
	uint32_t	 old_in[TUNNELS], old_out[TUNNELS];
	unsigned	 g, t;

	send_from_0(r, 4, 0);
	ends_meet(r);
	frames_drop(&b->lan_out);
	for (g = 1; g <= 5; g++) {
		send_from_0(r, 3, 0);
		memcpy(old_in, b->in, sizeof(old_in));
		memcpy(old_out, a->out, sizeof(old_out));
		tunnels_up(b, g);
		tunnels_up(a, g);
		send_from_0(r, 3, 0);
		ends_meet(r);
		for (t = 0; t < TUNNELS; t++) {
			dp_sa_del(a->dp, old_out[t]);
			dp_sa_del(b->dp, old_in[t]);
		}
	}
	ck_assert_uint_eq(b->lan_out.n, 5 * 6 * TUNNELS);
	ck_assert_uint_eq(dp_count(a->dp, DPC_out_no_sa), 0);
	rig_free(r);
}
END_TEST

START_TEST(what_is_not_plain_is_for_worker_0)
{
	struct rig	*r = rig_new();
	struct end	*a = &r->end[0], *b = &r->end[1];
	uint8_t		 bytes[FRAME], *ip = bytes + ETH_LEN;
	struct dp_frame	 f = { bytes, FRAME };
	struct dp_if_info i;

	send_from_0(r, 4, 0);
	ends_meet(r);
	frames_drop(&b->lan_out);
	packet(a, bytes, 3, 0);		/* its time is up: somebody is told */
	ip[IP4_TTL] = 1;
	ip4_seal(ip, IP4_LEN);
	frames_drop(&a->lan_out);
	input(r, 2, a->lan, &f, 1);
	settle(r);
	ck_assert_uint_eq(dp_count(a->dp, DPC_ip_ttl), 1);
	ck_assert_uint_eq(a->lan_out.n, 1);
	packet(a, bytes, 3, 0);		/* a piece of a packet, which goes through a tunnel all the same */
	put16(ip + IP4_FRAG, IP4_MF);
	ip4_seal(ip, IP4_LEN);
	input(r, 2, a->lan, &f, 1);
	settle(r);
	ends_meet(r);
	ck_assert_uint_eq(b->lan_out.n, 1);
	ck_assert(dp_if_info(a->dp, a->lan, &i));
	ck_assert_uint_eq(i.in_packets, 4 * TUNNELS + 2 + 1 /* ARP's answer */);
	rig_free(r);
}
END_TEST

START_TEST(a_datapath_after_another)
{
	struct rig	*r = rig_new();
	struct end	*a = &r->end[0];

	send_from_0(r, 4, 0);
	workers_detach(r->all);
	dp_free(a->dp);
	frames_drop(&a->wan_out);
	end_up(r, 0);
	send_from_0(r, 8, 0);
	ck_assert_uint_eq(dp_count(a->dp, DPC_esp_out_ok), 8 * TUNNELS);
	dp_counters_clear(a->dp);
	ck_assert_uint_eq(dp_count(a->dp, DPC_esp_out_ok), 0);
	rig_free(r);
}
END_TEST

START_TEST(ring_of_records)
{
	struct ring	*r = ring_new();
	struct hand	 h = { .kind = HAND_ESP }, *got;
	uint8_t		*b;
	size_t		 put = 0, taken = 0, len;

	while (taken < 20000) {
		for (len = (put * 7919) % 9000; (b = ring_put(r, &h, len)) != NULL; len = (put * 7919) % 9000) {
			memset(b, (int)(put & 0xff), len);
			put++;
		}
		ck_assert_ptr_null(ring_get(r));	/* not shown yet */
		ring_show(r);
		ring_look(r);
		while ((got = ring_get(r)) != NULL) {
			len = (taken * 7919) % 9000;
			ck_assert_uint_eq(got->len, len);
			ck_assert(len == 0 || (hand_bytes(got)[0] == (taken & 0xff) && hand_bytes(got)[len - 1] == (taken & 0xff)));
			taken++;
		}
		ck_assert_uint_eq(put, taken);
		ring_release(r);
	}
	ck_assert_ptr_null(ring_put(r, &h, RING_BYTES));
	ring_free(r);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, ring_of_records);
	tcase_add_test(tc, out_by_any_queue);
	tcase_add_test(tc, numbers_stay_in_order);
	tcase_add_test(tc, in_by_any_queue);
	tcase_add_test(tc, unknown_spis_are_told);
	tcase_add_test(tc, a_flood_of_unknown_spis);
	tcase_add_test(tc, no_descriptors);
	tcase_add_test(tc, no_threads);
	tcase_add_test(tc, rekey_loses_nothing);
	tcase_add_test(tc, what_is_not_plain_is_for_worker_0);
	tcase_add_test(tc, a_datapath_after_another);
}

int
main(void)
{
	static const struct unit_module	modules[] = { { "workers", add }, { NULL, NULL } };

	return unit_run("workers", modules);
}
