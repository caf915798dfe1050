/*
 * Certificates: what a peer proves its identity with, good and bad in each way; which certificate is shown, and what is
 * signed; maps; revocation lists that come and go.  The keys and certificates are those of testsuite/pki.
 */

#include <string.h>

#include <openssl/pem.h>

#include "engine/cert.h"
#include "engine/flash.h"
#include "engine/keypair.h"
#include "engine/pki.h"
#include "lib/dn.h"
#include "lib/mem.h"
#include "testsuite/unit/engine_pair.h"
#include "testsuite/unit/pki_vectors.h"

#define MARCH_2015	(INT64_C(1426000000) * 1000000000)	/* 2015-03-10 15:06:40 */
#define YEAR		(INT64_C(31536000) * 1000000000)

static const uint8_t hash[20] = "a hash of 20 bytes..";

static const char *
pem(const char *name)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		if (strcmp(vectors[i].name, name) == 0)
			return vectors[i].pem;
	ck_abort_msg("no %s", name);
	return NULL;
}

struct der { uint8_t p[CFG_CERT_MAX]; size_t n; };

static struct der
der_of(const char *name)
{
	X509 *x = cert_of_text(pem(name));
	struct der d = { .n = 0 };
	uint8_t *p = cert_der(x, &d.n);

	memcpy(d.p, p, d.n);
	free(p);
	X509_free(x);
	return d;
}

/* ---- a router with trustpoints ---- */

struct rig { struct pair_wire *w; struct router *r; };

static struct cfg_trustpoint *
trust(struct rig *g, const char *name, const char *ca, const char *own)
{
	struct cfg_trustpoint *t = cfg_trustpoint(&g->r->cfg->pki, name, true);
	struct der d;

	t->revocation_set = true;
	t->nrevocation = 1;
	t->revocation[0] = CFG_REVOKE_NONE;
	if (ca != NULL) {
		d = der_of(ca);
		ck_assert_ptr_nonnull(cfg_cert_add(t, CFG_CERT_CA, d.p, d.n, 0));
	}
	if (own != NULL) {
		d = der_of(own);
		ck_assert_ptr_nonnull(cfg_cert_add(t, CFG_CERT_OWN, d.p, d.n, 0));
	}
	pki_apply(g->r);
	return t;
}

static struct rig
rig_new(void)
{
	struct rig g = { .w = wire_new(1, NULL) };

	g.r = g.w->end[R2].r;
	g.r->clock_offset_ns = MARCH_2015 - clock_now(g.r->clock);
	return g;
}

static void
rig_free(struct rig *g)
{
	wire_free(g->w);
}

static void
key(struct rig *g, const char *label, const char *name)
{
	char *why = NULL;

	ck_assert_msg(keypair_add(g->r->keypairs, label, pem(name), 0, false, false, &why), "%s", why);
}

/* PKCS #1 over the bare hash, as the peer makes it. */
static size_t
signature(const char *name, uint8_t *out, size_t max)
{
	BIO *b = BIO_new_mem_buf(pem(name), -1);
	EVP_PKEY *k = PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(k, NULL);
	size_t n = max;

	ck_assert_int_eq(EVP_PKEY_sign_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_sign(ctx, out, &n, hash, sizeof(hash)), 1);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(k);
	BIO_free(b);
	return n;
}

static struct ike_id
named(enum ike_id_type type, const char *name)
{
	struct ike_id id = { .type = type };

	if (type == IKE_ID_DN)
		id.dn_len = (uint16_t)dn_parse(name, (uint8_t *)id.name, sizeof(id.name));
	else if (type == IKE_ID_IPV4_ADDR) {
		id.addr.af = ADDR_V4;
		ip4_parse(name, &id.addr.v4);
	} else
		strcpy(id.name, name);
	return id;
}

struct shown { const char *certs[4]; const char *key; enum ike_id_type type; const char *id, *from; };

