/*
 * udp:LADDR:LPORT:RADDR:RPORT: a wire made of datagrams, each an Ethernet frame, as Dynamips and GNS3 speak it.  The socket
 * is connected, so that only the far end's datagrams come up.  Frames go out in batches; a run of frames of one length is
 * a single datagram that the kernel cuts (UDP_SEGMENT), and comes in likewise (UDP_GRO).  Nobody at the far end is no fault of
 * the line: it stays up, and refusals are counted.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datapath/port_int.h"
#include "lib/addr.h"
#include "lib/mem.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT	103
#endif
#ifndef UDP_GRO
#define UDP_GRO		104
#endif

#define MSGS_IN		16u		/* datagrams of a read, each as long as UDP has it */
#define DATAGRAM_MAX	65535u
#define SEGMENTS_MAX	64u		/* that a kernel cuts one datagram into */
#define SEGMENTED_MAX	65000u		/* bytes of such a one */
#define ROUNDS		4u		/* reads before others have their turn */
#define BUFFER		(1 << 20)	/* of the socket: the kernel gives what it may */

union control {
	struct cmsghdr	head;
	uint8_t		room[CMSG_SPACE(sizeof(int))];
};

struct udp_port {
	struct sockaddr_storage	 local, remote;
	socklen_t		 len;
	bool			 gso;
	unsigned		 batch;		/* frames of a call */
	size_t			 gso_max;	/* longest frame that the kernel has not refused to cut to */
	struct mmsghdr		 msgs[PORT_BATCH];
	struct iovec		 iov[PORT_BATCH];
	union control		 control[PORT_BATCH];
	unsigned		 frames[PORT_BATCH];	/* of each datagram that goes out */
	uint8_t			*slots;		/* MSGS_IN of DATAGRAM_MAX */
};

/* --- words --- */

/* "127.0.0.1:10000" or "[::1]:10000"; what stands behind it goes to *rest.  NULL, or what is wrong. */
static const char *
end_parse(const char *s, struct sockaddr_storage *out, socklen_t *len, const char **rest)
{
	bool v6 = *s == '[';
	const char *from = s + v6, *to = strchr(from, v6 ? ']' : ':');
	char text[ADDR_STRLEN] = "", *end;
	struct sockaddr_in *in4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	unsigned long port;

	if (to == NULL || (size_t)(to - from) >= sizeof(text) || to[v6] != ':')
		return "an address and a port are expected, IPv6 in brackets";
	memcpy(text, from, (size_t)(to - from));
	memset(out, 0, sizeof(*out));
	out->ss_family = v6 ? AF_INET6 : AF_INET;
	*len = v6 ? sizeof(*in6) : sizeof(*in4);
	if (inet_pton(out->ss_family, text, v6 ? (void *)&in6->sin6_addr : &in4->sin_addr) != 1)
		return "that is no address";
	s = to + v6 + 1;
	port = *s >= '0' && *s <= '9' ? strtoul(s, &end, 10) : 0;
	if (port < 1 || port > 65535)
		return "a port is a number from 1 to 65535";
	if (v6)
		in6->sin6_port = htons((uint16_t)port);
	else
		in4->sin_port = htons((uint16_t)port);
	*rest = end;
	return NULL;
}

static const char *
ends_parse(struct udp_port *x, const char *args)
{
	const char *rest, *why = end_parse(args, &x->local, &x->len, &rest);

	if (why != NULL)
		return why;
	if (*rest != ':')
		return "the far end's address and port are missing";
	if ((why = end_parse(rest + 1, &x->remote, &x->len, &rest)) != NULL)
		return why;
	if (*rest != '\0')
		return "something stands behind the far end's port";
	return x->local.ss_family == x->remote.ss_family ? NULL : "the two ends are not of one family";
}

