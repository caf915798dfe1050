/*
 * Probes: one packet out (ICMP echo, or UDP to a high port), one answer or a time-out back.  Ping and
 * traceroute are made of them.  Answers are told apart by the echo's identifier and sequence number, or
 * for UDP by the ports that the ICMP error quotes.
 */

#include <sys/queue.h>
#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"
#include "lib/chance.h"
#include "lib/mem.h"

#define IP_HEADER	20u
#define ICMP_HEADER	8u		/* and UDP's */
#define UDP_SOURCE	49152u		/* first source port of UDP probes */
#define IP6_HEADER	40u
#define ECHO_REPLY	0
#define PROTO_ICMP	1
#define PROTO_UDP	17
#define PROTO_ICMP6	58

struct probe {
	TAILQ_ENTRY(probe)	 next;
	struct pings		*owner;
	struct probe_req	 q;
	uint16_t		 id, seq;
	int64_t			 sent_ns;
	bool			 unroutable;
	bool sending, early; /* the answer came from within sending: handed out after it */
	struct probe_result	 early_result;
	struct timer		 timer;
	void			(*done)(void *, const struct probe_result *);
	void			*arg;
};

struct pings {
	struct router		*r;
	TAILQ_HEAD(, probe)	 probes;
	uint16_t		 id, seq;
};

struct pings *
pings_new(struct router *r)
{
	struct pings *p = xcalloc(1, sizeof(*p));

	p->r = r;
	p->id = (uint16_t)chance_below(r->chance, 0x10000);
	TAILQ_INIT(&p->probes);
	return p;
}

static void
probe_free(struct probe *p)
{
	timer_stop(&p->timer);
	TAILQ_REMOVE(&p->owner->probes, p, next);
	free(p);
}

static void
probe_end(struct probe *p, const struct probe_result *res)
{
	void (*done)(void *, const struct probe_result *) = p->done;
	void *arg = p->arg;

	probe_free(p);
	done(arg, res);
}

/* Who waits gets an answer all the same: none. */
void
pings_free(struct pings *pings)
{
	struct probe_result none = { 0 };
	struct probe *p;

	if (pings == NULL)
		return;
	while ((p = TAILQ_FIRST(&pings->probes)) != NULL)
		probe_end(p, &none);
	free(pings);
}

static void
probe_timeout(void *arg)
{
	struct probe *p = arg;
	struct probe_result res = { .unroutable = p->unroutable };

	if (p->early)
		res = p->early_result;
	probe_end(p, &res);
}

static bool
over6(const struct probe *p)
{
	return !a6_is_any(p->q.dst6);
}

static uint8_t *
payload_make(const struct probe_req *q, size_t *n)
{
	size_t heads = (a6_is_any(q->dst6) ? IP_HEADER : IP6_HEADER) + ICMP_HEADER;
	size_t len = q->size > heads ? q->size - heads : 0;
	uint8_t *p = xmalloc(len + 2);

	for (size_t i = 0; i < len; i += 2) {
		p[i] = (uint8_t)(q->pattern >> 8);
		p[i + 1] = (uint8_t)q->pattern;
	}
	*n = len;
	return p;
}

static bool
probe_send(struct router *r, struct probe *p)
{
	const struct probe_req *q = &p->q;
	size_t n;
	uint8_t *data = payload_make(q, &n);
	bool ok;

	if (over6(p) && q->udp_port != 0)
		ok = dp6_udp_send(r->dp, q->src6, q->dst6, q->out_if, p->id, q->udp_port, data, n, q->ttl, p->sent_ns);
	else if (over6(p))
		ok = dp6_echo_send(r->dp, q->src6, q->dst6, q->out_if, p->id, p->seq, data, n, q->ttl, p->sent_ns);
	else if (q->udp_port != 0)
		ok = dp_udp_send(r->dp, q->src, q->dst, p->id, q->udp_port, data, n, q->ttl, p->sent_ns);
	else
		ok = dp_echo_send(r->dp, q->src, q->dst, p->id, p->seq, data, n, q->ttl, q->tos,
		    q->df, p->sent_ns);
	free(data);
	return ok;
}

struct probe *
router_probe(struct router *r, const struct probe_req *q,
    void (*done)(void *, const struct probe_result *), void *arg)
{
	struct pings *o = r->pings;
	struct probe *p = xcalloc(1, sizeof(*p));

	p->owner = o;
	p->q = *q;
	p->seq = o->seq++;
	p->id = q->udp_port != 0 ? (uint16_t)(UDP_SOURCE + p->seq % 16384u) : o->id;
	p->sent_ns = clock_now(r->clock);
	p->done = done;
	p->arg = arg;
	TAILQ_INSERT_TAIL(&o->probes, p, next);
	timer_init(&p->timer, r->clock, probe_timeout, p);
	timer_in(&p->timer, q->timeout_ns);
	p->sending = true;
	p->unroutable = !probe_send(r, p);
	p->sending = false;
	return p;
}

void
router_probe_cancel(struct probe *p)
{
	probe_free(p);
}

static bool
answers(const struct probe *p, const struct dp_icmp *i)
{
	if (over6(p))
		return false;
	if (i->type == ECHO_REPLY)
		return p->q.udp_port == 0 && i->id == p->id && i->seq == p->seq && i->src == p->q.dst;
	if (i->orig_dst != p->q.dst)
		return false;
	if (p->q.udp_port != 0)
		return i->orig_proto == PROTO_UDP && i->orig_sport == p->id && i->orig_dport == p->q.udp_port;
	return i->orig_proto == PROTO_ICMP && i->id == p->id && i->seq == p->seq;
}

static void
probe_keep(struct probe *p, const struct probe_result *res)
{
	p->early = true;
	p->early_result = *res;
	p->early_result.icmp.data = NULL;
	p->early_result.icmp.len = 0;
	p->early_result.icmp6.data = NULL;
	p->early_result.icmp6.len = 0;
	timer_in(&p->timer, 0);
}

static bool
answers6(const struct probe *p, const struct dp6_icmp *i)
{
	if (!over6(p))
		return false;
	if (i->type == DP6_ECHO_REPLY)
		return p->q.udp_port == 0 && i->id == p->id && i->seq == p->seq;
	if (!a6_eq(i->orig_dst, p->q.dst6))
		return false;
	if (p->q.udp_port != 0)
		return i->orig_proto == PROTO_UDP && i->orig_sport == p->id && i->orig_dport == p->q.udp_port;
	return i->orig_proto == PROTO_ICMP6 && i->id == p->id && i->seq == p->seq;
}

static void
probe_answer(struct router *r, struct probe *p, struct probe_result *res)
{
	res->rtt_ns = clock_now(r->clock) - p->sent_ns;
	if (p->sending)
		probe_keep(p, res);
	else
		probe_end(p, res);
}

void
pings_icmp(struct router *r, const struct dp_icmp *i)
{
	struct probe_result res = { .replied = i->type == ECHO_REPLY, .error = i->type != ECHO_REPLY, .icmp = *i };
	struct probe *p;

	TAILQ_FOREACH(p, &r->pings->probes, next)
		if (answers(p, i)) {
			probe_answer(r, p, &res);
			return;
		}
}

void
pings_icmp6(struct router *r, const struct dp6_icmp *i)
{
	struct probe_result res = { .replied = i->type == DP6_ECHO_REPLY, .error = i->type != DP6_ECHO_REPLY, .icmp6 = *i };
	struct probe *p;

	TAILQ_FOREACH(p, &r->pings->probes, next)
		if (answers6(p, i)) {
			probe_answer(r, p, &res);
			return;
		}
}
