#ifndef INSPIRE_SHELL_SESSION_H
#define INSPIRE_SHELL_SESSION_H

/*
 * A session: a person (terminal, pipe, transcript, later SSH) at a router's console or at the lab's.
 * It runs in a coroutine whose code reads top down; where it would wait it gives way to the loop.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/text.h"
#include "shell/grammar.h"

struct lab;
struct node;
struct router;
struct session;
struct log_entry;
struct tty;
struct foreign_place;

enum input_kind { INPUT_COMMAND, INPUT_QUESTION, INPUT_PASSWORD, INPUT_KEY, INPUT_TEXT /* a line as it is: no help, nothing remembered */ };

#define SESSION_HOST_MAX	20	/* letters of the name that configuration prompts show */

struct session_io {
	/* Blocks the coroutine until a line is there. NULL = end of input, or s->quit was set meanwhile. Caller frees. A line that ends in '?' (INPUT_COMMAND) asks
	 * for help; "\x1a" is Ctrl-Z, "\x03" Ctrl-C. */
	char	*(*readline)(void *arg, struct session *s, const char *prompt, enum input_kind kind);
	void	(*write)(void *arg, struct session *s, const char *p, size_t n);	/* '\n' line ends */
	void	(*log)(void *arg, struct session *s, const struct log_entry *e, const char *formatted);	/* a message on this console */
	/* What was written is to be seen now: a command begins, or waits for lab time. May be NULL. */
	void	(*flush)(void *arg, struct session *s);
	void	(*ended)(void *arg, struct session *s);
	/* The lab console's `connect` (node NULL: back to the lab's). False: there is no way from this console. */
	bool	(*connect)(void *arg, struct session *s, struct node *node);
	/* `restore` goes on in a process that was frozen inside its own `snapshot` command: what must reach it (how far the input is
	 * read, verdicts so far) is packed by carry() in the present process, malloc'd, and handed to carried() there. Both may be NULL. */
	void	*(*carry)(void *arg, struct session *s, size_t *n);
	void	(*carried)(void *arg, struct session *s, const void *p, size_t n);
};

struct session {
	struct lab		*lab;		/* NULL for `inspire router` */
	struct node		*node;		/* NULL at lab# */
	struct router		*router;	/* NULL at lab# */
	enum mode		 mode;
	unsigned		 privilege;
	void			*object;	/* what the sub-mode edits: looked up anew by name, see session_object */
	char			*object_name;
	char			*section;	/* the head of the section that is edited, as the running configuration has it; NULL = none yet */
	unsigned		 moves;		/* changes of mode so far */
	struct foreign_place	*place;		/* what a text that is loaded says of a line's place (foreign.h); NULL: lines are typed */
	const struct session_io	*io;
	void			*io_arg;
	struct coro		*coro;
	struct log_tap		*tap;
	struct session_history	 { char **v; size_t n; } history[2];	/* of exec and of configuration modes, the oldest first */
	size_t			 history_size;
	struct text		*capture;	/* output goes here while a filter collects it */
	bool			 failed;	/* the present command was refused (a % line) */
	bool			 loading;	/* from a file: no log, no session of a person */
	bool			 quit;
	bool			 left;		/* quit because its person logged out, or was logged out */
	bool			 tcl;		/* inside tclsh */
	bool			 interrupted;	/* Ctrl-C or Ctrl-^ came while a command ran */
	bool			 woken, blocked;	/* session_wake() came; in session_block() */
	unsigned		 waits;		/* how often it was: output between two waits is watched as it comes, and not paged */
	bool			 do_prefix;	/* the present command stands behind `do` */
	struct timer		 timer;		/* resumes the coroutine */
	struct timer		 limit;		/* ends an idle session (exec-timeout, absolute-timeout) */
	unsigned		 length, width;	/* of the screen; 0 = endless */
	bool			 no_echo;	/* what is typed is not shown */
	bool			 no_editing;	/* keys that only take back, `?` and Tab: no recall, no moving about */
	bool			 length_set, width_set;	/* by command: the terminal's own size doesn't change them any more */
	bool			 running;	/* a command is under way */
	bool			 waiting;	/* for input */
	bool			 parked;	/* its coroutine waits for its terminal: what is typed, a key, room */
	enum input_kind		 waiting_kind;
	int64_t			 started_ns, idle_since_ns;
	unsigned		 line;		/* 0 = console */
	struct tty		*tty;		/* the terminal line it sits on (tty.h); NULL: a file, a policy, the lab's console */
	const char		*exec;		/* this command runs instead of reading any, and the session ends; lent; NULL = reads */
	char			*autocommand;	/* of its user: then exec is this */
	const char		*user;		/* NULL */
	const char		*policy;	/* an event manager policy types here; NULL: a person */
	const char		*command;	/* the line under way, as typed; NULL = none */
	struct text		 typeahead;	/* a script's answers to questions to come */
	size_t			 refused;	/* commands refused so far */
	unsigned		 config_session;	/* its number in the archive's log; 0 = it has configured nothing yet */
};

