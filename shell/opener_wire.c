/* Packets between the routers' process and the opener: written, read within bounds, and moved with a descriptor. */

#include "shell/opener.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/buf.h"

#define FLAG_OFFLOAD	1u
#define FLAG_PROMISC	2u	/* of what was got */
#define FLAG_CREATE	2u	/* of what is wanted */
#define FLAGS		3u
#define ERROR_MAX	4095u	/* of an errno */

static void
put_want(struct wr *w, const struct port_want *p)
{
	char name[sizeof(p->name)] = { 0 };

	memcpy(name, p->name, strnlen(p->name, sizeof(name) - 1));
	wr_u8(w, (uint8_t)p->device);
	wr_u8(w, (uint8_t)((p->offload ? FLAG_OFFLOAD : 0) | (p->create ? FLAG_CREATE : 0)));
	wr_bytes(w, name, sizeof(name));
	wr_bytes(w, p->mac, sizeof(p->mac));
	wr_u8(w, p->queue);
	wr_u8(w, p->queues);
	wr_u16(w, p->group);
}

static void
put_got(struct wr *w, const struct port_got *g)
{
	wr_u8(w, (uint8_t)((g->offload ? FLAG_OFFLOAD : 0) | (g->promiscuous ? FLAG_PROMISC : 0)));
	wr_u32(w, g->mtu);
	wr_u32(w, g->ifindex);
	wr_u32(w, (uint32_t)g->error);
}

size_t
opener_encode(const struct opener_msg *m, uint8_t out[OPENER_MAX])
{
	struct wr w;

	wr_init(&w, out, OPENER_MAX);
	wr_u8(&w, (uint8_t)m->type);
	wr_u32(&w, m->number);
	if (m->type == OPENER_ALLOW || m->type == OPENER_OPEN)
		put_want(&w, &m->want);
	else if (m->type == OPENER_GOT || m->type == OPENER_REFUSED)
		put_got(&w, &m->got);
	if (m->type == OPENER_REFUSED)
		wr_bytes(&w, m->text, strnlen(m->text, OPENER_TEXT_MAX));
	return wr_len(&w);
}

/* A name as the kernel allows them: it goes into paths of /sys, and to the routers' log. */
static bool
name_ok(const char name[16])
{
	size_t n = strnlen(name, 16);

	if (n == 0 || n == 16 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (size_t i = 0; i < 16; i++)
		if (i >= n ? name[i] != '\0' : name[i] <= ' ' || name[i] > '~' || name[i] == '/')
			return false;
	return true;
}

static bool
get_want(struct rd *r, struct port_want *out)
{
	unsigned device = rd_u8(r), flags = rd_u8(r);
	const uint8_t *name = rd_bytes(r, sizeof(out->name)), *mac = rd_bytes(r, sizeof(out->mac));

	out->queue = rd_u8(r);
	out->queues = rd_u8(r);
	out->group = rd_u16(r);
	if (r->bad || rd_left(r) != 0 || device > PORT_DEV_TUN || flags > FLAGS)
		return false;
	out->device = (enum port_device)device;
	out->offload = (flags & FLAG_OFFLOAD) != 0;
	out->create = (flags & FLAG_CREATE) != 0;
	memcpy(out->name, name, sizeof(out->name));
	memcpy(out->mac, mac, sizeof(out->mac));
	return name_ok(out->name);
}

static bool
get_got(struct rd *r, struct port_got *out)
{
	unsigned flags = rd_u8(r);
	uint32_t error;

	out->offload = (flags & FLAG_OFFLOAD) != 0;
	out->promiscuous = (flags & FLAG_PROMISC) != 0;
	out->mtu = rd_u32(r);
	out->ifindex = rd_u32(r);
	error = rd_u32(r);
	out->error = (int)error;
	return !r->bad && flags <= FLAGS && error <= ERROR_MAX;
}

static bool
get_text(struct rd *r, char out[OPENER_TEXT_MAX + 1])
{
	size_t n = rd_left(r);
	const uint8_t *p = rd_bytes(r, n);

	if (n > OPENER_TEXT_MAX || (n > 0 && p == NULL))
		return false;
	for (size_t i = 0; i < n; i++)
		if (p[i] < ' ' || p[i] > '~')
			return false;
	if (n > 0)
		memcpy(out, p, n);
	return true;
}

bool
opener_decode(const uint8_t *p, size_t n, struct opener_msg *out)
{
	struct rd r;
	unsigned type;

	memset(out, 0, sizeof(*out));
	rd_init(&r, p, n);
	type = rd_u8(&r);
	out->number = rd_u32(&r);
	if (r.bad || type == 0 || type >= OPENER_TYPES)
		return false;
	out->type = (enum opener_type)type;
	switch (out->type) {
	case OPENER_ALLOW:
	case OPENER_OPEN:
		return get_want(&r, &out->want);
	case OPENER_GOT:
		return get_got(&r, &out->got) && rd_left(&r) == 0;
	case OPENER_REFUSED:
		return get_got(&r, &out->got) && get_text(&r, out->text);
	default:
		return rd_left(&r) == 0;
	}
}

/* ---- on the socket ---- */

union ancillary { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof(int))]; };

bool
opener_send(int link, const struct opener_msg *m, int fd)
{
	uint8_t buf[OPENER_MAX];
	union ancillary a = { 0 };
	struct iovec v = { buf, opener_encode(m, buf) };
	struct msghdr h = { .msg_iov = &v, .msg_iovlen = 1 };
	struct cmsghdr *c;
	ssize_t n;

	if (fd >= 0) {
		h.msg_control = a.bytes;
		h.msg_controllen = sizeof(a.bytes);
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	do
		n = sendmsg(link, &h, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n >= 0;
}

static int
came_along(struct msghdr *h)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	int fd = -1;

	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

enum opener_io
opener_recv(int link, struct opener_msg *out, int *fd)
{
	uint8_t buf[OPENER_MAX];
	union ancillary a;
	struct iovec v = { buf, sizeof(buf) };
	struct msghdr h = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = a.bytes, .msg_controllen = CMSG_LEN(sizeof(int)) };	/* its padding would hold a second one */
	ssize_t n;

	*fd = -1;
	do
		n = recvmsg(link, &h, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? OPENER_NONE : OPENER_GONE;
	*fd = came_along(&h);
	if (n == 0 && *fd < 0)
		return OPENER_GONE;
	if ((h.msg_flags & MSG_TRUNC) == 0 && opener_decode(buf, (size_t)n, out))
		return OPENER_OK;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return OPENER_BAD;
}
