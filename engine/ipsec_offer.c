/* Judging what a peer's Quick Mode offers. */

#include <string.h>

#include "engine/flow.h"
#include "engine/log.h"
#include "engine/tunnel.h"

static bool
same_suite(const struct ike_esp *a, const struct ike_esp *b)
{
	return a->proto == b->proto && a->esp_id == b->esp_id && a->key_bits == b->key_bits &&
	       a->auth_id == b->auth_id && a->esn == b->esn;
}

static bool
mode_allowed(const struct flow *f, const struct cfg_transform_set *t, const struct ike_esp *e)
{
	bool wanted = t->transport && f->transport;

	return e->transport ? wanted : !(wanted && t->require);
}

static bool
suite_allowed(const struct flow *f, const struct crypto_policy *cp, const struct ike_esp *e)
{
	for (size_t i = 0; i < cp->transform_sets->n; i++) {
		struct cfg_transform_set *t = config_transform_set(f->r->cfg, cp->transform_sets->v[i], false);

		if (t != NULL && t->nesp == 1 && same_suite(&t->esp[0], e) && mode_allowed(f, t, e))
			return true;
	}
	return false;
}

/* The flow with the peer that is for just these proxies. */
static struct flow *
flow_for(const struct crypto_peer *c, const struct ike_offer *o)
{
	struct flow *f;

	for (f = crypto_peer_flow(c); f != NULL; f = TAILQ_NEXT(f, peer_next))
		if (ipsec_id_eq(&f->local_id, &o->local_id) && ipsec_id_eq(&f->remote_id, &o->remote_id))
			break;
	return f;
}

static enum ike_verdict
judge(const struct flow *f, const struct crypto_policy *cp, const struct ike_offer *o)
{
	if (cp->isakmp_profile[0] != '\0' && strcmp(cp->isakmp_profile, o->profile) != 0)
		return IKE_OFFER_PROXY;
	if (!suite_allowed(f, cp, &o->esp))
		return IKE_OFFER_TRANSFORM;
	if (cp->pfs_group != 0 && o->pfs_group != cp->pfs_group)
		return IKE_OFFER_PFS;
	return IKE_OFFER_OK;
}

static void
debug_verdict(struct router *r, const struct flow *f, const struct ike_offer *o, enum ike_verdict v)
{
	char words[CFG_TRANSFORM_MAX];

	if (!r->debug.ipsec || !debug_passes(r, &o->path.remote, 0))
		return;
	switch (v) {
	case IKE_OFFER_OK:
		log_debug(r, "(ipsec_process_proposal)Map Accepted: %s", f->tag);
		break;
	case IKE_OFFER_TRANSFORM:
		log_debug(r,
		    "IPSEC(ipsec_process_proposal): transform proposal not supported for "
		    "identity:\n    {%s }",
		    ipsec_transform_words(&o->esp, words));
		break;
	case IKE_OFFER_PROXY:
		log_debug(r, "map_db_find_best did not find matching map");
		log_debug(r, "IPSEC(ipsec_process_proposal): proxy identities not supported");
		break;
	case IKE_OFFER_PFS:
		log_debug(r,
		    "IPSEC(ipsec_process_proposal): PFS group %u offered does not match the "
		    "profile",
		    o->pfs_group);
		break;
	}
}

/* The lower of both; 0 = not said. */
static uint32_t
lower(uint32_t offered, uint32_t ours)
{
	return offered == 0 || (ours != 0 && ours < offered) ? ours : offered;
}

enum ike_verdict
ipsec_offer(struct router *r, const struct ike_offer *o, struct ike_choice *out)
{
	const struct crypto_peer *c = crypto_peer_of(r, &o->path);
	struct flow *f = flow_for(c, o);
	struct crypto_policy cp;
	enum ike_verdict v = IKE_OFFER_PROXY;

	if (f == NULL && (f = mgre_offer(r, o)) != NULL)
		c = f->peer;

	ipsec_debug_offer(r, o);
	if (c != NULL)
		ipsec_debug_match(f != NULL ? f : crypto_peer_flow(c), &o->local_id, &o->remote_id, 0);
	if (f != NULL && flow_policy(f, &cp))
		v = judge(f, &cp, o);
	debug_verdict(r, f, o, v);
	if (v != IKE_OFFER_OK)
		return v;
	*out = (struct ike_choice) {.cookie = f->cookie,
	    .life_s = lower(o->life_s, cp.life_s),
	    .life_kb = lower(o->life_kb, cp.life_kb)};
	return v;
}
