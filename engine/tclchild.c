/*
 * The process in which a script is interpreted.  It gives up all that it got from the lab but one socket: descriptors,
 * the environment, the right to open files; its memory and the time that it may compute without a word are bounded.  Then
 * it evaluates what it is sent.  It may crash: the router is told why, or sees the socket's end.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "engine/tclchild.h"
#include "engine/tclproc.h"
#include "engine/tclwire.h"
#include "lib/coro.h"
#include "lib/mem.h"

#if defined(__SANITIZE_ADDRESS__)
#define CHILD_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHILD_ASAN 1
#endif
#endif
#ifdef CHILD_ASAN
/* Not every compiler brings their header. */
size_t	__sanitizer_get_current_allocated_bytes(void);
int	__sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t), void (*on_free)(const volatile void *));
#endif

#define SOCKET		3
#define STACK		(64u << 20)	/* a parser goes deep into nested brackets */
#define MEMORY		(96u << 20)	/* beyond what is mapped at the start, the stack among it */
#define RESULT_MAX	(256u << 10)	/* of an evaluation, told */
#ifdef CHILD_ASAN
#define SLOWER		8		/* what a sanitized process on a busy machine takes more of */
#else
#define SLOWER		1
#endif
#define COMPUTE_S	(4 * SLOWER)	/* without a message, until the process is ended */
#define HANG_S		(60 * SLOWER)	/* the same, by the clock on the wall: for a fault of libtcl's that waits for itself */

/* Out of a handler of a signal, too: nothing but write. */
static _Noreturn void
died(const char *why)
{
	size_t n = strlen(why);
	char b[128] = { 0 };

	if (n > sizeof(b) - 16)
		n = sizeof(b) - 16;
	b[3] = (char)(5 + 5 + n);
	b[4] = TCLW_DIED;
	b[8] = 1;
	b[12] = (char)n;
	memcpy(b + 13, why, n);
	if (write(SOCKET, b, 14 + n) < 0)
		_exit(2);
	_exit(1);
}

static void
on_signal(int sig)
{
	died(sig == SIGPROF || sig == SIGALRM ? "it computed too long without a word" : "its stack or its memory ran over");
}

static void
on_panic(const char *fmt, ...)
{
	died(strstr(fmt, "alloc") != NULL ? "it took too much memory" : "its interpreter gave up");
}

/* ---- limits ---- */

static void
limit(int what, rlim_t soft, rlim_t hard)
{
	const struct rlimit l = { soft, hard };

	setrlimit((__rlimit_resource_t)what, &l);
}

#ifdef CHILD_ASAN
/* The sanitizer cannot live with a limit on its own mappings: what it has given is looked at instead. */
static void
on_malloc(const volatile void *p, size_t n)
{
	(void)p;
	(void)n;
	if (__sanitizer_get_current_allocated_bytes() > (size_t)MEMORY)
		died("it took too much memory");
}

static void
on_free(const volatile void *p)
{
	(void)p;
}

static void
limit_memory(void)
{
	__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
}
#else
static size_t
mapped(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	size_t n = 0;

	if (f == NULL || fscanf(f, "%zu", &n) != 1)
		n = 0;
	if (f != NULL)
		fclose(f);
	return n * (size_t)sysconf(_SC_PAGESIZE);
}

/* Before descriptors go: what is mapped already is looked up in a file. */
static void
limit_memory(void)
{
	size_t now = mapped();

	if (now > 0)
		limit(RLIMIT_AS, now + MEMORY, now + MEMORY);
}
#endif

static void
signals(void)
{
	static const int fatal_ones[] = { SIGSEGV, SIGBUS, SIGPROF, SIGALRM, SIGABRT };
	static const int ignored[] = { SIGINT, SIGQUIT, SIGHUP, SIGPIPE, SIGCHLD, SIGTSTP, SIGWINCH };
	const stack_t own = { .ss_sp = xmalloc(64 << 10), .ss_size = 64 << 10 };
	struct sigaction a = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };
	sigset_t none;

	sigaltstack(&own, NULL);
	for (size_t i = 0; i < sizeof(fatal_ones) / sizeof(fatal_ones[0]); i++)
		sigaction(fatal_ones[i], &a, NULL);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* One descriptor is left, and room for none (but the one that a split brings). Standard error is for our own faults. */
static void
confine(int fd)
{
	limit_memory();
	if (fd != SOCKET)
		dup2(fd, SOCKET);
	close(0);
	close(1);
	close_range(SOCKET + 1, ~0u, 0);
	clearenv();
	setenv("LC_ALL", "C", 1);	/* libtcl needs an environment */
	limit(RLIMIT_NOFILE, 0, 8);
	limit(RLIMIT_FSIZE, 0, 0);
	limit(RLIMIT_CORE, 0, 0);
	signals();
}

