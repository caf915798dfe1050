#ifndef INSPIRE_SHELL_FOREIGN_INT_H
#define INSPIRE_SHELL_FOREIGN_INT_H

/* What the files of kept lines share. */

#include "engine/router.h"
#include "shell/cmds_config.h"
#include "shell/foreign.h"

const char	*foreign_skip(const char *p);			/* behind blanks of any kind */
char		*foreign_trimmed(const char *line);		/* without blanks before and behind; caller frees */
const char	*foreign_behind(const char *text, const char *word);	/* "no " or "default "; NULL if the line doesn't begin so */
bool		 foreign_begins(const char *b, const char *a);	/* is a the beginning of b, in whole words? */
bool		 foreign_control(const char *p);		/* has it control characters? */

struct cfg_foreign *foreign_of(const struct session *s);
void		 foreign_touched(struct session *s);		/* a person changed what is kept */
void		 foreign_told(struct session *s, enum foreign_kind kind, const char *line);

/* foreign_sub.c */
struct cfg_foreign_line *foreign_line(struct session *s, const char *head);	/* NULL if nothing is kept under it */
/* Typed in the section: put where it belongs, or taken away. */
void		 foreign_sub_typed(struct session *s, struct cfg_foreign_line *l, const char *text);

#endif
