/*
 * Codecs of ISAKMP: good vectors, written out by hand from the RFCs; the same cut at every byte, and with each
 * length off by one.
 */

#include <stdlib.h>
#include <string.h>

#include "ike/wire/wire.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "testsuite/unit/ike_test.h"

/* Main Mode's first message: AES-256, SHA, group 14, PSK, 86400 s; then DPD's vendor id. */
static const char mm1[] =
	"0102030405060708 0000000000000000 01 10 02 00 00000000 0000006c"
	/* SA: next VID, 60 bytes, DOI 1, situation 1 */
	"0d 00 003c 00000001 00000001"
	/* proposal 1, ISAKMP, no SPI, one transform */
	"00 00 0030 01 01 00 01"
	/* transform 1, KEY_IKE */
	"00 00 0028 01 01 0000"
	"80010007 800e0100 80020002 8004000e 80030001 800b0001 000c0004 00015180"
	/* vendor id */
	"00 00 0014 afcad71368a1f1c96b8696fc77570100";

/* SA payload of Quick Mode: two proposals, ESP AES-128 with SHA and ESP 3DES with MD5. */
static const char qm_sa[] =
	"00000001 00000001"
	"02 00 0034 01 03 04 01 17232df3"
	"00 00 0028 01 0c 0000 80040001 80010001 80020e10 80010002 00020004 00465000 80050002 80060080"
	"00 00 0028 02 03 04 01 17232df3"
	"00 00 001c 01 03 0000 80040001 80010001 80020e10 80050001 80030002";

static size_t
bytes(const char *hex, uint8_t *out, size_t max)
{
	long n = hex_parse(hex, out, max);

	ck_assert_int_gt(n, 0);
	return (size_t)n;
}

static enum ike_counter
decode(struct msg *m, const uint8_t *p, size_t n)
{
	enum ike_counter e = hdr_parse(p, n, &m->h);

	if (e == IKEC_OK)
		e = msg_chain(m, m->h.next, p + IKE_HDR_LEN, n - IKE_HDR_LEN, false);
	return e != IKEC_OK ? e : msg_rules(m, MSG_MM1);
}

START_TEST(message)
{
	struct sa_payload s;
	struct p1_attrs a;
	struct msg m;
	uint8_t p[256];
	size_t n = bytes(mm1, p, sizeof(p));
	enum cipher_alg c;

	ck_assert_uint_eq(n, 108);
	ck_assert_int_eq(decode(&m, p, n), IKEC_OK);
	ck_assert_uint_eq(m.npl, 2);
	ck_assert_int_eq(vid_of(m.pl[1].p, m.pl[1].n), VID_DPD);
	ck_assert_int_eq(sa_parse(m.pl[0].p, m.pl[0].n, &s), IKEC_OK);
	ck_assert_uint_eq(s.nt, 1);
	ck_assert_int_eq(p1_attrs_parse(&s.t[0], &a), IKEC_OK);
	ck_assert(p1_cipher(&a, &c));
	ck_assert_int_eq(c, CIPHER_AES256);
	ck_assert_int_eq(p1_hash(a.hash), HASH_SHA1);
	ck_assert_uint_eq(a.group, 14);
	ck_assert_uint_eq(a.life_s, 86400);
	ck_assert(!a.life_basic);
}
END_TEST

