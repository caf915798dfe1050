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
struct cipher_row;
struct crypto_mb;
struct cryptor;
struct evp_cipher_ctx_st;
struct evp_cipher_st;
struct hash_row;

#define ESP_HEADER	8		/* SPI and sequence number */
#define CRYPTO_IV_MAX	16
#define CRYPTO_ICV_MAX	32
#define CRYPTO_NCIPHER	12

/* Who does the work.  Both give the same bytes; a test may insist on one (crypto.who). */
enum crypto_lib { CRYPTO_ANY, CRYPTO_OPENSSL, CRYPTO_IPSEC_MB, CRYPTO_NLIB };

/* What a thread seals and opens with; nothing in it is shared with another's. */
struct crypto {
	struct chance		*chance;
	struct evp_cipher_st	*fetched[CRYPTO_NCIPHER];	/* those asked for so far, one a row of the table */
	enum crypto_lib		 who;
	struct crypto_mb	*mb;				/* made for the first vector that is worth it: crypto_batch.c */
	bool			 mb_asked;
	uint64_t		 done[CRYPTO_NLIB];		/* ciphers and hashes over a packet, by library; an AEAD is one */
};

struct crypto_info {
	const char	*openssl;	/* its name and version */
	const char	*mb, *arch;	/* version, and the instructions that it picks; NULL where it can't serve */
	bool		 mb_made;	/* it has served */
	uint64_t	 done[CRYPTO_NLIB];
};

struct cryptor_sizes {
	uint8_t	iv, block, icv;		/* block: what the text is padded to, at least 4 */
};

/*
 * One SA's keys.  What a library makes of them is made when it first serves the SA, and kept.  seal and open do one packet by OpenSSL,
 * and give false where it failed; open also where the ICV is wrong, which *bad tells apart.
 * The header is in place before sealing; the IV and the ICV are written by it.  What stands in the IV's place after opening is not defined.
 */
struct cryptor {
	bool	(*seal)(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq);
	bool	(*open)(struct cryptor *k, uint8_t *esp, size_t ntext, uint64_t seq, bool *bad);
	void				*schedule;	/* intel-ipsec-mb's key schedule */
	const struct cipher_row		*row;
	const struct hash_row		*hash;		/* NULL: none, or the cipher's own */
	uint8_t				*pads;		/* the hash's words after ipad, and after opad (RFC 2104) */
	uint16_t			 nschedule;	/* bytes */
	struct cryptor_sizes		 size;
	bool				 esn, out;
	uint8_t				 salt[4];	/* GCM, GMAC */
	/* The rest is OpenSSL's, and what CBC draws its IVs from. */
	struct evp_cipher_ctx_st	*ctx;
	struct evp_cipher_st		*evp;		/* lent */
	uint8_t				 nonce[16];	/* CBC: secret, of chance; see crypto.c */
	uint8_t				 chain[16];	/* CBC: the block that ctx enciphered last */
	uint8_t				 key[32];
};

void		 crypto_init(struct crypto *c, struct chance *chance);
void		 crypto_fini(struct crypto *c);
void		 crypto_info(const struct crypto *c, struct crypto_info *info);
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
