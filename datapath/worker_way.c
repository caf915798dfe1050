/*
 * Whose a packet is.  A worker looks at a frame before anything is counted, and either goes the whole way with it through the usual
 * stages of its own datapath, or hands it over as it came; so each packet is counted by one.  Where it has been handed over already and is
 * not here either (an SA has just moved), it ends up with worker 0, who has everything.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/arp.h"
#include "datapath/fib.h"
#include "datapath/ip6.h"
#include "datapath/lane_int.h"
#include "datapath/natt.h"
#include "datapath/own.h"
#include "datapath/sa_run.h"
#include "datapath/udp.h"
#include "datapath/wire.h"
#include "datapath/worker_hook.h"
#include "datapath/worker_int.h"

#define MAIN	0u	/* worker 0 */

/* --- Handing over --- */

static struct ring *
ring_to(struct worker *w, unsigned to)
{
	struct ring	*_Atomic *slot = &w->all->w[to].in[w->idx], *r = atomic_load_explicit(slot, memory_order_relaxed);

	if (r == NULL) {
		r = ring_new();
		atomic_store_explicit(slot, r, memory_order_release);
	}
	return r;
}

static bool
hand_over(struct worker *w, unsigned to, const struct hand *h, const uint8_t *bytes, size_t len)
{
	uint8_t	*room = ring_put(ring_to(w, to), h, len);

	w->shown |= UINT64_C(1) << to;
	if (room == NULL) {
		w->info.lost++;
		w->dp->count[DPC_worker_full]++;
		return false;
	}
	memcpy(room, bytes, len);
	if (to == MAIN)
		w->info.handed_to_main++;
	else
		w->info.handed_to_others++;
	return true;
}

void
worker_show(struct worker *w)
{
	uint64_t	to;

	for (to = w->shown; to != 0; to &= to - 1) {
		ring_show(w->all->w[__builtin_ctzll(to)].in[w->idx]);
		worker_wake(&w->all->w[__builtin_ctzll(to)]);
	}
	w->shown = 0;
}

void
worker_hand(struct worker *w, unsigned to, struct pkt *p, enum hand_kind kind)
{
	struct hand	h = {
		.kind = (uint8_t)kind, .proto = p->proto, .ihl = p->ihl, .flags = p->flags, .nest = p->nest, .v6 = p->v6,
		.sport = p->sport, .in_if = p->in_if, .out_if = p->out_if, .next_hop = p->next_hop, .nbma = p->nbma, .sa = p->sa,
		.src = p->src, .dst = p->dst,
	};

	hand_over(w, to, &h, p->data, p->len);
	pkt_free(w->dp, p);
}

void
worker_tx(void *arg, unsigned ifidx, const uint8_t *frame, size_t len)
{
	struct dp_frame	f = { (uint8_t *)(uintptr_t)frame, len };

	worker_tx_batch(arg, ifidx, &f, 1);
}

void
worker_tx_batch(void *arg, unsigned ifidx, struct dp_frame *f, size_t n)
{
	struct worker	*w = arg;
	struct hand	 h = { .kind = HAND_TX, .out_if = ifidx };
	size_t		 i;

	if (!worker_queue_tx(w, ifidx, f, n))
		for (i = 0; i < n; i++)
			hand_over(w, MAIN, &h, f[i].data, f[i].len);
}

/* --- Whose it is --- */

static bool
is_slow(const struct worker *w, unsigned ifidx)
{
	return w->slow_all || ifidx > w->nifs || w->slow[ifidx - 1];
}

/* Of ESP or AH for us, plain or in UDP: by its SPI.  What else is for us is worker 0's. */
static unsigned
whose_ipsec(const struct worker *w, const uint8_t *ip, size_t n)
{
	const uint8_t	*l4 = ip + IP4_LEN;
	size_t		 at = 0;

	n -= IP4_LEN;
	if (ip[IP4_PROTO] == PROTO_AH)
		at = 4;
	else if (ip[IP4_PROTO] == PROTO_UDP) {
		at = NATT_UDP;
		if (n < at + 8 || get16(l4 + 2) != NATT_PORT || !udp_port_open(w->dp, NATT_PORT))
			return MAIN;
	} else if (ip[IP4_PROTO] != PROTO_ESP)
		return MAIN;
	if (n < at + 8 || get32(l4 + at) == 0)
		return MAIN;
	return spi_worker(get32(l4 + at), w->all->n);
}

