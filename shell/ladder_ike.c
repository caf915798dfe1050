/*
 * IKE: each message a row, with the number it has in its exchange, the states that it implies at both ends (named as our own
 * state table names them), and what follows from it: SAs that come and go, SPIs that somebody has not.
 *
 * With the cipher's key (ikev1_decryption_table) messages are opened.  Phase 1's first IV is the hash of both public
 * values, each further one the last block before; a phase 2 exchange's first is the hash of phase 1's last block and the
 * message id (RFC 2409, appendix B).  Where phase 1 is not in the capture, only a message's first block stays dark: that
 * is the header of HASH, whose length is known, so that the payloads behind it can be read still.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/v1/keys.h"
#include "ike/v1/rules.h"
#include "lib/mem.h"
#include "shell/ladder_payload.h"

#define SAS_MOST	4096u
#define BUCKETS		512u
#define EXCHANGES	32u	/* of one IKE SA at a time */
#define KE_MOST		1024u
#define V2		0x20
#define V2_RESPONSE	0x20
#define PAYLOAD_FRAGMENT 132	/* the vendor's own fragments */

struct exchange {
	uint8_t		 type;
	uint32_t	 msgid;
	uint16_t	 began;
	unsigned	 step;
	bool		 have_iv;
	uint8_t		 iv[16];
	struct ladder_said offer;	/* Quick Mode's first message */
	bool		 read;		/* the answer was read: the SAs are known */
};

struct ike_sa {
	struct ike_sa	*next;
	uint8_t		 icookie[8], rcookie[8];
	bool		 has_rcookie, v2, complete, floated, have_iv, have_cipher;
	bool		 sure;		/* who began was seen, not guessed */
	uint16_t	 i, r;
	uint8_t		 type;		/* of phase 1 */
	enum cipher_alg	 cipher;
	enum hash_alg	 hash;
	uint8_t		*ke[2];		/* public values */
	size_t		 nke[2];
	uint8_t		 iv[16];	/* what phase 1 has come to */
	const char	*state[2];	/* of initiator and responder */
	unsigned	 sa;		/* in the model */
	struct exchange	 ex[EXCHANGES];
	unsigned	 nex;		/* ever begun */
	unsigned	 ke_row;	/* the only message with KE while it is not sure whose, LADDER_NONE = none */
	unsigned	 dpd_row;	/* the row of a series of R_U_THERE, LADDER_NONE = none */
	unsigned	 sealed_row;
	size_t		 sealed_len;
};

struct ladder_ike {
	struct ike_sa	*bucket[BUCKETS];
	unsigned	 n;
	struct ladder_twins *twins;
};

/* A message on its way through. */
struct in {
	const struct ladder_pkt *k;
	struct isakmp_hdr h;
	enum ike_counter err;		/* of the header */
	struct ike_sa	*sa;
	uint16_t	 from, to;
	bool		 by_initiator, sealed, gap;	/* gap: its first block is dark */
	unsigned	 row;
	struct msg	*m;
	struct text	 title, brief, detail;
	struct ladder_said said;
	const char	*state[2];	/* of sender and receiver */
};

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
	for (unsigned b = 0; b < BUCKETS; b++)
		for (struct ike_sa *s = i->bucket[b], *next; s != NULL; s = next) {
			next = s->next;
			free(s->ke[0]);
			free(s->ke[1]);
			free(s);
		}
	ladder_twins_free(i->twins);
	free(i);
}

/* ---- SAs by their cookies ---- */

static bool
is_zero(const uint8_t *p, size_t n)
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
	return h % BUCKETS;
}

static struct ike_sa *
sa_find(struct ladder_ike *i, const struct isakmp_hdr *h)
{
	bool none = is_zero(h->rcookie, 8);

	for (struct ike_sa *s = i->bucket[bucket_of(h->icookie)]; s != NULL; s = s->next)
		if (memcmp(s->icookie, h->icookie, 8) == 0 && (none || !s->has_rcookie || memcmp(s->rcookie, h->rcookie, 8) == 0))
			return s;
	return NULL;
}

