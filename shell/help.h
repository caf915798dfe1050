#ifndef INSPIRE_SHELL_HELP_H
#define INSPIRE_SHELL_HELP_H

/* The list that `?` prints: entries gathered, each word once, then sorted and set in two columns. */

#include <stddef.h>

struct text;

struct help_entry { const char *word; size_t len; const char *help; size_t help_len; };
struct help { struct help_entry *v; size_t n; };

/* Lends word and help. */
void	 help_add(struct help *h, const char *word, size_t len, const char *help, size_t help_len);
void	 help_list(struct help *h, const char *heading, struct text *out);	/* ends with an empty line */
void	 help_words_only(struct help *h, struct text *out);			/* on one line, for `sh?` */
void	 help_free(struct help *h);

#endif