/* Into a tunnel: who has its SA, if the packet fits as it is. */
static unsigned
whose_tunnel(const struct worker *w, const struct dp_if *ifp, size_t len)
{
	uint32_t	spi = w->tunnels[ifp->idx - 1].spi;
	unsigned	to = spi != 0 ? spi_worker(spi, w->all->n) : MAIN;

	if (to != w->idx)
		return to;
	return ifp->tun_sa != SA_NONE && len <= ifp->info.mtu && len <= sa_plaintext_mtu(w->dp, ifp->tun_sa) ? to : MAIN;
}

/* On its way through us. */
static unsigned
whose_transit(const struct worker *w, uint32_t dst, size_t len)
{
	struct dp_if	*ifp;
	struct fib_hop	 hop;

	if (!fib_find(w->dp->fib, dst, &hop) || (ifp = dp_if_get(w->dp, hop.ifidx)) == NULL || !ifp->info.up || is_slow(w, ifp->idx))
		return MAIN;
	if (ifp->info.kind == DP_IF_VTI)
		return whose_tunnel(w, ifp, len);
	if (ifp->info.kind != DP_IF_ETHER || len > ifp->info.mtu || !arp_known(w->dp, ifp->idx, hop.via != 0 ? hop.via : dst))
		return MAIN;
	return w->idx;
}

/* What the fast lane knows of a destination was asked by the same rules: what it has a way for is this worker's. */
static bool
is_known_own(const struct worker *w, const uint8_t *ip, size_t len)
{
	const struct lane_flow	*f;

	lane_ready(w->dp);
	f = lane_flow(w->dp, get32(ip + IP4_DST), true);
	return (f->kind == LANE_TUNNEL || f->kind == LANE_LINK) && ip[IP4_TTL] > 1 && len <= f->most;
}

/* Who goes on with the IPv4 packet at ip, of n bytes, that came in by in_if. */
static unsigned
whose(const struct worker *w, unsigned in_if, const uint8_t *ip, size_t n)
{
	unsigned	ifidx;
	size_t		len;
	uint32_t	dst;

	if (n < IP4_LEN || ip[0] != 0x45 || is_slow(w, in_if))
		return MAIN;
	len = get16(ip + IP4_TOTAL);
	if (len < IP4_LEN || len > n || get16(ip + IP4_FRAG) & (IP4_MF | IP4_OFFMASK))
		return MAIN;
	if (is_known_own(w, ip, len))
		return w->idx;
	dst = get32(ip + IP4_DST);
	switch (own_find(w->dp->own, dst, &ifidx)) {
	case OWN_ADDR:
		return whose_ipsec(w, ip, len);
	case OWN_BCAST:
		return MAIN;
	case OWN_NOT:
		break;
	}
	return dst >= 0xe0000000 || ip[IP4_TTL] <= 1 ? MAIN : whose_transit(w, dst, len);
}

static unsigned
whose_frame(const struct worker *w, unsigned ifidx, const uint8_t *frame, size_t len)
{
	const struct dp_if	*ifp = dp_if_get(w->dp, ifidx);

	if (ifp == NULL || len < ETH_LEN || get16(frame + 12) != ETHERTYPE_IP4 || memcmp(frame, ifp->info.mac, 6) != 0)
		return MAIN;
	return whose(w, ifidx, frame + ETH_LEN, len - ETH_LEN);
}

/* --- Frames --- */

/* Frames that are this worker's go on together, in place; the others are handed over.  again: they were before, and have no room about them. */
static void
frames(struct worker *w, unsigned ifidx, struct dp_frame *f, size_t n, bool again, int64_t now)
{
	struct hand	h = { .kind = HAND_FRAME, .in_if = ifidx, .again = true };
	size_t		i, m = 0;
	unsigned	to;

	for (i = 0; i < n; i++) {
		if ((to = whose_frame(w, ifidx, f[i].data, f[i].len)) == w->idx)
			f[m++] = f[i];
		else
			hand_over(w, again ? MAIN : to, &h, f[i].data, f[i].len);
	}
	if (m > 0)
		(again ? dp_input : dp_input_lent)(w->dp, ifidx, f, m, now);
}

void
worker_frames(struct worker *w, unsigned ifidx, struct dp_frame *f, size_t n, int64_t now)
{
	worker_run_posts(w);
	w->info.frames_in += n;
	if (w->dp != NULL)
		frames(w, ifidx, f, n, false, now);
	worker_show(w);
}

/* --- Hooks in the stages --- */

