/*
 * Configuration commands of an EzVPN server: groups of clients, pools of addresses, and what crypto maps and ISAKMP
 * profiles say of clients.
 */

#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/mem.h"
#include "shell/cmds_config.h"

#define BANNER_MAX	(IKE_CFG_BANNER_MAX - 1)

static struct cfg_ezgroup *
conf_group(struct session *s)
{
	struct cfg_ezgroup *g = s->object_name == NULL ? NULL : config_ezgroup(conf(s), s->object_name, false);

	if (g == NULL)
		session_error(s, "%% %s does not exist any more", s->object_name == NULL ? "It" : s->object_name);
	return g;
}

static void
run_group(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	struct cfg_ezgroup *g;

	if (strlen(name) >= EZ_NAME_MAX) {
		session_error(s, "%% A group's name has at most %d characters", EZ_NAME_MAX - 1);
		return;
	}
	g = config_ezgroup(conf(s), name, !args_off(a));
	if (!args_off(a)) {
		session_mode(s, MODE_EZGROUP, name);
	} else if (g == NULL) {
		session_error(s, "%% Group %s does not exist", name);
	} else {
		config_ezgroup_del(conf(s), g);
		conf_changed(s, CFG_AREA_ISAKMP);
	}
}

static void
run_key(struct session *s, const struct args *a)
{
	struct cfg_ezgroup *g = conf_group(s);
	const char *key = args_off(a) ? NULL : arg_str(a, "key-string");

	if (g == NULL)
		return;
	if (key != NULL && strlen(key) > IKE_PSK_MAX)
		session_error(s, "%% A pre-shared key has at most %d characters", IKE_PSK_MAX);
	else if (arg_has(a, "6"))
		session_error(s, "%% An encrypted key can't be read without the router that wrote it");
	else
		config_set_secret(&g->key, key);
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_pool(struct session *s, const struct args *a)
{
	struct cfg_ezgroup *g = conf_group(s);

	if (g == NULL)
		return;
	conf_str(&g->pool, a, "pool");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_servers(struct session *s, const struct args *a)
{
	struct cfg_ezgroup *g = conf_group(s);
	uint32_t *v;

	if (g == NULL)
		return;
	v = arg_has(a, "dns") ? g->dns : g->wins;
	v[0] = args_off(a) ? 0 : arg_u32(a, "first");
	v[1] = args_off(a) ? 0 : arg_u32(a, "second");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_text(struct session *s, const struct args *a)
{
	struct cfg_ezgroup *g = conf_group(s);

	if (g == NULL)
		return;
	if (!args_off(a) && strlen(arg_str(a, "text")) >= IKE_CFG_NAME_MAX) {
		session_error(s, "%% It has at most %d characters", IKE_CFG_NAME_MAX - 1);
		return;
	}
	conf_str(arg_has(a, "domain") ? &g->domain : &g->acl, a, "text");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_list(struct session *s, const struct args *a)
{
	struct cfg_ezgroup *g = conf_group(s);
	const char *word = arg_has(a, "if") ? arg_str(a, "if") : arg_str(a, "word");
	struct cfg_list *l;

	if (g == NULL)
		return;
	l = arg_has(a, "split-dns") ? &g->split_dns : arg_has(a, "backup-gateway") ? &g->backup : &g->restrict_if;
	if (args_off(a))
		cfg_list_del(l, word);
	else if (strlen(word) >= IKE_CFG_NAME_MAX)
		session_error(s, "%% It has at most %d characters", IKE_CFG_NAME_MAX - 1);
	else if (!cfg_list_add(l, word))
		session_error(s, "%% No more than %d of them", EZ_LIST_MAX);
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_flag(struct session *s, const struct args *a)
{
	struct cfg_ezgroup *g = conf_group(s);
	bool on = !args_off(a);

	if (g == NULL)
		return;
	if (arg_has(a, "save-password"))
		g->save_password = on;
	else if (arg_has(a, "include-local-lan"))
		g->local_lan = on;
	else if (arg_has(a, "pfs"))
		g->pfs = on;
	else
		g->group_lock = on;
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_limit(struct session *s, const struct args *a)
{
	struct cfg_ezgroup *g = conf_group(s);
	unsigned n = args_off(a) ? 0 : arg_u32(a, "most");

	if (g == NULL)
		return;
	if (arg_has(a, "max-users"))
		g->max_users = n;
	else
		g->max_logins = n;
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_netmask(struct session *s, const struct args *a)
{
	struct cfg_ezgroup *g = conf_group(s);

	if (g == NULL)
		return;
	if (!args_off(a) && ip4_mask_len(arg_u32(a, "mask")) < 0) {
		session_error(s, "%% Invalid mask");
		return;
	}
	g->netmask = args_off(a) ? 0 : arg_u32(a, "mask");
	conf_changed(s, CFG_AREA_ISAKMP);
}

/* What stands between two of the delimiter, which is the first character, or "^C" as it prints back. */
static char *
between(const char *line)
{
	size_t n = strncmp(line, "^C", 2) == 0 ? 2 : 1;
	char delimiter[3] = { line[0], n == 2 ? line[1] : '\0', '\0' };
	const char *end = strstr(line + n, delimiter);

	while (line[n] == ' ')
		n++;
	return end == NULL || end <= line + n ? NULL : xstrndup(line + n, (size_t)(end - line) - n);
}

static void
run_banner(struct session *s, const struct args *a)
{
	struct cfg_ezgroup *g = conf_group(s);
	char *text;

	if (g == NULL)
		return;
	text = args_off(a) ? NULL : between(arg_str(a, "line"));
	if (!args_off(a) && (text == NULL || strlen(text) > BANNER_MAX))
		session_error(s, "%% A banner stands on one line between two of its first character, with at most %d characters", BANNER_MAX);
	else
		config_set_str(&g->banner, text);
	free(text);
	conf_changed(s, CFG_AREA_ISAKMP);
}

/* --- What holds for all --- */

static void
run_address_pool(struct session *s, const struct args *a)
{
	conf_str(&conf(s)->ez.address_pool, a, "pool");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_xauth_timeout(struct session *s, const struct args *a)
{
	conf(s)->ez.xauth_timeout_s = args_off(a) ? 0 : arg_u32(a, "seconds");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_logging(struct session *s, const struct args *a)
{
	struct cfg_ez *e = &conf(s)->ez;

	e->logging = !args_off(a);
	conf_str(&e->logging_group, a, "name");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
pool_off(struct session *s, const struct args *a)
{
	struct cfg_pool *p = config_pool(conf(s), arg_str(a, "name"), false);
	uint32_t lo = arg_u32(a, "low"), hi = arg_has(a, "high") ? arg_u32(a, "high") : lo;
	size_t kept = 0;

	for (size_t i = 0; p != NULL && arg_has(a, "low") && i < p->n; i++)
		if (p->v[i].lo != lo || p->v[i].hi != hi)
			p->v[kept++] = p->v[i];
	if (p == NULL || (arg_has(a, "low") && kept == p->n))
		session_error(s, "%% No such pool");
	else if (kept == 0)
		config_pool_del(conf(s), p);
	else
		p->n = kept;
}

static void
run_local_pool(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	uint32_t lo = arg_u32(a, "low"), hi = arg_has(a, "high") ? arg_u32(a, "high") : lo;

	if (args_off(a))
		pool_off(s, a);
	else if (strlen(name) >= EZ_NAME_MAX)
		session_error(s, "%% A pool's name has at most %d characters", EZ_NAME_MAX - 1);
	else
		switch (config_pool_add(conf(s), name, lo, hi)) {
		case POOL_OK:
			break;
		case POOL_BACKWARDS:
			session_error(s, "%% Bad IP range: the last address is below the first");
			break;
		case POOL_TOO_BIG:
			session_error(s, "%% Bad IP range: a pool has at most %u addresses", EZ_POOL_MAX);
			break;
		case POOL_OVERLAP:
			session_error(s, "%% IP address range overlaps with pool");
			break;
		}
	conf_changed(s, CFG_AREA_ISAKMP);
}

/* --- Crypto maps and profiles --- */

static void
clients_set(struct cfg_ezclients *c, const struct args *a)
{
	bool on = !args_off(a);

	if (arg_has(a, "authentication"))
		conf_str(&c->authentication, a, "list");
	else if (arg_has(a, "authorization"))
		conf_str(&c->authorization, a, "list");
	else if (arg_has(a, "respond"))
		c->respond = on;
	else
		c->initiate = on;
}

static void
run_map(struct session *s, const struct args *a)
{
	struct cfg_ezmap *m = config_ezmap(conf(s), arg_str(a, "map"), !args_off(a));

	if (m == NULL)
		return;
	clients_set(&m->c, a);
	config_ezmap_tidy(conf(s), m);
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_profile(struct session *s, const struct args *a)
{
	struct cfg_isakmp_profile *p = conf_isakmp_profile(s);

	if (p == NULL)
		return;
	clients_set(&p->clients, a);
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_template(struct session *s, const struct args *a)
{
	(void)a;
	session_error(s, "%% Virtual templates are not supported: use a dynamic crypto map");
}

#define CIC		"crypto isakmp client configuration "
#define CIC_HELP	"Encryption\nInternet Security Association and Key Management\nClients\nWhat they are given\n"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, CIC "group WORD:name ~", CIC_HELP "A group of clients\nIts name", run_group },
	{ M(CONFIG), 15, CMD_NO, CIC "address-pool local ~ WORD:pool", CIC_HELP "Addresses where a group has no pool\nOf this router\nName of the pool", run_address_pool },
	{ M(CONFIG), 15, CMD_NO, "crypto isakmp xauth timeout ~ <5-90>:seconds",
	    "Encryption\nInternet Security Association and Key Management\nExtended authentication\nHow long a user may take\nSeconds", run_xauth_timeout },
	{ M(CONFIG), 15, CMD_NO, "crypto logging ezvpn ~ [ group WORD:name ]",
	    "Encryption\nLog messages of encryption\nEzVPN clients that come and go\nOf one group only\nIts name", run_logging },
	{ M(CONFIG), 15, CMD_NO, "ip local pool WORD:name ~ A.B.C.D:low [ A.B.C.D:high ]",
	    "Internet Protocol settings\nOf this router\nA pool of addresses\nIts name\nThe first address\nThe last address", run_local_pool },
	{ M(CONFIG), 15, CMD_NO, "crypto map WORD:map client authentication list ~ WORD:list",
	    "Encryption\nA crypto map\nIts name\nClients\nWho they are\nBy a list of methods\nIts name", run_map },
	{ M(CONFIG), 15, CMD_NO, "crypto map WORD:map isakmp authorization list ~ WORD:list",
	    "Encryption\nA crypto map\nIts name\nGroups of clients\nWhat they may\nBy a list of methods\nIts name", run_map },
	{ M(CONFIG), 15, CMD_NO, "crypto map WORD:map client configuration address { initiate | respond } ~",
	    "Encryption\nA crypto map\nIts name\nClients\nWhat they are given\nAn address\nSend it unasked\nSend it when asked", run_map },

	{ M(ISAKMP_PROFILE), 15, CMD_NO, "client authentication list ~ WORD:list", "Clients\nWho they are\nBy a list of methods\nIts name", run_profile },
	{ M(ISAKMP_PROFILE), 15, CMD_NO, "isakmp authorization list ~ WORD:list", "Groups of clients\nWhat they may\nBy a list of methods\nIts name", run_profile },
	{ M(ISAKMP_PROFILE), 15, CMD_NO, "client configuration address { initiate | respond } ~",
	    "Clients\nWhat they are given\nAn address\nSend it unasked\nSend it when asked", run_profile },
	{ M(ISAKMP_PROFILE), 15, CMD_HIDDEN, "virtual-template <1-4095>:number", "An interface for each client\nIts template", run_template },

	{ M(EZGROUP), 15, CMD_NO, "key ~ [ { 0 | 6 } ] WORD:key-string", "The group's pre-shared key\nIt follows in the clear\nIt follows encrypted\nThe key", run_key },
	{ M(EZGROUP), 15, CMD_NO, "pool ~ WORD:pool", "Addresses for clients\nName of a local pool", run_pool },
	{ M(EZGROUP), 15, CMD_NO, "dns ~ A.B.C.D:first [ A.B.C.D:second ]", "Name servers\nThe first\nThe second", run_servers },
	{ M(EZGROUP), 15, CMD_NO, "wins ~ A.B.C.D:first [ A.B.C.D:second ]", "NetBIOS name servers\nThe first\nThe second", run_servers },
	{ M(EZGROUP), 15, CMD_NO, "domain ~ WORD:text", "Domain of the clients\nIts name", run_text },
	{ M(EZGROUP), 15, CMD_NO, "acl ~ WORD:text", "Networks to be reached by the tunnel\nAn access list whose sources they are", run_text },
	{ M(EZGROUP), 15, CMD_NO, "split-dns ~ WORD:word", "Names to be asked for by the tunnel\nA domain", run_list },
	{ M(EZGROUP), 15, CMD_NO, "backup-gateway ~ WORD:word", "Servers to turn to when this one is dead\nAddress of one", run_list },
	{ M(EZGROUP), 15, CMD_NO, "access-restrict ~ IFNAME:if", "Serve this group by one interface only\nThe interface", run_list },
	{ M(EZGROUP), 15, CMD_NO, "save-password", "Clients may keep the user's password", run_flag },
	{ M(EZGROUP), 15, CMD_NO, "include-local-lan", "Clients may reach their own network beside the tunnel", run_flag },
	{ M(EZGROUP), 15, CMD_NO, "pfs", "Clients make a new Diffie-Hellman exchange for each SA", run_flag },
	{ M(EZGROUP), 15, CMD_NO, "group-lock", "A user names the group with the user name", run_flag },
	{ M(EZGROUP), 15, CMD_NO, "max-users ~ <1-5000>:most", "How many clients at once\nSo many", run_limit },
	{ M(EZGROUP), 15, CMD_NO, "max-logins ~ <1-10>:most", "How often at once one user may be in\nSo often", run_limit },
	{ M(EZGROUP), 15, CMD_NO, "netmask ~ A.B.C.D:mask", "Mask of the clients' addresses\nThe mask", run_netmask },
	{ M(EZGROUP), 15, CMD_NO, "banner ~ LINE:line", "What clients are shown\nThe text between two of one character", run_banner },
};

const struct cmd_table cmds_config_ezgroup = { rows, NROWS(rows) };
