#ifndef INSPIRE_SHELL_RUNNING_EZVPN_H
#define INSPIRE_SHELL_RUNNING_EZVPN_H

/* Writers of the running configuration: users, AAA and EzVPN, each called where IOS prints it. */

struct cfg_ezclients;
struct cfg_if;
struct config;
struct text;

void	 running_aaa(const struct config *c, struct text *out);
void	 running_users(const struct config *c, struct text *out);
void	 running_ezlogging(const struct config *c, struct text *out);
void	 running_ezgroups(const struct config *c, struct text *out);
/* `client authentication list L` and its like, with what stands before them. */
void	 running_ezclients(const struct cfg_ezclients *e, const char *head, struct text *out);
void	 running_ezvpn(const struct config *c, struct text *out);
/* What a crypto map says of clients. */
void	 running_ezmap(const struct config *c, const char *map, struct text *out);
void	 running_ezvpn_if(const struct cfg_if *i, struct text *out);
void	 running_pools(const struct config *c, struct text *out);

#endif
