/*
 * Configurations held against each other and made into each other: from each one of the examples to each other one,
 * and the running configuration is, to the byte, what loading the other gives.
 */

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "shell/cfg_replace.h"
#include "shell/cfg_tree.h"
#include "testsuite/unit/shell_bench.h"
#include "testsuite/unit/shell_test.h"

#ifdef __SANITIZE_ADDRESS__
#define STRIDE	4	/* sanitized, a pair takes ten times as long: the plain build tries them all */
#else
#define STRIDE	1
#endif

/* Interfaces that no configuration takes away: every router of these tests has all of them. */
static const char ports[] =
    "interface GigabitEthernet0/0\ninterface GigabitEthernet0/1\ninterface GigabitEthernet0/2\ninterface GigabitEthernet0/3\n"
    "interface FastEthernet0/0\ninterface FastEthernet0/1\ninterface Ethernet0/0\ninterface Ethernet0/1\n";

static char *
slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	struct text t = { 0 };
	char b[4096];
	size_t n;

	ck_assert_msg(f != NULL, "%s", path);
	while ((n = fread(b, 1, sizeof(b), f)) > 0)
		text_addn(&t, b, n);
	fclose(f);
	return text_take(&t);
}

/* What the running configuration says once that text is loaded. */
static char *
printed(const char *text)
{
	struct bench *b = bench_new(IKE_IOS_15);
	char *s;

	bench_load(b, ports);
	bench_load(b, text);
	s = bench_running(b);
	bench_free(b);
	return s;
}

static void
become(struct bench *b, const char *want, const char *who)
{
	struct replace out = { 0 };
	char *is;

	replace_run(NULL, b->router, want, &out);
	is = bench_running(b);
	if (!out.done || strcmp(is, want) != 0)
		fprintf(stderr, "%s: after %u passes\n%s\nrefused:\n%s\n", who, out.passes, text_str(&out.list), text_str(&out.failed));
	ck_assert_msg(out.done, "%s: not done", who);
	ck_assert_str_eq(is, want);
	free(is);
	replace_free(&out);
}

START_TEST(each_example_to_each)
{
	const char *src = getenv("srcdir");
	char *pattern = xasprintf("%s/examples/*/*.cfg", src != NULL ? src : ".");
	struct bench *b = bench_new(IKE_IOS_15);
	char **text;
	glob_t g;

	ck_assert_int_eq(glob(pattern, 0, NULL, &g), 0);
	text = xcalloc(g.gl_pathc, sizeof(*text));
	for (size_t i = 0; i < g.gl_pathc; i++) {
		char *s = slurp(g.gl_pathv[i]);

		text[i] = printed(s);
		free(s);
	}
	bench_load(b, ports);
	for (size_t i = 0; i < g.gl_pathc; i++)
		for (size_t k = i % STRIDE; k < i; k += STRIDE) {
			become(b, text[i], g.gl_pathv[i]);
			become(b, text[k], g.gl_pathv[k]);
		}
	for (size_t i = 0; i < g.gl_pathc; i++)
		free(text[i]);
	free(text);
	bench_free(b);
	globfree(&g);
	free(pattern);
}
END_TEST

void
shell_replace_tests(TCase *tc)
{
	tcase_set_timeout(tc, 120);	/* all pairs, on a machine that may be busy */
	tcase_add_test(tc, each_example_to_each);
}
