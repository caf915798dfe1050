/* show monitor capture ...: what captures are set to, and the packets that they have, in the forms of IOS XE. */

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "datapath/datapath.h"
#include "engine/acl.h"
#include "engine/epc.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/cmds_epc.h"
#include "shell/show.h"

#define IP6_HEAD	40u
#define LINE		16u	/* bytes of a line of hexadecimal */
#define END_MAX		(ADDR_STRLEN + 1)

/* --- How it is set --- */

static const char *
direction(const struct epc_if *i)
{
	return i->in && i->out ? "BOTH" : i->in ? "IN" : "OUT";
}

static void
put_addr4(struct text *out, uint32_t addr, uint32_t mask)
{
	char a[ADDR_STRLEN];

	if (mask == 0)
		text_add(out, "any");
	else if (mask == UINT32_MAX)
		text_printf(out, "host %s", ip4_fmt(addr, a));
	else
		text_printf(out, "%s/%d", ip4_fmt(addr, a), ip4_mask_len(mask));
}

static void
put_addr6(struct text *out, const struct prefix *p)
{
	char a[ADDR_STRLEN];

	if (p->addr.af == ADDR_NONE)
		text_add(out, "any");
	else if (p->len == 128)
		text_printf(out, "host %s", addr_fmt(&p->addr, a));
	else
		text_printf(out, "%s/%u", addr_fmt(&p->addr, a), p->len);
}

static void
put_protocol(struct text *out, uint8_t proto)
{
	if (proto == 0)
		text_add(out, "   Protocol: any\n");
	else if (proto == 6 || proto == 17)
		text_printf(out, "   Protocol: %s\n", proto == 6 ? "tcp" : "udp");
	else
		text_printf(out, "   Protocol: %u\n", proto);
}

static void
put_ports(struct text *out, const char *whose, const struct dp_ports *p)
{
	if (p->op == DP_PORT_EQ)
		text_printf(out, "   %s port(s): = %u\n", whose, p->v[0]);
	else if (p->op == DP_PORT_RANGE)
		text_printf(out, "   %s port(s): %u - %u\n", whose, p->v[0], p->v[1]);
}

static void
put_filter(struct text *out, const struct epc *c)
{
	bool v6 = c->filter == EPC_FILTER_IPV6;

	text_add(out, "  Filter Details: \n");
	if (c->filter == EPC_FILTER_NONE)
		text_add(out, "   Filter not attached\n");
	else if (c->filter == EPC_FILTER_ANY)
		text_add(out, "    Capture all packets\n");
	else if (c->filter == EPC_FILTER_ACL)
		text_printf(out, "   Access-list: %s\n", c->acl);
	else {
		text_printf(out, "   %s \n    Source IP:  ", v6 ? "IPv6" : "IPv4");
		v6 ? put_addr6(out, &c->src6) : put_addr4(out, c->ace.src, c->ace.src_mask);
		text_add(out, "\n    Destination IP:  ");
		v6 ? put_addr6(out, &c->dst6) : put_addr4(out, c->ace.dst, c->ace.dst_mask);
		text_addc(out, '\n');
		put_protocol(out, v6 ? c->proto6 : c->ace.proto);
		put_ports(out, "Source", &c->ace.sport);
		put_ports(out, "Destination", &c->ace.dport);
	}
}

static void
put_limit(struct text *out, const char *what, uint32_t n, const char *none)
{
	if (n != 0)
		text_printf(out, "   %s: %" PRIu32 "\n", what, n);
	else
		text_printf(out, "   %s: 0 (%s)\n", what, none);
}

static void
put_status(void *arg, struct epc *c)
{
	struct text *out = arg;

	if (c->by_points)
		return;
	text_printf(out, "\nStatus Information for Capture %s\n  Target Type: \n", c->name);
	if (c->nifs == 0)
		text_add(out, "   Interface unattached \n");
	for (size_t i = 0; i < c->nifs; i++)
		text_printf(out, " Interface: %s, Direction: %s\n", c->ifs[i].name, direction(&c->ifs[i]));
	text_printf(out, "   Status : %s\n", c->active ? "Active" : "Inactive");
	put_filter(out, c);
	text_printf(out, "  Buffer Details: \n   Buffer Type: %s\n   Buffer Size (in MB): %u\n", c->circular ? "CIRCULAR" : "LINEAR (default)", c->size_kb / 1024);
	text_add(out, "  Limit Details: \n");
	put_limit(out, "Number of Packets to capture", c->limit_packets, "no limit");
	put_limit(out, "Packet Capture duration", c->limit_s, "no limit");
	put_limit(out, "Packet Size to capture", c->limit_len, "no limit");
	if (c->limit_pps != 0)
		text_printf(out, "   Maximum number of packets to capture per second: %" PRIu32 "\n", c->limit_pps);
	put_limit(out, "Packet sampling rate", c->limit_every, "no sampling");
}

