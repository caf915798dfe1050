#ifndef INSPIRE_SHELL_SOUND_H
#define INSPIRE_SHELL_SOUND_H

/* What no configuration line may hold, whatever its command takes: control characters, and names without end. */

#include <stdbool.h>

#include "shell/grammar.h"

struct session;

#define NAME_BYTES_MAX	127u

/* False, having said what is wrong: the line, which matched, is not to run. */
bool	 line_sound(struct session *s, const struct match *m, const char *line);

#endif
