/*
 * Certificates, requests for them, fragments: good vectors, the same cut at every byte, with each length off by one, and with values
 * that can't be.  Certificates here have the form alone: what is in them is nobody's business on this floor.
 */

#include <stdlib.h>
#include <string.h>

#include "ike/wire/wire.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "testsuite/unit/ike_test.h"

/* Certificate { { [0] 2, serial, algorithm, issuer, validity, subject {}, key }, algorithm, signature } */
#define CERT1	"30 1e 30 16 a0 03 02 01 02 02 01 07 30 00 30 00 30 02 05 00 30 02 31 00 30 00 30 02 05 00 03 00"
/* The same without a version, as version 1 is written; subject SEQUENCE { SET {} SET {} }. */
#define CERT2	"30 15 30 11 02 01 07 30 00 30 00 30 00 30 04 31 00 31 00 30 00 30 00"

static const char x509[] = "04" CERT1;
/* SignedData with an algorithm SET, no content, both certificates, a CRL, no signers. */
static const char pkcs7[] =
	"01"
	"30 60 06 09 2a 86 48 86 f7 0d 01 07 02 a0 53 30 51"
	"02 01 01 31 00 30 0b 06 09 2a 86 48 86 f7 0d 01 07 01"
	"a0 37" CERT1 CERT2
	"a1 02 30 00"
	"31 00";
static const char request[] = "04 30 06 31 00 31 02 05 00";
static const char piece[] = "0001 02 01 a1 a2 a3";

static struct payload
payload(uint8_t type, const char *hex, uint8_t *buf, size_t max)
{
	long n = hex_parse(hex, buf, max);

	ck_assert_int_gt(n, 0);
	return (struct payload){ type, buf, (size_t)n };
}

