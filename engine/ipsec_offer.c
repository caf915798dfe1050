/* Judging what a peer's Quick Mode offers. */

#include <string.h>

#include "engine/cryptomap.h"
#include "engine/log.h"
#include "engine/tunnel.h"

static bool
same_suite(const struct ike_esp *a, const struct ike_esp *b)
{
	return a->proto == b->proto && a->esp_id == b->esp_id && a->key_bits == b->key_bits &&
	       a->auth_id == b->auth_id && a->esn == b->esn;
}

static bool
mode_allowed(const struct cfg_transform_set *t, bool transport, const struct ike_esp *e)
{
	bool wanted = t->transport && transport;

	return e->transport ? wanted : !(wanted && t->require);
}

static bool
suite_allowed(const struct router *r, const struct crypto_policy *cp, bool transport, const struct ike_esp *e)
{
	for (size_t i = 0; i < cp->transform_sets->n; i++) {
		struct cfg_transform_set *t = config_transform_set(r->cfg, cp->transform_sets->v[i], false);

		if (t != NULL && t->nesp == 1 && same_suite(&t->esp[0], e) && mode_allowed(t, transport, e))
			return true;
	}
	for (size_t i = 0; i < cp->nsuites; i++)
		if (same_suite(&cp->suites[i], e) && !e->transport)
			return true;
	return false;
}

enum ike_verdict
ipsec_judge(const struct router *r, const struct crypto_policy *cp, bool transport, const struct ike_offer *o)
{
	if (cp->isakmp_profile[0] != '\0' && strcmp(cp->isakmp_profile, o->profile) != 0)
		return IKE_OFFER_PROXY;
	if (!suite_allowed(r, cp, transport, &o->esp))
		return IKE_OFFER_TRANSFORM;
	if (cp->pfs_group != 0 && o->pfs_group != cp->pfs_group)
		return IKE_OFFER_PFS;
	return IKE_OFFER_OK;
}

/* Of the peer's flows that are for just these proxies the first that takes the offer; else the first that doesn't. */
static struct flow *
flow_for(const struct crypto_peer *c, const struct ike_offer *o, enum ike_verdict *v)
{
	struct flow *f, *refused = NULL;
	struct crypto_policy cp;
	enum ike_verdict one;

	*v = IKE_OFFER_PROXY;
	for (f = crypto_peer_flow(c); f != NULL; f = TAILQ_NEXT(f, peer_next)) {
		if (!ipsec_id_eq(&f->local_id, &o->local_id) || !ipsec_id_eq(&f->remote_id, &o->remote_id) || !flow_policy(f, &cp))
			continue;
		one = ipsec_judge(f->r, &cp, f->transport, o);
		if (one == IKE_OFFER_OK || *v == IKE_OFFER_PROXY)
			*v = one;
		if (one == IKE_OFFER_OK)
			return f;
		if (refused == NULL)
			refused = f;
	}
	return refused;
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

/* Flows that there are come first, then those that multipoint tunnels and crypto maps make for the peer. */
static enum ike_verdict
find(struct router *r, const struct ike_offer *o, struct flow **f)
{
	const struct crypto_peer *c = crypto_peer_of(r, &o->path);
	enum ike_verdict v, made = IKE_OFFER_PROXY;

	*f = flow_for(c, o, &v);
	if (*f == NULL && mgre_offer(r, o) != NULL) {
		c = crypto_peer_of(r, &o->path);
		*f = flow_for(c, o, &v);
	}
	if (c != NULL)
		ipsec_debug_match(*f != NULL ? *f : crypto_peer_flow(c), &o->local_id, &o->remote_id, 0);
	if (v != IKE_OFFER_OK)
		made = cryptomap_offer(r, o, f);
	return v == IKE_OFFER_PROXY || made == IKE_OFFER_OK ? made : v;
}

enum ike_verdict
ipsec_offer(struct router *r, const struct ike_offer *o, struct ike_choice *out)
{
	struct flow *f;
	struct crypto_policy cp;
	enum ike_verdict v;

	ipsec_debug_offer(r, o);
	v = find(r, o, &f);
	debug_verdict(r, f, o, v);
	if (v != IKE_OFFER_OK || !flow_policy(f, &cp))
		return v == IKE_OFFER_OK ? IKE_OFFER_PROXY : v;
	*out = (struct ike_choice) {.cookie = f->cookie,
	    .life_s = lower(o->life_s, cp.life_s),
	    .life_kb = lower(o->life_kb, cp.life_kb)};
	return v;
}
