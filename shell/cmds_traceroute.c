/* traceroute: probes with one hop more each time, a line for each distance. */

#include "engine/router.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "shell/cmds.h"
#include "shell/ping.h"
#include "shell/session.h"

#define TRACE_TTL_MAX		30
#define TRACE_PROBES		3
#define TRACE_TIMEOUT		(3 * NSEC_SEC)
#define TRACE_PORT		33434

#define ICMP_UNREACHABLE	3

static const char *
trace_mark(const struct probe_result *res)
{
	if (res->icmp.type != ICMP_UNREACHABLE)
		return "";
	switch (res->icmp.code) {
	case 0:
		return " !N";
	case 1:
		return " !H";
	case 2:
		return " !P";
	case 4:
		return " !M";
	case 9:
	case 10:
	case 13:
		return " !A";
	default:
		return "";
	}
}

/* The probes of one distance; false: broken off. */
static bool
trace_hop(struct session *s, struct probe_req *q, bool *arrived)
{
	uint32_t last = 0;

	for (int i = 0; i < TRACE_PROBES; i++, q->udp_port++) {
		struct probe_result res;
		char from[ADDR_STRLEN];

		if (!ping_attempt(s, q, &res))
			return false;
		if (!res.error && !res.replied) {
			session_printf(s, " * ");
			continue;
		}
		if (res.icmp.src != last)
			session_printf(s, "%s%s", last != 0 ? "\n    " : "", ip4_fmt(res.icmp.src, from));
		last = res.icmp.src;
		session_printf(s, "%s %lld msec", trace_mark(&res), ping_ms(res.rtt_ns));
		*arrived |= res.icmp.src == q->dst || res.icmp.type == ICMP_UNREACHABLE;
	}
	return true;
}

static void
cmd_traceroute(struct session *s, const struct args *a)
{
	struct probe_req q = { .dst = arg_u32(a, "dst"), .size = 28, .timeout_ns = TRACE_TIMEOUT, .udp_port = TRACE_PORT };
	bool arrived = false;
	char dst[ADDR_STRLEN];

	if (!ping_source(s, a, &q.src))
		return;
	session_printf(s, "Type escape sequence to abort.\nTracing the route to %s\n", ip4_fmt(q.dst, dst));
	if (s->router->dialect != IKE_IOS_12)
		session_printf(s, "VRF info: (vrf in name/id, vrf out name/id)\n");
	for (unsigned ttl = 1; ttl <= TRACE_TTL_MAX && !arrived; ttl++) {
		bool on;

		q.ttl = (uint8_t)ttl;
		session_printf(s, "%3u ", ttl);
		on = trace_hop(s, &q, &arrived);
		session_printf(s, "\n");
		if (!on)
			return;
	}
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, 0, "traceroute [ ip ] A.B.C.D:dst [ " PING_SOURCE " ]",
	    "Find the routers on the way\nOver IP\nDestination\n" PING_SOURCE_HELP, cmd_traceroute },
};

CMD_TABLE(cmds_traceroute, rows);
