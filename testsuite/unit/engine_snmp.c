/*
 * Traps on the wire: two that a protocol analyzer reads as they are meant, decoded, written again, cut at every byte,
 * with each byte changed; and what no decoder may take.
 */

#include <string.h>

#include "engine/snmp_pdu.h"
#include "lib/mem.h"
#include "testsuite/unit/engine_pair.h"

#define MAX	1024

static const char v2c[] =
	    "3082011e020101040473697465a782011102010202010002010030820104300d06082b06010201010300430100301806"
	    "0a2b060106030101040100060a2b06010401090a5b00023013060e2b06010401090a5b0102030102024201033013060e"
	    "2b06010401090a5b0102030103024201003013060e2b06010401090a5b0102030104024201003013060e2b0601040109"
	    "0a5b0102030105024201003012060e2b06010401090a5b01020301060204003016060e2b06010401090a5b0102030107"
	    "02040454454c4c3013060e2b06010401090a5b0102030108020201003014060e2b06010401090a5b0102030109020202"
	    "ff7f3015060e2b06010401090a5b010203010a0202030111703017060e2b06010401090a5b010203010b0204056c6576"
	    "656c";
static const char v1[] =
	    "3082010202010004036f6c64a481f706082b06010401090a5b40040a0000020201060201024301003081db3013060e2b"
	    "06010401090a5b0102030102024201033013060e2b06010401090a5b0102030103024201003013060e2b06010401090a"
	    "5b0102030104024201003013060e2b06010401090a5b0102030105024201003012060e2b06010401090a5b0102030106"
	    "0204003016060e2b06010401090a5b010203010702040454454c4c3013060e2b06010401090a5b010203010802020100"
	    "3014060e2b06010401090a5b0102030109020202ff7f3015060e2b06010401090a5b010203010a020203011170301706"
	    "0e2b06010401090a5b010203010b0204056c6576656c";

static size_t
bytes(const char *hex, uint8_t *out)
{
	long n = hex_parse(hex, out, MAX);

	ck_assert_int_gt(n, 0);
	return (size_t)n;
}

/* Of exactly n bytes, so that a sanitizer sees a read beyond them. */
static enum snmp_error
decode(const uint8_t *p, size_t n, struct snmp_trap *t)
{
	uint8_t *copy = xmemdup(n > 0 ? p : (const uint8_t *)"", n > 0 ? n : 1);
	enum snmp_error e = snmp_decode(copy, n, t);

	free(copy);
	return e;
}

START_TEST(decoded)
{
	uint8_t p[MAX];
	struct snmp_trap t;
	char oid[SNMP_OID_TEXT];
	size_t n = bytes(v2c, p);

	ck_assert_int_eq(snmp_decode(p, n, &t), SNMP_OK);
	ck_assert_uint_eq(t.version, 1);
	ck_assert_uint_eq(t.request_id, 2);
	ck_assert_uint_eq(t.n, 12);
	ck_assert(t.community_len == 4 && memcmp(t.community, "site", 4) == 0);
	ck_assert_str_eq(snmp_oid_fmt(&t.v[1].value, oid), "1.3.6.1.4.1.9.10.91.0.2");
	ck_assert_str_eq(snmp_oid_fmt(&t.v[9].oid, oid), "1.3.6.1.4.1.9.10.91.1.2.3.1.9.2");
	ck_assert_int_eq((int64_t)t.v[9].number, -129);
	ck_assert_int_eq((int64_t)t.v[10].number, 70000);
	ck_assert(t.v[11].len == 5 && memcmp(t.v[11].data, "level", 5) == 0);
	n = bytes(v1, p);
	ck_assert_int_eq(snmp_decode(p, n, &t), SNMP_OK);
	ck_assert_uint_eq(t.version, 0);
	ck_assert_uint_eq(t.agent, 0x0a000002);
	ck_assert_uint_eq(t.generic, 6);
	ck_assert_uint_eq(t.specific, 2);
	ck_assert_uint_eq(t.n, 10);
}
END_TEST

static void
same_again(const char *hex)
{
	uint8_t p[MAX], q[MAX];
	size_t n = bytes(hex, p);
	struct snmp_trap t;

	ck_assert_int_eq(snmp_decode(p, n, &t), SNMP_OK);
	ck_assert_uint_eq(snmp_encode(&t, q, sizeof(q)), n);
	ck_assert_mem_eq(p, q, n);
	for (size_t room = 0; room < n; room++)
		ck_assert_uint_eq(snmp_encode(&t, q, room), 0);
}

START_TEST(encoded)
{
	same_again(v2c);
	same_again(v1);
}
END_TEST

START_TEST(cut)
{
	static const char *const both[] = { v2c, v1 };
	struct snmp_trap t;
	uint8_t p[MAX];

	for (size_t k = 0; k < 2; k++) {
		size_t n = bytes(both[k], p);

		for (size_t i = 0; i < n; i++)
			ck_assert_int_ne(decode(p, i, &t), SNMP_OK);
		p[n] = 0;
		ck_assert_int_ne(decode(p, n + 1, &t), SNMP_OK);
	}
}
END_TEST

