/* Certificates, trustpoints and revocation lists as they are shown. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "engine/cert.h"
#include "engine/keypair.h"
#include "engine/pki.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_pki.h"
#include "shell/show.h"

struct out { struct text *t; const struct config *c; };

static void
put_time(const struct out *o, const char *head, const ASN1_TIME *when)
{
	struct text date = { 0 };
	int64_t s = cert_time(when);
	const char *p;

	show_time_date(&date, o->c, s * NSEC_SEC, false);
	p = text_str(&date);
	/* "14:00:21 UTC Fri Mar 13 2015", without the day of the week. */
	for (int i = 0; i < 2 && *p != '\0'; i++)
		p += strcspn(p, " ") + 1;
	text_printf(o->t, "%s%.*s%s\n", head, (int)(p - text_str(&date)), text_str(&date), strlen(p) > 4 ? p + 4 : p);
	text_free(&date);
}

/* An attribute a line, the innermost first. */
static void
put_name(struct text *t, const X509_NAME *name, const char *indent)
{
	char text[CERT_DN_MAX];
	const char *p = text;

	cert_name_text(name, text);
	while (*p != '\0') {
		const char *end = p;

		while (*end != '\0' && *end != ',')
			end += *end == '\\' && end[1] != '\0' ? 2 : 1;
		text_printf(t, "%s%.*s\n", indent, (int)(end - p), p);
		p = end + (*end == ',');
	}
}

/* What routers say of themselves, before the subject as it is. */
static void
put_own_names(struct text *t, const X509 *x)
{
	char v[CERT_DN_MAX];

	if (cert_subject_value(x, NID_pkcs9_unstructuredName, v, sizeof(v)) || cert_subject_value(x, NID_commonName, v, sizeof(v)))
		text_printf(t, "    Name: %s\n", v);
	if (cert_subject_value(x, NID_pkcs9_unstructuredAddress, v, sizeof(v)))
		text_printf(t, "    IP Address: %s\n", v);
	if (cert_subject_value(x, NID_serialNumber, v, sizeof(v)))
		text_printf(t, "    Serial Number: %s\n", v);
}

static void
put_url(void *arg, const char *url)
{
	text_printf(arg, "    %s\n", url);
}

static void
put_urls(struct text *t, const X509 *x)
{
	struct text urls = { 0 };

	cert_cdp_each(x, put_url, &urls);
	if (urls.len > 0)
		text_printf(t, "  CRL Distribution Points: \n%s", text_str(&urls));
	text_free(&urls);
}

/* ---- verbose ---- */

static void
put_key(struct text *t, const X509 *x)
{
	EVP_PKEY *k = X509_get0_pubkey(x);
	const char *kind = k == NULL ? "unknown" : OBJ_nid2ln(EVP_PKEY_get_base_id(k));
	int md = 0, pk = 0;

	text_printf(t, "  Subject Key Info:\n    Public Key Algorithm: %s\n", kind);
	if (k != NULL && EVP_PKEY_get_base_id(k) == EVP_PKEY_RSA)
		text_printf(t, "    RSA Public Key: (%d bit)\n", EVP_PKEY_get_bits(k));
	if (OBJ_find_sigid_algs(X509_get_signature_nid(x), &md, &pk) == 1)
		text_printf(t, "  Signature Algorithm: %s with %s Encryption\n", OBJ_nid2sn(md), pk == NID_rsaEncryption ? "RSA" : "ECDSA");
}

