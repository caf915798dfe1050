/* Messages between a router and a script's process, as they go over their socket. */

#include "engine/tclwire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/mem.h"

#define HEAD	9u

static void
put32(char *p, size_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (char)(v >> (24 - 8 * i) & 0xff);
}

static uint32_t
get32(const char *p)
{
	const uint8_t *b = (const uint8_t *)p;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool
send_all(int fd, const char *p, size_t n)
{
	ssize_t k;

	while (n > 0) {
		if ((k = send(fd, p, n, MSG_NOSIGNAL)) < 0 && errno != EINTR)
			return false;
		if (k > 0) {
			p += k;
			n -= (size_t)k;
		}
	}
	return true;
}

static bool
recv_all(int fd, char *p, size_t n)
{
	ssize_t k;

	while (n > 0) {
		if ((k = recv(fd, p, n, 0)) == 0 || (k < 0 && errno != EINTR))
			return false;
		if (k > 0) {
			p += k;
			n -= (size_t)k;
		}
	}
	return true;
}

bool
tclwire_send(int fd, enum tclwire_op op, unsigned argc, const char *const *arg, const size_t *len)
{
	size_t n = HEAD, k;
	char *b, *p;
	bool ok;

	for (unsigned i = 0; i < argc; i++)
		n += 5 + (len != NULL ? len[i] : strlen(arg[i]));
	if (n - 4 > TCLWIRE_MAX || argc > TCLWIRE_ARGS)
		return false;
	b = xmalloc(n);
	put32(b, n - 4);
	b[4] = (char)op;
	put32(b + 5, argc);
	p = b + HEAD;
	for (unsigned i = 0; i < argc; i++) {
		k = len != NULL ? len[i] : strlen(arg[i]);
		put32(p, k);
		memcpy(p + 4, arg[i], k);
		p[4 + k] = '\0';
		p += 5 + k;
	}
	ok = send_all(fd, b, n);
	free(b);
	return ok;
}

/* The strings lie in m->buf, where their NULs must stand. */
static bool
take_strings(struct tclmsg *m, const char *end)
{
	char *p = m->buf + 5;

	for (unsigned i = 0; i < m->argc; i++) {
		size_t left = (size_t)(end - p), n;

		if (left < 5 || (n = get32(p)) > left - 5 || p[4 + n] != '\0')
			return false;
		m->arg[i] = p + 4;
		m->len[i] = n;
		p += 5 + n;
	}
	return p == end;
}

bool
tclwire_recv(int fd, struct tclmsg *m)
{
	char head[4];
	uint32_t n;

	*m = (struct tclmsg){ 0 };
	if (!recv_all(fd, head, sizeof(head)) || (n = get32(head)) < HEAD - 4 || n > TCLWIRE_MAX)
		return false;
	m->buf = xmalloc(n);
	if (!recv_all(fd, m->buf, n))
		return false;
	m->op = (enum tclwire_op)(uint8_t)m->buf[0];
	m->argc = get32(m->buf + 1);
	if (m->op > TCLW_DIED || m->argc > TCLWIRE_ARGS)
		return false;
	m->arg = xcalloc(m->argc + 1, sizeof(*m->arg));
	m->len = xcalloc(m->argc + 1, sizeof(*m->len));
	return take_strings(m, m->buf + n);
}

void
tclmsg_free(struct tclmsg *m)
{
	free(m->arg);
	free(m->len);
	free(m->buf);
	*m = (struct tclmsg){ 0 };
}

bool
tclwire_send_fd(int fd, int pass)
{
	union { char buf[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control;
	char one = 0;
	struct iovec v = { &one, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control.buf, .msg_controllen = sizeof(control.buf) };
	struct cmsghdr *c;

	memset(&control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &pass, sizeof(int));
	return sendmsg(fd, &m, MSG_NOSIGNAL) == 1;
}

int
tclwire_recv_fd(int fd)
{
	union { char buf[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control;
	char one;
	struct iovec v = { &one, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control.buf, .msg_controllen = sizeof(control.buf) };
	struct cmsghdr *c;
	int got = -1;

	if (recvmsg(fd, &m, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&got, CMSG_DATA(c), sizeof(int));
	return got;
}
