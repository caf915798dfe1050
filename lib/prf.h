#ifndef INSPIRE_LIB_PRF_H
#define INSPIRE_LIB_PRF_H

/* Hashes and HMACs (FIPS 180-4, RFC 2104), one shot and scattered, for key exchange. Not the packet path. */

#include <stddef.h>
#include <stdint.h>

enum hash_alg { HASH_NONE, HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512 };
#define HASH_MAX	64

struct iov { const void *p; size_t n; };

size_t	 hash_len(enum hash_alg alg);
size_t	 hash_block(enum hash_alg alg);
void	 hash_iov(enum hash_alg alg, const struct iov *v, size_t nv, uint8_t out[HASH_MAX]);
void	 hmac_iov(enum hash_alg alg, const void *key, size_t nkey, const struct iov *v, size_t nv, uint8_t out[HASH_MAX]);
/* Constant time. */
int	 mem_equal(const void *a, const void *b, size_t n);

#endif
