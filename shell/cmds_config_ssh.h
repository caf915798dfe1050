#ifndef INSPIRE_SHELL_CMDS_CONFIG_SSH_H
#define INSPIRE_SHELL_CMDS_CONFIG_SSH_H

/* The commands of SSH: its configuration, the router's key pairs, what is shown of both. */

#include "shell/grammar.h"

struct config;
struct session;
struct text;

extern const struct cmd_table cmds_config_ssh, cmds_keypair, cmds_show_ssh;

/* A key string's lines have all come: it is taken in. */
void	conf_ssh_data_left(struct session *s);
/* The `ip ssh` lines of the configuration. */
void	running_ssh(const struct config *c, struct text *out);

#endif
