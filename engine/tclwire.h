#ifndef INSPIRE_ENGINE_TCLWIRE_H
#define INSPIRE_ENGINE_TCLWIRE_H

/*
 * Messages between a router and the process in which its script is interpreted: an operation and some strings.
 * They alternate: the script's process asks (or has ended an evaluation), the router answers.
 *
 *	u32 length of all that follows | u8 op | u32 number of strings | { u32 length | bytes | NUL } ...
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TCLWIRE_MAX	(20u << 20)	/* bytes of a message: a whole flash, and room */
#define TCLWIRE_ARGS	4096u

enum tclwire_op {
	/* from the router */
	TCLW_EVAL,		/* script, then the script's arguments */
	TCLW_FIRST,		/* script: only its first command, which must register for an event */
	TCLW_QUIT,		/* write what is open, answer DONE */
	TCLW_OK, TCLW_ERROR,	/* answers to CALL: result */
	TCLW_LIST,		/* the same, a list of values */
	TCLW_GO, TCLW_STOP,	/* answers to TICK */
	TCLW_SPLIT,		/* a descriptor follows: fork, and let the other one serve it; no answer */
	/* from the script */
	TCLW_CALL,		/* name, arguments */
	TCLW_TICK,		/* a slice of commands has been done */
	TCLW_DONE,		/* "ok", "error", "incomplete" or "exit"; result; status; line of an error */
	TCLW_DIED,		/* why */
};

struct tclmsg {
	enum tclwire_op	 op;
	unsigned	 argc;
	char		**arg;		/* each with a NUL behind it, NULL behind the last */
	size_t		*len;
	char		*buf;
};

bool	 tclwire_send(int fd, enum tclwire_op op, unsigned argc, const char *const *arg, const size_t *len);	/* len NULL: strings */
bool	 tclwire_recv(int fd, struct tclmsg *m);	/* m is freed by tclmsg_free(), whatever comes of it */
void	 tclmsg_free(struct tclmsg *m);
bool	 tclwire_send_fd(int fd, int pass);
int	 tclwire_recv_fd(int fd);			/* -1: none */

#endif
