/* Growing strings and string helpers. */

#include <string.h>

#include "lib/text.h"
#include "testsuite/unit/lib_test.h"

START_TEST(grows)
{
	struct text t = { 0 };
	char *s;

	ck_assert_str_eq(text_str(&t), "");
	for (int i = 0; i < 1000; i++)
		text_printf(&t, "%d,", i);
	ck_assert_uint_eq(t.len, 3890);
	ck_assert_uint_eq(strlen(text_str(&t)), t.len);
	ck_assert_str_eq(text_str(&t) + t.len - 8, "998,999,");
	s = text_take(&t);
	ck_assert_uint_eq(strlen(s), 3890);
	free(s);
	ck_assert_str_eq(text_str(&t), "");
	s = text_take(&t);
	ck_assert_str_eq(s, "");
	free(s);
}
END_TEST

START_TEST(exact_fits)
{
	for (int n = 0; n < 300; n++) {
		struct text t = { 0 };

		text_printf(&t, "%*s", n, "");
		text_addc(&t, 'x');
		ck_assert_uint_eq(t.len, (size_t)n + 1);
		ck_assert_uint_eq(strlen(t.s), t.len);
		text_free(&t);
	}
}
END_TEST

START_TEST(columns)
{
	struct text t = { 0 };

	text_add(&t, "first line\nab");
	text_pad(&t, 5);
	text_add(&t, "c");
	text_pad(&t, 3);
	ck_assert_str_eq(text_str(&t), "first line\nab   c");
	text_clear(&t);
	ck_assert_str_eq(text_str(&t), "");
	text_addn(&t, "xyz", 2);
	ck_assert_str_eq(text_str(&t), "xy");
	text_free(&t);
}
END_TEST

static void
bracket(void *arg, const char *line, size_t len)
{
	text_printf(arg, "[%s:%zu]", line, len);
}

START_TEST(lines)
{
	struct text t = { 0 };

	text_lines("a\n\nbc\n", bracket, &t);
	text_lines("", bracket, &t);
	text_lines("d", bracket, &t);
	ck_assert_str_eq(text_str(&t), "[a:1][:0][bc:2][d:1]");
	text_free(&t);
}
END_TEST

START_TEST(strings)
{
	ck_assert(str_prefix("crypto map", "crypto"));
	ck_assert(!str_prefix("cry", "crypto"));
	ck_assert(!str_prefix("Crypto", "crypto"));
	ck_assert(str_prefix_nocase("CRYPTO", "cry"));
	ck_assert(str_eq(NULL, NULL));
	ck_assert(!str_eq(NULL, ""));
	ck_assert(str_eq("a", "a"));
}
END_TEST

START_TEST(hex)
{
	char s[9];
	uint8_t b[4];

	ck_assert_int_eq(hex_parse("de AD\tbe ef\n", b, sizeof(b)), 4);
	hex_fmt(b, 4, s);
	ck_assert_str_eq(s, "deadbeef");
	ck_assert_int_eq(hex_parse("", b, sizeof(b)), 0);
	ck_assert_int_eq(hex_parse("dea", b, sizeof(b)), -1);
	ck_assert_int_eq(hex_parse("d e", b, sizeof(b)), -1);
	ck_assert_int_eq(hex_parse("0x", b, sizeof(b)), -1);
	ck_assert_int_eq(hex_parse("0011223344", b, sizeof(b)), -1);
}
END_TEST

void
lib_text_tests(TCase *tc)
{
	tcase_add_test(tc, grows);
	tcase_add_test(tc, exact_fits);
	tcase_add_test(tc, columns);
	tcase_add_test(tc, lines);
	tcase_add_test(tc, strings);
	tcase_add_test(tc, hex);
}
