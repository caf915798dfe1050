/*
 * --show of a guide: what stands between its console blocks is printed where it comes, so that the run reads as the
 * guide does.
 */

#include <stdio.h>
#include <string.h>

#include "shell/transcript_run.h"

/* Lines of the file that are nobody's: the front matter and the marks of the blocks. */
static size_t
front_end(const struct transcript *t)
{
	size_t i = 1;

	if (t->nfile == 0 || strcmp(t->file[0], "---") != 0)
		return 0;
	while (i < t->nfile && strcmp(t->file[i], "---") != 0)
		i++;
	return i + 1;
}

static bool
is_fence(const char *s)
{
	s += strspn(s, " ");
	return strncmp(s, "```", 3) == 0 || strncmp(s, "~~~", 3) == 0;
}

void
prose_show(struct run *r, size_t line)
{
	const struct transcript *t = r->t;
	size_t from = line == 0 ? front_end(t) : t->lines[line - 1].no, to = line < t->n ? t->lines[line].no - 1 : t->nfile;
	bool any = false;

	if (!r->o->show)
		return;
	for (; from < to; from++) {
		if (t->counts[from] || is_fence(t->file[from]) || (!any && t->file[from][0] == '\0'))
			continue;
		printf("%s%s\n", any ? "" : "\n", t->file[from]);
		any = true;
	}
	if (any) {
		r->shown = NULL;
		fflush(stdout);
	}
}
