/*
 * SA payloads: proposals, transforms and their attributes (RFC 2408 3.3 to 3.6; RFC 2407 4.4, 4.5;
 * RFC 2409 appendix A), read strictly: counts, "next" fields, reserved bytes and lengths must agree.
 */

#include <string.h>

#include "ike/wire/wire.h"

bool
attr_next(struct rd *r, struct attr *a)
{
	uint16_t af, v;
	size_t i;

	if (rd_left(r) == 0)
		return false;
	memset(a, 0, sizeof(*a));
	af = rd_u16(r);
	v = rd_u16(r);
	a->type = af & 0x7fff;
	a->basic = (af & 0x8000) != 0;
	if (a->basic) {
		a->value = v;
		return !r->bad;
	}
	a->n = v;
	a->p = rd_bytes(r, v);
	if (r->bad || a->n == 0) {
		r->bad = true;
		return false;
	}
	for (i = 0; i < a->n; i++) {
		if (a->value >> 24 != 0) {
			a->value = UINT32_MAX;
			break;
		}
		a->value = a->value << 8 | a->p[i];
	}
	return true;
}

static enum ike_counter
transforms_parse(struct rd *r, unsigned number, struct sa_payload *out)
{
	struct transform *t;
	uint8_t next;
	uint16_t len;
	struct rd body;

	while (number-- > 0) {
		if (out->nt == IKE_TRANSFORMS)
			return IKEC_TOO_MANY;
		t = &out->t[out->nt++];
		next = rd_u8(r);
		if (rd_u8(r) != 0)
			return IKEC_RESERVED;
		len = rd_u16(r);
		if (r->bad || len < 8 || next != (number > 0 ? PL_T : PL_NONE))
			return IKEC_PROPOSAL;
		body = rd_sub(r, len - 4u);
		t->prop = (uint8_t)(out->nprop - 1);
		t->number = rd_u8(&body);
		t->id = rd_u8(&body);
		if (rd_u16(&body) != 0 && !body.bad)
			return IKEC_RESERVED;
		t->nattrs = rd_left(&body);
		t->attrs = rd_bytes(&body, t->nattrs);
		t->last = number == 0;
		if (r->bad || body.bad)
			return IKEC_PROPOSAL;
	}
	return IKEC_OK;
}

static enum ike_counter
proposal_parse(struct rd *r, uint8_t *next, struct sa_payload *out)
{
	struct proposal *p;
	enum ike_counter e;
	uint8_t number, i;
	uint16_t len;
	struct rd body;

	if (out->nprop == IKE_PROPOSALS)
		return IKEC_TOO_MANY;
	p = &out->prop[out->nprop++];
	*next = rd_u8(r);
	if (rd_u8(r) != 0)
		return IKEC_RESERVED;
	len = rd_u16(r);
	if (r->bad || len < 8 || (*next != PL_P && *next != PL_NONE))
		return IKEC_PROPOSAL;
	body = rd_sub(r, len - 4u);
	p->number = rd_u8(&body);
	p->proto = rd_u8(&body);
	p->spi_len = rd_u8(&body);
	number = rd_u8(&body);
	p->spi = rd_bytes(&body, p->spi_len);
	if (body.bad || number == 0)
		return IKEC_PROPOSAL;
	for (i = 0; i + 1u < out->nprop; i++)
		if (out->prop[i].number == p->number)
			out->prop[i].bundled = p->bundled = true;
	if ((e = transforms_parse(&body, number, out)) != IKEC_OK)
		return e;
	return rd_left(&body) == 0 ? IKEC_OK : IKEC_PROPOSAL;
}

enum ike_counter
sa_parse(const uint8_t *p, size_t n, struct sa_payload *out)
{
	enum ike_counter e;
	struct rd r;
	uint8_t next = PL_P;

	out->nprop = out->nt = 0;
	memset(out->prop, 0, sizeof(out->prop));
	rd_init(&r, p, n);
	if (rd_u32(&r) != 1 || rd_u32(&r) != 1 || r.bad)	/* IPsec DOI, SIT_IDENTITY_ONLY */
		return IKEC_PROPOSAL;
	while (next == PL_P)
		if ((e = proposal_parse(&r, &next, out)) != IKEC_OK)
			return e;
	return rd_left(&r) == 0 ? IKEC_OK : IKEC_PROPOSAL;
}

/* An attribute may stand once, but life type and duration come in pairs. */
static bool
seen_twice(uint32_t *seen, const struct attr *a, unsigned life_type, unsigned life)
{
	if (a->type > 31)
		return false;
	if (a->type == life_type)
		*seen &= ~(UINT32_C(1) << life);
	if (a->type != life_type && (*seen >> a->type & 1) != 0)
		return true;
	*seen |= UINT32_C(1) << a->type;
	return false;
}

enum ike_counter
p1_attrs_parse(const struct transform *t, struct p1_attrs *out)
{
	uint32_t seen = 0, life_type = 0;
	struct attr a;
	struct rd r;

	memset(out, 0, sizeof(*out));
	rd_init(&r, t->attrs, t->nattrs);
	while (attr_next(&r, &a)) {
		if (seen_twice(&seen, &a, A1_LIFE_TYPE, A1_LIFE))
			return IKEC_ATTRIBUTE;
		if (!a.basic && a.type != A1_LIFE)
			out->odd = true;
		switch (a.type) {
		case A1_ENC: out->enc = (uint16_t)a.value; break;
		case A1_HASH: out->hash = (uint16_t)a.value; break;
		case A1_AUTH: out->auth = (uint16_t)a.value; break;
		case A1_GROUP: out->group = (uint16_t)a.value; break;
		case A1_KEYLEN: out->keylen = (uint16_t)a.value; break;
		case A1_LIFE_TYPE: life_type = a.value; break;
		case A1_LIFE:
			if (life_type == 1) {
				out->life_s = a.value;
				out->life_basic = a.basic;
			} else if (life_type == 2)
				out->life_kb = a.value;
			else
				return IKEC_ATTRIBUTE;
			life_type = 0;
			break;
		default: out->odd = true; break;
		}
	}
	return r.bad || life_type != 0 ? IKEC_ATTRIBUTE : IKEC_OK;
}

