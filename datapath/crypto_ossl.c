/*
 * The transforms of ESP and AH on OpenSSL.
 *
 * CBC.  Setting an IV costs the library more than enciphering a small packet, so none is set.  Outbound, the
 * block where the IV stands is filled with a secret nonce of the SA xor the sequence number, and enciphered
 * together with the text in one call: what comes out in its place is the IV, which nobody without the key can
 * foretell (NIST SP 800-38A, appendix C, first method; the chain that goes on from packet to packet only
 * whitens the nonce further).  Inbound, the IV is deciphered along with the text; that makes a block of
 * nothing in its place and, because CBC's chain is the cipher text itself, the right text behind it.
 *
 * GCM and GMAC (RFC 4106, RFC 4543).  The IV is the 64-bit sequence number, which never comes twice under a key.
 */

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "datapath/crypto.h"
#include "datapath/crypto_hash.h"
#include "lib/chance.h"
#include "lib/mem.h"

#define GCM_ICV		16
#define GCM_IV		8
#define GCM_SALT	4

enum cipher_mode { MODE_NULL, MODE_CBC, MODE_GCM, MODE_GMAC };

struct cipher_row {
	enum sa_cipher	 cipher;
	enum cipher_mode mode;
	uint8_t		 key, salt, iv, block;	/* bytes */
	bool		 legacy;
	const char	*name;
};

static const struct cipher_row ciphers[CRYPTO_NCIPHER] = {
	/* cipher, mode, key, salt, iv, block, legacy provider, the library's name */
	{ SA_CIPHER_NULL, MODE_NULL, 0, 0, 0, 4, false, NULL },
	{ SA_CIPHER_DES, MODE_CBC, 8, 0, 8, 8, true, "DES-CBC" },
	{ SA_CIPHER_3DES, MODE_CBC, 24, 0, 8, 8, false, "DES-EDE3-CBC" },
	{ SA_CIPHER_AES_CBC, MODE_CBC, 16, 0, 16, 16, false, "AES-128-CBC" },
	{ SA_CIPHER_AES_CBC, MODE_CBC, 24, 0, 16, 16, false, "AES-192-CBC" },
	{ SA_CIPHER_AES_CBC, MODE_CBC, 32, 0, 16, 16, false, "AES-256-CBC" },
	{ SA_CIPHER_AES_GCM, MODE_GCM, 16, GCM_SALT, GCM_IV, 4, false, "AES-128-GCM" },
	{ SA_CIPHER_AES_GCM, MODE_GCM, 24, GCM_SALT, GCM_IV, 4, false, "AES-192-GCM" },
	{ SA_CIPHER_AES_GCM, MODE_GCM, 32, GCM_SALT, GCM_IV, 4, false, "AES-256-GCM" },
	{ SA_CIPHER_AES_GMAC, MODE_GMAC, 16, GCM_SALT, GCM_IV, 4, false, "AES-128-GCM" },
	{ SA_CIPHER_AES_GMAC, MODE_GMAC, 24, GCM_SALT, GCM_IV, 4, false, "AES-192-GCM" },
	{ SA_CIPHER_AES_GMAC, MODE_GMAC, 32, GCM_SALT, GCM_IV, 4, false, "AES-256-GCM" },
};

static inline void
put_be32(uint8_t *p, uint32_t v)
{
	v = __builtin_bswap32(v);
	memcpy(p, &v, sizeof(v));
}

static inline void
put_be64(uint8_t *p, uint64_t v)
{
	v = __builtin_bswap64(v);
	memcpy(p, &v, sizeof(v));
}

bool
crypto_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

/* --- HMAC --- */

/* RFC 4303, 2.2.1: the high half of an extended sequence number stands, unsent, after what is covered. */
void
cryptor_icv(const struct cryptor *k, const struct crypto_piece *v, size_t n, uint64_t seq, uint8_t *icv)
{
	const struct hash_row	*h = k->hash;
	union hash_state	 s;
	uint8_t			 md[SHA512_DIGEST_LENGTH], high[4];
	size_t			 i;

	memcpy(&s, k->inner, h->state);
	for (i = 0; i < n; i++)
		h->update(&s, v[i].p, v[i].n);
	if (k->esn) {
		put_be32(high, (uint32_t)(seq >> 32));
		h->update(&s, high, sizeof(high));
	}
	h->final(md, &s);
	memcpy(&s, k->outer, h->state);
	h->update(&s, md, h->digest);
	h->final(md, &s);
	memcpy(icv, md, h->icv);
}

