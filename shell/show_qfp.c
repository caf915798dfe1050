/*
 * IOS-XE's own faces of the drop counters: `show platform hardware qfp active ...`.  A router of another
 * dialect has no such hardware, and refuses the words.
 */

#include <inttypes.h>
#include <string.h>

#include "engine/qfp.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

#define LINE73	"-------------------------------------------------------------------------\n"
#define LINE72	"------------------------------------------------------------------------\n"

/* The caret goes under the word that only XE knows. */
static bool
refused(struct session *s, const struct args *a)
{
	const char *line = args_line(a), *word;

	if (s->router->dialect == IKE_XE_17)
		return false;
	word = strchr(line, ' ');
	session_usage_caret(s, line, word == NULL ? 0 : (size_t)(word - line) + strspn(word, " "));
	return true;
}

static void
put_global(void *arg, const struct qfp_drop *d)
{
	text_printf(arg, "%-30s %18" PRIu64 " %23" PRIu64 "  \n", d->name, d->packets, d->octets);
}

static void
put_cleared(struct session *s, struct text *out, enum qfp_table t)
{
	int64_t at = router_qfp_cleared(s->router, t);

	if (at == 0)
		return;
	text_add(out, "Last clearing of QFP drops statistics : ");
	show_time_date(out, s->router->cfg, at, false);
	text_add(out, "\n\n");
}

static void
put_table(struct session *s, struct text *out)
{
	put_cleared(s, out, QFP_TABLE_GLOBAL);
	text_printf(out, LINE73 "%-30s %18s %23s  \n" LINE73, "Global Drop Stats", "Packets", "Octets");
	router_qfp_each(s->router, QFP_TABLE_GLOBAL, put_global, out);
}

/* `clear` shows the table once more, then it starts from nothing. */
static void
run_global(struct session *s, const struct args *a)
{
	struct text out = { 0 };

	if (refused(s, a))
		return;
	put_table(s, &out);
	if (arg_has(a, "clear"))
		router_qfp_clear(s->router, QFP_TABLE_GLOBAL);
	show_flush(s, &out);
}

struct ipsec_view {
	struct text	 out;
	bool		 all;
};

static void
put_ipsec(void *arg, const struct qfp_drop *d)
{
	struct ipsec_view *v = arg;

	if (v->all || d->packets != 0)
		text_printf(&v->out, "%9u  %-40s %20" PRIu64 "\n", d->number, d->name, d->packets);
}

static void
run_ipsec(struct session *s, const struct args *a)
{
	struct ipsec_view v = { .all = arg_has(a, "all") };

	if (refused(s, a))
		return;
	text_printf(&v.out, LINE72 "Drop Type  %-40s %-20s\n" LINE72, "Name", "Packets");
	router_qfp_each(s->router, QFP_TABLE_IPSEC, put_ipsec, &v);
	if (arg_has(a, "clear"))
		router_qfp_clear(s->router, QFP_TABLE_IPSEC);
	show_flush(s, &v.out);
}

#define SHOW_HELP	"Show what is going on\nHardware and what is near it\nThe hardware itself\nThe processor that forwards packets\nThe one that is at work\n"

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show platform hardware qfp active statistics drop [ clear ]",
	    SHOW_HELP "What it has counted\nPackets that it dropped, by cause\nShow, then count from nothing", run_global },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show platform hardware qfp active feature ipsec { datapath drops | data drop } [ all | clear ]",
	    SHOW_HELP "One of the features that it runs\nESP and AH\nThe way of packets\nThose that died on it\nThe way of packets\nThose that died on it\n"
	    "Causes without a packet too\nShow, then count from nothing", run_ipsec },
};

const struct cmd_table cmds_show_qfp = { rows, NROWS(rows) };
