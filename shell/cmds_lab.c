/* The lab's console: time, links, traffic, faults, power, captures, settings, snapshots. */

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/lab.h"
#include "engine/log.h"
#include "lib/addr.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds.h"
#include "shell/lab_values.h"
#include "shell/session.h"
#include "shell/tty.h"

#define FORGED_BITS	(120 * 8)	/* of a forged packet, for a rate in bits */
#define REGEX_MAX	1024		/* characters */

/* What the lab refused. */
static void
refused(struct session *s, bool ok, char *why)
{
	if (!ok)
		session_error(s, "%% %s", why);
	free(why);
}

/* ---- time ---- */

static void
cmd_wait(struct session *s, const struct args *a)
{
	session_sleep(s, arg_duration(a, "time"));
}

/* However often it is typed, the times are those of a stream of its own: nothing else in the lab shifts. */
static void
cmd_wait_random(struct session *s, const struct args *a)
{
	char *name = xasprintf("wait/%lld", (long long)clock_now(session_clock(s)));
	struct chance *c = chance_new_child(lab_chance(s->lab), name);
	int64_t most = arg_duration(a, "longest"), ns = (int64_t)(chance_u64(c) % (uint64_t)(most + 1));

	chance_free(c);
	free(name);
	session_sleep(s, ns);
}

struct watch {
	struct session	*s;
	regex_t		 re;
	bool		 seen;
	int64_t		 at;
};

static void
watch_log(void *arg, const struct log_entry *e, const char *formatted)
{
	struct watch *w = arg;

	if (w->seen || (regexec(&w->re, e->body, 0, NULL, 0) != 0 && regexec(&w->re, formatted, 0, NULL, 0) != 0))
		return;
	w->seen = true;
	w->at = clock_now(session_clock(w->s));
	session_wake(w->s);
}

static void
watch_result(struct session *s, const struct watch *w, int64_t start, int64_t within)
{
	struct text span = {0};
	int64_t ms = (w->at - start + NSEC_MS / 2) / NSEC_MS;

	if (w->seen) {
		session_printf(s, "matched after %lld.%03lld s\n", (long long)(ms / 1000), (long long)(ms % 1000));
		return;
	}
	text_printf(&span, "%.10g", (double)within / (double)NSEC_SEC);
	session_printf(s, "%% not seen within %s s\n", text_str(&span));
	text_free(&span);
}

static struct node *
router_named(struct session *s, const char *name)
{
	struct node *n = lab_node_by_hostname(s->lab, name);

	if (n != NULL && n->kind == NODE_ROUTER)
		return n;
	session_error(s, n == NULL ? "%% no node is called '%s'" : "%% %s is no router", name);
	return NULL;
}

