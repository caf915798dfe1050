#ifndef INSPIRE_IKE_V1_KEYS_H
#define INSPIRE_IKE_V1_KEYS_H

/* Key derivation of IKEv1 (RFC 2409 5, 5.5, appendix B), as functions of their inputs alone. prf = HMAC. */

#include <stddef.h>
#include <stdint.h>

#include "lib/cipher.h"
#include "lib/prf.h"

struct ike_keys {
	uint8_t	skeyid[HASH_MAX], d[HASH_MAX], a[HASH_MAX], e[HASH_MAX];
	uint8_t	enc[32];
};

/* SKEYID with a pre-shared key, then its three children and the cipher's key. */
void	 keys_derive_psk(struct ike_keys *k, enum hash_alg h, enum cipher_alg c, struct iov psk, struct iov ni, struct iov nr, struct iov gxy, const uint8_t *cky_i, const uint8_t *cky_r);
/* The same with signatures (RFC 2409 5): SKEYID comes of nonces and the shared secret. */
void	 keys_derive_sig(struct ike_keys *k, enum hash_alg h, enum cipher_alg c, struct iov ni, struct iov nr, struct iov gxy, const uint8_t *cky_i, const uint8_t *cky_r);
/* Phase 1's first IV from both public values; phase 2's from phase 1's last block and the message id. */
void	 keys_iv1(enum hash_alg h, struct iov gxi, struct iov gxr, uint8_t out[HASH_MAX]);
void	 keys_iv2(enum hash_alg h, const uint8_t *last, size_t block, uint32_t msgid, uint8_t out[HASH_MAX]);
/* HASH_I (own = initiator's public value and cookie first) and HASH_R. */
void	 keys_hash_p1(const struct ike_keys *k, enum hash_alg h, struct iov g1, struct iov g2, const uint8_t *cky1, const uint8_t *cky2, struct iov sai_b, struct iov id_b, uint8_t out[HASH_MAX]);
/* prf(SKEYID_a, M-ID | a | b | c): HASH(1), HASH(2) and the Informational one. */
void	 keys_hash_p2(const struct ike_keys *k, enum hash_alg h, uint32_t msgid, struct iov a, struct iov b, uint8_t out[HASH_MAX]);
/* HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b). */
void	 keys_hash3(const struct ike_keys *k, enum hash_alg h, uint32_t msgid, struct iov ni, struct iov nr, uint8_t out[HASH_MAX]);
/* KEYMAT of one SA; gxy.n = 0 without PFS. proto is the DOI's protocol number. */
void	 keys_keymat(const struct ike_keys *k, enum hash_alg h, struct iov gxy, uint8_t proto, uint32_t spi, struct iov ni, struct iov nr, uint8_t *out, size_t n);

#endif
