#ifndef INSPIRE_SHELL_IOSRE_H
#define INSPIRE_SHELL_IOSRE_H

/*
 * Regular expressions in the IOS dialect: . * + ? ^ $ [] () | and `_`, which stands for a delimiter
 * (the line's start or end, blank, comma, brace, parenthesis). `\` takes its meaning from the next
 * character. Case matters.
 */

#include <stdbool.h>

struct iosre;

struct iosre	*iosre_new(const char *pattern, const char **why);	/* NULL: malformed */
void		 iosre_free(struct iosre *re);
bool		 iosre_search(const struct iosre *re, const char *line);	/* anywhere in it */

#endif
