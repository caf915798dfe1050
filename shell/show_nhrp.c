/* show ip nhrp ... and clear ip nhrp: bindings, servers, packets. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/nhrp.h"
#include "engine/router.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

struct view {
	struct session	*s;
	const struct args *a;
	struct text	 out;
	int64_t		 now;
	const char	*ifname;		/* NULL = all */
	char		 last[CFG_IF_NAME];	/* the interface before */
	bool		 detail, any;
};

static struct view
view_of(struct session *s, const struct args *a)
{
	return (struct view){.s = s, .a = a, .now = clock_now(s->router->clock), .ifname = arg_str(a, "if"), .detail = arg_has(a, "detail")};
}

static bool
shown(const struct view *v, const char *ifname)
{
	return v->ifname == NULL || strcmp(v->ifname, ifname) == 0;
}

/* ---- bindings ---- */

static const char *
kind_name(enum nhrp_kind k)
{
	static const char *const names[] = { [NHRP_STATIC] = "static", [NHRP_DYNAMIC] = "dynamic", [NHRP_INCOMPLETE] = "incomplete", [NHRP_LOCAL] = "dynamic" };

	return names[k];
}

static void
put_flags(struct text *out, unsigned flags)
{
	static const struct { unsigned bit; const char *word; } words[] = { { NHRP_F_AUTH, "authoritative" }, { NHRP_F_NEGATIVE, "negative" },
	    { NHRP_F_ROUTER, "router" }, { NHRP_F_IMPLICIT, "implicit" }, { NHRP_F_UNIQUE, "unique" }, { NHRP_F_NAT, "nat" },
	    { NHRP_F_REGISTERED, "registered" }, { NHRP_F_LOCAL, "local" }, { NHRP_F_USED, "used" }, { NHRP_F_NHOP, "nhop" },
	    { NHRP_F_RIB, "rib" }, { NHRP_F_NHO, "nho" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if ((flags & words[i].bit) != 0)
			text_printf(out, "%s ", words[i].word);
}

static bool
asked_for(const struct view *v, const struct nhrp_entry_info *e)
{
	const struct args *a = v->a;

	if (!shown(v, e->ifname) || (arg_has(a, "addr") && (arg_u32(a, "addr") & ip4_mask(e->len)) != e->prefix))
		return false;
	if (arg_has(a, "static"))
		return e->kind == NHRP_STATIC;
	if (arg_has(a, "dynamic"))
		return e->kind == NHRP_DYNAMIC || e->kind == NHRP_LOCAL;
	if (arg_has(a, "incomplete"))
		return e->kind == NHRP_INCOMPLETE;
	if (arg_has(a, "local"))
		return e->kind == NHRP_LOCAL;
	if (arg_has(a, "shortcut"))
		return (e->flags & (NHRP_F_RIB | NHRP_F_NHO)) != 0;
	return true;
}

static void
put_brief(struct view *v, const struct nhrp_entry_info *e)
{
	char p[ADDR_STRLEN], via[ADDR_STRLEN], nbma[ADDR_STRLEN], ifname[CFG_IF_NAME], target[ADDR_STRLEN + 4];
	struct text t = { 0 };

	if (!v->any)
		text_add(&v->out, "   Target             Via            NBMA           Mode   Intfc   Claimed \n");
	text_printf(&t, "%s/%u", ip4_fmt(e->prefix, p), e->len);
	memcpy(target, text_str(&t), t.len + 1);
	text_free(&t);
	ifname_short(e->ifname, ifname);
	text_printf(&v->out, "%20s %-15s %-15s %-8s %-7.7s <   >\n", target, e->kind == NHRP_INCOMPLETE ? "" : ip4_fmt(e->via, via),
	    e->nbma == 0 ? "" : ip4_fmt(e->nbma, nbma), kind_name(e->kind), ifname);
}

static void
put_entry(void *arg, const struct nhrp_entry_info *e)
{
	struct view *v = arg;
	char p[ADDR_STRLEN], a[ADDR_STRLEN], age[SHOW_AGE], left[SHOW_AGE];
	struct text *out = &v->out;

	if (!asked_for(v, e))
		return;
	if (arg_has(v->a, "brief")) {
		put_brief(v, e);
		v->any = true;
		return;
	}
	v->any = true;
	text_printf(out, "%s/%u", ip4_fmt(e->prefix, p), e->len);
	if (e->kind != NHRP_INCOMPLETE)
		text_printf(out, " via %s", ip4_fmt(e->via, a));
	text_printf(out, "\n   %s created %s, ", e->ifname, show_age(v->now - e->created_ns, age));
	if (e->expires_ns == 0)
		text_add(out, "never expire \n");
	else
		text_printf(out, "expire %s\n", show_age(e->expires_ns > v->now ? e->expires_ns - v->now : 0, left));
	text_printf(out, "   Type: %s, Flags: ", kind_name(e->kind));
	put_flags(out, e->flags);
	text_addc(out, '\n');
	if (e->kind == NHRP_INCOMPLETE)
		text_printf(out, "   Cache hits: %" PRIu64 "\n", e->hits);
	if (e->nbma != 0)
		text_printf(out, "   NBMA address: %s \n", ip4_fmt(e->nbma, a));
	if (v->detail)
		text_printf(out, "   Preference: %u\n", e->preference);
	if (!e->socket && e->kind != NHRP_INCOMPLETE)
		text_add(out, "    (no-socket) \n");
	for (size_t i = 0; v->detail && i < e->nrequesters; i++)
		text_printf(out, "  Requester: %s Request ID: %u\n", ip4_fmt(e->requesters[i].addr, a), e->requesters[i].reqid);
}

static void
run_cache(struct session *s, const struct args *a)
{
	struct view v = view_of(s, a);

	nhrp_entry_each(s->router, put_entry, &v);
	show_flush(s, &v.out);
}

struct sums { unsigned entries, fixed, dynamic, incomplete, local, local_dynamic, nhop, rib, h, nho; };

static void
sum_entry(void *arg, const struct nhrp_entry_info *e)
{
	struct sums *n = arg;

	n->entries++;
	n->fixed += e->kind == NHRP_STATIC;
	n->dynamic += e->kind == NHRP_DYNAMIC || e->kind == NHRP_LOCAL;
	n->incomplete += e->kind == NHRP_INCOMPLETE;
	n->local += e->kind == NHRP_LOCAL;
	n->nhop += (e->flags & NHRP_F_NHOP) != 0;
	n->rib += (e->flags & NHRP_F_RIB) != 0;
	n->nho += (e->flags & NHRP_F_NHO) != 0;
	n->h += (e->flags & (NHRP_F_RIB | NHRP_F_NHO)) == NHRP_F_RIB;
}

static void
run_summary(struct session *s, const struct args *a)
{
	struct sums n = { 0 };
	struct text out = { 0 };

	(void)a;
	nhrp_entry_each(s->router, sum_entry, &n);
	text_printf(&out, "IP NHRP cache %u %s, %u bytes\n", n.entries, n.entries == 1 ? "entry" : "entries", n.entries * NHRP_ENTRY_BYTES);
	text_printf(&out, "    %u static   %u dynamic    %u incomplete\n", n.fixed, n.dynamic, n.incomplete);
	text_printf(&out, "%u Remote\n    %u static   %u dynamic    %u incomplete\n", n.entries - n.local, n.fixed, n.dynamic - n.local, n.incomplete);
	text_printf(&out, "    %u nhop     0 bfd\n    0 default  0 temporary\n    %u route\n", n.nhop, n.rib);
	text_printf(&out, "        %u rib (%u H    %u nho)\n        0 bgp\n    0 lfib\n", n.rib, n.h, n.nho);
	text_printf(&out, "%u Local\n    0 static   %u dynamic    0 incomplete\n    0 lfib\n", n.local, n.local);
	show_flush(s, &out);
}

/* ---- servers ---- */

static void
put_nhs(void *arg, const struct nhrp_nhs_info *n)
{
	struct view *v = arg;
	char a[ADDR_STRLEN], b[ADDR_STRLEN], age[SHOW_AGE];
	struct text *out = &v->out;

	if (!shown(v, n->ifname))
		return;
	if (strcmp(v->last, n->ifname) != 0)
		text_printf(out, "%s%s:\n", v->any ? "\n" : "", n->ifname);
	memcpy(v->last, n->ifname, sizeof(v->last));
	v->any = true;
	text_printf(out, "%s  %s%s", ip4_fmt(n->addr, a), n->responding ? "R" : n->active ? " " : "", n->active || n->responding ? "E" : " W");
	if (n->nbma != 0)
		text_printf(out, "  NBMA Address: %s", ip4_fmt(n->nbma, b));
	text_printf(out, "%spriority = %u cluster = %u", n->nbma != 0 ? " " : "  ", n->priority, n->cluster);
	if (v->detail) {
		text_printf(out, "  req-sent %" PRIu64 "  req-failed %" PRIu64 "  repl-recv %" PRIu64, n->sent, n->failed, n->received);
		if (n->last_ns != 0)
			text_printf(out, " (%s ago)", show_age(v->now - n->last_ns, age));
		text_addc(out, '\n');
		text_printf(out, " Current Request ID: %u", n->reqid);
		if (n->acked != 0)
			text_printf(out, " (Ack: %u)", n->acked);
	}
	text_addc(out, '\n');
}

static void
put_pending(void *arg, const struct nhrp_nhs_info *n)
{
	struct view *v = arg;
	char a[ADDR_STRLEN], ifname[CFG_IF_NAME];

	if (!shown(v, n->ifname) || n->retry_s == 0)
		return;
	if (!v->any)
		text_add(&v->out, "\n\nPending Registration Requests:\n");
	v->any = true;
	ifname_short(n->ifname, ifname);
	text_printf(&v->out, "Registration Request: Reqid %u, Ret %u  NHS %s expired (%s)\n", n->reqid, n->retry_s, ip4_fmt(n->addr, a), ifname);
}

static void
run_nhs(struct session *s, const struct args *a)
{
	struct view v = view_of(s, a);

	text_add(&v.out, "Legend: E=Expecting replies, R=Responding, W=Waiting, D=Dynamic\n");
	nhrp_nhs_each(s->router, put_nhs, &v);
	v.any = false;
	if (v.detail)
		nhrp_nhs_each(s->router, put_pending, &v);
	show_flush(s, &v.out);
}

/* ---- interfaces ---- */

static void
put_mcast(void *arg, const struct nhrp_if_info *i)
{
	struct view *v = arg;
	char a[ADDR_STRLEN];

	if (!shown(v, i->ifname))
		return;
	for (size_t k = 0; k < i->nmcast; k++)
		text_printf(&v->out, "%-10s %-15s Flags: %-15s (Enabled)\n", i->ifname, ip4_fmt(i->mcast[k].nbma, a), i->mcast[k].dynamic ? "dynamic" : "static");
}

static void
run_mcast(struct session *s, const struct args *a)
{
	struct view v = view_of(s, a);

	text_add(&v.out, "  I/F     NBMA address\n");
	nhrp_if_each(s->router, put_mcast, &v);
	show_flush(s, &v.out);
}

static void
put_counts(struct text *out, const char *what, const uint64_t *n, uint64_t held)
{
	uint64_t total = held;

	for (int t = NHRP_RESOLUTION_REQUEST; t < NHRP_TYPE__END; t++)
		total += n[t];
	text_printf(out, "   %s: Total %" PRIu64 "\n", what, total);
	text_printf(out, "         %" PRIu64 " Resolution Request  %" PRIu64 " Resolution Reply  %" PRIu64 " Registration Request  \n", n[NHRP_RESOLUTION_REQUEST],
	    n[NHRP_RESOLUTION_REPLY], n[NHRP_REGISTRATION_REQUEST]);
	text_printf(out, "         %" PRIu64 " Registration Reply  %" PRIu64 " Purge Request  %" PRIu64 " Purge Reply  \n", n[NHRP_REGISTRATION_REPLY],
	    n[NHRP_PURGE_REQUEST], n[NHRP_PURGE_REPLY]);
	text_printf(out, "         %" PRIu64 " Error Indication  %" PRIu64 " Traffic Indication  %" PRIu64 " Redirect Suppress  \n", n[NHRP_ERROR_INDICATION],
	    n[NHRP_TRAFFIC_INDICATION], held);
}

static void
put_traffic(void *arg, const struct nhrp_if_info *i)
{
	struct view *v = arg;

	if (!shown(v, i->ifname))
		return;
	text_printf(&v->out, "%s: Max-send limit:%uPkts/%uSec, Usage:%u%%\n", i->ifname, i->max_send, i->max_send_s, i->usage);
	put_counts(&v->out, "Sent", i->sent, i->redirects_held);
	put_counts(&v->out, "Rcvd", i->received, 0);
	if (v->detail)
		put_counts(&v->out, "Fwd", i->forwarded, 0);
}

static void
run_traffic(struct session *s, const struct args *a)
{
	struct view v = view_of(s, a);

	nhrp_if_each(s->router, put_traffic, &v);
	show_flush(s, &v.out);
}

/* ---- clear ---- */

static void
run_clear(struct session *s, const struct args *a)
{
	nhrp_clear(s->router, arg_u32(a, "addr"), arg_str(a, "if"));
}

static void
run_clear_counters(struct session *s, const struct args *a)
{
	(void)a;
	nhrp_clear_counters(s->router);
}

#define SHOW	"Show what is going on\nInternet Protocol\nResolution of next hops\n"
#define CLEAR	"Take away or set to zero\nInternet Protocol\nResolution of next hops\n"

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip nhrp [ { static | dynamic | incomplete | local | shortcut } ] [ A.B.C.D:addr ] [ IFNAME:if ] [ { brief | detail } ]",
	    SHOW "Those configured\nThose learned\nThose asked for\nThose of this router\nThose that made routes\nWhat covers an address\nOf one interface\nA line each\nAll of each", run_cache },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip nhrp nhs [ IFNAME:if ] [ detail ]", SHOW "Servers\nOf one interface\nWith their counters", run_nhs },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip nhrp multicast [ IFNAME:if ]", SHOW "Where multicast goes\nOf one interface", run_mcast },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip nhrp traffic [ IFNAME:if ] [ detail ]", SHOW "Packets by type\nOf one interface\nThose sent on too", run_traffic },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip nhrp summary", SHOW "How many bindings there are", run_summary },
	{ M(PRIV), 15, 0, "clear ip nhrp [ A.B.C.D:addr ] [ IFNAME:if ]", CLEAR "What covers an address\nOf one interface", run_clear },
	{ M(PRIV), 15, 0, "clear ip nhrp counters", CLEAR "Its counters", run_clear_counters },
};

const struct cmd_table cmds_show_nhrp = { rows, NROWS(rows) };
