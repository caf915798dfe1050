#ifndef INSPIRE_SHELL_PIDFILE_H
#define INSPIRE_SHELL_PIDFILE_H

/* A file with the number of a process that runs, locked while it does: what a dead one left behind is taken over. */

struct pidfile;

/* NULL with *why (caller frees): another process has it, or it cannot be written. */
struct pidfile	*pidfile_take(const char *path, char **why);
/* Removes it; where this process may not do that any more, empties it. */
void		 pidfile_free(struct pidfile *p);

#endif
