#ifndef INSPIRE_ENGINE_CFG_EEM_H
#define INSPIRE_ENGINE_CFG_EEM_H

/*
 * Configuration of the Embedded Event Manager as data: applets with their event and actions, environment
 * variables, the user of CLI sessions, lengths of the histories.  An event's description is also what a
 * policy of another class (a script) registers with, so it can be copied by itself.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum eem_kind {
	EEM_EV_UNSET, EEM_EV_SYSLOG, EEM_EV_TIMER, EEM_EV_NONE, EEM_EV_CLI, EEM_EV_TRACK, EEM_EV_INTERFACE, EEM_EV_SNMP,
	EEM_EV_COUNTER, EEM_EV__COUNT
};
enum eem_timer { EEM_WATCHDOG, EEM_COUNTDOWN, EEM_ABSOLUTE, EEM_CRON };
enum eem_op { EEM_OP_GT, EEM_OP_GE, EEM_OP_EQ, EEM_OP_NE, EEM_OP_LT, EEM_OP_LE };
enum eem_edge { EEM_ANY, EEM_UP, EEM_DOWN };
enum eem_entry { EEM_BY_VALUE, EEM_BY_INCREMENT, EEM_BY_RATE };

#define EEM_MAXRUN_S		20	/* of a run, unless the event says otherwise */
#define EEM_OCCURS_MAX		32
#define EEM_ARGS_MAX		8	/* of an action */
#define EEM_LABEL_MAX		64
#define EEM_ACTIONS_MAX		1024	/* of an applet */
#define EEM_HISTORY_DEFAULT	50
#define EEM_HISTORY_MAX		50

struct cfg_eem_event {
	enum eem_kind	 kind;
	int64_t		 maxrun_ns, ratelimit_ns;	/* -1 = not configured; maxrun 0 = endless */
	char		*pattern;		/* syslog, cli: a regular expression */
	unsigned	 occurs;		/* syslog, cli: so many make one event; 0 = not configured */
	int64_t		 period_ns;		/* within; 0 = any time */
	int		 severity;		/* syslog: -1 = all, else this one alone */
	bool		 sync_set, sync;	/* none, cli: who caused it waits */
	bool		 skip;			/* cli: the command is not run */
	enum eem_timer	 timer;
	int64_t		 time_ns;		/* timer: period, delay, or since 1970 */
	char		*name;			/* timer, counter: its name; interface: canonical */
	char		*cron;
	unsigned	 track;
	enum eem_edge	 edge;
	char		*parameter;		/* interface: what is counted */
	enum eem_op	 op;			/* interface, snmp, counter: entry */
	int64_t		 value;
	enum eem_entry	 entry;
	bool		 exit_set;		/* interface, counter */
	enum eem_op	 exit_op;
	int64_t		 exit_value;
	int64_t		 poll_ns;
	char		*oid, *oid_value;	/* snmp */
	uint32_t	 src, dst;		/* snmp: 0 = any */
};

/* What an action does; the words of a verb and its arguments stand in shell/cmds_config_eem_action.c. */
enum eem_verb {
	EEM_ADD, EEM_APPEND, EEM_BREAK, EEM_CLI, EEM_COMMENT, EEM_CONTEXT_RETRIEVE, EEM_CONTEXT_SAVE, EEM_CONTINUE, EEM_COUNTER,
	EEM_DECREMENT, EEM_DIVIDE, EEM_ELSE, EEM_ELSEIF, EEM_END, EEM_EXIT, EEM_FILE_CLOSE, EEM_FILE_DELETE, EEM_FILE_GETS,
	EEM_FILE_OPEN, EEM_FILE_PUTS, EEM_FILE_READ, EEM_FILE_WRITE, EEM_FOREACH, EEM_GETS, EEM_GOTO, EEM_IF, EEM_INCREMENT,
	EEM_INFO, EEM_MAIL, EEM_MULTIPLY, EEM_POLICY, EEM_PUTS, EEM_REGEXP, EEM_RELOAD, EEM_SET, EEM_SNMP_TRAP,
	EEM_STRING_COMPARE, EEM_STRING_EQUAL, EEM_STRING_FIRST, EEM_STRING_INDEX, EEM_STRING_LAST, EEM_STRING_LENGTH,
	EEM_STRING_MATCH, EEM_STRING_RANGE, EEM_STRING_REPLACE, EEM_STRING_TOLOWER, EEM_STRING_TOUPPER, EEM_STRING_TRIM,
	EEM_STRING_TRIMLEFT, EEM_STRING_TRIMRIGHT, EEM_SUBTRACT, EEM_SYSLOG, EEM_TRACK_READ, EEM_TRACK_SET, EEM_WAIT, EEM_WHILE,
	EEM_VERB__COUNT
};

