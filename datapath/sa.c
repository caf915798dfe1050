/*
 * Security associations: compiled from what was negotiated, found by SPI and by handle, counted, and
 * brought to their end (RFC 4301, 4.4.2.1: lifetimes in seconds and bytes, soft and hard; RFC 4303, 3.3.3:
 * the end of the sequence numbers).
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/ah.h"
#include "datapath/ip6.h"
#include "datapath/natt.h"
#include "datapath/sa_run.h"
#include "datapath/wire.h"
#include "datapath/worker_hook.h"
#include "lib/chance.h"
#include "lib/mem.h"

#define SPI_FIRST	256u		/* those below are reserved (RFC 4303, 2.1) */
#define SLOT_MAX	(SLOT_MASK - 1)
#define GEN_MAX		((UINT32_C(1) << (32 - SLOT_BITS)) - 1)
#define SA_LIMIT	1000000
#define MTU_UNKNOWN	1500
#define SA_LINE		64		/* bytes of a cache line */

_Static_assert(offsetof(struct sa, p) == 2 * SA_LINE, "an SA's hot part has grown");
_Static_assert(sizeof(struct sa) == 6 * SA_LINE, "an SA has grown");

/* --- Places and handles --- */

static struct sa *
place_of(const struct sad *t, uint32_t i)
{
	return &t->mem[(i - 1) >> SLAB_BITS][(i - 1) % SLAB_SAS];
}

static void
place_free(struct sad *t, uint32_t i)
{
	struct sa	*s = place_of(t, i);

	s->handle = SA_NONE;
	s->free_prev = 0;
	s->free_next = t->free;
	if (t->free != 0)
		place_of(t, t->free)->free_prev = i;
	t->free = i;
}

static void
place_unfree(struct sad *t, uint32_t i)
{
	const struct sa	*s = place_of(t, i);

	if (s->free_prev != 0)
		place_of(t, s->free_prev)->free_next = s->free_next;
	else
		t->free = s->free_next;
	if (s->free_next != 0)
		place_of(t, s->free_next)->free_prev = s->free_prev;
}

/* One more slab, without memory. */
static uint32_t
slab_new(struct sad *t)
{
	if (t->nslabs == t->cslabs) {
		t->cslabs = t->cslabs != 0 ? t->cslabs * 2 : 2;
		t->mem = xrealloc(t->mem, t->cslabs * sizeof(struct sa *));
		t->slabs = xrealloc(t->slabs, t->cslabs * sizeof(struct sa_slab *));
	}
	t->mem[t->nslabs] = NULL;
	t->slabs[t->nslabs] = xcalloc(1, sizeof(struct sa_slab));
	return t->nslabs++;
}

static void
slab_fill(struct sad *t)
{
	uint32_t	k = t->bare != 0 ? t->bare - 1 : slab_new(t), i;

	t->bare = t->slabs[k]->next;
	if ((t->mem[k] = aligned_alloc(SA_LINE, SLAB_SAS * sizeof(struct sa))) == NULL)
		fatal("no memory for SAs");
	for (i = SLAB_SAS; i > 0; i--)
		place_free(t, k * SLAB_SAS + i);
}

static void
slab_bare(struct sad *t, uint32_t k)
{
	uint32_t	i;

	for (i = 1; i <= SLAB_SAS; i++)
		place_unfree(t, k * SLAB_SAS + i);
	free(t->mem[k]);
	t->mem[k] = NULL;
	t->slabs[k]->next = t->bare;
	t->bare = k + 1;
}

/* All zero but for its handle. */
static struct sa *
place_take(struct sad *t)
{
	struct sa_slab	*slab;
	struct sa	*s;
	uint32_t	 i;

	if (t->free == 0)
		slab_fill(t);
	i = t->free;
	place_unfree(t, i);
	s = place_of(t, i);
	memset(s, 0, sizeof(*s));
	slab = t->slabs[(i - 1) >> SLAB_BITS];
	slab->used++;
	s->handle = (uint32_t)slab->gen[(i - 1) % SLAB_SAS] << SLOT_BITS | i;
	t->count++;
	return s;
}

