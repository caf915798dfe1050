/*
 * Configuration commands and the running configuration: the text parses back to itself, `no` undoes
 * what a line did, and what cannot be is refused in IOS's words.
 */

#include <stdlib.h>
#include <string.h>

#include "lib/chance.h"
#include "lib/mem.h"
#include "shell/grammar.h"
#include "testsuite/unit/shell_bench.h"
#include "testsuite/unit/shell_test.h"

/* Event manager, tracked objects, IP SLA, SNMP: in the order and the words in which they are printed. */
static const char events[] =
    "track 1 interface GigabitEthernet0/1 line-protocol\n"
    "track 2 ip sla 3 state\n"
    " delay down 10 up 5\n"
    "track 3 ip route 10.0.0.0 255.0.0.0 reachability\n"
    "track 4 list boolean or\n"
    " object 1\n"
    " object 2 not\n"
    "track 5 stub-object\n"
    " default-state up\n"
    "ip sla 3\n"
    " icmp-echo 10.0.0.1 source-interface GigabitEthernet0/1\n"
    "  tag to the hub\n"
    "  threshold 100\n"
    "  timeout 200\n"
    "  request-data-size 64\n"
    "  frequency 30\n"
    "ip sla schedule 3 life forever start-time now\n"
    "snmp-server community public RO\n"
    "snmp-server community secret RW\n"
    "snmp-server trap-source Loopback0\n"
    "snmp-server enable traps event-manager\n"
    "snmp-server host 10.0.0.9 version 2c public  event-manager\n"
    "snmp-server host 10.0.0.8 old\n"
    "snmp-server manager\n"
    "event manager environment _a one two\n"
    "event manager session cli username \"eem\"\n"
    "event manager history size events 20\n"
    "event manager history size traps 10\n"
    "event manager applet A1 authorization bypass class B trap\n"
    " description why it is there\n"
    " event syslog pattern \"LINK.*(up|down)$\" occurs 3 period 10.500 priority 5 maxrun 5 ratelimit 60\n"
    " action 010 cli command \"enable\"\n"
    " action 020 cli command \"reload\" pattern \"confirm\"\n"
    " action 030 syslog priority errors facility \"F\" msg \"a $_a\"\n"
    " action 040 if $x ge \"5\" goto 060\n"
    " action 050 string compare nocase length 3 \"a\" \"$b\"\n"
    " action 060 snmp-trap intdata1 5 intdata2 $x strdata \"text of it\"\n"
    " action 070 file puts nonewline f \"x\"\n"
    " action 080 mail server \"s\" to \"t\" from \"f\" cc \"c\" subject \"su\" body \"b b\"\n"
    " action 090 comment any \"words\" here\n"
    " action 100 regexp \"a b\" \"$_cli_result\" m s1 s2\n"
    "event manager applet A2\n"
    " event timer cron name N cron-entry \"0 3 * * 1-5\" maxrun 0\n"
    "event manager applet A3\n"
    " event timer watchdog name W time 1.250\n"
    "event manager applet A4\n"
    " event timer absolute time 1426252387\n"
    "event manager applet A5\n"
    " event none sync no\n"
    "event manager applet A6\n"
    " event cli pattern \"show ip\" sync no skip yes\n"
    "event manager applet A7\n"
    " event cli pattern \"configure\" sync yes occurs 2 period 5\n"
    "event manager applet A8\n"
    " event track 1 state down\n"
    "event manager applet A9\n"
    " event interface name GigabitEthernet0/1 parameter input_errors entry-op ge entry-val -5 entry-type rate exit-op lt exit-val 3 poll-interval 10\n"
    "event manager applet B1\n"
    " event snmp-notification oid 1.3.6.1. oid-val \"some text\" op ne src-ip-address 10.0.0.1 dest-ip-address 10.0.0.2\n"
    "event manager applet B2\n"
    " event counter name C entry-op gt entry-val 5 exit-op lt exit-val 2\n"
    "event manager applet B3\n"
    " event timer countdown time 5\n";