START_TEST(one)
{
	struct ike_der certs[4], name;
	uint8_t buf[256];
	struct payload pl = payload(PL_CERT, x509, buf, sizeof(buf));
	size_t n = 0;

	ck_assert_int_eq(certpl_parse(&pl, certs, &n, 4), IKEC_OK);
	ck_assert_uint_eq(n, 1);
	ck_assert_ptr_eq(certs[0].p, buf + 1);
	ck_assert_uint_eq(certs[0].n, 32);
	ck_assert(certder_subject(&certs[0], &name));
	ck_assert_uint_eq(name.n, 4);
	ck_assert_mem_eq(name.p, "\x30\x02\x31\x00", 4);
	/* Another, behind it; and no room for more. */
	ck_assert_int_eq(certpl_parse(&pl, certs, &n, 2), IKEC_OK);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(certpl_parse(&pl, certs, &n, 2), IKEC_TOO_MANY);
	ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(several)
{
	struct ike_der certs[4], name;
	uint8_t buf[256];
	struct payload pl = payload(PL_CERT, pkcs7, buf, sizeof(buf));
	size_t n = 0;

	ck_assert_int_eq(certpl_parse(&pl, certs, &n, 4), IKEC_OK);
	ck_assert_uint_eq(n, 2);
	ck_assert(certder_subject(&certs[1], &name));
	ck_assert_uint_eq(name.n, 6);
	n = 0;
	ck_assert_int_eq(certpl_parse(&pl, certs, &n, 1), IKEC_TOO_MANY);
	ck_assert_uint_eq(n, 1);
}
END_TEST

/* Each prefix on the heap, so that a reader past the end is seen: none gives a certificate that wasn't whole. */
START_TEST(cut)
{
	struct ike_der certs[4], name, whole;
	uint8_t buf[256], *copy;
	struct payload pl = payload(PL_CERT, _i == 0 ? pkcs7 : x509, buf, sizeof(buf)), part;
	size_t k, n;

	for (k = 0; k < pl.n; k++) {
		copy = xmemdup(pl.p, k);
		part = (struct payload){ PL_CERT, copy, k };
		n = 0;
		if (certpl_parse(&part, certs, &n, 4) == IKEC_OK && _i == 1) {
			/* X.509 is taken as it stands: its inside is for who verifies it. */
			ck_assert_uint_ge(k, 2);
			ck_assert(!certder_subject(&certs[0], &name));
		} else if (_i == 0)
			ck_assert(n == 0 || certder_subject(&certs[0], &name));
		free(copy);
	}
	for (k = 1; _i == 1 && k < pl.n; k++) {
		whole = (struct ike_der){ copy = xmemdup(pl.p + 1, k), k };
		ck_assert(certder_subject(&whole, &name) == (k == pl.n - 1));
		free(copy);
	}
}
END_TEST

START_TEST(lengths)
{
	struct ike_der certs[4], name;
	uint8_t buf[256];
	struct payload pl = payload(PL_CERT, _i == 0 ? pkcs7 : x509, buf, sizeof(buf));
	size_t k, n;

	for (k = 1; k < pl.n; k++) {
		for (int by = -1; by <= 1; by += 2) {
			uint8_t was = buf[k];
			uint8_t *copy;
			struct payload p;

			buf[k] = (uint8_t)(was + by);
			copy = xmemdup(buf, pl.n);
			p = (struct payload){ PL_CERT, copy, pl.n };
			n = 0;
			certpl_parse(&p, certs, &n, 4);
			ck_assert_uint_le(n, 4);
			for (size_t j = 0; j < n; j++) {
				ck_assert(certs[j].p >= copy && certs[j].p + certs[j].n <= copy + pl.n);
				if (certder_subject(&certs[j], &name))
					ck_assert(name.p > certs[j].p && name.p + name.n <= certs[j].p + certs[j].n);
			}
			free(copy);
			buf[k] = was;
		}
	}
}
END_TEST

static const struct { const char *hex; enum ike_counter e; } wrong_certs[] = {
	{ "04", IKEC_CERT },
	{ "0c 01 02", IKEC_CERT_ENCODING },				/* a hash and URL */
	{ "01 30 80 00 00", IKEC_CERT },				/* indefinite length */
	{ "01 30 84 00 00 00 01 00", IKEC_CERT },			/* length of four bytes */
	{ "01 30 0b 06 09 2a 86 48 86 f7 0d 01 07 01", IKEC_CERT },	/* data, not signedData */
	{ "01 30 12 06 09 2a 86 48 86 f7 0d 01 07 02 a0 05 30 03 02 01 01", IKEC_CERT },	/* no certificates */
	{ "01 31 12 06 09 2a 86 48 86 f7 0d 01 07 02 a0 05 30 03 02 01 01", IKEC_CERT },
	{ "01 30 16 06 09 2a 86 48 86 f7 0d 01 07 02 a0 09 30 07 02 01 01 a0 02 31 00", IKEC_CERT },	/* a SET for a certificate */
};

START_TEST(wrong)
{
	struct ike_der certs[4];
	uint8_t buf[64];
	struct payload pl = payload(PL_CERT, wrong_certs[_i].hex, buf, sizeof(buf));
	size_t n = 0;

	ck_assert_int_eq(certpl_parse(&pl, certs, &n, 4), wrong_certs[_i].e);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(requests)
{
	struct ike_der name;
	uint8_t buf[64], *copy;
	struct payload pl = payload(PL_CR, request, buf, sizeof(buf)), part;
	size_t k;

	ck_assert_int_eq(certreqpl_parse(&pl, &name), IKEC_OK);
	ck_assert_ptr_eq(name.p, buf + 1);
	ck_assert_uint_eq(name.n, pl.n - 1);
	for (k = 0; k < pl.n; k++) {
		copy = xmemdup(pl.p, k);
		part = (struct payload){ PL_CR, copy, k };
		ck_assert_int_eq(certreqpl_parse(&part, &name), k == 1 ? IKEC_OK : IKEC_CERT);
		ck_assert_uint_eq(name.n, 0);
		free(copy);
	}
	buf[2]--;
	ck_assert_int_eq(certreqpl_parse(&pl, &name), IKEC_CERT);
	buf[2] += 2;
	ck_assert_int_eq(certreqpl_parse(&pl, &name), IKEC_CERT);
	buf[2]--;
	buf[0] = 11;
	ck_assert_int_eq(certreqpl_parse(&pl, &name), IKEC_CERT_ENCODING);
}
END_TEST

START_TEST(fragment)
{
	uint8_t buf[64], *copy;
	struct payload pl = payload(PL_FRAG, piece, buf, sizeof(buf)), part;
	struct frag f;
	size_t k;

	ck_assert_int_eq(frag_parse(&pl, &f), IKEC_OK);
	ck_assert(f.id == 1 && f.number == 2 && f.last && f.n == 3 && f.p == buf + 4);
	for (k = 0; k < pl.n; k++) {
		copy = xmemdup(pl.p, k);
		part = (struct payload){ PL_FRAG, copy, k };
		ck_assert_int_eq(frag_parse(&part, &f), k < 5 ? IKEC_FRAGMENT : IKEC_OK);
		free(copy);
	}
	buf[2] = 0;
	ck_assert_int_eq(frag_parse(&pl, &f), IKEC_FRAGMENT);
}
END_TEST

START_TEST(vendor)
{
	uint8_t p[20];
	size_t n;

	memcpy(p, vid_bytes(VID_FRAGMENTATION, &n), sizeof(p));
	ck_assert_uint_eq(n, 20);
	ck_assert_int_eq(vid_of(p, 20), VID_FRAGMENTATION);
	ck_assert_int_eq(vid_of(p, 16), VID_FRAGMENTATION);
	p[16] = 0xc0;
	ck_assert_int_eq(vid_of(p, 20), VID_FRAGMENTATION);
	p[16] = 0x40;		/* of base mode alone */
	ck_assert_int_eq(vid_of(p, 20), VID_UNKNOWN);
	ck_assert_int_eq(vid_of(p, 15), VID_UNKNOWN);
}
END_TEST

START_TEST(name_id)
{
	static const uint8_t id[] = { 9, 17, 1, 0xf4, 0x30, 4, 0x31, 2, 0x05, 0 };
	struct ike_id out, again;
	struct out o;
	size_t k;

	ck_assert_int_eq(id_parse(id, sizeof(id), &out), IKEC_OK);
	ck_assert_int_eq(out.type, IKE_ID_DN);
	ck_assert_uint_eq(out.dn_len, 6);
	ck_assert_mem_eq(out.name, id + 4, 6);
	for (k = 0; k < 6; k++)
		ck_assert_int_eq(id_parse(id, k, &again), IKEC_ID);
	out_begin(&o, id, id, EXCH_MAIN, 0, 0);
	out_id(&o, &out);
	ck_assert_mem_eq(o.buf + IKE_HDR_LEN + 4, id, sizeof(id));
	again = out;
	ck_assert(id_eq(&out, &again));
	again.name[5] = 1;
	ck_assert(!id_eq(&out, &again));
	again.type = IKE_ID_FQDN;
	ck_assert(!id_eq(&again, &out));
}
END_TEST

void
ike_cert_wire_tests(TCase *tc)
{
	tcase_add_test(tc, one);
	tcase_add_test(tc, several);
	tcase_add_loop_test(tc, cut, 0, 2);
	tcase_add_loop_test(tc, lengths, 0, 2);
	tcase_add_loop_test(tc, wrong, 0, sizeof(wrong_certs) / sizeof(wrong_certs[0]));
	tcase_add_test(tc, requests);
	tcase_add_test(tc, fragment);
	tcase_add_test(tc, vendor);
	tcase_add_test(tc, name_id);
}
