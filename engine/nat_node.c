/*
 * A translator between two networks: a datapath of its own with a port called inside and one called outside.  What comes from
 * inside leaves with the address of outside and a port of its own choosing (datapath/nat.h); what comes from outside gets in
 * as an answer alone.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/datapath.h"
#include "datapath/nat.h"
#include "datapath/nat6.h"
#include "engine/lab_impl.h"
#include "engine/topology.h"
#include "lib/chance.h"
#include "lib/mem.h"

struct nat_node {
	struct node	*node;
	struct dp	*dp;
	struct chance	*chance;
	unsigned	 inside, outside;	/* of the datapath */
	uint32_t	 outside_addr;
};

static void
tx(void *arg, unsigned ifidx, const uint8_t *frame, size_t len)
{
	struct nat_node *t = arg;
	struct link_end *e = link_end_of(t->node, ifidx == t->inside ? TOPO_INSIDE : TOPO_OUTSIDE);

	if (e != NULL)
		link_send(e, frame, len);
}

static const struct dp_ops nat_ops = { .tx = tx };

static void
mac_of(const struct node *n, uint8_t which, uint8_t mac[6])
{
	/* Locally administered, and none of a router's or host's. */
	const uint8_t m[6] = { 0x02, 0x4e, which, (uint8_t)(n->number >> 16), (uint8_t)(n->number >> 8), (uint8_t)n->number };

	memcpy(mac, m, sizeof(m));
}

static unsigned
port_add(struct nat_node *t, const struct node *n, uint8_t which, uint32_t addr, unsigned len)
{
	uint8_t mac[6];
	unsigned ifidx;

	mac_of(n, which, mac);
	ifidx = dp_if_add(t->dp, DP_IF_ETHER, mac);
	dp_if_set_addr(t->dp, ifidx, &addr, &len, 1);
	dp_route_set(t->dp, addr & ip4_mask(len), len, 0, ifidx);
	return ifidx;
}

static void
port6(struct nat_node *t, uint8_t which, unsigned ifidx, struct a6 addr, unsigned len)
{
	struct dp6_addr addrs[2] = { { .len = 64 }, { addr, len } };
	struct dp6_if_conf c = { .on = true, .addrs = addrs, .naddrs = 2, .dad = 1 };
	uint8_t mac[6];

	mac_of(t->node, which, mac);
	addrs[0].addr = (struct a6){ UINT64_C(0xfe80) << 48, a6_eui64(mac) };
	dp6_if_set(t->dp, ifidx, &c);
	dp6_route_set(t->dp, a6_mask(addr, len), len, (struct a6){ 0, 0 }, ifidx);
}

/* IPv6 too, where the topology says so. */
static void
set6(struct nat_node *x, const struct topo_node *t)
{
	if (a6_is_any(t->inside6))
		return;
	port6(x, 0, x->inside, t->inside6, t->inside6_len);
	port6(x, 1, x->outside, t->outside6, t->outside6_len);
	if (!a6_is_any(t->gateway6))
		dp6_route_set(x->dp, (struct a6){ 0, 0 }, 0, t->gateway6, x->outside);
	dp6_forwarding(x->dp, true);
	dp6_nat_set(x->dp, x->inside, x->outside, t->outside6);
}

struct nat_node *
nat_node_new(struct node *n, const struct topo_node *t)
{
	struct nat_node *x = xcalloc(1, sizeof(*x));
	char *stream = xasprintf("nat/%s", n->name);
	struct dp_nat_rule all = { .match = { .permit = true }, .to = t->outside };

	x->node = n;
	x->outside_addr = t->outside;
	x->chance = chance_new_child(n->lab->chance, stream);
	free(stream);
	x->dp = dp_new(n->lab->clock, x->chance, &nat_ops, x);
	x->inside = port_add(x, n, 0, t->inside, t->inside_len);
	x->outside = port_add(x, n, 1, t->outside, t->outside_len);
	if (t->gateway != 0)
		dp_route_set(x->dp, 0, 0, t->gateway, x->outside);
	dp_nat_inside(x->dp, x->inside, true);
	dp_nat_set(x->dp, x->outside, &all, 1);
	set6(x, t);
	return x;
}

void
nat_node_free(struct nat_node *x)
{
	if (x == NULL)
		return;
	dp_free(x->dp);
	chance_free(x->chance);
	free(x);
}

static unsigned
port_of(const struct nat_node *x, const struct link_end *e)
{
	return e == link_end_of(x->node, TOPO_INSIDE) ? x->inside : x->outside;
}

void
nat_node_input(struct nat_node *x, const struct link_end *e, uint8_t *frame, size_t len)
{
	struct dp_frame f = { frame, len };

	dp_input(x->dp, port_of(x, e), &f, 1, clock_now(x->node->lab->clock));
}

void
nat_node_carrier(struct nat_node *x, const struct link_end *e, bool up)
{
	dp_if_set_up(x->dp, port_of(x, e), up);
}

struct dp *
lab_nat(const struct node *n)
{
	return n->kind == NODE_NAT ? n->nat->dp : NULL;
}
