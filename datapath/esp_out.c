/*
 * The way out: plain packets become ESP or AH (RFC 4303, 3.3; RFC 4302, 3.3).  Tunnel mode puts the
 * SA's prebuilt outer header before the packet (RFC 4301, 5.1.2.1; ECN as RFC 6040, 4.1 says), transport
 * mode moves the packet's own header forward.  All in place: the packet has room before and behind.
 */

#include <string.h>

#include "datapath/ah.h"
#include "datapath/ip6.h"
#include "datapath/natt.h"
#include "datapath/sa_run.h"
#include "datapath/tap.h"
#include "datapath/wire.h"

#define DONE	DPC__COUNT	/* instead of a reason to drop */

static const uint8_t padding[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

/* Pushes head bytes for ESP or AH and, in tunnel mode, the outer header; the IP header is at data then. */
static uint8_t *
out_room(const struct sa *s, struct pkt *p)
{
	uint8_t	*was = p->data, *ip;

	if (!(s->flags & SA_F_TRANSPORT))
		return pkt_push(p, sa_outer_len(s) + (size_t)s->udp + s->head);
	if ((ip = pkt_push(p, (size_t)s->udp + s->head)) != NULL)
		memmove(ip, was, p->ihl);
	return ip;
}

/* The byte of TOS, or of the traffic class, of a packet of either family. */
static uint8_t
tos_of(const struct sa *s, const uint8_t *inner)
{
	return s->flags & SA_F_IN6 ? (uint8_t)(get16(inner) >> 4) : inner[IP4_TOS];
}

/* The same over IPv6: no identifier, no DF, no checksum, and no flow label of ours. */
static void
outer6_write(const struct sa *s, struct pkt *p, const uint8_t *inner)
{
	uint8_t		*ip = p->data;

	put32(ip, UINT32_C(6) << 28 | (uint32_t)tos_of(s, inner) << 20);
	put16(ip + IP6_PAYLOAD, p->len - IP6_LEN);
	ip[IP6_NEXT] = sa_outer_proto(s);
	ip[IP6_HOPS] = OUTER_TTL;
	a6_put(ip + IP6_SRC, s->src6);
	a6_put(ip + IP6_DST, s->dst6);
	ip6_parse(p);
}

/* RFC 4301, 5.1.2.1; the whole TOS byte goes out as it is (RFC 6040, 4.1: normal mode). */
static void
outer_write(struct dp *d, const struct sa *s, struct pkt *p, const uint8_t *inner)
{
	uint8_t		*ip = p->data;
	unsigned	 df = 0, id = dp_ip_id(d);

	if (s->flags & SA_F_DF_SET)
		df = IP4_DF;
	else if ((s->flags & (SA_F_DF_COPY | SA_F_IN6)) == SA_F_DF_COPY)
		df = get16(inner + IP4_FRAG) & IP4_DF;
	memcpy(ip, s->outer, IP4_LEN);
	ip[IP4_TOS] = tos_of(s, inner);
	put16(ip + IP4_TOTAL, p->len);
	put16(ip + IP4_ID, id);
	put16(ip + IP4_FRAG, df);
	put16(ip + IP4_SUM, sum_done((uint64_t)s->outer_sum + ip[IP4_TOS] + p->len + id + df));
	p->src = s->src;
	p->dst = s->dst;
	p->ihl = IP4_LEN;
	p->v6 = false;
}

static void
header_write(struct dp *d, const struct sa *s, struct pkt *p)
{
	if (!(s->flags & SA_F_TRANSPORT) && s->flags & SA_F_V6)
		outer6_write(s, p, p->data + IP6_LEN + s->udp + s->head);
	else if (p->v6 && s->flags & SA_F_TRANSPORT) {
		p->data[IP6_NEXT] = sa_outer_proto(s);
		put16(p->data + IP6_PAYLOAD, p->len - IP6_LEN);
	} else if (!(s->flags & SA_F_TRANSPORT))
		outer_write(d, s, p, p->data + IP4_LEN + s->udp + s->head);
	else {
		p->data[IP4_PROTO] = sa_outer_proto(s);
		put16(p->data + IP4_TOTAL, p->len);
		ip4_seal(p->data, p->ihl);
	}
	p->proto = sa_outer_proto(s);
}

/* RFC 3948, 2.1: no checksum, for ESP has its own; over IPv6 natt6_sums() makes it. */
static uint8_t *
udp_write(const struct sa *s, const struct pkt *p, uint8_t *udp)
{
	if (s->udp == 0)
		return udp;
	put16(udp, NATT_PORT);
	put16(udp + 2, s->udp_port);
	put16(udp + 4, p->len - p->ihl);
	put16(udp + 6, 0);
	return udp + NATT_UDP;
}

/* Padding, its length and the next header, at the end of the text (RFC 4303, 2.4 to 2.6). */
static void
trailer_write(uint8_t *at, size_t npad, uint8_t next)
{
	memcpy(at, padding, npad);
	at[npad] = (uint8_t)npad;
	at[npad + 1] = next;
}

static uint8_t
inner_proto(const struct sa *s)
{
	return s->flags & SA_F_IN6 ? PROTO_IP6 : PROTO_IPIP;
}

static enum dp_counter
esp_encap(struct dp *d, struct sa *s, struct pkt *p)
{
	bool	 transport = s->flags & SA_F_TRANSPORT;
	uint8_t	 next = transport ? p->proto : inner_proto(s), *tail, *esp;
	size_t	 plain = p->len - (transport ? p->ihl : 0u);
	size_t	 npad = -(plain + 2) & (s->size.block - 1u);

	if ((tail = pkt_put(p, npad + 2 + s->size.icv)) == NULL || out_room(s, p) == NULL || p->len > IP4_MAX)
		return DPC_out_room;
	trailer_write(tail, npad, next);
	header_write(d, s, p);
	esp = udp_write(s, p, p->data + p->ihl);
	s->seq.last++;
	put32(esp, s->spi);
	put32(esp + 4, (uint32_t)s->seq.last);
	return s->crypt->seal(s->crypt, esp, plain + npad + 2, s->seq.last) ? DONE : DPC_out_crypto;
}

/* RFC 4302, 2: next header, length in words less two, reserved, SPI, number, ICV. */
static enum dp_counter
ah_encap(struct dp *d, struct sa *s, struct pkt *p)
{
	uint8_t	 next = s->flags & SA_F_TRANSPORT ? p->proto : inner_proto(s), *ah;

	if (out_room(s, p) == NULL || p->len > IP4_MAX)
		return DPC_out_room;
	header_write(d, s, p);
	ah = p->data + p->ihl;
	s->seq.last++;
	ah[0] = next;
	ah[1] = (uint8_t)(s->head / 4 - 2);
	put16(ah + 2, 0);
	put32(ah + 4, s->spi);
	put32(ah + 8, (uint32_t)s->seq.last);
	if (p->v6) {
		memset(ah + AH_HEADER + s->size.icv, 0, s->head - AH_HEADER - s->size.icv);
		ah_icv6(s->crypt, p->data, p->ihl, p->len, s->seq.last, ah + AH_HEADER);
	} else
		ah_icv(s->crypt, p->data, p->ihl, p->len, s->seq.last, ah + AH_HEADER);
	return DONE;
}

static enum dp_counter
dead_reason(struct dp *d, struct sa *s)
{
	sa_due(d, s);
	if (s->seq.last >= s->seq_end) {
		s->faults.overflow++;
		return DPC_out_seq_end;
	}
	s->faults.expired++;
	return DPC_out_dead;
}

/* Fragments go through tunnels only (RFC 4301, 7). */
static enum dp_counter
out_allowed(const struct sa *s, const struct pkt *p)
{
	if (p->nest >= DP_NEST_MAX)
		return DPC_out_nested;
	if (!(s->flags & SA_F_TRANSPORT))
		return p->v6 == ((s->flags & SA_F_IN6) != 0) ? DONE : DPC_out_family;
	if (p->v6 != ((s->flags & SA_F_V6) != 0))
		return DPC_out_family;
	if (p->v6 ? p->proto == PROTO_FRAGMENT : get16(p->data + IP4_FRAG) & (IP4_MF | IP4_OFFMASK))
		return DPC_out_fragment;
	return DONE;
}

static enum dp_counter
out_one(struct dp *d, struct sa *s, struct pkt *p, int64_t now)
{
	bool		ah = s->flags & SA_F_AH;
	size_t		inner = p->len;
	enum dp_counter	why = out_allowed(s, p);

	if (s->flags & SA_F_DEAD) {
		enum dp_counter dead = dead_reason(d, s);

		return dead == DPC_out_dead && s->flags & SA_F_V6 ? DPC_out_dead6 : dead;
	}
	if (why == DONE && d->tap != NULL)
		dp_tap_sealed(d, &s->p, dp_tap_way(d, &s->p.dst), true, p, now);
	if (why == DONE)
		why = ah ? ah_encap(d, s, p) : esp_encap(d, s, p);
	if (why != DONE) {
		s->faults.encaps++;
		s->faults.internal += why == DPC_out_crypto;
		return why;
	}
	p->flags |= PKT_ENCAP;
	p->nest++;
	p->out_if = 0;
	p->next_hop = 0;
	d->count[ah ? DPC_ah_out_ok : DPC_esp_out_ok]++;
	sa_account(d, s, inner, now);
	return DONE;
}

static void
out_some(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct pkt	*out[DP_BATCH], *out6[DP_BATCH];
	struct sa	*s;
	enum dp_counter	 why;
	size_t		 i, m = 0, m6 = 0;

	d->count[DPC_engine_encrypt] += n;
	for (i = 0; i < n; i++) {
		s = sa_by_handle(d, v[i]->sa);
		why = s != NULL && s->flags & SA_F_OUT ? out_one(d, s, v[i], now) : DPC_out_no_sa;
		if (why != DONE)
			pkt_drop(d, v[i], why);
		else if (v[i]->v6)
			out6[m6++] = v[i];
		else
			out[m++] = v[i];
	}
	d->count[DPC_post_encrypt_ok] += m + m6;
	if (m > 0)
		ip_output_batch(d, out, m, now);
	natt6_sums(out6, m6);
	if (m6 > 0)
		ip6_output_batch(d, out6, m6, now);
}

void
esp_out_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	size_t	m;

	for (; n > 0; v += m, n -= m) {
		m = n < DP_BATCH ? n : DP_BATCH;
		out_some(d, v, m, now);
	}
}
