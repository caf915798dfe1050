#ifndef INSPIRE_SHELL_ACL_TEXT_H
#define INSPIRE_SHELL_ACL_TEXT_H

/* Entries of access lists between words and data: what a row captured becomes an entry, an entry is written back. */

#include <stdbool.h>

struct args;
struct cfg_ace;
struct cfg_acl;
struct dp_ace;
struct text;

/* From permit or deny on.  NULL, or a sentence that says why it can't be. */
const char	*acl_entry_typed(const struct args *a, struct dp_ace *out, bool *log_input);
/* As the running configuration has it: "permit tcp any host 10.0.0.1 eq www", "deny   any"; no line end. */
void		 acl_entry_config(struct text *out, const struct cfg_acl *l, const struct cfg_ace *e);
/* As show has it, without number and matches. */
void		 acl_entry_show(struct text *out, const struct cfg_acl *l, const struct cfg_ace *e);

#endif
