/*
 * IPv6 fragments (RFC 8200, 4.5).  Only who sends a packet cuts it, and only who it is for puts it together.  Pieces
 * are kept sorted by offset until they are all there; one that overlaps another spoils the whole packet, and what comes of
 * it later dies too, until its time is over (RFC 5722).  A fragment that is the whole packet is taken by itself
 * (RFC 6946).
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/ip6.h"
#include "lib/chance.h"
#include "lib/mem.h"

#define REASM6_NS	(60 * NSEC_SEC)
#define REASM6_MAX	64		/* packets under reassembly */
#define REASM6_FRAGS	512		/* fragments held, in all */
#define REASM6_EACH	64		/* fragments of one packet */

/* Of a piece, in its cb: where its payload lies in the whole, how much it is, whether it is the last. */
struct piece {
	uint32_t	off, len;
	uint32_t	id;
	bool		last;
	uint8_t		next;
};

struct reasm6_entry {
	struct a6	 src, dst;
	uint32_t	 id;
	bool		 used, spoilt;
	unsigned	 total;		/* payload bytes, known with the last piece; 0 before */
	unsigned	 have;
	unsigned	 npieces;
	uint64_t	 born;		/* for eviction: the lowest is the oldest */
	struct pkt	*pieces;	/* by offset */
	struct timer	 timer;
	struct dp	*d;
};

struct reasm6 {
	struct reasm6_entry	*entries;	/* REASM6_MAX, made with the first fragment */
	size_t			 npieces;
	uint64_t		 births;
};

static struct piece *
piece_of(struct pkt *p)
{
	return (struct piece *)(void *)p->cb;
}

struct reasm6 *
reasm6_new(void)
{
	return xcalloc(1, sizeof(struct reasm6));
}

static void
entry_clear(struct dp *d, struct reasm6_entry *e)
{
	struct pkt *p;

	while ((p = e->pieces) != NULL) {
		e->pieces = p->next;
		pkt_free(d, p);
	}
	d->v6->reasm->npieces -= e->npieces;
	e->npieces = 0;
	e->have = 0;
}

static void
entry_end(struct dp *d, struct reasm6_entry *e)
{
	timer_stop(&e->timer);
	entry_clear(d, e);
	e->used = false;
}

void
reasm6_free(struct dp *d)
{
	struct reasm6 *r = d->v6->reasm;
	size_t i;

	for (i = 0; r->entries != NULL && i < REASM6_MAX; i++)
		entry_end(d, &r->entries[i]);
	free(r->entries);
	free(r);
	d->v6->reasm = NULL;
}

/* Time is over: who sent the first piece is told. */
static void
entry_timer(void *arg)
{
	struct reasm6_entry *e = arg;
	struct dp *d = e->d;

	dp_enter(d);
	if (!e->spoilt) {
		d->count[DPC_reasm6_timeout]++;
		if (e->pieces != NULL && piece_of(e->pieces)->off == 0)
			icmp6_error(d, e->pieces, ICMP6_TIME_EXCEEDED, 1, 0, clock_now(d->clock));
	}
	entry_end(d, e);
	dp_leave(d);
}

static bool
entry_is(const struct reasm6_entry *e, struct pkt *p)
{
	return e->used && e->id == piece_of(p)->id && a6_eq(e->src, ip6_src(p)) && a6_eq(e->dst, ip6_dst(p));
}

static void
entry_begin(struct dp *d, struct reasm6_entry *e, struct pkt *p, int64_t now)
{
	*e = (struct reasm6_entry){ .src = ip6_src(p), .dst = ip6_dst(p), .id = piece_of(p)->id, .used = true,
		.born = d->v6->reasm->births++, .d = d };
	timer_init(&e->timer, d->clock, entry_timer, e);
	timer_at(&e->timer, now + REASM6_NS);
}

