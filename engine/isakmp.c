/*
 * What the configuration says of IKE: policies, keys and where they are kept, profiles, identities,
 * keepalives.  The key exchange asks here, by address before it knows who the peer is and by identity after.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cryptomap.h"
#include "engine/ezvpn.h"
#include "engine/ip6.h"
#include "engine/log.h"
#include "engine/pki.h"
#include "lib/mem.h"

#define DPD_RETRY_S	2u

struct isakmp {
	struct ike_policy	*policies;
	size_t			 npolicies;
	bool			 known, on;	/* as last told by %CRYPTO-6-ISAKMP_ON_OFF */
};

/* In force while no policy is configured. Those for signatures are there to be shown. */
static const struct ike_policy default_policies[] = {
	{ 65507, CIPHER_AES128, HASH_SHA1, IKE_AUTH_RSA_SIG, 5, 86400 },
	{ 65508, CIPHER_AES128, HASH_SHA1, IKE_AUTH_PSK, 5, 86400 },
	{ 65509, CIPHER_AES128, HASH_MD5, IKE_AUTH_RSA_SIG, 5, 86400 },
	{ 65510, CIPHER_AES128, HASH_MD5, IKE_AUTH_PSK, 5, 86400 },
	{ 65511, CIPHER_3DES, HASH_SHA1, IKE_AUTH_RSA_SIG, 2, 86400 },
	{ 65512, CIPHER_3DES, HASH_SHA1, IKE_AUTH_PSK, 2, 86400 },
	{ 65513, CIPHER_3DES, HASH_MD5, IKE_AUTH_RSA_SIG, 2, 86400 },
	{ 65514, CIPHER_3DES, HASH_MD5, IKE_AUTH_PSK, 2, 86400 },
};

/* An EzVPN client's own: a server is likely to have one of them. */
static const struct ike_policy ezvpn_policies[] = {
	{ 65527, CIPHER_AES256, HASH_SHA1, IKE_AUTH_PSK, 2, 86400 },
	{ 65528, CIPHER_AES256, HASH_MD5, IKE_AUTH_PSK, 2, 86400 },
	{ 65529, CIPHER_AES192, HASH_SHA1, IKE_AUTH_PSK, 2, 86400 },
	{ 65530, CIPHER_AES128, HASH_SHA1, IKE_AUTH_PSK, 2, 86400 },
	{ 65531, CIPHER_AES128, HASH_MD5, IKE_AUTH_PSK, 2, 86400 },
	{ 65532, CIPHER_3DES, HASH_SHA1, IKE_AUTH_PSK, 2, 86400 },
	{ 65533, CIPHER_3DES, HASH_MD5, IKE_AUTH_PSK, 2, 86400 },
};

const struct ike_policy *
isakmp_default_policies(size_t *n)
{
	*n = sizeof(default_policies) / sizeof(default_policies[0]);
	return default_policies;
}

struct isakmp *
isakmp_new(void)
{
	return xcalloc(1, sizeof(struct isakmp));
}

void
isakmp_free(struct isakmp *i)
{
	if (i == NULL)
		return;
	free(i->policies);
	free(i);
}

static void
policy_put(struct isakmp *i, const struct ike_policy *p)
{
	i->policies = xrealloc(i->policies, (i->npolicies + 1) * sizeof(*i->policies));
	i->policies[i->npolicies++] = *p;
}

/* Those for signatures too, though we hold no certificates: an offer that is held against one is told so. */
static void
policies_make(struct router *r)
{
	struct isakmp *i = r->isakmp;
	struct cfg_policy *p;
	size_t n;
	const struct ike_policy *builtin = isakmp_default_policies(&n);

	i->npolicies = 0;
	TAILQ_FOREACH(p, &r->cfg->policies, next)
		policy_put(i, &p->p);
	for (size_t k = 0; ezvpns_wanted(r) && k < sizeof(ezvpn_policies) / sizeof(ezvpn_policies[0]); k++)
		policy_put(i, &ezvpn_policies[k]);
	if (!TAILQ_EMPTY(&r->cfg->policies) || r->cfg->no_default_policies || r->dialect == IKE_IOS_12)
		return;
	for (size_t k = 0; k < n; k++)
		policy_put(i, &builtin[k]);
}

