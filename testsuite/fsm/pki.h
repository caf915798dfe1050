#ifndef INSPIRE_TEST_PKI_H
#define INSPIRE_TEST_PKI_H

/* An authority, two certificates by it, and what a key exchange asks of them: keys as libcrypto makes them, nothing of the engine's. */

#include "ike/ike.h"

struct play_pki;

struct play_pki	*pki_new(size_t spare);	/* spare: bytes that make the certificates longer */
void		 pki_free(struct play_pki *p);
struct ike_der	 pki_authority(const struct play_pki *p);
struct ike_der	 pki_name(const struct play_pki *p, int end);
struct ike_der	 pki_cert(const struct play_pki *p, int end);
size_t		 pki_sign(const struct play_pki *p, int end, const uint8_t *hash, size_t n, uint8_t *out, size_t max);
enum ike_cert_verdict pki_verify(const struct play_pki *p, const struct ike_proof *proof);

#endif
