/*
 * monitor capture NAME ...: captures of interfaces, in memory, exported to the flash.  One line may set several things and start
 * it, as in `monitor capture X interface Gi0/0 both match any start`.  Ours beside what IOS XE has: `export ... decrypted`
 * and `export ... keys`.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/epc.h"
#include "engine/flash.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/cmds_epc.h"

#define PROTO_TCP	6
#define PROTO_UDP	17

/* A row's words in their order. */
struct typed {
	struct session		*s;
	const struct args	*a;
	size_t			 i;
	struct epc		*c;
	bool			 ok;
};

static bool
take(struct typed *t, const char *name)
{
	if (!args_is(t->a, t->i, name))
		return false;
	t->i++;
	return true;
}

static uint32_t
take_number(struct typed *t)
{
	return (uint32_t)strtoul(args_at(t->a, t->i++), NULL, 10);
}

static void
refuse(struct typed *t, const char *why)
{
	session_error(t->s, "%% %s", why);
	t->ok = false;
}

/* --- Filters --- */

static void
take_addr4(struct typed *t, uint32_t *addr, uint32_t *mask)
{
	unsigned len = 32;

	*addr = *mask = 0;
	if (take(t, "any"))
		return;
	if (take(t, "host"))
		ip4_parse(args_at(t->a, t->i++), addr);
	else
		ip4_parse_cidr(args_at(t->a, t->i++), addr, &len);
	*mask = ip4_mask(len);
	*addr &= *mask;
}

static void
mask6(struct prefix *p)
{
	for (unsigned bit = p->len; bit < 128; bit++)
		p->addr.v6[bit / 8] &= (uint8_t)~(0x80u >> bit % 8);
}

static void
take_addr6(struct typed *t, struct prefix *p)
{
	char text[ADDR_STRLEN + 5] = "", *slash;

	*p = (struct prefix){ .addr.af = ADDR_NONE };
	if (take(t, "any"))
		return;
	take(t, "host");
	strncpy(text, args_at(t->a, t->i++), sizeof(text) - 1);
	p->len = 128;
	if ((slash = strchr(text, '/')) != NULL) {
		*slash = '\0';
		p->len = (uint8_t)atoi(slash + 1);
	}
	addr_parse(text, &p->addr);
	mask6(p);
}

static void
take_ports(struct typed *t, struct dp_ports *p)
{
	if (take(t, "eq"))
		*p = (struct dp_ports){ .op = DP_PORT_EQ, .n = 1, .v = { (uint16_t)take_number(t) } };
	else if (take(t, "range")) {
		*p = (struct dp_ports){ .op = DP_PORT_RANGE, .n = 2 };
		p->v[0] = (uint16_t)take_number(t);
		p->v[1] = (uint16_t)take_number(t);
	}
	if (p->op == DP_PORT_RANGE && p->v[0] > p->v[1])
		refuse(t, "The first port of a range is the lower one");
}

static uint8_t
take_protocol(struct typed *t)
{
	if (!take(t, "protocol"))
		return 0;
	return take(t, "tcp") ? PROTO_TCP : take(t, "udp") ? PROTO_UDP : (uint8_t)take_number(t);
}

static void
take_ipv4(struct typed *t, struct dp_ace *e)
{
	*e = (struct dp_ace){ .permit = true };
	e->proto = take_protocol(t);
	take_addr4(t, &e->src, &e->src_mask);
	take_ports(t, &e->sport);
	take_addr4(t, &e->dst, &e->dst_mask);
	take_ports(t, &e->dport);
	if ((e->sport.op != DP_PORT_ANY || e->dport.op != DP_PORT_ANY) && e->proto != PROTO_TCP && e->proto != PROTO_UDP)
		refuse(t, "Ports are for protocol tcp or udp");
}

/* The words from `match` on, as `parameter` shows them. */
static char *
words_of(const struct typed *t, size_t from)
{
	struct text out = { 0 };

	for (size_t i = from; i < t->i; i++)
		text_printf(&out, "%s%s", i > from ? " " : "", args_at(t->a, i));
	return out.s == NULL ? xstrdup("") : text_take(&out);
}

