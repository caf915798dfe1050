/*
 * Header and payload chain (RFC 2408 3.1, 3.2), and the rules of which payloads a message may have.
 */

#include <string.h>

#include "ike/wire/wire.h"

enum ike_counter
hdr_parse(const uint8_t *p, size_t n, struct isakmp_hdr *h)
{
	static const uint8_t zero[IKE_COOKIE];
	struct rd r;
	uint8_t version;
	uint32_t len;

	memset(h, 0, sizeof(*h));
	if (n < IKE_HDR_LEN)
		return IKEC_SHORT;
	rd_init(&r, p, n);
	memcpy(h->icookie, rd_bytes(&r, IKE_COOKIE), IKE_COOKIE);
	memcpy(h->rcookie, rd_bytes(&r, IKE_COOKIE), IKE_COOKIE);
	h->next = rd_u8(&r);
	version = rd_u8(&r);
	h->exchange = rd_u8(&r);
	h->flags = rd_u8(&r);
	h->msgid = rd_u32(&r);
	len = rd_u32(&r);
	if (len != n || n > IKE_MSG_MAX)
		return IKEC_LENGTH;
	if (memcmp(h->icookie, zero, IKE_COOKIE) == 0)
		return IKEC_COOKIE;
	if (version != 0x10)
		return IKEC_VERSION;
	if ((h->flags & ~(ISAKMP_FLAG_E | ISAKMP_FLAG_C | ISAKMP_FLAG_A)) != 0)
		return IKEC_FLAGS;
	switch (h->exchange) {
	case EXCH_MAIN: case EXCH_AGGRESSIVE: case EXCH_INFO: case EXCH_TRANSACTION: case EXCH_QUICK: return IKEC_OK;
	default: return IKEC_EXCHANGE;
	}
}

static bool
type_known(uint8_t type)
{
	switch (type) {
#define IKE_PAYLOAD(id, number, text)	case number:
#include "ike/wire/payload.def"
#undef IKE_PAYLOAD
		return true;
	default:
		return false;
	}
}

/* In the clear there is nothing to pad, but libreswan fills its messages up to four bytes all the same. */
static bool
filled(const uint8_t *at, const uint8_t *end, size_t n)
{
	if (end - at > 3 || n % 4 != 0)
		return false;
	while (at < end)
		if (*at++ != 0)
			return false;
	return true;
}

enum ike_counter
msg_chain(struct msg *m, uint8_t first, const uint8_t *p, size_t n, bool padded)
{
	const uint8_t *at = p, *end = p + n;
	uint8_t type = first, next;
	size_t len;

	m->npl = m->nunknown = 0;
	m->tail = NULL;
	while (type != PL_NONE) {
		if (m->npl == IKE_PAYLOADS || m->nunknown == IKE_PAYLOADS)
			return IKEC_TOO_MANY;
		if (type == PL_P || type == PL_T)	/* these stand in others only */
			return IKEC_PAYLOAD_TYPE;
		if (end - at < 4)
			return IKEC_SHORT;
		next = at[0];
		len = (size_t)at[2] << 8 | at[3];
		if (at[1] != 0)
			return IKEC_RESERVED;
		if (len < 4 || len > (size_t)(end - at))
			return IKEC_PAYLOAD_LEN;
		if (type_known(type))
			m->pl[m->npl++] = (struct payload){ type, at + 4, len - 4 };
		else
			m->nunknown++;
		at += len;
		if (m->tail == NULL)
			m->tail = at;
		type = next;
	}
	if (m->npl == 0)
		return IKEC_SHORT;
	m->taillen = (size_t)(at - m->tail);
	return at == end || padded || filled(at, end, n) ? IKEC_OK : IKEC_PAYLOAD_LEN;
}

const struct payload *
msg_find(const struct msg *m, uint8_t type, size_t nth)
{
	size_t i;

	for (i = 0; i < m->npl; i++)
		if (m->pl[i].type == type && nth-- == 0)
			return &m->pl[i];
	return NULL;
}

