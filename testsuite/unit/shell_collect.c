/*
 * What programs that collect the output of show commands key on: of each command the lines that they must find, and of those whose
 * readers stop at a line that they do not know, the shapes that all lines must have.  Written by us from what such readers look
 * for; values are of any kind, layouts are not.
 */

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "engine/router.h"
#include "lib/mem.h"
#include "shell/show.h"
#include "testsuite/unit/shell_bench.h"
#include "testsuite/unit/shell_test.h"

#define LINES_MAX	32
#define ALL		(1u << IKE_IOS_12 | 1u << IKE_IOS_15 | 1u << IKE_XE_17)
#define IOS		(1u << IKE_IOS_12 | 1u << IKE_IOS_15)
#define XE		(1u << IKE_XE_17)

static const char config[] =
    "hostname R1\n"
    "interface GigabitEthernet0/0\n"
    " description to the net\n"
    " ip address 10.0.0.1 255.255.255.0\n"
    " ip address 10.0.8.1 255.255.255.0 secondary\n"
    "interface GigabitEthernet0/1\n"
    " no ip address\n"
    " shutdown\n"
    "interface Loopback0\n"
    " ip address 192.168.1.1 255.255.255.255\n"
    "ip route 0.0.0.0 0.0.0.0 10.0.0.2\n";

