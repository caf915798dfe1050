/*
 * What the payloads of an IKEv1 message say, as a list of names for the rung and as lines for its details.  The decoders
 * are the key exchange's own (ike/wire/); what they refuse is told as unreadable, with their reason.
 */

#include <stdio.h>
#include <string.h>

#include "ike/wire/cfg.h"
#include "lib/dn.h"
#include "lib/names.h"
#include "shell/ladder_payload.h"

#define TRANSFORMS_TOLD	12

static const struct name p1_ciphers[] = {
	{ 1, "DES" }, { 2, "IDEA" }, { 3, "Blowfish" }, { 4, "RC5" }, { 5, "3DES" }, { 6, "CAST" }, { 7, "AES" }, { 8, "Camellia" }, { 0, NULL },
};
static const struct name p1_hashes[] = {
	{ 1, "MD5" }, { 2, "SHA" }, { 3, "Tiger" }, { 4, "SHA-256" }, { 5, "SHA-384" }, { 6, "SHA-512" }, { 0, NULL },
};
static const struct name p1_auths[] = {
	{ 1, "PSK" }, { 2, "DSS signatures" }, { 3, "RSA signatures" }, { 4, "RSA encryption" }, { 64221, "hybrid, RSA" }, { 65001, "XAUTH, PSK" },
	{ 65002, "XAUTH of the responder, PSK" }, { 65005, "XAUTH, RSA signatures" }, { 0, NULL },
};
static const struct name esp_ids[] = {
	{ 1, "DES-IV64" }, { 2, "DES" }, { 3, "3DES" }, { 7, "Blowfish" }, { 11, "NULL" }, { 12, "AES" }, { 13, "AES-CTR" }, { 14, "AES-CCM-8" },
	{ 15, "AES-CCM-12" }, { 16, "AES-CCM-16" }, { 18, "AES-GCM-8" }, { 19, "AES-GCM-12" }, { 20, "AES-GCM-16" }, { 22, "Camellia" },
	{ 23, "AES-GMAC" }, { 0, NULL },
};
static const struct name ah_ids[] = {
	{ 2, "MD5" }, { 3, "SHA" }, { 5, "SHA-256" }, { 6, "SHA-384" }, { 7, "SHA-512" }, { 0, NULL },
};
static const struct name p2_auths[] = {
	{ 1, "MD5" }, { 2, "SHA" }, { 5, "SHA-256" }, { 6, "SHA-384" }, { 7, "SHA-512" }, { 0, NULL },
};
static const struct name id_types[] = {
	{ 1, "address" }, { 2, "FQDN" }, { 3, "user FQDN" }, { 4, "subnet" }, { 5, "address" }, { 6, "subnet" }, { 9, "DN" }, { 11, "key id" }, { 0, NULL },
};
static const struct name vids[] = {
	{ VID_NATT_RFC3947, "RFC 3947" }, { VID_NATT_07, "NAT-T draft 07" }, { VID_NATT_03, "NAT-T draft 03" }, { VID_NATT_02, "NAT-T draft 02" },
	{ VID_NATT_02_PLAIN, "NAT-T draft 02" }, { VID_DPD, "DPD" }, { VID_UNITY, "Unity" }, { VID_XAUTH, "XAUTH" }, { VID_SELF, "inspire" },
	{ VID_FRAGMENTATION, "fragmentation" }, { 0, NULL },
};
static const struct name protos[] = { { PROTO_ISAKMP, "ISAKMP" }, { PROTO_AH, "AH" }, { PROTO_ESP, "ESP" }, { 0, NULL } };
static const struct name cfg_types[] = {
	{ CFG_REQUEST, "REQUEST" }, { CFG_REPLY, "REPLY" }, { CFG_SET, "SET" }, { CFG_ACK, "ACK" }, { 0, NULL },
};

static void
add_hex(struct text *t, const uint8_t *p, size_t n, size_t most)
{
	char hex[2 * 32 + 1];

	if (most > 32)
		most = 32;
	hex_fmt(p, n < most ? n : most, hex);
	text_printf(t, "%s%s", hex, n > most ? "..." : "");
}

static void
add_named(struct text *t, const struct name *table, unsigned v, const char *what)
{
	const char *name = name_of(table, (int32_t)v, NULL);

	if (name != NULL)
		text_add(t, name);
	else
		text_printf(t, "%s %u", what, v);
}

