/* The gateway's process: what it is allowed, where it accepts connections, and how many. */

#include "shell/gateway.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/mem.h"
#include "shell/gateway_int.h"
#include "shell/sandbox.h"

#define STACK	(512u << 10)	/* of a thread */

/* No core that could hold a password, no way to more rights, and nobody but root may look into its memory. */
static void
confine(void)
{
	const struct rlimit none = { 0, 0 };
	struct rlimit files;

	setrlimit(RLIMIT_CORE, &none);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max < 4096 ? files.rlim_max : 4096;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	signal(SIGPIPE, SIG_IGN);
}

/* ---- how many ---- */

void
gconn_known(struct gconn *c, bool in)
{
	struct gateway *g = c->gateway;

	pthread_mutex_lock(&g->lock);
	c->exchanged = true;
	if (in && c->stranger) {
		g->nstrangers--;
		c->stranger = false;
	}
	pthread_mutex_unlock(&g->lock);
}

/* Room for one more: the oldest stranger goes, of those that have not even finished their key exchange if there are any. */
static bool
make_room(struct gateway *g)
{
	struct gconn *c, *oldest = NULL;

	if (g->nconns < GATEWAY_CONNS && g->nstrangers < GATEWAY_STRANGERS)
		return true;
	if (g->nconns >= 2 * GATEWAY_CONNS)	/* those told to go have not gone yet */
		return false;
	TAILQ_FOREACH(c, &g->conns, next)
		if (c->stranger && (oldest == NULL || (oldest->exchanged && !c->exchanged)))
			oldest = c;
	if (oldest == NULL)
		return false;
	oldest->over = true;
	oldest->stranger = false;
	g->nstrangers--;
	shutdown(oldest->fd, SHUT_RDWR);
	return true;
}

static struct gconn *
admit(struct gateway *g, int fd, uint32_t index)
{
	struct gconn *c = NULL;

	pthread_mutex_lock(&g->lock);
	if (make_room(g)) {
		c = xcalloc(1, sizeof(*c));
		c->gateway = g;
		c->fd = fd;
		c->index = index;
		c->link = -1;
		c->stranger = true;
		TAILQ_INIT(&c->chans);
		TAILQ_INSERT_TAIL(&g->conns, c, next);
		g->nconns++;
		g->nstrangers++;
	}
	pthread_mutex_unlock(&g->lock);
	return c;
}

static void
dismiss(struct gconn *c)
{
	struct gateway *g = c->gateway;

	pthread_mutex_lock(&g->lock);
	TAILQ_REMOVE(&g->conns, c, next);
	g->nconns--;
	g->nstrangers -= c->stranger;
	close(c->fd);
	pthread_mutex_unlock(&g->lock);
	free(c);
}

static void *
thread(void *arg)
{
	struct gconn *c = arg;

	gconn_main(c);
	dismiss(c);
	return NULL;
}

static bool
start(struct gconn *c)
{
	pthread_attr_t attr;
	pthread_t t;
	bool ok;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK);
	ok = pthread_create(&t, &attr, thread, c) == 0;
	pthread_attr_destroy(&attr);
	return ok;
}

static void
accept_one(struct gateway *g, const struct listener *l)
{
	int one = 1, fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct gconn *c;

	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	if ((c = admit(g, fd, l->index)) == NULL)
		close(fd);
	else if (!start(c))
		dismiss(c);
}

/* ---- the loop ---- */

static void
listen_at(struct gateway *g, int fd, uint32_t index)
{
	g->listeners = xrealloc(g->listeners, (g->nlisteners + 1) * sizeof(*g->listeners));
	g->listeners[g->nlisteners++] = (struct listener){ fd, index };
}

/* False: the router's process has gone. */
static bool
control(struct gateway *g)
{
	uint8_t buf[RLINK_MAX];
	struct rlink_msg m;
	int fd;

	switch (rlink_recv(g->control, buf, &m, &fd)) {
	case RLINK_OK:
		if (m.type == RLINK_LISTEN && fd >= 0)
			listen_at(g, fd, m.number[0]);
		else if (fd >= 0)
			close(fd);
		return true;
	case RLINK_FULL:
		return true;
	default:
		return false;
	}
}

static bool
round_once(struct gateway *g)
{
	size_t n = g->nlisteners;
	struct pollfd *p = xcalloc(1 + n, sizeof(*p));
	bool go_on = true;

	p[0] = (struct pollfd){ .fd = g->control, .events = POLLIN };
	for (size_t i = 0; i < n; i++)
		p[1 + i] = (struct pollfd){ .fd = g->listeners[i].fd, .events = POLLIN };
	if (poll(p, 1 + n, -1) > 0) {
		for (size_t i = 0; i < n; i++)
			if (p[1 + i].revents != 0)
				accept_one(g, &g->listeners[i]);
		if (p[0].revents != 0)
			go_on = control(g);
	}
	free(p);
	return go_on;
}

int
verb_gateway(int argc, char **argv)
{
	struct gateway *g;
	int type;
	socklen_t n = sizeof(type);

	(void)argv;
	if (argc != 1 || getsockopt(GATEWAY_CONTROL, SOL_SOCKET, SO_TYPE, &type, &n) != 0 || type != SOCK_SEQPACKET) {
		fputs("inspire gateway: `inspire lab --ssh` and `inspire router --ssh` start this by themselves\n", stderr);
		return 2;
	}
	confine();
	if (!sandbox_gateway())
		return 1;
	g = xcalloc(1, sizeof(*g));
	g->control = GATEWAY_CONTROL;
	fcntl(g->control, F_SETFD, FD_CLOEXEC);
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->hashed, NULL);
	TAILQ_INIT(&g->conns);
	while (round_once(g))
		;
	_exit(0);	/* the threads' connections end with it */
}
