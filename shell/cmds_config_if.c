/* Configuration commands of interfaces.  Those of tunnels stand in cmds_config_tunnel.c. */

#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/text.h"
#include "shell/cmds_config.h"

#define KEEPALIVE_DEFAULT	10
#define TRIES_DEFAULT		3

static bool
is_virtual(const struct cfg_if *i)
{
	return i->kind == CFG_IF_LOOPBACK || i->kind == CFG_IF_TUNNEL;
}

static void
run_interface(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	bool there = config_if(conf(s), name, false) != NULL;
	struct cfg_if *i = config_if(conf(s), name, !args_off(a));

	if (!args_off(a)) {
		session_mode(s, MODE_IF, name);
		if (there) {
			conf_touched(s);	/* nothing has changed yet */
			return;
		}
	} else if (i == NULL) {
		session_error(s, "%% Interface %s does not exist", name);
		return;
	} else if (!is_virtual(i)) {
		session_error(s, "%% Removal of physical interfaces is not permitted");
		return;
	} else {
		config_if_del(conf(s), i);
	}
	conf_changed(s, CFG_AREA_IF);
}

/* `default interface X`: as it came. */
static void
if_reset(struct session *s, const char *name)
{
	struct cfg_if *i = config_if(conf(s), name, false);

	if (i != NULL)
		config_if_del(conf(s), i);
	config_if(conf(s), name, true);
	if (!s->loading)
		session_printf(s, "Interface %s set to default configuration\n", name);
	conf_changed(s, CFG_AREA_IF);
}

static void
run_interface_or_default(struct session *s, const struct args *a)
{
	if (args_default(a))
		if_reset(s, arg_str(a, "name"));
	else
		run_interface(s, a);
}

static void
run_description(struct session *s, const struct args *a)
{
	struct cfg_if *i = conf_if(s);

	if (i == NULL)
		return;
	conf_str(&i->description, a, "text");
	conf_changed(s, CFG_AREA_OTHER);
}

static bool
nets_overlap(uint32_t a, uint32_t amask, uint32_t b, uint32_t bmask)
{
	uint32_t mask = amask & bmask;

	return (a & mask) == (b & mask);
}

/* Another interface that is up and whose network overlaps; said as IOS says it. */
static bool
overlaps(struct session *s, const struct cfg_if *me, uint32_t addr, uint32_t mask)
{
	const struct cfg_if *i;
	char net[ADDR_STRLEN];

	TAILQ_FOREACH(i, &conf(s)->ifs, next) {
		bool hit = i != me && !i->shutdown && i->ip.addr != 0 && nets_overlap(addr, mask, i->ip.addr, i->ip.mask);

		for (size_t k = 0; i != me && !i->shutdown && k < i->nsecondary; k++)
			hit |= nets_overlap(addr, mask, i->secondary[k].addr, i->secondary[k].mask);
		if (hit) {
			session_error(s, "%% %s overlaps with %s", ip4_fmt(addr & mask, net), i->name);
			return true;
		}
	}
	return false;
}

/* An interface that comes up must not share a network with one that is up. */
static void
run_shutdown(struct session *s, const struct args *a)
{
	struct cfg_if *i = conf_if(s);

	if (i == NULL)
		return;
	if (args_off(a) && i->shutdown && !s->loading) {
		bool hit = i->ip.addr != 0 && overlaps(s, i, i->ip.addr, i->ip.mask);

		for (size_t k = 0; !hit && k < i->nsecondary; k++)
			hit = overlaps(s, i, i->secondary[k].addr, i->secondary[k].mask);
		if (hit) {
			session_error(s, "%s: incorrect IP address assignment", i->name);
			return;
		}
	}
	i->shutdown = !args_off(a);
	if (conf_touched(s))
		router_apply_shutdown(s->router, i);
}

/* Says why an address can't be an interface's. */
static bool
address_ok(struct session *s, const struct cfg_if *i, uint32_t addr, uint32_t mask)
{
	char text[ADDR_STRLEN];
	int len = ip4_mask_len(mask);

	if (len < 1 || (len == 32 && i->kind != CFG_IF_LOOPBACK && i->kind != CFG_IF_TUNNEL)) {
		session_error(s, "Bad mask 0x%X for address %s", mask, ip4_fmt(addr, text));
		return false;
	}
	if (len < 31 && ((addr & ~mask) == 0 || (addr & ~mask) == ~mask)) {
		session_error(s, "Bad mask /%d for address %s", len, ip4_fmt(addr, text));
		return false;
	}
	if (addr >> 24 == 0 || addr >> 24 == 127 || addr >> 28 >= 0xe) {
		session_error(s, "Not a valid host address - %s", ip4_fmt(addr, text));
		return false;
	}
	/* In a text that is loaded `shutdown` stands below the address. */
	return i->shutdown || s->loading || !overlaps(s, i, addr, mask);
}

