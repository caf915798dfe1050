/* Hashes and HMACs: the published vectors of FIPS 180-4, RFC 1321, RFC 2202 and RFC 4231. */

#include <string.h>

#include "lib/prf.h"
#include "lib/text.h"
#include "testsuite/unit/lib_test.h"

static void
is(enum hash_alg alg, const uint8_t *got, const char *hex)
{
	char s[2 * HASH_MAX + 1];

	hex_fmt(got, hash_len(alg), s);
	ck_assert_str_eq(s, hex);
}

START_TEST(digests)
{
	static const struct { enum hash_alg alg; const char *hex; } v[] = {
		{ HASH_MD5, "900150983cd24fb0d6963f7d28e17f72" },
		{ HASH_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ HASH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ HASH_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		    "8086072ba1e7cc2358baeca134c825a7" },
		{ HASH_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	};
	const struct iov abc[] = { { "a", 1 }, { NULL, 0 }, { "bc", 2 } };
	uint8_t out[HASH_MAX];

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		hash_iov(v[i].alg, abc, 3, out);
		is(v[i].alg, out, v[i].hex);
	}
	ck_assert_uint_eq(hash_len(HASH_NONE), 0);
}
END_TEST

static const struct hmac_case {
	enum hash_alg	 alg;
	uint8_t		 fill;		/* the key is this byte, or "Jefe" */
	size_t		 nkey;
	const char	*data, *hex;
} hmac_cases[] = {
	{ HASH_MD5, 0x0b, 16, "Hi There", "9294727a3638bb1c13f48ef8158bfc9d" },
	{ HASH_MD5, 0, 4, "what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738" },
	{ HASH_MD5, 0xaa, 80, "Test Using Larger Than Block-Size Key - Hash Key First",
	    "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd" },
	{ HASH_SHA1, 0x0b, 20, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00" },
	{ HASH_SHA1, 0, 4, "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ HASH_SHA1, 0xaa, 80, "Test Using Larger Than Block-Size Key - Hash Key First",
	    "aa4ae5e15272d00e95705637ce8a3b55ed402112" },
	{ HASH_SHA256, 0x0b, 20, "Hi There",
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ HASH_SHA256, 0, 4, "what do ya want for nothing?",
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ HASH_SHA256, 0xaa, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	{ HASH_SHA384, 0x0b, 20, "Hi There",
	    "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
	    "faea9ea9076ede7f4af152e8b2fa9cb6" },
	{ HASH_SHA384, 0, 4, "what do ya want for nothing?",
	    "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
	    "8e2240ca5e69e2c78b3239ecfab21649" },
	{ HASH_SHA384, 0xaa, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
	    "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
	    "0c2ef6ab4030fe8296248df163f44952" },
	{ HASH_SHA512, 0x0b, 20, "Hi There",
	    "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
	    "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854" },
	{ HASH_SHA512, 0, 4, "what do ya want for nothing?",
	    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
	{ HASH_SHA512, 0xaa, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
	    "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
	    "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598" },
};

START_TEST(hmacs)
{
	for (size_t i = 0; i < sizeof(hmac_cases) / sizeof(hmac_cases[0]); i++) {
		const struct hmac_case *h = &hmac_cases[i];
		struct iov v[] = { { h->data, 5 }, { h->data + 5, strlen(h->data) - 5 } };
		uint8_t key[131], out[HASH_MAX];

		memset(key, h->fill, sizeof(key));
		if (h->fill == 0)
			memcpy(key, "Jefe", 4);
		hmac_iov(h->alg, key, h->nkey, v, 2, out);
		is(h->alg, out, h->hex);
	}
}
END_TEST

/* IKE makes keys in place: the output may be the input (K1 = prf(K, K0 | ...)). */
START_TEST(in_place)
{
	uint8_t a[HASH_MAX] = "seed", b[HASH_MAX];
	struct iov v = { a, 20 };

	hmac_iov(HASH_SHA1, "key", 3, &v, 1, b);
	hmac_iov(HASH_SHA1, "key", 3, &v, 1, a);
	ck_assert_mem_eq(a, b, 20);
	hmac_iov(HASH_SHA1, "", 0, NULL, 0, a);
	is(HASH_SHA1, a, "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
}
END_TEST

START_TEST(equal)
{
	ck_assert(mem_equal("abc", "abc", 3));
	ck_assert(!mem_equal("abc", "abd", 3));
	ck_assert(mem_equal("abc", "abd", 2));
}
END_TEST

void
lib_prf_tests(TCase *tc)
{
	tcase_add_test(tc, digests);
	tcase_add_test(tc, hmacs);
	tcase_add_test(tc, in_place);
	tcase_add_test(tc, equal);
}
