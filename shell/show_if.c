/*
 * What collectors ask of interfaces besides show interfaces: show ip interface, show interfaces description and summary,
 * show protocols, show ip cef, show hosts, show ip traffic.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/router.h"
#include "lib/addr.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

struct view {
	struct text	 out;
	struct router	*router;
	const char	*only;		/* NULL = all */
	bool		 any;
};

static const char *
state_word(const struct if_info *i)
{
	return !i->admin_up ? "administratively down" : i->link_up ? "up" : "down";
}

/* The interface as it is configured, if it is one of those to be shown. */
static const struct cfg_if *
wanted(struct view *v, const struct if_info *i)
{
	if (v->only != NULL && strcmp(v->only, i->name) != 0)
		return NULL;
	v->any = true;
	return config_if(v->router->cfg, i->name, false);
}

static void
each(struct session *s, const struct args *a, void (*fn)(void *, const struct if_info *), const char *heading)
{
	struct view v = { .router = s->router, .only = arg_str(a, "if") };

	text_add(&v.out, heading);
	router_if_each(s->router, fn, &v);
	if (!v.any && v.only != NULL)
		session_error(s, "%% Interface %s does not exist", v.only);
	show_flush(s, &v.out);
}

/* --- show ip interface --- */

static void
put_list(struct text *out, const char *which, const char *name)
{
	if (name == NULL)
		text_printf(out, "  %s access list is not set\n", which);
	else
		text_printf(out, "  %s access list is %s\n", which, name);
}

static bool
put_addresses(struct text *out, const struct router *r, const struct cfg_if *c, const struct if_info *i)
{
	const struct cfg_if *lender;
	char a[ADDR_STRLEN];

	if (c->unnumbered != NULL) {
		lender = config_if(r->cfg, c->unnumbered, false);
		text_printf(out, "  Interface is unnumbered. Using address of %s (%s)\n  Broadcast address is 255.255.255.255\n", c->unnumbered,
		    ip4_fmt(lender == NULL ? 0 : lender->ip.addr, a));
		return true;
	}
	if (i->ip.addr == 0)
		return false;
	text_printf(out, "  Internet address is %s/%d\n  Broadcast address is 255.255.255.255\n", ip4_fmt(i->ip.addr, a), ip4_mask_len(i->ip.mask));
	text_printf(out, "  Address determined by %s\n", i->from_nvram ? "non-volatile memory" : "setup command");
	for (size_t k = 0; k < c->nsecondary; k++)
		text_printf(out, "  Secondary address %s/%d\n", ip4_fmt(c->secondary[k].addr, a), ip4_mask_len(c->secondary[k].mask));
	return true;
}

/* What this router does and does not at each of its interfaces alike. */
static void
put_ip(void *arg, const struct if_info *i)
{
	struct view *v = arg;
	const struct cfg_if *c = wanted(v, i);

	if (c == NULL)
		return;
	text_printf(&v->out, "%s is %s, line protocol is %s\n", i->name, state_word(i), i->line_up ? "up" : "down");
	if (!put_addresses(&v->out, v->router, c, i)) {
		text_add(&v->out, "  Internet protocol processing disabled\n");
		return;
	}
	text_printf(&v->out, "  MTU is %u bytes\n  Helper address is not set\n  Directed broadcast forwarding is disabled\n", i->dp.mtu);
	put_list(&v->out, "Outgoing", c->acl_out);
	put_list(&v->out, "Inbound ", c->acl_in);
	text_add(&v->out, "  Proxy ARP is disabled\n  Local Proxy ARP is disabled\n  Security level is default\n  Split horizon is enabled\n"
	    "  ICMP redirects are never sent\n  ICMP unreachables are always sent\n  ICMP mask replies are never sent\n"
	    "  Router Discovery is disabled\n  IP output packet accounting is disabled\n  IP access violation accounting is disabled\n"
	    "  TCP/IP header compression is disabled\n  RTP/IP header compression is disabled\n  Policy routing is disabled\n"
	    "  BGP Policy Mapping is disabled\n");
}

