/*
 * Packets that no SA fits.  The datapath has dropped and counted them; here is what follows: the
 * syslog line, once in LOG_EVERY for each (source, destination, SPI), and requests to IKE, at once
 * and then each PULSE after the first packet while packets come (a flow that has stopped, as when
 * the peer got the message, is not asked about again; should it go on it counts as new).  What a
 * stranger can make us do is bounded: a table of flows of fixed size, half of which is kept for
 * peers that the configuration names, and caps on lines and requests a second.  A flow is forgotten
 * when it has been silent for LOG_EVERY.
 *
 * An SPI that a rekey removed a moment ago, or one that is being negotiated, is no sign of a peer
 * out of step: such packets are counted as transient and IKE is not troubled.
 */

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "engine/bug.h"
#include "engine/flow.h"
#include "engine/log.h"
#include "engine/release.h"
#include "lib/mem.h"

#define LOG_EVERY	(60 * NSEC_SEC)
#define PULSE		(5 * NSEC_SEC)
#define STILL_COMING	(1 * NSEC_SEC)		/* at a pulse: the last packet is no older */
#define TRANSIENT	(30 * NSEC_SEC)		/* how long after it aged out an SPI is remembered */
#define NTRANSIENT	64u			/* SPIs remembered */
#define FLOWS_MAX	1024u
#define STRANGERS_MAX	512u			/* of these, from addresses that are no peer of ours */
#define LOGS_A_SECOND	10u
#define REQUESTS_A_SECOND 20u

struct key {
	uint8_t		 src[ADDR_PACKED], dst[ADDR_PACKED], proto;
	uint32_t	 spi;
};

struct bad_flow {
	TAILQ_ENTRY(bad_flow)	 next;		/* least recently seen first */
	UT_hash_handle		 hh;
	struct key		 key;
	struct addr		 src, dst;
	struct inv_spi		*owner;
	bool			 stranger;
	bool			 logged;
	int64_t			 logged_ns, last_ns;
	uint16_t		 sport;		/* of the last that came in UDP; 0 = plain */
	struct timer		 pulse;
};

/* So many in the second that is counted. */
struct cap { int64_t second; unsigned n; };

struct transient { uint32_t spi, handle; int64_t since, until; };

struct inv_spi {
	struct router		*r;
	struct bad_flow		*flows;
	TAILQ_HEAD(, bad_flow)	 lru;
	size_t			 nstrangers;
	struct cap		 logs, requests;
	struct transient	 transient[NTRANSIENT];
	size_t			 next_transient;
	struct inv_spi_info	 info;
};

struct inv_spi *
inv_spi_new(struct router *r)
{
	struct inv_spi *s = xcalloc(1, sizeof(*s));

	s->r = r;
	s->info.flows_max = FLOWS_MAX;
	TAILQ_INIT(&s->lru);
	return s;
}

static void
forget(struct inv_spi *s, struct bad_flow *b)
{
	timer_stop(&b->pulse);
	s->nstrangers -= b->stranger;
	TAILQ_REMOVE(&s->lru, b, next);
	HASH_DELETE(hh, s->flows, b);
	free(b);
}

void
inv_spi_free(struct inv_spi *s)
{
	struct bad_flow *b;

	if (s == NULL)
		return;
	while ((b = TAILQ_FIRST(&s->lru)) != NULL)
		forget(s, b);
	free(s);
}

void
inv_spi_transient(struct router *r, uint32_t spi, uint32_t handle)
{
	struct inv_spi *s = r->inv_spi;
	int64_t now = clock_now(r->clock);

	s->transient[s->next_transient] = (struct transient){ spi, handle, now, now + TRANSIENT };
	s->next_transient = (s->next_transient + 1) % NTRANSIENT;
}

int64_t
inv_spi_asked_ns(const struct router *r, uint32_t spi)
{
	const struct inv_spi *s = r->inv_spi;

	for (size_t i = 0; i < NTRANSIENT; i++)
		if (s->transient[i].spi == spi && s->transient[i].handle == SA_NONE)
			return s->transient[i].since;
	return clock_now(r->clock);
}

void
inv_spi_installed(struct router *r, uint32_t spi)
{
	struct inv_spi *s = r->inv_spi;

	for (size_t i = 0; i < NTRANSIENT; i++)
		if (s->transient[i].spi == spi)
			s->transient[i] = (struct transient){ 0 };
}

