/*
 * The way out: plain packets become ESP or AH (RFC 4303, 3.3; RFC 4302, 3.3).  Tunnel mode puts the
 * SA's prebuilt outer header before the packet (RFC 4301, 5.1.2.1; ECN as RFC 6040, 4.1 says), transport
 * mode moves the packet's own header forward.  All in place: the packet has room before and behind.
 *
 * A vector is made ready packet by packet, sealed in one burst of the ciphers, and then counted.  Where what is counted
 * ends an SA, the burst ends early: what follows finds the SA as if it had come alone.
 */

#include <string.h>

#include "datapath/ah.h"
#include "datapath/esp_out.h"
#include "datapath/ip6.h"
#include "datapath/natt.h"
#include "datapath/sa_run.h"
#include "datapath/tap.h"
#include "datapath/wire.h"
#include "datapath/worker_hook.h"

#define DONE	DPC__COUNT	/* instead of a reason to drop */
#define NO_JOB	UINT16_MAX

/* A packet between its header and its counting. */
struct out_cb {
	struct sa	*sa;
	uint32_t	 inner;		/* bytes of the packet as it came */
	uint16_t	 job;		/* NO_JOB: AH, whose ICV is there */
};

_Static_assert(sizeof(struct out_cb) <= sizeof(((struct pkt *)0)->cb), "no room for the control block");

/* A vector under way: ready are those made ready and not yet counted. */
struct burst {
	struct crypto_job	*jobs;
	size_t			 njobs, nready, n, n6;
	struct pkt		*ready[DP_BATCH], *out[DP_BATCH], *out6[DP_BATCH];
};

static inline struct out_cb *
out_cb(struct pkt *p)
{
	return (struct out_cb *)(void *)p->cb;
}

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

