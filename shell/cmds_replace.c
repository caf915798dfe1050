/* configure replace, configure terminal revert, configure confirm and revert; archive config. */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "engine/archive.h"
#include "engine/log.h"
#include "engine/router.h"
#include "lib/text.h"
#include "shell/cfg_log.h"
#include "shell/cfg_replace.h"
#include "shell/cmds_archive.h"
#include "shell/cmds_config.h"
#include "shell/files.h"
#include "shell/running_config.h"
#include "shell/tty.h"

static const char *
who(const struct session *s, char out[64])
{
	if (s->tty != NULL)
		tty_who(s->tty, out, 64);
	else
		strcpy(out, "console");
	return out;
}

static bool
is_sure(struct session *s)
{
	char *answer;
	bool yes;

	session_printf(s, "This makes all additions and deletions that turn the running\n"
	    "configuration into the contents of that file, which has to be\n"
	    "a complete configuration and not a part of one.\n");
	answer = session_ask(s, "Enter Y if you are sure you want to proceed. ? [no]: ", INPUT_QUESTION);
	yes = answer != NULL && tolower((unsigned char)answer[0]) == 'y';
	free(answer);
	return yes;
}

/* True: the running configuration is that text. */
static bool
replace_with(struct session *s, const char *text, bool list)
{
	struct replace out = { 0 };
	bool done;

	replace_run(s->lab, s->router, text, &out);
	done = out.done;
	if (list)
		session_printf(s, "%s", text_str(&out.list));
	if (out.passes > 0) {
		cfg_log_changed(s);
		config_set_str(&s->router->cfg->changed_by, s->user);
		log_syslog(s->router, "SYS", 5, "CONFIG_R", "Config Replace is Done");
	}
	session_printf(s, "\nTotal number of passes: %u\n", out.passes);
	if (done)
		session_printf(s, "Rollback Done\n\n");
	else
		session_error(s, "%% Rollback aborted after %u passes\nThe following commands are failed to apply to the IOS image.\n"
		    "********\n%s********\n", out.passes, text_str(&out.failed));
	replace_free(&out);
	return done;
}

static void
undo(struct session *s, const char *before)
{
	struct replace out = { 0 };

	replace_run(s->lab, s->router, before, &out);
	session_printf(s, "The configuration is%s what it was before.\n", out.done ? "" : " not all");
	replace_free(&out);
}

static bool
revert_start(struct session *s, unsigned minutes, bool idle)
{
	const char *why = NULL;
	char by[64];

	if (minutes == 0 || archive_revert_start(s->router, minutes, idle, who(s, by), &why)) {
		if (minutes != 0)
			session_printf(s, "Rollback Confirmed Change: Backing up current running config to %s\n", archive_rollback(s->router)->url);
		return true;
	}
	session_error(s, "%% The change could not be taken back: %s", why);
	return false;
}

static bool
is_pending(struct session *s)
{
	if (!archive_rollback(s->router)->pending)
		return false;
	session_error(s, "%% A Rollback Confirmed Change is pending already: configure confirm, or configure revert now");
	return true;
}

static void
run_replace(struct session *s, const struct args *a)
{
	unsigned minutes = arg_has(a, "minutes") ? arg_u32(a, "minutes") : arg_u32(a, "timer-minutes");
	char *text = file_text(s, arg_str(a, "url"));
	struct text before = { 0 };

	if (text == NULL)
		return;
	if ((minutes != 0 && is_pending(s)) || (!arg_has(a, "force") && !is_sure(s)) || !revert_start(s, minutes, false)) {
		free(text);
		return;
	}
	running_config_body(s->router, &before);
	if (!replace_with(s, text, arg_has(a, "list")) && arg_has(a, "error"))
		undo(s, text_str(&before));
	text_free(&before);
	free(text);
}

