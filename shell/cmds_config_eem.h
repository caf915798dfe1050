#ifndef INSPIRE_SHELL_CMDS_CONFIG_EEM_H
#define INSPIRE_SHELL_CMDS_CONFIG_EEM_H

/* Commands of the Embedded Event Manager, of tracked objects and SNMP: their tables, and how applets are printed back. */

#include <stdint.h>

#include "shell/grammar.h"

struct cfg_eem;
struct cfg_eem_action;
struct cfg_eem_applet;
struct cfg_eem_event;
struct config;
struct session;
struct text;

extern const struct cmd_table cmds_config_eem, cmds_config_eem_action, cmds_config_track, cmds_config_snmp;
extern const struct cmd_table cmds_show_eem, cmds_show_track, cmds_flash, cmds_tclsh, cmds_config_eem_script;

/* What the session edits; NULL, and told, when it is gone. */
struct cfg_eem_applet	*conf_applet(struct session *s);
/* The session leaves the sub-mode: what stands there is registered. */
void	 conf_applet_left(struct session *s);

/* "cli command \"enable\"" */
void	 running_eem_action(struct text *out, const struct cfg_eem_action *x);
/* "event syslog pattern \"X\"", without a line end. */
void	 running_eem_event(struct text *out, const struct cfg_eem_event *v);
/* "Fri Mar13 13:00:20 2015" */
void	 show_eem_time(struct text *t, const struct config *c, int64_t ns);
/* "20.000", and without the fraction where there is none. */
void	 running_seconds(struct text *out, int64_t ns);

/* Sections of the running configuration. */
void	 running_eem(const struct config *c, struct text *out);
void	 running_eem_script(const struct cfg_eem *e, struct text *out);
void	 running_track(const struct config *c, struct text *out);
void	 running_sla(const struct config *c, struct text *out);
void	 running_snmp(const struct config *c, struct text *out);

#endif
