#ifndef INSPIRE_ENGINE_TCLPROC_H
#define INSPIRE_ENGINE_TCLPROC_H

/*
 * A Tcl script of a router.  It is interpreted in a process of its own, made by fork(), which can open no file and no
 * socket, has little memory and little processor time, and speaks to the router alone: whatever a script does (it
 * loops, eats memory, overflows its stack), the lab goes on.  The router's side of that process is this.
 *
 * The two take turns.  Who owns a script sends it to be evaluated, then waits (for real time, not the lab's: a
 * moment) for what it wants; what needs nobody else (files, the clock, variables) is served within.  Whenever
 * the lab's time goes on, the script's process stands still and waits for an answer, so a run depends on nothing but the lab,
 * and the lab's snapshots can split it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct router;
struct tclproc;

#define TCL_SLICE_TIME_MS	10	/* lab time that a slice of a script's commands takes */

enum tcl_event {
	TCL_CALL,	/* a command that the owner serves: tclproc_arg(), then an answer */
	TCL_TICK,	/* a slice is over: tclproc_go() */
	TCL_DONE,	/* the evaluation has ended: 0 is "ok", "error", "incomplete" or "exit"; 1 its result; 2 the status; 3 the line of an error */
	TCL_DIED,	/* the process has ended: 0 tells why */
};

/* name: of the policy, or "tclsh". NULL: the system has no process left. */
struct tclproc	*tclproc_new(struct router *r, const char *name);
void		 tclproc_free(struct tclproc *p);
void		 tclproc_eval(struct tclproc *p, const char *script, size_t n, unsigned argc, const char *const *argv);
void		 tclproc_first(struct tclproc *p, const char *script, size_t n);	/* only the command that registers */
void		 tclproc_quit(struct tclproc *p);	/* files are closed, then it is done */
enum tcl_event	 tclproc_wait(struct tclproc *p);
size_t		 tclproc_argc(const struct tclproc *p);	/* of what it wants, until the next answer */
const char	*tclproc_arg(const struct tclproc *p, size_t i);	/* "" behind the last */
size_t		 tclproc_arg_len(const struct tclproc *p, size_t i);
/* Answers to a call. */
void		 tclproc_ok(struct tclproc *p, const char *s, size_t n);
void		 tclproc_fail(struct tclproc *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void		 tclproc_list(struct tclproc *p, size_t n, const char *const *v);
void		 tclproc_go(struct tclproc *p, bool on);	/* false: the evaluation ends */

/* Snapshots: before the lab forks, and after it in both processes. */
void		 tclprocs_split(struct router *r);
void		 tclprocs_splitted(struct router *r, bool live);

/* tclserve.c: a call that needs nobody but the router; false: it is the owner's. */
bool		 tcl_serve(struct router *r, const char *name, struct tclproc *p);
/* tclchild.c: what the process does; never returns. */
_Noreturn void	 tclchild_main(int fd, uint32_t seed);

#endif
