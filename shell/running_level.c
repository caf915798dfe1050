/*
 * The running configuration for somebody below level 15: the lines that he might type himself, as IOS has it.  What he
 * may not change, secrets above all, is not for his eyes either.
 */

#include <stdlib.h>

#include "lib/text.h"
#include "shell/cfg_tree.h"
#include "shell/cmds_config.h"
#include "shell/grammar.h"
#include "shell/running_config.h"

static bool
may_type(const struct session *s, enum mode mode, const char *line)
{
	struct match m;
	bool ok;

	grammar_match_for(s, mode, line, &m);
	ok = m.kind == MATCH_OK && !m.via_do;
	args_free(m.args);
	return ok;
}

/* In a section: his in one of the modes that there are below the global one. */
static bool
may_type_below(const struct session *s, const char *line)
{
	for (enum mode mode = MODE_CONFIG + 1; mode < MODE__COUNT; mode++)
		if (mode != MODE_FOREIGN && may_type(s, mode, line))
			return true;
	return false;
}

static void
keep(const struct session *s, const struct cfg_tree *from, struct cfg_tree *to, bool below)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct cfg_tree *k = from->kid[i];

		if (below ? may_type_below(s, k->line) : may_type(s, MODE_CONFIG, k->line))
			keep(s, k, cfg_tree_add(to, k->line), true);
	}
}

void
running_config_for(const struct session *s, const char *head, struct text *out)
{
	struct text body = { 0 }, own = { 0 };
	struct cfg_tree *all, *his = cfg_tree_new("");

	running_config_body(s->router, &body);
	all = cfg_tree_new(text_str(&body));
	keep(s, all, his, false);
	for (size_t i = 0; i < his->n; i++)
		if (head == NULL || str_eq(his->kid[i]->line, head)) {
			text_add(&own, "!\n");
			cfg_tree_print(his->kid[i], 0, &own);
		}
	text_printf(out, "Building configuration...\n\nCurrent configuration : %zu bytes\n%s!\nend\n\n", own.len, text_str(&own));
	cfg_tree_free(all);
	cfg_tree_free(his);
	text_free(&body);
	text_free(&own);
}
