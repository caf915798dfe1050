/* Messages over the network: what a datagram holds, the queue in front of the datapath, and counts. */

#include "engine/syslog.h"

#include <sys/queue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"
#include "engine/log.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"

#define SOURCE_PORT	57642u		/* as IOS's begin */
#define TTL		255
#define COUNTS_MAX	512u		/* kinds of messages that are counted */
#define WORD_LEN	32u

struct queued {
	STAILQ_ENTRY(queued)	 next;
	struct log_entry	 e;		/* body: within this */
	uint64_t		 number;
	char			*formatted;
};

/* What became of messages for a host that is, or was, configured. */
struct sent {
	uint32_t	 addr;
	uint16_t	 port;
	uint64_t	 lines, dropped;
};

struct count {
	char		 facility[WORD_LEN], mnemonic[WORD_LEN];
	unsigned	 severity;
	uint64_t	 n;
	int64_t		 last_ns;
};

struct syslog {
	struct router	*r;
	struct timer	 timer;
	STAILQ_HEAD(, queued) queue;
	size_t		 nqueued;
	bool		 sending;
	uint64_t	 number;
	struct syslog_info info;
	struct sent	*sent;
	size_t		 nsent;
	struct count	*counts;	/* by facility, then mnemonic */
	size_t		 ncounts;
};

/* ---- the datagram ---- */

/* A control character on the wire could forge lines in somebody's log: runs of them become one blank. */
static void
put_harmless(struct text *out, const char *s)
{
	bool blank = false;

	for (; *s != '\0'; s++) {
		bool bad = (unsigned char)*s < 0x20 || *s == 0x7f;

		if (bad && !blank)
			text_addc(out, ' ');
		if (!bad && !(blank && *s == ' '))
			text_addc(out, *s);
		blank = bad || (blank && *s == ' ');
	}
}

/* "%SYS-5-CONFIG_I: ..." taken apart; false: it is debugging output. */
static bool
parts_of(const char *body, char facility[WORD_LEN], char mnemonic[WORD_LEN])
{
	size_t end = strcspn(body, ":"), f;
	const char *dash, *m;

	if (body[0] != '%' || body[end] != ':' || (dash = memchr(body, '-', end)) == NULL)
		return false;
	f = (size_t)(dash - body) - 1;
	if ((m = memchr(dash + 1, '-', end - (size_t)(dash + 1 - body))) == NULL)
		return false;
	m++;
	snprintf(facility, WORD_LEN, "%.*s", (int)(f < WORD_LEN ? f : WORD_LEN - 1), body + 1);
	snprintf(mnemonic, WORD_LEN, "%.*s", (int)((size_t)(body + end - m) < WORD_LEN ? body + end - m : WORD_LEN - 1), m);
	return strpbrk(facility, " \t") == NULL && strpbrk(mnemonic, " \t") == NULL;
}

static void
put_3164_time(const struct router *r, int64_t ns, struct text *out)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct civil c;

	civil_from_ns(ns + r->clock_offset_ns, &c);
	text_printf(out, "%s %2d %02d:%02d:%02d", months[(c.month + 11) % 12], c.day, c.hour, c.minute, c.second);
}

/* RFC 5424, 6: version, time, host, application, process, kind, structured data. */
static void
put_5424(const struct router *r, const struct log_entry *e, uint64_t number, struct text *out)
{
	char facility[WORD_LEN] = "-", mnemonic[WORD_LEN] = "-";
	struct civil c;

	parts_of(e->body, facility, mnemonic);
	civil_from_ns(e->when_ns + r->clock_offset_ns, &c);
	text_printf(out, "1 %04d-%02d-%02dT%02d:%02d:%02d.%03dZ %s %s - %s [meta sequenceId=\"%llu\"] ", c.year, c.month, c.day, c.hour, c.minute, c.second,
	    c.ms, router_hostname(r), facility, mnemonic, (unsigned long long)((number - 1) % INT32_MAX + 1));
	put_harmless(out, e->body);
}

static void
put_origin(const struct router *r, uint32_t src, struct text *out)
{
	const struct cfg_syslog *c = &r->cfg->syslog;
	char a[ADDR_STRLEN];

	if (c->origin == SYSLOG_ORIGIN_HOSTNAME)
		text_printf(out, "%s: ", router_hostname(r));
	else if (c->origin == SYSLOG_ORIGIN_IP)
		text_printf(out, "%s: ", ip4_fmt(src, a));
	else if (c->origin == SYSLOG_ORIGIN_STRING) {
		put_harmless(out, c->origin_text);
		text_add(out, ": ");
	}
}

void
syslog_datagram(const struct router *r, const struct log_entry *e, const char *formatted, uint64_t number, uint32_t src, bool named, struct text *out)
{
	text_printf(out, "<%u>", r->cfg->syslog.facility * 8 + e->severity);
	if (r->cfg->syslog.rfc5424)
		put_5424(r, e, number, out);
	else if (named) {
		put_3164_time(r, e->when_ns, out);
		text_printf(out, " %s ", router_hostname(r));
		put_harmless(out, e->body);
	} else {
		text_printf(out, "%llu: ", (unsigned long long)number);
		put_origin(r, src, out);
		put_harmless(out, formatted);
	}
	if (out->len > SYSLOG_LINE)
		out->s[out->len = SYSLOG_LINE] = '\0';
}

/* ---- out ---- */

static uint32_t
source(struct router *r, uint32_t to)
{
	const char *name = r->cfg->syslog.source_if;
	struct if_info i;

	if (name != NULL && router_if_info(r, name, &i) && i.ip.addr != 0)
		return i.ip.addr;
	return dp_source_for(r->dp, to);
}

