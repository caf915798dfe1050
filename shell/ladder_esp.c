/*
 * ESP and AH, folded: a run is the packets of one SPI in one direction between two changes of what the ends have.  With two
 * captures the one that saw an SPI first tells its runs, and of the other is counted how much of them it has.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/wire.h"
#include "lib/mem.h"
#include "shell/ladder_int.h"

#define FLOWS		4096u
#define BUCKETS		8192u			/* a power of two, more than FLOWS */
#define IDLE		(60 * NSEC_SEC)		/* after such a silence a run is a new one */
#define EXPECTED	64u
#define WINDOW		64u

struct flow {
	uint16_t	 from, to;
	uint8_t		 proto, owner;
	bool		 started;
	uint32_t	 spi;
	unsigned	 sa, row, old_row;
	unsigned	 late_row;		/* what was in order when it was sent, and a stray when the other capture saw it */
	uint32_t	 epoch, last;
	uint64_t	 window;		/* bit i: last - i was seen */
	struct ladder_run before;		/* the run without its last packet */
	int64_t		 before_ns;
};

/* A Quick Mode whose SPIs nobody told. */
struct expected { uint16_t a, b; int64_t ns; unsigned sa[2]; };

struct ladder_esp {
	struct flow	*flow;
	unsigned	 n;
	uint16_t	 bucket[BUCKETS];	/* of flows, + 1 */
	uint32_t	 epoch[LADDER_PARTIES][LADDER_PARTIES];
	struct { unsigned row; uint32_t epoch; bool any; } keepalive[LADDER_PARTIES][LADDER_PARTIES];
	struct expected	 expected[EXPECTED];
	uint64_t	 nexpected;
};

struct ladder_esp *
ladder_esp_new(void)
{
	return xcalloc(1, sizeof(struct ladder_esp));
}

void
ladder_esp_free(struct ladder_esp *e)
{
	free(e->flow);
	free(e);
}

void
ladder_esp_break(struct ladder *l, uint16_t a, uint16_t b)
{
	if (a < LADDER_PARTIES && b < LADDER_PARTIES) {
		l->esps->epoch[a][b]++;
		if (a != b)
			l->esps->epoch[b][a]++;
	}
}

/* ---- what a run says ---- */

static const char *
proto_name(uint8_t proto)
{
	return proto == PROTO_AH ? "AH" : "ESP";
}

static void
brief_of(const struct ladder *l, const struct ladder_row *r, struct text *t)
{
	const struct ladder_run *u = &r->run;

	ladder_count(t, u->count);
	text_printf(t, " packet%s #%u", u->count == 1 ? "" : "s", u->first);
	if (u->count > 1) {
		text_printf(t, "-#%u, ", u->last);
		ladder_span(t, r->last_ns - r->ns);
	}
	if (u->missing > 0)
		text_printf(t, ", %u missing in %u gap%s", u->missing, u->gaps, u->gaps == 1 ? "" : "s");
	if (u->replays > 0)
		text_printf(t, ", %u seen before", u->replays);
	if (l->nfiles > 1 && u->other > 0 && u->other < u->count) {
		text_add(t, ", ");
		ladder_count(t, u->count - u->other);
		text_add(t, " not in the other capture");
	}
}

static void
detail_of(const struct ladder *l, const struct ladder_row *r, struct text *t)
{
	const struct ladder_sa *sa = r->sa != LADDER_NONE ? &l->sas[r->sa] : NULL;

	text_add(t, "bytes: ");
	ladder_count(t, r->run.bytes);
	text_add(t, "\nlast packet: ");
	ladder_time(t, r->last_ns);
	if (r->run.late > 0)
		text_printf(t, "\nout of order: %u", r->run.late);
	if (r->sport != 0)
		text_printf(t, "\nin UDP, port %u to %u", r->sport, r->dport);
	if (sa != NULL && sa->says[0] != '\0')
		text_printf(t, "\nSA: %s", sa->says);
	if (sa != NULL && sa->inferred)
		text_add(t, "\nthe SA is inferred from its packets");
}

