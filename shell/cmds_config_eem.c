/* Configuration commands of the Embedded Event Manager: applets and their events, environment variables, histories. */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/eem.h"
#include "lib/mem.h"
#include "lib/names.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_eem.h"
#include "shell/eem_cli.h"

#define NAME_MAX_LEN	64

/* ---- applets ---- */

static bool
name_ok(const char *s, const char *also)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && strchr(also, s[i]) == NULL)
			return false;
	return n > 0 && n <= NAME_MAX_LEN;
}

static void
run_applet(struct session *s, const struct args *a)
{
	struct cfg_eem *e = &conf(s)->eem;
	const char *name = arg_str(a, "policy"), *letter = arg_str(a, "letter");
	struct cfg_eem_applet *x = cfg_eem_applet(e, name, false);

	if (args_off(a)) {
		if (x != NULL)
			cfg_eem_applet_del(e, x);
		conf_changed(s, CFG_AREA_OTHER);
		return;
	}
	if (!name_ok(name, "_-.:") || (letter != NULL && (!isalpha((unsigned char)letter[0]) || letter[1] != '\0'))) {
		session_error(s, letter != NULL ? "%% A class is a letter" : "%% Invalid applet name");
		return;
	}
	x = cfg_eem_applet(e, name, true);
	x->bypass |= arg_has(a, "bypass");
	x->trap |= arg_has(a, "trap");
	if (letter != NULL)
		x->class = (char)toupper((unsigned char)letter[0]);
	cfg_eem_changed(e, x);
	x->editors++;
	session_mode(s, MODE_APPLET, name);
}

struct cfg_eem_applet *
conf_applet(struct session *s)
{
	struct cfg_eem_applet *x = s->object_name == NULL ? NULL : cfg_eem_applet(&conf(s)->eem, s->object_name, false);

	if (x == NULL)
		session_error(s, "%% %s does not exist any more", s->object_name == NULL ? "It" : s->object_name);
	return x;
}

void
conf_applet_left(struct session *s)
{
	struct cfg_eem_applet *x = s->object_name == NULL ? NULL : cfg_eem_applet(&conf(s)->eem, s->object_name, false);

	if (x != NULL && x->editors > 0)
		x->editors--;
	if (!s->loading)
		router_apply(s->router, CFG_AREA_OTHER);
}

static void
run_description(struct session *s, const struct args *a)
{
	struct cfg_eem_applet *x = conf_applet(s);

	if (x != NULL)
		conf_str(&x->description, a, "text");
}

/* ---- events ---- */

/* The word that was typed behind a keyword which has choices: the row has matched, so it stands there. */
static bool
word_after(const struct args *a, const char *keyword, char out[16])
{
	const char *p = args_line(a);
	bool here = false, quoted = false;
	size_t n;

	for (; *p != '\0'; p += n) {
		p += strspn(p, " \t");
		quoted = *p == '"' && strchr(p + 1, '"') != NULL;
		n = quoted ? (size_t)(strchr(p + 1, '"') + 1 - p) : strcspn(p, " \t");
		if (here && n < 16) {
			memcpy(out, p, n);
			out[n] = '\0';
			return true;
		}
		here = !quoted && n >= 2 && n <= strlen(keyword) && strncasecmp(p, keyword, n) == 0;
	}
	return false;
}

static bool
op_after(const struct args *a, const char *keyword, enum eem_op *op)
{
	static const struct name ops[] = { { EEM_OP_GT, "gt" }, { EEM_OP_GE, "ge" }, { EEM_OP_EQ, "eq" }, { EEM_OP_NE, "ne" },
		{ EEM_OP_LT, "lt" }, { EEM_OP_LE, "le" }, { 0, NULL } };
	char word[16];
	int32_t v;

	if (!arg_has(a, keyword) || !word_after(a, keyword, word) || (v = name_value(ops, word)) < 0)
		return false;
	*op = (enum eem_op)v;
	return true;
}

static bool
yes_after(const struct args *a, const char *keyword)
{
	char word[16];

	return arg_has(a, keyword) && word_after(a, keyword, word) && (word[0] == 'y' || word[0] == 'Y');
}

static bool
take_seconds(struct session *s, const struct args *a, const char *param, int64_t *ns)
{
	if (!arg_has(a, param) || eem_seconds_parse(arg_str(a, param), ns))
		return true;
	session_error(s, "%% \"%s\" is no time: seconds, and up to three digits behind a point", arg_str(a, param));
	return false;
}

