/* The archive of a router's configurations: names, files, the time when one is kept by itself. */

#include "engine/archive_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/log.h"
#include "engine/router.h"
#include "lib/mem.h"

static void
period_over(void *arg)
{
	struct archive *a = arg;
	const char *name;

	archive_save(a->r, &name);
	archive_apply(a->r);
}

struct archive *
archive_new(struct router *r)
{
	struct archive *a = xcalloc(1, sizeof(*a));

	a->r = r;
	timer_init(&a->period, r->clock, period_over, a);
	timer_init(&a->revert, r->clock, archive_revert_due, a);
	return a;
}

void
archive_free(struct archive *a)
{
	timer_stop(&a->period);
	timer_stop(&a->revert);
	for (size_t i = 0; i < a->n; i++)
		free(a->name[i]);
	archive_log_clear(a);
	free(a->log);
	free(a->rollback.url);
	free(a);
}

void
archive_attach(struct router *r, const struct archive_ops *ops, void *arg)
{
	r->archive->ops = ops;
	r->archive->arg = arg;
}

/* A router that is off keeps its files and nothing else. */
void
archive_apply(struct router *r)
{
	struct archive *a = r->archive;
	unsigned minutes = r->powered && r->cfg->archive.path != NULL ? r->cfg->archive.period_min : 0;

	if (!r->powered) {
		timer_stop(&a->revert);
		a->rollback.pending = false;
		archive_log_clear(a);
		a->numbers = a->sessions = 0;
	}
	if (minutes == 0)
		timer_stop(&a->period);
	else if (!timer_armed(&a->period) || minutes != a->period_min)
		timer_in(&a->period, minutes * 60 * NSEC_SEC);
	a->period_min = minutes;
	archive_log_bound(a);
}

unsigned
archive_maximum(const struct router *r)
{
	return r->cfg->archive.maximum != 0 ? r->cfg->archive.maximum : CFG_ARCHIVE_MAX;
}

const char *
archive_name(const struct router *r, size_t i)
{
	return i < r->archive->n ? r->archive->name[i] : NULL;
}

/* "Mar-13-13-00-00.000" */
static void
put_stamp(const struct router *r, struct text *t)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	int64_t zone = r->cfg->timezone != NULL ? (int64_t)r->cfg->timezone_minutes * 60 * NSEC_SEC : 0;
	struct civil c;

	civil_from_ns(router_now(r) + zone, &c);
	text_printf(t, "%s-%s%d-%02d-%02d-%02d.%03d", months[c.month - 1], c.day < 10 ? "-" : "", c.day, c.hour, c.minute, c.second, c.ms);
}

/* $h is the router's name, $t the time, which stands at the end if it stands nowhere else. */
static char *
expand(const struct router *r, bool real)
{
	struct text t = { 0 };
	bool stamped = false;

	for (const char *p = r->cfg->archive.path; *p != '\0'; p++)
		if (p[0] == '$' && (p[1] == 'h' || p[1] == 'H')) {
			text_add(&t, router_hostname(r));
			p++;
		} else if (p[0] == '$' && (p[1] == 't' || p[1] == 'T')) {
			if (real)
				put_stamp(r, &t);
			else
				text_add(&t, "<timestamp>");
			stamped = true;
			p++;
		} else
			text_addc(&t, *p);
	if (!stamped && !real)
		text_add(&t, "-<timestamp>");
	else if (!stamped) {
		text_addc(&t, '-');
		put_stamp(r, &t);
	}
	text_printf(&t, "-%u", r->archive->saves);
	return text_take(&t);
}

char *
archive_next_name(const struct router *r)
{
	return r->cfg->archive.path == NULL ? NULL : expand(r, false);
}

static void
drop_oldest(struct archive *a)
{
	const char *name;

	if (flash_url(a->name[0], &name) == FLASH_OK)
		flash_delete(a->r->flash, name);
	free(a->name[0]);
	memmove(a->name, a->name + 1, (a->n - 1) * sizeof(*a->name));
	a->n--;
}

/* The first goes only when the new one is safe: there is room for one more than the maximum. */
static void
list_add(struct archive *a, char *url)
{
	while (a->n > 0 && a->n >= archive_maximum(a->r))
		drop_oldest(a);
	a->name[a->n++] = url;
}

enum flash_status
archive_save(struct router *r, const char **name)
{
	struct archive *a = r->archive;
	struct text t = { 0 };
	enum flash_status s;
	const char *file;
	char *url;

	if (r->cfg->archive.path == NULL || a->ops == NULL)
		return FLASH_BAD_SYSTEM;
	url = expand(r, true);
	a->ops->running(a->arg, r, &t);
	if ((s = flash_url(url, &file)) == FLASH_OK)
		s = flash_write(r->flash, file, text_str(&t), t.len, false, router_now(r));
	text_free(&t);
	if (s != FLASH_OK) {
		free(url);
		return s;
	}
	a->saves++;
	list_add(a, url);
	*name = a->name[a->n - 1];
	return FLASH_OK;
}
