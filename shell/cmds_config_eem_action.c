/*
 * The actions of applets: one entry says how an action is typed, what its words mean, and how it is printed back.
 * Parameters are named by their place among the action's arguments.
 */

#include <string.h>

#include "engine/cfg_eem.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_eem.h"

#define OPS		"{ eq | ge | gt | le | lt | ne }"
#define OPS_HELP	"Equal\nGreater or equal\nGreater\nLess or equal\nLess\nNot equal"
#define OPS_WORDS	"1:eq,ge,gt,le,lt,ne"
#define NOCASE		"0:nocase"
#define VAR		"Name of a variable"
#define STR		"Text; $NAME stands for a variable's value"
#define INT		"A number or $NAME"
#define S		"string "
#define S_HELP		"Work on text; the result is $_string_result\n"
#define F		"file "
#define F_HELP		"Work on a file of the flash\n"
#define FD		"\nA name for the open file"
#define PLACE		"Index from 0, end or end-N"

/*
 * X(verb, syntax, help, how it is printed, words that stand in an argument).  In the printed form %N is argument N,
 * "%N" the same in quotes, and what stands in brackets is left out when an argument in it was not given.
 */
#define ACTIONS(X)											\
	X(EEM_ADD, "add STRING:a0 STRING:a1", "Add; the sum is $_result\n" INT "\n" INT, "add \"%0\" \"%1\"", "")	\
	X(EEM_APPEND, "append WORD:a0 [ STRING:a1 ]", "Add to the end of a variable\n" VAR "\n" STR, "append %0[ \"%1\"]", "") \
	X(EEM_BREAK, "break", "Leave the loop", "break", "")							\
	X(EEM_CLI, "cli command STRING:a0 [ pattern STRING:a1 ]",						\
	    "Type a command\nThe command; what it prints is $_cli_result\n" STR "\nIt ends with a question\nWhat the question looks like", \
	    "cli command \"%0\"[ pattern \"%1\"]", "")								\
	X(EEM_COMMENT, "comment LINE:a0", "Say something to the reader\nThe text", "comment %0", "")		\
	X(EEM_CONTEXT_RETRIEVE, "context retrieve key WORD:a0 variable WORD:a1",				\
	    "Variables that outlive a run\nGet one back\nUnder which key\nThe key\nWhich variable\n" VAR, "context retrieve key %0 variable %1", "") \
	X(EEM_CONTEXT_SAVE, "context save key WORD:a0 variable WORD:a1",					\
	    "Variables that outlive a run\nKeep one\nUnder which key\nThe key\nWhich variable\n" VAR, "context save key %0 variable %1", "") \
	X(EEM_CONTINUE, "continue", "Go to the loop's next round", "continue", "")				\
	X(EEM_COUNTER, "counter name WORD:a0 op { dec | inc | nop | set } value STRING:a2",			\
	    "A counter that outlives a run\nWhich\nIts name\nWhat to do with it\nTake away\nAdd\nNothing\nSet\nBy how much\n" INT, \
	    "counter name %0 op %1 value %2", "1:dec,inc,nop,set")						\
	X(EEM_DECREMENT, "decrement WORD:a0 [ STRING:a1 ]", "Take away from a variable\n" VAR "\n" INT, "decrement %0[ \"%1\"]", "") \
	X(EEM_DIVIDE, "divide STRING:a0 STRING:a1", "Divide; $_result and $_remainder\n" INT "\n" INT, "divide \"%0\" \"%1\"", "") \
	X(EEM_ELSE, "else", "Otherwise", "else", "")								\
	X(EEM_ELSEIF, "elseif STRING:a0 " OPS " STRING:a2", "Otherwise, if\n" STR "\n" OPS_HELP "\n" STR, "elseif %0 %1 \"%2\"", OPS_WORDS) \
	X(EEM_END, "end", "End of a block", "end", "")								\
	X(EEM_EXIT, "exit [ STRING:a0 ]", "End the run\n$_exit_status of it", "exit[ %0]", "")			\
	X(EEM_FILE_CLOSE, F "close WORD:a0", F_HELP "Close it" FD, F "close %0", "")				\
	X(EEM_FILE_DELETE, F "delete STRING:a0", F_HELP "Delete it\nflash:NAME", F "delete \"%0\"", "")		\
	X(EEM_FILE_GETS, F "gets WORD:a0 WORD:a1", F_HELP "Read a line" FD "\n" VAR, F "gets %0 %1", "")	\
	X(EEM_FILE_OPEN, F "open WORD:a0 STRING:a1 { r | r+ | w | w+ | a | a+ }",				\
	    F_HELP "Open it" FD "\nflash:NAME\nTo read\nTo read and add to it\nTo write anew\nTo write anew and read\nTo add to it\nTo add to it and read", \
	    F "open %0 \"%1\" %2", "2:r,r+,w,w+,a,a+")								\
	X(EEM_FILE_PUTS, F "puts [ nonewline ] WORD:a0 STRING:a1", F_HELP "Write a line\nWithout its end" FD "\n" STR, F "puts [%2 ]%0 \"%1\"", "2:nonewline") \
	X(EEM_FILE_READ, F "read WORD:a0 WORD:a1 STRING:a2", F_HELP "Read" FD "\n" VAR "\nHow many characters", F "read %0 %1 %2", "")	\
	X(EEM_FILE_WRITE, F "write WORD:a0 STRING:a1 STRING:a2", F_HELP "Write" FD "\n" STR "\nHow many characters", F "write %0 \"%1\" %2", "") \
	X(EEM_FOREACH, "foreach WORD:a0 STRING:a1 [ STRING:a2 ]",						\
	    "A block for each part of a text\n" VAR "\n" STR "\nWhat stands between parts (blanks)", "foreach %0 \"%1\"[ \"%2\"]", "")	\
	X(EEM_GETS, "gets WORD:a0", "Ask who runs the policy for a line\n" VAR, "gets %0", "")			\
	X(EEM_GOTO, "goto WORD:a0", "Go on elsewhere\nLabel of an action", "goto %0", "")			\
	X(EEM_IF, "if STRING:a0 " OPS " STRING:a2 [ goto WORD:a3 ]",						\
	    "If, up to else or end\n" STR "\n" OPS_HELP "\n" STR "\nGo on elsewhere\nLabel of an action", "if %0 %1 \"%2\"[ goto %3]", OPS_WORDS) \
	X(EEM_INCREMENT, "increment WORD:a0 [ STRING:a1 ]", "Add to a variable\n" VAR "\n" INT, "increment %0[ \"%1\"]", "") \
	X(EEM_INFO, "info type { interface-names | routername }",						\
	    "Ask the router\nFor what\nIts interfaces: $_info_interface_names\nIts name: $_info_routername", "info type %0", "0:interface-names,routername") \
	X(EEM_MAIL, "mail server STRING:a0 to STRING:a1 from STRING:a2 [ cc STRING:a3 ] subject STRING:a4 body STRING:a5",	\
	    "Send mail (into the file mail.txt)\nBy which server\nIts name\nTo whom\nAddress\nFrom whom\nAddress\nAnd to whom\nAddress\n"	\
	    "What about\n" STR "\nThe text\n" STR,								\
	    "mail server \"%0\" to \"%1\" from \"%2\"[ cc \"%3\"] subject \"%4\" body \"%5\"", "")		\
	X(EEM_MULTIPLY, "multiply STRING:a0 STRING:a1", "Multiply; the product is $_result\n" INT "\n" INT, "multiply \"%0\" \"%1\"", "") \
	X(EEM_POLICY, "policy STRING:a0", "Run a policy that is registered for it\nIts name", "policy %0", "")	\
	X(EEM_PUTS, "puts [ nonewline ] STRING:a1", "Print to who runs the policy, else log\nWithout a line end\n" STR, "puts [%0 ]\"%1\"", "0:nonewline") \
	X(EEM_REGEXP, "regexp STRING:a0 STRING:a1 [ WORD:a2 [ WORD:a3 [ WORD:a4 [ WORD:a5 ] ] ] ]",		\
	    "Search text; $_regexp_result is 1 or 0\nA regular expression\n" STR "\nVariable for what matched\nFor its first group\nFor the second\nFor the third", \
	    "regexp \"%0\" \"%1\"[ %2][ %3][ %4][ %5]", "")							\
	X(EEM_RELOAD, "reload", "Boot the router again", "reload", "")						\
	X(EEM_SET, "set WORD:a0 STRING:a1", "Set a variable\n" VAR "\n" STR, "set %0 \"%1\"", "")		\
	X(EEM_SNMP_TRAP, "snmp-trap { intdata1 STRING:a0 | intdata2 STRING:a1 | strdata STRING:a2 }*",		\
	    "Send a trap\nIts first number\n" INT "\nIts second number\n" INT "\nIts text\n" STR,		\
	    "snmp-trap[ intdata1 %0][ intdata2 %1][ strdata \"%2\"]", "")					\
	X(EEM_STRING_COMPARE, S "compare [ nocase ] [ length STRING:a1 ] STRING:a2 STRING:a3",			\
	    S_HELP "-1, 0 or 1\nUpper case is lower case\nNot all of it\nHow many characters\n" STR "\n" STR, S "compare[ %0][ length %1] \"%2\" \"%3\"", NOCASE) \
	X(EEM_STRING_EQUAL, S "equal [ nocase ] [ length STRING:a1 ] STRING:a2 STRING:a3",			\
	    S_HELP "1 or 0\nUpper case is lower case\nNot all of it\nHow many characters\n" STR "\n" STR, S "equal[ %0][ length %1] \"%2\" \"%3\"", NOCASE) \
	X(EEM_STRING_FIRST, S "first STRING:a2 STRING:a3", S_HELP "Where it stands, or -1\nWhat is sought\n" STR, S "first \"%2\" \"%3\"", "") \
	X(EEM_STRING_INDEX, S "index STRING:a2 STRING:a3", S_HELP "One character\n" STR "\n" PLACE, S "index \"%2\" %3", "") \
	X(EEM_STRING_LAST, S "last STRING:a2 STRING:a3", S_HELP "Where it stands last, or -1\nWhat is sought\n" STR, S "last \"%2\" \"%3\"", "") \
	X(EEM_STRING_LENGTH, S "length STRING:a2", S_HELP "How many characters\n" STR, S "length \"%2\"", "")	\
	X(EEM_STRING_MATCH, S "match [ nocase ] STRING:a2 STRING:a3",						\
	    S_HELP "1 or 0: does it look so?\nUpper case is lower case\nWith * and ?\n" STR, S "match[ %0] \"%2\" \"%3\"", NOCASE) \
	X(EEM_STRING_RANGE, S "range STRING:a2 STRING:a3 STRING:a4", S_HELP "A part of it\n" STR "\n" PLACE "\n" PLACE, S "range \"%2\" %3 %4", "") \
	X(EEM_STRING_REPLACE, S "replace STRING:a2 STRING:a3 STRING:a4 [ STRING:a5 ]",				\
	    S_HELP "Another part in its place\n" STR "\n" PLACE "\n" PLACE "\n" STR, S "replace \"%2\" %3 %4[ \"%5\"]", "") \
	X(EEM_STRING_TOLOWER, S "tolower STRING:a2 [ STRING:a3 [ STRING:a4 ] ]", S_HELP "In small letters\n" STR "\n" PLACE "\n" PLACE, S "tolower \"%2\"[ %3][ %4]", "") \
	X(EEM_STRING_TOUPPER, S "toupper STRING:a2 [ STRING:a3 [ STRING:a4 ] ]", S_HELP "In capitals\n" STR "\n" PLACE "\n" PLACE, S "toupper \"%2\"[ %3][ %4]", "") \
	X(EEM_STRING_TRIM, S "trim STRING:a2 [ STRING:a3 ]", S_HELP "Without blanks at its ends\n" STR "\nOther characters than blanks", S "trim \"%2\"[ \"%3\"]", "") \
	X(EEM_STRING_TRIMLEFT, S "trimleft STRING:a2 [ STRING:a3 ]", S_HELP "Without blanks at its start\n" STR "\nOther characters than blanks", S "trimleft \"%2\"[ \"%3\"]", "") \
	X(EEM_STRING_TRIMRIGHT, S "trimright STRING:a2 [ STRING:a3 ]", S_HELP "Without blanks at its end\n" STR "\nOther characters than blanks", S "trimright \"%2\"[ \"%3\"]", "") \
	X(EEM_SUBTRACT, "subtract STRING:a0 STRING:a1", "Subtract; the difference is $_result\n" INT "\n" INT, "subtract \"%0\" \"%1\"", "") \
	X(EEM_SYSLOG, "syslog { priority STRING:a1 | facility STRING:a2 | msg STRING:a0 }*",			\
	    "Log a message\nHow severe\nName or number of a severity\nIn place of HA_EM\nA word\nThe message\n" STR,	\
	    "syslog[ priority %1][ facility \"%2\"][ msg \"%0\"]", "")						\
	X(EEM_TRACK_READ, "track read STRING:a0", "A tracked object\nIts state: $_track_state\n" INT, "track read %0", "") \
	X(EEM_TRACK_SET, "track set STRING:a0 state { down | up }", "A tracked object\nSet one that is a stub\n" INT "\nIts state\nDown\nUp", \
	    "track set %0 state %1", "1:down,up")								\
	X(EEM_WAIT, "wait STRING:a0", "Wait\nSeconds", "wait %0", "")						\
	X(EEM_WHILE, "while STRING:a0 " OPS " STRING:a2", "A block as long as\n" STR "\n" OPS_HELP "\n" STR, "while %0 %1 \"%2\"", OPS_WORDS)

