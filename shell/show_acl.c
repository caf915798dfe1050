/* show access-lists and clear access-list counters. */

#include <inttypes.h>
#include <string.h>

#include "engine/acl.h"
#include "engine/router.h"
#include "lib/text.h"
#include "shell/acl_text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

static void
put_list(struct text *out, const struct cfg_acl *l)
{
	const struct cfg_ace *e;
	uint64_t n;

	text_printf(out, "%s IP access list %s\n", l->extended ? "Extended" : "Standard", l->name);
	TAILQ_FOREACH(e, &l->aces, next) {
		if (e->remark != NULL)
			continue;
		text_add(out, "    ");
		text_number(out, e->seq);
		text_addc(out, ' ');
		acl_entry_show(out, l, e);
		if ((n = e->ace.hits->n) > 0)
			text_printf(out, " (%" PRIu64 " match%s)", n, n == 1 ? "" : "es");
		text_addc(out, '\n');
	}
}

static void
run_show(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "list");
	const struct cfg_acl *l;
	struct text out = { 0 };

	TAILQ_FOREACH(l, &s->router->cfg->acls, next)
		if (name == NULL || strcmp(l->name, name) == 0)
			put_list(&out, l);
	show_flush(s, &out);
}

static void
run_clear(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "list");
	struct cfg_acl *l;

	TAILQ_FOREACH(l, &s->router->cfg->acls, next)
		if (name == NULL || strcmp(l->name, name) == 0)
			acl_clear_hits(l);
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show access-lists [ WORD:list ]", "Show what is going on\nAccess lists and how often their entries matched\nOne of them", run_show },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip access-lists [ WORD:list ]", "Show what is going on\nInternet Protocol\nAccess lists and how often their entries matched\nOne of them", run_show },
	{ M(PRIV), 15, 0, "clear access-list counters [ WORD:list ]", "Take away or set to zero\nAccess lists\nHow often their entries matched\nOne of them", run_clear },
	{ M(PRIV), 15, 0, "clear ip access-list counters [ WORD:list ]", "Take away or set to zero\nInternet Protocol\nAccess lists\nHow often their entries matched\nOne of them", run_clear },
};

const struct cmd_table cmds_show_acl = { rows, NROWS(rows) };