/* The first slab stays: most routers need no other. */
static void
place_give(struct sad *t, const struct sa *s)
{
	uint32_t	 i = s->handle & SLOT_MASK, k = (i - 1) >> SLAB_BITS;
	struct sa_slab	*slab = t->slabs[k];
	uint16_t	*gen = &slab->gen[(i - 1) % SLAB_SAS];

	*gen = *gen == GEN_MAX ? 0 : (uint16_t)(*gen + 1);
	place_free(t, i);
	t->count--;
	if (--slab->used == 0 && k != 0)
		slab_bare(t, k);
}

/* Doubles, so that a router that has seen its largest vector allocates no more. */
struct crypto_job *
sad_jobs(struct sad *t, size_t n)
{
	size_t	want = t->cjobs != 0 ? t->cjobs : 4;

	while (want < n)
		want *= 2;
	if (want != t->cjobs) {
		t->jobs = xrealloc(t->jobs, want * sizeof(*t->jobs));
		t->cjobs = want;
	}
	return t->jobs;
}

/* --- Events --- */

/* Once each; where the batch's events are full it is tried again with the next packet. */
static bool
sa_say(struct dp *d, struct sa *s, uint32_t flag, enum sa_event_kind kind)
{
	if (s->flags & flag)
		return true;
	if (!dp_event_sa(d, kind, s->handle, s->p.cookie))
		return false;
	s->flags |= flag;
	return true;
}

static uint64_t
least_above_zero(uint64_t a, uint64_t b)
{
	if (a == 0 || b == 0)
		return a + b == 0 ? UINT64_MAX : a + b;
	return a < b ? a : b;
}

static void
bytes_due(struct dp *d, struct sa *s)
{
	uint64_t	soft = s->p.soft_bytes, hard = s->p.hard_bytes;
	bool		said;

	said = sa_say(d, s, SA_F_FIRST, SA_EVENT_FIRST_USE);
	if (hard != 0 && s->bytes >= hard) {
		s->flags |= SA_F_DEAD;
		said &= sa_say(d, s, SA_F_HARD_BYTES, SA_EVENT_HARD_BYTES);
		hard = 0;
	} else if (soft != 0 && s->bytes >= soft)
		said &= sa_say(d, s, SA_F_SOFT_BYTES, SA_EVENT_SOFT_BYTES);
	if (s->bytes >= soft)
		soft = 0;
	s->bytes_next = said ? least_above_zero(soft, hard) : 0;
}

static uint64_t
seq_soft(const struct sa *s)
{
	return sa_seq_end(s) - sa_seq_end(s) / 16;
}

static void
seq_due(struct dp *d, struct sa *s)
{
	if (s->seq.last >= sa_seq_end(s)) {
		s->flags |= SA_F_DEAD;
		sa_say(d, s, SA_F_SEQ_END, SA_EVENT_SEQ_END);
	} else if (s->seq.last >= seq_soft(s) && sa_say(d, s, SA_F_SEQ_SOFT, SA_EVENT_SEQ_SOFT))
		s->seq_next = sa_seq_end(s);
}

void
sa_due(struct dp *d, struct sa *s)
{
	if (s->bytes >= s->bytes_next && s->packets != 0)
		bytes_due(d, s);
	if (s->flags & SA_F_OUT && s->seq.last >= s->seq_next)
		seq_due(d, s);
}

void
sa_account(struct dp *d, struct sa *s, size_t n, int64_t now)
{
	s->packets++;
	s->bytes += n;
	s->last_used = now;
	if (s->bytes >= s->bytes_next || (s->flags & SA_F_OUT && s->seq.last >= s->seq_next))
		sa_due(d, s);
}

void
sa_fault(struct dp *d, const struct sa *s, const struct pkt *p, enum dp_fault_kind kind, uint64_t seq)
{
	const struct dp_fault	f = {
		.kind = kind, .sa = s->handle, .spi = s->spi, .src = pkt_src(p), .dst = pkt_dst(p),
		.cookie = s->p.cookie, .seq = seq, .in_if = p->in_if,
	};

	dp_event_fault(d, &f);
}

