/* Phase 2 offers (RFC 2407 4.4, 4.5): the peer's, judged by IPsec policy, and its answer against our offer. */

#include <string.h>

#include "ike/v1/v1.h"
#include "lib/names.h"

static const struct name esp_names[] = { { 2, "ESP_DES" }, { 3, "ESP_3DES" }, { 11, "ESP_NULL" }, { 12, "ESP_AES" }, { 20, "ESP_GCM" }, { 23, "ESP_GMAC" }, { 0, NULL } };
static const struct name ah_names[] = { { 2, "AH_MD5" }, { 3, "AH_SHA" }, { 5, "AH_SHA256" }, { 6, "AH_SHA384" }, { 7, "AH_SHA512" }, { 0, NULL } };
static const struct name encaps_names[] = { { 1, "Tunnel" }, { 2, "Transport" }, { 3, "Tunnel-UDP" }, { 4, "Transport-UDP" },
	{ ENCAPS_DRAFT_UDP_TUNNEL, "Tunnel-UDP" }, { ENCAPS_DRAFT_UDP_TRANSPORT, "Transport-UDP" }, { 0, NULL } };
static const struct name auth_names[] = { { 1, "HMAC-MD5" }, { 2, "HMAC-SHA" }, { 5, "HMAC-SHA256" }, { 6, "HMAC-SHA384" }, { 7, "HMAC-SHA512" }, { 0, NULL } };
static const struct name life_names[] = { { 1, "seconds" }, { 2, "kilobytes" }, { 0, NULL } };

static void
say_attrs(struct sa *sa, const struct transform *t)
{
	struct ike *i = sa->ike;
	struct attr a;
	struct rd r;
	char vpi[64];

	rd_init(&r, t->attrs, t->nattrs);
	while (attr_next(&r, &a)) {
		switch (a.type) {
		case A2_ENCAPS: say(i, sa, SAY_A2_ENCAPS, a.value, name_of(encaps_names, (int32_t)a.value, "?")); break;
		case A2_LIFE_TYPE: say(i, sa, SAY_A2_LIFE_TYPE, name_of(life_names, (int32_t)a.value, "?")); break;
		case A2_LIFE:
			v1_life_vpi(&a, vpi, sizeof(vpi));
			if (a.basic)
				say(i, sa, SAY_A2_LIFE_BASIC, a.value);
			else
				say(i, sa, SAY_A2_LIFE_VPI, vpi);
			break;
		case A2_AUTH: say(i, sa, SAY_A2_AUTH, name_of(auth_names, (int32_t)a.value, "?")); break;
		case A2_KEYLEN: say(i, sa, SAY_A2_KEYLEN, a.value); break;
		case A2_GROUP: say(i, sa, SAY_A2_GROUP, a.value); break;
		case A2_ESN: say(i, sa, SAY_A2_ESN, a.value); break;
		}
	}
}

static void
say_transform(struct sa *sa, const struct proposal *p, const struct transform *t)
{
	say(sa->ike, sa, SAY_TRANSFORM, (unsigned)t->number, name_of(p->proto == PROTO_AH ? ah_names : esp_names, t->id, "ESP_UNKNOWN"));
	say(sa->ike, sa, SAY_ATTRIBUTES);
	say_attrs(sa, t);
}

static uint32_t
spi_of(const struct proposal *p)
{
	return (uint32_t)p->spi[0] << 24 | (uint32_t)p->spi[1] << 16 | (uint32_t)p->spi[2] << 8 | p->spi[3];
}

/* What a transform asks for; false: nothing that we could do. */
static bool
esp_of(const struct sa *sa, const struct proposal *p, const struct transform *t, const struct p2_attrs *a, struct ike_esp *out)
{
	size_t enc, auth;

	memset(out, 0, sizeof(*out));
	if ((p->proto != PROTO_ESP && p->proto != PROTO_AH) || p->spi_len != 4 || spi_of(p) < 256 || p->bundled || a->odd)
		return false;
	if (!natt_encaps_read(sa, a->encaps, &out->transport) || (natt_udp(sa) && p->proto == PROTO_AH))
		return false;
	out->proto = p->proto == PROTO_AH ? 51 : 50;
	out->esp_id = t->id;
	out->key_bits = a->keylen == 0 && t->id == 12 && out->proto == 50 ? 128 : a->keylen;
	out->auth_id = (uint8_t)(a->auth <= 7 ? a->auth : 255);
	out->esn = a->esn;
	return esp_key_len(out, &enc, &auth);
}

static const uint32_t verdict_errors[] = { [IKE_OFFER_TRANSFORM] = 256, [IKE_OFFER_PROXY] = 32, [IKE_OFFER_PFS] = 64 };

