#ifndef INSPIRE_SHELL_CMDS_H
#define INSPIRE_SHELL_CMDS_H

/* The command tables, one for each cmds_*.c; grammar.c lists them. */

#include "shell/grammar.h"

#define CMD_TABLE(name, rows)	const struct cmd_table name = { rows, sizeof(rows) / sizeof((rows)[0]) }

extern const struct cmd_table cmds_debug;
extern const struct cmd_table cmds_copy, cmds_parser;
extern const struct cmd_table cmds_exec;
extern const struct cmd_table cmds_enable, cmds_users, cmds_show_login;
extern const struct cmd_table cmds_lab;
extern const struct cmd_table cmds_show_lab;
extern const struct cmd_table cmds_mode;
extern const struct cmd_table cmds_terminal;
extern const struct cmd_table cmds_ping, cmds_ping6, cmds_ping_ask, cmds_traceroute, cmds_traceroute6;

#endif