static void
finish(struct ladder *l, unsigned row)
{
	struct ladder_row *r = &l->rows[row];
	struct text brief = { 0 }, detail = { 0 };

	brief_of(l, r, &brief);
	detail_of(l, r, &detail);
	free(r->brief);
	free(r->detail);
	r->brief = text_take(&brief);
	r->detail = text_take(&detail);
	if (r->bad && r->why == NULL)
		r->why = xasprintf("the receiver has no such SPI: %s", r->sa != LADDER_NONE && l->sas[r->sa].gone_why != NULL ? l->sas[r->sa].gone_why : "");
}

/* ---- flows ---- */

static unsigned
hash_of(uint16_t from, uint16_t to, uint8_t proto, uint32_t spi)
{
	uint64_t h = (uint64_t)spi * UINT64_C(0x9e3779b97f4a7c15) + from * 31u + to * 17u + proto;

	h ^= h >> 29;
	return (unsigned)(h * UINT64_C(0xbf58476d1ce4e5b9) >> 40) & (BUCKETS - 1);
}

static struct flow *
flow_find(struct ladder_esp *e, uint16_t from, uint16_t to, uint8_t proto, uint32_t spi, uint16_t **slot)
{
	unsigned h = hash_of(from, to, proto, spi);

	for (;; h = (h + 1) & (BUCKETS - 1)) {
		struct flow *f = e->bucket[h] > 0 ? &e->flow[e->bucket[h] - 1] : NULL;

		if (f == NULL)
			*slot = &e->bucket[h];
		if (f == NULL || (f->spi == spi && f->from == from && f->to == to && f->proto == proto))
			return f;
	}
}

/* The SA of packets that no exchange has told of belongs to the last exchange that went unheard, if its place is free. */
static void
infer(struct ladder *l, unsigned at)
{
	struct ladder_esp *e = l->esps;
	struct ladder_sa *sa = &l->sas[at];

	sa->inferred = true;
	for (uint64_t i = e->nexpected; i > 0 && e->nexpected - i < EXPECTED; i--) {
		struct expected *x = &e->expected[(i - 1) % EXPECTED];
		unsigned side = sa->party[0] == x->a ? 0 : 1;

		if (!(sa->party[0] == x->a && sa->party[1] == x->b) && !(sa->party[0] == x->b && sa->party[1] == x->a))
			continue;
		if (x->sa[side] != LADDER_NONE)
			return;
		x->sa[side] = at;
		ladder_sa_begin(l, at, 0, x->ns);
		ladder_sa_begin(l, at, 1, x->ns);
		if (x->sa[!side] != LADDER_NONE) {
			sa->pair = x->sa[!side];
			l->sas[sa->pair].pair = at;
		}
		return;
	}
}

static struct flow *
flow_new(struct ladder *l, const struct ladder_pkt *k, uint16_t from, uint16_t to, uint32_t spi, uint16_t *slot)
{
	struct ladder_esp *e = l->esps;
	struct flow *f;

	if (e->n == FLOWS)
		return NULL;
	if ((e->n & (e->n - 1)) == 0)
		e->flow = xrealloc(e->flow, (e->n == 0 ? 1 : 2 * e->n) * sizeof(*e->flow));
	f = &e->flow[e->n++];
	*slot = (uint16_t)e->n;
	*f = (struct flow){ .from = from, .to = to, .proto = k->proto, .owner = (uint8_t)k->source, .spi = spi, .row = LADDER_NONE, .old_row = LADDER_NONE, .late_row = LADDER_NONE };
	f->sa = ladder_sa_spi(l, to, k->proto, spi);
	if (f->sa == LADDER_NONE && (f->sa = ladder_sa_ipsec(l, from, to, k->proto, spi)) != LADDER_NONE)
		infer(l, f->sa);
	return f;
}

void
ladder_esp_expect(struct ladder *l, uint16_t a, uint16_t b, int64_t ns)
{
	struct ladder_esp *e = l->esps;

	e->expected[e->nexpected++ % EXPECTED] = (struct expected){ a, b, ns, { LADDER_NONE, LADDER_NONE } };
}

/* ---- packets ---- */

static void
run_begin(struct ladder *l, struct flow *f, const struct ladder_pkt *k, bool bad)
{
	struct ladder_row *r;

	if (f->row != LADDER_NONE)
		finish(l, f->row);
	f->old_row = f->row;
	f->row = ladder_row_new(l, LADDER_ESP, k, f->from, f->to);
	f->epoch = l->esps->epoch[f->from][f->to];
	r = &l->rows[f->row];
	r->sa = f->sa;
	r->bad = bad;
	r->title = xasprintf("%s 0x%08X", proto_name(f->proto), f->spi);
}