#define FORM(verb, syntax, help, format, words)	{ verb, format, words },
static const struct form { enum eem_verb verb; const char *format, *words; } forms[] = { ACTIONS(FORM) };

static void	run_action(struct session *s, const struct args *a);
static void	run_no_action(struct session *s, const struct args *a);

#define ACT		"action WORD:label "
#define ACT_HELP	"What is done when the event comes\nIts label: actions go in the order of labels, as text\n"
#define ROW(verb, syntax, help, format, words)	{ M(APPLET), 15, 0, ACT syntax, ACT_HELP help, run_action },
static const struct cmd rows[] = {
	ACTIONS(ROW)
	{ M(APPLET), 15, CMD_NO_ONLY, "action WORD:label ~ [ LINE:rest ]", ACT_HELP "The action", run_no_action },
};

/* Which of "1:eq,ne" was typed: into its argument. */
static void
take_word(struct cfg_eem_action *x, const struct args *a, const char *words)
{
	char word[20];
	size_t n;

	for (const char *p = words + 2; words[0] != '\0' && *p != '\0'; p += n + (p[n] == ',')) {
		n = strcspn(p, ",");
		memcpy(word, p, n);
		word[n] = '\0';
		if (arg_has(a, word))
			config_set_str(&x->arg[words[0] - '0'], word);
	}
}

