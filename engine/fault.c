/*
 * Faults on purpose: rules at a link end that drop, double or delay chosen frames that leave there.  A rule
 * chooses ESP by its SPI and IKE by exchange and by the number of the message in its exchange.
 *
 * The header of an IKE message is in the clear (RFC 2408, 3.1): cookies, exchange type, message id.  Message N
 * is the Nth different message of its exchange that went by on this link in either direction; the same bytes
 * again are a retransmission and keep their number.  So `quick message 3` is the initiator's last one.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/lab_impl.h"
#include "lib/buf.h"
#include "lib/mem.h"

#define EXCHANGES	64u	/* followed on one link at a time */
#define MESSAGES	16u	/* of one exchange whose retransmissions are known again */
#define IKE_PORT	500
#define NATT_PORT	4500

struct exchange {
	uint64_t	 cookie;		/* the initiator's: the responder's is not there from the start */
	uint32_t	 id;
	uint8_t		 type;
	unsigned	 n;			/* messages so far */
	uint64_t	 seen[MESSAGES];	/* hashes, by number - 1 */
};

struct ike_watch {
	struct exchange	 x[EXCHANGES];
	size_t		 next;			/* the oldest gives way */
};

/* What a rule can ask about a frame. */
struct aspect {
	enum fault_what	 what;			/* FAULT_ANY: something else */
	uint32_t	 spi;
	uint8_t		 exchange;
	unsigned	 message;
};

/* Eight bytes at a time: each IKE message passes here on each link. */
static uint64_t
sum(const uint8_t *p, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325), word;

	for (; n >= sizeof(word); p += sizeof(word), n -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	for (; n > 0; p++, n--)
		h = (h ^ *p) * UINT64_C(0x100000001b3);
	return h;
}

static struct exchange *
exchange_of(struct ike_watch *w, uint64_t cookie, uint8_t type, uint32_t id)
{
	struct exchange *x;

	for (size_t i = 0; i < EXCHANGES; i++)
		if (w->x[i].cookie == cookie && w->x[i].type == type && w->x[i].id == id)
			return &w->x[i];
	x = &w->x[w->next++ % EXCHANGES];
	*x = (struct exchange){.cookie = cookie, .type = type, .id = id};
	return x;
}

static unsigned
number_of(struct exchange *x, const uint8_t *p, size_t n)
{
	uint64_t h = sum(p, n);

	for (unsigned i = 0; i < x->n && i < MESSAGES; i++)
		if (x->seen[i] == h)
			return i + 1;
	if (x->n < MESSAGES)
		x->seen[x->n] = h;
	return ++x->n;
}

/* RFC 2408, 3.1; the message's number is counted as it goes by. */
static void
see_ike(struct link *l, const uint8_t *p, size_t n, struct aspect *a)
{
	uint64_t cookie;
	uint32_t id;
	struct rd r;

	rd_init(&r, p, n);
	cookie = rd_u64(&r);
	rd_bytes(&r, 10);
	a->exchange = rd_u8(&r);
	rd_u8(&r);
	id = rd_u32(&r);
	if (r.bad)
		return;
	if (l->ike == NULL)
		l->ike = xcalloc(1, sizeof(*l->ike));
	a->what = FAULT_IKE;
	a->message = number_of(exchange_of(l->ike, cookie, a->exchange, id), p, n);
}

/* UDP 500, and UDP 4500 with its marker (RFC 3948, 2.2): four zero bytes before IKE, else it is ESP. */
static void
see_udp(struct link *l, struct rd *r, struct aspect *a)
{
	uint16_t sport = rd_u16(r), dport = rd_u16(r);
	const uint8_t *data;
	size_t n;

	rd_u32(r);
	if (r->bad || (sport != IKE_PORT && dport != IKE_PORT && sport != NATT_PORT && dport != NATT_PORT))
		return;
	if (sport == NATT_PORT || dport == NATT_PORT) {
		a->spi = rd_u32(r);
		if (r->bad)
			return;
		if (a->spi != 0) {
			a->what = FAULT_ESP;
			return;
		}
	}
	n = rd_left(r);
	if ((data = rd_bytes(r, n)) != NULL)
		see_ike(l, data, n, a);
}

static void
see_payload(struct link *l, uint8_t proto, const uint8_t *p, size_t n, struct aspect *a)
{
	struct rd r;

	rd_init(&r, p, n);
	if (proto == 50) {
		a->spi = rd_u32(&r);
		a->what = r.bad ? FAULT_ANY : FAULT_ESP;
	} else if (proto == 17)
		see_udp(l, &r, a);
}