enum ike_counter
p2_attrs_parse(const struct transform *t, struct p2_attrs *out)
{
	uint32_t seen = 0, life_type = 0;
	struct attr a;
	struct rd r;

	memset(out, 0, sizeof(*out));
	rd_init(&r, t->attrs, t->nattrs);
	while (attr_next(&r, &a)) {
		if (seen_twice(&seen, &a, A2_LIFE_TYPE, A2_LIFE))
			return IKEC_ATTRIBUTE;
		if (!a.basic && a.type != A2_LIFE)
			out->odd = true;
		switch (a.type) {
		case A2_GROUP: out->group = (uint16_t)a.value; break;
		case A2_ENCAPS: out->encaps = (uint16_t)a.value; break;
		case A2_AUTH: out->auth = (uint16_t)a.value; break;
		case A2_KEYLEN: out->keylen = (uint16_t)a.value; break;
		case A2_ESN: out->esn = a.value == 1; out->odd = out->odd || a.value > 1; break;
		case A2_LIFE_TYPE: life_type = a.value; break;
		case A2_LIFE:
			if (life_type == 1)
				out->life_s = a.value;
			else if (life_type == 2)
				out->life_kb = a.value;
			else
				return IKEC_ATTRIBUTE;
			life_type = 0;
			break;
		default: out->odd = true; break;
		}
	}
	return r.bad || life_type != 0 ? IKEC_ATTRIBUTE : IKEC_OK;
}

/* RFC 2409 appendix A; AES-CBC by RFC 3602. */
bool
p1_cipher(const struct p1_attrs *a, enum cipher_alg *out)
{
	switch (a->enc) {
	case 1: *out = CIPHER_DES; return a->keylen == 0;
	case 5: *out = CIPHER_3DES; return a->keylen == 0;
	case 7:
		*out = a->keylen == 192 ? CIPHER_AES192 : a->keylen == 256 ? CIPHER_AES256 : CIPHER_AES128;
		return a->keylen == 0 || a->keylen == 128 || a->keylen == 192 || a->keylen == 256;
	default: *out = CIPHER_NONE; return false;
	}
}

enum hash_alg
p1_hash(unsigned id)
{
	static const enum hash_alg by_id[] = { HASH_NONE, HASH_MD5, HASH_SHA1, HASH_NONE, HASH_SHA256, HASH_SHA384, HASH_SHA512 };

	return id < sizeof(by_id) / sizeof(by_id[0]) ? by_id[id] : HASH_NONE;
}

void
p1_from_policy(const struct ike_policy *p, struct p1_attrs *out)
{
	static const struct { uint16_t enc, keylen; } ciphers[] = {
		[CIPHER_NONE] = { 0, 0 }, [CIPHER_DES] = { 1, 0 }, [CIPHER_3DES] = { 5, 0 },
		[CIPHER_AES128] = { 7, 128 }, [CIPHER_AES192] = { 7, 192 }, [CIPHER_AES256] = { 7, 256 },
	};
	static const uint16_t hashes[] = {
		[HASH_NONE] = 0, [HASH_MD5] = 1, [HASH_SHA1] = 2, [HASH_SHA256] = 4, [HASH_SHA384] = 5, [HASH_SHA512] = 6,
	};

	memset(out, 0, sizeof(*out));
	out->enc = ciphers[p->cipher].enc;
	out->keylen = ciphers[p->cipher].keylen;
	out->hash = hashes[p->hash];
	out->auth = (uint16_t)p->auth;
	out->group = (uint16_t)p->group;
	out->life_s = p->lifetime_s;
}

static bool
esp_enc_len(const struct ike_esp *e, size_t *enc)
{
	bool aes = e->key_bits == 128 || e->key_bits == 192 || e->key_bits == 256;

	switch (e->esp_id) {
	case 2: *enc = 8; return e->key_bits == 0;
	case 3: *enc = 24; return e->key_bits == 0;
	case 11: *enc = 0; return e->key_bits == 0;
	case 12: *enc = e->key_bits / 8u; return aes;
	case 20: case 23: *enc = e->key_bits / 8u + 4; return aes;	/* and the salt: RFC 4106 8.1 */
	default: return false;
	}
}

bool
esp_key_len(const struct ike_esp *e, size_t *enc, size_t *auth)
{
	static const uint8_t lens[] = { 0, 16, 20, 0, 0, 32, 48, 64 };	/* RFC 2407 4.5, RFC 4868 */
	static const uint8_t ah_ids[] = { 0, 2, 3, 0, 0, 5, 6, 7 };
	bool combined = e->esp_id == 20 || e->esp_id == 23;

	if (e->auth_id >= sizeof(lens) || (e->auth_id != 0 && lens[e->auth_id] == 0))
		return false;
	*auth = lens[e->auth_id];
	if (e->proto == 51) {
		*enc = 0;
		return e->auth_id != 0 && ah_ids[e->auth_id] == e->esp_id;
	}
	if (combined && e->auth_id != 0)
		return false;
	return esp_enc_len(e, enc) && (e->esp_id != 11 || e->auth_id != 0);
}
