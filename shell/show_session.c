/*
 * show crypto session: what IKE and IPsec hold with each peer, put together by interface and peer.  The
 * status follows from both: UP-NO-IKE is the state in which an invalid SPI can't be told to the peer.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ip6.h"
#include "engine/router.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/dialect.h"
#include "shell/show.h"

struct flow_copy {
	struct ike_id	 local_id, remote_id;
	unsigned	 active;
	uint64_t	 decrypted, encrypted, drop_in, drop_out;
	uint64_t	 kb_in, kb_out;
	uint32_t	 s_in, s_out;
	bool		 no_volume, dynamic;
};

struct peer_session {
	char			 ifname[CFG_IF_NAME];
	struct addr		 local, remote;
	uint16_t		 remote_port;
	struct flow_copy	*flows;
	size_t			 nflows;
	unsigned		 sas;
	bool			 negotiating;
	int64_t			 up_since_ns;		/* 0 = not up */
	struct ike_sa_info	*ike;
	size_t			 nike;
	bool			 ike_up;
};

struct sessions { struct peer_session *v; size_t n; };

/* Peers behind one translator have its address, and different ports; 500 is that of none yet. */
static bool
is_peer(const struct peer_session *p, const struct addr *local, const struct addr *remote, uint16_t port)
{
	return addr_eq(&p->local, local) && addr_eq(&p->remote, remote) && (p->remote_port == port || p->remote_port == IKE_PORT || port == IKE_PORT);
}

static struct peer_session *
session_of(struct sessions *ss, const char *ifname, const struct addr *local, const struct addr *remote, uint16_t port)
{
	struct peer_session *p;

	for (size_t i = 0; i < ss->n; i++)
		if (is_peer(&ss->v[i], local, remote, port) && (ifname == NULL || strcmp(ss->v[i].ifname, ifname) == 0))
			return &ss->v[i];
	ss->v = xrealloc(ss->v, (ss->n + 1) * sizeof(*ss->v));
	p = &ss->v[ss->n++];
	*p = (struct peer_session){ .local = *local, .remote = *remote, .remote_port = IKE_PORT };
	if (ifname != NULL)
		memcpy(p->ifname, ifname, sizeof(p->ifname));
	return p;
}

/* The newest pair's lifetimes stand for the flow. */
static void
flow_lifetimes(struct flow_copy *c, const struct ipsec_flow_info *f)
{
	bool in = false, out = false;

	for (size_t i = 0; i < f->nsas; i++) {
		const struct ipsec_sa_info *s = &f->sas[i];

		c->active += f->spi_out != 0;		/* one that the peer has yet to confirm is no session */
		c->no_volume |= s->life_kb == 0;
		if (s->sa.p.dir == SA_IN && !in) {
			c->kb_in = s->left_kb;
			c->s_in = s->left_s;
			in = true;
		} else if (s->sa.p.dir == SA_OUT && !out) {
			c->kb_out = s->left_kb;
			c->s_out = s->left_s;
			out = true;
		}
	}
}

static void
add_flow(void *arg, const struct ipsec_flow_info *f)
{
	struct peer_session *p = session_of(arg, f->ifname, &f->local, &f->remote, f->remote_port != 0 ? f->remote_port : IKE_PORT);
	struct flow_copy *c;

	p->flows = xrealloc(p->flows, (p->nflows + 1) * sizeof(*p->flows));
	c = &p->flows[p->nflows++];
	*c = (struct flow_copy){ .local_id = f->local_id, .remote_id = f->remote_id, .decrypted = f->decaps, .encrypted = f->encaps,
		.drop_in = f->recv_errors, .drop_out = f->send_errors, .dynamic = f->dynamic };
	flow_lifetimes(c, f);
	p->sas += c->active;
	p->negotiating |= f->negotiating;
	if (f->remote_port != 0)
		p->remote_port = f->remote_port;
	if (f->up_since_ns != 0 && (p->up_since_ns == 0 || f->up_since_ns < p->up_since_ns))
		p->up_since_ns = f->up_since_ns;
}

