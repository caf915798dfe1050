/* Configuration commands of crypto maps and dynamic crypto maps, and the one that puts a map on an interface. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cfg_map.h"
#include "engine/cryptomap_info.h"
#include "lib/text.h"
#include "shell/cmds_config_sa.h"

#define OBJECT_MAX	(CFG_MAP_NAME + 16)

/* The sub-mode's object is "map NAME SEQ" or "template NAME SEQ". */
static void
enter(struct session *s, enum cfg_map_kind k, const char *name, unsigned seq)
{
	char object[OBJECT_MAX];

	snprintf(object, sizeof(object), "%s %s %u", k == CFG_MAP_DYNAMIC ? "template" : "map", name, seq);
	session_mode(s, MODE_CRYPTO_MAP, object);
}

static struct cfg_map_entry *
conf_entry(struct session *s)
{
	char kind[16], name[CFG_MAP_NAME];
	struct cfg_map_entry *e = NULL;
	struct cfg_map *m = NULL;
	unsigned seq;

	if (s->object_name != NULL && sscanf(s->object_name, "%15s %63s %u", kind, name, &seq) == 3)
		m = config_map(conf(s), strcmp(kind, "map") == 0 ? CFG_MAP_CRYPTO : CFG_MAP_DYNAMIC, name, false);
	if (m != NULL)
		e = config_map_entry(m, seq, false);
	if (e == NULL)
		session_error(s, "%% The crypto map entry does not exist any more");
	return e;
}

static bool
is_template(const struct session *s)
{
	return str_prefix(s->object_name, "template ");
}

/* --- who uses what --- */

static const char *
map_where(const struct cfg_map_list *l, bool (*fits)(const struct cfg_map_entry *e, const char *name), const char *name)
{
	const struct cfg_map_entry *e;
	const struct cfg_map *m;

	TAILQ_FOREACH(m, l, next)
		TAILQ_FOREACH(e, &m->entries, next)
			if (fits(e, name))
				return m->name;
	return NULL;
}

static const char *
maps_where(const struct config *c, bool (*fits)(const struct cfg_map_entry *e, const char *name), const char *name)
{
	const char *m = map_where(&c->crypto_maps.maps, fits, name);

	return m != NULL ? m : map_where(&c->crypto_maps.dynamic, fits, name);
}

static bool
has_set(const struct cfg_map_entry *e, const char *name)
{
	return cfg_names_has(&e->transform_sets, name);
}

static bool
has_profile(const struct cfg_map_entry *e, const char *name)
{
	return str_eq(e->profile, name);
}

static bool
has_template(const struct cfg_map_entry *e, const char *name)
{
	return str_eq(e->dynamic, name);
}

const char *
conf_map_using_set(const struct config *c, const char *name)
{
	return maps_where(c, has_set, name);
}

const char *
conf_map_using_profile(const struct config *c, const char *name)
{
	return maps_where(c, has_profile, name);
}

/* Refuses what would take away a map, or the last entry of one, that an interface has. */
static bool
on_interface(struct session *s, const char *name)
{
	const struct cfg_if *i;
	struct text list = { 0 };
	bool used;

	TAILQ_FOREACH(i, &conf(s)->ifs, next)
		if (str_eq(i->crypto_map, name))
			text_printf(&list, "%s%s", list.len > 0 ? ", " : "", i->name);
	used = list.len > 0;
	if (used)
		session_error(s, "%% Crypto-map %s is in use by interface(s): %s. Please remove the crypto map from the above interface(s) first",
		    name, text_str(&list));
	text_free(&list);
	return used;
}

static bool
template_in_use(struct session *s, const char *name)
{
	const char *m = map_where(&conf(s)->crypto_maps.maps, has_template, name);

	if (m != NULL)
		session_error(s, "%% Dynamic crypto map %s is in use by crypto map %s", name, m);
	return m != NULL;
}

static bool
may_go(struct session *s, enum cfg_map_kind k, const char *name)
{
	return k == CFG_MAP_DYNAMIC ? !template_in_use(s, name) : !on_interface(s, name);
}

/* --- maps and entries --- */

static bool
name_ok(struct session *s, const char *name)
{
	if (strlen(name) < CFG_MAP_NAME)
		return true;
	session_error(s, "%% A crypto map's name has at most %d characters", CFG_MAP_NAME - 1);
	return false;
}

