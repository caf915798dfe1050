#ifndef INSPIRE_SHELL_SHOW_H
#define INSPIRE_SHELL_SHOW_H

/* What the files of show commands share: their tables and the spelling of times, names and addresses. */

#include <stdbool.h>
#include <stdint.h>

#include "shell/grammar.h"

struct addr;
struct cfg_if;
struct config;
struct if_info;
struct ipsec_flow_info;
struct router;
struct session;
struct text;

extern const struct cmd_table cmds_show_logging;
extern const struct cmd_table cmds_clear, cmds_show_acl, cmds_show_config, cmds_show_datapath, cmds_show_interfaces, cmds_show_controllers, cmds_show_ip;
extern const struct cmd_table cmds_show_ipsec, cmds_show_qfp, cmds_show_isakmp, cmds_show_isakmp_stats, cmds_show_session, cmds_show_system, cmds_show_tunnel;
extern const struct cmd_table cmds_show_nhrp, cmds_show_dmvpn;
extern const struct cmd_table cmds_show_map;
extern const struct cmd_table cmds_show_version, cmds_show_trace, cmds_show_processes, cmds_show_mib, cmds_show_engine, cmds_show_if, cmds_show_tech;
extern const struct cmd_table cmds_show_ip6;
extern const struct cmd_table cmds_ezvpn, cmds_show_ezvpn, cmds_show_nat, cmds_show_pool;

#define SHOW_MODEL	"INSPIRE"	/* where a maker's name of its model would stand */

/* "debugging" of 7; "" of what is none. */
const char	*severity_name(int level);
/* "14:00:21 UTC Fri Mar 13 2015", with ms "14:00:21.887 UTC ...". */
void		 show_time_date(struct text *out, const struct config *c, int64_t ns, bool ms);
void		 show_time_day(struct text *out, const struct config *c, int64_t ns);	/* milliseconds, and no day of the week */
/* An age as tables write it: "00:04:12", "1d02h", "3w2d"; "never" of a negative one. */
#define SHOW_AGE	16
const char	*show_age(int64_t ns, char out[SHOW_AGE]);
/* "1 week, 2 days, 3 hours, 4 minutes"; below a minute "0 minutes". */
void		 show_uptime(struct text *out, int64_t ns);
/* "00:10:53" of seconds, hours not cut. */
const char	*show_hms(uint64_t s, char out[SHOW_AGE]);

/* A flow as `show crypto ipsec sa [detail]` prints it. */
void		 show_ipsec_flow(struct text *out, const struct router *r, const struct ipsec_flow_info *f, bool detail);

/* The lines of a GRE tunnel in `show interfaces`. */
void		 show_gre(struct text *out, struct router *r, const struct cfg_if *c, const struct if_info *i);

/* A line of the configuration with its secrets taken out. */
void		 show_tech_line(struct text *out, const char *line);

/* The router's serial number, the same over reloads and new hostnames; returns out. */
#define SHOW_SERIAL	16
const char	*show_serial(const struct router *r, char out[SHOW_SERIAL]);

/* Writes t to the session, and frees it. */
void		 show_flush(struct session *s, struct text *t);

#endif
