#ifndef INSPIRE_SHELL_CFG_LOG_H
#define INSPIRE_SHELL_CFG_LOG_H

/* What is noted of a configuration command that a session has run. */

#include "shell/grammar.h"

struct session;

/* That the configuration has changed, and the command in the archive's log if that is on. mode: where it was understood. */
void	 cfg_log_command(struct session *s, enum mode mode, const struct args *a);
/* The same of a line that is only kept as text. */
void	 cfg_log_line(struct session *s, enum mode mode, const char *line);
/* The session has configured something by other ways: copied, replaced. */
void	 cfg_log_changed(struct session *s);

#endif
