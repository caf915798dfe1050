/* debug, undebug and what is shown of them; conditional debugging of crypto. */

#include <stdlib.h>
#include <string.h>

#include "engine/router.h"
#include "lib/addr.h"
#include "lib/mem.h"
#include "shell/cmds.h"
#include "shell/session.h"

static const char crypto[] = "Cryptographic Subsystem", nhrp[] = "NHRP", eem[] = "EEM";

/* Those of a group stand together. */
static const struct topic { const char *group, *word, *name; size_t offset; } topics[] = {
	{ crypto, "isakmp", "Crypto ISAKMP", offsetof(struct debug_flags, isakmp) },
	{ crypto, "engine", "Crypto Engine", offsetof(struct debug_flags, engine) },
	{ crypto, "ipsec", "Crypto IPSEC", offsetof(struct debug_flags, ipsec) },
	{ crypto, "ezvpn", "EzVPN", offsetof(struct debug_flags, ezvpn) },
	{ crypto, "messages", "Crypto PKI Msg", offsetof(struct debug_flags, pki_messages) },
	{ crypto, "transactions", "Crypto PKI Trans", offsetof(struct debug_flags, pki_transactions) },
	{ crypto, "validation", "Crypto PKI Validation Path", offsetof(struct debug_flags, pki_validation) },

	{ nhrp, "protocol", "NHRP protocol", offsetof(struct debug_flags, nhrp.all) },
	{ nhrp, "packet", "NHRP activity", offsetof(struct debug_flags, nhrp.packet) },
	{ nhrp, "cache", "NHRP cache operations", offsetof(struct debug_flags, nhrp.cache) },
	{ nhrp, "error", "NHRP error", offsetof(struct debug_flags, nhrp.error) },
	{ nhrp, "extension", "NHRP extension processing", offsetof(struct debug_flags, nhrp.extension) },
	{ nhrp, "rate", "NHRP rate limiting", offsetof(struct debug_flags, nhrp.rate) },

	{ eem, "cli", "Debug EEM action cli", offsetof(struct debug_flags, eem_cli) },
};
#define NTOPICS		(sizeof(topics) / sizeof(topics[0]))

static bool *
flag(struct router *r, const struct topic *t)
{
	return (bool *)((char *)&r->debug + t->offset);
}

static void
set_topic(struct session *s, const struct args *a, bool on)
{
	for (size_t i = 0; i < NTOPICS; i++)
		if (arg_has(a, topics[i].word)) {
			*flag(s->router, &topics[i]) = on;
			session_printf(s, "%s debugging is %s\n", topics[i].name, on ? "on" : "off");
		}
}

static void
cmd_debug(struct session *s, const struct args *a)
{
	set_topic(s, a, !args_no(a));
}

static void
cmd_undebug(struct session *s, const struct args *a)
{
	set_topic(s, a, false);
}

static void
all_off(struct session *s)
{
	s->router->debug = (struct debug_flags){ 0 };
	session_printf(s, "All possible debugging has been turned off\n");
}

/* Without a word, NHRP's protocol as a whole. */
static void
nhrp_set(struct session *s, bool on)
{
	s->router->debug.nhrp.all = on;
	session_printf(s, "NHRP protocol debugging is %s\n", on ? "on" : "off");
}

static void
cmd_debug_nhrp(struct session *s, const struct args *a)
{
	nhrp_set(s, !args_no(a));
}

static void
cmd_undebug_nhrp(struct session *s, const struct args *a)
{
	(void)a;
	nhrp_set(s, false);
}

