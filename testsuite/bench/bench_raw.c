/*
 * See bench_raw.h.  OpenSSL: contexts made beforehand, GCM with an IV set for each packet, CBC without (the IV's block is
 * enciphered along), HMAC from kept states of the hash.  intel-ipsec-mb: GCM by its direct calls; CBC and HMAC by synchronous
 * bursts of 64, ciphers first and hashes then, which on the processors tried are never slower than bursts of its queue and flushes.
 */

#include <stdlib.h>
#include <string.h>

#include "config.h"
#ifdef HAVE_IPSEC_MB
#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>
#endif
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "lib/mem.h"
#include "testsuite/bench/bench.h"
#include "testsuite/bench/bench_raw.h"

#define HEAD		8
#define ICV_ROOM	32
#define BURST		64
#define ALIGN		64

struct raw_key {
	EVP_CIPHER_CTX	*seal, *open;
	SHA_CTX		 inner, outer;
#ifdef HAVE_IPSEC_MB
	struct gcm_key_data	*gcm;
	uint8_t		 enc[240] __attribute__((aligned(16))), dec[240] __attribute__((aligned(16)));
	uint8_t		 ipad[SHA_DIGEST_LENGTH], opad[SHA_DIGEST_LENGTH];
#endif
};

struct raw {
	enum raw_lib	 lib;
	enum raw_kind	 kind;
	size_t		 ntext, niv, nicv, npkt, nkey, stride;
	struct raw_key	*keys;
	uint8_t		*bytes;
#ifdef HAVE_IPSEC_MB
	IMB_MGR		*mgr;
	IMB_JOB		 jobs[BURST];
	uint8_t		 tags[BURST][ICV_ROOM];
#endif
};

static uint8_t *
packet(const struct raw *r, size_t i)
{
	return r->bytes + i * r->stride;
}

static struct raw_key *
key(const struct raw *r, size_t i)
{
	return &r->keys[i % r->nkey];
}

static void
verify(const struct raw *r, const uint8_t *esp, const uint8_t *tag)
{
	if (CRYPTO_memcmp(esp + HEAD + r->niv + r->ntext, tag, r->nicv) != 0)
		fatal("the library does not agree with itself");
}

static void
gcm_iv(const uint8_t *esp, uint8_t iv[12])
{
	memset(iv, 0x33, 4);
	memcpy(iv + 4, esp + HEAD, 8);
}

/* --- OpenSSL --- */

static void
ossl_gcm(EVP_CIPHER_CTX *x, uint8_t *esp, size_t ntext, bool seal)
{
	uint8_t		 iv[12], none[16], *text = esp + HEAD + 8, *icv = text + ntext;
	OSSL_PARAM	 par[2] = { OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, icv, 16), OSSL_PARAM_construct_end() };

	gcm_iv(esp, iv);
	EVP_CipherInit_ex(x, NULL, NULL, NULL, iv, -1);
	if (!seal)
		EVP_CIPHER_CTX_set_params(x, par);
	EVP_Cipher(x, NULL, esp, HEAD);
	EVP_Cipher(x, text, text, (unsigned)ntext);
	if (EVP_Cipher(x, none, NULL, 0) < 0)
		fatal("the library does not agree with itself");
	if (seal)
		EVP_CIPHER_CTX_get_params(x, par);
}

static void
ossl_hmac(const struct raw_key *k, const uint8_t *p, size_t n, uint8_t *md)
{
	SHA_CTX	s = k->inner;

	SHA1_Update(&s, p, n);
	SHA1_Final(md, &s);
	s = k->outer;
	SHA1_Update(&s, md, SHA_DIGEST_LENGTH);
	SHA1_Final(md, &s);
}

static void
ossl_cbc(const struct raw *r, struct raw_key *k, uint8_t *esp, bool seal)
{
	size_t	n = HEAD + r->niv + r->ntext;
	uint8_t	md[SHA_DIGEST_LENGTH];

	if (seal)
		EVP_Cipher(k->seal, esp + HEAD, esp + HEAD, (unsigned)(n - HEAD));
	ossl_hmac(k, esp, n, md);
	if (seal)
		memcpy(esp + n, md, r->nicv);
	else {
		verify(r, esp, md);
		EVP_Cipher(k->open, esp + HEAD, esp + HEAD, (unsigned)(n - HEAD));
	}
}

static void
ossl_run(struct raw *r, bool seal)
{
	size_t	i;

	for (i = 0; i < r->npkt; i++)
		if (r->kind == RAW_GCM)
			ossl_gcm(seal ? key(r, i)->seal : key(r, i)->open, packet(r, i), r->ntext, seal);
		else
			ossl_cbc(r, key(r, i), packet(r, i), seal);
}

