/*
 * The fast lane out of ESP: tunnel mode over IPv4, plain or in UDP, that carries IPv4 to a neighbour (RFC 4303, 3.4; RFC 4301, 5.2).  What
 * follows the ciphers is judged in the order of arrival; whatever is not as usual then becomes a packet, is judged as the stages do (esp_in.c), and
 * goes on by them.  ESP of an SPI that nobody has ends here.
 */

#include "datapath/esp_in.h"
#include "datapath/ifnet.h"
#include "datapath/lane_int.h"
#include "datapath/natt.h"
#include "datapath/udp.h"
#include "datapath/worker_hook.h"

#define NO_JOB		UINT16_MAX	/* not opened, for its number */
#define ECN_CE_OR_ECT1	1	/* the bit that both have, and that says something (RFC 6040) */

/* --- Before the ciphers: nothing changes --- */

/* ESP for us, whole, in one piece, plain or in UDP without a checksum: where it begins, and its numbers. */
static inline bool
find_esp(struct lane_pkt *p, bool natt)
{
	const uint8_t	*ip = p->ip, *udp = ip + IP4_LEN;
	size_t		 ulen;

	p->esp = IP4_LEN;
	if (p->len < IP4_LEN + ESP_HEADER || get16(ip + IP4_FRAG) & (IP4_MF | IP4_OFFMASK))
		return false;
	if (ip[IP4_PROTO] == PROTO_UDP) {
		ulen = get16(udp + 4);
		if (!natt || get16(udp + 2) != NATT_PORT || get16(udp + 6) != 0 || ulen + IP4_LEN > p->len || ulen < NATT_UDP + ESP_HEADER ||
		    get32(udp + NATT_UDP) == 0)
			return false;
		p->esp = IP4_LEN + NATT_UDP;
		p->len = (uint16_t)(IP4_LEN + ulen);
	} else if (ip[IP4_PROTO] != PROTO_ESP)
		return false;
	p->spi = get32(ip + p->esp);
	p->low = get32(ip + p->esp + 4);
	return true;
}

static size_t
find_all(struct dp *d, struct lane_pkt *p, size_t n)
{
	bool	natt = udp_port_open(d, NATT_PORT);
	size_t	i;

	for (i = 0; i < n && find_esp(&p[i], natt) && (d->worker == NULL || worker_has(d, p[i].spi)); i++)
		spi_prefetch(&d->sad->spis, p[i].spi);
	return i;
}

static inline bool
is_udp(const struct lane_pkt *p)
{
	return p->esp != IP4_LEN;
}

static void
look_up_all(const struct sad *t, struct lane_pkt *p, size_t n)
{
	struct sa	*s = NULL;
	size_t		 i;

	for (i = 0; i < n; i++) {
		if (i == 0 || p[i].spi != p[i - 1].spi) {
			s = (p[i].spi & t->blind_mask) == t->blind_value ? NULL : spi_find(&t->spis, p[i].spi, SA_ESP);
			if (s != NULL) {
				__builtin_prefetch(s, 1);
				__builtin_prefetch((const char *)s + 64);
			}
		}
		p[i].sa = s;
	}
}

/* The peer is where it was: who moves is seen to by the stages. */
static inline bool
udp_as_ever(const struct sa *s, const struct lane_pkt *p)
{
	if (!is_udp(p))
		return !(s->flags & SA_F_UDP);
	return s->flags & SA_F_UDP && get16(p->ip + IP4_LEN) == s->udp_port && p->src == s->src;
}

/* An SA that is as most are, and the length is right. */
static inline bool
usual(const struct sa *s, struct lane_pkt *p)
{
	size_t	fixed = (size_t)p->esp + s->head + s->size.icv;

	if (s->flags & (SA_F_DEAD | SA_F_TRANSPORT | SA_F_SELECT | SA_F_IN6 | SA_F_WAS) || !udp_as_ever(s, p))
		return false;
	if (p->len < fixed + s->size.block)
		return false;
	p->ntext = (uint32_t)(p->len - fixed);
	return (p->ntext & (s->size.block - 1u)) == 0;
}

static inline bool
is_new(const struct sa *s, struct lane_pkt *p)
{
	return replay_full(&s->seq, s->flags & SA_F_ESN, p->low, &p->seq) && replay_ok(&s->seq, p->seq);
}

