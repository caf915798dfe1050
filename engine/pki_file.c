/* Private keys and certificates as they are carried from one place to another: PEM under a passphrase, and PKCS #12 (RFC 7292). */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "engine/cert.h"
#include "engine/keypair.h"
#include "engine/pki_int.h"
#include "lib/chance.h"
#include "lib/mem.h"
#include "lib/text.h"

#define ROUNDS	10000	/* of the passphrase in PKCS #12 */

static int
give_passphrase(char *buf, int size, int writing, void *arg)
{
	const char *passphrase = arg;
	size_t n = passphrase == NULL ? 0 : strlen(passphrase);

	(void)writing;
	if (n > (size_t)size)
		return -1;
	if (n > 0)
		memcpy(buf, passphrase, n);
	return (int)n;
}

/* PKCS #8 in the clear, as key pairs are kept. */
static char *
plain_pem(EVP_PKEY *key)
{
	BIO *b = BIO_new(BIO_s_secmem());
	char *p, *pem = NULL;
	long n;

	if (key != NULL && b != NULL && PEM_write_bio_PKCS8PrivateKey(b, key, NULL, NULL, 0, NULL, NULL) == 1 && (n = BIO_get_mem_data(b, &p)) > 0)
		pem = xstrndup(p, (size_t)n);
	BIO_free(b);
	return pem;
}

char *
pki_key_open(const char *text, const char *passphrase)
{
	BIO *b = BIO_new_mem_buf(text, -1);
	EVP_PKEY *key = b == NULL ? NULL : PEM_read_bio_PrivateKey(b, NULL, give_passphrase, (void *)(uintptr_t)passphrase);
	char *pem = plain_pem(key);

	EVP_PKEY_free(key);
	BIO_free(b);
	return pem;
}

bool
pki_key_fits(const char *pem, const X509 *x)
{
	BIO *b = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = b == NULL ? NULL : PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
	bool fits = key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && X509_check_private_key(x, key) == 1;

	EVP_PKEY_free(key);
	BIO_free(b);
	return fits;
}

/* The traditional form: the key of the cipher is MD5 over the passphrase and the salt, which is the initialization vector. */
static uint8_t *
encipher(struct router *r, const uint8_t *der, size_t n, const char *passphrase, uint8_t iv[8], size_t *out)
{
	uint8_t key[24], *sealed = xmalloc(n + 8);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int a = 0, b = 0;
	bool ok;

	chance_bytes(r->chance, iv, 8);
	ok = ctx != NULL && EVP_BytesToKey(EVP_des_ede3_cbc(), EVP_md5(), iv, (const uint8_t *)passphrase, (int)strlen(passphrase), 1, key, NULL) == 24 &&
	    EVP_EncryptInit_ex(ctx, EVP_des_ede3_cbc(), NULL, key, iv) == 1 && EVP_EncryptUpdate(ctx, sealed, &a, der, (int)n) == 1 &&
	    EVP_EncryptFinal_ex(ctx, sealed + a, &b) == 1;
	EVP_CIPHER_CTX_free(ctx);
	wipe(key, sizeof(key));
	*out = ok ? (size_t)(a + b) : 0;
	return sealed;
}

char *
pki_key_seal(struct router *r, const struct keypair *k, const char *passphrase)
{
	BIO *b = BIO_new_mem_buf(k->pem, -1);
	EVP_PKEY *key = b == NULL ? NULL : PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
	unsigned char *der = NULL;
	int n = key == NULL ? 0 : i2d_PrivateKey(key, &der);
	uint8_t iv[8], *sealed;
	struct text body = { 0 }, out = { 0 };
	char hex[17];
	size_t len = 0;

	BIO_free(b);
	EVP_PKEY_free(key);
	if (n <= 0)
		return NULL;
	sealed = encipher(r, der, (size_t)n, passphrase, iv, &len);
	OPENSSL_clear_free(der, (size_t)n);
	for (size_t i = 0; i < sizeof(iv); i++)
		snprintf(hex + 2 * i, 3, "%02X", iv[i]);
	cert_put_pem(&body, "", sealed, len, true);
	text_printf(&out, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,%s\n\n%s-----END RSA PRIVATE KEY-----\n", hex,
	    text_str(&body));
	text_free(&body);
	free(sealed);
	return len == 0 ? (text_free(&out), NULL) : text_take(&out);
}

/* ---- PKCS #12 ---- */

void
pki_p12_free(struct pki_p12 *p)
{
	if (p->key != NULL)
		wipe_free(p->key, strlen(p->key));
	X509_free(p->own);
	sk_X509_pop_free(p->others, X509_free);
	*p = (struct pki_p12){ 0 };
}

bool
pki_p12_read(struct router *r, const void *data, size_t n, const char *passphrase, struct pki_p12 *out)
{
	const uint8_t *p = data;
	PKCS12 *file = n > PKI_P12_MAX ? NULL : PKCS12_init_ex(NID_pkcs7_data, chance_libctx(r->chance), NULL);
	EVP_PKEY *key = NULL;

	*out = (struct pki_p12){ 0 };
	chance_libctx_legacy(r->chance);	/* routers write it with ciphers of then */
	if (file != NULL && d2i_PKCS12(&file, &p, (long)n) != NULL && PKCS12_parse(file, passphrase, &key, &out->own, &out->others) == 1)
		out->key = plain_pem(key);
	EVP_PKEY_free(key);
	PKCS12_free(file);
	return out->key != NULL || out->own != NULL;
}

uint8_t *
pki_p12_write(struct router *r, const struct keypair *k, X509 *own, X509 *ca, const char *passphrase, size_t *n)
{
	BIO *b = BIO_new_mem_buf(k->pem, -1);
	OSSL_LIB_CTX *ctx = chance_libctx(r->chance);
	EVP_PKEY *key = b == NULL ? NULL : PEM_read_bio_PrivateKey_ex(b, NULL, NULL, NULL, ctx, NULL);
	STACK_OF(X509) *others = sk_X509_new_null();
	PKCS12 *file;
	unsigned char *der = NULL;
	int len;
	uint8_t *copy;

	if (ca != NULL)
		sk_X509_push(others, ca);
	file = key == NULL ? NULL : PKCS12_create_ex(passphrase, k->label, key, own, others, NID_aes_256_cbc, NID_aes_256_cbc, ROUNDS, ROUNDS, 0, ctx, NULL);
	len = file == NULL ? 0 : i2d_PKCS12(file, &der);
	*n = len > 0 ? (size_t)len : 0;
	copy = len > 0 ? xmemdup(der, *n) : NULL;
	OPENSSL_free(der);
	PKCS12_free(file);
	sk_X509_free(others);
	EVP_PKEY_free(key);
	BIO_free(b);
	return copy;
}