/* The entry of p's packet, new if need be; the oldest gives way to it. */
static struct reasm6_entry *
entry_for(struct dp *d, struct pkt *p, int64_t now)
{
	struct reasm6 *r = d->v6->reasm;
	struct reasm6_entry *e, *best = NULL;

	if (r->entries == NULL)
		r->entries = xcalloc(REASM6_MAX, sizeof *r->entries);
	for (e = r->entries; e < r->entries + REASM6_MAX; e++) {
		if (entry_is(e, p))
			return e;
		if (best == NULL || (best->used && (!e->used || e->born < best->born)))
			best = e;
	}
	if (best->used) {
		d->count[DPC_reasm6_full]++;
		entry_end(d, best);
	}
	entry_begin(d, best, p, now);
	return best;
}

/* Reads the fragment header at ihl. */
static bool
piece_read(struct pkt *p)
{
	const uint8_t *f = p->data + p->ihl;
	struct piece *q = piece_of(p);

	if (p->len < p->ihl + (unsigned)IP6_FRAG_LEN)
		return false;
	q->off = get16(f + 2) & 0xfff8;
	q->last = (get16(f + 2) & 1) == 0;
	q->len = p->len - p->ihl - IP6_FRAG_LEN;
	q->id = get32(f + 4);
	q->next = f[0];
	return true;
}

/* Says so to the sender where RFC 8200 asks for it. */
static bool
piece_ok(struct dp *d, const struct reasm6_entry *e, struct pkt *p, int64_t now)
{
	const struct piece *q = piece_of(p);
	unsigned end = q->off + q->len;

	if (!q->last && q->len % 8 != 0) {
		icmp6_error(d, p, ICMP6_PARAM_PROBLEM, PARAM6_HEADER, IP6_PAYLOAD, now);
		return false;
	}
	if (end + p->ihl - IP6_LEN > IP4_MAX) {
		icmp6_error(d, p, ICMP6_PARAM_PROBLEM, PARAM6_HEADER, p->ihl + 2u, now);
		return false;
	}
	if (q->len == 0)
		return false;
	return e->total == 0 || (q->last ? end == e->total : end <= e->total);
}

enum fit { FITS, SAME, OVERLAPS };

static bool
same_piece(struct pkt *a, struct pkt *b)
{
	const struct piece *x = piece_of(a), *y = piece_of(b);

	return x->off == y->off && x->len == y->len && x->last == y->last &&
	    memcmp(a->data + a->ihl, b->data + b->ihl, IP6_FRAG_LEN + x->len) == 0;
}

/* Finds the place of p among the pieces. */
static enum fit
piece_place(struct reasm6_entry *e, struct pkt *p, struct pkt ***at)
{
	const struct piece *me = piece_of(p), *prev = NULL;
	struct pkt **q;

	for (q = &e->pieces; *q != NULL && piece_of(*q)->off < me->off; q = &(*q)->next)
		prev = piece_of(*q);
	*at = q;
	if (*q != NULL && same_piece(*q, p))
		return SAME;
	if (prev != NULL && prev->off + prev->len > me->off)
		return OVERLAPS;
	if (*q != NULL && (piece_of(*q)->off < me->off + me->len || me->last))
		return OVERLAPS;
	return FITS;
}

/* Takes p into e; DPC__COUNT if it is kept. */
static enum dp_counter
entry_take(struct dp *d, struct reasm6_entry *e, struct pkt *p, int64_t now)
{
	enum fit fit = OVERLAPS;
	struct pkt **at;

	if (!e->spoilt) {
		if (!piece_ok(d, e, p, now))
			return DPC_reasm6_bad;
		fit = piece_place(e, p, &at);
	}
	if (fit == SAME)
		return DPC_reasm6_duplicate;
	if (fit == OVERLAPS) {
		entry_clear(d, e);
		e->spoilt = true;
		return DPC_reasm6_overlap;
	}
	if (e->npieces >= REASM6_EACH || d->v6->reasm->npieces >= REASM6_FRAGS)
		return DPC_reasm6_full;
	p->next = *at;
	*at = p;
	e->npieces++;
	d->v6->reasm->npieces++;
	e->have += piece_of(p)->len;
	if (piece_of(p)->last)
		e->total = piece_of(p)->off + piece_of(p)->len;
	return DPC__COUNT;
}

