/*
 * The certificates of a trustpoint in the configuration: lines of hexadecimal digits up to `quit`, typed or read from a
 * startup-config.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

#include "engine/cert.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_pki.h"

#define DIGITS_MAX	(2 * CFG_CERT_MAX)

static void
forget_all(struct session *s, const char *name)
{
	struct cfg_trustpoint *t = pki_trustpoint(s, name);

	if (t == NULL)
		return;
	if (!TAILQ_EMPTY(&t->certs) && !s->loading) {
		session_printf(s, "%% This will remove all certificates for trustpoint %s\n", name);
		if (!pki_yes(s, "Are you sure you want to do this? [yes/no]: ") || (t = pki_trustpoint(s, name)) == NULL)
			return;
	}
	while (!TAILQ_EMPTY(&t->certs))
		cfg_cert_del(t, TAILQ_FIRST(&t->certs));
}

static void
run_chain(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");

	if (args_off(a))
		forget_all(s, name);
	else if (pki_trustpoint(s, name) != NULL)
		session_mode(s, MODE_CERT_CHAIN, name);
	conf_changed(s, CFG_AREA_ISAKMP);
}

static struct cfg_trustpoint *
edited(struct session *s)
{
	return s->object_name == NULL ? NULL : pki_trustpoint(s, s->object_name);
}

/* ---- reading ---- */

static bool
is_quit(const char *line)
{
	line += strspn(line, " \t");
	return strncasecmp(line, "quit", 4) == 0 && line[4 + strspn(line + 4, " \t\r")] == '\0';
}

/*
 * Digits in pairs up to `quit`; what goes beyond is read all the same, and not kept. False: the input ended, or there was something
 * else.  lines: as they came.
 */
static bool
read_digits(struct session *s, struct text *out, struct text *lines)
{
	bool ok = true, quit = false;
	char *line;

	while (!quit && (line = session_read_text(s)) != NULL) {
		if (strcmp(line, "\x03") == 0 || strcmp(line, "\x1a") == 0) {
			free(line);
			return false;
		}
		quit = is_quit(line);
		if (lines->len < 4 * DIGITS_MAX)
			text_printf(lines, "\n%s", line);
		for (const char *p = line; !quit && *p != '\0'; p++)
			if (isxdigit((unsigned char)*p) && out->len <= DIGITS_MAX)
				text_addc(out, *p);
			else
				ok = ok && (isspace((unsigned char)*p) || isxdigit((unsigned char)*p));
		free(line);
	}
	return ok && quit;
}

static enum cfg_cert_kind
kind_of(const struct args *a)
{
	return arg_has(a, "ca") ? CFG_CERT_CA : arg_has(a, "self-signed") ? CFG_CERT_SELF : CFG_CERT_OWN;
}

static bool
take(struct session *s, enum cfg_cert_kind kind, const char *digits)
{
	uint8_t der[CFG_CERT_MAX];
	long n = strlen(digits) > DIGITS_MAX ? -1 : hex_parse(digits, der, sizeof(der));
	X509 *x = n <= 0 ? NULL : cert_parse(der, (size_t)n);
	struct cfg_trustpoint *t = x == NULL ? NULL : edited(s);

	if (x == NULL)
		session_error(s, "%% The digits are no certificate of at most %u bytes", CFG_CERT_MAX);
	else if (t != NULL && cfg_cert_add(t, kind, der, (size_t)n, router_now(s->router)) == NULL)
		session_error(s, "%% A trustpoint holds at most %u certificates", CFG_CHAIN_CERTS);
	X509_free(x);
	return x != NULL;
}

/* "certificate ca 01 ..." */
static bool
has_serial(const char *text, const char *serial)
{
	size_t n;

	for (; *text != '\0' && *text != '\n'; text += n + strspn(text + n, " ")) {
		n = strcspn(text, " \n");
		if (n == strlen(serial) && strncasecmp(text, serial, n) == 0)
			return true;
	}
	return false;
}

