/*
 * Certificate and Certificate Request payloads (RFC 2408 3.9, 3.10), and as much of DER as it takes to unpack PKCS #7
 * (RFC 2315 9.1) and to find the name in a certificate.  All of it is a peer's, before anything of that is proven.
 */

#include <string.h>

#include "ike/wire/wire.h"

enum { DER_INTEGER = 0x02, DER_OID = 0x06, DER_SEQUENCE = 0x30, DER_CONTEXT_0 = 0xa0 };

/* One element with its definite length (X.690, 8.1.3); body is what is in it.  False: none, or not DER. */
static bool
der_next(struct rd *r, uint8_t *tag, struct rd *body, struct ike_der *whole)
{
	const uint8_t *from = r->p;
	size_t n, k;

	*tag = rd_u8(r);
	n = rd_u8(r);
	if (n > 0x80) {
		k = n & 0x7f;
		if (k > 3)
			return false;
		for (n = 0; k > 0; k--)
			n = n << 8 | rd_u8(r);
	} else if (n == 0x80)
		return false;
	*body = rd_sub(r, n);
	if (r->bad || (*tag & 0x1f) == 0x1f)
		return false;
	if (whole != NULL)
		*whole = (struct ike_der){ from, (size_t)(r->p - from) };
	return true;
}

/* The same, which must be of that kind. */
static bool
der_want(struct rd *r, uint8_t want, struct rd *body, struct ike_der *whole)
{
	uint8_t tag;

	return der_next(r, &tag, body, whole) && tag == want;
}

/* ContentInfo { signedData, [0] SignedData { version, algorithms, content, [0] certificates ... } } */
static bool
pkcs7_certs(const uint8_t *p, size_t n, struct rd *certs)
{
	static const uint8_t signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 };
	struct rd r, info, oid, explicit, data, skip;
	uint8_t tag;

	rd_init(&r, p, n);
	if (!der_want(&r, DER_SEQUENCE, &info, NULL) || !der_want(&info, DER_OID, &oid, NULL) ||
	    rd_left(&oid) != sizeof(signed_data) || memcmp(oid.p, signed_data, sizeof(signed_data)) != 0)
		return false;
	if (!der_want(&info, DER_CONTEXT_0, &explicit, NULL) || !der_want(&explicit, DER_SEQUENCE, &data, NULL) ||
	    !der_want(&data, DER_INTEGER, &skip, NULL))
		return false;
	while (rd_left(&data) > 0) {
		if (!der_next(&data, &tag, certs, NULL))
			return false;
		if (tag == DER_CONTEXT_0)
			return true;
	}
	return false;
}

static enum ike_counter
add(struct ike_der *out, size_t *n, size_t max, struct ike_der one)
{
	if (*n == max)
		return IKEC_TOO_MANY;
	out[(*n)++] = one;
	return IKEC_OK;
}

enum ike_counter
certpl_parse(const struct payload *pl, struct ike_der *out, size_t *n, size_t max)
{
	enum ike_counter e;
	struct ike_der one;
	struct rd certs, body;

	if (pl->n < 2)
		return IKEC_CERT;
	if (pl->p[0] == CERT_X509_SIG)
		return add(out, n, max, (struct ike_der){ pl->p + 1, pl->n - 1 });
	if (pl->p[0] != CERT_PKCS7)
		return IKEC_CERT_ENCODING;
	if (!pkcs7_certs(pl->p + 1, pl->n - 1, &certs))
		return IKEC_CERT;
	while (rd_left(&certs) > 0) {
		if (!der_want(&certs, DER_SEQUENCE, &body, &one))
			return IKEC_CERT;
		if ((e = add(out, n, max, one)) != IKEC_OK)
			return e;
	}
	return IKEC_OK;
}

enum ike_counter
certreqpl_parse(const struct payload *pl, struct ike_der *name)
{
	struct rd r, body;

	*name = (struct ike_der){ NULL, 0 };
	if (pl->n < 1)
		return IKEC_CERT;
	if (pl->p[0] != CERT_X509_SIG && pl->p[0] != CERT_PKCS7)
		return IKEC_CERT_ENCODING;
	if (pl->n == 1)
		return IKEC_OK;
	rd_init(&r, pl->p + 1, pl->n - 1);
	if (!der_want(&r, DER_SEQUENCE, &body, NULL) || rd_left(&r) != 0)
		return IKEC_CERT;
	*name = (struct ike_der){ pl->p + 1, pl->n - 1 };
	return IKEC_OK;
}

/* Certificate { TBSCertificate { [0] version, serial, algorithm, issuer, validity, subject ... } } (RFC 5280 4.1) */
bool
certder_subject(const struct ike_der *cert, struct ike_der *name)
{
	struct rd r, outer, tbs, body;
	uint8_t tag;
	int k;

	rd_init(&r, cert->p, cert->n);
	if (!der_want(&r, DER_SEQUENCE, &outer, NULL) || !der_want(&outer, DER_SEQUENCE, &tbs, NULL) || !der_next(&tbs, &tag, &body, NULL))
		return false;
	for (k = tag == DER_CONTEXT_0 ? 0 : 1; k < 4; k++)
		if (!der_next(&tbs, &tag, &body, NULL))
			return false;
	return der_want(&tbs, DER_SEQUENCE, &body, name);
}

enum ike_counter
frag_parse(const struct payload *pl, struct frag *out)
{
	struct rd r;

	memset(out, 0, sizeof(*out));
	rd_init(&r, pl->p, pl->n);
	out->id = rd_u16(&r);
	out->number = rd_u8(&r);
	out->last = (rd_u8(&r) & FRAG_LAST) != 0;
	out->n = rd_left(&r);
	out->p = rd_bytes(&r, out->n);
	return r.bad || out->n == 0 || out->number == 0 ? IKEC_FRAGMENT : IKEC_OK;
}
