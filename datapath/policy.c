/*
 * Selectors (RFC 4301, 4.4.1.1): what an SA is for.  They stand as its packets do, source first, in both
 * directions.  An outbound SA in use takes the packets that fit; of several that fit the newest is taken,
 * so that traffic moves over at a rekey.
 */

#include <string.h>

#include "datapath/sa_run.h"
#include "datapath/wire.h"
#include "datapath/worker_hook.h"
#include "lib/mem.h"

#define PROTO_TCP	6
#define PROTO_SCTP	132
#define PROTO_UDPLITE	136

/* What selectors look at; ports are 0 where the packet has none, or not all of it is there. */
struct view {
	uint32_t	src, dst;
	uint8_t		proto;
	uint16_t	sport, dport;
};

static bool
has_ports(uint8_t proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP || proto == PROTO_UDPLITE;
}

static struct view
view_of(const uint8_t *ip, size_t len)
{
	size_t		ihl = (size_t)(ip[0] & 15) * 4;
	struct view	v = {
		.src = get32(ip + IP4_SRC), .dst = get32(ip + IP4_DST), .proto = ip[IP4_PROTO],
	};

	if (has_ports(v.proto) && (get16(ip + IP4_FRAG) & IP4_OFFMASK) == 0 && len >= ihl + 4) {
		v.sport = get16(ip + ihl);
		v.dport = get16(ip + ihl + 2);
	}
	return v;
}

static bool
fits(const struct sa *s, const struct view *v)
{
	const struct sa_kept	*p = &s->p;

	return !(s->flags & SA_F_SEL6) && ((v->src ^ p->sel_src) & p->sel_src_mask) == 0 &&
	    ((v->dst ^ p->sel_dst) & p->sel_dst_mask) == 0 &&
	    (p->sel_proto == 0 || p->sel_proto == v->proto) &&
	    (p->sel_sport == 0 || p->sel_sport == v->sport) &&
	    (p->sel_dport == 0 || p->sel_dport == v->dport);
}

bool
sa_selects(const struct sa *s, const uint8_t *ip, size_t len)
{
	const struct view	v = view_of(ip, len);

	return fits(s, &v);
}

static const struct sa *
policy_find(const struct sad *t, const struct view *v)
{
	const struct sa	*dead = NULL;
	size_t		 i;

	for (i = 0; i < t->npolicies; i++)
		if (fits(t->policies[i], v)) {
			if (!(t->policies[i]->flags & SA_F_DEAD))
				return t->policies[i];
			dead = t->policies[i];
		}
	return dead;
}

/* A dead SA is taken where no other fits: its packets are dropped rather than sent in the clear. */
bool
policy_match(struct dp *d, struct pkt *p)
{
	const struct sa	*s;
	struct view	 v;

	if (d->sad->npolicies == 0)
		return false;
	v = view_of(p->data, p->len);
	if ((s = policy_find(d->sad, &v)) == NULL)
		return false;
	p->sa = s->handle;
	return true;
}

bool
policy_due(const struct dp *d, const struct pkt *p)
{
	struct view	v, back;

	if (d->sad->npolicies == 0)
		return false;
	v = view_of(p->data, p->len);
	back = (struct view){ v.dst, v.src, v.proto, v.dport, v.sport };
	return policy_find(d->sad, &back) != NULL;
}

static size_t
policy_place(const struct sad *t, const struct sa *s)
{
	size_t	i;

	for (i = 0; i < t->npolicies && t->policies[i] != s; i++)
		;
	return i;
}

static void
policy_first(struct sad *t, struct sa *s)
{
	if (t->npolicies == t->cpolicies) {
		t->cpolicies = t->cpolicies != 0 ? t->cpolicies * 2 : 4;
		t->policies = xrealloc(t->policies, t->cpolicies * sizeof(t->policies[0]));
	}
	memmove(&t->policies[1], &t->policies[0], t->npolicies * sizeof(t->policies[0]));
	t->policies[0] = s;
	t->npolicies++;
}

void
policy_remove(struct sad *t, const struct sa *s)
{
	size_t	i = policy_place(t, s);

	if (i == t->npolicies)
		return;
	t->npolicies--;
	memmove(&t->policies[i], &t->policies[i + 1], (t->npolicies - i) * sizeof(t->policies[0]));
}

void
dp_policy_use(struct dp *d, uint32_t sa, bool on)
{
	struct sa	*s = sa_by_handle(d, sa);

	if (s == NULL || !(s->flags & SA_F_OUT))
		return;
	policy_remove(d->sad, s);
	if (on)
		policy_first(d->sad, s);
	if (d->worker != NULL)
		mirror_slow(d);
}
