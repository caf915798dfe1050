/*
 * The security policy database of an interface (RFC 4301, 4.4.1).  Outbound packets are held against the
 * rules, inbound ones against their mirror: what a rule protects must have come by an SA of that policy
 * (RFC 4301, 5.2, steps 3 and 4), and is told of if it came in the clear.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/ip.h"
#include "datapath/own.h"
#include "datapath/sa_run.h"
#include "datapath/spd.h"
#include "datapath/udp.h"
#include "datapath/wire.h"
#include "datapath/worker_hook.h"
#include "lib/mem.h"

#define POLICY_MAX	(1u << 20)	/* numbers are small: the table is as long as the highest */

struct action {
	enum dp_spd_what	what;
	uint32_t		policy, skip;
};

struct spd {
	struct dp_acl	*out, *in;	/* the rules' entries, and their mirror */
	size_t		 n;
	struct action	 act[];		/* what they say */
};

/* --- Setting it --- */

void
spd_free(struct spd *s)
{
	if (s == NULL)
		return;
	dp_acl_free(s->out);
	dp_acl_free(s->in);
	free(s);
}

/* Later fragments go with what is protected, not with what is left out of it. */
static struct spd *
spd_new(const struct dp_spd_rule *rules, size_t n)
{
	struct spd	*s = xcalloc(1, sizeof(*s) + n * sizeof(s->act[0]));
	struct dp_ace	*aces = xcalloc(n, sizeof(*aces));
	size_t		 i;

	for (i = 0; i < n; i++) {
		aces[i] = rules[i].match;
		aces[i].permit = rules[i].what == DP_SPD_PROTECT;
		s->act[i] = (struct action){ rules[i].what, rules[i].policy, rules[i].skip };
	}
	s->n = n;
	s->out = dp_acl_new(aces, n);
	for (i = 0; i < n; i++) {
		aces[i] = dp_ace_mirror(&aces[i]);
		aces[i].hits = NULL;
	}
	s->in = dp_acl_new(aces, n);
	free(aces);
	return s;
}

void
dp_spd_set(struct dp *d, unsigned ifidx, const struct dp_spd_rule *rules, size_t n)
{
	struct dp_if	*ifp = dp_if_get(d, ifidx);

	if (ifp == NULL)
		return;
	d->nspds += (n > 0) - (ifp->spd != NULL);
	spd_free(ifp->spd);
	ifp->spd = n > 0 ? spd_new(rules, n) : NULL;
	if (d->worker != NULL)
		mirror_slow(d);
}

void
dp_policy_sa(struct dp *d, uint32_t policy, uint32_t sa)
{
	struct policies	*t = &d->policies;
	size_t		 n = t->n != 0 ? t->n : 8;

	if (policy >= POLICY_MAX)
		fatal("policy number %u", policy);
	if (policy >= t->n) {
		while (policy >= n)
			n *= 2;
		t->sa = xrealloc(t->sa, n * sizeof(*t->sa));
		memset(&t->sa[t->n], 0, (n - t->n) * sizeof(*t->sa));
		t->n = n;
	}
	t->sa[policy] = sa;
}

static uint32_t
policy_sa(const struct dp *d, uint32_t policy)
{
	return policy < d->policies.n ? d->policies.sa[policy] : SA_NONE;
}

/* --- Asking it --- */

void
pkt_tuples(struct dp_tuple *out, struct pkt **v, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		dp_tuple_of(&out[i], v[i]->data, v[i]->len);
}

static const struct action no_rule = { .what = DP_SPD_BYPASS };

/* i is the first entry that fits; where that says to skip, the search goes on further down. */
static const struct action *
decide(const struct spd *s, struct dp_acl *acl, const struct dp_tuple *t, uint32_t i)
{
	while (i != DP_ACL_NONE) {
		dp_acl_count(acl, i);
		if (s->act[i].what != DP_SPD_SKIP)
			return &s->act[i];
		i = s->act[i].skip > i ? dp_acl_match_from(acl, t, s->act[i].skip) : DP_ACL_NONE;
	}
	return &no_rule;
}

/* The SA to leave by; SA_NONE if there is none that may be used, and p is gone. */
static bool
protect_by(struct dp *d, struct pkt *p, uint32_t policy, const struct dp_tuple *t)
{
	p->sa = policy_sa(d, policy);
	if (p->sa != SA_NONE && sa_usable(d, p->sa))
		return true;
	dp_event_policy_no_sa(d, policy, p->out_if, t);
	pkt_drop(d, p, DPC_out_no_sa);
	return false;
}

