#ifndef INSPIRE_LIB_CORO_H
#define INSPIRE_LIB_CORO_H

/* Coroutines on ucontext stacks (guard page, sanitizer fiber calls).  One thread; a coroutine runs
 * from coro_resume() until it yields or its function returns. */

#include <stdbool.h>
#include <stddef.h>

struct coro;

#define CORO_STACK	(256 * 1024)	/* mapped, touched only as used */

struct coro	*coro_new(void (*fn)(void *arg), void *arg, size_t stack);
void		 coro_free(struct coro *c);	/* must be finished or never started, or is abandoned (its stack unmapped) */
void		 coro_resume(struct coro *c);	/* not from within itself */
void		 coro_yield(void);		/* back to whoever resumed us */
struct coro	*coro_self(void);		/* NULL on the main stack */
bool		 coro_done(const struct coro *c);

#endif
