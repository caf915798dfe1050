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
	/* The session has ended: the owner closes, later, from his loop: this is told from within the session's coroutine. */
	void	(*ended)(void *arg);
};

#define TERM_HIGH	(64u << 10)	/* bytes pending at which a session's output waits, and messages are dropped */
#define TERM_LINE_MAX	4000u		/* characters of one line: more ring the bell and are not taken; without a screen such a line is refused */
#define TERM_UNREAD_MAX	(32u << 10)	/* bytes typed ahead at which term_wants_input() says no */

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
/* Keeps bytes as typed; they are looked at by the next term_run(), which lets the session go on as far as it gets and
 * says whether it did. */
void		 term_queue(struct term *t, const char *p, size_t n);
void		 term_queue_eof(struct term *t);
bool		 term_run(struct term *t);
/* The session is over as soon as it can be: what it waits for on this terminal ends. */
void		 term_hangup(struct term *t);

/* For an owner with several terminals on one screen, or a pipe. */
#define TERM_ECHO_LINES	0x01	/* without a screen: prompt and line are written once the line is there, as a console would show them */
#define TERM_END_KEY	0x02	/* Ctrl-D on an empty line is the end of input */
void		 term_flags(struct term *t, unsigned flags);
size_t		 term_unread(struct term *t, struct text *out);	/* hands back what was typed and not read, the end too; returns how much */
void		 term_flush(struct term *t);			/* what the session has written so far is out */
void		 term_hide(struct term *t);			/* another comes on the screen: leaves the line */
void		 term_show(struct term *t);			/* and is back: what stood there stands again */
/* A message, as logs are shown: beside or between what is typed. */
void		 term_message(struct term *t, const char *text);
size_t		 term_dropped(const struct term *t);		/* messages lost since nobody read */

#endif