static void
run_terminal(struct session *s, const struct args *a)
{
	bool idle = arg_has(a, "idle");

	if (s->do_prefix) {
		session_error(s, "%% This command does not work behind do");
		return;
	}
	if (is_pending(s) || !revert_start(s, arg_u32(a, idle ? "quiet" : "minutes"), idle))
		return;
	session_printf(s, "Enter configuration commands, one per line.  End with CNTL/Z.\n");
	session_mode(s, MODE_CONFIG, NULL);
}

static void
no_change(struct session *s)
{
	session_error(s, "%%No Rollback Confirmed Change pending");
}

static void
run_confirm(struct session *s, const struct args *a)
{
	char by[64];

	(void)a;
	if (!archive_confirm(s->router, who(s, by)))
		no_change(s);
}

static void
run_revert(struct session *s, const struct args *a)
{
	bool idle = arg_has(a, "idle");
	char by[64];

	if (!archive_rollback(s->router)->pending)
		no_change(s);
	else if (arg_has(a, "now")) {
		archive_revert_now(s->router);
		cfg_log_changed(s);
	} else
		archive_revert_timer(s->router, arg_u32(a, idle ? "quiet" : "minutes"), idle, who(s, by));
}

static void
run_archive(struct session *s, const struct args *a)
{
	const char *name;
	enum flash_status st;

	(void)a;
	if (s->router->cfg->archive.path == NULL)
		session_error(s, "Archive feature not enabled\n%% Error caught by command handler");
	else if ((st = archive_save(s->router, &name)) != FLASH_OK)
		session_error(s, "%% The archive could not be written (%s)", flash_why(st));
}

/* ---- what the archive asks for ---- */

static void
give_running(void *arg, struct router *r, struct text *out)
{
	(void)arg;
	running_config_body(r, out);
}

static bool
do_replace(void *arg, struct router *r, const char *text)
{
	struct replace out = { 0 };
	bool done;

	replace_run(arg, r, text, &out);
	done = out.done;
	r->cfg->changed_ns = router_now(r);
	r->cfg->unsaved = true;
	log_syslog(r, "SYS", 5, "CONFIG_R", "Config Replace is Done");
	replace_free(&out);
	return done;
}

static const struct archive_ops ops = { give_running, do_replace };

void
archive_shell(struct lab *lab, struct router *r)
{
	archive_attach(r, &ops, lab);
}

#define CONFIGURE	"Enter configuration mode\n"
#define MINUTES		"<1-120>:"

static const struct cmd rows[] = {
	{ M(PRIV), 15, 0, "configure replace WORD:url { list | force | nolock | time " MINUTES "minutes | revert trigger [ error ] [ timer " MINUTES "timer-minutes ] }*",
	    CONFIGURE "Make the running configuration what a file says\nThe file: flash:NAME, nvram:startup-config\nShow the commands\nDo not ask\n"
	    "Let others configure meanwhile (it takes no time)\nGo back unless it is confirmed\nMinutes\nGo back\nWhen\nIf a line is refused\nUnless it is confirmed\nMinutes",
	    run_replace },
	{ M(PRIV), 15, 0, "configure terminal revert { timer " MINUTES "minutes | idle " MINUTES "quiet }",
	    CONFIGURE "From this terminal\nGo back unless it is confirmed\nIn so much time\nMinutes\nIn so much time without a command\nMinutes", run_terminal },
	{ M(PRIV), 15, 0, "configure confirm", CONFIGURE "Keep what was changed", run_confirm },
	{ M(PRIV), 15, 0, "configure revert { now | timer " MINUTES "minutes | idle " MINUTES "quiet }",
	    CONFIGURE "Go back to what was before\nAt once\nIn so much time from now\nMinutes\nIn so much time without a command\nMinutes", run_revert },
	{ M(PRIV), 15, 0, "archive config", "Keep old configurations\nThe running one, now", run_archive },
};

const struct cmd_table cmds_replace = { rows, NROWS(rows) };