static const struct expect {
	const char	*command;
	unsigned	 dialects;
	bool		 strict;		/* no other lines than these (and blank ones) */
	const char	*lines[LINES_MAX];	/* each must match one at least; "?" before it: it need not */
} expects[] = {
	{ "show version", ALL, false, {
	    "^Cisco IOS Software ?\\[?[A-Za-z]*\\]?, .+ Software \\([A-Z0-9_-]+\\), Version [0-9.()A-Za-z]+, RELEASE SOFTWARE \\(fc[0-9]\\)$",
	    "^Compiled .+ by [a-z]+$", "^ROM: [^ ]+", "^R1 uptime is .*[0-9]+ minutes?$", "^System returned to ROM by [a-z-]+$",
	    "^System restarted at [0-9:]{8} UTC [A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]+ [0-9]{4}$", "^System image file is \"[a-z0-9]+:[^\"]+\"$",
	    "^[Cc]isco [A-Z0-9-]+ \\(.+\\) .*with [0-9]+K/[0-9]+K bytes of memory\\.$", "^Processor board ID [A-Z0-9]+$", "^[0-9]+ Gigabit Ethernet interfaces?$",
	    "^[0-9]+K bytes of non-volatile configuration memory\\.$", "^Configuration register is 0x[0-9A-F]+$" } },
	{ "show version", IOS, false, { "^Cisco [A-Z]+ \\(revision [0-9.]+\\) with [0-9]+K/[0-9]+K bytes of memory\\.$" } },
	{ "show version", XE, false, { "^Cisco IOS XE Software, Version [0-9]{2}\\.[0-9]{2}\\.[0-9]{2}$", "^Uptime for this control processor is ", "^Last reload reason: ",
	    "^cisco [A-Z]+ \\(VXE\\) processor \\(revision VXE\\) with ", "^Router operating mode: Autonomous$" } },
	{ "show inventory", ALL, true, { "^NAME: \"[^\"]+\", DESCR: \"[^\"]+\"$", "^PID: [^ ,]+ *, VID: [A-Z0-9]+, SN: [A-Z0-9]+$" } },
	{ "show processes cpu", ALL, true, { "^CPU utilization for five seconds: [0-9]+%/[0-9]+%; one minute: [0-9]+%; five minutes: [0-9]+%$",
	    "^ PID Runtime\\(ms\\) +Invoked +uSecs +5Sec +1Min +5Min TTY Process $", "^ *[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+( +[0-9]+\\.[0-9]{2}%){3} +[0-9]+ [^ ]" } },
	{ "show processes memory", ALL, true, { "^Processor Pool Total: +[0-9]+ Used: +[0-9]+ Free: +[0-9]+$",
	    "^ PID TTY +Allocated +Freed +Holding +Getbufs +Retbufs Process$", "^ *[0-9]+ +0( +[0-9]+){5} [^ ]", "^ *[0-9]+ Total$" } },
	{ "show memory statistics", ALL, true, { "^ +Head +Total\\(b\\) +Used\\(b\\) +Free\\(b\\) +Lowest\\(b\\) +Largest\\(b\\)$",
	    "^Processor  [0-9A-Fx]+(  +[0-9]+){5}$" } },
	{ "show interfaces", ALL, false, { "^GigabitEthernet0/0 is up, line protocol is up *$", "^GigabitEthernet0/1 is administratively down, line protocol is down *$",
	    "^  Hardware is [^,]+, address is [0-9a-f.]{14} \\(bia [0-9a-f.]{14}\\)$", "^  Description: to the net$", "^  Internet address is 10\\.0\\.0\\.1/24$",
	    "^  MTU [0-9]+ bytes, BW [0-9]+ Kbit/sec, DLY [0-9]+ usec, $", "^  Encapsulation [A-Z]+, ", "^  Full Duplex, 1Gbps, media type is RJ45$",
	    "^  Last input [^ ]+, output [^ ]+, output hang never$", "^  Input queue: 0/75/[0-9]+/0 \\(size/max/drops/flushes\\); Total output drops: [0-9]+$",
	    "^  Queueing strategy: [a-z]+$", "^  5 minute input rate [0-9]+ bits/sec, [0-9]+ packets/sec$", "^     [0-9]+ packets input, [0-9]+ bytes, 0 no buffer$",
	    "^     [0-9]+ input errors, [0-9]+ CRC, [0-9]+ frame, [0-9]+ overrun, [0-9]+ ignored(, 0 abort)?$", "^     [0-9]+ packets output, [0-9]+ bytes, 0 underruns$",
	    "^     [0-9]+ output errors, [0-9]+ collisions, [0-9]+ interface resets$" } },
	{ "show interfaces description", ALL, true, { "^Interface                      Status         Protocol Description$",
	    "^Gi0/0                          up             up       to the net$", "^Gi0/1                          admin down     down     $", "^Lo0 +up +up +$" } },
	{ "show interfaces summary", ALL, false, { "^  Interface +IHQ +IQD +OHQ +OQD +RXBS +RXPS +TXBS +TXPS +TRTL$", "^-{113}$", "^[* ] GigabitEthernet0/0( +[0-9]+){9}$" } },
	{ "show ip interface", ALL, true, { "^[A-Z][A-Za-z0-9/]+ is (up|down|administratively down), line protocol is (up|down)$",
	    "^  Internet address is 10\\.0\\.0\\.1/24$", "?^  Internet address is ", "^  Secondary address 10\\.0\\.8\\.1/24$", "^  Broadcast address is ", "^  Address determined by ",
	    "^  MTU is [0-9]+ bytes$", "^  Helper address is not set$", "^  Directed broadcast forwarding is disabled$", "^  Outgoing access list is not set$",
	    "^  Inbound  access list is not set$", "^  (Local )?Proxy ARP is disabled$", "^  Security level is default$", "^  Split horizon is enabled$",
	    "^  ICMP (redirects|unreachables|mask replies) are (always|never) sent$", "^  Router Discovery is ", "^  IP (output packet|access violation) accounting is ",
	    "^  (TCP|RTP)/IP header compression is ", "^  Policy routing is ", "^  BGP Policy Mapping is ", "^  Internet protocol processing disabled$" } },
	{ "show ip interface brief", ALL, true, { "^Interface +IP-Address +OK\\? Method Status +Protocol$",
	    "^[A-Z][A-Za-z0-9/]+ +(unassigned|[0-9.]+) +YES [A-Za-z]+ +(up|down|administratively down) +(up|down) *$" } },
	{ "show ipv6 interface brief", ALL, true, { "^[A-Z][A-Za-z0-9/]+ +\\[(up|down|administratively down)/(up|down)\\]$", "^    (unassigned|[0-9A-F:]+)$" } },
	{ "show ip cef", ALL, true, { "^Prefix               Next Hop             Interface$", "^[0-9.]+/[0-9]+ +(attached|[0-9.]+) +[A-Z][A-Za-z0-9/]*$",
	    "?^[0-9.]+/[0-9]+ +receive +[A-Z][A-Za-z0-9/]+$" } },
	{ "show arp", ALL, true, { "^Protocol  Address          Age \\(min\\)  Hardware Addr   Type   Interface$", "^Internet  [0-9.]+ +(-|[0-9]+) +[0-9a-f.]{14}  ARPA   [A-Z][A-Za-z0-9/]+$" } },
	{ "show clock", ALL, true, { "^[*.]?[0-9:]{8}\\.[0-9]{3} [A-Z]+ [A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]+ [0-9]{4}$" } },
	{ "show crypto isakmp sa", ALL, true, { "^IPv4 Crypto ISAKMP SA$", "^dst             src             state          conn-id status$", "^IPv6 Crypto ISAKMP SA$" } },
	{ "show crypto isakmp sa count", ALL, true, { "^Active ISAKMP SA's: [0-9]+$", "^Standby ISAKMP SA's: [0-9]+$", "^Currently being negotiated ISAKMP SA's: [0-9]+$",
	    "^Dead ISAKMP SA's: [0-9]+$" } },
	{ "show crypto ipsec sa count", ALL, true, { "^IPsec SA total: [0-9]+, active: [0-9]+, rekeying: [0-9]+, unused: [0-9]+, invalid: [0-9]+$" } },
	{ "show crypto isakmp default policy", 1u << IKE_IOS_15 | XE, true, { "^Default protection suite of priority 655[0-9]{2}$", "^\tencryption algorithm:\t[A-Z].*\\.?$",
	    "^\thash algorithm:\t\t", "^\tauthentication method:\t(Pre-Shared Key|Rivest-Shamir-Adleman Signature)$", "^\tDiffie-Hellman group:\t#[0-9]+ \\([0-9]+ bit\\)$",
	    "^\tlifetime:\t\t86400 seconds, no volume limit$" } },
	{ "show crypto eli", ALL, false, { "^Hardware Encryption : (IN)?ACTIVE$", "^ Number of hardware crypto engines = [0-9]+$" } },
	{ "show crypto eli all", ALL, false, { "^ Number of crypto engines = [0-9]+$", "^ CryptoEngine .+ details: state = Active$", "^ Capability    : [A-Z0-9]+(, [A-Za-z0-9]+)*$",
	    "^ IPSec-Session : +[0-9]+ active, +[0-9]+ max, [0-9]+ failed, [0-9]+ created$", "^ DH calculations: P1 [0-9]+, SS [0-9]+$" } },
	{ "show crypto mib ipsec flowmib global", ALL, true, { "^ vrf .+$", "^  [A-Z][A-Za-z ]+: +[0-9]+$" } },
	{ "show crypto call admission statistics", ALL, false, { "^System Resource Limit: +[0-9]+ Max IKE SAs: +[0-9]+ Max in nego: +[0-9]+$",
	    "^Total IKE SA Count: +[0-9]+ active: +[0-9]+ negotiating: +[0-9]+$", "^Incoming IKE Requests: +[0-9]+ accepted: +[0-9]+ rejected: +[0-9]+$",
	    "^Rejected IKE Requests: +[0-9]+ rsrc low: +[0-9]+ Active SA limit: [0-9]+$", "^ +In-neg SA limit: [0-9]+$", "^IKE packets dropped at dispatch: +[0-9]+$",
	    "^Max IPSEC SAs: +[0-9]+$", "^Total IPSEC SA Count: +[0-9]+ active: +[0-9]+ negotiating: +[0-9]+$", "^Outgoing IPSEC Requests: +[0-9]+ accepted: +[0-9]+ rejected: +[0-9]+$",
	    "^SA Strength Enforcement Rejects:  incoming: +[0-9]+ outgoing: +[0-9]+$", "^Phase1.5 SAs under negotiation: +[0-9]+$" } },
	{ "show monitor event-trace crypto all", ALL, true, { "^(ipsec|isakmp)_(event|error):$" } },
	{ "show cdp", ALL, true, { "^% CDP is not enabled$" } },
	{ "show lldp", ALL, true, { "^% LLDP is not enabled$" } },
	{ "show privilege", ALL, true, { "^Current privilege level is 15$" } },
};

