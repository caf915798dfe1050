/* Where a tunnel begins and what leads to its end; see tunnel.h. */

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

enum tunnel_way
tunnel_way(const struct router *r, const char *ifname, uint32_t dst)
{
	const struct rif *self = ifnet_find(r, ifname);
	unsigned dp_if = 0;
	uint32_t via;

	if (!dp_route_lookup(r->dp, dst, &via, &dp_if))
		return TUNNEL_NO_WAY;
	return self != NULL && self->dp_if == dp_if ? TUNNEL_RECURSING : TUNNEL_WAY;
}

void
tunnel_log_recursion(struct router *r, const char *ifname)
{
	log_syslog(r, "TUN", 5, "RECURDOWN", "%s temporarily disabled due to recursive routing", ifname);
}
