/*
 * Translation as a stage.  Answers are looked for before it is decided whether a packet ends here, and are held against
 * policy as they came, since policy stands behind the translation: what should have come encrypted must have.
 * What leaves is translated before policy is asked.  Fragments are put together first.
 */

#include "datapath/nat.h"

#include <stdlib.h>
#include <string.h>

#include "datapath/frag.h"
#include "datapath/icmp.h"
#include "datapath/ip.h"
#include "datapath/nat_table.h"
#include "datapath/own.h"
#include "datapath/spd.h"
#include "datapath/wire.h"
#include "datapath/worker_hook.h"
#include "lib/mem.h"

#define PROTO_TCP	6
#define TCP_LEN		20
#define TCP_SUM		16
#define TCP_FLAGS	13
#define TCP_FIN_RST	5
#define UDP_SUM		6
#define ICMP_ID		4
#define SWEEP_EVERY	(60 * NSEC_SEC)

struct nat_rules {
	size_t			 n;
	struct dp_nat_rule	 v[];
};

struct nat {
	struct nat_table	 t;
	struct timer		 sweep;
	uint64_t		 hits, misses;
	uint32_t		*globals;
	size_t			 nglobals;
};

/* --- Setting it --- */

static void
on_sweep(void *arg)
{
	struct dp *d = arg;

	nat_sweep(&d->nat->t, clock_now(d->clock));
	if (d->nat->t.n > 0)
		timer_in(&d->nat->sweep, SWEEP_EVERY);
}

static struct nat *
nat_get(struct dp *d)
{
	if (d->nat != NULL)
		return d->nat;
	d->nat = xcalloc(1, sizeof(*d->nat));
	d->nat->t.max = DP_NAT_MAX;
	timer_init(&d->nat->sweep, d->clock, on_sweep, d);
	return d->nat;
}

static bool
is_global(const struct nat *n, uint32_t addr)
{
	for (size_t i = 0; i < n->nglobals; i++)
		if (n->globals[i] == addr)
			return true;
	return false;
}

static void
globals_of(struct nat *n, const struct nat_rules *r)
{
	for (size_t i = 0; r != NULL && i < r->n; i++) {
		if (r->v[i].to == 0 || is_global(n, r->v[i].to))
			continue;
		n->globals = xrealloc(n->globals, (n->nglobals + 1) * sizeof(*n->globals));
		n->globals[n->nglobals++] = r->v[i].to;
	}
}

static void
globals_rebuild(struct dp *d)
{
	struct nat_trans *e, *next;
	struct nat *n = d->nat;

	n->nglobals = 0;
	for (size_t i = 0; i < d->nifs; i++)
		if (d->ifs[i] != NULL)
			globals_of(n, d->ifs[i]->nat);
	HASH_ITER(hh_out, n->t.by_out, e, next)
		if (!is_global(n, e->out.c))
			nat_forget(&n->t, e);
}

void
dp_nat_set(struct dp *d, unsigned out_if, const struct dp_nat_rule *rules, size_t n)
{
	struct dp_if *ifp = dp_if_get(d, out_if);

	if (ifp == NULL || (ifp->nat == NULL && n == 0))
		return;
	nat_get(d);
	free(ifp->nat);
	ifp->nat = NULL;
	if (n > 0) {
		ifp->nat = xcalloc(1, sizeof(*ifp->nat) + n * sizeof(*rules));
		ifp->nat->n = n;
		memcpy(ifp->nat->v, rules, n * sizeof(*rules));
		for (size_t i = 0; i < n; i++)
			ifp->nat->v[i].match.hits = NULL;
	}
	globals_rebuild(d);
	if (d->worker != NULL)
		mirror_slow(d);
}

void
dp_nat_inside(struct dp *d, unsigned ifidx, bool on)
{
	struct dp_if *ifp = dp_if_get(d, ifidx);

	if (ifp != NULL)
		ifp->nat_inside = on;
	if (d->worker != NULL)
		mirror_slow(d);
}

void
dp_nat_limit(struct dp *d, size_t max)
{
	nat_get(d)->t.max = max;
}

void
dp_nat_clear(struct dp *d)
{
	struct nat_trans *e, *next;

	if (d->nat == NULL)
		return;
	HASH_ITER(hh_out, d->nat->t.by_out, e, next)
		nat_forget(&d->nat->t, e);
}

void
nat_free(struct dp *d)
{
	if (d->nat == NULL)
		return;
	dp_nat_clear(d);
	timer_stop(&d->nat->sweep);
	free(d->nat->globals);
	free(d->nat);
	d->nat = NULL;
}