/* An IKE SA belongs to every interface that has flows between its two addresses. */
static void
add_ike(void *arg, const struct ike_sa_info *sa)
{
	struct sessions *ss = arg;
	uint16_t port = sa->path.local_port == IKE_PORT_NATT ? sa->path.remote_port : IKE_PORT;

	session_of(ss, NULL, &sa->path.local, &sa->path.remote, port);
	for (size_t i = 0; i < ss->n; i++) {
		struct peer_session *p = &ss->v[i];

		if (!is_peer(p, &sa->path.local, &sa->path.remote, port))
			continue;
		p->ike = xrealloc(p->ike, (p->nike + 1) * sizeof(*p->ike));
		p->ike[p->nike++] = *sa;
		p->ike_up |= sa->established && !sa->deleted;
		p->negotiating |= !sa->established && !sa->deleted;
		if (p->up_since_ns == 0 && p->ike_up)
			p->up_since_ns = sa->up_since_ns;
	}
}

static void
sessions_free(struct sessions *ss)
{
	for (size_t i = 0; i < ss->n; i++) {
		free(ss->v[i].flows);
		for (size_t k = 0; k < ss->v[i].nike; k++)
			wipe(ss->v[i].ike[k].enc_key, sizeof(ss->v[i].ike[k].enc_key));
		free(ss->v[i].ike);
	}
	free(ss->v);
}

enum status { DOWN, DOWN_NEGOTIATING, UP_IDLE, UP_NO_IKE, UP_ACTIVE };

static enum status
status_of(const struct peer_session *p)
{
	if (p->ike_up)
		return p->sas > 0 ? UP_ACTIVE : UP_IDLE;
	if (p->sas > 0)
		return UP_NO_IKE;
	return p->negotiating ? DOWN_NEGOTIATING : DOWN;
}

static const struct { const char *name, *brief; } statuses[] = {
	[DOWN] = { "DOWN", "D" }, [DOWN_NEGOTIATING] = { "DOWN-NEGOTIATING", "DN" }, [UP_IDLE] = { "UP-IDLE", "UI" },
	[UP_NO_IKE] = { "UP-NO-IKE", "UK" }, [UP_ACTIVE] = { "UP-ACTIVE", "UA" },
};

static void
put_proxy(struct text *out, const struct ike_id *id)
{
	char a[ADDR_STRLEN], m[ADDR_STRLEN];

	if (ike_id_len(id) == (id->addr.af == ADDR_V6 ? 128 : 32))
		text_printf(out, "host %s", addr_fmt(&id->addr, a));
	else
		text_printf(out, "%s/%s", addr_fmt(&id->addr, a), ident_mask(id, m));
}

static void
put_life(struct text *out, const struct flow_copy *c, uint64_t kb, uint32_t s)
{
	if (c->active > 0 && c->no_volume)
		text_printf(out, "KB Vol Rekey Disabled/%u\n", s);
	else
		text_printf(out, "%" PRIu64 "/%u\n", kb, s);
}

static void
put_flow(struct text *out, const struct flow_copy *c, bool detail)
{
	text_add(out, "  IPSEC FLOW: permit ");
	if (c->local_id.protocol == 0)
		text_add(out, c->local_id.addr.af == ADDR_V6 ? "ipv6 " : "ip ");
	else
		text_printf(out, "%u ", c->local_id.protocol);
	put_proxy(out, &c->local_id);
	text_addc(out, ' ');
	put_proxy(out, &c->remote_id);
	text_printf(out, " \n        Active SAs: %u, origin: %scrypto map\n", c->active, c->dynamic ? "dynamic " : "");
	if (!detail)
		return;
	text_printf(out, "        Inbound:  #pkts dec'ed %" PRIu64 " drop %" PRIu64 " life (KB/Sec) ", c->decrypted, c->drop_in);
	put_life(out, c, c->kb_in, c->s_in);
	text_printf(out, "        Outbound: #pkts enc'ed %" PRIu64 " drop %" PRIu64 " life (KB/Sec) ", c->encrypted, c->drop_out);
	put_life(out, c, c->kb_out, c->s_out);
}

