/* CBC: the examples of FIPS 81 and SP 800-38A, and triple DES against three single ones. */

#include <string.h>

#include "lib/chance.h"
#include "lib/cipher.h"
#include "lib/text.h"
#include "testsuite/unit/lib_test.h"

static const struct vector {
	enum cipher_alg	 alg;
	const char	*key, *iv, *plain, *sealed;
} vectors[] = {
	{ CIPHER_DES, "0123456789abcdef", "1234567890abcdef",
	    "4e6f77206973207468652074696d6520666f7220616c6c20",
	    "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6" },
	{ CIPHER_AES128, "2b7e151628aed2a6abf7158809cf4f3c", "000102030405060708090a0b0c0d0e0f",
	    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
	    "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2" },
	{ CIPHER_AES192, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
	    "000102030405060708090a0b0c0d0e0f",
	    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
	    "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a" },
	{ CIPHER_AES256, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
	    "000102030405060708090a0b0c0d0e0f",
	    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
	    "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d" },
};

START_TEST(published)
{
	struct chance *c = chance_new_seeded(1);

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const struct vector *v = &vectors[i];
		uint8_t key[32], iv[16], b[64], plain[64], sealed[64];
		long n = hex_parse(v->plain, plain, sizeof(plain));

		ck_assert_int_eq(hex_parse(v->key, key, sizeof(key)), (long)cipher_key_len(v->alg));
		ck_assert_int_eq(hex_parse(v->iv, iv, sizeof(iv)), (long)cipher_block(v->alg));
		ck_assert_int_eq(hex_parse(v->sealed, sealed, sizeof(sealed)), n);
		ck_assert(cipher_available(c, v->alg));
		memcpy(b, plain, (size_t)n);
		ck_assert(cipher_cbc(c, v->alg, true, key, iv, b, (size_t)n));
		ck_assert_mem_eq(b, sealed, (size_t)n);
		ck_assert(cipher_cbc(c, v->alg, false, key, iv, b, (size_t)n));
		ck_assert_mem_eq(b, plain, (size_t)n);
	}
	chance_free(c);
}
END_TEST

/* One block under three keys is E3(D2(E1(block))). */
START_TEST(triple)
{
	struct chance *c = chance_new_seeded(2);
	uint8_t key[24], zero[8] = { 0 }, a[8], b[8];

	chance_bytes(c, key, sizeof(key));
	chance_bytes(c, a, sizeof(a));
	memcpy(b, a, sizeof(b));
	ck_assert(cipher_cbc(c, CIPHER_3DES, true, key, zero, a, 8));
	ck_assert(cipher_cbc(c, CIPHER_DES, true, key, zero, b, 8));
	ck_assert(cipher_cbc(c, CIPHER_DES, false, key + 8, zero, b, 8));
	ck_assert(cipher_cbc(c, CIPHER_DES, true, key + 16, zero, b, 8));
	ck_assert_mem_eq(a, b, 8);
	chance_free(c);
}
END_TEST

START_TEST(refused)
{
	struct chance *c = chance_new_system();
	uint8_t key[32] = { 0 }, iv[16] = { 0 }, b[32] = { 0 }, was[32] = { 0 };

	for (size_t n = 1; n < 32; n++)
		if (n != 16)
			ck_assert(!cipher_cbc(c, CIPHER_AES128, true, key, iv, b, n));
	ck_assert_mem_eq(b, was, sizeof(b));
	ck_assert(cipher_cbc(c, CIPHER_AES128, true, key, iv, b, 0));
	ck_assert(!cipher_cbc(c, CIPHER_NONE, true, key, iv, b, 16));
	ck_assert(!cipher_available(c, CIPHER_NONE));
	ck_assert(!cipher_available(c, (enum cipher_alg)77));
	ck_assert_uint_eq(cipher_key_len(CIPHER_NONE), 0);
	chance_free(c);
}
END_TEST

START_TEST(weak)
{
	ck_assert(des_key_is_weak((const uint8_t *)"\1\1\1\1\1\1\1\1"));
	ck_assert(des_key_is_weak((const uint8_t *)"\0\0\0\0\0\0\0\0"));
	ck_assert(des_key_is_weak((const uint8_t *)"\xfe\x01\xfe\x01\xfe\x01\xfe\x01"));
	ck_assert(!des_key_is_weak((const uint8_t *)"\1\1\1\1\1\1\1\3"));
	ck_assert(!des_key_is_weak((const uint8_t *)"\x01\x23\x45\x67\x89\xab\xcd\xef"));
}
END_TEST

/* A weak key is its own inverse, a semi-weak one that of its partner: so the table can be held to the cipher. */
START_TEST(weak_indeed)
{
	static const char *const pairs[][2] = {
		{ "0101010101010101", "0101010101010101" }, { "fefefefefefefefe", "fefefefefefefefe" },
		{ "1f1f1f1f0e0e0e0e", "1f1f1f1f0e0e0e0e" }, { "e0e0e0e0f1f1f1f1", "e0e0e0e0f1f1f1f1" },
		{ "01fe01fe01fe01fe", "fe01fe01fe01fe01" }, { "1fe01fe00ef10ef1", "e01fe01ff10ef10e" },
		{ "01e001e001f101f1", "e001e001f101f101" }, { "1ffe1ffe0efe0efe", "fe1ffe1ffe0efe0e" },
		{ "011f011f010e010e", "1f011f010e010e01" }, { "e0fee0fef1fef1fe", "fee0fee0fef1fef1" },
	};
	struct chance *c = chance_new_seeded(3);

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		uint8_t k1[8], k2[8], zero[8] = { 0 }, b[8] = "a block";

		ck_assert_int_eq(hex_parse(pairs[i][0], k1, 8), 8);
		ck_assert_int_eq(hex_parse(pairs[i][1], k2, 8), 8);
		ck_assert(des_key_is_weak(k1) && des_key_is_weak(k2));
		ck_assert(cipher_cbc(c, CIPHER_DES, true, k1, zero, b, 8));
		ck_assert(cipher_cbc(c, CIPHER_DES, true, k2, zero, b, 8));
		ck_assert_mem_eq(b, "a block", 8);
	}
	chance_free(c);
}
END_TEST

void
lib_cipher_tests(TCase *tc)
{
	tcase_add_test(tc, published);
	tcase_add_test(tc, triple);
	tcase_add_test(tc, refused);
	tcase_add_test(tc, weak);
	tcase_add_test(tc, weak_indeed);
}