static void
out_run(struct dp *d, const struct spd *s, struct pkt **v, size_t n, struct vec *plain, struct vec *protect)
{
	struct dp_tuple		 t[DP_BATCH];
	uint32_t		 first[DP_BATCH];
	const struct action	*a;
	size_t			 i;

	pkt_tuples(t, v, n);
	dp_acl_match(s->out, t, n, first);
	for (i = 0; i < n; i++) {
		a = decide(s, s->out, &t[i], first[i]);
		if (a->what == DP_SPD_DROP)
			pkt_drop(d, v[i], DPC_policy_drop);
		else if (a->what == DP_SPD_BYPASS)
			vec_put(d, plain, v[i]);
		else {
			if (__builtin_expect(sa_may_end(d, policy_sa(d, a->policy)), 0))
				vec_flush(d, protect);
			if (protect_by(d, v[i], a->policy, &t[i]))
				vec_put(d, protect, v[i]);
		}
	}
}

void
spd_out_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct vec	 plain, protect;
	size_t		 i, m;

	vec_init(&plain, ip_output_batch, now);
	vec_init(&protect, protect_batch, now);
	for (i = 0; i < n; i += m) {
		for (m = 1; i + m < n && m < DP_BATCH && v[i + m]->out_if == v[i]->out_if; m++)
			;
		out_run(d, dp_if_get(d, v[i]->out_if)->spd, v + i, m, &plain, &protect);
	}
	vec_flush(d, &protect);
	vec_flush(d, &plain);
}

/* Came by an SA that stands for another policy than the one that protects such packets (RFC 4301, 5.2, step 4). */
static bool
wrong_sa(struct dp *d, struct pkt *p, uint32_t policy)
{
	struct sa	*s = sa_by_handle(d, p->sa);

	if (s == NULL || s->p.policy == policy)
		return false;
	s->faults.selector++;
	sa_fault(d, s, p, DP_FAULT_SELECTOR, s->seq.last);
	pkt_drop(d, p, DPC_in_selector);
	return true;
}

static bool
is_ipsec_for_us(const struct dp *d, const struct pkt *p)
{
	unsigned	ifidx;

	return (p->proto == PROTO_ESP || p->proto == PROTO_AH) && own_find(d->own, p->dst, &ifidx) == OWN_ADDR;
}

static enum dp_counter
clear_reason(const struct dp *d, const struct pkt *p)
{
	unsigned	ifidx;

	if (own_find(d->own, p->dst, &ifidx) == OWN_ADDR)
		return DPC_in_not_ipsec;
	return p->proto == PROTO_ESP || p->proto == PROTO_AH ? DPC_trans_ipsec : DPC_trans_not_ipsec;
}

/* False where p is gone. */
static bool
in_allowed(struct dp *d, const struct action *a, struct pkt *p)
{
	if (a->what == DP_SPD_BYPASS)
		return true;
	if (a->what == DP_SPD_DROP) {
		pkt_drop(d, p, DPC_policy_drop);
		return false;
	}
	if (p->flags & PKT_DECAP)
		return !wrong_sa(d, p, a->policy);
	if (is_ipsec_for_us(d, p) || ip_is_key_exchange(p))
		return true;
	dp_event_not_ipsec(d, p);
	pkt_drop(d, p, clear_reason(d, p));
	return false;
}

static size_t
in_run(struct dp *d, const struct spd *s, struct pkt **v, size_t n, struct pkt **keep)
{
	struct dp_tuple	 t[DP_BATCH];
	uint32_t	 first[DP_BATCH];
	size_t		 i, m = 0;

	pkt_tuples(t, v, n);
	dp_acl_match(s->in, t, n, first);
	for (i = 0; i < n; i++)
		if (in_allowed(d, decide(s, s->in, &t[i], first[i]), v[i]))
			keep[m++] = v[i];
	return m;
}

size_t
spd_in_keep(struct dp *d, struct pkt **v, size_t n)
{
	const struct dp_if	*ifp;
	size_t			 i, m, kept = 0;

	if (d->nspds == 0)
		return n;
	for (i = 0; i < n; i += m) {
		for (m = 1; i + m < n && m < DP_BATCH && v[i + m]->in_if == v[i]->in_if; m++)
			;
		ifp = dp_if_get(d, v[i]->in_if);
		if (ifp != NULL && ifp->spd != NULL)
			kept += in_run(d, ifp->spd, v + i, m, v + kept);
		else {
			memmove(v + kept, v + i, m * sizeof(*v));
			kept += m;
		}
	}
	return kept;
}