static void
run_ip(struct session *s, const struct args *a)
{
	each(s, a, put_ip, "");
}

/* --- show interfaces description, summary --- */

static void
put_description(void *arg, const struct if_info *i)
{
	struct view *v = arg;
	const struct cfg_if *c = wanted(v, i);
	char name[CFG_IF_NAME];

	if (c == NULL)
		return;
	ifname_short(i->name, name);
	text_printf(&v->out, "%-30s %-14s %-8s %s\n", name, !i->admin_up ? "admin down" : i->link_up ? "up" : "down", i->line_up ? "up" : "down",
	    c->description == NULL ? "" : c->description);
}

static void
run_description(struct session *s, const struct args *a)
{
	each(s, a, put_description, "Interface                      Status         Protocol Description\n");
}

/* Nothing waits in a hold queue here: what is not sent at once is dropped. */
static void
put_summary(void *arg, const struct if_info *i)
{
	struct view *v = arg;
	const struct dp_if_info *d = &i->dp;

	if (wanted(v, i) == NULL)
		return;
	text_printf(&v->out, "%c %-24s%5u%10" PRIu64 "%10u%10" PRIu64 "%10u%10u%10u%10u%10u\n", i->line_up ? '*' : ' ', i->name, 0u, d->in_drops, 0u, d->out_drops,
	    d->rate_in_bps / 1000 * 1000, d->rate_in_pps, d->rate_out_bps / 1000 * 1000, d->rate_out_pps, 0u);
}

static void
run_summary(struct session *s, const struct args *a)
{
	each(s, a, put_summary, "\n *: interface is up\n IHQ: pkts in input hold queue     IQD: pkts dropped from input queue\n"
	    " OHQ: pkts in output hold queue    OQD: pkts dropped from output queue\n RXBS: rx rate (bits/sec)          RXPS: rx rate (pkts/sec)\n"
	    " TXBS: tx rate (bits/sec)          TXPS: tx rate (pkts/sec)\n TRTL: throttle count\n\n"
	    "  Interface                   IHQ       IQD       OHQ       OQD      RXBS      RXPS      TXBS      TXPS      TRTL\n"
	    "-----------------------------------------------------------------------------------------------------------------\n");
}

/* --- show protocols --- */

static void
put_protocols(void *arg, const struct if_info *i)
{
	struct view *v = arg;
	char a[ADDR_STRLEN];

	if (wanted(v, i) == NULL)
		return;
	text_printf(&v->out, "%s is %s, line protocol is %s\n", i->name, state_word(i), i->line_up ? "up" : "down");
	if (i->ip.addr != 0)
		text_printf(&v->out, "  Internet address is %s/%d\n", ip4_fmt(i->ip.addr, a), ip4_mask_len(i->ip.mask));
}

static void
run_protocols(struct session *s, const struct args *a)
{
	each(s, a, put_protocols, arg_has(a, "if") ? "" : "Global values:\n  Internet Protocol routing is enabled\n");
}

/* --- show ip cef --- */

struct fib { struct route_info *v; size_t n; };

static void
fib_add(void *arg, const struct route_info *i)
{
	struct fib *f = arg;

	f->v = xrealloc(f->v, (f->n + 1) * sizeof(*f->v));
	f->v[f->n++] = *i;
}

static int
fib_cmp(const void *x, const void *y)
{
	const struct route_info *a = x, *b = y;

	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	return (a->len > b->len) - (a->len < b->len);
}

static void
put_fib(struct text *out, const struct route_info *i)
{
	char p[ADDR_STRLEN], via[ADDR_STRLEN], prefix[ADDR_STRLEN + 4];
	uint32_t hop = i->nho != 0 ? i->nho : i->via;

	snprintf(prefix, sizeof(prefix), "%s/%u", ip4_fmt(i->prefix, p), i->len);
	text_printf(out, "%-20s %-20s %s\n", prefix, i->code == 'L' ? "receive" : hop == 0 ? "attached" : ip4_fmt(hop, via), i->ifname);
}

