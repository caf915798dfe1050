/*
 * Fragments.  Cutting makes new packets.  Reassembly keeps the pieces of a packet sorted by offset until they
 * are all there; a piece that overlaps another with anything but the same place and bytes spoils the whole
 * packet, and what comes of it later dies too, until its time is over.
 */

#include <stdlib.h>

#include "datapath/frag.h"
#include "datapath/icmp.h"
#include "datapath/internal.h"
#include "datapath/wire.h"
#include "lib/mem.h"

struct reasm_entry {
	uint32_t	 src, dst;
	uint16_t	 id;
	uint8_t		 proto;
	bool		 used, spoilt;
	unsigned	 total;		/* payload bytes, known with the last piece; 0 before */
	unsigned	 have;		/* payload bytes held */
	unsigned	 npieces;
	uint64_t	 born;		/* for eviction: the lowest is the oldest */
	struct pkt	*pieces;	/* by offset */
	struct timer	 timer;
	struct dp	*d;
};

struct reasm {
	struct reasm_entry	*entries;	/* REASM_MAX, made with the first fragment */
	size_t			 npieces;
	uint64_t		 births;
};

/* Of a piece: where its payload lies in the packet, and how much it is. */
static unsigned
piece_off(const struct pkt *p)
{
	return (get16(p->data + IP4_FRAG) & IP4_OFFMASK) * 8u;
}

static unsigned
piece_len(const struct pkt *p)
{
	return p->len - p->ihl;
}

struct reasm *
reasm_new(void)
{
	return xcalloc(1, sizeof(struct reasm));
}

static void
entry_clear(struct dp *d, struct reasm_entry *e)
{
	struct pkt *p;

	while ((p = e->pieces) != NULL) {
		e->pieces = p->next;
		pkt_free(d, p);
	}
	d->reasm->npieces -= e->npieces;
	e->npieces = 0;
	e->have = 0;
}

static void
entry_end(struct dp *d, struct reasm_entry *e)
{
	timer_stop(&e->timer);
	entry_clear(d, e);
	e->used = false;
}

void
reasm_free(struct dp *d)
{
	size_t i;

	for (i = 0; d->reasm->entries != NULL && i < REASM_MAX; i++)
		entry_end(d, &d->reasm->entries[i]);
	free(d->reasm->entries);
	free(d->reasm);
	d->reasm = NULL;
}

/* Time is over: who sent the first piece is told (RFC 792). */
static void
entry_timer(void *arg)
{
	struct reasm_entry *e = arg;
	struct dp *d = e->d;

	dp_enter(d);
	if (!e->spoilt) {
		d->count[DPC_reasm_timeout]++;
		if (e->pieces != NULL && piece_off(e->pieces) == 0)
			icmp_error(d, e->pieces, ICMP_TIME_EXCEEDED, 1, 0, clock_now(d->clock));
	}
	entry_end(d, e);
	dp_leave(d);
}

static bool
entry_is(const struct reasm_entry *e, const struct pkt *p)
{
	return e->used && e->src == p->src && e->dst == p->dst && e->proto == p->proto &&
	    e->id == get16(p->data + IP4_ID);
}

static void
entry_begin(struct dp *d, struct reasm_entry *e, const struct pkt *p, int64_t now)
{
	*e = (struct reasm_entry){ .src = p->src, .dst = p->dst, .proto = p->proto, .id = get16(p->data + IP4_ID),
		.used = true, .born = d->reasm->births++, .d = d };
	timer_init(&e->timer, d->clock, entry_timer, e);
	timer_at(&e->timer, now + REASM_NS);
}

/* The entry of p's packet, new if need be; the oldest gives way to it. */
static struct reasm_entry *
entry_for(struct dp *d, const struct pkt *p, int64_t now)
{
	struct reasm *r = d->reasm;
	struct reasm_entry *e, *best = NULL;

	if (r->entries == NULL)
		r->entries = xcalloc(REASM_MAX, sizeof *r->entries);
	for (e = r->entries; e < r->entries + REASM_MAX; e++) {
		if (entry_is(e, p))
			return e;
		if (best == NULL || (best->used && (!e->used || e->born < best->born)))
			best = e;
	}
	if (best->used) {
		d->count[DPC_reasm_full]++;
		entry_end(d, best);
	}
	entry_begin(d, best, p, now);
	return best;
}

/* RFC 791: all but the last are multiples of eight; nothing reaches beyond what a packet can hold. */
static bool
piece_ok(const struct reasm_entry *e, const struct pkt *p)
{
	unsigned off = piece_off(p), n = piece_len(p), end = off + n;
	bool last = (get16(p->data + IP4_FRAG) & IP4_MF) == 0;

	if (n == 0 || (!last && n % 8 != 0) || end > IP4_MAX - IP4_LEN)
		return false;
	if (e->total != 0 && (last ? end != e->total : end > e->total))
		return false;
	return true;
}

enum fit { FITS, SAME, OVERLAPS };

static bool
same_piece(const struct pkt *a, const struct pkt *b)
{
	return piece_off(a) == piece_off(b) && piece_len(a) == piece_len(b) &&
	    memcmp(a->data + a->ihl, b->data + b->ihl, piece_len(a)) == 0;
}

/* Finds the place of p among the pieces. */
static enum fit
piece_place(struct reasm_entry *e, const struct pkt *p, struct pkt ***at)
{
	struct pkt **q, *prev = NULL;
	unsigned off = piece_off(p), end = off + piece_len(p);

	for (q = &e->pieces; *q != NULL && piece_off(*q) < off; q = &(*q)->next)
		prev = *q;
	*at = q;
	if (*q != NULL && same_piece(*q, p))
		return SAME;
	if (prev != NULL && piece_off(prev) + piece_len(prev) > off)
		return OVERLAPS;
	if (*q != NULL && piece_off(*q) < end)
		return OVERLAPS;
	/* A last piece that ends before others do was refused when they came, but they may have come first. */
	if (*q != NULL && (get16(p->data + IP4_FRAG) & IP4_MF) == 0)
		return OVERLAPS;
	return FITS;
}