/* The headers of the first piece without its fragment header, and all payloads. */
static struct pkt *
entry_join(struct dp *d, struct reasm6_entry *e)
{
	struct pkt *first = e->pieces, *q, *p = NULL;

	if (first->ihl - IP6_LEN + e->total <= IP4_MAX)
		p = pkt_new(d, first->ihl + e->total);
	else
		d->count[DPC_reasm6_bad]++;
	if (p == NULL)
		return NULL;
	memcpy(p->data, first->data, first->ihl);
	for (q = first; q != NULL; q = q->next)
		memcpy(p->data + first->ihl + piece_of(q)->off, q->data + q->ihl + IP6_FRAG_LEN, piece_of(q)->len);
	p->data[ip6_next_field(first)] = piece_of(first)->next;
	put16(p->data + IP6_PAYLOAD, p->len - IP6_LEN);
	p->v6 = true;
	p->flags = (uint8_t)(first->flags | PKT_REASSEMBLED);
	p->nest = first->nest;
	p->in_if = first->in_if;
	p->sa = first->sa;
	d->count[DPC_reasm6_ok]++;
	return p;
}

/* RFC 6946: neither waits for others nor is mixed with them. */
static struct pkt *
atomic_open(struct pkt *p)
{
	uint8_t next = piece_of(p)->next;

	p->data[ip6_next_field(p)] = next;
	memmove(p->data + IP6_FRAG_LEN, p->data, p->ihl);
	pkt_pull(p, IP6_FRAG_LEN);
	put16(p->data + IP6_PAYLOAD, p->len - IP6_LEN);
	return p;
}

struct pkt *
reasm6_input(struct dp *d, struct pkt *p, int64_t now)
{
	struct reasm6_entry *e;
	enum dp_counter why;
	struct pkt *whole;

	d->count[DPC_frag6_in]++;
	if (!piece_read(p)) {
		pkt_drop(d, p, DPC_reasm6_bad);
		return NULL;
	}
	if (piece_of(p)->off == 0 && piece_of(p)->last)
		return atomic_open(p);
	if ((p = pkt_own(d, p)) == NULL)
		return NULL;
	e = entry_for(d, p, now);
	why = entry_take(d, e, p, now);
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

/* --- cutting --- */

/* Headers up to the fragment header: those that each router looks at (our packets have none but the first). */
static struct pkt *
piece_cut(struct dp *d, const struct pkt *p, unsigned at, unsigned n, uint32_t id)
{
	struct pkt *c = pkt_new(d, IP6_LEN + IP6_FRAG_LEN + n);
	uint8_t *f;

	if (c == NULL)
		return NULL;
	memcpy(c->data, p->data, IP6_LEN);
	f = c->data + IP6_LEN;
	f[0] = p->data[IP6_NEXT];
	f[1] = 0;
	put16(f + 2, at | (at + n < p->len - IP6_LEN));
	put32(f + 4, id);
	memcpy(f + IP6_FRAG_LEN, p->data + IP6_LEN + at, n);
	c->data[IP6_NEXT] = PROTO_FRAGMENT;
	put16(c->data + IP6_PAYLOAD, IP6_FRAG_LEN + n);
	ip6_parse(c);
	c->flags = p->flags;
	c->nest = p->nest;
	c->in_if = p->in_if;
	c->out_if = p->out_if;
	c->sa = p->sa;
	memcpy(c->cb, p->cb, sizeof c->cb);
	return c;
}

void
frag6_cut(struct dp *d, struct pkt *p, unsigned mtu, void (*fn)(void *, struct pkt *), void *arg)
{
	unsigned room = (mtu - IP6_LEN - IP6_FRAG_LEN) & ~7u, whole = p->len - IP6_LEN, at, n;
	uint32_t id = chance_u32(ip6_chance(d));
	struct pkt *c;

	for (at = 0; at < whole; at += n) {
		n = whole - at < room ? whole - at : room;
		c = piece_cut(d, p, at, n, id);
		if (c == NULL)
			break;
		d->count[DPC_frag6_made]++;
		fn(arg, c);
	}
	d->count[DPC_frag6_ok]++;
	pkt_free(d, p);
}
