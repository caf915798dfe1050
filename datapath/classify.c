/* The search for the first entry of a list that fits: entry by entry. */

#include <stdlib.h>

#include "datapath/classify.h"
#include "lib/mem.h"

struct classifier {
	const struct dp_ace	*aces;
	size_t			 n;
};

struct classifier *
classifier_new(const struct dp_ace *aces, size_t n)
{
	struct classifier	*c = xcalloc(1, sizeof(*c));

	c->aces = aces;
	c->n = n;
	return c;
}

void
classifier_free(struct classifier *c)
{
	free(c);
}

static uint32_t
linear(const struct classifier *c, const struct dp_tuple *t, uint32_t from)
{
	size_t	i;

	for (i = from; i < c->n; i++)
		if (dp_ace_fits(&c->aces[i], t))
			return (uint32_t)i;
	return DP_ACL_NONE;
}

void
classify(const struct classifier *c, const struct dp_tuple *v, size_t n, uint32_t *io)
{
	size_t	i;

	for (i = 0; i < n; i++)
		io[i] = linear(c, &v[i], io[i]);
}
