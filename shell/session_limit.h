#ifndef INSPIRE_SHELL_SESSION_LIMIT_H
#define INSPIRE_SHELL_SESSION_LIMIT_H

/* How long a session may stay: exec-timeout while nothing is typed, absolute-timeout in any case. */

struct session;

void	session_limit_init(struct session *s);
void	session_limit_arm(struct session *s);	/* it begins to wait for what is typed */

#endif
