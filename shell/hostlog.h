#ifndef INSPIRE_SHELL_HOSTLOG_H
#define INSPIRE_SHELL_HOSTLOG_H

/*
 * What routers log, for the machine they run on: on standard error, or by its syslog (/dev/log).  Each gets what the
 * router's console would show.  Nothing is waited for; what nobody takes is counted, and told of when there is room again.
 */

#include <stdbool.h>

struct hostlog;
struct router;
struct text;

/* kind: "stderr" or "syslog".  NULL with *why (caller frees). */
struct hostlog	*hostlog_new(const char *kind, char **why);
void		 hostlog_free(struct hostlog *h);
void		 hostlog_watch(struct hostlog *h, struct router *r);	/* from now on; asked again it changes nothing */
bool		 hostlog_is_stderr(const struct hostlog *h);
/* A datagram for /dev/log (RFC 3164's form, as syslog(3) has it: no host), for tests. when: ns UTC, shown as local time. */
void		 hostlog_datagram(unsigned severity, long long when, long pid, const char *name, const char *line, struct text *out);

#endif
