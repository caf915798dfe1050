/*
 * NHRP's codec: vectors written out by hand from RFC 2332, 5 (the registration's layout and length are those that IOS
 * shows of its own); the same cut at every byte, with each length off by one, and with checksums made good again.
 */

#include <string.h>

#include "engine/nhrp_wire.h"
#include "lib/text.h"
#include "testsuite/unit/engine_pair.h"

/* A client's registration: unique, with its NHS in the NAT extension. */
static const char registration[] =
	"0001 0800 0000000000 ff 005c 14c7 0034 01 03 04 00"
	"04 04 8002 00000003 c0010303 0a010103 0a010104"
	"00 20 0000 45fc 1c20 00 00 00 00"
	"8003 0000 8004 0000 8005 0000"
	"0009 0014 00 20 0000 45fc 0000 04 00 04 00 c0010404 0a010104"
	"8000 0000";

/* A request for resolution that one server has passed on, with the word "cisco". */
static const char resolution[] =
	"0001 0800 0000000000 fe 0065 0000 0034 01 01 04 00"
	"04 04 e802 0000000a c6336402 ac100002 0a000301"
	"00 00 0000 45fc 0258 00 00 00 00"
	"8003 0000 8004 0014 00 20 0000 45fc 0258 04 00 04 00 cb007102 ac100001"
	"8005 0000 8007 0009 00000001 636973636f 8000 0000";

/* An error indication: wrong word, about the first eight bytes of a packet. */
static const char indication[] =
	"0001 0800 0000000000 ff 0030 0000 0000 01 07 04 00"
	"04 04 0000 000b 0034 cb007102 ac100001 ac100002"
	"0001080000000000";

static size_t
bytes(const char *hex, uint8_t *out, size_t max)
{
	long n = hex_parse(hex, out, max);

	ck_assert_int_gt(n, 0);
	return (size_t)n;
}

