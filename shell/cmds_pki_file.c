/*
 * Keys and certificates that come and go: keys in PEM under a passphrase, PKCS #12 files of the flash, revocation lists
 * pasted at the terminal.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>

#include "engine/cert.h"
#include "engine/flash.h"
#include "engine/keypair.h"
#include "engine/pki.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_pki.h"
#include "shell/session.h"

#define PASS_MIN	8u	/* letters of a passphrase that something is enciphered with */

/* ---- keys ---- */

static struct keypair *
rsa_key(struct session *s, const char *label)
{
	struct keypair *k = keypair_find(s->router->keypairs, KEYPAIR_RSA, label);

	if (k == NULL)
		session_error(s, "%% RSA keypair '%s' not found.", label);
	return k;
}

static bool
is_rsa(const char *pem)
{
	BIO *b = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = b == NULL ? NULL : PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
	bool rsa = key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) >= PKI_RSA_MIN &&
	    EVP_PKEY_get_bits(key) <= (int)KEYPAIR_BITS_MAX;

	EVP_PKEY_free(key);
	BIO_free(b);
	return rsa;
}

static void
run_key_import(struct session *s, const struct args *a)
{
	const char *label = arg_str(a, "label");
	char *text, *pem;

	if (keypair_find(s->router->keypairs, KEYPAIR_RSA, label) != NULL) {
		session_error(s, "%% Keypair '%s' already exists: take it away first (crypto key zeroize rsa)", label);
		return;
	}
	session_printf(s, "%% Enter PEM-formatted encrypted private General Purpose key.\n%% End with \"quit\" on a line by itself.\n");
	text = pki_paste(s, false);
	pem = text == NULL ? NULL : pki_key_open(text, arg_str(a, "passphrase"));
	if (text != NULL)
		wipe_free(text, strlen(text));
	if (pem == NULL || !is_rsa(pem))
		session_error(s, "%% Key pair import failed: no RSA key of %d to %u bits under that passphrase", PKI_RSA_MIN, KEYPAIR_BITS_MAX);
	else if (keypair_keep(s, label, pem, false, false, arg_has(a, "exportable")))
		session_printf(s, "%% Key pair import succeeded.\n");
	if (pem != NULL)
		wipe_free(pem, strlen(pem));
}

static bool
may_leave(struct session *s, const struct keypair *k)
{
	if (!k->exportable)
		session_error(s, "%% RSA keypair '%s' is not exportable.", k->label);
	return k->exportable;
}

static bool
passphrase_fits(struct session *s, const char *passphrase)
{
	if (strlen(passphrase) < PASS_MIN)
		session_error(s, "%% Please choose a passphrase longer than %u characters", PASS_MIN - 1);
	return strlen(passphrase) >= PASS_MIN;
}

static void
put_key(struct session *s, const struct keypair *k, const char *passphrase)
{
	char *sealed = pki_key_seal(s->router, k, passphrase);
	struct text t = { 0 };

	cert_put_pem(&t, "PUBLIC KEY", k->public, k->npublic, false);
	session_printf(s, "%% Key name: %s\n   Usage: %s Key\n   Key data:\n%s%s\n", k->label, k->usage ? "Signature" : "General Purpose", text_str(&t),
	    sealed != NULL ? sealed : "");
	text_free(&t);
	free(sealed);
}

static void
run_key_export(struct session *s, const struct args *a)
{
	struct keypair *k = rsa_key(s, arg_str(a, "label"));

	if (k != NULL && may_leave(s, k) && passphrase_fits(s, arg_str(a, "passphrase")))
		put_key(s, k, arg_str(a, "passphrase"));
}

/* ---- PEM of a trustpoint ---- */

static void
put_cert(struct session *s, const char *head, const struct cfg_cert *c)
{
	struct text t = { 0 };

	if (c == NULL)
		return;
	cert_put_pem(&t, "CERTIFICATE", c->der, c->n, false);
	session_printf(s, "%% %s:\n%s\n", head, text_str(&t));
	text_free(&t);
}

