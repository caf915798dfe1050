/*
 * Certificates had by copying at the terminal: an authority's is pasted and accepted (authenticate), a request is shown
 * (enroll), what the authority made of it is pasted (import).
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "engine/cert.h"
#include "engine/keypair.h"
#include "engine/log.h"
#include "engine/pki.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_pki.h"
#include "shell/show.h"

#define PASTE_MAX	65536u
#define SELF_BITS	2048u	/* of a key that has to be made and whose length nobody said */

/* ---- pasting ---- */

static bool
is_end(const char *line, bool blank_ends)
{
	size_t lead = strspn(line, " \t\r");

	return (blank_ends && line[lead] == '\0') || (strncasecmp(line + lead, "quit", 4) == 0 && line[lead + 4 + strspn(line + lead + 4, " \t\r")] == '\0');
}

/* An empty line before anything came is none: it is what stood between the prompt and the paste. */
char *
pki_paste(struct session *s, bool blank_ends)
{
	struct text t = { 0 };
	char *line;

	while ((line = session_read_text(s)) != NULL) {
		bool stop = strcmp(line, "\x03") == 0 || strcmp(line, "\x1a") == 0, end = is_end(line, blank_ends && t.len > 0);

		if (!stop && !end && t.len < PASTE_MAX && (t.len > 0 || line[strspn(line, " \t\r")] != '\0'))
			text_printf(&t, "%s\n", line);
		wipe_free(line, strlen(line));
		if (stop)
			break;
		if (end)
			return t.s == NULL ? xstrdup("") : text_take(&t);
	}
	text_free(&t);
	return NULL;
}

static X509 *
paste_cert(struct session *s, const char *question)
{
	char *text;
	X509 *x;

	session_printf(s, "%s", question);
	text = pki_paste(s, true);
	x = text == NULL ? NULL : cert_of_text(text);
	free(text);
	return x;
}

/* ---- what is kept ---- */

static bool
keep(struct session *s, const char *name, enum cfg_cert_kind kind, const X509 *x)
{
	struct cfg_trustpoint *t = pki_trustpoint(s, name);	/* it may have taken long to paste */
	size_t n;
	uint8_t *der = t == NULL ? NULL : cert_der(x, &n);
	bool ok = der != NULL && cfg_cert_add(t, kind, der, n, router_now(s->router)) != NULL;

	free(der);
	conf_changed(s, CFG_AREA_ISAKMP);
	return ok;
}

static void
debug(struct session *s, const char *what, const char *name)
{
	if (s->router->debug.pki_transactions)
		log_debug(s->router, "CRYPTO_PKI: %s %s", what, name);
}

/* The digests of a request, as routers tell them, and its size. */
static void
debug_request(struct session *s, const char *name, const uint8_t *der, size_t n)
{
	static const char *const hashes[] = { "MD5", "SHA1" };
	char text[CERT_HASH_MAX];

	if (s->router->debug.pki_messages)
		log_debug(s->router, "CRYPTO_PKI: PKCS #10 request of %zu bytes for trustpoint %s", n, name);
	for (size_t i = 0; s->router->debug.pki_transactions && i < NROWS(hashes); i++) {
		cert_digest(der, n, hashes[i], text);
		log_debug(s->router, "CRYPTO_PKI:  Certificate Request Fingerprint %s: %s ", hashes[i], text);
	}
}

static void
debug_cert(struct session *s, const char *what, const X509 *x)
{
	char serial[CERT_SERIAL_MAX], subject[CERT_DN_MAX];

	if (!s->router->debug.pki_messages || x == NULL)
		return;
	cert_serial(x, serial);
	cert_name_text(X509_get_subject_name(x), subject);
	log_debug(s->router, "CRYPTO_PKI: %s, serial number %s, subject %s", what, serial, subject);
}

/* ---- authenticate ---- */

static void
put_fingerprints(struct session *s, const X509 *x)
{
	char md5[CERT_HASH_MAX], sha1[CERT_HASH_MAX];

	cert_fingerprint(x, "MD5", md5);
	cert_fingerprint(x, "SHA1", sha1);
	session_printf(s, "Certificate has the following attributes:\n       Fingerprint MD5: %s \n      Fingerprint SHA1: %s \n\n", md5, sha1);
}