/* Of a multipoint tunnel the resolution of next hops, at the depth that is asked for. */
static void
cmd_debug_dmvpn(struct session *s, const struct args *a)
{
	struct nhrp_debug *d = &s->router->debug.nhrp;
	bool on = !args_no(a), all = arg_has(a, "all");

	if (all || arg_has(a, "detail"))
		d->all = d->cache = on;
	if (all || arg_has(a, "packet"))
		d->packet = on;
	if (all || arg_has(a, "error"))
		d->error = on;
	session_printf(s, "DMVPN %s nhrp debugging is %s\n", all ? "all level" : arg_has(a, "detail") ? "detail" : arg_has(a, "packet") ? "packet" : "error",
	    on ? "on" : "off");
}

static void
cmd_undebug_all(struct session *s, const struct args *a)
{
	(void)a;
	all_off(s);
}

static void
cmd_debug_all(struct session *s, const struct args *a)
{
	char *answer;

	if (args_no(a)) {
		all_off(s);
		return;
	}
	answer = session_ask(s, "This may severely impact network performance. Continue? (yes/[no]): ", INPUT_QUESTION);
	if (answer != NULL && (answer[0] == 'y' || answer[0] == 'Y')) {
		for (size_t i = 0; i < NTOPICS; i++)
			*flag(s->router, &topics[i]) = true;
		session_printf(s, "All possible debugging has been turned on\n");
	}
	free(answer);
}

static void
cmd_show_debugging(struct session *s, const struct args *a)
{
	const char *group = NULL;

	(void)a;
	for (size_t i = 0; i < NTOPICS; i++) {
		if (!*flag(s->router, &topics[i]))
			continue;
		if (topics[i].group != group)
			session_printf(s, "\n\n%s:\n", topics[i].group);
		group = topics[i].group;
		session_printf(s, "  %s debugging is on\n", topics[i].name);
	}
}

/* ---- conditions ---- */

static void
peer_set(struct debug_condition *c, uint32_t v4, bool on)
{
	struct addr peer = addr_v4(v4);
	size_t i = 0;

	while (i < c->npeers && !addr_eq(&c->peers[i], &peer))
		i++;
	if (on && i == c->npeers) {
		c->peers = xrealloc(c->peers, (c->npeers + 1) * sizeof(*c->peers));
		c->peers[c->npeers++] = peer;
	} else if (!on && i < c->npeers)
		c->peers[i] = c->peers[--c->npeers];
}

static void
spi_set(struct debug_condition *c, uint32_t spi, bool on)
{
	size_t i = 0;

	while (i < c->nspis && c->spis[i] != spi)
		i++;
	if (on && i == c->nspis) {
		c->spis = xrealloc(c->spis, (c->nspis + 1) * sizeof(*c->spis));
		c->spis[c->nspis++] = spi;
	} else if (!on && i < c->nspis)
		c->spis[i] = c->spis[--c->nspis];
}

static void
cmd_condition(struct session *s, const struct args *a)
{
	struct debug_condition *c = &s->router->cond;

	if (arg_has(a, "address"))
		peer_set(c, arg_u32(a, "address"), !args_no(a));
	else if (arg_u64(a, "value") > UINT32_MAX || arg_u64(a, "value") == 0)
		session_error(s, "%% An SPI has 32 bits and is not zero");
	else
		spi_set(c, arg_u32(a, "value"), !args_no(a));
}

static void
cmd_condition_reset(struct session *s, const struct args *a)
{
	(void)a;
	s->router->cond.npeers = 0;
	s->router->cond.nspis = 0;
}

static void
cmd_show_condition(struct session *s, const struct args *a)
{
	const struct debug_condition *c = &s->router->cond;
	char peer[ADDR_STRLEN];

	(void)a;
	session_printf(s, "\nCrypto conditional debug currently is turned %s\n", c->npeers + c->nspis > 0 ? "ON" : "OFF");
	if (c->npeers > 0)
		session_printf(s, "\nIKE peer IP address filters:\n");
	for (size_t i = 0; i < c->npeers; i++)
		session_printf(s, "%s%s", addr_fmt(&c->peers[i], peer), i + 1 < c->npeers ? " " : "\n");
	if (c->nspis > 0)
		session_printf(s, "\nIPsec SPI filters:\n");
	for (size_t i = 0; i < c->nspis; i++)
		session_printf(s, "0x%X%s", c->spis[i], i + 1 < c->nspis ? " " : "\n");
}

