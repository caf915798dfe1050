/*
 * show crypto ipsec ...: SAs with their counters, the table of SPIs, transform sets, profiles.  The layout
 * is that of IOS to the blank, oddities too ("local  ident", "##pkts replay failed"), as parsers hold to it.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cryptomap_info.h"
#include "engine/ip6.h"
#include "lib/addr.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

struct sa_view {
	struct text	 out;
	const struct router *router;
	bool		 detail, any;
	struct addr	 peer;			/* af 0 = any */
	const char	*ifname;		/* NULL = any */
	const char	*map;			/* crypto map, NULL = any */
	size_t		 port;			/* from 1: what crypto maps have on the interfaces beside their first */
	bool		 more;			/* there are such */
	char		 last_if[CFG_IF_NAME], last_tag[64];
};

static void
put_ident(struct text *out, const char *which, const struct ike_id *id)
{
	char a[ADDR_STRLEN], m[ADDR_STRLEN];

	text_printf(out, "   %s ident (addr/mask/prot/port): (%s/%s/%u/%u)\n", which, addr_fmt(&id->addr, a),
	    ident_mask(id, m), id->protocol, id->port);
}

static void
put_counters(struct text *out, const struct ipsec_flow_info *f, bool detail)
{
	text_printf(out, "    #pkts encaps: %" PRIu64 ", #pkts encrypt: %" PRIu64 ", #pkts digest: %" PRIu64 "\n", f->encaps, f->encaps, f->encaps);
	text_printf(out, "    #pkts decaps: %" PRIu64 ", #pkts decrypt: %" PRIu64 ", #pkts verify: %" PRIu64 "\n", f->decaps, f->decaps, f->decaps);
	text_add(out, "    #pkts compressed: 0, #pkts decompressed: 0\n    #pkts not compressed: 0, #pkts compr. failed: 0\n"
	    "    #pkts not decompressed: 0, #pkts decompress failed: 0\n");
	if (!detail) {
		text_printf(out, "    #send errors %" PRIu64 ", #recv errors %" PRIu64 "\n\n", f->send_errors, f->recv_errors);
		return;
	}
	text_printf(out, "    #pkts no sa (send) %" PRIu64 ", #pkts invalid sa (rcv) %" PRIu64 "\n", f->no_sa, f->invalid_sa);
	text_printf(out, "    #pkts encaps failed (send) %" PRIu64 ", #pkts decaps failed (rcv) %" PRIu64 "\n", f->encaps_failed, f->decaps_failed);
	text_printf(out, "    #pkts invalid prot (recv) %" PRIu64 ", #pkts verify failed: %" PRIu64 "\n", f->invalid_prot, f->verify_failed);
	text_printf(out, "    #pkts invalid identity (recv) %" PRIu64 ", #pkts invalid len (rcv) %" PRIu64 "\n", f->invalid_identity, f->invalid_len);
	text_printf(out, "    #pkts replay rollover (send): %" PRIu64 ", #pkts replay rollover (rcv) %" PRIu64 "\n", f->rollover_send, f->rollover_recv);
	text_printf(out, "    ##pkts replay failed (rcv): %" PRIu64 "\n", f->replay_failed);
	text_add(out, "    #pkts tagged (send): 0, #pkts untagged (rcv): 0\n    #pkts not tagged (send): 0, #pkts not untagged (rcv): 0\n");
	text_printf(out, "    #pkts internal err (send): %" PRIu64 ", #pkts internal err (recv) %" PRIu64 "\n\n", f->internal_send, f->internal_recv);
}

