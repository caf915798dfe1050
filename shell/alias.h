#ifndef INSPIRE_SHELL_ALIAS_H
#define INSPIRE_SHELL_ALIAS_H

/* Aliases as a session sees them: `alias exec siib show ip interface brief`, and those that a router comes with. */

#include "shell/grammar.h"

struct config;
struct session;
struct text;

extern const struct cmd_table cmds_alias;

/*
 * The line with its first word replaced, once, if that is an alias of the session's mode; NULL if it is none. A line that
 * begins with a blank, or that a file brings, is taken as it is. Caller frees.
 */
char	*alias_expand(const struct session *s, const char *line);
/* "*s=show  " for each alias that begins with a word of which no more than that is typed. */
void	 alias_help(const struct session *s, const char *line, struct text *out);
void	 running_aliases(const struct config *c, struct text *out);

#endif