size_t
isakmp_policies(struct router *r, const struct ike_policy **out)
{
	*out = r->isakmp->policies;
	return r->isakmp->npolicies;
}

bool
isakmp_wanted(const struct router *r)
{
	const struct cfg_if *c;

	if (r->cfg->isakmp_disabled)
		return false;
	TAILQ_FOREACH(c, &r->cfg->ifs, next)
		if (c->kind == CFG_IF_TUNNEL && c->protection != NULL && !c->shutdown)
			return true;
	return cryptomap_wanted(r) || ezvpns_wanted(r);
}

bool
isakmp_settled(const struct router *r)
{
	return r->isakmp->on && isakmp_wanted(r);
}

void
isakmp_apply(struct router *r)
{
	struct isakmp *i = r->isakmp;
	bool on = isakmp_wanted(r);
	struct ike_settings s = {
		.engine = r->engine,
		.dialect = r->dialect,
		.invalid_spi_notify = r->invalid_spi_notify,
		.invalid_spi_recovery = r->cfg->invalid_spi_recovery,
		.half_open_max = r->cfg->half_open_max,
		.enabled = on,
		.aggressive_disabled = r->cfg->aggressive_disabled,
		.fragmentation = r->cfg->ike_fragmentation,
		.xauth_timeout_s = r->cfg->ez.xauth_timeout_s,
	};

	policies_make(r);
	if (!on)
		ike_clear(r->ike, 0);		/* the peers are told while there is still who can */
	ike_set(r->ike, &s);
	natt_apply(r);
	if (i->known && i->on == on)
		return;
	log_syslog(r, "CRYPTO", 6, "ISAKMP_ON_OFF", "ISAKMP is %s", on ? "ON" : "OFF");
	if (on) {
		dp_udp_open(r->dp, IKE_PORT);
		dp_udp_open(r->dp, IKE_PORT_NATT);
	} else if (i->known) {
		dp_udp_close(r->dp, IKE_PORT);
		dp_udp_close(r->dp, IKE_PORT_NATT);
	}
	i->known = true;
	i->on = on;
}

struct ike_path
isakmp_path(struct addr local, struct addr remote)
{
	return (struct ike_path){ local, remote, IKE_PORT, IKE_PORT };
}

/* local-address A, or the address of an interface, of a keyring or profile. */
static bool
local_fits(const struct router *r, const struct addr *want, const char *ifname, const struct addr *local)
{
	const struct rif *i;
	struct cfg_if *c;

	if (ifname != NULL && local->af == ADDR_V6)
		return (c = config_if(r->cfg, ifname, false)) != NULL && a6_eq(ifnet6_global(r, c), a6_of(local));
	if (ifname != NULL)
		return (i = ifnet_find(r, ifname)) != NULL && local->af == ADDR_V4 && i->ip.addr == local->v4;
	return want->af == ADDR_NONE || addr_eq(want, local);
}

static bool
ends_with(const char *name, const char *tail, char before)
{
	size_t n = strlen(name), t = strlen(tail);

	return n > t && name[n - t - 1] == before && strcasecmp(name + n - t, tail) == 0;
}

