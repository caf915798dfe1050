/*
 * Runs a fuzz target without libFuzzer: over the files and folders given, or over its seed corpus
 * (testsuite/fuzz/corpus/NAME for a program run_NAME).  Each file is given as it is, cut at every length, and
 * with bits flipped at places that a fixed generator chooses, so that a plain build finds what a short fuzzing
 * would.
 */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/mem.h"
#include "testsuite/fuzz/fuzz.h"

#define FILE_MAX	(1 << 20)
/* A target whose inputs are dear may want fewer. */
#ifndef CUTS_MAX
#define CUTS_MAX	4096	/* lengths tried of a long file */
#endif
#ifndef MUTANTS
#define MUTANTS		400
#endif

/* Of exactly n bytes, so that a sanitizer sees a read beyond them. */
static void
give(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	if (copy == NULL)
		fatal("no memory");
	if (n > 0)
		memcpy(copy, p, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static void
give_cut(const uint8_t *p, size_t n)
{
	size_t step = n / CUTS_MAX + 1, i;

	for (i = 0; i < n; i += step)
		give(p, i);
	give(p, n);
}

static uint32_t
next(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

static void
give_mutants(uint8_t *p, size_t n)
{
	uint64_t state = n;
	uint8_t *m;
	size_t i, k;

	if (n == 0)
		return;
	for (i = 0; i < MUTANTS; i++) {
		m = xmemdup(p, n);
		for (k = next(&state) % 4 + 1; k > 0; k--)
			m[next(&state) % n] ^= (uint8_t)(1 << next(&state) % 8);
		give(m, n);
		free(m);
	}
}

static size_t
give_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p = xmalloc(FILE_MAX);
	size_t n;

	if (f == NULL)
		fatal("%s cannot be read", path);
	n = fread(p, 1, FILE_MAX, f);
	fclose(f);
	give_cut(p, n);
	give_mutants(p, n);
	free(p);
	return 1;
}

static size_t
give_folder(const char *path)
{
	struct dirent **list;
	int i, n = scandir(path, &list, NULL, alphasort);
	size_t given = 0;
	char *name;

	if (n < 0)
		fatal("%s cannot be read", path);
	for (i = 0; i < n; i++) {
		name = xasprintf("%s/%s", path, list[i]->d_name);
		if (list[i]->d_name[0] != '.')
			given += give_file(name);
		free(name);
		free(list[i]);
	}
	free(list);
	return given;
}

static size_t
give_path(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return give_folder(path);
	return give_file(path);
}

static size_t
give_corpus(const char *program)
{
	const char *name = strstr(program, "run_"), *src = getenv("srcdir");
	char *path;
	size_t n;

	if (name == NULL)
		fatal("%s: not a run_NAME, so there is no corpus of its own; name files", program);
	path = xasprintf("%s/testsuite/fuzz/corpus/%s", src != NULL ? src : ".", name + 4);
	n = give_folder(path);
	free(path);
	return n;
}

int
main(int argc, char **argv)
{
	size_t n = 0;
	int i;

	for (i = 1; i < argc; i++)
		n += give_path(argv[i]);
	if (argc == 1)
		n = give_corpus(argv[0]);
	printf("%zu seeds\n", n);
	return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
