/* Channels of a script: its standard ones are the router's to write and read, files are the flash's. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/tclchild.h"
#include "lib/mem.h"

struct chan {
	struct tclchild	*t;
	char		*name;		/* of the file; NULL: the console */
	Tcl_WideInt	 pos, size;
	bool		 append;
};

static Tcl_Obj *
bytes_ask(struct chan *c, const char *call, Tcl_Obj *third)
{
	Tcl_Obj *arg[3] = { Tcl_NewStringObj(c->name, -1), Tcl_NewWideIntObj(c->pos), third }, *o;

	for (int i = 0; i < 3; i++)
		Tcl_IncrRefCount(arg[i]);
	o = tclchild_ask(c->t, call, 3, arg);
	for (int i = 0; i < 3; i++)
		Tcl_DecrRefCount(arg[i]);
	return o;
}

/* Up to max bytes of what came; a file goes on behind them. */
static int
deliver(struct chan *c, Tcl_Obj *o, char *buf, int max)
{
	int n;
	const char *s = Tcl_GetStringFromObj(o, &n);

	n = n < max ? n : max;
	memcpy(buf, s, (size_t)n);
	Tcl_DecrRefCount(o);
	c->pos += n;
	return n;
}

static int
chan_input(ClientData data, char *buf, int max, int *error)
{
	struct chan *c = data;
	Tcl_Obj *o;

	if (c->name == NULL) {
		tclchild_flush(c->t);
		o = tclchild_ask(c->t, "gets", 0, NULL);
		return o == NULL ? 0 : deliver(c, o, buf, max);
	}
	if ((o = bytes_ask(c, "flash_read", Tcl_NewIntObj(max))) == NULL) {
		*error = EIO;
		return -1;
	}
	return deliver(c, o, buf, max);
}

static int
chan_output(ClientData data, const char *buf, int n, int *error)
{
	Tcl_Obj *what = Tcl_NewStringObj(buf, n), *o;
	struct chan *c = data;

	if (c->name != NULL) {
		if (c->append)
			c->pos = -1;
		if ((o = bytes_ask(c, "flash_write", what)) == NULL) {
			*error = ENOSPC;
			return -1;
		}
		Tcl_GetWideIntFromObj(NULL, o, &c->pos);	/* where it ends now */
	} else {
		Tcl_IncrRefCount(what);
		o = tclchild_ask(c->t, "puts", 1, &what);
		Tcl_DecrRefCount(what);
	}
	if (o != NULL)
		Tcl_DecrRefCount(o);
	return n;
}

static Tcl_WideInt
chan_wide_seek(ClientData data, Tcl_WideInt offset, int mode, int *error)
{
	struct chan *c = data;
	Tcl_Obj *o = bytes_ask(c, "flash_size", Tcl_NewObj());
	Tcl_WideInt size = 0, to;

	if (o != NULL) {
		Tcl_GetWideIntFromObj(NULL, o, &size);
		Tcl_DecrRefCount(o);
	}
	to = offset + (mode == SEEK_SET ? 0 : mode == SEEK_CUR ? c->pos : size);
	if (to < 0 || to > size) {
		*error = EINVAL;
		return -1;
	}
	return c->pos = to;
}

static int
chan_seek(ClientData data, long offset, int mode, int *error)
{
	return (int)chan_wide_seek(data, offset, mode, error);
}

static int
chan_close(ClientData data, Tcl_Interp *interp)
{
	struct chan *c = data;

	(void)interp;
	free(c->name);
	free(c);
	return 0;
}

static void
chan_watch(ClientData data, int mask)
{
	(void)data;
	(void)mask;
}

static int
chan_handle(ClientData data, int direction, ClientData *handle)
{
	(void)data;
	(void)direction;
	(void)handle;
	return TCL_ERROR;
}

static const Tcl_ChannelType console_type = { .typeName = "console", .version = TCL_CHANNEL_VERSION_5, .closeProc = chan_close,
	.inputProc = chan_input, .outputProc = chan_output, .watchProc = chan_watch, .getHandleProc = chan_handle };
