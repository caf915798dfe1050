/* The command tables, the modes, and the match of a line against them. */

#include "shell/grammar.h"

#include <string.h>

#include "shell/alias.h"
#include "shell/cmds.h"
#include "shell/cmds_archive.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_eem.h"
#include "shell/cmds_config_pki.h"
#include "shell/cmds_config_ssh.h"
#include "shell/cmds_epc.h"
#include "shell/privilege.h"
#include "shell/session.h"
#include "shell/show.h"
#include "shell/syntax.h"

static const struct cmd_table *const tables[] = {
	&cmds_config,
	&cmds_config_acl,
	&cmds_config_gre,
	&cmds_config_ezclient,
	&cmds_config_ezgroup,
	&cmds_config_user,
	&cmds_config_aaa, &cmds_config_access, &cmds_config_banner, &cmds_config_privilege,
	&cmds_config_if,
	&cmds_config_ip6,
	&cmds_config_ipsec,
	&cmds_config_isakmp,
	&cmds_config_keyring,
	&cmds_config_line,
	&cmds_config_map,
	&cmds_config_service, &cmds_config_syslog, &cmds_show_logging,
	&cmds_config_tunnel,
	&cmds_config_eem, &cmds_config_eem_action, &cmds_config_track, &cmds_config_snmp,
	&cmds_show_eem, &cmds_show_track, &cmds_flash, &cmds_tclsh, &cmds_config_eem_script,
	&cmds_show_acl,
	&cmds_config_nhrp,
	&cmds_show_config,
	&cmds_show_datapath,
	&cmds_show_interfaces, &cmds_show_controllers,
	&cmds_show_ip,
	&cmds_show_ip6,
	&cmds_show_ipsec,
	&cmds_show_isakmp, &cmds_show_isakmp_stats,
	&cmds_show_qfp,
	&cmds_show_map,
	&cmds_show_session,
	&cmds_show_system,
	&cmds_show_version, &cmds_show_tech, &cmds_show_if, &cmds_show_mib, &cmds_show_engine,
	&cmds_show_processes,
	&cmds_show_trace, &cmds_epc, &cmds_epc_point, &cmds_show_epc, &cmds_show_refusals,
	&cmds_show_tunnel,
	&cmds_show_nhrp,
	&cmds_show_dmvpn,
	&cmds_ezvpn,
	&cmds_show_ezvpn,
	&cmds_show_nat,
	&cmds_show_pool,
	&cmds_clear,
	&cmds_config_pki, &cmds_config_cert, &cmds_pki, &cmds_pki_file, &cmds_show_pki,
	&cmds_config_ssh, &cmds_keypair, &cmds_show_ssh,
	&cmds_mode, &cmds_enable, &cmds_users, &cmds_show_login,
	&cmds_debug,
	&cmds_exec, &cmds_alias, &cmds_parser, &cmds_copy, &cmds_config_archive, &cmds_show_archive, &cmds_replace,
	&cmds_terminal,
	&cmds_lab,
	&cmds_show_lab,
	&cmds_ping, &cmds_ping6, &cmds_ping_ask, &cmds_traceroute, &cmds_traceroute6,
	NULL
};

const struct cmd_table *const *
grammar_tables(void)
{
	return tables;
}

const struct cmd *
grammar_row(size_t i)
{
	for (size_t t = 0; tables[t] != NULL; t++) {
		if (i < tables[t]->n)
			return &tables[t]->rows[i];
		i -= tables[t]->n;
	}
	return NULL;
}

void
grammar_each(void (*fn)(void *arg, const struct cmd *c), void *arg)
{
	for (size_t t = 0; tables[t] != NULL; t++)
		for (size_t i = 0; i < tables[t]->n; i++)
			fn(arg, &tables[t]->rows[i]);
}