/* Every kind of line once. */
static const char rich[] =
    "version 15.4\n"
    "service timestamps debug datetime msec localtime show-timezone year\n"
    "service timestamps log uptime\n"
    "service password-encryption\n"
    "service sequence-numbers\n"
    "no service pad\n"
    "!\n"
    "hostname Router1\n"
    "boot-start-marker\n"
    "boot-end-marker\n"
    "logging buffered 65536 informational\n"
    "logging console 5\n"
    "no logging monitor\n"
    "logging rate-limit console all 10 except errors\n"
    "no aaa new-model\n"
    "clock timezone JST 9 0\n"
    "no ip domain lookup\n"
    "ip domain name example.net\n"
    "ip cef\n"
    "crypto logging session\n"
    "crypto keyring KEY\n"
    "  description keys of the hubs\n"
    "  local-address GigabitEthernet0/0\n"
    "  pre-shared-key address 11.11.11.11 key cisco\n"
    "  pre-shared-key address 10.0.0.0 255.0.0.0 key 0 other\n"
    "  pre-shared-key hostname hub.example.net key 0 0\n"
    "crypto isakmp policy 10\n"
    " encr aes 256\n"
    " hash sha256\n"
    " authentication pre-share\n"
    " group 14\n"
    " lifetime 3600\n"
    "crypto isakmp policy 5\n"
    " encryption 3des\n"
    "crypto isakmp key cisco address 0.0.0.0 0.0.0.0 no-xauth\n"
    "crypto isakmp key 0 cisco2 hostname spoke\n"
    "crypto isakmp identity hostname\n"
    "crypto isakmp invalid-spi-recovery\n"
    "crypto isakmp keepalive 10 3 periodic\n"
    "crypto isakmp aggressive-mode disable\n"
    "crypto isakmp fragmentation\n"
    "crypto call admission limit ike in-negotiation-sa 10\n"
    "crypto isakmp profile ISAKMP1\n"
    "   description the first\n"
    "   keyring KEY\n"
    "   keyring default\n"
    "   self-identity fqdn router1.example.net\n"
    "   match identity address 11.11.11.11 255.255.255.255\n"
    "   match identity address 0.0.0.0\n"
    "   match identity host domain example.net\n"
    "   match identity user-fqdn a@example.net\n"
    "   match identity group staff\n"
    "   keepalive 30 retry 5\n"
    "   initiate mode aggressive\n"
    "   local-address 14.14.14.14\n"
    "crypto ipsec security-association lifetime seconds 1800\n"
    "crypto ipsec security-association lifetime kilobytes disable\n"
    "crypto ipsec security-association idle-time 600\n"
    "crypto ipsec security-association replay window-size 512\n"
    "crypto ipsec transform-set TS esp-aes esp-sha-hmac\n"
    " mode tunnel\n"
    "crypto ipsec transform-set BIG esp-aes 256 esp-sha512-hmac\n"
    " mode transport require\n"
    " esn\n"
    "crypto ipsec transform-set GCM esp-gcm 256\n"
    "crypto ipsec df-bit clear\n"
    "crypto ipsec profile IPSEC1\n"
    " description both\n"
    " set security-association lifetime seconds 2592000\n"
    " set security-association lifetime kilobytes 2560\n"
    " set security-association idle-time 60\n"
    " set security-association replay disable\n"
    " set security-association dfbit set\n"
    " set transform-set TS GCM\n"
    " set pfs group14\n"
    " set isakmp-profile ISAKMP1\n"
    " responder-only\n"
    "interface Loopback0\n"
    " ip address 14.14.14.14 255.255.255.255\n"
    "interface Tunnel 0\n"
    " bandwidth 1000\n"
    " ip address 172.16.0.1 255.255.255.252\n"
    " ip mtu 1400\n"
    " ip tcp adjust-mss 1360\n"
    " delay 500\n"
    " keepalive 3\n"
    " tunnel source Loopback0\n"
    " tunnel mode ipsec ipv4\n"
    " tunnel destination 11.11.11.11\n"
    " tunnel path-mtu-discovery\n"
    " tunnel protection ipsec profile IPSEC1 shared\n"
    "interface tu1\n"
    " ip unnumbered Loopback0\n"
    " tunnel source 14.14.14.14\n"
    " tunnel key 7\n"
    "interface gi0/1\n"
    " description inside | of the house\n"
    " mtu 1600\n"
    " ip address 192.168.1.1 255.255.255.0\n"
    " ip address 192.168.3.1 255.255.255.0 secondary\n"
    " load-interval 60\n"
    " mac-address 0011.2233.4455\n"
    " shutdown\n"
    " duplex auto\n"
    " speed 100\n"
    " no keepalive\n"
    "interface GigabitEthernet0/3\n"
    " ip address 10.1.1.0 255.255.255.254\n"
    " shutdown\n"
    "interface FastEthernet0/10\n"
    " no ip address\n"
    "interface FastEthernet0/2\n"
    " ip address 10.1.1.1 255.255.255.254\n"
    "ip forward-protocol nd\n"
    "no ip http server\n"
    "ip route 0.0.0.0 0.0.0.0 192.168.1.254 250 name upstream\n"
    "ip route 192.168.2.0 255.255.255.0 Tunnel0\n"
    "ip route 192.168.4.0 255.255.255.0 GigabitEthernet0/1 192.168.1.2\n"
    "control-plane\n"
    "line con 0\n"
    " logging synchronous\n"
    " exec-timeout 0 0\n"
    "line vty 0 4\n"
    " no login\n"
    " transport input telnet ssh\n"
    "line vty 5 15\n"
    " login local\n"
    "end\n";

