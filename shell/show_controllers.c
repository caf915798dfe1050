/* show controllers: what an interface is plugged into, and what went by there. */

#include <inttypes.h>

#include "datapath/port.h"
#include "engine/router.h"
#include "lib/text.h"
#include "shell/cmds.h"
#include "shell/cmds_config.h"
#include "shell/session.h"
#include "shell/show.h"

struct view {
	struct text	 out;
	struct router	*router;
	const char	*only;		/* NULL = all */
	bool		 any;
};

static void
put_port(struct text *t, const struct port_info *p)
{
	text_printf(t, "  Plugged into %s, %s%s%s\n", p->spec, p->up ? "up" : "down", p->why != NULL ? ": " : "", p->why != NULL ? p->why : "");
	if (p->mtu != 0)
		text_printf(t, "  The wire carries packets of %" PRIu32 " bytes%s\n", p->mtu,
		    p->promiscuous ? ", and the device lets everybody's frames in" : "");
	text_printf(t, "  Opened %" PRIu64 " times, lost %" PRIu64 " times\n", p->opens, p->losses);
	text_printf(t, "  Input:  %" PRIu64 " frames, %" PRIu64 " bytes, %" PRIu64 " calls\n", p->in_frames, p->in_bytes, p->calls_in);
	text_printf(t, "          %" PRIu64 " malformed, %" PRIu64 " too long, %" PRIu64 " of our own, %" PRIu64 " overruns\n", p->in_short, p->in_long, p->in_looped,
	    p->in_overruns);
	if (p->in_joined != 0)
		text_printf(t, "          %" PRIu64 " frames came joined to %" PRIu64 "\n", p->in_cut, p->in_joined);
	text_printf(t, "  Output: %" PRIu64 " frames, %" PRIu64 " bytes, %" PRIu64 " calls\n", p->out_frames, p->out_bytes, p->calls_out);
	text_printf(t, "          %" PRIu64 " dropped", p->out_drops);
	if (p->refused != 0)
		text_printf(t, ", %" PRIu64 " times nobody was at the far end", p->refused);
	text_addc(t, '\n');
	if (p->out_joined != 0)
		text_printf(t, "          %" PRIu64 " frames left joined to %" PRIu64 "\n", p->out_cut, p->out_joined);
}

static void
put_controller(void *arg, const struct if_info *i)
{
	struct view *v = arg;
	struct router *r = v->router;
	struct port_info p;

	if (v->only != NULL ? strcmp(v->only, i->name) != 0 : i->dp.kind != DP_IF_ETHER)
		return;
	v->any = true;
	text_printf(&v->out, "Interface %s\n", i->name);
	if (i->dp.kind != DP_IF_ETHER)
		text_add(&v->out, "  Software alone\n");
	else if (r->ops->port != NULL && r->ops->port(r->arg, r, i->name, &p))
		put_port(&v->out, &p);
	else
		text_printf(&v->out, "  %s\n", i->link_up ? "Plugged into a link of the lab" : "On no real wire");
}

static void
run_controllers(struct session *s, const struct args *a)
{
	struct view v = { .router = s->router, .only = arg_str(a, "if") };

	router_if_each(s->router, put_controller, &v);
	if (!v.any && v.only != NULL)
		session_error(s, "%% Interface %s does not exist", v.only);
	show_flush(s, &v.out);
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show controllers [ IFNAME:if ]", "Show what is going on\nWhat interfaces are plugged into\nOne of them", run_controllers },
};

const struct cmd_table cmds_show_controllers = { rows, NROWS(rows) };
