/*
 * A host: one interface of a datapath of its own, which answers ARP and ping, puts fragments together, and
 * hands the UDP packets of streams to whoever counts them.
 */

#include <stdlib.h>

#include "engine/lab_impl.h"
#include "lib/chance.h"
#include "lib/mem.h"

#define STREAM_PORT	5001
#define HOST_TTL	64

struct host {
	struct node	*node;
	struct dp	*dp;
	struct chance	*chance;
	unsigned	 ifidx;
	uint32_t	 addr, gateway;
	unsigned	 len;
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

	traffic_received(h->node, u->src, u->data, u->len);
}

static const struct dp_ops host_ops = { .tx = tx, .udp = udp };

struct host *
host_new(struct node *n, uint32_t addr, unsigned len, uint32_t gateway)
{
	/* Locally administered, and none of a router's. */
	const uint8_t mac[6] = { 0x02, 0x48, 0x00, (uint8_t)(n->number >> 16), (uint8_t)(n->number >> 8), (uint8_t)n->number };
	struct host *h = xcalloc(1, sizeof(*h));
	char *stream = xasprintf("host/%s", n->name);

	h->node = n;
	h->addr = addr;
	h->len = len;
	h->gateway = gateway;
	h->chance = chance_new_child(n->lab->chance, stream);
	free(stream);
	h->dp = dp_new(n->lab->clock, h->chance, &host_ops, h);
	h->ifidx = dp_if_add(h->dp, DP_IF_ETHER, mac);
	dp_if_set_addr(h->dp, h->ifidx, &addr, &len, 1);
	dp_route_set(h->dp, addr & ip4_mask(len), len, 0, h->ifidx);
	if (gateway != 0)
		dp_route_set(h->dp, 0, 0, gateway, h->ifidx);
	dp_udp_open(h->dp, STREAM_PORT);
	return h;
}

void
host_free(struct host *h)
{
	if (h == NULL)
		return;
	dp_free(h->dp);
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
	if (n->kind == NODE_HOST)
		*addr = host_address(n->host, len, gateway);
	return n->kind == NODE_HOST;
}

void
host_send(struct host *h, uint32_t dst, const void *p, size_t n)
{
	dp_udp_send(h->dp, h->addr, dst, STREAM_PORT, STREAM_PORT, p, n, HOST_TTL, clock_now(h->node->lab->clock));
}
