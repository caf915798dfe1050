#ifndef INSPIRE_SHELL_TERM_H
#define INSPIRE_SHELL_TERM_H

/*
 * A terminal: between the bytes of a person's screen and keyboard (a tty, a channel of SSH, a Unix socket) and a
 * session.  It edits lines as IOS does, scrolls long ones, answers `?` and Tab, stops at --More--, writes messages
 * beside what is being typed.  It knows no descriptor: bytes go in by term_input() and out by its owner's function.
 */

#include <stdbool.h>
#include <stddef.h>

#include "shell/session.h"

struct term;

struct term_ops {
	/* Bytes for the screen, line ends as CR LF (raw) or LF.  Never blocks; what the peer has not taken yet is pending(). */
	void	(*out)(void *arg, const char *p, size_t n);
	/* Bytes that wait for the peer to read them; NULL: never any. Above TERM_HIGH the session waits before it writes more. */
	size_t	(*pending)(void *arg);
	/* The person wants to leave the terminal to its owner (Ctrl-^ x, `connect lab`). May be NULL. False: nowhere to go to. */
	bool	(*leave)(void *arg);
	/* The session has ended: the owner closes. */
	void	(*ended)(void *arg);
};

#define TERM_HIGH	(64u << 10)	/* bytes pending at which a session's output waits */

struct term_size { unsigned columns, lines; };	/* 0 = not known */

/* edit: there is a screen (a pty): echo, editing, paging; without it lines are read as they come and nothing is echoed.
 * crlf: line ends go out as CR LF. */
struct term	*term_new(const struct term_ops *ops, void *arg, bool edit, bool crlf, struct term_size size);
void		 term_free(struct term *t);
/* For session_new(): io = &term_io, io_arg = the terminal. */
extern const struct session_io term_io;
void		 term_session(struct term *t, struct session *s);	/* once it is made, before session_start() */

/* From the owner's loop, never from the session's coroutine.  They let the session run as far as it gets. */
void		 term_input(struct term *t, const char *p, size_t n);	/* bounded by the owner: at most 16 KB a call */
bool		 term_wants_input(const struct term *t);		/* false: so much waits unread that the owner should not read more */
void		 term_eof(struct term *t);
void		 term_resize(struct term *t, struct term_size size);
void		 term_drained(struct term *t);				/* pending() has fallen below TERM_HIGH */
void		 term_break(struct term *t);				/* as Ctrl-^ : a command under way is interrupted */

#endif
