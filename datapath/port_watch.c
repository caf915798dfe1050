/*
 * A host's network device by its name: whether there is one, whether it is up and has a carrier, how long a packet
 * may be.  A routing socket of the kernel (rtnetlink(7)) says that something changed, which needs no privilege; what it
 * is then is asked by name.  Where there is no such socket, a timer asks every second.
 */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datapath/port_int.h"
#include "lib/loop.h"
#include "lib/mem.h"

#define ASK_EVERY	NSEC_SEC

struct port_watch {
	char		 name[IFNAMSIZ];
	int		 fd, ask;		/* of the routing socket; of the one that questions go to */
	struct loop_fd	*loop_fd;
	struct timer	 timer;			/* without a routing socket */
	void		(*changed)(void *arg);
	void		*arg;
};

static void
on_fd(void *arg, short revents)
{
	struct port_watch *w = arg;
	uint8_t b[8192];
	ssize_t n;

	(void)revents;
	do
		n = recv(w->fd, b, sizeof(b), MSG_DONTWAIT);
	while (n > 0 || (n < 0 && (errno == EINTR || errno == ENOBUFS)));
	w->changed(w->arg);
}

static void
on_timer(void *arg)
{
	struct port_watch *w = arg;

	timer_in(&w->timer, ASK_EVERY);
	w->changed(w->arg);
}

static int
routing_socket(void)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

struct port_watch *
port_watch_new(struct loop *loop, const char *name, void (*changed)(void *arg), void *arg)
{
	struct port_watch *w = xcalloc(1, sizeof(*w));

	memcpy(w->name, name, strnlen(name, IFNAMSIZ - 1));
	w->changed = changed;
	w->arg = arg;
	w->ask = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	w->fd = routing_socket();
	timer_init(&w->timer, loop_clock(loop), on_timer, w);
	if (w->fd >= 0)
		w->loop_fd = loop_fd_add(loop, w->fd, POLLIN, on_fd, w);
	else
		timer_in(&w->timer, ASK_EVERY);
	return w;
}

void
port_watch_free(struct port_watch *w)
{
	if (w == NULL)
		return;
	timer_stop(&w->timer);
	loop_fd_del(w->loop_fd);
	if (w->fd >= 0)
		close(w->fd);
	if (w->ask >= 0)
		close(w->ask);
	free(w);
}

static bool
ask(const struct port_watch *w, unsigned long what, struct ifreq *r)
{
	memset(r, 0, sizeof(*r));
	memcpy(r->ifr_name, w->name, sizeof(r->ifr_name));
	return ioctl(w->ask, what, r) == 0;
}

void
port_watch_see(const struct port_watch *w, struct port_seen *out)
{
	struct ifreq r;

	*out = (struct port_seen){ 0 };
	if (!ask(w, SIOCGIFINDEX, &r))
		return;
	out->there = true;
	out->ifindex = (uint32_t)r.ifr_ifindex;
	if (ask(w, SIOCGIFFLAGS, &r)) {
		out->up = (r.ifr_flags & IFF_UP) != 0;
		out->running = (r.ifr_flags & IFF_RUNNING) != 0;
	}
	if (ask(w, SIOCGIFMTU, &r) && r.ifr_mtu > 0)
		out->mtu = (uint32_t)r.ifr_mtu;
}
