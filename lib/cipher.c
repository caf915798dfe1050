/*
 * CBC for key exchange messages.  DES is asked for as triple DES with one key three times, which
 * is the same function (a decryption undoes the first of the encryptions) and needs no legacy
 * provider.
 */

#include "lib/cipher.h"

#include <openssl/evp.h>
#include <string.h>

#include "lib/chance.h"
#include "lib/mem.h"

#define DES_KEY		8

static const struct cipher {
	const char	*name;		/* libcrypto's */
	uint8_t		 key, block;	/* bytes */
} ciphers[] = {
	[CIPHER_DES] = { "DES-EDE3-CBC", DES_KEY, 8 },
	[CIPHER_3DES] = { "DES-EDE3-CBC", 3 * DES_KEY, 8 },
	[CIPHER_AES128] = { "AES-128-CBC", 16, 16 },
	[CIPHER_AES192] = { "AES-192-CBC", 24, 16 },
	[CIPHER_AES256] = { "AES-256-CBC", 32, 16 },
};

static const struct cipher *
find(enum cipher_alg alg)
{
	if ((size_t)alg >= sizeof(ciphers) / sizeof(ciphers[0]) || ciphers[alg].name == NULL)
		return NULL;
	return &ciphers[alg];
}

size_t
cipher_key_len(enum cipher_alg alg)
{
	const struct cipher *x = find(alg);

	return x != NULL ? x->key : 0;
}

size_t
cipher_block(enum cipher_alg alg)
{
	const struct cipher *x = find(alg);

	return x != NULL ? x->block : 0;
}

bool
cipher_available(struct chance *c, enum cipher_alg alg)
{
	const struct cipher *x = find(alg);

	return x != NULL && chance_cipher(c, x->name) != NULL;
}

bool
cipher_cbc(struct chance *c, enum cipher_alg alg, bool encrypt, const uint8_t *key, const uint8_t *iv,
    uint8_t *p, size_t n)
{
	const struct cipher *x = find(alg);
	const EVP_CIPHER *evp = x != NULL ? chance_cipher(c, x->name) : NULL;
	uint8_t thrice[3 * DES_KEY];
	EVP_CIPHER_CTX *ctx;
	int done = 0;
	bool ok;

	if (evp == NULL || n % x->block != 0 || n > INT32_MAX || (ctx = EVP_CIPHER_CTX_new()) == NULL)
		return false;
	if (alg == CIPHER_DES) {
		for (int i = 0; i < 3; i++)
			memcpy(thrice + i * DES_KEY, key, DES_KEY);
		key = thrice;
	}
	ok = EVP_CipherInit_ex2(ctx, evp, key, iv, encrypt, NULL) && EVP_CIPHER_CTX_set_padding(ctx, 0) &&
	    (n == 0 || EVP_CipherUpdate(ctx, p, &done, p, (int)n)) && (size_t)done == n;
	EVP_CIPHER_CTX_free(ctx);
	wipe(thrice, sizeof(thrice));
	return ok;
}

/* The four weak keys and the six semi-weak pairs, parity bits as they come: those are not compared. */
bool
des_key_is_weak(const uint8_t key[8])
{
	static const uint8_t weak[16][8] = {
		{ 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01 },
		{ 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe },
		{ 0x1f, 0x1f, 0x1f, 0x1f, 0x0e, 0x0e, 0x0e, 0x0e },
		{ 0xe0, 0xe0, 0xe0, 0xe0, 0xf1, 0xf1, 0xf1, 0xf1 },
		{ 0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe },
		{ 0xfe, 0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe, 0x01 },
		{ 0x1f, 0xe0, 0x1f, 0xe0, 0x0e, 0xf1, 0x0e, 0xf1 },
		{ 0xe0, 0x1f, 0xe0, 0x1f, 0xf1, 0x0e, 0xf1, 0x0e },
		{ 0x01, 0xe0, 0x01, 0xe0, 0x01, 0xf1, 0x01, 0xf1 },
		{ 0xe0, 0x01, 0xe0, 0x01, 0xf1, 0x01, 0xf1, 0x01 },
		{ 0x1f, 0xfe, 0x1f, 0xfe, 0x0e, 0xfe, 0x0e, 0xfe },
		{ 0xfe, 0x1f, 0xfe, 0x1f, 0xfe, 0x0e, 0xfe, 0x0e },
		{ 0x01, 0x1f, 0x01, 0x1f, 0x01, 0x0e, 0x01, 0x0e },
		{ 0x1f, 0x01, 0x1f, 0x01, 0x0e, 0x01, 0x0e, 0x01 },
		{ 0xe0, 0xfe, 0xe0, 0xfe, 0xf1, 0xfe, 0xf1, 0xfe },
		{ 0xfe, 0xe0, 0xfe, 0xe0, 0xfe, 0xf1, 0xfe, 0xf1 },
	};

	for (size_t i = 0; i < 16; i++) {
		unsigned differ = 0;

		for (size_t k = 0; k < 8; k++)
			differ |= (unsigned)((key[k] ^ weak[i][k]) & 0xfe);
		if (differ == 0)
			return true;
	}
	return false;
}
