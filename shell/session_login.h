#ifndef INSPIRE_SHELL_SESSION_LOGIN_H
#define INSPIRE_SHELL_SESSION_LOGIN_H

/*
 * Logging in at a terminal line, and the rights a session has: what is asked at its start, `enable`, and passwords held
 * against stored ones without stopping the routers meanwhile.
 */

#include <stdbool.h>

struct login_secret;
struct session;

/*
 * In the session's coroutine, before its first prompt: asks who comes (not over SSH: there that is known), shows the
 * banners, sets what the line's configuration says of screen, history and rights.  False: he does not get in.
 */
bool	session_login(struct session *s);
/* It has ended. A console where one has to log in says that it is free; one that belongs to no lab waits for the next person: true. */
bool	session_again(struct session *s);
/* Had its person to say who he is, or would he have to now? */
bool	session_logged_in(const struct session *s);
/* `login` typed: asks who it is and gives his rights, over SSH too. */
bool	session_login_anew(struct session *s);
/* Is that the password?  Takes the typed one and wipes it. On the real clock others go on meanwhile. */
bool	session_password(struct session *s, const struct login_secret *secret, char *typed);
/* Rights from now on; the mode is that of exec. */
void	session_level(struct session *s, unsigned level);

#endif