static void
computes(bool on)
{
	const struct itimerval v = { .it_value = { on ? COMPUTE_S : 0, 0 } }, w = { .it_value = { on ? HANG_S : 0, 0 } };

	setitimer(ITIMER_PROF, &v, NULL);
	setitimer(ITIMER_REAL, &w, NULL);
}

/* ---- talking ---- */

/* The present process goes on as it was; its twin has another socket, on which it will be answered. */
static void
split(struct tclchild *t)
{
	int fd;

	limit(RLIMIT_NOFILE, 8, 8);
	fd = tclwire_recv_fd(t->fd);
	if (fd >= 0) {
		if (fork() == 0)
			dup2(fd, t->fd);
		close(fd);
	}
	limit(RLIMIT_NOFILE, 0, 8);
}

void
tclchild_next(struct tclchild *t, struct tclmsg *m)
{
	computes(false);
	for (;;) {
		if (!tclwire_recv(t->fd, m))
			_exit(0);		/* nobody is there any more */
		if (m->op != TCLW_SPLIT)
			break;
		tclmsg_free(m);
		split(t);
	}
	computes(true);
	if (t->interp != NULL)
		tclinterp_silence(t);	/* however long the answer took */
}

static void
converse(struct tclchild *t, enum tclwire_op op, unsigned n, const char *const *arg, const size_t *len, struct tclmsg *m)
{
	if (!tclwire_send(t->fd, op, n, arg, len))
		_exit(0);
	tclchild_next(t, m);
}

static Tcl_Obj *
string_obj(const char *p, size_t n)
{
	return Tcl_NewStringObj(p, (int)n);
}

static int
take_answer(Tcl_Interp *interp, const struct tclmsg *m)
{
	Tcl_Obj *list;

	if (m->op != TCLW_LIST) {
		Tcl_SetObjResult(interp, m->argc > 0 ? string_obj(m->arg[0], m->len[0]) : Tcl_NewObj());
		return m->op == TCLW_OK ? TCL_OK : TCL_ERROR;
	}
	list = Tcl_NewListObj(0, NULL);
	for (unsigned i = 0; i < m->argc; i++)
		Tcl_ListObjAppendElement(NULL, list, string_obj(m->arg[i], m->len[i]));
	Tcl_SetObjResult(interp, list);
	return TCL_OK;
}

int
tclchild_call(struct tclchild *t, int objc, Tcl_Obj *const objv[])
{
	const char **arg = xcalloc((size_t)objc + 1, sizeof(*arg));
	size_t *len = xcalloc((size_t)objc + 1, sizeof(*len));
	struct tclmsg m;
	int code, n;

	tclchild_flush(t);
	for (int i = 0; i < objc; i++) {
		arg[i] = Tcl_GetStringFromObj(objv[i], &n);
		len[i] = (size_t)n;
	}
	if ((unsigned)objc > TCLWIRE_ARGS)
		code = TCL_ERROR;
	else {
		converse(t, TCLW_CALL, (unsigned)objc, arg, len, &m);
		code = take_answer(t->interp, &m);
		tclmsg_free(&m);
	}
	free(arg);
	free(len);
	return code;
}

Tcl_Obj *
tclchild_ask(struct tclchild *t, const char *name, size_t n, Tcl_Obj *const args[])
{
	const char *arg[5] = { name };
	size_t len[5] = { strlen(name) };
	struct tclmsg m;
	Tcl_Obj *o = NULL;
	int k;

	for (size_t i = 0; i < n; i++) {
		arg[1 + i] = Tcl_GetStringFromObj(args[i], &k);
		len[1 + i] = (size_t)k;
	}
	converse(t, TCLW_CALL, 1 + (unsigned)n, arg, len, &m);
	if (m.op == TCLW_OK && m.argc > 0) {
		o = string_obj(m.arg[0], m.len[0]);
		Tcl_IncrRefCount(o);
	}
	tclmsg_free(&m);
	return o;
}

void
tclchild_flush(struct tclchild *t)
{
	if (t->out != NULL)
		Tcl_Flush(t->out);
}

/* ---- evaluating ---- */

static void
done(struct tclchild *t, const char *how, const char *result)
{
	char status[16], line[16];
	const char *const arg[] = { how, result, status, line };
	size_t len[4];

	snprintf(status, sizeof(status), "%d", t->status);
	snprintf(line, sizeof(line), "%d", t->interp != NULL ? Tcl_GetErrorLine(t->interp) : 0);
	for (int i = 0; i < 4; i++)
		len[i] = strlen(arg[i]) < RESULT_MAX ? strlen(arg[i]) : RESULT_MAX;

	if (!tclwire_send(t->fd, TCLW_DONE, 4, arg, len))
		_exit(0);
}

