/* Security associations: compiled from what was negotiated, and unmade. */

#include <stdlib.h>
#include <string.h>

#include "datapath/ah.h"
#include "datapath/ip6.h"
#include "datapath/natt.h"
#include "datapath/sa_int.h"
#include "datapath/wire.h"
#include "datapath/worker_hook.h"
#include "lib/chance.h"
#include "lib/mem.h"

#define SA_LIMIT	1000000

_Static_assert(offsetof(struct sa, p) == 2 * SA_LINE, "an SA's hot part has grown");
_Static_assert(sizeof(struct sa) == 6 * SA_LINE, "an SA has grown");

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
void
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

uint16_t
sa_mtu_kept(unsigned ip_mtu)
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
		.auth_key_len = (uint8_t)p->auth_key_len, .replay_window = (uint16_t)p->replay_window, .ip_mtu = sa_mtu_kept(p->ip_mtu),
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
		s->seq_next = sa_seq_soft(s);
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
	sa_place_give(t, s);
}

uint32_t
dp_sa_add(struct dp *d, const struct sa_params *p, const char **why, int64_t now)
{
	struct sad	*t = d->sad;
	struct cryptor	*k;
	struct sa	*s;

	if ((*why = sa_refusal(t, p)) != NULL || (k = cryptor_new(&t->crypto, p, why)) == NULL)
		return SA_NONE;
	s = sa_place_take(t);
	s->crypt = k;
	sa_compile(d, s, p);
	if (p->dir == SA_IN && !spi_add(&t->spis, s->spi, sa_proto(s), s)) {
		sa_free(t, s);
		*why = "the SPI table has no room for it";
		return SA_NONE;
	}
	s->installed = now;
	sa_timer_start(s, now);
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
	dp_changed(d);
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
		if (t->mem[i >> SLAB_BITS] != NULL && (s = sa_place_of(t, i + 1))->handle != SA_NONE)
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
