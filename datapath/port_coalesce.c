/*
 * Frames that leave together as one, for the kernel to cut again, or for its other end to take whole: segments of a TCP
 * stream, datagrams of one length (ESP in UDP among them).  The reverse of port_offload.c: only frames are joined that the
 * kernel's cutting (Documentation/networking/segmentation-offloads) gives back byte for byte, checksums verified; the one
 * exception is the UDP checksum of zero that ESP has (RFC 3948, 2.1), instead of which the kernel writes the right one.
 *
 * A frame joins the open run of its flow if it goes on where that ends; whatever else its flow sends ends the run.  A frame that
 * has no flow to be seen (fragments, other protocols) ends all runs, so that nothing changes places with it.
 */

#include <errno.h>
#include <string.h>

#include "datapath/natt.h"
#include "datapath/port_int.h"
#include "datapath/wire.h"

#define F_NEEDS_CSUM	1u
#define GSO_TCP4	1u
#define GSO_TCP6	4u
#define GSO_UDP_L4	5u

#define ETHERTYPE_V6	0x86dd
#define IP6_HDR		40u
#define IP6_PAYLOAD	4
#define IP6_NEXT	6
#define IP6_SRC		8
#define PROTO_TCP	6
#define TCP_HDR		20u
#define TCP_SEQ		4
#define TCP_ACK		8
#define TCP_OFF		12
#define TCP_FLAGS	13
#define TCP_WINDOW	14
#define TCP_SUM		16
#define TCP_URGENT	18
#define TCP_LAST	0x09u	/* FIN, PSH: of the last segment alone */
#define TCP_JOINS	0x50u	/* ACK, ECE: as all others have them; with another flag it stays alone */
#define TCP_ACKS	0x10u
#define UDP_LENGTH	4
#define UDP_SUM		6

#define OPEN		8u	/* runs that still grow */
#define RUN_BYTES	65535u	/* of a joined frame, headers included */
#define UDP_MANY	128u	/* segments that a kernel cuts a datagram into, newer ones and older */
#define UDP_FEW		64u

/* What was seen of a frame. */
enum sight { NO_FLOW, ALONE, JOINS };
struct look {
	const uint8_t	*f;
	size_t		 l4, payload, n;	/* n bytes of payload */
	bool		 v6, tcp, last;		/* last: nothing may follow it */
};

struct open_run {
	struct coalesce_run	*run;
	struct look		 first;
	bool			 verified;	/* the first frame's checksums */
};

struct plan {
	struct coalesce		*c;
	const struct dp_frame	*v;
	struct open_run		 open[OPEN];
	size_t			 nopen;
};

void
coalesce_init(struct coalesce *c, bool on)
{
	c->tcp = on;
	c->udp_max = on ? UDP_MANY : 0;
}

/* ---- one frame ---- */

static bool
look_v4(struct look *l, size_t len, unsigned *proto)
{
	const uint8_t *ip = l->f + ETH_LEN;

	if (len < ETH_LEN + IP4_LEN || ip[0] != 0x45 || get16(ip + IP4_FRAG) & (IP4_MF | IP4_OFFMASK))
		return false;
	*proto = ip[IP4_PROTO];
	l->l4 = ETH_LEN + IP4_LEN;
	return get16(ip + IP4_TOTAL) + (size_t)ETH_LEN == len;
}

static bool
look_v6(struct look *l, size_t len, unsigned *proto)
{
	const uint8_t *ip = l->f + ETH_LEN;

	if (len < ETH_LEN + IP6_HDR || ip[0] >> 4 != 6)
		return false;
	*proto = ip[IP6_NEXT];
	l->v6 = true;
	l->l4 = ETH_LEN + IP6_HDR;
	return get16(ip + IP6_PAYLOAD) + (size_t)l->l4 == len;
}