/* ---- SA ---- */

static void
p1_transform(const struct transform *tr, struct text *t, struct ladder_said *said)
{
	struct p1_attrs a;

	if (p1_attrs_parse(tr, &a) != IKEC_OK) {
		text_add(t, "unreadable");
		return;
	}
	said->p1 = true;
	p1_cipher(&a, &said->cipher);
	said->hash = p1_hash(a.hash);
	said->life_s = a.life_s;
	add_named(t, p1_ciphers, a.enc, "cipher");
	if (a.keylen != 0)
		text_printf(t, "-%u", a.keylen);
	text_add(t, ", ");
	add_named(t, p1_hashes, a.hash, "hash");
	text_printf(t, ", group %u, ", a.group);
	add_named(t, p1_auths, a.auth, "method");
	if (a.life_s != 0)
		text_printf(t, ", %u s", a.life_s);
	if (a.life_kb != 0)
		text_printf(t, ", %u KB", a.life_kb);
}

static const char *
encaps_name(unsigned e)
{
	switch (e) {
	case ENCAPS_TRANSPORT: return "transport";
	case ENCAPS_UDP_TUNNEL: case ENCAPS_DRAFT_UDP_TUNNEL: return "tunnel in UDP";
	case ENCAPS_UDP_TRANSPORT: case ENCAPS_DRAFT_UDP_TRANSPORT: return "transport in UDP";
	default: return "tunnel";
	}
}

static void
p2_transform(unsigned proto, const struct transform *tr, struct text *t, struct ladder_said *said)
{
	struct p2_attrs a;
	size_t at = t->len;

	if (p2_attrs_parse(tr, &a) != IKEC_OK) {
		text_add(t, "unreadable");
		return;
	}
	add_named(t, proto == PROTO_AH ? ah_ids : esp_ids, tr->id, "transform");
	if (a.keylen != 0)
		text_printf(t, "-%u", a.keylen);
	if (a.auth != 0) {
		text_add(t, ", ");
		add_named(t, p2_auths, a.auth, "hash");
	}
	text_printf(t, ", %s", encaps_name(a.encaps));
	if (a.esn)
		text_add(t, ", ESN");
	if (said->suite[0] == '\0')
		snprintf(said->suite, sizeof(said->suite), "%s", t->s + at);
	if (a.group != 0)
		text_printf(t, ", PFS group %u", a.group);
	if (a.life_s != 0)
		text_printf(t, ", %u s", said->life_s = a.life_s);
	if (a.life_kb != 0)
		text_printf(t, ", %u KB", a.life_kb);
}

static void
sa_spis(const struct sa_payload *sa, struct ladder_said *said)
{
	for (size_t i = 0; i < sa->nprop; i++) {
		const struct proposal *p = &sa->prop[i];

		if (p->proto == PROTO_ISAKMP || p->spi_len != 4 || said->nspi == IKE_PROPOSALS)
			continue;
		said->spi[said->nspi].proto = p->proto == PROTO_AH ? 51 : 50;
		said->spi[said->nspi++].spi = (uint32_t)p->spi[0] << 24 | (uint32_t)p->spi[1] << 16 | (uint32_t)p->spi[2] << 8 | p->spi[3];
	}
}

static void
say_sa(const struct payload *pl, struct text *brief, struct text *t, struct ladder_said *said)
{
	struct sa_payload sa;

	if (sa_parse(pl->p, pl->n, &sa) != IKEC_OK) {
		text_add(t, "SA: unreadable\n");
		return;
	}
	for (size_t i = 0; i < sa.nt && i < TRANSFORMS_TOLD; i++) {
		const struct transform *tr = &sa.t[i];
		const struct proposal *p = &sa.prop[tr->prop];

		text_printf(t, "SA %u.%u: ", p->number, tr->number);
		if (p->proto == PROTO_ISAKMP) {
			p1_transform(tr, t, said);
		} else {
			text_printf(t, "%s ", name_of(protos, p->proto, "protocol ?"));
			p2_transform(p->proto, tr, t, said);
			if (p->spi_len == 4) {
				text_add(t, ", SPI 0x");
				add_hex(t, p->spi, 4, 4);
			}
		}
		text_addc(t, '\n');
	}
	if (sa.nt > TRANSFORMS_TOLD)
		text_printf(t, "SA: and %zu more transforms\n", sa.nt - TRANSFORMS_TOLD);
	sa_spis(&sa, said);
	if (said->nspi == 1)
		text_printf(brief, " 0x%08X", said->spi[0].spi);
}

