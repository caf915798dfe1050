/* The configuration of messages that go over the network. */

#include <stdlib.h>

#include "engine/cfg_syslog.h"
#include "engine/config.h"
#include "lib/mem.h"

void
cfg_syslog_init(struct cfg_syslog *s)
{
	*s = (struct cfg_syslog){ .trap = SYSLOG_TRAP, .facility = SYSLOG_FACILITY };
	TAILQ_INIT(&s->hosts);
}

void
cfg_syslog_free(struct cfg_syslog *s)
{
	while (!TAILQ_EMPTY(&s->hosts))
		cfg_syslog_host_del(s, TAILQ_FIRST(&s->hosts));
	free(s->origin_text);
	free(s->source_if);
}

struct cfg_syslog_host *
cfg_syslog_host(struct cfg_syslog *s, uint32_t addr, uint16_t port, bool create)
{
	struct cfg_syslog_host *h;

	TAILQ_FOREACH(h, &s->hosts, next)
		if (h->addr == addr && h->port == port)
			return h;
	if (!create)
		return NULL;
	h = xcalloc(1, sizeof(*h));
	h->addr = addr;
	h->port = port;
	TAILQ_INSERT_TAIL(&s->hosts, h, next);
	return h;
}

void
cfg_syslog_host_del(struct cfg_syslog *s, struct cfg_syslog_host *h)
{
	TAILQ_REMOVE(&s->hosts, h, next);
	free(h);
}

const char *
syslog_facility(unsigned i, unsigned *value)
{
	static const struct { const char *name; unsigned value; } facilities[] = {
		{ "auth", 4 }, { "cron", 9 }, { "daemon", 3 }, { "kern", 0 }, { "local0", 16 }, { "local1", 17 }, { "local2", 18 }, { "local3", 19 },
		{ "local4", 20 }, { "local5", 21 }, { "local6", 22 }, { "local7", 23 }, { "lpr", 6 }, { "mail", 2 }, { "news", 7 },
		{ "sys10", 10 }, { "sys11", 11 }, { "sys12", 12 }, { "sys13", 13 }, { "sys14", 14 }, { "syslog", 5 }, { "user", 1 }, { "uucp", 8 },
	};

	if (i >= sizeof(facilities) / sizeof(facilities[0]))
		return NULL;
	*value = facilities[i].value;
	return facilities[i].name;
}
