/* Configuration of the archive: where old configurations are kept, when, how many; the log of commands; file prompt. */

#include <stdlib.h>
#include <string.h>

#include "engine/flash.h"
#include "lib/mem.h"
#include "shell/cmds_config.h"

static struct cfg_archive *
archive_of(struct session *s)
{
	return &conf(s)->archive;
}

static void
run_archive(struct session *s, const struct args *a)
{
	enum cfg_prompting prompting = archive_of(s)->prompting;

	if (!args_off(a)) {
		session_mode(s, MODE_ARCHIVE, NULL);
		return;
	}
	cfg_archive_free(archive_of(s));
	*archive_of(s) = (struct cfg_archive){ .prompting = prompting };
	conf_changed(s, CFG_AREA_OTHER);
}

/* What $h and $t stand for are letters too. */
static bool
path_ok(const char *path)
{
	char *plain = xasprintf("%sx", path), *to = plain;
	const char *name;
	bool ok;

	for (const char *p = plain; *p != '\0'; p++)
		if (*p != '$' || strchr("htHT", p[1]) == NULL)
			*to++ = *p;
	*to = '\0';
	ok = flash_prefix(plain) > 0 && flash_url(plain, &name) == FLASH_OK;
	free(plain);
	return ok;
}

static void
run_path(struct session *s, const struct args *a)
{
	const char *path = arg_str(a, "url");

	if (!args_off(a) && !path_ok(path)) {
		session_error(s, "%% Invalid archive path %s: it has to be a name in flash:", path);
		return;
	}
	conf_str(&archive_of(s)->path, a, "url");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_maximum(struct session *s, const struct args *a)
{
	archive_of(s)->maximum = args_off(a) || arg_u32(a, "count") == CFG_ARCHIVE_MAX ? 0 : arg_u32(a, "count");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_period(struct session *s, const struct args *a)
{
	archive_of(s)->period_min = args_off(a) ? 0 : arg_u32(a, "minutes");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_write_memory(struct session *s, const struct args *a)
{
	archive_of(s)->write_memory = !args_off(a);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_log(struct session *s, const struct args *a)
{
	struct cfg_archive *c = archive_of(s);

	if (!args_off(a)) {
		session_mode(s, MODE_ARCHIVE_LOG, NULL);
		return;
	}
	c->log = c->hidekeys = c->notify = false;
	c->log_size = 0;
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_enable(struct session *s, const struct args *a)
{
	archive_of(s)->log = !args_off(a);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_size(struct session *s, const struct args *a)
{
	archive_of(s)->log_size = args_off(a) || arg_u32(a, "entries") == CFG_ARCHIVE_LOG ? 0 : arg_u32(a, "entries");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_hidekeys(struct session *s, const struct args *a)
{
	archive_of(s)->hidekeys = !args_off(a);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_notify(struct session *s, const struct args *a)
{
	archive_of(s)->notify = !args_off(a);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_prompt(struct session *s, const struct args *a)
{
	archive_of(s)->prompting = args_off(a) || arg_has(a, "alert") ? CFG_PROMPT_ALERT : arg_has(a, "quiet") ? CFG_PROMPT_QUIET : CFG_PROMPT_NOISY;
	conf_changed(s, CFG_AREA_OTHER);
}

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "archive", "Keep old configurations, and log commands", run_archive },
	{ M(ARCHIVE), 15, CMD_NO, "path ~ WORD:url", "Where they are kept\nA name in the flash, as flash:$h ($h the router's name, $t the time)", run_path },
	{ M(ARCHIVE), 15, CMD_NO, "maximum ~ <1-14>:count", "How many are kept\nThat many", run_maximum },
	{ M(ARCHIVE), 15, CMD_NO, "time-period ~ <1-525600>:minutes", "Keep one by itself each so often\nMinutes", run_period },
	{ M(ARCHIVE), 15, CMD_NO, "write-memory", "Keep one whenever the configuration is saved", run_write_memory },
	{ M(ARCHIVE), 15, CMD_NO, "log config", "What is logged\nConfiguration commands", run_log },
	{ M(ARCHIVE_LOG), 15, CMD_NO, "logging enable", "The log of commands\nLog them", run_enable },
	{ M(ARCHIVE_LOG), 15, CMD_NO, "logging size ~ <1-1000>:entries", "The log of commands\nHow many it holds\nThat many", run_size },
	{ M(ARCHIVE_LOG), 15, CMD_NO, "hidekeys", "Write no passwords and keys to it (they never are)", run_hidekeys },
	{ M(ARCHIVE_LOG), 15, CMD_NO, "notify syslog ~ [ contenttype plaintext ]",
	    "Who is told of each command\nThe system's log\nIn which form\nPlain text", run_notify },
	{ M(CONFIG), 15, CMD_NO, "file prompt ~ [ { alert | noisy | quiet } ]",
	    "Operations on files\nWhat they ask\nWhat could destroy something\nEverything\nNothing that has an answer already", run_prompt },
};

const struct cmd_table cmds_config_archive = { rows, NROWS(rows) };