/* A quote cannot stand inside a text that is printed in quotes. */
static bool
stray_quote(const struct args *a)
{
	char name[] = "a0";

	for (int i = 0; i < EEM_ARGS_MAX; i++) {
		name[1] = (char)('0' + i);
		if (arg_has(a, name) && strchr(arg_str(a, name), '"') != NULL)
			return true;
	}
	return strchr(arg_str(a, "label"), '"') != NULL;
}

static void
run_action(struct session *s, const struct args *a)
{
	const struct form *f = &forms[args_cmd(a) - rows];
	struct cfg_eem_applet *applet = conf_applet(s);
	struct cfg_eem_action *x;
	char name[] = "a0";

	if (applet == NULL)
		return;
	if (f->verb == EEM_SYSLOG && !arg_has(a, "a0")) {
		session_error(s, "%% Incomplete command.\n\n");
		return;
	}
	if (f->verb != EEM_COMMENT && stray_quote(a)) {
		session_error(s, "%% EEM: a quote that does not close");
		return;
	}
	if (strlen(arg_str(a, "label")) > EEM_LABEL_MAX || (x = cfg_eem_action(applet, arg_str(a, "label"), true)) == NULL) {
		session_error(s, "%% EEM: at most %d actions, with labels of at most %d characters", EEM_ACTIONS_MAX, EEM_LABEL_MAX);
		return;
	}
	cfg_eem_action_clear(x);
	x->verb = f->verb;
	for (int i = 0; i < EEM_ARGS_MAX; i++) {
		name[1] = (char)('0' + i);
		config_set_str(&x->arg[i], arg_str(a, name));
	}
	take_word(x, a, f->words);
	cfg_eem_changed(&conf(s)->eem, applet);
}