static void
put_parameter(struct text *out, const struct epc *c)
{
	const struct { const char *word; uint32_t n; } limits[] = {
		{ "duration", c->limit_s }, { "every", c->limit_every }, { "packet-len", c->limit_len }, { "packets", c->limit_packets }, { "pps", c->limit_pps },
	};

	for (size_t i = 0; i < c->nifs; i++)
		text_printf(out, "   monitor capture %s interface %s %s\n", c->name, c->ifs[i].name, direction(&c->ifs[i]));
	if (c->acl != NULL)
		text_printf(out, "   monitor capture %s access-list %s\n", c->name, c->acl);
	if (c->match != NULL)
		text_printf(out, "   monitor capture %s match %s\n", c->name, c->match);
	text_printf(out, "   monitor capture %s buffer %ssize %u\n", c->name, c->circular ? "circular " : "", c->size_kb / 1024);
	for (size_t i = 0; i < NROWS(limits); i++)
		if (limits[i].n != 0)
			text_printf(out, "   monitor capture %s limit %s %" PRIu32 "\n", c->name, limits[i].word, limits[i].n);
}

/* --- What it has --- */

static void
put_buffer(struct text *out, const struct epc *c)
{
	text_printf(out, " buffer size (KB) : %u\n buffer used (KB) : %zu\n packets in buf   : %" PRIu64 "\n packets dropped  : %" PRIu64 "\n packets per sec  : %u\n",
	    c->size_kb, (c->bytes + 1023) / 1024, c->kept, c->dropped, epc_rate(c));
}

void
show_hex(struct text *out, const uint8_t *p, size_t n)
{
	for (size_t at = 0; at < n; at += LINE) {
		text_printf(out, "  %04zX: ", at);
		for (size_t i = at; i < at + LINE; i++)
			if (i < n)
				text_printf(out, "%s%02X", i % 4 == 0 ? " " : "", p[i]);
			else
				text_add(out, i % 4 == 0 ? "   " : "  ");
		text_add(out, "   ");
		for (size_t i = at; i < at + LINE && i < n; i++)
			text_addc(out, p[i] >= 0x20 && p[i] < 0x7f ? (char)p[i] : '.');
		text_addc(out, '\n');
	}
}

static const char *
protocol_name(uint8_t proto, char other[8])
{
	static const struct { uint8_t proto; const char *name; } names[] = {
		{ 1, "ICMP" }, { 6, "TCP" }, { 17, "UDP" }, { 47, "GRE" }, { 50, "ESP" }, { 51, "AH" }, { 58, "ICMPV6" },
	};

	for (size_t i = 0; i < NROWS(names); i++)
		if (names[i].proto == proto)
			return names[i].name;
	snprintf(other, 8, "%u", proto);
	return other;
}

static void
dscp_name(unsigned dscp, char out[8])
{
	const char *word = dscp == 0 ? "be" : acl_word_of(ACL_WORDS_DSCP, dscp);
	size_t i;

	for (i = 0; word != NULL && word[i] != '\0' && i < 7; i++)
		out[i] = (char)toupper((unsigned char)word[i]);
	out[i] = '\0';
}

