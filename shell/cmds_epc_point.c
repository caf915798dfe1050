/*
 * monitor capture buffer ... and monitor capture point ..., as releases before IOS XE have captures: a point says where packets are
 * looked at, a buffer keeps them, and the one is associated with the other.  What shows them stands below.
 */

#include <string.h>

#include "datapath/datapath.h"
#include "engine/epc_point.h"
#include "engine/flash.h"
#include "engine/router.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/cmds_epc.h"
#include "shell/show.h"

#define BUFFER_KB	1024u
#define BUFFER_LEN	68u
#define LINE		16u	/* bytes of a line of hexadecimal */

static void
refuse(struct session *s, const char *why)
{
	session_error(s, "%% %s", why);
}

/* --- Buffers --- */

static struct epc *
buffer(struct session *s, const struct args *a)
{
	struct epc *c = epc_buffer_find(s->router, arg_str(a, "name"));

	if (c == NULL)
		session_error(s, "%% Capture Buffer %s does not exist", arg_str(a, "name"));
	return c;
}

static struct epc *
buffer_open(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	struct epc *c = epc_buffer_find(s->router, name);

	if (c != NULL)
		return c;
	if (epc_find(s->router, name) != NULL)
		session_error(s, "%% %s is a capture", name);
	else if (strlen(name) > EPC_NAME_MAX)
		session_error(s, "%% A buffer's name has %u characters at most", EPC_NAME_MAX);
	else if ((c = epc_buffer_make(s->router, name)) == NULL)
		session_error(s, "%% There are %u captures already", EPC_MAX);
	return c;
}

static bool
at_rest(struct session *s, const struct epc *c)
{
	if (c->active)
		refuse(s, "Capture Buffer is in use: stop its capture points first");
	return !c->active;
}

static void
run_buffer(struct session *s, const struct args *a)
{
	struct epc *c = buffer_open(s, a);

	if (c == NULL || !at_rest(s, c))
		return;
	if (arg_has(a, "kb"))
		c->size_kb = arg_u32(a, "kb");
	if (arg_has(a, "bytes"))
		c->limit_len = arg_u32(a, "bytes");
	if (arg_has(a, "circular") || arg_has(a, "linear"))
		c->circular = arg_has(a, "circular");
}

static void
run_no_buffer(struct session *s, const struct args *a)
{
	struct epc *c = buffer(s, a);

	if (c == NULL)
		return;
	if (arg_has(a, "filter") || arg_has(a, "limit")) {
		if (!at_rest(s, c))
			return;
		if (arg_has(a, "filter")) {
			epc_filter_clear(c);
			c->filter = EPC_FILTER_ANY;
		} else
			c->limit_s = c->limit_packets = c->limit_pps = c->limit_every = 0;
		return;
	}
	epc_buffer_del(s->router, c);
}

static void
run_filter(struct session *s, const struct args *a)
{
	struct epc *c = buffer_open(s, a);

	if (c == NULL || !at_rest(s, c))
		return;
	epc_filter_clear(c);
	c->filter = EPC_FILTER_ACL;
	c->acl = xstrdup(arg_str(a, "acl"));
	session_printf(s, "Filter Association succeeded\n");
}

static void
run_limit(struct session *s, const struct args *a)
{
	struct epc *c = buffer_open(s, a);

	if (c == NULL || !at_rest(s, c))
		return;
	if (arg_has(a, "nth"))
		c->limit_every = arg_u32(a, "nth");
	if (arg_has(a, "seconds"))
		c->limit_s = arg_u32(a, "seconds");
	if (arg_has(a, "count"))
		c->limit_packets = arg_u32(a, "count");
	if (arg_has(a, "rate"))
		c->limit_pps = arg_u32(a, "rate");
}

static void
run_clear(struct session *s, const struct args *a)
{
	struct epc *c = buffer(s, a);

	if (c != NULL)
		epc_clear(c);
}

static void
run_export(struct session *s, const struct args *a)
{
	struct epc *c = buffer(s, a);

	if (c != NULL)
		epc_export(s, c, a);
}

/* --- Points --- */

