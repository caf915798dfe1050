/*
 * Configuration of terminal lines (con, aux, vty).  What stands in such a block is kept as text in its
 * full words, so that it prints back.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cfg_line.h"
#include "lib/mem.h"
#include "shell/cmds_config.h"

#define LINE_NAME	32
#define VTY_FIXED	5u	/* so many are always there */

static char *
line_name(const char *kind, unsigned first, unsigned last, char out[LINE_NAME])
{
	if (last != first)
		snprintf(out, LINE_NAME, "%s %u %u", kind, first, last);
	else
		snprintf(out, LINE_NAME, "%s %u", kind, first);
	return out;
}

/* Makes a block that reaches over the border in front of a line into two alike. */
static void
vty_split(struct config *c, unsigned at)
{
	struct cfg_line *l, *right;
	unsigned first, last;
	char name[LINE_NAME];

	TAILQ_FOREACH(l, &c->lines, next)
		if (line_range(l->name, &first, &last) && first < at && at <= last) {
			right = config_line(c, line_name("vty", at, last, name), true);
			for (size_t i = 0; i < l->words.n; i++)
				cfg_names_add(&right->words, l->words.v[i]);
			config_set_str(&l->name, line_name("vty", first, at - 1, name));
			return;
		}
}

static bool
vty_there(const struct config *c, unsigned at)
{
	const struct cfg_line *l;
	unsigned first, last;

	TAILQ_FOREACH(l, &c->lines, next)
		if (line_range(l->name, &first, &last) && first <= at && at <= last)
			return true;
	return false;
}

/* Lines that are in no block make a new one. */
static void
vty_fill(struct config *c, unsigned first, unsigned last)
{
	char name[LINE_NAME];
	unsigned from, to;

	for (from = first; from <= last; from = to + 1) {
		for (to = from; to < last && !vty_there(c, from) && !vty_there(c, to + 1); to++)
			;
		if (!vty_there(c, from))
			config_line(c, line_name("vty", from, to, name), true);
	}
}

/* Each of these lines gets into a block that holds no others, and no gap stays before them. */
static void
vty_blocks(struct config *c, unsigned first, unsigned last)
{
	vty_split(c, first);
	vty_split(c, last + 1);
	if (first > 0)
		vty_fill(c, 0, first - 1);
	vty_fill(c, first, last);
}

