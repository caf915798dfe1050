/*
 * NHRP packets to and from bytes (RFC 2332, 5.2).  Lengths that a packet claims are held against what there is
 * before anything is read by them; a packet that goes on after its end, that has addresses of other lengths
 * than IPv4's, or more entries of a kind than NHRP_CIES, is refused whole.
 */

#include "engine/nhrp_wire.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/names.h"

#define AFN_IPV4	1u
#define PROTO_IPV4	0x0800u
#define VERSION		1u
#define EXT_COMPULSORY	0x8000u
#define EXT_TYPE	0x3fffu
#define AUTH_CLEARTEXT	1u
#define CIE_FIXED	12u

const char *
nhrp_type_name(enum nhrp_type t)
{
	static const struct name names[] = { { NHRP_RESOLUTION_REQUEST, "Resolution Request" },
	    { NHRP_RESOLUTION_REPLY, "Resolution Reply" }, { NHRP_REGISTRATION_REQUEST, "Registration Request" },
	    { NHRP_REGISTRATION_REPLY, "Registration Reply" }, { NHRP_PURGE_REQUEST, "Purge Request" },
	    { NHRP_PURGE_REPLY, "Purge Reply" }, { NHRP_ERROR_INDICATION, "Error Indication" },
	    { NHRP_TRAFFIC_INDICATION, "Traffic Indication" }, { 0, NULL } };

	return name_of(names, (int32_t)t, "Unknown");
}

const char *
nhrp_code_name(unsigned code)
{
	static const struct name names[] = { { NHRP_OK, "no error" }, { NHRP_ERR_EXTENSION, "unrecognized extension" },
	    { NHRP_ERR_LOOP, "NHRP loop detected" }, { NHRP_PROHIBITED, "administratively prohibited" },
	    { NHRP_NO_RESOURCES, "insufficient resources" }, { NHRP_ERR_UNREACHABLE, "protocol address unreachable" },
	    { NHRP_ERR_PROTOCOL, "protocol generic error" }, { NHRP_ERR_SIZE, "NHRP SDU size exceeded" },
	    { NHRP_ERR_BAD_EXTENSION, "invalid extension" }, { NHRP_ERR_BAD_REPLY, "invalid NHRP resolution reply received" },
	    { NHRP_ERR_AUTH, "authentication failure" }, { NHRP_NO_BINDING, "no internetworking layer address to NBMA address binding exists" },
	    { NHRP_NOT_UNIQUE, "binding exists but is not unique" }, { NHRP_UNIQUE_TAKEN, "unique address registered already" },
	    { NHRP_ERR_HOPS, "hop count exceeded" }, { 0, NULL } };

	return name_of(names, (int32_t)code, "unknown");
}

const char *
nhrp_verdict_name(enum nhrp_verdict v)
{
	static const struct name names[] = { { NHRP_GOOD, "good" }, { NHRP_SHORT, "truncated" }, { NHRP_CHECKSUM, "bad checksum" },
	    { NHRP_UNSUPPORTED, "unsupported version or address family" }, { NHRP_MALFORMED, "malformed" },
	    { NHRP_UNKNOWN_EXT, "unrecognized extension" }, { NHRP_TOO_MANY, "too many entries" }, { 0, NULL } };

	return name_of(names, (int32_t)v, "unknown");
}

