/* show interfaces and show ip interface brief. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/router.h"
#include "engine/tunnel.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

#define GRE_LARGEST	17940u

/* What a kind of interface is by nature. */
static const struct kind {
	const char	*hardware, *encapsulation, *media;
	unsigned	 mtu;
	uint32_t	 bandwidth_kbit, delay_usec;
} kinds[] = {
	[CFG_IF_GIGABIT] = { "iGbE", "ARPA", "Full Duplex, 1Gbps, media type is RJ45", 1500, 1000000, 10 },
	[CFG_IF_FASTETHERNET] = { "FastEthernet", "ARPA", "Full-duplex, 100Mb/s, 100BaseTX/FX", 1500, 100000, 100 },
	[CFG_IF_ETHERNET] = { "AmdP2", "ARPA", NULL, 1500, 10000, 1000 },
	[CFG_IF_LOOPBACK] = { "Loopback", "LOOPBACK", NULL, 1514, 8000000, 5000 },
	[CFG_IF_TUNNEL] = { "Tunnel", "TUNNEL", NULL, 17878, 100, 50000 },
};

struct view {
	struct text	 out;
	struct router	*router;
	const char	*only;		/* NULL = all */
	bool		 any;
};

static const char *
state_word(const struct if_info *i)
{
	return !i->admin_up ? "administratively down" : i->link_up ? "up" : "down";
}

static bool
is_ether(const struct cfg_if *c)
{
	return c->kind != CFG_IF_LOOPBACK && c->kind != CFG_IF_TUNNEL;
}

static void
put_address(struct text *out, const struct router *r, const struct cfg_if *c, const struct if_info *i)
{
	const struct cfg_if *lender;
	char a[ADDR_STRLEN];

	if (c->description != NULL)
		text_printf(out, "  Description: %s\n", c->description);
	if (c->unnumbered != NULL) {
		lender = config_if(r->cfg, c->unnumbered, false);
		text_printf(out, "  Interface is unnumbered. Using address of %s (%s)\n", c->unnumbered,
		    ip4_fmt(lender == NULL ? 0 : lender->ip.addr, a));
	} else if (i->ip.addr != 0) {
		text_printf(out, "  Internet address is %s/%d\n", ip4_fmt(i->ip.addr, a), ip4_mask_len(i->ip.mask));
	}
}

static void
put_hardware(struct text *out, const struct cfg_if *c, const struct if_info *i)
{
	const uint8_t *m = i->dp.mac;

	text_printf(out, "  Hardware is %s", kinds[c->kind].hardware);
	if (is_ether(c))
		text_printf(out, ", address is %02x%02x.%02x%02x.%02x%02x (bia %02x%02x.%02x%02x.%02x%02x)", m[0], m[1], m[2], m[3], m[4], m[5],
		    m[0], m[1], m[2], m[3], m[4], m[5]);
	text_addc(out, '\n');
}

/* Load as a 255th of the bandwidth, never below 1 as IOS has it. */
static unsigned
load_of(unsigned bps, uint32_t kbit)
{
	uint64_t load = (uint64_t)bps * 255 / ((uint64_t)kbit * 1000);

	return load < 1 ? 1 : load > 255 ? 255 : (unsigned)load;
}

/* A GRE tunnel's is what IOS's largest packet leaves beside its headers. */
static unsigned
mtu_of(const struct cfg_if *c)
{
	bool many = c->mode == CFG_TUN_GRE_MULTIPOINT;
	struct dp_gre g = { .key_set = c->key_set, .checksum = c->tunnel_checksum, .sequence = c->tunnel_sequence && !many };

	if (c->kind != CFG_IF_TUNNEL || cfg_if_is_vti(c))
		return kinds[c->kind].mtu;
	return GRE_LARGEST - dp_gre_overhead(&g);
}

