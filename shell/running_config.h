#ifndef INSPIRE_SHELL_RUNNING_CONFIG_H
#define INSPIRE_SHELL_RUNNING_CONFIG_H

/* The configuration as text that parses back to itself. */

#include <stddef.h>

struct cfg_if;
struct cfg_route;
struct cfg_lifetime;
struct config;
struct dialect;
struct router;
struct session;
struct text;

/* From the comment that tells of the last change to `end`: what NVRAM keeps. */
void	 running_config_body(const struct router *r, struct text *out);
/* The same, and what goes without saying (running_all.c). */
void	 running_config_all(const struct router *r, struct text *out);
/* The same as `show running-config` prints it, with its length before it. */
void	 running_config_text(const struct router *r, struct text *out);
/* For a session below level 15: the lines that it might type; head: only that section. */
void	 running_config_for(const struct session *s, const char *head, struct text *out);
/* "interface X" and what stands in it. */
void	 running_config_if(const struct cfg_if *i, struct text *out);

/* The `ip nhrp` lines of an interface. */
void	 running_nhrp(const struct cfg_if *i, struct text *out);

/* Sections, each with the `!` that ends it. */
void	 running_crypto(const struct config *c, const struct dialect *d, struct text *out);
void	 running_maps(const struct config *c, struct text *out);
/* The lifetimes that are set, each line with a head before it. */
void	 running_life(struct text *out, const char *head, const struct cfg_lifetime *l);

/* A static route, without the end of its line. */
void	 running_route(const struct cfg_route *r, struct text *out);

/* running_ip6.c */
void	 running_if6(const struct cfg_if *i, struct text *out);
void	 running_ip6_global(const struct config *c, struct text *out);
void	 running_routes6(const struct config *c, struct text *out);

/* running_archive.c */
void	 running_archive(const struct config *c, struct text *out);
/* cmds_config_syslog.c */
void	 running_syslog(const struct config *c, struct text *out);

/* running_acl.c */
void	 running_acls(const struct config *c, struct text *out);
void	 running_access_group(const struct cfg_if *i, struct text *out);

/* show_trace.c */
void	 running_trace(const struct config *c, struct text *out);

#endif
