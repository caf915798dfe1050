/*
 * What a connected EzVPN client sets up: a loopback interface with the address that it was given, translation to that
 * address (client mode), and for each local network and each that is to be reached by the tunnel a flow, with a
 * rule in the outside interface's security policy.  The transform sets are an EzVPN client's own.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/nat.h"
#include "engine/acl.h"
#include "engine/cryptomap.h"
#include "engine/ezvpn_int.h"
#include "lib/mem.h"

#define ESP_3DES	3
#define ESP_AES		12
#define AUTH_MD5	1
#define AUTH_SHA	2
#define PROTO_ESP	50
#define ASK_AGAIN	(10 * NSEC_SEC)		/* for SAs that could not be had, while packets want them */

/* Offered in this order; a server takes what it has. */
static const struct ike_esp suites[] = {
	{ .set_name = "ezvpn", .proto = PROTO_ESP, .esp_id = ESP_AES, .key_bits = 256, .auth_id = AUTH_SHA },
	{ .set_name = "ezvpn", .proto = PROTO_ESP, .esp_id = ESP_AES, .key_bits = 256, .auth_id = AUTH_MD5 },
	{ .set_name = "ezvpn", .proto = PROTO_ESP, .esp_id = ESP_AES, .key_bits = 192, .auth_id = AUTH_SHA },
	{ .set_name = "ezvpn", .proto = PROTO_ESP, .esp_id = ESP_AES, .key_bits = 128, .auth_id = AUTH_SHA },
	{ .set_name = "ezvpn", .proto = PROTO_ESP, .esp_id = ESP_AES, .key_bits = 128, .auth_id = AUTH_MD5 },
	{ .set_name = "ezvpn", .proto = PROTO_ESP, .esp_id = ESP_3DES, .auth_id = AUTH_SHA },
	{ .set_name = "ezvpn", .proto = PROTO_ESP, .esp_id = ESP_3DES, .auth_id = AUTH_MD5 },
};

static const struct cfg_names no_sets;

/* --- What the flows ask --- */

static bool
on_policy(const struct flow *f, struct crypto_policy *out)
{
	const struct ezvpn *e = f->owner;
	const struct config *c = f->r->cfg;
	const struct cfg_ezvpn *v = ezvpn_cfg(e);

	if (v == NULL)
		return false;
	*out = (struct crypto_policy) {
	    .transform_sets = &no_sets,
	    .suites = suites,
	    .nsuites = sizeof(suites) / sizeof(suites[0]),
	    .isakmp_profile = "",
	    .pfs_group = e->got != NULL && e->got->has & IKE_CFG_PFS ? e->got->pfs_group : 0,
	    .idle_s = v->idle_s,
	    .replay_window = c->replay_off ? 0 : c->replay_window,
	    .dfbit = c->dfbit != 0 ? c->dfbit : 'C'};
	config_life(c, NULL, &out->life_s, &out->life_kb);
	return true;
}

static void
on_use(struct flow *f, uint32_t sa)
{
	dp_policy_sa(f->r->dp, f->policy, sa);
}

static void
on_changed(struct flow *f)
{
	ezvpn_flow_changed(f->owner);
}

static void
on_lost(struct flow *f, enum flow_end why)
{
	struct ezvpn *e = f->owner;

	if (e->handle != 0 && why == FLOW_BY_PEER)
		flow_ask(f);
	else
		ezvpn_flow_lost(e, why);
}

static const struct flow_ops flow_calls = {
	.policy = on_policy,
	.use = on_use,
	.changed = on_changed,
	.lost = on_lost,
};

bool
ezvpn_net_live(const struct ezvpn *e)
{
	for (size_t i = 0; i < e->nflows; i++)
		if (e->flows[i]->current != NULL)
			return true;
	return false;
}

bool
ezvpn_net_busy(const struct ezvpn *e)
{
	for (size_t i = 0; i < e->nflows; i++)
		if (e->flows[i]->negotiating)
			return true;
	return false;
}

