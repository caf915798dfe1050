#ifndef INSPIRE_LIB_CORO_H
#define INSPIRE_LIB_CORO_H

/* Coroutines on ucontext stacks (guard page, sanitizer fiber calls).  One thread; a coroutine runs
 * from coro_resume() until it yields or its function returns.  Nothing global knows which one runs:
 * its owner, whose argument the function gets, keeps the pointer and names it to yield. */

#include <stdbool.h>
#include <stddef.h>

struct coro;

#define CORO_STACK	(256 * 1024)	/* mapped, touched only as used */

struct coro	*coro_new(void (*fn)(void *arg), void *arg, size_t stack);
void		 coro_free(struct coro *c);	/* must be finished or never started, or is abandoned (its stack unmapped) */
void		 coro_resume(struct coro *c);	/* not from within itself; nothing if it is done */
void		 coro_yield(struct coro *c);	/* from within c: back to whoever resumed it */
bool		 coro_running(const struct coro *c);	/* resumed and not yet given way (it may itself have resumed another) */
bool		 coro_done(const struct coro *c);

#endif
