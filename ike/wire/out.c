/*
 * The writer of messages.  Attributes are put in the order and the forms that IOS uses: IKE lifetimes
 * above 65535 s and kilobytes as four bytes, the rest basic.
 */

#include <string.h>

#include "ike/wire/wire.h"

void
out_begin(struct out *o, const uint8_t *icookie, const uint8_t *rcookie, uint8_t exchange, uint8_t flags, uint32_t msgid)
{
	wr_init(&o->w, o->buf, sizeof(o->buf));
	wr_bytes(&o->w, icookie, IKE_COOKIE);
	wr_bytes(&o->w, rcookie, IKE_COOKIE);
	o->next_at = wr_len(&o->w);
	wr_u8(&o->w, PL_NONE);
	wr_u8(&o->w, 0x10);
	wr_u8(&o->w, exchange);
	wr_u8(&o->w, flags);
	wr_u32(&o->w, msgid);
	wr_u32(&o->w, 0);
}

void
out_open(struct out *o, uint8_t type)
{
	if (!o->w.bad)
		o->buf[o->next_at] = type;
	o->next_at = wr_len(&o->w);
	wr_u16(&o->w, 0);
	o->len_at = wr_len(&o->w);
	wr_u16(&o->w, 0);
}

void
out_close(struct out *o)
{
	wr_u16_at(&o->w, o->len_at, (uint16_t)(wr_len(&o->w) - o->len_at + 2));
}

void
out_payload(struct out *o, uint8_t type, const void *p, size_t n)
{
	out_open(o, type);
	wr_bytes(&o->w, p, n);
	out_close(o);
}

void
out_id(struct out *o, const struct ike_id *id)
{
	out_open(o, PL_ID);
	wr_u8(&o->w, (uint8_t)id->type);
	wr_u8(&o->w, id->protocol);
	wr_u16(&o->w, id->port);
	switch (id->type) {
	case IKE_ID_FQDN:
	case IKE_ID_USER_FQDN:
	case IKE_ID_KEY_ID:
		wr_bytes(&o->w, id->name, strlen(id->name));
		break;
	case IKE_ID_DN:
		wr_bytes(&o->w, id->name, id->dn_len);
		break;
	case IKE_ID_IPV4_ADDR_SUBNET:
		wr_u32(&o->w, id->addr.v4);
		wr_u32(&o->w, ip4_mask(id->prefix_len));
		break;
	case IKE_ID_IPV4_ADDR:
		wr_u32(&o->w, id->addr.v4);
		break;
	case IKE_ID_IPV6_ADDR:
	case IKE_ID_IPV6_ADDR_SUBNET:
		wr_bytes(&o->w, id->addr.v6, sizeof(id->addr.v6));
		for (unsigned i = 0; i < 16 && id->type == IKE_ID_IPV6_ADDR_SUBNET; i++) {
			unsigned left = id->prefix_len > 8 * i ? id->prefix_len - 8 * i : 0;

			wr_u8(&o->w, left >= 8 ? 0xff : (uint8_t)(0xff00 >> left));
		}
		break;
	}
	out_close(o);
}

void
out_notify(struct out *o, uint8_t proto, uint16_t type, const void *spi, size_t spi_len, const void *data, size_t n)
{
	out_open(o, PL_N);
	wr_u32(&o->w, 1);
	wr_u8(&o->w, proto);
	wr_u8(&o->w, (uint8_t)spi_len);
	wr_u16(&o->w, type);
	if (spi_len > 0)
		wr_bytes(&o->w, spi, spi_len);
	if (n > 0)
		wr_bytes(&o->w, data, n);
	out_close(o);
}

void
out_delete(struct out *o, uint8_t proto, const void *spis, size_t spi_len, size_t n)
{
	out_open(o, PL_D);
	wr_u32(&o->w, 1);
	wr_u8(&o->w, proto);
	wr_u8(&o->w, (uint8_t)spi_len);
	wr_u16(&o->w, (uint16_t)n);
	wr_bytes(&o->w, spis, spi_len * n);
	out_close(o);
}

static void
attr_basic(struct out *o, uint16_t type, uint32_t value)
{
	wr_u16(&o->w, 0x8000 | type);
	wr_u16(&o->w, (uint16_t)value);
}

static void
attr_long(struct out *o, uint16_t type, uint32_t value)
{
	wr_u16(&o->w, type);
	wr_u16(&o->w, 4);
	wr_u32(&o->w, value);
}

static void
attr_life(struct out *o, uint16_t type, uint32_t value)
{
	if (value > 0xffff)
		attr_long(o, type, value);
	else
		attr_basic(o, type, value);
}

/* Opens a proposal or transform; returns where its length goes. */
static size_t
sub_open(struct out *o, uint8_t next)
{
	size_t at;

	wr_u8(&o->w, next);
	wr_u8(&o->w, 0);
	at = wr_len(&o->w);
	wr_u16(&o->w, 0);
	return at;
}

static void
sub_close(struct out *o, size_t at)
{
	wr_u16_at(&o->w, at, (uint16_t)(wr_len(&o->w) - at + 2));
}

