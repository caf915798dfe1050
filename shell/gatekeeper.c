/*
 * Keeps the gateway: opens the sockets it listens at, starts its process, takes connections from it, starts it anew when it dies:
 * at once, or, where it dies time and again or can't be started, after a wait that doubles.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/log.h"
#include "engine/router.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "shell/gateway.h"
#include "shell/remote_int.h"

#define BACKLOG		64
#define DESCRIPTORS	4096u
#define EARLY		(2 * NSEC_SEC)	/* a gateway that dies before is ill ... */
#define EARLY_MAX	3u		/* ... and after so many in a row there is a wait before the next */
#define WAIT_FIRST	5u		/* seconds */
#define WAIT_MAX	300u

struct gatekeeper {
	struct remotes	*remotes;
	struct rlistener **v;
	size_t		 n;
	int		 control;	/* -1: none runs */
	struct loop_fd	*loop_fd;
	pid_t		 pid, parent;	/* parent: whose child it is (a lab that was restored is another process) */
	struct clock	*real;
	int64_t		 started;
	unsigned	 early;
	struct timer	 again;		/* while none runs */
};

static void	gatekeeper_again(void *arg);

/* Each connection takes a descriptor of this process, each session three. */
static void
room_for_descriptors(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_cur >= DESCRIPTORS)
		return;
	l.rlim_cur = l.rlim_max < DESCRIPTORS ? l.rlim_max : DESCRIPTORS;
	setrlimit(RLIMIT_NOFILE, &l);
}

struct gatekeeper *
gatekeeper_new(struct remotes *o)
{
	struct gatekeeper *g = xcalloc(1, sizeof(*g));

	room_for_descriptors();
	g->remotes = o;
	g->control = -1;
	g->real = clock_new_real();
	timer_init(&g->again, loop_clock(o->loop), gatekeeper_again, g);
	return g;
}

const struct rlistener *
gatekeeper_listener(const struct gatekeeper *g, size_t i)
{
	return i < g->n ? g->v[i] : NULL;
}

/* ---- sockets ---- */

static socklen_t
address_of(const char *address, unsigned port, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (void *)out;
	struct sockaddr_in6 *v6 = (void *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		return sizeof(*v6);
	}
	return 0;
}

static unsigned
port_of(int fd)
{
	struct sockaddr_storage a;
	const struct sockaddr_in *v4 = (const void *)&a;
	const struct sockaddr_in6 *v6 = (const void *)&a;
	socklen_t n = sizeof(a);

	if (getsockname(fd, (struct sockaddr *)&a, &n) != 0)
		return 0;
	return ntohs(a.ss_family == AF_INET ? v4->sin_port : v6->sin6_port);
}

