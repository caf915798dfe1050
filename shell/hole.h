#ifndef INSPIRE_SHELL_HOLE_H
#define INSPIRE_SHELL_HOLE_H

/*
 * Expected lines with holes: `spi: 0x<<out:hex>>(<<out:int>>)`.  A pattern is a row of literals and
 * holes; matching keeps the texts of named holes, all of them or, where the line does not fit, none.
 */

#include <stdbool.h>
#include <stddef.h>

enum hole_kind { HOLE_ANY, HOLE_INT, HOLE_HEX, HOLE_HEX8, HOLE_IP, HOLE_TIME, HOLE_WORD, HOLE_LINE, HOLE_REGEX };

/* What was kept, by name. */
struct kept {
	char		*name;
	enum hole_kind	 kind;		/* of its first use */
	char		*text;		/* NULL: declared, not yet kept */
};
struct names_kept {
	struct kept	*v;
	size_t		 n;
};

/* Before <<, and dropped: it is text and opens no hole. */
#define HOLE_CLOSED	'\x01'

struct pattern_part;
struct pattern {
	struct pattern_part	*parts;
	size_t			 n;
	bool			 exact;
};

/* NULL with *why (lent) on a malformed hole. Declares names in kept (kinds of first use). */
struct pattern	*pattern_new(const char *text, bool exact, struct names_kept *kept, const char **why);
void		 pattern_free(struct pattern *p);
/* Signs that a line has to have to fit, at least: what is not a hole, nor a blank. */
size_t		 pattern_literal(const struct pattern *p);
bool		 pattern_has_holes(const struct pattern *p);
/* Whole line; on a fit new names are kept. */
bool		 pattern_match(const struct pattern *p, const char *line, struct names_kept *kept);
/* The text with all its << closed. Caller frees. */
char		*holes_closed(const char *text);
/* Does the text begin with a hole of kind time?  Returns its length or 0. */
size_t		 hole_time_prefix(const char *text, const struct names_kept *kept);
/* Fills the holes of a typed command. NULL with *why (lent): malformed, or a name that is not kept. */
char		*holes_fill(const char *text, const struct names_kept *kept, const char **why);
/* The same where only numbers count: hexadecimal ones get their 0x, so that 12345678 is not read as another. */
char		*holes_fill_numbers(const char *text, const struct names_kept *kept, const char **why);
/* Calls fn with each name that a text uses; false if a hole is malformed. */
bool		 holes_each(const char *text, void (*fn)(void *arg, const char *name), void *arg, const char **why);

/* Length of the well-formed hole at s, or 0. */
size_t		 hole_at(const char *s);

/* Word by word (hole_reword.c): the line that came, with those of the written holes that still match.
 * NULL: none does. Names are kept. Caller frees. */
char		*holes_reword(const char *written, const char *came, bool exact, struct names_kept *kept);
/* How much of the two is the same, in percent. */
unsigned	 words_alike(const char *written, const char *came, struct names_kept *kept);

struct kept	*kept_find(const struct names_kept *k, const char *name);
size_t		 kept_mark(const struct names_kept *k, bool *set);	/* which are kept: set has k->n places */
void		 kept_undo(struct names_kept *k, const bool *set, size_t n);
void		 kept_set(struct names_kept *k, const char *name, enum hole_kind kind, const char *text);
void		 kept_free(struct names_kept *k);
/* White space of transcripts: blank, tab, U+00A0, U+3000: its length in bytes, or 0. */
size_t		 blank_at(const char *s);
const char	*skip_blanks(const char *s);
size_t		 length_without_blanks(const char *s);	/* without those at the end */
/* Runs of white space become one blank, none at the ends. Caller frees. */
char		*fold_blanks(const char *s);

#endif
