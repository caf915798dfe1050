/*
 * Snapshots are forks.  lab_snapshot() splits the process in two: the parent freezes where it stands, the child
 * goes on as the live process.  lab_restore() sends a payload to the frozen one, which forks a new live process
 * that returns from lab_snapshot() a second time; the old live one ends.  The frozen one stays, so that it can
 * be gone back to again.
 *
 *	P0 (frozen, "a") -- P1 (frozen, "b") -- P2 (was live, restored "a", ended)
 *	  `---------------- P3 (live; still holds the way to "a" and to "b")
 *
 * Each frozen process waits at one end of a socket pair; the live process alone holds the other ends, and hands
 * them on with a restore.  So when the last live process ends, all frozen ones see the end of file, wait for
 * their children, and go.  The process that was started first is always among them: what it was started by
 * sees it last as long as the lab does, and gets the exit status of the last live process from it.  Signals that
 * are sent to a frozen process are passed on to the live one.
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/flash.h"
#include "engine/lab_impl.h"
#include "engine/tclproc.h"
#include "lib/mem.h"

#define SNAPSHOTS_MAX	100u
#define NAME_LEN_MAX	100u
#define PAYLOAD_MAX	(64u << 20)

/* In memory that all processes of a lab share. */
struct shared {
	pid_t	origin;		/* the one that was started first */
	pid_t	live;
	int	status;		/* of the last live one, as waitpid() gives it */
	bool	ended;
};

struct snapshot {
	char	*name;
	int	 fd;		/* our end */
};

struct snapshots {
	struct shared	*shared;
	struct snapshot	 v[SNAPSHOTS_MAX];
	size_t		 n;
};

/* What a restore begins with; our ends of all snapshots come with it as descriptors. */
struct request {
	uint64_t	 payload;
	uint32_t	 n;
	char		 names[SNAPSHOTS_MAX][NAME_LEN_MAX + 1];
};

static bool
read_all(int fd, void *p, size_t n)
{
	ssize_t k;

	while (n > 0) {
		if ((k = read(fd, p, n)) == 0 || (k < 0 && errno != EINTR))
			return false;
		if (k > 0) {
			p = (char *)p + k;
			n -= (size_t)k;
		}
	}
	return true;
}

static bool
send_all(int fd, const void *p, size_t n)
{
	ssize_t k;

	while (n > 0) {
		if ((k = send(fd, p, n, MSG_NOSIGNAL)) < 0 && errno != EINTR)
			return false;
		if (k > 0) {
			p = (const char *)p + k;
			n -= (size_t)k;
		}
	}
	return true;
}

static struct snapshots *
snapshots_of(struct lab *lab)
{
	struct shared *shared;

	if (lab->snapshots != NULL)
		return lab->snapshots;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return NULL;
	shared->origin = shared->live = getpid();
	lab->snapshots = xcalloc(1, sizeof(*lab->snapshots));
	lab->snapshots->shared = shared;
	return lab->snapshots;
}

static void
forget_all(struct snapshots *s)
{
	for (size_t i = 0; i < s->n; i++) {
		close(s->v[i].fd);
		free(s->v[i].name);
	}
	s->n = 0;
}

void
snapshots_free(struct lab *lab)
{
	if (lab->snapshots == NULL)
		return;
	forget_all(lab->snapshots);
	munmap(lab->snapshots->shared, sizeof(*lab->snapshots->shared));
	free(lab->snapshots);
	lab->snapshots = NULL;
}

static struct snapshot *
find(struct snapshots *s, const char *name)
{
	for (size_t i = 0; s != NULL && i < s->n; i++)
		if (strcmp(s->v[i].name, name) == 0)
			return &s->v[i];
	return NULL;
}

/* A name that was there already now means the new one. */
static void
remember(struct snapshots *s, const char *name, int fd)
{
	struct snapshot *old = find(s, name);

	if (old != NULL) {
		close(old->fd);
		old->fd = fd;
		return;
	}
	s->v[s->n++] = (struct snapshot){ xstrdup(name), fd };
}

/* The frozen process. */

struct frozen {
	struct shared	*shared;
	int		 fd, signals;
	unsigned	 children;
	sigset_t	 mask;		/* as it was */
};

static void
reap(struct frozen *z)
{
	int status;
	pid_t pid;

	while (z->children > 0 && (pid = waitpid(-1, &status, WNOHANG)) > 0) {
		z->children--;
		if (pid == z->shared->live) {
			z->shared->status = status;
			z->shared->ended = true;
		}
	}
}