static bool
take_number(struct session *s, const struct args *a, const char *param, int64_t *v)
{
	const char *text = arg_str(a, param);
	char *end;

	if (text == NULL)
		return true;
	*v = strtoll(text, &end, 10);
	if (end != text && *end == '\0')
		return true;
	session_error(s, "%% \"%s\" is no number", text);
	return false;
}

static bool
take_pattern(struct session *s, const struct args *a, struct cfg_eem_event *v)
{
	if (!arg_has(a, "re")) {
		session_error(s, "%% Incomplete command.\n\n");
		return false;
	}
	config_set_str(&v->pattern, arg_str(a, "re"));
	if (eem_pattern_ok(v->pattern))
		return true;
	session_error(s, "%% EEM: the regular expression does not compile: %s", v->pattern);
	return false;
}

/* A quote cannot stand inside a text that is printed in quotes. */
static bool
unquoted(struct session *s, const struct cfg_eem_event *v)
{
	const char *const texts[] = { v->pattern, v->name, v->cron, v->oid_value };

	for (size_t i = 0; i < NROWS(texts); i++)
		if (texts[i] != NULL && strchr(texts[i], '"') != NULL) {
			session_error(s, "%% EEM: a quote that does not close: %s", texts[i]);
			return false;
		}
	return true;
}

/* Takes what all events have; puts the event in the place of the applet's. v is used up. */
static void
event_set(struct session *s, const struct args *a, struct cfg_eem_event *v, bool ok)
{
	struct cfg_eem_applet *x = ok ? conf_applet(s) : NULL;

	if (x != NULL && unquoted(s, v) && take_seconds(s, a, "limit", &v->maxrun_ns) && take_seconds(s, a, "pause", &v->ratelimit_ns)) {
		cfg_eem_event_free(&x->event);
		cfg_eem_event_copy(&x->event, v);
		cfg_eem_changed(&conf(s)->eem, x);
	}
	cfg_eem_event_free(v);
}

static void
event_init(struct cfg_eem_event *v, enum eem_kind kind)
{
	cfg_eem_event_init(v);
	v->kind = kind;
}

static void
run_event_syslog(struct session *s, const struct args *a)
{
	static const struct name levels[] = { { 0, "emergencies" }, { 1, "alerts" }, { 2, "critical" }, { 3, "errors" }, { 4, "warnings" },
		{ 5, "notifications" }, { 6, "informational" }, { 7, "debugging" }, { 0, "0" }, { 1, "1" }, { 2, "2" }, { 3, "3" },
		{ 4, "4" }, { 5, "5" }, { 6, "6" }, { 7, "7" }, { -1, "all" }, { 0, NULL } };
	struct cfg_eem_event v;
	bool ok;

	event_init(&v, EEM_EV_SYSLOG);
	ok = take_pattern(s, a, &v) && take_seconds(s, a, "span", &v.period_ns);
	v.occurs = arg_u32(a, "many");
	if (ok && arg_has(a, "level") && strcasecmp(arg_str(a, "level"), "all") != 0) {
		v.severity = name_value(levels, arg_str(a, "level"));
		if (v.severity < 0) {
			session_error(s, "%% \"%s\" is no priority", arg_str(a, "level"));
			ok = false;
		}
	}
	event_set(s, a, &v, ok);
}

static void
run_event_timer(struct session *s, const struct args *a)
{
	struct cfg_eem_event v;
	bool ok = true;

	event_init(&v, EEM_EV_TIMER);
	v.timer = arg_has(a, "cron") ? EEM_CRON : arg_has(a, "countdown") ? EEM_COUNTDOWN : arg_has(a, "absolute") ? EEM_ABSOLUTE : EEM_WATCHDOG;
	config_set_str(&v.name, arg_str(a, "id"));
	config_set_str(&v.cron, arg_str(a, "entry"));
	if (v.timer == EEM_CRON ? v.cron == NULL : !arg_has(a, "span")) {
		session_error(s, "%% Incomplete command.\n\n");
		ok = false;
	} else if (v.timer == EEM_CRON && !eem_cron_ok(v.cron)) {
		session_error(s, "%% EEM: the cron entry is malformed: %s", v.cron);
		ok = false;
	} else
		ok = take_seconds(s, a, "span", &v.time_ns);
	event_set(s, a, &v, ok);
}

