/* Ethernet II: which frames concern us, what they carry, and the header of those that leave. */

#include "datapath/arp.h"
#include "datapath/ifnet.h"
#include "datapath/internal.h"
#include "datapath/ip6.h"
#include "datapath/link.h"
#include "datapath/wire.h"

/* Is the frame for this station?  Notes those for several. */
static bool
eth_for_us(struct dp_if *ifp, struct pkt *p)
{
	if (p->data[0] & 1) {
		p->flags |= PKT_LINK_BCAST;
		ifp->info.in_broadcasts++;
		return true;
	}
	return memcmp(p->data, ifp->info.mac, 6) == 0;
}

/* True if p is IP and goes on (v6 says which); otherwise it is gone. */
static bool
eth_input(struct dp *d, struct dp_if *ifp, struct pkt *p, int64_t now)
{
	unsigned type = get16(p->data + 12);

	if (!eth_for_us(ifp, p)) {
		d->count[DPC_eth_other]++;
		pkt_free(d, p);
		return false;
	}
	if_count_in(ifp, 1, p->len, now);
	pkt_pull(p, ETH_LEN);
	if (type == ETHERTYPE_IP4)
		return true;
	if (type == ETHERTYPE_IP6)
		return p->v6 = true;
	if (type == ETHERTYPE_ARP4)
		arp_input(d, p, now);
	else
		pkt_drop(d, p, DPC_eth_type);
	return false;
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

void
eth_send(struct dp *d, struct dp_if *ifp, struct pkt *p, const uint8_t to[6], unsigned type, int64_t now)
{
	uint8_t *h = pkt_push(p, ETH_LEN), *pad;

	if (h == NULL || (p->len < ETH_MIN && pkt_tailroom(p) < ETH_MIN - p->len)) {
		ifp->info.out_errors++;
		pkt_drop(d, p, DPC_out_room);
		return;
	}
	memcpy(h, to, 6);
	memcpy(h + 6, ifp->info.mac, 6);
	put16(h + 12, type);
	if (p->len < ETH_MIN) {
		size_t short_by = ETH_MIN - p->len;

		pad = pkt_put(p, short_by);
		memset(pad, 0, short_by);
	}
	if_tx(d, ifp, p->data, p->len, now);
	pkt_free(d, p);
}
