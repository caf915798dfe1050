/* What show interfaces says of a GRE tunnel; show crypto sockets; show tunnel protection statistics. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/ip6.h"
#include "engine/router.h"
#include "lib/addr.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

#define TUNNEL_KBPS	8000	/* what IOS says of any tunnel */
#define PATH_MTU_MIN	92

static uint32_t
source_of(const struct router *r, const struct cfg_if *c)
{
	const struct cfg_if *s = c->source_if == NULL ? NULL : config_if(r->cfg, c->source_if, false);

	return s != NULL ? s->ip.addr : c->source.af == ADDR_V4 ? c->source.v4 : 0;
}

static void
put_ends(struct text *out, const struct router *r, const struct cfg_if *c)
{
	char a[ADDR_STRLEN];

	text_printf(out, "  Tunnel source %s", source_of(r, c) == 0 ? "UNKNOWN" : ip4_fmt(source_of(r, c), a));
	if (c->source_if != NULL)
		text_printf(out, " (%s)", c->source_if);
	if (c->mode == CFG_TUN_GRE && c->destination.af != ADDR_NONE)
		text_printf(out, ", destination %s", addr_fmt(&c->destination, a));
	text_addc(out, '\n');
}

/* Tunnels whose source is followed by way of one interface. */
static void
put_tracking(struct text *out, const struct router *r, const struct cfg_if *c)
{
	const struct cfg_if *o;
	unsigned n = 0;

	if (c->source_if == NULL)
		return;
	TAILQ_FOREACH(o, &r->cfg->ifs, next)
		n += o->kind == CFG_IF_TUNNEL && o->source_if != NULL && strcmp(o->source_if, c->source_if) == 0;
	text_printf(out, "   Tunnel Subblocks:\n      src-track:\n         %s source tracking subblock associated with %s\n", c->name, c->source_if);
	text_printf(out, "          Set of tunnels with source %s, %u member%s (includes iterators), on interface <OK>\n", c->source_if, n, n == 1 ? "" : "s");
}

static void
put_header(struct text *out, const struct cfg_if *c)
{
	bool many = c->mode == CFG_TUN_GRE_MULTIPOINT;

	text_printf(out, "  Tunnel protocol/transport %s\n", many ? "multi-GRE/IP" : "GRE/IP");
	if (c->key_set)
		text_printf(out, "    Key 0x%X, ", c->key);
	else
		text_add(out, "    Key disabled, ");
	text_printf(out, "sequencing %s\n", c->tunnel_sequence && !many ? "enabled" : "disabled");
	text_printf(out, "    Checksumming of packets %s\n", c->tunnel_checksum ? "enabled" : "disabled");
	if (c->tunnel_tos_set)
		text_printf(out, "  Tunnel TOS/Traffic Class 0x%X, ", c->tunnel_tos);
	text_printf(out, "%s Tunnel TTL %u, Fast tunneling enabled\n", c->tunnel_tos_set ? "" : " ", c->tunnel_ttl != 0 ? c->tunnel_ttl : 255u);
}

void
show_gre(struct text *out, struct router *r, const struct cfg_if *c, const struct if_info *i)
{
	struct gre_info g;

	if (router_gre_info(r, c->name, &g)) {
		text_printf(out, "  Tunnel linestate evaluation %s", g.down_for == NULL ? "up" : "down - ");
		text_printf(out, "%s\n", g.down_for == NULL ? "" : g.down_for);
	}
	put_ends(out, r, c);
	put_tracking(out, r, c);
	put_header(out, c);
	if (c->pmtud)
		text_printf(out, "  Path MTU Discovery, ager 10 mins, min MTU %u\n", PATH_MTU_MIN);
	text_printf(out, "  Tunnel transport MTU %u bytes\n", i->dp.mtu);
	text_printf(out, "  Tunnel transmit bandwidth %u (kbps)\n  Tunnel receive bandwidth %u (kbps)\n", TUNNEL_KBPS, TUNNEL_KBPS);
	if (c->protection != NULL)
		text_printf(out, "  Tunnel protection via IPSec (profile \"%s\")\n", c->protection);
}

/* --- show crypto sockets --- */

struct view {
	struct text	out;
	unsigned	n;
};

static void
put_ident(struct text *out, const char *which, const struct ike_id *id)
{
	char a[ADDR_STRLEN], m[ADDR_STRLEN];

	text_printf(out, "       %s Ident %s(addr/mask/port/prot): (%s/%s/%u/%u)\n", which, which[0] == 'L' ? " " : "", addr_fmt(&id->addr, a),
	    ident_mask(id, m), id->port, id->protocol);
}