static void
put_endpoints(struct text *out, const struct ipsec_flow_info *f)
{
	const char *ip = f->remote.af == ADDR_V6 ? "ipv6" : "ip";
	char l[ADDR_STRLEN], r[ADDR_STRLEN];

	text_printf(out, "     local crypto endpt.: %s, remote crypto endpt.: %s\n", addr_fmt(&f->local, l), addr_fmt(&f->remote, r));
	text_printf(out, "     plaintext mtu %u, path mtu %u, %s mtu %u, %s mtu idb %s\n",
	    f->plaintext_mtu == 0 ? f->path_mtu : f->plaintext_mtu, f->path_mtu, ip, f->path_mtu, ip,
	    f->out_if[0] == '\0' ? "(none)" : f->out_if);
	text_printf(out, "     current outbound spi: 0x%X(%u)\n", f->spi_out, f->spi_out);
	if (f->pfs_group != 0)
		text_printf(out, "     PFS (Y/N): Y, DH group: group%u\n\n", f->pfs_group);
	else
		text_add(out, "     PFS (Y/N): N, DH group: none\n\n");
}

static unsigned
iv_size(const struct sa_params *p)
{
	if (p->proto == SA_AH || p->cipher == SA_CIPHER_NULL)
		return 0;
	return p->cipher == SA_CIPHER_AES_CBC ? 16 : 8;
}

/* Bit 31: it has a sibling in the other direction; bit 6: tunnel mode. */
static uint32_t
sibling_flags(const struct sa_params *p)
{
	return UINT32_C(0x80000000) | (p->transport ? 0 : UINT32_C(0x40));
}

static void
put_timing(struct text *out, const struct ipsec_sa_info *s)
{
	if (s->life_kb != 0)
		text_printf(out, "        sa timing: remaining key lifetime (k/sec): (%" PRIu64 "/%u)\n", s->left_kb, s->left_s);
	else
		text_printf(out, "        sa timing: remaining key lifetime (sec): %u\n        Kilobyte Volume Rekey has been disabled\n", s->left_s);
}

static void
put_sa(struct sa_view *v, const struct ipsec_flow_info *f, const struct ipsec_sa_info *s)
{
	const struct sa_params *p = &s->sa.p;
	struct text *out = &v->out;

	text_printf(out, "      spi: 0x%X(%u)\n        transform: %s ,\n", p->spi, p->spi, s->transform);
	text_printf(out, "        in use settings ={%s%s, }\n", p->transport ? "Transport" : "Tunnel", p->udp_port != 0 ? " UDP-Encaps" : "");
	text_printf(out, "        conn id: %u, flow_id: %s:%u, sibling_flags %08X, crypto map: %s\n", s->conn_id,
	    v->router->engine == IKE_ENGINE_ONBOARD ? "Onboard VPN" : "SW", s->conn_id, sibling_flags(p), f->map_tag);
	put_timing(out, s);
	text_printf(out, "        IV size: %u bytes\n", iv_size(p));
	if (p->replay_window == 0)
		text_add(out, "        replay detection support: N\n");
	else if (v->detail)
		text_printf(out, "        replay detection support: Y  replay window size: %u\n", p->replay_window);
	else
		text_add(out, "        replay detection support: Y\n");
	text_printf(out, "        Status: %s\n", v->router->dialect == IKE_IOS_12 ? "ACTIVE" : "ACTIVE(ACTIVE)");
}

static void
put_sas(struct sa_view *v, const struct ipsec_flow_info *f, enum sa_dir dir, enum sa_proto proto, const char *heading)
{
	text_printf(&v->out, "     %s sas:\n", heading);
	for (size_t i = 0; i < f->nsas; i++)
		if (f->sas[i].sa.p.dir == dir && f->sas[i].sa.p.proto == proto && !f->sas[i].sa.dead)
			put_sa(v, f, &f->sas[i]);
	text_addc(&v->out, '\n');
}

/* A flow's heading; several flows of one map share the interface's. */
static void
put_heading(struct sa_view *v, const struct ipsec_flow_info *f)
{
	char a[ADDR_STRLEN];

	if (v->any && strcmp(v->last_if, f->ifname) == 0 && strcmp(v->last_tag, f->map_tag) == 0)
		return;
	text_printf(&v->out, "interface: %s\n    Crypto map tag: %s, local addr %s\n\n", f->ifname, f->map_tag, addr_fmt(&f->local, a));
	memcpy(v->last_if, f->ifname, sizeof(v->last_if));
	memcpy(v->last_tag, f->map_tag, sizeof(v->last_tag));
}