static void
sa_timed(struct sa *s, enum sa_event_kind kind)
{
	struct dp	*d = s->dp;

	dp_enter(d);
	dp_event_sa(d, kind, s->handle, s->p.cookie);
	dp_leave(d);
}

/* When it was used last, or made; another worker may have used it. */
static int64_t
sa_since(const struct sa *s)
{
	struct sa_info	i = { .last_used_ns = s->last_used };

	if (s->dp->worker != NULL)
		worker_sa_info(s->dp, s->handle, s->spi, &i);
	return i.last_used_ns > s->installed ? i.last_used_ns : s->installed;
}

/* When to look whether it is idle: as soon as it may be, or, once that was said, after as long again. */
static int64_t
idle_next(struct sa *s, int64_t now)
{
	int64_t	at;

	if (s->p.idle_ns == 0)
		return CLOCK_NEVER;
	at = sa_since(s) + s->p.idle_ns;
	if (at > now) {
		s->flags &= ~SA_F_IDLE;
		return at;
	}
	return s->flags & SA_F_IDLE ? now + s->p.idle_ns : at;
}

static int64_t
soft_next(const struct sa *s)
{
	return s->p.soft_ns != 0 && !(s->flags & SA_F_SOFT_TIME) ? s->installed + s->p.soft_ns : CLOCK_NEVER;
}