static enum sight
look_tcp(const struct coalesce *c, struct look *l, size_t len)
{
	const uint8_t *t = l->f + l->l4;
	size_t hdr;

	if (len < l->l4 + TCP_HDR)
		return NO_FLOW;
	hdr = (t[TCP_OFF] >> 4) * 4u;
	l->tcp = true;
	l->payload = l->l4 + hdr;
	if (!c->tcp || hdr < TCP_HDR || l->payload >= len)
		return ALONE;
	l->n = len - l->payload;
	l->last = (t[TCP_FLAGS] & TCP_LAST) != 0;
	return (t[TCP_FLAGS] & ~(TCP_JOINS | TCP_LAST)) == 0 && t[TCP_FLAGS] & TCP_ACKS ? JOINS : ALONE;
}

static enum sight
look_udp(const struct coalesce *c, struct look *l, size_t len)
{
	const uint8_t *u = l->f + l->l4;

	if (len < l->l4 + UDP_LEN)
		return NO_FLOW;
	l->payload = l->l4 + UDP_LEN;
	l->n = len - l->payload;
	return c->udp_max > 1 && l->n > 0 && get16(u + UDP_LENGTH) == len - l->l4 ? JOINS : ALONE;
}

static enum sight
look_at(const struct coalesce *c, const struct dp_frame *f, struct look *l)
{
	unsigned type, proto = 0;

	*l = (struct look){ .f = f->data };
	if (f->len < ETH_LEN)
		return NO_FLOW;
	type = get16(f->data + 12);
	if (type == ETHERTYPE_IP4 ? !look_v4(l, f->len, &proto) : type != ETHERTYPE_V6 || !look_v6(l, f->len, &proto))
		return NO_FLOW;
	return proto == PROTO_TCP ? look_tcp(c, l, f->len) : proto == PROTO_UDP ? look_udp(c, l, f->len) : NO_FLOW;
}

/* ---- two frames ---- */

static bool
same(const struct look *a, const struct look *b, size_t from, size_t n)
{
	return memcmp(a->f + from, b->f + from, n) == 0;
}

/* Addresses, protocol, ports. */
static bool
same_flow(const struct look *a, const struct look *b)
{
	if (a->v6 != b->v6 || a->tcp != b->tcp || !same(a, b, a->l4, 4))
		return false;
	return a->v6 ? same(a, b, ETH_LEN + IP6_SRC, 32) : same(a, b, ETH_LEN + IP4_SRC, 8);
}

/* What the kernel copies into each segment; k: the how manieth b is, from 0. */
static bool
same_network(const struct look *a, const struct look *b, unsigned k)
{
	const uint8_t *ip = a->f + ETH_LEN, *other = b->f + ETH_LEN;

	if (!same(a, b, 0, ETH_LEN))
		return false;
	if (a->v6)
		return same(a, b, ETH_LEN, IP6_PAYLOAD) && ip[IP6_NEXT + 1] == other[IP6_NEXT + 1];
	return ip[IP4_TOS] == other[IP4_TOS] && same(a, b, ETH_LEN + IP4_FRAG, 4) &&
	    (uint16_t)(get16(ip + IP4_ID) + k) == get16(other + IP4_ID);
}

static bool
same_tcp(const struct look *a, const struct look *b, unsigned k)
{
	const uint8_t *t = a->f + a->l4, *u = b->f + b->l4;

	return get32(t + TCP_SEQ) + (uint32_t)(k * a->n) == get32(u + TCP_SEQ) && t[TCP_FLAGS] == (u[TCP_FLAGS] & ~TCP_LAST) &&
	    same(a, b, a->l4 + TCP_ACK, TCP_FLAGS - TCP_ACK) && same(a, b, a->l4 + TCP_WINDOW, 2) &&
	    same(a, b, a->l4 + TCP_URGENT, a->payload - a->l4 - TCP_URGENT);
}

static bool
udp_sum_kept(const struct look *l)
{
	return get16(l->f + l->l4 + UDP_SUM) != 0;
}

