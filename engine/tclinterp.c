/*
 * The interpreter of a script: libtcl's safe one, of which only the commands of a list are left, with ours beside
 * them.  It takes its commands in slices: behind each the router is asked whether to go on.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/tclchild.h"
#include "engine/tclproc.h"
#include "engine/tclwire.h"
#include "lib/mem.h"

#define SLICE		1000	/* commands */
#define SILENT_S	2	/* of computing without finishing a slice: a loop without a command in it */

/* Commands of the language that a script has; what libtcl offers beyond them is taken away. */
static const char *const commands[] = { "append", "apply", "array", "binary", "break", "catch", "close", "concat", "continue", "coroutine",
	"dict", "eof", "error", "eval", "expr", "fblocked", "fconfigure", "fcopy", "flush", "for", "foreach", "format", "gets",
	"global", "if", "incr", "info", "join", "lappend", "lassign", "lindex", "linsert", "list", "llength", "lmap", "lrange", "lrepeat",
	"lreplace", "lreverse", "lsearch", "lset", "lsort", "namespace", "proc", "puts", "read", "regexp", "regsub", "rename",
	"return", "scan", "seek", "set", "split", "string", "subst", "switch", "tailcall", "tell", "throw", "trace", "try",
	"unset", "uplevel", "upvar", "variable", "while", "yield", "yieldto" };

static bool
allowed(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i], name) == 0)
			return true;
	return false;
}

/* Evaluates text of ours. */
static void
must(struct tclchild *t, const char *script)
{
	if (Tcl_EvalEx(t->interp, script, -1, TCL_EVAL_GLOBAL) != TCL_OK)
		fatal("the prelude of scripts fails: %s", Tcl_GetVar(t->interp, "errorInfo", TCL_GLOBAL_ONLY));
}

static void
strip(struct tclchild *t)
{
	Tcl_Obj *all, **v;
	int n;

	Tcl_MakeSafe(t->interp);
	Tcl_ExposeCommand(t->interp, "fconfigure", "fconfigure");
	must(t, "info commands ::*");
	all = Tcl_GetObjResult(t->interp);
	Tcl_IncrRefCount(all);
	Tcl_ListObjGetElements(NULL, all, &n, &v);
	for (int i = 0; i < n; i++) {
		const char *name = Tcl_GetString(v[i]);

		name += 2 * (strncmp(name, "::", 2) == 0);
		if (!allowed(name))
			Tcl_DeleteCommand(t->interp, name);
	}
	Tcl_DecrRefCount(all);
	must(t, "foreach n [namespace children ::tcl] { if {$n ni {::tcl::mathfunc ::tcl::mathop ::tcl::array ::tcl::binary ::tcl::dict "
	    "::tcl::info ::tcl::namespace ::tcl::string ::tcl::prefix}} { namespace delete $n } }; unset n");
}

/* ::router::call NAME ARGUMENT... */
static int
cmd_call(ClientData data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
	if (objc < 2) {
		Tcl_WrongNumArgs(interp, 1, objv, "name ?argument ...?");
		return TCL_ERROR;
	}
	return tclchild_call(data, objc - 1, objv + 1);
}

static int
cmd_exit(ClientData data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
	struct tclchild *t = data;

	if (objc > 2 || (objc == 2 && Tcl_GetIntFromObj(interp, objv[1], &t->status) != TCL_OK)) {
		if (objc > 2)
			Tcl_WrongNumArgs(interp, 1, objv, "?returnCode?");
		return TCL_ERROR;
	}
	t->exiting = true;
	Tcl_CancelEval(interp, NULL, NULL, TCL_CANCEL_UNWIND);
	return TCL_ERROR;
}

void
tclinterp_silence(struct tclchild *t)
{
	Tcl_Time until;

	Tcl_GetTime(&until);
	until.sec += SILENT_S;
	Tcl_LimitSetTime(t->interp, &until);
}

/* A slice is over. */
static void
tick(ClientData data, Tcl_Interp *interp)
{
	struct tclchild *t = data;
	struct tclmsg m;

	tclchild_flush(t);
	if (!tclwire_send(t->fd, TCLW_TICK, 0, NULL, NULL))
		t->stopped = true;
	else {
		tclchild_next(t, &m);
		t->stopped = m.op != TCLW_GO;
		tclmsg_free(&m);
	}
	if (!t->stopped)
		Tcl_LimitSetCommands(interp, Tcl_LimitGetCommands(interp) + SLICE);
}

void
tclinterp_limit(struct tclchild *t)
{
	int n = 0;

	t->exiting = t->stopped = false;
	t->status = 0;
	Tcl_EvalEx(t->interp, "info cmdcount", -1, TCL_EVAL_GLOBAL);
	Tcl_GetIntFromObj(NULL, Tcl_GetObjResult(t->interp), &n);
	Tcl_ResetResult(t->interp);
	Tcl_LimitSetCommands(t->interp, n + SLICE);
	Tcl_LimitTypeSet(t->interp, TCL_LIMIT_COMMANDS);
	tclinterp_silence(t);
	Tcl_LimitTypeSet(t->interp, TCL_LIMIT_TIME);
}

static int
untraced(ClientData data, Tcl_Interp *interp, int level, const char *command, Tcl_Command token, int objc, Tcl_Obj *const objv[])
{
	(void)data;
	(void)interp;
	(void)level;
	(void)command;
	(void)token;
	(void)objc;
	(void)objv;
	return TCL_OK;
}

void
tclinterp_new(struct tclchild *t, uint32_t seed)
{
	t->interp = Tcl_CreateInterp();
	strip(t);
	tclchan_init(t);	/* now: a safe interpreter is made without channels */
	Tcl_CreateObjCommand(t->interp, "::router::call", cmd_call, t, NULL);
	Tcl_CreateObjCommand(t->interp, "exit", cmd_exit, t, NULL);
	tclchan_commands(t);
	must(t, tclprelude());
	Tcl_SetVar2Ex(t->interp, "tcl_interactive", NULL, Tcl_NewIntObj(0), TCL_GLOBAL_ONLY);
	Tcl_VarEval(t->interp, "expr {srand(", Tcl_GetString(Tcl_NewWideIntObj(seed)), ")}", NULL);
	Tcl_ResetResult(t->interp);
	/* A trace keeps commands from being compiled into the code around them, where they would not be counted. */
	Tcl_CreateObjTrace(t->interp, 1, 0, untraced, t, NULL);
	Tcl_LimitAddHandler(t->interp, TCL_LIMIT_COMMANDS, tick, t, NULL);
}

void
tclinterp_free(struct tclchild *t)
{
	Tcl_DeleteInterp(t->interp);
	t->interp = NULL;
	t->out = NULL;
}