/* --- Networks --- */

struct nets { struct ike_id v[EZ_FLOWS_MAX]; size_t n; };

static void
net_add(struct nets *l, uint32_t addr, unsigned len)
{
	struct ike_id id = { .type = len == 32 ? IKE_ID_IPV4_ADDR : IKE_ID_IPV4_ADDR_SUBNET, .addr = addr_v4(addr & ip4_mask(len)),
		.prefix_len = (uint8_t)len };

	for (size_t i = 0; i < l->n; i++)
		if (ipsec_id_eq(&l->v[i], &id))
			return;
	if (l->n < EZ_FLOWS_MAX)
		l->v[l->n++] = id;
}

static void
nets_of_acl(struct router *r, const char *name, struct nets *l)
{
	const struct cfg_acl *a = acl_find(r, name);
	struct dp_ace *v = NULL;
	size_t n = a == NULL ? 0 : acl_entries(a, &v);

	for (size_t i = 0; i < n; i++)
		if (v[i].permit && ip4_mask_len(v[i].src_mask) >= 0)
			net_add(l, v[i].src, (unsigned)ip4_mask_len(v[i].src_mask));
	free(v);
}

static void
nets_inside(struct ezvpn *e, struct nets *l)
{
	const struct cfg_ezvpn *v = ezvpn_cfg(e);
	const struct cfg_if *i;

	TAILQ_FOREACH(i, &e->r->cfg->ifs, next)
		if (cfg_names_has(&i->ezvpn_inside, e->name) && i->ip.addr != 0)
			net_add(l, i->ip.addr, (unsigned)ip4_mask_len(i->ip.mask));
	if (v->acl != NULL)
		nets_of_acl(e->r, v->acl, l);
}

static void
nets_local(struct ezvpn *e, struct nets *l)
{
	const struct cfg_ezvpn *v = ezvpn_cfg(e);

	if (v->mode != EZ_NETWORK_EXTENSION && e->got->has & IKE_CFG_ADDRESS)
		net_add(l, e->got->address.v4, 32);
	if (v->mode != EZ_CLIENT)
		nets_inside(e, l);
}

static bool
splits(const struct ezvpn *e)
{
	return e->got->has & IKE_CFG_SPLIT_INCLUDE && e->got->ninclude > 0;
}

static void
nets_remote(const struct ezvpn *e, struct nets *l)
{
	for (size_t i = 0; splits(e) && i < e->got->ninclude; i++)
		if (e->got->include[i].net.af == ADDR_V4)
			net_add(l, e->got->include[i].net.v4, e->got->include[i].prefix_len);
	if (l->n == 0)
		l->v[l->n++] = ipsec_any_id(ADDR_V4);
}

static unsigned
id_len(const struct ike_id *id)
{
	return id->type == IKE_ID_IPV4_ADDR ? 32 : id->prefix_len;
}

/* --- Address and translation --- */

static unsigned
number_of(const struct ezvpn *e)
{
	const struct ezvpn *o;
	unsigned n = EZ_LOOPBACK;

	TAILQ_FOREACH(o, &e->r->ezvpns->list, next) {
		if (o == e)
			break;
		n++;
	}
	return n;
}

static void
loopback_name(const struct ezvpn *e, char out[CFG_IF_NAME])
{
	snprintf(out, CFG_IF_NAME, "Loopback%u", number_of(e));
}

static void
loopback_set(struct ezvpn *e)
{
	char name[CFG_IF_NAME];
	struct cfg_if *i;

	if (!(e->got->has & IKE_CFG_ADDRESS))
		return;
	loopback_name(e, name);
	if ((i = config_if(e->r->cfg, name, false)) != NULL && !i->made)
		return;
	i = config_if(e->r->cfg, name, true);
	i->made = true;
	i->ip = (struct cfg_ip){ e->got->address.v4, UINT32_MAX };
	ifnet_apply(e->r);
}