static void
esp_icv(const struct cryptor *k, const uint8_t *esp, size_t n, uint64_t seq, uint8_t *icv)
{
	const struct crypto_piece	v = { esp, n };

	cryptor_icv(k, &v, 1, seq, icv);
}

static bool
hmac_good(const struct cryptor *k, const uint8_t *esp, size_t n, uint64_t seq)
{
	uint8_t	icv[CRYPTO_ICV_MAX];

	esp_icv(k, esp, n, seq, icv);
	return crypto_equal(icv, esp + n, k->size.icv);
}

static bool
null_seal(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq)
{
	esp_icv(k, esp, ESP_HEADER + ntext, seq, esp + ESP_HEADER + ntext);
	return true;
}

static bool
null_open(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq, bool *bad)
{
	*bad = !hmac_good(k, esp, ESP_HEADER + ntext, seq);
	return !*bad;
}

/* --- CBC --- */

static bool
cbc_run(struct cryptor *k, uint8_t *from_iv, size_t n)
{
	return EVP_Cipher(k->ctx, from_iv, from_iv, (unsigned)n) == (int)n;
}

static void
cbc_nonce(const struct cryptor *k, uint8_t *iv, uint64_t seq)
{
	uint64_t	low;

	memcpy(iv, k->nonce, k->size.iv);
	memcpy(&low, iv, sizeof(low));
	low ^= seq;
	memcpy(iv, &low, sizeof(low));
}

static bool
cbc_seal(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq)
{
	cbc_nonce(k, esp + ESP_HEADER, seq);
	return cbc_run(k, esp + ESP_HEADER, k->size.iv + ntext);
}

static bool
cbc_open(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq, bool *bad)
{
	(void)seq;
	*bad = false;
	return cbc_run(k, esp + ESP_HEADER, k->size.iv + ntext);
}

static bool
cbc_hmac_seal(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq)
{
	size_t	n = ESP_HEADER + k->size.iv + ntext;

	if (!cbc_seal(k, esp, ntext, seq))
		return false;
	esp_icv(k, esp, n, seq, esp + n);
	return true;
}

static bool
cbc_hmac_open(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq, bool *bad)
{
	*bad = !hmac_good(k, esp, ESP_HEADER + k->size.iv + ntext, seq);
	return !*bad && cbc_run(k, esp + ESP_HEADER, k->size.iv + ntext);
}

/* --- GCM and GMAC --- */

static bool
gcm_start(struct cryptor *k, const uint8_t *esp)
{
	uint8_t	iv[GCM_SALT + GCM_IV];

	memcpy(iv, k->salt, GCM_SALT);
	memcpy(iv + GCM_SALT, esp + ESP_HEADER, GCM_IV);
	return EVP_CipherInit_ex(k->ctx, NULL, NULL, NULL, iv, -1) == 1;
}

/* RFC 4106, 5: SPI and sequence number, whole if extended. */
static bool
gcm_aad(struct cryptor *k, const uint8_t *esp, uint64_t seq)
{
	uint8_t	aad[12];

	if (!k->esn)
		return EVP_Cipher(k->ctx, NULL, esp, ESP_HEADER) == ESP_HEADER;
	memcpy(aad, esp, 4);
	put_be64(aad + 4, seq);
	return EVP_Cipher(k->ctx, NULL, aad, sizeof(aad)) == (int)sizeof(aad);
}

static bool
gcm_tag(struct cryptor *k, uint8_t *icv, bool get)
{
	OSSL_PARAM	par[2];

	par[0] = OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, icv, GCM_ICV);
	par[1] = OSSL_PARAM_construct_end();
	return (get ? EVP_CIPHER_CTX_get_params(k->ctx, par) : EVP_CIPHER_CTX_set_params(k->ctx, par)) == 1;
}