/* Loads text into a fresh router of that dialect and holds its running configuration against text. */
static void
holds_itself(const char *text, enum ike_dialect d)
{
	struct bench *b = bench_new(d);
	char *again;

	ck_assert_msg(bench_load(b, text) == 0, "%s", text_str(&b->faults));
	again = bench_running(b);
	ck_assert_str_eq(again, text);
	free(again);
	bench_free(b);
}

START_TEST(every_line_prints_back)
{
	struct bench *b = bench_new((enum ike_dialect)_i);
	char *text, *line, *copy, *rest;

	ck_assert_msg(bench_load(b, rich) == 0, "%s", text_str(&b->faults));
	text = bench_running(b);
	holds_itself(text, (enum ike_dialect)_i);
	/* Nothing was lost on the way: these lines stand there as written. */
	copy = rest = xstrdup(rich);
	while ((line = strsep(&rest, "\n")) != NULL)
		if (strstr(line, "lifetime") != NULL || strncmp(line, " tunnel ", 8) == 0 || strstr(line, "match") != NULL)
			ck_assert_msg(strstr(text, line) != NULL, "%s\nis not in\n%s", line, text);
	free(copy);
	free(text);
	bench_free(b);
}
END_TEST

START_TEST(events_print_back)
{
	struct bench *b = bench_new(IKE_IOS_15);
	char *text, *line, *copy, *rest, *at;

	ck_assert_msg(bench_load(b, events) == 0, "%s", text_str(&b->faults));
	text = at = bench_running(b);
	holds_itself(text, IKE_IOS_15);
	copy = rest = xstrdup(events);
	while ((line = strsep(&rest, "\n")) != NULL) {
		char *found = strstr(at, line);

		ck_assert_msg(found != NULL, "%s\nis not at its place in\n%s", line, text);
		at = strncmp(line, "ip sla", 6) == 0 || strncmp(line, "event", 5) == 0 ? found : at;
	}
	free(copy);
	free(text);
	bench_free(b);
}
END_TEST

START_TEST(order_is_ios)
{
	static const char *const order[] = {
		"version ", "service timestamps debug", "hostname ", "boot-start-marker", "logging ", "no aaa", "clock timezone",
		"ip domain name", "crypto logging", "crypto keyring", "crypto isakmp policy 5", "crypto isakmp policy 10",
		"crypto isakmp key", "crypto isakmp profile", "crypto ipsec security", "crypto ipsec transform-set TS",
		"crypto ipsec transform-set BIG", "crypto ipsec profile", "interface Loopback0", "interface Tunnel0", "interface Tunnel1",
		"interface FastEthernet0/2", "interface FastEthernet0/10", "interface GigabitEthernet0/1", "ip route 0.0.0.0",
		"control-plane", "line con 0", "line aux 0", "line vty 0 4", "line vty 5 15", "end\n",
	};
	struct bench *b = bench_new(IKE_IOS_15);
	char *text, *at;

	ck_assert_msg(bench_load(b, rich) == 0, "%s", text_str(&b->faults));
	at = text = bench_running(b);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		at = strstr(at, order[i]);
		ck_assert_msg(at != NULL, "%s is out of order in\n%s", order[i], text);
	}
	free(text);
	bench_free(b);
}
END_TEST

