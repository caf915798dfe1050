#ifndef INSPIRE_SHELL_EEM_CLI_H
#define INSPIRE_SHELL_EEM_CLI_H

/*
 * Where the Embedded Event Manager meets the shell: the command sessions of policies, commands that policies
 * judge before they run, and sessions that wait for a policy.
 */

#include <stdbool.h>

struct lab;
struct match;
struct router;
struct session;

/* The shell has to do with this router from now on: its policies can have sessions. Again: nothing. */
void	 eem_cli_attach(struct lab *lab, struct router *r);
/* May the matched command run?  Waits for the policies that judge it; false: one says no, or Ctrl-C. */
bool	 eem_cli_gate(struct session *s, const struct match *m);
/* `event manager run NAME`: waits for it if it is synchronous. */
void	 eem_cli_run(struct session *s, const char *name);

#endif