static void
run_no_action(struct session *s, const struct args *a)
{
	struct cfg_eem_applet *applet = conf_applet(s);
	struct cfg_eem_action *x = applet == NULL ? NULL : cfg_eem_action(applet, arg_str(a, "label"), false);

	if (x == NULL)
		return;
	cfg_eem_action_del(applet, x);
	cfg_eem_changed(&conf(s)->eem, applet);
}

/* ---- printed back ---- */

static bool
given(const struct cfg_eem_action *x, const char *p, const char *end)
{
	for (; p < end; p++)
		if (*p == '%' && x->arg[p[1] - '0'] == NULL)
			return false;
	return true;
}

/* Quoted, or as one word if that will do. */
static void
put_arg(struct text *out, const char *v, bool quoted)
{
	if (quoted || v[0] == '\0' || strpbrk(v, " \t") != NULL)
		text_printf(out, "\"%s\"", v);
	else
		text_add(out, v);
}

static void
put_form(struct text *out, const struct cfg_eem_action *x, const char *p, const char *end)
{
	while (p < end) {
		bool quoted = *p == '"' && p[1] == '%';

		if (*p == '[') {
			const char *close = strchr(p, ']');

			if (given(x, p, close))
				put_form(out, x, p + 1, close);
			p = close + 1;
		} else if (*p == '%' || quoted) {
			const char *v = x->arg[p[1 + quoted] - '0'];

			if (x->verb == EEM_COMMENT)
				text_add(out, v);
			else
				put_arg(out, v != NULL ? v : "", quoted);
			p += quoted ? 4 : 2;
		} else
			text_addc(out, *p++);
	}
}

void
running_eem_action(struct text *out, const struct cfg_eem_action *x)
{
	for (size_t i = 0; i < NROWS(forms); i++)
		if (forms[i].verb == x->verb)
			put_form(out, x, forms[i].format, forms[i].format + strlen(forms[i].format));
}

const struct cmd_table cmds_config_eem_action = { rows, NROWS(rows) };
