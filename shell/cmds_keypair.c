/* A router's own key pairs: crypto key generate and zeroize, show crypto key mypubkey. */

#include <stdlib.h>
#include <string.h>

#include "engine/cert.h"
#include "engine/keypair.h"
#include "engine/log.h"
#include "engine/pki.h"
#include "engine/router.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_pki.h"
#include "shell/cmds_config_ssh.h"
#include "shell/session.h"
#include "shell/show.h"

/* ---- making ---- */

/* A key that is being made elsewhere: whoever lets go of it last frees it. */
struct making { struct session *s; char *pem; bool done; };

static void
made(void *arg, char *pem)
{
	struct making *m = arg;

	if (m->s == NULL) {
		free(m);
		return;
	}
	m->pem = pem == NULL ? NULL : xstrdup(pem);
	m->done = true;
	session_wake(m->s);
}

/* Beside the routers where that can be; else here and now, from the router's own chance. NULL: interrupted, or it failed. */
static char *
make(struct session *s, enum keypair_kind kind, unsigned bits)
{
	const struct keypair_maker *maker = keypairs_maker(s->router->keypairs);
	struct making *m;
	char *pem;

	if (maker->make == NULL)
		return keypairs_make(s->router->keypairs, s->router->chance, kind, bits);
	m = xcalloc(1, sizeof(*m));
	m->s = s;
	maker->make(maker->arg, kind, bits, made, m);
	while (!m->done && session_block(s, CLOCK_NEVER))
		;
	pem = m->pem;
	if (m->done)
		free(m);
	else
		m->s = NULL;
	return pem;
}

/* ---- names ---- */

/* A label, or the router's full name. NULL: it has none, and that was said. */
static char *
label_of(struct session *s, const struct args *a)
{
	const struct config *c = s->router->cfg;
	const char *label = arg_str(a, "label"), *host = router_hostname(s->router);

	if (label == NULL && c->domain_name == NULL) {
		session_error(s, "%% Please define a domain-name first.");
		return NULL;
	}
	if (label != NULL && (strlen(label) > KEYPAIR_LABEL_MAX || strchr(label, '/') != NULL || label[0] == '.')) {
		session_error(s, "%% A key pair's name has at most %u characters and no /", KEYPAIR_LABEL_MAX);
		return NULL;
	}
	return label != NULL ? xstrdup(label) : xasprintf("%.*s.%.*s", 31, host, 31, c->domain_name);
}

static bool
yes(struct session *s, const char *question)
{
	char *answer = session_ask(s, question, INPUT_QUESTION);
	bool is = answer != NULL && (answer[0] == 'y' || answer[0] == 'Y');

	free(answer);
	return is;
}

static bool
may_replace(struct session *s, enum keypair_kind kind, const char *label)
{
	const char *what = kind == KEYPAIR_RSA ? "RSA" : "EC";

	if (s->loading || keypair_find(s->router->keypairs, kind, label) == NULL)
		return true;
	session_printf(s, "%% You already have %s keys defined named %s.\n", what, label);
	return yes(s, "% Do you really want to replace them? [yes/no]: ");
}

/* ---- kept, and SSH told ---- */

/* Is there a server, and a key for it? */
static bool
can_serve(const struct router *r)
{
	if (keypairs_maker(r->keypairs)->make == NULL)
		return false;
	for (const struct keypair *p = keypairs_first(r->keypairs); p != NULL; p = TAILQ_NEXT(p, next))
		if (!p->encryption)
			return true;
	return false;
}

bool
keypair_keep(struct session *s, const char *label, const char *pem, bool usage, bool encryption, bool exportable)
{
	bool served = can_serve(s->router);
	struct keypairs *all = s->router->keypairs;
	char *why = NULL;

	if (!keypair_add(all, label, pem, router_now(s->router), usage, encryption, &why) ||
	    (exportable && !keypair_export(all, keypairs_last(all), &why))) {
		session_error(s, "%% The key pair could not be kept: %s", why);
		free(why);
		return false;
	}
	if (!served && can_serve(s->router))
		log_syslog(s->router, "SSH", 5, "ENABLED", "SSH 2.0 has been enabled");
	return true;
}

static bool
generate(struct session *s, enum keypair_kind kind, unsigned bits, const char *label, bool usage, bool encryption, bool exportable)
{
	char *pem = make(s, kind, bits);
	bool ok;

	if (pem == NULL) {
		session_error(s, "%% No key was made");
		return false;
	}
	ok = keypair_keep(s, label, pem, usage, encryption, exportable);
	wipe_free(pem, strlen(pem));
	return ok;
}

