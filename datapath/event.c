/*
 * Events: kept in bounded arrays while a batch runs, given to the engine when the outermost call into the
 * datapath ends.  A handler may call the datapath again; what that causes is delivered by the loop that is
 * already running, so handlers never nest.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/gre_run.h"
#include "datapath/icmp.h"
#include "datapath/internal.h"
#include "datapath/ip6.h"
#include "datapath/udp.h"
#include "datapath/wire.h"
#include "datapath/worker_hook.h"
#include "lib/mem.h"

/* The queue's array, of elements of this size, with room for one more if it may have it: most kinds never come. */
static void *
evq_room(struct dp_evq *q, void *list, size_t size)
{
	if (q->head == q->n)
		q->head = q->n = 0;
	if (q->n < q->cap || q->cap == DP_EVENTS)
		return list;
	q->cap = q->cap != 0 ? q->cap * 2 : 4;
	return xrealloc(list, q->cap * size);
}

/* A free place at the queue's end, or DP_EVENTS (counted). */
static size_t
evq_put(struct dp *d, struct dp_evq *q)
{
	if (q->n < DP_EVENTS)
		return q->n++;
	d->count[DPC_event_lost]++;
	return DP_EVENTS;
}

static bool
inv_spi_same(const struct dp_inv_spi *a, const struct dp_inv_spi *b)
{
	return a->spi == b->spi && addr_eq(&a->src, &b->src) && addr_eq(&a->dst, &b->dst) && a->proto == b->proto && a->udp == b->udp &&
	    a->in_if == b->in_if;
}

static inline unsigned
inv_spi_hash(uint32_t spi, uint32_t src)
{
	uint64_t h = (uint64_t)spi << 32 | src;

	return (unsigned)(h * UINT64_C(0x9e3779b97f4a7c15) >> 56) & (DP_EVENTS_HASH - 1);
}

static unsigned
inv_spi_home(const struct dp_inv_spi *e)
{
	return inv_spi_hash(e->spi, e->src.af == ADDR_V4 ? e->src.v4 : get32(e->src.v6 + 12));
}

bool
dp_event_inv_spi_lost(struct dp *d, uint32_t spi, uint32_t src)
{
	const struct dp_evq *q = &d->ev.inv_spi_q;

	if (q->n < DP_EVENTS || q->head == q->n || d->ev.inv_spi_at[inv_spi_hash(spi, src)] != 0)
		return false;
	d->count[DPC_event_lost]++;
	return true;
}

/*
 * A flood may have another flow with each packet.  Those that wait are found by hash, in a table four times their number that is cleared
 * when all have been told; once there are as many as a batch may have, a further flow costs a look at it.
 */
void
dp_event_inv_spi(struct dp *d, const struct dp_inv_spi *e)
{
	struct dp_evq *q = &d->ev.inv_spi_q;
	uint8_t *at = d->ev.inv_spi_at;
	unsigned k = inv_spi_home(e);
	size_t i;

	if (q->head == q->n)
		memset(at, 0, DP_EVENTS_HASH);
	for (; at[k] != 0; k = (k + 1) & (DP_EVENTS_HASH - 1))
		if (at[k] - 1u >= q->head && inv_spi_same(&d->ev.inv_spi[at[k] - 1], e)) {
			d->ev.inv_spi[at[k] - 1].count += e->count;
			return;
		}
	d->ev.inv_spi = evq_room(q, d->ev.inv_spi, sizeof(*d->ev.inv_spi));
	if ((i = evq_put(d, q)) == DP_EVENTS)
		return;
	d->ev.inv_spi[i] = *e;
	at[k] = (uint8_t)(i + 1);
}

void
dp_event_fault(struct dp *d, const struct dp_fault *f)
{
	struct dp_fault *list = d->ev.fault;
	size_t i;

	for (i = d->ev.fault_q.head; i < d->ev.fault_q.n; i++)
		if (list[i].kind == f->kind && list[i].sa == f->sa)
			return;
	d->ev.fault = list = evq_room(&d->ev.fault_q, list, sizeof(*list));
	i = evq_put(d, &d->ev.fault_q);
	if (i < DP_EVENTS)
		list[i] = *f;
}

bool
dp_event_sa(struct dp *d, enum sa_event_kind k, uint32_t sa, uint64_t cookie)
{
	struct dp_sa_event *list = d->ev.sa;
	size_t i;

	for (i = d->ev.sa_q.head; i < d->ev.sa_q.n; i++)
		if (list[i].kind == k && list[i].sa == sa)
			return true;
	d->ev.sa = list = evq_room(&d->ev.sa_q, list, sizeof(*list));
	i = evq_put(d, &d->ev.sa_q);
	if (i >= DP_EVENTS)
		return false;
	list[i] = (struct dp_sa_event){ k, sa, cookie };
	return true;
}

