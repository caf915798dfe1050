/*
 * The Unix socket at which `inspire attach` comes: in a folder that only its owner can enter, and only he and root are
 * listened to.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/loop.h"
#include "lib/mem.h"
#include "shell/attach.h"
#include "shell/remote_int.h"

#define BACKLOG		16
#define GUESTS_MAX	64u	/* sessions by way of it at once */

struct attach {
	struct remotes	*remotes;
	char		*path;
	int		 fd;
	struct loop_fd	*loop_fd;
	pid_t		 pid;		/* who made it: only he takes it away */
};

char *
attach_folder(void)
{
	const char *run = getenv("XDG_RUNTIME_DIR");

	if (run != NULL && run[0] == '/' && access(run, W_OK) == 0)
		return xasprintf("%s/inspire", run);
	return xasprintf("/tmp/inspire-%u", (unsigned)geteuid());
}

/* Ours, and nobody else's to enter. */
static bool
private_folder(const char *path, char **why)
{
	struct stat st;

	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		*why = xasprintf("%s: %s", path, strerror(errno));
		return false;
	}
	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 077) == 0)
		return true;
	*why = xasprintf("%s is not a folder of this user's alone (mode 0700)", path);
	return false;
}

/* A socket that nobody answers at is left from a process that was killed. */
static bool
stale(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct stat st;
	bool dead = fd >= 0 && connect(fd, (const struct sockaddr *)a, sizeof(*a)) != 0 && errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return dead && lstat(a->sun_path, &st) == 0 && S_ISSOCK(st.st_mode);
}

static int
listen_at(const char *path, char **why)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = -1;

	if (strlen(path) >= sizeof(a.sun_path))
		errno = ENAMETOOLONG;
	else {
		memcpy(a.sun_path, path, strlen(path) + 1);
		if (stale(&a))
			unlink(path);
		fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	}
	/* Its mode is set before anybody can connect: that takes listen(). */
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 || chmod(path, 0600) != 0 || listen(fd, BACKLOG) != 0) {
		*why = xasprintf("%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static bool
may_come(int fd)
{
	struct ucred who;
	socklen_t n = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 && (who.uid == geteuid() || who.uid == 0);
}

static void
accept_one(void *arg, short revents)
{
	struct attach *a = arg;
	int fd = accept4(a->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)revents;
	if (fd < 0)
		return;
	if (may_come(fd) && remotes_count(a->remotes) < GUESTS_MAX)
		rterm_new(a->remotes, NULL, fd);
	else
		close(fd);
}

bool
remotes_socket(struct remotes *o, const char *path, char **why)
{
	struct attach *a = xcalloc(1, sizeof(*a));
	char *folder = path == NULL ? attach_folder() : NULL;

	a->remotes = o;
	a->fd = -1;
	a->pid = getpid();
	a->path = path != NULL ? xstrdup(path) : xasprintf("%s/%ld", folder, (long)getpid());
	if (folder == NULL || private_folder(folder, why))
		a->fd = listen_at(a->path, why);
	free(folder);
	if (a->fd < 0) {
		free(a->path);
		free(a);
		return false;
	}
	a->loop_fd = loop_fd_add(o->loop, a->fd, POLLIN, accept_one, a);
	o->attach = a;
	return true;
}

const char *
remotes_socket_path(const struct remotes *o)
{
	return o->attach == NULL ? NULL : o->attach->path;
}

void
attach_free(struct attach *a)
{
	if (a == NULL)
		return;
	loop_fd_del(a->loop_fd);
	close(a->fd);
	if (a->pid == getpid())
		unlink(a->path);
	free(a->path);
	free(a);
}