static void
transform_p1(struct out *o, uint8_t number, bool more, const struct ike_policy *p)
{
	struct p1_attrs a;
	size_t at;

	p1_from_policy(p, &a);
	at = sub_open(o, more ? PL_T : PL_NONE);
	wr_u8(&o->w, number);
	wr_u8(&o->w, 1);		/* KEY_IKE */
	wr_u16(&o->w, 0);
	attr_basic(o, A1_ENC, a.enc);
	if (a.keylen != 0)
		attr_basic(o, A1_KEYLEN, a.keylen);
	attr_basic(o, A1_HASH, a.hash);
	attr_basic(o, A1_GROUP, a.group);
	attr_basic(o, A1_AUTH, a.auth);
	attr_basic(o, A1_LIFE_TYPE, 1);
	attr_life(o, A1_LIFE, a.life_s);
	sub_close(o, at);
}

void
out_sa_p1(struct out *o, const struct ike_policy *p, size_t n)
{
	size_t i, prop;

	out_open(o, PL_SA);
	wr_u32(&o->w, 1);
	wr_u32(&o->w, 1);
	prop = sub_open(o, PL_NONE);
	wr_u8(&o->w, 1);
	wr_u8(&o->w, PROTO_ISAKMP);
	wr_u8(&o->w, 0);
	wr_u8(&o->w, (uint8_t)n);
	for (i = 0; i < n; i++)
		transform_p1(o, (uint8_t)(i + 1), i + 1 < n, &p[i]);
	sub_close(o, prop);
	out_close(o);
}

void
out_sa_choice(struct out *o, const struct proposal *p, const struct transform *t)
{
	size_t prop, at;

	out_open(o, PL_SA);
	wr_u32(&o->w, 1);
	wr_u32(&o->w, 1);
	prop = sub_open(o, PL_NONE);
	wr_u8(&o->w, p->number);
	wr_u8(&o->w, p->proto);
	wr_u8(&o->w, (uint8_t)p->spi_len);
	wr_u8(&o->w, 1);
	wr_bytes(&o->w, p->spi, p->spi_len);
	at = sub_open(o, PL_NONE);
	wr_u8(&o->w, t->number);
	wr_u8(&o->w, t->id);
	wr_u16(&o->w, 0);
	wr_bytes(&o->w, t->attrs, t->nattrs);
	sub_close(o, at);
	sub_close(o, prop);
	out_close(o);
}

static void
transform_p2(struct out *o, const struct p2_row *row)
{
	size_t at = sub_open(o, PL_NONE);

	wr_u8(&o->w, row->trans);
	wr_u8(&o->w, row->esp.esp_id);
	wr_u16(&o->w, 0);
	attr_basic(o, A2_ENCAPS, row->encaps != 0 ? row->encaps : row->esp.transport ? ENCAPS_TRANSPORT : ENCAPS_TUNNEL);
	if (row->life_s != 0) {
		attr_basic(o, A2_LIFE_TYPE, 1);
		attr_life(o, A2_LIFE, row->life_s);
	}
	if (row->life_kb != 0) {
		attr_basic(o, A2_LIFE_TYPE, 2);
		attr_long(o, A2_LIFE, row->life_kb);
	}
	if (row->esp.auth_id != 0)
		attr_basic(o, A2_AUTH, row->esp.auth_id);
	if (row->esp.key_bits != 0)
		attr_basic(o, A2_KEYLEN, row->esp.key_bits);
	if (row->group != 0)
		attr_basic(o, A2_GROUP, row->group);
	if (row->esp.esn)
		attr_basic(o, A2_ESN, 1);
	sub_close(o, at);
}

/* A proposal a row, each with one transform. */
void
out_sa_p2(struct out *o, const struct p2_row *rows, size_t n)
{
	size_t i, at;

	out_open(o, PL_SA);
	wr_u32(&o->w, 1);
	wr_u32(&o->w, 1);
	for (i = 0; i < n; i++) {
		at = sub_open(o, i + 1 < n ? PL_P : PL_NONE);
		wr_u8(&o->w, rows[i].prop);
		wr_u8(&o->w, rows[i].esp.proto == 51 ? PROTO_AH : PROTO_ESP);
		wr_u8(&o->w, 4);
		wr_u8(&o->w, 1);
		wr_u32(&o->w, rows[i].spi);
		transform_p2(o, &rows[i]);
		sub_close(o, at);
	}
	out_close(o);
}

void
out_vid(struct out *o, enum vid v)
{
	size_t n;
	const uint8_t *p = vid_bytes(v, &n);

	out_payload(o, PL_VID, p, n);
}

void
out_cert(struct out *o, const struct ike_der *cert)
{
	out_open(o, PL_CERT);
	wr_u8(&o->w, CERT_X509_SIG);
	wr_bytes(&o->w, cert->p, cert->n);
	out_close(o);
}

void
out_certreq(struct out *o, const struct ike_der *authority)
{
	out_open(o, PL_CR);
	wr_u8(&o->w, CERT_X509_SIG);
	wr_bytes(&o->w, authority->p, authority->n);
	out_close(o);
}

/* RFC 3947, 5.2: kind of address, three reserved bytes, the address. */
void
out_natoa(struct out *o, uint8_t type, const struct addr *a)
{
	out_open(o, type);
	wr_u8(&o->w, ike_id_host(a));
	wr_zero(&o->w, 3);
	if (a->af == ADDR_V6)
		wr_bytes(&o->w, a->v6, sizeof(a->v6));
	else
		wr_u32(&o->w, a->v4);
	out_close(o);
}

size_t
out_finish(struct out *o, size_t block)
{
	size_t body = wr_len(&o->w) - IKE_HDR_LEN;

	if (body % block != 0)
		wr_zero(&o->w, block - body % block);
	if (o->w.bad)
		return 0;
	wr_u32_at(&o->w, 24, (uint32_t)wr_len(&o->w));
	return wr_len(&o->w);
}
