/*
 * A session that somebody has over a link: its terminal line, its terminal, its bytes.  What the peer does not take
 * stays here up to TERM_HIGH and a little; then the session waits.  What he types is read while the terminal wants it.
 */

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/lab.h"
#include "engine/router.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "shell/remote_int.h"
#include "shell/session.h"
#include "shell/term.h"

#define KEY_INTERRUPT	0x03	/* Ctrl-C */
#define KEY_BREAK	0x1e	/* Ctrl-^ */

/* ---- out ---- */

static size_t
waiting(const struct rterm *t)
{
	return t->out.len - t->sent;
}

/* What it is to be told next: bytes, then the status. */
static bool
next_out(const struct rterm *t, struct rlink_msg *m)
{
	size_t n = waiting(t);

	if (n > 0) {
		*m = (struct rlink_msg){ .type = RLINK_DATA };
		m->string[0] = (struct rlink_string){ t->out.s + t->sent, n < RLINK_DATA_MAX ? n : RLINK_DATA_MAX };
		return true;
	}
	*m = (struct rlink_msg){ .type = RLINK_STATUS, .number = { t->status } };
	return t->over && !t->told;
}

static void
gone(struct rterm *t)
{
	if (t->fd < 0)
		return;
	loop_fd_del(t->loop_fd);
	t->loop_fd = NULL;
	close(t->fd);
	t->fd = -1;
	rterm_hangup(t);
}

static void
flush(struct rterm *t)
{
	struct rlink_msg m;
	enum rlink_io io = RLINK_OK;

	while (t->fd >= 0 && next_out(t, &m) && (io = rlink_send(t->fd, &m, -1)) == RLINK_OK) {
		t->sent += m.type == RLINK_DATA ? m.string[0].n : 0;
		t->told |= m.type == RLINK_STATUS;
	}
	if (t->sent == t->out.len) {
		text_clear(&t->out);
		t->sent = 0;
	}
	if (io == RLINK_GONE || io == RLINK_BAD)
		gone(t);
	if (t->told)
		remotes_sweep(t->remotes);
}

/* What is waited for on the link. */
static void
arm(struct rterm *t)
{
	struct rlink_msg m;
	short events = 0;

	if (t->fd < 0)
		return;
	if (t->term == NULL || term_wants_input(t->term))
		events |= POLLIN;
	if (next_out(t, &m))
		events |= POLLOUT;
	loop_fd_events(t->loop_fd, events);
}

static void
term_out(void *arg, const char *p, size_t n)
{
	struct rterm *t = arg;

	if (t->fd < 0)
		return;
	if (t->sent > TERM_HIGH / 2) {
		memmove(t->out.s, t->out.s + t->sent, waiting(t));
		t->out.len -= t->sent;
		t->out.s[t->out.len] = '\0';
		t->sent = 0;
	}
	text_addn(&t->out, p, n);
	flush(t);
	arm(t);
}

static size_t
term_pending(void *arg)
{
	return waiting(arg);
}

/* ---- its end ---- */

/* Told from within the session: everything else comes later. */
static void
term_ended(void *arg)
{
	struct rterm *t = arg;

	t->over = true;
	remotes_sweep(t->remotes);
}

void
rterm_hangup(struct rterm *t)
{
	t->over = true;
	remotes_sweep(t->remotes);
}

void
rterm_settle(struct rterm *t)
{
	flush(t);
	arm(t);
}

static void
tty_hangs_up(void *arg, struct tty *tty)
{
	struct rterm *t = arg;

	(void)tty;
	rterm_hangup(t);
}

void
rterm_free(struct rterm *t)
{
	LIST_REMOVE(t, next);
	if (t->conn != NULL)
		t->conn->nterms--;
	session_free(t->session);
	tty_free(t->tty);
	if (t->term != NULL)
		term_free(t->term);
	if (t->fd >= 0) {
		loop_fd_del(t->loop_fd);
		close(t->fd);
	}
	if (t->command != NULL)
		wipe_free(t->command, strlen(t->command));
	text_free(&t->out);
	free(t);
}

/* ---- its beginning ---- */

static const struct term_ops ops = { .out = term_out, .pending = term_pending, .ended = term_ended };

/* Nothing begins: why is said, and the status that a shell gives where it cannot run a command. */
static void
refuse(struct rterm *t, const char *why)
{
	text_printf(&t->out, "%% %s\r\n", why);
	t->status = 1;
	t->over = true;
	flush(t);
	arm(t);
	remotes_sweep(t->remotes);
}

static struct router *
router_wanted(const struct rterm *t, const struct rlink_string *name)
{
	char text[65];
	struct node *n;

	if (t->conn != NULL)
		return t->conn->listener->router;
	if (!rlink_copy(name, text, sizeof(text)))
		return NULL;
	if (t->remotes->lab == NULL)
		return t->remotes->router;
	n = lab_node(t->remotes->lab, text);
	return n == NULL ? NULL : n->router;
}

/* NULL, or why not. */
static const char *
sit_down(struct rterm *t)
{
	enum login_gate g;

	t->tty = tty_new(t->router, t->conn != NULL ? LINE_VTY : LINE_CON);
	if (t->tty == NULL)
		return "All terminal lines are in use";
	t->tty->by = t->by;
	t->tty->hangup = tty_hangs_up;
	t->tty->arg = t;
	if (t->conn != NULL) {
		t->tty->from.remote = t->conn->from.remote;
		t->tty->from.local = t->conn->from.local;
		t->tty->from.remote_port = t->conn->from.remote_port;
		t->tty->from.local_port = t->conn->from.local_port;
		t->tty->ssh = t->conn->ssh;
		t->tty->ssh.started = true;
		memcpy(t->tty->user, t->conn->user, sizeof(t->tty->user));
	}
	if ((g = login_line_gate(t->router, &t->tty->from)) == LOGIN_OPEN)
		return NULL;
	tty_free(t->tty);
	t->tty = NULL;
	return login_gate_why(g);
}

