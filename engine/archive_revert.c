/*
 * A change that is taken back unless somebody confirms it: the running configuration is archived before it, and replaces
 * what has become of it when the time is over.  A minute before, the log says so.
 */

#include "engine/archive_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/log.h"
#include "engine/router.h"
#include "lib/mem.h"

#define MINUTE	(60 * NSEC_SEC)

static void
say(struct router *r, const char *name, const char *fmt, const char *a, unsigned n)
{
	char *what = xasprintf("ROLLBK_CNFMD_CHG_%s", name);
	struct text t = { 0 };

	text_printf(&t, "%s%s", fmt, a);
	if (n > 0)
		text_printf(&t, " in %u minute%s", n, n == 1 ? "" : "s");
	log_syslog(r, "ARCHIVE_DIFF", 5, what, "%s", text_str(&t));
	text_free(&t);
	free(what);
}

static void
roll_back(struct archive *a)
{
	const struct flash_file *x = NULL;
	struct router *r = a->r;
	const char *name;
	char *text;

	a->rollback.pending = false;
	timer_stop(&a->revert);
	say(r, "ROLLBACK_START", "Start rolling to: ", a->rollback.url, 0);
	if (flash_url(a->rollback.url, &name) == FLASH_OK)
		x = flash_find(r->flash, name);
	if (x == NULL || a->ops == NULL) {
		log_syslog(r, "ARCHIVE_DIFF", 3, "ROLLBK_CNFMD_CHG_FAILED", "%s is not there any more", a->rollback.url);
		return;
	}
	text = xstrdup(x->data);
	if (!a->ops->replace(a->arg, r, text))
		log_syslog(r, "ARCHIVE_DIFF", 3, "ROLLBK_CNFMD_CHG_FAILED", "Not all of %s could be brought back", a->rollback.url);
	free(text);
}

void
archive_revert_due(void *arg)
{
	struct archive *a = arg;

	if (a->warned) {
		roll_back(a);
		return;
	}
	a->warned = true;
	log_syslog(a->r, "ARCHIVE_DIFF", 5, a->rollback.idle ? "ROLLBK_CNFMD_CHG_WARNING_IDLETIMER" : "ROLLBK_CNFMD_CHG_WARNING_ABSTIMER",
	    "System will rollback to config %s in one minute. Enter \"configure confirm\" if you wish to keep what you've configured",
	    a->rollback.url);
	timer_in(&a->revert, MINUTE);
}

static void
arm(struct archive *a)
{
	a->warned = a->rollback.minutes <= 1;
	timer_in(&a->revert, (int64_t)(a->rollback.minutes - (a->warned ? 0 : 1)) * MINUTE);
}

static void
begin(struct archive *a, unsigned minutes, bool idle, const char *user)
{
	struct rollback *b = &a->rollback;
	char *head = xasprintf("User: %s: Scheduled to rollback to config ", user);

	b->pending = true;
	b->idle = idle;
	b->minutes = minutes;
	b->set_ns = router_now(a->r);
	snprintf(b->user, sizeof(b->user), "%s", user);
	say(a->r, idle ? "START_IDLETIMER" : "START_ABSTIMER", head, b->url, minutes);
	free(head);
	arm(a);
}

bool
archive_revert_start(struct router *r, unsigned minutes, bool idle, const char *user, const char **why)
{
	struct archive *a = r->archive;
	const char *name = NULL;
	enum flash_status s = archive_save(r, &name);

	if (s != FLASH_OK) {
		*why = r->cfg->archive.path == NULL ? "no archive path is configured" : flash_why(s);
		return false;
	}
	free(a->rollback.url);
	a->rollback.url = xstrdup(name);
	say(r, "BACKUP", "Backing up current running config to ", name, 0);
	begin(a, minutes, idle, user);
	return true;
}

void
archive_revert_timer(struct router *r, unsigned minutes, bool idle, const char *user)
{
	begin(r->archive, minutes, idle, user);
}

const struct rollback *
archive_rollback(const struct router *r)
{
	return &r->archive->rollback;
}

bool
archive_confirm(struct router *r, const char *user)
{
	struct archive *a = r->archive;

	if (!a->rollback.pending)
		return false;
	a->rollback.pending = false;
	timer_stop(&a->revert);
	log_syslog(r, "ARCHIVE_DIFF", 5, "ROLLBK_CNFMD_CHG_CONFIRM", "User: %s: Confirm the configuration change", user);
	return true;
}

bool
archive_revert_now(struct router *r)
{
	struct archive *a = r->archive;

	if (!a->rollback.pending)
		return false;
	roll_back(a);
	return true;
}

void
archive_touched(struct router *r)
{
	struct archive *a = r->archive;

	if (a->rollback.pending && a->rollback.idle)
		arm(a);
}
