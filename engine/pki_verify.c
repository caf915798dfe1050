/*
 * What a peer proves its identity with, judged: the way from its certificate to one of our authorities (RFC 5280, 6), times by
 * the router's clock, revocation, whether the certificate speaks of that identity (RFC 4945, 3.1), and the signature (RFC 2409,
 * 5.1).  All of it comes from whom nobody knows yet: bounded before it is read.
 */

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "engine/cert.h"
#include "engine/keypair.h"
#include "engine/log.h"
#include "engine/pki_int.h"
#include "lib/clock.h"
#include "lib/dn.h"

#define SIG_MAX		(PKI_RSA_MAX / 8)

struct check {
	struct router	*r;
	const char	*profile;
	int64_t		 now;		/* seconds since 1970 */
	bool		 loud;
	X509		*leaf;
	const X509	*at;		/* the certificate that is not good */
};

static void
debug(const struct check *c, const char *text)
{
	if (c->loud && c->r->debug.pki_validation)
		log_debug(c->r, "CRYPTO_PKI: %s", text);
}

const char *
pki_verdict_text(enum ike_cert_verdict v)
{
	static const char *const texts[] = {
		[IKE_CERT_OK] = "certificate is valid", [IKE_CERT_NO_CERT] = "no certificate", [IKE_CERT_MALFORMED] = "certificate cannot be read",
		[IKE_CERT_UNTRUSTED] = "no trustpoint leads to it", [IKE_CERT_EXPIRED] = "certificate has expired",
		[IKE_CERT_NOT_YET] = "certificate is not yet valid", [IKE_CERT_REVOKED] = "certificate is revoked",
		[IKE_CERT_NO_CRL] = "no revocation list is at hand", [IKE_CERT_ID] = "certificate names another",
		[IKE_CERT_SIGNATURE] = "signature does not hold",
	};

	return texts[v];
}

/* ---- log ---- */

static void
when_text(int64_t s, char out[48])
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil t;

	civil_from_ns(s * NSEC_SEC, &t);
	snprintf(out, 48, "%02d:%02d:%02d UTC %.3s %d %d", t.hour, t.minute, t.second, months + 3 * (t.month - 1), t.day, t.year);
}

static void
say(const struct check *c, enum ike_cert_verdict v)
{
	char sn[CERT_SERIAL_MAX] = "", when[48];

	if (!c->loud || v == IKE_CERT_OK)
		return;
	if (c->at != NULL)
		cert_serial(c->at, sn);
	if (v == IKE_CERT_EXPIRED) {
		when_text(cert_time(X509_get0_notAfter(c->at)), when);
		log_syslog(c->r, "PKI", 3, "CERTIFICATE_INVALID_EXPIRED", "Certificate chain validation has failed.  The certificate (SN: %s) has expired.    "
		    "Validity period ended on %s", sn, when);
	} else if (v == IKE_CERT_NOT_YET) {
		when_text(cert_time(X509_get0_notBefore(c->at)), when);
		log_syslog(c->r, "PKI", 3, "CERTIFICATE_INVALID_NOT_YET_VALID", "Certificate chain validation has failed.  The certificate (SN: %s) is not yet "
		    "valid   Validity period starts on %s", sn, when);
	} else if (v == IKE_CERT_REVOKED)
		log_syslog(c->r, "PKI", 3, "CERTIFICATE_REVOKED", "Certificate chain validation has failed.  The certificate (SN: %s) is revoked", sn);
	else if (v == IKE_CERT_NO_CRL)
		log_syslog(c->r, "PKI", 3, "CRL_FETCH_FAIL", "CRL fetch for the issuer of certificate (SN: %s) failed", sn);
	else if (v == IKE_CERT_UNTRUSTED)
		log_syslog(c->r, "PKI", 3, "CERTIFICATE_INVALID", "Certificate chain validation has failed.");
	if (c->r->debug.pki_validation)
		log_debug(c->r, "CRYPTO_PKI: chain validation failed: %s", pki_verdict_text(v));
}

/* ---- what is too weak, or too costly ---- */

/* Every key is looked at before anything is verified with it. */
static bool
key_fits(X509 *x)
{
	EVP_PKEY *k = X509_get0_pubkey(x);
	int bits = k == NULL ? 0 : EVP_PKEY_get_bits(k);

	if (k == NULL)
		return false;
	if (EVP_PKEY_get_base_id(k) == EVP_PKEY_RSA || EVP_PKEY_get_base_id(k) == EVP_PKEY_RSA_PSS)
		return bits >= PKI_RSA_MIN && bits <= PKI_RSA_MAX;
	return bits >= 224 && bits <= 640;
}