static void
put_ike(struct text *out, const struct ike_sa_info *sa, const struct dialect *d, bool detail)
{
	char l[ADDR_STRLEN], r[ADDR_STRLEN], left[SHOW_AGE];
	bool up = sa->established && !sa->deleted, nat = sa->nat_local || sa->nat_remote;

	if (d->session_id)
		text_add(out, "  Session ID: 0  \n");
	text_printf(out, "  %s SA: local %s/%u remote %s/%u %s \n", d->session_id ? "IKEv1" : "IKE", addr_fmt(&sa->path.local, l),
	    sa->path.local_port, addr_fmt(&sa->path.remote, r), sa->path.remote_port, up ? "Active" : "Inactive");
	if (detail)
		text_printf(out, "          Capabilities:%s%s%s%s%s connid:%u lifetime:%s\n", sa->modecfg ? "C" : "", sa->dpd ? "D" : "",
		    nat ? "N" : "", sa->xauth ? "X" : "", sa->modecfg || sa->dpd || nat || sa->xauth ? "" : "(none)", sa->conn_id, up ? show_hms(sa->life_left_s, left) : "0");
}

/* What the peer calls itself, when an IKE SA has told. */
static const char *
phase1_id(const struct peer_session *p, char out[ADDR_STRLEN])
{
	for (size_t i = p->nike; i-- > 0;) {
		const struct ike_id *id = &p->ike[i].peer_id;

		if (id->type == IKE_ID_FQDN || id->type == IKE_ID_USER_FQDN || id->type == IKE_ID_KEY_ID)
			return id->name;
		if (id->type != 0)
			return addr_fmt(&id->addr, out);
	}
	return "(none)";
}

/* The newest IKE SA by which a client's user came in; NULL = none. */
static const struct ike_sa_info *
client_of(const struct peer_session *p)
{
	for (size_t i = p->nike; i-- > 0;)
		if (p->ike[i].group[0] != '\0' && !p->ike[i].deleted && !p->ike[i].initiator)
			return &p->ike[i];
	return NULL;
}

static void
put_client(struct text *out, const struct peer_session *p, bool detail)
{
	const struct ike_sa_info *sa = client_of(p);
	char a[ADDR_STRLEN];

	if (sa != NULL && sa->xauth_user[0] != '\0')
		text_printf(out, "Username: %s\n", sa->xauth_user);
	if (detail && p->nike > 0 && p->ike[p->nike - 1].profile[0] != '\0')
		text_printf(out, "Profile: %s\n", p->ike[p->nike - 1].profile);
	if (sa == NULL)
		return;
	text_printf(out, "Group: %s\n", sa->group);
	if (sa->assigned.af != ADDR_NONE)
		text_printf(out, "Assigned address: %s\n", addr_fmt(&sa->assigned, a));
}

static void
put_head(struct text *out, const struct peer_session *p, int64_t now, bool detail)
{
	char age[SHOW_AGE], r[ADDR_STRLEN], id[ADDR_STRLEN];
	const char *phase1 = phase1_id(p, id);
	enum status st = status_of(p);

	if (p->ifname[0] != '\0')
		text_printf(out, "Interface: %s\n", p->ifname);
	put_client(out, p, detail);
	if (detail && st >= UP_IDLE && p->up_since_ns != 0)
		text_printf(out, "Uptime: %s\n", show_age(now - p->up_since_ns, age));
	text_printf(out, "Session status: %-14s\nPeer: %s port %u ", statuses[st].name, addr_fmt(&p->remote, r), p->remote_port);
	if (!detail)
		text_addc(out, '\n');
	else if (strcmp(phase1, "(none)") == 0)
		text_add(out, "fvrf: (none) ivrf: (none)\n      Desc: (none)\n      Phase1_id: (none)\n");
	else
		text_printf(out, "fvrf: (none) ivrf: (none)\n      Phase1_id: %s\n      Desc: (none)\n", phase1);
}

