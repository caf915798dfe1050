/* Ethernet II: which frames concern us, what they carry, and the header of those that leave. */

#include "datapath/arp.h"
#include "datapath/ifnet.h"
#include "datapath/internal.h"
#include "datapath/ip6.h"
#include "datapath/link.h"
#include "datapath/wire.h"

/* Is the frame for this station?  Notes those for several. */
static inline bool
eth_for_us(struct dp_if *ifp, struct pkt *p)
{
	if (__builtin_expect(p->data[0] & 1, 0)) {
		p->flags |= PKT_LINK_BCAST;
		ifp->info.in_broadcasts++;
		return true;
	}
	return memcmp(p->data, ifp->info.mac, 6) == 0;
}

/* True if p is IP and goes on (v6 says which); otherwise it is gone. */
static bool
eth_other(struct dp *d, struct pkt *p, unsigned type, int64_t now)
{
	if (type == ETHERTYPE_IP6)
		return p->v6 = true;
	if (type == ETHERTYPE_ARP4)
		arp_input(d, p, now);
	else
		pkt_drop(d, p, DPC_eth_type);
	return false;
}

static bool
eth_input(struct dp *d, struct dp_if *ifp, struct pkt *p, int64_t now)
{
	unsigned type = get16(p->data + 12);

	if (__builtin_expect(!eth_for_us(ifp, p), 0)) {
		d->count[DPC_eth_other]++;
		pkt_free(d, p);
		return false;
	}
	if_count_in(ifp, 1, p->len, now);
	pkt_pull(p, ETH_LEN);
	return type == ETHERTYPE_IP4 || eth_other(d, p, type, now);
}

void
eth_input_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct pkt *ip[DP_BATCH], *ip6[DP_BATCH];
	struct dp_if *ifp;
	size_t i, m = 0, m6 = 0;

	for (i = 0; i < n; i++) {
		ifp = dp_if_get(d, v[i]->in_if);
		if (ifp == NULL)
			pkt_drop(d, v[i], DPC_if_down);
		else if (!eth_input(d, ifp, v[i], now))
			continue;
		else if (v[i]->v6)
			ip6[m6++] = v[i];
		else
			ip[m++] = v[i];
	}
	if (m > 0)
		ip_input_batch(d, ip, m, now);
	if (m6 > 0)
		ip6_input_batch(d, ip6, m6, now);
}

/* The header before data, and padding behind it; false if there is no room, and nothing has changed. */
static inline bool
eth_wrap(struct pkt *p, const uint8_t head[ETH_LEN])
{
	size_t len = p->len + ETH_LEN, pad = len < ETH_MIN ? ETH_MIN - len : 0;

	if (__builtin_expect(pkt_headroom(p) < ETH_LEN || pkt_tailroom(p) < pad, 0))
		return false;
	memcpy(p->data -= ETH_LEN, head, ETH_LEN);
	p->len = (uint32_t)len;
	if (__builtin_expect(pad > 0, 0))
		memset(pkt_put(p, pad), 0, pad);
	return true;
}

static void
head_make(uint8_t head[ETH_LEN], const uint8_t to[6], const struct dp_if *ifp, unsigned type)
{
	memcpy(head, to, 6);
	memcpy(head + 6, ifp->info.mac, 6);
	put16(head + 12, type);
}

static void
no_room(struct dp *d, struct dp_if *ifp, struct pkt *p)
{
	ifp->info.out_errors++;
	pkt_drop(d, p, DPC_out_room);
}

void
eth_send(struct dp *d, struct dp_if *ifp, struct pkt *p, const uint8_t to[6], unsigned type, int64_t now)
{
	uint8_t head[ETH_LEN];

	head_make(head, to, ifp, type);
	if (!eth_wrap(p, head)) {
		no_room(d, ifp, p);
		return;
	}
	if_tx(d, ifp, &p, 1, now);
	pkt_free(d, p);
}

/* --- Many at once --- */

static bool
outbox_learn(struct dp *d, struct outbox *o, const struct pkt *p)
{
	const uint8_t *mac = arp_mac(d, p->out_if, p->next_hop);

	if (mac == NULL)
		return false;
	head_make(o->head, mac, dp_if_get(d, p->out_if), ETHERTYPE_IP4);
	o->out_if = p->out_if;
	o->next_hop = p->next_hop;
	return true;
}

void
outbox_put(struct dp *d, struct outbox *o, struct pkt *p)
{
	if ((p->out_if != o->out_if || p->next_hop != o->next_hop) && !outbox_learn(d, o, p)) {
		outbox_flush(d, o);
		arp_output(d, p, o->now);
		return;
	}
	if (!eth_wrap(p, o->head)) {
		no_room(d, dp_if_get(d, p->out_if), p);
		return;
	}
	o->p[o->n++] = p;
	if (o->n == DP_BATCH)
		outbox_flush(d, o);
}

void
outbox_flush(struct dp *d, struct outbox *o)
{
	struct pkt **v = o->p;
	size_t n = o->n, i, m;

	o->n = 0;
	o->out_if = 0;
	for (i = 0; i < n; i += m) {
		for (m = 1; i + m < n && v[i + m]->out_if == v[i]->out_if; m++)
			;
		if_tx(d, dp_if_get(d, v[i]->out_if), v + i, m, o->now);
	}
	if (n > 0)
		pkt_free_all(d, v, n);
}