/* Jobs for those whose SA is known and number new; gives how many of all go on here. */
static size_t
jobs_make(struct lane_pkt *p, size_t n, struct crypto_job *jobs, size_t *njobs)
{
	struct sa	*s;
	size_t		 i, m = 0;

	for (i = 0; i < n; i++) {
		if ((s = p[i].sa) == NULL)
			continue;
		if (s->dst != p[i].dst) {
			p[i].sa = NULL;
			continue;
		}
		if (!usual(s, &p[i]))
			break;
		if (!is_new(s, &p[i])) {
			p[i].job = NO_JOB;
			continue;
		}
		p[i].job = (uint16_t)m;
		jobs[m++] = (struct crypto_job){ .k = s->crypt, .esp = p[i].ip + p[i].esp, .seq = p[i].seq, .ntext = p[i].ntext };
	}
	*njobs = m;
	return i;
}

/* --- Behind them, one by one --- */

static __attribute__((noinline)) void
stranger_tell(struct dp *d, const struct dp_if *ifp, const struct lane_pkt *p)
{
	const struct dp_inv_spi	e = {
		.spi = p->spi, .src = addr_v4(p->src), .dst = addr_v4(p->dst), .seq = p->low, .proto = PROTO_ESP, .udp = is_udp(p),
		.sport = is_udp(p) ? get16(p->ip + IP4_LEN) : 0, .in_if = ifp->idx, .count = 1,
	};

	dp_event_inv_spi(d, &e);
}

static inline void
stranger(struct dp *d, const struct dp_if *ifp, const struct lane_pkt *p)
{
	if (!dp_event_inv_spi_lost(d, p->spi, p->src))
		stranger_tell(d, ifp, p);
	d->count[DPC_inv_spi]++;
	d->octets[DPC_inv_spi] += p->len - (is_udp(p) ? NATT_UDP : 0u);
}

/* The packet as the stages would have it where it is judged; NULL (counted) if there is no memory. */
static struct pkt *
packet_of(struct dp *d, struct dp_if *ifp, const struct lane_pkt *lp)
{
	struct pkt	*p = pkt_lent(d, lp->ip - ETH_LEN, ETH_LEN + (size_t)lp->len);

	if (p == NULL) {
		ifp->info.in_drops++;
		return NULL;
	}
	p->in_if = ifp->idx;
	pkt_pull(p, ETH_LEN);
	pkt_parse(p);
	if (is_udp(lp))
		p = natt_input(d, p);
	*in_cb(p) = (struct in_cb){
		.sa = lp->sa, .seq = lp->seq, .text = IP4_LEN + (uint32_t)lp->sa->head, .ntext = lp->ntext, .spi = lp->spi, .low = lp->low,
		.state = lp->job == NO_JOB ? IN_LEFT : IN_JOB, .job = lp->job,
	};
	return p;
}

/* Not as usual.  True if something came out. */
static __attribute__((noinline)) bool
judge_slow(struct dp *d, struct dp_if *ifp, const struct lane_pkt *lp, const struct crypto_job *jobs, struct lane_out *o, int64_t now)
{
	struct pkt	*p = packet_of(d, ifp, lp);
	enum dp_counter	 why;

	if (p == NULL)
		return false;
	if ((why = in_judge(d, p, jobs, now)) != DONE) {
		pkt_drop(d, p, why);
		return false;
	}
	o->p[o->n++] = p;
	return true;
}

/* The length of the text less its trailer, which is as it should be and says IPv4; else 0 (RFC 4303, 2.4 to 2.6). */
static inline size_t
text_length(const uint8_t *text, size_t n)
{
	size_t	npad = text[n - 2], len = n - 2 - npad, i;

	if (text[n - 1] != PROTO_IPIP || npad + 2 > n)
		return 0;
	for (i = 0; i < npad; i++)
		if (text[len + i] != i + 1)
			return 0;
	return len;
}

/* What came out is IPv4 for a neighbour, and sound; NULL: it is for the stages. */
static inline const struct lane_flow *
inner_way(struct dp *d, const uint8_t *ip, size_t n, size_t *len, uint32_t *good_src)
{
	const struct lane_flow	*f;
	uint32_t		 src;

	if (n < IP4_LEN || ip[0] != 0x45 || (*len = get16(ip + IP4_TOTAL)) < IP4_LEN || *len > n || !ip4_sum_right(ip) || ip[IP4_TTL] <= 1)
		return NULL;
	src = get32(ip + IP4_SRC);
	if (src != *good_src && !lane_source(d, src))
		return NULL;
	*good_src = src;
	f = lane_flow(d, get32(ip + IP4_DST), true);
	return f->kind == LANE_LINK && *len <= f->most ? f : NULL;
}

