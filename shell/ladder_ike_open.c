/*
 * IKE messages opened.  Phase 1's first IV is the hash of both public values, each further one the last block before; a
 * phase 2 exchange's first is the hash of phase 1's last block and the message id (RFC 2409, appendix B).  Where phase 1 is
 * not in the capture, only a message's first block stays dark: that is the header of HASH, whose length is known, so that the
 * payloads behind it can be read still.
 */

#include <string.h>

#include "ike/v1/keys.h"
#include "shell/ladder_ike.h"

static enum cipher_alg
cipher_of_key(size_t n)
{
	switch (n) {
	case 8: return CIPHER_DES;
	case 16: return CIPHER_AES128;
	case 24: return CIPHER_3DES;
	case 32: return CIPHER_AES256;
	default: return CIPHER_NONE;
	}
}

void
ladder_first_iv(struct ladder_ike_sa *s)
{
	uint8_t h[HASH_MAX];

	if (s->have_iv || s->hash == HASH_NONE || s->ke[0] == NULL || s->ke[1] == NULL)
		return;
	keys_iv1(s->hash, (struct iov){ s->ke[0], s->nke[0] }, (struct iov){ s->ke[1], s->nke[1] }, h);
	memcpy(s->iv, h, 16);
	s->have_iv = true;
}

static struct ladder_exchange *
exchange_find(struct ladder_ike_sa *s, uint8_t type, uint32_t msgid)
{
	for (unsigned i = 0; i < LADDER_EXCHANGES && i < s->nex; i++)
		if (s->ex[i].type == type && s->ex[i].msgid == msgid)
			return &s->ex[i];
	return NULL;
}

struct ladder_exchange *
ladder_exchange_of(struct ladder_ike_sa *s, const struct ladder_in *in)
{
	struct ladder_exchange *x = exchange_find(s, in->h.exchange, in->h.msgid);
	uint8_t h[HASH_MAX];

	if (x != NULL)
		return x;
	x = &s->ex[s->nex++ % LADDER_EXCHANGES];
	*x = (struct ladder_exchange){ .type = in->h.exchange, .msgid = in->h.msgid, .began = in->from };
	if (s->have_iv && s->hash != HASH_NONE && cipher_block(s->cipher) > 0) {
		keys_iv2(s->hash, s->iv, cipher_block(s->cipher), in->h.msgid, h);
		memcpy(x->iv, h, 16);
		x->have_iv = true;
	}
	return x;
}

/* A chain of payloads alone does not tell a DELETE from a NOTIFY. */
static bool
chain_fits(const struct msg *m, uint8_t next)
{
	struct delete d;
	struct notify n;

	if (next == PL_D)
		return m->npl > 1 && delete_parse(&m->pl[1], &d) == IKEC_OK;
	if (next == PL_N)
		return m->npl > 1 && notify_parse(&m->pl[1], &n) == IKEC_OK;
	return next == PL_NONE || m->npl > 1;
}

/* Without an IV: what the first block hides is HASH, of one of these algorithms, and before what may follow it. */
static bool
chain_behind_hash(struct msg *m, uint8_t exchange, uint8_t *clear, size_t n, enum hash_alg *hash)
{
	static const enum hash_alg hashes[] = { HASH_SHA1, HASH_MD5, HASH_SHA256, HASH_SHA384, HASH_SHA512 };
	static const struct { uint8_t exchange, next; } then[] = {
		{ EXCH_QUICK, PL_SA }, { EXCH_INFO, PL_D }, { EXCH_INFO, PL_N }, { EXCH_TRANSACTION, PL_ATTR }, { EXCH_QUICK, PL_NONE },
	};

	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		for (size_t k = 0; k < sizeof(then) / sizeof(then[0]); k++) {
			size_t len = hash_len(hashes[i]) + 4;

			if (then[k].exchange != exchange || len > n || (then[k].next == PL_NONE && n - len >= 16))
				continue;
			clear[0] = then[k].next;
			clear[1] = clear[2] = 0;
			clear[3] = (uint8_t)len;
			*hash = hashes[i];
			if (msg_chain(m, PL_HASH, clear, n, true) == IKEC_OK && chain_fits(m, then[k].next))
				return true;
		}
	return false;
}

static bool
decrypt_with(const struct ladder *l, struct ladder_in *in, enum cipher_alg alg, const uint8_t *key, const uint8_t *iv)
{
	static const uint8_t none[16];
	enum hash_alg hash = HASH_NONE;
	struct msg *m = in->m;
	size_t n = m->rawlen - IKE_HDR_LEN, block = cipher_block(alg);

	if (block == 0 || n == 0 || n % block != 0 || n > sizeof(m->clear))
		return false;
	memcpy(m->clear, m->raw + IKE_HDR_LEN, n);
	memcpy(m->next_iv, m->raw + m->rawlen - block, block);
	if (!ladder_decrypt(l, alg, key, iv != NULL ? iv : none, m->clear, n))
		return false;
	if (iv != NULL && msg_chain(m, m->h.next, m->clear, n, true) == IKEC_OK)
		return true;
	in->gap = in->h.msgid != 0 && chain_behind_hash(m, in->h.exchange, m->clear, n, &hash);
	if (!in->gap)
		m->npl = 0;
	else if (in->sa->hash == HASH_NONE)	/* known from here on: with phase 1's last block the next IVs are, too */
		in->sa->hash = hash;
	return in->gap;
}

/* The exchange's IV goes on whether the message could be read or not. */
static void
advance(struct ladder_ike_sa *s, struct ladder_exchange *x, const struct ladder_in *in, size_t block)
{
	uint8_t *iv = x != NULL ? x->iv : s->iv;

	if (block == 0 || in->m->rawlen < IKE_HDR_LEN + block)
		return;
	memcpy(iv, in->m->raw + in->m->rawlen - block, block);
	if (x != NULL)
		x->have_iv = true;
	else
		s->have_iv = true;
}

bool
ladder_open(struct ladder *l, struct ladder_in *in, struct ladder_exchange *x)
{
	struct ladder_ike_sa *s = in->sa;
	size_t n = 0;
	const uint8_t *key = ladder_ike_key(l, s->icookie, &n), *iv = x == NULL ? (s->have_iv ? s->iv : NULL) : x->have_iv ? x->iv : NULL;
	enum cipher_alg alg = s->have_cipher ? s->cipher : cipher_of_key(n);
	bool ok;

	if (key == NULL && !s->have_cipher)
		return false;
	ok = key != NULL && n >= cipher_key_len(alg) && decrypt_with(l, in, alg, key, iv);
	if (!ok && key != NULL && n == 24 && !s->have_cipher)	/* 24 bytes are either's */
		ok = decrypt_with(l, in, alg = CIPHER_AES192, key, iv);
	if (ok && !s->have_cipher)
		s->cipher = alg;
	advance(s, x, in, cipher_block(alg));
	return ok;
}
