/* Writers of the running configuration: everything that begins with `crypto`. */

#include <stdio.h>
#include <string.h>

#include "engine/config.h"
#include "engine/refusals.h"
#include "lib/names.h"
#include "lib/text.h"
#include "shell/dialect.h"
#include "shell/running_config.h"
#include "shell/running_ezvpn.h"

void
running_life(struct text *out, const char *head, const struct cfg_lifetime *l)
{
	if (l->s_set)
		text_printf(out, "%ssecurity-association lifetime seconds %u\n", head, l->s);
	if (l->kb_off)
		text_printf(out, "%ssecurity-association lifetime kilobytes disable\n", head);
	else if (l->kb_set)
		text_printf(out, "%ssecurity-association lifetime kilobytes %u\n", head, l->kb);
}

static const char *
dfbit_word(uint8_t df)
{
	return df == 'c' ? "clear" : df == 'C' ? "copy" : "set";
}

/* "address A [M] key K" of a keyring and "K address A [M]" of the default one. */
static void
write_peer(struct text *out, const struct cfg_key *k)
{
	char a[ADDR_STRLEN], m[ADDR_STRLEN];

	if (k->hostname != NULL)
		text_printf(out, "hostname %s", k->hostname);
	else if (k->addr.af == ADDR_V6)
		text_printf(out, "address ipv6 %s/%u", addr_fmt(&k->addr, a), k->len6);
	else if (k->mask == UINT32_MAX || (k->mask == 0 && k->addr.v4 == 0))
		text_printf(out, "address %s", addr_fmt(&k->addr, a));
	else
		text_printf(out, "address %s %s", addr_fmt(&k->addr, a), ip4_fmt(k->mask, m));
}

/* A key that reads as one of its own type digits is written with its type before it. */
static const char *
key_head(const struct cfg_key *k)
{
	if (k->type == 6)
		return "6 ";
	return strcmp(k->key, "0") == 0 || strcmp(k->key, "6") == 0 ? "0 " : "";
}

static void
write_local(struct text *out, const char *indent, const struct addr *addr, const char *ifname)
{
	char a[ADDR_STRLEN];

	if (ifname != NULL)
		text_printf(out, "%slocal-address %s\n", indent, ifname);
	else if (addr->af != ADDR_NONE)
		text_printf(out, "%slocal-address %s\n", indent, addr_fmt(addr, a));
}

static void
write_keyring(const struct cfg_keyring *k, struct text *out)
{
	const struct cfg_key *key;

	text_printf(out, "crypto keyring %s\n", k->name);
	if (k->description != NULL)
		text_printf(out, "  description %s\n", k->description);
	write_local(out, "  ", &k->local_addr, k->local_if);
	TAILQ_FOREACH(key, &k->keys, next) {
		text_add(out, "  pre-shared-key ");
		write_peer(out, key);
		text_printf(out, " key %s%s\n", key_head(key), key->key);
	}
	text_add(out, "!\n");
}

static void
write_policy(const struct ike_policy *p, const struct dialect *d, struct text *out)
{
	static const struct name ciphers[] = {
		{ CIPHER_3DES, "3des" }, { CIPHER_AES128, "aes" }, { CIPHER_AES192, "aes 192" }, { CIPHER_AES256, "aes 256" }, { 0, NULL },
	};
	static const struct name hashes[] = {
		{ HASH_MD5, "md5" }, { HASH_SHA256, "sha256" }, { HASH_SHA384, "sha384" }, { HASH_SHA512, "sha512" }, { 0, NULL },
	};

	text_printf(out, "crypto isakmp policy %u\n", p->priority);
	if (p->cipher != CIPHER_DES)
		text_printf(out, " %s %s\n", d->policy_cipher, name_of(ciphers, (int32_t)p->cipher, "des"));
	if (p->hash != HASH_SHA1)
		text_printf(out, " hash %s\n", name_of(hashes, (int32_t)p->hash, "sha"));
	if (p->auth == IKE_AUTH_PSK)
		text_add(out, " authentication pre-share\n");
	if (p->group != 1)
		text_printf(out, " group %u\n", p->group);
	if (p->lifetime_s != 86400)
		text_printf(out, " lifetime %u\n", p->lifetime_s);
	text_add(out, "!\n");
}

