/*
 * The transforms of ESP on intel-ipsec-mb, whose lanes work on several packets at once, of whatever SAs.
 *
 * AEADs gain nothing by company: each packet is one direct call.  CBC is enciphered by bursts of one key length, and HMACs are made
 * by bursts of one hash, so a vector's packets share lanes whatever their SAs, and whatever the other half of their transform.
 * Outbound all ciphers come first and then all hashes, inbound the other way round, and only what is authentic is deciphered.
 *
 * The bursts of AES and SHA are synchronous.  DES and MD5 have none and go by the manager's queue, which is flushed before
 * anything else is asked of that manager.  A second manager works with the processor's SHA instructions, two lanes wide, where it
 * has them: a better deal than wide vectors for few packets, and for SHA-256 always.
 */

#include "config.h"

#ifdef HAVE_IPSEC_MB
#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>
#endif

#include <stdlib.h>

#include "datapath/crypto_int.h"
#include "lib/mem.h"

#ifdef HAVE_IPSEC_MB

#define BURST		64
#define CHUNK		256
#define NHASH		(SA_AUTH_SHA512_256 + 1)
#define ALIGN		64
#define LONGEST		0xf000	/* lanes count in 16 bits */
#define NEVER		0xffff
#define TAG_MAX		64

/*
 * From how many packets of a kind in a vector on it is faster than OpenSSL, which takes one after the other: measured on AMD Zen 3
 * with AVX2 (doc/performance.md).  AEADs are, from one packet on.  DES has lanes with AVX-512 alone, and else a routine that is
 * 50 times slower than OpenSSL's.
 */
#define AES_SEAL_FROM	2
#define AES_OPEN_FROM	3
#define DES_FROM	16
/* Two lanes of SHA instructions; wide lanes where there are those, and where there are not. */
static const struct { uint16_t narrow, wide, alone; } hash_from[NHASH] = {
	[SA_AUTH_MD5_96] = { NEVER, 4, 4 },
	[SA_AUTH_SHA1_96] = { 2, 32, 4 },
	[SA_AUTH_SHA256_128] = { 2, NEVER, 4 },
	[SA_AUTH_SHA384_192] = { NEVER, 3, 3 },
	[SA_AUTH_SHA512_256] = { NEVER, 3, 3 },
};

static const IMB_HASH_ALG hash_algs[NHASH] = {
	[SA_AUTH_MD5_96] = IMB_AUTH_MD5, [SA_AUTH_SHA1_96] = IMB_AUTH_HMAC_SHA_1, [SA_AUTH_SHA256_128] = IMB_AUTH_HMAC_SHA_256,
	[SA_AUTH_SHA384_192] = IMB_AUTH_HMAC_SHA_384, [SA_AUTH_SHA512_256] = IMB_AUTH_HMAC_SHA_512,
};

/* Jobs of a vector that share lanes. */
struct group {
	uint16_t	n, at[CHUNK];
};

struct crypto_mb {
	IMB_MGR		*wide, *narrow;		/* narrow: NULL without SHA instructions */
	IMB_JOB		 jobs[BURST];
	IMB_JOB		*queue[BURST];
	uint8_t		 tags[BURST][TAG_MAX];
	uint8_t		 under[BURST][4];	/* what stood where the high half of a number was put */
	struct group	 ciphers[CRYPTO_NCIPHER], hashes[NHASH];
};

struct des_schedule {
	const void	*each[3];
	uint64_t	 ks[3][IMB_DES_KEY_SCHED_SIZE / 8];
};

/* --- Managers --- */

static bool
can_serve(void)
{
	const uint64_t	want = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ | IMB_FEATURE_SSE4_2 | IMB_FEATURE_AVX;

	return (imb_get_feature_flags() & want) == want;
}

static void *
aligned(size_t n)
{
	size_t	 whole = (n + ALIGN - 1) / ALIGN * ALIGN;
	void	*p = aligned_alloc(ALIGN, whole);

	if (p == NULL)
		fatal("no memory");
	return memset(p, 0, whole);
}