static int64_t
hard_next(const struct sa *s)
{
	return s->p.hard_ns != 0 ? s->installed + s->p.hard_ns : CLOCK_NEVER;
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void
sa_arm(struct sa *s, int64_t now)
{
	timer_at(&s->timer, sooner(sooner(soft_next(s), hard_next(s)), idle_next(s, now)));
}

/* Said once for each time that the SA falls idle. */
static bool
idle_due(struct sa *s, int64_t at)
{
	int64_t	since;

	if (s->p.idle_ns == 0)
		return false;
	since = sa_since(s);
	if (since + s->p.idle_ns > at || (s->flags & SA_F_IDLE && since < at - s->p.idle_ns))
		return false;
	s->flags |= SA_F_IDLE;
	return true;
}

/* What is due goes by the time that the timer was set to, not by how late it runs; one thing at a time. */
static void
sa_timer(void *arg)
{
	struct sa	*s = arg;
	int64_t		 at = clock_ran(s->dp->clock);

	if (soft_next(s) <= at) {
		s->flags |= SA_F_SOFT_TIME;
		sa_arm(s, at);
		sa_timed(s, SA_EVENT_SOFT_TIME);
	} else if (hard_next(s) <= at) {
		s->flags |= SA_F_DEAD;
		sa_timed(s, SA_EVENT_HARD_TIME);
	} else if (idle_due(s, at)) {
		sa_arm(s, at);
		sa_timed(s, SA_EVENT_IDLE);
	} else
		sa_arm(s, at);
}

/* --- Making and unmaking --- */

static uint32_t
sa_flags(const struct sa_params *p)
{
	uint32_t	f = 0;

	f |= p->dir == SA_OUT ? SA_F_OUT : 0;
	f |= p->transport ? SA_F_TRANSPORT : 0;
	f |= p->udp_port != 0 ? SA_F_UDP : 0;
	f |= p->cut_after ? SA_F_CUT_AFTER : 0;
	f |= p->proto == SA_AH ? SA_F_AH : 0;
	f |= p->esn ? SA_F_ESN : 0;
	f |= p->df_copy ? SA_F_DF_COPY : 0;
	f |= p->df_set ? SA_F_DF_SET : 0;
	if (p->sel_src_mask != 0 || p->sel_dst_mask != 0 || p->sel_proto != 0 || p->sel_sport != 0 ||
	    p->sel_dport != 0 || p->sel6_src.len != 0 || p->sel6_dst.len != 0)
		f |= SA_F_SELECT;
	f |= p->sel6_src.addr.af == ADDR_V6 || p->sel6_dst.addr.af == ADDR_V6 ? SA_F_SEL6 : 0;
	f |= p->dir == SA_IN && p->was_src.af == p->src.af ? SA_F_WAS : 0;
	f |= p->src.af == ADDR_V6 ? SA_F_V6 : 0;
	f |= p->inner6 ? SA_F_IN6 : 0;
	return f;
}

/* Total length, TOS, ID, DF and the checksum are each packet's own. */
static void
sa_outer(struct sa *s)
{
	s->outer[0] = 0x45;
	s->outer[IP4_TTL] = OUTER_TTL;
	s->outer[IP4_PROTO] = sa_outer_proto(s);
	put32(s->outer + IP4_SRC, s->src);
	put32(s->outer + IP4_DST, s->dst);
	s->outer_sum = (uint32_t)((~(unsigned)sum_of(s->outer, IP4_LEN)) & 0xffff);
}

static uint8_t
sel6_len(const struct prefix *p)
{
	return p->addr.af == ADDR_V6 ? p->len : SEL6_ANY;
}

/* No packet is longer. */
static uint16_t
mtu_kept(unsigned ip_mtu)
{
	return ip_mtu < UINT16_MAX ? (uint16_t)ip_mtu : UINT16_MAX;
}

static void
sa_keep(struct sa_kept *k, const struct sa_params *p, bool sel6)
{
	*k = (struct sa_kept){
		.sel6_src_len = sel6_len(&p->sel6_src), .sel6_dst_len = sel6_len(&p->sel6_dst),
		.sel_proto = p->sel_proto, .sel_sport = p->sel_sport, .sel_dport = p->sel_dport,
		.cipher = (uint8_t)p->cipher, .auth = (uint8_t)p->auth, .enc_key_len = (uint8_t)p->enc_key_len,
		.auth_key_len = (uint8_t)p->auth_key_len, .replay_window = (uint16_t)p->replay_window, .ip_mtu = mtu_kept(p->ip_mtu),
		.policy = p->policy, .guard = p->guard, .cookie = p->cookie, .soft_ns = p->soft_ns, .hard_ns = p->hard_ns,
		.idle_ns = p->idle_ns, .soft_bytes = p->soft_bytes, .hard_bytes = p->hard_bytes,
	};
	if (sel6) {
		k->sel6_src = a6_of(&p->sel6_src.addr);
		k->sel6_dst = a6_of(&p->sel6_dst.addr);
	} else {
		k->sel_src = p->sel_src;
		k->sel_src_mask = p->sel_src_mask;
		k->sel_dst = p->sel_dst;
		k->sel_dst_mask = p->sel_dst_mask;
	}
}

static void
sa_ends(struct sa *s, const struct sa_params *p)
{
	if (p->src.af == ADDR_V6) {
		s->src6 = a6_of(&p->src);
		s->dst6 = a6_of(&p->dst);
		return;
	}
	s->src = p->src.v4;
	s->dst = p->dst.v4;
	if (s->flags & SA_F_WAS) {
		s->was_src = p->was_src.v4;
		s->was_dst = p->was_dst.v4;
	}
}

/* Without an ICV anyone could move the window (RFC 4303, 3.4.3). */
static unsigned
sa_window(const struct sa_params *p, const struct cryptor *k)
{
	return k->size.icv != 0 ? p->replay_window : 0;
}

/* The bits lie in the SA if they fit, else beside it. */
static void
sa_inbound(struct sa *s, const struct sa_params *p)
{
	unsigned	window = sa_window(p, s->crypt);
	size_t		words = window != 0 ? replay_words(window) : 0;
	bool		was6 = (s->flags & (SA_F_WAS | SA_F_V6)) == (SA_F_WAS | SA_F_V6);
	bool		out = words > sizeof(s->ring) / sizeof(s->ring[0]);

	if (out || was6)
		s->wide = xcalloc(1, sizeof(*s->wide) + (out ? words * sizeof(s->wide->bits[0]) : 0));
	if (was6) {
		s->wide->was_src6 = a6_of(&p->was_src);
		s->wide->was_dst6 = a6_of(&p->was_dst);
	}
	if (window == 0)
		return;
	s->seq.window = (uint16_t)window;
	s->seq.mask = (uint16_t)(words - 1);
	s->seq.bits = out ? s->wide->bits : s->ring;
}

static void
sa_compile(struct dp *d, struct sa *s, const struct sa_params *p)
{
	s->dp = d;
	s->spi = p->spi;
	s->flags = sa_flags(p);
	sa_keep(&s->p, p, s->flags & SA_F_SEL6);
	sa_ends(s, p);
	s->tunnel_if = p->tunnel_if;
	s->size = s->crypt->size;
	s->udp = p->udp_port != 0 ? NATT_UDP : 0;
	s->udp_port = p->udp_port;
	s->head = p->proto == SA_AH ? (uint8_t)(AH_HEADER + s->size.icv) : (uint8_t)(ESP_HEADER + s->size.iv);
	if (p->proto == SA_AH && p->src.af == ADDR_V6)
		s->head = (uint8_t)((s->head + 7) & ~7);	/* RFC 4302, 3.3.3.2.1: padded to eight bytes */
	if (p->dir == SA_OUT) {
		s->seq_next = seq_soft(s);
		sa_outer(s);
	} else
		sa_inbound(s, p);
}

static const char *
sa_refusal(const struct sad *t, const struct sa_params *p)
{
	if (t->count >= t->limit)
		return "the SA table is full";
	if (p->src.af != p->dst.af || (p->src.af != ADDR_V4 && p->src.af != ADDR_V6))
		return "the outer addresses are not of one family";
	if (p->spi < SPI_FIRST)
		return "SPIs below 256 are reserved";
	if (p->udp_port != 0 && p->proto != SA_ESP)
		return "only ESP goes in UDP";
	if (p->dir == SA_IN && spi_find(&t->spis, p->spi, p->proto) != NULL)
		return "the SPI is taken";
	if (p->dir == SA_IN && p->replay_window > REPLAY_MAX)
		return "the replay window is too large";
	return NULL;
}

static void
sa_free(struct sad *t, struct sa *s)
{
	timer_stop(&s->timer);
	if (s->flags & SA_F_OUT)
		policy_remove(t, s);
	else {
		spi_del(&t->spis, s->spi, sa_proto(s));
		free(s->wide);
	}
	cryptor_free(s->crypt);
	place_give(t, s);
}

uint32_t
dp_sa_add(struct dp *d, const struct sa_params *p, const char **why, int64_t now)
{
	struct sad	*t = d->sad;
	struct cryptor	*k;
	struct sa	*s;

	if ((*why = sa_refusal(t, p)) != NULL || (k = cryptor_new(&t->crypto, p, why)) == NULL)
		return SA_NONE;
	s = place_take(t);
	s->crypt = k;
	sa_compile(d, s, p);
	if (p->dir == SA_IN && !spi_add(&t->spis, s->spi, sa_proto(s), s)) {
		sa_free(t, s);
		*why = "the SPI table has no room for it";
		return SA_NONE;
	}
	s->installed = now;
	timer_init(&s->timer, d->clock, sa_timer, s);
	sa_arm(s, now);
	if (d->worker != NULL)
		mirror_sa_add(d, s->handle, p);
	return s->handle;
}

void
dp_sa_del(struct dp *d, uint32_t sa)
{
	struct sa	*s = sa_by_handle(d, sa);

	if (s == NULL)
		return;
	if (d->worker != NULL)
		mirror_sa_del(d, sa, s->spi);
	sa_free(d->sad, s);
	if (d->worker != NULL && d->sad->npolicies == 0)
		mirror_slow(d);
}

void
sad_init(struct dp *d)
{
	struct sad	*t = xcalloc(1, sizeof(*t));

	t->limit = SA_LIMIT;
	t->spi_hi = UINT32_MAX;
	t->blind_value = 1;
	spi_table_init(&t->spis, chance_u32(d->chance));
	crypto_init(&t->crypto, d->chance);
	d->sad = t;
}

void
sad_fini(struct dp *d)
{
	struct sad	*t = d->sad;
	uint32_t	 i;
	struct sa	*s;

	for (i = 0; i < t->nslabs * SLAB_SAS; i++)
		if (t->mem[i >> SLAB_BITS] != NULL && (s = place_of(t, i + 1))->handle != SA_NONE)
			sa_free(t, s);
	for (i = 0; i < t->nslabs; i++) {
		free(t->mem[i]);
		free(t->slabs[i]);
	}
	spi_table_fini(&t->spis);
	crypto_fini(&t->crypto);
	free(t->mem);
	free(t->slabs);
	free(t->policies);
	free(t->jobs);
	free(t);
	d->sad = NULL;
}

/* --- What is asked of them --- */

void
sa_fetch(const struct dp *d, uint32_t sa)
{
	uint32_t	 i = (sa & ((UINT32_C(1) << SLOT_BITS) - 1)) - 1;
	const char	*s;

	if (i / SLAB_SAS >= d->sad->nslabs || d->sad->mem[i / SLAB_SAS] == NULL)
		return;
	s = (const char *)&d->sad->mem[i / SLAB_SAS][i % SLAB_SAS];
	__builtin_prefetch(s, 1);
	__builtin_prefetch(s + 64);
	__builtin_prefetch(s + 128);
}

void
sa_fetch_keys(const struct dp *d, uint32_t sa)
{
	const struct sa	*s = sa_by_handle(d, sa);

	if (s == NULL)
		return;
	__builtin_prefetch(s->crypt);
	__builtin_prefetch((const char *)s->crypt + 64);
}

bool
sa_usable(const struct dp *d, uint32_t sa)
{
	const struct sa	*s = sa_by_handle(d, sa);

	return s != NULL && (s->flags & (SA_F_OUT | SA_F_DEAD)) == SA_F_OUT;
}

bool
sa_cut_after(const struct dp *d, uint32_t sa)
{
	const struct sa	*s = sa_by_handle(d, sa);

	return s != NULL && s->flags & (SA_F_TRANSPORT | SA_F_CUT_AFTER);
}

static unsigned
sa_outer_mtu(const struct dp *d, const struct sa *s)
{
	unsigned	mtu = s->flags & SA_F_V6 ? dp6_path_mtu(d, s->dst6) : dp_path_mtu(d, s->dst);

	if (mtu == 0)
		mtu = MTU_UNKNOWN;
	return s->p.ip_mtu != 0 && s->p.ip_mtu < mtu ? s->p.ip_mtu : mtu;
}

/* The longest inner packet whose outer one fits; 0 if none does. */
static unsigned
sa_inner_mtu(const struct dp *d, const struct sa *s)
{
	unsigned	mtu = sa_outer_mtu(d, s), ip = sa_outer_len(s);
	unsigned	back = s->flags & SA_F_TRANSPORT ? ip : 0;
	unsigned	fixed = ip + s->udp + s->head + (s->flags & SA_F_AH ? 0 : s->size.icv);

	if (mtu < fixed + s->size.block)
		return 0;
	if (s->flags & SA_F_AH)
		return mtu - fixed + back;
	return (mtu - fixed) / s->size.block * s->size.block - 2 + back;
}

static unsigned
sa_overhead(const struct sa *s)
{
	unsigned	n = s->udp + s->head + (s->flags & SA_F_TRANSPORT ? 0u : sa_outer_len(s));

	return s->flags & SA_F_AH ? n : n + s->size.block - 1u + 2u + s->size.icv;
}

unsigned
sa_plaintext_mtu(const struct dp *d, uint32_t sa)
{
	const struct sa	*s = sa_by_handle(d, sa);

	return s != NULL ? sa_inner_mtu(d, s) : 0;
}

static void
sa_info_faults(const struct sa *s, struct sa_info *out)
{
	const struct sa_faults	*f = &s->faults;

	out->expired = f->expired;
	out->internal_err = f->internal;
	if (s->flags & SA_F_OUT) {
		out->seq_overflow = f->overflow;
		out->encaps_failed = f->encaps;
		return;
	}
	out->auth_failed = f->auth;
	out->replayed = f->replay;
	out->bad_len = f->len;
	out->bad_selector = f->selector;
	out->bad_proto = f->proto;
	out->rollover = s->rollovers;
}

static struct prefix
sel6_of(struct a6 a, uint8_t len)
{
	return len == SEL6_ANY ? (struct prefix){ 0 } : (struct prefix){ addr_v6(a), len };
}

static void
params_selectors(const struct sa *s, struct sa_params *p)
{
	const struct sa_kept	*k = &s->p;

	p->sel_proto = k->sel_proto;
	p->sel_sport = k->sel_sport;
	p->sel_dport = k->sel_dport;
	if (s->flags & SA_F_SEL6) {
		p->sel6_src = sel6_of(k->sel6_src, k->sel6_src_len);
		p->sel6_dst = sel6_of(k->sel6_dst, k->sel6_dst_len);
		return;
	}
	p->sel_src = k->sel_src;
	p->sel_src_mask = k->sel_src_mask;
	p->sel_dst = k->sel_dst;
	p->sel_dst_mask = k->sel_dst_mask;
}

static void
params_ends(const struct sa *s, struct sa_params *p)
{
	bool	v6 = s->flags & SA_F_V6;

	p->src = v6 ? addr_v6(s->src6) : addr_v4(s->src);
	p->dst = v6 ? addr_v6(s->dst6) : addr_v4(s->dst);
	if (s->flags & SA_F_WAS) {
		p->was_src = v6 ? addr_v6(s->wide->was_src6) : addr_v4(s->was_src);
		p->was_dst = v6 ? addr_v6(s->wide->was_dst6) : addr_v4(s->was_dst);
	}
}

void
sa_params_of(const struct sa *s, struct sa_params *p)
{
	const struct sa_kept	*k = &s->p;
	uint32_t		 f = s->flags;

	*p = (struct sa_params){
		.dir = f & SA_F_OUT ? SA_OUT : SA_IN, .proto = sa_proto(s), .transport = f & SA_F_TRANSPORT,
		.esn = f & SA_F_ESN, .cut_after = f & SA_F_CUT_AFTER, .df_copy = f & SA_F_DF_COPY, .df_set = f & SA_F_DF_SET,
		.inner6 = f & SA_F_IN6, .spi = s->spi, .udp_port = s->udp_port, .tunnel_if = s->tunnel_if,
		.cipher = k->cipher, .auth = k->auth, .enc_key_len = k->enc_key_len, .auth_key_len = k->auth_key_len,
		.replay_window = k->replay_window, .ip_mtu = k->ip_mtu, .policy = k->policy, .guard = k->guard, .cookie = k->cookie,
		.soft_ns = k->soft_ns, .hard_ns = k->hard_ns, .idle_ns = k->idle_ns,
		.soft_bytes = k->soft_bytes, .hard_bytes = k->hard_bytes,
	};
	params_ends(s, p);
	params_selectors(s, p);
}

bool
dp_sa_info(const struct dp *d, uint32_t sa, struct sa_info *out)
{
	const struct sa	*s = sa_by_handle(d, sa);

	if (s == NULL)
		return false;
	*out = (struct sa_info){
		.handle = s->handle, .installed_ns = s->installed, .last_used_ns = s->last_used,
		.packets = s->packets - s->packets_base, .bytes = s->bytes - s->bytes_base, .seq = s->seq.last,
		.overhead = sa_overhead(s), .plaintext_mtu = sa_inner_mtu(d, s), .dead = s->flags & SA_F_DEAD,
	};
	sa_params_of(s, &out->p);
	sa_info_faults(s, out);
	if (d->worker != NULL)
		worker_sa_info(d, sa, s->spi, out);
	return true;
}

/* The lifetime in bytes goes on. */
void
dp_sa_clear_counters(struct dp *d, uint32_t sa)
{
	struct sa	*s = sa_by_handle(d, sa);

	if (s == NULL)
		return;
	s->packets_base = s->packets;
	s->bytes_base = s->bytes;
	if (!(s->flags & SA_F_OUT))
		s->rollovers = 0;
	s->faults = (struct sa_faults){ 0 };
	if (d->worker != NULL)
		mirror_sa_clear(d, sa);
}

void
dp_sa_set_mtu(struct dp *d, uint32_t sa, unsigned ip_mtu)
{
	struct sa	*s = sa_by_handle(d, sa);

	if (s == NULL)
		return;
	s->p.ip_mtu = mtu_kept(ip_mtu);
	if (d->worker != NULL)
		mirror_sa_mtu(d, sa, ip_mtu);
}

void
dp_sa_set_peer(struct dp *d, uint32_t sa, const struct addr *peer, uint16_t port)
{
	struct sa	*s = sa_by_handle(d, sa);

	if (s == NULL || !(s->flags & SA_F_UDP) || port == 0 || peer->af != (s->flags & SA_F_V6 ? ADDR_V6 : ADDR_V4))
		return;
	s->udp_port = port;
	if (s->flags & SA_F_V6)
		*(s->flags & SA_F_OUT ? &s->dst6 : &s->src6) = a6_of(peer);
	else
		*(s->flags & SA_F_OUT ? &s->dst : &s->src) = peer->v4;
	if (s->flags & SA_F_OUT)
		sa_outer(s);
	if (d->worker != NULL)
		mirror_sa_peer(d, sa, peer, port);
}

static uint32_t
spi_draw(struct dp *d)
{
	uint64_t	span = (uint64_t)d->sad->spi_hi - d->sad->spi_lo + 1;

	return d->sad->spi_lo + (uint32_t)(chance_u32(d->chance) % span);
}

uint32_t
dp_spi_new(struct dp *d, enum sa_proto proto)
{
	uint32_t	spi;

	do
		spi = spi_draw(d);
	while (spi < SPI_FIRST || spi_find(&d->sad->spis, spi, proto) != NULL);
	return spi;
}

void
dp_spi_range(struct dp *d, uint32_t lo, uint32_t hi)
{
	d->sad->spi_lo = lo;
	d->sad->spi_hi = hi;
}

void
dp_spi_blind(struct dp *d, uint32_t mask, uint32_t value)
{
	d->sad->blind_mask = mask;
	d->sad->blind_value = mask == 0 ? 1 : value;
	if (d->worker != NULL)
		mirror_blind(d, mask, value);
}

void
dp_sa_listen(struct dp *d, uint32_t sa, bool on)
{
	struct sa	*s = sa_by_handle(d, sa);

	if (s == NULL || (s->flags & SA_F_OUT))
		return;
	if (!on)
		spi_del(&d->sad->spis, s->spi, sa_proto(s));
	else if (spi_find(&d->sad->spis, s->spi, sa_proto(s)) == NULL)
		spi_add(&d->sad->spis, s->spi, sa_proto(s), s);
	if (d->worker != NULL)
		mirror_sa_listen(d, sa, on);
}

static bool
sa_is_for(const struct sa *s, const struct addr *dst)
{
	if (s->flags & SA_F_V6)
		return dst->af == ADDR_V6 && a6_eq(s->dst6, a6_of(dst));
	return dst->af == ADDR_V4 && s->dst == dst->v4;
}

bool
dp_spi_known(const struct dp *d, uint32_t spi, const struct addr *dst, enum sa_proto proto, uint32_t *sa)
{
	const struct sa	*s = spi_find(&d->sad->spis, spi, proto);

	if (s == NULL || !sa_is_for(s, dst))
		return false;
	if (sa != NULL)
		*sa = s->handle;
	return true;
}

size_t
dp_sa_count(const struct dp *d)
{
	return d->sad->count;
}

void
dp_sa_limit(struct dp *d, size_t max)
{
	d->sad->limit = max < SLOT_MAX ? max : SLOT_MAX;
}

size_t
dp_sa_max(const struct dp *d)
{
	return d->sad->limit;
}

void
dp_crypto_info(const struct dp *d, struct crypto_info *info)
{
	crypto_info(&d->sad->crypto, info);
}

bool
dp_cipher_available(struct dp *d, enum sa_cipher c)
{
	return crypto_available(&d->sad->crypto, c);
}
