#ifndef INSPIRE_LIB_TEXT_H
#define INSPIRE_LIB_TEXT_H

/* A growing string, always NUL terminated; and small string helpers.  Zero-initialised is empty. */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char	*s;		/* NULL until first use; text_str() gives "" then */
	size_t	 len;
	size_t	 cap;
};

void		 text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void		 text_vprintf(struct text *t, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void		 text_add(struct text *t, const char *s);
void		 text_addn(struct text *t, const char *s, size_t n);
void		 text_addc(struct text *t, char c);
void		 text_number(struct text *t, uint64_t v);	/* in decimal */
void		 text_pad(struct text *t, size_t column);	/* blanks until the present line has this many columns */
const char	*text_str(const struct text *t);
char		*text_take(struct text *t);			/* caller frees; t is empty again */
void		 text_clear(struct text *t);			/* keeps memory */
void		 text_free(struct text *t);

/* Calls fn for each line (no newline, NUL terminated for the call). */
void		 text_lines(const char *s, void (*fn)(void *arg, const char *line, size_t len), void *arg);
bool		 str_prefix(const char *s, const char *prefix);		/* case matters */
bool		 str_prefix_nocase(const char *s, const char *prefix);
bool		 str_eq(const char *a, const char *b);			/* NULL equals NULL */
void		 hex_fmt(const void *p, size_t n, char *out);		/* lower case, 2n+1 bytes */
/* Pairs of hex digits, blanks ignored; returns bytes written or -1. */
long		 hex_parse(const char *s, void *out, size_t max);

#endif
