/*
 * Channels of a connection, each with a link to its session.  Bytes are moved only as far as the other side has room:
 * what a client sends waits in libssh until its window is used up, what a session prints waits in the link.
 */

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "shell/gateway_int.h"

/* ---- what a client asks of a channel: 0 = granted ---- */

static int
on_pty(ssh_session s, ssh_channel ch, const char *term, int columns, int lines, int px, int py, void *arg)
{
	struct gchan *h = arg;

	(void)s, (void)ch, (void)px, (void)py;
	if (h->link >= 0)
		return -1;
	h->pty = true;
	h->columns = columns < 0 ? 0 : (uint32_t)columns;
	h->lines = lines < 0 ? 0 : (uint32_t)lines;
	snprintf(h->term, sizeof(h->term), "%s", term == NULL ? "" : term);
	for (char *p = h->term; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return 0;
}

static int
on_size(ssh_session s, ssh_channel ch, int columns, int lines, int px, int py, void *arg)
{
	struct gchan *h = arg;

	(void)s, (void)ch, (void)px, (void)py;
	h->columns = columns < 0 ? 0 : (uint32_t)columns;
	h->lines = lines < 0 ? 0 : (uint32_t)lines;
	h->resized = h->link >= 0;
	return h->pty ? 0 : -1;
}

/* Announces a link of its own to the router's process, and says there what is wanted. */
static bool
start(struct gchan *h, const char *command)
{
	struct rlink_msg m = { .type = RLINK_OPEN };
	int fd[2];
	bool ok;

	if (h->link >= 0 || !rlink_pair(fd, true))
		return false;
	ok = gconn_tell(h->conn, &m, fd[1]);
	close(fd[1]);
	h->link = fd[0];
	m = (struct rlink_msg){ .type = RLINK_START, .number = { h->pty, h->columns, h->lines, command != NULL } };
	m.string[0] = rlink_text(h->term);
	m.string[1] = rlink_text(command);
	return ok && rlink_send(h->link, &m, -1) == RLINK_OK;
}

static int
on_shell(ssh_session s, ssh_channel ch, void *arg)
{
	(void)s, (void)ch;
	return !start(arg, NULL);
}

static int
on_exec(ssh_session s, ssh_channel ch, const char *command, void *arg)
{
	(void)s, (void)ch;
	for (const char *p = command; *p != '\0'; p++)
		if (((unsigned char)*p < ' ' && *p != '\n' && *p != '\r' && *p != '\t') || *p == 0x7f)
			return 1;
	return strlen(command) > RLINK_COMMAND_MAX || !start(arg, command);
}

/* Taken note of and not used, as a client that sends its language expects. */
static int
on_env(ssh_session s, ssh_channel ch, const char *name, const char *value, void *arg)
{
	(void)s, (void)ch, (void)name, (void)value, (void)arg;
	return 1;
}

static void
on_signal(ssh_session s, ssh_channel ch, const char *name, void *arg)
{
	struct gchan *h = arg;

	(void)s, (void)ch;
	h->broke |= h->link >= 0;
	(void)name;
}

static void
on_close(ssh_session s, ssh_channel ch, void *arg)
{
	struct gchan *h = arg;

	(void)s, (void)ch;
	h->closed = true;
}

ssh_channel
gchan_open(struct gconn *c)
{
	struct gchan *h;

	if (c->nchans >= GCONN_CHANNELS || ++c->opened > GCONN_OPENED)
		return NULL;
	h = xcalloc(1, sizeof(*h));
	h->conn = c;
	h->link = -1;
	h->ch = ssh_channel_new(c->ssh);
	if (h->ch == NULL) {
		free(h);
		return NULL;
	}
	h->cb = (struct ssh_channel_callbacks_struct){ .userdata = h, .channel_close_function = on_close,
	    .channel_signal_function = on_signal, .channel_pty_request_function = on_pty,
	    .channel_shell_request_function = on_shell, .channel_pty_window_change_function = on_size,
	    .channel_exec_request_function = on_exec, .channel_env_request_function = on_env };
	ssh_callbacks_init(&h->cb);
	ssh_set_channel_callbacks(h->ch, &h->cb);
	TAILQ_INSERT_TAIL(&c->chans, h, next);
	c->nchans++;
	return h->ch;
}

void
gchan_free(struct gchan *h)
{
	struct gconn *c = h->conn;

	TAILQ_REMOVE(&c->chans, h, next);
	c->nchans--;
	if (h->link >= 0)
		close(h->link);
	ssh_remove_channel_callbacks(h->ch, &h->cb);	/* libssh keeps a channel until its client has closed it too */
	ssh_channel_free(h->ch);
	free(h);
}

/* ---- moving bytes ---- */

static bool
has_something_to_say(struct gchan *h)
{
	int n;

	if (h->link < 0 || h->ended)
		return false;
	n = ssh_channel_poll(h->ch, 0);
	return h->resized || h->broke || n > 0 || (n == SSH_EOF && !h->eof_told);
}

/* What is not to be kept waiting behind a window's bytes goes first.  The link has room: it was asked. */
static void
to_session(struct gchan *h)
{
	struct rlink_msg size = { .type = RLINK_SIZE, .number = { h->columns, h->lines } }, brk = { .type = RLINK_BREAK },
	    eof = { .type = RLINK_EOF }, m = { .type = RLINK_DATA };
	char b[RLINK_DATA_MAX / 8];
	int n;

	if (h->resized && rlink_send(h->link, &size, -1) == RLINK_OK)
		h->resized = false;
	if (h->broke && rlink_send(h->link, &brk, -1) == RLINK_OK)
		h->broke = false;
	n = ssh_channel_poll(h->ch, 0);
	if (n == SSH_EOF && !h->eof_told)
		h->eof_told = rlink_send(h->link, &eof, -1) == RLINK_OK;
	if (n <= 0 || (n = ssh_channel_read_nonblocking(h->ch, b, sizeof(b), 0)) <= 0)
		return;
	m.string[0] = (struct rlink_string){ b, (size_t)n };
	if (rlink_send(h->link, &m, -1) != RLINK_OK)
		h->conn->over = true;	/* poll() said that there is room */
}

static bool
client_has_room(struct gchan *h)
{
	return (ssh_get_status(h->conn->ssh) & SSH_WRITE_PENDING) == 0 && ssh_channel_window_size(h->ch) > 0;
}

static void
flush(struct gchan *h)
{
	int n;

	if (h->out_at == h->out_len || !client_has_room(h))
		return;
	n = ssh_channel_write(h->ch, h->out + h->out_at, (uint32_t)(h->out_len - h->out_at));
	if (n < 0)
		h->closed = true;
	else
		h->out_at += (size_t)n;
}

static void
from_session(struct gchan *h)
{
	uint8_t buf[RLINK_MAX];
	struct rlink_msg m;
	enum rlink_io io;
	int fd;

	if (h->out_at < h->out_len || (io = rlink_recv(h->link, buf, &m, &fd)) == RLINK_FULL)
		return;
	if (io == RLINK_OK && fd >= 0)
		close(fd);
	if (io == RLINK_OK && m.type == RLINK_DATA) {
		memcpy(h->out, m.string[0].p, m.string[0].n);
		h->out_at = 0;
		h->out_len = m.string[0].n;
		flush(h);
		return;
	}
	h->ended = true;
	h->status = io == RLINK_OK && m.type == RLINK_STATUS ? m.number[0] : 255;
}

/* Once all that was printed has gone out: the status, the end. */
static bool
is_done(struct gchan *h)
{
	if (h->closed || ssh_channel_is_closed(h->ch))
		return true;
	if (!h->ended || h->out_at < h->out_len)
		return false;
	ssh_channel_request_send_exit_status(h->ch, (int)h->status);
	ssh_channel_send_eof(h->ch);
	ssh_channel_close(h->ch);
	return true;
}

static short
wants(struct gchan *h)
{
	short events = 0;

	if (!h->ended && h->out_at == h->out_len && client_has_room(h))
		events |= POLLIN;
	if (has_something_to_say(h))
		events |= POLLOUT;
	return events;
}

/* ---- the loop ---- */

static int
wait_ms(const struct gconn *c)
{
	int64_t ns = c->deadline - clock_now(c->clock);

	return c->deadline == CLOCK_NEVER ? -1 : ns <= 0 ? 0 : (int)(ns / NSEC_MS) + 1;
}

/* The client's socket, the connection's link, each channel's. */
static bool
poll_all(struct gconn *c, struct pollfd *p)
{
	struct gchan *h;
	size_t n = 2;

	p[0] = (struct pollfd){ .fd = ssh_get_fd(c->ssh), .events = POLLIN };
	p[1] = (struct pollfd){ .fd = c->link, .events = POLLIN };
	TAILQ_FOREACH(h, &c->chans, next) {
		short events = h->link < 0 ? 0 : wants(h);

		p[n++] = (struct pollfd){ .fd = events == 0 ? -1 : h->link, .events = events };
	}
	if ((ssh_get_status(c->ssh) & SSH_WRITE_PENDING) != 0)
		p[0].events |= POLLOUT;
	return poll(p, n, wait_ms(c)) > 0;
}

static void
move(struct gconn *c, const struct pollfd *p)
{
	struct gchan *h;
	size_t n = 2;

	TAILQ_FOREACH(h, &c->chans, next) {
		if ((p[n].revents & POLLOUT) != 0)
			to_session(h);
		if ((p[n].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
			from_session(h);
		n++;
	}
}

/* After all news, of the client's window too: nothing else would bring what can go out now on its way. */
static void
settle(struct gconn *c)
{
	struct gchan *h, *more;

	for (h = TAILQ_FIRST(&c->chans); h != NULL; h = more) {
		more = TAILQ_NEXT(h, next);
		flush(h);
		if (is_done(h))
			gchan_free(h);
	}
}

static bool
hung_up(struct gconn *c)
{
	uint8_t buf[RLINK_MAX];
	struct rlink_msg m;
	char why[128];
	int fd;

	switch (rlink_recv(c->link, buf, &m, &fd)) {
	case RLINK_FULL:
		return false;
	case RLINK_OK:
		if (m.type == RLINK_HANGUP && rlink_copy(&m.string[0], why, sizeof(why)))
			ssh_session_set_disconnect_message(c->ssh, why);
		return true;
	default:
		return true;
	}
}

/* A connection without a channel is given as long as one that logs in. */
static void
set_deadline(struct gconn *c)
{
	if (c->nchans > 0)
		c->deadline = CLOCK_NEVER;
	else if (c->deadline == CLOCK_NEVER)
		c->deadline = clock_now(c->clock) + c->patience_ns;
}

/* A client whose Nagle holds a request back until what it sent before is acknowledged would wait 40 ms for that: the system forgets the wish by itself. */
static void
acknowledge_at_once(struct gconn *c)
{
	int one = 1;

	setsockopt(ssh_get_fd(c->ssh), IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
}

void
gconn_serve(struct gconn *c)
{
	while (!c->over && ssh_is_connected(c->ssh)) {
		struct pollfd p[2 + GCONN_CHANNELS] = { 0 };

		set_deadline(c);
		if (!poll_all(c, p))
			return;
		move(c, p);
		if (p[0].revents != 0 && ssh_event_dopoll(c->event, 0) == SSH_ERROR)
			return;
		if (p[0].revents != 0)
			acknowledge_at_once(c);
		settle(c);
		if (p[1].revents != 0 && hung_up(c))
			return;
	}
}
