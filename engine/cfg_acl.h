#ifndef INSPIRE_ENGINE_CFG_ACL_H
#define INSPIRE_ENGINE_CFG_ACL_H

/*
 * Access lists as configured: by name (numbered ones by their number as text), entries and remarks in the order
 * of their sequence numbers.  Who uses a list names it and looks it up when the configuration is applied:
 * it need not exist.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "datapath/acl.h"

struct config;

#define ACL_NAME_MAX	64
#define ACL_REMARK_MAX	100
#define ACL_SEQ_FIRST	10u
#define ACL_SEQ_STEP	10u
#define ACL_SEQ_MAX	2147483647u

struct cfg_ace {
	TAILQ_ENTRY(cfg_ace)	 next;
	uint32_t		 seq;		/* of a remark: that of the entry before it, as it has no number of its own; 0 = none */
	char			*remark;	/* then it is no entry */
	struct dp_ace		 ace;		/* with hits of its own */
	bool			 log_input;
	struct dp_ace		 key;		/* of by_match: what of the entry makes it the same as another, the rest zero */
	UT_hash_handle		 hh;
};
TAILQ_HEAD(cfg_aces, cfg_ace);

struct cfg_acl {
	TAILQ_ENTRY(cfg_acl)	 next;		/* standard before extended; numbers, then names */
	char			*name;
	unsigned		 number;	/* 0 = named */
	bool			 extended;
	struct cfg_aces		 aces;
	size_t			 n;		/* entries, remarks not counted */
	struct cfg_ace		*by_match;	/* the entries by what they fit, to find one in a list of thousands */
	size_t			 nwide;		/* of a standard list: entries for more than one host */
	struct dp_acl		*compiled;	/* NULL since the last change */
};
TAILQ_HEAD(cfg_acls, cfg_acl);

/* The kind of list that a number stands for; false: none. */
bool		 acl_number_kind(unsigned number, bool *extended);

void		 cfg_acls_free(struct cfg_acls *l);
struct cfg_acl	*config_acl(struct config *c, const char *name);	/* NULL if there is none */
struct cfg_acl	*config_acl_make(struct config *c, const char *name, bool extended);	/* there is none yet */
void		 config_acl_del(struct config *c, struct cfg_acl *l);

enum acl_fault { ACL_OK, ACL_DUPLICATE, ACL_SEQ_TAKEN, ACL_SEQ_FULL, ACL_COVERED };
/* Adds an entry (its hits are made here); seq 0 = at the end.  ACL_COVERED: a standard list's earlier entry, *by, takes this host already. */
enum acl_fault	 acl_add(struct cfg_acl *l, uint32_t seq, const struct dp_ace *ace, bool log_input, uint32_t *by);
void		 acl_add_remark(struct cfg_acl *l, uint32_t seq, const char *text);
bool		 acl_del_seq(struct cfg_acl *l, uint32_t seq);
bool		 acl_del_entry(struct cfg_acl *l, const struct dp_ace *ace);	/* with the same permit */
bool		 acl_del_remark(struct cfg_acl *l, const char *text);	/* NULL = all */
bool		 acl_resequence(struct cfg_acl *l, uint32_t start, uint32_t step);	/* false if numbers would run out */
void		 acl_clear_hits(struct cfg_acl *l);

/*
 * For those who make policy of a list: its entries in order as an array (caller frees; their hits are lent, and
 * counted there if passed on to the datapath), and the list as an object of the datapath (lent; take a
 * reference to keep it).
 */
size_t		 acl_entries(const struct cfg_acl *l, struct dp_ace **out);
struct dp_acl	*acl_compiled(struct cfg_acl *l);

#endif
