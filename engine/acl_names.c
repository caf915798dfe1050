/* The words that access lists have for protocols, ports, ICMP messages and markings: as IOS writes them back. */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/acl.h"

static const struct acl_word protos[] = {
	{ "ahp", 51 }, { "eigrp", 88 }, { "esp", 50 }, { "gre", 47 }, { "icmp", 1 }, { "igmp", 2 }, { "ip", 0 },
	{ "ipinip", 94 }, { "nos", 4 }, { "ospf", 89 }, { "pcp", 108 }, { "pim", 103 }, { "sctp", 132 }, { "tcp", 6 },
	{ "udp", 17 },
};

static const struct acl_word tcp_ports[] = {
	{ "bgp", 179 }, { "chargen", 19 }, { "cmd", 514 }, { "daytime", 13 }, { "discard", 9 }, { "domain", 53 },
	{ "drip", 3949 }, { "echo", 7 }, { "exec", 512 }, { "finger", 79 }, { "ftp", 21 }, { "ftp-data", 20 },
	{ "gopher", 70 }, { "hostname", 101 }, { "ident", 113 }, { "irc", 194 }, { "klogin", 543 }, { "kshell", 544 },
	{ "login", 513 }, { "lpd", 515 }, { "msrpc", 135 }, { "nntp", 119 }, { "pim-auto-rp", 496 }, { "pop2", 109 },
	{ "pop3", 110 }, { "smtp", 25 }, { "sunrpc", 111 }, { "tacacs", 49 }, { "talk", 517 }, { "telnet", 23 },
	{ "time", 37 }, { "uucp", 540 }, { "whois", 43 }, { "www", 80 },
};

static const struct acl_word udp_ports[] = {
	{ "biff", 512 }, { "bootpc", 68 }, { "bootps", 67 }, { "discard", 9 }, { "dnsix", 195 }, { "domain", 53 },
	{ "echo", 7 }, { "isakmp", 500 }, { "mobile-ip", 434 }, { "nameserver", 42 }, { "netbios-dgm", 138 },
	{ "netbios-ns", 137 }, { "netbios-ss", 139 }, { "non500-isakmp", 4500 }, { "ntp", 123 }, { "pim-auto-rp", 496 },
	{ "rip", 520 }, { "ripv6", 521 }, { "snmp", 161 }, { "snmptrap", 162 }, { "sunrpc", 111 }, { "syslog", 514 },
	{ "tacacs", 49 }, { "talk", 517 }, { "tftp", 69 }, { "time", 37 }, { "who", 513 }, { "xdmcp", 177 },
};

static const struct acl_word dscps[] = {
	{ "af11", 10 }, { "af12", 12 }, { "af13", 14 }, { "af21", 18 }, { "af22", 20 }, { "af23", 22 }, { "af31", 26 },
	{ "af32", 28 }, { "af33", 30 }, { "af41", 34 }, { "af42", 36 }, { "af43", 38 }, { "cs1", 8 }, { "cs2", 16 },
	{ "cs3", 24 }, { "cs4", 32 }, { "cs5", 40 }, { "cs6", 48 }, { "cs7", 56 }, { "default", 0 }, { "ef", 46 },
};

static const struct acl_word precedences[] = {
	{ "critical", 5 }, { "flash", 3 }, { "flash-override", 4 }, { "immediate", 2 }, { "internet", 6 },
	{ "network", 7 }, { "priority", 1 }, { "routine", 0 },
};

static const struct acl_word toss[] = {
	{ "max-reliability", 2 }, { "max-throughput", 4 }, { "min-delay", 8 }, { "min-monetary-cost", 1 }, { "normal", 0 },
};

#define LIST(rows)	{ rows, sizeof(rows) / sizeof((rows)[0]) }

static const struct {
	const struct acl_word	*rows;
	size_t			 n;
} lists[] = {
	[ACL_WORDS_PROTO] = LIST(protos), [ACL_WORDS_TCP] = LIST(tcp_ports), [ACL_WORDS_UDP] = LIST(udp_ports),
	[ACL_WORDS_DSCP] = LIST(dscps), [ACL_WORDS_PRECEDENCE] = LIST(precedences), [ACL_WORDS_TOS] = LIST(toss),
};

