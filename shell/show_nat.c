/* show ip nat translations and statistics, and their clear. */

#include <inttypes.h>
#include <stdio.h>

#include "datapath/nat.h"
#include "engine/router.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

#define END	(ADDR_STRLEN + 8)

static const char *
proto_word(uint8_t p)
{
	return p == 1 ? "icmp" : p == 6 ? "tcp" : p == 17 ? "udp" : "---";
}

static const char *
end_fmt(uint32_t addr, uint16_t port, bool ports, char out[END])
{
	char a[ADDR_STRLEN];

	if (ports)
		snprintf(out, END, "%s:%u", ip4_fmt(addr, a), port);
	else
		snprintf(out, END, "%s", ip4_fmt(addr, a));
	return out;
}

static void
put_translation(void *arg, const struct dp_nat_entry *e)
{
	char global[END], inside[END], outside[END];
	bool ports = e->proto == 1 || e->proto == 6 || e->proto == 17;

	end_fmt(e->outside, e->outside_port, ports, outside);
	text_printf(arg, "%-3s %-18s %-18s %-18s %s\n", proto_word(e->proto), end_fmt(e->global, e->global_port, ports, global),
	    end_fmt(e->inside, e->inside_port, ports, inside), outside, outside);
}

static void
run_translations(struct session *s, const struct args *a)
{
	struct text out = { 0 };

	(void)a;
	dp_nat_each(s->router->dp, put_translation, &out);
	if (out.len > 0)
		session_printf(s, "Pro Inside global      Inside local       Outside local      Outside global\n");
	show_flush(s, &out);
}

static void
run_statistics(struct session *s, const struct args *a)
{
	struct dp_nat_info i;
	struct text out = { 0 };
	char age[SHOW_AGE];

	(void)a;
	dp_nat_info(s->router->dp, &i);
	text_printf(&out, "Total active translations: %zu (0 static, %zu dynamic; %zu extended)\n", i.active, i.active, i.active);
	if (i.peak > 0)
		text_printf(&out, "Peak translations: %zu, occurred %s ago\n", i.peak, show_hms((uint64_t)((clock_now(s->router->clock) - i.peak_ns) / NSEC_SEC), age));
	text_printf(&out, "Hits: %" PRIu64 "  Misses: %" PRIu64 "\nExpired translations: %" PRIu64 "\n", i.hits, i.misses, i.expired);
	text_printf(&out, "nat-limit statistics:\n max entry: max allowed %zu, used %zu, missed %" PRIu64 "\n", i.max, i.active, i.full);
	if (i.no_port > 0)
		text_printf(&out, " no port was free: %" PRIu64 "\n", i.no_port);
	show_flush(s, &out);
}

static void
run_clear(struct session *s, const struct args *a)
{
	(void)a;
	dp_nat_clear(s->router->dp);
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip nat translations",
	    "Show what is going on\nInternet Protocol\nAddress translation\nThose in use", run_translations },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip nat statistics",
	    "Show what is going on\nInternet Protocol\nAddress translation\nHow much there was of it", run_statistics },
	{ M(PRIV), 15, 0, "clear ip nat translation *",
	    "Take away or set to zero\nInternet Protocol\nAddress translation\nTranslations\nAll of them", run_clear },
};

const struct cmd_table cmds_show_nat = { rows, NROWS(rows) };
