/* UDP: checksums both ways, and the set of open ports. */

#include <stdlib.h>

#include "datapath/icmp.h"
#include "datapath/ip.h"
#include "datapath/udp.h"
#include "datapath/wire.h"
#include "datapath/worker_hook.h"
#include "lib/mem.h"

/* Where port is or would stand among the open ones. */
static size_t
port_place(const struct dp *d, uint16_t port)
{
	size_t lo = 0, hi = d->nports, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (d->ports[mid] < port)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool
udp_port_open(const struct dp *d, uint16_t port)
{
	size_t i = port_place(d, port);

	return i < d->nports && d->ports[i] == port;
}

void
dp_udp_open(struct dp *d, uint16_t port)
{
	size_t i = port_place(d, port);

	if (udp_port_open(d, port))
		return;
	d->ports = xrealloc(d->ports, (d->nports + 1) * sizeof *d->ports);
	memmove(d->ports + i + 1, d->ports + i, (d->nports - i) * sizeof *d->ports);
	d->ports[i] = port;
	d->nports++;
	if (d->worker != NULL)
		mirror_udp(d, port, true);
}

void
dp_udp_close(struct dp *d, uint16_t port)
{
	size_t i = port_place(d, port);

	if (!udp_port_open(d, port))
		return;
	d->nports--;
	memmove(d->ports + i, d->ports + i + 1, (d->nports - i) * sizeof *d->ports);
	if (d->worker != NULL)
		mirror_udp(d, port, false);
}

/* Over the pseudo header and n bytes of UDP. */
static uint16_t
udp_sum(uint32_t src, uint32_t dst, const uint8_t *udp, size_t n)
{
	uint64_t sum = (uint64_t)src + dst + PROTO_UDP + n;

	return sum_done(sum_add(sum, udp, n));
}

enum dp_counter
udp_check(const struct pkt *p)
{
	const uint8_t *udp = p->data + p->ihl;
	size_t n = p->len - p->ihl, ulen;

	if (n < UDP_LEN || (ulen = get16(udp + 4)) < UDP_LEN || ulen > n)
		return DPC_udp_short;
	if (get16(udp + 6) != 0 && udp_sum(p->src, p->dst, udp, ulen) != 0)
		return DPC_udp_checksum;
	return DPC__COUNT;
}

void
udp_input(struct dp *d, struct pkt *p, int64_t now)
{
	enum dp_counter why = udp_check(p);

	if (why != DPC__COUNT) {
		pkt_drop(d, p, why);
		return;
	}
	if (!udp_port_open(d, get16(p->data + p->ihl + 2))) {
		icmp_error(d, p, ICMP_UNREACH, UNREACH_PORT, 0, now);
		pkt_drop(d, p, DPC_udp_no_port);
		return;
	}
	d->count[DPC_udp_in]++;
	dp_event_up(d, p);
}

void
udp_deliver(struct dp *d, const struct pkt *p)
{
	const uint8_t *udp = p->data + p->ihl;
	struct dp_udp u = { .src = p->src, .dst = p->dst, .sport = get16(udp), .dport = get16(udp + 2),
		.in_if = p->in_if, .data = udp + UDP_LEN, .len = (size_t)get16(udp + 4) - UDP_LEN };

	/* An earlier handler may have closed the port. */
	if (d->ops.udp != NULL && udp_port_open(d, u.dport))
		d->ops.udp(d->arg, &u);
}

/* The sum that is zero is sent as all ones (RFC 768). */
static void
udp_fill(struct pkt *p, uint32_t src, uint32_t dst, const uint16_t ports[2], const void *data, size_t n)
{
	uint8_t *udp = p->data + IP4_LEN;
	uint16_t sum;

	put16(udp, ports[0]);
	put16(udp + 2, ports[1]);
	put16(udp + 4, (unsigned)(UDP_LEN + n));
	put16(udp + 6, 0);
	if (n > 0)
		memcpy(udp + UDP_LEN, data, n);
	sum = udp_sum(src, dst, udp, UDP_LEN + n);
	put16(udp + 6, sum != 0 ? sum : 0xffff);
}

static bool
udp_make(struct dp *d, const struct ip_make *m, const uint16_t ports[2], const void *data, size_t n, int64_t now)
{
	struct pkt *p = pkt_new(d, IP4_LEN + UDP_LEN + n);

	if (p == NULL)
		return false;
	udp_fill(p, m->src, m->dst, ports, data, n);
	ip_make(d, p, m);
	if (udp_is_ike(ports[0]))
		p->flags |= PKT_BYPASS;
	d->count[DPC_udp_out]++;
	ip_send(d, p, now);
	return true;
}

bool
dp_udp_send(struct dp *d, uint32_t src, uint32_t dst, uint16_t sport, uint16_t dport, const void *data, size_t n,
    uint8_t ttl, int64_t now)
{
	struct ip_make m = { .dst = dst, .proto = PROTO_UDP, .ttl = ttl };
	const uint16_t ports[2] = { sport, dport };
	bool ok;

	if (n > IP4_MAX - IP4_LEN - UDP_LEN) {
		d->count[DPC_ip_too_long]++;
		return false;
	}
	m.src = ip_source(d, src, dst);
	if (m.src == 0)
		return false;
	dp_enter(d);
	ok = udp_make(d, &m, ports, data, n, now);
	dp_leave(d);
	return ok;
}