static void
run_event_none(struct session *s, const struct args *a)
{
	struct cfg_eem_event v;

	event_init(&v, EEM_EV_NONE);
	v.sync_set = arg_has(a, "sync");
	v.sync = yes_after(a, "sync");
	event_set(s, a, &v, true);
}

static void
run_event_cli(struct session *s, const struct args *a)
{
	struct cfg_eem_event v;
	bool ok;

	event_init(&v, EEM_EV_CLI);
	ok = take_pattern(s, a, &v) && take_seconds(s, a, "span", &v.period_ns);
	v.occurs = arg_u32(a, "many");
	v.sync_set = arg_has(a, "sync");
	v.sync = yes_after(a, "sync");
	v.skip = yes_after(a, "skip");
	if (ok && (!v.sync_set || (!v.sync && !arg_has(a, "skip")) || (v.sync && arg_has(a, "skip") && v.skip))) {
		session_error(s, v.sync ? "%% EEM: a synchronous policy decides by $_exit_status whether the command is skipped" :
		    "%% EEM: sync yes, or sync no with skip yes or no");
		ok = false;
	}
	event_set(s, a, &v, ok);
}

static void
run_event_track(struct session *s, const struct args *a)
{
	struct cfg_eem_event v;

	event_init(&v, EEM_EV_TRACK);
	v.track = arg_u32(a, "number");
	v.edge = arg_has(a, "up") ? EEM_UP : arg_has(a, "down") ? EEM_DOWN : EEM_ANY;
	event_set(s, a, &v, true);
}

/* The conditions of interface and counter events. */
static bool
take_conditions(struct session *s, const struct args *a, struct cfg_eem_event *v)
{
	v->exit_set = arg_has(a, "exit-op") || arg_has(a, "leave");
	if (!op_after(a, "entry-op", &v->op) || !arg_has(a, "enter") ||
	    (v->exit_set && (!op_after(a, "exit-op", &v->exit_op) || !arg_has(a, "leave")))) {
		session_error(s, "%% Incomplete command.\n\n");
		return false;
	}
	return take_number(s, a, "enter", &v->value) && take_number(s, a, "leave", &v->exit_value);
}

static void
run_event_interface(struct session *s, const struct args *a)
{
	struct cfg_eem_event v;
	bool ok;

	event_init(&v, EEM_EV_INTERFACE);
	config_set_str(&v.name, arg_str(a, "if"));
	for (size_t i = 0; eem_parameter(i) != NULL; i++)
		if (arg_has(a, eem_parameter(i)))
			config_set_str(&v.parameter, eem_parameter(i));
	v.entry = arg_has(a, "increment") ? EEM_BY_INCREMENT : arg_has(a, "rate") ? EEM_BY_RATE : EEM_BY_VALUE;
	ok = v.name != NULL && v.parameter != NULL;
	if (!ok)
		session_error(s, "%% Incomplete command.\n\n");
	ok = ok && take_conditions(s, a, &v) && take_seconds(s, a, "poll", &v.poll_ns);
	event_set(s, a, &v, ok);
}

static void
run_event_counter(struct session *s, const struct args *a)
{
	struct cfg_eem_event v;
	bool ok;

	event_init(&v, EEM_EV_COUNTER);
	config_set_str(&v.name, arg_str(a, "id"));
	ok = v.name != NULL;
	if (!ok)
		session_error(s, "%% Incomplete command.\n\n");
	event_set(s, a, &v, ok && take_conditions(s, a, &v));
}

static bool
oid_ok(const char *s)
{
	return *s != '\0' && strlen(s) < 256 && s[strspn(s, "0123456789.")] == '\0' && strstr(s, "..") == NULL;
}

static void
run_event_snmp(struct session *s, const struct args *a)
{
	struct cfg_eem_event v;
	bool ok;

	event_init(&v, EEM_EV_SNMP);
	config_set_str(&v.oid, arg_str(a, "object"));
	config_set_str(&v.oid_value, arg_str(a, "wanted"));
	v.src = arg_u32(a, "from");
	v.dst = arg_u32(a, "to");
	ok = v.oid != NULL && v.oid_value != NULL && op_after(a, "op", &v.op);
	if (!ok)
		session_error(s, "%% Incomplete command.\n\n");
	else if (!oid_ok(v.oid)) {
		session_error(s, "%% \"%s\" is no object identifier", v.oid);
		ok = false;
	}
	event_set(s, a, &v, ok);
}