/* A configuration drawn from chance: each optional line is there or not, each choice is drawn. */
static char *
draw(struct chance *c)
{
	struct text t = { 0 };
	static const char *const ciphers[] = { "des", "3des", "aes", "aes 192", "aes 256" };
	static const char *const hashes[] = { "md5", "sha", "sha256", "sha384", "sha512" };
	static const unsigned groups[] = { 1, 2, 5, 14, 15, 16, 19, 20, 21, 24 };
	static const char *const sets[] = { "esp-des esp-md5-hmac", "esp-3des esp-sha-hmac", "esp-aes 192 esp-sha256-hmac",
		"esp-null esp-sha384-hmac", "esp-gmac 128", "ah-md5-hmac", "esp-aes", "ah-sha512-hmac", "esp-gcm" };
	unsigned n = chance_below(c, 4);

	if (chance_below(c, 2))
		text_printf(&t, "hostname R%u\n", chance_below(c, 1000));
	if (chance_below(c, 2))
		text_printf(&t, "logging buffered %u %u\n", 4096 + chance_below(c, 99999), chance_below(c, 8));
	if (chance_below(c, 2))
		text_printf(&t, "logging console %u\n", chance_below(c, 8));
	if (chance_below(c, 2))
		text_printf(&t, "clock timezone Z%u %s%u %u\n", n, chance_below(c, 2) ? "-" : "", chance_below(c, 13), chance_below(c, 60));
	for (unsigned i = 0; i < n; i++) {
		text_printf(&t, "crypto isakmp policy %u\n", 1 + chance_below(c, 10000));
		if (chance_below(c, 2))
			text_printf(&t, " encryption %s\n", ciphers[chance_below(c, 5)]);
		if (chance_below(c, 2))
			text_printf(&t, " hash %s\n", hashes[chance_below(c, 5)]);
		if (chance_below(c, 2))
			text_printf(&t, " group %u\n", groups[chance_below(c, 10)]);
		if (chance_below(c, 2))
			text_printf(&t, " lifetime %u\n", 60 + chance_below(c, 86341));
		if (chance_below(c, 2))
			text_add(&t, " authentication pre-share\n");
	}
	n = 1 + chance_below(c, 4);
	for (unsigned i = 0; i < n; i++) {
		text_printf(&t, "crypto ipsec transform-set T%u %s\n", i, sets[chance_below(c, 8)]);
		if (chance_below(c, 2))
			text_add(&t, " mode transport\n");
		if (chance_below(c, 2))
			text_add(&t, " esn\n");
	}
	text_printf(&t, "crypto ipsec profile P\n set transform-set T%u\n", chance_below(c, n));
	if (chance_below(c, 2))
		text_printf(&t, " set pfs group%u\n", groups[chance_below(c, 10)]);
	if (chance_below(c, 2))
		text_printf(&t, " set security-association lifetime kilobytes %u\n", 2560 + chance_below(c, 100000));
	for (unsigned i = 0; i < n; i++) {
		text_printf(&t, "interface GigabitEthernet%u/%u\n ip address 10.%u.%u.1 255.255.255.%u\n", chance_below(c, 3), i, i,
		    chance_below(c, 256), chance_below(c, 2) ? 0u : 240u);
		if (chance_below(c, 2))
			text_add(&t, " shutdown\n");
		if (chance_below(c, 2))
			text_printf(&t, " mtu %u\n", 64 + chance_below(c, 9000));
		text_printf(&t, "interface Tunnel%u\n tunnel destination 192.0.2.%u\n", chance_below(c, 20), 1 + i);
		if (chance_below(c, 2))
			text_add(&t, " tunnel mode ipsec ipv4\n tunnel protection ipsec profile P\n");
		text_printf(&t, "ip route 172.%u.0.0 255.255.0.0 10.%u.0.2 %u\n", 16 + chance_below(c, 16), i, 1 + chance_below(c, 255));
	}
	return text_take(&t);
}