static void
manager_free(IMB_MGR *m)
{
	if (m != NULL)
		wipe_free(m, imb_get_mb_mgr_size());
}

/* NULL where the library does not pass its own test. */
static IMB_MGR *
manager_new(void (*init)(IMB_MGR *))
{
	IMB_MGR	*m = aligned(imb_get_mb_mgr_size());

	if (imb_set_pointers_mb_mgr(m, 0, 1) != NULL) {
		init(m);
		if (imb_get_errno(m) == 0)
			return m;
	}
	manager_free(m);
	return NULL;
}

static void
init_auto(IMB_MGR *m)
{
	init_mb_mgr_auto(m, NULL);
}

struct crypto_mb *
crypto_mb_new(void)
{
	struct crypto_mb	*m;
	IMB_MGR			*wide;

	if (!can_serve() || (wide = manager_new(init_auto)) == NULL)
		return NULL;
	m = aligned(sizeof(*m));
	m->wide = wide;
	if (wide->features & IMB_FEATURE_SHANI)
		m->narrow = manager_new(init_mb_mgr_sse);
	return m;
}

void
crypto_mb_free(struct crypto_mb *m)
{
	if (m == NULL)
		return;
	manager_free(m->wide);
	manager_free(m->narrow);
	wipe_free(m, sizeof(*m));
}

const char *
crypto_mb_version(void)
{
	return can_serve() ? imb_get_version_str() : NULL;
}

/* What init_mb_mgr_auto() goes by. */
const char *
crypto_mb_arch(void)
{
	uint64_t	f = imb_get_feature_flags();

	if (!can_serve())
		return NULL;
	if ((f & IMB_CPUFLAGS_AVX512) == IMB_CPUFLAGS_AVX512)
		return "AVX512";
	return (f & IMB_CPUFLAGS_AVX2) == IMB_CPUFLAGS_AVX2 ? "AVX2" : "AVX";
}

/* --- Key schedules --- */

/* What the manager's instructions use of the hash key's powers; the rest of the struct is for others. */
static size_t
gcm_schedule_size(const IMB_MGR *m)
{
	struct gcm_key_data	*g = NULL;

	if (m->used_arch == IMB_ARCH_AVX2)
		return offsetof(struct gcm_key_data, ghash_keys) + sizeof(g->ghash_keys.avx2_avx512);
	if (m->used_arch == IMB_ARCH_AVX || m->used_arch == IMB_ARCH_SSE)
		return offsetof(struct gcm_key_data, ghash_keys) + sizeof(g->ghash_keys.sse_avx);
	return sizeof(*g);
}

static void
gcm_schedule(IMB_MGR *m, struct cryptor *k)
{
	k->nschedule = (uint16_t)gcm_schedule_size(m);
	k->schedule = aligned(k->nschedule);
	switch (k->row->key) {
	case IMB_KEY_128_BYTES:
		IMB_AES128_GCM_PRE(m, k->key, k->schedule);
		break;
	case IMB_KEY_192_BYTES:
		IMB_AES192_GCM_PRE(m, k->key, k->schedule);
		break;
	default:
		IMB_AES256_GCM_PRE(m, k->key, k->schedule);
	}
}

static void
aes_schedule(IMB_MGR *m, struct cryptor *k)
{
	uint8_t	other[16 * 15] __attribute__((aligned(16))), *enc, *dec;

	k->nschedule = (uint16_t)((k->row->key / 4 + 7) * 16);
	k->schedule = aligned(k->nschedule);
	enc = k->out ? k->schedule : other;
	dec = k->out ? other : k->schedule;
	switch (k->row->key) {
	case IMB_KEY_128_BYTES:
		IMB_AES_KEYEXP_128(m, k->key, enc, dec);
		break;
	case IMB_KEY_192_BYTES:
		IMB_AES_KEYEXP_192(m, k->key, enc, dec);
		break;
	default:
		IMB_AES_KEYEXP_256(m, k->key, enc, dec);
	}
	wipe(other, sizeof(other));
}

