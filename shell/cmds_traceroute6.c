/* traceroute of IPv6 addresses: a line for each hop limit. */

#include "engine/ip6.h"
#include "engine/router.h"
#include "lib/clock.h"
#include "shell/cmds.h"
#include "shell/ping.h"
#include "shell/session.h"

#define TRACE_HOPS_MAX		30
#define TRACE_PROBES		3
#define TRACE_TIMEOUT		(3 * NSEC_SEC)
#define TRACE_PORT		33434
#define TRACE_SIZE		48		/* IPv6 and UDP headers */

#define ICMP6_UNREACHABLE	1
#define ICMP6_PORT		4

static const char *
trace_mark(const struct dp6_icmp *i)
{
	static const char *const marks[] = { " !N", " !A", " !S", " !H" };	/* by code: no route, prohibited, scope, address */

	if (i->type != ICMP6_UNREACHABLE || i->code >= ICMP6_PORT)
		return "";
	return marks[i->code];
}

/* The probes of one distance; false: broken off. */
static bool
trace_hop(struct session *s, struct probe_req *q, bool *arrived)
{
	struct a6 last = { 0 };

	for (int i = 0; i < TRACE_PROBES; i++, q->udp_port++) {
		struct probe_result res;
		char from[ADDR_STRLEN];

		if (!ping_attempt(s, q, &res))
			return false;
		if (!res.error) {
			session_printf(s, " * ");
			continue;
		}
		if (!a6_eq(res.icmp6.src, last))
			session_printf(s, "%s%s", a6_is_any(last) ? "" : "\n    ", a6_fmt(res.icmp6.src, from));
		last = res.icmp6.src;
		session_printf(s, "%s %lld msec", trace_mark(&res.icmp6), ping_ms(res.rtt_ns));
		*arrived |= a6_eq(last, q->dst6) || res.icmp6.type == ICMP6_UNREACHABLE;
	}
	return true;
}

static void
cmd_traceroute6(struct session *s, const struct args *a)
{
	struct probe_req q = { .size = TRACE_SIZE, .timeout_ns = TRACE_TIMEOUT, .udp_port = TRACE_PORT };
	bool arrived = false;
	char dst[ADDR_STRLEN];

	a6_parse(arg_str(a, "dst"), &q.dst6);
	if (!ping_takes6(s, q.dst6) || !ping_source6(s, a, &q.src6))
		return;
	session_printf(s, "Type escape sequence to abort.\nTracing the route to %s\n\n", a6_fmt(q.dst6, dst));
	for (unsigned hops = 1; hops <= TRACE_HOPS_MAX && !arrived; hops++) {
		bool on;

		q.ttl = (uint8_t)hops;
		session_printf(s, "%3u ", hops);
		on = trace_hop(s, &q, &arrived);
		session_printf(s, "\n");
		if (!on)
			return;
	}
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, 0,
	    "traceroute [ ipv6 ] X:X:X:X::X:dst [ source { X:X:X:X::X:srcaddr | IFNAME:srcif } ]",
	    "Find the routers on the way\nOver IPv6\nDestination\n"
	    "Where it comes from\nAddress of this router\nInterface whose address it is", cmd_traceroute6 },
};

CMD_TABLE(cmds_traceroute6, rows);