/* Puts the checksum that it should have into a packet. */
static void
mend(uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	if (n < NHRP_HDR)
		return;
	p[12] = p[13] = 0;
	for (size_t i = 0; i < n; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	p[12] = (uint8_t)(~sum >> 8);
	p[13] = (uint8_t)~sum;
}

START_TEST(registers)
{
	struct nhrp_msg m;
	uint8_t p[256], again[256];
	size_t n = bytes(registration, p, sizeof(p));

	ck_assert_uint_eq(n, 92);
	ck_assert_int_eq(nhrp_decode(p, n, &m), NHRP_GOOD);
	ck_assert_int_eq(m.type, NHRP_REGISTRATION_REQUEST);
	ck_assert_uint_eq(m.hops, 255);
	ck_assert_uint_eq(m.flags, NHRP_FLAG_REG_UNIQUE | NHRP_FLAG_NAT);
	ck_assert_uint_eq(m.reqid, 3);
	ck_assert_uint_eq(m.src_nbma, 0xc0010303);
	ck_assert_uint_eq(m.src, 0x0a010103);
	ck_assert_uint_eq(m.dst, 0x0a010104);
	ck_assert_uint_eq(m.cies.n, 1);
	ck_assert_uint_eq(m.cies.v[0].holdtime, 7200);
	ck_assert_uint_eq(m.cies.v[0].mtu, 17916);
	ck_assert(!m.cies.v[0].has_nbma && !m.cies.v[0].has_proto);
	ck_assert(m.has_responder && m.has_forward && m.has_reverse && m.has_nat && !m.has_auth);
	ck_assert_uint_eq(m.nat.n, 1);
	ck_assert_uint_eq(m.nat.v[0].nbma, 0xc0010404);
	ck_assert_uint_eq(nhrp_encode(&m, again, sizeof(again)), n);
	ck_assert_mem_eq(p, again, n);
	for (size_t max = 0; max < n; max++)
		ck_assert_uint_eq(nhrp_encode(&m, again, max), 0);
}
END_TEST

START_TEST(resolves)
{
	struct nhrp_msg m;
	uint8_t p[256], again[256];
	size_t n = bytes(resolution, p, sizeof(p));

	ck_assert_int_eq(nhrp_decode(p, n, &m), NHRP_CHECKSUM);
	mend(p, n);
	ck_assert_int_eq(nhrp_decode(p, n, &m), NHRP_GOOD);
	ck_assert_uint_eq(m.forward.n, 1);
	ck_assert_uint_eq(m.forward.v[0].proto, 0xac100001);
	ck_assert(m.has_auth);
	ck_assert_uint_eq(m.auth_len, 5);
	ck_assert_mem_eq(m.auth, "cisco", 5);
	ck_assert_uint_eq(nhrp_encode(&m, again, sizeof(again)), n);
	ck_assert_mem_eq(p, again, n);
	/* What a link has padded is none of it. */
	p[n] = 0xff;
	ck_assert_int_eq(nhrp_decode(p, n + 1, &m), NHRP_GOOD);
}
END_TEST

START_TEST(indicates)
{
	struct nhrp_msg m;
	uint8_t p[256], again[256];
	size_t n = bytes(indication, p, sizeof(p));

	mend(p, n);
	ck_assert_int_eq(nhrp_decode(p, n, &m), NHRP_GOOD);
	ck_assert_uint_eq(m.code, NHRP_ERR_AUTH);
	ck_assert_uint_eq(m.offset, 0x34);
	ck_assert_uint_eq(m.body_len, 8);
	ck_assert_ptr_eq(m.body, p + 40);
	ck_assert_uint_eq(nhrp_encode(&m, again, sizeof(again)), n);
	ck_assert_mem_eq(p, again, n);
	for (size_t k = 0; k <= n; k++) {
		nhrp_peek(p, k, &m);
		ck_assert_uint_eq(m.dst, k >= 40 ? 0xac100002 : 0);
		ck_assert_uint_eq(m.src_nbma, k >= 40 ? 0xcb007102 : 0);
	}
}
END_TEST

static const char *const vectors[] = { registration, resolution, indication };

/* Cut anywhere, its length field as it was or as it now is: never good, never more read than there is. */
START_TEST(cut)
{
	struct nhrp_msg m;
	uint8_t p[256], *q;
	size_t n = bytes(vectors[_i], p, sizeof(p));

	for (size_t k = 0; k < n; k++) {
		q = malloc(k == 0 ? 1 : k);
		ck_assert_ptr_nonnull(q);
		memcpy(q, p, k);
		mend(q, k);
		ck_assert_int_ne(nhrp_decode(q, k, &m), NHRP_GOOD);
		if (k >= NHRP_HDR) {
			q[10] = (uint8_t)(k >> 8);
			q[11] = (uint8_t)k;
			mend(q, k);
			/* The rest of an indication is a packet of any length. */
			if (vectors[_i] != indication || k < 40)
				ck_assert_int_ne(nhrp_decode(q, k, &m), NHRP_GOOD);
		}
		free(q);
	}
}
END_TEST

/* Every length and offset of the registration, one more and one less. */
START_TEST(lengths)
{
	static const size_t at[] = { 11, 15, 18, 19, 20, 21, 48, 49, 50, 55, 59, 63, 67, 76, 77, 78, 91 };
	struct nhrp_msg m;
	uint8_t p[256];
	size_t n;

	for (size_t k = 0; k < sizeof(at) / sizeof(at[0]); k++)
		for (int by = -1; by <= 1; by += 2) {
			n = bytes(registration, p, sizeof(p));
			p[at[k]] = (uint8_t)(p[at[k]] + by);
			mend(p, n);
			ck_assert_msg(nhrp_decode(p, n, &m) != NHRP_GOOD, "byte %zu by %d", at[k], by);
		}
}
END_TEST

START_TEST(extensions)
{
	struct nhrp_msg m = {.type = NHRP_PURGE_REQUEST, .hops = 255, .src = 1, .dst = 2};
	struct nhrp_cie c = {.prefix = 24};
	uint8_t p[1500];
	size_t n;

	n = nhrp_encode(&m, p, sizeof(p));
	ck_assert_uint_eq(n, 44);
	/* Another's kind of extension: let be, unless it says that it must be understood. */
	memmove(p + n, p + n - 4, 4);
	memcpy(p + n - 4, "\x00\x63\x00\x00", 4);
	p[11] = (uint8_t)(n + 4);
	mend(p, n + 4);
	ck_assert_int_eq(nhrp_decode(p, n + 4, &m), NHRP_GOOD);
	p[n - 4] = 0x80;
	mend(p, n + 4);
	ck_assert_int_eq(nhrp_decode(p, n + 4, &m), NHRP_UNKNOWN_EXT);
	/* One entry more than is taken. */
	memset(&m, 0, sizeof(m));
	m.type = NHRP_PURGE_REQUEST;
	for (size_t k = 0; k < NHRP_CIES; k++)
		ck_assert(nhrp_cie_add(&m.cies, &c));
	ck_assert(!nhrp_cie_add(&m.cies, &c));
	n = nhrp_encode(&m, p, sizeof(p));
	memmove(p + m.extoff + 12, p + m.extoff, n - m.extoff);
	memcpy(p + m.extoff, p + m.extoff - 12, 12);
	p[11] = (uint8_t)(n + 12);
	p[15] = (uint8_t)(m.extoff + 12);
	mend(p, n + 12);
	ck_assert_int_eq(nhrp_decode(p, n + 12, &m), NHRP_TOO_MANY);
}
END_TEST

static void
count(void *arg, const char *text)
{
	size_t *n = arg;

	ck_assert_uint_gt(strlen(text), 0);
	++*n;
}

START_TEST(told)
{
	struct nhrp_msg m;
	uint8_t p[256];
	size_t n = bytes(resolution, p, sizeof(p)), parts = 0, exts = 0;

	mend(p, n);
	ck_assert_int_eq(nhrp_decode(p, n, &m), NHRP_GOOD);
	nhrp_describe(&m, count, &parts);
	nhrp_describe_exts(&m, count, &exts);
	ck_assert_uint_eq(parts, 3);
	ck_assert_uint_eq(exts, 5);
	for (int t = NHRP_RESOLUTION_REQUEST; t < NHRP_TYPE__END; t++)
		ck_assert_str_ne(nhrp_type_name((enum nhrp_type)t), "Unknown");
}
END_TEST

void
engine_nhrp_wire_tests(TCase *tc)
{
	tcase_add_test(tc, registers);
	tcase_add_test(tc, resolves);
	tcase_add_test(tc, indicates);
	tcase_add_loop_test(tc, cut, 0, (int)(sizeof(vectors) / sizeof(vectors[0])));
	tcase_add_test(tc, lengths);
	tcase_add_test(tc, extensions);
	tcase_add_test(tc, told);
}