/* Who began: sent the first message there is, unless that is plainly an answer. */
static bool
looks_like_answer(const struct in *in)
{
	bool first = is_zero(in->h.rcookie, 8);

	if (in->m->raw[17] >> 4 == 2)
		return (in->h.flags & 8) == 0;	/* RFC 7296, 3.1: the flag I */
	return !first && (in->h.exchange == EXCH_MAIN || in->h.exchange == EXCH_AGGRESSIVE) && in->h.next == PL_SA;
}

static void
lane_new(struct ladder *l, struct ike_sa *s)
{
	char i[17], r[17];

	if ((s->sa = ladder_sa_new(l, true, s->i, s->r)) == LADDER_NONE)
		return;
	hex_fmt(s->icookie, 8, i);
	hex_fmt(s->rcookie, 8, r);
	snprintf(l->sas[s->sa].id, sizeof(l->sas[s->sa].id), "%s/%s", i, r);
	snprintf(l->sas[s->sa].says, sizeof(l->sas[s->sa].says), "%s", s->v2 ? "IKEv2" : "IKEv1");
}

static struct ike_sa *
sa_new(struct ladder *l, const struct in *in)
{
	struct ladder_ike *i = l->ikes;
	bool answer = looks_like_answer(in);
	unsigned b = bucket_of(in->h.icookie);
	struct ike_sa *s;

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
	s->sure = s->v2 || answer || is_zero(in->h.rcookie, 8);
	s->next = i->bucket[b];
	i->bucket[b] = s;
	return s;
}

/* Cookies that fit and a protected message: it is the same party by another address, as behind a translator or after a move. */
static void
moved(struct ladder *l, const struct ike_sa *s, const struct in *in)
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

/* ---- decryption ---- */

static enum cipher_alg
cipher_of_key(size_t n)
{
	switch (n) {
	case 8: return CIPHER_DES;
	case 16: return CIPHER_AES128;
	case 24: return CIPHER_3DES;
	case 32: return CIPHER_AES256;
	default: return CIPHER_NONE;
	}
}

static void
first_iv(struct ike_sa *s)
{
	uint8_t h[HASH_MAX];

	if (s->have_iv || s->hash == HASH_NONE || s->ke[0] == NULL || s->ke[1] == NULL)
		return;
	keys_iv1(s->hash, (struct iov){ s->ke[0], s->nke[0] }, (struct iov){ s->ke[1], s->nke[1] }, h);
	memcpy(s->iv, h, 16);
	s->have_iv = true;
}

static struct exchange *
exchange_find(struct ike_sa *s, uint8_t type, uint32_t msgid)
{
	for (unsigned i = 0; i < EXCHANGES && i < s->nex; i++)
		if (s->ex[i].type == type && s->ex[i].msgid == msgid)
			return &s->ex[i];
	return NULL;
}

static struct exchange *
exchange_of(struct ike_sa *s, const struct in *in)
{
	struct exchange *x = exchange_find(s, in->h.exchange, in->h.msgid);
	uint8_t h[HASH_MAX];

	if (x != NULL)
		return x;
	x = &s->ex[s->nex++ % EXCHANGES];
	*x = (struct exchange){ .type = in->h.exchange, .msgid = in->h.msgid, .began = in->from };
	if (s->have_iv && s->hash != HASH_NONE && cipher_block(s->cipher) > 0) {
		keys_iv2(s->hash, s->iv, cipher_block(s->cipher), in->h.msgid, h);
		memcpy(x->iv, h, 16);
		x->have_iv = true;
	}
	return x;
}

/* A chain of payloads alone does not tell a DELETE from a NOTIFY. */
static bool
chain_fits(const struct msg *m, uint8_t next)
{
	struct delete d;
	struct notify n;

	if (next == PL_D)
		return m->npl > 1 && delete_parse(&m->pl[1], &d) == IKEC_OK;
	if (next == PL_N)
		return m->npl > 1 && notify_parse(&m->pl[1], &n) == IKEC_OK;
	return next == PL_NONE || m->npl > 1;
}

