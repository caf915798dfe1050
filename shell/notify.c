/* sd_notify's protocol: one datagram, nothing comes back, and nothing is lost if nobody listens. */

#include "shell/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/text.h"

struct notify {
	int		 fd;
	int64_t		 period;	/* 0: no watchdog */
	struct timer	 timer;
};

socklen_t
notify_address(const char *path, struct sockaddr_un *out)
{
	size_t n = strlen(path);

	memset(out, 0, sizeof(*out));
	out->sun_family = AF_UNIX;
	if ((path[0] != '/' && path[0] != '@') || n < 2 || n >= sizeof(out->sun_path))
		return 0;
	memcpy(out->sun_path, path, n);
	if (path[0] == '@')
		out->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);	/* an abstract name has no end mark */
}

void
notify_message(const char *what, const char *status, struct text *out)
{
	if (what != NULL)
		text_add(out, what);
	if (status == NULL)
		return;
	text_add(out, out->len > 0 ? "\nSTATUS=" : "STATUS=");
	text_addn(out, status, strcspn(status, "\n"));
}

int64_t
notify_period(const char *usec, const char *pid, long self)
{
	char *end;
	unsigned long long v;

	if (usec == NULL || *usec < '0' || *usec > '9')
		return 0;
	errno = 0;
	v = strtoull(usec, &end, 10);
	if (*end != '\0' || errno != 0 || v == 0 || v > (unsigned long long)(INT64_MAX / NSEC_US))
		return 0;
	if (pid != NULL && (strtol(pid, &end, 10) != self || *end != '\0'))
		return 0;
	return (int64_t)v * NSEC_US / 2;
}

struct notify *
notify_new(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a;
	socklen_t n = path == NULL ? 0 : notify_address(path, &a);
	int fd = n == 0 ? -1 : socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct notify *o = NULL;

	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, n) == 0) {
		o = xcalloc(1, sizeof(*o));
		o->fd = fd;
		o->period = notify_period(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"), (long)getpid());
	} else if (fd >= 0)
		close(fd);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return o;
}

void
notify_free(struct notify *n)
{
	if (n == NULL)
		return;
	timer_stop(&n->timer);
	close(n->fd);
	free(n);
}

static void
say(struct notify *n, const char *what, const char *status)
{
	struct text t = { 0 };

	if (n == NULL)
		return;
	notify_message(what, status, &t);
	while (send(n->fd, text_str(&t), t.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EINTR)
		;
	text_free(&t);
}

void
notify_ready(struct notify *n, const char *status)
{
	say(n, "READY=1", status);
}

void
notify_status(struct notify *n, const char *status)
{
	say(n, NULL, status);
}

void
notify_stopping(struct notify *n, const char *status)
{
	say(n, "STOPPING=1", status);
}

static void
alive(void *arg)
{
	struct notify *n = arg;

	say(n, "WATCHDOG=1", NULL);
	timer_in(&n->timer, n->period);
}

void
notify_watchdog(struct notify *n, struct loop *loop)
{
	if (n == NULL || n->period == 0)
		return;
	timer_init(&n->timer, loop_clock(loop), alive, n);
	timer_in(&n->timer, 0);
}
