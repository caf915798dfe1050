/*
 * show crypto mib ipsec flowmib global|tunnel|endpoint: what IPsec has counted since the router booted, as the flow monitor MIB has
 * it.  There is one table of routes, so there is one vrf.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/ipsec_totals.h"
#include "engine/router.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

#define VRF		" vrf Global\n"
#define ENDPOINT_WIDTH	28
#define GLOBAL_WIDTH	34

static void
put_number(struct text *out, int width, const char *name, uint64_t n)
{
	text_printf(out, "  %-*s%" PRIu64 "\n", width, name, n);
}

static void
put_word(struct text *out, const char *name, const char *word)
{
	text_printf(out, "  %-*s%s\n", ENDPOINT_WIDTH + 1, name, word);
}

static void
count_up(void *arg, const struct ipsec_flow_info *f)
{
	unsigned *n = arg;

	*n += f->spi_out != 0;
}

/* Nothing is compressed. */
static void
put_compression(struct text *out)
{
	put_number(out, GLOBAL_WIDTH, "Compressed bytes:", 0);
	put_number(out, GLOBAL_WIDTH, "Uncompressed bytes:", 0);
	put_number(out, GLOBAL_WIDTH, "In uncompressed bytes:", 0);
	put_number(out, GLOBAL_WIDTH, "Out uncompressed bytes:", 0);
}

static void
run_global(struct session *s, const struct args *a)
{
	struct ipsec_totals t;
	struct inv_spi_info inv;
	struct text out = { 0 };
	unsigned up = 0;

	(void)a;
	router_ipsec_totals(s->router, &t);
	router_inv_spi_info(s->router, &inv);
	router_flow_each(s->router, count_up, &up);
	text_add(&out, VRF);
	put_number(&out, GLOBAL_WIDTH, "Active Tunnels:", up);
	put_number(&out, GLOBAL_WIDTH, "Previous Tunnels:", t.ended);
	put_number(&out, GLOBAL_WIDTH, "In octets:", t.in_octets);
	put_number(&out, GLOBAL_WIDTH, "Out octets:", t.out_octets);
	put_number(&out, GLOBAL_WIDTH, "In packets:", t.in_packets);
	put_number(&out, GLOBAL_WIDTH, "Out packets:", t.out_packets);
	put_number(&out, GLOBAL_WIDTH, "Uncompressed encrypted bytes:", t.out_octets);
	put_number(&out, GLOBAL_WIDTH, "In packets drops:", t.in_failed_auth + t.in_replayed + t.in_bad);
	put_number(&out, GLOBAL_WIDTH, "Out packets drops:", t.out_failed + router_ipsec_no_sa(s->router));
	put_number(&out, GLOBAL_WIDTH, "In replay drops:", t.in_replayed);
	put_number(&out, GLOBAL_WIDTH, "In authentications:", t.in_packets + t.in_failed_auth);
	put_number(&out, GLOBAL_WIDTH, "Out authentications:", t.out_packets);
	put_number(&out, GLOBAL_WIDTH, "In decrypts:", t.in_packets);
	put_number(&out, GLOBAL_WIDTH, "Out encrypts:", t.out_packets);
	put_compression(&out);
	put_number(&out, GLOBAL_WIDTH, "In decrypt failures:", t.in_bad);
	put_number(&out, GLOBAL_WIDTH, "Out encrypt failures:", t.out_failed);
	put_number(&out, GLOBAL_WIDTH, "No SA failures:", inv.packets);
	put_number(&out, GLOBAL_WIDTH, "Protocol use failures:", 0);
	put_number(&out, GLOBAL_WIDTH, "System capacity failures:", t.refused);
	put_number(&out, GLOBAL_WIDTH, "In authentication failures:", t.in_failed_auth);
	put_number(&out, GLOBAL_WIDTH, "Out authentication failures:", 0);
	text_addc(&out, '\n');
	show_flush(s, &out);
}

struct view { struct text out; int64_t now; };

static const char *
cipher_word(const struct sa_params *p)
{
	static const char *const words[] = {
		[SA_CIPHER_NULL] = "null", [SA_CIPHER_DES] = "des", [SA_CIPHER_3DES] = "3des", [SA_CIPHER_AES_CBC] = "aes",
		[SA_CIPHER_AES_GCM] = "gcm", [SA_CIPHER_AES_GMAC] = "gmac",
	};

	return p->proto == SA_AH ? "None" : words[p->cipher];
}

static const char *
auth_word(const struct sa_params *p, enum sa_proto of)
{
	static const char *const words[] = {
		[SA_AUTH_NONE] = "None", [SA_AUTH_MD5_96] = "md5", [SA_AUTH_SHA1_96] = "sha", [SA_AUTH_SHA256_128] = "sha256",
		[SA_AUTH_SHA384_192] = "sha384", [SA_AUTH_SHA512_256] = "sha512",
	};

	return p->proto == of ? words[p->auth] : "None";
}

static void
put_policy(struct text *out, const struct ipsec_flow_info *f, const struct sa_params *p)
{
	char group[16] = "None";

	if (f->pfs_group != 0)
		snprintf(group, sizeof(group), "%u", f->pfs_group);
	put_word(out, "In SA DH group:", group);
	put_word(out, "In sa encrypt algorithm:", cipher_word(p));
	put_word(out, "In SA AH auth algorithm:", auth_word(p, SA_AH));
	put_word(out, "In SA ESP auth algo:", auth_word(p, SA_ESP));
	put_word(out, "In SA uncompress algorithm:", "None");
	put_word(out, "Out SA DH group:", group);
	put_word(out, "Out SA encryption algorithm:", cipher_word(p));
	put_word(out, "Out SA auth algorithm:", auth_word(p, SA_AH));
	put_word(out, "Out SA ESP auth algorithm:", auth_word(p, SA_ESP));
	put_word(out, "Out SA uncompress algorithm:", "None");
}

