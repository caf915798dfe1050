/* Coroutines: the order of control, depth, nesting, and one left in the middle. */

#include <string.h>

#include "lib/coro.h"
#include "lib/text.h"
#include "testsuite/unit/lib_test.h"

struct talk {
	struct coro	*coro, *other;
	struct text	 text;
	int		 depth;
};

static void
count(void *arg)
{
	struct talk *t = arg;

	for (int i = 0; i < 3; i++) {
		text_printf(&t->text, "%d", i);
		coro_yield(t->coro);
	}
	text_add(&t->text, ".");
}

START_TEST(turns)
{
	struct talk t = { 0 };

	t.coro = coro_new(count, &t, CORO_STACK);
	while (!coro_done(t.coro)) {
		text_add(&t.text, "<");
		coro_resume(t.coro);
		text_add(&t.text, ">");
		ck_assert(!coro_running(t.coro));
	}
	coro_resume(t.coro);
	ck_assert_str_eq(text_str(&t.text), "<0><1><2><.>");
	coro_free(t.coro);
	text_free(&t.text);
}
END_TEST

static void
nest(void *arg)
{
	struct talk *t = arg;

	text_add(&t->text, "a");
	coro_resume(t->other);
	text_add(&t->text, "b");
	coro_yield(t->coro);
	coro_resume(t->other);
	text_add(&t->text, "c");
}

START_TEST(nested)
{
	struct talk outer = { 0 }, inner = { 0 };

	inner.coro = coro_new(count, &inner, CORO_STACK);
	outer.coro = coro_new(nest, &outer, CORO_STACK);
	outer.other = inner.coro;
	coro_resume(outer.coro);
	coro_resume(inner.coro);		/* now from another stack than the first time */
	coro_resume(outer.coro);
	ck_assert(coro_done(outer.coro));
	ck_assert_str_eq(text_str(&outer.text), "abc");
	ck_assert_str_eq(text_str(&inner.text), "012");
	ck_assert(!coro_done(inner.coro));
	coro_free(inner.coro);			/* abandoned */
	coro_free(outer.coro);
	text_free(&inner.text);
	text_free(&outer.text);
}
END_TEST

static int
deep(struct talk *t, int n)
{
	char pad[512];

	memset(pad, n, sizeof(pad));
	if (n == 0)
		coro_yield(t->coro);
	else
		t->depth += deep(t, n - 1);
	return pad[n % 512] == (char)n;
}

static void
dive(void *arg)
{
	struct talk *t = arg;

	t->depth += deep(t, 100);
}

START_TEST(depth)
{
	struct talk t[20];

	memset(t, 0, sizeof(t));
	for (int i = 0; i < 20; i++) {
		t[i].coro = coro_new(dive, &t[i], CORO_STACK);
		coro_resume(t[i].coro);
	}
	for (int i = 0; i < 20; i++) {
		coro_resume(t[i].coro);
		ck_assert(coro_done(t[i].coro));
		ck_assert_int_eq(t[i].depth, 101);
		coro_free(t[i].coro);
	}
}
END_TEST

static void
hold(void *arg)
{
	struct talk *t = arg;
	char *volatile only = strdup("held by this stack alone");

	coro_yield(t->coro);
	ck_assert_str_eq(only, "held by this stack alone");
	free(only);
}

/* Never started, and stopped with memory that only its stack knows. */
START_TEST(waiting)
{
	struct talk t = { 0 };
	struct coro *never = coro_new(count, &t, CORO_STACK);

	coro_free(never);
	t.coro = coro_new(hold, &t, CORO_STACK);
	coro_resume(t.coro);
	coro_resume(t.coro);
	ck_assert(coro_done(t.coro));
	coro_free(t.coro);
	coro_free(NULL);
}
END_TEST

void
lib_coro_tests(TCase *tc)
{
	tcase_add_test(tc, turns);
	tcase_add_test(tc, nested);
	tcase_add_test(tc, depth);
	tcase_add_test(tc, waiting);
}
