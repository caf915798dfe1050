/*
 * The two libraries behind crypto_seal() and crypto_open() against each other: the same vector by OpenSSL, by ipsec-mb, and by whoever
 * is faster.  They must give the same bytes and the same results, and what is sealed and left alone must open as it was.
 *
 *	by five bytes	a packet: SA, length (2 bytes), number, and what is done to it when it is sealed: nothing (0 to 127), or a bit
 *			is turned; 255 in the first ends the vector
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/crypto_int.h"
#include "lib/chance.h"
#include "lib/mem.h"
#include "testsuite/fuzz/fuzz.h"

#define SIDES		3
#define NSA		(2 * NFORM)
#define VECTOR_MAX	256
#define LONGEST		9200
#define ROOM		(ESP_HEADER + CRYPTO_IV_MAX + LONGEST + CRYPTO_ICV_MAX + 16)
#define OP		5

static const struct {
	enum sa_cipher	cipher;
	uint8_t		nenc;
	enum sa_auth	auth;
	uint8_t		nauth;
} forms[] = {
	{ SA_CIPHER_AES_CBC, 16, SA_AUTH_SHA1_96, 20 }, { SA_CIPHER_AES_CBC, 24, SA_AUTH_SHA256_128, 32 }, { SA_CIPHER_AES_CBC, 32, SA_AUTH_SHA512_256, 64 },
	{ SA_CIPHER_AES_CBC, 16, SA_AUTH_MD5_96, 16 }, { SA_CIPHER_3DES, 24, SA_AUTH_SHA384_192, 48 }, { SA_CIPHER_NULL, 0, SA_AUTH_SHA1_96, 20 },
	{ SA_CIPHER_AES_GCM, 20, SA_AUTH_NONE, 0 }, { SA_CIPHER_AES_GCM, 28, SA_AUTH_NONE, 0 }, { SA_CIPHER_AES_GCM, 36, SA_AUTH_NONE, 0 },
	{ SA_CIPHER_AES_GMAC, 20, SA_AUTH_NONE, 0 }, { SA_CIPHER_AES_GMAC, 36, SA_AUTH_NONE, 0 }, { SA_CIPHER_AES_CBC, 32, SA_AUTH_NONE, 0 },
};

#define NFORM		(sizeof(forms) / sizeof(forms[0]))

struct side {
	struct crypto	 c;
	struct cryptor	*out[NSA], *in[NSA];
	struct crypto_job v[VECTOR_MAX];
	uint8_t		 bytes[VECTOR_MAX][ROOM];
};

struct duel {
	struct side	side[SIDES];
	uint8_t		was[VECTOR_MAX][ROOM];
	unsigned	sa[VECTOR_MAX];
	bool		bent[VECTOR_MAX];
	size_t		n;
};

static void
sa_make(struct side *s, size_t i)
{
	struct sa_params	p = { .proto = SA_ESP, .cipher = forms[i / 2].cipher, .enc_key_len = forms[i / 2].nenc, .auth = forms[i / 2].auth,
		.auth_key_len = forms[i / 2].nauth };
	const char		*why;

	p.esn = i % 2 == 1 && (p.auth != SA_AUTH_NONE || p.cipher >= SA_CIPHER_AES_GCM);
	memset(p.enc_key, (int)(i * 37 + 1), p.enc_key_len);
	memset(p.auth_key, (int)(i * 53 + 5), p.auth_key_len);
	p.dir = SA_OUT;
	s->out[i] = cryptor_new(&s->c, &p, &why);
	p.dir = SA_IN;
	if (s->out[i] == NULL || (s->in[i] = cryptor_new(&s->c, &p, &why)) == NULL)
		fatal("%s", why);
}

/* The library's context is dear to make: it is made once and stays; all sides draw the same. */
static struct duel *
duel_new(void)
{
	static const enum crypto_lib	 who[SIDES] = { CRYPTO_OPENSSL, CRYPTO_IPSEC_MB, CRYPTO_ANY };
	static struct chance		*chance;
	struct chance			*own;
	struct duel			*d = xcalloc(1, sizeof(*d));
	size_t				 i, k;

	if (chance == NULL)
		chance = chance_new_seeded(1);
	for (k = 0; k < SIDES; k++) {
		own = chance_new_child(chance, "a side");
		crypto_init(&d->side[k].c, own);
		d->side[k].c.who = who[k];
		for (i = 0; i < NSA; i++)
			sa_make(&d->side[k], i);
		chance_free(own);
		d->side[k].c.chance = chance;
	}
	return d;
}

