/* Requests for a certificate (RFC 2986), and certificates that a router makes out for itself. */

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "engine/cert.h"
#include "engine/keypair.h"
#include "engine/pki_int.h"
#include "lib/clock.h"
#include "lib/dn.h"
#include "lib/mem.h"
#include "lib/text.h"

#define END_OF_SELF	2208988800	/* 2040-01-01 */

static EVP_PKEY *
key_read(const struct keypair *k)
{
	BIO *b = BIO_new_mem_buf(k->pem, -1);
	EVP_PKEY *key = b == NULL ? NULL : PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);

	BIO_free(b);
	return key;
}

/* Older software signs with SHA-1 unless it is told otherwise. */
static const EVP_MD *
hash_of(const struct router *r, const struct cfg_trustpoint *t)
{
	static const char *const names[] = { [CFG_PKI_SHA1] = "SHA1", [CFG_PKI_MD5] = "MD5", [CFG_PKI_SHA256] = "SHA256", [CFG_PKI_SHA384] = "SHA384",
		[CFG_PKI_SHA512] = "SHA512" };

	return EVP_get_digestbyname(t->hash_set ? names[t->hash] : r->dialect == IKE_XE_17 ? "SHA256" : "SHA1");
}

/* "serialNumber=...+ipaddress=...+hostname=..." before what is configured: the innermost. */
static X509_NAME *
subject_of(const struct cfg_trustpoint *t, const struct pki_subject *s)
{
	const struct { const char *word, *value; } parts[] = { { "serialNumber", s->serial }, { "ipaddress", s->ip }, { "hostname", s->fqdn } };
	struct text text = { 0 };
	uint8_t der[1024];
	const uint8_t *p = der;
	size_t n;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].value != NULL)
			text_printf(&text, "%s%s=%s", text.len > 0 ? "+" : "", parts[i].word, parts[i].value);
	if (t->subject != NULL)
		text_printf(&text, "%s%s", text.len > 0 ? "," : "", t->subject);
	n = dn_parse(text_str(&text), der, sizeof(der));
	text_free(&text);
	return n == 0 ? NULL : d2i_X509_NAME(NULL, &p, (long)n);
}

static STACK_OF(X509_EXTENSION) *
extensions(const struct cfg_trustpoint *t)
{
	STACK_OF(X509_EXTENSION) *v = sk_X509_EXTENSION_new_null();
	X509_EXTENSION *x = X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, "critical,digitalSignature,keyEncipherment");
	char *alt = t->alt_name == NULL ? NULL : xasprintf("DNS:%s", t->alt_name);

	if (x != NULL)
		sk_X509_EXTENSION_push(v, x);
	/* A name with a comma or a colon would be read as several. */
	if (alt != NULL && strpbrk(t->alt_name, ",:;=") == NULL && (x = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, alt)) != NULL)
		sk_X509_EXTENSION_push(v, x);
	free(alt);
	return v;
}

static uint8_t *
copy_of(unsigned char *der, int len, size_t *n)
{
	uint8_t *copy = len > 0 ? xmemdup(der, (size_t)len) : NULL;

	*n = len > 0 ? (size_t)len : 0;
	OPENSSL_free(der);
	return copy;
}

uint8_t *
pki_request(const struct router *r, const struct cfg_trustpoint *t, const struct keypair *k, const struct pki_subject *s, size_t *n)
{
	X509_NAME *name = subject_of(t, s);
	STACK_OF(X509_EXTENSION) *ext = extensions(t);
	EVP_PKEY *key = key_read(k);
	X509_REQ *q = X509_REQ_new();
	unsigned char *der = NULL;
	int len = 0;

	if (name != NULL && key != NULL && q != NULL && X509_REQ_set_subject_name(q, name) == 1 && X509_REQ_set_pubkey(q, key) == 1 &&
	    X509_REQ_add_extensions(q, ext) == 1 && X509_REQ_sign(q, key, hash_of(r, t)) > 0)
		len = i2d_X509_REQ(q, &der);
	X509_REQ_free(q);
	EVP_PKEY_free(key);
	sk_X509_EXTENSION_pop_free(ext, X509_EXTENSION_free);
	X509_NAME_free(name);
	return copy_of(der, len, n);
}

static bool
set_fields(X509 *x, const X509_NAME *name, EVP_PKEY *key, int64_t now)
{
	return X509_set_version(x, X509_VERSION_3) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1 && X509_set_subject_name(x, name) == 1 &&
	       X509_set_issuer_name(x, name) == 1 && X509_set_pubkey(x, key) == 1 && ASN1_TIME_set(X509_getm_notBefore(x), (time_t)now) != NULL &&
	       ASN1_TIME_set(X509_getm_notAfter(x), (time_t)END_OF_SELF) != NULL;
}

uint8_t *
pki_selfsigned(struct router *r, const struct cfg_trustpoint *t, const struct keypair *k, const struct pki_subject *s, size_t *n)
{
	X509_NAME *name = subject_of(t, s);
	EVP_PKEY *key = key_read(k);
	X509 *x = X509_new();
	X509_EXTENSION *ca = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
	unsigned char *der = NULL;
	int len = 0;

	if (name != NULL && key != NULL && x != NULL && ca != NULL && set_fields(x, name, key, router_now(r) / NSEC_SEC) && X509_add_ext(x, ca, -1) == 1 &&
	    X509_sign(x, key, hash_of(r, t)) > 0)
		len = i2d_X509(x, &der);
	X509_EXTENSION_free(ca);
	X509_free(x);
	EVP_PKEY_free(key);
	X509_NAME_free(name);
	return copy_of(der, len, n);
}