static void
put_usage(struct text *t, X509 *x)
{
	static const struct { uint32_t bit; const char *name; } uses[] = {
		{ KU_DIGITAL_SIGNATURE, "Digital Signature" }, { KU_NON_REPUDIATION, "Non Repudiation" }, { KU_KEY_ENCIPHERMENT, "Key Encipherment" },
		{ KU_DATA_ENCIPHERMENT, "Data Encipherment" }, { KU_KEY_AGREEMENT, "Key Agreement" }, { KU_KEY_CERT_SIGN, "Key Cert Sign" },
		{ KU_CRL_SIGN, "CRL Signature" }, { KU_ENCIPHER_ONLY, "Encipher Only" }, { KU_DECIPHER_ONLY, "Decipher Only" },
	};
	uint32_t u = X509_get_key_usage(x);

	if (u == UINT32_MAX)
		return;
	text_printf(t, "    X509v3 Key Usage: %02X%02X0000\n", u & 0xff, u >> 8 & 0xff);
	for (size_t i = 0; i < NROWS(uses); i++)
		if ((u & uses[i].bit) != 0)
			text_printf(t, "      %s\n", uses[i].name);
}

static void
put_id(struct text *t, const char *head, const ASN1_OCTET_STRING *id)
{
	const uint8_t *p = id == NULL ? NULL : ASN1_STRING_get0_data(id);

	if (p == NULL)
		return;
	text_add(t, head);
	for (int i = 0; i < ASN1_STRING_length(id); i++)
		text_printf(t, "%s%02X", i > 0 && i % 4 == 0 ? " " : "", p[i]);
	text_add(t, " \n");
}

static void
put_alt(void *arg, int type, const char *text)
{
	(void)type;
	text_printf(arg, "        %s\n", text);
}

static void
put_extensions(struct text *t, X509 *x)
{
	struct text alt = { 0 };

	text_add(t, "  X509v3 extensions:\n");
	put_usage(t, x);
	put_id(t, "    X509v3 Subject Key ID: ", X509_get0_subject_key_id(x));
	if (X509_get_ext_by_NID(x, NID_basic_constraints, -1) >= 0)
		text_printf(t, "    X509v3 Basic Constraints:\n        CA: %s\n", cert_is_ca(x) ? "TRUE" : "FALSE");
	cert_alt_each(x, put_alt, &alt);
	if (alt.len > 0)
		text_printf(t, "    X509v3 Subject Alternative Name:\n%s", text_str(&alt));
	text_free(&alt);
	put_id(t, "    X509v3 Authority Key ID: ", X509_get0_authority_key_id(x));
	text_add(t, "    Authority Info Access:\n");
}

static void
put_verbose(const struct out *o, X509 *x)
{
	char md5[CERT_HASH_MAX], sha1[CERT_HASH_MAX];

	cert_fingerprint(x, "MD5", md5);
	cert_fingerprint(x, "SHA1", sha1);
	put_key(o->t, x);
	text_printf(o->t, "  Fingerprint MD5: %s \n  Fingerprint SHA1: %s \n", md5, sha1);
	put_extensions(o->t, x);
}

/* ---- a certificate ---- */

static bool
holds(const struct cfg_trustpoint *t, const struct cfg_cert *like)
{
	const struct cfg_cert *c;

	TAILQ_FOREACH(c, &t->certs, next)
		if (c->n == like->n && c->n > 0 && memcmp(c->der, like->der, c->n) == 0)
			return true;
	return false;
}

static void
put_trustpoints(const struct out *o, const struct cfg_cert *c)
{
	const struct cfg_trustpoint *t;

	text_add(o->t, "  Associated Trustpoints:");
	TAILQ_FOREACH(t, &o->c->pki.trustpoints, next)
		if (holds(t, c))
			text_printf(o->t, " %s", t->name);
	text_add(o->t, " \n");
}

