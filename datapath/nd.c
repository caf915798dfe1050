/*
 * Neighbours (RFC 4861, 7.3): asked for (incomplete, with a few packets waiting), reachable for half a minute after
 * they answered, stale afterwards.  A stale one is used all the same; five seconds after that it is probed, by unicast, and
 * goes if it does not answer.  What nobody uses goes after four hours.
 */

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "datapath/ifnet.h"
#include "datapath/ip6.h"
#include "datapath/link.h"
#include "lib/chance.h"
#include "lib/mem.h"

#define ND_RETRANS_NS	(1 * NSEC_SEC)
#define ND_REACH_NS	(30 * NSEC_SEC)		/* times 0.5 to 1.5 */
#define ND_DELAY_NS	(5 * NSEC_SEC)
#define ND_EXPIRE_NS	(4 * 3600 * NSEC_SEC)	/* as IOS */
#define ND_TRIES	3
#define ND_QUEUE	4			/* packets waiting for one next hop */
#define ND_MAX		4096

struct nd_key {
	struct a6	ip;
	uint64_t	ifidx;
};

struct nd_entry {
	struct nd_key		 key;
	enum dp6_nd_state	 state;
	uint8_t			 mac[6];
	bool			 router;
	unsigned		 tries;
	int64_t			 heard_ns;
	struct pkt		*queue[ND_QUEUE];
	size_t			 nqueue;
	struct timer		 timer;
	struct dp		*d;
	UT_hash_handle		 hh;
};

struct nd {
	struct nd_entry	*table;
};

struct nd *
nd_new(void)
{
	return xcalloc(1, sizeof(struct nd));
}

static void
entry_free(struct nd_entry *e)
{
	size_t i;

	timer_stop(&e->timer);
	for (i = 0; i < e->nqueue; i++)
		pkt_drop(e->d, e->queue[i], DPC_nd_failed);
	HASH_DEL(e->d->v6->nd->table, e);
	free(e);
}

void
nd_flush(struct dp *d, unsigned ifidx)
{
	struct nd_entry *e, *next;

	HASH_ITER(hh, d->v6->nd->table, e, next)
		if (ifidx == 0 || e->key.ifidx == ifidx)
			entry_free(e);
}

void
nd_free(struct dp *d)
{
	nd_flush(d, 0);
	free(d->v6->nd);
	d->v6->nd = NULL;
}

void
dp6_nd_clear(struct dp *d)
{
	nd_flush(d, 0);
}

static struct nd_entry *
entry_find(struct dp *d, unsigned ifidx, struct a6 ip)
{
	struct nd_key key = { ip, ifidx };
	struct nd_entry *e;

	HASH_FIND(hh, d->v6->nd->table, &key, sizeof key, e);
	return e;
}

static void	entry_timer(void *arg);

static struct nd_entry *
entry_new(struct dp *d, unsigned ifidx, struct a6 ip)
{
	struct nd_entry *e;

	if (HASH_COUNT(d->v6->nd->table) >= ND_MAX) {
		d->count[DPC_nd_full]++;
		return NULL;
	}
	e = xcalloc(1, sizeof *e);
	e->key = (struct nd_key){ ip, ifidx };
	e->d = d;
	timer_init(&e->timer, d->clock, entry_timer, e);
	HASH_ADD(hh, d->v6->nd->table, key, sizeof e->key, e);
	return e;
}

/* For a packet that must go there is room: of those that have not proven to be there, the oldest goes. */
static struct nd_entry *
entry_needed(struct dp *d, unsigned ifidx, struct a6 ip)
{
	struct nd_entry *e, *next;

	if (HASH_COUNT(d->v6->nd->table) >= ND_MAX)
		HASH_ITER(hh, d->v6->nd->table, e, next)
			if (e->state != DP6_ND_REACHABLE) {
				entry_free(e);
				break;
			}
	return entry_new(d, ifidx, ip);
}

/* --- states --- */