static bool
parse(struct port *p, const char *args, char **why)
{
	struct udp_port *x = xcalloc(1, sizeof(*x));
	const char *bad;

	p->state = x;
	x->gso = true;
	x->batch = PORT_BATCH;
	if ((bad = ends_parse(x, args)) == NULL)
		return true;
	*why = xstrdup(bad);
	return false;
}

static void
free_state(struct port *p)
{
	struct udp_port *x = p->state;

	free(x->slots);
	free(x);
}

/* --- the socket --- */

static bool
sockets_open(struct port *p, struct udp_port *x)
{
	int on = 1, buffer = BUFFER, dont = IP_PMTUDISC_DONT;	/* a frame may be longer than the path: then it is cut */
	bool v6 = x->local.ss_family == AF_INET6;

	p->fd = socket(x->local.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return false;
	setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	setsockopt(p->fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	setsockopt(p->fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, &dont, sizeof(dont));
	if (x->gso)
		setsockopt(p->fd, IPPROTO_UDP, UDP_GRO, &on, sizeof(on));	/* without it they come one by one */
	x->gso_max = PORT_FRAME_MAX;
	return bind(p->fd, (struct sockaddr *)&x->local, x->len) == 0 && connect(p->fd, (struct sockaddr *)&x->remote, x->len) == 0;
}

static bool
device_open(struct port *p, char **why)
{
	struct udp_port *x = p->state;

	if (sockets_open(p, x)) {
		if (x->slots == NULL)
			x->slots = xmalloc((size_t)MSGS_IN * DATAGRAM_MAX);
		return true;
	}
	p->info.error = errno == EPERM || errno == EACCES ? EPERM : errno;
	*why = xasprintf("%s: %s", p->info.spec, strerror(errno));
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	return false;
}

/* Nobody is there: the kernel says it once for each answer that it got. */
static bool
is_refusal(struct port *p, int error)
{
	if (error != ECONNREFUSED)
		return false;
	p->info.refused++;
	return true;
}

/* --- in --- */

/* How long the frames are that came as one datagram; 0: it is a single one. */
static size_t
segment_of(struct msghdr *m)
{
	int size = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO && c->cmsg_len >= CMSG_LEN(sizeof(size)))
			memcpy(&size, CMSG_DATA(c), sizeof(size));
	return size > 0 ? (size_t)size : 0;
}

static void
take(struct port *p, struct udp_port *x, unsigned i)
{
	uint8_t *data = x->slots + (size_t)i * DATAGRAM_MAX;
	size_t n = x->msgs[i].msg_len, each = segment_of(&x->msgs[i].msg_hdr);

	if (each == 0 || each > n)
		each = n;
	if (n == 0)
		p->info.in_short++;
	if (each < n) {
		p->info.in_joined++;
		p->info.in_cut += (n + each - 1) / each;
	}
	for (size_t at = 0; at < n; at += each)
		port_in_copied(p, data + at, n - at < each ? n - at : each);
}

static void
arrange_in(struct udp_port *x, unsigned i)
{
	x->iov[i] = (struct iovec){ x->slots + (size_t)i * DATAGRAM_MAX, DATAGRAM_MAX };
	x->msgs[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &x->iov[i], .msg_iovlen = 1,
	    .msg_control = &x->control[i], .msg_controllen = sizeof(x->control[i]) } };
}

static void
readable(struct port *p, short revents)
{
	struct udp_port *x = p->state;
	unsigned most = x->batch < MSGS_IN ? x->batch : MSGS_IN;
	int n;

	(void)revents;
	for (unsigned round = 0; round < ROUNDS && p->open; round++) {
		for (unsigned i = 0; i < most; i++)
			arrange_in(x, i);
		n = recvmmsg(p->fd, x->msgs, most, MSG_DONTWAIT, NULL);
		p->info.calls_in++;
		if (n <= 0) {
			if (is_refusal(p, errno))
				continue;
			return;
		}
		for (unsigned i = 0; i < (unsigned)n; i++)
			take(p, x, i);
		port_in_done(p);
		if ((unsigned)n < most)
			return;
	}
}

/* --- out --- */