/* The Internet checksum over all of it: 0 of a sound packet. */
static uint16_t
checksum(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	if (n % 2 != 0)
		sum += (uint32_t)p[n - 1] << 8;
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

bool
nhrp_cie_add(struct nhrp_cies *l, const struct nhrp_cie *c)
{
	if (l->n == NHRP_CIES)
		return false;
	l->v[l->n++] = *c;
	return true;
}

/* Client information entry (RFC 2332, 5.2.0.1): a fixed part, then the addresses whose lengths it gives. */
static enum nhrp_verdict
get_cie(struct rd *r, struct nhrp_cie *c)
{
	uint8_t nbma_tl, sub_tl, proto_len;

	*c = (struct nhrp_cie){ .code = rd_u8(r), .prefix = rd_u8(r) };
	rd_u16(r);
	c->mtu = rd_u16(r);
	c->holdtime = rd_u16(r);
	nbma_tl = rd_u8(r);
	sub_tl = rd_u8(r);
	proto_len = rd_u8(r);
	c->preference = rd_u8(r);
	if (r->bad)
		return NHRP_SHORT;
	if ((nbma_tl != 0 && nbma_tl != 4) || (sub_tl & 0x3f) != 0 || (proto_len != 0 && proto_len != 4))
		return NHRP_UNSUPPORTED;
	if ((c->has_nbma = nbma_tl == 4))
		c->nbma = rd_u32(r);
	if ((c->has_proto = proto_len == 4))
		c->proto = rd_u32(r);
	return r->bad ? NHRP_SHORT : NHRP_GOOD;
}

static enum nhrp_verdict
get_cies(struct rd *r, struct nhrp_cies *l)
{
	enum nhrp_verdict v;
	struct nhrp_cie c;

	while (rd_left(r) > 0) {
		if ((v = get_cie(r, &c)) != NHRP_GOOD)
			return v;
		if (!nhrp_cie_add(l, &c))
			return NHRP_TOO_MANY;
	}
	return NHRP_GOOD;
}

/* Cisco's form of RFC 2332, 5.3.4: two reserved bytes, a kind, and the word in clear. */
static enum nhrp_verdict
get_auth(struct rd *r, struct nhrp_msg *m)
{
	uint32_t kind = rd_u32(r);
	size_t n = rd_left(r);
	const uint8_t *p = rd_bytes(r, n);

	if (r->bad)
		return NHRP_SHORT;
	/* Any other kind or a longer word can't be ours: it stays as one that fits nothing. */
	m->has_auth = true;
	m->auth_len = 0;
	if (kind != AUTH_CLEARTEXT || n > NHRP_AUTH_MAX)
		return NHRP_GOOD;
	if (n > 0)
		memcpy(m->auth, p, n);
	m->auth_len = n;
	return NHRP_GOOD;
}

static enum nhrp_verdict
get_ext(struct rd *r, uint16_t type, struct nhrp_msg *m)
{
	switch (type & EXT_TYPE) {
	case NHRP_EXT_RESPONDER:
		m->has_responder = true;
		return get_cies(r, &m->responder);
	case NHRP_EXT_FORWARD:
		m->has_forward = true;
		return get_cies(r, &m->forward);
	case NHRP_EXT_REVERSE:
		m->has_reverse = true;
		return get_cies(r, &m->reverse);
	case NHRP_EXT_NAT:
		m->has_nat = true;
		return get_cies(r, &m->nat);
	case NHRP_EXT_AUTH:
		return get_auth(r, m);
	default:
		/* Vendors' own, and what is to come: ignored unless it must be understood (RFC 2332, 5.3). */
		return (type & EXT_COMPULSORY) != 0 && (type & EXT_TYPE) != NHRP_EXT_VENDOR ? NHRP_UNKNOWN_EXT : NHRP_GOOD;
	}
}

/* Extensions up to the end marker (RFC 2332, 5.3); whatever stands behind it is no part of the packet. */
static enum nhrp_verdict
get_exts(struct rd *r, struct nhrp_msg *m)
{
	enum nhrp_verdict v;

	for (;;) {
		uint16_t type = rd_u16(r), len = rd_u16(r);
		struct rd sub;

		if (r->bad)
			return NHRP_SHORT;
		if ((type & EXT_TYPE) == NHRP_EXT_END)
			return len == 0 && rd_left(r) == 0 ? NHRP_GOOD : NHRP_MALFORMED;
		sub = rd_sub(r, len);
		if (r->bad)
			return NHRP_SHORT;
		if ((v = get_ext(&sub, type, m)) != NHRP_GOOD)
			return v;
	}
}

/* RFC 2332, 5.2.0.1 (and 5.2.7 of an error indication): addresses and what stands before them. */
static enum nhrp_verdict
get_mandatory(struct rd *r, uint8_t shtl, uint8_t sstl, struct nhrp_msg *m)
{
	bool tells = m->type >= NHRP_ERROR_INDICATION;
	uint8_t src_len = rd_u8(r), dst_len = rd_u8(r);

	m->flags = rd_u16(r);
	if (tells) {
		m->code = rd_u16(r);
		m->offset = rd_u16(r);
	} else {
		m->reqid = rd_u32(r);
	}
	if (r->bad)
		return NHRP_SHORT;
	if ((shtl != 0 && shtl != 4) || (sstl & 0x3f) != 0 || src_len != 4 || dst_len != 4)
		return NHRP_UNSUPPORTED;
	m->src_nbma = shtl == 4 ? rd_u32(r) : 0;
	m->src = rd_u32(r);
	m->dst = rd_u32(r);
	if (r->bad)
		return NHRP_SHORT;
	if (!tells)
		return get_cies(r, &m->cies);
	m->body_len = rd_left(r);
	m->body = rd_bytes(r, m->body_len);
	return NHRP_GOOD;
}

/* RFC 2332, 5.2.1. */
enum nhrp_verdict
nhrp_decode(const uint8_t *p, size_t n, struct nhrp_msg *m)
{
	enum nhrp_verdict v;
	struct rd r, mandatory;
	uint16_t afn, proto;
	uint8_t version, type, shtl, sstl;

	memset(m, 0, sizeof(*m));
	rd_init(&r, p, n);
	afn = rd_u16(&r);
	proto = rd_u16(&r);
	rd_bytes(&r, 5);		/* SNAP: only with protocol type 0x80 */
	m->hops = rd_u8(&r);
	m->size = rd_u16(&r);
	rd_u16(&r);
	m->extoff = rd_u16(&r);
	version = rd_u8(&r);
	type = rd_u8(&r);
	shtl = rd_u8(&r);
	sstl = rd_u8(&r);
	if (r.bad || m->size > n || m->size < NHRP_HDR)
		return NHRP_SHORT;
	/* What a link pads behind is none of it. */
	if (checksum(p, m->size) != 0)
		return NHRP_CHECKSUM;
	if (afn != AFN_IPV4 || proto != PROTO_IPV4 || version != VERSION || type < NHRP_RESOLUTION_REQUEST || type >= NHRP_TYPE__END)
		return NHRP_UNSUPPORTED;
	m->type = (enum nhrp_type)type;
	if (m->extoff != 0 && (m->extoff < NHRP_HDR || m->extoff > m->size))
		return NHRP_SHORT;
	rd_init(&r, p + NHRP_HDR, m->size - NHRP_HDR);
	mandatory = rd_sub(&r, (m->extoff != 0 ? m->extoff : m->size) - NHRP_HDR);
	if ((v = get_mandatory(&mandatory, shtl, sstl, m)) != NHRP_GOOD || m->extoff == 0)
		return v;
	return get_exts(&r, m);
}

void
nhrp_peek(const uint8_t *p, size_t n, struct nhrp_msg *m)
{
	struct rd r;

	memset(m, 0, sizeof(*m));
	rd_init(&r, p, n);
	rd_bytes(&r, 18);
	if (rd_u8(&r) != 4)
		return;
	rd_bytes(&r, 9);
	m->src_nbma = rd_u32(&r);
	m->src = rd_u32(&r);
	m->dst = rd_u32(&r);
	if (r.bad)
		memset(m, 0, sizeof(*m));
}

static void
put_cie(struct wr *w, const struct nhrp_cie *c)
{
	wr_u8(w, c->code);
	wr_u8(w, c->prefix);
	wr_u16(w, 0);
	wr_u16(w, c->mtu);
	wr_u16(w, c->holdtime);
	wr_u8(w, c->has_nbma ? 4 : 0);
	wr_u8(w, 0);
	wr_u8(w, c->has_proto ? 4 : 0);
	wr_u8(w, c->preference);
	if (c->has_nbma)
		wr_u32(w, c->nbma);
	if (c->has_proto)
		wr_u32(w, c->proto);
}

static void
put_ext_cies(struct wr *w, bool has, uint16_t type, const struct nhrp_cies *l)
{
	size_t at = wr_len(w);

	if (!has)
		return;
	wr_u16(w, type);
	wr_u16(w, 0);
	for (size_t i = 0; i < l->n; i++)
		put_cie(w, &l->v[i]);
	wr_u16_at(w, at + 2, (uint16_t)(wr_len(w) - at - 4));
}

static void
put_exts(struct wr *w, const struct nhrp_msg *m)
{
	put_ext_cies(w, m->has_responder, NHRP_EXT_RESPONDER | EXT_COMPULSORY, &m->responder);
	put_ext_cies(w, m->has_forward, NHRP_EXT_FORWARD | EXT_COMPULSORY, &m->forward);
	put_ext_cies(w, m->has_reverse, NHRP_EXT_REVERSE | EXT_COMPULSORY, &m->reverse);
	if (m->has_auth) {
		wr_u16(w, NHRP_EXT_AUTH | EXT_COMPULSORY);
		wr_u16(w, (uint16_t)(4 + m->auth_len));
		wr_u32(w, AUTH_CLEARTEXT);
		wr_bytes(w, m->auth, m->auth_len);
	}
	put_ext_cies(w, m->has_nat, NHRP_EXT_NAT, &m->nat);
	wr_u16(w, NHRP_EXT_END | EXT_COMPULSORY);
	wr_u16(w, 0);
}

static void
put_mandatory(struct wr *w, const struct nhrp_msg *m)
{
	bool tells = m->type >= NHRP_ERROR_INDICATION;

	wr_u8(w, 4);
	wr_u8(w, 4);
	wr_u16(w, m->flags);
	if (tells) {
		wr_u16(w, m->code);
		wr_u16(w, m->offset);
	} else {
		wr_u32(w, m->reqid);
	}
	wr_u32(w, m->src_nbma);
	wr_u32(w, m->src);
	wr_u32(w, m->dst);
	for (size_t i = 0; i < m->cies.n; i++)
		put_cie(w, &m->cies.v[i]);
	if (tells && m->body_len > 0)
		wr_bytes(w, m->body, m->body_len);
}

size_t
nhrp_encode(struct nhrp_msg *m, uint8_t *out, size_t max)
{
	struct wr w;

	wr_init(&w, out, max);
	wr_u16(&w, AFN_IPV4);
	wr_u16(&w, PROTO_IPV4);
	wr_zero(&w, 5);
	wr_u8(&w, m->hops);
	wr_zero(&w, 6);
	wr_u8(&w, VERSION);
	wr_u8(&w, (uint8_t)m->type);
	wr_u8(&w, 4);
	wr_u8(&w, 0);
	put_mandatory(&w, m);
	/* An error indication has no extensions (RFC 2332, 5.2.7). */
	m->extoff = m->type == NHRP_ERROR_INDICATION ? 0 : wr_len(&w);
	if (m->extoff != 0)
		put_exts(&w, m);
	if (w.bad)
		return 0;
	m->size = wr_len(&w);
	wr_u16_at(&w, 10, (uint16_t)m->size);
	wr_u16_at(&w, 14, (uint16_t)m->extoff);
	wr_u16_at(&w, 12, checksum(out, m->size));
	return m->size;
}
