/* Selectors of SAs whose packets are of IPv6: addresses, and the protocol and ports behind the extension headers. */

#include "datapath/ip6.h"
#include "datapath/sa_run.h"

static bool
prefix_fits(const struct prefix *p, struct a6 a)
{
	return p->addr.af != ADDR_V6 || a6_within(a, a6_of(&p->addr), p->len);
}

bool
sa_selects6(const struct sa *s, const uint8_t *ip, size_t len)
{
	uint16_t	 sport = 0, dport = 0;
	uint8_t		 proto = PROTO_NONEXT;
	size_t		 at;

	if (!prefix_fits(&s->p.sel6_src, a6_get(ip + IP6_SRC)) || !prefix_fits(&s->p.sel6_dst, a6_get(ip + IP6_DST)))
		return false;
	at = ip6_upper(ip, len, &proto);
	if (at != 0 && (proto == PROTO_UDP || proto == 6) && len >= at + 4) {
		sport = get16(ip + at);
		dport = get16(ip + at + 2);
	}
	return (s->p.sel_proto == 0 || s->p.sel_proto == proto) && (s->p.sel_sport == 0 || s->p.sel_sport == sport) &&
	    (s->p.sel_dport == 0 || s->p.sel_dport == dport);
}