/* ---- the others ---- */

/* Whose certificate it is, or whose are taken; as far as names can be printed. */
static void
say_name(const struct ike_der *name, const char *what, struct text *t)
{
	char text[256];

	if (name->n == 0 || !dn_text(name->p, name->n, text, sizeof(text))) {
		text_printf(t, "%s: %zu bytes\n", what, name->n);
		return;
	}
	ladder_clean(text, sizeof(text), text, strlen(text));
	text_printf(t, "%s: %s\n", what, text);
}

static void
say_id(const struct payload *pl, struct text *t)
{
	char text[ADDR_STRLEN], name[256];
	struct ike_id id;

	text_add(t, "ID: ");
	if (pl->n > 4 && pl->p[0] == IKE_ID_DN) {
		say_name(&(struct ike_der){ pl->p + 4, pl->n - 4 }, "DN", t);
		return;
	}
	if (id_parse(pl->p, pl->n, &id) != IKEC_OK) {
		text_printf(t, "type %u, %zu bytes\n", pl->n > 0 ? pl->p[0] : 0, pl->n);
		return;
	}
	ladder_clean(name, sizeof(name), id.name, strnlen(id.name, sizeof(id.name)));
	add_named(t, id_types, id.type, "type");
	text_printf(t, " %s", id.addr.af != ADDR_NONE ? addr_fmt(&id.addr, text) : name);
	if (id.type == IKE_ID_IPV4_ADDR_SUBNET || id.type == IKE_ID_IPV6_ADDR_SUBNET)
		text_printf(t, "/%u", id.prefix_len);
	if (id.protocol != 0)
		text_printf(t, ", protocol %u", id.protocol);
	if (id.port != 0)
		text_printf(t, ", port %u", id.port);
	text_addc(t, '\n');
}

static void
say_notify(const struct payload *pl, struct text *brief, struct text *t, struct ladder_said *said)
{
	struct notify n;
	const char *name;

	if (notify_parse(pl, &n) != IKEC_OK) {
		text_add(t, "NOTIFY: unreadable\n");
		return;
	}
	name = notify_name(n.type);
	if (strcmp(name, "Unknown") == 0)
		text_printf(brief, " %u", n.type);
	else
		text_printf(brief, " %s", name);
	text_printf(t, "NOTIFY: %s (%u), %s", name, n.type, name_of(protos, n.proto, "no protocol"));
	if (n.type == NOTIFY_INVALID_SPI && n.data_len >= 4) {
		text_add(brief, " 0x");
		add_hex(brief, n.data, 4, 4);
	}
	if (n.spi_len > 0) {
		text_add(t, ", SPI ");
		add_hex(t, n.spi, n.spi_len, 16);
	}
	if (n.data_len > 0) {
		text_add(t, ", data ");
		add_hex(t, n.data, n.data_len, 16);
	}
	text_addc(t, '\n');
	if (n.type == NOTIFY_INITIAL_CONTACT)
		said->initial_contact = true;
	if (n.type == NOTIFY_R_U_THERE || n.type == NOTIFY_R_U_THERE_ACK)
		said->dpd = n.type;
}

static void
say_delete(const struct payload *pl, struct text *brief, struct text *t)
{
	struct delete d;

	if (delete_parse(pl, &d) != IKEC_OK) {
		text_add(t, "DELETE: unreadable\n");
		return;
	}
	text_printf(brief, " %s", name_of(protos, d.proto, "?"));
	if (d.proto != PROTO_ISAKMP) {
		text_add(brief, " 0x");
		add_hex(brief, d.spis, 4, 4);
		if (d.n > 1)
			text_printf(brief, " and %zu more", d.n - 1);
	}
	text_printf(t, "DELETE: %s", name_of(protos, d.proto, "?"));
	for (size_t i = 0; i < d.n && i < 16; i++) {
		text_add(t, d.proto == PROTO_ISAKMP ? " " : " 0x");
		add_hex(t, d.spis + i * d.spi_len, d.spi_len, 16);
	}
	text_add(t, d.n > 16 ? " ...\n" : "\n");
}