static void
put_flow(void *arg, const struct ipsec_flow_info *f)
{
	struct sa_view *v = arg;
	char a[ADDR_STRLEN];

	if ((v->peer.af != ADDR_NONE && !addr_eq(&v->peer, &f->remote)) || (v->ifname != NULL && strcmp(v->ifname, f->ifname) != 0) ||
	    (v->map != NULL && strcmp(v->map, f->map_tag) != 0))
		return;
	text_addc(&v->out, '\n');
	put_heading(v, f);
	v->any = true;
	text_add(&v->out, "   protected vrf: (none)\n");
	put_ident(&v->out, "local ", &f->local_id);
	put_ident(&v->out, "remote", &f->remote_id);
	text_printf(&v->out, "   current_peer %s port %u\n     PERMIT, flags={%s}\n", addr_fmt(&f->remote, a), f->remote_port,
	    f->made ? "" : "origin_is_acl,");
	put_counters(&v->out, f, v->detail);
	put_endpoints(&v->out, f);
	put_sas(v, f, SA_IN, SA_ESP, "inbound esp");
	put_sas(v, f, SA_IN, SA_AH, "inbound ah");
	text_add(&v->out, "     inbound pcp sas:\n\n");	/* compression is not offered */
	put_sas(v, f, SA_OUT, SA_ESP, "outbound esp");
	put_sas(v, f, SA_OUT, SA_AH, "outbound ah");
	text_add(&v->out, "     outbound pcp sas:\n");
}

void
show_ipsec_flow(struct text *out, const struct router *r, const struct ipsec_flow_info *f, bool detail)
{
	struct sa_view v = { .router = r, .detail = detail };

	put_flow(&v, f);
	text_add(out, text_str(&v.out));
	text_free(&v.out);
}

/* A map at work by one local address shows its SAs at each interface that has it. */
static void
put_flow_there(void *arg, const struct ipsec_flow_info *f)
{
	struct sa_view *v = arg;
	struct ipsec_flow_info there = *f;
	const char *port = router_map_port(v->router, f->map_tag, f->ifname, v->port);

	if (v->port > 0 && port == NULL)
		return;
	v->more |= router_map_port(v->router, f->map_tag, f->ifname, v->port + 1) != NULL;
	if (v->port > 0)
		snprintf(there.ifname, sizeof(there.ifname), "%s", port);
	put_flow(v, &there);
}

static void
run_sa(struct session *s, const struct args *a)
{
	struct sa_view v = { .router = s->router, .detail = arg_has(a, "detail"), .ifname = arg_str(a, "if"),
		.map = arg_str(a, "map-name") };

	if (arg_has(a, "address"))
		v.peer = addr_v4(arg_u32(a, "address"));
	do {
		v.more = false;
		router_flow_each(s->router, put_flow_there, &v);
		v.port++;
	} while (v.more);
	if (!v.any && v.peer.af == ADDR_NONE && v.ifname == NULL && v.map == NULL)
		text_add(&v.out, "\nNo SAs found\n");
	show_flush(s, &v.out);
}

/* --- counts --- */

struct sa_count { unsigned total, active, rekeying; };

static void
count_flow(void *arg, const struct ipsec_flow_info *f)
{
	struct sa_count *c = arg;

	for (size_t i = 0; i < f->nsas; i++) {
		c->total++;
		if (f->sas[i].aging)
			c->rekeying++;
		else
			c->active++;
	}
}

static void
run_count(struct session *s, const struct args *a)
{
	struct sa_count c = { 0 };

	(void)a;
	router_flow_each(s->router, count_flow, &c);
	session_printf(s, "IPsec SA total: %u, active: %u, rekeying: %u, unused: 0, invalid: 0\n", c.total, c.active, c.rekeying);
}

/* --- the SPI table --- */

struct spi_row { uint32_t spi, handle; struct addr local, remote; enum sa_proto proto; unsigned idb; };
struct spi_rows { struct router *r; struct spi_row *v; size_t n; };

