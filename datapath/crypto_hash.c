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

/* In each state of libcrypto's, the words come first. */

static void
md5_load(union hash_state *s, const uint8_t *words)
{
	memcpy(&s->md5, words, MD5_DIGEST_LENGTH);
	s->md5.Nl = MD5_CBLOCK * 8;
	s->md5.Nh = 0;
	s->md5.num = 0;
}

static void
sha1_load(union hash_state *s, const uint8_t *words)
{
	memcpy(&s->sha1, words, SHA_DIGEST_LENGTH);
	s->sha1.Nl = SHA_CBLOCK * 8;
	s->sha1.Nh = 0;
	s->sha1.num = 0;
}

static void
sha256_load(union hash_state *s, const uint8_t *words)
{
	memcpy(&s->sha256, words, SHA256_DIGEST_LENGTH);
	s->sha256.Nl = SHA256_CBLOCK * 8;
	s->sha256.Nh = 0;
	s->sha256.num = 0;
	s->sha256.md_len = SHA256_DIGEST_LENGTH;
}

static void
sha384_load(union hash_state *s, const uint8_t *words)
{
	memcpy(&s->sha512, words, SHA512_DIGEST_LENGTH);
	s->sha512.Nl = SHA512_CBLOCK * 8;
	s->sha512.Nh = 0;
	s->sha512.num = 0;
	s->sha512.md_len = SHA384_DIGEST_LENGTH;
}

static void
sha512_load(union hash_state *s, const uint8_t *words)
{
	memcpy(&s->sha512, words, SHA512_DIGEST_LENGTH);
	s->sha512.Nl = SHA512_CBLOCK * 8;
	s->sha512.Nh = 0;
	s->sha512.num = 0;
	s->sha512.md_len = SHA512_DIGEST_LENGTH;
}

static const struct hash_row rows[] = {
	/* auth, digest, ICV, block, words */
	{ SA_AUTH_MD5_96, 16, 12, 64, 16, md5_load, md5_start, md5_more, md5_end },
	{ SA_AUTH_SHA1_96, 20, 12, 64, 20, sha1_load, sha1_start, sha1_more, sha1_end },
	{ SA_AUTH_SHA256_128, 32, 16, 64, 32, sha256_load, sha256_start, sha256_more, sha256_end },
	{ SA_AUTH_SHA384_192, 48, 24, 128, 64, sha384_load, sha384_start, sha512_more, sha512_end },
	{ SA_AUTH_SHA512_256, 64, 32, 128, 64, sha512_load, sha512_start, sha512_more, sha512_end },
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

static void
pad_words(const struct hash_row *h, const uint8_t *key, size_t nkey, uint8_t pad, uint8_t *words)
{
	union hash_state	s;
	uint8_t			block[128] = { 0 };
	size_t			i;

	memcpy(block, key, nkey);
	for (i = 0; i < h->block; i++)
		block[i] ^= pad;
	if (!h->init(&s) || !h->update(&s, block, h->block))
		fatal("a hash could not be started");
	memcpy(words, &s, h->words);
	wipe(block, sizeof(block));
	wipe(&s, sizeof(s));
}

void
hash_row_pads(const struct hash_row *h, const uint8_t *key, size_t nkey, uint8_t *pads)
{
	pad_words(h, key, nkey, 0x36, pads);
	pad_words(h, key, nkey, 0x5c, pads + h->words);
}
