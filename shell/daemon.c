/* Detached by one fork, with a session of its own; a pipe tells the command how it went. */

#include "shell/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/mem.h"

#define STATUS_FAILED	2

struct daemon {
	int	 fd;
};

/* The daemon's own status if it ends before it is ready, having said why. */
static int
await(pid_t pid, int fd)
{
	int status = 0;
	ssize_t n;
	char c;

	while ((n = read(fd, &c, 1)) < 0 && errno == EINTR)
		;
	if (n == 1)
		return 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		fprintf(stderr, "inspire: the daemon was ended by signal %d\n", WTERMSIG(status));
	return WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : STATUS_FAILED;
}

struct daemon *
daemon_begin(int *status)
{
	struct daemon *d;
	int fd[2];
	pid_t pid;

	fflush(NULL);
	if (pipe2(fd, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
		fprintf(stderr, "inspire: no daemon can be started: %s\n", strerror(errno));
		*status = STATUS_FAILED;
		return NULL;
	}
	if (pid > 0) {
		close(fd[1]);
		*status = await(pid, fd[0]);
		return NULL;
	}
	close(fd[0]);
	if (fd[1] > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, (unsigned)fd[1] - 1, 0);	/* what the shell had open is not ours */
	close_range((unsigned)fd[1] + 1, ~0u, 0);
	setsid();
	d = xcalloc(1, sizeof(*d));
	d->fd = fd[1];
	return d;
}

void
daemon_ready(struct daemon *d, bool keep_stderr)
{
	int null;

	if (d == NULL)
		return;
	fflush(NULL);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; null >= 0 && fd <= (keep_stderr ? STDOUT_FILENO : STDERR_FILENO); fd++)
		dup2(null, fd);
	if (null > STDERR_FILENO)
		close(null);
	if (write(d->fd, "", 1) < 0)
		fprintf(stderr, "inspire: who started the daemon has gone\n");
	close(d->fd);
	free(d);
}