static bool
gcm_text(struct cryptor *k, uint8_t *text, size_t n)
{
	return EVP_Cipher(k->ctx, text, text, (unsigned)n) == (int)n;
}

static bool
gmac_text(struct cryptor *k, const uint8_t *from_iv, size_t n)
{
	return EVP_Cipher(k->ctx, NULL, from_iv, (unsigned)n) == (int)n;
}

static bool
gcm_end(struct cryptor *k)
{
	uint8_t	none[GCM_ICV];

	return EVP_Cipher(k->ctx, none, NULL, 0) >= 0;
}

static bool
gcm_seal(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq)
{
	uint8_t	*text = esp + ESP_HEADER + GCM_IV;

	put_be64(esp + ESP_HEADER, seq);
	return gcm_start(k, esp) && gcm_aad(k, esp, seq) && gcm_text(k, text, ntext) && gcm_end(k) &&
	    gcm_tag(k, text + ntext, true);
}

static bool
gcm_open(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq, bool *bad)
{
	uint8_t	*text = esp + ESP_HEADER + GCM_IV;

	*bad = false;
	if (!gcm_start(k, esp) || !gcm_tag(k, text + ntext, false) || !gcm_aad(k, esp, seq) ||
	    !gcm_text(k, text, ntext))
		return false;
	*bad = !gcm_end(k);
	return !*bad;
}

static bool
gmac_seal(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq)
{
	uint8_t	*iv = esp + ESP_HEADER;

	put_be64(iv, seq);
	return gcm_start(k, esp) && gcm_aad(k, esp, seq) && gmac_text(k, iv, GCM_IV + ntext) && gcm_end(k) &&
	    gcm_tag(k, iv + GCM_IV + ntext, true);
}

static bool
gmac_open(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq, bool *bad)
{
	uint8_t	*iv = esp + ESP_HEADER;

	*bad = false;
	if (!gcm_start(k, esp) || !gcm_tag(k, iv + GCM_IV + ntext, false) || !gcm_aad(k, esp, seq) ||
	    !gmac_text(k, iv, GCM_IV + ntext))
		return false;
	*bad = !gcm_end(k);
	return !*bad;
}

/* --- Making a cryptor --- */

void
crypto_init(struct crypto *c, struct chance *chance)
{
	*c = (struct crypto){ .chance = chance };
}

void
crypto_fini(struct crypto *c)
{
	size_t	i;

	for (i = 0; i < CRYPTO_NCIPHER; i++)
		EVP_CIPHER_free(c->fetched[i]);
	*c = (struct crypto){ 0 };
}

static EVP_CIPHER *
crypto_fetch(struct crypto *c, const struct cipher_row *row)
{
	EVP_CIPHER	**slot = &c->fetched[row - ciphers];

	if (*slot == NULL && (!row->legacy || chance_libctx_legacy(c->chance)))
		*slot = EVP_CIPHER_fetch(chance_libctx(c->chance), row->name, NULL);
	return *slot;
}

static const struct cipher_row *
cipher_row_find(enum sa_cipher cipher, size_t nkey, bool any_key)
{
	size_t	i;

	for (i = 0; i < CRYPTO_NCIPHER; i++)
		if (ciphers[i].cipher == cipher && (any_key || (size_t)ciphers[i].key + ciphers[i].salt == nkey))
			return &ciphers[i];
	return NULL;
}

bool
crypto_available(struct crypto *c, enum sa_cipher cipher)
{
	const struct cipher_row	*row = cipher_row_find(cipher, 0, true);

	return row != NULL && (row->mode == MODE_NULL || crypto_fetch(c, row) != NULL);
}

