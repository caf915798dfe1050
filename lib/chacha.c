/* ChaCha20 (RFC 8439, section 2): twenty rounds over sixteen words. */

#include "lib/chacha.h"

#include <string.h>

static uint32_t
rotl(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static void
quarter(uint32_t *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 7);
}

void
chacha_block(const uint32_t in[16], uint8_t out[CHACHA_BLOCK])
{
	uint32_t x[16];

	memcpy(x, in, sizeof(x));
	for (int i = 0; i < 10; i++) {
		for (unsigned k = 0; k < 4; k++)
			quarter(x, k, 4 + k, 8 + k, 12 + k);
		for (unsigned k = 0; k < 4; k++)
			quarter(x, k, 4 + (k + 1) % 4, 8 + (k + 2) % 4, 12 + (k + 3) % 4);
	}
	for (unsigned i = 0; i < 16; i++) {
		uint32_t v = x[i] + in[i];

		for (unsigned k = 0; k < 4; k++)
			out[4 * i + k] = (uint8_t)(v >> 8 * k);
	}
}