#define TOPICS		"crypto { isakmp | ipsec | engine }"
#define TOPICS_HELP	"Encryption and key exchange\nKey exchange\nIPsec\nThe crypto engine"

#define PKI_HELP	"Encryption and key exchange\nCertificates\nRequests and certificates that come and go\nWhat is done for a trustpoint\nWhether certificates hold"

#define NHRP_HELP	"Resolution of next hops\nPackets\nBindings\nFaults\nExtensions of packets\nToo many packets"

#define EEM_HELP	"Events and what is done about them\nThe embedded event manager\nWhat policies do\nThe commands that they type, and what comes back"

static const struct cmd rows[] = {
	{ M(PRIV), 15, CMD_NO, "debug " TOPICS, "Turn debug output on\n" TOPICS_HELP, cmd_debug },
	{ M(PRIV), 15, 0, "undebug " TOPICS, "Turn debug output off\n" TOPICS_HELP, cmd_undebug },
	{ M(PRIV), 15, CMD_NO, "debug crypto pki { messages | transactions | validation }", "Turn debug output on\n" PKI_HELP, cmd_debug },
	{ M(PRIV), 15, 0, "undebug crypto pki { messages | transactions | validation }", "Turn debug output off\n" PKI_HELP, cmd_undebug },
	{ M(PRIV), 15, CMD_NO, "debug nhrp { packet | cache | error | extension | rate }", "Turn debug output on\n" NHRP_HELP, cmd_debug },
	{ M(PRIV), 15, 0, "undebug nhrp { packet | cache | error | extension | rate }", "Turn debug output off\n" NHRP_HELP, cmd_undebug },
	{ M(PRIV), 15, CMD_NO, "debug nhrp", "Turn debug output on\nResolution of next hops", cmd_debug_nhrp },
	{ M(PRIV), 15, 0, "undebug nhrp", "Turn debug output off\nResolution of next hops", cmd_undebug_nhrp },
	{ M(PRIV), 15, CMD_NO, "debug dmvpn { all | error | detail | packet } nhrp", "Turn debug output on\nMultipoint tunnels\nAll of it\nFaults\nWhat is done\nPackets\nResolution of next hops", cmd_debug_dmvpn },
	{ M(PRIV), 15, CMD_NO, "debug event manager action cli", "Turn debug output on\n" EEM_HELP, cmd_debug },
	{ M(PRIV), 15, 0, "undebug event manager action cli", "Turn debug output off\n" EEM_HELP, cmd_undebug },
	{ M(PRIV), 15, CMD_NO, "debug all", "Turn debug output on\nAll of it", cmd_debug_all },
	{ M(PRIV), 15, 0, "undebug all", "Turn debug output off\nAll of it", cmd_undebug_all },
	{ M(PRIV), 15, CMD_NO, "debug crypto condition { peer ipv4 A.B.C.D:address | spi HEX:value }",
	    "Turn debug output on\nEncryption and key exchange\nOnly what fits conditions\nA peer\nBy its IPv4 address\n"
	    "The peer's address\nAn SA\nIts SPI, 0x1234ABCD", cmd_condition },
	{ M(PRIV), 15, 0, "debug crypto condition reset",
	    "Turn debug output on\nEncryption and key exchange\nOnly what fits conditions\nForget all conditions",
	    cmd_condition_reset },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show debugging", "Show what is going on\nWhich debug output is on",
	    cmd_show_debugging },
	{ M(PRIV), 1, CMD_SHOW, "show crypto debug-condition",
	    "Show what is going on\nEncryption and key exchange\nConditions of debug output", cmd_show_condition },
};

CMD_TABLE(cmds_debug, rows);