static bool
watch_compile(struct session *s, struct watch *w, const char *pattern)
{
	char message[200];
	int error;

	if (strlen(pattern) > REGEX_MAX) {
		session_error(s, "%% the regular expression is longer than %d characters", REGEX_MAX);
		return false;
	}
	error = regcomp(&w->re, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
	if (error == 0)
		return true;
	regerror(error, &w->re, message, sizeof(message));
	session_error(s, "%% '%s' is no regular expression: %s", pattern, message);
	return false;
}

static void
cmd_wait_log(struct session *s, const struct args *a)
{
	struct node *n = router_named(s, arg_str(a, "node"));
	int64_t start = clock_now(session_clock(s)), within = arg_duration(a, "limit");
	struct watch w = { .s = s };
	struct log_tap *tap;
	bool on = true;

	if (n == NULL || !watch_compile(s, &w, arg_str(a, "pattern")))
		return;
	tap = log_tap_add(n->router, LOG_SINK_ALL, watch_log, &w);
	while (on && !w.seen && clock_now(session_clock(s)) < start + within)
		on = session_block(s, start + within);
	log_tap_del(tap);
	regfree(&w.re);
	if (on || w.seen)
		watch_result(s, &w, start, within);
}

static void
cmd_expect(struct session *s, const struct args *a)
{
	char *why = NULL;
	enum expect e = expect_judge(arg_str(a, "what"), &why);

	refused(s, e == EXPECT_TRUE, why);
}

/* ---- links ---- */

static void
cmd_link(struct session *s, const struct args *a)
{
	char *why = NULL;
	bool ok = lab_link_set(s->lab, arg_str(a, "end"), arg_has(a, "up"), &why);

	refused(s, ok, why);
}

static void
cmd_impair_clear(struct session *s, const struct args *a)
{
	char *why = NULL;
	bool ok = lab_link_impair(s->lab, arg_str(a, "end"), NULL, &why);

	refused(s, ok, why);
}

static bool
read_share(struct session *s, const struct args *a, const char *name, double *share)
{
	const char *v = arg_str(a, name);

	if (v == NULL || share_parse(v, share))
		return true;
	session_error(s, "%% '%s' is no share: 0%% to 100%%", v);
	return false;
}

static bool
read_rate(struct session *s, const struct args *a, const char *name, uint64_t *bps)
{
	const char *v = arg_str(a, name);

	if (v == NULL || rate_parse(v, bps))
		return true;
	session_error(s, "%% '%s' is no rate (64kbps, 2Mbps, 1Gbps)", v);
	return false;
}

/* What is named is set, what was set before stays. */
static void
cmd_impair(struct session *s, const struct args *a)
{
	static const char *const what[] = { "lost", "by", "about", "twice", "late", "bent", "bits" };
	struct impairment i;
	char *why = NULL;
	size_t named = 0;
	bool ok;

	for (size_t k = 0; k < sizeof(what) / sizeof(what[0]); k++)
		named += arg_has(a, what[k]);
	if (named == 0) {
		session_error(s, "%% Incomplete command.\n\n");
		return;
	}
	if (!lab_link_impairment(s->lab, arg_str(a, "end"), &i, &why)) {
		refused(s, false, why);
		return;
	}
	if (!read_share(s, a, "lost", &i.loss) || !read_share(s, a, "twice", &i.duplicate) ||
	    !read_share(s, a, "late", &i.reorder) || !read_share(s, a, "bent", &i.corrupt) ||
	    !read_rate(s, a, "bits", &i.rate_bps))
		return;
	if (arg_has(a, "by")) {
		i.delay_ns = arg_duration(a, "by");
		i.delay_set = true;
	}
	if (arg_has(a, "about"))
		i.jitter_ns = arg_duration(a, "about");
	ok = lab_link_impair(s->lab, arg_str(a, "end"), &i, &why);
	refused(s, ok, why);
}

/* ---- traffic ---- */

static void
traffic_line(struct session *s, const char *from, const char *to, uint64_t bps, uint32_t size, int64_t for_ns)
{
	struct text t = {0};

	text_printf(&t, "%s -> %s: UDP, ", lab_node(s->lab, from)->name, lab_node(s->lab, to)->name);
	rate_text(&t, bps);
	text_printf(&t, ", packets of %u bytes, one every ", size);
	span_text(&t, (int64_t)((double)size * 8 * (double)NSEC_SEC / (double)bps));
	if (for_ns > 0) {
		text_add(&t, ", for ");
		span_text(&t, for_ns);
	}
	session_printf(s, "%s\n", text_str(&t));
	text_free(&t);
}

static void
cmd_traffic(struct session *s, const struct args *a)
{
	const char *from = arg_str(a, "from"), *to = arg_str(a, "to");
	uint64_t bps = 0;
	char *why = NULL;
	bool ok;

	if (args_no(a) || args_default(a)) {
		ok = lab_traffic_stop(s->lab, from, to, &why);
		refused(s, ok, why);
		return;
	}
	if (!read_rate(s, a, "bits", &bps))
		return;
	ok = lab_traffic_start(s->lab, from, to, bps, arg_u32(a, "bytes"), arg_duration(a, "time"), &why);
	if (ok)
		traffic_line(s, from, to, bps, arg_u32(a, "bytes"), arg_duration(a, "time"));
	refused(s, ok, why);
}

/* ---- faults and forgeries ---- */

static int
exchange_type(const struct args *a)
{
	/* RFC 2408, 3.1; RFC 2409, 5.5 and 5.6.1 */
	static const struct { const char *word; int type; } types[] = {
		{ "main", 2 }, { "aggressive", 4 }, { "info", 5 }, { "transaction", 6 }, { "quick", 32 },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (arg_has(a, types[i].word))
			return types[i].type;
	return -1;
}

static struct fault_rule
fault_rule(const struct args *a)
{
	struct fault_rule f = {
		.action = arg_has(a, "drop") ? FAULT_DROP : arg_has(a, "duplicate") ? FAULT_DUPLICATE : FAULT_DELAY,
		.delay_ns = arg_duration(a, "by"),
		.what = arg_has(a, "esp") ? FAULT_ESP : arg_has(a, "ike") ? FAULT_IKE : FAULT_ANY,
		.spi_set = arg_has(a, "number"),
		.spi = arg_u32(a, "number"),
		.exchange = exchange_type(a),
		.message = arg_u32(a, "nth"),
		.skip = arg_u32(a, "pass"),
		.count = arg_u32(a, "times"),
	};

	return f;
}

static void
cmd_fault(struct session *s, const struct args *a)
{
	bool whole = arg_has(a, "drop") || arg_has(a, "duplicate") || arg_has(a, "delay");
	struct fault_rule f = fault_rule(a);
	const char *end = arg_str(a, "end");
	char *why = NULL;
	bool ok;

	if (!args_no(a) && !args_default(a))
		ok = lab_fault_add(s->lab, end, &f, &why);
	else if (whole)
		ok = lab_fault_del(s->lab, end, &f, &why);
	else
		ok = lab_fault_clear(s->lab, end, &why);
	refused(s, ok, why);
}

static void
cmd_fault_none(struct session *s, const struct args *a)
{
	char *why = NULL;
	bool ok = lab_fault_clear(s->lab, NULL, &why);

	(void)a;
	refused(s, ok, why);
}

/* "100", "100pps", "2Mbps" */
static bool
packet_rate(const char *v, double *pps)
{
	uint64_t bps;
	char *end;

	if (rate_parse(v, &bps)) {
		*pps = (double)bps / FORGED_BITS;
		return true;
	}
	*pps = v[0] >= '0' && v[0] <= '9' ? strtod(v, &end) : 0;
	return *pps > 0 && (*end == '\0' || strcmp(end, "pps") == 0 || strcmp(end, "/s") == 0);
}

static void
cmd_forge(struct session *s, const struct args *a)
{
	struct forge_req f = {
		.end = arg_str(a, "end"),
		.to = arg_u32(a, "to-address"),
		.spi_set = arg_has(a, "number"),
		.spi = arg_u32(a, "number"),
		.count = arg_u32(a, "times"),
	};
	const char *rate = arg_str(a, "each");
	char *why = NULL;
	bool ok;

	if (args_no(a) || args_default(a)) {
		ok = lab_forge_stop(s->lab, f.end, &why);
		refused(s, ok, why);
		return;
	}
	f.from.addr = addr_v4(arg_u32(a, arg_has(a, "sources") ? "sources" : "source"));
	f.from.len = (uint8_t)(arg_has(a, "sources") ? arg_prefix_len(a, "sources") : 32);
	if (rate != NULL && !packet_rate(rate, &f.rate_pps)) {
		session_error(s, "%% '%s' is no rate (100, 100pps, 2Mbps)", rate);
		return;
	}
	ok = lab_forge(s->lab, &f, &why);
	refused(s, ok, why);
}

/* ---- nodes ---- */

static void
cmd_power(struct session *s, const struct args *a)
{
	char *why = NULL;
	bool ok = lab_power(s->lab, arg_str(a, "node"), arg_has(a, "on"), &why);

	refused(s, ok, why);
}

static void
cmd_set(struct session *s, const struct args *a)
{
	char *why = NULL;
	bool ok = lab_set(s->lab, arg_str(a, "node"), arg_str(a, "key"), arg_str(a, "value"), &why);

	refused(s, ok, why);
}

static void
cmd_connect(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "node");
	struct node *n = NULL;

	if (strcasecmp(name, "lab") != 0 && (n = router_named(s, name)) == NULL)
		return;
	if (s->io->connect == NULL || !s->io->connect(s->io_arg, s, n))
		session_error(s, "%% This console cannot be taken elsewhere");
}

/* ---- captures ---- */

static void
cmd_capture(struct session *s, const struct args *a)
{
	char *why = NULL;
	bool ok;

	if (args_no(a) || args_default(a))
		ok = lab_capture_stop(s->lab, arg_str(a, "end"), &why);
	else
		ok = lab_capture_start(s->lab, arg_str(a, "end"), arg_str(a, "file"), arg_str(a, "folder"), &why);
	refused(s, ok, why);
}

static void
cmd_capture_none(struct session *s, const struct args *a)
{
	char *why = NULL;
	bool ok = lab_capture_stop(s->lab, NULL, &why);

	(void)a;
	refused(s, ok, why);
}

/* ---- snapshots ---- */

/* People from elsewhere are bound to this one process: it can be neither split nor left while they are here. */
static bool
others_are_here(struct session *s)
{
	const struct tty *t;

	for (struct node *n = lab_nodes(s->lab); n != NULL; n = n->next) {
		if (n->router == NULL)
			continue;
		LIST_FOREACH(t, &n->router->ttys, next)
			if (t->by != TTY_CONSOLE) {
				session_error(s, "%% Somebody has a session at %s over SSH or a socket; neither snapshot nor restore while he has", n->name);
				return true;
			}
	}
	return false;
}

/* Comes back once as typed, and once more for each `restore`, which goes on here (engine/snapshot.c). */
static void
cmd_snapshot(struct session *s, const struct args *a)
{
	void *payload = NULL;
	char *why = NULL;
	size_t n = 0;
	int r;

	if (others_are_here(s))
		return;
	r = lab_snapshot(s->lab, arg_str(a, "name"), &payload, &n, &why);
	if (r == 1 && s->io->carried != NULL)
		s->io->carried(s->io_arg, s, payload, n);
	free(payload);
	refused(s, why == NULL, why);
}

static void
cmd_restore(struct session *s, const struct args *a)
{
	size_t n = 0;
	void *payload;
	char *why = NULL;
	bool ok;

	if (others_are_here(s))
		return;
	payload = s->io->carry != NULL ? s->io->carry(s->io_arg, s, &n) : NULL;
	ok = lab_restore(s->lab, arg_str(a, "name"), payload, n, &why);
	free(payload);
	refused(s, ok, why);
}

#define END_HELP	"An end of a link, as Router1:Gi0/0"
#define WHICH		"{ any | esp [ spi HEX:number ] | " \
			"ike [ { main | aggressive | quick | info | transaction } ] [ message <1-16>:nth ] }"
#define WHICH_HELP	"Every frame\nESP\nWith one SPI\nThe SPI, 0x1234ABCD\n" \
			"Key exchange\nMain mode\nAggressive mode\nQuick mode\nInformational exchanges\nMode configuration\n" \
			"One message of an exchange\nIts number, both directions counted"

static const struct cmd rows[] = {
	{ M(LAB), 0, 0, "wait DURATION:time", "Let lab time run\nHow long: 500ms, 20s, 5m, 2h, 30d", cmd_wait },
	{ M(LAB), 0, 0, "wait random DURATION:longest", "Let lab time run\nFor a time that the seed draws\nNo longer than: 500ms, 20s, 5m, 2h, 30d", cmd_wait_random },
	{ M(LAB), 0, 0, "wait WORD:node STRING:pattern within DURATION:limit",
	    "Let lab time run\nUntil this router logs something\nWhat: a regular expression, in double quotes\n"
	    "But no longer than\nHow long: 500ms, 20s, 5m, 2h, 30d", cmd_wait_log },
	{ M(LAB), 0, 0, "expect LINE:what", "Say so if a comparison does not hold\n"
	    "Two sums of numbers with one of > < = != >= <= between", cmd_expect },

	{ M(LAB), 0, 0, "link WORD:end { up | down }", "Change a link\n" END_HELP
	    "\nPlug it in\nPull it out, as shutting a switch's port does", cmd_link },
	{ M(LAB), 0, 0, "link WORD:end impair clear", "Change a link\n" END_HELP
	    "\nMake the direction that leaves here worse\nAs good as new", cmd_impair_clear },
	{ M(LAB), 0, 0, "link WORD:end impair { loss WORD:lost | delay DURATION:by | jitter DURATION:about | "
	    "duplicate WORD:twice | reorder WORD:late | corrupt WORD:bent | rate WORD:bits }*",
	    "Change a link\n" END_HELP "\nMake the direction that leaves here worse\nFrames vanish\nShare: 10%\n"
	    "Frames take time\nHow long, in place of 0.5 ms\nThe delay varies\nBy how much, up and down\nFrames come twice\n"
	    "Share: 1%\nFrames are overtaken by the next\nShare: 1%\nA bit of a frame turns over\nShare: 1%\n"
	    "The link is slow\n64kbps, 10Mbps", cmd_impair },

	{ M(LAB), 0, CMD_NO, "traffic WORD:from WORD:to ~ rate WORD:bits size <44-9216>:bytes [ for DURATION:time ]",
	    "Send a UDP stream\nThe host that sends\nThe host that receives\nHow much\n64kbps, 2Mbps\nHow large packets are\n"
	    "Bytes of the IP packet\nHow long\nHow long: 30s, 5m", cmd_traffic },

	{ M(LAB), 0, CMD_NO, "fault WORD:end ~ { drop | duplicate | delay DURATION:by } " WHICH
	    " [ skip <1-4294967295>:pass ] [ count <1-4294967295>:times ]",
	    "Lose, double or delay chosen frames\n" END_HELP ", which they leave\nLose them\nSend them twice\nHold them back\n"
	    "How long\n" WHICH_HELP "\nLet some pass first\nHow many\nEnd after some\nHow many", cmd_fault },
	{ M(LAB), 0, CMD_NO_ONLY, "fault", "End all faults", cmd_fault_none },
	{ M(LAB), 0, CMD_NO, "forge WORD:end ~ esp from { A.B.C.D:source | A.B.C.D/nn:sources } to A.B.C.D:to-address "
	    "{ spi { random | HEX:number } | count <1-4294967295>:times | rate WORD:each }*",
	    "Send made-up packets in\n" END_HELP ", of a router\nESP\nWhom they claim to come from\nThe sender's address\n"
	    "A sender of this prefix each\nWhom they are for\nThe receiver's address\nTheir SPI\nAnother one each\n"
	    "One for all\nHow many (one, or with a rate no end)\nNumber of packets\nSpread over time\n100pps, 2Mbps", cmd_forge },

	{ M(LAB), 0, 0, "power WORD:node { on | off }", "Switch a router on or off\nThe router\n"
	    "It boots from its startup configuration\nNothing is saved, nothing is sent", cmd_power },
	{ M(LAB), 0, 0, "set WORD:node WORD:key LINE:value", "Change a setting that no router has a command for\nThe node\n"
	    "The setting; `show node` lists them\nIts value", cmd_set },
	{ M(LAB), 0, 0, "connect WORD:node", "Go to a router's console\nThe router; connect lab comes back", cmd_connect },

	{ M(LAB), 0, CMD_NO, "capture WORD:end ~ WORD:file [ keys WORD:folder ]", "Write frames to a pcapng file\n" END_HELP
	    "\nThe file\nWrite the keys too, for Wireshark\nThe folder, a Wireshark profile", cmd_capture },
	{ M(LAB), 0, CMD_NO_ONLY, "capture", "End all captures", cmd_capture_none },
	{ M(LAB), 0, 0, "snapshot WORD:name", "Keep the whole lab as it is now\nA name for it", cmd_snapshot },
	{ M(LAB), 0, 0, "restore WORD:name", "Go back to a snapshot\nIts name", cmd_restore },
};

CMD_TABLE(cmds_lab, rows);