static bool
filter_free(struct typed *t)
{
	if (t->c->active) {
		refuse(t, "Capture is active: stop it to change its filter");
		return false;
	}
	return t->c->filter == EPC_FILTER_NONE ||
	    session_confirm(t->s, "A filter is already attached to the capture . Replace with specified filter?[confirm]");
}

static void
take_match(struct typed *t, size_t from)
{
	enum epc_filter f = EPC_FILTER_ANY;
	struct prefix src6 = { 0 }, dst6 = { 0 };
	struct dp_ace ace = { 0 };
	uint8_t proto6 = 0;

	if (take(t, "ipv4")) {
		f = EPC_FILTER_IPV4;
		take_ipv4(t, &ace);
	} else if (take(t, "ipv6")) {
		f = EPC_FILTER_IPV6;
		proto6 = take_protocol(t);
		take_addr6(t, &src6);
		take_addr6(t, &dst6);
	} else
		take(t, "any");
	if (!t->ok || !filter_free(t))
		return;
	epc_filter_clear(t->c);
	t->c->filter = f;
	t->c->ace = ace;
	t->c->src6 = src6;
	t->c->dst6 = dst6;
	t->c->proto6 = proto6;
	t->c->match = words_of(t, from);
}

static void
take_acl(struct typed *t)
{
	const char *name = args_at(t->a, t->i++);

	if (!filter_free(t))
		return;
	epc_filter_clear(t->c);
	t->c->filter = EPC_FILTER_ACL;
	t->c->acl = xstrdup(name);
}

/* --- The rest of a line --- */

static void
take_interface(struct typed *t)
{
	const char *name = args_at(t->a, t->i++);
	bool in = take(t, "in"), out = !in && take(t, "out");
	struct if_info i;

	if (!in && !out)
		take(t, "both");
	if (!router_if_info(t->s->router, name, &i)) {
		session_error(t->s, "%% Interface %s does not exist", name);
		t->ok = false;
	} else if (!epc_if_set(t->c, name, !out, !in))
		refuse(t, "No more interfaces can be attached to this capture");
}

static void
take_buffer(struct typed *t)
{
	bool circular = false;
	size_t from = t->i;

	if (t->c->active) {
		refuse(t, "Capture is active: stop it to change its buffer");
		return;
	}
	for (;;)
		if (take(t, "circular"))
			circular = true;
		else if (take(t, "size"))
			t->c->size_kb = take_number(t) * 1024;
		else
			break;
	t->c->circular = circular;
	if (t->i == from)
		refuse(t, "Incomplete command.");
}

static void
take_limit(struct typed *t)
{
	uint32_t zero = 0;
	size_t from = t->i;

	for (;;) {
		uint32_t *what = take(t, "duration") ? &t->c->limit_s : take(t, "packets") ? &t->c->limit_packets : take(t, "packet-len") ? &t->c->limit_len :
		    take(t, "pps") ? &t->c->limit_pps : take(t, "every") ? &t->c->limit_every : &zero;

		if (what == &zero)
			break;
		*what = take_number(t);
	}
	if (t->i == from)
		refuse(t, "Incomplete command.");
}

