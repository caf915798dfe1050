/*
 * Certificates in force: those of the configuration's trustpoints, read once and kept until it changes; which of them is
 * shown to a peer, and the signature that goes with it.
 */

#include "engine/pki.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "engine/cert.h"
#include "engine/keypair.h"
#include "engine/pki_int.h"
#include "lib/dn.h"
#include "lib/mem.h"

struct pki *
pki_new(void)
{
	struct pki *p = xcalloc(1, sizeof(*p));

	TAILQ_INIT(&p->crls);
	return p;
}

static void
tps_forget(struct pki *p)
{
	for (size_t i = 0; i < p->ntps; i++) {
		X509_free(p->tps[i].ca);
		X509_free(p->tps[i].own);
		EVP_PKEY_free(p->tps[i].key);
	}
	free(p->tps);
	p->tps = NULL;
	p->ntps = 0;
	p->loaded = false;
}

void
pki_proof_forget(struct pki *p)
{
	X509_free(p->proven);
	sk_X509_pop_free(p->proven_others, X509_free);
	p->proven = NULL;
	p->proven_others = NULL;
}

void
pki_free(struct pki *p)
{
	if (p == NULL)
		return;
	tps_forget(p);
	pki_crls_forget(p);
	pki_proof_forget(p);
	free(p->chosen);
	free(p);
}

void
pki_apply(struct router *r)
{
	tps_forget(r->pki);
	free(r->pki->chosen);
	r->pki->chosen = NULL;
}

/* ---- trustpoints in force ---- */

struct keypair *
pki_key_of(const struct router *r, const X509 *x)
{
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
	struct keypair *k = keypairs_first(r->keypairs);

	while (k != NULL && (n <= 0 || k->npublic != (size_t)n || memcmp(k->public, der, (size_t)n) != 0))
		k = TAILQ_NEXT(k, next);
	OPENSSL_free(der);
	return k;
}

static EVP_PKEY *
private_of(const struct router *r, const X509 *x)
{
	const struct keypair *k = pki_key_of(r, x);
	BIO *b = k == NULL ? NULL : BIO_new_mem_buf(k->pem, -1);
	EVP_PKEY *key = b == NULL ? NULL : PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);

	BIO_free(b);
	return key;
}

static X509 *
cert_of(const struct cfg_trustpoint *t, enum cfg_cert_kind kind)
{
	const struct cfg_cert *c = cfg_cert_find(t, kind);

	return c == NULL ? NULL : cert_parse(c->der, c->n);
}