/* A sequence number beside those before it (RFC 4303, 3.4.3, but nothing is refused). */
static void
sequence(struct flow *f, struct ladder_run *u, uint32_t seq)
{
	uint32_t ahead = seq - f->last;

	if (!f->started) {
		f->started = true;
		f->window = 1;
		f->last = seq;
	} else if (ahead != 0 && ahead < 0x80000000u) {
		if (ahead > 1 && u->count > 0) {
			u->gaps++;
			u->missing += ahead - 1;
		}
		f->window = ahead < WINDOW ? f->window << ahead | 1 : 1;
		f->last = seq;
	} else if (f->last - seq < WINDOW && (f->window >> (f->last - seq) & 1) == 0) {
		f->window |= UINT64_C(1) << (f->last - seq);
		u->late++;
		u->missing -= u->missing > 0;
		u->gaps = u->missing == 0 ? 0 : u->gaps;
	} else
		u->replays++;
}

static void
count_packet(struct ladder *l, struct flow *f, const struct ladder_pkt *k, uint32_t seq)
{
	struct ladder_row *r = &l->rows[f->row];
	struct ladder_sa *sa = f->sa != LADDER_NONE ? &l->sas[f->sa] : NULL;

	f->before = r->run;
	f->before_ns = r->last_ns;
	/* The first number of an SA is the beginning of it. */
	if (!f->started && seq == 1 && sa != NULL && sa->inferred) {
		ladder_sa_begin(l, f->sa, 0, k->ns);
		ladder_sa_begin(l, f->sa, 1, k->ns);
	}
	sequence(f, &r->run, seq);
	if (r->run.count++ == 0)
		r->run.first = seq;
	r->run.last = f->last;
	r->run.bytes += k->n;
	r->last_ns = k->ns;
	if (sa == NULL)
		return;
	sa->packets++;
	sa->first = k->ns < sa->first ? k->ns : sa->first;
	sa->last = k->ns > sa->last ? k->ns : sa->last;
}

static void
count_stray(struct ladder *l, unsigned sa, int64_t from, int64_t to, uint64_t n)
{
	struct ladder_stray *s = sa != LADDER_NONE ? &l->sas[sa].stray : NULL;

	l->stray += n;
	if (s == NULL)
		return;
	if (s->count == 0 || from < s->from)
		s->from = from;
	if (s->count == 0 || to > s->to)
		s->to = to;
	s->count += n;
}

/* It was under way when the receiver lost the SA. */
static void
count_late(struct ladder *l, struct flow *f, const struct ladder_pkt *k, uint32_t seq)
{
	struct ladder_row *r;

	if (f->late_row == LADDER_NONE) {
		f->late_row = ladder_row_new(l, LADDER_ESP, k, f->from, f->to);
		r = &l->rows[f->late_row];
		r->sa = f->sa;
		r->bad = true;
		r->title = xasprintf("%s 0x%08X", proto_name(f->proto), f->spi);
		r->why = xasprintf("sent in order, but it came when the receiver had no such SPI any more: %s", l->sas[f->sa].gone_why);
		r->run.first = seq;
	}
	r = &l->rows[f->late_row];
	r->run.count++;
	r->run.last = seq;
	r->run.bytes += k->n;
	r->last_ns = k->ns;
	count_stray(l, f->sa, k->ns, k->ns, 1);
}

/* What the other capture has of it too. */
static void
count_other(struct ladder *l, struct flow *f, const struct ladder_pkt *k, uint32_t seq)
{
	struct ladder_row *r;

	if (f->row == LADDER_NONE)
		return;
	r = &l->rows[f->row];
	if (seq - r->run.first >= 0x80000000u && f->old_row != LADDER_NONE)
		r = &l->rows[f->old_row];
	r->run.other++;
	r->seen |= (uint8_t)(1u << k->source);
	if (!r->bad && f->sa != LADDER_NONE && k->ns >= l->sas[f->sa].gone)
		count_late(l, f, k, seq);
}

