/*
 * Syslog and debug messages.  A message is formatted once, when it is logged, kept in a buffer that
 * is bounded in bytes and holds memory only for what is in it, and handed to the taps (consoles,
 * waiters).  The mark that IOS puts before the time of a clock that nobody has set ('*') or that has
 * lost its source ('.') is never there: the lab's clock is the source and is always right.
 */

#include <sys/queue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"
#include "engine/log.h"
#include "engine/syslog.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"

struct kept {
	STAILQ_ENTRY(kept)	 next;
	size_t			 size;		/* of text, with its end */
	char			 text[];
};

struct log_tap {
	TAILQ_ENTRY(log_tap)	 next;
	struct logger		*logger;
	enum log_sink		 sink;
	void			(*fn)(void *, const struct log_entry *, const char *);
	void			*arg;
	bool			 dead;		/* taken away while messages were handed out */
};

struct logger {
	struct router		*r;
	STAILQ_HEAD(, kept)	 buffer;
	size_t			 bytes;
	uint64_t		 number;
	TAILQ_HEAD(, log_tap)	 taps;
	unsigned		 busy;		/* handing out: taps are only marked dead */
	int64_t			 window_ns;	/* rate limit: the second that is counted */
	uint32_t		 in_window;
	struct log_stats	 stats;
};

struct logger *
logger_new(struct router *r)
{
	struct logger *l = xcalloc(1, sizeof(*l));

	l->r = r;
	STAILQ_INIT(&l->buffer);
	TAILQ_INIT(&l->taps);
	return l;
}

static void
buffer_drop_oldest(struct logger *l)
{
	struct kept *k = STAILQ_FIRST(&l->buffer);

	STAILQ_REMOVE_HEAD(&l->buffer, next);
	l->bytes -= k->size;
	free(k);
}

static void
buffer_empty(struct logger *l)
{
	while (!STAILQ_EMPTY(&l->buffer))
		buffer_drop_oldest(l);
}

/* A boot: the buffer and the counts are of this run of the router; taps stay. */
void
logger_reset(struct logger *l)
{
	buffer_empty(l);
	l->number = 0;
	l->in_window = 0;
	l->stats = (struct log_stats){ 0 };
}

void
logger_free(struct logger *l)
{
	struct log_tap *t;

	if (l == NULL)
		return;
	buffer_empty(l);
	while ((t = TAILQ_FIRST(&l->taps)) != NULL) {
		TAILQ_REMOVE(&l->taps, t, next);
		free(t);
	}
	free(l);
}

static const char *
month_name(int month)
{
	static const char *const names[] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

	return month >= 1 && month <= 12 ? names[month - 1] : "???";
}

/* hh:mm:ss in the first day, then days and hours, weeks and days, years and weeks. */
static void
stamp_uptime(int64_t ns, struct text *out)
{
	long s = (long)(ns / NSEC_SEC), h = s / 3600, d = h / 24;

	if (d < 1)
		text_printf(out, "%02ld:%02ld:%02ld: ", h, s / 60 % 60, s % 60);
	else if (d < 7)
		text_printf(out, "%ldd%02ldh: ", d, h % 24);
	else if (d < 365)
		text_printf(out, "%ldw%ldd: ", d / 7, d % 7);
	else
		text_printf(out, "%ldy%ldw: ", d / 365, d % 365 / 7);
}

static void
stamp_datetime(const struct config *cfg, const struct cfg_timestamps *st, int64_t ns, struct text *out)
{
	struct civil c;

	if (st->localtime)
		ns += cfg->timezone_minutes * 60 * NSEC_SEC;
	civil_from_ns(ns, &c);
	text_printf(out, "%s %2d ", month_name(c.month), c.day);
	if (st->year)
		text_printf(out, "%d ", c.year);
	text_printf(out, "%02d:%02d:%02d", c.hour, c.minute, c.second);
	if (st->msec)
		text_printf(out, ".%03d", c.ms);
	if (st->zone)
		text_printf(out, " %s", st->localtime && cfg->timezone != NULL ? cfg->timezone : "UTC");
	text_add(out, ": ");
}

void
log_format(const struct router *r, const struct log_entry *e, struct text *out)
{
	const struct cfg_timestamps *st = e->debug ? &r->cfg->stamp_debug : &r->cfg->stamp_log;

	if (r->cfg->sequence_numbers)
		text_printf(out, "%06llu: ", (unsigned long long)e->number);
	if (st->kind == CFG_STAMP_UPTIME)
		stamp_uptime(e->when_ns - r->boot_ns, out);
	else if (st->kind == CFG_STAMP_DATETIME)
		stamp_datetime(r->cfg, st, e->when_ns + r->clock_offset_ns, out);
	text_add(out, e->body);
}

static void
buffer_keep(struct logger *l, const char *formatted)
{
	size_t size = strlen(formatted) + 1, room = l->r->cfg->logging.buffer_size;
	struct kept *k;

	l->stats.buffer++;
	while (l->bytes + size > room && !STAILQ_EMPTY(&l->buffer))
		buffer_drop_oldest(l);
	if (size > room)
		return;
	k = xmalloc(sizeof(*k) + size);
	k->size = size;
	memcpy(k->text, formatted, size);
	STAILQ_INSERT_TAIL(&l->buffer, k, next);
	l->bytes += size;
}

static void
taps_sweep(struct logger *l)
{
	struct log_tap *t, *n;

	for (t = TAILQ_FIRST(&l->taps); t != NULL; t = n) {
		n = TAILQ_NEXT(t, next);
		if (!t->dead)
			continue;
		TAILQ_REMOVE(&l->taps, t, next);
		free(t);
	}
}

