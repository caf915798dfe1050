/* show ip route and show arp. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/router.h"
#include "engine/track.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/dialect.h"
#include "shell/running_config.h"
#include "shell/show.h"

/* --- routes, by the classful network that heads them --- */

struct routes { struct route_info *v; size_t n; bool local, overrides; int64_t now; const char *codes; /* those asked for, NULL = all */ };

static void
add_route(void *arg, const struct route_info *i)
{
	struct routes *r = arg;

	if ((i->code == 'L' && !r->local) || (r->codes != NULL && strchr(r->codes, i->code) == NULL))
		return;
	r->v = xrealloc(r->v, (r->n + 1) * sizeof(*r->v));
	r->v[r->n++] = *i;
}

static unsigned
class_len(uint32_t prefix)
{
	return prefix >> 31 == 0 ? 8 : prefix >> 30 == 2 ? 16 : 24;
}

static uint32_t
class_net(uint32_t prefix)
{
	return prefix & ip4_mask(class_len(prefix));
}

static int
route_cmp(const void *x, const void *y)
{
	const struct route_info *a = x, *b = y;

	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	return (a->len > b->len) - (a->len < b->len);
}

/* How the routes of a network are headed: not at all, by its one mask, or by how many it has. */
enum heading { HEAD_NONE, HEAD_ONE_MASK, HEAD_MASKS };

/* Below a heading routes stand further in; where it tells the mask they don't repeat it. */
static void
put_route(struct text *out, const struct route_info *i, enum heading h, const struct routes *r)
{
	char p[ADDR_STRLEN], via[ADDR_STRLEN], age[SHOW_AGE];
	const char *since = i->since_ns == 0 ? "" : show_age(r->now - i->since_ns, age), *comma = i->since_ns == 0 ? "" : ", ";

	text_printf(out, "%c%c  %c%*s%s", i->code, i->is_default ? '*' : ' ', i->nho != 0 ? '%' : ' ', h == HEAD_NONE ? 1 : 4, "", ip4_fmt(i->prefix, p));
	if (h != HEAD_ONE_MASK)
		text_printf(out, "/%u", i->len);
	text_addc(out, ' ');
	if (i->via == 0)
		text_printf(out, "is directly connected, %s%s%s\n", i->code == 'H' ? since : "", i->code == 'H' ? comma : "", i->ifname);
	else if (i->ifname[0] != '\0' && i->code != 'S')
		text_printf(out, "[%u/%u] via %s, %s%s%s\n", i->distance, i->metric, ip4_fmt(i->via, via), since, comma, i->ifname);
	else
		text_printf(out, "[%u/%u] via %s\n", i->distance, i->metric, ip4_fmt(i->via, via));
	if (r->overrides && i->nho != 0)
		text_printf(out, "%21s[NHO][%u/255] via %s, %s%s%s\n", "", i->distance, ip4_fmt(i->nho, via), since, comma, i->ifname);
}

/* The heading of a classful network of which parts are routed; returns how many routes from v on are its. */
static size_t
put_network(struct text *out, const struct route_info *v, size_t n, enum heading *h)
{
	uint32_t net = class_net(v[0].prefix);
	unsigned masks = 0, bits[33] = { 0 };
	size_t count = 0;
	char a[ADDR_STRLEN];

	*h = HEAD_NONE;
	while (count < n && class_net(v[count].prefix) == net && v[count].len >= class_len(net) && v[count].prefix != 0)
		bits[v[count++].len]++;
	if (count == 0 || (count == 1 && v[0].len == class_len(net)))
		return 1;
	for (unsigned i = 0; i <= 32; i++)
		masks += bits[i] > 0;
	*h = masks == 1 ? HEAD_ONE_MASK : HEAD_MASKS;
	if (masks == 1)
		text_printf(out, "      %s/%u is subnetted, %zu subnets\n", ip4_fmt(net, a), v[0].len, count);
	else
		text_printf(out, "      %s/%u is variably subnetted, %zu subnets, %u masks\n", ip4_fmt(net, a), class_len(net), count, masks);
	return count;
}

static void
put_gateway(struct text *out, const struct routes *r)
{
	char a[ADDR_STRLEN];

	for (size_t i = 0; i < r->n; i++) {
		if (!r->v[i].is_default)
			continue;
		if (r->v[i].via != 0)
			text_printf(out, "Gateway of last resort is %s to network 0.0.0.0\n\n", ip4_fmt(r->v[i].via, a));
		else
			text_add(out, "Gateway of last resort is 0.0.0.0 to network 0.0.0.0\n\n");
		return;
	}
	text_add(out, "Gateway of last resort is not set\n\n");
}

/* The letters of the first column: many stand for what this router does not do. */
static void
put_codes(struct text *out, bool local)
{
	text_add(out, local ? "Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP\n" :
	    "Codes: C - connected, S - static, R - RIP, M - mobile, B - BGP\n");
	text_add(out, "       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area \n"
	    "       N1 - OSPF NSSA external type 1, N2 - OSPF NSSA external type 2\n"
	    "       E1 - OSPF external type 1, E2 - OSPF external type 2\n"
	    "       i - IS-IS, su - IS-IS summary, L1 - IS-IS level-1, L2 - IS-IS level-2\n"
	    "       ia - IS-IS inter area, * - candidate default, U - per-user static route\n");
	text_add(out, local ? "       o - ODR, P - periodic downloaded static route, H - NHRP, l - LISP\n"
	    "       a - application route\n       + - replicated route, % - next hop override\n\n" :
	    "       o - ODR, P - periodic downloaded static route\n\n");
}

static void
put_routes(struct text *out, const struct routes *r)
{
	for (size_t i = 0; i < r->n;) {
		enum heading h;
		size_t end = i + put_network(out, &r->v[i], r->n - i, &h);

		while (i < end)
			put_route(out, &r->v[i++], h, r);
	}
}

