/* See esp_test.h.  Linked with --wrap, so that ip_input_batch() and ip_output_batch() are ours, and their twins for IPv6. */

#include <string.h>

#include "datapath/ip6.h"
#include "datapath/wire.h"
#include "lib/chance.h"
#include "lib/mem.h"
#include "testsuite/unit/esp_test.h"

#define START	INT64_C(1700000000000000000)

const struct form rig_forms[] = {
#define HASHES(name, cipher, n)								\
	{ name "+md5", SA_ESP, cipher, n, SA_AUTH_MD5_96, 16 },				\
	{ name "+sha1", SA_ESP, cipher, n, SA_AUTH_SHA1_96, 20 },			\
	{ name "+sha256", SA_ESP, cipher, n, SA_AUTH_SHA256_128, 32 },			\
	{ name "+sha384", SA_ESP, cipher, n, SA_AUTH_SHA384_192, 48 },			\
	{ name "+sha512", SA_ESP, cipher, n, SA_AUTH_SHA512_256, 64 }
	HASHES("null", SA_CIPHER_NULL, 0),
	HASHES("des", SA_CIPHER_DES, 8),
	HASHES("3des", SA_CIPHER_3DES, 24),
	HASHES("aes128", SA_CIPHER_AES_CBC, 16),
	HASHES("aes192", SA_CIPHER_AES_CBC, 24),
	HASHES("aes256", SA_CIPHER_AES_CBC, 32),
	{ "gcm128", SA_ESP, SA_CIPHER_AES_GCM, 20, SA_AUTH_NONE, 0 },
	{ "gcm192", SA_ESP, SA_CIPHER_AES_GCM, 28, SA_AUTH_NONE, 0 },
	{ "gcm256", SA_ESP, SA_CIPHER_AES_GCM, 36, SA_AUTH_NONE, 0 },
	{ "gmac128", SA_ESP, SA_CIPHER_AES_GMAC, 20, SA_AUTH_NONE, 0 },
	{ "gmac192", SA_ESP, SA_CIPHER_AES_GMAC, 28, SA_AUTH_NONE, 0 },
	{ "gmac256", SA_ESP, SA_CIPHER_AES_GMAC, 36, SA_AUTH_NONE, 0 },
	{ "ah-md5", SA_AH, SA_CIPHER_NULL, 0, SA_AUTH_MD5_96, 16 },
	{ "ah-sha1", SA_AH, SA_CIPHER_NULL, 0, SA_AUTH_SHA1_96, 20 },
	{ "ah-sha256", SA_AH, SA_CIPHER_NULL, 0, SA_AUTH_SHA256_128, 32 },
	{ "ah-sha384", SA_AH, SA_CIPHER_NULL, 0, SA_AUTH_SHA384_192, 48 },
	{ "ah-sha512", SA_AH, SA_CIPHER_NULL, 0, SA_AUTH_SHA512_256, 64 },
	{ NULL, SA_ESP, SA_CIPHER_NULL, 0, SA_AUTH_NONE, 0 },
};

void	__wrap_ip_input_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
void	__wrap_ip_output_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);

void	__wrap_ip6_input_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
void	__wrap_ip6_output_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);

static void
take(struct dp *d, struct pkt **v, size_t n)
{
	struct rig	*r = d->arg;
	size_t		 i;

	for (i = 0; i < n; i++) {
		if (r->each != NULL) {
			r->each(r->each_arg, v[i]);
			r->ngot++;
			pkt_free(d, v[i]);
			continue;
		}
		must(v[i]->len <= RIG_MAX);
		memcpy(r->got.bytes, v[i]->data, v[i]->len);
		r->got.len = v[i]->len;
		r->got.in_if = v[i]->in_if;
		r->got.flags = v[i]->flags;
		r->got.nest = v[i]->nest;
		r->got.sa = v[i]->sa;
		r->ngot++;
		pkt_free(d, v[i]);
	}
}

void
__wrap_ip_input_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	(void)now;
	take(d, v, n);
}

void
__wrap_ip_output_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	(void)now;
	take(d, v, n);
}

void
__wrap_ip6_input_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	(void)now;
	take(d, v, n);
}

void
__wrap_ip6_output_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	(void)now;
	take(d, v, n);
}

static void
on_inv_spi(void *arg, const struct dp_inv_spi *e)
{
	struct rig	*r = arg;

	r->inv = *e;
	r->invalid += e->count;
	r->ninv++;
}

static void
on_fault(void *arg, const struct dp_fault *f)
{
	struct rig	*r = arg;

	r->fault = *f;
	r->nfault++;
}

