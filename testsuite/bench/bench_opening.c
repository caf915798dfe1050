/* Labs in the bench's own process. */

#include "testsuite/bench/bench_opening.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/lab.h"
#include "lib/mem.h"
#include "shell/session.h"

static void
complain(void *arg, size_t line, const char *message)
{
	(void)arg;
	fatal("configuration line %zu: %s", line, message);
}

void
bench_load_config(void *arg, struct router *r, const char *text)
{
	struct lab **lab = arg;

	session_load(*lab, r, text, complain, NULL);
}

void
bench_write_file(const char *dir, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		fatal("%s cannot be written", path);
	free(path);
}
