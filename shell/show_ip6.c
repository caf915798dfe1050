/* show and clear of IPv6: interfaces, routes, neighbours, traffic. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ip6.h"
#include "engine/router.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

#define ND_MAX	4096

struct view {
	struct text	 out;
	struct router	*router;
	const char	*only;		/* NULL = all */
	bool		 brief;
};

static const char *
state_word(const struct if_info *i)
{
	return !i->admin_up ? "administratively down" : i->link_up ? "up" : "down";
}

/* --- interfaces --- */

static const char *
addr_mark(enum dp6_addr_state s)
{
	return s == DP6_TENTATIVE ? "[TEN]" : s == DP6_DUPLICATE ? "[DUP]" : "";
}

static void
put_brief(struct text *out, const struct if_info *i, const struct if6_info *v)
{
	char a[ADDR_STRLEN];

	text_printf(out, "%-22s [%s/%s]\n", i->name, state_word(i), i->line_up ? "up" : "down");
	for (size_t k = 0; k < v->naddrs; k++)
		text_printf(out, "    %s\n", a6_fmt(v->addrs[k].addr, a));
	if (v->naddrs == 0)
		text_add(out, "    unassigned\n");
}

/* The groups that are heard: each solicited-node one once. */
static void
put_groups(struct text *out, const struct router *r, const struct if6_info *v)
{
	char a[ADDR_STRLEN];

	text_printf(out, "  Joined group address(es):\n    %s\n", a6_fmt(A6_ALL_NODES, a));
	if (r->cfg->ip6.unicast_routing)
		text_printf(out, "    %s\n", a6_fmt(A6_ALL_ROUTERS, a));
	for (size_t k = 0; k < v->naddrs; k++) {
		size_t before = 0;

		while (before < k && !a6_eq(a6_solicited(v->addrs[before].addr), a6_solicited(v->addrs[k].addr)))
			before++;
		if (before == k)
			text_printf(out, "    %s\n", a6_fmt(a6_solicited(v->addrs[k].addr), a));
	}
}

static void
put_nd(struct text *out, const struct router *r, const struct cfg_if *c)
{
	const struct cfg_if6 *v = &c->ip6;
	unsigned dad = v->dad_set ? v->dad : 1;

	if (c->kind == CFG_IF_TUNNEL || c->kind == CFG_IF_LOOPBACK) {
		text_add(out, "  ND DAD is not supported\n");
		return;
	}
	text_printf(out, "  ND DAD is %s, number of DAD attempts: %u\n", dad > 0 ? "enabled" : "disabled", dad);
	text_add(out, "  ND reachable time is 30000 milliseconds (using 30000)\n");
	if (!r->cfg->ip6.unicast_routing)
		return;
	text_add(out, "  ND advertised reachable time is 0 (unspecified)\n  ND advertised retransmit interval is 0 (unspecified)\n");
	if (v->ra_suppress)
		text_printf(out, "  ND router advertisements are suppressed%s\n", v->ra_suppress_all ? " (all)" : "");
	else
		text_printf(out, "  ND router advertisements are sent every %u seconds\n", v->ra_interval != 0 ? v->ra_interval : CFG_RA_INTERVAL);
	text_printf(out, "  ND router advertisements live for %u seconds\n", v->ra_lifetime_set ? v->ra_lifetime : CFG_RA_LIFETIME);
	text_add(out, "  ND advertised default router preference is Medium\n");
	text_printf(out, "  Hosts use %s for addresses.\n", v->ra_managed ? "DHCP to obtain routable addresses" : "stateless autoconfig");
}

static void
put_full(struct text *out, const struct router *r, const struct if_info *i, const struct if6_info *v)
{
	const struct cfg_if *c = config_if(r->cfg, i->name, false);
	char a[ADDR_STRLEN], p[ADDR_STRLEN];

	text_printf(out, "%s is %s, line protocol is %s\n", i->name, state_word(i), i->line_up ? "up" : "down");
	text_printf(out, "  IPv6 is enabled, link-local address is %s %s\n", a6_fmt(v->addrs[0].addr, a), addr_mark(v->addrs[0].state));
	text_add(out, "  No Virtual link-local address(es):\n");
	text_add(out, v->naddrs > 1 ? "  Global unicast address(es):\n" : "  No global unicast address is configured\n");
	for (size_t k = 1; k < v->naddrs; k++)
		text_printf(out, "    %s, subnet is %s/%u %s\n", a6_fmt(v->addrs[k].addr, a), a6_fmt(a6_mask(v->addrs[k].addr, v->addrs[k].len), p),
		    v->addrs[k].len, addr_mark(v->addrs[k].state));
	put_groups(out, r, v);
	text_printf(out, "  MTU is %u bytes\n", v->mtu);
	text_add(out, "  ICMP error messages limited to one every 100 milliseconds\n  ICMP redirects are disabled\n"
	    "  ICMP unreachables are sent\n");
	put_nd(out, r, c);
}