/* --- Looking at it --- */

void
dp_nat_each(const struct dp *d, void (*fn)(void *arg, const struct dp_nat_entry *e), void *arg)
{
	const struct nat_trans *e;
	int64_t now = clock_now(d->clock);

	if (d->nat == NULL)
		return;
	for (e = d->nat->t.by_out; e != NULL; e = e->hh_out.next) {
		bool icmp = e->out.proto == PROTO_ICMP;
		const struct dp_nat_entry out = {.proto = e->out.proto,
		    .global = e->in.a,
		    .inside = e->out.a,
		    .outside = e->out.b,
		    .global_port = e->in.pa,
		    .inside_port = e->out.pa,
		    .outside_port = icmp ? e->in.pa : e->out.pb,
		    .left_ns = e->last_ns + nat_life(e) - now};

		if (out.left_ns > 0)
			fn(arg, &out);
	}
}

void
dp_nat_info(const struct dp *d, struct dp_nat_info *out)
{
	const struct nat *n = d->nat;

	*out = (struct dp_nat_info){ .max = DP_NAT_MAX };
	if (n == NULL)
		return;
	*out = (struct dp_nat_info){ n->t.n, n->t.peak, n->t.max, n->t.peak_ns, n->hits, n->misses, n->t.expired, n->t.full, n->t.no_port };
}

/* --- Changing packets --- */

/* Where a checksum stands that covers addresses, within n bytes of the protocol's header; NULL = none. */
static uint8_t *
pseudo_sum(uint8_t proto, uint8_t *l4, size_t n)
{
	if (proto == PROTO_TCP && n >= TCP_SUM + 2)
		return l4 + TCP_SUM;
	if (proto == PROTO_UDP && n >= UDP_SUM + 2 && get16(l4 + UDP_SUM) != 0)
		return l4 + UDP_SUM;
	return NULL;
}

static void
field_set(uint8_t *field, uint16_t v, uint8_t *sum, uint8_t *sum2)
{
	uint16_t was = get16(field);

	put16(field, v);
	if (sum != NULL)
		sum_fix(sum, was, v);
	if (sum2 != NULL)
		sum_fix(sum2, was, v);
}

/* Sets source or destination of the IPv4 packet at ip, n bytes of it being there: address, port or identifier, checksums. */
static void
rewrite(uint8_t *ip, size_t n, bool source, uint32_t addr, uint16_t port)
{
	size_t ihl = (size_t)(ip[0] & 15) * 4;
	uint8_t *l4 = ip + ihl, *field = ip + (source ? IP4_SRC : IP4_DST), proto = ip[IP4_PROTO];
	uint8_t *sum = pseudo_sum(proto, l4, n - ihl);

	field_set(field, (uint16_t)(addr >> 16), ip + IP4_SUM, sum);
	field_set(field + 2, (uint16_t)addr, ip + IP4_SUM, sum);
	if ((proto == PROTO_TCP || proto == PROTO_UDP) && n >= ihl + 4)
		field_set(l4 + (source ? 0 : 2), port, sum, NULL);
	else if (proto == PROTO_ICMP && n >= ihl + ICMP_LEN)
		field_set(l4 + ICMP_ID, port, l4 + 2, NULL);
	if (proto == PROTO_UDP && sum != NULL && get16(sum) == 0)
		put16(sum, 0xffff);
}

/* --- What a packet is --- */

enum kind { KIND_PLAIN, KIND_QUERY, KIND_ERROR, KIND_CUT };

static bool
is_icmp_error(uint8_t type)
{
	return type == ICMP_UNREACH || type == 4 || type == ICMP_TIME_EXCEEDED || type == ICMP_PARAM_PROBLEM;
}

static enum kind
kind_of(const uint8_t *ip, size_t n)
{
	size_t ihl = (size_t)(ip[0] & 15) * 4, have = n - ihl;

	switch (ip[IP4_PROTO]) {
	case PROTO_TCP:
		return have >= TCP_LEN ? KIND_PLAIN : KIND_CUT;
	case PROTO_UDP:
		return have >= UDP_LEN ? KIND_PLAIN : KIND_CUT;
	case PROTO_ICMP:
		if (have < ICMP_LEN)
			return KIND_CUT;
		return is_icmp_error(ip[ihl]) ? KIND_ERROR : KIND_QUERY;
	default:
		return KIND_PLAIN;
	}
}

