/* The log of configuration commands: so many of the latest, each with its session and who typed it. */

#include "engine/archive_int.h"

#include <stdlib.h>
#include <string.h>

#include "engine/log.h"
#include "engine/router.h"
#include "lib/mem.h"

static size_t
entry_size(const struct config_log_entry *e)
{
	return sizeof(*e) + strlen(e->who) + 1 + strlen(e->command) + 1;
}

static void
drop(struct archive *a, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		a->freed += entry_size(&a->log[i]);
		free(a->log[i].who);
		free(a->log[i].command);
	}
	if (n > 0)
		memmove(a->log, a->log + n, (a->nlog - n) * sizeof(*a->log));
	a->nlog -= n;
}

void
archive_log_clear(struct archive *a)
{
	drop(a, a->nlog);
}

void
archive_log_bound(struct archive *a)
{
	const struct cfg_archive *c = &a->r->cfg->archive;
	size_t max = c->log_size != 0 ? c->log_size : CFG_ARCHIVE_LOG;

	if (a->nlog > max)
		drop(a, a->nlog - max);
}

unsigned
config_log_session(struct router *r)
{
	return ++r->archive->sessions;
}

void
config_log_add(struct router *r, unsigned session, const char *user, const char *line, const char *command)
{
	struct archive *a = r->archive;
	struct config_log_entry *e;

	if (!r->cfg->archive.log)
		return;
	a->log = xrealloc(a->log, (a->nlog + 1) * sizeof(*a->log));
	e = &a->log[a->nlog++];
	*e = (struct config_log_entry){ .number = ++a->numbers, .session = session, .who = xasprintf("%s@%s", user, line),
	    .command = xstrdup(command) };
	a->added += entry_size(e);
	archive_log_bound(a);
	if (r->cfg->archive.notify)
		log_syslog(r, "PARSER", 5, "CFGLOG_LOGGEDCMD", "User:%s  logged command:%s", user, command + strspn(command, " "));
}

const struct config_log_entry *
config_log_at(const struct router *r, size_t i)
{
	return i < r->archive->nlog ? &r->archive->log[i] : NULL;
}

void
config_log_clear(struct router *r)
{
	archive_log_clear(r->archive);
}

void
config_log_stats(const struct router *r, struct config_log_stats *out)
{
	const struct archive *a = r->archive;

	*out = (struct config_log_stats){ .sessions = a->sessions, .entries = a->nlog, .added = a->added, .freed = a->freed,
	    .held = a->added - a->freed };
}
