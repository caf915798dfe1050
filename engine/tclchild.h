#ifndef INSPIRE_ENGINE_TCLCHILD_H
#define INSPIRE_ENGINE_TCLCHILD_H

/* What the files of a script's process share. All of it lives in that process alone. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tcl.h>

struct tclchild {
	int		 fd;
	Tcl_Interp	*interp;
	Tcl_Channel	 out;		/* standard output: a call of the router */
	unsigned	 channels;	/* made so far: file1, file2 ... */
	bool		 exiting;	/* `exit` was called */
	int		 status;
	bool		 stopped;	/* the router said so */
};

/* Asks the router; the result is left in the interpreter. TCL_ERROR: it refused. */
int	 tclchild_call(struct tclchild *t, int objc, Tcl_Obj *const objv[]);
/* The same with one string that came back, for a channel; NULL: refused. Decrement its reference. */
Tcl_Obj	*tclchild_ask(struct tclchild *t, const char *name, size_t n, Tcl_Obj *const args[]);
struct tclmsg;
void	 tclchild_next(struct tclchild *t, struct tclmsg *m);	/* waits for what the router says */
void	 tclchild_flush(struct tclchild *t);

/* tclinterp.c: an interpreter that knows no more than a script may. */
void	 tclinterp_new(struct tclchild *t, uint32_t seed);
void	 tclinterp_silence(struct tclchild *t);	/* it has just been heard */
void	 tclinterp_limit(struct tclchild *t);		/* before an evaluation */
void	 tclinterp_free(struct tclchild *t);		/* writes what is open */
/* tclchan.c: the console's channels and the command `open`. */
void	 tclchan_init(struct tclchild *t);
void	 tclchan_commands(struct tclchild *t);
/* tclprelude.c: commands that are written in Tcl. */
const char *tclprelude(void);

#endif
