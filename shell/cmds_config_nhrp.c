/* Configuration of NHRP on tunnel interfaces: `ip nhrp ...`. */

#include <string.h>

#include "engine/cfg_nhrp.h"
#include "shell/cmds_config.h"

/* The interface's NHRP, if it is a tunnel; else says that the line is not for it. */
static struct cfg_nhrp *
nhrp(struct session *s)
{
	struct cfg_if *i = conf_if(s);

	if (i == NULL)
		return NULL;
	if (i->kind != CFG_IF_TUNNEL) {
		session_error(s, "%% NHRP is for tunnels: %s is none", i->name);
		return NULL;
	}
	return cfg_nhrp_get(i);
}

static void
changed(struct session *s)
{
	struct cfg_if *i = conf_if(s);

	if (cfg_nhrp_empty(i->nhrp)) {
		cfg_nhrp_free(i->nhrp);
		i->nhrp = NULL;
	}
	conf_changed(s, CFG_AREA_IF);
}

/* A number of the row, 0 in the `no` form. */
static void
set_number(struct session *s, const struct args *a, uint32_t *slot, const char *param)
{
	*slot = args_off(a) ? 0 : arg_u32(a, param);
	changed(s);
}

static void
run_network_id(struct session *s, const struct args *a)
{
	struct cfg_nhrp *n = nhrp(s);

	if (n != NULL)
		set_number(s, a, &n->network_id, "id");
}

static void
run_auth(struct session *s, const struct args *a)
{
	struct cfg_nhrp *n = nhrp(s);
	const char *word = args_off(a) ? "" : arg_str(a, "string");

	if (n == NULL)
		return;
	if (strlen(word) > NHRP_AUTH_MAX) {
		session_error(s, "%% The authentication string has at most %u characters", NHRP_AUTH_MAX);
		return;
	}
	memset(n->auth, 0, sizeof(n->auth));
	memcpy(n->auth, word, strlen(word));
	changed(s);
}

static void
run_map(struct session *s, const struct args *a)
{
	struct cfg_nhrp *n = nhrp(s);
	struct cfg_nhrp_map *m;

	if (n == NULL)
		return;
	m = cfg_nhrp_map(n, arg_u32(a, "address"), !args_off(a));
	if (args_off(a)) {
		if (m != NULL && m->nbma == arg_u32(a, "nbma"))
			cfg_nhrp_map_del(n, m);
	} else if (m == NULL) {
		session_error(s, "%% No more than %u mappings on an interface", CFG_NHRP_LIST_MAX);
	} else {
		m->nbma = arg_u32(a, "nbma");
	}
	changed(s);
}

static void
run_mcast(struct session *s, const struct args *a)
{
	struct cfg_nhrp *n = nhrp(s);

	if (n == NULL)
		return;
	if (arg_has(a, "dynamic"))
		n->mcast_dynamic = !args_off(a);
	else
		cfg_nhrp_mcast(n, arg_u32(a, "nbma"), !args_off(a));
	changed(s);
}

static void
run_nhs(struct session *s, const struct args *a)
{
	struct cfg_nhrp *n = nhrp(s);
	struct cfg_nhrp_nhs *h;

	if (n == NULL)
		return;
	h = cfg_nhrp_nhs(n, arg_u32(a, "address"), !args_off(a));
	if (args_off(a)) {
		if (h != NULL)
			cfg_nhrp_nhs_del(n, h);
	} else if (h == NULL) {
		session_error(s, "%% No more than %u servers on an interface", CFG_NHRP_LIST_MAX);
	} else {
		h->nbma = arg_u32(a, "far");
		h->multicast = arg_has(a, "multicast");
		h->priority = (uint8_t)arg_u32(a, "prio");
		h->cluster = (uint8_t)arg_u32(a, "group");
	}
	changed(s);
}

static void
run_cluster(struct session *s, const struct args *a)
{
	struct cfg_nhrp *n = nhrp(s);

	if (n == NULL)
		return;
	cfg_nhrp_cluster(n, (uint8_t)arg_u32(a, "group"), args_off(a) ? 0 : (uint8_t)arg_u32(a, "most"));
	changed(s);
}

static void
run_fallback(struct session *s, const struct args *a)
{
	struct cfg_nhrp *n = nhrp(s);

	if (n != NULL)
		set_number(s, a, &n->fallback_s, "seconds");
}

static void
run_holdtime(struct session *s, const struct args *a)
{
	struct cfg_nhrp *n = nhrp(s);

	if (n != NULL)
		set_number(s, a, &n->holdtime_s, "seconds");
}

static void
run_reg_timeout(struct session *s, const struct args *a)
{
	struct cfg_nhrp *n = nhrp(s);

	if (n != NULL)
		set_number(s, a, &n->reg_timeout_s, "seconds");
}

