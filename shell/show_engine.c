/*
 * show crypto eli, show crypto engine ..., show crypto call admission statistics: what does the cryptography, and how much of it
 * there has been.
 */

#include <inttypes.h>
#include <stdio.h>

#include "config.h"
#include "datapath/crypto.h"
#include "engine/ipsec_totals.h"
#include "engine/router.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

static const char *
engine_name(const struct router *r)
{
	return r->engine == IKE_ENGINE_ONBOARD ? "Onboard-VPN" : "Software Crypto Engine";
}

/* What the library at work can do. */
static void
put_capabilities(struct text *out, struct router *r)
{
	static const struct { enum sa_cipher c; const char *name; } ciphers[] = {
		{ SA_CIPHER_DES, "DES" }, { SA_CIPHER_3DES, "3DES" }, { SA_CIPHER_AES_CBC, "AES" }, { SA_CIPHER_AES_GCM, "GCM" }, { SA_CIPHER_AES_GMAC, "GMAC" },
	};

	text_add(out, " Capability    : ");
	for (size_t i = 0; i < NROWS(ciphers); i++)
		if (dp_cipher_available(r->dp, ciphers[i].c))
			text_printf(out, "%s, ", ciphers[i].name);
	text_add(out, "IPv6, ESN\n\n");
}

static void
put_sessions(struct text *out, struct router *r)
{
	struct ipsec_totals t;

	router_ipsec_totals(r, &t);
	text_printf(out, " IPSec-Session : %5zu active, %5zu max, %" PRIu64 " failed, %" PRIu64 " created\n\n", dp_sa_count(r->dp), dp_sa_max(r->dp), t.refused, t.created);
}

static void
run_eli(struct session *s, const struct args *a)
{
	struct router *r = s->router;
	bool onboard = r->engine == IKE_ENGINE_ONBOARD, all = arg_has(a, "all");
	struct text out = { 0 };

	text_printf(&out, "Hardware Encryption : %s\n", onboard ? "ACTIVE" : "INACTIVE");
	if (all)
		text_add(&out, " Number of crypto engines = 1\n\n");
	else
		text_printf(&out, " Number of hardware crypto engines = %u\n\n", onboard ? 1u : 0u);
	if (all || onboard) {
		text_printf(&out, " CryptoEngine %s details: state = Active\n", engine_name(r));
		put_capabilities(&out, r);
		put_sessions(&out, r);
	}
	if (all || onboard) {
		text_add(&out, " Number of DH's pregenerated = 0\n");
		text_printf(&out, " DH calculations: P1 %" PRIu64 ", SS %" PRIu64 "\n\n", ike_count(r->ike, IKEC_DH), ike_count(r->ike, IKEC_DH_SECRET));
	}
	show_flush(s, &out);
}

static void
put_engine_head(struct text *out, const struct router *r)
{
	bool onboard = r->engine == IKE_ENGINE_ONBOARD;

	text_printf(out, "\n        crypto engine name:  %s\n        crypto engine type:  %s\n", engine_name(r), onboard ? "hardware" : "software");
	text_printf(out, "                     State:  Enabled\n%s", onboard ? "                  Location:  onboard 0\n" : "");
}

/* Whose routines work: on packets one by one, and on vectors of them. */
static void
put_libraries(struct text *out, const struct router *r, struct crypto_info *info)
{
	dp_crypto_info(r->dp, info);
	text_printf(out, "            single packets:  %s\n", info->openssl);
	if (info->mb == NULL)
		text_printf(out, "                   vectors:  %s\n", info->openssl);
	else
		text_printf(out, "                   vectors:  intel-ipsec-mb %s, %s%s\n", info->mb, info->arch, info->mb_made ? "" : " (none has come yet)");
}

static void
run_brief(struct session *s, const struct args *a)
{
	struct text out = { 0 };
	struct crypto_info info;

	(void)a;
	put_engine_head(&out, s->router);
	put_libraries(&out, s->router, &info);
	text_addc(&out, '\n');
	show_flush(s, &out);
}

static void
run_configuration(struct session *s, const struct args *a)
{
	struct text out = { 0 };
	struct crypto_info info;

	(void)a;
	put_engine_head(&out, s->router);
	put_libraries(&out, s->router, &info);
	text_printf(&out, "   maximum SA index:      %zu\n       crypto lib version:  " PACKAGE_VERSION "\n", dp_sa_max(s->router->dp));
	text_printf(&out, "\n%16" PRIu64 " by OpenSSL          %16" PRIu64 " by intel-ipsec-mb   (ciphers and hashes of packets)\n\n",
	    info.done[CRYPTO_OPENSSL], info.done[CRYPTO_IPSEC_MB]);
	show_flush(s, &out);
}

