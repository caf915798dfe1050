/* The hashes of ESP and AH as a table of low-level states (RFC 2403, 2404, 4868). */

#include <string.h>

#include "datapath/crypto_hash.h"
#include "lib/mem.h"

static int
md5_start(union hash_state *s)
{
	return MD5_Init(&s->md5);
}

static int
md5_more(union hash_state *s, const void *p, size_t n)
{
	return MD5_Update(&s->md5, p, n);
}

static int
md5_end(unsigned char *md, union hash_state *s)
{
	return MD5_Final(md, &s->md5);
}

static int
sha1_start(union hash_state *s)
{
	return SHA1_Init(&s->sha1);
}

static int
sha1_more(union hash_state *s, const void *p, size_t n)
{
	return SHA1_Update(&s->sha1, p, n);
}

static int
sha1_end(unsigned char *md, union hash_state *s)
{
	return SHA1_Final(md, &s->sha1);
}

static int
sha256_start(union hash_state *s)
{
	return SHA256_Init(&s->sha256);
}

static int
sha256_more(union hash_state *s, const void *p, size_t n)
{
	return SHA256_Update(&s->sha256, p, n);
}

static int
sha256_end(unsigned char *md, union hash_state *s)
{
	return SHA256_Final(md, &s->sha256);
}

static int
sha384_start(union hash_state *s)
{
	return SHA384_Init(&s->sha512);
}

static int
sha512_start(union hash_state *s)
{
	return SHA512_Init(&s->sha512);
}

static int
sha512_more(union hash_state *s, const void *p, size_t n)
{
	return SHA512_Update(&s->sha512, p, n);
}

/* Serves SHA-384 too: the state knows its digest's length. */
static int
sha512_end(unsigned char *md, union hash_state *s)
{
	return SHA512_Final(md, &s->sha512);
}

static const struct hash_row rows[] = {
	/* auth, digest, ICV, block, state */
	{ SA_AUTH_MD5_96, 16, 12, 64, sizeof(MD5_CTX), md5_start, md5_more, md5_end },
	{ SA_AUTH_SHA1_96, 20, 12, 64, sizeof(SHA_CTX), sha1_start, sha1_more, sha1_end },
	{ SA_AUTH_SHA256_128, 32, 16, 64, sizeof(SHA256_CTX), sha256_start, sha256_more, sha256_end },
	{ SA_AUTH_SHA384_192, 48, 24, 128, sizeof(SHA512_CTX), sha384_start, sha512_more, sha512_end },
	{ SA_AUTH_SHA512_256, 64, 32, 128, sizeof(SHA512_CTX), sha512_start, sha512_more, sha512_end },
};

const struct hash_row *
hash_row_find(enum sa_auth auth)
{
	size_t	i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].auth == auth)
			return &rows[i];
	return NULL;
}

void
hash_row_key(const struct hash_row *h, const uint8_t *key, size_t nkey, uint8_t pad, void *state)
{
	union hash_state	s;
	uint8_t			block[128] = { 0 };
	size_t			i;

	memcpy(block, key, nkey);
	for (i = 0; i < h->block; i++)
		block[i] ^= pad;
	if (!h->init(&s) || !h->update(&s, block, h->block))
		fatal("a hash could not be started");
	memcpy(state, &s, h->state);
	wipe(block, sizeof(block));
	wipe(&s, sizeof(s));
}
