#ifndef INSPIRE_SHELL_TERM_EDIT_H
#define INSPIRE_SHELL_TERM_EDIT_H

/* The line under the editor's hands, for whoever draws it. */

#include <stddef.h>
#include <wchar.h>

struct term_editor;

void	term_editor_line(const struct term_editor *e, const wchar_t **text, size_t *n, size_t *cursor);

#endif