/* Accepted, and counted, as in_accept() and in_finish() do. */
static inline void
accept(struct dp *d, struct sa *s, uint64_t seq, size_t len, int64_t now)
{
	s->rollovers += seq >> 32 > s->seq.last >> 32;
	replay_set(&s->seq, seq);
	sa_account(d, s, len, now);
}

/* The interface that it came out by, NULL where that is down or gone; an SA without a tunnel has the one that its ESP came by. */
static inline struct dp_if *
out_by(const struct dp *d, const struct sa *s, struct dp_if *ifp)
{
	struct dp_if	*t;

	if (s->tunnel_if == 0)
		return ifp;
	t = dp_if_get(d, s->tunnel_if);
	return t != NULL && t->info.kind == DP_IF_VTI && t->info.up && (d->worker == NULL || worker_alone(d, t->idx)) ? t : NULL;
}

/* Against the SA as those before it left it.  False: not as usual, and nothing has changed. */
static inline bool
judge(struct dp *d, struct dp_if *ifp, const struct lane_pkt *p, const struct crypto_job *j, struct lane_out *o, uint32_t *good_src, int64_t now)
{
	struct sa		*s = p->sa;
	uint8_t			*inner = p->ip + p->esp + s->head;
	const struct lane_flow	*f;
	struct dp_if		*tunnel;
	uint64_t		 seq;
	size_t			 n, len;

	if (j->result != CRYPTO_OK || s->flags & SA_F_DEAD || p->ip[IP4_TOS] & ECN_CE_OR_ECT1)
		return false;
	if (!replay_full(&s->seq, s->flags & SA_F_ESN, p->low, &seq) || seq != p->seq || !replay_ok(&s->seq, seq) || (tunnel = out_by(d, s, ifp)) == NULL)
		return false;
	if ((n = text_length(inner, p->ntext)) == 0 || (f = inner_way(d, inner, n, &len, good_src)) == NULL)
		return false;
	accept(d, s, seq, len, now);
	if (tunnel != ifp)
		if_count_in(tunnel, 1, len, now);
	lane_link(o, f, inner, len);
	return true;
}

static void
judge_all(struct dp *d, struct dp_if *ifp, const struct lane_pkt *p, size_t n, const struct crypto_job *jobs, struct lane_out *o, int64_t now)
{
	size_t		i, strangers = 0, usual = 0, others = 0;
	uint32_t	good_src = 0;

	for (i = 0; i < n; i++)
		if (p[i].sa != NULL && p[i].ntext >= IP4_LEN)
			__builtin_prefetch(&d->lane->flows[lane_home(d->lane, get32(p[i].ip + p[i].esp + p[i].sa->head + IP4_DST))]);
	for (i = 0; i < n; i++)
		if (p[i].sa == NULL) {
			stranger(d, ifp, &p[i]);
			strangers++;
		} else if (p[i].job != NO_JOB && judge(d, ifp, &p[i], &jobs[p[i].job], o, &good_src, now))
			usual++;
		else
			others += judge_slow(d, ifp, &p[i], jobs, o, now);
	d->count[DPC_ident_ok] += usual;
	d->count[DPC_esp_in_ok] += usual;
	d->count[DPC_ip_in] += usual;
	d->count[DPC_ip_forwarded] += usual;
	d->count[DPC_decrypt_switch] += usual + others;
}

size_t
lane_open(struct dp *d, struct dp_if *ifp, struct lane_pkt *p, size_t n, struct lane_out *o, int64_t now)
{
	struct crypto_job	*jobs = sad_jobs(d->sad, n);
	size_t			 i, njobs;

	n = find_all(d, p, n);
	look_up_all(d->sad, p, n);
	for (i = 0; i < n && p[0].sa != p[n - 1].sa; i++)
		if (p[i].sa != NULL) {
			__builtin_prefetch(p[i].sa->crypt);
			__builtin_prefetch((const char *)p[i].sa->crypt + 64);
		}
	n = jobs_make(p, n, jobs, &njobs);
	if (njobs > 0)
		crypto_open(&d->sad->crypto, jobs, njobs);
	judge_all(d, ifp, p, n, jobs, o, now);
	d->count[DPC_ip_local] += n;
	d->count[DPC_check_consumed] += n;
	return n;
}
