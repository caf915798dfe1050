/*
 * The way in: ESP and AH for us become the packets that they carry (RFC 4303, 3.4; RFC 4302, 3.4; RFC 4301,
 * 5.2).  In this order: SA by SPI, lengths, replay, ICV, decryption, the window moves, padding, next header, the
 * inner header, selectors.  Nothing of an SA changes before the ICV is known to be right, but fault counters.
 */

#include <string.h>

#include "datapath/ah.h"
#include "datapath/ip6.h"
#include "datapath/sa_run.h"
#include "datapath/tap.h"
#include "datapath/wire.h"

#define DONE	DPC__COUNT	/* instead of a reason to drop */

#define PROTO_TCP	6
#define TCP_SUM		16
#define UDP_SUM		6
#define ICMP6_SUM	2

#define ECN_MASK	3
#define ECN_NOT_ECT	0
#define ECN_ECT1	1
#define ECN_CE		3

/* A packet on its way through; the same in both protocols from the ICV on. */
struct in_cb {
	struct sa	*sa;
	uint64_t	 seq;
	uint32_t	 text, ntext;	/* from data on; ESP: with the trailer until it is judged */
	uint32_t	 spi, low;
	uint8_t		 next;
};

_Static_assert(sizeof(struct in_cb) <= sizeof(((struct pkt *)0)->cb), "no room for the control block");

static inline struct in_cb *
cb_of(struct pkt *p)
{
	return (struct in_cb *)(void *)p->cb;
}

/* --- SA by SPI --- */

/* Where SPI and number stand; false where the packet ends before. */
static bool
in_peek(struct pkt *p)
{
	struct in_cb	*cb = cb_of(p);
	size_t		 at = p->ihl + (p->proto == PROTO_AH ? 4u : 0u);

	if (p->len < at + 8)
		return false;
	cb->spi = get32(p->data + at);
	cb->seq = cb->low = get32(p->data + at + 4);
	return true;
}

static void
inv_spi(struct dp *d, struct pkt *p)
{
	const struct in_cb	*cb = cb_of(p);
	const struct dp_inv_spi	 e = {
		.spi = cb->spi, .src = pkt_src(p), .dst = pkt_dst(p), .seq = cb->low, .proto = p->proto,
		.udp = p->flags & PKT_UDP, .sport = p->flags & PKT_UDP ? p->sport : 0, .in_if = p->in_if, .count = 1,
	};

	dp_event_inv_spi(d, &e);
	pkt_drop(d, p, p->v6 ? DPC_inv_spi6 : DPC_inv_spi);
}

/* Keeps what is long enough to have an SPI. */
static size_t
in_peek_all(struct dp *d, struct pkt **v, size_t n)
{
	size_t	i, m = 0;

	for (i = 0; i < n; i++)
		if (in_peek(v[i])) {
			spi_prefetch(&d->sad->spis, cb_of(v[i])->spi);
			v[m++] = v[i];
		} else
			pkt_drop(d, v[i], DPC_in_short);
	return m;
}

/* Of an SA over IPv4 dst6 is all zero, which no packet is for. */
static bool
dst6_fits(const struct sa *s, const struct pkt *p)
{
	return a6_eq(s->dst6, ip6_dst(p));
}

/* Keeps what has an SA: the SPI together with protocol and destination (RFC 4301, 4.1). */
static size_t
in_find_all(struct dp *d, struct pkt **v, size_t n)
{
	struct sa	*s;
	size_t		 i, m = 0;

	for (i = 0; i < n; i++) {
		s = (cb_of(v[i])->spi & d->sad->blind_mask) == d->sad->blind_value ? NULL : spi_find(&d->sad->spis, cb_of(v[i])->spi, v[i]->proto);
		if (s != NULL)
			__builtin_prefetch(s, 1);
		cb_of(v[i])->sa = s;
	}
	for (i = 0; i < n; i++) {
		s = cb_of(v[i])->sa;
		if (s != NULL && s->dst == v[i]->dst && (!v[i]->v6 || dst6_fits(s, v[i])))
			v[m++] = v[i];
		else
			inv_spi(d, v[i]);
	}
	return m;
}

/* --- Lengths, ICV, window --- */

static bool
esp_fits(const struct sa *s, struct pkt *p)
{
	struct in_cb	*cb = cb_of(p);
	size_t		 fixed = (size_t)p->ihl + s->head + s->size.icv;

	if (p->len < fixed + s->size.block)
		return false;
	cb->text = p->ihl + (uint32_t)s->head;
	cb->ntext = (uint32_t)(p->len - fixed);
	return cb->ntext % s->size.block == 0;
}

