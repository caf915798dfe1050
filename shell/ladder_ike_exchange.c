/*
 * What an IKE message means: the number it has in its exchange, the states that it implies at both ends (named as our own state
 * table names them), and what follows from it: SAs that come and go, SPIs that somebody has not.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/v1/rules.h"
#include "lib/mem.h"
#include "shell/ladder_ike.h"

#define KE_MOST		1024u
#define V2_RESPONSE	0x20

/* ---- phase 1 ---- */

static void
states(struct ladder_in *in, int sender, int receiver)
{
	in->state[0] = sender >= 0 ? state_name((enum ike_state)sender) : NULL;
	in->state[1] = receiver >= 0 ? state_name((enum ike_state)receiver) : NULL;
}

/* Message numbers of Main Mode by what is in them: SA, then KE, then what is encrypted. */
static unsigned
main_number(const struct ladder_in *in)
{
	if (ladder_is_zero(in->h.rcookie, 8))
		return 1;
	if ((in->h.flags & ISAKMP_FLAG_E) != 0)
		return in->by_initiator ? 5 : 6;
	if (in->h.next == PL_SA)
		return 2;
	if (in->h.next == PL_KE || msg_find(in->m, PL_KE, 0) != NULL)
		return in->by_initiator ? 3 : 4;
	return 0;
}

static unsigned
aggressive_number(const struct ladder_in *in)
{
	return ladder_is_zero(in->h.rcookie, 8) ? 1 : !in->by_initiator ? 2 : 3;
}

static void
keep_ke(struct ladder_ike_sa *s, const struct ladder_in *in)
{
	const struct payload *pl = msg_find(in->m, PL_KE, 0);
	unsigned who = in->by_initiator ? 0 : 1;

	if (pl == NULL || pl->n == 0 || pl->n > KE_MOST || s->ke[who] != NULL)
		return;
	s->ke[who] = xmemdup(pl->p, pl->n);
	s->nke[who] = pl->n;
	ladder_first_iv(s);
}

static void
keep_choice(struct ladder_ike_sa *s, const struct ladder_in *in)
{
	if (!in->said.p1 || in->by_initiator)
		return;
	s->have_cipher = in->said.cipher != CIPHER_NONE;
	s->cipher = in->said.cipher;
	s->hash = in->said.hash;
	ladder_first_iv(s);
}

static void
complete(struct ladder *l, struct ladder_in *in)
{
	struct ladder_ike_sa *s = in->sa;

	if (s->complete)
		return;
	s->complete = true;
	ladder_sa_begin(l, s->sa, 0, in->k->ns);
	ladder_sa_begin(l, s->sa, 1, in->k->ns);
}

/*
 * Where the capture begins with a public value, whose it is shows by what follows: the other one's, or, if it was the
 * responder's, what the initiator encrypts.
 */
static void
who_began(struct ladder *l, struct ladder_in *in)
{
	struct ladder_ike_sa *s = in->sa;
	bool secret = (in->h.flags & ISAKMP_FLAG_E) != 0;
	uint8_t *ke = s->ke[0];
	uint16_t i = s->i;

	if (s->sure || in->h.exchange != EXCH_MAIN)
		return;
	if (secret && !in->by_initiator && s->ke[0] != NULL && s->ke[1] == NULL) {
		s->i = s->r;
		s->r = i;
		s->ke[0] = NULL;
		s->ke[1] = ke;
		s->nke[1] = s->nke[0];
		in->by_initiator = true;
		if (s->sa != LADDER_NONE) {
			l->sas[s->sa].party[0] = s->i;
			l->sas[s->sa].party[1] = s->r;
		}
		if (s->ke_row < l->nrows) {
			snprintf(l->rows[s->ke_row].title, 4, "MM4");
			l->rows[s->ke_row].state[0] = state_name(IKE_R_MM4);
			l->rows[s->ke_row].state[1] = state_name(IKE_I_MM4);
		}
	}
	s->sure = secret || (s->ke[0] != NULL && s->ke[1] != NULL);
}

static void
phase1(struct ladder *l, struct ladder_in *in)
{
	static const int main_states[7][2] = { { -1, -1 }, { IKE_I_MM1, IKE_R_MM1 }, { IKE_R_MM2, IKE_I_MM2 }, { IKE_I_MM3, IKE_R_MM3 },
	    { IKE_R_MM4, IKE_I_MM4 }, { IKE_I_MM5, IKE_R_MM5 }, { IKE_P1_COMPLETE, IKE_P1_COMPLETE } };
	static const int aggressive_states[4][2] = { { -1, -1 }, { IKE_I_AM1, IKE_R_AM_AAA_AWAIT }, { IKE_R_AM2, IKE_I_AM1 }, { IKE_P1_COMPLETE, IKE_P1_COMPLETE } };
	bool am = in->h.exchange == EXCH_AGGRESSIVE;
	unsigned n;
	const int *st;

	who_began(l, in);
	n = am ? aggressive_number(in) : main_number(in);
	st = am ? aggressive_states[n] : main_states[n];

	text_printf(&in->title, n > 0 ? "%s%u" : "%s", am ? "AM" : "MM", n);
	states(in, st[0], st[1]);
	keep_choice(in->sa, in);
	keep_ke(in->sa, in);
	if (n == (am ? 3u : 6u))
		complete(l, in);
	/* Read before phase 1 is complete, but acted on after: the proof is in the same message. */
	if (in->said.initial_contact && !in->sealed)
		ladder_sa_contact(l, in->from, in->to, in->k->ns, in->sa->sa);
}