static bool
matches(const char *pattern, const char *line)
{
	regex_t re;
	bool is;

	ck_assert_msg(regcomp(&re, pattern[0] == '?' ? pattern + 1 : pattern, REG_EXTENDED | REG_NOSUB) == 0, "%s", pattern);
	is = regexec(&re, line, 0, NULL, 0) == 0;
	regfree(&re);
	return is;
}

struct held { const struct expect *e; bool met[LINES_MAX]; };

static void
hold_line(void *arg, const char *line, size_t n)
{
	struct held *h = arg;
	bool any = n == 0;

	for (size_t i = 0; i < LINES_MAX && h->e->lines[i] != NULL; i++)
		if (matches(h->e->lines[i], line))
			any = h->met[i] = true;
	ck_assert_msg(any || !h->e->strict, "%s: nobody reads this line: %s", h->e->command, line);
}

static void
hold(const struct expect *e, const char *text)
{
	struct held h = { .e = e };

	text_lines(text, hold_line, &h);
	for (size_t i = 0; i < LINES_MAX && e->lines[i] != NULL; i++)
		ck_assert_msg(h.met[i] || e->lines[i][0] == '?', "%s: no line like %s in:\n%s", e->command, e->lines[i], text);
}

START_TEST(readers_find_what_they_key_on)
{
	enum ike_dialect d = (enum ike_dialect)_i;
	struct bench *b = bench_new(d);

	ck_assert_msg(bench_load(b, config) == 0, "%s", text_str(&b->faults));
	for (size_t i = 0; i < sizeof(expects) / sizeof(expects[0]); i++) {
		char *line;

		if ((expects[i].dialects >> d & 1) == 0)
			continue;
		line = xasprintf("%s\n", expects[i].command);
		bench_type(b, line);
		hold(&expects[i], text_str(&b->said));
		free(line);
	}
	bench_free(b);
}
END_TEST

