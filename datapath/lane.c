/* The fast lane's ends: which frames in a row go by it together, and how they leave.  See lane.h. */

#include "datapath/ifnet.h"
#include "datapath/lane_int.h"
#include "datapath/worker_hook.h"

/* An IPv4 packet for this station, sound and without options; last: the one before, whose source was found to be good. */
static inline bool
read_one(struct dp *d, const struct dp_if *ifp, const struct dp_frame *f, struct lane_pkt *p, const struct lane_pkt *last)
{
	uint8_t		*ip = f->data + ETH_LEN;
	unsigned	 total;

	if (f->len < ETH_LEN + IP4_LEN || memcmp(f->data, ifp->info.mac, 6) != 0 || get16(f->data + 12) != ETHERTYPE_IP4 || ip[0] != 0x45)
		return false;
	total = get16(ip + IP4_TOTAL);
	if (total < IP4_LEN || total > f->len - ETH_LEN || !ip4_sum_right(ip))
		return false;
	p->ip = ip;
	p->len = (uint16_t)total;
	p->src = get32(ip + IP4_SRC);
	p->dst = get32(ip + IP4_DST);
	return (last != NULL && last->src == p->src) || lane_source(d, p->src);
}

static size_t
read_all(struct dp *d, const struct dp_if *ifp, const struct dp_frame *f, size_t n, struct lane_pkt *p)
{
	size_t	most = if_frame_most(ifp), i;

	for (i = 0; i < n && i < IF_AHEAD; i++)
		if_frame_fetch(&f[i]);
	for (i = 0; i < n; i++) {
		if (i + IF_AHEAD < n)
			if_frame_fetch(&f[i + IF_AHEAD]);
		if (f[i].len > most || !read_one(d, ifp, &f[i], &p[i], i > 0 ? &p[i - 1] : NULL))
			break;
		if (i == 0 || p[i].dst != p[i - 1].dst)
			__builtin_prefetch(&d->lane->flows[lane_home(d->lane, p[i].dst)]);
	}
	return i;
}

/* One hop is left at least, and it fits. */
static inline bool
in_transit(const struct lane_pkt *p)
{
	return p->ip[IP4_TTL] > 1 && p->len <= p->flow->most;
}

/* As many as do the same as the first. */
static size_t
flows_all(struct dp *d, struct lane_pkt *p, size_t n)
{
	const struct lane_flow	*f = NULL;
	unsigned		 kind = LANE_NOT;
	size_t			 i;

	for (i = 0; i < n; i++) {
		if (f == NULL || f->dst != p[i].dst)
			f = lane_flow(d, p[i].dst, i == 0);
		if (i == 0 && f != NULL)
			kind = f->kind;
		if (f == NULL || f->kind != kind || kind == LANE_NOT)
			break;
		p[i].flow = f;
		if (kind != LANE_OURS && !in_transit(&p[i]))
			break;
		if (kind == LANE_TUNNEL && (i == 0 || f != p[i - 1].flow)) {
			__builtin_prefetch(f->sa, 1);
			__builtin_prefetch((const char *)f->sa + 64);
			__builtin_prefetch(&f->tunnel->info.out_packets, 1);
		}
	}
	return i;
}

static size_t
forward(struct dp *d, const struct lane_pkt *p, size_t n, struct lane_out *o)
{
	size_t	i;

	for (i = 0; i < n; i++)
		lane_link(o, p[i].flow, p[i].ip, p[i].len);
	d->count[DPC_ip_forwarded] += n;
	return n;
}

bool
lane_is_open(const struct dp *d, const struct dp_if *ifp)
{
	return d->tap == NULL && d->nfilters == 0 && d->nspds == 0 && d->nat == NULL && d->sad->npolicies == 0 &&
	    (ifp->info.mac[0] & 1) == 0;
}

static void
count_in(struct dp *d, struct dp_if *ifp, const struct dp_frame *f, size_t n, int64_t now)
{
	uint64_t	bytes = 0;
	size_t		i;

	for (i = 0; i < n; i++)
		bytes += f[i].len;
	if_count_in(ifp, n, bytes, now);
	d->count[DPC_ip_in] += n;
}

size_t
lane_input(struct dp *d, struct dp_if *ifp, const struct dp_frame *f, size_t n, int64_t now)
{
	struct lane_pkt	p[LANE_BURST];
	struct lane_out	o;

	if (n < LANE_LEAST)
		return 0;
	lane_ready(d);
	n = read_all(d, ifp, f, n < LANE_BURST ? n : LANE_BURST, p);
	n = flows_all(d, p, n);
	if (n < LANE_LEAST)
		return 0;
	o.n = 0;
	if (p[0].flow->kind == LANE_TUNNEL)
		n = lane_seal(d, p, n, &o, now);
	else if (p[0].flow->kind == LANE_OURS)
		n = lane_open(d, ifp, p, n, &o, now);
	else
		n = forward(d, p, n, &o);
	if (n == 0)
		return 0;
	d->lane->frames += n;
	count_in(d, ifp, f, n, now);
	lane_leave(d, &o, now);
	return n;
}

/* Who is given frames may give some back at once: what is held of flows and jobs is void then. */
void
lane_leave(struct dp *d, struct lane_out *o, int64_t now)
{
	struct pkt	*v[LANE_BURST];
	size_t		 i, m;

	for (i = 0; i < o->n; i += m) {
		m = 0;
		if (o->p[i] != NULL) {
			for (; i + m < o->n && o->p[i + m] != NULL; m++)
				v[m] = o->p[i + m];
			if (d->worker == NULL || !worker_inner(d, v, m, now))
				ip_input_batch(d, v, m, now);
			continue;
		}
		for (; i + m < o->n && o->p[i + m] == NULL && o->out_if[i + m] == o->out_if[i]; m++)
			;
		if_tx_frames(d, dp_if_get(d, o->out_if[i]), o->f + i, m, now);
	}
}