static enum ike_cert_verdict
verify(struct rig *g, const struct shown *s)
{
	struct ike_path path = { .local = addr_v4(R2_ADDR), .remote = addr_v4(R1_ADDR) };
	struct ike_id id = named(s->type, s->id);
	struct der d[4];
	struct ike_der certs[4];
	uint8_t sig[1024];
	struct ike_proof p = { .path = &path, .profile = "", .id = &id, .certs = certs, .hash = hash, .nhash = sizeof(hash), .sig = sig };

	if (s->from != NULL)
		ip4_parse(s->from, &path.remote.v4);
	for (; p.ncerts < 4 && s->certs[p.ncerts] != NULL; p.ncerts++) {
		d[p.ncerts] = der_of(s->certs[p.ncerts]);
		certs[p.ncerts] = (struct ike_der){ d[p.ncerts].p, d[p.ncerts].n };
	}
	p.nsig = signature(s->key, sig, sizeof(sig));
	return pki_verify(g->r, &p);
}

#define DN	"cn=R1,ou=Routers,o=Example"

/* ---- what peers show ---- */

static const struct {
	struct shown		 shown;
	enum ike_cert_verdict	 verdict;
	const char		*log;
} cases[] = {
	{ { { "r1.pem" }, "r1.key", IKE_ID_DN, DN, NULL }, IKE_CERT_OK, NULL },
	{ { { "r1.pem" }, "r1.key", IKE_ID_FQDN, "r1.example.com", NULL }, IKE_CERT_OK, NULL },
	{ { { "r1.pem" }, "r1.key", IKE_ID_FQDN, "R1.Example.COM", NULL }, IKE_CERT_OK, NULL },
	{ { { "r1.pem" }, "r1.key", IKE_ID_USER_FQDN, "r1@example.com", NULL }, IKE_CERT_OK, NULL },
	{ { { "r1.pem" }, "r1.key", IKE_ID_IPV4_ADDR, "10.0.0.1", NULL }, IKE_CERT_OK, NULL },
	{ { { "r1.pem", "ca.pem" }, "r1.key", IKE_ID_DN, DN, NULL }, IKE_CERT_OK, NULL },
	{ { { "r1-sha1.pem" }, "r1.key", IKE_ID_DN, DN, NULL }, IKE_CERT_OK, NULL },
	{ { { "r1-sub.pem", "sub.pem" }, "r1.key", IKE_ID_DN, DN, NULL }, IKE_CERT_OK, NULL },
	{ { { "r1-plain.pem" }, "r1.key", IKE_ID_FQDN, "r1.example.com", NULL }, IKE_CERT_OK, NULL },
	/* It has no address: what it comes from counts, and that is said. */
	{ { { "r1-plain.pem" }, "r1.key", IKE_ID_IPV4_ADDR, "14.14.14.14", NULL }, IKE_CERT_OK, "%CRYPTO-6-IKMP_NO_ID_CERT_ADDR_MATCH" },
	{ { { "r1-plain.pem" }, "r1.key", IKE_ID_IPV4_ADDR, "14.14.14.15", NULL }, IKE_CERT_ID, NULL },
	{ { { NULL }, "r1.key", IKE_ID_DN, DN, NULL }, IKE_CERT_NO_CERT, NULL },
	{ { { "r1-expired.pem" }, "r1.key", IKE_ID_DN, DN, NULL }, IKE_CERT_EXPIRED,
	    "%PKI-3-CERTIFICATE_INVALID_EXPIRED: Certificate chain validation has failed.  The certificate (SN: 13) has expired.    "
	    "Validity period ended on 00:00:00 UTC Jan 1 2012" },
	{ { { "r1-future.pem" }, "r1.key", IKE_ID_DN, DN, NULL }, IKE_CERT_NOT_YET, "Validity period starts on 00:00:00 UTC Jan 1 2038" },
	{ { { "r1-other.pem" }, "r1.key", IKE_ID_DN, DN, NULL }, IKE_CERT_UNTRUSTED, "%PKI-3-CERTIFICATE_INVALID" },
	{ { { "r1-other.pem", "other.pem" }, "r1.key", IKE_ID_DN, DN, NULL }, IKE_CERT_UNTRUSTED, NULL },
	{ { { "r1-sub.pem" }, "r1.key", IKE_ID_DN, DN, NULL }, IKE_CERT_UNTRUSTED, NULL },
	{ { { "r1-rogue.pem", "r2.pem" }, "r1.key", IKE_ID_DN, DN, NULL }, IKE_CERT_UNTRUSTED, NULL },	/* made out by who may not */
	{ { { "other.pem" }, "other.key", IKE_ID_DN, "cn=Other CA,o=Example", NULL }, IKE_CERT_UNTRUSTED, NULL },
	{ { { "r1-md5.pem" }, "r1.key", IKE_ID_DN, DN, NULL }, IKE_CERT_UNTRUSTED, NULL },
	{ { { "r1-weak.pem" }, "weak.key", IKE_ID_DN, DN, NULL }, IKE_CERT_MALFORMED, NULL },
	{ { { "r1-cipher.pem" }, "r1.key", IKE_ID_DN, DN, NULL }, IKE_CERT_SIGNATURE, NULL },
	{ { { "r1.pem" }, "r2.key", IKE_ID_DN, DN, NULL }, IKE_CERT_SIGNATURE, NULL },
	{ { { "r2.pem" }, "r1.key", IKE_ID_DN, "cn=R2,ou=Routers,o=Example", NULL }, IKE_CERT_SIGNATURE, NULL },
	{ { { "r1.pem" }, "r1.key", IKE_ID_DN, "cn=R2,ou=Routers,o=Example", NULL }, IKE_CERT_ID, "%CRYPTO-6-IKMP_NO_ID_CERT_DN_MATCH" },
	{ { { "r1.pem" }, "r1.key", IKE_ID_FQDN, "r2.example.com", NULL }, IKE_CERT_ID, "%CRYPTO-6-IKMP_NO_ID_CERT_FQDN_MATCH" },
	{ { { "r1.pem" }, "r1.key", IKE_ID_FQDN, "example.com", NULL }, IKE_CERT_ID, NULL },
	{ { { "r1.pem" }, "r1.key", IKE_ID_USER_FQDN, "r2@example.com", NULL }, IKE_CERT_ID, NULL },
	{ { { "r1.pem" }, "r1.key", IKE_ID_IPV4_ADDR, "14.14.14.14", NULL }, IKE_CERT_ID, NULL },	/* it names another address */
	{ { { "r1.pem" }, "r1.key", IKE_ID_KEY_ID, "R1", NULL }, IKE_CERT_ID, NULL },
};

