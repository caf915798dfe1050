/*
 * GRE tunnels as the datapath keeps them: what each one's packets look like, its far ends and mappings, and the
 * table by which an inbound packet finds its tunnel: by local and remote address and key, then without the remote
 * address (multipoint).  Of two tunnels that could not be told apart the first has the packets.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/gre_run.h"
#include "datapath/wire.h"
#include "lib/mem.h"

static struct gre_if *
gre_if_get(const struct dp *d, unsigned ifidx)
{
	const struct dp_if *ifp = dp_if_get(d, ifidx);

	return ifp != NULL ? ifp->gre : NULL;
}

static void
index_out(struct dp *d, struct gre_if *g)
{
	if (g->indexed)
		HASH_DELETE(hh, d->gre->index, g);
	g->indexed = false;
}

static void
index_in(struct dp *d, struct gre_if *g)
{
	struct gre_if *other;

	if (g->indexed || g->c.src == 0)
		return;
	HASH_FIND(hh, d->gre->index, &g->key_of, sizeof g->key_of, other);
	if (other != NULL)
		return;
	HASH_ADD(hh, d->gre->index, key_of, sizeof g->key_of, g);
	g->indexed = true;
}

/* A tunnel has given up its place: another that wanted the same may have it. */
static void
index_fill(struct dp *d)
{
	size_t i;

	for (i = 0; i < d->nifs; i++)
		if (d->ifs[i] != NULL && d->ifs[i]->gre != NULL)
			index_in(d, d->ifs[i]->gre);
}

void
gre_if_new(struct dp *d, struct dp_if *ifp)
{
	if (d->gre == NULL)
		d->gre = xcalloc(1, sizeof *d->gre);
	ifp->gre = xcalloc(1, sizeof *ifp->gre);
	ifp->gre->ifidx = ifp->idx;
}

static void
peers_free(struct gre_if *g)
{
	struct gre_peer *p, *next;

	HASH_ITER(hh, g->peers, p, next) {
		HASH_DELETE(hh, g->peers, p);
		free(p);
	}
}

static void
hops_free(struct gre_if *g)
{
	struct gre_hop *h, *next;

	HASH_ITER(hh, g->hops, h, next) {
		HASH_DELETE(hh, g->hops, h);
		free(h);
	}
}

void
gre_if_free(struct dp *d, struct dp_if *ifp)
{
	struct gre_if *g = ifp->gre;

	if (g == NULL)
		return;
	index_out(d, g);
	peers_free(g);
	hops_free(g);
	free(g->mcast);
	free(g);
	ifp->gre = NULL;
	index_fill(d);
}

void
gre_fini(struct dp *d)
{
	free(d->gre);
	d->gre = NULL;
}

void
dp_gre_set(struct dp *d, unsigned tunnel_if, const struct dp_gre *c)
{
	struct gre_if *g = gre_if_get(d, tunnel_if);

	if (g == NULL)
		return;
	index_out(d, g);
	g->c = *c;
	g->key_of = (struct gre_key){ c->src, c->dst, c->key_set, c->key_set ? c->key : 0 };
	g->far.nbma = c->dst;
	if (!c->is_protected)
		g->far.sa = SA_NONE;
	g->seq_seen = false;
	index_in(d, g);
	index_fill(d);
}

struct gre_if *
gre_find(const struct dp *d, uint32_t local, uint32_t remote, const struct gre_head *h)
{
	struct gre_key k = { local, remote, h->has_key, h->key };
	struct gre_if *g;

	HASH_FIND(hh, d->gre->index, &k, sizeof k, g);
	if (g != NULL)
		return g;
	k.remote = 0;
	HASH_FIND(hh, d->gre->index, &k, sizeof k, g);
	return g;
}

struct gre_peer *
gre_peer_find(struct gre_if *g, uint32_t nbma)
{
	struct gre_peer *p;

	if (g->c.dst != 0)
		return g->c.dst == nbma ? &g->far : NULL;
	HASH_FIND(hh, g->peers, &nbma, sizeof nbma, p);
	return p;
}

static struct gre_peer *
peer_make(struct gre_if *g, uint32_t nbma)
{
	struct gre_peer *p = gre_peer_find(g, nbma);

	if (p != NULL || g->c.dst != 0 || nbma == 0)
		return p;
	p = xcalloc(1, sizeof *p);
	p->nbma = nbma;
	HASH_ADD(hh, g->peers, nbma, sizeof p->nbma, p);
	return p;
}

void
dp_gre_peer(struct dp *d, unsigned tunnel_if, uint32_t nbma, bool on)
{
	struct gre_if *g = gre_if_get(d, tunnel_if);
	struct gre_peer *p;

	if (g == NULL || g->c.dst != 0)
		return;
	if (on) {
		peer_make(g, nbma);
	} else if ((p = gre_peer_find(g, nbma)) != NULL) {
		HASH_DELETE(hh, g->peers, p);
		free(p);
	}
}

void
dp_gre_use(struct dp *d, unsigned tunnel_if, uint32_t nbma, uint32_t sa)
{
	struct gre_if *g = gre_if_get(d, tunnel_if);
	struct gre_peer *p;

	if (g == NULL)
		return;
	p = sa == SA_NONE ? gre_peer_find(g, nbma) : peer_make(g, nbma);
	if (p != NULL)
		p->sa = sa;
}