bool
keypair_generate(struct session *s, const char *label, unsigned bits)
{
	session_printf(s, "%% Generating %u bit RSA keys, keys will be non-exportable...\n", bits);
	return generate(s, KEYPAIR_RSA, bits, label, false, false, false);
}

static unsigned
ask_bits(struct session *s, bool usage)
{
	char *answer;
	unsigned long bits;

	session_printf(s, "The key modulus may have %u to %u bits for your\n  %s Keys. A long one takes a while.\n\n", KEYPAIR_BITS_MIN,
	    KEYPAIR_BITS_MAX, usage ? "Signature and Encryption" : "General Purpose");
	answer = session_ask(s, "How many bits in the modulus [2048]: ", INPUT_QUESTION);
	bits = answer == NULL ? 0 : *answer == '\0' ? 2048 : strtoul(answer, NULL, 10);
	if (answer != NULL && (bits < KEYPAIR_BITS_MIN || bits > KEYPAIR_BITS_MAX)) {
		session_error(s, "%% A modulus has %u to %u bits", KEYPAIR_BITS_MIN, KEYPAIR_BITS_MAX);
		bits = 0;
	}
	free(answer);
	return (unsigned)bits;
}

static void
run_rsa(struct session *s, const struct args *a)
{
	bool usage = arg_has(a, "usage-keys"), out = arg_has(a, "exportable"), ok;
	char *label = label_of(s, a);
	unsigned bits = arg_u32(a, "bits");
	int64_t since = clock_now(session_clock(s));

	if (label == NULL)
		return;
	if (may_replace(s, KEYPAIR_RSA, label)) {
		session_printf(s, "The name for the keys will be: %s\n", label);
		if (!arg_has(a, "modulus"))
			bits = ask_bits(s, usage);
		if (bits != 0) {
			session_printf(s, "\n%% The key modulus size is %u bits\n%% Generating %u bit RSA keys, keys will be %sexportable...\n",
			    bits, bits, out ? "" : "non-");
			ok = generate(s, KEYPAIR_RSA, bits, label, usage, false, out) && (!usage || generate(s, KEYPAIR_RSA, bits, label, true, true, out));
			if (ok)
				session_printf(s, "[OK] (elapsed time was %lld seconds)\n\n",
				    (long long)((clock_now(session_clock(s)) - since) / NSEC_SEC));
		}
	}
	free(label);
}

static void
run_ec(struct session *s, const struct args *a)
{
	char *label = label_of(s, a);

	if (label == NULL)
		return;
	if (may_replace(s, KEYPAIR_EC, label)) {
		session_printf(s, "The name for the keys will be: %s\n", label);
		generate(s, KEYPAIR_EC, arg_has(a, "384") ? 384 : 256, label, false, false, false);
	}
	free(label);
}

/* ---- taking away ---- */

/* An Ed25519 key is one of an elliptic curve too. */
static bool
is_kind(const struct keypair *p, bool rsa, const char *label)
{
	return (p->kind == KEYPAIR_RSA) == rsa && (label == NULL || strcmp(p->label, label) == 0);
}

/* Certificates of the router for keys that go; counts them, or takes them away. */
static unsigned
certs_of(struct session *s, bool rsa, const char *label, bool remove)
{
	struct cfg_trustpoint *t;
	struct cfg_cert *c, *next;
	unsigned n = 0;

	TAILQ_FOREACH(t, &s->router->cfg->pki.trustpoints, next)
		for (c = TAILQ_FIRST(&t->certs); c != NULL; c = next) {
			X509 *x = c->kind == CFG_CERT_CA ? NULL : cert_parse(c->der, c->n);
			const struct keypair *k = x == NULL ? NULL : pki_key_of(s->router, x);

			next = TAILQ_NEXT(c, next);
			X509_free(x);
			if (k == NULL || !is_kind(k, rsa, label))
				continue;
			n++;
			if (remove)
				cfg_cert_del(t, c);
		}
	return n;
}