static bool
may_authenticate(struct session *s, const struct cfg_trustpoint *t)
{
	if (cfg_cert_find(t, CFG_CERT_CA) != NULL) {
		session_error(s, "%% Please delete your existing CA certificate first.\n%% You must use 'no crypto pki trustpoint <trustpoint-name>' to delete the "
		    "CA certificate.");
		return false;
	}
	if (t->enroll == CFG_ENROLL_URL)
		session_error(s, "%% Error in receiving Certificate Authority certificate: status = FAIL, cert length = 0\n"
		    "%% No URL is asked here: use enrollment terminal");
	else if (t->enroll == CFG_ENROLL_NONE)
		session_error(s, "%% Please specify enrollment method first, as enrollment terminal");
	else if (t->enroll == CFG_ENROLL_SELF)
		session_error(s, "%% Self-signed trustpoint: there is no authority, enroll it");
	return t->enroll == CFG_ENROLL_TERMINAL || t->enroll == CFG_ENROLL_PKCS12;
}

static void
accept_authority(struct session *s, const char *name, X509 *x)
{
	if (!cert_is_ca(x)) {
		session_error(s, "%% The certificate is not an authority's\n%% Error in saving certificate: status = FAIL");
		return;
	}
	if (!cert_is_self_issued(x))
		session_printf(s, "Trustpoint '%s' is a subordinate CA and holds a non self signed cert\n", name);
	put_fingerprints(s, x);
	if (!pki_yes(s, "% Do you accept this certificate? [yes/no]: ")) {
		session_printf(s, "%% Certificate not accepted.\n");
		return;
	}
	if (!keep(s, name, CFG_CERT_CA, x)) {
		session_error(s, "%% Error in saving certificate: status = FAIL");
		return;
	}
	debug(s, "CA certificate accepted for trustpoint", name);
	session_printf(s, "Trustpoint CA certificate accepted.\n%% Certificate successfully imported\n\n");
}

static void
run_authenticate(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	struct cfg_trustpoint *t = pki_trustpoint(s, name);
	X509 *x;

	if (t == NULL || !may_authenticate(s, t))
		return;
	x = paste_cert(s, "\nEnter the base 64 encoded CA certificate.\nEnd with a blank line or the word \"quit\" on a line by itself\n\n");
	debug_cert(s, "CA certificate read", x);
	if (x == NULL)
		session_error(s, "%% Error in saving certificate: status = FAIL");
	else
		accept_authority(s, name, x);
	X509_free(x);
}

/* ---- enroll ---- */

/* What the dialogue has found out. */
struct wish { char *serial, *ip, *fqdn, *label; struct pki_subject subject; };

static void
wish_free(struct wish *w)
{
	free(w->serial);
	free(w->ip);
	free(w->fqdn);
	free(w->label);
}

/* An address, or that of an interface; NULL: it is neither. Caller frees. */
static char *
address_of(const struct session *s, const char *text)
{
	char name[CFG_IF_NAME], out[ADDR_STRLEN];
	enum cfg_if_kind kind;
	struct cfg_if *i;
	struct addr a;

	if (addr_parse(text, &a))
		return xstrdup(addr_fmt(&a, out));
	if (!ifname_parse(text, name, &kind) || (i = config_if(conf(s), name, false)) == NULL || i->ip.addr == 0)
		return NULL;
	return xstrdup(ip4_fmt(i->ip.addr, out));
}

static void
ask_serial(struct session *s, const struct cfg_trustpoint *t, struct wish *w)
{
	char serial[SHOW_SERIAL];
	bool yes = t->serial == CFG_PKI_YES;

	if (t->serial == CFG_PKI_UNSET)
		yes = pki_yes(s, "% Include the router serial number in the subject name? [yes/no]: ");
	if (!yes)
		return;
	w->serial = xstrdup(show_serial(s->router, serial));
	session_printf(s, "%% The serial number in the certificate will be: %s\n", w->serial);
}

static bool
ask_address(struct session *s, const struct cfg_trustpoint *t, struct wish *w)
{
	char *typed = NULL, *answer;
	bool yes = t->ip_word == CFG_PKI_YES;

	if (t->ip_word == CFG_PKI_UNSET) {
		answer = session_ask(s, "% Include an IP address in the subject name? [no]: ", INPUT_QUESTION);
		yes = answer != NULL && (answer[0] == 'y' || answer[0] == 'Y');
		free(answer);
		if (yes && (typed = session_ask(s, "Enter Interface name or IP Address[]: ", INPUT_QUESTION)) == NULL)
			return false;
	}
	if (!yes)
		return true;
	w->ip = address_of(s, typed != NULL ? typed : t->ip);
	free(typed);
	if (w->ip == NULL) {
		session_error(s, "%% That is neither an address nor an interface that has one");
		return false;
	}
	session_printf(s, "%% The IP address in the certificate is %s\n", w->ip);
	return true;
}

