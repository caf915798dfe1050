/*
 * IKE: each message a row.  SAs are known by their cookies and their parties by the addresses; a message that came before is
 * told as such, and one in pieces once more when it is whole.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "shell/ladder_ike.h"

#define SAS_MOST	4096u

struct ladder_ike *
ladder_ike_new(void)
{
	struct ladder_ike *i = xcalloc(1, sizeof(*i));

	i->twins = ladder_twins_new();
	return i;
}

void
ladder_ike_free(struct ladder_ike *i)
{
	for (unsigned b = 0; b < LADDER_IKE_BUCKETS; b++)
		for (struct ladder_ike_sa *s = i->bucket[b], *next; s != NULL; s = next) {
			next = s->next;
			free(s->ke[0]);
			free(s->ke[1]);
			ladder_pieces_free(s);
			free(s);
		}
	ladder_twins_free(i->twins);
	free(i);
}

/* ---- SAs by their cookies ---- */

bool
ladder_is_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

static unsigned
bucket_of(const uint8_t cookie[8])
{
	uint32_t h = 2166136261u;

	for (unsigned i = 0; i < 8; i++)
		h = (h ^ cookie[i]) * 16777619u;
	return h % LADDER_IKE_BUCKETS;
}

struct ladder_ike_sa *
ladder_ike_sa_find(struct ladder_ike *i, const struct isakmp_hdr *h)
{
	bool none = ladder_is_zero(h->rcookie, 8);

	for (struct ladder_ike_sa *s = i->bucket[bucket_of(h->icookie)]; s != NULL; s = s->next)
		if (memcmp(s->icookie, h->icookie, 8) == 0 && (none || !s->has_rcookie || memcmp(s->rcookie, h->rcookie, 8) == 0))
			return s;
	return NULL;
}

/* Who began: sent the first message there is, unless that is plainly an answer. */
static bool
looks_like_answer(const struct ladder_in *in)
{
	bool first = ladder_is_zero(in->h.rcookie, 8);

	if (in->m->raw[17] >> 4 == 2)
		return (in->h.flags & 8) == 0;	/* RFC 7296, 3.1: the flag I */
	return !first && (in->h.exchange == EXCH_MAIN || in->h.exchange == EXCH_AGGRESSIVE) && in->h.next == PL_SA;
}

static void
lane_new(struct ladder *l, struct ladder_ike_sa *s)
{
	char i[17], r[17];

	if ((s->sa = ladder_sa_new(l, true, s->i, s->r)) == LADDER_NONE)
		return;
	hex_fmt(s->icookie, 8, i);
	hex_fmt(s->rcookie, 8, r);
	snprintf(l->sas[s->sa].id, sizeof(l->sas[s->sa].id), "%s/%s", i, r);
	snprintf(l->sas[s->sa].says, sizeof(l->sas[s->sa].says), "%s", s->v2 ? "IKEv2" : "IKEv1");
}

static struct ladder_ike_sa *
sa_new(struct ladder *l, const struct ladder_in *in)
{
	struct ladder_ike *i = l->ikes;
	bool answer = looks_like_answer(in);
	unsigned b = bucket_of(in->h.icookie);
	struct ladder_ike_sa *s;

	if (i->n == SAS_MOST) {
		l->cut_sas++;
		return NULL;
	}
	i->n++;
	s = xcalloc(1, sizeof(*s));
	memcpy(s->icookie, in->h.icookie, 8);
	s->i = answer ? in->to : in->from;
	s->r = answer ? in->from : in->to;
	s->v2 = in->m->raw[17] >> 4 == 2;
	s->sa = s->dpd_row = s->sealed_row = s->ke_row = LADDER_NONE;
	s->sure = s->v2 || answer || ladder_is_zero(in->h.rcookie, 8);
	s->next = i->bucket[b];
	i->bucket[b] = s;
	return s;
}

/* Cookies that fit and a protected message: it is the same party by another address, as behind a translator or after a move. */
static void
moved(struct ladder *l, const struct ladder_ike_sa *s, const struct ladder_in *in)
{
	if ((in->h.flags & ISAKMP_FLAG_E) == 0 && !s->v2)
		return;
	if (ladder_party_known(l, &in->k->src) == ladder_party_known(l, &in->k->dst))
		return;
	if (!ladder_party_known(l, &in->k->src)) {
		uint16_t to = ladder_party(l, &in->k->dst);

		if (to == s->i || to == s->r)
			ladder_alias(l, to == s->i ? s->r : s->i, &in->k->src);
	} else {
		uint16_t from = ladder_party(l, &in->k->src);

		if (from == s->i || from == s->r)
			ladder_alias(l, from == s->i ? s->r : s->i, &in->k->dst);
	}
}

/* ---- a message ---- */

