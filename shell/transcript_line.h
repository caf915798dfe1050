#ifndef INSPIRE_SHELL_TRANSCRIPT_LINE_H
#define INSPIRE_SHELL_TRANSCRIPT_LINE_H

#include "shell/transcript.h"

void	 lines_begin(struct transcript *t);	/* once, before any line is read */
/* What line i of the file (from 0) is; false: blank or an annotation. */
bool	 line_read(struct transcript *t, size_t i, struct tr_line *l);
/* Would output that looks so be read as just that? */
bool	 line_is_plain(const struct transcript *t, const char *line);
/* Where a vendor's mark begins, with the white space before it; NULL: there is none. */
const char *line_annotation(const char *line);

#endif