static void
write_isakmp_globals(const struct config *c, struct text *out)
{
	size_t before = out->len;
	const struct cfg_key *k;

	if (c->half_open_max != 0)
		text_printf(out, "crypto call admission limit ike in-negotiation-sa %u\n", c->half_open_max);
	if (c->isakmp_disabled)
		text_add(out, "no crypto isakmp enable\n");
	TAILQ_FOREACH(k, &c->keys, next) {
		text_printf(out, "crypto isakmp key %s%s ", key_head(k), k->key);
		write_peer(out, k);
		text_add(out, k->no_xauth ? " no-xauth\n" : "\n");
	}
	if (c->identity != 0)
		text_printf(out, "crypto isakmp identity %s\n", c->identity == 1 ? "hostname" : "dn");
	if (c->invalid_spi_recovery)
		text_add(out, "crypto isakmp invalid-spi-recovery\n");
	if (c->diagnose_max == 0)
		text_add(out, "no crypto isakmp diagnose error\n");
	else if (c->diagnose_max != REFUSALS_DEFAULT)
		text_printf(out, "crypto isakmp diagnose error %u\n", c->diagnose_max);
	if (c->keepalive_s != 0) {
		text_printf(out, "crypto isakmp keepalive %u", c->keepalive_s);
		if (c->keepalive_retry_s != 2)
			text_printf(out, " %u", c->keepalive_retry_s);
		text_add(out, c->keepalive_periodic ? " periodic\n" : "\n");
	}
	if (c->nat_keepalive_s != 0)
		text_printf(out, "crypto isakmp nat keepalive %u\n", c->nat_keepalive_s);
	if (c->aggressive_disabled)
		text_add(out, "crypto isakmp aggressive-mode disable\n");
	if (c->ike_fragmentation)
		text_add(out, "crypto isakmp fragmentation\n");
	if (out->len > before)
		text_add(out, "!\n");
}

static void
write_match(const struct cfg_match *m, struct text *out)
{
	static const struct name kinds[] = {
		{ CFG_MATCH_HOST, "host" }, { CFG_MATCH_HOST_DOMAIN, "host domain" }, { CFG_MATCH_USER_FQDN, "user-fqdn" },
		{ CFG_MATCH_USER_DOMAIN, "user-fqdn domain" }, { CFG_MATCH_GROUP, "group" }, { 0, NULL },
	};
	char a[ADDR_STRLEN], mask[ADDR_STRLEN];

	if (m->kind != CFG_MATCH_ADDRESS)
		text_printf(out, "   match identity %s %s\n", name_of(kinds, (int32_t)m->kind, ""), m->name);
	else if (m->addr.af == ADDR_V6)
		text_printf(out, "   match identity address ipv6 %s/%u\n", addr_fmt(&m->addr, a), m->len6);
	else if (m->addr.v4 == 0 && m->mask == 0)
		text_add(out, "   match identity address 0.0.0.0\n");
	else
		text_printf(out, "   match identity address %s %s\n", addr_fmt(&m->addr, a), ip4_fmt(m->mask, mask));
}

static void
write_self(const struct cfg_isakmp_profile *p, struct text *out)
{
	static const struct name kinds[] = {
		{ CFG_SELF_ADDRESS, "address" }, { CFG_SELF_FQDN, "fqdn" }, { CFG_SELF_USER_FQDN, "user-fqdn" }, { 0, NULL },
	};

	if (p->self_id != CFG_SELF_DEFAULT)
		text_printf(out, "   self-identity %s%s%s\n", name_of(kinds, (int32_t)p->self_id, ""),
		    p->self_name != NULL ? " " : "", p->self_name != NULL ? p->self_name : "");
}

static void
write_isakmp_profile(const struct cfg_isakmp_profile *p, struct text *out)
{
	const struct cfg_match *m;

	text_printf(out, "crypto isakmp profile %s\n", p->name);
	if (p->description != NULL)
		text_printf(out, "   description %s\n", p->description);
	for (size_t i = 0; i < p->keyrings.n; i++)
		text_printf(out, "   keyring %s\n", p->keyrings.v[i]);
	for (size_t i = 0; i < p->trustpoints.n; i++)
		text_printf(out, "   ca trust-point %s\n", p->trustpoints.v[i]);
	write_self(p, out);
	TAILQ_FOREACH(m, &p->matches, next)
		write_match(m, out);
	for (size_t i = 0; i < p->cert_maps.n; i++)
		text_printf(out, "   match certificate %s\n", p->cert_maps.v[i]);
	if (p->keepalive_s != 0)
		text_printf(out, "   keepalive %u retry %u\n", p->keepalive_s, p->keepalive_retry_s);
	if (p->initiate_aggressive)
		text_add(out, "   initiate mode aggressive\n");
	running_ezclients(&p->clients, "   ", out);
	write_local(out, "   ", &p->local_addr, p->local_if);
	text_add(out, "!\n");
}

