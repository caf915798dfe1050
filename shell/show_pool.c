/* show ip local pool. */

#include <inttypes.h>
#include <string.h>

#include "engine/ezvpn.h"
#include "lib/addr.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

struct want { struct text out; const char *name; struct router *r; bool any; };

static void
put_pool(void *arg, const struct pool_info *i)
{
	struct want *w = arg;
	char lo[ADDR_STRLEN], hi[ADDR_STRLEN];

	if (w->name != NULL && strcmp(w->name, i->name) != 0)
		return;
	if (!w->any)
		text_add(&w->out, " Pool                     Begin           End             Free  In use   Blocked\n");
	w->any = true;
	text_printf(&w->out, " %-24s %-15s %-15s %4zu  %6zu   %7u\n", i->name, ip4_fmt(i->lo, lo), ip4_fmt(i->hi, hi), i->size - i->used, i->used, 0u);
}

static void
put_addrs(void *arg, const struct pool_info *i)
{
	struct want *w = arg;
	char a[ADDR_STRLEN];

	if (strcmp(w->name, i->name) != 0)
		return;
	for (size_t k = 0; k < i->size; k++)
		if (router_pool_used(w->r, i->lo + (uint32_t)k))
			text_printf(&w->out, "   %s\n", ip4_fmt(i->lo + (uint32_t)k, a));
}

static void
run_pool(struct session *s, const struct args *a)
{
	struct want w = { .name = arg_str(a, "name"), .r = s->router };

	router_pool_each(s->router, put_pool, &w);
	if (w.name != NULL && w.any) {
		text_add(&w.out, "In use addresses:\n");
		router_pool_each(s->router, put_addrs, &w);
	}
	if (w.name != NULL && !w.any)
		session_error(s, "%% Local pool %s does not exist", w.name);
	show_flush(s, &w.out);
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip local pool [ WORD:name ]",
	    "Show what is going on\nInternet Protocol\nOf this router\nPools of addresses\nName of one", run_pool },
};

const struct cmd_table cmds_show_pool = { rows, NROWS(rows) };
