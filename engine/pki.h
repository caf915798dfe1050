#ifndef INSPIRE_ENGINE_PKI_H
#define INSPIRE_ENGINE_PKI_H

/*
 * Certificates at work: which one the router shows to a peer and signs with, whom it takes certificates from, and whether
 * what a peer shows holds (RFC 4945, 5280).  The time is the router's clock.  See doc/pki.md.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "engine/cfg_pki.h"
#include "ike/ike.h"

struct cfg_isakmp_profile;
struct keypair;
struct pki;
struct router;
struct text;

#define PKI_CRL_MAX	(4u << 20)	/* bytes of a file with revocation lists */
#define PKI_RSA_MIN	1024		/* bits of a key that is taken */
#define PKI_RSA_MAX	8192		/* beyond, a forged one would cost more than it may */

struct pki	*pki_new(void);
void		 pki_free(struct pki *p);
void		 pki_apply(struct router *r);		/* what is kept of certificates and lists is looked up anew */

/* ---- what key exchange asks (ike_ops) ---- */

bool		 pki_have_cert(struct router *r, const char *profile);
size_t		 pki_authorities(struct router *r, const char *profile, struct ike_der *out, size_t max);
size_t		 pki_own_certs(struct router *r, const struct ike_path *path, const char *profile, const struct ike_der *wanted, size_t nwanted,
		     struct ike_der *out, size_t max);
size_t		 pki_sign(struct router *r, const struct ike_path *path, const char *profile, const uint8_t *hash, size_t nhash, uint8_t *out, size_t max);
enum ike_cert_verdict pki_verify(struct router *r, const struct ike_proof *p);
/*
 * Does the certificate by which the peer at the other end of the path last proved that identity fit one of the profile's maps, and lead to
 * one of its trustpoints?
 */
bool		 pki_proven_fits(struct router *r, const struct ike_path *path, const struct ike_id *id, const struct cfg_isakmp_profile *p);
/* The subject's name of the certificate that would be shown; 0: there is none, or it does not fit. */
size_t		 pki_own_name(struct router *r, const char *profile, uint8_t *out, size_t max);

/* ---- trustpoints ---- */

/* The name of its key pair; caller frees. NULL: the router has no full name, and the trustpoint none for its key. */
char		*pki_key_label(const struct router *r, const struct cfg_trustpoint *t);
/* The private half of that certificate's key, among the router's key pairs. */
struct keypair	*pki_key_of(const struct router *r, const X509 *x);
/* The trustpoint's authority and own certificate as they are in force (lent until the configuration changes); NULL: none. */
X509		*pki_ca(struct router *r, const struct cfg_trustpoint *t);
X509		*pki_own(struct router *r, const struct cfg_trustpoint *t);
/* Is the certificate good by the trustpoints of that profile ("" = all)?  Chain, times, revocation; with log lines when `loud`. */
enum ike_cert_verdict pki_check(struct router *r, const char *profile, X509 *x, STACK_OF(X509) *others, bool loud);
const char	*pki_verdict_text(enum ike_cert_verdict v);

/* ---- revocation lists (pki_crl.c) ---- */

struct pki_crl {
	const char	*trustpoint;	/* whose file it is from */
	const char	*file;
	X509_CRL	*crl;		/* lent */
};
/* All that are at hand; files are read when they have changed. */
void		 pki_crl_each(struct router *r, void (*fn)(void *arg, const struct pki_crl *c), void *arg);
/* Reads it anew; false with *why (lent): it is not there, or holds no list. *n: how many lists there are in it. */
bool		 pki_crl_request(struct router *r, const struct cfg_trustpoint *t, unsigned *n, const char **why);

/* ---- requests, and what is brought in and out (pki_enroll.c, pki_file.c) ---- */

/* What stands in the subject beside the trustpoint's own name; NULL: not. */
struct pki_subject { const char *serial, *ip, *fqdn; };
/* PKCS #10 for that key (RFC 2986); caller frees. NULL: the name or the key cannot be. */
uint8_t		*pki_request(const struct router *r, const struct cfg_trustpoint *t, const struct keypair *k, const struct pki_subject *s, size_t *n);
/* A certificate of the router for itself, in force from now until 2040. */
uint8_t		*pki_selfsigned(struct router *r, const struct cfg_trustpoint *t, const struct keypair *k, const struct pki_subject *s, size_t *n);
/* PKCS #8 in the clear of a PEM with a private key, enciphered or not; wiped and freed by the caller. NULL: none, or another passphrase. */
char		*pki_key_open(const char *text, const char *passphrase);
/* Is that the private half of the certificate's key? */
bool		 pki_key_fits(const char *pem, const X509 *x);
/* PKCS #1 in PEM, enciphered with Triple DES as routers write it; salt by the router's chance. */
char		*pki_key_seal(struct router *r, const struct keypair *k, const char *passphrase);
/* PKCS #12: the key (as above), its certificate (NULL: none) and the others. False: it is none, or another passphrase. */
struct pki_p12 { char *key; X509 *own; STACK_OF(X509) *others; };
bool		 pki_p12_read(struct router *r, const void *data, size_t n, const char *passphrase, struct pki_p12 *out);
void		 pki_p12_free(struct pki_p12 *p);
uint8_t		*pki_p12_write(struct router *r, const struct keypair *k, X509 *own, X509 *ca, const char *passphrase, size_t *n);
#define PKI_P12_MAX	(64u << 10)

#endif
