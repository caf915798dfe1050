/* Messages between the router's process and those that bring people to it: the table of their forms, read and written by it. */

#include "shell/rlink.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/mem.h"

#define HEADER	4u

#define NAME_MAX_	64u	/* of a user, a router, a type of terminal */
#define LIST_MAX	1024u	/* of algorithms */
#define BANNER_MAX	4096u
#define ADDRESS_MAX	64u
#define PEM_MAX		8192u
#define BLOB_MAX	4096u
#define PROOF_MAX	256u

/* Strings are as long as `max` allows; binary ones may hold any byte. */
struct form {
	bool		 there;
	uint8_t		 numbers, strings;
	uint16_t	 max[RLINK_STRINGS];
	uint8_t		 binary;	/* a bit for each string */
};

static const struct form forms[RLINK_TYPES] = {
	[RLINK_LISTEN]	= { true, 1, 0, { 0 }, 0 },
	[RLINK_CONNECTION] = { true, 0, 0, { 0 }, 0 },
	[RLINK_HELLO]	= { true, 4, 2, { ADDRESS_MAX, ADDRESS_MAX }, 0 },
	[RLINK_HOSTKEY]	= { true, 0, 1, { PEM_MAX }, 0 },
	[RLINK_GATE]	= { true, 4, 7, { LIST_MAX, BANNER_MAX, LIST_MAX, LIST_MAX, LIST_MAX, LIST_MAX, LIST_MAX }, 0 },
	[RLINK_KEX]	= { true, 0, 5, { 255, NAME_MAX_, NAME_MAX_, NAME_MAX_, NAME_MAX_ }, 0 },
	[RLINK_ASK]	= { true, 0, 1, { NAME_MAX_ }, 0 },
	[RLINK_SECRET]	= { true, 2, 1, { PROOF_MAX }, 0 },
	[RLINK_PROOF]	= { true, 0, 1, { PROOF_MAX }, 1 },
	[RLINK_KEY]	= { true, 0, 2, { NAME_MAX_, BLOB_MAX }, 2 },
	[RLINK_SIGNED]	= { true, 0, 2, { NAME_MAX_, BLOB_MAX }, 2 },
	[RLINK_ANSWER]	= { true, 2, 0, { 0 }, 0 },
	[RLINK_OPEN]	= { true, 0, 0, { 0 }, 0 },
	[RLINK_HANGUP]	= { true, 0, 1, { LIST_MAX }, 0 },
	[RLINK_FIND]	= { true, 0, 1, { NAME_MAX_ }, 0 },
	[RLINK_START]	= { true, 4, 3, { NAME_MAX_, RLINK_COMMAND_MAX, NAME_MAX_ }, 0 },
	[RLINK_DATA]	= { true, 0, 1, { RLINK_DATA_MAX }, 1 },
	[RLINK_SIZE]	= { true, 2, 0, { 0 }, 0 },
	[RLINK_BREAK]	= { true, 0, 0, { 0 }, 0 },
	[RLINK_EOF]	= { true, 0, 0, { 0 }, 0 },
	[RLINK_STATUS]	= { true, 1, 0, { 0 }, 0 },
};

static const struct form *
form_of(unsigned type)
{
	return type < RLINK_TYPES && forms[type].there ? &forms[type] : NULL;
}

unsigned
rlink_numbers(enum rlink_type t)
{
	const struct form *f = form_of(t);

	return f == NULL ? 0 : f->numbers;
}

unsigned
rlink_strings(enum rlink_type t)
{
	const struct form *f = form_of(t);

	return f == NULL ? 0 : f->strings;
}

size_t
rlink_encode(const struct rlink_msg *m, uint8_t out[RLINK_MAX])
{
	const struct form *f = form_of(m->type);
	struct wr w;

	if (f == NULL)
		return 0;
	wr_init(&w, out, RLINK_MAX);
	wr_u8(&w, (uint8_t)m->type);
	wr_u8(&w, 0);
	wr_u16(&w, 0);
	for (size_t i = 0; i < f->numbers; i++)
		wr_u32(&w, m->number[i]);
	for (size_t i = 0; i < f->strings; i++) {
		if (m->string[i].n > f->max[i])
			return 0;
		wr_u16(&w, (uint16_t)m->string[i].n);
		wr_bytes(&w, m->string[i].p, m->string[i].n);
	}
	if (w.bad)
		return 0;
	wr_u16_at(&w, 2, (uint16_t)(wr_len(&w) - HEADER));
	return wr_len(&w);
}