/* The router's full name, unless the trustpoint says otherwise. */
static char *
name_of_router(const struct session *s, const struct cfg_trustpoint *t)
{
	const char *domain = conf(s)->domain_name;

	if (t->fqdn_none)
		return NULL;
	if (t->fqdn != NULL)
		return xstrdup(t->fqdn);
	return xasprintf("%s%s%s", router_hostname(s->router), domain != NULL ? "." : "", domain != NULL ? domain : "");
}

static bool
ask(struct session *s, const struct cfg_trustpoint *t, struct wish *w)
{
	w->fqdn = name_of_router(s, t);
	if (t->subject != NULL)
		session_printf(s, "%% The subject name in the certificate will include: %s\n", t->subject);
	if (w->fqdn != NULL)
		session_printf(s, "%% The subject name in the certificate will include: %s\n", w->fqdn);
	else
		session_printf(s, "%% The fully-qualified domain name will not be included in the certificate\n");
	ask_serial(s, t, w);
	if (!ask_address(s, t, w))
		return false;
	w->subject = (struct pki_subject){ w->serial, w->ip, w->fqdn };
	return true;
}

/* The trustpoint's key pair: one that is not there yet is made, as long as is configured. */
static struct keypair *
key_for(struct session *s, const struct cfg_trustpoint *t, struct wish *w)
{
	struct keypair *k;

	w->label = pki_key_label(s->router, t);
	if (w->label == NULL) {
		session_error(s, "%% Please define a domain-name first.");
		return NULL;
	}
	k = keypair_find(s->router->keypairs, KEYPAIR_RSA, w->label);
	if (k == NULL && keypair_generate(s, w->label, t->key_bits != 0 ? t->key_bits : SELF_BITS))
		k = keypair_find(s->router->keypairs, KEYPAIR_RSA, w->label);
	return k;
}

static void
show_request(struct session *s, const uint8_t *der, size_t n, bool pem)
{
	struct text t = { 0 };

	do {
		text_clear(&t);
		cert_put_pem(&t, "CERTIFICATE REQUEST", der, n, !pem);
		session_printf(s, "Certificate Request follows:\n\n%s\n---End - This line not part of the certificate request---\n\n", text_str(&t));
	} while (pki_yes(s, "Redisplay enrollment request? [yes/no]: "));
	text_free(&t);
}

static void
enroll_terminal(struct session *s, const char *name)
{
	struct cfg_trustpoint *t = pki_trustpoint(s, name);
	struct wish w = { 0 };
	struct keypair *k;
	uint8_t *der;
	size_t n;

	session_printf(s, "%% Start certificate enrollment .. \n\n");
	if (!ask(s, t, &w) || !pki_yes(s, "Display Certificate Request to terminal? [yes/no]: ")) {
		wish_free(&w);
		return;
	}
	/* It may have taken long to answer. */
	if ((t = pki_trustpoint(s, name)) != NULL && (k = key_for(s, t, &w)) != NULL && (t = pki_trustpoint(s, name)) != NULL) {
		if ((der = pki_request(s->router, t, k, &w.subject, &n)) != NULL) {
			debug_request(s, name, der, n);
			show_request(s, der, n, t->pem);
		} else
			session_error(s, "%% No request could be made: is there a subject name?");
		free(der);
	}
	wish_free(&w);
}

static void
enroll_self(struct session *s, const char *name)
{
	struct cfg_trustpoint *t = pki_trustpoint(s, name);
	struct wish w = { 0 };
	struct keypair *k;
	uint8_t *der;
	size_t n;

	if (ask(s, t, &w) && pki_yes(s, "Generate Self Signed Router Certificate? [yes/no]: ") && (t = pki_trustpoint(s, name)) != NULL &&
	    (k = key_for(s, t, &w)) != NULL && (t = pki_trustpoint(s, name)) != NULL) {
		der = pki_selfsigned(s->router, t, k, &w.subject, &n);
		if (der != NULL && cfg_cert_add(t, CFG_CERT_SELF, der, n, router_now(s->router)) != NULL) {
			session_printf(s, "\nRouter Self Signed Certificate successfully created\n\n");
			conf_changed(s, CFG_AREA_ISAKMP);
		} else
			session_error(s, "%% No certificate could be made: is there a subject name?");
		free(der);
	}
	wish_free(&w);
}

