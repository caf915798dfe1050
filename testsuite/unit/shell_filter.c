/* Output filters and the IOS dialect of regular expressions. */

#include <string.h>

#include "lib/text.h"
#include "shell/filter.h"
#include "shell/iosre.h"
#include "testsuite/unit/shell_test.h"

static const struct {
	const char	*pattern, *line;
	bool		 hit;
} cases[] = {
	{ "spi", "current outbound spi: 0x1", true }, { "SPI", "current outbound spi: 0x1", false },
	{ "^a", "ba", false }, { "a$", "ba", true }, { "a.c", "abc", true }, { "ab*c", "ac", true }, { "ab+c", "ac", false },
	{ "ab?c", "abc", true }, { "[0-9]+", "x", false }, { "[^0-9]", "7", false }, { "(up|down)$", "is down", true },
	{ "_100_", "as 100 200", true }, { "_100_", "100", true }, { "_100_", "1000", false }, { "_100_", "(100)", true },
	{ "_100_", "{100,200}", true }, { "a\\.b", "axb", false }, { "a\\.b", "a.b", true }, { "\\_x", "_x", true },
	{ "\\_x", " x", false }, { "{1}", "{1}", true }, { "{1}", "1", false }, { "\\(no", "(no ISAKMP sa)", true },
	{ "[]]", "]", true }, { "", "anything", true },
};

START_TEST(patterns_match)
{
	const char *why;
	struct iosre *re = iosre_new(cases[_i].pattern, &why);

	ck_assert_msg(re != NULL, "%s: %s", cases[_i].pattern, why);
	ck_assert_msg(iosre_search(re, cases[_i].line) == cases[_i].hit, "%s in %s", cases[_i].pattern, cases[_i].line);
	iosre_free(re);
}
END_TEST

static const char *const malformed[] = { "[", "a\\", "(", "[^", "*(" };

START_TEST(malformed_patterns_are_refused)
{
	const char *why = NULL;

	ck_assert_ptr_null(iosre_new(malformed[_i], &why));
	ck_assert_ptr_nonnull(why);
}
END_TEST

static const char text[] =
    "interface Tunnel0\n"
    " ip address 1.1.1.1\n"
    " tunnel source x\n"
    "!\n"
    "crypto map\n"
    " set peer\n"
    "end\n";

static const struct {
	const char	*spec, *passes;
} runs[] = {
	{ "include ip", " ip address 1.1.1.1\n" },
	{ " i  tunnel source ", " tunnel source x\n" },
	{ "exclude ^ ", "interface Tunnel0\n!\ncrypto map\nend\n" },
	{ "begin crypto", "crypto map\n set peer\nend\n" },
	{ "section interface", "interface Tunnel0\n ip address 1.1.1.1\n tunnel source x\n" },
	{ "section include crypto", "crypto map\n set peer\n" },
	{ "section exclude interface|crypto", "!\nend\n" },
	{ "sec include", "" },
	{ "count e", "Number of lines which match regexp = 5\n" },
	{ "c nothing", "Number of lines which match regexp = 0\n" },
};

START_TEST(filters_let_through)
{
	struct text out = { 0 };
	struct filter *f = NULL;
	size_t bad;

	ck_assert_int_eq(filter_new(runs[_i].spec, &f, &bad), FILTER_OK);
	filter_run(f, text, &out);
	ck_assert_str_eq(text_str(&out), runs[_i].passes);
	text_clear(&out);
	filter_run(f, "", &out);
	ck_assert(out.len == 0 || strncmp(text_str(&out), "Number", 6) == 0);
	filter_free(f);
	text_free(&out);
}
END_TEST

static const struct {
	const char	*spec;
	enum filter_error error;
	size_t		 bad;
} refused[] = {
	{ "", FILTER_INCOMPLETE, 0 }, { " include", FILTER_INCOMPLETE, 1 }, { "  grep x", FILTER_INVALID, 2 },
	{ "include [", FILTER_BAD_RE, 0 }, { "section", FILTER_INCOMPLETE, 0 },
};

START_TEST(wrong_filters_are_refused)
{
	struct filter *f = NULL;
	size_t bad;

	ck_assert_int_eq(filter_new(refused[_i].spec, &f, &bad), refused[_i].error);
	ck_assert_uint_eq(bad, refused[_i].bad);
	ck_assert_ptr_null(f);
}
END_TEST

#define COUNT(v)	((int)(sizeof(v) / sizeof((v)[0])))

void
shell_filter_tests(TCase *tc)
{
	tcase_add_loop_test(tc, patterns_match, 0, COUNT(cases));
	tcase_add_loop_test(tc, malformed_patterns_are_refused, 0, COUNT(malformed));
	tcase_add_loop_test(tc, filters_let_through, 0, COUNT(runs));
	tcase_add_loop_test(tc, wrong_filters_are_refused, 0, COUNT(refused));
}