START_TEST(proofs)
{
	struct rig g = rig_new();

	trust(&g, "LAB", "ca.pem", NULL);
	wire_clear_logs(g.w);
	ck_assert_int_eq(verify(&g, &cases[_i].shown), cases[_i].verdict);
	ck_assert(cases[_i].log == NULL || logged(g.w, R2, cases[_i].log));
	rig_free(&g);
}
END_TEST

/* The same certificate, as the router's clock goes on. */
START_TEST(clock_goes_on)
{
	static const struct shown r2 = { { "r2-short.pem" }, "r2.key", IKE_ID_DN, "cn=R2,ou=Routers,o=Example", NULL };
	struct rig g = rig_new();

	trust(&g, "LAB", "ca.pem", NULL);
	ck_assert_int_eq(verify(&g, &r2), IKE_CERT_OK);
	g.r->clock_offset_ns += YEAR;
	ck_assert_int_eq(verify(&g, &r2), IKE_CERT_EXPIRED);
	g.r->clock_offset_ns -= 7 * YEAR;
	ck_assert_int_eq(verify(&g, &r2), IKE_CERT_NOT_YET);
	g.r->clock_offset_ns += 40 * YEAR;	/* the authority's has, too */
	ck_assert_int_eq(verify(&g, &r2), IKE_CERT_EXPIRED);
	rig_free(&g);
}
END_TEST

/* ---- revocation ---- */

static void
list(struct rig *g, const char *file, const char *name)
{
	const char *text = name == NULL ? "no list" : pem(name);

	ck_assert_int_eq(flash_write(g->r->flash, file, text, strlen(text), false, router_now(g->r)), FLASH_OK);
}

