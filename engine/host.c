/*
 * A host: one interface of a datapath of its own, which answers ARP, neighbour solicitations and ping, puts fragments together, and
 * hands the UDP packets of streams to whoever counts them.
 */

#include <stdlib.h>

#include "datapath/datapath6.h"
#include "engine/heard.h"
#include "engine/lab_impl.h"
#include "engine/topology.h"
#include "lib/chance.h"
#include "lib/mem.h"

#define STREAM_PORT	5001
#define HOST_TTL	64

struct host {
	struct node	*node;
	struct dp	*dp;
	struct chance	*chance;
	unsigned	 ifidx;
	uint32_t	 addr, gateway;		/* addr 0 = IPv6 alone */
	unsigned	 len;
	struct a6	 addr6, gateway6;	/* addr6 all zero = IPv4 alone */
	unsigned	 len6;
	struct heard	 syslog;
};

static void
tx(void *arg, unsigned ifidx, const uint8_t *frame, size_t len)
{
	struct host *h = arg;

	(void)ifidx;
	if (h->node->ends != NULL)
		link_send(h->node->ends, frame, len);
}

static void
udp(void *arg, const struct dp_udp *u)
{
	struct host *h = arg;

	if (u->dport == HEARD_PORT)
		heard_add(&h->syslog, u->src, u->data, u->len);
	else
		traffic_received(h->node, u->data, u->len);
}

static void
udp6(void *arg, const struct dp6_udp *u)
{
	struct host *h = arg;

	traffic_received(h->node, u->data, u->len);
}

static const struct dp_ops host_ops = { .tx = tx, .udp = udp, .udp6 = udp6 };

static void
set_up4(struct host *h, const struct topo_node *t)
{
	h->addr = t->address;
	h->len = t->address_len;
	h->gateway = t->gateway;
	if (h->addr == 0)
		return;
	dp_if_set_addr(h->dp, h->ifidx, &h->addr, &h->len, 1);
	dp_route_set(h->dp, h->addr & ip4_mask(h->len), h->len, 0, h->ifidx);
	if (h->gateway != 0)
		dp_route_set(h->dp, 0, 0, h->gateway, h->ifidx);
}

static void
set_up6(struct host *h, const struct topo_node *t, const uint8_t mac[6])
{
	struct dp6_addr addrs[2] = { { { UINT64_C(0xfe80) << 48, a6_eui64(mac) }, 64 }, { t->address6, t->address6_len } };
	struct dp6_if_conf c = { .on = true, .addrs = addrs, .naddrs = 2, .dad = 1 };

	h->addr6 = t->address6;
	h->len6 = t->address6_len;
	h->gateway6 = t->gateway6;
	if (a6_is_any(h->addr6))
		return;
	dp6_if_set(h->dp, h->ifidx, &c);
	dp6_route_set(h->dp, a6_mask(h->addr6, h->len6), h->len6, (struct a6){ 0, 0 }, h->ifidx);
	if (!a6_is_any(h->gateway6))
		dp6_route_set(h->dp, (struct a6){ 0, 0 }, 0, h->gateway6, h->ifidx);
}

struct host *
host_new(struct node *n, const struct topo_node *t)
{
	/* Locally administered, and none of a router's. */
	const uint8_t mac[6] = { 0x02, 0x48, 0x00, (uint8_t)(n->number >> 16), (uint8_t)(n->number >> 8), (uint8_t)n->number };
	struct host *h = xcalloc(1, sizeof(*h));
	char *stream = xasprintf("host/%s", n->name);

	h->node = n;
	h->chance = chance_new_child(n->lab->chance, stream);
	free(stream);
	h->dp = dp_new(n->lab->clock, h->chance, &host_ops, h);
	h->ifidx = dp_if_add(h->dp, DP_IF_ETHER, mac);
	set_up4(h, t);
	set_up6(h, t, mac);
	dp_udp_open(h->dp, STREAM_PORT);
	dp_udp_open(h->dp, HEARD_PORT);
	return h;
}

void
host_free(struct host *h)
{
	if (h == NULL)
		return;
	dp_free(h->dp);
	heard_free(&h->syslog);
	chance_free(h->chance);
	free(h);
}

void
host_input(struct host *h, uint8_t *frame, size_t len)
{
	struct dp_frame f = { frame, len };

	dp_input(h->dp, h->ifidx, &f, 1, clock_now(h->node->lab->clock));
}

void
host_carrier(struct host *h, bool up)
{
	dp_if_set_up(h->dp, h->ifidx, up);
}

uint32_t
host_address(const struct host *h, unsigned *len, uint32_t *gateway)
{
	if (len != NULL)
		*len = h->len;
	if (gateway != NULL)
		*gateway = h->gateway;
	return h->addr;
}

bool
lab_host_address(const struct node *n, uint32_t *addr, unsigned *len, uint32_t *gateway)
{
	if (n->kind != NODE_HOST)
		return false;
	*addr = host_address(n->host, len, gateway);
	return *addr != 0;
}

bool
host_address6(const struct host *h, struct a6 *addr, unsigned *len, struct a6 *gateway)
{
	*addr = h->addr6;
	*len = h->len6;
	*gateway = h->gateway6;
	return !a6_is_any(h->addr6);
}

bool
lab_host_address6(const struct node *n, struct a6 *addr, unsigned *len, struct a6 *gateway)
{
	return n->kind == NODE_HOST && host_address6(n->host, addr, len, gateway);
}

struct addr
host_address_for(const struct host *h, const struct host *other)
{
	if (h->addr != 0 && other->addr != 0)
		return addr_v4(h->addr);
	return a6_is_any(h->addr6) || a6_is_any(other->addr6) ? (struct addr){ .af = ADDR_NONE } : addr_v6(h->addr6);
}

void
host_send(struct host *h, const struct addr *dst, const void *p, size_t n)
{
	int64_t now = clock_now(h->node->lab->clock);

	if (dst->af == ADDR_V6)
		dp6_udp_send(h->dp, h->addr6, a6_of(dst), 0, STREAM_PORT, STREAM_PORT, p, n, HOST_TTL, now);
	else
		dp_udp_send(h->dp, h->addr, dst->v4, STREAM_PORT, STREAM_PORT, p, n, HOST_TTL, now);
}

const struct heard *
lab_host_heard(const struct node *n)
{
	return n->kind == NODE_HOST ? &n->host->syslog : NULL;
}
