/* ping and traceroute: probes sent one after the other, a mark or a line for each as it comes back. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/router.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "shell/cmds.h"
#include "shell/session.h"

#define MARKS_A_LINE		70
#define TRACE_TTL_MAX		30
#define TRACE_PROBES		3
#define TRACE_TIMEOUT		(3 * NSEC_SEC)
#define TRACE_PORT		33434
#define PROBE_LEAST		NSEC_MS

#define ICMP_UNREACHABLE	3
#define ICMP_QUENCH		4
#define ICMP_TIME_EXCEEDED	11

struct attempt {
	struct session		*s;
	bool			 over;
	struct probe_result	 res;
};

static void
attempt_done(void *arg, const struct probe_result *res)
{
	struct attempt *t = arg;

	t->res = *res;
	t->over = true;
	session_wake(t->s);
}

/*
 * One probe there and back; false: the person broke it off.  An answer from within takes a moment too: else a million
 * pings of oneself would be no time at all, and no time-out could end them.
 */
static bool
attempt(struct session *s, const struct probe_req *q, struct probe_result *res)
{
	struct attempt t = { .s = s };
	int64_t from = clock_now(session_clock(s)), left;
	struct probe *p = router_probe(s->router, q, attempt_done, &t);

	while (!t.over)
		if (!session_block(s, CLOCK_NEVER)) {
			if (!t.over && p != NULL)
				router_probe_cancel(p);
			return false;
		}
	*res = t.res;
	left = from + PROBE_LEAST - clock_now(session_clock(s));
	return left <= 0 || session_sleep(s, left);
}

/* ---- the source ---- */

struct own_address { uint32_t want; bool found; };

static void
find_own(void *arg, const struct if_info *i)
{
	struct own_address *o = arg;

	o->found |= i->ip.addr == o->want && i->line_up;
}

static bool
source_resolve(struct session *s, const struct args *a, uint32_t *src)
{
	const char *name = arg_str(a, "srcif");
	struct own_address own = { 0 };
	struct if_info i;

	*src = 0;
	if (name != NULL) {
		if (!router_if_info(s->router, name, &i) || i.ip.addr == 0 || !i.line_up) {
			session_error(s, "%% Invalid source interface - IP not enabled or interface is down");
			return false;
		}
		*src = i.ip.addr;
	} else if (arg_has(a, "srcaddr")) {
		own.want = *src = arg_u32(a, "srcaddr");
		router_if_each(s->router, find_own, &own);
		if (!own.found) {
			session_error(s, "%% Invalid source address- IP address not on any of our up interfaces");
			return false;
		}
	}
	return true;
}

/* ---- ping ---- */

struct ping {
	struct probe_req	 q;
	uint32_t		 count;
	uint32_t		 sent, received, marks;
	int64_t			 min, max, sum;
};

static char
ping_mark(const struct probe_result *res)
{
	if (res->replied)
		return '!';
	if (!res->error)
		return '.';
	switch (res->icmp.type) {
	case ICMP_UNREACHABLE:
		return res->icmp.code == 4 ? 'M' : 'U';
	case ICMP_QUENCH:
		return 'Q';
	case ICMP_TIME_EXCEEDED:
		return '&';
	default:
		return '?';
	}
}

static void
ping_count(struct ping *p, const struct probe_result *res)
{
	p->sent++;
	if (!res->replied)
		return;
	if (p->received == 0 || res->rtt_ns < p->min)
		p->min = res->rtt_ns;
	if (res->rtt_ns > p->max)
		p->max = res->rtt_ns;
	p->sum += res->rtt_ns;
	p->received++;
}

static long long
whole_ms(int64_t ns)
{
	return ns < NSEC_MS ? 1 : (long long)(ns / NSEC_MS);
}

static void
ping_begin(struct session *s, const struct ping *p)
{
	char dst[ADDR_STRLEN], src[ADDR_STRLEN];

	session_printf(s, "Type escape sequence to abort.\n");
	session_printf(s, "Sending %u, %zu-byte ICMP Echos to %s, timeout is %lld seconds:\n", p->count, p->q.size,
	    ip4_fmt(p->q.dst, dst), (long long)(p->q.timeout_ns / NSEC_SEC));
	if (p->q.src != 0)
		session_printf(s, "Packet sent with a source address of %s \n", ip4_fmt(p->q.src, src));
	if (p->q.df)
		session_printf(s, "Packet sent with the DF bit set\n");
}

static void
ping_end(struct session *s, const struct ping *p)
{
	if (p->marks % MARKS_A_LINE != 0)
		session_printf(s, "\n");
	session_printf(s, "Success rate is %u percent (%u/%u)",
	    p->sent == 0 ? 0 : (unsigned)((uint64_t)p->received * 100 / p->sent), p->received, p->sent);
	if (p->received > 0)
		session_printf(s, ", round-trip min/avg/max = %lld/%lld/%lld ms", whole_ms(p->min),
		    whole_ms(p->sum / p->received), whole_ms(p->max));
	session_printf(s, "\n");
}

static void
ping_run(struct session *s, struct ping *p)
{
	ping_begin(s, p);
	while (p->sent < p->count) {
		struct probe_result res;

		if (!attempt(s, &p->q, &res))
			break;
		ping_count(p, &res);
		session_printf(s, "%c", ping_mark(&res));
		if (++p->marks % MARKS_A_LINE == 0)
			session_printf(s, "\n");
	}
	ping_end(s, p);
}