static void
put_cert(const struct out *o, const struct router *r, const struct cfg_cert *c, bool verbose)
{
	static const char *const heads[] = { [CFG_CERT_CA] = "CA Certificate", [CFG_CERT_OWN] = "Certificate",
		[CFG_CERT_SELF] = "Router Self-Signed Certificate" };
	X509 *x = cert_parse(c->der, c->n);
	const struct keypair *k = x == NULL || c->kind == CFG_CERT_CA ? NULL : pki_key_of(r, x);
	char serial[CERT_SERIAL_MAX];

	if (x == NULL)
		return;
	cert_serial(x, serial);
	text_printf(o->t, "%s\n  Status: Available\n", heads[c->kind]);
	if (verbose)
		text_printf(o->t, "  Version: %ld\n", X509_get_version(x) + 1);
	text_printf(o->t, "  Certificate Serial Number (hex): %s\n  Certificate Usage: %s\n  Issuer: \n", serial, cert_usage(x));
	put_name(o->t, X509_get_issuer_name(x), "    ");
	text_add(o->t, c->kind == CFG_CERT_CA ? "  Subject: \n" : "  Subject:\n");
	if (c->kind != CFG_CERT_CA)
		put_own_names(o->t, x);
	put_name(o->t, X509_get_subject_name(x), "    ");
	put_urls(o->t, x);
	text_add(o->t, "  Validity Date: \n");
	put_time(o, "    start date: ", X509_get0_notBefore(x));
	put_time(o, "    end   date: ", X509_get0_notAfter(x));
	if (verbose)
		put_verbose(o, x);
	put_trustpoints(o, c);
	if (verbose && k != NULL)
		text_printf(o->t, "  Key Label: %s\n", k->label);
	text_addc(o->t, '\n');
	X509_free(x);
}

/* One that several trustpoints hold is shown once. */
static bool
shown_before(const struct config *c, const struct cfg_trustpoint *last, const struct cfg_cert *x)
{
	const struct cfg_trustpoint *t;

	for (t = TAILQ_FIRST(&c->pki.trustpoints); t != last; t = TAILQ_NEXT(t, next))
		if (holds(t, x))
			return true;
	return false;
}

static void
run_certificates(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	const struct cfg_trustpoint *t;
	const struct cfg_cert *c;
	struct text text = { 0 };
	struct out o = { &text, conf(s) };

	if (name != NULL && pki_trustpoint(s, name) == NULL)
		return;
	TAILQ_FOREACH(t, &conf(s)->pki.trustpoints, next)
		TAILQ_FOREACH(c, &t->certs, next)
			if (name == NULL ? !shown_before(conf(s), t, c) : strcmp(t->name, name) == 0)
				put_cert(&o, s->router, c, arg_has(a, "verbose"));
	show_flush(s, &text);
}

/* ---- trustpoints ---- */

static void
put_trustpoint(struct session *s, struct text *out, const struct cfg_trustpoint *t)
{
	X509 *ca = pki_ca(s->router, t), *own = pki_own(s->router, t), *x = ca != NULL ? ca : own;
	char *label = pki_key_label(s->router, t), serial[CERT_SERIAL_MAX];

	text_printf(out, "Trustpoint %s:\n", t->name);
	if (x != NULL) {
		cert_serial(x, serial);
		text_add(out, "    Subject Name: \n");
		put_name(out, X509_get_subject_name(x), "    ");
		text_printf(out, "          Serial Number (hex): %s\n", serial);
		if (ca != NULL)
			text_add(out, "    Certificate configured.\n");
		else
			text_printf(out, "    Persistent self-signed certificate trust point\n    Using key label %s\n", label != NULL ? label : "");
	}
	text_add(out, "\n\n");
	free(label);
}

static void
put_configured(struct text *out, const char *what, const X509 *x)
{
	char subject[CERT_DN_MAX], md5[CERT_HASH_MAX], sha1[CERT_HASH_MAX];

	if (x == NULL)
		return;
	cert_name_text(X509_get_subject_name(x), subject);
	cert_fingerprint(x, "MD5", md5);
	cert_fingerprint(x, "SHA1", sha1);
	text_printf(out, "  %s certificate configured:\n    Subject Name:\n     %s\n    Fingerprint MD5: %s \n    Fingerprint SHA1: %s \n", what, subject, md5, sha1);
}

