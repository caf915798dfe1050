#ifndef INSPIRE_SHELL_CMDS_CONFIG_H
#define INSPIRE_SHELL_CMDS_CONFIG_H

/* What the files of configuration commands share: their tables, and small helpers of handlers. */

#include "engine/router.h"
#include "shell/grammar.h"
#include "shell/session.h"

extern const struct cmd_table cmds_config_acl, cmds_config_syslog;
extern const struct cmd_table cmds_config, cmds_config_service, cmds_config_line;
extern const struct cmd_table cmds_config_isakmp, cmds_config_keyring, cmds_config_ipsec;
extern const struct cmd_table cmds_config_if, cmds_config_tunnel, cmds_config_gre;
extern const struct cmd_table cmds_config_nhrp;
extern const struct cmd_table cmds_config_map;
extern const struct cmd_table cmds_config_ip6;
extern const struct cmd_table cmds_config_ezclient, cmds_config_ezgroup, cmds_config_user;
extern const struct cmd_table cmds_config_aaa, cmds_config_access, cmds_config_banner, cmds_config_privilege;

/* The configuration that the session edits. */
struct config	*conf(const struct session *s);
/* Says by whom the configuration was last changed (the session says when), and has the router act on it. */
void		 conf_changed(struct session *s, enum cfg_area area);
/* By whom is kept.  False while a text is loaded: that takes effect as a whole, at its end. */
bool		 conf_touched(struct session *s);
/* What the sub-mode edits; NULL, with a line that says so, when it has gone meanwhile. */
struct cfg_if			*conf_if(struct session *s);
struct cfg_policy		*conf_policy(struct session *s);
struct cfg_keyring		*conf_keyring(struct session *s);
struct cfg_isakmp_profile	*conf_isakmp_profile(struct session *s);
struct cfg_transform_set	*conf_transform_set(struct session *s);
struct cfg_ipsec_profile	*conf_ipsec_profile(struct session *s);

/* The matched words in full, parameters as given: "exec-timeout 0 0". Caller frees. */
char		*args_words(const struct args *a);
/* How many characters of the row's syntax are keywords before its first parameter, choice or option. */
size_t		 args_key_len(const struct args *a);
/* `no` and `default` alike take a setting away. */
static inline bool
args_off(const struct args *a)
{
	return args_no(a) || args_default(a);
}

/* Sets a string from a parameter, or takes it away in the `no` form. */
void		 conf_str(char **slot, const struct args *a, const char *param);

/* A pre-shared key as typed ("key-string", "peer", "mask", "hostname name") into a ring, or out of it. */
/* An IPv6 prefix without host bits, or nothing? */
bool		 conf_prefix6(const struct args *a, const char *param);
bool		 conf_key(struct session *s, struct cfg_keys *keys, const struct args *a);

struct cfg_acl			*conf_acl(struct session *s);

/* The password that a row captured as "text" ("5", "8", ... its type), as it is to be kept; false, with a line that says why: it can't be. */
struct conf_secret { enum passwd_type type; char stored[PASSWD_STORED_MAX]; };
bool		 conf_secret(struct session *s, const struct args *a, bool secret, struct conf_secret *out);

#define NROWS(rows)	(sizeof(rows) / sizeof((rows)[0]))

#endif
