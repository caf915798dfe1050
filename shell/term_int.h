#ifndef INSPIRE_SHELL_TERM_INT_H
#define INSPIRE_SHELL_TERM_INT_H

/* What the terminal's own files share: input (term.c), the line being typed (term_edit.c, term_draw.c), output in
 * pages (term_page.c), messages (term_log.c). */

#include <stdint.h>
#include <wchar.h>

#include "lib/text.h"
#include "shell/term.h"

#define TERM_LINE_BYTES	(4 * TERM_LINE_MAX)

struct iosre;
struct term_editor;

enum term_wait { TERM_RUNS, TERM_READS /* a line */, TERM_MORE /* a key at --More-- */, TERM_ROOM /* the peer to read */ };
/* What stands on the screen in front of the cursor. */
enum term_stands { STANDS_NOTHING, STANDS_LINE /* a prompt and a line */, STANDS_QUESTION /* a prompt alone */, STANDS_MORE };

/* The line as the screen shows it, from the prompt's end on: cells may hold the `$` of a line that is longer. */
struct term_line {
	wchar_t		*shown, *want;
	size_t		 nshown, nwant, cap;
	size_t		 column;	/* of the cursor, from the prompt's end */
	size_t		 left;		/* characters hidden on the left */
};

enum page_filter { PAGE_ALL, PAGE_BEGIN, PAGE_WITH, PAGE_WITHOUT };

struct term_page {
	unsigned	 rows;		/* of this page already written */
	unsigned		 waits;		/* of the session at the page\'s first row */
	bool		 stopped;	/* the rest of the command's output is not wanted */
	enum page_filter filter;
	struct iosre	*re;
	struct text	 part;		/* a line not yet whole, while a filter asks for whole ones */
};

struct term {
	const struct term_ops	*ops;
	void			*arg;
	struct session		*s;
	bool			 edit, crlf;
	unsigned		 flags;
	struct term_size	 size;
	/* Typed: taken by the session, looked at for keys that are the terminal's own, not yet looked at. */
	char			*in;
	size_t			 taken, seen, len, cap;
	size_t			 lines, nline;	/* no screen: whole ones between taken and seen; bytes of the one that is not */
	int			 pushed;	/* a byte that was read too far, -1 = none */
	bool			 eof, ended, escape, cr;
	enum term_wait		 wait;
	bool			 then_end;	/* Ctrl-Z behind a line: it is run, then configuration ends */
	/* The screen. */
	struct text		 out;		/* written by the session since it last gave way */
	unsigned		 column;
	enum term_stands	 stands;
	char			*prompt;
	enum input_kind		 kind;
	struct term_line	 line;
	struct term_page	 page;
	struct term_editor	*editor;	/* made at the first prompt */
	struct text		 held;		/* messages until output is over */
	size_t			 dropped, untold;
};

/* To the screen: gathered while the session runs, and out at once from elsewhere. */
void	 term_put(struct term *t, const char *p, size_t n);
void	 term_puts(struct term *t, const char *s);
void	 term_bell(struct term *t);
/* In the session's coroutine. */
void	 term_park(struct term *t, enum term_wait w);
int	 term_byte(struct term *t, enum term_wait w);	/* -1 = the end */
/* The character of UTF-8 that begins with that byte; 0 = it is none, -1 = the end. */
wchar_t	 term_character(struct term *t, int first, enum term_wait w);
bool	 term_inside(const struct term *t);		/* is this the session's coroutine? */
bool	 term_room(const struct term *t);
void	 term_await_room(struct term *t);

bool	 term_at_end(const struct term *t);		/* the end is known, and all in front of it has been looked at */
char	*term_read_line(struct term *t);
char	*term_read_hidden(struct term *t);
char	*term_edit_line(struct term *t);	/* t->prompt, t->kind */
void	 term_editor_free(struct term_editor *e);
void	 term_draw(struct term *t);		/* makes the screen agree with the editor's line */
void	 term_draw_again(struct term *t);	/* the same from the line's start */
void	 term_line_free(struct term_line *l);

void	 term_page_write(struct term *t, const char *p, size_t n);
void	 term_page_begin(struct term *t);	/* somebody reads: a new page */
void	 term_page_free(struct term_page *p);

void	 term_say(struct term *t, const char *text, int severity);
void	 term_held_show(struct term *t);

/* UTF-8 without the locale. */
unsigned term_width(wchar_t c);					/* columns: 0, 1 or 2 */
size_t	 term_utf8(wchar_t c, char out[4]);
size_t	 term_decode(const char *p, size_t n, wchar_t *out);	/* bytes taken; 0 = none there; *out -1 = a byte that is nothing */

#endif