static const char *
codes_of(const struct args *a)
{
	return arg_has(a, "static") ? "S" : arg_has(a, "connected") ? "CL" : arg_has(a, "nhrp") ? "H" : NULL;
}

static void
run_route(struct session *s, const struct args *a)
{
	struct routes r = { .local = dialect_of(s->router->dialect)->local_routes, .overrides = arg_has(a, "next-hop-override"),
	    .now = clock_now(s->router->clock), .codes = codes_of(a) };
	struct text out = { 0 };

	router_route_each(s->router, add_route, &r);
	if (r.n > 0)
		qsort(r.v, r.n, sizeof(*r.v), route_cmp);
	put_codes(&out, r.local);
	put_gateway(&out, &r);
	put_routes(&out, &r);
	free(r.v);
	show_flush(s, &out);
}

static const char *
route_source(char code)
{
	return code == 'S' ? "static" : code == 'H' ? "nhrp" : "connected";
}

/* The route that a packet to an address takes. */
static void
run_route_to(struct session *s, const struct args *a)
{
	struct routes r = { .local = dialect_of(s->router->dialect)->local_routes };
	const struct route_info *best = NULL;
	uint32_t to = arg_u32(a, "address");
	struct text out = { 0 };
	char p[ADDR_STRLEN], h[ADDR_STRLEN];

	router_route_each(s->router, add_route, &r);
	for (size_t i = 0; i < r.n; i++)
		if ((to & ip4_mask(r.v[i].len)) == r.v[i].prefix && r.v[i].len > 0 && (best == NULL || r.v[i].len > best->len))
			best = &r.v[i];
	if (best == NULL) {
		text_add(&out, "% Network not in table\n");
	} else {
		text_printf(&out, "Routing entry for %s/%u\n  Known via \"%s\", distance %u, metric %u%s\n  Routing Descriptor Blocks:\n", ip4_fmt(best->prefix, p), best->len,
		    route_source(best->code), best->distance, best->metric, best->via == 0 ? " (connected, via interface)" : "");
		text_printf(&out, "  * %s%s\n      Route metric is %u, traffic share count is 1\n", best->via == 0 ? "directly connected, via " : ip4_fmt(best->via, h),
		    best->via == 0 ? best->ifname : "", best->metric);
	}
	free(r.v);
	show_flush(s, &out);
}

/* --- ARP --- */

#define ARP_MAX		4096

struct if_names { unsigned dp_if; char name[CFG_IF_NAME]; };

static void
find_name(void *arg, const struct if_info *i)
{
	struct if_names *n = arg;

	if (i->dp_if != 0 && i->dp_if == n->dp_if)
		memcpy(n->name, i->name, sizeof(n->name));
}

static int
arp_cmp(const void *x, const void *y)
{
	const struct dp_arp_info *a = x, *b = y;

	return (a->ip > b->ip) - (a->ip < b->ip);
}

static void
put_arp(struct text *out, struct router *r, const struct dp_arp_info *e)
{
	struct if_names name = { .dp_if = e->ifidx };
	char a[ADDR_STRLEN], age[SHOW_AGE] = "-";
	const uint8_t *m = e->mac;

	router_if_each(r, find_name, &name);
	if (e->incomplete) {
		text_printf(out, "Internet  %-15s %9s   Incomplete      ARPA   \n", ip4_fmt(e->ip, a), "0");
		return;
	}
	if (!e->own)
		snprintf(age, sizeof(age), "%u", (unsigned)((clock_now(r->clock) - e->learned_ns) / (60 * NSEC_SEC)));
	text_printf(out, "Internet  %-15s %9s   %02x%02x.%02x%02x.%02x%02x  ARPA   %s\n", ip4_fmt(e->ip, a), age, m[0], m[1], m[2], m[3], m[4], m[5], name.name);
}

static void
run_route_tracks(struct session *s, const struct args *a)
{
	const struct cfg_route *r;
	struct text out = { 0 };

	(void)a;
	TAILQ_FOREACH(r, &s->router->cfg->routes, next) {
		bool up = false;

		if (r->track == 0)
			continue;
		track_state(s->router, r->track, &up);
		text_addc(&out, ' ');
		running_route(r, &out);
		text_printf(&out, " state is [%s]\n", up ? "up" : "down");
	}
	show_flush(s, &out);
}

static void
run_arp(struct session *s, const struct args *a)
{
	struct dp_arp_info *v = xcalloc(ARP_MAX, sizeof(*v));
	size_t n = dp_arp_list(s->router->dp, v, ARP_MAX);
	struct text out = { 0 };

	(void)a;
	qsort(v, n, sizeof(*v), arp_cmp);
	text_add(&out, "Protocol  Address          Age (min)  Hardware Addr   Type   Interface\n");
	for (size_t i = 0; i < n; i++)
		put_arp(&out, s->router, &v[i]);
	free(v);
	show_flush(s, &out);
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip route [ { next-hop-override | connected | static | nhrp } ]",
	    "Show what is going on\nInternet Protocol\nThe routes in use\nWith next hops that others took the place of\nThose of interfaces\nConfigured and reverse ones\nThose of NHRP", run_route },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip route A.B.C.D:address", "Show what is going on\nInternet Protocol\nThe routes in use\nThe one to an address", run_route_to },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip route track-table", "Show what is going on\nInternet Protocol\nThe routes in use\nRoutes that follow tracked objects", run_route_tracks },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show arp", "Show what is going on\nAddresses of stations on the wire", run_arp },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip arp", "Show what is going on\nInternet Protocol\nAddresses of stations on the wire", run_arp },
};

const struct cmd_table cmds_show_ip = { rows, NROWS(rows) };
