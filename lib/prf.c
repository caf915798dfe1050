/*
 * Hashes and HMACs over scattered input.  libcrypto's plain digest functions keep their state on
 * our stack: no fetch, no context on the heap, nothing global for what is a few hundred calls an
 * exchange.
 */

#include "lib/prf.h"

#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <string.h>

#include "lib/mem.h"

struct hash {
	enum hash_alg	alg;
	union {
		MD5_CTX		md5;
		SHA_CTX		sha1;
		SHA256_CTX	sha256;
		SHA512_CTX	sha512;		/* SHA-384 too */
	};
};

size_t
hash_len(enum hash_alg alg)
{
	switch (alg) {
	case HASH_MD5:
		return MD5_DIGEST_LENGTH;
	case HASH_SHA1:
		return SHA_DIGEST_LENGTH;
	case HASH_SHA256:
		return SHA256_DIGEST_LENGTH;
	case HASH_SHA384:
		return SHA384_DIGEST_LENGTH;
	case HASH_SHA512:
		return SHA512_DIGEST_LENGTH;
	case HASH_NONE:
		break;
	}
	return 0;
}

size_t
hash_block(enum hash_alg alg)
{
	if (alg == HASH_NONE)
		return 0;
	return alg == HASH_SHA384 || alg == HASH_SHA512 ? SHA512_CBLOCK : SHA_CBLOCK;
}

static void
hash_init(struct hash *h, enum hash_alg alg)
{
	h->alg = alg;
	switch (alg) {
	case HASH_MD5:
		MD5_Init(&h->md5);
		return;
	case HASH_SHA1:
		SHA1_Init(&h->sha1);
		return;
	case HASH_SHA256:
		SHA256_Init(&h->sha256);
		return;
	case HASH_SHA384:
		SHA384_Init(&h->sha512);
		return;
	case HASH_SHA512:
		SHA512_Init(&h->sha512);
		return;
	case HASH_NONE:
		break;
	}
	fatal("there is no hash %d", (int)alg);
}

static void
hash_add(struct hash *h, const void *p, size_t n)
{
	if (n == 0)
		return;
	if (h->alg == HASH_MD5)
		MD5_Update(&h->md5, p, n);
	else if (h->alg == HASH_SHA1)
		SHA1_Update(&h->sha1, p, n);
	else if (h->alg == HASH_SHA256)
		SHA256_Update(&h->sha256, p, n);
	else
		SHA512_Update(&h->sha512, p, n);
}

static void
hash_add_iov(struct hash *h, const struct iov *v, size_t nv)
{
	for (size_t i = 0; i < nv; i++)
		hash_add(h, v[i].p, v[i].n);
}

/* hash_len() bytes; the state is wiped, as it may have seen a key. */
static void
hash_end(struct hash *h, uint8_t *out)
{
	if (h->alg == HASH_MD5)
		MD5_Final(out, &h->md5);
	else if (h->alg == HASH_SHA1)
		SHA1_Final(out, &h->sha1);
	else if (h->alg == HASH_SHA256)
		SHA256_Final(out, &h->sha256);
	else if (h->alg == HASH_SHA384)
		SHA384_Final(out, &h->sha512);
	else
		SHA512_Final(out, &h->sha512);
	wipe(h, sizeof(*h));
}

void
hash_iov(enum hash_alg alg, const struct iov *v, size_t nv, uint8_t out[HASH_MAX])
{
	struct hash h;

	hash_init(&h, alg);
	hash_add_iov(&h, v, nv);
	hash_end(&h, out);
}

/* Starts a hash with the key, padded to a block and masked. */
static void
keyed(struct hash *h, enum hash_alg alg, const uint8_t *block, uint8_t mask)
{
	uint8_t pad[SHA512_CBLOCK];
	size_t n = hash_block(alg);

	for (size_t i = 0; i < n; i++)
		pad[i] = block[i] ^ mask;
	hash_init(h, alg);
	hash_add(h, pad, n);
	wipe(pad, sizeof(pad));
}

/* RFC 2104, section 2. */
void
hmac_iov(enum hash_alg alg, const void *key, size_t nkey, const struct iov *v, size_t nv,
    uint8_t out[HASH_MAX])
{
	uint8_t block[SHA512_CBLOCK] = { 0 }, inner[HASH_MAX];
	struct iov whole = { key, nkey };
	struct hash h;

	if (nkey > hash_block(alg))
		hash_iov(alg, &whole, 1, block);
	else if (nkey != 0)
		memcpy(block, key, nkey);
	keyed(&h, alg, block, 0x36);
	hash_add_iov(&h, v, nv);
	hash_end(&h, inner);
	keyed(&h, alg, block, 0x5c);
	hash_add(&h, inner, hash_len(alg));
	hash_end(&h, out);
	wipe(block, sizeof(block));
	wipe(inner, sizeof(inner));
}

int
mem_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}