START_TEST(drawn_configurations_print_back)
{
	struct chance *c = chance_new_seeded((uint64_t)_i);
	struct bench *b = bench_new(IKE_IOS_15);
	char *drawn = draw(c), *text;

	ck_assert_msg(bench_load(b, drawn) == 0, "%s", text_str(&b->faults));
	text = bench_running(b);
	holds_itself(text, IKE_IOS_15);
	free(text);
	free(drawn);
	bench_free(b);
	chance_free(c);
}
END_TEST

/* Typed at a console after `configure terminal`, on top of the rich configuration. */
static const struct { const char *typed, *said; } refused[] = {
	{ "interface Gi0/2\nip address 192.168.3.7 255.255.255.0", "" },		/* Gi0/1 is shut down */
	{ "interface Gi0/2\nip address 10.1.1.0 255.255.255.254", "% 10.1.1.0 overlaps with FastEthernet0/2\n" },
	{ "interface Gi0/2\nip address 172.16.9.1 255.0.0.0", "% 172.0.0.0 overlaps with Tunnel0\n" },
	{ "interface Gi0/2\nshutdown\nip address 10.1.1.0 255.255.255.254\nno shutdown",
	    "% 10.1.1.0 overlaps with FastEthernet0/2\nGigabitEthernet0/2: incorrect IP address assignment\n" },
	{ "interface Gi0/2\nip address 10.2.0.0 255.255.255.0", "Bad mask /24 for address 10.2.0.0\n" },
	{ "interface Gi0/2\nip address 10.2.0.255 255.255.255.0", "Bad mask /24 for address 10.2.0.255\n" },
	{ "interface Gi0/2\nip address 10.2.0.1 255.0.255.0", "Bad mask 0xFF00FF00 for address 10.2.0.1\n" },
	{ "interface Gi0/2\nip address 224.0.0.1 255.255.255.0", "Not a valid host address - 224.0.0.1\n" },
	{ "interface Gi0/2\nip unnumbered Loopback0", "% Point-to-point interfaces only\n" },
	{ "interface Gi0/2\ntunnel key 1", "% GigabitEthernet0/2 is not a tunnel\n" },
	{ "interface Tunnel0\ntunnel protection ipsec profile NONE", "% IPsec profile NONE does not exist\n" },
	{ "ip route 10.0.0.1 255.0.0.0 10.1.1.0", "%Inconsistent address and mask\n" },
	{ "no ip route 99.0.0.0 255.0.0.0 10.1.1.0", "% No matching route to delete\n" },
	{ "no interface GigabitEthernet0/1", "% Removal of physical interfaces is not permitted\n" },
	{ "no crypto keyring KEY", "% Keyring KEY is in use by ISAKMP profile ISAKMP1\n" },
	{ "no crypto isakmp profile ISAKMP1", "% ISAKMP profile ISAKMP1 is in use by IPsec profile IPSEC1\n" },
	{ "no crypto ipsec profile IPSEC1", "% IPsec profile IPSEC1 is in use by interface Tunnel0\n" },
	{ "no crypto ipsec transform-set TS", "% Transform set TS is in use by IPsec profile IPSEC1\n" },
	{ "crypto ipsec transform-set NEW", "% Incomplete command.\n" },
	{ "crypto ipsec transform-set NEW esp-aes esp-3des", "% Invalid transform combination: only one transform of a kind (AH, ESP cipher, ESP authentication) is allowed\n" },
	{ "crypto ipsec transform-set NEW esp-gcm esp-sha-hmac", "% Invalid transform combination: esp-gcm and esp-gmac authenticate by themselves: no esp-...-hmac beside them\n" },
	{ "crypto ipsec transform-set NEW esp-null", "% Invalid transform combination: esp-null needs an esp-...-hmac beside it\n" },
	{ "crypto ipsec profile X\nset transform-set NONE", "% Transform set NONE does not exist\n" },
	{ "crypto ipsec profile X\nset isakmp-profile NONE", "% ISAKMP profile NONE does not exist\n" },
	{ "crypto isakmp profile X\nkeyring NONE", "% Keyring NONE does not exist\n" },
	{ "crypto isakmp key 6 abc address 1.1.1.1", "% An encrypted key can't be read without the router that wrote it\n" },
	{ "crypto isakmp key abc address 1.1.1.1 255.255.0.0", "%Inconsistent address and mask\n" },
	{ "hostname -x", "% Hostname contains one or more illegal characters.\n" },
};

