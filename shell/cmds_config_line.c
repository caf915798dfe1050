/*
 * Configuration of terminal lines (con, aux, vty).  What stands in such a block is kept as text in its
 * full words, so that it prints back.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "shell/cmds_config.h"

static void
run_line(struct session *s, const struct args *a)
{
	const char *kind = arg_has(a, "vty") ? "vty" : arg_has(a, "aux") ? "aux" : "con";
	char name[32];

	if (arg_has(a, "last") && arg_u32(a, "last") < arg_u32(a, "first")) {
		session_error(s, "%% The last line's number is less than the first's");
		return;
	}
	if (arg_has(a, "last") && arg_u32(a, "last") != arg_u32(a, "first"))
		snprintf(name, sizeof(name), "%s %u %u", kind, arg_u32(a, "first"), arg_u32(a, "last"));
	else
		snprintf(name, sizeof(name), "%s %u", kind, arg_u32(a, "first"));
	config_line(conf(s), name, true);
	session_mode(s, MODE_LINE, name);
}

/* Keeps the words; `no` takes them away, and is kept itself where the row is on without being said. */
static void
run_words(struct session *s, const struct args *a)
{
	struct cfg_line *l = config_line(conf(s), s->object_name, true);
	char *words = args_words(a);

	cfg_names_put(&l->words, words, args_key_len(a), args_off(a) ? NULL : words);
	free(words);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_words_or_no(struct session *s, const struct args *a)
{
	struct cfg_line *l = config_line(conf(s), s->object_name, true);
	char *words = args_words(a), *refusal = xasprintf("no %s", words);

	cfg_names_put(&l->words, words, args_key_len(a), args_off(a) ? NULL : words);
	cfg_names_put(&l->words, refusal, args_key_len(a) + strlen("no "), args_no(a) ? refusal : NULL);
	free(refusal);
	free(words);
	conf_changed(s, CFG_AREA_OTHER);
}

static const struct cmd rows[] = {
	{ M(CONFIG), 15, 0, "line { console <0-0>:first | aux <0-0>:first | vty <0-15>:first [ <0-15>:last ] }",
	    "Settings of a terminal line\nThe console\nIts number\nThe auxiliary port\nIts number\nTerminals over the network\nFirst number\nLast number", run_line },
	{ M(LINE), 15, CMD_NO, "exec-timeout <0-35791>:minutes [ <0-2147483>:seconds ]",
	    "How long a session may be idle\nMinutes, 0 for ever\nSeconds", run_words },
	{ M(LINE), 15, CMD_NO, "logging synchronous", "Messages on this line\nWrite the typed text again after a message", run_words },
	{ M(LINE), 15, CMD_NO, "login [ local ]", "Ask who comes\nBy the list of users", run_words_or_no },
	{ M(LINE), 15, CMD_NO, "password LINE:secret", "Password of the line\nThe password", run_words },
	{ M(LINE), 15, CMD_NO, "privilege level <0-15>:to", "Rights at the start\nBy level\nThe level", run_words },
	{ M(LINE), 15, CMD_NO, "transport input LINE:protocols", "Protocols of the line\nFor coming in\nThe protocols, or all, or none", run_words },
	{ M(LINE), 15, CMD_NO, "transport output LINE:protocols", "Protocols of the line\nFor going out\nThe protocols, or all, or none", run_words },
	{ M(LINE), 15, CMD_NO, "transport preferred LINE:protocols", "Protocols of the line\nWithout being named\nThe protocol, or none", run_words },
	{ M(LINE), 15, CMD_NO, "history size <0-256>:lines", "Typed lines that are remembered\nHow many\nNumber of lines", run_words },
	{ M(LINE), 15, CMD_NO, "length <0-512>:lines", "Lines of the screen\nNumber of lines, 0 for no pause", run_words },
	{ M(LINE), 15, CMD_NO, "width <0-512>:columns", "Columns of the screen\nNumber of columns", run_words },
	{ M(LINE), 15, CMD_NO, "stopbits { 1 | 1.5 | 2 }", "Stop bits of a serial line\nOne\nOne and a half\nTwo", run_words },
	{ M(LINE), 15, CMD_NO, "speed <0-4294967295>:bps", "Speed of a serial line\nBits a second", run_words },
	{ M(LINE), 15, CMD_NO, "exec", "Have a session on this line", run_words_or_no },
};

const struct cmd_table cmds_config_line = { rows, NROWS(rows) };