static struct sent *
sent_of(struct syslog *s, const struct cfg_syslog_host *h)
{
	for (size_t i = 0; i < s->nsent; i++)
		if (s->sent[i].addr == h->addr && s->sent[i].port == h->port)
			return &s->sent[i];
	s->sent = xrealloc(s->sent, (s->nsent + 1) * sizeof(*s->sent));
	s->sent[s->nsent] = (struct sent){ .addr = h->addr, .port = h->port };
	return &s->sent[s->nsent++];
}

static void
send_to(struct syslog *s, const struct cfg_syslog_host *h, const struct queued *q)
{
	uint32_t src = source(s->r, h->addr);
	struct sent *to = sent_of(s, h);
	struct text t = { 0 };

	syslog_datagram(s->r, &q->e, q->formatted, q->number, src, false, &t);
	if (src != 0 && dp_udp_send(s->r->dp, src, h->addr, SOURCE_PORT, h->port, t.s, t.len, TTL, clock_now(s->r->clock)))
		to->lines++;
	else
		to->dropped++;
	text_free(&t);
}

static void
queued_free(struct queued *q)
{
	free(q->formatted);
	free(q);
}

static void
drain(void *arg)
{
	struct syslog *s = arg;
	struct queued *q;

	s->sending = true;
	while ((q = STAILQ_FIRST(&s->queue)) != NULL) {
		const struct cfg_syslog_host *h;

		STAILQ_REMOVE_HEAD(&s->queue, next);
		s->nqueued--;
		TAILQ_FOREACH(h, &s->r->cfg->syslog.hosts, next)
			send_to(s, h, q);
		queued_free(q);
	}
	s->sending = false;
}

/* What is logged while messages go out is about them: it would go round for ever. */
static void
enqueue(struct syslog *s, const struct log_entry *e, const char *formatted)
{
	struct queued *q;

	if (s->sending || s->nqueued == SYSLOG_QUEUE) {
		s->info.dropped++;
		return;
	}
	q = xcalloc(1, sizeof(*q));
	q->e = *e;
	q->formatted = xstrdup(formatted);
	q->e.body = q->formatted + (strlen(formatted) - strlen(e->body));	/* it ends with the body */
	q->number = ++s->number;
	s->info.lines++;
	STAILQ_INSERT_TAIL(&s->queue, q, next);
	if (s->nqueued++ == 0)
		timer_in(&s->timer, 0);
}

/* ---- logging count ---- */

static size_t
count_place(const struct syslog *s, const char *facility, const char *mnemonic, bool *there)
{
	size_t lo = 0, hi = s->ncounts;

	*there = false;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = strcmp(s->counts[mid].facility, facility);

		if (c == 0 && (c = strcmp(s->counts[mid].mnemonic, mnemonic)) == 0) {
			*there = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void
count_message(struct syslog *s, const struct log_entry *e)
{
	char facility[WORD_LEN], mnemonic[WORD_LEN];
	struct count *c;
	bool there;
	size_t at;

	if (!parts_of(e->body, facility, mnemonic))
		return;
	at = count_place(s, facility, mnemonic, &there);
	if (!there) {
		if (s->ncounts == COUNTS_MAX)
			return;
		s->counts = xrealloc(s->counts, (s->ncounts + 1) * sizeof(*s->counts));
		memmove(s->counts + at + 1, s->counts + at, (s->ncounts++ - at) * sizeof(*s->counts));
		c = &s->counts[at];
		*c = (struct count){ .severity = e->severity };
		memcpy(c->facility, facility, WORD_LEN);
		memcpy(c->mnemonic, mnemonic, WORD_LEN);
	}
	s->counts[at].n++;
	s->counts[at].last_ns = e->when_ns;
}

/* ---- life ---- */

struct syslog *
syslog_new(struct router *r)
{
	struct syslog *s = xcalloc(1, sizeof(*s));

	s->r = r;
	STAILQ_INIT(&s->queue);
	timer_init(&s->timer, r->clock, drain, s);
	return s;
}

void
syslog_free(struct syslog *s)
{
	struct queued *q;

	if (s == NULL)
		return;
	timer_stop(&s->timer);
	while ((q = STAILQ_FIRST(&s->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&s->queue, next);
		queued_free(q);
	}
	free(s->sent);
	free(s->counts);
	free(s);
}

void
syslog_log(struct router *r, const struct log_entry *e, const char *formatted)
{
	const struct cfg_syslog *c = &r->cfg->syslog;

	if (r->syslog == NULL)
		return;
	if (c->count)
		count_message(r->syslog, e);
	if (!TAILQ_EMPTY(&c->hosts) && e->severity <= c->trap)
		enqueue(r->syslog, e, formatted);
}

/* ---- for show ---- */

void
syslog_info(const struct router *r, struct syslog_info *out)
{
	*out = r->syslog == NULL ? (struct syslog_info){ 0 } : r->syslog->info;
}

void
syslog_host_each(const struct router *r, void (*fn)(void *arg, const struct syslog_host_info *i), void *arg)
{
	const struct cfg_syslog_host *h;

	TAILQ_FOREACH(h, &r->cfg->syslog.hosts, next) {
		const struct sent *s = sent_of(r->syslog, h);

		fn(arg, &(struct syslog_host_info){ h->addr, h->port, s->lines, s->dropped, dp_source_for(r->dp, h->addr) != 0 });
	}
}

void
syslog_count_each(const struct router *r, void (*fn)(void *arg, const struct syslog_count *c), void *arg)
{
	for (size_t i = 0; i < r->syslog->ncounts; i++) {
		const struct count *c = &r->syslog->counts[i];

		fn(arg, &(struct syslog_count){ c->facility, c->mnemonic, c->severity, c->n, c->last_ns });
	}
}