static void
loopback_drop(struct ezvpn *e)
{
	char name[CFG_IF_NAME];
	struct cfg_if *i;

	loopback_name(e, name);
	if ((i = config_if(e->r->cfg, name, false)) == NULL || !i->made)
		return;
	config_if_del(e->r->cfg, i);
	ifnet_apply(e->r);
}

static unsigned
outside_dp(const struct ezvpn *e)
{
	const struct rif *i = ifnet_find(e->r, e->outside);

	return i == NULL ? 0 : i->dp_if;
}

static void
insides_set(struct ezvpn *e, bool on)
{
	const struct cfg_if *i;
	const struct rif *p;

	TAILQ_FOREACH(i, &e->r->cfg->ifs, next)
		if (cfg_names_has(&i->ezvpn_inside, e->name) && (p = ifnet_find(e->r, i->name)) != NULL && p->dp_if != 0)
			dp_nat_inside(e->r->dp, p->dp_if, on);
}

static struct dp_ace
ace_to(const struct ike_id *remote)
{
	return (struct dp_ace){ .permit = true, .dst = remote->addr.v4, .dst_mask = ip4_mask(id_len(remote)) };
}

/* By the tunnel behind its address; beside it, where the list is split, behind the outside interface's. */
static void
nat_set(struct ezvpn *e, const struct nets *remote)
{
	struct dp_nat_rule *v = xcalloc(remote->n + 1, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < remote->n; i++)
		v[n++] = (struct dp_nat_rule){ ace_to(&remote->v[i]), e->got->address.v4 };
	if (splits(e))
		v[n++] = (struct dp_nat_rule){ .match = { .permit = true }, .to = e->path.local.v4 };
	dp_nat_set(e->r->dp, outside_dp(e), v, n);
	insides_set(e, true);
	free(v);
}

/* --- Policy and flows --- */

static struct flow *
flow_make(struct ezvpn *e, const struct ike_id *local, const struct ike_id *remote)
{
	char tag[FLOW_TAG];
	struct flow_init init = {.ops = &flow_calls,
	    .owner = e,
	    .ifname = e->outside,
	    .tag = tag,
	    .local = e->path.local,
	    .remote = e->path.remote,
	    .local_id = *local,
	    .remote_id = *remote};
	struct flow *f;

	snprintf(tag, sizeof(tag), "%s-head-0", e->outside);
	f = flow_new(e->r, &init);
	f->policy = cryptomap_policy_lend(e->r);
	return f;
}

static void
flows_make(struct ezvpn *e, const struct nets *local, const struct nets *remote)
{
	e->flows = xcalloc(local->n * remote->n + 1, sizeof(struct flow *));
	for (size_t i = 0; i < local->n; i++)
		for (size_t k = 0; k < remote->n && e->nflows < EZ_FLOWS_MAX; k++)
			e->flows[e->nflows++] = flow_make(e, &local->v[i], &remote->v[k]);
}

static void
spd_set(struct ezvpn *e)
{
	size_t nbypass = e->got->nexclude, n = 0;
	struct dp_spd_rule *v = xcalloc(nbypass + e->nflows + 1, sizeof(*v));

	for (size_t i = 0; i < nbypass; i++) {
		struct ike_id id = { .type = IKE_ID_IPV4_ADDR_SUBNET, .addr = e->got->exclude[i].net, .prefix_len = e->got->exclude[i].prefix_len };

		if (id.addr.af == ADDR_V4)
			v[n++] = (struct dp_spd_rule){ .match = ace_to(&id), .what = DP_SPD_BYPASS };
	}
	for (size_t i = 0; i < e->nflows; i++) {
		const struct flow *f = e->flows[i];
		struct dp_ace a = ace_to(&f->remote_id);

		a.src = f->local_id.addr.v4;
		a.src_mask = ip4_mask(id_len(&f->local_id));
		v[n++] = (struct dp_spd_rule){ .match = a, .what = DP_SPD_PROTECT, .policy = f->policy };
	}
	dp_spd_set(e->r->dp, outside_dp(e), v, n);
	free(v);
}

