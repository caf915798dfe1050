/*
 * RSA signatures in the place of a pre-shared key (RFC 2409 5.1): what authorities are asked for, certificates sent and taken, HASH_I
 * and HASH_R signed.  Keys and certificates are the engine's; here is nothing that could tell a good one from a bad one.
 */

#include <stdlib.h>
#include <string.h>

#include "ike/v1/v1.h"
#include "lib/dn.h"
#include "lib/names.h"

#define AUTHORITIES_MAX	16
#define SIG_MAX		1024	/* bytes: a key of 8192 bits */
#define NAME_TEXT	512

/* The authorities that the peer named, until phase 1 is complete. */
struct certreqs {
	bool		 any;		/* it takes any */
	size_t		 n, used;
	struct ike_der	 name[AUTHORITIES_MAX];
	uint8_t		 bytes[4096];
};

bool
sig_agreed(const struct sa *sa)
{
	return sa->policy.auth == IKE_AUTH_RSA_SIG;
}

static const char *
text_of(const struct ike_der *name, char out[NAME_TEXT])
{
	return dn_text(name->p, name->n, out, NAME_TEXT) ? out : "?";
}

/* CERT_REQ for each authority of ours; an empty one where there is none. */
void
sig_requests_write(struct sa *sa, struct out *o)
{
	struct ike *i = sa->ike;
	struct ike_der names[AUTHORITIES_MAX];
	char text[NAME_TEXT];
	size_t k, n = 0;

	if (!sig_agreed(sa))
		return;
	if (i->ops->cert_authorities != NULL)
		n = i->ops->cert_authorities(i->arg, &sa->path, sa->cfg.profile, names, AUTHORITIES_MAX);
	for (k = 0; k < n; k++) {
		say(i, sa, SAY_CR_WRITE, text_of(&names[k], text));
		out_certreq(o, &names[k]);
	}
	if (n == 0)
		out_certreq(o, &(struct ike_der){ NULL, 0 });
}

static void
request_keep(struct certreqs *c, const struct ike_der *name)
{
	if (c->n == AUTHORITIES_MAX || name->n > sizeof(c->bytes) - c->used)
		return;
	memcpy(c->bytes + c->used, name->p, name->n);
	c->name[c->n++] = (struct ike_der){ c->bytes + c->used, name->n };
	c->used += name->n;
}

void
sig_requests_read(struct sa *sa, const struct msg *m)
{
	const struct payload *pl;
	struct ike_der name;
	enum ike_counter e;
	char text[NAME_TEXT];
	size_t k;

	for (k = 0; (pl = msg_find(m, PL_CR, k)) != NULL; k++) {
		say(sa->ike, sa, SAY_PROC, payload_name(PL_CR), 0u);
		if ((e = certreqpl_parse(pl, &name)) != IKEC_OK) {
			ike_note(sa->ike, e);
			continue;
		}
		say(sa->ike, sa, SAY_CR_KIND, "CT_X509_SIGNATURE");
		if (sa->certreqs == NULL)
			sa->certreqs = xcalloc(1, sizeof(*sa->certreqs));
		if (name.n == 0) {
			sa->certreqs->any = true;
			continue;
		}
		say(sa->ike, sa, SAY_CR_ISSUER, text_of(&name, text));
		request_keep(sa->certreqs, &name);
	}
}

void
sig_forget(struct sa *sa)
{
	free(sa->certreqs);
	sa->certreqs = NULL;
}

/* Ours for the authorities that the peer named; where none of these is ours it gets what we have, asked or not. */
static size_t
chain(struct sa *sa, struct ike_der *out)
{
	struct ike *i = sa->ike;
	const struct certreqs *c = sa->certreqs;
	size_t n = 0;

	if (i->ops->own_certs == NULL)
		return 0;
	if (c != NULL && !c->any && c->n > 0)
		n = i->ops->own_certs(i->arg, &sa->path, sa->cfg.profile, c->name, c->n, out, IKE_CHAIN_MAX);
	return n != 0 ? n : i->ops->own_certs(i->arg, &sa->path, sa->cfg.profile, NULL, 0, out, IKE_CHAIN_MAX);
}

void
sig_certs_write(struct sa *sa, struct out *o)
{
	struct ike_der certs[IKE_CHAIN_MAX], name;
	char text[NAME_TEXT];
	size_t k, n = chain(sa, certs);

	for (k = 0; k < n; k++) {
		say(sa->ike, sa, SAY_CERT_WRITE, certder_subject(&certs[k], &name) ? text_of(&name, text) : "?");
		out_cert(o, &certs[k]);
	}
}

/* HASH_I or HASH_R under our key; false: it can't sign. */
bool
sig_write(struct sa *sa, struct out *o)
{
	struct ike *i = sa->ike;
	uint8_t hash[HASH_MAX], sig[SIG_MAX];
	size_t n = 0;

	p1_auth_hash(sa, sa->initiator, hash);
	if (i->ops->sign != NULL)
		n = i->ops->sign(i->arg, &sa->path, sa->cfg.profile, hash, hash_len(sa->policy.hash), sig, sizeof(sig));
	if (n == 0 || n > sizeof(sig)) {
		ike_syslog(i, 3, "IKMP_QUERY_KEY", "Querying key pair failed.");
		ike_note(i, IKEC_CRYPTO);
		return false;
	}
	say(i, sa, SAY_ENGINE_SIGN);
	ike_note(i, IKEC_SIGNED);
	out_payload(o, PL_SIG, sig, n);
	return true;
}