static const struct mode_info modes[MODE__COUNT] = {
	[MODE_EXEC]		= { "", MODE_EXEC, "Exec commands:" },
	[MODE_PRIV]		= { "", MODE_PRIV, "Exec commands:" },
	[MODE_LAB]		= { "", MODE_LAB, "Lab commands:" },
	[MODE_CONFIG]		= { "(config)", MODE_PRIV, "Configure commands:" },
	[MODE_IF]		= { "(config-if)", MODE_CONFIG, "Interface configuration commands:" },
	[MODE_ISAKMP_POLICY]	= { "(config-isakmp)", MODE_CONFIG, "ISAKMP policy commands:" },
	[MODE_KEYRING]		= { "(conf-keyring)", MODE_CONFIG, "Keyring commands:" },
	[MODE_ISAKMP_PROFILE]	= { "(conf-isa-prof)", MODE_CONFIG, "ISAKMP profile commands:" },
	[MODE_TRANSFORM]	= { "(cfg-crypto-trans)", MODE_CONFIG, "Transform set commands:" },
	[MODE_IPSEC_PROFILE]	= { "(ipsec-profile)", MODE_CONFIG, "IPsec profile commands:" },
	[MODE_CRYPTO_MAP]	= { "(config-crypto-map)", MODE_CONFIG, "Crypto map commands:" },
	[MODE_LINE]		= { "(config-line)", MODE_CONFIG, "Line configuration commands:" },
	[MODE_TRUSTPOINT]	= { "(ca-trustpoint)", MODE_CONFIG, "CA trustpoint configuration commands:" },
	[MODE_CERT_MAP]		= { "(ca-certificate-map)", MODE_CONFIG, "CA certificate map configuration commands:" },
	[MODE_CERT_CHAIN]	= { "(config-cert-chain)", MODE_CONFIG, "Certificate chain configuration commands:" },
	[MODE_SSH_CHAIN]	= { "(conf-ssh-pubkey)", MODE_CONFIG, "SSH public key identification commands:" },
	[MODE_SSH_USER]		= { "(conf-ssh-pubkey-user)", MODE_SSH_CHAIN, "SSH public key user commands:" },
	[MODE_SSH_DATA]		= { "(conf-ssh-pubkey-data)", MODE_SSH_USER, "SSH public key string commands:" },
	[MODE_APPLET]		= { "(config-applet)", MODE_CONFIG, "Event manager applet commands:" },
	[MODE_TRACK]		= { "(config-track)", MODE_CONFIG, "Tracking instance configuration commands:" },
	[MODE_SLA]		= { "(config-ip-sla)", MODE_CONFIG, "IP SLAs entry configuration commands:" },
	[MODE_SLA_ECHO]		= { "(config-ip-sla-echo)", MODE_CONFIG, "IP SLAs echo configuration commands:" },
	[MODE_CONTROL_PLANE]	= { "(config-cp)", MODE_CONFIG, "Control plane configuration commands:" },
	[MODE_STD_NACL]		= { "(config-std-nacl)", MODE_CONFIG, "Standard Access List configuration commands:" },
	[MODE_EXT_NACL]		= { "(config-ext-nacl)", MODE_CONFIG, "Ext Access List configuration commands:" },
	[MODE_ARCHIVE]		= { "(config-archive)", MODE_CONFIG, "Archive configuration commands:" },
	[MODE_ARCHIVE_LOG]	= { "(config-archive-log-cfg)", MODE_ARCHIVE, "Archive log configuration commands:" },
	[MODE_EZGROUP]		= { "(config-isakmp-group)", MODE_CONFIG, "ISAKMP group policy configuration commands:" },
	[MODE_FOREIGN]		= { "(config-section)", MODE_CONFIG, "Commands of a section that is kept as text:" },
	[MODE_EZVPN]		= { "(config-crypto-ezvpn)", MODE_CONFIG, "EzVPN client configuration commands:" },
};

const struct mode_info *
mode_info(enum mode m)
{
	return &modes[m];
}

bool
mode_is_config(enum mode m)
{
	return m >= MODE_CONFIG;
}

static void
match_end(struct walk *w, const char *line, struct match *out)
{
	struct walk_row *r = walk_accepting(w, NULL);

	if (r == NULL) {
		out->kind = w->words == 0 && !w->no && !w->dflt && !w->via_do ? MATCH_EMPTY : MATCH_INCOMPLETE;
		return;
	}
	out->kind = MATCH_OK;
	out->cmd = r->cmd;
	out->args = walk_args(w, r, line);
	out->filter = w->filter;
}

static void
grammar_match_under(enum mode mode, unsigned privilege, const struct cfg_privileges *rules, const char *line, struct match *out)
{
	struct walk w;

	memset(out, 0, sizeof(*out));
	walk_init(&w, mode, privilege, rules);
	switch (walk_line(&w, line, line + strlen(line))) {
	case STEP_NONE:
		out->kind = MATCH_INVALID;
		out->caret = (size_t)(w.stop - line);
		break;
	case STEP_AMBIGUOUS:
		out->kind = MATCH_AMBIGUOUS;
		break;
	case STEP_OK:
		match_end(&w, line, out);
		break;
	}
	out->words = w.words + (w.no || w.dflt || w.via_do);
	out->via_do = w.via_do;
	walk_fini(&w);
}

void
grammar_match(enum mode mode, unsigned privilege, const char *line, struct match *out)
{
	grammar_match_under(mode, privilege, NULL, line, out);
}

void
grammar_match_for(const struct session *s, enum mode mode, const char *line, struct match *out)
{
	grammar_match_under(mode, s->privilege, privileges_of(s), line, out);
}

bool
grammar_is_show(enum mode mode, unsigned privilege, const char *line)
{
	struct walk w;
	bool show;

	walk_init(&w, mode, privilege, NULL);
	walk_line(&w, line, line + strlen(line));
	show = w.npath > 0 && w.path[0].kind == EL_KEYWORD && !w.no &&
	    ((w.path[0].keyword_len == 4 && strncmp(w.path[0].keyword, "show", 4) == 0) ||
	    (w.path[0].keyword_len == 4 && strncmp(w.path[0].keyword, "more", 4) == 0));
	walk_fini(&w);
	return show;
}