/* Over IPv6 (RFC 8200, 3) without extension headers, as what the routers send here is unless it is cut. */
static void
see6(struct link *l, const uint8_t *ip, size_t len, struct aspect *a)
{
	size_t n;

	if (len < 40 || ip[0] >> 4 != 6)
		return;
	n = (size_t)ip[4] << 8 | ip[5];
	if (n <= len - 40)
		see_payload(l, ip[6], ip + 40, n, a);
}

/* Ethernet, IPv4 (RFC 791, 3.1) or IPv6, then ESP's SPI (RFC 4303, 2) or UDP. */
static struct aspect
see(struct link *l, const uint8_t *frame, size_t len)
{
	struct aspect a = {.what = FAULT_ANY};
	const uint8_t *ip;
	size_t hlen, total;

	if (len >= 14 && frame[12] == 0x86 && frame[13] == 0xdd)
		see6(l, frame + 14, len - 14, &a);
	if (len < 34 || frame[12] != 0x08 || frame[13] != 0x00)
		return a;
	ip = frame + 14;
	hlen = (size_t)(ip[0] & 15) * 4;
	total = (size_t)ip[2] << 8 | ip[3];
	if (ip[0] >> 4 != 4 || hlen < 20 || total < hlen || total > len - 14 || (ip[6] & 0x1f) != 0 || ip[7] != 0)
		return a;
	see_payload(l, ip[9], ip + hlen, total - hlen, &a);
	return a;
}

static bool
fits(const struct fault_rule *f, const struct aspect *a)
{
	if (f->what == FAULT_ANY)
		return true;
	if (f->what != a->what)
		return false;
	if (f->what == FAULT_ESP)
		return !f->spi_set || f->spi == a->spi;
	return (f->exchange < 0 || f->exchange == a->exchange) && (f->message == 0 || f->message == a->message);
}

const struct fault_rule *
fault_judge(struct link_end *e, const uint8_t *frame, size_t len)
{
	struct aspect a = see(e->link, frame, len);
	struct fault *f;

	TAILQ_FOREACH(f, &e->faults, next) {
		if ((f->rule.count != 0 && f->done == f->rule.count) || !fits(&f->rule, &a))
			continue;
		if (f->skipped < f->rule.skip) {
			f->skipped++;
			continue;
		}
		f->done++;
		return &f->rule;
	}
	return NULL;
}

void
faults_free(struct link_end *e)
{
	struct fault *f;

	while ((f = TAILQ_FIRST(&e->faults)) != NULL) {
		TAILQ_REMOVE(&e->faults, f, next);
		free(f);
	}
	e->nfaults = 0;
}

void
ike_watch_free(struct ike_watch *w)
{
	free(w);
}

bool
lab_fault_add(struct lab *lab, const char *end, const struct fault_rule *rule, char **why)
{
	struct link_end *e = lab_end(lab, end, why);
	struct fault *f;

	if (e == NULL)
		return false;
	f = xcalloc(1, sizeof(*f));
	f->rule = *rule;
	TAILQ_INSERT_TAIL(&e->faults, f, next);
	e->nfaults++;
	return true;
}

static bool
same_rule(const struct fault_rule *a, const struct fault_rule *b)
{
	return a->action == b->action && a->delay_ns == b->delay_ns && a->what == b->what && a->spi_set == b->spi_set &&
	    a->spi == b->spi && a->exchange == b->exchange && a->message == b->message && a->skip == b->skip &&
	    a->count == b->count;
}

bool
lab_fault_del(struct lab *lab, const char *end, const struct fault_rule *rule, char **why)
{
	struct link_end *e = lab_end(lab, end, why);
	struct fault *f, *next;
	size_t before;

	if (e == NULL)
		return false;
	before = e->nfaults;
	for (f = TAILQ_FIRST(&e->faults); f != NULL; f = next) {
		next = TAILQ_NEXT(f, next);
		if (!same_rule(&f->rule, rule))
			continue;
		TAILQ_REMOVE(&e->faults, f, next);
		free(f);
		e->nfaults--;
	}
	if (e->nfaults == before)
		*why = lab_why("%s:%s has no such fault", e->node->name, e->ifname);
	return e->nfaults != before;
}

bool
lab_fault_clear(struct lab *lab, const char *end, char **why)
{
	struct link_end *e;

	if (end != NULL) {
		if ((e = lab_end(lab, end, why)) == NULL)
			return false;
		faults_free(e);
		return true;
	}
	for (size_t i = 0; i < lab->nlinks; i++)
		for (int k = 0; k < 2; k++)
			faults_free(&lab->links[i].end[k]);
	return true;
}