static void
vty_remove(struct session *s, unsigned first)
{
	struct cfg_line *l, *after;
	unsigned from, to;

	if (first < VTY_FIXED) {
		session_error(s, "%% Can't delete the first %u vty lines", VTY_FIXED);
		return;
	}
	vty_split(conf(s), first);
	for (l = TAILQ_FIRST(&conf(s)->lines); l != NULL; l = after) {
		after = TAILQ_NEXT(l, next);
		if (line_range(l->name, &from, &to) && from >= first)
			config_line_del(conf(s), l);
	}
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_vty(struct session *s, const struct args *a)
{
	unsigned first = arg_u32(a, "first"), last = arg_has(a, "last") ? arg_u32(a, "last") : first;
	char name[LINE_NAME];

	if (last < first)
		session_error(s, "%% The last line's number is less than the first's");
	else if (args_off(a))
		vty_remove(s, first);
	else {
		vty_blocks(conf(s), first, last);
		session_mode(s, MODE_LINE, line_name("vty", first, last, name));
	}
}

static void
run_line(struct session *s, const struct args *a)
{
	const char *name = arg_has(a, "aux") ? "aux 0" : "con 0";

	config_line(conf(s), name, true);
	session_mode(s, MODE_LINE, name);
}

/* Does what is typed in this mode go for that block too? */
static bool
line_meant(const struct session *s, const struct cfg_line *l)
{
	unsigned first, last, from, to;

	if (!line_range(s->object_name, &first, &last))
		return strcmp(l->name, s->object_name) == 0;
	return line_range(l->name, &from, &to) && from >= first && to <= last;
}

static void
words_put(struct session *s, const char *key, size_t nkey, const char *words)
{
	struct cfg_line *l;

	TAILQ_FOREACH(l, &conf(s)->lines, next)
		if (line_meant(s, l))
			cfg_names_put(&l->words, key, nkey, words);
}

/* Keeps the words; `no` takes them away. */
static void
run_words(struct session *s, const struct args *a)
{
	char *words = args_words(a);

	words_put(s, words, args_key_len(a), args_off(a) ? NULL : words);
	free(words);
	conf_changed(s, CFG_AREA_OTHER);
}

/* What is on without being said: `no` is kept, without what may follow. */
static void
run_refusal(struct session *s, const struct args *a)
{
	char *words = args_words(a), *refusal = xasprintf("no %.*s", (int)args_key_len(a), words);

	words_put(s, refusal, strlen(refusal), args_no(a) ? refusal : NULL);
	free(refusal);
	free(words);
	conf_changed(s, CFG_AREA_OTHER);
}

/* A password that nothing asks for yet, or none that could be asked for: IOS says so, line by line. */
static void
tell_disabled(struct session *s)
{
	unsigned first = 0, last = 0, base = strncmp(s->object_name, "vty", 3) == 0 ? 2 : strncmp(s->object_name, "aux", 3) == 0;
	struct line_settings l;

	line_range(s->object_name, &first, &last);
	for (unsigned n = first; n <= last; n++) {
		line_settings(conf(s), base == 2 ? LINE_VTY : base == 1 ? LINE_AUX : LINE_CON, n, &l);
		if (l.login == LINE_LOGIN_PASSWORD && l.password == NULL)
			session_printf(s, "%% Login disabled on line %u, until 'password' is set\n", base + n);
	}
}

static void
run_login(struct session *s, const struct args *a)
{
	run_words(s, a);
	run_refusal(s, a);
	if (!args_off(a) && !arg_has(a, "local") && !s->loading)
		tell_disabled(s);
}

static void
run_list(struct session *s, const struct args *a)
{
	if (conf(s)->aaa_new_model)
		run_words(s, a);
	else
		session_error(s, "%% AAA: aaa new-model is not configured");
}

/* One for each level. */
static void
run_commands_list(struct session *s, const struct args *a)
{
	char *words = args_words(a), *key = xasprintf("authorization commands %u", arg_u32(a, "level"));

	if (conf(s)->aaa_new_model)
		words_put(s, key, strlen(key), args_off(a) ? NULL : words);
	else
		session_error(s, "%% AAA: aaa new-model is not configured");
	free(key);
	free(words);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_password(struct session *s, const struct args *a)
{
	struct conf_secret typed;

	if (!args_off(a) && !conf_secret(s, a, false, &typed))
		return;
	wipe(&typed, sizeof(typed));
	run_words(s, a);
}

#define PROTOCOLS	"{ all | none | { lat | mop | nasi | pad | rlogin | ssh | telnet | udptn | v120 }* }"
#define PROTOCOLS_HELP	"All protocols\nNo protocol\nLAT\nMOP\nNASI\nX.3 PAD\nrlogin\nSecure shell\nTelnet\nUDPTN\nV.120"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, 0, "line { console <0-0> | aux <0-0> }",
	    "Settings of a terminal line\nThe console\nIts number\nThe auxiliary port\nIts number", run_line },
	{ M(CONFIG), 15, CMD_NO, "line vty <0-15>:first [ <0-15>:last ] ~",
	    "Settings of a terminal line\nTerminals over the network\nFirst number\nLast number", run_vty },
	{ M(LINE), 15, CMD_NO, "exec-timeout <0-35791>:minutes [ <0-2147483>:seconds ]",
	    "How long a session may be idle\nMinutes, 0 for ever\nSeconds", run_words },
	{ M(LINE), 15, CMD_NO, "absolute-timeout <0-10000>:minutes", "How long a session may last\nMinutes, 0 for ever", run_words },
	{ M(LINE), 15, CMD_NO, "session-limit <0-4294967295>:sessions", "How many sessions a line may have\nTheir number", run_words },
	{ M(LINE), 15, CMD_NO, "logging synchronous [ level { <0-7>:level | all } ] [ limit <0-2147483647>:messages ]",
	    "Messages on this line\nWrite the typed text again after a message\nWhich ones wait for the line's end\nAs severe as this do not\nAll wait\n"
	    "How many may wait\nTheir number", run_words },
	{ M(LINE), 15, CMD_NO, "login [ local ]", "Ask who comes\nBy the list of users", run_login },
	{ M(LINE), 15, CMD_NO, "login authentication { default | WORD:list } ~",
	    "Ask who comes\nBy a list of methods\nThe list where none is named\nName of a list", run_list },
	{ M(LINE), 15, CMD_NO, "authorization exec { default | WORD:list } ~",
	    "What a user may\nHave a session\nThe list where none is named\nName of a list", run_list },
	{ M(LINE), 15, CMD_NO, "authorization commands <0-15>:level ~ { default | WORD:list }",
	    "What a user may\nType commands\nOf this level\nThe list where none is named\nName of a list", run_commands_list },
	{ M(LINE), 15, CMD_NO, "access-class WORD:acl in [ vrf-also ]",
	    "Who may come\nName or number of an access list\nFrom outside\nAlso by an interface of a VRF", run_words },
	{ M(LINE), 15, CMD_NO, "password ~ [ { 0 | 7 } ] LINE:text",
	    "Password of the line\nIt follows in the clear\nIt follows hidden\nThe password", run_password },
	{ M(LINE), 15, CMD_NO, "privilege level <0-15>:to", "Rights at the start\nBy level\nThe level", run_words },
	{ M(LINE), 15, CMD_NO, "transport input ~ " PROTOCOLS, "Protocols of the line\nFor coming in\n" PROTOCOLS_HELP, run_words },
	{ M(LINE), 15, CMD_NO, "transport output ~ " PROTOCOLS, "Protocols of the line\nFor going out\n" PROTOCOLS_HELP, run_words },
	{ M(LINE), 15, CMD_NO, "transport preferred ~ " PROTOCOLS, "Protocols of the line\nWithout being named\n" PROTOCOLS_HELP, run_words },
	{ M(LINE), 15, CMD_NO, "history size <0-256>:lines", "Typed lines that are remembered\nHow many\nNumber of lines", run_words },
	{ M(LINE), 15, CMD_NO, "length <0-512>:lines", "Lines of the screen\nNumber of lines, 0 for no pause", run_words },
	{ M(LINE), 15, CMD_NO, "width <0-512>:columns", "Columns of the screen\nNumber of columns", run_words },
	{ M(LINE), 15, CMD_NO, "monitor", "Show messages here as on the console", run_words },
	{ M(LINE), 15, CMD_NO, "stopbits { 1 | 1.5 | 2 }", "Stop bits of a serial line\nOne\nOne and a half\nTwo", run_words },
	{ M(LINE), 15, CMD_NO, "speed <0-4294967295>:bps", "Speed of a serial line\nBits a second", run_words },
	{ M(LINE), 15, CMD_NO, "exec", "Have a session on this line", run_refusal },
	{ M(LINE), 15, CMD_NO, "editing", "Edit what is typed with keys that move about in it", run_refusal },
	{ M(LINE), 15, CMD_NO, "motd-banner", "Show the banner of the day on this line", run_refusal },
	{ M(LINE), 15, CMD_NO, "exec-banner", "Show the banner of exec on this line", run_refusal },
};

const struct cmd_table cmds_config_line = { rows, NROWS(rows) };