/* Ports as they stand at the source's and the destination's place. */
static void
ports_of(const uint8_t *ip, uint16_t *src, uint16_t *dst)
{
	const uint8_t *l4 = ip + (ip[0] & 15) * 4;

	*src = *dst = 0;
	if (ip[IP4_PROTO] == PROTO_ICMP)
		*src = *dst = get16(l4 + ICMP_ID);
	else if (ip[IP4_PROTO] == PROTO_TCP || ip[IP4_PROTO] == PROTO_UDP) {
		*src = get16(l4);
		*dst = get16(l4 + 2);
	}
}

/* The translation of a packet that goes out with these headers (flip: of one that it answers). */
static struct nat_key
out_key(const uint8_t *ip, uint32_t global, bool flip)
{
	uint16_t s, t;
	struct nat_key k = { .a = get32(ip + (flip ? IP4_DST : IP4_SRC)), .b = get32(ip + (flip ? IP4_SRC : IP4_DST)), .c = global,
		.proto = ip[IP4_PROTO] };

	ports_of(ip, &s, &t);
	k.pa = flip ? t : s;
	k.pb = k.proto == PROTO_ICMP ? 0 : flip ? s : t;
	return k;
}

/* The same of one that comes in (flip: of one that it answers). */
static struct nat_key
in_key(const uint8_t *ip, bool flip)
{
	return out_key(ip, 0, !flip);
}

/* The packet that an error quotes, if enough of it is there to know it by: header and eight bytes (RFC 792). */
static uint8_t *
quoted(struct pkt *p, size_t *n)
{
	uint8_t *q = p->data + p->ihl + ICMP_LEN;
	size_t have = p->len - p->ihl - ICMP_LEN, ihl;

	if (have < IP4_LEN || q[0] >> 4 != 4 || get16(q + IP4_FRAG) & IP4_OFFMASK)
		return NULL;
	ihl = (size_t)(q[0] & 15) * 4;
	if (ihl < IP4_LEN || have < ihl + 8 || (q[IP4_PROTO] == PROTO_ICMP && is_icmp_error(q[ihl])))
		return NULL;
	*n = have;
	return q;
}

static void
icmp_seal(struct pkt *p)
{
	uint8_t *icmp = p->data + p->ihl;

	put16(icmp + 2, 0);
	put16(icmp + 2, sum_of(icmp, p->len - p->ihl));
}

/* --- The way in --- */

static void
tcp_look(struct nat_trans *e, const uint8_t *ip, bool in)
{
	const uint8_t *l4 = ip + (ip[0] & 15) * 4;

	if (ip[IP4_PROTO] != PROTO_TCP)
		return;
	if (in)
		e->tcp_seen |= NAT_TCP_ANSWERED;
	if (l4[TCP_FLAGS] & TCP_FIN_RST)
		e->tcp_seen |= NAT_TCP_ENDING;
}

/* An error about something that went out: the sender of that gets it, as if it had not been translated. */
static bool
error_in(struct dp *d, struct pkt *p, int64_t now)
{
	struct nat_trans *e;
	struct nat_key k;
	size_t n;
	uint8_t *q = quoted(p, &n);

	if (q == NULL)
		return false;
	k = in_key(q, true);
	if ((e = nat_find_in(&d->nat->t, &k, now)) == NULL)
		return false;
	rewrite(q, n, true, e->out.a, e->out.pa);
	icmp_seal(p);
	rewrite(p->data, p->ihl, false, e->out.a, 0);
	d->nat->hits++;
	return true;
}

static bool
packet_in(struct dp *d, struct pkt *p, int64_t now)
{
	struct nat_key k = in_key(p->data, false);
	struct nat_trans *e = nat_find_in(&d->nat->t, &k, now);

	if (e == NULL)
		return false;
	tcp_look(e, p->data, true);
	e->last_ns = now;
	rewrite(p->data, p->len, false, e->out.a, e->out.pa);
	d->nat->hits++;
	return true;
}

static bool
is_for_translation(struct dp *d, struct pkt *p, int64_t now)
{
	struct nat_key k;
	size_t n;
	uint8_t *q;

	switch (kind_of(p->data, p->len)) {
	case KIND_CUT:
		return false;
	case KIND_ERROR:
		if ((q = quoted(p, &n)) == NULL)
			return false;
		k = in_key(q, true);
		break;
	default:
		k = in_key(p->data, false);
		break;
	}
	return nat_find_in(&d->nat->t, &k, now) != NULL;
}

