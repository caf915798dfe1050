/*
 * Key exchange groups: both sides agree, libcrypto's own implementation agrees, seeded keys come
 * again, and values that RFC 6989 forbids are refused.
 */

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/evp.h>
#include <string.h>

#include "lib/chance.h"
#include "lib/dh.h"
#include "testsuite/unit/lib_test.h"

static const struct known {
	unsigned	 group, bits;
	size_t		 pub, secret;
	const char	*type, *name;		/* libcrypto's, if it has one */
} known[] = {
	{ 1, 768, 96, 96, NULL, NULL },
	{ 2, 1024, 128, 128, NULL, NULL },
	{ 5, 1536, 192, 192, "DH", "modp_1536" },
	{ 14, 2048, 256, 256, "DH", "modp_2048" },
	{ 15, 3072, 384, 384, "DH", "modp_3072" },
	{ 16, 4096, 512, 512, "DH", "modp_4096" },
	{ 19, 256, 64, 32, "EC", "P-256" },
	{ 20, 384, 96, 48, "EC", "P-384" },
	{ 21, 521, 132, 66, "EC", "P-521" },
	{ 24, 2048, 256, 256, "DHX", "dh_2048_256" },
};
#define NKNOWN	(sizeof(known) / sizeof(known[0]))

START_TEST(table)
{
	size_t n = 0;

	for (size_t i = 0; i < NKNOWN; i++) {
		ck_assert(dh_group_known(known[i].group));
		ck_assert_uint_eq(dh_group_bits(known[i].group), known[i].bits);
		ck_assert_uint_eq(dh_pub_len(known[i].group), known[i].pub);
		ck_assert_uint_eq(dh_secret_len(known[i].group), known[i].secret);
		ck_assert_uint_le(known[i].pub, DH_PUB_MAX);
	}
	for (unsigned g = 0; g < 70000; g++)
		n += dh_group_known(g);
	ck_assert_uint_eq(n, NKNOWN);
	ck_assert_uint_eq(dh_pub_len(3), 0);
	ck_assert_uint_eq(dh_secret_len(3), 0);
}
END_TEST

START_TEST(agree)
{
	const struct known *k = &known[_i];
	struct chance *c = chance_new_seeded(1), *other = chance_new_system();
	struct dh *a = dh_new(c, k->group), *b = dh_new(other, k->group), *again;
	uint8_t sa[DH_PUB_MAX], sb[DH_PUB_MAX];

	ck_assert(dh_derive(a, dh_pub(b), k->pub, sa));
	ck_assert(dh_derive(b, dh_pub(a), k->pub, sb));
	ck_assert_mem_eq(sa, sb, k->secret);
	again = dh_new(c, k->group);
	ck_assert_mem_ne(dh_pub(a), dh_pub(again), k->pub);
	dh_free(again);
	chance_free(c);
	c = chance_new_seeded(1);
	again = dh_new(c, k->group);
	ck_assert_mem_eq(dh_pub(a), dh_pub(again), k->pub);
	dh_free(again);
	dh_free(a);
	dh_free(b);
	chance_free(c);
	chance_free(other);
}
END_TEST

/* A libcrypto key of ours' group that holds pub, for EVP_PKEY_derive(). */
static EVP_PKEY *
evp_peer(EVP_PKEY *own, bool point, const uint8_t *pub, size_t n)
{
	EVP_PKEY *peer = EVP_PKEY_new();
	uint8_t encoded[DH_PUB_MAX + 1] = { 4 };

	memcpy(encoded + point, pub, n);
	ck_assert_int_eq(EVP_PKEY_copy_parameters(peer, own), 1);
	ck_assert_int_eq(EVP_PKEY_set1_encoded_public_key(peer, encoded, n + point), 1);
	return peer;
}

