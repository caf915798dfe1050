/* The routers' side of the opener: started, told what may be opened, asked, and missed when it has gone. */

#include "shell/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "shell/privs.h"
#include "shell/sandbox.h"

#define ANSWER_MS	1000	/* a device is opened in a few; no router waits longer */
#define LINK		3	/* its descriptor there */

struct opener {
	int		 link;		/* -1: it has gone */
	pid_t		 pid, parent;	/* 0: none of ours */
	uint32_t	 number;	/* of the last question */
	struct port_opener port;
	struct clock	*real;
	struct loop_fd	*loop_fd;
	void		(*gone)(void *arg, int status);
	void		*arg;
};

/* ---- the process ---- */

/* A TUN device is opened by a file; where only root may do that, the opener has to stay root, without root's rights. */
static bool
must_stay_root(void)
{
	struct stat st;

	return stat("/dev/net/tun", &st) == 0 && (st.st_mode & (S_IROTH | S_IWOTH)) != (S_IROTH | S_IWOTH);
}

static void
alone(int link)
{
	const struct rlimit none = { 0, 0 }, few = { 32, 32 };
	int null = open("/dev/null", O_RDWR);
	sigset_t unblocked;

	setsid();		/* keys of the terminal that mean signals are not for it */
	for (int fd = 0; fd < LINK; fd++)
		dup2(null, fd);
	if (link != LINK)
		dup2(link, LINK);
	close_range(LINK + 1, ~0u, 0);
	sigemptyset(&unblocked);
	sigprocmask(SIG_SETMASK, &unblocked, NULL);
	for (int s = SIGHUP; s <= SIGTERM; s++)
		if (s == SIGHUP || s == SIGINT || s == SIGTERM)
			signal(s, SIG_DFL);
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_NOFILE, &few);
}

static _Noreturn void
child(int link, opener_fn *fn, const struct privs_user *user, pid_t parent)
{
	const struct privs_user root = { 0 };
	uint64_t keep = PRIVS_NET_RAW | PRIVS_NET_ADMIN;
	char *why = NULL;

	alone(link);
	if (user != NULL && user->uid != 0 && must_stay_root())
		user = &root;
	if (!privs_become(user, keep, &why))
		_exit(1);
	privs_lock();
	if (!privs_die_with(parent))
		_exit(0);
	if (!sandbox_opener())
		_exit(1);
	opener_serve(LINK, fn);
	_exit(0);
}

struct opener *
opener_at(int link)
{
	struct opener *o = xcalloc(1, sizeof(*o));

	o->link = link;
	o->real = clock_new_real();
	return o;
}

struct opener *
opener_start(opener_fn *fn, const struct privs_user *user, char **why)
{
	struct opener *o;
	int fd[2];
	pid_t pid, parent = getpid();

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) != 0 || (pid = fork()) < 0) {
		*why = xasprintf("the process that opens devices could not be started: %s", strerror(errno));
		return NULL;
	}
	if (pid == 0)
		child(fd[1], fn, user, parent);
	close(fd[1]);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	o = opener_at(fd[0]);
	o->pid = pid;
	o->parent = parent;
	return o;
}

/* ---- asking ---- */

bool
opener_want(const char *spec, struct port_want *out)
{
	static const struct { const char *kind; enum port_device device; } kinds[] = {
		{ "pcap:", PORT_DEV_PACKET }, { "tap:", PORT_DEV_TAP }, { "tun:", PORT_DEV_TUN },
	};

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].kind);

		if (strncmp(spec, kinds[i].kind, n) != 0)
			continue;
		if (strlen(spec + n) == 0 || strlen(spec + n) >= sizeof(out->name))
			return false;
		memcpy(out->name, spec + n, strlen(spec + n));
		out->device = kinds[i].device;
		return true;
	}
	return false;
}

/* The answer to our last question; what answers an older one, which had to be given up, is thrown away. */
static bool
await(struct opener *o, struct opener_msg *m, int *fd)
{
	int64_t end = clock_now(o->real) + ANSWER_MS * NSEC_MS, left;
	struct pollfd p = { .fd = o->link, .events = POLLIN };
	enum opener_io io;

	while ((left = end - clock_now(o->real)) > 0) {
		if (poll(&p, 1, (int)(left / NSEC_MS) + 1) < 0 && errno != EINTR)
			return false;
		io = opener_recv(o->link, m, fd);
		if (io == OPENER_GONE)
			return false;
		if (io == OPENER_OK && m->number == o->number)
			return true;
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
	}
	return false;
}

/* As port_device_open() says. */
static int
ask(void *arg, const struct port_want *w, struct port_got *got, char **why)
{
	struct opener *o = arg;
	struct opener_msg m = { .type = OPENER_OPEN, .number = ++o->number, .want = *w };
	int fd = -1;

	*got = (struct port_got){ .error = ETIMEDOUT };
	if (o->link < 0)
		*why = xstrdup("the process that opens devices has ended");
	else if (!opener_send(o->link, &m, -1) || !await(o, &m, &fd))
		*why = xstrdup("the process that opens devices does not answer");
	else if (m.type == OPENER_REFUSED) {
		*got = m.got;
		*why = xstrdup(m.text);
	} else if (m.type != OPENER_GOT || fd < 0)
		*why = xstrdup("the process that opens devices has sent none");
	else {
		*got = m.got;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

const struct port_opener *
opener_port(const struct opener *o)
{
	return o == NULL ? NULL : &o->port;
}

void
opener_allow(struct opener *o, const struct port_want *w)
{
	const struct opener_msg m = { .type = OPENER_ALLOW, .want = *w };

	opener_send(o->link, &m, -1);
}

bool
opener_seal(struct opener *o)
{
	struct opener_msg m = { .type = OPENER_SEAL, .number = ++o->number };
	int fd = -1;
	bool ok;

	o->port = (struct port_opener){ ask, o };
	ok = opener_send(o->link, &m, -1) && await(o, &m, &fd) && m.type == OPENER_READY;
	if (fd >= 0)
		close(fd);
	return ok;
}

/* ---- its end ---- */

static int
stop(struct opener *o)
{
	int status = 0;

	loop_fd_del(o->loop_fd);
	o->loop_fd = NULL;
	if (o->link >= 0)
		close(o->link);
	o->link = -1;
	if (o->pid > 0 && o->parent == getpid()) {
		kill(o->pid, SIGKILL);
		while (waitpid(o->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	o->pid = 0;
	return status;
}

static void
readable(void *arg, short revents)
{
	struct opener *o = arg;
	struct opener_msg late;
	int fd, status;

	(void)revents;
	switch (opener_recv(o->link, &late, &fd)) {
	case OPENER_OK:		/* an answer that had been given up */
		if (fd >= 0)
			close(fd);
		return;
	case OPENER_GONE:
		status = stop(o);
		o->gone(o->arg, status);
		return;
	default:
		return;
	}
}

void
opener_watch(struct opener *o, struct loop *loop, void (*gone)(void *arg, int status), void *arg)
{
	o->gone = gone;
	o->arg = arg;
	if (o->link >= 0)
		o->loop_fd = loop_fd_add(loop, o->link, POLLIN, readable, o);
}

pid_t
opener_pid(const struct opener *o)
{
	return o->pid;
}

void
opener_free(struct opener *o)
{
	if (o == NULL)
		return;
	stop(o);
	clock_free(o->real);
	free(o);
}
