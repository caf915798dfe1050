/* Where a tunnel begins and what leads to its end; see tunnel.h. */

#include "engine/ip6.h"
#include "engine/log.h"
#include "engine/tunnel.h"

uint32_t
tunnel_source(const struct router *r, const struct cfg_if *c)
{
	struct cfg_if *s = c->source_if == NULL ? NULL : config_if(r->cfg, c->source_if, false);

	if (c->source_if != NULL)
		return s == NULL ? 0 : s->ip.addr;
	return c->source.af == ADDR_V4 ? c->source.v4 : 0;
}

bool
tunnel_source_up(const struct router *r, const char *source_if, uint32_t source)
{
	const struct rif *i = source_if[0] != '\0' ? ifnet_find(r, source_if) : ifnet_by_addr(r, source);

	return i != NULL && i->line_up;
}

struct addr
tunnel_source_addr(const struct router *r, const struct cfg_if *c)
{
	struct cfg_if *s = c->source_if == NULL ? NULL : config_if(r->cfg, c->source_if, false);
	uint32_t v4 = tunnel_source(r, c);
	struct a6 v6;

	if (c->mode != CFG_TUN_IPSEC_V6)
		return v4 != 0 ? addr_v4(v4) : (struct addr){ .af = ADDR_NONE };
	if (c->source_if == NULL)
		return c->source.af == ADDR_V6 ? c->source : (struct addr){ .af = ADDR_NONE };
	v6 = s == NULL ? (struct a6){ 0, 0 } : ifnet6_global(r, s);
	return a6_is_any(v6) ? (struct addr){ .af = ADDR_NONE } : addr_v6(v6);
}

/* An IPv6 address must have been found to be ours alone. */
bool
tunnel_source_ready(const struct router *r, const char *source_if, const struct addr *source)
{
	const struct rif *i;
	struct a6 v6;

	if (source->af == ADDR_V4)
		return tunnel_source_up(r, source_if, source->v4);
	v6 = a6_of(source);
	i = source_if[0] != '\0' ? ifnet_find(r, source_if) : ifnet6_by_addr(r, v6);
	return i != NULL && i->line_up && a6_eq(dp6_source_for(r->dp, v6, i->dp_if), v6);
}

enum tunnel_way
tunnel_way_to(const struct router *r, const char *ifname, const struct addr *dst)
{
	const struct rif *self = ifnet_find(r, ifname);
	unsigned dp_if = 0;

	if (!ip_way_to(r, dst, &dp_if))
		return TUNNEL_NO_WAY;
	/* The link is of use once it has an IPv6 address that has settled. */
	if (dst->af == ADDR_V6 && a6_is_any(dp6_source_for(r->dp, a6_of(dst), 0)))
		return TUNNEL_NO_WAY;
	return self != NULL && self->dp_if == dp_if ? TUNNEL_RECURSING : TUNNEL_WAY;
}

enum tunnel_way
tunnel_way(const struct router *r, const char *ifname, uint32_t dst)
{
	struct addr a = addr_v4(dst);

	return tunnel_way_to(r, ifname, &a);
}

void
tunnel_log_recursion(struct router *r, const char *ifname)
{
	log_syslog(r, "TUN", 5, "RECURDOWN", "%s temporarily disabled due to recursive routing", ifname);
}
