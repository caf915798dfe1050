/* ping of IPv6 addresses. */

#include <string.h>

#include "engine/ip6.h"
#include "engine/router.h"
#include "lib/clock.h"
#include "shell/cmds.h"
#include "shell/ping.h"
#include "shell/session.h"

struct seek { struct router *r; struct a6 want; const char *ifname; bool found; unsigned dp_if; struct a6 addr; };

/* An interface that is up and has the address, or has the name and an address. */
static void
find_source(void *arg, const struct if_info *i)
{
	struct seek *k = arg;
	struct if6_info v;

	if (k->found || !i->line_up || !router_if6_info(k->r, i->name, &v))
		return;
	if (k->ifname != NULL && strcmp(k->ifname, i->name) != 0)
		return;
	for (size_t n = v.naddrs; n-- > 0;)
		if (v.addrs[n].state == DP6_PREFERRED && (k->ifname != NULL || a6_eq(v.addrs[n].addr, k->want))) {
			*k = (struct seek){ k->r, k->want, k->ifname, true, i->dp_if, v.addrs[n].addr };
			return;
		}
}

bool
ping_source6(struct session *s, const struct args *a, struct a6 *src)
{
	struct seek k = { .r = s->router, .ifname = arg_str(a, "srcif") };

	if (k.ifname == NULL && !arg_has(a, "srcaddr"))
		return true;
	if (k.ifname == NULL)
		a6_parse(arg_str(a, "srcaddr"), &k.want);
	router_if_each(s->router, find_source, &k);
	if (!k.found)
		session_error(s, k.ifname != NULL ? "%% Invalid source interface - IPv6 not enabled or interface is down" :
		    "%% Invalid source address- IPv6 address not on any of our up interfaces");
	*src = k.addr;
	return k.found;
}

/* Nobody has the unspecified address. */
bool
ping_takes6(struct session *s, struct a6 dst)
{
	if (a6_is_any(dst))
		session_error(s, "%% Invalid destination address: ::");
	return !a6_is_any(dst);
}

/* A link-local destination is of no use without its link. */
static bool
link_of(struct session *s, const struct args *a, struct ping *p)
{
	const char *name = arg_str(a, "outif");
	struct if_info i;

	if (!a6_is_link_local(p->q.dst6) && !a6_is_multicast(p->q.dst6))
		return true;
	if (name == NULL)
		session_error(s, "%% Interface required: use `via`");
	else if (!router_if_info(s->router, name, &i) || !i.line_up || i.dp_if == 0)
		session_error(s, "%% Invalid interface: %s", name);
	else {
		p->q.out_if = i.dp_if;
		return true;
	}
	return false;
}

static void
cmd_ping6(struct session *s, const struct args *a)
{
	struct ping p;

	ping_defaults(&p);
	p.q.pattern = 0;
	a6_parse(arg_str(a, "dst"), &p.q.dst6);
	p.q.ttl = 64;
	if (!ping_takes6(s, p.q.dst6) || !ping_source6(s, a, &p.q.src6) || !link_of(s, a, &p))
		return;
	if (arg_has(a, "count"))
		p.count = arg_u32(a, "count");
	if (arg_has(a, "bytes"))
		p.q.size = arg_u32(a, "bytes");
	if (arg_has(a, "seconds"))
		p.q.timeout_ns = arg_u32(a, "seconds") * NSEC_SEC;
	ping_run(s, &p);
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, 0,
	    "ping [ ipv6 ] X:X:X:X::X:dst { repeat <1-2147483647>:count | size <48-18024>:bytes | "
	    "source { X:X:X:X::X:srcaddr | IFNAME:srcif } | timeout <0-3600>:seconds | via IFNAME:outif }*",
	    "Send echo requests\nOver IPv6\nDestination\nHow often\nNumber of packets\nLength of a packet\nBytes of the IPv6 packet\n"
	    "Where it comes from\nAddress of this router\nInterface whose address it is\nHow long to wait for an answer\nSeconds\n"
	    "The link of a destination that is on one alone\nThe interface", cmd_ping6 },
};

CMD_TABLE(cmds_ping6, rows);