static void
collect_spis(void *arg, const struct ipsec_flow_info *f)
{
	struct spi_rows *rows = arg;
	struct if_info i = { .dp_if = 0 };

	router_if_info(rows->r, f->ifname, &i);
	for (size_t k = 0; k < f->nsas; k++) {
		const struct sa_params *p = &f->sas[k].sa.p;

		if (p->dir != SA_IN)
			continue;
		rows->v = xrealloc(rows->v, (rows->n + 1) * sizeof(*rows->v));
		rows->v[rows->n++] = (struct spi_row){ p->spi, f->sas[k].sa.handle, p->dst, p->src, p->proto, i.dp_if };
	}
}

static int
spi_row_cmp(const void *x, const void *y)
{
	const struct spi_row *a = x, *b = y;

	return (a->spi > b->spi) - (a->spi < b->spi);
}

static const char *
proto_word(enum sa_proto p)
{
	return p == SA_AH ? "AH" : "ESP";
}

static void
put_transient(void *arg, const struct transient_spi_info *t)
{
	session_printf(arg, "%08X %08X 0 %u\n", t->spi, t->handle, t->age_s);
}

/* What a rekey has just taken away, or is about to bring, stands in a table of its own. */
static void
put_detail(struct session *s, const struct spi_rows *rows)
{
	char local[ADDR_STRLEN], remote[ADDR_STRLEN];

	session_printf(s, "\nActive SPI table\n     SPI Prot Local Address            Type\n  Handle VRF  Remote Address           IDB\n");
	for (size_t i = 0; i < rows->n; i++) {
		const struct spi_row *v = &rows->v[i];

		session_printf(s, "%08X %-4s %-15s ipsec %08X 0    %-15s %u\n", v->spi, proto_word(v->proto), addr_fmt(&v->local, local),
		    v->handle, addr_fmt(&v->remote, remote), v->idb);
	}
	session_printf(s, "\nTransient SPI table\n     SPI   HANDLE R Time created\n");
	router_transient_each(s->router, put_transient, s);
	session_printf(s, "\n");
}

/* The columns M and Type are those of a table of maps that this router has no other kinds of. */
static void
put_active(struct session *s, const struct spi_rows *rows)
{
	char addr[ADDR_STRLEN];

	session_printf(s, "Active SPI table\n     SPI Prot Local Address            M Type\n");
	for (size_t i = 0; i < rows->n; i++)
		session_printf(s, "%08X %-4s %-23s * ?\n", rows->v[i].spi, proto_word(rows->v[i].proto), addr_fmt(&rows->v[i].local, addr));
	session_printf(s, "\n");
}

static void
run_spi_lookup(struct session *s, const struct args *a)
{
	struct spi_rows rows = { .r = s->router };

	router_flow_each(s->router, collect_spis, &rows);
	if (rows.n > 0)
		qsort(rows.v, rows.n, sizeof(*rows.v), spi_row_cmp);
	if (arg_has(a, "detail"))
		put_detail(s, &rows);
	else
		put_active(s, &rows);
	free(rows.v);
}

/* --- configuration as it is in force --- */

static void
put_set_suites(struct text *out, const struct cfg_transform_set *t)
{
	char words[CFG_TRANSFORM_MAX];

	for (size_t i = 0; i < t->nesp; i++)
		text_printf(out, "%s{ %s  } \n   will negotiate = { %s,  }, \n", i == 0 ? "" : "   ", transform_fmt(&t->esp[i], words),
		    t->transport ? "Transport" : "Tunnel");
}

static void
run_transform_set(struct session *s, const struct args *a)
{
	const struct cfg_transform_set *t;
	struct text out = { 0 };

	TAILQ_FOREACH(t, &conf(s)->transform_sets, next) {
		if (arg_has(a, "name") && strcmp(arg_str(a, "name"), t->name) != 0)
			continue;
		text_printf(&out, "Transform set %s: ", t->name);
		put_set_suites(&out, t);
		text_addc(&out, '\n');
	}
	show_flush(s, &out);
}