static const Tcl_ChannelType file_type = { .typeName = "flash", .version = TCL_CHANNEL_VERSION_5, .closeProc = chan_close,
	.inputProc = chan_input, .outputProc = chan_output, .seekProc = chan_seek, .wideSeekProc = chan_wide_seek, .watchProc = chan_watch,
	.getHandleProc = chan_handle };

static Tcl_Channel
channel(struct tclchild *t, const Tcl_ChannelType *type, const char *id, const char *file, int mask)
{
	struct chan *c = xcalloc(1, sizeof(*c));
	Tcl_Channel chan;

	c->t = t;
	c->name = file == NULL ? NULL : xstrdup(file);
	chan = Tcl_CreateChannel(type, id, c, mask);
	Tcl_SetChannelOption(NULL, chan, "-encoding", "utf-8");
	Tcl_SetChannelOption(NULL, chan, "-translation", "lf");
	return chan;
}

/* open NAME ?MODE? ?permissions?: r, w, a, each with `+` */
static int
cmd_open(ClientData data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
	struct tclchild *t = data;
	const char *name, *mode = "r";
	Tcl_Obj *call[3];
	Tcl_Channel chan;
	struct chan *c;
	char id[24];
	int mask, code;

	if (objc < 2 || objc > 4) {
		Tcl_WrongNumArgs(interp, 1, objv, "fileName ?access?");
		return TCL_ERROR;
	}
	name = Tcl_GetString(objv[1]);
	if (objc > 2)
		mode = Tcl_GetString(objv[2]);
	if (strchr("rwa", mode[0]) == NULL || mode[0] == '\0' || (mode[1] != '\0' && strcmp(mode + 1, "+") != 0)) {
		Tcl_SetObjResult(interp, Tcl_ObjPrintf("illegal access mode \"%s\"", mode));
		return TCL_ERROR;
	}
	call[0] = Tcl_NewStringObj("flash_open", -1);
	call[1] = objv[1];
	call[2] = Tcl_NewStringObj(mode, -1);
	Tcl_IncrRefCount(call[0]);
	Tcl_IncrRefCount(call[2]);
	code = tclchild_call(t, 3, call);
	Tcl_DecrRefCount(call[0]);
	Tcl_DecrRefCount(call[2]);
	if (code != TCL_OK) {
		Tcl_SetObjResult(interp, Tcl_ObjPrintf("couldn't open \"%s\": %s", name, Tcl_GetStringResult(interp)));
		return TCL_ERROR;
	}
	mask = mode[1] == '+' ? TCL_READABLE | TCL_WRITABLE : mode[0] == 'r' ? TCL_READABLE : TCL_WRITABLE;
	snprintf(id, sizeof(id), "file%u", ++t->channels);
	chan = channel(t, &file_type, id, name, mask);
	c = Tcl_GetChannelInstanceData(chan);
	c->append = mode[0] == 'a';
	Tcl_RegisterChannel(interp, chan);
	Tcl_SetObjResult(interp, Tcl_NewStringObj(id, -1));
	return TCL_OK;
}

void
tclchan_init(struct tclchild *t)
{
	Tcl_Channel in = channel(t, &console_type, "stdin", NULL, TCL_READABLE);
	Tcl_Channel err;

	t->out = channel(t, &console_type, "stdout", NULL, TCL_WRITABLE);
	err = channel(t, &console_type, "stderr", NULL, TCL_WRITABLE);
	Tcl_SetChannelOption(NULL, t->out, "-buffering", "line");
	Tcl_SetChannelOption(NULL, err, "-buffering", "line");
	Tcl_SetStdChannel(in, TCL_STDIN);
	Tcl_SetStdChannel(t->out, TCL_STDOUT);
	Tcl_SetStdChannel(err, TCL_STDERR);
	Tcl_RegisterChannel(t->interp, in);
	Tcl_RegisterChannel(t->interp, t->out);
	Tcl_RegisterChannel(t->interp, err);
}

void
tclchan_commands(struct tclchild *t)
{
	Tcl_CreateObjCommand(t->interp, "open", cmd_open, t, NULL);
}
