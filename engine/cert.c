/* Certificates read: names, times, usage, alternative names, fingerprints; and text that holds one. */

#include "engine/cert.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "lib/dn.h"
#include "lib/mem.h"
#include "lib/text.h"

#define TEXT_MAX	(CFG_CERT_MAX * 2)

X509 *
cert_parse(const uint8_t *der, size_t n)
{
	const uint8_t *p = der;
	X509 *x;

	if (n == 0 || n > CFG_CERT_MAX || (x = d2i_X509(NULL, &p, (long)n)) == NULL)
		return NULL;
	if (p == der + n)
		return x;
	X509_free(x);
	return NULL;
}

uint8_t *
cert_der(const X509 *x, size_t *n)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);
	uint8_t *copy;

	*n = len > 0 ? (size_t)len : 0;
	copy = len > 0 ? xmemdup(der, *n) : NULL;
	OPENSSL_free(der);
	return copy;
}

void
cert_serial_of(const ASN1_INTEGER *v, char out[CERT_SERIAL_MAX])
{
	const uint8_t *p = ASN1_STRING_get0_data(v);
	int n = ASN1_STRING_length(v);
	size_t at = 0;

	for (int i = 0; i < n && at + 3 < CERT_SERIAL_MAX; i++)
		at += (size_t)snprintf(out + at, CERT_SERIAL_MAX - at, "%02X", p[i]);
	if (at == 0)
		snprintf(out, CERT_SERIAL_MAX, "00");
}

void
cert_serial(const X509 *x, char out[CERT_SERIAL_MAX])
{
	cert_serial_of(X509_get0_serialNumber(x), out);
}

void
cert_name_text(const X509_NAME *name, char out[CERT_DN_MAX])
{
	const uint8_t *der;
	size_t n;

	*out = '\0';
	if (X509_NAME_get0_der(name, &der, &n) == 1)
		dn_text(der, n, out, CERT_DN_MAX);
}

int64_t
cert_time(const ASN1_TIME *t)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;
	bool ok = t != NULL && epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, t) == 1;

	ASN1_TIME_free(epoch);
	return ok ? (int64_t)days * 86400 + seconds : INT64_MIN;
}

static void
put_digest(const uint8_t *md, unsigned n, char out[CERT_HASH_MAX])
{
	size_t at = 0;

	*out = '\0';
	for (unsigned i = 0; i < n; i++)
		at += (size_t)snprintf(out + at, CERT_HASH_MAX - at, "%s%02X", i > 0 && i % 4 == 0 ? " " : "", md[i]);
}

void
cert_fingerprint(const X509 *x, const char *hash, char out[CERT_HASH_MAX])
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (X509_digest(x, EVP_get_digestbyname(hash), md, &n) != 1)
		n = 0;
	put_digest(md, n, out);
}

void
cert_digest(const uint8_t *p, size_t len, const char *hash, char out[CERT_HASH_MAX])
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (EVP_Digest(p, len, md, &n, EVP_get_digestbyname(hash), NULL) != 1)
		n = 0;
	put_digest(md, n, out);
}

const char *
cert_usage(X509 *x)
{
	uint32_t u = X509_get_key_usage(x);
	bool sign = (u & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0, crypt = (u & (KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT)) != 0;

	if (sign && crypt)
		return "General Purpose";
	if (sign || (u & KU_KEY_CERT_SIGN) != 0)
		return "Signature";
	return crypt ? "Encryption" : "Not Set";
}

bool
cert_is_ca(X509 *x)
{
	return X509_check_ca(x) > 0;
}

bool
cert_is_self_issued(const X509 *x)
{
	return X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) == 0;
}

/* ---- alternative names ---- */

/* As a NUL-terminated text; false: it holds a NUL itself, or does not fit. */
static bool
string_text(const ASN1_STRING *s, char *out, size_t cap)
{
	unsigned char *utf8 = NULL;
	int n = ASN1_STRING_to_UTF8(&utf8, s);
	bool ok = n >= 0 && (size_t)n < cap && memchr(utf8, 0, (size_t)n) == NULL;

	if (ok) {
		memcpy(out, utf8, (size_t)n);
		out[n] = '\0';
	}
	OPENSSL_free(utf8);
	return ok;
}

static bool
address_text(const ASN1_OCTET_STRING *s, char out[ADDR_STRLEN])
{
	const uint8_t *p = ASN1_STRING_get0_data(s);
	struct addr a = { .af = ASN1_STRING_length(s) == 4 ? ADDR_V4 : ADDR_V6 };

	if (a.af == ADDR_V4)
		a.v4 = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	else if (ASN1_STRING_length(s) == sizeof(a.v6))
		memcpy(a.v6, p, sizeof(a.v6));
	else
		return false;
	addr_fmt(&a, out);
	return true;
}

void
cert_alt_each(const X509 *x, void (*fn)(void *arg, int type, const char *text), void *arg)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	char text[CERT_DN_MAX];

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
		bool ok = g->type == GEN_DNS || g->type == GEN_EMAIL || g->type == GEN_URI ? string_text(g->d.ia5, text, sizeof(text)) :
		    g->type == GEN_IPADD ? address_text(g->d.iPAddress, text) : false;

		if (ok)
			fn(arg, g->type, text);
	}
	GENERAL_NAMES_free(names);
}

static void
point_each(const DIST_POINT *d, void (*fn)(void *arg, const char *url), void *arg)
{
	const GENERAL_NAMES *names = d->distpoint != NULL && d->distpoint->type == 0 ? d->distpoint->name.fullname : NULL;
	char text[CERT_DN_MAX];

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);

		if (g->type == GEN_URI && string_text(g->d.ia5, text, sizeof(text)))
			fn(arg, text);
	}
}

