/* Which bugs a router has. */

#include <strings.h>

#include "engine/bug.h"
#include "engine/router.h"

static const struct bug_info bugs[] = {
#define BUG(id, name, hook, what, cure)	{ name, hook, what, cure },
#include "engine/bug.def"
#undef BUG
};

bool
bug_on(const struct router *r, enum bug b)
{
	return r->bugs >> b & 1;
}

void
bug_set(struct router *r, enum bug b, bool on)
{
	if (on)
		r->bugs |= UINT32_C(1) << b;
	else
		r->bugs &= ~(UINT32_C(1) << b);
	bug_apply(r);
}

const struct bug_info *
bug_info(enum bug b)
{
	return &bugs[b];
}

enum bug
bug_find(const char *name)
{
	enum bug b = 0;

	while (b < BUG__COUNT && strcasecmp(bugs[b].name, name) != 0)
		b++;
	return b;
}

void
bug_apply(struct router *r)
{
	bool ff = bug_on(r, BUG_CSCvp16730);

	if (r->dp == NULL)
		return;
	dp_spi_blind(r->dp, ff ? 0xff000000 : 0, 0xff000000);
	if (r->spi_hi != 0)
		dp_spi_range(r->dp, r->spi_lo, r->spi_hi);
}
