/* Datagrams that a host keeps as lines of text: a byte that is none of a line's shows as a dot. */

#include "engine/heard.h"

#include <stdlib.h>

#include "lib/mem.h"

#define LINE_MAX_BYTES	2048u

void
heard_add(struct heard *h, uint32_t from, const uint8_t *p, size_t n)
{
	struct heard_line *l = &h->last[h->n++ % HEARD_KEPT];

	if (n > LINE_MAX_BYTES)
		n = LINE_MAX_BYTES;
	free(l->text);
	l->from = from;
	l->text = xmalloc(n + 1);
	for (size_t i = 0; i < n; i++)
		l->text[i] = p[i] < 0x20 || p[i] == 0x7f ? '.' : (char)p[i];
	l->text[n] = '\0';
}

void
heard_free(struct heard *h)
{
	for (size_t i = 0; i < HEARD_KEPT; i++)
		free(h->last[i].text);
}
