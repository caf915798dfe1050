/*
 * Diffie-Hellman over libcrypto's integers and curves.  The secret exponent comes from the
 * caller's own stream, so that a router's keys don't depend on what else is in the lab.  A peer's
 * value is checked by the rules of RFC 6989, section 2; libcrypto's own full check of a public
 * value costs several times the exchange for safe primes and proves no more about it.
 */

#include "lib/dh.h"

#include <openssl/bn.h>
#include <openssl/dh.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>

#include "lib/chance.h"
#include "lib/mem.h"

static const struct group {
	unsigned	 number, bits;
	unsigned	 secret_bits;	/* of the exponent: RFC 3526, section 8; all of the order where it is known */
	BIGNUM		*(*prime)(BIGNUM *);
	int		 curve;
} groups[] = {
	{ 1, 768, 224, BN_get_rfc2409_prime_768, 0 },
	{ 2, 1024, 224, BN_get_rfc2409_prime_1024, 0 },
	{ 5, 1536, 240, BN_get_rfc3526_prime_1536, 0 },
	{ 14, 2048, 256, BN_get_rfc3526_prime_2048, 0 },
	{ 15, 3072, 288, BN_get_rfc3526_prime_3072, 0 },
	{ 16, 4096, 320, BN_get_rfc3526_prime_4096, 0 },
	{ 19, 256, 256, NULL, NID_X9_62_prime256v1 },
	{ 20, 384, 384, NULL, NID_secp384r1 },
	{ 21, 521, 521, NULL, NID_secp521r1 },
	{ 24, 2048, 256, NULL, 0 },
};

struct dh {
	const struct group	*group;
	BN_CTX			*ctx;
	BIGNUM			*secret;
	BIGNUM			*p, *g;		/* MODP */
	BIGNUM			*order;		/* group 24 and ECP, else NULL */
	EC_GROUP		*curve;		/* ECP */
	uint8_t			 pub[];
};

static const struct group *
find(unsigned number)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].number == number)
			return &groups[i];
	return NULL;
}

bool
dh_group_known(unsigned group)
{
	return find(group) != NULL;
}

unsigned
dh_group_bits(unsigned group)
{
	const struct group *g = find(group);

	return g != NULL ? g->bits : 0;
}

size_t
dh_secret_len(unsigned group)
{
	return (dh_group_bits(group) + 7) / 8;
}

size_t
dh_pub_len(unsigned group)
{
	const struct group *g = find(group);

	return g != NULL && g->curve != 0 ? 2 * dh_secret_len(group) : dh_secret_len(group);
}

static void
must(bool ok)
{
	if (!ok)
		fatal("libcrypto can't compute");
}

/* RFC 5114, section 2.3, has a generator of a subgroup; the others are safe primes, with 2. */
static void
modp_init(struct dh *d)
{
	if (d->group->prime != NULL) {
		d->p = d->group->prime(NULL);
		d->g = BN_new();
		must(d->p != NULL && d->g != NULL && BN_set_word(d->g, 2));
	} else {
		DH *named = DH_get_2048_256();

		must(named != NULL);
		d->p = BN_dup(DH_get0_p(named));
		d->g = BN_dup(DH_get0_g(named));
		d->order = BN_dup(DH_get0_q(named));
		DH_free(named);
		must(d->p != NULL && d->g != NULL && d->order != NULL);
	}
}

static void
ecp_init(struct dh *d, struct chance *c)
{
	d->curve = EC_GROUP_new_by_curve_name_ex(chance_libctx(c), NULL, d->group->curve);
	must(d->curve != NULL);
	d->order = BN_dup(EC_GROUP_get0_order(d->curve));
	must(d->order != NULL);
}

/* Uniform in [1, order), or of exactly secret_bits where the order is far beyond them. */
static void
draw_secret(struct dh *d, struct chance *c)
{
	uint8_t b[(521 + 7) / 8];
	size_t bits = d->group->secret_bits, n = (bits + 7) / 8;

	d->secret = BN_secure_new();
	must(d->secret != NULL);
	do {
		chance_bytes(c, b, n);
		if (bits % 8 != 0)
			b[0] &= (uint8_t)((1u << bits % 8) - 1);
		if (d->order == NULL)
			b[0] |= (uint8_t)(1u << (bits - 1) % 8);
		must(BN_bin2bn(b, (int)n, d->secret) != NULL);
	} while (BN_is_zero(d->secret) || (d->order != NULL && BN_cmp(d->secret, d->order) >= 0));
	BN_set_flags(d->secret, BN_FLG_CONSTTIME);
	wipe(b, sizeof(b));
}

/* base^secret mod p, at full length. */
static void
modp_raise(struct dh *d, const BIGNUM *base, uint8_t *out)
{
	BIGNUM *r = BN_secure_new();

	must(r != NULL && BN_mod_exp_mont_consttime(r, base, d->secret, d->p, d->ctx, NULL) &&
	    BN_bn2binpad(r, out, (int)dh_pub_len(d->group->number)) > 0);
	BN_clear_free(r);
}

