/* A signalfd in the loop. */

#include "shell/signals.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/loop.h"
#include "lib/mem.h"

struct signals {
	int		 fd;
	struct loop_fd	*loop_fd;
	unsigned	 stops;
	void		(*hup)(void *arg);
	void		*arg;
};

static void
readable(void *arg, short revents)
{
	struct signals *s = arg;
	struct signalfd_siginfo si;

	(void)revents;
	while (read(s->fd, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		if (si.ssi_signo == SIGHUP)
			s->hup(s->arg);
		else
			s->stops++;
	}
}

struct signals *
signals_new(struct loop *loop, void (*hup)(void *arg), void *arg)
{
	struct signals *s = xcalloc(1, sizeof(*s));
	sigset_t set;

	s->hup = hup;
	s->arg = arg;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (hup != NULL)
		sigaddset(&set, SIGHUP);
	/* A shell's background ignores SIGINT, and what is ignored never comes to a descriptor. */
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->fd >= 0)
		s->loop_fd = loop_fd_add(loop, s->fd, POLLIN, readable, s);
	return s;
}

void
signals_free(struct signals *s)
{
	if (s == NULL)
		return;
	loop_fd_del(s->loop_fd);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

unsigned
signals_stops(const struct signals *s)
{
	return s == NULL ? 0 : s->stops;
}