void
ezvpn_net_ask(struct ezvpn *e)
{
	for (size_t i = 0; i < e->nflows; i++)
		flow_ask(e->flows[i]);
}

void
ezvpn_net_no_sa(struct ezvpn *e, uint32_t policy)
{
	for (size_t i = 0; i < e->nflows; i++) {
		struct flow *f = e->flows[i];

		if (f->policy != policy)
			continue;
		f->sums.no_sa++;
		if (e->handle != 0 && clock_now(e->r->clock) - f->asked_ns >= ASK_AGAIN)
			flow_ask(f);
	}
}

void
ezvpn_net_open(struct ezvpn *e)
{
	struct nets *local = xcalloc(1, sizeof(*local)), *remote = xcalloc(1, sizeof(*remote));

	ezvpn_net_close(e);
	e->net_up = true;
	loopback_set(e);
	nets_local(e, local);
	nets_remote(e, remote);
	flows_make(e, local, remote);
	spd_set(e);
	if (ezvpn_cfg(e)->mode == EZ_CLIENT)
		nat_set(e, remote);
	free(local);
	free(remote);
	ezvpn_net_ask(e);
}

void
ezvpn_net_close(struct ezvpn *e)
{
	if (!e->net_up)
		return;
	e->net_up = false;
	dp_spd_set(e->r->dp, outside_dp(e), NULL, 0);
	dp_nat_set(e->r->dp, outside_dp(e), NULL, 0);
	insides_set(e, false);
	while (e->nflows > 0) {
		struct flow *f = e->flows[--e->nflows];
		uint32_t policy = f->policy;

		flow_close(f);
		cryptomap_policy_back(e->r, policy);
	}
	free(e->flows);
	e->flows = NULL;
	loopback_drop(e);
}

/* --- Traffic that begins it --- */

/* The list of `connect acl`; without one whatever the inside sends. */
static size_t
trap_rules(struct ezvpn *e, struct dp_spd_rule **out)
{
	const struct cfg_ezvpn *v = ezvpn_cfg(e);
	const struct cfg_acl *a = v->connect == EZ_BY_ACL && v->connect_acl != NULL ? acl_find(e->r, v->connect_acl) : NULL;
	struct nets *inside = xcalloc(1, sizeof(*inside));
	struct dp_ace *aces = NULL;
	size_t n = a == NULL ? 0 : acl_entries(a, &aces);
	struct dp_spd_rule *rules = xcalloc(n + EZ_FLOWS_MAX, sizeof(*rules));

	for (size_t i = 0; i < n; i++)
		rules[i] = (struct dp_spd_rule) {
		    .match = aces[i], .what = aces[i].permit ? DP_SPD_PROTECT : DP_SPD_BYPASS, .policy = e->trigger};
	if (v->connect != EZ_BY_ACL) {
		nets_inside(e, inside);
		for (size_t i = 0; i < inside->n; i++)
			rules[n++] = (struct dp_spd_rule) {
			    .match = { .permit = true, .src = inside->v[i].addr.v4, .src_mask = ip4_mask(id_len(&inside->v[i])) },
			    .what = DP_SPD_PROTECT, .policy = e->trigger};
	}
	free(aces);
	free(inside);
	*out = rules;
	return n;
}

void
ezvpn_trap_set(struct ezvpn *e, bool on)
{
	const struct cfg_ezvpn *v = ezvpn_cfg(e);
	struct dp_spd_rule *rules;
	size_t n;

	on = on && v != NULL && (v->connect == EZ_BY_ACL || e->rested);
	if (on && e->trigger == 0) {
		e->trigger = cryptomap_policy_lend(e->r);
		n = trap_rules(e, &rules);
		dp_spd_set(e->r->dp, outside_dp(e), rules, n);
		free(rules);
	} else if (!on && e->trigger != 0) {
		cryptomap_policy_back(e->r, e->trigger);
		e->trigger = 0;
		dp_spd_set(e->r->dp, outside_dp(e), NULL, 0);
	}
}