static void
put_if(void *arg, const struct if_info *i)
{
	struct view *v = arg;
	struct if6_info info;

	if ((v->only != NULL && strcmp(v->only, i->name) != 0) || !router_if6_info(v->router, i->name, &info))
		return;
	if (v->brief)
		put_brief(&v->out, i, &info);
	else if (info.on && info.naddrs > 0)
		put_full(&v->out, v->router, i, &info);
}

static void
run_interface(struct session *s, const struct args *a)
{
	struct view v = { .router = s->router, .only = arg_str(a, "if"), .brief = arg_has(a, "brief") };

	router_if_each(s->router, put_if, &v);
	show_flush(s, &v.out);
}

/* --- routes --- */

struct routes { struct text out; size_t n; char only; /* code, 0 = all */ };

static void
put_route(void *arg, const struct route6_info *i)
{
	struct routes *r = arg;
	bool own = i->code == 'C' && i->len == 128;	/* an address that is a network by itself */
	char a[ADDR_STRLEN];

	r->n++;
	if (r->only != '\0' && r->only != i->code && !(own && r->only == 'L'))
		return;
	text_printf(&r->out, "%s%c%s %s/%u [%u/0]\n     via ", own ? "L" : "", i->code, own ? " " : "  ", a6_fmt(i->prefix, a), i->len, i->distance);
	if (a6_is_any(i->via))
		text_printf(&r->out, "%s, %s\n", i->ifname, i->code == 'L' || own ? "receive" : "directly connected");
	else
		text_printf(&r->out, "%s%s%s\n", a6_fmt(i->via, a), i->ifname[0] != '\0' ? ", " : "", i->ifname);
}

static void
run_route(struct session *s, const struct args *a)
{
	struct routes r = { .n = 1, .only = arg_has(a, "connected") ? 'C' : arg_has(a, "local") ? 'L' : arg_has(a, "static") ? 'S' : '\0' };
	struct text out = { 0 };

	router_route6_each(s->router, put_route, &r);
	text_printf(&out, "IPv6 Routing Table - default - %zu entries\n", r.n);
	text_add(&out, "Codes: C - Connected, L - Local, S - Static, U - Per-user Static route\n"
	    "       B - BGP, R - RIP, I1 - ISIS L1, I2 - ISIS L2\n"
	    "       IA - ISIS interarea, IS - ISIS summary, D - EIGRP, EX - EIGRP external\n"
	    "       ND - ND Default, NDp - ND Prefix, DCE - Destination, NDr - Redirect\n"
	    "       O - OSPF Intra, OI - OSPF Inter, OE1 - OSPF ext 1, OE2 - OSPF ext 2\n"
	    "       ON1 - OSPF NSSA ext 1, ON2 - OSPF NSSA ext 2\n");
	text_addn(&out, text_str(&r.out), r.out.len);
	if (r.only == '\0' || r.only == 'L')
		text_add(&out, "L   FF00::/8 [0/0]\n     via Null0, receive\n");
	text_free(&r.out);
	show_flush(s, &out);
}

/* --- neighbours --- */

static int
nd_cmp(const void *x, const void *y)
{
	const struct dp6_nd_info *a = x, *b = y;

	return a6_cmp(a->ip, b->ip);
}

struct if_names { unsigned dp_if; char name[CFG_IF_NAME]; };

static void
find_name(void *arg, const struct if_info *i)
{
	struct if_names *n = arg;

	if (i->dp_if != 0 && i->dp_if == n->dp_if)
		ifname_short(i->name, n->name);
}

static void
put_neighbour(struct text *out, struct router *r, const struct dp6_nd_info *e)
{
	static const char *const states[] = {
		[DP6_ND_INCOMPLETE] = "INCMP", [DP6_ND_REACHABLE] = "REACH", [DP6_ND_STALE] = "STALE",
		[DP6_ND_DELAY] = "DELAY", [DP6_ND_PROBE] = "PROBE",
	};
	struct if_names name = { .dp_if = e->ifidx };
	int64_t age = e->heard_ns == 0 ? 0 : (clock_now(r->clock) - e->heard_ns) / (60 * NSEC_SEC);
	char a[ADDR_STRLEN], mac[16] = "-";

	router_if_each(r, find_name, &name);
	if (e->state != DP6_ND_INCOMPLETE)
		snprintf(mac, sizeof(mac), "%02x%02x.%02x%02x.%02x%02x", e->mac[0], e->mac[1], e->mac[2], e->mac[3], e->mac[4], e->mac[5]);
	text_printf(out, "%-39s %5" PRId64 " %-15s %-5s %s\n", a6_fmt(e->ip, a), age, mac, states[e->state], name.name);
}

static void
run_neighbors(struct session *s, const struct args *a)
{
	struct dp6_nd_info *v = xcalloc(ND_MAX, sizeof(*v));
	size_t n = dp6_nd_list(s->router->dp, v, ND_MAX);
	struct text out = { 0 };

	(void)a;
	if (n > 1)
		qsort(v, n, sizeof(*v), nd_cmp);
	text_add(&out, "IPv6 Address                              Age Link-layer Addr State Interface\n");
	for (size_t i = 0; i < n; i++)
		put_neighbour(&out, s->router, &v[i]);
	free(v);
	show_flush(s, &out);
}