void
dp_event_no_sa(struct dp *d, unsigned tunnel_if, uint32_t src, uint32_t dst)
{
	struct dp_no_sa *list = d->ev.no_sa;
	bool many = dp_if_get(d, tunnel_if)->gre != NULL;	/* a far end each */
	size_t i;

	for (i = d->ev.no_sa_q.head; i < d->ev.no_sa_q.n; i++)
		if (list[i].tunnel_if == tunnel_if && (!many || list[i].dst == dst))
			return;
	d->ev.no_sa = list = evq_room(&d->ev.no_sa_q, list, sizeof(*list));
	i = evq_put(d, &d->ev.no_sa_q);
	if (i < DP_EVENTS)
		list[i] = (struct dp_no_sa){ tunnel_if, src, dst };
}

void
dp_event_policy_no_sa(struct dp *d, uint32_t policy, unsigned out_if, const struct dp_tuple *t)
{
	struct dp_policy_no_sa *list = d->ev.policy_no_sa;
	size_t i;

	for (i = d->ev.policy_no_sa_q.head; i < d->ev.policy_no_sa_q.n; i++)
		if (list[i].policy == policy)
			return;
	d->ev.policy_no_sa = list = evq_room(&d->ev.policy_no_sa_q, list, sizeof(*list));
	i = evq_put(d, &d->ev.policy_no_sa_q);
	if (i < DP_EVENTS)
		list[i] = (struct dp_policy_no_sa){ policy, { out_if, *t } };
}

void
dp_event_acl_log(struct dp *d, const struct dp_acl_log *e)
{
	struct dp_acl_log *list = d->ev.acl_log;
	size_t i;

	for (i = d->ev.acl_log_q.head; i < d->ev.acl_log_q.n; i++)
		if (list[i].ifidx == e->ifidx && list[i].dir == e->dir && list[i].entry == e->entry &&
		    memcmp(&list[i].t, &e->t, sizeof(e->t)) == 0) {
			list[i].count += e->count;
			return;
		}
	d->ev.acl_log = list = evq_room(&d->ev.acl_log_q, list, sizeof(*list));
	i = evq_put(d, &d->ev.acl_log_q);
	if (i < DP_EVENTS)
		list[i] = *e;
}

void
dp_event_not_ipsec(struct dp *d, const struct pkt *p)
{
	struct dp_not_ipsec *list = d->ev.not_ipsec;
	size_t i;

	for (i = d->ev.not_ipsec_q.head; i < d->ev.not_ipsec_q.n; i++)
		if (list[i].src == p->src && list[i].dst == p->dst && list[i].proto == p->proto)
			return;
	d->ev.not_ipsec = list = evq_room(&d->ev.not_ipsec_q, list, sizeof(*list));
	i = evq_put(d, &d->ev.not_ipsec_q);
	if (i < DP_EVENTS)
		list[i] = (struct dp_not_ipsec){ p->src, p->dst, p->proto, p->in_if };
}

void
dp_event_dup_addr(struct dp *d, const struct dp_dup_addr *e)
{
	struct dp_dup_addr *list = d->ev.dup_addr;
	size_t i;

	for (i = d->ev.dup_addr_q.head; i < d->ev.dup_addr_q.n; i++)
		if (list[i].ifidx == e->ifidx && list[i].addr == e->addr)
			return;
	d->ev.dup_addr = list = evq_room(&d->ev.dup_addr_q, list, sizeof(*list));
	i = evq_put(d, &d->ev.dup_addr_q);
	if (i < DP_EVENTS)
		list[i] = *e;
}

void
dp_event_dup_addr6(struct dp *d, const struct dp_dup_addr6 *e)
{
	struct dp_dup_addr6 *list = d->ev.dup_addr6;
	size_t i;

	for (i = d->ev.dup_addr6_q.head; i < d->ev.dup_addr6_q.n; i++)
		if (list[i].ifidx == e->ifidx && a6_eq(list[i].addr, e->addr))
			return;
	d->ev.dup_addr6 = list = evq_room(&d->ev.dup_addr6_q, list, sizeof(*list));
	i = evq_put(d, &d->ev.dup_addr6_q);
	if (i < DP_EVENTS)
		list[i] = *e;
}

void
dp_event_up(struct dp *d, struct pkt *p)
{
	if (d->ev.nup >= DP_UP_MAX) {
		pkt_drop(d, p, DPC_event_lost);
		return;
	}
	if ((p = pkt_own(d, p)) == NULL)
		return;
	p->next = NULL;
	*d->ev.up_tail = p;
	d->ev.up_tail = &p->next;
	d->ev.nup++;
}

static void
deliver_up(struct dp *d)
{
	struct pkt *p = d->ev.up;

	d->ev.up = p->next;
	if (d->ev.up == NULL)
		d->ev.up_tail = &d->ev.up;
	d->ev.nup--;
	if (p->v6)
		(p->proto == PROTO_UDP ? udp6_deliver : icmp6_deliver)(d, p);
	else if (p->proto == PROTO_UDP)
		udp_deliver(d, p);
	else if (p->proto == PROTO_GRE)
		gre_deliver(d, p);
	else
		icmp_deliver(d, p);
	pkt_free(d, p);
}

