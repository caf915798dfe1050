#ifndef INSPIRE_ENGINE_BUG_H
#define INSPIRE_ENGINE_BUG_H

/* Known bugs as switches: bug.def is the table.  They belong to a router's software, so a reload keeps them. */

#include <stdbool.h>
#include <stddef.h>

struct router;

enum bug {
#define BUG(id, name, hook, what, cure)	BUG_##id,
#include "engine/bug.def"
#undef BUG
	BUG__COUNT
};

struct bug_info { const char *name, *hook, *what, *cure; };

bool			 bug_on(const struct router *r, enum bug b);
void			 bug_set(struct router *r, enum bug b, bool on);
const struct bug_info	*bug_info(enum bug b);
enum bug		 bug_find(const char *name);	/* case matters not; BUG__COUNT if there is none */
/* After a boot and at each change: what the datapath must know. */
void			 bug_apply(struct router *r);

#endif