/* What RFC 4303, 3.2 and RFC 8221 do not allow, and keys of the wrong length. */
static const char *
refusal(const struct sa_params *p, const struct cipher_row *row, const struct hash_row *hash)
{
	bool	aead = row != NULL && row->mode >= MODE_GCM;

	if (row == NULL)
		return "the cipher's key length does not fit";
	if (p->auth != SA_AUTH_NONE && hash == NULL)
		return "unknown authentication algorithm";
	if (aead && hash != NULL)
		return "an authenticating cipher takes no separate authentication";
	if (hash != NULL && p->auth_key_len != hash->digest)
		return "the authentication key's length does not fit";
	if (p->proto == SA_AH && (row->mode != MODE_NULL || hash == NULL))
		return "AH takes an authentication algorithm and no cipher";
	if (row->mode == MODE_NULL && hash == NULL)
		return "neither encryption nor authentication";
	if (p->esn && hash == NULL && !aead)
		return "extended sequence numbers need authentication";
	return NULL;
}

static void
cryptor_kind(struct cryptor *k, enum cipher_mode mode)
{
	switch (mode) {
	case MODE_NULL:
		k->seal = null_seal;
		k->open = null_open;
		break;
	case MODE_CBC:
		k->seal = k->hash != NULL ? cbc_hmac_seal : cbc_seal;
		k->open = k->hash != NULL ? cbc_hmac_open : cbc_open;
		break;
	case MODE_GCM:
		k->seal = gcm_seal;
		k->open = gcm_open;
		break;
	case MODE_GMAC:
		k->seal = gmac_seal;
		k->open = gmac_open;
		break;
	}
}

static bool
cryptor_cipher(struct crypto *c, struct cryptor *k, const struct cipher_row *row, const struct sa_params *p)
{
	static const uint8_t	 zero[CRYPTO_IV_MAX];
	EVP_CIPHER		*evp;
	bool			 seal = p->dir == SA_OUT;

	if (row->mode == MODE_NULL)
		return true;
	if ((evp = crypto_fetch(c, row)) == NULL || (k->ctx = EVP_CIPHER_CTX_new()) == NULL)
		return false;
	if (EVP_CipherInit_ex(k->ctx, evp, NULL, p->enc_key, zero, seal) != 1)
		return false;
	if (row->mode == MODE_CBC)	/* elsewhere it would be set again with each IV */
		EVP_CIPHER_CTX_set_padding(k->ctx, 0);
	memcpy(k->salt, p->enc_key + row->key, row->salt);
	if (row->mode == MODE_CBC && seal)
		chance_bytes(c->chance, k->nonce, sizeof(k->nonce));
	return true;
}

static void
cryptor_hash(struct cryptor *k, const struct hash_row *h, const struct sa_params *p)
{
	k->hash = h;
	k->inner = xmalloc((size_t)h->state * 2);
	k->outer = (uint8_t *)k->inner + h->state;
	hash_row_key(h, p->auth_key, p->auth_key_len, 0x36, k->inner);
	hash_row_key(h, p->auth_key, p->auth_key_len, 0x5c, k->outer);
}

struct cryptor *
cryptor_new(struct crypto *c, const struct sa_params *p, const char **why)
{
	const struct cipher_row	*row = cipher_row_find(p->cipher, p->enc_key_len, false);
	const struct hash_row	*hash = hash_row_find(p->auth);
	struct cryptor		*k;

	if ((*why = refusal(p, row, hash)) != NULL)
		return NULL;
	k = xcalloc(1, sizeof(*k));
	k->size = (struct cryptor_sizes){ row->iv, row->block, row->mode >= MODE_GCM ? GCM_ICV : 0 };
	k->esn = p->esn;
	if (hash != NULL) {
		cryptor_hash(k, hash, p);
		k->size.icv = hash->icv;
	}
	cryptor_kind(k, row->mode);
	if (cryptor_cipher(c, k, row, p))
		return k;
	*why = row->legacy ? "DES needs the crypto library's legacy provider, which is not there" :
	    "the crypto library does not offer this cipher";
	cryptor_free(k);
	return NULL;
}

void
cryptor_free(struct cryptor *k)
{
	if (k == NULL)
		return;
	EVP_CIPHER_CTX_free(k->ctx);
	if (k->hash != NULL)
		wipe_free(k->inner, (size_t)k->hash->state * 2);
	wipe_free(k, sizeof(*k));
}
