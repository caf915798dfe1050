/* See nat6.h.  Checksums are mended by what changes; a UDP checksum of zero (RFC 6935) stays so. */

#include "datapath/nat6.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "datapath/ip6.h"
#include "datapath/udp.h"
#include "lib/mem.h"

#define PROTO_TCP	6
#define TCP_LEN		20
#define TCP_SUM		16
#define UDP_SUM		6
#define ICMP6_LEN	8
#define ICMP6_SUM	2
#define ICMP6_ID	4
#define LIFE_TCP	(7440 * NSEC_SEC)	/* RFC 5382, REQ-5 */
#define LIFE		(300 * NSEC_SEC)

/* One end's view; a: inside or global, b: outside.  ICMP: pb is 0, the identifier stands in pa. */
struct key6 {
	struct a6	a, b;
	uint16_t	pa, pb;
	uint8_t		proto, pad[3];
};

struct trans6 {
	UT_hash_handle	hh_out, hh_in;
	struct key6	out, in;
	int64_t		last_ns;
};

struct nat6 {
	unsigned	 inside, outside;
	struct a6	 global;
	struct trans6	*by_out, *by_in;
	unsigned	 cleared;	/* how often */
};

void
dp6_nat_set(struct dp *d, unsigned inside_if, unsigned outside_if, struct a6 global)
{
	if (d->v6->nat == NULL)
		d->v6->nat = xcalloc(1, sizeof(*d->v6->nat));
	d->v6->nat->inside = inside_if;
	d->v6->nat->outside = outside_if;
	d->v6->nat->global = global;
}

static void
forget(struct nat6 *n, struct trans6 *e)
{
	HASH_DELETE(hh_out, n->by_out, e);
	HASH_DELETE(hh_in, n->by_in, e);
	free(e);
}

void
dp6_nat_clear(struct dp *d)
{
	struct nat6 *n = d->v6->nat;

	while (n != NULL && n->by_out != NULL)
		forget(n, n->by_out);
	if (n != NULL)
		n->cleared++;
}

void
nat6_free(struct dp *d)
{
	dp6_nat_clear(d);
	free(d->v6->nat);
	d->v6->nat = NULL;
}

static bool
is_over(const struct trans6 *e, int64_t now)
{
	return now - e->last_ns >= (e->out.proto == PROTO_TCP ? LIFE_TCP : LIFE);
}

void
dp6_nat_each(const struct dp *d, void (*fn)(void *arg, const struct dp6_nat_entry *e), void *arg)
{
	const struct trans6 *e;

	for (e = d->v6->nat == NULL ? NULL : d->v6->nat->by_out; e != NULL; e = e->hh_out.next) {
		const struct dp6_nat_entry out = { e->out.proto, e->in.a, e->out.a, e->out.b, e->in.pa, e->out.pa,
			e->out.proto == PROTO_ICMP6 ? e->in.pa : e->out.pb };

		if (!is_over(e, clock_now(d->clock)))
			fn(arg, &out);
	}
}

/* --- What a packet is --- */

/* What is seen of n bytes at ip. */
struct view {
	uint8_t		*ip, *l4;
	size_t		 have;		/* from l4 on */
	uint8_t		 proto;
	bool		 error;		/* of ICMP: it quotes a packet */
};

static bool
view_of(uint8_t *ip, size_t n, struct view *v)
{
	size_t at, need;

	if (n < IP6_LEN || ip[0] >> 4 != 6 || (at = ip6_upper(ip, n, &v->proto)) == 0 || v->proto == PROTO_FRAGMENT)
		return false;
	v->ip = ip;
	v->l4 = ip + at;
	v->have = n - at;
	need = v->proto == PROTO_TCP || v->proto == PROTO_UDP || v->proto == PROTO_ICMP6 ? 8 : 0;
	v->error = v->proto == PROTO_ICMP6 && v->have >= need && v->l4[0] < 128;
	return v->have >= need;
}

static bool
has_ports(const struct view *v)
{
	return v->proto == PROTO_TCP || v->proto == PROTO_UDP;
}

/* Its key on the inside (src is a) or, turned, of what it answers. */
static struct key6
key_of(const struct view *v, bool turned)
{
	struct a6 src = a6_get(v->ip + IP6_SRC), dst = a6_get(v->ip + IP6_DST);
	struct key6 k;

	memset(&k, 0, sizeof(k));
	k.a = turned ? dst : src;
	k.b = turned ? src : dst;
	k.proto = v->proto;
	if (has_ports(v)) {
		k.pa = get16(v->l4 + (turned ? 2 : 0));
		k.pb = get16(v->l4 + (turned ? 0 : 2));
	} else if (v->proto == PROTO_ICMP6)
		k.pa = get16(v->l4 + ICMP6_ID);
	return k;
}

/* --- Changing it --- */

static uint8_t *
sum_at(const struct view *v)
{
	if (v->proto == PROTO_TCP && v->have >= TCP_LEN)
		return v->l4 + TCP_SUM;
	if (v->proto == PROTO_UDP && get16(v->l4 + UDP_SUM) != 0)
		return v->l4 + UDP_SUM;
	return v->proto == PROTO_ICMP6 ? v->l4 + ICMP6_SUM : NULL;
}

static void
field_set(uint8_t *field, uint16_t v, uint8_t *sum)
{
	if (sum != NULL)
		sum_fix(sum, get16(field), v);
	put16(field, v);
}