bool
gatekeeper_listen(struct gatekeeper *g, struct router *r, const char *address, unsigned port, char **why)
{
	struct sockaddr_storage a;
	socklen_t n = address_of(address, port, &a);
	struct rlistener *l;
	int fd = -1, one = 1;

	if (n == 0 || (fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    (a.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) != 0) ||
	    bind(fd, (struct sockaddr *)&a, n) != 0 || listen(fd, BACKLOG) != 0) {
		*why = xasprintf("%s cannot listen at %s port %u: %s", r->name, address, port, n == 0 ? "no address" : strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	l = xcalloc(1, sizeof(*l));
	l->router = r;
	l->node = remotes_node(g->remotes, r);
	l->fd = fd;
	l->port = port_of(fd);
	snprintf(l->address, sizeof(l->address), "%s", address);
	g->v = xrealloc(g->v, (g->n + 1) * sizeof(struct rlistener *));
	g->v[g->n++] = l;
	return true;
}

/* ---- its process ---- */

/* In the child: the program anew, with the control socket and nothing else. */
static _Noreturn void
become_gateway(int control)
{
	static const char *const kept[] = { "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS" };
	char program[] = "inspire", verb[] = "gateway", *argv[] = { program, verb, NULL }, *env[4] = { NULL };
	sigset_t unblocked;
	size_t n = 0;
	int null = open("/dev/null", O_RDWR);

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (getenv(kept[i]) != NULL)
			env[n++] = xasprintf("%s=%s", kept[i], getenv(kept[i]));
	sigemptyset(&unblocked);
	sigprocmask(SIG_SETMASK, &unblocked, NULL);
	setsid();		/* keys of the terminal that mean signals are not for it */
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		_exit(127);
	if (control == GATEWAY_CONTROL)
		fcntl(control, F_SETFD, 0);
	else if (dup2(control, GATEWAY_CONTROL) < 0)
		_exit(127);
	close_range(GATEWAY_CONTROL + 1, ~0u, 0);
	execve("/proc/self/exe", argv, env);
	_exit(127);
}

static void	gatekeeper_gone(struct gatekeeper *g);

static void
control_ready(void *arg, short revents)
{
	struct gatekeeper *g = arg;
	uint8_t buf[RLINK_MAX];
	struct rlink_msg m;
	int fd;

	(void)revents;
	switch (rlink_recv(g->control, buf, &m, &fd)) {
	case RLINK_FULL:
		return;
	case RLINK_OK:
		if (m.type == RLINK_CONNECTION && fd >= 0)
			rconn_new(g->remotes, fd);
		else if (fd >= 0)
			close(fd);
		return;
	default:
		gatekeeper_gone(g);
	}
}

bool
gatekeeper_start(struct gatekeeper *g)
{
	struct rlink_msg m = { .type = RLINK_LISTEN };
	int fd[2];
	pid_t pid;

	if (!rlink_pair(fd, false))
		return false;
	fflush(stdout);
	if ((pid = fork()) == 0)
		become_gateway(fd[1]);
	close(fd[1]);
	if (pid < 0) {
		close(fd[0]);
		return false;
	}
	g->pid = pid;
	g->parent = getpid();
	g->control = fd[0];
	g->started = clock_now(g->real);
	for (size_t i = 0; i < g->n; i++) {
		m.number[0] = (uint32_t)i;
		rlink_send(g->control, &m, g->v[i]->fd);
	}
	fcntl(g->control, F_SETFL, O_NONBLOCK);
	g->loop_fd = loop_fd_add(g->remotes->loop, g->control, POLLIN, control_ready, g);
	return true;
}

static void
stop(struct gatekeeper *g, int *status)
{
	if (g->control < 0)
		return;
	loop_fd_del(g->loop_fd);
	g->loop_fd = NULL;
	close(g->control);
	g->control = -1;
	*status = 0;
	if (g->parent == getpid()) {
		kill(g->pid, SIGKILL);
		waitpid(g->pid, status, 0);
	}
}

static void
tell(struct gatekeeper *g, int severity, const char *what)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->v[i]->router->powered)
			log_syslog(g->v[i]->router, "SSH", severity, "GATEWAY", "%s", what);
}

static unsigned
wait_of(unsigned early)
{
	unsigned s = WAIT_FIRST;

	for (unsigned i = EARLY_MAX; i < early && s < WAIT_MAX; i++)
		s *= 2;
	return s < WAIT_MAX ? s : WAIT_MAX;
}

/* Another at once, or later; what was, and what comes of it, is told.  Connections see the end by themselves. */
static void
start_another(struct gatekeeper *g, const char *what)
{
	unsigned s = wait_of(g->early);
	char *line;

	if (g->early < EARLY_MAX && gatekeeper_start(g))
		line = xasprintf("%s, a new one was started", what);
	else {
		timer_in(&g->again, s * NSEC_SEC);
		line = xasprintf("%s, it is tried again in %u seconds", what, s);
	}
	tell(g, 3, line);
	free(line);
}

static void
gatekeeper_gone(struct gatekeeper *g)
{
	int status = 0;
	bool early = clock_now(g->real) - g->started < EARLY;
	char *what;

	stop(g, &status);
	g->early = early ? g->early + 1 : 0;
	what = xasprintf("The process that serves SSH has ended (%s %d)", WIFSIGNALED(status) ? "signal" : "status",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	start_another(g, what);
	free(what);
}

static void
gatekeeper_again(void *arg)
{
	struct gatekeeper *g = arg;

	if (gatekeeper_start(g)) {
		tell(g, 5, "The process that serves SSH was started again");
		return;
	}
	if (g->early < EARLY_MAX)
		g->early = EARLY_MAX;
	else
		g->early++;
	start_another(g, "The process that serves SSH cannot be started");
}

void
gatekeeper_free(struct gatekeeper *g)
{
	int status;

	if (g == NULL)
		return;
	stop(g, &status);
	timer_stop(&g->again);
	for (size_t i = 0; i < g->n; i++) {
		close(g->v[i]->fd);
		free(g->v[i]);
	}
	free(g->v);
	clock_free(g->real);
	free(g);
}
