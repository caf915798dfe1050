/*
 * Packets sealed and opened many at a time: who serves.
 *
 * intel-ipsec-mb works through managers, which take 200 KB each; so a router makes none until it has had a vector that is worth
 * one.  Most routers of a lab never do, and OpenSSL serves their packets one after the other.  From then on it is asked first, and
 * leaves to OpenSSL what is too little for its lanes (crypto_imb.c has the numbers).
 */

#include <openssl/crypto.h>

#include "datapath/crypto_int.h"

#define WORTH	8	/* packets in a vector */

static struct crypto_mb *
mb_for(struct crypto *c, size_t n)
{
	if (c->who == CRYPTO_OPENSSL)
		return NULL;
	if (!c->mb_asked && (n >= WORTH || c->who == CRYPTO_IPSEC_MB)) {
		c->mb_asked = true;
		c->mb = crypto_mb_new();
	}
	return c->mb;
}

/* A cipher and a hash, or one that is both. */
static unsigned
works(const struct cryptor *k)
{
	return (k->row->mode != MODE_NULL) + (k->hash != NULL);
}

static void
seal_one(struct crypto_job *j)
{
	j->result = j->k->seal(j->k, j->esp, j->ntext, j->seq) ? CRYPTO_OK : CRYPTO_FAILED;
}

static void
open_one(struct crypto_job *j)
{
	bool	bad = false;

	if (j->k->open(j->k, j->esp, j->ntext, j->seq, &bad))
		j->result = CRYPTO_OK;
	else
		j->result = bad ? CRYPTO_BAD_ICV : CRYPTO_FAILED;
}

void
crypto_seal(struct crypto *c, struct crypto_job *v, size_t n)
{
	struct crypto_mb	*m = mb_for(c, n);
	size_t			 i;

	if (m != NULL) {
		crypto_mb_seal(m, v, n, c->who == CRYPTO_IPSEC_MB, c->done);
		return;
	}
	for (i = 0; i < n; i++) {
		seal_one(&v[i]);
		c->done[CRYPTO_OPENSSL] += works(v[i].k);
	}
}

void
crypto_open(struct crypto *c, struct crypto_job *v, size_t n)
{
	struct crypto_mb	*m = mb_for(c, n);
	size_t			 i;

	if (m != NULL) {
		crypto_mb_open(m, v, n, c->who == CRYPTO_IPSEC_MB, c->done);
		return;
	}
	for (i = 0; i < n; i++) {
		open_one(&v[i]);
		c->done[CRYPTO_OPENSSL] += works(v[i].k);
	}
}

void
crypto_info(const struct crypto *c, struct crypto_info *info)
{
	*info = (struct crypto_info){ .openssl = OpenSSL_version(OPENSSL_VERSION), .mb_made = c->mb != NULL };
	if (c->who != CRYPTO_OPENSSL) {
		info->mb = crypto_mb_version();
		info->arch = crypto_mb_arch();
	}
	memcpy(info->done, c->done, sizeof(info->done));
}