static void
on_sa(void *arg, enum sa_event_kind k, uint32_t sa, uint64_t cookie)
{
	struct rig	*r = arg;

	ck_assert_uint_eq(cookie, 77);
	r->events[k]++;
	if (r->delete_on_event)
		dp_sa_del(r->dp, sa);
}

struct rig *
rig_new(uint64_t seed)
{
	static const struct dp_ops	 ops = { .inv_spi = on_inv_spi, .fault = on_fault, .sa_event = on_sa };
	struct rig			*r = xcalloc(1, sizeof(*r));

	r->clock = clock_new_virtual(START);
	r->chance = chance_new_seeded(seed);
	r->dp = dp_new(r->clock, r->chance, &ops, r);
	return r;
}

void
rig_free(struct rig *r)
{
	ck_assert_uint_eq(r->dp->pool.held, 0);
	dp_free(r->dp);
	ck_assert_uint_eq(clock_timers(r->clock), 0);
	chance_free(r->chance);
	clock_free(r->clock);
	free(r);
}

struct sa_params
rig_params(const struct form *f, enum sa_dir dir, bool transport)
{
	struct sa_params	p = {
		.dir = dir, .proto = f->proto, .transport = transport, .spi = RIG_SPI, .src = addr_v4(RIG_SRC),
		.dst = addr_v4(RIG_DST), .cipher = f->cipher, .auth = f->auth, .enc_key_len = f->nenc,
		.auth_key_len = f->nauth, .replay_window = 64, .cookie = 77,
	};
	size_t			i;

	for (i = 0; i < f->nenc; i++)
		p.enc_key[i] = (uint8_t)(i * 7 + 0x11);
	for (i = 0; i < f->nauth; i++)
		p.auth_key[i] = (uint8_t)(i * 5 + 0x83);
	return p;
}

uint32_t
rig_sa(struct rig *r, const struct sa_params *p)
{
	const char	*why = NULL;
	uint32_t	 sa = dp_sa_add(r->dp, p, &why, clock_now(r->clock));

	ck_assert_msg(sa != SA_NONE, "refused: %s", why);
	ck_assert_ptr_null(why);
	return sa;
}

size_t
rig_plain(uint8_t *ip, size_t n)
{
	size_t	i;

	memset(ip, 0, IP4_LEN);
	ip[0] = 0x45;
	put16(ip + IP4_TOTAL, (unsigned)(IP4_LEN + n));
	ip[IP4_TTL] = 64;
	ip[IP4_PROTO] = PROTO_UDP;
	put32(ip + IP4_SRC, RIG_SRC);
	put32(ip + IP4_DST, RIG_DST);
	ip4_seal(ip, IP4_LEN);
	for (i = 0; i < n; i++)
		ip[IP4_LEN + i] = (uint8_t)(i * 31 + n);
	return IP4_LEN + n;
}

static struct pkt *
rig_pkt(struct rig *r, const uint8_t *ip, size_t len)
{
	struct pkt	*p = pkt_new(r->dp, len);

	memcpy(p->data, ip, len);
	if (ip[0] >> 4 == 6) {
		p->v6 = true;
		ip6_parse(p);
	} else
		pkt_parse(p);
	return p;
}

const struct rig_pkt *
rig_out(struct rig *r, uint32_t sa, const uint8_t *ip, size_t len)
{
	struct pkt	*p = rig_pkt(r, ip, len);
	size_t		 before = r->ngot;

	p->sa = sa;
	dp_enter(r->dp);
	esp_out_batch(r->dp, &p, 1, clock_now(r->clock));
	dp_leave(r->dp);
	return r->ngot != before ? &r->got : NULL;
}

const struct rig_pkt *
rig_in(struct rig *r, const uint8_t *ip, size_t len)
{
	struct pkt	*p = rig_pkt(r, ip, len);
	size_t		 before = r->ngot;

	dp_enter(r->dp);
	esp_in_batch(r->dp, &p, 1, clock_now(r->clock));
	dp_leave(r->dp);
	return r->ngot != before ? &r->got : NULL;
}

uint64_t
rig_drops(const struct rig *r)
{
	uint64_t	n = 0;
	int		c;

	for (c = 0; c < DPC__COUNT; c++)
		if (dp_counter_section((enum dp_counter)c) == DP_SECTION_ERROR)
			n += dp_count(r->dp, (enum dp_counter)c);
	return n;
}

struct sa *
rig_run(const struct rig *r, uint32_t sa)
{
	struct sa	*s = sa_by_handle(r->dp, sa);

	ck_assert_ptr_nonnull(s);
	return s;
}

struct sa_info
rig_info(const struct rig *r, uint32_t sa)
{
	struct sa_info	info;

	ck_assert(dp_sa_info(r->dp, sa, &info));
	return info;
}