static void
des_schedule(IMB_MGR *m, struct cryptor *k)
{
	struct des_schedule	*d;
	size_t			 i;

	k->nschedule = sizeof(*d);
	d = k->schedule = aligned(sizeof(*d));
	for (i = 0; i < 3; i++) {
		d->each[i] = d->ks[i];
		IMB_DES_KEYSCHED(m, d->ks[i], k->key + i * 8 % k->row->key);
	}
}

static inline void
schedule(struct crypto_mb *m, struct cryptor *k)
{
	if (k->schedule != NULL)
		return;
	if (k->row->mode != MODE_CBC)
		gcm_schedule(m->wide, k);
	else if (k->row->cipher == SA_CIPHER_AES_CBC)
		aes_schedule(m->wide, k);
	else
		des_schedule(m->wide, k);
}

void
crypto_mb_free_schedule(struct cryptor *k)
{
	if (k->schedule != NULL)
		wipe_free(k->schedule, k->nschedule);
	k->schedule = NULL;
}

/* --- GCM and GMAC --- */

static const uint8_t *
gcm_aad(const struct crypto_job *j, uint8_t aad[12])
{
	if (!j->k->esn)
		return j->esp;
	memcpy(aad, j->esp, 4);
	crypto_be64(aad + 4, j->seq);
	return aad;
}

static void
gcm_iv(const struct crypto_job *j, uint8_t iv[IMB_GCM_IV_DATA_LEN])
{
	memcpy(iv, j->k->salt, GCM_SALT);
	memcpy(iv + GCM_SALT, j->esp + ESP_HEADER, GCM_IV);
}

static void
gcm_run(struct crypto_mb *m, const struct crypto_job *j, bool seal, uint8_t *tag)
{
	struct gcm_context_data	 x;
	const struct cryptor	*k = j->k;
	uint8_t			 iv[IMB_GCM_IV_DATA_LEN], room[12], *text = j->esp + ESP_HEADER + GCM_IV;
	const uint8_t		*aad = gcm_aad(j, room);
	size_t			 naad = k->esn ? 12 : ESP_HEADER;
	aes_gcm_enc_dec_t	 run;

	gcm_iv(j, iv);
	if (k->row->key == IMB_KEY_128_BYTES)
		run = seal ? m->wide->gcm128_enc : m->wide->gcm128_dec;
	else if (k->row->key == IMB_KEY_192_BYTES)
		run = seal ? m->wide->gcm192_enc : m->wide->gcm192_dec;
	else
		run = seal ? m->wide->gcm256_enc : m->wide->gcm256_dec;
	run(k->schedule, &x, text, text, j->ntext, iv, aad, naad, tag, GCM_ICV);
}

/* RFC 4543, 3.3: the IV and the text are additional data; nothing is enciphered. */
static void
gmac_run(struct crypto_mb *m, const struct crypto_job *j, uint8_t *tag)
{
	const struct cryptor	*k = j->k;
	size_t			 size = k->row->key;
	aes_gmac_init_t		 init = size == 16 ? m->wide->gmac128_init : size == 24 ? m->wide->gmac192_init : m->wide->gmac256_init;
	aes_gmac_update_t	 more = size == 16 ? m->wide->gmac128_update : size == 24 ? m->wide->gmac192_update : m->wide->gmac256_update;
	aes_gmac_finalize_t	 end = size == 16 ? m->wide->gmac128_finalize : size == 24 ? m->wide->gmac192_finalize : m->wide->gmac256_finalize;
	struct gcm_context_data	 x;
	uint8_t			 iv[IMB_GCM_IV_DATA_LEN], room[12];

	gcm_iv(j, iv);
	init(k->schedule, &x, iv, sizeof(iv));
	more(k->schedule, &x, gcm_aad(j, room), k->esn ? 12 : ESP_HEADER);
	more(k->schedule, &x, j->esp + ESP_HEADER, GCM_IV + j->ntext);
	end(k->schedule, &x, tag, GCM_ICV);
}