static void
addresses_clear(struct cfg_if *i)
{
	while (i->nsecondary > 0)
		config_if_secondary(i, i->secondary[0].addr, 0, false);
	i->ip = (struct cfg_ip){ 0 };
}

static void
address_remove(struct session *s, struct cfg_if *i, const struct args *a)
{
	char text[ADDR_STRLEN];

	if (arg_has(a, "secondary")) {
		config_if_secondary(i, arg_u32(a, "addr"), arg_u32(a, "mask"), false);
	} else if (arg_has(a, "addr") && arg_u32(a, "addr") != i->ip.addr) {
		session_error(s, "%% %s is not the address of %s", ip4_fmt(arg_u32(a, "addr"), text), i->name);
	} else if (arg_has(a, "addr") && i->nsecondary > 0) {
		session_error(s, "Must delete secondary before deleting primary");
	} else {
		addresses_clear(i);
	}
}

static void
run_address(struct session *s, const struct args *a)
{
	struct cfg_if *i = conf_if(s);
	uint32_t addr = arg_u32(a, "addr"), mask = arg_u32(a, "mask");

	if (i == NULL)
		return;
	if (args_off(a)) {
		address_remove(s, i, a);
	} else {
		if (!address_ok(s, i, addr, mask))
			return;
		config_set_str(&i->unnumbered, NULL);
		if (arg_has(a, "secondary"))
			config_if_secondary(i, addr, mask, true);
		else
			i->ip = (struct cfg_ip){ addr, mask };
	}
	conf_changed(s, CFG_AREA_IF);
}

static void
run_unnumbered(struct session *s, const struct args *a)
{
	struct cfg_if *i = conf_if(s);

	if (i == NULL)
		return;
	if (!args_off(a) && i->kind != CFG_IF_TUNNEL) {
		session_error(s, "%% Point-to-point interfaces only");
		return;
	}
	if (!args_off(a) && strcmp(arg_str(a, "if"), i->name) == 0) {
		session_error(s, "%% An interface can't borrow its own address");
		return;
	}
	conf_str(&i->unnumbered, a, "if");
	if (!args_off(a))
		addresses_clear(i);
	conf_changed(s, CFG_AREA_IF);
}

/* Sets a number of the interface, or 0 (its default) in the `no` form. */
#define RUN_NUMBER(fn, field, area)						\
	static void								\
	fn(struct session *s, const struct args *a)				\
	{									\
		struct cfg_if *i = conf_if(s);					\
										\
		if (i == NULL)							\
			return;							\
		i->field = args_off(a) ? 0 : arg_u32(a, "value");		\
		conf_changed(s, area);						\
	}

RUN_NUMBER(run_mtu, mtu, CFG_AREA_IF)
RUN_NUMBER(run_ip_mtu, ip_mtu, CFG_AREA_IF)
RUN_NUMBER(run_mss, tcp_mss, CFG_AREA_IF)
RUN_NUMBER(run_bandwidth, bandwidth, CFG_AREA_OTHER)
RUN_NUMBER(run_delay, delay, CFG_AREA_OTHER)

static void
run_load_interval(struct session *s, const struct args *a)
{
	struct cfg_if *i = conf_if(s);

	if (i == NULL)
		return;
	if (!args_off(a) && arg_u32(a, "value") % 30 != 0) {
		session_error(s, "%% The interval is a multiple of 30 seconds");
		return;
	}
	i->load_interval = args_off(a) ? 0 : arg_u32(a, "value");
	conf_changed(s, CFG_AREA_OTHER);
}

static bool
mac_parse(const char *s, uint8_t out[6])
{
	char digits[13];
	size_t n = 0;

	for (; *s != '\0' && n < sizeof(digits) - 1; s++)
		if (*s != '.')
			digits[n++] = *s;
	digits[n] = '\0';
	return n == 12 && hex_parse(digits, out, 6) == 6;
}

static void
run_mac(struct session *s, const struct args *a)
{
	struct cfg_if *i = conf_if(s);

	if (i == NULL)
		return;
	if (is_virtual(i) && !args_off(a)) {
		session_error(s, "%% Interface does not support a MAC address");
		return;
	}
	if (!args_off(a) && (!mac_parse(arg_str(a, "mac"), i->mac) || (i->mac[0] & 1) != 0)) {
		session_error(s, "%% A station's address is not that of a group");
		return;
	}
	i->mac_set = !args_off(a);
	conf_changed(s, CFG_AREA_IF);
}