START_TEST(revocation)
{
	static const struct shown r1 = { { "r1.pem" }, "r1.key", IKE_ID_DN, DN, NULL },
	    r2 = { { "r2.pem" }, "r2.key", IKE_ID_DN, "cn=R2,ou=Routers,o=Example", NULL };
	struct rig g = rig_new();
	struct cfg_trustpoint *t = trust(&g, "LAB", "ca.pem", NULL);

	t->revocation[0] = CFG_REVOKE_CRL;
	ck_assert_int_eq(verify(&g, &r2), IKE_CERT_NO_CRL);
	t->crl_file = xstrdup("flash:lab.crl");
	ck_assert_int_eq(verify(&g, &r2), IKE_CERT_NO_CRL);
	list(&g, "lab.crl", NULL);
	ck_assert_int_eq(verify(&g, &r2), IKE_CERT_NO_CRL);
	list(&g, "lab.crl", "crl-none.pem");		/* read anew as it changes */
	ck_assert_int_eq(verify(&g, &r2), IKE_CERT_OK);
	list(&g, "lab.crl", "crl-r2.pem");
	wire_clear_logs(g.w);
	ck_assert_int_eq(verify(&g, &r2), IKE_CERT_REVOKED);
	ck_assert(logged(g.w, R2, "%PKI-3-CERTIFICATE_REVOKED: Certificate chain validation has failed.  The certificate (SN: 12) is revoked"));
	ck_assert_int_eq(verify(&g, &r1), IKE_CERT_OK);
	list(&g, "lab.crl", "crl-old.pem");		/* not in force any more */
	ck_assert_int_eq(verify(&g, &r1), IKE_CERT_NO_CRL);
	list(&g, "lab.crl", "crl-other.pem");		/* of another authority */
	ck_assert_int_eq(verify(&g, &r1), IKE_CERT_NO_CRL);
	t->nrevocation = 2;
	t->revocation[1] = CFG_REVOKE_NONE;		/* crl none: if there is one */
	ck_assert_int_eq(verify(&g, &r1), IKE_CERT_OK);
	list(&g, "lab.crl", "crl-r2.pem");
	ck_assert_int_eq(verify(&g, &r2), IKE_CERT_REVOKED);
	ck_assert_int_eq(flash_delete(g.r->flash, "lab.crl"), FLASH_OK);
	ck_assert_int_eq(verify(&g, &r2), IKE_CERT_OK);
	t->revocation[0] = CFG_REVOKE_OCSP;
	t->nrevocation = 1;
	ck_assert_int_eq(verify(&g, &r1), IKE_CERT_NO_CRL);
	rig_free(&g);
}
END_TEST

/* One list in DER, and several in one file of PEM, newest first or last. */
START_TEST(files_of_lists)
{
	static const struct shown r2 = { { "r2.pem" }, "r2.key", IKE_ID_DN, "cn=R2,ou=Routers,o=Example", NULL };
	struct rig g = rig_new();
	struct cfg_trustpoint *t = trust(&g, "LAB", "ca.pem", NULL);
	BIO *b = BIO_new_mem_buf(pem("crl-r2.pem"), -1);
	X509_CRL *crl = PEM_read_bio_X509_CRL(b, NULL, NULL, NULL);
	uint8_t *der = NULL;
	int n = i2d_X509_CRL(crl, &der);
	char *both = xasprintf("%s%s", pem("crl-none.pem"), pem("crl-r2.pem"));
	const char *why;
	unsigned count;

	t->revocation[0] = CFG_REVOKE_CRL;
	t->crl_file = xstrdup("flash:lab.crl");
	flash_write(g.r->flash, "lab.crl", der, (size_t)n, false, 1);
	ck_assert_int_eq(verify(&g, &r2), IKE_CERT_REVOKED);
	for (int cut = 0; cut < n; cut += 7) {
		flash_write(g.r->flash, "lab.crl", der, (size_t)cut, false, 1);
		ck_assert_int_eq(verify(&g, &r2), IKE_CERT_NO_CRL);
	}
	der[n - 1] ^= 1;				/* its signature does not hold */
	flash_write(g.r->flash, "lab.crl", der, (size_t)n, false, 2);
	ck_assert_int_eq(verify(&g, &r2), IKE_CERT_NO_CRL);
	flash_write(g.r->flash, "lab.crl", both, strlen(both), false, 3);
	ck_assert_int_eq(verify(&g, &r2), IKE_CERT_REVOKED);
	ck_assert(pki_crl_request(g.r, t, &count, &why));
	ck_assert_uint_eq(count, 2);
	free(both);
	OPENSSL_free(der);
	X509_CRL_free(crl);
	BIO_free(b);
	rig_free(&g);
}
END_TEST

