#ifndef INSPIRE_SHELL_EXPECTED_H
#define INSPIRE_SHELL_EXPECTED_H

/* What a refused line should have had at the word that was refused. */

#include <stdbool.h>

#include "shell/grammar.h"

struct text;

/* "isakmp, ipsec or map", or "one of 40 words, perhaps policy"; false: the line is refused for another reason. */
bool	 expected_at(enum mode mode, unsigned privilege, const char *line, struct text *out);

#endif