static void
packet(struct ladder *l, struct flow *f, const struct ladder_pkt *k, uint32_t seq)
{
	bool bad = f->sa != LADDER_NONE && k->ns >= l->sas[f->sa].gone;

	if (f->row == LADDER_NONE || f->epoch != l->esps->epoch[f->from][f->to] || l->rows[f->row].bad != bad ||
	    k->ns - l->rows[f->row].last_ns > IDLE)
		run_begin(l, f, k, bad);
	count_packet(l, f, k, seq);
	if (bad)
		count_stray(l, f->sa, k->ns, k->ns, 1);
}

void
ladder_esp_input(struct ladder *l, const struct ladder_pkt *k)
{
	size_t at = k->proto == PROTO_AH ? 4 : 0;
	uint16_t from, to, *slot = NULL;
	struct flow *f;

	if (k->n < at + 8) {
		l->short_frames++;
		return;
	}
	l->esp++;
	from = ladder_party(l, &k->src);
	to = ladder_party(l, &k->dst);
	if (from == LADDER_NOBODY || to == LADDER_NOBODY)
		return;
	ladder_learn_name(l, k, from);
	f = flow_find(l->esps, from, to, k->proto, get32(k->p + at), &slot);
	if (f == NULL && (f = flow_new(l, k, from, to, get32(k->p + at), slot)) == NULL)
		l->cut_flows++;
	else if (f->owner != k->source)
		count_other(l, f, k, get32(k->p + at + 4));
	else
		packet(l, f, k, get32(k->p + at + 4));
}

/* Of the run in which its last packet is, that one becomes a run of its own. */
static void
split(struct ladder *l, struct flow *f)
{
	struct ladder_row *old = &l->rows[f->row];
	struct ladder_run last = { .count = 1, .first = old->run.last, .last = old->run.last, .bytes = old->run.bytes - f->before.bytes };
	struct ladder_pkt k = { .source = f->owner, .ns = old->last_ns, .sport = old->sport, .dport = old->dport };

	old->run = f->before;
	old->last_ns = f->before_ns;
	run_begin(l, f, &k, true);
	l->rows[f->row].run = last;
}

void
ladder_esp_refused(struct ladder *l, uint16_t receiver, uint8_t proto, uint32_t spi, int64_t ns, const char *why)
{
	unsigned at = ladder_sa_spi(l, receiver, proto, spi);

	if (at == LADDER_NONE || l->sas[at].gone <= ns)
		return;
	ladder_sa_gone(l, at, l->sas[at].packets > 0 ? l->sas[at].last : ns, why);
	for (unsigned i = 0; i < l->esps->n; i++) {
		struct flow *f = &l->esps->flow[i];

		if (f->sa != at || f->row == LADDER_NONE || l->rows[f->row].bad || l->rows[f->row].run.count == 0)
			continue;
		if (l->rows[f->row].run.count > 1)
			split(l, f);
		l->rows[f->row].bad = true;
		count_stray(l, at, l->rows[f->row].ns, l->rows[f->row].last_ns, 1);
	}
}

/* ---- keepalives ---- */

void
ladder_keepalive(struct ladder *l, const struct ladder_pkt *k)
{
	uint16_t from = ladder_party(l, &k->src), to = ladder_party(l, &k->dst);
	struct ladder_esp *e = l->esps;
	struct ladder_row *r;

	l->ike++;
	if (from == LADDER_NOBODY || to == LADDER_NOBODY)
		return;
	if (!e->keepalive[from][to].any || e->keepalive[from][to].epoch != e->epoch[from][to]) {
		e->keepalive[from][to].row = ladder_row_new(l, LADDER_KEEPALIVE, k, from, to);
		e->keepalive[from][to].epoch = e->epoch[from][to];
		e->keepalive[from][to].any = true;
		l->rows[e->keepalive[from][to].row].title = xstrdup("NAT keepalive");
	}
	r = &l->rows[e->keepalive[from][to].row];
	r->run.count++;
	r->last_ns = k->ns;
}

/* ---- ICMP ---- */

static const char *
unreachable_name(bool v6, unsigned code)
{
	static const char *const four[] = { "network", "host", "protocol", "port" }, *const six[] = { "route", "prohibited", "scope", "address", "port" };

	if (v6)
		return code < 5 ? six[code] : "other";
	return code < 4 ? four[code] : "other";
}

