/* Configuration commands of tunnel interfaces. */

#include "lib/addr.h"
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
run_source(struct session *s, const struct args *a)
{
	struct cfg_if *i = tunnel(s);

	if (i == NULL)
		return;
	i->source = (struct addr){ 0 };
	if (!args_off(a))
		arg_addr(a, "address", &i->source);
	conf_str(&i->source_if, a, "if");
	conf_changed(s, CFG_AREA_IF);
}

static void
run_destination(struct session *s, const struct args *a)
{
	struct cfg_if *i = tunnel(s);

	if (i == NULL)
		return;
	if (!args_off(a) && i->mode == CFG_TUN_GRE_MULTIPOINT) {
		session_error(s, "%% A multipoint tunnel has no destination");
		return;
	}
	i->destination = (struct addr){ 0 };
	if (!args_off(a))
		arg_addr(a, "address", &i->destination);
	conf_changed(s, CFG_AREA_IF);
}

static enum cfg_tunnel_mode
mode_typed(const struct args *a)
{
	if (args_off(a))
		return CFG_TUN_GRE;
	if (arg_has(a, "ipsec"))
		return arg_has(a, "ipv6") ? CFG_TUN_IPSEC_V6 : CFG_TUN_IPSEC_V4;
	return arg_has(a, "multipoint") ? CFG_TUN_GRE_MULTIPOINT : CFG_TUN_GRE;
}

static void
run_mode(struct session *s, const struct args *a)
{
	struct cfg_if *i = tunnel(s);

	if (i == NULL)
		return;
	if (!args_off(a) && arg_has(a, "multipoint") && i->destination.af != ADDR_NONE) {
		session_error(s, "%% A multipoint tunnel has no destination: remove it first");
		return;
	}
	i->overlay = !args_off(a) && (arg_has(a, "v4-overlay") || arg_has(a, "v6-overlay"));
	i->mode = mode_typed(a);
	conf_changed(s, CFG_AREA_IF);
}

static void
run_protection(struct session *s, const struct args *a)
{
	struct cfg_if *i = tunnel(s);

	if (i == NULL)
		return;
	if (!args_off(a) && config_ipsec_profile(conf(s), arg_str(a, "name"), false) == NULL) {
		session_error(s, "%% IPsec profile %s does not exist", arg_str(a, "name"));
		return;
	}
	conf_str(&i->protection, a, "name");
	i->shared = !args_off(a) && arg_has(a, "shared");
	conf_changed(s, CFG_AREA_IF);
}

static void
run_pmtud(struct session *s, const struct args *a)
{
	struct cfg_if *i = tunnel(s);

	if (i == NULL)
		return;
	i->pmtud = !args_off(a);
	conf_changed(s, CFG_AREA_IF);
}

static void
run_key(struct session *s, const struct args *a)
{
	struct cfg_if *i = tunnel(s);

	if (i == NULL)
		return;
	i->key_set = !args_off(a);
	i->key = i->key_set ? arg_u32(a, "value") : 0;
	conf_changed(s, CFG_AREA_IF);
}

#define T	"Settings of a tunnel\n"

static const struct cmd rows[] = {
	{ M(IF), 15, CMD_NO, "tunnel source ~ { A.B.C.D:address | X:X:X:X::X:address | IFNAME:if }", T "Where its packets come from\nAn address of ours\nAn IPv6 address of ours\nAn interface, by its address", run_source },
	{ M(IF), 15, CMD_NO, "tunnel destination ~ { A.B.C.D:address | X:X:X:X::X:address }", T "Where its packets go\nAddress of the other end\nIPv6 address of the other end", run_destination },
	{ M(IF), 15, CMD_NO, "tunnel mode ~ { ipsec { ipv4 [ v6-overlay ] | ipv6 [ v4-overlay ] } | gre { ip | multipoint } }",
	    T "How packets are wrapped\nBy IPsec alone\nOver IPv4\nIPv6 goes through instead\nOver IPv6\nIPv4 goes through instead\nBy GRE\nOver IPv4, to one far end\nOver IPv4, to many", run_mode },
	{ M(IF), 15, CMD_NO, "tunnel protection ~ ipsec profile WORD:name [ shared ]", T "What protects it\nIPsec\nBy a profile\nName of the profile\nOne for several tunnels", run_protection },
	{ M(IF), 15, CMD_NO, "tunnel path-mtu-discovery", T "Learn how long packets may be on the way", run_pmtud },
	{ M(IF), 15, CMD_NO, "tunnel key ~ <0-4294967295>:value", T "Tell tunnels of the same ends apart\nThe number", run_key },
};

const struct cmd_table cmds_config_tunnel = { rows, NROWS(rows) };