static void
put_traffic(struct text *out, const struct ipsec_flow_info *f)
{
	const struct ipsec_totals *t = &f->totals;
	int w = ENDPOINT_WIDTH + 1;

	put_number(out, w, "In octets:", t->in_octets);
	put_number(out, w, "Decompressed octets:", t->in_octets);
	put_number(out, w, "In packets:", t->in_packets);
	put_number(out, w, "In drops:", t->in_failed_auth + t->in_replayed + t->in_bad);
	put_number(out, w, "In replay drops:", t->in_replayed);
	put_number(out, w, "In authentications:", t->in_packets + t->in_failed_auth);
	put_number(out, w, "In authentication failures:", t->in_failed_auth);
	put_number(out, w, "In decrypts:", t->in_packets);
	put_number(out, w, "In decrypt failures:", t->in_bad);
	put_number(out, w, "Out octets:", t->out_octets);
	put_number(out, w, "Out uncompressed octets:", t->out_octets);
	put_number(out, w, "Out packets:", t->out_packets);
	put_number(out, w, "Out drops:", t->out_failed + f->no_sa);
	put_number(out, w, "Out authentications:", t->out_packets);
	put_number(out, w, "Out authentication failures:", 0);
	put_number(out, w, "Out encryptions:", t->out_packets);
	put_number(out, w, "Out encryption failures:", t->out_failed);
	put_number(out, w, "Compressed octets:", 0);
	put_number(out, w, "Decompressed octets:", 0);
	put_number(out, w, "Out uncompressed octets:", 0);
	text_add(out, "\n\n");
}

/* Flows without SAs are no tunnels. */
static void
put_tunnel(void *arg, const struct ipsec_flow_info *f)
{
	struct view *v = arg;
	int w = ENDPOINT_WIDTH + 1;
	char a[ADDR_STRLEN], age[SHOW_AGE];

	if (f->nsas == 0)
		return;
	put_number(&v->out, w, "Index:", f->index);
	put_word(&v->out, "Local address:", addr_fmt(&f->local, a));
	put_word(&v->out, "Remote address:", addr_fmt(&f->remote, a));
	put_word(&v->out, "IPSEC keying:", "IKE");
	put_number(&v->out, w, "Encapsulation mode:", f->sas[0].sa.p.transport ? 2 : 1);
	put_number(&v->out, w, "Lifetime (KB):", f->sas[0].life_kb);
	put_number(&v->out, w, "Lifetime (Sec):", f->sas[0].life_s);
	put_word(&v->out, "Active time:", show_hms(f->up_since_ns == 0 ? 0 : (uint64_t)((v->now - f->up_since_ns) / NSEC_SEC), age));
	put_number(&v->out, w, "Lifetime threshold (KB):", REKEY_MARGIN_KB);
	put_number(&v->out, w, "Lifetime threshold (Sec):", REKEY_MARGIN_S);
	put_number(&v->out, w, "Total number of refreshes:", f->totals.rekeyed);
	put_number(&v->out, w, "Expired SA instances:", f->totals.expired);
	put_number(&v->out, w, "Current SA instances:", f->nsas);
	put_policy(&v->out, f, &f->sas[0].sa.p);
	put_traffic(&v->out, f);
}

static void
put_end(struct text *out, const char *which, const struct ike_id *id)
{
	bool many = id->type == IKE_ID_IPV4_ADDR_SUBNET || id->type == IKE_ID_IPV6_ADDR_SUBNET;
	char a[ADDR_STRLEN], name[32];

	snprintf(name, sizeof(name), "%s type:", which);
	put_word(out, name, many ? "Subnet" : "Single IP address");
	snprintf(name, sizeof(name), "%s address:", which);
	if (many)
		text_printf(out, "  %-*s%s/%u\n", ENDPOINT_WIDTH + 1, name, addr_fmt(&id->addr, a), id->prefix_len);
	else
		put_word(out, name, addr_fmt(&id->addr, a));
}

static void
put_endpoint(void *arg, const struct ipsec_flow_info *f)
{
	struct view *v = arg;

	if (f->nsas == 0)
		return;
	put_number(&v->out, ENDPOINT_WIDTH + 1, "Index:", f->index);
	put_end(&v->out, "Local", &f->local_id);
	put_number(&v->out, ENDPOINT_WIDTH + 1, "Protocol:", f->local_id.protocol);
	put_number(&v->out, ENDPOINT_WIDTH + 1, "Local port:", f->local_id.port);
	put_end(&v->out, "Remote", &f->remote_id);
	put_number(&v->out, ENDPOINT_WIDTH + 1, "Remote port:", f->remote_id.port);
	text_addc(&v->out, '\n');
}

static void
run_flows(struct session *s, const struct args *a)
{
	struct view v = { .now = clock_now(s->router->clock) };

	text_add(&v.out, VRF);
	router_flow_each(s->router, arg_has(a, "endpoint") ? put_endpoint : put_tunnel, &v);
	show_flush(s, &v.out);
}

#define SM		"show crypto mib ipsec flowmib "
#define SM_HELP		"Show what is going on\nEncryption\nWhat network management reads\nIPsec\nThe flow monitor\n"

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SM "global", SM_HELP "Sums of all of it", run_global },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SM "{ tunnel | endpoint }", SM_HELP "Each pair of ends\nWhat it protects", run_flows },
};

const struct cmd_table cmds_show_mib = { rows, NROWS(rows) };