static void
say_sealed(struct ladder_in *in)
{
	in->sealed = true;
	text_printf(&in->brief, "encrypted, %zu bytes", in->m->rawlen - IKE_HDR_LEN);
	if (in->h.msgid != 0)
		text_printf(&in->detail, "message id %08x\n", in->h.msgid);
}

static void
payloads(struct ladder *l, struct ladder_in *in, struct ladder_exchange *x)
{
	struct msg *m = in->m;
	bool secret = (in->h.flags & ISAKMP_FLAG_E) != 0 && in->h.next != PL_FRAG;
	enum ike_counter e = IKEC_OK;

	if (secret && !ladder_open(l, in, x)) {
		l->sealed++;
		say_sealed(in);
		return;
	}
	l->opened += secret;
	if (!secret)
		e = msg_chain(m, m->h.next, m->raw + IKE_HDR_LEN, m->rawlen - IKE_HDR_LEN, true);
	if (in->gap)
		text_add(&in->detail, "phase 1 is not in the capture: HASH could not be read\n");
	if (in->h.msgid != 0)
		text_printf(&in->detail, "message id %08x\n", in->h.msgid);
	ladder_payloads(m, &in->brief, &in->detail, &in->said);
	if (!secret && m->npl > 0 && m->pl[0].type == PL_FRAG)
		ladder_piece(l, in);
	else if (e != IKEC_OK)
		text_printf(&in->brief, "%sunreadable: %s", m->npl > 0 ? ", then " : "", ike_counter_name(e));
}

static void
version1(struct ladder *l, struct ladder_in *in)
{
	bool piece = in->h.next == PL_FRAG;
	struct ladder_exchange *x = in->h.msgid != 0 && !piece ? ladder_exchange_of(in->sa, in) : NULL;

	if (in->err != IKEC_OK && in->err != IKEC_EXCHANGE && in->err != IKEC_LENGTH) {
		text_printf(&in->title, "ISAKMP");
		text_printf(&in->brief, "unreadable: %s", ike_counter_name(in->err));
		return;
	}
	payloads(l, in, x);
	if (in->err == IKEC_LENGTH)
		text_add(&in->detail, "the length in its header is not its own\n");
	if (piece)
		text_add(&in->title, "IKE");
	else
		ladder_exchange_v1(l, in, x);
}

static void
header_detail(struct ladder_in *in)
{
	char i[17], r[17];

	hex_fmt(in->h.icookie, 8, i);
	hex_fmt(in->h.rcookie, 8, r);
	if (in->pieces > 0)
		text_printf(&in->detail, "put together from %u fragments\n", in->pieces);
	text_printf(&in->detail, "cookies %s / %s\n%zu bytes", i, r, in->m->rawlen);
	if (in->k->sport != 0)
		text_printf(&in->detail, ", UDP port %u to %u", in->k->sport, in->k->dport);
}

static void
floats(struct ladder_in *in)
{
	struct ladder_ike_sa *s = in->sa;

	if (s->floated || in->k->sport == IKE_PORT || in->k->dport == IKE_PORT)
		return;
	s->floated = true;
	text_add(&in->brief, text_str(&in->brief)[0] != '\0' ? ", on port 4500 from here" : "on port 4500 from here");
}

/* Series of R_U_THERE and answers are one row, and so are sealed messages of one length, of which nothing else is known. */
static bool
joins_series(struct ladder *l, struct ladder_in *in)
{
	struct ladder_ike_sa *s = in->sa;
	unsigned *at = in->said.dpd != 0 ? &s->dpd_row : in->sealed && in->h.exchange == EXCH_INFO ? &s->sealed_row : NULL;
	struct ladder_row *r;

	if (at != &s->dpd_row)
		s->dpd_row = LADDER_NONE;
	if (at == NULL || (at == &s->sealed_row && s->sealed_len != in->m->rawlen))
		s->sealed_row = LADDER_NONE;
	if (at == NULL || *at == LADDER_NONE || *at >= l->nrows || *at + 1 != l->nrows)
		return false;
	r = &l->rows[*at];
	r->number = r->number == 0 ? 2 : r->number + 1;
	r->back += in->from != r->from;
	r->last_ns = in->k->ns;
	return true;
}

static void
row_make(struct ladder *l, struct ladder_in *in)
{
	struct ladder_row *r;

	if (joins_series(l, in))
		return;
	in->row = ladder_row_new(l, LADDER_IKE, in->k, in->from, in->to);
	if (in->said.dpd != 0)
		in->sa->dpd_row = in->row;
	if (in->sealed && in->h.exchange == EXCH_INFO) {
		in->sa->sealed_row = in->row;
		in->sa->sealed_len = in->m->rawlen;
	}
	if (!in->sa->sure && in->h.exchange == EXCH_MAIN && strcmp(text_str(&in->title), "MM3") == 0)
		in->sa->ke_row = in->row;
	r = &l->rows[in->row];
	r->title = text_take(&in->title);
	r->brief = text_take(&in->brief);
	r->detail = text_take(&in->detail);
	r->sealed = in->sealed;
	r->sa = in->sa->sa;
	r->state[0] = in->state[0];
	r->state[1] = in->state[1];
}