static bool
match_fits(const struct cfg_match *m, const struct ike_id *id)
{
	switch (m->kind) {
	case CFG_MATCH_ADDRESS:
		if (id->type == IKE_ID_IPV6_ADDR)
			return m->addr.af == ADDR_V6 && a6_within(a6_of(&id->addr), a6_of(&m->addr), m->len6);
		return m->addr.af == ADDR_V4 && id->type == IKE_ID_IPV4_ADDR && id->addr.af == ADDR_V4 &&
		       ((id->addr.v4 ^ m->addr.v4) & m->mask) == 0;
	case CFG_MATCH_HOST:
		return id->type == IKE_ID_FQDN && m->name != NULL && strcasecmp(id->name, m->name) == 0;
	case CFG_MATCH_HOST_DOMAIN:
		return id->type == IKE_ID_FQDN && m->name != NULL && ends_with(id->name, m->name, '.');
	case CFG_MATCH_USER_FQDN:
		return id->type == IKE_ID_USER_FQDN && m->name != NULL && strcasecmp(id->name, m->name) == 0;
	case CFG_MATCH_USER_DOMAIN:
		return id->type == IKE_ID_USER_FQDN && m->name != NULL && ends_with(id->name, m->name, '@');
	case CFG_MATCH_GROUP:
		return id->type == IKE_ID_KEY_ID && m->name != NULL && strcmp(id->name, m->name) == 0;
	}
	return false;
}

static bool
profile_fits(struct router *r, const struct cfg_isakmp_profile *p,
    const struct ike_path *path, const struct ike_id *id)
{
	const struct cfg_match *m;

	if (!local_fits(r, &p->local_addr, p->local_if, &path->local))
		return false;
	TAILQ_FOREACH(m, &p->matches, next)
		if (match_fits(m, id))
			return true;
	return p->cert_maps.n > 0 && pki_proven_fits(r, path, id, p);
}

/* Without an identity only a profile that is asked for; with one it must match, and others may. */
static struct cfg_isakmp_profile *
profile_find(struct router *r, const struct ike_path *path, const char *wanted, const struct ike_id *id)
{
	struct cfg_isakmp_profile *p = wanted[0] == '\0' ? NULL : config_isakmp_profile(r->cfg, wanted, false);

	if (id == NULL || (p != NULL && profile_fits(r, p, path, id)))
		return p;
	TAILQ_FOREACH(p, &r->cfg->isakmp_profiles, next)
		if (profile_fits(r, p, path, id))
			return p;
	return NULL;
}

struct found_key {
	const struct cfg_key	*key;
	const char		*ring;
};

static bool
key_covers(const struct cfg_key *k, const struct addr *remote)
{
	if (remote->af == ADDR_V6)
		return a6_within(a6_of(remote), a6_of(&k->addr), k->len6);
	return remote->af == ADDR_V4 && ((k->addr.v4 ^ remote->v4) & k->mask) == 0;
}

/* The narrowest match wins, of equals the first. */
static void
ring_search(const struct cfg_keys *keys, const char *ring, const struct addr *remote, struct found_key *best)
{
	const struct cfg_key *k;

	TAILQ_FOREACH(k, keys, next) {
		if (k->hostname != NULL || k->addr.af != remote->af || !key_covers(k, remote))
			continue;
		if (best->key == NULL || k->mask > best->key->mask || k->len6 > best->key->len6)
			*best = (struct found_key){ k, ring };
	}
}

static void
keyring_search(const struct router *r, const struct cfg_keyring *k, const struct ike_path *path,
    struct found_key *best)
{
	if (local_fits(r, &k->local_addr, k->local_if, &path->local))
		ring_search(&k->keys, k->name, &path->remote, best);
}

static struct found_key
key_find(const struct router *r, const struct cfg_isakmp_profile *p, const struct ike_path *path)
{
	struct found_key best = { 0 };
	struct cfg_keyring *k;

	if (p != NULL && p->keyrings.n > 0) {
		for (size_t i = 0; i < p->keyrings.n; i++)
			if ((k = config_keyring(r->cfg, p->keyrings.v[i], false)) != NULL)
				keyring_search(r, k, path, &best);
			else if (strcmp(p->keyrings.v[i], "default") == 0)	/* the name of those of `crypto isakmp key` */
				ring_search(&r->cfg->keys, "default", &path->remote, &best);
		return best;
	}
	ring_search(&r->cfg->keys, "default", &path->remote, &best);
	if (p != NULL)
		return best;
	TAILQ_FOREACH(k, &r->cfg->keyrings, next)
		keyring_search(r, k, path, &best);
	return best;
}