static void
entry_spoil(struct dp *d, struct reasm_entry *e)
{
	entry_clear(d, e);
	e->spoilt = true;
}

static void
piece_add(struct dp *d, struct reasm_entry *e, struct pkt **at, struct pkt *p)
{
	if ((get16(p->data + IP4_FRAG) & IP4_MF) == 0)
		e->total = piece_off(p) + piece_len(p);
	p->next = *at;
	*at = p;
	e->have += piece_len(p);
	e->npieces++;
	d->reasm->npieces++;
}

/* The pieces do not overlap, so as many bytes as the whole has are the whole. */
static struct pkt *
entry_join(struct dp *d, struct reasm_entry *e)
{
	const struct pkt *first = e->pieces, *q;
	struct pkt *p;

	if (first->ihl + e->total > IP4_MAX) {
		d->count[DPC_reasm_bad]++;
		return NULL;
	}
	p = pkt_new(d, first->ihl + e->total);
	if (p == NULL)
		return NULL;
	memcpy(p->data, first->data, first->ihl);
	for (q = first; q != NULL; q = q->next)
		memcpy(p->data + first->ihl + piece_off(q), q->data + q->ihl, piece_len(q));
	put16(p->data + IP4_TOTAL, p->len);
	put16(p->data + IP4_FRAG, 0);
	ip4_seal(p->data, first->ihl);
	pkt_parse(p);
	p->flags = (uint8_t)(first->flags | PKT_REASSEMBLED);
	p->nest = first->nest;
	p->in_if = first->in_if;
	p->sa = first->sa;
	d->count[DPC_reasm_ok]++;
	return p;
}

/* Takes p into e; DPC__COUNT if it is kept. */
static enum dp_counter
entry_take(struct dp *d, struct reasm_entry *e, struct pkt *p)
{
	enum fit fit = OVERLAPS;
	struct pkt **at;

	if (!e->spoilt) {
		if (!piece_ok(e, p))
			return DPC_reasm_bad;
		fit = piece_place(e, p, &at);
	}
	if (fit == SAME)
		return DPC_reasm_duplicate;
	if (fit == OVERLAPS) {
		entry_spoil(d, e);
		return DPC_reasm_overlap;
	}
	if (e->npieces >= REASM_EACH || d->reasm->npieces >= REASM_FRAGS)
		return DPC_reasm_full;
	piece_add(d, e, at, p);
	return DPC__COUNT;
}

struct pkt *
reasm_input(struct dp *d, struct pkt *p, int64_t now)
{
	struct reasm_entry *e;
	enum dp_counter why;
	struct pkt *whole;

	d->count[DPC_frag_in]++;
	if ((p = pkt_own(d, p)) == NULL)
		return NULL;
	e = entry_for(d, p, now);
	why = entry_take(d, e, p);
	if (why != DPC__COUNT) {
		pkt_drop(d, p, why);
		return NULL;
	}
	if (e->total == 0 || e->have != e->total)
		return NULL;
	whole = entry_join(d, e);
	entry_end(d, e);
	return whole;
}

static unsigned
piece_room(const struct pkt *p, unsigned mtu)
{
	return mtu > p->ihl + 8u ? (mtu - p->ihl) & ~7u : 8;
}

/* Options without the copy bit stay in the first piece only (RFC 791, 3.1); others are blanked. */
static void
blank_options(uint8_t *ip, size_t ihl)
{
	size_t i = IP4_LEN, n;

	while (i < ihl && ip[i] != 0) {
		n = ip[i] == 1 || i + 1 >= ihl || ip[i + 1] < 2 ? 1 : ip[i + 1];
		if (n > ihl - i)
			n = ihl - i;
		if (!(ip[i] & 0x80))
			memset(ip + i, 1, n);
		i += n;
	}
}

static struct pkt *
piece_cut(struct dp *d, const struct pkt *p, unsigned at, unsigned n)
{
	struct pkt *c = pkt_new(d, p->ihl + n);
	unsigned field = get16(p->data + IP4_FRAG);

	if (c == NULL)
		return NULL;
	memcpy(c->data, p->data, p->ihl);
	memcpy(c->data + p->ihl, p->data + p->ihl + at, n);
	if (at > 0)
		blank_options(c->data, p->ihl);
	if (at + n < piece_len(p))
		field |= IP4_MF;
	put16(c->data + IP4_TOTAL, c->len);
	put16(c->data + IP4_FRAG, field + at / 8);
	ip4_seal(c->data, p->ihl);
	pkt_parse(c);
	c->flags = p->flags;
	c->nest = p->nest;
	c->in_if = p->in_if;
	c->out_if = p->out_if;
	c->next_hop = p->next_hop;
	c->sa = p->sa;
	return c;
}

void
frag_cut(struct dp *d, struct pkt *p, unsigned mtu, void (*fn)(void *, struct pkt *), void *arg)
{
	unsigned room = piece_room(p, mtu), at, n, whole = piece_len(p);
	struct pkt *c;

	if (piece_off(p) + whole > IP4_MAX - IP4_LEN) {
		pkt_drop(d, p, DPC_reasm_bad);
		return;
	}
	for (at = 0; at < whole; at += n) {
		n = whole - at < room ? whole - at : room;
		c = piece_cut(d, p, at, n);
		if (c == NULL)
			break;
		d->count[DPC_frag_made]++;
		fn(arg, c);
	}
	d->count[DPC_frag_ok]++;
	pkt_free(d, p);
}