static void
set_switch(struct session *s, const struct args *a, bool *slot)
{
	*slot = !args_off(a);
	changed(s);
}

static void
run_no_unique(struct session *s, const struct args *a)
{
	struct cfg_nhrp *n = nhrp(s);

	if (n != NULL)
		set_switch(s, a, &n->no_unique);
}

static void
run_shortcut(struct session *s, const struct args *a)
{
	struct cfg_nhrp *n = nhrp(s);

	if (n != NULL)
		set_switch(s, a, &n->shortcut);
}

static void
run_redirect(struct session *s, const struct args *a)
{
	struct cfg_nhrp *n = nhrp(s);

	if (n == NULL)
		return;
	n->redirect_s = args_off(a) ? 0 : arg_u32(a, "seconds");
	set_switch(s, a, &n->redirect);
}

static void
run_server_only(struct session *s, const struct args *a)
{
	struct cfg_nhrp *n = nhrp(s);

	if (n != NULL)
		set_switch(s, a, &n->server_only);
}

static void
run_max_send(struct session *s, const struct args *a)
{
	struct cfg_nhrp *n = nhrp(s);

	if (n == NULL)
		return;
	n->max_send = args_off(a) ? 0 : arg_u32(a, "packets");
	n->max_send_s = args_off(a) ? 0 : arg_u32(a, "seconds");
	changed(s);
}

static void
run_logging_dmvpn(struct session *s, const struct args *a)
{
	conf(s)->no_logging_dmvpn = args_no(a);
	conf_changed(s, CFG_AREA_LOGGING);
}

#define N	"Internet Protocol\nResolution of next hops\n"

static const struct cmd rows[] = {
	{ M(IF), 15, CMD_NO, "ip nhrp network-id ~ <1-4294967295>:id", N "Which network of tunnels this one is of; switches NHRP on\nThe network's number, for this router alone", run_network_id },
	{ M(IF), 15, CMD_NO, "ip nhrp authentication ~ WORD:string", N "A word that all packets carry\nThe word, in clear, up to 8 characters", run_auth },
	{ M(IF), 15, CMD_NO, "ip nhrp map A.B.C.D:address A.B.C.D:nbma ~", N "Who is where\nAddress on the tunnel\nAddress outside", run_map },
	{ M(IF), 15, CMD_NO, "ip nhrp map multicast { A.B.C.D:nbma | dynamic } ~", N "Who is where\nWhere multicast goes\nAn address outside\nTo all who have registered", run_mcast },
	{ M(IF), 15, CMD_NO, "ip nhrp nhs A.B.C.D:address ~ [ nbma A.B.C.D:far [ multicast ] ] [ priority <0-255>:prio ] [ cluster <0-10>:group ]",
	    N "A server to register with\nIts address on the tunnel\nWhere it is outside\nIts address outside\nMulticast goes there too\nWhich one is preferred\n0 is best\nServers of which some are used\nThe cluster's number", run_nhs },
	{ M(IF), 15, CMD_NO, "ip nhrp nhs cluster <0-10>:group max-connections ~ <1-255>:most", N "A server to register with\nServers of which some are used\nThe cluster's number\nHow many at once\nSo many", run_cluster },
	{ M(IF), 15, CMD_NO, "ip nhrp nhs fallback ~ <0-60>:seconds", N "A server to register with\nGo back to a better one that has come back\nAfter so many seconds", run_fallback },
	{ M(IF), 15, CMD_NO, "ip nhrp holdtime ~ <1-65535>:seconds", N "How long others may believe what we tell\nSeconds", run_holdtime },
	{ M(IF), 15, CMD_NO, "ip nhrp registration timeout ~ <1-65535>:seconds", N "How to register\nTime between registrations\nSeconds", run_reg_timeout },
	{ M(IF), 15, CMD_NO, "ip nhrp registration no-unique", N "How to register\nAnother may take the address over", run_no_unique },
	{ M(IF), 15, CMD_NO, "ip nhrp shortcut", N "Take shorter ways that are told of", run_shortcut },
	{ M(IF), 15, CMD_NO, "ip nhrp redirect ~ [ timeout <2-30>:seconds ]", N "Tell of shorter ways\nOf a flow how often\nSeconds", run_redirect },
	{ M(IF), 15, CMD_NO, "ip nhrp server-only", N "Answer, but ask nothing", run_server_only },
	{ M(IF), 15, CMD_NO, "ip nhrp max-send ~ <1-65535>:packets every <10-65535>:seconds", N "How many packets may be sent\nSo many\nIn a time\nSeconds", run_max_send },
	{ M(CONFIG), 15, CMD_NO, "logging dmvpn", "Where messages go\nMessages of multipoint tunnels", run_logging_dmvpn },
};

const struct cmd_table cmds_config_nhrp = { rows, NROWS(rows) };
