#ifndef INSPIRE_SHELL_TRANSCRIPT_FRONT_H
#define INSPIRE_SHELL_TRANSCRIPT_FRONT_H

#include "shell/transcript.h"

/* Reads YAML that begins at line `first` of path. False with "path:line: ..." in *why (caller frees). */
bool	 front_parse(struct tr_options *o, const char *text, const char *path, size_t first, char **why);
bool	 start_parse(const char *s, int64_t *ns);	/* 2015-03-13T13:13:00, UTC */
bool	 seed_parse(const char *s, uint64_t *seed);

#endif