/* RFC 4302, 2.2: the length field must be that of the SA's ICV. */
static bool
ah_fits(const struct sa *s, struct pkt *p)
{
	struct in_cb	*cb = cb_of(p);

	if (p->len < (size_t)p->ihl + s->head || (p->data[p->ihl + 1] + 2) * 4 != s->head)
		return false;
	cb->next = p->data[p->ihl];
	cb->text = p->ihl + (uint32_t)s->head;
	cb->ntext = p->len - cb->text;
	return true;
}

static bool
ah_open(const struct sa *s, const struct pkt *p, uint64_t seq, bool *bad)
{
	uint8_t	icv[CRYPTO_ICV_MAX];

	(p->v6 ? ah_icv6 : ah_icv)(s->crypt, p->data, p->ihl, p->len, seq, icv);
	*bad = !crypto_equal(icv, p->data + p->ihl + AH_HEADER, s->size.icv);
	return !*bad;
}

static enum dp_counter
in_fault(struct dp *d, struct sa *s, struct pkt *p, enum dp_fault_kind kind, enum dp_counter why)
{
	uint64_t	*count[] = {
		[DP_FAULT_AUTH] = &s->faults.auth, [DP_FAULT_REPLAY] = &s->faults.replay,
		[DP_FAULT_SELECTOR] = &s->faults.selector, [DP_FAULT_LENGTH] = &s->faults.len,
	};

	++*count[kind];
	sa_fault(d, s, p, kind, cb_of(p)->seq);
	return why;
}

static enum dp_counter
in_before(struct dp *d, struct sa *s, struct pkt *p)
{
	struct in_cb	*cb = cb_of(p);

	if (s->flags & SA_F_DEAD) {
		sa_due(d, s);
		s->faults.expired++;
		return p->v6 ? DPC_in_dead6 : DPC_in_dead;
	}
	if (p->nest >= DP_NEST_MAX)
		return DPC_out_nested;
	if (!(s->flags & SA_F_UDP) != !(p->flags & PKT_UDP))
		return DPC_in_udp;
	if (!(s->flags & SA_F_AH ? ah_fits(s, p) : esp_fits(s, p)))
		return in_fault(d, s, p, DP_FAULT_LENGTH, DPC_in_short);
	if (!replay_full(&s->seq, s->flags & SA_F_ESN, cb->low, &cb->seq) || !replay_ok(&s->seq, cb->seq))
		return in_fault(d, s, p, DP_FAULT_REPLAY, DPC_in_replay);
	return DONE;
}

/*
 * The peer is behind another port of its translator, or at another address: the newest packet of all tells, and only an authentic
 * one.  In transport mode the address is part of what was agreed, and stays.  Said at most once a batch; where it can't be, the
 * next packet is tried.
 */
static bool
is_elsewhere(const struct sa *s, const struct pkt *p)
{
	if (p->sport != s->udp_port)
		return true;
	if (s->flags & SA_F_TRANSPORT)
		return false;
	return p->v6 ? !a6_eq(ip6_src(p), s->src6) : p->src != s->src;
}

static void
moved(struct dp *d, struct sa *s, const struct pkt *p)
{
	if (p->sport == 0 || !dp_event_sa(d, SA_EVENT_MOVED, s->handle, s->p.cookie))
		return;
	s->p.udp_port = s->udp_port = p->sport;
	if (s->flags & SA_F_TRANSPORT)
		return;
	s->p.src = pkt_src(p);
	if (p->v6)
		s->src6 = ip6_src(p);
	else
		s->src = p->src;
}

static enum dp_counter
in_open(struct dp *d, struct sa *s, struct pkt *p)
{
	struct in_cb	*cb = cb_of(p);
	bool		 bad = false, good;

	if (s->flags & SA_F_AH)
		good = ah_open(s, p, cb->seq, &bad);
	else
		good = s->crypt->open(s->crypt, p->data + p->ihl, cb->ntext, cb->seq, &bad);
	if (bad)
		return in_fault(d, s, p, DP_FAULT_AUTH, DPC_in_auth);
	if (!good) {
		s->faults.internal++;
		return DPC_in_crypto;
	}
	s->rollovers += cb->seq >> 32 > s->seq.last >> 32;
	replay_set(&s->seq, cb->seq);
	if (p->flags & PKT_UDP && is_elsewhere(s, p) && cb->seq == s->seq.last)
		moved(d, s, p);
	return DONE;
}

/* --- What was inside --- */

/* RFC 4303, 2.4: padding is 1, 2, 3, ... */
static bool
trailer_good(struct pkt *p)
{
	struct in_cb	*cb = cb_of(p);
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
	const struct in_cb	*cb = cb_of(p);
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
	sum_move(sum, s->p.was_src.v4, get32(ip + IP4_SRC));
	sum_move(sum, s->p.was_dst.v4, get32(ip + IP4_DST));
	if (ip[IP4_PROTO] == PROTO_UDP && get16(sum) == 0)
		put16(sum, 0xffff);
}

