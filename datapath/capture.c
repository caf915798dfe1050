/*
 * A capture in a file: pcapng (pcapng.h) of one interface.
 * Written by offset where the file can: snapshots are forks, and those share the descriptor's position.
 * Whole blocks are written at a time, so that the file can be read also when the process was killed.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datapath/capture.h"
#include "datapath/pcapng.h"
#include "lib/mem.h"
#include "lib/text.h"

#define CAPTURE_BUF	16384
#define EVERY		1000000000	/* ns: what is older is in the file */

struct capture {
	int		 fd;
	bool		 seekable, failed;
	uint64_t	 written;	/* bytes in the file, without those in buf */
	int64_t		 flushed_ns;	/* time of the frame that last made room, or came late enough */
	struct text	 buf;		/* whole blocks */
};

static void
flush(struct capture *c)
{
	size_t done = 0;
	ssize_t n;

	while (done < c->buf.len && !c->failed) {
		if (c->seekable)
			n = pwrite(c->fd, c->buf.s + done, c->buf.len - done, (off_t)(c->written + done));
		else
			n = write(c->fd, c->buf.s + done, c->buf.len - done);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			c->failed = true;
	}
	c->written += done;
	text_clear(&c->buf);
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
	pcapng_section(&c->buf);
	pcapng_interface(&c->buf, ifname, PCAPNG_ETHER, 0);
	return c;
}

void
capture_frame(struct capture *c, int64_t now, const uint8_t *frame, size_t n, bool outbound)
{
	const struct pcapng_packet p = { 0, now, frame, n, n, outbound };

	if (c->buf.len + pcapng_packet_len(n) > CAPTURE_BUF || now - c->flushed_ns >= EVERY) {
		flush(c);
		c->flushed_ns = now;
	}
	pcapng_packet(&c->buf, &p);
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
	text_free(&c->buf);
	free(c);
	return ok;
}
