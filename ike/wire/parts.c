/* Identities (RFC 2407 4.6.2), original addresses (RFC 3947 5.2), Notify and Delete payloads (RFC 2408 3.14, 3.15). */

#include <string.h>

#include "ike/wire/wire.h"

static enum ike_counter
id_name(struct rd *r, struct ike_id *out)
{
	size_t i, n = rd_left(r);
	const uint8_t *p = rd_bytes(r, n);

	if (n == 0 || n >= sizeof(out->name))
		return IKEC_ID;
	for (i = 0; i < n; i++) {
		if (p[i] <= ' ' || p[i] > '~')
			return IKEC_ID;
		out->name[i] = (char)p[i];
	}
	out->name[n] = '\0';
	return IKEC_OK;
}

/* RFC 2407, 4.6.2.10: DER, which is looked into by who knows certificates. */
static enum ike_counter
id_dn(struct rd *r, struct ike_id *out)
{
	size_t n = rd_left(r);
	const uint8_t *p = rd_bytes(r, n);

	if (n < 2 || n > sizeof(out->name) || p[0] != 0x30)
		return IKEC_ID;
	memcpy(out->name, p, n);
	out->dn_len = (uint16_t)n;
	return IKEC_OK;
}

static struct addr
id_addr6(struct rd *r)
{
	struct addr a = { .af = ADDR_V6 };
	const uint8_t *p = rd_bytes(r, sizeof(a.v6));

	if (p != NULL)
		memcpy(a.v6, p, sizeof(a.v6));
	return a;
}

/* RFC 2407, 4.6.2.7: a mask of 16 bytes; -1 if it is not contiguous. */
static int
mask6_len(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 16);
	int len = 0;

	while (p != NULL && len < 128 && p[len / 8] >> (7 - len % 8) & 1)
		len++;
	for (int i = len; p != NULL && i < 128; i++)
		if (p[i / 8] >> (7 - i % 8) & 1)
			return -1;
	return len;
}

enum ike_counter
id_parse(const uint8_t *p, size_t n, struct ike_id *out)
{
	uint8_t type;
	struct rd r;
	int len;

	memset(out, 0, sizeof(*out));
	rd_init(&r, p, n);
	type = rd_u8(&r);
	out->protocol = rd_u8(&r);
	out->port = rd_u16(&r);
	out->type = (enum ike_id_type)type;
	switch (type) {
	case IKE_ID_IPV4_ADDR:
		out->addr = addr_v4(rd_u32(&r));
		out->prefix_len = 32;
		break;
	case IKE_ID_IPV4_ADDR_SUBNET:
		out->addr = addr_v4(rd_u32(&r));
		if ((len = ip4_mask_len(rd_u32(&r))) < 0)
			return IKEC_ID;
		out->prefix_len = (uint8_t)len;
		break;
	case IKE_ID_IPV6_ADDR:
		out->addr = id_addr6(&r);
		out->prefix_len = 128;
		break;
	case IKE_ID_IPV6_ADDR_SUBNET:
		out->addr = id_addr6(&r);
		if ((len = mask6_len(&r)) < 0)
			return IKEC_ID;
		out->prefix_len = (uint8_t)len;
		break;
	case IKE_ID_FQDN:
	case IKE_ID_USER_FQDN:
	case IKE_ID_KEY_ID:
		if (r.bad || id_name(&r, out) != IKEC_OK)
			return IKEC_ID;
		break;
	case IKE_ID_DN:
		if (r.bad || id_dn(&r, out) != IKEC_OK)
			return IKEC_ID;
		break;
	default:
		return IKEC_ID;
	}
	return r.bad || rd_left(&r) != 0 ? IKEC_ID : IKEC_OK;
}

static bool
is_name(const struct ike_id *id)
{
	return id->type == IKE_ID_FQDN || id->type == IKE_ID_USER_FQDN || id->type == IKE_ID_KEY_ID;
}

bool
id_eq(const struct ike_id *a, const struct ike_id *b)
{
	if (a->protocol != b->protocol || a->port != b->port)
		return false;
	if (is_name(a))
		return a->type == b->type && strcmp(a->name, b->name) == 0;
	if (a->type == IKE_ID_DN)
		return b->type == IKE_ID_DN && a->dn_len == b->dn_len && memcmp(a->name, b->name, a->dn_len) == 0;
	if (is_name(b) || b->type == IKE_ID_DN)
		return false;
	/* A host and a subnet of all its bits are the same traffic. */
	return ike_id_len(a) == ike_id_len(b) && addr_eq(&a->addr, &b->addr);
}

enum ike_counter
natoa_parse(const struct payload *pl, struct addr *out)
{
	struct rd r;
	uint8_t type;

	rd_init(&r, pl->p, pl->n);
	type = rd_u8(&r);
	rd_bytes(&r, 3);
	if (type == IKE_ID_IPV6_ADDR)
		*out = id_addr6(&r);
	else
		*out = addr_v4(rd_u32(&r));
	return r.bad || rd_left(&r) != 0 || (type != IKE_ID_IPV4_ADDR && type != IKE_ID_IPV6_ADDR) ? IKEC_ID : IKEC_OK;
}

enum ike_counter
notify_parse(const struct payload *pl, struct notify *out)
{
	struct rd r;

	memset(out, 0, sizeof(*out));
	rd_init(&r, pl->p, pl->n);
	out->doi = rd_u32(&r);
	out->proto = rd_u8(&r);
	out->spi_len = rd_u8(&r);
	out->type = rd_u16(&r);
	out->spi = rd_bytes(&r, out->spi_len);
	out->data_len = rd_left(&r);
	out->data = rd_bytes(&r, out->data_len);
	return r.bad || out->doi > 1 ? IKEC_PAYLOAD_LEN : IKEC_OK;
}

enum ike_counter
delete_parse(const struct payload *pl, struct delete *out)
{
	struct rd r;

	memset(out, 0, sizeof(*out));
	rd_init(&r, pl->p, pl->n);
	out->doi = rd_u32(&r);
	out->proto = rd_u8(&r);
	out->spi_len = rd_u8(&r);
	out->n = rd_u16(&r);
	if (r.bad || out->doi > 1 || out->n == 0 || out->spi_len * out->n != rd_left(&r))
		return IKEC_PAYLOAD_LEN;
	if (out->spi_len != (out->proto == PROTO_ISAKMP ? 2u * IKE_COOKIE : 4u))
		return IKEC_PAYLOAD_LEN;
	out->spis = rd_bytes(&r, rd_left(&r));
	return IKEC_OK;
}