static bool
judge_one(struct sa *sa, struct node *n, const struct sa_payload *s, const struct transform *t, const struct p2_attrs *a)
{
	const struct proposal *p = &s->prop[t->prop];
	struct ike *i = sa->ike;
	struct ike_choice choice;
	struct ike_offer o;
	enum ike_verdict v = IKE_OFFER_TRANSFORM;

	memset(&o, 0, sizeof(o));
	memset(&choice, 0, sizeof(choice));
	o.path = sa->path;
	o.conn_id = sa->conn_id;
	memcpy(o.profile, sa->cfg.profile, sizeof(o.profile));
	o.pfs_group = a->group;
	o.life_s = a->life_s;
	o.life_kb = a->life_kb;
	o.local_id = n->child.local_id;
	o.remote_id = n->child.remote_id;
	o.number = p->number;
	o.udp = natt_udp(sa);
	if (!esp_of(sa, p, t, a, &o.esp) || (a->group != 0 && !dh_group_known(a->group))) {
		say(i, sa, SAY_ATTS2_BAD);
		return false;
	}
	if (o.udp && o.esp.transport)
		natoa_proxies(sa, n, &o.local_id, &o.remote_id);
	say(i, sa, SAY_ATTS2_OK);
	choice.life_s = a->life_s;
	choice.life_kb = a->life_kb;
	if ((v = i->ops->offer(i->arg, &o, &choice)) != IKE_OFFER_OK) {
		say(i, sa, SAY_P2_ERROR, verdict_errors[v]);
		return false;
	}
	n->child.cookie = choice.cookie;
	n->child.esp = o.esp;
	n->child.local_id = o.local_id;
	n->child.remote_id = o.remote_id;
	n->child.pfs_group = a->group;
	n->child.life_s = choice.life_s;
	n->child.life_kb = choice.life_kb;
	n->child.spi_out = spi_of(p);
	n->lowered = choice.life_s < a->life_s || choice.life_kb < a->life_kb;
	return true;
}

/* The peer's transforms in its order; the first that policy takes. */
enum offer_result
p2_judge(struct sa *sa, struct node *n, const struct payload *pl, uint16_t *notify, struct proposal *first)
{
	struct sa_payload s;
	struct p2_attrs a;
	enum ike_counter e;
	size_t k;

	*notify = NOTIFY_BAD_PROPOSAL_SYNTAX;
	memset(first, 0, sizeof(*first));
	if ((e = sa_parse(pl->p, pl->n, &s)) != IKEC_OK) {
		ike_note(sa->ike, e);
		return OFFER_BAD;
	}
	*first = s.prop[0];
	for (k = 0; k < s.nt; k++) {
		if (k == 0 || s.t[k].prop != s.t[k - 1].prop)
			say(sa->ike, sa, SAY_CHECK_P2, (unsigned)s.prop[s.t[k].prop].number);
		say_transform(sa, &s.prop[s.t[k].prop], &s.t[k]);
		if ((e = p2_attrs_parse(&s.t[k], &a)) != IKEC_OK) {
			ike_note(sa->ike, e);
			return OFFER_BAD;
		}
		if (judge_one(sa, n, &s, &s.t[k], &a)) {
			n->prop_number = s.prop[s.t[k].prop].number;
			n->trans_number = s.t[k].number;
			return OFFER_OK;
		}
	}
	*notify = NOTIFY_NO_PROPOSAL_CHOSEN;
	ike_note(sa->ike, IKEC_NO_PROPOSAL);
	return OFFER_NONE;
}

static bool
esp_same(const struct ike_esp *a, const struct ike_esp *b)
{
	return a->proto == b->proto && a->esp_id == b->esp_id && a->key_bits == b->key_bits && a->auth_id == b->auth_id &&
	    a->transport == b->transport && a->esn == b->esn;
}

/* An answer has one transform, one of ours, with the PFS group that we asked for and no longer life. */
enum offer_result
p2_check_answer(struct sa *sa, struct node *n, const struct payload *pl)
{
	struct sa_payload s;
	struct p2_attrs a;
	struct ike_esp esp;
	size_t k;

	if (sa_parse(pl->p, pl->n, &s) != IKEC_OK || s.nt != 1 || p2_attrs_parse(&s.t[0], &a) != IKEC_OK)
		return OFFER_BAD;
	say(sa->ike, sa, SAY_CHECK_P2, (unsigned)s.prop[0].number);
	say_transform(sa, &s.prop[0], &s.t[0]);
	if (!esp_of(sa, &s.prop[0], &s.t[0], &a, &esp) || a.group != n->rq.pfs_group)
		return OFFER_NONE;
	for (k = 0; k < n->rq.nesp; k++)
		if (esp_same(&esp, &n->rq.esp[k]))
			break;
	if (k == n->rq.nesp)
		return OFFER_NONE;
	say(sa->ike, sa, SAY_ATTS2_OK);
	n->child.esp = n->rq.esp[k];
	n->child.spi_in = n->offered_spi[k];
	n->child.spi_out = spi_of(&s.prop[0]);
	if (a.life_s != 0 && a.life_s < n->child.life_s)
		n->child.life_s = a.life_s;
	if (a.life_kb != 0 && a.life_kb < n->child.life_kb)
		n->child.life_kb = a.life_kb;
	return OFFER_OK;
}