/* ---- several authorities ---- */

START_TEST(ways)
{
	static const struct shown alone = { { "r1-sub.pem" }, "r1.key", IKE_ID_DN, DN, NULL },
	    with = { { "r1-sub.pem", "sub.pem" }, "r1.key", IKE_ID_DN, DN, NULL };
	struct rig g = rig_new();
	struct cfg_trustpoint *sub = trust(&g, "SUB", "sub.pem", NULL), *root;

	ck_assert_int_eq(verify(&g, &alone), IKE_CERT_OK);	/* the way ends there: chain-validation stop */
	sub->chain_continue = true;
	ck_assert_int_eq(verify(&g, &alone), IKE_CERT_UNTRUSTED);
	root = trust(&g, "LAB", "ca.pem", NULL);
	ck_assert_int_eq(verify(&g, &alone), IKE_CERT_OK);
	/* The sub-authority itself is revoked by the root's list. */
	root->revocation[0] = CFG_REVOKE_CRL;
	root->crl_file = xstrdup("flash:lab.crl");
	list(&g, "lab.crl", "crl-sub.pem");
	ck_assert_int_eq(verify(&g, &alone), IKE_CERT_REVOKED);
	ck_assert_int_eq(verify(&g, &with), IKE_CERT_REVOKED);
	list(&g, "lab.crl", "crl-none.pem");
	ck_assert_int_eq(verify(&g, &with), IKE_CERT_OK);
	rig_free(&g);
}
END_TEST

/* A profile that names its trustpoint takes no others. */
START_TEST(of_a_profile)
{
	static const struct shown other = { { "r1-other.pem" }, "r1.key", IKE_ID_DN, DN, NULL };
	struct rig g = rig_new();
	struct cfg_isakmp_profile *p = TAILQ_FIRST(&g.r->cfg->isakmp_profiles);
	struct ike_path path = { .local = addr_v4(R2_ADDR), .remote = addr_v4(R1_ADDR) };
	struct ike_der out[4];

	trust(&g, "LAB", "ca.pem", "r2.pem");
	trust(&g, "OTHER", "other.pem", NULL);
	key(&g, "R2", "r2.key");
	ck_assert_int_eq(verify(&g, &other), IKE_CERT_OK);
	ck_assert_uint_eq(pki_authorities(g.r, "", out, 4), 2);
	ck_assert_uint_eq(pki_authorities(g.r, "", out, 1), 1);
	cfg_names_add(&p->trustpoints, "OTHER");
	ck_assert_uint_eq(pki_authorities(g.r, p->name, out, 4), 1);
	ck_assert_uint_eq(pki_own_certs(g.r, &path, "", NULL, 0, out, 4), 1);
	ck_assert_uint_eq(pki_own_certs(g.r, &path, p->name, NULL, 0, out, 4), 0);
	ck_assert(pki_have_cert(g.r, "") && !pki_have_cert(g.r, p->name));
	rig_free(&g);
}
END_TEST

/* ---- what is shown and signed ---- */