static void
put_profile_sets(struct text *out, const struct config *c, const struct cfg_ipsec_profile *p)
{
	const struct cfg_transform_set *t;
	char words[CFG_TRANSFORM_MAX];

	text_add(out, "\tTransform sets={ \n");
	for (size_t i = 0; i < p->transform_sets.n; i++)
		TAILQ_FOREACH(t, &c->transform_sets, next) {
			if (strcmp(t->name, p->transform_sets.v[i]) != 0)
				continue;
			text_printf(out, "\t\t%s: ", t->name);
			for (size_t k = 0; k < t->nesp; k++)
				text_printf(out, " { %s  } ,", transform_fmt(&t->esp[k], words));
			text_add(out, " \n");
		}
	text_add(out, "\t}\n\n");
}

static void
put_profile(struct text *out, const struct config *c, const struct cfg_ipsec_profile *p)
{
	uint32_t sec, kb;

	config_life(c, p, &sec, &kb);
	text_printf(out, "IPSEC profile %s\n", p->name);
	if (p->description != NULL)
		text_printf(out, "\tDescription: %s\n", p->description);
	if (p->isakmp_profile != NULL)
		text_printf(out, "\tISAKMP Profile: %s\n", p->isakmp_profile);
	if (kb != 0)
		text_printf(out, "\tSecurity association lifetime: %u kilobytes/%u seconds\n", kb, sec);
	else
		text_printf(out, "\tKilobyte Volume Rekey has been disabled.\n\tSecurity association lifetime:%u seconds\n", sec);
	if (p->idle_s != 0)
		text_printf(out, "\tSecurity association idletime: %u seconds\n", p->idle_s);
	text_printf(out, "\tResponder-Only (Y/N): %c\n\tPFS (Y/N): %c\n", p->responder_only ? 'Y' : 'N', p->pfs_group != 0 ? 'Y' : 'N');
	if (p->pfs_group != 0)
		text_printf(out, "\t\tDH group: group%u\n", p->pfs_group);
	text_add(out, "\tMixed-mode : Disabled\n");
	put_profile_sets(out, c, p);
}

static void
run_profile(struct session *s, const struct args *a)
{
	const struct cfg_ipsec_profile *p;
	struct text out = { 0 };

	TAILQ_FOREACH(p, &conf(s)->ipsec_profiles, next)
		if (!arg_has(a, "name") || strcmp(arg_str(a, "name"), p->name) == 0)
			put_profile(&out, conf(s), p);
	show_flush(s, &out);
}

static void
run_security_association(struct session *s, const struct args *a)
{
	uint32_t sec, kb;

	(void)a;
	config_life(conf(s), NULL, &sec, &kb);
	if (kb != 0)
		session_printf(s, "Security association lifetime: %u kilobytes/%u seconds\n", kb, sec);
	else
		session_printf(s, "Security association lifetime: %u seconds\n", sec);
}

#define SCI		"show crypto ipsec "
#define SCI_HELP	"Show what is going on\nEncryption\nIP security\n"

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SCI "sa [ peer A.B.C.D:address ] [ interface IFNAME:if ] [ map WORD:map-name ] [ detail ]",
	    SCI_HELP "Security associations\nWith one peer\nIts address\nOf one interface\nThe interface\nOf one crypto map\nIts name\nEvery counter", run_sa },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SCI "sa count", SCI_HELP "Security associations\nHow many there are", run_count },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SCI "spi-lookup [ detail ]", SCI_HELP "SPIs that packets for us may have\nWith their peers, and the SPIs of a moment ago", run_spi_lookup },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SCI "transform-set [ tag WORD:name ]", SCI_HELP "Transform sets\nOne of them\nIts name", run_transform_set },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SCI "profile [ tag WORD:name ]", SCI_HELP "Profiles\nOne of them\nIts name", run_profile },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SCI "security-association", SCI_HELP "Lifetimes that hold where a profile sets none", run_security_association },
};

const struct cmd_table cmds_show_ipsec = { rows, NROWS(rows) };
