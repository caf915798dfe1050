/*
 * Revocation lists: read from files of the router's flash, one after another in PEM or one in DER, and read anew when the
 * file has changed.  A list counts that the issuer's key has signed, that is in force, and that speaks of all that the issuer
 * has made out (one for a part of them has a critical extension, and is passed over).
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/pem.h>

#include "engine/cert.h"
#include "engine/flash.h"
#include "engine/pki_int.h"
#include "lib/mem.h"
#include "lib/text.h"

#define CRLS_MAX	64	/* lists of one file */

static void
file_free(struct pki *p, struct pki_crl_file *f)
{
	TAILQ_REMOVE(&p->crls, f, next);
	sk_X509_CRL_pop_free(f->crls, X509_CRL_free);
	free(f->trustpoint);
	free(f->file);
	free(f);
}

void
pki_crls_forget(struct pki *p)
{
	while (!TAILQ_EMPTY(&p->crls))
		file_free(p, TAILQ_FIRST(&p->crls));
}

/* ---- reading ---- */

static STACK_OF(X509_CRL) *
read_crls(const char *data, size_t n)
{
	STACK_OF(X509_CRL) *v = sk_X509_CRL_new_null();
	const uint8_t *p = (const uint8_t *)data;
	bool pem = n > 10 && memmem(data, n, "-----BEGIN", 10) != NULL;
	BIO *b = pem ? BIO_new_mem_buf(data, (int)n) : NULL;
	X509_CRL *c;

	while (sk_X509_CRL_num(v) < CRLS_MAX && (c = pem ? PEM_read_bio_X509_CRL(b, NULL, NULL, NULL) : d2i_X509_CRL(NULL, &p, (long)n)) != NULL) {
		sk_X509_CRL_push(v, c);
		if (!pem)
			break;
	}
	BIO_free(b);
	return v;
}

static const struct flash_file *
file_of(struct router *r, const struct cfg_trustpoint *t)
{
	const struct flash_file *f = NULL;
	const char *name;

	if (t->crl_file != NULL && flash_url(t->crl_file, &name) == FLASH_OK)
		f = flash_find(r->flash, name);
	return f != NULL && f->len <= PKI_CRL_MAX ? f : NULL;
}

static struct pki_crl_file *
known(struct router *r, const struct cfg_trustpoint *t)
{
	struct pki_crl_file *k;

	TAILQ_FOREACH(k, &r->pki->crls, next)
		if (strcmp(k->trustpoint, t->name) == 0)
			return k;
	return NULL;
}

static bool
is_as_read(const struct pki_crl_file *k, const struct cfg_trustpoint *t, const struct flash_file *f)
{
	return strcmp(k->file, t->crl_file) == 0 && k->len == f->len && k->when_ns == f->when_ns && k->disk_ns == f->disk_ns && k->inode == f->inode;
}

/* The lists of the trustpoint's file; NULL: there is none. */
static struct pki_crl_file *
file_read(struct router *r, const struct cfg_trustpoint *t)
{
	const struct flash_file *f = file_of(r, t);
	struct pki_crl_file *k = known(r, t);

	if (k != NULL && f != NULL && is_as_read(k, t, f))
		return k;
	if (k != NULL)
		file_free(r->pki, k);
	if (f == NULL)
		return NULL;
	k = xcalloc(1, sizeof(*k));
	*k = (struct pki_crl_file){ .trustpoint = xstrdup(t->name), .file = xstrdup(t->crl_file), .len = f->len, .when_ns = f->when_ns,
	    .disk_ns = f->disk_ns, .inode = f->inode, .crls = read_crls(f->data, f->len) };
	TAILQ_INSERT_TAIL(&r->pki->crls, k, next);
	return k;
}

void
pki_crl_each(struct router *r, void (*fn)(void *arg, const struct pki_crl *c), void *arg)
{
	const struct cfg_trustpoint *t;
	struct pki_crl_file *k;

	TAILQ_FOREACH(t, &r->cfg->pki.trustpoints, next) {
		if ((k = file_read(r, t)) == NULL)
			continue;
		for (int i = 0; i < sk_X509_CRL_num(k->crls); i++)
			fn(arg, &(struct pki_crl){ k->trustpoint, k->file, sk_X509_CRL_value(k->crls, i) });
	}
}

bool
pki_crl_request(struct router *r, const struct cfg_trustpoint *t, unsigned *n, const char **why)
{
	struct pki_crl_file *k = known(r, t);
	const struct flash_file *f;
	const char *name;

	*n = 0;
	if (k != NULL)
		file_free(r->pki, k);
	if (t->crl_file == NULL) {
		*why = "no file is configured (crl file)";
		return false;
	}
	if (flash_url(t->crl_file, &name) != FLASH_OK || (f = flash_find(r->flash, name)) == NULL) {
		*why = flash_why(FLASH_NO_FILE);
		return false;
	}
	if (f->len > PKI_CRL_MAX) {
		*why = "the file is too large";
		return false;
	}
	k = file_read(r, t);
	*n = k == NULL ? 0 : (unsigned)sk_X509_CRL_num(k->crls);
	*why = "it holds no revocation list";
	return *n > 0;
}

/* ---- the one that counts ---- */

/* libcrypto sorts a list at its first look-up, and finds a number in it by halving. */
static bool
counts(X509_CRL *c, X509 *issuer, int64_t now)
{
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(c);
	EVP_PKEY *key = X509_get0_pubkey(issuer);

	return X509_NAME_cmp(X509_CRL_get_issuer(c), X509_get_subject_name(issuer)) == 0 && X509_CRL_get_ext_by_critical(c, 1, -1) < 0 &&
	       cert_time(X509_CRL_get0_lastUpdate(c)) <= now && (next == NULL || cert_time(next) >= now) &&
	       key != NULL && X509_CRL_verify(c, key) == 1;
}

X509_CRL *
pki_crl_for(struct router *r, const char *profile, X509 *issuer, int64_t now)
{
	struct pki_tp *v;
	size_t n = pki_tps(r, &v);
	X509_CRL *best = NULL;

	for (size_t i = 0; i < n; i++) {
		struct pki_crl_file *k = pki_tp_allowed(r, profile, &v[i]) ? file_read(r, v[i].t) : NULL;

		for (int j = 0; k != NULL && j < sk_X509_CRL_num(k->crls); j++) {
			X509_CRL *c = sk_X509_CRL_value(k->crls, j);

			if (counts(c, issuer, now) &&
			    (best == NULL || cert_time(X509_CRL_get0_lastUpdate(c)) > cert_time(X509_CRL_get0_lastUpdate(best))))
				best = c;
		}
	}
	return best;
}
