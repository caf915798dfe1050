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
#define SLOT_BITS	21
#define SLOT_MAX	((UINT32_C(1) << SLOT_BITS) - 2)
#define GEN_MAX		((UINT32_C(1) << (32 - SLOT_BITS)) - 1)
#define SA_LIMIT	1000000
#define MTU_UNKNOWN	1500
#define SA_LINE		64		/* bytes of a cache line */

_Static_assert(offsetof(struct sa, p) <= 192, "an SA's hot part has grown");

/* --- Slots and handles --- */

static struct sa_slot *
slot_of(const struct sad *t, uint32_t handle)
{
	uint32_t	i = handle & ((UINT32_C(1) << SLOT_BITS) - 1);

	if (i == 0 || i > t->nslots || t->slots[i - 1].gen != handle >> SLOT_BITS)
		return NULL;
	return &t->slots[i - 1];
}

struct sa *
sa_by_handle(const struct dp *d, uint32_t handle)
{
	struct sa_slot	*slot = slot_of(d->sad, handle);

	return slot != NULL ? slot->sa : NULL;
}

static void
slots_grow(struct sad *t)
{
	uint32_t	n = t->nslots != 0 ? t->nslots * 2 : 8, i;

	if (n > SLOT_MAX)
		n = SLOT_MAX;
	t->slots = xrealloc(t->slots, n * sizeof(*t->slots));
	for (i = n; i-- > t->nslots; ) {
		t->slots[i] = (struct sa_slot){ .next = t->free };
		t->free = i + 1;
	}
	t->nslots = n;
}

static void
slot_take(struct sad *t, struct sa *s)
{
	struct sa_slot	*slot;
	uint32_t	 i;

	if (t->free == 0)
		slots_grow(t);
	i = t->free;
	slot = &t->slots[i - 1];
	t->free = slot->next;
	slot->sa = s;
	s->handle = slot->gen << SLOT_BITS | i;
	t->count++;
}

static void
slot_give(struct sad *t, uint32_t handle)
{
	struct sa_slot	*slot = slot_of(t, handle);

	slot->sa = NULL;
	slot->gen = slot->gen == GEN_MAX ? 0 : slot->gen + 1;
	slot->next = t->free;
	t->free = (uint32_t)(slot - t->slots) + 1;
	t->count--;
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
	return s->seq_end - s->seq_end / 16;
}

