/* UDP over IPv6: the checksum is a must (RFC 8200, 8.1), but of ESP in UDP (natt.c); the open ports are those of udp.c. */

#include <string.h>

#include "datapath/ip6.h"
#include "datapath/udp.h"

enum dp_counter
udp6_check(const struct pkt *p, bool zero)
{
	const uint8_t *udp = p->data + p->ihl;
	size_t n = p->len - p->ihl, ulen;

	if (n < UDP_LEN || (ulen = get16(udp + 4)) < UDP_LEN || ulen > n)
		return DPC_udp6_short;
	if (get16(udp + 6) == 0)
		return zero ? DPC__COUNT : DPC_udp6_checksum;
	if (ip6_sum(p->data, PROTO_UDP, udp, ulen) != 0)
		return DPC_udp6_checksum;
	return DPC__COUNT;
}

void
udp6_input(struct dp *d, struct pkt *p, int64_t now)
{
	enum dp_counter why = udp6_check(p, false);

	if (why != DPC__COUNT) {
		pkt_drop(d, p, why);
		return;
	}
	if (!udp_port_open(d, get16(p->data + p->ihl + 2))) {
		icmp6_error(d, p, ICMP6_UNREACH, UNREACH6_PORT, 0, now);
		pkt_drop(d, p, DPC_udp6_no_port);
		return;
	}
	d->count[DPC_udp6_in]++;
	dp_event_up(d, p);
}

void
udp6_deliver(struct dp *d, const struct pkt *p)
{
	const uint8_t *udp = p->data + p->ihl;
	struct dp6_udp u = { .src = ip6_src(p), .dst = ip6_dst(p), .sport = get16(udp), .dport = get16(udp + 2),
		.in_if = p->in_if, .data = udp + UDP_LEN, .len = (size_t)get16(udp + 4) - UDP_LEN };

	/* An earlier handler may have closed the port. */
	if (d->ops.udp6 != NULL && udp_port_open(d, u.dport))
		d->ops.udp6(d->arg, &u);
}

/* The sum that is zero is sent as all ones (RFC 768). */
void
udp6_seal(const uint8_t *ip, uint8_t *udp, size_t n)
{
	uint16_t sum;

	put16(udp + 6, 0);
	sum = ip6_sum(ip, PROTO_UDP, udp, n);
	put16(udp + 6, sum != 0 ? sum : 0xffff);
}

static void
udp6_fill(struct pkt *p, uint16_t sport, uint16_t dport, const void *data, size_t n)
{
	uint8_t *udp = p->data + IP6_LEN;

	put16(udp, sport);
	put16(udp + 2, dport);
	put16(udp + 4, (unsigned)(UDP_LEN + n));
	if (n > 0)
		memcpy(udp + UDP_LEN, data, n);
	udp6_seal(p->data, udp, UDP_LEN + n);
}

bool
dp6_udp_send(struct dp *d, struct a6 src, struct a6 dst, unsigned out_if, uint16_t sport, uint16_t dport, const void *data,
    size_t n, uint8_t hops, int64_t now)
{
	struct ip6_make m = { .src = src, .dst = dst, .out_if = out_if, .proto = PROTO_UDP, .hops = hops };
	struct pkt *p;

	if (n > IP4_MAX - IP6_LEN - UDP_LEN) {
		d->count[DPC_ip6_too_long]++;
		return false;
	}
	if (!ip6_source(d, &m) || (p = pkt_new(d, IP6_LEN + UDP_LEN + n)) == NULL)
		return false;
	ip6_make(d, p, &m);
	udp6_fill(p, sport, dport, data, n);
	if (udp_is_ike(sport))
		p->flags |= PKT_BYPASS;
	d->count[DPC_udp6_out]++;
	dp_enter(d);
	ip6_send(d, p, now);
	dp_leave(d);
	return true;
}
