/* show ip nat translations and statistics, and their clear; the same of the lab's translators. */

#include <inttypes.h>
#include <stdio.h>

#include "datapath/nat.h"
#include "datapath/nat6.h"
#include "engine/lab.h"
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
	return p == 1 || p == 58 ? "icmp" : p == 6 ? "tcp" : p == 17 ? "udp" : "---";
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

static const char *
end6_fmt(struct a6 a6, uint16_t port, bool ports, char out[END])
{
	const struct addr addr = addr_v6(a6);
	char a[ADDR_STRLEN];

	if (ports)
		snprintf(out, END, "[%s]:%u", addr_fmt(&addr, a), port);
	else
		snprintf(out, END, "%s", addr_fmt(&addr, a));
	return out;
}

/* As those of IPv4: a source has one name on either side. */
static void
put_translation6(void *arg, const struct dp6_nat_entry *e)
{
	char global[END], inside[END], outside[END];
	bool ports = e->proto == 58 || e->proto == 6 || e->proto == 17;

	end6_fmt(e->outside, e->outside_port, ports, outside);
	text_printf(arg, "%-3s %-18s %-18s %-18s %s\n", proto_word(e->proto), end6_fmt(e->global, e->global_port, ports, global),
	    end6_fmt(e->inside, e->inside_port, ports, inside), outside, outside);
}

static void
put_translations(struct session *s, const struct dp *d)
{
	struct text out = { 0 };

	dp_nat_each(d, put_translation, &out);
	dp6_nat_each(d, put_translation6, &out);
	if (out.len > 0)
		session_printf(s, "Pro Inside global      Inside local       Outside local      Outside global\n");
	show_flush(s, &out);
}

static void
run_translations(struct session *s, const struct args *a)
{
	(void)a;
	put_translations(s, s->router->dp);
}

/* The datapath of a translator of the lab; NULL, and said, if the node is none. */
static struct dp *
translator(struct session *s, const struct args *a)
{
	const struct node *n = lab_node(s->lab, arg_str(a, "node"));

	if (n != NULL && lab_nat(n) != NULL)
		return lab_nat(n);
	if (n == NULL)
		session_error(s, "%% no node is called '%s'", arg_str(a, "node"));
	else
		session_error(s, "%% %s is no translator", n->name);
	return NULL;
}

static void
run_node_translations(struct session *s, const struct args *a)
{
	const struct dp *d = translator(s, a);

	if (d != NULL)
		put_translations(s, d);
}

static void
run_node_clear(struct session *s, const struct args *a)
{
	struct dp *d = translator(s, a);

	if (d == NULL)
		return;
	dp_nat_clear(d);
	dp6_nat_clear(d);
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
	{ M(LAB), 0, CMD_SHOW, "show translations WORD:node", "Show what is going on\nWhat a translator has in its table\nThe node", run_node_translations },
	{ M(LAB), 0, 0, "clear translations WORD:node", "Take something away\nA translator forgets all that it knows\nThe node", run_node_clear },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip nat translations",
	    "Show what is going on\nInternet Protocol\nAddress translation\nThose in use", run_translations },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip nat statistics",
	    "Show what is going on\nInternet Protocol\nAddress translation\nHow much there was of it", run_statistics },
	{ M(PRIV), 15, 0, "clear ip nat translation *",
	    "Take away or set to zero\nInternet Protocol\nAddress translation\nTranslations\nAll of them", run_clear },
};

const struct cmd_table cmds_show_nat = { rows, NROWS(rows) };