/* The narrowest entry that an address falls into. */
static const struct route_info *
fib_find(const struct fib *f, uint32_t to)
{
	const struct route_info *best = NULL;

	for (size_t i = 0; i < f->n; i++)
		if ((to & ip4_mask(f->v[i].len)) == f->v[i].prefix && (best == NULL || f->v[i].len > best->len))
			best = &f->v[i];
	return best;
}

static void
put_fib_to(struct session *s, struct text *out, const struct fib *f, uint32_t to)
{
	const struct route_info *i = fib_find(f, to);
	char a[ADDR_STRLEN];
	uint32_t hop;

	if (i == NULL) {
		session_error(s, "%%Prefix not found");
		return;
	}
	hop = i->nho != 0 ? i->nho : i->via;
	text_printf(out, "%s/%u\n", ip4_fmt(i->prefix, a), i->len);
	if (i->code == 'L')
		text_printf(out, "  receive for %s\n", i->ifname);
	else if (hop == 0)
		text_printf(out, "  attached to %s\n", i->ifname);
	else
		text_printf(out, "  nexthop %s %s\n", ip4_fmt(hop, a), i->ifname);
}

static void
run_cef(struct session *s, const struct args *a)
{
	struct fib f = { 0 };
	struct text out = { 0 };

	router_route_each(s->router, fib_add, &f);
	if (f.n > 0)
		qsort(f.v, f.n, sizeof(*f.v), fib_cmp);
	if (arg_has(a, "address")) {
		put_fib_to(s, &out, &f, arg_u32(a, "address"));
	} else {
		text_add(&out, "Prefix               Next Hop             Interface\n");
		for (size_t i = 0; i < f.n; i++)
			put_fib(&out, &f.v[i]);
	}
	free(f.v);
	show_flush(s, &out);
}

/* --- show hosts --- */

/* No name is looked up, so none is in a cache. */
static void
run_hosts(struct session *s, const struct args *a)
{
	const char *domain = conf(s)->domain_name;

	(void)a;
	session_printf(s, "Default domain is %s\nName lookup view: Global\nName/address lookup uses static mappings\n\n", domain == NULL ? "not set" : domain);
	session_printf(s, "NAME  TTL  CLASS   TYPE      DATA/ADDRESS\n-----------------------------------------\n");
}

/* --- show ip traffic --- */

#define COUNT(id)	dp_count(d, DPC_##id)

static void
put_ip_traffic(struct text *out, const struct dp *d)
{
	text_printf(out, "IP statistics:\n  Rcvd:  %" PRIu64 " total, %" PRIu64 " local destination\n", COUNT(ip_in), COUNT(ip_local));
	text_printf(out, "         %" PRIu64 " format errors, %" PRIu64 " checksum errors, %" PRIu64 " bad hop count\n", COUNT(ip_short) + COUNT(ip_version) + COUNT(ip_header),
	    COUNT(ip_checksum), COUNT(ip_ttl));
	text_printf(out, "         %" PRIu64 " unknown protocol, 0 not a gateway\n", COUNT(ip_unknown_proto));
	text_printf(out, "  Frags: %" PRIu64 " reassembled, %" PRIu64 " timeouts, %" PRIu64 " couldn't reassemble\n", COUNT(reasm_ok), COUNT(reasm_timeout),
	    COUNT(reasm_overlap) + COUNT(reasm_full) + COUNT(reasm_bad));
	text_printf(out, "         %" PRIu64 " fragmented, %" PRIu64 " fragments, %" PRIu64 " couldn't fragment\n", COUNT(frag_ok), COUNT(frag_made), COUNT(ip_df));
	text_printf(out, "  Sent:  %" PRIu64 " generated, %" PRIu64 " forwarded\n", COUNT(ip_out), COUNT(ip_forwarded));
	text_printf(out, "  Drop:  %" PRIu64 " encapsulation failed, %" PRIu64 " unresolved, 0 no adjacency\n", COUNT(arp_failed), COUNT(arp_queue));
	text_printf(out, "         %" PRIu64 " no route, 0 unicast RPF, %" PRIu64 " forced drop, %" PRIu64 " unsupported-addr\n", COUNT(ip_no_route),
	    COUNT(filter_in) + COUNT(filter_out), COUNT(ip_martian));
	text_printf(out, "         %" PRIu64 " options denied\n\n", COUNT(ip_options));
}

