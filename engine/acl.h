#ifndef INSPIRE_ENGINE_ACL_H
#define INSPIRE_ENGINE_ACL_H

/*
 * Access lists in use: `ip access-group` at interfaces, and the words of protocols, ports and ICMP types.
 * A list that changed is told of by router_apply(r, CFG_AREA_ACL): who made policy of a list makes it anew then.
 */

#include <stdbool.h>
#include <stdint.h>

#include "engine/cfg_acl.h"

struct router;

struct cfg_acl	*acl_find(const struct router *r, const char *name);	/* NULL if there is none; it may have no entries */
/* Gives each interface the lists that it names.  One that doesn't exist, or is empty, lets all pass. */
void		 acl_apply(struct router *r);

/* acl_names.c: as IOS writes them. */
enum acl_words { ACL_WORDS_PROTO, ACL_WORDS_TCP, ACL_WORDS_UDP, ACL_WORDS_DSCP, ACL_WORDS_PRECEDENCE, ACL_WORDS_TOS };
struct acl_word { const char *word; uint16_t value; };
/* The number of a word (an unambiguous beginning will do) or of digits up to max; -1 if it is none. */
int		 acl_word_value(enum acl_words kind, const char *s, size_t len, unsigned max);
/* The word for a number; NULL: it has none. */
const char	*acl_word_of(enum acl_words kind, unsigned value);
const struct acl_word *acl_word_list(enum acl_words kind, size_t *n);

/* ICMP messages that IOS has a word for: type and code (-1 = any). */
struct acl_icmp_word { const char *word; uint8_t type; int16_t code; };
const struct acl_icmp_word *acl_icmp_list(size_t *n);
const struct acl_icmp_word *acl_icmp_find(const char *s, size_t len);		/* by an unambiguous beginning */
const struct acl_icmp_word *acl_icmp_of(unsigned type, int code);	/* exactly these; NULL */

#endif