static struct epc_point *
point(struct session *s, const char *name)
{
	struct epc_point *p = epc_point_find(s->router, name);

	if (p == NULL)
		session_error(s, "%% Capture Point %s does not exist", name);
	return p;
}

static void
run_point(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name"), *ifname = arg_str(a, "if");
	bool in = !arg_has(a, "out"), out = !arg_has(a, "in");
	struct if_info i;

	if (epc_point_find(s->router, name) != NULL)
		session_error(s, "%% Capture Point %s exists already", name);
	else if (strlen(name) > EPC_NAME_MAX)
		session_error(s, "%% A capture point's name has %u characters at most", EPC_NAME_MAX);
	else if (!router_if_info(s->router, ifname, &i))
		session_error(s, "%% Interface %s does not exist", ifname);
	else if (epc_point_make(s->router, name, arg_has(a, "ipv6") ? EPC_PATH_IPV6 : EPC_PATH_IP, ifname, in, out) == NULL)
		session_error(s, "%% There are %u capture points already", EPC_POINT_MAX);
}

static void
run_no_point(struct session *s, const struct args *a)
{
	struct epc_point *p = point(s, arg_str(a, "name"));

	if (p != NULL)
		epc_point_del(s->router, p);
}

static void
run_associate(struct session *s, const struct args *a)
{
	struct epc_point *p = point(s, arg_str(a, "point"));
	const char *why;

	if (p != NULL && (why = epc_point_associate(s->router, p, arg_has(a, "disassociate") ? NULL : arg_str(a, "name"))) != NULL)
		refuse(s, why);
}

static void
start_one(void *arg, struct epc_point *p)
{
	struct session *s = arg;
	const char *why = p->active ? NULL : epc_point_start(s->router, p);

	if (why != NULL)
		session_error(s, "%% Capture Point %s : %s", p->name, why);
}

static void
stop_one(void *arg, struct epc_point *p)
{
	struct session *s = arg;

	epc_point_stop(s->router, p);
}

static void
run_start(struct session *s, const struct args *a)
{
	bool start = arg_has(a, "start");
	struct epc_point *p;
	const char *why;

	if (arg_has(a, "all")) {
		epc_point_each(s->router, start ? start_one : stop_one, s);
		return;
	}
	if ((p = point(s, arg_str(a, "name"))) == NULL)
		return;
	if (start && (why = epc_point_start(s->router, p)) != NULL)
		refuse(s, why);
	else if (!start && !p->active)
		refuse(s, "Capture Point is not active");
	else if (!start)
		epc_point_stop(s->router, p);
}

/* --- What they are --- */

static const char *
direction(const struct epc_point *p)
{
	return p->in && p->out ? "both" : p->in ? "in" : "out";
}

static const char *
path_word(const struct epc_point *p)
{
	return p->path == EPC_PATH_IP ? "IPv4 CEF" : "IPv6 CEF";
}

static void
put_point(void *arg, struct epc_point *p)
{
	text_printf(arg, "Status Information for Capture Point %s\n%s\nSwitch Path: %s            , Capture Buffer: %s\nStatus : %s\n\n"
	    "Configuration:\nmonitor capture point %s cef %s %s %s\n\n", p->name, path_word(p), path_word(p), p->buffer == NULL ? "None" : p->buffer,
	    p->active ? "Active" : "Inactive", p->path == EPC_PATH_IP ? "ip" : "ipv6", p->name, p->ifname, direction(p));
}

struct points_of { struct text *out; const struct epc *c; bool lines; };

static void
put_associated(void *arg, struct epc_point *p)
{
	const struct points_of *of = arg;

	if (p->buffer == NULL || strcmp(p->buffer, of->c->name) != 0)
		return;
	if (of->lines)
		text_printf(of->out, "monitor capture point associate %s %s\n", p->name, of->c->name);
	else
		text_printf(of->out, "Name : %s, Status : %s\n", p->name, p->active ? "Active" : "Inactive");
}

static void
put_limits(struct text *out, const struct epc *c)
{
	const struct { const char *word; uint32_t n; } limits[] = {
		{ "allow-nth-pak", c->limit_every }, { "duration", c->limit_s }, { "packet-count", c->limit_packets }, { "packets-per-sec", c->limit_pps },
	};

	for (size_t i = 0; i < NROWS(limits); i++)
		if (limits[i].n != 0)
			text_printf(out, "monitor capture buffer %s limit %s %u\n", c->name, limits[i].word, limits[i].n);
}

