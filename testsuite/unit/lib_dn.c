/* Distinguished names: text to DER and back, what is escaped, what is none, and DER cut at every byte. */

#include <string.h>

#include "lib/dn.h"
#include "testsuite/unit/lib_test.h"

#define ROOM	1024

/* SEQUENCE { SET { SEQUENCE { o, "Example" } }, SET { SEQUENCE { cn, "R1" } } }, the strings PrintableString. */
static const uint8_t r1[] = {
	0x30, 0x1f, 0x31, 0x10, 0x30, 0x0e, 0x06, 0x03, 0x55, 0x04, 0x0a, 0x13, 0x07, 'E', 'x', 'a', 'm', 'p', 'l', 'e',
	0x31, 0x0b, 0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x03, 0x13, 0x02, 'R', '1',
};

START_TEST(known)
{
	uint8_t der[ROOM];
	char text[ROOM];

	ck_assert_uint_eq(dn_parse("CN=R1, O=Example", der, sizeof(der)), sizeof(r1));
	ck_assert_mem_eq(der, r1, sizeof(r1));
	ck_assert(dn_text(r1, sizeof(r1), text, sizeof(text)));
	ck_assert_str_eq(text, "cn=R1,o=Example");
}
END_TEST

static const struct { const char *in, *out; } both[] = {
	{ "cn=R1", "cn=R1" },
	{ "CN = R1 , OU = Routers , O = A Company , C = FR", "cn=R1,ou=Routers,o=A Company,c=FR" },
	{ "cn=\"a, b\",o=x", "cn=a\\, b,o=x" },
	{ "cn=a\\, b+ou=y,o=x", "ou=y+cn=a\\, b,o=x" },	/* a set is sorted (X.690, 11.6) */
	{ "serialNumber=9HI3+hostname=r1.example.com", "serialNumber=9HI3+hostname=r1.example.com" },
	{ "unstructuredName=r1,cn=x", "hostname=r1,cn=x" },
	{ "cn=J\\C3\\BCrg", "cn=J\\C3\\BCrg" },
	{ "cn=J\xc3\xbcrg", "cn=J\\C3\\BCrg" },
	{ "1.2.3.4=x,e=a@b", "1.2.3.4=x,e=a@b" },
	{ "cn=\\ x\\ ", "cn=\\ x\\ " },
	{ "cn=a\\0Ab", "cn=a\\0Ab" },
	{ "dc=example,dc=com", "dc=example,dc=com" },
};

START_TEST(to_and_fro)
{
	uint8_t der[ROOM], again[ROOM];
	char text[ROOM];
	size_t n = dn_parse(both[_i].in, der, sizeof(der));

	ck_assert_msg(n > 0, "%s", both[_i].in);
	ck_assert(dn_text(der, n, text, sizeof(text)));
	ck_assert_str_eq(text, both[_i].out);
	ck_assert_uint_eq(dn_parse(text, again, sizeof(again)), n);
	ck_assert_mem_eq(again, der, n);
	ck_assert_uint_eq(dn_parse(both[_i].in, der, n), n);
	ck_assert_uint_eq(dn_parse(both[_i].in, der, n - 1), 0);
	ck_assert(dn_text(der, n, text, strlen(both[_i].out) + 1));
	ck_assert(!dn_text(der, n, text, strlen(both[_i].out)));
	ck_assert_str_eq(text, "");
}
END_TEST

static const char *const none[] = { "", "R1", "cn=", "=R1", "cn=R1,", "cn=R1,,o=x", "cn=R1,o", "cn=\"a", "cn=a\\", "wrong=x", "cn=R1+", "c=France", "cn=a\\00b" };

START_TEST(no_name)
{
	uint8_t der[ROOM];

	ck_assert_msg(dn_parse(none[_i], der, sizeof(der)) == 0, "%s", none[_i]);
}
END_TEST

START_TEST(equal)
{
	uint8_t a[ROOM], b[ROOM];
	size_t n, m;

	n = dn_parse("cn=R1,o=Example", a, sizeof(a));
	m = dn_parse("cn=r1,o=EXAMPLE", b, sizeof(b));
	ck_assert(dn_equal(a, n, b, m));		/* RFC 5280, 7.1: letters large and small */
	m = dn_parse("cn=R1,o=Example ltd", b, sizeof(b));
	ck_assert(!dn_equal(a, n, b, m));
	m = dn_parse("o=Example,cn=R1", b, sizeof(b));
	ck_assert(!dn_equal(a, n, b, m));
	ck_assert(!dn_equal(a, n, b, 0));
	ck_assert(!dn_equal(a, 0, b, 0));
}
END_TEST

START_TEST(cut_and_bent)
{
	uint8_t bent[sizeof(r1) + 1];
	char text[ROOM];

	for (size_t n = 0; n < sizeof(r1); n++)
		ck_assert(!dn_text(r1, n, text, sizeof(text)));
	memcpy(bent, r1, sizeof(r1));
	bent[sizeof(r1)] = 0;
	ck_assert(!dn_text(bent, sizeof(bent), text, sizeof(text)));
	for (size_t i = 0; i < sizeof(r1); i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			bent[i] ^= (uint8_t)(1u << bit);
			if (!dn_text(bent, sizeof(r1), text, sizeof(text)))
				ck_assert_str_eq(text, "");
			bent[i] ^= (uint8_t)(1u << bit);
		}
	ck_assert(!dn_text(r1, sizeof(r1), text, 0));
}
END_TEST

void
lib_dn_tests(TCase *tc)
{
	tcase_add_test(tc, known);
	tcase_add_loop_test(tc, to_and_fro, 0, sizeof(both) / sizeof(both[0]));
	tcase_add_loop_test(tc, no_name, 0, sizeof(none) / sizeof(none[0]));
	tcase_add_test(tc, equal);
	tcase_add_test(tc, cut_and_bent);
}
