#ifndef INSPIRE_ENGINE_EEM_SCRIPT_H
#define INSPIRE_ENGINE_EEM_SCRIPT_H

/* Policies that are Tcl scripts: how one is read and registers itself, and how it runs. */

#include "engine/eem.h"

struct tclproc;

extern const struct eem_class eem_script_class;

/* What a policy is made of; its text is the file's as it was when the policy was configured. */
void	*eem_script_program(const struct cfg_eem_policy *c);
/* Reads a policy's file and what it registers for. NULL: taken; else why not (caller frees), and nothing has changed. */
char	*eem_script_load(struct router *r, struct cfg_eem_policy *c);

/* eem_register.c: what `event_register_...` was called with. NULL: v holds it; else why not (caller frees). */
char	*eem_script_event(const struct tclproc *p, struct cfg_eem_event *v);

#endif