static struct cfg_cert *
find(struct cfg_trustpoint *t, enum cfg_cert_kind kind, const char *serial)
{
	struct cfg_cert *c;
	char mine[CERT_SERIAL_MAX];

	TAILQ_FOREACH(c, &t->certs, next) {
		if (c->text != NULL && c->kind == kind && has_serial(c->text, serial))
			return c;
		X509 *x = c->kind == kind ? cert_parse(c->der, c->n) : NULL;
		bool hit = x != NULL && (cert_serial(x, mine), strcasecmp(mine, serial) == 0);

		X509_free(x);
		if (hit)
			return c;
	}
	return NULL;
}

/* From a file what is none is kept as it came, so that it is not lost where the file is written anew. */
static void
take_lines(struct session *s, const struct args *a, struct text *digits, struct text *lines)
{
	bool ok = read_digits(s, digits, lines);
	struct cfg_trustpoint *t;
	char *words = args_words(a), *all = xasprintf("%s%s", words, text_str(lines));

	if (!ok)
		session_error(s, "%% The certificate was not taken: hexadecimal digits up to quit are wanted");
	else if (!take(s, kind_of(a), text_str(digits)) && s->loading && (t = edited(s)) != NULL)
		cfg_cert_keep(t, kind_of(a), all);
	free(all);
	free(words);
}

static void
run_certificate(struct session *s, const struct args *a)
{
	struct cfg_trustpoint *t = edited(s);
	struct text digits = { 0 }, lines = { 0 };
	struct cfg_cert *c;

	if (t == NULL)
		return;
	if (args_off(a)) {
		if ((c = find(t, kind_of(a), arg_str(a, "serial"))) != NULL)
			cfg_cert_del(t, c);
		else
			session_error(s, "%% There is no such certificate");
	} else {
		if (!s->loading)
			session_printf(s, "Enter the certificate in hexidecimal representation....\n\n");
		take_lines(s, a, &digits, &lines);
	}
	text_free(&digits);
	text_free(&lines);
	conf_changed(s, CFG_AREA_ISAKMP);
}

/* A file system of another router: that it was there is kept. */
static void
run_file(struct session *s, const struct args *a)
{
	struct cfg_trustpoint *t = edited(s);
	char *words = args_words(a);
	struct cfg_cert *c;

	if (t != NULL && !args_off(a)) {
		if (!s->loading)
			session_printf(s, "%% The certificate lies in %s of the router that wrote this: export it there\n", arg_str(a, "file"));
		cfg_cert_keep(t, kind_of(a), words);
	} else if (t != NULL && (c = find(t, kind_of(a), arg_str(a, "serial"))) != NULL)
		cfg_cert_del(t, c);
	free(words);
	conf_changed(s, CFG_AREA_ISAKMP);
}

#define CERT_HELP	"Encryption\nCertificates\n"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "crypto pki certificate chain WORD:name ~", CERT_HELP "Certificates\nThose of a trustpoint\nIts name", run_chain },
	{ M(CONFIG), 15, CMD_NO | CMD_HIDDEN, "crypto ca certificate chain WORD:name ~", CERT_HELP "Certificates\nThose of a trustpoint\nIts name", run_chain },
	{ M(CERT_CHAIN), 15, CMD_NO, "certificate [ { ca | self-signed } ] WORD:serial",
	    "One follows, in hexadecimal digits up to quit\nAn authority's\nMade out by this router\nIts serial number", run_certificate },
	{ M(CERT_CHAIN), 15, CMD_NO | CMD_HIDDEN, "certificate [ { ca | self-signed } ] WORD:serial WORD:file",
	    "One follows, in hexadecimal digits up to quit\nAn authority's\nMade out by this router\nIts serial number\nWhere it lies", run_file },
};

const struct cmd_table cmds_config_cert = { rows, NROWS(rows) };
