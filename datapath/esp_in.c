/*
 * The way in: ESP and AH for us become the packets that they carry (RFC 4303, 3.4; RFC 4302, 3.4; RFC 4301,
 * 5.2).  A vector goes through stage by stage: SAs by their SPIs, lengths and window, one burst of the ciphers; then
 * each packet is judged in the order of arrival, as if it had come alone: window again, ICV, the window moves, padding,
 * next header, the inner header, selectors.  Nothing of an SA changes before the judgement, and nothing but
 * fault counters where the ICV is wrong.
 */

#include <string.h>

#include "datapath/ah.h"
#include "datapath/esp_in.h"
#include "datapath/tap.h"
#include "datapath/worker_hook.h"

/* --- SA by SPI --- */

/* Where SPI and number stand; false where the packet ends before. */
static bool
in_peek(struct pkt *p)
{
	struct in_cb	*cb = in_cb(p);
	size_t		 at = p->ihl + (p->proto == PROTO_AH ? 4u : 0u);

	if (p->len < at + 8)
		return false;
	cb->spi = get32(p->data + at);
	cb->seq = cb->low = get32(p->data + at + 4);
	return true;
}

static __attribute__((noinline)) void
inv_spi_tell(struct dp *d, struct pkt *p)
{
	const struct in_cb	*cb = in_cb(p);
	const struct dp_inv_spi	 e = {
		.spi = cb->spi, .src = pkt_src(p), .dst = pkt_dst(p), .seq = cb->low, .proto = p->proto,
		.udp = p->flags & PKT_UDP, .sport = p->flags & PKT_UDP ? p->sport : 0, .in_if = p->in_if, .count = 1,
	};

	dp_event_inv_spi(d, &e);
}

static void
inv_spi(struct dp *d, struct pkt *p)
{
	if (p->v6 || !dp_event_inv_spi_lost(d, in_cb(p)->spi, p->src))
		inv_spi_tell(d, p);
	pkt_drop(d, p, p->v6 ? DPC_inv_spi6 : DPC_inv_spi);
}