/* A terminal's Ctrl-C reaches the live process by itself; what somebody sends to this one alone is passed on. */
static void
take_signal(struct frozen *z)
{
	struct signalfd_siginfo i;

	if (read(z->signals, &i, sizeof(i)) != (ssize_t)sizeof(i))
		return;
	if (i.ssi_signo == SIGCHLD)
		reap(z);
	else if (i.ssi_code == SI_USER && !z->shared->ended)
		kill(z->shared->live, (int)i.ssi_signo);
}

/* The last live process has ended, and with it all our children. */
static _Noreturn void
leave(const struct frozen *z)
{
	sigset_t one;
	int sig;

	if (getpid() != z->shared->origin)
		_exit(0);
	if (z->shared->ended && WIFEXITED(z->shared->status))
		_exit(WEXITSTATUS(z->shared->status));
	if (z->shared->ended && WIFSIGNALED(z->shared->status)) {
		sig = WTERMSIG(z->shared->status);
		signal(sig, SIG_DFL);
		sigemptyset(&one);
		sigaddset(&one, sig);
		sigprocmask(SIG_UNBLOCK, &one, NULL);
		raise(sig);
	}
	_exit(1);
}

/* The header and the descriptors that come with it. */
static bool
take_request(int fd, struct request *q, int fds[SNAPSHOTS_MAX], size_t *nfds)
{
	union { char buf[CMSG_SPACE(sizeof(int) * SNAPSHOTS_MAX)]; struct cmsghdr align; } control;
	struct iovec v = { q, sizeof(*q) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control.buf, .msg_controllen = sizeof(control.buf) };
	struct cmsghdr *c;
	ssize_t k;

	*nfds = 0;
	do
		k = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (k < 0 && errno == EINTR);
	if (k <= 0)
		return false;
	for (c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
			*nfds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			memcpy(fds, CMSG_DATA(c), *nfds * sizeof(int));
		}
	return read_all(fd, (char *)q + k, sizeof(*q) - (size_t)k) && q->n == *nfds && q->payload <= PAYLOAD_MAX;
}

