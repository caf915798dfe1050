#ifndef INSPIRE_LIB_CHACHA_H
#define INSPIRE_LIB_CHACHA_H

/* The ChaCha20 block function (RFC 8439, section 2.3): the generator behind seeded chance. */

#include <stdint.h>

#define CHACHA_BLOCK	64

/* in: constants, key, counter, nonce as 16 words; out: the block of key stream. */
void	 chacha_block(const uint32_t in[16], uint8_t out[CHACHA_BLOCK]);

#endif
