/* The system says something of this process, and it fits together. */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/procinfo.h"
#include "testsuite/unit/lib_test.h"

START_TEST(memory_is_held)
{
	struct procinfo_memory before, after;
	size_t n = 32u << 20;
	char *p;

	procinfo_memory(&before);
	ck_assert_uint_gt(before.held, 0);
	ck_assert_uint_ge(before.held_most, before.held);
	ck_assert_uint_gt(before.installed, before.held);
	ck_assert_uint_gt(before.heap, 0);
	p = xmalloc(n);
	memset(p, 1, n);
	procinfo_memory(&after);
	ck_assert_uint_ge(after.held, before.held + n / 2);
	free(p);
}
END_TEST

static void
count(void *arg, const struct procinfo_task *t)
{
	unsigned *n = arg;

	ck_assert_uint_gt(t->id, 0);
	ck_assert(t->name[0] != '\0');
	++*n;
}

START_TEST(time_is_used)
{
	struct procinfo_cpu before, after;
	struct procinfo_task t;
	unsigned n = 0;

	procinfo_cpu(&before);
	do {
		for (volatile unsigned i = 0; i < 1000000; i++)
			;
		procinfo_cpu(&after);
	} while (after.user_us + after.system_us < before.user_us + before.system_us + 1000);
	procinfo_threads(count, &n);
	ck_assert_uint_ge(n, 1);
	ck_assert(procinfo_process(procinfo_self(), &t));
	ck_assert_uint_gt(t.held, 0);
	ck_assert(!procinfo_process(0, &t));
	ck_assert_int_ge(procinfo_age_ns(), 0);
}
END_TEST

void
lib_procinfo_tests(TCase *tc)
{
	tcase_add_test(tc, memory_is_held);
	tcase_add_test(tc, time_is_used);
}
