/* show dmvpn [detail]: the far ends of multipoint tunnels, with what NHRP, IKE and IPsec know of each. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/nhrp.h"
#include "engine/router.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

struct ifs { struct nhrp_if_info *v; size_t n; };
struct entries { struct nhrp_entry_info *v; size_t n; };

struct view {
	struct router	*r;
	struct text	 out;
	struct ifs	 ifs;
	struct entries	 entries;
	const char	*ifname;
	uint32_t	 nbma;
	bool		 detail;
	int64_t		 now;
	const struct nhrp_if_info *at;		/* the interface under way */
};

static void
add_if(void *arg, const struct nhrp_if_info *i)
{
	struct ifs *l = arg;

	l->v = xrealloc(l->v, (l->n + 1) * sizeof(*l->v));
	l->v[l->n++] = *i;
}

/* Those who asked are none of its business here. */
static void
add_entry(void *arg, const struct nhrp_entry_info *e)
{
	struct entries *l = arg;

	if (e->kind == NHRP_LOCAL)
		return;
	l->v = xrealloc(l->v, (l->n + 1) * sizeof(*l->v));
	l->v[l->n] = *e;
	l->v[l->n].requesters = NULL;
	l->v[l->n++].nrequesters = 0;
}

/* By far end; there networks before the next hop that they lead by. */
static int
entry_cmp(const void *pa, const void *pb)
{
	const struct nhrp_entry_info *a = pa, *b = pb;

	if (a->nbma != b->nbma)
		return a->nbma < b->nbma ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return a->prefix < b->prefix ? -1 : a->prefix > b->prefix;
}

static bool
of_view(const struct view *v, const struct nhrp_entry_info *e)
{
	return strcmp(e->ifname, v->at->ifname) == 0 && (v->nbma == 0 || e->nbma == v->nbma);
}

static unsigned
same_peer(const struct view *v, size_t first)
{
	unsigned n = 0;

	for (size_t i = 0; i < v->entries.n; i++)
		n += of_view(v, &v->entries.v[i]) && v->entries.v[i].nbma == v->entries.v[first].nbma;
	return n;
}

static void
put_legend(struct text *out, const struct router *r)
{
	bool xe = r->dialect == IKE_XE_17;
	const char *in = xe ? "\t" : "        ";

	text_printf(out, "Legend: Attrb --> S - Static, D - Dynamic, I - Incomplete\n%sN - NATed, L - Local, X - No Socket\n", in);
	text_printf(out, "%sT1 - Route Installed, T2 - Nexthop-override%s\n", in, xe ? ", B - BGP" : "");
	text_printf(out, "%sC - CTS Capable%s\n", in, xe ? ", I2 - Temporary" : "");
	text_printf(out, "%s# Ent --> Number of NHRP entries with same NBMA peer\n", in);
	text_printf(out, "%sNHS Status: E --> Expecting Replies, R --> Responding, W --> Waiting\n", in);
	text_printf(out, "%sUpDn Time --> Up or Down Time for a Tunnel\n", in);
	text_add(out, "==========================================================================\n\n");
}

static void
attributes(const struct nhrp_entry_info *e, char out[8])
{
	size_t n = 0;

	out[n++] = e->kind == NHRP_STATIC ? 'S' : e->kind == NHRP_INCOMPLETE ? 'I' : 'D';
	if ((e->flags & NHRP_F_NAT) != 0)
		out[n++] = 'N';
	if (!e->socket)
		out[n++] = 'X';
	if ((e->flags & (NHRP_F_RIB | NHRP_F_NHO)) != 0) {
		out[n++] = 'T';
		out[n++] = (e->flags & NHRP_F_NHO) != 0 ? '2' : '1';
	}
	out[n] = '\0';
}

static void
put_entry(struct view *v, size_t k, bool first)
{
	static const char *const states[] = { [NHRP_ST_NHRP] = "NHRP", [NHRP_ST_IKE] = "IKE", [NHRP_ST_IPSEC] = "IPSEC", [NHRP_ST_UP] = "UP" };
	const struct nhrp_entry_info *e = &v->entries.v[k];
	char nbma[ADDR_STRLEN], via[ADDR_STRLEN], age[SHOW_AGE], attr[8], p[ADDR_STRLEN], target[ADDR_STRLEN + 4] = "";
	struct text t = { 0 };

	attributes(e, attr);
	if (first)
		text_printf(&v->out, " %5u %-15s ", e->nbma == 0 ? 0 : same_peer(v, k), e->nbma == 0 ? "UNKNOWN" : ip4_fmt(e->nbma, nbma));
	else
		text_printf(&v->out, "%23s", "");
	text_printf(&v->out, "%15s %5s %8s %5s", ip4_fmt(e->via, via), states[e->state], show_age(e->updown_ns == 0 ? -1 : v->now - e->updown_ns, age), attr);
	if (v->detail) {
		text_printf(&t, "%s/%u", ip4_fmt(e->prefix, p), e->len);
		memcpy(target, text_str(&t), t.len + 1);
		text_printf(&v->out, " %18s", target);
	}
	text_addc(&v->out, '\n');
	text_free(&t);
}

