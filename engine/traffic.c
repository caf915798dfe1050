/*
 * UDP streams between hosts, evenly spaced.  Each packet bears its stream's number and its own, from which the
 * receiver tells what came, what came twice, what was overtaken, and what is missing.
 *
 * Payload: "INSP", stream (4 bytes), sequence number from 1 (8 bytes), zeros up to the size.
 *
 * A packet counts as lost once a later one has come, or when it was sent more than two seconds ago; until then
 * it is on its way.
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/lab_impl.h"
#include "lib/buf.h"
#include "lib/mem.h"

#define MAGIC		0x494e5350u
#define IP_UDP_HDRS	28u
#define IP6_UDP_HDRS	48u
#define PAYLOAD_MIN	16u
#define SIZE_MAX_IP	9216u
#define RATE_MIN	UINT64_C(8)		/* bit/s */
#define RATE_MAX	UINT64_C(100000000000)
#define LATE		(2 * NSEC_SEC)
#define WINDOW		4096u			/* back to where a second copy is known as one */

struct stream {
	struct stream	*next;
	struct lab	*lab;
	struct node	*from, *to;
	uint32_t	 id;
	struct addr	 src, dst;
	uint64_t	 rate_bps;
	unsigned	 size;
	int64_t		 start, stop;		/* stop: when it ended or is to end; CLOCK_NEVER */
	bool		 running;
	struct timer	 timer;
	uint64_t	 sent;
	/* At the receiver. */
	uint64_t	 received, duplicated, reordered, highest;
	uint64_t	 window[WINDOW / 64];	/* bit of sequence number mod WINDOW: came */
	int64_t		 last_at, gap, gap_at;
};

/* When number seq (from 1) leaves: reckoned from the start, so that no rounding adds up. */
static int64_t
due(const struct stream *s, uint64_t seq)
{
	__extension__ typedef unsigned __int128 wide;

	return s->start + (int64_t)((wide)(seq - 1) * s->size * 8 * (uint64_t)NSEC_SEC / s->rate_bps);
}

static unsigned
headers(const struct stream *s)
{
	return s->dst.af == ADDR_V6 ? IP6_UDP_HDRS : IP_UDP_HDRS;
}

static void
send_next(void *arg)
{
	struct stream *s = arg;
	uint8_t payload[SIZE_MAX_IP];
	size_t n = s->size - headers(s);
	struct wr w;

	if (due(s, s->sent + 1) >= s->stop) {
		s->running = false;
		return;
	}
	wr_init(&w, payload, n);
	wr_u32(&w, MAGIC);
	wr_u32(&w, s->id);
	wr_u64(&w, ++s->sent);
	wr_zero(&w, n - PAYLOAD_MIN);
	timer_at(&s->timer, due(s, s->sent + 1));
	host_send(s->from->host, &s->dst, payload, n);
}

static bool
came(struct stream *s, uint64_t seq)
{
	return s->window[seq % WINDOW / 64] >> seq % 64 & 1;
}

static void
mark(struct stream *s, uint64_t seq, bool on)
{
	uint64_t bit = UINT64_C(1) << seq % 64;

	if (on)
		s->window[seq % WINDOW / 64] |= bit;
	else
		s->window[seq % WINDOW / 64] &= ~bit;
}

/* Moves the window up to seq. */
static void
advance(struct stream *s, uint64_t seq)
{
	if (seq - s->highest >= WINDOW)
		memset(s->window, 0, sizeof(s->window));
	else
		for (uint64_t i = s->highest + 1; i < seq; i++)
			mark(s, i, false);
	s->highest = seq;
}

static void
count(struct stream *s, uint64_t seq, int64_t now)
{
	bool late = seq <= s->highest;
	int64_t since;

	if (late && (seq + WINDOW <= s->highest || came(s, seq))) {
		s->duplicated++;
		return;
	}
	if (!late)
		advance(s, seq);
	mark(s, seq, true);
	s->reordered += late;
	since = s->received++ > 0 ? s->last_at : now - (due(s, seq) - s->start);	/* how long it takes is no gap */
	if (now - since > s->gap) {
		s->gap = now - since;
		s->gap_at = since;
	}
	s->last_at = now;
}

/* By what it carries: its source may have been translated on the way. */
void
traffic_received(struct node *at, const uint8_t *p, size_t n)
{
	struct stream *s;
	uint32_t id;
	uint64_t seq;
	struct rd r;

	rd_init(&r, p, n);
	if (rd_u32(&r) != MAGIC)
		return;
	id = rd_u32(&r);
	seq = rd_u64(&r);
	for (s = at->lab->streams; s != NULL; s = s->next)
		if (s->id == id)
			break;
	if (s != NULL && !r.bad && s->to == at && seq >= 1 && seq <= s->sent)
		count(s, seq, clock_now(at->lab->clock));
}