/* NULL where it is gone or held. */
static struct pkt *
translate_in(struct dp *d, struct pkt *p, int64_t now)
{
	if (get16(p->data + IP4_FRAG) & (IP4_MF | IP4_OFFMASK) && (p = reasm_input(d, p, now)) == NULL)
		return NULL;
	if (!is_for_translation(d, p, now))
		return p;
	if (ip_clear_refused(d, p) || spd_in_keep(d, &p, 1) == 0)
		return NULL;
	if (kind_of(p->data, p->len) == KIND_ERROR)
		error_in(d, p, now);
	else
		packet_in(d, p, now);
	pkt_parse(p);
	return p;
}

size_t
nat_in_keep(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	const struct dp_if *ifp;
	struct pkt *p;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		p = v[i];
		ifp = dp_if_get(d, p->in_if);
		if ((ifp == NULL || !ifp->nat_inside) && is_global(d->nat, p->dst))
			p = translate_in(d, p, now);
		if (p != NULL)
			v[kept++] = p;
	}
	return kept;
}

void
nat_own_error(struct dp *d, struct pkt *p, int64_t now)
{
	if (!is_global(d->nat, p->dst) || kind_of(p->data, p->len) != KIND_ERROR || !error_in(d, p, now))
		return;
	pkt_parse(p);
}

/* --- The way out --- */

static uint32_t
global_for(const struct nat_rules *r, const struct pkt *p)
{
	struct dp_tuple t;

	dp_tuple_of(&t, p->data, p->len);
	for (size_t i = 0; i < r->n; i++)
		if (dp_ace_fits(&r->v[i].match, &t))
			return r->v[i].to;
	return 0;
}

static struct nat_trans *
translation(struct dp *d, const struct nat_key *k, int64_t now)
{
	struct nat *n = d->nat;
	struct nat_trans *e = nat_find_out(&n->t, k, now);

	if (e != NULL) {
		n->hits++;
		return e;
	}
	n->misses++;
	if ((e = nat_make(&n->t, k, now)) != NULL && !timer_armed(&n->sweep))
		timer_in(&n->sweep, SWEEP_EVERY);
	return e;
}

/* An error of an inside host about something that came in to it. */
static bool
error_out(struct dp *d, struct pkt *p, uint32_t global, int64_t now)
{
	struct nat_trans *e;
	struct nat_key k;
	size_t n;
	uint8_t *q = quoted(p, &n);

	if (q == NULL)
		return false;
	k = out_key(q, global, true);
	if ((e = nat_find_out(&d->nat->t, &k, now)) == NULL)
		return false;
	rewrite(q, n, false, e->in.a, e->in.pa);
	icmp_seal(p);
	rewrite(p->data, p->ihl, true, global, 0);
	d->nat->hits++;
	return true;
}

static bool
packet_out(struct dp *d, struct pkt *p, uint32_t global, int64_t now)
{
	struct nat_key k = out_key(p->data, global, false);
	struct nat_trans *e = translation(d, &k, now);

	if (e == NULL)
		return false;
	tcp_look(e, p->data, false);
	e->last_ns = now;
	rewrite(p->data, p->len, true, e->in.a, e->in.pa);
	return true;
}

static bool
translate_out(struct dp *d, struct pkt *p, uint32_t global, int64_t now)
{
	enum kind kind = kind_of(p->data, p->len);
	bool ok = kind == KIND_ERROR ? error_out(d, p, global, now) : kind != KIND_CUT && packet_out(d, p, global, now);

	if (ok)
		pkt_parse(p);
	else
		pkt_drop(d, p, DPC_nat_refused);
	return ok;
}

/* What came from inside, or is ours and has an inside interface's address. */
static bool
from_inside(struct dp *d, const struct pkt *p)
{
	unsigned ifidx = p->in_if;
	const struct dp_if *in;

	if (p->flags & PKT_LOCAL && own_find(d->own, p->src, &ifidx) != OWN_ADDR)
		return false;
	return (in = dp_if_get(d, ifidx)) != NULL && in->nat_inside;
}

bool
nat_out(struct dp *d, struct pkt **pp, int64_t now)
{
	struct pkt *p = *pp;
	const struct nat_rules *rules = dp_if_get(d, p->out_if)->nat;
	uint32_t global;

	if (rules == NULL || p->flags & PKT_ENCAP || !from_inside(d, p))
		return true;
	if (get16(p->data + IP4_FRAG) & (IP4_MF | IP4_OFFMASK)) {
		unsigned out_if = p->out_if, in_if = p->in_if;
		uint32_t next_hop = p->next_hop;

		if ((p = *pp = reasm_input(d, p, now)) == NULL)
			return false;
		p->out_if = out_if;
		p->in_if = in_if;
		p->next_hop = next_hop;
	}
	global = global_for(rules, p);
	return global == 0 || translate_out(d, p, global, now);
}
