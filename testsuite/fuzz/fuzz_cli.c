/*
 * What is typed at a console, as bytes: each line is matched, helped with and finished in several modes, and then
 * all are typed into a session of a router, questions, filters and interrupted commands included.
 */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "shell/grammar.h"
#include "testsuite/fuzz/fuzz.h"
#include "testsuite/unit/shell_bench.h"

#define INPUT_MAX	2048

static void
look(enum mode mode, const char *line)
{
	struct text t = { 0 };
	struct match m;

	grammar_match(mode, 15, line, &m);
	if ((m.kind == MATCH_OK) != (m.cmd != NULL) || (m.kind == MATCH_INVALID && m.caret > strlen(line)))
		fatal("a match that cannot be: %s", line);
	args_free(m.args);
	grammar_help(mode, 15, line, &t);
	text_free(&t);
	free(grammar_complete(mode, 15, line));
}

static void
look_at(void *arg, const char *line, size_t len)
{
	static const enum mode modes[] = { MODE_EXEC, MODE_PRIV, MODE_LAB, MODE_CONFIG, MODE_IF, MODE_ISAKMP_PROFILE };

	(void)arg;
	look(modes[len % (sizeof(modes) / sizeof(modes[0]))], line);	/* one, so that many lines are tried */
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bench *b;
	char *text;

	if (n > INPUT_MAX)
		return 0;
	text = xstrndup((const char *)p, n);
	text_lines(text, look_at, NULL);
	b = bench_new(n % 2 ? IKE_IOS_15 : IKE_IOS_12);
	bench_type(b, text);
	bench_free(b);
	free(text);
	return 0;
}
