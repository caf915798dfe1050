/* --update: the expected lines of a transcript become what came. The file is replaced whole or not at all. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"
#include "shell/transcript.h"

static int
edit_order(const void *a, const void *b)
{
	const struct tr_edit *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->count > 0) - (y->count > 0);		/* what goes before a line, then the line */
}

/* The file with its edits; line ends and front matter stay. */
static char *
edited(char *old, struct tr_edit *e, size_t n)
{
	struct text out = {0};
	size_t no = 1, skip = 0;
	char *s = old, *end;

	for (;; no++) {
		for (; n > 0 && e->from == no; e++, n--) {
			text_add(&out, e->text);
			skip = e->count > skip ? e->count : skip;
		}
		if (*s == '\0')
			break;
		end = s + strcspn(s, "\n");
		end += *end == '\n';
		if (skip > 0)
			skip--;
		else
			text_addn(&out, s, (size_t)(end - s));
		s = end;
	}
	for (; n > 0; e++, n--)
		text_add(&out, e->text);
	return out.s == NULL ? xstrdup("") : text_take(&out);
}

static bool
replace(const char *path, const char *text, char **why)
{
	char *tmp = xasprintf("%s.new", path);
	FILE *f = fopen(tmp, "w");
	bool ok = f != NULL && fputs(text, f) >= 0;

	ok = f != NULL && fclose(f) == 0 && ok && rename(tmp, path) == 0;
	if (!ok) {
		*why = xasprintf("%s: %s", path, strerror(errno));
		unlink(tmp);
	}
	free(tmp);
	return ok;
}

bool
transcript_update(const char *path, const struct tr_result *r, char **why)
{
	FILE *f;
	struct text old = {0};
	char buf[8192], *text;
	struct tr_edit *e;
	size_t n;
	bool ok;

	if (r->nedits == 0)
		return true;
	if ((f = fopen(path, "r")) == NULL) {
		*why = xasprintf("%s: %s", path, strerror(errno));
		return false;
	}
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		text_addn(&old, buf, n);
	fclose(f);
	e = xmemdup(r->edits, r->nedits * sizeof(*e));
	qsort(e, r->nedits, sizeof(*e), edit_order);
	text = edited(old.s, e, r->nedits);
	ok = replace(path, text, why);
	free(text);
	free(e);
	text_free(&old);
	return ok;
}
