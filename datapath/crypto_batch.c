/* Packets sealed and opened many at a time: who serves, and one after the other where nobody does better. */

#include "datapath/crypto.h"

void
crypto_seal(struct crypto *c, struct crypto_job *v, size_t n)
{
	size_t	i;

	(void)c;
	for (i = 0; i < n; i++)
		v[i].result = v[i].k->seal(v[i].k, v[i].esp, v[i].ntext, v[i].seq) ? CRYPTO_OK : CRYPTO_FAILED;
}

void
crypto_open(struct crypto *c, struct crypto_job *v, size_t n)
{
	size_t	i;
	bool	bad;

	(void)c;
	for (i = 0; i < n; i++) {
		bad = false;
		if (v[i].k->open(v[i].k, v[i].esp, v[i].ntext, v[i].seq, &bad))
			v[i].result = CRYPTO_OK;
		else
			v[i].result = bad ? CRYPTO_BAD_ICV : CRYPTO_FAILED;
	}
}
