/* Key derivation (RFC 2409). */

#include <string.h>

#include "ike/v1/keys.h"
#include "lib/mem.h"

static void
put32(uint8_t out[4], uint32_t v)
{
	out[0] = (uint8_t)(v >> 24);
	out[1] = (uint8_t)(v >> 16);
	out[2] = (uint8_t)(v >> 8);
	out[3] = (uint8_t)v;
}

/* Appendix B: a key longer than SKEYID_e is drawn from K1 = prf(SKEYID_e, 0), K2 = prf(SKEYID_e, K1), ... */
static void
expand(struct ike_keys *k, enum hash_alg h, size_t need)
{
	static const uint8_t zero[1];
	uint8_t block[HASH_MAX];
	size_t len = hash_len(h), have, take;
	struct iov v = { zero, 1 };

	if (need <= len) {
		memcpy(k->enc, k->e, need);
		return;
	}
	for (have = 0; have < need; have += take) {
		hmac_iov(h, k->e, len, &v, 1, block);
		take = need - have < len ? need - have : len;
		memcpy(k->enc + have, block, take);
		v = (struct iov){ block, len };
	}
	wipe(block, sizeof(block));
}

/* SKEYID is there: its three children, and the cipher's key. */
static void
derive(struct ike_keys *k, enum hash_alg h, enum cipher_alg c, struct iov gxy, const uint8_t *cky_i, const uint8_t *cky_r)
{
	size_t len = hash_len(h);
	uint8_t number = 0;
	struct iov v[] = { { k->d, len }, gxy, { cky_i, 8 }, { cky_r, 8 }, { &number, 1 } };

	hmac_iov(h, k->skeyid, len, v + 1, 4, k->d);
	number = 1;
	hmac_iov(h, k->skeyid, len, v, 5, k->a);
	number = 2;
	v[0].p = k->a;
	hmac_iov(h, k->skeyid, len, v, 5, k->e);
	expand(k, h, cipher_key_len(c));
}

void
keys_derive_psk(struct ike_keys *k, enum hash_alg h, enum cipher_alg c, struct iov psk, struct iov ni, struct iov nr, struct iov gxy, const uint8_t *cky_i, const uint8_t *cky_r)
{
	struct iov nonces[] = { ni, nr };

	hmac_iov(h, psk.p, psk.n, nonces, 2, k->skeyid);
	derive(k, h, c, gxy, cky_i, cky_r);
}

void
keys_derive_sig(struct ike_keys *k, enum hash_alg h, enum cipher_alg c, struct iov ni, struct iov nr, struct iov gxy, const uint8_t *cky_i, const uint8_t *cky_r)
{
	uint8_t nonces[2 * 256];

	if (ni.n + nr.n > sizeof(nonces))
		fatal("nonces of %zu bytes", ni.n + nr.n);
	memcpy(nonces, ni.p, ni.n);
	memcpy(nonces + ni.n, nr.p, nr.n);
	hmac_iov(h, nonces, ni.n + nr.n, &gxy, 1, k->skeyid);
	derive(k, h, c, gxy, cky_i, cky_r);
}

void
keys_iv1(enum hash_alg h, struct iov gxi, struct iov gxr, uint8_t out[HASH_MAX])
{
	struct iov v[] = { gxi, gxr };

	hash_iov(h, v, 2, out);
}

void
keys_iv2(enum hash_alg h, const uint8_t *last, size_t block, uint32_t msgid, uint8_t out[HASH_MAX])
{
	uint8_t id[4];
	struct iov v[] = { { last, block }, { id, 4 } };

	put32(id, msgid);
	hash_iov(h, v, 2, out);
}

void
keys_hash_p1(const struct ike_keys *k, enum hash_alg h, struct iov g1, struct iov g2, const uint8_t *cky1, const uint8_t *cky2, struct iov sai_b, struct iov id_b, uint8_t out[HASH_MAX])
{
	struct iov v[] = { g1, g2, { cky1, 8 }, { cky2, 8 }, sai_b, id_b };

	hmac_iov(h, k->skeyid, hash_len(h), v, 6, out);
}

void
keys_hash_p2(const struct ike_keys *k, enum hash_alg h, uint32_t msgid, struct iov a, struct iov b, uint8_t out[HASH_MAX])
{
	uint8_t id[4];
	struct iov v[] = { { id, 4 }, a, b };

	put32(id, msgid);
	hmac_iov(h, k->a, hash_len(h), v, 3, out);
}

void
keys_hash3(const struct ike_keys *k, enum hash_alg h, uint32_t msgid, struct iov ni, struct iov nr, uint8_t out[HASH_MAX])
{
	uint8_t id[5] = { 0 };
	struct iov v[] = { { id, 5 }, ni, nr };

	put32(id + 1, msgid);
	hmac_iov(h, k->a, hash_len(h), v, 3, out);
}

void
keys_keymat(const struct ike_keys *k, enum hash_alg h, struct iov gxy, uint8_t proto, uint32_t spi, struct iov ni, struct iov nr, uint8_t *out, size_t n)
{
	uint8_t block[HASH_MAX], head[5];
	size_t len = hash_len(h), have, take;
	struct iov v[] = { { block, 0 }, gxy, { head, 5 }, ni, nr };

	head[0] = proto;
	put32(head + 1, spi);
	for (have = 0; have < n; have += take) {
		hmac_iov(h, k->d, len, v, 5, block);
		take = n - have < len ? n - have : len;
		memcpy(out + have, block, take);
		v[0].n = len;
	}
	wipe(block, sizeof(block));
}
