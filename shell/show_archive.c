/* What is archived, how configurations differ, what was typed. */

#include <stdlib.h>
#include <string.h>

#include "engine/archive.h"
#include "engine/router.h"
#include "lib/text.h"
#include "shell/cfg_tree.h"
#include "shell/cmds_archive.h"
#include "shell/cmds_config.h"
#include "shell/files.h"
#include "shell/show.h"

static void
put_list(const struct router *r, struct text *t)
{
	unsigned max = archive_maximum(r);
	const char *name;

	text_add(t, " Archive #  Name\n");
	for (unsigned i = 0; i < max; i++) {
		name = archive_name(r, i);
		text_printf(t, "   %-9u%s%s\n", i + 1, name != NULL ? name : "", name != NULL && archive_name(r, i + 1) == NULL ? " <- Most Recent" : "");
	}
}

static void
run_show(struct session *s, const struct args *a)
{
	struct text t = { 0 };
	unsigned n = 0;
	char *next = archive_next_name(s->router);

	(void)a;
	if (next == NULL) {
		session_printf(s, " Archive feature not enabled\n");
		return;
	}
	while (archive_name(s->router, n) != NULL)
		n++;
	text_printf(&t, "The maximum archive configurations allowed is %u.\n", archive_maximum(s->router));
	text_printf(&t, "There are currently %u archive configurations saved.\n", n);
	text_printf(&t, "The next archive file will be named %s\n", next);
	put_list(s->router, &t);
	free(next);
	show_flush(s, &t);
}

static struct cfg_tree *
tree_of(struct session *s, const char *url)
{
	char *text = file_text(s, url);
	struct cfg_tree *t = text == NULL ? NULL : cfg_tree_new(text);

	free(text);
	return t;
}

/* One file is held against the running configuration, none is the saved one. */
static void
run_differences(struct session *s, const struct args *a)
{
	struct cfg_tree *from = tree_of(s, arg_has(a, "from") ? arg_str(a, "from") : "nvram:startup-config"), *to = NULL;
	struct text t = { 0 };

	if (from != NULL)
		to = tree_of(s, arg_has(a, "to") ? arg_str(a, "to") : "system:running-config");
	if (to != NULL) {
		text_add(&t, "!Contextual Config Diffs:\n");
		if (!cfg_diff_context(from, to, &t))
			text_add(&t, "!No changes were found\n");
		show_flush(s, &t);
	}
	cfg_tree_free(from);
	cfg_tree_free(to);
}

static void
run_incremental(struct session *s, const struct args *a)
{
	struct cfg_tree *file = tree_of(s, arg_str(a, "url")), *running;
	struct text t = { 0 };

	if (file == NULL)
		return;
	running = tree_of(s, "system:running-config");
	text_add(&t, "!List of Commands:\n");
	if (cfg_diff_additions(running, file, &t))
		text_add(&t, "end\n");
	else
		text_add(&t, "!No changes were found\n");
	show_flush(s, &t);
	cfg_tree_free(file);
	cfg_tree_free(running);
}

static void
run_rollback(struct session *s, const struct args *a)
{
	const struct rollback *b = archive_rollback(s->router);
	struct text t = { 0 };

	(void)a;
	if (!b->pending) {
		session_printf(s, "%%No Rollback Confirmed Change pending\n");
		return;
	}
	text_add(&t, "Time configured(or reconfigured): ");
	show_time_date(&t, s->router->cfg, b->set_ns, false);
	text_printf(&t, "\nTimer type: %s timer\nTimer value: %u minutes\nUser: %s\n", b->idle ? "idle" : "absolute", b->minutes, b->user);
	show_flush(s, &t);
}

/* ---- the log ---- */

static bool
is_wanted(const struct config_log_entry *e, const struct args *a)
{
	const char *user = arg_str(a, "name");
	unsigned last = arg_has(a, "last") ? arg_u32(a, "last") : arg_u32(a, "first");

	if (arg_has(a, "first"))
		return e->number >= arg_u32(a, "first") && e->number <= last;
	return user == NULL || (strncmp(e->who, user, strlen(user)) == 0 && e->who[strlen(user)] == '@');
}

static void
run_log(struct session *s, const struct args *a)
{
	bool bare = arg_has(a, "provisioning");
	const struct config_log_entry *e;
	struct text t = { 0 };

	if (!s->router->cfg->archive.log) {
		session_printf(s, "%% Config Logger disabled.\n");
		return;
	}
	if (!bare)
		text_add(&t, " idx   sess           user@line      Logged command\n");
	for (size_t i = 0; (e = config_log_at(s->router, i)) != NULL; i++)
		if (!is_wanted(e, a))
			continue;
		else if (bare)
			text_printf(&t, "%s\n", e->command);
		else
			text_printf(&t, "%5u %5u %22s  |%s\n", e->number, e->session, e->who, e->command);
	show_flush(s, &t);
}

static void
run_statistics(struct session *s, const struct args *a)
{
	struct config_log_stats st;

	(void)a;
	config_log_stats(s->router, &st);
	session_printf(s, "Config Log Session Info:\n\tNumber of sessions being tracked: %u\n\n", st.sessions);
	session_printf(s, "Config Log log-queue Info:\n\tNumber of entries in the log-queue: %zu\n"
	    "\tMemory being held by the log-queue: %zu bytes\n\tTotal memory allocated for log entries: %zu bytes\n"
	    "\tTotal memory freed from log entries: %zu bytes\n", st.entries, st.held, st.added, st.freed);
}

static void
run_clear(struct session *s, const struct args *a)
{
	(void)a;
	config_log_clear(s->router);
}

#define SHOW	"Show what is going on\nOld configurations\n"
#define OF_LOG	SHOW "What was typed\nConfiguration commands\n"

static const struct cmd rows[] = {
	{ M(PRIV), 15, CMD_SHOW, "show archive", SHOW, run_show },
	{ M(PRIV), 15, CMD_SHOW, "show archive config differences [ WORD:from [ WORD:to ] ]",
	    SHOW "One of them\nHow two differ\nThe first (nvram:startup-config)\nThe second (system:running-config)", run_differences },
	{ M(PRIV), 15, CMD_SHOW, "show archive config incremental-diffs WORD:url",
	    SHOW "One of them\nThe commands that would be added\nBy this file", run_incremental },
	{ M(PRIV), 15, CMD_SHOW, "show archive config rollback timer", SHOW "One of them\nA change that waits to be confirmed\nHow long it does", run_rollback },
	{ M(PRIV), 15, CMD_SHOW, "show archive log config { all | user WORD:name | <1-4294967295>:first [ <1-4294967295>:last ] } [ provisioning ]",
	    OF_LOG "All of them\nOf one user\nThe user\nFrom this number, or only this\nTo this number\nAs commands alone", run_log },
	{ M(PRIV), 15, CMD_SHOW, "show archive log config statistics", OF_LOG "How much it holds", run_statistics },
	{ M(PRIV), 15, 0, "clear archive log config", "Reset something\nOld configurations\nWhat was typed\nConfiguration commands", run_clear },
};

const struct cmd_table cmds_show_archive = { rows, NROWS(rows) };
