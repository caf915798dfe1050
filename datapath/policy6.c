/* Selectors of SAs whose packets are of IPv6: addresses, and the protocol and ports behind the extension headers. */

#include "datapath/ip6.h"
#include "datapath/sa_run.h"

static bool
ends_fit(const struct sa_kept *p, const uint8_t *ip)
{
	return (p->sel6_src_len == SEL6_ANY || a6_within(a6_get(ip + IP6_SRC), p->sel6_src, p->sel6_src_len)) &&
	    (p->sel6_dst_len == SEL6_ANY || a6_within(a6_get(ip + IP6_DST), p->sel6_dst, p->sel6_dst_len));
}

bool
sa_selects6(const struct sa *s, const uint8_t *ip, size_t len)
{
	uint16_t	 sport = 0, dport = 0;
	uint8_t		 proto = PROTO_NONEXT;
	size_t		 at;

	if (s->flags & SA_F_SEL6 && !ends_fit(&s->p, ip))
		return false;
	at = ip6_upper(ip, len, &proto);
	if (at != 0 && (proto == PROTO_UDP || proto == 6) && len >= at + 4) {
		sport = get16(ip + at);
		dport = get16(ip + at + 2);
	}
	return (s->p.sel_proto == 0 || s->p.sel_proto == proto) && (s->p.sel_sport == 0 || s->p.sel_sport == sport) &&
	    (s->p.sel_dport == 0 || s->p.sel_dport == dport);
}