/* The coordinates of point; y may be NULL. */
static void
ecp_put(struct dh *d, const EC_POINT *point, uint8_t *x, uint8_t *y)
{
	int n = (int)dh_secret_len(d->group->number);
	BIGNUM *bx = BN_secure_new(), *by = BN_new();

	must(bx != NULL && by != NULL &&
	    EC_POINT_get_affine_coordinates(d->curve, point, bx, by, d->ctx) && BN_bn2binpad(bx, x, n) > 0);
	if (y != NULL)
		must(BN_bn2binpad(by, y, n) > 0);
	BN_clear_free(bx);
	BN_free(by);
}

static void
ecp_pub(struct dh *d)
{
	EC_POINT *point = EC_POINT_new(d->curve);

	must(point != NULL && EC_POINT_mul(d->curve, point, d->secret, NULL, NULL, d->ctx));
	ecp_put(d, point, d->pub, d->pub + dh_secret_len(d->group->number));
	EC_POINT_free(point);
}

struct dh *
dh_new(struct chance *c, unsigned group)
{
	const struct group *g = find(group);
	struct dh *d;

	if (g == NULL)
		return NULL;
	d = xcalloc(1, sizeof(*d) + dh_pub_len(group));
	d->group = g;
	/* Its context is where libcrypto looks for the randomness that blinds a multiplication. */
	d->ctx = BN_CTX_secure_new_ex(chance_libctx(c));
	must(d->ctx != NULL);
	if (g->curve != 0)
		ecp_init(d, c);
	else
		modp_init(d);
	draw_secret(d, c);
	if (g->curve != 0)
		ecp_pub(d);
	else
		modp_raise(d, d->g, d->pub);
	return d;
}

const uint8_t *
dh_pub(const struct dh *d)
{
	return d->pub;
}

/* 1 < y < p - 1 (RFC 6989, 2.1) and, where the group has small subgroups, y^q = 1 (2.2). */
static bool
modp_valid(struct dh *d, const BIGNUM *y)
{
	BIGNUM *r = BN_new();
	bool ok;

	must(r != NULL && BN_sub(r, d->p, BN_value_one()));
	ok = BN_cmp(y, BN_value_one()) > 0 && BN_cmp(y, r) < 0;
	if (ok && d->order != NULL) {
		must(BN_mod_exp_mont(r, y, d->order, d->p, d->ctx, NULL));
		ok = BN_is_one(r);
	}
	BN_free(r);
	return ok;
}

static bool
modp_derive(struct dh *d, const uint8_t *peer, size_t n, uint8_t *out)
{
	BIGNUM *y = BN_bin2bn(peer, (int)n, NULL);
	bool ok;

	must(y != NULL);
	if ((ok = modp_valid(d, y)))
		modp_raise(d, y, out);
	BN_free(y);
	return ok;
}

/* Coordinates below the field's prime, on the curve (RFC 6989, 2.3); the setter checks both, and the
 * curves have no small subgroups. */
static bool
ecp_derive(struct dh *d, const uint8_t *peer, size_t n, uint8_t *out)
{
	BIGNUM *x = BN_bin2bn(peer, (int)(n / 2), NULL);
	BIGNUM *y = BN_bin2bn(peer + n / 2, (int)(n / 2), NULL);
	EC_POINT *point = EC_POINT_new(d->curve);
	bool ok;

	must(x != NULL && y != NULL && point != NULL);
	ERR_set_mark();		/* a refusal is the peer's doing and no error of ours */
	ok = BN_cmp(x, EC_GROUP_get0_field(d->curve)) < 0 && BN_cmp(y, EC_GROUP_get0_field(d->curve)) < 0 &&
	    EC_POINT_set_affine_coordinates(d->curve, point, x, y, d->ctx);
	ERR_pop_to_mark();
	if (ok) {
		must(EC_POINT_mul(d->curve, point, NULL, point, d->secret, d->ctx));
		ecp_put(d, point, out, NULL);
	}
	EC_POINT_clear_free(point);
	BN_free(x);
	BN_free(y);
	return ok;
}

bool
dh_derive(struct dh *d, const uint8_t *peer, size_t n, uint8_t *out)
{
	if (n != dh_pub_len(d->group->number))
		return false;
	return d->curve != NULL ? ecp_derive(d, peer, n, out) : modp_derive(d, peer, n, out);
}

void
dh_free(struct dh *d)
{
	if (d == NULL)
		return;
	BN_clear_free(d->secret);
	BN_free(d->p);
	BN_free(d->g);
	BN_free(d->order);
	EC_GROUP_free(d->curve);
	BN_CTX_free(d->ctx);
	free(d);
}