/* Keeps what is long enough to have an SPI. */
static size_t
in_peek_all(struct dp *d, struct pkt **v, size_t n)
{
	size_t	i, m = 0;

	for (i = 0; i < n; i++)
		if (in_peek(v[i])) {
			spi_prefetch(&d->sad->spis, in_cb(v[i])->spi);
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

/* The SPI alone, and for the vector: what stays must fit in protocol and destination too. */
static void
in_look_up(const struct sad *t, struct pkt **v, size_t n)
{
	struct in_cb	*cb, *last = NULL;
	size_t		 i;

	for (i = 0; i < n; i++) {
		cb = in_cb(v[i]);
		if (last != NULL && last->spi == cb->spi && v[i]->proto == v[i - 1]->proto)
			cb->sa = last->sa;
		else if ((cb->spi & t->blind_mask) == t->blind_value)
			cb->sa = NULL;
		else if ((cb->sa = spi_find(&t->spis, cb->spi, v[i]->proto)) != NULL) {
			__builtin_prefetch(cb->sa, 1);
			__builtin_prefetch((const char *)cb->sa + 64);
		}
		last = cb;
	}
}

/* Keeps what has an SA: the SPI together with protocol and destination (RFC 4301, 4.1). */
static size_t
in_find_all(struct dp *d, struct pkt **v, size_t n)
{
	struct sa	*s;
	size_t		 i, m = 0;

	in_look_up(d->sad, v, n);
	for (i = 0; i < n; i++) {
		s = in_cb(v[i])->sa;
		if (s != NULL && s->dst == v[i]->dst && (!v[i]->v6 || dst6_fits(s, v[i]))) {
			__builtin_prefetch(s->crypt);
			v[m++] = v[i];
		} else
			inv_spi(d, v[i]);
	}
	return m;
}

/* --- Lengths, ICV, window --- */

static bool
esp_fits(const struct sa *s, struct pkt *p)
{
	struct in_cb	*cb = in_cb(p);
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
	struct in_cb	*cb = in_cb(p);

	if (p->len < (size_t)p->ihl + s->head || (p->data[p->ihl + 1] + 2) * 4 != s->head)
		return false;
	cb->next = p->data[p->ihl];
	cb->text = p->ihl + (uint32_t)s->head;
	cb->ntext = p->len - cb->text;
	return true;
}

/* --- One burst --- */

static bool
seq_good(const struct sa *s, struct in_cb *cb)
{
	return replay_full(&s->seq, s->flags & SA_F_ESN, cb->low, &cb->seq) && replay_ok(&s->seq, cb->seq);
}

static bool
udp_fits(const struct sa *s, const struct pkt *p)
{
	return !(s->flags & SA_F_UDP) == !(p->flags & PKT_UDP);
}

/* What is known to fail is not opened; why, is found when it is judged. */
static enum in_state
in_prepare(const struct sa *s, struct pkt *p)
{
	struct in_cb	*cb = in_cb(p);

	if (!(s->flags & SA_F_AH ? ah_fits(s, p) : esp_fits(s, p)))
		return IN_CUT;
	if (s->flags & (SA_F_DEAD | SA_F_AH) || p->nest >= DP_NEST_MAX || !udp_fits(s, p) || !seq_good(s, cb))
		return IN_LEFT;
	return IN_JOB;
}

/* The whole vector through the ciphers.  Of the SAs nothing changes yet. */
static void
in_open_all(struct dp *d, struct pkt **v, size_t n, struct crypto_job *jobs)
{
	struct in_cb	*cb;
	size_t		 i, m = 0;

	for (i = 0; i < n; i++) {
		cb = in_cb(v[i]);
		cb->state = (uint8_t)in_prepare(cb->sa, v[i]);
		if (cb->state != IN_JOB)
			continue;
		cb->job = (uint16_t)m;
		jobs[m++] = (struct crypto_job){ .k = cb->sa->crypt, .esp = v[i]->data + v[i]->ihl, .seq = cb->seq, .ntext = cb->ntext };
	}
	if (m > 0)
		crypto_open(&d->sad->crypto, jobs, m);
}

/* --- Judgement, packet by packet --- */

enum dp_counter
in_fault(struct dp *d, struct sa *s, struct pkt *p, enum dp_fault_kind kind, enum dp_counter why)
{
	uint64_t	*count[] = {
		[DP_FAULT_AUTH] = &s->faults.auth, [DP_FAULT_REPLAY] = &s->faults.replay,
		[DP_FAULT_SELECTOR] = &s->faults.selector, [DP_FAULT_LENGTH] = &s->faults.len,
	};

	++*count[kind];
	sa_fault(d, s, p, kind, in_cb(p)->seq);
	return why;
}

/* Against the SA as those before it in the vector left it: it may be dead by now, or the number be taken. */
static enum dp_counter
in_before(struct dp *d, struct sa *s, struct pkt *p)
{
	struct in_cb	*cb = in_cb(p);

	if (s->flags & SA_F_DEAD) {
		sa_due(d, s);
		s->faults.expired++;
		return p->v6 ? DPC_in_dead6 : DPC_in_dead;
	}
	if (p->nest >= DP_NEST_MAX)
		return DPC_out_nested;
	if (!udp_fits(s, p))
		return DPC_in_udp;
	if (cb->state == IN_CUT)
		return in_fault(d, s, p, DP_FAULT_LENGTH, DPC_in_short);
	if (!seq_good(s, cb))
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
	s->udp_port = p->sport;
	if (s->flags & SA_F_TRANSPORT)
		return;
	if (p->v6)
		s->src6 = ip6_src(p);
	else
		s->src = p->src;
}

static enum crypto_result
ah_open(const struct sa *s, const struct pkt *p, uint64_t seq)
{
	uint8_t	icv[CRYPTO_ICV_MAX];

	(p->v6 ? ah_icv6 : ah_icv)(s->crypt, p->data, p->ihl, p->len, seq, icv);
	return crypto_equal(icv, p->data + p->ihl + AH_HEADER, s->size.icv) ? CRYPTO_OK : CRYPTO_BAD_ICV;
}

/* ESP whose extended number reads otherwise by now was opened with another than it would be, or not at all: its ICV is wrong. */
static enum crypto_result
in_result(const struct sa *s, struct pkt *p, const struct crypto_job *jobs)
{
	const struct in_cb	*cb = in_cb(p);

	if (s->flags & SA_F_AH)
		return ah_open(s, p, cb->seq);
	return cb->state == IN_JOB && jobs[cb->job].seq == cb->seq ? jobs[cb->job].result : CRYPTO_BAD_ICV;
}

static enum dp_counter
in_accept(struct dp *d, struct sa *s, struct pkt *p, const struct crypto_job *jobs)
{
	struct in_cb		*cb = in_cb(p);
	enum crypto_result	 result = in_result(s, p, jobs);

	if (result == CRYPTO_BAD_ICV)
		return in_fault(d, s, p, DP_FAULT_AUTH, DPC_in_auth);
	if (result != CRYPTO_OK) {
		s->faults.internal++;
		return DPC_in_crypto;
	}
	s->rollovers += cb->seq >> 32 > s->seq.last >> 32;
	replay_set(&s->seq, cb->seq);
	if (p->flags & PKT_UDP && is_elsewhere(s, p) && cb->seq == s->seq.last)
		moved(d, s, p);
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

enum dp_counter
in_judge(struct dp *d, struct pkt *p, const struct crypto_job *jobs, int64_t now)
{
	struct sa	*s = in_cb(p)->sa;
	unsigned	 came_by = p->in_if;
	enum dp_counter	 why;

	if ((why = in_before(d, s, p)) != DONE || (why = in_accept(d, s, p, jobs)) != DONE)
		return why;
	if ((why = esp_decap(d, s, p, now)) == DONE) {
		sa_tap(d, s, came_by, false, p, now);
		in_finish(d, s, p, now);
	}
	return why;
}

static void
in_some(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct crypto_job	*jobs = sad_jobs(d->sad, n);
	struct pkt		*in[DP_BATCH], *in6[DP_BATCH];
	enum dp_counter		 why;
	size_t			 i, m = 0, m6 = 0;

	n = in_peek_all(d, v, n);
	n = in_find_all(d, v, n);
	in_open_all(d, v, n, jobs);
	for (i = 0; i < n; i++)
		if ((why = in_judge(d, v[i], jobs, now)) != DONE)
			pkt_drop(d, v[i], why);
		else if (v[i]->v6)
			in6[m6++] = v[i];
		else
			in[m++] = v[i];
	d->count[DPC_decrypt_switch] += m + m6;
	if (m > 0 && (d->worker == NULL || !worker_inner(d, in, m, now)))
		ip_input_batch(d, in, m, now);
	if (m6 > 0 && (d->worker == NULL || !worker_inner(d, in6, m6, now)))
		ip6_input_batch(d, in6, m6, now);
}

void
esp_in_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	size_t	m;

	if (d->worker != NULL)
		n = worker_esp_keep(d, v, n);
	for (; n > 0; v += m, n -= m) {
		m = n < DP_BATCH ? n : DP_BATCH;
		in_some(d, v, m, now);
	}
}
