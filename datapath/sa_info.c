/* What is asked of SAs, and what is changed about them while they live; new SPIs. */

#include "datapath/ah.h"
#include "datapath/ip6.h"
#include "datapath/sa_int.h"
#include "datapath/wire.h"
#include "datapath/worker_hook.h"
#include "lib/chance.h"

#define MTU_UNKNOWN	1500
#define MOST_PACKETS	UINT64_C(65536)				/* of a vector, all of it cut into pieces */
#define MOST_BYTES	(UINT64_C(65536) * DP_BATCH)

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
sa_may_end(const struct dp *d, uint32_t sa)
{
	const struct sa	*s = sa_by_handle(d, sa);

	return s != NULL && ((s->p.hard_bytes != 0 && s->bytes + MOST_BYTES >= s->p.hard_bytes) || s->seq.last + MOST_PACKETS >= sa_seq_end(s));
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
	s->p.ip_mtu = sa_mtu_kept(ip_mtu);
	dp_changed(d);
	if (d->worker != NULL)
		mirror_sa_mtu(d, sa, ip_mtu);
}

void
dp_sa_set_peer(struct dp *d, uint32_t sa, const struct addr *peer, uint16_t port)
{
	struct sa	*s = sa_by_handle(d, sa);

	if (s == NULL || !(s->flags & SA_F_UDP) || port == 0 || peer->af != (s->flags & SA_F_V6 ? ADDR_V6 : ADDR_V4))
		return;
	dp_changed(d);
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
	if (d->worker != NULL)
		worker_crypto_info(d, info);
}

bool
dp_cipher_available(struct dp *d, enum sa_cipher c)
{
	return crypto_available(&d->sad->crypto, c);
}