static struct node *
host_named(struct lab *lab, const char *name, char **why)
{
	struct node *n = lab_node(lab, name);

	if (n == NULL)
		*why = lab_why("no node is called '%s'", name);
	else if (n->kind != NODE_HOST)
		*why = lab_why("%s is no host", n->name);
	else
		return n;
	return NULL;
}

static struct stream *
stream_find(struct lab *lab, const struct node *from, const struct node *to)
{
	struct stream *s = lab->streams;

	while (s != NULL && (s->from != from || s->to != to))
		s = s->next;
	return s;
}

/* A fresh one at the end of the list, or the old one between the two hosts begun anew. */
static struct stream *
stream_new(struct lab *lab, struct node *from, struct node *to)
{
	struct stream *s = stream_find(lab, from, to), **tail = &lab->streams, *next;

	if (s == NULL) {
		s = xcalloc(1, sizeof(*s));
		while (*tail != NULL)
			tail = &(*tail)->next;
		*tail = s;
	}
	next = s->next;
	timer_stop(&s->timer);
	memset(s, 0, sizeof(*s));
	s->next = next;
	s->lab = lab;
	s->from = from;
	s->to = to;
	s->id = ++lab->nstreams;
	s->src = host_address_for(from->host, to->host);
	s->dst = host_address_for(to->host, from->host);
	timer_init(&s->timer, lab->clock, send_next, s);
	return s;
}

bool
lab_traffic_start(struct lab *lab, const char *from, const char *to, uint64_t rate_bps, unsigned size, int64_t for_ns, char **why)
{
	struct node *a = host_named(lab, from, why), *b = a != NULL ? host_named(lab, to, why) : NULL;
	struct addr family;
	struct stream *s;
	unsigned least;

	if (b == NULL)
		return false;
	if (a == b) {
		*why = lab_why("a stream needs two hosts");
		return false;
	}
	family = host_address_for(b->host, a->host);
	if (family.af == ADDR_NONE) {
		*why = lab_why("%s and %s have no kind of address in common", a->name, b->name);
		return false;
	}
	least = (family.af == ADDR_V6 ? IP6_UDP_HDRS : IP_UDP_HDRS) + PAYLOAD_MIN;
	if (size < least || size > SIZE_MAX_IP) {
		*why = lab_why("size must be %u to %u bytes", least, SIZE_MAX_IP);
		return false;
	}
	if (rate_bps < RATE_MIN || rate_bps > RATE_MAX) {
		*why = lab_why("rate must be 8 bit/s to 100 Gbit/s");
		return false;
	}
	s = stream_new(lab, a, b);
	s->rate_bps = rate_bps;
	s->size = size;
	s->start = clock_now(lab->clock);
	s->stop = for_ns > 0 && for_ns < CLOCK_NEVER - s->start ? s->start + for_ns : CLOCK_NEVER;
	s->running = true;
	timer_at(&s->timer, s->start);
	return true;
}

bool
lab_traffic_stop(struct lab *lab, const char *from, const char *to, char **why)
{
	struct node *a = host_named(lab, from, why), *b = a != NULL ? host_named(lab, to, why) : NULL;
	struct stream *s = b != NULL ? stream_find(lab, a, b) : NULL;

	if (b != NULL && (s == NULL || !s->running))
		*why = lab_why("there is no stream from %s to %s", a->name, b->name);
	if (s == NULL || !s->running)
		return false;
	timer_stop(&s->timer);
	s->running = false;
	s->stop = clock_now(lab->clock);
	return true;
}

/* How many were sent no later than that. */
static uint64_t
sent_by(const struct stream *s, int64_t when)
{
	uint64_t lo = 0, hi = s->sent, mid;

	while (lo < hi) {
		mid = lo + (hi - lo + 1) / 2;
		if (due(s, mid) <= when)
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}

static void
info(const struct stream *s, int64_t now, struct traffic_info *t)
{
	uint64_t past = sent_by(s, now - LATE);
	int64_t end = now < s->stop ? now : s->stop, since = s->received > 0 ? s->last_at : s->start;

	*t = (struct traffic_info){s->from->name, s->to->name, s->rate_bps, s->size, s->running, s->sent, s->received,
	    0, s->duplicated, s->reordered, s->gap, s->gap_at, 0};
	t->lost = (past > s->highest ? past : s->highest) - s->received;
	t->under_way = s->sent - t->received - t->lost;
	if (end - since > t->gap_ns || t->gap_ns == 0) {	/* the one that is not over yet */
		t->gap_ns = end - since;
		t->gap_at_ns = since;
	}
}

void
lab_traffic_each(struct lab *lab, void (*fn)(void *arg, const struct traffic_info *t), void *arg)
{
	struct traffic_info t;

	for (struct stream *s = lab->streams; s != NULL; s = s->next) {
		info(s, clock_now(lab->clock), &t);
		fn(arg, &t);
	}
}

void
traffic_free(struct lab *lab)
{
	struct stream *s;

	while ((s = lab->streams) != NULL) {
		lab->streams = s->next;
		timer_stop(&s->timer);
		free(s);
	}
}
