/* Configuration commands of trustpoints and certificate maps; those of the certificates themselves are in cmds_config_cert.c. */

#include <stdlib.h>
#include <string.h>

#include "engine/flash.h"
#include "lib/dn.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_pki.h"

#define NAME_MAX_LEN	63u

/* ---- trustpoints ---- */

static struct cfg_trustpoint *
edited(struct session *s)
{
	struct cfg_trustpoint *t = s->object_name == NULL ? NULL : cfg_trustpoint(&conf(s)->pki, s->object_name, false);

	if (t == NULL)
		session_error(s, "%% %s does not exist any more", s->object_name == NULL ? "It" : s->object_name);
	return t;
}

struct cfg_trustpoint *
pki_trustpoint(struct session *s, const char *name)
{
	struct cfg_trustpoint *t = cfg_trustpoint(&conf(s)->pki, name, false);

	if (t == NULL)
		session_error(s, "%% CA trustpoint is not known.");
	return t;
}

bool
pki_yes(struct session *s, const char *question)
{
	for (;;) {
		char *answer = session_ask(s, question, INPUT_QUESTION);
		size_t n = answer == NULL ? 0 : strcspn(answer, " ");
		bool yes = n > 0 && n <= 3 && strncasecmp(answer, "yes", n) == 0, no = answer == NULL || (n > 0 && n <= 2 && strncasecmp(answer, "no", n) == 0);

		free(answer);
		if (yes || no)
			return yes;
		session_printf(s, "%% Please answer 'yes' or 'no'.\n");
	}
}

static void
remove_trustpoint(struct session *s, const char *name)
{
	struct cfg_trustpoint *t = pki_trustpoint(s, name);

	if (t == NULL)
		return;
	if (!TAILQ_EMPTY(&t->certs) && !s->loading) {
		session_printf(s, "%% Removing an enrolled trustpoint will destroy all certificates\n received from the related Certificate Authority.\n\n");
		if (!pki_yes(s, "Are you sure you want to do this? [yes/no]: ") || (t = pki_trustpoint(s, name)) == NULL)
			return;
		session_printf(s, "%% Be sure to ask the CA administrator to revoke your certificates.\n");
	}
	cfg_trustpoint_del(&conf(s)->pki, t);
}