START_TEST(what_cannot_be_is_refused)
{
	struct bench *b = bench_new(IKE_IOS_15);
	char *typed = xasprintf("configure terminal\n%s\n", refused[_i].typed);
	bool ok;

	ck_assert_uint_eq(bench_load(b, rich), 0);
	ok = bench_type(b, typed);
	ck_assert_str_eq(text_str(&b->said), refused[_i].said);
	ck_assert_int_eq(ok, *refused[_i].said == '\0');
	free(typed);
	bench_free(b);
}
END_TEST

/* A line, and what undoes it; %s of both stands in the mode that is entered first. */
static const struct { const char *enter, *line, *undo; } undone[] = {
	{ "", "hostname X", "hostname Router1" },
	{ "", "service sequence-numbers", "no service sequence-numbers" },
	{ "", "service timestamps log uptime", "default service timestamps log" },
	{ "", "no service timestamps", "default service timestamps" },
	{ "", "logging buffered 8192 errors", "default logging buffered" },
	{ "", "no logging console", "logging console" },
	{ "", "no logging on", "logging on" },
	{ "", "logging rate-limit console 5", "no logging rate-limit" },
	{ "", "clock timezone JST 9", "no clock timezone" },
	{ "", "ip domain name a.b", "no ip domain name" },
	{ "", "no ip domain lookup", "ip domain lookup" },
	{ "", "no crypto isakmp enable", "crypto isakmp enable" },
	{ "", "crypto isakmp key k address 1.2.3.4", "no crypto isakmp key k address 1.2.3.4" },
	{ "", "crypto isakmp identity hostname", "no crypto isakmp identity" },
	{ "", "crypto isakmp keepalive 10", "no crypto isakmp keepalive" },
	{ "", "crypto isakmp invalid-spi-recovery", "no crypto isakmp invalid-spi-recovery" },
	{ "", "crypto isakmp policy 7", "no crypto isakmp policy 7" },
	{ "", "crypto keyring K", "no crypto keyring K" },
	{ "", "crypto isakmp profile K", "no crypto isakmp profile K" },
	{ "", "crypto ipsec profile K", "no crypto ipsec profile K" },
	{ "", "crypto ipsec transform-set K esp-aes", "no crypto ipsec transform-set K" },
	{ "", "crypto ipsec security-association lifetime seconds 120", "no crypto ipsec security-association lifetime seconds" },
	{ "", "crypto ipsec security-association replay disable", "no crypto ipsec security-association replay disable" },
	{ "", "crypto ipsec df-bit set", "no crypto ipsec df-bit" },
	{ "", "crypto logging session", "no crypto logging session" },
	{ "", "interface Tunnel9", "no interface Tunnel9" },
	{ "", "ip route 1.0.0.0 255.0.0.0 2.2.2.2", "no ip route 1.0.0.0 255.0.0.0" },
	{ "crypto isakmp policy 1", "encr aes", "no encr" },
	{ "crypto isakmp policy 1", "lifetime 60", "no lifetime" },
	{ "crypto ipsec profile P", "set pfs group2", "no set pfs" },
	{ "crypto ipsec profile P", "set security-association lifetime kilobytes disable", "no set security-association lifetime kilobytes" },
	{ "crypto ipsec profile P", "responder-only", "no responder-only" },
	{ "interface Gi0/0", "ip address 1.1.1.1 255.0.0.0", "no ip address" },
	{ "interface Gi0/0", "shutdown", "no shutdown" },
	{ "interface Gi0/0", "description x y", "no description" },
	{ "interface Gi0/0", "speed 100", "no speed" },
	{ "interface Gi0/0", "mac-address 0011.2233.4455", "no mac-address" },
	{ "interface Tunnel0", "tunnel source Gi0/0", "no tunnel source" },
	{ "interface Tunnel0", "tunnel mode ipsec ipv4", "no tunnel mode" },
	{ "line con 0", "exec-timeout 0 0", "no exec-timeout" },
	{ "line con 0", "logging synchronous", "no logging synchronous" },
};

