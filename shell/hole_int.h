#ifndef INSPIRE_SHELL_HOLE_INT_H
#define INSPIRE_SHELL_HOLE_INT_H

/* What the reading of holes and the matching of patterns share. */

#include <stdint.h>

#include "shell/hole.h"

/* What stands between << and >>. */
struct hole_text {
	char		*name;
	char		*regex;		/* or NULL */
	enum hole_kind	 kind;
	bool		 typed;
	size_t		 len;		/* of all, brackets included */
};

bool	 opens_hole(const char *s);
/* Reads the hole at s (opens_hole() holds). False with *why (lent). */
bool	 hole_read(const char *s, struct hole_text *h, const char **why);
bool	 numeric(enum hole_kind k);
bool	 is_int(const char *s);
bool	 is_hex(const char *s, size_t digits);	/* digits 0: any number of them */
bool	 number_of(enum hole_kind kind, const char *s, uint64_t *out);

#endif
