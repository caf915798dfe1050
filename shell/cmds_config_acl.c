/*
 * Configuration commands of access lists: numbered ones line by line, named ones in modes of their own, and
 * where interfaces ask for them.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "engine/acl.h"
#include "lib/text.h"
#include "shell/acl_text.h"
#include "shell/cmds_config.h"

/* --- What all have in common --- */

static const char *
kind_of(bool extended)
{
	return extended ? "extended" : "standard";
}

/* The list of that name and kind, made if it isn't there; NULL, and why, if it can't be. */
static struct cfg_acl *
list_open(struct session *s, const char *name, bool extended)
{
	struct cfg_acl *l = config_acl(conf(s), name);

	if (l == NULL)
		return config_acl_make(conf(s), name, extended);
	if (l->extended == extended)
		return l;
	session_error(s, "%% Access-list type conflicts with prior definition");
	session_printf(s, "%% A %s IP access list with this name already exists\n", kind_of(l->extended));
	return NULL;
}

static void
list_delete(struct session *s, const char *name)
{
	struct cfg_acl *l = config_acl(conf(s), name);

	if (l == NULL)
		return;
	config_acl_del(conf(s), l);
	conf_changed(s, CFG_AREA_ACL);
}

static void
add_fault(struct session *s, enum acl_fault why, bool permit, uint32_t by)
{
	switch (why) {
	case ACL_OK:
		break;
	case ACL_DUPLICATE:
		session_error(s, "%% Duplicate %s statement ignored.", permit ? "permit" : "deny");
		break;
	case ACL_SEQ_TAKEN:
		session_error(s, "%% Duplicate sequence number");
		break;
	case ACL_SEQ_FULL:
		session_error(s, "%% The sequence numbers of this list are used up: resequence it");
		break;
	case ACL_COVERED:
		session_error(s, "%% Access rule can't be configured at higher sequence num as it is part of the "
		    "existing rule at sequence num %u", by);
		break;
	}
}

static void
entry_add(struct session *s, struct cfg_acl *l, const struct args *a, uint32_t seq)
{
	enum acl_fault fault;
	struct dp_ace ace;
	bool log_input;
	uint32_t by = 0;
	const char *why = acl_entry_typed(a, &ace, &log_input);

	if (why != NULL) {
		session_error(s, "%% %s", why);
		return;
	}
	fault = acl_add(l, seq, &ace, log_input, &by);
	add_fault(s, fault, ace.permit, by);
	conf_changed(s, CFG_AREA_ACL);
}

static void
remark_add(struct session *s, struct cfg_acl *l, const char *text, uint32_t seq)
{
	if (strlen(text) > ACL_REMARK_MAX) {
		session_error(s, "%% A remark has at most %d characters", ACL_REMARK_MAX);
		return;
	}
	acl_add_remark(l, seq, text);
	conf_changed(s, CFG_AREA_ACL);
}

/* --- Numbered lists --- */

/* The `no` form takes the whole list away, whatever stands behind its number. */
static void
run_numbered(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "number");
	struct cfg_acl *l;
	bool extended;

	if (args_off(a)) {
		list_delete(s, name);
		return;
	}
	acl_number_kind(arg_u32(a, "number"), &extended);
	if ((l = list_open(s, name, extended)) == NULL)
		return;
	if (arg_has(a, "remark"))
		remark_add(s, l, arg_str(a, "text"), 0);
	else
		entry_add(s, l, a, 0);
	if (TAILQ_EMPTY(&l->aces))	/* its first entry was refused */
		config_acl_del(conf(s), l);
}

/* --- Named lists --- */

static bool
name_ok(struct session *s, const char *name, bool extended)
{
	bool is_ext, digits = isdigit((unsigned char)name[0]);

	if (digits && name[strspn(name, "0123456789")] == '\0' && strlen(name) <= 4 &&
	    acl_number_kind((unsigned)atoi(name), &is_ext) && is_ext == extended && name[0] != '0')
		return true;
	if (!digits && strlen(name) <= ACL_NAME_MAX && strpbrk(name, "\"'?") == NULL)
		return true;
	session_error(s, "%% Invalid access list name.");
	return false;
}

static void
run_named(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	bool extended = arg_has(a, "extended");

	if (!name_ok(s, name, extended) || (args_off(a) && config_acl(conf(s), name) == NULL))
		return;
	if (list_open(s, name, extended) == NULL)
		return;
	if (args_off(a)) {
		list_delete(s, name);
		return;
	}
	session_mode(s, extended ? MODE_EXT_NACL : MODE_STD_NACL, name);
	conf_changed(s, CFG_AREA_ACL);
}