static void
rewrite(const struct view *v, bool source, struct a6 addr, uint16_t port)
{
	uint8_t *field = v->ip + (source ? IP6_SRC : IP6_DST), *sum = sum_at(v), to[16];

	a6_put(to, addr);
	for (size_t k = 0; k < sizeof(to); k += 2)
		field_set(field + k, get16(to + k), sum);
	if (has_ports(v))
		field_set(v->l4 + (source ? 0 : 2), port, sum);
	else if (v->proto == PROTO_ICMP6 && !v->error)
		field_set(v->l4 + ICMP6_ID, port, sum);
	if (v->proto == PROTO_UDP && sum != NULL && get16(sum) == 0)
		put16(sum, 0xffff);
}

/* --- The table --- */

static struct trans6 *
alive(struct nat6 *n, struct trans6 *e, int64_t now)
{
	if (e == NULL || !is_over(e, now))
		return e;
	forget(n, e);
	return NULL;
}

static struct trans6 *
find_in(struct nat6 *n, const struct key6 *k, int64_t now)
{
	struct trans6 *e;

	HASH_FIND(hh_in, n->by_in, k, sizeof(*k), e);
	return alive(n, e, now);
}

static uint16_t
next_port(uint16_t port)
{
	return port == UINT16_MAX || port < 1024 ? 1024 : (uint16_t)(port + 1);
}

/* Its own, if that is free; who has forgotten all gives other ones than before, but to those that mean something. */
static bool
port_find(struct nat6 *n, struct key6 *in, int64_t now)
{
	unsigned tries;

	for (tries = 0; tries < n->cleared % 1024 && in->pa >= 1024 && in->proto != PROTO_ICMP6; tries++)
		in->pa = next_port(in->pa);
	for (tries = 0; tries < 65536 && find_in(n, in, now) != NULL; tries++) {
		if (in->proto != PROTO_TCP && in->proto != PROTO_UDP && in->proto != PROTO_ICMP6)
			return false;
		in->pa = next_port(in->pa);
	}
	return tries < 65536;
}

static bool
room(struct nat6 *n, int64_t now)
{
	struct trans6 *e, *next;

	if (HASH_CNT(hh_out, n->by_out) < DP6_NAT_MAX)
		return true;
	HASH_ITER(hh_out, n->by_out, e, next)
		alive(n, e, now);
	return HASH_CNT(hh_out, n->by_out) < DP6_NAT_MAX;
}

static struct trans6 *
translation(struct nat6 *n, const struct key6 *out, int64_t now)
{
	struct trans6 *e;
	struct key6 in = *out;

	HASH_FIND(hh_out, n->by_out, out, sizeof(*out), e);
	if ((e = alive(n, e, now)) != NULL)
		return e;
	in.a = n->global;
	if (!room(n, now) || !port_find(n, &in, now))
		return NULL;
	e = xcalloc(1, sizeof(*e));
	e->out = *out;
	e->in = in;
	HASH_ADD(hh_out, n->by_out, out, sizeof(e->out), e);
	HASH_ADD(hh_in, n->by_in, in, sizeof(e->in), e);
	return e;
}

/* --- Stages --- */

/* An error about something that went out: it goes to the sender of that, quoting what was sent. */
static bool
error_in(struct nat6 *n, const struct view *v, int64_t now)
{
	struct trans6 *e;
	struct view q;
	struct key6 k;

	if (v->have < ICMP6_LEN || !view_of(v->l4 + ICMP6_LEN, v->have - ICMP6_LEN, &q) || q.error)
		return false;
	k = key_of(&q, false);
	if ((e = find_in(n, &k, now)) == NULL)
		return false;
	rewrite(&q, true, e->out.a, e->out.pa);
	rewrite(v, false, e->out.a, 0);
	put16(v->l4 + ICMP6_SUM, 0);
	put16(v->l4 + ICMP6_SUM, ip6_sum(v->ip, PROTO_ICMP6, v->l4, v->have));
	return true;
}

bool
nat6_in(struct dp *d, struct pkt *p, int64_t now)
{
	struct nat6 *n = d->v6->nat;
	struct a6 dst = ip6_dst(p);
	struct trans6 *e;
	struct view v;
	struct key6 k;

	if (p->in_if != n->outside || a6_is_multicast(dst) || a6_is_link_local(dst))
		return true;
	if (!a6_eq(dst, n->global))
		return false;
	if (!view_of(p->data, p->len, &v))
		return true;
	if (v.error)
		return error_in(n, &v, now);	/* what is about nothing of ours is for nobody */
	k = key_of(&v, true);
	if ((e = find_in(n, &k, now)) == NULL)
		return true;			/* ours, or nobody's: that is found out next */
	e->last_ns = now;
	rewrite(&v, false, e->out.a, e->out.pa);
	return true;
}

bool
nat6_out(struct dp *d, struct pkt *p, int64_t now)
{
	struct nat6 *n = d->v6->nat;
	struct trans6 *e;
	struct view v;
	struct key6 k;

	if (p->flags & PKT_LOCAL || p->in_if != n->inside || p->out_if != n->outside)
		return true;
	/* It will be refused: who sent it must know himself in what is quoted to him. */
	if (p->len > if6_mtu(dp_if_get(d, p->out_if)))
		return true;
	if (!view_of(p->data, p->len, &v) || v.error)
		return false;
	k = key_of(&v, false);
	if ((e = translation(n, &k, now)) == NULL)
		return false;
	e->last_ns = now;
	rewrite(&v, true, e->in.a, e->in.pa);
	return true;
}