static void
begin(struct rterm *t, const struct rlink_msg *m)
{
	bool pty = m->number[0] != 0;
	struct term_size size = { m->number[1] > 512 ? 512 : m->number[1], m->number[2] > 512 ? 512 : m->number[2] };
	struct session *s;

	t->term = term_new(&ops, t, pty && t->command == NULL, pty, size);
	s = t->session = session_new(t->remotes->lab, remotes_node(t->remotes, t->router), t->router, &term_io, t->term);
	s->exec = t->command;
	tty_sit(t->tty, s);
	term_session(t->term, s);
	session_start(s);
	arm(t);
}

static bool
on_find(struct rterm *t, const struct rlink_msg *m)
{
	struct rlink_msg reply = { .type = RLINK_ANSWER };

	if (t->conn != NULL || t->router != NULL || t->over)
		return false;
	reply.number[0] = router_wanted(t, &m->string[0]) != NULL;
	return rlink_send(t->fd, &reply, -1) == RLINK_OK;
}

static bool
on_start(struct rterm *t, const struct rlink_msg *m)
{
	const char *why;

	if (t->router != NULL || t->over)
		return false;
	t->router = router_wanted(t, &m->string[2]);
	if (t->router == NULL) {
		refuse(t, "There is no such router");
		return true;
	}
	if (m->number[3] != 0)
		t->command = xstrndup(m->string[1].p, m->string[1].n);
	if (!t->router->powered)
		refuse(t, "The router is switched off");
	else if ((why = sit_down(t)) != NULL)
		refuse(t, why);
	else
		begin(t, m);
	return true;
}

/* ---- in ---- */

/* A command has no terminal that would know these keys. */
static bool
has_break(const struct rlink_string *s)
{
	return memchr(s->p, KEY_BREAK, s->n) != NULL || memchr(s->p, KEY_INTERRUPT, s->n) != NULL;
}

static bool
on_data(struct rterm *t, const struct rlink_msg *m)
{
	if (t->router == NULL || t->eof)
		return false;
	if (t->term == NULL || t->over)
		return true;
	if (t->command != NULL && has_break(&m->string[0]))
		term_break(t->term);
	else
		term_input(t->term, m->string[0].p, m->string[0].n);
	return true;
}

static bool
on_size(struct rterm *t, const struct rlink_msg *m)
{
	struct term_size size = { m->number[0] > 512 ? 512 : m->number[0], m->number[1] > 512 ? 512 : m->number[1] };

	if (t->router == NULL)
		return false;
	if (t->term != NULL && !t->over)
		term_resize(t->term, size);
	return true;
}

static bool
on_eof(struct rterm *t)
{
	if (t->router == NULL || t->eof)
		return false;
	t->eof = true;
	if (t->term != NULL && !t->over)
		term_eof(t->term);
	return true;
}

static bool
on_break(struct rterm *t)
{
	if (t->router == NULL)
		return false;
	if (t->term != NULL && !t->over)
		term_break(t->term);
	return true;
}

static bool
take(struct rterm *t, const struct rlink_msg *m)
{
	switch (m->type) {
	case RLINK_FIND:
		return on_find(t, m);
	case RLINK_START:
		return on_start(t, m);
	case RLINK_DATA:
		return on_data(t, m);
	case RLINK_SIZE:
		return on_size(t, m);
	case RLINK_EOF:
		return on_eof(t);
	case RLINK_BREAK:
		return on_break(t);
	default:
		return false;
	}
}

static void
read_one(struct rterm *t)
{
	uint8_t buf[RLINK_MAX];
	struct rlink_msg m;
	int fd;
	enum rlink_io io = rlink_recv(t->fd, buf, &m, &fd);

	if (fd >= 0)
		close(fd);
	if (io == RLINK_FULL || (io == RLINK_OK && take(t, &m)))
		return;
	t->remotes->bad += io != RLINK_GONE;
	gone(t);
}

static void
ready(void *arg, short revents)
{
	struct rterm *t = arg;
	bool was_high = waiting(t) >= TERM_HIGH;

	if ((revents & POLLOUT) != 0)
		flush(t);
	if (was_high && t->fd >= 0 && t->term != NULL && !t->over && waiting(t) < TERM_HIGH)	/* over: its session may have gone */
		term_drained(t->term);
	if (t->fd >= 0 && (revents & POLLIN) != 0)
		read_one(t);
	else if (t->fd >= 0 && (revents & (POLLHUP | POLLERR)) != 0)
		gone(t);
	arm(t);
}

void
rterm_new(struct remotes *o, struct rconn *conn, int fd)
{
	struct rterm *t = xcalloc(1, sizeof(*t));

	t->remotes = o;
	t->conn = conn;
	t->by = conn != NULL ? TTY_SSH : TTY_ATTACH;
	t->fd = fd;
	if (conn != NULL)
		conn->nterms++;
	LIST_INSERT_HEAD(&o->terms, t, next);
	t->loop_fd = loop_fd_add(o->loop, fd, POLLIN, ready, t);
}