bool
worker_has(const struct dp *d, uint32_t spi)
{
	return spi_worker(spi, d->worker->all->n) == d->worker->idx;
}

bool
worker_alone(const struct dp *d, unsigned ifidx)
{
	return d->worker->idx == MAIN || !is_slow(d->worker, ifidx);
}

size_t
worker_esp_keep(struct dp *d, struct pkt **v, size_t n)
{
	struct worker	*w = d->worker;
	size_t		 i, m = 0, at;
	unsigned	 to;

	for (i = 0; i < n; i++) {
		at = v[i]->ihl + (v[i]->proto == PROTO_AH ? 4u : 0u);
		to = v[i]->len < at + 8 ? w->idx : spi_worker(get32(v[i]->data + at), w->all->n);
		if (to == w->idx)
			v[m++] = v[i];
		else
			worker_hand(w, to, v[i], HAND_ESP);
	}
	return m;
}

size_t
worker_seal_keep(struct dp *d, struct pkt **v, size_t n)
{
	struct worker	*w = d->worker;
	const struct sa	*s;
	size_t		 i, m = 0;
	unsigned	 to;

	if (w->idx != MAIN)
		return n;
	for (i = 0; i < n; i++) {
		s = sa_by_handle(d, v[i]->sa);
		to = s == NULL || s->flags & SA_F_DEAD ? MAIN : spi_worker(s->spi, w->all->n);
		if (to == MAIN)
			v[m++] = v[i];
		else
			worker_hand(w, to, v[i], HAND_SEAL);
	}
	return m;
}

/* again: the packet was handed over before. */
static void
inner(struct worker *w, struct pkt **v, size_t n, bool again, int64_t now)
{
	const struct sa_pair	*s;
	size_t			 i, m = 0;
	unsigned		 to;

	for (i = 0; i < n; i++) {
		to = v[i]->v6 ? MAIN : whose(w, v[i]->in_if, v[i]->data, v[i]->len);
		if (to == w->idx)
			v[m++] = v[i];
		else {
			if (!again && (s = worker_sa_by_own(w, v[i]->sa)) != NULL)
				v[i]->sa = s->main;
			worker_hand(w, again ? MAIN : to, v[i], HAND_INNER);
		}
	}
	if (m > 0)
		ip_input_batch(w->dp, v, m, now);
}

bool
worker_inner(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	if (d->worker->idx == MAIN)
		return false;
	inner(d->worker, v, n, false, now);
	return true;
}

bool
worker_out6(struct dp *d, struct pkt **v, size_t n)
{
	size_t	i;

	if (d->worker->idx == MAIN)
		return false;
	for (i = 0; i < n; i++)
		worker_hand(d->worker, MAIN, v[i], HAND_OUT6);
	return true;
}

bool
worker_link(struct dp *d, struct pkt *p)
{
	if (d->worker->idx == MAIN)
		return false;
	worker_hand(d->worker, MAIN, p, HAND_LINK);
	return true;
}

/* --- Taking over --- */

static struct pkt *
pkt_of(struct worker *w, struct hand *h)
{
	struct pkt	*p = pkt_new(w->dp, h->len);

	if (p == NULL)
		return NULL;
	memcpy(p->data, hand_bytes(h), h->len);
	p->proto = h->proto;
	p->ihl = h->ihl;
	p->flags = h->flags;
	p->nest = h->nest;
	p->v6 = h->v6;
	p->sport = h->sport;
	p->in_if = h->in_if;
	p->out_if = h->out_if;
	p->next_hop = h->next_hop;
	p->nbma = h->nbma;
	p->sa = h->sa;
	p->src = h->src;
	p->dst = h->dst;
	return p;
}

/* The SA's number here. */
static void
seal(struct worker *w, struct pkt **v, size_t n, int64_t now)
{
	const struct sa_pair	*s = NULL;
	size_t			 i;

	for (i = 0; w->idx != MAIN && i < n; i++) {
		if (s == NULL || s->main != v[i]->sa)
			s = worker_sa_by_main(w, v[i]->sa);
		v[i]->sa = s != NULL ? s->own : SA_NONE;
	}
	esp_out_batch(w->dp, v, n, now);
}

static void
link_on(struct worker *w, struct pkt **v, size_t n, int64_t now)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (dp_if_get(w->dp, v[i]->out_if) != NULL)
			arp_output(w->dp, v[i], now);
		else
			pkt_drop(w->dp, v[i], DPC_if_down);
}