/* Whatever a byte becomes, what is taken can be written again. */
START_TEST(changed)
{
	struct snmp_trap t;
	uint8_t p[MAX], q[2 * MAX];
	size_t n = bytes(v2c, p);

	for (size_t i = 0; i < n; i++) {
		uint8_t was = p[i];

		for (unsigned v = 0; v < 256; v++) {
			p[i] = (uint8_t)v;
			if (snmp_decode(p, n, &t) == SNMP_OK)
				ck_assert_uint_gt(snmp_encode(&t, q, sizeof(q)), 0);
		}
		p[i] = was;
	}
}
END_TEST

/* A length that is one too large or too small, wherever one stands. */
START_TEST(lengths)
{
	static const size_t at[] = { 3, 5, 8, 16, 18, 21, 24, 29, 31, 33, 43 };
	struct snmp_trap t;
	uint8_t p[MAX];
	size_t n = bytes(v2c, p);

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		for (int d = -1; d <= 1; d += 2) {
			p[at[i]] = (uint8_t)(p[at[i]] + d);
			ck_assert_msg(decode(p, n, &t) != SNMP_OK, "length at %zu", at[i]);
			p[at[i]] = (uint8_t)(p[at[i]] - d);
		}
	ck_assert_int_eq(decode(p, n, &t), SNMP_OK);
}
END_TEST

static enum snmp_error
decode_hex(const char *hex)
{
	struct snmp_trap t;
	uint8_t p[MAX];
	size_t n = bytes(hex, p);

	return decode(p, n, &t);
}

START_TEST(refused)
{
	ck_assert_int_eq(decode_hex("3003020105"), SNMP_BAD_BER);			/* no community */
	ck_assert_int_eq(decode_hex("300702010304000500"), SNMP_BAD_VERSION);		/* version 3 */
	ck_assert_int_eq(decode_hex("30120201010400a00b0201010201000201003000"), SNMP_NO_TRAP);	/* a get */
	ck_assert_int_eq(decode_hex("30120201010400a70b0201010201000201003000"), SNMP_OK);
	ck_assert_int_eq(decode_hex("30800201010400a70b02010102010002010030000000"), SNMP_BAD_BER);	/* indefinite */
	ck_assert_int_eq(decode_hex("3085000000001202010104"), SNMP_BAD_BER);		/* a length of five octets */
	/* A varbind whose OID has no arc, whose arc has 33 bits, whose value has no type that there is. */
	ck_assert_int_eq(decode_hex("30180201010400a71102010102010002010030060604060005000000"), SNMP_BAD_BER);
	ck_assert_int_eq(decode_hex("301d0201010400a716020101020100020100300b300906 05 90 80 80 80 00 0500"), SNMP_BAD_BER);
	ck_assert_int_eq(decode_hex("301a0201010400a7130201010201000201003008300606022b060900"), SNMP_BAD_BER);
}
END_TEST

START_TEST(numbers)
{
	static const int64_t values[] = { 0, 1, 127, 128, 255, 256, 32767, 32768, INT32_MAX, -1, -128, -129, -32768, -32769, INT32_MIN };
	struct snmp_trap t = { .version = 1, .community = (const uint8_t *)"c", .community_len = 1, .n = 1 }, back;
	uint8_t p[MAX];

	ck_assert(snmp_oid_parse(".1.3.6.1.4294967295", &t.v[0].oid));
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		size_t n;

		t.v[0].type = SNMP_INTEGER;
		t.v[0].number = (uint64_t)values[i];
		n = snmp_encode(&t, p, sizeof(p));
		ck_assert_int_eq(snmp_decode(p, n, &back), SNMP_OK);
		ck_assert_int_eq((int64_t)back.v[0].number, values[i]);
		ck_assert_uint_eq(back.v[0].oid.v[4], UINT32_MAX);
	}
	t.v[0].type = SNMP_COUNTER64;
	t.v[0].number = UINT64_MAX;
	ck_assert_int_eq(snmp_decode(p, snmp_encode(&t, p, sizeof(p)), &back), SNMP_OK);
	ck_assert_uint_eq(back.v[0].number, UINT64_MAX);
}
END_TEST

START_TEST(oids)
{
	struct snmp_oid o;

	ck_assert(snmp_oid_parse("1.3.6.1", &o) && o.n == 4);
	ck_assert(snmp_oid_parse("2.999", &o));
	ck_assert(!snmp_oid_parse("", &o));
	ck_assert(!snmp_oid_parse("1", &o));
	ck_assert(!snmp_oid_parse("1..3", &o));
	ck_assert(!snmp_oid_parse("1.3.", &o));
	ck_assert(!snmp_oid_parse("3.1", &o));
	ck_assert(!snmp_oid_parse("1.3.4294967296", &o));
	ck_assert(!snmp_oid_parse("1.3.x", &o));
}
END_TEST

void
engine_snmp_tests(TCase *tc)
{
	tcase_add_test(tc, decoded);
	tcase_add_test(tc, encoded);
	tcase_add_test(tc, cut);
	tcase_add_test(tc, changed);
	tcase_add_test(tc, lengths);
	tcase_add_test(tc, refused);
	tcase_add_test(tc, numbers);
	tcase_add_test(tc, oids);
}