static void
put_nhs(void *arg, const struct nhrp_nhs_info *n)
{
	struct view *v = arg;
	char a[ADDR_STRLEN];

	if (strcmp(n->ifname, v->at->ifname) != 0)
		return;
	text_printf(&v->out, "%s  %s priority = %u cluster = %u\n", ip4_fmt(n->addr, a), n->responding ? "RE" : n->active ? " E" : " W", n->priority, n->cluster);
}

static void
put_head(struct view *v, unsigned peers)
{
	const struct nhrp_if_info *i = v->at;
	const char *type = i->spoke && i->hub ? "Hub/Spoke" : i->spoke ? "Spoke" : i->hub ? "Hub" : "Unknown";
	struct if_info rif = { 0 };
	struct cfg_if *c = config_if(v->r->cfg, i->ifname, false);
	char a[ADDR_STRLEN], b[ADDR_STRLEN], d[ADDR_STRLEN];

	if (!v->detail) {
		text_printf(&v->out, "Interface: %s, IPv4 NHRP Details \nType:%s, NHRP Peers:%u, \n\n", i->ifname, type, peers);
		text_add(&v->out, " # Ent  Peer NBMA Addr Peer Tunnel Add State  UpDn Tm Attrb\n ----- --------------- --------------- ----- -------- -----\n");
		return;
	}
	router_if_info(v->r, i->ifname, &rif);
	text_printf(&v->out, "Interface %s is %s/%s, Addr. is %s, VRF \"\" \n", i->ifname, rif.link_up ? "up" : "down", rif.line_up ? "up" : "down", ip4_fmt(i->addr, a));
	text_printf(&v->out, "   Tunnel Src./Dest. addr: %s/%s, Tunnel VRF \"\"\n", ip4_fmt(i->source, b),
	    i->multipoint || c == NULL ? "MGRE" : addr_fmt(&c->destination, d));
	text_printf(&v->out, "   Protocol/Transport: \"%s\", Protect \"%s\" \n", i->multipoint ? "multi-GRE/IP" : "GRE/IP", c != NULL && c->protection != NULL ? c->protection : "");
	text_add(&v->out, "   Interface State Control: Disabled\n   nhrp event-publisher : Disabled\n");
	if (i->spoke) {
		text_add(&v->out, "\nIPv4 NHS:\n");
		nhrp_nhs_each(v->r, put_nhs, v);
	}
	text_printf(&v->out, "Type:%s, Total NBMA Peers (v4/v6): %u\n\n", type, peers);
	text_add(&v->out, "# Ent  Peer NBMA Addr Peer Tunnel Add State  UpDn Tm Attrb    Target Network\n"
	    "----- --------------- --------------- ----- -------- ----- -----------------\n");
}

/* An interface of which nothing is known is not listed. */
static void
put_if(struct view *v)
{
	uint32_t last = 0;
	unsigned peers = 0;
	bool any = false;

	for (size_t k = 0; k < v->entries.n; k++) {
		if (!of_view(v, &v->entries.v[k]))
			continue;
		peers += !any || v->entries.v[k].nbma != last;
		last = v->entries.v[k].nbma;
		any = true;
	}
	if (!any)
		return;
	put_head(v, peers);
	any = false;
	for (size_t k = 0; k < v->entries.n; k++) {
		if (!of_view(v, &v->entries.v[k]))
			continue;
		put_entry(v, k, !any || v->entries.v[k].nbma != last);
		last = v->entries.v[k].nbma;
		any = true;
	}
	text_addc(&v->out, '\n');
}

/* ---- encryption below ---- */

struct phase1 { struct view *v; const struct ipsec_flow_info *f; bool up; char id[IKE_NAME_MAX]; };

static void
put_ike(void *arg, const struct ike_sa_info *sa)
{
	struct phase1 *p = arg;
	char a[ADDR_STRLEN], b[ADDR_STRLEN], age[SHOW_AGE];

	if (!addr_eq(&sa->path.remote, &p->f->remote))
		return;
	p->up |= sa->established && !sa->deleted;
	text_printf(&p->v->out, "  IKEv1 SA: local %s/%u remote %s/%u %s \n", addr_fmt(&sa->path.local, a), sa->path.local_port, addr_fmt(&sa->path.remote, b),
	    sa->path.remote_port, sa->established && !sa->deleted ? "Active" : "Inactive");
	text_printf(&p->v->out, "          Capabilities:%s connid:%u lifetime:%s\n", sa->dpd ? "D" : "(none)", sa->conn_id,
	    sa->life_left_s == 0 ? "0" : show_hms(sa->life_left_s, age));
}