static void
aead(struct crypto_mb *m, struct crypto_job *j, bool seal)
{
	uint8_t	tag[GCM_ICV], *icv = j->esp + ESP_HEADER + GCM_IV + j->ntext;

	schedule(m, j->k);
	if (seal)
		crypto_be64(j->esp + ESP_HEADER, j->seq);
	if (j->k->row->mode == MODE_GCM)
		gcm_run(m, j, seal, seal ? icv : tag);
	else
		gmac_run(m, j, seal ? icv : tag);
	j->result = seal || crypto_equal(tag, icv, GCM_ICV) ? CRYPTO_OK : CRYPTO_BAD_ICV;
}

/* --- CBC --- */

static void
cipher_job(IMB_JOB *b, const struct crypto_job *j, bool seal)
{
	static const uint8_t	 zero[CRYPTO_IV_MAX];
	const struct cryptor	*k = j->k;
	const struct des_schedule *d = k->schedule;
	uint8_t			*iv = j->esp + ESP_HEADER;
	size_t			 skip = seal ? 0 : k->size.iv;

	b->enc_keys = b->dec_keys = k->row->cipher == SA_CIPHER_DES ? d->ks[0] : k->schedule;
	b->key_len_in_bytes = k->row->key;
	b->src = b->dst = iv + skip;
	b->msg_len_to_cipher_in_bytes = k->size.iv - skip + j->ntext;
	b->iv = seal ? zero : iv;
	b->iv_len_in_bytes = k->size.iv;
	b->status = IMB_STATUS_BEING_PROCESSED;
}

/* By the manager's queue; all have come back when it returns. */
static void
queue_run(struct crypto_mb *m, struct crypto_job *v, const uint16_t *at, uint32_t n, void (*fill)(struct crypto_mb *m, IMB_JOB *b, const struct crypto_job *j, uint32_t slot))
{
	uint32_t	i, got, in = 0, back = 0, some;

	while (back < n) {
		got = in < n ? IMB_GET_NEXT_BURST(m->wide, n - in, m->queue) : 0;
		for (i = 0; i < got; i++) {
			*m->queue[i] = (IMB_JOB){ .user_data = &v[at[in + i]] };
			fill(m, m->queue[i], &v[at[in + i]], in + i);
		}
		in += got;
		some = got > 0 ? IMB_SUBMIT_BURST_NOCHECK(m->wide, got, m->queue) : IMB_FLUSH_BURST(m->wide, BURST, m->queue);
		for (i = 0; i < some; i++)
			if (m->queue[i]->status != IMB_STATUS_COMPLETED)
				((struct crypto_job *)m->queue[i]->user_data)->result = CRYPTO_FAILED;
		back += some;
		if (got == 0 && some == 0)
			fatal("jobs that do not come back");
	}
}

static void
des_fill(IMB_JOB *b, const struct crypto_job *j, bool seal)
{
	cipher_job(b, j, seal);
	b->cipher_mode = j->k->row->cipher == SA_CIPHER_DES ? IMB_CIPHER_DES : IMB_CIPHER_DES3;
	b->cipher_direction = seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
	b->hash_alg = IMB_AUTH_NULL;
	b->chain_order = seal ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
}

static void
des_seal(struct crypto_mb *m, IMB_JOB *b, const struct crypto_job *j, uint32_t slot)
{
	(void)m;
	(void)slot;
	des_fill(b, j, true);
}

static void
des_open(struct crypto_mb *m, IMB_JOB *b, const struct crypto_job *j, uint32_t slot)
{
	(void)m;
	(void)slot;
	des_fill(b, j, false);
}

static void
aes_run(struct crypto_mb *m, struct crypto_job *v, const uint16_t *at, uint32_t n, bool seal)
{
	uint32_t	i;

	for (i = 0; i < n; i++)
		cipher_job(&m->jobs[i], &v[at[i]], seal);
	IMB_SUBMIT_CIPHER_BURST_NOCHECK(m->wide, m->jobs, n, IMB_CIPHER_CBC, seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT,
	    (IMB_KEY_SIZE_BYTES)v[at[0]].k->row->key);
	for (i = 0; i < n; i++)
		if (m->jobs[i].status != IMB_STATUS_COMPLETED)
			v[at[i]].result = CRYPTO_FAILED;
}

