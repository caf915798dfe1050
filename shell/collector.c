/* The collector's socket, and one observer of the log a router. */

#include "shell/collector.h"

#include <sys/socket.h>
#include <sys/types.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/log.h"
#include "engine/router.h"
#include "engine/syslog.h"
#include "lib/mem.h"
#include "lib/text.h"

struct watched {
	struct watched	*next;
	struct collector *collector;
	struct router	*r;
	struct log_tap	*tap;
	uint64_t	 number;
};

struct collector {
	int		 fd;
	struct watched	*watched;
	uint64_t	 lost;
};

/* "[::1]:514" and "127.0.0.1:514" into two strings; false: there is no port, or no address. */
static bool
split(const char *where, char **host, char **port)
{
	const char *colon = strrchr(where, ':'), *from = where, *to = colon;

	if (colon == NULL || colon == where || colon[1] == '\0')
		return false;
	if (*where == '[' && colon[-1] == ']') {
		from++;
		to--;
	}
	*host = xstrndup(from, (size_t)(to - from));
	*port = xstrdup(colon + 1);
	return true;
}

static int
connected(const struct addrinfo *list)
{
	for (; list != NULL; list = list->ai_next) {
		int fd = socket(list->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (fd >= 0 && connect(fd, list->ai_addr, list->ai_addrlen) == 0)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -1;
}

struct collector *
collector_new(const char *where, char **why)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list = NULL;
	struct collector *c;
	char *host, *port;
	int bad, fd = -1;

	if (!split(where, &host, &port)) {
		*why = xasprintf("--syslog %s: expected an address and a port, as in 127.0.0.1:514", where);
		return NULL;
	}
	bad = getaddrinfo(host, port, &hints, &list);
	if (bad == 0 && (fd = connected(list)) < 0)
		*why = xasprintf("--syslog %s: %s", where, strerror(errno));
	else if (bad != 0)
		*why = xasprintf("--syslog %s: %s", where, gai_strerror(bad));
	if (list != NULL)
		freeaddrinfo(list);
	free(host);
	free(port);
	if (fd < 0)
		return NULL;
	c = xcalloc(1, sizeof(*c));
	c->fd = fd;
	return c;
}

void
collector_free(struct collector *c)
{
	struct watched *w;

	if (c == NULL)
		return;
	while ((w = c->watched) != NULL) {
		c->watched = w->next;
		log_tap_del(w->tap);
		free(w);
	}
	close(c->fd);
	free(c);
}

static void
on_log(void *arg, const struct log_entry *e, const char *formatted)
{
	struct watched *w = arg;
	const struct config *c = w->r->cfg;
	struct text t = { 0 };

	if (c->logging.off || e->severity > c->syslog.trap)
		return;
	syslog_datagram(w->r, e, formatted, ++w->number, 0, true, &t);
	if (send(w->collector->fd, t.s, t.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		w->collector->lost++;
	text_free(&t);
}

void
collector_watch(struct collector *c, struct router *r)
{
	struct watched *w;

	if (c == NULL)
		return;
	for (w = c->watched; w != NULL; w = w->next)
		if (w->r == r)
			return;
	w = xcalloc(1, sizeof(*w));
	*w = (struct watched){ .next = c->watched, .collector = c, .r = r };
	w->tap = log_tap_add(r, LOG_SINK_ALL, on_log, w);
	c->watched = w;
}