static void
put_status(struct session *s, struct text *out, const struct cfg_trustpoint *t)
{
	X509 *ca = pki_ca(s->router, t), *own = pki_own(s->router, t);
	char *label = pki_key_label(s->router, t);
	const struct keypair *k = own != NULL ? pki_key_of(s->router, own) : label != NULL ? keypair_find(s->router->keypairs, KEYPAIR_RSA, label) : NULL;

	text_printf(out, "Trustpoint %s:\n", t->name);
	put_configured(out, "Issuing CA", ca);
	put_configured(out, "Router General Purpose", own);
	text_add(out, "  State:\n    Keys generated ............. ");
	if (k == NULL)
		text_add(out, "No\n");
	else
		text_printf(out, "Yes (%s, %sexportable)\n", k->usage ? "Signature" : "General Purpose", k->exportable ? "" : "non-");
	text_printf(out, "    Issuing CA authenticated ....... %s\n    Certificate request(s) ..... %s\n\n\n", ca != NULL ? "Yes" : "No", own != NULL ? "Yes" : "None");
	free(label);
}

static void
run_trustpoints(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	const struct cfg_trustpoint *t;
	struct text text = { 0 };

	if (name != NULL && pki_trustpoint(s, name) == NULL)
		return;
	TAILQ_FOREACH(t, &conf(s)->pki.trustpoints, next) {
		if (name != NULL && strcmp(t->name, name) != 0)
			continue;
		if (arg_has(a, "status"))
			put_status(s, &text, t);
		else
			put_trustpoint(s, &text, t);
	}
	show_flush(s, &text);
}

/* ---- lists ---- */

struct lists { struct out o; size_t bytes; };

static void
put_list(void *arg, const struct pki_crl *c)
{
	struct lists *l = arg;
	int n = i2d_X509_CRL(c->crl, NULL);
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(c->crl);
	STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(c->crl);
	char serial[CERT_SERIAL_MAX];

	text_add(l->o.t, "CRL Issuer Name: \n");
	put_name(l->o.t, X509_CRL_get_issuer(c->crl), "    ");
	put_time(&l->o, "    LastUpdate: ", X509_CRL_get0_lastUpdate(c->crl));
	if (next != NULL)
		put_time(&l->o, "    NextUpdate: ", next);
	text_printf(l->o.t, "    Retrieved from file (trustpoint %s): \n      %s\n    Revoked: %d certificate%s\n", c->trustpoint, c->file,
	    revoked == NULL ? 0 : sk_X509_REVOKED_num(revoked), revoked != NULL && sk_X509_REVOKED_num(revoked) == 1 ? "" : "s");
	for (int i = 0; i < sk_X509_REVOKED_num(revoked) && i < 20; i++) {
		const X509_REVOKED *v = sk_X509_REVOKED_value(revoked, i);

		cert_serial_of(X509_REVOKED_get0_serialNumber(v), serial);
		text_printf(l->o.t, "      Serial Number (hex): %s", serial);
		put_time(&l->o, " since ", X509_REVOKED_get0_revocationDate(v));
	}
	text_printf(l->o.t, "\n CRL DER is %d bytes\n CRL is stored in parsed CRL cache\n\n", n);
	l->bytes += n > 0 ? (size_t)n : 0;
}

static void
run_crls(struct session *s, const struct args *a)
{
	struct text text = { 0 };
	struct lists l = { { &text, conf(s) }, 0 };

	(void)a;
	pki_crl_each(s->router, put_list, &l);
	text_printf(&text, "Parsed CRL cache current size is %zu bytes\nParsed CRL file maximum size is %u bytes\n", l.bytes, PKI_CRL_MAX);
	show_flush(s, &text);
}

#define SHOW_HELP	"Show what is\nEncryption\nCertificates\n"

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show crypto pki certificates [ verbose ] [ WORD:name ]",
	    SHOW_HELP "Those that are here\nAll of what they say\nOf a trustpoint", run_certificates },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show crypto pki trustpoints [ status ]", SHOW_HELP "Authorities, and what we have of them\nHow far each is", run_trustpoints },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show crypto pki trustpoints WORD:name [ status ]",
	    SHOW_HELP "Authorities, and what we have of them\nName of one\nHow far it is", run_trustpoints },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show crypto pki crls", SHOW_HELP "Lists of revoked certificates", run_crls },
};

const struct cmd_table cmds_show_pki = { rows, NROWS(rows) };
