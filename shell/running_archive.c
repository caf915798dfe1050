/* The archive and its log in the running configuration. */

#include "engine/router.h"
#include "lib/text.h"
#include "shell/running_config.h"

static void
write_log(const struct cfg_archive *c, struct text *out)
{
	if (!c->log && c->log_size == 0 && !c->hidekeys && !c->notify)
		return;
	text_add(out, " log config\n");
	if (c->log)
		text_add(out, "  logging enable\n");
	if (c->log_size != 0)
		text_printf(out, "  logging size %u\n", c->log_size);
	if (c->notify)
		text_add(out, "  notify syslog contenttype plaintext\n");
	if (c->hidekeys)
		text_add(out, "  hidekeys\n");
}

void
running_archive(const struct config *c, struct text *out)
{
	const struct cfg_archive *a = &c->archive;
	struct text t = { 0 };

	if (a->prompting != CFG_PROMPT_ALERT)
		text_printf(out, "file prompt %s\n", a->prompting == CFG_PROMPT_QUIET ? "quiet" : "noisy");
	write_log(a, &t);
	if (a->path != NULL)
		text_printf(&t, " path %s\n", a->path);
	if (a->maximum != 0)
		text_printf(&t, " maximum %u\n", a->maximum);
	if (a->write_memory)
		text_add(&t, " write-memory\n");
	if (a->period_min != 0)
		text_printf(&t, " time-period %u\n", a->period_min);
	if (t.len > 0)
		text_printf(out, "archive\n%s!\n", text_str(&t));
	text_free(&t);
}
