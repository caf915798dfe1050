#ifndef INSPIRE_LIB_CHANCE_H
#define INSPIRE_LIB_CHANCE_H

/*
 * The only source of randomness: the system's, or seeded (labs: the same seed gives the same bytes).
 * chance_libctx() is an OSSL_LIB_CTX whose RAND draws from the same source, through a small built-in
 * provider (RAND_set_DRBG_type); all libcrypto key generation of this project uses it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chance;
typedef struct ossl_lib_ctx_st OSSL_LIB_CTX;
typedef struct evp_cipher_st EVP_CIPHER;

struct chance	*chance_new_system(void);
struct chance	*chance_new_seeded(uint64_t seed);
/* A stream of its own, derived from parent's seed and a name (so that one part's draws don't shift
 * another's).  It may outlive its parent. */
struct chance	*chance_new_child(struct chance *parent, const char *name);
void		 chance_free(struct chance *c);
bool		 chance_is_seeded(const struct chance *c);
void		 chance_bytes(struct chance *c, void *out, size_t n);
uint32_t	 chance_u32(struct chance *c);
uint64_t	 chance_u64(struct chance *c);
uint32_t	 chance_below(struct chance *c, uint32_t n);	/* uniform in [0, n), n > 0 */
double		 chance_unit(struct chance *c);			/* [0, 1) */
/* Made once for a root and all its children, at first use; default provider loaded, legacy
 * only when asked for: false if it can't be.  It lives until the last of the family is freed. */
OSSL_LIB_CTX	*chance_libctx(struct chance *c);
bool		 chance_libctx_legacy(struct chance *c);
/* A cipher by libcrypto's name, fetched once a family and lent; NULL if it can't be had. */
const EVP_CIPHER *chance_cipher(struct chance *c, const char *name);

#endif
