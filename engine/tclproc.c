/* The router's side of a script's process: made, asked, answered, split, ended. */

#include "engine/tclproc.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/router.h"
#include "engine/tclwire.h"
#include "lib/chance.h"
#include "lib/mem.h"
#include "lib/text.h"

struct tclproc {
	LIST_ENTRY(tclproc) next;
	struct router	*r;
	char		*name;
	int		 fd;		/* -1: it has ended */
	int		 spare;		/* its twin's, while a snapshot is made */
	struct tclmsg	 msg;		/* what it wants */
};

/* A process whose parent is gone at once: nobody of the lab's has to wait for it. */
static bool
start(int ours, int its, uint32_t seed)
{
	pid_t pid = fork();

	if (pid == 0) {
		close(ours);
		if ((pid = fork()) == 0)
			tclchild_main(its, seed);
		_exit(pid > 0 ? 0 : 1);
	}
	return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

struct tclproc *
tclproc_new(struct router *r, const char *name)
{
	struct tclproc *p;
	struct chance *c;
	char *stream;
	uint32_t seed;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0)
		return NULL;
	stream = xasprintf("tcl-%u", ++r->tcl_runs);
	c = chance_new_child(r->chance, stream);
	seed = chance_u32(c) & 0x7fffffff;
	chance_free(c);
	free(stream);
	if (!start(fd[0], fd[1], seed)) {
		close(fd[0]);
		close(fd[1]);
		return NULL;
	}
	close(fd[1]);
	p = xcalloc(1, sizeof(*p));
	p->r = r;
	p->name = xstrdup(name);
	p->fd = fd[0];
	p->spare = -1;
	LIST_INSERT_HEAD(&r->tclprocs, p, next);
	if (tclproc_wait(p) == TCL_DONE)	/* its interpreter is there */
		return p;
	tclproc_free(p);
	return NULL;
}

/* It sees the end of its socket, and ends. */
static void
hang_up(struct tclproc *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

void
tclproc_free(struct tclproc *p)
{
	if (p == NULL)
		return;
	LIST_REMOVE(p, next);
	hang_up(p);
	tclmsg_free(&p->msg);
	free(p->name);
	free(p);
}

static void
say(struct tclproc *p, enum tclwire_op op, size_t argc, const char *const *arg, const size_t *len)
{
	if (p->fd >= 0)
		tclwire_send(p->fd, op, (unsigned)argc, arg, len);	/* where it has ended, its last words are still to be read */
}

void
tclproc_eval(struct tclproc *p, const char *script, size_t n, unsigned argc, const char *const *argv)
{
	const char **arg = xcalloc(argc + 1, sizeof(*arg));
	size_t *len = xcalloc(argc + 1, sizeof(*len));

	arg[0] = script;
	len[0] = n;
	for (unsigned i = 0; i < argc; i++) {
		arg[1 + i] = argv[i];
		len[1 + i] = strlen(argv[i]);
	}
	say(p, TCLW_EVAL, argc + 1, arg, len);
	free(arg);
	free(len);
}

void
tclproc_first(struct tclproc *p, const char *script, size_t n)
{
	say(p, TCLW_FIRST, 1, &script, &n);
}

void
tclproc_quit(struct tclproc *p)
{
	say(p, TCLW_QUIT, 0, NULL, NULL);
}

static enum tcl_event
event(const struct tclproc *p)
{
	return p->msg.op == TCLW_CALL ? TCL_CALL : p->msg.op == TCLW_TICK ? TCL_TICK : p->msg.op == TCLW_DONE ? TCL_DONE : TCL_DIED;
}

enum tcl_event
tclproc_wait(struct tclproc *p)
{
	do {
		tclmsg_free(&p->msg);
		if (p->fd < 0 || !tclwire_recv(p->fd, &p->msg) || p->msg.op < TCLW_CALL) {
			tclmsg_free(&p->msg);
			p->msg.op = TCLW_DIED;
		}
		if (p->msg.op == TCLW_DIED)
			hang_up(p);
	} while (p->msg.op == TCLW_CALL && tcl_serve(p->r, p->name, p));
	return event(p);
}

size_t
tclproc_argc(const struct tclproc *p)
{
	return p->msg.argc;
}

const char *
tclproc_arg(const struct tclproc *p, size_t i)
{
	if (i < p->msg.argc)
		return p->msg.arg[i];
	return p->msg.op == TCLW_DIED && i == 0 ? "its process was ended" : "";
}

size_t
tclproc_arg_len(const struct tclproc *p, size_t i)
{
	return i < p->msg.argc ? p->msg.len[i] : 0;
}

void
tclproc_ok(struct tclproc *p, const char *s, size_t n)
{
	say(p, TCLW_OK, 1, &s, &n);
}

void
tclproc_fail(struct tclproc *p, const char *fmt, ...)
{
	struct text t = { 0 };
	const char *s;
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	s = text_str(&t);
	say(p, TCLW_ERROR, 1, &s, NULL);
	text_free(&t);
}

void
tclproc_list(struct tclproc *p, size_t n, const char *const *v)
{
	say(p, TCLW_LIST, n, v, NULL);
}

void
tclproc_go(struct tclproc *p, bool on)
{
	say(p, on ? TCLW_GO : TCLW_STOP, 0, NULL, NULL);
}

/* ---- snapshots ---- */

/* Its twin, forked from it as it stands, serves the process that is frozen (or, at a restore, stays so). */
void
tclprocs_split(struct router *r)
{
	struct tclproc *p;
	int fd[2];

	LIST_FOREACH(p, &r->tclprocs, next) {
		if (p->fd < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0)
			continue;
		say(p, TCLW_SPLIT, 0, NULL, NULL);
		if (p->fd >= 0)
			tclwire_send_fd(p->fd, fd[1]);
		close(fd[1]);
		p->spare = fd[0];
	}
}

void
tclprocs_splitted(struct router *r, bool live)
{
	struct tclproc *p;

	LIST_FOREACH(p, &r->tclprocs, next) {
		int other = live ? p->spare : p->fd;

		if (!live)
			p->fd = p->spare;
		if (other >= 0)
			close(other);
		p->spare = -1;
	}
}