START_TEST(agrees_with_libcrypto)
{
	const struct known *k = &known[_i];
	bool point = strcmp(k->type, "EC") == 0;
	struct chance *c = chance_new_seeded(2);
	struct dh *d = dh_new(c, k->group);
	uint8_t ours[DH_PUB_MAX], theirs[DH_PUB_MAX], *pub = NULL;
	OSSL_PARAM params[] = { OSSL_PARAM_END, OSSL_PARAM_END };
	size_t n = sizeof(theirs), npub;
	EVP_PKEY_CTX *gen, *ctx;
	EVP_PKEY *key = NULL, *peer;
	char name[16];

	memcpy(name, k->name, strlen(k->name) + 1);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0);
	gen = EVP_PKEY_CTX_new_from_name(chance_libctx(c), k->type, NULL);
	ck_assert_int_eq(EVP_PKEY_keygen_init(gen), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_params(gen, params), 1);
	ck_assert_int_eq(EVP_PKEY_generate(gen, &key), 1);
	EVP_PKEY_CTX_free(gen);
	npub = EVP_PKEY_get1_encoded_public_key(key, &pub);
	ck_assert_uint_eq(npub, k->pub + point);
	ck_assert(dh_derive(d, pub + point, k->pub, ours));

	peer = evp_peer(key, point, dh_pub(d), k->pub);
	ctx = EVP_PKEY_CTX_new_from_pkey(chance_libctx(c), key, NULL);
	ck_assert_int_eq(EVP_PKEY_derive_init(ctx), 1);
	if (!point)
		EVP_PKEY_CTX_set_dh_pad(ctx, 1);
	ck_assert_int_eq(EVP_PKEY_derive_set_peer(ctx, peer), 1);
	ck_assert_int_eq(EVP_PKEY_derive(ctx, theirs, &n), 1);
	ck_assert_uint_eq(n, k->secret);
	ck_assert_mem_eq(ours, theirs, n);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
	EVP_PKEY_free(key);
	OPENSSL_free(pub);
	dh_free(d);
	chance_free(c);
}
END_TEST

/* The peer's value is 2^5, so the secret must be the fifth power of ours: says which prime and generator. */
START_TEST(first_groups)
{
	BIGNUM *(*const prime[])(BIGNUM *) = { BN_get_rfc2409_prime_768, BN_get_rfc2409_prime_1024 };
	struct chance *c = chance_new_seeded(3);
	BN_CTX *ctx = BN_CTX_new();

	for (unsigned g = 1; g <= 2; g++) {
		struct dh *d = dh_new(c, g);
		uint8_t peer[DH_PUB_MAX] = { 0 }, got[DH_PUB_MAX], want[DH_PUB_MAX];
		size_t n = dh_pub_len(g);
		BIGNUM *p = prime[g - 1](NULL), *y = BN_bin2bn(dh_pub(d), (int)n, NULL), *five = BN_new();

		BN_set_word(five, 5);
		ck_assert_int_eq(BN_mod_exp(y, y, five, p, ctx), 1);
		ck_assert_int_eq(BN_bn2binpad(y, want, (int)n), (int)n);
		peer[n - 1] = 32;
		ck_assert(dh_derive(d, peer, n, got));
		ck_assert_mem_eq(got, want, n);
		BN_free(p);
		BN_free(y);
		BN_free(five);
		dh_free(d);
	}
	BN_CTX_free(ctx);
	chance_free(c);
}
END_TEST

/* Each value that no honest peer sends, a word away from p on both sides. */
START_TEST(modp_refuses)
{
	static const unsigned numbers[] = { 1, 2, 5, 14, 15, 16, 24 };
	BIGNUM *(*const prime[])(BIGNUM *) = { BN_get_rfc2409_prime_768, BN_get_rfc2409_prime_1024,
		BN_get_rfc3526_prime_1536, BN_get_rfc3526_prime_2048, BN_get_rfc3526_prime_3072,
		BN_get_rfc3526_prime_4096 };
	unsigned g = numbers[_i];
	struct chance *c = chance_new_seeded(4);
	struct dh *d = dh_new(c, g);
	DH *named = DH_get_2048_256();
	BIGNUM *p = g == 24 ? BN_dup(DH_get0_p(named)) : prime[_i](NULL);
	uint8_t v[DH_PUB_MAX + 1] = { 0 }, out[DH_PUB_MAX];
	size_t n = dh_pub_len(g);

	ck_assert(!dh_derive(d, v, n, out));				/* 0 */
	v[n - 1] = 1;
	ck_assert(!dh_derive(d, v, n, out));				/* 1 */
	v[n - 1] = 2;
	ck_assert_int_eq(dh_derive(d, v, n, out), g != 24);		/* 2: of the whole group only */
	ck_assert(!dh_derive(d, v, n - 1, out));			/* too short, too long, nothing */
	ck_assert(!dh_derive(d, v, n + 1, out));
	ck_assert(!dh_derive(d, v, 0, out));
	BN_bn2binpad(p, v, (int)n);
	ck_assert(!dh_derive(d, v, n, out));				/* p */
	BN_sub_word(p, 1);
	BN_bn2binpad(p, v, (int)n);
	ck_assert(!dh_derive(d, v, n, out));				/* p - 1 */
	BN_sub_word(p, 1);
	BN_bn2binpad(p, v, (int)n);
	ck_assert_int_eq(dh_derive(d, v, n, out), g != 24);		/* p - 2 */
	memset(v, 0xff, sizeof(v));
	ck_assert(!dh_derive(d, v, n, out));				/* above p */
	BN_free(p);
	DH_free(named);
	dh_free(d);
	chance_free(c);
}
END_TEST