static void
message(struct ladder *l, struct ladder_in *in)
{
	struct ladder_ike_sa *s = ladder_ike_sa_find(l->ikes, &in->h);

	if (s != NULL)
		moved(l, s, in);
	in->from = ladder_party(l, &in->k->src);
	in->to = ladder_party(l, &in->k->dst);
	if (in->from == LADDER_NOBODY || in->to == LADDER_NOBODY)
		return;
	ladder_learn_name(l, in->k, in->from);
	if (s == NULL && (s = sa_new(l, in)) == NULL)
		return;
	if (!s->has_rcookie && !ladder_is_zero(in->h.rcookie, 8)) {
		memcpy(s->rcookie, in->h.rcookie, 8);
		s->has_rcookie = true;
		lane_new(l, s);
	}
	in->sa = s;
	in->by_initiator = in->from == s->i;
	if (s->v2)
		ladder_exchange_v2(l, in);
	else
		version1(l, in);
	header_detail(in);
	floats(in);
	row_make(l, in);
}

/* Sent once more: what it says was said. */
static void
again(struct ladder *l, const struct ladder_pkt *k, unsigned first)
{
	uint16_t from = ladder_party(l, &k->src), to = ladder_party(l, &k->dst);
	const struct ladder_row *old;
	struct ladder_row *r;
	unsigned at;

	if (from == LADDER_NOBODY || to == LADDER_NOBODY)
		return;
	at = ladder_row_new(l, LADDER_IKE, k, from, to);
	r = &l->rows[at];
	r->again = true;
	if (first >= l->nrows || first == at)
		return;
	old = &l->rows[first];
	r->title = xstrdup(old->title != NULL ? old->title : "IKE");
	r->brief = xasprintf("again%s%s", old->brief != NULL && old->brief[0] != '\0' ? ": " : "", old->brief != NULL ? old->brief : "");
	r->detail = old->detail != NULL ? xstrdup(old->detail) : NULL;
	r->sealed = old->sealed;
	r->sa = old->sa;
}

/* The other capture's, perhaps from behind a translator, where the parties have other addresses. */
static void
twin_seen(struct ladder *l, const struct ladder_pkt *k, unsigned first)
{
	struct ladder_row *r;

	l->twins++;
	if (first >= l->nrows)
		return;
	r = &l->rows[first];
	r->seen |= (uint8_t)(1u << k->source);
	ladder_alias(l, r->from, &k->src);
	ladder_alias(l, r->to, &k->dst);
	ladder_learn_name(l, k, ladder_party(l, &k->src));
}

/* Once more when pieces have made a message; pieces of pieces are none. */
static unsigned
read_message(struct ladder *l, const struct ladder_pkt *k, unsigned pieces)
{
	struct ladder_in in = { .k = k, .row = LADDER_NONE, .pieces = pieces };
	struct ladder_pkt whole = *k;

	in.m = xmalloc(sizeof(*in.m));
	memset(in.m, 0, offsetof(struct msg, clear));
	in.m->raw = k->p;
	in.m->rawlen = k->n;
	in.err = hdr_parse(k->p, k->n, &in.h);
	in.m->h = in.h;
	message(l, &in);
	text_free(&in.title);
	text_free(&in.brief);
	text_free(&in.detail);
	free(in.m);
	whole.p = in.whole;
	whole.n = in.nwhole;
	if (whole.n >= IKE_HDR_LEN && pieces == 0)
		read_message(l, &whole, in.npieces);
	free(in.whole);
	return in.row;
}

void
ladder_ike_input(struct ladder *l, const struct ladder_pkt *k)
{
	unsigned first = LADDER_NONE;
	enum ladder_twin twin;

	if (k->n < IKE_HDR_LEN || k->n > IKE_MSG_MAX) {
		l->short_frames++;
		return;
	}
	if (l->tap != NULL) {
		l->tap(l->tap_arg, k);
		return;
	}
	twin = ladder_twin_find(l->ikes->twins, k, &first);
	if (twin == LADDER_TWIN) {
		twin_seen(l, k, first);
		return;
	}
	l->ike++;
	if (twin == LADDER_AGAIN) {
		ladder_twin_note(l->ikes->twins, k, (unsigned)l->nrows);
		again(l, k, first);
	} else
		ladder_twin_note(l->ikes->twins, k, read_message(l, k, 0));
}
