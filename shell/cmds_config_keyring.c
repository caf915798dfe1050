/* Configuration commands of crypto keyrings and ISAKMP profiles. */

#include <string.h>

#include "lib/addr.h"
#include "lib/text.h"
#include "shell/cmds_config.h"

static void
run_keyring(struct session *s, const struct args *a)
{
	struct cfg_isakmp_profile *p;
	const char *name = arg_str(a, "name");
	struct cfg_keyring *k = config_keyring(conf(s), name, !args_off(a));

	if (!args_off(a)) {
		session_mode(s, MODE_KEYRING, name);
		return;
	}
	if (k == NULL) {
		session_error(s, "%% Keyring %s does not exist", name);
		return;
	}
	TAILQ_FOREACH(p, &conf(s)->isakmp_profiles, next)
		if (cfg_names_has(&p->keyrings, name)) {
			session_error(s, "%% Keyring %s is in use by ISAKMP profile %s", name, p->name);
			return;
		}
	config_keyring_del(conf(s), k);
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_keyring_description(struct session *s, const struct args *a)
{
	struct cfg_keyring *k = conf_keyring(s);

	if (k == NULL)
		return;
	conf_str(&k->description, a, "text");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_keyring_key(struct session *s, const struct args *a)
{
	struct cfg_keyring *k = conf_keyring(s);

	if (k != NULL && conf_key(s, &k->keys, a))
		conf_changed(s, CFG_AREA_ISAKMP);
}

static void
local_address(const struct args *a, struct addr *addr, char **ifname)
{
	*addr = (struct addr){ 0 };
	if (!args_off(a))
		arg_addr(a, "address", addr);
	conf_str(ifname, a, "if");
}

static void
run_keyring_local(struct session *s, const struct args *a)
{
	struct cfg_keyring *k = conf_keyring(s);

	if (k == NULL)
		return;
	local_address(a, &k->local_addr, &k->local_if);
	conf_changed(s, CFG_AREA_ISAKMP);
}

/* An IPsec profile that asks for the ISAKMP profile, or NULL. */
static const struct cfg_ipsec_profile *
user_of(const struct config *c, const char *name)
{
	const struct cfg_ipsec_profile *p;

	TAILQ_FOREACH(p, &c->ipsec_profiles, next)
		if (str_eq(p->isakmp_profile, name))
			return p;
	return NULL;
}

static void
run_profile(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	struct cfg_isakmp_profile *p;

	if (strlen(name) >= IKE_NAME_MAX) {
		session_error(s, "%% A profile's name has at most %d characters", IKE_NAME_MAX - 1);
		return;
	}
	p = config_isakmp_profile(conf(s), name, !args_off(a));
	if (!args_off(a)) {
		if (TAILQ_EMPTY(&p->matches) && !s->loading)
			session_printf(s, "%% A profile is deemed incomplete until it has match identity statements\n");
		session_mode(s, MODE_ISAKMP_PROFILE, name);
	} else if (p == NULL) {
		session_error(s, "%% ISAKMP profile %s does not exist", name);
	} else if (user_of(conf(s), name) != NULL) {
		session_error(s, "%% ISAKMP profile %s is in use by IPsec profile %s", name, user_of(conf(s), name)->name);
	} else {
		config_isakmp_profile_del(conf(s), p);
		conf_changed(s, CFG_AREA_ISAKMP);
	}
}

static void
run_description(struct session *s, const struct args *a)
{
	struct cfg_isakmp_profile *p = conf_isakmp_profile(s);

	if (p == NULL)
		return;
	conf_str(&p->description, a, "text");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_use_keyring(struct session *s, const struct args *a)
{
	struct cfg_isakmp_profile *p = conf_isakmp_profile(s);
	const char *name = arg_str(a, "name");

	if (p == NULL)
		return;
	if (!args_off(a) && strcmp(name, "default") != 0 && config_keyring(conf(s), name, false) == NULL) {
		session_error(s, "%% Keyring %s does not exist", name);
		return;
	}
	if (!args_off(a))
		cfg_names_add(&p->keyrings, name);
	else if (name == NULL)
		cfg_names_clear(&p->keyrings);
	else
		cfg_names_del(&p->keyrings, name);
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_self_identity(struct session *s, const struct args *a)
{
	struct cfg_isakmp_profile *p = conf_isakmp_profile(s);

	if (p == NULL)
		return;
	p->self_id = args_off(a) ? CFG_SELF_DEFAULT : arg_has(a, "address") ? CFG_SELF_ADDRESS :
	    arg_has(a, "fqdn") ? CFG_SELF_FQDN : CFG_SELF_USER_FQDN;
	conf_str(&p->self_name, a, "name");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static enum cfg_match_kind
match_kind(const struct args *a)
{
	if (arg_has(a, "host"))
		return arg_has(a, "domain") ? CFG_MATCH_HOST_DOMAIN : CFG_MATCH_HOST;
	if (arg_has(a, "user-fqdn"))
		return arg_has(a, "domain") ? CFG_MATCH_USER_DOMAIN : CFG_MATCH_USER_FQDN;
	return arg_has(a, "group") ? CFG_MATCH_GROUP : CFG_MATCH_ADDRESS;
}

static struct cfg_match *
match_find(struct cfg_isakmp_profile *p, const struct cfg_match *like)
{
	struct cfg_match *m;

	TAILQ_FOREACH(m, &p->matches, next)
		if (m->kind == like->kind && str_eq(m->name, like->name) &&
		    (m->kind != CFG_MATCH_ADDRESS || (addr_eq(&m->addr, &like->addr) && m->mask == like->mask && m->len6 == like->len6)))
			return m;
	return NULL;
}

/* Builds what was typed; false if address and mask don't go together. */
static bool
match_typed(struct cfg_match *m, const struct args *a, char *name, size_t nname)
{
	struct a6 peer;

	*m = (struct cfg_match){ .kind = match_kind(a) };
	if (arg_has(a, "name")) {
		strncpy(name, arg_str(a, "name"), nname - 1);
		m->name = name;
	}
	if (m->kind != CFG_MATCH_ADDRESS)
		return true;
	if (arg_has(a, "peer6")) {
		a6_parse_cidr(arg_str(a, "peer6"), &peer, &m->len6);
		m->addr = addr_v6(peer);
		return conf_prefix6(a, "peer6");
	}
	m->addr = addr_v4(arg_u32(a, "peer"));
	m->mask = arg_has(a, "mask") ? arg_u32(a, "mask") : m->addr.v4 == 0 ? 0 : UINT32_MAX;
	return ip4_mask_len(m->mask) >= 0 && (m->addr.v4 & ~m->mask) == 0;
}

static void
run_match(struct session *s, const struct args *a)
{
	struct cfg_isakmp_profile *p = conf_isakmp_profile(s);
	struct cfg_match m, *there;
	char name[256] = "";

	if (p == NULL)
		return;
	if (!match_typed(&m, a, name, sizeof(name))) {
		session_error(s, "%%Inconsistent address and mask");
		return;
	}
	there = match_find(p, &m);
	if (args_off(a) && there != NULL)
		config_isakmp_match_del(p, there);
	else if (args_off(a))
		session_error(s, "%% No such match identity statement");
	else if (there == NULL)
		config_isakmp_match_add(p, &m);
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_keepalive(struct session *s, const struct args *a)
{
	struct cfg_isakmp_profile *p = conf_isakmp_profile(s);

	if (p == NULL)
		return;
	p->keepalive_s = args_off(a) ? 0 : arg_u32(a, "seconds");
	p->keepalive_retry_s = args_off(a) ? 0 : arg_u32(a, "again");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_local(struct session *s, const struct args *a)
{
	struct cfg_isakmp_profile *p = conf_isakmp_profile(s);

	if (p == NULL)
		return;
	local_address(a, &p->local_addr, &p->local_if);
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_initiate(struct session *s, const struct args *a)
{
	struct cfg_isakmp_profile *p = conf_isakmp_profile(s);

	if (p == NULL)
		return;
	p->initiate_aggressive = !args_off(a) && arg_has(a, "aggressive");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "crypto keyring WORD:name ~", "Encryption\nA ring of pre-shared keys\nIts name", run_keyring },
	{ M(KEYRING), 15, CMD_NO, "description ~ LINE:text", "A remark\nThe remark", run_keyring_description },
	{ M(KEYRING), 15, CMD_NO, "pre-shared-key { address { A.B.C.D:peer [ A.B.C.D:mask ] | ipv6 X:X:X:X::X/<0-128>:peer6 } | hostname WORD:name } ~ key [ { 0 | 6 } ] WORD:key-string",
	    "A pre-shared key\nOf a peer by address\nThe address\nMask, for more than one peer\nAn IPv6 address\nThe address and how much of it counts\nOf a peer by name\nThe name\nThe key follows\nIt follows in the clear\nIt follows encrypted\nThe key",
	    run_keyring_key },
	{ M(KEYRING), 15, CMD_NO, "local-address ~ { A.B.C.D:address | X:X:X:X::X:address | IFNAME:if }",
	    "For exchanges with this address of ours only\nThe address\nThe IPv6 address\nThe interface that has it", run_keyring_local },

	{ M(CONFIG), 15, CMD_NO, "crypto isakmp profile WORD:name ~", "Encryption\nInternet Security Association and Key Management\nWhat holds for some peers\nIts name", run_profile },
	{ M(ISAKMP_PROFILE), 15, CMD_NO, "description ~ LINE:text", "A remark\nThe remark", run_description },
	{ M(ISAKMP_PROFILE), 15, CMD_NO, "keyring ~ WORD:name", "Where these peers' keys are\nName of a keyring", run_use_keyring },
	{ M(ISAKMP_PROFILE), 15, CMD_NO, "self-identity ~ { address | fqdn [ WORD:name ] | user-fqdn WORD:name }",
	    "What this router calls itself\nIts address\nIts name and domain\nAnother name\nA user's name\nThe name", run_self_identity },
	{ M(ISAKMP_PROFILE), 15, CMD_NO, "match identity { address { A.B.C.D:peer [ A.B.C.D:mask ] | ipv6 X:X:X:X::X/<0-128>:peer6 } | host [ domain ] WORD:name | user-fqdn [ domain ] WORD:name | group WORD:name } ~",
	    "Which peers it is for\nBy what they call themselves\nAn address\nThe address\nMask\nAn IPv6 address\nThe address and how much of it counts\nA host's name\nAny host of a domain\nThe name\nA user's name\nAny user of a domain\nThe name\nA group\nThe name",
	    run_match },
	{ M(ISAKMP_PROFILE), 15, CMD_NO, "keepalive ~ <10-3600>:seconds retry <2-60>:again",
	    "Ask silent peers whether they live\nSeconds between questions\nRepeat an unanswered question\nSeconds between repeated questions", run_keepalive },
	{ M(ISAKMP_PROFILE), 15, CMD_NO, "local-address ~ { A.B.C.D:address | X:X:X:X::X:address | IFNAME:if }",
	    "For exchanges with this address of ours only\nThe address\nThe IPv6 address\nThe interface that has it", run_local },
	{ M(ISAKMP_PROFILE), 15, CMD_NO, "initiate mode ~ { main | aggressive }",
	    "How to begin\nMode of phase 1\nMain mode\nAggressive mode", run_initiate },
};

const struct cmd_table cmds_config_keyring = { rows, NROWS(rows) };