static void
put_parameters(struct router *r, struct text *out, const struct epc *c)
{
	struct points_of of = { out, c, false };

	text_printf(out, "Capture buffer %s (%s buffer)\nBuffer Size : %u bytes, Max Element Size : %u bytes, Packets : %u\n", c->name,
	    c->circular ? "circular" : "linear", c->size_kb * 1024, c->limit_len, (unsigned)c->kept);
	text_printf(out, "Allow-nth-pak : %u, Duration : %u (seconds), Max packets : %u, pps : %u\nAssociated Capture Points:\n", c->limit_every, c->limit_s,
	    c->limit_packets, c->limit_pps);
	epc_point_each(r, put_associated, &of);
	text_printf(out, "Configuration:\nmonitor capture buffer %s", c->name);
	if (c->size_kb != BUFFER_KB)
		text_printf(out, " size %u", c->size_kb);
	if (c->limit_len != BUFFER_LEN)
		text_printf(out, " max-size %u", c->limit_len);
	text_printf(out, "%s\n", c->circular ? " circular" : " linear");
	put_limits(out, c);
	if (c->acl != NULL)
		text_printf(out, "monitor capture buffer %s filter access-list %s\n", c->name, c->acl);
	of.lines = true;
	epc_point_each(r, put_associated, &of);
}

/* From where in the buffer it stands. */
static void
put_dump(struct text *out, const struct epc_packet *p, size_t at)
{
	for (size_t from = 0; from < p->len; from += LINE) {
		text_printf(out, "%08zX: ", at + from);
		for (size_t i = from; i < from + LINE; i++)
			if (i < p->len)
				text_printf(out, "%02X%s", p->data[i], i % 4 == 3 ? " " : "");
			else
				text_add(out, i % 4 == 3 ? "   " : "  ");
		text_addc(out, ' ');
		for (size_t i = from; i < from + LINE && i < p->len; i++)
			text_addc(out, p->data[i] >= 0x20 && p->data[i] < 0x7f ? (char)p->data[i] : '.');
		text_addc(out, '\n');
	}
	text_addc(out, '\n');
}

static void
put_packets(const struct router *r, struct text *out, const struct epc *c, bool dump)
{
	char ifname[CFG_IF_NAME] = "";
	const struct epc_packet *p;
	size_t at = 0, n;
	const uint8_t *ip;

	TAILQ_FOREACH(p, &c->packets, next) {
		if (p->what == DP_TAP_SEALED)
			continue;
		ip = epc_ip(p, &n);
		ifname_short(c->seen[p->iface].name, ifname);
		show_time_day(out, r->cfg, p->when_ns);
		text_printf(out, " : %s    : %s %s\n", ip != NULL && ip[0] >> 4 == 6 ? "IPv6 LES CEF" : "IPv4 LES CEF", p->out ? "None" : ifname, p->out ? ifname : "None");
		if (dump) {
			text_addc(out, '\n');
			put_dump(out, p, at);
		}
		at += (p->len + LINE - 1) / LINE * LINE;
	}
}

struct all { struct router *r; struct text *out; };

static void
put_each_buffer(void *arg, struct epc *c)
{
	const struct all *all = arg;

	if (!c->by_points)
		return;
	put_parameters(all->r, all->out, c);
	text_addc(all->out, '\n');
}

static void
run_show_all(struct session *s, const struct args *a)
{
	struct text out = { 0 };
	struct all all = { s->router, &out };

	(void)a;
	epc_each(s->router, put_each_buffer, &all);
	show_flush(s, &out);
}

static void
run_show_buffer(struct session *s, const struct args *a)
{
	struct text out = { 0 };
	struct epc *c;

	if (arg_has(a, "all")) {
		run_show_all(s, a);
		return;
	}
	if ((c = buffer(s, a)) == NULL)
		return;
	if (arg_has(a, "parameters"))
		put_parameters(s->router, &out, c);
	else
		put_packets(s->router, &out, c, arg_has(a, "dump"));
	show_flush(s, &out);
}