START_TEST(no_undoes)
{
	struct bench *b = bench_new(IKE_IOS_15);
	char *typed = xasprintf("configure terminal\n%s\n", undone[_i].enter), *before, *with, *after;

	bench_type(b, typed);
	free(typed);
	before = bench_running(b);
	typed = xasprintf("configure terminal\n%s\n%s\n", undone[_i].enter, undone[_i].line);
	ck_assert_msg(bench_type(b, typed), "%s", text_str(&b->said));
	free(typed);
	with = bench_running(b);
	typed = xasprintf("configure terminal\n%s\n%s\n", undone[_i].enter, undone[_i].undo);
	ck_assert_msg(bench_type(b, typed), "%s", text_str(&b->said));
	free(typed);
	after = bench_running(b);
	ck_assert_str_ne(before, with);
	ck_assert_str_eq(before, after);
	free(before);
	free(with);
	free(after);
	bench_free(b);
}
END_TEST

START_TEST(length_is_counted)
{
	struct bench *b = bench_new(IKE_IOS_15);
	const char *at;

	ck_assert_uint_eq(bench_load(b, rich), 0);
	ck_assert(bench_type(b, "show running-config\n"));
	at = strstr(text_str(&b->said), "bytes\n");
	ck_assert_ptr_nonnull(at);
	ck_assert_uint_eq(strtoul(strstr(text_str(&b->said), "configuration : ") + strlen("configuration : "), NULL, 10), strlen(at + strlen("bytes\n")));
	ck_assert(bench_type(b, "show running-config interface Tunnel 0\n"));
	ck_assert_ptr_nonnull(strstr(text_str(&b->said), "\n tunnel mode ipsec ipv4\n"));
	ck_assert_ptr_null(strstr(text_str(&b->said), "hostname"));
	bench_free(b);
}
END_TEST

START_TEST(what_is_saved_starts_again)
{
	struct bench *b = bench_new(IKE_IOS_15);
	char *before, *after;

	ck_assert_uint_eq(bench_load(b, rich), 0);
	before = bench_running(b);
	ck_assert(bench_type(b, "write memory\n"));
	ck_assert_str_eq(text_str(&b->said), "Building configuration...\n[OK]\n");
	ck_assert(bench_type(b, "configure terminal\nno hostname\ninterface Lo7\nend\ncopy startup-config running-config\n\n"));
	ck_assert(bench_type(b, "configure terminal\nno interface Lo7\n"));
	after = bench_running(b);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	bench_free(b);
}
END_TEST

static void
add_fault(void *arg, const struct cmd *c)
{
	(*(size_t *)arg)++;
	ck_assert_ptr_nonnull(c->run);
}

START_TEST(the_table_is_sound)
{
	struct text faults = { 0 };
	size_t rows = 0;

	ck_assert_msg(grammar_check(&faults) == 0, "%s", text_str(&faults));
	grammar_each(add_fault, &rows);
	ck_assert_uint_gt(rows, 100);
	text_free(&faults);
}
END_TEST

void
shell_config_tests(TCase *tc)
{
	tcase_add_loop_test(tc, every_line_prints_back, IKE_IOS_12, IKE_XE_17 + 1);
	tcase_add_test(tc, events_print_back);
	tcase_add_test(tc, order_is_ios);
	tcase_add_loop_test(tc, drawn_configurations_print_back, 0, 50);
	tcase_add_loop_test(tc, what_cannot_be_is_refused, 0, (int)(sizeof(refused) / sizeof(refused[0])));
	tcase_add_loop_test(tc, no_undoes, 0, (int)(sizeof(undone) / sizeof(undone[0])));
	tcase_add_test(tc, length_is_counted);
	tcase_add_test(tc, what_is_saved_starts_again);
	tcase_add_test(tc, the_table_is_sound);
}
