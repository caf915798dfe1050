/*
 * Address resolution.  An entry is asked for (incomplete, with a few packets waiting), known for four hours
 * (asked anew, by unicast, a minute before its end), or has failed and is let alone for two seconds.  We
 * learn from who answers us or asks for us, never from bystanders.
 */

#include <stdlib.h>

#include <uthash.h>

#include "datapath/arp.h"
#include "datapath/icmp.h"
#include "datapath/ifnet.h"
#include "datapath/internal.h"
#include "datapath/link.h"
#include "datapath/own.h"
#include "datapath/wire.h"
#include "datapath/worker_hook.h"
#include "lib/mem.h"

#define ARP_REFRESH_NS	(60 * NSEC_SEC)

enum arp_state { ARP_ASKED, ARP_KNOWN, ARP_REFRESH, ARP_FAILED };
enum arp_op { ARP_REQUEST = 1, ARP_REPLY = 2 };

struct arp_key {
	uint32_t	ip;
	unsigned	ifidx;
};

struct arp_entry {
	struct arp_key	 key;
	enum arp_state	 state;
	uint8_t		 mac[6];
	unsigned	 tries;
	int64_t		 learned_ns;
	struct pkt	*queue[ARP_QUEUE];
	size_t		 nqueue;
	struct timer	 timer;
	struct dp	*d;
	UT_hash_handle	 hh;
};

struct arp {
	struct arp_entry	*table;
};

