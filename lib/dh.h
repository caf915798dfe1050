#ifndef INSPIRE_LIB_DH_H
#define INSPIRE_LIB_DH_H

/*
 * Diffie-Hellman groups by their IKE numbers (RFC 2409 6, RFC 3526, RFC 5114, RFC 5903): 1 2 5 14 15 16 19
 * 20 21 24.  A peer's value is checked as RFC 6989 asks: range for safe primes, subgroup for 24, curve for ECP.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chance;
struct dh;

#define DH_PUB_MAX	512		/* bytes: group 16 */

bool		 dh_group_known(unsigned group);
unsigned	 dh_group_bits(unsigned group);		/* 2 -> 1024, 19 -> 256; 0 if unknown */
size_t		 dh_pub_len(unsigned group);		/* on the wire: MODP the prime's length, ECP x|y */
size_t		 dh_secret_len(unsigned group);		/* MODP the prime's length, ECP x alone */
struct dh	*dh_new(struct chance *c, unsigned group);	/* makes a key pair; NULL if unknown */
const uint8_t	*dh_pub(const struct dh *d);		/* dh_pub_len() bytes, leading zeros kept */
/* False if the peer's value is refused. out has dh_secret_len() bytes. */
bool		 dh_derive(struct dh *d, const uint8_t *peer, size_t n, uint8_t *out);
void		 dh_free(struct dh *d);			/* wipes */

#endif
