/* Which key, profile and identity the configuration gives for a peer. */

#include <string.h>

#include "engine/internal.h"
#include "testsuite/unit/engine_pair.h"

static struct cfg_key *
key_add(struct cfg_keys *keys, const char *text, uint32_t addr, uint32_t mask)
{
	struct cfg_key *k = config_key_add(keys);

	config_set_str(&k->key, text);
	k->addr = addr_v4(addr);
	k->mask = mask;
	return k;
}

static void
key_is(struct router *r, uint32_t remote, const char *profile, const struct ike_id *id, const char *ring, const char *key)
{
	struct ike_path path = isakmp_path(addr_v4(R1_ADDR), addr_v4(remote));
	struct ike_peer_config pc;

	isakmp_peer_config(r, &path, profile, id, &pc);
	if (key == NULL) {
		ck_assert(!pc.have_key);
		return;
	}
	ck_assert(pc.have_key);
	ck_assert_str_eq(pc.keyring, ring);
	ck_assert_uint_eq(pc.psk_len, strlen(key));
	ck_assert(memcmp(pc.psk, key, pc.psk_len) == 0);
}

START_TEST(the_narrowest_key_wins)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;

	key_is(r, 0x01020304, "", NULL, NULL, NULL);
	key_add(&r->cfg->keys, "any", 0, 0);
	key_add(&r->cfg->keys, "net", 0x01020000, 0xffff0000);
	key_add(&r->cfg->keys, "host", 0x01020304, 0xffffffff);
	key_is(r, 0x01020304, "", NULL, "default", "host");
	key_is(r, 0x01020305, "", NULL, "default", "net");
	key_is(r, 0x09090909, "", NULL, "default", "any");
	key_is(r, R2_ADDR, "", NULL, "KEY", "TunnelSecret");
	wire_free(w);
}
END_TEST

START_TEST(a_profile_has_its_own_keyrings)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;
	struct cfg_isakmp_profile *p = config_isakmp_profile(r->cfg, "BARE", true);
	struct ike_id id = { .type = IKE_ID_IPV4_ADDR, .addr = addr_v4(R2_ADDR) };

	key_add(&r->cfg->keys, "global", 0, 0);
	key_is(r, R2_ADDR, "ISAKMP1", NULL, "KEY", "TunnelSecret");
	key_is(r, R2_ADDR, "", &id, "KEY", "TunnelSecret");
	key_is(r, 0x05050505, "ISAKMP1", NULL, NULL, NULL);
	key_is(r, R2_ADDR, "BARE", NULL, "default", "global");
	/* `keyring default`: the keys that stand in none; unless one is named so. */
	cfg_names_add(&p->keyrings, "default");
	key_is(r, R2_ADDR, "BARE", NULL, "default", "global");
	config_keyring(r->cfg, "default", true);
	key_is(r, R2_ADDR, "BARE", NULL, NULL, NULL);
	wire_free(w);
}
END_TEST

START_TEST(identity_chooses_the_profile)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;
	struct cfg_isakmp_profile *p = config_isakmp_profile(r->cfg, "NAMES", true);
	struct cfg_match host = { .kind = CFG_MATCH_HOST_DOMAIN };
	struct ike_id id = { .type = IKE_ID_FQDN };
	struct ike_path path = isakmp_path(addr_v4(R1_ADDR), addr_v4(R2_ADDR));
	struct ike_peer_config pc;
	char domain[] = "example.org";

	host.name = domain;
	config_isakmp_match_add(p, &host);
	strcpy(id.name, "hub.example.org");
	isakmp_peer_config(r, &path, "", &id, &pc);
	ck_assert_str_eq(pc.profile, "NAMES");
	strcpy(id.name, "hub.example.com");
	isakmp_peer_config(r, &path, "", &id, &pc);
	ck_assert_str_eq(pc.profile, "");
	isakmp_peer_config(r, &path, "", NULL, &pc);
	ck_assert_str_eq(pc.profile, "");
	wire_free(w);
}
END_TEST

START_TEST(self_identity_and_keepalive)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;
	struct cfg_isakmp_profile *p = config_isakmp_profile(r->cfg, "ISAKMP1", false);
	struct ike_path path = isakmp_path(addr_v4(R1_ADDR), addr_v4(R2_ADDR));
	struct ike_peer_config pc;

	isakmp_peer_config(r, &path, "ISAKMP1", NULL, &pc);
	ck_assert_int_eq(pc.self_id.type, IKE_ID_IPV4_ADDR);
	ck_assert_uint_eq(pc.self_id.addr.v4, R1_ADDR);
	ck_assert_uint_eq(pc.dpd_s, 0);
	r->cfg->identity = 1;
	config_set_str(&r->cfg->domain_name, "example.org");
	r->cfg->keepalive_s = 20;
	r->cfg->keepalive_periodic = true;
	isakmp_peer_config(r, &path, "ISAKMP1", NULL, &pc);
	ck_assert_int_eq(pc.self_id.type, IKE_ID_FQDN);
	ck_assert_str_eq(pc.self_id.name, "Router1.example.org");
	ck_assert_uint_eq(pc.dpd_s, 20);
	ck_assert_uint_eq(pc.dpd_retry_s, 2);
	ck_assert(pc.dpd_periodic);
	p->self_id = CFG_SELF_ADDRESS;
	p->keepalive_s = 30;
	p->keepalive_retry_s = 5;
	isakmp_peer_config(r, &path, "ISAKMP1", NULL, &pc);
	ck_assert_int_eq(pc.self_id.type, IKE_ID_IPV4_ADDR);
	ck_assert_uint_eq(pc.dpd_s, 30);
	ck_assert_uint_eq(pc.dpd_retry_s, 5);
	wire_free(w);
}
END_TEST

START_TEST(policies)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;
	const struct ike_policy *p;

	ck_assert_uint_eq(isakmp_policies(r, &p), 1);
	ck_assert_uint_eq(p[0].priority, 10);
	config_policy_del(r->cfg, config_policy(r->cfg, 10, false));
	router_apply(r, CFG_AREA_ISAKMP);
	ck_assert_uint_eq(isakmp_policies(r, &p), 8);
	ck_assert_uint_eq(p[0].priority, 65507);
	r->cfg->no_default_policies = true;
	router_apply(r, CFG_AREA_ISAKMP);
	ck_assert_uint_eq(isakmp_policies(r, &p), 0);
	wire_free(w);
}
END_TEST

void
engine_isakmp_tests(TCase *tc)
{
	tcase_add_test(tc, the_narrowest_key_wins);
	tcase_add_test(tc, a_profile_has_its_own_keyrings);
	tcase_add_test(tc, identity_chooses_the_profile);
	tcase_add_test(tc, self_identity_and_keepalive);
	tcase_add_test(tc, policies);
}
