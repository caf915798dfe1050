/* Writers of the running configuration: trustpoints, certificate maps, and the certificates themselves. */

#include <openssl/x509.h>

#include "engine/cert.h"
#include "engine/config.h"
#include "lib/text.h"
#include "shell/cmds_config_pki.h"

static void
write_enrollment(const struct cfg_trustpoint *t, struct text *out)
{
	if (t->enroll == CFG_ENROLL_TERMINAL)
		text_printf(out, " enrollment terminal%s\n", t->pem ? " pem" : "");
	else if (t->enroll == CFG_ENROLL_SELF)
		text_add(out, " enrollment selfsigned\n");
	else if (t->enroll == CFG_ENROLL_PKCS12)
		text_add(out, " enrollment pkcs12\n");
	else if (t->enroll == CFG_ENROLL_URL)
		text_printf(out, " enrollment url %s\n", t->url);
}

static void
write_identity(const struct cfg_trustpoint *t, struct text *out)
{
	if (t->serial != CFG_PKI_UNSET)
		text_printf(out, " serial-number%s\n", t->serial == CFG_PKI_NONE ? " none" : "");
	if (t->fqdn_none || t->fqdn != NULL)
		text_printf(out, " fqdn %s\n", t->fqdn_none ? "none" : t->fqdn);
	if (t->ip_word != CFG_PKI_UNSET)
		text_printf(out, " ip-address %s\n", t->ip_word == CFG_PKI_NONE ? "none" : t->ip);
	if (t->subject != NULL)
		text_printf(out, " subject-name %s\n", t->subject);
	if (t->alt_name != NULL)
		text_printf(out, " subject-alt-name %s\n", t->alt_name);
}

static void
write_checks(const struct cfg_trustpoint *t, struct text *out)
{
	static const char *const words[] = { [CFG_REVOKE_CRL] = "crl", [CFG_REVOKE_OCSP] = "ocsp", [CFG_REVOKE_NONE] = "none" };
	const enum cfg_revocation *methods;
	unsigned n = cfg_trustpoint_revocation(t, &methods);

	if (t->chain_continue)
		text_printf(out, " chain-validation continue%s%s\n", t->chain_to != NULL ? " " : "", t->chain_to != NULL ? t->chain_to : "");
	text_add(out, " revocation-check");
	for (unsigned i = 0; i < n; i++)
		text_printf(out, " %s", words[methods[i]]);
	text_addc(out, '\n');
	if (t->crl_file != NULL)
		text_printf(out, " crl file %s\n", t->crl_file);
}

void
running_trustpoint(const struct cfg_trustpoint *t, struct text *out)
{
	static const char *const hashes[] = { [CFG_PKI_SHA1] = "sha1", [CFG_PKI_MD5] = "md5", [CFG_PKI_SHA256] = "sha256", [CFG_PKI_SHA384] = "sha384",
		[CFG_PKI_SHA512] = "sha512" };

	text_printf(out, "crypto pki trustpoint %s\n", t->name);
	write_enrollment(t, out);
	if (t->usage_ike)
		text_add(out, " usage ike\n");
	write_identity(t, out);
	write_checks(t, out);
	if (t->key_label != NULL) {
		text_printf(out, " rsakeypair %s", t->key_label);
		if (t->key_bits != 0)
			text_printf(out, " %u", t->key_bits);
		text_addc(out, '\n');
	}
	if (t->hash_set)
		text_printf(out, " hash %s\n", hashes[t->hash]);
	text_add(out, "!\n");
}

static void
write_map(const struct cfg_cert_map *m, struct text *out)
{
	static const char *const fields[] = { [CFG_PKI_SUBJECT] = "subject-name", [CFG_PKI_ISSUER] = "issuer-name", [CFG_PKI_ALT] = "alt-subject-name",
		[CFG_PKI_NAME] = "name", [CFG_PKI_UNSTRUCTURED] = "unstructured-subject-name", [CFG_PKI_SERIAL] = "serial-number" };
	static const char *const tests[] = { [CFG_PKI_EQ] = "eq", [CFG_PKI_NE] = "ne", [CFG_PKI_CO] = "co", [CFG_PKI_NC] = "nc" };
	const struct cfg_cert_rule *r;

	text_printf(out, "crypto pki certificate map %s %u\n", m->name, m->seq);
	TAILQ_FOREACH(r, &m->rules, next)
		text_printf(out, " %s %s %s\n", fields[r->field], tests[r->test], r->value);
	text_add(out, "!\n");
}

/* Eight groups of eight digits a line. */
static void
write_cert(const struct cfg_cert *c, struct text *out)
{
	static const char *const kinds[] = { [CFG_CERT_CA] = "ca ", [CFG_CERT_OWN] = "", [CFG_CERT_SELF] = "self-signed " };
	X509 *x = cert_parse(c->der, c->n);
	char serial[CERT_SERIAL_MAX] = "00";

	if (c->text != NULL) {
		text_printf(out, " %s\n", c->text);
		return;
	}
	if (x != NULL)
		cert_serial(x, serial);
	X509_free(x);
	text_printf(out, " certificate %s%s", kinds[c->kind], serial);
	for (size_t i = 0; i < c->n; i++)
		text_printf(out, "%s%02X", i % 32 == 0 ? "\n  " : i % 4 == 0 ? " " : "", c->der[i]);
	text_add(out, "\n  \tquit\n");
}

static void
write_chain(const struct cfg_trustpoint *t, struct text *out)
{
	const struct cfg_cert *c;

	text_printf(out, "crypto pki certificate chain %s\n", t->name);
	TAILQ_FOREACH(c, &t->certs, next)
		write_cert(c, out);
}

void
running_pki(const struct config *c, struct text *out)
{
	const struct cfg_trustpoint *t;
	const struct cfg_cert_map *m;
	size_t before;

	TAILQ_FOREACH(t, &c->pki.trustpoints, next)
		running_trustpoint(t, out);
	TAILQ_FOREACH(m, &c->pki.maps, next)
		write_map(m, out);
	before = out->len;
	TAILQ_FOREACH(t, &c->pki.trustpoints, next)
		if (!TAILQ_EMPTY(&t->certs))
			write_chain(t, out);
	if (out->len > before)
		text_add(out, "!\n");
}
