/* show crypto ipsec client ezvpn. */

#include <string.h>

#include "engine/ezvpn.h"
#include "lib/addr.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

#define PHASE	8

struct want { struct text out; const char *name; const struct config *c; bool any; };

static void
put_insides(struct text *out, const struct config *c, const char *name)
{
	const struct cfg_if *i;
	const char *between = "";

	text_add(out, "Inside interface list: ");
	TAILQ_FOREACH(i, &c->ifs, next)
		if (cfg_names_has(&i->ezvpn_inside, name)) {
			text_printf(out, "%s%s", between, i->name);
			between = ", ";
		}
	text_addc(out, '\n');
}

static void
put_addrs(struct text *out, const char *what, const struct addr *v, size_t n)
{
	static const char *const which[] = { "Primary", "Secondary" };
	char a[ADDR_STRLEN];

	for (size_t i = 0; i < n && i < 2; i++)
		text_printf(out, "%s %s: %s\n", what, which[i], addr_fmt(&v[i], a));
}

static void
put_split(struct text *out, const struct ike_modecfg *g)
{
	char a[ADDR_STRLEN], m[ADDR_STRLEN];

	for (size_t i = 0; i < g->ninclude; i++)
		text_printf(out, "Split Tunnel List: %zu\n       Address    : %s\n       Mask       : %s\n       Protocol   : 0x%X\n"
		    "       Source Port: %u\n       Dest Port  : %u\n", i + 1, addr_fmt(&g->include[i].net, a),
		    ip4_fmt(ip4_mask(g->include[i].prefix_len), m), g->include[i].protocol, g->include[i].src_port, g->include[i].dst_port);
}

static void
put_given(struct text *out, const struct ike_modecfg *g)
{
	char a[ADDR_STRLEN];

	if (g->has & IKE_CFG_ADDRESS)
		text_printf(out, "Address: %s (applied on Loopback interface)\nMask: %s\n", addr_fmt(&g->address, a), "255.255.255.255");
	put_addrs(out, "DNS", g->dns, g->has & IKE_CFG_DNS ? g->ndns : 0);
	put_addrs(out, "NBMS/WINS", g->wins, g->has & IKE_CFG_WINS ? g->nwins : 0);
	if (g->has & IKE_CFG_DOMAIN)
		text_printf(out, "Default Domain: %s\n", g->domain);
	if (g->pfs_group != 0 && g->has & IKE_CFG_PFS)
		text_add(out, "Using PFS Group: 2\n");
	text_printf(out, "Save Password: %s\n", g->has & IKE_CFG_SAVE_PASSWORD && g->save_password ? "Allowed" : "Disallowed");
	for (size_t i = 0; g->has & IKE_CFG_SPLIT_DNS && i < g->nsplit_dns; i++)
		text_printf(out, "Split DNS: %s\n", g->split_dns[i]);
	put_split(out, g);
	if (g->has & IKE_CFG_BANNER)
		text_printf(out, "Banner: %s\n", g->banner);
}

static void
put_connection(void *arg, const struct ezvpn_info *i)
{
	struct want *w = arg;
	char a[ADDR_STRLEN];

	if (w->name != NULL && strcmp(w->name, i->name) != 0)
		return;
	w->any = true;
	text_printf(&w->out, "\nTunnel name : %s\n", i->name);
	put_insides(&w->out, w->c, i->name);
	if (i->outside != NULL)
		text_printf(&w->out, "Outside interface: %s\n", i->outside);
	text_printf(&w->out, "Current State: %s\n", ez_state_name(i->state));
	if (i->any_event)
		text_printf(&w->out, "Last Event: %s\n", ez_event_name(i->event));
	if (i->got != NULL)
		put_given(&w->out, i->got);
	if (i->peer.af != ADDR_NONE)
		text_printf(&w->out, "Current EzVPN Peer: %s\n", addr_fmt(&i->peer, a));
	if (i->backups->n > 0)
		text_add(&w->out, "Backup Gateways\n");
	for (size_t k = 0; k < i->backups->n; k++)
		text_printf(&w->out, " (%zu): %s\n", k, i->backups->v[k]);
}

static void
run_show(struct session *s, const struct args *a)
{
	struct want w = { .name = arg_str(a, "name"), .c = conf(s) };

	router_ezvpn_each(s->router, put_connection, &w);
	if (w.any)
		session_printf(s, "Easy VPN Remote Phase: %d\n", PHASE);
	show_flush(s, &w.out);
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show crypto ipsec client ezvpn [ WORD:name ]",
	    "Show what is going on\nEncryption\nIPsec\nThis router as a client\nOf an EzVPN server\nName of a connection", run_show },
};

const struct cmd_table cmds_show_ezvpn = { rows, NROWS(rows) };