static size_t
certs_read(struct sa *sa, const struct msg *m, struct ike_der *out)
{
	const struct payload *pl;
	enum ike_counter e;
	size_t k, n = 0, before;

	for (k = 0; (pl = msg_find(m, PL_CERT, k)) != NULL; k++) {
		before = n;
		say(sa->ike, sa, SAY_PROC, payload_name(PL_CERT), 0u);
		if ((e = certpl_parse(pl, out, &n, IKE_CHAIN_MAX)) != IKEC_OK)
			ike_note(sa->ike, e);
		if (n > before)
			say(sa->ike, sa, SAY_CERT_KIND, pl->p[0] == CERT_PKCS7 ? "CT_PKCS7_WRAPPED_X509" : "CT_X509_SIGNATURE");
	}
	return n;
}

static const char *
reason(enum ike_cert_verdict v)
{
	static const struct name names[] = {
		{ IKE_CERT_NO_CERT, "no certificate" }, { IKE_CERT_MALFORMED, "malformed" }, { IKE_CERT_UNTRUSTED, "certificate invalid" },
		{ IKE_CERT_EXPIRED, "certificate has expired" }, { IKE_CERT_NOT_YET, "certificate is not yet valid" },
		{ IKE_CERT_REVOKED, "certificate is revoked" }, { IKE_CERT_NO_CRL, "revocation status unknown" },
		{ IKE_CERT_ID, "identity does not match certificate" }, { IKE_CERT_SIGNATURE, "signature invalid" }, { 0, NULL }
	};

	return name_of(names, (int32_t)v, "certificate invalid");
}

/*
 * Of a message that came encrypted: it is from who did the key exchange with us, so that this is final, and the other end is told.
 * What came in the clear may be anybody's: the answer that holds may follow.
 */
static enum act
refused(struct sa *sa, const struct msg *m, enum ike_cert_verdict v)
{
	struct ike *i = sa->ike;
	char addr[ADDR_STRLEN];

	ike_note(i, IKEC_CERT_REFUSED);
	ike_note(i, IKEC_AUTH_FAIL);
	say(i, sa, SAY_SIG_BAD, &sa->path.remote, reason(v));
	addr_fmt(&sa->path.remote, addr);
	if (v == IKE_CERT_SIGNATURE || v == IKE_CERT_NO_CERT)
		ike_syslog(i, 6, "IKMP_AUTH_FAIL", "Authentication method %d failed with host %s", (int)IKE_AUTH_RSA_SIG, addr);
	else
		ike_syslog(i, 5, "IKMP_INVAL_CERT", "Certificate received from %s is bad: %s", addr, reason(v));
	if ((m->h.flags & ISAKMP_FLAG_E) == 0)
		return ACT_REFUSED;
	info_notify(sa, PROTO_ISAKMP, NOTIFY_AUTHENTICATION_FAILED, NULL, 0, NULL, 0, NULL, 0);
	ike_syslog(i, 6, "IKMP_MODE_FAILURE", "Processing of %s mode failed with peer at %s", p1_mode(sa), addr);
	sa_delete(sa, "Authentication failed", false, false, IKE_FAIL_AUTH);
	return ACT_GONE;
}

/* A profile may be for peers with certain certificates: what it showed is proven now. */
static bool
has_profile_now(struct sa *sa)
{
	struct ike *i = sa->ike;
	struct ike_peer_config cfg = { 0 };

	if (sa->cfg.profile[0] == '\0')
		i->ops->peer_config(i->arg, &sa->path, sa->wanted, &sa->peer_id, &cfg);
	wipe(cfg.psk, sizeof(cfg.psk));
	return cfg.profile[0] != '\0';
}

/* The peer's certificates and its signature, held against the identity that it gave. */
enum act
sig_read(struct sa *sa, const struct msg *m)
{
	const struct payload *pl = msg_find(m, PL_SIG, 0);
	struct ike *i = sa->ike;
	struct ike_der certs[IKE_CHAIN_MAX];
	uint8_t hash[HASH_MAX];
	struct ike_proof proof = { .path = &sa->path, .profile = sa->cfg.profile, .id = &sa->peer_id, .certs = certs,
		.hash = hash, .nhash = hash_len(sa->policy.hash), .sig = pl->p, .nsig = pl->n };
	enum ike_cert_verdict v = IKE_CERT_SIGNATURE;

	proof.ncerts = certs_read(sa, m, certs);
	sig_requests_read(sa, m);
	say(i, sa, SAY_PROC, payload_name(PL_SIG), 0u);
	p1_auth_hash(sa, !sa->initiator, hash);
	say(i, sa, SAY_ENGINE_VERIFY);
	if (i->ops->verify != NULL)
		v = i->ops->verify(i->arg, &proof);
	if (v != IKE_CERT_OK)
		return refused(sa, m, v);
	return has_profile_now(sa) && !p1_identity_fits(sa) ? v1_refuse(sa, IKEC_AUTH_FAIL) : ACT_DONE;
}
