/*
 * The transforms of ESP and AH as a table, and cryptors, which are an SA's keys for one of its rows.  crypto_ossl.c and crypto_imb.c
 * work with them; crypto_batch.c says which of the two.
 *
 * CBC.  Setting an IV costs OpenSSL more than enciphering a small packet, so none is set.  Outbound, the block where the IV stands is
 * filled with a secret nonce of the SA xor the sequence number, and enciphered together with the text in one call, as if by
 * an IV of zero: what comes out in its place is the IV, the forward cipher of a block that never comes twice under the key,
 * which nobody without the key can foretell (NIST SP 800-38A, appendix C, first method; that the nonce is secret keeps
 * whoever may choose a text from having that block enciphered beforehand).  Inbound, OpenSSL deciphers the IV along with the
 * text; that makes a block of nothing in its place and, because CBC's chain is the cipher text itself, the right text behind it.
 *
 * GCM and GMAC (RFC 4106, RFC 4543).  The IV is the 64-bit sequence number, which never comes twice under a key.
 *
 * A cryptor is small and quickly made: what a library makes of the keys is made when it first has a packet of the SA, so an SA
 * that has none costs neither, and one that only ever travels in vectors has no context of OpenSSL's.
 */

#include <openssl/evp.h>

#include "datapath/crypto_int.h"
#include "lib/chance.h"
#include "lib/mem.h"

static const struct cipher_row ciphers[CRYPTO_NCIPHER] = {
	/* cipher, mode, key, salt, iv, block, legacy provider, row, OpenSSL's name */
	{ SA_CIPHER_NULL, MODE_NULL, 0, 0, 0, 4, false, 0, NULL },
	{ SA_CIPHER_DES, MODE_CBC, 8, 0, 8, 8, true, 1, "DES-CBC" },
	{ SA_CIPHER_3DES, MODE_CBC, 24, 0, 8, 8, false, 2, "DES-EDE3-CBC" },
	{ SA_CIPHER_AES_CBC, MODE_CBC, 16, 0, 16, 16, false, 3, "AES-128-CBC" },
	{ SA_CIPHER_AES_CBC, MODE_CBC, 24, 0, 16, 16, false, 4, "AES-192-CBC" },
	{ SA_CIPHER_AES_CBC, MODE_CBC, 32, 0, 16, 16, false, 5, "AES-256-CBC" },
	{ SA_CIPHER_AES_GCM, MODE_GCM, 16, GCM_SALT, GCM_IV, 4, false, 6, "AES-128-GCM" },
	{ SA_CIPHER_AES_GCM, MODE_GCM, 24, GCM_SALT, GCM_IV, 4, false, 7, "AES-192-GCM" },
	{ SA_CIPHER_AES_GCM, MODE_GCM, 32, GCM_SALT, GCM_IV, 4, false, 8, "AES-256-GCM" },
	{ SA_CIPHER_AES_GMAC, MODE_GMAC, 16, GCM_SALT, GCM_IV, 4, false, 9, "AES-128-GCM" },
	{ SA_CIPHER_AES_GMAC, MODE_GMAC, 24, GCM_SALT, GCM_IV, 4, false, 10, "AES-192-GCM" },
	{ SA_CIPHER_AES_GMAC, MODE_GMAC, 32, GCM_SALT, GCM_IV, 4, false, 11, "AES-256-GCM" },
};

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
	crypto_mb_free(c->mb);
	*c = (struct crypto){ 0 };
}

static EVP_CIPHER *
crypto_fetch(struct crypto *c, const struct cipher_row *row)
{
	EVP_CIPHER	**slot = &c->fetched[row->at];

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

static bool
cryptor_cipher(struct crypto *c, struct cryptor *k, const struct sa_params *p)
{
	if (k->row->mode == MODE_NULL)
		return true;
	if ((k->evp = crypto_fetch(c, k->row)) == NULL)
		return false;
	memcpy(k->key, p->enc_key, k->row->key);
	memcpy(k->salt, p->enc_key + k->row->key, k->row->salt);
	if (k->row->mode == MODE_CBC && k->out)
		chance_bytes(c->chance, k->nonce, sizeof(k->nonce));
	return true;
}

static size_t
cryptor_bytes(const struct hash_row *hash)
{
	return sizeof(struct cryptor) + (hash != NULL ? 2u * hash->words : 0u);
}

struct cryptor *
cryptor_new(struct crypto *c, const struct sa_params *p, const char **why)
{
	const struct cipher_row	*row = cipher_row_find(p->cipher, p->enc_key_len, false);
	const struct hash_row	*hash = hash_row_find(p->auth);
	struct cryptor		*k;

	if ((*why = refusal(p, row, hash)) != NULL)
		return NULL;
	k = xcalloc(1, cryptor_bytes(hash));
	k->row = row;
	k->size = (struct cryptor_sizes){ row->iv, row->block, row->mode >= MODE_GCM ? GCM_ICV : 0 };
	k->esn = p->esn;
	k->out = p->dir == SA_OUT;
	if ((k->hash = hash) != NULL) {
		k->pads = (uint8_t *)(k + 1);
		hash_row_pads(hash, p->auth_key, p->auth_key_len, k->pads);
		k->size.icv = hash->icv;
	}
	ossl_kind(k);
	if (cryptor_cipher(c, k, p))
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
	ossl_free(k);
	crypto_mb_free_schedule(k);
	wipe_free(k, cryptor_bytes(k->hash));
}
