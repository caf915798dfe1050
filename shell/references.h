#ifndef INSPIRE_SHELL_REFERENCES_H
#define INSPIRE_SHELL_REFERENCES_H

/* Names in a configuration that nothing in it bears. */

#include <stddef.h>

struct config;

/* Calls fn with a sentence for each; returns how many there are. */
size_t	 references_check(struct config *c, void (*fn)(void *arg, const char *sentence), void *arg);

#endif