static void
duel_free(struct duel *d)
{
	size_t	i, k;

	for (k = 0; k < SIDES; k++) {
		for (i = 0; i < NSA; i++) {
			cryptor_free(d->side[k].out[i]);
			cryptor_free(d->side[k].in[i]);
		}
		crypto_fini(&d->side[k].c);
	}
	free(d);
}

static size_t
whole(const struct crypto_job *j)
{
	return ESP_HEADER + (size_t)j->k->size.iv + j->ntext + j->k->size.icv;
}

static void
compare(const struct duel *d, const char *when, size_t skip_iv)
{
	const struct crypto_job	*a, *b;
	size_t			 i, k, from;

	for (k = 1; k < SIDES; k++)
		for (i = 0; i < d->n; i++) {
			a = &d->side[0].v[i];
			b = &d->side[k].v[i];
			from = ESP_HEADER + skip_iv * a->k->size.iv;
			if (a->result != b->result)
				fatal("%s, job %zu of %zu: %d by OpenSSL, %d by side %zu", when, i, d->n, (int)a->result, (int)b->result, k);
			if (a->result == CRYPTO_OK && memcmp(a->esp + from, b->esp + from, whole(a) - from) != 0)
				fatal("%s, job %zu of %zu, SA %u, %u bytes: side %zu has others", when, i, d->n, d->sa[i], a->ntext, k);
		}
}

static void
add(struct duel *d, const uint8_t *op)
{
	size_t			 i = d->n++, k, sa = op[0] % NSA, ntext = (size_t)(op[1] << 8 | op[2]) % (LONGEST + 1);
	struct crypto_job	*j;

	if (forms[sa / 2].cipher == SA_CIPHER_3DES)	/* 3 us a byte by ipsec-mb */
		ntext %= 100;
	ntext -= ntext % d->side[0].out[sa]->size.block;
	d->sa[i] = (unsigned)sa;
	for (k = 0; k < SIDES; k++) {
		j = &d->side[k].v[i];
		*j = (struct crypto_job){ .k = d->side[k].out[sa], .esp = d->side[k].bytes[i], .seq = (uint64_t)op[3] << op[3] % 50 | i, .ntext = (uint32_t)ntext };
		memset(j->esp, (int)(i + op[3]), whole(j));
		memcpy(j->esp, op, 4);
		memcpy(d->was[i], j->esp, whole(j));
	}
}

/* Of what is authenticated; the number is told beside the packet. */
static void
bend(struct duel *d, size_t i, uint8_t how)
{
	const struct crypto_job	*j = &d->side[0].v[i];
	size_t			 k, at = how * 131u % (whole(j) - 4);

	d->bent[i] = how >= 128 && j->k->size.icv > 0;
	if (d->bent[i])
		for (k = 0; k < SIDES; k++)
			d->side[k].v[i].esp[at < 4 ? at : at + 4] ^= (uint8_t)(1 << how % 8);
}

static void
run(struct duel *d, const uint8_t *ops)
{
	const struct crypto_job	*j;
	size_t			 i, k, from;

	for (k = 0; k < SIDES; k++)
		crypto_seal(&d->side[k].c, d->side[k].v, d->n);
	compare(d, "sealed", 0);
	for (i = 0; i < d->n; i++) {
		bend(d, i, ops[i * OP + 4]);
		for (k = 0; k < SIDES; k++)
			d->side[k].v[i].k = d->side[k].in[d->sa[i]];
	}
	for (k = 0; k < SIDES; k++)
		crypto_open(&d->side[k].c, d->side[k].v, d->n);
	compare(d, "opened", 1);
	for (i = 0; i < d->n; i++) {
		j = &d->side[0].v[i];
		from = ESP_HEADER + (size_t)j->k->size.iv;
		if (j->result != (d->bent[i] ? CRYPTO_BAD_ICV : CRYPTO_OK))
			fatal("job %zu of %zu: %s, but %d", i, d->n, d->bent[i] ? "bent" : "left alone", (int)j->result);
		if (!d->bent[i] && memcmp(j->esp + from, d->was[i] + from, j->ntext) != 0)
			fatal("job %zu of %zu does not open as it was", i, d->n);
	}
	d->n = 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	struct duel	*d;
	size_t		 i, first = 0;

	if (n < OP || n > 20 * VECTOR_MAX)
		return 0;
	d = duel_new();
	for (i = 0; i + OP <= n; i += OP) {
		add(d, in + i);
		if (in[i] == 255 || d->n == VECTOR_MAX) {
			run(d, in + first);
			first = i + OP;
		}
	}
	if (d->n > 0)
		run(d, in + first);
	duel_free(d);
	return 0;
}