static bool
text_ok(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)p[i] < ' ' && p[i] != '\n' && p[i] != '\r' && p[i] != '\t') || p[i] == 0x7f)
			return false;
	return true;
}

static bool
decode_string(struct rd *r, const struct form *f, size_t i, struct rlink_string *out)
{
	size_t n = rd_u16(r);
	const uint8_t *p;

	if (r->bad || n > f->max[i] || (p = rd_bytes(r, n)) == NULL)
		return false;
	*out = (struct rlink_string){ (const char *)p, n };
	return (f->binary >> i & 1) != 0 || text_ok(out->p, n);
}

bool
rlink_decode(const uint8_t *p, size_t n, struct rlink_msg *out)
{
	const struct form *f;
	struct rd r;
	unsigned type;

	memset(out, 0, sizeof(*out));
	rd_init(&r, p, n);
	type = rd_u8(&r);
	if (rd_u8(&r) != 0 || rd_u16(&r) != n - HEADER || r.bad || (f = form_of(type)) == NULL)
		return false;
	out->type = (enum rlink_type)type;
	for (size_t i = 0; i < f->numbers; i++)
		out->number[i] = rd_u32(&r);
	for (size_t i = 0; i < f->strings; i++)
		if (!decode_string(&r, f, i, &out->string[i]))
			return false;
	return !r.bad && rd_left(&r) == 0;
}

/* ---- on a socket ---- */

union ancillary { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof(int))]; };

static void
attach_fd(struct msghdr *h, union ancillary *a, int fd)
{
	struct cmsghdr *c;

	memset(a, 0, sizeof(*a));
	h->msg_control = a->bytes;
	h->msg_controllen = sizeof(a->bytes);
	c = CMSG_FIRSTHDR(h);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
}

/* Each error but a lack of room means that nobody is there to hear it. */
enum rlink_io
rlink_send(int link, const struct rlink_msg *m, int fd)
{
	uint8_t buf[RLINK_MAX];
	union ancillary a;
	struct iovec v = { buf, rlink_encode(m, buf) };
	struct msghdr h = { .msg_iov = &v, .msg_iovlen = 1 };
	ssize_t n;
	int error;

	if (v.iov_len == 0)
		return RLINK_BAD;
	if (fd >= 0)
		attach_fd(&h, &a, fd);
	do
		n = sendmsg(link, &h, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	error = errno;
	wipe(buf, v.iov_len);
	if (n >= 0)
		return RLINK_OK;
	return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS ? RLINK_FULL : RLINK_GONE;
}

static int
detach_fd(struct msghdr *h)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	int fd = -1;

	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

enum rlink_io
rlink_recv(int link, uint8_t buf[RLINK_MAX], struct rlink_msg *out, int *fd)
{
	union ancillary a;
	struct iovec v = { buf, RLINK_MAX };
	struct msghdr h = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = a.bytes, .msg_controllen = CMSG_LEN(sizeof(int)) };	/* its padding would hold a second one */
	ssize_t n;
	bool reset = false;

	*fd = -1;
	/* An end that went without having read all resets, once: what it had said is there all the same. */
	while ((n = recvmsg(link, &h, MSG_CMSG_CLOEXEC)) < 0 && (errno == EINTR || (errno == ECONNRESET && !reset)))
		reset |= errno == ECONNRESET;
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? RLINK_FULL : RLINK_GONE;
	*fd = detach_fd(&h);
	if (n == 0 && *fd < 0)
		return RLINK_GONE;
	/* A descriptor that found no room in this process is missing, and no fault of who sent it. */
	if ((h.msg_flags & MSG_TRUNC) == 0 && ((h.msg_flags & MSG_CTRUNC) == 0 || *fd < 0) && rlink_decode(buf, (size_t)n, out))
		return RLINK_OK;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return RLINK_BAD;
}

bool
rlink_pair(int fd[2], bool nonblock)
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | (nonblock ? SOCK_NONBLOCK : 0), 0, fd) == 0;
}

struct rlink_string
rlink_text(const char *s)
{
	return (struct rlink_string){ s == NULL ? "" : s, s == NULL ? 0 : strlen(s) };
}

bool
rlink_copy(const struct rlink_string *s, char *out, size_t size)
{
	out[0] = '\0';
	if (s->n >= size || memchr(s->p, '\0', s->n) != NULL)
		return false;
	memcpy(out, s->p, s->n);
	out[s->n] = '\0';
	return true;
}