static void
ossl_key(const struct raw *r, struct raw_key *k, const uint8_t raw[16])
{
	static const uint8_t	 zero[16];
	const EVP_CIPHER	*c = r->kind == RAW_GCM ? EVP_aes_128_gcm() : EVP_aes_128_cbc();

	k->seal = EVP_CIPHER_CTX_new();
	k->open = EVP_CIPHER_CTX_new();
	EVP_EncryptInit_ex(k->seal, c, NULL, raw, zero);
	EVP_DecryptInit_ex(k->open, c, NULL, raw, zero);
	if (r->kind == RAW_GCM)		/* has no padding, and setting it makes each IV dearer */
		return;
	EVP_CIPHER_CTX_set_padding(k->seal, 0);
	EVP_CIPHER_CTX_set_padding(k->open, 0);
}

static void
hmac_pad(SHA_CTX *s, const uint8_t raw[20], uint8_t pad)
{
	uint8_t	block[64];
	size_t	i;

	memset(block, pad, sizeof(block));
	for (i = 0; i < 20; i++)
		block[i] ^= raw[i];
	SHA1_Init(s);
	SHA1_Update(s, block, sizeof(block));
}

/* --- intel-ipsec-mb --- */

#ifdef HAVE_IPSEC_MB
static void
mb_gcm(struct raw *r, bool seal)
{
	struct gcm_context_data	x;
	uint8_t			iv[12], tag[16], *esp, *text;
	size_t			i;

	for (i = 0; i < r->npkt; i++) {
		esp = packet(r, i);
		text = esp + HEAD + 8;
		gcm_iv(esp, iv);
		if (seal) {
			IMB_AES128_GCM_ENC(r->mgr, key(r, i)->gcm, &x, text, text, r->ntext, iv, esp, HEAD, text + r->ntext, 16);
			continue;
		}
		IMB_AES128_GCM_DEC(r->mgr, key(r, i)->gcm, &x, text, text, r->ntext, iv, esp, HEAD, tag, 16);
		verify(r, esp, tag);
	}
}

static void
mb_job(struct raw *r, IMB_JOB *j, size_t i, size_t slot, bool seal)
{
	static const uint8_t	 zero[16];
	struct raw_key		*k = key(r, i);
	uint8_t			*esp = packet(r, i);
	size_t			 skip = seal ? HEAD : HEAD + r->niv, n = HEAD + r->niv + r->ntext;

	j->enc_keys = k->enc;
	j->dec_keys = k->dec;
	j->src = esp;
	j->dst = esp + skip;
	j->cipher_start_src_offset_in_bytes = skip;
	j->msg_len_to_cipher_in_bytes = n - skip;
	j->iv = seal ? zero : esp + HEAD;
	j->msg_len_to_hash_in_bytes = n;
	j->auth_tag_output = seal ? esp + n : r->tags[slot];
	j->u.HMAC._hashed_auth_key_xor_ipad = k->ipad;
	j->u.HMAC._hashed_auth_key_xor_opad = k->opad;
}

static void
mb_ciphers(struct raw *r, uint32_t m, bool seal)
{
	if (IMB_SUBMIT_CIPHER_BURST_NOCHECK(r->mgr, r->jobs, m, IMB_CIPHER_CBC, seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT, IMB_KEY_128_BYTES) != m)
		fatal("ciphers that were not done");
}

static void
mb_hashes(struct raw *r, uint32_t m)
{
	if (IMB_SUBMIT_HASH_BURST_NOCHECK(r->mgr, r->jobs, m, IMB_AUTH_HMAC_SHA_1) != m)
		fatal("hashes that were not done");
}

static void
mb_cbc(struct raw *r, bool seal)
{
	size_t	i, at;
	uint32_t m;

	for (at = 0; at < r->npkt; at += m) {
		m = (uint32_t)(r->npkt - at < BURST ? r->npkt - at : BURST);
		for (i = 0; i < m; i++)
			mb_job(r, &r->jobs[i], at + i, i, seal);
		if (seal)
			mb_ciphers(r, m, true);
		mb_hashes(r, m);
		if (seal)
			continue;
		for (i = 0; i < m; i++)
			verify(r, packet(r, at + i), r->tags[i]);
		mb_ciphers(r, m, false);
	}
}

static void
mb_key(const struct raw *r, struct raw_key *k, const uint8_t raw[16])
{
	IMB_AES_KEYEXP_128(r->mgr, raw, k->enc, k->dec);
	memcpy(k->ipad, &k->inner, sizeof(k->ipad));	/* the five words come first in both */
	memcpy(k->opad, &k->outer, sizeof(k->opad));
	if (r->kind == RAW_CBC_SHA1)
		return;
	k->gcm = aligned_alloc(ALIGN, (sizeof(*k->gcm) + ALIGN - 1) / ALIGN * ALIGN);
	IMB_AES128_GCM_PRE(r->mgr, raw, k->gcm);
}