static void
run_show_point(struct session *s, const struct args *a)
{
	struct text out = { 0 };
	struct epc_point *p;

	if (arg_has(a, "all"))
		epc_point_each(s->router, put_point, &out);
	else if ((p = point(s, arg_str(a, "name"))) != NULL)
		put_point(&out, p);
	show_flush(s, &out);
}

#define BUF		"monitor capture buffer WORD:name "
#define BUF_HELP	"Watch things\nPackets of interfaces\nA buffer of capture points\nIts name\n"
#define POINT		"monitor capture point "
#define POINT_HELP	"Watch things\nPackets of interfaces\nWhere packets are looked at\n"
#define SHOW		"show monitor capture "
#define SHOW_HELP	"Show what is going on\nWhat is watched\nPackets of interfaces\n"
#define LIMIT		"limit { allow-nth-pak <2-100000>:nth | duration <1-1000000>:seconds | packet-count <1-100000>:count | packets-per-sec <1-1000000>:rate }"

static const struct cmd rows[] = {
	{ M(PRIV), 15, 0, BUF "[ { size <256-102400>:kb | max-size <1-9500>:bytes | circular | linear }* ]",
	    BUF_HELP "How much it keeps\nKilobytes\nHow much of each packet\nBytes\nThe oldest give way\nNo more when it is full", run_buffer },
	{ M(PRIV), 15, 0, BUF "clear", BUF_HELP "Forget what was captured", run_clear },
	{ M(PRIV), 15, 0, BUF "export WORD:url [ { decrypted | keys }* ]",
	    BUF_HELP "Write it to a file\nA file of the flash\nAlso what IPsec carried, in clear\nBeside it the keys, as Wireshark reads them", run_export },
	{ M(PRIV), 15, 0, BUF "filter access-list WORD:acl", BUF_HELP "Which packets\nThose that a list permits\nIts name or number", run_filter },
	{ M(PRIV), 15, 0, BUF LIMIT,
	    BUF_HELP "How far it goes\nOne of several packets\nOf how many\nIts time\nSeconds\nHow many packets are kept\nPackets\nHow many a second\nPackets a second", run_limit },
	{ M(PRIV), 15, CMD_NO_ONLY, BUF "[ { filter | limit } ]", BUF_HELP "Which packets\nHow far it goes", run_no_buffer },
	{ M(PRIV), 15, 0, POINT "{ ip | ipv6 } cef WORD:name IFNAME:if { both | in | out }",
	    POINT_HELP "IPv4\nIPv6\nPackets as they are switched\nIts name\nOf this interface\nWhat comes in and goes out\nWhat comes in\nWhat goes out", run_point },
	{ M(PRIV), 15, CMD_NO_ONLY, POINT "{ ip | ipv6 } cef WORD:name [ IFNAME:if [ { both | in | out } ] ]",
	    POINT_HELP "IPv4\nIPv6\nPackets as they are switched\nIts name\nOf this interface\nWhat comes in and goes out\nWhat comes in\nWhat goes out", run_no_point },
	{ M(PRIV), 15, 0, POINT "associate WORD:point WORD:name", POINT_HELP "Give one a buffer\nThe point\nThe buffer", run_associate },
	{ M(PRIV), 15, 0, POINT "disassociate WORD:point", POINT_HELP "Take its buffer away\nThe point", run_associate },
	{ M(PRIV), 15, 0, POINT "{ start | stop } { all | WORD:name }", POINT_HELP "Begin\nEnd\nAll of them\nOne of them", run_start },
	{ M(PRIV), 15, CMD_SHOW, SHOW "buffer { all parameters | WORD:name [ { parameters | dump } ] }",
	    SHOW_HELP "Buffers of capture points\nAll of them\nHow they are set\nOne of them\nHow it is set\nThe packets' bytes", run_show_buffer },
	{ M(PRIV), 15, CMD_SHOW, SHOW "point { all | WORD:name }", SHOW_HELP "Capture points\nAll of them\nOne of them", run_show_point },
};

const struct cmd_table cmds_epc_point = { rows, NROWS(rows) };
