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

struct editor;
struct loop;
struct loop_fd;
struct recorder;

struct console {
	struct consoles	*owner;
	struct node	*node;		/* NULL: the lab's own */
	struct router	*router;
	struct session	*session;
	struct text	 kept;		/* messages while nobody was connected */
	struct editor	*editor;	/* terminals; made at the first prompt */
	bool		 parked;	/* its session waits for what is typed */
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
	struct loop_fd	*in_fd;		/* real clock */
	struct text	 typed;		/* read and not yet taken */
	size_t		 taken;		/* of which already taken */
	bool		 eof, done;
	bool		 escape;	/* Ctrl-^ came, x may follow */
	size_t		 column;	/* of the cursor */
	size_t		 refused;
	struct recorder	*recorder;
	struct termios	 tty, raw;	/* as found; while a command runs: each key is ours */
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

/* Between the console's own files. */
void		 console_put(struct console *c, const char *p, size_t n);	/* on the screen, if current */
void		 console_go(struct consoles *k, struct console *c);
struct console	*console_of(struct consoles *k, const struct node *n);
/* Until somebody is connected to this console. */
void		 console_wait(struct console *c);
/* One byte typed at this console: waits; -1 at the end. */
int		 console_byte(struct console *c);
/* One line, the same way; NULL at the end. Caller frees. */
char		*console_line(struct console *c);
/* The words `connect lab`, `^Z`, `^C` typed as a line. */
bool		 console_is_escape(const char *line);

#endif