static void
become_stale(struct nd_entry *e, int64_t now)
{
	e->state = DP6_ND_STALE;
	timer_at(&e->timer, now + ND_EXPIRE_NS);
}

/* RFC 4861, 6.3.2: a time of its own for each, so that they do not all ask at once. */
static void
become_reachable(struct dp *d, struct nd_entry *e, int64_t now)
{
	e->state = DP6_ND_REACHABLE;
	e->tries = 0;
	e->heard_ns = now;
	timer_at(&e->timer, now + ND_REACH_NS / 2 + (int64_t)(chance_unit(ip6_chance(d)) * (double)ND_REACH_NS));
}

/* What waits goes. */
static void
queue_send(struct dp *d, struct dp_if *ifp, struct nd_entry *e, int64_t now)
{
	struct pkt *out[ND_QUEUE];
	size_t i, n = e->nqueue;

	e->nqueue = 0;
	memcpy(out, e->queue, sizeof out);
	for (i = 0; i < n; i++)
		eth_send6(d, ifp, out[i], e->mac, now);
}

/* The address that what waits first was sent from, if this interface has it (RFC 4861, 7.2.2). */
static struct a6
ask_from(const struct dp *d, const struct dp_if *ifp, const struct nd_entry *e)
{
	const struct own6_row *own = e->nqueue > 0 ? own6_find(d, ip6_src(e->queue[0]), ifp->idx) : NULL;

	if (own != NULL && own->ifidx == ifp->idx && own->state == DP6_PREFERRED)
		return own->addr;
	return if6_addr_for(ifp, e->key.ip);
}

static void
entry_ask(struct dp *d, struct dp_if *ifp, struct nd_entry *e, int64_t now)
{
	e->tries++;
	timer_at(&e->timer, now + ND_RETRANS_NS);
	nd_solicit(d, ifp, ask_from(d, ifp, e), e->key.ip, e->state == DP6_ND_PROBE ? e->mac : NULL, now);
}

/* Nobody answered: who sent what waits is told. */
static void
entry_fail(struct dp *d, struct nd_entry *e, int64_t now)
{
	struct pkt *wait[ND_QUEUE];
	size_t i, n = e->nqueue;

	memcpy(wait, e->queue, sizeof wait);
	e->nqueue = 0;
	entry_free(e);
	for (i = 0; i < n; i++) {
		if (!(wait[i]->flags & PKT_LOCAL))
			icmp6_error(d, wait[i], ICMP6_UNREACH, UNREACH6_ADDR, 0, now);
		pkt_drop(d, wait[i], DPC_nd_failed);
	}
}

static void
entry_due(struct dp *d, struct nd_entry *e, int64_t now)
{
	struct dp_if *ifp = dp_if_get(d, (unsigned)e->key.ifidx);

	if (ifp == NULL || ifp->v6 == NULL || e->state == DP6_ND_STALE)
		entry_free(e);
	else if (e->state == DP6_ND_REACHABLE)
		become_stale(e, now);
	else if (e->state == DP6_ND_DELAY) {
		e->state = DP6_ND_PROBE;
		e->tries = 0;
		entry_ask(d, ifp, e, now);
	} else if (e->tries < ND_TRIES)
		entry_ask(d, ifp, e, now);
	else
		entry_fail(d, e, now);
}

static void
entry_timer(void *arg)
{
	struct nd_entry *e = arg;
	struct dp *d = e->d;

	dp_enter(d);
	entry_due(d, e, clock_now(d->clock));
	dp_leave(d);
}

/* --- what is heard --- */

void
nd_heard(struct dp *d, struct dp_if *ifp, struct a6 ip, const uint8_t mac[6], bool router, int64_t now)
{
	struct nd_entry *e = entry_find(d, ifp->idx, ip);
	bool same;

	if (e == NULL && (e = entry_new(d, ifp->idx, ip)) == NULL)
		return;
	same = e->heard_ns != 0 && memcmp(e->mac, mac, 6) == 0;
	e->router |= router;
	if (same)
		return;
	memcpy(e->mac, mac, 6);
	e->heard_ns = now;
	become_stale(e, now);
	queue_send(d, ifp, e, now);
}

