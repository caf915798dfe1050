#ifndef INSPIRE_LIB_DN_H
#define INSPIRE_LIB_DN_H

/* Distinguished names of certificates (X.501) in DER, as key exchange carries them, and as text. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "cn=R1,o=Example": the outermost last, as configuration writes them; what cannot be printed is written \HH.  False: it is no name, out is "". */
bool	 dn_text(const uint8_t *der, size_t n, char *out, size_t cap);
/* The other way round; 0 where text is none, or does not fit. */
size_t	 dn_parse(const char *text, uint8_t *der, size_t cap);
bool	 dn_equal(const uint8_t *a, size_t na, const uint8_t *b, size_t nb);

#endif
