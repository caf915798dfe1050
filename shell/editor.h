#ifndef INSPIRE_SHELL_EDITOR_H
#define INSPIRE_SHELL_EDITOR_H

/* The line editor of one console on a terminal (libedit): `?` answers at once, Tab finishes a word. */

#include "shell/session.h"

struct console;
struct editor;

struct editor	*editor_new(struct console *c);
void		 editor_free(struct editor *e);
/* In the session's coroutine. NULL at the end of input; caller frees. */
char		*editor_readline(struct editor *e, const char *prompt, enum input_kind kind);
/* A message arrives while somebody types: it is shown above, the line is drawn again. */
void		 editor_interject(struct editor *e, const char *text);
void		 editor_hide(struct editor *e);		/* another console comes: leaves the line */
void		 editor_show(struct editor *e);		/* draws prompt and line where the cursor is */

#endif