static void
cipher_burst(struct crypto_mb *m, struct crypto_job *v, const uint16_t *at, uint32_t n, bool seal)
{
	uint32_t	i;

	for (i = 0; i < n; i++) {
		schedule(m, v[at[i]].k);
		if (seal)
			cbc_nonce(v[at[i]].k, v[at[i]].esp + ESP_HEADER, v[at[i]].seq);
	}
	if (v[at[0]].k->row->cipher == SA_CIPHER_AES_CBC)
		aes_run(m, v, at, n, seal);
	else
		queue_run(m, v, at, n, seal ? des_seal : des_open);
}

static void
cipher_each(struct crypto_job *v, const struct group *g, bool seal)
{
	struct crypto_job	*j;
	size_t			 i;

	for (i = 0; i < g->n; i++) {
		j = &v[g->at[i]];
		if (!(seal ? ossl_encipher(j->k, j->esp, j->ntext, j->seq) : ossl_decipher(j->k, j->esp, j->ntext)))
			j->result = CRYPTO_FAILED;
	}
}

static uint32_t
cipher_from(const struct crypto_mb *m, const struct cipher_row *row, bool seal)
{
	if (row->cipher == SA_CIPHER_AES_CBC)
		return seal ? AES_SEAL_FROM : AES_OPEN_FROM;
	return m->wide->used_arch == IMB_ARCH_AVX512 ? DES_FROM : NEVER;
}

static void
cipher_group(struct crypto_mb *m, struct crypto_job *v, const struct group *g, bool seal, bool all, uint64_t *done)
{
	uint32_t	i, n;

	if (!all && g->n < cipher_from(m, v[g->at[0]].k->row, seal)) {
		cipher_each(v, g, seal);
		done[CRYPTO_OPENSSL] += g->n;
		return;
	}
	for (i = 0; i < g->n; i += n) {
		n = g->n - i < BURST ? g->n - i : BURST;
		cipher_burst(m, v, g->at + i, n, seal);
	}
	done[CRYPTO_IPSEC_MB] += g->n;
}

/* --- HMAC --- */

static inline size_t
covered(const struct crypto_job *j)
{
	return ESP_HEADER + (size_t)j->k->size.iv + j->ntext;
}

/* RFC 4303, 2.2.1: the high half of the number follows; it stands where the ICV does for as long as it is hashed. */
static void
high_put(struct crypto_mb *m, const struct crypto_job *j, uint32_t slot)
{
	uint8_t	*p = j->esp + covered(j);

	memcpy(m->under[slot], p, 4);
	crypto_be32(p, (uint32_t)(j->seq >> 32));
}

static void
hash_job(struct crypto_mb *m, IMB_JOB *b, const struct crypto_job *j, uint32_t slot)
{
	const struct cryptor	*k = j->k;

	if (k->esn)
		high_put(m, j, slot);
	b->src = j->esp;
	b->hash_start_src_offset_in_bytes = 0;
	b->msg_len_to_hash_in_bytes = covered(j) + (k->esn ? 4 : 0);
	b->auth_tag_output = m->tags[slot];
	b->auth_tag_output_len_in_bytes = k->size.icv;
	b->u.HMAC._hashed_auth_key_xor_ipad = k->pads;
	b->u.HMAC._hashed_auth_key_xor_opad = k->pads + k->hash->words;
	b->status = IMB_STATUS_BEING_PROCESSED;
}

static void
md5_fill(struct crypto_mb *m, IMB_JOB *b, const struct crypto_job *j, uint32_t slot)
{
	hash_job(m, b, j, slot);
	b->cipher_mode = IMB_CIPHER_NULL;
	b->cipher_direction = IMB_DIR_ENCRYPT;
	b->hash_alg = IMB_AUTH_MD5;
	b->chain_order = IMB_ORDER_HASH_CIPHER;
}