static void
run_resequence(struct session *s, const struct args *a)
{
	struct cfg_acl *l = config_acl(conf(s), arg_str(a, "name"));

	if (l == NULL)
		session_error(s, "%% Access list %s does not exist", arg_str(a, "name"));
	else if (!acl_resequence(l, arg_u32(a, "start"), arg_u32(a, "step")))
		session_error(s, "%% The sequence numbers would exceed %u", ACL_SEQ_MAX);
	else
		conf_changed(s, CFG_AREA_ACL);
}

static void
entry_del(struct session *s, struct cfg_acl *l, const struct args *a)
{
	struct dp_ace ace;
	bool log_input;

	if (acl_entry_typed(a, &ace, &log_input) != NULL || !acl_del_entry(l, &ace))
		session_error(s, "%% Entry not found");
	else
		conf_changed(s, CFG_AREA_ACL);
}

static void
run_entry(struct session *s, const struct args *a)
{
	struct cfg_acl *l = conf_acl(s);

	if (l == NULL)
		return;
	if (args_off(a) && !arg_has(a, "seq"))
		entry_del(s, l, a);
	else if (args_off(a) && acl_del_seq(l, arg_u32(a, "seq")))
		conf_changed(s, CFG_AREA_ACL);
	else if (args_off(a))
		session_error(s, "%% Sequence number %u not found", arg_u32(a, "seq"));
	else
		entry_add(s, l, a, arg_u32(a, "seq"));
}

static void
run_remark(struct session *s, const struct args *a)
{
	struct cfg_acl *l = conf_acl(s);

	if (l == NULL)
		return;
	if (!args_off(a)) {
		remark_add(s, l, arg_str(a, "text"), arg_u32(a, "seq"));
		return;
	}
	if (arg_has(a, "seq") ? !acl_del_seq(l, arg_u32(a, "seq")) : !acl_del_remark(l, arg_str(a, "text")))
		session_error(s, "%% Remark not found");
	else
		conf_changed(s, CFG_AREA_ACL);
}

/* --- Interfaces --- */

static void
run_access_group(struct session *s, const struct args *a)
{
	struct cfg_if *i = conf_if(s);

	if (i != NULL) {
		conf_str(arg_has(a, "in") ? &i->acl_in : &i->acl_out, a, "list");
		conf_changed(s, CFG_AREA_ACL);
	}
}

/* --- The rows: an entry is the same behind `access-list N` and in its mode --- */

#define ANY_HELP	"Any address\nOne address\nThe address\nAn address\nIts wildcard: bits of 1 may be anything\n"
#define ADDR		"{ any | host A.B.C.D:addr | A.B.C.D:addr A.B.C.D:wild }"
#define NINE(x)		"[ " x " [ " x " [ " x " [ " x " [ " x " [ " x " [ " x " [ " x " [ " x " ] ] ] ] ] ] ] ] ]"
#define NINE_HELP(x)	x x x x x x x x x
#define PORTS(x)	"[ { { eq | neq } " x " " NINE(x) " | { gt | lt } " x " | range " x " " x " } ]"
#define PORT_HELP	"Number or name of a port\n"
#define PORTS_HELP	"These ports\nAll but these ports\n" PORT_HELP NINE_HELP(PORT_HELP) "Ports above one\nPorts below one\n" PORT_HELP \
			"Ports from one to another\n" PORT_HELP PORT_HELP
#define MARKING		"dscp DSCP:codepoint | precedence PRECEDENCE:level | tos TOS:service | fragments | log | log-input"
#define MARKING_HELP	"Packets with this DSCP\nThe codepoint\nPackets with this precedence\nThe precedence\n" \
			"Packets with this type of service\nThe type\nFragments other than the first\nLog matches\nLog matches, with the interface"

#define ACTION		"{ permit | deny }"
#define ACTION_HELP	"Packets that fit may pass\nPackets that fit may not pass\n"

#define STD		"{ any | host A.B.C.D:addr | A.B.C.D:addr [ A.B.C.D:wild ] } [ log ]"
#define STD_HELP	ANY_HELP "Log matches"
#define PLAIN		"{ ahp | eigrp | esp | gre | igmp | ip | ipinip | nos | ospf | pcp | pim | sctp | <0-255>:proto } " ADDR " " ADDR " { " MARKING " }*"
#define PLAIN_HELP	"Authentication header\nEIGRP\nESP\nGRE tunnels\nIGMP\nAny protocol\nIP in IP tunnels\nKA9Q NOS tunnels\nOSPF\n" \
			"Payload compression\nPIM\nSCTP\nA protocol's number\n" ANY_HELP ANY_HELP MARKING_HELP