START_TEST(own)
{
	struct rig g = rig_new();
	struct ike_path path = { .local = addr_v4(R2_ADDR), .remote = addr_v4(R1_ADDR) };
	struct ike_der out[4], wanted;
	struct der ca = der_of("ca.pem"), sub = der_of("sub.pem"), r1 = der_of("r1-sub.pem");
	uint8_t name[256], sig[512], want[512];
	size_t n;

	trust(&g, "LAB", "ca.pem", NULL);
	trust(&g, "SUB", "sub.pem", "r1-sub.pem");
	ck_assert(!pki_have_cert(g.r, ""));		/* no key yet */
	ck_assert_uint_eq(pki_sign(g.r, &path, "", hash, sizeof(hash), sig, sizeof(sig)), 0);
	key(&g, "R1", "r1.key");
	ck_assert(pki_have_cert(g.r, ""));
	/* The root is not sent. */
	ck_assert_uint_eq(pki_own_certs(g.r, &path, "", NULL, 0, out, 4), 2);
	ck_assert(out[0].n == r1.n && memcmp(out[0].p, r1.p, r1.n) == 0);
	ck_assert(out[1].n == sub.n && memcmp(out[1].p, sub.p, sub.n) == 0);
	ck_assert_uint_eq(pki_own_certs(g.r, &path, "", NULL, 0, out, 1), 1);
	/* The peer asks for what it leads to, or for something else. */
	n = dn_parse("cn=Lab CA,o=Example", name, sizeof(name));
	wanted = (struct ike_der){ name, n };
	ck_assert_uint_eq(pki_own_certs(g.r, &path, "", &wanted, 1, out, 4), 2);
	wanted.n = dn_parse("cn=Other CA,o=Example", name, sizeof(name));
	ck_assert_uint_eq(pki_own_certs(g.r, &path, "", &wanted, 1, out, 4), 0);
	ck_assert_uint_eq(pki_sign(g.r, &path, "", hash, sizeof(hash), sig, sizeof(sig)), 256);
	signature("r1.key", want, sizeof(want));
	ck_assert_mem_eq(sig, want, 256);
	ck_assert_uint_eq(pki_sign(g.r, &path, "", hash, sizeof(hash), sig, 255), 0);
	(void)ca;
	rig_free(&g);
}
END_TEST

/* ---- hostile bytes ---- */

static enum ike_cert_verdict
raw(struct rig *g, const uint8_t *p, size_t n, const uint8_t *sig, size_t nsig, size_t times)
{
	struct ike_path path = { .local = addr_v4(R2_ADDR), .remote = addr_v4(R1_ADDR) };
	struct ike_id id = named(IKE_ID_DN, DN);
	struct ike_der certs[IKE_CHAIN_MAX + 1];
	struct ike_proof proof = { .path = &path, .profile = "", .id = &id, .certs = certs, .ncerts = times, .hash = hash, .nhash = sizeof(hash), .sig = sig,
	    .nsig = nsig };

	for (size_t i = 0; i < times; i++)
		certs[i] = (struct ike_der){ p, n };
	return pki_verify(g->r, &proof);
}

START_TEST(bent)
{
	struct rig g = rig_new();
	struct der d = der_of("r1.pem");
	uint8_t sig[512], big[CFG_CERT_MAX + 1] = { 0x30, 0x82, 0x1f, 0xfd };
	size_t n = signature("r1.key", sig, sizeof(sig));

	trust(&g, "LAB", "ca.pem", NULL);
	for (size_t cut = 0; cut < d.n; cut++)
		ck_assert_int_eq(raw(&g, d.p, cut, sig, n, 1), IKE_CERT_MALFORMED);
	ck_assert_int_eq(raw(&g, d.p, d.n, sig, n, 1), IKE_CERT_OK);
	d.p[d.n] = 0;
	ck_assert_int_eq(raw(&g, d.p, d.n + 1, sig, n, 1), IKE_CERT_MALFORMED);
	for (size_t i = 0; i < d.n; i++) {
		d.p[i] ^= (uint8_t)(1u << i % 8);
		ck_assert_int_ne(raw(&g, d.p, d.n, sig, n, 1), IKE_CERT_OK);
		d.p[i] ^= (uint8_t)(1u << i % 8);
	}
	ck_assert_int_eq(raw(&g, big, sizeof(big), sig, n, 1), IKE_CERT_MALFORMED);
	ck_assert_int_eq(raw(&g, d.p, d.n, sig, n, IKE_CHAIN_MAX), IKE_CERT_OK);
	ck_assert_int_eq(raw(&g, d.p, d.n, sig, n, IKE_CHAIN_MAX + 1), IKE_CERT_MALFORMED);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(raw(&g, d.p, d.n, sig, i, 1), IKE_CERT_SIGNATURE);
	for (size_t i = 0; i < n; i++) {
		sig[i] ^= 0x40;
		ck_assert_int_eq(raw(&g, d.p, d.n, sig, n, 1), IKE_CERT_SIGNATURE);
		sig[i] ^= 0x40;
	}
	rig_free(&g);
}
END_TEST

