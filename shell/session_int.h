#ifndef INSPIRE_SHELL_SESSION_INT_H
#define INSPIRE_SHELL_SESSION_INT_H

/* What the session's own files share. */

#include "shell/session.h"

char	*session_read(struct session *s, const char *prompt, enum input_kind kind);
/* A line came from the person: a command, a key, or a request for help. */
void	 session_typed(struct session *s, const char *line);
void	 session_show_now(struct session *s);
void	 session_history_add(struct session *s, const char *line);
void	 session_history_clear(struct session *s);
void	 session_history_resize(struct session *s, size_t size);

#endif
