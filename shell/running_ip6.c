/* IPv6 as text that parses back to itself. */

#include "engine/config.h"
#include "lib/text.h"
#include "shell/running_config.h"

static void
write_addresses(const struct cfg_if6 *v, struct text *out)
{
	char a[ADDR_STRLEN];

	if (!a6_is_any(v->link_local))
		text_printf(out, " ipv6 address %s link-local\n", a6_fmt(v->link_local, a));
	for (size_t i = 0; i < v->naddrs; i++)
		text_printf(out, " ipv6 address %s/%u%s\n", a6_fmt(v->addrs[i].addr, a), v->addrs[i].len, v->addrs[i].eui64 ? " eui-64" : "");
	if (v->enable)
		text_add(out, " ipv6 enable\n");
}

void
running_if6(const struct cfg_if *i, struct text *out)
{
	const struct cfg_if6 *v = &i->ip6;

	write_addresses(v, out);
	if (v->mtu != 0)
		text_printf(out, " ipv6 mtu %u\n", v->mtu);
	if (v->dad_set)
		text_printf(out, " ipv6 nd dad attempts %u\n", v->dad);
	if (v->ra_managed)
		text_add(out, " ipv6 nd managed-config-flag\n");
	if (v->ra_other)
		text_add(out, " ipv6 nd other-config-flag\n");
	if (v->ra_interval != 0 && v->ra_interval_min != 0)
		text_printf(out, " ipv6 nd ra interval %u %u\n", v->ra_interval, v->ra_interval_min);
	else if (v->ra_interval != 0)
		text_printf(out, " ipv6 nd ra interval %u\n", v->ra_interval);
	if (v->ra_lifetime_set)
		text_printf(out, " ipv6 nd ra lifetime %u\n", v->ra_lifetime);
	if (v->ra_suppress)
		text_printf(out, " ipv6 nd ra suppress%s\n", v->ra_suppress_all ? " all" : "");
}

void
running_ip6_global(const struct config *c, struct text *out)
{
	if (c->ip6.unicast_routing)
		text_add(out, "ipv6 unicast-routing\n");
}

void
running_routes6(const struct config *c, struct text *out)
{
	const struct cfg_route6 *r;
	char a[ADDR_STRLEN];

	TAILQ_FOREACH(r, &c->ip6.routes, next) {
		text_printf(out, "ipv6 route %s/%u", a6_fmt(r->prefix, a), r->len);
		if (r->ifname != NULL)
			text_printf(out, " %s", r->ifname);
		if (!a6_is_any(r->via))
			text_printf(out, " %s", a6_fmt(r->via, a));
		if (r->distance != 1)
			text_printf(out, " %u", r->distance);
		if (r->name != NULL)
			text_printf(out, " name %s", r->name);
		text_addc(out, '\n');
	}
	if (!TAILQ_EMPTY(&c->ip6.routes))
		text_add(out, "!\n");
}