/* node NULL: the lab's console. */
struct session	*session_new(struct lab *lab, struct node *node, struct router *router, const struct session_io *io, void *io_arg);
void		 session_start(struct session *s);	/* runs the coroutine: until it first waits */
void		 session_free(struct session *s);	/* a command under way is interrupted first */
/* The router booted anew: back to privileged exec, a command under way is interrupted, history is kept. */
void		 session_reset(struct session *s);
struct clock	*session_clock(const struct session *s);
/* A command is under way that waits for lab time, and not for somebody at the terminal. */
bool		 session_under_way(const struct session *s);
/* Messages on a terminal over the network; the console has them anyway. */
void		 session_monitor(struct session *s, bool on);
bool		 session_at_vty(const struct session *s);
const struct session_history *session_history(const struct session *s);	/* of the present mode */
char		*session_prompt(const struct session *s);	/* "Router2(config-if)#"; caller frees */
/* One line, as if typed and Return pressed (in the session's coroutine). */
void		 session_execute(struct session *s, const char *line);
/* Configuration text into a router without a person (startup-config, `copy ... running-config`): complaints through report, with line number from 1. */
size_t		 session_load(struct lab *lab, struct router *r, const char *text, void (*report)(void *arg, size_t line, const char *message), void *arg);

/* The same, and what is kept without being acted upon is told with its line; both may be NULL. `report` is that of session_load(). */
struct load_watch {
	void	(*report)(void *arg, size_t line, const char *message);
	void	(*kept)(void *arg, size_t line, unsigned kind, const char *text);	/* enum foreign_kind */
	void	*arg;
	bool	undo;	/* its lines only take away */
	bool	part;	/* it takes effect with the next router_apply() of everything; a line that is not indented begins at the global mode */
};
size_t		 session_load_watched(struct lab *lab, struct router *r, const char *text, const struct load_watch *w);

void		 session_printf(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void		 session_write(struct session *s, const char *p, size_t n);
/* A "% ..." line: the command was refused. */
void		 session_error(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Asks and waits; NULL = Ctrl-C or end of input. Caller frees. */
char		*session_ask(struct session *s, const char *question, enum input_kind kind);
/* One line of text of several, as it is: "\x1a" and "\x03" too. NULL = end of input. Caller frees. */
char		*session_read_text(struct session *s);
bool		 session_confirm(struct session *s, const char *question);	/* "Proceed with reload? [confirm]" */
/* Waits for lab time; false if interrupted. */
bool		 session_sleep(struct session *s, int64_t ns);
/* Gives way until session_wake() or the deadline (CLOCK_NEVER); returns false if interrupted. */
bool		 session_block(struct session *s, int64_t deadline);
void		 session_wake(struct session *s);	/* from a callback */
void		 session_interrupt(struct session *s);	/* Ctrl-C from outside */
/* Ends it from outside: what is under way is interrupted, nothing more is read. */
void		 session_hangup(struct session *s);
/* Who sits there, as messages say it: "console", "admin on vty0 (192.0.2.1)"; returns out. */
const char	*session_who(const struct session *s, char *out, size_t size);
void		 session_mode(struct session *s, enum mode m, const char *object_name);
void		 session_usage_caret(struct session *s, const char *line, size_t offset);	/* the ^ line and % Invalid input... */

#endif
