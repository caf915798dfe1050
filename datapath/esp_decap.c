/*
 * What was inside: padding, next header, the inner header, selectors (RFC 4303, 3.4.4; RFC 4301, 5.2).  In tunnel mode the outer
 * header leaves its mark of congestion (RFC 6040), in transport mode it becomes the packet's own again.
 */

#include <string.h>

#include "datapath/esp_in.h"

#define PROTO_TCP	6
#define TCP_SUM		16
#define UDP_SUM		6
#define ICMP6_SUM	2

#define ECN_MASK	3
#define ECN_NOT_ECT	0
#define ECN_ECT1	1
#define ECN_CE		3

/* RFC 4303, 2.4: padding is 1, 2, 3, ... */
static bool
trailer_good(struct pkt *p)
{
	struct in_cb	*cb = in_cb(p);
	const uint8_t	*end = p->data + cb->text + cb->ntext - 2, *pad;
	size_t		 i, npad = end[0];

	if (npad + 2 > cb->ntext)
		return false;
	pad = end - npad;
	for (i = 0; i < npad; i++)
		if (pad[i] != i + 1)
			return false;
	cb->next = end[1];
	cb->ntext -= (uint32_t)npad + 2;
	return true;
}

/* Length of the IPv6 packet at ip, or 0 if it is none that lies within n bytes. */
static size_t
inner6_length(const uint8_t *ip, size_t n)
{
	size_t	total;

	if (n < IP6_LEN || ip[0] >> 4 != 6)
		return 0;
	total = IP6_LEN + (size_t)get16(ip + IP6_PAYLOAD);
	return total <= n ? total : 0;
}

/* Length of the IPv4 packet at ip, or 0 if it is none that lies within n bytes. */
static size_t
inner_length(const uint8_t *ip, size_t n)
{
	size_t	ihl, total;

	if (n < IP4_LEN || ip[0] >> 4 != 4)
		return 0;
	ihl = (size_t)(ip[0] & 15) * 4;
	total = get16(ip + IP4_TOTAL);
	return ihl >= IP4_LEN && total >= ihl && total <= n ? total : 0;
}

static uint8_t
tos_of(const uint8_t *ip, bool v6)
{
	return v6 ? (uint8_t)(get16(ip) >> 4) : ip[IP4_TOS];
}

/* RFC 6040, 4.2, figure 4.  False where the packet must be dropped. */
static bool
ecn_merge(uint8_t outer_tos, uint8_t *ip, bool v6)
{
	uint8_t	outer = outer_tos & ECN_MASK, inner = tos_of(ip, v6) & ECN_MASK, tos;

	if (inner == ECN_NOT_ECT)
		return outer != ECN_CE;
	if (inner == ECN_CE || (outer != ECN_CE && outer != ECN_ECT1))
		return true;
	if (v6) {
		ip[1] = (uint8_t)((ip[1] & ~(ECN_MASK << 4)) | outer << 4);
		return true;
	}
	tos = (uint8_t)((ip[IP4_TOS] & ~ECN_MASK) | outer);
	sum_fix(ip + IP4_SUM, get16(ip), (uint16_t)(ip[0] << 8 | tos));
	ip[IP4_TOS] = tos;
	return true;
}

static enum dp_counter
decap_tunnel(struct dp *d, struct sa *s, struct pkt *p)
{
	const struct in_cb	*cb = in_cb(p);
	uint8_t			*inner = p->data + cb->text;
	bool			 v6 = s->flags & SA_F_IN6;
	size_t			 n;

	if (cb->next != (v6 ? PROTO_IP6 : PROTO_IPIP)) {
		s->faults.proto++;
		return DPC_in_proto;
	}
	if ((n = v6 ? inner6_length(inner, cb->ntext) : inner_length(inner, cb->ntext)) == 0)
		return in_fault(d, s, p, DP_FAULT_LENGTH, DPC_in_inner);
	if (s->flags & SA_F_SELECT && !(v6 ? sa_selects6 : sa_selects)(s, inner, n))
		return in_fault(d, s, p, DP_FAULT_SELECTOR, v6 ? DPC_in_selector6 : DPC_in_selector);
	if (!ecn_merge(tos_of(p->data, p->v6), inner, v6))
		return DPC_in_ecn;
	pkt_pull(p, cb->text);
	p->len = (uint32_t)n;
	p->v6 = v6;
	if (s->tunnel_if != 0)
		p->in_if = s->tunnel_if;
	return DONE;
}