/* libcrypto's security level would refuse SHA-1 together with what is broken: it is 0, and this is the floor (doc/pki.md). */
static bool
hash_fits(const X509 *x)
{
	int md = NID_undef, key = NID_undef;

	if (OBJ_find_sigid_algs(X509_get_signature_nid(x), &md, &key) != 1)
		return false;
	return md != NID_md2 && md != NID_md4 && md != NID_md5 && md != NID_mdc2 && md != NID_md5_sha1;
}

/* Of the anchor itself nobody asks how it was signed. */
static bool
chain_fits(STACK_OF(X509) *chain)
{
	int n = sk_X509_num(chain);

	for (int i = 0; i < n; i++)
		if (!key_fits(sk_X509_value(chain, i)) || (i + 1 < n && !hash_fits(sk_X509_value(chain, i))))
			return false;
	return n > 0;
}

/* ---- the way to an authority ---- */

/* An authority ends the way, unless its trustpoint says that it goes on. */
static bool
is_anchor(const struct pki_tp *tp)
{
	return !tp->t->chain_continue || cert_is_self_issued(tp->ca);
}

static X509_STORE *
anchors(const struct check *c, STACK_OF(X509) *between)
{
	X509_STORE *store = X509_STORE_new();
	struct pki_tp *v;
	size_t n = pki_tps(c->r, &v);

	for (size_t i = 0; store != NULL && i < n; i++) {
		if (v[i].ca == NULL || !pki_tp_allowed(c->r, c->profile, &v[i]))
			continue;
		if (is_anchor(&v[i]))
			X509_STORE_add_cert(store, v[i].ca);
		else
			sk_X509_push(between, v[i].ca);
	}
	return store;
}

static enum ike_cert_verdict
verdict_of(int error)
{
	if (error == X509_V_OK)
		return IKE_CERT_OK;
	if (error == X509_V_ERR_CERT_HAS_EXPIRED)
		return IKE_CERT_EXPIRED;
	if (error == X509_V_ERR_CERT_NOT_YET_VALID)
		return IKE_CERT_NOT_YET;
	return IKE_CERT_UNTRUSTED;
}

static enum ike_cert_verdict
build(struct check *c, X509_STORE *store, STACK_OF(X509) *between, STACK_OF(X509) **chain)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	enum ike_cert_verdict v = IKE_CERT_UNTRUSTED;
	X509_VERIFY_PARAM *param;

	if (ctx != NULL && X509_STORE_CTX_init(ctx, store, c->leaf, between) == 1) {
		param = X509_STORE_CTX_get0_param(ctx);
		X509_VERIFY_PARAM_set_time(param, (time_t)c->now);
		X509_VERIFY_PARAM_set_depth(param, IKE_CHAIN_MAX);
		X509_VERIFY_PARAM_set_auth_level(param, 0);
		X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
		v = X509_verify_cert(ctx) == 1 ? IKE_CERT_OK : verdict_of(X509_STORE_CTX_get_error(ctx));
		if (v == IKE_CERT_UNTRUSTED)
			debug(c, X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
		c->at = v == IKE_CERT_OK ? NULL : X509_STORE_CTX_get_current_cert(ctx);
		*chain = X509_STORE_CTX_get1_chain(ctx);
	}
	X509_STORE_CTX_free(ctx);
	return v;
}

/* ---- revocation ---- */

/* Whose methods hold for what that authority has made out: its own trustpoint's, else those of the last of the way. */
static const struct cfg_trustpoint *
trustpoint_of(const struct check *c, const X509 *issuer)
{
	struct pki_tp *v;
	size_t n = pki_tps(c->r, &v);

	for (size_t i = 0; i < n; i++)
		if (v[i].ca != NULL && pki_tp_allowed(c->r, c->profile, &v[i]) && X509_cmp(v[i].ca, issuer) == 0)
			return v[i].t;
	return NULL;
}

static enum ike_cert_verdict
by_list(const struct check *c, X509 *x, X509 *issuer)
{
	X509_CRL *crl = pki_crl_for(c->r, c->profile, issuer, c->now);
	X509_REVOKED *found;

	if (crl == NULL)
		return IKE_CERT_NO_CRL;
	return X509_CRL_get0_by_cert(crl, &found, x) == 1 ? IKE_CERT_REVOKED : IKE_CERT_OK;
}

/* OCSP is not spoken here: it fails, and what is configured behind it counts. */
static enum ike_cert_verdict
revocation(const struct check *c, const struct cfg_trustpoint *t, X509 *x, X509 *issuer)
{
	const enum cfg_revocation *methods;
	unsigned n = cfg_trustpoint_revocation(t, &methods);
	enum ike_cert_verdict v = IKE_CERT_NO_CRL;

	for (unsigned i = 0; i < n && v == IKE_CERT_NO_CRL; i++) {
		if (methods[i] == CFG_REVOKE_NONE)
			v = IKE_CERT_OK;
		else if (methods[i] == CFG_REVOKE_CRL)
			v = by_list(c, x, issuer);
	}
	return v;
}

