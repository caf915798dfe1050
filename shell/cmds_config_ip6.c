/* Configuration commands of IPv6. */

#include "engine/cfg_ip6.h"

#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "shell/cmds_config.h"

static void
run_unicast_routing(struct session *s, const struct args *a)
{
	conf(s)->ip6.unicast_routing = !args_off(a);
	conf_changed(s, CFG_AREA_ROUTES);
}

/* --- addresses --- */

static bool
address_ok(struct session *s, const struct cfg_addr6 *a)
{
	char text[ADDR_STRLEN];

	if (a->len == 0 || a6_is_multicast(a->addr) || a6_is_any(a->addr) || a6_is_loopback(a->addr) || a6_is_link_local(a->addr)) {
		session_error(s, "%% %s/%u should not be configured on an interface", a6_fmt(a->addr, text), a->len);
		return false;
	}
	if (a->eui64 && a->len > 64) {
		session_error(s, "%% EUI-64 interface identifiers leave room for a prefix of at most 64 bits");
		return false;
	}
	return true;
}

/* Another interface that is up and whose network overlaps; said as IOS says it. */
static bool
overlaps(struct session *s, const struct cfg_if *me, const struct cfg_addr6 *a)
{
	const struct cfg_if *i;
	char text[ADDR_STRLEN];

	TAILQ_FOREACH(i, &conf(s)->ifs, next)
		for (size_t k = 0; i != me && !i->shutdown && k < i->ip6.naddrs; k++) {
			const struct cfg_addr6 *b = &i->ip6.addrs[k];
			unsigned len = a->len < b->len ? a->len : b->len;

			if (!a6_within(a->addr, b->addr, len))
				continue;
			session_error(s, "%% %s: Error: %s/%u is overlapping with %s/%u on %s", me->name,
			    a6_fmt(a6_mask(a->addr, a->len), text), a->len, a6_fmt(a6_mask(b->addr, b->len), text), b->len, i->name);
			return true;
		}
	return false;
}

static void
run_address(struct session *s, const struct args *a)
{
	struct cfg_addr6 v = { .eui64 = arg_has(a, "eui-64") };
	struct cfg_if *i = conf_if(s);
	char text[ADDR_STRLEN];

	if (i == NULL)
		return;
	if (!arg_has(a, "prefix")) {
		cfg_if6_free(&i->ip6);
		i->ip6.link_local = (struct a6){ 0, 0 };
		conf_changed(s, CFG_AREA_IF);
		return;
	}
	a6_parse_cidr(arg_str(a, "prefix"), &v.addr, &v.len);
	if (v.eui64)
		v.addr = a6_mask(v.addr, 64);
	if (args_off(a) && !cfg_if6_del(&i->ip6, &v))
		session_error(s, "%% %s/%u is not an address of %s", a6_fmt(v.addr, text), v.len, i->name);
	if (!args_off(a)) {
		if (!address_ok(s, &v) || (!s->loading && !i->shutdown && overlaps(s, i, &v)))
			return;
		cfg_if6_add(&i->ip6, &v);
	}
	conf_changed(s, CFG_AREA_IF);
}

static void
run_link_local(struct session *s, const struct args *a)
{
	struct cfg_if *i = conf_if(s);
	struct a6 v;

	if (i == NULL)
		return;
	a6_parse(arg_str(a, "address"), &v);
	if (!a6_is_link_local(v)) {
		session_error(s, "%% Invalid link-local address");
		return;
	}
	i->ip6.link_local = args_off(a) ? (struct a6){ 0, 0 } : v;
	conf_changed(s, CFG_AREA_IF);
}

/* Sets a flag of the interface, or clears it in the `no` form. */
#define RUN_FLAG(fn, field)							\
	static void								\
	fn(struct session *s, const struct args *a)				\
	{									\
		struct cfg_if *i = conf_if(s);					\
										\
		if (i == NULL)							\
			return;							\
		i->ip6.field = !args_off(a);					\
		conf_changed(s, CFG_AREA_IF);					\
	}

RUN_FLAG(run_enable, enable)
RUN_FLAG(run_managed, ra_managed)
RUN_FLAG(run_other, ra_other)

static void
run_mtu(struct session *s, const struct args *a)
{
	struct cfg_if *i = conf_if(s);

	if (i == NULL)
		return;
	i->ip6.mtu = args_off(a) ? 0 : arg_u32(a, "value");
	conf_changed(s, CFG_AREA_IF);
}

static void
run_suppress(struct session *s, const struct args *a)
{
	struct cfg_if *i = conf_if(s);

	if (i == NULL)
		return;
	i->ip6.ra_suppress = !args_off(a);
	i->ip6.ra_suppress_all = !args_off(a) && arg_has(a, "all");
	conf_changed(s, CFG_AREA_IF);
}

static void
run_interval(struct session *s, const struct args *a)
{
	struct cfg_if *i = conf_if(s);
	unsigned max = arg_u32(a, "max"), min = arg_u32(a, "min");

	if (i == NULL)
		return;
	if (!args_off(a) && min * 4 > max * 3) {
		session_error(s, "%% The shortest interval is at most three quarters of the longest");
		return;
	}
	i->ip6.ra_interval = args_off(a) || (max == CFG_RA_INTERVAL && min == 0) ? 0 : max;
	i->ip6.ra_interval_min = args_off(a) ? 0 : min;
	conf_changed(s, CFG_AREA_IF);
}