static void
entry_remove(struct session *s, enum cfg_map_kind k, const char *name, unsigned seq)
{
	struct cfg_map *m = config_map(conf(s), k, name, false);
	struct cfg_map_entry *e = m == NULL ? NULL : config_map_entry(m, seq, false);

	if (e == NULL) {
		session_error(s, "%% Could not find crypto map entry %s %u", name, seq);
		return;
	}
	if (TAILQ_NEXT(TAILQ_FIRST(&m->entries), next) == NULL && !may_go(s, k, name))
		return;
	config_map_entry_del(m, e);
	if (config_map_empty(m))
		config_map_del(conf(s), k, m);
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
map_remove(struct session *s, enum cfg_map_kind k, const char *name)
{
	struct cfg_map *m = config_map(conf(s), k, name, false);

	if (m == NULL)
		session_error(s, "%% Could not find crypto map %s", name);
	else if (may_go(s, k, name)) {
		config_map_del(conf(s), k, m);
		conf_changed(s, CFG_AREA_IPSEC);
	}
}

static bool
names_exist(struct session *s, const struct args *a)
{
	if (arg_has(a, "dyn") && config_map(conf(s), CFG_MAP_DYNAMIC, arg_str(a, "dyn"), false) == NULL) {
		session_error(s, "ERROR: dynamic crypto map with tag \"%s\" does not exist.", arg_str(a, "dyn"));
		return false;
	}
	if (arg_has(a, "ipsec") && config_ipsec_profile(conf(s), arg_str(a, "ipsec"), false) == NULL) {
		session_error(s, "%% IPsec profile %s does not exist", arg_str(a, "ipsec"));
		return false;
	}
	return true;
}

static void
note_disabled(struct session *s)
{
	if (!s->loading)
		session_printf(s, "%% NOTE: This new crypto map will remain disabled until a peer\n"
				  "        and a valid access list have been configured.\n");
}

/* An entry stays of the kind that it was made. */
static bool
kind_ok(struct session *s, const struct cfg_map_entry *e, const struct args *a)
{
	bool dynamic = arg_has(a, "dynamic");

	if (e == NULL && !arg_has(a, "ipsec-isakmp")) {
		session_error(s, "%% Incomplete command.");
		return false;
	}
	if (e == NULL || !arg_has(a, "ipsec-isakmp") || dynamic == (e->dynamic != NULL))
		return true;
	session_error(s, "%% Attempt to change the type of an existing crypto map entry is not allowed");
	return false;
}

static void
run_map(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	unsigned seq = arg_u32(a, "seq");
	struct cfg_map *m = config_map(conf(s), CFG_MAP_CRYPTO, name, false);
	struct cfg_map_entry *e = m == NULL ? NULL : config_map_entry(m, seq, false);
	bool fresh = e == NULL;

	if (args_off(a)) {
		entry_remove(s, CFG_MAP_CRYPTO, name, seq);
		return;
	}
	if (!name_ok(s, name) || !kind_ok(s, e, a) || !names_exist(s, a))
		return;
	e = config_map_entry(config_map(conf(s), CFG_MAP_CRYPTO, name, true), seq, true);
	if (arg_has(a, "dynamic")) {
		config_set_str(&e->dynamic, arg_str(a, "dyn"));
		e->discover = arg_has(a, "discover");
	} else {
		if (arg_has(a, "ipsec"))
			config_set_str(&e->profile, arg_str(a, "ipsec"));
		if (fresh)
			note_disabled(s);
		enter(s, CFG_MAP_CRYPTO, name, seq);
	}
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_map_remove(struct session *s, const struct args *a)
{
	map_remove(s, CFG_MAP_CRYPTO, arg_str(a, "name"));
}

static void
run_template(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	unsigned seq = arg_u32(a, "seq");

	if (args_off(a)) {
		entry_remove(s, CFG_MAP_DYNAMIC, name, seq);
		return;
	}
	if (!name_ok(s, name))
		return;
	config_map_entry(config_map(conf(s), CFG_MAP_DYNAMIC, name, true), seq, true);
	enter(s, CFG_MAP_DYNAMIC, name, seq);
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_template_remove(struct session *s, const struct args *a)
{
	map_remove(s, CFG_MAP_DYNAMIC, arg_str(a, "name"));
}

/* What holds for a whole map. A map that has nothing else is made by it, and goes with it. */
static void
map_setting(struct session *s, const struct args *a, const char *param)
{
	const char *name = arg_str(a, "name");
	struct cfg_map *m;

	if (!name_ok(s, name) || (args_off(a) && config_map(conf(s), CFG_MAP_CRYPTO, name, false) == NULL))
		return;
	m = config_map(conf(s), CFG_MAP_CRYPTO, name, true);
	conf_str(strcmp(param, "if") == 0 ? &m->local_if : &m->isakmp_profile, a, param);
	if (config_map_empty(m))
		config_map_del(conf(s), CFG_MAP_CRYPTO, m);
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_local_address(struct session *s, const struct args *a)
{
	map_setting(s, a, "if");
}

static void
run_map_isakmp_profile(struct session *s, const struct args *a)
{
	if (!args_off(a) && config_isakmp_profile(conf(s), arg_str(a, "isakmp"), false) == NULL) {
		session_error(s, "%% ISAKMP profile %s does not exist", arg_str(a, "isakmp"));
		return;
	}
	map_setting(s, a, "isakmp");
}

/* --- settings of an entry --- */

static void
run_description(struct session *s, const struct args *a)
{
	struct cfg_map_entry *e = conf_entry(s);

	if (e == NULL)
		return;
	conf_str(&e->description, a, "text");
	conf_changed(s, CFG_AREA_OTHER);
}

/* Lines that quick mode can't speak of: said once, where they come into use. */
static void
note_lines(struct session *s, const char *acl)
{
	unsigned n = cryptomap_odd_lines(conf(s), acl);

	if (n > 0 && !s->loading)
		session_printf(s, "%% NOTE: %u permit line(s) of access list %s have wildcards, ports or options that are no\n"
				  "        proxy identity of IKE: what they match is dropped.\n", n, acl);
}

static void
run_match(struct session *s, const struct args *a)
{
	struct cfg_map_entry *e = conf_entry(s);

	if (e == NULL)
		return;
	conf_str(&e->acl, a, "acl");
	if (e->acl != NULL)
		note_lines(s, e->acl);
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_peer(struct session *s, const struct args *a)
{
	struct addr peer = addr_v4(arg_u32(a, "address"));
	struct cfg_map_entry *e = conf_entry(s);
	char text[ADDR_STRLEN];

	if (e == NULL)
		return;
	if (!arg_has(a, "address")) {
		while (e->npeers > 0)
			config_map_peer_del(e, &e->peers[0]);
	} else if (args_off(a)) {
		if (!config_map_peer_del(e, &peer))
			session_error(s, "%% Peer %s does not exist in this crypto map entry", addr_fmt(&peer, text));
	} else if (peer.v4 == 0 || peer.v4 >> 28 >= 0xe) {
		session_error(s, "%% Invalid peer address %s", addr_fmt(&peer, text));
	} else if (!config_map_peer(e, &peer, arg_has(a, "default"))) {
		session_error(s, "%% A crypto map entry has at most %d peers", CFG_MAP_PEERS);
	}
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_transform_sets(struct session *s, const struct args *a)
{
	static const char *const params[CFG_MAP_SETS] = { "t1", "t2", "t3", "t4", "t5", "t6" };
	struct cfg_map_entry *e = conf_entry(s);

	if (e == NULL)
		return;
	for (size_t i = 0; i < NROWS(params); i++)
		if (!args_off(a) && arg_has(a, params[i]) && config_transform_set(conf(s), arg_str(a, params[i]), false) == NULL) {
			session_error(s, "ERROR: transform set with tag \"%s\" does not exist.", arg_str(a, params[i]));
			return;
		}
	cfg_names_clear(&e->transform_sets);
	for (size_t i = 0; i < NROWS(params); i++)
		if (!args_off(a) && arg_has(a, params[i]))
			cfg_names_add(&e->transform_sets, arg_str(a, params[i]));
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_pfs(struct session *s, const struct args *a)
{
	struct cfg_map_entry *e = conf_entry(s);

	if (e == NULL)
		return;
	e->pfs_group = conf_pfs(a);
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_isakmp_profile(struct session *s, const struct args *a)
{
	struct cfg_map_entry *e = conf_entry(s);

	if (e == NULL)
		return;
	if (!args_off(a) && config_isakmp_profile(conf(s), arg_str(a, "name"), false) == NULL) {
		session_error(s, "%% ISAKMP profile %s does not exist", arg_str(a, "name"));
		return;
	}
	conf_str(&e->isakmp_profile, a, "name");
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_life(struct session *s, const struct args *a)
{
	struct cfg_map_entry *e = conf_entry(s);

	if (e == NULL)
		return;
	conf_life(&e->life, a);
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_idle(struct session *s, const struct args *a)
{
	struct cfg_map_entry *e = conf_entry(s);

	if (e == NULL)
		return;
	e->idle_s = args_off(a) ? 0 : arg_u32(a, "seconds");
	e->idle_default = !args_off(a) && arg_has(a, "default");
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_replay(struct session *s, const struct args *a)
{
	struct cfg_map_entry *e = conf_entry(s);

	if (e == NULL)
		return;
	e->replay_set = !args_off(a);
	e->replay_off = e->replay_set && arg_has(a, "disable");
	e->replay_window = e->replay_set && !e->replay_off ? conf_window(a) : 0;
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_dfbit(struct session *s, const struct args *a)
{
	struct cfg_map_entry *e = conf_entry(s);

	if (e == NULL)
		return;
	e->dfbit = conf_dfbit(a);
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_qos(struct session *s, const struct args *a)
{
	struct cfg_map_entry *e = conf_entry(s);

	if (e == NULL)
		return;
	e->qos_preclassify = !args_off(a);
	conf_changed(s, CFG_AREA_OTHER);
}

/* Routes that are always there need a peer that is known. */
static void
run_reverse(struct session *s, const struct args *a)
{
	struct cfg_map_entry *e = conf_entry(s);

	if (e == NULL)
		return;
	if (!args_off(a) && arg_has(a, "static") && is_template(s)) {
		session_error(s, "%% Static reverse routes are for static crypto maps only");
		return;
	}
	e->reverse.on = !args_off(a);
	e->reverse.always = e->reverse.on && arg_has(a, "static");
	e->reverse.via = e->reverse.on ? arg_u32(a, "address") : 0;
	e->reverse.gateway = e->reverse.on && arg_has(a, "gateway");
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_reverse_setting(struct session *s, const struct args *a)
{
	struct cfg_map_entry *e = conf_entry(s);

	if (e == NULL)
		return;
	if (arg_has(a, "tag"))
		e->reverse.tag = args_off(a) ? 0 : arg_u32(a, "ntag");
	else
		e->reverse.distance = (uint8_t)(args_off(a) ? 0 : arg_u32(a, "ndistance"));
	conf_changed(s, CFG_AREA_IPSEC);
}

/* --- interfaces --- */

static void
run_if_map(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	struct cfg_if *i = conf_if(s);

	if (i == NULL)
		return;
	if (args_off(a)) {
		config_set_str(&i->crypto_map, NULL);
	} else if (i->kind == CFG_IF_TUNNEL) {
		session_error(s, "NOTE: crypto map is configured on tunnel interface.\n      Currently only GDOI crypto map is supported on tunnel interface.");
		return;
	} else if (i->ezvpn_outside != NULL) {
		session_error(s, "%% Interface %s is the outside of EzVPN connection %s", i->name, i->ezvpn_outside);
		return;
	} else if (config_map(conf(s), CFG_MAP_CRYPTO, name, false) == NULL) {
		session_error(s, "ERROR: Crypto Map with tag \"%s\" does not exist.", name);
		return;
	} else {
		config_set_str(&i->crypto_map, name);
	}
	conf_changed(s, CFG_AREA_IF);
}

#define CM		"crypto map WORD:name "
#define CM_HELP		"Encryption\nWhat is protected, and with whom\nName of the map\n"
#define SSA		"set security-association "
#define SSA_HELP	"Settings of the entry\nSecurity associations\n"
#define S		"Settings of the entry\n"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, CM "<1-65535>:seq ~ [ ipsec-isakmp [ { dynamic WORD:dyn [ discover ] | profile WORD:ipsec } ] ]",
	    CM_HELP "Its place among the map's entries\nWith keys from IKE\nFor peers that aren't known before\nName of a dynamic map\nFind the peer by a probe\n"
	    "With the settings of a profile\nName of an IPsec profile", run_map },
	{ M(CONFIG), 15, CMD_NO, CM "local-address ~ IFNAME:if", CM_HELP "The address that peers know us by\nThe interface that has it", run_local_address },
	{ M(CONFIG), 15, CMD_NO, CM "isakmp-profile ~ WORD:isakmp", CM_HELP "What holds for the peers\nName of an ISAKMP profile", run_map_isakmp_profile },
	{ M(CONFIG), 15, CMD_NO_ONLY, "crypto map WORD:name ~", "Encryption\nWhat is protected, and with whom\nName of the map", run_map_remove },
	{ M(CONFIG), 15, CMD_NO, "crypto dynamic-map WORD:name <1-65535>:seq ~",
	    "Encryption\nTemplates for peers that aren't known before\nName of the map\nIts place among the map's entries", run_template },
	{ M(CONFIG), 15, CMD_NO_ONLY, "crypto dynamic-map WORD:name ~", "Encryption\nTemplates for peers that aren't known before\nName of the map", run_template_remove },

	{ M(CRYPTO_MAP), 15, CMD_NO, "description ~ LINE:text", "A remark\nThe remark", run_description },
	{ M(CRYPTO_MAP), 15, CMD_NO, "match address ~ WORD:acl", "What is protected\nBy an access list\nIts number or name", run_match },
	{ M(CRYPTO_MAP), 15, CMD_NO, "set peer ~ A.B.C.D:address [ default ]", S "Who protects it with us\nAddress of a peer\nThe one to go back to", run_peer },
	{ M(CRYPTO_MAP), 15, CMD_NO, "set transform-set ~ WORD:t1 [ WORD:t2 ] [ WORD:t3 ] [ WORD:t4 ] [ WORD:t5 ] [ WORD:t6 ]",
	    S "Transform sets, the preferred first\nFirst\nSecond\nThird\nFourth\nFifth\nSixth", run_transform_sets },
	{ M(CRYPTO_MAP), 15, CMD_NO, "set " PFS, S PFS_HELP, run_pfs },
	{ M(CRYPTO_MAP), 15, CMD_NO, "set isakmp-profile ~ WORD:name", S "What holds for the peer\nName of an ISAKMP profile", run_isakmp_profile },
	{ M(CRYPTO_MAP), 15, CMD_NO, SSA LIFE("25920") "<1-30>:ndays }", SSA_HELP LIFE_HELP, run_life },
	{ M(CRYPTO_MAP), 15, CMD_NO, SSA "idle-time ~ <60-86400>:seconds [ default ]",
	    SSA_HELP "Take an SA down that nobody uses\nSeconds\nAnd go back to the default peer", run_idle },
	{ M(CRYPTO_MAP), 15, CMD_NO, SSA REPLAY, SSA_HELP REPLAY_HELP, run_replay },
	{ M(CRYPTO_MAP), 15, CMD_NO, SSA "dfbit" DF, SSA_HELP DF_HELP, run_dfbit },
	{ M(CRYPTO_MAP), 15, CMD_NO, "set reverse-route { tag ~ <1-4294967295>:ntag | distance ~ <1-255>:ndistance }",
	    S "Routes to what peers protect\nTheir tag\nThe tag\nTheir distance\nThe distance", run_reverse_setting },
	{ M(CRYPTO_MAP), 15, CMD_NO, "reverse-route ~ [ static ] [ remote-peer A.B.C.D:address [ gateway ] ]",
	    "Routes to what the peer protects\nThere without SAs, too\nBy another next hop\nThe next hop\nBy way of the peer, whom the next hop leads to", run_reverse },
	{ M(CRYPTO_MAP), 15, CMD_NO, "qos pre-classify", "Quality of service\nSort packets before they are encrypted", run_qos },

	{ M(IF), 15, CMD_NO, "crypto map ~ WORD:name", "Encryption\nProtect what a crypto map tells of\nName of the map", run_if_map },
};

const struct cmd_table cmds_config_map = { rows, NROWS(rows) };
