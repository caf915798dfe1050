#ifndef INSPIRE_SHELL_PRIVILEGE_H
#define INSPIRE_SHELL_PRIVILEGE_H

/*
 * Commands whose level was changed (`privilege exec level 5 clear counters`).  Such a rule speaks of each row of its
 * mode that begins with its words.  Where the words are all that the row's command consists of, or more, the row gets
 * the level; where they only begin it, the level is the least that it takes, unless the rule is one of `all`.
 * Of several rules the one with the most words holds.
 */

#include <stdbool.h>

#include "shell/grammar.h"

struct cfg_privileges;

/* The level of a row in a mode; *ruled: a rule says so. */
unsigned	 privilege_level(const struct cfg_privileges *rules, const struct cmd *c, enum mode mode, bool *ruled);
/* The words of a command's beginning in full; NULL: there is no such command. Caller frees. */
char		*privilege_words(enum mode mode, const char *line);
/* The rules that a session is under; NULL = none. */
const struct cfg_privileges *privileges_of(const struct session *s);
/* The name of a mode as `privilege` has it; NULL = none. By index: NULL ends them. */
const char	*privilege_mode_name(enum mode mode);

#endif
