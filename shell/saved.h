#ifndef INSPIRE_SHELL_SAVED_H
#define INSPIRE_SHELL_SAVED_H

/* Saving the running configuration where a start reads it, and whether there is something to save. */

#include <stdbool.h>

#define NVRAM_SIZE	262144u		/* as it is told; the store itself sets no bound */

struct session;
struct router;

/* As `write memory` does, with what it says; archives it too if that is configured. */
void	 save_running(struct session *s);
/* Is the running configuration another than the saved one? */
bool	 running_is_unsaved(const struct router *r);

#endif
