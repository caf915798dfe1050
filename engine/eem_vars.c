/* Variables of policies: a small table searched from its beginning. */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine/eem.h"
#include "lib/mem.h"
#include "lib/text.h"

void
eem_vars_free(struct eem_vars *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].name);
		free(t->v[i].value);
	}
	free(t->v);
	*t = (struct eem_vars){ 0 };
}

const char *
eem_vars_get(const struct eem_vars *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->v[i].name, name) == 0)
			return t->v[i].value;
	return NULL;
}

void
eem_vars_set(struct eem_vars *t, const char *name, const char *value)
{
	char *copy = xstrdup(value);
	size_t i = 0;

	while (i < t->n && strcmp(t->v[i].name, name) != 0)
		i++;
	if (i == t->n) {
		/* Room for eight at a time. */
		if (t->n % 8 == 0)
			t->v = xrealloc(t->v, (t->n + 8) * sizeof(*t->v));
		t->v[t->n++] = (struct eem_var){ xstrdup(name), NULL };
	}
	free(t->v[i].value);
	t->v[i].value = copy;
}

void
eem_vars_setf(struct eem_vars *t, const char *name, const char *fmt, ...)
{
	struct text value = { 0 };
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(&value, fmt, ap);
	va_end(ap);
	eem_vars_set(t, name, text_str(&value));
	text_free(&value);
}