/* ---- phase 2 ---- */

static void
ipsec_pair(struct ladder *l, const struct ladder_in *in, const struct ladder_exchange *x)
{
	/* The answer's SPI is the responder's own: with it the initiator sends. */
	uint16_t i = in->to, r = in->from;
	uint8_t proto = in->said.spi[0].proto;
	unsigned out = ladder_sa_ipsec(l, i, r, proto, in->said.spi[0].spi), back = LADDER_NONE;

	for (size_t k = 0; k < x->offer.nspi && back == LADDER_NONE; k++)
		if (x->offer.spi[k].proto == proto)
			back = ladder_sa_ipsec(l, r, i, proto, x->offer.spi[k].spi);
	for (unsigned end = 0; end < 2; end++) {
		ladder_sa_begin(l, out, end, in->k->ns);
		ladder_sa_begin(l, back, end, in->k->ns);
	}
	if (out == LADDER_NONE || back == LADDER_NONE)
		return;
	l->sas[out].pair = back;
	l->sas[back].pair = out;
	l->sas[out].life_s = l->sas[back].life_s = in->said.life_s;
	snprintf(l->sas[out].says, sizeof(l->sas[out].says), "%s", in->said.suite);
	snprintf(l->sas[back].says, sizeof(l->sas[back].says), "%s", in->said.suite);
}

static void
quick(struct ladder *l, struct ladder_in *in, struct ladder_exchange *x)
{
	bool by_beginner = in->from == x->began;

	if (x->step == 0) {
		x->step = 1;
		x->offer = in->said;
		states(in, IKE_QM_I_QM1, IKE_QM_SPI_STARVE);
	} else if (!by_beginner) {
		x->step = 2;
		states(in, IKE_QM_R_QM2, IKE_QM_IPSEC_INSTALL_AWAIT);
		x->read = in->said.nspi > 0;
		if (x->read)
			ipsec_pair(l, in, x);
		ladder_esp_break(l, in->from, in->to);
	} else {
		if (x->step == 2 && !x->read)
			ladder_esp_expect(l, in->from, in->to, in->k->ns);
		x->step = 3;
		states(in, IKE_QM_PHASE2_COMPLETE, IKE_QM_PHASE2_COMPLETE);
	}
	text_printf(&in->title, "QM%u", x->step);
}

static void
deleted(struct ladder *l, const struct ladder_in *in, const struct payload *pl)
{
	struct delete d;

	if (delete_parse(pl, &d) != IKEC_OK || d.proto == PROTO_ISAKMP)
		return;
	for (size_t i = 0; i < d.n; i++) {
		uint32_t spi = (uint32_t)d.spis[4 * i] << 24 | (uint32_t)d.spis[4 * i + 1] << 16 | (uint32_t)d.spis[4 * i + 2] << 8 | d.spis[4 * i + 3];
		unsigned sa = ladder_sa_spi(l, in->from, d.proto == PROTO_AH ? 51 : 50, spi), pair;

		if (sa == LADDER_NONE)
			continue;
		ladder_sa_gone(l, sa, in->k->ns, "it said DELETE");
		ladder_sa_ends(l, sa, 0, in->k->ns, "DELETE heard");
		if ((pair = l->sas[sa].pair) == LADDER_NONE)
			continue;
		ladder_sa_ends(l, pair, 0, in->k->ns, "DELETE sent for the pair");
		ladder_sa_ends(l, pair, 1, in->k->ns, "DELETE heard for the pair");
	}
}

/* RFC 2408, 3.15: which IKE SA goes is said by its cookies. */
static void
deleted_ike(struct ladder *l, struct ladder_in *in, const struct payload *pl)
{
	struct isakmp_hdr h = { .next = 0 };
	struct ladder_ike_sa *s;
	struct delete d;

	if (delete_parse(pl, &d) != IKEC_OK || d.proto != PROTO_ISAKMP)
		return;
	for (size_t i = 0; i < d.n; i++) {
		memcpy(h.icookie, d.spis + 16 * i, 8);
		memcpy(h.rcookie, d.spis + 16 * i + 8, 8);
		if ((s = ladder_ike_sa_find(l->ikes, &h)) == NULL || s->sa == LADDER_NONE)
			continue;
		for (unsigned end = 0; end < 2; end++)
			ladder_sa_ends(l, s->sa, end, in->k->ns, l->sas[s->sa].party[end] == in->from ? "DELETE sent" : "DELETE heard");
		if (s == in->sa)
			states(in, IKE_DEST_SA, IKE_DEST_SA);
	}
}