/* The reader of the detailed table stops at a line that it does not know. */
static const struct expect sa_detail = { "show crypto ipsec sa detail", ALL, true, {
	"^interface: [A-Za-z0-9/]+$", "^    Crypto map tag: [^ ,]+, local addr [0-9.]+$", "^   protected vrf: \\(none\\)$",
	"^   local  ident \\(addr/mask/prot/port\\): \\([0-9.]+/[0-9.]+/[0-9]+/[0-9]+\\)$", "^   remote ident \\(addr/mask/prot/port\\): \\([0-9.]+/[0-9.]+/[0-9]+/[0-9]+\\)$",
	"^   current_peer [0-9.]+ port [0-9]+$", "^     PERMIT, flags=\\{[a-z_,]*\\}$", "^    ##?pkts .*[0-9]+$",
	"^     local crypto endpt\\.: [0-9.]+, remote crypto endpt\\.: [0-9.]+$", "^     plaintext mtu [0-9]+, path mtu [0-9]+, ip mtu [0-9]+, ip mtu idb [A-Za-z0-9/()]+$",
	"^     current outbound spi: 0x[0-9A-F]+\\([0-9]+\\)$", "^     PFS \\(Y/N\\): [YN], DH group: [a-z0-9]+$", "^     (inbound|outbound) (esp|ah|pcp) sas:$",
	"^      spi: 0x[0-9A-F]+\\([0-9]+\\)$", "^        transform: [a-z0-9 -]+ ,$", "^        in use settings =\\{(Tunnel|Transport)( UDP-Encaps)?, \\}$",
	"^        conn id: [0-9]+, flow_id: [^,]+:[0-9]+, sibling_flags [0-9A-F]{8}, crypto map: [^ ]+$",
	"^        sa timing: remaining key lifetime \\(k/sec\\): \\([0-9]+/[0-9]+\\)$", "^        IV size: [0-9]+ bytes$",
	"^        replay detection support: Y  replay window size: [0-9]+$", "^        Status: ACTIVE(\\(ACTIVE\\))?$" } };

