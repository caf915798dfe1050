#ifndef INSPIRE_LIB_CIPHER_H
#define INSPIRE_LIB_CIPHER_H

/* Block ciphers in CBC mode for key exchange messages (RFC 2409, appendix B). Not the packet path. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cipher_alg { CIPHER_NONE, CIPHER_DES, CIPHER_3DES, CIPHER_AES128, CIPHER_AES192, CIPHER_AES256 };

struct chance;

size_t	 cipher_key_len(enum cipher_alg alg);
size_t	 cipher_block(enum cipher_alg alg);
/* In place, n a multiple of the block; iv is not changed.  False if libcrypto hasn't the
 * cipher, or n is no multiple. */
bool	 cipher_cbc(struct chance *c, enum cipher_alg alg, bool encrypt, const uint8_t *key, const uint8_t *iv, uint8_t *p, size_t n);
bool	 cipher_available(struct chance *c, enum cipher_alg alg);
/* DES weak and semi-weak keys (RFC 2409, appendix A). */
bool	 des_key_is_weak(const uint8_t key[8]);

#endif