/* RFC 4861, 7.2.5. */
void
nd_answered(struct dp *d, struct dp_if *ifp, const struct nd_answer *a, int64_t now)
{
	struct nd_entry *e = entry_find(d, ifp->idx, a->ip);
	bool differs;

	if (e == NULL || (e->state == DP6_ND_INCOMPLETE && a->mac == NULL)) {
		d->count[DPC_nd_other]++;
		return;
	}
	differs = a->mac != NULL && memcmp(e->mac, a->mac, 6) != 0;
	if (e->state != DP6_ND_INCOMPLETE && differs && !a->override) {
		if (e->state == DP6_ND_REACHABLE)
			become_stale(e, now);
		return;
	}
	e->router = a->router;
	if (a->mac != NULL)
		memcpy(e->mac, a->mac, 6);
	if (a->solicited)
		become_reachable(d, e, now);
	else if (e->state == DP6_ND_INCOMPLETE || differs) {
		e->heard_ns = now;
		become_stale(e, now);
	}
	queue_send(d, ifp, e, now);
}

/* --- the way out --- */

void
eth_send6(struct dp *d, struct dp_if *ifp, struct pkt *p, const uint8_t mac[6], int64_t now)
{
	eth_send(d, ifp, p, mac, ETHERTYPE_IP6, now);
}

/* The oldest gives way. */
static void
entry_queue(struct dp *d, struct nd_entry *e, struct pkt *p)
{
	if ((p = pkt_own(d, p)) == NULL)
		return;
	if (e->nqueue == ND_QUEUE) {
		pkt_drop(d, e->queue[0], DPC_nd_queue);
		memmove(e->queue, e->queue + 1, sizeof e->queue - sizeof e->queue[0]);
		e->nqueue--;
	}
	e->queue[e->nqueue++] = p;
}

static void
output_new(struct dp *d, struct dp_if *ifp, struct pkt *p, struct a6 hop, int64_t now)
{
	struct nd_entry *e;

	if (a6_is_any(if6_addr_for(ifp, hop))) {
		pkt_drop(d, p, DPC_ip6_no_source);
		return;
	}
	e = entry_needed(d, ifp->idx, hop);
	if (e == NULL) {
		pkt_drop(d, p, DPC_nd_failed);
		return;
	}
	entry_queue(d, e, p);
	entry_ask(d, ifp, e, now);
}

void
nd_output(struct dp *d, struct pkt *p, int64_t now)
{
	struct dp_if *ifp = dp_if_get(d, p->out_if);
	struct a6 hop = *ip6_hop(p);
	uint8_t group[6] = { 0x33, 0x33 };
	struct nd_entry *e;

	if (a6_is_multicast(hop)) {		/* RFC 2464, 7 */
		put32(group + 2, (uint32_t)hop.lo);
		eth_send6(d, ifp, p, group, now);
		return;
	}
	e = entry_find(d, p->out_if, hop);
	if (e == NULL) {
		output_new(d, ifp, p, hop, now);
		return;
	}
	if (e->state == DP6_ND_INCOMPLETE) {
		entry_queue(d, e, p);
		return;
	}
	if (e->state == DP6_ND_STALE) {
		e->state = DP6_ND_DELAY;
		timer_at(&e->timer, now + ND_DELAY_NS);
	}
	eth_send6(d, ifp, p, e->mac, now);
}

size_t
dp6_nd_list(const struct dp *d, struct dp6_nd_info *out, size_t max)
{
	const struct nd_entry *e;
	size_t n = 0;

	for (e = d->v6->nd->table; e != NULL && n < max; e = e->hh.next, n++) {
		out[n] = (struct dp6_nd_info){ .ip = e->key.ip, .ifidx = (unsigned)e->key.ifidx, .heard_ns = e->heard_ns,
			.state = e->state, .router = e->router };
		memcpy(out[n].mac, e->mac, 6);
	}
	return n;
}
