/*
 * BER (X.690) as far as SNMP uses it: definite lengths, primitive values.  Reading goes forward within bounds that
 * each tag's length narrows; writing goes backward, so that a length is known when it is written.
 */

#include "engine/snmp_pdu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"

#define SEQUENCE	0x30
#define PDU_TRAP1	0xa4
#define PDU_TRAP2	0xa7

/* ---- reading ---- */

/* Tag and length (X.690, 8.1.2 and 8.1.3); gives what is inside. */
static struct rd
take(struct rd *r, uint8_t *tag)
{
	size_t len;

	*tag = rd_u8(r);
	if ((*tag & 0x1f) == 0x1f)
		r->bad = true;
	len = rd_u8(r);
	if (len >= 0x80) {
		unsigned octets = len & 0x7f;

		if (octets == 0 || octets > 4)
			r->bad = true;
		for (len = 0; octets > 0 && !r->bad; octets--)
			len = len << 8 | rd_u8(r);
	}
	return rd_sub(r, len);
}

static struct rd
expect(struct rd *r, uint8_t want)
{
	uint8_t tag;
	struct rd in = take(r, &tag);

	if (tag != want)
		r->bad = in.bad = true;
	return in;
}

/* Two's complement, or without a sign where the type says so (RFC 2578, 7.1). */
static uint64_t
number(struct rd *in, bool has_sign, size_t bits)
{
	size_t n = rd_left(in), max = bits / 8 + !has_sign;
	uint64_t v = 0;

	if (n == 0 || n > max) {
		in->bad = true;
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		uint8_t b = rd_u8(in);

		if (i == 0 && has_sign && (b & 0x80) != 0)
			v = UINT64_MAX;
		if (i == 0 && n == max && !has_sign && b != 0)
			in->bad = true;
		v = v << 8 | b;
	}
	return v;
}

/* X.690, 8.19 */
static void
oid_read(struct rd *in, struct snmp_oid *o)
{
	o->n = 0;
	if (rd_left(in) == 0)
		in->bad = true;
	while (!in->bad && rd_left(in) > 0) {
		uint64_t v = 0;
		uint8_t b;

		do {
			b = rd_u8(in);
			v = v << 7 | (b & 0x7f);
		} while ((b & 0x80) != 0 && !in->bad && v <= UINT32_MAX);
		if (v > UINT32_MAX || o->n + 2 > SNMP_OID_MAX) {
			in->bad = true;
			return;
		}
		if (o->n == 0) {
			o->v[o->n++] = v < 80 ? (uint32_t)v / 40 : 2;
			v -= o->v[0] * 40;
		}
		o->v[o->n++] = (uint32_t)v;
	}
}

static void
value_read(struct rd *in, uint8_t tag, struct snmp_varbind *b)
{
	b->type = (enum snmp_type)tag;
	switch (tag) {
	case SNMP_INTEGER:
		b->number = number(in, true, 32);
		break;
	case SNMP_COUNTER32:
	case SNMP_GAUGE32:
	case SNMP_TIMETICKS:
		b->number = number(in, false, 32);
		break;
	case SNMP_COUNTER64:
		b->number = number(in, false, 64);
		break;
	case SNMP_IPADDRESS:
		if (rd_left(in) != 4)
			in->bad = true;
		b->number = rd_u32(in);
		break;
	case SNMP_OCTETS:
	case SNMP_OPAQUE:
		b->len = rd_left(in);
		b->data = rd_bytes(in, b->len);
		break;
	case SNMP_OID:
		oid_read(in, &b->value);
		break;
	case SNMP_NULL:
		if (rd_left(in) != 0)
			in->bad = true;
		break;
	default:
		in->bad = true;
	}
}

/* RFC 3416, 3: VarBindList */
static enum snmp_error
varbinds_read(struct rd *r, struct snmp_trap *out)
{
	struct rd list = expect(r, SEQUENCE);

	while (!list.bad && rd_left(&list) > 0) {
		struct snmp_varbind *b = &out->v[out->n];
		struct rd pair, in;
		uint8_t tag;

		if (out->n == SNMP_VARBINDS)
			return SNMP_TOO_MUCH;
		pair = expect(&list, SEQUENCE);
		in = expect(&pair, SNMP_OID);
		memset(b, 0, sizeof(*b));
		oid_read(&in, &b->oid);
		if (in.bad)
			return SNMP_BAD_BER;
		in = take(&pair, &tag);
		value_read(&in, tag, b);
		if (in.bad || pair.bad || rd_left(&pair) > 0)
			return SNMP_BAD_BER;
		out->n++;
	}
	return list.bad ? SNMP_BAD_BER : SNMP_OK;
}