static void
write_ipsec_globals(const struct config *c, struct text *out)
{
	size_t before = out->len;

	running_life(out, "crypto ipsec ", &c->ipsec_life);
	if (c->ipsec_idle_s != 0)
		text_printf(out, "crypto ipsec security-association idle-time %u\n", c->ipsec_idle_s);
	if (c->replay_off)
		text_add(out, "crypto ipsec security-association replay disable\n");
	else if (c->replay_window != CFG_REPLAY_WINDOW)
		text_printf(out, "crypto ipsec security-association replay window-size %u\n", c->replay_window);
	if (out->len > before)
		text_add(out, "!\n");
}

/* The blank at the end of the first line stands there in IOS too. */
static void
write_transform_set(const struct cfg_transform_set *t, const struct dialect *d, struct text *out)
{
	text_printf(out, "crypto ipsec transform-set %s %s \n", t->name, t->words);
	if (t->transport)
		text_printf(out, " mode transport%s\n", t->require ? " require" : "");
	else if (d->mode_tunnel)
		text_add(out, " mode tunnel\n");
	if (t->esn)
		text_add(out, " esn\n");
}

static void
write_replay(const struct cfg_ipsec_profile *p, struct text *out)
{
	if (!p->replay_set)
		return;
	if (p->replay_off)
		text_add(out, " set security-association replay disable\n");
	else
		text_printf(out, " set security-association replay window-size %u\n", p->replay_window);
}

static void
write_ipsec_profile(const struct cfg_ipsec_profile *p, struct text *out)
{
	text_printf(out, "crypto ipsec profile %s\n", p->name);
	if (p->description != NULL)
		text_printf(out, " description %s\n", p->description);
	running_life(out, " set ", &p->life);
	if (p->idle_s != 0)
		text_printf(out, " set security-association idle-time %u\n", p->idle_s);
	write_replay(p, out);
	if (p->dfbit != 0)
		text_printf(out, " set security-association dfbit %s\n", dfbit_word(p->dfbit));
	if (p->transform_sets.n > 0) {
		text_add(out, " set transform-set");
		for (size_t i = 0; i < p->transform_sets.n; i++)
			text_printf(out, " %s", p->transform_sets.v[i]);
		text_add(out, " \n");
	}
	if (p->pfs_group != 0)
		text_printf(out, " set pfs group%u\n", p->pfs_group);
	if (p->isakmp_profile != NULL)
		text_printf(out, " set isakmp-profile %s\n", p->isakmp_profile);
	if (p->responder_only)
		text_add(out, " responder-only\n");
	text_add(out, "!\n");
}

static void
write_ipsec(const struct config *c, const struct dialect *d, struct text *out)
{
	const struct cfg_transform_set *t;
	const struct cfg_ipsec_profile *p;

	write_ipsec_globals(c, out);
	TAILQ_FOREACH(t, &c->transform_sets, next)
		write_transform_set(t, d, out);
	if (!TAILQ_EMPTY(&c->transform_sets))
		text_add(out, "!\n");
	if (c->frag_after)
		text_add(out, "crypto ipsec fragmentation after-encryption\n!\n");
	if (c->dfbit != 0)
		text_printf(out, "crypto ipsec df-bit %s\n!\n", dfbit_word(c->dfbit));
	TAILQ_FOREACH(p, &c->ipsec_profiles, next)
		write_ipsec_profile(p, out);
}

void
running_crypto(const struct config *c, const struct dialect *d, struct text *out)
{
	const struct cfg_keyring *k;
	const struct cfg_policy *p;
	const struct cfg_isakmp_profile *ip;

	if (c->logging_session)
		text_add(out, "crypto logging session\n!\n");
	running_ezlogging(c, out);
	TAILQ_FOREACH(k, &c->keyrings, next)
		write_keyring(k, out);
	TAILQ_FOREACH(p, &c->policies, next)
		write_policy(&p->p, d, out);
	write_isakmp_globals(c, out);
	running_ezgroups(c, out);
	TAILQ_FOREACH(ip, &c->isakmp_profiles, next)
		write_isakmp_profile(ip, out);
	write_ipsec(c, d, out);
	running_ezvpn(c, out);
	running_maps(c, out);
}
