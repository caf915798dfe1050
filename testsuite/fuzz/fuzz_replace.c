/*
 * Two configurations as bytes, divided by a line `%%`: one is loaded, and replaced by what the other prints where it is
 * loaded.  The running configuration must be that, but for interfaces that cannot be taken away.
 */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "shell/cfg_replace.h"
#include "shell/cfg_tree.h"
#include "testsuite/fuzz/fuzz.h"
#include "testsuite/unit/shell_bench.h"

#define INPUT_MAX	16384

static bool
is_port(const char *line)
{
	return strncmp(line, "interface ", 10) == 0 && strstr(line, "Ethernet") != NULL;
}

static void
drop_ports(struct cfg_tree *is, const struct cfg_tree *want)
{
	size_t n = 0;

	for (size_t i = 0; i < is->n; i++)
		if (is_port(is->kid[i]->line) && cfg_tree_find(want, is->kid[i]->line) == NULL)
			cfg_tree_free(is->kid[i]);
		else
			is->kid[n++] = is->kid[i];
	is->n = n;
}

static void
becomes(struct bench *b, const char *want)
{
	struct replace out = { 0 };
	struct cfg_tree *is_tree, *want_tree = cfg_tree_new(want);
	char *is;

	replace_run(NULL, b->router, want, &out);
	is = bench_running(b);
	is_tree = cfg_tree_new(is);
	drop_ports(is_tree, want_tree);
	if (!out.done || !cfg_tree_same(is_tree, want_tree, false))
		fatal("%s: the configuration\n%s\nbecame\n%s\nby\n%s\nrefused:\n%s", out.done ? "done" : "not done", want, is, text_str(&out.list),
		    text_str(&out.failed));
	cfg_tree_free(is_tree);
	cfg_tree_free(want_tree);
	replace_free(&out);
	free(is);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bench *one, *two;
	char *text, *second, *first, *want;

	if (n > INPUT_MAX)
		return 0;
	text = xstrndup((const char *)p, n);
	if ((second = strstr(text, "%%\n")) == NULL)
		second = text + strlen(text);
	else {
		*second = '\0';
		second += 3;
	}
	one = bench_new(IKE_IOS_15);
	two = bench_new(IKE_IOS_15);
	bench_load(one, text);
	bench_load(two, second);
	first = bench_running(one);
	want = bench_running(two);
	becomes(one, want);
	becomes(two, first);
	bench_free(one);
	bench_free(two);
	free(first);
	free(want);
	free(text);
	return 0;
}