static uint64_t
number_of(struct rd *r, uint8_t tag, bool has_sign)
{
	struct rd in = expect(r, tag);
	uint64_t v = number(&in, has_sign, 32);

	if (in.bad)
		r->bad = true;
	return v;
}

/* RFC 1157, 4.1.6 */
static void
trap1_head(struct rd *pdu, struct snmp_trap *out)
{
	struct rd in = expect(pdu, SNMP_OID);

	oid_read(&in, &out->enterprise);
	if (in.bad)
		pdu->bad = true;
	in = expect(pdu, SNMP_IPADDRESS);
	if (rd_left(&in) != 4)
		pdu->bad = true;
	out->agent = rd_u32(&in);
	out->generic = (uint32_t)number_of(pdu, SNMP_INTEGER, true);
	out->specific = (uint32_t)number_of(pdu, SNMP_INTEGER, true);
	out->uptime = (uint32_t)number_of(pdu, SNMP_TIMETICKS, false);
}

/* RFC 3416, 3: PDU */
static void
trap2_head(struct rd *pdu, struct snmp_trap *out)
{
	out->request_id = (uint32_t)number_of(pdu, SNMP_INTEGER, true);
	number_of(pdu, SNMP_INTEGER, true);
	number_of(pdu, SNMP_INTEGER, true);
}

enum snmp_error
snmp_decode(const uint8_t *p, size_t n, struct snmp_trap *out)
{
	struct rd r, message, community, pdu;
	enum snmp_error e;
	uint64_t version;
	uint8_t tag;

	out->n = 0;
	out->request_id = out->agent = out->generic = out->specific = out->uptime = 0;
	out->enterprise.n = 0;
	rd_init(&r, p, n);
	message = expect(&r, SEQUENCE);
	version = number_of(&message, SNMP_INTEGER, true);
	community = expect(&message, SNMP_OCTETS);
	out->community_len = rd_left(&community);
	out->community = rd_bytes(&community, out->community_len);
	if (message.bad || r.bad || rd_left(&r) > 0)
		return SNMP_BAD_BER;
	if (version > 1)
		return SNMP_BAD_VERSION;
	out->version = (unsigned)version;
	pdu = take(&message, &tag);
	if (pdu.bad || message.bad || rd_left(&message) > 0)
		return SNMP_BAD_BER;
	if (tag != (version == 0 ? PDU_TRAP1 : PDU_TRAP2))
		return SNMP_NO_TRAP;
	(version == 0 ? trap1_head : trap2_head)(&pdu, out);
	if (pdu.bad)
		return SNMP_BAD_BER;
	e = varbinds_read(&pdu, out);
	return e == SNMP_OK && (pdu.bad || rd_left(&pdu) > 0) ? SNMP_BAD_BER : e;
}

/* ---- writing ---- */

struct back { uint8_t *base, *p, *end; bool full; };	/* what is written stands in [p, end) */

static void
put(struct back *w, uint8_t b)
{
	if (w->p == w->base)
		w->full = true;
	else
		*--w->p = b;
}

static void
put_bytes(struct back *w, const uint8_t *p, size_t n)
{
	while (n > 0)
		put(w, p[--n]);
}

/* Closes what was written since mark. */
static void
put_head(struct back *w, uint8_t tag, const uint8_t *mark)
{
	size_t len = (size_t)(mark - w->p);

	if (len >= 0x80) {
		unsigned octets = 0;

		for (size_t l = len; l > 0; l >>= 8, octets++)
			put(w, (uint8_t)l);
		put(w, (uint8_t)(0x80 | octets));
	} else
		put(w, (uint8_t)len);
	put(w, tag);
}

/* As few octets as hold it, with its sign. */
static void
put_number(struct back *w, uint8_t tag, uint64_t v, bool has_sign)
{
	const uint8_t *mark = w->p;
	int64_t s = (int64_t)v;
	bool more;

	do {
		uint8_t b = (uint8_t)s;

		put(w, b);
		s = has_sign ? s >> 8 : (int64_t)((uint64_t)s >> 8);
		more = has_sign && s == -1 ? (b & 0x80) == 0 : s != 0 || (b & 0x80) != 0;
	} while (more && !w->full);
	put_head(w, tag, mark);
}