static void
ping_defaults(struct ping *p)
{
	*p = (struct ping){ .count = 5, .q = { .size = 100, .ttl = 255, .timeout_ns = 2 * NSEC_SEC, .pattern = 0xabcd } };
}

static void
cmd_ping(struct session *s, const struct args *a)
{
	struct ping p;

	ping_defaults(&p);
	p.q.dst = arg_u32(a, "dst");
	if (!source_resolve(s, a, &p.q.src))
		return;
	if (arg_has(a, "count"))
		p.count = arg_u32(a, "count");
	if (arg_has(a, "bytes"))
		p.q.size = arg_u32(a, "bytes");
	if (arg_has(a, "seconds"))
		p.q.timeout_ns = arg_u32(a, "seconds") * NSEC_SEC;
	if (arg_has(a, "pattern"))
		p.q.pattern = (uint16_t)arg_u32(a, "pattern");
	p.q.df = arg_has(a, "df-bit");
	ping_run(s, &p);
}

/* ---- the dialogue of a bare ping ---- */

/* A number within bounds, or what stands in brackets; false: broken off or refused. */
static bool
ask_number(struct session *s, const char *question, uint32_t lo, uint32_t hi, uint32_t *value)
{
	char *answer = session_ask(s, question, INPUT_QUESTION), *end;
	unsigned long v;
	bool ok = answer != NULL;

	if (ok && answer[0] != '\0') {
		v = strtoul(answer, &end, 10);
		ok = *end == '\0' && v >= lo && v <= hi;
		if (ok)
			*value = (uint32_t)v;
		else
			session_error(s, "%% A decimal number between %u and %u.", lo, hi);
	}
	free(answer);
	return ok;
}

static bool
ask_target(struct session *s, uint32_t *dst)
{
	char *answer = session_ask(s, "Protocol [ip]: ", INPUT_QUESTION);
	bool ok = answer != NULL && (answer[0] == '\0' || strcmp(answer, "ip") == 0);

	if (answer != NULL && !ok)
		session_error(s, "%% Unknown protocol - \"%s\"", answer);
	free(answer);
	if (!ok)
		return false;
	answer = session_ask(s, "Target IP address: ", INPUT_QUESTION);
	ok = answer != NULL && ip4_parse(answer, dst);
	if (answer != NULL && !ok)
		session_error(s, "%% Bad IP address");
	free(answer);
	return ok;
}

static void
cmd_ping_ask(struct session *s, const struct args *a)
{
	uint32_t bytes = 100, seconds = 2;
	struct ping p;

	(void)a;
	ping_defaults(&p);
	if (!ask_target(s, &p.q.dst) ||
	    !ask_number(s, "Repeat count [5]: ", 1, 2147483647, &p.count) ||
	    !ask_number(s, "Datagram size [100]: ", 36, 18024, &bytes) ||
	    !ask_number(s, "Timeout in seconds [2]: ", 0, 3600, &seconds))
		return;
	p.q.size = bytes;
	p.q.timeout_ns = seconds * NSEC_SEC;
	ping_run(s, &p);
}

static void
cmd_ping_name(struct session *s, const struct args *a)
{
	(void)a;
	session_error(s, "%% Unrecognized host or address, or protocol not running.\n\n");
}

/* ---- traceroute ---- */

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

		if (!attempt(s, q, &res))
			return false;
		if (!res.error && !res.replied) {
			session_printf(s, " * ");
			continue;
		}
		if (res.icmp.src != last)
			session_printf(s, "%s%s", last != 0 ? "\n    " : "", ip4_fmt(res.icmp.src, from));
		last = res.icmp.src;
		session_printf(s, "%s %lld msec", trace_mark(&res), whole_ms(res.rtt_ns));
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

	if (!source_resolve(s, a, &q.src))
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

#define SOURCE		"source { A.B.C.D:srcaddr | IFNAME:srcif }"
#define SOURCE_HELP	"Where it comes from\nAddress of this router\nInterface whose address it is"

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 0, 0,
	    "ping [ ip ] A.B.C.D:dst { data HEX:pattern | df-bit | repeat <1-2147483647>:count | size <36-18024>:bytes | "
	    SOURCE " | timeout <0-3600>:seconds }*",
	    "Send echo requests\nOver IP\nDestination\nWhat the packets hold\nPattern of 16 bits\n"
	    "Set the bit that forbids fragments\nHow often\nNumber of packets\nLength of a packet\nBytes of the IP packet\n"
	    SOURCE_HELP "\nHow long to wait for an answer\nSeconds", cmd_ping },
	{ M(EXEC) | M(PRIV), 0, CMD_HIDDEN, "ping WORD:name", "Send echo requests\nDestination", cmd_ping_name },
	{ M(PRIV), 0, 0, "ping", "Send echo requests", cmd_ping_ask },
	{ M(EXEC) | M(PRIV), 0, 0, "traceroute [ ip ] A.B.C.D:dst [ " SOURCE " ]",
	    "Find the routers on the way\nOver IP\nDestination\n" SOURCE_HELP, cmd_traceroute },
};

CMD_TABLE(cmds_ping, rows);
