/*
 * show crypto isakmp statistics: what became of every message of key exchange, and of every packet whose SPI nobody knows.  IOS has
 * no such command; what it keeps to itself is here to be seen, above all what was refused and why.
 */

#include <inttypes.h>

#include "engine/router.h"
#include "ike/ike.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/session.h"
#include "shell/show.h"

#define NUMBER_WIDTH	10

static void
put_count(struct text *out, const char *name, uint64_t n)
{
	text_printf(out, "  %*" PRIu64 " %s\n", NUMBER_WIDTH, n, name);
}

static void
put_inv_spi(struct text *out, const struct router *r)
{
	struct inv_spi_info i;

	router_inv_spi_info(r, &i);
	text_add(out, "\nPackets whose SPI is not known\n");
	put_count(out, "packets", i.packets);
	put_count(out, "of them just after a rekey", i.transient);
	put_count(out, "logged", i.logged);
	put_count(out, "not logged: one a minute is", i.suppressed);
	put_count(out, "brought before key exchange", i.requests);
	put_count(out, "not brought before it: too many", i.requests_suppressed);
	put_count(out, "told to the sender", i.notified);
	put_count(out, "recoveries begun", i.recoveries);
	put_count(out, "recoveries not begun: one a minute is", i.damped);
	put_count(out, "ignored", i.ignored);
}

static void
run_statistics(struct session *s, const struct args *a)
{
	struct text out = { 0 };

	(void)a;
	text_add(&out, "Messages of key exchange, and attempts\n");
	for (enum ike_counter c = 0; c < IKEC__COUNT; c++)
		put_count(&out, ike_counter_text(c), ike_count(s->router->ike, c));
	put_inv_spi(&out, s->router);
	show_flush(s, &out);
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show crypto isakmp statistics",
	    "Show what is going on\nEncryption\nISAKMP\nWhat became of messages, and why", run_statistics },
};

const struct cmd_table cmds_show_isakmp_stats = { rows, NROWS(rows) };