static void
put_icmp_traffic(struct text *out, const struct dp *d)
{
	text_printf(out, "ICMP statistics:\n  Rcvd: %" PRIu64 " format errors, %" PRIu64 " checksum errors, %" PRIu64 " redirects, %" PRIu64 " unreachable\n", COUNT(icmp_short),
	    COUNT(icmp_bad), COUNT(icmp_in_redirect), COUNT(icmp_in_unreach));
	text_printf(out, "        %" PRIu64 " echo, %" PRIu64 " echo reply, %" PRIu64 " parameter, %" PRIu64 " time exceeded, %" PRIu64 " quench, %" PRIu64 " other\n", COUNT(icmp_echo),
	    COUNT(icmp_in_reply), COUNT(icmp_in_param), COUNT(icmp_in_exceeded), COUNT(icmp_in_quench), COUNT(icmp_ignored));
	text_printf(out, "  Sent: 0 redirects, %" PRIu64 " unreachable, %" PRIu64 " echo, %" PRIu64 " echo reply\n", COUNT(icmp_out_unreach), COUNT(icmp_out_echo), COUNT(icmp_echo));
	text_printf(out, "        %" PRIu64 " time exceeded, %" PRIu64 " parameter problem, %" PRIu64 " rate-limited\n\n", COUNT(icmp_out_exceeded), COUNT(icmp_out_param), COUNT(icmp_limited));
}

static void
run_traffic(struct session *s, const struct args *a)
{
	const struct dp *d = s->router->dp;
	struct text out = { 0 };

	(void)a;
	put_ip_traffic(&out, d);
	put_icmp_traffic(&out, d);
	text_printf(&out, "UDP statistics:\n  Rcvd: %" PRIu64 " total, %" PRIu64 " checksum errors, %" PRIu64 " no port\n  Sent: %" PRIu64 " total, 0 forwarded broadcasts\n\n",
	    COUNT(udp_in) + COUNT(udp_checksum) + COUNT(udp_no_port) + COUNT(udp_short), COUNT(udp_checksum), COUNT(udp_no_port), COUNT(udp_out));
	text_printf(&out, "ARP statistics:\n  Rcvd: %" PRIu64 " requests, %" PRIu64 " replies, 0 reverse, %" PRIu64 " other\n  Sent: %" PRIu64 " requests, %" PRIu64
	    " replies (0 proxy), 0 reverse\n", COUNT(arp_in_request), COUNT(arp_in_reply), COUNT(arp_bad), COUNT(arp_out) - COUNT(arp_out_reply), COUNT(arp_out_reply));
	show_flush(s, &out);
}

#define SHOW	"Show what is going on\n"

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip interface [ IFNAME:if ]", SHOW "Internet Protocol\nInterfaces\nOne of them", run_ip },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show interfaces [ IFNAME:if ] description", SHOW "Interfaces and their counters\nOne of them\nWhat is said of them", run_description },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show interfaces [ IFNAME:if ] summary", SHOW "Interfaces and their counters\nOne of them\nQueues and rates", run_summary },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show protocols [ IFNAME:if ]", SHOW "Protocols that are routed\nOne interface", run_protocols },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip cef [ A.B.C.D:address ]", SHOW "Internet Protocol\nWhere packets leave by\nThose to an address", run_cef },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip traffic", SHOW "Internet Protocol\nWhat was received and sent", run_traffic },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show hosts", SHOW "Names of hosts", run_hosts },
};

const struct cmd_table cmds_show_if = { rows, NROWS(rows) };