static void
put_socket(void *arg, const struct csock_info *i)
{
	struct view *v = arg;
	char name[CFG_IF_NAME], l[ADDR_STRLEN], r[ADDR_STRLEN];

	ifname_short(i->ifname, name);
	text_printf(&v->out, "   %s Peers (local/remote): %s/%s \n", name, addr_fmt(&i->local, l), addr_fmt(&i->remote, r));
	put_ident(&v->out, "Local", &i->local_id);
	put_ident(&v->out, "Remote", &i->remote_id);
	text_printf(&v->out, "       IPSec Profile: \"%s\"\n       Socket State: %s\n", i->profile, i->up ? "Open" : i->able ? "Opening" : "Closed");
	text_printf(&v->out, "       Client: \"TUNNEL SEC\" (Client State: %s)\n", i->up ? "Active" : "Inactive");
}

static void
count_socket(void *arg, const struct csock_info *i)
{
	(void)i;
	((struct view *)arg)->n++;
}

static void
run_sockets(struct session *s, const struct args *a)
{
	struct view v = { 0 };
	const struct cfg_if *c;

	(void)a;
	router_csock_each(s->router, count_socket, &v);
	text_printf(&v.out, "\nNumber of Crypto Socket connections %u\n\n", v.n);
	router_csock_each(s->router, put_socket, &v);
	text_add(&v.out, "\nCrypto Sockets in Listen state:\n");
	TAILQ_FOREACH(c, &s->router->cfg->ifs, next)
		if (c->kind == CFG_IF_TUNNEL && c->protection != NULL && !c->shutdown &&
		    config_ipsec_profile(s->router->cfg, c->protection, false) != NULL)
			text_printf(&v.out, "Client: \"TUNNEL SEC\" Profile: \"%s\" Map-name: \"%s-head-%u\"\n", c->protection,
			    c->shared ? c->protection : c->name, c->shared);
	show_flush(s, &v.out);
}

/* --- show tunnel protection statistics --- */

static void
run_statistics(struct session *s, const struct args *a)
{
	struct csock_stats st;
	struct text out = { 0 };
	uint64_t no_sa = 0, clear = 0;

	(void)a;
	router_csock_stats(s->router, &st);
	dp_gre_refused(s->router->dp, &no_sa, &clear);
	text_add(&out, "------------------------- Message Statistics -------------------------\n   Sent:\n");
	text_printf(&out, "      Listen Start   : %-5" PRIu64 "Listen Stop    : %-5" PRIu64 "Socket Open    : %-5" PRIu64 "\n      Socket Close   : %-5" PRIu64 "\n",
	    st.listen_start, st.listen_stop, st.opened, st.closed);
	text_printf(&out, "   Rcvd:\n      General Error  : %-5uSocket Error   : %-5uSocket Ready   : %-5" PRIu64 "\n", 0, 0, st.opened);
	text_printf(&out, "      Socket Up      : %-5" PRIu64 "Socket Down    : %-5" PRIu64 "MTU Changed    : %-5" PRIu64 "\n", st.socket_up, st.socket_down, st.mtu_changed);
	text_printf(&out, "      Listen Ready   : %-5" PRIu64 "Other          : %-5u\n\n", st.listen_ready, 0);
	text_add(&out, "-------------------------- Error Statistics --------------------------\n   Rcvd:\n");
	text_printf(&out, "      Listen Start   : %-5uListen Stop    : %-5uSocket Open    : %-5u\n      Socket Close   : %-5uConn Timeout   : %-5u\n\n", 0, 0, 0, 0, 0);
	text_add(&out, "------------ Data Statistics(Other than IPSec protection) ------------\n   Sent:\n");
	text_printf(&out, "      cef pkt drops  : %-5" PRIu64 "ps pkt drops   : %-5u\n   Rcvd:\n      ps pkt drops   : %-5uclear pkt drops: %-5" PRIu64 "\n", no_sa, 0, 0, clear);
	show_flush(s, &out);
}

#define SHOW	"Show what is going on\n"

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show crypto sockets", SHOW "Encryption\nWhat tunnels have open for their protection", run_sockets },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show tunnel protection statistics", SHOW "Tunnels\nTheir protection\nWhat was counted", run_statistics },
};

const struct cmd_table cmds_show_tunnel = { rows, NROWS(rows) };
