/*
 * crypto isakmp diagnose error: how many refused messages are kept, and which; in the form in which IOS shows its exit paths,
 * with the bytes of each below it.
 */

#include <inttypes.h>

#include "engine/refusals.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/cmds_epc.h"
#include "shell/show.h"

struct view {
	struct text	 out;
	struct router	*router;
};

static void
put_refusal(void *arg, const struct refusal *f)
{
	struct view *v = arg;
	char l[ADDR_STRLEN], r[ADDR_STRLEN];

	text_printf(&v->out, "Error(%" PRIu64 "): %s\n\n-Time: ", f->count, ike_counter_text(f->why));
	show_time_date(&v->out, v->router->cfg, f->when_ns, true);
	text_printf(&v->out, ", peer %s:%u, local %s:%u\n-Message: %zu bytes", addr_fmt(&f->path.remote, r), f->path.remote_port,
	    addr_fmt(&f->path.local, l), f->path.local_port, f->len);
	text_printf(&v->out, f->kept < f->len ? ", the first %zu\n" : "\n", f->kept);
	show_hex(&v->out, f->data, f->kept);
	text_addc(&v->out, '\n');
}

static void
run_show(struct session *s, const struct args *a)
{
	struct view v = { .router = s->router };
	uint32_t most = s->router->cfg->diagnose_max;
	uint64_t deleted;
	size_t n = refusals_count(s->router, &deleted);

	(void)a;
	text_printf(&v.out, "Exit Path Table - status: %s, current entry %zu, deleted %" PRIu64 ", max allow %" PRIu32 "\n\n",
	    most > 0 ? "enable" : "disable", n, deleted, most);
	refusals_each(s->router, put_refusal, &v);
	show_flush(s, &v.out);
}

static void
run_config(struct session *s, const struct args *a)
{
	conf(s)->diagnose_max = args_default(a) ? REFUSALS_DEFAULT : args_no(a) ? 0 : arg_has(a, "entries") ? arg_u32(a, "entries") : REFUSALS_DEFAULT;
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_clear(struct session *s, const struct args *a)
{
	(void)a;
	refusals_clear(s->router);
}

#define HELP	"Encryption\nInternet Security Association and Key Management\nWhat went wrong\nMessages that were refused"

static const struct cmd rows[] = {
	{ M(PRIV) | M(EXEC), 1, CMD_SHOW, "show crypto isakmp diagnose error", "Show what is going on\n" HELP, run_show },
	{ M(PRIV), 15, 0, "clear crypto isakmp diagnose error", "Clear what was counted\n" HELP, run_clear },
	{ M(CONFIG), 15, CMD_NO, "crypto isakmp diagnose error ~ [ <0-1000>:entries ]", HELP "\nHow many are kept", run_config },
};

const struct cmd_table cmds_show_refusals = { rows, NROWS(rows) };