static const uint8_t everyone[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t nobody[6];

struct arp *
arp_new(void)
{
	return xcalloc(1, sizeof(struct arp));
}

/* A sender elsewhere is told; our own packets die in silence, as on IOS. */
static void
tell_unreachable(struct dp *d, const struct pkt *p, int64_t now)
{
	if (!(p->flags & PKT_LOCAL))
		icmp_error(d, p, ICMP_UNREACH, UNREACH_HOST, 0, now);
}

static void
queue_drop(struct dp *d, struct arp_entry *e, enum dp_counter why)
{
	size_t i;

	for (i = 0; i < e->nqueue; i++)
		pkt_drop(d, e->queue[i], why);
	e->nqueue = 0;
}

static void
entry_free(struct arp_entry *e)
{
	dp_changed(e->d);
	if (e->d->worker != NULL)
		mirror_arp(e->d, e->key.ifidx, e->key.ip, NULL);
	timer_stop(&e->timer);
	queue_drop(e->d, e, DPC_arp_failed);
	HASH_DEL(e->d->arp->table, e);
	free(e);
}

void
arp_flush(struct dp *d, unsigned ifidx)
{
	struct arp_entry *e, *next;

	HASH_ITER(hh, d->arp->table, e, next)
		if (ifidx == 0 || e->key.ifidx == ifidx)
			entry_free(e);
}

void
arp_free(struct dp *d)
{
	arp_flush(d, 0);
	free(d->arp);
	d->arp = NULL;
}

void
dp_arp_clear(struct dp *d)
{
	arp_flush(d, 0);
}

static struct arp_entry *
entry_find(struct dp *d, unsigned ifidx, uint32_t ip)
{
	struct arp_key key = { ip, ifidx };
	struct arp_entry *e;

	HASH_FIND(hh, d->arp->table, &key, sizeof key, e);
	return e;
}

static void	entry_timer(void *arg);

static struct arp_entry *
entry_new(struct dp *d, unsigned ifidx, uint32_t ip)
{
	struct arp_entry *e;

	if (HASH_COUNT(d->arp->table) >= ARP_MAX) {
		d->count[DPC_arp_full]++;
		return NULL;
	}
	e = xcalloc(1, sizeof *e);
	e->key = (struct arp_key){ ip, ifidx };
	e->d = d;
	timer_init(&e->timer, d->clock, entry_timer, e);
	HASH_ADD(hh, d->arp->table, key, sizeof e->key, e);
	return e;
}

struct arp_msg {
	enum arp_op	 op;
	const uint8_t	*eth_to, *target_mac;
	uint32_t	 sender, target;
};

static void
arp_send(struct dp *d, struct dp_if *ifp, const struct arp_msg *m, int64_t now)
{
	struct pkt *p = pkt_new(d, ARP_LEN);
	uint8_t *a;

	if (p == NULL)
		return;
	a = p->data;
	put16(a, 1);
	put16(a + 2, ETHERTYPE_IP4);
	a[4] = 6;
	a[5] = 4;
	put16(a + 6, m->op);
	memcpy(a + 8, ifp->info.mac, 6);
	put32(a + 14, m->sender);
	memcpy(a + 18, m->target_mac, 6);
	put32(a + 24, m->target);
	d->count[DPC_arp_out]++;
	d->count[DPC_arp_out_reply] += m->op == ARP_REPLY;
	eth_send(d, ifp, p, m->eth_to, ETHERTYPE_ARP4, now);
}

void
arp_announce(struct dp *d, struct dp_if *ifp, uint32_t addr)
{
	struct arp_msg m = { ARP_REPLY, everyone, everyone, addr, addr };

	arp_send(d, ifp, &m, clock_now(d->clock));
}

static void
arp_ask(struct dp *d, struct dp_if *ifp, struct arp_entry *e, const uint8_t *to, int64_t now)
{
	struct arp_msg m = { ARP_REQUEST, to, nobody, if_addr_for(ifp, e->key.ip), e->key.ip };

	e->tries++;
	arp_send(d, ifp, &m, now);
	timer_at(&e->timer, now + ARP_RETRY_NS);
}

/* Nobody answered: those who wait are told, and nobody is asked for a while. */
static void
entry_fail(struct dp *d, struct arp_entry *e, int64_t now)
{
	size_t i;

	e->state = ARP_FAILED;
	dp_changed(d);
	timer_at(&e->timer, now + ARP_FAILED_NS);
	for (i = 0; i < e->nqueue; i++)
		tell_unreachable(d, e->queue[i], now);
	queue_drop(d, e, DPC_arp_failed);
}

static void
entry_due(struct dp *d, struct arp_entry *e, int64_t now)
{
	struct dp_if *ifp = dp_if_get(d, e->key.ifidx);

	if (ifp == NULL || e->state == ARP_REFRESH || e->state == ARP_FAILED)
		entry_free(e);
	else if (e->state == ARP_KNOWN) {
		arp_ask(d, ifp, e, e->mac, now);
		e->state = ARP_REFRESH;
		timer_at(&e->timer, now + ARP_REFRESH_NS);
	} else if (e->tries < ARP_TRIES)
		arp_ask(d, ifp, e, everyone, now);
	else
		entry_fail(d, e, now);
}

static void
entry_timer(void *arg)
{
	struct arp_entry *e = arg;
	struct dp *d = e->d;

	dp_enter(d);
	entry_due(d, e, clock_now(d->clock));
	dp_leave(d);
}

/* mac is that of e from now on; what waits for it goes. */
static void
entry_learn(struct dp *d, struct dp_if *ifp, struct arp_entry *e, const uint8_t mac[6], int64_t now)
{
	struct pkt *out[ARP_QUEUE];
	size_t i, n = e->nqueue;

	if ((e->state != ARP_KNOWN && e->state != ARP_REFRESH) || memcmp(e->mac, mac, 6) != 0)
		dp_changed(d);
	memcpy(e->mac, mac, 6);
	e->state = ARP_KNOWN;
	e->tries = 0;
	e->learned_ns = now;
	e->nqueue = 0;
	timer_at(&e->timer, now + ARP_AGE_NS - ARP_REFRESH_NS);
	if (d->worker != NULL)
		mirror_arp(d, e->key.ifidx, e->key.ip, mac);
	memcpy(out, e->queue, sizeof out);
	for (i = 0; i < n; i++)
		eth_send(d, ifp, out[i], mac, ETHERTYPE_IP4, now);
}

static bool
arp_valid(const struct pkt *p)
{
	const uint8_t *a = p->data;

	return p->len >= ARP_LEN && get16(a) == 1 && get16(a + 2) == ETHERTYPE_IP4 && a[4] == 6 && a[5] == 4 &&
	    (get16(a + 6) == ARP_REQUEST || get16(a + 6) == ARP_REPLY) && (a[8] & 1) == 0;
}

/* Another station says that our address is its own.  It is told otherwise, but not so often that two who are
 * both right would never end (RFC 5227, 2.4 c). */
static void
arp_contested(struct dp *d, struct dp_if *ifp, const uint8_t *a, int64_t now)
{
	struct dp_dup_addr e = { .ifidx = ifp->idx, .addr = get32(a + 14) };

	d->count[DPC_arp_duplicate]++;
	memcpy(e.mac, a + 8, sizeof(e.mac));
	dp_event_dup_addr(d, &e);
	if (ifp->defended_ns != 0 && now - ifp->defended_ns < ARP_DEFEND_NS)
		return;
	ifp->defended_ns = now;
	arp_announce(d, ifp, e.addr);
}

static void
arp_heard(struct dp *d, struct dp_if *ifp, const uint8_t *a, int64_t now)
{
	uint32_t sender = get32(a + 14), target = get32(a + 24);
	struct arp_entry *e = entry_find(d, ifp->idx, sender);
	bool for_us = if_has_addr(ifp, target);
	struct arp_msg reply = { ARP_REPLY, a + 8, a + 8, target, sender };

	d->count[get16(a + 6) == ARP_REQUEST ? DPC_arp_in_request : DPC_arp_in_reply]++;
	if (if_has_addr(ifp, sender)) {
		if (memcmp(a + 8, ifp->info.mac, 6) != 0)
			arp_contested(d, ifp, a, now);
		else
			d->count[DPC_arp_other]++;
		return;
	}
	if (e == NULL && for_us && if_on_link(ifp, sender))
		e = entry_new(d, ifp->idx, sender);
	if (e != NULL)
		entry_learn(d, ifp, e, a + 8, now);
	if (for_us && get16(a + 6) == ARP_REQUEST)
		arp_send(d, ifp, &reply, now);
	else if (e == NULL)
		d->count[DPC_arp_other]++;
}

void
arp_input(struct dp *d, struct pkt *p, int64_t now)
{
	struct dp_if *ifp = dp_if_get(d, p->in_if);

	d->count[DPC_arp_in]++;
	if (ifp == NULL || !arp_valid(p)) {
		pkt_drop(d, p, DPC_arp_bad);
		return;
	}
	arp_heard(d, ifp, p->data, now);
	pkt_free(d, p);
}

/* The oldest gives way. */
static void
entry_queue(struct dp *d, struct arp_entry *e, struct pkt *p)
{
	if ((p = pkt_own(d, p)) == NULL)
		return;
	if (e->nqueue == ARP_QUEUE) {
		pkt_drop(d, e->queue[0], DPC_arp_queue);
		memmove(e->queue, e->queue + 1, sizeof e->queue - sizeof e->queue[0]);
		e->nqueue--;
	}
	e->queue[e->nqueue++] = p;
}

static bool
is_broadcast(const struct dp *d, uint32_t addr)
{
	unsigned ifidx;

	return addr == UINT32_MAX || own_find(d->own, addr, &ifidx) == OWN_BCAST;
}

static void
arp_output_new(struct dp *d, struct dp_if *ifp, struct pkt *p, int64_t now)
{
	struct arp_entry *e;

	if (ifp->naddrs == 0) {
		pkt_drop(d, p, DPC_ip_no_source);
		return;
	}
	e = entry_new(d, ifp->idx, p->next_hop);
	if (e == NULL) {
		pkt_drop(d, p, DPC_arp_failed);
		return;
	}
	entry_queue(d, e, p);
	arp_ask(d, ifp, e, everyone, now);
}

const uint8_t *
arp_mac(struct dp *d, unsigned ifidx, uint32_t ip)
{
	const struct arp_entry *e = entry_find(d, ifidx, ip);

	return e != NULL && (e->state == ARP_KNOWN || e->state == ARP_REFRESH) ? e->mac : NULL;
}

void
arp_output(struct dp *d, struct pkt *p, int64_t now)
{
	struct dp_if *ifp = dp_if_get(d, p->out_if);
	struct arp_entry *e = entry_find(d, p->out_if, p->next_hop);

	if (e != NULL && (e->state == ARP_KNOWN || e->state == ARP_REFRESH))
		eth_send(d, ifp, p, e->mac, ETHERTYPE_IP4, now);
	else if (d->worker != NULL && worker_link(d, p))
		return;
	else if (e != NULL && e->state == ARP_ASKED)
		entry_queue(d, e, p);
	else if (e != NULL) {
		tell_unreachable(d, p, now);
		pkt_drop(d, p, DPC_arp_failed);
	} else if (is_broadcast(d, p->next_hop))
		eth_send(d, ifp, p, everyone, ETHERTYPE_IP4, now);
	else
		arp_output_new(d, ifp, p, now);
}

bool
arp_known(struct dp *d, unsigned ifidx, uint32_t ip)
{
	return arp_mac(d, ifidx, ip) != NULL;
}

/* Who told us asks again in time: this entry stays until he says otherwise. */
void
arp_told(struct dp *d, unsigned ifidx, uint32_t ip, const uint8_t *mac)
{
	struct arp_entry *e = entry_find(d, ifidx, ip);

	if (mac == NULL) {
		if (e != NULL)
			entry_free(e);
		return;
	}
	if (e == NULL && (e = entry_new(d, ifidx, ip)) == NULL)
		return;
	memcpy(e->mac, mac, sizeof e->mac);
	e->state = ARP_KNOWN;
	dp_changed(d);
}

static size_t
list_own(const struct dp *d, struct dp_arp_info *out, size_t max)
{
	const struct dp_if *ifp;
	size_t i, k, n = 0;

	for (i = 0; i < d->nifs; i++) {
		ifp = d->ifs[i];
		if (ifp == NULL || !ifp->info.up || ifp->info.kind != DP_IF_ETHER)
			continue;
		for (k = 0; k < ifp->naddrs && n < max; k++, n++) {
			out[n] = (struct dp_arp_info){ .ip = ifp->addrs[k].addr, .ifidx = ifp->idx, .own = true };
			memcpy(out[n].mac, ifp->info.mac, 6);
		}
	}
	return n;
}

size_t
dp_arp_list(const struct dp *d, struct dp_arp_info *out, size_t max)
{
	size_t n = list_own(d, out, max);
	const struct arp_entry *e;

	for (e = d->arp->table; e != NULL && n < max; e = e->hh.next, n++) {
		out[n] = (struct dp_arp_info){ .ip = e->key.ip, .ifidx = e->key.ifidx, .learned_ns = e->learned_ns,
			.incomplete = e->state == ARP_ASKED || e->state == ARP_FAILED };
		memcpy(out[n].mac, e->mac, 6);
	}
	return n;
}