static enum ike_cert_verdict
revocations(struct check *c, STACK_OF(X509) *chain)
{
	int n = sk_X509_num(chain);
	const struct cfg_trustpoint *last = trustpoint_of(c, sk_X509_value(chain, n - 1)), *t;
	enum ike_cert_verdict v = IKE_CERT_OK;

	for (int i = n - 2; i >= 0 && v == IKE_CERT_OK; i--) {
		if ((t = trustpoint_of(c, sk_X509_value(chain, i + 1))) == NULL)
			t = last;
		v = t == NULL ? IKE_CERT_UNTRUSTED : revocation(c, t, sk_X509_value(chain, i), sk_X509_value(chain, i + 1));
		if (v != IKE_CERT_OK)
			c->at = sk_X509_value(chain, i);
	}
	return v;
}

static enum ike_cert_verdict
check_chain(struct check *c, STACK_OF(X509) *others)
{
	STACK_OF(X509) *between = sk_X509_new_null(), *chain = NULL;
	X509_STORE *store;
	enum ike_cert_verdict v;

	for (int i = 0; i < sk_X509_num(others); i++)
		sk_X509_push(between, sk_X509_value(others, i));
	store = anchors(c, between);
	v = store == NULL ? IKE_CERT_UNTRUSTED : build(c, store, between, &chain);
	if (v == IKE_CERT_OK && !chain_fits(chain)) {
		debug(c, "a key or a hash of the chain is too weak");
		v = IKE_CERT_UNTRUSTED;
	}
	if (v == IKE_CERT_OK)
		v = revocations(c, chain);
	say(c, v);
	sk_X509_pop_free(chain, X509_free);
	sk_X509_free(between);
	X509_STORE_free(store);
	return v;
}

enum ike_cert_verdict
pki_check(struct router *r, const char *profile, X509 *x, STACK_OF(X509) *others, bool loud)
{
	struct check c = { .r = r, .profile = profile, .now = router_now(r) / NSEC_SEC, .loud = loud, .leaf = x };

	return check_chain(&c, others);
}

/* ---- identity ---- */

struct names { const char *want; int type; bool any, hit; char first[CERT_DN_MAX]; };

static void
take_name(void *arg, int type, const char *text)
{
	struct names *n = arg;

	if (type != n->type)
		return;
	if (!n->any)
		snprintf(n->first, sizeof(n->first), "%s", text);
	n->any = true;
	n->hit |= type == GEN_IPADD ? strcmp(text, n->want) == 0 : strcasecmp(text, n->want) == 0;
}

/* Alternative names, and the attribute of the subject that routers put the same into. */
static struct names
names_of(const X509 *x, int type, int nid, const char *want)
{
	struct names n = { .want = want, .type = type };
	char value[CERT_DN_MAX];

	cert_alt_each(x, take_name, &n);
	if (cert_subject_value(x, nid, value, sizeof(value)))
		take_name(&n, type, value);
	return n;
}

/*
 * An address that the certificate neither has nor contradicts is taken of whom it comes from, as routers do and say: their
 * certificates seldom hold one.
 */
static bool
address_fits(const struct check *c, const struct ike_proof *p)
{
	char want[ADDR_STRLEN];
	struct names n;

	if (p->id->type != ike_id_host(&p->id->addr))
		return false;
	addr_fmt(&p->id->addr, want);
	n = names_of(c->leaf, GEN_IPADD, NID_pkcs9_unstructuredAddress, want);
	if (n.hit)
		return true;
	log_syslog(c->r, "CRYPTO", 6, "IKMP_NO_ID_CERT_ADDR_MATCH", "ID of %s (type %d) and certificate addr with %s", want, (int)p->id->type,
	    n.any ? n.first : "(none)");
	return !n.any && addr_eq(&p->id->addr, &p->path->remote);
}

static bool
name_fits(const struct check *c, const struct ike_id *id)
{
	int type = id->type == IKE_ID_FQDN ? GEN_DNS : GEN_EMAIL;
	struct names n = names_of(c->leaf, type, type == GEN_DNS ? NID_pkcs9_unstructuredName : NID_pkcs9_emailAddress, id->name);
	char cn[CERT_DN_MAX];

	if (!n.any && type == GEN_DNS && cert_subject_value(c->leaf, NID_commonName, cn, sizeof(cn)))
		take_name(&n, type, cn);
	if (!n.hit)
		log_syslog(c->r, "CRYPTO", 6, type == GEN_DNS ? "IKMP_NO_ID_CERT_FQDN_MATCH" : "IKMP_NO_ID_CERT_USER_FQDN_MATCH",
		    "ID of %s (type %d) and certificate %s with %s", id->name, (int)id->type, type == GEN_DNS ? "fqdn" : "user fqdn",
		    n.any ? n.first : "(none)");
	return n.hit;
}

