/* The order of a start and of an end; what each step is, is told where it is done. */

#include "shell/service.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/log.h"
#include "engine/router.h"
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "shell/daemon.h"
#include "shell/hostlog.h"
#include "shell/notify.h"
#include "shell/pidfile.h"
#include "shell/privs.h"
#include "shell/sandbox.h"
#include "shell/signals.h"

#define STATUS_FAILED	2
#define GOODBYE		(50 * NSEC_MS)

struct service {
	struct service_options	 o;
	struct service_needs	 needs;
	struct daemon		*daemon;
	struct pidfile		*pidfile;
	struct notify		*notify;
	struct hostlog		*log;
	struct opener		*opener;
	struct loop		*loop;
	struct signals		*signals;
	struct router		**routers;
	size_t			 n;
	bool			 dropped;	/* rights were given up: the last go when all is set up */
};

bool
service_option(struct service_options *o, int c, char *arg)
{
	switch (c) {
	case SERVICE_DAEMON:
		o->daemon = true;
		return true;
	case SERVICE_PIDFILE:
		o->pidfile = arg;
		return true;
	case SERVICE_LOG:
		o->log = arg;
		return true;
	case SERVICE_USER:
		o->user = arg;
		return true;
	case SERVICE_NO_FILTER:
		o->no_filter = true;
		return true;
	default:
		return false;
	}
}

static void
complain(const struct service *s, char *why)
{
	fprintf(stderr, "%s: %s\n", s->needs.verb, why);
	free(why);
}

/* ---- rights ---- */

static bool
has_device(const struct service_needs *n)
{
	struct port_want w;

	for (size_t i = 0; i < n->nports; i++)
		if (opener_want(n->ports[i], &w))
			return true;
	return false;
}

/* Who to become.  *any false: stay. */
static bool
choose_user(const struct service *s, struct privs_user *u, bool *any, char **why)
{
	*any = false;
	if (s->o.user != NULL) {
		if (!privs_find(s->o.user, u, why))
			return false;
		*any = true;
		if (privs_is_root() || u->uid == geteuid())
			return true;
		*why = xasprintf("--user %s: only root can become somebody else", s->o.user);
		return false;
	}
	if (!privs_is_root() || (!s->o.daemon && !has_device(&s->needs)))
		return true;
	*any = privs_default(s->needs.config, u);
	if (!*any)
		fprintf(stderr, "%s: there is neither a user inspire nor nobody to become: root stays, without its rights\n", s->needs.verb);
	return true;
}

static bool
start_opener(struct service *s, const struct privs_user *u, char **why)
{
	struct port_want w;

	if (!has_device(&s->needs))
		return true;
	if ((s->opener = opener_start(s->needs.open, u, why)) == NULL)
		return false;
	for (size_t i = 0; i < s->needs.nports; i++)
		if (opener_want(s->needs.ports[i], &w))
			opener_allow(s->opener, &w);
	if (opener_seal(s->opener))
		return true;
	*why = xstrdup("the process that opens devices does not answer");
	return false;
}

/* A folder that is not there yet belongs to who will write into it. */
static void
folder_for(const char *path, const struct privs_user *u)
{
	if (path != NULL && mkdir(path, 0700) == 0 && chown(path, u->uid, u->gid) != 0)
		rmdir(path);	/* who needs it will say what is wrong */
}

/* In a folder with the sticky bit only a file's owner, or the folder's, replaces it. */
static bool
may_replace(const char *path, const char *folder)
{
	struct stat d, f;

	if (access(folder, W_OK | X_OK) != 0)
		return false;
	if (stat(folder, &d) == 0 && (d.st_mode & S_ISVTX) != 0 && lstat(path, &f) == 0 && f.st_uid != geteuid() && d.st_uid != geteuid()) {
		errno = EPERM;
		return false;
	}
	return true;
}

/* As who we are now. */
static bool
check_config(const struct service *s, const char *name)
{
	char *copy = xstrdup(s->needs.config);
	const char *folder = dirname(copy);
	bool readable = access(s->needs.config, R_OK) == 0;

	if (!readable)
		fprintf(stderr, "%s: the user %s cannot read %s: %s (--user chooses another, --user root stays root)\n", s->needs.verb, name,
		    s->needs.config, strerror(errno));
	else if (s->needs.replaced && !may_replace(s->needs.config, folder))
		fprintf(stderr, "%s: write memory would fail: the user %s cannot replace a file in %s: %s\n", s->needs.verb, name, folder,
		    strerror(errno));
	free(copy);
	return readable;
}

static bool
filter(const struct service *s)
{
	const char *missing = s->o.no_filter ? "--no-filter" : sandbox_missing();
	bool ok = missing != NULL || sandbox_router();

	if (!ok)
		fprintf(stderr, "%s: the system takes no filter of system calls: %s (--no-filter goes without)\n", s->needs.verb, strerror(errno));
	else if (missing != NULL && (s->o.daemon || s->needs.nports > 0 || s->needs.ssh != NULL))
		fprintf(stderr, "%s: system calls are not filtered: %s\n", s->needs.verb, missing);
	return ok;
}

/* "22", "0.0.0.0:22" */
static bool
low_port(const char *where)
{
	const char *colon = where == NULL ? NULL : strrchr(where, ':');
	int port = where == NULL ? 0 : atoi(colon == NULL ? where : colon + 1);

	return port > 0 && port < 1024;
}