static void
notified(struct ladder *l, const struct ladder_in *in, const struct payload *pl)
{
	uint32_t spi = 0;
	struct notify n;

	if (notify_parse(pl, &n) != IKEC_OK || n.type != NOTIFY_INVALID_SPI)
		return;
	if (n.data_len >= 4)
		spi = (uint32_t)n.data[0] << 24 | (uint32_t)n.data[1] << 16 | (uint32_t)n.data[2] << 8 | n.data[3];
	else if (n.spi_len == 4)
		spi = (uint32_t)n.spi[0] << 24 | (uint32_t)n.spi[1] << 16 | (uint32_t)n.spi[2] << 8 | n.spi[3];
	ladder_esp_refused(l, in->from, n.proto == PROTO_AH ? 51 : 50, spi, in->k->ns, "it said INVALID_SPI");
}

/* Only what was protected is believed. */
static void
informational(struct ladder *l, struct ladder_in *in)
{
	bool secret = (in->h.flags & ISAKMP_FLAG_E) != 0 && !in->sealed, change = false;

	text_add(&in->title, "INFO");
	for (size_t i = 0; i < in->m->npl; i++) {
		const struct payload *pl = &in->m->pl[i];

		change = change || pl->type == PL_D;
		if (secret && pl->type == PL_D) {
			deleted(l, in, pl);
			deleted_ike(l, in, pl);
		} else if (secret && pl->type == PL_N)
			notified(l, in, pl);
		else if (pl->type == PL_N || pl->type == PL_D)
			text_add(&in->detail, "in clear: anybody may have sent it, so nothing is concluded from it\n");
	}
	if (secret && in->said.initial_contact)
		ladder_sa_contact(l, in->from, in->to, in->k->ns, in->sa->sa);
	if (secret && (change || in->said.initial_contact))
		ladder_esp_break(l, in->from, in->to);
}

static void
transaction(struct ladder_in *in)
{
	static const int xauth[5][2] = { { -1, -1 }, { IKE_XAUTH_REQ_SENT, IKE_XAUTH_REPLY_AWAIT }, { IKE_XAUTH_REPLY_SENT, IKE_XAUTH_AAA_AWAIT },
	    { IKE_XAUTH_SET_SENT, IKE_XAUTH_REPLY_SENT }, { IKE_P1_COMPLETE, IKE_P1_COMPLETE } };
	static const int cfg[5][2] = { { -1, -1 }, { IKE_CFG_REQ_SENT, IKE_CFG_AAA_AWAIT }, { IKE_P1_COMPLETE, IKE_P1_COMPLETE },
	    { IKE_CFG_SET_SENT, IKE_P1_COMPLETE }, { IKE_P1_COMPLETE, IKE_P1_COMPLETE } };
	unsigned type = in->said.cfg_type <= 4 ? in->said.cfg_type : 0;
	const int *st = in->said.cfg_xauth ? xauth[type] : cfg[type];

	text_add(&in->title, in->said.cfg_xauth ? "XAUTH" : "CFG");
	states(in, st[0], st[1]);
}

/* ---- all of them ---- */

static const char *
v2_name(unsigned exchange)
{
	static const char *const names[] = { "IKE_SA_INIT", "IKE_AUTH", "CREATE_CHILD_SA", "INFORMATIONAL", "IKE_SESSION_RESUME" };

	return exchange >= 34 && exchange < 39 ? names[exchange - 34] : "exchange";
}

/* IKEv2 is told by its header alone (RFC 7296, 3.1). */
void
ladder_exchange_v2(struct ladder *l, struct ladder_in *in)
{
	bool response = (in->h.flags & V2_RESPONSE) != 0;

	text_printf(&in->title, "IKEv2 %s", v2_name(in->h.exchange));
	text_printf(&in->brief, "%s %u", response ? "response" : "request", in->h.msgid);
	text_add(&in->detail, "IKEv2: its payloads are not taken apart\n");
	if (in->h.exchange == 35 && response) {
		complete(l, in);
		ladder_esp_expect(l, in->from, in->to, in->k->ns);
		ladder_esp_break(l, in->from, in->to);
	} else if (in->h.exchange == 36 && response) {
		ladder_esp_expect(l, in->from, in->to, in->k->ns);
		ladder_esp_break(l, in->from, in->to);
	}
}

void
ladder_exchange_v1(struct ladder *l, struct ladder_in *in, struct ladder_exchange *x)
{
	switch (in->h.exchange) {
	case EXCH_MAIN:
	case EXCH_AGGRESSIVE: phase1(l, in); break;
	case EXCH_QUICK:
		if (x != NULL)
			quick(l, in, x);
		else
			text_add(&in->title, "QM");
		break;
	case EXCH_INFO: informational(l, in); break;
	case EXCH_TRANSACTION: transaction(in); break;
	default: text_printf(&in->title, "ISAKMP exchange %u", in->h.exchange); break;
	}
}