static void
set_arguments(struct tclchild *t, const struct tclmsg *m)
{
	Tcl_Obj *list = Tcl_NewListObj(0, NULL);

	for (unsigned i = 2; i < m->argc; i++)
		Tcl_ListObjAppendElement(NULL, list, string_obj(m->arg[i], m->len[i]));
	Tcl_SetVar2Ex(t->interp, "argc", NULL, Tcl_NewIntObj((int)m->argc - 2), TCL_GLOBAL_ONLY);
	Tcl_SetVar2Ex(t->interp, "argv", NULL, list, TCL_GLOBAL_ONLY);
	Tcl_SetVar2Ex(t->interp, "argv0", NULL, string_obj(m->arg[1], m->len[1]), TCL_GLOBAL_ONLY);
}

static void
ended(struct tclchild *t, int code)
{
	const char *result;
	Tcl_Obj *status;

	Tcl_LimitTypeReset(t->interp, TCL_LIMIT_COMMANDS);
	Tcl_LimitTypeReset(t->interp, TCL_LIMIT_TIME);
	tclchild_flush(t);
	result = Tcl_GetStringResult(t->interp);
	status = Tcl_GetVar2Ex(t->interp, "_exit_status", NULL, TCL_GLOBAL_ONLY);
	if (!t->exiting && status != NULL)
		Tcl_GetIntFromObj(NULL, status, &t->status);
	if (t->exiting)
		done(t, "exit", "");
	else if (t->stopped)
		done(t, "error", "it was ended");
	else
		done(t, code == TCL_OK || code == TCL_RETURN ? "ok" : "error", result);
}

static void
evaluate(struct tclchild *t, const struct tclmsg *m)
{
	int code;

	if (m->argc > 1)
		set_arguments(t, m);
	else if (!Tcl_CommandComplete(m->arg[0])) {
		done(t, "incomplete", "");
		return;
	}
	tclinterp_limit(t);
	code = Tcl_EvalEx(t->interp, m->arg[0], (int)m->len[0], TCL_EVAL_GLOBAL);
	ended(t, code);
}

/* Commands that register stand before all others: they are evaluated, nothing else is. */
static void
evaluate_first(struct tclchild *t, const struct tclmsg *m)
{
	static const char prefix[] = "::cisco::eem::event_register_";
	const char *p = m->arg[0];
	int left = (int)m->len[0], code = TCL_OK, n = 0;

	tclinterp_limit(t);
	while (code == TCL_OK && left > 0) {
		Tcl_Parse parse;
		int step;

		if (Tcl_ParseCommand(t->interp, p, left, 0, &parse) != TCL_OK) {
			code = n > 0 ? TCL_OK : TCL_ERROR;
			break;
		}
		step = (int)(parse.commandStart + parse.commandSize - p);
		if (parse.numWords > 0 && strncmp(parse.commandStart, prefix, sizeof(prefix) - 1) != 0 &&
		    strncmp(parse.commandStart, prefix + 2, sizeof(prefix) - 3) != 0) {
			Tcl_FreeParse(&parse);
			break;
		}
		if (parse.numWords > 0) {
			code = Tcl_EvalEx(t->interp, parse.commandStart, parse.commandSize, TCL_EVAL_GLOBAL);
			n++;
		}
		Tcl_FreeParse(&parse);
		p += step;
		left -= step;
	}
	if (code == TCL_OK && n == 0) {
		Tcl_SetResult(t->interp, (char *)(uintptr_t)"policy file does not start with event register cmd", TCL_STATIC);
		code = TCL_ERROR;
	}
	ended(t, code);
}

struct birth { int fd; uint32_t seed; };

static void
serve(void *arg)
{
	const struct birth *b = arg;
	struct tclchild t = { .fd = b->fd };
	struct tclmsg m;

	confine(b->fd);
	t.fd = SOCKET;
	Tcl_SetPanicProc(on_panic);
	Tcl_FindExecutable(NULL);
	tclinterp_new(&t, b->seed);
	done(&t, "ok", "");
	for (;;) {
		tclchild_next(&t, &m);
		if (m.op == TCLW_EVAL)
			evaluate(&t, &m);
		else if (m.op == TCLW_FIRST)
			evaluate_first(&t, &m);
		else if (m.op == TCLW_QUIT) {
			tclinterp_free(&t);
			done(&t, "ok", "");
			_exit(0);
		} else
			_exit(1);
		tclmsg_free(&m);
	}
}

void
tclchild_main(int fd, uint32_t seed)
{
	struct birth b = { fd, seed };
	struct coro *c = coro_new(serve, &b, STACK);

	coro_resume(c);
	_exit(0);
}