START_TEST(ecp_refuses)
{
	unsigned g = 19 + (unsigned)_i;
	struct chance *c = chance_new_seeded(5);
	struct dh *d = dh_new(c, g), *other = dh_new(c, g);
	uint8_t v[DH_PUB_MAX + 1] = { 0 }, out[DH_PUB_MAX];
	size_t n = dh_pub_len(g);

	ck_assert(!dh_derive(d, v, n, out));			/* (0, 0): where infinity is often put */
	memset(v, 0xff, sizeof(v));
	ck_assert(!dh_derive(d, v, n, out));			/* coordinates beyond the field */
	memcpy(v, dh_pub(other), n);
	ck_assert(dh_derive(d, v, n, out));
	for (size_t i = 0; i < n; i += 5) {			/* off the curve */
		v[i] ^= 1;
		ck_assert(!dh_derive(d, v, n, out));
		v[i] ^= 1;
	}
	memcpy(v + n / 2, dh_pub(other), n / 2);		/* y = x */
	ck_assert(!dh_derive(d, v, n, out));
	ck_assert(!dh_derive(d, dh_pub(other), n - 1, out));
	ck_assert(!dh_derive(d, v, n + 1, out));
	ck_assert(!dh_derive(d, v, 0, out));
	dh_free(d);
	dh_free(other);
	chance_free(c);
}
END_TEST

/* Values that begin with a zero byte keep it: enough keys are made that some do. */
START_TEST(leading_zeros)
{
	struct chance *c = chance_new_seeded(6);
	struct dh *fixed = dh_new(c, 19);
	unsigned pub_zero = 0, secret_zero = 0;

	for (int i = 0; i < 1500; i++) {
		struct dh *d = dh_new(c, 19);
		uint8_t a[32], b[32];

		memset(a, 0xaa, sizeof(a));
		ck_assert(dh_derive(fixed, dh_pub(d), 64, a));
		if (dh_pub(d)[0] == 0 || dh_pub(d)[32] == 0 || a[0] == 0) {
			pub_zero += a[0] != 0;
			secret_zero += a[0] == 0;
			ck_assert(dh_derive(d, dh_pub(fixed), 64, b));
			ck_assert_mem_eq(a, b, 32);
		}
		dh_free(d);
	}
	ck_assert_uint_gt(pub_zero, 0);
	ck_assert_uint_gt(secret_zero, 0);
	dh_free(fixed);
	chance_free(c);
}
END_TEST

START_TEST(unknown)
{
	struct chance *c = chance_new_seeded(1);

	ck_assert_ptr_null(dh_new(c, 0));
	ck_assert_ptr_null(dh_new(c, 3));
	dh_free(NULL);
	chance_free(c);
}
END_TEST

void
lib_dh_tests(TCase *tc)
{
	tcase_add_test(tc, table);
	tcase_add_loop_test(tc, agree, 0, NKNOWN);
	tcase_add_loop_test(tc, agrees_with_libcrypto, 2, NKNOWN);	/* it has no name for 1 and 2 */
	tcase_add_test(tc, first_groups);
	tcase_add_loop_test(tc, modp_refuses, 0, 7);
	tcase_add_loop_test(tc, ecp_refuses, 0, 3);
	tcase_add_test(tc, leading_zeros);
	tcase_add_test(tc, unknown);
}