static void
sha_run(struct crypto_mb *m, IMB_MGR *mgr, struct crypto_job *v, const uint16_t *at, uint32_t n)
{
	uint32_t	i;

	for (i = 0; i < n; i++)
		hash_job(m, &m->jobs[i], &v[at[i]], i);
	IMB_SUBMIT_HASH_BURST_NOCHECK(mgr, m->jobs, n, hash_algs[v[at[0]].k->hash->auth]);
	for (i = 0; i < n; i++)
		if (m->jobs[i].status != IMB_STATUS_COMPLETED)
			v[at[i]].result = CRYPTO_FAILED;
}

static void
hash_burst(struct crypto_mb *m, IMB_MGR *mgr, struct crypto_job *v, const uint16_t *at, uint32_t n, bool seal)
{
	struct crypto_job	*j;
	uint8_t			*icv;
	uint32_t		 i;

	if (v[at[0]].k->hash->auth == SA_AUTH_MD5_96)
		queue_run(m, v, at, n, md5_fill);
	else
		sha_run(m, mgr, v, at, n);
	for (i = 0; i < n; i++) {
		j = &v[at[i]];
		icv = j->esp + covered(j);
		if (seal) {
			memcpy(icv, m->tags[i], j->k->size.icv);
			continue;
		}
		if (j->k->esn)
			memcpy(icv, m->under[i], 4);
		if (j->result == CRYPTO_OK && !crypto_equal(icv, m->tags[i], j->k->size.icv))
			j->result = CRYPTO_BAD_ICV;
	}
}

static void
hash_each(struct crypto_job *v, const struct group *g, bool seal)
{
	struct crypto_job	*j;
	size_t			 i;

	for (i = 0; i < g->n; i++) {
		j = &v[g->at[i]];
		if (seal)
			ossl_sign(j->k, j->esp, covered(j), j->seq);
		else if (!ossl_verify(j->k, j->esp, covered(j), j->seq))
			j->result = CRYPTO_BAD_ICV;
	}
}

/* NULL: OpenSSL. */
static IMB_MGR *
hash_manager(const struct crypto_mb *m, size_t auth, size_t n, bool all)
{
	bool	narrow = m->narrow != NULL && hash_from[auth].narrow != NEVER;

	if (n >= (narrow ? hash_from[auth].wide : hash_from[auth].alone))
		return m->wide;
	if (narrow && (all || n >= hash_from[auth].narrow))
		return m->narrow;
	return all ? m->wide : NULL;
}

static void
hash_group(struct crypto_mb *m, struct crypto_job *v, const struct group *g, size_t auth, bool seal, bool all, uint64_t *done)
{
	IMB_MGR		*mgr = hash_manager(m, auth, g->n, all);
	uint32_t	 i, n;

	if (mgr == NULL) {
		hash_each(v, g, seal);
		done[CRYPTO_OPENSSL] += g->n;
		return;
	}
	for (i = 0; i < g->n; i += n) {
		n = g->n - i < BURST ? g->n - i : BURST;
		hash_burst(m, mgr, v, g->at + i, n, seal);
	}
	done[CRYPTO_IPSEC_MB] += g->n;
}

/* --- Vectors --- */

static void
groups_clear(struct crypto_mb *m)
{
	size_t	i;

	for (i = 0; i < CRYPTO_NCIPHER; i++)
		m->ciphers[i].n = 0;
	for (i = 0; i < NHASH; i++)
		m->hashes[i].n = 0;
}

static inline void
join(struct group *g, size_t i)
{
	g->at[g->n++] = (uint16_t)i;
}

static void
long_one(struct crypto_job *j, bool seal)
{
	bool	bad = false;

	if (seal ? j->k->seal(j->k, j->esp, j->ntext, j->seq) : j->k->open(j->k, j->esp, j->ntext, j->seq, &bad))
		j->result = CRYPTO_OK;
	else
		j->result = bad ? CRYPTO_BAD_ICV : CRYPTO_FAILED;
}

#define KEYS_AHEAD	3		/* packets */

