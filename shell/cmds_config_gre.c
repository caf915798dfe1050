/* Configuration commands of GRE tunnels.  Those of all tunnels stand in cmds_config_tunnel.c. */

#include "shell/cmds_config.h"

/* The interface, if it is a tunnel; else says that the line is not for it. */
static struct cfg_if *
tunnel(struct session *s)
{
	struct cfg_if *i = conf_if(s);

	if (i != NULL && i->kind != CFG_IF_TUNNEL) {
		session_error(s, "%% %s is not a tunnel", i->name);
		return NULL;
	}
	return i;
}

static void
run_checksum(struct session *s, const struct args *a)
{
	struct cfg_if *i = tunnel(s);

	if (i == NULL)
		return;
	i->tunnel_checksum = !args_off(a);
	conf_changed(s, CFG_AREA_IF);
}

static void
run_sequence(struct session *s, const struct args *a)
{
	struct cfg_if *i = tunnel(s);

	if (i == NULL)
		return;
	i->tunnel_sequence = !args_off(a);
	conf_changed(s, CFG_AREA_IF);
}

static void
run_ttl(struct session *s, const struct args *a)
{
	struct cfg_if *i = tunnel(s);

	if (i == NULL)
		return;
	i->tunnel_ttl = args_off(a) || arg_u32(a, "value") == 255 ? 0 : (uint8_t)arg_u32(a, "value");
	conf_changed(s, CFG_AREA_IF);
}

static void
run_tos(struct session *s, const struct args *a)
{
	struct cfg_if *i = tunnel(s);

	if (i == NULL)
		return;
	i->tunnel_tos_set = !args_off(a);
	i->tunnel_tos = i->tunnel_tos_set ? (uint8_t)arg_u32(a, "value") : 0;
	conf_changed(s, CFG_AREA_IF);
}

#define T	"Settings of a tunnel\n"

static const struct cmd rows[] = {
	{ M(IF), 15, CMD_NO, "tunnel checksum", T "Have packets carry a checksum", run_checksum },
	{ M(IF), 15, CMD_NO, "tunnel sequence-datagrams", T "Number packets, and drop those that come late", run_sequence },
	{ M(IF), 15, CMD_NO, "tunnel ttl ~ <1-255>:value", T "Time to live of the outer packets\nHops", run_ttl },
	{ M(IF), 15, CMD_NO, "tunnel tos ~ <0-255>:value", T "Type of service of the outer packets, instead of the inner ones'\nThe byte", run_tos },
};

const struct cmd_table cmds_config_gre = { rows, NROWS(rows) };