/* Without an IV: what the first block hides is HASH, of one of these algorithms, and before what may follow it. */
static bool
chain_behind_hash(struct msg *m, uint8_t exchange, uint8_t *clear, size_t n, enum hash_alg *hash)
{
	static const enum hash_alg hashes[] = { HASH_SHA1, HASH_MD5, HASH_SHA256, HASH_SHA384, HASH_SHA512 };
	static const struct { uint8_t exchange, next; } then[] = {
		{ EXCH_QUICK, PL_SA }, { EXCH_INFO, PL_D }, { EXCH_INFO, PL_N }, { EXCH_TRANSACTION, PL_ATTR }, { EXCH_QUICK, PL_NONE },
	};

	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		for (size_t k = 0; k < sizeof(then) / sizeof(then[0]); k++) {
			size_t len = hash_len(hashes[i]) + 4;

			if (then[k].exchange != exchange || len > n || (then[k].next == PL_NONE && n - len >= 16))
				continue;
			clear[0] = then[k].next;
			clear[1] = clear[2] = 0;
			clear[3] = (uint8_t)len;
			*hash = hashes[i];
			if (msg_chain(m, PL_HASH, clear, n, true) == IKEC_OK && chain_fits(m, then[k].next))
				return true;
		}
	return false;
}

static bool
decrypt_with(const struct ladder *l, struct in *in, enum cipher_alg alg, const uint8_t *key, const uint8_t *iv)
{
	static const uint8_t none[16];
	enum hash_alg hash = HASH_NONE;
	struct msg *m = in->m;
	size_t n = m->rawlen - IKE_HDR_LEN, block = cipher_block(alg);

	if (block == 0 || n == 0 || n % block != 0 || n > sizeof(m->clear))
		return false;
	memcpy(m->clear, m->raw + IKE_HDR_LEN, n);
	memcpy(m->next_iv, m->raw + m->rawlen - block, block);
	if (!ladder_decrypt(l, alg, key, iv != NULL ? iv : none, m->clear, n))
		return false;
	if (iv != NULL && msg_chain(m, m->h.next, m->clear, n, true) == IKEC_OK)
		return true;
	in->gap = in->h.msgid != 0 && chain_behind_hash(m, in->h.exchange, m->clear, n, &hash);
	if (!in->gap)
		m->npl = 0;
	else if (in->sa->hash == HASH_NONE)	/* known from here on: with phase 1's last block the next IVs are, too */
		in->sa->hash = hash;
	return in->gap;
}

/* The exchange's IV goes on whether the message could be read or not. */
static void
advance(struct ike_sa *s, struct exchange *x, const struct in *in, size_t block)
{
	uint8_t *iv = x != NULL ? x->iv : s->iv;

	if (block == 0 || in->m->rawlen < IKE_HDR_LEN + block)
		return;
	memcpy(iv, in->m->raw + in->m->rawlen - block, block);
	if (x != NULL)
		x->have_iv = true;
	else
		s->have_iv = true;
}

static bool
open_message(struct ladder *l, struct in *in, struct exchange *x)
{
	struct ike_sa *s = in->sa;
	size_t n = 0;
	const uint8_t *key = ladder_ike_key(l, s->icookie, &n), *iv = x == NULL ? (s->have_iv ? s->iv : NULL) : x->have_iv ? x->iv : NULL;
	enum cipher_alg alg = s->have_cipher ? s->cipher : cipher_of_key(n);
	bool ok;

	if (key == NULL && !s->have_cipher)
		return false;
	ok = key != NULL && n >= cipher_key_len(alg) && decrypt_with(l, in, alg, key, iv);
	if (!ok && key != NULL && n == 24 && !s->have_cipher)	/* 24 bytes are either's */
		ok = decrypt_with(l, in, alg = CIPHER_AES192, key, iv);
	if (ok && !s->have_cipher)
		s->cipher = alg;
	advance(s, x, in, cipher_block(alg));
	return ok;
}