START_TEST(detailed_sas_have_no_strange_line)
{
	struct bench *b = bench_new((enum ike_dialect)_i);
	struct ipsec_sa_info sas[2] = {
		{ .sa.p = { .dir = SA_IN, .proto = SA_ESP, .cipher = SA_CIPHER_AES_CBC, .spi = 0x1234abcd, .replay_window = 64 }, .conn_id = 1, .life_s = 3600,
		    .life_kb = 4608000, .left_s = 3599, .left_kb = 4607999, .transform = "esp-256-aes esp-sha256-hmac" },
	};
	struct ipsec_flow_info f = { .ifname = "Tunnel0", .map_tag = "Tunnel0-head-0", .local = addr_v4(0x0a000001), .remote = addr_v4(0x0a000002), .remote_port = 500,
		.local_id = { .type = IKE_ID_IPV4_ADDR_SUBNET, .addr = addr_v4(0) }, .remote_id = { .type = IKE_ID_IPV4_ADDR_SUBNET, .addr = addr_v4(0) },
		.spi_out = 0x42060745, .out_if = "GigabitEthernet0/0", .path_mtu = 1500, .plaintext_mtu = 1438, .nsas = 2, .sas = sas };
	struct text out = { 0 };

	sas[1] = sas[0];
	sas[1].sa.p.dir = SA_OUT;
	sas[1].sa.p.transport = true;
	sas[1].sa.p.udp_port = 4500;
	show_ipsec_flow(&out, b->router, &f, true);
	hold(&sa_detail, text_str(&out));
	text_free(&out);
	bench_free(b);
}
END_TEST

/* What may be shown to a stranger. */
START_TEST(secrets_are_left_out)
{
	static const struct { const char *line, *shown; } lines[] = {
		{ "enable secret 9 $9$abc", "enable secret 9 <removed>" },
		{ "enable password level 7 0 abc", "enable password level 7 0 <removed>" },
		{ "username a privilege 15 secret 8 $8$x", "username a privilege 15 secret 8 <removed>" },
		{ "username a password 0 two words", "username a password 0 <removed>" },
		{ "crypto isakmp key 6 abc address 10.0.0.1 255.255.255.0", "crypto isakmp key 6 <removed> address 10.0.0.1 255.255.255.0" },
		{ "crypto isakmp key abc hostname far", "crypto isakmp key <removed> hostname far" },
		{ "  pre-shared-key address 10.0.0.1 key abc", "  pre-shared-key address 10.0.0.1 key <removed>" },
		{ " key abc", " key <removed>" },
		{ "snmp-server community abc RO", "snmp-server community <removed> RO" },
		{ "snmp-server host 10.0.0.1 version 2c abc", "snmp-server host 10.0.0.1 version 2c <removed>" },
		{ " ip ospf message-digest-key 1 md5 abc", " ip ospf message-digest-key <removed>" },
		{ " hash md5", " hash md5" },
		{ "crypto ipsec transform-set T esp-3des esp-md5-hmac", "crypto ipsec transform-set T esp-3des esp-md5-hmac" },
		{ "no service password-encryption", "no service password-encryption" },
		{ " ip address 10.0.0.1 255.0.0.0", " ip address 10.0.0.1 255.0.0.0" },
		{ "", "" }, { "key", "key" }, { " tunnel key 7", " tunnel key 7" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct text t = { 0 };

		show_tech_line(&t, lines[i].line);
		ck_assert_uint_gt(t.len, 0);
		t.s[t.len - 1] = '\0';
		ck_assert_str_eq(text_str(&t), lines[i].shown);
		text_free(&t);
	}
}
END_TEST

void
shell_collect_tests(TCase *tc)
{
	tcase_add_loop_test(tc, readers_find_what_they_key_on, IKE_IOS_12, IKE_XE_17 + 1);
	tcase_add_loop_test(tc, detailed_sas_have_no_strange_line, IKE_IOS_12, IKE_XE_17 + 1);
	tcase_add_test(tc, secrets_are_left_out);
}