static bool
dn_fits(const struct check *c, const struct ike_id *id)
{
	const uint8_t *der;
	char text[CERT_DN_MAX];
	size_t n;

	if (id->dn_len <= sizeof(id->name) && X509_NAME_get0_der(X509_get_subject_name(c->leaf), &der, &n) == 1 &&
	    dn_equal((const uint8_t *)id->name, id->dn_len, der, n))
		return true;
	cert_name_text(X509_get_subject_name(c->leaf), text);
	log_syslog(c->r, "CRYPTO", 6, "IKMP_NO_ID_CERT_DN_MATCH", "ID of (type %d) and certificate DN with %s", (int)id->type, text);
	return false;
}

static bool
id_fits(const struct check *c, const struct ike_proof *p)
{
	switch (p->id->type) {
	case IKE_ID_IPV4_ADDR:
	case IKE_ID_IPV6_ADDR:
		return address_fits(c, p);
	case IKE_ID_FQDN:
	case IKE_ID_USER_FQDN:
		return name_fits(c, p->id);
	case IKE_ID_DN:
		return dn_fits(c, p->id);
	default:
		return false;
	}
}

/* ---- signature ---- */

/* A certificate that says what its key is for says that it may sign (RFC 4945, 5.1.3.2). */
static bool
may_sign(X509 *x)
{
	return EVP_PKEY_get_base_id(X509_get0_pubkey(x)) == EVP_PKEY_RSA && (X509_get_key_usage(x) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
}

/* PKCS #1, type 1, over the hash as it stands. */
static bool
signature_holds(X509 *x, const struct ike_proof *p)
{
	EVP_PKEY *key = X509_get0_pubkey(x);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	uint8_t got[SIG_MAX];
	size_t n = sizeof(got);
	bool ok = ctx != NULL && p->nsig == (size_t)EVP_PKEY_get_size(key) && p->nhash > 0 && EVP_PKEY_verify_recover_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 && EVP_PKEY_verify_recover(ctx, got, &n, p->sig, p->nsig) == 1 &&
	    n == p->nhash && CRYPTO_memcmp(got, p->hash, n) == 0;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

/* ---- all of it ---- */

/* The first is the peer's own; a bent one of those behind it spoils the proof as well. */
static bool
read_all(const struct ike_proof *p, X509 **leaf, STACK_OF(X509) *others)
{
	X509 *x;

	for (size_t i = 0; i < p->ncerts; i++) {
		if ((x = cert_parse(p->certs[i].p, p->certs[i].n)) == NULL || !key_fits(x)) {
			X509_free(x);
			return false;
		}
		if (i == 0)
			*leaf = x;
		else
			sk_X509_push(others, x);
	}
	return *leaf != NULL;
}

static enum ike_cert_verdict
judge(struct check *c, const struct ike_proof *p, STACK_OF(X509) *others)
{
	enum ike_cert_verdict v;

	if (p->ncerts > IKE_CHAIN_MAX || !read_all(p, &c->leaf, others))
		return IKE_CERT_MALFORMED;
	if ((v = check_chain(c, others)) != IKE_CERT_OK)
		return v;
	if (!id_fits(c, p))
		return IKE_CERT_ID;
	return may_sign(c->leaf) && signature_holds(c->leaf, p) ? IKE_CERT_OK : IKE_CERT_SIGNATURE;
}

enum ike_cert_verdict
pki_verify(struct router *r, const struct ike_proof *p)
{
	struct check c = { .r = r, .profile = p->profile, .now = router_now(r) / NSEC_SEC, .loud = true };
	STACK_OF(X509) *others = sk_X509_new_null();
	enum ike_cert_verdict v = p->ncerts == 0 ? IKE_CERT_NO_CERT : judge(&c, p, others);

	if (c.r->debug.pki_validation)
		log_debug(r, "CRYPTO_PKI: %s", v == IKE_CERT_OK ? "Certificate validated" : pki_verdict_text(v));
	pki_proof_forget(r->pki);
	if (v == IKE_CERT_OK) {
		r->pki->proven = c.leaf;
		r->pki->proven_others = others;
		r->pki->proven_path = *p->path;
		r->pki->proven_id = *p->id;
		return v;
	}
	X509_free(c.leaf);
	sk_X509_pop_free(others, X509_free);
	return v;
}
