/*
 * Access lists: what a packet looks like to policy, whether one entry fits it, and a list as an object
 * that many hold.  How a whole list is searched is classify.c's.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/acl.h"
#include "datapath/classify.h"
#include "datapath/internal.h"
#include "datapath/wire.h"
#include "lib/mem.h"

#define PROTO_TCP	6
#define PROTO_SCTP	132
#define PROTO_UDPLITE	136

#define TCP_FLAGS	13		/* where they stand in the header */

struct dp_acl {
	unsigned		 refs;
	struct classifier	*search;	/* made when the first packet comes: a list may change often before that */
	size_t			 n;
	struct dp_ace		 aces[];
};

/* --- A packet as policy sees it --- */

static bool
has_ports(uint8_t proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP || proto == PROTO_UDPLITE;
}

/* Bytes of the transport header that policy wants to see. */
static size_t
head_wanted(uint8_t proto)
{
	if (proto == PROTO_TCP)
		return TCP_FLAGS + 1;
	if (proto == PROTO_ICMP)
		return 2;
	return has_ports(proto) ? 4 : 0;
}

static void
head_read(struct dp_tuple *t, const uint8_t *head)
{
	if (t->proto == PROTO_ICMP) {
		t->sport = head[0];
		t->dport = head[1];
	} else if (has_ports(t->proto)) {
		t->sport = get16(head);
		t->dport = get16(head + 2);
	}
	if (t->proto == PROTO_TCP)
		t->tcp_flags = head[TCP_FLAGS];
}

void
dp_tuple_of(struct dp_tuple *out, const uint8_t *ip, size_t len)
{
	size_t	ihl = (size_t)(ip[0] & 15) * 4;

	*out = (struct dp_tuple){
		.src = get32(ip + IP4_SRC), .dst = get32(ip + IP4_DST), .proto = ip[IP4_PROTO], .tos = ip[IP4_TOS],
	};
	if (get16(ip + IP4_FRAG) & IP4_OFFMASK)
		out->part = DP_PART_LATER;
	else if (len < ihl + head_wanted(out->proto))
		out->part = DP_PART_CUT;
	else
		head_read(out, ip + ihl);
}

/* --- One entry --- */

void
dp_ace_icmp(struct dp_ace *a, int type, int code)
{
	a->proto = PROTO_ICMP;
	a->sport = a->dport = (struct dp_ports){ .op = DP_PORT_ANY };
	if (type >= 0)
		a->sport = (struct dp_ports){ .op = DP_PORT_EQ, .n = 1, .v = { (uint16_t)type } };
	if (code >= 0)
		a->dport = (struct dp_ports){ .op = DP_PORT_EQ, .n = 1, .v = { (uint16_t)code } };
}

struct dp_ace
dp_ace_mirror(const struct dp_ace *a)
{
	struct dp_ace	m = *a;

	m.src = a->dst;
	m.src_mask = a->dst_mask;
	m.dst = a->src;
	m.dst_mask = a->src_mask;
	if (a->proto != PROTO_ICMP) {
		m.sport = a->dport;
		m.dport = a->sport;
	}
	return m;
}

bool
ports_fit(const struct dp_ports *p, uint16_t port)
{
	bool	found = false;
	size_t	i;

	switch (p->op) {
	case DP_PORT_GT:
		return port > p->v[0];
	case DP_PORT_LT:
		return port < p->v[0];
	case DP_PORT_RANGE:
		return port >= p->v[0] && port <= p->v[1];
	case DP_PORT_EQ:
	case DP_PORT_NEQ:
		for (i = 0; i < p->n; i++)
			found |= p->v[i] == port;
		return found == (p->op == DP_PORT_EQ);
	default:
		return true;
	}
}

bool
ace_needs_head(const struct dp_ace *a)
{
	return a->sport.op != DP_PORT_ANY || a->dport.op != DP_PORT_ANY || a->tcp_op != DP_TCP_ANY;
}

static bool
tcp_fits(const struct dp_ace *a, uint8_t flags)
{
	uint8_t	set = a->tcp_set & flags, clear = a->tcp_clear & (uint8_t)~flags;

	switch (a->tcp_op) {
	case DP_TCP_MATCH_ANY:
		return (set | clear) != 0;
	case DP_TCP_MATCH_ALL:
		return set == a->tcp_set && clear == a->tcp_clear;
	default:
		return true;
	}
}