static void
put_arc(struct back *w, uint32_t v)
{
	put(w, v & 0x7f);
	while ((v >>= 7) > 0)
		put(w, (uint8_t)(0x80 | (v & 0x7f)));
}

static void
put_oid(struct back *w, const struct snmp_oid *o)
{
	const uint8_t *mark = w->p;

	for (unsigned i = o->n; i > 2; i--)
		put_arc(w, o->v[i - 1]);
	put_arc(w, (o->n > 0 ? o->v[0] : 0) * 40 + (o->n > 1 ? o->v[1] : 0));
	put_head(w, SNMP_OID, mark);
}

static void
put_octets(struct back *w, uint8_t tag, const uint8_t *p, size_t n)
{
	const uint8_t *mark = w->p;

	put_bytes(w, p, n);
	put_head(w, tag, mark);
}

static void
put_address(struct back *w, uint32_t v)
{
	uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };

	put_octets(w, SNMP_IPADDRESS, b, 4);
}

static void
put_varbind(struct back *w, const struct snmp_varbind *b)
{
	const uint8_t *mark = w->p;

	switch (b->type) {
	case SNMP_INTEGER:
		put_number(w, SNMP_INTEGER, b->number, true);
		break;
	case SNMP_OCTETS:
	case SNMP_OPAQUE:
		put_octets(w, (uint8_t)b->type, b->data, b->len);
		break;
	case SNMP_OID:
		put_oid(w, &b->value);
		break;
	case SNMP_IPADDRESS:
		put_address(w, (uint32_t)b->number);
		break;
	case SNMP_NULL:
		put_head(w, SNMP_NULL, w->p);
		break;
	default:
		put_number(w, (uint8_t)b->type, b->number, false);
	}
	put_oid(w, &b->oid);
	put_head(w, SEQUENCE, mark);
}

size_t
snmp_encode(const struct snmp_trap *t, uint8_t *out, size_t max)
{
	struct back w = { out, out + max, out + max, false };
	size_t n;

	for (size_t i = t->n; i > 0; i--)
		put_varbind(&w, &t->v[i - 1]);
	put_head(&w, SEQUENCE, w.end);
	if (t->version == 0) {
		put_number(&w, SNMP_TIMETICKS, t->uptime, false);
		put_number(&w, SNMP_INTEGER, t->specific, true);
		put_number(&w, SNMP_INTEGER, t->generic, true);
		put_address(&w, t->agent);
		put_oid(&w, &t->enterprise);
	} else {
		put_number(&w, SNMP_INTEGER, 0, true);
		put_number(&w, SNMP_INTEGER, 0, true);
		put_number(&w, SNMP_INTEGER, (uint64_t)(int64_t)(int32_t)t->request_id, true);
	}
	put_head(&w, t->version == 0 ? PDU_TRAP1 : PDU_TRAP2, w.end);
	put_octets(&w, SNMP_OCTETS, t->community, t->community_len);
	put_number(&w, SNMP_INTEGER, t->version, true);
	put_head(&w, SEQUENCE, w.end);
	if (w.full)
		return 0;
	n = (size_t)(w.end - w.p);
	memmove(out, w.p, n);
	return n;
}

/* ---- text ---- */

bool
snmp_oid_parse(const char *s, struct snmp_oid *out)
{
	char *end;

	out->n = 0;
	if (*s == '.')
		s++;
	for (;; s = end + 1) {
		unsigned long v = strtoul(s, &end, 10);

		if (*s < '0' || *s > '9' || v > UINT32_MAX || out->n == SNMP_OID_MAX)
			return false;
		out->v[out->n++] = (uint32_t)v;
		if (*end == '\0')
			return out->n >= 2 && out->v[0] <= 2;
		if (*end != '.')
			return false;
	}
}

const char *
snmp_oid_fmt(const struct snmp_oid *o, char out[SNMP_OID_TEXT])
{
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < o->n; i++)
		n += (size_t)snprintf(out + n, SNMP_OID_TEXT - n, "%s%u", i > 0 ? "." : "", o->v[i]);
	return out;
}
