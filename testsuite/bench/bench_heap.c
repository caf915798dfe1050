/* Counts calls of the heap: the program's own malloc() and its kin stand before the C library's, also for libcrypto. */

#include <stdlib.h>

#include "testsuite/bench/bench.h"

void	*__libc_malloc(size_t n);
void	*__libc_calloc(size_t count, size_t size);
void	*__libc_realloc(void *p, size_t n);
void	*__libc_memalign(size_t align, size_t n);

static uint64_t	calls;

uint64_t
bench_allocs(void)
{
	return calls;
}

void *
malloc(size_t n)
{
	calls++;
	return __libc_malloc(n);
}

void *
calloc(size_t count, size_t size)
{
	calls++;
	return __libc_calloc(count, size);
}

void *
realloc(void *p, size_t n)
{
	calls++;
	return __libc_realloc(p, n);
}

void *
aligned_alloc(size_t align, size_t n)
{
	calls++;
	return __libc_memalign(align, n);
}