static void
deliver_no_sa(struct dp *d)
{
	struct dp_no_sa e = d->ev.no_sa[d->ev.no_sa_q.head++];

	if (d->ops.no_sa != NULL)
		d->ops.no_sa(d->arg, e.tunnel_if, e.src, e.dst);
}

static void
deliver_policy_no_sa(struct dp *d)
{
	struct dp_policy_no_sa e = d->ev.policy_no_sa[d->ev.policy_no_sa_q.head++];

	if (d->ops.policy_no_sa != NULL)
		d->ops.policy_no_sa(d->arg, e.policy, &e.p);
}

static void
deliver_acl_log(struct dp *d)
{
	struct dp_acl_log e = d->ev.acl_log[d->ev.acl_log_q.head++];

	if (d->ops.acl_log != NULL)
		d->ops.acl_log(d->arg, &e);
}

static void
deliver_not_ipsec(struct dp *d)
{
	struct dp_not_ipsec e = d->ev.not_ipsec[d->ev.not_ipsec_q.head++];

	if (d->ops.not_ipsec != NULL)
		d->ops.not_ipsec(d->arg, e.src, e.dst, e.proto, e.in_if);
}

static void
deliver_dup_addr(struct dp *d)
{
	struct dp_dup_addr e = d->ev.dup_addr[d->ev.dup_addr_q.head++];

	if (d->ops.dup_addr != NULL)
		d->ops.dup_addr(d->arg, e.ifidx, e.addr, e.mac);
}

static void
deliver_dup_addr6(struct dp *d)
{
	struct dp_dup_addr6 e = d->ev.dup_addr6[d->ev.dup_addr6_q.head++];

	if (d->ops.dup_addr6 != NULL)
		d->ops.dup_addr6(d->arg, e.ifidx, &e.addr, e.mac);
}

static void
deliver_addr6(struct dp *d)
{
	d->ev.addr6 = false;
	if (d->ops.addr6 != NULL)
		d->ops.addr6(d->arg);
}

static void
deliver_sa(struct dp *d)
{
	struct dp_sa_event e = d->ev.sa[d->ev.sa_q.head++];

	if (d->ops.sa_event != NULL)
		d->ops.sa_event(d->arg, e.kind, e.sa, e.cookie);
}

static void
deliver_inv_spi(struct dp *d)
{
	struct dp_inv_spi e = d->ev.inv_spi[d->ev.inv_spi_q.head++];

	if (d->ops.inv_spi != NULL)
		d->ops.inv_spi(d->arg, &e);
}

static void
deliver_fault(struct dp *d)
{
	struct dp_fault e = d->ev.fault[d->ev.fault_q.head++];

	if (d->ops.fault != NULL)
		d->ops.fault(d->arg, &e);
}

void
dp_events_free(struct dp *d)
{
	free(d->ev.inv_spi);
	free(d->ev.fault);
	free(d->ev.no_sa);
	free(d->ev.policy_no_sa);
	free(d->ev.acl_log);
	free(d->ev.sa);
	free(d->ev.not_ipsec);
	free(d->ev.dup_addr);
	free(d->ev.dup_addr6);
}

static bool
evq_waits(const struct dp_evq *q)
{
	return q->head < q->n;
}

/* One event; false when none waits. */
static bool
deliver_one(struct dp *d)
{
	if (evq_waits(&d->ev.sa_q))
		deliver_sa(d);
	else if (evq_waits(&d->ev.inv_spi_q))
		deliver_inv_spi(d);
	else if (evq_waits(&d->ev.fault_q))
		deliver_fault(d);
	else if (evq_waits(&d->ev.no_sa_q))
		deliver_no_sa(d);
	else if (evq_waits(&d->ev.policy_no_sa_q))
		deliver_policy_no_sa(d);
	else if (evq_waits(&d->ev.acl_log_q))
		deliver_acl_log(d);
	else if (evq_waits(&d->ev.not_ipsec_q))
		deliver_not_ipsec(d);
	else if (evq_waits(&d->ev.dup_addr_q))
		deliver_dup_addr(d);
	else if (evq_waits(&d->ev.dup_addr6_q))
		deliver_dup_addr6(d);
	else if (d->ev.addr6)
		deliver_addr6(d);
	else if (d->ev.up != NULL)
		deliver_up(d);
	else
		return gre_deliver_one(d);
	return true;
}

void
dp_enter(struct dp *d)
{
	d->depth++;
}

void
dp_leave(struct dp *d)
{
	if (--d->depth > 0 || d->delivering)
		return;
	d->delivering = true;
	while (deliver_one(d))
		;
	d->delivering = false;
	if (d->worker != NULL)
		worker_told(d);
}