/* The packet that an ICMP message quotes (RFC 792; RFC 4443, 3.1), as far as it reaches. */
static bool
quoted(const struct ladder_pkt *k, struct ladder_pkt *q)
{
	bool v6 = k->src.af == ADDR_V6;
	size_t head;

	*q = *k;
	q->p += ICMP_LEN;
	q->n -= ICMP_LEN;
	head = v6 ? 40 : q->n > 0 ? (size_t)(q->p[0] & 15) * 4 : 0;
	if (head < IP4_LEN || q->n < head + 8 || q->p[0] >> 4 != (v6 ? 6 : 4))
		return false;
	q->proto = q->p[v6 ? 6 : IP4_PROTO];
	if (v6)
		memcpy(q->dst.v6, q->p + 24, 16);
	else
		q->dst = addr_v4(get32(q->p + IP4_DST));
	q->p += head;
	q->n -= head;
	q->sport = q->dport = 0;
	if (q->proto == PROTO_UDP && q->n >= UDP_LEN + 4 && (get16(q->p) == IKE_PORT_NATT || get16(q->p + 2) == IKE_PORT_NATT) && get32(q->p + UDP_LEN) != 0) {
		q->p += UDP_LEN;
		q->proto = PROTO_ESP;
		return true;
	}
	return q->proto == PROTO_ESP || q->proto == PROTO_AH ||
	    (q->proto == PROTO_UDP && (get16(q->p) == IKE_PORT || get16(q->p + 2) == IKE_PORT || get16(q->p) == IKE_PORT_NATT || get16(q->p + 2) == IKE_PORT_NATT));
}

/* Only who was meant can say that nobody there takes the packet. */
static void
icmp_tell(struct ladder *l, const struct ladder_pkt *k, const struct ladder_pkt *q, bool refuses)
{
	uint16_t from = ladder_party(l, &k->src), to = ladder_party(l, &k->dst);
	uint32_t spi = get32(q->p + (q->proto == PROTO_AH ? 4 : 0));
	struct ladder_row *r;

	if (from == LADDER_NOBODY || to == LADDER_NOBODY)
		return;
	if (q->proto != PROTO_UDP && refuses && addr_eq(&q->dst, &k->src))
		ladder_esp_refused(l, from, q->proto, spi, k->ns, "it answered with ICMP");
	r = &l->rows[ladder_row_new(l, LADDER_ICMP, k, from, to)];
	if (refuses)
		r->title = xasprintf("ICMP %s unreachable", unreachable_name(k->src.af == ADDR_V6, k->p[1]));
	else
		r->title = xasprintf("ICMP type %u code %u", k->p[0], k->p[1]);
	if (q->proto == PROTO_UDP)
		r->brief = xasprintf("about UDP port %u", get16(q->p + 2));
	else
		r->brief = xasprintf("about %s 0x%08X", proto_name(q->proto), spi);
}

void
ladder_icmp(struct ladder *l, const struct ladder_pkt *k)
{
	bool v6 = k->src.af == ADDR_V6, error;
	struct ladder_pkt q;

	if (k->n < ICMP_LEN) {
		l->short_frames++;
		return;
	}
	error = v6 ? k->p[0] >= 1 && k->p[0] <= 4 : k->p[0] == ICMP_UNREACH || k->p[0] == ICMP_TIME_EXCEEDED || k->p[0] == ICMP_PARAM_PROBLEM;
	if (!error || !quoted(k, &q)) {
		l->others++;
		return;
	}
	icmp_tell(l, k, &q, v6 ? k->p[0] == 1 && k->p[1] == 4 : k->p[0] == ICMP_UNREACH && (k->p[1] == UNREACH_PROTO || k->p[1] == UNREACH_PORT));
}

void
ladder_esp_end(struct ladder *l)
{
	for (size_t i = 0; i < l->nrows; i++) {
		struct ladder_row *r = &l->rows[i];

		if (r->kind == LADDER_ESP) {
			finish(l, (unsigned)i);
		} else if (r->kind == LADDER_KEEPALIVE) {
			struct text t = { 0 };

			ladder_count(&t, r->run.count);
			text_printf(&t, " packet%s of one byte in ", r->run.count == 1 ? "" : "s");
			ladder_span(&t, r->last_ns - r->ns);
			r->brief = text_take(&t);
		}
	}
}