bool
dp_gre_counts(const struct dp *d, unsigned tunnel_if, uint32_t nbma, uint64_t *sent, uint64_t *received)
{
	struct gre_if *g = gre_if_get(d, tunnel_if);
	const struct gre_peer *p = g != NULL ? gre_peer_find(g, nbma) : NULL;

	if (p == NULL)
		return false;
	*sent = p->sent;
	*received = p->received;
	return true;
}

static struct gre_hop *
hop_find(const struct gre_if *g, uint32_t next_hop)
{
	struct gre_hop *h;

	HASH_FIND(hh, g->hops, &next_hop, sizeof next_hop, h);
	return h;
}

uint32_t
gre_nbma_of(const struct gre_if *g, uint32_t next_hop)
{
	const struct gre_hop *h = hop_find(g, next_hop);

	return h != NULL ? h->nbma : 0;
}

void
dp_nbma_set(struct dp *d, unsigned tunnel_if, uint32_t next_hop, uint32_t nbma)
{
	struct gre_if *g = gre_if_get(d, tunnel_if);
	struct gre_hop *h;

	if (g == NULL)
		return;
	h = hop_find(g, next_hop);
	if (h == NULL && nbma != 0) {
		h = xcalloc(1, sizeof *h);
		h->next_hop = next_hop;
		HASH_ADD(hh, g->hops, next_hop, sizeof h->next_hop, h);
	} else if (h != NULL && nbma == 0) {
		HASH_DELETE(hh, g->hops, h);
		free(h);
		return;
	}
	if (h != NULL)
		h->nbma = nbma;
}

void
dp_nbma_fallback(struct dp *d, unsigned tunnel_if, uint32_t nbma)
{
	struct gre_if *g = gre_if_get(d, tunnel_if);

	if (g != NULL)
		g->fallback = nbma;
}

void
dp_nbma_multicast(struct dp *d, unsigned tunnel_if, const uint32_t *nbma, size_t n)
{
	struct gre_if *g = gre_if_get(d, tunnel_if);

	if (g == NULL)
		return;
	free(g->mcast);
	g->mcast = n > 0 ? xmemdup(nbma, n * sizeof *nbma) : NULL;
	g->nmcast = n;
}

void
dp_gre_refused(const struct dp *d, uint64_t *no_sa, uint64_t *clear)
{
	*no_sa = d->gre != NULL ? d->gre->no_sa : 0;
	*clear = d->gre != NULL ? d->gre->clear : 0;
}

unsigned
dp_gre_overhead(const struct dp_gre *g)
{
	return IP4_LEN + GRE_LEN + (g->checksum ? 4 : 0) + (g->key_set ? 4 : 0) + (g->sequence ? 4 : 0);
}

/* --- Events --- */

/* A free place, or max (counted). */
static size_t
queue_put(struct dp *d, struct dp_evq *q, size_t max)
{
	if (q->head == q->n)
		q->head = q->n = 0;
	if (q->n < max)
		return q->n++;
	d->count[DPC_event_lost]++;
	return max;
}

void
gre_event_miss(struct dp *d, const struct gre_miss *m)
{
	struct gre *g = d->gre;
	size_t i;

	for (i = g->miss_q.head; i < g->miss_q.n; i++)
		if (g->miss[i].tunnel_if == m->tunnel_if && g->miss[i].next_hop == m->next_hop)
			return;
	i = queue_put(d, &g->miss_q, DP_EVENTS);
	if (i < DP_EVENTS)
		g->miss[i] = *m;
}

static bool
same_turn(const struct dp_gre_turn *t, const struct pkt *p)
{
	return t->in_if == p->in_if && t->out_if == p->out_if && t->nbma_src == p->nbma &&
	    memcmp(t->ip + IP4_SRC, p->data + IP4_SRC, 8) == 0;
}

void
gre_event_turn(struct dp *d, const struct pkt *p)
{
	struct gre *g = d->gre;
	struct dp_gre_turn *t;
	size_t i;

	for (i = g->turn_q.head; i < g->turn_q.n; i++)
		if (same_turn(&g->turn[i], p))
			return;
	i = queue_put(d, &g->turn_q, GRE_TURNS);
	if (i == GRE_TURNS)
		return;
	t = &g->turn[i];
	*t = (struct dp_gre_turn){ .in_if = p->in_if, .out_if = p->out_if, .nbma_src = p->nbma, .next_hop = p->next_hop };
	t->n = p->len < GRE_TURN_BYTES ? p->len : GRE_TURN_BYTES;
	memcpy(t->ip, p->data, t->n);
}

bool
gre_deliver_one(struct dp *d)
{
	struct gre *g = d->gre;
	struct gre_miss m;
	struct dp_gre_turn t;

	if (g == NULL)
		return false;
	if (g->miss_q.head < g->miss_q.n) {
		m = g->miss[g->miss_q.head++];
		if (d->ops.nbma_miss != NULL)
			d->ops.nbma_miss(d->arg, m.tunnel_if, m.next_hop, m.src, m.dst);
		return true;
	}
	if (g->turn_q.head == g->turn_q.n)
		return false;
	t = g->turn[g->turn_q.head++];
	if (d->ops.nbma_turn != NULL)
		d->ops.nbma_turn(d->arg, &t);
	return true;
}
