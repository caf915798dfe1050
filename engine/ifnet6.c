/* IPv6 of interfaces: from the configuration to the datapath, and back for show. */

#include "engine/ip6.h"

#include <stdio.h>
#include <string.h>

#include "engine/internal.h"
#include "engine/log.h"

static const struct a6 link_local_prefix = { UINT64_C(0xfe80) << 48, 0 };

/* An Ethernet's own; others borrow that of the first Ethernet interface. */
static bool
mac_of(const struct router *r, const struct cfg_if *c, uint8_t mac[6])
{
	const struct rif *i = ifnet_find(r, c->name);
	struct dp_if_info info;

	if (c->kind == CFG_IF_LOOPBACK || c->kind == CFG_IF_TUNNEL) {
		TAILQ_FOREACH(c, &r->cfg->ifs, next)
			if (c->kind != CFG_IF_LOOPBACK && c->kind != CFG_IF_TUNNEL && (i = ifnet_find(r, c->name)) != NULL)
				break;
		if (c == NULL)
			return false;
	}
	if (i == NULL || i->dp_if == 0 || !dp_if_info(r->dp, i->dp_if, &info))
		return false;
	memcpy(mac, info.mac, 6);
	return true;
}

/* RFC 4291, 2.5.1: without any MAC address the router's number makes it. */
static uint64_t
identifier(const struct router *r, const struct cfg_if *c)
{
	uint8_t mac[6];

	return mac_of(r, c, mac) ? a6_eui64(mac) : UINT64_C(0x100000000) + r->number;
}

size_t
ifnet6_addrs(const struct router *r, const struct cfg_if *c, struct dp6_addr *out, size_t max)
{
	const struct cfg_if6 *v = &c->ip6;
	uint64_t id = identifier(r, c);
	size_t n = 0;

	if (!cfg_if6_on(v))
		return 0;
	out[n++] = (struct dp6_addr){ v->link_local, 64 };
	if (a6_is_any(v->link_local))
		out[0].addr = (struct a6){ link_local_prefix.hi, id };
	for (size_t i = 0; i < v->naddrs && n < max; i++) {
		out[n] = (struct dp6_addr){ v->addrs[i].addr, v->addrs[i].len };
		if (v->addrs[i].eui64)
			out[n].addr.lo = id;
		n++;
	}
	return n;
}

struct a6
ifnet6_global(const struct router *r, const struct cfg_if *c)
{
	struct dp6_addr a[IF6_ADDRS];

	return ifnet6_addrs(r, c, a, IF6_ADDRS) > 1 ? a[1].addr : (struct a6){ 0, 0 };
}

const struct rif *
ifnet6_by_addr(const struct router *r, struct a6 addr)
{
	struct dp6_addr a[IF6_ADDRS];
	const struct cfg_if *c;

	TAILQ_FOREACH(c, &r->cfg->ifs, next) {
		size_t n = ifnet6_addrs(r, c, a, IF6_ADDRS);

		for (size_t i = 0; i < n; i++)
			if (a6_eq(a[i].addr, addr))
				return ifnet_find(r, c->name);
	}
	return NULL;
}

static struct dp6_ra
ra_of(const struct cfg_if6 *v)
{
	unsigned max = v->ra_interval != 0 ? v->ra_interval : CFG_RA_INTERVAL;

	return (struct dp6_ra){
	    .on = !v->ra_suppress_all,
	    .quiet = v->ra_suppress,
	    .managed = v->ra_managed,
	    .other = v->ra_other,
	    .max_s = max,
	    .min_s = v->ra_interval_min != 0 ? v->ra_interval_min : max * 3 / 4,
	    .lifetime_s = v->ra_lifetime_set ? v->ra_lifetime : CFG_RA_LIFETIME,
	};
}

void
ifnet6_sync(struct router *r, const struct rif *i, const struct cfg_if *c)
{
	struct dp6_addr addrs[IF6_ADDRS];
	struct dp6_if_conf conf = { .addrs = addrs, .mtu = c->ip6.mtu, .dad = c->ip6.dad_set ? c->ip6.dad : 1, .ra = ra_of(&c->ip6) };

	if (i->dp_if == 0)
		return;
	conf.naddrs = ifnet6_addrs(r, c, addrs, IF6_ADDRS);
	conf.on = conf.naddrs > 0;
	dp6_if_set(r->dp, i->dp_if, &conf);
}

void
ifnet6_dup_addr(struct router *r, unsigned dp_if, struct a6 addr)
{
	struct rif *i = ifnet_by_dp(r, dp_if);
	char text[ADDR_STRLEN];

	if (i != NULL)
		log_syslog(r, "IPV6_ND", 4, "DUPLICATE", "Duplicate address %s on %s", a6_fmt(addr, text), i->name);
}

bool
router_if6_info(struct router *r, const char *name, struct if6_info *out)
{
	const struct cfg_if *c = config_if(r->cfg, name, false);
	const struct rif *i = ifnet_find(r, name);
	struct dp6_addr addrs[IF6_ADDRS];

	*out = (struct if6_info){ 0 };
	if (c == NULL)
		return false;
	out->on = cfg_if6_on(&c->ip6);
	if (i != NULL && i->dp_if != 0) {
		out->naddrs = dp6_addr_list(r->dp, i->dp_if, out->addrs, IF6_ADDRS);
		out->mtu = dp6_if_mtu(r->dp, i->dp_if);
		return true;
	}
	out->naddrs = ifnet6_addrs(r, c, addrs, IF6_ADDRS);
	for (size_t k = 0; k < out->naddrs; k++)
		out->addrs[k] = (struct dp6_addr_info){ addrs[k].addr, addrs[k].len, DP6_TENTATIVE };
	return true;
}

bool
ip_way_to(const struct router *r, const struct addr *a, unsigned *dp_if)
{
	struct a6 via6;
	uint32_t via;

	if (a->af == ADDR_V6)
		return dp6_route_lookup(r->dp, a6_of(a), &via6, dp_if);
	return a->af == ADDR_V4 && dp_route_lookup(r->dp, a->v4, &via, dp_if);
}

unsigned
ip_mtu_to(const struct router *r, const struct addr *a)
{
	struct dp_if_info info;
	unsigned dp_if;

	if (!ip_way_to(r, a, &dp_if))
		return 0;
	if (a->af == ADDR_V6)
		return dp6_if_mtu(r->dp, dp_if);
	return dp_if_info(r->dp, dp_if, &info) ? info.mtu : 0;
}

const char *
ident_mask(const struct ike_id *id, char out[ADDR_STRLEN])
{
	if (id->addr.af != ADDR_V6)
		return ip4_fmt(ip4_mask(ike_id_len(id)), out);
	snprintf(out, ADDR_STRLEN, "%u", ike_id_len(id));
	return out;
}
