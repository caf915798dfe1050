/* clear ...: SAs, sessions, counters, the log, ARP. */

#include <stdlib.h>

#include "engine/cryptomap_info.h"
#include "engine/log.h"
#include "engine/router.h"
#include "lib/addr.h"
#include "lib/mem.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

static void
run_sa(struct session *s, const struct args *a)
{
	struct addr peer = { .af = ADDR_NONE };

	arg_addr(a, "address", &peer);
	if (arg_has(a, "counters"))
		router_clear_sa_counters(s->router, arg_has(a, "address") ? &peer : NULL);
	else if (arg_has(a, "address"))
		router_clear_sa_peer(s->router, &peer);
	else
		router_clear_sa_all(s->router);
}

struct spi_search { uint32_t spi; struct addr dest; uint8_t proto; bool found; };

static void
find_spi(void *arg, const struct ipsec_flow_info *f)
{
	struct spi_search *q = arg;

	for (size_t i = 0; i < f->nsas && !q->found; i++) {
		const struct sa_params *p = &f->sas[i].sa.p;

		if (p->spi != q->spi)
			continue;
		q->dest = p->dst;
		q->proto = (uint8_t)p->proto;
		q->found = true;
	}
}

static void
run_sa_spi(struct session *s, const struct args *a)
{
	struct spi_search q = { .spi = arg_u32(a, "spi") };

	router_flow_each(s->router, find_spi, &q);
	if (!q.found || !router_clear_sa_spi(s->router, &q.dest, q.proto, q.spi))
		session_error(s, "%% No SA has SPI 0x%X", q.spi);
}

static void
run_sa_entry(struct session *s, const struct args *a)
{
	struct addr dest = { .af = ADDR_NONE };
	uint32_t spi = arg_u32(a, arg_has(a, "number") ? "number" : "spi");

	arg_addr(a, "address", &dest);
	if (!router_clear_sa_spi(s->router, &dest, arg_has(a, "ah") ? SA_AH : SA_ESP, spi))
		session_error(s, "%% No SA has SPI 0x%X", spi);
}

static void
run_sa_map(struct session *s, const struct args *a)
{
	if (!router_clear_sa_map(s->router, arg_str(a, "name")))
		session_error(s, "%% Crypto map %s does not exist", arg_str(a, "name"));
}

static void
run_isakmp(struct session *s, const struct args *a)
{
	if (!ike_clear(s->router->ike, arg_u32(a, "id")) && arg_has(a, "id"))
		session_error(s, "%% No ISAKMP SA has connection id %u", arg_u32(a, "id"));
}

static void
run_session(struct session *s, const struct args *a)
{
	struct ike_ends e = { 0 };

	arg_addr(a, "own", &e.local);
	arg_addr(a, "address", &e.remote);
	e.local_port = (uint16_t)arg_u32(a, "own-port");
	e.remote_port = (uint16_t)arg_u32(a, "peer-port");
	router_clear_session(s->router, &e);
}

static void
run_counters(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "if");
	char *question;
	struct if_info i;
	bool yes;

	if (name != NULL && !router_if_info(s->router, name, &i)) {
		session_error(s, "%% Interface %s does not exist", name);
		return;
	}
	question = name == NULL ? xstrdup("Clear \"show interface\" counters on all interfaces [confirm]") :
	    xasprintf("Clear \"show interface\" counters on this interface [confirm]");
	yes = session_confirm(s, question);
	free(question);
	if (!yes)
		return;
	router_if_clear(s->router, name);
	if (name == NULL)
		log_syslog(s->router, "CLEAR", 5, "COUNTERS", "Clear counter on all interfaces by console");
	else
		log_syslog(s->router, "CLEAR", 5, "COUNTERS", "Clear counter on interface %s by console", name);
}

static void
run_logging(struct session *s, const struct args *a)
{
	(void)a;
	if (session_confirm(s, "Clear logging buffer [confirm]"))
		log_buffer_clear(s->router);
}

static void
run_arp(struct session *s, const struct args *a)
{
	(void)a;
	dp_arp_clear(s->router->dp);
}

static void
run_datapath(struct session *s, const struct args *a)
{
	(void)a;
	dp_counters_clear(s->router->dp);
}

#define CC		"clear crypto "
#define CC_HELP		"Take away or set to zero\nEncryption\n"

static const struct cmd rows[] = {
	{ M(PRIV), 15, 0, CC "sa [ { peer { A.B.C.D:address | X:X:X:X::X:address } | counters } ]",
	    CC_HELP "IPsec security associations\nThose with one peer\nIts address\nIts IPv6 address\nTheir counters only", run_sa },
	{ M(PRIV), 15, 0, CC "sa map WORD:name", CC_HELP "IPsec security associations\nThose of one crypto map\nIts name", run_sa_map },
	{ M(PRIV), 15, 0, CC "sa spi HEX:spi", CC_HELP "IPsec security associations\nBy its SPI\nThe SPI, hexadecimal", run_sa_spi },
	{ M(PRIV), 15, 0, CC "sa entry { A.B.C.D:address | X:X:X:X::X:address } { esp | ah } { <1-4294967295>:number | HEX:spi }",
	    CC_HELP "IPsec security associations\nOne of them\nIts destination\nIts IPv6 destination\nIt is of ESP\nIt is of AH\nIts SPI\nThe same, hexadecimal (0x1234ABCD)", run_sa_entry },
	{ M(PRIV), 15, 0, CC "isakmp [ <0-32766>:id ]", CC_HELP "ISAKMP security associations\nConnection id of one", run_isakmp },
	{ M(PRIV), 15, 0, CC "session [ local { A.B.C.D:own | X:X:X:X::X:own } [ port <1-65535>:own-port ] ] [ remote { A.B.C.D:address | X:X:X:X::X:address } [ port <1-65535>:peer-port ] ]",
	    CC_HELP "ISAKMP and IPsec security associations\nThose from one address of ours\nThe address\nThe IPv6 address\nBy one port of ours\nThe port\n"
	    "Those with one peer\nIts address\nIts IPv6 address\nAt one port of its\nThe port", run_session },
	{ M(PRIV), 15, 0, CC "datapath ipv4 snapshot", CC_HELP "Counters of the packet path\nOver IPv4\nAs show has them", run_datapath },
	{ M(PRIV), 15, 0, "clear counters [ IFNAME:if ]", "Take away or set to zero\nCounters of interfaces\nOne of them", run_counters },
	{ M(PRIV), 15, 0, "clear logging", "Take away or set to zero\nMessages that are kept", run_logging },
	{ M(PRIV), 15, 0, "clear arp", "Take away or set to zero\nAddresses of stations on the wire", run_arp },
	{ M(PRIV), 15, CMD_HIDDEN, "clear arp-cache", "Take away or set to zero\nAddresses of stations on the wire", run_arp },
	{ M(PRIV), 15, 0, "clear ip arp", "Take away or set to zero\nInternet Protocol\nAddresses of stations on the wire", run_arp },
};

const struct cmd_table cmds_clear = { rows, NROWS(rows) };