static void
put_figures(struct text *out, const struct cfg_if *c, const struct if_info *i)
{
	const struct kind *k = &kinds[c->kind];
	uint32_t bw = c->bandwidth != 0 ? c->bandwidth : k->bandwidth_kbit;
	unsigned delay = c->delay != 0 ? c->delay * 10 : k->delay_usec;

	text_printf(out, "  MTU %u bytes, BW %u Kbit/sec, DLY %u usec, \n", c->mtu != 0 ? c->mtu : mtu_of(c), bw, delay);
	text_printf(out, "     reliability 255/255, txload %u/255, rxload %u/255\n", load_of(i->dp.rate_out_bps, bw), load_of(i->dp.rate_in_bps, bw));
	text_printf(out, "  Encapsulation %s, loopback not set\n", k->encapsulation);
	if (c->tunnel_keepalive)
		text_printf(out, "  Keepalive set (%u sec), retries %u\n", c->keepalive_s != 0 ? c->keepalive_s : 10, c->keepalive_tries != 0 ? c->keepalive_tries : 3);
	else if (c->no_keepalive || !is_ether(c))
		text_add(out, c->kind == CFG_IF_LOOPBACK && !c->no_keepalive ? "  Keepalive set (10 sec)\n" : "  Keepalive not set\n");
	else
		text_printf(out, "  Keepalive set (%u sec)\n", c->keepalive_s != 0 ? c->keepalive_s : 10);
	if (k->media != NULL)
		text_printf(out, "  %s\n", k->media);
	if (is_ether(c))
		text_add(out, "  ARP type: ARPA, ARP Timeout 04:00:00\n");
}

static void
put_tunnel(struct text *out, const struct router *r, const struct cfg_if *c, const struct if_info *i)
{
	struct addr source = tunnel_source_addr(r, c);
	char s[ADDR_STRLEN], d[ADDR_STRLEN];

	text_printf(out, "  Tunnel source %s", source.af == ADDR_NONE ? "UNKNOWN" : addr_fmt(&source, s));
	if (c->source_if != NULL)
		text_printf(out, " (%s)", c->source_if);
	text_printf(out, ", destination %s\n", c->destination.af == ADDR_NONE ? "UNKNOWN" : addr_fmt(&c->destination, d));
	text_printf(out, "  Tunnel protocol/transport IPSEC/IP%s\n", c->mode == CFG_TUN_IPSEC_V6 ? "V6" : "");
	if (c->key_set)
		text_printf(out, "    Key 0x%X\n", c->key);
	text_printf(out, "  Tunnel TTL 255\n  Tunnel transport MTU %u bytes\n", i->dp.mtu);
	if (c->protection != NULL)
		text_printf(out, "  Tunnel protection via IPSec (profile \"%s\")\n", c->protection);
}

/* Bits are rounded to thousands, as IOS does.  What no link of a lab does (a collision, a babble) stands at 0. */
static void
put_traffic(struct text *out, const struct cfg_if *c, const struct if_info *i)
{
	const struct dp_if_info *d = &i->dp;

	text_printf(out, "  5 minute input rate %u bits/sec, %u packets/sec\n  5 minute output rate %u bits/sec, %u packets/sec\n",
	    d->rate_in_bps / 1000 * 1000, d->rate_in_pps, d->rate_out_bps / 1000 * 1000, d->rate_out_pps);
	text_printf(out, "     %" PRIu64 " packets input, %" PRIu64 " bytes, 0 no buffer\n", d->in_packets, d->in_bytes);
	text_printf(out, "     Received %" PRIu64 " broadcasts (0 IP multicasts)\n     %" PRIu64 " runts, %" PRIu64 " giants, 0 throttles \n", d->in_broadcasts, i->wire.runts,
	    i->wire.giants);
	text_printf(out, "     %" PRIu64 " input errors, 0 CRC, 0 frame, %" PRIu64 " overrun, 0 ignored%s\n",
	    d->in_errors + i->wire.runts + i->wire.giants + i->wire.overruns, i->wire.overruns, is_ether(c) ? "" : ", 0 abort");
	if (is_ether(c))
		text_add(out, "     0 watchdog, 0 multicast, 0 pause input\n");
	text_printf(out, "     %" PRIu64 " packets output, %" PRIu64 " bytes, 0 underruns\n", d->out_packets, d->out_bytes);
	text_printf(out, "     %" PRIu64 " output errors, 0 collisions, %u interface resets\n     0 unknown protocol drops\n", d->out_errors, i->resets);
	if (is_ether(c))
		text_printf(out, "     0 babbles, 0 late collision, 0 deferred\n     %u lost carrier, 0 no carrier, 0 pause output\n", i->link_flaps);
	text_add(out, "     0 output buffer failures, 0 output buffers swapped out\n");
}

