/* Addresses, and the tables of names. */

#include "lib/addr.h"
#include "lib/names.h"
#include "testsuite/unit/lib_test.h"

START_TEST(quads)
{
	static const char *const bad[] = { "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4 ",
		" 1.2.3.4", "1..3.4", "1.2.3.", "1.2.3.4/24", "-1.2.3.4", "0001.2.3.4", "a.b.c.d" };
	char s[ADDR_STRLEN];
	uint32_t v;

	ck_assert(ip4_parse("10.1.2.255", &v));
	ck_assert_uint_eq(v, 0x0a0102ff);
	ck_assert_str_eq(ip4_fmt(v, s), "10.1.2.255");
	ck_assert(ip4_parse("010.001.000.009", &v));
	ck_assert_str_eq(ip4_fmt(v, s), "10.1.0.9");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		v = 7;
		ck_assert_msg(!ip4_parse(bad[i], &v), "%s", bad[i]);
		ck_assert_uint_eq(v, 7);
	}
}
END_TEST

START_TEST(masks)
{
	for (unsigned n = 0; n <= 32; n++)
		ck_assert_int_eq(ip4_mask_len(ip4_mask(n)), (int)n);
	ck_assert_uint_eq(ip4_mask(24), 0xffffff00);
	ck_assert_int_eq(ip4_mask_len(0xff00ff00), -1);
	ck_assert_int_eq(ip4_mask_len(1), -1);
}
END_TEST

START_TEST(cidr)
{
	uint32_t v;
	unsigned n;

	ck_assert(ip4_parse_cidr("10.0.12.1/24", &v, &n));
	ck_assert_uint_eq(v, 0x0a000c01);
	ck_assert_uint_eq(n, 24);
	ck_assert(ip4_parse_cidr("0.0.0.0/0", &v, &n));
	ck_assert_uint_eq(n, 0);
	ck_assert(!ip4_parse_cidr("10.0.12.1/33", &v, &n));
	ck_assert(!ip4_parse_cidr("10.0.12.1/", &v, &n));
	ck_assert(!ip4_parse_cidr("10.0.12.1", &v, &n));
	ck_assert(!ip4_parse_cidr("10.0.12.1/24x", &v, &n));
}
END_TEST

START_TEST(families)
{
	struct addr a, b, none = { 0 };
	char s[ADDR_STRLEN];

	ck_assert(addr_parse("2001:db8::1", &a));
	ck_assert_uint_eq(a.af, ADDR_V6);
	ck_assert_str_eq(addr_fmt(&a, s), "2001:DB8::1");
	ck_assert(addr_parse("192.0.2.1", &b));
	ck_assert_uint_eq(b.af, ADDR_V4);
	ck_assert_str_eq(addr_fmt(&b, s), "192.0.2.1");
	ck_assert_int_lt(addr_cmp(&b, &a), 0);
	ck_assert_int_gt(addr_cmp(&a, &b), 0);
	ck_assert(addr_eq(&a, &a));
	ck_assert(!addr_eq(&a, &b));
	b = addr_v4(0xffffffff);
	a = addr_v4(1);
	ck_assert_int_gt(addr_cmp(&b, &a), 0);
	ck_assert(addr_eq(&none, &none));
	ck_assert_str_eq(addr_fmt(&none, s), "");
	ck_assert(!addr_parse("2001:db8::1/64", &a));
	ck_assert(!addr_parse("router", &a));
}
END_TEST

START_TEST(names)
{
	static const struct name t[] = { { 1, "DES-CBC" }, { 7, "AES-CBC" }, { 0, NULL } };

	ck_assert_str_eq(name_of(t, 7, "?"), "AES-CBC");
	ck_assert_str_eq(name_of(t, 8, "?"), "?");
	ck_assert_ptr_null(name_of(t, 8, NULL));
	ck_assert_int_eq(name_value(t, "aes-cbc"), 7);
	ck_assert_int_eq(name_value(t, "aes"), -1);
}
END_TEST

void
lib_addr_tests(TCase *tc)
{
	tcase_add_test(tc, quads);
	tcase_add_test(tc, masks);
	tcase_add_test(tc, cidr);
	tcase_add_test(tc, families);
	tcase_add_test(tc, names);
}
