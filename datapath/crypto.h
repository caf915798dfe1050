#ifndef INSPIRE_DATAPATH_CRYPTO_H
#define INSPIRE_DATAPATH_CRYPTO_H

/*
 * The ciphers and hashes of the packet path, behind one table of transforms.  A cryptor is one SA's keys
 * made ready: sealing and opening a packet with it allocates nothing, draws no randomness and sets no key.
 *
 * Seal and open work in place on an ESP packet: the 8 bytes of header, iv bytes, text, icv bytes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "datapath/sa.h"

struct chance;
struct cryptor;
struct evp_cipher_st;

#define ESP_HEADER	8		/* SPI and sequence number */
#define CRYPTO_IV_MAX	16
#define CRYPTO_ICV_MAX	32
#define CRYPTO_NCIPHER	12

/* The ciphers that were fetched so far, one a row of the table. */
struct crypto {
	struct chance		*chance;
	struct evp_cipher_st	*fetched[CRYPTO_NCIPHER];
};

struct cryptor_sizes {
	uint8_t	iv, block, icv;		/* block: what the text is padded to, at least 4 */
};

/*
 * All give false where the library failed; open also where the ICV is wrong, which *bad tells apart.
 * The header is in place before sealing; the IV and the ICV are written by it.
 */
struct cryptor {
	bool	(*seal)(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq);
	bool	(*open)(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq, bool *bad);
	struct evp_cipher_ctx_st	*ctx;
	const struct hash_row		*hash;
	void				*inner, *outer;	/* the hash after ipad and opad (RFC 2104) */
	struct cryptor_sizes		 size;
	bool				 esn;
	uint8_t				 salt[4];	/* GCM, GMAC */
	uint8_t				 nonce[16];	/* CBC: secret, of chance; see crypto_ossl.c */
};

void		 crypto_init(struct crypto *c, struct chance *chance);
void		 crypto_fini(struct crypto *c);
bool		 crypto_available(struct crypto *c, enum sa_cipher cipher);
/* NULL with *why set (lent text) where keys do not fit, a combination is refused or a cipher is missing. */
struct cryptor	*cryptor_new(struct crypto *c, const struct sa_params *p, const char **why);
void		 cryptor_free(struct cryptor *k);

/*
 * Many packets at once, of any SAs: each job is one, sealed or opened in place as by its cryptor.  All jobs of a call go one way.
 * What comes out is the same whichever back end serves; results stand in the jobs.
 */
enum crypto_result { CRYPTO_OK, CRYPTO_BAD_ICV, CRYPTO_FAILED };
struct crypto_job {
	struct cryptor		*k;
	uint8_t			*esp;		/* header in place; before sealing room for IV and ICV */
	uint64_t		 seq;		/* whole */
	uint32_t		 ntext;		/* bytes between IV and ICV: a multiple of the cryptor's block */
	enum crypto_result	 result;
};
void		 crypto_seal(struct crypto *c, struct crypto_job *v, size_t n);
void		 crypto_open(struct crypto *c, struct crypto_job *v, size_t n);

/* AH: the ICV over pieces (n of them), with the high half of an extended sequence number after the last. */
struct crypto_piece { const void *p; size_t n; };
void		 cryptor_icv(const struct cryptor *k, const struct crypto_piece *v, size_t n, uint64_t seq, uint8_t *icv);
/* In constant time. */
bool		 crypto_equal(const void *a, const void *b, size_t n);

#endif