static void
run_lifetime(struct session *s, const struct args *a)
{
	struct cfg_if *i = conf_if(s);

	if (i == NULL)
		return;
	i->ip6.ra_lifetime = arg_u32(a, "value");
	i->ip6.ra_lifetime_set = !args_off(a) && i->ip6.ra_lifetime != CFG_RA_LIFETIME;
	conf_changed(s, CFG_AREA_IF);
}

static void
run_dad(struct session *s, const struct args *a)
{
	struct cfg_if *i = conf_if(s);

	if (i == NULL)
		return;
	i->ip6.dad = arg_u32(a, "value");
	i->ip6.dad_set = !args_off(a) && i->ip6.dad != 1;
	conf_changed(s, CFG_AREA_IF);
}

/* --- routes --- */

/* `no ipv6 route P` takes all routes to P away. */
static bool
routes_del(struct cfg_ip6 *c, const struct cfg_route6 *like, bool all)
{
	struct cfg_route6 *r, *next;
	bool any = false;

	for (r = TAILQ_FIRST(&c->routes); r != NULL; r = next) {
		next = TAILQ_NEXT(r, next);
		if (r->len != like->len || !a6_eq(r->prefix, like->prefix))
			continue;
		if (!all && (!a6_eq(r->via, like->via) || !str_eq(r->ifname, like->ifname)))
			continue;
		cfg_route6_del(c, r);
		any = true;
	}
	return any;
}

static bool
route_ok(struct session *s, const struct cfg_route6 *r)
{
	if (a6_is_multicast(r->prefix) || a6_is_link_local(r->prefix)) {
		session_error(s, "%% Invalid destination prefix");
		return false;
	}
	if (a6_is_link_local(r->via) && r->ifname == NULL) {
		session_error(s, "%% Interface has to be specified for a link-local nexthop");
		return false;
	}
	if (a6_is_multicast(r->via) || (r->ifname == NULL && a6_is_any(r->via))) {
		session_error(s, "%% Invalid next hop address");
		return false;
	}
	return true;
}

static void
run_route(struct session *s, const struct args *a)
{
	struct cfg_route6 like = { .len = 0 }, *r;
	char name[CFG_IF_NAME] = "";

	a6_parse_cidr(arg_str(a, "prefix"), &like.prefix, &like.len);
	like.prefix = a6_mask(like.prefix, like.len);
	if (arg_has(a, "via"))
		a6_parse(arg_str(a, "via"), &like.via);
	if (arg_has(a, "if")) {
		strncpy(name, arg_str(a, "if"), sizeof(name) - 1);
		like.ifname = name;
	}
	if (args_off(a)) {
		if (!routes_del(&conf(s)->ip6, &like, !arg_has(a, "via") && !arg_has(a, "if")))
			session_error(s, "%%No matching route to delete");
	} else {
		if (!route_ok(s, &like))
			return;
		r = cfg_route6(&conf(s)->ip6, &like, true);
		r->distance = arg_has(a, "distance") ? (uint8_t)arg_u32(a, "distance") : 1;
		conf_str(&r->name, a, "name");
	}
	conf_changed(s, CFG_AREA_ROUTES);
}

#define V6	"IPv6 settings\n"
#define ND	V6 "Neighbour discovery\n"
#define RA	ND "Advertisements as a router\n"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "ipv6 unicast-routing", V6 "Forward packets, and be a router to neighbours", run_unicast_routing },
	{ M(CONFIG), 15, CMD_NO,
	    "ipv6 route X:X:X:X::X/<0-128>:prefix ~ { X:X:X:X::X:via | IFNAME:if [ X:X:X:X::X:via ] } [ <1-254>:distance ] [ name WORD:name ]",
	    V6 "A static route\nDestination\nNext hop\nOutgoing interface\nNext hop on that interface\nAdministrative distance\n"
	    "Give the route a name\nThe name", run_route },
	{ M(IF), 15, CMD_NO, "ipv6 address ~ X:X:X:X::X/<0-128>:prefix [ eui-64 ]",
	    V6 "Address of the interface\nThe address and the length of its prefix\nThe lower half comes from the MAC address", run_address },
	{ M(IF), 15, CMD_NO, "ipv6 address X:X:X:X::X:address link-local ~",
	    V6 "Address of the interface\nThe address\nFor this link alone", run_link_local },
	{ M(IF), 15, CMD_NO, "ipv6 enable", V6 "Have IPv6 with a link-local address alone", run_enable },
	{ M(IF), 15, CMD_NO, "ipv6 mtu ~ <1280-9976>:value", V6 "Size of the longest packet\nBytes", run_mtu },
	{ M(IF), 15, CMD_NO, "ipv6 nd ra suppress [ all ]", RA "Don't send them unasked\nNor when asked", run_suppress },
	{ M(IF), 15, CMD_NO, "ipv6 nd ra interval ~ <4-1800>:max [ <3-1350>:min ]", RA "Time between them\nAt most, seconds\nAt least, seconds", run_interval },
	{ M(IF), 15, CMD_NO, "ipv6 nd ra lifetime ~ <0-9000>:value", RA "How long hosts may use this router\nSeconds", run_lifetime },
	{ M(IF), 15, CMD_NO, "ipv6 nd dad attempts ~ <0-600>:value", ND "Detection of duplicate addresses\nHow often is asked\nTimes", run_dad },
	{ M(IF), 15, CMD_NO, "ipv6 nd managed-config-flag", ND "Tell hosts to get addresses by DHCP", run_managed },
	{ M(IF), 15, CMD_NO, "ipv6 nd other-config-flag", ND "Tell hosts to get other settings by DHCP", run_other },
};

const struct cmd_table cmds_config_ip6 = { rows, NROWS(rows) };