/* Sum in TCP or UDP that covers the addresses; NULL = there is none, or it is not in this piece. */
static uint8_t *
pseudo_sum(uint8_t *ip, size_t n)
{
	size_t	ihl = (size_t)(ip[0] & 15) * 4;
	uint8_t	*l4 = ip + ihl;

	if (get16(ip + IP4_FRAG) & IP4_OFFMASK)
		return NULL;
	if (ip[IP4_PROTO] == PROTO_TCP && n >= ihl + TCP_SUM + 2)
		return l4 + TCP_SUM;
	if (ip[IP4_PROTO] == PROTO_UDP && n >= ihl + UDP_SUM + 2 && get16(l4 + UDP_SUM) != 0)
		return l4 + UDP_SUM;
	return NULL;
}

static void
sum_move(uint8_t *sum, uint32_t was, uint32_t is)
{
	sum_fix(sum, (uint16_t)(was >> 16), (uint16_t)(is >> 16));
	sum_fix(sum, (uint16_t)was, (uint16_t)is);
}

/* RFC 3948, 3.1.2: the peer summed with its own addresses, the header has those that translators made of them. */
static void
checksum_fix(const struct sa *s, uint8_t *ip, size_t n)
{
	uint8_t	*sum = pseudo_sum(ip, n);

	if (sum == NULL)
		return;
	sum_move(sum, s->was_src, get32(ip + IP4_SRC));
	sum_move(sum, s->was_dst, get32(ip + IP4_DST));
	if (ip[IP4_PROTO] == PROTO_UDP && get16(sum) == 0)
		put16(sum, 0xffff);
}

/* The same over IPv6, where ICMP's sum covers the addresses too (RFC 8200, 8.1). */
static void
checksum6_fix(const struct sa *s, const struct pkt *p, uint8_t *ip, uint8_t proto)
{
	uint8_t	was[32];
	size_t	at = proto == PROTO_TCP ? TCP_SUM : proto == PROTO_UDP ? UDP_SUM : ICMP6_SUM, k;
	uint8_t	*sum = ip + p->ihl + at;

	if ((proto != PROTO_TCP && proto != PROTO_UDP && proto != PROTO_ICMP6) || p->len < p->ihl + at + 2 || (proto == PROTO_UDP && get16(sum) == 0))
		return;
	a6_put(was, s->wide->was_src6);
	a6_put(was + 16, s->wide->was_dst6);
	for (k = 0; k < sizeof(was); k += 2)	/* source and destination stand together */
		sum_fix(sum, get16(was + k), get16(ip + IP6_SRC + k));
	if (proto == PROTO_UDP && get16(sum) == 0)
		put16(sum, 0xffff);
}

/* The header moves back to where ESP or AH began to be taken out. */
static enum dp_counter
decap_transport(struct dp *d, struct sa *s, struct pkt *p)
{
	const struct in_cb	*cb = in_cb(p);
	uint8_t			*ip;

	if (cb->next == 0) {
		s->faults.proto++;
		return DPC_in_proto;
	}
	ip = memmove(p->data + cb->text - p->ihl, p->data, p->ihl);
	pkt_pull(p, cb->text - p->ihl);
	p->len = p->ihl + cb->ntext;
	if (p->v6) {
		ip[ip6_next_field(p)] = cb->next;
		put16(ip + IP6_PAYLOAD, p->len - IP6_LEN);
		if (s->flags & SA_F_WAS)
			checksum6_fix(s, p, ip, cb->next);
		if (s->flags & SA_F_SELECT && !sa_selects6(s, ip, p->len))
			return in_fault(d, s, p, DP_FAULT_SELECTOR, DPC_in_selector6);
		return DONE;
	}
	ip[IP4_PROTO] = cb->next;
	put16(ip + IP4_TOTAL, p->len);
	ip4_seal(ip, p->ihl);
	if (s->flags & SA_F_WAS)
		checksum_fix(s, ip, p->len);
	if (s->flags & SA_F_SELECT && !sa_selects(s, ip, p->len))
		return in_fault(d, s, p, DP_FAULT_SELECTOR, DPC_in_selector);
	return DONE;
}

enum dp_counter
esp_decap(struct dp *d, struct sa *s, struct pkt *p, int64_t now)
{
	if (!(s->flags & SA_F_AH) && !trailer_good(p))
		return in_fault(d, s, p, DP_FAULT_LENGTH, DPC_in_pad);
	if (in_cb(p)->next == PROTO_NONE) {
		sa_account(d, s, 0, now);
		return DPC_in_dummy;
	}
	return s->flags & SA_F_TRANSPORT ? decap_transport(d, s, p) : decap_tunnel(d, s, p);
}
