#ifndef INSPIRE_SHELL_SERVICE_H
#define INSPIRE_SHELL_SERVICE_H

/*
 * A program that runs routers for real: the options that say how, the rights it gives up before it reads anything that others wrote, the
 * signals it takes, where its log goes, what a supervisor is told, and its end in order.  doc/daemon.md and doc/security.md.
 */

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "shell/opener.h"

struct loop;
struct router;
struct service;
struct signals;

struct service_options {
	bool		 daemon, no_filter;
	const char	*pidfile, *log, *user;	/* NULL = not given */
};

/* Rows for getopt_long(), and what it gives for them. */
enum service_option { SERVICE_DAEMON = 1000, SERVICE_PIDFILE, SERVICE_LOG, SERVICE_USER, SERVICE_NO_FILTER };
#define SERVICE_OPTIONS \
	{ "daemon", no_argument, NULL, SERVICE_DAEMON }, { "pidfile", required_argument, NULL, SERVICE_PIDFILE }, \
	{ "log", required_argument, NULL, SERVICE_LOG }, { "user", required_argument, NULL, SERVICE_USER }, \
	{ "no-filter", no_argument, NULL, SERVICE_NO_FILTER }
/* False: it is none of ours. */
bool		 service_option(struct service_options *o, int c, char *arg);

/* What is to run. */
struct service_needs {
	const char		*verb;		/* "inspire router": what its messages begin with */
	const char		*config;	/* read; NULL = none */
	bool			 replaced;	/* and, on `write memory`, replaced */
	const char		*flash;		/* a folder; NULL = none */
	const char		*keys;		/* likewise */
	const char		*pcap, *pcap_keys;	/* likewise */
	const char *const	*ports;		/* their words, "tap:NAME" */
	size_t			 nports;
	const char		*ssh;		/* where it listens: a port below 1024 may be bound until service_ready(); NULL = nowhere */
	opener_fn		*open;		/* devices; port_device_open() */
};

/*
 * Detaches, takes the PID file, starts the opener, becomes the user, loads the filter.  NULL with *status: the process is
 * to end with it, all that there was to say has been said.
 */
struct service	*service_begin(const struct service_options *o, const struct service_needs *needs, int *status);
const struct port_opener *service_opener(const struct service *s);	/* NULL: none is needed */
/* There is nobody at a terminal: what comes on standard input is not read. */
bool		 service_headless(const struct service *s);
/* From here on its signals come from the loop. */
struct signals	*service_signals(struct service *s, struct loop *loop);
void		 service_add(struct service *s, struct router *r);	/* its log, and what is to be said to its peers at the end */
/* All is set up: the last rights go, who waits is told.  where: what `inspire attach` reaches it by.  False, having said why. */
bool		 service_ready(struct service *s, const char *where);
int		 service_run(struct service *s);	/* headless: until a signal says so; the exit status */
/* Peers are told that their SAs have gone: then routers may be freed. */
void		 service_stop(struct service *s);
void		 service_free(struct service *s);

#endif