/* Of several, as those for special usage, the one that may sign. */
static X509 *
own_of(const struct cfg_trustpoint *t)
{
	const struct cfg_cert *c;
	X509 *x;

	TAILQ_FOREACH(c, &t->certs, next) {
		if (c->kind == CFG_CERT_CA || (x = cert_parse(c->der, c->n)) == NULL)
			continue;
		if ((X509_get_key_usage(x) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0)
			return x;
		X509_free(x);
	}
	return cert_of(t, CFG_CERT_OWN);
}

size_t
pki_tps(struct router *r, struct pki_tp **out)
{
	struct pki *p = r->pki;
	const struct cfg_trustpoint *t;
	size_t n = 0;

	if (!p->loaded || p->keys_seen != keypairs_changes(r->keypairs)) {
		tps_forget(p);
		p->tps = xcalloc(cfg_trustpoint_count(&r->cfg->pki) + 1, sizeof(*p->tps));
		TAILQ_FOREACH(t, &r->cfg->pki.trustpoints, next)
			p->tps[n++] = (struct pki_tp){ .t = t, .ca = cert_of(t, CFG_CERT_CA), .own = own_of(t) };
		p->ntps = n;
		p->loaded = true;
		p->keys_seen = keypairs_changes(r->keypairs);
	}
	*out = p->tps;
	return p->ntps;
}

/* Reading a private key costs something: it is done when it is asked for. */
static EVP_PKEY *
tp_key(struct router *r, struct pki_tp *tp)
{
	if (!tp->key_looked && tp->own != NULL)
		tp->key = private_of(r, tp->own);
	tp->key_looked = true;
	return tp->key;
}

bool
pki_tp_allowed(const struct router *r, const char *profile, const struct pki_tp *tp)
{
	const struct cfg_isakmp_profile *p = profile[0] == '\0' ? NULL : config_isakmp_profile(r->cfg, profile, false);

	return p == NULL || p->trustpoints.n == 0 || cfg_names_has(&p->trustpoints, tp->t->name);
}

static struct pki_tp *
tp_of(struct router *r, const struct cfg_trustpoint *t)
{
	struct pki_tp *v;
	size_t n = pki_tps(r, &v);

	for (size_t i = 0; i < n; i++)
		if (v[i].t == t)
			return &v[i];
	return NULL;
}

X509 *
pki_ca(struct router *r, const struct cfg_trustpoint *t)
{
	struct pki_tp *tp = tp_of(r, t);

	return tp == NULL ? NULL : tp->ca;
}

X509 *
pki_own(struct router *r, const struct cfg_trustpoint *t)
{
	struct pki_tp *tp = tp_of(r, t);

	return tp == NULL ? NULL : tp->own;
}

char *
pki_key_label(const struct router *r, const struct cfg_trustpoint *t)
{
	if (t->key_label != NULL)
		return xstrdup(t->key_label);
	if (r->cfg->domain_name == NULL)
		return NULL;
	return xasprintf("%.*s.%.*s", 31, router_hostname(r), 31, r->cfg->domain_name);
}

/* ---- what is shown and signed ---- */

/* The authority that made out x, among the trustpoints' certificates. */
static X509 *
issuer_of(struct router *r, X509 *x)
{
	struct pki_tp *v;
	size_t n = pki_tps(r, &v);

	for (size_t i = 0; i < n; i++)
		if (v[i].ca != NULL && X509_check_issued(v[i].ca, x) == X509_V_OK)
			return v[i].ca;
	return NULL;
}

static struct ike_der
name_der(const X509_NAME *name)
{
	struct ike_der d = { NULL, 0 };

	if (X509_NAME_get0_der(name, &d.p, &d.n) != 1)
		d = (struct ike_der){ NULL, 0 };
	return d;
}

/* Does the way from x up to its root pass by an authority of that name? */
static bool
leads_to(struct router *r, X509 *x, const struct ike_der *name)
{
	for (int i = 0; x != NULL && i < IKE_CHAIN_MAX; i++) {
		struct ike_der issuer = name_der(X509_get_issuer_name(x));

		if (dn_equal(issuer.p, issuer.n, name->p, name->n))
			return true;
		x = cert_is_self_issued(x) ? NULL : issuer_of(r, x);
	}
	return false;
}

static bool
is_wanted(struct router *r, X509 *x, const struct ike_der *wanted, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (wanted[i].n == 0 || leads_to(r, x, &wanted[i]))
			return true;
	return n == 0;
}

/* The first that can be shown, of those that the peer takes. */
static struct pki_tp *
choose(struct router *r, const char *profile, const struct ike_der *wanted, size_t nwanted)
{
	struct pki_tp *v;
	size_t n = pki_tps(r, &v);

	for (size_t i = 0; i < n; i++)
		if (v[i].own != NULL && pki_tp_allowed(r, profile, &v[i]) && pki_key_of(r, v[i].own) != NULL && is_wanted(r, v[i].own, wanted, nwanted))
			return &v[i];
	return NULL;
}

bool
pki_have_cert(struct router *r, const char *profile)
{
	return !TAILQ_EMPTY(&r->cfg->pki.trustpoints) && choose(r, profile, NULL, 0) != NULL;
}

size_t
pki_own_name(struct router *r, const char *profile, uint8_t *out, size_t max)
{
	const struct pki_tp *tp = choose(r, profile, NULL, 0);
	struct ike_der name = tp == NULL ? (struct ike_der){ NULL, 0 } : name_der(X509_get_subject_name(tp->own));

	if (name.n > max)
		return 0;
	if (name.n > 0)
		memcpy(out, name.p, name.n);
	return name.n;
}

size_t
pki_authorities(struct router *r, const char *profile, struct ike_der *out, size_t max)
{
	struct pki_tp *v;
	size_t n = pki_tps(r, &v), count = 0;

	for (size_t i = 0; i < n && count < max; i++)
		if (v[i].ca != NULL && pki_tp_allowed(r, profile, &v[i]))
			out[count++] = name_der(X509_get_subject_name(v[i].ca));
	return count;
}

/* The configuration's bytes of that certificate. */
static bool
put_der(const struct router *r, const X509 *x, struct ike_der *out)
{
	const struct cfg_trustpoint *t;
	const struct cfg_cert *c;
	size_t n = 0;
	uint8_t *der = cert_der(x, &n);
	bool found = false;

	TAILQ_FOREACH(t, &r->cfg->pki.trustpoints, next)
		TAILQ_FOREACH(c, &t->certs, next)
			if (!found && der != NULL && c->n == n && memcmp(c->der, der, n) == 0) {
				*out = (struct ike_der){ c->der, c->n };
				found = true;
			}
	free(der);
	return found;
}

size_t
pki_own_certs(struct router *r, const struct ike_path *path, const char *profile, const struct ike_der *wanted, size_t nwanted, struct ike_der *out,
    size_t max)
{
	struct pki_tp *tp = choose(r, profile, wanted, nwanted);
	X509 *x = tp == NULL ? NULL : tp->own;
	size_t n = 0;

	if (tp == NULL)
		return 0;
	r->pki->path = *path;
	memset(r->pki->profile, 0, sizeof(r->pki->profile));
	strncpy(r->pki->profile, profile, sizeof(r->pki->profile) - 1);
	config_set_str(&r->pki->chosen, tp->t->name);
	while (x != NULL && n < max && n < IKE_CHAIN_MAX && (n == 0 || !cert_is_self_issued(x)) && put_der(r, x, &out[n])) {
		n++;
		x = cert_is_self_issued(x) ? NULL : issuer_of(r, x);
	}
	return n;
}

static bool
same_path(const struct ike_path *a, const struct ike_path *b)
{
	return addr_eq(&a->local, &b->local) && addr_eq(&a->remote, &b->remote);
}

/* The certificate was chosen just before; else the one that is chosen when nothing is asked for. */
static struct pki_tp *
chosen(struct router *r, const struct ike_path *path, const char *profile)
{
	struct pki *p = r->pki;
	struct cfg_trustpoint *t = p->chosen == NULL ? NULL : cfg_trustpoint(&r->cfg->pki, p->chosen, false);

	if (t != NULL && same_path(&p->path, path) && strcmp(p->profile, profile) == 0)
		return tp_of(r, t);
	return choose(r, profile, NULL, 0);
}

bool
pki_proven_fits(struct router *r, const struct ike_path *path, const struct ike_id *id, const struct cfg_isakmp_profile *profile)
{
	const struct pki *p = r->pki;
	bool fits = false, same = p->proven != NULL && same_path(&p->proven_path, path) && p->proven_id.type == id->type && addr_eq(&p->proven_id.addr, &id->addr) &&
	    p->proven_id.dn_len == id->dn_len && memcmp(p->proven_id.name, id->name, sizeof(id->name)) == 0;

	for (size_t i = 0; same && i < profile->cert_maps.n; i++)
		fits = fits || cert_map_matches(&r->cfg->pki, profile->cert_maps.v[i], p->proven);
	return fits && (profile->trustpoints.n == 0 || pki_check(r, profile->name, p->proven, p->proven_others, false) == IKE_CERT_OK);
}

size_t
pki_sign(struct router *r, const struct ike_path *path, const char *profile, const uint8_t *hash, size_t nhash, uint8_t *out, size_t max)
{
	struct pki_tp *tp = chosen(r, path, profile);
	EVP_PKEY *key = tp == NULL ? NULL : tp_key(r, tp);
	EVP_PKEY_CTX *ctx = key == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	size_t n = max;

	if (ctx == NULL || (size_t)EVP_PKEY_get_size(key) > max || EVP_PKEY_sign_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1 || EVP_PKEY_sign(ctx, out, &n, hash, nhash) != 1)
		n = 0;
	EVP_PKEY_CTX_free(ctx);
	return n;
}