static void
run_zeroize(struct session *s, const struct args *a)
{
	struct keypairs *all = s->router->keypairs;
	bool rsa = arg_has(a, "rsa"), served = can_serve(s->router), any = false;
	const char *label = arg_str(a, "label");
	struct keypair *p, *next;

	for (p = keypairs_first(all); p != NULL; p = TAILQ_NEXT(p, next))
		any |= is_kind(p, rsa, label);
	if (!any) {
		session_error(s, "%% No Signature %s Keys found in configuration.\n\n", rsa ? "RSA" : "EC");
		return;
	}
	if (label == NULL)
		session_printf(s, "%% All %s keys will be removed.\n", rsa ? "RSA" : "EC");
	else
		session_printf(s, "%% Keys to be removed are named '%s'.\n", label);
	if (certs_of(s, rsa, label, false) > 0)
		session_printf(s, "%% All router certs issued using these keys will also be removed.\n");
	if (!s->loading && !yes(s, "Do you really want to remove these keys? [yes/no]: "))
		return;
	if (certs_of(s, rsa, label, true) > 0)
		conf_changed(s, CFG_AREA_ISAKMP);
	for (p = keypairs_first(all); p != NULL; p = next) {
		next = TAILQ_NEXT(p, next);
		if (is_kind(p, rsa, label))
			keypair_del(all, p);
	}
	if (served && !can_serve(s->router))
		log_syslog(s->router, "SSH", 5, "DISABLED", "SSH 2.0 has been disabled");
}

/* ---- showing ---- */

static void
put_data(struct text *out, const struct keypair *p)
{
	for (size_t i = 0; i < p->npublic; i++) {
		if (i % 32 == 0)
			text_add(out, i == 0 ? "  " : "\n  ");
		text_printf(out, "%02X", p->public[i]);
		if (i % 4 == 3 && i + 1 < p->npublic)
			text_addc(out, ' ');
	}
	text_addc(out, '\n');
}

static void
put_pair(struct text *out, const struct config *c, const struct keypair *p)
{
	static const char *const types[] = { [KEYPAIR_RSA] = "RSA KEYS", [KEYPAIR_EC] = "EC KEYS", [KEYPAIR_ED25519] = "ED25519 KEYS" };
	struct text when = { 0 };
	char *date;

	show_time_date(&when, c, p->made_ns, false);
	date = strchr(text_str(&when), ' ');	/* the day of the week is left out here */
	text_printf(out, "%% Key pair was generated at: ");
	if (date != NULL && strlen(date) > 9) {
		char *zone = strchr(date + 1, ' ');

		text_printf(out, "%.*s%s\n", (int)(zone - when.s), when.s, zone + 4);
	} else
		text_printf(out, "%s\n", text_str(&when));
	text_free(&when);
	text_printf(out, "Key name: %s\nKey type: %s\n Storage Device: private-config\n Usage: %s Key\n Key is %sexportable.\n Key Data:\n",
	    p->label, types[p->kind], p->encryption ? "Encryption" : p->usage || p->kind != KEYPAIR_RSA ? "Signature" : "General Purpose",
	    p->exportable ? "" : "not ");
	put_data(out, p);
}

static void
run_show(struct session *s, const struct args *a)
{
	const char *label = arg_str(a, "label");
	struct text out = { 0 };

	for (const struct keypair *p = keypairs_first(s->router->keypairs); p != NULL; p = TAILQ_NEXT(p, next))
		if (arg_has(a, "all") || is_kind(p, arg_has(a, "rsa"), label))
			put_pair(&out, s->router->cfg, p);
	show_flush(s, &out);
}

#define KEY_HELP	"Encryption\nLong term key operations\n"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, 0, "crypto key generate rsa { general-keys | usage-keys | label WORD:label | modulus <1024-4096>:bits | exportable }*",
	    KEY_HELP "Make a key pair\nRSA\nOne pair for both uses\nA pair to sign and one to encipher\nName them\nThe name\nLength of the modulus\nBits\nIt may leave the router",
	    run_rsa },
	{ M(CONFIG), 15, 0, "crypto key generate ec keysize { 256 | 384 } [ label WORD:label ]",
	    KEY_HELP "Make a key pair\nOf an elliptic curve\nOf how many bits\nP-256\nP-384\nName it\nThe name", run_ec },
	{ M(CONFIG), 15, 0, "crypto key zeroize { rsa | ec } [ WORD:label ]",
	    KEY_HELP "Take key pairs away\nOf RSA\nOf elliptic curves\nName of a pair", run_zeroize },
	{ M(PRIV), 1, CMD_SHOW, "show crypto key mypubkey { all | rsa [ WORD:label ] | ec [ WORD:label ] }",
	    "Show what is\n" KEY_HELP "This router's public keys\nAll of them\nOf RSA\nName of a pair\nOf elliptic curves\nName of a pair", run_show },
};

CMD_TABLE(cmds_keypair, rows);