/* The same over IPv6, where ICMP's sum covers the addresses too (RFC 8200, 8.1). */
static void
checksum6_fix(const struct sa *s, const struct pkt *p, uint8_t *ip, uint8_t proto)
{
	size_t	at = proto == PROTO_TCP ? TCP_SUM : proto == PROTO_UDP ? UDP_SUM : ICMP6_SUM, k;
	uint8_t	*sum = ip + p->ihl + at;

	if ((proto != PROTO_TCP && proto != PROTO_UDP && proto != PROTO_ICMP6) || p->len < p->ihl + at + 2 || (proto == PROTO_UDP && get16(sum) == 0))
		return;
	for (k = 0; k < 16; k += 2) {
		sum_fix(sum, get16(s->p.was_src.v6 + k), get16(ip + IP6_SRC + k));
		sum_fix(sum, get16(s->p.was_dst.v6 + k), get16(ip + IP6_DST + k));
	}
	if (proto == PROTO_UDP && get16(sum) == 0)
		put16(sum, 0xffff);
}

/* The header moves back to where ESP or AH began to be taken out. */
static enum dp_counter
decap_transport(struct dp *d, struct sa *s, struct pkt *p)
{
	const struct in_cb	*cb = cb_of(p);
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
		if (s->p.was_src.af == ADDR_V6)
			checksum6_fix(s, p, ip, cb->next);
		if (s->flags & SA_F_SELECT && !sa_selects6(s, ip, p->len))
			return in_fault(d, s, p, DP_FAULT_SELECTOR, DPC_in_selector6);
		return DONE;
	}
	ip[IP4_PROTO] = cb->next;
	put16(ip + IP4_TOTAL, p->len);
	ip4_seal(ip, p->ihl);
	if (s->p.was_src.af == ADDR_V4)
		checksum_fix(s, ip, p->len);
	if (s->flags & SA_F_SELECT && !sa_selects(s, ip, p->len))
		return in_fault(d, s, p, DP_FAULT_SELECTOR, DPC_in_selector);
	return DONE;
}

/* The packet is good: what it carries goes on as if it had just come in. */
static void
in_finish(struct dp *d, struct sa *s, struct pkt *p, int64_t now)
{
	sa_account(d, s, p->len, now);
	d->count[DPC_ident_ok]++;
	d->count[s->flags & SA_F_AH ? DPC_ah_in_ok : DPC_esp_in_ok]++;
	p->sa = s->handle;
	p->flags = (uint8_t)((p->flags & ~(PKT_LINK_BCAST | PKT_IP_BCAST | PKT_REASSEMBLED | PKT_UDP)) | PKT_DECAP);
	p->nest++;
	p->out_if = 0;
	p->next_hop = 0;
}

static enum dp_counter
in_one(struct dp *d, struct pkt *p, int64_t now)
{
	struct sa	*s = cb_of(p)->sa;
	unsigned	 came_by = p->in_if;
	enum dp_counter	 why;

	if ((why = in_before(d, s, p)) != DONE || (why = in_open(d, s, p)) != DONE)
		return why;
	if (!(s->flags & SA_F_AH) && !trailer_good(p))
		return in_fault(d, s, p, DP_FAULT_LENGTH, DPC_in_pad);
	if (cb_of(p)->next == PROTO_NONE) {
		sa_account(d, s, 0, now);
		return DPC_in_dummy;
	}
	why = s->flags & SA_F_TRANSPORT ? decap_transport(d, s, p) : decap_tunnel(d, s, p);
	if (why == DONE) {
		dp_tap_sealed(d, &s->p, came_by, false, p, now);
		in_finish(d, s, p, now);
	}
	return why;
}

static void
in_some(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct pkt	*in[DP_BATCH], *in6[DP_BATCH];
	enum dp_counter	 why;
	size_t		 i, m = 0, m6 = 0;

	n = in_peek_all(d, v, n);
	n = in_find_all(d, v, n);
	for (i = 0; i < n; i++)
		if ((why = in_one(d, v[i], now)) != DONE)
			pkt_drop(d, v[i], why);
		else if (v[i]->v6)
			in6[m6++] = v[i];
		else
			in[m++] = v[i];
	d->count[DPC_decrypt_switch] += m + m6;
	if (m > 0)
		ip_input_batch(d, in, m, now);
	if (m6 > 0)
		ip6_input_batch(d, in6, m6, now);
}

void
esp_in_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	size_t	m;

	for (; n > 0; v += m, n -= m) {
		m = n < DP_BATCH ? n : DP_BATCH;
		in_some(d, v, m, now);
	}
}
