#ifndef INSPIRE_SHELL_SANDBOX_H
#define INSPIRE_SHELL_SANDBOX_H

/*
 * Filters of system calls (seccomp): what a process may ask of the kernel from now on, it and what it starts.  Calls that
 * a process of ours has no reason to make end it; those that nobody thought of fail with EPERM.
 */

#include <stdbool.h>

/* NULL: this build has filters; else why not. */
const char	*sandbox_missing(void);
/* False: the kernel refuses (or there is none in this build: sandbox_missing()). */
bool		 sandbox_router(void);
bool		 sandbox_opener(void);	/* true without a filter too */
bool		 sandbox_gateway(void);	/* likewise */

#endif
