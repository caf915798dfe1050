/*
 * The way in of ESP in UDP (RFC 3948, 2 and 3.3).  The addresses are in the IP header still; the port that the packet came
 * from is kept beside it, and believed when the packet has proven itself.
 */

#include "datapath/natt.h"

#include "datapath/internal.h"
#include "datapath/ip.h"
#include "datapath/ip6.h"
#include "datapath/udp.h"
#include "datapath/wire.h"

/* RFC 3948, 2.2: the first word of ESP is its SPI, that of an IKE message zero. */
static struct pkt *
esp_unwrap(struct pkt *p, size_t ulen)
{
	size_t next = p->v6 ? ip6_next_field(p) : IP4_PROTO;

	p->sport = get16(p->data + p->ihl);
	p->len = p->ihl + (uint32_t)ulen;
	memmove(p->data + NATT_UDP, p->data, p->ihl);
	pkt_pull(p, NATT_UDP);
	p->data[next] = p->proto = PROTO_ESP;
	p->flags |= PKT_UDP;
	if (p->v6) {
		put16(p->data + IP6_PAYLOAD, p->len - IP6_LEN);
		return p;
	}
	put16(p->data + IP4_TOTAL, p->len);
	ip4_seal(p->data, p->ihl);
	return p;
}

/* Over IPv6 ESP may come without a checksum, having its own (RFC 6935, 5); of key exchange udp6_input() asks for one. */
static enum dp_counter
check(const struct pkt *p)
{
	return p->v6 ? udp6_check(p, true) : udp_check(p);
}

struct pkt *
natt_input(struct dp *d, struct pkt *p)
{
	const uint8_t *udp = p->data + p->ihl, *data = udp + NATT_UDP;
	enum dp_counter why;
	size_t n;

	if (p->len < p->ihl + 4u || get16(udp + 2) != NATT_PORT || !udp_port_open(d, NATT_PORT))
		return p;
	if ((why = check(p)) == DPC__COUNT) {
		n = get16(udp + 4) - (size_t)NATT_UDP;
		if (n >= NATT_MARKER)
			return get32(data) == 0 ? p : esp_unwrap(p, get16(udp + 4));
		if (n == 1 && data[0] == NATT_KEEPALIVE) {
			d->count[DPC_natt_keepalive_in]++;
			pkt_free(d, p);
			return NULL;
		}
		why = DPC_natt_short;
	}
	pkt_drop(d, p, why);
	return NULL;
}

void
natt6_sums(struct pkt **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i]->proto == PROTO_UDP)
			udp6_seal(v[i]->data, v[i]->data + v[i]->ihl, v[i]->len - v[i]->ihl);
}

bool
dp6_natt_keepalive(struct dp *d, struct a6 src, struct a6 dst, uint16_t dport, int64_t now)
{
	const uint8_t one = NATT_KEEPALIVE;

	d->count[DPC_natt_keepalive_out]++;
	return dp6_udp_send(d, src, dst, 0, NATT_PORT, dport, &one, sizeof(one), 255, now);
}

bool
dp_natt_keepalive(struct dp *d, uint32_t src, uint32_t dst, uint16_t dport, int64_t now)
{
	const uint8_t one = NATT_KEEPALIVE;

	d->count[DPC_natt_keepalive_out]++;
	return dp_udp_send(d, src, dst, NATT_PORT, dport, &one, sizeof(one), 255, now);
}