/* What we write is, byte for byte, what stands above. */
/* RFC 3947, 5.2: kind of address, three reserved bytes, the address. */
START_TEST(original_address)
{
	static const uint8_t body[] = { 1, 0, 0, 0, 10, 0, 0, 2, 0 };
	const struct addr a = addr_v4(0x0a000002);
	struct payload pl = { PL_NATOA, body, 8 };
	uint8_t none[8] = { 0 }, v6[8] = { 5 }, long6[21];
	struct addr got;
	struct out o;
	size_t n;

	ck_assert_int_eq(natoa_parse(&pl, &got), IKEC_OK);
	ck_assert(addr_eq(&got, &a));
	for (n = 0; n <= sizeof(body); n++) {
		pl.n = n;
		ck_assert_int_eq(natoa_parse(&pl, &got), n == 8 ? IKEC_OK : IKEC_ID);
	}
	pl = (struct payload){ PL_NATOA, v6, sizeof(v6) };
	ck_assert_int_eq(natoa_parse(&pl, &got), IKEC_ID);
	/* An IPv6 one has sixteen bytes more than its head. */
	memset(long6, 0, sizeof(long6));
	long6[0] = 5;
	long6[4] = 0xfd;
	long6[19] = 2;
	for (n = 0; n <= sizeof(long6); n++) {
		pl = (struct payload){ PL_NATOA, long6, n };
		ck_assert_int_eq(natoa_parse(&pl, &got), n == 20 ? IKEC_OK : IKEC_ID);
	}
	pl = (struct payload){ PL_NATOA, long6, 20 };
	ck_assert_int_eq(natoa_parse(&pl, &got), IKEC_OK);
	ck_assert(got.af == ADDR_V6 && got.v6[0] == 0xfd && got.v6[15] == 2);
	out_begin(&o, none, none, EXCH_QUICK, 0, 1);
	out_natoa(&o, PL_NATOA, &got);
	ck_assert_uint_eq(out_finish(&o, 1), IKE_HDR_LEN + 24);
	ck_assert_mem_eq(o.buf + IKE_HDR_LEN + 4, long6, 20);
	out_begin(&o, none, none, EXCH_QUICK, 0, 1);
	out_natoa(&o, PL_NATOA, &a);
	ck_assert_uint_eq(out_finish(&o, 1), IKE_HDR_LEN + 12);
	ck_assert_mem_eq(o.buf + IKE_HDR_LEN + 4, body, 8);
}
END_TEST