static void
inner_on(struct worker *w, struct pkt **v, size_t n, int64_t now)
{
	size_t	i, m = 0;

	if (w->idx != MAIN) {
		inner(w, v, n, true, now);
		return;
	}
	for (i = 0; i < n; i++)
		if (v[i]->v6)
			ip6_input_batch(w->dp, &v[i], 1, now);
		else
			v[m++] = v[i];
	if (m > 0)
		ip_input_batch(w->dp, v, m, now);
}

static void
take_packets(struct worker *w, enum hand_kind kind, struct pkt **v, size_t n, int64_t now)
{
	switch (kind) {
	case HAND_INNER:
		inner_on(w, v, n, now);
		break;
	case HAND_ESP:
		esp_in_batch(w->dp, v, n, now);
		break;
	case HAND_SEAL:
		seal(w, v, n, now);
		break;
	case HAND_LINK:
		link_on(w, v, n, now);
		break;
	case HAND_OUT6:
		ip6_output_batch(w->dp, v, n, now);
		break;
	case HAND_FRAME:
	case HAND_TX:
		break;
	}
}

/* Records of one kind, and for frames of one interface, that follow each other. */
struct taken {
	enum hand_kind	kind;
	unsigned	ifidx;		/* that they came by, or are to leave by */
	size_t		n;
	struct pkt	*v[DP_BATCH];
	struct dp_frame	 f[DP_BATCH];
};

static void
tx_on(struct worker *w, unsigned ifidx, struct dp_frame *f, size_t n)
{
	size_t	i;

	if (dp_if_get(w->dp, ifidx) == NULL)
		return;
	if (w->dp->ops.tx_batch != NULL)
		w->dp->ops.tx_batch(w->dp->arg, ifidx, f, n);
	else
		for (i = 0; i < n; i++)
			w->dp->ops.tx(w->dp->arg, ifidx, f[i].data, f[i].len);
}

static void
take_flush(struct worker *w, struct taken *t, int64_t now)
{
	size_t	n = t->n;

	t->n = 0;
	if (n == 0)
		return;
	dp_enter(w->dp);
	if (t->kind == HAND_TX)
		tx_on(w, t->ifidx, t->f, n);
	else if (t->kind != HAND_FRAME)
		take_packets(w, t->kind, t->v, n, now);
	else if (w->idx == MAIN)
		dp_input(w->dp, t->ifidx, t->f, n, now);
	else
		frames(w, t->ifidx, t->f, n, true, now);
	dp_leave(w->dp);
}

static void
take_one(struct worker *w, struct taken *t, struct hand *h, int64_t now)
{
	unsigned	ifidx = h->kind == HAND_TX ? h->out_if : h->in_if;
	struct pkt	*p;

	if (t->n == DP_BATCH || h->kind != t->kind || ifidx != t->ifidx)
		take_flush(w, t, now);
	t->kind = h->kind;
	t->ifidx = ifidx;
	if (h->kind == HAND_FRAME || h->kind == HAND_TX)
		t->f[t->n++] = (struct dp_frame){ hand_bytes(h), h->len };
	else if ((p = pkt_of(w, h)) != NULL)
		t->v[t->n++] = p;
}

static void
take_ring(struct worker *w, struct ring *r, int64_t now)
{
	struct taken	t = { .n = 0 };
	struct hand	*h;
	size_t		 n;

	for (n = 0; n < DP_BATCH && (h = ring_get(r)) != NULL; n++)
		if (w->dp != NULL)
			take_one(w, &t, h, now);
	w->info.taken_over += n;
	if (w->dp != NULL)
		take_flush(w, &t, now);
	ring_release(r);
	if (n == DP_BATCH)
		worker_wake(w);		/* there may be more: after others had their turn */
}

/* What was posted before a packet was handed over is done before it is taken. */
void
worker_take_over(struct worker *w)
{
	int64_t		 now = clock_now(w->clock);
	struct ring	*r[WORKERS_MAX];
	unsigned	 k;

	for (k = 0; k < w->all->n; k++)
		if ((r[k] = atomic_load_explicit(&w->in[k], memory_order_acquire)) != NULL)
			ring_look(r[k]);
	worker_run_posts(w);
	for (k = 0; k < w->all->n; k++)
		if (r[k] != NULL)
			take_ring(w, r[k], now);
	worker_show(w);
}

void
worker_rings_free(struct worker *w)
{
	unsigned	k;

	for (k = 0; w->in != NULL && k < w->all->n; k++)
		ring_free(w->in[k]);
}