static void
run_trustpoint(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");

	if (args_off(a))
		remove_trustpoint(s, name);
	else if (strlen(name) > NAME_MAX_LEN)
		session_error(s, "%% A trustpoint's name has at most %u characters", NAME_MAX_LEN);
	else if (cfg_trustpoint(&conf(s)->pki, name, false) == NULL && cfg_trustpoint_count(&conf(s)->pki) >= CFG_TRUSTPOINTS)
		session_error(s, "%% There are %u trustpoints, which is all that is kept", CFG_TRUSTPOINTS);
	else {
		cfg_trustpoint(&conf(s)->pki, name, true);
		session_mode(s, MODE_TRUSTPOINT, name);
	}
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_enrollment(struct session *s, const struct args *a)
{
	struct cfg_trustpoint *t = edited(s);

	if (t == NULL)
		return;
	t->pem = !args_off(a) && arg_has(a, "pem");
	t->enroll = args_off(a) ? CFG_ENROLL_NONE : arg_has(a, "terminal") ? CFG_ENROLL_TERMINAL : arg_has(a, "selfsigned") ? CFG_ENROLL_SELF :
	    arg_has(a, "pkcs12") ? CFG_ENROLL_PKCS12 : CFG_ENROLL_URL;
	conf_str(&t->url, a, "url");
	if (t->enroll == CFG_ENROLL_URL && !s->loading)
		session_printf(s, "%% The URL is kept, but nothing is asked of it here: use enrollment terminal\n");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_subject(struct session *s, const struct args *a)
{
	struct cfg_trustpoint *t = edited(s);
	uint8_t der[1024];

	if (t == NULL)
		return;
	if (!args_off(a) && dn_parse(arg_str(a, "subject"), der, sizeof(der)) == 0) {
		session_error(s, "%% Invalid X.500 name: it is written as CN=name, O=organization, C=US");
		return;
	}
	conf_str(&t->subject, a, "subject");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_alt_name(struct session *s, const struct args *a)
{
	struct cfg_trustpoint *t = edited(s);

	if (t == NULL)
		return;
	conf_str(&t->alt_name, a, "alternative");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_fqdn(struct session *s, const struct args *a)
{
	struct cfg_trustpoint *t = edited(s);

	if (t == NULL)
		return;
	t->fqdn_none = !args_off(a) && arg_has(a, "none");
	conf_str(&t->fqdn, a, "host");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_ip(struct session *s, const struct args *a)
{
	struct cfg_trustpoint *t = edited(s);

	if (t == NULL)
		return;
	t->ip_word = args_off(a) ? CFG_PKI_UNSET : arg_has(a, "none") ? CFG_PKI_NONE : CFG_PKI_YES;
	config_set_str(&t->ip, args_off(a) ? NULL : arg_has(a, "if") ? arg_str(a, "if") : arg_str(a, "address"));
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_serial(struct session *s, const struct args *a)
{
	struct cfg_trustpoint *t = edited(s);

	if (t == NULL)
		return;
	t->serial = args_off(a) ? CFG_PKI_UNSET : arg_has(a, "none") ? CFG_PKI_NONE : CFG_PKI_YES;
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_rsakeypair(struct session *s, const struct args *a)
{
	struct cfg_trustpoint *t = edited(s);

	if (t == NULL)
		return;
	conf_str(&t->key_label, a, "label");
	t->key_bits = args_off(a) ? 0 : arg_u32(a, "bits");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_revocation(struct session *s, const struct args *a)
{
	static const char *const words[] = { [CFG_REVOKE_CRL] = "crl", [CFG_REVOKE_OCSP] = "ocsp", [CFG_REVOKE_NONE] = "none" };
	struct cfg_trustpoint *t = edited(s);
	const char *word;

	if (t == NULL)
		return;
	t->revocation_set = !args_off(a);
	t->nrevocation = 0;
	for (size_t i = 0; !args_off(a) && (word = args_at(a, i)) != NULL && t->nrevocation < 3; i++)
		for (unsigned k = 0; k < NROWS(words); k++)
			if (args_is(a, i, words[k]))
				t->revocation[t->nrevocation++] = (enum cfg_revocation)k;
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_crl_file(struct session *s, const struct args *a)
{
	struct cfg_trustpoint *t = edited(s);
	const char *name;

	if (t == NULL)
		return;
	if (!args_off(a) && flash_url(arg_str(a, "url"), &name) != FLASH_OK) {
		session_error(s, "%% A revocation list is a file of the flash: flash:NAME");
		return;
	}
	conf_str(&t->crl_file, a, "url");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_chain_validation(struct session *s, const struct args *a)
{
	struct cfg_trustpoint *t = edited(s);

	if (t == NULL)
		return;
	t->chain_continue = !args_off(a) && arg_has(a, "continue");
	conf_str(&t->chain_to, a, "parent");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_hash(struct session *s, const struct args *a)
{
	static const char *const words[] = { [CFG_PKI_SHA1] = "sha1", [CFG_PKI_MD5] = "md5", [CFG_PKI_SHA256] = "sha256", [CFG_PKI_SHA384] = "sha384",
		[CFG_PKI_SHA512] = "sha512" };
	struct cfg_trustpoint *t = edited(s);

	if (t == NULL)
		return;
	t->hash_set = !args_off(a);
	for (unsigned k = 0; k < NROWS(words); k++)
		if (arg_has(a, words[k]))
			t->hash = (enum cfg_pki_hash)k;
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_usage(struct session *s, const struct args *a)
{
	struct cfg_trustpoint *t = edited(s);

	if (t == NULL)
		return;
	t->usage_ike = !args_off(a);
	conf_changed(s, CFG_AREA_ISAKMP);
}

/* ---- maps ---- */

static void
run_map(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	unsigned seq = arg_u32(a, "number");
	struct cfg_cert_map *m = cfg_cert_map(&conf(s)->pki, name, seq, !args_off(a));
	char *both = xasprintf("%s %u", name, seq);

	if (!args_off(a))
		session_mode(s, MODE_CERT_MAP, both);
	else if (m == NULL)
		session_error(s, "%% Certificate map %s does not exist", both);
	else
		cfg_cert_map_del(&conf(s)->pki, m);
	free(both);
	conf_changed(s, CFG_AREA_ISAKMP);
}

static struct cfg_cert_map *
edited_map(struct session *s)
{
	const char *blank = s->object_name == NULL ? NULL : strrchr(s->object_name, ' ');
	char *name = blank == NULL ? xstrdup("") : xstrndup(s->object_name, (size_t)(blank - s->object_name));
	struct cfg_cert_map *m = blank == NULL ? NULL : cfg_cert_map(&conf(s)->pki, name, (unsigned)strtoul(blank + 1, NULL, 10), false);

	if (m == NULL)
		session_error(s, "%% Certificate map %s does not exist any more", name);
	free(name);
	return m;
}

static unsigned
which(const struct args *a, const char *const *words, unsigned n)
{
	unsigned k = 0;

	while (k + 1 < n && !arg_has(a, words[k]))
		k++;
	return k;
}

static void
rules_del(struct cfg_cert_map *m, enum cfg_pki_field f, enum cfg_pki_test t, const char *value)
{
	struct cfg_cert_rule *r;

	while ((r = cfg_cert_rule(m, f, t, value)) != NULL)
		cfg_cert_rule_del(m, r);
}

static void
run_rule(struct session *s, const struct args *a)
{
	static const char *const fields[] = { [CFG_PKI_SUBJECT] = "subject-name", [CFG_PKI_ISSUER] = "issuer-name", [CFG_PKI_ALT] = "alt-subject-name",
		[CFG_PKI_NAME] = "name", [CFG_PKI_UNSTRUCTURED] = "unstructured-subject-name", [CFG_PKI_SERIAL] = "serial-number" };
	static const char *const tests[] = { [CFG_PKI_EQ] = "eq", [CFG_PKI_NE] = "ne", [CFG_PKI_CO] = "co", [CFG_PKI_NC] = "nc" };
	struct cfg_cert_map *m = edited_map(s);
	enum cfg_pki_field f = (enum cfg_pki_field)which(a, fields, NROWS(fields));
	enum cfg_pki_test t = (enum cfg_pki_test)which(a, tests, NROWS(tests));
	if (m == NULL)
		return;
	if (!args_off(a))
		cfg_cert_rule_add(m, f, t, arg_str(a, "value"));
	else if (arg_str(a, "value") == NULL)
		for (unsigned k = 0; k < NROWS(tests); k++)
			rules_del(m, f, (enum cfg_pki_test)k, NULL);
	else
		rules_del(m, f, t, arg_str(a, "value"));
	conf_changed(s, CFG_AREA_ISAKMP);
}

/* ---- ISAKMP profiles ---- */

static void
profile_name(struct session *s, const struct args *a, struct cfg_names *list, const char *param)
{
	const char *name = arg_str(a, param);

	if (!args_off(a))
		cfg_names_add(list, name);
	else if (name == NULL)
		cfg_names_clear(list);
	else
		cfg_names_del(list, name);
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_ca(struct session *s, const struct args *a)
{
	struct cfg_isakmp_profile *p = conf_isakmp_profile(s);

	if (p != NULL)
		profile_name(s, a, &p->trustpoints, "trustpoint");
}

static void
run_match_certificate(struct session *s, const struct args *a)
{
	struct cfg_isakmp_profile *p = conf_isakmp_profile(s);

	if (p != NULL)
		profile_name(s, a, &p->cert_maps, "map");
}

#define PKI_HELP	"Encryption\nCertificates\n"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "crypto pki trustpoint WORD:name ~", PKI_HELP "An authority, and what we have of it\nIts name here", run_trustpoint },
	{ M(CONFIG), 15, CMD_NO | CMD_HIDDEN, "crypto ca trustpoint WORD:name ~", PKI_HELP "An authority, and what we have of it\nIts name here", run_trustpoint },
	{ M(TRUSTPOINT), 15, CMD_NO, "enrollment ~ { terminal [ pem ] | selfsigned | pkcs12 | url WORD:url }",
	    "How certificates are had\nAt this terminal, by copying\nWith the lines that PEM puts around\nThe router makes out its own\nWith their key, from a file\nOf a server\nIts URL", run_enrollment },
	{ M(TRUSTPOINT), 15, CMD_NO, "subject-name ~ LINE:subject", "What the certificate is made out for\nAs CN=name, O=organization", run_subject },
	{ M(TRUSTPOINT), 15, CMD_NO, "subject-alt-name ~ WORD:alternative", "Another name in the certificate\nA host's name", run_alt_name },
	{ M(TRUSTPOINT), 15, CMD_NO, "fqdn ~ { none | WORD:host }", "The router's full name in the certificate\nNone\nThis one", run_fqdn },
	{ M(TRUSTPOINT), 15, CMD_NO, "ip-address ~ { none | A.B.C.D:address | X:X:X:X::X:address | IFNAME:if }",
	    "An address in the certificate\nNone\nThis one\nThis one\nThat of an interface", run_ip },
	{ M(TRUSTPOINT), 15, CMD_NO, "serial-number [ none ]", "The router's serial number in the certificate\nNot", run_serial },
	{ M(TRUSTPOINT), 15, CMD_NO, "rsakeypair ~ WORD:label [ <1024-4096>:bits ]", "The key pair that is certified\nIts name\nIts length, if it has to be made", run_rsakeypair },
	{ M(TRUSTPOINT), 15, CMD_NO, "revocation-check ~ { crl | ocsp | none }*",
	    "How to learn whether a certificate is revoked\nBy a list\nBy asking a server, which is not done here: the next way counts\nNot at all", run_revocation },
	{ M(TRUSTPOINT), 15, CMD_NO, "crl file ~ WORD:url", "Lists of revoked certificates\nA file holds them\nflash:NAME", run_crl_file },
	{ M(TRUSTPOINT), 15, CMD_NO, "chain-validation ~ { stop | continue [ WORD:parent ] }",
	    "Where a chain of certificates ends\nAt this authority\nAt one above it\nThe trustpoint of that one", run_chain_validation },
	{ M(TRUSTPOINT), 15, CMD_NO, "hash ~ { md5 | sha1 | sha256 | sha384 | sha512 }",
	    "Of the signature under requests\nMD5\nSHA-1\nSHA-2, 256 bits\nSHA-2, 384 bits\nSHA-2, 512 bits", run_hash },
	{ M(TRUSTPOINT), 15, CMD_NO, "usage ike", "What the certificate is for\nKey exchange", run_usage },

	{ M(CONFIG), 15, CMD_NO, "crypto pki certificate map WORD:name <1-65535>:number ~",
	    PKI_HELP "Certificates of peers\nRules that they are held against\nName\nOrder among those of the name", run_map },
	{ M(CERT_MAP), 15, CMD_NO, "{ subject-name | issuer-name | alt-subject-name | name | unstructured-subject-name | serial-number } ~ { eq | ne | co | nc } LINE:value",
	    "The subject's name\nThe issuer's name\nAn alternative name\nAny name of the subject\nThe subject's name without form\nThe serial number\n"
	    "Is that\nIs not that\nHolds that\nDoes not hold that\nThe text", run_rule },

	{ M(ISAKMP_PROFILE), 15, CMD_NO, "ca trust-point ~ WORD:trustpoint", "Certificates\nOf this trustpoint only\nIts name", run_ca },
	{ M(ISAKMP_PROFILE), 15, CMD_NO, "match certificate ~ WORD:map", "Which peers it is for\nBy their certificate\nName of a certificate map", run_match_certificate },
};

const struct cmd_table cmds_config_pki = { rows, NROWS(rows) };
