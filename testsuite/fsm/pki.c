/* The tests' certificates: see pki.h. */

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "testsuite/fsm/pki.h"

#define KEY_BITS	1024

struct der { uint8_t *p; int n; };

struct play_pki {
	EVP_PKEY	*key[3];	/* of the ends; of the authority */
	struct der	 name[3], cert[2];
};

static struct der
name_der(X509_NAME *name)
{
	struct der d = { NULL, 0 };

	d.n = i2d_X509_NAME(name, &d.p);
	ck_assert_int_gt(d.n, 0);
	return d;
}

static X509_NAME *
name_new(const char *cn)
{
	X509_NAME *name = X509_NAME_new();

	ck_assert(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const uint8_t *)"Example", -1, -1, 0));
	ck_assert(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)cn, -1, -1, 0));
	return name;
}

static void
lengthen(X509 *x, size_t spare)
{
	ASN1_OCTET_STRING *bytes = ASN1_OCTET_STRING_new();
	uint8_t *zero = xcalloc(1, spare);
	X509_EXTENSION *ext;

	ASN1_OCTET_STRING_set(bytes, zero, (int)spare);
	ext = X509_EXTENSION_create_by_NID(NULL, NID_netscape_comment, 0, bytes);
	ck_assert(X509_add_ext(x, ext, -1));
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(bytes);
	free(zero);
}

static struct der
cert_new(struct play_pki *p, int end, X509_NAME *own, X509_NAME *issuer, size_t spare)
{
	struct der d = { NULL, 0 };
	X509 *x = X509_new();

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), end + 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_subject_name(x, own);
	X509_set_issuer_name(x, issuer);
	X509_set_pubkey(x, p->key[end]);
	if (spare > 0)
		lengthen(x, spare);
	ck_assert_int_gt(X509_sign(x, p->key[2], EVP_sha256()), 0);
	d.n = i2d_X509(x, &d.p);
	ck_assert_int_gt(d.n, 0);
	X509_free(x);
	return d;
}

struct play_pki *
pki_new(size_t spare)
{
	static const char *const cns[] = { "R1", "R2", "CA" };
	struct play_pki *p = xcalloc(1, sizeof(*p));
	X509_NAME *names[3];
	int k;

	for (k = 0; k < 3; k++) {
		ck_assert_ptr_nonnull(p->key[k] = EVP_RSA_gen(KEY_BITS));
		names[k] = name_new(cns[k]);
		p->name[k] = name_der(names[k]);
	}
	for (k = 0; k < 2; k++)
		p->cert[k] = cert_new(p, k, names[k], names[2], spare);
	for (k = 0; k < 3; k++)
		X509_NAME_free(names[k]);
	return p;
}

void
pki_free(struct play_pki *p)
{
	int k;

	if (p == NULL)
		return;
	for (k = 0; k < 3; k++) {
		EVP_PKEY_free(p->key[k]);
		OPENSSL_free(p->name[k].p);
		if (k < 2)
			OPENSSL_free(p->cert[k].p);
	}
	free(p);
}

static struct ike_der
lend(const struct der *d)
{
	return (struct ike_der){ d->p, (size_t)d->n };
}

struct ike_der
pki_authority(const struct play_pki *p)
{
	return lend(&p->name[2]);
}

struct ike_der
pki_name(const struct play_pki *p, int end)
{
	return lend(&p->name[end]);
}

struct ike_der
pki_cert(const struct play_pki *p, int end)
{
	return lend(&p->cert[end]);
}

size_t
pki_sign(const struct play_pki *p, int end, const uint8_t *hash, size_t n, uint8_t *out, size_t max)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(p->key[end], NULL);
	size_t len = max;

	ck_assert(EVP_PKEY_sign_init(c) > 0 && EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) > 0);
	ck_assert_int_gt(EVP_PKEY_sign(c, out, &len, hash, n), 0);
	EVP_PKEY_CTX_free(c);
	return len;
}

static bool
signature_holds(EVP_PKEY *key, const struct ike_proof *proof)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
	bool ok;

	ck_assert(EVP_PKEY_verify_init(c) > 0 && EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) > 0);
	ok = EVP_PKEY_verify(c, proof->sig, proof->nsig, proof->hash, proof->nhash) == 1;
	EVP_PKEY_CTX_free(c);
	return ok;
}

static bool
named(X509 *x, const struct ike_id *id)
{
	struct der d = name_der(X509_get_subject_name(x));
	bool ok = id->type != IKE_ID_DN || (id->dn_len == d.n && memcmp(id->name, d.p, id->dn_len) == 0);

	OPENSSL_free(d.p);
	return ok;
}

enum ike_cert_verdict
pki_verify(const struct play_pki *p, const struct ike_proof *proof)
{
	const uint8_t *at;
	enum ike_cert_verdict v = IKE_CERT_OK;
	X509 *x;

	if (proof->ncerts == 0)
		return IKE_CERT_NO_CERT;
	at = proof->certs[0].p;
	if ((x = d2i_X509(NULL, &at, (long)proof->certs[0].n)) == NULL)
		return IKE_CERT_MALFORMED;
	if (X509_verify(x, p->key[2]) != 1)
		v = IKE_CERT_UNTRUSTED;
	else if (!named(x, proof->id))
		v = IKE_CERT_ID;
	else if (!signature_holds(X509_get0_pubkey(x), proof))
		v = IKE_CERT_SIGNATURE;
	X509_free(x);
	return v;
}
