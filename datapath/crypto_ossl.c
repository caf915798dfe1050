/* The transforms of ESP and AH on OpenSSL, one packet after the other.  crypto.c says why the IVs are as they are. */

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "datapath/crypto_int.h"

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

	h->load(&s, k->pads);
	for (i = 0; i < n; i++)
		h->update(&s, v[i].p, v[i].n);
	if (k->esn) {
		crypto_be32(high, (uint32_t)(seq >> 32));
		h->update(&s, high, sizeof(high));
	}
	h->final(md, &s);
	h->load(&s, k->pads + h->words);
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

void
ossl_sign(const struct cryptor *k, uint8_t *esp, size_t n, uint64_t seq)
{
	esp_icv(k, esp, n, seq, esp + n);
}

bool
ossl_verify(const struct cryptor *k, const uint8_t *esp, size_t n, uint64_t seq)
{
	uint8_t	icv[CRYPTO_ICV_MAX];

	esp_icv(k, esp, n, seq, icv);
	return crypto_equal(icv, esp + n, k->size.icv);
}

static bool
null_seal(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq)
{
	ossl_sign(k, esp, ESP_HEADER + ntext, seq);
	return true;
}

static bool
null_open(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq, bool *bad)
{
	*bad = !ossl_verify(k, esp, ESP_HEADER + ntext, seq);
	return !*bad;
}

/* --- CBC --- */

/* The context of this SA, made for its first packet. */
static bool
ready(struct cryptor *k)
{
	static const uint8_t	zero[CRYPTO_IV_MAX];

	if (k->ctx != NULL)
		return true;
	if ((k->ctx = EVP_CIPHER_CTX_new()) == NULL)
		return false;
	if (EVP_CipherInit_ex(k->ctx, k->evp, NULL, k->key, zero, k->out) != 1) {
		ossl_free(k);
		return false;
	}
	if (k->row->mode == MODE_CBC)	/* elsewhere it would be set again with each IV */
		EVP_CIPHER_CTX_set_padding(k->ctx, 0);
	memset(k->chain, 0, sizeof(k->chain));
	return true;
}

void
ossl_free(struct cryptor *k)
{
	EVP_CIPHER_CTX_free(k->ctx);
	k->ctx = NULL;
}

static bool
cbc_run(struct cryptor *k, uint8_t *from_iv, size_t n)
{
	return EVP_Cipher(k->ctx, from_iv, from_iv, (unsigned)n) == (int)n;
}

/*
 * The library's chain goes on from the packet before, and its last block is taken out of this one's first, so that all is as if
 * it began with zero.
 */
bool
ossl_encipher(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq)
{
	uint8_t	*iv = esp + ESP_HEADER;
	size_t	 i, niv = k->size.iv;

	if (!ready(k))
		return false;
	cbc_nonce(k, iv, seq);
	for (i = 0; i < niv; i++)
		iv[i] ^= k->chain[i];
	if (!cbc_run(k, iv, niv + ntext)) {
		ossl_free(k);
		return false;
	}
	memcpy(k->chain, iv + ntext, niv);
	return true;
}

bool
ossl_decipher(struct cryptor *k, uint8_t *esp, size_t ntext)
{
	return ready(k) && cbc_run(k, esp + ESP_HEADER, k->size.iv + ntext);
}

static bool
cbc_open(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq, bool *bad)
{
	(void)seq;
	*bad = false;
	return ossl_decipher(k, esp, ntext);
}

static bool
cbc_hmac_seal(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq)
{
	size_t	n = ESP_HEADER + k->size.iv + ntext;

	if (!ossl_encipher(k, esp, ntext, seq))
		return false;
	ossl_sign(k, esp, n, seq);
	return true;
}

static bool
cbc_hmac_open(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq, bool *bad)
{
	*bad = !ossl_verify(k, esp, ESP_HEADER + k->size.iv + ntext, seq);
	return !*bad && ossl_decipher(k, esp, ntext);
}

/* --- GCM and GMAC --- */

static bool
gcm_start(struct cryptor *k, const uint8_t *esp)
{
	uint8_t	iv[GCM_SALT + GCM_IV];

	memcpy(iv, k->salt, GCM_SALT);
	memcpy(iv + GCM_SALT, esp + ESP_HEADER, GCM_IV);
	return ready(k) && EVP_CipherInit_ex(k->ctx, NULL, NULL, NULL, iv, -1) == 1;
}

/* RFC 4106, 5: SPI and sequence number, whole if extended. */
static bool
gcm_aad(struct cryptor *k, const uint8_t *esp, uint64_t seq)
{
	uint8_t	aad[12];

	if (!k->esn)
		return EVP_Cipher(k->ctx, NULL, esp, ESP_HEADER) == ESP_HEADER;
	memcpy(aad, esp, 4);
	crypto_be64(aad + 4, seq);
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

	crypto_be64(esp + ESP_HEADER, seq);
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

	crypto_be64(iv, seq);
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

void
ossl_kind(struct cryptor *k)
{
	switch (k->row->mode) {
	case MODE_NULL:
		k->seal = null_seal;
		k->open = null_open;
		break;
	case MODE_CBC:
		k->seal = k->hash != NULL ? cbc_hmac_seal : ossl_encipher;
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