#define TCP		"tcp " ADDR " " PORTS("TCPPORT:port") " " ADDR " " PORTS("TCPPORT:port") " { established | " MARKING " }*"
#define TCP_HELP	"TCP\n" ANY_HELP PORTS_HELP ANY_HELP PORTS_HELP "Only packets of connections that exist\n" MARKING_HELP
#define UDP		"udp " ADDR " " PORTS("UDPPORT:port") " " ADDR " " PORTS("UDPPORT:port") " { " MARKING " }*"
#define UDP_HELP	"UDP\n" ANY_HELP PORTS_HELP ANY_HELP PORTS_HELP MARKING_HELP
#define ICMP		"icmp " ADDR " " ADDR " [ ICMPTYPE:type [ <0-255>:code ] ] { " MARKING " }*"
#define ICMP_HELP	"ICMP\n" ANY_HELP ANY_HELP "Type of the message\nCode of the message\n" MARKING_HELP

#define STD_N		"access-list { <1-99>:number | <1300-1999>:number } ~ "
#define STD_N_HELP	"An access list by its number\nA standard list\nA standard list, more numbers\n"
#define EXT_N		"access-list { <100-199>:number | <2000-2699>:number } ~ "
#define EXT_N_HELP	"An access list by its number\nAn extended list\nAn extended list, more numbers\n"
#define SEQ		"[ <1-2147483647>:seq ] "
#define SEQ_HELP	"Its place in the list\n"
#define IPLIST_HELP	"Internet Protocol settings\nAccess lists by name\n"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, STD_N ACTION " " STD, STD_N_HELP ACTION_HELP STD_HELP, run_numbered },
	{ M(CONFIG), 15, CMD_NO, STD_N "remark LINE:text", STD_N_HELP "A remark\nIts text", run_numbered },
	{ M(CONFIG), 15, CMD_NO, EXT_N ACTION " " PLAIN, EXT_N_HELP ACTION_HELP PLAIN_HELP, run_numbered },
	{ M(CONFIG), 15, CMD_NO, EXT_N ACTION " " TCP, EXT_N_HELP ACTION_HELP TCP_HELP, run_numbered },
	{ M(CONFIG), 15, CMD_NO, EXT_N ACTION " " UDP, EXT_N_HELP ACTION_HELP UDP_HELP, run_numbered },
	{ M(CONFIG), 15, CMD_NO, EXT_N ACTION " " ICMP, EXT_N_HELP ACTION_HELP ICMP_HELP, run_numbered },
	{ M(CONFIG), 15, CMD_NO, EXT_N "remark LINE:text", EXT_N_HELP "A remark\nIts text", run_numbered },

	{ M(CONFIG), 15, CMD_NO, "ip access-list { standard | extended } WORD:name ~",
	    IPLIST_HELP "By source alone\nBy source, destination, protocol and ports\nIts name or number", run_named },
	{ M(CONFIG), 15, 0, "ip access-list resequence WORD:name <1-2147483647>:start <1-2147483647>:step",
	    IPLIST_HELP "Number its entries anew\nIts name or number\nThe first number\nFrom one number to the next", run_resequence },

	{ M(STD_NACL), 15, CMD_NO, SEQ ACTION " " STD, SEQ_HELP ACTION_HELP STD_HELP, run_entry },
	{ M(EXT_NACL), 15, CMD_NO, SEQ ACTION " " PLAIN, SEQ_HELP ACTION_HELP PLAIN_HELP, run_entry },
	{ M(EXT_NACL), 15, CMD_NO, SEQ ACTION " " TCP, SEQ_HELP ACTION_HELP TCP_HELP, run_entry },
	{ M(EXT_NACL), 15, CMD_NO, SEQ ACTION " " UDP, SEQ_HELP ACTION_HELP UDP_HELP, run_entry },
	{ M(EXT_NACL), 15, CMD_NO, SEQ ACTION " " ICMP, SEQ_HELP ACTION_HELP ICMP_HELP, run_entry },
	{ M(STD_NACL) | M(EXT_NACL), 15, CMD_NO, SEQ "remark ~ LINE:text", SEQ_HELP "A remark\nIts text", run_remark },
	{ M(STD_NACL) | M(EXT_NACL), 15, CMD_NO_ONLY, "<1-2147483647>:seq", "The entry at this place", run_entry },

	{ M(IF), 15, CMD_NO, "ip access-group WORD:list { in | out } ~",
	    "Internet Protocol settings\nLet packets pass as an access list says\nIts name or number\nPackets that come in\nPackets that go out", run_access_group },
};

const struct cmd_table cmds_config_acl = { rows, NROWS(rows) };