static void
put_sas(struct view *v, const struct ipsec_flow_info *f)
{
	const struct ipsec_sa_info *in = NULL, *out = NULL;
	char a[ADDR_STRLEN], b[ADDR_STRLEN];

	for (size_t i = 0; i < f->nsas; i++) {
		if (f->sas[i].sa.p.dir == SA_IN && in == NULL)
			in = &f->sas[i];
		if (f->sas[i].sa.p.dir == SA_OUT && out == NULL)
			out = &f->sas[i];
	}
	text_printf(&v->out, "  IPSEC FLOW: permit %u host %s host %s \n", f->local_id.protocol, addr_fmt(&f->local_id.addr, a), addr_fmt(&f->remote_id.addr, b));
	text_printf(&v->out, "        Active SAs: %zu, origin: crypto map\n", f->nsas);
	text_printf(&v->out, "        Inbound:  #pkts dec'ed %" PRIu64 " drop %" PRIu64 " life (KB/Sec) %" PRIu64 "/%u\n", f->decaps, f->recv_errors,
	    in == NULL ? 0 : in->left_kb, in == NULL ? 0 : in->left_s);
	text_printf(&v->out, "        Outbound: #pkts enc'ed %" PRIu64 " drop %" PRIu64 " life (KB/Sec) %" PRIu64 "/%u\n", f->encaps, f->send_errors,
	    out == NULL ? 0 : out->left_kb, out == NULL ? 0 : out->left_s);
	text_printf(&v->out, "   Outbound SPI : 0x%8X, transform : %s\n", f->spi_out, out == NULL ? "" : out->transform);
	text_printf(&v->out, "    Socket State: %s\n\n", f->spi_out != 0 ? "Open" : "Closed");
}

static void
put_flow(void *arg, const struct ipsec_flow_info *f)
{
	struct view *v = arg;
	struct phase1 p = {.v = v, .f = f};
	char a[ADDR_STRLEN];
	bool ours = false;

	for (size_t i = 0; i < v->ifs.n; i++)
		ours |= strcmp(v->ifs.v[i].ifname, f->ifname) == 0 && (v->ifname == NULL || strcmp(v->ifname, f->ifname) == 0);
	if (!ours || (v->nbma != 0 && f->remote.v4 != v->nbma))
		return;
	text_printf(&v->out, "Interface: %s\n", f->ifname);
	ike_sa_each(v->r->ike, put_ike, &p);
	text_printf(&v->out, "  Crypto Session Status: %s     \n", f->spi_out == 0 ? (f->negotiating ? "DOWN-NEGOTIATING" : "DOWN") : p.up ? "UP-ACTIVE" : "UP-NO-IKE");
	if (p.up)
		text_printf(&v->out, "  fvrf: (none),\tPhase1_id: %s\n", addr_fmt(&f->remote, a));
	else
		text_add(&v->out, "  fvrf: (none)\n");
	put_sas(v, f);
}

static void
run_dmvpn(struct session *s, const struct args *a)
{
	struct view v = {.r = s->router, .ifname = arg_str(a, "if"), .nbma = arg_u32(a, "addr"), .detail = arg_has(a, "detail"), .now = clock_now(s->router->clock)};

	nhrp_if_each(s->router, add_if, &v.ifs);
	nhrp_entry_each(s->router, add_entry, &v.entries);
	if (v.entries.n > 0)
		qsort(v.entries.v, v.entries.n, sizeof(*v.entries.v), entry_cmp);
	put_legend(&v.out, s->router);
	for (size_t i = 0; i < v.ifs.n; i++) {
		v.at = &v.ifs.v[i];
		if (v.ifname == NULL || strcmp(v.ifname, v.at->ifname) == 0)
			put_if(&v);
	}
	if (v.detail) {
		text_add(&v.out, "Crypto Session Details: \n--------------------------------------------------------------------------------\n\n");
		router_flow_each(s->router, put_flow, &v);
		text_add(&v.out, "Pending DMVPN Sessions:\n\n");
	}
	free(v.ifs.v);
	free(v.entries.v);
	show_flush(s, &v.out);
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show dmvpn [ interface IFNAME:if ] [ peer nbma A.B.C.D:addr ] [ detail ]",
	    "Show what is going on\nMultipoint tunnels\nOf one interface\nThe interface\nWith one far end\nBy its address outside\nThe address\nWith encryption", run_dmvpn },
};

const struct cmd_table cmds_show_dmvpn = { rows, NROWS(rows) };