static void
run_clear_neighbors(struct session *s, const struct args *a)
{
	(void)a;
	dp6_nd_clear(s->router->dp);
}

/* --- traffic --- */

#define COUNT(id)	dp_count(d, DPC_##id)

static void
put_received(struct text *out, const struct dp *d)
{
	text_printf(out, "  Rcvd:  %" PRIu64 " total, %" PRIu64 " local destination\n", COUNT(ip6_in), COUNT(ip6_local));
	text_printf(out, "         %" PRIu64 " source-routed, %" PRIu64 " truncated\n", COUNT(ip6_source_route), COUNT(ip6_short));
	text_printf(out, "         %" PRIu64 " format errors, %" PRIu64 " hop count exceeded\n", COUNT(ip6_version), COUNT(ip6_hops));
	text_printf(out, "         %" PRIu64 " bad header, %" PRIu64 " unknown option, %" PRIu64 " bad source\n", COUNT(ip6_header), COUNT(ip6_option),
	    COUNT(ip6_scope) + COUNT(ip6_martian));
	text_printf(out, "         %" PRIu64 " unknown protocol, %" PRIu64 " not a router\n", COUNT(ip6_unknown_proto), COUNT(ip6_not_router));
	text_printf(out, "         %" PRIu64 " fragments, %" PRIu64 " total reassembled\n", COUNT(frag6_in), COUNT(reasm6_ok));
	text_printf(out, "         %" PRIu64 " reassembly timeouts, %" PRIu64 " reassembly failures\n", COUNT(reasm6_timeout),
	    COUNT(reasm6_bad) + COUNT(reasm6_overlap) + COUNT(reasm6_full));
	text_printf(out, "  Sent:  %" PRIu64 " generated, %" PRIu64 " forwarded\n", COUNT(ip6_out), COUNT(ip6_forwarded));
	text_printf(out, "         %" PRIu64 " fragmented into %" PRIu64 " fragments, %" PRIu64 " failed\n", COUNT(frag6_ok), COUNT(frag6_made), COUNT(ip6_too_long));
	text_printf(out, "         %" PRIu64 " encapsulation failed, %" PRIu64 " no route, %" PRIu64 " too big\n", COUNT(nd_failed) + COUNT(nd_queue),
	    COUNT(ip6_no_route), COUNT(ip6_too_big));
}

static void
run_traffic(struct session *s, const struct args *a)
{
	const struct dp *d = s->router->dp;
	struct text out = { 0 };

	(void)a;
	text_add(&out, "IPv6 statistics:\n");
	put_received(&out, d);
	text_printf(&out, "\nICMP statistics:\n  Rcvd: %" PRIu64 " input, %" PRIu64 " checksum errors or too short, %" PRIu64 " unknown info type\n",
	    COUNT(icmp6_in), COUNT(icmp6_bad), COUNT(icmp6_ignored));
	text_printf(&out, "        %" PRIu64 " echo request, %" PRIu64 " neighbor discovery, %" PRIu64 " of them malformed\n", COUNT(icmp6_echo), COUNT(nd_in), COUNT(nd_bad));
	text_printf(&out, "  Sent: %" PRIu64 " errors, %" PRIu64 " rate-limited\n", COUNT(icmp6_error_out), COUNT(icmp6_limited));
	text_printf(&out, "        %" PRIu64 " echo reply, %" PRIu64 " neighbor discovery, %" PRIu64 " router advert\n", COUNT(icmp6_echo), COUNT(nd_out), COUNT(ra_out));
	text_printf(&out, "\nUDP statistics:\n  Rcvd: %" PRIu64 " input, %" PRIu64 " checksum errors, %" PRIu64 " length errors\n        %" PRIu64 " no port\n",
	    COUNT(udp6_in), COUNT(udp6_checksum), COUNT(udp6_short), COUNT(udp6_no_port));
	text_printf(&out, "  Sent: %" PRIu64 " output\n", COUNT(udp6_out));
	show_flush(s, &out);
}

#define SHOW	"Show what is going on\nIPv6\n"

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ipv6 interface [ brief ] [ IFNAME:if ]", SHOW "Interfaces\nTheir addresses alone\nOne of them", run_interface },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ipv6 route [ connected | local | static ]",
	    SHOW "The routes in use\nOf our networks\nTo ourselves\nThat were configured", run_route },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ipv6 neighbors", SHOW "Addresses of stations on the wire", run_neighbors },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ipv6 traffic", SHOW "What was received and sent", run_traffic },
	{ M(PRIV), 15, 0, "clear ipv6 neighbors", "Take away or set to zero\nIPv6\nAddresses of stations on the wire", run_clear_neighbors },
};

const struct cmd_table cmds_show_ip6 = { rows, NROWS(rows) };