static void
say_vid(const struct payload *pl, struct text *t)
{
	text_printf(t, "VENDOR: %s, ", name_of(vids, (int32_t)vid_of(pl->p, pl->n), "not known here"));
	add_hex(t, pl->p, pl->n, 16);
	text_addc(t, '\n');
}

static void
say_cfg(const struct payload *pl, struct text *brief, struct text *t, struct ladder_said *said)
{
	struct cfg_payload c;

	if (cfg_parse(pl->p, pl->n, &c) != IKEC_OK) {
		text_add(t, "ATTRIBUTE: unreadable\n");
		return;
	}
	said->cfg_type = c.type;
	text_printf(brief, " %s", name_of(cfg_types, c.type, "?"));
	text_printf(t, "ATTRIBUTE: %s", name_of(cfg_types, c.type, "?"));
	for (size_t i = 0; i < c.n; i++) {
		const char *name = cfg_attr_name(c.a[i].type);

		said->cfg_xauth = said->cfg_xauth || (c.a[i].type >= CFG_A_XAUTH_TYPE && c.a[i].type <= CFG_A_XAUTH_ANSWER);
		if (name != NULL)
			text_printf(t, "%s %s", i > 0 ? "," : "", name);
		else
			text_printf(t, "%s %u", i > 0 ? "," : "", c.a[i].type);
	}
	text_addc(t, '\n');
}

static void
say_cert(const struct payload *pl, struct text *t)
{
	struct ike_der cert[IKE_CHAIN_MAX], name;
	size_t n = 0;

	if (certpl_parse(pl, cert, &n, IKE_CHAIN_MAX) != IKEC_OK || n == 0) {
		text_printf(t, "CERT: %zu bytes\n", pl->n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (certder_subject(&cert[i], &name))
			say_name(&name, "CERT", t);
		else
			text_printf(t, "CERT: %zu bytes\n", cert[i].n);
}

static void
say_certreq(const struct payload *pl, struct text *t)
{
	struct ike_der name = { NULL, 0 };

	if (certreqpl_parse(pl, &name) == IKEC_OK)
		say_name(&name, "CERT_REQ", t);
	else
		text_add(t, "CERT_REQ: unreadable\n");
}

static void
say_bytes(const struct payload *pl, struct text *t)
{
	text_printf(t, "%s: %zu bytes\n", payload_name(pl->type), pl->n);
}

static void
say_payload(const struct payload *pl, struct text *brief, struct text *detail, struct ladder_said *said)
{
	switch (pl->type) {
	case PL_SA: say_sa(pl, brief, detail, said); break;
	case PL_ID: say_id(pl, detail); break;
	case PL_N: say_notify(pl, brief, detail, said); break;
	case PL_D: say_delete(pl, brief, detail); break;
	case PL_VID: say_vid(pl, detail); break;
	case PL_ATTR: say_cfg(pl, brief, detail, said); break;
	case PL_CERT: say_cert(pl, detail); break;
	case PL_CR: say_certreq(pl, detail); break;
	default: say_bytes(pl, detail); break;
	}
}

/* Payloads of one kind in a row are told once, with their number. */
void
ladder_payloads(const struct msg *m, struct text *brief, struct text *detail, struct ladder_said *said)
{
	for (size_t i = 0, n; i < m->npl; i += n) {
		const struct payload *pl = &m->pl[i];
		bool each = pl->type == PL_N || pl->type == PL_D || pl->type == PL_SA;
		struct text extra = { 0 };

		for (n = 1; !each && i + n < m->npl && m->pl[i + n].type == pl->type; n++)
			;
		if (strcmp(payload_name(pl->type), "unknown") == 0)
			text_printf(brief, "%spayload %u", i > 0 ? ", " : "", pl->type);
		else
			text_printf(brief, "%s%s", i > 0 ? ", " : "", payload_name(pl->type));
		if (n > 1)
			text_printf(brief, " x%zu", n);
		for (size_t k = 0; k < n; k++)
			say_payload(&m->pl[i + k], &extra, detail, said);
		if (each || n == 1)
			text_add(brief, text_str(&extra));
		text_free(&extra);
	}
}
