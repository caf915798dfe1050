/* ping: probes sent one after the other, a mark for each as it comes back. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/router.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "shell/cmds.h"
#include "shell/ping.h"
#include "shell/session.h"

#define MARKS_A_LINE		70
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
 * An answer from within takes a moment too: else a million
 * pings of oneself would be no time at all, and no time-out could end them.
 */
bool
ping_attempt(struct session *s, const struct probe_req *q, struct probe_result *res)
{
	struct attempt t = { .s = s };
	int64_t from = clock_now(session_clock(s)), left;
	struct probe *p = router_probe(s->router, q, attempt_done, &t);

	*res = (struct probe_result){ 0 };
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

bool
ping_source_if(struct session *s, const char *name, uint32_t *src)
{
	struct if_info i;

	if (!router_if_info(s->router, name, &i) || i.ip.addr == 0 || !i.line_up) {
		session_error(s, "%% Invalid source interface - IP not enabled or interface is down");
		return false;
	}
	*src = i.ip.addr;
	return true;
}

bool
ping_source_addr(struct session *s, uint32_t want, uint32_t *src)
{
	struct own_address own = { .want = want };

	router_if_each(s->router, find_own, &own);
	if (!own.found) {
		session_error(s, "%% Invalid source address- IP address not on any of our up interfaces");
		return false;
	}
	*src = want;
	return true;
}

bool
ping_source(struct session *s, const struct args *a, uint32_t *src)
{
	*src = 0;
	if (arg_has(a, "srcif"))
		return ping_source_if(s, arg_str(a, "srcif"), src);
	return !arg_has(a, "srcaddr") || ping_source_addr(s, arg_u32(a, "srcaddr"), src);
}

/* ---- ping ---- */

/* Of IPv6 errors; unreachable has a mark for each of its codes 0 to 4. */
static char
mark6(const struct dp6_icmp *i)
{
	switch (i->type) {
	case DP6_UNREACH:
		return i->code <= 4 ? "UANHP"[i->code] : '?';
	case DP6_TOO_BIG:
		return 'B';
	case DP6_TIME_EXCEEDED:
		return 'T';
	case DP6_PARAM_PROBLEM:
		return 'R';
	default:
		return '?';
	}
}

static char
ping_mark(const struct probe_result *res)
{
	if (res->replied)
		return '!';
	if (!res->error)
		return '.';
	if (res->icmp6.type != 0)
		return mark6(&res->icmp6);
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

long long
ping_ms(int64_t ns)
{
	return ns < NSEC_MS ? 1 : (long long)(ns / NSEC_MS);
}

static void
ping_begin(struct session *s, const struct ping *p, uint64_t total)
{
	bool v6 = !a6_is_any(p->q.dst6);
	char dst[ADDR_STRLEN], src[ADDR_STRLEN];

	session_printf(s, "Type escape sequence to abort.\n");
	if (p->sweep_step == 0)
		session_printf(s, "Sending %u, %zu-byte", p->count, p->q.size);
	else
		session_printf(s, "Sending %" PRIu64 ", [%zu..%zu]-byte", total, p->q.size, p->sweep_to);
	session_printf(s, " ICMP Echos to %s, timeout is %lld seconds:\n", v6 ? a6_fmt(p->q.dst6, dst) : ip4_fmt(p->q.dst, dst),
	    (long long)(p->q.timeout_ns / NSEC_SEC));
	if (v6 && !a6_is_any(p->q.src6))
		session_printf(s, "Packet sent with a source address of %s\n", a6_fmt(p->q.src6, src));
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
	session_printf(s, "Success rate is %" PRIu64 " percent (%" PRIu64 "/%" PRIu64 ")", p->sent == 0 ? 0 : p->received * 100 / p->sent,
	    p->received, p->sent);
	if (p->received > 0)
		session_printf(s, ", round-trip min/avg/max = %lld/%lld/%lld ms", ping_ms(p->min),
		    ping_ms(p->sum / (int64_t)p->received), ping_ms(p->max));
	session_printf(s, "\n");
}

/* The size after this one, in a sweep back to the first after the last. */
static size_t
next_size(const struct ping *p, size_t first, size_t size)
{
	if (p->sweep_step == 0)
		return size;
	return size + p->sweep_step > p->sweep_to ? first : size + p->sweep_step;
}

/* How many are to be sent. */
static uint64_t
ping_total(const struct ping *p)
{
	return p->sweep_step == 0 ? p->count : p->count * ((uint64_t)(p->sweep_to - p->q.size) / p->sweep_step + 1);
}

void
ping_run(struct session *s, struct ping *p)
{
	uint64_t total = ping_total(p);
	size_t first = p->q.size;
	bool on = true;

	ping_begin(s, p, total);
	while (on && p->sent < total) {
		struct probe_result res;

		on = ping_attempt(s, &p->q, &res);
		ping_count(p, &res);
		if (!on)
			break;
		session_printf(s, "%c", ping_mark(&res));
		if (++p->marks % MARKS_A_LINE == 0)
			session_printf(s, "\n");
		p->q.size = next_size(p, first, p->q.size);
	}
	ping_end(s, p);
}

void
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
	if (!ping_source(s, a, &p.q.src))
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

static void
cmd_ping_name(struct session *s, const struct args *a)
{
	(void)a;
	session_error(s, "%% Unrecognized host or address, or protocol not running.\n\n");
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, 0,
	    "ping [ ip ] A.B.C.D:dst { data HEX:pattern | df-bit | repeat <1-2147483647>:count | size <36-18024>:bytes | "
	    PING_SOURCE " | timeout <0-3600>:seconds }*",
	    "Send echo requests\nOver IP\nDestination\nWhat the packets hold\nPattern of 16 bits\n"
	    "Set the bit that forbids fragments\nHow often\nNumber of packets\nLength of a packet\nBytes of the IP packet\n"
	    PING_SOURCE_HELP "\nHow long to wait for an answer\nSeconds", cmd_ping },
	{ M(EXEC) | M(PRIV), 1, CMD_HIDDEN, "ping WORD:name", "Send echo requests\nDestination", cmd_ping_name },
};

CMD_TABLE(cmds_ping, rows);
