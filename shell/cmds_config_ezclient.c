/* Configuration commands of an EzVPN client: its connections, and the interfaces that take part. */

#include <string.h>

#include "lib/addr.h"
#include "lib/text.h"
#include "shell/cmds_config.h"

#define INSIDE_MAX	8u		/* connections that one interface is inside of */

static struct cfg_ezvpn *
conf_ezvpn(struct session *s)
{
	struct cfg_ezvpn *v = s->object_name == NULL ? NULL : config_ezvpn(conf(s), s->object_name, false);

	if (v == NULL)
		session_error(s, "%% %s does not exist any more", s->object_name == NULL ? "It" : s->object_name);
	return v;
}

static bool
short_enough(struct session *s, const char *text, size_t most)
{
	if (text == NULL || strlen(text) <= most)
		return true;
	session_error(s, "%% It has at most %zu characters", most);
	return false;
}

static void
run_ezvpn(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	struct cfg_ezvpn *v;

	if (!short_enough(s, name, EZ_NAME_MAX - 1))
		return;
	v = config_ezvpn(conf(s), name, !args_off(a));
	if (!args_off(a))
		session_mode(s, MODE_EZVPN, name);
	else if (v == NULL)
		session_error(s, "%% EzVPN connection %s does not exist", name);
	else
		config_ezvpn_del(conf(s), v);
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_connect(struct session *s, const struct args *a)
{
	struct cfg_ezvpn *v = conf_ezvpn(s);

	if (v == NULL)
		return;
	v->connect = args_off(a) || arg_has(a, "auto") ? EZ_AUTO : arg_has(a, "manual") ? EZ_MANUAL : EZ_BY_ACL;
	conf_str(&v->connect_acl, a, "list");
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_group(struct session *s, const struct args *a)
{
	struct cfg_ezvpn *v = conf_ezvpn(s);

	if (v == NULL || (!args_off(a) &&
	    (!short_enough(s, arg_str(a, "name"), EZ_NAME_MAX - 1) || !short_enough(s, arg_str(a, "key-string"), IKE_PSK_MAX))))
		return;
	conf_str(&v->group, a, "name");
	config_set_secret(&v->key, args_off(a) ? NULL : arg_str(a, "key-string"));
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_mode(struct session *s, const struct args *a)
{
	struct cfg_ezvpn *v = conf_ezvpn(s);

	if (v == NULL)
		return;
	v->mode = args_off(a) || arg_has(a, "client") ? EZ_CLIENT :
	    arg_has(a, "network-plus") ? EZ_NETWORK_PLUS : EZ_NETWORK_EXTENSION;
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_peer(struct session *s, const struct args *a)
{
	struct cfg_ezvpn *v = conf_ezvpn(s);
	char peer[ADDR_STRLEN];

	if (v == NULL)
		return;
	ip4_fmt(arg_u32(a, "address"), peer);
	if (args_off(a) && arg_has(a, "address"))
		cfg_list_del(&v->peers, peer);
	else if (args_off(a))
		cfg_list_del(&v->peers, NULL);
	else if (!cfg_list_add(&v->peers, peer)) {
		session_error(s, "%% No more than %d peers", EZ_LIST_MAX);
		return;
	}
	if (!args_off(a) && arg_has(a, "default"))
		config_set_str(&v->dflt, peer);
	else if (v->dflt != NULL && (v->peers.n == 0 || strcmp(v->dflt, peer) == 0))
		config_set_str(&v->dflt, NULL);
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_username(struct session *s, const struct args *a)
{
	struct cfg_ezvpn *v = conf_ezvpn(s);

	if (v == NULL || (!args_off(a) && (!short_enough(s, arg_str(a, "name"), IKE_XAUTH_USER_MAX - 1) ||
	    !short_enough(s, arg_str(a, "key-string"), IKE_XAUTH_PASS_MAX - 1))))
		return;
	if (arg_has(a, "6")) {
		session_error(s, "%% An encrypted password can't be read without the router that wrote it");
		return;
	}
	conf_str(&v->user, a, "name");
	config_set_secret(&v->password, args_off(a) ? NULL : arg_str(a, "key-string"));
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_userid(struct session *s, const struct args *a)
{
	struct cfg_ezvpn *v = conf_ezvpn(s);

	if (v == NULL)
		return;
	if (arg_has(a, "http-intercept")) {
		session_error(s, "%% http-intercept is not supported: the user answers at the console (interactive) or here (local)");
		return;
	}
	v->userid_set = !args_off(a);
	v->local_userid = !args_off(a) && arg_has(a, "local");
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_idle(struct session *s, const struct args *a)
{
	struct cfg_ezvpn *v = conf_ezvpn(s);

	if (v == NULL)
		return;
	v->idle_s = args_off(a) ? 0 : arg_u32(a, "seconds");
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_acl(struct session *s, const struct args *a)
{
	struct cfg_ezvpn *v = conf_ezvpn(s);

	if (v == NULL)
		return;
	conf_str(&v->acl, a, "list");
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_kept(struct session *s, const struct args *a)
{
	struct cfg_ezvpn *v = conf_ezvpn(s);

	if (v == NULL)
		return;
	if (arg_has(a, "nat"))
		v->nat_allow = !args_off(a);
	else
		v->flow_restrict = !args_off(a);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_virtual(struct session *s, const struct args *a)
{
	(void)a;
	session_error(s, "%% A virtual interface is not supported: the tunnel is at the outside interface");
}

/* --- Interfaces --- */

static const struct cfg_if *
outside_of(const struct config *c, const char *name)
{
	const struct cfg_if *i;

	TAILQ_FOREACH(i, &c->ifs, next)
		if (str_eq(i->ezvpn_outside, name))
			return i;
	return NULL;
}

static void
if_off(struct cfg_if *i, const char *name, bool inside, bool outside)
{
	if (inside)
		cfg_names_del(&i->ezvpn_inside, name);
	if (outside && str_eq(i->ezvpn_outside, name))
		config_set_str(&i->ezvpn_outside, NULL);
}

static bool
if_allowed(struct session *s, const struct cfg_if *i, const char *name, bool inside)
{
	const struct cfg_if *other = outside_of(conf(s), name);

	if (config_ezvpn(conf(s), name, false) == NULL)
		session_error(s, "%% EzVPN connection %s does not exist", name);
	else if (!inside && i->ezvpn_outside != NULL && strcmp(i->ezvpn_outside, name) != 0)
		session_error(s, "%% Interface %s is the outside of EzVPN connection %s", i->name, i->ezvpn_outside);
	else if (!inside && i->crypto_map != NULL)
		session_error(s, "%% Interface %s has crypto map %s", i->name, i->crypto_map);
	else if (!inside && other != NULL && other != i)
		session_error(s, "%% EzVPN connection %s has its outside at interface %s", name, other->name);
	else if (inside && i->ezvpn_inside.n >= INSIDE_MAX && !cfg_names_has(&i->ezvpn_inside, name))
		session_error(s, "%% An interface is inside of at most %u EzVPN connections", INSIDE_MAX);
	else
		return true;
	return false;
}

static void
run_if(struct session *s, const struct args *a)
{
	struct cfg_if *i = conf_if(s);
	const char *name = arg_str(a, "name");
	bool inside = arg_has(a, "inside");

	if (i == NULL)
		return;
	if (args_off(a))
		if_off(i, name, !arg_has(a, "outside"), !inside);
	else if (!if_allowed(s, i, name, inside))
		return;
	else if (inside)
		cfg_names_add(&i->ezvpn_inside, name);
	else
		config_set_str(&i->ezvpn_outside, name);
	conf_changed(s, CFG_AREA_IPSEC);
}

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "crypto ipsec client ezvpn WORD:name ~", "Encryption\nIPsec\nThis router as a client\nOf an EzVPN server\nName of the connection", run_ezvpn },
	{ M(IF), 15, CMD_NO, "crypto ipsec client ezvpn WORD:name ~ [ { outside | inside } ]",
	    "Encryption\nIPsec\nThis router as a client\nOf an EzVPN server\nName of the connection\nThe server is out there\nHere is who uses it", run_if },

	{ M(EZVPN), 15, CMD_NO, "connect ~ { auto | manual | acl WORD:list }",
	    "When to connect\nAlways\nWhen told to\nWhen there is traffic\nAn access list that says which", run_connect },
	{ M(EZVPN), 15, CMD_NO, "group ~ WORD:name key WORD:key-string", "The group that this client is of\nIts name\nIts pre-shared key\nThe key", run_group },
	{ M(EZVPN), 15, CMD_NO, "mode ~ { client | network-extension | network-plus }",
	    "How the inside is seen\nBehind one address that the server gives\nAs it is\nAs it is, and an address for this router", run_mode },
	{ M(EZVPN), 15, CMD_NO, "peer ~ A.B.C.D:address [ default ]", "A server; more are backups\nIts address\nGo back to this one", run_peer },
	{ M(EZVPN), 15, CMD_NO, "username ~ WORD:name password [ { 0 | 6 } ] WORD:key-string",
	    "Who answers the server\nName of the user\nThe user's password\nIt follows in the clear\nIt follows encrypted\nThe password", run_username },
	{ M(EZVPN), 15, CMD_NO, "xauth userid mode ~ { interactive | local | http-intercept }",
	    "Extended authentication\nWhere user and password come from\nHow\nA person types them\nThey are configured\nA browser is asked", run_userid },
	{ M(EZVPN), 15, CMD_NO, "idletime ~ <60-86400>:seconds", "Disconnect when nothing passes\nFor so many seconds", run_idle },
	{ M(EZVPN), 15, CMD_NO, "acl ~ WORD:list", "More networks of the inside\nAn access list whose sources they are", run_acl },
	{ M(EZVPN), 15, CMD_NO, "nat allow", "Address translation\nOther translation beside it", run_kept },
	{ M(EZVPN), 15, CMD_NO, "flow restrict", "Traffic of the inside\nNone beside the tunnel", run_kept },
	{ M(EZVPN), 15, CMD_HIDDEN, "virtual-interface [ <1-4095>:number ]", "An interface for the tunnel\nIts template", run_virtual },
};

const struct cmd_table cmds_config_ezclient = { rows, NROWS(rows) };
