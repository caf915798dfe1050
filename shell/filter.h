#ifndef INSPIRE_SHELL_FILTER_H
#define INSPIRE_SHELL_FILTER_H

/*
 * What may stand behind `|`: include, exclude, begin, section [include | exclude], count, each with a
 * regular expression in the IOS dialect; redirect, append and tee [/append] with a file of the flash.
 */

#include <stdbool.h>
#include <stddef.h>

struct filter;
struct text;

enum filter_error { FILTER_OK, FILTER_INVALID, FILTER_AMBIGUOUS, FILTER_INCOMPLETE, FILTER_BAD_RE };

/* spec is what follows the `|`. On FILTER_INVALID *bad is the offset of the wrong word in spec. */
enum filter_error filter_new(const char *spec, struct filter **out, size_t *bad);
void		 filter_free(struct filter *f);
/* Appends what passes of text. */
void		 filter_run(struct filter *f, const char *text, struct text *out);
/* The file that the output goes to as well (tee) or alone; NULL: none. Lent. */
const char	*filter_file(const struct filter *f, bool *append);
/* `?` behind the `|`. */
void		 filter_help(const char *spec, struct text *out);
/* Tab: what to add, or NULL; caller frees. */
char		*filter_complete(const char *spec);

#endif