/* RFC 3948: whoever speaks ESP in UDP takes it with a checksum as without. */
static bool
is_natt(const struct look *l)
{
	return get16(l->f + l->l4) == NATT_PORT || get16(l->f + l->l4 + 2) == NATT_PORT;
}

/* Does b go on where the run ends that a began?  Payloads and checksums apart. */
static bool
goes_on(const struct coalesce *c, const struct open_run *o, const struct look *b)
{
	const struct look *a = &o->first;
	unsigned k = o->run->n;

	if (b->n > a->n || o->run->len + b->n > RUN_BYTES || !same_network(a, b, k))
		return false;
	if (a->tcp)
		return a->payload == b->payload && same_tcp(a, b, k);
	return k < c->udp_max && udp_sum_kept(a) == udp_sum_kept(b);
}

/* The addresses, protocol and length of what is at l4 (RFC 793, 768, 8200). */
static uint64_t
pseudo(const struct look *l, size_t n)
{
	const uint8_t *ip = l->f + ETH_LEN;
	uint64_t sum = l->v6 ? sum_add(0, ip + IP6_SRC, 32) : sum_add(0, ip + IP4_SRC, 8);

	return sum + (l->tcp ? PROTO_TCP : PROTO_UDP) + n;
}

/* Are its checksums those that the kernel would write, of the two forms of zero the one that it uses? */
static bool
sums_right(const struct look *l)
{
	const uint8_t *ip = l->f + ETH_LEN, *h = l->f + l->l4;
	size_t n = l->payload - l->l4 + l->n;

	if (!l->v6 && (sum_of(ip, IP4_LEN) != 0 || get16(ip + IP4_SUM) == 0xffff))
		return false;
	if (!l->tcp && !udp_sum_kept(l))
		return !l->v6 && is_natt(l);
	if (l->tcp && get16(h + TCP_SUM) == 0xffff)
		return false;
	return sum_done(sum_add(pseudo(l, n), h, n)) == 0;
}

/* ---- runs ---- */

static struct coalesce_run *
run_new(struct plan *p, size_t i)
{
	struct coalesce_run *r = &p->c->run[p->c->nruns++];

	r->first = r->last = (uint16_t)i;
	r->n = 1;
	r->head_len = 0;
	r->len = p->v[i].len;
	return r;
}

static struct open_run *
open_find(struct plan *p, const struct look *l)
{
	for (size_t k = 0; k < p->nopen; k++)
		if (same_flow(&p->open[k].first, l))
			return &p->open[k];
	return NULL;
}

static void
open_close(struct plan *p, struct open_run *o)
{
	if (o != NULL)
		*o = p->open[--p->nopen];
}

static void
open_add(struct plan *p, size_t i, const struct look *l)
{
	struct coalesce_run *r = run_new(p, i);

	r->l4 = (uint16_t)l->l4;
	r->head_len = (uint16_t)l->payload;
	r->size = (uint16_t)l->n;
	r->tcp = l->tcp;
	r->v6 = l->v6;
	if (p->nopen == OPEN)
		open_close(p, &p->open[0]);
	p->open[p->nopen++] = (struct open_run){ .run = r, .first = *l };
}

static bool
join(struct plan *p, struct open_run *o, size_t i, const struct look *l)
{
	struct coalesce_run *r = o->run;

	if (!goes_on(p->c, o, l) || (!o->verified && !sums_right(&o->first)) || !sums_right(l))
		return false;
	o->verified = true;
	p->c->next[r->last] = (uint16_t)i;
	r->last = (uint16_t)i;
	r->n++;
	r->len += l->n;
	return true;
}

static void
plan_one(struct plan *p, size_t i)
{
	struct look l;
	enum sight s = look_at(p->c, &p->v[i], &l);
	struct open_run *o;

	if (s == NO_FLOW) {
		p->nopen = 0;
		run_new(p, i);
		return;
	}
	o = open_find(p, &l);
	if (s == JOINS && o != NULL && join(p, o, i, &l)) {
		if (l.last || l.n < o->first.n)
			open_close(p, o);
		return;
	}
	open_close(p, o);
	if (s == JOINS && !l.last)
		open_add(p, i, &l);
	else
		run_new(p, i);
}

