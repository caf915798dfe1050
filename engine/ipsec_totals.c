/* Sums of IPsec over all SAs there ever were. */

#include "engine/ipsec_totals.h"

#include "engine/flow.h"

static void
add_pair(struct ipsec_totals *t, const struct pair *p)
{
	struct sa_info in, out;

	if (!dp_sa_info(p->flow->r->dp, p->sa_in, &in) || !dp_sa_info(p->flow->r->dp, p->sa_out, &out))
		return;
	t->in_octets += in.bytes;
	t->out_octets += out.bytes;
	t->in_packets += in.packets;
	t->out_packets += out.packets;
	t->in_failed_auth += in.auth_failed;
	t->in_replayed += in.replayed;
	t->in_bad += in.bad_len + in.bad_proto + in.bad_selector + in.internal_err + in.rollover + in.expired;
	t->out_failed += out.internal_err + out.seq_overflow + out.encaps_failed + out.expired;
}

void
ipsec_totals_keep(const struct pair *p)
{
	add_pair(&p->flow->past, p);
	add_pair(&p->flow->r->ke->past, p);
}

void
ipsec_totals_of(const struct flow *f, struct ipsec_totals *out)
{
	const struct pair *p;

	*out = f->past;
	TAILQ_FOREACH(p, &f->pairs, next)
		add_pair(out, p);
}

void
router_ipsec_totals(const struct router *r, struct ipsec_totals *out)
{
	const struct pair *p;

	*out = (struct ipsec_totals){ 0 };
	if (r->ke == NULL)
		return;
	*out = r->ke->past;
	for (p = r->ke->by_id; p != NULL; p = p->hh.next)
		add_pair(out, p);
}

uint64_t
router_ipsec_no_sa(const struct router *r)
{
	const struct flow *f;
	uint64_t n = 0;

	if (r->ke != NULL)
		TAILQ_FOREACH(f, &r->ke->flows, next)
			n += f->sums.no_sa;
	return n;
}
