/* Files that a topology names: where they are, and read whole. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/topology.h"
#include "lib/mem.h"
#include "lib/text.h"

char *
topology_path(const char *topology, const char *rel)
{
	const char *slash = strrchr(topology, '/');

	if (rel[0] == '/' || slash == NULL)
		return xstrdup(rel);
	return xasprintf("%.*s/%s", (int)(slash - topology), topology, rel);
}

char *
topology_slurp(const char *path, size_t max, size_t *n)
{
	FILE *f = fopen(path, "re");
	char *s = NULL;
	size_t cap = 8192, got;
	int error;

	if (f == NULL)
		return NULL;
	*n = 0;
	do {
		s = xrealloc(s, (cap *= 2) + 1);
		got = fread(s + *n, 1, cap - *n, f);
		*n += got;
	} while (*n == cap && *n <= max);
	error = ferror(f) ? errno : *n > max ? EFBIG : 0;
	fclose(f);
	s[*n] = '\0';
	if (error == 0)
		return s;
	free(s);
	errno = error;
	return NULL;
}