static const struct acl_icmp_word icmps[] = {
	{ "administratively-prohibited", 3, 13 }, { "alternate-address", 6, -1 }, { "conversion-error", 31, -1 },
	{ "dod-host-prohibited", 3, 10 }, { "dod-net-prohibited", 3, 9 }, { "echo", 8, -1 }, { "echo-reply", 0, -1 },
	{ "general-parameter-problem", 12, 0 }, { "host-isolated", 3, 8 }, { "host-precedence-unreachable", 3, 14 },
	{ "host-redirect", 5, 1 }, { "host-tos-redirect", 5, 3 }, { "host-tos-unreachable", 3, 12 },
	{ "host-unknown", 3, 7 }, { "host-unreachable", 3, 1 }, { "information-reply", 16, -1 },
	{ "information-request", 15, -1 }, { "mask-reply", 18, -1 }, { "mask-request", 17, -1 },
	{ "mobile-redirect", 32, -1 }, { "net-redirect", 5, 0 }, { "net-tos-redirect", 5, 2 },
	{ "net-tos-unreachable", 3, 11 }, { "net-unreachable", 3, 0 }, { "network-unknown", 3, 6 },
	{ "no-room-for-option", 12, 2 }, { "option-missing", 12, 1 }, { "packet-too-big", 3, 4 },
	{ "parameter-problem", 12, -1 }, { "port-unreachable", 3, 3 }, { "precedence-unreachable", 3, 15 },
	{ "protocol-unreachable", 3, 2 }, { "reassembly-timeout", 11, 1 }, { "redirect", 5, -1 },
	{ "router-advertisement", 9, -1 }, { "router-solicitation", 10, -1 }, { "source-quench", 4, -1 },
	{ "source-route-failed", 3, 5 }, { "time-exceeded", 11, -1 }, { "timestamp-reply", 14, -1 },
	{ "timestamp-request", 13, -1 }, { "traceroute", 30, -1 }, { "ttl-exceeded", 11, 0 }, { "unreachable", 3, -1 },
};

static int
digits(const char *s, size_t len, unsigned max)
{
	unsigned long v = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9' || v > max)
			return -1;
		v = v * 10 + (unsigned long)(s[i] - '0');
	}
	return len > 0 && v <= max ? (int)v : -1;
}

int
acl_word_value(enum acl_words kind, const char *s, size_t len, unsigned max)
{
	const struct acl_word *rows = lists[kind].rows;
	int found = -1, n = digits(s, len, max);

	if (n >= 0 || len == 0)
		return n;
	for (size_t i = 0; i < lists[kind].n; i++) {
		if (strncasecmp(rows[i].word, s, len) != 0)
			continue;
		if (rows[i].word[len] == '\0')
			return rows[i].value;
		found = found == -1 ? rows[i].value : -2;
	}
	return found < 0 ? -1 : found;
}

const char *
acl_word_of(enum acl_words kind, unsigned value)
{
	for (size_t i = 0; i < lists[kind].n; i++)
		if (lists[kind].rows[i].value == value)
			return lists[kind].rows[i].word;
	return NULL;
}

const struct acl_word *
acl_word_list(enum acl_words kind, size_t *n)
{
	*n = lists[kind].n;
	return lists[kind].rows;
}

const struct acl_icmp_word *
acl_icmp_list(size_t *n)
{
	*n = sizeof(icmps) / sizeof(icmps[0]);
	return icmps;
}

const struct acl_icmp_word *
acl_icmp_find(const char *s, size_t len)
{
	const struct acl_icmp_word *found = NULL;
	bool many = false;

	for (size_t i = 0; len > 0 && i < sizeof(icmps) / sizeof(icmps[0]); i++) {
		if (strncasecmp(icmps[i].word, s, len) != 0)
			continue;
		if (icmps[i].word[len] == '\0')
			return &icmps[i];
		many = found != NULL;
		found = &icmps[i];
	}
	return many ? NULL : found;
}

const struct acl_icmp_word *
acl_icmp_of(unsigned type, int code)
{
	for (size_t i = 0; i < sizeof(icmps) / sizeof(icmps[0]); i++)
		if (icmps[i].type == type && icmps[i].code == code)
			return &icmps[i];
	return NULL;
}