static void
mb_start(struct raw *r)
{
	size_t	i;

	if ((r->mgr = alloc_mb_mgr(0)) == NULL)
		fatal("no manager");
	init_mb_mgr_auto(r->mgr, NULL);
	for (i = 0; i < BURST; i++)
		r->jobs[i] = (IMB_JOB){ .key_len_in_bytes = 16, .iv_len_in_bytes = 16, .auth_tag_output_len_in_bytes = 12,
		    .cipher_mode = IMB_CIPHER_CBC, .hash_alg = IMB_AUTH_HMAC_SHA_1 };
}
#endif

/* --- Both --- */

bool
raw_has(enum raw_lib lib)
{
#ifdef HAVE_IPSEC_MB
	const uint64_t	want = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ | IMB_FEATURE_AVX;

	if (lib == RAW_IPSEC_MB)
		return (imb_get_feature_flags() & want) == want;
#endif
	return lib == RAW_OPENSSL;
}

const char *
raw_name(enum raw_lib lib)
{
	return lib == RAW_OPENSSL ? "OpenSSL" : "ipsec-mb";
}

size_t
raw_text(enum raw_kind kind, size_t n)
{
	size_t	block = kind == RAW_GCM ? 4 : 16;

	return (n + 2 + block - 1) / block * block;
}

static void
keys_make(struct raw *r)
{
	uint8_t	raw[20];
	size_t	i, k;

	for (i = 0; i < r->nkey; i++) {
		for (k = 0; k < sizeof(raw); k++)
			raw[k] = (uint8_t)(i * 7 + k * 13 + i / 256);
		hmac_pad(&r->keys[i].inner, raw, 0x36);
		hmac_pad(&r->keys[i].outer, raw, 0x5c);
		if (r->lib == RAW_OPENSSL)
			ossl_key(r, &r->keys[i], raw);
#ifdef HAVE_IPSEC_MB
		else
			mb_key(r, &r->keys[i], raw);
#endif
	}
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

struct raw *
raw_new(enum raw_lib lib, enum raw_kind kind, size_t ntext, size_t npkt, size_t nkey)
{
	struct raw	*r = aligned(sizeof(*r));
	bool		 gcm = kind == RAW_GCM;

	*r = (struct raw){ .lib = lib, .kind = kind, .ntext = ntext, .niv = gcm ? 8 : 16, .nicv = gcm ? 16 : 12, .npkt = npkt, .nkey = nkey };
	r->stride = (HEAD + r->niv + ntext + ICV_ROOM + 128 + ALIGN - 1) / ALIGN * ALIGN;
	r->bytes = aligned(r->stride * npkt);
	r->keys = aligned(sizeof(*r->keys) * nkey);
#ifdef HAVE_IPSEC_MB
	if (lib == RAW_IPSEC_MB)
		mb_start(r);
#endif
	keys_make(r);
	return r;
}

void
raw_free(struct raw *r)
{
	size_t	i;

	for (i = 0; i < r->nkey; i++) {
		EVP_CIPHER_CTX_free(r->keys[i].seal);
		EVP_CIPHER_CTX_free(r->keys[i].open);
#ifdef HAVE_IPSEC_MB
		free(r->keys[i].gcm);
#endif
	}
#ifdef HAVE_IPSEC_MB
	if (r->mgr != NULL)
		free_mb_mgr(r->mgr);
#endif
	free(r->keys);
	free(r->bytes);
	free(r);
}

static void
run(struct raw *r, bool seal)
{
	if (r->lib == RAW_OPENSSL)
		ossl_run(r, seal);
#ifdef HAVE_IPSEC_MB
	else if (r->kind == RAW_GCM)
		mb_gcm(r, seal);
	else
		mb_cbc(r, seal);
#endif
}

void
raw_seal(struct raw *r)
{
	run(r, true);
}

/* Opened packets hold text, so that the next opening would not verify: a copy is opened, made outside of what is timed. */
void
raw_open(struct raw *r)
{
	run(r, false);
}

static double
timed(struct raw *r, unsigned turns, bool seal, bool open)
{
	uint8_t	*copy = NULL;
	int64_t	 took = 0, start;
	size_t	 n = r->stride * r->npkt;
	unsigned i;

	if (open && !seal) {
		raw_seal(r);
		copy = xmemdup(r->bytes, n);
	}
	for (i = 0; i < turns; i++) {
		if (copy != NULL)
			memcpy(r->bytes, copy, n);
		start = bench_cpu();
		if (seal)
			raw_seal(r);
		if (open)
			raw_open(r);
		took += bench_cpu() - start;
	}
	free(copy);
	return (double)took / 1e9;
}

double
raw_time_seal(struct raw *r, unsigned turns)
{
	return timed(r, turns, true, false);
}

double
raw_time_open(struct raw *r, unsigned turns)
{
	return timed(r, turns, false, true);
}

double
raw_time_both(struct raw *r, unsigned turns)
{
	return timed(r, turns, true, true);
}
