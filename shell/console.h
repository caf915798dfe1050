#ifndef INSPIRE_SHELL_CONSOLE_H
#define INSPIRE_SHELL_CONSOLE_H

/*
 * The consoles that one terminal or pipe can be connected to: the lab's and one for each router, all
 * alive at once.  One is current: it reads what is typed and shows what it prints; messages for the
 * others are kept until somebody connects.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

#include "lib/text.h"
#include "shell/session.h"

struct loop;
struct loop_fd;
struct recorder;
struct term;

struct console {
	struct consoles	*owner;
	struct node	*node;		/* NULL: the lab's own */
	struct router	*router;
	struct session	*session;
	struct term	*term;
	struct text	 kept;		/* messages while nobody was connected */
	bool		 ended;		/* its session is over */
	struct console	*next;
};

struct consoles {
	struct lab	*lab;		/* NULL: `inspire router` */
	struct clock	*clock;
	struct loop	*loop;
	struct console	*first, *current;	/* the first is the lab's, or the only router's */
	bool		 terminal, virt;
	int		 in, out;
	struct loop_fd	*in_fd;		/* NULL: nothing is read at the moment */
	bool		 eof, done;
	size_t		 column;	/* of the cursor */
	size_t		 refused;
	struct recorder	*recorder;
	struct serving	*serving;	/* people from elsewhere; NULL: none come. Lent */
	bool		 idle;		/* our own input is at an end, others are served */
	struct termios	 tty;		/* as found */
};

/* lab or router. */
struct consoles	*consoles_new(struct lab *lab, struct router *router, struct loop *loop);
bool		 consoles_free(struct consoles *k);	/* false: its recording could not be written whole */
/* Writes what is typed and seen to a file as a transcript; false with *why. */
bool		 consoles_record(struct consoles *k, const char *path, const char *topology, const char **why);
/* Until the end of input or the lab's `exit`: the exit status. */
int		 consoles_run(struct consoles *k);
/* A router booted anew. */
void		 consoles_rebooted(struct consoles *k, struct router *r);

#endif
