/* IKEv1 key derivation, held against a calculation of its own (ike_keys_vectors.py). */

#include <string.h>

#include "ike/v1/keys.h"
#include "lib/text.h"
#include "testsuite/unit/ike_test.h"

static const struct vector {
	enum hash_alg	 hash;
	const char	*skeyid, *d, *a, *e, *aes128, *des3, *aes256, *iv1, *iv2, *hash_i, *hash_r, *hash1, *hash2, *hash3, *keymat, *keymat_pfs;
} vectors[] = {
#include "testsuite/unit/ike_keys_vectors.h"
};

/* The script's inputs. */
struct input {
	uint8_t		 ni[20], nr[32], gxi[128], gxr[128], gxy[128], sai[40], qm_gxy[256];
};

static const uint8_t cky_i[8] = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88 };
static const uint8_t cky_r[8] = { 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x01 };
static const uint8_t idi[] = { 0x01, 0x11, 0x01, 0xf4, 11, 11, 11, 11 };
static const uint8_t idr[] = { 0x01, 0x11, 0x01, 0xf4, 14, 14, 14, 14 };
#define MSGID	0x29eb5c53u
#define SPI	0x17232df3u
#define MESSAGE	"what follows the HASH payload"

static void
fill(uint8_t *p, size_t n, unsigned step, unsigned from)
{
	size_t k;

	for (k = 0; k < n; k++)
		p[k] = (uint8_t)(step * k + from);
}

static void
inputs(struct input *in)
{
	fill(in->ni, sizeof(in->ni), 1, 0);
	fill(in->nr, sizeof(in->nr), 1, 100);
	fill(in->gxi, sizeof(in->gxi), 7, 1);
	fill(in->gxr, sizeof(in->gxr), 11, 3);
	fill(in->gxy, sizeof(in->gxy), 13, 5);
	fill(in->sai, sizeof(in->sai), 1, 0);
	fill(in->qm_gxy, sizeof(in->qm_gxy), 17, 9);
}

static void
same(const char *hex, const uint8_t *got)
{
	uint8_t want[256];
	long n = hex_parse(hex, want, sizeof(want));

	ck_assert_int_gt(n, 0);
	ck_assert_mem_eq(got, want, (size_t)n);
}

static void
derive(struct ike_keys *k, const struct vector *v, enum cipher_alg c, const struct input *in)
{
	memset(k, 0, sizeof(*k));
	keys_derive_psk(k, v->hash, c, (struct iov){ "secret", 6 }, (struct iov){ in->ni, 20 }, (struct iov){ in->nr, 32 },
	    (struct iov){ in->gxy, 128 }, cky_i, cky_r);
}

START_TEST(phase1)
{
	const struct vector *v = &vectors[_i];
	struct ike_keys k;
	struct input in;
	uint8_t out[HASH_MAX], out2[HASH_MAX];

	inputs(&in);
	derive(&k, v, CIPHER_AES128, &in);
	same(v->skeyid, k.skeyid);
	same(v->d, k.d);
	same(v->a, k.a);
	same(v->e, k.e);
	same(v->aes128, k.enc);
	derive(&k, v, CIPHER_3DES, &in);
	same(v->des3, k.enc);
	derive(&k, v, CIPHER_AES256, &in);
	same(v->aes256, k.enc);
	keys_iv1(v->hash, (struct iov){ in.gxi, 128 }, (struct iov){ in.gxr, 128 }, out);
	same(v->iv1, out);
	keys_iv2(v->hash, out, 16, MSGID, out2);
	same(v->iv2, out2);
	keys_hash_p1(&k, v->hash, (struct iov){ in.gxi, 128 }, (struct iov){ in.gxr, 128 }, cky_i, cky_r, (struct iov){ in.sai, 40 },
	    (struct iov){ idi, sizeof(idi) }, out);
	same(v->hash_i, out);
	keys_hash_p1(&k, v->hash, (struct iov){ in.gxr, 128 }, (struct iov){ in.gxi, 128 }, cky_r, cky_i, (struct iov){ in.sai, 40 },
	    (struct iov){ idr, sizeof(idr) }, out);
	same(v->hash_r, out);
}
END_TEST

START_TEST(phase2)
{
	const struct vector *v = &vectors[_i];
	struct iov none = { NULL, 0 }, ni, nr, message = { MESSAGE, sizeof(MESSAGE) - 1 };
	struct ike_keys k;
	struct input in;
	uint8_t out[HASH_MAX], mat[96];

	inputs(&in);
	ni = (struct iov){ in.ni, 20 };
	nr = (struct iov){ in.nr, 32 };
	derive(&k, v, CIPHER_AES128, &in);
	keys_hash_p2(&k, v->hash, MSGID, none, message, out);
	same(v->hash1, out);
	keys_hash_p2(&k, v->hash, MSGID, ni, message, out);
	same(v->hash2, out);
	keys_hash3(&k, v->hash, MSGID, ni, nr, out);
	same(v->hash3, out);
	keys_keymat(&k, v->hash, none, 3, SPI, ni, nr, mat, sizeof(mat));
	same(v->keymat, mat);
	keys_keymat(&k, v->hash, (struct iov){ in.qm_gxy, 256 }, 3, SPI, ni, nr, mat, sizeof(mat));
	same(v->keymat_pfs, mat);
}
END_TEST

void
ike_keys_tests(TCase *tc)
{
	tcase_add_loop_test(tc, phase1, 0, sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_loop_test(tc, phase2, 0, sizeof(vectors) / sizeof(vectors[0]));
}