/* CSCvn31824: what has not come yet is not told from what has gone. */
static bool
is_transient(const struct inv_spi *s, uint32_t spi, int64_t now)
{
	bool blind = bug_on(s->r, BUG_CSCvn31824);

	for (size_t i = 0; i < NTRANSIENT; i++)
		if (s->transient[i].spi == spi && s->transient[i].until > now)
			return !(blind && s->transient[i].handle == SA_NONE);
	return false;
}

static bool
cap_take(struct cap *c, unsigned max, int64_t now)
{
	if (c->second != now / NSEC_SEC)
		*c = (struct cap){ now / NSEC_SEC, 0 };
	if (c->n >= max)
		return false;
	c->n++;
	return true;
}

static void
count_action(struct inv_spi_info *info, enum ike_spi_action a)
{
	switch (a) {
	case IKE_SPI_NOTIFIED:
		info->notified++;
		break;
	case IKE_SPI_RECOVERY:
		info->recoveries++;
		break;
	case IKE_SPI_PENDING:
	case IKE_SPI_DAMPED:
		info->damped++;
		break;
	case IKE_SPI_IGNORED:
		info->ignored++;
		break;
	}
}

/* Of the peer's flows one for which the configuration names it. */
static const struct flow *
named_flow(const struct crypto_peer *c)
{
	const struct flow *f = crypto_peer_flow(c);

	while (f != NULL && !f->named)
		f = TAILQ_NEXT(f, peer_next);
	return f;
}

/* Recovery is for peers that the configuration names, at the address we are to them. */
static void
request(struct inv_spi *s, const struct bad_flow *b)
{
	struct router *r = s->r;
	const struct key *k = &b->key;
	struct ike_path path = isakmp_path(b->dst, b->src);
	struct crypto_policy cp = { .isakmp_profile = "" };
	const struct flow *f = named_flow(crypto_peer_of(r, &path));
	bool eligible = f != NULL && flow_policy(f, &cp);
	enum ike_spi_action action;

	if (b->sport != 0) {
		path.local_port = IKE_PORT_NATT;
		path.remote_port = b->sport;
	}
	if (!cap_take(&s->requests, REQUESTS_A_SECOND, clock_now(r->clock))) {
		s->info.requests_suppressed++;
		return;
	}
	s->info.requests++;
	r->cond.about = k->spi;
	trace_path(r, TRACE_INVALID_SPI, &path, k->proto, k->spi);
	action = ike_spi_unknown(r->ike, &path, cp.isakmp_profile, k->proto, k->spi, eligible);
	if (action == IKE_SPI_NOTIFIED || action == IKE_SPI_RECOVERY)
		trace_path(r, action == IKE_SPI_NOTIFIED ? TRACE_NOTIFIED : TRACE_RECOVERY, &path, k->proto, k->spi);
	count_action(&s->info, action);
	r->cond.about = 0;
}

static void
on_pulse(void *arg)
{
	struct bad_flow *b = arg;

	if (clock_now(b->owner->r->clock) - b->last_ns > STILL_COMING)
		return;
	timer_in(&b->pulse, PULSE);
	request(b->owner, b);
}

/* Room for one more: the longest silent goes, if it has been silent long enough. */
static bool
make_room(struct inv_spi *s, bool stranger, int64_t now)
{
	struct bad_flow *b;

	while ((b = TAILQ_FIRST(&s->lru)) != NULL && now - b->last_ns >= LOG_EVERY)
		forget(s, b);
	if (HASH_COUNT(s->flows) >= FLOWS_MAX || (stranger && s->nstrangers >= STRANGERS_MAX)) {
		s->info.table_full++;
		return false;
	}
	return true;
}

static struct key
key_of(const struct dp_inv_spi *e)
{
	struct key k;

	memset(&k, 0, sizeof(k));
	addr_pack(&e->src, k.src);
	addr_pack(&e->dst, k.dst);
	k.spi = e->spi;
	k.proto = e->proto;
	return k;
}

