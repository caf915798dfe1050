#ifndef INSPIRE_SHELL_SYNTAX_H
#define INSPIRE_SHELL_SYNTAX_H

/*
 * A row's syntax string taken apart: its elements in order, and which may follow which (the position
 * automaton of Glushkov: bit i of a mask stands for element i).  Internal to the grammar.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shell/grammar.h"

struct cfg_privileges;

#define SYNTAX_MAX	64	/* elements in a row */

enum element_kind {		/* in order of preference when a word fits several */
	EL_LINE, EL_WORD, EL_STRING, EL_IFNAME, EL_HEX, EL_DURATION, EL_MONTH, EL_TIME, EL_MAC, EL_LISTED, EL_PREFIX, EL_ADDR, EL_PREFIX6, EL_ADDR6, EL_NUMBER,
	EL_KEYWORD
};

/* Which list of words EL_LISTED takes. */
enum listed { LISTED_TCP, LISTED_UDP, LISTED_ICMP, LISTED_DSCP, LISTED_PRECEDENCE, LISTED_TOS };

struct element {
	enum element_kind	 kind;
	const char		*text;		/* as written: keyword or "<1-5>" */
	size_t			 len;
	const char		*name;		/* after the colon; a keyword's is the keyword */
	size_t			 name_len;
	uint64_t		 lo, hi;	/* EL_NUMBER; EL_LISTED: lo is an enum listed, hi the highest number */
	uint64_t		 follow;
};

struct syntax {
	size_t			 n;
	struct element		 el[SYNTAX_MAX];
	uint64_t		 first, last;	/* may begin, may end */
	uint64_t		 no_last;	/* the `no` form may end here too */
	bool			 bad;		/* the string is malformed */
};

void		 syntax_parse(struct syntax *s, const char *text);
/* The element at the beginning of text, where it stands alone: its length; 0 where brackets begin, at the end, and for an interface's name,
 * which may be two words. */
size_t		 syntax_lead(const char *text, struct element *e);
/* The i-th line of a help text; *len 0 if there is none. */
const char	*help_line(const char *help, size_t i, size_t *len);

/* One word of a command line. */
struct token { const char *p; size_t len; bool quoted; };

/* A walk over the rows of a mode, word by word. */
struct walk_row {
	const struct cmd	*cmd;
	struct syntax		*syn;		/* taken apart when first needed: not while elements stand alone, walk_row_syntax() */
	const char		*ahead;		/* syn NULL: the syntax string behind the words so far */
	size_t			 taken;		/* such elements so far */
	uint64_t		 at;		/* elements the last word may have been */
	uint64_t		 half;		/* of which EL_IFNAME elements that still want their number */
};

struct decision { enum element_kind kind; const char *keyword; size_t keyword_len; struct token tok; };

enum step { STEP_OK, STEP_NONE, STEP_AMBIGUOUS };

struct walk {
	struct walk_row		*rows;
	size_t			 n, size;
	enum mode		 mode;
	unsigned		 privilege;
	const struct cfg_privileges *rules;	/* NULL = none */
	bool			 started, no, dflt;
	bool			 via_do;
	struct decision		*path;
	size_t			 npath, path_size;
	struct token		 prev;		/* the last word, for an interface's type */
	const char		*line;		/* where the command itself begins */
	const char		*stop;		/* where the walk stopped: the bad word, `|` or the end */
	bool			 line_taken;	/* a LINE swallowed the rest */
	const char		*filter;	/* behind `|` */
	size_t			 words;
};

void		 walk_init(struct walk *w, enum mode mode, unsigned privilege, const struct cfg_privileges *rules);
void		 walk_fini(struct walk *w);
/* Takes in the words of line up to end (or all): stops at the first that doesn't fit. */
enum step	 walk_line(struct walk *w, const char *line, const char *end);
/* Calls fn for each element that may come next in a row. */
void		 walk_next(struct walk *w, void (*fn)(void *arg, struct walk_row *r, size_t i, const struct element *e), void *arg);
const struct syntax *walk_row_syntax(struct walk_row *r);
bool		 walk_hidden(const struct walk *w, const struct walk_row *r);	/* not for help and completion */
bool		 walk_row_accepts(const struct walk *w, struct walk_row *r);
/* Could the line end here?  The first row that says so; *n counts them. */
struct walk_row	*walk_accepting(struct walk *w, size_t *n);
bool		 walk_takes_no(const struct walk *w);	/* nothing typed yet, and some row has a `no` form */
struct args	*walk_args(struct walk *w, struct walk_row *r, const char *line);

/* The next word of [*p, end); false at the end.  quotes: "several words" are one. */
bool		 token_next(const char **p, const char *end, bool quotes, struct token *out);
size_t		 space_len(const char *p, const char *end);	/* bytes of one blank (also U+00A0, U+3000), 0 = none */
/* Does the word fit a parameter? For EL_IFNAME *half is set when only the type is there. */
bool		 element_fits(const struct element *e, const struct token *t, bool *half);
/* The i-th word of the element's list; NULL behind the last. */
const char	*listed_word(const struct element *e, size_t i);
bool		 word_prefix(const struct token *t, const char *word, size_t len);	/* case matters not */
bool		 ifname_joined(const struct token *type, const struct token *number, char *out);
extern const struct if_type { const char *name, *help; } if_types[];	/* ended by a NULL name */

/* Every table, in order: ended by NULL. */
const struct cmd_table *const *grammar_tables(void);
/* Every row of every table, in order. */
const struct cmd *grammar_row(size_t i);	/* NULL behind the last */

#endif
