#ifndef INSPIRE_SHELL_LADDER_READ_H
#define INSPIRE_SHELL_LADDER_READ_H

/* Captures read into a ladder: one, or two side by side. */

#include "shell/ladder_model.h"

/* False with *why if one is no capture; one that breaks off is told in l->file[].broken. */
bool	 ladder_read(struct ladder *l, char **paths, unsigned n, char **why);
/* The same of bytes; for tests. */
bool	 ladder_read_bytes(struct ladder *l, const void *p, size_t n, const char *name, char **why);

#endif