static void
put_age(struct text *out, const char *what, int64_t then, int64_t now)
{
	char age[SHOW_AGE];

	text_printf(out, "%s %s", what, show_age(then == 0 ? -1 : now - then, age));
}

static void
put_interface(void *arg, const struct if_info *i)
{
	struct view *v = arg;
	const struct cfg_if *c = config_if(v->router->cfg, i->name, false);
	int64_t now = clock_now(v->router->clock);

	if (c == NULL || (v->only != NULL && strcmp(v->only, i->name) != 0))
		return;
	v->any = true;
	text_printf(&v->out, "%s is %s, line protocol is %s \n", i->name, state_word(i), i->line_up ? "up" : "down");
	put_hardware(&v->out, c, i);
	put_address(&v->out, v->router, c, i);
	put_figures(&v->out, c, i);
	if (c->kind == CFG_IF_TUNNEL && !cfg_if_is_vti(c))
		show_gre(&v->out, v->router, c, i);
	else if (c->kind == CFG_IF_TUNNEL)
		put_tunnel(&v->out, v->router, c, i);
	put_age(&v->out, "  Last input", i->dp.last_in_ns, now);
	put_age(&v->out, ", output", i->dp.last_out_ns, now);
	text_add(&v->out, ", output hang never\n");
	put_age(&v->out, "  Last clearing of \"show interface\" counters", i->counters_cleared_ns, now);
	text_printf(&v->out, "\n  Input queue: 0/75/%" PRIu64 "/0 (size/max/drops/flushes); Total output drops: %" PRIu64 "\n", i->dp.in_drops, i->dp.out_drops);
	text_add(&v->out, "  Queueing strategy: fifo\n");
	text_add(&v->out, is_ether(c) ? "  Output queue: 0/40 (size/max)\n" : "  Output queue: 0/0 (size/max)\n");
	put_traffic(&v->out, c, i);
}

static void
run_interfaces(struct session *s, const struct args *a)
{
	struct view v = { .router = s->router, .only = arg_str(a, "if") };

	router_if_each(s->router, put_interface, &v);
	if (!v.any && v.only != NULL)
		session_error(s, "%% Interface %s does not exist", v.only);
	show_flush(s, &v.out);
}

static void
put_brief(void *arg, const struct if_info *i)
{
	struct view *v = arg;
	char a[ADDR_STRLEN];

	if (v->only != NULL && strcmp(v->only, i->name) != 0)
		return;
	text_printf(&v->out, "%-26s %-15s YES %-6s %-21s %-8s\n", i->name, i->ip.addr == 0 ? "unassigned" : ip4_fmt(i->ip.addr, a),
	    i->from_nvram ? "NVRAM" : i->ip.addr == 0 ? "unset" : "manual", state_word(i), i->line_up ? "up" : "down");
}

static void
run_brief(struct session *s, const struct args *a)
{
	struct view v = { .router = s->router, .only = arg_str(a, "if") };

	text_add(&v.out, "Interface                  IP-Address      OK? Method Status                Protocol\n");
	router_if_each(s->router, put_brief, &v);
	show_flush(s, &v.out);
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show interfaces [ IFNAME:if ]", "Show what is going on\nInterfaces and their counters\nOne of them", run_interfaces },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip interface brief [ IFNAME:if ]",
	    "Show what is going on\nInternet Protocol\nInterfaces\nA line for each\nOne of them", run_brief },
};

const struct cmd_table cmds_show_interfaces = { rows, NROWS(rows) };
