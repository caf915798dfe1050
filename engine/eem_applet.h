#ifndef INSPIRE_ENGINE_EEM_APPLET_H
#define INSPIRE_ENGINE_EEM_APPLET_H

/*
 * What the files of the applet language share: a program (an applet's actions in order, with where control goes
 * from each), and a run of it.
 */

#include "engine/eem.h"

#define EEM_FILES	8	/* open at once in a run */
#define EEM_SUBS	4	/* variables of a regexp action */

struct eem_act {
	char		*label;
	enum eem_verb	 verb;
	char		*arg[EEM_ARGS_MAX];
	size_t		 other;		/* if, elseif: the next branch; else: end; loops: their end; end, continue: the loop; break: behind its end */
};

struct eem_program { struct eem_act *act; size_t n; };

struct eem_loop { size_t at; char *list, *delimiter; size_t pos; struct eem_loop *outer; };	/* a foreach under way */
struct eem_file { char *fd, *name; size_t pos; bool reads, writes; };

struct eem_applet_run {
	struct eem_job		*job;
	struct router		*r;
	const struct eem_program *program;
	size_t			 pc;
	struct eem_vars		 vars;
	struct timer		 step;
	char			*x[EEM_ARGS_MAX];	/* the present action's arguments, expanded */
	void			*cli;			/* the command session, NULL until one is needed */
	char			*output;		/* of the command that has just ended; NULL = still running */
	bool			 in_cli;
	bool			 stepping;
	bool			*gone;			/* set when the run is freed from within its own doing */
	struct eem_loop		*loops;
	struct eem_file		 files[EEM_FILES];
	bool			 reload;
	int			 status;
};

/* What becomes of the run after an action. */
enum eem_step { EEM_NEXT, EEM_JUMPED /* pc is set */, EEM_BLOCKED /* somebody will go on */, EEM_DONE, EEM_FAILED, EEM_GONE };

/* Says what is wrong with the present action (which then fails): "%HA_EM-3-FMPD_...: text". */
enum eem_step	 eem_fail(struct eem_applet_run *run, const char *mnemonic, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Sets a variable of the run; false (and told) if it is too long. */
bool		 eem_set(struct eem_applet_run *run, const char *name, const char *value);
bool		 eem_number(struct eem_applet_run *run, const char *s, int64_t *v);	/* false: told */
/* Puts variables in; NULL (told) when one is not known. Caller frees. */
char		*eem_expand(struct eem_applet_run *run, const char *s);

/* eem_flow.c */
bool		 eem_flow_link(struct eem_program *p, const char **why);
enum eem_step	 eem_flow(struct eem_applet_run *run, const struct eem_act *a);
void		 eem_loops_free(struct eem_applet_run *run);
/* eem_string.c */
enum eem_step	 eem_string(struct eem_applet_run *run, const struct eem_act *a);
/* eem_action.c */
enum eem_step	 eem_action(struct eem_applet_run *run, const struct eem_act *a);
/* eem_file.c */
enum eem_step	 eem_file(struct eem_applet_run *run, const struct eem_act *a);
void		 eem_files_free(struct eem_applet_run *run);

#endif