static void
run_enroll(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	struct cfg_trustpoint *t = pki_trustpoint(s, name);

	if (t == NULL)
		return;
	if (t->enroll == CFG_ENROLL_SELF)
		enroll_self(s, name);
	else if (t->enroll != CFG_ENROLL_TERMINAL)
		session_error(s, "%% Only enrollment terminal and enrollment selfsigned are done here");
	else if (cfg_cert_find(t, CFG_CERT_CA) == NULL)
		session_error(s, "%% You must authenticate the Certificate Authority before\n you can enroll with it.");
	else
		enroll_terminal(s, name);
}

/* ---- import ---- */

/* Made out by that authority, for a key that is here? */
static const char *
unfit(struct session *s, const struct cfg_trustpoint *t, X509 *x)
{
	X509 *ca = pki_ca(s->router, t);

	if (ca == NULL || X509_check_issued(ca, x) != X509_V_OK || X509_verify(x, X509_get0_pubkey(ca)) != 1)
		return "it was not made out by the trustpoint's authority";
	return pki_key_of(s->router, x) == NULL ? "its key is none of this router's" : NULL;
}

static void
run_import(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name"), *why;
	struct cfg_trustpoint *t = pki_trustpoint(s, name);
	X509 *x;

	if (t == NULL)
		return;
	if (cfg_cert_find(t, CFG_CERT_CA) == NULL) {
		session_error(s, "%% You must authenticate the Certificate Authority before\n you can import the router's certificate.");
		return;
	}
	x = paste_cert(s, "\nEnter the base 64 encoded certificate.\nEnd with a blank line or the word \"quit\" on a line by itself\n\n");
	debug_cert(s, "Certificate read", x);
	t = cfg_trustpoint(&conf(s)->pki, name, false);
	why = x == NULL || t == NULL ? "" : unfit(s, t, x);
	if (why != NULL)
		session_error(s, "%% Failed to parse or verify imported certificate%s%s", *why != '\0' ? ": " : "", why);
	else if (!keep(s, name, CFG_CERT_OWN, x))
		session_error(s, "%% Error in saving certificate: status = FAIL");
	else {
		debug(s, "Certificate received for trustpoint", name);
		session_printf(s, "%% Router Certificate successfully imported\n\n");
	}
	X509_free(x);
}

/* ---- import of PEM ---- */

static char *
paste_key(struct session *s, const char *passphrase)
{
	char *text, *pem;

	session_printf(s, "%% Enter PEM-formatted encrypted private General Purpose key.\n%% End with \"quit\" on a line by itself.\n");
	text = pki_paste(s, false);
	pem = text == NULL ? NULL : pki_key_open(text, passphrase);
	if (text != NULL)
		wipe_free(text, strlen(text));
	return pem;
}

struct pems { X509 *ca, *own; char *key; };

static const char *
pems_fit(struct session *s, const char *name, const struct pems *p)
{
	struct cfg_trustpoint *t = cfg_trustpoint(&conf(s)->pki, name, true);

	if (!cert_is_ca(p->ca) || X509_check_issued(p->ca, p->own) != X509_V_OK || X509_verify(p->own, X509_get0_pubkey(p->ca)) != 1)
		return "the certificate was not made out by the authority";
	if (!pki_key_fits(p->key, p->own))
		return "the certificate is for another key";
	return keypair_keep(s, t->key_label != NULL ? t->key_label : name, p->key, false, false, false) ? NULL : "the key was not kept";
}

