/* The datapath's drops under the names and numbers of IOS-XE's forwarding engine: qfp.def is the table. */

#include <stdlib.h>

#include "engine/qfp.h"
#include "engine/router.h"
#include "lib/mem.h"

#define SUM_MAX	16

struct row {
	enum qfp_table	 table;
	unsigned	 number;
	const char	*name;
	uint16_t	 of[SUM_MAX];	/* counters and 1, ended by 0 */
};

#define C(id)	DPC_##id + 1
#define NONE	0
#define QFP_GLOBAL(name, ...)		{ QFP_TABLE_GLOBAL, 0, name, { __VA_ARGS__ } },
#define QFP_IPSEC(number, name, ...)	{ QFP_TABLE_IPSEC, number, name, { __VA_ARGS__ } },
static const struct row rows[] = {
#include "engine/qfp.def"
};

#define NROWS	(sizeof(rows) / sizeof(rows[0]))

struct base { uint64_t packets, octets; };

struct qfp {
	struct base	 base[NROWS];		/* as it stood when last cleared */
	int64_t		 cleared[QFP_TABLE__COUNT];
};

struct qfp *
qfp_new(void)
{
	return xcalloc(1, sizeof(struct qfp));
}

void
qfp_free(struct qfp *q)
{
	free(q);
}

static struct base
sum(const struct router *r, const struct row *row)
{
	struct base b = { 0 };

	for (size_t i = 0; i < SUM_MAX && row->of[i] != 0; i++) {
		b.packets += dp_count(r->dp, (enum dp_counter)(row->of[i] - 1));
		b.octets += dp_octets(r->dp, (enum dp_counter)(row->of[i] - 1));
	}
	return b;
}

/* The datapath's own counters may have been cleared meanwhile. */
static uint64_t
since(uint64_t now, uint64_t then)
{
	return now >= then ? now - then : now;
}

void
router_qfp_each(struct router *r, enum qfp_table t, void (*fn)(void *, const struct qfp_drop *), void *arg)
{
	for (size_t i = 0; i < NROWS; i++) {
		const struct base now = sum(r, &rows[i]), *then = &r->qfp->base[i];
		const struct qfp_drop d = {.number = rows[i].number,
		    .name = rows[i].name,
		    .packets = since(now.packets, then->packets),
		    .octets = since(now.octets, then->octets)};

		if (rows[i].table == t)
			fn(arg, &d);
	}
}

void
router_qfp_clear(struct router *r, enum qfp_table t)
{
	for (size_t i = 0; i < NROWS; i++)
		if (rows[i].table == t)
			r->qfp->base[i] = sum(r, &rows[i]);
	r->qfp->cleared[t] = router_now(r);
}

int64_t
router_qfp_cleared(const struct router *r, enum qfp_table t)
{
	return r->qfp->cleared[t];
}