static void
run_export_pem(struct session *s, const struct args *a)
{
	struct cfg_trustpoint *t = pki_trustpoint(s, arg_str(a, "name"));
	X509 *own = t == NULL ? NULL : pki_own(s->router, t);
	struct keypair *k = own == NULL ? NULL : pki_key_of(s->router, own);

	if (t == NULL)
		return;
	if (own == NULL)
		session_printf(s, "%% The specified trustpoint is not enrolled (%s).\n%% Only export the CA certificate in PEM format.\n", t->name);
	put_cert(s, "CA certificate", cfg_cert_find(t, CFG_CERT_CA));
	if (own == NULL)
		return;
	if (arg_str(a, "passphrase") != NULL && k != NULL && may_leave(s, k) && passphrase_fits(s, arg_str(a, "passphrase")))
		put_key(s, k, arg_str(a, "passphrase"));
	put_cert(s, "General Purpose Certificate", cfg_cert_find(t, CFG_CERT_OWN));
}

/* ---- PKCS #12 ---- */

static const char *
flash_name(struct session *s, const char *url)
{
	const char *name;

	if (flash_prefix(url) > 0 && flash_url(url, &name) == FLASH_OK && *name != '\0')
		return name;
	session_error(s, "%% A file of the flash is wanted: flash:NAME");
	return NULL;
}

/* The authority among the other certificates: who made out our own. */
static X509 *
authority_of(const struct pki_p12 *p)
{
	for (int i = 0; i < sk_X509_num(p->others); i++) {
		X509 *x = sk_X509_value(p->others, i);

		if (cert_is_ca(x) && (p->own == NULL || X509_verify(p->own, X509_get0_pubkey(x)) == 1))
			return x;
	}
	return NULL;
}

static bool
keep_cert(struct session *s, struct cfg_trustpoint *t, enum cfg_cert_kind kind, const X509 *x)
{
	size_t n;
	uint8_t *der = x == NULL ? NULL : cert_der(x, &n);
	bool ok = x == NULL || (der != NULL && cfg_cert_add(t, kind, der, n, router_now(s->router)) != NULL);

	free(der);
	return ok;
}

static const char *
take_p12(struct session *s, const char *name, const struct pki_p12 *p)
{
	struct cfg_trustpoint *t = cfg_trustpoint(&conf(s)->pki, name, true);

	if (p->key == NULL || p->own == NULL || !is_rsa(p->key) || !pki_key_fits(p->key, p->own))
		return "it holds no RSA key with its certificate";
	if (!keypair_keep(s, t->key_label != NULL ? t->key_label : name, p->key, false, false, true))
		return "the key was not kept";
	if (t->key_label == NULL)
		config_set_str(&t->key_label, name);
	if (t->enroll == CFG_ENROLL_NONE)
		t->enroll = CFG_ENROLL_PKCS12;
	return keep_cert(s, t, CFG_CERT_CA, authority_of(p)) && keep_cert(s, t, CFG_CERT_OWN, p->own) ? NULL : "the certificates were not kept";
}