static void
outer_write(struct dp *d, const struct sa *s, struct pkt *p, const uint8_t *inner)
{
	outer4_put(p->data, s, inner, tos_of(s, inner), p->len, dp_ip_id(d));
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

/* Padding, its length and the next header, at the end of the text (RFC 4303, 2.4 to 2.6). */
static void
trailer_write(uint8_t *at, size_t npad, uint8_t next)
{
	memcpy(at, esp_padding, npad);
	at[npad] = (uint8_t)npad;
	at[npad + 1] = next;
}

static uint8_t
inner_proto(const struct sa *s)
{
	return s->flags & SA_F_IN6 ? PROTO_IP6 : PROTO_IPIP;
}

static enum dp_counter
esp_encap(struct dp *d, struct sa *s, struct pkt *p, struct burst *b)
{
	bool	 transport = s->flags & SA_F_TRANSPORT;
	uint8_t	 next = transport ? p->proto : inner_proto(s), *tail, *esp;
	size_t	 plain = p->len - (transport ? p->ihl : 0u);
	size_t	 npad = -(plain + 2) & (s->size.block - 1u);

	if ((tail = pkt_put(p, npad + 2 + s->size.icv)) == NULL || out_room(s, p) == NULL || p->len > IP4_MAX)
		return DPC_out_room;
	trailer_write(tail, npad, next);
	header_write(d, s, p);
	esp = natt_put(s, p->data + p->ihl, p->len - p->ihl);		/* over IPv6 natt6_sums() makes its checksum */
	s->seq.last++;
	put32(esp, s->spi);
	put32(esp + 4, (uint32_t)s->seq.last);
	out_cb(p)->job = (uint16_t)b->njobs;
	b->jobs[b->njobs++] = (struct crypto_job){ .k = s->crypt, .esp = esp, .seq = s->seq.last, .ntext = (uint32_t)(plain + npad + 2) };
	return DONE;
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
	out_cb(p)->job = NO_JOB;
	return DONE;
}

static enum dp_counter
dead_reason(struct dp *d, struct sa *s)
{
	sa_due(d, s);
	if (s->seq.last >= sa_seq_end(s)) {
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

/* The interface that its packets leave by, for who watches. */
static unsigned
sa_way(const struct dp *d, const struct sa *s)
{
	const struct addr	dst = s->flags & SA_F_V6 ? addr_v6(s->dst6) : addr_v4(s->dst);

	return dp_tap_way(d, &dst);
}

static enum dp_counter
out_prepare(struct dp *d, struct sa *s, struct pkt *p, struct burst *b, int64_t now)
{
	enum dp_counter	why = out_allowed(s, p);

	if (s->flags & SA_F_DEAD) {
		enum dp_counter dead = dead_reason(d, s);

		return dead == DPC_out_dead && s->flags & SA_F_V6 ? DPC_out_dead6 : dead;
	}
	*out_cb(p) = (struct out_cb){ .sa = s, .inner = p->len };
	if (why == DONE && d->tap != NULL)
		sa_tap(d, s, sa_way(d, s), true, p, now);
	if (why == DONE)
		why = s->flags & SA_F_AH ? ah_encap(d, s, p) : esp_encap(d, s, p, b);
	s->faults.encaps += why != DONE;
	return why;
}

/* A packet that is sealed, or could not be: counted, and among those that go on. */
static void
out_finish(struct dp *d, struct burst *b, struct pkt *p, int64_t now)
{
	const struct out_cb	*cb = out_cb(p);
	struct sa		*s = cb->sa;

	s->seq.ahead -= cb->inner;
	if (cb->job != NO_JOB && b->jobs[cb->job].result != CRYPTO_OK) {
		s->faults.encaps++;
		s->faults.internal++;
		sa_due(d, s);
		pkt_drop(d, p, DPC_out_crypto);
		return;
	}
	d->count[s->flags & SA_F_AH ? DPC_ah_out_ok : DPC_esp_out_ok]++;
	sa_account(d, s, cb->inner, now);
	p->flags |= PKT_ENCAP;
	p->nest++;
	p->out_if = 0;
	p->next_hop = 0;
	if (p->v6)
		b->out6[b->n6++] = p;
	else
		b->out[b->n++] = p;
}

static void
burst_run(struct dp *d, struct burst *b, int64_t now)
{
	size_t	i;

	if (b->njobs > 0)
		crypto_seal(&d->sad->crypto, b->jobs, b->njobs);
	for (i = 0; i < b->nready; i++)
		out_finish(d, b, b->ready[i], now);
	b->njobs = b->nready = 0;
}

/* Does the SA end when this one is counted?  What only raises an event changes nothing for those behind. */
static inline bool
burst_ends(struct sa *s, const struct out_cb *cb)
{
	s->seq.ahead += cb->inner;
	if (__builtin_expect(s->bytes + s->seq.ahead < s->bytes_next && s->seq.last < s->seq_next, 1))
		return false;
	return (s->p.hard_bytes != 0 && s->bytes + s->seq.ahead >= s->p.hard_bytes) || s->seq.last >= sa_seq_end(s);
}

static void
out_some(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	uint32_t	 handle = SA_NONE;
	struct burst	 b;		/* 6 KB, not to be cleared */
	struct sa	*s = NULL;
	enum dp_counter	 why;
	size_t		 i;

	b.jobs = sad_jobs(d->sad, n);
	b.njobs = b.nready = b.n = b.n6 = 0;
	d->count[DPC_engine_encrypt] += n;
	for (i = 0; i < n; i++) {
		if (v[i]->sa != handle)
			s = sa_by_handle(d, handle = v[i]->sa);
		why = s != NULL && s->flags & SA_F_OUT ? out_prepare(d, s, v[i], &b, now) : DPC_out_no_sa;
		if (why != DONE) {
			pkt_drop(d, v[i], why);
			continue;
		}
		b.ready[b.nready++] = v[i];
		if (burst_ends(s, out_cb(v[i])))
			burst_run(d, &b, now);
	}
	burst_run(d, &b, now);
	d->count[DPC_post_encrypt_ok] += b.n + b.n6;
	if (b.n > 0)
		ip_output_batch(d, b.out, b.n, now);
	natt6_sums(b.out6, b.n6);
	if (b.n6 > 0 && (d->worker == NULL || !worker_out6(d, b.out6, b.n6)))
		ip6_output_batch(d, b.out6, b.n6, now);
}

void
esp_out_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	size_t	m;

	if (d->worker != NULL)
		n = worker_seal_keep(d, v, n);
	for (; n > 0; v += m, n -= m) {
		m = n < DP_BATCH ? n : DP_BATCH;
		out_some(d, v, m, now);
	}
}
