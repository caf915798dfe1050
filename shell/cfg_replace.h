#ifndef INSPIRE_SHELL_CFG_REPLACE_H
#define INSPIRE_SHELL_CFG_REPLACE_H

/*
 * `configure replace`: the running configuration is made what a text says by the lines that take away what only it
 * has and the lines that add what only the text has, in as many passes as that takes; all of it takes effect at once,
 * so that what both have is not disturbed.
 */

#include <stdbool.h>

#include "lib/text.h"

struct lab;
struct router;

#define REPLACE_PASSES	5u

struct replace {
	unsigned	 passes;	/* that were needed */
	bool		 done;		/* the running configuration is what the text says */
	struct text	 list;		/* the commands of each pass */
	struct text	 failed;	/* commands refused in the last pass, a line each */
};

void	 replace_run(struct lab *lab, struct router *r, const char *target, struct replace *out);
void	 replace_free(struct replace *p);

#endif
