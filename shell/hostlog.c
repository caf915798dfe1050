/* Two ways out of the process for a line, both without waiting. */

#include "shell/hostlog.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "engine/log.h"
#include "engine/router.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"

#define DEVICE		"/dev/log"
#define FACILITY	3u	/* daemon */
#define LINE_MAX_	2048	/* a pipe that can be written to has room for that (PIPE_BUF) */

struct watched {
	struct watched	*next;
	struct hostlog	*h;
	struct router	*r;
	struct log_tap	*tap;
};

struct hostlog {
	bool		 standard;	/* error */
	int		 fd;		/* of syslog; -1: nobody listens at present */
	unsigned long	 lost;
	struct watched	*watched;
};

static int
connected(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = DEVICE };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

struct hostlog *
hostlog_new(const char *kind, char **why)
{
	struct hostlog *h;

	if (strcmp(kind, "stderr") != 0 && strcmp(kind, "syslog") != 0) {
		*why = xasprintf("--log %s: expected stderr or syslog", kind);
		return NULL;
	}
	h = xcalloc(1, sizeof(*h));
	h->standard = strcmp(kind, "stderr") == 0;
	h->fd = h->standard ? -1 : connected();
	return h;
}

bool
hostlog_is_stderr(const struct hostlog *h)
{
	return h != NULL && h->standard;
}

void
hostlog_datagram(unsigned severity, long long when, long pid, const char *name, const char *line, struct text *out)
{
	time_t seconds = (time_t)(when / NSEC_SEC);
	struct tm tm;
	char date[32] = "";

	if (localtime_r(&seconds, &tm) != NULL)
		strftime(date, sizeof(date), "%b %e %H:%M:%S", &tm);
	text_printf(out, "<%u>%s inspire[%ld]: %s: %s", FACILITY * 8 + severity, date, pid, name, line);
}

/* The system's syslog may have been started anew meanwhile. */
static bool
to_syslog(struct hostlog *h, const struct text *t)
{
	for (int again = 0; again < 2; again++) {
		if (h->fd >= 0 && send(h->fd, t->s, t->len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			return true;
		if (h->fd >= 0)
			close(h->fd);
		h->fd = connected();
	}
	return false;
}

static bool
to_stderr(const struct text *t)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0 && write(STDERR_FILENO, t->s, t->len) >= 0;
}

static bool
put(struct hostlog *h, const struct router *r, unsigned severity, int64_t when, const char *line)
{
	struct text t = { 0 };
	bool ok;

	if (h->standard) {
		text_printf(&t, "%.*s\n", LINE_MAX_, line);
		ok = to_stderr(&t);
	} else {
		hostlog_datagram(severity, when, (long)getpid(), router_hostname(r), line, &t);
		ok = to_syslog(h, &t);
	}
	text_free(&t);
	return ok;
}

struct line_of { struct hostlog *h; const struct router *r; const struct log_entry *e; };

static void
on_line(void *arg, const char *line, size_t n)
{
	struct line_of *l = arg;
	char said[64];

	(void)n;
	if (l->h->lost > 0) {
		snprintf(said, sizeof(said), "inspire: %lu lines of the log were lost", l->h->lost);
		if (put(l->h, l->r, 4, l->e->when_ns, said))
			l->h->lost = 0;
	}
	if (!put(l->h, l->r, l->e->severity, l->e->when_ns, line))
		l->h->lost++;
}

/* A collector of the machine's stamps what it gets by itself. */
static void
on_log(void *arg, const struct log_entry *e, const char *formatted)
{
	struct watched *w = arg;
	struct line_of l = { w->h, w->r, e };

	text_lines(w->h->standard ? formatted : e->body, on_line, &l);
}

void
hostlog_watch(struct hostlog *h, struct router *r)
{
	struct watched *w;

	if (h == NULL)
		return;
	for (w = h->watched; w != NULL; w = w->next)
		if (w->r == r)
			return;
	w = xcalloc(1, sizeof(*w));
	*w = (struct watched){ .next = h->watched, .h = h, .r = r };
	w->tap = log_tap_add(r, LOG_SINK_CONSOLE, on_log, w);
	h->watched = w;
}

void
hostlog_free(struct hostlog *h)
{
	struct watched *w;

	if (h == NULL)
		return;
	while ((w = h->watched) != NULL) {
		h->watched = w->next;
		log_tap_del(w->tap);
		free(w);
	}
	if (h->fd >= 0)
		close(h->fd);
	free(h);
}
