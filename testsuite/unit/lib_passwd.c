/* Stored passwords: published samples of each type, wrong ones, and texts that are none. */

#include <string.h>

#include "lib/chance.h"
#include "lib/passwd.h"
#include "testsuite/unit/lib_test.h"

START_TEST(samples)
{
	static const struct { enum passwd_type t; const char *stored, *clear; } v[] = {
		{ PASSWD_CLEAR, "cisco", "cisco" },
		{ PASSWD_MD5, "$1$28772684$iEwNOgGugqO9.bIz5sk8k/", "hashcat" },
		{ PASSWD_HIDDEN, "094F471A1A0A", "cisco" },
		{ PASSWD_PBKDF2, "$8$TnGX/fE4KGHOVU$pEhnEvxrvaynpi8j4f.EMHr6M.FzU8xnZnBr/tJdFWk", "hashcat" },
		{ PASSWD_SCRYPT, "$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6", "hashcat" },
	};
	char setting[PASSWD_STORED_MAX], proof[PASSWD_STORED_MAX];

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		ck_assert(passwd_valid(v[i].t, v[i].stored));
		ck_assert(passwd_check(v[i].t, v[i].stored, v[i].clear));
		ck_assert(!passwd_check(v[i].t, v[i].stored, ""));
		ck_assert(!passwd_check(v[i].t, v[i].stored, "Cisco"));
		ck_assert(!passwd_check(v[i].t, v[i].stored, v[i].stored + 1));
		ck_assert(passwd_setting(v[i].t, v[i].stored, setting) && passwd_proof(v[i].t, setting, v[i].clear, proof));
		ck_assert(passwd_proved(v[i].t, v[i].stored, proof));
		ck_assert(passwd_proof(v[i].t, setting, "other", proof) && !passwd_proved(v[i].t, v[i].stored, proof));
		ck_assert(!passwd_proved(v[i].t, v[i].stored, setting));
	}
}
END_TEST

START_TEST(made)
{
	static const enum passwd_type types[] = { PASSWD_HIDDEN, PASSWD_PBKDF2, PASSWD_SCRYPT };
	struct chance *c = chance_new_seeded(7);
	char a[PASSWD_STORED_MAX], b[PASSWD_STORED_MAX], longest[PASSWD_CLEAR_MAX + 2];

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		ck_assert(passwd_make(types[i], "s3cret", c, a) && passwd_make(types[i], "s3cret", c, b));
		ck_assert_str_ne(a, b);
		ck_assert(passwd_check(types[i], a, "s3cret") && passwd_check(types[i], b, "s3cret"));
		ck_assert(!passwd_check(types[i], a, "s3creT"));
		ck_assert(!passwd_make(types[i], longest, c, a));
		ck_assert(passwd_make(types[i], longest + 1, c, a) && passwd_check(types[i], a, longest + 1));
	}
	ck_assert(!passwd_make(PASSWD_MD5, "s3cret", c, a));
	chance_free(c);
}
END_TEST

/* Every shorter text, and every text with one letter that is of no alphabet. */
START_TEST(not_stored)
{
	static const char good[] = "$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6";
	char bad[sizeof(good)];

	for (size_t n = 0; n < sizeof(good) - 1; n++) {
		memcpy(bad, good, n);
		bad[n] = '\0';
		ck_assert(!passwd_valid(PASSWD_SCRYPT, bad));
		memcpy(bad, good, sizeof(bad));
		bad[n] = '!';
		ck_assert(!passwd_valid(PASSWD_SCRYPT, bad));
	}
	ck_assert(!passwd_valid(PASSWD_PBKDF2, good));
	ck_assert(!passwd_valid(PASSWD_HIDDEN, "0"));
	ck_assert(!passwd_valid(PASSWD_HIDDEN, "9912"));
	ck_assert(!passwd_valid(PASSWD_HIDDEN, "0912G4"));
	ck_assert(!passwd_valid(PASSWD_CLEAR, ""));
}
END_TEST

/* A setting that was cut, or is of another type. */
START_TEST(no_setting)
{
	static const char good[] = "$9$2MJBozw/9R3UsU$";
	char bad[sizeof(good)], proof[PASSWD_STORED_MAX];

	ck_assert(passwd_proof(PASSWD_SCRYPT, good, "x", proof));
	ck_assert(!passwd_proof(PASSWD_PBKDF2, good, "x", proof) && !passwd_proof(PASSWD_MD5, good, "x", proof));
	ck_assert(!passwd_proof((enum passwd_type)3, good, "x", proof));
	for (size_t n = 0; n < sizeof(good) - 1; n++) {
		memcpy(bad, good, n);
		bad[n] = '\0';
		ck_assert(!passwd_proof(PASSWD_SCRYPT, bad, "x", proof));
	}
}
END_TEST

void
lib_passwd_tests(TCase *tc)
{
	tcase_add_test(tc, samples);
	tcase_add_test(tc, made);
	tcase_add_test(tc, not_stored);
	tcase_add_test(tc, no_setting);
}