/* What the engine has done, in the order of a packet's life; what failed by why. */
static void
run_accelerator(struct session *s, const struct args *a)
{
	struct router *r = s->router;
	struct ipsec_totals t;
	struct text out = { 0 };

	(void)a;
	router_ipsec_totals(r, &t);
	text_printf(&out, "Device:   %s\nLocation: %s\n", engine_name(r), r->engine == IKE_ENGINE_ONBOARD ? "Onboard: 0" : "Software");
	text_printf(&out, "        :Statistics for encryption device since the router booted\n");
	text_printf(&out, "%16" PRIu64 " packets in          %16" PRIu64 " packets out\n", t.in_packets + t.in_failed_auth + t.in_replayed + t.in_bad, t.out_packets);
	text_printf(&out, "%16" PRIu64 " bytes in            %16" PRIu64 " bytes out\n", t.in_octets, t.out_octets);
	text_printf(&out, "%16" PRIu64 " pkts decrypted      %16" PRIu64 " pkts encrypted\n", t.in_packets, t.out_packets);
	text_printf(&out, "%16" PRIu64 " bytes decrypted     %16" PRIu64 " bytes encrypted\n", t.in_octets, t.out_octets);
	text_printf(&out, "\n        Error:\n%16" PRIu64 " auth failures       %16" PRIu64 " replayed\n", t.in_failed_auth, t.in_replayed);
	text_printf(&out, "%16" PRIu64 " other in errors     %16" PRIu64 " out errors\n\n", t.in_bad, t.out_failed);
	show_flush(s, &out);
}

struct ike_sas { unsigned all, up, waiting; };

static void
count_ike(void *arg, const struct ike_sa_info *sa)
{
	struct ike_sas *n = arg;

	if (sa->deleted)
		return;
	n->all++;
	n->up += sa->established;
	n->waiting += sa->established && !sa->ready;
}

struct children { unsigned all, negotiating; };

static void
count_child(void *arg, const struct ipsec_flow_info *f)
{
	struct children *n = arg;

	n->all += (unsigned)f->nsas / 2;
	n->negotiating += f->negotiating;
}

/* "Incoming IKE Requests:        0 accepted:        0 rejected:        0" */
static void
put_requests(struct text *out, const char *name, uint64_t taken, uint64_t refused)
{
	text_printf(out, "%s Requests: %8" PRIu64 " accepted: %8" PRIu64 " rejected: %8" PRIu64 "\n", name, taken + refused, taken, refused);
}

/* A limit of 0 is none. IPsec is counted in pairs here. */
static void
run_admission(struct session *s, const struct args *a)
{
	const struct ike *i = s->router->ike;
	struct ike_sas sas = { 0 };
	struct children kids = { 0 };
	struct text out = { 0 };
	uint64_t full = ike_count(i, IKEC_HALF_OPEN);

	(void)a;
	ike_sa_each(s->router->ike, count_ike, &sas);
	router_flow_each(s->router, count_child, &kids);
	text_add(&out, "---------------------------------------------------------------------\n               Crypto Call Admission Control Statistics\n"
	    "---------------------------------------------------------------------\n");
	text_printf(&out, "System Resource Limit: %8u Max IKE SAs: %5u Max in nego: %5u\n", 0u, 0u, ike_half_open_max(i));
	text_printf(&out, "Total IKE SA Count:    %8u active:   %8u negotiating: %5u\n", sas.all, sas.up, sas.all - sas.up);
	put_requests(&out, "Incoming IKE", ike_count(i, IKEC_P1_ASKED), full);
	put_requests(&out, "Outgoing IKE", ike_count(i, IKEC_P1_BEGUN), 0);
	text_printf(&out, "Rejected IKE Requests: %8" PRIu64 " rsrc low: %8u Active SA limit: %u\n%51sIn-neg SA limit: %" PRIu64 "\n", full, 0u, 0u, "", full);
	text_printf(&out, "IKE packets dropped at dispatch: %8u\n\nMax IPSEC SAs: %5u\n", 0u, 0u);
	text_printf(&out, "Total IPSEC SA Count:  %8u active:   %8u negotiating: %5u\n", kids.all + kids.negotiating, kids.all, kids.negotiating);
	put_requests(&out, "Incoming IPSEC", ike_count(i, IKEC_P2_ASKED), ike_count(i, IKEC_NODES));
	put_requests(&out, "Outgoing IPSEC", ike_count(i, IKEC_P2_BEGUN), ike_count(i, IKEC_NODES_OWN) + ike_count(i, IKEC_REQUESTS));
	text_printf(&out, "SA Strength Enforcement Rejects:  incoming: %8u outgoing: %8u\n\nPhase1.5 SAs under negotiation: %9u\n", 0u, 0u, sas.waiting);
	show_flush(s, &out);
}

#define SC		"show crypto "
#define SC_HELP		"Show what is going on\nEncryption\n"

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SC "eli [ all ]", SC_HELP "The layer that engines are under\nAll engines", run_eli },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SC "engine brief", SC_HELP "What does the cryptography\nIn short", run_brief },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SC "engine configuration", SC_HELP "What does the cryptography\nHow it is set up", run_configuration },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SC "engine accelerator statistic", SC_HELP "What does the cryptography\nThe engine itself\nWhat it has done", run_accelerator },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SC "call admission statistics", SC_HELP "Key exchanges that are asked for\nWhich of them are let in\nWhat was counted", run_admission },
};

const struct cmd_table cmds_show_engine = { rows, NROWS(rows) };