/* How many of the frames go as one datagram: of one length, but for the last. */
static unsigned
run_of(const struct udp_port *x, const struct dp_frame *v, size_t n)
{
	size_t bytes = v[0].len;
	unsigned k;

	if (!x->gso || v[0].len > x->gso_max)
		return 1;
	for (k = 1; k < n && k < SEGMENTS_MAX && bytes + v[k].len <= SEGMENTED_MAX && v[k].len <= v[0].len; k++) {
		bytes += v[k].len;
		if (v[k].len < v[0].len)
			return k + 1;
	}
	return k;
}

static void
arrange_out(struct udp_port *x, unsigned m, const struct dp_frame *v, unsigned run, struct iovec *iov)
{
	struct msghdr *h = &x->msgs[m].msg_hdr;
	struct cmsghdr *c;
	uint16_t each = (uint16_t)v[0].len;

	for (unsigned i = 0; i < run; i++)
		iov[i] = (struct iovec){ v[i].data, v[i].len };
	x->msgs[m] = (struct mmsghdr){ .msg_hdr = { .msg_iov = iov, .msg_iovlen = run } };
	x->frames[m] = run;
	if (run == 1)
		return;
	memset(&x->control[m], 0, sizeof(x->control[m]));
	h->msg_control = &x->control[m];
	h->msg_controllen = CMSG_SPACE(sizeof(each));
	c = CMSG_FIRSTHDR(h);
	c->cmsg_level = IPPROTO_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof(each));
	memcpy(CMSG_DATA(c), &each, sizeof(each));
}

/* The first datagram was refused: how many frames are done with now.  0: it is to be tried again, in another way. */
static size_t
refused(struct port *p, struct udp_port *x, int error, bool *again)
{
	*again = error == EINTR || is_refusal(p, error);	/* what a datagram before met with: this one has not been tried */
	if (*again)
		return 0;
	if (x->frames[0] > 1 && (error == EINVAL || error == EMSGSIZE)) {
		x->gso_max = x->iov[0].iov_len - 1;
		*again = true;
		return 0;
	}
	if (x->frames[0] > 1 && (error == EIO || error == EOPNOTSUPP || error == ENOPROTOOPT)) {
		x->gso = false;
		*again = true;
		return 0;
	}
	p->info.out_drops += x->frames[0];
	return x->frames[0];
}

static size_t
send_some(struct port *p, const struct dp_frame *v, size_t n)
{
	struct udp_port *x = p->state;
	size_t done = 0, most = n < x->batch ? n : x->batch;
	unsigned m;
	bool again;
	int sent;

	do {
		for (m = 0, done = 0; done < most; m++) {
			unsigned run = run_of(x, v + done, most - done);

			arrange_out(x, m, v + done, run, x->iov + done);
			done += run;
		}
		sent = sendmmsg(p->fd, x->msgs, m, MSG_DONTWAIT);
		p->info.calls_out++;
		again = false;
		if (sent < 0)
			done = refused(p, x, errno, &again);
	} while (again);
	if (sent < 0)
		return done;
	done = 0;
	for (int i = 0; i < sent; i++) {
		p->info.out_joined += x->frames[i] > 1;
		p->info.out_cut += x->frames[i] > 1 ? x->frames[i] : 0;
		for (unsigned k = 0; k < x->frames[i]; k++)
			p->info.out_bytes += v[done++].len;
	}
	p->info.out_frames += done;
	return done;
}

void
port_udp_plain(struct port *p, unsigned batch)
{
	struct udp_port *x = p->state;
	int off = 0;

	x->gso = false;
	x->batch = batch;
	setsockopt(p->fd, IPPROTO_UDP, UDP_GRO, &off, sizeof(off));
}

const struct port_kind port_kind_udp = {
	.name = "udp", .args = "LADDR:LPORT:RADDR:RPORT", .parse = parse, .free = free_state, .open = device_open, .readable = readable,
	.send = send_some,
};