static void
put_session(struct text *out, const struct peer_session *p, const struct router *r, bool detail)
{
	put_head(out, p, clock_now(r->clock), detail);
	for (size_t i = 0; i < p->nike; i++)
		put_ike(out, &p->ike[i], dialect_of(r->dialect), detail);
	for (size_t i = 0; i < p->nflows; i++)
		put_flow(out, &p->flows[i], detail);
	text_addc(out, '\n');
}

static void
put_brief(struct text *out, const struct peer_session *p, const struct router *r)
{
	char a[ADDR_STRLEN], ifname[CFG_IF_NAME] = "", id[ADDR_STRLEN], age[SHOW_AGE];
	enum status st = status_of(p);
	const char *phase1 = phase1_id(p, id);
	const struct ike_sa_info *client = client_of(p);

	if (p->ifname[0] != '\0')
		ifname_short(p->ifname, ifname);
	text_printf(out, "%-15s %-12s %-15s %-24s %-8s %s\n", addr_fmt(&p->remote, a), ifname, client == NULL ? "" : client->xauth_user, strcmp(phase1, "(none)") == 0 ? "" : phase1,
	    st >= UP_IDLE && p->up_since_ns != 0 ? show_age(clock_now(r->clock) - p->up_since_ns, age) : "", statuses[st].brief);
}

static void
put_legend(struct text *out, bool detail, bool brief)
{
	if (brief) {
		text_add(out, "Status: A- Active, U - Up, D - Down, I - Idle, S - Standby, N - Negotiating \n        K - No IKE\nivrf = (none)\n"
		    "Peer            I/F          Username        Group/Phase1_id          Uptime   Status\n");
		return;
	}
	text_add(out, "Crypto session current status\n\n");
	if (detail)
		text_add(out, "Code: C - IKE Configuration mode, D - Dead Peer Detection     \nK - Keepalives, N - NAT-traversal, T - cTCP encapsulation     \n"
		    "X - IKE Extended Authentication, F - IKE Fragmentation\nR - IKE Auto Reconnect, U - IKE Dynamic Route Update\nS - SIP VPN\n\n");
}

static void
run_session(struct session *s, const struct args *a)
{
	bool detail = arg_has(a, "detail"), brief = arg_has(a, "brief");
	struct sessions ss = { 0 };
	struct addr own = { 0 }, peer = { 0 };
	struct text out = { 0 };

	arg_addr(a, "own", &own);
	arg_addr(a, "peer", &peer);
	router_flow_each(s->router, add_flow, &ss);
	ike_sa_each(s->router->ike, add_ike, &ss);
	put_legend(&out, detail, brief);
	for (size_t i = 0; i < ss.n; i++) {
		const struct peer_session *p = &ss.v[i];

		if ((arg_has(a, "peer") && !addr_eq(&p->remote, &peer)) || (arg_has(a, "own") && !addr_eq(&p->local, &own)) ||
		    (arg_has(a, "if") && strcmp(p->ifname, arg_str(a, "if")) != 0))
			continue;
		if (brief)
			put_brief(&out, p, s->router);
		else
			put_session(&out, p, s->router, detail);
	}
	sessions_free(&ss);
	show_flush(s, &out);
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show crypto session [ { remote { A.B.C.D:peer | X:X:X:X::X:peer } | local { A.B.C.D:own | X:X:X:X::X:own } [ remote { A.B.C.D:peer | X:X:X:X::X:peer } ] | interface IFNAME:if } ] [ { detail | brief } ]",
	    "Show what is going on\nEncryption\nWhat is held with each peer\nWith one peer\nIts address\nIts IPv6 address\nFrom one address of ours\nThe address\nThe IPv6 address\n"
	    "With one peer\nIts address\nIts IPv6 address\nOf one interface\nThe interface\nWith counters and lifetimes\nA line for each",
	    run_session },
};

const struct cmd_table cmds_show_session = { rows, NROWS(rows) };
