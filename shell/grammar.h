#ifndef INSPIRE_SHELL_GRAMMAR_H
#define INSPIRE_SHELL_GRAMMAR_H

/*
 * The command grammar: a command is one row of a table.  Abbreviation, `?`, Tab, the caret of an error,
 * `no` and `default` and the command reference are all readers of one walk over the rows of a mode.
 *
 * Syntax strings:
 *	word		a keyword; may be abbreviated while unique among what may stand there
 *	<1-65535>:n	a number in a range, captured as n
 *	A.B.C.D:n	an IPv4 address		A.B.C.D/nn:n	a prefix
 *	X:X:X:X::X:n	an IPv6 address		X:X:X:X::X/<0-128>:n	a prefix (both by arg_str())
 *	WORD:n		one word		LINE:n		the rest of the line (at least one word)
 *	IFNAME:n	an interface name, with or without a blank before its number
 *	HEX:n		0x1234 or 1234abcd	DURATION:n	20s, 500ms
 *	STRING:n	one word, or several in double quotes
 *	hh:mm:ss:n	a time of day		MONTH:n		a month's name (arg_u32: 1..12)
 *	H.H.H:n		a MAC address, 0011.2233.4455
 *	TCPPORT:n UDPPORT:n ICMPTYPE:n DSCP:n PRECEDENCE:n TOS:n	a number, or a word of a list that access lists have
 *	[ x ]		optional	{ a | b }	one of		{ a | b }*	any number of them, in any order
 *	~		where the `no` and `default` forms may already end (once in a row; without it they may end
 *			after the last keyword before the first parameter, where both stand outside brackets; a `~`
 *			at the very end: nowhere else than where the plain form may).  What stands behind is then
 *			absent: arg_str() gives NULL.
 * A keyword is preferred to a parameter, a narrow parameter (number, address, interface) to WORD, WORD to LINE.
 * A word that begins with `!` where the command may end is a comment.
 * Help: one line for each element of the syntax in order of appearance, keywords and parameters alike,
 * joined by '\n' (our own words).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addr;
struct session;
struct text;
struct args;

enum mode {
	MODE_EXEC, MODE_PRIV, MODE_LAB,
	MODE_CONFIG, MODE_IF, MODE_ISAKMP_POLICY, MODE_KEYRING, MODE_ISAKMP_PROFILE, MODE_TRANSFORM, MODE_IPSEC_PROFILE, MODE_CRYPTO_MAP,
	MODE_LINE, MODE_CONTROL_PLANE,
	MODE_STD_NACL, MODE_EXT_NACL,
	MODE_APPLET, MODE_TRACK, MODE_SLA, MODE_SLA_ECHO,
	MODE_EZGROUP, MODE_EZVPN,
	MODE_ARCHIVE, MODE_ARCHIVE_LOG,
	MODE_FOREIGN,	/* a section that is kept as text (foreign.h) */
	MODE_TRUSTPOINT, MODE_CERT_MAP, MODE_CERT_CHAIN,
	MODE_SSH_CHAIN, MODE_SSH_USER, MODE_SSH_DATA,
	MODE__COUNT
};
#define M(m)		(UINT64_C(1) << MODE_##m)

#define CMD_NO		0x01	/* `no` and `default` are accepted; args.no / args.dflt */
#define CMD_SHOW	0x02	/* its output goes through filters */
#define CMD_HIDDEN	0x04
#define CMD_NO_ONLY	0x08	/* exists only with `no` in front */

struct cmd {
	uint64_t	 modes;			/* M(PRIV) | M(EXEC) ... */
	uint8_t		 privilege;		/* 0..15 */
	uint8_t		 flags;
	const char	*syntax;
	const char	*help;
	void		(*run)(struct session *s, const struct args *a);
};

/* Each cmds_*.c exports such a table; grammar.c lists them all. */
struct cmd_table { const struct cmd *rows; size_t n; };

/* What a row captured. Names as in the syntax; a keyword's name is the keyword. */
bool		 args_no(const struct args *a);			/* `no` form */
bool		 args_default(const struct args *a);		/* `default` form */
bool		 arg_has(const struct args *a, const char *name);
const char	*arg_str(const struct args *a, const char *name);	/* NULL if absent; IFNAME: canonical */
uint32_t	 arg_u32(const struct args *a, const char *name);	/* number, HEX or address in host order; 0 if absent */
/* An address of either family; false if it is absent. */
bool		 arg_addr(const struct args *a, const char *name, struct addr *out);
uint64_t	 arg_u64(const struct args *a, const char *name);
int64_t		 arg_duration(const struct args *a, const char *name);	/* ns */
unsigned	 arg_prefix_len(const struct args *a, const char *name);
/* All of it in the order typed: is the i-th of that name, and its value (NULL behind the last). */
bool		 args_is(const struct args *a, size_t i, const char *name);
const char	*args_at(const struct args *a, size_t i);
const char	*args_line(const struct args *a);		/* the whole line as typed */
const struct cmd *args_cmd(const struct args *a);		/* the row that matched */

struct mode_info { const char *suffix; /* "(config-if)" */ enum mode parent; const char *heading; /* of `?` */ };
const struct mode_info *mode_info(enum mode m);

enum match_kind { MATCH_OK, MATCH_EMPTY, MATCH_INVALID, MATCH_AMBIGUOUS, MATCH_INCOMPLETE };
struct match {
	enum match_kind	 kind;
	const struct cmd *cmd;		/* MATCH_OK */
	struct args	*args;		/* MATCH_OK; free with args_free */
	size_t		 caret;		/* MATCH_INVALID: offset in the line of the first bad character */
	size_t		 words;		/* how many words were understood */
	const char	*filter;	/* what follows `|`, within the line; NULL = none */
	bool		 via_do;	/* `do` in a configuration mode: the row is of MODE_PRIV */
};
/* Pure: looks, changes nothing. mode's own rows only (the session tries parent modes for configuration). */
void		 grammar_match(enum mode mode, unsigned privilege, const char *line, struct match *out);
void		 args_free(struct args *a);
/* `?` at the end of line (which stands without the '?'): appends what IOS would print. */
void		 grammar_help(enum mode mode, unsigned privilege, const char *line, struct text *out);
/* Tab: returns what to add to the line ("", or the rest of the word and a blank), NULL when ambiguous or nothing. */
char		*grammar_complete(enum mode mode, unsigned privilege, const char *line);
void		 grammar_each(void (*fn)(void *arg, const struct cmd *c), void *arg);
/* Would the line's command be `show` or `more` (with `do` too)? */
bool		 grammar_is_show(enum mode mode, unsigned privilege, const char *line);
bool		 mode_is_config(enum mode m);
/* The same with the rights of a session, commands whose level the configuration has changed among them. */
void		 grammar_match_for(const struct session *s, enum mode mode, const char *line, struct match *out);
void		 grammar_help_for(const struct session *s, const char *line, struct text *out);
char		*grammar_complete_for(const struct session *s, const char *line);
/* Self-test over the whole table; appends a line per fault. */
size_t		 grammar_check(struct text *faults);

#endif
