#ifndef INSPIRE_DATAPATH_CRYPTO_HASH_H
#define INSPIRE_DATAPATH_CRYPTO_HASH_H

/*
 * HMAC for the packet path (RFC 2104): the hash's words after ipad and after opad are made once an SA, and each packet begins
 * with them, which is twice as fast as the library's own HMAC on small packets.  intel-ipsec-mb takes the same words.
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
	uint8_t		words;		/* bytes of what is carried from block to block */
	void		(*load)(union hash_state *s, const uint8_t *words);	/* goes on after one block */
	int		(*init)(union hash_state *s);
	int		(*update)(union hash_state *s, const void *p, size_t n);
	int		(*final)(unsigned char *md, union hash_state *s);
};

const struct hash_row	*hash_row_find(enum sa_auth auth);
/* The words after one block of key ^ ipad, and behind them those after key ^ opad; nkey is at most a block. */
void			 hash_row_pads(const struct hash_row *h, const uint8_t *key, size_t nkey, uint8_t *pads);

#endif
