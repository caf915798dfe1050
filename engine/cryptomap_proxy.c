/*
 * Lines of access lists as proxy identities (RFC 2407, 4.6.2: an address or a prefix, a protocol and a port a side)
 * and back.
 */

#include <stdlib.h>

#include "engine/cryptomap.h"

static bool
net_id(uint32_t addr, uint32_t mask, struct ike_id *id)
{
	int len = ip4_mask_len(mask);

	if (len < 0)
		return false;
	*id = (struct ike_id){ .type = len == 32 ? IKE_ID_IPV4_ADDR : IKE_ID_IPV4_ADDR_SUBNET, .addr = addr_v4(addr & mask), .prefix_len = (uint8_t)len };
	return true;
}

static bool
port_id(const struct dp_ports *p, uint16_t *port)
{
	*port = p->op == DP_PORT_EQ ? p->v[0] : 0;
	return p->op == DP_PORT_ANY || (p->op == DP_PORT_EQ && p->n == 1);
}

bool
map_line_ids(const struct dp_ace *a, struct ike_id *local_id, struct ike_id *remote_id)
{
	if (a->fragments || a->tcp_op != DP_TCP_ANY || a->tos_mask != 0)
		return false;
	if (!net_id(a->src, a->src_mask, local_id) || !net_id(a->dst, a->dst_mask, remote_id))
		return false;
	local_id->protocol = remote_id->protocol = a->proto;
	/* Types and codes of ICMP are kept where ports are, but are none. */
	if (a->proto == 1)
		return a->sport.op == DP_PORT_ANY && a->dport.op == DP_PORT_ANY;
	return port_id(&a->sport, &local_id->port) && port_id(&a->dport, &remote_id->port);
}

static uint32_t
id_mask(const struct ike_id *id)
{
	return id->type == IKE_ID_IPV4_ADDR_SUBNET ? ip4_mask(id->prefix_len) : UINT32_MAX;
}

static struct dp_ports
ports_of(uint16_t port)
{
	return port == 0 ? (struct dp_ports){ 0 } : (struct dp_ports){ .op = DP_PORT_EQ, .n = 1, .v = { port } };
}

struct dp_ace
map_line_of(const struct ike_id *local_id, const struct ike_id *remote_id)
{
	struct dp_ace a = { .permit = true, .proto = local_id->protocol };

	a.src_mask = id_mask(local_id);
	a.src = local_id->addr.v4 & a.src_mask;
	a.dst_mask = id_mask(remote_id);
	a.dst = remote_id->addr.v4 & a.dst_mask;
	a.sport = ports_of(local_id->port);
	a.dport = ports_of(remote_id->port);
	return a;
}

static bool
is_net(const struct ike_id *id)
{
	return (id->type == IKE_ID_IPV4_ADDR || id->type == IKE_ID_IPV4_ADDR_SUBNET) && id->addr.af == ADDR_V4;
}

bool
map_id_within(const struct ike_id *inner, const struct ike_id *outer)
{
	uint32_t mask = id_mask(outer);

	return is_net(inner) && is_net(outer) && (id_mask(inner) & mask) == mask && ((inner->addr.v4 ^ outer->addr.v4) & mask) == 0 &&
	       (outer->protocol == 0 || outer->protocol == inner->protocol) && (outer->port == 0 || outer->port == inner->port);
}

bool
map_id_is(const struct ike_id *id, const struct addr *host)
{
	return is_net(id) && id_mask(id) == UINT32_MAX && addr_eq(&id->addr, host);
}

unsigned
cryptomap_odd_lines(const struct config *c, const char *acl)
{
	const struct cfg_acl *l = config_acl((struct config *)(uintptr_t)c, acl);
	struct ike_id local_id, remote_id;
	struct dp_ace *v = NULL;
	size_t n = l == NULL ? 0 : acl_entries(l, &v);
	unsigned odd = 0;

	for (size_t i = 0; i < n; i++)
		odd += v[i].permit && !map_line_ids(&v[i], &local_id, &remote_id);
	free(v);
	return odd;
}