/* The schedule of a packet of another SA, on its way while those before it are worked on. */
static inline void
keys_fetch(const struct crypto_job *v, size_t i, size_t n)
{
	const struct cryptor	*k;
	size_t			 at;

	if (i + KEYS_AHEAD >= n || v[i + KEYS_AHEAD].k == v[i + KEYS_AHEAD - 1].k)
		return;
	k = v[i + KEYS_AHEAD].k;
	if (k->schedule != NULL)
		for (at = 0; at < k->nschedule; at += 64)
			__builtin_prefetch((const char *)k->schedule + at);
}

/* AEADs are done at once, the others are sorted by hash; inbound the ciphers are sorted later. */
static void
sort(struct crypto_mb *m, struct crypto_job *v, size_t n, bool seal, uint64_t *done)
{
	struct cryptor	*k;
	size_t		 i;

	groups_clear(m);
	for (i = 0; i < n; i++) {
		k = v[i].k;
		keys_fetch(v, i, n);
		v[i].result = CRYPTO_OK;
		if (k->row->mode >= MODE_GCM) {
			aead(m, &v[i], seal);
			done[CRYPTO_IPSEC_MB]++;
		} else if (v[i].ntext > LONGEST) {
			long_one(&v[i], seal);
			done[CRYPTO_OPENSSL] += (k->row->mode != MODE_NULL) + (k->hash != NULL);
		} else {
			if (k->hash != NULL)
				join(&m->hashes[k->hash->auth], i);
			if (seal && k->row->mode == MODE_CBC)
				join(&m->ciphers[k->row->at], i);
		}
	}
}

static void
ciphers(struct crypto_mb *m, struct crypto_job *v, bool seal, bool all, uint64_t *done)
{
	size_t	i;

	for (i = 0; i < CRYPTO_NCIPHER; i++)
		if (m->ciphers[i].n > 0)
			cipher_group(m, v, &m->ciphers[i], seal, all, done);
}

static void
hashes(struct crypto_mb *m, struct crypto_job *v, bool seal, bool all, uint64_t *done)
{
	size_t	i;

	for (i = 0; i < NHASH; i++)
		if (m->hashes[i].n > 0)
			hash_group(m, v, &m->hashes[i], i, seal, all, done);
}

void
crypto_mb_seal(struct crypto_mb *m, struct crypto_job *v, size_t n, bool all, uint64_t *done)
{
	size_t	some;

	for (; n > 0; v += some, n -= some) {
		some = n < CHUNK ? n : CHUNK;
		sort(m, v, some, true, done);
		ciphers(m, v, true, all, done);
		hashes(m, v, true, all, done);
	}
}

void
crypto_mb_open(struct crypto_mb *m, struct crypto_job *v, size_t n, bool all, uint64_t *done)
{
	size_t	some, i;

	for (; n > 0; v += some, n -= some) {
		some = n < CHUNK ? n : CHUNK;
		sort(m, v, some, false, done);
		hashes(m, v, false, all, done);
		for (i = 0; i < some; i++)
			if (v[i].k->row->mode == MODE_CBC && v[i].result == CRYPTO_OK && v[i].ntext > 0 && v[i].ntext <= LONGEST)
				join(&m->ciphers[v[i].k->row->at], i);
		ciphers(m, v, false, all, done);
	}
}

#else

struct crypto_mb *
crypto_mb_new(void)
{
	return NULL;
}

void
crypto_mb_free(struct crypto_mb *m)
{
	(void)m;
}

const char *
crypto_mb_version(void)
{
	return NULL;
}

const char *
crypto_mb_arch(void)
{
	return NULL;
}

void
crypto_mb_free_schedule(struct cryptor *k)
{
	(void)k;
}

void
crypto_mb_seal(struct crypto_mb *m, struct crypto_job *v, size_t n, bool all, uint64_t *done)
{
	(void)m;
	(void)v;
	(void)n;
	(void)all;
	(void)done;
}

void
crypto_mb_open(struct crypto_mb *m, struct crypto_job *v, size_t n, bool all, uint64_t *done)
{
	(void)m;
	(void)v;
	(void)n;
	(void)all;
	(void)done;
}

#endif