static void
mac_fmt(const uint8_t *m, char out[END_MAX])
{
	snprintf(out, END_MAX, "%02x%02x.%02x%02x.%02x%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

static void
put_ip(struct text *out, const uint8_t *ip, size_t n)
{
	bool v6 = ip[0] >> 4 == 6;
	struct addr src = { .af = ADDR_V6 }, dst = { .af = ADDR_V6 };
	unsigned tos = v6 ? (unsigned)((ip[0] & 15) << 4 | ip[1] >> 4) : ip[1];
	char s[ADDR_STRLEN], d[ADDR_STRLEN], mark[8], other[8];

	(void)n;
	if (v6) {
		memcpy(src.v6, ip + 8, 16);
		memcpy(dst.v6, ip + 24, 16);
	} else {
		src = addr_v4((uint32_t)ip[12] << 24 | (uint32_t)ip[13] << 16 | (uint32_t)ip[14] << 8 | ip[15]);
		dst = addr_v4((uint32_t)ip[16] << 24 | (uint32_t)ip[17] << 16 | (uint32_t)ip[18] << 8 | ip[19]);
	}
	dscp_name(tos >> 2, mark);
	text_printf(out, "%-15s  ->  %-15s  %-2u %-4s %s\n", addr_fmt(&src, s), addr_fmt(&dst, d), tos >> 2, mark, protocol_name(v6 ? ip[6] : ip[9], other));
}

static void
put_ether(struct text *out, const struct epc_packet *p)
{
	char s[END_MAX] = "", d[END_MAX] = "";

	if (p->what != DP_TAP_FRAME || p->len < 14) {
		text_add(out, "(cut)\n");
		return;
	}
	mac_fmt(p->data + 6, s);
	mac_fmt(p->data, d);
	if (p->data[12] == 0x08 && p->data[13] == 0x06)
		text_printf(out, "%-15s  ->  %-15s  %-2s %-4s %s\n", s, d, "", "", "ARP");
	else
		text_printf(out, "%-15s  ->  %-15s  %-2s %-4s 0x%02X%02X\n", s, d, "", "", p->data[12], p->data[13]);
}

static void
put_brief(struct text *out, const struct epc_packet *p, size_t number, int64_t first_ns)
{
	size_t n = 0;
	const uint8_t *ip = epc_ip(p, &n);
	int64_t us = (p->when_ns - first_ns) / 1000;

	text_printf(out, "%4zu %4" PRIu32 " %4" PRId64 ".%06" PRId64 "   ", number, p->orig_len, us / 1000000, us % 1000000);
	if (ip != NULL && ((n >= 20 && ip[0] >> 4 == 4) || (n >= IP6_HEAD && ip[0] >> 4 == 6)))
		put_ip(out, ip, n);
	else
		put_ether(out, p);
}

static void
put_packets(struct text *out, const struct epc *c, bool brief, bool hex)
{
	const struct epc_packet *p;
	int64_t first_ns = 0;
	size_t n = 0;

	if (brief)
		text_add(out, " ----------------------------------------------------------------------------\n"
		    " #   size   timestamp     source             destination      dscp    protocol\n"
		    " ----------------------------------------------------------------------------\n");
	TAILQ_FOREACH(p, &c->packets, next) {
		if (p->what == DP_TAP_SEALED)
			continue;
		if (n == 0)
			first_ns = p->when_ns;
		if (brief)
			put_brief(out, p, n, first_ns);
		else
			text_printf(out, "%zu\n", n);
		if (hex) {
			show_hex(out, p->data, p->len);
			text_addc(out, '\n');
		}
		n++;
	}
}

static struct epc *
find(struct session *s, const struct args *a)
{
	struct epc *c = epc_find(s->router, arg_str(a, "name"));

	if (c != NULL && c->by_points)
		c = NULL;
	if (c == NULL)
		session_error(s, "%% Capture %s does not exist", arg_str(a, "name"));
	return c;
}

static void
run_all(struct session *s, const struct args *a)
{
	struct text out = { 0 };

	(void)a;
	epc_each(s->router, put_status, &out);
	show_flush(s, &out);
}

static void
run_one(struct session *s, const struct args *a)
{
	struct epc *c = find(s, a);
	struct text out = { 0 };

	if (c == NULL)
		return;
	if (arg_has(a, "parameter"))
		put_parameter(&out, c);
	else if (!arg_has(a, "buffer"))
		put_status(&out, c);
	else if (arg_has(a, "brief") || arg_has(a, "detailed"))
		put_packets(&out, c, true, arg_has(a, "detailed"));
	else if (arg_has(a, "dump"))
		put_packets(&out, c, false, true);
	else
		put_buffer(&out, c);
	show_flush(s, &out);
}

#define SHOW		"show monitor capture"
#define SHOW_HELP	"Show what is going on\nWhat is watched\nPackets of interfaces"

static const struct cmd rows[] = {
	{ M(PRIV), 15, CMD_SHOW, SHOW, SHOW_HELP, run_all },
	{ M(PRIV), 15, CMD_SHOW, SHOW " WORD:name [ { parameter | buffer [ { brief | detailed | dump } ] } ]",
	    SHOW_HELP "\nThe capture's name\nThe commands that made it\nWhat it has\nA line a packet\nWith the packets' bytes\nThe packets' bytes alone", run_one },
};

const struct cmd_table cmds_show_epc = { rows, NROWS(rows) };