START_TEST(written)
{
	static const struct ike_policy policy = { 10, CIPHER_AES256, HASH_SHA1, IKE_AUTH_PSK, 14, 86400 };
	struct p2_row rows[2] = {
		{ 1, 1, { "A", 50, 12, 128, 2, false, false }, 0, 3600, 4608000, 0x17232df3, 0 },
		{ 2, 1, { "B", 50, 3, 0, 1, false, false }, 2, 3600, 0, 0x17232df3, 0 },
	};
	uint8_t want[256], i[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, r[8] = { 0 };
	struct out o;
	size_t n;

	out_begin(&o, i, r, EXCH_MAIN, 0, 0);
	out_sa_p1(&o, &policy, 1);
	out_vid(&o, VID_DPD);
	n = bytes(mm1, want, sizeof(want));
	ck_assert_uint_eq(out_finish(&o, 1), n);
	ck_assert_mem_eq(o.buf, want, n);
	out_begin(&o, i, r, EXCH_QUICK, 0, 1);
	out_sa_p2(&o, rows, 2);
	n = bytes(qm_sa, want, sizeof(want));
	ck_assert_uint_eq(out_finish(&o, 1), IKE_HDR_LEN + 4 + n);
	ck_assert_mem_eq(o.buf + IKE_HDR_LEN + 4, want, n);
}
END_TEST

START_TEST(cut)
{
	uint8_t p[256], *copy;
	size_t k, n = bytes(mm1, p, sizeof(p));
	struct msg m;

	for (k = 0; k < n; k++) {
		copy = xmemdup(p, k > 0 ? k : 1);
		ck_assert_int_ne(decode(&m, copy, k), IKEC_OK);
		if (k >= IKE_HDR_LEN) {
			copy[26] = 0;
			copy[27] = (uint8_t)k;
			ck_assert_int_ne(decode(&m, copy, k), IKEC_OK);
		}
		free(copy);
	}
}
END_TEST

/* Offsets of every length and count in the message. */
START_TEST(lengths_off_by_one)
{
	static const size_t at[] = { 27, 31, 43, 46, 47, 51, 77 + 6, 28 + 60 + 3 };
	uint8_t p[256];
	size_t k, n = bytes(mm1, p, sizeof(p));
	struct sa_payload s;
	struct p1_attrs a;
	struct msg m;
	int d, bad;

	for (k = 0; k < sizeof(at) / sizeof(at[0]); k++) {
		for (d = -1; d <= 1; d += 2) {
			bytes(mm1, p, sizeof(p));
			p[n - 1] = 1;		/* a zero would be filling */
			p[at[k]] = (uint8_t)(p[at[k]] + d);
			bad = decode(&m, p, n) != IKEC_OK || sa_parse(m.pl[0].p, m.pl[0].n, &s) != IKEC_OK ||
			    p1_attrs_parse(&s.t[0], &a) != IKEC_OK;
			ck_assert_msg(bad, "byte %zu %+d", at[k], d);
		}
	}
}
END_TEST

/* libreswan fills its messages in the clear up to four bytes, with zeros that the header's length counts. */
START_TEST(filled)
{
	uint8_t p[256];
	size_t k, zeros, n = bytes(mm1, p, sizeof(p));
	struct msg m;

	for (k = 1; k < 4; k++) {		/* a vendor id of another length, and so many zeros after it */
		for (zeros = 0; zeros < 9; zeros++) {
			bytes(mm1, p, sizeof(p));
			p[28 + 60 + 3] = (uint8_t)(20 - k);
			memset(p + n - k, 0, zeros);
			p[27] = (uint8_t)(n - k + zeros);
			ck_assert_int_eq(decode(&m, p, n - k + zeros), zeros == 0 || zeros == k ? IKEC_OK : IKEC_PAYLOAD_LEN);
		}
		bytes(mm1, p, sizeof(p));
		p[28 + 60 + 3] = (uint8_t)(20 - k);
		memset(p + n - k, 0, k);
		p[n - 1] = 1;
		ck_assert_int_eq(decode(&m, p, n), IKEC_PAYLOAD_LEN);
	}
}
END_TEST

START_TEST(quick_mode_sa)
{
	uint8_t p[256], *copy;
	size_t k, n = bytes(qm_sa, p, sizeof(p));
	struct sa_payload s;
	struct p2_attrs a;

	ck_assert_int_eq(sa_parse(p, n, &s), IKEC_OK);
	ck_assert_uint_eq(s.nprop, 2);
	ck_assert_uint_eq(s.nt, 2);
	ck_assert_int_eq(p2_attrs_parse(&s.t[0], &a), IKEC_OK);
	ck_assert_uint_eq(a.life_s, 3600);
	ck_assert_uint_eq(a.life_kb, 4608000);
	ck_assert_uint_eq(a.keylen, 128);
	ck_assert_uint_eq(a.auth, 2);
	ck_assert_uint_eq(a.encaps, 1);
	ck_assert_int_eq(p2_attrs_parse(&s.t[1], &a), IKEC_OK);
	ck_assert_uint_eq(a.group, 2);
	for (k = 0; k < n; k++) {
		copy = xmemdup(p, k > 0 ? k : 1);
		ck_assert_int_ne(sa_parse(copy, k, &s), IKEC_OK);
		free(copy);
	}
}
END_TEST

START_TEST(attributes_twice)
{
	uint8_t twice[] = { 0x80, 1, 0, 7, 0x80, 1, 0, 7 };
	uint8_t life[] = { 0x80, 12, 0, 7 };
	uint8_t empty[] = { 0, 12, 0, 0 };
	struct transform t = { .attrs = twice, .nattrs = sizeof(twice) };
	struct p1_attrs a;

	ck_assert_int_eq(p1_attrs_parse(&t, &a), IKEC_ATTRIBUTE);
	t = (struct transform){ .attrs = life, .nattrs = sizeof(life) };
	ck_assert_int_eq(p1_attrs_parse(&t, &a), IKEC_ATTRIBUTE);
	t = (struct transform){ .attrs = empty, .nattrs = sizeof(empty) };
	ck_assert_int_eq(p1_attrs_parse(&t, &a), IKEC_ATTRIBUTE);
}
END_TEST

static const struct { const char *hex; enum ike_counter want; unsigned len; } ids[] = {
	{ "01 11 01f4 0b0b0b0b", IKEC_OK, 32 },
	{ "04 00 0000 c0a80100 ffffff00", IKEC_OK, 24 },
	{ "04 00 0000 00000000 00000000", IKEC_OK, 0 },
	{ "04 00 0000 c0a80100 ff00ff00", IKEC_ID, 0 },
	{ "01 11 01f4 0b0b0b", IKEC_ID, 0 },
	{ "01 11 01f4 0b0b0b0b00", IKEC_ID, 0 },
	{ "02 11 01f4 72312e6e6574", IKEC_OK, 0 },
	{ "02 11 01f4", IKEC_ID, 0 },
	{ "02 11 01f4 7231002e6e6574", IKEC_ID, 0 },
	{ "07 00 0000 0b0b0b0b 0b0b0b0c", IKEC_ID, 0 },
	{ "09", IKEC_ID, 0 },
};

START_TEST(identities)
{
	uint8_t p[64], again[64];
	struct ike_id id, back;
	struct out o;
	size_t n = bytes(ids[_i].hex, p, sizeof(p));

	ck_assert_int_eq(id_parse(p, n, &id), ids[_i].want);
	if (ids[_i].want != IKEC_OK)
		return;
	ck_assert_uint_eq(id.prefix_len, ids[_i].len);
	out_begin(&o, p, p, EXCH_MAIN, 0, 0);
	out_id(&o, &id);
	memcpy(again, o.buf + IKE_HDR_LEN + 4, n);
	ck_assert_mem_eq(again, p, n);
	ck_assert_int_eq(id_parse(again, n, &back), IKEC_OK);
	ck_assert(id_eq(&id, &back));
}
END_TEST

START_TEST(notifies_and_deletes)
{
	uint8_t p[64];
	struct payload pl = { PL_N, p, 0 };
	struct notify no;
	struct delete d;
	size_t k;

	pl.n = bytes("00000001 01 00 6002", p, sizeof(p));
	ck_assert_int_eq(notify_parse(&pl, &no), IKEC_OK);
	ck_assert_uint_eq(no.type, NOTIFY_INITIAL_CONTACT);
	ck_assert_str_eq(notify_name(no.type), "INITIAL_CONTACT");
	ck_assert_str_eq(notify_name(999), "Unknown");
	pl.n = bytes("00000001 03 04 000b 17232df3", p, sizeof(p));
	ck_assert_int_eq(notify_parse(&pl, &no), IKEC_OK);
	ck_assert_uint_eq(no.spi_len, 4);
	for (k = 0; k < 12; k++) {
		pl.n = k;
		ck_assert_int_ne(notify_parse(&pl, &no), IKEC_OK);
	}
	pl.n = bytes("00000001 03 04 0002 17232df3 00000102", p, sizeof(p));
	ck_assert_int_eq(delete_parse(&pl, &d), IKEC_OK);
	ck_assert_uint_eq(d.n, 2);
	for (k = 0; k < 16; k++) {
		pl.n = k;
		ck_assert_int_ne(delete_parse(&pl, &d), IKEC_OK);
	}
	pl.n = bytes("00000001 03 04 0000", p, sizeof(p));
	ck_assert_int_ne(delete_parse(&pl, &d), IKEC_OK);
	pl.n = bytes("00000001 01 04 0001 17232df3", p, sizeof(p));
	ck_assert_int_ne(delete_parse(&pl, &d), IKEC_OK);
}
END_TEST

void
ike_wire_tests(TCase *tc)
{
	tcase_add_test(tc, message);
	tcase_add_test(tc, original_address);
	tcase_add_test(tc, written);
	tcase_add_test(tc, cut);
	tcase_add_test(tc, lengths_off_by_one);
	tcase_add_test(tc, filled);
	tcase_add_test(tc, quick_mode_sa);
	tcase_add_test(tc, attributes_twice);
	tcase_add_loop_test(tc, identities, 0, sizeof(ids) / sizeof(ids[0]));
	tcase_add_test(tc, notifies_and_deletes);
}
