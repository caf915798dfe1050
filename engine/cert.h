#ifndef INSPIRE_ENGINE_CERT_H
#define INSPIRE_ENGINE_CERT_H

/* What a certificate says, for whoever shows or judges it (RFC 5280). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "engine/cfg_pki.h"
#include "lib/addr.h"

struct config;
struct text;

#define CERT_SERIAL_MAX	64	/* hexadecimal digits of a serial number and a NUL */
#define CERT_DN_MAX	1024
#define CERT_HASH_MAX	128

/* The whole of the bytes is one certificate, of a size that is taken; NULL: it isn't. Caller frees with X509_free(). */
X509		*cert_parse(const uint8_t *der, size_t n);
/* "01", "5A3C"; digits in pairs. */
void		 cert_serial(const X509 *x, char out[CERT_SERIAL_MAX]);
void		 cert_serial_of(const ASN1_INTEGER *v, char out[CERT_SERIAL_MAX]);
/* "cn=R1,o=Example"; "" of what has none, or none that fits. */
void		 cert_name_text(const X509_NAME *name, char out[CERT_DN_MAX]);
/* Seconds since 1970; INT64_MIN of what is no time. */
int64_t		 cert_time(const ASN1_TIME *t);
/* Of the whole of its DER: "md5", "sha1", "sha256"; groups of eight digits. */
void		 cert_fingerprint(const X509 *x, const char *hash, char out[CERT_HASH_MAX]);
/* The same of any bytes. */
void		 cert_digest(const uint8_t *p, size_t n, const char *hash, char out[CERT_HASH_MAX]);
/* "General Purpose", "Signature", "Encryption", as routers tell of the key usage; without one it is for all. */
const char	*cert_usage(X509 *x);
bool		 cert_is_ca(X509 *x);
bool		 cert_is_self_issued(const X509 *x);
/* Calls fn for each alternative name of the subject that is one of DNS (type GEN_DNS), mail, an address (text of it) or a URI. */
void		 cert_alt_each(const X509 *x, void (*fn)(void *arg, int type, const char *text), void *arg);
/* Where its revocation list is to be had. */
void		 cert_cdp_each(const X509 *x, void (*fn)(void *arg, const char *url), void *arg);
/* The first value of an attribute of the subject as text; false: it has none, or none that fits. */
bool		 cert_subject_value(const X509 *x, int nid, char *out, size_t cap);

/* Do all rules of one number of that map hold? */
bool		 cert_map_matches(const struct cfg_pki *p, const char *map, const X509 *x);

/* PEM or bare base64 of a certificate, as it is pasted; NULL: it is none. */
X509		*cert_of_text(const char *text);
/* Base64 with lines of 64, and the PEM marks unless bare. */
void		 cert_put_pem(struct text *out, const char *kind, const uint8_t *der, size_t n, bool bare);
/* The DER; caller frees with free(). */
uint8_t		*cert_der(const X509 *x, size_t *n);

#endif
