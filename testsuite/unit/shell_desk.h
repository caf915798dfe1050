#ifndef INSPIRE_SHELL_DESK_H
#define INSPIRE_SHELL_DESK_H

/* A desk: a router, a session, a terminal, and a screen that shows what the bytes that came out look like. */

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#include "lib/text.h"
#include "shell/term.h"
#include "testsuite/unit/shell_bench.h"

#define SCREEN_ROWS	64
#define SCREEN_COLUMNS	200

struct screen {
	unsigned	 columns, rows, row, column;
	wchar_t		 cell[SCREEN_ROWS][SCREEN_COLUMNS];	/* 0 = nothing written, -1 = the right half of a wide one */
	bool		 wrap;		/* the cursor is behind the last column */
	size_t		 bells, strange;	/* bytes that are none of those a terminal of ours writes */
};

struct desk {
	struct bench	*b;
	struct session	*s;
	struct term	*term;
	struct text	 bytes;		/* all that came out */
	struct screen	 screen;
	size_t		 pending;
	bool		 ended, left;
	char		 shown[SCREEN_COLUMNS * 4 + 1];	/* desk_row() */
};

struct desk	*desk_new(bool edit, unsigned columns, unsigned lines);
void		 desk_free(struct desk *d);
void		 desk_start(struct desk *d);		/* desk_new() with a tty of another line: set it before */
void		 desk_type(struct desk *d, const char *keys);
void		 desk_type_n(struct desk *d, const char *keys, size_t n);
/* A row of the screen without blanks at its end; -1 is the cursor's, -2 the one above it. Valid until the next call. */
const char	*desk_row(struct desk *d, int row);
unsigned	 desk_column(const struct desk *d);

#endif