void
cert_cdp_each(const X509 *x, void (*fn)(void *arg, const char *url), void *arg)
{
	CRL_DIST_POINTS *points = X509_get_ext_d2i(x, NID_crl_distribution_points, NULL, NULL);

	for (int i = 0; i < sk_DIST_POINT_num(points); i++)
		point_each(sk_DIST_POINT_value(points, i), fn, arg);
	CRL_DIST_POINTS_free(points);
}

bool
cert_subject_value(const X509 *x, int nid, char *out, size_t cap)
{
	const X509_NAME *name = X509_get_subject_name(x);
	int at = X509_NAME_get_index_by_NID(name, nid, -1);

	return at >= 0 && string_text(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)), out, cap);
}

/* ---- maps ---- */

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
}

/* Letters count alike, large and small; blanks behind commas do not count. */
static char *
fold(const char *s)
{
	char *out = xmalloc(strlen(s) + 1), *p = out;

	for (; *s != '\0'; s++)
		if (*s != ' ' || (p > out && p[-1] != ',' && p[-1] != '=' && s[1] != ',' && s[1] != '='))
			*p++ = *s;
	*p = '\0';
	lower(out);
	return out;
}

static bool
test_text(const struct cfg_cert_rule *r, const char *text)
{
	char *have = fold(text), *want = fold(r->value);
	bool hit = r->test == CFG_PKI_EQ || r->test == CFG_PKI_NE ? strcmp(have, want) == 0 : strstr(have, want) != NULL;

	free(have);
	free(want);
	return hit;
}

/* Any one of several values. */
struct any { const struct cfg_cert_rule *rule; bool hit; };

static void
test_alt(void *arg, int type, const char *text)
{
	struct any *a = arg;

	(void)type;
	a->hit |= test_text(a->rule, text);
}

static bool
test_attribute(const struct cfg_cert_rule *r, const X509 *x, int nid)
{
	char value[CERT_DN_MAX];

	return cert_subject_value(x, nid, value, sizeof(value)) && test_text(r, value);
}

static bool
field_hits(const struct cfg_cert_rule *r, const X509 *x)
{
	char text[CERT_DN_MAX];
	struct any a = { .rule = r };

	switch (r->field) {
	case CFG_PKI_SUBJECT:
		cert_name_text(X509_get_subject_name(x), text);
		return test_text(r, text);
	case CFG_PKI_ISSUER:
		cert_name_text(X509_get_issuer_name(x), text);
		return test_text(r, text);
	case CFG_PKI_SERIAL:
		cert_serial(x, text);
		return test_text(r, text);
	case CFG_PKI_UNSTRUCTURED:
		return test_attribute(r, x, NID_pkcs9_unstructuredName);
	case CFG_PKI_NAME:
		cert_name_text(X509_get_subject_name(x), text);
		a.hit = test_text(r, text);
		cert_alt_each(x, test_alt, &a);
		return a.hit;
	case CFG_PKI_ALT:
		cert_alt_each(x, test_alt, &a);
		return a.hit;
	}
	return false;
}

bool
cert_map_matches(const struct cfg_pki *p, const char *map, const X509 *x)
{
	const struct cfg_cert_map *m;
	const struct cfg_cert_rule *r;

	TAILQ_FOREACH(m, &p->maps, next) {
		bool all = strcmp(m->name, map) == 0 && !TAILQ_EMPTY(&m->rules);

		TAILQ_FOREACH(r, &m->rules, next)
			all = all && field_hits(r, x) == (r->test == CFG_PKI_EQ || r->test == CFG_PKI_CO);
		if (all)
			return true;
	}
	return false;
}

/* ---- text ---- */

/* Base64 without marks: what is no letter of it is passed over, as blanks and line ends are. */
static X509 *
of_base64(const char *text, size_t n)
{
	uint8_t *der = xmalloc(n + 4);
	char *b = xmalloc(n + 4);
	size_t len = 0, pad = 0;
	X509 *x = NULL;
	int got;

	for (size_t i = 0; i < n; i++)
		if (isalnum((unsigned char)text[i]) || strchr("+/=", text[i]) != NULL)
			b[len++] = text[i];
	while (pad < 2 && pad < len && b[len - 1 - pad] == '=')
		pad++;
	got = len == 0 || len % 4 != 0 ? -1 : EVP_DecodeBlock(der, (const uint8_t *)b, (int)len);
	if (got > (int)pad)
		x = cert_parse(der, (size_t)got - pad);
	free(b);
	free(der);
	return x;
}

X509 *
cert_of_text(const char *text)
{
	const char *begin = strstr(text, "-----BEGIN"), *end;

	if (strlen(text) > TEXT_MAX)
		return NULL;
	if (begin == NULL)
		return of_base64(text, strlen(text));
	if (strncmp(begin, "-----BEGIN CERTIFICATE-----", 27) != 0 || (end = strstr(begin, "-----END")) == NULL)
		return NULL;
	return of_base64(begin + 27, (size_t)(end - begin) - 27);
}

void
cert_put_pem(struct text *out, const char *kind, const uint8_t *der, size_t n, bool bare)
{
	char *b = xmalloc(n / 3 * 4 + 8);
	int len = EVP_EncodeBlock((uint8_t *)b, der, (int)n);

	if (!bare)
		text_printf(out, "-----BEGIN %s-----\n", kind);
	for (int i = 0; i < len; i += 64)
		text_printf(out, "%.64s\n", b + i);
	if (!bare)
		text_printf(out, "-----END %s-----\n", kind);
	free(b);
}