static void
seq_due(struct dp *d, struct sa *s)
{
	if (s->seq.last >= s->seq_end) {
		s->flags |= SA_F_DEAD;
		sa_say(d, s, SA_F_SEQ_END, SA_EVENT_SEQ_END);
	} else if (s->seq.last >= seq_soft(s) && sa_say(d, s, SA_F_SEQ_SOFT, SA_EVENT_SEQ_SOFT))
		s->seq_next = s->seq_end;
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

static void
soft_timer(void *arg)
{
	sa_timed(arg, SA_EVENT_SOFT_TIME);
}

static void
hard_timer(void *arg)
{
	struct sa	*s = arg;

	s->flags |= SA_F_DEAD;
	timer_stop(&s->soft);
	timer_stop(&s->idle);
	sa_timed(s, SA_EVENT_HARD_TIME);
}

/* When it was used last, or made; another worker may have used it. */
static int64_t
sa_used(struct sa *s)
{
	struct sa_info	i = { .last_used_ns = s->last_used };

	if (s->dp->worker != NULL)
		worker_sa_info(s->dp, s->handle, s->spi, &i);
	return i.last_used_ns > s->installed ? i.last_used_ns : s->installed;
}

/* Said once for each time that the SA falls idle. */
static void
idle_timer(void *arg)
{
	struct sa	*s = arg;
	int64_t		 since = sa_used(s), at = s->idle.at;

	if (since + s->p.idle_ns > at) {
		timer_at(&s->idle, since + s->p.idle_ns);
		return;
	}
	timer_at(&s->idle, at + s->p.idle_ns);
	if (s->idle_said > since)
		return;
	s->idle_said = at;
	sa_timed(s, SA_EVENT_IDLE);
}

static void
sa_arm(struct sa *s, int64_t now)
{
	struct clock	*c = s->dp->clock;

	timer_init(&s->soft, c, soft_timer, s);
	timer_init(&s->hard, c, hard_timer, s);
	timer_init(&s->idle, c, idle_timer, s);
	if (s->p.soft_ns != 0)
		timer_at(&s->soft, now + s->p.soft_ns);
	if (s->p.hard_ns != 0)
		timer_at(&s->hard, now + s->p.hard_ns);
	if (s->p.idle_ns != 0)
		timer_at(&s->idle, now + s->p.idle_ns);
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

static void
sa_compile(struct dp *d, struct sa *s, const struct sa_params *p, int64_t now)
{
	s->p = *p;
	wipe(s->p.enc_key, sizeof(s->p.enc_key));
	wipe(s->p.auth_key, sizeof(s->p.auth_key));
	s->dp = d;
	s->spi = p->spi;
	if (p->src.af == ADDR_V4) {
		s->src = p->src.v4;
		s->dst = p->dst.v4;
	} else {
		s->src6 = a6_of(&p->src);
		s->dst6 = a6_of(&p->dst);
	}
	s->tunnel_if = p->tunnel_if;
	s->flags = sa_flags(p);
	s->size = s->crypt->size;
	s->udp = p->udp_port != 0 ? NATT_UDP : 0;
	s->udp_port = p->udp_port;
	s->head = p->proto == SA_AH ? (uint8_t)(AH_HEADER + s->size.icv) : (uint8_t)(ESP_HEADER + s->size.iv);
	if (p->proto == SA_AH && p->src.af == ADDR_V6)
		s->head = (uint8_t)((s->head + 7) & ~7);	/* RFC 4302, 3.3.3.2.1: padded to eight bytes */
	s->seq_end = p->esn ? UINT64_MAX : UINT32_MAX;
	s->seq_next = seq_soft(s);
	s->installed = now;
	sa_outer(s);
}

static struct sa *
sa_alloc(unsigned window)
{
	size_t		 words = window != 0 ? replay_words(window) : 0;
	size_t		 n = sizeof(struct sa) + words * sizeof(uint64_t);
	struct sa	*s;

	n = (n + SA_LINE - 1) / SA_LINE * SA_LINE;
	if ((s = aligned_alloc(SA_LINE, n)) == NULL)
		fatal("no memory for an SA");
	memset(s, 0, n);
	s->seq.window = (uint16_t)window;
	s->seq.bits = words != 0 ? (uint64_t *)(s + 1) : NULL;
	s->seq.mask = words != 0 ? (uint16_t)(words - 1) : 0;
	return s;
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

/* Without an ICV anyone could move the window (RFC 4303, 3.4.3). */
static unsigned
sa_window(const struct sa_params *p, const struct cryptor *k)
{
	return p->dir == SA_IN && k->size.icv != 0 ? p->replay_window : 0;
}

uint32_t
dp_sa_add(struct dp *d, const struct sa_params *p, const char **why, int64_t now)
{
	struct sad	*t = d->sad;
	struct cryptor	*k;
	struct sa	*s;

	if ((*why = sa_refusal(t, p)) != NULL || (k = cryptor_new(&t->crypto, p, why)) == NULL)
		return SA_NONE;
	s = sa_alloc(sa_window(p, k));
	s->crypt = k;
	sa_compile(d, s, p, now);
	slot_take(t, s);
	if (p->dir == SA_IN)
		spi_add(&t->spis, s->spi, s->p.proto, s);
	sa_arm(s, now);
	if (d->worker != NULL)
		mirror_sa_add(d, s->handle, p);
	return s->handle;
}

static void
sa_free(struct sad *t, struct sa *s)
{
	timer_stop(&s->soft);
	timer_stop(&s->hard);
	timer_stop(&s->idle);
	policy_remove(t, s);
	if (!(s->flags & SA_F_OUT))
		spi_del(&t->spis, s->spi, s->p.proto);
	slot_give(t, s->handle);
	cryptor_free(s->crypt);
	free(s);
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

	for (i = 0; i < t->nslots; i++)
		if (t->slots[i].sa != NULL)
			sa_free(t, t->slots[i].sa);
	spi_table_fini(&t->spis);
	crypto_fini(&t->crypto);
	free(t->slots);
	free(t->policies);
	free(t->jobs);
	free(t);
	d->sad = NULL;
}

/* --- What is asked of them --- */

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
	out->auth_failed = s->faults.auth;
	out->replayed = s->faults.replay;
	out->bad_len = s->faults.len;
	out->bad_selector = s->faults.selector;
	out->bad_proto = s->faults.proto;
	out->seq_overflow = s->faults.overflow;
	out->expired = s->faults.expired;
	out->rollover = s->rollovers;
	out->internal_err = s->faults.internal;
	out->encaps_failed = s->faults.encaps;
}

bool
dp_sa_info(const struct dp *d, uint32_t sa, struct sa_info *out)
{
	const struct sa	*s = sa_by_handle(d, sa);

	if (s == NULL)
		return false;
	*out = (struct sa_info){
		.p = s->p, .handle = s->handle, .installed_ns = s->installed, .last_used_ns = s->last_used,
		.packets = s->packets - s->packets_base, .bytes = s->bytes - s->bytes_base, .seq = s->seq.last,
		.overhead = sa_overhead(s), .plaintext_mtu = sa_inner_mtu(d, s), .dead = s->flags & SA_F_DEAD,
	};
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
	s->p.ip_mtu = ip_mtu;
	if (d->worker != NULL)
		mirror_sa_mtu(d, sa, ip_mtu);
}

void
dp_sa_set_peer(struct dp *d, uint32_t sa, const struct addr *peer, uint16_t port)
{
	struct sa	*s = sa_by_handle(d, sa);

	if (s == NULL || !(s->flags & SA_F_UDP) || port == 0 || peer->af != (s->flags & SA_F_V6 ? ADDR_V6 : ADDR_V4))
		return;
	s->p.udp_port = s->udp_port = port;
	*(s->p.dir == SA_IN ? &s->p.src : &s->p.dst) = *peer;
	if (s->flags & SA_F_V6) {
		*(s->p.dir == SA_IN ? &s->src6 : &s->dst6) = a6_of(peer);
		return;
	}
	*(s->p.dir == SA_IN ? &s->src : &s->dst) = peer->v4;
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
		spi_del(&d->sad->spis, s->spi, s->p.proto);
	else if (spi_find(&d->sad->spis, s->spi, s->p.proto) == NULL)
		spi_add(&d->sad->spis, s->spi, s->p.proto, s);
	if (d->worker != NULL)
		mirror_sa_listen(d, sa, on);
}

bool
dp_spi_known(const struct dp *d, uint32_t spi, const struct addr *dst, enum sa_proto proto, uint32_t *sa)
{
	const struct sa	*s = spi_find(&d->sad->spis, spi, proto);

	if (s == NULL || !addr_eq(&s->p.dst, dst))
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
