/*
 * What a peer proves its identity with: certificates, identity and signature out of the input, judged by a router that trusts
 * one authority.  The first byte chooses: its low bits the kind of identity, 0x40 a file of revocation lists instead, 0x80 a
 * pasted certificate instead.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/cert.h"
#include "engine/flash.h"
#include "engine/pki.h"
#include "engine/router.h"
#include "lib/buf.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/dn.h"
#include "lib/mem.h"
#include "testsuite/fuzz/fuzz.h"
#include "testsuite/unit/pki_vectors.h"

#define CERTS	4

static const char *
pem(const char *name)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		if (strcmp(vectors[i].name, name) == 0)
			return vectors[i].pem;
	abort();
}

static void
count_list(void *arg, const struct pki_crl *c)
{
	*(unsigned *)arg += c->crl != NULL;
}

static void
trust(struct router *r)
{
	struct cfg_trustpoint *t = cfg_trustpoint(&r->cfg->pki, "LAB", true);
	X509 *x = cert_of_text(pem("ca.pem"));
	size_t n;
	uint8_t *der = cert_der(x, &n);

	cfg_cert_add(t, CFG_CERT_CA, der, n, 0);
	t->crl_file = xstrdup("flash:lab.crl");
	free(der);
	X509_free(x);
	pki_apply(r);
}

/* The lists, and a good certificate held against them. */
static void
lists(struct router *r, const uint8_t *p, size_t n)
{
	X509 *x = cert_of_text(pem("r1.pem"));
	unsigned count = 0;

	flash_write(r->flash, "lab.crl", p, n, false, 1);
	pki_crl_each(r, count_list, &count);
	pki_check(r, "", x, NULL, false);
	X509_free(x);
}

static void
pasted(const uint8_t *p, size_t n)
{
	char *text = xstrndup((const char *)p, n);
	X509 *x = cert_of_text(text);
	char name[CERT_DN_MAX], serial[CERT_SERIAL_MAX];

	if (x != NULL) {
		cert_name_text(X509_get_subject_name(x), name);
		cert_serial(x, serial);
		if (strlen(name) >= sizeof(name) || strlen(serial) >= sizeof(serial))
			abort();
	}
	X509_free(x);
	free(text);
}

static void
proof(struct router *r, unsigned kind, struct rd *in)
{
	static const enum ike_id_type types[] = { IKE_ID_DN, IKE_ID_FQDN, IKE_ID_USER_FQDN, IKE_ID_IPV4_ADDR, IKE_ID_IPV6_ADDR, IKE_ID_KEY_ID };
	struct ike_path path = { .local = addr_v4(0x0a000002), .remote = addr_v4(0x0a000001) };
	struct ike_id id = { .type = types[kind % 6], .addr = addr_v4(0x0a000001) };
	struct ike_der certs[CERTS];
	static const uint8_t hash[20] = "a hash of 20 bytes..";
	struct ike_proof p = { .path = &path, .profile = "", .id = &id, .certs = certs, .hash = hash, .nhash = sizeof(hash) };
	unsigned n = rd_u8(in) % (CERTS + 1);

	if (id.type == IKE_ID_DN)
		id.dn_len = (uint16_t)dn_parse("cn=R1,ou=Routers,o=Example", (uint8_t *)id.name, sizeof(id.name));
	else
		strcpy(id.name, "r1.example.com");
	for (unsigned i = 0; i < n; i++) {
		size_t len = rd_u16(in);
		const uint8_t *der = rd_bytes(in, len);

		if (der != NULL)
			certs[p.ncerts++] = (struct ike_der){ der, len };
	}
	p.nsig = rd_left(in);
	p.sig = rd_bytes(in, p.nsig);
	if (pki_verify(r, &p) > IKE_CERT_SIGNATURE)
		abort();
}

static void
judge(struct router *r, const uint8_t *p, size_t n)
{
	struct rd in;

	rd_init(&in, p + 1, n - 1);
	if ((p[0] & 0x80) != 0)
		pasted(p + 1, n - 1);
	else if ((p[0] & 0x40) != 0)
		lists(r, p + 1, n - 1);
	else
		proof(r, p[0] & 0x3f, &in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct router_ops ops = { .tx = NULL };
	struct clock *clock = clock_new_virtual(INT64_C(1426000000) * NSEC_SEC);
	struct router *r = router_new(&(struct router_env){ .name = "R", .clock = clock, .chance = chance_new_seeded(1), .ops = &ops,
	    .dialect = IKE_IOS_15, .number = 1 });

	router_power_on(r);
	trust(r);
	if (n > 1 && n < (1 << 16))
		judge(r, p, n);
	router_free(r);
	while (clock_timers(clock) > 0)
		clock_step(clock, clock_next(clock));
	clock_free(clock);
	return 0;
}