static void
run_import_pem(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name"), *why = "that is no certificate, or no key under that passphrase";
	struct cfg_trustpoint *t;
	struct pems p = { 0 };

	p.ca = paste_cert(s, "% Enter PEM-formatted CA certificate.\n% End with a blank line or \"quit\" on a line by itself.\n");
	if (p.ca != NULL && (p.key = paste_key(s, arg_str(a, "passphrase"))) != NULL)
		p.own = paste_cert(s, "% Enter PEM-formatted General Purpose certificate.\n% End with a blank line or \"quit\" on a line by itself.\n");
	if (p.own != NULL && (why = pems_fit(s, name, &p)) == NULL) {
		t = cfg_trustpoint(&conf(s)->pki, name, true);
		if (t->key_label == NULL)
			config_set_str(&t->key_label, name);
		if (t->enroll == CFG_ENROLL_NONE) {
			t->enroll = CFG_ENROLL_TERMINAL;
			t->pem = true;
		}
		if (!keep(s, name, CFG_CERT_CA, p.ca) || !keep(s, name, CFG_CERT_OWN, p.own))
			why = "the certificates were not kept";
	}
	if (why == NULL)
		session_printf(s, "%% PEM files import succeeded.\n");
	else
		session_error(s, "%% PEM files import failed: %s", why);
	X509_free(p.ca);
	X509_free(p.own);
	if (p.key != NULL)
		wipe_free(p.key, strlen(p.key));
}

/* ---- lists, and whether a certificate holds ---- */

static void
run_crl_request(struct session *s, const struct args *a)
{
	struct cfg_trustpoint *t = pki_trustpoint(s, arg_str(a, "name"));
	const char *why;
	unsigned n;

	if (t == NULL)
		return;
	if (!pki_crl_request(s->router, t, &n, &why)) {
		session_error(s, "%% CRL request failed: %s", why);
		log_syslog(s->router, "PKI", 4, "CRL_LDAP_QUERY", "An attempt to retrieve the CRL of trustpoint %s failed: %s", t->name, why);
	} else
		session_printf(s, "%% %u revocation list%s read from %s\n", n, n == 1 ? " was" : "s were", t->crl_file);
}

static void
validate(struct session *s, const struct cfg_trustpoint *t, X509 *x)
{
	STACK_OF(X509) *none = sk_X509_new_null();
	enum ike_cert_verdict v = pki_check(s->router, "", x, none, true);

	sk_X509_free(none);
	if (v == IKE_CERT_OK)
		session_printf(s, "Chain has been validated for trustpoint %s\n", t->name);
	else
		session_error(s, "%% Chain validation failed for trustpoint %s: %s", t->name, pki_verdict_text(v));
}

static void
run_validate(struct session *s, const struct args *a)
{
	struct cfg_trustpoint *t = pki_trustpoint(s, arg_str(a, "name"));
	X509 *x = t == NULL ? NULL : pki_own(s->router, t);

	if (t != NULL && x == NULL)
		x = pki_ca(s->router, t);
	if (x != NULL)
		validate(s, t, x);
	else if (t != NULL)
		session_error(s, "%% Trustpoint %s holds no certificate", t->name);
}

#define PKI_HELP	"Encryption\nCertificates\n"
#define NAME_HELP	"Name of the trustpoint"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, 0, "crypto pki authenticate WORD:name", PKI_HELP "Take in an authority's certificate\n" NAME_HELP, run_authenticate },
	{ M(CONFIG), 15, 0, "crypto pki enroll WORD:name", PKI_HELP "Ask for a certificate of this router\n" NAME_HELP, run_enroll },
	{ M(CONFIG), 15, 0, "crypto pki import WORD:name certificate", PKI_HELP "Take in what others made\n" NAME_HELP "\nThis router's certificate", run_import },
	{ M(CONFIG), 15, 0, "crypto pki import WORD:name pem terminal [ password ] WORD:passphrase",
	    PKI_HELP "Take in what others made\n" NAME_HELP "\nCertificates and their key\nAt this terminal\nThe passphrase follows\nOf the key", run_import_pem },
	{ M(CONFIG), 15, 0, "crypto pki crl request WORD:name", PKI_HELP "Lists of revoked certificates\nRead the trustpoint's file anew\n" NAME_HELP, run_crl_request },
	{ M(CONFIG) | M(PRIV), 15, 0, "crypto pki certificate validate WORD:name", PKI_HELP "Certificates\nDoes the way to the authority hold?\n" NAME_HELP, run_validate },
	{ M(CONFIG), 15, CMD_HIDDEN, "crypto ca authenticate WORD:name", PKI_HELP "Take in an authority's certificate\n" NAME_HELP, run_authenticate },
	{ M(CONFIG), 15, CMD_HIDDEN, "crypto ca enroll WORD:name", PKI_HELP "Ask for a certificate of this router\n" NAME_HELP, run_enroll },
};

const struct cmd_table cmds_pki = { rows, NROWS(rows) };
