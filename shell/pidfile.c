/* The lock is the file's, not its text: it goes with the process that took it, however that ends (fcntl(2), F_SETLK). */

#include "shell/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/mem.h"

#define TRIES	100

struct pidfile {
	char	*path;
	int	 fd;
};

/* Who holds it; 0: nobody, or nobody knows. */
static long
holder(int fd)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_GETLK, &l) == 0 && l.l_type != F_UNLCK ? (long)l.l_pid : 0;
}

/* Between our opening it and our locking it, its owner may have removed it. */
static bool
is_still(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int
lock_once(const char *path, char **why)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	struct stat st;
	long pid;

	if (fd < 0 || fstat(fd, &st) != 0)
		*why = xasprintf("--pidfile %s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		*why = xasprintf("--pidfile %s: it is no plain file", path);
	else if (fcntl(fd, F_SETLK, &l) == 0)
		return fd;
	else if (errno != EACCES && errno != EAGAIN)
		*why = xasprintf("--pidfile %s: %s", path, strerror(errno));
	else if ((pid = holder(fd)) > 0)
		*why = xasprintf("--pidfile %s: it runs already, as process %ld", path, pid);
	else
		*why = xasprintf("--pidfile %s: it runs already", path);
	if (fd >= 0)
		close(fd);
	return -1;
}

struct pidfile *
pidfile_take(const char *path, char **why)
{
	struct pidfile *p;
	char text[24];
	int fd = -1, n;

	*why = NULL;
	for (int i = 0; i < TRIES && (fd = lock_once(path, why)) >= 0 && !is_still(fd, path); i++) {
		close(fd);
		fd = -1;
	}
	if (fd < 0) {
		if (*why == NULL)
			*why = xasprintf("--pidfile %s: somebody keeps replacing it", path);
		return NULL;
	}
	n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) != 0 || write(fd, text, (size_t)n) != n) {
		*why = xasprintf("--pidfile %s: %s", path, strerror(errno));
		close(fd);
		return NULL;
	}
	p = xcalloc(1, sizeof(*p));
	p->path = xstrdup(path);
	p->fd = fd;
	return p;
}

void
pidfile_free(struct pidfile *p)
{
	if (p == NULL)
		return;
	if (unlink(p->path) != 0 && ftruncate(p->fd, 0) != 0)
		fprintf(stderr, "inspire: %s: %s\n", p->path, strerror(errno));
	close(p->fd);
	free(p->path);
	free(p);
}
