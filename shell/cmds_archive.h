#ifndef INSPIRE_SHELL_CMDS_ARCHIVE_H
#define INSPIRE_SHELL_CMDS_ARCHIVE_H

/* The archive's commands, and the shell as the archive asks for it. */

#include "shell/grammar.h"

struct lab;
struct router;

extern const struct cmd_table cmds_config_archive, cmds_show_archive, cmds_replace;

/* The shell has to do with this router from now on: its archive can ask for text and have it replaced. */
void	 archive_shell(struct lab *lab, struct router *r);

#endif