/* ---- maps ---- */

static const struct { enum cfg_pki_field field; enum cfg_pki_test test; const char *value; bool hit; } rules[] = {
	{ CFG_PKI_SUBJECT, CFG_PKI_CO, "ou=routers", true },
	{ CFG_PKI_SUBJECT, CFG_PKI_CO, "OU = Routers", true },
	{ CFG_PKI_SUBJECT, CFG_PKI_CO, "ou=hosts", false },
	{ CFG_PKI_SUBJECT, CFG_PKI_NC, "ou=hosts", true },
	{ CFG_PKI_SUBJECT, CFG_PKI_EQ, "cn=R1, ou=Routers, o=Example", true },
	{ CFG_PKI_SUBJECT, CFG_PKI_EQ, "cn=R1", false },
	{ CFG_PKI_SUBJECT, CFG_PKI_NE, "cn=R1", true },
	{ CFG_PKI_ISSUER, CFG_PKI_CO, "lab ca", true },
	{ CFG_PKI_ISSUER, CFG_PKI_NC, "lab ca", false },
	{ CFG_PKI_ALT, CFG_PKI_EQ, "r1.example.com", true },
	{ CFG_PKI_ALT, CFG_PKI_EQ, "10.0.0.1", true },
	{ CFG_PKI_ALT, CFG_PKI_NE, "r1.example.com", false },
	{ CFG_PKI_NAME, CFG_PKI_CO, "example.com", true },
	{ CFG_PKI_NAME, CFG_PKI_CO, "o=example", true },
	{ CFG_PKI_SERIAL, CFG_PKI_EQ, "11", true },
	{ CFG_PKI_UNSTRUCTURED, CFG_PKI_CO, "r1", false },
};

START_TEST(map)
{
	struct cfg_pki p;
	struct cfg_cert_map *m;
	X509 *x = cert_of_text(pem("r1.pem"));

	cfg_pki_init(&p);
	m = cfg_cert_map(&p, "M", 10, true);
	ck_assert(!cert_map_matches(&p, "M", x));	/* an empty one fits nothing */
	cfg_cert_rule_add(m, rules[_i].field, rules[_i].test, rules[_i].value);
	ck_assert_int_eq(cert_map_matches(&p, "M", x), rules[_i].hit);
	ck_assert(!cert_map_matches(&p, "N", x));
	cfg_cert_rule_add(m, CFG_PKI_SUBJECT, CFG_PKI_CO, "nobody");	/* all of a number must hold */
	ck_assert(!cert_map_matches(&p, "M", x));
	cfg_cert_rule_add(cfg_cert_map(&p, "M", 5, true), CFG_PKI_SUBJECT, CFG_PKI_CO, "cn=r1");	/* and one number is enough */
	ck_assert(cert_map_matches(&p, "M", x));
	X509_free(x);
	cfg_pki_free(&p);
}
END_TEST

START_TEST(pasted)
{
	static const char *const bad[] = { "", "quit", "-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
		"-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n", "AAAA", "=", "====" };
	const char *body = strchr(pem("r1.pem"), '\n') + 1;
	char *bare = xstrndup(body, (size_t)(strstr(body, "-----") - body));
	X509 *x = cert_of_text(bare);
	char serial[CERT_SERIAL_MAX];

	ck_assert_ptr_nonnull(x);
	cert_serial(x, serial);
	ck_assert_str_eq(serial, "11");
	X509_free(x);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_ptr_null(cert_of_text(bad[i]));
	ck_assert_ptr_null(cert_of_text(pem("r1.key")));
	free(bare);
}
END_TEST

void
engine_pki_tests(TCase *tc)
{
	tcase_add_loop_test(tc, proofs, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, clock_goes_on);
	tcase_add_test(tc, revocation);
	tcase_add_test(tc, files_of_lists);
	tcase_add_test(tc, ways);
	tcase_add_test(tc, of_a_profile);
	tcase_add_test(tc, own);
	tcase_add_test(tc, bent);
	tcase_add_loop_test(tc, map, 0, sizeof(rules) / sizeof(rules[0]));
	tcase_add_test(tc, pasted);
}