static struct bad_flow *
flow_of(struct inv_spi *s, const struct dp_inv_spi *e, int64_t now)
{
	bool stranger = crypto_peer_find(s->r, &e->dst, &e->src) == NULL;
	const struct key k = key_of(e);
	struct bad_flow *b;

	HASH_FIND(hh, s->flows, &k, sizeof(k), b);
	if (b != NULL) {
		TAILQ_REMOVE(&s->lru, b, next);
		TAILQ_INSERT_TAIL(&s->lru, b, next);
		return b;
	}
	if (!make_room(s, stranger, now))
		return NULL;
	b = xcalloc(1, sizeof(*b));
	b->key = k;
	b->src = e->src;
	b->dst = e->dst;
	b->owner = s;
	b->stranger = stranger;
	s->nstrangers += stranger;
	timer_init(&b->pulse, s->r->clock, on_pulse, b);
	HASH_ADD(hh, s->flows, key, sizeof(b->key), b);
	TAILQ_INSERT_TAIL(&s->lru, b, next);
	return b;
}

static void
write_log(struct router *r, const struct dp_inv_spi *e)
{
	const struct rif *i = ifnet_by_dp(r, e->in_if);
	bool with_if = r->dialect != IKE_IOS_12 && i != NULL;
	char dst[ADDR_STRLEN], src[ADDR_STRLEN];

	log_syslog(r, "CRYPTO", 4, "RECVD_PKT_INV_SPI",
	    "decaps: rec'd IPSEC packet has invalid spi for destaddr=%s, prot=%u, spi=0x%X(%u), "
	    "srcaddr=%s%s%s",
	    addr_fmt(&e->dst, dst), e->proto, e->spi, e->spi, addr_fmt(&e->src, src),
	    with_if ? ", input interface=" : "", with_if ? i->name : "");
}

/* CSCsq59183: what came in UDP is told to nobody. */
static bool
is_mute(const struct router *r, const struct dp_inv_spi *e)
{
	return !release_logs_inv_spi(r->release) || (e->udp && bug_on(r, BUG_CSCsq59183));
}

/* Counts each packet as logged or suppressed. */
static void
log_packet(struct inv_spi *s, struct bad_flow *b, const struct dp_inv_spi *e, int64_t now)
{
	bool due = (!b->logged || now - b->logged_ns >= LOG_EVERY) && !is_mute(s->r, e);

	s->info.suppressed += e->count;
	if (!due || !cap_take(&s->logs, LOGS_A_SECOND, now))
		return;
	s->info.suppressed--;
	s->info.logged++;
	b->logged = true;
	b->logged_ns = now;
	write_log(s->r, e);
}

static void
count_packet(struct inv_spi *s, const struct dp_inv_spi *e, bool transient)
{
	struct flow *f = crypto_peer_flow(crypto_peer_find(s->r, &e->dst, &e->src));

	s->info.packets += e->count;
	if (transient)
		s->info.transient += e->count;
	if (f != NULL)
		f->sums.invalid_sa += e->count;
}

void
inv_spi_packet(struct router *r, const struct dp_inv_spi *e)
{
	struct inv_spi *s = r->inv_spi;
	int64_t now = clock_now(r->clock);
	bool transient = is_transient(s, e->spi, now);
	struct bad_flow *b;

	count_packet(s, e, transient);
	if ((b = flow_of(s, e, now)) == NULL) {
		s->info.suppressed += e->count;
		s->info.requests_suppressed++;
		return;
	}
	b->last_ns = now;
	b->sport = e->udp ? e->sport : 0;
	log_packet(s, b, e, now);
	if (transient || timer_armed(&b->pulse))
		return;
	timer_in(&b->pulse, PULSE);
	request(s, b);
}

void
router_transient_each(struct router *r, void (*fn)(void *, const struct transient_spi_info *), void *arg)
{
	int64_t now = clock_now(r->clock);

	for (size_t i = 0; i < NTRANSIENT; i++) {
		const struct transient *t = &r->inv_spi->transient[i];
		const struct transient_spi_info info = {
		    .spi = t->spi, .handle = t->handle, .age_s = (uint32_t)((now - t->since) / NSEC_SEC)};

		if (t->until > now)
			fn(arg, &info);
	}
}

void
router_inv_spi_info(const struct router *r, struct inv_spi_info *out)
{
	*out = (struct inv_spi_info){ 0 };
	if (r->inv_spi == NULL)
		return;
	*out = r->inv_spi->info;
	out->flows = HASH_COUNT(r->inv_spi->flows);
}
