#ifndef INSPIRE_SHELL_ARGS_H
#define INSPIRE_SHELL_ARGS_H

/* What a row captured: made by the walk, read by handlers through the functions of grammar.h. */

#include "shell/syntax.h"

struct args	*args_new(const struct cmd *cmd, const char *line, bool no, bool dflt);
void		 args_add(struct args *a, const struct element *e, const struct token *t);
void		 args_set_ifname(struct args *a, const struct element *e, const char *canonical);

#endif
