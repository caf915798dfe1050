/* Chance: the generator's vector, streams by seed and name, and libcrypto drawing from them. */

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/chacha.h"
#include "lib/chance.h"
#include "lib/text.h"
#include "testsuite/unit/lib_test.h"

/* RFC 8439, 2.3.2. */
START_TEST(block)
{
	static const uint32_t in[16] = {
		0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c,
		0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c, 0x00000001, 0x09000000, 0x4a000000, 0x00000000,
	};
	uint8_t out[CHACHA_BLOCK];
	char s[2 * CHACHA_BLOCK + 1];

	chacha_block(in, out);
	hex_fmt(out, sizeof(out), s);
	ck_assert_str_eq(s, "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
	    "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e");
}
END_TEST

static void
draw(struct chance *c, uint8_t out[200])
{
	chance_bytes(c, out, 200);
	chance_free(c);
}

START_TEST(seeds)
{
	uint8_t a[200], b[200], zero[200] = { 0 };
	struct chance *c;

	draw(chance_new_seeded(1), a);
	draw(chance_new_seeded(1), b);
	ck_assert_mem_eq(a, b, 200);
	ck_assert_mem_ne(a, zero, 200);
	ck_assert_mem_ne(a, a + 64, 64);
	draw(chance_new_seeded(2), b);
	ck_assert_mem_ne(a, b, 200);
	c = chance_new_seeded(1);			/* the same stream in draws of any size */
	for (size_t n = 0, some = 1; n < 200; n += some, some = some % 7 + 1)
		chance_bytes(c, b + n, some = n + some > 200 ? 200 - n : some);
	ck_assert_mem_eq(a, b, 200);
	chance_free(c);
}
END_TEST

/* A child depends on the names above it and on nothing that was drawn. */
START_TEST(children)
{
	struct chance *root = chance_new_seeded(1), *r1 = chance_new_child(root, "R1");
	uint8_t a[200], b[200], r[200];

	draw(chance_new_child(r1, "ike"), a);
	chance_u64(root);
	chance_u64(r1);
	draw(chance_new_child(r1, "ike"), b);
	ck_assert_mem_eq(a, b, 200);
	draw(chance_new_child(root, "ike"), b);
	ck_assert_mem_ne(a, b, 200);
	draw(chance_new_child(root, "R1ike"), b);
	ck_assert_mem_ne(a, b, 200);
	ck_assert(chance_is_seeded(r1));
	chance_free(root);				/* before its child */
	chance_bytes(r1, r, 200);
	ck_assert_ptr_nonnull(chance_libctx(r1));
	chance_free(r1);
}
END_TEST

START_TEST(numbers)
{
	struct chance *c = chance_new_seeded(5);
	unsigned seen[6] = { 0 };

	for (int i = 0; i < 60000; i++) {
		double u = chance_unit(c);

		ck_assert(u >= 0 && u < 1);
		seen[chance_below(c, 6)]++;
	}
	for (int i = 0; i < 6; i++)
		ck_assert(seen[i] > 9500 && seen[i] < 10500);
	for (int i = 0; i < 100; i++)
		ck_assert_uint_eq(chance_below(c, 1), 0);
	for (int i = 0; i < 100; i++)
		ck_assert_uint_lt(chance_below(c, 0x80000001), 0x80000001);
	chance_free(c);
}
END_TEST

/* What libcrypto makes of it: a key and both of its random streams. */
static void
libcrypto_draw(struct chance *c, uint8_t out[96])
{
	OSSL_LIB_CTX *libctx = chance_libctx(c);
	EVP_PKEY *key = EVP_PKEY_Q_keygen(libctx, NULL, "X25519");
	size_t n = 32;

	ck_assert_ptr_nonnull(key);
	ck_assert_int_eq(EVP_PKEY_get_raw_public_key(key, out, &n), 1);
	EVP_PKEY_free(key);
	ck_assert_int_eq(RAND_bytes_ex(libctx, out + 32, 32, 0), 1);
	ck_assert_int_eq(RAND_priv_bytes_ex(libctx, out + 64, 32, 0), 1);
}

START_TEST(libcrypto)
{
	uint8_t out[3][96];

	for (int i = 0; i < 3; i++) {
		struct chance *root = chance_new_seeded(i < 2 ? 7 : 8), *c = chance_new_child(root, "R1");

		ck_assert_ptr_eq(chance_libctx(c), chance_libctx(root));
		libcrypto_draw(i == 0 ? c : root, out[i]);
		chance_free(c);
		chance_free(root);
	}
	ck_assert_mem_eq(out[0], out[1], 96);
	ck_assert_mem_ne(out[0], out[2], 32);
	ck_assert_mem_ne(out[0] + 32, out[0] + 64, 32);
}
END_TEST

/* A snapshot is a fork: both sides go on with the same bytes. */
START_TEST(forked)
{
	struct chance *c = chance_new_seeded(9);
	uint8_t before[96], ours[96], theirs[96];
	int pipe_fd[2], status;
	pid_t pid;

	libcrypto_draw(c, before);
	ck_assert_int_eq(pipe(pipe_fd), 0);
	if ((pid = fork()) == 0) {
		libcrypto_draw(c, theirs);
		_exit(write(pipe_fd[1], theirs, 96) != 96);
	}
	libcrypto_draw(c, ours);
	ck_assert_int_eq(read(pipe_fd[0], theirs, 96), 96);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_mem_eq(ours, theirs, 96);
	ck_assert_mem_ne(ours, before, 96);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	chance_free(c);
}
END_TEST

START_TEST(of_the_system)
{
	struct chance *c = chance_new_system(), *child = chance_new_child(c, "R1");
	uint8_t a[96], b[96];

	ck_assert(!chance_is_seeded(c) && !chance_is_seeded(child));
	chance_bytes(c, a, 96);
	chance_bytes(child, b, 96);
	ck_assert_mem_ne(a, b, 96);
	libcrypto_draw(c, a);
	libcrypto_draw(child, b);
	ck_assert_mem_ne(a, b, 96);
	chance_free(c);
	chance_free(child);
}
END_TEST

START_TEST(ciphers)
{
	struct chance *c = chance_new_seeded(1);

	ck_assert_ptr_nonnull(chance_cipher(c, "AES-128-CBC"));
	ck_assert_ptr_eq(chance_cipher(c, "AES-128-CBC"), chance_cipher(c, "AES-128-CBC"));
	ck_assert_ptr_ne(chance_cipher(c, "AES-256-CBC"), chance_cipher(c, "AES-128-CBC"));
	ck_assert_ptr_null(chance_cipher(c, "ROT13"));
	chance_free(c);
}
END_TEST

void
lib_chance_tests(TCase *tc)
{
	tcase_add_test(tc, block);
	tcase_add_test(tc, seeds);
	tcase_add_test(tc, children);
	tcase_add_test(tc, numbers);
	tcase_add_test(tc, libcrypto);
	tcase_add_test(tc, forked);
	tcase_add_test(tc, of_the_system);
	tcase_add_test(tc, ciphers);
}