/* The headers of a run: those of its first frame, but for lengths and what the last one alone may have. */
static void
head_write(struct coalesce_run *r, const struct dp_frame *v)
{
	uint8_t *h = r->head, *ip = h + ETH_LEN, *t = h + r->l4;
	size_t n = r->len - r->l4;
	struct look l = { .f = h, .v6 = r->v6, .tcp = r->tcp };

	memcpy(h, v[r->first].data, r->head_len);
	if (r->v6)
		put16(ip + IP6_PAYLOAD, (unsigned)n);
	else {
		put16(ip + IP4_TOTAL, (unsigned)(r->len - ETH_LEN));
		ip4_seal(ip, IP4_LEN);
	}
	if (r->tcp)
		t[TCP_FLAGS] = v[r->last].data[r->l4 + TCP_FLAGS];
	else
		put16(t + UDP_LENGTH, (unsigned)n);
	put16(t + (r->tcp ? TCP_SUM : UDP_SUM), (uint16_t)~sum_done(pseudo(&l, n)));
}

void
coalesce_plan(struct coalesce *c, const struct dp_frame *v, size_t n)
{
	struct plan p = { .c = c, .v = v };

	c->nruns = 0;
	for (size_t i = 0; i < n; i++)
		if (c->tcp || c->udp_max > 1)
			plan_one(&p, i);
		else
			run_new(&p, i);
	for (size_t i = 0; i < c->nruns; i++)
		if (c->run[i].n > 1)
			head_write(&c->run[i], v);
}

size_t
coalesce_iov(struct coalesce *c, size_t run, const struct dp_frame *v, size_t skip, struct iovec *iov)
{
	struct coalesce_run *r = &c->run[run];
	struct offload o = { 0 };
	size_t k = 0, f = r->first;

	if (r->n > 1)
		o = (struct offload){ F_NEEDS_CSUM, r->tcp ? r->v6 ? GSO_TCP6 : GSO_TCP4 : GSO_UDP_L4, r->size,
		    (uint16_t)(r->l4 - skip), r->tcp ? TCP_SUM : UDP_SUM };
	offload_write(&o, (uint16_t)(r->n > 1 ? r->head_len - skip : 0), r->vnet);
	iov[k++] = (struct iovec){ r->vnet, OFFLOAD_HDR };
	if (r->n == 1) {
		iov[k++] = (struct iovec){ v[f].data + skip, v[f].len - skip };
		return k;
	}
	iov[k++] = (struct iovec){ r->head + skip, r->head_len - skip };
	for (unsigned i = 0; i < r->n; i++, f = c->next[f])
		iov[k++] = (struct iovec){ v[f].data + r->head_len, v[f].len - r->head_len };
	return k;
}

bool
coalesce_refused(struct coalesce *c, size_t run)
{
	const struct coalesce_run *r = &c->run[run];

	if (r->n < 2)
		return false;
	if (r->tcp)
		c->tcp = false;
	else
		c->udp_max = r->n > UDP_FEW ? UDP_FEW : 0;
	return true;
}

bool
coalesce_is_refusal(int error)
{
	return error == EINVAL || error == EMSGSIZE || error == EIO || error == EOPNOTSUPP || error == EPROTONOSUPPORT;
}

size_t
coalesce_left(const struct coalesce *c, size_t run, const struct dp_frame *v, struct dp_frame *out)
{
	size_t n = 0;

	for (; run < c->nruns; run++) {
		size_t f = c->run[run].first;

		for (unsigned i = 0; i < c->run[run].n; i++, f = c->next[f])
			out[n++] = v[f];
	}
	return n;
}
