/*
 * Coroutines: a session's own stack, swapped in and out.  The stack is mapped with a page below it
 * that no one may touch, so an overflow ends the process instead of writing over a neighbour.
 * Under the address sanitizer each swap is announced, and a suspended stack counts as a root for
 * the leak sanitizer, which otherwise would not see what only a waiting session points to.
 */

#include "lib/coro.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "lib/mem.h"

#if defined(__SANITIZE_ADDRESS__)
#define CORO_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CORO_ASAN 1
#endif
#endif
#ifdef CORO_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#define STACK_FACTOR	3		/* its frames are larger: red zones around each object */
#else
#define STACK_FACTOR	1
#endif

struct coro {
	ucontext_t	 here, resumer;
	void		(*fn)(void *arg);
	void		*arg;
	uint8_t		*map;		/* guard page, then the stack */
	size_t		 guard, size;
	bool		 running, done;
#ifdef CORO_ASAN
	void		*fake;		/* the sanitizer's shadow stack of ours while suspended */
	void		*resumer_fake;
	const void	*resumer_stack;
	size_t		 resumer_size;
#endif
};

/* Called on the resumer's stack before and after a swap into c. */
static void
enter(struct coro *c)
{
#ifdef CORO_ASAN
	__sanitizer_start_switch_fiber(&c->resumer_fake, c->map + c->guard, c->size);
#endif
	swapcontext(&c->resumer, &c->here);
#ifdef CORO_ASAN
	__sanitizer_finish_switch_fiber(c->resumer_fake, NULL, NULL);
#endif
}

/* Called on c's stack when control arrives there. */
static void
arrived(struct coro *c)
{
#ifdef CORO_ASAN
	__sanitizer_finish_switch_fiber(c->fake, &c->resumer_stack, &c->resumer_size);
#else
	(void)c;
#endif
}

static void
leave(struct coro *c, bool for_good)
{
#ifdef CORO_ASAN
	__sanitizer_start_switch_fiber(for_good ? NULL : &c->fake, c->resumer_stack, c->resumer_size);
#else
	(void)for_good;
#endif
	swapcontext(&c->here, &c->resumer);
}

/* makecontext() passes ints only, so the pointer comes in two halves. */
static void
entry(unsigned high, unsigned low)
{
	struct coro *c = (struct coro *)(uintptr_t)((uint64_t)high << 32 | low);

	arrived(c);
	c->fn(c->arg);
	c->done = true;
	leave(c, true);
}

struct coro *
coro_new(void (*fn)(void *arg), void *arg, size_t stack)
{
	struct coro *c = xcalloc(1, sizeof(*c));
	uint64_t self = (uintptr_t)c;

	c->fn = fn;
	c->arg = arg;
	c->guard = (size_t)sysconf(_SC_PAGESIZE);
	c->size = (STACK_FACTOR * stack + c->guard - 1) / c->guard * c->guard;
	c->map = mmap(NULL, c->guard + c->size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	if (c->map == MAP_FAILED || mprotect(c->map, c->guard, PROT_NONE) != 0)
		fatal("no memory for a stack of %zu bytes", c->size);
#ifdef CORO_ASAN
	__lsan_register_root_region(c->map + c->guard, c->size);
#endif
	getcontext(&c->here);
	c->here.uc_stack.ss_sp = c->map + c->guard;
	c->here.uc_stack.ss_size = c->size;
	c->here.uc_link = NULL;
	makecontext(&c->here, (void (*)(void))(uintptr_t)entry, 2, (unsigned)(self >> 32), (unsigned)self);
	return c;
}

void
coro_free(struct coro *c)
{
	if (c == NULL)
		return;
	if (c->running)
		fatal("a coroutine is freed while it runs");
#ifdef CORO_ASAN
	__lsan_unregister_root_region(c->map + c->guard, c->size);
	ASAN_UNPOISON_MEMORY_REGION(c->map + c->guard, c->size);
#endif
	munmap(c->map, c->guard + c->size);
	free(c);
}

void
coro_resume(struct coro *c)
{
	if (c->running)
		fatal("a coroutine resumes itself");
	if (c->done)
		return;
	c->running = true;
	enter(c);
	c->running = false;
}

void
coro_yield(struct coro *c)
{
	if (!c->running)
		fatal("a coroutine yields that does not run");
	leave(c, false);
	arrived(c);
}

bool
coro_running(const struct coro *c)
{
	return c->running;
}

bool
coro_done(const struct coro *c)
{
	return c->done;
}