static void
run_import_p12(struct session *s, const struct args *a)
{
	const char *name = flash_name(s, arg_str(a, "url")), *why = "it is none, or the passphrase is another";
	const struct flash_file *f = name == NULL ? NULL : flash_find(s->router->flash, name);
	struct pki_p12 p = { 0 };

	if (name != NULL && f == NULL)
		session_error(s, "%%Error opening flash:%s (%s)", name, flash_why(FLASH_NO_FILE));
	if (f == NULL)
		return;
	session_printf(s, "%% Importing pkcs12...\nReading file from flash:%s\n", name);
	if (pki_p12_read(s->router, f->data, f->len, arg_str(a, "passphrase"), &p))
		why = take_p12(s, arg_str(a, "name"), &p);
	pki_p12_free(&p);
	if (why == NULL)
		session_printf(s, "CRYPTO_PKI: Imported PKCS12 file successfully.\n");
	else
		session_error(s, "CRYPTO_PKI: Import PKCS12 operation failed: %s", why);
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_export_p12(struct session *s, const struct args *a)
{
	struct cfg_trustpoint *t = pki_trustpoint(s, arg_str(a, "name"));
	const char *name = t == NULL ? NULL : flash_name(s, arg_str(a, "url"));
	X509 *own = name == NULL ? NULL : pki_own(s->router, t);
	struct keypair *k = own == NULL ? NULL : pki_key_of(s->router, own);
	enum flash_status st;
	uint8_t *der;
	size_t n;

	if (name != NULL && k == NULL)
		session_error(s, "%% The specified trustpoint is not enrolled (%s).", t->name);
	if (k == NULL || !may_leave(s, k) || !passphrase_fits(s, arg_str(a, "passphrase")))
		return;
	session_printf(s, "%% Exporting pkcs12...\nWriting file to flash:%s\n", name);
	der = pki_p12_write(s->router, k, own, pki_ca(s->router, t), arg_str(a, "passphrase"), &n);
	st = der == NULL ? FLASH_DENIED : flash_write(s->router->flash, name, der, n, false, router_now(s->router));
	free(der);
	if (st == FLASH_OK)
		session_printf(s, "CRYPTO_PKI: Exported PKCS12 file successfully.\n");
	else
		session_error(s, "CRYPTO_PKI: Export PKCS12 operation failed: %s", flash_why(st));
}

/* ---- lists ---- */

/* Into the trustpoint's file; a trustpoint that has none gets flash:NAME.crl. */
static void
keep_list(struct session *s, struct cfg_trustpoint *t, const char *text)
{
	char *url = t->crl_file != NULL ? xstrdup(t->crl_file) : xasprintf("flash:%.40s.crl", t->name);
	const char *name, *why = NULL;
	enum flash_status st = flash_url(url, &name);
	unsigned n;

	if (st == FLASH_OK)
		st = flash_write(s->router->flash, name, text, strlen(text), false, router_now(s->router));
	config_set_str(&t->crl_file, url);
	if (st != FLASH_OK)
		session_error(s, "%% The list was not kept in %s: %s", url, flash_why(st));
	else if (!pki_crl_request(s->router, t, &n, &why))
		session_error(s, "%% CRL import failed: %s", why);
	else
		session_printf(s, "%% %u revocation list%s kept in %s\n", n, n == 1 ? " is" : "s are", url);
	free(url);
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_crl_terminal(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	struct cfg_trustpoint *t = pki_trustpoint(s, name);
	char *text;

	if (t == NULL)
		return;
	session_printf(s, "%% Enter PEM-formatted revocation lists.\n%% End with a blank line or \"quit\" on a line by itself.\n");
	text = pki_paste(s, true);
	if (text == NULL || strstr(text, "-----BEGIN X509 CRL-----") == NULL)
		session_error(s, "%% CRL import failed: that is no list");
	else if ((t = pki_trustpoint(s, name)) != NULL)
		keep_list(s, t, text);
	free(text);
}

#define KEY_HELP	"Encryption\nLong term key operations\n"
#define PKI_HELP	"Encryption\nCertificates\n"
#define PASS_HELP	"The passphrase follows\nThe passphrase"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, 0, "crypto key import rsa WORD:label [ general-keys ] [ exportable ] [ pem ] terminal WORD:passphrase",
	    KEY_HELP "Take one in\nRSA\nIts name\nFor both uses\nIt may leave the router again\nIn PEM\nAt this terminal\nThe passphrase", run_key_import },
	{ M(CONFIG), 15, 0, "crypto key export rsa WORD:label pem terminal 3des WORD:passphrase",
	    KEY_HELP "Show one, enciphered\nRSA\nIts name\nIn PEM\nAt this terminal\nTriple DES\nThe passphrase", run_key_export },
	{ M(CONFIG), 15, 0, "crypto pki export WORD:name pem terminal [ 3des WORD:passphrase ]",
	    PKI_HELP "Show what is here\nName of the trustpoint\nIn PEM\nAt this terminal\nThe key too, enciphered with Triple DES\nThe passphrase", run_export_pem },
	{ M(CONFIG), 15, 0, "crypto pki import WORD:name pkcs12 WORD:url [ password ] WORD:passphrase",
	    PKI_HELP "Take in what others made\nName of the trustpoint\nA file with key and certificates\nflash:NAME\n" PASS_HELP, run_import_p12 },
	{ M(CONFIG), 15, 0, "crypto pki export WORD:name pkcs12 WORD:url [ password ] WORD:passphrase",
	    PKI_HELP "Show what is here\nName of the trustpoint\nA file with key and certificates\nflash:NAME\n" PASS_HELP, run_export_p12 },
	{ M(CONFIG), 15, 0, "crypto pki import WORD:name crl terminal",
	    PKI_HELP "Take in what others made\nName of the trustpoint\nLists of revoked certificates\nAt this terminal", run_crl_terminal },
};

const struct cmd_table cmds_pki_file = { rows, NROWS(rows) };