/* ---- phase 1 ---- */

static void
states(struct in *in, int sender, int receiver)
{
	in->state[0] = sender >= 0 ? state_name((enum ike_state)sender) : NULL;
	in->state[1] = receiver >= 0 ? state_name((enum ike_state)receiver) : NULL;
}

/* Message numbers of Main Mode by what is in them: SA, then KE, then what is encrypted. */
static unsigned
main_number(const struct in *in)
{
	if (is_zero(in->h.rcookie, 8))
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
aggressive_number(const struct in *in)
{
	return is_zero(in->h.rcookie, 8) ? 1 : !in->by_initiator ? 2 : 3;
}

static void
keep_ke(struct ike_sa *s, const struct in *in)
{
	const struct payload *pl = msg_find(in->m, PL_KE, 0);
	unsigned who = in->by_initiator ? 0 : 1;

	if (pl == NULL || pl->n == 0 || pl->n > KE_MOST || s->ke[who] != NULL)
		return;
	s->ke[who] = xmemdup(pl->p, pl->n);
	s->nke[who] = pl->n;
	first_iv(s);
}

static void
keep_choice(struct ike_sa *s, const struct in *in)
{
	if (!in->said.p1 || in->by_initiator)
		return;
	s->have_cipher = in->said.cipher != CIPHER_NONE;
	s->cipher = in->said.cipher;
	s->hash = in->said.hash;
	first_iv(s);
}

static void
complete(struct ladder *l, struct in *in)
{
	struct ike_sa *s = in->sa;

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
who_began(struct ladder *l, struct in *in)
{
	struct ike_sa *s = in->sa;
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
phase1(struct ladder *l, struct in *in)
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
ipsec_pair(struct ladder *l, const struct in *in, const struct exchange *x)
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
quick(struct ladder *l, struct in *in, struct exchange *x)
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
deleted(struct ladder *l, const struct in *in, const struct payload *pl)
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
deleted_ike(struct ladder *l, struct in *in, const struct payload *pl)
{
	struct isakmp_hdr h = { .next = 0 };
	struct ike_sa *s;
	struct delete d;

	if (delete_parse(pl, &d) != IKEC_OK || d.proto != PROTO_ISAKMP)
		return;
	for (size_t i = 0; i < d.n; i++) {
		memcpy(h.icookie, d.spis + 16 * i, 8);
		memcpy(h.rcookie, d.spis + 16 * i + 8, 8);
		if ((s = sa_find(l->ikes, &h)) == NULL || s->sa == LADDER_NONE)
			continue;
		for (unsigned end = 0; end < 2; end++)
			ladder_sa_ends(l, s->sa, end, in->k->ns, l->sas[s->sa].party[end] == in->from ? "DELETE sent" : "DELETE heard");
		if (s == in->sa)
			states(in, IKE_DEST_SA, IKE_DEST_SA);
	}
}

static void
notified(struct ladder *l, const struct in *in, const struct payload *pl)
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
informational(struct ladder *l, struct in *in)
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
transaction(struct in *in)
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

/* ---- a message ---- */

static const char *
v2_name(unsigned exchange)
{
	static const char *const names[] = { "IKE_SA_INIT", "IKE_AUTH", "CREATE_CHILD_SA", "INFORMATIONAL", "IKE_SESSION_RESUME" };

	return exchange >= 34 && exchange < 39 ? names[exchange - 34] : "exchange";
}

/* IKEv2 is told by its header alone (RFC 7296, 3.1). */
static void
version2(struct ladder *l, struct in *in)
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

static void
say_sealed(struct in *in)
{
	in->sealed = true;
	text_printf(&in->brief, "encrypted, %zu bytes", in->m->rawlen - IKE_HDR_LEN);
	if (in->h.msgid != 0)
		text_printf(&in->detail, "message id %08x\n", in->h.msgid);
}

static void
payloads(struct ladder *l, struct in *in, struct exchange *x)
{
	struct msg *m = in->m;
	bool secret = (in->h.flags & ISAKMP_FLAG_E) != 0;
	enum ike_counter e = IKEC_OK;

	if (secret && !open_message(l, in, x)) {
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
	if (!secret && in->h.next == PAYLOAD_FRAGMENT && m->rawlen >= IKE_HDR_LEN + 8) {
		text_printf(&in->brief, "fragment %u%s", m->raw[IKE_HDR_LEN + 6], m->raw[IKE_HDR_LEN + 7] & 1 ? ", the last" : "");
	} else if (e != IKEC_OK)
		text_printf(&in->brief, "%sunreadable: %s", m->npl > 0 ? ", then " : "", ike_counter_name(e));
}

static void
version1(struct ladder *l, struct in *in)
{
	struct exchange *x = in->h.msgid != 0 ? exchange_of(in->sa, in) : NULL;

	if (in->err != IKEC_OK && in->err != IKEC_EXCHANGE && in->err != IKEC_LENGTH) {
		text_printf(&in->title, "ISAKMP");
		text_printf(&in->brief, "unreadable: %s", ike_counter_name(in->err));
		return;
	}
	payloads(l, in, x);
	if (in->err == IKEC_LENGTH)
		text_add(&in->detail, "the length in its header is not its own\n");
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

static void
header_detail(struct in *in)
{
	char i[17], r[17];

	hex_fmt(in->h.icookie, 8, i);
	hex_fmt(in->h.rcookie, 8, r);
	text_printf(&in->detail, "cookies %s / %s\n%zu bytes", i, r, in->m->rawlen);
	if (in->k->sport != 0)
		text_printf(&in->detail, ", UDP port %u to %u", in->k->sport, in->k->dport);
}

static void
floats(struct in *in)
{
	struct ike_sa *s = in->sa;

	if (s->floated || in->k->sport == IKE_PORT || in->k->dport == IKE_PORT)
		return;
	s->floated = true;
	text_add(&in->brief, text_str(&in->brief)[0] != '\0' ? ", on port 4500 from here" : "on port 4500 from here");
}

/* Series of R_U_THERE and answers are one row, and so are sealed messages of one length, of which nothing else is known. */
static bool
joins_series(struct ladder *l, struct in *in)
{
	struct ike_sa *s = in->sa;
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
row_make(struct ladder *l, struct in *in)
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
message(struct ladder *l, struct in *in)
{
	struct ike_sa *s = sa_find(l->ikes, &in->h);

	if (s != NULL)
		moved(l, s, in);
	in->from = ladder_party(l, &in->k->src);
	in->to = ladder_party(l, &in->k->dst);
	if (in->from == LADDER_NOBODY || in->to == LADDER_NOBODY)
		return;
	ladder_learn_name(l, in->k, in->from);
	if (s == NULL && (s = sa_new(l, in)) == NULL)
		return;
	if (!s->has_rcookie && !is_zero(in->h.rcookie, 8)) {
		memcpy(s->rcookie, in->h.rcookie, 8);
		s->has_rcookie = true;
		lane_new(l, s);
	}
	in->sa = s;
	in->by_initiator = in->from == s->i;
	if (s->v2)
		version2(l, in);
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

void
ladder_ike_input(struct ladder *l, const struct ladder_pkt *k)
{
	struct in in = { .k = k, .row = LADDER_NONE };
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
		return;
	}
	in.m = xmalloc(sizeof(*in.m));
	memset(in.m, 0, offsetof(struct msg, clear));
	in.m->raw = k->p;
	in.m->rawlen = k->n;
	in.err = hdr_parse(k->p, k->n, &in.h);
	in.m->h = in.h;
	message(l, &in);
	ladder_twin_note(l->ikes->twins, k, in.row);
	text_free(&in.title);
	text_free(&in.brief);
	text_free(&in.detail);
	free(in.m);
}