static void
close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/* The child of a fork is the live process now.  It dies with its parent: a frozen process that is killed takes the rest along. */
static void
go_live(struct shared *shared, pid_t parent)
{
	shared->live = getpid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

/* In the new live process: what the old one knew of the way to the snapshots, and the signals as they were. */
static void
thaw(struct lab *lab, const struct frozen *z, const struct request *q, const int *fds)
{
	const char ok = 1;

	send_all(z->fd, &ok, 1);	/* the old one may go */
	close(z->fd);
	close(z->signals);
	sigprocmask(SIG_SETMASK, &z->mask, NULL);
	for (size_t i = 0; i < q->n; i++)
		remember(lab->snapshots, q->names[i], fds[i]);
}

/* Scripts are processes of their own: each gets a twin before the lab does. */
static void
scripts_split(struct lab *lab)
{
	for (struct node *n = lab_nodes(lab); n != NULL; n = n->next)
		if (n->kind == NODE_ROUTER)
			tclprocs_split(n->router);
}

static void
scripts_splitted(struct lab *lab, bool live)
{
	for (struct node *n = lab_nodes(lab); n != NULL; n = n->next)
		if (n->kind == NODE_ROUTER)
			tclprocs_splitted(n->router, live);
}

/* A restore: true in the new live process, which has the payload; false in the frozen one. */
static bool
serve(struct lab *lab, struct frozen *z, void **payload, size_t *n)
{
	struct request *q = xcalloc(1, sizeof(*q));
	int fds[SNAPSHOTS_MAX];
	pid_t pid = -1, self = getpid();
	const char failed = 0;
	char *data = NULL;
	size_t nfds;

	if (!take_request(z->fd, q, fds, &nfds) || !read_all(z->fd, data = xmalloc(q->payload), q->payload)) {
		close(z->fd);		/* the live process has ended */
		z->fd = -1;
	} else if ((scripts_split(lab), pid = fork()) == 0) {
		scripts_splitted(lab, true);
		go_live(z->shared, self);
		thaw(lab, z, q, fds);
		*payload = data;
		*n = q->payload;
		free(q);
		return true;
	} else if (pid > 0)
		z->children++;
	else
		send_all(z->fd, &failed, 1);
	if (z->fd >= 0)
		scripts_splitted(lab, pid < 0);
	close_all(fds, nfds);
	free(data);
	free(q);
	return false;
}

static sigset_t
frozen_signals(void)
{
	static const int signals[] = { SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	return set;
}

/* Returns only in a new live process.  frozen_signals() are blocked since before the fork, so that none is missed. */
static void
freeze(struct lab *lab, int fd, const sigset_t *mask, void **payload, size_t *n)
{
	struct frozen z = { .shared = lab->snapshots->shared, .fd = fd, .children = 1, .mask = *mask };
	sigset_t set = frozen_signals();
	struct pollfd p[2];

	forget_all(lab->snapshots);
	z.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	for (reap(&z);;) {
		if (z.fd < 0 && z.children == 0)
			leave(&z);
		p[0] = (struct pollfd){ z.signals, POLLIN, 0 };
		p[1] = (struct pollfd){ z.fd, POLLIN, 0 };
		if (poll(p, z.fd >= 0 ? 2 : 1, -1) < 0)
			continue;
		if (p[0].revents != 0)
			take_signal(&z);
		if (z.fd >= 0 && p[1].revents != 0 && serve(lab, &z, payload, n))
			return;
	}
}

/* The files that go back with the lab. */
static int
rewound(struct lab *lab, char **why)
{
	bool ok = captures_rewind(lab);

	ok = nvram_rewind(lab) && ok;
	for (const struct node *n = lab->nodes; n != NULL; n = n->next)
		ok = (n->kind != NODE_ROUTER || flash_rewind(n->router->flash)) && ok;
	*why = ok ? NULL : lab_why("the lab is as it was, but not all its files could be put back: %s", strerror(errno));
	return 1;
}

static bool
may_snapshot(struct lab *lab, const char *name, char **why)
{
	if (lab->real)
		*why = lab_why("snapshots need the virtual clock");
	else if (name[0] == '\0' || strlen(name) > NAME_LEN_MAX)
		*why = lab_why("a snapshot's name has 1 to %u characters", NAME_LEN_MAX);
	else if (lab->snapshots != NULL && lab->snapshots->n == SNAPSHOTS_MAX && find(lab->snapshots, name) == NULL)
		*why = lab_why("there are %u snapshots already", SNAPSHOTS_MAX);
	else if (snapshots_of(lab) == NULL)
		*why = lab_why("no memory for a snapshot");
	else
		return true;
	return false;
}

int
lab_snapshot(struct lab *lab, const char *name, void **payload, size_t *n, char **why)
{
	sigset_t set = frozen_signals(), mask;
	pid_t pid, self = getpid();
	int fd[2];

	*why = NULL;
	if (!may_snapshot(lab, name, why))
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0) {
		*why = lab_why("no snapshot: %s", strerror(errno));
		return -1;
	}
	captures_mark(lab);
	fflush(NULL);
	sigprocmask(SIG_BLOCK, &set, &mask);
	scripts_split(lab);
	pid = fork();
	scripts_splitted(lab, pid <= 0);
	if (pid <= 0)
		sigprocmask(SIG_SETMASK, &mask, NULL);
	if (pid < 0) {
		*why = lab_why("no snapshot: %s", strerror(errno));
		close(fd[0]);
		close(fd[1]);
		return -1;
	}
	if (pid == 0) {
		go_live(lab->snapshots->shared, self);
		close(fd[1]);
		remember(lab->snapshots, name, fd[0]);
		return 0;
	}
	close(fd[0]);
	freeze(lab, fd[1], &mask, payload, n);
	return rewound(lab, why);
}

/* The request with our ends of all snapshots. */
static bool
send_request(const struct snapshots *s, int fd, size_t payload)
{
	union { char buf[CMSG_SPACE(sizeof(int) * SNAPSHOTS_MAX)]; struct cmsghdr align; } control;
	struct request *q = xcalloc(1, sizeof(*q));
	struct iovec v = { q, sizeof(*q) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control.buf };
	struct cmsghdr *c;
	ssize_t k;
	bool ok;

	memset(&control, 0, sizeof(control));
	m.msg_controllen = CMSG_SPACE(sizeof(int) * s->n);
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * s->n);
	q->payload = payload;
	q->n = (uint32_t)s->n;
	for (size_t i = 0; i < s->n; i++) {
		memcpy(CMSG_DATA(c) + i * sizeof(int), &s->v[i].fd, sizeof(int));
		memcpy(q->names[i], s->v[i].name, strlen(s->v[i].name) + 1);
	}
	do
		k = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (k < 0 && errno == EINTR);
	ok = k > 0 && send_all(fd, (char *)q + k, sizeof(*q) - (size_t)k);
	free(q);
	return ok;
}

bool
lab_restore(struct lab *lab, const char *name, const void *payload, size_t n, char **why)
{
	struct snapshot *s = find(lab->snapshots, name);
	char ok = 0;

	if (s == NULL || n > PAYLOAD_MAX) {
		*why = s == NULL ? lab_why("no snapshot is called '%s'", name) : lab_why("too much to carry over");
		return false;
	}
	captures_mark(lab);	/* brings what they hold to the file */
	fflush(NULL);
	if (send_request(lab->snapshots, s->fd, n) && send_all(s->fd, payload, n) && read_all(s->fd, &ok, 1) && ok)
		_exit(0);
	*why = lab_why("snapshot '%s' did not answer", name);
	return false;
}
