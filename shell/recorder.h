#ifndef INSPIRE_SHELL_RECORDER_H
#define INSPIRE_SHELL_RECORDER_H

/* Writes what is typed and seen on the consoles to a file, in the form that `inspire test` reads.
 * All functions take a NULL recorder and do nothing. */

#include <stddef.h>

#include "shell/session.h"

struct console;
struct recorder;

struct recorder	*recorder_new(const char *path, const char *topology, struct lab *lab, const char **why);
bool		 recorder_free(struct recorder *r);	/* false: the file could not be written whole */
void		 recorder_typed(struct recorder *r, struct console *c, const char *prompt, const char *line, enum input_kind kind);
void		 recorder_output(struct recorder *r, struct console *c, const char *p, size_t n);
void		 recorder_log(struct recorder *r, struct console *c, const char *text);

#endif
