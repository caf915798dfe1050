#ifndef INSPIRE_DATAPATH_CRYPTO_INT_H
#define INSPIRE_DATAPATH_CRYPTO_INT_H

/* Between the files of crypto_*.c: the rows of the table, OpenSSL's share of a packet, and intel-ipsec-mb's of a vector. */

#include <string.h>

#include "datapath/crypto.h"
#include "datapath/crypto_hash.h"

#define GCM_ICV		16
#define GCM_IV		8
#define GCM_SALT	4

enum cipher_mode { MODE_NULL, MODE_CBC, MODE_GCM, MODE_GMAC };

struct cipher_row {
	enum sa_cipher	 cipher;
	enum cipher_mode mode;
	uint8_t		 key, salt, iv, block;	/* bytes */
	bool		 legacy;
	uint8_t		 at;			/* which row it is */
	const char	*name;
};

static inline void
crypto_be32(uint8_t *p, uint32_t v)
{
	v = __builtin_bswap32(v);
	memcpy(p, &v, sizeof(v));
}

static inline void
crypto_be64(uint8_t *p, uint64_t v)
{
	v = __builtin_bswap64(v);
	memcpy(p, &v, sizeof(v));
}

/* Of a CBC packet: what is enciphered to become the IV. */
static inline void
cbc_nonce(const struct cryptor *k, uint8_t *iv, uint64_t seq)
{
	uint64_t	low;

	memcpy(iv, k->nonce, k->size.iv);
	memcpy(&low, iv, sizeof(low));
	low ^= seq;
	memcpy(iv, &low, sizeof(low));
}

/* --- crypto_ossl.c: one packet --- */

/* The functions of the cryptor's kind. */
void	ossl_kind(struct cryptor *k);
void	ossl_free(struct cryptor *k);
/* CBC alone, from the IV on. */
bool	ossl_encipher(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq);
bool	ossl_decipher(struct cryptor *k, uint8_t *esp, size_t ntext);
/* HMAC over the n bytes from esp on: put behind them, or compared with what stands there. */
void	ossl_sign(const struct cryptor *k, uint8_t *esp, size_t n, uint64_t seq);
bool	ossl_verify(const struct cryptor *k, const uint8_t *esp, size_t n, uint64_t seq);

/* --- crypto_imb.c: vectors --- */

/* NULL where it was built without it, or the processor lacks something. */
struct crypto_mb *crypto_mb_new(void);
void	crypto_mb_free(struct crypto_mb *m);
/* all: also where OpenSSL would be faster.  Counts in done. */
void	crypto_mb_seal(struct crypto_mb *m, struct crypto_job *v, size_t n, bool all, uint64_t *done);
void	crypto_mb_open(struct crypto_mb *m, struct crypto_job *v, size_t n, bool all, uint64_t *done);
void	crypto_mb_free_schedule(struct cryptor *k);
/* NULL: it can't serve. */
const char *crypto_mb_version(void);
const char *crypto_mb_arch(void);

#endif
