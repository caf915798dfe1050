#ifndef INSPIRE_SHELL_TRANSCRIPT_H
#define INSPIRE_SHELL_TRANSCRIPT_H

/*
 * Console transcripts as programs: read (transcript_parse.c), run in a lab (transcript_run.c), held
 * against what came (transcript_match.c, transcript_log.c), judged and told (transcript_report.c),
 * rewritten (transcript_update.c).
 */

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/text.h"
#include "shell/hole.h"

/* `inspire test`: the exit status. */
int	 transcript_main(int argc, char **argv);

struct tr_options {
	char		*topology;	/* as written, NULL = not said */
	uint64_t	 seed;
	int64_t		 start_ns;
	bool		 real, exact, all_logs;
	int64_t		 timeout_ns;
	int64_t		 times_ns;	/* tolerance, -1 = ignored */
};

enum tr_kind { TR_COMMAND, TR_BARE, TR_OUTPUT, TR_LOG, TR_OMIT, TR_CARET };

struct tr_line {
	enum tr_kind	 kind;
	size_t		 no;		/* line of the file, from 1 */
	char		*node;		/* prompts: name as written */
	char		*tail;		/* prompts: "(config-if)#" */
	char		*text;		/* the command, the output line, the log line's body */
	char		*head;		/* log lines: all before the body, as written; NULL = none */
	char		*stamp;		/* of which the time: without its ": ", or the hole */
	size_t		 indent;	/* prompts: column of the first character */
	size_t		 gap;		/* prompts: blanks between prompt and command */
	size_t		 caret;		/* column of the ^ */
	size_t		 width;		/* of the written line, in characters */
	struct pattern	*pattern;	/* output and log lines */
};

struct transcript {
	char			*path;
	struct tr_options	 opt;
	char			**file;		/* all lines as they stand */
	size_t			 nfile;
	bool			*counts;	/* which lines of the file are a console's */
	struct tr_line		*lines;
	size_t			 n;
	struct names_kept	 kept;
	regex_t			 head_re, mnemonic_re;
};

/* Reads the file and its front matter. NULL with "path:line: ..." in *why (caller frees). */
struct transcript *transcript_open(const char *path, char **why);
/* The same of text that is there already; path is for messages, and tells Markdown by its end. */
struct transcript *transcript_read(const char *path, const char *text, char **why);
/* Reads the lines; known() tells whether a console of that name exists or will. */
bool		 transcript_parse(struct transcript *t, bool (*known)(void *arg, const char *name), void *arg, char **why);
void		 transcript_free(struct transcript *t);
/* Length of a log time with its ": " at the start of s, 0 if there is none. */
size_t		 transcript_head(const struct transcript *t, const char *s);
/* ns of a stamp as written (year 1970 unless it says); -1 if it is none. */
int64_t		 transcript_stamp_ns(const char *stamp);

/* Expected lines against lines that came: all of them, in order. */
struct tr_want {
	const struct tr_line	*line;
	bool			 as_show;	/* a log line as output of show: its time is not compared */
};
/* Of the command: where its prompt and what is typed stand; how long the prompt is as written and in truth. */
struct tr_prompt { size_t gap, indent, written, real; };
bool		 output_match(const struct transcript *t, const struct tr_want *want, size_t nwant, char **came, size_t ncame, const struct tr_prompt *prompt, struct names_kept *kept);
/* The same for one log message: how many of want's lines it took (0 = does not fit). */
size_t		 message_match(const struct transcript *t, const struct tr_want *want, size_t nwant, const char *body, struct names_kept *kept);
/* Where all of them do not fit: which[i] is the line that came for want i, or -1. Those that fit keep their names. */
void		 output_align(const struct transcript *t, const struct tr_want *want, size_t nwant, char **came, size_t ncame, const struct tr_prompt *prompt, struct names_kept *kept, long *which);
char		**lines_split(const char *s, size_t *n, bool keep_blank);
void		 lines_free(char **v, size_t n);

/* What a run found. */
struct tr_edit {			/* for --update: file lines [from, from+count) become text */
	size_t	 from, count;
	char	*text;			/* lines each with '\n' */
};
struct tr_failure {
	size_t	 no;
	char	*command;		/* with its prompt */
	char	*diff;
};
struct tr_result {
	size_t			 commands, nfailures;	/* a failure's diff has lines of '-', '+', ' ', and remarks behind a backslash */
	struct tr_failure	*failures;
	struct tr_edit		*edits;
	size_t			 nedits;
	int64_t			 lab_ns;		/* lab time that went by */
	char			*unreadable;		/* status 2: why */
};
struct tr_run_options {
	const char	*topology;	/* --topology */
	bool		 seed_set, show, update, first;
	uint64_t	 seed;
};
/* Runs one file. */
void		 transcript_run(const char *path, const struct tr_run_options *o, struct tr_result *out);
void		 result_free(struct tr_result *r);
void		 result_failure(struct tr_result *r, size_t no, const char *command, const char *diff);
void		 result_edit(struct tr_result *r, size_t from, size_t count, const char *text);
/* Adds a line that came, written so that it is read as output again. */
void		 transcript_quote(const struct transcript *t, const char *line, size_t indent, struct text *out);
/* Rewrites the file; false with *why. */
bool		 transcript_update(const char *path, const struct tr_result *r, char **why);

enum report_format { REPORT_PRETTY, REPORT_TAP, REPORT_JUNIT };
struct report { enum report_format format; size_t files, passed, failed; struct text junit; };
void		 report_begin(struct report *rep, size_t nfiles);
void		 report_file(struct report *rep, const char *path, const struct tr_result *r);
void		 report_end(struct report *rep);

#endif
