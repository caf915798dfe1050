#ifndef INSPIRE_SHELL_DAEMON_H
#define INSPIRE_SHELL_DAEMON_H

/* A process that detaches from who started it, but not before it is ready: until then its faults are those of the command. */

#include <stdbool.h>

struct daemon;

/* In the daemon: it.  In the process that was started: NULL, with the status to exit with as soon as the daemon is ready or has failed. */
struct daemon	*daemon_begin(int *status);
/* Leaves the terminal (standard error stays if asked to) and lets the command go.  Frees d. */
void		 daemon_ready(struct daemon *d, bool keep_stderr);

#endif