/* A tunnel's are packets to the far end and back, and off unless they are asked for. */
static void
tunnel_keepalive(struct session *s, struct cfg_if *i, const struct args *a)
{
	i->tunnel_keepalive = !args_off(a) && (!arg_has(a, "value") || arg_u32(a, "value") != 0);
	i->keepalive_s = i->tunnel_keepalive && arg_u32(a, "value") != KEEPALIVE_DEFAULT ? arg_u32(a, "value") : 0;
	i->keepalive_tries = i->tunnel_keepalive && arg_u32(a, "retries") != TRIES_DEFAULT ? arg_u32(a, "retries") : 0;
	conf_changed(s, CFG_AREA_IF);
}

static void
run_keepalive(struct session *s, const struct args *a)
{
	struct cfg_if *i = conf_if(s);

	if (i == NULL)
		return;
	if (i->kind == CFG_IF_TUNNEL) {
		tunnel_keepalive(s, i, a);
		return;
	}
	i->no_keepalive = args_no(a);
	i->keepalive_s = args_off(a) || arg_u32(a, "value") == KEEPALIVE_DEFAULT ? 0 : arg_u32(a, "value");
	conf_changed(s, CFG_AREA_OTHER);
}

/* duplex, speed, negotiation: kept as typed; a link of a lab has neither speed nor duplex to set. */
static void
run_media(struct session *s, const struct args *a)
{
	struct cfg_if *i = conf_if(s);
	char *words;

	if (i == NULL)
		return;
	if (is_virtual(i)) {
		session_error(s, "%% Not for this kind of interface");
		return;
	}
	words = args_words(a);
	cfg_names_put(&i->media, words, strcspn(words, " "), args_off(a) ? NULL : words);
	free(words);
	conf_changed(s, CFG_AREA_OTHER);
}

#define IP	"Internet Protocol settings\n"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "interface IFNAME:name ~", "Settings of an interface\nThe interface", run_interface_or_default },
	{ M(IF), 15, CMD_NO, "description ~ LINE:text", "A remark\nThe remark", run_description },
	{ M(IF), 15, CMD_NO, "shutdown", "Take the interface down", run_shutdown },
	{ M(IF), 15, CMD_NO, "ip address ~ A.B.C.D:addr A.B.C.D:mask [ secondary ]",
	    IP "Address of the interface\nThe address\nIts mask\nOne more, beside the first", run_address },
	{ M(IF), 15, CMD_NO, "ip unnumbered ~ IFNAME:if", IP "Have no address of its own\nThe interface that lends its", run_unnumbered },
	{ M(IF), 15, CMD_NO, "ip mtu ~ <68-9216>:value", IP "Size of the longest packet\nBytes", run_ip_mtu },
	{ M(IF), 15, CMD_NO, "ip tcp adjust-mss ~ <500-9176>:value", IP "TCP settings\nLower the segment size of passing connections\nBytes", run_mss },
	{ M(IF), 15, CMD_NO, "mtu ~ <64-9216>:value", "Size of the longest packet of any protocol\nBytes", run_mtu },
	{ M(IF), 15, CMD_NO, "bandwidth ~ <1-10000000>:value", "Bandwidth, as information\nKilobits a second", run_bandwidth },
	{ M(IF), 15, CMD_NO, "delay ~ <1-16777215>:value", "Delay, as information\nTens of microseconds", run_delay },
	{ M(IF), 15, CMD_NO, "load-interval ~ <30-600>:value", "Time over which rates are averaged\nSeconds, a multiple of 30", run_load_interval },
	{ M(IF), 15, CMD_NO, "mac-address ~ H.H.H:mac", "Address of the station\nThe address", run_mac },
	{ M(IF), 15, CMD_NO, "keepalive ~ [ <0-32767>:value [ <1-255>:retries ] ]", "Tell now and then that the interface lives\nSeconds\nSo many without an answer are too many", run_keepalive },
	{ M(IF), 15, CMD_NO, "duplex ~ { auto | full | half }", "Duplex of the wire\nAs agreed\nBoth ways at once\nOne way at a time", run_media },
	{ M(IF), 15, CMD_NO, "speed ~ { auto | 10 | 100 | 1000 }", "Speed of the wire\nAs agreed\n10 Mbit/s\n100 Mbit/s\n1 Gbit/s", run_media },
	{ M(IF), 15, CMD_NO, "negotiation auto", "Agree with the other end on speed and duplex\nBy itself", run_media },
	{ M(IF), 15, CMD_NO | CMD_HIDDEN, "media-type { rj45 | sfp }", "Kind of socket\nCopper\nA pluggable module", run_media },
};

const struct cmd_table cmds_config_if = { rows, NROWS(rows) };