bool
dp_ace_fits(const struct dp_ace *a, const struct dp_tuple *t)
{
	if (((a->src ^ t->src) & a->src_mask) != 0 || ((a->dst ^ t->dst) & a->dst_mask) != 0)
		return false;
	if ((a->proto != 0 && a->proto != t->proto) || ((a->tos ^ t->tos) & a->tos_mask) != 0)
		return false;
	if (a->fragments)
		return t->part == DP_PART_LATER;
	if (!ace_needs_head(a))
		return true;
	if (t->part != DP_PART_WHOLE)
		return t->part == DP_PART_LATER && a->permit;
	return ports_fit(&a->sport, t->sport) && ports_fit(&a->dport, t->dport) && tcp_fits(a, t->tcp_flags);
}

static bool
ports_same(const struct dp_ports *a, const struct dp_ports *b)
{
	return a->op == b->op && a->n == b->n && memcmp(a->v, b->v, a->n * sizeof(a->v[0])) == 0;
}

bool
dp_ace_same(const struct dp_ace *a, const struct dp_ace *b)
{
	return a->src == b->src && a->dst == b->dst && a->src_mask == b->src_mask && a->dst_mask == b->dst_mask &&
	    a->proto == b->proto && a->fragments == b->fragments && a->tos == b->tos && a->tos_mask == b->tos_mask &&
	    a->tcp_op == b->tcp_op && a->tcp_set == b->tcp_set && a->tcp_clear == b->tcp_clear &&
	    ports_same(&a->sport, &b->sport) && ports_same(&a->dport, &b->dport);
}

/* --- Hits --- */

struct dp_hits *
dp_hits_new(void)
{
	struct dp_hits	*h = xcalloc(1, sizeof(*h));

	h->refs = 1;
	return h;
}

struct dp_hits *
dp_hits_ref(struct dp_hits *h)
{
	if (h != NULL)
		h->refs++;
	return h;
}

void
dp_hits_free(struct dp_hits *h)
{
	if (h != NULL && --h->refs == 0)
		free(h);
}

/* --- A list --- */

struct dp_acl *
dp_acl_new(const struct dp_ace *aces, size_t n)
{
	struct dp_acl	*a = xcalloc(1, sizeof(*a) + n * sizeof(a->aces[0]));
	size_t		 i;

	a->refs = 1;
	a->n = n;
	if (n > 0)
		memcpy(a->aces, aces, n * sizeof(*aces));
	for (i = 0; i < n; i++)
		dp_hits_ref(a->aces[i].hits);
	return a;
}

struct dp_acl *
dp_acl_ref(struct dp_acl *a)
{
	if (a != NULL)
		a->refs++;
	return a;
}

void
dp_acl_free(struct dp_acl *a)
{
	size_t	i;

	if (a == NULL || --a->refs > 0)
		return;
	for (i = 0; i < a->n; i++)
		dp_hits_free(a->aces[i].hits);
	classifier_free(a->search);
	free(a);
}

size_t
dp_acl_len(const struct dp_acl *a)
{
	return a->n;
}

const struct dp_ace *
dp_acl_ace(const struct dp_acl *a, uint32_t i)
{
	return i < a->n ? &a->aces[i] : NULL;
}

void
dp_acl_count(struct dp_acl *a, uint32_t i)
{
	if (i < a->n && a->aces[i].hits != NULL)
		a->aces[i].hits->n++;
}

static const struct classifier *
search_of(struct dp_acl *a)
{
	if (a->search == NULL)
		a->search = classifier_new(a->aces, a->n);
	return a->search;
}

void
dp_acl_match(struct dp_acl *a, const struct dp_tuple *v, size_t n, uint32_t *out)
{
	const struct classifier	*c = search_of(a);
	size_t			 i;

	for (i = 0; i < n; i++)
		out[i] = 0;
	classify(c, v, n, out);
}

uint32_t
dp_acl_match_from(struct dp_acl *a, const struct dp_tuple *t, uint32_t from)
{
	classify(search_of(a), t, 1, &from);
	return from;
}