static bool
drop(struct service *s, char **why)
{
	struct privs_user u;
	bool any;

	if (!choose_user(s, &u, &any, why) || !start_opener(s, any ? &u : NULL, why))
		return false;
	if (any && privs_is_root()) {
		folder_for(s->needs.flash, &u);
		folder_for(s->needs.pcap, &u);
		folder_for(s->needs.pcap_keys, &u);
		folder_for(s->needs.keys, &u);
	}
	if (!any && privs_is_root() && s->needs.nports == 0 && !s->o.daemon)
		return true;	/* root at a console, and nothing from outside but who logs in: as any program of root's */
	if (!privs_become(any ? &u : NULL, low_port(s->needs.ssh) ? PRIVS_NET_BIND : 0, why))
		return false;
	if (s->needs.config != NULL && (any || privs_is_root()) && !check_config(s, any ? u.name : "root"))
		return false;
	privs_lock();
	s->dropped = true;
	return true;
}

/* ---- begun ---- */

static bool
begin(struct service *s)
{
	const char *log = s->o.log != NULL ? s->o.log : s->o.daemon ? "syslog" : NULL;
	char *why = NULL;

	if ((log == NULL || (s->log = hostlog_new(log, &why)) != NULL) &&
	    (s->o.pidfile == NULL || (s->pidfile = pidfile_take(s->o.pidfile, &why)) != NULL) && drop(s, &why))
		return filter(s);
	if (why != NULL)
		complain(s, why);
	return false;
}

struct service *
service_begin(const struct service_options *o, const struct service_needs *needs, int *status)
{
	struct service *s = xcalloc(1, sizeof(*s));

	s->o = *o;
	s->needs = *needs;
	*status = STATUS_FAILED;
	if (o->daemon && (s->daemon = daemon_begin(status)) == NULL) {
		free(s);
		return NULL;
	}
	s->notify = notify_new();
	if (begin(s)) {
		s->needs.ports = NULL;	/* lent for the call */
		s->needs.keys = s->needs.flash = s->needs.pcap = s->needs.pcap_keys = NULL;
		return s;
	}
	service_free(s);
	return NULL;
}

const struct port_opener *
service_opener(const struct service *s)
{
	return opener_port(s->opener);
}

bool
service_headless(const struct service *s)
{
	return s->o.daemon || (s->o.log != NULL && !isatty(STDIN_FILENO));
}

/* ---- running ---- */

static void
hung_up(void *arg)
{
	struct service *s = arg;

	for (size_t i = 0; i < s->n; i++)
		if (s->routers[i]->powered)
			log_syslog(s->routers[i], "SYS", 6, "SIGNAL", "SIGHUP was ignored: nothing is read anew");
}

static void
opener_gone(void *arg, int status)
{
	struct service *s = arg;

	for (size_t i = 0; i < s->n; i++)
		if (s->routers[i]->powered)
			log_syslog(s->routers[i], "PORT", 3, "OPENER", "The process that opens devices has ended (%s %d): those that are open stay, none is opened again",
			    WIFSIGNALED(status) ? "signal" : "status", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

struct signals *
service_signals(struct service *s, struct loop *loop)
{
	s->loop = loop;
	s->signals = signals_new(loop, hung_up, s);
	if (s->opener != NULL)
		opener_watch(s->opener, loop, opener_gone, s);
	return s->signals;
}

void
service_add(struct service *s, struct router *r)
{
	s->routers = xrealloc(s->routers, (s->n + 1) * sizeof(*s->routers));
	s->routers[s->n++] = r;
	if (service_headless(s))
		hostlog_watch(s->log, r);
}

static char *
status_text(const struct service *s)
{
	return s->n == 1 ? xasprintf("%s runs, %zu ports", router_hostname(s->routers[0]), s->needs.nports) :
	    xasprintf("%zu routers run", s->n);
}

bool
service_ready(struct service *s, const char *where)
{
	char *why = NULL, *status;

	if (s->dropped && !privs_forget(&why)) {
		complain(s, why);
		return false;
	}
	status = status_text(s);
	if (s->daemon != NULL)
		printf("%s: process %ld; inspire attach%s%s %s\n", s->needs.verb, (long)getpid(), where == NULL ? "" : " --socket ",
		    where == NULL ? "" : where, s->n == 1 ? s->routers[0]->name : "ROUTER");
	daemon_ready(s->daemon, hostlog_is_stderr(s->log));
	s->daemon = NULL;
	notify_ready(s->notify, status);
	notify_watchdog(s->notify, s->loop);
	free(status);
	return true;
}

int
service_run(struct service *s)
{
	while (signals_stops(s->signals) == 0)
		loop_once(s->loop, -1);
	return 0;
}

/* What is said leaves with the turns of the loop, for a moment; a second signal ends that too. */
void
service_stop(struct service *s)
{
	struct clock *clock;
	unsigned stops = signals_stops(s->signals);
	int64_t end;

	if (s->loop == NULL || s->needs.nports == 0)
		return;
	notify_stopping(s->notify, "telling the peers");
	clock = loop_clock(s->loop);
	for (size_t i = 0; i < s->n; i++)
		if (s->routers[i]->powered)
			router_leave(s->routers[i]);
	for (end = clock_now(clock) + GOODBYE; clock_now(clock) < end && signals_stops(s->signals) <= (stops > 0 ? stops : 1);)
		loop_once(s->loop, end - clock_now(clock));
}

void
service_free(struct service *s)
{
	if (s == NULL)
		return;
	hostlog_free(s->log);
	notify_free(s->notify);
	signals_free(s->signals);
	opener_free(s->opener);
	pidfile_free(s->pidfile);
	free(s->daemon);
	free(s->routers);
	free(s);
}
