/*
 * pcapng (draft-ietf-opsawg-pcapng): a section header, one interface with its name and nanosecond times, and an
 * enhanced packet block a frame.  Always little endian, so that one run's file is the same everywhere.
 * Written by offset where the file can: snapshots are forks, and those share the descriptor's position.
 * Whole blocks are written at a time, so that the file can be read also when the process was killed.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datapath/capture.h"
#include "lib/mem.h"

#define BLOCK_SECTION	0x0a0d0d0a
#define BLOCK_INTERFACE	1
#define BLOCK_PACKET	6
#define BYTE_ORDER_MARK	0x1a2b3c4d
#define LINKTYPE_ETHER	1
#define OPT_END		0
#define OPT_USERAPPL	4		/* of the section */
#define OPT_IF_NAME	2
#define OPT_IF_TSRESOL	9
#define OPT_EPB_FLAGS	2
#define FLAG_IN		1
#define FLAG_OUT	2

#define CAPTURE_BUF	16384
#define IF_NAME_MAX	255
#define EVERY		1000000000	/* ns: what is older is in the file */

struct capture {
	int		 fd;
	bool		 seekable, failed;
	uint64_t	 written;	/* bytes in the file, without those in buf */
	int64_t		 flushed_ns;	/* time of the frame that last made room, or came late enough */
	size_t		 n;
	uint8_t		 buf[CAPTURE_BUF];
};

static void
flush(struct capture *c)
{
	size_t done = 0;
	ssize_t n;

	while (done < c->n && !c->failed) {
		if (c->seekable)
			n = pwrite(c->fd, c->buf + done, c->n - done, (off_t)(c->written + done));
		else
			n = write(c->fd, c->buf + done, c->n - done);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			c->failed = true;
	}
	c->written += done;
	c->n = 0;
}

static void
put(struct capture *c, const void *p, size_t n)
{
	const uint8_t *from = p;
	size_t m;

	for (; n > 0; from += m, n -= m) {
		if (c->n == CAPTURE_BUF)
			flush(c);
		m = n < CAPTURE_BUF - c->n ? n : CAPTURE_BUF - c->n;
		memcpy(c->buf + c->n, from, m);
		c->n += m;
	}
}

static void
put_u16(struct capture *c, unsigned v)
{
	const uint8_t b[2] = { (uint8_t)v, (uint8_t)(v >> 8) };

	put(c, b, sizeof b);
}

static void
put_u32(struct capture *c, uint32_t v)
{
	put_u16(c, v & 0xffff);
	put_u16(c, v >> 16);
}

static size_t
padded(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

static void
put_padded(struct capture *c, const void *p, size_t n)
{
	static const uint8_t zero[3];

	put(c, p, n);
	put(c, zero, padded(n) - n);
}

static void
put_option(struct capture *c, unsigned code, const void *p, size_t n)
{
	put_u16(c, code);
	put_u16(c, (unsigned)n);
	put_padded(c, p, n);
}

static size_t
option_len(size_t n)
{
	return 4 + padded(n);
}

static void
put_section(struct capture *c)
{
	static const char maker[] = "inspire";
	uint32_t len = (uint32_t)(28 + option_len(sizeof maker - 1) + option_len(0));

	put_u32(c, BLOCK_SECTION);
	put_u32(c, len);
	put_u32(c, BYTE_ORDER_MARK);
	put_u16(c, 1);
	put_u16(c, 0);
	put_u32(c, UINT32_MAX);		/* the section's length is not said */
	put_u32(c, UINT32_MAX);
	put_option(c, OPT_USERAPPL, maker, sizeof maker - 1);
	put_option(c, OPT_END, NULL, 0);
	put_u32(c, len);
}

static void
put_interface(struct capture *c, const char *name)
{
	static const uint8_t nanoseconds = 9;
	size_t n = strnlen(name, IF_NAME_MAX);
	uint32_t len = (uint32_t)(20 + option_len(n) + option_len(1) + option_len(0));

	put_u32(c, BLOCK_INTERFACE);
	put_u32(c, len);
	put_u16(c, LINKTYPE_ETHER);
	put_u16(c, 0);
	put_u32(c, 0);			/* frames are not cut */
	put_option(c, OPT_IF_NAME, name, n);
	put_option(c, OPT_IF_TSRESOL, &nanoseconds, 1);
	put_option(c, OPT_END, NULL, 0);
	put_u32(c, len);
}

struct capture *
capture_open(const char *path, const char *ifname, const char **why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	struct capture *c;

	if (fd < 0) {
		*why = strerror(errno);
		return NULL;
	}
	c = xcalloc(1, sizeof *c);
	c->fd = fd;
	c->seekable = lseek(fd, 0, SEEK_CUR) >= 0;
	put_section(c);
	put_interface(c, ifname);
	return c;
}

void
capture_frame(struct capture *c, int64_t now, const uint8_t *frame, size_t n, bool outbound)
{
	const uint8_t flags[4] = { outbound ? FLAG_OUT : FLAG_IN };
	uint32_t len = (uint32_t)(32 + padded(n) + option_len(sizeof flags) + option_len(0));

	if (c->n + len > CAPTURE_BUF || now - c->flushed_ns >= EVERY) {
		flush(c);
		c->flushed_ns = now;
	}
	put_u32(c, BLOCK_PACKET);
	put_u32(c, len);
	put_u32(c, 0);			/* the interface */
	put_u32(c, (uint32_t)((uint64_t)now >> 32));
	put_u32(c, (uint32_t)now);
	put_u32(c, (uint32_t)n);
	put_u32(c, (uint32_t)n);
	put_padded(c, frame, n);
	put_option(c, OPT_EPB_FLAGS, flags, sizeof flags);
	put_option(c, OPT_END, NULL, 0);
	put_u32(c, len);
}

uint64_t
capture_length(struct capture *c)
{
	flush(c);
	return c->written;
}

bool
capture_truncate(struct capture *c, uint64_t len)
{
	flush(c);
	if (c->failed || !c->seekable || ftruncate(c->fd, (off_t)len) != 0)
		return false;
	c->written = len;
	return true;
}

bool
capture_close(struct capture *c)
{
	bool ok;

	flush(c);
	ok = !c->failed;
	if (close(c->fd) != 0)
		ok = false;
	free(c);
	return ok;
}