static void
id_fqdn(const struct router *r, struct ike_id *id)
{
	const char *domain = r->cfg->domain_name;

	id->type = IKE_ID_FQDN;
	snprintf(id->name, sizeof(id->name), "%s%s%s", router_hostname(r),
	    domain == NULL ? "" : ".", domain == NULL ? "" : domain);
}

/* The subject of our certificate; false: there is none to show, or its name is too long for an identity. */
static bool
id_dn(struct router *r, const struct cfg_isakmp_profile *p, struct ike_id *id)
{
	uint8_t der[sizeof(id->name)];
	size_t n = pki_own_name(r, p == NULL ? "" : p->name, der, sizeof(der));

	if (n == 0)
		return false;
	id->type = IKE_ID_DN;
	id->addr = (struct addr){ 0 };
	id->dn_len = (uint16_t)n;
	memcpy(id->name, der, n);
	return true;
}

static void
self_id(struct router *r, const struct cfg_isakmp_profile *p, const struct ike_path *path,
    struct ike_id *id)
{
	enum cfg_self_id kind = p == NULL ? CFG_SELF_DEFAULT : p->self_id;

	*id = (struct ike_id) {
	    .type = ike_id_host(&path->local), .addr = path->local, .protocol = 17, .port = IKE_PORT};
	if (kind == CFG_SELF_DEFAULT && r->cfg->identity == 2 && id_dn(r, p, id))
		return;
	if (kind == CFG_SELF_DEFAULT)
		kind = r->cfg->identity == 1 ? CFG_SELF_FQDN : CFG_SELF_ADDRESS;
	if (kind == CFG_SELF_ADDRESS)
		return;
	id_fqdn(r, id);
	if (kind == CFG_SELF_USER_FQDN)
		id->type = IKE_ID_USER_FQDN;
	if (p != NULL && p->self_name != NULL)
		snprintf(id->name, sizeof(id->name), "%s", p->self_name);
}

static void
keepalive(const struct router *r, const struct cfg_isakmp_profile *p, struct ike_peer_config *out)
{
	bool own = p != NULL && p->keepalive_s != 0;

	out->dpd_s = own ? p->keepalive_s : r->cfg->keepalive_s;
	out->dpd_retry_s = own ? p->keepalive_retry_s : r->cfg->keepalive_retry_s;
	if (out->dpd_retry_s == 0)
		out->dpd_retry_s = DPD_RETRY_S;
	out->dpd_periodic = !own && r->cfg->keepalive_periodic;
}

void
isakmp_peer_config(struct router *r, const struct ike_path *path, const char *wanted,
    const struct ike_id *id, struct ike_peer_config *out)
{
	const struct cfg_isakmp_profile *p = profile_find(r, path, wanted, id);
	struct found_key k = key_find(r, p, path);

	*out = (struct ike_peer_config){ 0 };
	if (p != NULL)
		snprintf(out->profile, sizeof(out->profile), "%s", p->name);
	out->aggressive = p != NULL && p->initiate_aggressive;
	self_id(r, p, path, &out->self_id);
	keepalive(r, p, out);
	out->have_cert = pki_have_cert(r, out->profile);
	if (ezvpn_peer(r, path, out))
		return;
	ezserver_peer(r, path, p, id, k.key != NULL && k.key->no_xauth, out);
	/* The name of a group stands for its own key only. */
	if (k.key == NULL || out->group[0] != '\0' || (id != NULL && id->type == IKE_ID_KEY_ID))
		return;
	snprintf(out->keyring, sizeof(out->keyring), "%s", k.ring);
	out->have_key = true;
	out->psk_len = strlen(k.key->key) < sizeof(out->psk) ? strlen(k.key->key) : sizeof(out->psk);
	memcpy(out->psk, k.key->key, out->psk_len);
}