static void
run_no_event(struct session *s, const struct args *a)
{
	struct cfg_eem_applet *x = conf_applet(s);

	(void)a;
	if (x == NULL)
		return;
	cfg_eem_event_free(&x->event);
	cfg_eem_changed(&conf(s)->eem, x);
}

/* ---- the manager ---- */

static void
run_environment(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "variable");

	if (!name_ok(name, "_")) {
		session_error(s, "%% A variable's name is made of letters, digits and underscores");
		return;
	}
	cfg_eem_var_set(&conf(s)->eem, name, args_off(a) ? NULL : arg_str(a, "text"));
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_user(struct session *s, const struct args *a)
{
	if (!args_off(a) && !name_ok(arg_str(a, "who"), "_-.@")) {
		session_error(s, "%% Invalid user name");
		return;
	}
	conf_str(&conf(s)->eem.user, a, "who");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_history(struct session *s, const struct args *a)
{
	struct cfg_eem *e = &conf(s)->eem;
	unsigned n = args_off(a) || !arg_has(a, "entries") ? EEM_HISTORY_DEFAULT : arg_u32(a, "entries");

	if (arg_has(a, "events"))
		e->history_events = n;
	else
		e->history_traps = n;
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_run(struct session *s, const struct args *a)
{
	eem_cli_run(s, arg_str(a, "policy"));
}

static void
run_clear(struct session *s, const struct args *a)
{
	if (!eem_kill(s->router, arg_u32(a, "job")))
		session_error(s, "%% EEM: no policy runs as job %u", arg_u32(a, "job"));
}

#define EM		"event manager "
#define EM_HELP		"Events and what is done about them\nThe embedded event manager\n"
#define EV_HELP		"What sets the applet off\n"
#define MORE		"| maxrun WORD:limit | ratelimit WORD:pause }*"
#define MORE_HELP	"\nLongest time of a run\nSeconds, 0 for no limit\nLeast time between two runs\nSeconds"
#define OPS		"{ gt | ge | eq | ne | lt | le }"
#define OPS_HELP	"Greater\nGreater or equal\nEqual\nNot equal\nLess\nLess or equal"
#define YES_HELP	"It does\nIt does not"
#define TIMER_HELP	"A time\n"
#define TIME_ROW(word, text, span)									\
	{ M(APPLET), 15, 0, "event timer " word " { name WORD:id | time WORD:span " MORE,			\
	    EV_HELP TIMER_HELP text "\nA name for it\nThe name\n" span "\nSeconds" MORE_HELP, run_event_timer }

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, EM "applet WORD:policy ~ { authorization bypass | class WORD:letter | trap }*",
	    EM_HELP "An applet: an event and actions\nIts name\nWhether its commands are authorized\nThey are not asked about\n"
	    "A class of policies\nA letter\nSend a trap when it runs", run_applet },
	{ M(CONFIG), 15, CMD_NO, EM "environment WORD:variable ~ LINE:text", EM_HELP "A variable of all policies\nIts name\nIts value", run_environment },
	{ M(CONFIG), 15, CMD_NO, EM "session cli username ~ STRING:who", EM_HELP "Sessions of policies\nFor commands\nUnder whose name\nThe name", run_user },
	{ M(CONFIG), 15, CMD_NO, EM "history size { events | traps } ~ [ <1-50>:entries ]",
	    EM_HELP "What is remembered\nHow much\nOf events\nOf traps\nEntries", run_history },
	{ M(PRIV), 15, 0, EM "run WORD:policy", EM_HELP "Run a policy that is registered for it\nIts name", run_run },
	{ M(PRIV), 15, 0, EM "scheduler clear policy <1-4294967295>:job", EM_HELP "The scheduler\nEnd what runs\nA policy\nIts job number", run_clear },

	{ M(APPLET), 15, CMD_NO, "description LINE:text", "Say what it is for\nThe text", run_description },
	{ M(APPLET), 15, 0, "event syslog { pattern STRING:re | occurs <1-32>:many | period WORD:span | priority WORD:level " MORE,
	    EV_HELP "A message\nWhat it looks like\nA regular expression\nHow many make an event\nNumber\nWithin which time\nSeconds\n"
	    "Of one severity\nIts name or number, or all" MORE_HELP, run_event_syslog },
	TIME_ROW("watchdog", "Again and again", "How often"),
	TIME_ROW("countdown", "Once, from now on", "After which time"),
	TIME_ROW("absolute", "Once, at a date", "When, in seconds since 1970"),
	{ M(APPLET), 15, 0, "event timer cron { name WORD:id | cron-entry STRING:entry " MORE,
	    EV_HELP TIMER_HELP "By the calendar\nA name for it\nThe name\nWhen\nMinute, hour, day, month, day of the week; or @hourly" MORE_HELP,
	    run_event_timer },
	{ M(APPLET), 15, 0, "event none { sync { yes | no } " MORE,
	    EV_HELP "Nothing but event manager run\nWhether who runs it waits\n" YES_HELP MORE_HELP, run_event_none },
	{ M(APPLET), 15, 0, "event cli { pattern STRING:re | sync { yes | no } | skip { yes | no } | occurs <1-32>:many | period WORD:span " MORE,
	    EV_HELP "A command\nWhat it looks like, in full words\nA regular expression\nWhether the command waits for the policy\n" YES_HELP
	    "\nWhether the command is left out\n" YES_HELP "\nHow many make an event\nNumber\nWithin which time\nSeconds" MORE_HELP, run_event_cli },
	{ M(APPLET), 15, 0, "event track <1-1000>:number { state { up | down | any } " MORE,
	    EV_HELP "A tracked object\nIts number\nWhen it has become\nUp\nDown\nEither" MORE_HELP, run_event_track },
	{ M(APPLET), 15, 0, "event interface { name IFNAME:if | parameter { input_errors | input_packets_dropped | output_packets_dropped | "
	    "output_errors | receive_broadcasts | input_packets | output_packets | input_bytes | output_bytes | receive_rate_bps | "
	    "receive_rate_pps | transmit_rate_bps | transmit_rate_pps } | entry-op " OPS " | entry-val WORD:enter | "
	    "entry-type { value | increment | rate } | exit-op " OPS " | exit-val WORD:leave | poll-interval WORD:poll " MORE,
	    EV_HELP "A counter of an interface\nWhich interface\nIts name\nWhich counter\nErrors received\nDropped of what was received\n"
	    "Dropped of what was to be sent\nErrors sent\nBroadcasts received\nPackets received\nPackets sent\nBytes received\nBytes sent\n"
	    "Bits a second received\nPackets a second received\nBits a second sent\nPackets a second sent\nHow it compares\n" OPS_HELP
	    "\nWith what\nA number\nWhat is compared\nThe counter\nHow much it grew since the last look\nThe same, a second\n"
	    "What re-arms the event\n" OPS_HELP "\nWith what\nA number\nHow often it is looked at\nSeconds" MORE_HELP, run_event_interface },
	{ M(APPLET), 15, 0, "event counter { name WORD:id | entry-op " OPS " | entry-val WORD:enter | exit-op " OPS " | exit-val WORD:leave " MORE,
	    EV_HELP "A counter of policies\nWhich\nIts name\nHow it compares\n" OPS_HELP "\nWith what\nA number\nWhat re-arms the event\n" OPS_HELP
	    "\nWith what\nA number" MORE_HELP, run_event_counter },
	{ M(APPLET), 15, 0, "event snmp-notification { oid WORD:object | oid-val STRING:wanted | op " OPS
	    " | src-ip-address A.B.C.D:from | dest-ip-address A.B.C.D:to " MORE,
	    EV_HELP "A trap that another system sends\nAn object in it\nIts identifier; with a dot at the end, all below it\nThe object's value\n"
	    "A number or a text\nHow it compares\n" OPS_HELP "\nWho sends it\nAddress\nWhom it was sent to\nAddress" MORE_HELP, run_event_snmp },
	{ M(APPLET), 15, CMD_NO_ONLY, "event ~ [ { syslog | timer | none | cli | track | interface | snmp-notification | counter } [ LINE:rest ] ]",
	    EV_HELP "A message\nA time\nNothing\nA command\nA tracked object\nA counter of an interface\nA trap\nA counter of policies\nThe event", run_no_event },
};

const struct cmd_table cmds_config_eem = { rows, NROWS(rows) };