static void
take_start(struct typed *t)
{
	const char *why = epc_start(t->c);

	if (why != NULL)
		session_error(t->s, "%% Unable to activate Capture : %s", why);
	else
		session_printf(t->s, "Started capture point : %s\n", t->c->name);
	t->ok = why == NULL;
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

/* The capture of that name, made if it isn't there. */
static struct epc *
open_capture(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	struct epc *c = epc_find(s->router, name);

	if (c != NULL && !c->by_points)
		return c;
	if (c != NULL) {
		session_error(s, "%% %s is a capture buffer", name);
		return NULL;
	}
	if (strlen(name) > EPC_NAME_MAX)
		session_error(s, "%% A capture's name has %u characters at most", EPC_NAME_MAX);
	else if ((c = epc_make(s->router, name)) == NULL)
		session_error(s, "%% There are %u captures already", EPC_MAX);
	return c;
}

static void
run_set(struct session *s, const struct args *a)
{
	struct typed t = { .s = s, .a = a, .ok = true };

	while (args_at(a, t.i) != NULL && strcmp(args_at(a, t.i), arg_str(a, "name")) != 0)
		t.i++;
	if (args_at(a, t.i + 1) == NULL) {
		refuse(&t, "Incomplete command.");
		return;
	}
	t.i++;
	t.c = open_capture(s, a);
	while (t.c != NULL && t.ok && args_at(a, t.i) != NULL)
		if (take(&t, "interface"))
			take_interface(&t);
		else if (take(&t, "match"))
			take_match(&t, t.i);
		else if (take(&t, "access-list"))
			take_acl(&t);
		else if (take(&t, "buffer"))
			take_buffer(&t);
		else if (take(&t, "limit"))
			take_limit(&t);
		else if (take(&t, "start"))
			take_start(&t);
		else
			t.i++;
}

static void
run_stop(struct session *s, const struct args *a)
{
	struct epc *c = find(s, a);

	if (c == NULL)
		return;
	if (!c->active) {
		session_error(s, "%% Capture %s is not active", c->name);
		return;
	}
	epc_stop(c);
	session_printf(s, "Stopped capture point : %s\n", c->name);
}

static void
run_clear(struct session *s, const struct args *a)
{
	if (find(s, a) == NULL || !session_confirm(s, "Captured data will be deleted [clear]?[confirm]") || find(s, a) == NULL)
		return;
	epc_clear(find(s, a));
	session_printf(s, "cleared buffer : %s\n", arg_str(a, "name"));
}

/* --- Taking away --- */

static void
run_no_part(struct session *s, const struct args *a)
{
	struct epc *c = find(s, a);

	if (c == NULL)
		return;
	if (c->active) {
		session_error(s, "%% Capture is active: stop it first");
		return;
	}
	if (arg_has(a, "interface") && !epc_if_del(c, arg_str(a, "if")))
		session_error(s, "%% Interface %s is not attached", arg_str(a, "if"));
	if (arg_has(a, "match") || arg_has(a, "access-list"))
		epc_filter_clear(c);
	if (arg_has(a, "buffer")) {
		c->size_kb = EPC_SIZE;
		c->circular = false;
	}
	if (arg_has(a, "limit"))
		c->limit_s = c->limit_packets = c->limit_len = c->limit_pps = c->limit_every = 0;
}

static void
run_no(struct session *s, const struct args *a)
{
	struct epc *c = find(s, a);

	if (c != NULL)
		epc_del(c);
}

/* --- Export --- */

static bool
write_file(struct session *s, const char *url, const char *name, const struct text *t)
{
	enum flash_status st = flash_write(s->router->flash, name, text_str(t), t->len, false, router_now(s->router));

	if (st != FLASH_OK)
		session_error(s, "%%Error writing %s (%s)", url, flash_why(st));
	return st == FLASH_OK;
}

static void
text_wipe(struct text *t)
{
	if (t->s != NULL)
		wipe(t->s, t->cap);
	text_free(t);
}

static bool
write_keys(struct session *s)
{
	struct text esp = { 0 }, ike = { 0 };
	bool ok;

	epc_key_files(s->router, &esp, &ike);
	ok = write_file(s, "flash:esp_sa", "esp_sa", &esp) && write_file(s, "flash:ikev1_decryption_table", "ikev1_decryption_table", &ike);
	text_wipe(&esp);
	text_wipe(&ike);
	return ok;
}

void
epc_export(struct session *s, const struct epc *c, const struct args *a)
{
	const char *url = arg_str(a, "url"), *name = NULL;
	struct text t = { 0 };
	enum flash_status st;
	bool ok;

	if ((st = flash_url(url, &name)) != FLASH_OK) {
		session_error(s, "%%Error opening %s (%s)", url, flash_why(st));
		return;
	}
	if (c->active) {
		session_error(s, "%% Capture is active: stop it to export what it has");
		return;
	}
	epc_pcapng(c, arg_has(a, "decrypted"), &t);
	ok = write_file(s, url, name, &t) && (!arg_has(a, "keys") || write_keys(s));
	text_free(&t);
	if (ok)
		session_printf(s, "Exported Successfully\n");
}

static void
run_export(struct session *s, const struct args *a)
{
	const struct epc *c = find(s, a);

	if (c != NULL)
		epc_export(s, c, a);
}

#define CAPTURE		"monitor capture WORD:name "
#define CAPTURE_HELP	"Watch things\nPackets of interfaces\nThe capture's name\n"
#define ADDR4		"{ any | host A.B.C.D:addr | A.B.C.D/nn:net }"
#define ADDR4_HELP	"Any address\nOne address\nIts address\nA network\n"
#define ADDR6		"{ any | host X:X:X:X::X:addr6 | X:X:X:X::X/<0-128>:net6 }"
#define PORTS		"[ { eq <0-65535>:port | range <0-65535>:low <0-65535>:high } ]"
#define PORTS_HELP	"This port\nIts number\nThese ports\nThe lowest\nThe highest\n"
#define PROTO		"[ protocol { tcp | udp | <1-255>:proto } ]"
#define PROTO_HELP	"Of one protocol\nTCP\nUDP\nIts number\n"
#define MATCH		"match { any | ipv4 " PROTO " " ADDR4 " " PORTS " " ADDR4 " " PORTS " | ipv6 " PROTO " " ADDR6 " " ADDR6 " }"
#define MATCH_HELP	"Which packets\nAll\nIPv4\n" PROTO_HELP ADDR4_HELP PORTS_HELP ADDR4_HELP PORTS_HELP "IPv6\n" PROTO_HELP ADDR4_HELP ADDR4_HELP
#define BUFFER		"buffer { circular | size <1-100>:mb }*"
#define BUFFER_HELP	"Where packets are kept\nThe oldest give way\nHow much\nMegabytes\n"
#define LIMIT		"limit { duration <1-1000000>:seconds | every <2-100000>:nth | packet-len <14-9500>:bytes | packets <1-100000>:count | pps <1-1000000>:rate }*"
#define LIMIT_HELP	"How far it goes\nIts time\nSeconds\nOne of several packets\nOf how many\nHow much of each packet is kept\nBytes\nHow many packets are kept\nPackets\nHow many a second\nPackets a second\n"
#define IFACE		"interface IFNAME:if { in | out | both }"
#define IFACE_HELP	"An interface\nIts name\nWhat comes in\nWhat goes out\nBoth\n"

static const struct cmd rows[] = {
	{ M(PRIV), 15, 0, CAPTURE "{ " IFACE " | access-list WORD:acl | " BUFFER " | " LIMIT " | " MATCH " | start }*",
	    CAPTURE_HELP IFACE_HELP "Packets that a list permits\nIts name or number\n" BUFFER_HELP LIMIT_HELP MATCH_HELP "Begin", run_set },
	{ M(PRIV), 15, 0, CAPTURE "stop", CAPTURE_HELP "End", run_stop },
	{ M(PRIV), 15, 0, CAPTURE "clear", CAPTURE_HELP "Forget what was captured", run_clear },
	{ M(PRIV), 15, 0, CAPTURE "export WORD:url { decrypted | keys }*",
	    CAPTURE_HELP "Write it to a file\nA file of the flash\nAlso what IPsec carried, in clear\nBeside it the keys, as Wireshark reads them", run_export },
	{ M(PRIV), 15, CMD_NO_ONLY, CAPTURE, "Watch things\nPackets of interfaces\nThe capture's name", run_no },
	{ M(PRIV), 15, CMD_NO_ONLY, CAPTURE "{ interface IFNAME:if [ { in | out | both } ] | match | access-list | buffer | limit }",
	    CAPTURE_HELP IFACE_HELP "Which packets\nPackets that a list permits\nWhere packets are kept\nHow far it goes", run_no_part },
};

const struct cmd_table cmds_epc = { rows, NROWS(rows) };