struct cfg_eem_action {
	TAILQ_ENTRY(cfg_eem_action) next;		/* by label, as strings */
	char			*label;
	enum eem_verb		 verb;
	char			*arg[EEM_ARGS_MAX];	/* NULL = not given */
};

struct cfg_eem_applet {
	TAILQ_ENTRY(cfg_eem_applet) next;		/* in the order of their making */
	char			*name;
	bool			 bypass, trap;
	char			 class;			/* 0 = default */
	char			*description;
	struct cfg_eem_event	 event;
	TAILQ_HEAD(, cfg_eem_action) actions;
	size_t			 nactions;
	unsigned		 editors;		/* sessions in its sub-mode: it is registered when they have left */
	uint64_t		 revision;		/* moves with each change */
};

/* A policy that is a script.  Its text and its event are what its file held when it was configured. */
struct cfg_eem_policy {
	TAILQ_ENTRY(cfg_eem_policy) next;		/* in the order of their making */
	char			*name;			/* of the file */
	bool			 trap;
	char			*text;
	size_t			 len;
	struct cfg_eem_event	 event;
	uint64_t		 revision;
};

struct cfg_eem_var {
	TAILQ_ENTRY(cfg_eem_var) next;			/* by name */
	char			*name, *value;
};

struct cfg_eem {
	TAILQ_HEAD(, cfg_eem_applet) applets;
	TAILQ_HEAD(, cfg_eem_policy) policies;
	TAILQ_HEAD(, cfg_eem_var) vars;
	char			*directory;		/* of policies; NULL: flash:/ */
	char			*user;			/* event manager session cli username */
	unsigned		 history_events, history_traps;
	uint64_t		 revision;
};

void			 cfg_eem_init(struct cfg_eem *e);
void			 cfg_eem_free(struct cfg_eem *e);		/* what it holds */
struct cfg_eem_applet	*cfg_eem_applet(struct cfg_eem *e, const char *name, bool create);
void			 cfg_eem_applet_del(struct cfg_eem *e, struct cfg_eem_applet *a);
void			 cfg_eem_changed(struct cfg_eem *e, struct cfg_eem_applet *a);
struct cfg_eem_action	*cfg_eem_action(struct cfg_eem_applet *a, const char *label, bool create);	/* NULL too: there are too many */
void			 cfg_eem_action_clear(struct cfg_eem_action *x);	/* its arguments */
void			 cfg_eem_action_del(struct cfg_eem_applet *a, struct cfg_eem_action *x);
struct cfg_eem_policy	*cfg_eem_policy(struct cfg_eem *e, const char *name, bool create);	/* made: to be changed, then cfg_eem_policy_changed() */
void			 cfg_eem_policy_changed(struct cfg_eem *e, struct cfg_eem_policy *p);
void			 cfg_eem_policy_del(struct cfg_eem *e, struct cfg_eem_policy *p);
void			 cfg_eem_var_set(struct cfg_eem *e, const char *name, const char *value);	/* NULL takes it away */
const char		*cfg_eem_var(const struct cfg_eem *e, const char *name);	/* NULL = none */
void			 cfg_eem_event_init(struct cfg_eem_event *v);
void			 cfg_eem_event_free(struct cfg_eem_event *v);		/* what it holds */
void			 cfg_eem_event_copy(struct cfg_eem_event *to, const struct cfg_eem_event *from);	/* to holds nothing */
/* "20", "0.500": seconds with up to three digits behind the point. */
bool			 eem_seconds_parse(const char *s, int64_t *ns);

#endif
