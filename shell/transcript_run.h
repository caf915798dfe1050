#ifndef INSPIRE_SHELL_TRANSCRIPT_RUN_H
#define INSPIRE_SHELL_TRANSCRIPT_RUN_H

/* A transcript's run: its lab, its consoles, how far it is. Private to transcript_run.c, _log.c and _carry.c. */

#include "engine/lab.h"
#include "engine/log.h"
#include "shell/session.h"
#include "shell/transcript.h"

struct run;

struct logged {
	int64_t	 when_ns;
	char	*stamp, *body;
};

/* A console of the lab (node NULL) or of a router, and what its router has logged on it. */
struct console {
	struct run	*run;
	struct node	*node;
	struct router	*router;
	struct session	*session;	/* NULL until first typed at */
	struct log_tap	*tap;
	struct logged	*logs;
	size_t		 nlogs;
	size_t		 next;		/* where the next expected log line is sought */
	int64_t		 timed_written, timed_came;	/* of the log line before, -1 = none */
	bool		 omitted;	/* logs: all; an omission stands before the next log line */
	struct text	 out;		/* of the present command */
	char		*prompt;	/* what it asks for input with */
	enum input_kind	 kind;
	bool		 asks;		/* waits for input */
	char		*input;		/* to be read */
	bool		 ended;
};

/* A command and the lines below it, up to the next command. */
struct step {
	size_t	 first, end;		/* lines[first] is the command, unless it is the part before any */
	bool	 typed;
};

/* What stands below a command. */
struct below {
	struct tr_want	*out;		/* what the command must have printed */
	size_t		 nout;
	struct tr_want	*slice;		/* of a log line: what may be of its message */
	bool		*used;		/* by line of the step: the answer to a question */
	bool		 show;		/* lines with a log time are output, until a bare prompt */
	enum { ABOVE_OUTPUT, ABOVE_LOG, ABOVE_BARE } above;
	struct tr_prompt prompt;
};

struct run {
	struct transcript		*t;
	const struct tr_run_options	*o;
	struct tr_result		*result;
	struct lab			*lab;
	struct console			*consoles;	/* in the topology's order, the lab's last */
	size_t				 nconsoles;
	struct step			*steps;
	size_t				 nsteps, at;
	struct console			*shown;		/* --show: whose console was printed last */
	/* Of the present step. */
	struct console			*current;
	int64_t				 awaited_from;	/* the timeout of log lines counts from here */
	struct text			 faults;	/* '-' and '+' lines about prompts and log lines */
	char				*command;	/* with its prompt, as typed */
};

struct console	*console_find(struct run *r, const char *name);
/* Holds a written prompt against the real one, whose length is returned. */
size_t		 prompt_hold(struct run *r, struct console *c, const struct tr_line *l);
/* Holds log lines and bare prompts, collects what must have been printed; then judges. */
void		 below_hold(struct run *r, struct below *b, const struct step *st);
void		 below_verdict(struct run *r, struct below *b, const struct step *st, struct console *c);
void		 console_logged(void *arg, const struct log_entry *e, const char *formatted);
/* One expected log line (and the lines below it that may be of its message): how many of want it took. */
size_t		 log_hold(struct run *r, struct console *c, const struct tr_want *want, size_t nwant);
/* --update: a written line becomes one that came, or goes. Its holes stay where they still match, its annotation too. */
void		 rewrite_output(struct run *r, const struct tr_want *w, const char *came, size_t indent);
void		 rewrite_insert(struct run *r, size_t before, size_t indent, char **came, size_t n);
void		 rewrite_delete(struct run *r, const struct tr_line *l);
/* The same for a log line written as n lines. */
void		 rewrite_message(struct run *r, const struct tr_want *want, size_t n, const char *body);
/* --show: the prose before line `line` (all that is left, if there is none). */
void		 prose_show(struct run *r, size_t line);
void		*run_carry(void *arg, struct session *s, size_t *n);
void		 run_carried(void *arg, struct session *s, const void *p, size_t n);

#endif
