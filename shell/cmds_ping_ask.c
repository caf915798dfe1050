/* The dialogue of a bare `ping`: each question has an answer in brackets that Return gives. */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/config.h"
#include "engine/router.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "shell/cmds.h"
#include "shell/ping.h"
#include "shell/session.h"

/* A number within bounds, or what stands in brackets; false: broken off or refused. */
static bool
ask_number(struct session *s, const char *question, int base, uint32_t lo, uint32_t hi, uint32_t *value)
{
	char *answer = session_ask(s, question, INPUT_QUESTION), *end;
	unsigned long v;
	bool ok = answer != NULL;

	if (ok && answer[0] != '\0') {
		v = strtoul(answer, &end, base);
		ok = *end == '\0' && answer[0] != '-' && v >= lo && v <= hi;
		if (ok)
			*value = (uint32_t)v;
		else
			session_error(s, base == 10 ? "%% A decimal number between %u and %u." : "%% A number between %u and %u.", lo, hi);
	}
	free(answer);
	return ok;
}

/* y, n, or Return for what is in brackets. */
static bool
ask_yes(struct session *s, const char *question, bool *yes)
{
	char *answer = session_ask(s, question, INPUT_QUESTION);
	size_t n = answer == NULL ? 0 : strlen(answer);
	bool ok = answer != NULL;

	if (n > 0) {
		*yes = strncasecmp(answer, "yes", n) == 0;
		ok = *yes || strncasecmp(answer, "no", n) == 0;
		if (!ok)
			session_error(s, "%% Please answer 'yes' or 'no'.");
	}
	free(answer);
	return ok;
}

static bool
ask_target(struct session *s, uint32_t *dst)
{
	char *answer = session_ask(s, "Protocol [ip]: ", INPUT_QUESTION);
	bool ok = answer != NULL && (answer[0] == '\0' || strcasecmp(answer, "ip") == 0);

	if (answer != NULL && !ok)
		session_error(s, "%% Unknown protocol - \"%s\"", answer);
	free(answer);
	if (!ok)
		return false;
	answer = session_ask(s, "Target IP address: ", INPUT_QUESTION);
	ok = answer != NULL && ip4_parse(answer, dst);
	if (answer != NULL && !ok)
		session_error(s, "%% Bad IP address");
	free(answer);
	return ok;
}

static bool
ask_source(struct session *s, uint32_t *src)
{
	char *answer = session_ask(s, "Source address or interface: ", INPUT_QUESTION), ifname[CFG_IF_NAME];
	enum cfg_if_kind kind;
	uint32_t addr;
	bool ok = answer != NULL;

	if (ok && answer[0] != '\0') {
		if (ip4_parse(answer, &addr))
			ok = ping_source_addr(s, addr, src);
		else
			ok = ping_source_if(s, ifname_parse(answer, ifname, &kind) ? ifname : answer, src);
	}
	free(answer);
	return ok;
}

static bool
ask_extended(struct session *s, struct ping *p)
{
	uint32_t tos = 0, pattern = p->q.pattern;
	bool ok = ask_source(s, &p->q.src) &&
	    ask_number(s, "Type of service [0]: ", 0, 0, 255, &tos) &&
	    ask_yes(s, "Set DF bit in IP header? [no]: ", &p->q.df) &&
	    ask_number(s, "Data pattern [0xABCD]: ", 16, 0, 0xffff, &pattern);

	p->q.tos = (uint8_t)tos;
	p->q.pattern = (uint16_t)pattern;
	return ok;
}

static bool
ask_sweep(struct session *s, struct ping *p)
{
	uint32_t from = PING_SIZE_LEAST, to = PING_SIZE_MOST, step = 1;

	if (!ask_number(s, "Sweep min size [36]: ", 10, PING_SIZE_LEAST, PING_SIZE_MOST, &from) ||
	    !ask_number(s, "Sweep max size [18024]: ", 10, from, PING_SIZE_MOST, &to) ||
	    !ask_number(s, "Sweep interval [1]: ", 10, 1, PING_SIZE_MOST, &step))
		return false;
	p->q.size = from;
	p->sweep_to = to;
	p->sweep_step = step;
	return true;
}

static void
cmd_ping_ask(struct session *s, const struct args *a)
{
	uint32_t bytes = 100, seconds = 2;
	bool extended = false, sweep = false;
	struct ping p;

	(void)a;
	ping_defaults(&p);
	if (!ask_target(s, &p.q.dst) ||
	    !ask_number(s, "Repeat count [5]: ", 10, 1, 2147483647, &p.count) ||
	    !ask_number(s, "Datagram size [100]: ", 10, PING_SIZE_LEAST, PING_SIZE_MOST, &bytes) ||
	    !ask_number(s, "Timeout in seconds [2]: ", 10, 0, 3600, &seconds) ||
	    !ask_yes(s, "Extended commands [n]: ", &extended))
		return;
	p.q.size = bytes;
	p.q.timeout_ns = seconds * NSEC_SEC;
	if ((extended && !ask_extended(s, &p)) || !ask_yes(s, "Sweep range of sizes [n]: ", &sweep) || (sweep && !ask_sweep(s, &p)))
		return;
	ping_run(s, &p);
}

static const struct cmd rows[] = {
	{ M(PRIV), 1, 0, "ping", "Send echo requests", cmd_ping_ask },
};

CMD_TABLE(cmds_ping_ask, rows);