static void
taps_tell(struct logger *l, enum log_sink sink, const struct log_entry *e, const char *formatted)
{
	struct log_tap *t;

	l->busy++;
	TAILQ_FOREACH(t, &l->taps, next)
		if (t->sink == sink && !t->dead)
			t->fn(t->arg, e, formatted);
	if (--l->busy == 0)
		taps_sweep(l);
}

/* logging rate-limit: so many a second, debugs only with `all`, nothing as severe as `except`. */
static bool
rate_limited(struct logger *l, const struct log_entry *e)
{
	const struct cfg_logging *c = &l->r->cfg->logging;
	int64_t window = e->when_ns / NSEC_SEC;

	if (c->rate_limit == 0 || (e->debug && !c->rate_limit_all) || e->severity <= c->rate_limit_except)
		return false;
	if (window != l->window_ns) {
		l->window_ns = window;
		l->in_window = 0;
	}
	if (l->in_window < c->rate_limit) {
		l->in_window++;
		return false;
	}
	l->stats.rate_limited++;
	return true;
}

static void
deliver(struct logger *l, const struct log_entry *e, const char *formatted)
{
	const struct cfg_logging *c = &l->r->cfg->logging;
	bool limited = rate_limited(l, e);

	if (!c->off && e->severity <= c->buffered && (!limited || c->rate_limit_console))
		buffer_keep(l, formatted);
	if (e->severity <= c->console && !limited) {
		l->stats.console++;
		taps_tell(l, LOG_SINK_CONSOLE, e, formatted);
	}
	if (!c->off && e->severity <= c->monitor && (!limited || c->rate_limit_console)) {
		l->stats.monitor++;
		taps_tell(l, LOG_SINK_MONITOR, e, formatted);
	}
	if (!c->off && (!limited || c->rate_limit_console))
		syslog_log(l->r, e, formatted);
	taps_tell(l, LOG_SINK_ALL, e, formatted);
}

static void
log_body(struct router *r, int severity, bool debug, const char *body)
{
	struct logger *l = r->log;
	struct log_entry e = {.when_ns = clock_now(r->clock),
	    .severity = (uint8_t)severity,
	    .debug = debug,
	    .body = body};
	struct text line = { 0 };

	e.number = ++l->number;
	log_format(r, &e, &line);
	deliver(l, &e, text_str(&line));
	text_free(&line);
}

void
log_syslog(struct router *r, const char *facility, int severity, const char *mnemonic, const char *fmt, ...)
{
	struct text body = { 0 };
	va_list ap;

	text_printf(&body, "%%%s-%d-%s: ", facility, severity, mnemonic);
	va_start(ap, fmt);
	text_vprintf(&body, fmt, ap);
	va_end(ap);
	log_body(r, severity, false, text_str(&body));
	text_free(&body);
}

void
log_debug(struct router *r, const char *fmt, ...)
{
	struct text body = { 0 };
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(&body, fmt, ap);
	va_end(ap);
	log_body(r, LOG_SEV_DEBUG, true, text_str(&body));
	text_free(&body);
}

struct log_tap *
log_tap_add(struct router *r, enum log_sink sink,
    void (*fn)(void *, const struct log_entry *, const char *), void *arg)
{
	struct log_tap *t = xcalloc(1, sizeof(*t));

	t->logger = r->log;
	t->sink = sink;
	t->fn = fn;
	t->arg = arg;
	TAILQ_INSERT_TAIL(&r->log->taps, t, next);
	return t;
}

void
log_tap_del(struct log_tap *t)
{
	if (t == NULL)
		return;
	if (t->logger->busy > 0) {
		t->dead = true;
		return;
	}
	TAILQ_REMOVE(&t->logger->taps, t, next);
	free(t);
}

void
log_buffer_each(struct router *r, void (*fn)(void *, const char *), void *arg)
{
	struct kept *k;

	STAILQ_FOREACH(k, &r->log->buffer, next)
		fn(arg, k->text);
}

void
log_buffer_clear(struct router *r)
{
	buffer_empty(r->log);
	r->log->stats.flushes++;
}

/* The configured size or level has changed. */
void
log_apply(struct router *r)
{
	struct logger *l = r->log;

	while (l->bytes > r->cfg->logging.buffer_size)
		buffer_drop_oldest(l);
}

void
log_stats(const struct router *r, struct log_stats *out)
{
	*out = r->log->stats;
}

static bool
cond_has_peer(const struct debug_condition *c, const struct addr *peer)
{
	for (size_t i = 0; i < c->npeers; i++)
		if (addr_eq(&c->peers[i], peer))
			return true;
	return false;
}

static bool
cond_has_spi(const struct debug_condition *c, uint32_t spi)
{
	for (size_t i = 0; i < c->nspis; i++)
		if (c->spis[i] == spi)
			return true;
	return false;
}

/*
 * debug crypto condition: without a condition all is shown; else what any of them names.  A message that
 * tells of no peer or no SPI (peer NULL, spi 0) can't be matched by it.
 */
bool
debug_passes(const struct router *r, const struct addr *peer, uint32_t spi)
{
	const struct debug_condition *c = &r->cond;

	if (c->npeers == 0 && c->nspis == 0)
		return true;
	if (spi == 0)
		spi = c->about;
	return (peer != NULL && cond_has_peer(c, peer)) || (spi != 0 && cond_has_spi(c, spi));
}