size_t
msg_number(const struct msg *m, uint8_t type)
{
	size_t i, n = 0;

	for (i = 0; i < m->npl; i++)
		n += m->pl[i].type == type;
	return n;
}

/* A payload that is in no row of its message is refused. */
static const struct rule {
	uint8_t	kind, type, min, max;
} rules[] = {
	{ MSG_MM1, PL_SA, 1, 1 }, { MSG_MM1, PL_VID, 0, 40 }, { MSG_MM1, PL_CR, 0, 16 },
	{ MSG_MM2, PL_SA, 1, 1 }, { MSG_MM2, PL_VID, 0, 40 }, { MSG_MM2, PL_CR, 0, 16 },
	{ MSG_MM3, PL_KE, 1, 1 }, { MSG_MM3, PL_NONCE, 1, 1 }, { MSG_MM3, PL_VID, 0, 40 }, { MSG_MM3, PL_CR, 0, 16 },
	{ MSG_MM3, PL_CERT, 0, 8 }, { MSG_MM3, PL_NATD, 0, 8 }, { MSG_MM3, PL_NATD_DRAFT, 0, 8 },
	{ MSG_MM5, PL_ID, 1, 1 }, { MSG_MM5, PL_HASH, 1, 1 }, { MSG_MM5, PL_N, 0, 8 }, { MSG_MM5, PL_VID, 0, 8 },
	{ MSG_MM5, PL_CR, 0, 16 }, { MSG_MM5, PL_CERT, 0, 8 },
	{ MSG_MM5_SIG, PL_ID, 1, 1 }, { MSG_MM5_SIG, PL_SIG, 1, 1 }, { MSG_MM5_SIG, PL_CERT, 0, 8 }, { MSG_MM5_SIG, PL_CR, 0, 16 },
	{ MSG_MM5_SIG, PL_N, 0, 8 }, { MSG_MM5_SIG, PL_VID, 0, 8 },
	{ MSG_QM1, PL_HASH, 1, 1 }, { MSG_QM1, PL_SA, 1, 1 }, { MSG_QM1, PL_NONCE, 1, 1 }, { MSG_QM1, PL_KE, 0, 1 },
	{ MSG_QM1, PL_ID, 0, 2 }, { MSG_QM1, PL_N, 0, 8 }, { MSG_QM1, PL_VID, 0, 8 }, { MSG_QM1, PL_NATOA, 0, 2 },
	{ MSG_QM1, PL_NATOA_DRAFT, 0, 2 },
	{ MSG_QM2, PL_HASH, 1, 1 }, { MSG_QM2, PL_SA, 1, 1 }, { MSG_QM2, PL_NONCE, 1, 1 }, { MSG_QM2, PL_KE, 0, 1 },
	{ MSG_QM2, PL_ID, 0, 2 }, { MSG_QM2, PL_N, 0, 8 }, { MSG_QM2, PL_VID, 0, 8 }, { MSG_QM2, PL_NATOA, 0, 2 },
	{ MSG_QM2, PL_NATOA_DRAFT, 0, 2 },
	{ MSG_QM3, PL_HASH, 1, 1 }, { MSG_QM3, PL_N, 0, 8 },
	{ MSG_INFO, PL_HASH, 1, 1 }, { MSG_INFO, PL_N, 0, 16 }, { MSG_INFO, PL_D, 0, 16 }, { MSG_INFO, PL_VID, 0, 8 },
	{ MSG_INFO_CLEAR, PL_HASH, 0, 1 }, { MSG_INFO_CLEAR, PL_N, 0, 16 }, { MSG_INFO_CLEAR, PL_D, 0, 16 },
	{ MSG_INFO_CLEAR, PL_VID, 0, 8 },
	{ MSG_AM1, PL_SA, 1, 1 }, { MSG_AM1, PL_KE, 1, 1 }, { MSG_AM1, PL_NONCE, 1, 1 }, { MSG_AM1, PL_ID, 1, 1 },
	{ MSG_AM1, PL_VID, 0, 40 }, { MSG_AM1, PL_CR, 0, 16 }, { MSG_AM1, PL_N, 0, 8 },
	{ MSG_AM2, PL_SA, 1, 1 }, { MSG_AM2, PL_KE, 1, 1 }, { MSG_AM2, PL_NONCE, 1, 1 }, { MSG_AM2, PL_ID, 1, 1 },
	{ MSG_AM2, PL_HASH, 1, 1 }, { MSG_AM2, PL_VID, 0, 40 }, { MSG_AM2, PL_CR, 0, 16 }, { MSG_AM2, PL_N, 0, 8 },
	{ MSG_AM2, PL_NATD, 0, 8 }, { MSG_AM2, PL_NATD_DRAFT, 0, 8 },
	{ MSG_AM2_SIG, PL_SA, 1, 1 }, { MSG_AM2_SIG, PL_KE, 1, 1 }, { MSG_AM2_SIG, PL_NONCE, 1, 1 }, { MSG_AM2_SIG, PL_ID, 1, 1 },
	{ MSG_AM2_SIG, PL_SIG, 1, 1 }, { MSG_AM2_SIG, PL_CERT, 0, 8 }, { MSG_AM2_SIG, PL_CR, 0, 16 }, { MSG_AM2_SIG, PL_VID, 0, 40 },
	{ MSG_AM2_SIG, PL_N, 0, 8 }, { MSG_AM2_SIG, PL_NATD, 0, 8 }, { MSG_AM2_SIG, PL_NATD_DRAFT, 0, 8 },
	{ MSG_AM3, PL_HASH, 1, 1 }, { MSG_AM3, PL_VID, 0, 8 }, { MSG_AM3, PL_N, 0, 8 },
	{ MSG_AM3, PL_NATD, 0, 8 }, { MSG_AM3, PL_NATD_DRAFT, 0, 8 },
	{ MSG_AM3_SIG, PL_SIG, 1, 1 }, { MSG_AM3_SIG, PL_CERT, 0, 8 }, { MSG_AM3_SIG, PL_CR, 0, 16 }, { MSG_AM3_SIG, PL_VID, 0, 8 },
	{ MSG_AM3_SIG, PL_N, 0, 8 }, { MSG_AM3_SIG, PL_NATD, 0, 8 }, { MSG_AM3_SIG, PL_NATD_DRAFT, 0, 8 },
	{ MSG_QM4, PL_HASH, 1, 1 }, { MSG_QM4, PL_N, 1, 8 },
	{ MSG_CFG, PL_HASH, 1, 1 }, { MSG_CFG, PL_ATTR, 1, 1 },
};

enum ike_counter
msg_rules(const struct msg *m, enum msg_kind kind)
{
	size_t i, n, seen = 0;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].kind != kind)
			continue;
		n = msg_number(m, rules[i].type);
		if (n < rules[i].min || n > rules[i].max)
			return IKEC_PAYLOAD_RULE;
		seen += n;
	}
	if (seen != m->npl)
		return IKEC_PAYLOAD_RULE;
	/* Of identities Quick Mode has two or none; the offer of aggressive mode comes first (RFC 2408 4.6, 2409 5.5). */
	if (kind >= MSG_QM1 && kind <= MSG_QM2 && msg_number(m, PL_ID) == 1)
		return IKEC_PAYLOAD_RULE;
	if ((kind == MSG_AM1 || kind == MSG_AM2 || kind == MSG_AM2_SIG) && m->pl[0].type != PL_SA)
		return IKEC_PAYLOAD_RULE;
	/* RFC 2409 5.5, 5.7: HASH comes first, right after the header. */
	if (((kind >= MSG_QM1 && kind <= MSG_INFO) || kind == MSG_CFG || kind == MSG_QM4) && m->pl[0].type != PL_HASH)
		return IKEC_NO_HASH;
	return IKEC_OK;
}
